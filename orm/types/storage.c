#include <string.h>

#include "base/text.h"
#include "types/codec_private.h"

#define TO_VALUE(name, c_type, make)                                                                                   \
    static orm_value name##_to_value(const void *slot)                                                                 \
    {                                                                                                                  \
        return make(*(c_type const *)slot);                                                                            \
    }

/* Slots that hold their whole value: any copy is a copy of the bytes. */
#define SCALAR_COPY(name, c_type)                                                                                      \
    static bool name##_copy(orm_arena *arena, void *to, const void *from)                                              \
    {                                                                                                                  \
        (void)arena;                                                                                                   \
        *(c_type *)to = *(c_type const *)from;                                                                         \
        return true;                                                                                                   \
    }
#define SCALAR_STORAGE(name)                                                                                           \
    const orm_storage orm_storage_##name = {                                                                           \
        .equal = name##_equal, .copy_shallow = name##_copy, .copy_deep = name##_copy, .to_value = name##_to_value      \
    }

/* Slots that hold a pointer, whose NULL is the absence. */
#define POINTER_STORAGE(name)                                                                                          \
    const orm_storage orm_storage_##name = { .is_null = pointer_is_null,                                               \
                                             .equal = name##_equal,                                                    \
                                             .copy_shallow = name##_copy_shallow,                                      \
                                             .copy_deep = name##_copy_deep,                                            \
                                             .to_value = name##_to_value }

#define EQUAL_BY_OPERATOR(name, c_type)                                                                                \
    static bool name##_equal(const void *a, const void *b)                                                             \
    {                                                                                                                  \
        return *(c_type const *)a == *(c_type const *)b;                                                               \
    }

/* ---- Scalars ---- */

EQUAL_BY_OPERATOR(bool, bool)
SCALAR_COPY(bool, bool)
TO_VALUE(bool, bool, orm_bool)
SCALAR_STORAGE(bool);

EQUAL_BY_OPERATOR(int16, int16_t)
SCALAR_COPY(int16, int16_t)
TO_VALUE(int16, int16_t, orm_int)
SCALAR_STORAGE(int16);

EQUAL_BY_OPERATOR(int32, int32_t)
SCALAR_COPY(int32, int32_t)
TO_VALUE(int32, int32_t, orm_int)
SCALAR_STORAGE(int32);

EQUAL_BY_OPERATOR(int64, int64_t)
SCALAR_COPY(int64, int64_t)
TO_VALUE(int64, int64_t, orm_int)
SCALAR_STORAGE(int64);

/* As PostgreSQL: NaN is equal to itself; otherwise an entity that holds one would be dirty for ever. */
static bool double_equal(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return x == y || (x != x && y != y);
}
SCALAR_COPY(double, double)
TO_VALUE(double, double, orm_double)
SCALAR_STORAGE(double);

static bool uuid_equal(const void *a, const void *b)
{
    return orm_uuid_equal(*(const orm_uuid *)a, *(const orm_uuid *)b);
}
SCALAR_COPY(uuid, orm_uuid)
TO_VALUE(uuid, orm_uuid, orm_uuid_value)
SCALAR_STORAGE(uuid);

static bool date_equal(const void *a, const void *b)
{
    return ((const orm_date *)a)->days == ((const orm_date *)b)->days;
}
SCALAR_COPY(date, orm_date)
TO_VALUE(date, orm_date, orm_date_value)
SCALAR_STORAGE(date);

static bool timestamp_equal(const void *a, const void *b)
{
    return ((const orm_timestamp *)a)->microseconds == ((const orm_timestamp *)b)->microseconds;
}
SCALAR_COPY(timestamp, orm_timestamp)
TO_VALUE(timestamp, orm_timestamp, orm_timestamp_value)
SCALAR_STORAGE(timestamp);

/* ---- Pointers ---- */

/* Of every pointer slot the first member is the pointer that counts. */
static bool pointer_is_null(const void *slot)
{
    const void *pointer;

    memcpy(&pointer, slot, sizeof pointer);
    return pointer == NULL;
}

static bool text_equal(const void *a, const void *b)
{
    return orm_text_equal(*(const char *const *)a, *(const char *const *)b);
}

static bool text_copy_shallow(orm_arena *arena, void *to, const void *from)
{
    (void)arena;
    *(const char **)to = *(const char *const *)from;
    return true;
}

