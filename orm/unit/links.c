#include <string.h>

#include "unit/instance.h"

orm_collection *orm_instance_collection(orm_instance *owner, const orm_meta_property *property)
{
    const orm_shape *shape = owner->shape;
    orm_collection  *first = (void *)((char *)owner + shape->collections_at);

    for (size_t i = 0; i < shape->collection_count; i++)
        if (shape->collections[i] == property)
            return &first[i];
    return NULL;
}

static orm_link *link_of(orm_instance *instance, const orm_meta_property *reference)
{
    size_t index = instance->shape->link_of[reference->index];

    return index == SIZE_MAX ? NULL : &instance->links[index];
}

void orm_instance_unlink(orm_instance *instance, const orm_meta_property *reference)
{
    orm_link *link = link_of(instance, reference);

    if (link == NULL || link->in == NULL)
        return;
    /* A hole, so that taking many out stays linear; orm_collection_at() closes it. */
    link->in->items[link->index] = NULL;
    link->in->live--;
    while (link->in->head < link->in->count && link->in->items[link->in->head] == NULL)
        link->in->head++;
    link->in = NULL;
}

void orm_instance_unlink_all(orm_instance *instance)
{
    for (size_t i = 0; i < instance->shape->reference_count; i++)
        orm_instance_unlink(instance, instance->shape->references[i]);
}

bool orm_instance_relink(orm_instance *instance, const orm_meta_property *reference, orm_arena *arena)
{
    orm_link       *link = link_of(instance, reference);
    void           *target = orm_reference_read(reference, instance->self);
    orm_collection *wanted = NULL;

    if (link == NULL)
        return true;
    if (target != NULL)
        wanted = orm_instance_collection(orm_instance_of(target), reference->inverse);
    if (wanted == link->in)
        return true;
    if (wanted != NULL &&
        !orm_arena_grow(arena, &wanted->items, wanted->count, &wanted->capacity, sizeof *wanted->items))
        return false;
    orm_instance_unlink(instance, reference);
    if (wanted != NULL) {
        *link = (orm_link){ .in = wanted, .index = wanted->count };
        wanted->items[wanted->count++] = instance;
        wanted->live++;
    }
    return true;
}

/* ---- What users see ---- */

static void close_holes(orm_collection *collection)
{
    size_t kept = 0;

    for (size_t i = 0; i < collection->count; i++) {
        orm_instance *item = collection->items[i];

        if (item == NULL)
            continue;
        link_of(item, collection->property->inverse)->index = kept;
        collection->items[kept++] = item;
    }
    collection->count = kept;
    collection->head = 0;
}

bool orm_collection_is_initialized(const orm_collection *collection)
{
    return collection != NULL && collection->initialized;
}

size_t orm_collection_count(const orm_collection *collection)
{
    return collection == NULL ? 0 : collection->live;
}

void *orm_collection_at(const orm_collection *collection, size_t index)
{
    if (collection == NULL || index >= collection->live)
        return NULL;
    if (collection->live != collection->count - collection->head) {
        /* Every collection is made by us in writable memory; const is only for the one who looks. */
        orm_collection *own = orm_instance_collection(collection->owner, collection->property);

        close_holes(own);
    }
    return collection->items[collection->head + index]->self;
}
