#include "unit/cascade.h"
#include "unit/flush_private.h"

size_t em_batch_rows(const orm_em *em, size_t params_per_row)
{
    return em_limit_rows(em, em->o->settings.batch_size, params_per_row, 0);
}

size_t em_limit_rows(const orm_em *em, size_t rows, size_t params_per_row, size_t other_params)
{
    const orm_settings *settings = &em->o->settings;
    size_t              room = other_params < ORM_PARAMS_MAX ? ORM_PARAMS_MAX - other_params : 0;

    if (settings->protocol == ORM_PROTOCOL_EXTENDED && params_per_row > 0 && rows > room / params_per_row)
        rows = room / params_per_row;
    return rows > 0 ? rows : 1;
}

/* ---- Gathering ---- */

static orm_status involve(orm_flush_plan *plan, const orm_shape *shape, orm_bucket **out)
{
    const orm_meta_entity *root = shape->meta->root;
    orm_bucket            *bucket = &plan->buckets[root->index];

    if (!bucket->involved) {
        *bucket = (orm_bucket){ .shape = em_shape_of(plan->em, root), .involved = true, .node = plan->order_count };
        plan->order[plan->order_count++] = bucket;
    }
    *out = bucket;
    return ORM_OK;
}

static orm_status append_insert(orm_flush_plan *plan, orm_instance *instance)
{
    orm_bucket *bucket;

    involve(plan, instance->shape, &bucket);
    if (!orm_arena_grow(plan->em->work, &bucket->inserts, bucket->insert_count, &bucket->insert_capacity,
                        sizeof *bucket->inserts))
        return em_fail_memory(plan->em);
    bucket->inserts[bucket->insert_count++] = instance;
    return ORM_OK;
}

static orm_status append_update(orm_flush_plan *plan, orm_change_set *changes)
{
    orm_bucket *bucket;

    involve(plan, changes->instance->shape, &bucket);
    if (!orm_arena_grow(plan->em->work, &bucket->updates, bucket->update_count, &bucket->update_capacity,
                        sizeof *bucket->updates))
        return em_fail_memory(plan->em);
    bucket->updates[bucket->update_count++] = changes;
    return ORM_OK;
}

static orm_status append_delete(orm_flush_plan *plan, orm_instance *instance)
{
    orm_bucket *bucket;

    involve(plan, instance->shape, &bucket);
    instance->early_delete = false;
    if (!orm_arena_grow(plan->em->work, &bucket->deletes, bucket->delete_count, &bucket->delete_capacity,
                        sizeof *bucket->deletes))
        return em_fail_memory(plan->em);
    bucket->deletes[bucket->delete_count++] = instance;
    return ORM_OK;
}

/* A reference that is to be written: it must point to something that has a row or gets one. */
static orm_status follow(orm_em *em, orm_instance *instance, const orm_meta_property *reference, orm_instance **target)
{
    orm_status status = em_check_reference(em, reference, instance->self);

    *target = NULL;
    if (status != ORM_OK)
        return status;
    *target = em_instance(em, orm_reference_read(reference, instance->self));
    if (*target == NULL)
        return ORM_OK;
    if ((*target)->state == ORM_INSTANCE_REMOVED || (*target)->state == ORM_INSTANCE_DELETED)
        return em_fail_property(em, reference, 580, "it points to a %s that is removed", reference->target->name);
    if ((*target)->state == ORM_INSTANCE_FORGOTTEN)
        return em_fail_property(em, reference, 650,
                                "it points to a %s that is not persisted: orm_persist() it, or let the relation cascade",
                                reference->target->name);
    return ORM_OK;
}

static orm_status check_identity(orm_em *em, const orm_instance *instance)
{
    const orm_meta_entity *meta = instance->shape->meta;
    const orm_instance    *other;
    const void            *slots[ORM_KEY_COLUMNS_MAX];

    if (!orm_key_is_set(meta, instance->self))
        return ORM_OK;
    orm_key_slots(meta, instance->self, slots);
    other = em_lookup_any(em, meta, slots);
    if (other == NULL || other == instance || other->state == ORM_INSTANCE_REMOVED)
        return ORM_OK;
    return em_fail_property(em, meta->keys[0], 581, "another %s with this key is managed already", meta->name);
}

/*
 * A new instance and the new ones that it refers to, those first. With a stack of its own, because a chain of entities
 * may be longer than the thread's.
 */
static orm_status gather_new(orm_flush_plan *plan, orm_instance *root)
{
    orm_em        *em = plan->em;
    orm_instance **stack = NULL;
    size_t         depth = 0;
    size_t         capacity = 0;
    orm_instance  *next = root;

    for (;;) {
        orm_instance *top;

        if (next != NULL && next->state == ORM_INSTANCE_NEW && next->visit != em->visits) {
            if (!orm_arena_grow(em->work, &stack, depth, &capacity, sizeof *stack))
                return em_fail_memory(em);
            next->visit = em->visits;
            next->at = 0;
            next->group = 0;
            stack[depth++] = next;
        }
        if (depth == 0)
            return ORM_OK;
        top = stack[depth - 1];
        next = NULL;
        if (top->at < top->shape->reference_count) {
            if (follow(em, top, top->shape->references[top->at++], &next) != ORM_OK)
                return em->error.status;
            continue;
        }
        depth--;
        if (em_prepare_insert(em, top) != ORM_OK || check_identity(em, top) != ORM_OK ||
            append_insert(plan, top) != ORM_OK)
            return em->error.status;
    }
}

