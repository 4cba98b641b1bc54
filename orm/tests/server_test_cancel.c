/*
 * Requests to cancel, deadlines and timeouts: what they stop, and what is left behind. Also run under ThreadSanitizer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/text.h"
#include "driver_fixture.h"
#include "silent_port.h"

static const orm_config presets[] = { { .preset = ORM_PRESET_MIKROORM }, { .preset = ORM_PRESET_NATIVE } };

#define EACH_PRESET(s)                                                                                                 \
    for (size_t preset_ = 0; preset_ < 2; preset_++)                                                                   \
        for (stage *s = stage_new(presets[preset_]); s != NULL; s = stage_free(s))

/* A connection that can be interrupted, and another one to look on with. */
typedef struct stage {
    fixture        *f; /* f->c is the interruptible one */
    orm_interrupt   interrupt;
    orm_connection *other;
    uint64_t        start;
} stage;

static stage *stage_new(orm_config config)
{
    stage *s = calloc(1, sizeof *s);

    assert_non_null(s);
    s->f = fixture_new(config);
    s->other = s->f->c;
    expect_ok(s->f, orm_interrupt_init(&s->interrupt, &s->f->error));
    expect_ok(s->f, orm_pool_acquire_for(s->f->pool, &s->interrupt, &s->f->c, &s->f->error));
    s->start = orm_clock_ns();
    return s;
}

static stage *stage_free(stage *s)
{
    orm_pool_release(s->f->pool, s->other);
    fixture_free(s->f);
    orm_interrupt_destroy(&s->interrupt);
    free(s);
    return NULL;
}

static uint64_t elapsed_ms(const stage *s)
{
    return (orm_clock_ns() - s->start) / 1000000;
}

/* ---- Another thread ---- */

typedef struct requester {
    stage      *s;
    const char *when; /* this query of the other connection says true */
    pthread_t   thread;
} requester;

static void *request(void *argument)
{
    requester  *r = argument;
    orm_result *result;
    bool        ready = false;

    while (!ready) {
        usleep(2000);
        if (orm_connection_run_text(r->s->other, r->when, &result, NULL) != ORM_OK)
            break;
        ready = orm_result_rows(result) > 0;
        orm_result_free(result);
    }
    orm_interrupt_request(&r->s->interrupt);
    return NULL;
}

/* The log of a fixture is for one thread. */
static void expect_cancelled_sleep(stage *s, orm_statement *statement)
{
    requester r = { .s = s, .when = "select 1 from pg_stat_activity where wait_event = 'PgSleep'" };

    s->f->quiet = true;
    assert_int_equal(pthread_create(&r.thread, NULL, request, &r), 0);
    if (statement == NULL)
        run_for_error(s->f, "select pg_sleep(60)");
    else
        assert_int_equal(orm_connection_run(s->f->c, statement, NULL, &s->f->error), ORM_ERR_CANCELLED);
    pthread_join(r.thread, NULL);
    s->f->quiet = false;
    assert_int_equal(s->f->error.status, ORM_ERR_CANCELLED);
    assert_int_equal(s->f->error.number, 357);
    assert_string_equal(s->f->error.sqlstate, "57014");
    assert_string_equal(s->f->error.message, "the statement was cancelled: canceling statement due to user request");
    assert_non_null(strstr(s->f->error.sql, "pg_sleep"));
    assert_in_range(elapsed_ms(s), 0, 30000);
}

static void another_thread_stops_a_statement(void **state)
{
    (void)state;
    EACH_PRESET(s)
    {
        const char   *pid = ask(s->f, "select pg_backend_pid()");
        orm_statement statement;

        expect_cancelled_sleep(s, NULL);
        expect_answer(s->f, "select 'free'", "free");

        orm_statement_init(&statement, s->f->c, s->f->arena);
        orm_statement_text(&statement, "select pg_sleep(60)");
        statement.cacheable = true;
        expect_ok(s->f, orm_connection_begin(s->f->c, NULL, &s->f->error));
        expect_cancelled_sleep(s, &statement);
        assert_true(orm_connection_is_aborted(s->f->c));
        expect_ok(s->f, orm_connection_rollback(s->f->c, &s->f->error));
        orm_statement_free(&statement);
        expect_answer(s->f, "select pg_backend_pid()", pid);
    }
}

static void a_request_before_a_statement_keeps_it_from_being_sent(void **state)
{
    (void)state;
    EACH_PRESET(s)
    {
        size_t before = s->f->line_count;

        expect_ok(s->f, orm_connection_begin(s->f->c, NULL, &s->f->error));
        orm_interrupt_request(&s->interrupt);
        expect_ok(s->f, orm_connection_rollback(s->f->c, &s->f->error)); /* which is never stopped */
        assert_int_equal(run_for_error(s->f, "create table never (a int)"), ORM_ERR_CANCELLED);
        assert_string_equal(s->f->error.message, "the statement was cancelled: it was not sent");
        assert_string_equal(s->f->error.sql, "create table never (a int)");
        assert_int_equal(s->f->line_count, before + 2);
        expect_answer(s->f, "select to_regclass('never') is null", "t"); /* once told, it is over */
        orm_interrupt_request(&s->interrupt);
        orm_interrupt_clear(&s->interrupt);
        expect_answer(s->f, "select 'free'", "free");
    }
}

