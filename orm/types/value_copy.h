/*
 * value_copy.h - values that outlive who gave them.
 */
#ifndef ORM_TYPES_VALUE_COPY_H
#define ORM_TYPES_VALUE_COPY_H

#include <orm/value.h>

#include "base/arena.h"

/* Copies what *value points to, but entities, into the arena. False when memory is out. */
bool orm_value_own(orm_arena *arena, orm_value *value) ORM_MUST_CHECK;

#endif
