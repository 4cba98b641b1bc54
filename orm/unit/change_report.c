/* The change sets of a flush that does not take place. */
#include <orm/unit_of_work.h>

#include "unit/flush_private.h"

typedef struct report {
    orm_em            *em;
    orm_entity_change *entities;
    size_t             entity_count;
    size_t             entity_capacity;
    orm_pair_change   *pairs;
    size_t             pair_count;
    size_t             pair_capacity;
} report;

static orm_value value_of(const orm_meta_property *p, const void *self)
{
    if (p->type == ORM_TYPE_REFERENCE)
        return orm_entity_value(orm_reference_read(p, self));
    return orm_meta_is_present(p, self) ? orm_type_to_value(p->type, orm_meta_slot_const(p, self)) : orm_null();
}

/* A reference to nothing is NULL. */
static orm_value tidy(orm_value value)
{
    return value.kind == ORM_VALUE_ENTITY && value.as.entity == NULL ? orm_null() : value;
}

static bool is_written(const orm_instance *instance, const orm_meta_property *p, const orm_change_set *changes)
{
    if (p->column_count == 0 || p->read_only)
        return false;
    if (changes != NULL)
        return changes->changed[p->index];
    return (tidy(value_of(p, instance->self)).kind != ORM_VALUE_NULL || em_raw_of(instance, p) != NULL) &&
           (p != instance->shape->meta->key || orm_key_is_set(instance->shape->meta, instance->self));
}

static orm_status add_properties(report *r, const orm_instance *instance, const orm_change_set *changes,
                                 orm_entity_change *to)
{
    const orm_meta_entity *meta = instance->shape->meta;
    orm_property_change   *list = orm_arena_calloc(r->em->arena, meta->property_count, sizeof *list);

    if (list == NULL)
        return em_fail_memory(r->em);
    to->properties = list;
    for (size_t i = 0; i < meta->property_count; i++) {
        const orm_meta_property *p = &meta->properties[i];

        if (!is_written(instance, p, changes))
            continue;
        list[to->property_count++] = (orm_property_change){
            .property = p->name,
            .old_value = changes == NULL ? orm_null() : tidy(value_of(p, instance->snapshot)),
            .new_value = em_raw_of(instance, p) != NULL ? *em_raw_of(instance, p) : tidy(value_of(p, instance->self)),
        };
    }
    return ORM_OK;
}

static orm_status add_entity(report *r, orm_instance *instance, orm_change_kind kind, const orm_change_set *changes)
{
    orm_entity_change change = { .entity = instance->self,
                                 .type = instance->shape->meta->descriptor,
                                 .kind = kind };

    if (kind != ORM_CHANGE_DELETE && add_properties(r, instance, changes, &change) != ORM_OK)
        return r->em->error.status;
    if (!orm_arena_grow(r->em->arena, &r->entities, r->entity_count, &r->entity_capacity, sizeof *r->entities))
        return em_fail_memory(r->em);
    r->entities[r->entity_count++] = change;
    return ORM_OK;
}

static orm_status add_entities(report *r, const orm_flush_plan *plan)
{
    orm_status status = ORM_OK;

    for (size_t i = 0; i < plan->order_count; i++)
        for (size_t j = 0; j < plan->order[i]->insert_count && status == ORM_OK; j++)
            status = add_entity(r, plan->order[i]->inserts[j], ORM_CHANGE_CREATE, NULL);
    for (size_t i = 0; i < plan->order_count; i++)
        for (size_t j = 0; j < plan->order[i]->update_count && status == ORM_OK; j++)
            status = add_entity(r, plan->order[i]->updates[j]->instance, ORM_CHANGE_UPDATE, plan->order[i]->updates[j]);
    for (size_t i = 0; i < plan->order_count; i++)
        for (size_t j = 0; j < plan->order[i]->delete_count && status == ORM_OK; j++)
            status = add_entity(r, plan->order[i]->deletes[j], ORM_CHANGE_DELETE, NULL);
    return status;
}

static orm_status add_rows(report *r, const orm_pivot_plan *pivot, const orm_pivot_rows *rows, bool added)
{
    for (size_t i = 0; i < rows->count; i++) {
        if (!orm_arena_grow(r->em->arena, &r->pairs, r->pair_count, &r->pair_capacity, sizeof *r->pairs))
            return em_fail_memory(r->em);
        r->pairs[r->pair_count++] = (orm_pair_change){ .owner = rows->rows[i].owner->self,
                                                       .property = pivot->relation->name,
                                                       .target = rows->rows[i].target->self,
                                                       .added = added };
    }
    return ORM_OK;
}

static orm_status add_pairs(report *r, const orm_flush_plan *plan)
{
    orm_status status = ORM_OK;

    for (const orm_pivot_plan *pivot = plan->pivots; pivot != NULL && status == ORM_OK; pivot = pivot->next) {
        status = add_rows(r, pivot, &pivot->deletes, false);
        if (status == ORM_OK)
            status = add_rows(r, pivot, &pivot->inserts, true);
        if (status == ORM_OK)
            status = add_rows(r, pivot, &pivot->missing, true);
    }
    return status;
}

orm_status orm_uow_change_sets(orm_em *em, orm_changes *out)
{
    orm_flush_plan plan = { .em = em };
    report         r = { .em = em };
    size_t         mark;
    orm_status     status;

    if (out != NULL)
        *out = (orm_changes){ .entity_count = 0 };
    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    if (out == NULL)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 661, "orm_uow_change_sets() needs a place for what it finds");
    if (em->is_writing)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 664,
                        "orm_uow_change_sets(): the flush is writing already, so the change sets cannot be asked for");
    mark = em->undo.count;
    status = em_gather_flush(&plan);
    if (status == ORM_OK)
        status = add_entities(&r, &plan);
    if (status == ORM_OK)
        status = add_pairs(&r, &plan);
    orm_undo_to(em, mark);
    if (em->undo.count == 0 && em->level_count == 0)
        orm_undo_forget(em);
    if (status == ORM_OK)
        *out = (orm_changes){ .entities = r.entities,
                              .entity_count = r.entity_count,
                              .pairs = r.pairs,
                              .pair_count = r.pair_count };
    return em_leave(em, status);
}
