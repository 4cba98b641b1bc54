#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/run/plan.h"

/* Two files: `a` with shared cases and one of its own kind between them, run in two modes; `b` with one case. */
static cc_step_def schema_def = { .name = "schema", .changes_schema = true };
static cc_step_def nesting_def = { .name = "transactional" };
static cc_step     schema_step = { .def = &schema_def };
static cc_step    *inner[] = { &schema_step };
static cc_step     nesting_step = { .def = &nesting_def, .steps = inner, .step_count = 1 };
static cc_step    *steps[] = { &nesting_step };
static cc_mode     modes[] = { { .name = "one" }, { .name = "two" } };
static cc_case     a_cases[] = {
        { .id = "a/1", .isolation = CC_ISOLATION_FILE },
        { .id = "a/2", .isolation = CC_ISOLATION_CASE, .steps = steps, .step_count = 1 },
        { .id = "a/3", .isolation = CC_ISOLATION_FILE },
        { .id = "a/4", .isolation = CC_ISOLATION_CASE },
};
static cc_case b_cases[] = {
    { .id = "b/1", .requires_platform = "other", .requires_reason = "because" },
};
static cc_file  a_file = { .path = "a.yaml", .modes = modes, .mode_count = 2, .cases = a_cases, .case_count = 4 };
static cc_file  b_file = { .path = "b.yaml", .cases = b_cases, .case_count = 1 };
static cc_file *files[] = { &a_file, &b_file };
static cc_suite suite = { .files = files, .file_count = 2, .case_count = 5 };

static cc_record_target record = { .name = "one", .platform = "this", .major = 1 };

/* The plan only looks whether there is one. */
static char       opened_byte;
static cc_target *opened = (cc_target *)&opened_byte;

static int set_up(void **state)
{
    *state = orm_arena_new(NULL, NULL, "test");
    return *state != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    orm_arena_free(*state);
    return 0;
}

static void selected_counts_cases_not_modes(void **state)
{
    const char *filter = "a";
    const char *none = "c";

    (void)state;
    assert_int_equal(cc_plan_selected(&suite, NULL, 0), 5);
    assert_int_equal(cc_plan_selected(&suite, &filter, 1), 4);
    assert_int_equal(cc_plan_selected(&suite, &none, 1), 0);
}

static void shared_cases_are_one_job_and_others_one_each(void **state)
{
    cc_run_target target = { .record = &record, .target = opened };
    cc_plan       plan;

    assert_int_equal(cc_plan_make(*state, &suite, NULL, 0, &target, 1, &plan), ORM_OK);
    assert_int_equal(plan.planned, 9);
    assert_int_equal(plan.group_count, 3);
    assert_int_equal(plan.job_count, 6);
    for (size_t mode = 0; mode < 2; mode++) {
        const cc_job *jobs = &plan.jobs[mode * 3];

        assert_ptr_equal(jobs[0].group->mode, &modes[mode]);
        assert_int_equal(jobs[0].count, 2);
        assert_ptr_equal(jobs[0].cases[0], &a_cases[0]);
        assert_ptr_equal(jobs[0].cases[1], &a_cases[2]);
        assert_int_equal(jobs[1].count, 1);
        assert_ptr_equal(jobs[1].cases[0], &a_cases[1]);
        assert_int_equal(jobs[0].group->left, 4);
    }
}

static void tables_are_made_unless_a_step_changes_the_schema(void **state)
{
    cc_run_target target = { .record = &record, .target = opened };
    cc_plan       plan;

    assert_int_equal(cc_plan_make(*state, &suite, NULL, 0, &target, 1, &plan), ORM_OK);
    assert_true(plan.jobs[0].make_tables);
    assert_false(plan.jobs[1].make_tables);
    assert_true(plan.jobs[2].make_tables);
}

static void a_skipped_case_has_no_job(void **state)
{
    cc_run_target target = { .record = &record, .target = opened };
    const char   *filter = "b";
    cc_plan       plan;

    assert_int_equal(cc_plan_make(*state, &suite, &filter, 1, &target, 1, &plan), ORM_OK);
    assert_int_equal(plan.job_count, 0);
    assert_int_equal(plan.skip_count, 1);
    assert_int_equal(plan.planned, 1);
    assert_int_equal(plan.group_count, 1);
    assert_string_equal(plan.skips[0].reason, "because");
}

static void cases_on_a_target_that_was_not_opened_are_planned_but_not_skipped(void **state)
{
    cc_run_target targets[] = { { .record = &record }, { .record = &record, .target = opened } };
    cc_plan       plan;

    assert_int_equal(cc_plan_make(*state, &suite, NULL, 0, targets, 2, &plan), ORM_OK);
    assert_int_equal(plan.planned, 18);
    assert_int_equal(plan.skip_count, 1);
    assert_ptr_equal(plan.skips[0].group->target, &targets[1]);
    assert_ptr_equal(plan.jobs[0].group->target, &targets[0]);
}

static void files_of_one_feature_are_told_apart(void **state)
{
    cc_feature    feature = { .id = "f" };
    cc_feature    other = { .id = "g" };
    cc_run_target target = { .record = &record, .target = opened };
    cc_plan       plan;

    a_file.feature = &feature;
    b_file.feature = &other;
    assert_int_equal(cc_plan_make(*state, &suite, NULL, 0, &target, 1, &plan), ORM_OK);
    for (size_t i = 0; i < plan.group_count; i++)
        assert_false(plan.groups[i].shares_feature); /* two modes of one file are no two files */
    b_file.feature = &feature;
    assert_int_equal(cc_plan_make(*state, &suite, NULL, 0, &target, 1, &plan), ORM_OK);
    for (size_t i = 0; i < plan.group_count; i++)
        assert_true(plan.groups[i].shares_feature);
    a_file.feature = b_file.feature = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(selected_counts_cases_not_modes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shared_cases_are_one_job_and_others_one_each, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tables_are_made_unless_a_step_changes_the_schema, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_skipped_case_has_no_job, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cases_on_a_target_that_was_not_opened_are_planned_but_not_skipped, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(files_of_one_feature_are_told_apart, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
