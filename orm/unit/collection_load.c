/* What collections ask the server for. */
#include "unit/filter.h"
#include "unit/find.h"
#include "unit/hydrate.h"

static orm_status enter(orm_em *em, const orm_collection *collection)
{
    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    if (collection != NULL && collection->owner->em == em)
        return ORM_OK;
    return orm_fail(&em->error, ORM_ERR_ARGUMENT, 658, "the collection is not one of this entity manager");
}

static bool has_row(const orm_instance *instance)
{
    return instance->state == ORM_INSTANCE_MANAGED || instance->state == ORM_INSTANCE_REMOVED;
}

/* ---- Loading ---- */

/* Paths of items become paths of the owner. */
static orm_status paths_of(orm_em *em, const char *name, const char *const *populate, const char ***out)
{
    size_t       count = 0;
    const char **paths;

    while (populate != NULL && populate[count] != NULL)
        count++;
    paths = orm_arena_calloc(em->work, count + 2, sizeof *paths);
    if (paths == NULL)
        return em_fail_memory(em);
    paths[0] = name;
    for (size_t i = 0; i < count; i++) {
        paths[i + 1] = orm_arena_printf(em->work, "%s.%s", name, populate[i]);
        if (paths[i + 1] == NULL)
            return em_fail_memory(em);
    }
    *out = paths;
    return ORM_OK;
}

static orm_status load(orm_em *em, orm_collection *collection, const orm_find_options *options)
{
    const char       *name = collection->property->name;
    orm_populate_hint hints[] = { { .path = name,
                                    .order_by = options->order_by,
                                    .limit = options->limit,
                                    .offset = options->offset },
                                  { .path = NULL } };
    orm_find_options  o = { .strategy = options->strategy,
                            .refresh = options->refresh,
                            .hints = hints,
                            .filters = options->filters,
                            .no_filters = options->no_filters };
    orm_load         *tree = NULL;
    const char      **paths = NULL;
    orm_status        status = paths_of(em, name, options->populate, &paths);

    o.populate = paths;
    if (status == ORM_OK)
        status = em_load_tree(em, collection->owner->shape->meta, NULL, &o, true, &tree);
    return status == ORM_OK ? em_populate(em, tree, &collection->owner, 1, o.refresh) : status;
}

orm_status orm_collection_load(orm_em *em, orm_collection *collection, const orm_find_options *options)
{
    orm_status status = enter(em, collection);

    return status == ORM_OK
               ? em_leave(em, load(em, collection, options != NULL ? options : &em_find_defaults))
               : status;
}

/* ---- Asking without loading ---- */

/* `where`, and that the item belongs to the owner, by this property of whatever is looked through. */
static const orm_condition *of_owner(orm_em *em, const orm_collection *collection, const orm_meta_property *property,
                                     const orm_condition *where)
{
    orm_condition *both = orm_arena_calloc(em->work, 3, sizeof *both);
    size_t         count = 0;

    if (both == NULL)
        return NULL;
    if (where != NULL)
        both[1 + count++] = *where;
    both[1 + count++] = (orm_condition){ .op = ORM_OP_EQ,
                                         .property = property->name,
                                         .value = orm_entity_value(collection->owner->self) };
    both[0] = (orm_condition){ .op = ORM_OP_AND, .children = both + 1, .child_count = count };
    return both;
}

/* Where the target knows nothing of the relation, rows of the pivot table are counted. */
static orm_status count_pivot(orm_em *em, const orm_collection *collection, const orm_condition *where, uint64_t *out)
{
    const orm_meta_property *relation = collection->property;
    orm_condition            parts[2];
    orm_condition            related = { .op = ORM_OP_RELATED,
                                         .property = relation->pivot_target->name,
                                         .children = parts };
    const orm_condition     *filter;
    const orm_condition     *all;
    em_find                  f;
    orm_status               status = em_filter_of(em, relation->target, &em_find_defaults, &filter, NULL);

    if (status != ORM_OK)
        return status;
    if (filter != NULL)
        parts[related.child_count++] = *filter;
    if (where != NULL)
        parts[related.child_count++] = *where;
    all = of_owner(em, collection, relation->pivot_self, related.child_count == 0 ? NULL : &related);
    status = all == NULL ? em_fail_memory(em) : em_find_init(&f, em, relation->pivot, all, NULL);
    return status == ORM_OK ? em_count(&f, out) : status;
}

static orm_status count(orm_em *em, const orm_collection *collection, const orm_condition *where, uint64_t *out)
{
    const orm_meta_property *relation = collection->property;
    const orm_condition     *all;
    em_find                  f;
    orm_status               status;

    if (relation->inverse == NULL)
        return count_pivot(em, collection, where, out);
    all = of_owner(em, collection, relation->inverse, where);
    status = all == NULL ? em_fail_memory(em) : em_find_init(&f, em, relation->target->view, all, NULL);
    if (status == ORM_OK)
        status = em_find_prepare(&f);
    return status == ORM_OK ? em_count(&f, out) : status;
}

orm_status orm_collection_load_count(orm_em *em, const orm_collection *collection, const orm_condition *where,
                                     uint64_t *out)
{
    orm_status status = enter(em, collection);

    if (out != NULL)
        *out = 0;
    if (status != ORM_OK)
        return status;
    if (out == NULL)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 659, "orm_collection_load_count() needs a place for the number");
    return em_leave(em, has_row(collection->owner) ? count(em, collection, where, out) : ORM_OK);
}

static orm_status match_pivot(orm_em *em, const orm_collection *collection, em_find *f, const orm_condition *where,
                              orm_instance ***items, size_t *count_of)
{
    const orm_find_options *options = f->options;
    orm_load                load_items = *f->load;
    orm_status              status;

    load_items.relation = collection->property;
    load_items.filter = f->select.filter;
    load_items.where = where;
    load_items.order_by = options->order_by;
    load_items.limit = options->limit;
    load_items.offset = options->offset;
    status = em_match_pivot(em, collection->owner, &load_items, options->refresh, items, count_of);
    return status == ORM_OK ? em_populate(em, f->load, *items, *count_of, options->refresh) : status;
}

static orm_status match(orm_em *em, const orm_collection *collection, const orm_condition *where,
                        const orm_find_options *options, orm_list *out)
{
    const orm_meta_property *relation = collection->property;
    bool                     pivot = relation->relation == ORM_RELATION_MANY_TO_MANY;
    const orm_condition     *all = pivot ? where : of_owner(em, collection, relation->inverse, where);
    orm_instance           **items = NULL;
    size_t                   count_of = 0;
    em_find                  f;
    orm_status               status;

    if (!pivot && all == NULL)
        return em_fail_memory(em);
    status = em_find_init(&f, em, relation->target->view, all, options);
    if (status == ORM_OK)
        status = em_find_prepare(&f);
    if (status == ORM_OK)
        status = pivot ? match_pivot(em, collection, &f, where, &items, &count_of) : em_find_run(&f, &items, &count_of);
    return status == ORM_OK ? em_to_list(em, items, count_of, out) : status;
}

orm_status orm_collection_matching(orm_em *em, const orm_collection *collection, const orm_condition *where,
                                   const orm_find_options *options, orm_list *out)
{
    orm_status status = enter(em, collection);

    if (out != NULL)
        *out = (orm_list){ .count = 0 };
    if (status != ORM_OK)
        return status;
    if (out == NULL)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 660, "orm_collection_matching() needs a place for the list");
    return em_leave(em, has_row(collection->owner) ? match(em, collection, where, options, out) : ORM_OK);
}
