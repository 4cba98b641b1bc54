#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/retry.h"

static void test_what_helps(void **state)
{
    const orm_retry_policy plain = { .attempts = 3 };
    const orm_retry_policy deadlocks = { .attempts = 3, .deadlocks = true };

    (void)state;
    assert_true(orm_retry_helps(&plain, ORM_ERR_SERIALIZATION, ORM_OK));
    assert_false(orm_retry_helps(&plain, ORM_ERR_DEADLOCK, ORM_OK));
    assert_true(orm_retry_helps(&deadlocks, ORM_ERR_DEADLOCK, ORM_OK));
    for (int status = ORM_ERR_MEMORY; status <= ORM_ERR_PROTOCOL; status++)
        if (status != ORM_ERR_SERIALIZATION && status != ORM_ERR_DEADLOCK)
            assert_false(orm_retry_helps(&deadlocks, (orm_status)status, ORM_OK));
    /* Only an aborted transaction may be due to a conflict that was passed over. */
    assert_true(orm_retry_helps(&plain, ORM_ERR_TRANSACTION_ABORTED, ORM_ERR_SERIALIZATION));
    assert_false(orm_retry_helps(&plain, ORM_ERR_TRANSACTION_ABORTED, ORM_ERR_DEADLOCK));
    assert_true(orm_retry_helps(&deadlocks, ORM_ERR_TRANSACTION_ABORTED, ORM_ERR_DEADLOCK));
    assert_false(orm_retry_helps(&plain, ORM_ERR_UNIQUE_CONSTRAINT, ORM_ERR_SERIALIZATION));
    assert_false(orm_retry_helps(&plain, ORM_ERR_AMBIGUOUS_COMMIT, ORM_ERR_SERIALIZATION));
}

/* The longest and the shortest wait after each attempt. */
static void assert_delays(const orm_retry_policy *policy, unsigned attempt, uint64_t shortest, uint64_t longest)
{
    uint64_t least = UINT64_MAX;
    uint64_t most = 0;

    for (uint64_t random = 0; random < 3000; random++) {
        uint64_t delay = orm_retry_delay_ms(policy, attempt, random);

        least = delay < least ? delay : least;
        most = delay > most ? delay : most;
    }
    assert_int_equal(least, shortest);
    assert_int_equal(most, longest);
}

static void test_delays(void **state)
{
    const orm_retry_policy defaults = { .attempts = 9 };
    const orm_retry_policy own = { .attempts = 9, .first_delay_ms = 3, .max_delay_ms = 20 };
    const orm_retry_policy most = { .first_delay_ms = UINT32_MAX, .max_delay_ms = UINT32_MAX };
    const orm_retry_policy least = { .max_delay_ms = 1 };

    (void)state;
    assert_delays(&defaults, 1, 5, 10);
    assert_delays(&defaults, 2, 10, 20);
    assert_delays(&defaults, 7, 320, 640);
    assert_delays(&defaults, 8, 500, 1000);
    assert_delays(&defaults, UINT32_MAX, 500, 1000);
    assert_delays(&own, 1, 2, 3);
    assert_delays(&own, 3, 6, 12);
    assert_delays(&own, 4, 10, 20);
    assert_int_equal(orm_retry_delay_ms(&most, UINT32_MAX, 0), UINT32_MAX);
    assert_int_equal(orm_retry_delay_ms(&most, 1, UINT64_MAX) >= UINT32_MAX / 2, 1);
    assert_delays(&least, 5, 1, 1);
}

static void test_sleep(void **state)
{
    uint64_t before = orm_retry_clock_ms();

    (void)state;
    orm_retry_sleep(20);
    assert_true(orm_retry_clock_ms() - before >= 19);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_helps),
        cmocka_unit_test(test_delays),
        cmocka_unit_test(test_sleep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
