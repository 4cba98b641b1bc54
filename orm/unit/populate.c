/* Relations that are loaded by queries of their own, level by level along the tree of what is loaded. */
#include <string.h>

#include "unit/hydrate.h"

/* Entities of one level; `meta` is theirs. */
typedef struct level {
    const orm_meta_entity *meta;
    orm_instance         **items;
    size_t                 count;
    size_t                 capacity;
} level;

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
static size_t chunk_size(const orm_em *em, size_t width)
{
    return em->o->settings.protocol == ORM_PROTOCOL_EXTENDED ? ORM_PARAMS_MAX / 2 / width : SIZE_MAX;
}

/* The keys of instances, a slot for each column. NULL with an error when memory is out. */
static const void **keys_of(orm_em *em, const level *of)
{
    size_t       width = of->meta->key_column_count;
    const void **keys = orm_arena_calloc(em->work, of->count, width * sizeof *keys);

    if (keys == NULL) {
        em_fail_memory(em);
        return NULL;
    }
    for (size_t i = 0; i < of->count; i++)
        for (size_t j = 0; j < width; j++)
            keys[i * width + j] = orm_column_slot(of->meta->columns[j], of->items[i]->snapshot);
    return keys;
}

/* Sends `select` for the keys of `owners`, in as many statements as their number needs. */
static orm_status select_in(orm_em *em, orm_select *select, const level *owners, const orm_meta_property *fills,
                            bool refresh)
{
    size_t       width = owners->meta->key_column_count;
    size_t       chunk = chunk_size(em, width);
    const void **keys = keys_of(em, owners);
    orm_status   status = keys == NULL ? em->error.status : ORM_OK;

    select->in_column_count = width;
    for (size_t at = 0; at < owners->count && status == ORM_OK; at += chunk) {
        size_t         left = owners->count - at;
        orm_instance **items = NULL;
        size_t         count = 0;

        select->in_keys = keys + at * width;
        select->in_count = left < chunk ? left : chunk;
        status = em_select_rows(em, select, fills, refresh, em->work, &items, &count);
        if (left <= chunk)
            break;
    }
    return status;
}

static bool has_row(const orm_instance *instance)
{
    return instance->state == ORM_INSTANCE_MANAGED || instance->state == ORM_INSTANCE_REMOVED;
}

/* ---- To-one ---- */

static bool lacks(const orm_instance *instance, const orm_load *load)
{
    if (!instance->initialized)
        return true;
    if (instance->missing == NULL)
        return false;
    for (size_t i = 0; i < instance->shape->meta->property_count; i++) {
        const orm_meta_property *p = &instance->shape->meta->properties[i];
        bool                     wanted = load->columns == NULL && !p->lazy;

        for (size_t j = 0; j < load->column_count && load->columns != NULL; j++)
            wanted = wanted || load->columns[j]->property->declared == p->declared;
        if (wanted && instance->missing[i])
            return true;
    }
    return false;
}

/* The relation as the owner's own type has it; NULL: it has none. */
static const orm_meta_property *own_relation(const orm_instance *owner, const orm_load *load)
{
    return orm_meta_property_of(owner->shape->meta, load->relation);
}

static orm_status targets_of_reference(orm_em *em, const level *owners, const orm_load *load, level *targets)
{
    em->visits++;
    for (size_t i = 0; i < owners->count; i++) {
        const orm_meta_property *reference = own_relation(owners->items[i], load);
        orm_instance *target = reference == NULL ? NULL : em_instance(em, orm_reference_read(reference, owners->items[i]->self));

        if (target != NULL && orm_meta_is_a(target->shape->meta, load->entity) && add(em, targets, target) != ORM_OK)
            return em->error.status;
    }
    return ORM_OK;
}

/* Adds without looking at marks: what is added is known to be there once. */
static orm_status append(orm_em *em, level *to, orm_instance *instance)
{
    if (!orm_arena_grow(em->work, &to->items, to->count, &to->capacity, sizeof *to->items))
        return em_fail_memory(em);
    to->items[to->count++] = instance;
    return ORM_OK;
}

/* `kept` becomes the targets that need no row; what their rows would have joined was not read either. */
static orm_status load_to_one(orm_em *em, const level *targets, const orm_load *load, bool refresh, level *kept)
{
    level      wanted = { .meta = load->entity };
    orm_select select = { .entity = load->entity,
                          .load = load,
                          .filter = load->filter,
                          .where = load->where,
                          .order_by = load->order_by,
                          .find_inverses = load->columns == NULL,
                          .in_columns = load->entity->columns };

    for (size_t i = 0; i < targets->count; i++) {
        orm_instance *target = targets->items[i];

        if (append(em, has_row(target) && (refresh || lacks(target, load)) ? &wanted : kept, target) != ORM_OK)
            return em->error.status;
    }
    return wanted.count == 0 ? ORM_OK : select_in(em, &select, &wanted, NULL, refresh);
}

