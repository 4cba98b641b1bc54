/* One rule: what it does, and the texts for it. */
#include <string.h>

#include "base/text.h"
#include "harness/wire/profile_private.h"

/* ---- Placeholders that a rule may use, known when it is loaded ---- */

static bool has_group(const pcre2_code *code, const char *name)
{
    return code != NULL && pcre2_substring_number_from_name(code, (PCRE2_SPTR)name) > 0;
}

static bool is_known_of_error(const cc_rule *rule, const char *name)
{
    static const char *const names[] = { "verb", "schema", "table", "column", "constraint" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return (strcmp(name, "answer") == 0 && rule->question.function != NULL) || has_group(rule->error.message, name) ||
           has_group(rule->error.detail, name);
}

static bool is_known(const void *context, orm_arena *arena, const char *name, const char **out)
{
    const cc_rule *rule = context;

    (void)arena;
    *out = "";
    if (strcmp(name, "token") == 0 || strcmp(name, "source") == 0)
        return true;
    if (rule->actions & CC_RULE_ERROR)
        return is_known_of_error(rule, name);
    if (rule->match.is != NULL && cc_pattern_capture(rule->match.is, name) >= 0)
        return true;
    /* Any of several patterns may be the one that matches, so each must have it. */
    for (size_t i = 0; i < rule->match.has.count; i++) {
        if (cc_pattern_capture(rule->match.has.items[i], name) < 0)
            return false;
    }
    return rule->match.has.count > 0;
}

static void check_text(cc_profile *profile, const cc_rule *rule, const cc_answer *answer, const char *text,
                       cc_place place, cc_problems *problems)
{
    cc_values values = {
        .profile = profile, .issue = answer == NULL ? NULL : answer->issue, .find = is_known, .context = rule
    };

    cc_template_check(profile->arena, text, &values, place, problems);
}

/* ---- Errors and notices ---- */

static bool text_of(const cc_yaml *map, const cc_yaml *shape, const char *key, const char **out, cc_problems *problems)
{
    const cc_yaml *node = cc_yaml_get(map, key);

    if (node == NULL && shape != NULL)
        node = cc_yaml_get(shape, key);
    if (node == NULL || node->kind == CC_YAML_NULL)
        return true;
    if (strcmp(key, "issue") == 0 && node->kind == CC_YAML_INT) {
        *out = node->text;
        return true;
    }
    return cc_yaml_want_string(node, key, out, problems);
}

static bool find_shape(const cc_profile *profile, const cc_yaml *map, const cc_yaml **out, cc_problems *problems)
{
    static const char *const keys[] = { "sqlstate", "message", "detail", "hint", "token", "even_aborted", NULL };
    const cc_yaml           *node = cc_yaml_get(map, "shape");
    const char              *name;

    *out = NULL;
    if (node == NULL)
        return true;
    if (!cc_yaml_want_string(node, "key 'shape'", &name, problems))
        return false;
    *out = profile->shapes == NULL ? NULL : cc_yaml_get(profile->shapes, name);
    if (*out == NULL) {
        cc_problem_add(problems, node->place, "there is no shape '%s'; add it under 'shapes'", name);
        return false;
    }
    return cc_yaml_want_map(*out, "a shape", problems) && cc_yaml_check_keys(*out, "a shape", keys, problems);
}

static bool is_sqlstate(const char *text)
{
    return text != NULL && strlen(text) == 5 && strspn(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5;
}

static bool load_answer(cc_profile *profile, cc_rule *rule, const cc_yaml *map, cc_answer *out, cc_problems *problems)
{
    static const char *const keys[] = { "shape", "severity", "sqlstate", "message",      "detail",
                                        "hint",  "issue",    "token",    "even_aborted", NULL };
    static const char *const tokens[] = { "next", "last", "first", NULL };
    const cc_yaml           *shape = NULL;
    const char              *token = "next";
    size_t                   choice = 0;

    if (!cc_yaml_want_map(map, "an error", problems) || !cc_yaml_check_keys(map, "an error", keys, problems) ||
        !find_shape(profile, map, &shape, problems))
        return false;
    if (!text_of(map, shape, "severity", &out->severity, problems) ||
        !text_of(map, shape, "sqlstate", &out->sqlstate, problems) ||
        !text_of(map, shape, "message", &out->message, problems) ||
        !text_of(map, shape, "detail", &out->detail, problems) || !text_of(map, shape, "hint", &out->hint, problems) ||
        !text_of(map, shape, "issue", &out->issue, problems) || !text_of(map, shape, "token", &token, problems) ||
        !cc_rule_load_flag(cc_yaml_get(map, "even_aborted"), "even_aborted", &out->even_aborted, problems))
        return false;
    if (shape != NULL && !out->even_aborted &&
        !cc_rule_load_flag(cc_yaml_get(shape, "even_aborted"), "even_aborted", &out->even_aborted, problems))
        return false;
    while (tokens[choice] != NULL && strcmp(tokens[choice], token) != 0)
        choice++;
    if (tokens[choice] == NULL) {
        cc_yaml_unknown_word(map->place, "token", token, tokens, problems);
        return false;
    }
    out->token = (cc_token_choice)choice;
    if (!is_sqlstate(out->sqlstate) || out->message == NULL) {
        cc_problem_add(problems, map->place, "an error needs 'sqlstate', five characters, and 'message'");
        return false;
    }
    check_text(profile, rule, out, out->message, map->place, problems);
    check_text(profile, rule, out, out->detail, map->place, problems);
    check_text(profile, rule, out, out->hint, map->place, problems);
    return true;
}

/* ---- Questions ---- */

static bool load_question(cc_profile *profile, cc_rule *rule, const cc_yaml *map, cc_problems *problems)
{
    static const char *const keys[] = { "function", "with", "otherwise", NULL };
    cc_question             *out = &rule->question;
    size_t                   count = 0;

    if (!cc_yaml_want_map(map, "key 'ask'", problems) || !cc_yaml_check_keys(map, "'ask'", keys, problems))
        return false;
    if ((rule->actions & CC_RULE_ERROR) == 0) {
        cc_problem_add(problems, map->place, "'ask' is for rules about errors, with 'becomes'");
        return false;
    }
    if (!text_of(map, NULL, "otherwise", &out->otherwise, problems) ||
        !cc_profile_words(profile, cc_yaml_get(map, "with"), "key 'with'", &out->with, problems))
        return false;
    for (; out->with != NULL && out->with[count] != NULL; count++) {
        if (!is_known_of_error(rule, out->with[count]))
            cc_problem_add(problems, map->place, "nothing is known as '%s' here", out->with[count]);
    }
    if (count > CC_QUESTION_ARGUMENTS)
        cc_problem_add(problems, map->place, "'with' has more than %d names", CC_QUESTION_ARGUMENTS);
    /* Before the function is known, so that {answer} is not: it could ask for itself. */
    check_text(profile, rule, NULL, out->otherwise, map->place, problems);
    if (!text_of(map, NULL, "function", &out->function, problems))
        return false;
    if (out->function == NULL || out->with == NULL || out->otherwise == NULL) {
        cc_problem_add(problems, map->place, "'ask' needs 'function', 'with' and 'otherwise'");
        return false;
    }
    return true;
}

/* ---- Rewriting ---- */

static bool load_rewrite(cc_profile *profile, cc_rule *rule, const cc_yaml *map, cc_problems *problems)
{
    static const char *const keys[] = { "replace", "with", "order_by", NULL };
    static const char *const order_keys[] = { "asc", "desc", NULL };
    const cc_yaml           *order;
    cc_rewrite              *out = &rule->rewrite;
    const char              *known;

    if (!cc_yaml_want_map(map, "key 'rewrite'", problems) || !cc_yaml_check_keys(map, "'rewrite'", keys, problems))
        return false;
    order = cc_yaml_get(map, "order_by");
    if (order != NULL) {
        if (!cc_yaml_want_map(order, "key 'order_by'", problems) ||
            !cc_yaml_check_keys(order, "'order_by'", order_keys, problems) ||
            !text_of(order, NULL, "asc", &out->ascending, problems) ||
            !text_of(order, NULL, "desc", &out->descending, problems))
            return false;
        if (out->ascending != NULL && out->descending != NULL && map->count == 1 && rule->match.has.count == 0)
            return true;
        cc_problem_add(problems, order->place, "'order_by' needs 'asc' and 'desc', and stands alone, without 'has'");
        return false;
    }
    if (!text_of(map, NULL, "with", &out->with, problems) || !text_of(map, NULL, "replace", &out->replace, problems))
        return false;
    if (out->with == NULL) {
        cc_problem_add(problems, map->place, "'rewrite' needs 'with' or 'order_by'");
        return false;
    }
    if (out->replace != NULL && !is_known(rule, NULL, out->replace, &known))
        cc_problem_add(problems, map->place, "there is no capture '%s' in the patterns", out->replace);
    check_text(profile, rule, NULL, out->with, map->place, problems);
    return true;
}

/* ---- The rule ---- */

static bool load_actions(cc_profile *profile, cc_rule *rule, cc_problems *problems)
{
    const cc_yaml *refuse = cc_yaml_get(rule->node, "refuse");
    const cc_yaml *becomes = cc_yaml_get(rule->node, "becomes");
    const cc_yaml *rewrite = cc_yaml_get(rule->node, "rewrite");
    const cc_yaml *answer = cc_yaml_get(rule->node, "answer");
    const cc_yaml *notice = cc_yaml_get(rule->node, "notice");
    const cc_yaml *ask = cc_yaml_get(rule->node, "ask");

    if (ask != NULL && !load_question(profile, rule, ask, problems))
        return false;
    if (cc_yaml_get(becomes, "even_aborted") != NULL || cc_yaml_get(notice, "even_aborted") != NULL) {
        cc_problem_add(problems, rule->node->place, "'even_aborted' is for what is refused");
        return false;
    }
    if (refuse != NULL && !load_answer(profile, rule, refuse, &rule->answer, problems))
        return false;
    if (becomes != NULL && !load_answer(profile, rule, becomes, &rule->answer, problems))
        return false;
    if (rewrite != NULL && !load_rewrite(profile, rule, rewrite, problems))
        return false;
    if (notice != NULL && !load_answer(profile, rule, notice, &rule->notice, problems))
        return false;
    if (answer != NULL) {
        if (!cc_yaml_want_string(answer, "key 'answer'", &rule->rewrite.with, problems))
            return false;
        check_text(profile, rule, NULL, rule->rewrite.with, answer->place, problems);
    }
    return true;
}

/* The keys that say what a rule does; one of the first group, and any of the second with a match. */
static bool find_actions(cc_rule *rule, cc_problems *problems)
{
    static const struct {
        const char    *key;
        cc_rule_action action;
    } actions[] = { { "refuse", CC_RULE_REFUSE }, { "rewrite", CC_RULE_REWRITE }, { "answer", CC_RULE_REWRITE },
                    { "becomes", CC_RULE_ERROR }, { "notice", CC_RULE_NOTICE },   { "shuffle", CC_RULE_SHUFFLE },
                    { "mark", CC_RULE_MARK } };
    unsigned main_actions = 0;
    unsigned all = 0;
    bool     flag;

    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        const cc_yaml *node = cc_yaml_get(rule->node, actions[i].key);

        if (node == NULL)
            continue;
        rule->actions |= actions[i].action;
        main_actions += i < 4;
        all++;
        if (i >= 5 && !cc_rule_load_flag(node, actions[i].key, &flag, problems))
            return false;
    }
    if (all == 0 || main_actions > 1) {
        cc_problem_add(problems, rule->node->place,
                       "a rule needs one of refuse, rewrite, answer, becomes, notice, "
                       "shuffle, mark, and not two of the first four");
        return false;
    }
    return true;
}

bool cc_profile_load_rule(cc_profile *profile, cc_rule *rule, cc_problems *problems)
{
    static const char *const keys[] = { "name",   "source",  "versions", "group",   "before", "after",
                                        "match",  "error",   "refuse",   "rewrite", "answer", "becomes",
                                        "notice", "shuffle", "mark",     "ask",     NULL };
    const cc_yaml           *match = cc_yaml_get(rule->node, "match");
    const cc_yaml           *error = cc_yaml_get(rule->node, "error");

    if (!cc_yaml_check_keys(rule->node, "a rule", keys, problems))
        return false;
    if (cc_yaml_get(rule->node, "source") == NULL) {
        cc_problem_add(problems, rule->node->place, "rule '%s' has no source; say where this is known from",
                       rule->name);
        return false;
    }
    if (!cc_yaml_want_string(cc_yaml_get(rule->node, "source"), "key 'source'", &rule->source, problems) ||
        !cc_profile_words(profile, cc_yaml_get(rule->node, "group"), "key 'group'", &rule->groups, problems) ||
        !find_actions(rule, problems))
        return false;
    if (((rule->actions & CC_RULE_ERROR) != 0) != (error != NULL) || (error == NULL && match == NULL)) {
        cc_problem_add(problems, rule->node->place, "rule '%s' needs 'match', or 'error' and 'becomes'", rule->name);
        return false;
    }
    if (match != NULL && !cc_rule_load_match(profile, rule, match, problems))
        return false;
    if (error != NULL && !cc_rule_load_error(profile, rule, error, problems))
        return false;
    return load_actions(profile, rule, problems);
}
