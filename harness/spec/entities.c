#include <string.h>

#include "harness/spec/spec_private.h"

const orm_entity *cc_spec_entity_named(const cc_file *file, const char *name)
{
    for (size_t i = 0; i < file->entity_count; i++) {
        if (strcmp(file->entities[i]->name, name) == 0)
            return file->entities[i];
    }
    return NULL;
}

const orm_property *cc_spec_property_named(const orm_entity *entity, const char *name)
{
    return cc_entity_property(entity, name);
}

void cc_spec_unknown_property(cc_spec *spec, cc_place place, const orm_entity *entity, const char *name)
{
    size_t       count = entity->embeddable ? entity->property_count : cc_entity_of(entity)->all_count;
    const char **names = cc_spec_alloc(spec, count + 1, sizeof *names);

    if (names == NULL)
        return;
    for (size_t i = 0; i < count; i++)
        names[i] = entity->embeddable ? entity->properties[i].name : cc_entity_of(entity)->properties[i]->name;
    cc_yaml_unknown_word_of(place, "property", name, entity->name, names, spec->problems);
}

void cc_spec_unknown_entity(cc_spec *spec, cc_place place, const char *name)
{
    const char **names = cc_spec_alloc(spec, spec->file->entity_count + 1, sizeof *names);

    if (names == NULL)
        return;
    for (size_t i = 0; i < spec->file->entity_count; i++)
        names[i] = spec->file->entities[i]->name;
    if (names[0] == NULL)
        cc_problem_add(spec->problems, place, "unknown entity '%s'; the file has no entities", name);
    else
        cc_yaml_unknown_word(place, "entity", name, names, spec->problems);
}

/* The key is the root's. */
static void check_key(cc_spec *spec, const orm_entity *entity, cc_place place)
{
    for (size_t i = 0; i < entity->property_count; i++) {
        if (entity->properties[i].primary && entity->extends != NULL)
            cc_problem_add(spec->problems, place, "entity %s extends %s and has its key; leave `primary` out", entity->name,
                           entity->extends);
        if (entity->properties[i].primary)
            return;
    }
    if (entity->extends == NULL)
        cc_problem_add(spec->problems, place, "entity %s has no primary key; give one property `primary: true`",
                       entity->name);
}

static void load_inheritance(cc_spec *spec, orm_entity *entity, const cc_yaml *node)
{
    const cc_yaml *is_abstract = cc_yaml_get(node, "abstract");

    entity->extends = cc_spec_text(spec, node, "extends");
    entity->discriminator_column = cc_spec_text(spec, node, "discriminator_column");
    entity->discriminator_value = cc_spec_text(spec, node, "discriminator_value");
    if (is_abstract != NULL)
        (void)cc_yaml_want_bool(is_abstract, "abstract", &entity->abstract, spec->problems);
    if (entity->extends != NULL && (entity->discriminator_column != NULL || entity->table != NULL))
        cc_problem_add(spec->problems, node->place, "entity %s extends %s, whose root says what the %s is", entity->name,
                       entity->extends, entity->table != NULL ? "table" : "discriminator_column");
    if (entity->extends == NULL && entity->discriminator_column == NULL &&
        (entity->abstract || entity->discriminator_value != NULL))
        cc_problem_add(spec->problems, node->place, "%s goes with `extends` or `discriminator_column`",
                       entity->abstract ? "`abstract`" : "`discriminator_value`");
}

static cc_entity *load_entity(cc_spec *spec, const cc_yaml_entry *entry)
{
    cc_entity     *known = cc_spec_alloc(spec, 1, sizeof *known);
    orm_entity    *entity;
    const cc_yaml *list;
    orm_property  *properties;

    if (known == NULL)
        return NULL;
    entity = &known->entity;
    entity->name = entry->key;
    if (!cc_is_name(entry->key))
        cc_problem_add(spec->problems, entry->place, "'%s' is no name for an entity; use letters, digits and _",
                       entry->key);
    if (!cc_yaml_want_map(entry->value, "an entity", spec->problems))
        return known;
    (void)cc_yaml_check_keys(entry->value, "an entity", cc_entity_keys, spec->problems);
    entity->table = cc_spec_text(spec, entry->value, "table");
    entity->comment = cc_spec_text(spec, entry->value, "comment");
    load_inheritance(spec, entity, entry->value);
    list = entity->extends != NULL ? cc_yaml_get(entry->value, "properties")
                                   : cc_spec_required(spec, entry->value, "properties", "the entity");
    if (list == NULL || !cc_yaml_want_map(list, "properties", spec->problems))
        return known;
    properties = cc_spec_alloc(spec, list->count, sizeof *properties);
    if (properties == NULL)
        return known;
    for (size_t i = 0; i < list->count; i++)
        cc_spec_property(spec, entity->name, &list->entries[i], &properties[i]);
    entity->properties = properties;
    entity->property_count = list->count;
    check_key(spec, entity, entry->place);
    return known;
}

/* What needs the other entities. */
static void check_entity(cc_spec *spec, orm_entity *entity, const cc_yaml *node)
{
    const cc_yaml *properties = cc_yaml_get(node, "properties");

    entity->uniques = cc_spec_indexes(spec, entity, node, "uniques", &entity->unique_count);
    entity->indexes = cc_spec_indexes(spec, entity, node, "indexes", &entity->index_count);
    for (size_t p = 0; p < entity->property_count; p++)
        cc_spec_check_relation(spec, entity, &entity->properties[p], properties->entries[p].value);
    cc_spec_filters(spec, entity, node);
}

void cc_spec_entities(cc_spec *spec, const cc_yaml *node)
{
    cc_file    *file = spec->file;
    cc_entity **all;
    size_t      count = 0;

    if (node != NULL && cc_yaml_want_map(node, "entities", spec->problems))
        count = node->count;
    file->entities = cc_spec_alloc(spec, count + 1, sizeof *file->entities);
    all = cc_spec_alloc(spec, count + 1, sizeof *all);
    if (file->entities == NULL || all == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        all[i] = load_entity(spec, &node->entries[i]);
        if (all[i] == NULL)
            return;
        file->entities[i] = &all[i]->entity;
        file->entity_count++;
    }
    if (count > 0)
        cc_spec_hierarchies(spec, all, node);
    for (size_t i = 0; i < count; i++)
        if (node->entries[i].value->kind == CC_YAML_MAP)
            check_entity(spec, &all[i]->entity, node->entries[i].value);
}
