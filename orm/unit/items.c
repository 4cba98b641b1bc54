/* The items of a collection, in their order, each once. */
#include <string.h>

#include "base/text.h"
#include "unit/em_private.h"

/* So many are looked through faster than a table is kept. */
#define FEW ((size_t)8)

/* An item of a one-to-many knows its place itself. */
static orm_link *link_in(const orm_collection *collection, const orm_instance *item)
{
    size_t index = item->shape->link_of[collection->property->inverse->index];

    return &item->links[index];
}

static bool is_many_to_many(const orm_collection *collection)
{
    return collection->property->relation == ORM_RELATION_MANY_TO_MANY;
}

static size_t hash(const orm_instance *item, size_t capacity)
{
    return (size_t)orm_hash_bytes(&item, sizeof item, 0) & (capacity - 1);
}

static void enter(orm_collection *collection, size_t index)
{
    size_t at = hash(collection->items[index], collection->place_capacity);

    while (collection->places[at] != 0)
        at = (at + 1) & (collection->place_capacity - 1);
    collection->places[at] = index + 1;
}

static void rebuild(orm_collection *collection)
{
    memset(collection->places, 0, collection->place_capacity * sizeof *collection->places);
    for (size_t i = 0; i < collection->count; i++)
        if (collection->items[i] != NULL)
            enter(collection, i);
}

/* Holes count as entries, so the table never has more of them than the array is long. */
static bool grow_places(orm_collection *collection, orm_arena *arena)
{
    size_t  capacity = collection->place_capacity == 0 ? 4 * FEW : 2 * collection->place_capacity;
    size_t *places;

    if (collection->count < FEW || 2 * (collection->count + 1) <= collection->place_capacity)
        return true;
    places = orm_arena_calloc(arena, capacity, sizeof *places);
    if (places == NULL)
        return false;
    collection->places = places;
    collection->place_capacity = capacity;
    rebuild(collection);
    return true;
}

/* SIZE_MAX: it is not there. */
static size_t place_of(const orm_collection *collection, const orm_instance *item)
{
    if (!is_many_to_many(collection)) {
        const orm_link *link = link_in(collection, item);

        return link->to == collection->owner ? link->index : SIZE_MAX;
    }
    if (collection->places == NULL) {
        for (size_t i = collection->head; i < collection->count; i++)
            if (collection->items[i] == item)
                return i;
        return SIZE_MAX;
    }
    for (size_t at = hash(item, collection->place_capacity); collection->places[at] != 0;
         at = (at + 1) & (collection->place_capacity - 1))
        if (collection->items[collection->places[at] - 1] == item)
            return collection->places[at] - 1;
    return SIZE_MAX;
}

bool orm_items_has(const orm_collection *collection, const orm_instance *item)
{
    return place_of(collection, item) != SIZE_MAX;
}

static bool is_gone(const orm_instance *item)
{
    return item->state != ORM_INSTANCE_NEW && item->state != ORM_INSTANCE_MANAGED && !item->transient;
}

/* Those that are seen keep their order; those that are not are pushed behind them. */
static void hide(orm_collection *collection)
{
    size_t seen = 0;

    for (size_t i = 0; i < collection->count; i++) {
        orm_instance *item = collection->items[i];

        if (is_gone(item))
            continue;
        collection->items[i] = collection->items[seen];
        collection->items[seen++] = item;
    }
    collection->live = seen;
    collection->hidden = collection->count - seen;
    collection->settled = collection->owner->em->departures;
    if (collection->places != NULL)
        rebuild(collection);
}

static void close_holes(orm_collection *collection)
{
    size_t kept = 0;

    for (size_t i = collection->head; i < collection->count; i++)
        if (collection->items[i] != NULL)
            collection->items[kept++] = collection->items[i];
    collection->count = kept;
    collection->head = 0;
    collection->live = kept;
    if (is_many_to_many(collection)) {
        hide(collection);
        return;
    }
    for (size_t i = 0; i < kept; i++)
        link_in(collection, collection->items[i])->index = i;
}

/* Whether entities were removed or came back since it was counted. */
static bool is_outdated(const orm_collection *collection)
{
    return is_many_to_many(collection) && collection->settled != collection->owner->em->departures;
}

void orm_items_settle(orm_collection *collection)
{
    if (collection->live + collection->hidden != collection->count - collection->head || is_outdated(collection))
        close_holes(collection);
}

bool orm_items_put(orm_collection *collection, orm_instance *item, orm_arena *arena)
{
    if (orm_items_has(collection, item))
        return true;
    if (is_outdated(collection) || collection->hidden > 0)
        close_holes(collection);
    if (!orm_arena_grow(arena, &collection->items, collection->count, &collection->capacity,
                        sizeof *collection->items) ||
        (is_many_to_many(collection) && !grow_places(collection, arena)))
        return false;
    collection->items[collection->count] = item;
    if (!is_many_to_many(collection))
        *link_in(collection, item) = (orm_link){ .to = collection->owner, .index = collection->count };
    else if (collection->places != NULL)
        enter(collection, collection->count);
    collection->count++;
    collection->live++;
    if (collection->hidden > 0 || (is_many_to_many(collection) && is_gone(item)))
        close_holes(collection);
    return true;
}

void orm_items_take(orm_collection *collection, const orm_instance *item)
{
    size_t index = place_of(collection, item);

    if (index == SIZE_MAX)
        return;
    if (is_outdated(collection)) {
        close_holes(collection);
        index = place_of(collection, item);
    }
    /* A hole, so that taking many out stays linear; orm_items_settle() closes it. */
    collection->items[index] = NULL;
    if (is_many_to_many(collection) && is_gone(item))
        collection->hidden--;
    else
        collection->live--;
    while (collection->head < collection->count && collection->items[collection->head] == NULL)
        collection->head++;
    if (!is_many_to_many(collection))
        link_in(collection, item)->to = NULL;
}
