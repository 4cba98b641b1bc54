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
    for (size_t i = 0; i < entity->property_count; i++) {
        if (strcmp(entity->properties[i].name, name) == 0)
            return &entity->properties[i];
    }
    return NULL;
}

void cc_spec_unknown_property(cc_spec *spec, cc_place place, const orm_entity *entity, const char *name)
{
    const char **names = cc_spec_alloc(spec, entity->property_count + 1, sizeof *names);

    if (names == NULL)
        return;
    for (size_t i = 0; i < entity->property_count; i++)
        names[i] = entity->properties[i].name;
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

static void check_key(cc_spec *spec, const orm_entity *entity, cc_place place)
{
    for (size_t i = 0; i < entity->property_count; i++) {
        if (entity->properties[i].primary)
            return;
    }
    cc_problem_add(spec->problems, place, "entity %s has no primary key; give one property `primary: true`",
                   entity->name);
}

static orm_entity *load_entity(cc_spec *spec, const cc_yaml_entry *entry)
{
    orm_entity    *entity = cc_spec_alloc(spec, 1, sizeof *entity);
    const cc_yaml *list;
    orm_property  *properties;

    if (entity == NULL)
        return NULL;
    entity->name = entry->key;
    if (!cc_is_name(entry->key))
        cc_problem_add(spec->problems, entry->place, "'%s' is no name for an entity; use letters, digits and _",
                       entry->key);
    if (!cc_yaml_want_map(entry->value, "an entity", spec->problems))
        return entity;
    (void)cc_yaml_check_keys(entry->value, "an entity", cc_entity_keys, spec->problems);
    entity->table = cc_spec_text(spec, entry->value, "table");
    entity->comment = cc_spec_text(spec, entry->value, "comment");
    list = cc_spec_required(spec, entry->value, "properties", "the entity");
    if (list == NULL || !cc_yaml_want_map(list, "properties", spec->problems))
        return entity;
    properties = cc_spec_alloc(spec, list->count, sizeof *properties);
    if (properties == NULL)
        return entity;
    for (size_t i = 0; i < list->count; i++)
        cc_spec_property(spec, entity->name, &list->entries[i], &properties[i]);
    entity->properties = properties;
    entity->property_count = list->count;
    entity->uniques = cc_spec_indexes(spec, entity, entry->value, "uniques", &entity->unique_count);
    entity->indexes = cc_spec_indexes(spec, entity, entry->value, "indexes", &entity->index_count);
    check_key(spec, entity, entry->place);
    return entity;
}

void cc_spec_entities(cc_spec *spec, const cc_yaml *node)
{
    cc_file     *file = spec->file;
    orm_entity **made; /* the same as the file's */
    size_t       count = 0;

    if (node != NULL && cc_yaml_want_map(node, "entities", spec->problems))
        count = node->count;
    file->entities = cc_spec_alloc(spec, count + 1, sizeof *file->entities);
    made = cc_spec_alloc(spec, count + 1, sizeof *made);
    if (file->entities == NULL || made == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        file->entities[i] = made[i] = load_entity(spec, &node->entries[i]);
        if (made[i] == NULL)
            return;
        file->entity_count++;
    }
    for (size_t i = 0; i < count; i++) {
        const orm_entity *entity = file->entities[i];
        const cc_yaml    *properties = cc_yaml_get(node->entries[i].value, "properties");

        for (size_t p = 0; p < entity->property_count; p++)
            cc_spec_check_relation(spec, entity, &entity->properties[p], properties->entries[p].value);
    }    for (size_t i = 0; i < count; i++)
        if (node->entries[i].value->kind == CC_YAML_MAP)
            cc_spec_filters(spec, made[i], node->entries[i].value);
}
