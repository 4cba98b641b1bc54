/*
 * lock_private.h - what finding needs of locking.
 */
#ifndef ORM_UNIT_LOCK_PRIVATE_H
#define ORM_UNIT_LOCK_PRIVATE_H

#include <orm/find.h>

#include "unit/instance.h"

/* The options of a find that are about locks; `one`: it looks for one entity. Nothing is sent. */
orm_status em_check_lock(orm_em *em, const orm_meta_entity *meta, const orm_find_options *options, bool one);

/* ORM_ERR_OPTIMISTIC_LOCK when a versioned entity has another version in memory. NULL: any will do. */
orm_status em_check_version(orm_em *em, const orm_instance *instance, const orm_value *expected);

#endif
