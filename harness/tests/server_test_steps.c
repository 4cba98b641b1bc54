#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/steps/steps.h"

/* Every case file of this test begins so; then come the outcome for PostgreSQL and the steps. */
static const char head[] = "feature: crud\n"
                           "entities:\n"
                           "  Author:\n"
                           "    properties:\n"
                           "      id: {type: uuid, primary: true}\n"
                           "      name: {type: string}\n"
                           "      email: {type: string, nullable: true, unique: true}\n"
                           "      born: {type: date, nullable: true}\n"
                           "      books: {type: one-to-many, target: Book, mapped_by: author}\n"
                           "  Book:\n"
                           "    properties:\n"
                           "      id: {type: bigint, primary: true}\n"
                           "      title: {type: string}\n"
                           "      author: {type: many-to-one, target: Author}\n"
                           "  Thing:\n"
                           "    properties:\n"
                           "      id: {type: integer, primary: true, autoincrement: false}\n"
                           "      body: {type: json, nullable: true}\n"
                           "      tags: {type: \"text[]\", nullable: true}\n"
                           "      numbers: {type: \"int[]\", nullable: true}\n"
                           "      price: {type: decimal, precision: 20, scale: 4, nullable: true}\n"
                           "      data: {type: bytes, nullable: true}\n"
                           "      big: {type: bigint-text, nullable: true}\n"
                           "      real: {type: double, nullable: true}\n"
                           "cases:\n"
                           "  - id: one\n"
                           "    name: one\n"
                           "    proves: [crud-create]\n";

static const char features[] = "page: test\n"
                               "platform: cockroach\n"
                               "sections: [{id: s, title: S}]\n"
                               "features:\n"
                               "  - id: crud\n"
                               "    title: CRUD\n"
                               "    claims:\n"
                               "      - {id: crud-create, section: s, says: works, text: It works.}\n";

typedef struct sample {
    const char *name;
    const char *outcome; /* of PostgreSQL; NULL: works */
    const char *steps;   /* in flow style */
    cc_status   status;
    cc_happened happened;
    const char *part; /* of the failure's message or detail; NULL: none is looked for */
} sample;

#define WORKS CC_PASS, CC_HAPPENED_WORKED, NULL
#define FAILS CC_FAIL, CC_HAPPENED_FAILED
#define RAISE "do $$ begin raise exception 'again' using errcode = '40001'; end $$"
#define ANN "{create: {entity: Author, data: {name: Ann, email: a@x.org}, as: ann}}"

