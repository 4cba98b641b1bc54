#include <string.h>

#include "unit/flush_private.h"
#include "unit/optimistic.h"

/* Several change sets on their way into one UPDATE. */
typedef struct batch {
    orm_em                   *em;
    const orm_shape          *shape;
    orm_change_set          **changes;
    size_t                    count;
    const orm_meta_column   **columns;
    size_t                    column_count;
    orm_cell                 *cells;
    const void              **keys;
    const orm_meta_column   **reread; /* what the server has made something else of */
    size_t                    reread_count;
    bool                      early; /* the rest of these rows is still to come */
} batch;

static bool writes_raw(const batch *b, const orm_meta_column *column)
{
    for (size_t i = 0; i < b->count; i++) {
        const orm_meta_column *own = orm_instance_column(b->changes[i]->instance, column);

        if (own != NULL && b->changes[i]->changed[own->property->index] &&
            em_raw_of(b->changes[i]->instance, own->property) != NULL)
            return true;
    }
    return false;
}

static orm_status choose_columns(batch *b)
{
    const orm_meta_entity *meta = b->shape->table;

    b->columns = orm_arena_calloc(b->em->work, meta->column_count, sizeof *b->columns);
    b->reread = orm_arena_calloc(b->em->work, meta->column_count, sizeof *b->reread);
    if (b->columns == NULL || b->reread == NULL)
        return em_fail_memory(b->em);
    b->column_count = 0;
    for (size_t i = 0; i < meta->column_count; i++) {
        for (size_t row = 0; row < b->count; row++) {
            const orm_meta_column *own = orm_instance_column(b->changes[row]->instance, meta->columns[i]);

            if (own != NULL && b->changes[row]->changed[own->property->index]) {
                b->columns[b->column_count++] = meta->columns[i];
                break;
            }
        }
    }
    for (size_t i = 0; i < b->column_count; i++)
        if (orm_meta_to_sql(b->columns[i]) != NULL || writes_raw(b, b->columns[i]))
            b->reread[b->reread_count++] = b->columns[i];
    return ORM_OK;
}

/* Room for the keys of so many rows, a slot for each column. NULL when memory is out. */
static const void **key_slots(orm_em *em, const orm_meta_entity *meta, size_t count)
{
    return orm_arena_calloc(em->work, count * meta->key_column_count, sizeof(const void *));
}

/* The key under which the row is saved. */
static void set_key_slots(const orm_meta_entity *meta, const orm_instance *instance, const void **keys, size_t row)
{
    for (size_t i = 0; i < meta->key_column_count; i++)
        keys[row * meta->key_column_count + i] = orm_column_slot(meta->columns[i], instance->snapshot);
}

static orm_status fill(batch *b)
{
    b->cells = orm_arena_calloc(b->em->work, b->count * b->column_count, sizeof *b->cells);
    b->keys = key_slots(b->em, b->shape->meta, b->count);
    if (b->cells == NULL || b->keys == NULL)
        return em_fail_memory(b->em);
    for (size_t row = 0; row < b->count; row++) {
        const orm_change_set *changes = b->changes[row];

        set_key_slots(b->shape->meta, changes->instance, b->keys, row);
        for (size_t i = 0; i < b->column_count; i++) {
            const orm_meta_column *own = orm_instance_column(changes->instance, b->columns[i]);
            orm_cell              *cell = &b->cells[row * b->column_count + i];

            if (own != NULL && em_fill_cell(b->em, changes->instance, own, cell) != ORM_OK)
                return b->em->error.status;
            cell->absent = own == NULL || !changes->changed[own->property->index];
        }
    }
    return ORM_OK;
}

static orm_status list_instances(const batch *b, orm_instance ***out, const bool ***changed)
{
    *out = orm_arena_calloc(b->em->work, b->count, sizeof **out);
    *changed = orm_arena_calloc(b->em->work, b->count, sizeof **changed);
    if (*out == NULL || *changed == NULL)
        return em_fail_memory(b->em);
    for (size_t i = 0; i < b->count; i++) {
        (*out)[i] = b->changes[i]->instance;
        (*changed)[i] = b->changes[i]->changed;
    }
    return ORM_OK;
}

