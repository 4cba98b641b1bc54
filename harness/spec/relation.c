/* Relations between entities of a file: the keys of such properties, and the other side. */
#include <string.h>

#include "base/text.h"
#include "harness/spec/spec_private.h"

orm_type cc_spec_type_of(int word, orm_relation *relation)
{
    switch (word) {
    case CC_TYPE_ONE_TO_ONE:
        *relation = ORM_RELATION_ONE_TO_ONE;
        return ORM_TYPE_REFERENCE;
    case CC_TYPE_MANY_TO_MANY:
        *relation = ORM_RELATION_MANY_TO_MANY;
        return ORM_TYPE_COLLECTION;
    case ORM_TYPE_REFERENCE:
        *relation = ORM_RELATION_MANY_TO_ONE;
        break;
    case ORM_TYPE_COLLECTION:
        *relation = ORM_RELATION_ONE_TO_MANY;
        break;
    default:
        *relation = ORM_RELATION_NONE;
        break;
    }
    return (orm_type)word;
}

static const char *name_of(orm_relation relation)
{
    static const char *const names[] = { [ORM_RELATION_NONE] = "property without a relation",
                                         [ORM_RELATION_MANY_TO_ONE] = "many-to-one",
                                         [ORM_RELATION_ONE_TO_MANY] = "one-to-many",
                                         [ORM_RELATION_ONE_TO_ONE] = "one-to-one",
                                         [ORM_RELATION_MANY_TO_MANY] = "many-to-many" };

    return names[relation];
}

static orm_reference_rule rule(cc_spec *spec, const cc_yaml *node, const char *key)
{
    const cc_yaml *value = cc_yaml_get(node, key);
    int            found = ORM_RULE_AUTO;

    if (value != NULL)
        (void)cc_spec_word(spec, value, key, cc_reference_rules, &found);
    return (orm_reference_rule)found;
}

static bool flag(cc_spec *spec, const cc_yaml *node, const char *key)
{
    const cc_yaml *value = cc_yaml_get(node, key);
    bool           on = false;

    return value != NULL && cc_yaml_want_bool(value, key, &on, spec->problems) && on;
}

/* Names of columns, ended by NULL; NULL when the key was not given. */
static const char *const *names(cc_spec *spec, const cc_yaml *node, const char *key)
{
    const cc_yaml *list = cc_yaml_get(node, key);
    const char   **out;
    size_t         count = 0;

    if (list == NULL || !cc_yaml_want_list(list, key, spec->problems))
        return NULL;
    if (list->count == 0)
        cc_problem_add(spec->problems, list->place, "%s is empty; name the columns or leave it out", key);
    out = cc_spec_alloc(spec, list->count + 1, sizeof *out);
    for (size_t i = 0; out != NULL && i < list->count; i++)
        if (cc_yaml_want_string(list->items[i], "the name of a column", &out[count], spec->problems))
            count++;
    return out;
}

/* Keys of the side that has the foreign key or the pivot table. */
static void check_mapped(cc_spec *spec, const cc_yaml *node)
{
    static const char *const owner_keys[] = { "primary",      "unique",      "column",       "default",
                                              "inversed_by",  "delete_rule", "update_rule",  "join_columns",
                                              "pivot_table",  "pivot_entity", "fixed_order", "fixed_order_column",
                                              "inverse_join_columns" };

    for (size_t i = 0; i < node->count; i++)
        for (size_t k = 0; k < sizeof owner_keys / sizeof owner_keys[0]; k++)
            if (strcmp(node->entries[i].key, owner_keys[k]) == 0)
                cc_problem_add(spec->problems, node->entries[i].place,
                               "'%s' is for the side that owns the relation, and this one is mapped by the other",
                               owner_keys[k]);
}

void cc_spec_relation(cc_spec *spec, const cc_yaml *node, orm_property *out)
{
    const char    *what = cc_spec_printf(spec, "a %s", name_of(out->relation));
    const cc_yaml *cascade = cc_yaml_get(node, "cascade");
    const cc_yaml *strategy = cc_yaml_get(node, "strategy");
    int            loaded = ORM_STRATEGY_DEFAULT;
    int            word = ORM_CASCADE_DEFAULT;

    (void)cc_spec_required(spec, node, "target", what);
    if (out->relation == ORM_RELATION_ONE_TO_MANY)
        (void)cc_spec_required(spec, node, "mapped_by", what);
    out->target = cc_spec_text(spec, node, "target");
    out->mapped_by = cc_spec_text(spec, node, "mapped_by");
    out->inversed_by = cc_spec_text(spec, node, "inversed_by");
    out->delete_rule = rule(spec, node, "delete_rule");
    out->update_rule = rule(spec, node, "update_rule");
    if (cascade != NULL)
        (void)cc_spec_word(spec, cascade, "cascade", cc_cascades, &word);
    out->cascade = (orm_cascade)word;
    if (strategy != NULL)
        (void)cc_spec_word(spec, strategy, "strategy", cc_strategies, &loaded);
    out->strategy = (orm_strategy)loaded;
    out->orphan_removal = flag(spec, node, "orphan_removal");
    out->join_columns = names(spec, node, "join_columns");
    out->inverse_join_columns = names(spec, node, "inverse_join_columns");
    out->pivot_table = cc_spec_text(spec, node, "pivot_table");
    out->pivot_entity = cc_spec_text(spec, node, "pivot_entity");
    out->fixed_order = flag(spec, node, "fixed_order");
    out->fixed_order_column = cc_spec_text(spec, node, "fixed_order_column");
    if (out->mapped_by != NULL)
        check_mapped(spec, node);
}

/* ---- The other side ---- */

static orm_relation opposite(orm_relation relation)
{
    switch (relation) {
    case ORM_RELATION_MANY_TO_ONE:
        return ORM_RELATION_ONE_TO_MANY;
    case ORM_RELATION_ONE_TO_MANY:
        return ORM_RELATION_MANY_TO_ONE;
    default:
        return relation;
    }
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
                       name_of(wanted), entity->name);
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
    if (property->pivot_entity != NULL && cc_spec_entity_named(spec->file, property->pivot_entity) == NULL)
        cc_spec_unknown_entity(spec, cc_yaml_get(node, "pivot_entity")->place, property->pivot_entity);
    if (property->mapped_by != NULL)
        check_other_side(spec, entity, target, cc_yaml_get(node, "mapped_by"), property->mapped_by,
                         opposite(property->relation));
    if (property->inversed_by != NULL)
        check_other_side(spec, entity, target, cc_yaml_get(node, "inversed_by"), property->inversed_by,
                         opposite(property->relation));
}
