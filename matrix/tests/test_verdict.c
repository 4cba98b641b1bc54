#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "matrix/matrix.h"

/* The rule once more, in other words than the code's: what share of the cases went as the page says? */
static cc_verdict by_hand(cc_says says, size_t worked, size_t failed, size_t broke)
{
    size_t ran = worked + failed;
    size_t as_said = says == CC_SAYS_FAILS ? failed : worked;

    if (says == CC_SAYS_CLIENT)
        return CC_VERDICT_NOT_APPLICABLE;
    if (ran == 0 || broke != 0)
        return CC_VERDICT_NOT_CHECKED;
    if (says == CC_SAYS_LIMITED)
        return worked != 0 && worked != ran ? CC_VERDICT_CONFIRMED : CC_VERDICT_CONTRADICTED;
    if (as_said == ran)
        return CC_VERDICT_CONFIRMED;
    return as_said == 0 ? CC_VERDICT_CONTRADICTED : CC_VERDICT_PARTLY;
}

static void test_all_small_counts(void **state)
{
    (void)state;
    for (int says = CC_SAYS_WORKS; says <= CC_SAYS_CLIENT; says++) {
        for (size_t n = 0; n < 4 * 4 * 4; n++) {
            size_t worked = n % 4;
            size_t failed = n / 4 % 4;
            size_t broke = n / 16;

            assert_int_equal(cc_verdict_of((cc_says)says, worked, failed, broke),
                             by_hand((cc_says)says, worked, failed, broke));
        }
    }
}

static void test_rule_by_example(void **state)
{
    (void)state;
    assert_int_equal(cc_verdict_of(CC_SAYS_WORKS, 3, 0, 0), CC_VERDICT_CONFIRMED);
    assert_int_equal(cc_verdict_of(CC_SAYS_WORKS, 2, 1, 0), CC_VERDICT_PARTLY);
    assert_int_equal(cc_verdict_of(CC_SAYS_WORKS, 0, 1, 0), CC_VERDICT_CONTRADICTED);
    assert_int_equal(cc_verdict_of(CC_SAYS_FAILS, 0, 2, 0), CC_VERDICT_CONFIRMED);
    assert_int_equal(cc_verdict_of(CC_SAYS_FAILS, 1, 2, 0), CC_VERDICT_PARTLY);
    assert_int_equal(cc_verdict_of(CC_SAYS_FAILS, 2, 0, 0), CC_VERDICT_CONTRADICTED);
    assert_int_equal(cc_verdict_of(CC_SAYS_LIMITED, 1, 1, 0), CC_VERDICT_CONFIRMED);
    assert_int_equal(cc_verdict_of(CC_SAYS_LIMITED, 2, 0, 0), CC_VERDICT_CONTRADICTED);
    assert_int_equal(cc_verdict_of(CC_SAYS_LIMITED, 0, 2, 0), CC_VERDICT_CONTRADICTED);
    assert_int_equal(cc_verdict_of(CC_SAYS_WORKS, 5, 0, 1), CC_VERDICT_NOT_CHECKED);
    assert_int_equal(cc_verdict_of(CC_SAYS_WORKS, 0, 0, 0), CC_VERDICT_NOT_CHECKED);
    assert_int_equal(cc_verdict_of(CC_SAYS_CLIENT, 1, 0, 0), CC_VERDICT_NOT_APPLICABLE);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(cc_verdict_name(CC_VERDICT_NOT_CHECKED), "not checked");
    assert_string_equal(cc_verdict_name(CC_VERDICT_PARTLY), "partly");
    assert_string_equal(cc_verdict_name(CC_VERDICT_NOT_APPLICABLE), "not applicable");
    assert_string_equal(cc_says_name(CC_SAYS_LIMITED), "limited");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_small_counts),
        cmocka_unit_test(test_rule_by_example),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
