#include <string.h>

#include "harness/spec/spec_private.h"

static bool want_map(cc_case_loader *c, const cc_yaml *node, const char *what)
{
    return cc_yaml_want_map(node, what, c->spec->problems);
}

static void whole_number(cc_case_loader *c, const char *name, const cc_yaml *node)
{
    int64_t number = 0;

    if (cc_yaml_want_int(node, name, &number, c->spec->problems) && number < 0)
        cc_problem_add(c->spec->problems, node->place, "%s must not be negative", name);
}

static void values(cc_case_loader *c, const cc_yaml *node);

static void one_word(cc_case_loader *c, const cc_key_def *key, const cc_yaml *node)
{
    const char *text = NULL;

    if (!cc_yaml_want_string(node, key->name, &text, c->spec->problems))
        return;
    for (const char *const *word = key->words; *word != NULL; word++) {
        if (strcmp(*word, text) == 0)
            return;
    }
    cc_yaml_unknown_word(node->place, key->name, text, key->words, c->spec->problems);
}

/* ---- Properties of the step's entity ---- */

static const orm_property *known_property(cc_case_loader *c, const orm_entity *entity, const cc_yaml_entry *entry)
{
    const orm_property *property = entity == NULL ? NULL : cc_spec_property_named(entity, entry->key);

    if (entity != NULL && property == NULL)
        cc_spec_unknown_property(c->spec, entry->place, entity, entry->key);
    return property;
}

/* A reference to an entity of another type than the relation's target would only be refused in the run. */
void cc_spec_fits_relation(cc_case_loader *c, const orm_property *property, const cc_yaml *node)
{
    cc_bound bound;

    if (node->kind != CC_YAML_STRING || !cc_is_reference(node->text)) {
        cc_spec_value(c, node);
        return;
    }
    if (!cc_spec_reference(c, node, &bound) || bound.kind != CC_BOUND_ENTITY || bound.entity == NULL)
        return;
    if (property->target != NULL && !cc_entity_is_a(bound.entity, property->target) &&
        !(cc_spec_entity_named(c->spec->file, property->target) != NULL &&
          cc_entity_is_a(cc_spec_entity_named(c->spec->file, property->target), bound.entity->name)))
        cc_problem_add(c->spec->problems, node->place, "%s is of type %s, and '%s' wants %s", node->text,
                       bound.entity->name, property->name, property->target);
}

/* {$raw: SQL, $params: [..]}: SQL that the server computes the value with. A JSON property's map is its value. */
static bool is_raw(const orm_property *property, const cc_yaml *node)
{
    return property != NULL && property->type != ORM_TYPE_JSON && cc_yaml_get(node, "$raw") != NULL;
}

static void raw(cc_case_loader *c, const cc_yaml *node)
{
    const cc_yaml *params = cc_yaml_get(node, "$params");
    const char    *sql;

    (void)cc_yaml_check_keys(node, "raw SQL", cc_raw_keys, c->spec->problems);
    (void)cc_yaml_want_string(cc_yaml_get(node, "$raw"), "$raw", &sql, c->spec->problems);
    if (params != NULL && cc_yaml_want_list(params, "$params", c->spec->problems))
        values(c, params);
}

static void data(cc_case_loader *c, const orm_entity *entity, const cc_yaml *node)
{
    for (size_t i = 0; i < node->count; i++) {
        const orm_property *property = known_property(c, entity, &node->entries[i]);

        if (is_raw(property, node->entries[i].value)) {
            raw(c, node->entries[i].value);
            continue;
        }
        if (property != NULL && property->type == ORM_TYPE_EMBEDDED && node->entries[i].value->kind == CC_YAML_MAP)
            data(c, property->embeddable, node->entries[i].value);
        else if (property != NULL && property->type == ORM_TYPE_REFERENCE)
            cc_spec_fits_relation(c, property, node->entries[i].value);
        else
            cc_spec_value(c, node->entries[i].value);
    }
}

