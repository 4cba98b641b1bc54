#include "unit/embedded.h"

#include <string.h>

#include "types/json.h"
#include "unit/em_private.h"

/* ---- Members and lists in a struct ---- */

static const orm_meta_property *members_of(const orm_meta_property *object)
{
    return &object->entity->properties[object->index + 1];
}

static orm_embedded_list *list_in(const orm_meta_property *p, void *self)
{
    return (orm_embedded_list *)(void *)((char *)self + p->list_offset);
}

static const orm_embedded_list *list_in_const(const orm_meta_property *p, const void *self)
{
    return (const orm_embedded_list *)(const void *)((const char *)self + p->list_offset);
}

/* The copy of the items' bytes as they were when they were last ours. */
static void **shadow_in(const orm_meta_property *p, void *self)
{
    return (void **)(void *)((char *)self + p->shadow_offset);
}

void orm_embedded_copy(const orm_meta_property *property, void *to, const void *from)
{
    for (size_t i = 0; i < property->member_count; i++)
        orm_property_copy(&members_of(property)[i], to, from);
    if (property->items != NULL) {
        *list_in(property, to) = *list_in_const(property, from);
        memcpy((char *)to + property->shadow_offset, (const char *)from + property->shadow_offset, sizeof(void *));
    }
}

/* A number in a struct is always there and says nothing. */
static bool can_be_absent(const orm_meta_property *member)
{
    return orm_type_info_of(member->type)->by_pointer || member->presence.offset_plus_one != 0;
}

static bool any_present(const orm_meta_property *members, size_t count, const void *self)
{
    for (size_t i = 0; i < count; i++)
        if (can_be_absent(&members[i]) && orm_meta_is_present(&members[i], self))
            return true;
    return false;
}

/* ---- Writing ---- */

typedef struct writer {
    orm_em    *em;
    orm_buffer out;
    orm_buffer scratch;
} writer;

static orm_status fail_required(orm_em *em, const orm_meta_property *list, size_t index,
                                const orm_meta_property *member)
{
    if (list == NULL)
        orm_fail(&em->error, ORM_ERR_VALIDATION, 570, "Value for %s.%s is required", member->entity->name,
                 member->name);
    else
        orm_fail(&em->error, ORM_ERR_VALIDATION, 570, "Value for %s.%s[%zu].%s is required", list->entity->name,
                 list->name, index, member->name);
    orm_fail_where(&em->error, list == NULL ? member->entity->name : list->entity->name,
                   list == NULL ? member->name : list->name);
    return em->error.status;
}

/* One object of members that stand together. `list` and `index` are for messages; `checked` refuses what is not whole. */
static orm_status write_object(writer *w, const orm_meta_property *members, size_t count, size_t name_at,
                               const void *self, const orm_meta_property *list, size_t index, bool checked)
{
    orm_json_object object = orm_json_object_begin(&w->out);
    orm_status      status = ORM_OK;

    for (size_t i = 0; i < count && status == ORM_OK; i++) {
        const orm_meta_property *m = &members[i];
        const void              *slot = orm_meta_slot_const(m, self);
        bool                     present = orm_meta_is_present(m, self);

        if (checked && !present && !m->nullable)
            return fail_required(w->em, list, index, m);
        orm_json_object_name(&object, m->name + name_at);
        if (!present) {
            orm_buffer_append(&w->out, "null");
            continue;
        }
        if (checked)
            status = orm_type_check(m->type, slot, &w->em->error);
        if (status == ORM_OK)
            status = orm_json_append_value(m->type, slot, &w->out, &w->scratch, &w->em->error);
        if (status != ORM_OK)
            return orm_query_fail_property(list != NULL ? list : m, &w->em->error);
    }
    orm_json_object_end(&object);
    return ORM_OK;
}

