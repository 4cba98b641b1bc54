#include "base/buffer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"

#define FIRST_CAPACITY ((size_t)64)

/* What an empty buffer's data points to. Nothing writes there: every write goes through orm_buffer_reserve(). */
static const char no_text[1] = "";

static void forget(orm_buffer *buffer)
{
    buffer->data = (char *)no_text;
    buffer->length = 0;
    buffer->capacity = 0;
}

void orm_buffer_init(orm_buffer *buffer, const orm_allocator *allocator, size_t limit)
{
    *buffer = (orm_buffer){
        .allocator = allocator != NULL ? allocator : orm_default_allocator(),
        .limit = limit != 0 ? limit : ORM_BUFFER_LIMIT,
    };
    forget(buffer);
}

void orm_buffer_free(orm_buffer *buffer)
{
    if (buffer->capacity > 0)
        buffer->allocator->release(buffer->allocator->context, buffer->data);
    forget(buffer);
    buffer->broken = false;
}

void orm_buffer_reset(orm_buffer *buffer)
{
    buffer->broken = false;
    buffer->length = 0;
    if (buffer->capacity > 0)
        buffer->data[0] = '\0';
}

void orm_buffer_truncate(orm_buffer *buffer, size_t length)
{
    if (length >= buffer->length)
        return;
    buffer->length = length;
    buffer->data[length] = '\0';
}

/* A broken buffer is empty, so that half a statement is never taken for a whole one. */
static char *break_buffer(orm_buffer *buffer)
{
    orm_buffer_free(buffer);
    buffer->broken = true;
    return NULL;
}

char *orm_buffer_reserve(orm_buffer *buffer, size_t size)
{
    size_t needed;
    size_t capacity = buffer->capacity;
    char  *data;

    if (buffer->broken)
        return NULL;
    if (buffer->limit >= SIZE_MAX / 2 || size > buffer->limit - buffer->length)
        return break_buffer(buffer);
    needed = buffer->length + size + 1;
    if (needed <= capacity)
        return buffer->data + buffer->length;
    if (capacity < FIRST_CAPACITY)
        capacity = FIRST_CAPACITY;
    while (capacity < needed)
        capacity *= 2;
    if (buffer->capacity == 0)
        data = buffer->allocator->alloc(buffer->allocator->context, capacity);
    else
        data = buffer->allocator->resize(buffer->allocator->context, buffer->data, capacity);
    if (data == NULL)
        return break_buffer(buffer);
    data[buffer->length] = '\0';
    buffer->data = data;
    buffer->capacity = capacity;
    return data + buffer->length;
}

void orm_buffer_append_bytes(orm_buffer *buffer, const void *data, size_t size)
{
    char *end;

    if (size == 0)
        return;
    end = orm_buffer_reserve(buffer, size);
    if (end == NULL)
        return;
    memcpy(end, data, size);
    end[size] = '\0';
    buffer->length += size;
}

void orm_buffer_append(orm_buffer *buffer, const char *text)
{
    orm_buffer_append_bytes(buffer, text, strlen(text));
}

void orm_buffer_append_char(orm_buffer *buffer, char c)
{
    orm_buffer_append_bytes(buffer, &c, 1);
}

void orm_buffer_append_int(orm_buffer *buffer, int64_t value)
{
    orm_buffer_printf(buffer, "%" PRId64, value);
}

void orm_buffer_vprintf(orm_buffer *buffer, const char *format, va_list args)
{
    va_list again;
    char   *end;
    int     length;

    va_copy(again, args);
    length = vsnprintf(NULL, 0, format, args);
    if (length < 0) {
        break_buffer(buffer);
    } else {
        end = orm_buffer_reserve(buffer, (size_t)length);
        if (end != NULL && vsnprintf(end, (size_t)length + 1, format, again) == length)
            buffer->length += (size_t)length;
        else
            break_buffer(buffer);
    }
    va_end(again);
}

void orm_buffer_printf(orm_buffer *buffer, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    orm_buffer_vprintf(buffer, format, args);
    va_end(args);
}
