#include "expect_fixture.h"

/* Rows of two columns, a number and a text each. */
typedef struct pair {
    int64_t     number;
    const char *text;
} pair;

static cc_match try_rows(fixture *f, const char *yaml, const pair *pairs, size_t count, bool ordered)
{
    const cc_actual **rows = orm_arena_calloc(f->arena, count, sizeof *rows);

    assert_non_null(rows);
    for (size_t i = 0; i < count; i++) {
        cc_actual *row = orm_arena_calloc(f->arena, 2, sizeof *row);

        assert_non_null(row);
        row[0] = is(orm_int(pairs[i].number));
        row[1] = is(orm_text(pairs[i].text));
        rows[i] = row;
    }
    orm_buffer_reset(&f->why);
    return cc_match_rows(&f->matching, node(f, yaml), rows, count, 2, ordered, &f->why);
}

static void ordered_rows_come_in_their_order(void **state)
{
    fixture   *f = *state;
    const pair rows[] = { { 1, "a" }, { 2, "b" }, { 3, "c" } };

    assert_int_equal(try_rows(f, "[[1, a], [2, b], [3, c]]", rows, 3, true), CC_MATCH);
    assert_int_equal(try_rows(f, "[[1, a], [3, c], [2, b]]", rows, 3, true), CC_NO_MATCH);
    assert_int_equal(try_rows(f, "[[1, a], [3, c], [2, b]]", rows, 3, false), CC_MATCH);
    assert_int_equal(try_rows(f, "[]", rows, 0, true), CC_MATCH);
    assert_int_equal(try_rows(f, "[]", rows, 0, false), CC_MATCH);
}

static void the_difference_marks_what_differs(void **state)
{
    fixture   *f = *state;
    const pair rows[] = { { 1, "a" }, { 2, "x" }, { 3, "c" }, { 4, "d" } };

    assert_int_equal(try_rows(f, "[[1, a], [2, b], [3, c]]", rows, 4, true), CC_NO_MATCH);
    assert_string_equal(f->why.data, "expected 3 rows, got 4: 1 missing, 2 unexpected\n"
                                     "  [1, a]\n- [2, b]\n+ [2, x]\n  [3, c]\n+ [4, d]");
    assert_int_equal(try_rows(f, "[[1, a], [2, b], [3, c]]", rows, 4, false), CC_NO_MATCH);
    assert_string_equal(f->why.data, "expected 3 rows, got 4: 1 missing, 2 unexpected\n"
                                     "  [1, a]\n- [2, b]\n  [3, c]\n+ [2, x]\n+ [4, d]");
    assert_int_equal(try_rows(f, "[[1, a]]", rows, 0, true), CC_NO_MATCH);
    assert_string_equal(f->why.data, "expected 1 row, got 0: 1 missing, 0 unexpected\n- [1, a]");
}

static void equal_rows_are_counted(void **state)
{
    fixture   *f = *state;
    const pair rows[] = { { 1, "a" }, { 1, "a" }, { 2, "b" } };

    assert_int_equal(try_rows(f, "[[2, b], [1, a], [1, a]]", rows, 3, false), CC_MATCH);
    assert_int_equal(try_rows(f, "[[2, b], [2, b], [1, a]]", rows, 3, false), CC_NO_MATCH);
}

/* The first row that fits a pattern may be the only one for another: a greedy choice is wrong here. */
static void patterns_find_the_assignment_that_fits_all(void **state)
{
    fixture   *f = *state;
    const pair rows[] = { { 1, "a" }, { 1, "b" }, { 1, "c" } };

    assert_int_equal(try_rows(f, "[[1, <any>], [1, \"/[ab]/\"], [1, a]]", rows, 3, false), CC_MATCH);
    assert_int_equal(try_rows(f, "[[1, \"/[ab]/\"], [1, \"/[ab]/\"], [1, \"/[ab]/\"]]", rows, 3, false), CC_NO_MATCH);
}

static void binding_takes_the_row_that_was_assigned(void **state)
{
    fixture   *f = *state;
    const pair rows[] = { { 1, "a" }, { 2, "b" } };

    assert_int_equal(try_rows(f, "[[\"<bind:n>\", b], [1, a]]", rows, 2, false), CC_MATCH);
    assert_int_equal(f->bound.value.as.integer, 2);
    f->bound_name[0] = '\0';
    assert_int_equal(try_rows(f, "[[\"<bind:n>\", b], [1, x]]", rows, 2, false), CC_NO_MATCH);
    assert_string_equal(f->bound_name, "");
}

static void a_row_of_another_width_differs(void **state)
{
    fixture   *f = *state;
    const pair rows[] = { { 1, "a" } };

    assert_int_equal(try_rows(f, "[[1]]", rows, 1, true), CC_NO_MATCH);
    assert_int_equal(try_rows(f, "[1]", rows, 1, true), CC_MATCH_BROKEN);
    assert_int_equal(try_rows(f, "1", rows, 1, true), CC_MATCH_BROKEN);
}

static void a_broken_matcher_breaks_the_comparison(void **state)
{
    fixture   *f = *state;
    const pair rows[] = { { 1, "a" } };

    assert_int_equal(try_rows(f, "[[1, \"/(/\"]]", rows, 1, true), CC_MATCH_BROKEN);
    assert_non_null(strstr(f->why.data, "is wrong"));
    assert_int_equal(try_rows(f, "[[1, \"/(/\"]]", rows, 1, false), CC_MATCH_BROKEN);
}

static void many_rows_in_any_order_are_refused(void **state)
{
    fixture   *f = *state;
    orm_buffer yaml;
    pair      *rows = orm_arena_calloc(f->arena, 2100, sizeof *rows);

    orm_buffer_init(&yaml, NULL, 0);
    for (int i = 0; i < 2100; i++) {
        rows[i] = (pair){ 2100 - i, "a" };
        orm_buffer_printf(&yaml, "%s[%d, a]", i == 0 ? "[" : ", ", i + 1);
    }
    orm_buffer_append(&yaml, "]");
    assert_int_equal(try_rows(f, yaml.data, rows, 2100, false), CC_MATCH_BROKEN);
    assert_non_null(strstr(f->why.data, "sort them in the query"));
    assert_int_equal(try_rows(f, yaml.data, rows, 2100, true), CC_NO_MATCH);
    assert_non_null(strstr(f->why.data, "more rows are left out"));
    orm_buffer_free(&yaml);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_up, fixture_down)
    const struct CMUnitTest tests[] = {
        TEST(ordered_rows_come_in_their_order),
        TEST(the_difference_marks_what_differs),
        TEST(equal_rows_are_counted),
        TEST(patterns_find_the_assignment_that_fits_all),
        TEST(binding_takes_the_row_that_was_assigned),
        TEST(a_row_of_another_width_differs),
        TEST(a_broken_matcher_breaks_the_comparison),
        TEST(many_rows_in_any_order_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
