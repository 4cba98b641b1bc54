/*
 * change_set.h - what is to be written of one entity: found by comparing the struct with its snapshot.
 *
 * Finding out also checks the values, and copies what the user has put into the struct: from then on it belongs to the
 * entity manager.
 */
#ifndef ORM_UNIT_CHANGE_SET_H
#define ORM_UNIT_CHANGE_SET_H

#include "query/query.h"
#include "unit/instance.h"

struct orm_em;

typedef struct orm_change_set {
    orm_instance *instance;
    bool         *changed; /* by property index */
    const bool   *apart;   /* the same: what is written by statements of its own; NULL: nothing */
} orm_change_set;

/* Checks and takes over all columns of a new entity. ORM_ERR_VALIDATION names entity and property. */
orm_status em_prepare_insert(struct orm_em *em, orm_instance *instance);

/* The changes of a managed one, in the call's memory; *out is NULL when there are none. */
orm_status em_prepare_update(struct orm_em *em, orm_instance *instance, orm_change_set **out);

/* Sets cell->slot to what is sent for a column: its value, a reference's key, or NULL. `absent` is the caller's. */
orm_status em_fill_cell(struct orm_em *em, const orm_instance *instance, const orm_meta_column *column, orm_cell *cell);

#endif
