/* The proxy and libpq: refused, rewritten and shuffled statements in the simple protocol, the extended one, in pipelines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/tests/proxy_filter.h"
#include "harness/tests/server_folder.h"
#include "harness/wire/proxy.h"

typedef struct fixture {
    cc_proxy        *proxy;
    cc_proxy_options options;
    char             server_folder[256];
    pthread_t        thread;
    int              stop[2];
    PGconn          *conn;
    char             notices[1024];
} fixture;

static void *serve(void *arg)
{
    fixture  *f = arg;
    orm_error error;

    return cc_proxy_run(f->proxy, f->stop[0], &error) == ORM_OK ? NULL : f;
}

static void on_notice(void *arg, const char *text)
{
    fixture *f = arg;
    size_t   used = strlen(f->notices);

    snprintf(f->notices + used, sizeof f->notices - used, "%s", text);
}

static int set_up(void **state)
{
    fixture  *f = calloc(1, sizeof *f);
    orm_error error;
    char      url[256];

    assert_non_null(f);
    find_server(f->server_folder, sizeof f->server_folder);
    f->options = (cc_proxy_options){
        .server_folder = f->server_folder, .server_port = 5432, .message_limit = 100000, .filter = &proxy_filter
    };
    if (cc_proxy_new(&f->options, &f->proxy, &error) != ORM_OK)
        fail_msg("%s", error.message);
    assert_int_equal(0, pipe(f->stop));
    assert_int_equal(0, pthread_create(&f->thread, NULL, serve, f));
    snprintf(url, sizeof url, "host=127.0.0.1 port=%d user=postgres dbname=postgres application_name=me",
             cc_proxy_port(f->proxy));
    f->conn = PQconnectdb(url);
    if (PQstatus(f->conn) != CONNECTION_OK)
        fail_msg("%s", PQerrorMessage(f->conn));
    PQsetNoticeProcessor(f->conn, on_notice, f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    void    *failed;

    PQfinish(f->conn);
    close(f->stop[1]);
    pthread_join(f->thread, &failed);
    close(f->stop[0]);
    cc_proxy_free(f->proxy);
    free(f);
    return failed != NULL;
}

/* ---- What a result must be ---- */

static void check(PGresult *result, const char *expected)
{
    ExecStatusType status = PQresultStatus(result);
    const char    *got = PQresStatus(status);

    if (status == PGRES_FATAL_ERROR)
        got = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    else if (status == PGRES_TUPLES_OK)
        got = PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "nothing";
    else if (status == PGRES_COMMAND_OK)
        got = "ok";
    assert_string_equal(expected, got != NULL ? got : "no sqlstate");
    PQclear(result);
}

static void run(fixture *f, const char *sql, const char *expected)
{
    check(PQexec(f->conn, sql), expected);
}

static void run_extended(fixture *f, const char *sql, const char *expected)
{
    check(PQexecParams(f->conn, sql, 0, NULL, NULL, NULL, NULL, 0), expected);
}

typedef void run_function(fixture *f, const char *sql, const char *expected);

static run_function *const both[] = { run, run_extended };

static void check_transaction(fixture *f, PGTransactionStatusType expected)
{
    assert_int_equal(expected, PQtransactionStatus(f->conn));
}

/* ---- Refusing ---- */

static void refused_in_autocommit_leaves_the_connection_usable(void **state)
{
    fixture *f = *state;

    for (size_t i = 0; i < 2; i++) {
        both[i](f, "select 'refuse_me'", "0A000");
        check_transaction(f, PQTRANS_IDLE);
        both[i](f, "select 5", "5");
    }
}

static void refused_error_is_the_filters(void **state)
{
    fixture  *f = *state;
    PGresult *result = PQexec(f->conn, "refuse_me");

    assert_string_equal("ERROR", PQresultErrorField(result, PG_DIAG_SEVERITY));
    assert_string_equal("refused outside", PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
    assert_string_equal("ask for something else", PQresultErrorField(result, PG_DIAG_MESSAGE_HINT));
    assert_null(PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION));
    PQclear(result);
    /* The name that is sent in place of refused SQL means nothing when a client sends it. */
    run(f, "select crdbcheck_refused_statement", "42703");
}

