#include "types/value_copy.h"

#include <string.h>

#define DEPTH_MAX 8

static bool copy_texts(orm_arena *arena, orm_text_array *array)
{
    const char **items = orm_arena_calloc(arena, array->count + 1, sizeof *items);

    for (size_t i = 0; items != NULL && i < array->count; i++) {
        items[i] = array->items[i] == NULL ? NULL : orm_arena_strdup(arena, array->items[i]);
        if (array->items[i] != NULL && items[i] == NULL)
            return false;
    }
    array->items = items;
    return items != NULL;
}

static bool copy_integers(orm_arena *arena, orm_int_array *array)
{
    int64_t *items = orm_arena_calloc(arena, array->count + 1, sizeof *items);

    if (items != NULL && array->count > 0)
        memcpy(items, array->items, array->count * sizeof *items);
    array->items = items;
    if (items != NULL && array->nulls != NULL) {
        array->nulls = orm_arena_memdup(arena, array->nulls, (array->count > 0 ? array->count : 1) * sizeof *array->nulls);
        return array->nulls != NULL;
    }
    return items != NULL;
}

/* Lists of lists end at `depth`: what is deeper has no meaning in any condition. */
static bool own(orm_arena *arena, orm_value *value, unsigned depth)
{
    orm_value *items;

    switch (value->kind) {
    case ORM_VALUE_TEXT:
    case ORM_VALUE_PARAM:
        value->as.text = orm_arena_strdup(arena, value->as.text == NULL ? "" : value->as.text);
        return value->as.text != NULL;
    case ORM_VALUE_BYTES:
        value->as.bytes.data = orm_arena_memdup(arena, value->as.bytes.data, value->as.bytes.size);
        return value->as.bytes.data != NULL;
    case ORM_VALUE_TEXT_ARRAY:
        return copy_texts(arena, &value->as.text_array);
    case ORM_VALUE_INT_ARRAY:
        return copy_integers(arena, &value->as.int_array);
    case ORM_VALUE_LIST:
        items = orm_arena_calloc(arena, value->as.list.count + 1, sizeof *items);
        for (size_t i = 0; items != NULL && i < value->as.list.count; i++) {
            items[i] = depth == 0 ? orm_null() : value->as.list.items[i];
            if (!own(arena, &items[i], depth - 1))
                return false;
        }
        value->as.list.items = items;
        return items != NULL;
    default:
        return true;
    }
}

bool orm_value_own(orm_arena *arena, orm_value *value)
{
    return own(arena, value, DEPTH_MAX);
}
