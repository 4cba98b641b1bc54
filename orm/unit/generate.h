/*
 * generate.h - values that the descriptor's functions make.
 */
#ifndef ORM_UNIT_GENERATE_H
#define ORM_UNIT_GENERATE_H

#include "unit/em_private.h"

/* Asks `make`; *out is NULL where it has made nothing. Errors name the property. */
orm_status em_generate(orm_em *em, const orm_meta_property *property, orm_generate_fn make, const void *entity,
                       orm_value *out);

/* Before an INSERT: what is not set and has an on_create. */
orm_status em_generate_for_insert(orm_em *em, orm_instance *instance);

#endif
