#include "unit/cascade.h"
#include "unit/collection_private.h"

/* ---- What is in it ---- */

/* Every collection is made by us in writable memory; const is only for the one who looks. */
static orm_collection *settled(const orm_collection *collection)
{
    orm_collection *own = orm_instance_collection(collection->owner, collection->property);

    orm_items_settle(own);
    return own;
}

bool orm_collection_is_initialized(const orm_collection *collection)
{
    return collection != NULL && collection->initialized;
}

size_t orm_collection_count(const orm_collection *collection)
{
    return collection == NULL ? 0 : settled(collection)->live;
}

void *orm_collection_at(const orm_collection *collection, size_t index)
{
    const orm_collection *own = collection == NULL ? NULL : settled(collection);

    return own == NULL || index >= own->live ? NULL : own->items[own->head + index]->self;
}

bool orm_collection_contains(const orm_collection *collection, const void *entity)
{
    const orm_instance *instance = collection == NULL ? NULL : em_instance(collection->owner->em, entity);

    if (instance == NULL || !orm_meta_is_a(instance->shape->meta, collection->property->target))
        return false;
    if (collection->property->relation == ORM_RELATION_MANY_TO_MANY && instance->state != ORM_INSTANCE_NEW &&
        instance->state != ORM_INSTANCE_MANAGED && !instance->transient)
        return false;
    return orm_items_has(collection, instance);
}

/* ---- Checks ---- */

orm_instance *em_collection_item(orm_em *em, const orm_meta_property *property, const void *entity)
{
    orm_instance *instance = em_require(em, entity);

    if (instance == NULL)
        orm_query_fail_property(property, &em->error);
    else if (!orm_meta_is_a(instance->shape->meta, property->target))
        em_fail_property(em, property, 546, "a %s cannot be in it", instance->shape->meta->name);
    else if ((instance->state == ORM_INSTANCE_REMOVED && !instance->orphan) || instance->state == ORM_INSTANCE_DELETED)
        em_fail_property(em, property, 651, "the %s is removed: orm_persist() it before it is added",
                         instance->shape->meta->name);
    else
        return instance;
    return NULL;
}

orm_status em_collection_items(orm_em *em, const orm_meta_property *property, const orm_value *value,
                               orm_instance ***items, size_t *count)
{
    size_t size = value->kind == ORM_VALUE_LIST ? value->as.list.count : 0;

    *count = 0;
    *items = orm_arena_calloc(em->work, size, sizeof **items);
    if (*items == NULL)
        return em_fail_memory(em);
    if (value->kind != ORM_VALUE_LIST && value->kind != ORM_VALUE_NULL)
        return em_fail_property(em, property, 653, "it is a collection, and takes a list of %s: orm_list_of()",
                                property->target->name);
    for (size_t i = 0; i < size; i++) {
        const orm_value *item = &value->as.list.items[i];
        orm_query_scope  scope = em_scope(em);
        const void      *slots[ORM_KEY_COLUMNS_MAX];
        orm_instance    *instance;

        if (item->kind == ORM_VALUE_ENTITY)
            instance = em_collection_item(em, property, item->as.entity);
        else if (orm_query_key(property->target, item, &scope, slots, &em->error) == ORM_OK)
            instance = em_reference(em, property->target, slots);
        else
            instance = NULL;
        if (instance == NULL)
            return em->error.status;
        (*items)[(*count)++] = instance;
    }
    return ORM_OK;
}

/* The instance behind it, when the collection is one of this entity manager. */
static orm_status check_own(orm_em *em, const orm_collection *collection)
{
    if (collection != NULL && collection->owner->em == em)
        return ORM_OK;
    return orm_fail(&em->error, ORM_ERR_ARGUMENT, 545, "the collection is not one of this entity manager");
}

static bool is_many_to_many(const orm_collection *collection)
{
    return collection->property->relation == ORM_RELATION_MANY_TO_MANY;
}