static const sample samples[] = {
    /* em */
    { "create and flush", NULL,
      "[" ANN ", {flush: {queries: 3}}, {expect: {ann.name: Ann, ann.id: <uuid>, ann.born: null}}]", WORKS },
    { "wrong value", NULL, "[" ANN ", flush, {expect: {ann.name: Eve, ann.email: a@x.org}}]", FAILS,
      "ann.name: expected Eve, got Ann" },
    { "all differences are listed", NULL, "[" ANN ", {expect: {ann.name: Eve, ann.email: null}}]", FAILS,
      "+ ann.email: a@x.org" },
    { "create refused", NULL, "[{create: {entity: Author, data: {name: Ann, born: yesterday}}}]", FAILS, "born" },
    { "assign", NULL,
      "[" ANN ", flush, {assign: {ref: \"${ann}\", data: {name: Eve, born: \"2000-02-29\"}}}, {flush: {queries: 3}},"
      " {sql: {query: \"select name, born from author\", rows: [[Eve, \"2000-02-29\"]]}}]",
      WORKS },
    { "assign refused", NULL,
      "[" ANN ", {assign: {ref: \"${ann}\", data: {born: x}, error: {kind: validation, property: born}}}]", WORKS },
    { "references inside of lists and JSON", NULL,
      "[" ANN ", flush, {sql: {query: \"select 7, null\", rows: [[\"<bind:seven>\", \"<bind:none>\"]]}},"
      " {create: {entity: Thing, as: t, data: {id: 1, tags: [\"${ann.name}\", \"$${x}\", \"${none}\"],"
      " numbers: [\"${seven}\"], body: {id: \"${ann.id}\", n: [\"${seven}\"], s: \"$${x}\"}}}}, flush,"
      " {sql: {query: \"select tags, numbers, body->>'id', body->'n', body->>'s' from thing\","
      " rows: [[[Ann, \"$${x}\", null], [7], \"${ann.id}\", [7], \"$${x}\"]]}},"
      " {sql: {query: \"select length($1), $2::text\", params: [\"$${x}\", \"$${y\"], rows: [[4, \"$${y\"]]}}]",
      WORKS },
    { "an entity inside of JSON", NULL, "[" ANN ", {create: {entity: Thing, data: {id: 1, body: [\"${ann}\"]}}}]",
      CC_ERROR, CC_HAPPENED_BROKE, "${ann} is none of what lists and JSON take" },
    { "a lost connection is no expected message", NULL,
      "[{sql: {query: \"select pg_terminate_backend(pg_backend_pid())\", error: {message: \"/./\"}}}]", CC_ERROR,
      CC_HAPPENED_BROKE, "connection" },
    { "nothing to flush", NULL, "[" ANN ", flush, {flush: {queries: 0, sql_sent: []}}]", WORKS },
    { "persist and remove", NULL,
      "[" ANN ", {persist: \"${ann}\"}, flush, {remove: ann}, flush, {sql: {query: select * from author, rows: []}}]",
      WORKS },
    { "cleared entities keep their values", NULL,
      "[" ANN
      ", flush, clear, {expect: {ann.name: Ann}}, {find_one: {entity: Author, where: \"${ann.id}\", as: again}},"
      " {expect: {again.id: \"${ann.id}\"}}]",
      WORKS },
    { "a cleared entity is gone", NULL, "[" ANN ", flush, clear, {remove: ann}]", CC_ERROR, CC_HAPPENED_BROKE,
      "find it again" },
    { "fork", NULL,
      "[" ANN ", flush, {fork: {as: two}}, {find_one: {em: two, entity: Author, where: \"${ann.id}\", as: other}},"
      " {expect: {other: \"${ann}\"}}]",
      FAILS, "expected <Author>, got <Author>" },
    { "collections", NULL,
      "[{create: {entity: Book, data: {title: T, author: null}, as: book}},"
      " {create: {entity: Author, data: {name: Ann, books: [\"${book}\"]}, as: ann}}, flush,"
      " {expect: {ann.books.length: 1, \"ann.books[0]\": \"${book}\", book.author: \"${ann}\", ann.books: "
      "[\"${book}\"]}},"
      " {expect: {\"ann.books[1].title\": T}}]",
      FAILS, "there is no [1]: it has 1" },
    { "a reference by key", NULL,
      "[" ANN ", flush, {create: {entity: Book, data: {title: T, author: \"${ann.id}\"}, as: book}}, flush,"
      " {expect: {book.author: \"${ann}\"}}]",
      WORKS },

    /* find */
    { "find", NULL,
      "[" ANN ", {create: {entity: Author, data: {name: Eve}}}, flush, {find: {entity: Author, order: {name: desc},"
      " as: all, count: 2, queries: 1}}, {expect: {all.length: 2, \"all[0].name\": Eve, \"all[1]\": \"${ann}\"}},"
      " {find: {entity: Author, where: {name: Ann}, count: 1}}, {find: {entity: Author, where: {email: null}, count: "
      "1}},"
      " {find: {entity: Author, order: {name: asc}, limit: 1, offset: 1, as: last}}, {expect: {\"last[0].name\": "
      "Eve}}]",
      WORKS },
    { "wrong count", NULL, "[" ANN ", flush, {find: {entity: Author, count: 2}}]", FAILS, "expected 2, got 1" },
    { "nothing is found", NULL,
      "[{find_one: {entity: Author, where: {name: Nobody}, as: nobody}}, {expect: {nobody: null}},"
      " {expect: {nobody.name: x}}]",
      FAILS, "it is null" },
    { "reference", NULL,
      "[{reference: {entity: Author, key: a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11, as: ref, queries: 0}},"
      " {expect: {ref.id: a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}}]",
      WORKS },
    { "populate", NULL,
      "[" ANN ", {create: {entity: Book, data: {title: T, author: \"${ann}\"}}}, flush, clear,"
      " {find: {entity: Book, populate: [author], strategy: select-in, as: books, queries: 2}}, {expect: {\"books[0].author.name\": Ann}}]",
      WORKS },

    /* values */
    { "values of all kinds", NULL,
      "[{create: {entity: Thing, data: {id: 1, body: {a: [1, 2.50, 1e3, -9223372036854775808, \"x\\\"\\n\", null]},"
      " tags: [a, null, \"NULL\", \"\"], numbers: [1, null, -3], price: 1.1000, data: \"\\\\x00ff\", big: "
      "9007199254740993,"
      " real: 2}, as: t}}, flush, {fork: {as: two}}, {find_one: {em: two, entity: Thing, where: 1, as: u}},"
      " {expect: {u.body: {a: [1, 2.5, 1000, -9223372036854775808, \"x\\\"\\n\", null]}, u.tags: [a, null, \"NULL\", "
      "\"\"],"
      " u.numbers: [1, null, -3], u.price: \"1.1000\", u.data: \"\\\\x00ff\", u.big: \"9007199254740993\", u.real: 2}},"
      " {sql: {query: \"select body->'a'->>1, tags, numbers, body, data from thing\", rows: [[\"2.50\","
      " [a, null, \"NULL\", \"\"], [1, null, -3], {a: <any>}, <any>]]}}]",
      WORKS },
    { "a wrong array", NULL, "[{create: {entity: Thing, data: {id: 1, numbers: [a]}}}]", CC_ERROR, CC_HAPPENED_BROKE,
      "whole numbers or null" },

    /* sql */
    { "columns are typed", NULL,
      "[{sql: {query: \"select 1::int2, 2::int8, true, 1.5::float8, 1.50::numeric, null, 'x'::text, array[array[1,2],"
      " array[3,4]], '[2:3]={7,8}'::int[], '{t,f}'::bool[]\", rows: [[1, 2, true, 1.5, \"1.50\", null, x,"
      " [[1, 2], [3, 4]], [7, 8], [true, false]]]}}]",
      WORKS },
    { "wrong rows", NULL, "[{sql: {query: \"values (1), (2)\", rows: [[1], [3]]}}]", FAILS, "- [3]\n+ [2]" },
    { "rows in any order", NULL, "[{sql: {query: \"values (1), (2)\", rows: [[2], [1]], unordered: true}}]", WORKS },
    { "columns", NULL, "[{sql: {query: select 1 as a, columns: [b]}}]", FAILS, "- b\n+ a" },
    { "affected", NULL, "[" ANN ", flush, {sql: {query: delete from author, affected: 2}}]", FAILS,
      "expected 2, got 1" },
    { "parameters", NULL,
      "[" ANN ", {sql: {query: \"select $1::int + 1, $2::text, $3::uuid\", params: [1, \"it's\", \"${ann.id}\"],"
      " rows: [[2, \"it's\", \"${ann.id}\"]]}}]",
      WORKS },
    { "rows are bound", NULL,
      "[{sql: {query: \"select 5, 'x'\", rows: [[\"<bind:five>\", <any>]], as: r}}, {expect: {\"r[0][1]\": x, "
      "r.length: 1}},"
      " {sql: {query: \"select 5\", rows: [[\"${five}\"]]}}, {sql: {query: \"select 6\", rows: [[\"${five}\"]]}}]",
      FAILS, "got 1" },
    { "syntax error", NULL, "[{sql: selec 1}]", FAILS, "42601" },
    { "expected error", NULL, "[{sql: {query: selec 1, error: {kind: syntax, sqlstate: \"42601\", message: /selec/}}}]",
      WORKS },
    { "another error", NULL, "[{sql: {query: selec 1, error: {sqlstate: \"42P01\"}}}]", FAILS,
      "error.sqlstate: expected \"42P01\", got \"42601\"" },
    { "no error", NULL, "[{sql: {query: select 1, error: {sqlstate: \"42601\"}}}]", FAILS, "expected an error" },
    { "a pattern that never ends", NULL,
      "[{sql: {query: \"select repeat('a', 100) || 'b'\", rows: [[\"/^(a+)+$/\"]]}}]", CC_ERROR, CC_HAPPENED_BROKE,
      "make it simpler" },

    /* statements */
    { "sql_sent", NULL, "[" ANN ", {flush: {sql_sent: [begin, \"/^insert into \\\"author\\\"/\", commit]}}]", WORKS },
    { "other statements", NULL, "[" ANN ", {flush: {sql_sent: [begin, \"/^insert/\", rollback]}}]", FAILS,
      "- rollback\n+ commit" },
    { "too few statements", NULL, "[" ANN ", {flush: {queries: 4}}]", FAILS, "expected 4, got 3 statements" },

    /* transactions */
    { "begin and rollback", NULL,
      "[{begin: {isolation: serializable}}, " ANN
      ", flush, {sql: {query: \"select count(*) from author\", rows: [[1]]}},"
      " rollback, {fork: {as: two}}, {sql: {em: two, query: \"select count(*) from author\", rows: [[0]]}}]",
      WORKS },
    { "begin and commit", NULL,
      "[begin, " ANN
      ", commit, {fork: {as: two}}, {sql: {em: two, query: \"select count(*) from author\", rows: [[1]]}}]",
      WORKS },
    { "read only", NULL,
      "[{begin: {read_only: true}}, {sql: {query: delete from author, error: {kind: read only, sqlstate: \"25006\"}}},"
      " rollback]",
      WORKS },
    { "throw rolls back and the case goes on", NULL,
      "[{transactional: {steps: [" ANN ", flush, throw, {sql: never}]}},"
      " {sql: {query: select * from author, rows: []}}]",
      WORKS },
    { "throw inside a savepoint", NULL,
      "[{transactional: {steps: [" ANN ", flush, {transactional: [{sql: delete from author}, throw]},"
      " {sql: {query: \"select count(*) from author\", rows: [[1]]}}]}}]",
      WORKS },
    { "throw outside", NULL, "[throw]", CC_ERROR, CC_HAPPENED_BROKE, "inside `transactional`" },
    { "an error inside is the transaction's", NULL,
      "[{transactional: {steps: [{sql: selec 1}], error: {sqlstate: \"42601\"}}}, {sql: select 1}]", WORKS },
    { "a mismatch inside ends the case", NULL, "[{transactional: {steps: [{sql: {query: select 1, rows: [[2]]}}]}}]",
      FAILS, "- [2]\n+ [1]" },

    { "runs again", NULL,
      "[{transactional: {retry: 3, attempts: 2, steps: [{create: {entity: Author, data: {name: New}, as: made}}, flush,"
      " {on_attempt: {number: 1, steps: [{sql: \"" RAISE "\"}]}}]}},"
      " {expect: {made.name: New}}, {sql: {query: \"select name from author\", rows: [[New]]}}]",
      WORKS },
    { "runs once more often than expected", NULL,
      "[{transactional: {retry: 3, attempts: 1, steps: [{on_attempt: {number: 1, steps: [{sql: \"" RAISE "\"}]}}]}}]",
      FAILS, "expected 1, got 2" },
    { "attempts count also where it is refused", NULL,
      "[{transactional: {retry: 3, attempts: 2, error: {sqlstate: \"40001\"}, steps: [{sql: \"" RAISE "\"}]}}]", FAILS,
      "expected 2, got 3" },
    { "an attempt's failure is no failure of the case", "{fails: {at: 1, sqlstate: \"40001\"}, reason: r}",
      "[{transactional: {retry: 2, steps: [{on_attempt: {number: 1, steps: [{sql: \"" RAISE "\"}]}}]}}]", CC_DRIFT,
      CC_HAPPENED_WORKED, "everything works now" },
    { "on_attempt outside", NULL, "[{on_attempt: {number: 1, steps: [{sql: select 1}]}}]", CC_ERROR, CC_HAPPENED_BROKE,
      "inside `transactional`" },
    { "entities of a transaction apart are gone, and their values known", NULL,
      "[{transactional: {propagation: requires new, steps: [{create: {entity: Author, data: {name: New}, as: made}}]}},"
      " {expect: {made.name: New}}, {assign: {ref: \"${made}\", data: {name: Old}}}]",
      CC_ERROR, CC_HAPPENED_BROKE, "find it again" },
    { "the name is the outer one's again", NULL,
      "[{transactional: {propagation: requires new, steps: [{sql: select 1}]}}, " ANN ", {flush: {queries: 3}}]", WORKS },
    { "propagation never", NULL,
      "[begin, {transactional: {propagation: never, error: {kind: wrong argument}, steps: [{sql: never}]}}]", WORKS },
    { "flush modes", NULL,
      "[{flush_mode: commit}, " ANN ", {find: {entity: Author, count: 0}}, {find: {entity: Author, flush_mode: auto,"
      " count: 1, queries: 4}}, {begin: {flush_mode: always}}, {find: {entity: Author, count: 1, queries: 1}}]",
      WORKS },

    /* outcomes */
    { "fails as expected", "{fails: {at: 2, sqlstate: \"42601\", message: /selec/}, reason: r}",
      "[" ANN ", {sql: selec 1}, {sql: never run}]", CC_PASS, CC_HAPPENED_FAILED, NULL },
    { "fails inside", "{fails: {at: 1, sqlstate: \"42601\"}, reason: r}", "[{transactional: [{sql: selec 1}]}]",
      CC_PASS, CC_HAPPENED_FAILED, NULL },
    { "fails with another error", "{fails: {at: 2, sqlstate: \"42P01\"}, reason: r}", "[" ANN ", {sql: selec 1}]",
      FAILS, "to fail with 42P01" },
    { "fails elsewhere", "{fails: {at: 2, sqlstate: \"42601\"}, reason: r}", "[{sql: selec 1}, {sql: selec 1}]", FAILS,
      "42601" },
    { "fails no more", "{fails: {at: 1, sqlstate: \"42601\"}, reason: r}", "[{sql: select 1}]", CC_DRIFT,
      CC_HAPPENED_WORKED, "everything works now" },
    { "differs as expected", "{differs: {two: {rows: [[1]]}}, reason: r}",
      "[{sql: {id: two, query: select 1, rows: [[2]]}}, {sql: {query: select 3, rows: [[3]]}}]", CC_PASS,
      CC_HAPPENED_FAILED, NULL },
    { "differs otherwise", "{differs: {two: {rows: [[3]]}}, reason: r}",
      "[{sql: {id: two, query: select 1, rows: [[2]]}}]", FAILS, "- [3]\n+ [1]" },
    { "differs no more", "{differs: {two: {rows: [[3]]}}, reason: r}",
      "[{sql: {id: two, query: select 2, rows: [[2]]}}]", CC_DRIFT, CC_HAPPENED_WORKED, "hold now" },
    { "differs by an error", "{differs: {two: {error: {sqlstate: \"42601\"}}}, reason: r}",
      "[{sql: {id: two, query: selec 1}}, {sql: {query: select 1, rows: [[1]]}}]", CC_PASS, CC_HAPPENED_FAILED, NULL },
    { "differs, and then something else", "{differs: {two: {rows: [[1]]}}, reason: r}",
      "[{sql: {id: two, query: select 1, rows: [[2]]}}, {sql: {query: select 3, rows: [[4]]}}]", FAILS,
      "- [4]\n+ [3]" },
    { "differs in one path", "{differs: {\"3\": {ann.name: Ann}}, reason: r}",
      "[" ANN ", flush, {expect: {ann.name: Eve, ann.id: <uuid>}}]", CC_PASS, CC_HAPPENED_FAILED, NULL },
    { "unknown, and it works", "{unknown: why}", "[{sql: select 1}]", CC_UNKNOWN, CC_HAPPENED_WORKED, NULL },
    { "unknown, and it fails", "{unknown: why}", "[{sql: selec 1}]", CC_UNKNOWN, CC_HAPPENED_FAILED, "42601" },
    { "a lost connection is no evidence", "{fails: {at: 1, message: \"/./\"}, reason: r}",
      "[{sql: select pg_terminate_backend(pg_backend_pid())}]", CC_ERROR, CC_HAPPENED_BROKE, NULL },

    /* schema */
    { "schema", NULL,
      "[{schema: drop}, {schema: {action: create, sql_contains: ['create table \"author\"', \"/\\\\bbook\\\\b/\"]}},"
      " {schema: {action: create, error: {kind: table exists, sqlstate: \"42P07\"}}}, {schema: {action: drop-sql, "
      "queries: 0}}]",
      WORKS },
    { "schema has another text", NULL, "[{schema: {action: create-sql, sql_contains: nonsense}}]", FAILS,
      "does not contain nonsense" },
    { "update of a schema that is there", NULL, "[{schema: update}]", CC_ERROR, CC_HAPPENED_BROKE, NULL },
};

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static cc_suite *load(orm_arena *arena, const sample *s, const char *folder)
{
    char         case_path[200], features_path[200];
    const char  *paths[] = { case_path };
    orm_buffer   text;
    cc_problems  problems;
    cc_features *known = NULL;
    cc_suite    *suite = NULL;

    snprintf(case_path, sizeof case_path, "%s/case.yaml", folder);
    snprintf(features_path, sizeof features_path, "%s/features.yml", folder);
    orm_buffer_init(&text, NULL, 0);
    orm_buffer_printf(&text, "%s    outcome: {cockroach: {unknown: x}%s%s}\n    steps: %s\n", head,
                      s->outcome == NULL ? "" : ", postgres: ", s->outcome == NULL ? "" : s->outcome, s->steps);
    write_file(case_path, text.data);
    write_file(features_path, features);
    orm_buffer_free(&text);
    cc_problems_init(&problems, arena);
    known = cc_features_load(arena, features_path, &problems);
    if (known != NULL)
        suite = cc_suite_load(arena, paths, 1, known, cc_steps(), &problems);
    for (size_t i = 0; i < problems.count; i++)
        print_error("%s: %u:%u: %s\n", s->name, problems.items[i].place.line, problems.items[i].place.column,
                    problems.items[i].message);
    unlink(case_path);
    unlink(features_path);
    return suite;
}

