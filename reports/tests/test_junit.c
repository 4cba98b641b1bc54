#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <sys/stat.h>

#include "reports/tests/fixture.h"
#include "reports/writers/atomic_file.h"
#include "reports/writers/writers.h"

/* Our own file, read back by a parser that forgives nothing. */
static xmlDoc *parse(const char *path)
{
    xmlDoc *document = xmlReadFile(path, NULL, XML_PARSE_NONET);

    assert_non_null(document);
    return document;
}

/* Number or text of an XPath expression. */
static double number(xmlDoc *document, const char *expression)
{
    xmlXPathContext *context = xmlXPathNewContext(document);
    xmlXPathObject  *result = xmlXPathEvalExpression(BAD_CAST expression, context);
    double           value = -1;

    assert_non_null(result);
    value = xmlXPathCastToNumber(result);
    xmlXPathFreeObject(result);
    xmlXPathFreeContext(context);
    return value;
}

static void assert_number(xmlDoc *document, const char *expression, double wanted)
{
    double got = number(document, expression);

    if (!(got >= wanted && got <= wanted))
        print_error("%s is %g, not %g\n", expression, got, wanted);
    assert_true(got >= wanted && got <= wanted);
}

static void assert_text(xmlDoc *document, const char *expression, const char *wanted)
{
    xmlXPathContext *context = xmlXPathNewContext(document);
    xmlXPathObject  *result = xmlXPathEvalExpression(BAD_CAST expression, context);
    xmlChar         *text = result != NULL ? xmlXPathCastToString(result) : NULL;

    assert_non_null(text);
    assert_string_equal((const char *)text, wanted);
    xmlFree(text);
    xmlXPathFreeObject(result);
    xmlXPathFreeContext(context);
}

static const char *write_fixture(const fixture *f, bool complete)
{
    const cc_record *record = fixture_load(f, complete);
    const char      *path = fixture_path(f, "junit.xml");

    assert_non_null(record);
    assert_int_equal(cc_write_junit(record, path, NULL), ORM_OK);
    return path;
}

static void test_golden(void **state)
{
    assert_true(fixture_is_golden(*state, write_fixture(*state, true), "junit.xml"));
}

static void test_counters(void **state)
{
    static const char *const counters[][2] = { { "tests", "testcase" },
                                               { "failures", "testcase/failure" },
                                               { "errors", "testcase/error" },
                                               { "skipped", "testcase/skipped" } };
    xmlDoc                  *document = parse(write_fixture(*state, true));
    char                     expression[200];

    assert_number(document, "/testsuites/@tests", (double)FIXTURE_CASE_COUNT);
    for (size_t i = 0; i < 4; i++) {
        snprintf(expression, sizeof expression, "/testsuites/@%s - count(//%s)", counters[i][0], counters[i][1]);
        assert_number(document, expression, 0);
        snprintf(expression, sizeof expression, "count(//testsuite[@%s != count(%s)])", counters[i][0], counters[i][1]);
        assert_number(document, expression, 0);
    }
    assert_number(document, "/testsuites/@failures", 3);
    assert_number(document, "/testsuites/@errors", 2);
    assert_number(document, "/testsuites/@skipped", 3);
    assert_number(document, "count(//testcase[count(failure|error|skipped) > 1])", 0);
    xmlFreeDoc(document);
}

static void test_statuses(void **state)
{
    xmlDoc *document = parse(write_fixture(*state, true));

    assert_number(document, "count(//testcase[@name='crud/pass']/*)", 1); /* properties alone */
    assert_number(document, "count(//testcase[@name='views/limitation']/*)", 1);
    assert_text(document, "//testcase[@name='views/limitation']//property[@name='outcome']/@value", "fails");
    assert_text(document, "//testcase[@name='views/limitation']//property[@name='happened']/@value", "failed");
    assert_text(document, "//testcase[@name='views/limitation']//property[@name='proves']/@value",
                "views-cannot views-partly");
    assert_text(document, "//testcase[@name='crud/simulated']//property[@name='evidence']/@value", "simulated");
    assert_text(document, "//testcase[@name='crud/pass']//property[@name='server_version']/@value",
                "Theirs v24.3.1 (x86_64)");
    assert_text(document, "//testcase[@name='crud/fail']/failure/@type", "mismatch");
    assert_text(document, "//testcase[@name='views/drift']/failure/@type", "drift");
    assert_text(document, "//testcase[@name='crud/timeout']/failure/@type", "timeout");
    assert_text(document, "//testcase[@name='crud/crash']/error/@type", "crash");
    assert_number(document, "count(//testcase[@name='crud/unknown']/skipped[starts-with(@message, 'to be settled')])",
                  1);
    assert_number(document, "count(//testcase[@name='crud/skipped']/skipped[starts-with(@message, 'because')])", 1);
    assert_number(document, "count(//testcase[@name='crud/not-run']/skipped[@message])", 1);
    xmlFreeDoc(document);
}

static void test_attributes(void **state)
{
    xmlDoc *document = parse(write_fixture(*state, true));

    assert_text(document, "//testcase[@name='crud/pass']/@classname", "crdbcheck.live.crud");
    assert_text(document, "//testcase[@name='crud/timeout']/@classname", "crdbcheck.other.fast.crud");
    assert_text(document, "//testcase[@name='crud/timeout']/../@name", "other/fast: crud");
    assert_text(document, "//testcase[@name='crud/pass']/@time", "1.234");
    assert_text(document, "//testcase[@name='crud/pass']/@file", "cases/crud/crud.yaml");
    assert_text(document, "//testcase[@name='crud/pass']/@line", "7");
    assert_text(document, "/testsuites/testsuite[1]/@timestamp", "2026-11-23T19:34:32");
    assert_text(document, "/testsuites/testsuite[1]/@hostname", "host");
    assert_number(document, "count(//testcase/failure[string-length(@message) > 201])", 0);
    assert_number(document, "count(//testcase[@name='crud/pass']/system-out)", 0);
    assert_number(document, "count(//testcase[@name='crud/fail']/system-out)", 1);
    assert_number(document, "count(//script)", 0);
    xmlFreeDoc(document);
}

