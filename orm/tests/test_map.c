#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "tests/failing_allocator.h"
#include "tests/seeded.h"

#define KEYS 500

/* Puts and removes at random, and compares with a plain table after every step. */
static void it_behaves_like_a_table(void **state)
{
    static char keys[KEYS][8];
    void       *expected[KEYS] = { NULL };
    uint64_t    seed = 7;
    size_t      count = 0;
    orm_map     map;

    (void)state;
    orm_map_init(&map, NULL);
    for (int i = 0; i < KEYS; i++)
        snprintf(keys[i], sizeof keys[i], "k%d", i);
    for (int step = 0; step < 60000; step++) {
        size_t i = (size_t)seeded_below(&seed, KEYS);
        size_t other = (size_t)seeded_below(&seed, KEYS);

        /* It grows, then shrinks, again and again. */
        if (seeded_below(&seed, 100) < (step / 5000 % 2 == 0 ? 70u : 30u)) {
            void *value = &keys[other];

            assert_true(orm_map_put_text(&map, keys[i], value));
            count += expected[i] == NULL;
            expected[i] = value;
        } else {
            orm_map_remove(&map, keys[i], strlen(keys[i]));
            count -= expected[i] != NULL;
            expected[i] = NULL;
        }
        assert_int_equal(map.count, count);
        assert_ptr_equal(orm_map_get_text(&map, keys[i]), expected[i]);
        assert_ptr_equal(orm_map_get_text(&map, keys[other]), expected[other]);
        if (step % 1000 == 0) {
            for (int k = 0; k < KEYS; k++)
                assert_ptr_equal(orm_map_get_text(&map, keys[k]), expected[k]);
        }
    }
    orm_map_free(&map);
}

static void walking_meets_every_entry_once(void **state)
{
    static uint32_t     keys[100];
    size_t              seen[100] = { 0 };
    size_t              cursor = 0;
    const orm_map_slot *slot;
    orm_map             map;

    (void)state;
    orm_map_init(&map, NULL);
    assert_null(orm_map_next(&map, &cursor));
    for (uint32_t i = 0; i < 100; i++) {
        keys[i] = i;
        assert_true(orm_map_put(&map, &keys[i], sizeof keys[i], &seen[i]));
    }
    while ((slot = orm_map_next(&map, &cursor)) != NULL)
        ++*(size_t *)slot->value;
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(seen[i], 1);
    orm_map_clear(&map);
    assert_null(orm_map_get(&map, &keys[1], sizeof keys[1]));
    assert_int_equal(map.count, 0);
    orm_map_free(&map);
}

static void a_key_without_bytes_is_a_key(void **state)
{
    orm_map map;

    (void)state;
    orm_map_init(&map, NULL);
    assert_null(orm_map_get(&map, NULL, 0));
    orm_map_remove(&map, "x", 1);
    assert_true(orm_map_put(&map, NULL, 0, &map));
    assert_ptr_equal(orm_map_get_text(&map, ""), &map);
    assert_null(orm_map_get_text(&map, "a"));
    orm_map_remove(&map, "", 0);
    assert_null(orm_map_get_text(&map, ""));
    orm_map_free(&map);
}

static void a_failed_put_changes_nothing(void **state)
{
    static char       keys[64][4];
    failing_allocator memory;
    orm_map           map;
    size_t            n = 0;

    (void)state;
    orm_map_init(&map, failing_allocator_init(&memory, 2));
    for (; n < 64; n++) {
        snprintf(keys[n], sizeof keys[n], "%zu", n);
        if (!orm_map_put_text(&map, keys[n], keys[n]))
            break;
    }
    assert_true(n > 0 && n < 64);
    assert_int_equal(map.count, n);
    for (size_t i = 0; i < n; i++)
        assert_ptr_equal(orm_map_get_text(&map, keys[i]), keys[i]);
    assert_true(orm_map_put_text(&map, keys[n], keys[n]));
    orm_map_free(&map);
    assert_int_equal(memory.held, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_behaves_like_a_table),
        cmocka_unit_test(walking_meets_every_entry_once),
        cmocka_unit_test(a_key_without_bytes_is_a_key),
        cmocka_unit_test(a_failed_put_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
