#include "types/codec.h"

#include <stdalign.h>
#include <string.h>

#include "base/text.h"
#include "types/codec_private.h"

typedef struct type_row {
    orm_type_info      info;
    const orm_storage *storage;
    const orm_codec   *codec; /* NULL: relations, whose values travel as those of the target's key */
} type_row;

#define INFO(type_, name_, c_type, oid_, kind_, ...)                                                                   \
    .info = { .type = (type_),                                                                                         \
              .name = (name_),                                                                                         \
              .size = sizeof(c_type),                                                                                  \
              .alignment = alignof(c_type),                                                                            \
              .oid = (oid_),                                                                                           \
              .value_kind = (kind_),                                                                                   \
              __VA_ARGS__ }
#define CODECS(storage_, codec_) .storage = &orm_storage_##storage_, .codec = &orm_codec_##codec_
#define RELATION(storage_) .storage = &orm_storage_##storage_

/*
 * All that there is to know about a type, in one row. The names are MikroORM's where it has one word for one column type,
 * else the column's.
 */
/* clang-format off */
static const type_row rows[ORM_TYPE_COUNT_] = {
    [ORM_TYPE_BOOLEAN] = {
        INFO(ORM_TYPE_BOOLEAN, "boolean", bool, ORM_OID_BOOL, ORM_VALUE_BOOL, .by_pointer = false),
        CODECS(bool, boolean) },
    [ORM_TYPE_SMALLINT] = {
        INFO(ORM_TYPE_SMALLINT, "smallint", int16_t, ORM_OID_INT2, ORM_VALUE_INT, .is_integer = true),
        CODECS(int16, smallint) },
    [ORM_TYPE_INTEGER] = {
        INFO(ORM_TYPE_INTEGER, "integer", int32_t, ORM_OID_INT4, ORM_VALUE_INT, .is_integer = true),
        CODECS(int32, integer) },
    [ORM_TYPE_BIGINT] = {
        INFO(ORM_TYPE_BIGINT, "bigint", int64_t, ORM_OID_INT8, ORM_VALUE_INT, .is_integer = true),
        CODECS(int64, bigint) },
    [ORM_TYPE_BIGINT_TEXT] = {
        INFO(ORM_TYPE_BIGINT_TEXT, "bigint-text", const char *, ORM_OID_INT8, ORM_VALUE_TEXT, .by_pointer = true,
             .is_integer = true),
        CODECS(text, bigint_text) },
    [ORM_TYPE_DOUBLE] = {
        INFO(ORM_TYPE_DOUBLE, "double", double, ORM_OID_FLOAT8, ORM_VALUE_DOUBLE, .by_pointer = false),
        CODECS(double, double) },
    [ORM_TYPE_DECIMAL] = {
        INFO(ORM_TYPE_DECIMAL, "decimal", const char *, ORM_OID_NUMERIC, ORM_VALUE_TEXT, .by_pointer = true),
        CODECS(text, decimal) },
    [ORM_TYPE_STRING] = {
        INFO(ORM_TYPE_STRING, "string", const char *, ORM_OID_VARCHAR, ORM_VALUE_TEXT, .by_pointer = true),
        CODECS(text, text) },
    [ORM_TYPE_TEXT] = {
        INFO(ORM_TYPE_TEXT, "text", const char *, ORM_OID_TEXT, ORM_VALUE_TEXT, .by_pointer = true),
        CODECS(text, text) },
    [ORM_TYPE_UUID] = {
        INFO(ORM_TYPE_UUID, "uuid", orm_uuid, ORM_OID_UUID, ORM_VALUE_UUID, .by_pointer = false),
        CODECS(uuid, uuid) },
    [ORM_TYPE_DATE] = {
        INFO(ORM_TYPE_DATE, "date", orm_date, ORM_OID_DATE, ORM_VALUE_DATE, .by_pointer = false),
        CODECS(date, date) },
    [ORM_TYPE_TIMESTAMPTZ] = {
        INFO(ORM_TYPE_TIMESTAMPTZ, "timestamptz", orm_timestamp, ORM_OID_TIMESTAMPTZ, ORM_VALUE_TIMESTAMP,
             .by_pointer = false),
        CODECS(timestamp, timestamptz) },
    [ORM_TYPE_JSON] = {
        INFO(ORM_TYPE_JSON, "jsonb", const char *, ORM_OID_JSONB, ORM_VALUE_TEXT, .by_pointer = true),
        CODECS(text, json) },
    [ORM_TYPE_BYTES] = {
        INFO(ORM_TYPE_BYTES, "bytea", orm_bytes, ORM_OID_BYTEA, ORM_VALUE_BYTES, .by_pointer = true),
        CODECS(bytes, bytes) },
    [ORM_TYPE_TEXT_ARRAY] = {
        INFO(ORM_TYPE_TEXT_ARRAY, "text[]", orm_text_array, ORM_OID_TEXT_ARRAY, ORM_VALUE_TEXT_ARRAY,
             .by_pointer = true),
        CODECS(text_array, text_array) },
    [ORM_TYPE_INTEGER_ARRAY] = {
        INFO(ORM_TYPE_INTEGER_ARRAY, "integer[]", orm_int_array, ORM_OID_INT4_ARRAY, ORM_VALUE_INT_ARRAY,
             .by_pointer = true),
        CODECS(int_array, integer_array) },
    [ORM_TYPE_ENUM] = {
        INFO(ORM_TYPE_ENUM, "enum", const char *, ORM_OID_TEXT, ORM_VALUE_TEXT, .by_pointer = true),
        CODECS(text, text) },
    [ORM_TYPE_REFERENCE] = {
        INFO(ORM_TYPE_REFERENCE, "reference", void *, ORM_OID_UNKNOWN, ORM_VALUE_ENTITY, .by_pointer = true),
        RELATION(entity) },
    [ORM_TYPE_COLLECTION] = {
        INFO(ORM_TYPE_COLLECTION, "collection", void *, ORM_OID_UNKNOWN, ORM_VALUE_NULL, .by_pointer = true),
        RELATION(collection) },
    /* Discovery takes it apart, so that nothing else meets it. */
    [ORM_TYPE_EMBEDDED_LIST] = { INFO(ORM_TYPE_EMBEDDED_LIST, "embedded list", orm_embedded_list, ORM_OID_UNKNOWN,
                                      ORM_VALUE_NULL, .by_pointer = true) },
    [ORM_TYPE_EMBEDDED] = { INFO(ORM_TYPE_EMBEDDED, "embedded", char, ORM_OID_UNKNOWN, ORM_VALUE_NULL,
                                 .by_pointer = false) },
};
/* clang-format on */

