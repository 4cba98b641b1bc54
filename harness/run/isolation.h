/*
 * isolation.h - what keeps cases apart that share a database: tables are emptied, and a changed catalog is noticed.
 */
#ifndef CRDBCHECK_RUN_ISOLATION_H
#define CRDBCHECK_RUN_ISOLATION_H

#include <stdbool.h>
#include <stddef.h>

#include <orm/orm.h>

#include "base/arena.h"

/* What is known of a shared database between cases. */
typedef struct cc_isolation_guard cc_isolation_guard;

/* Notes the catalog as it is, and how the tables are emptied. `em` must outlive the guard. NULL on failure. */
cc_isolation_guard *cc_guard_new(orm_arena *arena, orm_em *em, orm_error *error);

/*
 * Compares the catalog with what it was. *change is NULL when it is the same, else one line on the first difference,
 * in the arena.
 */
orm_status cc_guard_check(cc_isolation_guard *guard, orm_arena *arena, const char **change, orm_error *error);

/* Empties all tables. */
orm_status cc_guard_empty(cc_isolation_guard *guard, orm_error *error);

/* One foreign key, by index of the tables; for cc_delete_order(). */
typedef struct cc_foreign_key {
    size_t from;
    size_t to;
    bool   nullable; /* all its columns can be NULL */
    bool   cleared;  /* out: it lies on a cycle and is to be set to NULL first */
} cc_foreign_key;

/*
 * An order of tables in which rows can be deleted: those that point before those that are pointed to. Where keys form a
 * cycle, its nullable ones are marked `cleared`. `order` has room for `table_count`. False when memory is out.
 */
bool cc_delete_order(size_t table_count, cc_foreign_key *keys, size_t key_count, size_t *order);

#endif
