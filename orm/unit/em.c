#include <stdarg.h>
#include <string.h>

#include <orm/control.h>

#include "unit/em_private.h"
#include "unit/filter.h"

/* The analyzer's view of them. */
#undef em_unknown_property
#undef em_fail_property

/* ---- Life ---- */

static void link_manager(orm_em *em)
{
    pthread_mutex_lock(&em->o->lock);
    em->next = em->o->managers;
    if (em->next != NULL)
        em->next->previous = em;
    em->o->managers = em;
    pthread_mutex_unlock(&em->o->lock);
}

static void unlink_manager(orm_em *em)
{
    pthread_mutex_lock(&em->o->lock);
    if (em->previous != NULL)
        em->previous->next = em->next;
    else if (em->o->managers == em)
        em->o->managers = em->next;
    if (em->next != NULL)
        em->next->previous = em->previous;
    pthread_mutex_unlock(&em->o->lock);
}

static void free_manager(orm_em *em)
{
    const orm_allocator *allocator = &em->o->allocator;

    orm_interrupt_destroy(&em->own_interrupt);
    em_free_filter_settings(em);
    orm_map_free(&em->known);
    orm_map_free(&em->pairs.by_key);
    orm_identity_map_free(&em->identity);
    orm_arena_free(em->arena);
    orm_arena_free(em->work);
    orm_arena_free(em->undo_arena);
    if (em->levels != NULL)
        allocator->release(allocator->context, em->levels);
    if (em->subscribers != NULL)
        allocator->release(allocator->context, em->subscribers);
    if (em->queued != NULL)
        allocator->release(allocator->context, em->queued);
    if (em->label != NULL)
        allocator->release(allocator->context, em->label);
    allocator->release(allocator->context, em);
}

orm_em *orm_fork(orm *o, orm_error *error)
{
    orm_em *em;

    if (o == NULL) {
        orm_fail(error, ORM_ERR_ARGUMENT, 503, "orm_fork() needs an orm");
        return NULL;
    }
    em = o->allocator.alloc(o->allocator.context, sizeof *em);
    if (em == NULL) {
        orm_fail_memory(error);
        return NULL;
    }
    memset(em, 0, sizeof *em);
    em->o = o;
    if (orm_interrupt_init(&em->own_interrupt, error) != ORM_OK) {
        o->allocator.release(o->allocator.context, em);
        return NULL;
    }
    em->interrupt = &em->own_interrupt;
    em->attempt = 1;
    em->flush_mode = ORM_FLUSH_AUTO;
    em->queued = o->allocator.alloc(o->allocator.context, (o->meta->entity_count + 1) * sizeof *em->queued);
    em->arena = orm_arena_new(NULL, &o->allocator, "entities");
    em->work = orm_arena_new(NULL, &o->allocator, "call");
    em->undo_arena = orm_arena_new(NULL, &o->allocator, "undo");
    orm_map_init(&em->known, &o->allocator);
    orm_map_init(&em->pairs.by_key, &o->allocator);
    orm_identity_map_init(&em->identity, &o->allocator);
    if (em->queued == NULL || em->arena == NULL || em->work == NULL || em->undo_arena == NULL) {
        free_manager(em);
        orm_fail_memory(error);
        return NULL;
    }
    em_unqueue_all(em);
    link_manager(em);
    return em;
}

orm_em *em_fork_like(orm_em *em)
{
    orm_em *other = orm_fork(em->o, &em->error);

    if (other == NULL)
        return NULL;
    other->flush_mode = em->flush_mode;
    other->interrupt = em->interrupt;
    if (em->label != NULL && orm_set_label(other, em->label) != ORM_OK) {
        em->error = other->error;
        orm_em_close(other);
        return NULL;
    }
    if (em_share_subscribers(other, em) != ORM_OK || em_share_filter_settings(other, em) != ORM_OK) {
        em->error = other->error;
        orm_em_close(other);
        return NULL;
    }
    return other;
}

void orm_em_close(orm_em *em)
{
    if (em == NULL)
        return;
    unlink_manager(em);
    em_free_rows(em);
    if (em->connection != NULL)
        orm_pool_release(em->o->pool, em->connection);
    free_manager(em);
}

orm *orm_em_orm(const orm_em *em)
{
    return em == NULL ? NULL : em->o;
}

const orm_error *orm_em_error(const orm_em *em)
{
    static const orm_error no_manager = { .status = ORM_ERR_ARGUMENT,
                                          .number = 504,
                                          .message = "the entity manager is NULL" };

    return em == NULL ? &no_manager : &em->error;
}

