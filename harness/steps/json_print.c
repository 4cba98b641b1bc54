#include <string.h>

#include "harness/expect/expect.h"
#include "harness/steps/steps_private.h"

static void print_string(orm_buffer *out, const char *text)
{
    orm_buffer_append_char(out, '"');
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\')
            orm_buffer_printf(out, "\\%c", c);
        else if (c < 0x20)
            orm_buffer_printf(out, "\\u%04x", c);
        else
            orm_buffer_append_char(out, (char)c);
    }
    orm_buffer_append_char(out, '"');
}

/* YAML also writes +1.5, .5 and 1. where JSON wants 1.5, 0.5 and 1.0; the digits stay those of the file. */
static bool print_float(orm_buffer *out, const char *text)
{
    const char *digits = text + (*text == '+' || *text == '-');
    size_t      whole = strspn(digits, "0123456789");
    size_t      fraction = 0;

    /* .inf and .nan have no digits at all. */
    if (strpbrk(digits, "0123456789") == NULL)
        return false;
    if (*text == '-')
        orm_buffer_append_char(out, '-');
    while (whole > 1 && *digits == '0') {
        digits++;
        whole--;
    }
    if (whole == 0)
        orm_buffer_append_char(out, '0');
    orm_buffer_append_bytes(out, digits, whole);
    digits += whole;
    if (*digits == '.') {
        fraction = strspn(digits + 1, "0123456789");
        orm_buffer_append_char(out, '.');
        orm_buffer_append_bytes(out, digits + 1, fraction);
        if (fraction == 0)
            orm_buffer_append_char(out, '0');
        digits += 1 + fraction;
    }
    orm_buffer_append(out, digits);
    return true;
}

/* The loader bounds the depth of YAML. */
bool cc_json_print(orm_buffer *out, const cc_yaml *node)
{
    bool is_map = node->kind == CC_YAML_MAP;

    switch (node->kind) {
    case CC_YAML_NULL:
        orm_buffer_append(out, "null");
        return true;
    case CC_YAML_BOOL:
        orm_buffer_append(out, node->as.boolean ? "true" : "false");
        return true;
    case CC_YAML_INT:
        orm_buffer_append_int(out, node->as.integer);
        return true;
    case CC_YAML_FLOAT:
        return print_float(out, node->text);
    case CC_YAML_STRING:
        print_string(out, node->text);
        return true;
    default:
        break;
    }
    orm_buffer_append_char(out, is_map ? '{' : '[');
    for (size_t i = 0; i < node->count; i++) {
        orm_buffer_append(out, i == 0 ? "" : ",");
        if (is_map) {
            print_string(out, node->entries[i].key);
            orm_buffer_append_char(out, ':');
        }
        if (!cc_json_print(out, is_map ? node->entries[i].value : node->items[i]))
            return false;
    }
    orm_buffer_append_char(out, is_map ? '}' : ']');
    return true;
}
