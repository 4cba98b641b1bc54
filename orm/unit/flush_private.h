/*
 * flush_private.h - one flush: what is to be written, in which order, and the functions that write it.
 *
 * gather (flush.c) -> plan (flush_plan.c) -> write (flush_insert.c, flush_update.c). All lives in the call's memory.
 */
#ifndef ORM_UNIT_FLUSH_PRIVATE_H
#define ORM_UNIT_FLUSH_PRIVATE_H

#include "unit/change_set.h"
#include "unit/em_private.h"

/* What is to be written of one entity type, or of all that share a table: `shape` is the root's. */
typedef struct orm_bucket {
    const orm_shape *shape;
    bool             involved;
    size_t           node; /* its place in the order of appearance */

    orm_instance   **inserts;
    size_t           insert_count;
    size_t           insert_capacity;
    struct orm_wait **insert_waits; /* by place in `inserts`: which moves come before; NULL: none at all */
    orm_change_set **updates;
    size_t           update_count;
    size_t           update_capacity;
    orm_instance   **deletes;
    size_t           delete_count;
    size_t           delete_capacity;
} orm_bucket;

/* A property that is written by a statement of its own. */
typedef struct orm_extra_update {
    orm_instance            *instance;
    const orm_meta_property *property;
    bool                     with_last; /* in the statement of the one before, which is of the same instance */
    bool                     alone;     /* the next one needs it to be there */
    bool                     vacates;   /* writes NULL or something that nobody has, for the time being */
} orm_extra_update;

typedef struct orm_extra_list {
    orm_extra_update *updates;
    size_t            count;
    size_t            capacity;
} orm_extra_list;

/* INSERTs that may go out together: they refer only to rows of earlier groups. */
typedef struct orm_insert_group {
    const orm_shape *shape;
    orm_instance   **instances;
    size_t           count;
    size_t           capacity;
    orm_extra_list   before; /* what gives up values that these take */
} orm_insert_group;

/* What is unique together: a property, or several. */
typedef struct orm_unique {
    const orm_meta_property *const *properties; /* none: the key, which never changes */
    size_t                          property_count;
    const orm_meta_column *const   *columns;
    size_t                          column_count;
    bool                            single; /* .unique of one property */
} orm_unique;

/* A value that a move gives up and somebody takes. */
typedef struct orm_given {
    struct orm_given *next; /* of the same move */
    struct orm_move  *by;
    const orm_unique *unique;
    bool              vacated; /* before the move is written */
} orm_given;

/* What somebody takes, and has to wait for. */
typedef struct orm_wait {
    struct orm_wait *next;
    orm_given       *given;
} orm_wait;

/* New unique values of a row, which are written by a statement of their own. */
typedef struct orm_move {
    struct orm_move *next;
    orm_change_set  *changes;
    orm_wait        *waits;
    orm_given       *given;
    bool            *also;  /* by property index: vacated although it does not change; NULL: nothing */
    bool             early; /* an INSERT takes what it gives up, or a move that is early */
    bool             written;
    size_t           round; /* of the walk that has seen it */
    orm_wait        *at;    /* of that walk */
} orm_move;

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
    orm_bucket  *buckets; /* by index of the root entity */
    orm_bucket **order;   /* those involved: by appearance, after planning in commit order */
    size_t       order_count;

    orm_insert_group *groups;
    size_t            group_count;
    size_t            group_capacity;
    orm_extra_list    before; /* of the group that is planned next */
    orm_extra_list    extras; /* after all INSERTs and UPDATEs: what was still missing in an INSERT, */
    orm_extra_list    late;   /* and unique values that no INSERT waits for */
    orm_move         *moves;  /* all of them, by appearance */
    orm_move        **last_move;
    size_t            move_count;
    orm_move        **path;   /* room for a walk along them */
    size_t            rounds;
    orm_pivot_plan   *pivots;
    orm_pivot_plan   *last_pivot;
} orm_flush_plan;

/* What is to be written: cascades, then change sets and collections. Takes note in the undo log of what it changes. */
orm_status em_gather_flush(orm_flush_plan *plan);

/* Brings types into commit order and inserts into groups. ORM_ERR_CYCLE when there is no order. */
orm_status em_plan_flush(orm_flush_plan *plan);
orm_status em_plan_extra(orm_em *em, orm_extra_list *list, orm_extra_update extra);

/*
 * Unique values, and keys, that one row gives up and another one takes: which deletes come first, and which updates wait
 * for which. Takes what is written by statements of its own out of the change sets.
 */
orm_status em_plan_unique(orm_flush_plan *plan);

/* Finds out which moves are early: called when all waits are known. (flush_move.c) */
orm_status em_mark_early(orm_flush_plan *plan);
/* Plans the early moves that nothing stands in the way of; *progress when there was one. */
orm_status em_place_early(orm_flush_plan *plan, bool *progress);
/*
 * Nothing goes on any more: an early move gives up a value before it gets its new one. ORM_ERR_VALIDATION where none can
 * and an INSERT waits for one; else *progress says whether one did.
 */
orm_status em_vacate_early(orm_flush_plan *plan, bool *progress);
/* All other moves. ORM_ERR_VALIDATION for a circle that no value can open. */
orm_status em_place_late(orm_flush_plan *plan);
/* Whether all that is waited for can be taken. */
bool em_waits_are_over(const orm_wait *waits);

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
