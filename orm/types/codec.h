/*
 * codec.h - the door of types/: what a column type is, and how its values travel between C memory, SQL literals and
 * PostgreSQL's text and binary formats.
 *
 * A "slot" is the place in an entity (or in a canonical copy of one) where a value of the type is: a bool, an int64_t, a
 * const char *, an orm_text_array, ... as listed in orm/entity.h. Slots of nullable scalars come with a presence flag that
 * is the caller's business: no function here is called for an absent value. For pointer types, arrays and bytes "absent"
 * is the NULL pointer inside the slot (orm_type_slot_is_null).
 *
 * Nothing here knows entities; errors name no property. The caller adds that with orm_fail_where().
 */
#ifndef ORM_TYPES_CODEC_H
#define ORM_TYPES_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <orm/entity.h>
#include <orm/error.h>
#include <orm/value.h>

#include "base/arena.h"
#include "base/buffer.h"

/* OIDs of PostgreSQL's pg_type.dat that this library sends or understands. */
enum {
    ORM_OID_UNKNOWN = 0,
    ORM_OID_BOOL = 16,
    ORM_OID_BYTEA = 17,
    ORM_OID_INT8 = 20,
    ORM_OID_INT2 = 21,
    ORM_OID_INT4 = 23,
    ORM_OID_TEXT = 25,
    ORM_OID_FLOAT4 = 700,
    ORM_OID_FLOAT8 = 701,
    ORM_OID_INT2_ARRAY = 1005,
    ORM_OID_INT4_ARRAY = 1007,
    ORM_OID_TEXT_ARRAY = 1009,
    ORM_OID_VARCHAR_ARRAY = 1015,
    ORM_OID_INT8_ARRAY = 1016,
    ORM_OID_BPCHAR = 1042,
    ORM_OID_VARCHAR = 1043,
    ORM_OID_DATE = 1082,
    ORM_OID_TIMESTAMP = 1114,
    ORM_OID_TIMESTAMPTZ = 1184,
    ORM_OID_NUMERIC = 1700,
    ORM_OID_UUID = 2950,
    ORM_OID_JSON = 114,
    ORM_OID_JSONB = 3802
};

/*
 * Escapes text as an SQL string literal with its quotes (libpq's PQescapeLiteral behind it). The one place where a
 * literal's text is escaped; the driver supplies it with the connection it belongs to. False when it failed (memory,
 * or text that is not valid in the connection's encoding), with `error` filled.
 */
typedef bool (*orm_escape_fn)(void *context, orm_buffer *out, const char *text, size_t length, orm_error *error);

typedef struct orm_escaper {
    orm_escape_fn literal;
    void         *context;
} orm_escaper;

typedef struct orm_type_info {
    orm_type       type;
    const char    *name;      /* as case files and messages say it: "bigint", "text[]" */
    size_t         size;      /* of the slot */
    size_t         alignment;
    uint32_t       oid;       /* of parameters of this type in the extended protocol */
    bool           by_pointer; /* absence is a NULL inside the slot, no presence flag is needed */
    bool           is_integer; /* smallint, integer, bigint, bigint as text: may be a serial key */
    orm_value_kind value_kind; /* what to_value gives */
} orm_type_info;

/* Never NULL for a value of the enum other than NONE and COUNT_. REFERENCE and COLLECTION have size of a pointer. */
const orm_type_info *orm_type_info_of(orm_type type);

/* By the name that case files use ("bigint", "uuid", "text[]", ...); ORM_TYPE_NONE when there is none. */
orm_type orm_type_named(const char *name);

/* All names, for nearest-word hints and generated documentation; NULL-terminated. */
const char *const *orm_type_names(void);

bool orm_type_slot_is_null(orm_type type, const void *slot);

/* Appends MikroORM's literal: numbers and booleans bare, bigint, uuid, dates, JSON, arrays quoted, bytea as E'\\x..'. */
orm_status orm_type_append_literal(orm_type type, const void *slot, orm_buffer *out, const orm_escaper *escaper,
                                   orm_error *error);

/* Appends PostgreSQL's text format (unquoted): text parameters, logs, evidence. */
orm_status orm_type_append_text(orm_type type, const void *slot, orm_buffer *out, orm_error *error);

/* Appends PostgreSQL's binary format for a parameter of the type's `oid`; `sent_as_text` tells that text was appended
 * instead because that is the better way for this type (numeric). */
orm_status orm_type_append_binary(orm_type type, const void *slot, orm_buffer *out, bool *sent_as_text, orm_error *error);

/*
 * Decodes a result value into the slot; what it points to is put in the arena. `oid` is the column's type as the server
 * says: CockroachDB answers int8 where int4 was asked for, and any integer type is taken as long as the value fits.
 * ORM_ERR_CONVERSION when it does not fit, naming the value; for an `integer` the hint is "use bigint or uuid".
 */
orm_status orm_type_decode_text(orm_type type, orm_arena *arena, const char *data, size_t size, void *slot,
                                orm_error *error);
orm_status orm_type_decode_binary(orm_type type, orm_arena *arena, const void *data, size_t size, uint32_t oid,
                                  void *slot, orm_error *error);

/* Equal as values. For JSON: equal as text (JSON text is never re-serialised). Slots must not be null. */
bool orm_type_equal(orm_type type, const void *a, const void *b);

/*
 * Copies a slot. shallow: strings, bytes' data and JSON are shared by pointer, arrays are copied with their item table
 * (what may be edited in place); the canonical form that snapshots hold. deep: everything is copied into the arena.
 */
bool orm_type_copy_shallow(orm_type type, orm_arena *arena, void *to, const void *from) ORM_MUST_CHECK;
bool orm_type_copy_deep(orm_type type, orm_arena *arena, void *to, const void *from) ORM_MUST_CHECK;

/* The slot as a value that points into it. */
orm_value orm_type_to_value(orm_type type, const void *slot);

/*
 * Sets the slot from a value, converting where nothing is lost: text to every type by its text format, integers to
 * wider ones and to decimal and bigint text, int to double where exact. NULL is the caller's business. Checks the value:
 * ranges, valid UTF-8, no NUL bytes, numbers and JSON that parse (JSON: one value, nesting at most 1,000).
 * ORM_ERR_VALIDATION with a message that says the value and what the type takes.
 */
orm_status orm_type_from_value(orm_type type, orm_arena *arena, const orm_value *value, void *slot, orm_error *error);

/* The checks of from_value for a slot that the user filled by himself (UTF-8, JSON, decimal, bigint text, finite sizes). */
orm_status orm_type_check(orm_type type, const void *slot, orm_error *error);

/* Short text of a value for messages, cut at 60 bytes: 'abc', 42, NULL. */
void orm_value_describe(const orm_value *value, char *out, size_t size);

/*
 * Appends the literal or the text of a free value (a parameter of raw SQL). Entities have no meaning here: refused.
 */
orm_status orm_value_append_literal(const orm_value *value, orm_buffer *out, const orm_escaper *escaper, orm_error *error);
orm_status orm_value_append_text(const orm_value *value, orm_buffer *out, orm_error *error);

#endif
