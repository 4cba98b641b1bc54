/*
 * instance.h - what stands in front of every entity: its state, its snapshot, its collections.
 *
 * One allocation holds all of it: the header, the user's struct, the snapshot (a copy of the struct as the database has
 * it), and places for the collections that the struct points to. A pointer given by the user is only trusted after
 * em_instance() has found it in the entity manager's set.
 */
#ifndef ORM_UNIT_INSTANCE_H
#define ORM_UNIT_INSTANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <orm/collection.h>

#include "base/arena.h"
#include "meta/meta.h"

typedef struct orm_instance orm_instance;

typedef enum orm_instance_state {
    ORM_INSTANCE_FORGOTTEN = 0, /* not persisted, or new and removed: nothing is written for it */
    ORM_INSTANCE_NEW,           /* the next flush inserts it */
    ORM_INSTANCE_MANAGED,       /* has a row */
    ORM_INSTANCE_REMOVED,       /* the next flush deletes its row */
    ORM_INSTANCE_DELETED        /* its row was deleted */
} orm_instance_state;

/* A key as bytes: equal keys have equal bytes, whatever type holds them. */
typedef struct orm_packed_key {
    const void *data;
    size_t      size;
    uint64_t    number; /* where integers are packed to */
} orm_packed_key;

/*
 * What a to-one member has been seen to point to, when that has another side: the target's collection holds the instance,
 * or the target's own member points back. A member that says something else by now was written by the user.
 */
typedef struct orm_link {
    orm_instance *to;    /* NULL: none */
    size_t        index; /* its place in the collection */
} orm_link;

/*
 * How instances of an entity are laid out, and lists that the unit of work walks often. Made once by orm_open(). All entities
 * of a hierarchy have the same layout, so that a stub can become what its row says it is.
 */
typedef struct orm_shape {
    const orm_meta_entity *meta;
    const orm_meta_entity *table; /* of all that shares its table: see orm_meta_table() */
    size_t                 snapshot_at; /* offsets from the header */
    size_t                 owned_at;    /* 0: no arrays, see orm_instance.owned */
    size_t                 links_at;
    size_t                 collections_at;
    size_t                 total;

    const orm_meta_property **references; /* owning to-one, in declared order */
    size_t                    reference_count;
    const orm_meta_property **inverses; /* to-one without a foreign key */
    size_t                    inverse_count;
    const orm_meta_property **collections;
    size_t                    collection_count;
    const orm_meta_property **generated; /* those with on_create or on_update */
    size_t                    generated_count;
    const orm_meta_property **made; /* what the database fills when it is not sent */
    size_t                    made_count;
    const orm_meta_property **remade; /* what comes back after each UPDATE: the version, generated columns */
    size_t                    remade_count;
    bool                      remakes; /* some type that shares the table has such */
    const orm_meta_property **wrapped; /* what the server makes something else of before it writes it */
    size_t                    wrapped_count;
    const orm_meta_property **embedded; /* objects and lists in JSON */
    size_t                    embedded_count;
    size_t                   *link_of; /* by property index; SIZE_MAX: no link */
    size_t                    link_count;
} orm_shape;

struct orm_instance {
    void              *self; /* the user's struct; also the key in the set of known pointers */
    const orm_shape   *shape;
    struct orm_em     *em;
    orm_instance      *next; /* all of the entity manager, oldest first */
    void              *snapshot;
    void              *owned; /* bits of the struct when its arrays were last ours; NULL without arrays */
    orm_link          *links;
    orm_instance_state state;
    bool               initialized;  /* false: a stub, only the key is known */
    const orm_value  **raws;         /* by index of a property: SQL that the next flush writes; may be NULL */
    size_t             raw_count;    /* so many of them are not NULL */
    bool              *missing;      /* by index of a property: it was not read yet; NULL: all were */
    bool               early_delete; /* this flush deletes it before it inserts */
    bool               transient;    /* FORGOTTEN because nobody has persisted it yet */
    bool               orphan;       /* REMOVED or FORGOTTEN only because it was taken out of a relation */
    bool               unsettled;    /* untied from one while a member already says another: to be followed again */
    uint64_t           visit;        /* the last walk that came by */
    size_t             at;           /* walk: next reference to follow */
    size_t             group;        /* flush: number of its group of INSERTs, from 1; 0: not planned yet */
    orm_packed_key     key;          /* set while it is in the identity map */
    uint64_t           key_hash;
    unsigned char      key_bytes[16];
};

/* The layout of an entity. It lives in the arena. NULL when memory is out. */
orm_shape *orm_shape_new(orm_arena *arena, const orm_meta_entity *meta);

/* A zeroed instance with its collections, known to nobody yet. NULL when memory is out. */
orm_instance *orm_instance_new(orm_arena *arena, struct orm_em *em, const orm_shape *shape);

/* Makes a stub one of an entity that extends its own. */
void orm_instance_become(orm_instance *instance, const orm_shape *shape);

/* The column of an instance that is this one of its table; NULL: it has none. */
static inline const orm_meta_column *orm_instance_column(const orm_instance *instance, const orm_meta_column *column)
{
    return instance->shape->meta->by_table[column->in_table];
}

/* The same of a property that is stored. */
static inline const orm_meta_property *orm_instance_property(const orm_instance *instance, const orm_meta_property *property)
{
    const orm_meta_column *own = orm_instance_column(instance, &property->columns[0]);

    return own == NULL ? NULL : own->property;
}

/* The header of a struct that is known to be an instance. */
orm_instance *orm_instance_of(void *self);

/* Makes the snapshot equal to the struct. False when memory is out. */
bool orm_instance_take_snapshot(orm_instance *instance, orm_arena *arena) ORM_MUST_CHECK;

