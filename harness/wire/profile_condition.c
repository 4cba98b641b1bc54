/* One rule: what it matches, a statement or an error of the server. */
#include <string.h>

#include "base/text.h"
#include "harness/wire/profile_private.h"

static bool new_pattern(cc_profile *profile, const cc_yaml *node, const char *what, cc_pattern **out,
                        cc_problems *problems)
{
    const char *text;
    const char *why;

    if (!cc_yaml_want_string(node, what, &text, problems))
        return false;
    *out = cc_pattern_new(profile->arena, text, &why);
    if (*out == NULL)
        cc_problem_add(problems, node->place, "bad pattern: %s", why);
    return *out != NULL;
}

/* One pattern or a list of them. */
static bool new_patterns(cc_profile *profile, const cc_yaml *node, const char *what, cc_patterns *out,
                         cc_problems *problems)
{
    size_t count = node == NULL ? 0 : node->kind == CC_YAML_LIST ? node->count : 1;

    out->items = orm_arena_calloc(profile->arena, count + 1, sizeof(cc_pattern *));
    if (out->items == NULL) {
        problems->out_of_memory = true;
        return false;
    }
    for (; out->count < count; out->count++) {
        if (!new_pattern(profile, node->kind == CC_YAML_LIST ? node->items[out->count] : node, what,
                         &out->items[out->count], problems))
            return false;
    }
    return true;
}

static bool load_kinds(cc_profile *profile, cc_rule *rule, const cc_yaml *node, cc_problems *problems)
{
    const char **words;
    size_t       count = 0;

    if (!cc_profile_words(profile, node, "key 'statement'", &words, problems))
        return false;
    if (words == NULL || (words[0] != NULL && words[1] == NULL && strcmp(words[0], "any") == 0))
        return true;
    while (cc_statement_kinds[count] != NULL)
        count++;
    rule->match.kinds = orm_arena_calloc(profile->arena, count, sizeof(bool));
    if (rule->match.kinds == NULL) {
        problems->out_of_memory = true;
        return false;
    }
    for (; *words != NULL; words++) {
        size_t kind = cc_statement_kind_named(*words);

        if (kind == SIZE_MAX) {
            cc_yaml_unknown_word(node->place, "statement", *words, cc_statement_kinds, problems);
            return false;
        }
        rule->match.kinds[kind] = true;
    }
    return true;
}

static bool load_three(const cc_yaml *node, const char *what, cc_three *out, cc_problems *problems)
{
    bool value = false;

    if (node == NULL)
        return true;
    if (!cc_yaml_want_bool(node, what, &value, problems))
        return false;
    *out = value ? CC_YES : CC_NO;
    return true;
}

bool cc_rule_load_flag(const cc_yaml *node, const char *key, bool *out, cc_problems *problems)
{
    *out = false;
    if (node == NULL)
        return true;
    if (cc_yaml_want_bool(node, key, out, problems) && *out)
        return true;
    cc_problem_add(problems, node->place, "'%s' is true or left out", key);
    return false;
}

bool cc_rule_load_match(cc_profile *profile, cc_rule *rule, const cc_yaml *map, cc_problems *problems)
{
    static const char *const keys[] = {
        "statement", "is", "has", "skip", "lacks", "in_transaction", "alone", "after", "since_savepoint", NULL
    };
    const cc_yaml *statement = cc_yaml_get(map, "statement");
    const cc_yaml *after = cc_yaml_get(map, "after");

    rule->match.after = SIZE_MAX;
    if (!cc_yaml_want_map(map, "key 'match'", problems) || !cc_yaml_check_keys(map, "'match'", keys, problems))
        return false;
    if (statement == NULL) {
        cc_problem_add(problems, map->place, "'match' needs 'statement': a kind, a list of kinds, or any");
        return false;
    }
    if (!load_kinds(profile, rule, statement, problems))
        return false;
    if (cc_yaml_get(map, "is") != NULL &&
        !new_pattern(profile, cc_yaml_get(map, "is"), "key 'is'", &rule->match.is, problems))
        return false;
    if (after != NULL) {
        if (after->kind == CC_YAML_STRING)
            rule->match.after = cc_profile_find(profile, after->text);
        if (rule->match.after == SIZE_MAX) {
            cc_problem_add(problems, after->place, "'after' names a rule; there is no such one");
            return false;
        }
    }
    if (!cc_rule_load_flag(cc_yaml_get(map, "since_savepoint"), "since_savepoint", &rule->match.since_savepoint,
                           problems))
        return false;
    if (rule->match.since_savepoint && after == NULL) {
        cc_problem_add(problems, map->place, "'since_savepoint' needs 'after': a rule that was used since then");
        return false;
    }
    return new_patterns(profile, cc_yaml_get(map, "has"), "key 'has'", &rule->match.has, problems) &&
           new_patterns(profile, cc_yaml_get(map, "skip"), "key 'skip'", &rule->match.skip, problems) &&
           new_patterns(profile, cc_yaml_get(map, "lacks"), "key 'lacks'", &rule->match.lacks, problems) &&
           load_three(cc_yaml_get(map, "in_transaction"), "key 'in_transaction'", &rule->match.in_transaction,
                      problems) &&
           load_three(cc_yaml_get(map, "alone"), "key 'alone'", &rule->match.alone, problems);
}

static void free_code(void *arg)
{
    pcre2_code_free(arg);
}

static bool compile(cc_profile *profile, const cc_yaml *node, pcre2_code **out, cc_problems *problems)
{
    const char *text;
    int         code = 0;
    PCRE2_SIZE  at = 0;
    PCRE2_UCHAR message[160] = "";

    if (node == NULL)
        return true;
    if (!cc_yaml_want_string(node, "an expression", &text, problems))
        return false;
    *out = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, PCRE2_DOTALL | PCRE2_NEVER_BACKSLASH_C, &code, &at,
                         NULL);
    if (*out == NULL) {
        pcre2_get_error_message(code, message, sizeof message);
        cc_problem_add(problems, node->place, "bad expression: %s at character %zu", (const char *)message,
                       (size_t)at + 1);
        return false;
    }
    if (!orm_arena_on_free(profile->arena, free_code, *out)) {
        pcre2_code_free(*out);
        problems->out_of_memory = true;
        return false;
    }
    return true;
}

bool cc_rule_load_error(cc_profile *profile, cc_rule *rule, const cc_yaml *map, cc_problems *problems)
{
    static const char *const keys[] = { "sqlstate", "message", "detail", "statement", NULL };
    const cc_yaml           *sqlstate = cc_yaml_get(map, "sqlstate");

    if (!cc_yaml_want_map(map, "key 'error'", problems) || !cc_yaml_check_keys(map, "'error'", keys, problems))
        return false;
    if (sqlstate == NULL) {
        cc_problem_add(problems, map->place, "'error' needs 'sqlstate'");
        return false;
    }
    return cc_yaml_want_string(sqlstate, "key 'sqlstate'", &rule->error.sqlstate, problems) &&
           load_kinds(profile, rule, cc_yaml_get(map, "statement"), problems) &&
           compile(profile, cc_yaml_get(map, "message"), &rule->error.message, problems) &&
           compile(profile, cc_yaml_get(map, "detail"), &rule->error.detail, problems);
}
