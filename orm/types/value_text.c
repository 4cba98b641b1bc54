#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "types/codec_private.h"

/*
 * The type whose slot is the value's member. NONE: NULL and entities, which have no text. An integer is written like a
 * bigint, whose slot has its width.
 */
static orm_type type_of_kind(orm_value_kind kind)
{
    static const orm_type types[] = {
        [ORM_VALUE_BOOL] = ORM_TYPE_BOOLEAN,
        [ORM_VALUE_INT] = ORM_TYPE_BIGINT,
        [ORM_VALUE_DOUBLE] = ORM_TYPE_DOUBLE,
        [ORM_VALUE_TEXT] = ORM_TYPE_TEXT,
        [ORM_VALUE_UUID] = ORM_TYPE_UUID,
        [ORM_VALUE_DATE] = ORM_TYPE_DATE,
        [ORM_VALUE_TIMESTAMP] = ORM_TYPE_TIMESTAMPTZ,
        [ORM_VALUE_BYTES] = ORM_TYPE_BYTES,
        [ORM_VALUE_TEXT_ARRAY] = ORM_TYPE_TEXT_ARRAY,
        [ORM_VALUE_INT_ARRAY] = ORM_TYPE_INTEGER_ARRAY,
    };
    size_t at = (size_t)kind;

    return at < sizeof types / sizeof types[0] ? types[at] : ORM_TYPE_NONE;
}

static orm_status check_value(const orm_value *value, orm_error *error)
{
    char shown[ORM_DESCRIPTION_SIZE];

    if (type_of_kind(value->kind) != ORM_TYPE_NONE && (value->kind != ORM_VALUE_TEXT || value->as.text != NULL))
        return orm_type_check(type_of_kind(value->kind), &value->as, error);
    orm_value_describe(value, shown, sizeof shown);
    return orm_fail(error, ORM_ERR_ARGUMENT, 111, "%s cannot be a parameter; pass its key or another plain value",
                    shown);
}

orm_status orm_value_append_literal(const orm_value *value, orm_buffer *out, const orm_escaper *escaper,
                                    orm_error *error)
{
    orm_status status;

    if (value->kind == ORM_VALUE_NULL) {
        orm_buffer_append(out, "null");
        return out->broken ? orm_fail_memory(error) : ORM_OK;
    }
    status = check_value(value, error);
    if (status != ORM_OK)
        return status;
    /* A bare number, which fits wherever a number does; only a bigint column's own literals are quoted. */
    if (value->kind == ORM_VALUE_INT)
        return orm_type_append_text(ORM_TYPE_BIGINT, &value->as, out, error);
    return orm_type_append_literal(type_of_kind(value->kind), &value->as, out, escaper, error);
}

orm_status orm_value_append_text(const orm_value *value, orm_buffer *out, orm_error *error)
{
    orm_status status = check_value(value, error);

    return status != ORM_OK ? status : orm_type_append_text(type_of_kind(value->kind), &value->as, out, error);
}

void orm_value_describe(const orm_value *value, char *out, size_t size)
{
    char text[ORM_DESCRIPTION_SIZE] = "a value of unknown kind";

    switch (value->kind) {
    case ORM_VALUE_NULL:
        snprintf(text, sizeof text, "NULL");
        break;
    case ORM_VALUE_BOOL:
        snprintf(text, sizeof text, "%s", value->as.boolean ? "true" : "false");
        break;
    case ORM_VALUE_INT:
        snprintf(text, sizeof text, "%" PRId64, value->as.integer);
        break;
    case ORM_VALUE_DOUBLE:
        orm_double_format(value->as.real, text);
        break;
    case ORM_VALUE_TEXT:
        if (value->as.text == NULL)
            snprintf(text, sizeof text, "a text that points to NULL");
        else
            orm_describe_text(text, value->as.text, strlen(value->as.text));
        break;
    case ORM_VALUE_UUID:
        orm_uuid_format(value->as.uuid, text);
        break;
    case ORM_VALUE_DATE:
        orm_date_format(value->as.date, text, sizeof text);
        break;
    case ORM_VALUE_TIMESTAMP:
        orm_timestamp_format(value->as.timestamp, text, sizeof text);
        break;
    case ORM_VALUE_BYTES:
        snprintf(text, sizeof text, "a value of %zu bytes", value->as.bytes.size);
        break;
    case ORM_VALUE_TEXT_ARRAY:
        snprintf(text, sizeof text, "an array of %zu texts", value->as.text_array.count);
        break;
    case ORM_VALUE_INT_ARRAY:
        snprintf(text, sizeof text, "an array of %zu integers", value->as.int_array.count);
        break;
    case ORM_VALUE_ENTITY:
        snprintf(text, sizeof text, "an entity");
        break;
    case ORM_VALUE_LIST:
        snprintf(text, sizeof text, "a list of %zu values", value->as.list.count);
        break;
    case ORM_VALUE_RAW:
        snprintf(text, sizeof text, "raw SQL");
        break;
    case ORM_VALUE_PARAM:
        snprintf(text, sizeof text, "a parameter of a filter");
        break;
    }
    orm_copy_text(out, size, text);
}
