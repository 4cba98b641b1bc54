#include "unit/pairs.h"

#include <string.h>

#include "unit/em_private.h"

static const orm_meta_property *owning(const orm_meta_property *relation)
{
    return relation->owner ? relation->declared : relation->inverse->declared;
}

/* The collection of the other side that mirrors this one, or NULL where the target has none. */
static orm_collection *mirror(const orm_collection *collection, orm_instance *item)
{
    const orm_meta_property *inverse = collection->property->inverse;

    return inverse == NULL ? NULL : orm_instance_collection(item, inverse);
}

static orm_pair make_key(const orm_meta_property *relation, orm_instance *owner, orm_instance *target)
{
    orm_pair key;

    memset(&key, 0, sizeof key);
    key.key.relation = relation->declared;
    key.key.owner = owner;
    key.key.target = target;
    return key;
}

orm_pair *em_pair_find(const orm_em *em, const orm_meta_property *relation, orm_instance *owner, orm_instance *target)
{
    orm_pair key = make_key(relation, owner, target);

    return orm_map_get(&em->pairs.by_key, &key.key, sizeof key.key);
}

static orm_pair *find(const orm_em *em, const orm_collection *collection, orm_instance *item)
{
    return collection->property->owner ? em_pair_find(em, owning(collection->property), collection->owner, item)
                                       : em_pair_find(em, owning(collection->property), item, collection->owner);
}

/* What a collection knows of its rows: nothing while it is not loaded, and that there are none once it was emptied. */
static orm_pair_row row_in(const orm_collection *collection, const orm_instance *item)
{
    if (collection == NULL || !collection->initialized)
        return ORM_PAIR_UNKNOWN;
    if (collection->replaced)
        return ORM_PAIR_ABSENT;
    if (orm_items_has(collection, item))
        return ORM_PAIR_PRESENT;
    return collection->partial ? ORM_PAIR_UNKNOWN : ORM_PAIR_ABSENT;
}

/* The record of a pair that is about to change. NULL with an error. */
static orm_pair *record(orm_em *em, orm_collection *collection, orm_instance *item)
{
    bool                  owner = collection->property->owner;
    orm_pair             *pair = find(em, collection, item);
    const orm_collection *other = mirror(collection, item);

    if (pair != NULL)
        return pair;
    pair = em->pairs.unused != NULL ? em->pairs.unused : orm_arena_alloc(em->arena, sizeof *pair);
    if (pair == NULL) {
        em_fail_memory(em);
        return NULL;
    }
    if (pair == em->pairs.unused)
        em->pairs.unused = pair->next;
    *pair = make_key(owning(collection->property), owner ? collection->owner : item, owner ? item : collection->owner);
    pair->row = row_in(collection, item);
    if (pair->row == ORM_PAIR_UNKNOWN || (other != NULL && other->replaced))
        pair->row = row_in(other, collection->owner);
    if (pair->row == ORM_PAIR_UNKNOWN && (collection->owner->key.size == 0 || item->key.size == 0))
        pair->row = ORM_PAIR_ABSENT;
    pair->wanted = pair->row == ORM_PAIR_PRESENT;
    if (!orm_map_put(&em->pairs.by_key, &pair->key, sizeof pair->key, pair)) {
        pair->next = em->pairs.unused;
        em->pairs.unused = pair;
        em_fail_memory(em);
        return NULL;
    }
    if (em->pairs.last == NULL)
        em->pairs.first = pair;
    else
        em->pairs.last->next = pair;
    em->pairs.last = pair;
    return pair;
}

orm_status em_touch(orm_em *em, orm_collection *collection)
{
    orm_pair_log *log = &em->pairs;

    if (collection->touched)
        return ORM_OK;
    if (!orm_arena_grow(em->arena, &log->touched, log->touched_count, &log->touched_capacity, sizeof *log->touched))
        return em_fail_memory(em);
    log->touched[log->touched_count++] = collection;
    collection->touched = true;
    return ORM_OK;
}

static orm_status touch_order(orm_em *em, orm_collection *collection, orm_collection *other)
{
    if (collection->property->pivot_order == NULL)
        return ORM_OK;
    if (collection->property->owner)
        return em_touch(em, collection);
    return other == NULL ? ORM_OK : em_touch(em, other);
}

orm_status em_pair_set(orm_em *em, orm_collection *collection, orm_instance *item, bool wanted)
{
    orm_collection *other = mirror(collection, item);
    orm_pair       *pair;

    if (wanted && orm_items_has(collection, item) && (other == NULL || orm_items_has(other, collection->owner)))
        return ORM_OK;
    pair = record(em, collection, item);
    if (pair == NULL || touch_order(em, collection, other) != ORM_OK)
        return em->error.status;
    if (wanted) {
        bool was_there = orm_items_has(collection, item);

        if (!orm_items_put(collection, item, em->arena))
            return em_fail_memory(em);
        if (other != NULL && !orm_items_put(other, collection->owner, em->arena)) {
            if (!was_there)
                orm_items_take(collection, item);
            return em_fail_memory(em);
        }
    } else {
        orm_items_take(collection, item);
        if (other != NULL)
            orm_items_take(other, collection->owner);
    }
    pair->wanted = wanted;
    em_queue(em, collection->owner->shape->meta);
    em_queue(em, item->shape->meta);
    return ORM_OK;
}

