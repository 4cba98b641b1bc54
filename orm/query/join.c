/* The tables of a SELECT, and which conditions share one. */
#include <stdio.h>

#include "base/fail.h"
#include "query/plan.h"

/* MikroORM's alias: the first letter of a name and the number of the table in the query. */
static void make_alias(orm_plan *plan, const char *name, char out[ORM_ALIAS_SIZE])
{
    char first = name[0];

    if (first >= 'A' && first <= 'Z')
        first = (char)(first - 'A' + 'a');
    (void)snprintf(out, ORM_ALIAS_SIZE, "%c%zu", first >= 'a' && first <= 'z' ? first : 'e', plan->table_count++);
}

void orm_plan_init(orm_plan *plan, const orm_meta_entity *root, const orm_query_scope *scope, orm_error *error)
{
    *plan = (orm_plan){ .root = root->view, .scope = scope, .arena = scope->arena, .error = error };
    plan->last = &plan->joins;
    make_alias(plan, root->is_pivot ? root->table : root->name, plan->alias);
}

static bool shares(const orm_join *join, const orm_join *owner, const orm_meta_property *relation)
{
    return join->owner == owner && join->relation == relation && !join->is_pivot;
}

orm_join *orm_plan_find_join(const orm_plan *plan, const orm_join *owner, const orm_meta_property *relation,
                             orm_sharing sharing)
{
    orm_join *populated = NULL;

    for (orm_join *join = plan->joins; join != NULL; join = join->next) {
        if (!shares(join, owner, relation) || (relation->to_many && join->branch != sharing.branch))
            continue;
        if (!join->populated)
            return join;
        if (populated == NULL && (relation->to_one || sharing.with_populated))
            populated = join;
    }
    return populated;
}

static orm_join *find_pivot(const orm_plan *plan, const orm_join *owner, const orm_meta_property *relation,
                            orm_sharing sharing)
{
    for (orm_join *join = plan->joins; join != NULL; join = join->next)
        if (join->owner == owner && join->relation == relation && join->is_pivot && !join->populated &&
            join->branch == sharing.branch)
            return join;
    return NULL;
}

static orm_join *new_join(orm_plan *plan, orm_join *owner, const orm_meta_property *relation)
{
    orm_join *join = orm_arena_zalloc(plan->arena, sizeof *join);

    if (join == NULL) {
        orm_fail_memory(plan->error);
        return NULL;
    }
    join->owner = owner;
    join->relation = relation;
    join->is_left = !relation->to_one || relation->nullable;
    return join;
}

static void append(orm_plan *plan, orm_join *join)
{
    *plan->last = join;
    plan->last = &join->next;
}

/*
 * A name for the alias of a join that a condition makes: MikroORM takes that of the table it is made for first, which for a
 * many-to-many is the pivot's; where the join is made to load, it takes the property's.
 */
static const char *alias_name(const orm_meta_property *relation, bool populated)
{
    if (populated)
        return relation->name;
    if (relation->pivot != NULL)
        return relation->pivot->is_pivot ? relation->pivot->table : relation->pivot->name;
    return relation->target->name;
}

static orm_join *make_pivot(orm_plan *plan, orm_join *owner, const orm_meta_property *relation, orm_sharing sharing,
                            const char *name)
{
    orm_join *join = new_join(plan, owner, relation);

    if (join == NULL)
        return NULL;
    join->is_pivot = true;
    join->is_left = true;
    join->target = relation->pivot;
    join->branch = sharing.branch;
    make_alias(plan, name, join->alias);
    append(plan, join);
    return join;
}

orm_join *orm_plan_join_pivot(orm_plan *plan, orm_join *owner, const orm_meta_property *relation, orm_sharing sharing)
{
    orm_join *join = find_pivot(plan, owner, relation, sharing);

    return join != NULL ? join : make_pivot(plan, owner, relation, sharing, alias_name(relation, false));
}

orm_join *orm_plan_populate_pivot(orm_plan *plan, orm_join *owner, const orm_meta_property *relation)
{
    orm_join *join = make_pivot(plan, owner, relation, (orm_sharing){ .branch = NULL }, relation->name);

    if (join != NULL)
        join->populated = true;
    return join;
}

