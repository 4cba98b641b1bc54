#include "base/fail.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* The analyzer's view of them. */
#undef orm_fail
#undef orm_fail_memory

static const char replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */

/* Length of the character at the start of `text`, or 0 when it is broken. */
static size_t character_length(const char *text, size_t available)
{
    size_t length = 1;

    if ((unsigned char)*text < 0x80)
        return 1;
    while (length < 4 && length < available && ((unsigned char)text[length] & 0xC0) == 0x80)
        length++;
    for (; length > 1; length--) {
        if (orm_utf8_valid_prefix(text, length) == length)
            return length;
    }
    return 0;
}

void orm_copy_text(char *out, size_t size, const char *text)
{
    size_t length = text == NULL ? 0 : strlen(text);
    size_t used = 0;

    if (size == 0)
        return;
    for (size_t i = 0; i < length;) {
        size_t      in = character_length(text + i, length - i);
        const char *from = in == 0 ? replacement : text + i;
        size_t      added = in == 0 ? sizeof replacement - 1 : in;

        if (size - 1 - used < added)
            break;
        memcpy(out + used, from, added);
        used += added;
        i += in == 0 ? 1 : in;
    }
    out[used] = '\0';
}

/*
 * Formats before anything is cleared, because the arguments may lie in the very error that is about to be filled. The
 * spare bytes keep a character that vsnprintf cut in half beyond what is copied.
 */
static void format_text(char *out, size_t size, const char *format, va_list args) ORM_PRINTF(3, 0);
static void format_text(char *out, size_t size, const char *format, va_list args)
{
    char text[ORM_ERROR_MESSAGE_SIZE + 4];

    if (vsnprintf(text, sizeof text, format, args) < 0)
        orm_copy_text(text, sizeof text, format);
    orm_copy_text(out, size, text);
}

void orm_error_clear(orm_error *error)
{
    if (error != NULL)
        memset(error, 0, sizeof *error);
}

orm_status orm_vfail(orm_error *error, orm_status status, int number, const char *format, va_list args)
{
    char message[ORM_ERROR_MESSAGE_SIZE];

    if (error == NULL)
        return status;
    format_text(message, sizeof message, format, args);
    orm_make_single_line(message);
    orm_error_clear(error);
    error->status = status;
    error->number = number;
    memcpy(error->message, message, sizeof message);
    return status;
}

orm_status orm_fail(orm_error *error, orm_status status, int number, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    orm_vfail(error, status, number, format, args);
    va_end(args);
    return status;
}

orm_status orm_fail_memory(orm_error *error)
{
    return orm_fail(error, ORM_ERR_MEMORY, 100, "out of memory");
}

void orm_fail_hint(orm_error *error, const char *format, ...)
{
    va_list args;

    if (error == NULL || format == NULL)
        return;
    va_start(args, format);
    format_text(error->hint, sizeof error->hint, format, args);
    va_end(args);
}

void orm_fail_detail(orm_error *error, const char *format, ...)
{
    va_list args;

    if (error == NULL || format == NULL)
        return;
    va_start(args, format);
    format_text(error->detail, sizeof error->detail, format, args);
    va_end(args);
}

void orm_fail_where(orm_error *error, const char *entity, const char *property)
{
    if (error == NULL)
        return;
    if (entity != NULL && error->entity[0] == '\0')
        orm_copy_text(error->entity, sizeof error->entity, entity);
    if (property != NULL && error->property[0] == '\0')
        orm_copy_text(error->property, sizeof error->property, property);
}

void orm_fail_sql(orm_error *error, const char *sql)
{
    if (error != NULL && sql != NULL)
        orm_copy_text(error->sql, sizeof error->sql, sql);
}
