#include "unit/flush_private.h"

/* How returned rows find their instances. */
typedef enum match_by {
    MATCH_NOTHING, /* nothing comes back */
    MATCH_SINGLE,  /* one row */
    MATCH_COLUMN,  /* by the key or a unique column that was sent */
    MATCH_NUMBER,  /* by the row's number, which the statement returns */
    MATCH_ALONE    /* not at all: rows must go one by one */
} match_by;

/* One INSERT in the making. */
typedef struct batch {
    orm_em                   *em;
    const orm_shape          *shape;
    orm_instance            **instances;
    size_t                    count;
    const orm_meta_property **columns;
    size_t                    column_count;
    orm_cell                 *cells;
    const orm_meta_property **returning;
    size_t                    returning_count;
    match_by                  match;
    const orm_meta_property  *match_column;
} batch;

/* Whether the column has no value in this row's INSERT. */
static bool is_absent(const orm_instance *instance, const orm_meta_property *p)
{
    if (p->primary)
        return !orm_key_is_set(instance->shape->meta, instance->self);
    if (p->type == ORM_TYPE_REFERENCE)
        return orm_reference_read(p, instance->self) == NULL || em_reference_waits(instance, p);
    return !orm_meta_is_present(p, instance->self);
}

static bool any_row(const batch *b, const orm_meta_property *p, bool absent)
{
    for (size_t i = 0; i < b->count; i++)
        if (is_absent(b->instances[i], p) == absent)
            return true;
    return false;
}

/* Columns that no row has are left out; of those that the database makes, what some row lacks comes back. */
static orm_status choose_columns(batch *b)
{
    const orm_meta_entity *meta = b->shape->meta;

    /* One place more than columns: the key or a unique column may join in. */
    b->columns = orm_arena_calloc(b->em->work, meta->column_count + 1, sizeof *b->columns);
    b->returning = orm_arena_calloc(b->em->work, meta->column_count + 1, sizeof *b->returning);
    if (b->columns == NULL || b->returning == NULL)
        return em_fail_memory(b->em);
    for (size_t i = 0; i < meta->column_count; i++)
        if (any_row(b, meta->columns[i], false))
            b->columns[b->column_count++] = meta->columns[i];
    for (size_t i = 0; i < b->shape->made_count; i++)
        if (any_row(b, b->shape->made[i], true))
            b->returning[b->returning_count++] = b->shape->made[i];
    return ORM_OK;
}

/* Types whose values come back as they were sent. */
static bool is_exact(orm_type type)
{
    return type == ORM_TYPE_STRING || type == ORM_TYPE_TEXT || type == ORM_TYPE_ENUM || type == ORM_TYPE_UUID ||
           type == ORM_TYPE_DATE || orm_type_info_of(type)->is_integer;
}

static void return_also(batch *b, const orm_meta_property *column)
{
    for (size_t i = 0; i < b->returning_count; i++)
        if (b->returning[i] == column)
            return;
    b->returning[b->returning_count++] = column;
}

static void match_by_column(batch *b, const orm_meta_property *column)
{
    b->match = MATCH_COLUMN;
    b->match_column = column;
    return_also(b, column);
}

/*
 * The one place that decides how a batch is sent. No server promises the order of RETURNING, so several rows are
 * matched by a value: the key where we know it, else a unique column, else a number that travels with the row.
 */
static void choose_match(batch *b)
{
    const orm_meta_entity *meta = b->shape->meta;

    if (b->returning_count == 0) {
        b->match = MATCH_NOTHING;
        return;
    }
    if (b->count == 1) {
        b->match = MATCH_SINGLE;
        return;
    }
    if (!any_row(b, meta->key, true)) {
        match_by_column(b, meta->key);
        return;
    }
    for (size_t i = 0; i < meta->column_count; i++) {
        const orm_meta_property *p = meta->columns[i];

        if (p->unique && !p->primary && is_exact(p->column_type) && !any_row(b, p, true)) {
            match_by_column(b, p);
            return;
        }
    }
    b->match = orm_query_can_draw_keys(meta) ? MATCH_NUMBER : MATCH_ALONE;
    if (b->match == MATCH_NUMBER) {
        for (size_t i = b->column_count; i > 0; i--)
            b->columns[i] = b->columns[i - 1];
        b->columns[0] = meta->key;
        b->column_count++;
    }
}

static orm_status fill_cells(batch *b)
{
    /* Rows without any column still need one to hang `default` on. */
    if (b->column_count == 0 && b->count > 1)
        b->columns[b->column_count++] = b->shape->meta->key;
    b->cells = orm_arena_calloc(b->em->work, b->count * (b->column_count + 1), sizeof *b->cells);
    if (b->cells == NULL)
        return em_fail_memory(b->em);
    for (size_t row = 0; row < b->count; row++) {
        for (size_t i = 0; i < b->column_count; i++) {
            orm_cell *cell = &b->cells[row * b->column_count + i];

            *cell = orm_cell_of(b->instances[row], b->columns[i]);
            cell->absent = is_absent(b->instances[row], b->columns[i]);
        }
    }
    return ORM_OK;
}

