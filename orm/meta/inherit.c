/*
 * Single-table inheritance: who extends whom, what says of which type a row is, and what children have from their bases.
 * A child is an entity like others, whose first properties and columns are copies of its base's.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "meta/meta_private.h"

/* ---- One descriptor ---- */

static orm_status check_child(const orm_entity *d, orm_error *error)
{
    if (d->table != NULL || d->schema != NULL || d->discriminator_column != NULL)
        return orm_meta_bad(error, d->name, NULL, 734,
                            "it extends %.80s, whose root says what the table and the "
                            "discriminator are: leave table, schema and discriminator_column out",
                            d->extends);
    for (size_t i = 0; i < d->property_count; i++)
        if (d->properties[i].primary)
            return orm_meta_bad(
                error, d->name, d->properties[i].name, 735,
                "the key is that of the root: an entity that extends another one has no primary property");
    if (d->size != 0 && d->extends_size == 0)
        return orm_meta_bad(error, d->name, NULL, 739, "say where its base is: ORM_EXTENDS(struct, member, \"%.80s\")",
                            d->extends);
    return ORM_OK;
}

orm_status orm_meta_check_inheritance(const orm_entity *d, orm_error *error)
{
    const char *value = d->discriminator_value;

    if (d->extends == NULL && d->discriminator_column == NULL && (value != NULL || d->abstract))
        return orm_meta_bad(error, d->name, NULL, 733,
                            "%s is for single-table inheritance: add extends, or discriminator_column at the root",
                            value != NULL ? "discriminator_value" : "abstract");
    if (d->abstract && value != NULL)
        return orm_meta_bad(error, d->name, NULL, 744,
                            "no row is of an abstract entity: leave abstract or discriminator_value out");
    if (value != NULL && (value[0] == '\0' || orm_utf8_valid_prefix(value, strlen(value)) != strlen(value)))
        return orm_meta_bad(error, d->name, NULL, 738, "its discriminator_value is empty, or not valid UTF-8");
    return d->extends == NULL ? ORM_OK : check_child(d, error);
}

/* ---- Bases ---- */

static orm_status check_pair(const orm_meta_entity *entity, orm_error *error)
{
    const orm_entity *d = entity->descriptor;
    const orm_entity *base = entity->base->descriptor;

    if ((d->size == 0) != (base->size == 0))
        return orm_meta_bad(error, entity->name, NULL, 742,
                            "one of it and its base %s is made at run time, and the other one is a struct", base->name);
    if (d->size != 0 && d->extends_size != base->size)
        return orm_meta_bad(error, entity->name, NULL, 739,
                            "the member that ORM_EXTENDS() names has %zu bytes, and the struct of %s has %zu",
                            d->extends_size, base->name, base->size);
    if (d->size < base->size)
        return orm_meta_bad(error, entity->name, NULL, 739, "the struct of its base %s is larger: %zu bytes, not %zu",
                            base->name, base->size, d->size);
    return ORM_OK;
}

static orm_status find_base(orm_meta *meta, orm_meta_entity *entity, orm_error *error)
{
    const char *name = entity->descriptor->extends;

    if (name == NULL)
        return ORM_OK;
    entity->base = orm_meta_named(meta, name);
    if (entity->base == NULL)
        return orm_meta_bad(error, entity->name, NULL, 730,
                            "it extends \"%.80s\", which is not an entity that was given to orm_open()%s", name,
                            orm_meta_hint(meta->arena, name, meta->entity_names, meta->named_count));
    return check_pair(entity, error);
}

static orm_status find_root(orm_meta *meta, orm_meta_entity *entity, orm_error *error)
{
    size_t steps = 0;

    entity->root = entity;
    while (entity->root->base != NULL) {
        entity->root = entity->root->base;
        if (++steps > meta->named_count)
            return orm_meta_bad(error, entity->name, NULL, 731, "it extends itself, by way of %s", entity->base->name);
    }
    if (entity->root == entity)
        return ORM_OK;
    if (entity->root->descriptor->discriminator_column == NULL)
        return orm_meta_bad(error, entity->name, NULL, 733,
                            "its root %s says nowhere how rows tell their type: give it a discriminator_column",
                            entity->root->name);
    entity->table = entity->root->table;
    entity->schema = entity->root->schema;
    return ORM_OK;
}

static orm_status set_value(orm_meta *meta, orm_meta_entity *entity, orm_error *error)
{
    const orm_entity *d = entity->descriptor;

    entity->is_abstract = d->abstract;
    if (entity->root->descriptor->discriminator_column == NULL || d->abstract)
        return ORM_OK;
    entity->discriminator_value =
        d->discriminator_value != NULL ? d->discriminator_value : orm_naming_underscore(meta->arena, entity->name);
    if (entity->discriminator_value == NULL)
        return orm_fail_memory(error);
    for (size_t i = 0; i < entity->index; i++) {
        const orm_meta_entity *other = meta->entities[i];

        if (other->root == entity->root && orm_text_equal(other->discriminator_value, entity->discriminator_value))
            return orm_meta_bad(error, entity->name, NULL, 738,
                                "its discriminator_value \"%.80s\" is that of %s already", entity->discriminator_value,
                                other->name);
    }
    return ORM_OK;
}

