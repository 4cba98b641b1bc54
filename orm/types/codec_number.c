#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "types/codec_private.h"

/* Longer than any number that fits into 64 bits. */
#define INTEGER_TEXT_SIZE 32

/* ---- boolean ---- */

static void boolean_append_text(const void *slot, orm_buffer *out)
{
    orm_buffer_append(out, *(const bool *)slot ? "true" : "false");
}

static bool boolean_append_binary(const void *slot, orm_buffer *out)
{
    orm_buffer_append_char(out, *(const bool *)slot ? 1 : 0);
    return true;
}

static orm_status boolean_parse(const orm_reading *r, const char *data, size_t size, void *slot)
{
    char text[8];

    if (!orm_copy_short(text, sizeof text, data, size))
        return orm_reading_bad_text(r, data, size);
    if (strcmp(text, "t") == 0 || strcmp(text, "true") == 0)
        *(bool *)slot = true;
    else if (strcmp(text, "f") == 0 || strcmp(text, "false") == 0)
        *(bool *)slot = false;
    else
        return orm_reading_bad_text(r, data, size);
    return ORM_OK;
}

static orm_status boolean_read_binary(const orm_reading *r, const char *data, size_t size, uint32_t oid, void *slot)
{
    if (oid != ORM_OID_BOOL)
        return orm_reading_wrong_oid(r, oid);
    if (size != 1 || (data[0] != 0 && data[0] != 1))
        return orm_reading_bad_binary(r, size);
    *(bool *)slot = data[0] == 1;
    return ORM_OK;
}

/* C11's `true` and `false` are the ints 1 and 0, and so are what orm_value_of() makes of them. */
static orm_status boolean_convert(const orm_reading *r, const orm_value *value, void *slot)
{
    if (value->kind != ORM_VALUE_INT || (value->as.integer != 0 && value->as.integer != 1))
        return orm_reading_wrong_kind(r, value);
    *(bool *)slot = value->as.integer == 1;
    return ORM_OK;
}

const orm_codec orm_codec_boolean = {
    .literal = ORM_LITERAL_BARE,
    .append_text = boolean_append_text,
    .append_binary = boolean_append_binary,
    .parse = boolean_parse,
    .read_binary = boolean_read_binary,
    .convert = boolean_convert,
};

/* ---- Integers ---- */

static bool is_integer_text(const char *data, size_t size)
{
    size_t i = size > 0 && (data[0] == '-' || data[0] == '+');

    if (i == size)
        return false;
    for (; i < size; i++) {
        if (data[i] < '0' || data[i] > '9')
            return false;
    }
    return true;
}

/* A number of any length is told apart from nonsense: the one does not fit, the other is no number. */
static orm_status parse_integer(const orm_reading *r, const char *data, size_t size, int64_t *out)
{
    char text[INTEGER_TEXT_SIZE];
    char shown[ORM_DESCRIPTION_SIZE];

    if (orm_copy_short(text, sizeof text, data, size) && orm_parse_int64(text, out))
        return ORM_OK;
    if (!is_integer_text(data, size))
        return orm_reading_bad_text(r, data, size);
    orm_describe_text(shown, data, size);
    return orm_reading_out_of_range(r, shown);
}

orm_status orm_read_binary_integer(const orm_reading *r, const char *data, size_t size, uint32_t oid, int64_t *out)
{
    size_t expected = oid == ORM_OID_INT2 ? 2 : oid == ORM_OID_INT4 ? 4 : oid == ORM_OID_INT8 ? 8 : 0;

    if (expected == 0)
        return orm_reading_wrong_oid(r, oid);
    if (size != expected)
        return orm_reading_bad_binary(r, size);
    if (size == 2)
        *out = (int16_t)orm_read_u16(data);
    else if (size == 4)
        *out = (int32_t)orm_read_u32(data);
    else
        *out = (int64_t)orm_read_u64(data);
    return ORM_OK;
}

static orm_status in_range(const orm_reading *r, int64_t value, int64_t least, int64_t most)
{
    char text[INTEGER_TEXT_SIZE];

    if (value >= least && value <= most)
        return ORM_OK;
    snprintf(text, sizeof text, "%" PRId64, value);
    return orm_reading_out_of_range(r, text);
}

