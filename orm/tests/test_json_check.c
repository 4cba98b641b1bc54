#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "types/codec_private.h"

static const char *problem_of(const char *text, size_t *where)
{
    return orm_json_problem(text, strlen(text), where);
}

static void json_is_taken(void **state)
{
    static const char *const good[] = {
        "null",
        " true ",
        "false",
        "0",
        "-0",
        "-12.5e+3",
        "1E2",
        "\"\"",
        "\"a\\n\\u00e9\\\"\"",
        "\"\u20AC\"",
        "[]",
        "[ ]",
        "{}",
        "[1,[2,[]],{\"a\":[{}]}]",
        "{\"a\":1,\"a\":2, \"b\" : null }",
        "\t[\r\n1 , 2\n]\n",
        "12345678901234567890123456789012345678901234567890",
    };
    size_t where;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        const char *problem = problem_of(good[i], &where);

        if (problem != NULL)
            fail_msg("%s: %s at %zu", good[i], problem, where);
    }
}

static void other_text_is_refused_with_the_place(void **state)
{
    static const struct {
        const char *text;
        size_t      where;
    } bad[] = {
        { "", 0 },           { "  ", 2 },
        { "nul", 0 },        { "nulll", 4 },
        { "True", 0 },       { "01", 1 },
        { "1.", 2 },         { ".5", 0 },
        { "1e", 2 },         { "+1", 0 },
        { "-", 1 },          { "[1,]", 3 },
        { "[1 2]", 3 },      { "[", 1 },
        { "]", 0 },          { "[}", 1 },
        { "{\"a\"}", 4 },    { "{\"a\":}", 5 },
        { "{\"a\":1,}", 7 }, { "{a:1}", 1 },
        { "{1:1}", 1 },      { "\"a", 2 },
        { "\"\\x\"", 2 },    { "\"\\u12g4\"", 5 },
        { "\"a\nb\"", 2 },   { "1 1", 2 },
        { "[1]]", 3 },       { "{\"a\":1]", 6 },
        { "\"\xFF\"", 1 },   { "'a'", 0 },
        { "NaN", 0 },        { "\"\\", 2 },
        { "[1", 2 },         { "\xEF\xBB\xBF{}", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        size_t      where = 999;
        const char *problem = problem_of(bad[i].text, &where);

        if (problem == NULL)
            fail_msg("%s was taken for JSON", bad[i].text);
        if (where != bad[i].where)
            fail_msg("%s: '%s' at %zu, expected at %zu", bad[i].text, problem, where, bad[i].where);
    }
    size_t where;
    assert_non_null(orm_json_problem("\"a\0\"", 4, &where));
    assert_non_null(orm_json_problem("1\0", 2, &where));
}

static void depth_is_limited(void **state)
{
    static char text[2002 * 5 + 1];
    size_t      where;

    (void)state;
    memset(text, '[', 1000);
    memset(text + 1000, ']', 1000);
    assert_null(orm_json_problem(text, 2000, &where));
    memset(text, '[', 1001);
    memset(text + 1001, ']', 1001);
    assert_string_equal(orm_json_problem(text, 2002, &where), "it is nested more than 1000 deep");
    for (size_t i = 0; i < 2000; i++)
        memcpy(text + 5 * i, "{\"a\":", 5);
    assert_string_equal(orm_json_problem(text, 10000, &where), "it is nested more than 1000 deep");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_taken),
        cmocka_unit_test(other_text_is_refused_with_the_place),
        cmocka_unit_test(depth_is_limited),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
