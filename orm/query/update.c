#include "query/query_private.h"

static void append_key_equals(orm_statement *statement, const orm_row_set *rows, size_t row)
{
    const orm_meta_entity *entity = rows->entity;

    for (size_t i = 0; i < entity->key_column_count; i++) {
        orm_statement_text(statement, i > 0 ? " and " : "");
        orm_statement_identifier(statement, entity->columns[i]->name);
        orm_statement_text(statement, " = ");
        orm_query_param(statement, entity->columns[i]->type, rows->keys[row * entity->key_column_count + i]);
    }
}

static void update_one(orm_statement *statement, const orm_row_set *rows)
{
    size_t written = 0;

    for (size_t i = 0; i < rows->column_count; i++) {
        if (rows->cells[i].absent)
            continue;
        orm_query_comma(statement, written++);
        orm_statement_identifier(statement, rows->columns[i]->name);
        orm_statement_text(statement, " = ");
        orm_query_param(statement, rows->columns[i]->type, rows->cells[i].slot);
    }
    orm_statement_text(statement, " where ");
    append_key_equals(statement, rows, 0);
}

/* The ELSE is written even where every row has a value: it gives the CASE the column's type. */
static void append_case(orm_statement *statement, const orm_row_set *rows, size_t column)
{
    const orm_meta_column *to = rows->columns[column];

    orm_statement_identifier(statement, to->name);
    orm_statement_text(statement, " = case");
    for (size_t row = 0; row < rows->row_count; row++) {
        const orm_cell *cell = &rows->cells[row * rows->column_count + column];

        if (cell->absent)
            continue;
        orm_statement_text(statement, " when (");
        append_key_equals(statement, rows, row);
        orm_statement_text(statement, ") then ");
        orm_query_param(statement, to->type, cell->slot);
    }
    orm_statement_text(statement, " else ");
    orm_statement_identifier(statement, to->name);
    orm_statement_text(statement, " end");
}

void orm_query_update(orm_statement *statement, const orm_row_set *rows)
{
    const orm_meta_entity *entity = rows->entity;

    orm_statement_text(statement, "update ");
    orm_query_table(statement, rows->entity);
    orm_statement_text(statement, " set ");
    if (rows->row_count == 1) {
        update_one(statement, rows);
        return;
    }
    for (size_t i = 0; i < rows->column_count; i++) {
        orm_query_comma(statement, i);
        append_case(statement, rows, i);
    }
    orm_statement_text(statement, " where ");
    orm_query_in(statement, NULL, entity->columns, entity->key_column_count, rows->keys, rows->row_count);
    orm_statement_text(statement, " returning ");
    orm_query_columns(statement, entity->columns, entity->key_column_count);
}
