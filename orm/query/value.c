/* From a value of the user to slots of columns. */
#include "base/fail.h"
#include "query/query_private.h"

/* One column's value. */
static orm_status convert(const orm_meta_column *column, const orm_value *value, const orm_query_scope *scope,
                          const void **slot, orm_error *error)
{
    void      *made = orm_arena_zalloc(scope->arena, orm_type_info_of(column->slot_type)->size);
    orm_status status;

    if (made == NULL)
        return orm_fail_memory(error);
    status = orm_type_from_value(column->slot_type, scope->arena, value, made, error);
    return status == ORM_OK ? orm_query_to_column(column, made, scope->arena, slot, error) : status;
}

static orm_status convert_key(const orm_meta_entity *entity, const orm_value *value, const orm_query_scope *scope,
                              const void **slots, unsigned depth, orm_error *error);

/* Errors are not yet those of the property. */
static orm_status convert_property(const orm_meta_property *property, const orm_value *value,
                                   const orm_query_scope *scope, const void **slots, unsigned depth, orm_error *error)
{
    if (value->kind == ORM_VALUE_NULL)
        return ORM_OK;
    if (value->kind == ORM_VALUE_RAW)
        return orm_fail(error, ORM_ERR_VALIDATION, 760, "raw SQL is for values that are written");
    if (value->kind == ORM_VALUE_ENTITY && !property->to_one)
        return orm_fail(error, ORM_ERR_VALIDATION, 402, "an entity was given, and the property is not a reference");
    if (property->to_one)
        return convert_key(property->target, value, scope, slots, depth, error);
    return convert(&property->columns[0], value, scope, slots, error);
}

static orm_status convert_key(const orm_meta_entity *entity, const orm_value *value, const orm_query_scope *scope,
                              const void **slots, unsigned depth, orm_error *error)
{
    size_t at = 0;

    if (depth > ORM_CONDITION_DEPTH_MAX)
        return orm_fail(error, ORM_ERR_VALIDATION, 398, "the key of %s is nested deeper than %d levels", entity->name,
                        ORM_CONDITION_DEPTH_MAX);
    if (value->kind == ORM_VALUE_ENTITY)
        return scope->key_of(scope->context, entity, value->as.entity, slots, error);
    if (entity->key_count == 1)
        return convert_property(entity->keys[0], value, scope, slots, depth + 1, error);
    if (value->kind != ORM_VALUE_LIST || value->as.list.count != entity->key_count)
        return orm_fail(error, ORM_ERR_VALIDATION, 399, "the key of %s has %zu parts: give a list of so many values",
                        entity->name, entity->key_count);
    for (size_t i = 0; i < entity->key_count; i++) {
        const orm_meta_property *part = entity->keys[i];
        const orm_value         *item = &value->as.list.items[i];
        orm_status               status = ORM_OK;

        if (item->kind == ORM_VALUE_NULL)
            status = orm_fail(error, ORM_ERR_VALIDATION, 400, "a part of a key cannot be NULL");
        if (status == ORM_OK)
            status = convert_property(part, item, scope, slots + at, depth + 1, error);
        if (status != ORM_OK)
            return orm_query_fail_property(part, error);
        at += part->column_count;
    }
    return ORM_OK;
}

orm_status orm_query_value(const orm_meta_property *property, const orm_value *value, const orm_query_scope *scope,
                           const void **slots, orm_error *error)
{
    orm_error  scratch = { .status = ORM_OK };
    orm_error *e = error != NULL ? error : &scratch;
    orm_status status;

    for (size_t i = 0; i < property->column_count; i++)
        slots[i] = NULL;
    /* A key's own property stands for its row, so an entity can be given for it. */
    if (value->kind == ORM_VALUE_ENTITY && property == property->entity->key)
        status = convert_key(property->entity, value, scope, slots, 0, e);
    else
        status = convert_property(property, value, scope, slots, 0, e);
    return status == ORM_OK ? ORM_OK : orm_query_fail_property(property, e);
}

orm_status orm_query_key(const orm_meta_entity *entity, const orm_value *value, const orm_query_scope *scope,
                         const void **slots, orm_error *error)
{
    orm_error  scratch = { .status = ORM_OK };
    orm_error *e = error != NULL ? error : &scratch;
    orm_status status;

    for (size_t i = 0; i < entity->key_column_count; i++)
        slots[i] = NULL;
    if (value->kind == ORM_VALUE_NULL)
        status = orm_fail(e, ORM_ERR_VALIDATION, 400, "a key cannot be NULL");
    else
        status = convert_key(entity, value, scope, slots, 0, e);
    return status == ORM_OK ? ORM_OK : orm_query_fail_property(entity->keys[0], e);
}
