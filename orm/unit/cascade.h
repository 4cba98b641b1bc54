/*
 * cascade.h - what is persisted and removed with others, along relations as far as they are in memory.
 */
#ifndef ORM_UNIT_CASCADE_H
#define ORM_UNIT_CASCADE_H

#include "unit/em_private.h"

/*
 * Removes an instance, and what it removes with it; children that need no parent let go of it. ORM_ERR_MEMORY with nothing
 * changed.
 */
orm_status em_remove(orm_em *em, orm_instance *instance);

/* Whatever it was, it is to have a row. */
void em_revive(orm_instance *instance);

/* Has both sides follow what the user has written into to-one members. ORM_ERR_VALIDATION for what they cannot hold. */
orm_status em_follow_members(orm_em *em, orm_instance *instance);

/*
 * The same for everything that is removed by now, before a flush. Then new entities that something persisted refers to are
 * persisted. Members that the user has written into are followed first. What it changes is in the undo log.
 */
orm_status em_cascade(orm_em *em);

#endif
