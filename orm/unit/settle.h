/*
 * settle.h - what is known of a row becomes an instance: a new one, or the one that is there is brought up to date.
 */
#ifndef ORM_UNIT_SETTLE_H
#define ORM_UNIT_SETTLE_H

#include "unit/em_private.h"

typedef struct em_settling {
    orm_em          *em;
    const orm_shape *shape;
    void            *row;        /* a struct of the entity; what it points to lives as long as entities do */
    bool            *known;      /* by index of a property: `row` has it. The key always is */
    bool            *overwrites; /* by index of a property: also where the user has changed it */
    bool             lasts;      /* it is not taken back with the transaction: nothing was written */
} em_settling;

/* Room for one row after the other, in the call's memory. */
orm_status em_settling_init(em_settling *s, orm_em *em, const orm_shape *shape);
/* Before each row: nothing is known. */
void       em_settling_clear(em_settling *s);

/*
 * Where a result has the columns of an entity, by their names and by index of a column; SIZE_MAX: nowhere. Of two with one
 * name the first, or the last, which is what SQL has made of the column.
 */
void em_find_columns(const orm_meta_entity *meta, const orm_result *result, bool last, size_t *at);
/* ORM_ERR_VALIDATION: a column of the key is not among them. */
orm_status em_check_key_columns(orm_em *em, const orm_meta_entity *meta, const size_t *at);
/* What a row of a result has is known. */
orm_status em_settling_read(em_settling *s, const orm_result *result, size_t row, const size_t *at);

/*
 * Other changes of the user are kept. An instance of which more than the key is known is initialized; what is not known of
 * it is missing, as after partial loading. em_tell_loaded() then tells of it as of one that was loaded. In a transaction it is noted
 * how to take it back.
 */
orm_status em_settle_row(em_settling *s, orm_instance **out);

#endif
