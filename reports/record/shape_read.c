#include <limits.h>
#include <string.h>

#include "base/fail.h"
#include "base/text.h"
#include "reports/record/record_private.h"

typedef struct reader {
    orm_arena      *arena;
    const cc_shape *shape;
    orm_error      *error;
} reader;

static orm_status wrong(const reader *r, const cc_field *field, const char *wanted)
{
    return orm_fail(r->error, ORM_ERR_CONFIG, 0, "key '%s' of a %s must be %s", field->key, r->shape->what, wanted);
}

/* Texts are C strings: a NUL, which only a foreign writer can have put in, is shown instead of ending the text. */
static const char *copy_text(const reader *r, const json_t *json)
{
    size_t      size = json_string_length(json);
    const char *text = json_string_value(json);
    orm_buffer  shown;
    char       *copy = NULL;

    if (memchr(text, '\0', size) == NULL)
        return orm_arena_strndup(r->arena, text, size);
    orm_buffer_init(&shown, NULL, 0);
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\0')
            orm_utf8_append(&shown, 0xFFFD);
        else
            orm_buffer_append_char(&shown, text[i]);
    }
    if (!shown.broken)
        copy = orm_arena_strndup(r->arena, shown.data, shown.length);
    orm_buffer_free(&shown);
    return copy;
}

static orm_status read_text(const reader *r, const cc_field *field, const json_t *json, char *at)
{
    const char *text = NULL;

    if (!json_is_string(json))
        return wrong(r, field, "a string");
    text = copy_text(r, json);
    if (text == NULL)
        return orm_fail_memory(r->error);
    memcpy(at, &text, sizeof text);
    return ORM_OK;
}

static orm_status read_texts(const reader *r, const cc_field *field, const json_t *json, char *at)
{
    size_t       count = json_array_size(json);
    const char **texts = NULL;

    if (!json_is_array(json))
        return wrong(r, field, "a list of strings");
    texts = orm_arena_calloc(r->arena, count + 1, sizeof *texts);
    if (texts == NULL)
        return orm_fail_memory(r->error);
    for (size_t i = 0; i < count; i++) {
        if (!json_is_string(json_array_get(json, i)))
            return wrong(r, field, "a list of strings");
        texts[i] = copy_text(r, json_array_get(json, i));
        if (texts[i] == NULL)
            return orm_fail_memory(r->error);
    }
    memcpy(at, &texts, sizeof texts);
    return ORM_OK;
}

static orm_status read_integer(const reader *r, const cc_field *field, const json_t *json, char *at)
{
    json_int_t value = json_integer_value(json);
    int        small = 0;
    int64_t    wide = 0;
    size_t     size = 0;

    if (!json_is_integer(json))
        return wrong(r, field, "a whole number");
    switch (field->kind) {
    case CC_FIELD_INT:
        if (value < INT_MIN || value > INT_MAX)
            return wrong(r, field, "a number of 32 bits");
        small = (int)value;
        memcpy(at, &small, sizeof small);
        return ORM_OK;
    case CC_FIELD_SIZE:
        if (value < 0 || (uint64_t)value > SIZE_MAX)
            return wrong(r, field, "zero or more");
        size = (size_t)value;
        memcpy(at, &size, sizeof size);
        return ORM_OK;
    default:
        wide = (int64_t)value;
        memcpy(at, &wide, sizeof wide);
        return ORM_OK;
    }
}

static orm_status read_enum(const reader *r, const cc_field *field, const json_t *json, char *at)
{
    const char *word = json_string_value(json);

    if (word == NULL)
        return wrong(r, field, "a string");
    for (unsigned i = 0; field->names[i] != NULL; i++) {
        if (orm_text_equal(field->names[i], word)) {
            memcpy(at, &i, sizeof i);
            return ORM_OK;
        }
    }
    return orm_fail(r->error, ORM_ERR_CONFIG, 0, "key '%s' of a %s has the unknown value '%s'", field->key,
                    r->shape->what, word);
}