/* ---- What types there are ---- */

const orm_type_info *orm_type_info_of(orm_type type)
{
    return type > ORM_TYPE_NONE && type < ORM_TYPE_COUNT_ ? &rows[type].info : NULL;
}

const char *const *orm_type_names(void)
{
    static const char *const names[] = {
        "boolean", "smallint", "integer",     "bigint", "bigint-text", "double", "decimal",   "string", "text",
        "uuid",    "date",     "timestamptz", "jsonb",  "bytea",       "text[]", "integer[]", "enum",   NULL,
    };

    return names;
}

orm_type orm_type_named(const char *name)
{
    for (size_t type = ORM_TYPE_NONE + 1; type < ORM_TYPE_COUNT_; type++) {
        if (rows[type].codec != NULL && orm_text_equal(rows[type].info.name, name))
            return (orm_type)type;
    }
    return ORM_TYPE_NONE;
}

/* OIDs of pg_type.dat that codec.h has no name for, because nothing is ever sent as them. */
enum { OID_CHAR = 18, OID_NAME = 19, OID_LITERAL = 705, FIRST_USER_OID = 16384 };

bool orm_oid_is_text(uint32_t oid)
{
    switch (oid) {
    case ORM_OID_UNKNOWN:
    case ORM_OID_TEXT:
    case ORM_OID_VARCHAR:
    case ORM_OID_BPCHAR:
    case OID_CHAR:
    case OID_NAME:
    case OID_LITERAL:
        return true;
    default:
        return oid >= FIRST_USER_OID;
    }
}

