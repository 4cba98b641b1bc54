/* Collections: rows of pivot tables, and children of collections that were set without being loaded. */
#include <string.h>

#include "unit/flush_private.h"

static bool is_live(const orm_instance *instance)
{
    return instance->state == ORM_INSTANCE_NEW || instance->state == ORM_INSTANCE_MANAGED;
}

/* ---- Planning ---- */

static orm_pivot_plan *pivot_of(orm_flush_plan *plan, const orm_meta_property *relation)
{
    orm_pivot_plan *pivot;

    for (pivot = plan->pivots; pivot != NULL; pivot = pivot->next)
        if (pivot->relation->declared == relation->declared)
            return pivot;
    pivot = orm_arena_zalloc(plan->em->work, sizeof *pivot);
    if (pivot == NULL) {
        em_fail_memory(plan->em);
        return NULL;
    }
    pivot->relation = relation;
    if (plan->last_pivot == NULL)
        plan->pivots = pivot;
    else
        plan->last_pivot->next = pivot;
    plan->last_pivot = pivot;
    return pivot;
}

static orm_status append(orm_em *em, orm_pivot_rows *rows, orm_instance *owner, orm_instance *target)
{
    if (!orm_arena_grow(em->work, &rows->rows, rows->count, &rows->capacity, sizeof *rows->rows))
        return em_fail_memory(em);
    rows->rows[rows->count++] = (orm_pivot_row){ .owner = owner, .target = target };
    return ORM_OK;
}

/* Its rows are written in the order of its items. */
static bool is_ordered(const orm_collection *collection)
{
    return collection->property->owner && collection->property->pivot_order != NULL && collection->initialized &&
           collection->touched;
}

/* One of a pair is not written. That is no matter while neither is, or when it was removed. */
static orm_status check_wanted(orm_em *em, const orm_pair *pair)
{
    const orm_instance *other = is_live(pair->key.owner) ? pair->key.target : pair->key.owner;

    if (!other->transient || (!is_live(pair->key.owner) && !is_live(pair->key.target)))
        return ORM_OK;
    return em_fail_property(em, pair->key.relation, 652,
                            "a %s that is not persisted is in it: orm_persist() it, or let the relation cascade",
                            other->shape->meta->name);
}

static orm_status plan_pair(orm_flush_plan *plan, const orm_pair *pair)
{
    orm_pivot_plan *pivot;

    if (pair->row == (pair->wanted ? ORM_PAIR_PRESENT : ORM_PAIR_ABSENT))
        return ORM_OK;
    if (!is_live(pair->key.owner) || !is_live(pair->key.target))
        return pair->wanted ? check_wanted(plan->em, pair) : ORM_OK;
    if (is_ordered(orm_instance_collection(pair->key.owner, pair->key.relation)))
        return ORM_OK;
    pivot = pivot_of(plan, pair->key.relation);
    if (pivot == NULL)
        return plan->em->error.status;
    if (!pair->wanted)
        return append(plan->em, &pivot->deletes, pair->key.owner, pair->key.target);
    return append(plan->em, pair->row == ORM_PAIR_ABSENT ? &pivot->inserts : &pivot->missing, pair->key.owner,
                  pair->key.target);
}

/* The order that the rows would have if what is gone were deleted and what is new were inserted. */
static bool keeps_order(const orm_collection *collection, bool *kept)
{
    size_t at = 0;

    for (size_t i = 0; i < collection->order_count; i++) {
        kept[i] = is_live(collection->order[i]) && orm_items_has(collection, collection->order[i]);
        if (kept[i] && (at >= collection->live || collection->items[collection->head + at++] != collection->order[i]))
            return false;
    }
    return true;
}

