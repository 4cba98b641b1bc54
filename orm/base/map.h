/*
 * map.h - a hash table from bytes to pointers, open addressing. Keys are not copied: they must live as long as the entry.
 */
#ifndef ORM_BASE_MAP_H
#define ORM_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <orm/memory.h>

typedef struct orm_map_slot {
    const void *key; /* NULL: free */
    size_t      key_size;
    uint64_t    hash;
    void       *value;
} orm_map_slot;

typedef struct orm_map {
    orm_map_slot        *slots;
    size_t               capacity; /* a power of two, or 0 */
    size_t               count;
    const orm_allocator *allocator;
} orm_map;

void  orm_map_init(orm_map *map, const orm_allocator *allocator); /* NULL: the default; takes no memory yet */
void  orm_map_free(orm_map *map);
void  orm_map_clear(orm_map *map); /* keeps the memory */
void *orm_map_get(const orm_map *map, const void *key, size_t key_size); /* NULL when absent */

/* Sets or replaces. False when memory is out; nothing is changed then. `value` must not be NULL. */
bool orm_map_put(orm_map *map, const void *key, size_t key_size, void *value) ORM_MUST_CHECK;
void orm_map_remove(orm_map *map, const void *key, size_t key_size); /* absent: nothing */

/* Walks the entries in no particular order: start with *cursor = 0; NULL at the end. Do not change the map meanwhile. */
const orm_map_slot *orm_map_next(const orm_map *map, size_t *cursor);

/* The same with NUL-terminated keys. */
void *orm_map_get_text(const orm_map *map, const char *key);
bool  orm_map_put_text(orm_map *map, const char *key, void *value) ORM_MUST_CHECK;

#endif
