#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/run/isolation.h"

/* Where a table stands in the order. */
static size_t position(const size_t *order, size_t count, size_t table)
{
    size_t i = 0;

    while (i < count && order[i] != table)
        i++;
    assert_true(i < count);
    return i;
}

static void no_tables_no_order(void **state)
{
    (void)state;
    assert_true(cc_delete_order(0, NULL, 0, NULL));
}

static void tables_without_keys_keep_their_order(void **state)
{
    size_t order[3];

    (void)state;
    assert_true(cc_delete_order(3, NULL, 0, order));
    assert_int_equal(order[0], 0);
    assert_int_equal(order[1], 1);
    assert_int_equal(order[2], 2);
}

static void children_come_before_parents(void **state)
{
    cc_foreign_key keys[] = { { .from = 2, .to = 0 },
                              { .from = 3, .to = 2, .nullable = true },
                              { .from = 3, .to = 1 } };
    size_t         order[4];

    (void)state;
    assert_true(cc_delete_order(4, keys, 3, order));
    for (size_t k = 0; k < 3; k++) {
        assert_true(position(order, 4, keys[k].from) < position(order, 4, keys[k].to));
        assert_false(keys[k].cleared);
    }
}

static void a_nullable_self_reference_is_cleared(void **state)
{
    cc_foreign_key keys[] = { { .from = 0, .to = 0, .nullable = true }, { .from = 1, .to = 1 } };
    size_t         order[2];

    (void)state;
    assert_true(cc_delete_order(2, keys, 2, order));
    assert_true(keys[0].cleared);
    assert_false(keys[1].cleared);
}

static void the_nullable_key_of_a_cycle_gives_way(void **state)
{
    cc_foreign_key keys[] = { { .from = 0, .to = 1 },
                              { .from = 1, .to = 0, .nullable = true },
                              { .from = 2, .to = 0 } };
    size_t         order[3];

    (void)state;
    assert_true(cc_delete_order(3, keys, 3, order));
    assert_false(keys[0].cleared);
    assert_true(keys[1].cleared);
    assert_true(position(order, 3, 0) < position(order, 3, 1));
    assert_true(position(order, 3, 2) < position(order, 3, 0));
}

static void a_cycle_of_required_keys_ends_all_the_same(void **state)
{
    cc_foreign_key keys[] = { { .from = 0, .to = 1 }, { .from = 1, .to = 0 } };
    size_t         order[2];

    (void)state;
    assert_true(cc_delete_order(2, keys, 2, order));
    assert_int_equal(order[0] + order[1], 1);
    assert_false(keys[0].cleared || keys[1].cleared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_tables_no_order),
        cmocka_unit_test(tables_without_keys_keep_their_order),
        cmocka_unit_test(children_come_before_parents),
        cmocka_unit_test(a_nullable_self_reference_is_cleared),
        cmocka_unit_test(the_nullable_key_of_a_cycle_gives_way),
        cmocka_unit_test(a_cycle_of_required_keys_ends_all_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