static void refused_in_a_transaction_leaves_it_aborted(void **state)
{
    fixture *f = *state;

    for (size_t i = 0; i < 2; i++) {
        run(f, "begin", "ok");
        both[i](f, "select 'refuse_me'", "0A000");
        check_transaction(f, PQTRANS_INERROR);
        both[i](f, "select 1", "25P02");
        both[i](f, "select 'refuse_me'", "25P02");
        run(f, "rollback", "ok");
        check_transaction(f, PQTRANS_IDLE);
        both[i](f, "select 2", "2");
    }
}

static void a_parsers_refusal_comes_before_the_aborted_transaction(void **state)
{
    fixture *f = *state;

    for (size_t i = 0; i < 2; i++) {
        both[i](f, "refuse_even_aborted", "0A000");
        check_transaction(f, PQTRANS_IDLE);
        run(f, "begin", "ok");
        both[i](f, "select 'refuse_even_aborted'", "0A000");
        check_transaction(f, PQTRANS_INERROR);
        both[i](f, "select 'refuse_even_aborted'", "0A000");
        both[i](f, "select 'refuse_me'", "25P02");
        check_transaction(f, PQTRANS_INERROR);
        run(f, "rollback", "ok");
        both[i](f, "select 2", "2");
    }
    run(f, "crdbcheck_refused_statement", "42601"); /* means nothing when a client sends it */
}

static void a_savepoint_survives_a_refusal(void **state)
{
    fixture *f = *state;

    run(f, "begin; savepoint a", "ok");
    run(f, "refuse_me", "0A000");
    run(f, "rollback to a", "ok");
    run(f, "select 3", "3");
    run(f, "commit", "ok");
}

static void nothing_of_a_refused_query_is_executed(void **state)
{
    fixture *f = *state;

    run(f, "create temp table t (a int)", "ok");
    run(f, "insert into t values (1); select 'refuse_me'; insert into t values (2)", "0A000");
    run(f, "select count(*) from t", "0");
}

static void refused_prepare_then_execute_is_one_error(void **state)
{
    fixture  *f = *state;
    PGresult *result;

    check(PQprepare(f->conn, "s", "select 'refuse_me'", 0, NULL), "0A000");
    check(PQexecPrepared(f->conn, "s", 0, NULL, NULL, NULL, 0), "26000");
    assert_int_equal(1, PQsendQueryParams(f->conn, "select 'refuse_me'", 0, NULL, NULL, NULL, NULL, 0));
    check(PQgetResult(f->conn), "0A000");
    result = PQgetResult(f->conn);
    assert_null(result);
    run(f, "select 4", "4");
}

/* ---- Rewriting, notices, errors, parameters ---- */

static void statements_are_rewritten(void **state)
{
    fixture    *f = *state;
    const char *values[] = { "!" };

    for (size_t i = 0; i < 2; i++)
        both[i](f, "rewrite_me", "rewritten");
    check(PQexecParams(f->conn, "rewrite_me $1", 1, NULL, values, NULL, NULL, 0), "rewritten!");
    check(PQprepare(f->conn, "r", "rewrite_me $1", 0, NULL), "ok");
    check(PQexecPrepared(f->conn, "r", 1, values, NULL, NULL, 0), "rewritten!");
}

static const char both_notices[] = "NOTICE:  the first notice\nHINT:  a hint\nNOTICE:  the second notice\n";

static void notices_come_before_the_answer(void **state)
{
    fixture *f = *state;

    for (size_t i = 0; i < 2; i++) {
        f->notices[0] = '\0';
        both[i](f, "select 'notice_me'", "notice_me");
        assert_string_equal(both_notices, f->notices);
    }
    f->notices[0] = '\0';
    run(f, "select 'refuse_me notice_me'", "0A000");
    assert_non_null(strstr(f->notices, "the second notice"));
    f->notices[0] = '\0';
    run(f, "do $$ begin raise notice 'hidden'; raise notice 'seen'; end $$", "ok");
    assert_string_equal("NOTICE:  seen\n", f->notices);
}

static void errors_are_changed(void **state)
{
    fixture  *f = *state;
    PGresult *result = PQexec(f->conn, "do $$ begin perform 1 / 0; end $$");

    assert_string_equal("changed: division by zero", PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
    assert_string_equal("a detail", PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL));
    assert_string_equal("ERROR", PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED));
    assert_non_null(strstr(PQresultErrorField(result, PG_DIAG_CONTEXT), "PL/pgSQL"));
    assert_null(PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION));
    PQclear(result);
}

