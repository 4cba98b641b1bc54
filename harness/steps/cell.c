/*
 * Cells of raw results: text of the server, typed by the column's OID. The numbers are the same on every server that
 * speaks the protocol; a type that is not listed stays text.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "harness/steps/steps_private.h"

#define ARRAY_DEPTH 6 /* as many dimensions as PostgreSQL has */

enum {
    OID_BOOL = 16,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_OID = 26,
    OID_JSON = 114,
    OID_FLOAT4 = 700,
    OID_FLOAT8 = 701,
    OID_JSONB = 3802
};

/* Types of arrays with those of their elements; 25 is text. */
static const struct {
    uint32_t array;
    uint32_t element;
} arrays[] = {
    { 1000, OID_BOOL },   { 1005, OID_INT2 }, { 1007, OID_INT4 },  { 1016, OID_INT8 }, { 1009, 25 },
    { 1002, 25 },         { 1014, 25 },       { 1015, 25 },        { 1003, 25 },       { 1021, OID_FLOAT4 },
    { 1022, OID_FLOAT8 }, { 1231, 25 },       { 2951, 25 },        { 1182, 25 },       { 1185, 25 },
    { 1115, 25 },         { 199, OID_JSON },  { 3807, OID_JSONB }, { 1028, OID_OID },
};

static uint32_t element_of(uint32_t type)
{
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        if (arrays[i].array == type)
            return arrays[i].element;
    return 0;
}

static void scalar(uint32_t type, const char *text, cc_actual *out)
{
    int64_t integer = 0;
    char   *end = NULL;
    double  real = 0;

    *out = (cc_actual){ .value = orm_text(text) };
    switch (type) {
    case OID_BOOL:
        out->value = orm_bool(text[0] == 't');
        break;
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
    case OID_OID:
        if (orm_parse_int64(text, &integer))
            out->value = orm_int(integer);
        break;
    case OID_FLOAT4:
    case OID_FLOAT8:
        real = strtod(text, &end);
        if (end != text && *end == '\0')
            out->value = orm_double(real);
        break;
    default:
        out->is_json = type == OID_JSON || type == OID_JSONB;
        break;
    }
}

typedef struct array_reader {
    orm_arena  *arena;
    const char *at;
    uint32_t    element;
    bool        no_memory;
} array_reader;

/* An element without its quotes and backslashes; *quoted tells "NULL" from NULL. */
static char *read_element(array_reader *r, bool *quoted)
{
    char  *text = orm_arena_alloc(r->arena, strlen(r->at) + 1);
    size_t length = 0;

    *quoted = *r->at == '"';
    r->at += *quoted;
    if (text == NULL) {
        r->no_memory = true;
        return NULL;
    }
    while (*r->at != '\0' && (*quoted ? *r->at != '"' : strchr(",}", *r->at) == NULL)) {
        r->at += *r->at == '\\' && r->at[1] != '\0';
        text[length++] = *r->at++;
    }
    text[length] = '\0';
    if (*quoted && *r->at == '"')
        r->at++;
    return text;
}

/* Behind an opening brace. False when the text is no array, or memory is out. */
static bool read_list(array_reader *r, cc_actual *out, unsigned depth)
{
    cc_actual *items = NULL;
    size_t     count = 0, capacity = 0;

    *out = (cc_actual){ .shape = CC_SHAPE_LIST };
    if (depth > ARRAY_DEPTH)
        return false;
    while (*r->at != '}') {
        bool  quoted = false;
        char *text = NULL;

        if (!orm_arena_grow(r->arena, &items, count, &capacity, sizeof *items)) {
            r->no_memory = true;
            return false;
        }
        if (*r->at == '{') {
            r->at++;
            if (!read_list(r, &items[count++], depth + 1))
                return false;
        } else {
            text = read_element(r, &quoted);
            if (text == NULL)
                return false;
            if (!quoted && strcasecmp(text, "null") == 0)
                items[count++] = (cc_actual){ .shape = CC_SHAPE_VALUE };
            else
                scalar(r->element, text, &items[count++]);
        }
        if (*r->at == ',')
            r->at++;
        else if (*r->at != '}')
            return false;
    }
    r->at++;
    out->items = items;
    out->count = count;
    return true;
}

bool cc_cell_of(orm_arena *arena, uint32_t type, const char *text, cc_actual *out)
{
    const char  *copy = orm_arena_strdup(arena, text);
    const char  *open = text == NULL ? NULL : strchr(text, '{');
    array_reader r = { .arena = arena, .element = element_of(type) };

    *out = (cc_actual){ .shape = CC_SHAPE_VALUE };
    if (text == NULL)
        return true;
    if (copy == NULL)
        return false;
    /* What stands before the brace are bounds: "[2:3]={1,2}". */
    if (r.element != 0 && open != NULL) {
        r.at = copy + (open - text) + 1;
        if (read_list(&r, out, 1) && *r.at == '\0')
            return true;
        if (r.no_memory)
            return false;
    }
    scalar(type, copy, out);
    return true;
}
