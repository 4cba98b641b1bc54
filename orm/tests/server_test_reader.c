/*
 * Rows read one by one: in both protocols, in and out of transactions, ended early and by errors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <malloc.h>
#include <unistd.h>

#include "driver_fixture.h"
#include "failing_allocator.h"

static const orm_config presets[] = { { .preset = ORM_PRESET_MIKROORM }, { .preset = ORM_PRESET_NATIVE } };

#define EACH_PRESET(f)                                                                                                 \
    for (size_t preset_ = 0; preset_ < 2; preset_++)                                                                   \
        for (fixture *f = fixture_new(presets[preset_]); f != NULL; f = (fixture_free(f), NULL))

static orm_status open_reader(fixture *f, orm_statement *statement, const char *sql, orm_reader **out)
{
    orm_statement_init(statement, f->c, f->arena);
    orm_statement_text(statement, sql);
    return orm_connection_read(f->c, statement, out, &f->error);
}

/* Opens a reader on the numbers from 1 on, and reads the first of them. */
static orm_reader *read_one(fixture *f, orm_statement *statement, const char *sql)
{
    orm_reader       *reader;
    const orm_result *row;

    expect_ok(f, open_reader(f, statement, sql, &reader));
    expect_ok(f, orm_reader_next(reader, &row, &f->error));
    assert_non_null(row);
    assert_int_equal(orm_result_rows(row), 1);
    return reader;
}

static int32_t number_of(fixture *f, const orm_result *row)
{
    int32_t number = -1;

    expect_ok(f, orm_result_decode(row, 0, 0, ORM_TYPE_INTEGER, f->arena, &number, &f->error));
    return number;
}

/* Reads to the end or a failure; how many rows came. */
static size_t read_rest(fixture *f, orm_reader *reader, orm_status *status)
{
    const orm_result *row;
    size_t            count = 0;

    while ((*status = orm_reader_next(reader, &row, &f->error)) == ORM_OK && row != NULL)
        count++;
    assert_null(row);
    return count;
}

static void rows_come_in_order(void **state)
{
    (void)state;
    EACH_PRESET(f)
    {
        orm_statement     statement;
        orm_reader       *reader;
        const orm_result *row;
        int32_t           last = 3;

        orm_statement_init(&statement, f->c, f->arena);
        orm_statement_text(&statement, "select n, nullif(n, 2) as other from generate_series(1, ");
        orm_statement_param(&statement, ORM_TYPE_INTEGER, &last);
        orm_statement_text(&statement, ") n");
        statement.cacheable = true;
        for (int round = 0; round < 2; round++) { /* prepared, then from the cache */
            size_t before = f->line_count;

            expect_ok(f, orm_connection_read(f->c, &statement, &reader, &f->error));
            for (int32_t i = 1; i <= 3; i++) {
                expect_ok(f, orm_reader_next(reader, &row, &f->error));
                assert_int_equal(number_of(f, row), i);
                assert_int_equal(orm_result_is_null(row, 0, 1), i == 2);
                assert_string_equal(orm_result_column_name(row, 1), "other");
                assert_int_equal(orm_result_is_binary(row, 0), f->settings.protocol == ORM_PROTOCOL_EXTENDED);
            }
            for (int i = 0; i < 2; i++) {
                expect_ok(f, orm_reader_next(reader, &row, &f->error));
                assert_null(row);
            }
            expect_ok(f, orm_reader_close(reader, &f->error));
            assert_int_equal(f->line_count, before + 1);
            assert_int_equal(last_line(f)->rows, 3);
            assert_string_equal(last_line(f)->params, f->settings.protocol == ORM_PROTOCOL_EXTENDED ? "3" : "");
        }
        orm_statement_free(&statement);
        expect_answer(f, "select 'free'", "free");
    }
}

