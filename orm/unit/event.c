#include "unit/event.h"

#include "unit/em_private.h"

const char *orm_event_name(orm_event_kind kind)
{
    static const char *const names[] = {
        [ORM_EVENT_INIT] = "onInit",
        [ORM_EVENT_LOAD] = "onLoad",
        [ORM_EVENT_BEFORE_CREATE] = "beforeCreate",
        [ORM_EVENT_AFTER_CREATE] = "afterCreate",
        [ORM_EVENT_BEFORE_UPDATE] = "beforeUpdate",
        [ORM_EVENT_AFTER_UPDATE] = "afterUpdate",
        [ORM_EVENT_BEFORE_DELETE] = "beforeDelete",
        [ORM_EVENT_AFTER_DELETE] = "afterDelete",
        [ORM_EVENT_BEFORE_UPSERT] = "beforeUpsert",
        [ORM_EVENT_AFTER_UPSERT] = "afterUpsert",
        [ORM_EVENT_BEFORE_FLUSH] = "beforeFlush",
        [ORM_EVENT_ON_FLUSH] = "onFlush",
        [ORM_EVENT_AFTER_FLUSH] = "afterFlush",
        [ORM_EVENT_BEFORE_TRANSACTION_START] = "beforeTransactionStart",
        [ORM_EVENT_AFTER_TRANSACTION_START] = "afterTransactionStart",
        [ORM_EVENT_BEFORE_TRANSACTION_COMMIT] = "beforeTransactionCommit",
        [ORM_EVENT_AFTER_TRANSACTION_COMMIT] = "afterTransactionCommit",
        [ORM_EVENT_BEFORE_TRANSACTION_ROLLBACK] = "beforeTransactionRollback",
        [ORM_EVENT_AFTER_TRANSACTION_ROLLBACK] = "afterTransactionRollback",
    };
    size_t at = (size_t)kind;

    return at < sizeof names / sizeof names[0] ? names[at] : "unknown event";
}

unsigned em_wanted_events(const orm_subscriber *subscriber)
{
    return subscriber->events == 0 ? ~0u : subscriber->events;
}

/* ---- Who listens ---- */

static orm_status add(orm_em *em, const orm_subscriber *subscriber)
{
    const orm_allocator *a = &em->o->allocator;
    orm_subscriber      *grown = a->resize(a->context, em->subscribers, (em->subscriber_count + 1) * sizeof *grown);

    if (grown == NULL)
        return em_fail_memory(em);
    em->subscribers = grown;
    em->subscribers[em->subscriber_count++] = *subscriber;
    em->listens |= em_wanted_events(subscriber);
    return ORM_OK;
}

orm_status orm_subscribe(orm_em *em, const orm_subscriber *subscriber)
{
    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    if (subscriber == NULL || subscriber->handle == NULL)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 720, "orm_subscribe() needs a subscriber with a handler");
    /* The list must stay where it is while it is being told. */
    if (em->in_event > 0)
        return em_refuse_in_event(em, "another subscriber be added");
    return add(em, subscriber);
}

orm_status em_share_subscribers(orm_em *to, const orm_em *from)
{
    orm_status status = ORM_OK;

    for (size_t i = 0; i < from->subscriber_count && status == ORM_OK; i++)
        status = add(to, &from->subscribers[i]);
    return status;
}

bool em_listens(const orm_em *em, orm_event_kind kind)
{
    return ((em->listens | em->o->listens) & ORM_EVENT_BIT(kind)) != 0;
}

static bool is_of(const orm_meta_entity *own, const orm_meta_entity *meta)
{
    return meta != NULL && orm_meta_is_a(own, meta);
}

static bool is_about(const orm_em *em, const orm_subscriber *subscriber, const orm_meta_entity *meta)
{
    if (meta == NULL || subscriber->entities == NULL)
        return true;
    for (size_t i = 0; subscriber->entities[i] != NULL; i++)
        if (is_of(meta, orm_meta_find(em->o->meta, subscriber->entities[i])))
            return true;
    return false;
}

/* ---- Telling ---- */

static orm_status tell_one(orm_em *em, orm_event_fn handle, void *context, const orm_event *event)
{
    orm_status status;

    em->in_event++;
    orm_error_clear(&em->error);
    status = handle(context, event);
    em->in_event--;
    if (status == ORM_OK) {
        /* A call in it may have failed, and the handler was content. */
        orm_error_clear(&em->error);
        return ORM_OK;
    }
    if (em->error.status == ORM_OK)
        orm_fail(&em->error, status, 721, "a subscriber of %s failed (%s)", orm_event_name(event->kind),
                 orm_status_name(status));
    return status;
}

