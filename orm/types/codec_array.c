#include <string.h>

#include "base/text.h"
#include "types/codec_private.h"

/*
 * Both array types are read by the same two walks, over the text format and over the binary format. What differs is
 * how one element is stored.
 */
typedef struct array_sink {
    const orm_reading *r;
    void              *array; /* orm_text_array or orm_int_array */
    size_t             capacity;

    /* Makes room for one more element, which is NULL until it is stored. */
    bool (*add)(struct array_sink *sink);

    orm_status (*store_text)(struct array_sink *sink, const orm_array_scan *scan);
    orm_status (*store_binary)(struct array_sink *sink, const char *data, size_t size, uint32_t oid);
} array_sink;

/* ---- The walks ---- */

static orm_status refuse_nested(const orm_reading *r)
{
    orm_fail(r->error, r->failure, 109, "an array of more than one dimension cannot be taken as %s",
             orm_type_info_of(r->type)->name);
    orm_fail_hint(r->error, "unnest it in the query, or keep it as jsonb");
    return r->failure;
}

static orm_status walk_text(array_sink *sink, const char *data, size_t size)
{
    const orm_reading *r = sink->r;
    orm_array_scan     scan = { .at = data, .end = data + size };
    orm_status         status = orm_reading_check_text(r, data, size);

    while (status == ORM_OK) {
        switch (orm_array_next(&scan)) {
        case ORM_ARRAY_END:
            return ORM_OK;
        case ORM_ARRAY_NULL:
            status = sink->add(sink) ? ORM_OK : orm_fail_memory(r->error);
            break;
        case ORM_ARRAY_ELEMENT:
            status = sink->add(sink) ? sink->store_text(sink, &scan) : orm_fail_memory(r->error);
            break;
        case ORM_ARRAY_NESTED:
            return refuse_nested(r);
        case ORM_ARRAY_MALFORMED:
            return orm_reading_bad_text(r, data, size);
        }
    }
    return status;
}

/* Dimensions, "has NULLs", element type; then length and first index of each dimension; then the elements. */
enum { ARRAY_HEADER_SIZE = 12, DIMENSION_SIZE = 8, LENGTH_SIZE = 4 };

static orm_status walk_elements(array_sink *sink, const char *data, size_t size, uint32_t count, uint32_t oid)
{
    const orm_reading *r = sink->r;
    size_t             at = 0;

    for (uint32_t i = 0; i < count; i++) {
        orm_status status;
        uint32_t   length;

        if (size - at < LENGTH_SIZE)
            return orm_reading_bad_binary(r, size);
        length = orm_read_u32(data + at);
        at += LENGTH_SIZE;
        if (!sink->add(sink))
            return orm_fail_memory(r->error);
        if (length == UINT32_MAX)
            continue;
        if (length > size - at)
            return orm_reading_bad_binary(r, size);
        status = sink->store_binary(sink, data + at, length, oid);
        if (status != ORM_OK)
            return status;
        at += length;
    }
    return at == size ? ORM_OK : orm_reading_bad_binary(r, size);
}

static orm_status walk_binary(array_sink *sink, const char *data, size_t size)
{
    const orm_reading *r = sink->r;
    const size_t       headers = ARRAY_HEADER_SIZE + DIMENSION_SIZE;
    uint32_t           dimensions;

    if (size < ARRAY_HEADER_SIZE)
        return orm_reading_bad_binary(r, size);
    dimensions = orm_read_u32(data);
    if (dimensions > 1 && dimensions <= 6)
        return refuse_nested(r);
    if (dimensions == 0 && size == ARRAY_HEADER_SIZE)
        return ORM_OK;
    if (dimensions != 1 || size < headers)
        return orm_reading_bad_binary(r, size);
    return walk_elements(sink, data + headers, size - headers, orm_read_u32(data + ARRAY_HEADER_SIZE),
                         orm_read_u32(data + 8));
}

static void append_array_header(orm_buffer *out, size_t count, bool has_nulls, uint32_t oid)
{
    orm_append_u32(out, count > 0);
    orm_append_u32(out, has_nulls);
    orm_append_u32(out, oid);
    if (count > 0) {
        orm_append_u32(out, (uint32_t)count);
        orm_append_u32(out, 1);
    }
}

/* ---- text[] ---- */