/* The same for one property. */
bool orm_instance_snap_property(orm_instance *instance, const orm_meta_property *property,
                                orm_arena *arena) ORM_MUST_CHECK;

/* Whether the struct's value differs from the snapshot's. */
bool orm_instance_is_dirty(const orm_instance *instance, const orm_meta_property *property);

/* What a to-one reference points to, in any struct of the entity; NULL for none. Not checked. */
void *orm_reference_read(const orm_meta_property *property, const void *self);
void  orm_reference_write(const orm_meta_property *property, void *self, void *target);

/* Copies value and presence from one struct to another, bit by bit. */
void orm_property_copy(const orm_meta_property *property, void *to, const void *from);

/*
 * The slot of a column in any struct of the entity; NULL for SQL NULL and for what is not set (but see orm_key_is_set()
 * for generated keys). Of a reference it is in the struct that it points to: the key under which that is saved, if it is.
 * References are not checked.
 */
const void *orm_column_slot(const orm_meta_column *column, const void *self);

/* ---- Keys: a slot for each column of the key ---- */

/* Packs one value; the result points into `out` or into the slot. */
void        orm_key_pack(orm_type type, const void *slot, orm_packed_key *out);
const void *orm_key_data(const orm_packed_key *key);

/* Packs the values of several columns into one; what does not fit into `out` goes into the arena. False: memory is out. */
bool orm_key_pack_all(const orm_meta_column *const *columns, size_t count, const void *const *slots, orm_arena *arena,
                      orm_packed_key *out) ORM_MUST_CHECK;

/* Whether the packed key of an instance has these values. */
bool     orm_key_matches(const orm_meta_entity *meta, const orm_packed_key *key, const void *const *slots);
uint64_t orm_key_hash(const orm_meta_entity *meta, const void *const *slots);

/* False for the zero that means "not made yet" and for NULL, also where a reference in the key points to such a one. */
bool orm_key_is_set(const orm_meta_entity *meta, const void *self);

/* True for the zero of a key property's value that means "not made yet". */
bool orm_key_value_is_unset(const orm_meta_property *key, const void *slot);

/* Fills `slots` from a struct whose key is set. */
void orm_key_slots(const orm_meta_entity *meta, const void *self, const void *slots[ORM_KEY_COLUMNS_MAX]);

/* ---- Collections ---- */

struct orm_collection {
    orm_instance            *owner;
    const orm_meta_property *property;
    orm_instance           **items; /* NULL where one was taken out, until the next look */
    size_t                   count; /* with holes */
    size_t                   head;  /* holes at the start, so that taking out the first again and again stays linear */
    size_t                   capacity;
    size_t                   live;   /* those that users see */
    size_t                   hidden; /* many-to-many: those behind them that are removed, and may come back */
    bool                     initialized;
    uint64_t                 filled_by; /* number of the result that it was filled from last */
    bool                     replaced; /* emptied without being loaded: the flush deletes all rows but those of its items */
    bool                     partial;  /* only some of its rows were loaded */
    bool                     touched;  /* many-to-many: on the list of those that the flush looks at */
    uint64_t                 settled;  /* orm_em.departures when `hidden` was counted */

    size_t *places; /* many-to-many, when there are many items: a hash table of their indexes, plus one */
    size_t  place_capacity;

    orm_instance **order; /* with a fixed order: what the rows say */
    size_t         order_count;
    size_t         order_capacity;
};

/* The place of a to-many property's collection in its owner. */
orm_collection *orm_instance_collection(orm_instance *owner, const orm_meta_property *property);

/*
 * A collection is an ordered set. What it holds is not checked, and nobody else is told: see links.c and pairs.c for both
 * sides.
 */
bool orm_items_has(const orm_collection *collection, const orm_instance *item);
/* Appends it unless it is there. False when memory is out. */
bool orm_items_put(orm_collection *collection, orm_instance *item, orm_arena *arena) ORM_MUST_CHECK;
void orm_items_take(orm_collection *collection, const orm_instance *item);
/* Closes holes and counts what is hidden, so that items[0] to items[live - 1] are what users see. */
void orm_items_settle(orm_collection *collection);

/* ---- Both sides of a to-one member ---- */

/* The link of a member, or NULL where the target knows nothing of it. */
orm_link *orm_instance_link(orm_instance *instance, const orm_meta_property *property);

/*
 * Tells the other side what the member now says: into the collection of the target and out of the one where it was; of a
 * one-to-one, the target points back, and what either was tied to before is set to NULL. False when memory is out, with
 * nothing changed.
 */
bool orm_instance_relink(orm_instance *instance, const orm_meta_property *property, orm_arena *arena) ORM_MUST_CHECK;
/* False for a member that the user has not changed: a reference that was only loaded is in no collection yet. */
bool orm_instance_may_be_relinked(orm_instance *instance, const orm_meta_property *property);
bool orm_instance_relink_all(orm_instance *instance, orm_arena *arena) ORM_MUST_CHECK;
/* The same for all members that the user may have changed since the last look. */
bool orm_instance_relink_changed(orm_instance *instance, orm_arena *arena) ORM_MUST_CHECK;
/* The other side forgets it; the member stays as it is. */
void orm_instance_unlink(orm_instance *instance, const orm_meta_property *property);
void orm_instance_unlink_all(orm_instance *instance);

/* Ties two by a one-to-one as the database has it: both members, and both snapshots. `item` NULL: there is none. */
void orm_instance_tie_loaded(orm_instance *owner, const orm_meta_property *relation, orm_instance *item);

/* Taken out of a relation that removes orphans; put into one again. */
void orm_instance_abandon(orm_instance *instance);
void orm_instance_adopt(orm_instance *instance);

#endif