static bool holds(const cc_record_failure *failure, const char *part)
{
    return part == NULL || (failure != NULL && (strstr(failure->message, part) != NULL ||
                                                (failure->detail != NULL && strstr(failure->detail, part) != NULL)));
}

static const cc_record_target target = { .name = "mine", .kind = "postgres", .platform = "postgres", .major = 15 };

static orm *open_db(const cc_suite *suite, orm_preset preset, cc_sql_trace *trace)
{
    orm      *db = NULL;
    orm_error error = { .status = ORM_OK };

    assert_non_null(suite);
    assert_non_null(trace);
    if (orm_open(&(orm_config){ .url = getenv("ORM_TEST_URL"),
                                .entities = suite->files[0]->entities,
                                .preset = preset,
                                .log = cc_sql_trace_log,
                                .log_context = trace },
                 &db, &error) != ORM_OK)
        fail_msg("%s", error.message);
    return db;
}

/* As load(), in a folder of its own. */
static cc_suite *load_alone(orm_arena *arena, const sample *s)
{
    char      folder[] = "/tmp/crdbcheck-steps.XXXXXX";
    cc_suite *suite = NULL;

    assert_non_null(mkdtemp(folder));
    suite = load(arena, s, folder);
    rmdir(folder);
    return suite;
}

