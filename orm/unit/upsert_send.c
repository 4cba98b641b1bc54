/* INSERT .. ON CONFLICT, and from what comes back to instances. */
#include <string.h>

#include "unit/row_match.h"
#include "unit/upsert.h"

/* One statement. */
typedef struct sending {
    em_upsert              *u;
    em_chunk                chunk;
    orm_conflict            conflict;
    const orm_meta_column **returning;
    size_t                  returning_count;
    size_t                 *at; /* by index of a column: its place in the result; SIZE_MAX: it does not come back */
} sending;

/* All rows of the statement have the same properties. */
static bool has(const sending *s, const orm_meta_property *property)
{
    return em_row_cells(&s->u->rows, s->chunk.numbers[0], property) != NULL;
}

/*
 * Whether a conflict takes the new row's value. What was made for a new row only replaces what is there where a change
 * makes it anew, too.
 */
static bool merges(const sending *s, const orm_meta_property *property)
{
    return s->u->merges[property->index] && has(s, property) &&
           (property->descriptor->on_update != NULL ||
            !em_row_is_made(&s->u->rows, s->chunk.numbers[0], property));
}

/* What the statement does not settle by itself. MikroORM's list, and what tells several rows apart. */
static bool comes_back(const sending *s, const orm_meta_property *property)
{
    const em_upsert *u = s->u;

    if (property->descriptor->formula != NULL)
        return false;
    if (u->in_target[property->index])
        return s->chunk.count > 1;
    if (property->lazy && !has(s, property))
        return false;
    return !merges(s, property) || em_row_is_raw(&u->rows, s->chunk.numbers[0], property) || em_row_is_made(&u->rows, s->chunk.numbers[0], property) ||
           u->options->exclude_fields != NULL;
}

static orm_status prepare(sending *s)
{
    const em_upsert        *u = s->u;
    const orm_meta_entity  *meta = u->shape->meta;
    orm_em                 *em = u->em;
    const orm_meta_column **merge = orm_arena_calloc(em->work, meta->column_count, sizeof *merge);
    orm_status              status = em_chunk_fill(&s->chunk, false);

    s->returning = orm_arena_calloc(em->work, meta->column_count, sizeof *s->returning);
    s->at = orm_arena_calloc(em->work, meta->column_count, sizeof *s->at);
    if (merge == NULL || s->returning == NULL || s->at == NULL)
        return em_fail_memory(em);
    for (size_t i = 0; i < meta->column_count; i++) {
        s->at[i] = SIZE_MAX;
        if (comes_back(s, meta->columns[i]->property)) {
            s->at[i] = s->returning_count;
            s->returning[s->returning_count++] = meta->columns[i];
        }
    }
    s->conflict = (orm_conflict){ .target = u->target_columns,
                                  .target_count = u->target_column_count,
                                  .merge = merge,
                                  .where = u->options->where };
    for (size_t i = 0; i < s->chunk.column_count; i++)
        if (merges(s, s->chunk.columns[i]->property))
            merge[s->conflict.merge_count++] = s->chunk.columns[i];
    return status;
}

static orm_status run(const sending *s, orm_result **result)
{
    orm_em         *em = s->u->em;
    orm_query_scope scope = em_scope(em);
    orm_statement   statement;
    orm_row_set     set = { .entity = s->u->shape->meta,
                            .columns = s->chunk.columns,
                            .column_count = s->chunk.column_count,
                            .cells = s->chunk.cells,
                            .row_count = s->chunk.count };
    orm_status      status;

    orm_statement_init(&statement, em->connection, em->work);
    statement.cacheable = s->chunk.count == 1 || s->chunk.count == s->u->limit;
    status = orm_query_upsert(&statement, &set, &s->conflict, s->returning, s->returning_count, &scope, &em->error);
    if (status == ORM_OK)
        return em_run(em, &statement, result);
    orm_statement_free(&statement);
    return status;
}

/* ---- From a row to an instance ---- */

/* What was sent and does not come back is what the row now has. */
static orm_status take_sent(em_upsert *u, const sending *s, size_t row)
{
    const orm_row *given = &u->given[row];
    orm_status     status = ORM_OK;

    for (size_t i = 0; i < given->count && status == ORM_OK; i++) {
        const orm_meta_property *property = orm_meta_property_named(u->shape->meta, given->values[i].property);

        u->settling.overwrites[property->index] = u->in_target[property->index] || u->merges[property->index];
        if (s->at[property->columns[0].index] != SIZE_MAX)
            continue;
        status = em_write_value(u->em, property, u->settling.row, &given->values[i].value);
        u->settling.known[property->index] = true;
    }
    return status;
}

/* A statement that returns nothing tells by its count whether it has written its one row. */
static bool has_written(const sending *s, const orm_result *result)
{
    return s->returning_count > 0 ? orm_result_rows(result) > 0 : orm_result_affected(result) > 0;
}

static orm_status take_row(const sending *s, const orm_result *result, size_t row, size_t number)
{
    em_upsert *u = s->u;
    orm_status status;

    em_settling_clear(&u->settling);
    status = take_sent(u, s, s->chunk.numbers[number]);
    if (status == ORM_OK && s->returning_count > 0)
        status = em_settling_read(&u->settling, result, row, s->at);
    return status == ORM_OK ? em_settle_row(&u->settling, &u->items[s->chunk.numbers[number]]) : status;
}

static em_row_match match_of(const sending *s, const em_chunk *chunk, em_match_by by, const size_t *at)
{
    return (em_row_match){ .em = s->u->em,
                           .meta = s->u->shape->meta,
                           .by = by,
                           .columns = s->u->target_columns,
                           .column_count = s->u->target_column_count,
                           .at = at,
                           .slots = em_chunk_slots(chunk, s->u->target_columns, s->u->target_column_count),
                           .count = chunk->count };
}

