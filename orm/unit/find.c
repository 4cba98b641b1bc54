#include "unit/find.h"
#include "unit/filter.h"
#include "unit/lock_private.h"

const orm_find_options em_find_defaults = { .limit = 0 };

orm_status em_to_list(orm_em *em, orm_instance **items, size_t count, orm_list *out)
{
    void **list = count == 0 ? NULL : orm_arena_calloc(em->arena, count, sizeof *list);

    if (count > 0 && list == NULL)
        return em_fail_memory(em);
    for (size_t i = 0; i < count; i++)
        list[i] = items[i]->self;
    *out = (orm_list){ .items = list, .count = count };
    return ORM_OK;
}

static bool infers(const orm_find_options *options)
{
    for (size_t i = 0; options->populate != NULL && options->populate[i] != NULL; i++)
        if (strcmp(options->populate[i], "$infer") == 0)
            return true;
    return false;
}

/* Whether every step of a path is loaded by the same SELECT. */
static bool is_joined(const orm_load *load, const char *path)
{
    const char *rest = path;
    char        step[ORM_STEP_SIZE];

    while (orm_next_step(load->entity, &rest, step)) {
        const orm_meta_property *property = orm_meta_property_named(load->entity, step);

        if (property == NULL)
            return false;
        if (*rest == '\0')
            return load->relation != NULL;
        load = em_load_child(load, property);
        if (load == NULL || !load->joined)
            return false;
    }
    return false;
}

/* The order of collections that the roots' own SELECT loads. */
static orm_status order_of_joined(orm_em *em, const orm_load *root, const orm_order *order, const orm_order **out)
{
    size_t     count = 0;
    orm_order *kept;

    *out = NULL;
    while (order != NULL && order[count].property != NULL)
        count++;
    if (count == 0)
        return ORM_OK;
    kept = orm_arena_calloc(em->work, count + 1, sizeof *kept);
    if (kept == NULL)
        return em_fail_memory(em);
    count = 0;
    for (; order->property != NULL; order++)
        if (is_joined(root, order->property))
            kept[count++] = *order;
    *out = kept;
    return ORM_OK;
}

orm_status em_find_init(em_find *f, orm_em *em, const orm_meta_entity *meta, const orm_condition *where,
                        const orm_find_options *options)
{
    orm_status status;

    *f = (em_find){ .em = em, .options = options != NULL ? options : &em_find_defaults };
    status = em_load_tree(em, meta, where, f->options, false, &f->load);
    if (status != ORM_OK)
        return status;
    f->select = (orm_select){ .entity = meta,
                              .load = f->load,
                              .where = where,
                              .order_by = f->options->order_by,
                              .limit = f->options->limit,
                              .offset = f->options->offset,
                              .find_inverses = f->options->fields == NULL,
                              .infer = f->options->populate_infer,
                              .infer_where = infers(f->options),
                              .populate_where = f->options->populate_where,
                              .lock = f->options->lock,
                              .lock_aliases = f->options->lock_aliases };
    status = em_filter_of(em, meta, f->options, &f->select.filter, NULL);
    if (status != ORM_OK)
        return status;
    return order_of_joined(em, f->load, f->options->populate_order_by, &f->select.then_by);
}

/* Whether the query can be written at all; nothing is sent. */
static orm_status check_select(const em_find *f)
{
    orm_query_scope scope = em_scope(f->em);
    orm_layout      layout;
    orm_statement   statement;
    orm_status      status = em_connect(f->em);

    if (status != ORM_OK)
        return status;
    orm_statement_init(&statement, f->em->connection, f->em->work);
    status = orm_query_select(&statement, &f->select, &scope, &layout, &f->em->error);
    if (status == ORM_OK && statement.status != ORM_OK) {
        f->em->error = statement.error;
        status = statement.status;
    }
    orm_statement_free(&statement);
    return status;
}

orm_status em_find_prepare(const em_find *f)
{
    orm_em    *em = f->em;
    orm_status status = em_check_flush_mode(em, f->options->flush_mode);

    if (status == ORM_OK)
        status = em_check_lock(em, f->select.entity, f->options, f->one);
    if (status != ORM_OK || !em_is_to_flush(em, f->select.entity, f->options->flush_mode))
        return status;
    status = check_select(f);
    return status == ORM_OK ? em_flush(em) : status;
}

orm_status em_find_run(em_find *f, orm_instance ***items, size_t *count)
{
    orm_status status = em_select(f->em, &f->select, f->options->refresh, f->em->work, items, count);

    return status == ORM_OK ? em_populate(f->em, f->load, *items, *count, f->options->refresh) : status;
}