/* True when the sample's case ends as it should. */
static bool check(const sample *s, const char *folder, orm_preset preset)
{
    orm_arena     *arena = orm_arena_new(NULL, NULL, "test");
    cc_suite      *suite = load(arena, s, folder);
    cc_sql_trace  *trace = cc_sql_trace_new();
    cc_record_case record;
    orm_error      error = { .status = ORM_OK };
    cc_case_env    env = { .target = &target, .preset = "mikroorm", .program = "crdbcheck", .target_option = "" };
    bool           good = false;

    assert_non_null(trace);
    if (suite == NULL) {
        cc_sql_trace_free(trace);
        orm_arena_free(arena);
        return false;
    }
    env.db = open_db(suite, preset, trace);
    assert_int_equal(orm_schema_drop(env.db, NULL, &error), ORM_OK);
    assert_int_equal(orm_schema_create(env.db, NULL, &error), ORM_OK);
    cc_case_run(arena, &env, &suite->files[0]->cases[0], trace, &record);
    good = record.status == s->status && record.happened == s->happened && holds(record.failure, s->part) &&
           (record.failure == NULL) == (s->status == CC_PASS || (s->status == CC_UNKNOWN && s->part == NULL));
    if (!good)
        print_error("%s: %s, %s: %s: %s\n%s\n", s->name, cc_status_name(record.status),
                    cc_happened_name(record.happened), record.failure == NULL ? "" : record.failure->step,
                    record.failure == NULL ? "" : record.failure->message,
                    record.failure == NULL ? "" : record.failure->detail);
    orm_close(env.db);
    cc_sql_trace_free(trace);
    orm_arena_free(arena);
    return good;
}

