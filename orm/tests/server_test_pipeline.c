/*
 * Statements one behind the other: results in order, errors where they belong, and what is left behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "driver_fixture.h"
#include "failing_allocator.h"

static const orm_config native = { .preset = ORM_PRESET_NATIVE };

/* A pipeline with its statements, which have to outlive it. */
typedef struct line_up {
    fixture      *f;
    orm_pipeline *p;
    orm_statement statements[16];
    int32_t       numbers[16];
    size_t        count;
} line_up;

static line_up open_line(fixture *f)
{
    line_up l = { .f = f };

    expect_ok(f, orm_pipeline_open(f->c, &l.p, &f->error));
    return l;
}

static orm_status try_add(line_up *l, const char *sql, bool cacheable)
{
    orm_statement *s = &l->statements[l->count++];

    orm_statement_init(s, l->f->c, l->f->arena);
    orm_statement_text(s, sql);
    s->cacheable = cacheable;
    return orm_pipeline_add(l->p, s, &l->f->error);
}

static void add(line_up *l, const char *sql)
{
    expect_ok(l->f, try_add(l, sql, true));
}

/* `sql` and then the number as a parameter. */
static void add_number(line_up *l, const char *sql, int32_t number)
{
    orm_statement *s = &l->statements[l->count];

    l->numbers[l->count++] = number;
    orm_statement_init(s, l->f->c, l->f->arena);
    orm_statement_text(s, sql);
    orm_statement_param(s, ORM_TYPE_INTEGER, &l->numbers[l->count - 1]);
    s->cacheable = true;
    expect_ok(l->f, orm_pipeline_add(l->p, s, &l->f->error));
}

static void expect_number(line_up *l, int32_t expected)
{
    orm_result *result;
    int32_t     number = -1;

    expect_ok(l->f, orm_pipeline_next(l->p, &result, &l->f->error));
    expect_ok(l->f, orm_result_decode(result, 0, 0, ORM_TYPE_INTEGER, l->f->arena, &number, &l->f->error));
    assert_int_equal(number, expected);
    orm_result_free(result);
}

static void expect_failure(line_up *l, orm_status expected)
{
    orm_result *result = (orm_result *)l;

    assert_int_equal(orm_pipeline_next(l->p, &result, &l->f->error), expected);
    assert_null(result);
    assert_int_equal(l->f->error.status, expected);
}

static orm_status close_line(line_up *l)
{
    orm_status status = orm_pipeline_close(l->p, &l->f->error);

    for (size_t i = 0; i < l->count; i++)
        orm_statement_free(&l->statements[i]);
    return status;
}

static void results_come_in_order(void **state)
{
    fixture *f = fixture_new(native);

    (void)state;
    for (int round = 0; round < 2; round++) { /* prepared on the way, then from the cache */
        line_up l = open_line(f);
        size_t  before = f->line_count;

        for (int32_t i = 0; i < 5; i++)
            add_number(&l, i % 2 == 0 ? "select 10 + " : "select 20 + ", i);
        assert_int_equal(f->line_count, before);
        for (int32_t i = 0; i < 5; i++) {
            expect_number(&l, i % 2 == 0 ? 10 + i : 20 + i);
            assert_int_equal(f->line_count, before + (size_t)i + 1);
            assert_int_equal(last_line(f)->rows, 1);
            assert_int_equal(last_line(f)->params[0], '0' + i);
        }
        assert_int_equal(orm_pipeline_next(l.p, NULL, &f->error), ORM_ERR_ARGUMENT);
        expect_ok(f, close_line(&l));
        expect_answer(f, "select count(*) from pg_prepared_statements", "2");
    }
    fixture_free(f);
    assert_int_equal(orm_pipeline_close(NULL, NULL), ORM_OK);
}

static void an_empty_one_does_nothing(void **state)
{
    fixture *f = fixture_new(native);
    line_up  l = open_line(f);

    (void)state;
    expect_ok(f, close_line(&l));
    assert_int_equal(f->line_count, 0);
    expect_answer(f, "select 'free'", "free");
    fixture_free(f);
}

