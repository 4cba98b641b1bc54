#include <string.h>

#include "base/text.h"
#include "harness/spec/spec_private.h"

const cc_word cc_property_types[] = {
    { "boolean", ORM_TYPE_BOOLEAN },
    { "smallint", ORM_TYPE_SMALLINT },
    { "integer", ORM_TYPE_INTEGER },
    { "bigint", ORM_TYPE_BIGINT },
    { "bigint-text", ORM_TYPE_BIGINT_TEXT },
    { "double", ORM_TYPE_DOUBLE },
    { "decimal", ORM_TYPE_DECIMAL },
    { "string", ORM_TYPE_STRING },
    { "text", ORM_TYPE_TEXT },
    { "uuid", ORM_TYPE_UUID },
    { "date", ORM_TYPE_DATE },
    { "timestamptz", ORM_TYPE_TIMESTAMPTZ },
    { "json", ORM_TYPE_JSON },
    { "bytes", ORM_TYPE_BYTES },
    { "text[]", ORM_TYPE_TEXT_ARRAY },
    { "int[]", ORM_TYPE_INTEGER_ARRAY },
    { "enum", ORM_TYPE_ENUM },
    { "many-to-one", ORM_TYPE_REFERENCE },
    { "one-to-many", ORM_TYPE_COLLECTION },
    { "one-to-one", CC_TYPE_ONE_TO_ONE },
    { "many-to-many", CC_TYPE_MANY_TO_MANY },
    { "embedded", ORM_TYPE_EMBEDDED },
    { "embedded[]", ORM_TYPE_EMBEDDED_LIST },
    { NULL, 0 },
};

const cc_word cc_reference_rules[] = {
    { "no action", ORM_RULE_NO_ACTION }, { "restrict", ORM_RULE_RESTRICT },       { "cascade", ORM_RULE_CASCADE },
    { "set null", ORM_RULE_SET_NULL },   { "set default", ORM_RULE_SET_DEFAULT }, { NULL, 0 },
};

const cc_word cc_cascades[] = { { "none", ORM_CASCADE_NONE },
                                { "persist", ORM_CASCADE_PERSIST },
                                { "remove", ORM_CASCADE_REMOVE },
                                { "all", ORM_CASCADE_ALL },
                                { NULL, 0 } };

const cc_word cc_isolations[] = { { "file", CC_ISOLATION_FILE }, { "case", CC_ISOLATION_CASE }, { NULL, 0 } };

const cc_word cc_strategies[] = { { "select-in", ORM_STRATEGY_SELECT_IN },
                                  { "joined", ORM_STRATEGY_JOINED },
                                  { "balanced", ORM_STRATEGY_BALANCED },
                                  { NULL, 0 } };

const cc_word cc_directions[] = { { "asc", ORM_ASC },
                                  { "desc", ORM_DESC },
                                  { "asc nulls first", ORM_ASC_NULLS_FIRST },
                                  { "asc nulls last", ORM_ASC_NULLS_LAST },
                                  { "desc nulls first", ORM_DESC_NULLS_FIRST },
                                  { "desc nulls last", ORM_DESC_NULLS_LAST },
                                  { NULL, 0 } };

const cc_word cc_protocols[] = { { "simple", ORM_PROTOCOL_SIMPLE },
                                 { "extended", ORM_PROTOCOL_EXTENDED },
                                 { NULL, 0 } };

const cc_word cc_batches[] = { { "multi-row", ORM_BATCH_MULTI_ROW }, { "fast", ORM_BATCH_FAST }, { NULL, 0 } };

const cc_word cc_platforms[] = { { "postgres", CC_PLATFORM_WORKS_BY_DEFAULT },
                                 { "cockroach", CC_PLATFORM_NEEDS_OUTCOME },
                                 { NULL, 0 } };

const cc_word cc_generators[] = { { "now", CC_GENERATE_NOW }, { "uuid", CC_GENERATE_UUID }, { NULL, 0 } };

