#include "query/query_private.h"

static void append_key_equals(orm_statement *statement, const orm_row_set *rows, size_t row)
{
    const orm_meta_property *key = rows->entity->key;

    orm_statement_identifier(statement, key->column);
    orm_statement_text(statement, " = ");
    orm_query_param(statement, key->column_type, rows->keys[row]);
}

static void update_one(orm_statement *statement, const orm_row_set *rows)
{
    size_t written = 0;

    for (size_t i = 0; i < rows->column_count; i++) {
        if (rows->cells[i].absent)
            continue;
        orm_query_comma(statement, written++);
        orm_statement_identifier(statement, rows->columns[i]->column);
        orm_statement_text(statement, " = ");
        orm_query_param(statement, rows->columns[i]->column_type, rows->cells[i].slot);
    }
    orm_statement_text(statement, " where ");
    append_key_equals(statement, rows, 0);
}

/* The ELSE is written even where every row has a value: it gives the CASE the column's type. */
static void append_case(orm_statement *statement, const orm_row_set *rows, size_t column)
{
    const orm_meta_property *property = rows->columns[column];

    orm_statement_identifier(statement, property->column);
    orm_statement_text(statement, " = case");
    for (size_t row = 0; row < rows->row_count; row++) {
        const orm_cell *cell = &rows->cells[row * rows->column_count + column];

        if (cell->absent)
            continue;
        orm_statement_text(statement, " when (");
        append_key_equals(statement, rows, row);
        orm_statement_text(statement, ") then ");
        orm_query_param(statement, property->column_type, cell->slot);
    }
    orm_statement_text(statement, " else ");
    orm_statement_identifier(statement, property->column);
    orm_statement_text(statement, " end");
}

void orm_query_update(orm_statement *statement, const orm_row_set *rows)
{
    const orm_meta_property *key = rows->entity->key;

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
    orm_statement_identifier(statement, key->column);
    orm_query_in(statement, key->column_type, rows->keys, rows->row_count);
    orm_statement_text(statement, " returning ");
    orm_statement_identifier(statement, key->column);
}
