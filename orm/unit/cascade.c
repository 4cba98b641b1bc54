/* What is persisted and removed with others. */
#include "unit/cascade.h"

/* Instances, each once: the walk's number is its mark. */
typedef struct worklist {
    orm_em        *em;
    orm_instance **items;
    size_t         count;
    size_t         capacity;
} worklist;

static orm_status append(worklist *list, orm_instance *instance)
{
    if (instance->visit == list->em->visits)
        return ORM_OK;
    if (!orm_arena_grow(list->em->work, &list->items, list->count, &list->capacity, sizeof(orm_instance *)))
        return em_fail_memory(list->em);
    instance->visit = list->em->visits;
    list->items[list->count++] = instance;
    return ORM_OK;
}

/* What the members say is checked: a user may have written anything into them. */
static orm_status each_target(worklist *list, orm_instance *instance, const orm_meta_property *relation,
                              orm_status (*take)(worklist *, const orm_meta_property *, orm_instance *))
{
    orm_collection *collection;
    orm_status      status = ORM_OK;

    if (relation->to_one) {
        orm_instance *target = em_instance(list->em, orm_reference_read(relation, instance->self));

        return target == NULL || !orm_meta_is_a(target->shape->meta, relation->target) ? ORM_OK : take(list, relation, target);
    }
    collection = orm_instance_collection(instance, relation);
    for (size_t i = collection->head; i < collection->count && status == ORM_OK; i++)
        if (collection->items[i] != NULL)
            status = take(list, relation, collection->items[i]);
    return status;
}

static orm_status each_relation(worklist *list, orm_instance *instance,
                                orm_status (*take)(worklist *, const orm_meta_property *, orm_instance *))
{
    const orm_shape *shape = instance->shape;
    orm_status       status = ORM_OK;

    for (size_t i = 0; i < shape->reference_count && status == ORM_OK; i++)
        status = each_target(list, instance, shape->references[i], take);
    for (size_t i = 0; i < shape->inverse_count && status == ORM_OK; i++)
        status = each_target(list, instance, shape->inverses[i], take);
    for (size_t i = 0; i < shape->collection_count && status == ORM_OK; i++)
        status = each_target(list, instance, shape->collections[i], take);
    return status;
}

static bool is_live(const orm_instance *instance)
{
    return instance->state == ORM_INSTANCE_NEW || instance->state == ORM_INSTANCE_MANAGED;
}

/* ---- Removing ---- */

static orm_status take_removed(worklist *list, const orm_meta_property *relation, orm_instance *target)
{
    return relation->cascade_remove && is_live(target) ? append(list, target) : ORM_OK;
}

static bool lets_go(const orm_meta_property *relation)
{
    return relation->relation == ORM_RELATION_ONE_TO_MANY && !relation->cascade_remove && relation->inverse->nullable;
}

/* Notes what the flush is about to change. */
static orm_status record_removal(orm_em *em, orm_instance *instance)
{
    const orm_shape *shape = instance->shape;

    if (is_live(instance) && !orm_undo_record_state(em, instance, NULL))
        return em_fail_memory(em);
    for (size_t i = 0; i < shape->collection_count; i++) {
        const orm_collection *collection = orm_instance_collection(instance, shape->collections[i]);

        for (size_t j = collection->head; lets_go(shape->collections[i]) && j < collection->count; j++)
            if (collection->items[j] != NULL && collection->items[j]->visit != em->visits &&
                !orm_undo_record_state(em, collection->items[j], shape->collections[i]->inverse))
                return em_fail_memory(em);
    }
    return ORM_OK;
}

/* Children that need no parent stay without one. */
static void let_children_go(orm_em *em, orm_instance *instance, const orm_meta_property *relation)
{
    orm_collection *collection = orm_instance_collection(instance, relation);

    for (size_t i = collection->head; i < collection->count; i++) {
        orm_instance *child = collection->items[i];

        if (child == NULL || child->visit == em->visits)
            continue;
        orm_reference_write(relation->inverse, child->self, NULL);
        orm_instance_unlink(child, relation->inverse);
        em_note_change(child);
    }
}

static void remove_one(orm_em *em, orm_instance *instance, bool is_root)
{
    const orm_shape *shape = instance->shape;

    for (size_t i = 0; i < shape->collection_count; i++)
        if (lets_go(shape->collections[i]))
            let_children_go(em, instance, shape->collections[i]);
    if (is_live(instance)) {
        instance->state =
            instance->state == ORM_INSTANCE_NEW ? ORM_INSTANCE_FORGOTTEN : ORM_INSTANCE_REMOVED;
        instance->orphan = !is_root;
        em_note_change(instance);
    }
    instance->transient = false;
    orm_instance_unlink_all(instance);
}

