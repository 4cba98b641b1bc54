/*
 * upsert.h - one call of orm_upsert_many(): what makes rows conflict and what is merged (upsert.c), and the statements
 * with what comes back (upsert_send.c). All lives in the call's memory.
 */
#ifndef ORM_UNIT_UPSERT_H
#define ORM_UNIT_UPSERT_H

#include "unit/settle.h"
#include "unit/write_rows.h"

typedef struct em_upsert {
    orm_em                    *em;
    const orm_shape           *shape;
    const orm_row             *given; /* as the user wrote them */
    const orm_upsert_options  *options;
    em_rows                    rows;
    const orm_meta_property  **target; /* what must be unique */
    size_t                     target_count;
    const orm_meta_column    **target_columns;
    size_t                     target_column_count;
    bool                      *in_target; /* by index of a property */
    bool                      *merges;    /* by index of a property: a conflict takes its new value */
    size_t                     limit;     /* rows in one statement */
    orm_instance             **items;     /* by row: what it became */
    em_settling                settling;
} em_upsert;

/* Sends rows that have the same properties in one statement, and sees to it that each has its instance. */
orm_status em_upsert_send(em_upsert *u, const size_t *numbers, size_t count);

#endif
