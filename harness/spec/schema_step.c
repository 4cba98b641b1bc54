#include <string.h>

#include "harness/spec/schema_private.h"

#define NAME_PATTERN "^[A-Za-z_][A-Za-z0-9_]*$"

json_t *cc_json_with(json_t *object, const char *key, json_t *value)
{
    /* jansson takes the value also when it fails. */
    if (object != NULL && json_object_set_new(object, key, value) == 0)
        return object;
    if (object == NULL)
        json_decref(value);
    json_decref(object);
    return NULL;
}

static json_t *appended(json_t *array, json_t *value)
{
    if (array != NULL && json_array_append_new(array, value) == 0)
        return array;
    if (array == NULL)
        json_decref(value);
    json_decref(array);
    return NULL;
}

json_t *cc_json_words(const char *const *words)
{
    json_t *array = json_array();

    for (; *words != NULL; words++)
        array = appended(array, json_string(*words));
    return cc_json_with(json_object(), "enum", array);
}

json_t *cc_json_ref(const char *name)
{
    return cc_json_with(json_object(), "$ref", json_sprintf("#/$defs/%s", name));
}

json_t *cc_json_type(const char *type, const char *help)
{
    json_t *schema = cc_json_with(json_object(), "type", json_string(type));

    return help == NULL ? schema : cc_json_with(schema, "description", json_string(help));
}

json_t *cc_json_list(json_t *items)
{
    return cc_json_with(cc_json_type("array", NULL), "items", items);
}

json_t *cc_json_object(json_t *properties, json_t *others)
{
    json_t *schema = cc_json_with(cc_json_type("object", NULL), "properties", properties);

    return cc_json_with(schema, "additionalProperties", others != NULL ? others : json_false());
}

json_t *cc_json_named(const char *pattern, json_t *values)
{
    json_t *names = cc_json_with(json_object(), "pattern", json_string(pattern));
    json_t *schema = cc_json_with(cc_json_type("object", NULL), "propertyNames", names);

    return cc_json_with(schema, "additionalProperties", values);
}

json_t *cc_json_either(json_t *first, json_t *second)
{
    return cc_json_with(json_object(), "anyOf", appended(appended(json_array(), first), second));
}

static json_t *whole_number(void)
{
    return cc_json_with(cc_json_type("integer", NULL), "minimum", json_integer(0));
}

static json_t *filled(json_t *schema, const char *bound)
{
    return cc_json_with(schema, bound, json_integer(1));
}

static json_t *text_pattern(const char *pattern)
{
    return cc_json_with(cc_json_type("string", NULL), "pattern", json_string(pattern));
}

/* What may stand behind a key, without its help. */
static json_t *arg_schema(const cc_key_def *key)
{
    switch (key->type) {
    case CC_ARG_TEXT:
    case CC_ARG_ENTITY:
    case CC_ARG_REF:
    case CC_ARG_REFS:
    case CC_ARG_COLLECTION:
    case CC_ARG_FILTER:
    case CC_ARG_EM:
        return cc_json_type("string", NULL);
    case CC_ARG_INT:
        return whole_number();
    case CC_ARG_BOOL:
        return cc_json_type("boolean", NULL);
    case CC_ARG_WORD:
        return cc_json_words(key->words);
    case CC_ARG_BIND:
    case CC_ARG_NEW_EM:
        return text_pattern(NAME_PATTERN);
    case CC_ARG_DATA:
    case CC_ARG_PARAMS:
        return cc_json_named(NAME_PATTERN, cc_json_ref("value"));
    case CC_ARG_FILTERS:
        return cc_json_named(NAME_PATTERN, cc_json_either(cc_json_type("boolean", NULL),
                                                          cc_json_named(NAME_PATTERN, cc_json_ref("value"))));
    case CC_ARG_DATA_LIST:
        return cc_json_list(cc_json_named(NAME_PATTERN, cc_json_ref("value")));
    case CC_ARG_WHERE:
        return cc_json_ref("where");
    case CC_ARG_PATHS:
    case CC_ARG_FIELDS:
        return cc_json_either(cc_json_type("string", NULL), cc_json_list(cc_json_type("string", NULL)));
    case CC_ARG_ORDER:
        return cc_json_ref("order");
    case CC_ARG_HINTS:
        return cc_json_ref("hints");
    case CC_ARG_EXPECT:
        return filled(cc_json_with(cc_json_type("object", NULL), "additionalProperties", cc_json_ref("matcher")),
                      "minProperties");
    case CC_ARG_ITEMS:
        return cc_json_list(cc_json_type("string", NULL));
    case CC_ARG_VALUES:
        return cc_json_list(cc_json_ref("scalar"));
    case CC_ARG_ROWS:
        return cc_json_list(cc_json_list(cc_json_ref("matcher")));
    case CC_ARG_STEPS:
        return cc_json_ref("steps");
    case CC_ARG_MATCHER:
        return cc_json_ref("matcher");
    case CC_ARG_TEXTS:
        return cc_json_either(cc_json_type("string", NULL), cc_json_list(cc_json_type("string", NULL)));
    case CC_ARG_ERROR:
        return cc_json_ref("error");
    }
    return NULL;
}