const cc_word cc_custom_types[] = { { "cents", CC_CUSTOM_CENTS }, { "csv", CC_CUSTOM_CSV }, { NULL, 0 } };

const char *const cc_file_keys[] = { "feature", "entities", "embeddables", "filters", "modes",
                                     "isolation", "requires", "sim", "cases", NULL };
const char *const cc_case_keys[] = { "id",      "name",      "proves",   "touches", "outcome", "steps",
                                     "timeout", "isolation", "requires", "sim",     NULL };
const char *const cc_entity_keys[] = { "table",   "comment", "properties",           "uniques",             "indexes",
                                       "filters", "extends", "discriminator_column", "discriminator_value", "abstract",
                                       NULL };
const char *const cc_filter_keys[] = { "where", "default_on", "strict", "of_entities", "with_property", NULL };
const char *const cc_embeddable_keys[] = { "properties", NULL };
const char *const cc_index_keys[] = { "of", "name", NULL };
const char *const cc_property_keys[] = { "type",        "primary",     "nullable", "unique",    "autoincrement",
                                         "length",      "precision",   "scale",    "default",   "column",
                                         "comment",     "items",       "target",   "mapped_by", "inversed_by",
                                         "delete_rule", "update_rule", "version",  "concurrency_check",
                                         "cascade",     "orphan_removal", "join_columns", "inverse_join_columns",
                                         "pivot_table", "pivot_entity", "fixed_order", "fixed_order_column",
                                         "on_create",   "on_update",   "generated", "formula",   "persist",   "lazy",
                                         "to_sql",      "from_sql",    "custom",      "embeddable",
                                         "prefix",      "object",      "hidden",      "strategy",
                                         NULL };
const char *const cc_outcome_keys[] = { "works", "fails", "differs", "unknown", "versions", "source", "reason", NULL };
const char *const cc_fails_keys[] = { "at", "sqlstate", "message", NULL };
const char *const cc_mode_keys[] = { "protocol", "batch", "batch_size", "strategy", NULL };
const char *const cc_hint_keys[] = { "strategy", "order", "limit", "offset", NULL };
const char *const cc_requires_keys[] = { "platform", "versions", "reason", NULL };
const char *const cc_sim_keys[] = { "no", NULL };
const char *const cc_error_keys[] = { "kind", "sqlstate", "message", "constraint", "entity", "property", "hint", NULL };

const char *const cc_raw_keys[] = { "$raw", "$params", NULL };

const char *const cc_file_required[] = { "feature", "cases", NULL };
const char *const cc_case_required[] = { "id", "name", "steps", NULL };
const char *const cc_embeddable_required[] = { "properties", NULL };
const char *const cc_index_required[] = { "of", NULL };
const char *const cc_filter_required[] = { "where", NULL };
const char *const cc_property_required[] = { "type", NULL };
const char *const cc_fails_required[] = { "at", NULL };
const char *const cc_requires_required[] = { "platform", "reason", NULL };
const char *const cc_sim_required[] = { "no", NULL };

const char *const cc_matcher_marks[] = { "<any>", "<uuid>", "<bind:name>", NULL };

void *cc_spec_alloc(cc_spec *spec, size_t count, size_t size)
{
    void *memory = orm_arena_calloc(spec->arena, count, size);

    if (memory == NULL)
        spec->problems->out_of_memory = true;
    return memory;
}

char *cc_spec_printf(cc_spec *spec, const char *format, ...)
{
    char   *text;
    va_list args;

    va_start(args, format);
    text = orm_arena_vprintf(spec->arena, format, args);
    va_end(args);
    if (text == NULL)
        spec->problems->out_of_memory = true;
    return text;
}

const char *const *cc_spec_texts(cc_spec *spec, const cc_word *words)
{
    static const char *const none[] = { NULL };
    size_t                   count = 0;
    const char             **texts;

    while (words[count].text != NULL)
        count++;
    texts = cc_spec_alloc(spec, count + 1, sizeof *texts);
    if (texts == NULL)
        return none;
    for (size_t i = 0; i < count; i++)
        texts[i] = words[i].text;
    return texts;
}