static void a_statement_may_have_no_rows(void **state)
{
    static const char *const texts[] = { "select 1 where false", "create temp table t (a int)",
                                         "insert into t values (1)", "" };

    (void)state;
    EACH_PRESET(f)
    {
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            orm_statement     statement;
            orm_reader       *reader;
            const orm_result *row;

            expect_ok(f, open_reader(f, &statement, texts[i], &reader));
            expect_ok(f, orm_reader_next(reader, &row, &f->error));
            assert_null(row);
            expect_ok(f, orm_reader_close(reader, &f->error));
            orm_statement_free(&statement);
        }
        expect_answer(f, "select count(*) from t", "1");
    }
    assert_int_equal(orm_reader_close(NULL, NULL), ORM_OK);
}

static void errors_come_when_they_come(void **state)
{
    (void)state;
    EACH_PRESET(f)
    {
        orm_statement     statement;
        orm_reader       *reader = (orm_reader *)f;
        const orm_result *row;
        orm_status        status;

        assert_int_equal(open_reader(f, &statement, "select nothing", &reader), ORM_ERR_INVALID_FIELD);
        assert_null(reader);
        assert_int_equal(last_line(f)->status, ORM_ERR_INVALID_FIELD);
        orm_statement_free(&statement);

        expect_ok(f, orm_connection_begin(f->c, NULL, &f->error));
        reader = read_one(f, &statement, "select 10 / (4 - n) from generate_series(1, 10) n");
        assert_int_equal(read_rest(f, reader, &status), 2);
        assert_int_equal(status, ORM_ERR_INVALID_VALUE);
        assert_string_equal(f->error.sqlstate, "22012");
        assert_non_null(strstr(f->error.sql, "generate_series"));
        assert_int_equal(last_line(f)->status, ORM_ERR_INVALID_VALUE);
        assert_int_equal(orm_reader_next(reader, &row, &f->error), ORM_ERR_INVALID_VALUE);
        assert_null(row);
        expect_ok(f, orm_reader_close(reader, &f->error)); /* it was said */
        assert_true(orm_connection_is_aborted(f->c));
        expect_ok(f, orm_connection_rollback(f->c, &f->error));
        expect_answer(f, "select 'free'", "free");
        orm_statement_free(&statement);
    }
}

static void a_reader_has_its_connection_alone(void **state)
{
    (void)state;
    EACH_PRESET(f)
    {
        orm_statement statement;
        orm_statement second;
        orm_reader   *reader;
        orm_reader   *other;
        orm_status    status;

        expect_ok(f, orm_connection_begin(f->c, NULL, &f->error));
        reader = read_one(f, &statement, "select n from generate_series(1, 5) n");
        assert_int_equal(run_for_error(f, "select 1"), ORM_ERR_ARGUMENT);
        assert_int_equal(open_reader(f, &second, "select 2", &other), ORM_ERR_ARGUMENT);
        assert_int_equal(orm_connection_commit(f->c, &f->error), ORM_ERR_ARGUMENT);
        assert_int_equal(orm_connection_rollback(f->c, &f->error), ORM_ERR_ARGUMENT);
        assert_true(orm_connection_is_usable(f->c));
        assert_int_equal(orm_connection_depth(f->c), 1);
        assert_int_equal(read_rest(f, reader, &status), 4);
        expect_ok(f, status);
        expect_ok(f, orm_reader_close(reader, &f->error));
        expect_ok(f, orm_connection_commit(f->c, &f->error));
        orm_statement_free(&statement);
        orm_statement_free(&second);
    }
}

static void one_statement_only(void **state)
{
    fixture      *f = fixture_new(presets[0]);
    orm_statement statement;
    orm_reader   *reader;
    orm_status    status;

    (void)state;
    reader = read_one(f, &statement, "select 1; select 2 union all select 3");
    read_rest(f, reader, &status);
    assert_int_equal(status, ORM_ERR_UNSUPPORTED);
    expect_ok(f, orm_reader_close(reader, &f->error));
    orm_statement_free(&statement);
    expect_answer(f, "select 'free'", "free");
    fixture_free(f);
}

