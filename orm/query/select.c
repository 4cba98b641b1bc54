#include <stdio.h>

#include "base/fail.h"
#include "query/plan.h"

/* One SELECT on its way to text. */
typedef struct writer {
    orm_statement    *statement;
    const orm_select *select;
    orm_plan         *plan;
    orm_layout       *layout;
    bool              paged; /* limit and offset stand in an inner SELECT over the keys */
} writer;

void orm_plan_write_columns(orm_statement *statement, const char *alias, const orm_meta_column *const *columns,
                            size_t count)
{
    for (size_t i = 0; i < count; i++) {
        orm_query_comma(statement, i);
        orm_query_column(statement, alias, columns[i]);
    }
}

static void write_key(orm_statement *statement, const orm_plan *plan)
{
    orm_plan_write_columns(statement, plan->alias, plan->root->columns, plan->root->key_column_count);
}

static void write_number(orm_statement *statement, const char *word, size_t number)
{
    orm_statement_text(statement, word);
    orm_buffer_append_int(&statement->sql, (int64_t)number);
}

static void write_limit(orm_statement *statement, const orm_select *select)
{
    if (select->limit > 0)
        write_number(statement, " limit ", select->limit);
    if (select->offset > 0)
        write_number(statement, " offset ", select->offset);
}

/* ---- Its plan ---- */

static bool loads_by_join(const orm_layout *layout)
{
    return layout->count > 1;
}

/* In the order in which MikroORM meets the tables. */
static orm_status make_plan(orm_plan *plan, const orm_select *select, orm_layout *layout, bool counts)
{
    orm_bound *more = NULL;
    orm_status status = orm_plan_load(plan, select->load, layout);

    plan->infers = select->infer || select->infer_where;
    if (status == ORM_OK && select->filter != NULL)
        status = orm_plan_bind_filter(plan, select->filter);
    if (status == ORM_OK)
        status = orm_plan_bind(plan, NULL, select->where, &plan->where);
    if (status == ORM_OK)
        status = orm_plan_bind(plan, NULL, select->and_where, &more);
    if (status == ORM_OK && more != NULL)
        status = orm_bound_and(plan, &plan->where, more);
    if (status == ORM_OK)
        status = orm_plan_restrict_type(plan, NULL, &plan->where);
    if (counts)
        return status == ORM_OK ? orm_plan_filter_loaded(plan) : status;
    if (status == ORM_OK)
        status = orm_plan_bind_order(plan, NULL, select->order_by);
    if (status == ORM_OK)
        status = orm_plan_bind_order(plan, NULL, select->then_by);
    if (status == ORM_OK)
        status = orm_plan_order_loaded(plan, select->root_by_root);
    if (status == ORM_OK && select->find_inverses)
        status = orm_plan_find_inverses(plan, select->load, layout);
    if (status == ORM_OK)
        status = orm_plan_filter_loaded(plan);
    if (status == ORM_OK && loads_by_join(layout))
        status = orm_plan_limit_loaded(plan, select->infer ? select->where : select->populate_where);
    orm_plan_group_joins(plan);
    layout->may_repeat = orm_plan_has_to_many(plan);
    return status;
}

/* ---- Its list ---- */

/* "a0"."x", or what is computed for it, as "x" */
static void write_root_column(const writer *w, const orm_meta_column *column)
{
    orm_query_bare_column(w->statement, w->plan->alias, column);
    if (!orm_query_is_computed(column))
        return;
    orm_statement_text(w->statement, " as ");
    orm_statement_identifier(w->statement, column->name);
}

/* Whether nobody has named columns, and all that the table has are read: "a0".* */
static bool is_whole_table(const writer *w)
{
    const orm_layout_part *root = &w->layout->parts[0];
    size_t                 count = 0;

    if (orm_connection_settings(w->statement->connection)->preset != ORM_PRESET_MIKROORM || w->plan->root->is_pivot ||
        (root->load != NULL && root->load->columns != NULL && !root->load->all))
        return false;
    for (size_t i = 0; i < root->column_count; i++)
        count += orm_meta_formula(root->columns[i]) == NULL;
    return count == w->plan->root->column_count - w->plan->root->formula_count;
}

/* "a0".*, formulas, and once more the columns that SQL makes something of: the later ones count. */
static void write_whole_table(const writer *w, const orm_layout_part *root)
{
    orm_statement_identifier(w->statement, w->plan->alias);
    orm_statement_text(w->statement, ".*");
    for (int formulas = 1; formulas >= 0; formulas--) {
        for (size_t i = 0; i < root->column_count; i++) {
            const orm_meta_column *column = root->columns[i];

            if (!orm_query_is_computed(column) || (orm_meta_formula(column) != NULL) != (formulas == 1))
                continue;
            orm_statement_text(w->statement, ", ");
            write_root_column(w, column);
        }
    }
}

