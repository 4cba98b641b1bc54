/* Values of columns in text: those of the table, what SQL of custom types makes of them, and what a formula computes. */
#include <string.h>

#include "query/query_private.h"

#define ALIAS "{alias}"

/* The formula with the alias in its places. Without one, names stand alone, and a row goes by the table's own name. */
static void append_formula(orm_statement *statement, const char *alias, const orm_meta_column *column)
{
    const char *rest = orm_meta_formula(column);

    for (const char *at = strstr(rest, ALIAS); at != NULL; at = strstr(rest, ALIAS)) {
        orm_buffer_append_bytes(&statement->sql, rest, (size_t)(at - rest));
        rest = at + strlen(ALIAS);
        if (alias != NULL)
            orm_statement_identifier(statement, alias);
        else if (*rest != '.')
            orm_query_table(statement, column->property->entity);
        else
            rest++;
    }
    orm_statement_text(statement, rest);
}

static void append_name(orm_statement *statement, const char *alias, const orm_meta_column *column)
{
    if (alias != NULL)
        orm_statement_column(statement, alias, column->name);
    else
        orm_statement_identifier(statement, column->name);
}

/* The SQL of a custom type up to the next {value}; *rest is behind that, NULL at the end. */
static void append_until_value(orm_statement *statement, const char **rest)
{
    const char *at = strstr(*rest, ORM_META_VALUE);

    if (at == NULL) {
        orm_statement_text(statement, *rest);
        *rest = NULL;
        return;
    }
    orm_buffer_append_bytes(&statement->sql, *rest, (size_t)(at - *rest));
    *rest = at + strlen(ORM_META_VALUE);
}

void orm_query_bare_column(orm_statement *statement, const char *alias, const orm_meta_column *column)
{
    const char *rest = orm_meta_from_sql(column);

    if (orm_meta_formula(column) != NULL) {
        append_formula(statement, alias, column);
        return;
    }
    if (rest == NULL) {
        append_name(statement, alias, column);
        return;
    }
    for (append_until_value(statement, &rest); rest != NULL; append_until_value(statement, &rest))
        append_name(statement, alias, column);
}

void orm_query_column(orm_statement *statement, const char *alias, const orm_meta_column *column)
{
    bool computed = orm_meta_formula(column) != NULL;

    orm_statement_text(statement, computed ? "(" : "");
    orm_query_bare_column(statement, alias, column);
    orm_statement_text(statement, computed ? ")" : "");
}

void orm_query_returned(orm_statement *statement, const orm_meta_column *const *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        orm_query_comma(statement, i);
        orm_query_bare_column(statement, NULL, columns[i]);
        if (!orm_query_is_computed(columns[i]))
            continue;
        orm_statement_text(statement, " as ");
        orm_statement_identifier(statement, columns[i]->name);
    }
}

void orm_query_written(orm_statement *statement, const orm_meta_column *column, const void *slot)
{
    const char *rest = slot == NULL ? NULL : orm_meta_to_sql(column);

    if (rest == NULL) {
        orm_query_param(statement, column->type, slot);
        return;
    }
    for (append_until_value(statement, &rest); rest != NULL; append_until_value(statement, &rest))
        orm_query_param(statement, column->type, slot);
}

void orm_query_compared(orm_statement *statement, const orm_meta_column *column, const void *slot)
{
    if (orm_meta_from_sql(column) != NULL)
        orm_query_param(statement, column->type, slot);
    else
        orm_query_written(statement, column, slot);
}