/* ---- Writing ---- */

static orm_status fail_relation(orm_type type, orm_error *error)
{
    const orm_type_info *info = orm_type_info_of(type);

    return orm_fail(error, ORM_ERR_ARGUMENT, 110, "a value of type %s does not travel by itself; send the target's key",
                    info != NULL ? info->name : "none");
}

static const orm_codec *codec_of(orm_type type)
{
    return type > ORM_TYPE_NONE && type < ORM_TYPE_COUNT_ ? rows[type].codec : NULL;
}

static orm_status finish(const orm_buffer *out, orm_error *error)
{
    return out->broken ? orm_fail_memory(error) : ORM_OK;
}

orm_status orm_type_append_text(orm_type type, const void *slot, orm_buffer *out, orm_error *error)
{
    const orm_codec *codec = codec_of(type);

    if (codec == NULL)
        return fail_relation(type, error);
    codec->append_text(slot, out);
    return finish(out, error);
}

orm_status orm_type_append_binary(orm_type type, const void *slot, orm_buffer *out, bool *sent_as_text,
                                  orm_error *error)
{
    const orm_codec *codec = codec_of(type);

    if (codec == NULL)
        return fail_relation(type, error);
    *sent_as_text = codec->append_binary == NULL || !codec->append_binary(slot, out);
    if (*sent_as_text)
        codec->append_text(slot, out);
    return finish(out, error);
}

/* Text that this library has written itself: digits, signs, letters, colons. */
static void append_quoted(const orm_codec *codec, const void *slot, orm_buffer *out)
{
    orm_buffer_append_char(out, '\'');
    codec->append_text(slot, out);
    orm_buffer_append_char(out, '\'');
}

/* SQL knows no bare NaN and Infinity, and takes the sign from a bare -0. */
static bool is_sql_number(const char *text)
{
    const char *digits = *text == '-' ? text + 1 : text;

    return *digits >= '0' && *digits <= '9' && strcmp(text, "-0") != 0;
}

/* Text of the user goes to the escaper as it is; what has to be written out first, arrays and bytes, through a copy. */
static orm_status append_escaped(const type_row *row, const void *slot, orm_buffer *out, const orm_escaper *escaper,
                                 orm_error *error)
{
    orm_buffer  copy;
    const char *text;
    size_t      length;
    bool        escaped = false;

    orm_buffer_init(&copy, out->allocator, out->limit);
    if (row->storage == &orm_storage_text) {
        text = *(const char *const *)slot;
        length = strlen(text);
    } else {
        row->codec->append_text(slot, &copy);
        text = copy.data;
        length = copy.length;
    }
    if (!copy.broken)
        escaped = escaper->literal(escaper->context, out, text, length, error);
    if (copy.broken || out->broken) {
        orm_buffer_free(&copy);
        return orm_fail_memory(error);
    }
    orm_buffer_free(&copy);
    if (escaped)
        return ORM_OK;
    return error != NULL ? error->status : ORM_ERR_VALIDATION;
}

orm_status orm_type_append_literal(orm_type type, const void *slot, orm_buffer *out, const orm_escaper *escaper,
                                   orm_error *error)
{
    const orm_codec *codec = codec_of(type);
    size_t           start = out->length;

    if (codec == NULL)
        return fail_relation(type, error);
    switch (codec->literal) {
    case ORM_LITERAL_ESCAPED:
        return append_escaped(&rows[type], slot, out, escaper, error);
    case ORM_LITERAL_QUOTED:
        append_quoted(codec, slot, out);
        break;
    case ORM_LITERAL_NUMBER:
    case ORM_LITERAL_BARE:
        codec->append_text(slot, out);
        if (!out->broken && codec->literal == ORM_LITERAL_NUMBER && !is_sql_number(out->data + start)) {
            orm_buffer_truncate(out, start);
            append_quoted(codec, slot, out);
        }
        break;
    }
    return finish(out, error);
}