/* MikroORM's way: where deletes and inserts would not give the order, all rows are written anew. */
static orm_status plan_ordered(orm_flush_plan *plan, orm_collection *collection)
{
    orm_em         *em = plan->em;
    bool           *kept = orm_arena_calloc(em->work, collection->order_count, sizeof *kept);
    orm_pivot_plan *pivot;
    orm_status      status = ORM_OK;
    bool            keeps;
    size_t          left = 0;

    if (kept == NULL)
        return em_fail_memory(em);
    orm_items_settle(collection);
    keeps = !collection->replaced && keeps_order(collection, kept);
    for (size_t i = 0; i < collection->order_count && keeps; i++)
        left += kept[i];
    if (keeps && left == collection->order_count && left == collection->live)
        return ORM_OK;
    pivot = pivot_of(plan, collection->property);
    if (pivot == NULL)
        return em->error.status;
    for (size_t i = 0; i < collection->order_count && status == ORM_OK && !collection->replaced; i++)
        if (is_live(collection->order[i]) && !(keeps && kept[i]))
            status = append(em, &pivot->deletes, collection->owner, collection->order[i]);
    for (size_t i = keeps ? left : 0; i < collection->live && status == ORM_OK; i++)
        status = append(em, &pivot->inserts, collection->owner, collection->items[collection->head + i]);
    if (status == ORM_OK &&
        !orm_arena_grow(em->work, &pivot->ordered, pivot->ordered_count, &pivot->ordered_capacity, sizeof *pivot->ordered))
        return em_fail_memory(em);
    if (status == ORM_OK)
        pivot->ordered[pivot->ordered_count++] = collection;
    return status;
}

static orm_status plan_replaced(orm_flush_plan *plan, orm_collection *collection)
{
    const orm_meta_property *property = collection->property;
    bool                     pivots = property->relation == ORM_RELATION_MANY_TO_MANY;
    orm_pivot_plan          *pivot = pivot_of(plan, pivots && !property->owner ? property->inverse : property);

    if (pivot == NULL)
        return plan->em->error.status;
    if (!orm_arena_grow(plan->em->work, &pivot->replaced, pivot->replaced_count, &pivot->replaced_capacity,
                        sizeof *pivot->replaced))
        return em_fail_memory(plan->em);
    pivot->replaced[pivot->replaced_count++] = collection;
    return ORM_OK;
}

orm_status em_plan_collections(orm_flush_plan *plan)
{
    orm_pair_log *log = &plan->em->pairs;
    orm_status    status = ORM_OK;

    for (size_t i = 0; i < log->touched_count && status == ORM_OK; i++) {
        orm_collection *collection = log->touched[i];

        if (!is_live(collection->owner))
            continue;
        if (collection->replaced && collection->owner->state == ORM_INSTANCE_MANAGED)
            status = plan_replaced(plan, collection);
        if (status == ORM_OK && is_ordered(collection))
            status = plan_ordered(plan, collection);
    }
    for (const orm_pair *pair = log->first; pair != NULL && status == ORM_OK; pair = pair->next)
        status = plan_pair(plan, pair);
    return status;
}

/* ---- Pivot tables: what was written is remembered in the pairs ---- */

typedef struct writer {
    orm_em                  *em;
    const orm_meta_property *relation;
    const orm_meta_column  **columns; /* the target's, then the owner's, as MikroORM has them */
    size_t                   column_count;
} writer;

static const void *key_slot(const orm_meta_column *column, const orm_instance *instance)
{
    return orm_column_slot(column->refers_to, instance->snapshot);
}

static void fill_slots(const writer *w, const orm_pivot_row *row, const void **slots)
{
    for (size_t i = 0; i < w->column_count; i++)
        slots[i] = key_slot(w->columns[i],
                            w->columns[i]->property == w->relation->pivot_target ? row->target : row->owner);
}

static orm_status init_writer(writer *w, orm_em *em, const orm_meta_property *relation)
{
    const orm_meta_property *sides[] = { relation->pivot_target, relation->pivot_self };

    *w = (writer){ .em = em, .relation = relation };
    w->columns = orm_arena_calloc(em->work, sides[0]->column_count + sides[1]->column_count, sizeof *w->columns);
    if (w->columns == NULL)
        return em_fail_memory(em);
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < sides[s]->column_count; i++)
            w->columns[w->column_count++] = &sides[s]->columns[i];
    return ORM_OK;
}