static void test_incomplete_is_an_error(void **state)
{
    xmlDoc *document = parse(write_fixture(*state, false));

    assert_number(document, "/testsuites/@tests", (double)FIXTURE_CASE_COUNT + 1);
    assert_number(document, "/testsuites/@errors", 3);
    assert_text(document, "//testcase[@name='run/complete']/error/@type", "incomplete");
    xmlFreeDoc(document);
}

/* Hostile names everywhere, and no cases at all: still XML. */
static void test_hostile_names(void **state)
{
    const fixture   *f = *state;
    cc_record_target target = { .name = HOSTILE, .kind = HOSTILE, .platform = HOSTILE, .version = HOSTILE };
    cc_record_case   item = fixture_case(1);
    cc_record        record = { .path = HOSTILE, .header = fixture_header, .cases = &item, .case_count = 1 };
    const char      *path = fixture_path(f, "junit.xml");
    xmlDoc          *document = NULL;

    item.id = item.name = item.feature = item.target = item.mode = item.file = item.preset = HOSTILE;
    record.header.targets = &target;
    record.header.target_count = 1;
    record.header.started = HOSTILE;
    record.header.hostname = HOSTILE;
    assert_int_equal(cc_write_junit(&record, path, NULL), ORM_OK);
    document = parse(path);
    assert_number(document, "count(//testcase)", 2);
    assert_number(document, "count(//@timestamp)", 0); /* none rather than a wrong one */
    xmlFreeDoc(document);
    record.case_count = 0;
    assert_int_equal(cc_write_junit(&record, path, NULL), ORM_OK);
    xmlFreeDoc(parse(path));
}

/* Settings that a mode changes make another preset of it; the name of the test is that of the mode all the same. */
static void test_classname_of_a_mode(void **state)
{
    cc_record_case item = fixture_case(0);
    cc_record      record = { .path = "", .header = fixture_header, .cases = &item, .case_count = 1, .complete = true };
    const char    *path = fixture_path(*state, "junit.xml");
    xmlDoc        *document = NULL;

    item.mode = "extended";
    item.preset = "mikroorm (changed by modes)";
    assert_int_equal(cc_write_junit(&record, path, NULL), ORM_OK);
    document = parse(path);
    assert_text(document, "//testcase/@classname", "crdbcheck.pretend.extended.crud");
    assert_text(document, "//testcase//property[@name='preset']/@value", "mikroorm (changed by modes)");
    xmlFreeDoc(document);
}

static void test_long_sql_is_cut(void **state)
{
    const fixture *f = *state;
    size_t         size = (size_t)1 << 20;
    char          *sql = malloc(size + 1);
    cc_record_sql  statement = { .rows = 1 };
    cc_record_case item = fixture_case(1);
    cc_record      record = { .path = "", .header = fixture_header, .cases = &item, .case_count = 1, .complete = true };
    const char    *path = fixture_path(f, "junit.xml");
    struct stat    info;

    assert_non_null(sql);
    memset(sql, 'x', size);
    sql[size] = '\0';
    statement.sql = sql;
    item.sql = &statement;
    item.sql_count = 1;
    assert_int_equal(cc_write_junit(&record, path, NULL), ORM_OK);
    assert_int_equal(stat(path, &info), 0);
    assert_true(info.st_size > 60000 && info.st_size < 80000);
    xmlFreeDoc(parse(path));
    free(sql);
}

/* A report that cannot be written leaves the old one, no temporary file (see tear-down), and says why. */
static void test_unwritable(void **state)
{
    const fixture *f = *state;
    const char    *path = fixture_path(f, "junit.xml");
    orm_buffer     broken;
    orm_error      error = { 0 };
    cc_record      record = { .path = "", .header = fixture_header };

    assert_int_equal(cc_write_junit(&record, "/nowhere/junit.xml", &error), ORM_ERR_CONFIG);
    assert_non_null(strstr(error.message, "/nowhere/junit.xml"));
    assert_int_equal(cc_write_junit(&record, f->folder, &error), ORM_ERR_CONFIG);
    assert_true(fixture_write(path, "old", 3));
    orm_buffer_init(&broken, NULL, 2);
    orm_buffer_append(&broken, "too long");
    assert_int_equal(cc_write_file(path, &broken, &error), ORM_ERR_MEMORY);
    assert_string_equal(fixture_read(f, path, NULL), "old");
    orm_buffer_free(&broken);
}

static void test_device_is_not_replaced(void **state)
{
    const fixture *f = *state;
    const char    *path = fixture_path(f, "cut.jsonl");
    orm_buffer     text;
    struct stat    info;

    assert_int_equal(symlink("/dev/null", path), 0);
    orm_buffer_init(&text, NULL, 0);
    orm_buffer_append(&text, "gone");
    assert_int_equal(cc_write_file(path, &text, NULL), ORM_OK);
    assert_int_equal(lstat(path, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    orm_buffer_free(&text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_golden),
        TEST(test_counters),
        TEST(test_statuses),
        TEST(test_attributes),
        TEST(test_incomplete_is_an_error),
        TEST(test_hostile_names),
        TEST(test_classname_of_a_mode),
        TEST(test_long_sql_is_cut),
        TEST(test_unwritable),
        TEST(test_device_is_not_replaced),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    xmlCleanupParser();
    return failed;
}
