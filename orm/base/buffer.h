/*
 * buffer.h - a growing string, with libpq's PQExpBuffer contract: once memory is out (or the limit is passed) the buffer
 * is broken, further appends do nothing, and one check at the end is enough.
 */
#ifndef ORM_BASE_BUFFER_H
#define ORM_BASE_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <orm/memory.h>

/* No statement and no report line comes near it; a runaway append stops here. */
#define ORM_BUFFER_LIMIT ((size_t)1 << 30)

typedef struct orm_buffer {
    char                *data;   /* always NUL-terminated and never NULL, also when empty or broken */
    size_t               length; /* without the NUL */
    size_t               capacity;
    size_t               limit;
    bool                 broken;
    const orm_allocator *allocator;
} orm_buffer;

/* An empty buffer; takes no memory yet. `allocator` NULL means the default; `limit` 0 means ORM_BUFFER_LIMIT. */
void orm_buffer_init(orm_buffer *buffer, const orm_allocator *allocator, size_t limit);

/* Gives the memory back; the buffer is empty and usable again. */
void orm_buffer_free(orm_buffer *buffer);

/* Empties it, keeps the memory, and mends a broken one. */
void orm_buffer_reset(orm_buffer *buffer);

/* Cuts it to `length` bytes; a larger length is ignored. */
void orm_buffer_truncate(orm_buffer *buffer, size_t length);

void orm_buffer_append(orm_buffer *buffer, const char *text);
void orm_buffer_append_bytes(orm_buffer *buffer, const void *data, size_t size);
void orm_buffer_append_char(orm_buffer *buffer, char c);
void orm_buffer_append_int(orm_buffer *buffer, int64_t value);
void orm_buffer_printf(orm_buffer *buffer, const char *format, ...) ORM_PRINTF(2, 3);
void orm_buffer_vprintf(orm_buffer *buffer, const char *format, va_list args) ORM_PRINTF(2, 0);

/* Room for `size` more bytes at data + length; the caller then adds to `length`. NULL when broken. */
char *orm_buffer_reserve(orm_buffer *buffer, size_t size);

#endif
