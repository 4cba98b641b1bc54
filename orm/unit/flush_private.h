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

/* A column that is written by a statement of its own, after all INSERTs and UPDATEs. */
typedef struct orm_extra_update {
    orm_instance            *instance;
    const orm_meta_property *property;
} orm_extra_update;

typedef struct orm_flush_plan {
    orm_em      *em;
    orm_bucket  *buckets; /* by entity index */
    orm_bucket **order;   /* those involved: by appearance, after planning in commit order */
    size_t       order_count;

    orm_insert_group *groups;
    size_t            group_count;
    size_t            group_capacity;
    orm_extra_update *extras;
    size_t            extra_count;
    size_t            extra_capacity;
} orm_flush_plan;

/* Brings types into commit order and inserts into groups; finds early deletes. ORM_ERR_CYCLE when there is no order. */
orm_status em_plan_flush(orm_flush_plan *plan);
orm_status em_plan_extra(orm_flush_plan *plan, orm_instance *instance, const orm_meta_property *property);

/* A reference that cannot be part of its row's INSERT, because what it points to comes later. */
bool em_reference_waits(const orm_instance *instance, const orm_meta_property *reference);

orm_status em_insert_group(orm_em *em, const orm_insert_group *group);
orm_status em_update_bucket(orm_flush_plan *plan, orm_bucket *bucket);
/* Tells that all updates are written, those of em_write_extras() too. */
orm_status em_tell_updated(orm_flush_plan *plan);
orm_status em_write_extras(orm_flush_plan *plan);
orm_status em_delete_bucket(orm_em *em, const orm_bucket *bucket, bool early);

/* How many rows fit into one statement, with so many parameters a row. */
size_t em_batch_rows(const orm_em *em, size_t params_per_row);

#endif
