#include <orm/serialize.h>

#include <string.h>

#include "types/json.h"
#include "unit/em_private.h"
#include "unit/embedded.h"

/* One call: what is to be written, and how. */
typedef struct writer {
    orm_em                 *em;
    const orm_json_options *options;
    orm_buffer              out;
    orm_buffer              scratch;
    orm_instance          **open; /* those that are being written, the outermost first */
    size_t                  depth;
    size_t                  capacity;
} writer;

/* ---- Paths ---- */

/* Whether a list has the path `prefix`.`name` (just `name` for no prefix), or with `deeper` one that goes on behind it. */
static bool has_path(const char *const *paths, const char *prefix, const char *name, bool deeper)
{
    size_t prefix_length = strlen(prefix);
    size_t name_length = strlen(name);

    for (size_t i = 0; paths != NULL && paths[i] != NULL; i++) {
        const char *path = paths[i];

        if (prefix_length > 0) {
            if (strncmp(path, prefix, prefix_length) != 0 || path[prefix_length] != '.')
                continue;
            path += prefix_length + 1;
        }
        if (strncmp(path, name, name_length) == 0 &&
            (path[name_length] == '\0' || (deeper && path[name_length] == '.')))
            return true;
    }
    return false;
}

static bool populates_all(const writer *w)
{
    const char *const *paths = w->options->populate;

    for (size_t i = 0; paths != NULL && paths[i] != NULL; i++)
        if (strcmp(paths[i], "*") == 0)
            return true;
    return false;
}

static bool is_open(const writer *w, const orm_instance *instance)
{
    for (size_t i = 0; i < w->depth; i++)
        if (w->open[i] == instance)
            return true;
    return false;
}

/* ---- Values ---- */

static orm_status write_value(writer *w, const orm_meta_property *p, const orm_instance *instance)
{
    const void *slot = orm_meta_slot_const(p, instance->self);

    if (p->hidden_slot) {
        const char *text;

        if (em_embedded_text(w->em, p, instance->self, &text) != ORM_OK)
            return w->em->error.status;
        orm_buffer_append(&w->out, text == NULL ? "null" : text);
        return ORM_OK;
    }
    if (!orm_meta_is_present(p, instance->self)) {
        orm_buffer_append(&w->out, "null");
        return ORM_OK;
    }
    if (orm_json_append_value(p->type, slot, &w->out, &w->scratch, &w->em->error) != ORM_OK)
        return orm_query_fail_property(p, &w->em->error);
    return ORM_OK;
}

/* The key: its value, or an array of its parts. What is not made yet is null. */
static orm_status write_key(writer *w, const orm_instance *instance)
{
    const orm_meta_entity *meta = instance->shape->meta;
    bool                   is_set = orm_key_is_set(meta, instance->self);
    orm_status             status = ORM_OK;

    orm_buffer_append(&w->out, meta->key_column_count > 1 ? "[" : "");
    for (size_t i = 0; i < meta->key_column_count && status == ORM_OK; i++) {
        const orm_meta_column *column = meta->columns[i];
        const void            *slot = is_set ? orm_column_slot(column, instance->self) : NULL;

        orm_buffer_append(&w->out, i > 0 ? "," : "");
        if (slot == NULL)
            orm_buffer_append(&w->out, "null");
        else
            status = orm_json_append_value(column->slot_type, slot, &w->out, &w->scratch, &w->em->error);
    }
    orm_buffer_append(&w->out, meta->key_column_count > 1 ? "]" : "");
    return status;
}

/* ---- Entities ---- */

static orm_status write_entity(writer *w, orm_instance *instance, const char *path);

/* A relation's entity: whole where it is asked for and known, else its key. */
static orm_status write_target(writer *w, orm_instance *target, const char *path, bool whole)
{
    if (whole && target->initialized && !is_open(w, target))
        return write_entity(w, target, path);
    return write_key(w, target);
}

static orm_status write_relation(writer *w, const orm_meta_property *p, orm_instance *instance, const char *path,
                                 bool whole)
{
    const orm_collection *collection;
    orm_status            status = ORM_OK;

    if (p->to_one) {
        orm_instance *target = em_instance(w->em, orm_reference_read(p, instance->self));

        if (target != NULL)
            return write_target(w, target, path, whole);
        orm_buffer_append(&w->out, "null");
        return ORM_OK;
    }
    collection = orm_instance_collection(instance, p);
    orm_buffer_append_char(&w->out, '[');
    for (size_t i = 0; i < orm_collection_count(collection) && status == ORM_OK; i++) {
        orm_buffer_append(&w->out, i > 0 ? "," : "");
        status = write_target(w, orm_instance_of(orm_collection_at(collection, i)), path, whole);
    }
    orm_buffer_append_char(&w->out, ']');
    return status;
}

/* What the object has no member for: hidden, excluded, not known, or NULL where that is left out. */
static bool is_left_out(const writer *w, const orm_meta_property *p, orm_instance *instance, const char *path)
{
    if (p->descriptor->hidden || p->json_name_at != 0 || has_path(w->options->exclude, path, p->name, false))
        return true;
    if (!p->primary && (!instance->initialized || (instance->missing != NULL && instance->missing[p->index])))
        return true;
    if (p->to_many)
        return !orm_instance_collection(instance, p)->initialized;
    return w->options->skip_null && !p->hidden_slot && !orm_meta_is_present(p, instance->self);
}

