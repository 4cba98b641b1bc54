#include "unit/em_private.h"

/* A raw statement's result; a doubly linked list of the entity manager, so that it can be freed in any order. */
struct orm_rows {
    orm_rows   *next;
    orm_rows   *previous;
    orm_result *result;
};

static void unlink_rows(orm_em *em, orm_rows *rows)
{
    if (rows->previous != NULL)
        rows->previous->next = rows->next;
    else
        em->rows = rows->next;
    if (rows->next != NULL)
        rows->next->previous = rows->previous;
}

static void release(orm_em *em, orm_rows *rows)
{
    unlink_rows(em, rows);
    orm_result_free(rows->result);
    em->o->allocator.release(em->o->allocator.context, rows);
}

void em_free_rows(orm_em *em)
{
    while (em->rows != NULL)
        release(em, em->rows);
}

const orm_result *em_rows_result(const orm_em *em, const orm_rows *rows)
{
    for (const orm_rows *own = em->rows; own != NULL; own = own->next)
        if (own == rows)
            return own->result;
    return NULL;
}

void orm_rows_free(orm_em *em, orm_rows *rows)
{
    /* Looked for, so that freeing twice or with a foreign entity manager does nothing. */
    for (orm_rows *own = em == NULL ? NULL : em->rows; own != NULL; own = own->next) {
        if (own == rows) {
            release(em, own);
            return;
        }
    }
}

static orm_status keep(orm_em *em, orm_result *result, orm_rows **out)
{
    orm_rows *rows = em->o->allocator.alloc(em->o->allocator.context, sizeof *rows);

    if (rows == NULL) {
        orm_result_free(result);
        return em_fail_memory(em);
    }
    *rows = (orm_rows){ .next = em->rows, .result = result };
    if (rows->next != NULL)
        rows->next->previous = rows;
    em->rows = rows;
    *out = rows;
    return ORM_OK;
}

/* The user's text has its own $1, $2: parameters are put beside it, whatever protocol is set. */
static orm_status run_with_params(orm_em *em, const char *sql, const orm_value *params, size_t count,
                                  orm_result **result)
{
    orm_statement statement;

    orm_statement_init(&statement, em->connection, em->work);
    orm_statement_text(&statement, sql);
    statement.params = orm_arena_calloc(em->work, count, sizeof *statement.params);
    if (statement.params == NULL) {
        orm_statement_free(&statement);
        return em_fail_memory(em);
    }
    for (size_t i = 0; i < count; i++)
        statement.params[i] = (orm_param){ .type = ORM_TYPE_NONE, .slot = &params[i] };
    statement.param_count = statement.param_capacity = count;
    statement.text_results = true;
    return em_run(em, &statement, result);
}

static orm_status execute(orm_em *em, const char *sql, const orm_value *params, size_t count, orm_result **result)
{
    orm_status status = em_connect(em);
    uint64_t   commits;

    if (status != ORM_OK)
        return status;
    commits = orm_connection_commits(em->connection);
    if (count > 0)
        return run_with_params(em, sql, params, count, result);
    status = orm_connection_run_text(em->connection, sql, result, &em->error);
    if (orm_connection_commits(em->connection) != commits)
        em_keep_levels(em);
    em_sync(em);
    return status;
}

orm_status orm_execute(orm_em *em, const char *sql, const orm_value *params, size_t param_count, orm_rows **out)
{
    orm_result *result = NULL;
    orm_status  status;

    if (out != NULL)
        *out = NULL;
    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    if (sql == NULL || (params == NULL && param_count > 0))
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 590, "orm_execute() needs %s",
                        sql == NULL ? "a statement" : "as many values as it says");
    if (param_count > ORM_PARAMS_MAX)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 591, "a statement takes at most %zu parameters, not %zu",
                        ORM_PARAMS_MAX, param_count);
    status = execute(em, sql, params, param_count, &result);
    if (status == ORM_OK && out != NULL)
        status = keep(em, result, out);
    else
        orm_result_free(result);
    return em_leave(em, status);
}

/* ---- Reading ---- */

size_t orm_rows_count(const orm_rows *rows)
{
    return rows == NULL ? 0 : orm_result_rows(rows->result);
}

size_t orm_rows_columns(const orm_rows *rows)
{
    return rows == NULL ? 0 : orm_result_columns(rows->result);
}

const char *orm_rows_name(const orm_rows *rows, size_t column)
{
    return column < orm_rows_columns(rows) ? orm_result_column_name(rows->result, column) : NULL;
}

uint32_t orm_rows_type(const orm_rows *rows, size_t column)
{
    return column < orm_rows_columns(rows) ? orm_result_column_oid(rows->result, column) : 0;
}

const char *orm_rows_text(const orm_rows *rows, size_t row, size_t column)
{
    size_t size;

    if (row >= orm_rows_count(rows) || column >= orm_rows_columns(rows) ||
        orm_result_is_null(rows->result, row, column))
        return NULL;
    return orm_result_data(rows->result, row, column, &size);
}

int64_t orm_rows_affected(const orm_rows *rows)
{
    return rows == NULL ? -1 : orm_result_affected(rows->result);
}

const char *orm_rows_command(const orm_rows *rows)
{
    return rows == NULL ? NULL : orm_result_command(rows->result);
}
