#include <string.h>

#include <orm/custom.h>

#include "meta/meta.h"

const char *orm_meta_to_sql(const orm_meta_column *column)
{
    return column->source->custom == NULL ? NULL : column->source->custom->to_sql;
}

const char *orm_meta_from_sql(const orm_meta_column *column)
{
    return column->source->custom == NULL ? NULL : column->source->custom->from_sql;
}

size_t orm_meta_params(const orm_meta_column *const *columns, size_t count)
{
    size_t params = 0;

    for (size_t i = 0; i < count; i++) {
        const char *rest = orm_meta_to_sql(columns[i]);

        for (params += rest == NULL; rest != NULL && (rest = strstr(rest, ORM_META_VALUE)) != NULL; params++)
            rest += strlen(ORM_META_VALUE);
    }
    return params;
}

void *orm_meta_slot(const orm_meta_property *property, void *instance)
{
    return (char *)instance + property->offset;
}

const void *orm_meta_slot_const(const orm_meta_property *property, const void *instance)
{
    return (const char *)instance + property->offset;
}

static bool is_zero(const void *data, size_t size)
{
    const unsigned char *bytes = data;

    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

bool orm_meta_is_present(const orm_meta_property *property, const void *instance)
{
    const orm_type_info *info = orm_type_info_of(property->type);
    const void          *slot = orm_meta_slot_const(property, instance);

    if (property->presence.offset_plus_one != 0) {
        const uint8_t *flags = (const uint8_t *)instance + (property->presence.offset_plus_one - 1);

        return (*flags & property->presence.mask) != 0;
    }
    if (property->relation != ORM_RELATION_NONE || property->zero_is_unset)
        return !is_zero(slot, info->size);
    return !info->by_pointer || !orm_type_slot_is_null(property->type, slot);
}

void orm_meta_set_present(const orm_meta_property *property, void *instance, bool present)
{
    const orm_type_info *info = orm_type_info_of(property->type);

    if (property->presence.offset_plus_one != 0) {
        uint8_t *flags = (uint8_t *)instance + (property->presence.offset_plus_one - 1);

        *flags = (uint8_t)(present ? *flags | property->presence.mask : *flags & ~property->presence.mask);
        return;
    }
    if (!present && (info->by_pointer || property->relation != ORM_RELATION_NONE || property->zero_is_unset))
        memset(orm_meta_slot(property, instance), 0, info->size);
}
