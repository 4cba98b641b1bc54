#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "harness/steps/judge.h"
#include "harness/steps/steps.h"

typedef struct row {
    cc_outcome_kind expected;
    cc_seen         seen;
    cc_status       status;
    cc_happened     happened;
} row;

static const row table[] = {
    { CC_OUTCOME_WORKS, { .own_held = true }, CC_PASS, CC_HAPPENED_WORKED },
    { CC_OUTCOME_WORKS, { .own_held = false }, CC_FAIL, CC_HAPPENED_FAILED },

    { CC_OUTCOME_FAILS, { .at_refused = true, .error_fits = true }, CC_PASS, CC_HAPPENED_FAILED },
    { CC_OUTCOME_FAILS, { .at_refused = true, .error_fits = false }, CC_FAIL, CC_HAPPENED_FAILED },
    { CC_OUTCOME_FAILS, { .at_refused = false, .error_fits = true }, CC_FAIL, CC_HAPPENED_FAILED },
    { CC_OUTCOME_FAILS, { .own_held = true }, CC_DRIFT, CC_HAPPENED_WORKED },

    { CC_OUTCOME_DIFFERS, { .other_held = true }, CC_PASS, CC_HAPPENED_FAILED },
    { CC_OUTCOME_DIFFERS, { .other_held = false }, CC_FAIL, CC_HAPPENED_FAILED },
    { CC_OUTCOME_DIFFERS, { .own_held = true }, CC_DRIFT, CC_HAPPENED_WORKED },
    { CC_OUTCOME_DIFFERS, { .own_held = true, .other_held = true }, CC_DRIFT, CC_HAPPENED_WORKED },

    { CC_OUTCOME_UNKNOWN, { .own_held = true }, CC_UNKNOWN, CC_HAPPENED_WORKED },
    { CC_OUTCOME_UNKNOWN, { .own_held = false }, CC_UNKNOWN, CC_HAPPENED_FAILED },
};

static void every_outcome_is_judged_by_what_was_seen(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        cc_judgement judgement = cc_judge(table[i].expected, &table[i].seen);

        if (judgement.status != table[i].status || judgement.happened != table[i].happened)
            fail_msg("row %zu: %s, %s", i, cc_status_name(judgement.status), cc_happened_name(judgement.happened));
    }
}

/* Whatever was expected, a broken harness or a lost connection is an error, and no evidence. */
static void what_broke_is_an_error_in_every_outcome(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        cc_seen seen = table[i].seen;

        seen.broke = true;
        assert_int_equal(cc_judge(table[i].expected, &seen).status, CC_ERROR);
        assert_int_equal(cc_judge(table[i].expected, &seen).happened, CC_HAPPENED_BROKE);
    }
}

static const cc_record_target live = { .platform = "postgres", .major = 15, .evidence = CC_EVIDENCE_LIVE };
static const cc_record_target simulated = {
    .platform = "cockroach", .major = 24, .minor = 3, .evidence = CC_EVIDENCE_SIMULATED
};

static void nothing_is_skipped_without_a_reason(void **state)
{
    cc_case     item = { .id = "a/b" };
    const char *reason = NULL;

    (void)state;
    assert_false(cc_case_is_skipped(&item, &live, &reason));
    assert_false(cc_case_is_skipped(&item, &simulated, &reason));
}

static void requirements_skip(void **state)
{
    cc_case     item = { .id = "a/b", .requires_platform = "cockroach", .requires_reason = "needs AS OF SYSTEM TIME" };
    const char *reason = NULL;

    (void)state;
    assert_true(cc_case_is_skipped(&item, &live, &reason));
    assert_string_equal(reason, "needs AS OF SYSTEM TIME");
    assert_false(cc_case_is_skipped(&item, &simulated, &reason));
    item.requires_versions = (cc_versions){
        .text = ">=25.1", .from_major = 25, .from_minor = 1, .below_major = INT32_MAX, .below_minor = INT32_MAX
    };
    assert_true(cc_case_is_skipped(&item, &simulated, &reason));
    item.requires_versions.from_major = 24;
    assert_false(cc_case_is_skipped(&item, &simulated, &reason));
}

static void simulations_can_be_refused(void **state)
{
    cc_case     item = { .id = "a/b", .no_simulation = true, .no_simulation_reason = "about real conflicts" };
    const char *reason = NULL;

    (void)state;
    assert_false(cc_case_is_skipped(&item, &live, &reason));
    assert_true(cc_case_is_skipped(&item, &simulated, &reason));
    assert_string_equal(reason, "about real conflicts");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_outcome_is_judged_by_what_was_seen),
        cmocka_unit_test(what_broke_is_an_error_in_every_outcome),
        cmocka_unit_test(nothing_is_skipped_without_a_reason),
        cmocka_unit_test(requirements_skip),
        cmocka_unit_test(simulations_can_be_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
