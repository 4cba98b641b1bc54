/* Rows that are only written while they are as they were loaded. */
#include "query/query_private.h"

void orm_query_key_equals(orm_statement *statement, const orm_meta_entity *entity, const void *const *keys, size_t row)
{
    for (size_t i = 0; i < entity->key_column_count; i++) {
        orm_statement_text(statement, i > 0 ? " and " : "");
        orm_statement_identifier(statement, entity->columns[i]->name);
        orm_statement_text(statement, " = ");
        orm_query_param(statement, entity->columns[i]->type, keys[row * entity->key_column_count + i]);
    }
}

static void append_row(orm_statement *statement, const orm_meta_entity *entity, const void *const *keys,
                       const orm_guard *guard, size_t row)
{
    orm_query_key_equals(statement, entity, keys, row);
    for (size_t i = 0; i < guard->column_count && !guard->open[row]; i++) {
        const orm_meta_column *column = guard->columns[i];
        const void            *slot = guard->slots[row * guard->column_count + i];

        orm_statement_text(statement, " and ");
        orm_query_column(statement, NULL, column);
        if (slot == NULL) {
            orm_statement_text(statement, " is null");
            continue;
        }
        orm_statement_text(statement, " = ");
        orm_query_compared(statement, column, slot);
    }
}

void orm_query_guarded(orm_statement *statement, const orm_meta_entity *entity, const void *const *keys,
                       const orm_guard *guard, size_t count)
{
    for (size_t row = 0; row < count; row++) {
        if (count > 1)
            orm_statement_text(statement, row == 0 ? "(" : " or (");
        append_row(statement, entity, keys, guard, row);
        if (count > 1)
            orm_statement_text(statement, ")");
    }
}
