#include <stdio.h>

#include "query/query_private.h"

void orm_query_next_version(orm_statement *statement, const orm_meta_entity *entity, const char *alias)
{
    const orm_meta_column *column = &entity->version->columns[0];
    char                   now[32];

    orm_statement_identifier(statement, column->name);
    if (column->type == ORM_TYPE_TIMESTAMPTZ) {
        snprintf(now, sizeof now, " = current_timestamp(%u)", column->source->length);
        orm_statement_text(statement, now);
        return;
    }
    orm_statement_text(statement, " = ");
    if (alias != NULL)
        orm_statement_column(statement, alias, column->name);
    else
        orm_statement_identifier(statement, column->name);
    orm_statement_text(statement, " + 1");
}

static void append_version(orm_statement *statement, const orm_meta_entity *entity, size_t index)
{
    if (entity->version == NULL)
        return;
    orm_query_comma(statement, index);
    orm_query_next_version(statement, entity, NULL);
}

void orm_query_set(orm_statement *statement, const orm_row_set *rows)
{
    const orm_meta_property *version = rows->entity->version;
    bool                     has_version = false;
    size_t                   written = 0;

    for (size_t i = 0; i < rows->column_count; i++) {
        if (rows->cells[i].absent)
            continue;
        has_version = has_version || rows->columns[i]->property == version;
        orm_query_comma(statement, written++);
        orm_statement_identifier(statement, rows->columns[i]->name);
        orm_statement_text(statement, " = ");
        orm_query_cell(statement, rows->columns[i], &rows->cells[i]);
    }
    if (!has_version && !rows->same_version)
        append_version(statement, rows->entity, written);
}

void orm_query_remade(orm_statement *statement, const orm_meta_entity *entity, const char *word)
{
    for (size_t i = 0; i < entity->column_count; i++) {
        const orm_meta_property *p = entity->columns[i]->property;

        if (p != entity->version && p->descriptor->generated == NULL)
            continue;
        orm_statement_text(statement, word);
        orm_query_returned(statement, &entity->columns[i], 1);
        word = ", ";
    }
}

static void update_one(orm_statement *statement, const orm_row_set *rows)
{
    orm_query_set(statement, rows);
    orm_statement_text(statement, " where ");
    if (rows->guard != NULL)
        orm_query_guarded(statement, rows->entity, rows->keys, rows->guard, 1);
    else
        orm_query_key_equals(statement, rows->entity, rows->keys, 0);
    if (rows->reread_count > 0) {
        orm_statement_text(statement, " returning ");
        orm_query_returned(statement, rows->reread, rows->reread_count);
    }
    if (!rows->same_version)
        orm_query_remade(statement, rows->entity, rows->reread_count > 0 ? ", " : " returning ");
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
        orm_query_key_equals(statement, rows->entity, rows->keys, row);
        orm_statement_text(statement, ") then ");
        orm_query_cell(statement, to, cell);
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
    append_version(statement, entity, rows->column_count);
    orm_statement_text(statement, " where ");
    if (rows->guard != NULL)
        orm_query_guarded(statement, entity, rows->keys, rows->guard, rows->row_count);
    else
        orm_query_in(statement, NULL, entity->columns, entity->key_column_count, rows->keys, rows->row_count);
    orm_statement_text(statement, " returning ");
    orm_query_returned(statement, rows->reread, rows->reread_count);
    orm_statement_text(statement, rows->reread_count > 0 ? ", " : "");
    orm_query_columns(statement, entity->columns, entity->key_column_count);
    orm_query_remade(statement, entity, ", ");
}