static void an_error_is_that_of_its_statement(void **state)
{
    fixture *f = fixture_new(native);
    line_up  l;
    size_t   before;

    (void)state;
    run_sql(f, "create temp table t (a int primary key)");
    l = open_line(f);
    before = f->line_count;
    add_number(&l, "insert into t select ", 1);
    add_number(&l, "insert into t select 1 where 0 < ", 7);
    add_number(&l, "insert into t select 5 + ", 2);
    expect_ok(f, orm_pipeline_next(l.p, NULL, &f->error));
    expect_failure(&l, ORM_ERR_UNIQUE_CONSTRAINT);
    assert_string_equal(f->error.sql, "insert into t select 1 where 0 < $1");
    assert_string_equal(f->error.sqlstate, "23505");
    assert_string_equal(f->error.constraint, "t_pkey");
    expect_failure(&l, ORM_ERR_TRANSACTION_ABORTED);
    assert_int_equal(f->error.number, 379);
    assert_string_equal(f->error.sql, "insert into t select 5 + $1");
    expect_ok(f, close_line(&l)); /* it was told */
    assert_int_equal(f->line_count, before + 2);
    assert_int_equal(last_line(f)->status, ORM_ERR_UNIQUE_CONSTRAINT);
    assert_string_equal(last_line(f)->params, "7");
    expect_answer(f, "select count(*) from t", "0"); /* together they were one transaction */

    /* What was skipped was not prepared either, and works the next time. */
    l = open_line(f);
    add_number(&l, "insert into t select 5 + ", 2);
    expect_ok(f, close_line(&l));
    expect_answer(f, "select a from t", "7");
    fixture_free(f);
}

static void a_statement_may_be_refused_when_it_is_prepared(void **state)
{
    fixture *f = fixture_new(native);
    line_up  l = open_line(f);

    (void)state;
    add(&l, "select 1");
    add(&l, "select nonsense");
    add(&l, "select nonsense"); /* the same one, prepared already as it seems */
    add(&l, "select 4");
    expect_number(&l, 1);
    expect_failure(&l, ORM_ERR_INVALID_FIELD);
    assert_string_equal(f->error.position, "8");
    expect_failure(&l, ORM_ERR_TRANSACTION_ABORTED);
    expect_failure(&l, ORM_ERR_TRANSACTION_ABORTED);
    expect_ok(f, close_line(&l));
    expect_answer(f, "select string_agg(statement, '|') from pg_prepared_statements", "select 1");
    l = open_line(f);
    add(&l, "select 4");
    expect_number(&l, 4);
    expect_ok(f, close_line(&l));
    fixture_free(f);
}

static void closing_tells_the_first_failure(void **state)
{
    fixture *f = fixture_new(native);
    line_up  l = open_line(f);

    (void)state;
    add(&l, "select 1");
    add(&l, "select 1 / (1 - 1)");
    add(&l, "select 3");
    assert_int_equal(close_line(&l), ORM_ERR_INVALID_VALUE);
    assert_string_equal(f->error.sql, "select 1 / (1 - 1)");
    expect_answer(f, "select 'free'", "free");
    fixture_free(f);
}

/* ---- Transactions ---- */

static void a_whole_transaction_is_one_round_trip(void **state)
{
    fixture *f = fixture_new(native);
    line_up  l;
    uint64_t commits = orm_connection_commits(f->c);

    (void)state;
    run_sql(f, "create temp table t (a int primary key deferrable initially deferred)");
    l = open_line(f);
    assert_int_equal(orm_pipeline_commit(l.p, &f->error), ORM_ERR_ARGUMENT);
    expect_ok(f, orm_pipeline_begin(l.p, &f->error));
    assert_int_equal(orm_pipeline_begin(l.p, &f->error), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_connection_depth(f->c), 1);
    add_number(&l, "insert into t select ", 1);
    expect_ok(f, orm_pipeline_commit(l.p, &f->error));
    expect_ok(f, close_line(&l));
    assert_string_equal(last_line(f)->message, "commit");
    assert_int_equal(orm_connection_depth(f->c), 0);
    assert_int_equal(orm_connection_commits(f->c), commits + 1);
    expect_answer(f, "select count(*) from t", "1");

    /* Left open, it goes on. */
    l = open_line(f);
    expect_ok(f, orm_pipeline_begin(l.p, &f->error));
    add_number(&l, "insert into t select ", 2);
    expect_ok(f, close_line(&l));
    assert_int_equal(orm_connection_depth(f->c), 1);
    l = open_line(f);
    add_number(&l, "insert into t select ", 3);
    expect_ok(f, orm_pipeline_commit(l.p, &f->error));
    expect_ok(f, close_line(&l));
    expect_answer(f, "select count(*) from t", "3");

    /* The commit itself fails. */
    l = open_line(f);
    expect_ok(f, orm_pipeline_begin(l.p, &f->error));
    add_number(&l, "insert into t select ", 3);
    expect_ok(f, orm_pipeline_commit(l.p, &f->error));
    expect_ok(f, orm_pipeline_next(l.p, NULL, &f->error));
    expect_ok(f, orm_pipeline_next(l.p, NULL, &f->error));
    expect_failure(&l, ORM_ERR_UNIQUE_CONSTRAINT);
    assert_string_equal(f->error.sql, "commit");
    expect_ok(f, close_line(&l));
    assert_int_equal(orm_connection_depth(f->c), 0);
    expect_answer(f, "select count(*) from t", "3");
    fixture_free(f);
}

