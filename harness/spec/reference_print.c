#include "harness/spec/spec_private.h"

static const char *type_text(cc_arg_type type)
{
    static const char *const texts[] = {
        [CC_ARG_TEXT] = "text",
        [CC_ARG_INT] = "whole number",
        [CC_ARG_BOOL] = "true or false",
        [CC_ARG_WORD] = "one of",
        [CC_ARG_BIND] = "a new name",
        [CC_ARG_EM] = "name of an entity manager",
        [CC_ARG_NEW_EM] = "a new name of an entity manager",
        [CC_ARG_ENTITY] = "name of an entity",
        [CC_ARG_REF] = "reference to an entity",
        [CC_ARG_REFS] = "reference to an entity or a list of them",
        [CC_ARG_COLLECTION] = "reference to a collection: \"${name.property}\"",
        [CC_ARG_ITEMS] = "list of references to entities",
        [CC_ARG_DATA] = "map: property to value, or to `{$raw: SQL, $params: [..]}`",
        [CC_ARG_DATA_LIST] = "list of maps: property to value, as `data` has it",
        [CC_ARG_WHERE] = "map: property to value, or a primary key",
        [CC_ARG_PATHS] = "path of relations, or a list of them",
        [CC_ARG_FIELDS] = "path of a property, or a list of them",
        [CC_ARG_ORDER] = "map: property to `asc`, `desc`, `asc nulls first` ..., or relation to such a map",
        [CC_ARG_FILTER] = "filter",
        [CC_ARG_FILTERS] = "map: filter to true, false or a map of its parameters",
        [CC_ARG_PARAMS] = "map: parameter to value",
        [CC_ARG_HINTS] = "map: populate path to a map of `strategy`, `order`, `limit`, `offset`",
        [CC_ARG_EXPECT] = "map: path to matcher",
        [CC_ARG_VALUES] = "list of values",
        [CC_ARG_ROWS] = "list of rows, each a list of matchers",
        [CC_ARG_STEPS] = "list of steps",
        [CC_ARG_MATCHER] = "matcher",
        [CC_ARG_TEXTS] = "text or \"/regex/\", or a list of them",
        [CC_ARG_ERROR] = "map: kind, sqlstate, message, constraint, entity, property, hint",
    };

    return texts[type];
}

static void print_words(const char *const *words, orm_buffer *out)
{
    for (size_t i = 0; words[i] != NULL; i++)
        orm_buffer_printf(out, "%s`%s`", i > 0 ? ", " : " ", words[i]);
}

static void print_keys(const cc_key_def *keys, orm_buffer *out)
{
    orm_buffer_append(out, "\n| key | value | meaning |\n|---|---|---|\n");
    for (size_t i = 0; i < cc_key_count(keys); i++) {
        orm_buffer_printf(out, "| `%s`%s | %s", keys[i].name, keys[i].required ? " (required)" : "",
                          type_text(keys[i].type));
        if (keys[i].type == CC_ARG_WORD)
            print_words(keys[i].words, out);
        orm_buffer_printf(out, " | %s |\n", keys[i].help != NULL ? keys[i].help : "");
    }
}

static void print_forms(const cc_step_def *def, orm_buffer *out)
{
    if (def->bare)
        orm_buffer_printf(out, "\nMay stand alone: `- %s`.\n", def->name);
    if (def->short_key != NULL)
        orm_buffer_printf(out, "\nShort: `- %s: VALUE` means `- %s: {%s: VALUE}`.\n", def->name, def->name,
                          def->short_key);
    if (def->changes_schema)
        orm_buffer_append(out, "\nIt changes the schema: its case gets a database of its own.\n");
}

static void print_steps(const cc_step_def *steps, orm_buffer *out)
{
    orm_buffer_append(out,
                      "\n# Steps\n\n"
                      "A step is a map with one key, its name: `- flush: {em: two}`. Behind the name stand its keys.\n"
                      "\n## Keys of every step\n");
    print_keys(cc_common_keys(), out);
    for (; steps->name != NULL; steps++) {
        orm_buffer_printf(out, "\n## %s\n\n%s\n", steps->name, steps->help != NULL ? steps->help : "");
        print_forms(steps, out);
        if (cc_key_count(steps->keys) > 0)
            print_keys(steps->keys, out);
    }
}

orm_status cc_print_step_reference(const cc_step_def *steps, orm_buffer *out)
{
    cc_problems problems;
    orm_arena  *arena = orm_arena_new(NULL, NULL, "reference page");
    cc_spec     spec = { .arena = arena, .problems = &problems, .steps = steps };

    if (arena == NULL)
        return ORM_ERR_MEMORY;
    cc_problems_init(&problems, arena);
    cc_print_format_reference(&spec, out);
    print_steps(steps, out);
    orm_arena_free(arena);
    return out->broken || problems.out_of_memory ? ORM_ERR_MEMORY : ORM_OK;
}
