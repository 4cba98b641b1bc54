/*
 * Paths into what a case has bound: "ann.name", "books[0].author.name", "rows[0][1]", "ann.books.length".
 */
#include <string.h>

#include "base/text.h"
#include "harness/steps/steps_private.h"

#define PATH_LIMIT 64 /* parts of a path */

typedef enum at_kind { AT_OBJECT, AT_LIST, AT_COLLECTION, AT_ROWS, AT_ROW, AT_VALUE } at_kind;

/* Where a path has come to. */
typedef struct cursor {
    cc_context       *context;
    orm_buffer       *why;
    const char       *path;
    at_kind           kind;
    cc_object         object;
    const cc_binding *binding;
    orm_collection   *collection; /* of `object`'s manager */
    size_t            row;
    cc_actual         value;
} cursor;

static bool fail(cursor *c, const char *format, ...) ORM_PRINTF(2, 3);

static bool fail(cursor *c, const char *format, ...)
{
    va_list args;

    if (c->why == NULL)
        return false;
    orm_buffer_printf(c->why, "${%s}: ", c->path);
    va_start(args, format);
    orm_buffer_vprintf(c->why, format, args);
    va_end(args);
    return false;
}

static bool go_to_entity(cursor *c, void *entity)
{
    cc_manager *manager = c->object.manager;
    bool        known = entity != NULL && manager != NULL; /* who has an entity has its manager; the analyzer asks */

    c->object =
        (cc_object){ .manager = manager, .entity = entity, .meta = known ? orm_entity_of(manager->em, entity) : NULL };
    c->kind = AT_OBJECT;
    return true;
}

static bool go_to_value(cursor *c, const cc_actual *value)
{
    c->value = *value;
    c->kind = AT_VALUE;
    return true;
}

static bool enter_cleared(cursor *c, const orm_property *property)
{
    const cc_entity *known = cc_entity_of(c->object.meta);
    size_t           index = 0;

    while (index < known->property_count && known->properties[index] != property)
        index++;
    if (index == known->property_count)
        return fail(c, "%s has no property '%s'", c->object.meta->name, property->name);
    if (property->type == ORM_TYPE_COLLECTION)
        return fail(c, "its entity manager was cleared; find the entity again");
    if (c->object.others[index] != NULL) {
        c->object = *c->object.others[index];
        return true;
    }
    return go_to_value(c, &c->object.values[index]);
}

static bool enter_property(cursor *c, const char *name)
{
    const orm_property *property = cc_entity_property(c->object.meta, name);
    orm_em             *em = NULL;
    cc_actual           value = { .shape = CC_SHAPE_VALUE };

    if (c->object.entity == NULL || c->object.manager == NULL)
        return fail(c, "there is no entity that could have a property '%s': it is null", name);
    if (property == NULL && strcmp(name, cc_entity_name) == 0 && c->object.meta != NULL)
        return go_to_value(c, &(cc_actual){ .shape = CC_SHAPE_VALUE, .value = orm_text(c->object.meta->name) });
    if (property == NULL)
        return fail(c, "%s has no property '%s'", c->object.meta == NULL ? "the entity" : c->object.meta->name, name);
    if (c->object.cleared)
        return enter_cleared(c, property);
    em = c->object.manager->em;
    if (property->type == ORM_TYPE_EMBEDDED) {
        c->kind = AT_VALUE;
        return cc_embedded_value(c->context, &c->object, "", property, &c->value) ||
               fail(c, "%s", orm_em_error(em)->message);
    }
    if (property->type == ORM_TYPE_COLLECTION) {
        c->collection = orm_collection_of(em, c->object.entity, name);
        c->kind = AT_COLLECTION;
        return c->collection != NULL || fail(c, "%s", orm_em_error(em)->message);
    }
    if (orm_get(em, c->object.entity, name, &value.value) != ORM_OK)
        return fail(c, "%s", orm_em_error(em)->message);
    if (value.value.kind == ORM_VALUE_ENTITY)
        return go_to_entity(c, value.value.as.entity);
    value.is_json = property->type == ORM_TYPE_JSON || property->type == ORM_TYPE_EMBEDDED_LIST;
    return go_to_value(c, &value);
}

static bool enter_length(cursor *c)
{
    size_t    count = c->kind == AT_COLLECTION ? orm_collection_count(c->collection)
                      : c->kind == AT_ROW      ? c->binding->columns
                                               : c->binding->count;
    cc_actual value = { .value = orm_int((int64_t)count) };

    return go_to_value(c, &value);
}

/* A member of an embedded value. */
static bool enter_member(cursor *c, const char *name)
{
    for (size_t i = 0; i < c->value.count; i++)
        if (strcmp(c->value.keys[i], name) == 0)
            return go_to_value(c, &c->value.items[i]);
    return fail(c, "there is no member '%s'", name);
}

