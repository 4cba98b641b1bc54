/* INSERT, UPDATE and DELETE that go past the unit of work: no entity is made or changed. */
#include "unit/filter.h"
#include "unit/row_match.h"
#include "unit/write_rows.h"

/* ---- INSERT ---- */

typedef struct insertion {
    em_rows    rows;
    size_t    *numbers; /* of the rows, those that have their key first */
    size_t     with_key;
    size_t     limit; /* rows in one statement */
    orm_value *keys; /* of the user; NULL: nobody asks */
} insertion;

static orm_status take_key(const insertion *in, size_t row, const void *const *slots)
{
    orm_em *em = in->rows.em;

    return em_key_value(em, in->rows.meta, slots, &in->keys[row]) ? ORM_OK : em_fail_memory(em);
}

/* Keys that were sent need not come back. */
static orm_status take_sent_keys(const insertion *in, const em_chunk *chunk)
{
    const orm_meta_entity *meta = in->rows.meta;
    const void           **slots = em_chunk_slots(chunk, meta->columns, meta->key_column_count);
    orm_status             status = slots == NULL ? in->rows.em->error.status : ORM_OK;

    for (size_t i = 0; i < chunk->count && status == ORM_OK; i++)
        status = take_key(in, chunk->numbers[i], slots + i * meta->key_column_count);
    return status;
}

static orm_status take_returned_key(const insertion *in, const em_chunk *chunk, em_row_match *match,
                                    const orm_result *result, size_t row)
{
    const orm_meta_entity *meta = in->rows.meta;
    size_t                 first = match->by == EM_MATCH_NUMBER ? 1 : 0;
    orm_em                *em = in->rows.em;
    size_t                 number;
    union {
        max_align_t align;
        char        bytes[64];
    } values[ORM_KEY_COLUMNS_MAX];
    const void *slots[ORM_KEY_COLUMNS_MAX];

    if (em_row_match_find(match, result, row, &number) != ORM_OK)
        return em->error.status;
    for (size_t i = 0; i < meta->key_column_count; i++) {
        if (orm_result_is_null(result, row, first + i))
            return em_row_match_fail(match);
        if (orm_result_decode(result, row, first + i, meta->columns[i]->type, em->work, &values[i], &em->error) !=
            ORM_OK)
            return orm_query_fail_property(meta->columns[i]->property, &em->error);
        slots[i] = &values[i];
    }
    return take_key(in, chunk->numbers[number], slots);
}

static orm_status take_returned_keys(const insertion *in, const em_chunk *chunk, em_row_match *match,
                                     const orm_result *result)
{
    orm_status status;

    match->slots = em_chunk_slots(chunk, match->columns, match->column_count);
    if (match->slots == NULL)
        return match->em->error.status;
    status = em_row_match_init(match);
    if (status == ORM_OK && orm_result_rows(result) != chunk->count)
        status = em_row_match_fail(match);
    for (size_t row = 0; row < chunk->count && status == ORM_OK; row++)
        status = take_returned_key(in, chunk, match, result, row);
    em_row_match_free(match);
    return status;
}

/* The key comes first, then what tells rows apart; at[] is told where. */
static void list_returning(const em_row_match *match, size_t *at, const orm_meta_column **returning, size_t *count)
{
    const orm_meta_entity *meta = match->meta;

    for (size_t i = 0; i < meta->column_count; i++)
        at[i] = SIZE_MAX;
    for (*count = 0; *count < meta->key_column_count; (*count)++) {
        returning[*count] = meta->columns[*count];
        at[*count] = *count;
    }
    for (size_t i = 0; i < match->column_count; i++) {
        const orm_meta_column *column = match->columns[i];

        if (at[column->index] != SIZE_MAX)
            continue;
        at[column->index] = *count;
        returning[(*count)++] = column;
    }
}

static orm_status send(const em_chunk *chunk, em_match_by by, const orm_meta_column *const *returning,
                       size_t returning_count, orm_result **result)
{
    orm_em       *em = chunk->rows->em;
    orm_statement statement;
    orm_row_set   set = { .entity = chunk->rows->meta,
                          .columns = chunk->columns,
                          .column_count = chunk->column_count,
                          .cells = chunk->cells,
                          .row_count = chunk->count };

    orm_statement_init(&statement, em->connection, em->work);
    statement.cacheable = chunk->count == 1 || chunk->count == em->o->settings.batch_size;
    if (by == EM_MATCH_NUMBER)
        orm_query_insert_numbered(&statement, &set, returning, returning_count);
    else
        orm_query_insert(&statement, &set, returning, returning_count);
    return em_run(em, &statement, result);
}

