#include <string.h>

#include "base/text.h"
#include "harness/spec/spec_private.h"

#define LONGEST_VARCHAR 10485760U
#define LARGEST_PRECISION 1000U
#define LARGEST_FRACTION 6U

typedef enum scope {
    FOR_ALL,
    FOR_COLUMNS,
    FOR_TO_ONE,
    FOR_RELATIONS,
    FOR_COLLECTION,
    FOR_LENGTH,
    FOR_DECIMAL,
    FOR_ENUM,
    FOR_INTEGERS,
    FOR_VERSIONS
} scope;

/* Which types a key makes sense for, in words for the message. */
static const struct {
    const char *key;
    scope       only;
    const char *types;
} limits[] = {
    { "primary", FOR_COLUMNS, "properties that have a column" },
    { "nullable", FOR_COLUMNS, "properties that have a column" },
    { "unique", FOR_COLUMNS, "properties that have a column" },
    { "default", FOR_COLUMNS, "properties that have a column" },
    { "version", FOR_VERSIONS, "the types smallint, integer, bigint and timestamptz" },
    { "concurrency_check", FOR_COLUMNS, "properties that have a column" },
    { "column", FOR_COLUMNS, "properties that have a column" },
    { "autoincrement", FOR_INTEGERS, "the types smallint, integer, bigint and bigint-text" },
    { "length", FOR_LENGTH, "the types string and timestamptz" },
    { "precision", FOR_DECIMAL, "the type decimal" },
    { "scale", FOR_DECIMAL, "the type decimal" },
    { "items", FOR_ENUM, "the type enum" },
    { "target", FOR_RELATIONS, "many-to-one and one-to-many" },
    { "mapped_by", FOR_COLLECTION, "one-to-many" },
    { "inversed_by", FOR_TO_ONE, "many-to-one" },
    { "delete_rule", FOR_TO_ONE, "many-to-one" },
    { "update_rule", FOR_TO_ONE, "many-to-one" },
};

static bool fits(scope only, orm_type type)
{
    switch (only) {
    case FOR_ALL:
        return true;
    case FOR_COLUMNS:
        return type != ORM_TYPE_COLLECTION;
    case FOR_TO_ONE:
        return type == ORM_TYPE_REFERENCE;
    case FOR_RELATIONS:
        return type == ORM_TYPE_REFERENCE || type == ORM_TYPE_COLLECTION;
    case FOR_COLLECTION:
        return type == ORM_TYPE_COLLECTION;
    case FOR_LENGTH:
        return type == ORM_TYPE_STRING || type == ORM_TYPE_TIMESTAMPTZ;
    case FOR_DECIMAL:
        return type == ORM_TYPE_DECIMAL;
    case FOR_ENUM:
        return type == ORM_TYPE_ENUM;
    case FOR_INTEGERS:
        return type == ORM_TYPE_SMALLINT || type == ORM_TYPE_INTEGER || type == ORM_TYPE_BIGINT ||
               type == ORM_TYPE_BIGINT_TEXT;
    case FOR_VERSIONS:
        return type == ORM_TYPE_SMALLINT || type == ORM_TYPE_INTEGER || type == ORM_TYPE_BIGINT ||
               type == ORM_TYPE_TIMESTAMPTZ;
    }
    return false;
}

const char *cc_spec_key_is_for(const char *key)
{
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        if (strcmp(limits[i].key, key) == 0)
            return limits[i].types;
    }
    return NULL;
}

static void check_keys_fit(cc_spec *spec, const cc_yaml *node, orm_type type, const char *type_name)
{
    for (size_t i = 0; i < node->count; i++) {
        for (size_t k = 0; k < sizeof limits / sizeof limits[0]; k++) {
            if (strcmp(limits[k].key, node->entries[i].key) == 0 && !fits(limits[k].only, type))
                cc_problem_add(spec->problems, node->entries[i].place, "'%s' is for %s, not for %s", limits[k].key,
                               limits[k].types, type_name);
        }
    }
}

static bool flag(cc_spec *spec, const cc_yaml *node, const char *key)
{
    const cc_yaml *value = cc_yaml_get(node, key);
    bool           on = false;

    return value != NULL && cc_yaml_want_bool(value, key, &on, spec->problems) && on;
}

static void enum_items(cc_spec *spec, const cc_yaml *node, orm_property *out)
{
    const cc_yaml *list = cc_spec_required(spec, node, "items", "an enum");
    const char   **items;

    if (list == NULL || !cc_yaml_want_list(list, "items", spec->problems))
        return;
    if (list->count == 0)
        cc_problem_add(spec->problems, list->place, "items is empty; an enum needs at least one");
    items = cc_spec_alloc(spec, list->count + 1, sizeof *items);
    for (size_t i = 0; items != NULL && i < list->count; i++) {
        if (cc_yaml_want_string(list->items[i], "an item of an enum", &items[out->enum_count], spec->problems))
            out->enum_count++;
    }
    out->enum_items = items;
}

static orm_reference_rule rule(cc_spec *spec, const cc_yaml *node, const char *key)
{
    const cc_yaml *value = cc_yaml_get(node, key);
    int            found = ORM_RULE_AUTO;

    if (value != NULL)
        (void)cc_spec_word(spec, value, key, cc_reference_rules, &found);
    return (orm_reference_rule)found;
}

