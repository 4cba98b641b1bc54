/*
 * The order of rules. Rules are tried in the order of the file, except where `before` and `after` say otherwise. Two
 * that could both decide about one statement (or error) must be tied: by one group, whose members keep the order of
 * the file, or by `before` or `after`. Whether two can meet is decided from what is known without any statement: their
 * kinds, their transaction states, the words that they begin with. A refusal always wins over a rewriting.
 */
#include <string.h>

#include "harness/wire/profile_private.h"

static bool share_group(const cc_rule *a, const cc_rule *b)
{
    for (const char **x = a->groups; x != NULL && *x != NULL; x++) {
        for (const char **y = b->groups; y != NULL && *y != NULL; y++) {
            if (strcmp(*x, *y) == 0)
                return true;
        }
    }
    return false;
}

static bool is_before(const cc_rule *rule, size_t other)
{
    for (size_t i = 0; i < rule->before_count; i++) {
        if (rule->before[i] == other)
            return true;
    }
    return false;
}

static bool share_kind(const cc_rule *a, const cc_rule *b)
{
    if (a->match.kinds == NULL || b->match.kinds == NULL)
        return true;
    for (size_t i = 0; cc_statement_kinds[i] != NULL; i++) {
        if (a->match.kinds[i] && b->match.kinds[i])
            return true;
    }
    return false;
}

static bool exclude_each_other(cc_three a, cc_three b)
{
    return a != CC_EITHER && b != CC_EITHER && a != b;
}

static bool begin_differently(const cc_pattern *a, const cc_pattern *b)
{
    const char *x;
    const char *y;

    for (size_t i = 0; a != NULL && b != NULL; i++) {
        if (!cc_pattern_leading_word(a, i, &x) || !cc_pattern_leading_word(b, i, &y))
            return false;
        if (strcmp(x, y) != 0)
            return true;
    }
    return false;
}

static bool can_meet(const cc_rule *a, const cc_rule *b)
{
    const unsigned deciding = CC_RULE_REFUSE | CC_RULE_REWRITE | CC_RULE_ERROR;

    if ((a->actions & b->actions & deciding) == 0 || !share_kind(a, b))
        return false;
    if (a->actions & CC_RULE_ERROR)
        return strcmp(a->error.sqlstate, b->error.sqlstate) == 0;
    return !exclude_each_other(a->match.in_transaction, b->match.in_transaction) &&
           !exclude_each_other(a->match.alone, b->match.alone) && !begin_differently(a->match.is, b->match.is);
}

static bool check_pairs(const cc_profile *profile, cc_problems *problems)
{
    bool sound = true;

    for (size_t i = 0; i < profile->rule_count; i++) {
        for (size_t k = i + 1; k < profile->rule_count; k++) {
            const cc_rule *a = &profile->rules[i];
            const cc_rule *b = &profile->rules[k];

            if (!can_meet(a, b) || share_group(a, b) || is_before(a, k) || is_before(b, i))
                continue;
            cc_problem_add(problems, b->node->place,
                           "rules '%s' and '%s' can match the same; put both into one group, or use before or after",
                           a->name, b->name);
            sound = false;
        }
    }
    return sound;
}

/* Again and again the first rule of the file that nothing left must come before. */
bool cc_profile_sort(cc_profile *profile, cc_problems *problems)
{
    size_t count = profile->rule_count;
    bool  *done = orm_arena_calloc(profile->arena, count + 1, sizeof *done);

    profile->order = orm_arena_calloc(profile->arena, count + 1, sizeof *profile->order);
    if (done == NULL || profile->order == NULL) {
        problems->out_of_memory = true;
        return false;
    }
    for (size_t placed = 0; placed < count; placed++) {
        size_t next = 0;

        for (; next < count; next++) {
            size_t other = 0;

            while (!done[next] && other < count && (done[other] || !is_before(&profile->rules[other], next)))
                other++;
            if (!done[next] && other == count)
                break;
        }
        if (next == count) {
            cc_problem_add(problems, profile->rules[0].node->place, "before and after go around in a circle");
            return false;
        }
        done[next] = true;
        profile->order[placed] = next;
    }
    return check_pairs(profile, problems);
}

/* ---- Rules from the list ---- */

static bool name_rules(cc_profile *profile, const cc_yaml *list, cc_problems *problems)
{
    for (size_t i = 0; i < list->count; i++) {
        const cc_yaml *node = list->items[i];
        const cc_yaml *name = cc_yaml_get(node, "name");
        cc_rule       *rule = &profile->rules[profile->rule_count];
        const char    *text;
        bool           holds;

        if (!cc_yaml_want_map(node, "a rule", problems))
            return false;
        if (name == NULL) {
            cc_problem_add(problems, node->place, "key 'name' is missing");
            return false;
        }
        if (!cc_yaml_want_string(name, "key 'name'", &text, problems) ||
            !cc_profile_versions(profile, cc_yaml_get(node, "versions"), &holds, problems))
            return false;
        if (cc_profile_find(profile, text) != SIZE_MAX) {
            cc_problem_add(problems, name->place, "there are two rules '%s'", text);
            return false;
        }
        if (!holds)
            continue;
        rule->name = text;
        rule->node = node;
        profile->rule_count++;
    }
    return true;
}

static bool add_before(cc_profile *profile, cc_rule *first, size_t second)
{
    size_t  count = first->before_count;
    size_t *list = orm_arena_calloc(profile->arena, count + 1, sizeof *list);

    if (list == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        list[i] = first->before[i];
    list[count] = second;
    first->before = list;
    first->before_count++;
    return true;
}

static bool load_order(cc_profile *profile, size_t number, const char *key, cc_problems *problems)
{
    const cc_yaml *node = cc_yaml_get(profile->rules[number].node, key);
    const char   **names;

    if (!cc_profile_words(profile, node, key, &names, problems))
        return false;
    for (; names != NULL && *names != NULL; names++) {
        size_t other = cc_profile_find(profile, *names);
        bool   before = strcmp(key, "before") == 0;

        if (other == SIZE_MAX) {
            cc_problem_add(problems, node->place, "there is no rule '%s'", *names);
            return false;
        }
        if (!add_before(profile, &profile->rules[before ? number : other], before ? other : number)) {
            problems->out_of_memory = true;
            return false;
        }
    }
    return true;
}

bool cc_profile_load_rules(cc_profile *profile, const cc_yaml *list, cc_problems *problems)
{
    bool sound = true;

    profile->rules = orm_arena_calloc(profile->arena, list->count + 1, sizeof *profile->rules);
    if (profile->rules == NULL) {
        problems->out_of_memory = true;
        return false;
    }
    if (!name_rules(profile, list, problems))
        return false;
    for (size_t i = 0; i < profile->rule_count; i++) {
        sound = cc_profile_load_rule(profile, &profile->rules[i], problems) && sound;
        sound = load_order(profile, i, "before", problems) && sound;
        sound = load_order(profile, i, "after", problems) && sound;
    }
    return sound;
}
