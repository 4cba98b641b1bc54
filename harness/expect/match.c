#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "harness/expect/expect_private.h"

static cc_match match_at(const cc_matching *m, const cc_yaml *expected, const cc_actual *actual, orm_buffer *path,
                         orm_buffer *why);

static cc_match differ(orm_buffer *why, const cc_yaml *expected, const cc_actual *actual)
{
    cc_why_node(why, expected, actual);
    return CC_NO_MATCH;
}

static cc_match broken(orm_buffer *why, const char *message)
{
    cc_why(why, "%s", message);
    return CC_MATCH_BROKEN;
}

/* ---- Forms ---- */

static const char *between(orm_arena *arena, const char *text, const char *prefix, const char *suffix)
{
    size_t length = strlen(text), head = strlen(prefix), tail = strlen(suffix);

    if (length <= head + tail || strncmp(text, prefix, head) != 0 || strcmp(text + length - tail, suffix) != 0)
        return NULL;
    return orm_arena_strndup(arena, text + head, length - head - tail);
}

cc_form cc_form_of(orm_arena *arena, const cc_yaml *node, const char **inner)
{
    *inner = NULL;
    if (node->kind != CC_YAML_STRING)
        return CC_FORM_LITERAL;
    if (strcmp(node->text, "<any>") == 0)
        return CC_FORM_ANY;
    if (strcmp(node->text, "<uuid>") == 0)
        return CC_FORM_UUID;
    if (cc_is_pattern(node->text))
        return CC_FORM_PATTERN;
    *inner = between(arena, node->text, "<bind:", ">");
    if (*inner != NULL)
        return CC_FORM_BIND;
    *inner = between(arena, node->text, "${", "}");
    return *inner != NULL ? CC_FORM_REFERENCE : CC_FORM_LITERAL;
}

/* ---- Single values ---- */

static cc_match yes_no(bool yes, orm_buffer *why, const cc_yaml *expected, const cc_actual *actual)
{
    return yes ? CC_MATCH : differ(why, expected, actual);
}

static bool is_null(const cc_actual *actual)
{
    return actual->shape == CC_SHAPE_VALUE && actual->value.kind == ORM_VALUE_NULL;
}

static bool double_is_int(double real, int64_t integer)
{
    /* 2^63 and everything beyond does not fit; below that the conversion of a whole double is exact. */
    return real >= -9223372036854775808.0 && real < 9223372036854775808.0 && (int64_t)real == integer &&
           (double)(int64_t)real >= real && (double)(int64_t)real <= real;
}

static cc_match match_int(const cc_yaml *expected, const cc_actual *actual, orm_buffer *why)
{
    const orm_value *value = &actual->value;
    char             text[32] = "";

    if (actual->shape == CC_SHAPE_NUMBER) {
        snprintf(text, sizeof text, "%lld", (long long)expected->as.integer);
        return yes_no(cc_same_number(text, value->as.text), why, expected, actual);
    }
    if (value->kind == ORM_VALUE_DOUBLE)
        return yes_no(double_is_int(value->as.real, expected->as.integer), why, expected, actual);
    return yes_no(value->kind == ORM_VALUE_INT && value->as.integer == expected->as.integer, why, expected, actual);
}

static cc_match match_float(const cc_yaml *expected, const cc_actual *actual, orm_buffer *why)
{
    const orm_value *value = &actual->value;
    double           want = expected->as.real;

    if (actual->shape == CC_SHAPE_NUMBER)
        return yes_no(cc_same_number(expected->text, value->as.text), why, expected, actual);
    if (value->kind != ORM_VALUE_DOUBLE)
        return differ(why, expected, actual);
    return yes_no((isnan(want) && isnan(value->as.real)) || (want >= value->as.real && want <= value->as.real), why,
                  expected, actual);
}

/* Bytes are written as they are, or as "\x..." where they are no text. */
static bool bytes_equal(orm_arena *arena, const char *expected, const orm_value *value)
{
    const char *hex = cc_text_of(arena, value);

    if (expected[0] == '\\' && expected[1] == 'x')
        return hex != NULL && strcasecmp(expected, hex) == 0;
    return strlen(expected) == value->as.bytes.size &&
           (value->as.bytes.size == 0 || memcmp(expected, value->as.bytes.data, value->as.bytes.size) == 0);
}

static bool string_equals(orm_arena *arena, const char *expected, const orm_value *value)
{
    orm_uuid      uuid;
    orm_date      date;
    orm_timestamp timestamp;

    switch (value->kind) {
    case ORM_VALUE_TEXT:
        return strcmp(expected, value->as.text) == 0;
    case ORM_VALUE_UUID:
        return orm_uuid_parse(expected, &uuid) && orm_uuid_equal(uuid, value->as.uuid);
    case ORM_VALUE_DATE:
        return orm_date_parse(expected, &date) && date.days == value->as.date.days;
    case ORM_VALUE_TIMESTAMP:
        return orm_timestamp_parse(expected, &timestamp) && timestamp.microseconds == value->as.timestamp.microseconds;
    case ORM_VALUE_BYTES:
        return bytes_equal(arena, expected, value);
    default:
        return false;
    }
}