static bool add_text(array_sink *sink)
{
    orm_text_array *array = sink->array;

    if (!orm_arena_grow(sink->r->arena, &array->items, array->count, &sink->capacity, sizeof *array->items))
        return false;
    array->items[array->count++] = NULL;
    return true;
}

static orm_status store_text_element(array_sink *sink, const orm_array_scan *scan)
{
    orm_text_array *array = sink->array;
    char           *text = orm_arena_alloc(sink->r->arena, scan->raw_size + 1);

    if (text == NULL)
        return orm_fail_memory(sink->r->error);
    orm_array_unescape(scan, text);
    array->items[array->count - 1] = text;
    return ORM_OK;
}

static orm_status store_binary_text(array_sink *sink, const char *data, size_t size, uint32_t oid)
{
    orm_text_array *array = sink->array;

    if (!orm_oid_is_text(oid))
        return orm_reading_wrong_oid(sink->r, oid);
    return orm_codec_text.parse(sink->r, data, size, &array->items[array->count - 1]);
}

typedef orm_status (*array_walk)(array_sink *sink, const char *data, size_t size);

/* An array without elements still has an item table: NULL would be SQL NULL. The slot is only set when all went well. */
static orm_status read_text_array(const orm_reading *r, array_walk walk, const char *data, size_t size, void *slot)
{
    orm_text_array array = { 0 };
    array_sink     sink = {
            .r = r, .array = &array, .add = add_text, .store_text = store_text_element, .store_binary = store_binary_text
    };
    orm_status status;

    if (!orm_arena_grow(r->arena, &array.items, 0, &sink.capacity, sizeof *array.items))
        return orm_fail_memory(r->error);
    status = walk(&sink, data, size);
    if (status == ORM_OK)
        *(orm_text_array *)slot = array;
    return status;
}

static orm_status text_array_parse(const orm_reading *r, const char *data, size_t size, void *slot)
{
    return read_text_array(r, walk_text, data, size, slot);
}

static orm_status text_array_read_binary(const orm_reading *r, const char *data, size_t size, uint32_t oid, void *slot)
{
    /* The element's type stands in the data. */
    (void)oid;
    return read_text_array(r, walk_binary, data, size, slot);
}

static void text_array_append_text(const void *slot, orm_buffer *out)
{
    const orm_text_array *array = slot;

    orm_buffer_append_char(out, '{');
    for (size_t i = 0; i < array->count; i++) {
        if (i > 0)
            orm_buffer_append_char(out, ',');
        if (array->items[i] == NULL)
            orm_buffer_append(out, "NULL");
        else
            orm_array_append_element(out, array->items[i]);
    }
    orm_buffer_append_char(out, '}');
}

static bool text_array_append_binary(const void *slot, orm_buffer *out)
{
    const orm_text_array *array = slot;
    bool                  has_nulls = false;

    for (size_t i = 0; i < array->count; i++)
        has_nulls = has_nulls || array->items[i] == NULL;
    append_array_header(out, array->count, has_nulls, ORM_OID_TEXT);
    for (size_t i = 0; i < array->count; i++) {
        const char *item = array->items[i];
        size_t      length = item == NULL ? 0 : strlen(item);

        orm_append_u32(out, item == NULL ? UINT32_MAX : (uint32_t)length);
        orm_buffer_append_bytes(out, item, length);
    }
    return true;
}

static orm_status text_array_check(const orm_reading *r, const void *slot)
{
    const orm_text_array *array = slot;
    orm_status            status = ORM_OK;

    for (size_t i = 0; i < array->count && status == ORM_OK; i++) {
        if (array->items[i] != NULL)
            status = orm_reading_check_text(r, array->items[i], strlen(array->items[i]));
    }
    return status;
}

const orm_codec orm_codec_text_array = {
    .literal = ORM_LITERAL_ESCAPED,
    .append_text = text_array_append_text,
    .append_binary = text_array_append_binary,
    .parse = text_array_parse,
    .read_binary = text_array_read_binary,
    .check = text_array_check,
};

/* ---- integer[] ---- */

typedef struct int_sink {
    array_sink base;
    size_t     nulls_capacity;
} int_sink;

