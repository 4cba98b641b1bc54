#include <limits.h>
#include <string.h>

#include "base/text.h"
#include "harness/spec/spec_private.h"

static void works(cc_case_loader *c, const cc_yaml *node)
{
    bool yes = false;

    if (cc_yaml_want_bool(node, "works", &yes, c->spec->problems) && !yes)
        cc_problem_add(c->spec->problems, node->place,
                       "works can only be true; write `fails: {at: STEP, ...}` or `differs: {...}` instead");
}

/* A step's id, or its number. */
static const cc_step *step_at(cc_case_loader *c, const cc_yaml *node)
{
    if (node->kind != CC_YAML_STRING && node->kind != CC_YAML_INT) {
        cc_problem_add(c->spec->problems, node->place, "at must be the id of a step or its number, not %s",
                       cc_yaml_kind_name(node->kind));
        return NULL;
    }
    return cc_spec_step_named(c, node->place, node->text);
}

static void fails(cc_case_loader *c, const cc_yaml *node, cc_outcome *out)
{
    const cc_yaml *at;
    const cc_yaml *sqlstate = cc_yaml_get(node, "sqlstate");

    if (!cc_yaml_want_map(node, "fails", c->spec->problems))
        return;
    (void)cc_yaml_check_keys(node, "'fails'", cc_fails_keys, c->spec->problems);
    at = cc_spec_required(c->spec, node, "at", "'fails'");
    if (at != NULL)
        out->at = step_at(c, at);
    if (sqlstate != NULL)
        (void)cc_spec_sqlstate(c->spec, sqlstate, &out->sqlstate);
    out->message = cc_yaml_get(node, "message");
    if (out->message != NULL)
        cc_spec_text_matcher(c, out->message, "message");
    if (out->at != NULL && cc_step_arg(out->at, "error") != NULL)
        cc_problem_add(
            c->spec->problems, node->place,
            "the step that is said to fail is expected to fail anyway, by its key 'error'; one of both is wrong");
    if (sqlstate == NULL && out->message == NULL)
        cc_problem_add(c->spec->problems, node->place,
                       "'fails' needs a sqlstate or a message: without them any failure would do");
}

/* Exactly one of the four words must be there; NULL after a problem. */
static const cc_yaml *find_kind(cc_case_loader *c, const cc_yaml *node, cc_outcome_kind *kind)
{
    static const char *const names[] = { [CC_OUTCOME_WORKS] = "works",
                                         [CC_OUTCOME_FAILS] = "fails",
                                         [CC_OUTCOME_DIFFERS] = "differs",
                                         [CC_OUTCOME_UNKNOWN] = "unknown" };
    const cc_yaml           *found = NULL;
    size_t                   count = 0;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const cc_yaml *value = cc_yaml_get(node, names[i]);

        if (value == NULL)
            continue;
        found = value;
        *kind = (cc_outcome_kind)i;
        count++;
    }
    if (count == 1)
        return found;
    cc_problem_add(c->spec->problems, node->place, "an outcome has exactly one of works, fails, differs and unknown");
    return NULL;
}

static void check_evidence(cc_case_loader *c, const cc_yaml *node, const cc_outcome *outcome, bool needs_source)
{
    bool needs_reason = outcome->kind == CC_OUTCOME_FAILS || outcome->kind == CC_OUTCOME_DIFFERS;

    if (needs_source && outcome->kind != CC_OUTCOME_UNKNOWN && cc_yaml_get(node, "source") == NULL)
        cc_problem_add(c->spec->problems, node->place,
                       "an outcome for %s needs a `source`: the test, page, issue or live run that shows it; "
                       "where there is none, write `unknown: why`",
                       outcome->platform);
    if (needs_reason && cc_yaml_get(node, "reason") == NULL)
        cc_problem_add(c->spec->problems, node->place, "fails and differs need a `reason`");
    if (outcome->kind == CC_OUTCOME_UNKNOWN && cc_yaml_get(node, "reason") != NULL)
        cc_problem_add(c->spec->problems, node->place, "unknown says itself why; leave `reason` out");
}

