/* Filters of what is loaded by joins: they belong to the join, whatever else is asked of its rows. */
#include "base/fail.h"
#include "query/plan.h"

static orm_join *above(const orm_join *join)
{
    return join->pivot != NULL ? join->pivot : join->owner;
}

/* Whatever a condition of a join's ON speaks of has to be joined inside of its parentheses. */
static void group_below(orm_join *join, const orm_bound *bound)
{
    for (orm_join *j = bound->join; bound->kind == ORM_BOUND_COMPARE && j != NULL && j != join; j = above(j))
        if (j->group == NULL)
            j->group = above(j);
    for (size_t i = 0; i < bound->child_count; i++)
        group_below(join, bound->children[i]);
}

static orm_status add(orm_plan *plan, orm_join *join, orm_bound *bound)
{
    group_below(join, bound);
    return orm_bound_and(plan, &join->filter, bound);
}

static orm_bound *is_null(orm_plan *plan, orm_join *join, const orm_meta_property *property,
                          const orm_meta_column *const *columns, size_t count, orm_operator op)
{
    orm_bound   *bound = orm_arena_zalloc(plan->arena, sizeof *bound);
    const void **slots = orm_arena_calloc(plan->arena, count, sizeof *slots);

    if (bound == NULL || slots == NULL)
        return NULL;
    *bound = (orm_bound){ .kind = ORM_BOUND_COMPARE,
                          .op = op,
                          .property = property,
                          .join = join,
                          .columns = columns,
                          .column_count = count,
                          .slots = slots,
                          .value_count = 1 };
    return bound;
}

/* ("b0"."author_id" is null or "a1"."id" is not null): a left join that still drops what refers to a filtered row. */
static orm_status demand(orm_plan *plan, orm_join *join)
{
    const orm_meta_property *reference = join->relation;
    orm_bound               *either = orm_arena_zalloc(plan->arena, sizeof *either);

    if (either != NULL)
        either->children = orm_arena_calloc(plan->arena, 2, sizeof *either->children);
    if (either == NULL || either->children == NULL)
        return orm_fail_memory(plan->error);
    either->kind = ORM_BOUND_OR;
    either->child_count = 2;
    either->children[0] = is_null(plan, join->owner, reference,
                                  reference->entity->columns + reference->columns[0].index, reference->column_count,
                                  ORM_OP_EQ);
    either->children[1] = is_null(plan, join, reference->target->keys[0], reference->target->columns,
                                  reference->target->key_column_count, ORM_OP_NE);
    if (either->children[0] == NULL || either->children[1] == NULL)
        return orm_fail_memory(plan->error);
    return join->owner == NULL ? orm_bound_and(plan, &plan->where, either) : add(plan, join->owner, either);
}

orm_status orm_plan_filter_loaded(orm_plan *plan)
{
    /* Conditions on filtered tables may add joins, which have nothing to load. */
    for (orm_join *join = plan->joins; join != NULL; join = join->next) {
        orm_bound *bound = NULL;
        orm_status status;

        if (join->load == NULL || join->load->filter == NULL)
            continue;
        status = orm_plan_bind(plan, join, join->load->filter, &bound);
        if (status == ORM_OK && bound != NULL)
            status = add(plan, join, bound);
        if (status == ORM_OK && join->load->strict && join->is_left && join->relation->to_one && join->relation->owner)
            status = demand(plan, join);
        if (status != ORM_OK)
            return status;
    }
    return ORM_OK;
}

orm_status orm_plan_bind_filter(orm_plan *plan, const orm_condition *filter)
{
    /* As a branch of an and, beside the user's condition: a to-many relation is joined for each of them. */
    orm_condition      *both = orm_arena_calloc(plan->arena, 2, sizeof *both);
    const orm_condition all = { .op = ORM_OP_AND, .children = both, .child_count = 2 };

    if (both == NULL)
        return orm_fail_memory(plan->error);
    both[0] = *filter;
    both[1].op = ORM_OP_AND;
    return orm_plan_bind(plan, NULL, &all, &plan->filter);
}

orm_status orm_query_check_condition(const orm_meta_entity *entity, const orm_condition *condition,
                                     const orm_query_scope *scope, orm_error *error)
{
    orm_error  scratch = { .status = ORM_OK };
    orm_plan   plan;
    orm_bound *bound;

    orm_plan_init(&plan, entity, scope, error != NULL ? error : &scratch);
    return orm_plan_bind(&plan, NULL, condition, &bound);
}
