/*
 * find.h - what all ways to find have in common: the options are checked and become a select and a tree of what is loaded.
 */
#ifndef ORM_UNIT_FIND_H
#define ORM_UNIT_FIND_H

#include <string.h>

#include "unit/load.h"

extern const orm_find_options em_find_defaults;

/* One find on its way. */
typedef struct em_find {
    orm_em                 *em;
    const orm_find_options *options; /* never NULL */
    orm_load               *load;
    orm_select              select;
    bool                    one; /* it looks for one entity */
} em_find;

/* The beginning of a public function: NULL with an error for a NULL em, place or entity (no error for a NULL em). */
const orm_meta_entity *em_find_enter(orm_em *em, const orm_entity *entity, bool has_place);

/* `options` may be NULL. Nothing is sent. */
orm_status em_find_init(em_find *f, orm_em *em, const orm_meta_entity *meta, const orm_condition *where,
                        const orm_find_options *options);
/*
 * What comes before any query of a user: what is pending is flushed, if the flush mode says so. A query that is wrong
 * flushes nothing.
 */
orm_status em_find_prepare(const em_find *f);
/* Sends it, and the queries for what else is loaded. Items live in em->work. */
orm_status em_find_run(em_find *f, orm_instance ***items, size_t *count);
orm_status em_find_list(em_find *f, orm_list *out);
orm_status em_count(em_find *f, uint64_t *out);

/* Instances become the pointers that users know. */
orm_status em_to_list(orm_em *em, orm_instance **items, size_t count, orm_list *out);

#endif
