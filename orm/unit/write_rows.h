/*
 * write_rows.h - rows that users give by name, checked and with their values converted, for statements that go past the
 * unit of work. All lives in the call's memory.
 */
#ifndef ORM_UNIT_WRITE_ROWS_H
#define ORM_UNIT_WRITE_ROWS_H

#include <orm/write.h>

#include "unit/em_private.h"

typedef struct em_rows {
    orm_em                   *em;
    const orm_meta_entity    *meta;
    const orm_meta_property **properties; /* those that some row has, in the order of their first coming */
    size_t                    property_count;
    size_t                   *place; /* by index of a property: its place in `properties`, from 1; 0: no row has it */
    const orm_meta_column   **columns; /* of the properties, in the same order */
    size_t                   *column_at; /* by place from 0: number of the property's first column */
    size_t                    column_count;
    orm_cell                 *cells; /* row by row, column_count each; absent: the row does not have it */
    size_t                    count;
    size_t                    raw_params; /* that the raw SQL of one row has at most */
    bool                     *made; /* row by row, property_count each: the value was made here, nobody gave it */
} em_rows;

typedef enum em_rows_for {
    EM_ROWS_TO_INSERT,
    EM_ROWS_TO_UPDATE,
    EM_ROWS_KNOWN /* they are there already: nothing is sent */
} em_rows_for;

/*
 * ORM_ERR_VALIDATION with entity and property named. To insert: required values must be there, and what is made by
 * the client, UUIDs and what on_create makes, is made where it is missing.
 */
orm_status em_rows_read(em_rows *out, orm_em *em, const orm_meta_entity *meta, const orm_row *rows, size_t count,
                        em_rows_for purpose);

/* Cells of a row's property, property->column_count of them; NULL: the row does not have it. */
const orm_cell *em_row_cells(const em_rows *rows, size_t row, const orm_meta_property *property);
/* Whether the row has all of the property, and nothing of it is NULL. */
bool em_row_has_value(const em_rows *rows, size_t row, const orm_meta_property *property);
/* Whether the row has raw SQL for it. */
bool em_row_is_raw(const em_rows *rows, size_t row, const orm_meta_property *property);
/* Whether the row has it, and nobody gave it. */
bool em_row_is_made(const em_rows *rows, size_t row, const orm_meta_property *property);
/* Whether the row has its whole key. */
bool em_row_has_key(const em_rows *rows, size_t row);

/* Some rows of a statement in the making, without the columns that none of them has. */
typedef struct em_chunk {
    const em_rows          *rows;
    const size_t           *numbers; /* of the rows */
    size_t                  count;
    const orm_meta_column **columns;
    size_t                  column_count;
    orm_cell               *cells; /* row by row */
} em_chunk;

/* `draws_key`: the first column is the key's, which the statement makes. */
orm_status em_chunk_fill(em_chunk *chunk, bool draws_key);
/* An em_lacks_fn for chunks. */
bool em_chunk_lacks(const void *chunk, const orm_meta_property *property);
/* What the chunk's rows have in some columns, row by row. NULL with an error when memory is out. */
const void **em_chunk_slots(const em_chunk *chunk, const orm_meta_column *const *columns, size_t count);

/*
 * A key as users are told it: a value, or a list with a value for each property of a composite one. It is copied into the
 * entity manager's memory. False when memory is out.
 */
bool em_key_value(orm_em *em, const orm_meta_entity *meta, const void *const *slots, orm_value *out) ORM_MUST_CHECK;

#endif
