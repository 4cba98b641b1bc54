#include <string.h>

#include "unit/em_private.h"

#define STEP_SIZE 256

/* Entities of one level of a path; `meta` is theirs. */
typedef struct level {
    const orm_meta_entity *meta;
    orm_instance         **items;
    size_t                 count;
    size_t                 capacity;
} level;

/* Cuts the next name off a path. False at its end. */
static bool next_step(const char **path, char step[STEP_SIZE])
{
    size_t length = strcspn(*path, ".");

    if (**path == '\0')
        return false;
    if (length >= STEP_SIZE)
        length = STEP_SIZE - 1;
    memcpy(step, *path, length);
    step[length] = '\0';
    *path += strcspn(*path, ".");
    if (**path == '.')
        (*path)++;
    return true;
}

static const orm_meta_property *find_relation(const orm_meta_entity *meta, const char *step)
{
    const orm_meta_property *property = orm_meta_property_named(meta, step);

    return property != NULL && property->relation != ORM_RELATION_NONE ? property : NULL;
}

static orm_status check_path(orm_em *em, const orm_meta_entity *meta, const char *path)
{
    const char *rest = path;
    char        step[STEP_SIZE];

    if (*path == '\0')
        return orm_fail(&em->error, ORM_ERR_VALIDATION, 560, "a path to populate in %s is empty", meta->name);
    while (next_step(&rest, step)) {
        const orm_meta_property *relation = find_relation(meta, step);

        if (relation == NULL && orm_meta_property_named(meta, step) == NULL) {
            em_unknown_property(em, meta, step);
            orm_fail_detail(&em->error, "in the path \"%s\" to populate", path);
            return em->error.status;
        }
        if (relation == NULL)
            return em_fail_property(em, orm_meta_property_named(meta, step), 561,
                                    "it is not a relation, so there is nothing to populate (path \"%s\")", path);
        meta = relation->target;
    }
    return ORM_OK;
}

orm_status em_check_paths(orm_em *em, const orm_meta_entity *meta, const char *const *paths)
{
    for (size_t i = 0; paths != NULL && paths[i] != NULL; i++) {
        orm_status status = check_path(em, meta, paths[i]);

        if (status != ORM_OK)
            return status;
    }
    return ORM_OK;
}

/* Adds an instance once: the walk's number is its mark. */
static orm_status add(orm_em *em, level *to, orm_instance *instance)
{
    if (instance->visit == em->visits)
        return ORM_OK;
    if (!orm_arena_grow(em->work, &to->items, to->count, &to->capacity, sizeof *to->items))
        return em_fail_memory(em);
    instance->visit = em->visits;
    to->items[to->count++] = instance;
    return ORM_OK;
}

/* The most keys that one IN list may hold. */
static size_t chunk_size(const orm_em *em)
{
    return em->o->settings.protocol == ORM_PROTOCOL_EXTENDED ? ORM_PARAMS_MAX : SIZE_MAX;
}

/*
 * Rows of `entity` whose columns, from number `first` on, hold the keys of `owners`: loads them and appends their
 * instances to `found`.
 */
static orm_status select_in(orm_em *em, const orm_meta_entity *entity, size_t first, const level *owners, bool refresh,
                            level *found)
{
    size_t       width = owners->meta->key_column_count;
    const void **keys = orm_arena_calloc(em->work, owners->count * width, sizeof *keys);
    size_t       chunk = chunk_size(em) / width;

    if (keys == NULL)
        return em_fail_memory(em);
    for (size_t i = 0; i < owners->count; i++)
        for (size_t j = 0; j < width; j++)
            keys[i * width + j] = orm_column_slot(owners->meta->columns[j], owners->items[i]->snapshot);
    em->visits++;
    for (size_t at = 0; at < owners->count; at += chunk) {
        size_t         left = owners->count - at;
        orm_select     select = { .entity = entity,
                                  .in_columns = entity->columns + first,
                                  .in_column_count = width,
                                  .in_keys = keys + at * width,
                                  .in_count = left < chunk ? left : chunk };
        orm_instance **items = NULL;
        size_t         count = 0;
        orm_status     status = em_select(em, &select, refresh, em->work, &items, &count);

        for (size_t i = 0; status == ORM_OK && i < count; i++)
            status = add(em, found, items[i]);
        if (status != ORM_OK)
            return status;
        if (left <= chunk)
            break;
    }
    return ORM_OK;
}

static bool has_row(const orm_instance *instance)
{
    return instance->state == ORM_INSTANCE_MANAGED || instance->state == ORM_INSTANCE_REMOVED;
}