/* The first `roots` of the list are removed, and what they remove with them. */
static orm_status remove_all(worklist *list, bool record)
{
    size_t     roots = list->count;
    orm_status status = ORM_OK;

    for (size_t i = 0; i < list->count && status == ORM_OK; i++)
        status = each_relation(list, list->items[i], take_removed);
    for (size_t i = 0; i < list->count && status == ORM_OK && record; i++)
        status = record_removal(list->em, list->items[i]);
    for (size_t i = 0; i < list->count && status == ORM_OK; i++)
        remove_one(list->em, list->items[i], i < roots);
    return status;
}

orm_status em_remove(orm_em *em, orm_instance *instance)
{
    worklist list = { .em = em };

    em->visits++;
    return append(&list, instance) == ORM_OK ? remove_all(&list, false) : em->error.status;
}

static orm_status cascade_removal(orm_em *em)
{
    worklist   list = { .em = em };
    orm_status status = ORM_OK;

    em->visits++;
    for (orm_instance *instance = em->first; instance != NULL && status == ORM_OK; instance = instance->next)
        if (instance->state == ORM_INSTANCE_REMOVED)
            status = append(&list, instance);
    return status == ORM_OK && list.count > 0 ? remove_all(&list, true) : status;
}

/* ---- Persisting ---- */

void em_revive(orm_instance *instance)
{
    if (instance->state == ORM_INSTANCE_FORGOTTEN || instance->state == ORM_INSTANCE_DELETED)
        instance->state = ORM_INSTANCE_NEW;
    else if (instance->state == ORM_INSTANCE_REMOVED)
        instance->state = ORM_INSTANCE_MANAGED;
    instance->orphan = instance->transient = false;
    em_note_change(instance);
}

static orm_status take_persisted(worklist *list, const orm_meta_property *relation, orm_instance *target)
{
    /* A pivot table's collection still knows what was removed, in case it comes back. */
    if (target->state != ORM_INSTANCE_FORGOTTEN || !relation->cascade_persist ||
        (relation->relation == ORM_RELATION_MANY_TO_MANY && !target->transient))
        return ORM_OK;
    if (!orm_undo_record_state(list->em, target, NULL))
        return em_fail_memory(list->em);
    if (append(list, target) != ORM_OK)
        return list->em->error.status;
    em_revive(target);
    return em_follow_members(list->em, target);
}

/* Nothing can be reached that is not there: most programs never have a new entity that is not to be saved. */
static orm_status cascade_persist(orm_em *em)
{
    worklist   list = { .em = em };
    orm_status status = ORM_OK;

    em->visits++;
    for (orm_instance *instance = em->first; instance != NULL && status == ORM_OK; instance = instance->next)
        if (is_live(instance))
            status = each_relation(&list, instance, take_persisted);
    for (size_t i = 0; i < list.count && status == ORM_OK; i++)
        status = each_relation(&list, list.items[i], take_persisted);
    return status;
}

/* ---- Both ---- */

static orm_status check_members(orm_em *em, orm_instance *instance, const orm_meta_property **members, size_t count)
{
    orm_status status = ORM_OK;

    for (size_t i = 0; i < count && status == ORM_OK; i++) {
        const orm_link *link = orm_instance_link(instance, members[i]);

        if (orm_instance_may_be_relinked(instance, members[i]) &&
            (link->to == NULL || link->to->self != orm_reference_read(members[i], instance->self)))
            status = em_check_reference(em, members[i], instance->self);
    }
    return status;
}

orm_status em_follow_members(orm_em *em, orm_instance *instance)
{
    const orm_shape *shape = instance->shape;
    orm_status       status = check_members(em, instance, shape->references, shape->reference_count);

    if (status == ORM_OK)
        status = check_members(em, instance, shape->inverses, shape->inverse_count);
    if (status != ORM_OK)
        return status;
    return orm_instance_relink_changed(instance, em->arena) ? ORM_OK : em_fail_memory(em);
}

orm_status em_cascade(orm_em *em)
{
    bool has_transient = false;

    for (orm_instance *instance = em->first; instance != NULL; instance = instance->next) {
        has_transient = has_transient || instance->state == ORM_INSTANCE_FORGOTTEN;
        if ((is_live(instance) || instance->orphan) && em_follow_members(em, instance) != ORM_OK)
            return em->error.status;
    }
    if (cascade_removal(em) != ORM_OK)
        return em->error.status;
    return has_transient ? cascade_persist(em) : ORM_OK;
}