static orm_status insert_chunk(const insertion *in, const size_t *numbers, size_t count, bool with_key)
{
    const orm_meta_entity  *meta = in->rows.meta;
    orm_em                 *em = in->rows.em;
    em_chunk                chunk = { .rows = &in->rows, .numbers = numbers, .count = count };
    em_row_match            match = { .em = em, .meta = meta, .count = count, .by = EM_MATCH_NOTHING };
    const orm_meta_column **returning = orm_arena_calloc(em->work, meta->column_count, sizeof *returning);
    size_t                 *at = orm_arena_calloc(em->work, meta->column_count, sizeof *at);
    size_t                  returning_count = 0;
    orm_result             *result = NULL;
    orm_status              status;

    if (returning == NULL || at == NULL)
        return em_fail_memory(em);
    match.at = at;
    if (!with_key) {
        match.by = count == 1 ? EM_MATCH_SINGLE
                              : em_choose_match(meta, em_chunk_lacks, &chunk, &match.columns, &match.column_count);
        list_returning(&match, at, returning, &returning_count);
    }
    if (match.by == EM_MATCH_ALONE) {
        status = ORM_OK;
        for (size_t i = 0; i < count && status == ORM_OK; i++)
            status = insert_chunk(in, numbers + i, 1, false); /* one row is never EM_MATCH_ALONE */
        return status;
    }
    status = em_chunk_fill(&chunk, match.by == EM_MATCH_NUMBER);
    if (status == ORM_OK)
        status = send(&chunk, match.by, returning, returning_count, &result);
    if (status == ORM_OK && in->keys != NULL)
        status = with_key ? take_sent_keys(in, &chunk) : take_returned_keys(in, &chunk, &match, result);
    orm_result_free(result);
    return status;
}

/* Rows that bring their key and rows that get one are matched in different ways: they go apart. */
static orm_status part_by_key(insertion *in)
{
    size_t last = 0;

    in->numbers = orm_arena_calloc(in->rows.em->work, in->rows.count, sizeof *in->numbers);
    if (in->numbers == NULL)
        return em_fail_memory(in->rows.em);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < in->rows.count; i++)
            if (em_row_has_key(&in->rows, i) == (pass == 0))
                in->numbers[last++] = i;
        if (pass == 0)
            in->with_key = last;
    }
    return ORM_OK;
}

static orm_status insert_all(void *context)
{
    insertion *in = context;

    for (size_t at = 0; at < in->rows.count;) {
        bool       with_key = at < in->with_key;
        size_t     end = with_key ? in->with_key : in->rows.count;
        size_t     count = end - at < in->limit ? end - at : in->limit;
        orm_status status = insert_chunk(in, in->numbers + at, count, with_key);

        if (status != ORM_OK)
            return status;
        at += count;
    }
    return ORM_OK;
}

static orm_status insert(orm_em *em, const orm_shape *shape, const orm_row *rows, size_t count, orm_value *keys)
{
    insertion  in = { .keys = keys };
    orm_status status = em_rows_read(&in.rows, em, shape->meta->view, rows, count, EM_ROWS_TO_INSERT);

    if (status == ORM_OK)
        status = part_by_key(&in);
    if (status != ORM_OK || count == 0)
        return status;
    /* Drawing keys takes parameters, too: fewer than there are rows. */
    in.limit = em_batch_rows(em, orm_meta_params(in.rows.columns, in.rows.column_count) + in.rows.raw_params + 1);
    status = em_connect(em);
    if (status != ORM_OK)
        return status;
    if (em_depth(em) > 0 || (count <= in.limit && (in.with_key == 0 || in.with_key == count)))
        return insert_all(&in);
    return em_alone(em, insert_all, &in);
}

orm_status orm_insert_rows(orm_em *em, const orm_entity *entity, const orm_row *rows, size_t count, orm_value *keys)
{
    const orm_shape *shape;

    for (size_t i = 0; keys != NULL && i < count; i++)
        keys[i] = orm_null();
    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    shape = em_shape(em, entity);
    return em_leave(em, shape == NULL ? em->error.status : insert(em, shape, rows, count, keys));
}

