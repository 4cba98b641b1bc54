#include <string.h>

#include "base/fail.h"
#include "query/query_private.h"

/* What one walk through a condition carries along. */
typedef struct walk {
    orm_statement         *statement;
    const orm_meta_entity *entity;
    const char            *alias;
    const orm_query_scope *scope;
    size_t                 written; /* comparisons so far */
    orm_error             *error;
} walk;

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

/* `columns` are compared with what the value says; several as a tuple, as MikroORM does it. */
static orm_status compare(walk *w, const orm_meta_column *const *columns, size_t count, const void *const *slots)
{
    if (w->written++ > 0)
        orm_statement_text(w->statement, " and ");
    if (count > 1 && slots[0] != NULL) {
        orm_query_in(w->statement, w->alias, columns, count, slots, 1);
        return ORM_OK;
    }
    for (size_t i = 0; i < count; i++) {
        orm_statement_text(w->statement, i > 0 ? " and " : "");
        orm_statement_column(w->statement, w->alias, columns[i]->name);
        orm_statement_text(w->statement, slots[i] == NULL ? " is null" : " = ");
        if (slots[i] != NULL)
            orm_query_param(w->statement, columns[i]->type, slots[i]);
    }
    return ORM_OK;
}

static const void **slots_for(walk *w, size_t count)
{
    const void **slots = orm_arena_calloc(w->scope->arena, count, sizeof *slots);

    if (slots == NULL)
        orm_fail_memory(w->error);
    return slots;
}

static orm_status compare_property(walk *w, const orm_meta_property *property, const orm_value *value)
{
    const void **slots = slots_for(w, property->column_count);

    if (slots == NULL || orm_query_value(property, value, w->scope, slots, w->error) != ORM_OK)
        return w->error->status;
    return compare(w, w->entity->columns + property->columns[0].index, property->column_count, slots);
}

static orm_status compare_key(walk *w, const orm_value *value)
{
    const void **slots = slots_for(w, w->entity->key_column_count);

    /* A single key that is NULL is no row's. */
    if (w->entity->key != NULL)
        return compare_property(w, w->entity->key, value);
    if (slots == NULL || orm_query_key(w->entity, value, w->scope, slots, w->error) != ORM_OK)
        return w->error->status;
    return compare(w, w->entity->columns, w->entity->key_column_count, slots);
}

static orm_status compare_named(walk *w, const orm_condition *condition)
{
    const orm_meta_property *property;
    orm_status               status;

    if (condition->property == NULL)
        return orm_fail(w->error, ORM_ERR_VALIDATION, 403, "a condition on %s names no property", w->entity->name);
    property = orm_meta_property_named(w->entity, condition->property);
    if (property == NULL) {
        status = orm_meta_unknown_property(w->entity, condition->property, w->error);
        if (status != ORM_ERR_MEMORY)
            status = w->error->status = ORM_ERR_VALIDATION;
        return status;
    }
    if (property->column_count == 0) {
        status = orm_fail(w->error, ORM_ERR_VALIDATION, 404, "%s.%s has no column and cannot be compared",
                          w->entity->name, property->name);
        orm_fail_where(w->error, w->entity->name, property->name);
        return status;
    }
    return compare_property(w, property, &condition->value);
}

/* Recursive, but never deeper than ORM_CONDITION_DEPTH_MAX. */
static orm_status append(walk *w, const orm_condition *condition, unsigned depth)
{
    if (depth > ORM_CONDITION_DEPTH_MAX)
        return orm_fail(w->error, ORM_ERR_VALIDATION, 405, "the condition on %s is nested deeper than %d levels",
                        w->entity->name, ORM_CONDITION_DEPTH_MAX);
    switch (condition->op) {
    case ORM_OP_EQ:
        return compare_named(w, condition);
    case ORM_OP_KEY:
        return compare_key(w, &condition->value);
    case ORM_OP_AND:
        if (condition->children == NULL && condition->child_count > 0)
            return orm_fail(w->error, ORM_ERR_VALIDATION, 407,
                            "a condition on %s has %zu children, and no list of them", w->entity->name,
                            condition->child_count);
        for (size_t i = 0; i < condition->child_count; i++) {
            orm_status status = append(w, &condition->children[i], depth + 1);

            if (status != ORM_OK)
                return status;
        }
        return ORM_OK;
    }
    return orm_fail(w->error, ORM_ERR_VALIDATION, 406, "the condition on %s has an unknown operator (%d)",
                    w->entity->name, (int)condition->op);
}

orm_status orm_query_condition(orm_statement *statement, const orm_meta_entity *entity, const char *alias,
                               const orm_condition *condition, const orm_query_scope *scope, bool *empty,
                               orm_error *error)
{
    orm_error  scratch = { .status = ORM_OK };
    walk       w = { .statement = statement,
                     .entity = entity,
                     .alias = alias,
                     .scope = scope,
                     .error = error != NULL ? error : &scratch };
    orm_status status = condition == NULL ? ORM_OK : append(&w, condition, 0);

    *empty = w.written == 0;
    return status;
}