/* Rows that nobody has loaded go, too; whoever knows of such a row forgets it. */
static orm_status replace(orm_em *em, orm_collection *collection)
{
    const orm_meta_property *inverse = collection->property->inverse;
    const orm_meta_property *relation = owning(collection->property);
    orm_status               status = em_touch(em, collection);

    if (status != ORM_OK)
        return status;
    collection->initialized = collection->replaced = true;
    for (orm_instance *other = em->first; other != NULL && inverse != NULL; other = other->next)
        if (orm_meta_is_a(other->shape->meta, collection->property->target))
            orm_items_take(orm_instance_collection(other, inverse), collection->owner);
    for (orm_pair *pair = em->pairs.first; pair != NULL; pair = pair->next)
        if (pair->key.relation == relation &&
            (collection->property->owner ? pair->key.owner : pair->key.target) == collection->owner)
            pair->row = ORM_PAIR_ABSENT;
    return ORM_OK;
}

orm_status em_pair_clear(orm_em *em, orm_collection *collection)
{
    orm_status status = ORM_OK;

    /* From the end, so that items keep their places; one that cannot be recorded leaves the rest. */
    for (size_t i = collection->count; i > collection->head && status == ORM_OK; i--)
        if (collection->items[i - 1] != NULL)
            status = em_pair_set(em, collection, collection->items[i - 1], false);
    if (status == ORM_OK && !collection->initialized)
        status = replace(em, collection);
    if (status == ORM_OK)
        em_queue(em, collection->owner->shape->meta);
    return status;
}

/* ---- Loading ---- */

/* What was loaded before: of whatever is not there any more, both sides forget it. */
static void forget_items(orm_em *em, orm_collection *collection)
{
    for (size_t i = collection->head; i < collection->count; i++) {
        orm_instance   *item = collection->items[i];
        const orm_pair *pair = item == NULL ? NULL : find(em, collection, item);
        orm_collection *other = item == NULL ? NULL : mirror(collection, item);

        if (item == NULL || (pair != NULL && pair->wanted && pair->row != ORM_PAIR_PRESENT))
            continue;
        if (other != NULL && !other->partial)
            orm_items_take(other, collection->owner);
        orm_items_take(collection, item);
    }
}

void em_pairs_loading(orm_em *em, orm_collection *collection, bool partial)
{
    const orm_meta_property *relation = owning(collection->property);
    bool                     owner = collection->property->owner;

    if (collection->initialized)
        forget_items(em, collection);
    collection->initialized = true;
    collection->partial = partial;
    collection->order_count = 0;
    for (orm_pair *pair = em->pairs.first; pair != NULL && !partial; pair = pair->next)
        if (pair->key.relation == relation && (owner ? pair->key.owner : pair->key.target) == collection->owner)
            pair->row = ORM_PAIR_ABSENT;
}

orm_status em_pair_loaded(orm_em *em, orm_collection *collection, orm_instance *item)
{
    orm_pair *pair = find(em, collection, item);

    if (collection->property->owner && collection->property->pivot_order != NULL) {
        if (!orm_arena_grow(em->arena, &collection->order, collection->order_count, &collection->order_capacity,
                            sizeof *collection->order))
            return em_fail_memory(em);
        collection->order[collection->order_count++] = item;
    }
    if (pair != NULL) {
        pair->row = ORM_PAIR_PRESENT;
        if (!pair->wanted)
            return ORM_OK;
    }
    return orm_items_put(collection, item, em->arena) ? ORM_OK : em_fail_memory(em);
}

orm_status em_note_order(orm_em *em, orm_collection *collection)
{
    orm_items_settle(collection);
    collection->order = orm_arena_calloc(em->arena, collection->live, sizeof(orm_instance *));
    if (collection->order == NULL)
        return em_fail_memory(em);
    if (collection->live > 0)
        memcpy(collection->order, collection->items + collection->head, collection->live * sizeof(orm_instance *));
    collection->order_count = collection->order_capacity = collection->live;
    return ORM_OK;
}

/* ---- The end of a transaction ---- */

static bool is_settled(const orm_pair *pair)
{
    return pair->row == (pair->wanted ? ORM_PAIR_PRESENT : ORM_PAIR_ABSENT);
}

void em_pairs_forget(orm_em *em)
{
    orm_pair_log *log = &em->pairs;
    orm_pair     *pair = log->first;
    size_t        kept = 0;

    log->first = log->last = NULL;
    while (pair != NULL) {
        orm_pair *next = pair->next;

        if (is_settled(pair)) {
            orm_map_remove(&log->by_key, &pair->key, sizeof pair->key);
            pair->next = log->unused;
            log->unused = pair;
        } else {
            pair->next = NULL;
            if (log->last == NULL)
                log->first = pair;
            else
                log->last->next = pair;
            log->last = pair;
        }
        pair = next;
    }
    for (size_t i = 0; i < log->touched_count; i++) {
        orm_collection *collection = log->touched[i];

        collection->touched = collection->replaced;
        if (collection->touched)
            log->touched[kept++] = collection;
    }
    log->touched_count = kept;
}
