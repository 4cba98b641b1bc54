/*
 * Filters of an entity, or of several: {where: {tenant: "${id}"}, default_on: true}. What stands as "${id}" in the condition
 * is the filter's parameter.
 */
#include <string.h>

#include "harness/expect/expect.h"
#include "harness/spec/condition.h"
#include "harness/spec/spec_private.h"

/* ---- The condition ---- */

/* The name in "${id}"; NULL: it is no parameter. */
static const char *param_in(cc_spec *spec, const cc_yaml *node)
{
    size_t      length = node->kind == CC_YAML_STRING ? strlen(node->text) : 0;
    const char *name;

    if (length <= 3 || !cc_is_reference(node->text) || node->text[length - 1] != '}')
        return NULL;
    name = cc_spec_printf(spec, "%.*s", (int)(length - 3), node->text + 2);
    return name != NULL && cc_is_name(name) ? name : NULL;
}

static const orm_entity *target_of(void *opaque, const orm_property *relation)
{
    cc_spec *spec = opaque;

    return relation->target == NULL ? NULL : cc_spec_entity_named(spec->file, relation->target);
}

static cc_step_status fail(void *opaque, const cc_yaml *node, const char *why)
{
    cc_spec *spec = opaque;

    cc_problem_add(spec->problems, node->place, "the condition of a filter: %s", why);
    return CC_STEP_BROKEN;
}

static cc_step_status value_of(void *opaque, const orm_property *property, const cc_yaml *node, orm_value *out)
{
    cc_spec    *spec = opaque;
    const char *param = param_in(spec, node);

    if (param != NULL) {
        *out = (orm_value){ .kind = ORM_VALUE_PARAM, .as.text = param };
        return CC_STEP_OK;
    }
    switch (node->kind) {
    case CC_YAML_NULL:
        *out = orm_null();
        return CC_STEP_OK;
    case CC_YAML_BOOL:
        *out = orm_bool(node->as.boolean);
        return CC_STEP_OK;
    case CC_YAML_INT:
        *out = orm_int(node->as.integer);
        return CC_STEP_OK;
    case CC_YAML_FLOAT:
        *out = property != NULL && property->type == ORM_TYPE_DECIMAL ? orm_text(node->text) : orm_double(node->as.real);
        return CC_STEP_OK;
    case CC_YAML_STRING:
        *out = orm_text(cc_plain_string(node->text));
        return CC_STEP_OK;
    default:
        return fail(spec, node, "it takes parameters, texts, numbers, booleans, null, and lists of them");
    }
}

/* So that the check of conditions knows them. Depth is bounded by the YAML loader. */
static void bind_params(cc_case_loader *c, const cc_yaml *node)
{
    const char *param = param_in(c->spec, node);

    for (size_t i = 0; node->kind == CC_YAML_LIST && i < node->count; i++)
        bind_params(c, node->items[i]);
    for (size_t i = 0; node->kind == CC_YAML_MAP && i < node->count; i++)
        bind_params(c, node->entries[i].value);
    if (param == NULL)
        return;
    for (size_t i = 0; i < c->names.count; i++)
        if (strcmp(c->names.items[i].name, param) == 0)
            return;
    cc_spec_bind(c, node->place, param, CC_BOUND_ANY, NULL);
}

static const orm_condition *condition_of(cc_spec *spec, const orm_entity *entity, const cc_yaml *node)
{
    cc_condition_reader reader = { .arena = spec->arena, .context = spec, .target = target_of, .value = value_of,
                                   .fail = fail };
    cc_case_loader      check = { .spec = spec, .of_filter = true };
    size_t              before = spec->problems->count;
    orm_condition      *where = cc_spec_alloc(spec, 1, sizeof *where);

    if (where == NULL || !cc_yaml_want_map(node, "where", spec->problems))
        return NULL;
    bind_params(&check, node);
    check.now = 1;
    cc_spec_where(&check, entity, "where", node);
    if (spec->problems->count == before)
        (void)cc_read_condition(&reader, entity, node, where);
    return where;
}

/* ---- One filter ---- */

static bool flag(cc_spec *spec, const cc_yaml *node, const char *key)
{
    const cc_yaml *value = cc_yaml_get(node, key);
    bool           on = false;

    return value != NULL && cc_yaml_want_bool(value, key, &on, spec->problems) && on;
}

/* All but its condition. NULL: there is none to be read. */
static const cc_yaml *begin(cc_spec *spec, const cc_yaml_entry *entry, orm_filter *out)
{
    out->name = entry->key;
    if (!cc_is_name(entry->key))
        cc_problem_add(spec->problems, entry->place, "'%s' is no name for a filter; use letters, digits and _", entry->key);
    if (!cc_yaml_want_map(entry->value, "a filter", spec->problems))
        return NULL;
    (void)cc_yaml_check_keys(entry->value, "a filter", cc_filter_keys, spec->problems);
    out->default_on = flag(spec, entry->value, "default_on");
    out->strict = flag(spec, entry->value, "strict");
    return cc_spec_required(spec, entry->value, "where", "a filter");
}

static void refuse_shared_keys(cc_spec *spec, const cc_yaml *node)
{
    static const char *const keys[] = { "of_entities", "with_property" };

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (cc_yaml_get(node, keys[i]) != NULL)
            cc_problem_add(spec->problems, cc_yaml_get(node, keys[i])->place,
                           "'%s' is for filters of the file; this one is of its entity alone", keys[i]);
}

