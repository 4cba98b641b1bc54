#include <string.h>

#include "reports/record/json.h"
#include "reports/record/record_private.h"

static const char *text_at(const void *object, const cc_field *field)
{
    const char *text = NULL;

    memcpy(&text, (const char *)object + field->offset, sizeof text);
    return text;
}

static const char *pointer_at(const void *object, const cc_field *field)
{
    const void *pointer = NULL;

    memcpy(&pointer, (const char *)object + field->offset, sizeof pointer);
    return pointer;
}

static void write_text(orm_buffer *out, const cc_field *field, const void *object)
{
    const char *text = text_at(object, field);

    if (text == NULL || (field->kind == CC_FIELD_TEXT && text[0] == '\0' && !field->required))
        return;
    cc_json_key(out, field->key);
    cc_json_text(out, text);
}

static void write_texts(orm_buffer *out, const cc_field *field, const void *object)
{
    const char *const *texts = NULL;

    memcpy(&texts, (const char *)object + field->offset, sizeof texts);
    if (texts == NULL || texts[0] == NULL)
        return;
    cc_json_key(out, field->key);
    cc_json_open(out, '[');
    for (; *texts != NULL; texts++)
        cc_json_text(out, *texts);
    cc_json_close(out, ']');
}

static int64_t integer_at(const cc_field *field, const void *object)
{
    const char *at = (const char *)object + field->offset;
    int         small = 0;
    int64_t     value = 0;
    size_t      size = 0;

    switch (field->kind) {
    case CC_FIELD_INT:
        memcpy(&small, at, sizeof small);
        return small;
    case CC_FIELD_SIZE:
        memcpy(&size, at, sizeof size);
        return size > INT64_MAX ? INT64_MAX : (int64_t)size;
    default:
        memcpy(&value, at, sizeof value);
        return value;
    }
}

static void write_enum(orm_buffer *out, const cc_field *field, const void *object)
{
    unsigned value = 0;
    unsigned count = 0;

    memcpy(&value, (const char *)object + field->offset, sizeof value);
    while (field->names[count] != NULL)
        count++;
    cc_json_key(out, field->key);
    cc_json_text(out, value < count ? field->names[value] : NULL);
}

static void write_counts(orm_buffer *out, const cc_field *field, const void *object)
{
    size_t counts[CC_STATUS_COUNT];

    memcpy(counts, (const char *)object + field->offset, sizeof counts);
    cc_json_key(out, field->key);
    cc_json_open(out, '{');
    for (unsigned i = 0; i < CC_STATUS_COUNT; i++) {
        cc_json_key(out, cc_status_name((cc_status)i));
        cc_json_int(out, (int64_t)counts[i]);
    }
    cc_json_close(out, '}');
}

static void write_objects(orm_buffer *out, const cc_field *field, const void *object)
{
    const char *items = pointer_at(object, field);
    size_t      count = 1;

    if (field->kind == CC_FIELD_OBJECTS)
        memcpy(&count, (const char *)object + field->count_offset, sizeof count);
    if (items == NULL || count == 0)
        return;
    cc_json_key(out, field->key);
    if (field->kind == CC_FIELD_OBJECTS)
        cc_json_open(out, '[');
    for (size_t i = 0; i < count; i++)
        cc_shape_write(out, field->shape, NULL, items + i * field->shape->size);
    if (field->kind == CC_FIELD_OBJECTS)
        cc_json_close(out, ']');
}

static void write_field(orm_buffer *out, const cc_field *field, const void *object)
{
    bool flag = false;

    switch (field->kind) {
    case CC_FIELD_TEXT:
    case CC_FIELD_TEXT_OR_NULL:
        write_text(out, field, object);
        break;
    case CC_FIELD_TEXTS:
        write_texts(out, field, object);
        break;
    case CC_FIELD_INT:
    case CC_FIELD_INT64:
    case CC_FIELD_SIZE:
        cc_json_key(out, field->key);
        cc_json_int(out, integer_at(field, object));
        break;
    case CC_FIELD_BOOL:
        memcpy(&flag, (const char *)object + field->offset, sizeof flag);
        cc_json_key(out, field->key);
        cc_json_bool(out, flag);
        break;
    case CC_FIELD_ENUM:
        write_enum(out, field, object);
        break;
    case CC_FIELD_COUNTS:
        write_counts(out, field, object);
        break;
    case CC_FIELD_OBJECT:
    case CC_FIELD_OBJECTS:
        write_objects(out, field, object);
        break;
    }
}

void cc_shape_write(orm_buffer *out, const cc_shape *shape, const char *type, const void *object)
{
    cc_json_open(out, '{');
    if (type != NULL) {
        cc_json_key(out, "type");
        cc_json_text(out, type);
    }
    for (const cc_field *field = shape->fields; field->key != NULL; field++)
        write_field(out, field, object);
    cc_json_close(out, '}');
}
