/*
 * record_private.h - the shapes of a run record: one table for each kind of object says which key is which member, and
 * writer and reader both go by it.
 */
#ifndef CRDBCHECK_RECORD_PRIVATE_H
#define CRDBCHECK_RECORD_PRIVATE_H

#include <jansson.h>

#include "reports/record/record.h"

typedef enum cc_field_kind {
    CC_FIELD_TEXT,         /* const char *; empty ones are not written, absent ones are read as empty */
    CC_FIELD_TEXT_OR_NULL, /* const char *; NULL is not written, absent is NULL */
    CC_FIELD_TEXTS,        /* const char *const *, NULL-terminated; NULL is not written */
    CC_FIELD_INT,          /* int */
    CC_FIELD_INT64,        /* int64_t */
    CC_FIELD_SIZE,         /* size_t */
    CC_FIELD_BOOL,         /* bool */
    CC_FIELD_ENUM,         /* an enum, written as its name */
    CC_FIELD_COUNTS,       /* size_t[CC_STATUS_COUNT], an object with the statuses as keys */
    CC_FIELD_OBJECT,       /* a pointer to an object; NULL is not written */
    CC_FIELD_OBJECTS       /* a pointer to an array of objects; their number is at count_offset */
} cc_field_kind;

typedef struct cc_shape cc_shape;

typedef struct cc_field {
    const char        *key; /* NULL ends a table */
    cc_field_kind      kind;
    bool               required;
    size_t             offset;
    size_t             count_offset; /* OBJECTS */
    const cc_shape    *shape;        /* OBJECT, OBJECTS */
    const char *const *names;        /* ENUM: by value, NULL-terminated */
} cc_field;

struct cc_shape {
    const char     *what; /* for messages: "case" */
    size_t          size;
    const cc_field *fields;
};

extern const cc_shape cc_header_shape;
extern const cc_shape cc_case_shape;
extern const cc_shape cc_footer_shape;

/* Appends the object; `type` (may be NULL) becomes its first key "type". */
void cc_shape_write(orm_buffer *out, const cc_shape *shape, const char *type, const void *object);

/* Fills the zeroed object; texts are copied into the arena. Keys that the shape does not know are passed over. */
orm_status cc_shape_read(orm_arena *arena, const cc_shape *shape, json_t *json, void *object, orm_error *error);

#endif