/* References to what the filter left out. */
static orm_status hide_filtered(orm_em *em, const level *owners, const orm_load *load)
{
    orm_status status = ORM_OK;

    for (size_t i = 0; load->filter != NULL && i < owners->count && status == ORM_OK; i++) {
        const orm_meta_property *reference = own_relation(owners->items[i], load);
        const orm_instance *target = reference == NULL ? NULL : em_instance(em, orm_reference_read(reference, owners->items[i]->self));

        if (target != NULL && has_row(target) && !target->initialized)
            status = em_hide_reference(em, owners->items[i], load->relation);
    }
    return status;
}

/* ---- To-many ---- */

static orm_status targets_of_collection(orm_em *em, const level *owners, const orm_load *load, level *targets)
{
    em->visits++;
    for (size_t i = 0; i < owners->count; i++) {
        const orm_collection *collection = orm_instance_collection(owners->items[i], load->relation);

        for (size_t j = 0; collection != NULL && j < collection->count; j++)
            if (collection->items[j] != NULL && add(em, targets, collection->items[j]) != ORM_OK)
                return em->error.status;
    }
    return ORM_OK;
}

/* The owners whose collections have to be read, and the others. */
static orm_status unread(orm_em *em, const level *owners, const orm_load *load, bool refresh, level *wanted,
                         level *kept)
{
    for (size_t i = 0; i < owners->count; i++) {
        orm_instance         *owner = owners->items[i];
        const orm_collection *collection = orm_instance_collection(owner, load->relation);
        bool                  read = has_row(owner) && (refresh || (collection != NULL && !collection->initialized));

        if (collection != NULL && append(em, read ? wanted : kept, owner) != ORM_OK)
            return em->error.status;
    }
    return ORM_OK;
}

static orm_status load_one_to_many(orm_em *em, const level *wanted, const orm_load *load, bool refresh)
{
    const orm_meta_property *reference = load->relation->inverse;
    orm_select               select = { .entity = load->entity,
                                        .load = load,
                                        .filter = load->filter,
                                        .where = load->where,
                                        .order_by = load->order_by,
                                        .limit = load->limit,
                                        .offset = load->offset,
                                        .per_in_columns = true,
                                        .find_inverses = load->columns == NULL,
                                        .in_columns = load->entity->columns + reference->columns[0].index };

    return select_in(em, &select, wanted, load->relation, refresh);
}

/* ---- Many-to-many ---- */

/* The tree of a pivot row: its two references, and the target with what is loaded with it. */
typedef struct pivot_tree {
    orm_load                root;
    orm_load                target;
    const orm_meta_column **columns;
    orm_condition           where;
    orm_condition           parts[2]; /* of it: the filter and what the user says */
} pivot_tree;

static orm_status add_inverses(orm_em *em, orm_load *target)
{
    orm_load **last = &target->children;

    while (*last != NULL)
        last = &(*last)->next;
    for (size_t i = 0; i < target->entity->property_count && target->columns == NULL; i++) {
        const orm_meta_property *p = &target->entity->properties[i];
        bool                     there = false;

        if (p->relation != ORM_RELATION_ONE_TO_ONE || p->owner || p->lazy)
            continue;
        for (const orm_load *child = target->children; child != NULL; child = child->next)
            there = there || child->relation == p;
        if (there)
            continue;
        *last = orm_arena_zalloc(em->work, sizeof **last);
        if (*last == NULL)
            return em_fail_memory(em);
        **last = (orm_load){ .relation = p, .entity = p->target->view, .owner = target, .joined = true, .ref = true };
        last = &(*last)->next;
    }
    return ORM_OK;
}

/* Copies of the nodes below, so that the user's tree stays as it is. */
static orm_status copy_children(orm_em *em, const orm_load *from, orm_load *to)
{
    orm_load **last = &to->children;

    to->children = NULL;
    for (const orm_load *child = from->children; child != NULL; child = child->next) {
        *last = orm_arena_memdup(em->work, child, sizeof *child);
        if (*last == NULL)
            return em_fail_memory(em);
        (*last)->next = NULL;
        (*last)->owner = to;
        last = &(*last)->next;
    }
    return ORM_OK;
}

