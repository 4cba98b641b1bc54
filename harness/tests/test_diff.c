#include "expect_fixture.h"

#include "base/text.h"

static void check(const char *expected, const char *actual, const char *difference)
{
    orm_buffer out;

    orm_buffer_init(&out, NULL, 0);
    cc_print_text_diff(&out, expected, actual);
    assert_string_equal(out.data, difference);
    orm_buffer_free(&out);
}

static void equal_texts_have_no_difference(void **state)
{
    (void)state;
    check("", "", "");
    check("a\nb", "a\nb", "");
}

static void changed_lines_are_marked(void **state)
{
    (void)state;
    check("a\nb\nc", "a\nx\nc", "  a\n- b\n+ x\n  c\n");
    check("a", "", "- a\n+ \n");
    check("a\nb", "b", "- a\n  b\n");
    check("b", "a\nb", "+ a\n  b\n");
    check("a\nb\nc\nd", "b\nd\ne", "- a\n  b\n- c\n  d\n+ e\n");
}

static void far_lines_are_left_out(void **state)
{
    (void)state;
    check("1\n2\n3\n4\n5\n6\n7\n8\n9\na", "1\n2\n3\n4\nx\n6\n7\n8\n9\na",
          "...\n  2\n  3\n  4\n- 5\n+ x\n  6\n  7\n  8\n");
}

/* Small alphabets give many equal lines; the marks must always lead from one text to the other. */
static void any_difference_leads_from_one_text_to_the_other(void **state)
{
    uint32_t seed = 12345;

    (void)state;
    for (int round = 0; round < 3000; round++) {
        char       a[32] = "", b[32] = "", from[32] = "", to[32] = "";
        size_t     a_count = 0, b_count = 0, from_length = 0, to_length = 0;
        orm_buffer out;

        seed = seed * 1664525U + 1013904223U;
        a_count = (seed >> 8) % 3 + 1;
        b_count = (seed >> 16) % 3 + 1;
        for (size_t i = 0; i < a_count * 2 - 1; i++)
            a[i] = i % 2 == 1 ? '\n' : "ab"[(seed >> (i + 3)) & 1];
        for (size_t i = 0; i < b_count * 2 - 1; i++)
            b[i] = i % 2 == 1 ? '\n' : "ab"[(seed >> (i + 12)) & 1];
        orm_buffer_init(&out, NULL, 0);
        cc_print_text_diff(&out, a, b);
        for (const char *line = out.data; *line != '\0'; line = strchr(line, '\n') + 1) {
            if (line[0] != '+')
                from[from_length++] = line[2];
            if (line[0] != '-')
                to[to_length++] = line[2];
        }
        if (strcmp(a, b) != 0) {
            for (size_t i = 0; i < a_count; i++)
                assert_int_equal(from[i], a[2 * i]);
            for (size_t i = 0; i < b_count; i++)
                assert_int_equal(to[i], b[2 * i]);
            assert_int_equal(from_length, a_count);
            assert_int_equal(to_length, b_count);
        }
        orm_buffer_free(&out);
    }
}

/* Texts without a line in common: bounded in time and in what is printed. */
static void hopeless_differences_are_bounded(void **state)
{
    orm_buffer a, b, out;
    uint64_t   start = orm_clock_ns();

    (void)state;
    orm_buffer_init(&a, NULL, 0);
    orm_buffer_init(&b, NULL, 0);
    orm_buffer_init(&out, NULL, 0);
    for (int i = 0; i < 30000; i++) {
        orm_buffer_printf(&a, "a%d\n", i);
        orm_buffer_printf(&b, "b%d\n", i);
    }
    cc_print_text_diff(&out, a.data, b.data);
    assert_non_null(strstr(out.data, "is left out"));
    assert_true(out.length < 5000);
    assert_true(orm_clock_ns() - start < 10000000000U);
    orm_buffer_free(&a);
    orm_buffer_free(&b);
    orm_buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_texts_have_no_difference),
        cmocka_unit_test(changed_lines_are_marked),
        cmocka_unit_test(far_lines_are_left_out),
        cmocka_unit_test(any_difference_leads_from_one_text_to_the_other),
        cmocka_unit_test(hopeless_differences_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