static void write_root_columns(const writer *w)
{
    orm_layout_part *root = &w->layout->parts[0];

    if (is_whole_table(w)) {
        write_whole_table(w, root);
        root->columns = NULL;
        return;
    }
    for (size_t i = 0; i < root->column_count; i++) {
        orm_query_comma(w->statement, i);
        write_root_column(w, root->columns[i]);
    }
}

/* "b1"."id" as "b1__id" */
static void write_joined_columns(const writer *w, const orm_join *join)
{
    const orm_layout_part *part = &w->layout->parts[join->part];
    char                   name[ORM_ALIAS_SIZE + 2];

    for (size_t i = 0; i < part->column_count; i++) {
        orm_buffer alias;

        orm_statement_text(w->statement, ", ");
        orm_query_bare_column(w->statement, join->alias, part->columns[i]);
        orm_statement_text(w->statement, " as ");
        (void)snprintf(name, sizeof name, "%s__", join->alias);
        orm_buffer_init(&alias, orm_arena_allocator(w->plan->arena), 0);
        orm_buffer_append(&alias, name);
        orm_buffer_append(&alias, part->columns[i]->name);
        orm_statement_identifier(w->statement, alias.data);
        w->statement->sql.broken = w->statement->sql.broken || alias.broken;
        orm_buffer_free(&alias);
    }
}

static void write_list(const writer *w)
{
    write_root_columns(w);
    for (size_t part = 1; part < w->layout->count; part++)
        for (const orm_join *join = w->plan->joins; join != NULL; join = join->next)
            if (join->part == part)
                write_joined_columns(w, join);
}

/* ---- Its rows ---- */

static void write_from(orm_statement *statement, const orm_plan *plan)
{
    orm_statement_text(statement, " from ");
    orm_query_table(statement, plan->root);
    orm_statement_text(statement, " as ");
    orm_statement_identifier(statement, plan->alias);
}

static orm_status write_where(const writer *w)
{
    orm_status  status = ORM_OK;
    const char *word = " where ";

    if (w->plan->filter != NULL) {
        orm_statement_text(w->statement, word);
        status = orm_plan_write_bound(w->statement, w->plan, w->plan->filter);
        word = " and ";
    }
    if (status == ORM_OK && w->select->in_columns != NULL) {
        orm_statement_text(w->statement, word);
        word = " and ";
        orm_query_in(w->statement, w->plan->alias, w->select->in_columns, w->select->in_column_count,
                     w->select->in_keys, w->select->in_count);
    }
    if (status == ORM_OK && w->plan->where != NULL) {
        orm_statement_text(w->statement, word);
        status = orm_plan_write_bound(w->statement, w->plan, w->plan->where);
    }
    return status;
}

/*
 * A page over joined rows counts entities, not rows: an inner SELECT, grouped by the key, finds the keys of the page. It
 * stands in one more SELECT, because some servers of MikroORM's do not take a limit in IN; it costs nothing here.
 */
static orm_status write_page(const writer *w)
{
    orm_status status = ORM_OK;

    orm_statement_text(w->statement, w->plan->root->key_column_count > 1 ? " where (" : " where ");
    write_key(w->statement, w->plan);
    orm_statement_text(w->statement, w->plan->root->key_column_count > 1 ? ") in (select " : " in (select ");
    write_key(w->statement, w->plan);
    orm_statement_text(w->statement, " from (select ");
    write_key(w->statement, w->plan);
    write_from(w->statement, w->plan);
    status = orm_plan_write_joins(w->statement, w->plan, ORM_JOINS_BARE);
    if (status == ORM_OK)
        status = write_where(w);
    orm_statement_text(w->statement, " group by ");
    write_key(w->statement, w->plan);
    orm_plan_write_order(w->statement, w->plan, true);
    write_limit(w->statement, w->select);
    orm_statement_text(w->statement, ") as ");
    orm_statement_identifier(w->statement, w->plan->alias);
    orm_statement_text(w->statement, ")");
    return status;
}

static orm_status write_rows(const writer *w)
{
    orm_status status;

    write_from(w->statement, w->plan);
    status = orm_plan_write_joins(w->statement, w->plan, w->paged ? ORM_JOINS_KEPT : ORM_JOINS_ALL);
    if (status != ORM_OK)
        return status;
    return w->paged ? write_page(w) : write_where(w);
}

static orm_status write_plain(const writer *w)
{
    orm_status status;

    orm_statement_text(w->statement, "select ");
    write_list(w);
    status = write_rows(w);
    orm_plan_write_order(w->statement, w->plan, false);
    if (!w->paged)
        write_limit(w->statement, w->select);
    orm_plan_write_lock(w->statement, w->plan, w->select->lock, w->select->lock_aliases);
    return status;
}

