#include <math.h>
#include <string.h>

#include "driver/driver_private.h"

void orm_encoded_init(orm_encoded *encoded, const orm_allocator *allocator)
{
    *encoded = (orm_encoded){ .allocator = allocator };
    orm_buffer_init(&encoded->bytes, allocator, 0);
}

static void release_arrays(orm_encoded *encoded)
{
    void *const arrays[] = { (void *)encoded->values, encoded->lengths, encoded->formats, encoded->types,
                             encoded->offsets };

    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
        if (arrays[i] != NULL)
            encoded->allocator->release(encoded->allocator->context, arrays[i]);
    }
    encoded->values = NULL;
    encoded->lengths = encoded->formats = NULL;
    encoded->types = NULL;
    encoded->offsets = NULL;
    encoded->capacity = 0;
}

void orm_encoded_free(orm_encoded *encoded)
{
    release_arrays(encoded);
    orm_buffer_free(&encoded->bytes);
}

static bool make_room(orm_encoded *encoded, size_t count)
{
    const orm_allocator *a = encoded->allocator;
    size_t               capacity = count < 16 ? 16 : count;

    if (count <= encoded->capacity)
        return true;
    /* The old content is of no use, so nothing is resized. `count` is at most 65,535: no product overflows. */
    release_arrays(encoded);
    encoded->values = a->alloc(a->context, capacity * sizeof *encoded->values);
    encoded->lengths = a->alloc(a->context, capacity * sizeof *encoded->lengths);
    encoded->formats = a->alloc(a->context, capacity * sizeof *encoded->formats);
    encoded->types = a->alloc(a->context, capacity * sizeof *encoded->types);
    encoded->offsets = a->alloc(a->context, capacity * sizeof *encoded->offsets);
    if (encoded->values == NULL || encoded->lengths == NULL || encoded->formats == NULL || encoded->types == NULL ||
        encoded->offsets == NULL) {
        release_arrays(encoded);
        return false;
    }
    encoded->capacity = capacity;
    return true;
}

/*
 * The type that a free value is sent as: what its literal would have. Whole numbers are int4 or int8 and others
 * numeric, as in SQL; all the quoted ones are of unknown type, and the server finds out what is meant.
 */
static Oid value_type(const orm_value *value)
{
    if (value->kind == ORM_VALUE_BOOL)
        return ORM_OID_BOOL;
    if (value->kind == ORM_VALUE_INT)
        return value->as.integer >= INT32_MIN && value->as.integer <= INT32_MAX ? ORM_OID_INT4 : ORM_OID_INT8;
    if (value->kind == ORM_VALUE_DOUBLE && isfinite(value->as.real))
        return ORM_OID_NUMERIC;
    return ORM_OID_UNKNOWN;
}

static orm_status encode_value(const orm_value *value, orm_encoded *encoded, size_t i, orm_error *error)
{
    encoded->types[i] = value_type(value);
    return orm_value_append_text(value, &encoded->bytes, error);
}

static orm_status encode_slot(const orm_param *param, bool as_text, orm_encoded *encoded, size_t i, orm_error *error)
{
    bool       sent_as_text = false;
    orm_status status;

    encoded->types[i] = orm_type_info_of(param->type)->oid;
    if (as_text)
        return orm_type_append_text(param->type, param->slot, &encoded->bytes, error);
    status = orm_type_append_binary(param->type, param->slot, &encoded->bytes, &sent_as_text, error);
    encoded->formats[i] = !sent_as_text;
    return status;
}

static bool is_null(const orm_param *param)
{
    if (param->slot == NULL)
        return true;
    if (param->type == ORM_TYPE_NONE)
        return ((const orm_value *)param->slot)->kind == ORM_VALUE_NULL;
    return orm_type_slot_is_null(param->type, param->slot);
}

static orm_status encode(orm_encoded *encoded, const orm_statement *statement, bool as_text, orm_error *error)
{
    orm_buffer *bytes = &encoded->bytes;

    orm_buffer_reset(bytes);
    encoded->count = statement->param_count;
    if (!make_room(encoded, encoded->count))
        return orm_fail_memory(error);
    for (size_t i = 0; i < encoded->count; i++) {
        const orm_param *param = &statement->params[i];
        bool             null = is_null(param);
        orm_status       status = ORM_OK;

        encoded->formats[i] = 0;
        encoded->types[i] = param->type == ORM_TYPE_NONE ? ORM_OID_UNKNOWN : orm_type_info_of(param->type)->oid;
        encoded->offsets[i] = null ? SIZE_MAX : bytes->length;
        if (!null && param->type == ORM_TYPE_NONE)
            status = encode_value(param->slot, encoded, i, error);
        else if (!null)
            status = encode_slot(param, as_text, encoded, i, error);
        if (status != ORM_OK)
            return status;
        encoded->lengths[i] = null || bytes->broken ? 0 : (int)(bytes->length - encoded->offsets[i]);
        /* libpq reads text up to its NUL. */
        orm_buffer_append_char(bytes, '\0');
    }
    if (bytes->broken)
        return orm_fail_memory(error);
    for (size_t i = 0; i < encoded->count; i++)
        encoded->values[i] = encoded->offsets[i] == SIZE_MAX ? NULL : bytes->data + encoded->offsets[i];
    return ORM_OK;
}

orm_status orm_encode_params(orm_encoded *encoded, const orm_statement *statement, orm_error *error)
{
    return encode(encoded, statement, false, error);
}

orm_status orm_encode_params_as_text(orm_encoded *encoded, const orm_statement *statement, orm_error *error)
{
    return encode(encoded, statement, true, error);
}