/* The functions that differ between the integer types only by the slot's C type. `put` appends the binary format. */
#define INTEGER_CODEC(name, c_type, least, most, put, unsigned_type)                                                   \
    static void name##_append_text(const void *slot, orm_buffer *out)                                                  \
    {                                                                                                                  \
        orm_buffer_append_int(out, *(const c_type *)slot);                                                             \
    }                                                                                                                  \
    static bool name##_append_binary(const void *slot, orm_buffer *out)                                                \
    {                                                                                                                  \
        put(out, (unsigned_type) * (const c_type *)slot);                                                              \
        return true;                                                                                                   \
    }                                                                                                                  \
    static orm_status name##_store(const orm_reading *r, int64_t value, void *slot)                                    \
    {                                                                                                                  \
        orm_status status = in_range(r, value, (least), (most));                                                       \
                                                                                                                       \
        if (status == ORM_OK)                                                                                          \
            *(c_type *)slot = (c_type)value;                                                                           \
        return status;                                                                                                 \
    }                                                                                                                  \
    static orm_status name##_parse(const orm_reading *r, const char *data, size_t size, void *slot)                    \
    {                                                                                                                  \
        int64_t    value = 0;                                                                                          \
        orm_status status = parse_integer(r, data, size, &value);                                                      \
                                                                                                                       \
        return status != ORM_OK ? status : name##_store(r, value, slot);                                               \
    }                                                                                                                  \
    static orm_status name##_read_binary(const orm_reading *r, const char *data, size_t size, uint32_t oid,            \
                                         void *slot)                                                                   \
    {                                                                                                                  \
        int64_t    value = 0;                                                                                          \
        orm_status status = orm_read_binary_integer(r, data, size, oid, &value);                                       \
                                                                                                                       \
        return status != ORM_OK ? status : name##_store(r, value, slot);                                               \
    }                                                                                                                  \
    static orm_status name##_convert(const orm_reading *r, const orm_value *value, void *slot)                         \
    {                                                                                                                  \
        if (value->kind != ORM_VALUE_INT)                                                                              \
            return orm_reading_wrong_kind(r, value);                                                                   \
        return name##_store(r, value->as.integer, slot);                                                               \
    }

INTEGER_CODEC(smallint, int16_t, INT16_MIN, INT16_MAX, orm_append_u16, uint16_t)
INTEGER_CODEC(integer, int32_t, INT32_MIN, INT32_MAX, orm_append_u32, uint32_t)
INTEGER_CODEC(bigint, int64_t, INT64_MIN, INT64_MAX, orm_append_u64, uint64_t)

const orm_codec orm_codec_smallint = {
    .literal = ORM_LITERAL_BARE,
    .append_text = smallint_append_text,
    .append_binary = smallint_append_binary,
    .parse = smallint_parse,
    .read_binary = smallint_read_binary,
    .convert = smallint_convert,
};

const orm_codec orm_codec_integer = {
    .literal = ORM_LITERAL_BARE,
    .append_text = integer_append_text,
    .append_binary = integer_append_binary,
    .parse = integer_parse,
    .read_binary = integer_read_binary,
    .convert = integer_convert,
};

const orm_codec orm_codec_bigint = {
    .literal = ORM_LITERAL_QUOTED,
    .append_text = bigint_append_text,
    .append_binary = bigint_append_binary,
    .parse = bigint_parse,
    .read_binary = bigint_read_binary,
    .convert = bigint_convert,
};

/* ---- bigint as text ---- */

static void text_append(const void *slot, orm_buffer *out)
{
    orm_buffer_append(out, *(const char *const *)slot);
}

static orm_status store_text(const orm_reading *r, const char *data, size_t size, void *slot)
{
    char *copy = orm_arena_strndup(r->arena, data, size);

    if (copy == NULL)
        return orm_fail_memory(r->error);
    *(const char **)slot = copy;
    return ORM_OK;
}

static orm_status store_integer_text(const orm_reading *r, int64_t value, void *slot)
{
    char text[INTEGER_TEXT_SIZE];
    int  length = snprintf(text, sizeof text, "%" PRId64, value);

    return store_text(r, text, (size_t)length, slot);
}

/* What the server cannot hold goes to it as text: its own words say why. */
static bool bigint_text_append_binary(const void *slot, orm_buffer *out)
{
    int64_t value;

    if (!orm_parse_int64(*(const char *const *)slot, &value))
        return false;
    return bigint_append_binary(&value, out);
}

/* Written anew, so that the text is the number's one usual form: equal numbers are equal texts. */
static orm_status bigint_text_parse(const orm_reading *r, const char *data, size_t size, void *slot)
{
    int64_t    value = 0;
    orm_status status = parse_integer(r, data, size, &value);

    return status != ORM_OK ? status : store_integer_text(r, value, slot);
}

static orm_status bigint_text_read_binary(const orm_reading *r, const char *data, size_t size, uint32_t oid, void *slot)
{
    int64_t    value = 0;
    orm_status status = orm_read_binary_integer(r, data, size, oid, &value);

    return status != ORM_OK ? status : store_integer_text(r, value, slot);
}

static orm_status bigint_text_convert(const orm_reading *r, const orm_value *value, void *slot)
{
    if (value->kind != ORM_VALUE_INT)
        return orm_reading_wrong_kind(r, value);
    return store_integer_text(r, value->as.integer, slot);
}

static orm_status bigint_text_check(const orm_reading *r, const void *slot)
{
    const char *text = *(const char *const *)slot;
    int64_t     ignored;

    return parse_integer(r, text, strlen(text), &ignored);
}

static bool bigint_text_equal(const void *a, const void *b)
{
    const char *x = *(const char *const *)a;
    const char *y = *(const char *const *)b;
    int64_t     m;
    int64_t     n;

    return strcmp(x, y) == 0 || (orm_parse_int64(x, &m) && orm_parse_int64(y, &n) && m == n);
}

