/* Values of custom types on their way between member and column. */
#include <stdarg.h>

#include "base/fail.h"
#include "query/query.h"

/* A conversion's memory is an arena: the statement's on the way out, the entity manager's on the way in. */
static orm_memory *memory_of(orm_arena *arena)
{
    return (orm_memory *)(void *)arena;
}

void *orm_memory_alloc(orm_memory *memory, size_t size)
{
    return memory == NULL ? NULL : orm_arena_zalloc((orm_arena *)(void *)memory, size > 0 ? size : 1);
}

char *orm_memory_strdup(orm_memory *memory, const char *text)
{
    return memory == NULL || text == NULL ? NULL : orm_arena_strdup((orm_arena *)(void *)memory, text);
}

orm_status orm_custom_fail(orm_error *error, orm_status status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    orm_vfail(error, status, 396, format, args);
    va_end(args);
    return status;
}

/* A user's function that fails without a word still has to give an error that names it. */
static orm_status convert(const orm_custom_type *type, orm_convert_fn function, orm_arena *arena, const orm_value *in,
                          orm_value *out, orm_error *error)
{
    orm_status status;

    *out = *in;
    if (function == NULL)
        return ORM_OK;
    status = function(type, memory_of(arena), in, out, error);
    if (status != ORM_OK && error->status != status)
        orm_fail(error, status, 397, "the conversion of the type %s failed (%s)", type->name, orm_status_name(status));
    return status;
}

orm_status orm_query_to_column(const orm_meta_column *column, const void *slot, orm_arena *arena, const void **out,
                               orm_error *error)
{
    const orm_custom_type *custom = column->source->custom;
    orm_value              member;
    orm_value              value;
    orm_status             status;
    void                  *made;

    *out = slot;
    if (custom == NULL || slot == NULL)
        return ORM_OK;
    member = orm_type_to_value(column->slot_type, slot);
    status = convert(custom, custom->to_database, arena, &member, &value, error);
    if (status != ORM_OK)
        return status;
    *out = NULL;
    if (value.kind == ORM_VALUE_NULL)
        return ORM_OK;
    made = orm_arena_zalloc(arena, orm_type_info_of(column->type)->size);
    if (made == NULL)
        return orm_fail_memory(error);
    *out = made;
    return orm_type_from_value(column->type, arena, &value, made, error);
}

orm_status orm_query_to_member(const orm_meta_property *property, const void *column_slot, orm_arena *arena, void *slot,
                               bool *is_null, orm_error *error)
{
    const orm_custom_type *custom = property->descriptor->custom;
    orm_value              read = orm_type_to_value(property->columns[0].type, column_slot);
    orm_value              value;
    orm_status             status = convert(custom, custom->to_entity, arena, &read, &value, error);

    *is_null = status == ORM_OK && value.kind == ORM_VALUE_NULL;
    if (status != ORM_OK || *is_null)
        return status;
    status = orm_type_from_value(property->type, arena, &value, slot, error);
    if (status == ORM_ERR_VALIDATION)
        status = error->status = ORM_ERR_CONVERSION;
    return status;
}
