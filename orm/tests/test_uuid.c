#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <orm/value.h>

static void text_is_read_and_written(void **state)
{
    static const char text[] = "550e8400-e29b-41d4-a716-446655440000";
    char              out[ORM_UUID_TEXT_SIZE];
    orm_uuid          uuid;
    orm_uuid          other;

    (void)state;
    assert_true(orm_uuid_parse(text, &uuid));
    assert_int_equal(uuid.bytes[0], 0x55);
    assert_int_equal(uuid.bytes[15], 0);
    assert_string_equal(orm_uuid_format(uuid, out), text);
    assert_true(orm_uuid_parse("550E8400E29B41D4A716446655440000", &other));
    assert_true(orm_uuid_equal(uuid, other));
}

static void other_text_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "550e8400",
        "550e8400-e29b-41d4-a716-44665544000",
        "550e8400-e29b-41d4-a716-4466554400000",
        "550e8400-e29b-41d4-a716-44665544000g",
        "550e8400-e29b-41d4-a7164-46655440000",
        "550e8400e29b-41d4-a716-446655440000",
        "{550e8400-e29b-41d4-a716-446655440000}",
        "550e8400e29b41d4a71644665544000",
        " 550e8400e29b41d4a716446655440000",
    };
    orm_uuid uuid = { { 9 } };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(orm_uuid_parse(bad[i], &uuid));
    assert_false(orm_uuid_parse(NULL, &uuid));
    assert_int_equal(uuid.bytes[0], 9);
}

static void random_ones_are_version_4(void **state)
{
    orm_uuid last = { { 0 } };

    (void)state;
    assert_true(orm_uuid_is_zero(last));
    for (int i = 0; i < 1000; i++) {
        orm_uuid uuid;

        assert_true(orm_uuid_random(&uuid));
        assert_int_equal(uuid.bytes[6] >> 4, 4);
        assert_int_equal(uuid.bytes[8] >> 6, 2);
        assert_false(orm_uuid_equal(uuid, last));
        last = uuid;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_read_and_written),
        cmocka_unit_test(other_text_is_refused),
        cmocka_unit_test(random_ones_are_version_4),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
