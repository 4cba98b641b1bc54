#include "unit/em_private.h"

/* The instance behind it, when the collection is one of this entity manager. */
static bool is_own(const orm_em *em, const orm_collection *collection)
{
    return collection != NULL && collection->owner->em == em;
}

bool orm_collection_contains(const orm_collection *collection, const void *entity)
{
    const orm_instance *instance = collection == NULL ? NULL : em_instance(collection->owner->em, entity);
    size_t              link;

    if (instance == NULL || instance->shape->meta != collection->property->target)
        return false;
    link = instance->shape->link_of[collection->property->inverse->index];
    return link != SIZE_MAX && instance->links[link].in == collection;
}

orm_status orm_collection_add(orm_em *em, orm_collection *collection, void *entity)
{
    orm_instance            *instance;
    const orm_meta_property *reference;
    void                    *before;

    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    if (!is_own(em, collection))
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 545, "the collection is not one of this entity manager");
    instance = em_require(em, entity);
    if (instance == NULL)
        return em->error.status;
    if (instance->shape->meta != collection->property->target)
        return em_fail_property(em, collection->property, 546, "a %s cannot be in it", instance->shape->meta->name);

    reference = collection->property->inverse;
    before = orm_reference_read(reference, instance->self);
    orm_reference_write(reference, instance->self, collection->owner->self);
    if (!orm_instance_relink(instance, reference, em->arena)) {
        orm_reference_write(reference, instance->self, before);
        return em_fail_memory(em);
    }
    if (instance->state == ORM_INSTANCE_FORGOTTEN)
        instance->state = ORM_INSTANCE_NEW;
    return em_leave(em, ORM_OK);
}

orm_collection *orm_collection_of(orm_em *em, const void *entity, const char *property)
{
    orm_instance            *instance;
    const orm_meta_property *p;

    if (!em_enter(em))
        return NULL;
    instance = em_require(em, entity);
    if (instance == NULL)
        return NULL;
    p = property == NULL ? NULL : orm_meta_property_named(instance->shape->meta, property);
    if (p == NULL)
        em_unknown_property(em, instance->shape->meta, property != NULL ? property : "");
    else if (p->relation != ORM_RELATION_ONE_TO_MANY)
        em_fail_property(em, p, 547, "it is not a collection");
    else
        return orm_instance_collection(instance, p);
    return NULL;
}
