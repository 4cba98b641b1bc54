/* UPDATE and DELETE of the rows that a condition tells. */
#include "query/query_private.h"

orm_status orm_query_append_where(orm_statement *statement, const orm_meta_entity *entity, const char *name,
                                  const orm_condition *where, const orm_query_scope *scope, orm_error *error)
{
    size_t     before = statement->sql.length;
    bool       empty = true;
    orm_status status;

    orm_statement_text(statement, " where ");
    status = orm_query_condition(statement, entity, name, where, scope, &empty, error);
    if (status == ORM_OK && empty)
        orm_buffer_truncate(&statement->sql, before);
    return status;
}

orm_status orm_query_update_where(orm_statement *statement, const orm_row_set *row, const orm_condition *where,
                                  const orm_query_scope *scope, orm_error *error)
{
    orm_status status;

    orm_statement_text(statement, "update ");
    orm_query_table(statement, row->entity);
    orm_statement_text(statement, " set ");
    orm_query_set(statement, row);
    status = orm_query_append_where(statement, row->entity, NULL, where, scope, error);
    /* MikroORM has all rows return what nobody looks at. */
    if (status == ORM_OK && orm_connection_settings(statement->connection)->preset == ORM_PRESET_MIKROORM)
        orm_query_remade(statement, row->entity, " returning ");
    return status;
}

orm_status orm_query_delete_where(orm_statement *statement, const orm_meta_entity *entity, const orm_condition *where,
                                  const orm_query_scope *scope, orm_error *error)
{
    orm_statement_text(statement, "delete from ");
    orm_query_table(statement, entity);
    return orm_query_append_where(statement, entity, NULL, where, scope, error);
}
