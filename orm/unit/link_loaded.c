/* What a row says of two entities that it holds, in memory. */
#include "unit/hydrate.h"

/* Begins to fill a collection with what this result says, once for each result. False: it is loaded already. */
static bool is_filled(orm_em *em, orm_collection *collection, const em_pass *pass)
{
    if (collection->filled_by == pass->number)
        return true;
    if (collection->initialized && !pass->refresh)
        return false;
    em_collection_loading(em, collection, pass->partial);
    collection->filled_by = pass->number;
    return true;
}

void em_collection_loading(orm_em *em, orm_collection *collection, bool partial)
{
    if (collection->property->relation == ORM_RELATION_MANY_TO_MANY)
        em_pairs_loading(em, collection, partial);
    collection->initialized = true;
    collection->partial = partial;
}

/* A row read without its foreign key: the join says what that is. */
static void set_reference(orm_instance *item, const orm_meta_property *reference, orm_instance *owner)
{
    if (item->missing == NULL || !item->missing[reference->index] ||
        orm_reference_read(reference, item->self) != NULL)
        return;
    orm_reference_write(reference, item->self, owner->self);
    orm_reference_write(reference, item->snapshot, owner->self);
    item->missing[reference->index] = false;
}

static orm_status link_one_to_many(orm_em *em, orm_instance *owner, const orm_meta_property *relation, orm_instance *item,
                                   const em_pass *pass)
{
    const orm_meta_property *reference = relation->inverse;

    if (!is_filled(em, orm_instance_collection(owner, relation), pass) || item == NULL)
        return ORM_OK;
    set_reference(item, reference, owner);
    if (!item->initialized && orm_reference_read(reference, item->self) == NULL) {
        orm_reference_write(reference, item->self, owner->self);
        orm_reference_write(reference, item->snapshot, owner->self);
    }
    /* What was moved in memory, or removed, stays where it is. */
    if (item->state != ORM_INSTANCE_MANAGED || orm_reference_read(reference, item->self) != owner->self)
        return ORM_OK;
    return orm_instance_relink(item, reference, em->arena) ? ORM_OK : em_fail_memory(em);
}

static orm_status link_many_to_many(orm_em *em, orm_instance *owner, const orm_meta_property *relation,
                                    orm_instance *item, const em_pass *pass)
{
    orm_collection *collection = orm_instance_collection(owner, relation);

    return is_filled(em, collection, pass) && item != NULL ? em_pair_loaded(em, collection, item) : ORM_OK;
}

orm_status em_link_loaded(orm_em *em, orm_instance *owner, const orm_meta_property *relation, orm_instance *item,
                          const em_pass *pass)
{
    /* The select speaks of all types of the owner; this one need not have the relation. */
    relation = orm_meta_property_of(owner->shape->meta, relation);
    if (relation == NULL)
        return ORM_OK;
    if (relation->relation == ORM_RELATION_ONE_TO_MANY)
        return link_one_to_many(em, owner, relation, item, pass);
    if (relation->relation == ORM_RELATION_MANY_TO_MANY)
        return link_many_to_many(em, owner, relation, item, pass);
    if (relation->to_one && !relation->owner)
        orm_instance_tie_loaded(owner, relation, item);
    return ORM_OK;
}

orm_status em_hide_reference(orm_em *em, orm_instance *owner, const orm_meta_property *relation)
{
    const orm_link *link;

    relation = orm_meta_property_of(owner->shape->meta, relation);
    if (relation == NULL)
        return ORM_OK;
    link = orm_instance_link(owner, relation);
    if (relation->primary || orm_reference_read(relation, owner->self) == NULL || orm_instance_is_dirty(owner, relation))
        return ORM_OK;
    orm_reference_write(relation, owner->self, NULL);
    orm_reference_write(relation, owner->snapshot, NULL);
    if (link != NULL && link->to != NULL && !orm_instance_relink(owner, relation, em->arena))
        return em_fail_memory(em);
    return ORM_OK;
}