static void run_all(orm_preset preset)
{
    char   folder[] = "/tmp/crdbcheck-steps.XXXXXX";
    size_t bad = 0;

    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
        bad += !check(&samples[i], folder, preset);
    rmdir(folder);
    assert_int_equal(bad, 0);
}

static void every_sample_ends_as_it_should(void **state)
{
    (void)state;
    run_all(ORM_PRESET_MIKROORM);
}

static void and_with_the_native_preset(void **state)
{
    (void)state;
    run_all(ORM_PRESET_NATIVE);
}

static void the_record_says_what_was_sent(void **state)
{
    static const sample many = { "many", NULL, "[{sql: {query: select 1, rows: [[2]]}}]", FAILS, NULL };
    orm_arena          *arena = orm_arena_new(NULL, NULL, "test");
    cc_sql_trace       *trace = cc_sql_trace_new();
    cc_case_env         env = { .target = &target, .preset = "native", .program = "./crdbcheck" };
    cc_suite           *suite = load_alone(arena, &many);
    cc_record_case      record;

    (void)state;
    env.target_option = "--target mine --preset native";
    env.db = open_db(suite, ORM_PRESET_NATIVE, trace);
    cc_case_run(arena, &env, &suite->files[0]->cases[0], trace, &record);
    assert_string_equal(record.id, "crud/one");
    assert_int_equal(record.queries, 1);
    assert_int_equal(record.sql_count, 1);
    assert_string_equal(record.sql[0].sql, "select 1");
    assert_string_equal(record.repeat, "./crdbcheck run --target mine --preset native crud/one");
    assert_string_equal(record.failure->type, "mismatch");
    assert_string_equal(record.failure->step, "1 (sql)");
    assert_non_null(strstr(record.failure->place, "case.yaml:"));
    orm_close(env.db);
    cc_sql_trace_free(trace);
    orm_arena_free(arena);
}

