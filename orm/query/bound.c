/* Taking bound conditions apart, and putting them together. */
#include "base/fail.h"
#include "query/plan.h"

bool orm_bound_is_true(const orm_bound *bound)
{
    if (bound->kind != ORM_BOUND_ALL && bound->kind != ORM_BOUND_AND)
        return false;
    for (size_t i = 0; i < bound->child_count; i++)
        if (!orm_bound_is_true(bound->children[i]))
            return false;
    return true;
}

orm_status orm_bound_and(orm_plan *plan, orm_bound **to, orm_bound *more)
{
    orm_bound *both = orm_arena_zalloc(plan->arena, sizeof *both);

    if (both != NULL)
        both->children = orm_arena_calloc(plan->arena, 2, sizeof *both->children);
    if (both == NULL || both->children == NULL)
        return orm_fail_memory(plan->error);
    both->kind = ORM_BOUND_ALL;
    if (*to != NULL)
        both->children[both->child_count++] = *to;
    both->children[both->child_count++] = more;
    *to = both;
    return ORM_OK;
}

orm_status orm_bound_each_conjunct(orm_bound *bound, orm_status (*visit)(void *context, orm_bound *part), void *context)
{
    orm_status status = ORM_OK;

    if (bound->kind != ORM_BOUND_ALL && bound->kind != ORM_BOUND_AND)
        return visit(context, bound);
    for (size_t i = 0; i < bound->child_count && status == ORM_OK; i++)
        status = orm_bound_each_conjunct(bound->children[i], visit, context);
    return status;
}

/* `*found` is the join of what was seen so far; `any` tells whether there was something. */
static bool same_join(const orm_bound *bound, orm_join **found, bool *any)
{
    if (bound->kind == ORM_BOUND_COMPARE) {
        if (bound->join == NULL || (*any && bound->join != *found))
            return false;
        *found = bound->join;
        *any = true;
        return true;
    }
    for (size_t i = 0; i < bound->child_count; i++)
        if (!same_join(bound->children[i], found, any))
            return false;
    return true;
}

bool orm_bound_only_join(const orm_bound *bound, orm_join **out)
{
    bool any = false;

    *out = NULL;
    return same_join(bound, out, &any) && any;
}