static orm_status send(batch *b)
{
    const orm_guard *guard = NULL;
    orm_instance   **instances = NULL;
    const bool     **changed = NULL;
    orm_result      *result = NULL;
    orm_statement    statement;
    orm_status       status = list_instances(b, &instances, &changed);
    orm_row_set      rows = { .entity = b->shape->table,
                           .columns = b->columns,
                           .column_count = b->column_count,
                           .cells = b->cells,
                           .row_count = b->count,
                           .keys = b->keys,
                           .reread = b->reread,
                           .reread_count = b->reread_count };
    em_updated       update = { .shape = b->shape,
                                .count = b->count,
                                .reread = b->reread,
                                .reread_count = b->reread_count };

    if (status == ORM_OK)
        status = em_guard_rows(b->em, b->shape, instances, b->count, &guard);
    if (status != ORM_OK)
        return status;
    rows.guard = update.guard = guard;
    update.instances = instances;
    update.changed = changed;
    orm_statement_init(&statement, b->em->connection, b->em->work);
    statement.cacheable = b->count == 1 || b->count == b->em->o->settings.batch_size;
    orm_query_update(&statement, &rows);
    if (guard == NULL && !b->shape->remakes && b->reread_count == 0)
        return em_run_later(b->em, &statement); /* nothing comes back that anybody looks at */
    status = em_run(b->em, &statement, &result);
    if (status == ORM_OK)
        status = em_check_updated(b->em, &update, result);
    orm_result_free(result);
    return status;
}

/* What was written is in the database from now on, and nothing else: a guard still asks for the old values. */
static bool note_written(const batch *b, const orm_change_set *changes)
{
    const orm_meta_entity *meta = changes->instance->shape->meta;

    for (size_t i = 0; i < meta->property_count; i++)
        if ((changes->changed[i] || &meta->properties[i] == meta->version ||
             meta->properties[i].descriptor->generated != NULL) &&
            !orm_instance_snap_property(changes->instance, &meta->properties[i], b->em->arena))
            return false;
    return true;
}

static void forget_raws(const orm_change_set *changes)
{
    const orm_meta_entity *meta = changes->instance->shape->meta;

    for (size_t i = 0; i < meta->property_count; i++)
        if (changes->changed[i])
            em_raw_forget(changes->instance, &meta->properties[i]);
}

static orm_status update_rows(batch *b)
{
    orm_status status = choose_columns(b);

    if (status == ORM_OK)
        status = fill(b);
    for (size_t i = 0; i < b->count && status == ORM_OK; i++)
        if (orm_undo_record(b->em, b->changes[i]->instance, ORM_UNDO_UPDATE) == NULL)
            status = em_fail_memory(b->em);
    if (status == ORM_OK)
        status = send(b);
    for (size_t i = 0; i < b->count && status == ORM_OK; i++)
        forget_raws(b->changes[i]);
    for (size_t i = 0; i < b->count && status == ORM_OK; i++)
        if (!(b->early ? note_written(b, b->changes[i])
                       : orm_instance_take_snapshot(b->changes[i]->instance, b->em->arena)))
            status = em_fail_memory(b->em);
    return status;
}

/* A CASE names the key once more for each column. */
static size_t params_per_row(const orm_meta_entity *meta)
{
    return meta->column_count * meta->key_column_count + orm_meta_params(meta->columns, meta->column_count) +
           meta->key_column_count + orm_meta_params(meta->guards, meta->guard_count);
}

/*
 * What unique columns have is written by itself. One that a handler has changed since the plan was made is too late for an
 * order among them.
 */
