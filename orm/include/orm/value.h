/*
 * value.h - the C types that hold column values, and orm_value, which can hold any of them.
 */
#ifndef ORM_VALUE_H
#define ORM_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <orm/error.h>

ORM_BEGIN_DECLS

/* 16 bytes in the order in which they are written. */
typedef struct orm_uuid {
    uint8_t bytes[16];
} orm_uuid;

#define ORM_UUID_TEXT_SIZE 37 /* 36 characters and the NUL */

/* Days since 1970-01-01, negative before. INT32_MAX and INT32_MIN are infinity and -infinity. */
typedef struct orm_date {
    int32_t days;
} orm_date;

/* Microseconds since 1970-01-01 00:00:00 UTC. INT64_MAX and INT64_MIN are infinity and -infinity. */
typedef struct orm_timestamp {
    int64_t microseconds;
} orm_timestamp;

/* Bytes that may hold NULs. `data` NULL is SQL NULL; no bytes at all is a non-NULL `data` with size 0. */
typedef struct orm_bytes {
    const void *data;
    size_t      size;
} orm_bytes;

/*
 * One-dimensional arrays. `items` NULL is SQL NULL; the empty array is a non-NULL `items` with count 0
 * (ORM_EMPTY_TEXT_ARRAY, ORM_EMPTY_INT_ARRAY). A NULL item is a NULL element. An array may be edited in place: flush compares by value.
 */
typedef struct orm_text_array {
    const char **items;
    size_t       count;
} orm_text_array;

typedef struct orm_int_array {
    int64_t *items;
    bool    *nulls; /* NULL when no element is NULL */
    size_t   count;
} orm_int_array;

/*
 * Embeddables in a list: `items` is an array of the embeddable's struct. NULL is SQL NULL; the empty list is a non-NULL
 * `items` with count 0. It may be edited in place; a flush that writes it copies it, and `items` then points to the copy.
 */
typedef struct orm_embedded_list {
    void  *items;
    size_t count;
} orm_embedded_list;

#ifndef __cplusplus
/* The i-th item; the caller has looked at count. */
#define ORM_EMBEDDED_AT(list, struct_type, index) (&((struct_type *)(list).items)[index])
#define ORM_EMPTY_EMBEDDED_LIST ((orm_embedded_list){ .items = (void *[1]){ NULL }, .count = 0 })
#define ORM_EMPTY_TEXT_ARRAY ((orm_text_array){ .items = (const char *[1]){ NULL }, .count = 0 })
#define ORM_EMPTY_INT_ARRAY ((orm_int_array){ .items = (int64_t[1]){ 0 }, .count = 0 })
#endif

/* Nullable scalars: `has` false is SQL NULL, or "not set" for a property with a default. */
typedef struct orm_opt_bool {
    bool has;
    bool value;
} orm_opt_bool;
typedef struct orm_opt_int16 {
    bool    has;
    int16_t value;
} orm_opt_int16;
typedef struct orm_opt_int32 {
    bool    has;
    int32_t value;
} orm_opt_int32;
typedef struct orm_opt_int64 {
    bool    has;
    int64_t value;
} orm_opt_int64;
typedef struct orm_opt_double {
    bool   has;
    double value;
} orm_opt_double;
typedef struct orm_opt_uuid {
    bool     has;
    orm_uuid value;
} orm_opt_uuid;
typedef struct orm_opt_date {
    bool     has;
    orm_date value;
} orm_opt_date;
typedef struct orm_opt_timestamp {
    bool          has;
    orm_timestamp value;
} orm_opt_timestamp;

typedef enum orm_value_kind {
    ORM_VALUE_NULL = 0,
    ORM_VALUE_BOOL,
    ORM_VALUE_INT,
    ORM_VALUE_DOUBLE,
    ORM_VALUE_TEXT, /* string, decimal, JSON, enum, bigint as text: the property's type decides */
    ORM_VALUE_UUID,
    ORM_VALUE_DATE,
    ORM_VALUE_TIMESTAMP,
    ORM_VALUE_BYTES,
    ORM_VALUE_TEXT_ARRAY,
    ORM_VALUE_INT_ARRAY,
    ORM_VALUE_ENTITY, /* a managed entity: a to-one reference, or the key of a row in a condition */
    ORM_VALUE_LIST, /* several values: the parts of a composite key, what a condition compares with; no column holds it */
    ORM_VALUE_RAW,  /* SQL in the place of a value that is written: orm_raw() */
    ORM_VALUE_PARAM /* a parameter of a filter, by its name in `text`: only in conditions of filters */
} orm_value_kind;

/* Any column value. What it points to belongs to whoever made it; functions that take one copy what they keep. */
typedef struct orm_value {
    orm_value_kind kind;
    union {
        bool           boolean;
        int64_t        integer;
        double         real;
        const char    *text; /* NUL-terminated UTF-8, never NULL */
        orm_uuid       uuid;
        orm_date       date;
        orm_timestamp  timestamp;
        orm_bytes      bytes;
        orm_text_array text_array;
        orm_int_array  int_array;
        void          *entity;
        struct {
            const struct orm_value *items; /* may be NULL when count is 0 */
            size_t                  count;
        } list;
        struct {
            const char             *sql;
            const struct orm_value *params;
            size_t                  param_count;
        } raw;
    } as;
} orm_value;

