#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reports/tests/fixture.h"
#include "reports/writers/coverage.h"
#include "reports/writers/writers.h"

static const cc_matrix *make(const fixture *f, bool complete)
{
    const cc_record   *record = fixture_load(f, complete);
    const cc_features *features = NULL;
    const cc_matrix   *matrix = NULL;
    cc_problems        problems;

    cc_problems_init(&problems, f->arena);
    features = cc_features_load(f->arena, CC_SOURCE_DIR "/reports/tests/golden/features.yaml", &problems);
    assert_non_null(record);
    assert_non_null(features);
    matrix = cc_matrix_make(f->arena, features, &record, 1);
    assert_non_null(matrix);
    return matrix;
}

static const char *text_of(const fixture *f, const cc_matrix *matrix)
{
    const char *path = fixture_path(f, "matrix.md");
    const char *text = NULL;

    assert_int_equal(cc_write_matrix_markdown(matrix, path, NULL), ORM_OK);
    text = fixture_read(f, path, NULL);
    assert_non_null(text);
    return text;
}

static void test_golden(void **state)
{
    text_of(*state, make(*state, true));
    assert_true(fixture_is_golden(*state, fixture_path(*state, "matrix.md"), "matrix.md"));
}

static size_t unescaped_pipes(const char *line, size_t length)
{
    size_t count = 0;

    for (size_t i = 0; i < length; i++)
        count += line[i] == '|' && (i == 0 || line[i - 1] != '\\');
    return count;
}

/* Every row of a table has as many cells as its heading, whatever stands in them. */
static void test_tables_are_whole(void **state)
{
    const char *text = text_of(*state, make(*state, true));
    size_t      pipes = 0;

    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        size_t here = line[0] == '|' ? unescaped_pipes(line, length) : 0;

        if (here > 0 && pipes > 0)
            assert_int_equal(here, pipes);
        pipes = here;
        line += length + 1;
    }
}

static void test_harmless(void **state)
{
    const char *text = text_of(*state, make(*state, true));
    const char *at = text;

    for (const char *c = text; *c != '\0'; c++)
        assert_true(*c == '\n' || (unsigned char)*c >= 0x20);
    /* Markup only ever within code. */
    while ((at = strstr(at, "<script>")) != NULL) {
        size_t      ticks = 0;
        const char *start = at;

        while (start > text && start[-1] != '\n')
            start--;
        for (const char *c = start; c < at; c++)
            ticks += *c == '`' && c[1] == '`' && (c == start || c[-1] == ' ');
        assert_true(ticks > 0);
        at++;
    }
}

static void test_simulated_is_marked_everywhere(void **state)
{
    const char *text = text_of(*state, make(*state, true));

    assert_non_null(strstr(text, "Theirs 25.4.0 (simulated) |"));
    assert_non_null(strstr(text, " works here (simulated): 1 worked |"));
    assert_non_null(strstr(text, " not checked (simulated) |"));
    assert_non_null(strstr(text, "**simulated**, decides nothing"));
}

static void test_rules_of_a_simulation(void **state)
{
    const char *text = text_of(*state, make(*state, true));
    const char *section = strstr(text, "## Rules of the simulation");

    assert_non_null(section);
    assert_non_null(strstr(section, "- pretend, profile `25.4`: the cases used **1 of 3** rules. No case used: "));
    assert_non_null(strstr(section, "`no points`.\n"));
    assert_null(strstr(section, "serial columns"));
}

static void test_incomplete_is_said_first(void **state)
{
    const char *text = text_of(*state, make(*state, false));

    assert_non_null(strstr(text, "> **Incomplete:**"));
    assert_true(strstr(text, "> **Incomplete:**") < strstr(text, "The page makes"));
    assert_null(strstr(text_of(*state, make(*state, true)), "Incomplete"));
}

static void test_coverage(void **state)
{
    cc_coverage coverage = cc_coverage_of(make(*state, true));

    assert_int_equal(coverage.claims, 4);
    assert_int_equal(coverage.client, 1);
    assert_int_equal(coverage.decidable, 3);
    assert_int_equal(coverage.run, 3);
    assert_int_equal(coverage.decided, 3);
    assert_int_equal(coverage.deciding_columns, 1);
}

/* Which worker was faster must not show. */
static void test_order_of_the_record_does_not_matter(void **state)
{
    const fixture   *f = *state;
    const cc_matrix *matrix = make(f, true);
    cc_record       *record = fixture_load(f, true);
    const cc_record *records[] = { record };
    const char      *text = text_of(f, matrix);

    for (size_t i = 0; i < record->case_count / 2; i++) {
        cc_record_case kept = record->cases[i];

        record->cases[i] = record->cases[record->case_count - 1 - i];
        record->cases[record->case_count - 1 - i] = kept;
    }
    assert_string_equal(text_of(f, cc_matrix_make(f->arena, matrix->features, records, 1)), text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_golden),
        TEST(test_tables_are_whole),
        TEST(test_harmless),
        TEST(test_simulated_is_marked_everywhere),
        TEST(test_rules_of_a_simulation),
        TEST(test_incomplete_is_said_first),
        TEST(test_coverage),
        TEST(test_order_of_the_record_does_not_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