static void load_outcome(cc_case_loader *c, const cc_yaml *node, const cc_word *platform, cc_outcome *out)
{
    const cc_yaml *value;

    *out = (cc_outcome){ .platform = platform->text, .place = node->place };
    (void)cc_spec_versions(c->spec, NULL, &out->versions);
    if (!cc_yaml_want_map(node, "an outcome", c->spec->problems))
        return;
    (void)cc_yaml_check_keys(node, "an outcome", cc_outcome_keys, c->spec->problems);
    (void)cc_spec_versions(c->spec, cc_yaml_get(node, "versions"), &out->versions);
    out->source = cc_spec_text(c->spec, node, "source");
    out->reason = cc_spec_text(c->spec, node, "reason");
    value = find_kind(c, node, &out->kind);
    if (value == NULL)
        return;
    check_evidence(c, node, out, platform->value == CC_PLATFORM_NEEDS_OUTCOME);
    if (out->kind == CC_OUTCOME_WORKS)
        works(c, value);
    else if (out->kind == CC_OUTCOME_FAILS)
        fails(c, value, out);
    else if (out->kind == CC_OUTCOME_DIFFERS)
        cc_spec_overrides(c, value, out);
    else
        out->reason = cc_spec_text(c->spec, node, "unknown");
}

static void check_overlaps(cc_case_loader *c, const cc_outcome *first, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (cc_versions_overlap(&first[i].versions, &first[j].versions))
                cc_problem_add(c->spec->problems, first[i].place,
                               "its versions overlap with those of the outcome at line %u; give both a range",
                               first[j].place.line);
        }
    }
}

/* A case shows a limitation of another platform only where the same steps work on the yardstick. */
static void check_yardstick(cc_case_loader *c, const cc_outcome *outcome)
{
    if (outcome->kind == CC_OUTCOME_WORKS)
        return;
    for (const char *const *id = c->item->proves; *id != NULL; id++) {
        const cc_claim *claim = cc_claim_named(c->spec->features, *id);

        if (claim != NULL && claim->says == CC_SAYS_FAILS)
            cc_problem_add(c->spec->problems, outcome->place,
                           "the case proves '%s', which the page says fails: then it must work on %s", *id,
                           outcome->platform);
    }
}

static void load_platform(cc_case_loader *c, const cc_yaml *node, const cc_word *platform)
{
    bool        is_list = node->kind == CC_YAML_LIST;
    size_t      count = is_list ? node->count : 1;
    cc_outcome *first = c->item->outcomes + c->item->outcome_count;

    if (c->item->requires_platform != NULL && strcmp(c->item->requires_platform, platform->text) != 0)
        cc_problem_add(c->spec->problems, node->place, "the case requires %s, so this outcome never counts",
                       c->item->requires_platform);
    if (count == 0)
        cc_problem_add(c->spec->problems, node->place, "the list of outcomes is empty");
    for (size_t i = 0; i < count; i++) {
        load_outcome(c, is_list ? node->items[i] : node, platform, &first[i]);
        if (platform->value == CC_PLATFORM_WORKS_BY_DEFAULT)
            check_yardstick(c, &first[i]);
    }
    c->item->outcome_count += count;
    check_overlaps(c, first, count);
}

static size_t most_outcomes(const cc_yaml *node)
{
    size_t count = 0;

    for (size_t i = 0; node != NULL && i < node->count; i++)
        count += node->entries[i].value->kind == CC_YAML_LIST ? node->entries[i].value->count : 1;
    return count;
}

void cc_spec_outcomes(cc_case_loader *c, const cc_yaml *node)
{
    const cc_yaml *map = cc_yaml_get(node, "outcome");

    if (map != NULL && !cc_yaml_want_map(map, "outcome", c->spec->problems))
        return;
    if (map != NULL)
        (void)cc_yaml_check_keys(map, "'outcome'", cc_spec_texts(c->spec, cc_platforms), c->spec->problems);
    c->item->outcomes = cc_spec_alloc(c->spec, most_outcomes(map), sizeof *c->item->outcomes);
    if (c->item->outcomes == NULL)
        return;
    for (const cc_word *platform = cc_platforms; platform->text != NULL; platform++) {
        const cc_yaml *given = cc_yaml_get(map, platform->text);
        bool runs = c->item->requires_platform == NULL || orm_text_equal(c->item->requires_platform, platform->text);

        if (given != NULL)
            load_platform(c, given, platform);
        else if (platform->value == CC_PLATFORM_NEEDS_OUTCOME && runs)
            cc_problem_add(c->spec->problems, map != NULL ? map->place : node->place,
                           "there is no outcome for %s; where it is not settled write {%s: {unknown: why}}",
                           platform->text, platform->text);
    }
}

const char *cc_outcome_platform(size_t position)
{
    size_t count = 0;

    while (count < position && cc_platforms[count].text != NULL)
        count++;
    return cc_platforms[count].text;
}

const cc_outcome *cc_outcome_for(const cc_case *item, const char *platform, int major, int minor)
{
    for (size_t i = 0; i < item->outcome_count; i++) {
        if (strcmp(item->outcomes[i].platform, platform) == 0 &&
            cc_versions_contain(&item->outcomes[i].versions, major, minor))
            return &item->outcomes[i];
    }
    return NULL;
}
