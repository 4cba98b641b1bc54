#include "tests/codec_fixture.h"

#include "tests/seeded.h"

static void texts_are_kept_exactly(void **state)
{
    static const char *const good[] = {
        "0",      "10.50", "-0.000", "+1",  ".5",       "5.",        "1e10",
        "1.5E-3", "NaN",   "007.0",  "-.5", "Infinity", "-Infinity", "123456789012345678901234567890.123456789"
    };
    static const char *const bad[] = { "",   ".",   "-",   "1e",  "1e+", "e5",  "1.2.3",        " 1",
                                       "1 ", "1,5", "0x1", "nan", "inf", "--1", "1e9999999999", "+Infinity" };
    codec_fixture           *f = *state;
    const char              *text;

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        if (from_value(f, ORM_TYPE_DECIMAL, orm_text(good[i]), &text) != ORM_OK)
            fail_msg("'%s' was refused", good[i]);
        assert_string_equal(text, good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (from_value(f, ORM_TYPE_DECIMAL, orm_text(bad[i]), &text) != ORM_ERR_VALIDATION)
            fail_msg("'%s' was taken for a decimal", bad[i]);
        assert_int_equal(orm_type_check(ORM_TYPE_DECIMAL, &bad[i], &f->error), ORM_ERR_VALIDATION);
    }
    assert_int_equal(from_value(f, ORM_TYPE_DECIMAL, orm_int(INT64_MIN), &text), ORM_OK);
    assert_string_equal(text, "-9223372036854775808");
    assert_int_equal(from_value(f, ORM_TYPE_DECIMAL, orm_double(10.5), &text), ORM_OK);
    assert_string_equal(text, "10.5");
    assert_int_equal(from_value(f, ORM_TYPE_DECIMAL, orm_bool(true), &text), ORM_ERR_VALIDATION);
}

static void equal_means_the_same_number(void **state)
{
    static const char *const equal[][2] = { { "10.5", "10.50" }, { "1e2", "100" },    { "0", "-0.00" }, { "007", "7." },
                                            { ".5", "0.50" },    { "0.01", "1e-2" },  { "NaN", "NaN" }, { "+3", "3" },
                                            { "0e5", "0" },      { "12.30e1", "123" } };
    static const char *const other[][2] = { { "10.5", "10.51" },  { "1", "-1" },     { "100", "10" },
                                            { "0.1", "0.01" },    { "NaN", "0" },    { "12", "1.2" },
                                            { "0", "0.0000001" }, { "1", "1.0001" }, { "101", "11" } };

    (void)state;
    for (size_t i = 0; i < sizeof equal / sizeof equal[0]; i++) {
        assert_true(orm_type_equal(ORM_TYPE_DECIMAL, &equal[i][0], &equal[i][1]));
        assert_true(orm_type_equal(ORM_TYPE_DECIMAL, &equal[i][1], &equal[i][0]));
    }
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        assert_false(orm_type_equal(ORM_TYPE_DECIMAL, &other[i][0], &other[i][1]));
        assert_false(orm_type_equal(ORM_TYPE_DECIMAL, &other[i][1], &other[i][0]));
    }
}

static void known_binary_numbers(void **state)
{
    codec_fixture *f = *state;
    const char    *text;

    /* As PostgreSQL sends them: groups, weight, sign, scale, groups of four digits. */
    assert_int_equal(decode_bytes(f, ORM_TYPE_DECIMAL, ORM_OID_NUMERIC, BYTES("\0\2\0\0\0\0\0\2\0\x0A\x13\x88"), &text),
                     ORM_OK);
    assert_string_equal(text, "10.50");
    assert_int_equal(decode_bytes(f, ORM_TYPE_DECIMAL, ORM_OID_NUMERIC, BYTES("\0\1\xFF\xFF\x40\0\0\4\0\1"), &text),
                     ORM_OK);
    assert_string_equal(text, "-0.0001");
    assert_int_equal(decode_bytes(f, ORM_TYPE_DECIMAL, ORM_OID_NUMERIC, BYTES("\0\1\0\2\0\0\0\0\0\1"), &text), ORM_OK);
    assert_string_equal(text, "100000000");
    assert_int_equal(decode_bytes(f, ORM_TYPE_DECIMAL, ORM_OID_NUMERIC, BYTES("\0\0\0\0\0\0\0\3"), &text), ORM_OK);
    assert_string_equal(text, "0.000");
    assert_int_equal(decode_bytes(f, ORM_TYPE_DECIMAL, ORM_OID_NUMERIC, BYTES("\0\0\0\0\xC0\0\0\0"), &text), ORM_OK);
    assert_string_equal(text, "NaN");
    assert_int_equal(decode_bytes(f, ORM_TYPE_DECIMAL, ORM_OID_NUMERIC, BYTES("\0\0\0\0\xD0\0\0\x20"), &text), ORM_OK);
    assert_string_equal(text, "Infinity");
    assert_int_equal(decode_bytes(f, ORM_TYPE_DECIMAL, ORM_OID_NUMERIC, BYTES("\0\0\0\0\xF0\0\0\x20"), &text), ORM_OK);
    assert_string_equal(text, "-Infinity");
    assert_int_equal(decode_bytes(f, ORM_TYPE_DECIMAL, ORM_OID_INT4, BYTES("\xFF\xFF\xFF\xFE"), &text), ORM_OK);
    assert_string_equal(text, "-2");
}

