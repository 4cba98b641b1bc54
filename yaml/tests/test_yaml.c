#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "yaml/yaml.h"

typedef struct fixture {
    orm_arena  *arena;
    cc_problems problems;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    f->arena = orm_arena_new(NULL, NULL, "test");
    assert_non_null(f->arena);
    cc_problems_init(&f->problems, f->arena);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;

    orm_arena_free(f->arena);
    free(f);
    return 0;
}

static cc_yaml *load(fixture *f, const char *text)
{
    f->problems.count = 0;
    return cc_yaml_load_text(f->arena, "test.yaml", text, strlen(text), &f->problems);
}

static cc_yaml *load_well(fixture *f, const char *text)
{
    cc_yaml *root = load(f, text);

    if (root == NULL)
        fail_msg("'%s': %s", text, f->problems.count > 0 ? f->problems.items[0].message : "no problem told");
    return root;
}

/* The first problem has this place, and its message has this part. */
static void assert_problem(fixture *f, const char *text, size_t size, unsigned line, unsigned column, const char *part)
{
    cc_yaml    *root;
    cc_problem *first;

    f->problems.count = 0;
    root = cc_yaml_load_text(f->arena, "test.yaml", text, size, &f->problems);
    assert_null(root);
    assert_true(f->problems.count > 0);
    first = &f->problems.items[0];
    if (strstr(first->message, part) == NULL || first->place.line != line || first->place.column != column)
        fail_msg("%u:%u %s, wanted %u:%u ...%s...", first->place.line, first->place.column, first->message, line,
                 column, part);
    assert_string_equal(first->place.file, "test.yaml");
}

static void test_scalars_follow_the_core_schema(void **state)
{
    static const struct {
        const char  *text;
        cc_yaml_kind kind;
    } cases[] = {
        { "", CC_YAML_NULL },           { "~", CC_YAML_NULL },          { "null", CC_YAML_NULL },
        { "Null", CC_YAML_NULL },       { "NULL", CC_YAML_NULL },       { "nULL", CC_YAML_STRING },
        { "true", CC_YAML_BOOL },       { "True", CC_YAML_BOOL },       { "FALSE", CC_YAML_BOOL },
        { "tRUE", CC_YAML_STRING },     { "no", CC_YAML_STRING },       { "on", CC_YAML_STRING },
        { "yes", CC_YAML_STRING },      { "y", CC_YAML_STRING },        { "0", CC_YAML_INT },
        { "-12", CC_YAML_INT },         { "+7", CC_YAML_INT },          { "0o17", CC_YAML_INT },
        { "0x1F", CC_YAML_INT },        { "0b1", CC_YAML_STRING },      { "0o", CC_YAML_STRING },
        { "0o8", CC_YAML_STRING },      { "-0x1", CC_YAML_STRING },     { "1_000", CC_YAML_STRING },
        { "12:30:45", CC_YAML_STRING }, { "1.5", CC_YAML_FLOAT },       { "-.5", CC_YAML_FLOAT },
        { "1.", CC_YAML_FLOAT },        { "1e3", CC_YAML_FLOAT },       { "1.5E-3", CC_YAML_FLOAT },
        { "1e", CC_YAML_STRING },       { ".", CC_YAML_STRING },        { "1.2.3", CC_YAML_STRING },
        { ".inf", CC_YAML_FLOAT },      { "-.INF", CC_YAML_FLOAT },     { ".NaN", CC_YAML_FLOAT },
        { "inf", CC_YAML_STRING },      { "nan", CC_YAML_STRING },      { "2026-11-23", CC_YAML_STRING },
        { "\"1\"", CC_YAML_STRING },    { "'true'", CC_YAML_STRING },   { "\"\"", CC_YAML_STRING },
        { "|\n  12", CC_YAML_STRING },  { "!!str 12", CC_YAML_STRING }, { "42P01", CC_YAML_STRING },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char     text[64];
        cc_yaml *root;

        snprintf(text, sizeof text, "key: %s", cases[i].text);
        root = load_well(*state, text);
        if (cc_yaml_get(root, "key")->kind != cases[i].kind)
            fail_msg("%s is %s", cases[i].text, cc_yaml_kind_name(cc_yaml_get(root, "key")->kind));
    }
}

