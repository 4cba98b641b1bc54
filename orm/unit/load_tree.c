/* From paths to a tree of what is loaded, and how each part of it is. */
#include <string.h>

#include "unit/load.h"

typedef struct builder {
    orm_em                 *em;
    const orm_find_options *options;
    const orm_condition    *where;
    bool                    loaded;
} builder;

orm_load *em_load_child(const orm_load *load, const orm_meta_property *relation)
{
    for (orm_load *child = load->children; child != NULL; child = child->next)
        if (child->relation == relation)
            return child;
    return NULL;
}

orm_load *em_load_add(orm_em *em, orm_load *load, const orm_meta_property *relation)
{
    orm_load  *child = em_load_child(load, relation);
    orm_load **last = &load->children;

    if (child != NULL)
        return child;
    child = orm_arena_zalloc(em->work, sizeof *child);
    if (child == NULL) {
        em_fail_memory(em);
        return NULL;
    }
    *child = (orm_load){ .relation = relation, .entity = relation->target->view, .owner = load };
    while (*last != NULL)
        last = &(*last)->next;
    *last = child;
    return child;
}

/* ---- Paths ---- */

static orm_status bad_name(const builder *b, const orm_meta_entity *meta, const char *step, const char *path)
{
    em_unknown_property(b->em, meta, step);
    orm_fail_detail(&b->em->error, "in the path \"%.200s\" to populate", path);
    return b->em->error.status;
}

/* Takes ":ref" off a name. */
static bool cut_ref(char *step)
{
    size_t length = strlen(step);

    if (length < 4 || strcmp(step + length - 4, ":ref") != 0)
        return false;
    step[length - 4] = '\0';
    return true;
}

static orm_status add_all(const builder *b, orm_load *load)
{
    for (size_t i = 0; i < load->entity->property_count; i++) {
        const orm_meta_property *p = &load->entity->properties[i];
        orm_load                *child = em_load_child(load, p);

        if (p->relation == ORM_RELATION_NONE)
            continue;
        if (child != NULL) {
            child->ref = false; /* whichever of "tags:ref" and "*" came first */
            continue;
        }
        child = em_load_add(b->em, load, p);
        if (child == NULL)
            return b->em->error.status;
        /* As in MikroORM: everything at once by one join after the other would multiply the rows. */
        child->apart = true;
    }
    return ORM_OK;
}

/* A name that is no relation: only a lazy property can be populated. */
static orm_status add_scalar(const builder *b, orm_load *load, const orm_meta_property *property, const char *path)
{
    const orm_meta_property **more;

    if (!property->lazy)
        return em_fail_property(b->em, property, 561,
                                "it is not a relation, so there is nothing to populate (path \"%.200s\")", path);
    more = orm_arena_calloc(b->em->work, load->lazy_count + 1, sizeof *more);
    if (more == NULL)
        return em_fail_memory(b->em);
    if (load->lazy_count > 0)
        memcpy(more, load->lazy, load->lazy_count * sizeof *more);
    more[load->lazy_count] = property;
    load->lazy = more;
    load->lazy_count++;
    return ORM_OK;
}

static orm_status add_step(const builder *b, orm_load **load, char *step, bool last, const char *path)
{
    const orm_meta_entity   *meta = (*load)->entity;
    bool                     ref = cut_ref(step);
    const orm_meta_property *property = orm_meta_property_named(meta, step);
    bool                     is_new;
    orm_load                *child;

    if (property == NULL)
        return bad_name(b, meta, step, path);
    if (property->relation == ORM_RELATION_NONE && last && !ref)
        return add_scalar(b, *load, property, path);
    if (property->relation == ORM_RELATION_NONE)
        return em_fail_property(b->em, property, 860, "it is not a relation (path \"%.200s\")", path);
    if (ref && !last)
        return em_fail_property(b->em, property, 861,
                                "\":ref\" loads only its key, so nothing can follow it (path \"%.200s\")", path);
    is_new = em_load_child(*load, property) == NULL;
    child = em_load_add(b->em, *load, property);
    if (child == NULL)
        return b->em->error.status;
    child->ref = ref && (is_new || child->ref);
    *load = child;
    return ORM_OK;
}

static orm_status add_path(const builder *b, orm_load *root, const char *path)
{
    const char *rest = path;
    orm_load   *load = root;
    unsigned    steps = 0;
    char        step[ORM_STEP_SIZE];

    if (*path == '\0')
        return orm_fail(&b->em->error, ORM_ERR_VALIDATION, 560, "a path to populate in %s is empty",
                        root->entity->name);
    if (strcmp(path, "$infer") == 0)
        return em_condition_relations(b->em, b->where, root);
    while (orm_next_step(load->entity, &rest, step)) {
        bool       last = *rest == '\0';
        orm_status status;

        if (++steps > EM_PATH_MAX)
            return orm_fail(&b->em->error, ORM_ERR_VALIDATION, 862, "the path \"%.100s...\" has more than %d steps",
                            path, EM_PATH_MAX);
        if (strcmp(step, "*") == 0 && last)
            return add_all(b, load);
        status = add_step(b, &load, step, last, path);
        if (status != ORM_OK)
            return status;
    }
    return ORM_OK;
}

/* ---- How each is loaded ---- */

static bool is_strategy(orm_strategy strategy)
{
    return strategy >= ORM_STRATEGY_DEFAULT && strategy <= ORM_STRATEGY_BALANCED;
}

