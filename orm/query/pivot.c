/* Rows of pivot tables, and of children that a collection lets go of. */
#include "query/query_private.h"

static void append_equals(orm_statement *statement, const orm_pivot_match *match)
{
    for (size_t i = 0; i < match->count; i++) {
        orm_statement_text(statement, i > 0 ? " and " : "");
        orm_statement_identifier(statement, match->columns[i]->name);
        orm_statement_text(statement, " = ");
        orm_query_param(statement, match->columns[i]->type, match->slots[i]);
    }
}

void orm_query_delete_matching(orm_statement *statement, const orm_meta_entity *entity, const orm_pivot_match *matches,
                               size_t count)
{
    orm_statement_text(statement, "delete from ");
    orm_query_table(statement, entity);
    orm_statement_text(statement, " where ");
    if (count == 1) {
        append_equals(statement, matches);
        return;
    }
    orm_statement_text(statement, "(");
    for (size_t i = 0; i < count; i++) {
        bool several = matches[i].count > 1;

        orm_statement_text(statement, i > 0 ? " or " : "");
        orm_statement_text(statement, several ? "(" : "");
        append_equals(statement, &matches[i]);
        orm_statement_text(statement, several ? ")" : "");
    }
    orm_statement_text(statement, ")");
}

void orm_query_insert_missing(orm_statement *statement, const orm_row_set *rows, const orm_meta_column *const *unique,
                              size_t unique_count)
{
    orm_query_insert(statement, rows, NULL, 0);
    orm_statement_text(statement, " on conflict (");
    orm_query_columns(statement, unique, unique_count);
    orm_statement_text(statement, ") do nothing");
}

void orm_query_insert_unless_there(orm_statement *statement, const orm_row_set *row)
{
    orm_pivot_match match = { .columns = row->columns, .count = row->column_count };
    const void     *slots[2 * ORM_KEY_COLUMNS_MAX];

    orm_statement_text(statement, "insert into ");
    orm_query_table(statement, row->entity);
    orm_statement_text(statement, " (");
    orm_query_columns(statement, row->columns, row->column_count);
    orm_statement_text(statement, ") select ");
    for (size_t i = 0; i < row->column_count; i++) {
        orm_query_comma(statement, i);
        orm_query_param(statement, row->columns[i]->type, row->cells[i].slot);
        slots[i] = row->cells[i].slot;
    }
    match.slots = slots;
    orm_statement_text(statement, " where not exists (select 1 from ");
    orm_query_table(statement, row->entity);
    orm_statement_text(statement, " where ");
    append_equals(statement, &match);
    orm_statement_text(statement, ")");
}

/* where "parent_id" in (..) and "id" not in (..) */
static void append_others(orm_statement *statement, const orm_meta_property *reference, const void *const *parent,
                          const void *const *kept, size_t kept_count)
{
    const orm_meta_entity        *entity = reference->entity;
    const orm_meta_column *const *columns = entity->columns + reference->columns[0].index;

    orm_statement_text(statement, " where ");
    orm_query_in(statement, NULL, columns, reference->column_count, parent, 1);
    if (kept_count == 0)
        return;
    orm_statement_text(statement, " and ");
    orm_query_not_in(statement, NULL, entity->columns, entity->key_column_count, kept, kept_count);
}

void orm_query_release_others(orm_statement *statement, const orm_meta_property *reference, const void *const *parent,
                              const void *const *kept, size_t kept_count, bool delete_them)
{
    orm_statement_text(statement, delete_them ? "delete from " : "update ");
    orm_query_table(statement, reference->entity);
    for (size_t i = 0; i < reference->column_count && !delete_them; i++) {
        orm_statement_text(statement, i == 0 ? " set " : ", ");
        orm_statement_identifier(statement, reference->columns[i].name);
        orm_statement_text(statement, " = null");
    }
    append_others(statement, reference, parent, kept, kept_count);
}
