/* Values of columns in text: those of the table, and those that a formula computes. */
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

void orm_query_bare_column(orm_statement *statement, const char *alias, const orm_meta_column *column)
{
    if (orm_meta_formula(column) != NULL)
        append_formula(statement, alias, column);
    else if (alias != NULL)
        orm_statement_column(statement, alias, column->name);
    else
        orm_statement_identifier(statement, column->name);
}

void orm_query_column(orm_statement *statement, const char *alias, const orm_meta_column *column)
{
    bool computed = orm_meta_formula(column) != NULL;

    orm_statement_text(statement, computed ? "(" : "");
    orm_query_bare_column(statement, alias, column);
    orm_statement_text(statement, computed ? ")" : "");
}
