/*
 * row_match.h - which of the rows that came back is which of the rows that were sent.
 *
 * No server promises the order of RETURNING. So several rows are told apart by values: by their keys where they were
 * sent, else by a unique property, else by a number that travels with the row.
 */
#ifndef ORM_UNIT_ROW_MATCH_H
#define ORM_UNIT_ROW_MATCH_H

#include "unit/em_private.h"

typedef enum em_match_by {
    EM_MATCH_NOTHING, /* nothing comes back */
    EM_MATCH_SINGLE,  /* one row */
    EM_MATCH_COLUMNS, /* by the values of some columns, which come back */
    EM_MATCH_NUMBER,  /* by the row's number from 1, which is the first column of the result */
    EM_MATCH_ALONE    /* not at all: rows must go one by one */
} em_match_by;

/* Whether some row has no value for the property, or NULL. */
typedef bool (*em_lacks_fn)(const void *rows, const orm_meta_property *property);

/*
 * How several rows of an INSERT are told apart, of which some lack their key or none does. For COLUMNS: `*columns` and
 * `*count` say which.
 */
em_match_by em_choose_match(const orm_meta_entity *meta, em_lacks_fn lacks, const void *rows,
                            const orm_meta_column *const **columns, size_t *count);

/* Whether values of these columns come back as they were sent: only they tell rows apart. */
bool em_comes_back_exactly(const orm_meta_column *const *columns, size_t count);

/* One result that is matched. */
typedef struct em_row_match {
    orm_em                       *em;
    const orm_meta_entity        *meta;
    em_match_by                   by;
    const orm_meta_column *const *columns; /* COLUMNS: what is compared ... */
    size_t                        column_count;
    const size_t                 *at;    /* ... and where it stands in the result, by index of a column */
    const void *const            *slots; /* ... and what was sent: row by row, column_count each */
    size_t                        count; /* of rows that were sent */
    orm_map                       index;
    bool                         *seen; /* by number of the sent row */
} em_row_match;

/* The members up to `count` are set. Free it, whatever this returns. */
orm_status em_row_match_init(em_row_match *match);
void       em_row_match_free(em_row_match *match);

/* The number, from 0, of the sent row. ORM_ERR_PROTOCOL: it is none of them, or came twice. */
orm_status em_row_match_find(em_row_match *match, const orm_result *result, size_t row, size_t *out);

/* The first of the sent rows that are equal to this one in the columns; itself, unless rows are. COLUMNS only. */
orm_status em_row_match_first(em_row_match *match, size_t row, size_t *out);

/* ORM_ERR_PROTOCOL. */
orm_status em_row_match_fail(const em_row_match *match);

#endif
