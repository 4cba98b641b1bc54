/* From a select to instances. */
#include "unit/hydrate.h"

/* Each root once, in the order of their first rows. */
static orm_status read_all(orm_em *em, const orm_layout *layout, const orm_result *result, const orm_meta_property *fills,
                           const em_pass *pass, orm_arena *arena, orm_instance ***items, size_t *count)
{
    size_t         rows = orm_result_rows(result);
    em_rows_reader reader;
    orm_status     status = em_rows_reader_init(&reader, em, layout, result, fills, pass);

    *count = 0;
    if (status != ORM_OK)
        return status;
    *items = orm_arena_calloc(arena, rows, sizeof **items);
    if (*items == NULL)
        return em_fail_memory(em);
    for (size_t row = 0; row < rows; row++) {
        orm_instance *root;

        status = em_read_row(&reader, result, row, &root);
        if (status != ORM_OK)
            return status;
        if (root == NULL || (layout->may_repeat && root->visit == pass->number))
            continue;
        root->visit = pass->number;
        (*items)[(*count)++] = root;
    }
    return ORM_OK;
}

static bool joins_filtered(const orm_load *load)
{
    for (const orm_load *child = load == NULL ? NULL : load->children; child != NULL; child = child->next)
        if (child->joined && ((child->filter != NULL && child->relation->to_many) || joins_filtered(child)))
            return true;
    return false;
}

/* Whether conditions keep items out of the collections that it fills, or out of those that it joins. */
static bool is_partial(const orm_select *select, bool fills)
{
    if (joins_filtered(select->load) || (fills && select->filter != NULL))
        return true;
    return fills ? select->where != NULL || select->limit > 0 || select->offset > 0
                 : select->populate_where != NULL || select->infer || select->infer_where;
}

static orm_status select_rows(orm_em *em, const orm_select *select, const orm_meta_property *fills, em_pass pass,
                              orm_arena *arena, orm_instance ***items, size_t *count)
{
    orm_query_scope scope = em_scope(em);
    orm_layout      layout;
    orm_statement   statement;
    orm_result     *result = NULL;
    orm_status      status = em_connect(em);

    if (status != ORM_OK)
        return status;
    pass.number = ++em->visits;
    pass.partial = is_partial(select, fills != NULL);
    orm_statement_init(&statement, em->connection, em->work);
    statement.cacheable = select->in_columns == NULL;
    status = orm_query_select(&statement, select, &scope, &layout, &em->error);
    if (status != ORM_OK) {
        orm_statement_free(&statement);
        return status;
    }
    status = em_run(em, &statement, &result);
    if (status == ORM_OK)
        status = read_all(em, &layout, result, fills, &pass, arena, items, count);
    orm_result_free(result);
    return status == ORM_OK ? em_tell_loaded(em) : status;
}

orm_status em_select_rows(orm_em *em, const orm_select *select, const orm_meta_property *fills, bool refresh,
                          orm_arena *arena, orm_instance ***items, size_t *count)
{
    return select_rows(em, select, fills, (em_pass){ .refresh = refresh }, arena, items, count);
}

orm_status em_select_items(orm_em *em, const orm_select *select, const orm_meta_property *relation, bool refresh,
                           orm_arena *arena, orm_instance ***items, size_t *count)
{
    return select_rows(em, select, relation, (em_pass){ .refresh = refresh, .detached = true }, arena, items, count);
}

orm_status em_select(orm_em *em, const orm_select *select, bool refresh, orm_arena *arena, orm_instance ***items,
                     size_t *count)
{
    return em_select_rows(em, select, NULL, refresh, arena, items, count);
}
