#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "matrix/matrix.h"

/* Two claims of one feature, and a record made by hand. */
static cc_claim          claims[] = { { .id = "first", .says = CC_SAYS_WORKS, .text = "t", .section = "s" },
                                      { .id = "second", .says = CC_SAYS_FAILS, .text = "t", .section = "s" } };
static const cc_claim   *claim_list[] = { &claims[0], &claims[1] };
static const cc_features features = { .page = "P", .platform = "theirs", .claims = claim_list, .claim_count = 2 };
static const char *const first[] = { "first", NULL };
static const char *const both[] = { "first", "second", "first", NULL };

static const cc_record_target targets[] = {
    { .name = "a", .kind = "k", .platform = "theirs", .version = "Their Server v24.3.1 (x86)" },
    { .name = "b", .kind = "k", .platform = "theirs", .version = "Their v25.4.0", .evidence = CC_EVIDENCE_SIMULATED },
    { .name = "c", .kind = "k", .platform = "ours", .version = "Our 15.18 (Debian) on x86" },
    { .name = "d", .kind = "k", .platform = "", .version = "" },
};

static cc_record_case make_case(const char *target, const char *mode, const char *preset, const char *const *proves,
                                cc_happened happened)
{
    return (cc_record_case){ .id = "f/x",
                             .name = "n",
                             .feature = "f",
                             .target = target,
                             .mode = mode,
                             .preset = preset,
                             .proves = proves,
                             .happened = happened,
                             .file = "",
                             .reason = "" };
}

static const cc_matrix *make(orm_arena *arena, cc_record_case *cases, size_t count, bool complete)
{
    cc_record       *record = orm_arena_zalloc(arena, sizeof *record);
    const cc_record *records[] = { record };
    const cc_matrix *matrix = NULL;

    assert_non_null(record);
    record->header = (cc_record_header){ .preset = "mikroorm", .targets = targets, .target_count = 4 };
    record->cases = cases;
    record->case_count = count;
    record->complete = complete;
    matrix = cc_matrix_make(arena, &features, records, 1);
    assert_non_null(matrix);
    return matrix;
}

static int set_up(void **state)
{
    *state = orm_arena_new(NULL, NULL, "test");
    return *state == NULL;
}

static int tear_down(void **state)
{
    orm_arena_free(*state);
    return 0;
}

static void test_columns(void **state)
{
    cc_record_case   cases[] = { make_case("a", "", "", first, CC_HAPPENED_WORKED),
                                 make_case("a", "", "native", first, CC_HAPPENED_WORKED),
                                 make_case("b", "", "", first, CC_HAPPENED_WORKED) };
    const cc_matrix *matrix = make(*state, cases, 3, true);

    assert_int_equal(matrix->column_count, 5);
    assert_string_equal(matrix->columns[0].title, "Their 24.3.1");
    assert_string_equal(matrix->columns[1].title, "Their 24.3.1, native");
    assert_string_equal(matrix->columns[2].title, "Their 25.4.0 (simulated)");
    assert_string_equal(matrix->columns[3].title, "Our 15.18");
    assert_string_equal(matrix->columns[4].title, "d (not reached)");
    assert_true(matrix->columns[0].decides);
    for (size_t i = 1; i < 5; i++)
        assert_false(matrix->columns[i].decides);
    assert_true(matrix->columns[3].reference);
    assert_false(matrix->columns[4].reference);
    assert_false(matrix->incomplete);
}

static void test_cells(void **state)
{
    cc_record_case   cases[] = { make_case("a", "", "", both, CC_HAPPENED_WORKED),
                                 make_case("a", "fast", "", both, CC_HAPPENED_FAILED),
                                 make_case("a", "", "", first, CC_HAPPENED_NOTHING),
                                 make_case("b", "", "", both, CC_HAPPENED_FAILED),
                                 make_case("c", "", "", both, CC_HAPPENED_BROKE) };
    const cc_matrix *matrix = make(*state, cases, 5, false);
    const cc_cell   *cell = &matrix->cells[0][0];

    assert_true(matrix->incomplete);
    assert_int_equal(cell->case_count, 3); /* named twice in proves, counted once */
    assert_int_equal(cell->worked, 1);
    assert_int_equal(cell->failed, 1);
    assert_int_equal(cell->not_run, 1);
    assert_int_equal(cell->verdict, CC_VERDICT_PARTLY);
    assert_int_equal(matrix->cells[0][1].verdict, CC_VERDICT_CONTRADICTED);
    assert_int_equal(matrix->cells[1][1].verdict, CC_VERDICT_CONFIRMED);
    assert_int_equal(matrix->cells[0][2].verdict, CC_VERDICT_NOT_CHECKED);
    assert_int_equal(matrix->cells[0][3].verdict, CC_VERDICT_NOT_CHECKED);
    assert_int_equal(cc_matrix_count(matrix, 1, CC_VERDICT_CONFIRMED), 0); /* a simulation confirms nothing */
    assert_int_equal(cc_matrix_count(matrix, 3, CC_VERDICT_NOT_CHECKED), 2);
}

/* The page speaks of one platform: what happens on another is no verdict about it, and neither is a simulation. */
static void test_reference_column(void **state)
{
    cc_record_case   cases[] = { make_case("c", "", "", both, CC_HAPPENED_WORKED) };
    const cc_matrix *matrix = make(*state, cases, 1, true);

    assert_true(matrix->columns[2].reference);
    assert_false(cc_verdict_applies(&claims[0], &matrix->columns[2]));
    assert_false(cc_verdict_applies(&claims[1], &matrix->columns[2]));
    assert_true(cc_verdict_applies(&claims[1], &matrix->columns[0]));
    assert_true(matrix->columns[1].simulated);
    assert_false(cc_verdict_applies(&claims[0], &matrix->columns[1]));
    assert_int_equal(cc_matrix_count(matrix, 2, CC_VERDICT_CONFIRMED), 0);
    assert_int_equal(cc_matrix_count(matrix, 2, CC_VERDICT_CONTRADICTED), 0);
}

/* Even where the target is live: one simulated case is enough for the column not to decide. */
static void test_simulated_case_in_live_column(void **state)
{
    cc_record_case cases[] = { make_case("a", "", "", first, CC_HAPPENED_WORKED) };

    assert_true(make(*state, cases, 1, true)->columns[0].decides);
    cases[0].evidence = CC_EVIDENCE_SIMULATED;
    assert_false(make(*state, cases, 1, true)->columns[0].decides);
    assert_true(make(*state, cases, 1, true)->columns[0].simulated);
}

static void test_skipped_alone_is_not_checked(void **state)
{
    cc_record_case   cases[] = { make_case("a", "", "", first, CC_HAPPENED_NOTHING) };
    const cc_matrix *matrix = make(*state, cases, 1, true);

    assert_int_equal(matrix->cells[0][0].verdict, CC_VERDICT_NOT_CHECKED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_columns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cells, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reference_column, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_simulated_case_in_live_column, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_skipped_alone_is_not_checked, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
