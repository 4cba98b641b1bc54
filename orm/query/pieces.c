#include "query/query_private.h"

#include <string.h>

#include "base/fail.h"

void orm_query_param(orm_statement *statement, orm_type type, const void *slot)
{
    if (slot == NULL && orm_connection_settings(statement->connection)->protocol == ORM_PROTOCOL_SIMPLE)
        orm_statement_text(statement, "null");
    else
        orm_statement_param(statement, type, slot);
}

static void append_name(orm_statement *statement, const char *alias, const orm_meta_column *column)
{
    if (alias != NULL)
        orm_statement_column(statement, alias, column->name);
    else
        orm_statement_identifier(statement, column->name);
}

void orm_query_columns(orm_statement *statement, const orm_meta_column *const *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        orm_query_comma(statement, i);
        append_name(statement, NULL, columns[i]);
    }
}

static void append_list(orm_statement *statement, const char *alias, const orm_meta_column *const *columns,
                        size_t column_count, const char *is_in, const void *const *slots, size_t count)
{
    bool tuple = column_count != 1;

    orm_statement_text(statement, tuple ? "(" : "");
    for (size_t i = 0; i < column_count; i++) {
        orm_query_comma(statement, i);
        append_name(statement, alias, columns[i]);
    }
    orm_statement_text(statement, tuple ? ")" : "");
    orm_statement_text(statement, is_in);
    for (size_t row = 0; row < count; row++) {
        orm_query_comma(statement, row);
        orm_statement_text(statement, tuple ? "(" : "");
        for (size_t i = 0; i < column_count; i++) {
            orm_query_comma(statement, i);
            orm_query_param(statement, columns[i]->type, slots[row * column_count + i]);
        }
        orm_statement_text(statement, tuple ? ")" : "");
    }
    orm_statement_text(statement, ")");
}

void orm_query_in(orm_statement *statement, const char *alias, const orm_meta_column *const *columns,
                  size_t column_count, const void *const *slots, size_t count)
{
    append_list(statement, alias, columns, column_count, " in (", slots, count);
}

void orm_query_not_in(orm_statement *statement, const char *alias, const orm_meta_column *const *columns,
                      size_t column_count, const void *const *slots, size_t count)
{
    append_list(statement, alias, columns, column_count, " not in (", slots, count);
}

orm_status orm_query_fail_property(const orm_meta_property *property, orm_error *error)
{
    const char *parts[] = { property->entity->name, ".", property->name, ": ", NULL };
    char        message[ORM_ERROR_MESSAGE_SIZE];
    size_t      used = 0;

    if (error->status == ORM_ERR_MEMORY || error->property[0] != '\0')
        return error->status;
    orm_copy_text(message, sizeof message, error->message);
    parts[4] = message;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        orm_copy_text(error->message + used, sizeof error->message - used, parts[i]);
        used += strlen(error->message + used);
    }
    orm_fail_where(error, property->entity->name, property->name);
    return error->status;
}
