#include <string.h>

#include "base/fail.h"
#include "query/plan.h"

static const char *direction_text(orm_direction direction)
{
    switch (direction) {
    case ORM_ASC:
        return " asc";
    case ORM_DESC:
        return " desc";
    case ORM_ASC_NULLS_FIRST:
        return " asc nulls first";
    case ORM_ASC_NULLS_LAST:
        return " asc nulls last";
    case ORM_DESC_NULLS_FIRST:
        return " desc nulls first";
    case ORM_DESC_NULLS_LAST:
        return " desc nulls last";
    }
    return NULL;
}

static orm_status add(orm_plan *plan, orm_join *join, const orm_meta_column *column, orm_direction direction)
{
    for (size_t i = 0; i < plan->order_count; i++)
        if (plan->orders[i].join == join && plan->orders[i].column == column)
            return ORM_OK; /* what comes second decides nothing */
    if (!orm_arena_grow(plan->arena, &plan->orders, plan->order_count, &plan->order_capacity, sizeof *plan->orders))
        return orm_fail_memory(plan->error);
    plan->orders[plan->order_count++] =
        (orm_bound_order){ .join = join, .column = column, .direction = direction };
    return ORM_OK;
}

static orm_status bind_one(orm_plan *plan, orm_join *from, const orm_order *order)
{
    orm_place  place;
    orm_status status =
        orm_plan_resolve(plan, from, order->property, (orm_sharing){ .with_populated = true }, &place);

    if (status == ORM_OK && place.property->to_many)
        status = orm_plan_fail(plan, place.property, 401, "it is a collection and has no column to order by");
    if (status == ORM_OK && direction_text(order->direction) == NULL)
        status = orm_plan_fail(plan, place.property, 420, "unknown direction %d to order by", (int)order->direction);
    for (size_t i = 0; status == ORM_OK && i < place.column_count; i++)
        status = add(plan, place.join, place.columns[i], order->direction);
    return status;
}

orm_status orm_plan_bind_order(orm_plan *plan, orm_join *from, const orm_order *order)
{
    orm_status status = ORM_OK;

    for (; order != NULL && order->property != NULL && status == ORM_OK; order++)
        status = bind_one(plan, from, order);
    return status;
}

/* What a hint says of a collection's items, then the order that its pivot table keeps. */
static orm_status bind_loaded(orm_plan *plan, orm_join *join)
{
    const orm_meta_column *kept = join->relation->pivot_order == NULL ? NULL : join->relation->pivot_order->columns;
    orm_status             status = ORM_OK;

    if (join->load->hint_order_by != NULL)
        status = orm_plan_bind_order(plan, join, join->load->hint_order_by);
    return status == ORM_OK && kept != NULL ? add(plan, join->pivot != NULL ? join->pivot : join, kept, ORM_ASC)
                                            : status;
}

static orm_status bind_root_key(orm_plan *plan)
{
    orm_status status = ORM_OK;

    for (size_t i = 0; i < plan->root->key_column_count && status == ORM_OK; i++)
        status = add(plan, NULL, plan->root->columns[i], ORM_ASC);
    return status;
}

orm_status orm_plan_order_loaded(orm_plan *plan, bool root_by_root)
{
    orm_status status = ORM_OK;

    for (orm_join *join = plan->joins; join != NULL && status == ORM_OK; join = join->next) {
        if (join->load == NULL || !join->relation->to_many ||
            (join->relation->pivot_order == NULL && join->load->hint_order_by == NULL))
            continue;
        if (root_by_root)
            status = bind_root_key(plan);
        if (status == ORM_OK)
            status = bind_loaded(plan, join);
    }
    return status;
}

/* Types that have no smallest value on the server are compared as another one, as MikroORM does it. */
static const char *cast(orm_type type)
{
    if (type == ORM_TYPE_UUID)
        return "::text";
    return type == ORM_TYPE_BOOLEAN ? "::int" : "";
}

void orm_plan_write_order(orm_statement *statement, const orm_plan *plan, bool grouped)
{
    for (size_t i = 0; i < plan->order_count; i++) {
        const orm_bound_order *order = &plan->orders[i];

        orm_statement_text(statement, i == 0 ? " order by " : ", ");
        orm_statement_text(statement, grouped ? "min(" : "");
        if (grouped && cast(order->column->type)[0] != '\0')
            orm_query_column(statement, orm_plan_alias(plan, order->join), order->column);
        else
            orm_query_bare_column(statement, orm_plan_alias(plan, order->join), order->column);
        if (grouped) {
            orm_statement_text(statement, cast(order->column->type));
            orm_statement_text(statement, ")");
        }
        orm_statement_text(statement, direction_text(order->direction));
    }
}