bool cc_word_named(const cc_word *words, const char *text, int *out)
{
    for (; words->text != NULL; words++) {
        if (strcmp(words->text, text) == 0) {
            *out = words->value;
            return true;
        }
    }
    return false;
}

bool cc_spec_word(cc_spec *spec, const cc_yaml *node, const char *what, const cc_word *words, int *out)
{
    const char *text;

    if (!cc_yaml_want_string(node, what, &text, spec->problems))
        return false;
    if (cc_word_named(words, text, out))
        return true;
    cc_yaml_unknown_word(node->place, what, text, cc_spec_texts(spec, words), spec->problems);
    return false;
}

const char *cc_spec_text(cc_spec *spec, const cc_yaml *map, const char *key)
{
    const cc_yaml *node = cc_yaml_get(map, key);
    const char    *text = NULL;

    if (node == NULL || !cc_yaml_want_string(node, key, &text, spec->problems))
        return NULL;
    if (text[0] == '\0') {
        cc_problem_add(spec->problems, node->place, "%s is empty", key);
        return NULL;
    }
    return text;
}

const cc_yaml *cc_spec_required(cc_spec *spec, const cc_yaml *map, const char *key, const char *where)
{
    const cc_yaml *node = cc_yaml_get(map, key);

    if (node == NULL)
        cc_problem_add(spec->problems, map->place, "%s lacks the key '%s'", where, key);
    return node;
}

unsigned cc_spec_number(cc_spec *spec, const cc_yaml *map, const char *key, unsigned from, unsigned to)
{
    const cc_yaml *node = cc_yaml_get(map, key);
    int64_t        number = 0;

    if (node == NULL || !cc_yaml_want_int(node, key, &number, spec->problems))
        return 0;
    if (number < (int64_t)from || number > (int64_t)to) {
        cc_problem_add(spec->problems, node->place, "%s must be between %u and %u", key, from, to);
        return 0;
    }
    return (unsigned)number;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool cc_is_name(const char *text)
{
    if (!is_letter(*text))
        return false;
    while (is_letter(*text) || is_digit(*text))
        text++;
    return *text == '\0';
}

bool cc_is_id(const char *text)
{
    return *text != '\0' && text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

const char *const *cc_spec_error_kinds(cc_spec *spec)
{
    static const char *const none[] = { NULL };
    size_t                   count = 0;
    const char             **names = cc_spec_alloc(spec, ORM_ERR_PROTOCOL + 1, sizeof *names);

    if (names == NULL)
        return none;
    for (int status = ORM_OK + 1; status <= ORM_ERR_PROTOCOL; status++) {
        const char *name = orm_status_name((orm_status)status);

        /* Numbers between the kinds have the same name as those far behind them. */
        if (strcmp(name, orm_status_name((orm_status)10000)) != 0)
            names[count++] = name;
    }
    return names;
}

bool cc_spec_sqlstate(cc_spec *spec, const cc_yaml *node, const char **out)
{
    static const char allowed[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    if ((node->kind == CC_YAML_INT || node->kind == CC_YAML_FLOAT || node->kind == CC_YAML_STRING) && !node->quoted) {
        /* 42601 would be a number, 0e123 a fraction and 22P02 a string: nobody should have to know which is which. */
        cc_problem_add(spec->problems, node->place, "quote the SQLSTATE: \"%s\"", node->text);
        return false;
    }
    if (!cc_yaml_want_string(node, "sqlstate", out, spec->problems))
        return false;
    if (strlen(*out) != 5 || strspn(*out, allowed) != 5) {
        cc_problem_add(spec->problems, node->place, "an SQLSTATE has five characters 0-9 and A-Z, not \"%s\"", *out);
        return false;
    }
    return true;
}