static void copy_is_refused(void **state)
{
    (void)state;
    EACH_PRESET(f)
    {
        orm_statement statement;
        orm_reader   *reader;

        assert_int_equal(open_reader(f, &statement, "copy (select 1) to stdout", &reader), ORM_ERR_UNSUPPORTED);
        orm_statement_free(&statement);
        expect_answer(f, "select 'free'", "free");
    }
}

/* ---- Ended early ---- */

static void out_of_a_transaction_the_server_is_stopped(void **state)
{
    (void)state;
    EACH_PRESET(f)
    {
        const char   *pid = ask(f, "select pg_backend_pid()");
        orm_statement statement;
        orm_reader   *reader = read_one(f, &statement, "select generate_series(1, 1000000000), repeat('x', 100)");

        expect_ok(f, orm_reader_close(reader, &f->error));
        assert_int_equal(last_line(f)->status, ORM_OK);
        assert_int_equal(last_line(f)->rows, 1);
        expect_answer(f, "select pg_backend_pid()", pid);
        orm_statement_free(&statement);
    }
}

static void in_a_transaction_the_rest_is_dropped(void **state)
{
    (void)state;
    EACH_PRESET(f)
    {
        orm_statement statement;
        orm_reader   *reader;

        expect_ok(f, orm_connection_begin(f->c, NULL, &f->error));
        run_sql(f, "create temp table kept (a int) on commit drop");
        reader = read_one(f, &statement, "select n from generate_series(1, 200000) n");
        expect_ok(f, orm_reader_close(reader, &f->error));
        expect_answer(f, "select count(*) from kept", "0");
        orm_statement_free(&statement);

        /* What goes wrong in the rest has aborted the transaction, and that has to be said. */
        reader = read_one(f, &statement, "select 1 / (4 - n) from generate_series(1, 10) n");
        assert_int_equal(orm_reader_close(reader, &f->error), ORM_ERR_INVALID_VALUE);
        expect_ok(f, orm_connection_rollback(f->c, &f->error));
        orm_statement_free(&statement);
    }
}

/* All but the last row was read, and the server has long been done: its connection is not used again. */
static void a_request_that_comes_too_late_hits_nobody(void **state)
{
    fixture      *f = fixture_new(presets[1]);
    const char   *pid = ask(f, "select pg_backend_pid()");
    orm_statement statement;
    orm_reader   *reader = read_one(f, &statement, "select 1");

    (void)state;
    usleep(100000);
    expect_ok(f, orm_reader_close(reader, &f->error));
    orm_statement_free(&statement);
    orm_pool_release(f->pool, f->c);
    expect_ok(f, orm_pool_acquire(f->pool, &f->c, &f->error));
    assert_string_not_equal(ask(f, "select pg_backend_pid()"), pid);
    fixture_free(f);
}

/* ---- Trouble ---- */

static void a_lost_connection_is_said(void **state)
{
    (void)state;
    EACH_PRESET(f)
    {
        const char       *pid = ask(f, "select pg_backend_pid()");
        orm_connection   *other;
        orm_statement     statement;
        orm_reader       *reader;
        orm_status        status;
        const char *const sql = "select generate_series(1, 1000000000), repeat('x', 1000)";

        expect_ok(f, orm_pool_acquire(f->pool, &other, &f->error));
        expect_ok(f, orm_connection_begin(f->c, NULL, &f->error));
        reader = read_one(f, &statement, sql);
        ask_on(f, other, orm_arena_printf(f->arena, "select pg_terminate_backend(%s)", pid));
        read_rest(f, reader, &status);
        assert_int_equal(status, ORM_ERR_CONNECTION);
        expect_ok(f, orm_reader_close(reader, &f->error));
        assert_false(orm_connection_is_usable(f->c));
        assert_int_equal(orm_connection_depth(f->c), 0);
        orm_statement_free(&statement);
        orm_pool_release(f->pool, other);
    }
}