/* The records of the pairs as they will be, noted before anything is sent. */
static orm_status note_rows(const writer *w, const orm_pivot_rows *rows, orm_pair_row row)
{
    for (size_t i = 0; i < rows->count; i++) {
        orm_pair *pair = em_pair_find(w->em, w->relation, rows->rows[i].owner, rows->rows[i].target);

        if (pair == NULL)
            continue;
        if (!orm_undo_record_pair(w->em, pair))
            return em_fail_memory(w->em);
        pair->row = row;
    }
    return ORM_OK;
}

static orm_status run(orm_em *em, orm_statement *statement)
{
    return em_run_later(em, statement);
}

static orm_status delete_rows(const writer *w, const orm_pivot_match *matches, size_t count)
{
    size_t     limit = em_batch_rows(w->em, w->column_count);
    orm_status status = ORM_OK;

    for (size_t at = 0; at < count && status == ORM_OK; at += limit) {
        orm_statement statement;

        orm_statement_init(&statement, w->em->connection, w->em->work);
        orm_query_delete_matching(&statement, w->relation->pivot, matches + at, count - at < limit ? count - at : limit);
        status = run(w->em, &statement);
    }
    return status;
}

static orm_status delete_pairs(const writer *w, const orm_pivot_rows *rows)
{
    orm_pivot_match *matches = orm_arena_calloc(w->em->work, rows->count, sizeof *matches);
    const void     **slots = orm_arena_calloc(w->em->work, rows->count * w->column_count, sizeof *slots);

    if (matches == NULL || slots == NULL)
        return em_fail_memory(w->em);
    for (size_t i = 0; i < rows->count; i++) {
        fill_slots(w, &rows->rows[i], slots + i * w->column_count);
        matches[i] = (orm_pivot_match){ .columns = w->columns,
                                        .slots = slots + i * w->column_count,
                                        .count = w->column_count };
    }
    return delete_rows(w, matches, rows->count);
}

/* All rows of collections that were emptied without being loaded. */
static orm_status delete_replaced(const writer *w, const orm_pivot_plan *pivot)
{
    orm_pivot_match *matches = orm_arena_calloc(w->em->work, pivot->replaced_count, sizeof *matches);

    if (matches == NULL)
        return em_fail_memory(w->em);
    for (size_t i = 0; i < pivot->replaced_count; i++) {
        const orm_collection    *collection = pivot->replaced[i];
        const orm_meta_property *side = collection->property->pivot_self;
        const void             **slots = orm_arena_calloc(w->em->work, side->column_count, sizeof *slots);

        if (slots == NULL)
            return em_fail_memory(w->em);
        for (size_t j = 0; j < side->column_count; j++)
            slots[j] = key_slot(&side->columns[j], collection->owner);
        matches[i] = (orm_pivot_match){ .columns = side->entity->columns + side->columns[0].index,
                                        .slots = slots,
                                        .count = side->column_count };
    }
    return delete_rows(w, matches, pivot->replaced_count);
}

/* Whether the pivot table's key is the pair, so that a second row of it conflicts. */
static bool is_unique(const orm_meta_property *relation)
{
    const orm_meta_entity *pivot = relation->pivot;

    return pivot->key_column_count == relation->pivot_self->column_count + relation->pivot_target->column_count &&
           relation->pivot_self->primary && relation->pivot_target->primary;
}

static orm_status insert_some(const writer *w, const orm_pivot_row *rows, size_t count, bool missing)
{
    orm_row_set   set = { .entity = w->relation->pivot,
                          .columns = w->columns,
                          .column_count = w->column_count,
                          .row_count = count };
    orm_cell     *cells = orm_arena_calloc(w->em->work, count * w->column_count, sizeof *cells);
    const void  **slots = orm_arena_calloc(w->em->work, w->column_count, sizeof *slots);
    orm_statement statement;

    if (cells == NULL || slots == NULL)
        return em_fail_memory(w->em);
    for (size_t i = 0; i < count; i++) {
        fill_slots(w, &rows[i], slots);
        for (size_t j = 0; j < w->column_count; j++)
            cells[i * w->column_count + j].slot = slots[j];
    }
    set.cells = cells;
    orm_statement_init(&statement, w->em->connection, w->em->work);
    statement.cacheable = count == 1 || count == w->em->o->settings.batch_size;
    if (!missing)
        orm_query_insert(&statement, &set, NULL, 0);
    else if (is_unique(w->relation))
        orm_query_insert_missing(&statement, &set, w->relation->pivot->columns, w->relation->pivot->key_column_count);
    else
        orm_query_insert_unless_there(&statement, &set);
    return run(w->em, &statement);
}