static orm_status take_rows(const sending *s, const orm_result *result)
{
    em_row_match match;
    orm_status   status = ORM_OK;

    if (s->chunk.count == 1)
        return has_written(s, result) ? take_row(s, result, 0, 0) : ORM_OK;
    match = match_of(s, &s->chunk, EM_MATCH_COLUMNS, s->at);
    if (match.slots == NULL)
        return s->u->em->error.status;
    status = em_row_match_init(&match);
    for (size_t row = 0; row < orm_result_rows(result) && status == ORM_OK; row++) {
        size_t number;

        status = em_row_match_find(&match, result, row, &number);
        if (status == ORM_OK)
            status = take_row(s, result, row, number);
    }
    em_row_match_free(&match);
    return status;
}

/* ---- Rows that were left as they are: they are read ---- */

static orm_status select_rows(const sending *s, const em_chunk *missing, const void *const *slots, orm_result **result)
{
    em_upsert      *u = s->u;
    orm_em         *em = u->em;
    orm_query_scope scope = em_scope(em);
    orm_condition  *equal = orm_arena_calloc(em->work, u->target_count, sizeof *equal);
    orm_condition   all = { .op = ORM_OP_AND, .children = equal };
    orm_select      select = { .entity = u->shape->meta };
    orm_statement   statement;
    orm_layout      layout;
    orm_status      status;

    if (equal == NULL)
        return em_fail_memory(em);
    if (missing->count == 1) {
        const orm_row *given = &u->given[missing->numbers[0]];

        for (size_t i = 0; i < given->count; i++)
            if (u->in_target[orm_meta_property_named(u->shape->meta, given->values[i].property)->index])
                equal[all.child_count++] = (orm_condition){ .op = ORM_OP_EQ,
                                                            .property = given->values[i].property,
                                                            .value = given->values[i].value };
        select.where = &all;
        select.limit = 1;
    } else {
        select.in_columns = u->target_columns;
        select.in_column_count = u->target_column_count;
        select.in_keys = slots;
        select.in_count = missing->count;
    }
    orm_statement_init(&statement, em->connection, em->work);
    status = orm_query_select(&statement, &select, &scope, &layout, &em->error);
    if (status == ORM_OK)
        return em_run(em, &statement, result);
    orm_statement_free(&statement);
    return status;
}

static orm_status fail_gone(const sending *s)
{
    return orm_fail(&s->u->em->error, ORM_ERR_NOT_FOUND, 709,
                    "the %s that made an upsert conflict is not there any more: somebody else removed it meanwhile",
                    s->u->shape->meta->name);
}

/* Rows that are equal where they must be unique are one row. */
static orm_status share_rows(const sending *s, const em_chunk *missing, em_row_match *match)
{
    em_upsert *u = s->u;

    for (size_t i = 0; i < missing->count; i++) {
        size_t first = 0;

        if (match->by == EM_MATCH_COLUMNS && em_row_match_first(match, i, &first) != ORM_OK)
            return u->em->error.status;
        u->items[missing->numbers[i]] = u->items[missing->numbers[first]];
        if (u->items[missing->numbers[i]] == NULL)
            return fail_gone(s);
    }
    return ORM_OK;
}

static orm_status take_selected(const sending *s, const em_chunk *missing, const orm_result *result, em_row_match *match)
{
    em_upsert *u = s->u;
    orm_status status = em_row_match_init(match);

    for (size_t row = 0; row < orm_result_rows(result) && status == ORM_OK; row++) {
        size_t number;

        status = em_row_match_find(match, result, row, &number);
        if (status != ORM_OK)
            break;
        em_settling_clear(&u->settling);
        status = em_settling_read(&u->settling, result, row, match->at);
        if (status == ORM_OK)
            status = em_settle_row(&u->settling, &u->items[missing->numbers[number]]);
    }
    return status == ORM_OK ? share_rows(s, missing, match) : status;
}

static orm_status read_missing(const sending *s, const em_chunk *missing)
{
    orm_em      *em = s->u->em;
    size_t      *at = orm_arena_calloc(em->work, s->u->shape->meta->column_count, sizeof *at);
    orm_result  *result = NULL;
    em_row_match match = match_of(s, missing, missing->count == 1 ? EM_MATCH_SINGLE : EM_MATCH_COLUMNS, at);
    orm_status   status;

    if (at == NULL || match.slots == NULL)
        return em_fail_memory(em);
    status = select_rows(s, missing, match.slots, &result);
    if (status == ORM_OK) {
        em_find_columns(s->u->shape->meta, result, true, at);
        status = em_check_key_columns(em, s->u->shape->meta, at);
    }
    if (status == ORM_OK) {
        status = take_selected(s, missing, result, &match);
        em_row_match_free(&match);
    }
    orm_result_free(result);
    return status;
}

orm_status em_upsert_send(em_upsert *u, const size_t *numbers, size_t count)
{
    sending     s = { .u = u, .chunk = { .rows = &u->rows, .numbers = numbers, .count = count } };
    orm_result *result = NULL;
    size_t     *missing = orm_arena_calloc(u->em->work, count, sizeof *missing);
    em_chunk    rest = { .rows = &u->rows, .numbers = missing };
    orm_status  status = missing == NULL ? em_fail_memory(u->em) : prepare(&s);

    if (status == ORM_OK)
        status = run(&s, &result);
    if (status == ORM_OK)
        status = take_rows(&s, result);
    orm_result_free(result);
    for (size_t i = 0; i < count && status == ORM_OK; i++)
        if (u->items[numbers[i]] == NULL)
            missing[rest.count++] = numbers[i];
    return status == ORM_OK && rest.count > 0 ? read_missing(&s, &rest) : status;
}
