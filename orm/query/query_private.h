/*
 * query_private.h - pieces of text that the statements share.
 */
#ifndef ORM_QUERY_QUERY_PRIVATE_H
#define ORM_QUERY_QUERY_PRIVATE_H

#include "query/query.h"

/* "schema"."table" */
static inline void orm_query_table(orm_statement *statement, const orm_meta_entity *entity)
{
    orm_quote_table(&statement->sql, entity);
}

/* ", " before all but the first */
static inline void orm_query_comma(orm_statement *statement, size_t index)
{
    if (index > 0)
        orm_statement_text(statement, ", ");
}

/* A value; NULL is written as MikroORM writes it, since literals of the simple protocol are its text. */
void orm_query_param(orm_statement *statement, orm_type type, const void *slot);

/* The same for a column that is written: in its to_sql, but for NULL. */
void orm_query_written(orm_statement *statement, const orm_meta_column *column, const void *slot);
/* The same, or the cell's raw SQL, which was checked. */
void orm_query_cell(orm_statement *statement, const orm_meta_column *column, const orm_cell *cell);
void orm_query_raw(orm_statement *statement, const orm_value *raw);
/* The same for a value that orm_query_column() is compared with: bare where that has what from_sql makes of the column. */
void orm_query_compared(orm_statement *statement, const orm_meta_column *column, const void *slot);

/* "a" = .. and "b" = ..: the key of a row */
void orm_query_key_equals(orm_statement *statement, const orm_meta_entity *entity, const void *const *keys, size_t row);

/* (key and guard) or (key and guard) ..., of `count` rows */
void orm_query_guarded(orm_statement *statement, const orm_meta_entity *entity, const void *const *keys,
                       const orm_guard *guard, size_t count);

/* "a", from_sql("b") as "b": of RETURNING */
void orm_query_returned(orm_statement *statement, const orm_meta_column *const *columns, size_t count);

/* "a", "b" */
void orm_query_columns(orm_statement *statement, const orm_meta_column *const *columns, size_t count);

/* "version" = "version" + 1, or the time: the server counts, so that it is one more than what the row has. */
void orm_query_next_version(orm_statement *statement, const orm_meta_entity *entity, const char *alias);

/*
 * The value of a column: "alias"."name", from_sql("alias"."name"), or a formula in parentheses. `alias` NULL: a statement on one table, with its
 * name where a formula needs one.
 */
void orm_query_column(orm_statement *statement, const char *alias, const orm_meta_column *column);
/* The same for a list of SELECT or ORDER BY: a formula as it is, without parentheses, as MikroORM has it. */
void orm_query_bare_column(orm_statement *statement, const char *alias, const orm_meta_column *column);
/* Whether it is anything else than a column's name, so that a list has to name it. */
static inline bool orm_query_is_computed(const orm_meta_column *column)
{
    return orm_meta_formula(column) != NULL || orm_meta_from_sql(column) != NULL;
}

/* "a" = .., "b" = ..: what the first row has, and the next version unless it has one */
void orm_query_set(orm_statement *statement, const orm_row_set *rows);

/* What the server makes anew with each UPDATE, the version and generated columns: `word` before them, or nothing */
void orm_query_remade(orm_statement *statement, const orm_meta_entity *entity, const char *word);

/* ` where ..`, or nothing for a condition that is always true; `name` as for orm_query_condition() */
orm_status orm_query_append_where(orm_statement *statement, const orm_meta_entity *entity, const char *name,
                                  const orm_condition *where, const orm_query_scope *scope, orm_error *error);

/*
 * "a" in (.., ..), or ("a", "b") in ((.., ..), ..); with an alias before the columns unless it is NULL. `slots` row by
 * row.
 */
void orm_query_in(orm_statement *statement, const char *alias, const orm_meta_column *const *columns,
                  size_t column_count, const void *const *slots, size_t count);
void orm_query_not_in(orm_statement *statement, const char *alias, const orm_meta_column *const *columns,
                      size_t column_count, const void *const *slots, size_t count);

#endif
