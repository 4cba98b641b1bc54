/*
 * fixture.h - what the tests of records and reports share: a scratch folder, files as texts, and a record with a case
 * of each status and texts that are meant to hurt.
 */
#ifndef CRDBCHECK_REPORTS_TESTS_FIXTURE_H
#define CRDBCHECK_REPORTS_TESTS_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "reports/record/record.h"

/* ANSI colours, a terminal title, markup, CDATA's end, a table's pipe, a broken byte, a surrogate, noncharacters,
 * overrides of the direction. */
#define HOSTILE                                                                                                        \
    "\033[31mred\033[0m \033]0;title\a ]]> <script>alert('x')</script> a|b `c` \x01\x7f \xff \xed\xa0\x80 "            \
    "\xef\xbf\xbe \xc2\x9b \xe2\x82\xac \xe2\x80\xae\xe2\x81\xa6 &amp; \"q\"\r\nsecond\tline"

typedef struct fixture {
    orm_arena *arena;
    char       folder[64];
} fixture;

static inline int fixture_set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);

    if (f == NULL)
        return 1;
    *f = (fixture){ .arena = orm_arena_new(NULL, NULL, "test"), .folder = "/tmp/crdbcheck-reports-XXXXXX" };
    *state = f;
    return f->arena == NULL || mkdtemp(f->folder) == NULL;
}

/* Removes the folder, which fails, and with it the test, when anything but known files was left in it. */
static inline int fixture_tear_down(void **state)
{
    static const char *const names[] = { "run.jsonl", "junit.xml", "matrix.md", "cut.jsonl" };
    fixture                 *f = *state;
    char                     path[128];
    int                      failed = 0;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", f->folder, names[i]);
        unlink(path);
    }
    failed = rmdir(f->folder);
    orm_arena_free(f->arena);
    free(f);
    return failed;
}

static inline const char *fixture_path(const fixture *f, const char *name)
{
    return orm_arena_printf(f->arena, "%s/%s", f->folder, name);
}

/* The file's bytes with a NUL behind; *size may be NULL. */
static inline char *fixture_read(const fixture *f, const char *path, size_t *size)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    long  length = 0;

    if (file == NULL)
        return NULL;
    fseek(file, 0, SEEK_END);
    length = ftell(file);
    rewind(file);
    text = orm_arena_zalloc(f->arena, (size_t)length + 1);
    if (text != NULL && fread(text, 1, (size_t)length, file) != (size_t)length)
        text = NULL;
    fclose(file);
    if (size != NULL)
        *size = (size_t)length;
    return text;
}

static inline bool fixture_write(const char *path, const char *text, size_t size)
{
    FILE *file = fopen(path, "we");
    bool  written = file != NULL && fwrite(text, 1, size, file) == size;

    return file != NULL && fclose(file) == 0 && written;
}

static const char *const fixture_create[] = { "crud-create", NULL };
static const char *const fixture_views[] = { "views-cannot", "views-partly", NULL };
static const char *const fixture_notes[] = { "a setting was refused: " HOSTILE, NULL };
static const char *const fixture_all_rules[] = { "serial columns", "a `rule` | of " HOSTILE, "no points", NULL };
static const char *const fixture_rules[] = { "serial columns", NULL };

static const cc_record_target fixture_targets[] = {
    { .name = "live",
      .kind = "theirs",
      .platform = "theirs",
      .version = "Theirs v24.3.1 (x86_64)",
      .major = 24,
      .minor = 3,
      .patch = 1,
      .how = "url" },
    { .name = "other",
      .kind = "ours",
      .platform = "ours",
      .version = "Ours 15.18 (Debian)",
      .major = 15,
      .minor = 18,
      .how = "embedded",
      .notes = fixture_notes },
    { .name = "pretend",
      .kind = "theirs-sim",
      .platform = "theirs",
      .version = "Theirs v25.4.0 (simulated)",
      .major = 25,
      .minor = 4,
      .evidence = CC_EVIDENCE_SIMULATED,
      .simulated = "profile 25.4",
      .profile = "25.4",
      .rules = fixture_all_rules,
      .how = "embedded" },
};

static const cc_record_header fixture_header = {
    .format = CC_RECORD_FORMAT,
    .tool = "crdbcheck 0.1.0",
    .started = "2026-11-23T19:34:32.123Z",
    .preset = "mikroorm",
    .protocol = "simple",
    .batch = "multi-row",
    .batch_size = 300,
    .command = "run --target live",
    .hostname = "host",
    .targets = fixture_targets,
    .target_count = 3,
    .planned = 12,
};

static const cc_record_error fixture_error = {
    .kind = "syntax",
    .sqlstate = "42601",
    .message = "at or near \"view\": " HOSTILE,
    .detail = "source SQL:\nCREATE",
    .hint = "try \\h",
    .constraint = "c|k",
    .table = "author",
    .column = "name",
};
static const cc_record_failure fixture_failure = {
    .type = "mismatch",
    .message = "ann.name is not as expected: " HOSTILE,
    .detail = "expected  Ann\ngot       " HOSTILE,
    .place = "cases/crud/crud.yaml:12:9",
    .step = "3 (flush)",
};
static const cc_record_sql fixture_sql[] = {
    { .sql = "insert into \"author\" (\"id\") values ('1')", .nanoseconds = 1234567, .rows = 1 },
    { .sql = "select '" HOSTILE "'", .nanoseconds = 999, .rows = -1, .error = "42601 at or near" },
};