static orm_status take_hint(const builder *b, orm_load *root, const orm_populate_hint *hint)
{
    const char *rest = hint->path;
    const char *name = root->entity->name;
    orm_load   *load = root;
    char        step[ORM_STEP_SIZE];

    if (!is_strategy(hint->strategy))
        return orm_fail(&b->em->error, ORM_ERR_ARGUMENT, 863, "unknown strategy %d for populating \"%.100s\"",
                        (int)hint->strategy, hint->path);
    while (load != NULL && orm_next_step(load->entity, &rest, step)) {
        const orm_meta_property *property = orm_meta_property_named(load->entity, step);

        if (property == NULL)
            return bad_name(b, load->entity, step, hint->path);
        load = em_load_child(load, property);
    }
    if (load == NULL || load == root)
        return orm_fail(&b->em->error, ORM_ERR_VALIDATION, 864,
                        "there is a hint for \"%.100s\" of %s, which is not populated", hint->path, name);
    if ((hint->limit > 0 || hint->offset > 0) && !load->relation->to_many)
        return em_fail_property(b->em, load->relation, 865, "it is not a collection, so its items cannot be limited");
    load->strategy = hint->strategy;
    load->order_by = hint->order_by;
    load->hint_order_by = hint->order_by;
    load->limit = hint->limit;
    load->offset = hint->offset;
    return ORM_OK;
}

static bool is_joined(const builder *b, const orm_load *load)
{
    const orm_meta_property *p = load->relation;
    orm_strategy             strategy = load->strategy;

    /* Loaded entities have no SELECT that could join it. */
    if (b->loaded && load->owner->owner == NULL)
        return false;
    if (load->limit > 0 || load->offset > 0)
        return false;
    /* Its key stands in the other table: a query of its own would need no less. */
    if (p->relation == ORM_RELATION_ONE_TO_ONE && !p->owner)
        return true;
    if (load->inferred)
        return true;
    if (load->apart && strategy == ORM_STRATEGY_DEFAULT)
        return false;
    if (load->ref && p->to_one)
        return true;
    if (strategy == ORM_STRATEGY_DEFAULT)
        strategy = p->strategy;
    if (strategy == ORM_STRATEGY_DEFAULT)
        strategy = b->options->strategy;
    if (strategy == ORM_STRATEGY_DEFAULT || strategy == ORM_STRATEGY_BALANCED)
        return p->to_one;
    return strategy == ORM_STRATEGY_JOINED;
}

/* Whether rows of what is above are counted, so that nothing below may multiply them. */
static bool is_limited(const orm_load *load)
{
    for (; load != NULL && load->relation != NULL; load = load->owner) {
        if (load->limit > 0 || load->offset > 0)
            return true;
        if (!load->joined)
            return false;
    }
    return false;
}

static orm_status settle(const builder *b, orm_load *load, const orm_condition *where, const orm_order *order)
{
    orm_status status = ORM_OK;

    for (orm_load *child = load->children; child != NULL && status == ORM_OK; child = child->next) {
        const orm_order *of_child = em_order_of(b->em, order, child->relation);

        child->joined = is_joined(b, child) && !(child->relation->to_many && is_limited(load));
        status = b->em->error.status;
        if (status == ORM_OK && where != NULL)
            status = em_condition_of(b->em, where, child->relation, &child->where);
        if (child->order_by == NULL)
            child->order_by = of_child;
        if (status == ORM_OK)
            status = settle(b, child, child->where, of_child);
    }
    return status;
}

static orm_status check(const builder *b, const orm_meta_entity *meta)
{
    if (!is_strategy(b->options->strategy))
        return orm_fail(&b->em->error, ORM_ERR_ARGUMENT, 555, "unknown strategy %d for finding %s",
                        (int)b->options->strategy, meta->name);
    if (b->options->populate_infer && b->options->populate_where != NULL)
        return orm_fail(&b->em->error, ORM_ERR_ARGUMENT, 866,
                        "populate_where and populate_infer both say what limits the populated relations of %s",
                        meta->name);
    return ORM_OK;
}

static orm_status load_tree(orm_em *em, const orm_meta_entity *meta, const orm_condition *where,
                            const orm_find_options *options, bool loaded, orm_load **out)
{
    builder          b = { .em = em, .options = options, .where = where, .loaded = loaded };
    orm_load        *root = orm_arena_zalloc(em->work, sizeof *root);
    const orm_order *order = options->populate_order_by != NULL ? options->populate_order_by : options->order_by;
    orm_status       status = check(&b, meta);

    if (status != ORM_OK)
        return status;
    if (root == NULL)
        return em_fail_memory(em);
    root->entity = meta;
    for (size_t i = 0; options->populate != NULL && options->populate[i] != NULL && status == ORM_OK; i++)
        status = add_path(&b, root, options->populate[i]);
    if (status == ORM_OK)
        status = em_load_field_relations(em, root, options);
    for (const orm_populate_hint *hint = options->hints; hint != NULL && hint->path != NULL && status == ORM_OK; hint++)
        status = take_hint(&b, root, hint);
    if (status == ORM_OK)
        status = settle(&b, root, options->populate_infer ? where : options->populate_where, order);
    if (status == ORM_OK)
        status = em_load_fields(em, root, options);
    *out = root;
    return status;
}

orm_status em_load_tree(orm_em *em, const orm_meta_entity *meta, const orm_condition *where,
                        const orm_find_options *options, bool loaded, orm_load **out)
{
    orm_status status = load_tree(em, meta, where, options, loaded, out);

    return status == ORM_OK ? em_load_filters(em, *out, options, loaded) : status;
}

orm_status em_check_paths(orm_em *em, const orm_meta_entity *meta, const char *const *paths)
{
    orm_find_options options = { .populate = paths };
    orm_load        *load;

    return load_tree(em, meta, NULL, &options, false, &load);
}
