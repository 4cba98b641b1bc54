/*
 * Views: what is read of an entity that others extend. A row may be of any of these types, so that a view has the properties
 * of all of them. It is made last, of entities that are complete, and nothing is written through it.
 */
#include <string.h>

#include "base/text.h"
#include "meta/meta_private.h"

const orm_meta_property *orm_meta_property_of(const orm_meta_entity *entity, const orm_meta_property *property)
{
    return property->entity == entity ? property : orm_meta_property_named(entity, property->name);
}

/* Two types of a hierarchy have a property of this name: whether it can be one column for both. */
static bool is_same(const orm_meta_property *a, const orm_meta_property *b)
{
    const orm_property *x = a->descriptor;
    const orm_property *y = b->descriptor;

    if (a->type != b->type || a->relation != b->relation || a->column_count != b->column_count ||
        a->target != b->target || a->items != b->items || a->json_name_at != b->json_name_at ||
        a->member_count != b->member_count)
        return false;
    if (x->length != y->length || x->has_length != y->has_length || x->precision != y->precision ||
        x->scale != y->scale || x->custom != y->custom || !orm_text_equal(x->default_raw, y->default_raw) ||
        a->unique != b->unique || x->delete_rule != y->delete_rule || x->update_rule != y->update_rule)
        return false;
    for (size_t i = 0; i < a->column_count; i++)
        if (strcmp(a->columns[i].name, b->columns[i].name) != 0)
            return false;
    return a->column_count > 0;
}

/* The allowed texts of both, as MikroORM puts them together. */
static orm_status merge_items(orm_meta *meta, orm_meta_property *into, const orm_meta_property *from, orm_error *error)
{
    const orm_property *more = from->descriptor;
    orm_property       *d = orm_arena_memdup(meta->arena, into->descriptor, sizeof *d);
    const char        **items;

    if (into->type != ORM_TYPE_ENUM)
        return ORM_OK;
    items = orm_arena_calloc(meta->arena, into->descriptor->enum_count + more->enum_count, sizeof *items);
    if (d == NULL || items == NULL)
        return orm_fail_memory(error);
    memcpy(items, d->enum_items, d->enum_count * sizeof *items);
    for (size_t i = 0; i < more->enum_count; i++) {
        bool known = false;

        for (size_t k = 0; k < d->enum_count; k++)
            known = known || strcmp(items[k], more->enum_items[i]) == 0;
        if (!known)
            items[d->enum_count++] = more->enum_items[i];
    }
    d->enum_items = items;
    into->descriptor = d;
    return ORM_OK;
}

/* Rows of other types do not have it. */
static void make_optional(orm_meta_property *p)
{
    p->nullable = true;
    if (p->to_one && p->owner && p->descriptor->delete_rule == ORM_RULE_AUTO)
        p->delete_rule = ORM_RULE_SET_NULL;
}

static orm_status add_own(orm_meta *meta, orm_meta_entity *view, const orm_meta_property *from, orm_error *error)
{
    const orm_meta_property *twin = orm_meta_property_named(view, from->name);
    size_t                   at = view->property_count;
    orm_status               status;

    if (twin != NULL && is_same(twin, from))
        return merge_items(meta, &view->properties[twin->index], from, error);
    if (twin != NULL)
        return orm_meta_bad(
            error, from->entity->name, from->name, 737,
            "%s has another property of this name, of the same hierarchy: give it another name, or the same "
            "column, type and options",
            twin->declared->entity->name);
    status = orm_meta_copy_property(meta, view, from, at, error);
    if (status != ORM_OK)
        return status;
    make_optional(&view->properties[at]);
    view->property_count++;
    for (size_t i = 0; i < view->properties[at].column_count; i++) {
        view->properties[at].columns[i].index = view->properties[at].columns[i].in_table = view->column_count;
        view->columns[view->column_count++] = &view->properties[at].columns[i];
    }
    return ORM_OK;
}

/* Those that extend it, in the order of the configuration, which is that of MikroORM's columns. */
static bool is_below(const orm_meta_entity *other, const orm_meta_entity *entity)
{
    return other->index != entity->index && !other->is_pivot && orm_meta_is_a(other, entity);
}

static orm_status begin(orm_meta *meta, const orm_meta_entity *entity, size_t properties, size_t columns,
                        orm_meta_entity **out, orm_error *error)
{
    orm_meta_entity *view = orm_arena_memdup(meta->arena, entity, sizeof *view);
    orm_status       status = ORM_OK;

    if (view == NULL)
        return orm_fail_memory(error);
    view->properties = orm_arena_calloc(meta->arena, properties, sizeof(*view->properties));
    view->property_names = orm_arena_calloc(meta->arena, properties, sizeof(*view->property_names));
    view->columns = orm_arena_calloc(meta->arena, columns, sizeof(*view->columns));
    view->keys = orm_arena_calloc(meta->arena, entity->property_count, sizeof(*view->keys));
    view->guards = orm_arena_calloc(meta->arena, columns, sizeof(*view->guards));
    if (view->properties == NULL || view->property_names == NULL || view->columns == NULL || view->keys == NULL ||
        view->guards == NULL || !orm_meta_begin_map(meta->arena, &view->by_name) ||
        !orm_meta_begin_map(meta->arena, &view->by_column))
        return orm_fail_memory(error);
    for (size_t i = 0; i < entity->property_count && status == ORM_OK; i++)
        status = orm_meta_copy_property(meta, view, &entity->properties[i], i, error);
    *out = view;
    return status;
}