/* ---- Limits ---- */

static void a_deadline_stops_what_runs_and_what_comes(void **state)
{
    (void)state;
    EACH_PRESET(s)
    {
        expect_ok(s->f, orm_connection_begin(s->f->c, NULL, &s->f->error));
        orm_interrupt_set_deadline(&s->interrupt, 200);
        run_sql(s->f, "select pg_sleep(0.01)");
        assert_int_equal(run_for_error(s->f, "select pg_sleep(60)"), ORM_ERR_CANCELLED);
        assert_int_equal(s->f->error.number, 358);
        assert_non_null(strstr(s->f->error.message, "the deadline of 200 ms has passed"));
        assert_string_equal(s->f->error.sqlstate, "57014");
        assert_int_equal(run_for_error(s->f, "select 1"), ORM_ERR_CANCELLED);
        assert_non_null(strstr(s->f->error.message, "it was not sent"));
        expect_ok(s->f, orm_connection_rollback(s->f->c, &s->f->error));
        assert_int_equal(orm_connection_begin(s->f->c, NULL, &s->f->error), ORM_ERR_CANCELLED);
        orm_interrupt_set_deadline(&s->interrupt, 0);
        expect_answer(s->f, "select 'free'", "free");
    }
}

static void a_timeout_is_for_each_statement(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        orm_config config = presets[i];
        fixture   *f;

        config.statement_timeout_ms = 150;
        f = fixture_new(config);
        for (int j = 0; j < 3; j++)
            run_sql(f, "select pg_sleep(0.07)");
        assert_int_equal(run_for_error(f, "select pg_sleep(60)"), ORM_ERR_CANCELLED);
        assert_int_equal(f->error.number, 359);
        assert_non_null(strstr(f->error.message, "the statement was not done within 150 ms"));
        expect_answer(f, "select 'free'", "free");
        fixture_free(f);
    }
}

/* A cancellation that was not ours is the server's. */
static void the_servers_own_timeout_keeps_its_words(void **state)
{
    (void)state;
    EACH_PRESET(s)
    {
        run_sql(s->f, "set statement_timeout to 50");
        assert_int_equal(run_for_error(s->f, "select pg_sleep(60)"), ORM_ERR_CANCELLED);
        assert_int_equal(s->f->error.number, 0);
        assert_string_equal(s->f->error.message, "canceling statement due to statement timeout");
    }
}

/* ---- A server that is gone ---- */