static bool enter_name(cursor *c, const char *name)
{
    if (c->kind == AT_OBJECT)
        return enter_property(c, name);
    if (c->kind == AT_VALUE && c->value.shape == CC_SHAPE_MAP)
        return enter_member(c, name);
    if (c->kind != AT_VALUE && strcmp(name, "length") == 0)
        return enter_length(c);
    if (c->kind == AT_COLLECTION && strcmp(name, "initialized") == 0) {
        cc_actual value = { .value = orm_bool(orm_collection_is_initialized(c->collection)) };

        return go_to_value(c, &value);
    }
    return fail(c, "'%s' leads nowhere", name);
}

static bool enter_index(cursor *c, size_t index)
{
    size_t count = c->kind == AT_COLLECTION ? orm_collection_count(c->collection)
                   : c->kind == AT_ROW      ? c->binding->columns
                   : c->binding != NULL     ? c->binding->count
                                            : 0;

    if (c->kind == AT_OBJECT || c->kind == AT_VALUE)
        return fail(c, "[%zu] stands behind something that is no list", index);
    if (index >= count)
        return fail(c, "there is no [%zu]: it has %zu", index, count);
    switch (c->kind) {
    case AT_LIST:
        c->object = c->binding->objects[index];
        c->kind = AT_OBJECT;
        return true;
    case AT_COLLECTION:
        return go_to_entity(c, orm_collection_at(c->collection, index));
    case AT_ROWS:
        c->row = index;
        c->kind = AT_ROW;
        return true;
    default:
        return go_to_value(c, &c->binding->rows[c->row][index]);
    }
}

static bool start(cursor *c, size_t length)
{
    static const at_kind kinds[] = { AT_OBJECT, AT_LIST, AT_ROWS, AT_VALUE };

    c->binding = cc_binding_named(c->context, c->path, length);
    if (c->binding == NULL)
        return fail(c, "nothing is bound to this name here");
    c->kind = kinds[c->binding->kind];
    if (c->kind == AT_OBJECT)
        c->object = c->binding->objects[0];
    c->value = c->binding->value;
    return true;
}

/* ---- What the end of the path stands for ---- */

static bool entity_as_value(cursor *c, const cc_object *object, cc_actual *out)
{
    *out = (cc_actual){ .shape = CC_SHAPE_VALUE };
    if (object->entity == NULL)
        return true;
    if (object->cleared)
        return fail(c, "its entity manager was cleared; find the entity again, or use ${%s.id}", c->path);
    out->value = orm_entity_value(object->entity);
    out->label = orm_arena_printf(c->context->arena, "<%s>", object->meta == NULL ? "entity" : object->meta->name);
    return true;
}

static bool list_as_value(cursor *c, cc_actual *out)
{
    size_t     count = c->kind == AT_COLLECTION ? orm_collection_count(c->collection) : c->binding->count;
    cc_actual *items = orm_arena_calloc(c->context->arena, count, sizeof *items);

    if (items == NULL)
        return fail(c, "out of memory");
    for (size_t i = 0; i < count; i++) {
        cc_object object = c->object;

        if (c->kind == AT_LIST)
            object = c->binding->objects[i];
        else if (c->kind == AT_COLLECTION)
            object = (cc_object){ .entity = orm_collection_at(c->collection, i) };
        if (c->kind == AT_ROWS)
            items[i] =
                (cc_actual){ .shape = CC_SHAPE_LIST, .items = c->binding->rows[i], .count = c->binding->columns };
        else if (!entity_as_value(c, &object, &items[i]))
            return false;
    }
    *out = (cc_actual){ .shape = CC_SHAPE_LIST, .items = items, .count = count };
    return true;
}

static bool finish(cursor *c, cc_actual *out)
{
    switch (c->kind) {
    case AT_OBJECT:
        return entity_as_value(c, &c->object, out);
    case AT_VALUE:
        *out = c->value;
        return true;
    case AT_ROW:
        *out = (cc_actual){ .shape = CC_SHAPE_LIST, .items = c->binding->rows[c->row], .count = c->binding->columns };
        return true;
    default:
        return list_as_value(c, out);
    }
}

/* Behind '['. */
static bool read_index(cursor *c, const char **at)
{
    size_t index = 0, digits = strspn(*at, "0123456789");

    if (digits == 0 || digits > 9 || (*at)[digits] != ']')
        return fail(c, "[ wants a number and ]");
    for (size_t i = 0; i < digits; i++)
        index = index * 10 + (size_t)((*at)[i] - '0');
    *at += digits + 1;
    return enter_index(c, index);
}

/* Behind '.'. */
static bool read_name(cursor *c, const char **at)
{
    size_t length = strcspn(*at, ".[");
    char   name[256] = "";

    if (length == 0 || length >= sizeof name)
        return fail(c, "a name is missing or too long");
    memcpy(name, *at, length);
    *at += length;
    return enter_name(c, name);
}

