/* SQL in the place of a value: raw text of the program's with a `?` for each of its parameters. */
#include <string.h>

#include "base/fail.h"
#include "base/text.h"
#include "query/query_private.h"

/* Up to the next `?` that stands for a parameter: not in quotes, and not written `\?`. NULL: there is none. */
static const char *next_place(const char *sql)
{
    char quote = '\0';

    for (; *sql != '\0'; sql++) {
        if (quote != '\0')
            quote = *sql == quote ? '\0' : quote;
        else if (*sql == '\'' || *sql == '"')
            quote = *sql;
        else if (*sql == '\\' && sql[1] == '?')
            sql++;
        else if (*sql == '?')
            return sql;
    }
    return NULL;
}

static size_t count_places(const char *sql)
{
    size_t count = 0;

    for (const char *at = next_place(sql); at != NULL; at = next_place(at + 1))
        count++;
    return count;
}

static orm_status check_params(const orm_value *raw, orm_error *error)
{
    size_t places = count_places(raw->as.raw.sql);

    if (places != raw->as.raw.param_count || (places > 0 && raw->as.raw.params == NULL))
        return orm_fail(error, ORM_ERR_VALIDATION, 758,
                        "its SQL has %zu question marks for %zu parameters (write \\? for a bare one)", places,
                        raw->as.raw.params == NULL ? 0 : raw->as.raw.param_count);
    for (size_t i = 0; i < places; i++) {
        orm_value_kind kind = raw->as.raw.params[i].kind;

        if (kind == ORM_VALUE_RAW || kind == ORM_VALUE_LIST || kind == ORM_VALUE_ENTITY || kind == ORM_VALUE_PARAM)
            return orm_fail(error, ORM_ERR_VALIDATION, 759, "parameter %zu of its SQL is no plain value", i + 1);
    }
    return ORM_OK;
}

orm_status orm_query_check_raw(const orm_meta_property *property, const orm_value *raw, orm_error *error)
{
    const char *sql = raw->as.raw.sql;
    orm_status  status;

    if (property->column_count != 1 || property->relation != ORM_RELATION_NONE || property->hidden_slot || property->discriminates)
        status = orm_fail(error, ORM_ERR_VALIDATION, 757, "raw SQL is for values with a column of their own");
    else if (sql == NULL || *sql == '\0' || orm_utf8_valid_prefix(sql, strlen(sql)) != strlen(sql))
        status = orm_fail(error, ORM_ERR_VALIDATION, 758, "its raw SQL is %s",
                          sql == NULL || *sql == '\0' ? "empty" : "not valid UTF-8");
    else
        status = check_params(raw, error);
    return status == ORM_OK ? ORM_OK : orm_query_fail_property(property, error);
}

/* The text before a place, with `\?` as `?`. */
static void append_text(orm_statement *statement, const char *from, const char *to)
{
    char quote = '\0';

    for (; from < to; from++) {
        if (quote != '\0')
            quote = *from == quote ? '\0' : quote;
        else if (*from == '\'' || *from == '"')
            quote = *from;
        else if (*from == '\\' && from[1] == '?')
            from++;
        orm_buffer_append_char(&statement->sql, *from);
    }
}

void orm_query_raw(orm_statement *statement, const orm_value *raw)
{
    const char *rest = raw->as.raw.sql;
    size_t      param = 0;

    /* Its parameters have no types of their own to be prepared with. */
    statement->cacheable = false;
    for (const char *at = next_place(rest); at != NULL; at = next_place(rest)) {
        append_text(statement, rest, at);
        orm_statement_value(statement, &raw->as.raw.params[param++]);
        rest = at + 1;
    }
    append_text(statement, rest, rest + strlen(rest));
}

void orm_query_cell(orm_statement *statement, const orm_meta_column *column, const orm_cell *cell)
{
    if (cell->raw != NULL)
        orm_query_raw(statement, cell->raw);
    else
        orm_query_written(statement, column, cell->slot);
}