static orm_status write_property(writer *w, orm_json_object *object, const orm_meta_property *p, orm_instance *instance,
                                 const char *path)
{
    const char *inner = p->name;
    bool        whole;

    orm_json_object_name(object, p->name);
    if (p->relation == ORM_RELATION_NONE)
        return write_value(w, p, instance);
    whole = populates_all(w) || has_path(w->options->populate, path, p->name, true);
    if (path[0] != '\0')
        inner = orm_arena_printf(w->em->work, "%s.%s", path, p->name);
    return inner == NULL ? em_fail_memory(w->em) : write_relation(w, p, instance, inner, whole);
}

/* Recursive, no deeper than the paths to populate, or than there are entities: each is open but once. */
static orm_status write_entity(writer *w, orm_instance *instance, const char *path)
{
    const orm_meta_entity *meta = instance->shape->meta;
    orm_json_object        object = orm_json_object_begin(&w->out);
    orm_status             status = ORM_OK;

    if (w->depth == ORM_CONDITION_DEPTH_MAX)
        return orm_fail(&w->em->error, ORM_ERR_VALIDATION, 640,
                        "entities are nested deeper than %d in JSON: name the relations to populate",
                        ORM_CONDITION_DEPTH_MAX);
    if (!orm_arena_grow(w->em->work, &w->open, w->depth, &w->capacity, sizeof(orm_instance *)))
        return em_fail_memory(w->em);
    w->open[w->depth++] = instance;
    for (size_t i = 0; i < meta->property_count && status == ORM_OK; i++)
        if (!is_left_out(w, &meta->properties[i], instance, path))
            status = write_property(w, &object, &meta->properties[i], instance, path);
    orm_json_object_end(&object);
    w->depth--;
    return status;
}

/* ---- Public ---- */

/* Each step must be a property, and all but the last a relation. */
static orm_status check_excluded(orm_em *em, const orm_meta_entity *meta, const char *path)
{
    for (const char *rest = path;;) {
        const orm_meta_property *whole = orm_meta_property_named(meta, rest);
        size_t                   length = strcspn(rest, ".");
        char                    *step = whole != NULL ? NULL : orm_arena_strndup(em->work, rest, length);
        const orm_meta_property *p;

        if (whole != NULL)
            return ORM_OK;
        if (step == NULL)
            return em_fail_memory(em);
        p = orm_meta_property_named(meta, step);
        if (p == NULL || rest[length] == '\0' || p->relation == ORM_RELATION_NONE) {
            em_unknown_property(em, meta, rest);
            orm_fail_detail(&em->error, "in the path \"%s\" to exclude", path);
            return em->error.status;
        }
        meta = p->target;
        rest += length + 1;
    }
}

static orm_status check_paths(orm_em *em, const orm_meta_entity *meta, const orm_json_options *options)
{
    orm_status status = ORM_OK;

    for (size_t i = 0; options->populate != NULL && options->populate[i] != NULL && status == ORM_OK; i++)
        if (strcmp(options->populate[i], "*") != 0)
            status = em_check_paths(em, meta, (const char *const[]){ options->populate[i], NULL });
    for (size_t i = 0; options->exclude != NULL && options->exclude[i] != NULL && status == ORM_OK; i++)
        status = check_excluded(em, meta, options->exclude[i]);
    return status;
}

static orm_status finish(writer *w, orm_status status, const char **out)
{
    if (status == ORM_OK && !w->out.broken)
        *out = orm_arena_strndup(w->em->arena, w->out.data, w->out.length);
    if (status == ORM_OK && *out == NULL)
        status = em_fail_memory(w->em);
    orm_buffer_free(&w->out);
    orm_buffer_free(&w->scratch);
    return em_leave(w->em, status);
}

static writer begin(orm_em *em, const orm_json_options *options)
{
    static const orm_json_options defaults = { .skip_null = false };
    writer                        w = { .em = em, .options = options != NULL ? options : &defaults };

    orm_buffer_init(&w.out, &em->o->allocator, 0);
    orm_buffer_init(&w.scratch, &em->o->allocator, 0);
    return w;
}

orm_status orm_to_json(orm_em *em, const void *entity, const orm_json_options *options, const char **out)
{
    orm_instance *instance;
    orm_status    status;
    writer        w;

    if (out != NULL)
        *out = NULL;
    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    if (out == NULL)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 641, "orm_to_json() needs a place for the text");
    instance = em_require(em, entity);
    if (instance == NULL)
        return em->error.status;
    w = begin(em, options);
    status = check_paths(em, instance->shape->meta, w.options);
    if (status == ORM_OK)
        status = write_entity(&w, instance, "");
    return finish(&w, status, out);
}

orm_status orm_list_to_json(orm_em *em, const orm_list *list, const orm_json_options *options, const char **out)
{
    orm_status status = ORM_OK;
    writer     w;

    if (out != NULL)
        *out = NULL;
    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    if (out == NULL || list == NULL || (list->items == NULL && list->count > 0))
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 642, "orm_list_to_json() needs a list and a place for the text");
    w = begin(em, options);
    orm_buffer_append_char(&w.out, '[');
    for (size_t i = 0; i < list->count && status == ORM_OK; i++) {
        orm_instance *instance = em_require(em, list->items[i]);

        orm_buffer_append(&w.out, i > 0 ? "," : "");
        status = instance == NULL ? em->error.status : check_paths(em, instance->shape->meta, w.options);
        if (status == ORM_OK && instance != NULL)
            status = write_entity(&w, instance, "");
    }
    orm_buffer_append_char(&w.out, ']');
    return finish(&w, status, out);
}