static orm_status send(batch *b, orm_result **result)
{
    orm_em       *em = b->em;
    orm_statement statement;
    orm_row_set   rows = { .entity = b->shape->meta,
                           .columns = b->columns,
                           .column_count = b->column_count,
                           .cells = b->cells,
                           .row_count = b->count };

    orm_statement_init(&statement, em->connection, em->work);
    statement.cacheable = b->count == 1 || b->count == em->o->settings.batch_size;
    if (b->match == MATCH_NUMBER)
        orm_query_insert_numbered(&statement, &rows, b->returning, b->returning_count);
    else
        orm_query_insert(&statement, &rows, b->returning, b->returning_count);
    return em_run(em, &statement, result);
}

/* ---- Reading what came back ---- */

static orm_status fail_match(const batch *b)
{
    return orm_fail(&b->em->error, ORM_ERR_PROTOCOL, 585,
                    "the rows that the server returned for %zu inserted %s cannot be told apart or are not all there",
                    b->count, b->shape->meta->name);
}

/* From the sent value of the matching column to the instance. */
static bool index_rows(const batch *b, orm_map *index)
{
    orm_packed_key *keys = orm_arena_calloc(b->em->work, b->count, sizeof *keys);

    if (keys == NULL)
        return false;
    for (size_t i = 0; i < b->count; i++) {
        orm_cell cell = orm_cell_of(b->instances[i], b->match_column);

        orm_key_pack(b->match_column->column_type, cell.slot, &keys[i]);
        if (!orm_map_put(index, orm_key_data(&keys[i]), keys[i].size, b->instances[i]))
            return false;
    }
    return true;
}

static orm_status find_by_column(const batch *b, const orm_map *index, const orm_result *result, size_t row,
                                 orm_instance **out)
{
    union {
        max_align_t align;
        char        bytes[64];
    } slot;
    orm_packed_key key;
    size_t         column = 0;

    while (b->returning[column] != b->match_column)
        column++;
    if (orm_result_is_null(result, row, column))
        return fail_match(b);
    if (orm_result_decode(result, row, column, b->match_column->column_type, b->em->work, &slot, &b->em->error) !=
        ORM_OK)
        return orm_query_fail_property(b->match_column, &b->em->error);
    orm_key_pack(b->match_column->column_type, &slot, &key);
    *out = orm_map_get(index, orm_key_data(&key), key.size);
    return *out != NULL ? ORM_OK : fail_match(b);
}

static orm_status find_by_number(const batch *b, const orm_result *result, size_t row, orm_instance **out)
{
    int64_t number = 0;

    if (orm_result_is_null(result, row, 0))
        return fail_match(b);
    if (orm_result_decode(result, row, 0, ORM_TYPE_BIGINT, b->em->work, &number, &b->em->error) != ORM_OK)
        return b->em->error.status;
    if (number < 1 || (uint64_t)number > b->count)
        return fail_match(b);
    *out = b->instances[number - 1];
    return ORM_OK;
}

static orm_status read_row(const batch *b, const orm_map *index, const orm_result *result, size_t row)
{
    size_t        first = b->match == MATCH_NUMBER ? 1 : 0;
    orm_instance *instance = b->instances[0];
    orm_status    status = ORM_OK;

    if (b->match == MATCH_COLUMN)
        status = find_by_column(b, index, result, row, &instance);
    else if (b->match == MATCH_NUMBER)
        status = find_by_number(b, result, row, &instance);
    if (status != ORM_OK)
        return status;
    if (instance->visit == b->em->visits)
        return fail_match(b);
    instance->visit = b->em->visits;
    for (size_t i = 0; i < b->returning_count && status == ORM_OK; i++)
        if (is_absent(instance, b->returning[i]))
            status = em_decode(b->em, b->returning[i], result, row, first + i, instance->self);
    return status;
}

static orm_status read_rows(const batch *b, const orm_result *result)
{
    orm_status status = ORM_OK;
    orm_map    index;

    if (b->match == MATCH_NOTHING)
        return ORM_OK;
    if (orm_result_rows(result) != b->count)
        return fail_match(b);
    orm_map_init(&index, &b->em->o->allocator);
    if (b->match == MATCH_COLUMN && !index_rows(b, &index))
        status = em_fail_memory(b->em);
    b->em->visits++;
    for (size_t row = 0; row < b->count && status == ORM_OK; row++)
        status = read_row(b, &index, result, row);
    orm_map_free(&index);
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
        if (b.match == MATCH_ALONE) {
            for (size_t i = 0; i < count && status == ORM_OK; i++)
                status = insert_rows(em, shape, &instances[i], 1); /* one row is never MATCH_ALONE */
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

orm_status em_insert_group(orm_em *em, const orm_insert_group *group)
{
    size_t         limit = em_batch_rows(em, group->shape->meta->column_count);
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
        orm_status status = insert_rows(em, group->shape, rows + at, count);

        if (status != ORM_OK)
            return status;
        at += count;
    }
    return ORM_OK;
}