static orm_status read_counts(const reader *r, const cc_field *field, const json_t *json, char *at)
{
    size_t counts[CC_STATUS_COUNT] = { 0 };

    if (!json_is_object(json))
        return wrong(r, field, "a map of numbers");
    for (unsigned i = 0; i < CC_STATUS_COUNT; i++) {
        const json_t *count = json_object_get(json, cc_status_name((cc_status)i));

        if (count == NULL)
            continue;
        if (!json_is_integer(count) || json_integer_value(count) < 0)
            return wrong(r, field, "a map of numbers, zero or more");
        counts[i] = (size_t)json_integer_value(count);
    }
    memcpy(at, counts, sizeof counts);
    return ORM_OK;
}

static orm_status read_objects(const reader *r, const cc_field *field, json_t *json, char *object)
{
    bool   list = field->kind == CC_FIELD_OBJECTS;
    size_t count = list ? json_array_size(json) : 1;
    char  *items = NULL;

    if (list ? !json_is_array(json) : !json_is_object(json))
        return wrong(r, field, list ? "a list of maps" : "a map");
    items = orm_arena_calloc(r->arena, count, field->shape->size);
    if (items == NULL)
        return orm_fail_memory(r->error);
    for (size_t i = 0; i < count; i++) {
        json_t    *item = list ? json_array_get(json, i) : json;
        orm_status status = cc_shape_read(r->arena, field->shape, item, items + i * field->shape->size, r->error);

        if (status != ORM_OK)
            return status;
    }
    memcpy(object + field->offset, &items, sizeof items);
    if (list)
        memcpy(object + field->count_offset, &count, sizeof count);
    return ORM_OK;
}

static orm_status read_present(const reader *r, const cc_field *field, json_t *json, char *object)
{
    char *at = object + field->offset;
    bool  flag = json_is_true(json);

    switch (field->kind) {
    case CC_FIELD_TEXT:
    case CC_FIELD_TEXT_OR_NULL:
        return read_text(r, field, json, at);
    case CC_FIELD_TEXTS:
        return read_texts(r, field, json, at);
    case CC_FIELD_INT:
    case CC_FIELD_INT64:
    case CC_FIELD_SIZE:
        return read_integer(r, field, json, at);
    case CC_FIELD_BOOL:
        if (!json_is_boolean(json))
            return wrong(r, field, "true or false");
        memcpy(at, &flag, sizeof flag);
        return ORM_OK;
    case CC_FIELD_ENUM:
        return read_enum(r, field, json, at);
    case CC_FIELD_COUNTS:
        return read_counts(r, field, json, at);
    case CC_FIELD_OBJECT:
    case CC_FIELD_OBJECTS:
        return read_objects(r, field, json, object);
    }
    return ORM_OK;
}

static orm_status read_absent(const reader *r, const cc_field *field, char *object)
{
    static const char *const empty = "";

    if (field->required)
        return orm_fail(r->error, ORM_ERR_CONFIG, 0, "a %s lacks the key '%s'", r->shape->what, field->key);
    if (field->kind == CC_FIELD_TEXT)
        memcpy(object + field->offset, &empty, sizeof empty);
    return ORM_OK;
}

orm_status cc_shape_read(orm_arena *arena, const cc_shape *shape, json_t *json, void *object, orm_error *error)
{
    reader r = { arena, shape, error };

    if (!json_is_object(json))
        return orm_fail(error, ORM_ERR_CONFIG, 0, "a %s must be a map", shape->what);
    for (const cc_field *field = shape->fields; field->key != NULL; field++) {
        json_t    *value = json_object_get(json, field->key);
        bool       absent = value == NULL || json_is_null(value);
        orm_status status = absent ? read_absent(&r, field, object) : read_present(&r, field, value, object);

        if (status != ORM_OK)
            return status;
    }
    return ORM_OK;
}
