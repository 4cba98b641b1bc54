#include "unit/identity_map.h"

#include <string.h>

void orm_identity_map_init(orm_identity_map *map, const orm_allocator *allocator)
{
    *map = (orm_identity_map){ .allocator = allocator != NULL ? allocator : orm_default_allocator() };
}

void orm_identity_map_free(orm_identity_map *map)
{
    if (map->slots != NULL)
        map->allocator->release(map->allocator->context, map->slots);
    orm_identity_map_init(map, map->allocator);
}

void orm_identity_map_clear(orm_identity_map *map)
{
    if (map->slots != NULL)
        memset(map->slots, 0, map->capacity * sizeof *map->slots);
    map->count = 0;
}

/* The slot of this key, or the free one where it belongs. The table is never full. */
static size_t find_slot(const orm_identity_map *map, const orm_meta_entity *meta, const void *const *slots,
                        uint64_t hash)
{
    size_t mask = map->capacity - 1;
    size_t i = (size_t)hash & mask;

    while (map->slots[i] != NULL) {
        const orm_instance *other = map->slots[i];

        if (other->key_hash == hash && other->shape->meta->root == meta->root && orm_key_matches(meta, &other->key, slots))
            break;
        i = (i + 1) & mask;
    }
    return i;
}

orm_instance *orm_identity_map_get(const orm_identity_map *map, const orm_meta_entity *meta, const void *const *slots)
{
    if (map->count == 0)
        return NULL;
    return map->slots[find_slot(map, meta, slots, orm_key_hash(meta, slots))];
}

static void insert_unseen(orm_instance **slots, size_t capacity, orm_instance *instance)
{
    size_t i = (size_t)instance->key_hash & (capacity - 1);

    while (slots[i] != NULL)
        i = (i + 1) & (capacity - 1);
    slots[i] = instance;
}

/* Keeps a quarter of the slots free. */
static bool make_room(orm_identity_map *map)
{
    size_t         capacity = map->capacity == 0 ? 64 : map->capacity * 2;
    orm_instance **slots;

    if (map->count + 1 <= map->capacity / 4 * 3)
        return true;
    if (capacity > SIZE_MAX / sizeof *slots)
        return false;
    slots = map->allocator->alloc(map->allocator->context, capacity * sizeof *slots);
    if (slots == NULL)
        return false;
    memset(slots, 0, capacity * sizeof *slots);
    for (size_t i = 0; i < map->capacity; i++)
        if (map->slots[i] != NULL)
            insert_unseen(slots, capacity, map->slots[i]);
    if (map->slots != NULL)
        map->allocator->release(map->allocator->context, map->slots);
    map->slots = slots;
    map->capacity = capacity;
    return true;
}

/* The instance keeps its key itself, since the struct's may be overwritten by the user. */
static bool keep_key(orm_instance *instance, const void *const *slots, orm_arena *arena)
{
    const orm_meta_entity *meta = instance->shape->meta;
    orm_packed_key         packed;

    if (!orm_key_pack_all(meta->columns, meta->key_column_count, slots, arena, &packed))
        return false;
    if (packed.data != NULL && packed.size <= sizeof instance->key_bytes) {
        memcpy(instance->key_bytes, packed.data, packed.size);
        packed.data = instance->key_bytes;
    } else if (packed.data != NULL && meta->key_column_count == 1) {
        packed.data = orm_arena_memdup(arena, packed.data, packed.size);
        if (packed.data == NULL)
            return false;
    }
    instance->key = packed;
    instance->key_hash = orm_key_hash(meta, slots);
    return true;
}

bool orm_identity_map_put(orm_identity_map *map, orm_arena *arena, orm_instance *instance, orm_instance **displaced)
{
    const void *slots[ORM_KEY_COLUMNS_MAX];
    size_t      slot;

    *displaced = NULL;
    orm_key_slots(instance->shape->meta, instance->self, slots);
    if (!make_room(map) || !keep_key(instance, slots, arena))
        return false;
    slot = find_slot(map, instance->shape->meta, slots, instance->key_hash);
    *displaced = map->slots[slot];
    if (map->slots[slot] == NULL)
        map->count++;
    map->slots[slot] = instance;
    return true;
}

/* Backward shift: what was pushed past the hole moves up, so that no search stops too early. */
static void empty_slot(orm_identity_map *map, size_t hole)
{
    size_t mask = map->capacity - 1;

    map->slots[hole] = NULL;
    map->count--;
    for (size_t i = (hole + 1) & mask; map->slots[i] != NULL; i = (i + 1) & mask) {
        size_t home = (size_t)map->slots[i]->key_hash & mask;

        if (((i - home) & mask) >= ((i - hole) & mask)) {
            map->slots[hole] = map->slots[i];
            map->slots[i] = NULL;
            hole = i;
        }
    }
}

void orm_identity_map_unput(orm_identity_map *map, orm_instance *instance, orm_instance *displaced)
{
    size_t slot = (size_t)instance->key_hash & (map->capacity - 1);

    if (map->count == 0)
        return;
    while (map->slots[slot] != NULL && map->slots[slot] != instance)
        slot = (slot + 1) & (map->capacity - 1);
    if (map->slots[slot] == NULL)
        return;
    if (displaced != NULL)
        map->slots[slot] = displaced;
    else
        empty_slot(map, slot);
}

void orm_identity_map_remove(orm_identity_map *map, orm_instance *instance)
{
    orm_identity_map_unput(map, instance, NULL);
}