static orm_status populate_to_one(orm_em *em, const level *owners, const orm_meta_property *relation, bool refresh,
                                  level *targets)
{
    level wanted = { .meta = relation->target };
    level found = { .meta = relation->target };

    em->visits++;
    for (size_t i = 0; i < owners->count; i++) {
        orm_instance *target = em_instance(em, orm_reference_read(relation, owners->items[i]->self));

        if (target != NULL && target->shape->meta == relation->target && add(em, targets, target) != ORM_OK)
            return em->error.status;
    }
    em->visits++;
    for (size_t i = 0; i < targets->count; i++) {
        orm_instance *target = targets->items[i];

        if (has_row(target) && (refresh || !target->initialized) && add(em, &wanted, target) != ORM_OK)
            return em->error.status;
    }
    return wanted.count == 0 ? ORM_OK : select_in(em, relation->target, 0, &wanted, refresh, &found);
}

/* Rows whose reference still says so go into their owners' collections; what was added before stays in front. */
static orm_status fill_collections(orm_em *em, const level *owners, const orm_meta_property *relation,
                                   const level *found)
{
    for (size_t i = 0; i < owners->count; i++)
        orm_instance_collection(owners->items[i], relation)->initialized = true;
    for (size_t i = 0; i < found->count; i++) {
        orm_instance *item = found->items[i];
        orm_instance *owner = em_instance(em, orm_reference_read(relation->inverse, item->self));

        if (owner != NULL && item->state == ORM_INSTANCE_MANAGED && owner->shape->meta == owners->meta &&
            orm_instance_collection(owner, relation)->initialized &&
            !orm_instance_relink(item, relation->inverse, em->arena))
            return em_fail_memory(em);
    }
    return ORM_OK;
}

static orm_status populate_to_many(orm_em *em, const level *owners, const orm_meta_property *relation, bool refresh,
                                   level *targets)
{
    level      wanted = { .meta = owners->meta };
    level      found = { .meta = relation->target };
    orm_status status = ORM_OK;

    em->visits++;
    for (size_t i = 0; i < owners->count; i++)
        if (has_row(owners->items[i]) &&
            (refresh || !orm_instance_collection(owners->items[i], relation)->initialized) &&
            add(em, &wanted, owners->items[i]) != ORM_OK)
            return em->error.status;
    if (wanted.count > 0)
        status = select_in(em, relation->target, relation->inverse->columns[0].index, &wanted, refresh, &found);
    if (status == ORM_OK)
        status = fill_collections(em, &wanted, relation, &found);

    em->visits++;
    for (size_t i = 0; i < owners->count && status == ORM_OK; i++) {
        const orm_collection *collection = orm_instance_collection(owners->items[i], relation);

        for (size_t j = 0; j < collection->count && status == ORM_OK; j++)
            if (collection->items[j] != NULL)
                status = add(em, targets, collection->items[j]);
    }
    return status;
}

/* Whether an earlier path began with the same `length` characters: what it loaded is fresh. */
static bool seen_before(const char *const *paths, size_t index, size_t length)
{
    for (size_t i = 0; i < index; i++)
        if (strncmp(paths[i], paths[index], length) == 0 && (paths[i][length] == '\0' || paths[i][length] == '.'))
            return true;
    return false;
}

static orm_status populate_path(orm_em *em, level from, const char *const *paths, size_t index, bool refresh)
{
    const char *rest = paths[index];
    char        step[STEP_SIZE];

    while (from.count > 0 && next_step(&rest, step)) {
        const orm_meta_property *relation = find_relation(from.meta, step);
        level                    targets = { .meta = relation->target };
        size_t                   length = (size_t)(rest - paths[index]) - (rest[-1] == '.' ? 1 : 0);
        bool                     again = refresh && !seen_before(paths, index, length);
        orm_status               status = relation->to_one
                                              ? populate_to_one(em, &from, relation, again, &targets)
                                              : populate_to_many(em, &from, relation, again, &targets);

        if (status != ORM_OK)
            return status;
        from = targets;
    }
    return ORM_OK;
}

orm_status em_populate(orm_em *em, const orm_meta_entity *meta, orm_instance **items, size_t count,
                       const char *const *paths, bool refresh)
{
    level roots = { .meta = meta, .items = items, .count = count };

    for (size_t i = 0; paths != NULL && paths[i] != NULL; i++) {
        orm_status status = populate_path(em, roots, paths, i, refresh);

        if (status != ORM_OK)
            return status;
    }
    return ORM_OK;
}