static orm_status keep_apart(orm_flush_plan *plan, orm_change_set *changes, const bool *apart)
{
    const orm_meta_entity *meta = changes->instance->shape->meta;

    changes->apart = apart;
    for (size_t i = 0; i < meta->property_count; i++) {
        if (!changes->changed[i] || (!(apart != NULL && apart[i]) &&
                                     (!meta->properties[i].unique ||
                                      plan->em->o->settings.preset != ORM_PRESET_MIKROORM)))
            continue;
        changes->changed[i] = false;
        if (apart != NULL && apart[i])
            continue;
        if (em_plan_extra(plan->em, &plan->late,
                          (orm_extra_update){ .instance = changes->instance, .property = &meta->properties[i] }) != ORM_OK)
            return plan->em->error.status;
    }
    return ORM_OK;
}

/* Tells of what is about to be written, and looks anew at what has changed: a handler may have changed more, or less. */
static orm_status tell_before(orm_flush_plan *plan, orm_bucket *bucket)
{
    orm_em    *em = plan->em;
    size_t     kept = 0;
    orm_status status = ORM_OK;

    if (!em_listens(em, ORM_EVENT_BEFORE_UPDATE))
        return ORM_OK;
    for (size_t i = 0; i < bucket->update_count && status == ORM_OK; i++) {
        const bool     *apart = bucket->updates[i]->apart;
        orm_instance   *instance = bucket->updates[i]->instance;
        orm_change_set *changes = NULL;

        status = em_tell(em, ORM_EVENT_BEFORE_UPDATE, instance);
        for (size_t j = 0; j < instance->shape->reference_count && status == ORM_OK; j++)
            status = em_check_reference(em, instance->shape->references[j], instance->self);
        if (status == ORM_OK)
            status = em_prepare_update(em, instance, &changes);
        if (status == ORM_OK && changes != NULL)
            status = keep_apart(plan, changes, apart);
        if (changes != NULL)
            bucket->updates[kept++] = changes;
    }
    bucket->update_count = kept;
    return status;
}

orm_status em_tell_updated(orm_flush_plan *plan)
{
    orm_status status = ORM_OK;

    for (size_t i = 0; i < plan->order_count; i++)
        for (size_t j = 0; j < plan->order[i]->update_count && status == ORM_OK; j++)
            status = em_tell(plan->em, ORM_EVENT_AFTER_UPDATE, plan->order[i]->updates[j]->instance);
    return status;
}

static bool has_changes(const orm_change_set *changes)
{
    for (size_t i = 0; i < changes->instance->shape->meta->property_count; i++)
        if (changes->changed[i])
            return true;
    return false;
}

/*
 * Rows of one table go together, whatever their types: as those of the root, unless a type has guards that the root has not.
 */
static const orm_shape *guarding(const orm_bucket *bucket, const orm_instance *instance)
{
    return instance->shape->meta->guard_count == bucket->shape->meta->guard_count ? bucket->shape : instance->shape;
}

orm_status em_update_bucket(orm_flush_plan *plan, orm_bucket *bucket)
{
    size_t           per_row = params_per_row(bucket->shape->table);
    size_t           most = 0;
    size_t           limit;
    orm_change_set **written;
    size_t           kept = 0;

    if (tell_before(plan, bucket) != ORM_OK)
        return plan->em->error.status;
    written = orm_arena_calloc(plan->em->work, bucket->update_count, sizeof(orm_change_set *));
    if (written == NULL)
        return em_fail_memory(plan->em);
    for (size_t i = 0; i < bucket->update_count; i++)
        if (has_changes(bucket->updates[i]))
            written[kept++] = bucket->updates[i];
    for (size_t i = 0; i < kept; i++)
        if (em_raw_params(written[i]->instance) > most)
            most = em_raw_params(written[i]->instance);
    limit = em_batch_rows(plan->em, per_row + most);
    for (size_t at = 0; at < kept;) {
        batch      b = { .em = plan->em, .shape = guarding(bucket, written[at]->instance), .changes = written + at };
        orm_status status;

        while (b.count < limit && at + b.count < kept && guarding(bucket, written[at + b.count]->instance) == b.shape)
            b.count++;
        status = update_rows(&b);
        if (status != ORM_OK)
            return status;
        at += b.count;
    }
    return ORM_OK;
}