void em_forget_all(orm_em *em)
{
    /* An open transaction stays open, but there is nothing left that a rollback could restore. */
    em->undo = (orm_undo_log){ .count = 0 };
    for (size_t i = 0; i < em->level_count; i++)
        em->levels[i].mark = 0;
    em_unqueue_all(em);
    orm_arena_reset(em->undo_arena);
    orm_map_clear(&em->known);
    orm_map_clear(&em->pairs.by_key);
    em->pairs = (orm_pair_log){ .by_key = em->pairs.by_key };
    orm_identity_map_clear(&em->identity);
    em->first = em->last = NULL;
    orm_arena_reset(em->arena);
}

orm_status orm_clear(orm_em *em)
{
    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    if (em_refuse_in_event(em, "be cleared") != ORM_OK)
        return em->error.status;
    em_free_rows(em);
    em_forget_all(em);
    return em_leave(em, ORM_OK);
}

/* ---- Entry and exit ---- */

bool em_enter(orm_em *em)
{
    if (em == NULL)
        return false;
    if (em->error.status != ORM_OK)
        orm_error_clear(&em->error);
    /* What was requested in a transaction is meant for all of it, also between its calls. */
    if (em->level_count == 0 && em->interrupt == &em->own_interrupt)
        orm_interrupt_clear(em->interrupt);
    return true;
}

orm_status em_leave(orm_em *em, orm_status status)
{
    /* The call that tells the event still needs both. */
    if (em->in_event > 0)
        return status;
    if (em->connection != NULL && em_depth(em) == 0) {
        orm_pool_release(em->o->pool, em->connection);
        em->connection = NULL;
    }
    em_forget_loaded(em);
    orm_arena_reset(em->work);
    return status;
}

orm_status em_fail_property(orm_em *em, const orm_meta_property *property, int number, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    orm_vfail(&em->error, ORM_ERR_VALIDATION, number, format, args);
    va_end(args);
    return orm_query_fail_property(property, &em->error);
}

orm_status em_unknown_property(orm_em *em, const orm_meta_entity *meta, const char *name)
{
    if (orm_meta_unknown_property(meta, name, &em->error) != ORM_ERR_MEMORY)
        em->error.status = ORM_ERR_VALIDATION;
    return em->error.status;
}

/* ---- Entities ---- */

const orm_shape *em_shape_of(const orm_em *em, const orm_meta_entity *meta)
{
    return em->o->shapes[meta->index];
}

const orm_shape *em_shape(orm_em *em, const orm_entity *entity)
{
    const orm_meta_entity *meta = entity == NULL ? NULL : orm_meta_find(em->o->meta, entity);

    if (meta != NULL)
        return em_shape_of(em, meta);
    if (entity == NULL)
        orm_fail(&em->error, ORM_ERR_ARGUMENT, 505, "the entity's descriptor is NULL");
    else
        orm_fail(&em->error, ORM_ERR_ARGUMENT, 506, "entity %s is not among those that the orm was opened with",
                 entity->name != NULL ? entity->name : "without a name");
    return NULL;
}

orm_instance *em_instance(const orm_em *em, const void *entity)
{
    return entity == NULL ? NULL : orm_map_get(&em->known, &entity, sizeof entity);
}

orm_instance *em_require(orm_em *em, const void *entity)
{
    orm_instance *instance = em_instance(em, entity);

    if (instance == NULL && entity == NULL)
        orm_fail(&em->error, ORM_ERR_ARGUMENT, 507, "the entity is NULL");
    else if (instance == NULL)
        orm_fail(&em->error, ORM_ERR_ARGUMENT, 508,
                 "the pointer is not an entity of this entity manager: make entities with orm_create()");
    return instance;
}

orm_status em_register(orm_em *em, orm_instance *instance)
{
    if (!orm_map_put(&em->known, &instance->self, sizeof instance->self, instance))
        return em_fail_memory(em);
    if (em->last == NULL)
        em->first = instance;
    else
        em->last->next = instance;
    em->last = instance;
    return ORM_OK;
}

orm_instance *em_lookup(const orm_em *em, const orm_meta_entity *meta, const void *const *slots)
{
    orm_instance *instance = em_lookup_any(em, meta, slots);

    return instance == NULL || !orm_meta_is_a(instance->shape->meta, meta) ? NULL : instance;
}

orm_instance *em_lookup_any(const orm_em *em, const orm_meta_entity *meta, const void *const *slots)
{
    orm_instance *instance = orm_identity_map_get(&em->identity, meta, slots);

    return instance == NULL || instance->state == ORM_INSTANCE_DELETED ? NULL : instance;
}

