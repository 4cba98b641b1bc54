#include "unit/flush_private.h"
#include "unit/row_match.h"

/* One INSERT in the making. */
typedef struct batch {
    orm_em                       *em;
    const orm_shape              *shape;
    orm_instance                **instances;
    size_t                        count;
    const orm_meta_column       **columns;
    size_t                        column_count;
    orm_cell                     *cells;
    const orm_meta_column       **returning;
    size_t                        returning_count;
    size_t                       *returned_at; /* by index of a column: its place in the result; SIZE_MAX: not there */
    em_match_by                   match;
    const orm_meta_column *const *match_columns;
    size_t                        match_count;
} batch;

/* Whether the property, of the row's own type, has no value in its INSERT. */
static bool is_unset(const orm_instance *instance, const orm_meta_property *p)
{
    if (p == instance->shape->meta->key)
        return !orm_key_is_set(instance->shape->meta, instance->self);
    if (p->type == ORM_TYPE_REFERENCE)
        return orm_reference_read(p, instance->self) == NULL || em_reference_waits(instance, p);
    if (em_raw_of(instance, p) != NULL)
        return false;
    return p->read_only || !orm_meta_is_present(p, instance->self);
}

/* The same of one of the table, which another type may have instead. */
static bool is_absent(const orm_instance *instance, const orm_meta_property *p)
{
    const orm_meta_column *own = orm_instance_column(instance, &p->columns[0]);

    return own == NULL || is_unset(instance, own->property);
}

static bool any_row(const batch *b, const orm_meta_property *p, bool absent)
{
    for (size_t i = 0; i < b->count; i++)
        if (is_absent(b->instances[i], p) == absent)
            return true;
    return false;
}

static bool any_raw(const batch *b, const orm_meta_column *column)
{
    for (size_t i = 0; i < b->count; i++) {
        const orm_meta_column *own = orm_instance_column(b->instances[i], column);

        if (own != NULL && em_raw_of(b->instances[i], own->property) != NULL)
            return true;
    }
    return false;
}

static void return_also(batch *b, const orm_meta_column *column)
{
    if (b->returned_at[column->index] != SIZE_MAX)
        return;
    b->returned_at[column->index] = b->returning_count;
    b->returning[b->returning_count++] = column;
}

/* Columns that no row has are left out; of those that the database makes, what some row lacks comes back. */
static orm_status choose_columns(batch *b)
{
    const orm_meta_entity *meta = b->shape->table;

    /* One place more than columns: a key that the statement draws may join in. */
    b->columns = orm_arena_calloc(b->em->work, meta->column_count + 1, sizeof *b->columns);
    b->returning = orm_arena_calloc(b->em->work, meta->column_count, sizeof *b->returning);
    b->returned_at = orm_arena_calloc(b->em->work, meta->column_count, sizeof *b->returned_at);
    if (b->columns == NULL || b->returning == NULL || b->returned_at == NULL)
        return em_fail_memory(b->em);
    for (size_t i = 0; i < meta->column_count; i++) {
        b->returned_at[i] = SIZE_MAX;
        if (any_row(b, meta->columns[i]->property, false))
            b->columns[b->column_count++] = meta->columns[i];
    }
    for (size_t i = 0; i < meta->property_count; i++) {
        const orm_meta_property *made = &meta->properties[i];

        for (size_t j = 0; made->has_default && j < made->column_count && any_row(b, made, true); j++)
            return_also(b, &made->columns[j]);
    }
    for (size_t i = 0; i < meta->column_count; i++)
        if (any_raw(b, meta->columns[i]))
            return_also(b, meta->columns[i]);
    return ORM_OK;
}

static bool lacks(const void *rows, const orm_meta_property *p)
{
    return any_row(rows, p, true) || any_raw(rows, &p->columns[0]);
}

/* The one place that decides how a batch is sent. */
static void choose_match(batch *b)
{
    const orm_meta_entity *meta = b->shape->table;

    if (b->returning_count == 0) {
        b->match = EM_MATCH_NOTHING;
        return;
    }
    b->match = b->count == 1 ? EM_MATCH_SINGLE
                             : em_choose_match(meta, lacks, b, &b->match_columns, &b->match_count);
    for (size_t i = 0; i < b->match_count; i++)
        return_also(b, b->match_columns[i]);
    if (b->match == EM_MATCH_NUMBER) {
        for (size_t i = b->column_count; i > 0; i--)
            b->columns[i] = b->columns[i - 1];
        b->columns[0] = meta->columns[0];
        b->column_count++;
    }
}