static orm_status write_list(writer *w, const orm_meta_property *p, const orm_embedded_list *list, bool checked)
{
    orm_status status = ORM_OK;

    orm_buffer_append_char(&w->out, '[');
    for (size_t i = 0; i < list->count && status == ORM_OK; i++) {
        if (i > 0)
            orm_buffer_append_char(&w->out, ',');
        status = write_object(w, p->items->properties, p->items->property_count, 0,
                              (const char *)list->items + i * p->items->size, p, i, checked);
    }
    orm_buffer_append_char(&w->out, ']');
    return status;
}

/* *is_null: there is nothing, and nothing was written. */
static orm_status write_json(writer *w, const orm_meta_property *p, const void *self, bool checked, bool *is_null)
{
    const orm_embedded_list *list = p->items == NULL ? NULL : list_in_const(p, self);
    orm_status               status;

    orm_buffer_truncate(&w->out, 0);
    *is_null = list != NULL ? list->items == NULL
                            : (p->nullable || p->has_default) && !any_present(members_of(p), p->member_count, self);
    if (*is_null)
        return ORM_OK;
    status = list != NULL
                 ? write_list(w, p, list, checked)
                 : write_object(w, members_of(p), p->member_count, members_of(p)->json_name_at, self, NULL, 0, checked);
    return status == ORM_OK && w->out.broken ? em_fail_memory(w->em) : status;
}

static void begin(writer *w, orm_em *em)
{
    w->em = em;
    orm_buffer_init(&w->out, &em->o->allocator, 0);
    orm_buffer_init(&w->scratch, &em->o->allocator, 0);
}

static void end(writer *w)
{
    orm_buffer_free(&w->out);
    orm_buffer_free(&w->scratch);
}

orm_status em_embedded_text(orm_em *em, const orm_meta_property *property, const void *self, const char **out)
{
    writer     w;
    bool       is_null = true;
    orm_status status;

    *out = NULL;
    begin(&w, em);
    status = write_json(&w, property, self, false, &is_null);
    if (status == ORM_OK && !is_null) {
        *out = orm_arena_strndup(em->arena, w.out.data, w.out.length);
        if (*out == NULL)
            status = em_fail_memory(em);
    }
    end(&w);
    return status;
}

/* ---- Reading ---- */

typedef struct reader {
    orm_em                  *em;
    const orm_meta_property *property; /* the object or list, for messages */
    const orm_meta_property *members;
    size_t                   count;
    size_t                   name_at;
    void                    *self;
} reader;

static orm_status fail_json(const reader *r)
{
    return orm_query_fail_property(r->property, &r->em->error);
}

/* The member at a path, or NULL; *inside tells that the path leads to members further in. */
static const orm_meta_property *find_member(const reader *r, const char *path, size_t length, bool *inside)
{
    *inside = false;
    for (size_t i = 0; i < r->count; i++) {
        const char *name = r->members[i].name + r->name_at;

        if (strncmp(name, path, length) != 0)
            continue;
        if (name[length] == '\0')
            return &r->members[i];
        *inside = *inside || name[length] == '.';
    }
    return NULL;
}

static orm_status read_member(const reader *r, const orm_meta_property *m, const orm_json *value)
{
    if (orm_json_kind(value) == 'n') {
        /* A number that cannot be absent: somebody else wrote this JSON. */
        if (!can_be_absent(m)) {
            orm_fail(&r->em->error, ORM_ERR_CONVERSION, 550, "the database holds NULL in JSON, and %s is not nullable",
                     m->name);
            return fail_json(r);
        }
        orm_meta_set_present(m, r->self, false);
        return ORM_OK;
    }
    if (orm_json_read_value(value, m->type, r->em->arena, orm_meta_slot(m, r->self), &r->em->error) != ORM_OK)
        return fail_json(r);
    orm_meta_set_present(m, r->self, true);
    return ORM_OK;
}

