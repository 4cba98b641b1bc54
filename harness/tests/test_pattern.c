#include "expect_fixture.h"

static void only_slashes_and_flags_make_a_pattern(void **state)
{
    (void)state;
    assert_true(cc_is_pattern("/a/"));
    assert_true(cc_is_pattern("/a/ismx"));
    assert_true(cc_is_pattern("/a\\/b/i"));
    assert_false(cc_is_pattern("//"));
    assert_false(cc_is_pattern("/"));
    assert_false(cc_is_pattern(""));
    assert_false(cc_is_pattern("a/b/"));
    assert_false(cc_is_pattern("/tmp/file.txt"));
    assert_false(cc_is_pattern("/a/g"));
    assert_false(cc_is_pattern(NULL));
}

static void patterns_match_anywhere_unless_anchored(void **state)
{
    fixture *f = *state;

    assert_matches(f, "/nn/", is(orm_text("Ann")));
    assert_differs(f, "/^nn/", is(orm_text("Ann")), "expected \"/^nn/\", got Ann");
    assert_differs(f, "/a/", is(orm_int(1)), "got 1");
    assert_differs(f, "/a/", is(orm_null()), "got null");
}

static void flags_do_what_they_say(void **state)
{
    fixture *f = *state;

    assert_matches(f, "/ANN/i", is(orm_text("Ann")));
    assert_differs(f, "/ANN/", is(orm_text("Ann")), "got Ann");
    assert_matches(f, "/a.b/s", is(orm_text("a\nb")));
    assert_differs(f, "/a.b/", is(orm_text("a\nb")), "got");
    assert_matches(f, "/^b$/m", is(orm_text("a\nb")));
    assert_matches(f, "/a b c/x", is(orm_text("abc")));
    assert_matches(f, "/^.$/", is(orm_text("ä")));
}

static void json_is_matched_as_it_stands(void **state)
{
    fixture *f = *state;

    assert_matches(f, "'/^\\{\"a\": 1\\}$/'", json("{\"a\": 1}"));
    assert_matches(f, "/^text$/", json("\"text\""));
    assert_differs(f, "/2/", json("[1]"), "got [1]");
}

/* A pattern of a stranger must not hang the run. */
static void catastrophic_patterns_hit_the_limit(void **state)
{
    fixture *f = *state;
    char     text[200];

    memset(text, 'a', sizeof text - 2);
    text[sizeof text - 2] = 'b';
    text[sizeof text - 1] = '\0';
    assert_int_equal(try(f, "/^(a+)+$/", is(orm_text(text))), CC_MATCH_BROKEN);
    assert_non_null(strstr(f->why.data, "make it simpler"));
    assert_int_equal(try(f, "/^(([a-z])+.)+[A-Z]([a-z])+$/", is(orm_text(text))), CC_MATCH_BROKEN);
}

static void a_wrong_pattern_is_said_with_its_place(void **state)
{
    fixture *f = *state;
    char     huge[10000];

    assert_null(cc_pattern_problem(f->arena, "/a+/"));
    assert_null(cc_pattern_problem(f->arena, "no pattern (at all"));
    assert_non_null(strstr(cc_pattern_problem(f->arena, "/a(b/"), "is wrong at character 4"));
    assert_non_null(cc_pattern_problem(f->arena, "/[z-a]/"));
    assert_non_null(cc_pattern_problem(f->arena, "/(?<=a+)b/"));
    memset(huge, 'a', sizeof huge);
    huge[0] = huge[sizeof huge - 2] = '/';
    huge[sizeof huge - 1] = '\0';
    assert_non_null(strstr(cc_pattern_problem(f->arena, huge), "too long"));
    assert_int_equal(try(f, "/a(b/", is(orm_text("ab"))), CC_MATCH_BROKEN);
}

static void texts_match_whole_or_by_pattern(void **state)
{
    fixture *f = *state;

    assert_int_equal(cc_match_text(&f->matching, node(f, "begin"), "begin", NULL), CC_MATCH);
    assert_int_equal(cc_match_text(&f->matching, node(f, "begin"), "begin;", NULL), CC_NO_MATCH);
    assert_int_equal(cc_match_text(&f->matching, node(f, "/^select .* from/"), "select 1 from t", NULL), CC_MATCH);
    assert_int_equal(cc_match_text(&f->matching, node(f, "a"), NULL, NULL), CC_NO_MATCH);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_up, fixture_down)
    const struct CMUnitTest tests[] = {
        TEST(only_slashes_and_flags_make_a_pattern),
        TEST(patterns_match_anywhere_unless_anchored),
        TEST(flags_do_what_they_say),
        TEST(json_is_matched_as_it_stands),
        TEST(catastrophic_patterns_hit_the_limit),
        TEST(a_wrong_pattern_is_said_with_its_place),
        TEST(texts_match_whole_or_by_pattern),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
