#include <stdio.h>

#include "query/query_private.h"

/* Integer keys are compared as bigint: what a sequence gives is one, whatever the column's width. */
static bool is_integer(orm_type type)
{
    return orm_type_info_of(type)->is_integer;
}

static void append_number(orm_statement *statement, size_t number)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%zu", number);
    orm_statement_text(statement, text);
}

static void append_cell(orm_statement *statement, const orm_meta_column *column, const orm_cell *cell)
{
    if (cell->absent)
        orm_statement_text(statement, "default");
    else
        orm_query_cell(statement, column, cell);
}

/* `numbered`: the first column is the row's own drawn key. */
static void append_rows(orm_statement *statement, const orm_row_set *rows, bool numbered)
{
    orm_statement_text(statement, " values ");
    for (size_t row = 0; row < rows->row_count; row++) {
        const orm_cell *cells = rows->cells + row * rows->column_count;

        orm_query_comma(statement, row);
        orm_statement_text(statement, "(");
        for (size_t i = 0; i < rows->column_count; i++) {
            orm_query_comma(statement, i);
            if (i == 0 && numbered) {
                orm_statement_text(statement, "(select \"ids\"[");
                append_number(statement, row + 1);
                orm_statement_text(statement, "] from \"keys\")");
            } else {
                append_cell(statement, rows->columns[i], &cells[i]);
            }
        }
        orm_statement_text(statement, ")");
    }
}

static void append_into(orm_statement *statement, const orm_row_set *rows, bool numbered)
{
    orm_statement_text(statement, "insert into ");
    orm_query_table(statement, rows->entity);
    if (rows->column_count == 0) {
        orm_statement_text(statement, " default values");
    } else {
        orm_statement_text(statement, " (");
        orm_query_columns(statement, rows->columns, rows->column_count);
        orm_statement_text(statement, ")");
        append_rows(statement, rows, numbered);
    }
}

static void append_returning(orm_statement *statement, const orm_meta_column *const *returning, size_t returning_count)
{
    if (returning_count == 0)
        return;
    orm_statement_text(statement, " returning ");
    orm_query_returned(statement, returning, returning_count);
}

void orm_query_insert(orm_statement *statement, const orm_row_set *rows, const orm_meta_column *const *returning,
                      size_t returning_count)
{
    append_into(statement, rows, false);
    append_returning(statement, returning, returning_count);
}

/* What the row that is there already becomes. */
static void append_merge(orm_statement *statement, const orm_meta_entity *entity, const orm_conflict *conflict)
{
    bool has_version = entity->version == NULL;

    for (size_t i = 0; i < conflict->merge_count; i++) {
        has_version = has_version || conflict->merge[i]->property == entity->version;
        orm_query_comma(statement, i);
        orm_statement_identifier(statement, conflict->merge[i]->name);
        orm_statement_text(statement, " = ");
        orm_statement_text(statement, "excluded.");
        orm_statement_identifier(statement, conflict->merge[i]->name);
    }
    if (!has_version) {
        orm_statement_text(statement, ", ");
        orm_query_next_version(statement, entity, entity->table);
    }
}

orm_status orm_query_upsert(orm_statement *statement, const orm_row_set *rows, const orm_conflict *conflict,
                            const orm_meta_column *const *returning, size_t returning_count,
                            const orm_query_scope *scope, orm_error *error)
{
    orm_status status = ORM_OK;

    append_into(statement, rows, false);
    orm_statement_text(statement, " on conflict (");
    orm_query_columns(statement, conflict->target, conflict->target_count);
    orm_statement_text(statement, conflict->merge_count == 0 ? ") do nothing" : ") do update set ");
    if (conflict->merge_count > 0) {
        append_merge(statement, rows->entity, conflict);
        status = orm_query_append_where(statement, rows->entity, rows->entity->table, conflict->where, scope, error);
    }
    append_returning(statement, returning, returning_count);
    return status;
}

bool orm_query_can_draw_keys(const orm_meta_entity *entity)
{
    return entity->key != NULL && (entity->key->autoincrement || entity->key->descriptor->default_raw != NULL);
}

/* nextval(pg_get_serial_sequence('"table"', 'key')); the texts are parameters and so must outlive this call. */
static void append_nextval(orm_statement *statement, const orm_meta_entity *entity)
{
    orm_buffer   table;
    const char **texts = orm_arena_alloc(statement->arena, 2 * sizeof *texts);

    orm_buffer_init(&table, orm_arena_allocator(statement->arena), 0);
    orm_quote_table(&table, entity);
    if (texts != NULL) {
        texts[0] = table.broken ? NULL : orm_arena_strdup(statement->arena, table.data);
        texts[1] = entity->columns[0]->name;
    }
    orm_buffer_free(&table);
    if (texts == NULL || texts[0] == NULL) {
        statement->sql.broken = true;
        return;
    }
    orm_statement_text(statement, "nextval(pg_get_serial_sequence(");
    orm_query_param(statement, ORM_TYPE_TEXT, &texts[0]);
    orm_statement_text(statement, ", ");
    orm_query_param(statement, ORM_TYPE_TEXT, &texts[1]);
    orm_statement_text(statement, "))");
}

/* The SQL that makes one key: what the column's default would do. */
static void append_draw(orm_statement *statement, const orm_meta_entity *entity)
{
    if (!entity->key->autoincrement)
        orm_statement_text(statement, entity->key->descriptor->default_raw);
    else if (orm_connection_platform(statement->connection)->capabilities->serial_is_rowid)
        orm_statement_text(statement, "unique_rowid()");
    else
        append_nextval(statement, entity);
}

/*
 * with "keys" as materialized (select array(select <draw> from generate_series(1, n)) as "ids"),
 *      "rows" as (insert into .. values ((select "ids"[1] from "keys"), ..), .. returning ..)
 * select array_position("keys"."ids", "rows"."id"), "rows".* from "rows", "keys"
 *
 * VALUES stays VALUES, so that `default` and the types of bare literals work as in a plain INSERT.
 */
void orm_query_insert_numbered(orm_statement *statement, const orm_row_set *rows,
                               const orm_meta_column *const *returning, size_t returning_count)
{
    const orm_meta_column *key = rows->entity->columns[0];

    orm_statement_text(statement, "with \"keys\" as materialized (select array(select ");
    append_draw(statement, rows->entity);
    orm_statement_text(statement, " from generate_series(1, ");
    append_number(statement, rows->row_count);
    orm_statement_text(statement, ")) as \"ids\"), \"rows\" as (");
    append_into(statement, rows, true);
    append_returning(statement, returning, returning_count);
    orm_statement_text(statement, ") select array_position(\"keys\".\"ids\", ");
    if (is_integer(key->type)) {
        orm_statement_text(statement, "cast(");
        orm_statement_column(statement, "rows", key->name);
        orm_statement_text(statement, " as bigint)");
    } else {
        orm_statement_column(statement, "rows", key->name);
    }
    orm_statement_text(statement, "), \"rows\".* from \"rows\", \"keys\"");
}
