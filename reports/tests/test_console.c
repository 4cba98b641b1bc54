#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reports/tests/fixture.h"
#include "reports/writers/writers.h"

/* What the console shows of a case, or, where that is NULL, of a whole record. */
static const char *shown(const fixture *f, const cc_record_case *item, const cc_record *record, cc_console_style style)
{
    char       *text = NULL;
    size_t      size = 0;
    FILE       *out = open_memstream(&text, &size);
    const char *copy = NULL;

    assert_non_null(out);
    if (item != NULL)
        cc_console_case(out, item, &style);
    else
        cc_console_summary(out, record, NULL, &style);
    fclose(out);
    copy = orm_arena_strdup(f->arena, text);
    free(text);
    return copy;
}

static const char *shown_case(const fixture *f, const cc_record_case *item, cc_console_style style)
{
    return shown(f, item, NULL, style);
}

static const char *shown_summary(const fixture *f, const cc_record *record, cc_console_style style)
{
    return shown(f, NULL, record, style);
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        print_error("'%s' is not in:\n%s\n", part, text);
    assert_non_null(strstr(text, part));
}

static void test_failed_case(void **state)
{
    cc_record_case item = fixture_case(1);
    const char    *text = shown_case(*state, &item, (cc_console_style){ 0 });

    assert_has(text, "fail crud/fail [live] (1.234 s)\n");
    assert_has(text, "  expected  Ann\n");
    assert_has(text, "  error 42601 (syntax): at or near");
    assert_has(text, "    detail: source SQL:\n");
    assert_has(text, "    hint: try \\h\n");
    assert_has(text, "  at: cases/crud/crud.yaml:12:9\n");
    assert_has(text, "  step: 3 (flush)\n");
    assert_has(text, "  repeat: crdbcheck run crud/x\n");
    assert_has(text, "    insert into \"author\"");
    assert_has(text, "      -- 0.001 s, 1 row\n");
    assert_null(strchr(text, '\033'));
}

static void test_colour(void **state)
{
    cc_record_case item = fixture_case(1);

    assert_has(shown_case(*state, &item, (cc_console_style){ .colour = true }), "\033[1;31mfail\033[0m ");
}

static void test_many_statements(void **state)
{
    cc_record_sql  sql[12];
    cc_record_case item = fixture_case(1);
    const char    *text = NULL;

    for (size_t i = 0; i < 12; i++)
        sql[i] = (cc_record_sql){ .sql = i == 0 ? "first one" : "select 1", .rows = 1 };
    item.sql = sql;
    item.sql_count = 12;
    text = shown_case(*state, &item, (cc_console_style){ 0 });
    assert_has(text, "SQL (7 earlier statements; --verbose shows all):");
    assert_null(strstr(text, "first one"));
    assert_has(shown_case(*state, &item, (cc_console_style){ .verbose = true }), "first one");
}

/* What the harness makes itself, without going through a file, may have NULLs where a reader would put empty texts. */
static void test_bare_case(void **state)
{
    cc_record_case item = { .id = "a/b", .name = "n", .target = "t", .status = CC_NOT_RUN };

    assert_has(shown_case(*state, &item, (cc_console_style){ 0 }), "not-run a/b [t]");
}

static void test_summary(void **state)
{
    const char *text = shown_summary(*state, fixture_load(*state, true), (cc_console_style){ 0 });

    assert_has(text, "  fail crud/fail [live]: ann.name is not as expected");
    assert_has(text, "  drift views/drift [live]: ");
    assert_has(text, "  unknown crud/unknown [live]: to be settled: because");
    assert_has(text, "  live: 2 pass, 1 fail, 1 drift, 1 unknown\n");
    assert_has(text, "  pretend (simulated): 1 pass\n");
    assert_has(text,
               "DONE 12 cases: 4 pass, 1 fail, 1 drift, 1 unknown, 1 error, 1 timeout, 1 crash, 1 skipped, 1 not-run"
               " in 7.900 s\n");
    assert_null(strstr(text, "INCOMPLETE"));
    assert_null(strchr(text, '\033'));
}

static void test_not_run_cases_are_one_line_for_each_reason(void **state)
{
    cc_record      *record = fixture_load(*state, true);
    cc_record_case *cases = record->cases;
    const char     *text = NULL;

    for (size_t i = 0; i < 5; i++) {
        cases[i].status = CC_NOT_RUN;
        cases[i].target = cases[0].target;
        cases[i].reason = i < 3 ? "no server" : i == 3 ? "interrupted" : NULL;
    }
    text = shown_summary(*state, record, (cc_console_style){ 0 });
    assert_has(text, "  3 cases not-run [pretend]: no server\n");
    assert_null(strstr(strstr(text, "no server") + 1, "no server"));
    assert_has(text, " [pretend]: interrupted\n");
    assert_null(strstr(text, "1 cases"));
}

static void test_incomplete_summary(void **state)
{
    assert_has(shown_summary(*state, fixture_load(*state, false), (cc_console_style){ 0 }),
               "INCOMPLETE: the run did not end; 12 of 12 planned");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_failed_case),
        TEST(test_colour),
        TEST(test_many_statements),
        TEST(test_bare_case),
        TEST(test_summary),
        TEST(test_incomplete_summary),
        TEST(test_not_run_cases_are_one_line_for_each_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
