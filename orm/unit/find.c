#include "unit/em_private.h"

orm_status em_select(orm_em *em, const orm_select *select, bool refresh, orm_arena *arena, orm_instance ***items,
                     size_t *count)
{
    orm_query_scope scope = em_scope(em);
    orm_statement   statement;
    orm_result     *result = NULL;
    orm_status      status = em_connect(em);

    if (status != ORM_OK)
        return status;
    orm_statement_init(&statement, em->connection, em->work);
    statement.cacheable = select->in_columns == NULL;
    status = orm_query_select(&statement, select, &scope, &em->error);
    if (status != ORM_OK) {
        orm_statement_free(&statement);
        return status;
    }
    status = em_run(em, &statement, &result);
    if (status == ORM_OK) {
        *count = orm_result_rows(result);
        status = em_hydrate(em, em_shape_of(em, select->entity), result, refresh, arena, items);
    }
    orm_result_free(result);
    return status;
}

static orm_status check_options(orm_em *em, const orm_meta_entity *meta, const orm_find_options *options)
{
    if (options->strategy != ORM_STRATEGY_DEFAULT && options->strategy != ORM_STRATEGY_SELECT_IN)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 555, "unknown strategy %d for finding %s", (int)options->strategy,
                        meta->name);
    if (em_check_flush_mode(em, options->flush_mode) != ORM_OK)
        return em->error.status;
    return em_check_paths(em, meta, options->populate);
}

/* Whether the query can be written at all; nothing is sent. */
static orm_status check_select(orm_em *em, const orm_select *select)
{
    orm_query_scope scope = em_scope(em);
    orm_statement   statement;
    orm_status      status = em_connect(em);

    if (status != ORM_OK)
        return status;
    orm_statement_init(&statement, em->connection, em->work);
    status = orm_query_select(&statement, select, &scope, &em->error);
    orm_statement_free(&statement);
    return status;
}

/* What comes before any query of a user. A query that is wrong flushes nothing. */
static orm_status prepare(orm_em *em, const orm_select *select, const orm_find_options *options)
{
    orm_status status = check_options(em, select->entity, options);

    if (status != ORM_OK || !em_is_to_flush(em, select->entity, options->flush_mode))
        return status;
    status = check_select(em, select);
    return status == ORM_OK ? em_flush(em) : status;
}

/* Instances become the pointers that users know. */
static orm_status to_list(orm_em *em, orm_instance **items, size_t count, orm_list *out)
{
    void **list = count == 0 ? NULL : orm_arena_calloc(em->arena, count, sizeof *list);

    if (count > 0 && list == NULL)
        return em_fail_memory(em);
    for (size_t i = 0; i < count; i++)
        list[i] = items[i]->self;
    *out = (orm_list){ .items = list, .count = count };
    return ORM_OK;
}

static orm_status find(orm_em *em, const orm_meta_entity *meta, const orm_select *select,
                       const orm_find_options *options, orm_list *out)
{
    orm_instance **items = NULL;
    size_t         count = 0;
    orm_status     status = em_select(em, select, options->refresh, em->work, &items, &count);

    if (status == ORM_OK)
        status = em_populate(em, meta, items, count, options->populate, options->refresh);
    return status == ORM_OK ? to_list(em, items, count, out) : status;
}

orm_status orm_find_entities(orm_em *em, const orm_entity *entity, const orm_condition *where,
                             const orm_find_options *options, orm_list *out)
{
    static const orm_find_options defaults = { .limit = 0 };
    const orm_find_options       *o = options != NULL ? options : &defaults;
    const orm_shape              *shape;
    orm_select                    select;
    orm_status                    status;

    if (out != NULL)
        *out = (orm_list){ .count = 0 };
    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    if (out == NULL)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 556, "orm_find() needs a place for the list");
    shape = em_shape(em, entity);
    if (shape == NULL)
        return em->error.status;
    select = (orm_select){
        .entity = shape->meta, .where = where, .order_by = o->order_by, .limit = o->limit, .offset = o->offset
    };
    status = prepare(em, &select, o);
    if (status == ORM_OK)
        status = find(em, shape->meta, &select, o, out);
    return em_leave(em, status);
}

/* The value of a condition on the primary key alone, or NULL. */
static const orm_value *key_condition(const orm_meta_entity *meta, const orm_condition *where)
{
    unsigned depth = 0;

    while (where != NULL && where->op == ORM_OP_AND && where->child_count == 1 && depth++ < ORM_CONDITION_DEPTH_MAX)
        where = where->children;
    if (where == NULL)
        return NULL;
    if (where->op == ORM_OP_EQ && where->property != NULL && meta->key_count == 1 &&
        orm_meta_property_named(meta, where->property) == meta->keys[0])
        return &where->value;
    return where->op == ORM_OP_KEY ? &where->value : NULL;
}

static orm_status find_one(orm_em *em, const orm_meta_entity *meta, const orm_condition *where,
                           const orm_find_options *options, orm_list *out)
{
    const orm_value *key = key_condition(meta, where);
    orm_query_scope  scope = em_scope(em);
    orm_instance    *loaded = NULL;
    const void      *slots[ORM_KEY_COLUMNS_MAX] = { NULL };
    orm_select       select = { .entity = meta,
                                .where = where,
                                .order_by = options->order_by,
                                /* as MikroORM: a single key has one row anyway */
                                .limit = key == NULL || meta->key_count > 1 ? 1 : 0,
                                .offset = options->offset };

    if (key != NULL && key->kind != ORM_VALUE_NULL && orm_query_key(meta, key, &scope, slots, &em->error) != ORM_OK)
        return em->error.status;
    if (prepare(em, &select, options) != ORM_OK)
        return em->error.status;
    if (slots[0] != NULL)
        loaded = em_lookup(em, meta, slots);
    if (loaded == NULL || !loaded->initialized || options->refresh || options->offset > 0)
        return find(em, meta, &select, options, out);
    if (em_populate(em, meta, &loaded, 1, options->populate, false) != ORM_OK)
        return em->error.status;
    return to_list(em, &loaded, 1, out);
}

void *orm_find_one_entity(orm_em *em, const orm_entity *entity, const orm_condition *where,
                          const orm_find_options *options)
{
    static const orm_find_options defaults = { .limit = 0 };
    const orm_shape              *shape;
    orm_list                      list = { .count = 0 };
    orm_status                    status;

    if (!em_enter(em))
        return NULL;
    shape = em_shape(em, entity);
    if (shape == NULL)
        return NULL;
    status = em_leave(em, find_one(em, shape->meta, where, options != NULL ? options : &defaults, &list));
    return status == ORM_OK ? orm_list_at(&list, 0) : NULL;
}
