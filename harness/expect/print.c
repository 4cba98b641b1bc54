#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "harness/expect/expect_private.h"

/* Values in a line of explanation are cut here; the full ones stand in the SQL and in the rows. */
#define WHY_LIMIT 300

static bool is_word_of_yaml(const char *text)
{
    static const char *const words[] = { "null", "Null",  "NULL",  "~",     "true", "True",
                                         "TRUE", "false", "False", "FALSE", NULL };

    for (size_t i = 0; words[i] != NULL; i++)
        if (strcmp(text, words[i]) == 0)
            return true;
    return false;
}

/* Plain is what starts with a letter and holds nothing that means something in YAML. */
static bool is_plain(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t            length = strlen(text);

    if (length == 0 || strchr(letters, text[0]) == NULL || text[length - 1] == ' ' || is_word_of_yaml(text))
        return false;
    for (const char *at = text; *at != '\0'; at++)
        if (strchr(letters, *at) == NULL && strchr("0123456789_-.@/ ", *at) == NULL)
            return false;
    return true;
}

static void print_string(orm_buffer *out, const char *text)
{
    if (is_plain(text)) {
        orm_buffer_append(out, text);
        return;
    }
    orm_buffer_append_char(out, '"');
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\')
            orm_buffer_printf(out, "\\%c", c);
        else if (c == '\n')
            orm_buffer_append(out, "\\n");
        else if (c == '\t')
            orm_buffer_append(out, "\\t");
        else if (c < 0x20 || c == 0x7F)
            orm_buffer_printf(out, "\\x%02x", c);
        else
            orm_buffer_append_char(out, (char)c);
    }
    orm_buffer_append_char(out, '"');
}

/* The shortest text that reads back as the same double. */
static void print_double(orm_buffer *out, double value)
{
    char text[40] = "";

    if (isnan(value) || isinf(value)) {
        orm_buffer_append(out, isnan(value) ? ".nan" : value > 0 ? ".inf" : "-.inf");
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        double back = 0;

        snprintf(text, sizeof text, "%.*g", digits, value);
        back = strtod(text, NULL);
        if (back >= value && back <= value)
            break;
    }
    orm_buffer_append(out, text);
    if (strpbrk(text, ".e") == NULL)
        orm_buffer_append(out, ".0");
}

void cc_print_expected(orm_buffer *out, const cc_yaml *node)
{
    if (node->kind == CC_YAML_STRING) {
        print_string(out, node->text);
    } else if (node->kind == CC_YAML_LIST || node->kind == CC_YAML_MAP) {
        bool is_map = node->kind == CC_YAML_MAP;

        orm_buffer_append_char(out, is_map ? '{' : '[');
        for (size_t i = 0; i < node->count; i++) {
            orm_buffer_append(out, i == 0 ? "" : ", ");
            if (is_map) {
                print_string(out, node->entries[i].key);
                orm_buffer_append(out, ": ");
            }
            cc_print_expected(out, is_map ? node->entries[i].value : node->items[i]);
        }
        orm_buffer_append_char(out, is_map ? '}' : ']');
    } else {
        orm_buffer_append(out, node->kind == CC_YAML_NULL || node->text == NULL ? "null" : node->text);
    }
}

static void print_scalar(orm_buffer *out, orm_arena *arena, const cc_actual *actual)
{
    const orm_value *value = &actual->value;
    const char      *text = NULL;

    switch (value->kind) {
    case ORM_VALUE_NULL:
        orm_buffer_append(out, "null");
        break;
    case ORM_VALUE_BOOL:
        orm_buffer_append(out, value->as.boolean ? "true" : "false");
        break;
    case ORM_VALUE_INT:
        orm_buffer_append_int(out, value->as.integer);
        break;
    case ORM_VALUE_DOUBLE:
        print_double(out, value->as.real);
        break;
    case ORM_VALUE_ENTITY:
        orm_buffer_append(out, actual->label != NULL ? actual->label : "<an entity>");
        break;
    default:
        text = cc_text_of(arena, value);
        print_string(out, text == NULL ? "" : text);
        break;
    }
}

/* Depth is bounded by what made the value. */
static void print_actual(orm_buffer *out, orm_arena *arena, const cc_actual *actual)
{
    cc_actual tree;
    bool      is_map = false;

    if (!cc_expand(arena, actual, &tree, NULL)) {
        print_string(out, actual->value.kind == ORM_VALUE_TEXT ? actual->value.as.text : "");
        return;
    }
    if (tree.shape == CC_SHAPE_VALUE) {
        print_scalar(out, arena, &tree);
        return;
    }
    if (tree.shape == CC_SHAPE_NUMBER) {
        orm_buffer_append(out, tree.value.as.text);
        return;
    }
    is_map = tree.shape == CC_SHAPE_MAP;
    orm_buffer_append_char(out, is_map ? '{' : '[');
    for (size_t i = 0; i < tree.count; i++) {
        orm_buffer_append(out, i == 0 ? "" : ", ");
        if (is_map) {
            print_string(out, tree.keys[i]);
            orm_buffer_append(out, ": ");
        }
        print_actual(out, arena, &tree.items[i]);
    }
    orm_buffer_append_char(out, is_map ? '}' : ']');
}

void cc_print_actual(orm_buffer *out, const cc_actual *actual)
{
    orm_arena *arena = orm_arena_new(NULL, NULL, "printing a value");

    if (arena != NULL)
        print_actual(out, arena, actual);
    orm_arena_free(arena);
}

/* ---- Explanations ---- */

void cc_why(orm_buffer *why, const char *format, ...)
{
    va_list args;

    if (why == NULL)
        return;
    va_start(args, format);
    orm_buffer_vprintf(why, format, args);
    va_end(args);
}

static void append_cut(orm_buffer *why, orm_buffer *text)
{
    if (text->length > WHY_LIMIT) {
        orm_buffer_truncate(text, orm_utf8_valid_prefix(text->data, WHY_LIMIT));
        orm_buffer_append(text, "...");
    }
    orm_buffer_append(why, text->data);
}

/* One of `node` and `value` is given. */
static void say_difference(orm_buffer *why, const cc_yaml *node, const cc_actual *value, const cc_actual *actual)
{
    orm_buffer text;

    if (why == NULL)
        return;
    orm_buffer_init(&text, NULL, 0);
    orm_buffer_append(why, "expected ");
    if (node != NULL)
        cc_print_expected(&text, node);
    else
        cc_print_actual(&text, value);
    append_cut(why, &text);
    orm_buffer_append(why, ", got ");
    orm_buffer_reset(&text);
    cc_print_actual(&text, actual);
    append_cut(why, &text);
    orm_buffer_free(&text);
}

void cc_why_node(orm_buffer *why, const cc_yaml *expected, const cc_actual *actual)
{
    say_difference(why, expected, NULL, actual);
}

void cc_why_actual(orm_buffer *why, const cc_actual *expected, const cc_actual *actual)
{
    say_difference(why, NULL, expected, actual);
}
