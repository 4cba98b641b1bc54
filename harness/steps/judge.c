#include "harness/steps/judge.h"

static cc_judgement judge_fails(const cc_seen *seen)
{
    if (seen->own_held)
        return (cc_judgement){ CC_DRIFT, CC_HAPPENED_WORKED, "drift" };
    if (seen->at_refused && seen->error_fits)
        return (cc_judgement){ CC_PASS, CC_HAPPENED_FAILED, NULL };
    return (cc_judgement){ CC_FAIL, CC_HAPPENED_FAILED, seen->at_refused ? "other-error" : NULL };
}

/* Where both sets of expectations hold there is no difference any more: drift. */
static cc_judgement judge_differs(const cc_seen *seen)
{
    if (seen->own_held)
        return (cc_judgement){ CC_DRIFT, CC_HAPPENED_WORKED, "drift" };
    return (cc_judgement){ seen->other_held ? CC_PASS : CC_FAIL, CC_HAPPENED_FAILED, NULL };
}

cc_judgement cc_judge(cc_outcome_kind expected, const cc_seen *seen)
{
    cc_happened happened = seen->own_held ? CC_HAPPENED_WORKED : CC_HAPPENED_FAILED;

    if (seen->broke)
        return (cc_judgement){ CC_ERROR, CC_HAPPENED_BROKE, NULL };
    switch (expected) {
    case CC_OUTCOME_FAILS:
        return judge_fails(seen);
    case CC_OUTCOME_DIFFERS:
        return judge_differs(seen);
    case CC_OUTCOME_UNKNOWN:
        return (cc_judgement){ CC_UNKNOWN, happened, NULL };
    default:
        return (cc_judgement){ seen->own_held ? CC_PASS : CC_FAIL, happened, NULL };
    }
}
