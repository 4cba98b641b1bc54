/* Both sides of to-one members in memory. */
#include <string.h>

#include "unit/em_private.h"

orm_collection *orm_instance_collection(orm_instance *owner, const orm_meta_property *property)
{
    const orm_shape *shape = owner->shape;
    orm_collection  *first = (void *)((char *)owner + shape->collections_at);

    for (size_t i = 0; i < shape->collection_count; i++)
        if (shape->collections[i]->declared == property->declared) /* a base's, too */
            return &first[i];
    return NULL;
}

orm_link *orm_instance_link(orm_instance *instance, const orm_meta_property *property)
{
    size_t index = instance->shape->link_of[property->index];

    return index == SIZE_MAX ? NULL : &instance->links[index];
}

static orm_instance *read_target(const orm_instance *instance, const orm_meta_property *property)
{
    void *target = orm_reference_read(property, instance->self);

    return target == NULL ? NULL : orm_instance_of(target);
}

/* ---- Orphans ---- */

void orm_instance_abandon(orm_instance *instance)
{
    if (instance->state != ORM_INSTANCE_MANAGED && instance->state != ORM_INSTANCE_NEW)
        return;
    instance->state = instance->state == ORM_INSTANCE_NEW ? ORM_INSTANCE_FORGOTTEN : ORM_INSTANCE_REMOVED;
    instance->orphan = true;
    em_note_change(instance);
}

void orm_instance_adopt(orm_instance *instance)
{
    if (!instance->orphan)
        return;
    if (instance->state == ORM_INSTANCE_FORGOTTEN)
        instance->state = ORM_INSTANCE_NEW;
    else if (instance->state == ORM_INSTANCE_REMOVED)
        instance->state = ORM_INSTANCE_MANAGED;
    instance->orphan = false;
    em_note_change(instance);
}

/* ---- One-to-one ---- */

/* A key that is saved stays: the row would be another one without it. */
static void clear(orm_instance *instance, const orm_meta_property *property, const orm_instance *target)
{
    orm_instance_link(instance, property)->to = NULL;
    if (read_target(instance, property) != target)
        instance->unsettled = true;
    else if (!property->primary || instance->key.size == 0)
        orm_reference_write(property, instance->self, NULL);
}

/* The pair is no longer one: whoever has a relation that removes orphans has lost the other. */
static void part(orm_instance *instance, const orm_meta_property *property, orm_instance *target)
{
    if (property->orphan_removal)
        orm_instance_abandon(target);
    if (property->inverse->orphan_removal)
        orm_instance_abandon(instance);
}

static void tie(orm_instance *instance, const orm_meta_property *property)
{
    orm_link     *link = orm_instance_link(instance, property);
    orm_instance *target = read_target(instance, property);
    orm_instance *before = link->to;
    orm_instance *rival;

    if (before != NULL) {
        clear(before, property->inverse, instance);
        part(instance, property, before);
    }
    link->to = target;
    if (target == NULL)
        return;
    rival = orm_instance_link(target, property->inverse)->to;
    if (rival != NULL && rival != instance) {
        clear(rival, property, target);
        part(rival, property, target);
    }
    orm_reference_write(property->inverse, target->self, instance->self);
    orm_instance_link(target, property->inverse)->to = instance;
    orm_instance_adopt(target);
    orm_instance_adopt(instance);
}

/* Both as the database has them. What the user has changed since stays. */
static void set_loaded(orm_instance *instance, const orm_meta_property *property, orm_instance *target)
{
    orm_link *link = orm_instance_link(instance, property);
    void     *self = target == NULL ? NULL : target->self;

    if (orm_instance_is_dirty(instance, property) || (link != NULL && link->to != NULL && link->to != target))
        return;
    orm_reference_write(property, instance->self, self);
    orm_reference_write(property, instance->snapshot, self);
    if (instance->missing != NULL)
        instance->missing[property->index] = false;
    if (link != NULL)
        link->to = target;
}