static void a_failure_aborts_the_transaction(void **state)
{
    fixture *f = fixture_new(native);
    line_up  l;

    (void)state;
    expect_ok(f, orm_connection_begin(f->c, NULL, &f->error));
    l = open_line(f);
    add(&l, "select 1 / (1 - 1)");
    expect_ok(f, orm_pipeline_commit(l.p, &f->error));
    assert_int_equal(close_line(&l), ORM_ERR_INVALID_VALUE);
    assert_int_equal(orm_connection_depth(f->c), 1);
    assert_true(orm_connection_is_aborted(f->c));
    l = open_line(f); /* in there, nothing can be prepared */
    add(&l, "select 5");
    assert_int_equal(close_line(&l), ORM_ERR_TRANSACTION_ABORTED);
    assert_string_equal(f->error.sqlstate, "25P02");
    l = open_line(f);
    expect_ok(f, orm_pipeline_commit(l.p, &f->error));
    assert_int_equal(close_line(&l), ORM_ERR_TRANSACTION_ABORTED); /* it was a rollback */
    assert_int_equal(orm_connection_depth(f->c), 0);
    l = open_line(f);
    add(&l, "select 5");
    expect_number(&l, 5);
    expect_ok(f, close_line(&l));
    fixture_free(f);
}

/* ---- Misuse ---- */

static void a_pipeline_has_its_connection_alone(void **state)
{
    fixture      *f = fixture_new(native);
    line_up       l = open_line(f);
    orm_pipeline *other = (orm_pipeline *)f;
    orm_reader   *reader;
    orm_statement statement;

    (void)state;
    add(&l, "select 1");
    assert_int_equal(run_for_error(f, "select 1"), ORM_ERR_ARGUMENT);
    assert_string_equal(f->error.message, "several statements are under way: end that before the next statement");
    assert_int_equal(orm_pipeline_open(f->c, &other, &f->error), ORM_ERR_ARGUMENT);
    assert_null(other);
    orm_statement_init(&statement, f->c, f->arena);
    orm_statement_text(&statement, "select 1");
    assert_int_equal(orm_connection_read(f->c, &statement, &reader, &f->error), ORM_ERR_ARGUMENT);
    orm_statement_free(&statement);
    assert_true(orm_connection_is_usable(f->c));
    expect_number(&l, 1);
    assert_int_equal(try_add(&l, "select 2", true), ORM_ERR_ARGUMENT);
    assert_non_null(strstr(f->error.message, "its results are being read"));
    expect_ok(f, close_line(&l));
    expect_answer(f, "select 'free'", "free");
    fixture_free(f);

    f = fixture_new((orm_config){ .preset = ORM_PRESET_MIKROORM });
    assert_int_equal(orm_pipeline_open(f->c, &other, &f->error), ORM_ERR_UNSUPPORTED);
    assert_null(other);
    expect_answer(f, "select 'free'", "free");
    fixture_free(f);
}

static void copy_costs_the_connection(void **state)
{
    static const char *const copies[] = { "copy (select 1) to stdout", "copy t from stdin" };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        fixture *f = fixture_new(native);
        line_up  l;

        run_sql(f, "create temp table t (a int)");
        l = open_line(f);
        expect_ok(f, try_add(&l, copies[i], false));
        add(&l, "select 1");
        expect_failure(&l, ORM_ERR_UNSUPPORTED);
        expect_failure(&l, ORM_ERR_TRANSACTION_ABORTED);
        expect_ok(f, close_line(&l));
        assert_false(orm_connection_is_usable(f->c));
        fixture_free(f);
    }
}

/* ---- Prepared statements ---- */