static void data_list(cc_case_loader *c, const orm_entity *entity, const char *name, const cc_yaml *node)
{
    for (size_t i = 0; i < node->count; i++)
        if (want_map(c, node->items[i], cc_spec_printf(c->spec, "an item of %s", name)))
            data(c, entity, node->items[i]);
}

/* Entities that a collection of `entity` takes. */
static void items(cc_case_loader *c, const orm_entity *entity, const cc_yaml *node)
{
    for (size_t i = 0; i < node->count; i++) {
        const orm_entity *given = NULL;

        if (!cc_spec_entity_reference(c, node->items[i], false, &given) || given == NULL || entity == NULL)
            continue;
        if (strcmp(given->name, entity->name) != 0)
            cc_problem_add(c->spec->problems, node->items[i]->place, "%s is of type %s, and the collection wants %s",
                           node->items[i]->text, given->name, entity->name);
    }
}

static void entity_name(cc_case_loader *c, const cc_yaml *node)
{
    const char *name = NULL;

    if (cc_yaml_want_string(node, "the name of an entity", &name, c->spec->problems) &&
        cc_spec_entity_named(c->spec->file, name) == NULL)
        cc_spec_unknown_entity(c->spec, node->place, name);
}

/* ---- Expectations and lists ---- */

static void expectations(cc_case_loader *c, const cc_yaml *node)
{
    if (node->count == 0)
        cc_problem_add(c->spec->problems, node->place, "nothing is expected; name a path and its value");
    for (size_t i = 0; i < node->count; i++) {
        cc_bound bound;

        (void)cc_spec_follow(c, node->entries[i].place, node->entries[i].key, &bound);
        cc_spec_matcher(c, node->entries[i].value);
    }
}

static void rows(cc_case_loader *c, const cc_yaml *node)
{
    for (size_t i = 0; i < node->count; i++) {
        if (!cc_yaml_want_list(node->items[i], "a row", c->spec->problems))
            continue;
        if (node->items[i]->count != node->items[0]->count)
            cc_problem_add(c->spec->problems, node->items[i]->place, "this row has %zu values, the first one has %zu",
                           node->items[i]->count, node->items[0]->count);
        cc_spec_matcher(c, node->items[i]);
    }
}

static void values(cc_case_loader *c, const cc_yaml *node)
{
    for (size_t i = 0; i < node->count; i++) {
        const cc_yaml *value = node->items[i];

        if (value->kind == CC_YAML_LIST || value->kind == CC_YAML_MAP)
            cc_problem_add(c->spec->problems, value->place, "a parameter must be a single value, not %s",
                           cc_yaml_kind_name(value->kind));
        else
            cc_spec_value(c, value);
    }
}

static void texts(cc_case_loader *c, const char *name, const cc_yaml *node)
{
    if (node->kind != CC_YAML_LIST) {
        cc_spec_text_matcher(c, node, name);
        return;
    }
    for (size_t i = 0; i < node->count; i++)
        cc_spec_text_matcher(c, node->items[i], "a text");
}

static void expected_error(cc_case_loader *c, const cc_yaml *node)
{
    const char *const *kinds = cc_spec_error_kinds(c->spec);
    const cc_key_def   kind_key = { .name = "kind", .words = kinds };
    const char        *sqlstate;

    if (node->count == 0)
        cc_problem_add(c->spec->problems, node->place,
                       "say which error is expected, for example {sqlstate: \"23505\"}");
    (void)cc_yaml_check_keys(node, "'error'", cc_error_keys, c->spec->problems);
    for (size_t i = 0; i < node->count; i++) {
        const cc_yaml_entry *entry = &node->entries[i];

        if (strcmp(entry->key, "kind") == 0)
            one_word(c, &kind_key, entry->value);
        else if (strcmp(entry->key, "sqlstate") == 0)
            (void)cc_spec_sqlstate(c->spec, entry->value, &sqlstate);
        else
            cc_spec_text_matcher(c, entry->value, entry->key);
    }
}