void orm_instance_tie_loaded(orm_instance *owner, const orm_meta_property *relation, orm_instance *item)
{
    const orm_link *link = orm_instance_link(owner, relation);
    const orm_link *other = item == NULL ? NULL : orm_instance_link(item, relation->inverse);

    /* In memory either may belong to somebody else by now. */
    if (link->to != NULL ? link->to != item : orm_instance_is_dirty(owner, relation))
        return;
    if (other != NULL && (other->to != NULL ? other->to != owner
                                            : item->initialized && orm_instance_is_dirty(item, relation->inverse)))
        return;
    set_loaded(owner, relation, item);
    if (item != NULL)
        set_loaded(item, relation->inverse, owner);
}

/* ---- Many-to-one ---- */

static bool move(orm_instance *instance, const orm_meta_property *reference, orm_arena *arena)
{
    const orm_link *link = orm_instance_link(instance, reference);
    orm_link        before = *link;
    orm_instance   *target = read_target(instance, reference);

    if (target != NULL && !orm_items_put(orm_instance_collection(target, reference->inverse), instance, arena))
        return false;
    if (before.to != NULL) {
        orm_link now = *link;

        /* Taking it out looks for it by its link. */
        *orm_instance_link(instance, reference) = before;
        orm_items_take(orm_instance_collection(before.to, reference->inverse), instance);
        if (target == NULL)
            now = (orm_link){ .to = NULL };
        *orm_instance_link(instance, reference) = now;
    }
    if (target != NULL)
        orm_instance_adopt(instance);
    return true;
}

/* ---- Both ---- */

bool orm_instance_relink(orm_instance *instance, const orm_meta_property *property, orm_arena *arena)
{
    const orm_link *link = orm_instance_link(instance, property);

    if (link == NULL || link->to == read_target(instance, property))
        return true;
    if (property->inverse->to_many)
        return move(instance, property, arena);
    tie(instance, property);
    return true;
}

/*
 * A reference that was only loaded is in no collection: it is where the user left it. An inverse one-to-one is tied whenever it
 * is loaded; its snapshot says little, since it has no column that a flush would write.
 */
bool orm_instance_may_be_relinked(orm_instance *instance, const orm_meta_property *property)
{
    const orm_link *link = orm_instance_link(instance, property);

    return link != NULL && (link->to != NULL || !property->owner || orm_instance_is_dirty(instance, property) ||
                            (instance->unsettled && property->inverse->to_one));
}

static bool relink_members(orm_instance *instance, bool all, orm_arena *arena)
{
    const orm_shape *shape = instance->shape;

    for (size_t i = 0; i < shape->reference_count; i++)
        if ((all || orm_instance_may_be_relinked(instance, shape->references[i])) &&
            !orm_instance_relink(instance, shape->references[i], arena))
            return false;
    for (size_t i = 0; i < shape->inverse_count; i++)
        if ((all || orm_instance_may_be_relinked(instance, shape->inverses[i])) &&
            !orm_instance_relink(instance, shape->inverses[i], arena))
            return false;
    instance->unsettled = false;
    return true;
}

bool orm_instance_relink_all(orm_instance *instance, orm_arena *arena)
{
    return relink_members(instance, true, arena);
}

bool orm_instance_relink_changed(orm_instance *instance, orm_arena *arena)
{
    return relink_members(instance, false, arena);
}

void orm_instance_unlink(orm_instance *instance, const orm_meta_property *property)
{
    orm_link *link = orm_instance_link(instance, property);

    if (link == NULL || link->to == NULL)
        return;
    if (property->inverse->to_many) {
        orm_items_take(orm_instance_collection(link->to, property->inverse), instance);
        return;
    }
    clear(link->to, property->inverse, instance);
    link->to = NULL;
}

void orm_instance_unlink_all(orm_instance *instance)
{
    for (size_t i = 0; i < instance->shape->reference_count; i++)
        orm_instance_unlink(instance, instance->shape->references[i]);
}