void cc_spec_filters(cc_spec *spec, orm_entity *entity, const cc_yaml *node)
{
    const cc_yaml *map = cc_yaml_get(node, "filters");
    orm_filter    *filters;

    if (map == NULL || !cc_yaml_want_map(map, "filters", spec->problems))
        return;
    filters = cc_spec_alloc(spec, map->count + 1, sizeof *filters);
    for (size_t i = 0; filters != NULL && i < map->count; i++) {
        const cc_yaml *where = begin(spec, &map->entries[i], &filters[i]);

        if (map->entries[i].value->kind == CC_YAML_MAP)
            refuse_shared_keys(spec, map->entries[i].value);
        if (where != NULL)
            filters[i].where = condition_of(spec, entity, where);
    }
    entity->filters = filters;
    entity->filter_count = filters == NULL ? 0 : map->count;
}

/* ---- Filters of several entities ---- */

static const char *const *entity_names(cc_spec *spec, const cc_yaml *list)
{
    const char **names;
    size_t       count = 0;

    if (!cc_yaml_want_list(list, "of_entities", spec->problems))
        return NULL;
    names = cc_spec_alloc(spec, list->count + 1, sizeof *names);
    for (size_t i = 0; names != NULL && i < list->count; i++) {
        if (!cc_yaml_want_string(list->items[i], "the name of an entity", &names[count], spec->problems))
            continue;
        if (cc_spec_entity_named(spec->file, names[count]) == NULL)
            cc_spec_unknown_entity(spec, list->items[i]->place, names[count]);
        count++;
    }
    return names;
}

static bool is_for(const orm_filter *filter, const orm_entity *entity)
{
    for (size_t i = 0; filter->entities != NULL && filter->entities[i] != NULL; i++)
        if (strcmp(filter->entities[i], entity->name) == 0)
            return true;
    if (filter->property != NULL)
        return cc_spec_property_named(entity, filter->property) != NULL;
    return filter->entities == NULL;
}

/* The condition must make sense for each entity; which one it is read for makes no difference then. */
static void shared_filter(cc_spec *spec, const cc_yaml_entry *entry, orm_filter *out)
{
    const cc_yaml *where = begin(spec, entry, out);
    const cc_yaml *names;

    if (where == NULL)
        return;
    names = cc_yaml_get(entry->value, "of_entities");
    out->entities = names == NULL ? NULL : entity_names(spec, names);
    out->property = cc_spec_text(spec, entry->value, "with_property");
    if (names != NULL && out->property != NULL)
        cc_problem_add(spec->problems, names->place, "of_entities and with_property are two ways to say it; leave one out");
    for (size_t i = 0; i < spec->file->entity_count; i++)
        if (is_for(out, spec->file->entities[i]))
            out->where = condition_of(spec, spec->file->entities[i], where);
    if (out->where == NULL && spec->problems->count == 0)
        cc_problem_add(spec->problems, entry->place, "the filter '%s' is for no entity of the file", out->name);
}

void cc_spec_shared_filters(cc_spec *spec, const cc_yaml *map)
{
    orm_filter *filters;

    if (map == NULL || !cc_yaml_want_map(map, "filters", spec->problems))
        return;
    filters = cc_spec_alloc(spec, map->count + 1, sizeof *filters);
    for (size_t i = 0; filters != NULL && i < map->count; i++)
        shared_filter(spec, &map->entries[i], &filters[i]);
    spec->file->filters = filters;
    spec->file->filter_count = filters == NULL ? 0 : map->count;
}

/* ---- Their uses ---- */

static const orm_filter *among(const orm_filter *filters, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(filters[i].name, name) == 0)
            return &filters[i];
    return NULL;
}

static bool is_known(const cc_file *file, const char *name)
{
    for (size_t i = 0; i < file->entity_count; i++)
        if (among(file->entities[i]->filters, file->entities[i]->filter_count, name) != NULL)
            return true;
    return among(file->filters, file->filter_count, name) != NULL;
}

void cc_spec_known_filter(cc_case_loader *c, cc_place place, const char *name)
{
    const cc_file *file = c->spec->file;
    const char   **names;
    size_t         count = file->filter_count;
    size_t         at = 0;

    if (is_known(file, name))
        return;
    for (size_t i = 0; i < file->entity_count; i++)
        count += file->entities[i]->filter_count;
    names = cc_spec_alloc(c->spec, count + 1, sizeof *names);
    if (names == NULL)
        return;
    for (size_t i = 0; i < file->filter_count; i++)
        names[at++] = file->filters[i].name;
    for (size_t i = 0; i < file->entity_count; i++)
        for (size_t k = 0; k < file->entities[i]->filter_count; k++)
            names[at++] = file->entities[i]->filters[k].name;
    if (count == 0)
        cc_problem_add(c->spec->problems, place, "unknown filter '%s'; the file has no filters", name);
    else
        cc_yaml_unknown_word(place, "filter", name, names, c->spec->problems);
}

void cc_spec_params(cc_case_loader *c, const cc_yaml *map)
{
    for (size_t i = 0; i < map->count; i++) {
        if (!cc_is_name(map->entries[i].key))
            cc_problem_add(c->spec->problems, map->entries[i].place,
                           "'%s' is no name for a parameter; use letters, digits and _", map->entries[i].key);
        cc_spec_value(c, map->entries[i].value);
    }
}

/* {softDelete: false, tenant: {id: 7}} */
void cc_spec_filter_uses(cc_case_loader *c, const cc_yaml *map)
{
    for (size_t i = 0; i < map->count; i++) {
        const cc_yaml_entry *entry = &map->entries[i];

        cc_spec_known_filter(c, entry->place, entry->key);
        if (entry->value->kind == CC_YAML_MAP)
            cc_spec_params(c, entry->value);
        else if (entry->value->kind != CC_YAML_BOOL)
            cc_problem_add(c->spec->problems, entry->value->place,
                           "the filter '%s' is true, false, or a map of its parameters, not %s", entry->key,
                           cc_yaml_kind_name(entry->value->kind));
    }
}