static void parameters_are_added_replaced_changed_and_dropped(void **state)
{
    fixture *f = *state;

    assert_string_equal("test", PQparameterStatus(f->conn, "crdbcheck_simulated"));
    assert_string_equal("maybe", PQparameterStatus(f->conn, "integer_datetimes"));
    assert_string_equal("me!", PQparameterStatus(f->conn, "application_name"));
    assert_null(PQparameterStatus(f->conn, "IntervalStyle"));
    run(f, "set application_name = 'you'", "ok");
    assert_string_equal("you!", PQparameterStatus(f->conn, "application_name"));
}

/* ---- Shuffling ---- */

static void check_shuffled(PGresult *result, int count)
{
    bool moved = false;
    int  sum = 0;

    assert_int_equal(count, PQntuples(result));
    for (int i = 0; i < count; i++) {
        int value = (int)strtol(PQgetvalue(result, i, 0), NULL, 10);

        sum += value;
        moved = moved || value != i + 1;
    }
    assert_int_equal(count * (count + 1) / 2, sum);
    assert_int_equal(count > 1, moved);
    PQclear(result);
}

static void rows_are_shuffled(void **state)
{
    static const char *const numbers[] = { "0", "1", "2", "3", "100" };
    fixture                 *f = *state;

    check(PQprepare(f->conn, "m", "select g /* shuffle_me */ from generate_series(1, $1::int) g", 0, NULL), "ok");
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char sql[128];

        snprintf(sql, sizeof sql, "select g /* shuffle_me */ from generate_series(1, %s) g", numbers[i]);
        check_shuffled(PQexec(f->conn, sql), (int)strtol(numbers[i], NULL, 10));
        check_shuffled(PQexecParams(f->conn, sql, 0, NULL, NULL, NULL, NULL, 0), (int)strtol(numbers[i], NULL, 10));
        check_shuffled(PQexecPrepared(f->conn, "m", 1, &numbers[i], NULL, NULL, 0), (int)strtol(numbers[i], NULL, 10));
    }
}

static void rows_of_unmarked_statements_keep_their_order(void **state)
{
    fixture  *f = *state;
    PGresult *result;

    check_shuffled(
        PQexecParams(f->conn, "select g /* shuffle_me */ from generate_series(1, 5) g", 0, NULL, NULL, NULL, NULL, 0),
        5);
    result = PQexecParams(f->conn, "select g from generate_series(1, 50) g", 0, NULL, NULL, NULL, NULL, 0);
    for (int i = 0; i < 50; i++)
        assert_int_equal(i + 1, (int)strtol(PQgetvalue(result, i, 0), NULL, 10));
    PQclear(result);
}

static void a_result_over_the_limit_keeps_its_order(void **state)
{
    fixture  *f = *state;
    PGresult *result = PQexec(f->conn, "select g /* shuffle_me */ from generate_series(1, 20000) g");

    assert_int_equal(20000, PQntuples(result));
    for (int i = 0; i < 20000; i++)
        assert_int_equal(i + 1, (int)strtol(PQgetvalue(result, i, 0), NULL, 10));
    PQclear(result);
}

/* ---- Limits ---- */

static void a_statement_over_the_limit_ends_the_connection(void **state)
{
    fixture *f = *state;
    size_t   size = 3000000;
    char    *sql = malloc(size + 1);

    assert_non_null(sql);
    memset(sql, ' ', size);
    sql[size] = '\0';
    assert_int_equal(1, PQsendQuery(f->conn, sql));
    free(sql);
    check(PQgetResult(f->conn), "54000");
    PQclear(PQgetResult(f->conn)); /* that the connection is closed */
    assert_int_equal(CONNECTION_BAD, PQstatus(f->conn));
}

/* ---- Pipelines ---- */

static void send(fixture *f, const char *sql)
{
    assert_int_equal(1, PQsendQueryParams(f->conn, sql, 0, NULL, NULL, NULL, NULL, 0));
}

static void next(fixture *f, const char *expected)
{
    PGresult *result = PQgetResult(f->conn);

    assert_non_null(result);
    check(result, expected);
    if (strcmp(expected, "PGRES_PIPELINE_SYNC") != 0)
        assert_null(PQgetResult(f->conn));
}