static void a_statement_out_of_date_can_be_sent_again(void **state)
{
    fixture *f = fixture_new(native);

    (void)state;
    run_sql(f, "create temp table t as select 1 as a");
    for (int round = 0; round < 3; round++) {
        line_up l = open_line(f);

        add(&l, "select * from t");
        add(&l, "select 2");
        if (round == 1) {
            expect_failure(&l, ORM_ERR_NOT_IMPLEMENTED);
            assert_true(f->error.retryable);
        } else {
            expect_number(&l, 1);
        }
        expect_ok(f, close_line(&l));
        if (round == 0)
            run_sql(f, "alter table t add b int");
    }
    fixture_free(f);
}

static void the_bound_of_prepared_statements_holds(void **state)
{
    orm_config config = native;
    fixture   *f;

    (void)state;
    config.statement_cache = 2;
    f = fixture_new(config);
    for (int round = 0; round < 2; round++) {
        line_up l = open_line(f);

        for (int32_t i = 0; i < 5; i++) {
            char sql[32];

            snprintf(sql, sizeof sql, "select %d", (int)i);
            add(&l, sql);
        }
        for (int32_t i = 0; i < 5; i++)
            expect_number(&l, i);
        expect_ok(f, close_line(&l));
        expect_answer(f, "select string_agg(statement, '|' order by statement) from pg_prepared_statements",
                      "select 3|select 4");
    }
    fixture_free(f);
}

/* ---- Size ---- */

/* More than fits between the two: who only sends while the other one only sends would wait for ever. */
static void much_goes_both_ways(void **state)
{
    enum { COUNT = 1500, SIZE = 20000 };
    fixture       *f = fixture_new(native);
    orm_statement *statements = calloc(COUNT, sizeof *statements);
    char          *text = malloc(SIZE + 1);
    const char    *slot = text;
    orm_pipeline  *p;

    (void)state;
    assert_non_null(statements);
    assert_non_null(text);
    memset(text, 'x', SIZE);
    text[SIZE] = '\0';
    f->quiet = true;
    expect_ok(f, orm_pipeline_open(f->c, &p, &f->error));
    for (int i = 0; i < COUNT; i++) {
        orm_statement_init(&statements[i], f->c, f->arena);
        orm_statement_text(&statements[i], "select ");
        orm_statement_param(&statements[i], ORM_TYPE_TEXT, &slot);
        orm_statement_text(&statements[i], "::text");
        statements[i].cacheable = true;
        expect_ok(f, orm_pipeline_add(p, &statements[i], &f->error));
    }
    for (int i = 0; i < COUNT; i++) {
        orm_result *result;
        size_t      size;

        expect_ok(f, orm_pipeline_next(p, &result, &f->error));
        orm_result_data(result, 0, 0, &size);
        assert_int_equal(size, SIZE);
        orm_result_free(result);
        orm_statement_free(&statements[i]);
    }
    expect_ok(f, orm_pipeline_close(p, &f->error));
    free(statements);
    free(text);
    fixture_free(f);
}

/* ---- Trouble ---- */

static void a_lost_connection_is_said_once(void **state)
{
    (void)state;
    for (int commits = 0; commits < 2; commits++) {
        fixture *f = fixture_new(native);
        line_up  l = open_line(f);

        expect_ok(f, orm_pipeline_begin(l.p, &f->error));
        add(&l, "select pg_terminate_backend(pg_backend_pid()), pg_sleep(5)");
        add(&l, "select 2");
        if (commits == 1)
            expect_ok(f, orm_pipeline_commit(l.p, &f->error));
        expect_ok(f, orm_pipeline_next(l.p, NULL, &f->error));
        expect_failure(&l, ORM_ERR_CONNECTION); /* the server has said that it ends: so it did nothing more */
        assert_true(f->error.retryable);
        expect_ok(f, close_line(&l));
        assert_int_equal(orm_connection_depth(f->c), 0);
        assert_false(orm_connection_is_usable(f->c));
        fixture_free(f);
    }
}

