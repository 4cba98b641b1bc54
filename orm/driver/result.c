#include <string.h>

#include "base/text.h"
#include "driver/driver_private.h"

orm_status orm_result_new(const orm_allocator *allocator, PGresult *pg, orm_result **out, orm_error *error)
{
    orm_result *result = allocator->alloc(allocator->context, sizeof *result);

    if (result == NULL) {
        PQclear(pg);
        return orm_fail_memory(error);
    }
    *result = (orm_result){ .pg = pg, .allocator = allocator };
    *out = result;
    return ORM_OK;
}

void orm_result_free(orm_result *result)
{
    if (result == NULL)
        return;
    PQclear(result->pg);
    result->allocator->release(result->allocator->context, result);
}

size_t orm_result_rows(const orm_result *result)
{
    return (size_t)PQntuples(result->pg);
}

size_t orm_result_columns(const orm_result *result)
{
    return (size_t)PQnfields(result->pg);
}

static bool has_column(const orm_result *result, size_t column)
{
    return column < orm_result_columns(result);
}

static bool has_cell(const orm_result *result, size_t row, size_t column)
{
    return row < orm_result_rows(result) && has_column(result, column);
}

const char *orm_result_column_name(const orm_result *result, size_t column)
{
    return has_column(result, column) ? PQfname(result->pg, (int)column) : NULL;
}

uint32_t orm_result_column_oid(const orm_result *result, size_t column)
{
    return has_column(result, column) ? PQftype(result->pg, (int)column) : ORM_OID_UNKNOWN;
}

bool orm_result_is_binary(const orm_result *result, size_t column)
{
    return has_column(result, column) && PQfformat(result->pg, (int)column) == 1;
}

bool orm_result_is_null(const orm_result *result, size_t row, size_t column)
{
    return !has_cell(result, row, column) || PQgetisnull(result->pg, (int)row, (int)column) == 1;
}

const char *orm_result_data(const orm_result *result, size_t row, size_t column, size_t *size)
{
    if (size != NULL)
        *size = 0;
    if (orm_result_is_null(result, row, column))
        return NULL;
    if (size != NULL)
        *size = (size_t)PQgetlength(result->pg, (int)row, (int)column);
    return PQgetvalue(result->pg, (int)row, (int)column);
}

/* libpq gives the count as text, empty for a command that has none. */
int64_t orm_pg_affected(const PGresult *pg)
{
    /* PQcmdTuples takes no const, and changes nothing. */
    const char *count = PQcmdTuples((PGresult *)(uintptr_t)pg);
    int64_t     affected = -1;

    if (!orm_parse_int64(count, &affected))
        return -1;
    return affected;
}

int64_t orm_result_affected(const orm_result *result)
{
    return orm_pg_affected(result->pg);
}

const char *orm_result_command(const orm_result *result)
{
    return PQcmdStatus(result->pg);
}

orm_status orm_result_decode(const orm_result *result, size_t row, size_t column, orm_type type, orm_arena *arena,
                             void *slot, orm_error *error)
{
    size_t      size;
    const char *data = orm_result_data(result, row, column, &size);

    if (data == NULL)
        return orm_fail(error, ORM_ERR_ARGUMENT, 361, "row %zu, column %zu of the result has no value to decode", row,
                        column);
    if (orm_result_is_binary(result, column))
        return orm_type_decode_binary(type, arena, data, size, orm_result_column_oid(result, column), slot, error);
    return orm_type_decode_text(type, arena, data, size, slot, error);
}