static void a_pipeline_keeps_its_partners(void **state)
{
    static const char *const sqls[] = { "select 1", "select 'notice_me'", "select 'refuse_me'", "select 2" };
    fixture                 *f = *state;

    assert_int_equal(1, PQenterPipelineMode(f->conn));
    for (size_t i = 0; i < 4; i++)
        send(f, sqls[i]);
    assert_int_equal(1, PQpipelineSync(f->conn));
    send(f, "select 1 / 0");
    send(f, "select 'refuse_me notice_me'");
    assert_int_equal(1, PQpipelineSync(f->conn));
    send(f, "select 'rewrite_me'");
    send(f, "select 6");
    send(f, "select 'refuse_me'");
    assert_int_equal(1, PQpipelineSync(f->conn));
    next(f, "1");
    next(f, "notice_me");
    next(f, "0A000");
    next(f, "PGRES_PIPELINE_ABORTED");
    next(f, "PGRES_PIPELINE_SYNC");
    next(f, "22012");
    next(f, "PGRES_PIPELINE_ABORTED");
    next(f, "PGRES_PIPELINE_SYNC");
    next(f, "rewritten");
    next(f, "6");
    next(f, "0A000");
    next(f, "PGRES_PIPELINE_SYNC");
    assert_int_equal(1, PQexitPipelineMode(f->conn));
    assert_string_equal(both_notices, f->notices); /* once: the other statement was passed over */
    run(f, "select 7", "7");
    run(f, "refuse_me", "0A000");
}

static void an_error_seen_before_the_sync_is_sent(void **state)
{
    fixture *f = *state;

    assert_int_equal(1, PQenterPipelineMode(f->conn));
    send(f, "select 'refuse_me'");
    assert_int_equal(1, PQsendFlushRequest(f->conn));
    assert_int_equal(0, PQflush(f->conn));
    next(f, "0A000");
    /* The server passes it over: nothing is said of it. */
    send(f, "select 'refuse_me notice_me'");
    assert_int_equal(1, PQpipelineSync(f->conn));
    next(f, "PGRES_PIPELINE_ABORTED");
    next(f, "PGRES_PIPELINE_SYNC");
    assert_string_equal("", f->notices);
    send(f, "select 'refuse_me'");
    assert_int_equal(1, PQpipelineSync(f->conn));
    next(f, "0A000");
    next(f, "PGRES_PIPELINE_SYNC");
    assert_int_equal(1, PQexitPipelineMode(f->conn));
}

/* ---- COPY ---- */

static void copy_in(fixture *f, bool extended, const char *data, const char *expected)
{
    PGresult *result = extended ? PQexecParams(f->conn, "copy t from stdin", 0, NULL, NULL, NULL, NULL, 0)
                                : PQexec(f->conn, "copy t from stdin");

    check(result, "PGRES_COPY_IN");
    assert_int_equal(1, PQputCopyData(f->conn, data, (int)strlen(data)));
    assert_int_equal(1, PQputCopyEnd(f->conn, NULL));
    check(PQgetResult(f->conn), expected);
    assert_null(PQgetResult(f->conn));
}

static void copy_keeps_the_partners(void **state)
{
    fixture *f = *state;

    run(f, "create temp table t (a int)", "ok");
    for (size_t i = 0; i < 2; i++) {
        copy_in(f, i == 1, "1\n2\n", "ok");
        both[i](f, "select 'refuse_me'", "0A000");
        copy_in(f, i == 1, "x\n", "22P02");
        both[i](f, "select 'refuse_me'", "0A000");
        both[i](f, "select 8", "8");
    }
    run(f, "select count(*) from t", "4");
    check(PQexec(f->conn, "copy t to stdout"), "PGRES_COPY_OUT");
    for (int i = 0; i < 4; i++) {
        char *row = NULL;

        assert_int_equal(2, PQgetCopyData(f->conn, &row, 0));
        PQfreemem(row);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(refused_in_autocommit_leaves_the_connection_usable),
        TEST(refused_error_is_the_filters),
        TEST(refused_in_a_transaction_leaves_it_aborted),
        TEST(a_parsers_refusal_comes_before_the_aborted_transaction),
        TEST(a_savepoint_survives_a_refusal),
        TEST(nothing_of_a_refused_query_is_executed),
        TEST(refused_prepare_then_execute_is_one_error),
        TEST(statements_are_rewritten),
        TEST(notices_come_before_the_answer),
        TEST(errors_are_changed),
        TEST(parameters_are_added_replaced_changed_and_dropped),
        TEST(rows_are_shuffled),
        TEST(rows_of_unmarked_statements_keep_their_order),
        TEST(a_result_over_the_limit_keeps_its_order),
        TEST(a_statement_over_the_limit_ends_the_connection),
        TEST(a_pipeline_keeps_its_partners),
        TEST(an_error_seen_before_the_sync_is_sent),
        TEST(copy_keeps_the_partners),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