static void test_values(void **state)
{
    cc_yaml *root =
        load_well(*state, "[9223372036854775807, -9223372036854775808, 0o17, 0x1F, 007, +5, 1.25, -.inf, .nan, "
                          "true, FALSE, \"a\\u00e9\", 'it''s']");

    assert_int_equal(root->items[0]->as.integer, INT64_MAX);
    assert_int_equal(root->items[1]->as.integer, INT64_MIN);
    assert_int_equal(root->items[2]->as.integer, 15);
    assert_int_equal(root->items[3]->as.integer, 31);
    assert_int_equal(root->items[4]->as.integer, 7);
    assert_int_equal(root->items[5]->as.integer, 5);
    assert_true(root->items[6]->as.real == 1.25);
    assert_true(isinf(root->items[7]->as.real) && root->items[7]->as.real < 0);
    assert_true(isnan(root->items[8]->as.real));
    assert_true(root->items[9]->as.boolean);
    assert_false(root->items[10]->as.boolean);
    assert_string_equal(root->items[11]->text, "a\xc3\xa9");
    assert_true(root->items[12]->quoted);
    assert_string_equal(root->items[12]->text, "it's");
}

static void test_numbers_too_large(void **state)
{
    assert_problem(*state, "a: 9223372036854775808", 22, 1, 4, "does not fit 64 bits; quote it");
    assert_problem(*state, "a: -9223372036854775809", 23, 1, 4, "does not fit 64 bits");
    assert_problem(*state, "a: 0xFFFFFFFFFFFFFFFFF", 22, 1, 4, "does not fit 64 bits");
    assert_problem(*state, "a: 1e999", 8, 1, 4, "too large for a double; quote it");
}

static void test_places_and_order(void **state)
{
    cc_yaml *root = load_well(*state, "b: 1\na:\n  - x\n  - {\xc3\xa9: \xc3\xa9, k: v}\n");
    cc_yaml *list = root->entries[1].value;

    assert_int_equal(root->count, 2);
    assert_string_equal(root->entries[0].key, "b");
    assert_int_equal(root->entries[1].place.line, 2);
    assert_int_equal(root->entries[1].place.column, 1);
    assert_int_equal(list->kind, CC_YAML_LIST);
    assert_int_equal(list->items[1]->place.line, 4);
    assert_int_equal(list->items[1]->place.column, 5);
    /* columns count characters, not bytes */
    assert_int_equal(list->items[1]->entries[1].place.column, 12);
    assert_null(cc_yaml_get(root, "c"));
    assert_null(cc_yaml_get(list, "c"));
}

static void test_empty_files(void **state)
{
    assert_int_equal(load_well(*state, "")->kind, CC_YAML_NULL);
    assert_int_equal(load_well(*state, "# nothing\n")->kind, CC_YAML_NULL);
    assert_int_equal(load_well(*state, "---\n...\n")->kind, CC_YAML_NULL);
    assert_int_equal(load_well(*state, "\xEF\xBB\xBF"
                                       "a: 1")
                         ->entries[0]
                         .place.column,
                     1);
}

