/* Steps that work on a collection of an entity. */
#include "harness/steps/steps_private.h"

typedef struct target {
    cc_manager     *manager;
    orm_collection *collection;
} target;

static cc_step_status find_target(cc_context *context, const cc_step *step, target *out)
{
    const char    *path = cc_reference_in(context->arena, cc_step_arg(step, "of"));
    orm_buffer     why;
    cc_step_status status = CC_STEP_OK;

    orm_buffer_init(&why, NULL, 0);
    if (path == NULL)
        path = cc_arg_text(step, "of");
    if (path == NULL || !cc_lookup_collection(context, path, &out->collection, &out->manager, &why))
        status = cc_broken(context, step, "%s", path == NULL || why.broken ? "the collection is missing" : why.data);
    orm_buffer_free(&why);
    return status;
}

/* The key `items`; they live in the arena. */
static cc_step_status take_items(cc_context *context, const cc_step *step, const target *t, void ***out, size_t *count)
{
    const cc_yaml *list = cc_step_arg(step, "items");

    *count = 0;
    *out = orm_arena_calloc(context->arena, list == NULL ? 0 : list->count, sizeof **out);
    if (*out == NULL)
        return cc_broken_memory(context, step);
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        orm_value      value = orm_null();
        cc_step_status status = cc_value_of(context, step, t->manager, NULL, list->items[i], &value);

        if (status != CC_STEP_OK)
            return status;
        if (value.kind != ORM_VALUE_ENTITY || value.as.entity == NULL)
            return cc_broken(context, step, "item %zu is no entity: write \"${name}\"", i + 1);
        (*out)[(*count)++] = value.as.entity;
    }
    return CC_STEP_OK;
}

static cc_step_status with_items(cc_context *context, const cc_step *step,
                                 orm_status (*act)(orm_em *, orm_collection *, void *const *, size_t))
{
    target         t;
    void         **items;
    size_t         count;
    cc_step_status status = find_target(context, step, &t);

    if (status == CC_STEP_OK)
        status = take_items(context, step, &t, &items, &count);
    if (status != CC_STEP_OK)
        return status;
    return act(t.manager->em, t.collection, items, count) == ORM_OK ? CC_STEP_OK : cc_refused_by(context, t.manager);
}

static orm_status add_each(orm_em *em, orm_collection *collection, void *const *items, size_t count)
{
    orm_status status = ORM_OK;

    for (size_t i = 0; i < count && status == ORM_OK; i++)
        status = orm_collection_add(em, collection, items[i]);
    return status;
}

static orm_status remove_each(orm_em *em, orm_collection *collection, void *const *items, size_t count)
{
    orm_status status = ORM_OK;

    for (size_t i = 0; i < count && status == ORM_OK; i++)
        status = orm_collection_remove(em, collection, items[i]);
    return status;
}

cc_step_status cc_step_collection_add(cc_context *context, const cc_step *step)
{
    return with_items(context, step, add_each);
}

cc_step_status cc_step_collection_remove(cc_context *context, const cc_step *step)
{
    return with_items(context, step, remove_each);
}

cc_step_status cc_step_collection_set(cc_context *context, const cc_step *step)
{
    return with_items(context, step, orm_collection_set);
}

/* Options, and the condition of the key `where`. */
static cc_step_status ask(cc_context *context, const cc_step *step, target *t, orm_find_options *options,
                          orm_condition *where)
{
    cc_step_status status = find_target(context, step, t);

    if (status == CC_STEP_OK)
        status = cc_find_options_of(context, step, t->manager, step->entity, options);
    return status == CC_STEP_OK ? cc_condition_at(context, step, "where", t->manager, step->entity, where) : status;
}

cc_step_status cc_step_collection_load(cc_context *context, const cc_step *step)
{
    target           t;
    orm_find_options options;
    orm_condition    where;
    cc_step_status   status = ask(context, step, &t, &options, &where);

    if (status != CC_STEP_OK)
        return status;
    return orm_collection_load(t.manager->em, t.collection, &options) == ORM_OK ? CC_STEP_OK
                                                                              : cc_refused_by(context, t.manager);
}

cc_step_status cc_step_collection_count(cc_context *context, const cc_step *step)
{
    target           t;
    orm_find_options options;
    orm_condition    where;
    uint64_t         count = 0;
    int64_t          seen;
    cc_step_status   status = ask(context, step, &t, &options, &where);

    if (status != CC_STEP_OK)
        return status;
    if (orm_collection_load_count(t.manager->em, t.collection, cc_step_arg(step, "where") == NULL ? NULL : &where,
                                  &count) != ORM_OK)
        return cc_refused_by(context, t.manager);
    seen = (int64_t)count;
    return cc_check(context, step, "is", cc_check_int, &seen);
}

cc_step_status cc_step_collection_matching(cc_context *context, const cc_step *step)
{
    target           t;
    orm_find_options options;
    orm_condition    where;
    orm_list         list = { .count = 0 };
    int64_t          seen;
    cc_step_status   status = ask(context, step, &t, &options, &where);

    if (status != CC_STEP_OK)
        return status;
    if (orm_collection_matching(t.manager->em, t.collection, cc_step_arg(step, "where") == NULL ? NULL : &where,
                                &options, &list) != ORM_OK)
        return cc_refused_by(context, t.manager);
    status = cc_bind_list(context, step, t.manager, &list);
    seen = (int64_t)list.count;
    return status == CC_STEP_OK ? cc_check(context, step, "count", cc_check_int, &seen) : status;
}
