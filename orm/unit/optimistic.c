#include "unit/optimistic.h"

#include <string.h>

#include "unit/em_private.h"

/* ---- Before: what must still be there ---- */

static orm_status fill_slots(orm_em *em, const orm_meta_entity *meta, const orm_instance *instance, const void **slots)
{
    for (size_t i = 0; i < meta->guard_count; i++) {
        const orm_meta_column *column = meta->guards[i];

        if (orm_query_to_column(column, orm_column_slot(column, instance->snapshot), em->work, &slots[i], &em->error) !=
            ORM_OK)
            return orm_query_fail_property(column->property, &em->error);
    }
    return ORM_OK;
}

/* Of a stub, and of what was loaded as a mere reference, nothing is known. */
static bool has_guards(const orm_instance *instance)
{
    const orm_meta_entity *meta = instance->shape->meta;

    for (size_t i = 0; i < meta->guard_count && instance->missing != NULL; i++)
        if (instance->missing[meta->guards[i]->property->index])
            return false;
    return instance->initialized;
}

orm_status em_guard_rows(orm_em *em, const orm_shape *shape, orm_instance *const *instances, size_t count,
                         const orm_guard **out)
{
    const orm_meta_entity *meta = shape->meta;
    orm_guard             *guard;
    const void           **slots;
    bool                  *open;
    bool                   any = false;

    *out = NULL;
    if (meta->guard_count == 0)
        return ORM_OK;
    guard = orm_arena_alloc(em->work, sizeof *guard);
    slots = orm_arena_calloc(em->work, count * meta->guard_count, sizeof *slots);
    open = orm_arena_calloc(em->work, count, sizeof *open);
    if (guard == NULL || slots == NULL || open == NULL)
        return em_fail_memory(em);
    for (size_t i = 0; i < count; i++) {
        open[i] = !has_guards(instances[i]);
        any = any || !open[i];
        if (!open[i] && fill_slots(em, meta, instances[i], slots + i * meta->guard_count) != ORM_OK)
            return em->error.status;
    }
    *guard = (orm_guard){ .columns = meta->guards, .column_count = meta->guard_count, .slots = slots, .open = open };
    *out = any ? guard : NULL;
    return ORM_OK;
}

orm_status em_check_guarded_change(orm_em *em, const orm_instance *instance, const bool *changed)
{
    const orm_meta_entity *meta = instance->shape->meta;

    if (meta->version != NULL && changed[meta->version->index])
        return em_fail_property(em, meta->version, 626,
                                "each UPDATE makes the next version by itself: it is not for the caller to change");
    if (!meta->has_checks || !instance->initialized)
        return ORM_OK;
    for (size_t i = 0; i < meta->guard_count; i++)
        if (changed[meta->guards[i]->property->index])
            return ORM_OK;
    orm_fail(&em->error, ORM_ERR_OPTIMISTIC_LOCK, 627,
             "The optimistic lock on entity %s failed: an update must change one of its concurrency checks",
             meta->name);
    orm_fail_where(&em->error, meta->name, NULL);
    return em->error.status;
}

/* ---- After: what the answer tells ---- */

static orm_status fail_lock(orm_em *em, const orm_meta_entity *meta, size_t missing, size_t count)
{
    orm_fail(&em->error, ORM_ERR_OPTIMISTIC_LOCK, 628, "The optimistic lock on entity %s failed", meta->name);
    orm_fail_detail(&em->error, "%zu of %zu rows are not there any more as they were loaded: somebody else was faster.",
                    missing, count);
    orm_fail_hint(&em->error,
                  "Load the entities again, with `refresh`, and repeat the change where it still makes sense.");
    orm_fail_where(&em->error, meta->name, NULL);
    return em->error.status;
}

/* The instance of a returned key. */
static orm_status find_instance(orm_em *em, const orm_meta_entity *meta, const orm_result *result, size_t row, size_t at,
                                orm_instance **out)
{
    union {
        max_align_t align;
        char        bytes[64];
    } values[ORM_KEY_COLUMNS_MAX];
    const void *slots[ORM_KEY_COLUMNS_MAX];

    for (size_t i = 0; i < meta->key_column_count; i++) {
        if (orm_result_is_null(result, row, at + i) ||
            orm_result_decode(result, row, at + i, meta->columns[i]->type, em->work, &values[i], &em->error) != ORM_OK)
            return orm_fail(&em->error, ORM_ERR_PROTOCOL, 619, "the server returned no key for an updated %s",
                            meta->name);
        slots[i] = &values[i];
    }
    *out = em_lookup(em, meta, slots);
    return ORM_OK;
}

/* One returned row: its instance has been written. What the server makes of every row begins at column `at`. */
static orm_status take_row(orm_em *em, const em_updated *update, orm_instance *instance, const orm_result *result,
                           size_t row, size_t at)
{
    const orm_meta_entity *table = update->shape->table;
    orm_status             status = ORM_OK;

    instance->visit = em->visits;
    for (size_t i = 0; i < update->reread_count && status == ORM_OK; i++) {
        const orm_meta_property *own = orm_instance_property(instance, update->reread[i]->property);

        if (own != NULL && update->changed[instance->at][own->index])
            status = em_decode(em, own, result, row, &i, instance->self);
    }
    for (size_t i = 0; i < table->column_count && status == ORM_OK; i++) {
        const orm_meta_property *made = table->columns[i]->property;
        const orm_meta_property *own = orm_instance_property(instance, made);

        if (made != table->version && made->descriptor->generated == NULL)
            continue;
        if (own != NULL)
            status = em_decode(em, own, result, row, &at, instance->self);
        at++;
    }
    return status;
}

orm_status em_check_updated(orm_em *em, const em_updated *update, const orm_result *result)
{
    const orm_meta_entity *meta = update->shape->meta;
    bool                   must_be_there = meta->version != NULL || update->guard != NULL;
    size_t                 count = update->count;
    size_t                 missing = 0;

    for (size_t i = 0; i < count; i++)
        update->instances[i]->at = i;

    if (count == 1) {
        if (orm_result_affected(result) == 0)
            return must_be_there ? fail_lock(em, meta, 1, 1) : ORM_OK;
        return take_row(em, update, update->instances[0], result, 0, update->reread_count);
    }
    em->visits++;
    for (size_t row = 0; row < orm_result_rows(result); row++) {
        orm_instance *instance = NULL;
        orm_status    status = find_instance(em, meta, result, row, update->reread_count, &instance);

        if (status == ORM_OK && instance != NULL)
            status = take_row(em, update, instance, result, row, update->reread_count + meta->key_column_count);
        if (status != ORM_OK)
            return status;
    }
    for (size_t i = 0; i < count && must_be_there; i++)
        missing += update->instances[i]->visit != em->visits;
    return missing == 0 ? ORM_OK : fail_lock(em, meta, missing, count);
}

orm_status em_check_deleted(orm_em *em, const orm_shape *shape, size_t count, const orm_guard *guard,
                            const orm_result *result)
{
    int64_t affected = orm_result_affected(result);

    if (guard == NULL || affected < 0 || (uint64_t)affected >= count)
        return ORM_OK;
    return fail_lock(em, shape->meta, count - (size_t)affected, count);
}
