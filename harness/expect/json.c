/*
 * Reading JSON text for comparing. Libraries turn numbers into doubles or 64-bit integers; here a number stays the text
 * that the server sent, so that a wrong last digit is seen.
 */
#include <string.h>

#include "base/text.h"
#include "harness/expect/expect_private.h"

typedef struct reader {
    orm_arena  *arena;
    const char *start;
    const char *at;
    const char *problem; /* a literal */
} reader;

static bool read_value(reader *r, cc_actual *out, unsigned depth);

static bool fail(reader *r, const char *problem)
{
    if (r->problem == NULL)
        r->problem = problem;
    return false;
}

static void skip_space(reader *r)
{
    r->at += strspn(r->at, " \t\r\n");
}

static bool take(reader *r, char c)
{
    skip_space(r);
    if (*r->at != c)
        return false;
    r->at++;
    return true;
}

static size_t number_length(const char *text)
{
    const char *at = text;
    size_t      digits = 0;

    at += *at == '-';
    digits = strspn(at, "0123456789");
    if (digits == 0 || (digits > 1 && *at == '0'))
        return 0;
    at += digits;
    if (*at == '.') {
        digits = strspn(at + 1, "0123456789");
        if (digits == 0)
            return 0;
        at += 1 + digits;
    }
    if (*at == 'e' || *at == 'E') {
        at += 1 + (at[1] == '+' || at[1] == '-');
        digits = strspn(at, "0123456789");
        if (digits == 0)
            return 0;
        at += digits;
    }
    return (size_t)(at - text);
}

bool cc_is_json_number(const char *text)
{
    size_t length = number_length(text);

    return length > 0 && text[length] == '\0';
}

static bool read_hex4(reader *r, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++, r->at++) {
        char c = *r->at;

        if (c >= '0' && c <= '9')
            *out = *out * 16 + (uint32_t)(c - '0');
        else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
            *out = *out * 16 + (uint32_t)((c | 0x20) - 'a' + 10);
        else
            return fail(r, "a \\u wants four hexadecimal digits");
    }
    return true;
}

/* Behind "\u". */
static bool read_code_point(reader *r, orm_buffer *out)
{
    uint32_t high = 0, low = 0;

    if (!read_hex4(r, &high))
        return false;
    if (high == 0)
        return fail(r, "a \\u0000 cannot be compared");
    if (high >= 0xD800 && high < 0xDC00 && r->at[0] == '\\' && r->at[1] == 'u') {
        r->at += 2;
        if (!read_hex4(r, &low))
            return false;
        if (low < 0xDC00 || low > 0xDFFF)
            return fail(r, "half of a surrogate pair");
        high = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
    }
    orm_utf8_append(out, high);
    return true;
}

static bool read_escape(reader *r, orm_buffer *out)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    char              c = *r->at;
    const char       *known = c == '\0' ? NULL : strchr(from, c);

    if (c == 'u') {
        r->at++;
        return read_code_point(r, out);
    }
    if (known == NULL)
        return fail(r, "an unknown escape in a string");
    orm_buffer_append_char(out, to[known - from]);
    r->at++;
    return true;
}

/* Behind the opening quote. */
static bool read_string(reader *r, const char **out)
{
    orm_buffer text;
    bool       ok = true;

    orm_buffer_init(&text, NULL, 0);
    while (ok && *r->at != '"') {
        size_t plain = strcspn(r->at, "\"\\");

        orm_buffer_append_bytes(&text, r->at, plain);
        r->at += plain;
        if (*r->at == '\0')
            ok = fail(r, "a string has no end");
        else if (*r->at == '\\') {
            r->at++;
            ok = read_escape(r, &text);
        }
    }
    if (ok) {
        r->at++;
        *out = text.broken ? NULL : orm_arena_strndup(r->arena, text.data, text.length);
        ok = *out != NULL || fail(r, "out of memory");
    }
    orm_buffer_free(&text);
    return ok;
}

/* Items of a list, or pairs of an object, behind the opening bracket. */
static bool read_items(reader *r, cc_actual *out, char end, unsigned depth)
{
    cc_actual   *items = NULL;
    const char **keys = NULL;
    size_t       capacity = 0, key_capacity = 0, count = 0;

    if (take(r, end)) {
        return true;
    }
    do {
        if (!orm_arena_grow(r->arena, &items, count, &capacity, sizeof *items) ||
            !orm_arena_grow(r->arena, &keys, count, &key_capacity, sizeof *keys))
            return fail(r, "out of memory");
        keys[count] = NULL;
        if (end == '}' && (!take(r, '"') || !read_string(r, &keys[count]) || !take(r, ':')))
            return fail(r, "an object wants \"key\": value");
        if (!read_value(r, &items[count], depth + 1))
            return false;
        count++;
    } while (take(r, ','));
    out->items = items;
    out->keys = end == '}' ? keys : NULL;
    out->count = count;
    return take(r, end) || fail(r, "a comma or closing bracket is missing");
}

static bool take_word(reader *r, const char *word)
{
    if (!orm_text_starts(r->at, word))
        return false;
    r->at += strlen(word);
    return true;
}

static bool read_value(reader *r, cc_actual *out, unsigned depth)
{
    size_t number = 0;

    *out = (cc_actual){ .shape = CC_SHAPE_VALUE };
    if (depth > CC_JSON_DEPTH)
        return fail(r, "nested too deeply");
    skip_space(r);
    if (take(r, '{')) {
        out->shape = CC_SHAPE_MAP;
        return read_items(r, out, '}', depth);
    }
    if (take(r, '[')) {
        out->shape = CC_SHAPE_LIST;
        return read_items(r, out, ']', depth);
    }
    if (take(r, '"')) {
        out->value.kind = ORM_VALUE_TEXT;
        return read_string(r, &out->value.as.text);
    }
    if (take_word(r, "null"))
        return true;
    if (orm_text_starts(r->at, "true") || orm_text_starts(r->at, "false")) {
        out->value.kind = ORM_VALUE_BOOL;
        out->value.as.boolean = take_word(r, "true") || !take_word(r, "false");
        return true;
    }
    number = number_length(r->at);
    if (number == 0)
        return fail(r, "a value is missing");
    out->shape = CC_SHAPE_NUMBER;
    out->value.kind = ORM_VALUE_TEXT;
    out->value.as.text = orm_arena_strndup(r->arena, r->at, number);
    r->at += number;
    return out->value.as.text != NULL || fail(r, "out of memory");
}

bool cc_json_read(orm_arena *arena, const char *text, cc_actual *out, orm_buffer *why)
{
    reader r = { .arena = arena, .start = text, .at = text };
    bool   ok = read_value(&r, out, 0);

    if (ok) {
        skip_space(&r);
        ok = *r.at == '\0' || fail(&r, "more text behind the value");
    }
    if (!ok)
        cc_why(why, "the text is no JSON that can be compared: %s, at byte %zu of %.60s", r.problem,
               (size_t)(r.at - r.start) + 1, text);
    return ok;
}
