/* SQL as it stands, on the connection and in the transaction of an entity manager. */
#include <string.h>

#include "harness/steps/steps_private.h"

cc_match cc_check_rows(cc_context *context, const cc_yaml *expected, const void *seen, cc_finding *finding)
{
    const cc_rows *r = seen;
    cc_matching    matching = cc_matching_of(context);

    cc_match match =
        cc_match_rows(&matching, expected, r->rows, r->row_count, r->columns, r->ordered, &finding->message);

    /* The first line is the message, the rest the detail. */
    if (match == CC_NO_MATCH) {
        size_t line = strcspn(finding->message.data, "\n");

        if (line < finding->message.length)
            orm_buffer_append(&finding->detail, finding->message.data + line + 1);
        orm_buffer_truncate(&finding->message, line);
    }
    return match;
}

static cc_step_status read_params(cc_context *context, const cc_step *step, cc_manager *manager, orm_value **out,
                                  size_t *count)
{
    const cc_yaml *params = cc_step_arg(step, "params");

    *count = params == NULL ? 0 : params->count;
    *out = orm_arena_calloc(context->arena, *count, sizeof **out);
    if (*out == NULL)
        return cc_broken_memory(context, step);
    for (size_t i = 0; i < *count; i++) {
        cc_step_status status = cc_value_of(context, step, manager, NULL, params->items[i], &(*out)[i]);

        if (status != CC_STEP_OK)
            return status;
    }
    return CC_STEP_OK;
}

/* Copies all cells, typed by their columns. False when memory is out. */
static bool read_rows(orm_arena *arena, const orm_rows *rows, cc_rows *out)
{
    size_t            row_count = orm_rows_count(rows);
    size_t            columns = orm_rows_columns(rows);
    const cc_actual **lines = orm_arena_calloc(arena, row_count, sizeof *lines);

    if (lines == NULL)
        return false;
    for (size_t row = 0; row < row_count; row++) {
        cc_actual *cells = orm_arena_calloc(arena, columns, sizeof *cells);

        if (cells == NULL)
            return false;
        for (size_t i = 0; i < columns; i++) {
            if (!cc_cell_of(arena, orm_rows_type(rows, i), orm_rows_text(rows, row, i), &cells[i]))
                return false;
        }
        lines[row] = cells;
    }
    *out = (cc_rows){ .rows = lines, .row_count = row_count, .columns = columns };
    return true;
}

static cc_step_status check_columns(cc_context *context, const cc_step *step, const orm_rows *rows)
{
    size_t       count = orm_rows_columns(rows);
    const char **names = orm_arena_calloc(context->arena, count, sizeof *names);
    cc_texts     texts = { .items = names, .count = count, .what = "column" };

    if (names == NULL)
        return cc_broken_memory(context, step);
    for (size_t i = 0; i < count; i++)
        names[i] = orm_rows_name(rows, i);
    return cc_check(context, step, "columns", cc_check_texts, &texts);
}

static cc_step_status check_result(cc_context *context, const cc_step *step, const orm_rows *rows)
{
    int64_t        affected = orm_rows_affected(rows);
    cc_rows        r = { .rows = NULL };
    cc_step_status status = CC_STEP_OK;

    if (!read_rows(context->arena, rows, &r))
        return cc_broken_memory(context, step);
    r.ordered = !cc_arg_bool(step, "unordered");
    status = cc_bind_rows(context, step, r.rows, r.row_count, r.columns);
    if (status == CC_STEP_OK)
        status = check_columns(context, step, rows);
    if (status == CC_STEP_OK)
        status = cc_check(context, step, "rows", cc_check_rows, &r);
    return status == CC_STEP_OK ? cc_check(context, step, "affected", cc_check_int, &affected) : status;
}

cc_step_status cc_step_sql(cc_context *context, const cc_step *step)
{
    cc_manager    *manager = cc_manager_of(context, step);
    orm_value     *params = NULL;
    size_t         count = 0;
    orm_rows      *rows = NULL;
    cc_step_status status = CC_STEP_OK;

    if (manager == NULL)
        return CC_STEP_BROKEN;
    status = read_params(context, step, manager, &params, &count);
    if (status != CC_STEP_OK)
        return status;
    if (orm_execute(manager->em, cc_arg_text(step, "query"), params, count, &rows) != ORM_OK)
        return cc_refused_by(context, manager);
    status = check_result(context, step, rows);
    orm_rows_free(manager->em, rows);
    return status;
}