/* A foreign key says of which entity its target is; of the rows that refer to something, only those of the target count. */
static orm_join *restrict_type(orm_plan *plan, orm_join *join)
{
    if (join->target->base == NULL || join->pivot != NULL || (join->relation->to_one && join->relation->owner))
        return join;
    return orm_plan_restrict_type(plan, join, &join->filter) == ORM_OK ? join : NULL;
}

/* The alias of the target is given before that of a new pivot; in the text the pivot comes first. */
static orm_join *make_join(orm_plan *plan, orm_join *owner, const orm_meta_property *relation, orm_sharing sharing,
                           bool populated)
{
    orm_join *join = new_join(plan, owner, relation);

    if (join == NULL)
        return NULL;
    join->target = relation->target->view;
    join->branch = relation->to_many ? sharing.branch : NULL;
    join->populated = populated;
    make_alias(plan, alias_name(relation, populated), join->alias);
    if (relation->pivot != NULL) {
        orm_join *pivot = populated ? NULL : find_pivot(plan, owner, relation, sharing);

        if (pivot == NULL)
            pivot = make_pivot(plan, owner, relation, sharing, alias_name(relation, false));
        if (pivot == NULL)
            return NULL;
        pivot->populated = populated;
        join->pivot = pivot;
    }
    append(plan, join);
    return restrict_type(plan, join);
}

orm_join *orm_plan_join(orm_plan *plan, orm_join *owner, const orm_meta_property *relation, orm_sharing sharing)
{
    orm_join *join = orm_plan_find_join(plan, owner, relation, sharing);

    return join != NULL ? join : make_join(plan, owner, relation, sharing, false);
}

orm_join *orm_plan_populate(orm_plan *plan, orm_join *owner, const orm_meta_property *relation)
{
    return make_join(plan, owner, relation, (orm_sharing){ .branch = NULL }, true);
}

orm_join *orm_plan_join_inverse(orm_plan *plan, const orm_meta_property *relation)
{
    orm_join *join = new_join(plan, NULL, relation);

    if (join == NULL)
        return NULL;
    join->target = relation->target->view;
    join->is_left = true;
    join->populated = true;
    make_alias(plan, relation->target->name, join->alias);
    append(plan, join);
    return restrict_type(plan, join);
}

/* ---- Before it is written ---- */

void orm_plan_group_joins(orm_plan *plan)
{
    for (orm_join *join = plan->joins; join != NULL; join = join->next) {
        orm_join *owner = join->pivot != NULL ? join->pivot : join->owner;

        if (join->is_left || join->group != NULL || owner == NULL)
            continue;
        if (owner->is_left)
            join->group = owner;
        else
            join->group = owner->group;
    }
}

bool orm_plan_has_to_many(const orm_plan *plan)
{
    for (const orm_join *join = plan->joins; join != NULL; join = join->next)
        if (join->relation->to_many)
            return true;
    return false;
}

static void keep(orm_join *join)
{
    for (; join != NULL && !join->kept; join = join->owner) {
        join->kept = true;
        if (join->pivot != NULL)
            join->pivot->kept = true;
    }
}

/* One join whose rows the outer SELECT orders by, and the plan that it is of. */
typedef struct ordering {
    orm_plan *plan;
    orm_join *join;
} ordering;

static orm_status take_over(void *context, orm_bound *part)
{
    ordering *o = context;
    orm_join *only;

    return orm_bound_only_join(part, &only) && only == o->join ? orm_bound_and(o->plan, &o->join->outer_on, part)
                                                               : ORM_OK;
}

orm_status orm_plan_keep_joins(orm_plan *plan)
{
    for (orm_join *join = plan->joins; join != NULL; join = join->next) {
        join->outer_on = join->on;
        if (join->populated)
            keep(join);
    }
    for (size_t i = 0; i < plan->order_count; i++) {
        ordering   o = { .plan = plan, .join = plan->orders[i].join };
        bool       new = o.join != NULL && !o.join->kept;
        orm_status status = ORM_OK;

        keep(o.join);
        if (new && plan->filter != NULL)
            status = orm_bound_each_conjunct(plan->filter, take_over, &o);
        if (status == ORM_OK && new && plan->where != NULL)
            status = orm_bound_each_conjunct(plan->where, take_over, &o);
        if (status != ORM_OK)
            return status;
    }
    return ORM_OK;
}

