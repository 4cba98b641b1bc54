/* What goes with a find: paths to populate, fields, order, hints. */
#include <string.h>

#include "base/text.h"
#include "harness/spec/spec_private.h"

/* Where a path goes on behind the property. */
static const orm_entity *target_of(cc_case_loader *c, const orm_property *property)
{
    if (property->type == ORM_TYPE_EMBEDDED)
        return property->embeddable;
    return property->target == NULL ? NULL : cc_spec_entity_named(c->spec->file, property->target);
}

/* The property that the next name of a path stands for; NULL after a problem. */
static const orm_property *next_property(cc_case_loader *c, const orm_entity *entity, cc_place place, const char *name)
{
    const orm_property *property = cc_spec_property_named(entity, name);

    if (property == NULL)
        cc_spec_unknown_property(c->spec, place, entity, name);
    return property;
}

/*
 * "books.author": each name a property of the entity that the one before leads to. All but the last are relations; so is
 * the last, unless `fields`.
 */
static void one_path(cc_case_loader *c, const orm_entity *entity, cc_place place, const char *text, bool fields)
{
    while (entity != NULL) {
        size_t              length = strcspn(text, ".");
        const char         *name = cc_spec_printf(c->spec, "%.*s", (int)length, text);
        const orm_property *property;

        if (name == NULL || (strcmp(name, "*") == 0 && text[length] == '\0'))
            return;
        property = next_property(c, entity, place, name);
        if (property == NULL)
            return;
        if (property->relation == ORM_RELATION_NONE && property->type != ORM_TYPE_EMBEDDED && (text[length] != '\0' || (!fields && !property->lazy))) {
            cc_problem_add(c->spec->problems, place, "%s.%s is no relation", entity->name, name);
            return;
        }
        if (text[length] == '\0')
            return;
        text += length + 1;
        entity = target_of(c, property);
    }
}

/* ":ref" behind a populate path loads only the key. */
static const char *without_ref(cc_case_loader *c, const char *text)
{
    size_t length = strlen(text);

    return length > 4 && strcmp(text + length - 4, ":ref") == 0
               ? cc_spec_printf(c->spec, "%.*s", (int)(length - 4), text)
               : text;
}

static void populate_path(cc_case_loader *c, const orm_entity *entity, const cc_yaml *node)
{
    const char *text = NULL;

    if (!cc_yaml_want_string(node, "a path", &text, c->spec->problems) || strcmp(text, "$infer") == 0)
        return;
    text = without_ref(c, text);
    if (text != NULL)
        one_path(c, entity, node->place, text, false);
}

void cc_spec_paths(cc_case_loader *c, const orm_entity *entity, const cc_yaml *node)
{
    if (node->kind != CC_YAML_LIST) {
        populate_path(c, entity, node);
        return;
    }
    for (size_t i = 0; i < node->count; i++)
        populate_path(c, entity, node->items[i]);
}

static void field(cc_case_loader *c, const orm_entity *entity, const cc_yaml *node)
{
    const char *text = NULL;

    if (cc_yaml_want_string(node, "a path", &text, c->spec->problems))
        one_path(c, entity, node->place, text, true);
}

void cc_spec_fields(cc_case_loader *c, const orm_entity *entity, const cc_yaml *node)
{
    if (node->kind != CC_YAML_LIST) {
        field(c, entity, node);
        return;
    }
    for (size_t i = 0; i < node->count; i++)
        field(c, entity, node->items[i]);
}

/* Depth is bounded by the YAML loader. */
void cc_spec_order(cc_case_loader *c, const orm_entity *entity, const cc_yaml *node)
{
    int found;

    for (size_t i = 0; i < node->count; i++) {
        const cc_yaml_entry *entry = &node->entries[i];
        const orm_property  *property = entity == NULL ? NULL : next_property(c, entity, entry->place, entry->key);
        bool                 is_relation = property != NULL && (property->relation != ORM_RELATION_NONE || property->type == ORM_TYPE_EMBEDDED);

        if (entry->value->kind == CC_YAML_MAP && (property == NULL || is_relation)) {
            cc_spec_order(c, property == NULL ? NULL : target_of(c, property), entry->value);
            continue;
        }
        if (property != NULL && property->type == ORM_TYPE_COLLECTION)
            cc_problem_add(c->spec->problems, entry->place, "%s.%s has no column to order by; say by which property of %s",
                           entity->name, property->name, property->target);
        (void)cc_spec_word(c->spec, entry->value, "direction", cc_directions, &found);
    }
}

/* ---- Hints ---- */

static const orm_entity *end_of(cc_case_loader *c, const orm_entity *entity, const char *path)
{
    while (entity != NULL) {
        size_t              length = strcspn(path, ".");
        const char         *name = cc_spec_printf(c->spec, "%.*s", (int)length, path);
        const orm_property *property = name == NULL ? NULL : cc_spec_property_named(entity, name);

        entity = property == NULL ? NULL : target_of(c, property);
        if (path[length] == '\0')
            return entity;
        path += length + 1;
    }
    return NULL;
}

static void one_hint(cc_case_loader *c, const orm_entity *entity, const cc_yaml_entry *entry)
{
    const cc_yaml *strategy;
    const cc_yaml *order;
    int            found;

    if (!cc_yaml_want_map(entry->value, "a hint", c->spec->problems))
        return;
    one_path(c, entity, entry->place, entry->key, false);
    (void)cc_yaml_check_keys(entry->value, "a hint", cc_hint_keys, c->spec->problems);
    strategy = cc_yaml_get(entry->value, "strategy");
    order = cc_yaml_get(entry->value, "order");
    if (strategy != NULL)
        (void)cc_spec_word(c->spec, strategy, "strategy", cc_strategies, &found);
    if (order != NULL && cc_yaml_want_map(order, "order", c->spec->problems))
        cc_spec_order(c, end_of(c, entity, entry->key), order);
    (void)cc_spec_number(c->spec, entry->value, "limit", 1, 1000000);
    (void)cc_spec_number(c->spec, entry->value, "offset", 0, 1000000);
}

void cc_spec_hints(cc_case_loader *c, const orm_entity *entity, const cc_yaml *node)
{
    for (size_t i = 0; i < node->count; i++)
        one_hint(c, entity, &node->entries[i]);
}