/*
 * The change sets of the extra updates from number *at on that go into one statement: MikroORM writes each by itself,
 * natively those of one type that stand together go together.
 */
static orm_status collect_extras(orm_em *em, const orm_extra_list *list, size_t *at, batch *b)
{
    const orm_shape       *shape = list->updates[*at].instance->shape;
    const orm_meta_entity *meta = shape->meta;
    bool                   alone = em->o->settings.preset == ORM_PRESET_MIKROORM || list->updates[*at].alone;
    size_t                 limit = alone ? 1 : em_batch_rows(em, params_per_row(shape->table));
    size_t                 capacity = 0;
    orm_change_set        *last = NULL;

    *b = (batch){ .em = em, .shape = shape };
    for (; *at < list->count && list->updates[*at].instance->shape == shape; (*at)++) {
        const orm_extra_update *extra = &list->updates[*at];

        if (last != NULL && !extra->with_last &&
            (alone || extra->alone || extra->vacates || (last->instance != extra->instance && b->count == limit)))
            break;
        if (last == NULL || last->instance != extra->instance) {
            if (!orm_arena_grow(em->work, &b->changes, b->count, &capacity, sizeof(orm_change_set *)))
                return em_fail_memory(em);
            last = orm_arena_zalloc(em->work, sizeof *last);
            if (last == NULL)
                return em_fail_memory(em);
            last->instance = extra->instance;
            last->changed = orm_arena_calloc(em->work, meta->property_count, sizeof *last->changed);
            if (last->changed == NULL)
                return em_fail_memory(em);
            b->changes[b->count++] = last;
        }
        last->changed[extra->property->index] = true;
    }
    return ORM_OK;
}

/* The row gives its value up before it gets its new one; the snapshot does not follow, since the new one comes anyway. */
static orm_status vacate(orm_em *em, const orm_extra_update *extra)
{
    const orm_meta_entity   *meta = extra->instance->shape->meta;
    const orm_meta_property *p = extra->property;
    orm_cell                 cells[ORM_KEY_COLUMNS_MAX] = { { .slot = NULL } };
    const void              *keys[ORM_KEY_COLUMNS_MAX];
    orm_statement            statement;
    orm_row_set              rows = { .entity = meta,
                                      .columns = meta->columns + p->columns[0].index,
                                      .column_count = p->column_count,
                                      .cells = cells,
                                      .row_count = 1,
                                      .keys = keys,
                                      .same_version = true };

    set_key_slots(meta, extra->instance, keys, 0);
    if (!p->nullable) {
        cells[0].slot = em_placeholder(em, p);
        if (cells[0].slot == NULL)
            return em->error.status;
    }
    orm_statement_init(&statement, em->connection, em->work);
    orm_query_update(&statement, &rows);
    return em_run(em, &statement, NULL);
}

orm_status em_write_extras(orm_em *em, const orm_extra_list *list, bool early)
{
    for (size_t at = 0; at < list->count;) {
        batch      b;
        orm_status status;

        if (list->updates[at].vacates) {
            status = vacate(em, &list->updates[at++]);
        } else {
            status = collect_extras(em, list, &at, &b);
            b.early = early;
            if (status == ORM_OK)
                status = update_rows(&b);
        }
        if (status != ORM_OK)
            return status;
    }
    return ORM_OK;
}

/* ---- DELETE ---- */