/* ---- Reading ---- */

orm_status orm_type_decode_text(orm_type type, orm_arena *arena, const char *data, size_t size, void *slot,
                                orm_error *error)
{
    const orm_codec *codec = codec_of(type);
    orm_reading      r = { .type = type, .arena = arena, .failure = ORM_ERR_CONVERSION, .error = error };

    return codec == NULL ? fail_relation(type, error) : codec->parse(&r, data, size, slot);
}

/* The binary format of text is text: a text column is read by any type as the text protocol would read it. */
orm_status orm_type_decode_binary(orm_type type, orm_arena *arena, const void *data, size_t size, uint32_t oid,
                                  void *slot, orm_error *error)
{
    const orm_codec *codec = codec_of(type);
    orm_reading      r = { .type = type, .arena = arena, .failure = ORM_ERR_CONVERSION, .error = error };

    if (codec == NULL)
        return fail_relation(type, error);
    if (orm_oid_is_text(oid))
        return codec->parse(&r, data, size, slot);
    return codec->read_binary(&r, data, size, oid, slot);
}

orm_status orm_type_from_value(orm_type type, orm_arena *arena, const orm_value *value, void *slot, orm_error *error)
{
    const orm_codec *codec = codec_of(type);
    orm_reading      r = { .type = type, .arena = arena, .failure = ORM_ERR_VALIDATION, .error = error };
    orm_status       status = ORM_OK;

    if (codec == NULL)
        return fail_relation(type, error);
    if (value->kind == ORM_VALUE_TEXT && value->as.text == NULL)
        return orm_reading_wrong_kind(&r, value);
    if (value->kind == ORM_VALUE_TEXT)
        return codec->parse(&r, value->as.text, strlen(value->as.text), slot);
    /* Integer slots have several widths; of the other kinds, the value's member and the slot are one C type. */
    if (value->kind == rows[type].info.value_kind && value->kind != ORM_VALUE_INT) {
        if (codec->check != NULL)
            status = codec->check(&r, &value->as);
        if (status == ORM_OK && !rows[type].storage->copy_deep(arena, slot, &value->as))
            status = orm_fail_memory(error);
        return status;
    }
    return codec->convert != NULL ? codec->convert(&r, value, slot) : orm_reading_wrong_kind(&r, value);
}

orm_status orm_type_check(orm_type type, const void *slot, orm_error *error)
{
    const orm_codec *codec = codec_of(type);
    orm_reading      r = { .type = type, .failure = ORM_ERR_VALIDATION, .error = error };

    return codec == NULL || codec->check == NULL ? ORM_OK : codec->check(&r, slot);
}

/* ---- Slots ---- */

bool orm_type_slot_is_null(orm_type type, const void *slot)
{
    const orm_storage *storage = rows[type].storage;

    return storage->is_null != NULL && storage->is_null(slot);
}

bool orm_type_equal(orm_type type, const void *a, const void *b)
{
    const type_row *row = &rows[type];

    return row->codec != NULL && row->codec->equal != NULL ? row->codec->equal(a, b) : row->storage->equal(a, b);
}

bool orm_type_copy_shallow(orm_type type, orm_arena *arena, void *to, const void *from)
{
    return rows[type].storage->copy_shallow(arena, to, from);
}

bool orm_type_copy_deep(orm_type type, orm_arena *arena, void *to, const void *from)
{
    return rows[type].storage->copy_deep(arena, to, from);
}

orm_value orm_type_to_value(orm_type type, const void *slot)
{
    return rows[type].storage->to_value(slot);
}
