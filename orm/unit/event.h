/*
 * event.h - telling subscribers, inside of unit/. Nobody who listens costs one look at a bit.
 */
#ifndef ORM_UNIT_EVENT_H
#define ORM_UNIT_EVENT_H

#include <orm/event.h>

#include "unit/instance.h"

struct orm_em;

/* The bits of the events that it wants to know of. */
unsigned em_wanted_events(const orm_subscriber *subscriber);

/* Whether anybody wants to know of such events, so that callers can pass loops over. */
bool em_listens(const struct orm_em *em, orm_event_kind kind);

/*
 * Tells all who want to know. `instance` NULL: the event is not about one entity. On failure the error is in the entity
 * manager. What the handlers call on the entity manager leaves the memory of the call under way alone.
 */
orm_status em_tell(struct orm_em *em, orm_event_kind kind, orm_instance *instance);
orm_status em_tell_all(struct orm_em *em, orm_event_kind kind, orm_instance *const *instances, size_t count);
/* Of a row of an upsert; `instance` NULL: there is none yet. */
orm_status em_tell_upsert(struct orm_em *em, orm_event_kind kind, const orm_meta_entity *meta, const struct orm_row *row,
                          orm_instance *instance);
orm_status em_tell_transaction(struct orm_em *em, orm_event_kind kind, size_t level);

/*
 * An instance was filled from a row, and `made` for it. em_tell_loaded() tells of all such since the last time; it is called
 * once the rows under way are whole, because handlers may look at them.
 */
orm_status em_note_loaded(struct orm_em *em, orm_instance *instance, bool made);
orm_status em_tell_loaded(struct orm_em *em);
/* What was noted is not told any more: the call has failed, or its memory is gone. */
void em_forget_loaded(struct orm_em *em);

/* Has `to` tell those that `from` tells. */
orm_status em_share_subscribers(struct orm_em *to, const struct orm_em *from);

/* ORM_ERR_VALIDATION inside of an event: `what` cannot be done there. */
orm_status em_refuse_in_event(struct orm_em *em, const char *what);

#endif
