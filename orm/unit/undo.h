/*
 * undo.h - what a flush did to instances, so that a failed flush and a rollback can take it back.
 *
 * Recording takes memory, undoing takes none.
 */
#ifndef ORM_UNIT_UNDO_H
#define ORM_UNIT_UNDO_H

#include "unit/instance.h"

struct orm_em;

typedef enum orm_undo_kind { ORM_UNDO_INSERT, ORM_UNDO_UPDATE, ORM_UNDO_DELETE } orm_undo_kind;

typedef struct orm_undo_entry {
    orm_undo_kind kind;
    orm_instance *instance;
    orm_instance *displaced; /* INSERT: who had this key in the identity map before, perhaps itself */
    bool          mapped;    /* INSERT: the identity map has it since */
    bool          initialized;
    void         *snapshot; /* a copy from before */
    void         *values;   /* INSERT: the struct from before */
} orm_undo_entry;

typedef struct orm_undo_log {
    orm_undo_entry *entries;
    size_t          count;
    size_t          capacity;
} orm_undo_log;

/* Remembers an instance before a flush changes it. NULL when memory is out; valid until the next call. */
orm_undo_entry *orm_undo_record(struct orm_em *em, orm_instance *instance, orm_undo_kind kind);

/* Takes back everything since the log had `mark` entries. */
void orm_undo_to(struct orm_em *em, size_t mark);

/* The transaction is over and stays: forgets all. */
void orm_undo_forget(struct orm_em *em);

#endif
