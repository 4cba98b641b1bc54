/* One entity, and more about entities that are there. */
#include "unit/find.h"
#include "unit/lock_private.h"

/* The value of a condition on the primary key alone, or NULL. */
static const orm_value *key_condition(const orm_meta_entity *meta, const orm_condition *where)
{
    unsigned depth = 0;

    while (where != NULL && (where->op == ORM_OP_AND || where->op == ORM_OP_ALL) && where->child_count == 1 &&
           where->children != NULL && depth++ < ORM_CONDITION_DEPTH_MAX)
        where = where->children;
    if (where == NULL)
        return NULL;
    if (where->op == ORM_OP_EQ && where->property != NULL && meta->key_count == 1 &&
        orm_meta_property_named(meta, where->property) == meta->keys[0])
        return &where->value;
    return where->op == ORM_OP_KEY ? &where->value : NULL;
}

/* A list stands for several keys, but for the parts of a composite one. */
static bool is_one_key(const orm_meta_entity *meta, const orm_value *value)
{
    if (value == NULL || value->kind == ORM_VALUE_NULL)
        return false;
    if (value->kind != ORM_VALUE_LIST)
        return true;
    if (meta->key_count == 1 || value->as.list.count != meta->key_count || value->as.list.items == NULL)
        return false;
    for (size_t i = 0; i < value->as.list.count; i++)
        if (value->as.list.items[i].kind == ORM_VALUE_LIST)
            return false;
    return true;
}

/* Whether something is not read yet that a find reads by itself. */
static bool misses_something(const orm_instance *instance)
{
    const orm_meta_entity *meta = instance->shape->meta;

    for (size_t i = 0; instance->missing != NULL && i < meta->property_count; i++)
        if (instance->missing[i] && !meta->properties[i].lazy)
            return true;
    return false;
}

static bool loads_to_many(const orm_load *load)
{
    for (const orm_load *child = load->children; child != NULL; child = child->next)
        if (child->joined && (child->relation->to_many || loads_to_many(child)))
            return true;
    return false;
}

/*
 * As MikroORM: a single key has one row anyway, rows of joined collections are not limited, and else the first row is
 * enough, whatever was joined for the condition. Only for preset NATIVE a page of one is asked for instead of all rows.
 */
static void limit_to_one(em_find *f, bool by_key)
{
    bool many = loads_to_many(f->load);

    f->select.limit = 1;
    f->select.plain_limit = !many;
    if ((by_key && f->select.entity->key_count == 1) ||
        (many && f->em->o->settings.preset == ORM_PRESET_MIKROORM && f->options->offset == 0))
        f->select.limit = 0;
}

static orm_status load_more(em_find *f, orm_instance *loaded, orm_list *out)
{
    orm_status status = em_load_tree(f->em, f->select.entity, f->select.where, f->options, true, &f->load);

    if (status == ORM_OK)
        status = em_populate(f->em, f->load, &loaded, 1, false);
    return status == ORM_OK ? em_to_list(f->em, &loaded, 1, out) : status;
}

static orm_status find_one(orm_em *em, const orm_meta_entity *meta, const orm_condition *where,
                           const orm_find_options *options, orm_list *out)
{
    const orm_value *key = key_condition(meta, where);
    orm_query_scope  scope = em_scope(em);
    orm_instance    *loaded = NULL;
    const void      *slots[ORM_KEY_COLUMNS_MAX] = { NULL };
    em_find          f;
    orm_status       status = em_find_init(&f, em, meta, where, options);

    if (status != ORM_OK)
        return status;
    if (is_one_key(meta, key)) {
        status = orm_query_key(meta, key, &scope, slots, &em->error);
        if (status != ORM_OK)
            return status;
    }
    f.one = true;
    status = em_find_prepare(&f);
    if (status != ORM_OK)
        return status;
    if (slots[0] != NULL)
        loaded = em_lookup(em, meta, slots);
    if (loaded != NULL && loaded->initialized && !misses_something(loaded) && !f.options->refresh && f.options->offset == 0 &&
        f.options->lock <= ORM_LOCK_OPTIMISTIC && f.select.filter == NULL)
        return load_more(&f, loaded, out);
    limit_to_one(&f, is_one_key(meta, key) && f.select.filter == NULL);
    return em_find_list(&f, out);
}

static void *find_first(orm_em *em, const orm_entity *entity, const orm_condition *where,
                        const orm_find_options *options, bool required)
{
    const orm_meta_entity *meta = em_find_enter(em, entity, true);
    orm_list               list = { .count = 0 };
    orm_status             status;

    if (meta == NULL)
        return NULL;
    status = find_one(em, meta, where, options, &list);
    if (status == ORM_OK && list.count == 0 && required) {
        status = orm_fail(&em->error, ORM_ERR_NOT_FOUND, 872, "there is no %s that the condition fits", meta->name);
        orm_fail_where(&em->error, meta->name, NULL);
    }
    if (status == ORM_OK && list.count > 0 && options != NULL)
        status = em_check_version(em, em_instance(em, list.items[0]), &options->lock_version);
    return em_leave(em, status) == ORM_OK ? orm_list_at(&list, 0) : NULL;
}

void *orm_find_one_entity(orm_em *em, const orm_entity *entity, const orm_condition *where,
                          const orm_find_options *options)
{
    return find_first(em, entity, where, options, false);
}

void *orm_find_one_or_fail_entity(orm_em *em, const orm_entity *entity, const orm_condition *where,
                                  const orm_find_options *options)
{
    return find_first(em, entity, where, options, true);
}

/* ---- More of what is loaded ---- */

static orm_status instances_of(orm_em *em, void *const *entities, size_t count, orm_instance ***out)
{
    orm_instance **items = orm_arena_calloc(em->work, count, sizeof *items);

    if (items == NULL)
        return em_fail_memory(em);
    for (size_t i = 0; i < count; i++) {
        items[i] = em_require(em, entities[i]);
        if (items[i] == NULL)
            return em->error.status;
        if (items[i]->shape->meta->root != items[0]->shape->meta->root)
            return orm_fail(&em->error, ORM_ERR_ARGUMENT, 873, "orm_populate() takes entities of one type, not %s and %s",
                            items[0]->shape->meta->name, items[i]->shape->meta->name);
    }
    *out = items;
    return ORM_OK;
}

/* What all of them are: of types of one hierarchy, at least the root. */
static const orm_meta_entity *common(orm_instance *const *items, size_t count)
{
    const orm_meta_entity *meta = items[0]->shape->meta;

    for (size_t i = 1; i < count; i++)
        while (!orm_meta_is_a(items[i]->shape->meta, meta))
            meta = meta->base;
    return meta->view;
}

orm_status orm_populate(orm_em *em, void *const *entities, size_t count, const char *const *paths,
                        const orm_find_options *options)
{
    orm_find_options o = options != NULL ? *options : em_find_defaults;
    orm_instance   **items = NULL;
    orm_load        *load = NULL;
    orm_status       status;

    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    if (entities == NULL && count > 0)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 874, "orm_populate() was given %zu entities, and no list of them",
                        count);
    if (count == 0)
        return ORM_OK;
    o.populate = paths;
    status = instances_of(em, entities, count, &items);
    if (status == ORM_OK && items != NULL)
        status = em_load_tree(em, common(items, count), NULL, &o, true, &load);
    if (status == ORM_OK)
        status = em_populate(em, load, items, count, o.refresh);
    return em_leave(em, status);
}
