/*
 * codec_private.h - what the files of types/ share: one orm_codec a column type, one orm_storage a kind of slot.
 */
#ifndef ORM_TYPES_CODEC_PRIVATE_H
#define ORM_TYPES_CODEC_PRIVATE_H

#include "base/fail.h"
#include "types/codec.h"

/* Room for a value's short text in messages: 60 bytes, quotes, an ellipsis. */
#define ORM_DESCRIPTION_SIZE 72

/* One read: what is to be made, where it goes, and what a failure means (CONVERSION from a server, VALIDATION else). */
typedef struct orm_reading {
    orm_type   type;
    orm_arena *arena;
    orm_status failure;
    orm_error *error;
} orm_reading;

typedef enum orm_literal_style {
    ORM_LITERAL_BARE,   /* as it is: 42, true */
    ORM_LITERAL_NUMBER, /* as it is, but in quotes where SQL has no such number: NaN, Infinity, -0 */
    ORM_LITERAL_QUOTED, /* in quotes; this library wrote the text and there is nothing to escape in it */
    ORM_LITERAL_ESCAPED /* text of the user */
} orm_literal_style;

/* How values of one column type travel. No function is called for an absent value. */
typedef struct orm_codec {
    orm_literal_style literal;

    /* Appends the text format. */
    void (*append_text)(const void *slot, orm_buffer *out);

    /* Appends the binary format, or nothing and gives false: this value is sent as text. NULL: always as text. */
    bool (*append_binary)(const void *slot, orm_buffer *out);

    /* Reads the text format. `data` may hold anything; it need not be terminated. */
    orm_status (*parse)(const orm_reading *r, const char *data, size_t size, void *slot);

    /* Reads the binary format of a column that is not of a text type. */
    orm_status (*read_binary)(const orm_reading *r, const char *data, size_t size, uint32_t oid, void *slot);

    /* Takes a value that is neither text nor the kind that to_value gives. NULL: none is taken. */
    orm_status (*convert)(const orm_reading *r, const orm_value *value, void *slot);

    /* Checks a slot that the user filled. NULL: any content is right. */
    orm_status (*check)(const orm_reading *r, const void *slot);

    /* Equal as values. NULL: when the slots are. */
    bool (*equal)(const void *a, const void *b);
} orm_codec;

/* What can be done with a slot without knowing its column type. */
typedef struct orm_storage {
    bool (*is_null)(const void *slot); /* NULL: never */
    bool (*equal)(const void *a, const void *b);
    bool (*copy_shallow)(orm_arena *arena, void *to, const void *from);
    bool (*copy_deep)(orm_arena *arena, void *to, const void *from);
    orm_value (*to_value)(const void *slot);
} orm_storage;

/* Whether values of a column of this type come as bare text also in the binary format: text, enums, extensions' types. */
bool orm_oid_is_text(uint32_t oid);

extern const orm_storage orm_storage_bool, orm_storage_int16, orm_storage_int32, orm_storage_int64, orm_storage_double,
    orm_storage_text, orm_storage_uuid, orm_storage_date, orm_storage_timestamp, orm_storage_bytes,
    orm_storage_text_array, orm_storage_int_array, orm_storage_entity, orm_storage_collection;

extern const orm_codec orm_codec_boolean, orm_codec_smallint, orm_codec_integer, orm_codec_bigint,
    orm_codec_bigint_text, orm_codec_double, orm_codec_decimal, orm_codec_text, orm_codec_uuid, orm_codec_date,
    orm_codec_timestamptz, orm_codec_json, orm_codec_bytes, orm_codec_text_array, orm_codec_integer_array;

/* ---- Failures (codec_fail.c). Each gives r->failure, or ORM_ERR_MEMORY. ---- */

/* `data` in quotes, cut at 60 bytes, on one line. */
void orm_describe_text(char out[ORM_DESCRIPTION_SIZE], const char *data, size_t size);

orm_status orm_reading_bad_text(const orm_reading *r, const char *data, size_t size);
orm_status orm_reading_out_of_range(const orm_reading *r, const char *value);
orm_status orm_reading_bad_binary(const orm_reading *r, size_t size);
orm_status orm_reading_wrong_oid(const orm_reading *r, uint32_t oid);
orm_status orm_reading_wrong_kind(const orm_reading *r, const orm_value *value);

/* Text that PostgreSQL can hold: valid UTF-8 without NUL. */
orm_status orm_reading_check_text(const orm_reading *r, const char *data, size_t size);

/* The text with a NUL behind it, in `out`; false when it is longer than that or holds a NUL. */
bool orm_copy_short(char *out, size_t out_size, const char *data, size_t size);

/* ---- Numbers (codec_number.c, decimal.c, double_text.c) ---- */

/* Any of the server's integer types; `oid` of another type is refused. */
orm_status orm_read_binary_integer(const orm_reading *r, const char *data, size_t size, uint32_t oid, int64_t *out);

#define ORM_DOUBLE_TEXT_SIZE 40

/* The shortest text that reads back as the same double, written as JavaScript does; NaN, Infinity, -Infinity. */
void orm_double_format(double value, char out[ORM_DOUBLE_TEXT_SIZE]);
bool orm_double_parse(const char *text, double *out);

/* [sign] digits [. digits] [exponent], NaN, or [-]Infinity. */
bool orm_decimal_valid(const char *text, size_t size);
bool orm_decimal_equal(const char *a, const char *b);

/* NumericVar of the wire protocol to text with its scale kept. ORM_ERR_MEMORY, or r->failure when it is malformed. */
orm_status orm_decimal_read_binary(const orm_reading *r, const char *data, size_t size, const char **out);

/* ---- Big-endian numbers of the binary format (wire_bytes.c) ---- */
void     orm_append_u16(orm_buffer *out, uint16_t value);
void     orm_append_u32(orm_buffer *out, uint32_t value);
void     orm_append_u64(orm_buffer *out, uint64_t value);
uint16_t orm_read_u16(const char *data);
uint32_t orm_read_u32(const char *data);
uint64_t orm_read_u64(const char *data);

/* ---- Arrays (array_text.c) ---- */

typedef enum orm_array_step {
    ORM_ARRAY_ELEMENT,
    ORM_ARRAY_NULL,
    ORM_ARRAY_END,
    ORM_ARRAY_MALFORMED,
    ORM_ARRAY_NESTED /* more than one dimension */
} orm_array_step;

/* Walks '{a,"b c",NULL}'. */
typedef struct orm_array_scan {
    const char *at;
    const char *end;
    bool        opened;
    const char *raw; /* ELEMENT: as written, without the quotes */
    size_t      raw_size;
    bool        quoted;
} orm_array_scan;

orm_array_step orm_array_next(orm_array_scan *scan);

/* The current element without its backslashes; `out` has room for raw_size + 1 bytes. Returns the length. */
size_t orm_array_unescape(const orm_array_scan *scan, char *out);

/* Appends an element, in quotes where array input would read it differently. */
void orm_array_append_element(orm_buffer *out, const char *text);

/* ---- JSON (json_check.c) ---- */

/* NULL when the text is one JSON value (RFC 8259), else what is wrong with it at byte `*where`. */
const char *orm_json_problem(const char *text, size_t size, size_t *where);

#endif
