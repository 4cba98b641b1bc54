#include <stdio.h>

#include "base/fail.h"
#include "query/query_private.h"

/* MikroORM's alias: the entity's first letter and the number of the table in the query. */
static void make_alias(const orm_meta_entity *entity, size_t number, char out[24])
{
    char first = entity->name[0];

    if (first >= 'A' && first <= 'Z')
        first = (char)(first - 'A' + 'a');
    (void)snprintf(out, 24, "%c%zu", first >= 'a' && first <= 'z' ? first : 'e', number);
}

static void append_list(orm_statement *statement, const orm_meta_entity *entity, const char *alias)
{
    if (orm_connection_settings(statement->connection)->preset == ORM_PRESET_MIKROORM) {
        orm_statement_identifier(statement, alias);
        orm_statement_text(statement, ".*");
        return;
    }
    for (size_t i = 0; i < entity->column_count; i++) {
        orm_query_comma(statement, i);
        orm_statement_column(statement, alias, entity->columns[i]->name);
    }
}

static orm_status append_where(orm_statement *statement, const orm_select *select, const char *alias,
                               const orm_query_scope *scope, orm_error *error)
{
    size_t     before = statement->sql.length;
    bool       empty = true;
    orm_status status;

    orm_statement_text(statement, " where ");
    if (select->in_columns != NULL) {
        orm_query_in(statement, alias, select->in_columns, select->in_column_count, select->in_keys, select->in_count);
        return ORM_OK;
    }
    status = orm_query_condition(statement, select->entity, alias, select->where, scope, &empty, error);
    if (status == ORM_OK && empty)
        orm_buffer_truncate(&statement->sql, before);
    return status;
}

static orm_status append_order(orm_statement *statement, const orm_select *select, const char *alias, orm_error *error)
{
    for (const orm_order *order = select->order_by; order != NULL && order->property != NULL; order++) {
        const orm_meta_property *property = orm_meta_property_named(select->entity, order->property);

        if (property == NULL) {
            orm_meta_unknown_property(select->entity, order->property, error);
            if (error != NULL && error->status != ORM_ERR_MEMORY)
                error->status = ORM_ERR_VALIDATION;
            return error != NULL ? error->status : ORM_ERR_VALIDATION;
        }
        if (property->column_count == 0) {
            orm_status status =
                orm_fail(error, ORM_ERR_VALIDATION, 401, "%s.%s has no column to order by",
                         select->entity->name, property->name);
            orm_fail_where(error, select->entity->name, property->name);
            return status;
        }
        if (order->direction != ORM_ASC && order->direction != ORM_DESC)
            return orm_fail(error, ORM_ERR_VALIDATION, 408, "unknown direction %d to order %s by %s",
                            (int)order->direction, select->entity->name, property->name);
        for (size_t i = 0; i < property->column_count; i++) {
            orm_statement_text(statement, order == select->order_by && i == 0 ? " order by " : ", ");
            orm_statement_column(statement, alias, property->columns[i].name);
            orm_statement_text(statement, order->direction == ORM_DESC ? " desc" : " asc");
        }
    }
    return ORM_OK;
}

static void append_count(orm_statement *statement, const char *word, size_t count)
{
    char text[48];

    (void)snprintf(text, sizeof text, " %s %zu", word, count);
    orm_statement_text(statement, text);
}

orm_status orm_query_select(orm_statement *statement, const orm_select *select, const orm_query_scope *scope,
                            orm_error *error)
{
    char       alias[24];
    orm_status status;

    make_alias(select->entity, 0, alias);
    orm_statement_text(statement, "select ");
    append_list(statement, select->entity, alias);
    orm_statement_text(statement, " from ");
    orm_query_table(statement, select->entity);
    orm_statement_text(statement, " as ");
    orm_statement_identifier(statement, alias);

    status = append_where(statement, select, alias, scope, error);
    if (status == ORM_OK)
        status = append_order(statement, select, alias, error);
    if (status != ORM_OK)
        return status;
    if (select->limit > 0)
        append_count(statement, "limit", select->limit);
    if (select->offset > 0)
        append_count(statement, "offset", select->offset);
    return ORM_OK;
}
