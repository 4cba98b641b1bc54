#include "base/map.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"

#define FIRST_CAPACITY ((size_t)16)

void orm_map_init(orm_map *map, const orm_allocator *allocator)
{
    *map = (orm_map){ .allocator = allocator != NULL ? allocator : orm_default_allocator() };
}

void orm_map_free(orm_map *map)
{
    if (map->slots != NULL)
        map->allocator->release(map->allocator->context, map->slots);
    orm_map_init(map, map->allocator);
}

void orm_map_clear(orm_map *map)
{
    if (map->slots != NULL)
        memset(map->slots, 0, map->capacity * sizeof *map->slots);
    map->count = 0;
}

/* A free slot is one without a key, so a key without bytes needs some address. */
static const void *address_of(const void *key)
{
    return key != NULL ? key : "";
}

/* The slot that holds the key, or the free one where it would go. There always is a free one. */
static orm_map_slot *find(const orm_map *map, uint64_t hash, const void *key, size_t key_size)
{
    size_t mask = map->capacity - 1;

    for (size_t at = (size_t)hash & mask;; at = (at + 1) & mask) {
        orm_map_slot *slot = &map->slots[at];

        if (slot->key == NULL ||
            (slot->hash == hash && slot->key_size == key_size && memcmp(slot->key, key, key_size) == 0))
            return slot;
    }
}

void *orm_map_get(const orm_map *map, const void *key, size_t key_size)
{
    if (map->count == 0)
        return NULL;
    key = address_of(key);
    return find(map, orm_hash_bytes(key, key_size, 0), key, key_size)->value;
}

static bool resize(orm_map *map, size_t capacity)
{
    orm_map       bigger = { .capacity = capacity, .count = map->count, .allocator = map->allocator };
    orm_allocator memory = *map->allocator;

    if (capacity > SIZE_MAX / sizeof *bigger.slots)
        return false;
    bigger.slots = memory.alloc(memory.context, capacity * sizeof *bigger.slots);
    if (bigger.slots == NULL)
        return false;
    memset(bigger.slots, 0, capacity * sizeof *bigger.slots);
    for (size_t i = 0; i < map->capacity; i++) {
        const orm_map_slot *old = &map->slots[i];

        if (old->key != NULL)
            *find(&bigger, old->hash, old->key, old->key_size) = *old;
    }
    if (map->slots != NULL)
        memory.release(memory.context, map->slots);
    *map = bigger;
    return true;
}

bool orm_map_put(orm_map *map, const void *key, size_t key_size, void *value)
{
    uint64_t      hash;
    orm_map_slot *slot;

    key = address_of(key);
    hash = orm_hash_bytes(key, key_size, 0);
    if (map->count > 0) {
        slot = find(map, hash, key, key_size);
        if (slot->key != NULL) {
            /* The new key's memory may outlive the old one's. */
            slot->key = key;
            slot->value = value;
            return true;
        }
    }
    /* At three quarters full, probes get long. */
    if (map->count >= map->capacity / 4 * 3 && !resize(map, map->capacity == 0 ? FIRST_CAPACITY : map->capacity * 2))
        return false;
    *find(map, hash, key, key_size) = (orm_map_slot){ .key = key, .key_size = key_size, .hash = hash, .value = value };
    map->count++;
    return true;
}

/*
 * Knuth's algorithm R (6.4): entries behind the hole move up into it unless they already stand between their home and
 * the hole, so that no probe meets a gap and no tombstones pile up.
 */
void orm_map_remove(orm_map *map, const void *key, size_t key_size)
{
    size_t        mask = map->capacity - 1;
    orm_map_slot *slot;
    size_t        hole;

    if (map->count == 0)
        return;
    key = address_of(key);
    slot = find(map, orm_hash_bytes(key, key_size, 0), key, key_size);
    if (slot->key == NULL)
        return;
    hole = (size_t)(slot - map->slots);
    for (size_t at = (hole + 1) & mask; map->slots[at].key != NULL; at = (at + 1) & mask) {
        size_t home = (size_t)map->slots[at].hash & mask;

        if (((at - home) & mask) >= ((at - hole) & mask)) {
            map->slots[hole] = map->slots[at];
            hole = at;
        }
    }
    map->slots[hole] = (orm_map_slot){ 0 };
    map->count--;
}

const orm_map_slot *orm_map_next(const orm_map *map, size_t *cursor)
{
    while (*cursor < map->capacity) {
        const orm_map_slot *slot = &map->slots[(*cursor)++];

        if (slot->key != NULL)
            return slot;
    }
    return NULL;
}

void *orm_map_get_text(const orm_map *map, const char *key)
{
    return orm_map_get(map, key, strlen(key));
}

bool orm_map_put_text(orm_map *map, const char *key, void *value)
{
    return orm_map_put(map, key, strlen(key), value);
}
