/*
 * identity_map.h - one instance for each entity and key: a hash table with open addressing, keyed by the packed key
 * that the instance carries.
 *
 * Deleted instances stay in it until the end of the transaction that deleted them, because a rollback brings them back:
 * undoing must not need memory. Whoever looks up has to look at the state.
 */
#ifndef ORM_UNIT_IDENTITY_MAP_H
#define ORM_UNIT_IDENTITY_MAP_H

#include "unit/instance.h"

typedef struct orm_identity_map {
    orm_instance       **slots;
    size_t               capacity; /* a power of two, or 0 */
    size_t               count;
    const orm_allocator *allocator;
} orm_identity_map;

void orm_identity_map_init(orm_identity_map *map, const orm_allocator *allocator);
void orm_identity_map_free(orm_identity_map *map);
void orm_identity_map_clear(orm_identity_map *map); /* keeps the memory */

/* By a slot for each column of the key. NULL when there is none. */
orm_instance *orm_identity_map_get(const orm_identity_map *map, const orm_meta_entity *meta, const void *const *slots);

/*
 * Packs the key in the instance's struct and puts the instance in. What was there under that key is given back in
 * *displaced: another instance, this one itself (deleted and persisted again), or NULL. Long keys are copied into the
 * arena. False when memory is out, with nothing changed.
 */
bool orm_identity_map_put(orm_identity_map *map, orm_arena *arena, orm_instance *instance,
                          orm_instance **displaced) ORM_MUST_CHECK;

/* Undoes a put: takes the instance out, or has its place taken by the one that it displaced. */
void orm_identity_map_unput(orm_identity_map *map, orm_instance *instance, orm_instance *displaced);

/* Takes it out if it (and not another of its key) is in. */
void orm_identity_map_remove(orm_identity_map *map, orm_instance *instance);

#endif