/* Recursive, as deep as embeddables are nested: discovery has bounded that. */
static orm_status read_object(const reader *r, const orm_json *object, const char *path)
{
    orm_json_walk walk = orm_json_begin(object);
    orm_json      key;
    orm_json      value;

    while (orm_json_next(&walk, &key, &value)) {
        size_t                   size = 0;
        const char              *name = orm_json_text(&key, r->em->work, &size);
        const char              *full = name;
        const orm_meta_property *member;
        bool                     inside;
        orm_status               status = ORM_OK;

        if (name == NULL || memchr(name, '.', size) != NULL)
            continue;
        if (path[0] != '\0')
            full = orm_arena_printf(r->em->work, "%s.%s", path, name);
        if (full == NULL)
            return em_fail_memory(r->em);
        member = find_member(r, full, strlen(full), &inside);
        if (member != NULL)
            status = read_member(r, member, &value);
        else if (inside && orm_json_kind(&value) == '{')
            status = read_object(r, &value, full);
        if (status != ORM_OK)
            return status;
    }
    return ORM_OK;
}

static orm_status wrong_kind(const reader *r, const char *wanted)
{
    orm_fail(&r->em->error, ORM_ERR_CONVERSION, 552, "the JSON in the database is no %s", wanted);
    return fail_json(r);
}

static orm_status read_items(reader *r, const orm_json *array, orm_embedded_list *out)
{
    size_t        size = r->property->items->size;
    orm_json_walk walk = orm_json_begin(array);
    orm_json      value;
    size_t        count = 0;

    while (orm_json_next(&walk, NULL, &value))
        count++;
    *out = (orm_embedded_list){ .items = orm_arena_zalloc(r->em->arena, count * size + 1) };
    if (out->items == NULL)
        return em_fail_memory(r->em);
    walk = orm_json_begin(array);
    while (orm_json_next(&walk, NULL, &value)) {
        orm_status status;

        r->self = (char *)out->items + out->count++ * size;
        if (orm_json_kind(&value) != '{')
            return wrong_kind(r, "array of objects");
        status = read_object(r, &value, "");
        if (status != ORM_OK)
            return status;
    }
    return ORM_OK;
}

static orm_status keep_shadow(orm_em *em, const orm_meta_property *p, void *self)
{
    const orm_embedded_list *list = list_in(p, self);
    void                    *copy = NULL;

    if (list->items != NULL) {
        copy = orm_arena_memdup(em->arena, list->items, list->count * p->items->size);
        if (copy == NULL)
            return em_fail_memory(em);
    }
    *shadow_in(p, self) = copy;
    return ORM_OK;
}

static orm_status spread(orm_em *em, const orm_meta_property *p, const char *text, void *self)
{
    bool     is_list = p->items != NULL;
    reader   r = { .em = em, .property = p, .self = self };
    orm_json json;

    r.members = is_list ? p->items->properties : members_of(p);
    r.count = is_list ? p->items->property_count : p->member_count;
    r.name_at = is_list ? 0 : r.members->json_name_at;
    for (size_t i = 0; i < r.count && !is_list; i++) {
        memset(orm_meta_slot(&r.members[i], self), 0, orm_type_info_of(r.members[i].type)->size);
        orm_meta_set_present(&r.members[i], self, false);
    }
    if (is_list)
        *list_in(p, self) = (orm_embedded_list){ .items = NULL };
    if (text != NULL && orm_json_open(text, strlen(text), &json, &em->error) != ORM_OK)
        return fail_json(&r);
    /* JSON null counts as nothing, like SQL NULL. */
    if (text != NULL && orm_json_kind(&json) != 'n') {
        orm_status status;

        if (orm_json_kind(&json) != (is_list ? '[' : '{'))
            return wrong_kind(&r, is_list ? "array" : "object");
        status = is_list ? read_items(&r, &json, list_in(p, self)) : read_object(&r, &json, "");
        if (status != ORM_OK)
            return status;
    }
    return is_list ? keep_shadow(em, p, self) : ORM_OK;
}

