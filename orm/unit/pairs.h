/*
 * pairs.h - many-to-many relations in memory. A row of a pivot table is a pair of instances; both of their collections hold
 * the other one, and what is to be written is kept once for each pair, not for each collection.
 */
#ifndef ORM_UNIT_PAIRS_H
#define ORM_UNIT_PAIRS_H

#include "base/map.h"
#include "unit/instance.h"

struct orm_em;

/* Whether the pivot table has a row of the pair. Only a loaded collection tells. */
typedef enum orm_pair_row { ORM_PAIR_UNKNOWN = 0, ORM_PAIR_ABSENT, ORM_PAIR_PRESENT } orm_pair_row;

/* One that was added or taken out since the last transaction. */
typedef struct orm_pair {
    struct {
        const orm_meta_property *relation; /* of the owning side */
        orm_instance            *owner;
        orm_instance            *target;
    } key;
    struct orm_pair *next; /* in the order of their first change */
    orm_pair_row     row;
    bool             wanted;
} orm_pair;

typedef struct orm_pair_log {
    orm_map          by_key;
    orm_pair        *first;
    orm_pair        *last;
    orm_pair        *unused;
    orm_collection **touched; /* collections that were emptied without being loaded, or whose order may have changed */
    size_t           touched_count;
    size_t           touched_capacity;
} orm_pair_log;

/* Puts an instance into a many-to-many collection, or takes it out: on both sides. ORM_ERR_MEMORY with nothing changed. */
orm_status em_pair_set(struct orm_em *em, orm_collection *collection, orm_instance *item, bool wanted);

/* NULL: it was not changed. */
orm_pair *em_pair_find(const struct orm_em *em, const orm_meta_property *relation, orm_instance *owner,
                       orm_instance *target);

/* Empties a many-to-many collection, loaded or not. */
orm_status em_pair_clear(struct orm_em *em, orm_collection *collection);

/* The flush is to look at the collection. */
orm_status em_touch(struct orm_em *em, orm_collection *collection);

/*
 * The rows of a many-to-many collection come: all of them, or some (`partial`). What was loaded before goes. What the user
 * has changed since the last flush stays.
 */
void em_pairs_loading(struct orm_em *em, orm_collection *collection, bool partial);
/* One of them. */
orm_status em_pair_loaded(struct orm_em *em, orm_collection *collection, orm_instance *item);

/* The rows of a collection with a fixed order are as its items are. */
orm_status em_note_order(struct orm_em *em, orm_collection *collection);

/* The transaction is over: forgets what is written. */
void em_pairs_forget(struct orm_em *em);

#endif