static orm_status fill_cells(batch *b)
{
    /* Rows without any column still need one to hang `default` on. */
    if (b->column_count == 0 && b->count > 1)
        b->columns[b->column_count++] = b->shape->table->columns[0];
    b->cells = orm_arena_calloc(b->em->work, b->count * (b->column_count + 1), sizeof *b->cells);
    if (b->cells == NULL)
        return em_fail_memory(b->em);
    for (size_t row = 0; row < b->count; row++) {
        for (size_t i = 0; i < b->column_count; i++) {
            const orm_meta_column *own = orm_instance_column(b->instances[row], b->columns[i]);
            orm_cell              *cell = &b->cells[row * b->column_count + i];

            cell->absent = own == NULL || is_unset(b->instances[row], own->property);
            if (own != NULL && em_fill_cell(b->em, b->instances[row], own, cell) != ORM_OK)
                return b->em->error.status;
        }
    }
    return ORM_OK;
}

static orm_status send(batch *b, orm_result **result)
{
    orm_em       *em = b->em;
    orm_statement statement;
    orm_row_set   rows = { .entity = b->shape->table,
                           .columns = b->columns,
                           .column_count = b->column_count,
                           .cells = b->cells,
                           .row_count = b->count };

    orm_statement_init(&statement, em->connection, em->work);
    statement.cacheable = b->count == 1 || b->count == em->o->settings.batch_size;
    if (b->match == EM_MATCH_NUMBER)
        orm_query_insert_numbered(&statement, &rows, b->returning, b->returning_count);
    else
        orm_query_insert(&statement, &rows, b->returning, b->returning_count);
    return em_run(em, &statement, result);
}

/* ---- Reading what came back ---- */

static orm_status read_made(const batch *b, const orm_meta_property *made, const orm_result *result, size_t row,
                            void *self)
{
    size_t first = b->match == EM_MATCH_NUMBER ? 1 : 0;
    size_t at[ORM_KEY_COLUMNS_MAX];

    for (size_t i = 0; i < made->column_count; i++)
        at[i] = first + b->returned_at[made->columns[i].in_table];
    return em_decode(b->em, made, result, row, at, self);
}

static orm_status read_row(const batch *b, em_row_match *match, const orm_result *result, size_t row)
{
    orm_instance *instance;
    size_t        number;
    orm_status    status = em_row_match_find(match, result, row, &number);

    if (status != ORM_OK)
        return status;
    instance = b->instances[number];
    for (size_t i = 0; i < instance->shape->made_count && status == ORM_OK; i++)
        if (is_unset(instance, instance->shape->made[i]))
            status = read_made(b, instance->shape->made[i], result, row, instance->self);
    for (size_t i = 0; i < instance->shape->meta->property_count && instance->raw_count > 0 && status == ORM_OK; i++)
        if (em_raw_of(instance, &instance->shape->meta->properties[i]) != NULL)
            status = read_made(b, &instance->shape->meta->properties[i], result, row, instance->self);
    return status;
}

/* What was sent in the matching columns; NULL when memory is out. */
static const void **matching_slots(const batch *b)
{
    const void **slots = orm_arena_calloc(b->em->work, b->count * b->match_count + 1, sizeof *slots);

    for (size_t i = 0; slots != NULL && i < b->count; i++)
        for (size_t j = 0; j < b->match_count; j++) {
            const orm_meta_column *own = orm_instance_column(b->instances[i], b->match_columns[j]);

            slots[i * b->match_count + j] = own == NULL ? NULL : orm_column_slot(own, b->instances[i]->self);
        }
    return slots;
}

static orm_status read_rows(const batch *b, const orm_result *result)
{
    em_row_match match = { .em = b->em,
                           .meta = b->shape->table,
                           .by = b->match,
                           .columns = b->match_columns,
                           .column_count = b->match_count,
                           .at = b->returned_at,
                           .count = b->count };
    orm_status   status;

    if (b->match == EM_MATCH_NOTHING)
        return ORM_OK;
    match.slots = matching_slots(b);
    if (match.slots == NULL)
        return em_fail_memory(b->em);
    status = em_row_match_init(&match);
    if (status == ORM_OK && orm_result_rows(result) != b->count)
        status = em_row_match_fail(&match);
    for (size_t row = 0; row < b->count && status == ORM_OK; row++)
        status = read_row(b, &match, result, row);
    em_row_match_free(&match);
    return status;
}

/* ---- The whole of it ---- */

static orm_status record(const batch *b)
{
    for (size_t i = 0; i < b->count; i++)
        if (orm_undo_record(b->em, b->instances[i], ORM_UNDO_INSERT) == NULL)
            return em_fail_memory(b->em);
    return ORM_OK;
}