static bool walk(cursor *c)
{
    const char *at = c->path + strcspn(c->path, ".[");

    if (!start(c, (size_t)(at - c->path)))
        return false;
    for (size_t parts = 0; *at != '\0'; parts++) {
        char mark = *at++;

        if (parts == PATH_LIMIT)
            return fail(c, "the path has too many parts");
        if (mark == '[' ? !read_index(c, &at) : !read_name(c, &at))
            return false;
        if (*at != '\0' && *at != '.' && *at != '[')
            return fail(c, "a dot is missing");
    }
    return true;
}

bool cc_lookup(cc_context *context, const char *path, cc_actual *out, orm_buffer *why)
{
    cursor c = { .context = context, .why = why, .path = path };

    return walk(&c) && finish(&c, out);
}

bool cc_lookup_collection(cc_context *context, const char *path, orm_collection **out, cc_manager **manager,
                          orm_buffer *why)
{
    cursor c = { .context = context, .why = why, .path = path };

    if (!walk(&c))
        return false;
    if (c.kind != AT_COLLECTION)
        return fail(&c, "it is no collection");
    *out = c.collection;
    *manager = c.object.manager;
    return true;
}

/* ---- Copies, and the callbacks of matching ---- */

static bool copy_arrays(orm_arena *arena, const orm_value *in, orm_value *out)
{
    if (in->kind == ORM_VALUE_TEXT_ARRAY) {
        size_t       count = in->as.text_array.count;
        const char **items = orm_arena_calloc(arena, count, sizeof *items);

        for (size_t i = 0; items != NULL && i < count; i++) {
            items[i] = orm_arena_strdup(arena, in->as.text_array.items[i]);
            if (items[i] == NULL && in->as.text_array.items[i] != NULL)
                return false;
        }
        out->as.text_array.items = items;
        return items != NULL;
    }
    out->as.int_array.items =
        orm_arena_memdup(arena, in->as.int_array.items, in->as.int_array.count * sizeof *in->as.int_array.items);
    if (in->as.int_array.nulls == NULL)
        return out->as.int_array.items != NULL;
    out->as.int_array.nulls =
        orm_arena_memdup(arena, in->as.int_array.nulls, in->as.int_array.count * sizeof *in->as.int_array.nulls);
    return out->as.int_array.items != NULL && out->as.int_array.nulls != NULL;
}

static bool copy_value(orm_arena *arena, const orm_value *in, orm_value *out)
{
    *out = *in;
    switch (in->kind) {
    case ORM_VALUE_TEXT:
        out->as.text = orm_arena_strdup(arena, in->as.text);
        return out->as.text != NULL;
    case ORM_VALUE_BYTES:
        out->as.bytes.data = orm_arena_memdup(arena, in->as.bytes.data, in->as.bytes.size);
        return out->as.bytes.data != NULL;
    case ORM_VALUE_TEXT_ARRAY:
    case ORM_VALUE_INT_ARRAY:
        return copy_arrays(arena, in, out);
    default:
        return true;
    }
}

/* Depth is bounded by what made the value: JSON of limited depth, or lists of this file. */
bool cc_copy_actual(orm_arena *arena, const cc_actual *in, cc_actual *out)
{
    cc_actual   *items = NULL;
    const char **keys = NULL;

    *out = *in;
    if (in->shape == CC_SHAPE_VALUE || in->shape == CC_SHAPE_NUMBER)
        return copy_value(arena, &in->value, &out->value);
    items = orm_arena_calloc(arena, in->count, sizeof *items);
    keys = orm_arena_calloc(arena, in->count, sizeof *keys);
    if (items == NULL || keys == NULL)
        return false;
    for (size_t i = 0; i < in->count; i++) {
        if (!cc_copy_actual(arena, &in->items[i], &items[i]))
            return false;
        if (in->shape == CC_SHAPE_MAP && (keys[i] = orm_arena_strdup(arena, in->keys[i])) == NULL)
            return false;
    }
    out->items = items;
    out->keys = in->shape == CC_SHAPE_MAP ? keys : NULL;
    return true;
}

static bool resolve(void *context, const char *reference, cc_actual *out)
{
    return cc_lookup(context, reference, out, NULL);
}

static bool bind(void *opaque, const char *name, const cc_actual *value)
{
    cc_context *context = opaque;
    cc_binding *binding = cc_binding_new(context, name, CC_BOUND_VALUE);

    return binding != NULL && cc_copy_actual(context->arena, value, &binding->value);
}

cc_matching cc_matching_of(cc_context *context)
{
    return (cc_matching){ .arena = context->arena, .resolve = resolve, .bind = bind, .context = context };
}