/* Only head and tail of a runaway case are kept. */
static void a_long_trace_is_cut_in_the_middle(void **state)
{
    static const sample many = { "many", NULL, "[{sql: select 1}]", WORKS };
    orm_log_event       event = { .kind = ORM_LOG_QUERY, .message = "select 0", .rows = 1 };
    orm_arena          *arena = orm_arena_new(NULL, NULL, "test");
    cc_sql_trace       *trace = cc_sql_trace_new();
    cc_suite           *suite = load_alone(arena, &many);
    cc_case             item;
    cc_step             step;
    cc_step            *steps[3000];
    cc_case_env         env = { .target = &target, .preset = "mikroorm" };
    cc_record_case      record;

    (void)state;
    env.db = open_db(suite, ORM_PRESET_NATIVE, trace);
    item = suite->files[0]->cases[0];
    step = *item.steps[0];
    for (size_t i = 0; i < 3000; i++)
        steps[i] = &step;
    item.steps = steps;
    item.step_count = 3000;
    cc_case_run(arena, &env, &item, trace, &record);
    assert_int_equal(record.status, CC_PASS);
    assert_int_equal(record.queries, 3000);
    assert_int_equal(record.sql_count, 101);
    assert_string_equal(record.sql[50].sql, "-- 2900 statements are left out here");
    assert_string_equal(record.sql[100].sql, "select 1");
    cc_sql_trace_log(trace, &event);
    orm_close(env.db);
    cc_sql_trace_free(trace);
    orm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_ends_as_it_should),
        cmocka_unit_test(and_with_the_native_preset),
        cmocka_unit_test(the_record_says_what_was_sent),
        cmocka_unit_test(a_long_trace_is_cut_in_the_middle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