/* Beside a $ref, too, a description is shown by editors. */
static json_t *key_schema(const cc_key_def *key)
{
    json_t *schema = arg_schema(key);

    return key->help == NULL ? schema : cc_json_with(schema, "description", json_string(key->help));
}

static json_t *add_keys(json_t *properties, const cc_key_def *keys)
{
    for (size_t i = 0; i < cc_key_count(keys); i++)
        properties = cc_json_with(properties, keys[i].name, key_schema(&keys[i]));
    return properties;
}

static const cc_key_def *short_key_of(const cc_step_def *def)
{
    for (size_t i = 0; def->short_key != NULL && i < cc_key_count(def->keys); i++) {
        if (strcmp(def->keys[i].name, def->short_key) == 0)
            return &def->keys[i];
    }
    return NULL;
}

/* Entries of an open short map stand between the step's keys. */
static json_t *open_entries(const cc_key_def *key)
{
    if (key == NULL || !cc_is_open_map(key->type))
        return NULL;
    return cc_json_ref(key->type == CC_ARG_EXPECT ? "matcher" : "value");
}

static json_t *keys_schema(const cc_step_def *def)
{
    const cc_key_def *short_key = short_key_of(def);
    json_t           *properties = add_keys(add_keys(json_object(), def->keys), cc_common_keys());
    json_t           *schema = cc_json_object(properties, open_entries(short_key));
    json_t           *required = json_array();

    for (size_t i = 0; i < cc_key_count(def->keys); i++) {
        /* The open map may also be given by its entries. */
        if (def->keys[i].required && (&def->keys[i] != short_key || !cc_is_open_map(short_key->type)))
            required = appended(required, json_string(def->keys[i].name));
    }
    if (short_key != NULL && short_key->required && cc_is_open_map(short_key->type))
        schema = filled(schema, "minProperties");
    return cc_json_with(schema, "required", required);
}

static json_t *step_schema(const cc_step_def *def)
{
    const cc_key_def *short_key = short_key_of(def);
    json_t           *schema = keys_schema(def);

    if (short_key != NULL && !cc_is_open_map(short_key->type))
        schema = cc_json_either(schema, arg_schema(short_key));
    if (def->bare)
        schema = cc_json_either(schema, cc_json_type("null", NULL));
    return cc_json_with(schema, "description", json_string(def->help != NULL ? def->help : def->name));
}

json_t *cc_json_steps(const cc_step_def *steps)
{
    json_t *forms = json_object();
    json_t *bare = json_array();
    json_t *map;

    for (; steps->name != NULL; steps++) {
        forms = cc_json_with(forms, steps->name, step_schema(steps));
        if (steps->bare)
            bare = appended(bare, json_string(steps->name));
    }
    map = cc_json_with(filled(cc_json_object(forms, NULL), "minProperties"), "maxProperties", json_integer(1));
    if (bare != NULL && json_array_size(bare) == 0) {
        json_decref(bare);
        return map;
    }
    return cc_json_either(map, cc_json_with(json_object(), "enum", bare));
}

static json_t *error_schema(const char *const *kinds)
{
    json_t *properties = json_object();

    for (const char *const *key = cc_error_keys; *key != NULL; key++)
        properties = cc_json_with(properties, *key,
                                  strcmp(*key, "kind") == 0       ? cc_json_words(kinds)
                                  : strcmp(*key, "sqlstate") == 0 ? cc_json_ref("sqlstate")
                                                                  : cc_json_type("string", "A text or \"/regex/\"."));
    return filled(cc_json_object(properties, NULL), "minProperties");
}

json_t *cc_json_step_defs(json_t *defs, const char *const *error_kinds)
{
    static const char *const scalars[] = { "string", "number", "boolean", "null", NULL };
    json_t                  *types = json_array();
    json_t                  *where;

    for (const char *const *type = scalars; *type != NULL; type++)
        types = appended(types, json_string(*type));
    defs = cc_json_with(defs, "scalar", cc_json_with(json_object(), "type", types));
    defs = cc_json_with(defs, "value",
                        cc_json_with(json_object(), "description",
                                     json_string("A value; \"${name}\" and \"${name.property}\" are references.")));
    defs = cc_json_with(defs, "matcher",
                        cc_json_with(json_object(), "description",
                                     json_string("A value that must be equal, \"<any>\", \"<uuid>\", \"<bind:name>\", "
                                                 "\"/regex/\" or \"${reference}\".")));
    where = cc_json_either(cc_json_named("^[$A-Za-z_][A-Za-z0-9_]*$", cc_json_ref("value")),
                           cc_json_either(cc_json_type("string", NULL), cc_json_list(cc_json_ref("value"))));
    where = cc_json_either(where, cc_json_either(cc_json_type("number", NULL), cc_json_type("boolean", NULL)));
    defs = cc_json_with(defs, "where", where);
    defs = cc_json_with(defs, "sqlstate",
                        cc_json_with(text_pattern("^[0-9A-Z]{5}$"), "description",
                                     json_string("The five characters of an SQLSTATE, in quotes.")));
    return cc_json_with(defs, "error", error_schema(error_kinds));
}
