/*
 * Conditions in MikroORM's words: {name: Ann, age: {$gte: 18}, books: {title: {$like: "A%"}}, $or: [{...}, {...}]}.
 */
#include <string.h>

#include "base/text.h"
#include "harness/spec/spec_private.h"

static const char *const comparing_words[] = { "$eq", "$ne",   "$gt",   "$gte",    "$lt", "$lte",
                                               "$in", "$nin",  "$like", "$ilike",  "$exists", NULL };
const char *const cc_where_words[] = { "$eq",  "$ne",   "$gt",    "$gte",    "$lt",  "$lte", "$in",
                                         "$nin", "$like", "$ilike", "$exists", "$and", "$or",  "$not", NULL };

static bool is_word(const char *text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(*words, text) == 0)
            return true;
    return false;
}

static void object(cc_case_loader *c, const orm_entity *entity, const cc_yaml *node);

static void operand(cc_case_loader *c, const orm_property *property, const cc_yaml_entry *entry)
{
    const char *word = entry->key;
    bool        flag;

    if ((strcmp(word, "$in") == 0 || strcmp(word, "$nin") == 0) &&
        !(c->of_filter && entry->value->kind == CC_YAML_STRING && cc_is_reference(entry->value->text)))
        (void)cc_yaml_want_list(entry->value, word, c->spec->problems);
    else if (strcmp(word, "$exists") == 0)
        (void)cc_yaml_want_bool(entry->value, word, &flag, c->spec->problems);
    if (property != NULL && property->relation != ORM_RELATION_NONE && entry->value->kind == CC_YAML_STRING)
        cc_spec_fits_relation(c, property, entry->value);
    else
        cc_spec_value(c, entry->value);
}

/* {$gte: 1, $lt: 5}; `not` is allowed where a condition on one property is turned round. */
static void operators(cc_case_loader *c, const orm_property *property, const cc_yaml *node)
{
    for (size_t i = 0; i < node->count; i++) {
        const cc_yaml_entry *entry = &node->entries[i];

        if (strcmp(entry->key, "$not") == 0 && entry->value->kind == CC_YAML_MAP)
            operators(c, property, entry->value);
        else if (is_word(entry->key, comparing_words))
            operand(c, property, entry);
        else
            cc_yaml_unknown_word(entry->place, "operator", entry->key, comparing_words, c->spec->problems);
    }
}

static bool has_operator(const cc_yaml *node)
{
    for (size_t i = 0; i < node->count; i++)
        if (node->entries[i].key[0] == '$')
            return true;
    return false;
}

/* Whether a map behind a relation compares its key, rather than speaking of the rows that it leads to. */
static bool compares_key(const cc_yaml *node)
{
    return node->count > 0 && is_word(node->entries[0].key, comparing_words);
}

static void property_value(cc_case_loader *c, const orm_property *property, const cc_yaml *node)
{
    bool is_relation = property->relation != ORM_RELATION_NONE;

    if (node->kind == CC_YAML_MAP && property->type == ORM_TYPE_EMBEDDED)
        object(c, property->embeddable, node);
    else if (node->kind == CC_YAML_MAP && is_relation && !compares_key(node))
        object(c, property->target == NULL ? NULL : cc_spec_entity_named(c->spec->file, property->target), node);
    else if (node->kind == CC_YAML_MAP && (is_relation || has_operator(node)))
        operators(c, property, node);
    else if (is_relation && node->kind == CC_YAML_STRING)
        cc_spec_fits_relation(c, property, node);
    else
        cc_spec_value(c, node);
}

static void branches(cc_case_loader *c, const orm_entity *entity, const cc_yaml_entry *entry)
{
    if (!cc_yaml_want_list(entry->value, entry->key, c->spec->problems))
        return;
    for (size_t i = 0; i < entry->value->count; i++)
        if (cc_yaml_want_map(entry->value->items[i], "a condition", c->spec->problems))
            object(c, entity, entry->value->items[i]);
}

/* Depth is bounded by the YAML loader. */
static void object(cc_case_loader *c, const orm_entity *entity, const cc_yaml *node)
{
    for (size_t i = 0; i < node->count; i++) {
        const cc_yaml_entry *entry = &node->entries[i];
        const orm_property  *property = NULL;

        if (strcmp(entry->key, "$and") == 0 || strcmp(entry->key, "$or") == 0) {
            branches(c, entity, entry);
        } else if (strcmp(entry->key, "$not") == 0) {
            if (cc_yaml_want_map(entry->value, entry->key, c->spec->problems))
                object(c, entity, entry->value);
        } else if (entry->key[0] == '$') {
            cc_yaml_unknown_word(entry->place, "operator", entry->key, cc_where_words, c->spec->problems);
        } else if (entity != NULL) {
            property = cc_spec_property_named(entity, entry->key);
            if (property == NULL)
                cc_spec_unknown_property(c->spec, entry->place, entity, entry->key);
            else
                property_value(c, property, entry->value);
        }
    }
}

void cc_spec_where(cc_case_loader *c, const orm_entity *entity, const char *key, const cc_yaml *node)
{
    if (node->kind == CC_YAML_MAP)
        object(c, entity, node);
    else if (node->kind == CC_YAML_NULL)
        cc_problem_add(c->spec->problems, node->place, "%s must be a map of properties and conditions, or a key, not %s", key,
                       cc_yaml_kind_name(node->kind));
    else
        cc_spec_value(c, node);
}