orm_status em_take_as(orm_em *em, orm_instance *instance, const orm_meta_entity *meta)
{
    const orm_meta_entity *own = instance->shape->meta;

    if (orm_meta_is_a(own, meta))
        return ORM_OK;
    if (!instance->initialized && orm_meta_is_a(meta, own)) {
        orm_instance_become(instance, em_shape_of(em, meta));
        return ORM_OK;
    }
    orm_fail(&em->error, ORM_ERR_VALIDATION, 748, "what is needed is a %s, and the entity of this key is a %s", meta->name,
             own->name);
    orm_fail_where(&em->error, meta->name, NULL);
    return em->error.status;
}

void em_note_change(orm_instance *instance)
{
    instance->em->departures++;
    em_queue(instance->em, instance->shape->meta);
}

/* Gives a stub its key. Recursive where the key refers to others, which discovery has bounded. */
static orm_status set_key(orm_em *em, orm_instance *instance, const void *const *slots)
{
    const orm_meta_entity *meta = instance->shape->meta;
    size_t                 at = 0;

    for (size_t i = 0; i < meta->key_count; i++) {
        const orm_meta_property *key = meta->keys[i];

        if (key->to_one) {
            orm_instance *target = em_reference(em, key->target, slots + at);

            if (target == NULL)
                return em->error.status;
            orm_reference_write(key, instance->self, target->self);
        } else {
            if (!orm_type_copy_deep(key->type, em->arena, orm_meta_slot(key, instance->self), slots[at]))
                return em_fail_memory(em);
            orm_meta_set_present(key, instance->self, true);
        }
        orm_property_copy(key, instance->snapshot, instance->self);
        at += key->column_count;
    }
    return ORM_OK;
}

orm_instance *em_reference(orm_em *em, const orm_meta_entity *meta, const void *const *slots)
{
    orm_instance *instance = em_lookup_any(em, meta, slots);
    orm_instance *displaced;

    if (instance != NULL)
        return em_take_as(em, instance, meta) == ORM_OK ? instance : NULL;
    instance = orm_instance_new(em->arena, em, em_shape_of(em, meta));
    if (instance == NULL) {
        em_fail_memory(em);
        return NULL;
    }
    if (set_key(em, instance, slots) != ORM_OK)
        return NULL;
    instance->state = ORM_INSTANCE_MANAGED;
    if (em_register(em, instance) != ORM_OK)
        return NULL;
    if (!orm_identity_map_put(&em->identity, em->arena, instance, &displaced)) {
        /* Known, but of no key and with nothing to write: as good as not there. */
        instance->state = ORM_INSTANCE_FORGOTTEN;
        em_fail_memory(em);
        return NULL;
    }
    return instance;
}

/* ---- The connection ---- */

orm_status em_connect(orm_em *em)
{
    orm_status status;

    /* Whoever asks for the connection, in a hook of a flush for example, wants it free. */
    if (em->connection != NULL)
        return em_settle(em);
    status = orm_pool_acquire_for(em->o->pool, em->interrupt, &em->connection, &em->error);
    if (status == ORM_OK)
        orm_connection_set_label(em->connection, em->label);
    return status;
}

size_t em_depth(const orm_em *em)
{
    return em->connection == NULL ? 0 : orm_connection_depth(em->connection);
}

void em_sync(orm_em *em)
{
    size_t depth;

    if (em->error.status == ORM_ERR_SERIALIZATION || em->error.status == ORM_ERR_DEADLOCK)
        em->conflict = em->error.status;
    if (em->connection != NULL && !orm_connection_is_usable(em->connection)) {
        orm_pool_release(em->o->pool, em->connection);
        em->connection = NULL;
    }
    depth = em_depth(em);
    while (em->level_count > depth)
        em_drop_level(em);
}

orm_status em_run(orm_em *em, orm_statement *statement, orm_result **out)
{
    orm_status status;

    if (em->pipeline != NULL)
        return em_run_behind(em, statement, out);
    status = orm_connection_run(em->connection, statement, out, &em->error);
    orm_statement_free(statement);
    if (status != ORM_OK)
        em_sync(em);
    return status;
}

/* ---- Small public questions ---- */

const char *orm_strdup(orm_em *em, const char *text)
{
    const char *copy;

    if (!em_enter(em) || text == NULL)
        return NULL;
    copy = orm_arena_strdup(em->arena, text);
    if (copy == NULL)
        em_fail_memory(em);
    return copy;
}

const orm_entity *orm_entity_of(orm_em *em, const void *entity)
{
    const orm_instance *instance = em_enter(em) ? em_instance(em, entity) : NULL;

    return instance == NULL ? NULL : instance->shape->meta->descriptor;
}

bool orm_is_initialized(const orm_em *em, const void *entity)
{
    const orm_instance *instance = em == NULL ? NULL : em_instance(em, entity);

    return instance != NULL && instance->initialized;
}

void *orm_list_at(const orm_list *list, size_t index)
{
    return list == NULL || index >= list->count ? NULL : list->items[index];
}
