#include <string.h>

#include "harness/spec/spec_private.h"

static bool proves(const cc_case *item, const char *claim)
{
    for (const char *const *id = item->proves; *id != NULL; id++) {
        if (strcmp(*id, claim) == 0)
            return true;
    }
    return false;
}

static bool is_proven(const cc_suite *suite, const char *claim)
{
    for (size_t f = 0; f < suite->file_count; f++) {
        for (size_t i = 0; i < suite->files[f]->case_count; i++) {
            if (proves(&suite->files[f]->cases[i], claim))
                return true;
        }
    }
    return false;
}

void cc_suite_lint(const cc_suite *suite, const cc_features *features, cc_problems *problems)
{
    for (size_t i = 0; i < features->claim_count; i++) {
        const cc_claim *claim = features->claims[i];

        /* What is true only of JavaScript has no case here. */
        if (claim->says != CC_SAYS_CLIENT && !is_proven(suite, claim->id))
            cc_problem_add(problems, claim->place, "no case proves the claim '%s'", claim->id);
    }
    cc_problems_sort(problems);
}
