#include <string.h>

#include "harness/spec/spec_private.h"

#define LONGEST_TIMEOUT_S 86400U

static bool is_among(const char *text, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (strcmp(text, *list) == 0)
            return true;
    }
    return false;
}

static void load_claims(cc_spec *spec, const cc_yaml *node, cc_case *out)
{
    out->proves = cc_spec_claims(spec, node, "proves");
    out->touches = cc_spec_claims(spec, node, "touches");
    if (cc_yaml_get(node, "proves") == NULL && cc_yaml_get(node, "touches") == NULL)
        cc_problem_add(
            spec->problems, node->place,
            "the case names no claim; `proves` lists those that it decides, `touches` those that it is about");
    for (const char *const *id = out->touches; *id != NULL; id++) {
        if (is_among(*id, out->proves))
            cc_problem_add(spec->problems, cc_yaml_get(node, "touches")->place,
                           "the claim '%s' stands under proves already; leave it out here", *id);
    }
}

void cc_spec_case(cc_spec *spec, const cc_yaml *node, cc_case *out)
{
    cc_case_loader c = { .spec = spec, .item = out };
    const cc_yaml *steps;

    static const char *const none[] = { NULL };

    *out =
        (cc_case){ .file = spec->file, .place = node->place, .id = "?", .name = "", .proves = none, .touches = none };
    if (!cc_yaml_want_map(node, "a case", spec->problems))
        return;
    (void)cc_yaml_check_keys(node, "a case", cc_case_keys, spec->problems);
    cc_spec_case_id(spec, node, out);
    (void)cc_spec_required(spec, node, "name", "the case");
    out->name = cc_spec_text(spec, node, "name");
    out->timeout_s = cc_spec_number(spec, node, "timeout", 1, LONGEST_TIMEOUT_S);
    load_claims(spec, node, out);
    cc_spec_requires(spec, node, out);
    cc_spec_simulation(spec, node, out);
    steps = cc_spec_required(spec, node, "steps", "the case");
    if (steps != NULL)
        cc_spec_step_list(&c, steps, &out->steps, &out->step_count);
    cc_spec_outcomes(&c, node);
    cc_spec_isolation(&c, node);
}