/* A number of JSON that fits no 64-bit integer can only be written as a quoted string. */
static bool is_huge_integer(const char *text)
{
    int64_t ignored = 0;

    return cc_is_json_number(text) && strpbrk(text, ".eE") == NULL && !orm_parse_int64(text, &ignored);
}

const char *cc_plain_string(const char *text)
{
    return orm_text_starts(text, "$${") ? text + 1 : text;
}

static cc_match match_string(const cc_matching *m, const cc_yaml *expected, const cc_actual *actual, orm_buffer *why)
{
    const char *wanted = cc_plain_string(expected->text);

    if (actual->shape == CC_SHAPE_NUMBER)
        return yes_no(is_huge_integer(expected->text) && strcmp(expected->text, actual->value.as.text) == 0, why,
                      expected, actual);
    return yes_no(actual->shape == CC_SHAPE_VALUE && string_equals(m->arena, wanted, &actual->value), why, expected,
                  actual);
}

/* ---- Lists and maps ---- */

/* What is in a list may itself be JSON or an array. */
static cc_match match_item(const cc_matching *m, const cc_yaml *expected, const cc_actual *actual, orm_buffer *path,
                           orm_buffer *why)
{
    cc_actual tree;

    return cc_expand(m->arena, actual, &tree, why) ? match_at(m, expected, &tree, path, why) : CC_MATCH_BROKEN;
}

static void put_path(orm_buffer *path, orm_buffer *why)
{
    if (path->length > 0)
        cc_why(why, "at %s: ", path->data);
}

static cc_match match_list(const cc_matching *m, const cc_yaml *expected, const cc_actual *actual, orm_buffer *path,
                           orm_buffer *why)
{
    size_t length = path->length;

    if (actual->shape != CC_SHAPE_LIST || actual->count != expected->count) {
        put_path(path, why);
        if (actual->shape == CC_SHAPE_LIST)
            cc_why(why, "%zu items instead of %zu: ", actual->count, expected->count);
        return differ(why, expected, actual);
    }
    for (size_t i = 0; i < expected->count; i++) {
        cc_match match = CC_MATCH;

        orm_buffer_printf(path, "[%zu]", i);
        match = match_item(m, expected->items[i], &actual->items[i], path, why);
        orm_buffer_truncate(path, length);
        if (match != CC_MATCH)
            return match;
    }
    return CC_MATCH;
}

static cc_match match_map(const cc_matching *m, const cc_yaml *expected, const cc_actual *actual, orm_buffer *path,
                          orm_buffer *why)
{
    size_t length = path->length;

    if (actual->shape != CC_SHAPE_MAP) {
        put_path(path, why);
        return differ(why, expected, actual);
    }
    for (size_t i = 0; i < expected->count; i++) {
        const cc_yaml_entry *entry = &expected->entries[i];
        const cc_actual     *item = cc_item_named(actual, entry->key);
        cc_match             match = CC_NO_MATCH;

        orm_buffer_printf(path, ".%s", entry->key);
        if (item != NULL)
            match = match_item(m, entry->value, item, path, why);
        else
            cc_why(why, "at %s: this key is missing", path->data);
        orm_buffer_truncate(path, length);
        if (match != CC_MATCH)
            return match;
    }
    for (size_t i = 0; i < actual->count; i++) {
        if (cc_yaml_get(expected, actual->keys[i]) == NULL) {
            put_path(path, why);
            cc_why(why, "unexpected key %s", actual->keys[i]);
            return CC_NO_MATCH;
        }
    }
    /* Each expected key was found, and no other: then one stands there twice, as the type json keeps it. */
    if (actual->count != expected->count) {
        put_path(path, why);
        cc_why(why, "a key stands there more than once");
        return CC_NO_MATCH;
    }
    return CC_MATCH;
}

/* ---- Everything ---- */

static cc_match match_literal(const cc_matching *m, const cc_yaml *expected, const cc_actual *actual, orm_buffer *path,
                              orm_buffer *why)
{
    if (expected->kind == CC_YAML_LIST)
        return match_list(m, expected, actual, path, why);
    if (expected->kind == CC_YAML_MAP)
        return match_map(m, expected, actual, path, why);
    put_path(path, why);
    switch (expected->kind) {
    case CC_YAML_NULL:
        return yes_no(is_null(actual), why, expected, actual);
    case CC_YAML_BOOL:
        return yes_no(actual->shape == CC_SHAPE_VALUE && actual->value.kind == ORM_VALUE_BOOL &&
                          actual->value.as.boolean == expected->as.boolean,
                      why, expected, actual);
    case CC_YAML_INT:
        return match_int(expected, actual, why);
    case CC_YAML_FLOAT:
        return match_float(expected, actual, why);
    default:
        return match_string(m, expected, actual, why);
    }
}

