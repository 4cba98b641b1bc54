#include "base/commit_order.h"
#include "unit/flush_private.h"

/* ---- Commit order of the entity types ---- */

static orm_status add_edges(orm_flush_plan *plan, orm_commit_order *order)
{
    for (size_t i = 0; i < plan->order_count; i++) {
        const orm_meta_entity *table = plan->order[i]->shape->table;

        for (size_t j = 0; j < table->property_count; j++) {
            const orm_meta_property *reference = &table->properties[j];
            const orm_bucket        *target;

            if (!reference->to_one || !reference->owner)
                continue;
            target = &plan->buckets[reference->target->root->index];
            if (target->involved &&
                orm_commit_order_add(order, plan->order[i]->node, target->node, reference->nullable) != ORM_OK)
                return em_fail_memory(plan->em);
        }
    }
    return ORM_OK;
}

/*
 * Types may form a cycle of required references where rows do not; then they stay in the order of their appearance, and
 * the groups settle it.
 */
static orm_status sort_types(orm_flush_plan *plan)
{
    orm_arena        *work = plan->em->work;
    size_t           *sorted = orm_arena_calloc(work, plan->order_count, sizeof *sorted);
    orm_bucket      **order = orm_arena_calloc(work, plan->order_count, sizeof *order);
    orm_commit_order *graph = orm_commit_order_new(work, plan->order_count);
    orm_status        status;

    if (sorted == NULL || order == NULL || graph == NULL)
        return em_fail_memory(plan->em);
    status = add_edges(plan, graph);
    if (status != ORM_OK)
        return status;
    status = orm_commit_order_sort(graph, sorted, NULL);
    if (status == ORM_ERR_CYCLE)
        return ORM_OK;
    if (status != ORM_OK)
        return em_fail_memory(plan->em);
    for (size_t i = 0; i < plan->order_count; i++)
        order[i] = plan->order[sorted[i]];
    plan->order = order;
    return ORM_OK;
}

/* ---- Groups of INSERTs ---- */

/* What a reference points to, if that waits for its INSERT as well. */
static orm_instance *pending_target(const orm_instance *instance, const orm_meta_property *reference)
{
    void         *target = orm_reference_read(reference, instance->self);
    orm_instance *other = target == NULL ? NULL : orm_instance_of(target);

    return other != NULL && other->state == ORM_INSTANCE_NEW ? other : NULL;
}

/* The required reference that keeps an instance out of group number `group`, or NULL. */
static const orm_meta_property *obstacle(const orm_instance *instance, size_t group)
{
    const orm_shape *shape = instance->shape;

    for (size_t i = 0; i < shape->reference_count; i++) {
        const orm_meta_property *reference = shape->references[i];
        const orm_instance      *target = pending_target(instance, reference);

        if (target == NULL || reference->nullable || (target->group != 0 && target->group < group))
            continue;
        /* A row may refer to itself at once, if its key is known. */
        if (target != instance || !orm_key_is_set(shape->meta, instance->self))
            return reference;
    }
    return NULL;
}

bool em_reference_waits(const orm_instance *instance, const orm_meta_property *reference)
{
    void *target = orm_reference_read(reference, instance->self);

    return target != NULL && reference->nullable && orm_instance_of(target)->group != 0 &&
           orm_instance_of(target)->group >= instance->group;
}

orm_status em_plan_extra(orm_em *em, orm_extra_list *list, orm_extra_update extra)
{
    if (!orm_arena_grow(em->work, &list->updates, list->count, &list->capacity, sizeof *list->updates))
        return em_fail_memory(em);
    list->updates[list->count++] = extra;
    return ORM_OK;
}