bool orm_meta_is_a(const orm_meta_entity *entity, const orm_meta_entity *base)
{
    for (; entity != NULL; entity = entity->base)
        if (entity->index == base->index)
            return true;
    return false;
}

static int by_name(const void *a, const void *b)
{
    return orm_naming_compare((*(const orm_meta_entity *const *)a)->name, (*(const orm_meta_entity *const *)b)->name);
}

/* All entities by name, in which order MikroORM goes through them. */
static const orm_meta_entity **sorted(orm_meta *meta)
{
    const orm_meta_entity **all = orm_arena_calloc(meta->arena, meta->named_count, sizeof *all);

    for (size_t i = 0; all != NULL && i < meta->named_count; i++)
        all[i] = meta->entities[i];
    if (all != NULL)
        qsort(all, meta->named_count, sizeof(*all), by_name);
    return all;
}

/* What is furthest down comes first, and all of it behind the entity itself. Recursive along the bases. */
static void add_below(const orm_meta_entity *const *all, size_t count, orm_meta_entity *to, const orm_meta_entity *of)
{
    for (size_t i = 0; i < count; i++)
        if (all[i]->base == of)
            add_below(all, count, to, all[i]);
    for (size_t i = 0; i < count; i++)
        if (all[i]->base == of && all[i]->discriminator_value != NULL)
            to->types[to->type_count++] = all[i];
}

static orm_status list_types(orm_meta *meta, orm_meta_entity *entity, orm_error *error)
{
    const orm_meta_entity **all;

    if (entity->root->descriptor->discriminator_column == NULL)
        return ORM_OK;
    all = sorted(meta);
    entity->types = orm_arena_calloc(meta->arena, meta->named_count, sizeof *entity->types);
    if (all == NULL || entity->types == NULL)
        return orm_fail_memory(error);
    if (entity->discriminator_value != NULL)
        entity->types[entity->type_count++] = entity;
    add_below(all, meta->named_count, entity, entity);
    if (entity->type_count == 0)
        return orm_meta_bad(error, entity->name, NULL, 744,
                            "it is abstract, and nothing extends it: no row could be of it");
    return ORM_OK;
}

static orm_status for_all(orm_meta  *meta, orm_status (*step)(orm_meta *, orm_meta_entity *, orm_error *),
                          orm_error *error)
{
    orm_status status = ORM_OK;

    for (size_t i = 0; i < meta->named_count && status == ORM_OK; i++)
        status = step(meta, meta->entities[i], error);
    return status;
}

orm_status orm_meta_find_bases(orm_meta *meta, orm_error *error)
{
    orm_status status = for_all(meta, find_base, error);

    if (status == ORM_OK)
        status = for_all(meta, find_root, error);
    if (status == ORM_OK)
        status = for_all(meta, set_value, error);
    return status == ORM_OK ? for_all(meta, list_types, error) : status;
}

static size_t depth_of(const orm_meta_entity *entity)
{
    size_t depth = 0;

    for (; entity->base != NULL; entity = entity->base)
        depth++;
    return depth;
}

orm_status orm_meta_each_down(orm_meta  *meta, orm_status (*visit)(orm_meta *, orm_meta_entity *, orm_error *),
                              orm_error *error)
{
    orm_status status = ORM_OK;
    bool       deeper = true;

    for (size_t depth = 0; deeper && status == ORM_OK; depth++) {
        deeper = false;
        for (size_t i = 0; i < meta->named_count && status == ORM_OK; i++) {
            size_t own = depth_of(meta->entities[i]);

            deeper = deeper || own > depth;
            if (own == depth)
                status = visit(meta, meta->entities[i], error);
        }
    }
    return status;
}

/* ---- The discriminator ---- */

static orm_status name_values(orm_meta *meta, const orm_meta_entity *root, orm_property *property, orm_error *error)
{
    const orm_meta_entity **all = sorted(meta);
    const char            **items = orm_arena_calloc(meta->arena, root->type_count, sizeof *items);

    if (all == NULL || items == NULL)
        return orm_fail_memory(error);
    property->enum_count = 0;
    for (size_t i = 0; i < meta->named_count; i++)
        if (all[i]->root == root && all[i]->discriminator_value != NULL)
            items[property->enum_count++] = all[i]->discriminator_value;
    property->enum_items = items;
    return ORM_OK;
}

static bool has_item(const orm_property *property, const char *value)
{
    for (size_t i = 0; i < property->enum_count; i++)
        if (strcmp(property->enum_items[i], value) == 0)
            return true;
    return false;
}

