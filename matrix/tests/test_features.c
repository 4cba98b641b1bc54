#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "matrix/matrix.h"

static int set_up(void **state)
{
    *state = orm_arena_new(NULL, NULL, "test");
    return *state == NULL;
}

static int tear_down(void **state)
{
    orm_arena_free(*state);
    return 0;
}

static const cc_features *load_ours(orm_arena *arena)
{
    cc_problems        problems;
    const cc_features *features = NULL;

    cc_problems_init(&problems, arena);
    features = cc_features_load(arena, CC_SOURCE_DIR "/matrix/features.yaml", &problems);
    for (size_t i = 0; i < problems.count; i++)
        print_error("%u:%u: %s\n", problems.items[i].place.line, problems.items[i].place.column,
                    problems.items[i].message);
    assert_non_null(features);
    return features;
}

static void test_the_fifteen_supported_features(void **state)
{
    static const char *const ids[] = { "crud",
                                       "relations",
                                       "self-references",
                                       "loading-strategies",
                                       "query-builder",
                                       "find-and-count",
                                       "transactions",
                                       "batch-insert",
                                       "upsert",
                                       "jsonb",
                                       "arrays",
                                       "uuid-keys",
                                       "serial-keys",
                                       "schema-generator",
                                       "migrations" };
    const cc_features       *features = load_ours(*state);

    assert_int_equal(sizeof ids / sizeof ids[0], 15);
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        const cc_feature *feature = cc_feature_named(features, ids[i]);
        size_t            supported = 0;

        assert_non_null(feature);
        for (size_t c = 0; c < feature->claim_count; c++) {
            if (strcmp(feature->claims[c].section, "supported-features") != 0)
                continue;
            assert_int_equal(feature->claims[c].says, CC_SAYS_WORKS);
            supported++;
        }
        assert_true(supported > 0);
    }
}

static size_t claims_of_row(const cc_features *features, const char *row, cc_says says)
{
    size_t count = 0;

    for (size_t i = 0; i < features->claim_count; i++) {
        const cc_claim *claim = features->claims[i];

        if (claim->row == NULL || strcmp(claim->row, row) != 0)
            continue;
        assert_string_equal(claim->section, "known-limitations");
        assert_int_equal(claim->says, says);
        count++;
    }
    return count;
}

/* The first cells of the page's table, byte for byte, since an update of the table finds its rows by them. */
static void test_the_eight_rows_of_limitations(void **state)
{
    const cc_features *features = load_ours(*state);
    size_t             with_row = 0;

    assert_int_equal(claims_of_row(features, "`serial`/`bigserial` PKs", CC_SAYS_FAILS), 1);
    assert_int_equal(claims_of_row(features, "Integer types", CC_SAYS_LIMITED), 1);
    assert_int_equal(claims_of_row(features, "`TRUNCATE ... RESTART IDENTITY`", CC_SAYS_FAILS), 1);
    assert_int_equal(claims_of_row(features, "`polygon`, `line`, `path` types", CC_SAYS_FAILS), 3);
    assert_int_equal(claims_of_row(features, "Full-text search (`tsvector`)", CC_SAYS_FAILS), 1);
    assert_int_equal(claims_of_row(features, "Native PostgreSQL enums", CC_SAYS_LIMITED), 1);
    assert_int_equal(claims_of_row(features, "Materialized views", CC_SAYS_FAILS), 1);
    assert_int_equal(claims_of_row(features, "Deferrable constraints", CC_SAYS_FAILS), 2);
    for (size_t i = 0; i < features->claim_count; i++)
        with_row += features->claims[i]->row != NULL;
    assert_int_equal(with_row, 11);
}

static void test_claims_follow_the_page(void **state)
{
    const cc_features *features = load_ours(*state);
    size_t             section = 0;

    assert_string_equal(features->page, "Usage with CockroachDB");
    assert_string_equal(features->platform, "cockroach");
    assert_int_equal(features->section_count, 11);
    for (size_t i = 0; i < features->claim_count; i++) {
        while (strcmp(features->claims[i]->section, features->sections[section].id) != 0)
            assert_true(++section < features->section_count); /* never back */
        assert_ptr_equal(cc_claim_named(features, features->claims[i]->id), features->claims[i]);
        assert_true(features->claims[i]->place.line > 0);
    }
    assert_int_equal(section, features->section_count - 1);
    assert_null(cc_claim_named(features, "no-such-claim"));
    assert_null(cc_feature_named(features, "no-such-feature"));
}

/* Loads the text as a file and checks that it is refused with a problem that has `part` in it. */
static void refused(orm_arena *arena, const char *text, unsigned line, const char *part)
{
    char        path[] = "/tmp/crdbcheck-features-XXXXXX";
    int         file = mkstemp(path);
    cc_problems problems;
    bool        found = false;

    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    close(file);
    cc_problems_init(&problems, arena);
    assert_null(cc_features_load(arena, path, &problems));
    unlink(path);
    assert_true(problems.count > 0);
    for (size_t i = 0; i < problems.count; i++)
        found = found || (problems.items[i].place.line == line && strstr(problems.items[i].message, part) != NULL);
    if (!found)
        print_error("wanted '%s' in line %u, got: %u: %s\n", part, line, problems.items[0].place.line,
                    problems.items[0].message);
    assert_true(found);
}

#define HEAD                                                                                                           \
    "page: P\nplatform: x\nsections: [{id: one, title: One}]\nfeatures:\n  - id: crud\n    title: T\n    claims:\n"
#define CLAIM(words) HEAD "      - {" words "}\n"

static void test_bad_files(void **state)
{
    refused(*state, "", 1, "must be a map");
    refused(*state, "[]", 1, "must be a map");
    refused(*state, "page: P\nplatform: x\nsections: []\nfeatures: []\n", 3, "empty");
    refused(*state, "page: P\nplatform: x\nsections: [{id: a, title: A}, {id: a, title: A}]\nfeatures: 7\n", 3,
            "twice");
    refused(*state, CLAIM("id: a, section: one, says: works, text: ''"), 8, "empty");
    refused(*state, CLAIM("id: a, section: one, says: works"), 8, "lacks the key 'text'");
    refused(*state, CLAIM("id: a, section: one, says: wroks, text: t"), 8, "works");
    refused(*state, CLAIM("id: a, section: oen, says: works, text: t"), 8, "oen");
    refused(*state, CLAIM("id: a, section: one, says: works, text: t, rwo: r"), 8, "rwo");
    refused(*state, CLAIM("id: A b, section: one, says: works, text: t"), 8, "lower-case");
    refused(*state, CLAIM("id: a--b, section: one, says: works, text: t"), 8, "lower-case");
    refused(*state, CLAIM("id: 1, section: one, says: works, text: t"), 8, "quote");
    refused(*state, CLAIM("id: a, section: [one], says: works, text: t"), 8, "a list");
    refused(*state, HEAD "      - words\n", 8, "must be a map");
    refused(
        *state,
        HEAD
        "      - {id: a, section: one, says: works, text: t}\n      - {id: a, section: one, says: fails, text: u}\n",
        9, "twice");
    refused(*state, HEAD "      - {id: a, section: one, says: works, text: t}\n  - {id: crud, title: T, claims: []}\n",
            9, "twice");
}

static void test_missing_file(void **state)
{
    cc_problems problems;

    cc_problems_init(&problems, *state);
    assert_null(cc_features_load(*state, "/nowhere/features.yaml", &problems));
    assert_true(problems.count > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_fifteen_supported_features, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_eight_rows_of_limitations, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_claims_follow_the_page, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_missing_file, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
