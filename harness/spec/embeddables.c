/* Embeddables: values with members, in entities and in each other. */
#include <string.h>

#include "harness/spec/spec_private.h"

const orm_entity *cc_spec_embeddable_named(const cc_file *file, const char *name)
{
    for (size_t i = 0; i < file->embeddable_count; i++)
        if (strcmp(file->embeddables[i]->name, name) == 0)
            return file->embeddables[i];
    return NULL;
}

void cc_spec_unknown_embeddable(cc_spec *spec, cc_place place, const char *name)
{
    const char **names = cc_spec_alloc(spec, spec->file->embeddable_count + 1, sizeof *names);

    if (names == NULL)
        return;
    for (size_t i = 0; i < spec->file->embeddable_count; i++)
        names[i] = spec->file->embeddables[i]->name;
    if (names[0] == NULL)
        cc_problem_add(spec->problems, place, "unknown embeddable '%s'; none stands above it", name);
    else
        cc_yaml_unknown_word(place, "embeddable", name, names, spec->problems);
}

const char *cc_spec_prefix(cc_spec *spec, const cc_yaml *node)
{
    const cc_yaml *value = cc_yaml_get(node, "prefix");
    const char    *text = NULL;

    return value != NULL && cc_yaml_want_string(value, "prefix", &text, spec->problems) ? text : NULL;
}

static void check_member(cc_spec *spec, const orm_property *member, const cc_yaml_entry *entry)
{
    if (member->primary || member->relation != ORM_RELATION_NONE)
        cc_problem_add(spec->problems, entry->place, "an embeddable has neither keys nor relations");
}

static void load_embeddable(cc_spec *spec, const cc_yaml_entry *entry, orm_entity *out)
{
    const cc_yaml *list;
    orm_property  *properties;

    *out = (orm_entity){ .name = entry->key, .embeddable = true };
    if (!cc_is_name(entry->key))
        cc_problem_add(spec->problems, entry->place, "'%s' is no name for an embeddable; use letters, digits and _",
                       entry->key);
    if (!cc_yaml_want_map(entry->value, "an embeddable", spec->problems))
        return;
    (void)cc_yaml_check_keys(entry->value, "an embeddable", cc_embeddable_keys, spec->problems);
    list = cc_spec_required(spec, entry->value, "properties", "the embeddable");
    if (list == NULL || !cc_yaml_want_map(list, "properties", spec->problems))
        return;
    if (list->count == 0)
        cc_problem_add(spec->problems, list->place, "the embeddable %s has no properties", entry->key);
    properties = cc_spec_alloc(spec, list->count, sizeof *properties);
    for (size_t i = 0; properties != NULL && i < list->count; i++) {
        cc_spec_property(spec, entry->key, &list->entries[i], &properties[i]);
        check_member(spec, &properties[i], &list->entries[i]);
    }
    out->properties = properties;
    out->property_count = properties == NULL ? 0 : list->count;
}

/* Each may be in those behind it, so none contains itself. */
void cc_spec_embeddables(cc_spec *spec, const cc_yaml *node)
{
    cc_file *file = spec->file;
    size_t   count = 0;

    if (node != NULL && cc_yaml_want_map(node, "embeddables", spec->problems))
        count = node->count;
    file->embeddables = cc_spec_alloc(spec, count + 1, sizeof *file->embeddables);
    for (size_t i = 0; file->embeddables != NULL && i < count; i++) {
        orm_entity *embeddable = cc_spec_alloc(spec, 1, sizeof *embeddable);

        if (embeddable == NULL)
            return;
        load_embeddable(spec, &node->entries[i], embeddable);
        file->embeddables[file->embeddable_count++] = embeddable;
    }
}
