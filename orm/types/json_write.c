#include <math.h>
#include <string.h>

#include "base/fail.h"
#include "types/json.h"

void orm_json_append_string(orm_buffer *out, const char *text, size_t size)
{
    orm_buffer_append_char(out, '"');
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c == '"' || c == '\\') {
            orm_buffer_append_char(out, '\\');
            orm_buffer_append_char(out, (char)c);
        } else if (c < 0x20) {
            orm_buffer_printf(out, "\\u%04x", (unsigned)c);
        } else {
            orm_buffer_append_char(out, (char)c);
        }
    }
    orm_buffer_append_char(out, '"');
}

static void append_text_array(const orm_text_array *array, orm_buffer *out)
{
    orm_buffer_append_char(out, '[');
    for (size_t i = 0; i < array->count; i++) {
        if (i > 0)
            orm_buffer_append_char(out, ',');
        if (array->items[i] == NULL)
            orm_buffer_append(out, "null");
        else
            orm_json_append_string(out, array->items[i], strlen(array->items[i]));
    }
    orm_buffer_append_char(out, ']');
}

static void append_int_array(const orm_int_array *array, orm_buffer *out)
{
    orm_buffer_append_char(out, '[');
    for (size_t i = 0; i < array->count; i++) {
        if (i > 0)
            orm_buffer_append_char(out, ',');
        if (array->nulls != NULL && array->nulls[i])
            orm_buffer_append(out, "null");
        else
            orm_buffer_append_int(out, array->items[i]);
    }
    orm_buffer_append_char(out, ']');
}

/* Whether the text format is JSON, too. JSON has no NaN and no infinity: those are strings. */
static bool is_bare(orm_type type, const void *slot)
{
    switch (type) {
    case ORM_TYPE_SMALLINT:
    case ORM_TYPE_INTEGER:
    case ORM_TYPE_JSON:
        return true;
    case ORM_TYPE_DOUBLE:
        return isfinite(*(const double *)slot) != 0;
    default:
        return false;
    }
}

orm_status orm_json_append_value(orm_type type, const void *slot, orm_buffer *out, orm_buffer *scratch,
                                 orm_error *error)
{
    orm_status status = ORM_OK;

    if (type == ORM_TYPE_BOOLEAN) {
        orm_buffer_append(out, *(const bool *)slot ? "true" : "false");
    } else if (type == ORM_TYPE_TEXT_ARRAY) {
        append_text_array(slot, out);
    } else if (type == ORM_TYPE_INTEGER_ARRAY) {
        append_int_array(slot, out);
    } else if (is_bare(type, slot)) {
        status = orm_type_append_text(type, slot, out, error);
    } else {
        orm_buffer_truncate(scratch, 0);
        status = orm_type_append_text(type, slot, scratch, error);
        if (status == ORM_OK)
            orm_json_append_string(out, scratch->data, scratch->length);
    }
    return status == ORM_OK && out->broken ? orm_fail_memory(error) : status;
}

/* ---- Objects ---- */

/* How many steps of two paths are the same: "geo.lat" and "geo.long" share one, and so does "geo.x.y" with them. */
static size_t shared_depth(const char *a, const char *b)
{
    size_t depth = 0;

    for (; *a == *b && *a != '\0'; a++, b++)
        depth += *a == '.';
    return depth;
}

static size_t depth_of(const char *path)
{
    size_t depth = 0;

    for (; *path != '\0'; path++)
        depth += *path == '.';
    return depth;
}

orm_json_object orm_json_object_begin(orm_buffer *out)
{
    orm_buffer_append_char(out, '{');
    return (orm_json_object){ .out = out, .before = "" };
}

void orm_json_object_name(orm_json_object *object, const char *path)
{
    size_t shared = shared_depth(object->before, path);

    for (size_t open = depth_of(object->before); open > shared; open--)
        orm_buffer_append_char(object->out, '}');
    if (object->count++ > 0)
        orm_buffer_append_char(object->out, ',');
    object->before = path;
    for (size_t depth = 0;; depth++) {
        size_t length = strcspn(path, ".");

        if (depth >= shared) {
            orm_json_append_string(object->out, path, length);
            orm_buffer_append(object->out, path[length] == '\0' ? ":" : ":{");
        }
        if (path[length] == '\0')
            return;
        path += length + 1;
    }
}

void orm_json_object_end(orm_json_object *object)
{
    for (size_t open = depth_of(object->before) + 1; open > 0; open--)
        orm_buffer_append_char(object->out, '}');
}