/* They have rows now. */
static orm_status settle(const batch *b, size_t first_undo)
{
    orm_em *em = b->em;

    for (size_t i = 0; i < b->count; i++) {
        orm_undo_entry *undo = &em->undo.entries[first_undo + i];
        orm_instance   *instance = b->instances[i];

        if (!orm_instance_take_snapshot(instance, em->arena) ||
            !orm_identity_map_put(&em->identity, em->arena, instance, &undo->displaced))
            return em_fail_memory(em);
        undo->mapped = true;
        instance->state = ORM_INSTANCE_MANAGED;
        instance->initialized = true;
        em_raw_forget_all(instance);
        if (b->shape->meta->formula_count > 0 && em_miss_formulas(em, instance) != ORM_OK)
            return em->error.status;
    }
    return ORM_OK;
}

static orm_status insert_rows(orm_em *em, const orm_shape *shape, orm_instance **instances, size_t count)
{
    batch       b = { .em = em, .shape = shape, .instances = instances, .count = count };
    size_t      first_undo = em->undo.count;
    orm_result *result = NULL;
    orm_status  status = choose_columns(&b);

    if (status == ORM_OK) {
        choose_match(&b);
        if (b.match == EM_MATCH_ALONE) {
            for (size_t i = 0; i < count && status == ORM_OK; i++)
                status = insert_rows(em, shape, &instances[i], 1); /* one row is never EM_MATCH_ALONE */
            return status;
        }
        status = fill_cells(&b);
    }
    if (status == ORM_OK)
        status = record(&b);
    if (status == ORM_OK)
        status = send(&b, &result);
    if (status == ORM_OK)
        status = read_rows(&b, result);
    orm_result_free(result);
    return status == ORM_OK ? settle(&b, first_undo) : status;
}

/* What a handler of BEFORE_CREATE has set is checked and taken over as the flush did before. */
static orm_status prepare_again(orm_em *em, orm_instance *instance)
{
    const orm_shape *shape = instance->shape;

    for (size_t i = 0; i < shape->reference_count; i++) {
        const orm_instance *target;

        if (em_check_reference(em, shape->references[i], instance->self) != ORM_OK)
            return em->error.status;
        target = em_instance(em, orm_reference_read(shape->references[i], instance->self));
        if (target != NULL && target->group == 0 && target->state != ORM_INSTANCE_MANAGED)
            return em_fail_property(em, shape->references[i], 725,
                                    "an event made it point to a %s that this flush does not insert before: do it in "
                                    "ORM_EVENT_ON_FLUSH",
                                    target->shape->meta->name);
    }
    return em_prepare_insert(em, instance);
}

/* One statement's rows, with the events around it. */
static orm_status insert_batch(orm_em *em, const orm_shape *shape, orm_instance **instances, size_t count)
{
    orm_status status = em_tell_all(em, ORM_EVENT_BEFORE_CREATE, instances, count);

    for (size_t i = 0; i < count && status == ORM_OK && em_listens(em, ORM_EVENT_BEFORE_CREATE); i++)
        status = prepare_again(em, instances[i]);
    if (status == ORM_OK)
        status = insert_rows(em, shape, instances, count);
    return status == ORM_OK ? em_tell_all(em, ORM_EVENT_AFTER_CREATE, instances, count) : status;
}

orm_status em_insert_group(orm_em *em, const orm_insert_group *group)
{
    size_t         limit = em_batch_rows(em, orm_meta_params(group->shape->table->columns, group->shape->table->column_count) +
                                                 em_most_raw_params(group->instances, group->count));
    orm_instance **rows = orm_arena_calloc(em->work, group->count, sizeof *rows);
    size_t         with_key = 0;
    size_t         last = 0;

    if (rows == NULL)
        return em_fail_memory(em);
    /* Rows that bring their key and rows that get one are matched in different ways: they go apart. */
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < group->count; i++)
            if (orm_key_is_set(group->shape->meta, group->instances[i]->self) == (pass == 0))
                rows[last++] = group->instances[i];
    while (with_key < group->count && orm_key_is_set(group->shape->meta, rows[with_key]->self))
        with_key++;
    for (size_t at = 0; at < group->count;) {
        size_t     end = at < with_key ? with_key : group->count;
        size_t     count = end - at < limit ? end - at : limit;
        orm_status status = insert_batch(em, group->shape, rows + at, count);

        if (status != ORM_OK)
            return status;
        at += count;
    }
    return ORM_OK;
}
