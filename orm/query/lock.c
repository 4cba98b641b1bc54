/* Locking clauses. */
#include "query/plan.h"

typedef struct words {
    const char *strength;
    const char *waiting;
} words;

static const words clauses[] = {
    [ORM_LOCK_PESSIMISTIC_READ] = { " for share", "" },
    [ORM_LOCK_PESSIMISTIC_WRITE] = { " for update", "" },
    [ORM_LOCK_PESSIMISTIC_PARTIAL_WRITE] = { " for update", " skip locked" },
    [ORM_LOCK_PESSIMISTIC_WRITE_OR_FAIL] = { " for update", " nowait" },
    [ORM_LOCK_PESSIMISTIC_PARTIAL_READ] = { " for share", " skip locked" },
    [ORM_LOCK_PESSIMISTIC_READ_OR_FAIL] = { " for share", " nowait" },
};

void orm_query_lock(orm_statement *statement, orm_lock_mode mode, const char *const *aliases)
{
    if (mode < ORM_LOCK_PESSIMISTIC_READ)
        return;
    orm_statement_text(statement, clauses[mode].strength);
    for (size_t i = 0; aliases != NULL && aliases[i] != NULL; i++) {
        orm_statement_text(statement, i == 0 ? " of " : ", ");
        orm_statement_identifier(statement, aliases[i]);
    }
    orm_statement_text(statement, clauses[mode].waiting);
}

static bool is_left(const orm_join *join)
{
    for (; join != NULL; join = join->group)
        if (join->is_left)
            return true;
    return false;
}

void orm_plan_write_lock(orm_statement *statement, const orm_plan *plan, orm_lock_mode mode, const char *const *aliases)
{
    bool any = false;

    for (const orm_join *join = plan->joins; join != NULL; join = join->next)
        any = any || is_left(join);
    if (mode < ORM_LOCK_PESSIMISTIC_READ || aliases != NULL || !any) {
        orm_query_lock(statement, mode, aliases);
        return;
    }
    orm_statement_text(statement, clauses[mode].strength);
    orm_statement_text(statement, " of ");
    orm_statement_identifier(statement, plan->alias);
    for (const orm_join *join = plan->joins; join != NULL; join = join->next) {
        if (is_left(join))
            continue;
        orm_statement_text(statement, ", ");
        orm_statement_identifier(statement, join->alias);
    }
    orm_statement_text(statement, clauses[mode].waiting);
}

void orm_query_lock_row(orm_statement *statement, const orm_meta_entity *entity, const void *const *key,
                        orm_lock_mode mode)
{
    const orm_query_scope scope = { .arena = statement->arena };
    orm_plan              plan;

    orm_plan_init(&plan, entity, &scope, NULL);
    orm_statement_text(statement, "select 1 from ");
    orm_query_table(statement, entity);
    orm_statement_text(statement, " as ");
    orm_statement_identifier(statement, plan.alias);
    for (size_t i = 0; i < entity->key_column_count; i++) {
        orm_statement_text(statement, i == 0 ? " where " : " and ");
        orm_statement_column(statement, plan.alias, entity->columns[i]->name);
        orm_statement_text(statement, " = ");
        orm_query_param(statement, entity->columns[i]->type, key[i]);
    }
    orm_query_lock(statement, mode, NULL);
}