orm_status orm_insert_row(orm_em *em, const orm_entity *entity, const orm_row *row, orm_value *key)
{
    return orm_insert_rows(em, entity, row, 1, key);
}

/* ---- UPDATE and DELETE ---- */

/* Runs what was built, if that went well, and tells how many rows it was about. */
static orm_status run_counting(orm_em *em, orm_statement *statement, orm_status built, int64_t *affected)
{
    orm_result *result = NULL;
    orm_status  status = built;

    if (built != ORM_OK)
        orm_statement_free(statement);
    else
        status = em_run(em, statement, &result);
    if (status == ORM_OK && affected != NULL)
        *affected = orm_result_affected(result);
    orm_result_free(result);
    return status;
}

/* The condition with the entity's filters. */
static orm_status filtered(orm_em *em, const orm_meta_entity *meta, const orm_condition *where, const orm_condition **out)
{
    static const orm_find_options options = { .limit = 0 };
    const orm_condition          *filter;
    orm_condition                *both;
    orm_status                    status = em_filter_of(em, meta, &options, &filter, NULL);

    *out = filter == NULL ? where : filter;
    if (status != ORM_OK || filter == NULL || where == NULL)
        return status;
    both = orm_arena_calloc(em->work, 3, sizeof *both);
    if (both == NULL)
        return em_fail_memory(em);
    both[0] = (orm_condition){ .op = ORM_OP_AND, .children = both + 1, .child_count = 2 };
    both[1] = *filter;
    both[2] = *where;
    *out = both;
    return ORM_OK;
}

static orm_status update(orm_em *em, const orm_meta_entity *meta, const orm_condition *where, const orm_row *row,
                         int64_t *affected)
{
    orm_query_scope scope = em_scope(em);
    orm_statement   statement;
    orm_row_set     set = { .entity = meta, .row_count = 1 };
    em_rows         rows;
    orm_status      status = em_rows_read(&rows, em, meta->view, row, 1, EM_ROWS_TO_UPDATE);

    for (size_t i = 0; status == ORM_OK && i < rows.column_count; i++)
        if (rows.columns[i]->property->discriminates)
            status = em_fail_property(em, rows.columns[i]->property, 746, "the type of a row cannot be changed");
    if (status == ORM_OK && rows.column_count == 0)
        status = orm_fail(&em->error, ORM_ERR_VALIDATION, 696, "%s: there is nothing to set", meta->name);
    if (status == ORM_OK)
        status = filtered(em, meta, where, &where);
    if (status == ORM_OK)
        status = em_connect(em);
    if (status != ORM_OK)
        return status;
    set.columns = rows.columns;
    set.column_count = rows.column_count;
    set.cells = rows.cells;
    orm_statement_init(&statement, em->connection, em->work);
    statement.cacheable = true;
    status = orm_query_update_where(&statement, &set, where, &scope, &em->error);
    return run_counting(em, &statement, status, affected);
}

orm_status orm_native_update_rows(orm_em *em, const orm_entity *entity, const orm_condition *where, const orm_row *row,
                                  int64_t *affected)
{
    const orm_shape *shape;

    if (affected != NULL)
        *affected = 0;
    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    shape = em_shape(em, entity);
    return em_leave(em, shape == NULL ? em->error.status : update(em, shape->meta, where, row, affected));
}

static orm_status delete_rows(orm_em *em, const orm_meta_entity *meta, const orm_condition *where, int64_t *affected)
{
    orm_query_scope scope = em_scope(em);
    orm_statement   statement;
    orm_status      status = filtered(em, meta, where, &where);

    if (status == ORM_OK)
        status = em_connect(em);
    if (status != ORM_OK)
        return status;
    orm_statement_init(&statement, em->connection, em->work);
    statement.cacheable = true;
    status = orm_query_delete_where(&statement, meta, where, &scope, &em->error);
    return run_counting(em, &statement, status, affected);
}

orm_status orm_native_delete_rows(orm_em *em, const orm_entity *entity, const orm_condition *where, int64_t *affected)
{
    const orm_shape *shape;

    if (affected != NULL)
        *affected = 0;
    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    shape = em_shape(em, entity);
    return em_leave(em, shape == NULL ? em->error.status : delete_rows(em, shape->meta, where, affected));
}
