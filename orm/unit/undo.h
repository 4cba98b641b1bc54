/*
 * undo.h - what a flush did to instances, so that a failed flush and a rollback can take it back.
 *
 * Recording takes memory, undoing takes none.
 */
#ifndef ORM_UNIT_UNDO_H
#define ORM_UNIT_UNDO_H

#include "unit/pairs.h"

struct orm_em;

typedef enum orm_undo_kind {
    ORM_UNDO_INSERT,
    ORM_UNDO_UPDATE,
    ORM_UNDO_DELETE,
    ORM_UNDO_STATE,    /* the flush itself persisted or removed it, or let a reference go */
    ORM_UNDO_PAIR,     /* a row of a pivot table was written */
    ORM_UNDO_REPLACED, /* rows that a collection does not hold were deleted */
    ORM_UNDO_ORDER,    /* the order of a collection was written */
    ORM_UNDO_UPSERT    /* made for a row that may or may not have been there before */
} orm_undo_kind;

typedef struct orm_undo_entry {
    orm_undo_kind kind;
    orm_instance *instance;
    orm_instance *displaced; /* INSERT, UPSERT: who had this key in the identity map before, perhaps itself */
    bool          mapped;    /* INSERT, UPSERT: the identity map has it since */
    bool          initialized;
    void         *snapshot; /* a copy from before */
    void         *values;   /* the struct from before, where something may have to be put back into it */
    const orm_value **raws; /* the raw SQL from before; NULL: none */

    orm_instance_state       state; /* STATE */
    bool                     orphan;
    bool                     transient;
    const orm_meta_property *property; /* STATE: the reference that was let go, or NULL ... */
    void                    *target;   /* ... and what it pointed to */
    orm_pair                *pair;
    orm_pair_row             row;
    orm_collection          *collection;
    orm_instance           **order;
    size_t                   order_count;
} orm_undo_entry;

typedef struct orm_undo_log {
    orm_undo_entry *entries;
    size_t          count;
    size_t          capacity;
} orm_undo_log;

/* Remembers an instance before a flush changes it. NULL when memory is out; valid until the next call. */
orm_undo_entry *orm_undo_record(struct orm_em *em, orm_instance *instance, orm_undo_kind kind);

/* The same of other things than rows of entities. False when memory is out. */
bool orm_undo_record_state(struct orm_em *em, orm_instance *instance, const orm_meta_property *property) ORM_MUST_CHECK;
bool orm_undo_record_pair(struct orm_em *em, orm_pair *pair) ORM_MUST_CHECK;
bool orm_undo_record_collection(struct orm_em *em, orm_collection *collection, orm_undo_kind kind) ORM_MUST_CHECK;

/* Takes back everything since the log had `mark` entries. */
void orm_undo_to(struct orm_em *em, size_t mark);

/* The transaction is over and stays: forgets all. */
void orm_undo_forget(struct orm_em *em);

#endif
