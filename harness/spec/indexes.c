/* Indexes and unique constraints of an entity: lists of properties, with a name where it matters. */
#include "harness/spec/spec_private.h"

static const char *property_name(cc_spec *spec, const orm_entity *entity, const cc_yaml *node)
{
    const orm_property *property;
    const char         *name = NULL;

    if (!cc_yaml_want_string(node, "the name of a property", &name, spec->problems))
        return NULL;
    property = cc_spec_property_named(entity, name);
    if (property == NULL)
        cc_spec_unknown_property(spec, node->place, entity, name);
    else if (property->type == ORM_TYPE_COLLECTION)
        cc_problem_add(spec->problems, node->place, "%s.%s has no column", entity->name, name);
    return name;
}

static const char *const *property_names(cc_spec *spec, const orm_entity *entity, const cc_yaml *list)
{
    const char **names = cc_spec_alloc(spec, list->count + 1, sizeof *names);
    size_t       count = 0;

    if (list->count == 0)
        cc_problem_add(spec->problems, list->place, "name at least one property");
    for (size_t i = 0; names != NULL && i < list->count; i++) {
        names[count] = property_name(spec, entity, list->items[i]);
        if (names[count] != NULL)
            count++;
    }
    return names;
}

/* [a, b], or {of: [a, b], name: by_a_and_b} */
static void one(cc_spec *spec, const orm_entity *entity, const cc_yaml *node, orm_index *out)
{
    const cc_yaml *list = node;

    if (node->kind == CC_YAML_MAP) {
        (void)cc_yaml_check_keys(node, "an index", cc_index_keys, spec->problems);
        out->name = cc_spec_text(spec, node, "name");
        list = cc_spec_required(spec, node, "of", "an index");
    }
    if (list != NULL && cc_yaml_want_list(list, "an index", spec->problems))
        out->properties = property_names(spec, entity, list);
}

const orm_index *cc_spec_indexes(cc_spec *spec, const orm_entity *entity, const cc_yaml *node, const char *key,
                                 size_t *count)
{
    const cc_yaml *list = cc_yaml_get(node, key);
    orm_index     *indexes;

    *count = 0;
    if (list == NULL || !cc_yaml_want_list(list, key, spec->problems))
        return NULL;
    indexes = cc_spec_alloc(spec, list->count + 1, sizeof *indexes);
    for (size_t i = 0; indexes != NULL && i < list->count; i++)
        one(spec, entity, list->items[i], &indexes[(*count)++]);
    return indexes;
}
