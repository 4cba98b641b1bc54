/* A bound condition as text: MikroORM's, with its parentheses. */
#include "base/fail.h"
#include "query/plan.h"

const char *orm_operator_word(orm_operator op)
{
    static const char *const words[] = {
        [ORM_OP_AND] = "$and",   [ORM_OP_EQ] = "$eq",     [ORM_OP_OR] = "$or",       [ORM_OP_NOT] = "$not",
        [ORM_OP_NE] = "$ne",     [ORM_OP_GT] = "$gt",     [ORM_OP_GTE] = "$gte",     [ORM_OP_LT] = "$lt",
        [ORM_OP_LTE] = "$lte",   [ORM_OP_IN] = "$in",     [ORM_OP_NOT_IN] = "$nin",  [ORM_OP_LIKE] = "$like",
        [ORM_OP_ILIKE] = "$ilike", [ORM_OP_EXISTS] = "$exists",
    };

    return (size_t)op < sizeof words / sizeof words[0] ? words[op] : NULL;
}

static const char *sign(orm_operator op)
{
    switch (op) {
    case ORM_OP_NE:
        return " != ";
    case ORM_OP_GT:
        return " > ";
    case ORM_OP_GTE:
        return " >= ";
    case ORM_OP_LT:
        return " < ";
    case ORM_OP_LTE:
        return " <= ";
    case ORM_OP_LIKE:
        return " like ";
    case ORM_OP_ILIKE:
        return " ilike ";
    default:
        return " = ";
    }
}

/* "a0"."x", or ("a0"."x", "a0"."y") */
static void write_left(orm_statement *statement, const orm_plan *plan, const orm_bound *bound)
{
    orm_statement_text(statement, bound->column_count > 1 ? "(" : "");
    orm_plan_write_columns(statement, orm_plan_alias(plan, bound->join), bound->columns, bound->column_count);
    orm_statement_text(statement, bound->column_count > 1 ? ")" : "");
}

static void write_value(orm_statement *statement, const orm_bound *bound, size_t index)
{
    orm_statement_text(statement, bound->column_count > 1 ? "(" : "");
    for (size_t i = 0; i < bound->column_count; i++) {
        orm_query_comma(statement, i);
        orm_query_compared(statement, bound->columns[i], bound->slots[index * bound->column_count + i]);
    }
    orm_statement_text(statement, bound->column_count > 1 ? ")" : "");
}

static void write_list(orm_statement *statement, const orm_plan *plan, const orm_bound *bound, const char *word)
{
    write_left(statement, plan, bound);
    orm_statement_text(statement, word);
    for (size_t i = 0; i < bound->value_count; i++) {
        orm_query_comma(statement, i);
        write_value(statement, bound, i);
    }
    orm_statement_text(statement, ")");
}

/* A statement without room for the list is refused here, where the property is known. */
static orm_status check_room(const orm_statement *statement, const orm_plan *plan, const orm_bound *bound)
{
    size_t room = ORM_PARAMS_MAX - statement->param_count;
    size_t width = orm_meta_params(bound->columns, bound->column_count);

    if (orm_connection_settings(statement->connection)->protocol != ORM_PROTOCOL_EXTENDED ||
        bound->value_count <= room / width)
        return ORM_OK;
    orm_fail(plan->error, ORM_ERR_VALIDATION, 419,
             "a statement takes at most %zu values, and its condition brings %zu more than there is room for",
             ORM_PARAMS_MAX, bound->value_count - room / width);
    orm_query_fail_property(bound->property, plan->error);
    orm_fail_hint(plan->error, "split the list, or use the simple protocol");
    return plan->error->status;
}

static bool is_list(const orm_bound *bound)
{
    return bound->op == ORM_OP_IN || bound->op == ORM_OP_NOT_IN;
}

static orm_status write_compare(orm_statement *statement, const orm_plan *plan, const orm_bound *bound)
{
    orm_status status = check_room(statement, plan, bound);

    if (status != ORM_OK)
        return status;
    if (is_list(bound) && bound->value_count == 0) {
        orm_statement_text(statement, bound->op == ORM_OP_IN ? "1 = 0" : "1 = 1");
    } else if (is_list(bound)) {
        write_list(statement, plan, bound, bound->op == ORM_OP_IN ? " in (" : " not in (");
    } else if (bound->slots[0] == NULL) {
        write_left(statement, plan, bound);
        orm_statement_text(statement, bound->op == ORM_OP_NE ? " is not null" : " is null");
    } else if (bound->column_count > 1 && bound->op == ORM_OP_EQ) {
        write_list(statement, plan, bound, " in (");
    } else {
        write_left(statement, plan, bound);
        orm_statement_text(statement, sign(bound->op));
        write_value(statement, bound, 0);
    }
    return ORM_OK;
}

/* MikroORM leaves the parentheses out where a branch is a single comparison. */
static orm_status write_branch(orm_statement *statement, const orm_plan *plan, const orm_bound *bound)
{
    const orm_bound *b = bound;
    orm_status       status;

    while (b->kind == ORM_BOUND_ALL && b->child_count == 1)
        b = b->children[0];
    if (b->kind == ORM_BOUND_COMPARE || b->kind == ORM_BOUND_NOT)
        return orm_plan_write_bound(statement, plan, b);
    orm_statement_text(statement, "(");
    status = orm_plan_write_bound(statement, plan, b);
    orm_statement_text(statement, ")");
    return status;
}

static orm_status write_or(orm_statement *statement, const orm_plan *plan, const orm_bound *bound)
{
    orm_status status = ORM_OK;

    if (bound->child_count == 0) {
        orm_statement_text(statement, "1 = 0");
        return ORM_OK;
    }
    if (bound->child_count == 1)
        return orm_plan_write_bound(statement, plan, bound->children[0]);
    for (size_t i = 0; i < bound->child_count && status == ORM_OK; i++) {
        orm_statement_text(statement, i == 0 ? "(" : " or ");
        status = write_branch(statement, plan, bound->children[i]);
    }
    orm_statement_text(statement, ")");
    return status;
}

static orm_status write_children(orm_statement *statement, const orm_plan *plan, const orm_bound *bound)
{
    size_t     written = 0;
    orm_status status = ORM_OK;

    for (size_t i = 0; i < bound->child_count && status == ORM_OK; i++) {
        if (orm_bound_is_true(bound->children[i]))
            continue;
        orm_statement_text(statement, written++ > 0 ? " and " : "");
        status = orm_plan_write_bound(statement, plan, bound->children[i]);
    }
    if (written == 0)
        orm_statement_text(statement, "1 = 1");
    return status;
}

static orm_status write_not(orm_statement *statement, const orm_plan *plan, const orm_bound *bound)
{
    orm_status status;

    orm_statement_text(statement, "not (");
    status = write_children(statement, plan, bound);
    orm_statement_text(statement, ")");
    return status;
}

/* Recursive; the tree was bound, so it is not deeper than ORM_CONDITION_DEPTH_MAX. */
orm_status orm_plan_write_bound(orm_statement *statement, const orm_plan *plan, const orm_bound *bound)
{
    switch (bound->kind) {
    case ORM_BOUND_COMPARE:
        return write_compare(statement, plan, bound);
    case ORM_BOUND_OR:
        return write_or(statement, plan, bound);
    case ORM_BOUND_NOT:
        return write_not(statement, plan, bound);
    default:
        return write_children(statement, plan, bound);
    }
}
