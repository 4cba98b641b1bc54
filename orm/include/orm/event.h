/*
 * event.h - what happens to entities, flushes and transactions, told to those who want to know.
 *
 * A subscriber is asked in this order: those of orm_config, in their order; those of the entity manager, in theirs; the
 * entity's own. One flush that inserts tells
 *
 *     BEFORE_FLUSH, ON_FLUSH, BEFORE_TRANSACTION_START, AFTER_TRANSACTION_START, BEFORE_CREATE of each row of a batch,
 *     (INSERT), AFTER_CREATE of each, ..., BEFORE_TRANSACTION_COMMIT, AFTER_TRANSACTION_COMMIT, AFTER_FLUSH
 *
 * and a flush with nothing to write tells BEFORE_FLUSH, ON_FLUSH and AFTER_FLUSH.
 *
 * Inside of an event an entity manager can be read and entities can be changed: what BEFORE_CREATE and BEFORE_UPDATE do to
 * their entity is part of the statement that follows, and what BEFORE_FLUSH and ON_FLUSH create, change, persist or
 * remove is part of the flush. It cannot be flushed, cleared or closed, and no transaction can be begun or ended:
 * ORM_ERR_VALIDATION. A find does not flush first.
 *
 * A handler that returns another status than ORM_OK stops what is under way, which then fails with its error: the flush
 * is rolled back, the find returns nothing. AFTER_... events of things that cannot be taken back any more
 * (AFTER_TRANSACTION_COMMIT, AFTER_TRANSACTION_ROLLBACK, AFTER_FLUSH) only pass their error on.
 */
#ifndef ORM_EVENT_H
#define ORM_EVENT_H

#include <orm/entity.h>

ORM_BEGIN_DECLS

struct orm_em;

typedef enum orm_event_kind {
    /* Of one entity. */
    ORM_EVENT_INIT = 0, /* made by orm_create() or from a row */
    ORM_EVENT_LOAD,     /* filled from a row: new, a stub that was loaded, or refreshed */
    ORM_EVENT_BEFORE_CREATE,
    ORM_EVENT_AFTER_CREATE,
    ORM_EVENT_BEFORE_UPDATE,
    ORM_EVENT_AFTER_UPDATE,
    ORM_EVENT_BEFORE_DELETE,
    ORM_EVENT_AFTER_DELETE,
    ORM_EVENT_BEFORE_UPSERT, /* of a row, before the upsert's statements: `row` is there, the entity not yet */
    ORM_EVENT_AFTER_UPSERT,  /* the same row, and the entity that it has become */

    /* Of the entity manager. */
    ORM_EVENT_BEFORE_FLUSH, /* before it is known what has changed */
    ORM_EVENT_ON_FLUSH,     /* it is known: orm_uow_change_sets(); what is changed now is taken into account */
    ORM_EVENT_AFTER_FLUSH,
    ORM_EVENT_BEFORE_TRANSACTION_START,
    ORM_EVENT_AFTER_TRANSACTION_START,
    ORM_EVENT_BEFORE_TRANSACTION_COMMIT,
    ORM_EVENT_AFTER_TRANSACTION_COMMIT,
    ORM_EVENT_BEFORE_TRANSACTION_ROLLBACK,
    ORM_EVENT_AFTER_TRANSACTION_ROLLBACK,
    ORM_EVENT_COUNT_
} orm_event_kind;

/* Lent for the time of the call. */
typedef struct orm_event {
    orm_event_kind    kind;
    struct orm_em    *em;
    void             *entity;     /* of one entity; else NULL */
    const orm_entity *descriptor; /* its description; else NULL */
    const struct orm_row *row;    /* of an upsert: what was given; else NULL. It cannot be changed */
    unsigned          level;      /* of a transaction: 1 is the outermost, more are savepoints; else 0 */
} orm_event;

typedef orm_status (*orm_event_fn)(void *context, const orm_event *event);

#define ORM_EVENT_BIT(kind) (1u << (kind))

/* What it points to must outlive the orm, or the entity manager, that it was given to. */
typedef struct orm_subscriber {
    unsigned                 events;   /* ORM_EVENT_BIT(..) | ...; 0: all */
    const orm_entity *const *entities; /* NULL-terminated, of events of one entity; NULL: of all */
    orm_event_fn             handle;
    void                    *context;
} orm_subscriber;

/*
 * Has a subscriber told of what this entity manager does from now on, until it is closed. The struct is copied.
 */
ORM_API orm_status orm_subscribe(struct orm_em *em, const orm_subscriber *subscriber);

/* "beforeCreate", "onFlush", ...: MikroORM's names. Never NULL. */
ORM_API const char *orm_event_name(orm_event_kind kind);

ORM_END_DECLS

#endif