/* The map and list types, once it is sure that they are. */
static void collection_arg(cc_case_loader *c, const cc_step *step, const cc_key_def *key, const cc_yaml *node)
{
    switch (key->type) {
    case CC_ARG_DATA:
        data(c, step->entity, node);
        break;
    case CC_ARG_ORDER:
        cc_spec_order(c, step->entity, node);
        break;
    case CC_ARG_HINTS:
        cc_spec_hints(c, step->entity, node);
        break;
    case CC_ARG_FILTERS:
        cc_spec_filter_uses(c, node);
        break;
    case CC_ARG_PARAMS:
        cc_spec_params(c, node);
        break;
    case CC_ARG_EXPECT:
        expectations(c, node);
        break;
    case CC_ARG_ERROR:
        expected_error(c, node);
        break;
    case CC_ARG_VALUES:
        values(c, node);
        break;
    case CC_ARG_DATA_LIST:
        data_list(c, step->entity, key->name, node);
        break;
    case CC_ARG_ITEMS:
        items(c, step->entity, node);
        break;
    default:
        rows(c, node);
        break;
    }
}

void cc_spec_arg(cc_case_loader *c, const cc_step *step, const cc_key_def *key, const cc_yaml *node)
{
    const char       *text;
    const orm_entity *entity;
    bool              flag;

    switch (key->type) {
    case CC_ARG_TEXT:
        (void)cc_yaml_want_string(node, key->name, &text, c->spec->problems);
        break;
    case CC_ARG_INT:
        whole_number(c, key->name, node);
        break;
    case CC_ARG_BOOL:
        (void)cc_yaml_want_bool(node, key->name, &flag, c->spec->problems);
        break;
    case CC_ARG_WORD:
        one_word(c, key, node);
        break;
    case CC_ARG_FILTER:
        if (cc_yaml_want_string(node, "the name of a filter", &text, c->spec->problems))
            cc_spec_known_filter(c, node->place, text);
        break;
    case CC_ARG_EM:
        cc_spec_known_em(c, node);
        break;
    case CC_ARG_NEW_EM:
        cc_spec_new_em(c, node);
        break;
    case CC_ARG_ENTITY:
        entity_name(c, node);
        break;
    case CC_ARG_REF:
    case CC_ARG_REFS:
        (void)cc_spec_entity_reference(c, node, key->type == CC_ARG_REFS, &entity);
        break;
    case CC_ARG_COLLECTION:
        (void)cc_spec_collection_reference(c, node, &entity);
        break;
    case CC_ARG_WHERE:
        cc_spec_where(c, step->entity, key->name, node);
        break;
    case CC_ARG_PATHS:
        cc_spec_paths(c, step->entity, node);
        break;
    case CC_ARG_FIELDS:
        cc_spec_fields(c, step->entity, node);
        break;
    case CC_ARG_DATA:
    case CC_ARG_ORDER:
    case CC_ARG_HINTS:
    case CC_ARG_FILTERS:
    case CC_ARG_PARAMS:
    case CC_ARG_EXPECT:
    case CC_ARG_ERROR:
        if (want_map(c, node, key->name))
            collection_arg(c, step, key, node);
        break;
    case CC_ARG_VALUES:
    case CC_ARG_ROWS:
    case CC_ARG_DATA_LIST:
    case CC_ARG_ITEMS:
        if (cc_yaml_want_list(node, key->name, c->spec->problems))
            collection_arg(c, step, key, node);
        break;
    case CC_ARG_MATCHER:
        cc_spec_matcher(c, node);
        break;
    case CC_ARG_TEXTS:
        texts(c, key->name, node);
        break;
    case CC_ARG_BIND:
    case CC_ARG_STEPS:
        break; /* the step itself sees to them: its names come last, its steps need its place among them */
    }
}