/* A child that is taken out must be able to live without this parent. */
static orm_status check_release(orm_em *em, const orm_collection *collection)
{
    const orm_meta_property *property = collection->property;

    if (is_many_to_many(collection) || property->orphan_removal ||
        (property->inverse->nullable && !property->inverse->primary))
        return ORM_OK;
    return em_fail_property(em, property, 654,
                            "what is taken out would be left without a value for %s.%s: make that nullable, or have "
                            "this relation remove orphans (.orphan_removal = true)",
                            property->target->name, property->inverse->name);
}

/* ---- One item ---- */

static orm_status add_child(orm_em *em, orm_collection *collection, orm_instance *child)
{
    const orm_meta_property *reference = collection->property->inverse;
    void                    *before = orm_reference_read(reference, child->self);

    if (reference->primary && child->key.size != 0 && before != collection->owner->self)
        return em_fail_property(em, reference, 655, "it is part of the key of a saved entity, which cannot be changed");
    orm_reference_write(reference, child->self, collection->owner->self);
    if (!orm_instance_relink(child, reference, em->arena)) {
        orm_reference_write(reference, child->self, before);
        return em_fail_memory(em);
    }
    orm_instance_adopt(child);
    return ORM_OK;
}

static bool is_live(const orm_instance *instance)
{
    return instance->state == ORM_INSTANCE_NEW || instance->state == ORM_INSTANCE_MANAGED;
}

static orm_status add(orm_em *em, orm_collection *collection, orm_instance *item)
{
    orm_status status =
        is_many_to_many(collection) ? em_pair_set(em, collection, item, true) : add_child(em, collection, item);

    if (status == ORM_OK && item->state == ORM_INSTANCE_FORGOTTEN && is_live(collection->owner) &&
        collection->property->cascade_persist)
        em_revive(item);
    return status;
}

static void remove_child(orm_collection *collection, orm_instance *child)
{
    const orm_meta_property *reference = collection->property->inverse;

    orm_instance_unlink(child, reference);
    if (reference->nullable && !reference->primary)
        orm_reference_write(reference, child->self, NULL);
    if (collection->property->orphan_removal)
        orm_instance_abandon(child);
}

/* A loaded child may belong to a collection that is not loaded. */
static bool is_child(const orm_collection *collection, const orm_instance *item)
{
    return orm_items_has(collection, item) ||
           (orm_reference_read(collection->property->inverse, item->self) == collection->owner->self && is_live(item));
}

static orm_status take_out(orm_em *em, orm_collection *collection, orm_instance *item)
{
    if (is_many_to_many(collection))
        return orm_items_has(collection, item) || !collection->initialized ? em_pair_set(em, collection, item, false)
                                                                           : ORM_OK;
    if (!is_child(collection, item))
        return ORM_OK;
    if (check_release(em, collection) != ORM_OK)
        return em->error.status;
    remove_child(collection, item);
    return ORM_OK;
}

/* ---- All of them ---- */

/* Children that are not loaded are let go by the flush; those that are in memory at once. */
static orm_status release_children(orm_em *em, orm_collection *collection, uint64_t kept)
{
    bool loaded = collection->initialized;

    if (check_release(em, collection) != ORM_OK)
        return em->error.status;
    if (!loaded && em_touch(em, collection) != ORM_OK)
        return em->error.status;
    for (size_t i = collection->head; i < collection->count; i++)
        if (collection->items[i] != NULL && collection->items[i]->visit != kept)
            remove_child(collection, collection->items[i]);
    for (orm_instance *child = em->first; child != NULL && !loaded; child = child->next)
        if (orm_meta_is_a(child->shape->meta, collection->property->target) && child->visit != kept && is_child(collection, child))
            remove_child(collection, child);
    if (!loaded)
        collection->initialized = collection->replaced = true;
    return ORM_OK;
}