static void test_bad_texts(void **state)
{
    static const struct {
        const char *text;
        unsigned    line, column;
        const char *part;
    } cases[] = {
        { "a: 1\nb: 2\na: 3\n", 3, 1, "the key 'a' stands here a second time; it was first given at line 1, column 1" },
        { "a: 1\n'a': 2\n", 2, 1, "second time" },
        { "x: &x {a: 1}\ny:\n  <<: *x\n", 3, 3, "merge keys (<<) are not supported" },
        { "1: a\n", 1, 1, "a key must be a string, and 1 is a whole number; quote it: \"1\"" },
        { "true: a\n", 1, 1, "quote it: \"true\"" },
        { "~: a\n", 1, 1, "is null; quote it" },
        { "? [a, b]\n: c\n", 1, 3, "a key must be a plain string, not a list" },
        { "x: &x k\n*x : v\n", 2, 1, "not an alias" },
        { "a: !!binary aGk=\n", 1, 4, "the tag 'tag:yaml.org,2002:binary' is not supported" },
        { "a: !thing {}\n", 1, 4, "the tag '!thing' is not supported" },
        { "a: !!set {x: }\n", 1, 4, "is not supported" },
        { "a: *nobody\n", 1, 4, "alias '*nobody' has no anchor" },
        { "a: &a [1, *a]\n", 1, 11, "a cycle" },
        { "a: 1\n---\nb: 2\n", 2, 1, "a second document begins here" },
        { "a:\n\t- b\n", 2, 1, "a tab stands where YAML wants spaces" },
        { "a: [1, 2\nb: 3\n", 2, 2,
          "did not find expected ',' or ']' (while parsing a flow sequence that begins at line 1)" },
        { "a: {b: c\n", 2, 1, "YAML syntax: " },
        { "a: \"b\n", 2, 1, "found unexpected end of stream (while scanning a quoted scalar that begins at line 1)" },
        { "a: b: c\n", 1, 5, "mapping values are not allowed in this context" },
        { "a: @b\n", 1, 4, "found character that cannot start any token" },
        { "- a\nb: c\n", 2, 1, "YAML syntax: " },
        { "a: \"\\0\"\n", 1, 4, "NUL character" },
        { "a: \xff\n", 1, 4, "the byte 0xFF is not valid UTF-8" },
        { "a: 1\nb: \xc3(\n", 2, 4, "the byte 0xC3 is not valid UTF-8" },
        { "a: \x01\n", 1, 4, "control characters are not allowed" },
        { "%YAML 3.0\n---\na: 1\n", 1, 1, "YAML syntax: found incompatible YAML document" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_problem(*state, cases[i].text, strlen(cases[i].text), cases[i].line, cases[i].column, cases[i].part);
    assert_problem(*state, "a: 1\0b", 6, 1, 5, "a NUL byte");
}

static void test_all_problems_are_collected(void **state)
{
    fixture *f = *state;

    assert_null(load(f, "a: 99999999999999999999\na: 2\n3: x\nb: !!set {}\n"));
    assert_int_equal(f->problems.count, 4);
}

static void test_aliases_share_and_are_bounded(void **state)
{
    fixture   *f = *state;
    cc_yaml   *root = load_well(f, "a: &a {x: [1]}\nb: *a\nc: &a 2\nd: *a\n");
    orm_buffer bomb;

    assert_int_equal(cc_yaml_get(root, "b")->place.line, 2);
    assert_int_equal(cc_yaml_get(cc_yaml_get(root, "b"), "x")->items[0]->as.integer, 1);
    assert_int_equal(cc_yaml_get(root, "d")->as.integer, 2);

    orm_buffer_init(&bomb, NULL, 0);
    orm_buffer_append(&bomb, "a0: &a0 [x]\n");
    for (int i = 1; i < 20; i++)
        orm_buffer_printf(&bomb, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d]\n", i, i, i - 1, i - 1, i - 1, i - 1);
    assert_false(bomb.broken);
    assert_null(cc_yaml_load_text(f->arena, "bomb", bomb.data, bomb.length, &f->problems));
    assert_non_null(strstr(f->problems.items[0].message, "more than 200000 nodes once aliases are followed"));
    orm_buffer_free(&bomb);
}

static void test_depth_is_bounded(void **state)
{
    fixture *f = *state;
    char     text[512];

    memset(text, '[', CC_YAML_DEPTH);
    memset(text + CC_YAML_DEPTH, ']', CC_YAML_DEPTH);
    text[2 * CC_YAML_DEPTH] = '\0';
    load_well(f, text);
    memset(text, '[', CC_YAML_DEPTH + 1);
    assert_problem(f, text, CC_YAML_DEPTH + 1, 1, CC_YAML_DEPTH + 1, "nested deeper than 64 levels");

    /* An alias adds its own levels. */
    snprintf(text, sizeof text, "%s",
             "- &a [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n"
             "- [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[*a]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n");
    assert_problem(f, text, strlen(text), 2, 33, "nested deeper than 64 levels");
}

static void test_sizes(void **state)
{
    fixture   *f = *state;
    orm_buffer text;

    orm_buffer_init(&text, NULL, 0);
    while (text.length <= CC_YAML_FILE_LIMIT)
        orm_buffer_append(&text, "- 0123456789012345678901234567890123456789012345678901234567890\n");
    assert_null(cc_yaml_load_text(f->arena, "big", text.data, text.length, &f->problems));
    assert_int_equal(f->problems.items[0].place.line, 0);
    assert_string_equal(f->problems.items[0].message, "the file is larger than 4 MiB; split it");

    /* Many keys in one map are looked up, not searched. */
    orm_buffer_reset(&text);
    for (int i = 0; i < 60000; i++)
        orm_buffer_printf(&text, "k%d: v\n", i);
    f->problems.count = 0;
    assert_non_null(cc_yaml_load_text(f->arena, "wide", text.data, text.length, &f->problems));
    orm_buffer_free(&text);
}

static void test_files(void **state)
{
    fixture *f = *state;
    char     folder[] = "/tmp/test_yaml.XXXXXX";
    char     path[64];
    FILE    *file;

    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.yaml", folder);
    assert_null(cc_yaml_load_file(f->arena, path, &f->problems));
    assert_string_equal(f->problems.items[0].message, "cannot read the file: No such file or directory");
    assert_string_equal(f->problems.items[0].place.file, path);

    file = fopen(path, "w");
    assert_non_null(file);
    fputs("a: [1]\n", file);
    fclose(file);
    assert_int_equal(cc_yaml_load_file(f->arena, path, &f->problems)->kind, CC_YAML_MAP);

    f->problems.count = 0;
    assert_null(cc_yaml_load_file(f->arena, folder, &f->problems));
    assert_string_equal(f->problems.items[0].message, "cannot read it: it is not a regular file");
    unlink(path);
    /* A pipe that nobody writes to must not hang. */
    assert_int_equal(mkfifo(path, 0600), 0);
    f->problems.count = 0;
    assert_null(cc_yaml_load_file(f->arena, path, &f->problems));
    assert_string_equal(f->problems.items[0].message, "cannot read it: it is not a regular file");
    unlink(path);
    rmdir(folder);
}

static void test_wanting(void **state)
{
    fixture    *f = *state;
    cc_yaml    *root = load_well(f, "s: text\ni: 5\nb: true\nl: [1]\nm: {}\nn:\n");
    const char *text = NULL;
    int64_t     number = 0;
    bool        flag = false;

    assert_true(cc_yaml_want_string(cc_yaml_get(root, "s"), "key 's'", &text, &f->problems));
    assert_string_equal(text, "text");
    assert_true(cc_yaml_want_int(cc_yaml_get(root, "i"), "key 'i'", &number, &f->problems));
    assert_int_equal(number, 5);
    assert_true(cc_yaml_want_bool(cc_yaml_get(root, "b"), "key 'b'", &flag, &f->problems) && flag);
    assert_true(cc_yaml_want_list(cc_yaml_get(root, "l"), "key 'l'", &f->problems));
    assert_true(cc_yaml_want_map(cc_yaml_get(root, "m"), "key 'm'", &f->problems));
    assert_int_equal(f->problems.count, 0);

    assert_false(cc_yaml_want_string(cc_yaml_get(root, "i"), "key 'i'", &text, &f->problems));
    assert_false(cc_yaml_want_string(cc_yaml_get(root, "n"), "key 'n'", &text, &f->problems));
    assert_false(cc_yaml_want_int(cc_yaml_get(root, "s"), "key 's'", &number, &f->problems));
    assert_false(cc_yaml_want_map(cc_yaml_get(root, "l"), "key 'l'", &f->problems));
    assert_int_equal(f->problems.count, 4);
    assert_string_equal(f->problems.items[0].message, "key 'i' must be a string, not a whole number; quote it: \"5\"");
    assert_string_equal(f->problems.items[1].message, "key 'n' must be a string, not null");
    assert_string_equal(f->problems.items[2].message, "key 's' must be a whole number, not a string");
    assert_string_equal(f->problems.items[3].message, "key 'l' must be a map, not a list");
}

static void test_words(void **state)
{
    static const char *const keys[] = { "entity", "data", "as", NULL };
    fixture                 *f = *state;
    cc_yaml                 *root = load_well(f, "entity: A\nentitty: B\nzebra: C\n");

    assert_false(cc_yaml_check_keys(root, "a step", keys, &f->problems));
    assert_int_equal(f->problems.count, 2);
    assert_string_equal(f->problems.items[0].message, "unknown key 'entitty' of a step; did you mean 'entity'?");
    assert_int_equal(f->problems.items[0].place.line, 2);
    assert_string_equal(f->problems.items[1].message, "unknown key 'zebra' of a step; known: entity, data, as");
    assert_true(cc_yaml_check_keys(load_well(f, "{as: x}"), "a step", keys, &f->problems));
}

static void test_problems_are_lines_in_order(void **state)
{
    fixture *f = *state;
    cc_place late = { .file = "b", .line = 1, .column = 1 };
    cc_place early = { .file = "a", .line = 10, .column = 2 };
    cc_place earlier = { .file = "a", .line = 9, .column = 80 };
    char     long_text[5000];

    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    cc_problem_add(&f->problems, late, "a\nb\x1b[31m");
    cc_problem_add(&f->problems, early, "%s", long_text);
    cc_problem_add(&f->problems, earlier, "first");
    cc_problem_add(&f->problems, earlier, "first");
    cc_problems_sort(&f->problems);
    assert_int_equal(f->problems.count, 3);
    assert_string_equal(f->problems.items[0].message, "first");
    assert_int_equal(strlen(f->problems.items[1].message), 600);
    assert_string_equal(f->problems.items[2].message, "a b?[31m");
}

/* Every prefix of a file with a bit of everything ends well, with or without problems. */
static void test_cut_files(void **state)
{
    static const char text[] =
        "a: &a [1, 'two', \"th\\u00efee\", {x: y, z: [*b]}]\nb: |\n  block\n  text\nc: >-\n folded\n"
        "? complex\n: value\nd: !!str 5\n# comment\ne: *a\n";
    fixture *f = *state;

    for (size_t i = 0; i < sizeof text; i++) {
        cc_yaml *root;

        f->problems.count = 0;
        root = cc_yaml_load_text(f->arena, "cut", text, i, &f->problems);
        assert_true((root == NULL) == (f->problems.count > 0));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_scalars_follow_the_core_schema, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_numbers_too_large, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_places_and_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_empty_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_texts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_all_problems_are_collected, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_aliases_share_and_are_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_depth_is_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sizes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wanting, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_problems_are_lines_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cut_files, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
