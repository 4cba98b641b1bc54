#include "expect_fixture.h"

#include <math.h>

static void numbers_keep_their_type_and_all_their_bits(void **state)
{
    fixture *f = *state;

    assert_matches(f, "1", is(orm_int(1)));
    assert_differs(f, "1", is(orm_text("1")), "expected 1, got \"1\"");
    assert_differs(f, "\"1\"", is(orm_int(1)), "expected \"1\", got 1");
    assert_matches(f, "9223372036854775807", is(orm_int(INT64_MAX)));
    assert_differs(f, "9223372036854775806", is(orm_int(INT64_MAX)), "got 9223372036854775807");
    assert_matches(f, "-9223372036854775808", is(orm_int(INT64_MIN)));
    assert_differs(f, "9007199254740993", is(orm_int(9007199254740992)), "got 9007199254740992");
    assert_differs(f, "1.0", is(orm_int(1)), "expected 1.0, got 1");
}

static void doubles_equal_whole_numbers_of_the_same_value(void **state)
{
    fixture *f = *state;

    assert_matches(f, "2", is(orm_double(2.0)));
    assert_matches(f, "2.5", is(orm_double(2.5)));
    assert_differs(f, "2", is(orm_double(2.5)), "got 2.5");
    assert_differs(f, "9007199254740993", is(orm_double(9007199254740992.0)), "expected 9007199254740993");
    assert_differs(f, "9223372036854775807", is(orm_double(9223372036854775808.0)), "got");
    assert_matches(f, ".nan", is(orm_double(NAN)));
    assert_matches(f, "-.inf", is(orm_double(-INFINITY)));
    assert_differs(f, "1", is(orm_double(NAN)), "got .nan");
    assert_differs(f, "0.1", is(orm_double(0.1 + 0.2 - 0.2)), "got 0.1000000000000000");
}

static void null_any_and_bool(void **state)
{
    fixture *f = *state;

    assert_matches(f, "null", is(orm_null()));
    assert_differs(f, "null", is(orm_text("null")), "expected null, got \"null\"");
    assert_differs(f, "\"null\"", is(orm_null()), "expected \"null\", got null");
    assert_matches(f, "<any>", is(orm_bool(false)));
    assert_differs(f, "<any>", is(orm_null()), "got null");
    assert_matches(f, "true", is(orm_bool(true)));
    assert_differs(f, "true", is(orm_bool(false)), "got false");
    assert_differs(f, "true", is(orm_int(1)), "got 1");
    assert_differs(f, "1", is(orm_bool(true)), "expected 1, got true");
    assert_differs(f, "0", is(orm_null()), "expected 0, got null");
    assert_differs(f, "\"true\"", is(orm_bool(true)), "expected \"true\", got true");
}

