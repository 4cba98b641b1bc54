/*
 * load.h - what a find loads: the user's paths as a tree along relations, and the values that go with each of its nodes.
 */
#ifndef ORM_UNIT_LOAD_H
#define ORM_UNIT_LOAD_H

#include "unit/em_private.h"

/* Paths longer than this are refused: no schema needs them, and each step may be a level of recursion. */
#define EM_PATH_MAX 32

/*
 * The tree of what `options` (not NULL) populate, in em->work; `where` is what $infer and populate_infer look at. Every
 * name is checked. `loaded` is for entities that are there already: their relations are loaded by queries of their own.
 */
orm_status em_load_tree(orm_em *em, const orm_meta_entity *meta, const orm_condition *where,
                        const orm_find_options *options, bool loaded, orm_load **out);

/* Adds relations that only `options->fields` name (load_fields.c). */
orm_status em_load_field_relations(orm_em *em, orm_load *root, const orm_find_options *options);
/* Which columns of each part are read, once it is settled how each is loaded. */
orm_status em_load_fields(orm_em *em, orm_load *root, const orm_find_options *options);

/* Filters of everything that is loaded, and references that have to be joined for them; last of all (load_filters.c). */
orm_status em_load_filters(orm_em *em, orm_load *root, const orm_find_options *options, bool loaded);

/* The child of a relation; NULL: none. */
orm_load *em_load_child(const orm_load *load, const orm_meta_property *relation);
/* The same, made where there is none. NULL when memory is out. */
orm_load *em_load_add(orm_em *em, orm_load *load, const orm_meta_property *relation);

/* What a condition says of the rows that a relation leads to, about those; NULL: nothing. (load_where.c) */
orm_status em_condition_of(orm_em *em, const orm_condition *condition, const orm_meta_property *relation,
                           const orm_condition **out);
/* Adds the relations that a condition goes through ($infer). What is wrong with it is said by who binds it. */
orm_status em_condition_relations(orm_em *em, const orm_condition *condition, orm_load *load);

/* What an order says of the rows that a relation leads to; NULL: nothing. NULL with an error when memory is out. */
const orm_order *em_order_of(orm_em *em, const orm_order *order, const orm_meta_property *relation);

#endif
