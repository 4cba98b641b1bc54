/* Setting properties by name: of an entity, and of those that it refers to. */
#include <string.h>

#include "unit/cascade.h"
#include "unit/collection_private.h"
#include "unit/em_private.h"

/* An entity that one call changes, and what it was before, so that a failure leaves all of them as they were. */
typedef struct touched {
    struct touched *next;
    orm_instance   *instance;
    void           *before;
} touched;

static orm_status touch(orm_em *em, touched **list, orm_instance *instance)
{
    touched *t;

    while (*list != NULL) {
        if ((*list)->instance == instance)
            return ORM_OK;
        list = &(*list)->next;
    }
    t = orm_arena_zalloc(em->work, sizeof *t);
    if (t == NULL)
        return em_fail_memory(em);
    t->instance = instance;
    t->before = orm_arena_memdup(em->work, instance->self, instance->shape->meta->size);
    if (t->before == NULL)
        return em_fail_memory(em);
    *list = t;
    return ORM_OK;
}

static bool is_path(const orm_instance *instance, const char *name)
{
    return name != NULL && strchr(name, '.') != NULL && orm_meta_property_named(instance->shape->meta, name) == NULL;
}

/* "author.boss.name": the entity that has the last one, and that property. */
static orm_status follow_path(orm_em *em, const char *path, orm_instance **instance, const orm_meta_property **out)
{
    char step[ORM_STEP_SIZE];

    for (;;) {
        const orm_meta_entity *meta = (*instance)->shape->meta;
        const char            *rest = path;

        *out = orm_next_step(meta, &path, step) ? orm_meta_property_named(meta, step) : NULL;
        if (*out == NULL)
            return em_unknown_property(em, meta, rest);
        if (*path == '\0')
            return (*out)->to_many ? em_fail_property(em, *out, 710, "a path cannot end in a collection: assign it to its owner")
                                   : ORM_OK;
        if (!(*out)->to_one)
            return em_fail_property(em, *out, 711, "a path goes on behind it, and it is no to-one reference");
        if (em_check_reference(em, *out, (*instance)->self) != ORM_OK)
            return em->error.status;
        *instance = em_instance(em, orm_reference_read(*out, (*instance)->self));
        if (*instance == NULL)
            return em_fail_property(em, *out, 712, "it is NULL: assign an entity to it before what is behind it");
    }
}

static orm_status write_path(orm_em *em, touched **list, orm_instance *root, const orm_assignment *value)
{
    const orm_meta_property *property;
    orm_instance            *instance = root;
    orm_status               status = follow_path(em, value->property, &instance, &property);

    if (status == ORM_OK)
        status = touch(em, list, instance);
    return status == ORM_OK ? em_assign(em, property, instance, &value->value) : status;
}

/* The key of a row is its name: what refers to it would point nowhere. */
static orm_status check_key(orm_em *em, const orm_instance *instance)
{
    const orm_meta_entity *meta = instance->shape->meta;

    for (size_t i = 0; i < meta->key_count && instance->key.size != 0; i++)
        if (orm_instance_is_dirty(instance, meta->keys[i]))
            return em_fail_property(em, meta->keys[i], 540, "the key of a saved entity cannot be changed");
    return ORM_OK;
}

/* The entity's own properties come first: a path may lead through a reference that was assigned with it. */
static orm_status write_all(orm_em *em, touched **list, orm_instance *instance, const orm_assignment *values, size_t count)
{
    orm_assignment *own = orm_arena_calloc(em->work, count, sizeof *own);
    size_t          own_count = 0;
    orm_status      status = own == NULL ? em_fail_memory(em) : touch(em, list, instance);

    for (size_t i = 0; own != NULL && i < count; i++)
        if (!is_path(instance, values[i].property))
            own[own_count++] = values[i];
    if (status == ORM_OK)
        status = em_write_values(em, instance, own, own_count);
    for (size_t i = 0; i < count && status == ORM_OK; i++)
        if (is_path(instance, values[i].property))
            status = write_path(em, list, instance, &values[i]);
    for (const touched *t = *list; t != NULL && status == ORM_OK; t = t->next)
        status = check_key(em, t->instance);
    return status == ORM_OK ? em_write_collections_of(em, instance, own, own_count) : status;
}

static bool is_followed(const orm_instance *instance)
{
    return instance->orphan ||
           (instance->state != ORM_INSTANCE_REMOVED && instance->state != ORM_INSTANCE_DELETED);
}

orm_status orm_assign(orm_em *em, void *entity, const orm_assignment *values, size_t count)
{
    touched      *list = NULL;
    orm_instance *instance;
    orm_status    status;

    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    instance = em_require(em, entity);
    if (instance == NULL)
        return em->error.status;
    if (values == NULL && count > 0)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 541, "orm_assign() got %zu values, and no list", count);
    status = write_all(em, &list, instance, values, count);
    for (const touched *t = list; t != NULL && status != ORM_OK; t = t->next)
        memcpy(t->instance->self, t->before, t->instance->shape->meta->size);
    for (const touched *t = list; t != NULL && status == ORM_OK; t = t->next)
        if (is_followed(t->instance))
            status = em_follow_members(em, t->instance);
    return em_leave(em, status);
}

orm_status orm_set(orm_em *em, void *entity, const char *property, const orm_value *value)
{
    orm_assignment assignment = { .property = property };

    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    if (value == NULL)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 542, "orm_set() needs a value: use orm_null() for NULL");
    assignment.value = *value;
    return orm_assign(em, entity, &assignment, 1);
}