static void typed_values_compare_with_their_text(void **state)
{
    fixture      *f = *state;
    orm_uuid      uuid;
    orm_date      date;
    orm_timestamp timestamp;

    assert_true(orm_uuid_parse("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", &uuid));
    assert_true(orm_date_parse("2026-11-23", &date));
    assert_true(orm_timestamp_parse("2026-11-23 10:00:00.25+00", &timestamp));
    assert_matches(f, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", is(orm_uuid_value(uuid)));
    assert_matches(f, "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", is(orm_uuid_value(uuid)));
    assert_matches(f, "<uuid>", is(orm_uuid_value(uuid)));
    assert_matches(f, "<uuid>", is(orm_text("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")));
    assert_differs(f, "<uuid>", is(orm_text("a0eebc99")), "got");
    assert_differs(f, "<uuid>", is(orm_null()), "got null");
    assert_matches(f, "\"2026-11-23\"", is(orm_date_value(date)));
    assert_differs(f, "\"2026-11-24\"", is(orm_date_value(date)), "got \"2026-11-23\"");
    assert_matches(f, "\"2026-11-23T10:00:00.250Z\"", is(orm_timestamp_value(timestamp)));
    assert_matches(f, "\"2026-11-23 11:00:00.25+01\"", is(orm_timestamp_value(timestamp)));
    assert_differs(f, "\"2026-11-23 10:00:00+00\"", is(orm_timestamp_value(timestamp)), "10:00:00.25");
    assert_matches(f, "\"\\\\x00FF\"", is(orm_bytes_value((orm_bytes){ .data = "\0\xff", .size = 2 })));
    assert_matches(f, "ab", is(orm_bytes_value((orm_bytes){ .data = "ab", .size = 2 })));
    assert_differs(f, "abc", is(orm_bytes_value((orm_bytes){ .data = "ab", .size = 2 })), "x6162");
    assert_matches(f, "\"12.50\"", is(orm_text("12.50")));
    assert_differs(f, "12.50", is(orm_text("12.50")), "expected 12.50, got \"12.50\"");
}

static void arrays_are_lists(void **state)
{
    fixture       *f = *state;
    const char    *texts[] = { "a", NULL, "NULL", "" };
    int64_t        numbers[] = { 1, 0, INT64_MAX };
    bool           nulls[] = { false, true, false };
    orm_text_array text = { .items = texts, .count = 4 };
    orm_int_array  ints = { .items = numbers, .nulls = nulls, .count = 3 };

    assert_matches(f, "[a, null, \"NULL\", \"\"]", is(orm_text_array_value(text)));
    assert_differs(f, "[a, \"NULL\", null, \"\"]", is(orm_text_array_value(text)),
                   "at [1]: expected \"NULL\", got null");
    assert_differs(f, "[a]", is(orm_text_array_value(text)), "4 items instead of 1");
    assert_matches(f, "[1, null, 9223372036854775807]", is(orm_int_array_value(ints)));
    assert_matches(f, "[<any>, null, <any>]", is(orm_int_array_value(ints)));
    ints.count = 0;
    assert_matches(f, "[]", is(orm_int_array_value(ints)));
    assert_differs(f, "[]", is(orm_null()), "expected [], got null");
    assert_differs(f, "null", is(orm_int_array_value(ints)), "expected null, got []");
}

static void json_compares_as_a_tree(void **state)
{
    fixture *f = *state;

    assert_matches(f, "{b: [1, two, null, {c: true}], a: \"\"}",
                   json("{\"a\":\"\", \"b\" : [1,\"two\",null,{\"c\":true}]}"));
    assert_differs(f, "{a: {b: [1, 2]}}", json("{\"a\":{\"b\":[1,3]}}"), "at .a.b[1]: expected 2, got 3");
    assert_differs(f, "{a: 1, b: 2}", json("{\"a\":1}"), "at .b: this key is missing");
    assert_differs(f, "{a: 1}", json("{\"a\":1,\"b\":2}"), "unexpected key b");
    assert_differs(f, "{a: 1}", json("[1]"), "expected {a: 1}, got [1]");
    assert_differs(f, "{a: 1}", json("{\"a\":\"1\"}"), "expected 1, got \"1\"");
    assert_matches(f, "{u: \"ä\\U0001F9C0\"}", json("{\"u\":\"\\u00e4\\ud83e\\uddc0\"}"));
    assert_matches(f, "text", json("\"text\""));
    assert_matches(f, "{id: <uuid>, n: <any>}", json("{\"id\":\"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\",\"n\":0}"));
}

static void json_and_arrays_inside_of_lists_are_trees(void **state)
{
    fixture     *f = *state;
    const char  *names[] = { "meta", "tags" };
    const char  *tags[] = { "a" };
    cc_actual    values[] = { json("{\"a\":[1]}"),
                              { .value = orm_text_array_value((orm_text_array){ .items = tags, .count = 1 }) } };
    cc_actual    list = { .shape = CC_SHAPE_LIST, .items = values, .count = 2 };
    cc_actual    map = { .shape = CC_SHAPE_MAP, .items = values, .keys = names, .count = 2 };

    assert_matches(f, "[{a: [1]}, [a]]", list);
    assert_matches(f, "{meta: {a: [1]}, tags: [a]}", map);
    assert_differs(f, "[{a: [2]}, [a]]", list, "[0].a[0]");
    assert_differs(f, "{meta: {a: [1]}, tags: [b]}", map, ".tags[0]");
}

static void a_key_that_json_has_twice_is_seen(void **state)
{
    assert_differs(*state, "{a: 1}", json("{\"a\":1,\"a\":2}"), "more than once");
}

static void json_numbers_are_exact(void **state)
{
    fixture *f = *state;

    assert_matches(f, "9223372036854775807", json("9223372036854775807"));
    assert_differs(f, "9223372036854775807", json("9223372036854775806"), "got 9223372036854775806");
    assert_matches(f, "\"12345678901234567890123\"", json("12345678901234567890123"));
    assert_differs(f, "\"1\"", json("1"), "expected \"1\", got 1");
    assert_differs(f, "\"12345678901234567890124\"", json("12345678901234567890123"), "got 12345678901234567890123");
    assert_matches(f, "1", json("1.0"));
    assert_matches(f, "100", json("1e2"));
    assert_matches(f, "0.5", json("5e-1"));
    assert_matches(f, "-0.0", json("0"));
    assert_matches(f, "1000", json("1000.000"));
    assert_differs(f, "1000", json("100"), "got 100");
    assert_differs(f, "0.1", json("0.10000000000000000001"), "got 0.10000000000000000001");
    assert_matches(f, "1.25", json("1.250"));
    assert_differs(f, "1.25", json("-1.25"), "got -1.25");
}

static void json_null_is_not_sql_null(void **state)
{
    fixture *f = *state;

    assert_differs(f, "null", json("null"), "expected SQL NULL, got the JSON value null");
    assert_matches(f, "\"/^null$/\"", json("null"));
    assert_differs(f, "<any>", json("null"), "got null");
    assert_matches(f, "[null]", json("[null]"));
}

static void broken_json_is_said(void **state)
{
    static const char *const texts[] = { "",    "{",       "[1,]",      "{\"a\" 1}", "01", "\"a", "[1 2]",      "1 2",
                                         "nul", "\"\\x\"", "\"\\u12\"", "{1:2}",     "-",  "1.",  "\"\\u0000\"" };
    fixture                 *f = *state;
    char                     deep[400];

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(try(f, "1", json(texts[i])), CC_MATCH_BROKEN);
        assert_non_null(strstr(f->why.data, "no JSON that can be compared"));
    }
    memset(deep, '[', sizeof deep);
    deep[sizeof deep - 1] = '\0';
    assert_int_equal(try(f, "1", json(deep)), CC_MATCH_BROKEN);
    assert_non_null(strstr(f->why.data, "nested too deeply"));
}