/* It dies without a word: whether it did all of it, nobody knows. */
static void a_server_that_dies_leaves_the_commit_open(void **state)
{
    (void)state;
    for (int commits = 0; commits < 2; commits++) {
        fixture *f = fixture_new(native);
        line_up  l = open_line(f);

        expect_ok(f, orm_pipeline_begin(l.p, &f->error));
        add(&l, "copy (select 1) to program 'kill -9 $PPID'");
        if (commits == 1)
            expect_ok(f, orm_pipeline_commit(l.p, &f->error));
        /* Its answer to BEGIN was still to be sent with the others. */
        expect_failure(&l, commits == 1 ? ORM_ERR_AMBIGUOUS_COMMIT : ORM_ERR_CONNECTION);
        assert_int_equal(f->error.retryable, commits == 0);
        expect_ok(f, close_line(&l));
        /* The server ends all its sessions then, and is back in a moment. */
        orm_pool_release(f->pool, f->c);
        while (orm_pool_acquire(f->pool, &f->c, &f->error) != ORM_OK)
            usleep(100000);
        fixture_free(f);
    }
}

static void a_deadline_stops_it(void **state)
{
    fixture      *f = fixture_new(native);
    orm_interrupt interrupt;
    line_up       l;

    (void)state;
    expect_ok(f, orm_interrupt_init(&interrupt, &f->error));
    orm_pool_release(f->pool, f->c);
    expect_ok(f, orm_pool_acquire_for(f->pool, &interrupt, &f->c, &f->error));
    orm_interrupt_set_deadline(&interrupt, 200);
    l = open_line(f);
    expect_ok(f, orm_pipeline_begin(l.p, &f->error));
    add(&l, "select 1");
    add(&l, "select pg_sleep(60)");
    add(&l, "select 3");
    expect_ok(f, orm_pipeline_next(l.p, NULL, &f->error));
    expect_number(&l, 1);
    expect_failure(&l, ORM_ERR_CANCELLED);
    assert_int_equal(f->error.number, 358);
    assert_string_equal(f->error.sql, "select pg_sleep(60)");
    expect_failure(&l, ORM_ERR_TRANSACTION_ABORTED);
    expect_ok(f, close_line(&l));
    assert_int_equal(orm_connection_depth(f->c), 1);
    expect_ok(f, orm_connection_rollback(f->c, &f->error));
    assert_int_equal(orm_pipeline_open(f->c, &l.p, &f->error), ORM_ERR_CANCELLED);
    orm_interrupt_set_deadline(&interrupt, 0);
    expect_answer(f, "select 'free'", "free");
    orm_pool_release(f->pool, f->c);
    expect_ok(f, orm_pool_acquire(f->pool, &f->c, &f->error));
    orm_interrupt_destroy(&interrupt);
    fixture_free(f);
}

static void no_memory_is_an_ordinary_failure(void **state)
{
    failing_allocator allocator;
    orm_config        config = native;
    orm_status        status = ORM_ERR_MEMORY;
    fixture          *f;

    (void)state;
    config.allocator = failing_allocator_init(&allocator, 0);
    f = fixture_new(config);
    for (size_t at = 1; status != ORM_OK; at++) {
        line_up l = { .f = f };

        allocator.calls = 0;
        allocator.fail_at = at;
        status = orm_pipeline_open(f->c, &l.p, &f->error);
        for (int i = 0; i < 3 && status == ORM_OK; i++)
            status = try_add(&l, i == 1 ? "select 'b'" : "select 'a'", true);
        if (status != ORM_OK)
            assert_int_equal(status, ORM_ERR_MEMORY);
        if (l.p != NULL) {
            orm_status closed = close_line(&l);

            status = status == ORM_OK ? closed : status;
        }
        allocator.fail_at = 0;
        expect_answer(f, "select 'free'", "free");
    }
    fixture_free(f);
    assert_int_equal(allocator.held, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_come_in_order),
        cmocka_unit_test(an_empty_one_does_nothing),
        cmocka_unit_test(an_error_is_that_of_its_statement),
        cmocka_unit_test(a_statement_may_be_refused_when_it_is_prepared),
        cmocka_unit_test(closing_tells_the_first_failure),
        cmocka_unit_test(a_whole_transaction_is_one_round_trip),
        cmocka_unit_test(a_failure_aborts_the_transaction),
        cmocka_unit_test(a_pipeline_has_its_connection_alone),
        cmocka_unit_test(copy_costs_the_connection),
        cmocka_unit_test(a_statement_out_of_date_can_be_sent_again),
        cmocka_unit_test(the_bound_of_prepared_statements_holds),
        cmocka_unit_test(much_goes_both_ways),
        cmocka_unit_test(a_lost_connection_is_said_once),
        cmocka_unit_test(a_server_that_dies_leaves_the_commit_open),
        cmocka_unit_test(a_deadline_stops_it),
        cmocka_unit_test(no_memory_is_an_ordinary_failure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
