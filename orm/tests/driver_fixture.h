/*
 * driver_fixture.h - a pool on the test server with a log that tests can look at. Included after cmocka.h.
 */
#ifndef ORM_TESTS_DRIVER_FIXTURE_H
#define ORM_TESTS_DRIVER_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/connection.h"

#define LOG_SIZE 64

/* What was logged, the newest last; the oldest are forgotten. */
typedef struct log_line {
    orm_log_kind kind;
    char         message[256];
    char         params[256]; /* "a|b|NULL" */
    int64_t      rows;
    uint64_t     nanoseconds;
    orm_status   status;
    char         severity[16];
    char         sqlstate[8];
    char         detail[64];
    char         hint[64];
} log_line;

typedef struct fixture {
    orm_arena      *arena;
    orm_pool       *pool;
    orm_connection *c;
    orm_settings    settings;
    orm_error       error;
    log_line        lines[LOG_SIZE];
    size_t          line_count;
    bool            quiet; /* nothing is kept: while several threads are at work */
} fixture;

static inline const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

static inline void keep_log(void *context, const orm_log_event *event)
{
    fixture  *f = context;
    log_line *line;

    if (f->quiet)
        return;
    if (f->line_count == LOG_SIZE) {
        memmove(&f->lines[0], &f->lines[1], sizeof f->lines - sizeof f->lines[0]);
        f->line_count--;
    }
    line = &f->lines[f->line_count++];
    *line = (log_line){ .kind = event->kind, .rows = event->rows, .nanoseconds = event->nanoseconds };
    line->status = event->error != NULL ? event->error->status : ORM_OK;
    snprintf(line->message, sizeof line->message, "%s", event->message);
    for (size_t i = 0; i < event->param_count; i++) {
        size_t used = strlen(line->params);

        snprintf(line->params + used, sizeof line->params - used, "%s%s", i > 0 ? "|" : "",
                 event->params[i] != NULL ? event->params[i] : "NULL");
    }
    snprintf(line->severity, sizeof line->severity, "%s", or_empty(event->severity));
    snprintf(line->sqlstate, sizeof line->sqlstate, "%s", or_empty(event->sqlstate));
    snprintf(line->detail, sizeof line->detail, "%s", or_empty(event->detail));
    snprintf(line->hint, sizeof line->hint, "%s", or_empty(event->hint));
}

static inline const log_line *last_line(const fixture *f)
{
    assert_true(f->line_count > 0);
    return &f->lines[f->line_count - 1];
}

static inline void expect_ok(const fixture *f, orm_status status)
{
    if (status != ORM_OK)
        fail_msg("%s %s: %s (%s)", f->error.sqlstate, orm_status_name(status), f->error.message, f->error.sql);
}

/* A pool and one connection of it. */
static inline fixture *fixture_new(orm_config config)
{
    fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    if (config.url == NULL)
        config.url = getenv("ORM_TEST_URL");
    if (config.url == NULL)
        fail_msg("ORM_TEST_URL is not set: run this as ci/with-postgres %s", "PROGRAM");
    config.log = keep_log;
    config.log_context = f;
    f->arena = orm_arena_new(NULL, NULL, "test");
    assert_non_null(f->arena);
    expect_ok(f, orm_settings_resolve(&config, &f->settings, &f->error));
    expect_ok(f, orm_pool_new(&config, &f->settings, &f->pool, &f->error));
    expect_ok(f, orm_pool_acquire(f->pool, &f->c, &f->error));
    return f;
}

static inline void fixture_free(fixture *f)
{
    orm_pool_release(f->pool, f->c);
    orm_pool_free(f->pool);
    orm_arena_free(f->arena);
    free(f);
}

static inline void run_sql(fixture *f, const char *sql)
{
    expect_ok(f, orm_connection_run_text(f->c, sql, NULL, &f->error));
}

/* The first value of the last row set, as text in the arena; NULL for SQL NULL. */
static inline const char *ask_on(fixture *f, orm_connection *c, const char *sql)
{
    orm_result *result = NULL;
    const char *data;
    char       *text;
    size_t      size;

    expect_ok(f, orm_connection_run_text(c, sql, &result, &f->error));
    data = orm_result_data(result, 0, 0, &size);
    text = data != NULL ? orm_arena_strndup(f->arena, data, size) : NULL;
    orm_result_free(result);
    return text;
}

static inline const char *ask(fixture *f, const char *sql)
{
    return ask_on(f, f->c, sql);
}

static inline void expect_answer(fixture *f, const char *sql, const char *expected)
{
    const char *answer = ask(f, sql);

    assert_non_null(answer);
    assert_string_equal(answer, expected);
}

static inline orm_status run_for_error(fixture *f, const char *sql)
{
    orm_result *result = (orm_result *)f;
    orm_status  status = orm_connection_run_text(f->c, sql, &result, &f->error);

    assert_null(result);
    assert_int_not_equal(status, ORM_OK);
    assert_int_equal(f->error.status, status);
    return status;
}

/* Ends the backend of `c` and waits until it is gone. */
static inline void kill_backend(fixture *f, orm_connection *c)
{
    const char     *pid = ask_on(f, c, "select pg_backend_pid()");
    orm_connection *other;
    char           *sql = orm_arena_printf(f->arena, "select pg_terminate_backend(%s, 5000)", pid);

    expect_ok(f, orm_pool_acquire(f->pool, &other, &f->error));
    assert_ptr_not_equal(other, c);
    assert_string_equal(ask_on(f, other, sql), "t");
    orm_pool_release(f->pool, other);
}

#endif
