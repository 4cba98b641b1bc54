/*
 * message.h - PostgreSQL messages as bytes: reading with bounds, building in a buffer. Knows no connection.
 */
#ifndef CRDBCHECK_WIRE_MESSAGE_H
#define CRDBCHECK_WIRE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "harness/wire/filter.h"

enum {
    CC_LENGTH_SIZE = 4,       /* a length counts itself */
    CC_HEADER_SIZE = 5,       /* type and length */
    CC_STARTUP_LIMIT = 10000, /* as PostgreSQL's own */
    CC_SMALL_LIMIT = 10000,   /* of messages that hold no data: Sync, Execute, ..., as PostgreSQL's own */
    CC_LARGE_LIMIT = 0x3fffffff
};

/* A big-endian number; `data` has four bytes. */
uint32_t cc_wire_number(const char *data);

/* Reads a body from the front. After the first failure nothing more is read. */
typedef struct cc_wire_reader {
    const char *data;
    size_t      size;
} cc_wire_reader;

/* The next NUL-terminated text, in place; NULL when no NUL is left. */
const char *cc_wire_text(cc_wire_reader *reader);

/* Builds: begin, append, end. The length is filled in at the end; `begin` returns what `end` takes. */
size_t cc_message_begin(orm_buffer *out, char type);
void   cc_message_text(orm_buffer *out, const char *text); /* with its NUL; NULL is an empty one */
void   cc_message_end(orm_buffer *out, size_t begin);

void cc_message_parameter(orm_buffer *out, const char *name, const char *value);

/*
 * An ErrorResponse ('E') or NoticeResponse ('N'). What is required and missing is filled in: severity, SQLSTATE XX000 or
 * 00000, an empty message.
 */
void cc_message_error(orm_buffer *out, char type, const cc_wire_error *error);

/* The fields of a body, in place. False when it is no list of fields. */
bool cc_error_read(const char *body, size_t size, cc_wire_error *out);

/* The message anew: `now` has what was changed of `before`; fields of the body that a filter cannot see stay. */
void cc_error_rebuild(orm_buffer *out, char type, const char *body, size_t size, const cc_wire_error *before,
                      const cc_wire_error *now);

#endif
