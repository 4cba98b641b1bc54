#include "query/query_private.h"

void orm_query_delete(orm_statement *statement, const orm_meta_entity *entity, const void *const *keys, size_t count,
                      const orm_guard *guard)
{
    orm_statement_text(statement, "delete from ");
    orm_query_table(statement, entity);
    orm_statement_text(statement, " where ");
    if (guard != NULL)
        orm_query_guarded(statement, entity, keys, guard, count);
    else
        orm_query_in(statement, NULL, entity->columns, entity->key_column_count, keys, count);
}