static const orm_meta_column *column_of(const orm_meta_entity *view, const orm_meta_column *column)
{
    return orm_map_get_text(&view->by_column, column->name);
}

/* What points into the entity has to point into the view. */
static void turn_own(orm_meta_entity *view, const orm_meta_entity *entity)
{
    for (size_t i = 0; i < entity->column_count; i++)
        view->columns[i] = column_of(view, entity->columns[i]);
    for (size_t i = 0; i < view->property_count; i++)
        for (size_t k = 0; k < view->properties[i].column_count; k++)
            view->properties[i].columns[k].in_table = view->properties[i].columns[k].index;
    for (size_t i = 0; i < entity->guard_count; i++)
        view->guards[i] = column_of(view, entity->guards[i]);
    for (size_t i = 0; i < entity->key_count; i++)
        view->keys[i] = &view->properties[entity->keys[i]->index];
    if (entity->key != NULL)
        view->key = &view->properties[entity->key->index];
    if (entity->version != NULL)
        view->version = &view->properties[entity->version->index];
    view->discriminator = &view->properties[entity->discriminator->index];
}

/* `from`'s own come behind those of its base. */
static orm_status add_indexes(orm_meta *meta, orm_meta_entity *view, const orm_meta_entity *from, orm_error *error)
{
    size_t     uniques = from->base == NULL ? 0 : from->base->unique_count;
    size_t     indexes = from->base == NULL ? 0 : from->base->index_count;
    orm_status status = orm_meta_copy_indexes(meta, view, from->uniques + uniques, from->unique_count - uniques,
                                              &view->uniques, &view->unique_count, error);

    return status == ORM_OK ? orm_meta_copy_indexes(meta, view, from->indexes + indexes, from->index_count - indexes,
                                                    &view->indexes, &view->index_count, error)
                            : status;
}

/* Names of indexes are one set for the table. */
static orm_status check_index_names(const orm_meta_entity *view, const orm_meta_index *list, size_t count,
                                    orm_error *error)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(list[i].name, list[k].name) == 0)
                return orm_meta_bad(
                    error, view->name, NULL, 297,
                    "two indexes or unique constraints of what extends it have the name \"%s\": leave one "
                    "out, or give it a name",
                    list[i].name);
    return ORM_OK;
}

static orm_status fill(orm_meta *meta, orm_meta_entity *view, const orm_meta_entity *entity, orm_error *error)
{
    orm_status status = ORM_OK;

    turn_own(view, entity);
    for (size_t i = 0; i < meta->named_count && status == ORM_OK; i++) {
        const orm_meta_entity *other = meta->entities[i];

        for (size_t k = other->inherited_count;
             is_below(other, entity) && k < other->property_count && status == ORM_OK; k++)
            status = add_own(meta, view, &other->properties[k], error);
    }
    view->unique_count = view->index_count = 0;
    if (status == ORM_OK)
        status = orm_meta_copy_indexes(meta, view, entity->uniques, entity->unique_count, &view->uniques,
                                       &view->unique_count, error);
    if (status == ORM_OK)
        status = orm_meta_copy_indexes(meta, view, entity->indexes, entity->index_count, &view->indexes,
                                       &view->index_count, error);
    for (size_t i = 0; i < meta->named_count && status == ORM_OK; i++)
        if (is_below(meta->entities[i], entity))
            status = add_indexes(meta, view, meta->entities[i], error);
    if (status == ORM_OK)
        status = check_index_names(view, view->uniques, view->unique_count, error);
    return status == ORM_OK ? check_index_names(view, view->indexes, view->index_count, error) : status;
}

static orm_status add_view(orm_meta *meta, orm_meta_entity *entity, orm_error *error)
{
    size_t           properties = entity->property_count;
    size_t           columns = entity->column_count;
    orm_meta_entity *view = NULL;
    bool             is_extended = false;
    orm_status       status;

    for (size_t i = 0; i < meta->named_count; i++) {
        const orm_meta_entity *other = meta->entities[i];

        if (!is_below(other, entity))
            continue;
        is_extended = true;
        properties += other->property_count - other->inherited_count;
        columns += other->column_count;
    }
    if (!is_extended)
        return ORM_OK;
    status = begin(meta, entity, properties, columns, &view, error);
    if (status == ORM_OK)
        status = fill(meta, view, entity, error);
    if (status == ORM_OK)
        entity->view = view->view = view;
    return status;
}

/* Which of the table's columns is which of the entity's. */
static orm_status place_in_table(orm_meta *meta, orm_meta_entity *entity, orm_error *error)
{
    const orm_meta_entity *table = orm_meta_table(entity);

    entity->by_table = orm_arena_calloc(meta->arena, table->column_count, sizeof *entity->by_table);
    if (entity->by_table == NULL)
        return orm_fail_memory(error);
    for (size_t i = 0; i < entity->column_count; i++) {
        const orm_meta_column *column = entity->columns[i];
        size_t                 at = column_of(table, column)->index;
        orm_meta_property     *p = &entity->properties[column->property->index];

        p->columns[column - p->columns].in_table = at;
        entity->by_table[at] = column;
    }
    return ORM_OK;
}

orm_status orm_meta_add_views(orm_meta *meta, orm_error *error)
{
    orm_status status = ORM_OK;

    for (size_t i = 0; i < meta->named_count && status == ORM_OK; i++)
        status = add_view(meta, meta->entities[i], error);
    for (size_t i = 0; i < meta->entity_count && status == ORM_OK; i++)
        status = place_in_table(meta, meta->entities[i], error);
    return status;
}