static orm_status tell_list(orm_em *em, const orm_subscriber *list, size_t count, const orm_meta_entity *meta,
                            const orm_event *event)
{
    orm_status status = ORM_OK;

    for (size_t i = 0; i < count && status == ORM_OK; i++)
        if ((em_wanted_events(&list[i]) & ORM_EVENT_BIT(event->kind)) != 0 && is_about(em, &list[i], meta))
            status = tell_one(em, list[i].handle, list[i].context, event);
    return status;
}

/* Whether a descriptor has the handler of its base, which is told once. */
static bool has_same(const orm_entity *d, const orm_meta_entity *base)
{
    for (; base != NULL; base = base->base)
        if (base->descriptor->on_event == d->on_event && base->descriptor->event_context == d->event_context)
            return true;
    return false;
}

/* Bases are told first. Recursive along the bases, of which there are few. */
static orm_status tell_entity(orm_em *em, const orm_event *event, const orm_meta_entity *meta)
{
    const orm_entity *d = meta->descriptor;
    orm_status        status = meta->base == NULL ? ORM_OK : tell_entity(em, event, meta->base);

    if (status != ORM_OK || d->on_event == NULL || has_same(d, meta->base))
        return status;
    return tell_one(em, d->on_event, d->event_context, event);
}

static orm_status tell(orm_em *em, const orm_event *event, const orm_meta_entity *meta)
{
    orm_status status = tell_list(em, em->o->subscribers, em->o->subscriber_count, meta, event);

    if (status == ORM_OK)
        status = tell_list(em, em->subscribers, em->subscriber_count, meta, event);
    return status == ORM_OK && meta != NULL ? tell_entity(em, event, meta) : status;
}

orm_status em_tell(orm_em *em, orm_event_kind kind, orm_instance *instance)
{
    orm_event event = { .kind = kind, .em = em };

    if (!em_listens(em, kind))
        return ORM_OK;
    if (instance != NULL) {
        event.entity = instance->self;
        event.descriptor = instance->shape->meta->descriptor;
    }
    return tell(em, &event, instance == NULL ? NULL : instance->shape->meta);
}

orm_status em_tell_all(orm_em *em, orm_event_kind kind, orm_instance *const *instances, size_t count)
{
    orm_status status = ORM_OK;

    if (!em_listens(em, kind))
        return ORM_OK;
    for (size_t i = 0; i < count && status == ORM_OK; i++)
        status = em_tell(em, kind, instances[i]);
    return status;
}

orm_status em_tell_upsert(orm_em *em, orm_event_kind kind, const orm_meta_entity *meta, const struct orm_row *row,
                          orm_instance *instance)
{
    const orm_meta_entity *own = instance == NULL ? meta : instance->shape->meta;
    orm_event              event = { .kind = kind, .em = em, .descriptor = own->descriptor, .row = row };

    event.entity = instance == NULL ? NULL : instance->self;
    return em_listens(em, kind) ? tell(em, &event, own) : ORM_OK;
}

orm_status em_tell_transaction(orm_em *em, orm_event_kind kind, size_t level)
{
    orm_event event = { .kind = kind, .em = em, .level = (unsigned)level };

    return em_listens(em, kind) ? tell(em, &event, NULL) : ORM_OK;
}

orm_status em_note_loaded(orm_em *em, orm_instance *instance, bool made)
{
    if (!em_listens(em, ORM_EVENT_LOAD) && !em_listens(em, ORM_EVENT_INIT))
        return ORM_OK;
    if (!orm_arena_grow(em->work, &em->loaded, em->loaded_count, &em->loaded_capacity, sizeof *em->loaded))
        return em_fail_memory(em);
    em->loaded[em->loaded_count++] = (orm_loaded){ .instance = instance, .made = made };
    return ORM_OK;
}

void em_forget_loaded(orm_em *em)
{
    em->loaded = NULL;
    em->loaded_count = em->loaded_capacity = 0;
}

orm_status em_tell_loaded(orm_em *em)
{
    orm_loaded *loaded = em->loaded;
    size_t      count = em->loaded_count;
    orm_status  status = ORM_OK;

    /* A handler may load more. */
    em_forget_loaded(em);
    for (size_t i = 0; i < count && status == ORM_OK; i++)
        if (loaded[i].made)
            status = em_tell(em, ORM_EVENT_INIT, loaded[i].instance);
    for (size_t i = 0; i < count && status == ORM_OK; i++)
        status = em_tell(em, ORM_EVENT_LOAD, loaded[i].instance);
    return status;
}

orm_status em_refuse_in_event(orm_em *em, const char *what)
{
    return em->in_event == 0
               ? ORM_OK
               : orm_fail(&em->error, ORM_ERR_VALIDATION, 722, "inside of an event, and while it streams, an entity manager cannot %s", what);
}