/* Limit and offset for each owner: rows are numbered within their owner, and an outer SELECT takes some numbers. */
static orm_status write_partitioned(const writer *w)
{
    orm_status status;

    orm_statement_text(w->statement, "select * from (select ");
    write_list(w);
    orm_statement_text(w->statement, ", row_number() over (partition by ");
    orm_plan_write_columns(w->statement, w->plan->alias, w->select->in_columns, w->select->in_column_count);
    if (w->plan->order_count > 0) {
        orm_plan_write_order(w->statement, w->plan, false);
    } else {
        orm_statement_text(w->statement, " order by ");
        orm_plan_write_columns(w->statement, w->plan->alias, w->select->in_columns, w->select->in_column_count);
    }
    orm_statement_text(w->statement, ") as \"__rn\"");
    status = write_rows(w);
    orm_statement_text(w->statement, ") as ");
    orm_statement_identifier(w->statement, w->plan->alias);
    write_number(w->statement, " where \"__rn\" > ", w->select->offset);
    if (w->select->limit > 0)
        write_number(w->statement, " and \"__rn\" <= ", w->select->offset + w->select->limit);
    orm_statement_text(w->statement, " order by \"__rn\"");
    w->layout->trailing = 1;
    return status;
}

orm_status orm_query_select(orm_statement *statement, const orm_select *select, const orm_query_scope *scope,
                            orm_layout *layout, orm_error *error)
{
    orm_error scratch = { .status = ORM_OK };
    orm_plan  plan;
    writer    w = { .statement = statement, .select = select, .plan = &plan, .layout = layout };
    orm_status status;

    *layout = (orm_layout){ .count = 0 };
    orm_plan_init(&plan, select->entity, scope, error != NULL ? error : &scratch);
    status = make_plan(&plan, select, layout, false);
    w.paged = !select->per_in_columns && !select->plain_limit && layout->may_repeat && (select->limit > 0 || select->offset > 0);
    if (status == ORM_OK && w.paged)
        status = orm_plan_keep_joins(&plan);
    if (status != ORM_OK)
        return status;
    return select->per_in_columns && (select->limit > 0 || select->offset > 0) ? write_partitioned(&w)
                                                                              : write_plain(&w);
}

/* Rows are changed in one table; a condition that needs more of them finds the keys by a SELECT of its own. */
static orm_status write_keys_of(orm_statement *statement, const orm_plan *plan, const char *name)
{
    orm_status status;

    orm_statement_text(statement, plan->root->key_column_count > 1 ? "(" : "");
    orm_plan_write_columns(statement, name, plan->root->columns, plan->root->key_column_count);
    orm_statement_text(statement, plan->root->key_column_count > 1 ? ") in (select " : " in (select ");
    write_key(statement, plan);
    orm_statement_text(statement, " from (select distinct ");
    write_key(statement, plan);
    write_from(statement, plan);
    status = orm_plan_write_joins(statement, plan, ORM_JOINS_ALL);
    orm_statement_text(statement, " where ");
    if (status == ORM_OK)
        status = orm_plan_write_bound(statement, plan, plan->where);
    orm_statement_text(statement, ") as ");
    orm_statement_identifier(statement, plan->alias);
    orm_statement_text(statement, ")");
    return status;
}

orm_status orm_query_condition(orm_statement *statement, const orm_meta_entity *entity, const char *name,
                               const orm_condition *condition, const orm_query_scope *scope, bool *empty,
                               orm_error *error)
{
    orm_error  scratch = { .status = ORM_OK };
    orm_plan   plan;
    orm_status status;

    orm_plan_init(&plan, entity, scope, error != NULL ? error : &scratch);
    status = orm_plan_bind(&plan, NULL, condition, &plan.where);
    if (status == ORM_OK)
        status = orm_plan_restrict_type(&plan, NULL, &plan.where);
    *empty = plan.where == NULL;
    if (status != ORM_OK || *empty)
        return status;
    if (plan.joins != NULL) {
        orm_plan_group_joins(&plan);
        return write_keys_of(statement, &plan, name);
    }
    plan.bare = true;
    plan.bare_name = name;
    return orm_plan_write_bound(statement, &plan, plan.where);
}

orm_status orm_query_count(orm_statement *statement, const orm_select *select, const orm_query_scope *scope,
                           orm_error *error)
{
    orm_error  scratch = { .status = ORM_OK };
    orm_layout layout = { .count = 0 };
    orm_plan   plan;
    writer     w = { .statement = statement, .select = select, .plan = &plan, .layout = &layout };
    orm_status status;

    orm_plan_init(&plan, select->entity, scope, error != NULL ? error : &scratch);
    status = make_plan(&plan, select, &layout, true);
    if (status != ORM_OK)
        return status;
    orm_plan_group_joins(&plan);
    if (!orm_plan_has_to_many(&plan)) {
        orm_statement_text(statement, "select count(*) as \"count\"");
    } else {
        orm_statement_text(statement, plan.root->key_column_count > 1 ? "select count(distinct (" : "select count(distinct ");
        write_key(statement, &plan);
        orm_statement_text(statement, plan.root->key_column_count > 1 ? ")) as \"count\"" : ") as \"count\"");
    }
    return write_rows(&w);
}