static orm_status check_declared(orm_meta *meta, const orm_meta_entity *root, orm_property *p, orm_error *error)
{
    if (p->type != ORM_TYPE_STRING && p->type != ORM_TYPE_TEXT && p->type != ORM_TYPE_ENUM)
        return orm_meta_bad(error, root->name, p->name, 740, "a discriminator is a string, a text or an enum");
    if (p->primary || p->nullable || p->custom != NULL || p->default_raw != NULL || p->on_create != NULL ||
        p->on_update != NULL || p->lazy || p->concurrency_check)
        return orm_meta_bad(
            error, root->name, p->name, 740,
            "liborm writes the discriminator of every row and reads it always: it is not primary, nullable or "
            "lazy, and has no default, no generator, no check and no custom type");
    if (p->type != ORM_TYPE_ENUM)
        return ORM_OK;
    if (p->enum_count == 0)
        return name_values(meta, root, p, error);
    for (size_t i = 0; i < root->type_count; i++)
        if (!has_item(p, root->types[i]->discriminator_value))
            return orm_meta_bad(error, root->name, p->name, 741,
                                "its items lack \"%.80s\", the discriminator_value of %s",
                                root->types[i]->discriminator_value, root->types[i]->name);
    return ORM_OK;
}

orm_status orm_meta_add_discriminator(orm_meta *meta, orm_meta_entity *root, orm_expanded **expanded, size_t *count,
                                      orm_error *error)
{
    const char   *name = root->descriptor->discriminator_column;
    orm_expanded *all;

    if (root->base != NULL || name == NULL)
        return ORM_OK;
    for (size_t i = 0; i < *count; i++)
        if (strcmp((*expanded)[i].property.name, name) == 0)
            return check_declared(meta, root, &(*expanded)[i].property, error);
    all = orm_arena_calloc(meta->arena, *count + 1, sizeof *all);
    if (all == NULL)
        return orm_fail_memory(error);
    if (*count > 0)
        memcpy(all, *expanded, *count * sizeof *all);
    all[*count].property = (orm_property){ .name = name, .type = ORM_TYPE_ENUM };
    all[*count].behind = true;
    *expanded = all;
    return name_values(meta, root, &all[(*count)++].property, error);
}

const orm_meta_entity *orm_meta_typed(const orm_meta_entity *base, const char *value)
{
    for (size_t i = 0; i < base->type_count; i++)
        if (strcmp(base->types[i]->discriminator_value, value) == 0)
            return base->types[i];
    return NULL;
}

/* ---- What children have ---- */

orm_status orm_meta_copy_property(orm_meta *meta, orm_meta_entity *to, const orm_meta_property *from, size_t at,
                                  orm_error *error)
{
    orm_meta_property *p = &to->properties[at];

    *p = *from;
    p->entity = to;
    p->index = at;
    to->property_names[at] = p->name;
    if (from->column_count > 0) {
        p->columns = orm_arena_memdup(meta->arena, from->columns, from->column_count * sizeof *p->columns);
        if (p->columns == NULL)
            return orm_fail_memory(error);
    }
    for (size_t i = 0; i < p->column_count; i++) {
        const orm_meta_column *twin = orm_map_get_text(&to->by_column, p->columns[i].name);

        p->columns[i].property = p;
        if (twin != NULL)
            return orm_meta_bad(error, to->name, twin->property->name, 737,
                                "its column \"%s\" is that of the property %s, which %s has", p->columns[i].name,
                                p->name, from->entity->name);
        if (!orm_map_put_text(&to->by_column, p->columns[i].name, &p->columns[i]))
            return orm_fail_memory(error);
    }
    return orm_map_put_text(&to->by_name, p->name, p) ? ORM_OK : orm_fail_memory(error);
}

/* All columns are there by now. */
orm_status orm_meta_inherit(orm_meta *meta, orm_meta_entity *entity, orm_error *error)
{
    orm_status status = ORM_OK;

    for (size_t i = 0; i < entity->inherited_count && status == ORM_OK; i++)
        status = orm_meta_copy_property(meta, entity, &entity->base->properties[i], i, error);
    return status;
}

void orm_meta_inherit_links(orm_meta_entity *entity)
{
    for (size_t i = 0; i < entity->inherited_count; i++) {
        const orm_meta_property *from = &entity->base->properties[i];
        orm_meta_property       *p = &entity->properties[i];

        p->inverse = from->inverse;
        p->pivot = from->pivot;
        p->pivot_self = from->pivot_self;
        p->pivot_target = from->pivot_target;
        p->pivot_order = from->pivot_order;
    }
    for (size_t i = 0; i < entity->property_count; i++)
        if (entity->properties[i].discriminates)
            entity->discriminator = &entity->properties[i];
}