static orm_status make_pivot_tree(orm_em *em, const orm_load *load, pivot_tree *tree)
{
    const orm_meta_property *relation = load->relation;
    const orm_meta_property *sides[] = { relation->pivot_target, relation->pivot_self };
    size_t                   count = 0;
    orm_status               status = ORM_OK;

    *tree = (pivot_tree){ .root = { .entity = relation->pivot }, .target = *load };
    tree->columns = orm_arena_calloc(em->work, relation->pivot->column_count, sizeof *tree->columns);
    if (tree->columns == NULL)
        return em_fail_memory(em);
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < sides[s]->column_count; i++)
            tree->columns[count++] = &sides[s]->columns[i];
    tree->root.columns = tree->columns;
    tree->root.column_count = count;
    tree->target.relation = relation->pivot_target;
    tree->target.next = NULL;
    tree->target.owner = &tree->root;
    tree->target.joined = true;
    tree->target.filter = NULL; /* in the WHERE, as MikroORM has it */
    if (!load->ref) {
        tree->root.children = &tree->target;
        status = copy_children(em, load, &tree->target);
        if (status == ORM_OK)
            status = add_inverses(em, &tree->target);
    }
    tree->where =
        (orm_condition){ .op = ORM_OP_RELATED, .property = relation->pivot_target->name, .children = tree->parts };
    if (load->filter != NULL)
        tree->parts[tree->where.child_count++] = *load->filter;
    if (load->where != NULL)
        tree->parts[tree->where.child_count++] = *load->where;
    return status;
}

/* The order of the targets, with the reference to them in front; the pivot table's own where there is none. */
static orm_status pivot_order(orm_em *em, const orm_load *load, const orm_order **out)
{
    const orm_meta_property *relation = load->relation;
    size_t                   count = 0;
    orm_order               *order;

    while (load->order_by != NULL && load->order_by[count].property != NULL)
        count++;
    order = orm_arena_calloc(em->work, count + 2, sizeof *order);
    if (order == NULL)
        return em_fail_memory(em);
    for (size_t i = 0; i < count; i++) {
        order[i].direction = load->order_by[i].direction;
        order[i].property =
            orm_arena_printf(em->work, "%s.%s", relation->pivot_target->name, load->order_by[i].property);
        if (order[i].property == NULL)
            return em_fail_memory(em);
    }
    if (count == 0 && relation->pivot_order != NULL)
        order[0].property = relation->pivot_order->name;
    *out = order[0].property == NULL ? NULL : order;
    return ORM_OK;
}

/* All but the owners' keys. */
static orm_status make_pivot_select(orm_em *em, const orm_load *load, pivot_tree *tree, orm_select *select)
{
    const orm_meta_property *relation = load->relation;
    orm_status               status = make_pivot_tree(em, load, tree);

    *select = (orm_select){ .entity = relation->pivot,
                            .load = &tree->root,
                            .limit = load->limit,
                            .offset = load->offset,
                            .in_columns = relation->pivot->columns + relation->pivot_self->columns[0].index };
    select->where = tree->where.child_count > 0 ? &tree->where : NULL;
    return status == ORM_OK ? pivot_order(em, load, &select->order_by) : status;
}

static orm_status load_many_to_many(orm_em *em, const level *wanted, const orm_load *load, bool refresh)
{
    pivot_tree tree;
    orm_select select;
    orm_status status = make_pivot_select(em, load, &tree, &select);

    select.per_in_columns = true;
    return status == ORM_OK ? select_in(em, &select, wanted, load->relation, refresh) : status;
}

orm_status em_match_pivot(orm_em *em, orm_instance *owner, const orm_load *load, bool refresh, orm_instance ***items,
                          size_t *count)
{
    level      owners = { .meta = owner->shape->meta, .items = &owner, .count = 1 };
    pivot_tree tree;
    orm_select select;
    orm_status status = make_pivot_select(em, load, &tree, &select);

    if (status != ORM_OK)
        return status;
    select.in_column_count = owners.meta->key_column_count;
    select.in_keys = keys_of(em, &owners);
    select.in_count = 1;
    return select.in_keys == NULL ? em->error.status
                                  : em_select_items(em, &select, load->relation, refresh, em->work, items, count);
}

/* `wanted` becomes the owners whose collections are read, `kept` those whose collections were read before. */
static orm_status load_to_many(orm_em *em, const level *owners, const orm_load *load, bool refresh, level *wanted,
                               level *kept)
{
    orm_status status = unread(em, owners, load, refresh, wanted, kept);
    uint64_t   before = ++em->visits;

    if (status != ORM_OK || wanted->count == 0)
        return status;
    if (load->relation->pivot != NULL)
        status = load_many_to_many(em, wanted, load, refresh);
    else
        status = load_one_to_many(em, wanted, load, refresh);
    /* No row is an answer, too. */
    for (size_t i = 0; i < wanted->count && status == ORM_OK; i++) {
        orm_collection *collection = orm_instance_collection(wanted->items[i], load->relation);

        if (collection->filled_by <= before)
            em_collection_loading(em, collection, load->where != NULL || load->limit > 0 || load->offset > 0);
    }
    return status;
}

