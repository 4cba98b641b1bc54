#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/run/run.h"

static bool matches(const char *filter, const char *id)
{
    return cc_filter_matches(&filter, 1, id);
}

static void no_filter_selects_all(void **state)
{
    (void)state;
    assert_true(cc_filter_matches(NULL, 0, "upsert/a"));
}

static void a_word_is_a_prefix_up_to_a_slash(void **state)
{
    (void)state;
    assert_true(matches("upsert/a", "upsert/a"));
    assert_true(matches("upsert", "upsert/a"));
    assert_true(matches("upsert/", "upsert/a"));
    assert_false(matches("ups", "upsert/a"));
    assert_false(matches("upsert/a", "upsert/ab"));
    assert_false(matches("upsert/a/b", "upsert/a"));
    assert_false(matches("", "upsert/a"));
    assert_false(matches("/", "upsert/a"));
}

static void stars_and_question_marks_are_a_pattern(void **state)
{
    (void)state;
    assert_true(matches("*", "upsert/a"));
    assert_true(matches("*/a", "upsert/a"));
    assert_true(matches("u*t/?", "upsert/a"));
    assert_true(matches("*s*t*a", "upsert/a"));
    assert_true(matches("upsert/a*", "upsert/a"));
    assert_false(matches("u*t", "upsert/a"));
    assert_false(matches("?", "ab"));
    assert_false(matches("a?", "a"));
    assert_false(matches("*b", "upsert/a"));
}

static void a_hostile_pattern_is_not_slow(void **state)
{
    (void)state;
    assert_false(matches("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
                         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

static void one_of_several_is_enough(void **state)
{
    static const char *const filters[] = { "crud", "upsert/b" };

    (void)state;
    assert_true(cc_filter_matches(filters, 2, "crud/x"));
    assert_true(cc_filter_matches(filters, 2, "upsert/b"));
    assert_false(cc_filter_matches(filters, 2, "upsert/a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_filter_selects_all),
        cmocka_unit_test(a_word_is_a_prefix_up_to_a_slash),
        cmocka_unit_test(stars_and_question_marks_are_a_pattern),
        cmocka_unit_test(a_hostile_pattern_is_not_slow),
        cmocka_unit_test(one_of_several_is_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
