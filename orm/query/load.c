/* Joins to load from, and where their columns stand in a row. */
#include "base/fail.h"
#include "query/plan.h"

static orm_status add_part(orm_plan *plan, orm_layout *layout, const orm_layout_part *part)
{
    if (!orm_arena_grow(plan->arena, &layout->parts, layout->count, &layout->capacity, sizeof *layout->parts))
        return orm_fail_memory(plan->error);
    layout->parts[layout->count] = *part;
    layout->parts[layout->count].first = layout->joined_columns;
    if (layout->count++ > 0)
        layout->joined_columns += part->column_count;
    return ORM_OK;
}

static bool has_lazy(const orm_meta_entity *entity)
{
    for (size_t i = 0; i < entity->column_count; i++)
        if (entity->columns[i]->property->lazy)
            return true;
    return false;
}

static orm_status columns_of(orm_plan *plan, const orm_load *load, const orm_meta_entity *entity,
                             const orm_meta_column *const **columns, size_t *count)
{
    const orm_meta_column **list;

    if (load != NULL && load->columns != NULL) {
        *columns = load->columns;
        *count = load->column_count;
        return ORM_OK;
    }
    *columns = entity->columns;
    *count = entity->column_count;
    if (!has_lazy(entity))
        return ORM_OK;
    list = orm_arena_calloc(plan->arena, entity->column_count, sizeof *list);
    if (list == NULL)
        return orm_fail_memory(plan->error);
    *count = 0;
    for (size_t i = 0; i < entity->column_count; i++)
        if (!entity->columns[i]->property->lazy)
            list[(*count)++] = entity->columns[i];
    *columns = list;
    return ORM_OK;
}

/* The pivot table's references to both sides. */
static orm_status pivot_columns(orm_plan *plan, const orm_meta_property *relation, orm_layout_part *part)
{
    const orm_meta_property *sides[] = { relation->pivot_self, relation->pivot_target };
    const orm_meta_column  **list =
        orm_arena_calloc(plan->arena, sides[0]->column_count + sides[1]->column_count, sizeof *list);

    if (list == NULL)
        return orm_fail_memory(plan->error);
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < sides[s]->column_count; i++)
            list[part->column_count++] = &sides[s]->columns[i];
    part->columns = list;
    return ORM_OK;
}

/* The keys stand in the pivot table, too; but a filter or an order needs the rows that they belong to. */
static bool is_pivot_ref(const orm_load *load)
{
    return load->ref && load->relation->pivot != NULL && load->filter == NULL && load->hint_order_by == NULL;
}

static orm_status join_one(orm_plan *plan, const orm_load *load, orm_join *owner, size_t owner_part, orm_layout *layout,
                           orm_join **join)
{
    orm_layout_part part = { .load = load, .relation = load->relation, .entity = load->entity, .owner = owner_part };
    orm_status      status = ORM_OK;

    *join = is_pivot_ref(load) ? orm_plan_populate_pivot(plan, owner, load->relation)
                               : orm_plan_populate(plan, owner, load->relation);
    if (*join == NULL)
        return plan->error->status;
    if (is_pivot_ref(load)) {
        part.of_pivot = true;
        status = pivot_columns(plan, load->relation, &part);
    } else if (load->ref) {
        part.columns = load->entity->columns;
        part.column_count = load->entity->key_column_count;
    } else {
        status = columns_of(plan, load, load->entity, &part.columns, &part.column_count);
    }
    if (status != ORM_OK)
        return status;
    (*join)->part = layout->count;
    (*join)->load = load;
    if (load->relation->to_many)
        layout->may_repeat = true;
    return add_part(plan, layout, &part);
}

/* A reference's key is the foreign key, which was read with its owner; a filter may hide it. */
static bool needs_join(const orm_load *load)
{
    return load->joined && !(load->ref && load->filter == NULL && load->relation->to_one && load->relation->owner);
}

/* Recursive along the user's paths, whose length is bounded. */
static orm_status join_children(orm_plan *plan, const orm_load *load, orm_join *owner, size_t owner_part,
                                orm_layout *layout)
{
    orm_status status = ORM_OK;

    for (const orm_load *child = load->children; child != NULL && status == ORM_OK; child = child->next) {
        orm_join *join = NULL;
        size_t    part = layout->count;

        if (!needs_join(child))
            continue;
        status = join_one(plan, child, owner, owner_part, layout, &join);
        if (status == ORM_OK && !child->ref)
            status = join_children(plan, child, join, part, layout);
    }
    return status;
}

orm_status orm_plan_load(orm_plan *plan, const orm_load *load, orm_layout *layout)
{
    orm_layout_part root = { .load = load, .entity = plan->root };
    orm_status      status;

    status = columns_of(plan, load, plan->root, &root.columns, &root.column_count);
    if (status == ORM_OK)
        status = add_part(plan, layout, &root);
    return status == ORM_OK && load != NULL ? join_children(plan, load, NULL, 0, layout) : status;
}

static bool is_loaded(const orm_load *load, const orm_meta_property *relation)
{
    for (const orm_load *child = load == NULL ? NULL : load->children; child != NULL; child = child->next)
        if (child->relation == relation && child->joined)
            return true;
    return false;
}

orm_status orm_plan_find_inverses(orm_plan *plan, const orm_load *load, orm_layout *layout)
{
    orm_status status = ORM_OK;

    for (size_t i = 0; i < plan->root->property_count && status == ORM_OK; i++) {
        const orm_meta_property *p = &plan->root->properties[i];
        orm_layout_part          part = { .relation = p };
        orm_join                *join;

        if (p->relation != ORM_RELATION_ONE_TO_ONE || p->owner || p->lazy || is_loaded(load, p))
            continue;
        join = orm_plan_join_inverse(plan, p);
        if (join == NULL)
            return plan->error->status;
        join->part = layout->count;
        part.entity = p->target->view;
        part.columns = part.entity->columns;
        part.column_count = p->target->key_column_count;
        status = add_part(plan, layout, &part);
    }
    return status;
}

/* ---- What limits it ---- */

/*
 * A part of the condition goes to the join that it speaks of. What speaks of the root, or of several tables, limits nothing
 * here. A join below another one then stands in its parentheses, and drops rows of it where that is a to-many relation:
 * what is only on the way is not loaded.
 */
static orm_status limit_one(void *context, orm_bound *part)
{
    orm_plan *plan = context;
    orm_join *join;
    orm_join *above;

    if (!orm_bound_only_join(part, &join))
        return ORM_OK;
    above = join->pivot != NULL ? join->pivot : join->owner;
    if (above == NULL && !plan->infers)
        join->is_left = true; /* else it would limit what is found; what is inferred stands in the WHERE anyway */
    if (above != NULL && join->group == NULL) {
        join->is_left = join->is_left && !above->relation->to_many;
        join->group = above;
    }
    return orm_bound_and(plan, &join->on, part);
}

orm_status orm_plan_limit_loaded(orm_plan *plan, const orm_condition *condition)
{
    bool       infers = plan->infers;
    orm_bound *bound;
    orm_status status;

    plan->infers = true;
    status = orm_plan_bind(plan, NULL, condition, &bound);
    plan->infers = infers;
    return status == ORM_OK && bound != NULL ? orm_bound_each_conjunct(bound, limit_one, plan) : status;
}