/* ---- The tree ---- */

/*
 * Collections of `owners`. Of those that were read before, items may have come as references only, or in part; and into one
 * that was not read the user may have put references.
 */
static orm_status load_collections(orm_em *em, const level *owners, const orm_load *load, bool refresh, level *kept)
{
    level      wanted = { .meta = owners->meta };
    level      read = { .meta = owners->meta };
    level      items = { .meta = load->entity };
    level      put = { .meta = load->entity };
    level      whole = { .meta = load->entity };
    orm_status status = load_to_many(em, owners, load, refresh, &wanted, &read);

    if (status != ORM_OK || load->ref)
        return status;
    status = targets_of_collection(em, &read, load, &items);
    if (status == ORM_OK)
        status = load_to_one(em, &items, load, false, kept);
    if (status == ORM_OK)
        status = targets_of_collection(em, &wanted, load, &put);
    return status == ORM_OK ? load_to_one(em, &put, load, false, &whole) : status;
}

static orm_status load_references(orm_em *em, const level *owners, const orm_load *load, bool refresh, level *kept)
{
    level      targets = { .meta = load->entity };
    orm_status status = load->ref ? ORM_OK : targets_of_reference(em, owners, load, &targets);

    if (status == ORM_OK)
        status = load_to_one(em, &targets, load, refresh, kept);
    return status == ORM_OK && !load->ref && load->relation->owner ? hide_filtered(em, owners, load) : status;
}

/*
 * Recursive along the user's paths, whose length is bounded. `kept` are those of the owners that were there already, so that
 * no row of theirs brought what is joined.
 */
static orm_status populate(orm_em *em, const orm_load *load, const level *owners, const level *kept, bool refresh)
{
    orm_status status = ORM_OK;

    for (const orm_load *child = load->children; child != NULL && status == ORM_OK; child = child->next) {
        const level *asking = child->joined ? kept : owners;
        level        targets = { .meta = child->entity };
        level        kept_targets = { .meta = child->entity };

        if (owners->count == 0)
            break;
        if (child->relation->to_many) {
            status = load_collections(em, asking, child, refresh, &kept_targets);
            if (status == ORM_OK)
                status = targets_of_collection(em, owners, child, &targets);
        } else {
            status = load_references(em, asking, child, refresh, &kept_targets);
            if (status == ORM_OK)
                status = targets_of_reference(em, owners, child, &targets);
        }
        if (status == ORM_OK && child->children != NULL)
            status = populate(em, child, &targets, &kept_targets, refresh);
    }
    return status;
}

/* Lazy properties of the roots, where they were not read with them. */
static orm_status load_lazy(orm_em *em, const orm_load *load, const level *roots)
{
    const orm_meta_entity  *meta = load->entity;
    const orm_meta_column **columns = orm_arena_calloc(em->work, meta->column_count, sizeof *columns);
    orm_load                only = { .entity = meta, .columns = columns, .column_count = meta->key_column_count };
    level                   wanted = { .meta = meta };
    orm_select              select = { .entity = meta, .load = &only, .in_columns = meta->columns };

    if (columns == NULL)
        return em_fail_memory(em);
    memcpy(columns, meta->columns, meta->key_column_count * sizeof *columns);
    if (meta->discriminator != NULL)
        columns[only.column_count++] = &meta->discriminator->columns[0];
    for (size_t i = 0; i < load->lazy_count; i++)
        for (size_t j = 0; j < load->lazy[i]->column_count; j++)
            columns[only.column_count++] = &load->lazy[i]->columns[j];
    em->visits++;
    for (size_t i = 0; i < roots->count; i++)
        if (has_row(roots->items[i]) && lacks(roots->items[i], &only) && add(em, &wanted, roots->items[i]) != ORM_OK)
            return em->error.status;
    return wanted.count == 0 ? ORM_OK : select_in(em, &select, &wanted, NULL, false);
}

orm_status em_populate(orm_em *em, const orm_load *load, orm_instance **items, size_t count, bool refresh)
{
    level      roots = { .meta = load->entity, .items = items, .count = count };
    orm_status status = load->lazy_count > 0 ? load_lazy(em, load, &roots) : ORM_OK;

    return status == ORM_OK ? populate(em, load, &roots, &(level){ .meta = load->entity }, refresh) : status;
}
