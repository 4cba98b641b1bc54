/*
 * cursor.h - places in an order, as text that a program can keep and send about.
 */
#ifndef ORM_UNIT_CURSOR_H
#define ORM_UNIT_CURSOR_H

#include "unit/find.h"

/* The cursor of an entity, in the entity manager's memory. `order` ends with a NULL property. */
orm_status em_cursor_of(orm_em *em, const orm_instance *instance, const orm_order *order, const char **out);

/* The `count` values of a cursor, in em->work. ORM_ERR_VALIDATION for what is none of so many values. */
orm_status em_cursor_values(orm_em *em, const char *cursor, size_t count, orm_value *out);

#endif
