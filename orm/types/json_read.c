#include <string.h>

#include "base/text.h"
#include "types/codec_private.h"
#include "types/json.h"

static void skip_space(orm_json *j)
{
    while (j->at < j->end && (*j->at == ' ' || *j->at == '\t' || *j->at == '\n' || *j->at == '\r'))
        j->at++;
}

/* Behind a string that begins here. */
static const char *string_end(const orm_json *j)
{
    const char *at = j->at + 1;

    while (at < j->end && *at != '"')
        at += *at == '\\' ? 2 : 1;
    return at < j->end ? at + 1 : j->end;
}

/* Behind the value that begins here. The text is valid, so that counting brackets outside of strings is enough. */
static const char *value_end(const orm_json *j)
{
    orm_json at = *j;
    size_t   depth = 0;

    for (;;) {
        char c = *at.at;

        if (c == '"') {
            at.at = string_end(&at);
        } else if (c == '{' || c == '[') {
            depth++;
            at.at++;
        } else if (c == '}' || c == ']') {
            depth--;
            at.at++;
        } else if (depth > 0) {
            at.at++;
        } else {
            while (at.at < at.end && strchr(",]} \t\r\n:", *at.at) == NULL)
                at.at++;
        }
        if (depth == 0 || at.at >= at.end)
            return at.at;
    }
}

orm_status orm_json_open(const char *text, size_t size, orm_json *out, orm_error *error)
{
    size_t      where = 0;
    const char *problem = orm_json_problem(text, size, &where);
    char        shown[ORM_DESCRIPTION_SIZE];

    if (problem != NULL) {
        orm_describe_text(shown, text, size);
        return orm_fail(error, ORM_ERR_CONVERSION, 130, "%s is not valid JSON: %s at byte %zu", shown, problem, where);
    }
    *out = (orm_json){ .at = text, .end = text + size };
    skip_space(out);
    out->end = value_end(out);
    return ORM_OK;
}

char orm_json_kind(const orm_json *value)
{
    return *value->at == '-' || (*value->at >= '0' && *value->at <= '9') ? '0' : *value->at;
}

orm_json_walk orm_json_begin(const orm_json *container)
{
    return (orm_json_walk){ .rest = { .at = container->at + 1, .end = container->end - 1 } };
}

bool orm_json_next(orm_json_walk *walk, orm_json *key, orm_json *value)
{
    orm_json *rest = &walk->rest;

    skip_space(rest);
    if (rest->at >= rest->end)
        return false;
    if (walk->begun) {
        rest->at++;
        skip_space(rest);
    }
    walk->begun = true;
    if (key != NULL) {
        *key = (orm_json){ .at = rest->at, .end = string_end(rest) };
        rest->at = key->end;
        skip_space(rest);
        rest->at++;
        skip_space(rest);
    }
    *value = (orm_json){ .at = rest->at, .end = value_end(rest) };
    rest->at = value->end;
    return true;
}

/* ---- Strings ---- */