static void relation(cc_spec *spec, const cc_yaml *node, orm_property *out)
{
    bool to_one = out->type == ORM_TYPE_REFERENCE;

    out->relation = to_one ? ORM_RELATION_MANY_TO_ONE : ORM_RELATION_ONE_TO_MANY;
    (void)cc_spec_required(spec, node, "target", to_one ? "a many-to-one" : "a one-to-many");
    if (!to_one)
        (void)cc_spec_required(spec, node, "mapped_by", "a one-to-many");
    out->target = cc_spec_text(spec, node, "target");
    out->mapped_by = cc_spec_text(spec, node, "mapped_by");
    out->inversed_by = cc_spec_text(spec, node, "inversed_by");
    out->delete_rule = rule(spec, node, "delete_rule");
    out->update_rule = rule(spec, node, "update_rule");
}

static void options(cc_spec *spec, const cc_yaml *node, orm_property *out)
{
    const cc_yaml *autoincrement = cc_yaml_get(node, "autoincrement");

    out->primary = flag(spec, node, "primary");
    out->nullable = flag(spec, node, "nullable");
    out->unique = flag(spec, node, "unique");
    out->version = flag(spec, node, "version");
    out->concurrency_check = flag(spec, node, "concurrency_check");
    if (autoincrement != NULL)
        out->autoincrement = flag(spec, node, "autoincrement") ? ORM_ON : ORM_OFF;
    out->column = cc_spec_text(spec, node, "column");
    out->default_raw = cc_spec_text(spec, node, "default");
    out->comment = cc_spec_text(spec, node, "comment");
    out->has_length = cc_yaml_get(node, "length") != NULL;
    if (out->type == ORM_TYPE_TIMESTAMPTZ)
        out->length = cc_spec_number(spec, node, "length", 0, LARGEST_FRACTION);
    else
        out->length = cc_spec_number(spec, node, "length", 1, LONGEST_VARCHAR);
    out->precision = cc_spec_number(spec, node, "precision", 1, LARGEST_PRECISION);
    out->scale = cc_spec_number(spec, node, "scale", 0, LARGEST_PRECISION);
    if (out->scale > out->precision)
        cc_problem_add(spec->problems, cc_yaml_get(node, "scale")->place, "scale is larger than precision");
    if (out->primary && out->nullable)
        cc_problem_add(spec->problems, cc_yaml_get(node, "nullable")->place, "a primary key cannot be nullable");
}

static bool property_type(cc_spec *spec, const cc_yaml *node, int *out)
{
    const char *text = NULL;
    const char *hint;

    if (!cc_yaml_want_string(node, "type", &text, spec->problems))
        return false;
    if (cc_word_named(cc_property_types, text, out))
        return true;
    hint = cc_spec_type_hint(spec, text);
    if (hint != NULL)
        cc_problem_add(spec->problems, node->place, "unknown type '%s'; did you mean %s?", text, hint);
    else
        cc_yaml_unknown_word(node->place, "type", text, cc_spec_texts(spec, cc_property_types), spec->problems);
    return false;
}

void cc_spec_property(cc_spec *spec, const char *entity, const cc_yaml_entry *entry, orm_property *out)
{
    const cc_yaml *node = entry->value;
    const cc_yaml *type;
    int            found = ORM_TYPE_NONE;

    out->name = entry->key;
    if (!cc_is_name(entry->key))
        cc_problem_add(spec->problems, entry->place, "'%s' is no name for a property of %s; use letters, digits and _",
                       entry->key, entity);
    if (!cc_yaml_want_map(node, "a property", spec->problems))
        return;
    (void)cc_yaml_check_keys(node, "a property", cc_property_keys, spec->problems);
    type = cc_spec_required(spec, node, "type", "the property");
    if (type == NULL || !property_type(spec, type, &found))
        return;
    out->type = (orm_type)found;
    check_keys_fit(spec, node, out->type, type->text);
    options(spec, node, out);
    if (out->type == ORM_TYPE_REFERENCE || out->type == ORM_TYPE_COLLECTION)
        relation(spec, node, out);
    if (out->type == ORM_TYPE_ENUM)
        enum_items(spec, node, out);
}

/* The property of the target that the other side names, which must be of the given kind and point back. */
static void check_other_side(cc_spec *spec, const orm_entity *entity, const orm_entity *target, const cc_yaml *node,
                             const char *name, orm_relation wanted)
{
    const orm_property *other = cc_spec_property_named(target, name);

    if (other == NULL)
        cc_spec_unknown_property(spec, node->place, target, name);
    else if (other->relation != wanted || !orm_text_equal(other->target, entity->name))
        cc_problem_add(spec->problems, node->place, "%s.%s must be a %s with target %s", target->name, name,
                       wanted == ORM_RELATION_MANY_TO_ONE ? "many-to-one" : "one-to-many", entity->name);
}

void cc_spec_check_relation(cc_spec *spec, const orm_entity *entity, const orm_property *property, const cc_yaml *node)
{
    const orm_entity *target;

    if (property->relation == ORM_RELATION_NONE || property->target == NULL)
        return;
    target = cc_spec_entity_named(spec->file, property->target);
    if (target == NULL) {
        cc_spec_unknown_entity(spec, cc_yaml_get(node, "target")->place, property->target);
        return;
    }
    if (property->mapped_by != NULL && property->relation == ORM_RELATION_ONE_TO_MANY)
        check_other_side(spec, entity, target, cc_yaml_get(node, "mapped_by"), property->mapped_by,
                         ORM_RELATION_MANY_TO_ONE);
    if (property->inversed_by != NULL && property->relation == ORM_RELATION_MANY_TO_ONE)
        check_other_side(spec, entity, target, cc_yaml_get(node, "inversed_by"), property->inversed_by,
                         ORM_RELATION_ONE_TO_MANY);
}
