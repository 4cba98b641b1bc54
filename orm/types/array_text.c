#include <string.h>

#include "types/codec_private.h"

/* array_isspace() of PostgreSQL's arrayfuncs.c. */
static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_space(orm_array_scan *scan)
{
    while (scan->at < scan->end && is_space(*scan->at))
        scan->at++;
}

/*
 * Up to the opening brace. An array whose first index is not 1 says so in front, "[0:2]={...}": order and elements are
 * all that one-dimensional C arrays keep of it.
 */
static orm_array_step open_array(orm_array_scan *scan)
{
    skip_space(scan);
    if (scan->at < scan->end && *scan->at == '[') {
        const char *close = memchr(scan->at, ']', (size_t)(scan->end - scan->at));

        if (close == NULL || close + 1 == scan->end)
            return ORM_ARRAY_MALFORMED;
        if (close[1] == '[')
            return ORM_ARRAY_NESTED;
        if (close[1] != '=')
            return ORM_ARRAY_MALFORMED;
        scan->at = close + 2;
    }
    if (scan->at == scan->end || *scan->at != '{')
        return ORM_ARRAY_MALFORMED;
    scan->at++;
    scan->opened = true;
    return ORM_ARRAY_ELEMENT;
}

static orm_array_step close_array(orm_array_scan *scan)
{
    scan->at++;
    skip_space(scan);
    return scan->at == scan->end ? ORM_ARRAY_END : ORM_ARRAY_MALFORMED;
}

static orm_array_step quoted_element(orm_array_scan *scan)
{
    scan->raw = ++scan->at;
    for (; scan->at < scan->end && *scan->at != '"'; scan->at++) {
        if (*scan->at == '\\' && ++scan->at == scan->end)
            return ORM_ARRAY_MALFORMED;
    }
    if (scan->at == scan->end)
        return ORM_ARRAY_MALFORMED;
    scan->raw_size = (size_t)(scan->at++ - scan->raw);
    scan->quoted = true;
    return ORM_ARRAY_ELEMENT;
}

static bool is_null_word(const char *raw, size_t size)
{
    static const char word[] = "null";

    if (size != sizeof word - 1)
        return false;
    for (size_t i = 0; i < size; i++) {
        if ((raw[i] | 0x20) != word[i])
            return false;
    }
    return true;
}

static orm_array_step bare_element(orm_array_scan *scan)
{
    const char *last; /* behind the last character that counts: an escaped space does */

    scan->raw = last = scan->at;
    for (; scan->at < scan->end && *scan->at != ',' && *scan->at != '}'; scan->at++) {
        bool escaped = *scan->at == '\\';

        if (*scan->at == '"' || *scan->at == '{' || (escaped && ++scan->at == scan->end))
            return ORM_ARRAY_MALFORMED;
        if (escaped || !is_space(*scan->at))
            last = scan->at + 1;
    }
    scan->raw_size = (size_t)(last - scan->raw);
    scan->quoted = false;
    if (scan->raw_size == 0)
        return ORM_ARRAY_MALFORMED;
    return is_null_word(scan->raw, scan->raw_size) ? ORM_ARRAY_NULL : ORM_ARRAY_ELEMENT;
}

orm_array_step orm_array_next(orm_array_scan *scan)
{
    bool           first = !scan->opened;
    orm_array_step step;

    if (first) {
        step = open_array(scan);
        if (step != ORM_ARRAY_ELEMENT)
            return step;
    }
    skip_space(scan);
    if (scan->at == scan->end)
        return ORM_ARRAY_MALFORMED;
    if (*scan->at == '}')
        return close_array(scan);
    if (!first) {
        if (*scan->at != ',')
            return ORM_ARRAY_MALFORMED;
        scan->at++;
        skip_space(scan);
        if (scan->at == scan->end)
            return ORM_ARRAY_MALFORMED;
    }
    if (*scan->at == '{')
        return ORM_ARRAY_NESTED;
    return *scan->at == '"' ? quoted_element(scan) : bare_element(scan);
}

size_t orm_array_unescape(const orm_array_scan *scan, char *out)
{
    char *to = out;

    for (size_t i = 0; i < scan->raw_size; i++) {
        if (scan->raw[i] == '\\' && i + 1 < scan->raw_size)
            i++;
        *to++ = scan->raw[i];
    }
    *to = '\0';
    return (size_t)(to - out);
}

/*
 * White space at either end would be taken off by PostgreSQL, and by CockroachDB also the space characters outside
 * ASCII. Inside an element it is safe, and MikroORM leaves it bare.
 */
static bool has_space_at_an_end(const char *text, size_t length)
{
    static const char *const spaces[] = {
        "\xC2\x85", "\u00A0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",
        "\u2007",   "\u2008", "\u2009", "\u200A", "\u2028", "\u2029", "\u202F", "\u205F", "\u3000",
    };

    if (is_space(text[0]) || is_space(text[length - 1]))
        return true;
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
        size_t size = strlen(spaces[i]);

        if (size <= length &&
            (memcmp(text, spaces[i], size) == 0 || memcmp(text + length - size, spaces[i], size) == 0))
            return true;
    }
    return false;
}

void orm_array_append_element(orm_buffer *out, const char *text)
{
    size_t length = strlen(text);

    if (length > 0 && text[strcspn(text, "\"\\{},")] == '\0' && !is_null_word(text, length) &&
        !has_space_at_an_end(text, length)) {
        orm_buffer_append_bytes(out, text, length);
        return;
    }
    orm_buffer_append_char(out, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            orm_buffer_append_char(out, '\\');
        orm_buffer_append_char(out, *text);
    }
    orm_buffer_append_char(out, '"');
}
