#include <stdlib.h>
#include <string.h>

#include "harness/spec/schema_private.h"

#define NAME_PATTERN "^[A-Za-z_][A-Za-z0-9_]*$"
#define ID_PATTERN "^[a-z0-9-]+$"

static json_t *key_schema(const char *key)
{
    const cc_key_help *help = cc_key_help_of(key);

    if (help == NULL)
        return NULL;
    return cc_json_with(help->type[0] == '#' ? cc_json_ref(help->type + 1) : cc_json_type(help->type, NULL),
                        "description", json_string(help->help));
}

static json_t *strings(const char *const *texts)
{
    json_t *array = json_array();

    for (; array != NULL && *texts != NULL; texts++) {
        if (json_array_append_new(array, json_string(*texts)) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

/* A map with a closed set of keys, of which the `required` ones must be there (NULL-terminated; NULL: none). */
static json_t *closed_map(const char *const *keys, const char *const *required)
{
    json_t *properties = json_object();
    json_t *schema;

    for (; *keys != NULL; keys++)
        properties = cc_json_with(properties, *keys, key_schema(*keys));
    schema = cc_json_object(properties, NULL);
    return required == NULL ? schema : cc_json_with(schema, "required", strings(required));
}

static json_t *number(int from)
{
    return cc_json_with(cc_json_type("integer", NULL), "minimum", json_integer(from));
}

static json_t *pattern(const char *text)
{
    return cc_json_with(cc_json_type("string", NULL), "pattern", json_string(text));
}

static json_t *filled_list(json_t *items)
{
    return cc_json_with(cc_json_list(items), "minItems", json_integer(1));
}

static json_t *text(void)
{
    return cc_json_with(cc_json_type("string", NULL), "minLength", json_integer(1));
}

/* {"required": [key]} */
static json_t *has(const char *key)
{
    const char *const keys[] = { key, NULL };

    return cc_json_with(json_object(), "required", strings(keys));
}

/* {"if": {"required": [a]}, "then": {"required": [b]}} */
static json_t *has_with(const char *a, const char *b)
{
    return cc_json_with(cc_json_with(json_object(), "if", has(a)), "then", has(b));
}

static json_t *list_of(json_t **items, size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++) {
        if (array == NULL || json_array_append_new(array, items[i]) != 0) {
            json_decref(array);
            array = NULL;
        }
    }
    return array;
}

/* Exactly one of the four kinds; fails and differs with a reason; for some platforms all but unknown with a source. */
static json_t *outcome(bool needs_source)
{
    json_t *kinds[] = { has("works"), has("fails"), has("differs"), has("unknown") };
    json_t *rules[] = { has_with("fails", "reason"), has_with("differs", "reason"),
                        needs_source ? cc_json_either(has("unknown"), has("source")) : json_object() };
    json_t *schema = cc_json_with(closed_map(cc_outcome_keys, NULL), "oneOf", list_of(kinds, 4));

    return cc_json_with(schema, "allOf", list_of(rules, 3));
}

static json_t *outcomes(void)
{
    json_t *properties = json_object();

    for (const cc_word *platform = cc_platforms; platform->text != NULL; platform++) {
        const char *name = platform->value == CC_PLATFORM_NEEDS_OUTCOME ? "sourced_outcome" : "outcome";

        properties =
            cc_json_with(properties, platform->text, cc_json_either(cc_json_ref(name), filled_list(cc_json_ref(name))));
    }
    return cc_json_object(properties, NULL);
}

static json_t *claims(cc_spec *spec)
{
    const char **ids = cc_spec_alloc(spec, spec->features->claim_count + 1, sizeof *ids);

    for (size_t i = 0; ids != NULL && i < spec->features->claim_count; i++)
        ids[i] = spec->features->claims[i]->id;
    return ids == NULL ? NULL : cc_json_with(filled_list(cc_json_words(ids)), "uniqueItems", json_true());
}

static json_t *features(cc_spec *spec)
{
    const char **ids = cc_spec_alloc(spec, spec->features->feature_count + 1, sizeof *ids);

    for (size_t i = 0; ids != NULL && i < spec->features->feature_count; i++)
        ids[i] = spec->features->features[i].id;
    return ids == NULL ? NULL : cc_json_words(ids);
}

static json_t *words(cc_spec *spec, const cc_word *vocabulary)
{
    return cc_json_words(cc_spec_texts(spec, vocabulary));
}

/* A property that has no list of texts of its own kind makes no sense in some types: only an enum has items, ... */
static json_t *property(void)
{
    return closed_map(cc_property_keys, cc_property_required);
}

static json_t *differs(void)
{
    json_t *keys = cc_json_with(cc_json_type("object", NULL), "minProperties", json_integer(1));

    return cc_json_with(cc_json_with(cc_json_type("object", NULL), "additionalProperties", keys), "minProperties",
                        json_integer(1));
}

static json_t *definitions(cc_spec *spec)
{
    json_t *defs = cc_json_step_defs(json_object(), cc_spec_error_kinds(spec));
    const struct {
        const char *name;
        json_t     *schema;
    } all[] = {
        { "step", cc_json_steps(spec->steps) },
        { "steps", filled_list(cc_json_ref("step")) },
        { "case", cc_json_with(closed_map(cc_case_keys, cc_case_required), "anyOf",
                               list_of((json_t *[]){ has("proves"), has("touches") }, 2)) },
        { "cases", filled_list(cc_json_ref("case")) },
        { "feature", features(spec) },
        { "claims", claims(spec) },
        { "entities", cc_json_named(NAME_PATTERN, cc_json_with(closed_map(cc_entity_keys, NULL), "anyOf",
                                                               list_of((json_t *[]){ has("properties"), has("extends") }, 2))) },
        { "embeddables", cc_json_named(NAME_PATTERN, closed_map(cc_embeddable_keys, cc_embeddable_required)) },
        { "properties", cc_json_named(NAME_PATTERN, property()) },
        { "indexes", filled_list(cc_json_either(cc_json_ref("items"), closed_map(cc_index_keys, cc_index_required))) },
        { "filters", cc_json_named(NAME_PATTERN, closed_map(cc_filter_keys, cc_filter_required)) },
        { "modes", cc_json_named(ID_PATTERN, closed_map(cc_mode_keys, NULL)) },
        { "requires", closed_map(cc_requires_keys, cc_requires_required) },
        { "sim", closed_map(cc_sim_keys, cc_sim_required) },
        { "outcomes", outcomes() },
        { "outcome", outcome(false) },
        { "sourced_outcome", outcome(true) },
        { "fails", cc_json_with(closed_map(cc_fails_keys, cc_fails_required), "anyOf",
                                list_of((json_t *[]){ has("sqlstate"), has("message") }, 2)) },
        { "differs", differs() },
        { "true", cc_json_with(json_object(), "const", json_true()) },
        { "versions", pattern("^ *((>=|<) *[0-9]+(\\.[0-9]+)? *){1,2}$") },
        { "step_id", cc_json_either(cc_json_type("string", NULL), number(1)) },
        { "type", words(spec, cc_property_types) },
        { "rule", words(spec, cc_reference_rules) },
        { "cascade", words(spec, cc_cascades) },
        { "isolation", words(spec, cc_isolations) },
        { "protocol", words(spec, cc_protocols) },
        { "generator", words(spec, cc_generators) },
        { "custom", words(spec, cc_custom_types) },
        { "batch", words(spec, cc_batches) },
        { "strategy", words(spec, cc_strategies) },
        { "direction", words(spec, cc_directions) },
        { "order", cc_json_named(NAME_PATTERN, cc_json_either(cc_json_ref("direction"), cc_json_ref("order"))) },
        { "hints", cc_json_with(cc_json_type("object", NULL), "additionalProperties", closed_map(cc_hint_keys, NULL)) },
        { "platform", words(spec, cc_platforms) },
        { "id", pattern(ID_PATTERN) },
        { "text", text() },
        { "items", filled_list(cc_json_type("string", NULL)) },
        { "count", number(0) },
        { "positive", number(1) },
        { "timeout", number(1) },
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        defs = cc_json_with(defs, all[i].name, all[i].schema);
    return defs;
}

orm_status cc_print_json_schema(const cc_features *features_, const cc_step_def *steps, orm_buffer *out)
{
    cc_problems problems;
    orm_arena  *arena = orm_arena_new(NULL, NULL, "json schema");
    cc_spec     spec = { .arena = arena, .problems = &problems, .features = features_, .steps = steps };
    json_t     *schema = json_object();
    json_t     *file;
    char       *printed = NULL;

    if (arena == NULL) {
        json_decref(schema);
        return ORM_ERR_MEMORY;
    }
    cc_problems_init(&problems, arena);
    schema = cc_json_with(schema, "$schema", json_string("https://json-schema.org/draft/2020-12/schema"));
    schema = cc_json_with(schema, "title", json_string("crdbcheck case file"));
    file = closed_map(cc_file_keys, cc_file_required);
    if (schema == NULL || file == NULL || json_object_update(schema, file) != 0) {
        json_decref(schema);
        schema = NULL;
    }
    json_decref(file);
    schema = cc_json_with(schema, "$defs", definitions(&spec));
    if (schema != NULL && !problems.out_of_memory)
        printed = json_dumps(schema, JSON_INDENT(2));
    if (printed != NULL) {
        orm_buffer_append(out, printed);
        orm_buffer_append_char(out, '\n');
    }
    json_decref(schema);
    orm_arena_free(arena);
    /* json_dumps() takes its memory from malloc: jansson's own allocator is not changed anywhere. */
    free(printed);
    return printed == NULL || out->broken ? ORM_ERR_MEMORY : ORM_OK;
}