const orm_codec orm_codec_bigint_text = {
    .literal = ORM_LITERAL_ESCAPED,
    .append_text = text_append,
    .append_binary = bigint_text_append_binary,
    .parse = bigint_text_parse,
    .read_binary = bigint_text_read_binary,
    .convert = bigint_text_convert,
    .check = bigint_text_check,
    .equal = bigint_text_equal,
};

/* ---- double ---- */

static void double_append_text(const void *slot, orm_buffer *out)
{
    char text[ORM_DOUBLE_TEXT_SIZE];

    orm_double_format(*(const double *)slot, text);
    orm_buffer_append(out, text);
}

static bool double_append_binary(const void *slot, orm_buffer *out)
{
    uint64_t bits;

    memcpy(&bits, slot, sizeof bits);
    orm_append_u64(out, bits);
    return true;
}

static orm_status double_parse(const orm_reading *r, const char *data, size_t size, void *slot)
{
    char text[512];

    if (!orm_copy_short(text, sizeof text, data, size) || !orm_double_parse(text, slot))
        return orm_reading_bad_text(r, data, size);
    return ORM_OK;
}

/* Whole numbers past 2^53 have no exact double, save for some that nobody can foresee. */
static orm_status double_store_integer(const orm_reading *r, int64_t value, void *slot)
{
    const int64_t exact = INT64_C(1) << 53;
    orm_status    status = in_range(r, value, -exact, exact);

    if (status == ORM_OK)
        *(double *)slot = (double)value;
    return status;
}

static orm_status double_read_binary(const orm_reading *r, const char *data, size_t size, uint32_t oid, void *slot)
{
    int64_t    value = 0;
    orm_status status;

    if (oid == ORM_OID_FLOAT8 && size == sizeof(uint64_t)) {
        uint64_t bits = orm_read_u64(data);

        memcpy(slot, &bits, sizeof bits);
        return ORM_OK;
    }
    if (oid == ORM_OID_FLOAT4 && size == sizeof(uint32_t)) {
        uint32_t bits = orm_read_u32(data);
        float    single;

        memcpy(&single, &bits, sizeof single);
        *(double *)slot = (double)single;
        return ORM_OK;
    }
    if (oid == ORM_OID_FLOAT8 || oid == ORM_OID_FLOAT4)
        return orm_reading_bad_binary(r, size);
    status = orm_read_binary_integer(r, data, size, oid, &value);
    return status != ORM_OK ? status : double_store_integer(r, value, slot);
}

static orm_status double_convert(const orm_reading *r, const orm_value *value, void *slot)
{
    if (value->kind != ORM_VALUE_INT)
        return orm_reading_wrong_kind(r, value);
    return double_store_integer(r, value->as.integer, slot);
}

const orm_codec orm_codec_double = {
    .literal = ORM_LITERAL_NUMBER,
    .append_text = double_append_text,
    .append_binary = double_append_binary,
    .parse = double_parse,
    .read_binary = double_read_binary,
    .convert = double_convert,
};

/* ---- decimal ---- */

static orm_status decimal_check_text(const orm_reading *r, const char *data, size_t size)
{
    return orm_decimal_valid(data, size) ? ORM_OK : orm_reading_bad_text(r, data, size);
}

static orm_status decimal_parse(const orm_reading *r, const char *data, size_t size, void *slot)
{
    orm_status status = decimal_check_text(r, data, size);

    return status != ORM_OK ? status : store_text(r, data, size, slot);
}

static orm_status decimal_read_binary(const orm_reading *r, const char *data, size_t size, uint32_t oid, void *slot)
{
    if (oid == ORM_OID_NUMERIC)
        return orm_decimal_read_binary(r, data, size, slot);
    return bigint_text_read_binary(r, data, size, oid, slot);
}

/* A double's text reads back as the same double, so nothing is lost. */
static orm_status decimal_convert(const orm_reading *r, const orm_value *value, void *slot)
{
    char text[ORM_DOUBLE_TEXT_SIZE];

    if (value->kind != ORM_VALUE_DOUBLE)
        return bigint_text_convert(r, value, slot);
    orm_double_format(value->as.real, text);
    return store_text(r, text, strlen(text), slot);
}

static orm_status decimal_check(const orm_reading *r, const void *slot)
{
    const char *text = *(const char *const *)slot;

    return decimal_check_text(r, text, strlen(text));
}

static bool decimal_equal(const void *a, const void *b)
{
    return orm_decimal_equal(*(const char *const *)a, *(const char *const *)b);
}

/* Always sent as text: the binary format would only be made from it, and be read back into digits by the server. */
const orm_codec orm_codec_decimal = {
    .literal = ORM_LITERAL_ESCAPED,
    .append_text = text_append,
    .parse = decimal_parse,
    .read_binary = decimal_read_binary,
    .convert = decimal_convert,
    .check = decimal_check,
    .equal = decimal_equal,
};
