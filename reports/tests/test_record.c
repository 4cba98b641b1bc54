#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/text.h"
#include "reports/tests/fixture.h"

static void assert_same_text(const char *got, const char *wanted)
{
    orm_buffer repaired;

    orm_buffer_init(&repaired, NULL, 0);
    orm_utf8_repair(&repaired, wanted, strlen(wanted));
    assert_string_equal(got, repaired.data);
    orm_buffer_free(&repaired);
}

static void test_round_trip(void **state)
{
    const cc_record *record = fixture_load(*state, true);

    assert_non_null(record);
    assert_true(record->complete);
    assert_int_equal(record->header.format, CC_RECORD_FORMAT);
    assert_int_equal(record->header.batch_size, 300);
    assert_false(record->header.adaptations);
    assert_int_equal(record->header.target_count, 3);
    assert_same_text(record->header.targets[1].notes[0], fixture_notes[0]);
    assert_null(record->header.targets[1].notes[1]);
    assert_null(record->header.targets[0].notes);
    assert_null(record->header.targets[0].simulated);
    assert_string_equal(record->header.targets[2].simulated, "profile 25.4");
    assert_string_equal(record->header.targets[2].profile, "25.4");
    assert_string_equal(record->header.targets[2].rules[2], "no points");
    assert_null(record->header.targets[2].rules[3]);
    assert_null(record->header.targets[0].profile);
    assert_null(record->header.targets[0].rules);
    assert_int_equal(record->case_count, FIXTURE_CASE_COUNT);
    assert_int_equal(record->footer.counts[CC_PASS], 4);
    assert_int_equal(record->footer.nanoseconds, 7900000000);
    assert_int_equal(record->footer.exit_code, 1);
}

static void test_round_trip_of_cases(void **state)
{
    const cc_record *record = fixture_load(*state, true);

    assert_non_null(record);
    for (size_t i = 0; i < FIXTURE_CASE_COUNT; i++) {
        cc_record_case        wanted = fixture_case(i);
        const cc_record_case *got = &record->cases[i];

        assert_string_equal(got->id, wanted.id);
        assert_string_equal(got->target, wanted.target);
        assert_string_equal(got->mode, wanted.mode);
        assert_same_text(got->reason, wanted.reason);
        assert_int_equal(got->status, wanted.status);
        assert_int_equal(got->happened, wanted.happened);
        assert_int_equal(got->expected, wanted.expected);
        assert_int_equal(got->evidence, wanted.evidence);
        assert_int_equal(got->nanoseconds, wanted.nanoseconds);
        assert_int_equal(got->failure != NULL, wanted.failure != NULL);
        assert_int_equal(got->error != NULL, wanted.error != NULL);
        assert_int_equal(got->sql_count, wanted.sql_count);
        assert_int_equal(got->rules != NULL, wanted.rules != NULL);
    }
    assert_same_text(record->cases[1].failure->detail, fixture_failure.detail);
    assert_same_text(record->cases[1].error->message, fixture_error.message);
    assert_same_text(record->cases[1].sql[1].sql, fixture_sql[1].sql);
    assert_int_equal(record->cases[1].sql[1].rows, -1);
    assert_string_equal(record->cases[1].sql[1].error, "42601 at or near");
    assert_null(record->cases[1].sql[0].error);
    assert_string_equal(record->cases[3].proves[1], "views-partly");
    assert_null(record->cases[3].proves[2]);
    assert_null(record->cases[3].touches);
}

/* What a terminal would obey is never in the file as it is, and a line is a line. */
static void test_file_is_harmless(void **state)
{
    const fixture *f = *state;
    size_t         size = 0;
    size_t         lines = 0;
    const char    *text = fixture_read(f, fixture_record(f, true), &size);

    for (size_t i = 0; i < size; i++) {
        lines += text[i] == '\n';
        assert_true(text[i] == '\n' || (unsigned char)text[i] >= 0x20);
        assert_true(text[i] != 0x7F);
    }
    assert_int_equal(lines, FIXTURE_CASE_COUNT + 2);
    assert_int_equal(orm_utf8_valid_prefix(text, size), size);
}

static void test_case_by_json(void **state)
{
    const fixture *f = *state;
    cc_record_case item = fixture_case(1);
    cc_record_case back;
    orm_buffer     json;
    orm_error      error;

    item.nanoseconds = INT64_MAX;
    item.queries = INT64_MIN;
    orm_buffer_init(&json, NULL, 0);
    assert_int_equal(cc_record_case_to_json(&item, &json, &error), ORM_OK);
    assert_null(strchr(json.data, '\n'));
    assert_int_equal(cc_record_case_from_json(f->arena, json.data, json.length, &back, &error), ORM_OK);
    assert_true(back.nanoseconds == INT64_MAX);
    assert_true(back.queries == INT64_MIN);
    assert_string_equal(back.failure->step, "3 (flush)");
    for (size_t size = 0; size < json.length; size++)
        assert_int_not_equal(cc_record_case_from_json(f->arena, json.data, size, &back, &error), ORM_OK);
    orm_buffer_free(&json);
}