static orm_status delete_rows(orm_em *em, const orm_shape *shape, orm_instance **instances, size_t count)
{
    const void     **keys = key_slots(em, shape->meta, count);
    const orm_guard *guard = NULL;
    orm_result      *result = NULL;
    orm_statement    statement;
    orm_status       status;

    if (keys == NULL)
        return em_fail_memory(em);
    if (em_guard_rows(em, shape, instances, count, &guard) != ORM_OK)
        return em->error.status;
    for (size_t i = 0; i < count; i++) {
        set_key_slots(shape->meta, instances[i], keys, i);
        if (orm_undo_record(em, instances[i], ORM_UNDO_DELETE) == NULL)
            return em_fail_memory(em);
    }
    if (em_tell_all(em, ORM_EVENT_BEFORE_DELETE, instances, count) != ORM_OK)
        return em->error.status;
    orm_statement_init(&statement, em->connection, em->work);
    statement.cacheable = count == 1 || count == em->o->settings.batch_size;
    orm_query_delete(&statement, shape->meta, keys, count, guard);
    status = guard == NULL ? em_run_later(em, &statement) : em_run(em, &statement, &result);
    if (status == ORM_OK && guard != NULL)
        status = em_check_deleted(em, shape, count, guard, result);
    orm_result_free(result);
    for (size_t i = 0; i < count && status == ORM_OK; i++)
        instances[i]->state = ORM_INSTANCE_DELETED;
    return status == ORM_OK ? em_tell_all(em, ORM_EVENT_AFTER_DELETE, instances, count) : status;
}

/* The row of the same type and the same round of deletes that this row refers to, or NULL. */
static orm_instance *deleted_target(const orm_instance *instance, const orm_meta_property *reference)
{
    void *to = reference->target->root == instance->shape->meta->root ? orm_reference_read(reference, instance->snapshot) : NULL;
    orm_instance *target = to == NULL ? NULL : orm_instance_of(to);

    return target != NULL && target != instance && target->state == ORM_INSTANCE_REMOVED &&
                   target->early_delete == instance->early_delete
               ? target
               : NULL;
}

/*
 * Rows that refer to others of their type go before those, where they do not all go at once. What is in a cycle goes
 * last; no order helps there. `group` counts the referrers that are still to be sorted in.
 */
static orm_status sort_deletes(orm_em *em, orm_instance **rows, size_t count)
{
    orm_instance **sorted = orm_arena_calloc(em->work, count, sizeof *sorted);
    size_t         done = 0;

    if (sorted == NULL)
        return em_fail_memory(em);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < rows[i]->shape->reference_count; j++) {
            orm_instance *target = deleted_target(rows[i], rows[i]->shape->references[j]);

            if (target != NULL)
                target->group++;
        }
    for (size_t i = 0; i < count; i++)
        if (rows[i]->group == 0)
            sorted[done++] = rows[i];
    for (size_t i = 0; i < done; i++)
        for (size_t j = 0; j < sorted[i]->shape->reference_count; j++) {
            orm_instance *target = deleted_target(sorted[i], sorted[i]->shape->references[j]);

            if (target != NULL && --target->group == 0)
                sorted[done++] = target;
        }
    for (size_t i = 0; i < count && done < count; i++)
        if (rows[i]->group != 0)
            sorted[done++] = rows[i];
    memcpy(rows, sorted, count * sizeof *rows);
    return ORM_OK;
}

static size_t delete_limit(const orm_em *em, const orm_meta_entity *meta)
{
    return em_batch_rows(em, meta->key_column_count + orm_meta_params(meta->guards, meta->guard_count));
}

orm_status em_delete_bucket(orm_em *em, const orm_bucket *bucket, bool early)
{
    size_t         limit = delete_limit(em, bucket->shape->meta);
    orm_instance **chosen = orm_arena_calloc(em->work, bucket->delete_count, sizeof *chosen);
    size_t         count = 0;

    if (chosen == NULL)
        return em_fail_memory(em);
    for (size_t i = 0; i < bucket->delete_count; i++)
        if (bucket->deletes[i]->early_delete == early)
            chosen[count++] = bucket->deletes[i];
    if (count > limit && sort_deletes(em, chosen, count) != ORM_OK)
        return em->error.status;
    for (size_t at = 0; at < count;) {
        const orm_shape *shape = guarding(bucket, chosen[at]);
        size_t           most = delete_limit(em, shape->meta);
        size_t           rows = 1;
        orm_status       status;

        while (rows < most && at + rows < count && guarding(bucket, chosen[at + rows]) == shape)
            rows++;
        status = delete_rows(em, shape, chosen + at, rows);
        if (status != ORM_OK)
            return status;
        at += rows;
    }
    return ORM_OK;
}