/* Moves the instances that are ready from the bucket to a new group. *left counts those that are not. */
static orm_status plan_group(orm_flush_plan *plan, orm_bucket *bucket, size_t *left, bool *progress)
{
    orm_arena        *work = plan->em->work;
    orm_insert_group *group;
    size_t            kept = 0;

    if (bucket->insert_count == 0)
        return ORM_OK;
    if (!orm_arena_grow(work, &plan->groups, plan->group_count, &plan->group_capacity, sizeof *plan->groups))
        return em_fail_memory(plan->em);
    group = &plan->groups[plan->group_count];
    *group = (orm_insert_group){ .shape = bucket->shape };
    for (size_t i = 0; i < bucket->insert_count; i++) {
        orm_instance *instance = bucket->inserts[i];
        orm_wait     *waits = bucket->insert_waits == NULL ? NULL : bucket->insert_waits[i];

        if (obstacle(instance, plan->group_count + 1) != NULL || !em_waits_are_over(waits)) {
            if (bucket->insert_waits != NULL)
                bucket->insert_waits[kept] = waits;
            bucket->inserts[kept++] = instance;
            continue;
        }
        if (!orm_arena_grow(work, &group->instances, group->count, &group->capacity, sizeof *group->instances))
            return em_fail_memory(plan->em);
        group->instances[group->count++] = instance;
    }
    for (size_t i = 0; i < group->count; i++)
        group->instances[i]->group = plan->group_count + 1;
    bucket->insert_count = kept;
    *left += kept;
    if (group->count > 0) {
        group->before = plan->before;
        plan->before = (orm_extra_list){ .count = 0 };
        plan->group_count++;
        *progress = true;
    }
    return ORM_OK;
}

static orm_status fail_cycle(orm_flush_plan *plan)
{
    for (size_t i = 0; i < plan->order_count; i++) {
        const orm_bucket        *bucket = plan->order[i];
        const orm_meta_property *reference =
            bucket->insert_count == 0 ? NULL : obstacle(bucket->inserts[0], plan->group_count + 1);

        if (reference == NULL)
            continue;
        orm_fail(&plan->em->error, ORM_ERR_CYCLE, 575,
                 "%s.%s is part of a cycle of required references between new entities: make one of them nullable",
                 reference->entity->name, reference->name);
        orm_fail_where(&plan->em->error, reference->entity->name, reference->name);
        break;
    }
    return ORM_ERR_CYCLE;
}

/* Nothing goes on: a row lets go of its unique values before it gets its new ones, if that is what is waited for. */
static orm_status open_circle(orm_flush_plan *plan)
{
    bool       progress = false;
    orm_status status = em_vacate_early(plan, &progress);

    return status != ORM_OK || progress ? status : fail_cycle(plan);
}

/*
 * Usually one round; rows of one type that require each other, cycles of types, and unique values that are given up for a
 * new row take more.
 */
static orm_status sort_inserts(orm_flush_plan *plan)
{
    orm_status status;
    size_t     left;

    do {
        bool progress = false;

        left = 0;
        status = em_place_early(plan, &progress);
        for (size_t i = 0; i < plan->order_count && status == ORM_OK; i++)
            status = plan_group(plan, plan->order[i], &left, &progress);
        if (status == ORM_OK && left > 0 && !progress)
            status = open_circle(plan);
    } while (status == ORM_OK && left > 0);
    return status;
}

static orm_status plan_waiting(orm_flush_plan *plan, orm_instance *instance)
{
    const orm_shape *shape = instance->shape;

    for (size_t i = 0; i < shape->reference_count; i++)
        if (em_reference_waits(instance, shape->references[i]) &&
            em_plan_extra(plan->em, &plan->extras,
                          (orm_extra_update){ .instance = instance, .property = shape->references[i] }) != ORM_OK)
            return plan->em->error.status;
    return ORM_OK;
}

static orm_status plan_groups(orm_flush_plan *plan)
{
    orm_status status = sort_inserts(plan);

    if (status != ORM_OK)
        return status;
    for (size_t g = 0; g < plan->group_count; g++) {
        const orm_insert_group *group = &plan->groups[g];

        for (size_t i = 0; i < group->count; i++)
            if (plan_waiting(plan, group->instances[i]) != ORM_OK)
                return plan->em->error.status;
    }
    return em_place_late(plan);
}

orm_status em_plan_flush(orm_flush_plan *plan)
{
    orm_status status = sort_types(plan);

    if (status == ORM_OK)
        status = em_plan_unique(plan);
    return status == ORM_OK ? plan_groups(plan) : status;
}
