/*
 * hydrate.h - from rows to instances. One reader for each entity that a row holds; places of columns are found once for a
 * result, rows are read by position.
 */
#ifndef ORM_UNIT_HYDRATE_H
#define ORM_UNIT_HYDRATE_H

#include <stddef.h>

#include "unit/em_private.h"

/* Room for a value of any column type. */
typedef union em_any_slot {
    max_align_t align;
    char        bytes[64];
} em_any_slot;

typedef struct em_reader {
    orm_em                   *em;
    orm_arena                *memory; /* lives as long as the reader; em->work of a stream does not */
    const orm_layout_part    *part;
    const orm_meta_entity    *meta;  /* what the part is read as */
    const orm_shape          *shape;
    struct em_reader        **types; /* by index of meta->types: for rows of these, made when the first one comes */
    size_t                   *at; /* by index of a column of `meta`: its place in the result; SIZE_MAX: it is not read */
    const orm_meta_property **properties; /* those that are read */
    size_t                    property_count;
    bool                      partial;  /* some are not */
    bool                      key_only; /* nothing but the key: instances stay stubs */
    void                     *scratch;  /* a struct for rows of instances that exist already */
} em_reader;

/* `first`: place of the part's first column; the root's columns, where they are found by name, end before `last`. */
orm_status em_reader_init(em_reader *r, orm_em *em, const orm_layout_part *part, const orm_result *result, size_t first,
                          size_t last);

/* The instance of a row's part, made or brought up to date; NULL where a join found none. */
orm_status em_read_part(em_reader *r, const orm_result *result, size_t row, bool refresh, orm_instance **out);

/* Values of some columns; at[i] is the place of the i-th. A NULL slot is SQL NULL. */
orm_status em_decode_slots(orm_em *em, const orm_meta_column *const *columns, size_t count, const orm_result *result,
                           size_t row, const size_t *at, em_any_slot *values, const void **slots);

/* The database holds NULL where the property takes none. */
orm_status em_fail_null(orm_em *em, const orm_meta_property *property);

/* One result. A collection that was loaded before it stays as it is, unless it is refreshed. */
typedef struct em_pass {
    uint64_t number;  /* marks what this result has filled */
    bool     refresh;
    bool     partial;  /* it has not all rows of the collections that it fills */
    bool     detached; /* its items are looked for alone: no collection is filled */
} em_pass;

/*
 * The reference's target was left out by a filter: NULL in memory, and no change. What the user has changed stays, and a key.
 */
orm_status em_hide_reference(orm_em *em, orm_instance *owner, const orm_meta_property *relation);

/* A row holds both (`item` NULL: a join found none): collections get their items, and inverse sides what points to them. */
orm_status em_link_loaded(orm_em *em, orm_instance *owner, const orm_meta_property *relation, orm_instance *item,
                          const em_pass *pass);

/* The rows of a collection come, or there are none. */
void em_collection_loading(orm_em *em, orm_collection *collection, bool partial);

/* All rows of a result: a reader for each part of its layout. */
typedef struct em_rows_reader {
    orm_em           *em;
    const orm_layout *layout;
    em_reader        *readers;
    orm_instance    **current; /* by part: the instance of the row under way */
    em_pass           pass;

    const orm_meta_property *fills;     /* the to-many relation whose items the rows are; NULL: none */
    bool                     is_pivot;  /* they are rows of its pivot table */
    size_t                  *owner_at;  /* places of the columns that hold the owner's key */
    size_t                  *target_at; /* of a pivot row: those of the item's */
} em_rows_reader;

orm_status em_rows_reader_init(em_rows_reader *r, orm_em *em, const orm_layout *layout, const orm_result *result,
                               const orm_meta_property *fills, const em_pass *pass);
/* Reads a row and puts its parts together; *root is the instance of the first part; of a pivot row, the item. */
orm_status em_read_row(em_rows_reader *r, const orm_result *result, size_t row, orm_instance **root);

/*
 * Runs a select. Items are the roots, each once, in `arena`; where rows fill a relation's collections, they are its items,
 * which may come again.
 */
orm_status em_select_rows(orm_em *em, const orm_select *select, const orm_meta_property *fills, bool refresh,
                          orm_arena *arena, orm_instance ***items, size_t *count);
/* The same, and the items go into no collection. */
orm_status em_select_items(orm_em *em, const orm_select *select, const orm_meta_property *relation, bool refresh,
                           orm_arena *arena, orm_instance ***items, size_t *count);

/* The items of one owner's many-to-many relation that `load` speaks of, without filling its collection. */
orm_status em_match_pivot(orm_em *em, orm_instance *owner, const orm_load *load, bool refresh, orm_instance ***items,
                          size_t *count);

#endif