/* ---- As text ---- */

static void write_equal(orm_statement *statement, const char *left, const orm_meta_column *left_column,
                        const char *right, const orm_meta_column *right_column, size_t index)
{
    orm_statement_text(statement, index > 0 ? " and " : "");
    orm_statement_column(statement, left, left_column->name);
    orm_statement_text(statement, " = ");
    orm_statement_column(statement, right, right_column->name);
}

/* `reference` of one table refers to the key of the other; the table that is joined stands on the right. */
static void write_keys(orm_statement *statement, const orm_meta_property *reference, const char *owner,
                       const char *joined, bool reference_is_joined)
{
    for (size_t i = 0; i < reference->column_count; i++) {
        const orm_meta_column *column = &reference->columns[i];

        if (reference_is_joined)
            write_equal(statement, owner, column->refers_to, joined, column, i);
        else
            write_equal(statement, owner, column, joined, column->refers_to, i);
    }
}

static void write_on(orm_statement *statement, const orm_plan *plan, const orm_join *join)
{
    const orm_meta_property *relation = join->relation;
    const char              *owner = orm_plan_alias(plan, join->owner);

    if (join->is_pivot)
        write_keys(statement, relation->pivot_self, owner, join->alias, true);
    else if (join->pivot != NULL)
        write_keys(statement, relation->pivot_target, join->pivot->alias, join->alias, false);
    else if (relation->owner)
        write_keys(statement, relation, owner, join->alias, false);
    else
        write_keys(statement, relation->inverse, owner, join->alias, true);
}

static bool is_group(const orm_plan *plan, const orm_join *join)
{
    for (const orm_join *other = plan->joins; other != NULL; other = other->next)
        if (other->group == join)
            return true;
    return false;
}

static orm_status write_join(orm_statement *statement, const orm_plan *plan, const orm_join *join,
                             orm_joins_written which);

/* Groups do not nest deeper than relations do, and those are bounded by the paths. */
static orm_status write_table(orm_statement *statement, const orm_plan *plan, const orm_join *join,
                              orm_joins_written which)
{
    bool       group = is_group(plan, join);
    orm_status status = ORM_OK;

    orm_statement_text(statement, group ? "(" : "");
    orm_query_table(statement, join->target);
    orm_statement_text(statement, " as ");
    orm_statement_identifier(statement, join->alias);
    for (const orm_join *other = plan->joins; group && other != NULL && status == ORM_OK; other = other->next)
        if (other->group == join)
            status = write_join(statement, plan, other, which);
    orm_statement_text(statement, group ? ")" : "");
    return status;
}

static orm_status write_join(orm_statement *statement, const orm_plan *plan, const orm_join *join,
                             orm_joins_written which)
{
    const orm_bound *on = which == ORM_JOINS_BARE ? NULL : which == ORM_JOINS_KEPT ? join->outer_on : join->on;
    const orm_bound *parts[] = { join->filter, on };
    orm_status       status;

    orm_statement_text(statement, join->is_left ? " left join " : " inner join ");
    status = write_table(statement, plan, join, which);
    if (status != ORM_OK)
        return status;
    orm_statement_text(statement, " on ");
    write_on(statement, plan, join);
    for (size_t i = 0; i < 2 && status == ORM_OK; i++) {
        if (parts[i] == NULL)
            continue;
        orm_statement_text(statement, " and ");
        status = orm_plan_write_bound(statement, plan, parts[i]);
    }
    return status;
}

orm_status orm_plan_write_joins(orm_statement *statement, const orm_plan *plan, orm_joins_written which)
{
    orm_status status = ORM_OK;

    for (const orm_join *join = plan->joins; join != NULL && status == ORM_OK; join = join->next)
        if (join->group == NULL && (which != ORM_JOINS_KEPT || join->kept))
            status = write_join(statement, plan, join, which);
    return status;
}
