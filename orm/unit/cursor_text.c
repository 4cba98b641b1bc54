/* Cursors as text: base64url of a JSON array with a value for each property of the order. */
#include <string.h>

#include "types/json.h"
#include "unit/cursor.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static char *encode_base64(orm_arena *arena, const unsigned char *data, size_t size)
{
    char  *out = orm_arena_alloc(arena, size / 3 * 4 + 5);
    size_t length = 0;

    for (size_t i = 0; out != NULL && i < size; i += 3) {
        size_t        left = size - i < 3 ? size - i : 3;
        unsigned long bits = (unsigned long)data[i] << 16 | (left > 1 ? (unsigned long)data[i + 1] << 8 : 0) |
                             (left > 2 ? (unsigned long)data[i + 2] : 0);

        for (size_t j = 0; j <= left; j++)
            out[length++] = letters[bits >> (18 - 6 * j) & 63];
    }
    if (out != NULL)
        out[length] = '\0';
    return out;
}

/* False for what is no base64url. */
static bool decode_base64(const char *text, unsigned char *out, size_t *size)
{
    unsigned long bits = 0;
    unsigned      have = 0;

    *size = 0;
    for (; *text != '\0' && *text != '='; text++) {
        const char *letter = strchr(letters, *text);

        if (letter == NULL)
            return false;
        bits = (bits << 6 | (unsigned long)(letter - letters)) & 0xffffff;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[(*size)++] = (unsigned char)(bits >> have & 0xff);
        }
    }
    return true;
}

/* ---- From an entity ---- */

/* The instance that holds a path's last property, and that property. */
static orm_status follow(orm_em *em, const orm_instance *instance, const char *path, const orm_instance **holder,
                         const orm_meta_property **property)
{
    const char *rest = path;
    char        step[ORM_STEP_SIZE];

    for (;;) {
        const orm_meta_entity *meta = instance->shape->meta;

        if (!orm_next_step(meta, &rest, step))
            return em_unknown_property(em, meta, path);
        *property = orm_meta_property_named(meta, step);
        if (*property == NULL)
            return em_unknown_property(em, meta, step);
        *holder = instance;
        if (*rest == '\0')
            return ORM_OK;
        if (!(*property)->to_one)
            return em_fail_property(em, *property, 875, "a cursor cannot be made of a collection (path \"%.200s\")", path);
        instance = em_instance(em, orm_reference_read(*property, instance->self));
        if (instance == NULL || !instance->initialized)
            return em_fail_property(em, *property, 876, "the order goes through it, so it must be populated and not NULL "
                                                        "for a cursor (path \"%.200s\")",
                                    path);
    }
}

static orm_status append_value(orm_em *em, const orm_instance *instance, const char *path, orm_buffer *out,
                               orm_buffer *scratch)
{
    const orm_instance      *holder = NULL;
    const orm_meta_property *property = NULL;
    const void              *slot;
    orm_json_object          object;
    bool                     nested = strchr(path, '.') != NULL;
    orm_status               status = follow(em, instance, path, &holder, &property);

    if (status != ORM_OK)
        return status;
    if (property->column_count != 1)
        return em_fail_property(em, property, 877, "a cursor needs a property with one column");
    slot = orm_column_slot(&property->columns[0], holder->snapshot);
    if (slot == NULL)
        return em_fail_property(em, property, 878, "it is NULL, and a cursor needs a value: order by what is never NULL");
    if (nested) {
        object = orm_json_object_begin(out);
        orm_json_object_name(&object, path);
    }
    status = orm_json_append_value(property->columns[0].slot_type, slot, out, scratch, &em->error);
    if (nested)
        orm_json_object_end(&object);
    return status == ORM_OK ? ORM_OK : orm_query_fail_property(property, &em->error);
}

orm_status em_cursor_of(orm_em *em, const orm_instance *instance, const orm_order *order, const char **out)
{
    orm_buffer json;
    orm_buffer scratch;
    orm_status status = ORM_OK;

    *out = NULL;
    orm_buffer_init(&json, orm_arena_allocator(em->work), 0);
    orm_buffer_init(&scratch, orm_arena_allocator(em->work), 0);
    orm_buffer_append_char(&json, '[');
    for (size_t i = 0; order[i].property != NULL && status == ORM_OK; i++) {
        if (i > 0)
            orm_buffer_append_char(&json, ',');
        status = append_value(em, instance, order[i].property, &json, &scratch);
    }
    orm_buffer_append_char(&json, ']');
    if (status == ORM_OK && !json.broken)
        *out = encode_base64(em->arena, (const unsigned char *)json.data, json.length);
    if (status == ORM_OK && *out == NULL)
        status = em_fail_memory(em);
    orm_buffer_free(&json);
    orm_buffer_free(&scratch);
    return status;
}

/* ---- To values ---- */

static orm_status bad_cursor(orm_em *em, const char *why)
{
    return orm_fail(&em->error, ORM_ERR_VALIDATION, 879, "the cursor is none of this order: %s", why);
}

/* Down to the value of {"author": {"name": "x"}}; nested no deeper than the text was checked to be. */
static orm_json innermost(orm_json value)
{
    while (orm_json_kind(&value) == '{') {
        orm_json_walk walk = orm_json_begin(&value);
        orm_json      key;

        if (!orm_json_next(&walk, &key, &value))
            break;
    }
    return value;
}

static orm_status take(orm_em *em, const orm_json *item, orm_value *out)
{
    orm_json value = innermost(*item);
    size_t   size = 0;
    char    *text;

    switch (orm_json_kind(&value)) {
    case 't':
    case 'f':
        *out = orm_bool(orm_json_kind(&value) == 't');
        return ORM_OK;
    case '"':
        text = orm_json_text(&value, em->work, &size);
        break;
    case '0':
        text = orm_arena_strndup(em->work, value.at, (size_t)(value.end - value.at));
        break;
    default:
        return bad_cursor(em, "it has a value that is no text, no number and no boolean");
    }
    if (text == NULL)
        return bad_cursor(em, "it has a text that cannot be");
    *out = orm_text(text);
    return ORM_OK;
}

orm_status em_cursor_values(orm_em *em, const char *cursor, size_t count, orm_value *out)
{
    size_t         size = strlen(cursor);
    unsigned char *data = orm_arena_alloc(em->work, size + 1);
    orm_error      ignored;
    orm_json       json;
    orm_json       item;
    orm_json_walk  walk;
    size_t         found = 0;

    if (data == NULL)
        return em_fail_memory(em);
    if (!decode_base64(cursor, data, &size))
        return bad_cursor(em, "it is not base64url");
    if (orm_json_open((const char *)data, size, &json, &ignored) != ORM_OK || orm_json_kind(&json) != '[')
        return bad_cursor(em, "it holds no list");
    walk = orm_json_begin(&json);
    while (orm_json_next(&walk, NULL, &item)) {
        orm_status status = found < count ? take(em, &item, &out[found]) : ORM_OK;

        if (status != ORM_OK)
            return status;
        found++;
    }
    return found == count ? ORM_OK : bad_cursor(em, "it has another number of values");
}
