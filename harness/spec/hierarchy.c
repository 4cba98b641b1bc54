/* Single-table inheritance: who extends whom, and which names an entity knows. */
#include <string.h>

#include "harness/spec/spec_private.h"

const char *const cc_entity_name = "entity_name";

const cc_entity *cc_entity_of(const orm_entity *entity)
{
    return (const cc_entity *)entity; /* it comes first in it */
}

const orm_property *cc_entity_property(const orm_entity *entity, const char *name)
{
    const cc_entity *known = entity == NULL || entity->embeddable ? NULL : cc_entity_of(entity);

    for (size_t i = 0; known == NULL && entity != NULL && i < entity->property_count; i++)
        if (strcmp(entity->properties[i].name, name) == 0)
            return &entity->properties[i];
    for (size_t i = 0; known != NULL && i < known->all_count; i++)
        if (strcmp(known->properties[i]->name, name) == 0)
            return known->properties[i];
    return NULL;
}

bool cc_entity_is_a(const orm_entity *entity, const char *name)
{
    for (; entity != NULL; entity = cc_entity_of(entity)->base)
        if (strcmp(entity->name, name) == 0)
            return true;
    return false;
}

/* ---- Bases ---- */

static const cc_yaml *node_of(const cc_yaml *entities, const orm_entity *entity, const char *key)
{
    for (size_t i = 0; i < entities->count; i++)
        if (strcmp(entities->entries[i].key, entity->name) == 0)
            return cc_yaml_get(entities->entries[i].value, key);
    return NULL;
}

static bool is_circle(const cc_spec *spec, const orm_entity *entity)
{
    size_t steps = 0;

    for (; entity != NULL && steps <= spec->file->entity_count; steps++)
        entity = cc_entity_of(entity)->base;
    return entity != NULL;
}

static void find_base(cc_spec *spec, cc_entity *entity, const cc_yaml *entities)
{
    const cc_yaml *node;

    if (entity->entity.extends == NULL)
        return;
    node = node_of(entities, &entity->entity, "extends");
    entity->base = cc_spec_entity_named(spec->file, entity->entity.extends);
    if (entity->base == NULL && node != NULL)
        cc_spec_unknown_entity(spec, node->place, entity->entity.extends);
}

static void check_root(cc_spec *spec, cc_entity *entity, const cc_yaml *entities)
{
    const orm_entity *root = &entity->entity;
    const cc_yaml    *node = node_of(entities, root, "extends");

    if (node == NULL || entity->base == NULL)
        return;
    if (is_circle(spec, root)) {
        cc_problem_add(spec->problems, node->place, "entity %s extends itself", root->name);
        entity->base = NULL;
        return;
    }
    while (cc_entity_of(root)->base != NULL)
        root = cc_entity_of(root)->base;
    if (root->discriminator_column == NULL)
        cc_problem_add(spec->problems, node->place,
                       "entity %s has no discriminator_column, so that nothing can extend it", root->name);
}

/* ---- Names ---- */

static size_t count_all(const cc_spec *spec)
{
    size_t count = 1;

    for (size_t i = 0; i < spec->file->entity_count; i++)
        count += spec->file->entities[i]->property_count + 1;
    return count;
}

static void add(const orm_property **list, size_t *count, const orm_property *property)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(list[i]->name, property->name) == 0)
            return;
    list[(*count)++] = property;
}

/* liborm makes the discriminator's property where the root has none of this name. */
static void add_discriminator(cc_spec *spec, const orm_entity *entity, const orm_property **list, size_t *count)
{
    orm_property *made;

    if (entity->discriminator_column == NULL)
        return;
    made = cc_spec_alloc(spec, 1, sizeof *made);
    if (made == NULL)
        return;
    *made = (orm_property){ .name = entity->discriminator_column, .type = ORM_TYPE_ENUM };
    add(list, count, made);
}

/* Bases first. Recursive along the bases, which are no circle by now. */
static void add_own(cc_spec *spec, const orm_entity *entity, const orm_property **list, size_t *count)
{
    if (cc_entity_of(entity)->base != NULL)
        add_own(spec, cc_entity_of(entity)->base, list, count);
    for (size_t i = 0; i < entity->property_count; i++)
        add(list, count, &entity->properties[i]);
    add_discriminator(spec, entity, list, count);
}

static void list_names(cc_spec *spec, cc_entity *entity)
{
    const orm_property **list = cc_spec_alloc(spec, count_all(spec), sizeof *list);
    size_t               count = 0;

    if (list == NULL)
        return;
    add_own(spec, &entity->entity, list, &count);
    entity->property_count = count;
    for (size_t i = 0; i < spec->file->entity_count; i++)
        if (cc_entity_is_a(spec->file->entities[i], entity->entity.name))
            add_own(spec, spec->file->entities[i], list, &count);
    entity->properties = list;
    entity->all_count = count;
}

void cc_spec_hierarchies(cc_spec *spec, cc_entity *const *all, const cc_yaml *entities)
{
    for (size_t i = 0; i < spec->file->entity_count; i++)
        find_base(spec, all[i], entities);
    for (size_t i = 0; i < spec->file->entity_count; i++)
        check_root(spec, all[i], entities);
    for (size_t i = 0; i < spec->file->entity_count; i++)
        list_names(spec, all[i]);
}