static cc_match match_reference(const cc_matching *m, const char *name, const cc_actual *actual, orm_buffer *why)
{
    cc_actual expected = { .shape = CC_SHAPE_VALUE };

    if (m->resolve == NULL || !m->resolve(m->context, name, &expected)) {
        cc_why(why, "there is no ${%s}", name);
        return CC_MATCH_BROKEN;
    }
    return cc_match_actual(m->arena, &expected, actual, why);
}

static cc_match match_regex(const cc_matching *m, const cc_yaml *expected, const cc_actual *actual, orm_buffer *why)
{
    const char *text = actual->shape == CC_SHAPE_VALUE || actual->shape == CC_SHAPE_NUMBER
                           ? cc_text_of(m->arena, &actual->value)
                           : NULL;
    cc_match    match = text == NULL ? CC_NO_MATCH : cc_match_pattern(expected->text, text, why);

    return match == CC_NO_MATCH ? differ(why, expected, actual) : match;
}

static cc_match match_uuid(const cc_actual *actual, const cc_yaml *expected, orm_buffer *why)
{
    orm_uuid ignored;
    bool     is_text = actual->shape == CC_SHAPE_VALUE && actual->value.kind == ORM_VALUE_TEXT;
    bool     is_uuid = actual->shape == CC_SHAPE_VALUE && actual->value.kind == ORM_VALUE_UUID;

    return yes_no(is_uuid || (is_text && strlen(actual->value.as.text) == ORM_UUID_TEXT_SIZE - 1 &&
                              orm_uuid_parse(actual->value.as.text, &ignored)),
                  why, expected, actual);
}

static cc_match match_at(const cc_matching *m, const cc_yaml *expected, const cc_actual *actual, orm_buffer *path,
                         orm_buffer *why)
{
    const char *inner = NULL;
    cc_form     form = cc_form_of(m->arena, expected, &inner);

    if (form == CC_FORM_LITERAL)
        return match_literal(m, expected, actual, path, why);
    if (form == CC_FORM_BIND)
        return m->bind == NULL || m->bind(m->context, inner, actual) ? CC_MATCH : broken(why, "out of memory");
    put_path(path, why);
    if (form == CC_FORM_ANY)
        return yes_no(!is_null(actual), why, expected, actual);
    if (form == CC_FORM_UUID)
        return match_uuid(actual, expected, why);
    if (form == CC_FORM_PATTERN)
        return match_regex(m, expected, actual, why);
    return match_reference(m, inner, actual, why);
}

/* JSON as a whole: a pattern sees the text as the server sent it, and a JSON null is not SQL NULL. */
static bool match_json_whole(const cc_matching *m, const cc_yaml *expected, const cc_actual *actual,
                             const cc_actual *tree, orm_buffer *why, cc_match *out)
{
    if (!actual->is_json || actual->value.kind != ORM_VALUE_TEXT || actual->shape != CC_SHAPE_VALUE)
        return false;
    if (expected->kind == CC_YAML_STRING && cc_is_pattern(expected->text) &&
        (tree->shape != CC_SHAPE_VALUE || tree->value.kind != ORM_VALUE_TEXT)) {
        *out = cc_match_pattern(expected->text, actual->value.as.text, why);
        if (*out == CC_NO_MATCH)
            cc_why_node(why, expected, actual);
        return true;
    }
    if (expected->kind == CC_YAML_NULL && is_null(tree)) {
        cc_why(why, "expected SQL NULL, got the JSON value null (matched by \"/^null$/\")");
        *out = CC_NO_MATCH;
        return true;
    }
    (void)m;
    return false;
}

cc_match cc_match_value(const cc_matching *matching, const cc_yaml *expected, const cc_actual *actual, orm_buffer *why)
{
    orm_buffer path, text;
    cc_actual  tree;
    cc_match   match = CC_MATCH_BROKEN;

    if (!cc_expand(matching->arena, actual, &tree, why))
        return CC_MATCH_BROKEN;
    if (match_json_whole(matching, expected, actual, &tree, why, &match))
        return match;
    orm_buffer_init(&path, NULL, 0);
    orm_buffer_init(&text, NULL, 0);
    match = match_at(matching, expected, &tree, &path, &text);
    if (path.broken || text.broken)
        match = broken(why, "out of memory");
    else if (match != CC_MATCH)
        cc_why(why, "%s", text.data);
    orm_buffer_free(&path);
    orm_buffer_free(&text);
    return match;
}

cc_match cc_match_text(const cc_matching *matching, const cc_yaml *expected, const char *actual, orm_buffer *why)
{
    cc_actual value = { .value = orm_text(actual == NULL ? "" : actual) };

    return cc_match_value(matching, expected, &value, why);
}