static void test_line_of_a_megabyte(void **state)
{
    const fixture *f = *state;
    size_t         size = (size_t)1 << 20;
    char          *text = malloc(size + 1);
    cc_record_case item = fixture_case(0);
    cc_record_case back;
    orm_buffer     json;

    assert_non_null(text);
    memset(text, '\x1b', size);
    text[size] = '\0';
    item.reason = text;
    orm_buffer_init(&json, NULL, 0);
    assert_int_equal(cc_record_case_to_json(&item, &json, NULL), ORM_OK);
    assert_int_equal(cc_record_case_from_json(f->arena, json.data, json.length, &back, NULL), ORM_OK);
    assert_int_equal(strlen(back.reason), size);
    assert_memory_equal(back.reason, text, size);
    orm_buffer_free(&json);
    free(text);
}

/* A run can be killed at any byte: what is left is an incomplete record, or one that says that it has no header. */
static void test_cut_at_every_byte(void **state)
{
    const fixture *f = *state;
    size_t         size = 0;
    const char    *text = fixture_read(f, fixture_record(f, true), &size);
    const char    *path = fixture_path(f, "cut.jsonl");
    size_t         header = (size_t)(strchr(text, '\n') - text);

    for (size_t cut = 0; cut<size; cut += cut> header + 40 && cut + 1200 < size ? 7 : 1) {
        orm_arena *arena = orm_arena_new(NULL, NULL, "cut");
        cc_record *record = NULL;
        orm_error  error = { 0 };
        orm_status status = ORM_OK;

        assert_true(fixture_write(path, text, cut));
        status = cc_record_read(arena, path, &record, &error);
        assert_int_equal(status == ORM_OK, cut >= header);
        if (status == ORM_OK)
            assert_int_equal(record->complete, cut == size - 1); /* all but the last newline */
        else
            assert_non_null(strstr(error.message, "cut.jsonl:1: "));
        orm_arena_free(arena);
    }
}

static void refused(const fixture *f, const char *text, const char *part)
{
    const char *path = fixture_path(f, "cut.jsonl");
    cc_record  *record = NULL;
    orm_error   error = { 0 };

    assert_true(fixture_write(path, text, strlen(text)));
    assert_int_not_equal(cc_record_read(f->arena, path, &record, &error), ORM_OK);
    if (strstr(error.message, part) == NULL)
        print_error("wanted '%s', got: %s\n", part, error.message);
    assert_non_null(strstr(error.message, part));
}

#define HEADER                                                                                                         \
    "{\"type\":\"header\",\"format\":1,\"targets\":[{\"name\":\"a\",\"kind\":\"k\",\"evidence\":\"live\"}]}\n"
#define STATES "\"happened\":\"worked\",\"expected\":\"works\",\"evidence\":\"live\""
#define CASE(more) "{\"type\":\"case\",\"id\":\"x\",\"target\":\"a\",\"status\":\"pass\"," STATES more "}\n"
#define FOOTER "{\"type\":\"footer\",\"counts\":{}}\n"

static void test_bad_records(void **state)
{
    const fixture *f = *state;

    refused(f, "", ":1: the file is empty");
    refused(f, "\n", ":1: no JSON");
    refused(f, "hello\n", ":1: no JSON");
    refused(f, "[1]\n", ":1: no map");
    refused(f, "{}\n", ":1: no 'type'");
    refused(f, CASE(""), ":1: a run record starts with its header");
    refused(f, "{\"type\":\"header\"}\n", ":1: a header lacks the key 'format'");
    refused(f, "{\"type\":\"header\",\"format\":\"1\"}\n", "whole number");
    refused(f, "{\"type\":\"header\",\"format\":0}\n", "1 or more");
    refused(f, "{\"type\":\"header\",\"format\":2,\"targets\":7}\n", "newer crdbcheck");
    refused(f, "{\"type\":\"header\",\"format\":99999999999999999999}\n", ":1: no JSON");
    refused(f, HEADER HEADER, ":2: a second header");
    refused(f, HEADER CASE("") CASE("") FOOTER, ":3: the case 'x' stands here a second time");
    refused(f, HEADER "{\"type\":\"case\"}\n" FOOTER, ":2: a case lacks the key 'id'");
    refused(f, HEADER "nonsense\n" FOOTER, ":2: no JSON");
    refused(f, HEADER FOOTER CASE(""), ":3: a 'case' after the footer");
    refused(f, HEADER "{\"type\":\"thing\"}\n", ":2: unknown type 'thing'");
    refused(f, HEADER CASE(",\"line\":1.5"), ":2: key 'line' of a case must be a whole number");
    refused(f, HEADER CASE(",\"proves\":[1]"), "list of strings");
    refused(f, HEADER CASE(",\"sql\":{}"), "list of maps");
    refused(f, HEADER CASE(",\"sql\":[7]"), "must be a map");
    refused(f, HEADER CASE(",\"error\":[]"), "must be a map");
    refused(f, HEADER CASE(",\"name\":7"), "must be a string");
    refused(f, HEADER CASE(",\"name\":\"\xff\""), ":2: no JSON");
    refused(f, HEADER "{\"type\":\"case\",\"id\":\"x\",\"target\":\"b\",\"status\":\"pass\"," STATES "}\n",
            "target 'b' of case 'x' is not in the header");
    refused(f, HEADER "{\"type\":\"case\",\"id\":\"x\",\"target\":\"a\",\"status\":\"passed\"," STATES "}\n",
            "unknown value 'passed'");
    refused(f, HEADER "{\"type\":\"footer\",\"counts\":{\"pass\":-1}}\n", "zero or more");
}