orm_status em_find_list(em_find *f, orm_list *out)
{
    orm_instance **items = NULL;
    size_t         count = 0;
    orm_status     status = em_find_run(f, &items, &count);

    return status == ORM_OK ? em_to_list(f->em, items, count, out) : status;
}

const orm_meta_entity *em_find_enter(orm_em *em, const orm_entity *entity, bool has_place)
{
    const orm_shape *shape;

    if (!em_enter(em))
        return NULL;
    if (!has_place) {
        orm_fail(&em->error, ORM_ERR_ARGUMENT, 556, "a find needs a place for what it finds, and a page its options");
        return NULL;
    }
    shape = em_shape(em, entity);
    return shape == NULL ? NULL : shape->meta->view;
}

orm_status orm_find_entities(orm_em *em, const orm_entity *entity, const orm_condition *where,
                             const orm_find_options *options, orm_list *out)
{
    const orm_meta_entity *meta;
    em_find                f;
    orm_status             status;

    if (out != NULL)
        *out = (orm_list){ .count = 0 };
    meta = em_find_enter(em, entity, out != NULL);
    if (meta == NULL)
        return em == NULL ? ORM_ERR_ARGUMENT : em->error.status;
    status = em_find_init(&f, em, meta, where, options);
    if (status == ORM_OK)
        status = em_find_prepare(&f);
    if (status == ORM_OK)
        status = em_find_list(&f, out);
    return em_leave(em, status);
}

/* ---- Counting ---- */

orm_status em_count(em_find *f, uint64_t *out)
{
    orm_em         *em = f->em;
    orm_query_scope scope = em_scope(em);
    orm_statement   statement;
    orm_result     *result = NULL;
    int64_t         number = 0;
    orm_status      status = em_connect(em);

    if (status != ORM_OK)
        return status;
    orm_statement_init(&statement, em->connection, em->work);
    statement.cacheable = true;
    status = orm_query_count(&statement, &f->select, &scope, &em->error);
    if (status != ORM_OK) {
        orm_statement_free(&statement);
        return status;
    }
    status = em_run(em, &statement, &result);
    if (status == ORM_OK && (orm_result_rows(result) != 1 || orm_result_is_null(result, 0, 0)))
        status = orm_fail(&em->error, ORM_ERR_PROTOCOL, 871, "the server did not answer a count with one number");
    if (status == ORM_OK)
        status = orm_result_decode(result, 0, 0, ORM_TYPE_BIGINT, em->work, &number, &em->error);
    orm_result_free(result);
    *out = status == ORM_OK ? (uint64_t)number : 0;
    return status;
}

orm_status orm_count_entities(orm_em *em, const orm_entity *entity, const orm_condition *where, uint64_t *out)
{
    return orm_count_entities_with(em, entity, where, NULL, out);
}

orm_status orm_count_entities_with(orm_em *em, const orm_entity *entity, const orm_condition *where,
                                   const orm_find_options *options, uint64_t *out)
{
    orm_find_options       o = em_find_defaults;
    const orm_meta_entity *meta;
    em_find                f;
    orm_status             status;

    if (out != NULL)
        *out = 0;
    meta = em_find_enter(em, entity, out != NULL);
    if (meta == NULL)
        return em == NULL ? ORM_ERR_ARGUMENT : em->error.status;
    if (options != NULL) {
        o.filters = options->filters;
        o.no_filters = options->no_filters;
        o.flush_mode = options->flush_mode;
    }
    status = em_find_init(&f, em, meta, where, &o);
    if (status == ORM_OK)
        status = em_find_prepare(&f);
    if (status == ORM_OK)
        status = em_count(&f, out);
    return em_leave(em, status);
}

orm_status orm_find_and_count_entities(orm_em *em, const orm_entity *entity, const orm_condition *where,
                                       const orm_find_options *options, orm_list *out, uint64_t *total)
{
    const orm_meta_entity *meta;
    em_find                f;
    orm_status             status;

    if (out != NULL)
        *out = (orm_list){ .count = 0 };
    if (total != NULL)
        *total = 0;
    meta = em_find_enter(em, entity, out != NULL && total != NULL);
    if (meta == NULL)
        return em == NULL ? ORM_ERR_ARGUMENT : em->error.status;
    status = em_find_init(&f, em, meta, where, options);
    if (status == ORM_OK)
        status = em_find_prepare(&f);
    if (status == ORM_OK)
        status = em_find_list(&f, out);
    if (status == ORM_OK)
        status = em_count(&f, total);
    return em_leave(em, status);
}