static bool has_others(const orm_collection *collection, uint64_t kept)
{
    for (size_t i = collection->head; i < collection->count; i++)
        if (collection->items[i] != NULL && collection->items[i]->visit != kept)
            return true;
    return !collection->initialized;
}

/* With a fixed order all are taken out first: adding them again gives the order. */
static orm_status release_items(orm_em *em, orm_collection *collection, uint64_t kept)
{
    orm_status status = ORM_OK;

    if (!collection->initialized || (collection->property->owner && collection->property->pivot_order != NULL))
        return em_pair_clear(em, collection);
    for (size_t i = collection->head; i < collection->count && status == ORM_OK; i++)
        if (collection->items[i] != NULL && collection->items[i]->visit != kept)
            status = em_pair_set(em, collection, collection->items[i], false);
    return status;
}

orm_status em_collection_set(orm_em *em, orm_collection *collection, orm_instance **items, size_t count)
{
    uint64_t   kept = ++em->visits;
    orm_status status = ORM_OK;

    for (size_t i = 0; i < count; i++)
        items[i]->visit = kept;
    if (is_many_to_many(collection))
        status = release_items(em, collection, kept);
    else if (has_others(collection, kept))
        status = release_children(em, collection, kept);
    for (size_t i = 0; i < count && status == ORM_OK; i++)
        status = add(em, collection, items[i]);
    return status;
}

/* ---- Public ---- */

orm_status orm_collection_add(orm_em *em, orm_collection *collection, void *entity)
{
    orm_instance *item;

    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    if (check_own(em, collection) != ORM_OK)
        return em->error.status;
    item = em_collection_item(em, collection->property, entity);
    return em_leave(em, item == NULL ? em->error.status : add(em, collection, item));
}

orm_status orm_collection_remove(orm_em *em, orm_collection *collection, void *entity)
{
    orm_instance *item;

    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    if (check_own(em, collection) != ORM_OK)
        return em->error.status;
    item = em_require(em, entity);
    if (item == NULL)
        return orm_query_fail_property(collection->property, &em->error);
    if (!orm_meta_is_a(item->shape->meta, collection->property->target))
        return em_fail_property(em, collection->property, 656, "a %s cannot be in it", item->shape->meta->name);
    return em_leave(em, take_out(em, collection, item));
}

orm_status orm_collection_remove_all(orm_em *em, orm_collection *collection)
{
    return orm_collection_set(em, collection, NULL, 0);
}

orm_status orm_collection_set(orm_em *em, orm_collection *collection, void *const *entities, size_t count)
{
    orm_instance **items;

    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    if (check_own(em, collection) != ORM_OK)
        return em->error.status;
    if (entities == NULL && count > 0)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 657, "orm_collection_set() got %zu entities, and no list", count);
    items = orm_arena_calloc(em->work, count, sizeof *items);
    if (items == NULL)
        return em_leave(em, em_fail_memory(em));
    for (size_t i = 0; i < count; i++) {
        items[i] = em_collection_item(em, collection->property, entities[i]);
        if (items[i] == NULL)
            return em_leave(em, em->error.status);
    }
    return em_leave(em, em_collection_set(em, collection, items, count));
}

orm_collection *orm_collection_of(orm_em *em, const void *entity, const char *property)
{
    orm_instance            *instance;
    const orm_meta_property *p;

    if (!em_enter(em))
        return NULL;
    if (property == NULL) {
        orm_fail(&em->error, ORM_ERR_ARGUMENT, 800, "orm_collection_of() needs the name of a property");
        return NULL;
    }
    instance = em_require(em, entity);
    if (instance == NULL)
        return NULL;
    p = orm_meta_property_named(instance->shape->meta, property);
    if (p == NULL)
        em_unknown_property(em, instance->shape->meta, property);
    else if (!p->to_many)
        em_fail_property(em, p, 547, "it is not a collection");
    else
        return orm_instance_collection(instance, p);
    return NULL;
}