static void a_statement_out_of_date_is_prepared_again(void **state)
{
    fixture      *f = fixture_new(presets[1]);
    orm_statement statement;
    orm_reader   *reader;
    orm_status    status;

    (void)state;
    run_sql(f, "create temp table t as select 1 as a");
    orm_statement_init(&statement, f->c, f->arena);
    orm_statement_text(&statement, "select * from t");
    statement.cacheable = true;
    for (int round = 0; round < 2; round++) {
        expect_ok(f, orm_connection_read(f->c, &statement, &reader, &f->error));
        assert_int_equal(read_rest(f, reader, &status), 1);
        expect_ok(f, status);
        expect_ok(f, orm_reader_close(reader, &f->error));
        if (round == 0)
            run_sql(f, "alter table t add b int");
    }
    orm_statement_free(&statement);
    fixture_free(f);
}

/* What is allocated now. AddressSanitizer replaces malloc, and then the C library's count says nothing. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t allocated(void)
{
    if (__sanitizer_get_current_allocated_bytes != NULL)
        return __sanitizer_get_current_allocated_bytes();
    return mallinfo2().uordblks;
}

static void memory_is_that_of_a_row(void **state)
{
    (void)state;
    EACH_PRESET(f)
    {
        size_t            before = allocated();
        orm_statement     statement;
        orm_reader       *reader;
        const orm_result *row;

        /* 50 MB */
        expect_ok(f, open_reader(f, &statement, "select generate_series(1, 50000), repeat('x', 1000)", &reader));
        for (int i = 1; i <= 50000; i++) {
            expect_ok(f, orm_reader_next(reader, &row, &f->error));
            assert_non_null(row);
            if (i % 1000 == 0)
                assert_true(allocated() < before + 1000000);
        }
        expect_ok(f, orm_reader_close(reader, &f->error));
        orm_statement_free(&statement);
    }
}

static void no_memory_is_an_ordinary_failure(void **state)
{
    (void)state;
    for (size_t preset = 0; preset < 2; preset++) {
        failing_allocator allocator;
        orm_config        config = presets[preset];
        orm_status        status = ORM_ERR_MEMORY;

        config.allocator = failing_allocator_init(&allocator, 0);
        for (fixture *f = fixture_new(config); status != ORM_OK; f->line_count = 0) {
            orm_statement statement;
            orm_reader   *reader;
            size_t        at = allocator.fail_at + 1;

            allocator.calls = 0;
            allocator.fail_at = at;
            status = open_reader(f, &statement, "select 1", &reader);
            if (status == ORM_OK) {
                assert_int_equal(read_rest(f, reader, &status), 1);
                expect_ok(f, orm_reader_close(reader, &f->error));
            } else {
                assert_int_equal(status, ORM_ERR_MEMORY);
            }
            orm_statement_free(&statement);
            if (status == ORM_OK) {
                allocator.fail_at = 0;
                fixture_free(f);
                assert_int_equal(allocator.held, 0);
                break;
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_in_order),
        cmocka_unit_test(a_statement_may_have_no_rows),
        cmocka_unit_test(errors_come_when_they_come),
        cmocka_unit_test(a_reader_has_its_connection_alone),
        cmocka_unit_test(one_statement_only),
        cmocka_unit_test(copy_is_refused),
        cmocka_unit_test(out_of_a_transaction_the_server_is_stopped),
        cmocka_unit_test(in_a_transaction_the_rest_is_dropped),
        cmocka_unit_test(a_request_that_comes_too_late_hits_nobody),
        cmocka_unit_test(a_lost_connection_is_said),
        cmocka_unit_test(a_statement_out_of_date_is_prepared_again),
        cmocka_unit_test(memory_is_that_of_a_row),
        cmocka_unit_test(no_memory_is_an_ordinary_failure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
