#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/wire/lexer.h"

static const char kind_letters[] = "WNSIPO.!";

/* Tokens as "W:select I:1 ", which a test compares at once. */
static void check(const char *sql, const char *expected)
{
    orm_arena *arena = orm_arena_new(NULL, NULL, "test");
    cc_tokens  tokens;
    char       text[2000] = "";
    size_t     length = 0;

    assert_true(cc_lex(arena, sql, &tokens));
    for (size_t i = 0; i < tokens.count; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%c:%s", i == 0 ? "" : " ",
                                   kind_letters[tokens.items[i].kind], tokens.items[i].text);
    assert_string_equal(text, expected);
    orm_arena_free(arena);
}

static void test_words_and_names(void **state)
{
    (void)state;
    check("SELECT a1_$b", "W:select W:a1_$b");
    check("\"Order \"\"by\" x", "N:Order \"by W:x");
    check("U&\"d\\0061t\" u", "N:d\\0061t W:u");
    check("caf\xC3\xA9", "W:caf\xC3\xA9");
    check("", "");
    check(" \t\n\f\v\r ", "");
}

static void test_strings(void **state)
{
    (void)state;
    check("'it''s' x", "S:'it''s' W:x");
    check("'a\\' b", "S:'a\\' W:b");
    check("E'a\\'b' c", "S:E'a\\'b' W:c");
    check("e'\\\\' c", "S:e'\\\\' W:c");
    check("B'01' x'1F' N'n' U&'\\0061'", "S:B'01' S:x'1F' S:N'n' S:U&'\\0061'");
    check("'a' 'b'", "S:'a' S:'b'");
    check("'a' -- note\n 'b' c", "S:'a' -- note\n 'b' W:c");
    check("E'a'\n'b\\'c' d", "S:E'a'\n'b\\'c' W:d");
    check("note 'a'", "W:note S:'a'");
}

static void test_dollar_quotes(void **state)
{
    (void)state;
    check("$$a'b$$ c", "S:$$a'b$$ W:c");
    check("$t$ $$ $u$ $t$", "S:$t$ $$ $u$ $t$");
    check("$1+$23", "P:$1 O:+ P:$23");
    check("a$b$c", "W:a$b$c");
    check("$ a", ".:$ W:a");
    check("$a b", ".:$ W:a W:b");
}

static void test_comments(void **state)
{
    (void)state;
    check("a -- b 'c\nd", "W:a W:d");
    check("a /* b /* c */ ' */ d", "W:a W:d");
    check("a--b", "W:a");
    check("1-/*x*/-2", "I:1 O:- O:- I:2");
}

static void test_numbers(void **state)
{
    (void)state;
    check("1 1.5 .5 5. 1e5 1.e-3 1E+2", "I:1 I:1.5 I:.5 I:5. I:1e5 I:1.e-3 I:1E+2");
    check("1..10", "I:1 .:. I:.10");
    check("0x1F", "I:0 W:x1f");
    check("1e", "I:1 W:e");
    check("a.b", "W:a .:. W:b");
}

static void test_operators(void **state)
{
    (void)state;
    check("a<=b", "W:a O:<= W:b");
    check("a->>'b'", "W:a O:->> S:'b'");
    check("a*-1", "W:a O:* O:- I:1");
    check("a@-1", "W:a O:@- I:1");
    check("a+--b\n1", "W:a O:+ I:1");
    check("a*/* */b", "W:a O:* W:b");
    check("a::int := b[1:2]", "W:a .::: W:int O::= W:b .:[ I:1 .:: I:2 .:]");
    check("a ? b ?| c", "W:a O:? W:b O:?| W:c");
}

static void test_unterminated(void **state)
{
    (void)state;
    check("a 'b", "W:a !:'b");
    check("a E'b\\'", "W:a !:E'b\\'");
    check("a \"b", "W:a !:\"b");
    check("a /* b /* */", "W:a !:/* b /* */");
    check("a $x$ b $X$", "W:a !:$x$ b $X$");
    check("a 'b'\n'c", "W:a !:'b'\n'c");
}