orm_status em_spread_embedded(orm_em *em, const orm_meta_property *property, void *self)
{
    const char *text = *(const char *const *)orm_meta_slot_const(property, self);
    orm_status  status = spread(em, property, text, self);

    /* The server writes the same JSON in other words; ours are the ones to compare with. */
    if (status == ORM_OK)
        status = em_embedded_text(em, property, self, (const char **)orm_meta_slot(property, self));
    return status;
}

orm_status em_embedded_adopt(orm_em *em, const orm_meta_property *property, void *self, const void *values)
{
    orm_status status;

    if (property->items == NULL)
        return ORM_OK;
    *list_in(property, self) = *list_in_const(property, values);
    status = em_embedded_text(em, property, self, (const char **)orm_meta_slot(property, self));
    return status == ORM_OK ? spread(em, property, *(const char **)orm_meta_slot(property, self), self) : status;
}

/* ---- Before a flush ---- */

bool orm_embedded_is_touched(const orm_meta_property *p, const orm_instance *instance)
{
    if (p->items != NULL) {
        const orm_embedded_list *now = list_in_const(p, instance->self);
        const orm_embedded_list *then = list_in_const(p, instance->snapshot);
        const void              *shadow = *shadow_in(p, instance->self);

        if (now->items != then->items || now->count != then->count)
            return true;
        return now->items != NULL && (shadow == NULL || memcmp(now->items, shadow, now->count * p->items->size) != 0);
    }
    for (size_t i = 0; i < p->member_count; i++) {
        const orm_meta_property *m = &members_of(p)[i];

        if (orm_meta_is_present(m, instance->self) != orm_meta_is_present(m, instance->snapshot) ||
            memcmp(orm_meta_slot_const(m, instance->self), orm_meta_slot_const(m, instance->snapshot),
                   orm_type_info_of(m->type)->size) != 0)
            return true;
    }
    return false;
}

/* An array in it may have been edited in place, where a look at the bytes does not see it. */
static bool has_arrays(const orm_meta_property *p)
{
    const orm_meta_property *members = p->items != NULL ? p->items->properties : members_of(p);
    size_t                   count = p->items != NULL ? p->items->property_count : p->member_count;

    for (size_t i = 0; i < count; i++)
        if (members[i].type == ORM_TYPE_TEXT_ARRAY || members[i].type == ORM_TYPE_INTEGER_ARRAY)
            return true;
    return false;
}

static orm_status compose(writer *w, const orm_meta_property *p, orm_instance *instance)
{
    orm_em      *em = w->em;
    const char **text = (const char **)orm_meta_slot(p, instance->self);
    bool         is_null = true;
    bool         same;
    bool         touched = orm_embedded_is_touched(p, instance);
    orm_status   status;

    /* Most are as they were loaded; and of a stub only what was set is known. */
    if (instance->state == ORM_INSTANCE_MANAGED && !touched && (!instance->initialized || !has_arrays(p)))
        return ORM_OK;
    status = write_json(w, p, instance->self, true, &is_null);
    if (status != ORM_OK)
        return status;
    if (is_null)
        same = *text == NULL;
    else
        same = *text != NULL && strlen(*text) == w->out.length && memcmp(*text, w->out.data, w->out.length) == 0;
    if (!same)
        *text = is_null ? NULL : orm_arena_strndup(em->arena, w->out.data, w->out.length);
    if (!is_null && *text == NULL)
        return em_fail_memory(em);
    return same && !touched ? ORM_OK : spread(em, p, *text, instance->self);
}

orm_status em_compose_embedded(orm_em *em, orm_instance *instance)
{
    const orm_shape *shape = instance->shape;
    orm_status       status = ORM_OK;
    writer           w;

    if (shape->embedded_count == 0)
        return ORM_OK;
    begin(&w, em);
    for (size_t i = 0; i < shape->embedded_count && status == ORM_OK; i++)
        status = compose(&w, shape->embedded[i], instance);
    end(&w);
    return status;
}