ORM_API orm_value orm_null(void);
ORM_API orm_value orm_bool(bool value);
ORM_API orm_value orm_int(int64_t value);
ORM_API orm_value orm_double(double value);
ORM_API orm_value orm_text(const char *value); /* NULL gives orm_null() */
ORM_API orm_value orm_uuid_value(orm_uuid value);
ORM_API orm_value orm_date_value(orm_date value);
ORM_API orm_value orm_timestamp_value(orm_timestamp value);
ORM_API orm_value orm_bytes_value(orm_bytes value);
ORM_API orm_value orm_text_array_value(orm_text_array value);
ORM_API orm_value orm_int_array_value(orm_int_array value);
ORM_API orm_value orm_entity_value(const void *entity); /* NULL gives orm_null() */
ORM_API orm_value orm_list_value(const orm_value *items, size_t count); /* the items are borrowed */
ORM_API orm_value orm_param_value(const char *name); /* for conditions of filters: filter.h; the name is borrowed */

/*
 * SQL that the server computes a value with, where one is written: orm_raw("age + 1"), or with a plain value for each `?`
 * that does not stand in quotes, orm_raw_with("age + ?", orm_int(2)). A question mark that stands for itself is `\\?`. The
 * text is SQL of the program's and goes to the server as it is written; what a user has typed belongs into the parameters.
 * An UPDATE's SQL sees the row as it was, by its columns' names; an INSERT's sees no row. Text and parameters are borrowed.
 */
ORM_API orm_value orm_raw_value(const char *sql, const orm_value *params, size_t param_count);
#ifndef __cplusplus
#define orm_raw(sql_) orm_raw_value((sql_), NULL, 0)
#define orm_raw_with(sql_, ...)                                                                                        \
    orm_raw_value((sql_), (const orm_value[]){ __VA_ARGS__ }, sizeof((const orm_value[]){ __VA_ARGS__ }) / sizeof(orm_value))
#endif

/* orm_value_of(x): the constructor that fits x's C type. */
#ifndef __cplusplus
#define orm_value_of(x)                                                                                                \
    _Generic((x),                                                                                                      \
        bool: orm_bool,                                                                                                \
        signed char: orm_int,                                                                                          \
        short: orm_int,                                                                                                \
        int: orm_int,                                                                                                  \
        long: orm_int,                                                                                                 \
        long long: orm_int,                                                                                            \
        unsigned char: orm_int,                                                                                        \
        unsigned short: orm_int,                                                                                       \
        unsigned int: orm_int,                                                                                         \
        float: orm_double,                                                                                             \
        double: orm_double,                                                                                            \
        char *: orm_text,                                                                                              \
        const char *: orm_text,                                                                                        \
        orm_uuid: orm_uuid_value,                                                                                      \
        orm_date: orm_date_value,                                                                                      \
        orm_timestamp: orm_timestamp_value,                                                                            \
        orm_bytes: orm_bytes_value,                                                                                    \
        orm_text_array: orm_text_array_value,                                                                          \
        orm_int_array: orm_int_array_value,                                                                            \
        orm_value: orm_value_same,                                                                                     \
        default: orm_entity_value)(x)

/* orm_list_of(orm_int(1), orm_text("x")): a list that lives until the end of the enclosing block. */
#define orm_list_of(...)                                                                                               \
    orm_list_value((const orm_value[]){ __VA_ARGS__ }, sizeof((const orm_value[]){ __VA_ARGS__ }) / sizeof(orm_value))
#endif
ORM_API orm_value orm_value_same(orm_value value);

/* A random UUID, version 4. Safe after fork and from any thread. False when the system gives no random bytes. */
ORM_API bool orm_uuid_random(orm_uuid *out) ORM_MUST_CHECK;
ORM_API bool orm_uuid_is_zero(orm_uuid uuid);
ORM_API bool orm_uuid_equal(orm_uuid a, orm_uuid b);

/* Writes 36 lower-case characters and a NUL; returns `out`. */
ORM_API char *orm_uuid_format(orm_uuid uuid, char out[ORM_UUID_TEXT_SIZE]);

/* Whole text, with hyphens in the four usual places or none at all, either case. */
ORM_API bool orm_uuid_parse(const char *text, orm_uuid *out) ORM_MUST_CHECK;

/*
 * ISO 8601 text as PostgreSQL writes it: "2026-11-23", "2026-11-23 10:00:00.25+00", also with "T" and "Z", "BC" behind
 * it, "infinity". Formats write UTC; `size` 40 is always enough.
 */
ORM_API bool orm_date_parse(const char *text, orm_date *out) ORM_MUST_CHECK;
ORM_API bool orm_timestamp_parse(const char *text, orm_timestamp *out) ORM_MUST_CHECK;
ORM_API void orm_date_format(orm_date date, char *out, size_t size);
ORM_API void orm_timestamp_format(orm_timestamp timestamp, char *out, size_t size);

ORM_END_DECLS

#endif