#define FIXTURE_CASE(id_, target_, status_, happened_, expected_)                                                      \
    .id = id_, .name = "a case", .feature = "crud", .target = target_, .mode = "", .preset = "", .reason = "",         \
    .source = "", .file = "cases/crud/crud.yaml", .line = 7, .status = status_, .happened = happened_,                 \
    .expected = expected_, .nanoseconds = 1234567890, .queries = 2, .repeat = "crdbcheck run crud/x"

/* One case of each status, in an order that reports have to change. */
static const cc_record_case fixture_cases[] = {
    { FIXTURE_CASE("crud/simulated", "pretend", CC_PASS, CC_HAPPENED_WORKED, CC_EXPECT_WORKS), .rules = fixture_rules,
      .evidence = CC_EVIDENCE_SIMULATED, .proves = fixture_create },
    { FIXTURE_CASE("crud/fail", "live", CC_FAIL, CC_HAPPENED_FAILED, CC_EXPECT_WORKS), .proves = fixture_create,
      .failure = &fixture_failure, .error = &fixture_error, .sql = fixture_sql, .sql_count = 2 },
    { FIXTURE_CASE("crud/pass", "live", CC_PASS, CC_HAPPENED_WORKED, CC_EXPECT_WORKS), .proves = fixture_create,
      .sql = fixture_sql, .sql_count = 2 },
    { FIXTURE_CASE("views/limitation", "live", CC_PASS, CC_HAPPENED_FAILED, CC_EXPECT_FAILS), .proves = fixture_views,
      .error = &fixture_error },
    { FIXTURE_CASE("views/drift", "live", CC_DRIFT, CC_HAPPENED_WORKED, CC_EXPECT_FAILS), .proves = fixture_views },
    { FIXTURE_CASE("crud/unknown", "live", CC_UNKNOWN, CC_HAPPENED_FAILED, CC_EXPECT_UNKNOWN),
      .error = &fixture_error },
    { FIXTURE_CASE("crud/error", "other", CC_ERROR, CC_HAPPENED_BROKE, CC_EXPECT_WORKS), .failure = &fixture_failure },
    { FIXTURE_CASE("crud/timeout", "other", CC_TIMEOUT, CC_HAPPENED_BROKE, CC_EXPECT_WORKS), .sql = fixture_sql,
      .sql_count = 1 },
    { FIXTURE_CASE("crud/crash", "other", CC_CRASH, CC_HAPPENED_BROKE, CC_EXPECT_WORKS) },
    { FIXTURE_CASE("crud/skipped", "other", CC_SKIPPED, CC_HAPPENED_NOTHING, CC_EXPECT_WORKS) },
    { FIXTURE_CASE("crud/not-run", "other", CC_NOT_RUN, CC_HAPPENED_NOTHING, CC_EXPECT_WORKS) },
    { FIXTURE_CASE("views/other", "other", CC_PASS, CC_HAPPENED_WORKED, CC_EXPECT_WORKS), .proves = fixture_views },
};
#define FIXTURE_CASE_COUNT (sizeof fixture_cases / sizeof fixture_cases[0])

/* Case `i` with what does not stand in the table: reasons, modes. */
static inline cc_record_case fixture_case(size_t i)
{
    cc_record_case item = fixture_cases[i];

    if (item.status == CC_SKIPPED || item.status == CC_NOT_RUN || item.status == CC_UNKNOWN ||
        item.expected == CC_EXPECT_FAILS)
        item.reason = "because | of <" HOSTILE ">";
    if (item.expected == CC_EXPECT_FAILS)
        item.source = "upstream test, v24.3";
    if (item.status == CC_TIMEOUT)
        item.mode = "fast";
    return item;
}

/* The path of a record with all of it; without footer when `complete` is false. NULL when it could not be written. */
static inline const char *fixture_record(const fixture *f, bool complete)
{
    const char       *path = fixture_path(f, "run.jsonl");
    cc_record_writer *writer = cc_record_create(path, NULL);
    cc_record_footer  footer = { .finished = "2026-11-23T19:34:40.000Z", .nanoseconds = 7900000000, .exit_code = 1 };
    bool              good = writer != NULL && cc_record_write_header(writer, &fixture_header, NULL) == ORM_OK;

    for (size_t i = 0; good && i < FIXTURE_CASE_COUNT; i++) {
        cc_record_case item = fixture_case(i);

        good = cc_record_write_case(writer, &item, NULL) == ORM_OK;
        footer.counts[item.status]++;
    }
    if (good && complete)
        good = cc_record_write_footer(writer, &footer, NULL) == ORM_OK;
    return cc_record_close(writer, NULL) == ORM_OK && good ? path : NULL;
}

static inline cc_record *fixture_load(const fixture *f, bool complete)
{
    const char *path = fixture_record(f, complete);
    cc_record  *record = NULL;

    return path != NULL && cc_record_read(f->arena, path, &record, NULL) == ORM_OK ? record : NULL;
}

/*
 * True when the file equals the golden one, which stands in reports/tests/golden. CRDBCHECK_BLESS=1 in the environment
 * writes the golden file anew; look at the difference before you commit it.
 */
static inline bool fixture_is_golden(const fixture *f, const char *path, const char *name)
{
    const char *golden_path = orm_arena_printf(f->arena, "%s/reports/tests/golden/%s", CC_SOURCE_DIR, name);
    size_t      size = 0;
    const char *text = fixture_read(f, path, &size);
    const char *golden = NULL;

    if (text != NULL && getenv("CRDBCHECK_BLESS") != NULL)
        fixture_write(golden_path, text, size);
    golden = fixture_read(f, golden_path, NULL);
    if (text != NULL && golden != NULL && strcmp(text, golden) == 0)
        return true;
    fprintf(stderr, "%s is not as %s; got:\n%s\n", path, golden_path, text != NULL ? text : "(nothing)");
    return false;
}

#endif