static void a_server_that_does_not_answer_is_left(void **state)
{
    static const struct {
        const char *begin;
        const char *sql;
        orm_status  expected;
        const char *message;
    } situations[] = {
        { NULL, "select 1", ORM_ERR_CANCELLED, "nobody knows whether the server has done it" },
        { "begin", "select 1", ORM_ERR_CANCELLED, "the transaction is rolled back" },
        { "begin", "commit", ORM_ERR_AMBIGUOUS_COMMIT, "nobody knows whether the server has done it" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof situations / sizeof situations[0]; i++) {
        stage *s = stage_new(presets[i % 2]);
        pid_t  pid = (pid_t)strtol(ask(s->f, "select pg_backend_pid()"), NULL, 10);

        if (situations[i].begin != NULL)
            run_sql(s->f, situations[i].begin);
        if (kill(pid, SIGSTOP) != 0)
            skip();
        s->start = orm_clock_ns();
        orm_interrupt_set_deadline(&s->interrupt, 100);
        assert_int_equal(run_for_error(s->f, situations[i].sql), situations[i].expected);
        kill(pid, SIGCONT);
        assert_in_range(elapsed_ms(s), 5000, 9000);
        if (strstr(s->f->error.message, situations[i].message) == NULL)
            fail_msg("%s", s->f->error.message);
        assert_false(s->f->error.retryable);
        assert_false(orm_connection_is_usable(s->f->c));
        assert_int_equal(orm_connection_depth(s->f->c), 0);
        stage_free(s);
    }
}

static void *request_soon(void *argument)
{
    usleep(100000);
    orm_interrupt_request(argument);
    return NULL;
}

static void connecting_is_stopped_too(void **state)
{
    int             port;
    int             fd = silent_port(&port);
    orm_config      config = { .host = "127.0.0.1", .port = port, .user = "nobody" };
    orm_interrupt   interrupt;
    orm_settings    settings;
    orm_pool       *pool;
    orm_connection *c;
    orm_error       error;
    pthread_t       thread;

    (void)state;
    assert_int_equal(orm_interrupt_init(&interrupt, NULL), ORM_OK);
    assert_int_equal(orm_settings_resolve(&config, &settings, &error), ORM_OK);
    assert_int_equal(orm_pool_new(&config, &settings, &pool, &error), ORM_OK);
    orm_interrupt_set_deadline(&interrupt, 100);
    assert_int_equal(orm_pool_acquire_for(pool, &interrupt, &c, &error), ORM_ERR_CANCELLED);
    assert_non_null(strstr(error.message, "the deadline of 100 ms has passed"));
    orm_interrupt_set_deadline(&interrupt, 0);
    assert_int_equal(pthread_create(&thread, NULL, request_soon, &interrupt), 0);
    assert_int_equal(orm_pool_acquire_for(pool, &interrupt, &c, &error), ORM_ERR_CANCELLED);
    pthread_join(thread, NULL);
    orm_pool_free(pool);
    orm_interrupt_destroy(&interrupt);
    close(fd);
}

/* ---- Rows one by one ---- */

static void a_reader_is_stopped_between_rows(void **state)
{
    (void)state;
    EACH_PRESET(s)
    {
        const char       *pid = ask(s->f, "select pg_backend_pid()");
        orm_statement     statement;
        orm_reader       *reader;
        const orm_result *row;

        orm_statement_init(&statement, s->f->c, s->f->arena);
        orm_statement_text(&statement, "select generate_series(1, 1000000000)");
        for (int i = 0; i < 2; i++) {
            expect_ok(s->f, orm_connection_read(s->f->c, &statement, &reader, &s->f->error));
            expect_ok(s->f, orm_reader_next(reader, &row, &s->f->error));
            assert_non_null(row);
            if (i == 0)
                orm_interrupt_request(&s->interrupt);
            else
                orm_interrupt_set_deadline(&s->interrupt, 1);
            usleep(2000);
            assert_int_equal(orm_reader_next(reader, &row, &s->f->error), ORM_ERR_CANCELLED);
            assert_null(row);
            assert_int_equal(s->f->error.number, i == 0 ? 357 : 358);
            expect_ok(s->f, orm_reader_close(reader, &s->f->error));
            orm_interrupt_set_deadline(&s->interrupt, 0);
            expect_answer(s->f, "select pg_backend_pid()", pid);
        }

        /* The server has sent all by now, and cannot be stopped any more; the caller is. */
        orm_statement_free(&statement);
        orm_statement_init(&statement, s->f->c, s->f->arena);
        orm_statement_text(&statement, "select generate_series(1, 3)");
        expect_ok(s->f, orm_connection_read(s->f->c, &statement, &reader, &s->f->error));
        expect_ok(s->f, orm_reader_next(reader, &row, &s->f->error));
        orm_interrupt_request(&s->interrupt);
        assert_int_equal(orm_reader_next(reader, &row, &s->f->error), ORM_ERR_CANCELLED);
        expect_ok(s->f, orm_reader_close(reader, &s->f->error));
        orm_interrupt_clear(&s->interrupt);
        orm_statement_free(&statement);
    }
}

/* ---- Many requests at any time: for ThreadSanitizer ---- */

typedef struct pester {
    orm_interrupt *interrupt;
    atomic_bool    over;
} pester;

static void *request_always(void *argument)
{
    pester *p = argument;

    while (!atomic_load(&p->over)) {
        orm_interrupt_request(p->interrupt);
        usleep(300);
    }
    return NULL;
}

static void requests_may_come_at_any_time(void **state)
{
    pester    p = { .over = false };
    int       worked = 0;
    pthread_t thread;

    (void)state;
    EACH_PRESET(s)
    {
        p.interrupt = &s->interrupt;
        atomic_store(&p.over, false);
        s->f->quiet = true;
        assert_int_equal(pthread_create(&thread, NULL, request_always, &p), 0);
        for (int i = 0; i < 100; i++) {
            orm_status status = orm_connection_run_text(s->f->c, "select 'x'", NULL, &s->f->error);

            worked += status == ORM_OK;
            if (status != ORM_OK && status != ORM_ERR_CANCELLED)
                fail_msg("%s", s->f->error.message);
        }
        atomic_store(&p.over, true);
        pthread_join(thread, NULL);
        orm_interrupt_clear(&s->interrupt);
        /* One that was too late may hit the next statement, but not who has the connection after us. */
        orm_pool_release(s->f->pool, s->f->c);
        expect_ok(s->f, orm_pool_acquire_for(s->f->pool, &s->interrupt, &s->f->c, &s->f->error));
        expect_answer(s->f, "select 'free'", "free");
    }
    print_message("%d of 200 statements worked\n", worked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_thread_stops_a_statement),
        cmocka_unit_test(a_request_before_a_statement_keeps_it_from_being_sent),
        cmocka_unit_test(a_deadline_stops_what_runs_and_what_comes),
        cmocka_unit_test(a_timeout_is_for_each_statement),
        cmocka_unit_test(the_servers_own_timeout_keeps_its_words),
        cmocka_unit_test(a_server_that_does_not_answer_is_left),
        cmocka_unit_test(connecting_is_stopped_too),
        cmocka_unit_test(a_reader_is_stopped_between_rows),
        cmocka_unit_test(requests_may_come_at_any_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