static void references_compare_with_what_is_bound(void **state)
{
    fixture *f = *state;
    int      one = 0, two = 0;
    orm_uuid uuid;

    f->named = is(orm_int(7));
    assert_matches(f, "${named}", is(orm_int(7)));
    assert_differs(f, "${named}", is(orm_text("7")), "expected 7, got \"7\"");
    assert_int_equal(try(f, "${nobody}", is(orm_int(7))), CC_MATCH_BROKEN);
    assert_string_equal(f->why.data, "there is no ${nobody}");
    f->named = is(orm_entity_value(&one));
    assert_matches(f, "${named}", is(orm_entity_value(&one)));
    assert_differs(f, "${named}", is(orm_entity_value(&two)), "expected <an entity>");
    assert_true(orm_uuid_parse("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", &uuid));
    f->named = is(orm_uuid_value(uuid));
    assert_matches(f, "${named}", is(orm_text("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")));
    f->named = json("{\"a\":[1.0],\"b\":null}");
    assert_matches(f, "${named}", json("{\"b\":null,\"a\":[1]}"));
    assert_differs(f, "${named}", json("{\"b\":null,\"a\":[2]}"), "got");
}

static void a_second_dollar_takes_the_meaning_of_the_first(void **state)
{
    fixture *f = *state;

    assert_matches(f, "$${named}", is(orm_text("${named}")));
    assert_matches(f, "$${", is(orm_text("${")));
    assert_matches(f, "$$x", is(orm_text("$$x")));
    assert_differs(f, "$${named}", is(orm_text("$${named}")), "expected");
}

static void bind_takes_the_value(void **state)
{
    fixture *f = *state;

    assert_matches(f, "<bind:id>", is(orm_int(42)));
    assert_string_equal(f->bound_name, "id");
    assert_int_equal(f->bound.value.as.integer, 42);
}

static void values_print_as_a_case_file_writes_them(void **state)
{
    fixture    *f = *state;
    const char *yaml = "{a: [1, \"2\", 2.50, null, true, \"true\", plain text, \"a: b\", \"q\\\"\\n\"], b: <any>}";
    orm_buffer  out;

    orm_buffer_init(&out, NULL, 0);
    cc_print_expected(&out, node(f, yaml));
    assert_string_equal(
        out.data, "{a: [1, \"2\", 2.50, null, true, \"true\", plain text, \"a: b\", \"q\\\"\\n\"], b: \"<any>\"}");
    orm_buffer_reset(&out);
    cc_print_actual(&out, &(cc_actual){ .value = orm_double(3) });
    cc_print_actual(&out, &(cc_actual){ .value = orm_text("[1,2") });
    assert_string_equal(out.data, "3.0\"[1,2\"");
    orm_buffer_free(&out);
}

static void long_values_are_cut_in_the_line(void **state)
{
    fixture *f = *state;
    char     text[5000];

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_differs(f, "short", is(orm_text(text)), "...");
    assert_true(f->why.length < 700);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_up, fixture_down)
    const struct CMUnitTest tests[] = {
        TEST(numbers_keep_their_type_and_all_their_bits),
        TEST(doubles_equal_whole_numbers_of_the_same_value),
        TEST(null_any_and_bool),
        TEST(typed_values_compare_with_their_text),
        TEST(arrays_are_lists),
        TEST(json_compares_as_a_tree),
        TEST(json_and_arrays_inside_of_lists_are_trees),
        TEST(a_key_that_json_has_twice_is_seen),
        TEST(json_numbers_are_exact),
        TEST(json_null_is_not_sql_null),
        TEST(broken_json_is_said),
        TEST(references_compare_with_what_is_bound),
        TEST(a_second_dollar_takes_the_meaning_of_the_first),
        TEST(bind_takes_the_value),
        TEST(values_print_as_a_case_file_writes_them),
        TEST(long_values_are_cut_in_the_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
