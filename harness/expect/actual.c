#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "harness/expect/expect_private.h"

static bool expand_array(orm_arena *arena, const orm_value *value, cc_actual *out, orm_buffer *why)
{
    bool       is_text = value->kind == ORM_VALUE_TEXT_ARRAY;
    size_t     count = is_text ? value->as.text_array.count : value->as.int_array.count;
    cc_actual *items = orm_arena_calloc(arena, count, sizeof *items);

    if (items == NULL) {
        cc_why(why, "out of memory");
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (is_text)
            items[i].value = orm_text(value->as.text_array.items[i]);
        else if (value->as.int_array.nulls == NULL || !value->as.int_array.nulls[i])
            items[i].value = orm_int(value->as.int_array.items[i]);
    }
    *out = (cc_actual){ .shape = CC_SHAPE_LIST, .items = items, .count = count };
    return true;
}

bool cc_expand(orm_arena *arena, const cc_actual *actual, cc_actual *out, orm_buffer *why)
{
    *out = *actual;
    if (actual->shape != CC_SHAPE_VALUE)
        return true;
    if (actual->value.kind == ORM_VALUE_TEXT && actual->is_json)
        return cc_json_read(arena, actual->value.as.text, out, why);
    if (actual->value.kind == ORM_VALUE_TEXT_ARRAY || actual->value.kind == ORM_VALUE_INT_ARRAY)
        return expand_array(arena, &actual->value, out, why);
    return true;
}

static const char *hex_of(orm_arena *arena, const orm_bytes *bytes)
{
    static const char    digits[] = "0123456789abcdef";
    const unsigned char *data = bytes->data;
    char                *text = bytes->size > SIZE_MAX / 4 ? NULL : orm_arena_alloc(arena, 2 * bytes->size + 3);

    if (text == NULL)
        return NULL;
    text[0] = '\\';
    text[1] = 'x';
    for (size_t i = 0; i < bytes->size; i++) {
        text[2 + 2 * i] = digits[data[i] >> 4];
        text[3 + 2 * i] = digits[data[i] & 15];
    }
    text[2 + 2 * bytes->size] = '\0';
    return text;
}

const char *cc_text_of(orm_arena *arena, const orm_value *value)
{
    char text[64] = "";

    switch (value->kind) {
    case ORM_VALUE_TEXT:
        return value->as.text;
    case ORM_VALUE_UUID:
        orm_uuid_format(value->as.uuid, text);
        break;
    case ORM_VALUE_DATE:
        orm_date_format(value->as.date, text, sizeof text);
        break;
    case ORM_VALUE_TIMESTAMP:
        orm_timestamp_format(value->as.timestamp, text, sizeof text);
        break;
    case ORM_VALUE_BYTES:
        return hex_of(arena, &value->as.bytes);
    default:
        return NULL;
    }
    return orm_arena_strdup(arena, text);
}

/* ---- Two values that were got ---- */

static cc_match differ(orm_buffer *why, const cc_actual *expected, const cc_actual *actual)
{
    cc_why_actual(why, expected, actual);
    return CC_NO_MATCH;
}

static bool same_value(orm_arena *arena, const orm_value *a, const orm_value *b)
{
    const char *x = NULL, *y = NULL;

    if (a->kind == ORM_VALUE_INT && b->kind == ORM_VALUE_INT)
        return a->as.integer == b->as.integer;
    if (a->kind == ORM_VALUE_DOUBLE && b->kind == ORM_VALUE_DOUBLE)
        return (isnan(a->as.real) && isnan(b->as.real)) || (a->as.real >= b->as.real && a->as.real <= b->as.real);
    if (a->kind == b->kind && a->kind == ORM_VALUE_NULL)
        return true;
    if (a->kind == b->kind && a->kind == ORM_VALUE_BOOL)
        return a->as.boolean == b->as.boolean;
    if (a->kind == b->kind && a->kind == ORM_VALUE_ENTITY)
        return a->as.entity == b->as.entity;
    /* What SQL gave as text against what an entity holds as UUID, date or bytes. */
    x = cc_text_of(arena, a);
    y = cc_text_of(arena, b);
    return x != NULL && y != NULL && strcmp(x, y) == 0;
}

static bool number_text(const cc_actual *actual, char *out, size_t size)
{
    if (actual->shape == CC_SHAPE_NUMBER)
        return snprintf(out, size, "%s", actual->value.as.text) < (int)size;
    if (actual->value.kind != ORM_VALUE_INT)
        return false;
    snprintf(out, size, "%lld", (long long)actual->value.as.integer);
    return true;
}

static bool same_number(const cc_actual *a, const cc_actual *b)
{
    char x[512] = "", y[512] = "";

    return number_text(a, x, sizeof x) && number_text(b, y, sizeof y) && cc_same_number(x, y);
}

const cc_actual *cc_item_named(const cc_actual *map, const char *key)
{
    for (size_t i = 0; i < map->count; i++)
        if (strcmp(map->keys[i], key) == 0)
            return &map->items[i];
    return NULL;
}

/* Depth is bounded: JSON trees by CC_JSON_DEPTH, lists of values by what built them. */
cc_match cc_match_actual(orm_arena *arena, const cc_actual *expected, const cc_actual *actual, orm_buffer *why)
{
    cc_actual a, b;

    if (!cc_expand(arena, expected, &a, why) || !cc_expand(arena, actual, &b, why))
        return CC_MATCH_BROKEN;
    if (a.shape == CC_SHAPE_NUMBER || b.shape == CC_SHAPE_NUMBER)
        return same_number(&a, &b) ? CC_MATCH : differ(why, &a, &b);
    if (a.shape != b.shape || a.count != b.count)
        return differ(why, &a, &b);
    if (a.shape == CC_SHAPE_VALUE)
        return same_value(arena, &a.value, &b.value) ? CC_MATCH : differ(why, &a, &b);
    for (size_t i = 0; i < a.count; i++) {
        const cc_actual *other = a.shape == CC_SHAPE_MAP ? cc_item_named(&b, a.keys[i]) : &b.items[i];
        cc_match         match = other == NULL ? CC_NO_MATCH : cc_match_actual(arena, &a.items[i], other, NULL);

        if (match != CC_MATCH)
            return match == CC_NO_MATCH ? differ(why, &a, &b) : match;
    }
    return CC_MATCH;
}
