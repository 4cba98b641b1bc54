#include "matrix/matrix.h"

static cc_verdict all_none_or_some(size_t as_said, size_t otherwise)
{
    if (otherwise == 0)
        return CC_VERDICT_CONFIRMED;
    return as_said == 0 ? CC_VERDICT_CONTRADICTED : CC_VERDICT_PARTLY;
}

cc_verdict cc_verdict_of(cc_says says, size_t worked, size_t failed, size_t broke)
{
    if (says == CC_SAYS_CLIENT)
        return CC_VERDICT_NOT_APPLICABLE;
    if (broke > 0 || (worked == 0 && failed == 0))
        return CC_VERDICT_NOT_CHECKED;
    if (says == CC_SAYS_WORKS)
        return all_none_or_some(worked, failed);
    if (says == CC_SAYS_FAILS)
        return all_none_or_some(failed, worked);
    return worked > 0 && failed > 0 ? CC_VERDICT_CONFIRMED : CC_VERDICT_CONTRADICTED;
}

const char *cc_verdict_name(cc_verdict verdict)
{
    switch (verdict) {
    case CC_VERDICT_NOT_CHECKED:
        return "not checked";
    case CC_VERDICT_CONFIRMED:
        return "confirmed";
    case CC_VERDICT_CONTRADICTED:
        return "contradicted";
    case CC_VERDICT_PARTLY:
        return "partly";
    case CC_VERDICT_NOT_APPLICABLE:
        return "not applicable";
    }
    return "?";
}

const char *cc_says_name(cc_says says)
{
    switch (says) {
    case CC_SAYS_WORKS:
        return "works";
    case CC_SAYS_FAILS:
        return "fails";
    case CC_SAYS_LIMITED:
        return "limited";
    case CC_SAYS_CLIENT:
        return "client";
    }
    return "?";
}