/* Both tables grow together; `nulls` is dropped in the end when no element is NULL. */
static bool add_int(array_sink *sink)
{
    int_sink      *ints = (int_sink *)sink;
    orm_int_array *array = sink->array;
    orm_arena     *arena = sink->r->arena;

    if (!orm_arena_grow(arena, &array->items, array->count, &sink->capacity, sizeof *array->items) ||
        !orm_arena_grow(arena, &array->nulls, array->count, &ints->nulls_capacity, sizeof *array->nulls))
        return false;
    array->items[array->count] = 0;
    array->nulls[array->count] = true;
    array->count++;
    return true;
}

static void set_last_int(orm_int_array *array, int64_t value)
{
    array->items[array->count - 1] = value;
    array->nulls[array->count - 1] = false;
}

static orm_status store_text_int(array_sink *sink, const orm_array_scan *scan)
{
    char    text[64];
    int64_t value;

    if (scan->raw_size >= sizeof text)
        return orm_reading_bad_text(sink->r, scan->raw, scan->raw_size);
    orm_array_unescape(scan, text);
    if (!orm_parse_int64(text, &value))
        return orm_reading_bad_text(sink->r, scan->raw, scan->raw_size);
    set_last_int(sink->array, value);
    return ORM_OK;
}

static orm_status store_binary_int(array_sink *sink, const char *data, size_t size, uint32_t oid)
{
    int64_t    value = 0;
    orm_status status = orm_read_binary_integer(sink->r, data, size, oid, &value);

    if (status == ORM_OK)
        set_last_int(sink->array, value);
    return status;
}

static bool item_is_null(const orm_int_array *array, size_t i)
{
    return array->nulls != NULL && array->nulls[i];
}

static orm_status read_int_array(const orm_reading *r, array_walk walk, const char *data, size_t size, void *slot)
{
    orm_int_array array = { 0 };
    int_sink      sink = { .base = { .r = r,
                                     .array = &array,
                                     .add = add_int,
                                     .store_text = store_text_int,
                                     .store_binary = store_binary_int } };
    orm_status    status;
    bool          any_null = false;

    if (!orm_arena_grow(r->arena, &array.items, 0, &sink.base.capacity, sizeof *array.items))
        return orm_fail_memory(r->error);
    status = walk(&sink.base, data, size);
    if (status != ORM_OK)
        return status;
    for (size_t i = 0; i < array.count && !any_null; i++)
        any_null = array.nulls[i];
    if (!any_null)
        array.nulls = NULL;
    *(orm_int_array *)slot = array;
    return ORM_OK;
}

static orm_status integer_array_parse(const orm_reading *r, const char *data, size_t size, void *slot)
{
    return read_int_array(r, walk_text, data, size, slot);
}

static orm_status integer_array_read_binary(const orm_reading *r, const char *data, size_t size, uint32_t oid,
                                            void *slot)
{
    (void)oid;
    return read_int_array(r, walk_binary, data, size, slot);
}

static void integer_array_append_text(const void *slot, orm_buffer *out)
{
    const orm_int_array *array = slot;

    orm_buffer_append_char(out, '{');
    for (size_t i = 0; i < array->count; i++) {
        if (i > 0)
            orm_buffer_append_char(out, ',');
        if (item_is_null(array, i))
            orm_buffer_append(out, "NULL");
        else
            orm_buffer_append_int(out, array->items[i]);
    }
    orm_buffer_append_char(out, '}');
}

/* An element past 32 bits goes as text: whether the column takes it is for the server to say. */
static bool integer_array_append_binary(const void *slot, orm_buffer *out)
{
    const orm_int_array *array = slot;
    bool                 has_nulls = false;

    for (size_t i = 0; i < array->count; i++) {
        if (item_is_null(array, i))
            has_nulls = true;
        else if (array->items[i] < INT32_MIN || array->items[i] > INT32_MAX)
            return false;
    }
    append_array_header(out, array->count, has_nulls, ORM_OID_INT4);
    for (size_t i = 0; i < array->count; i++) {
        if (item_is_null(array, i)) {
            orm_append_u32(out, UINT32_MAX);
        } else {
            orm_append_u32(out, sizeof(uint32_t));
            orm_append_u32(out, (uint32_t)(int32_t)array->items[i]);
        }
    }
    return true;
}

const orm_codec orm_codec_integer_array = {
    .literal = ORM_LITERAL_ESCAPED,
    .append_text = integer_array_append_text,
    .append_binary = integer_array_append_binary,
    .parse = integer_array_parse,
    .read_binary = integer_array_read_binary,
};