static void malformed_binary_is_refused(void **state)
{
    static const struct {
        const char *data;
        size_t      size;
    } bad[] = {
        { "", 0 },
        { "\0\0\0\0\0\0\0", 7 },
        { "\0\1\0\0\0\0\0\0", 8 },
        { "\0\0\0\0\0\0\0\0\0\1", 10 },
        { "\0\1\0\0\0\0\0\0\x27\x10", 10 }, /* a group of 10000 */
        { "\0\0\0\0\x12\x34\0\0", 8 },
        { "\0\0\0\0\0\0\x40\0", 8 },
        { "\xFF\xFF\0\0\0\0\0\0", 8 },
    };
    codec_fixture *f = *state;
    const char    *text;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(decode_bytes(f, ORM_TYPE_DECIMAL, ORM_OID_NUMERIC, bad[i].data, bad[i].size, &text),
                         ORM_ERR_CONVERSION);
    assert_int_equal(decode_bytes(f, ORM_TYPE_DECIMAL, ORM_OID_FLOAT8, BYTES("\0\0\0\0\0\0\0\0"), &text),
                     ORM_ERR_CONVERSION);
}

static void put16(orm_buffer *b, int value)
{
    orm_buffer_append_char(b, (char)(value >> 8 & 0xFF));
    orm_buffer_append_char(b, (char)(value & 0xFF));
}

/* Writes digits before and after the point the way PostgreSQL does, zero groups at both ends left out. */
static void write_numeric(orm_buffer *b, bool negative, const char *integer, const char *fraction)
{
    char   padded[64] = "";
    size_t before = strlen(integer);
    size_t after = strlen(fraction);
    size_t lead = (4 - before % 4) % 4;
    int    groups = (int)((lead + before) / 4 + (after + 3) / 4);
    int    first = 0;
    int    values[16];

    memset(padded, '0', sizeof padded);
    memcpy(padded + lead, integer, before);
    memcpy(padded + lead + before, fraction, after);
    for (int i = 0; i < groups; i++) {
        values[i] = 0;
        for (int k = 0; k < 4; k++)
            values[i] = values[i] * 10 + (padded[4 * i + k] - '0');
    }
    while (groups > first && values[groups - 1] == 0)
        groups--;
    while (first < groups && values[first] == 0)
        first++;
    put16(b, groups - first);
    put16(b, first == groups ? 0 : (int)((lead + before) / 4) - 1 - first);
    put16(b, negative ? 0x4000 : 0);
    put16(b, (int)after);
    for (int i = first; i < groups; i++)
        put16(b, values[i]);
}

static void binary_becomes_the_exact_text(void **state)
{
    codec_fixture *f = *state;
    uint64_t       seed = 5;

    for (int round = 0; round < 20000; round++) {
        char        integer[24] = "0";
        char        fraction[24] = "";
        size_t      before = (size_t)seeded_below(&seed, 20);
        size_t      after = (size_t)seeded_below(&seed, 20);
        bool        negative = seeded_below(&seed, 2) == 1;
        bool        zero;
        const char *expected;
        const char *text;

        for (size_t i = 0; i < before; i++)
            integer[i] = (char)('0' + seeded_below(&seed, i == 0 ? 9 : 3) + (i == 0));
        for (size_t i = 0; i < after; i++)
            fraction[i] = (char)('0' + (seeded_below(&seed, 3) == 0 ? seeded_below(&seed, 10) : 0));
        zero = before == 0 && strspn(fraction, "0") == after;
        expected = orm_arena_printf(f->arena, "%s%s%s%s", negative && !zero ? "-" : "", integer, after > 0 ? "." : "",
                                    fraction);
        orm_buffer_reset(&f->out);
        write_numeric(&f->out, negative && !zero, integer, fraction);
        assert_int_equal(decode_bytes(f, ORM_TYPE_DECIMAL, ORM_OID_NUMERIC, f->out.data, f->out.length, &text), ORM_OK);
        assert_string_equal(text, expected);
        assert_true(orm_type_equal(ORM_TYPE_DECIMAL, &text, &expected));
    }
}

static void it_is_sent_as_text(void **state)
{
    codec_fixture *f = *state;
    const char    *text = "10.50";
    bool           as_text = false;

    assert_int_equal(orm_type_append_binary(ORM_TYPE_DECIMAL, &text, &f->out, &as_text, &f->error), ORM_OK);
    assert_true(as_text);
    assert_string_equal(f->out.data, "10.50");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(texts_are_kept_exactly, fixture_setup, fixture_teardown),
        cmocka_unit_test(equal_means_the_same_number),
        cmocka_unit_test_setup_teardown(known_binary_numbers, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(malformed_binary_is_refused, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(binary_becomes_the_exact_text, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(it_is_sent_as_text, fixture_setup, fixture_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
