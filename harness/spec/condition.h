/*
 * condition.h - conditions in MikroORM's words as liborm's tree: a map is orm_all(), $and is orm_and(), a map behind a
 * relation is orm_related(). Who reads one says what the values in it are.
 */
#ifndef CRDBCHECK_SPEC_CONDITION_H
#define CRDBCHECK_SPEC_CONDITION_H

#include <orm/orm.h>

#include "base/arena.h"
#include "harness/spec/step_def.h"

typedef struct cc_condition_reader {
    orm_arena *arena; /* what is made lives there */
    void      *context;
    /* The entity that a relation leads to; NULL: there is none of that name. */
    const orm_entity *(*target)(void *context, const orm_property *relation);
    /* One value for a property (NULL: whatever fits the node). */
    cc_step_status (*value)(void *context, const orm_property *property, const cc_yaml *node, orm_value *out);
    /* Notes why it cannot go on. */
    cc_step_status (*fail)(void *context, const cc_yaml *node, const char *why);
} cc_condition_reader;

/* A map of properties and conditions. */
cc_step_status cc_read_condition(const cc_condition_reader *reader, const orm_entity *entity, const cc_yaml *node,
                                 orm_condition *out);

/* One value, or a list of values where the property takes none itself; for conditions on a key. */
cc_step_status cc_read_condition_value(const cc_condition_reader *reader, const orm_property *property,
                                       const cc_yaml *node, orm_value *out);

#endif