static void test_places_and_depth(void **state)
{
    orm_arena *arena = orm_arena_new(NULL, NULL, "test");
    cc_tokens  tokens;

    (void)state;
    assert_true(cc_lex(arena, "f( a[ 1 ] ) )x", &tokens));
    assert_int_equal(tokens.count, 9);
    assert_int_equal(tokens.items[1].depth, 0);
    assert_int_equal(tokens.items[2].depth, 1);
    assert_int_equal(tokens.items[2].start, 3);
    assert_int_equal(tokens.items[4].depth, 2);
    assert_int_equal(tokens.items[5].depth, 1);
    assert_int_equal(tokens.items[6].depth, 0);
    assert_int_equal(tokens.items[7].depth, 0);
    assert_int_equal(tokens.items[8].depth, 0);
    orm_arena_free(arena);
}

static void check_statements(const char *sql, size_t expected)
{
    orm_arena   *arena = orm_arena_new(NULL, NULL, "test");
    cc_tokens    tokens;
    cc_statement statement;
    size_t       at = 0;
    size_t       count = 0;

    assert_true(cc_lex(arena, sql, &tokens));
    while (cc_next_statement(&tokens, &at, &statement)) {
        assert_true(statement.end <= tokens.count);
        assert_false(cc_token_is(&tokens.items[statement.first], ";"));
        count++;
    }
    assert_int_equal(count, expected);
    orm_arena_free(arena);
}

static void test_statements(void **state)
{
    (void)state;
    check_statements("", 0);
    check_statements(";; ;", 0);
    check_statements("a; b;; c", 3);
    check_statements("a ';' \";\" $$;$$ /*;*/ -- ;\n b", 1);
    check_statements("create rule r as on insert to t do (select 1; select 2); x", 2);
    check_statements("create function f() returns int begin atomic select case when true then 1 end; select 2; end; x",
                     2);
    check_statements("begin; select 1; end", 3);
}

/* Whatever the bytes: the tokens stand in the text, in order, and do not overlap. */
static void check_sanity(const char *sql)
{
    orm_arena   *arena = orm_arena_new(NULL, NULL, "test");
    cc_tokens    tokens;
    cc_statement statement;
    size_t       end = 0;
    size_t       at = 0;

    assert_true(cc_lex(arena, sql, &tokens));
    for (size_t i = 0; i < tokens.count; i++) {
        assert_true(tokens.items[i].start >= end);
        assert_true(tokens.items[i].length > 0);
        end = tokens.items[i].start + tokens.items[i].length;
        assert_true(end <= strlen(sql));
    }
    while (cc_next_statement(&tokens, &at, &statement))
        ;
    orm_arena_free(arena);
}

static void test_every_prefix(void **state)
{
    static const char *const texts[] = {
        "select E'a\\'b' || 'c''d' /* x /* y */ */ from \"t\"\"u\" where $1 <> U&'x' and b->>'k' = $t$ $$ $t$ -- e\n;",
        "create function f(a int) returns int language sql begin atomic select case when a > 1e-5 then .5 end; end; x",
        "insert into t values (1, 'a'\n 'b', B'01', x'ff', N'n'), ($1, $$q$$, U&\"d\\0061\", a[1:2]::int4 := 5.)",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        for (size_t length = 0; length <= strlen(texts[i]); length++) {
            char *text = strndup(texts[i], length);

            assert_non_null(text);
            check_sanity(text);
            free(text);
        }
    }
}

static void test_random_bytes(void **state)
{
    static const char alphabet[] = "aeEuU&bx'\"$$1.e+-/**/\n ;()[]:=\\\x80\xFF";
    uint32_t          seed = 12345;

    (void)state;
    for (size_t round = 0; round < 20000; round++) {
        char   text[40];
        size_t length = round % (sizeof text - 1);

        for (size_t i = 0; i < length; i++) {
            seed = seed * 1664525U + 1013904223U;
            text[i] = round % 3 == 0 ? (char)(seed >> 24) : alphabet[(seed >> 16) % (sizeof alphabet - 1)];
        }
        text[length] = '\0';
        check_sanity(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_and_names), cmocka_unit_test(test_strings),
        cmocka_unit_test(test_dollar_quotes),   cmocka_unit_test(test_comments),
        cmocka_unit_test(test_numbers),         cmocka_unit_test(test_operators),
        cmocka_unit_test(test_unterminated),    cmocka_unit_test(test_places_and_depth),
        cmocka_unit_test(test_statements),      cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_random_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
