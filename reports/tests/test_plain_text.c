#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <string.h>

#include "reports/writers/markdown.h"
#include "reports/writers/plain_text.h"

static void plain(const char *text, const char *wanted)
{
    orm_buffer out;

    orm_buffer_init(&out, NULL, 0);
    cc_plain_text(&out, text);
    assert_string_equal(out.data, wanted);
    orm_buffer_free(&out);
}

static void test_terminal_sequences(void **state)
{
    (void)state;
    plain("\033[1;31mred\033[0m", "red");
    plain("a\033[2Jb\033[10;20Hc", "abc");
    plain("\033]0;title\ab", "b");
    plain("\033]8;;http://x\033\\link\033]8;;\033\\", "link");
    plain("\033(Bx\0337y", "xy");
    plain("a\033", "a\\x1B");
    plain("a\033[", "a");
    plain("a\033[31", "a");
    plain("\033]never ends", "\\x1B]never ends"); /* the rest must not be swallowed */
    plain("\033\nx", "\\x1B\nx");
    plain("\033[\xff", "\xef\xbf\xbd");
}

static void test_illegal_characters(void **state)
{
    (void)state;
    plain("\x01\x08\x0b\x1f\x7f", "\\x01\\x08\\x0B\\x1F\\x7F");
    plain("tab\tline\nend", "tab\tline\nend");
    plain("a\r\nb\rc", "a\nb\\x0Dc");
    plain("\xc2\x80\xc2\x9f\xc2\xa0", "\\x80\\x9F\xc2\xa0");
    plain("\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd", "\\uFFFE\\uFFFF\xef\xbf\xbd");
    plain("a\u202Eb\u202A\u2066\u2069", "a\\u202Eb\\u202A\\u2066\\u2069");
    plain("\u2029\u202F\u2065\u206A", "\u2029\u202F\u2065\u206A");
    plain("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    plain("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    plain("\xc3", "\xef\xbf\xbd");
    plain("", "");
    plain(NULL, "");
}

static void line(const char *text, size_t limit, const char *wanted)
{
    orm_buffer out;

    orm_buffer_init(&out, NULL, 0);
    cc_plain_line(&out, text, limit);
    assert_string_equal(out.data, wanted);
    orm_buffer_free(&out);
}

static void test_one_line(void **state)
{
    (void)state;
    line("  a \n\t b\r\nc  \n", 99, "a b c");
    line("abcdef", 6, "abcdef");
    line("abcdef", 5, "abcde\xe2\x80\xa6");
    line("\xc3\xa9\xc3\xa9\xc3\xa9", 2, "\xc3\xa9\xc3\xa9\xe2\x80\xa6");
    line(" \n ", 5, "");
    line(NULL, 5, "");
}

static void cut(const char *text, size_t limit, const char *wanted)
{
    orm_buffer out;

    orm_buffer_init(&out, NULL, 0);
    cc_append_head_and_tail(&out, text, limit);
    assert_string_equal(out.data, wanted);
    orm_buffer_free(&out);
}

static void test_head_and_tail(void **state)
{
    (void)state;
    cut("0123456789", 10, "0123456789");
    cut("0123456789", 4, "01\n... 6 bytes left out ...\n89");
    cut("\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", 8,
        "\xe2\x82\xac\n... 6 bytes left out ...\n\xe2\x82\xac"); /* no character is cut in two */
    cut("", 0, "");
}

static void seconds(int64_t nanoseconds, const char *wanted)
{
    orm_buffer out;

    orm_buffer_init(&out, NULL, 0);
    cc_append_seconds(&out, nanoseconds);
    assert_string_equal(out.data, wanted);
    orm_buffer_free(&out);
}

/* With a decimal comma, where such a locale is installed. */
static void test_seconds(void **state)
{
    (void)state;
    setlocale(LC_ALL, "de_DE.UTF-8");
    seconds(0, "0.000");
    seconds(999999, "0.000");
    seconds(1000000, "0.001");
    seconds(1234567890, "1.234");
    seconds(-5, "0.000");
    seconds(INT64_MIN, "0.000");
    seconds(INT64_MAX, "9223372036.854");
    setlocale(LC_ALL, "C");
}

static void markdown(const char *text, const char *wanted)
{
    orm_buffer out;

    orm_buffer_init(&out, NULL, 0);
    cc_markdown_text(&out, text);
    assert_string_equal(out.data, wanted);
    orm_buffer_free(&out);
}

static void code(const char *text, bool in_table, const char *wanted)
{
    orm_buffer out;

    orm_buffer_init(&out, NULL, 0);
    cc_markdown_code(&out, text, 100, in_table);
    assert_string_equal(out.data, wanted);
    orm_buffer_free(&out);
}

static void test_markdown(void **state)
{
    (void)state;
    markdown("a|b", "a\\|b");
    markdown("<script>&", "&lt;script&gt;&amp;");
    markdown("*x* _y_ `z` [a](b) #1 ~s~ \\ !", "\\*x\\* \\_y\\_ \\`z\\` \\[a\\](b) \\#1 \\~s\\~ \\\\ \\!");
    markdown("two\nlines\r\n", "two lines");
    markdown("@somebody", "&#64;somebody");
    code("plain", false, "`plain`");
    code("a|b", false, "`a|b`");
    code("a|b", true, "`a\\|b`");
    code("a`b``c", false, "``` a`b``c ```");
    code("", false, "");
    code("x\n<b>", false, "`x <b>`");
}

static void test_indent(void **state)
{
    orm_buffer out;

    (void)state;
    orm_buffer_init(&out, NULL, 0);
    cc_append_indented(&out, "a\n\nb", "> ");
    assert_string_equal(out.data, "> a\n\n> b\n");
    orm_buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_terminal_sequences),
        cmocka_unit_test(test_illegal_characters),
        cmocka_unit_test(test_one_line),
        cmocka_unit_test(test_head_and_tail),
        cmocka_unit_test(test_seconds),
        cmocka_unit_test(test_markdown),
        cmocka_unit_test(test_indent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
