#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include <string.h>

#include "base/text.h"

/* A decoder of its own, by the definition: the value, then whether it may be written with that many bytes. */
static bool valid_by_definition(const unsigned char *s, size_t size)
{
    size_t i = 0;

    while (i < size) {
        uint32_t code = s[i];
        size_t   extra = code < 0x80 ? 0 : code >> 5 == 6 ? 1 : code >> 4 == 14 ? 2 : code >> 3 == 30 ? 3 : 9;

        if (extra == 9 || extra >= size - i)
            return false;
        code &= extra == 0 ? 0x7Fu : 0x3Fu >> extra;
        for (size_t k = 1; k <= extra; k++) {
            if (s[i + k] >> 6 != 2)
                return false;
            code = code << 6 | (s[i + k] & 0x3F);
        }
        if ((extra == 1 && code < 0x80) || (extra == 2 && (code < 0x800 || (code >= 0xD800 && code <= 0xDFFF))) ||
            (extra == 3 && (code < 0x10000 || code > 0x10FFFF)))
            return false;
        i += extra + 1;
    }
    return true;
}

static void every_three_bytes_are_judged_right(void **state)
{
    /* The first and last byte of each class are the ones that matter. */
    static const unsigned char edges[] = { 0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF,
                                           0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF };
    const size_t               n = sizeof edges;

    (void)state;
    for (size_t i = 0; i < n * n * n * n; i++) {
        unsigned char s[4] = { edges[i % n], edges[i / n % n], edges[i / n / n % n], edges[i / n / n / n] };

        for (size_t size = 1; size <= 4; size++)
            assert_int_equal(orm_utf8_valid_prefix((char *)s, size) == size, valid_by_definition(s, size));
    }
}

/* Whatever stands in front, in long text too. */
static void the_first_broken_byte_is_found(void **state)
{
    char text[64];

    (void)state;
    for (size_t at = 0; at < sizeof text; at++) {
        memset(text, 'a', sizeof text);
        text[at] = '\xFF';
        for (size_t size = 0; size <= sizeof text; size++)
            assert_int_equal(orm_utf8_valid_prefix(text, size), size <= at ? size : at);
    }
}

static void code_points_are_written_validly(void **state)
{
    orm_buffer b;

    (void)state;
    orm_buffer_init(&b, NULL, 0);
    for (uint32_t code = 0; code <= 0x110010; code += 7) {
        orm_buffer_reset(&b);
        orm_utf8_append(&b, code);
        assert_int_equal(orm_utf8_valid_prefix(b.data, b.length), b.length);
    }
    orm_buffer_reset(&b);
    orm_utf8_append(&b, 0x20AC);
    orm_utf8_append(&b, 0x1F600);
    orm_utf8_append(&b, 0xD800);
    orm_utf8_append(&b, 0x110000);
    assert_string_equal(b.data, "\u20AC\U0001F600\uFFFD\uFFFD");
    orm_buffer_reset(&b);
    orm_utf8_repair(&b, "a\xC3(\xE2\x82\u00E9\xFF", 8);
    assert_string_equal(b.data, "a\uFFFD(\uFFFD\uFFFD\u00E9\uFFFD");
    orm_buffer_free(&b);
}

static void single_line(const char *text, const char *wanted)
{
    char line[64];

    snprintf(line, sizeof line, "%s", text);
    orm_make_single_line(line);
    assert_string_equal(line, wanted);
}

static void terminal_sequences_are_taken_out(void **state)
{
    (void)state;
    single_line("\033[1;31mred\033[0m\nb", "red b");
    single_line("\033]0;title\aa\033]8;;http://x\033\\b", "ab");
    single_line("a\033[31", "a");
    single_line("a\033", "a ");
    single_line("\033]no end\x7f", " ]no end ");
    single_line("", "");
    assert_int_equal(orm_terminal_sequence("[31m"), 0);
    assert_int_equal(orm_terminal_sequence("\033[31m"), 5);
}

static void integers_are_parsed_strictly(void **state)
{
    static const char *const bad[] = { "",
                                       "-",
                                       "+",
                                       " 1",
                                       "1 ",
                                       "1.0",
                                       "0x1",
                                       "9223372036854775808",
                                       "-9223372036854775809",
                                       "--1",
                                       "1e3",
                                       "a",
                                       "99999999999999999999999" };
    int64_t                  value;

    (void)state;
    assert_true(orm_parse_int64("9223372036854775807", &value) && value == INT64_MAX);
    assert_true(orm_parse_int64("-9223372036854775808", &value) && value == INT64_MIN);
    assert_true(orm_parse_int64("+007", &value) && value == 7);
    assert_true(orm_parse_int64("-0", &value) && value == 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(orm_parse_int64(bad[i], &value));
}

static void the_nearest_word_is_found(void **state)
{
    static const char *const words[] = { "persist", "create", "flush", "find", "find_one", "transactional" };
    const size_t             n = sizeof words / sizeof words[0];
    char                     endless[500];

    (void)state;
    assert_string_equal(orm_nearest_word("persits", words, n), "persist");
    assert_string_equal(orm_nearest_word("FLUSH", words, n), "flush");
    assert_string_equal(orm_nearest_word("findone", words, n), "find_one");
    assert_string_equal(orm_nearest_word("transctinal", words, n), "transactional");
    assert_null(orm_nearest_word("x", words, n));
    assert_null(orm_nearest_word("", words, n));
    assert_null(orm_nearest_word("remove", words, n));
    assert_null(orm_nearest_word("find", words, 0));
    memset(endless, 'a', sizeof endless);
    endless[sizeof endless - 1] = '\0';
    assert_null(orm_nearest_word(endless, words, n));
}

static void small_questions(void **state)
{
    uint64_t before = orm_clock_ns();

    (void)state;
    assert_true(orm_text_equal(NULL, NULL));
    assert_false(orm_text_equal("a", NULL));
    assert_true(orm_text_equal("a", "a"));
    assert_true(orm_text_starts("abc", "ab"));
    assert_true(orm_text_starts("abc", ""));
    assert_false(orm_text_starts("a", "ab"));
    assert_int_equal(orm_hash_bytes("abc", 3, 0), orm_hash_bytes("abc", 3, 0));
    assert_true(orm_hash_bytes("abc", 3, 0) != orm_hash_bytes("abc", 3, 1));
    assert_true(orm_hash_bytes("abc", 3, 0) != orm_hash_bytes("abd", 3, 0));
    assert_true(orm_clock_ns() >= before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_three_bytes_are_judged_right), cmocka_unit_test(the_first_broken_byte_is_found),
        cmocka_unit_test(code_points_are_written_validly),    cmocka_unit_test(integers_are_parsed_strictly),
        cmocka_unit_test(the_nearest_word_is_found),          cmocka_unit_test(small_questions),
        cmocka_unit_test(terminal_sequences_are_taken_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
