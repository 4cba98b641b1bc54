#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/buffer.h"
#include "tests/failing_allocator.h"

static void an_empty_buffer_has_text(void **state)
{
    orm_buffer b;

    (void)state;
    orm_buffer_init(&b, NULL, 0);
    assert_string_equal(b.data, "");
    orm_buffer_append_bytes(&b, NULL, 0);
    orm_buffer_truncate(&b, 0);
    orm_buffer_reset(&b);
    assert_int_equal(b.length, 0);
    orm_buffer_free(&b);
}

static void all_appends_add_up(void **state)
{
    orm_buffer b;

    (void)state;
    orm_buffer_init(&b, NULL, 0);
    orm_buffer_append(&b, "ab");
    orm_buffer_append_char(&b, 'c');
    orm_buffer_append_int(&b, INT64_MIN);
    orm_buffer_printf(&b, "[%5.1f|%s]", 2.5, "x");
    assert_string_equal(b.data, "abc-9223372036854775808[  2.5|x]");
    assert_int_equal(b.length, strlen(b.data));
    orm_buffer_truncate(&b, 100);
    orm_buffer_truncate(&b, 3);
    assert_string_equal(b.data, "abc");
    orm_buffer_append_bytes(&b, "\0x", 2);
    assert_memory_equal(b.data, "abc\0x", 6);
    orm_buffer_reset(&b);
    for (int i = 0; i < 10000; i++)
        orm_buffer_printf(&b, "%d,", i);
    assert_false(b.broken);
    assert_string_equal(b.data + b.length - 5, "9999,");
    orm_buffer_free(&b);
}

static void the_limit_breaks_and_reset_mends(void **state)
{
    orm_buffer b;

    (void)state;
    orm_buffer_init(&b, NULL, 10);
    orm_buffer_append(&b, "0123456789");
    assert_false(b.broken);
    orm_buffer_append_char(&b, 'x');
    assert_true(b.broken);
    assert_string_equal(b.data, "");
    orm_buffer_append(&b, "a");
    orm_buffer_printf(&b, "%d", 1);
    assert_null(orm_buffer_reserve(&b, 1));
    assert_int_equal(b.length, 0);
    orm_buffer_reset(&b);
    orm_buffer_append(&b, "a");
    assert_string_equal(b.data, "a");
    assert_null(orm_buffer_reserve(&b, SIZE_MAX));
    assert_true(b.broken);
    orm_buffer_free(&b);
    assert_false(b.broken);
}

static void a_failed_allocation_breaks(void **state)
{
    failing_allocator memory;
    orm_buffer        b;

    (void)state;
    for (size_t n = 1; n <= 3; n++) {
        orm_buffer_init(&b, failing_allocator_init(&memory, n), 0);
        for (int i = 0; i < 200; i++)
            orm_buffer_append(&b, "abc");
        assert_true(b.broken);
        assert_string_equal(b.data, "");
        assert_int_equal(memory.held, 0);
        orm_buffer_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_buffer_has_text),
        cmocka_unit_test(all_appends_add_up),
        cmocka_unit_test(the_limit_breaks_and_reset_mends),
        cmocka_unit_test(a_failed_allocation_breaks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
