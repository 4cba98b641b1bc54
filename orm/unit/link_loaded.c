/* What a row says of two entities that it holds, in memory. */
#include "unit/hydrate.h"

/* Begins to fill a collection with what this result says, once for each result. False: it is loaded already. */
static bool is_filled(orm_collection *collection, uint64_t pass, bool refresh)
{
    if (collection->initialized && !refresh && collection->filled_by != pass)
        return false;
    collection->initialized = true;
    collection->filled_by = pass;
    return true;
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
                                   uint64_t pass, bool refresh)
{
    const orm_meta_property *reference = relation->inverse;

    if (!is_filled(orm_instance_collection(owner, relation), pass, refresh) || item == NULL)
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

/* The side without the foreign key knows of the other one by the row alone. */
static void link_inverse(orm_em *em, orm_instance *owner, const orm_meta_property *relation, orm_instance *item)
{
    const orm_instance *claimed = item == NULL ? NULL : em_instance(em, orm_reference_read(relation->inverse, item->self));

    /* In memory it may belong to somebody else by now. */
    if (item != NULL && item->initialized && claimed != owner)
        return;
    orm_reference_write(relation, owner->self, item == NULL ? NULL : item->self);
}

orm_status em_link_loaded(orm_em *em, orm_instance *owner, const orm_meta_property *relation, orm_instance *item,
                          uint64_t pass, bool refresh)
{
    if (relation->relation == ORM_RELATION_ONE_TO_MANY)
        return link_one_to_many(em, owner, relation, item, pass, refresh);
    if (relation->to_one && !relation->owner)
        link_inverse(em, owner, relation, item);
    return ORM_OK;
}
