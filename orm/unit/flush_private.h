/*
 * flush_private.h - one flush: what is to be written, in which order, and the functions that write it.
 *
 * gather (flush.c) -> plan (flush_plan.c) -> write (flush_insert.c, flush_update.c). All lives in the call's memory.
 */
#ifndef ORM_UNIT_FLUSH_PRIVATE_H
#define ORM_UNIT_FLUSH_PRIVATE_H

#include "unit/change_set.h"
#include "unit/em_private.h"

/* What is to be written of one entity type. */
typedef struct orm_bucket {
    const orm_shape *shape;
    bool             involved;
    size_t           node; /* its place in the order of appearance */

    orm_instance   **inserts;
    size_t           insert_count;
    size_t           insert_capacity;
    orm_change_set **updates;
    size_t           update_count;
    size_t           update_capacity;
    orm_instance   **deletes;
    size_t           delete_count;
    size_t           delete_capacity;
} orm_bucket;

/* INSERTs that may go out together: they refer only to rows of earlier groups. */
typedef struct orm_insert_group {
    const orm_shape *shape;
    orm_instance   **instances;
    size_t           count;
    size_t           capacity;
} orm_insert_group;

/* A property that is written by a statement of its own. */
typedef struct orm_extra_update {
    orm_instance            *instance;
    const orm_meta_property *property;
    bool                     alone;   /* the next one needs it to be there */
    bool                     vacates; /* writes NULL or something that nobody has, for the time being */
} orm_extra_update;

typedef struct orm_extra_list {
    orm_extra_update *updates;
    size_t            count;
    size_t            capacity;
} orm_extra_list;

/* A row of a pivot table. */
typedef struct orm_pivot_row {
    orm_instance *owner;
    orm_instance *target;
} orm_pivot_row;

typedef struct orm_pivot_rows {
    orm_pivot_row *rows;
    size_t         count;
    size_t         capacity;
} orm_pivot_rows;

/* What is to be written of one to-many relation. */
typedef struct orm_pivot_plan {
    struct orm_pivot_plan   *next;
    const orm_meta_property *relation; /* the owning side of a many-to-many, or a one-to-many */
    orm_collection         **replaced; /* of either side */
    size_t                   replaced_count;
    size_t                   replaced_capacity;
    orm_collection         **ordered; /* their order is written */
    size_t                   ordered_count;
    size_t                   ordered_capacity;
    orm_pivot_rows           deletes;
    orm_pivot_rows           inserts;
    orm_pivot_rows           missing; /* to be inserted unless they are there */
} orm_pivot_plan;

typedef struct orm_flush_plan {
    orm_em      *em;
    orm_bucket  *buckets; /* by entity index */
    orm_bucket **order;   /* those involved: by appearance, after planning in commit order */
    size_t       order_count;

    orm_insert_group *groups;
    size_t            group_count;
    size_t            group_capacity;
    orm_extra_list    early;  /* before all INSERTs, which take the values that these give up */
    orm_extra_list    extras; /* after all INSERTs and UPDATEs: what was still missing in an INSERT, */
    orm_extra_list    moves;  /* and unique values that go from one row to another */
    orm_pivot_plan   *pivots;
    orm_pivot_plan   *last_pivot;
} orm_flush_plan;

/* What is to be written: cascades, then change sets and collections. Takes note in the undo log of what it changes. */
orm_status em_gather_flush(orm_flush_plan *plan);

/* Brings types into commit order and inserts into groups. ORM_ERR_CYCLE when there is no order. */
orm_status em_plan_flush(orm_flush_plan *plan);
orm_status em_plan_extra(orm_em *em, orm_extra_list *list, orm_extra_update extra);

/*
 * Unique values, and keys, that one row gives up and another one takes: which deletes and updates come first. Takes what
 * is written by statements of its own out of the change sets. ORM_ERR_VALIDATION for a swap that no order can do.
 */
orm_status em_plan_unique(orm_flush_plan *plan);

/* What collections have to write. ORM_ERR_VALIDATION for an item that is not persisted. */
orm_status em_plan_collections(orm_flush_plan *plan);
orm_status em_write_collections(orm_flush_plan *plan);

/* A reference that cannot be part of its row's INSERT, because what it points to comes later. */
bool em_reference_waits(const orm_instance *instance, const orm_meta_property *reference);

orm_status em_insert_group(orm_em *em, const orm_insert_group *group);
orm_status em_update_bucket(orm_flush_plan *plan, orm_bucket *bucket);
/* Tells that all updates are written, those of em_write_extras() too. */
orm_status em_tell_updated(orm_flush_plan *plan);
/* `early`: other members of the same rows are written later. */
orm_status em_write_extras(orm_em *em, const orm_extra_list *list, bool early);
orm_status em_delete_bucket(orm_em *em, const orm_bucket *bucket, bool early);

/* A value that no row is likely to have, in the call's memory. NULL with an error: no random bytes, no memory. */
const void *em_placeholder(orm_em *em, const orm_meta_property *property);
/* Whether there is one for values of this kind. */
bool em_has_placeholder(const orm_meta_property *property);

#endif