static bool text_copy_deep(orm_arena *arena, void *to, const void *from)
{
    const char *text = *(const char *const *)from;
    char       *copy = orm_arena_strdup(arena, text);

    if (copy == NULL && text != NULL)
        return false;
    *(const char **)to = copy;
    return true;
}
TO_VALUE(text, const char *, orm_text)
POINTER_STORAGE(text);

static bool bytes_equal(const void *a, const void *b)
{
    const orm_bytes *x = a;
    const orm_bytes *y = b;

    return x->size == y->size && (x->size == 0 || memcmp(x->data, y->data, x->size) == 0);
}

static bool bytes_copy_shallow(orm_arena *arena, void *to, const void *from)
{
    (void)arena;
    *(orm_bytes *)to = *(const orm_bytes *)from;
    return true;
}

static bool bytes_copy_deep(orm_arena *arena, void *to, const void *from)
{
    orm_bytes bytes = *(const orm_bytes *)from;

    if (bytes.data != NULL) {
        bytes.data = orm_arena_memdup(arena, bytes.data, bytes.size);
        if (bytes.data == NULL)
            return false;
    }
    *(orm_bytes *)to = bytes;
    return true;
}
TO_VALUE(bytes, orm_bytes, orm_bytes_value)
POINTER_STORAGE(bytes);

/* ---- Arrays: their item table may be edited in place, so every copy has its own ---- */

static bool text_array_equal(const void *a, const void *b)
{
    const orm_text_array *x = a;
    const orm_text_array *y = b;

    if (x->count != y->count)
        return false;
    for (size_t i = 0; i < x->count; i++) {
        if (!orm_text_equal(x->items[i], y->items[i]))
            return false;
    }
    return true;
}

static bool text_array_copy_shallow(orm_arena *arena, void *to, const void *from)
{
    orm_text_array array = *(orm_text_array const *)from;

    if (array.items != NULL) {
        array.items = orm_arena_memdup(arena, array.items, array.count * sizeof *array.items);
        if (array.items == NULL)
            return false;
    }
    *(orm_text_array *)to = array;
    return true;
}

static bool text_array_copy_deep(orm_arena *arena, void *to, const void *from)
{
    orm_text_array array;

    if (!text_array_copy_shallow(arena, &array, from))
        return false;
    for (size_t i = 0; i < array.count; i++) {
        if (!text_copy_deep(arena, &array.items[i], &array.items[i]))
            return false;
    }
    *(orm_text_array *)to = array;
    return true;
}
TO_VALUE(text_array, orm_text_array, orm_text_array_value)
POINTER_STORAGE(text_array);

static bool is_null_item(const orm_int_array *array, size_t i)
{
    return array->nulls != NULL && array->nulls[i];
}

static bool int_array_equal(const void *a, const void *b)
{
    const orm_int_array *x = a;
    const orm_int_array *y = b;

    if (x->count != y->count)
        return false;
    for (size_t i = 0; i < x->count; i++) {
        if (is_null_item(x, i) != is_null_item(y, i) || (!is_null_item(x, i) && x->items[i] != y->items[i]))
            return false;
    }
    return true;
}

static bool int_array_copy_deep(orm_arena *arena, void *to, const void *from)
{
    orm_int_array array = *(orm_int_array const *)from;

    if (array.items != NULL) {
        array.items = orm_arena_memdup(arena, array.items, array.count * sizeof *array.items);
        if (array.items == NULL)
            return false;
    }
    if (array.nulls != NULL) {
        array.nulls = orm_arena_memdup(arena, array.nulls, array.count * sizeof *array.nulls);
        if (array.nulls == NULL)
            return false;
    }
    *(orm_int_array *)to = array;
    return true;
}
#define int_array_copy_shallow int_array_copy_deep
TO_VALUE(int_array, orm_int_array, orm_int_array_value)
POINTER_STORAGE(int_array);

/* ---- Relations: pointers whose target belongs to the entity manager ---- */

EQUAL_BY_OPERATOR(entity, void *)
SCALAR_COPY(entity, void *)
TO_VALUE(entity, void *, orm_entity_value)
#define entity_copy_shallow entity_copy
#define entity_copy_deep entity_copy
POINTER_STORAGE(entity);

/* A collection is no value: it reads as NULL. */
static orm_value collection_to_value(const void *slot)
{
    (void)slot;
    return orm_null();
}

#define collection_equal entity_equal
#define collection_copy_shallow entity_copy
#define collection_copy_deep entity_copy
POINTER_STORAGE(collection);