static orm_status insert_rows(const writer *w, const orm_pivot_rows *rows, bool missing)
{
    size_t     limit = missing && !is_unique(w->relation) ? 1 : em_batch_rows(w->em, w->column_count);
    orm_status status = ORM_OK;

    for (size_t at = 0; at < rows->count && status == ORM_OK; at += limit)
        status = insert_some(w, rows->rows + at, rows->count - at < limit ? rows->count - at : limit, missing);
    return status;
}

static orm_status note_collections(orm_em *em, const orm_pivot_plan *pivot)
{
    orm_status status = ORM_OK;

    for (size_t i = 0; i < pivot->replaced_count; i++) {
        if (!orm_undo_record_collection(em, pivot->replaced[i], ORM_UNDO_REPLACED))
            return em_fail_memory(em);
        pivot->replaced[i]->replaced = false;
    }
    for (size_t i = 0; i < pivot->ordered_count && status == ORM_OK; i++) {
        if (!orm_undo_record_collection(em, pivot->ordered[i], ORM_UNDO_ORDER))
            return em_fail_memory(em);
        status = em_note_order(em, pivot->ordered[i]);
    }
    return status;
}

static orm_status write_pivot(orm_em *em, const orm_pivot_plan *pivot)
{
    writer     w;
    orm_status status = init_writer(&w, em, pivot->relation);

    if (status == ORM_OK)
        status = note_rows(&w, &pivot->deletes, ORM_PAIR_ABSENT);
    if (status == ORM_OK)
        status = note_rows(&w, &pivot->inserts, ORM_PAIR_PRESENT);
    if (status == ORM_OK)
        status = note_rows(&w, &pivot->missing, ORM_PAIR_PRESENT);
    if (status == ORM_OK)
        status = delete_replaced(&w, pivot);
    if (status == ORM_OK)
        status = delete_pairs(&w, &pivot->deletes);
    if (status == ORM_OK)
        status = insert_rows(&w, &pivot->inserts, false);
    if (status == ORM_OK)
        status = insert_rows(&w, &pivot->missing, true);
    return status == ORM_OK ? note_collections(em, pivot) : status;
}

/* ---- One-to-many ---- */

static orm_status write_children(orm_em *em, const orm_collection *collection)
{
    const orm_meta_property *reference = collection->property->inverse;
    const orm_meta_entity   *meta = reference->entity;
    const void              *parent[ORM_KEY_COLUMNS_MAX];
    const void             **kept = orm_arena_calloc(em->work, collection->count * meta->key_column_count, sizeof *kept);
    size_t                   count = 0;
    orm_statement            statement;

    if (kept == NULL)
        return em_fail_memory(em);
    for (size_t i = 0; i < reference->column_count; i++)
        parent[i] = key_slot(&reference->columns[i], collection->owner);
    for (size_t i = collection->head; i < collection->count; i++)
        if (collection->items[i] != NULL && collection->items[i]->state == ORM_INSTANCE_MANAGED)
            orm_key_slots(meta, collection->items[i]->snapshot, kept + count++ * meta->key_column_count);
    orm_statement_init(&statement, em->connection, em->work);
    orm_query_release_others(&statement, reference, parent, kept, count, collection->property->orphan_removal);
    return run(em, &statement);
}

orm_status em_write_collections(orm_flush_plan *plan)
{
    orm_em    *em = plan->em;
    orm_status status = ORM_OK;

    for (const orm_pivot_plan *pivot = plan->pivots; pivot != NULL && status == ORM_OK; pivot = pivot->next) {
        if (pivot->relation->relation == ORM_RELATION_MANY_TO_MANY) {
            status = write_pivot(em, pivot);
            continue;
        }
        for (size_t i = 0; i < pivot->replaced_count && status == ORM_OK; i++)
            status = write_children(em, pivot->replaced[i]);
        if (status == ORM_OK)
            status = note_collections(em, pivot);
    }
    return status;
}