static void test_what_is_tolerated(void **state)
{
    static const char text[] =
        HEADER CASE(",\"colour\":{\"a\":[]},\"name\":\"a\\u0000b\",\"mode\":null") "{\"type\":\"footer\",\"counts\":{"
                                                                                   "\"pass\":1,\"flaky\":2},\"x\":1}\n";
    const fixture *f = *state;
    const char    *path = fixture_path(f, "cut.jsonl");
    cc_record     *record = NULL;
    size_t         counts[CC_STATUS_COUNT];

    assert_true(fixture_write(path, text, sizeof text - 1));
    assert_int_equal(cc_record_read(f->arena, path, &record, NULL), ORM_OK);
    assert_true(record->complete);
    assert_string_equal(record->cases[0].name, "a\xef\xbf\xbd"
                                               "b");
    assert_string_equal(record->cases[0].mode, "");
    cc_record_count(record, counts);
    assert_int_equal(counts[CC_PASS], 1);
    assert_int_equal(counts[CC_FAIL], 0);
}

static void test_files_that_are_not_there(void **state)
{
    const fixture *f = *state;
    cc_record     *record = NULL;
    orm_error      error = { 0 };

    assert_int_equal(cc_record_read(f->arena, "/nowhere/run.jsonl", &record, &error), ORM_ERR_CONFIG);
    assert_non_null(strstr(error.message, "/nowhere/run.jsonl"));
    assert_int_equal(cc_record_read(f->arena, f->folder, &record, &error), ORM_ERR_CONFIG);
    assert_null(cc_record_create("/nowhere/run.jsonl", &error));
    assert_non_null(strstr(error.message, "/nowhere/run.jsonl"));
    assert_null(cc_record_create(f->folder, &error));
}

/* The first failure sticks: nothing may follow a line that was written in part. */
static void test_full_disk(void **state)
{
    cc_record_writer *writer = cc_record_create("/dev/full", NULL);
    orm_error         error = { 0 };

    (void)state;
    if (writer == NULL)
        skip();
    assert_int_equal(cc_record_write_header(writer, &fixture_header, &error), ORM_ERR_CONFIG);
    assert_non_null(strstr(error.message, "/dev/full"));
    assert_int_equal(cc_record_write_case(writer, &fixture_cases[0], NULL), ORM_ERR_CONFIG);
    error.message[0] = '\0';
    assert_int_equal(cc_record_close(writer, &error), ORM_ERR_CONFIG);
    assert_non_null(strstr(error.message, "/dev/full"));
}

static void test_two_runs_one_file(void **state)
{
    const fixture    *f = *state;
    const char       *path = fixture_path(f, "run.jsonl");
    cc_record_writer *writer = cc_record_create(path, NULL);
    int               result = 0;
    pid_t             child = fork();

    assert_non_null(writer);
    if (child == 0) {
        orm_error error = { 0 };

        _exit(cc_record_create(path, &error) == NULL && strstr(error.message, "another run") != NULL ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    assert_int_equal(cc_record_close(writer, NULL), ORM_OK);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(cc_status_name(CC_NOT_RUN), "not-run");
    assert_string_equal(cc_status_name(CC_STATUS_COUNT), "?");
    assert_string_equal(cc_happened_name(CC_HAPPENED_BROKE), "broke");
    assert_string_equal(cc_expected_name(CC_EXPECT_DIFFERS), "differs");
    assert_string_equal(cc_evidence_name(CC_EVIDENCE_SIMULATED), "simulated");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_round_trip),   TEST(test_round_trip_of_cases), TEST(test_file_is_harmless),
        TEST(test_case_by_json), TEST(test_line_of_a_megabyte),  TEST(test_cut_at_every_byte),
        TEST(test_bad_records),  TEST(test_what_is_tolerated),   TEST(test_files_that_are_not_there),
        TEST(test_full_disk),    TEST(test_two_runs_one_file),   TEST(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
