#include <string.h>

#include "harness/steps/steps.h"

bool cc_case_is_skipped(const cc_case *item, const cc_record_target *target, const char **reason)
{
    bool other_platform = item->requires_platform != NULL && strcmp(item->requires_platform, target->platform) != 0;
    bool other_version = item->requires_versions.text != NULL &&
                         !cc_versions_contain(&item->requires_versions, target->major, target->minor);

    if (other_platform || other_version)
        *reason = item->requires_reason != NULL ? item->requires_reason : "it requires another server";
    else if (item->no_simulation && target->evidence == CC_EVIDENCE_SIMULATED)
        *reason = item->no_simulation_reason != NULL ? item->no_simulation_reason : "not on a simulated server";
    else
        return false;
    return true;
}