static orm_status gather_managed(orm_flush_plan *plan, orm_instance *instance)
{
    const orm_shape *shape = instance->shape;
    orm_change_set  *changes = NULL;

    for (size_t i = 0; i < shape->reference_count; i++) {
        orm_instance *target;

        if (!orm_instance_is_dirty(instance, shape->references[i]))
            continue;
        if (follow(plan->em, instance, shape->references[i], &target) != ORM_OK ||
            (target != NULL && gather_new(plan, target) != ORM_OK))
            return plan->em->error.status;
    }
    if (em_prepare_update(plan->em, instance, &changes) != ORM_OK)
        return plan->em->error.status;
    return changes == NULL ? ORM_OK : append_update(plan, changes);
}

static orm_status gather(orm_flush_plan *plan)
{
    orm_em *em = plan->em;
    size_t  types = em->o->meta->entity_count;

    plan->buckets = orm_arena_calloc(em->work, types, sizeof *plan->buckets);
    plan->order = orm_arena_calloc(em->work, types, sizeof *plan->order);
    if (plan->buckets == NULL || plan->order == NULL)
        return em_fail_memory(em);
    em->visits++;
    for (orm_instance *instance = em->first; instance != NULL; instance = instance->next) {
        orm_status status = ORM_OK;

        instance->group = 0;
        if (instance->state == ORM_INSTANCE_NEW)
            status = gather_new(plan, instance);
        else if (instance->state == ORM_INSTANCE_MANAGED)
            status = gather_managed(plan, instance);
        else if (instance->state == ORM_INSTANCE_REMOVED)
            status = append_delete(plan, instance);
        if (status != ORM_OK)
            return status;
    }
    return ORM_OK;
}

/* ---- Writing ---- */

static orm_status write_deletes(orm_flush_plan *plan, bool early)
{
    for (size_t i = plan->order_count; i-- > 0;) {
        orm_status status = em_delete_bucket(plan->em, plan->order[i], early);

        if (status != ORM_OK)
            return status;
    }
    return ORM_OK;
}

static orm_status write_all(void *context)
{
    orm_flush_plan *plan = context;
    orm_status      status = write_deletes(plan, true);

    for (size_t i = 0; i < plan->group_count && status == ORM_OK; i++) {
        status = em_write_extras(plan->em, &plan->groups[i].before, true);
        if (status == ORM_OK)
            status = em_insert_group(plan->em, &plan->groups[i]);
    }
    for (size_t i = 0; i < plan->order_count && status == ORM_OK; i++)
        status = em_update_bucket(plan, plan->order[i]);
    if (status == ORM_OK)
        status = em_write_extras(plan->em, &plan->extras, false);
    if (status == ORM_OK)
        status = em_write_extras(plan->em, &plan->late, false);
    if (status == ORM_OK)
        status = em_tell_updated(plan);
    if (status == ORM_OK)
        status = em_write_collections(plan);
    return status == ORM_OK ? write_deletes(plan, false) : status;
}

static orm_status write_alone(orm_flush_plan *plan, size_t mark)
{
    orm_status status = em_alone(plan->em, write_all, plan);

    if (status != ORM_OK)
        orm_undo_to(plan->em, mark);
    return status;
}

static orm_status write_inside(orm_flush_plan *plan, size_t mark)
{
    orm_status status = write_all(plan);
    orm_error  why;

    if (status == ORM_OK)
        status = em_settle(plan->em);
    if (status == ORM_OK)
        return ORM_OK;
    why = plan->em->error;
    em_settle(plan->em);
    plan->em->error = why;
    orm_undo_to(plan->em, mark);
    /* Where the server has failed, it refuses all but a rollback by itself. */
    if (plan->em->level_count > 0 && !orm_connection_is_aborted(plan->em->connection))
        plan->em->half_done = plan->em->level_count;
    return status;
}

static orm_status write_plan(orm_flush_plan *plan, size_t mark)
{
    orm_em    *em = plan->em;
    orm_status status;

    em->is_writing = true;
    status = em->level_count == 0 ? write_alone(plan, mark) : write_inside(plan, mark);
    em->is_writing = false;
    return status;
}

orm_status em_gather_flush(orm_flush_plan *plan)
{
    orm_status status = em_cascade(plan->em);

    if (status == ORM_OK)
        status = gather(plan);
    return status == ORM_OK ? em_plan_collections(plan) : status;
}

/* All that can go wrong without the server goes wrong here. */
static orm_status prepare(orm_flush_plan *plan)
{
    orm_status status = em_gather_flush(plan);

    return status == ORM_OK && plan->order_count > 0 ? em_plan_flush(plan) : status;
}

orm_status em_flush(orm_em *em)
{
    orm_flush_plan plan = { .em = em };
    size_t         mark = em->undo.count;
    orm_status     status;

    if (em->half_done != 0)
        return orm_fail(&em->error, ORM_ERR_TRANSACTION_ABORTED, 582,
                        "an earlier flush in this transaction stopped half way: roll it back");
    status = em_tell(em, ORM_EVENT_BEFORE_FLUSH, NULL);
    if (status == ORM_OK)
        status = prepare(&plan);
    if (status == ORM_OK && em_listens(em, ORM_EVENT_ON_FLUSH)) {
        status = em_tell(em, ORM_EVENT_ON_FLUSH, NULL);
        plan = (orm_flush_plan){ .em = em };
        if (status == ORM_OK)
            status = prepare(&plan);
    }
    if (status != ORM_OK)
        orm_undo_to(em, mark);
    else if (plan.order_count > 0 || plan.pivots != NULL)
        status = write_plan(&plan, mark);
    else if (em->level_count == 0)
        orm_undo_forget(em);
    if (status != ORM_OK)
        return status;
    em_unqueue_all(em);
    return em_tell(em, ORM_EVENT_AFTER_FLUSH, NULL);
}

orm_status orm_flush(orm_em *em)
{
    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    if (em_refuse_in_event(em, "be flushed") != ORM_OK)
        return em->error.status;
    return em_leave(em, em_flush(em));
}