static unsigned hex4(const char *at)
{
    unsigned code = 0;

    for (int i = 0; i < 4; i++) {
        char c = at[i];

        code = code * 16 + (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return code;
}

static char *put_utf8(char *to, unsigned code)
{
    if (code < 0x80) {
        *to++ = (char)code;
    } else if (code < 0x800) {
        *to++ = (char)(0xC0u | (code >> 6));
        *to++ = (char)(0x80u | (code & 0x3Fu));
    } else if (code < 0x10000) {
        *to++ = (char)(0xE0u | (code >> 12));
        *to++ = (char)(0x80u | ((code >> 6) & 0x3Fu));
        *to++ = (char)(0x80u | (code & 0x3Fu));
    } else {
        *to++ = (char)(0xF0u | (code >> 18));
        *to++ = (char)(0x80u | ((code >> 12) & 0x3Fu));
        *to++ = (char)(0x80u | ((code >> 6) & 0x3Fu));
        *to++ = (char)(0x80u | (code & 0x3Fu));
    }
    return to;
}

/* The character of \uXXXX, with its second half where it has one. False for what is no character, or NUL. */
static bool unicode(const char **at, const char *end, unsigned *code)
{
    *code = hex4(*at);
    *at += 4;
    if (*code >= 0xD800 && *code < 0xDC00) {
        unsigned low = end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u' ? hex4(*at + 2) : 0;

        if (low < 0xDC00 || low > 0xDFFF)
            return false;
        *code = 0x10000 + ((*code - 0xD800) << 10) + (low - 0xDC00);
        *at += 6;
    }
    return *code != 0 && (*code < 0xD800 || *code > 0xDFFF);
}

static char simple_escape(char c)
{
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return c;
    }
}

/* No escape is shorter than what it stands for. */
char *orm_json_text(const orm_json *string, orm_arena *arena, size_t *size)
{
    const char *at = string->at + 1;
    const char *end = string->end - 1;
    char       *out = orm_arena_alloc(arena, (size_t)(end - at) + 1);
    char       *to = out;

    while (out != NULL && at < end) {
        unsigned code = 0;

        if (*at != '\\') {
            *to++ = *at++;
        } else if (at[1] != 'u') {
            *to++ = simple_escape(at[1]);
            at += 2;
        } else {
            at += 2;
            if (!unicode(&at, end, &code))
                return NULL;
            to = put_utf8(to, code);
        }
    }
    if (out == NULL)
        return NULL;
    *to = '\0';
    *size = (size_t)(to - out);
    return out;
}

/* ---- Values ---- */

static orm_status wrong(const orm_json *value, orm_type type, orm_error *error)
{
    char shown[ORM_DESCRIPTION_SIZE];

    orm_describe_text(shown, value->at, (size_t)(value->end - value->at));
    return orm_fail(error, ORM_ERR_CONVERSION, 131, "the JSON value %s is no %s", shown, orm_type_info_of(type)->name);
}

static size_t count_elements(const orm_json *array)
{
    orm_json_walk walk = orm_json_begin(array);
    orm_json      element;
    size_t        count = 0;

    while (orm_json_next(&walk, NULL, &element))
        count++;
    return count;
}

static orm_status read_text_array(const orm_json *value, orm_arena *arena, orm_text_array *out, orm_error *error)
{
    orm_json_walk walk = orm_json_begin(value);
    orm_json      element;

    *out = (orm_text_array){ .items = orm_arena_calloc(arena, count_elements(value) + 1, sizeof *out->items) };
    if (out->items == NULL)
        return orm_fail_memory(error);
    while (orm_json_next(&walk, NULL, &element)) {
        size_t size = 0;
        char   kind = orm_json_kind(&element);

        if (kind != '"' && kind != 'n')
            return wrong(value, ORM_TYPE_TEXT_ARRAY, error);
        out->items[out->count] = kind == 'n' ? NULL : orm_json_text(&element, arena, &size);
        if (kind == '"' && out->items[out->count] == NULL)
            return wrong(value, ORM_TYPE_TEXT_ARRAY, error);
        out->count++;
    }
    return ORM_OK;
}

static orm_status read_int_array(const orm_json *value, orm_arena *arena, orm_int_array *out, orm_error *error)
{
    size_t        count = count_elements(value);
    orm_json_walk walk = orm_json_begin(value);
    orm_json      element;

    *out = (orm_int_array){ .items = orm_arena_calloc(arena, count + 1, sizeof *out->items) };
    out->nulls = orm_arena_calloc(arena, count + 1, sizeof *out->nulls);
    if (out->items == NULL || out->nulls == NULL)
        return orm_fail_memory(error);
    while (orm_json_next(&walk, NULL, &element)) {
        orm_status status = ORM_OK;

        out->nulls[out->count] = orm_json_kind(&element) == 'n';
        if (!out->nulls[out->count])
            status = orm_json_read_value(&element, ORM_TYPE_BIGINT, arena, &out->items[out->count], error);
        if (status != ORM_OK)
            return status;
        out->count++;
    }
    return ORM_OK;
}

orm_status orm_json_read_value(const orm_json *value, orm_type type, orm_arena *arena, void *slot, orm_error *error)
{
    char        kind = orm_json_kind(value);
    const char *text = value->at;
    size_t      size = (size_t)(value->end - value->at);

    if (type == ORM_TYPE_JSON)
        return orm_type_decode_text(type, arena, text, size, slot, error);
    if (kind == '[' && type == ORM_TYPE_TEXT_ARRAY)
        return read_text_array(value, arena, slot, error);
    if (kind == '[' && type == ORM_TYPE_INTEGER_ARRAY)
        return read_int_array(value, arena, slot, error);
    if (kind == '{' || kind == '[' || kind == 'n')
        return wrong(value, type, error);
    if (kind == '"') {
        text = orm_json_text(value, arena, &size);
        if (text == NULL)
            return wrong(value, type, error);
    } else if ((kind == 't' || kind == 'f') != (type == ORM_TYPE_BOOLEAN)) {
        return wrong(value, type, error);
    }
    return orm_type_decode_text(type, arena, text, size, slot, error);
}
