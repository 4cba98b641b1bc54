#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <unistd.h>

#include "driver_fixture.h"

static const orm_config simple = { .preset = ORM_PRESET_MIKROORM };
static const orm_config extended = { .preset = ORM_PRESET_NATIVE };

static const char hostile[] = "O'Re\\il\"ly'); drop table students; -- \\' $1 %s \n\t\xF0\x9F\x92\xA5 E'x' \\x41";

/* ---- Values ---- */

typedef struct sample {
    orm_type    type;
    const char *cast;
    const void *slot;
} sample;

static const sample *samples(size_t *count)
{
    static const bool           yes = true;
    static const int16_t        small = INT16_MIN;
    static const int32_t        integer = INT32_MIN;
    static const int64_t        big = INT64_MIN;
    static const double         tenth = 0.1;
    static const double         huge = -1.7976931348623157e308;
    static const char *const    big_text = "9223372036854775807";
    static const char *const    decimal = "-12345678901234567890.1234567890";
    static const char *const    text = hostile;
    static const char *const    empty = "";
    static const char *const    json = "{\"a\": [1, null, \"'\\\\ \\\" {}\"]}";
    static const char *const    color = "red";
    static const orm_uuid       uuid = { { 0, 1, 2, 3, 4, 5, 0x46, 7, 0x88, 9, 10, 11, 12, 13, 14, 0xff } };
    static const orm_date       date = { -25567 };
    static const orm_timestamp  moment = { 1795600000123456 };
    static const orm_bytes      bytes = { "\0'\\\xff\n", 5 };
    static const orm_bytes      no_bytes = { "", 0 };
    static const char          *items[] = { "", NULL, "NULL", "a\"b", "c\\d", "{e,f}", "g'h", hostile };
    static const orm_text_array words = { items, 8 };
    static const orm_text_array no_words = { items, 0 };
    static int64_t              numbers[] = { 1, 0, INT32_MIN };
    static bool                 nulls[] = { false, true, false };
    static const orm_int_array  ints = { numbers, nulls, 3 };
    static const sample         all[] = {
                { ORM_TYPE_BOOLEAN, "boolean", &yes },
                { ORM_TYPE_SMALLINT, "smallint", &small },
                { ORM_TYPE_INTEGER, "int", &integer },
                { ORM_TYPE_BIGINT, "bigint", &big },
                { ORM_TYPE_BIGINT_TEXT, "bigint", &big_text },
                { ORM_TYPE_DOUBLE, "double precision", &tenth },
                { ORM_TYPE_DOUBLE, "double precision", &huge },
                { ORM_TYPE_DECIMAL, "numeric(40,10)", &decimal },
                { ORM_TYPE_STRING, "varchar(255)", &text },
                { ORM_TYPE_STRING, "varchar(255)", &empty },
                { ORM_TYPE_TEXT, "text", &text },
                { ORM_TYPE_UUID, "uuid", &uuid },
                { ORM_TYPE_DATE, "date", &date },
                { ORM_TYPE_TIMESTAMPTZ, "timestamptz", &moment },
                { ORM_TYPE_JSON, "jsonb", &json },
                { ORM_TYPE_BYTES, "bytea", &bytes },
                { ORM_TYPE_BYTES, "bytea", &no_bytes },
                { ORM_TYPE_TEXT_ARRAY, "text[]", &words },
                { ORM_TYPE_TEXT_ARRAY, "text[]", &no_words },
                { ORM_TYPE_INTEGER_ARRAY, "int[]", &ints },
                { ORM_TYPE_ENUM, "text", &color },
    };

    *count = sizeof all / sizeof all[0];
    return all;
}

static void round_trip(fixture *f, const sample *s)
{
    union {
        int64_t       integer;
        orm_uuid      uuid;
        orm_bytes     bytes;
        orm_int_array array;
        char          room[64];
    } slot;
    orm_statement statement;
    orm_result   *result;

    orm_statement_init(&statement, f->c, f->arena);
    for (int i = 0; i < 2; i++) {
        orm_statement_text(&statement, i == 0 ? "select cast(" : "), cast(");
        orm_statement_param(&statement, s->type, i == 0 ? s->slot : NULL);
        orm_statement_text(&statement, " as ");
        orm_statement_text(&statement, s->cast);
    }
    orm_statement_text(&statement, ")");
    expect_ok(f, orm_connection_run(f->c, &statement, &result, &f->error));

    assert_int_equal(orm_result_rows(result), 1);
    assert_int_equal(orm_result_columns(result), 2);
    assert_int_equal(orm_result_is_binary(result, 0), f->settings.protocol == ORM_PROTOCOL_EXTENDED);
    assert_false(orm_result_is_null(result, 0, 0));
    assert_true(orm_result_is_null(result, 0, 1));
    memset(&slot, 0, sizeof slot);
    expect_ok(f, orm_result_decode(result, 0, 0, s->type, f->arena, &slot, &f->error));
    if (!orm_type_equal(s->type, &slot, s->slot))
        fail_msg("a %s came back as another: %s", s->cast, statement.sql.data);
    assert_int_equal(orm_result_decode(result, 0, 1, s->type, f->arena, &slot, &f->error), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_result_decode(result, 1, 0, s->type, f->arena, &slot, &f->error), ORM_ERR_ARGUMENT);
    orm_result_free(result);
    orm_statement_free(&statement);
}

static void values_come_back(const orm_config *config)
{
    fixture      *f = fixture_new(*config);
    size_t        count;
    const sample *all = samples(&count);

    for (size_t i = 0; i < count; i++)
        round_trip(f, &all[i]);
    fixture_free(f);
}

static void every_type_comes_back(void **state)
{
    (void)state;
    values_come_back(&simple);
    values_come_back(&extended);
}

static void free_values_are_sent(const orm_config *config)
{
    fixture        *f = fixture_new(*config);
    const orm_value values[] = { orm_int(3),      orm_text(hostile),  orm_bool(true),        orm_null(),
                                 orm_double(0.5), orm_int(INT64_MAX), orm_text("[1, \"a\"]") };
    const char     *pieces[] = {
            "select substr('abcdef', ", "), ", "::text, not ", ", ", "::text, ", " + 1, ", ", ", "::jsonb"
    };
    const char   *expected[] = { "cdef", hostile, "f", NULL, "1.5", "9223372036854775807", "[1, \"a\"]" };
    orm_statement statement;
    orm_result   *result;

    orm_statement_init(&statement, f->c, f->arena);
    for (size_t i = 0; i < 7; i++) {
        orm_statement_text(&statement, pieces[i]);
        orm_statement_value(&statement, &values[i]);
    }
    orm_statement_text(&statement, pieces[7]);
    expect_ok(f, orm_connection_run(f->c, &statement, &result, &f->error));
    for (size_t i = 0; i < 7; i++) {
        const char *data = orm_result_data(result, 0, i, NULL);

        assert_false(orm_result_is_binary(result, i));
        if (expected[i] == NULL)
            assert_null(data);
        else
            assert_string_equal(data, expected[i]);
    }
    if (f->settings.protocol == ORM_PROTOCOL_EXTENDED) {
        assert_int_equal(strncmp(last_line(f)->params, "3|O'Re", 6), 0);
        assert_non_null(strstr(last_line(f)->params, "|NULL|0.5|9223372036854775807|[1, \"a\"]"));
    } else {
        assert_string_equal(last_line(f)->params, "");
    }
    orm_result_free(result);
    orm_statement_free(&statement);
    fixture_free(f);
}

static void free_values_work(void **state)
{
    (void)state;
    free_values_are_sent(&simple);
    free_values_are_sent(&extended);
}

static void names_are_quoted(void **state)
{
    fixture      *f = fixture_new(extended);
    orm_statement statement;
    orm_result   *result;

    (void)state;
    orm_statement_init(&statement, f->c, f->arena);
    orm_statement_text(&statement, "select ");
    orm_statement_column(&statement, "a\"\"", "b\"; select 1");
    orm_statement_text(&statement, " from (select 5) as ");
    orm_statement_identifier(&statement, "a\"\"");
    orm_statement_text(&statement, "(");
    orm_statement_identifier(&statement, "b\"; select 1");
    orm_statement_text(&statement, ")");
    expect_ok(f, orm_connection_run(f->c, &statement, &result, &f->error));
    assert_string_equal(orm_result_column_name(result, 0), "b\"; select 1");
    assert_null(orm_result_column_name(result, 1));
    assert_int_equal(orm_result_column_oid(result, 0), ORM_OID_INT4);
    assert_string_equal(statement.sql.data, "select \"a\"\"\"\"\".\"b\"\"; select 1\" from (select 5) as \"a\"\"\"\"\""
                                            "(\"b\"\"; select 1\")");
    orm_result_free(result);
    orm_statement_free(&statement);
    fixture_free(f);
}

static void broken_text_is_refused_before_it_is_sent(void **state)
{
    static const char *const texts[] = { "\xFF", "abc\xE2\x82", "\xC0\x80", "\xED\xA0\x80" };
    fixture                 *f = fixture_new(simple);

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        orm_statement statement;
        size_t        lines = f->line_count;

        orm_statement_init(&statement, f->c, f->arena);
        orm_statement_text(&statement, "select ");
        orm_statement_param(&statement, ORM_TYPE_TEXT, &texts[i]);
        assert_int_equal(orm_connection_run(f->c, &statement, NULL, &f->error), ORM_ERR_VALIDATION);
        assert_int_equal(f->error.number, 351); /* libpq sees it, too, but says less */
        assert_int_equal(f->line_count, lines);
        orm_statement_free(&statement);
    }
    fixture_free(f);
}

static void too_many_parameters_are_refused_before_they_are_sent(void **state)
{
    fixture      *f = fixture_new(extended);
    bool          value = true;
    orm_statement statement;

    (void)state;
    orm_statement_init(&statement, f->c, f->arena);
    orm_statement_text(&statement, "select array[");
    for (size_t i = 0; i < 65535; i++) {
        orm_statement_text(&statement, i > 0 ? "," : "");
        orm_statement_param(&statement, ORM_TYPE_BOOLEAN, &value);
    }
    assert_int_equal(statement.status, ORM_OK);
    orm_statement_param(&statement, ORM_TYPE_BOOLEAN, &value);
    orm_statement_text(&statement, "]");
    assert_int_equal(orm_connection_run(f->c, &statement, NULL, &f->error), ORM_ERR_ARGUMENT);
    assert_int_equal(f->error.number, 350);
    assert_int_equal(f->line_count, 0);
    orm_statement_free(&statement);
    fixture_free(f);
}

/* ---- Errors and notices ---- */

static void an_error_has_every_field(void **state)
{
    fixture *f = fixture_new(simple);

    (void)state;
    run_sql(f, "create temp table t (id int constraint t_pk primary key, n int not null);"
               "create domain pg_temp.positive as int constraint is_positive check (value > 0);"
               "insert into t values (1, 1)");
    assert_int_equal(run_for_error(f, "insert into t values (1, 2)"), ORM_ERR_UNIQUE_CONSTRAINT);
    assert_string_equal(f->error.sqlstate, "23505");
    assert_string_equal(f->error.severity, "ERROR");
    assert_string_equal(f->error.message, "duplicate key value violates unique constraint \"t_pk\"");
    assert_string_equal(f->error.detail, "Key (id)=(1) already exists.");
    assert_string_equal(f->error.constraint, "t_pk");
    assert_string_equal(f->error.table, "t");
    assert_int_equal(strncmp(f->error.schema_name, "pg_temp", 7), 0);
    assert_string_equal(f->error.sql, "insert into t values (1, 2)");
    assert_non_null(strstr(f->error.source, "nbtinsert.c:"));
    assert_non_null(strstr(f->error.source, "_bt_check_unique"));
    assert_int_equal(f->error.number, 0);
    assert_false(f->error.retryable);
    assert_int_equal(last_line(f)->status, ORM_ERR_UNIQUE_CONSTRAINT);
    assert_int_equal(last_line(f)->rows, -1);

    assert_int_equal(run_for_error(f, "insert into t values (2, null)"), ORM_ERR_NOT_NULL_CONSTRAINT);
    assert_string_equal(f->error.column, "n");
    assert_string_equal(f->error.constraint, "");
    assert_int_equal(run_for_error(f, "select 0::pg_temp.positive"), ORM_ERR_CHECK_CONSTRAINT);
    assert_string_equal(f->error.data_type, "positive");
    assert_int_equal(run_for_error(f, "select nonsense"), ORM_ERR_INVALID_FIELD);
    assert_string_equal(f->error.position, "8");
    assert_int_equal(run_for_error(f, "select lenght('a')"), ORM_ERR_DRIVER);
    assert_non_null(strstr(f->error.hint, "explicit type casts"));
    assert_int_equal(run_for_error(f, "do $$ begin perform 1 / 0; end $$"), ORM_ERR_INVALID_VALUE);
    assert_non_null(strstr(f->error.context, "PL/pgSQL"));
    assert_int_equal(run_for_error(f, "do $$ begin execute 'selec 1'; end $$"), ORM_ERR_SYNTAX);
    fixture_free(f);
}

static void errors_are_the_same_in_both_protocols(void **state)
{
    static const struct {
        const char *sql;
        orm_status  status;
    } cases[] = {
        { "selec 1", ORM_ERR_SYNTAX },
        { "select * from nowhere", ORM_ERR_TABLE_NOT_FOUND },
        { "create table pg_temp.x (a int); create table pg_temp.x (a int)", ORM_ERR_TABLE_EXISTS },
        { "create schema public", ORM_ERR_OBJECT_EXISTS },
        { "select a from (select 1 as a) x, (select 2 as a) y", ORM_ERR_AMBIGUOUS_FIELD },
        { "select 'x'::int", ORM_ERR_INVALID_VALUE },
        { "do $$ begin raise exception 'again' using errcode = '40001'; end $$", ORM_ERR_SERIALIZATION },
    };
    fixture *fixtures[] = { fixture_new(simple), fixture_new(extended) };

    (void)state;
    for (size_t i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++) {
        fixture      *f = fixtures[i % 2];
        orm_statement statement;

        if (i % 2 == 1 && strchr(cases[i / 2].sql, ';') != NULL && strstr(cases[i / 2].sql, "do ") == NULL)
            continue; /* the extended protocol takes one statement */
        orm_statement_init(&statement, f->c, f->arena);
        orm_statement_text(&statement, cases[i / 2].sql);
        statement.cacheable = true;
        assert_int_equal(orm_connection_run(f->c, &statement, NULL, &f->error), cases[i / 2].status);
        assert_int_equal(f->error.retryable, cases[i / 2].status == ORM_ERR_SERIALIZATION);
        assert_int_equal(last_line(f)->status, cases[i / 2].status);
        assert_int_equal(orm_connection_run(f->c, &statement, NULL, NULL), cases[i / 2].status);
        orm_statement_free(&statement);
        expect_answer(f, "select 1", "1");
    }
    fixture_free(fixtures[0]);
    fixture_free(fixtures[1]);
}

static void notices_are_logged(void **state)
{
    fixture        *f = fixture_new(extended);
    const log_line *line;

    (void)state;
    run_sql(f, "do $$ begin raise warning 'hello' using detail = 'd', hint = 'h', errcode = '01234'; end $$");
    assert_int_equal(f->line_count, 2);
    line = &f->lines[0];
    assert_int_equal(line->kind, ORM_LOG_NOTICE);
    assert_string_equal(line->message, "hello");
    assert_string_equal(line->severity, "WARNING");
    assert_string_equal(line->sqlstate, "01234");
    assert_string_equal(line->detail, "d");
    assert_string_equal(line->hint, "h");
    assert_int_equal(last_line(f)->kind, ORM_LOG_QUERY);
    fixture_free(f);
}

static void statements_are_logged(void **state)
{
    fixture      *f = fixture_new(extended);
    int32_t       number = 7;
    const char   *text = NULL;
    orm_statement statement;

    (void)state;
    assert_int_equal(f->line_count, 0); /* what connecting takes is not the user's */
    orm_statement_init(&statement, f->c, f->arena);
    orm_statement_text(&statement, "select ");
    orm_statement_param(&statement, ORM_TYPE_INTEGER, &number);
    orm_statement_text(&statement, " from generate_series(1, 3) where ");
    orm_statement_param(&statement, ORM_TYPE_TEXT, &text);
    orm_statement_text(&statement, "::text is null");
    expect_ok(f, orm_connection_run(f->c, &statement, NULL, &f->error));
    orm_statement_free(&statement);
    assert_int_equal(f->line_count, 1);
    assert_string_equal(last_line(f)->message, "select $1 from generate_series(1, 3) where $2::text is null");
    assert_string_equal(last_line(f)->params, "7|NULL");
    assert_int_equal(last_line(f)->rows, 3);
    assert_true(last_line(f)->nanoseconds > 0);
    run_sql(f, "create temp table t (a int); insert into t values (1), (2)");
    assert_int_equal(last_line(f)->rows, 2);
    run_sql(f, "drop table t");
    assert_int_equal(last_line(f)->rows, -1);
    fixture_free(f);
}

/* ---- Texts ---- */

static void several_statements_give_the_last_result(void **state)
{
    fixture    *f = fixture_new(extended);
    orm_result *result;

    (void)state;
    expect_answer(f, "select 1; select 2; select 3", "3");
    expect_ok(f, orm_connection_run_text(f->c, "create temp table t (a int); insert into t values (1), (2)", &result,
                                         &f->error));
    assert_string_equal(orm_result_command(result), "INSERT 0 2");
    assert_int_equal(orm_result_affected(result), 2);
    assert_int_equal(orm_result_rows(result), 0);
    assert_null(orm_result_data(result, 0, 0, NULL));
    assert_true(orm_result_is_null(result, 0, 0));
    orm_result_free(result);
    expect_ok(f, orm_connection_run_text(f->c, "", &result, &f->error));
    assert_int_equal(orm_result_affected(result), -1);
    orm_result_free(result);
    assert_int_equal(run_for_error(f, "select 1; select 1/0; select 'x'::int"), ORM_ERR_INVALID_VALUE);
    assert_string_equal(f->error.sqlstate, "22012");
    assert_int_equal(orm_connection_run_text(f->c, NULL, NULL, &f->error), ORM_ERR_ARGUMENT);
    orm_result_free(NULL);
    fixture_free(f);
}

static void copy_is_refused_and_leaves_the_connection_usable(void **state)
{
    static const char *const texts[] = { "copy (select generate_series(1, 5000)) to stdout", "copy t from stdin",
                                         "select 1; copy t from stdin; select 2" };
    fixture                 *fixtures[] = { fixture_new(simple), fixture_new(extended) };

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        fixture      *f = fixtures[i % 2];
        orm_statement statement;

        run_sql(f, "create temp table if not exists t (a int)");
        assert_int_equal(run_for_error(f, texts[i / 2]), ORM_ERR_UNSUPPORTED);
        orm_statement_init(&statement, f->c, f->arena);
        orm_statement_text(&statement, texts[i / 4]);
        assert_int_equal(orm_connection_run(f->c, &statement, NULL, &f->error), ORM_ERR_UNSUPPORTED);
        orm_statement_free(&statement);
        assert_true(orm_connection_is_usable(f->c));
        expect_answer(f, "select count(*) from t", "0");
    }
    fixture_free(fixtures[0]);
    fixture_free(fixtures[1]);
}

/* ---- Transactions ---- */

static void expect_last(const fixture *f, const char *sql)
{
    assert_string_equal(last_line(f)->message, sql);
}

static void transactions_nest(void **state)
{
    fixture *f = fixture_new(simple);

    (void)state;
    run_sql(f, "create temp table t (a int)");
    expect_ok(f, orm_connection_begin(f->c, NULL, &f->error));
    expect_last(f, "begin");
    run_sql(f, "insert into t values (1)");
    expect_ok(f, orm_connection_begin(f->c, NULL, &f->error));
    expect_last(f, "savepoint \"trx1\"");
    expect_ok(f, orm_connection_begin(f->c, NULL, &f->error));
    expect_last(f, "savepoint \"trx2\"");
    assert_int_equal(orm_connection_depth(f->c), 3);
    run_sql(f, "insert into t values (2)");
    expect_ok(f, orm_connection_commit(f->c, &f->error));
    expect_last(f, "release savepoint \"trx2\"");
    run_for_error(f, "select 1/0");
    assert_int_equal(run_for_error(f, "select 1"), ORM_ERR_TRANSACTION_ABORTED);
    assert_int_equal(orm_connection_commit(f->c, &f->error), ORM_ERR_TRANSACTION_ABORTED);
    assert_int_equal(orm_connection_depth(f->c), 2);
    expect_ok(f, orm_connection_rollback(f->c, &f->error));
    expect_last(f, "rollback to savepoint \"trx1\"");
    assert_int_equal(orm_connection_depth(f->c), 1);
    expect_ok(f, orm_connection_commit(f->c, &f->error));
    expect_last(f, "commit");
    assert_int_equal(orm_connection_depth(f->c), 0);
    expect_answer(f, "select array_agg(a) from t", "{1}");

    expect_ok(f, orm_connection_begin(f->c, &(orm_transaction_options){ 0 }, &f->error));
    expect_last(f, "begin");
    run_sql(f, "delete from t");
    expect_ok(f, orm_connection_rollback(f->c, &f->error));
    expect_last(f, "rollback");
    expect_answer(f, "select count(*) from t", "1");
    assert_int_equal(orm_connection_commit(f->c, &f->error), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_connection_rollback(f->c, &f->error), ORM_ERR_ARGUMENT);
    fixture_free(f);
}

static void transactions_take_options(void **state)
{
    fixture *f = fixture_new(extended);

    (void)state;
    expect_ok(f, orm_connection_begin(f->c, &(orm_transaction_options){ .isolation = ORM_ISOLATION_SERIALIZABLE },
                                      &f->error));
    expect_last(f, "start transaction isolation level serializable");
    expect_answer(f, "show transaction_isolation", "serializable");
    assert_int_equal(orm_connection_begin(f->c, &(orm_transaction_options){ .read_only = true }, &f->error),
                     ORM_ERR_ARGUMENT);
    assert_int_equal(orm_connection_depth(f->c), 1);
    expect_ok(f, orm_connection_commit(f->c, &f->error));

    expect_ok(f, orm_connection_begin(f->c, &(orm_transaction_options){ .read_only = true }, &f->error));
    expect_last(f, "start transaction read only");
    assert_int_equal(run_for_error(f, "create table x (a int)"), ORM_ERR_READ_ONLY);
    expect_ok(f, orm_connection_rollback(f->c, &f->error));

    expect_ok(f, orm_connection_begin(
                     f->c, &(orm_transaction_options){ .isolation = ORM_ISOLATION_REPEATABLE_READ, .read_only = true },
                     &f->error));
    expect_last(f, "start transaction isolation level repeatable read read only");
    expect_ok(f, orm_connection_commit(f->c, &f->error));
    assert_int_equal(
        orm_connection_begin(f->c, &(orm_transaction_options){ .isolation = (orm_isolation)99 }, &f->error),
        ORM_ERR_ARGUMENT);
    fixture_free(f);
}

static void a_commit_that_rolls_back_is_a_failure(void **state)
{
    fixture *f = fixture_new(simple);

    (void)state;
    expect_ok(f, orm_connection_begin(f->c, NULL, &f->error));
    run_for_error(f, "select 1/0");
    assert_int_equal(orm_connection_commit(f->c, &f->error), ORM_ERR_TRANSACTION_ABORTED);
    assert_string_equal(f->error.sql, "commit");
    assert_int_equal(last_line(f)->status, ORM_ERR_TRANSACTION_ABORTED);
    assert_int_equal(orm_connection_depth(f->c), 0);

    run_sql(f, "create temp table p (id int primary key);"
               "create temp table c (p int references p deferrable initially deferred)");
    expect_ok(f, orm_connection_begin(f->c, NULL, &f->error));
    run_sql(f, "insert into c values (1)");
    assert_int_equal(orm_connection_commit(f->c, &f->error), ORM_ERR_FOREIGN_KEY_CONSTRAINT);
    assert_int_equal(orm_connection_depth(f->c), 0);
    fixture_free(f);
}

static void the_depth_follows_raw_sql(void **state)
{
    fixture *f = fixture_new(simple);

    (void)state;
    run_sql(f, "begin");
    assert_int_equal(orm_connection_depth(f->c), 1);
    expect_ok(f, orm_connection_begin(f->c, NULL, &f->error));
    expect_last(f, "savepoint \"trx1\"");
    run_sql(f, "commit");
    assert_int_equal(orm_connection_depth(f->c), 0);
    run_sql(f, "begin");
    expect_ok(f, orm_connection_begin(f->c, NULL, &f->error));
    assert_int_equal(orm_connection_depth(f->c), 2);
    run_sql(f, "commit; begin");
    assert_int_equal(orm_connection_depth(f->c), 1);
    expect_ok(f, orm_connection_begin(f->c, NULL, &f->error));
    run_sql(f, "rollback; begin");
    assert_int_equal(orm_connection_depth(f->c), 1);
    expect_ok(f, orm_connection_begin(f->c, NULL, &f->error));
    run_sql(f, "savepoint x; rollback to x");
    assert_int_equal(orm_connection_depth(f->c), 2);
    run_sql(f, "rollback");
    assert_int_equal(orm_connection_depth(f->c), 0);
    fixture_free(f);
}

/* ---- Prepared statements ---- */

static orm_status run_cached(fixture *f, const char *sql, orm_result **out)
{
    orm_statement statement;
    orm_status    status;

    orm_statement_init(&statement, f->c, f->arena);
    orm_statement_text(&statement, sql);
    statement.cacheable = true;
    status = orm_connection_run(f->c, &statement, out, &f->error);
    orm_statement_free(&statement);
    return status;
}

static void statements_are_prepared_once(void **state)
{
    fixture *f = fixture_new(extended);
    char     sql[64];

    (void)state;
    for (int i = 0; i < 3; i++)
        expect_ok(f, run_cached(f, "select 'kept'", NULL));
    expect_answer(f, "select count(*) from pg_prepared_statements", "1");
    assert_int_equal(f->line_count, 4); /* PREPARE is not told */
    for (int i = 0; i < 300; i++) {
        snprintf(sql, sizeof sql, "select %d", i);
        expect_ok(f, run_cached(f, sql, NULL));
        if (i % 50 == 0)
            expect_ok(f, run_cached(f, "select 'kept'", NULL));
    }
    expect_answer(f, "select count(*) from pg_prepared_statements where name like 'orm\\_%'", "256");
    expect_answer(f, "select count(*) from pg_prepared_statements where statement = 'select ''kept'''", "1");
    expect_answer(f, "select name from pg_prepared_statements where statement = 'select ''kept'''", "orm_1");
    expect_answer(f, "select count(*) from pg_prepared_statements where statement = 'select 0'", "0");
    fixture_free(f);
}

static void the_type_of_parameters_is_part_of_the_key(void **state)
{
    fixture    *f = fixture_new(extended);
    int32_t     number = 1;
    bool        flag = true;
    const void *slots[] = { &number, &flag };
    orm_type    types[] = { ORM_TYPE_INTEGER, ORM_TYPE_BOOLEAN };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        orm_statement statement;

        orm_statement_init(&statement, f->c, f->arena);
        orm_statement_text(&statement, "select ");
        orm_statement_param(&statement, types[i % 2], slots[i % 2]);
        statement.cacheable = true;
        expect_ok(f, orm_connection_run(f->c, &statement, NULL, &f->error));
        orm_statement_free(&statement);
    }
    expect_answer(f, "select count(*) from pg_prepared_statements", "2");
    fixture_free(f);
}

static void a_statement_out_of_date_is_prepared_again(void **state)
{
    fixture    *f = fixture_new(extended);
    orm_result *result;

    (void)state;
    run_sql(f, "create temp table t (a int)");
    expect_ok(f, run_cached(f, "select * from t", NULL));
    run_sql(f, "alter table t add b int");
    expect_ok(f, run_cached(f, "select * from t", &result));
    assert_int_equal(orm_result_columns(result), 2);
    orm_result_free(result);
    expect_answer(f, "select count(*) from pg_prepared_statements", "1");

    /* In a transaction it cannot be mended, but the next time it works. */
    run_sql(f, "alter table t add c int; begin");
    assert_int_equal(run_cached(f, "select * from t", NULL), ORM_ERR_NOT_IMPLEMENTED);
    assert_true(f->error.retryable);
    expect_ok(f, orm_connection_rollback(f->c, &f->error));
    expect_ok(f, orm_connection_begin(f->c, NULL, &f->error));
    expect_ok(f, run_cached(f, "select * from t", NULL));
    expect_ok(f, orm_connection_commit(f->c, &f->error));

    /* Told apart at once, so that it costs no transaction. */
    run_sql(f, "begin; deallocate all");
    expect_ok(f, run_cached(f, "select * from t", NULL));
    run_sql(f, "commit");
    run_sql(f, "discard all");
    assert_int_equal(run_cached(f, "select * from t", NULL), ORM_ERR_TABLE_NOT_FOUND);
    expect_ok(f, run_cached(f, "select 1", NULL));
    run_sql(f, "do $$ declare n text; begin for n in select name from pg_prepared_statements loop "
               "execute 'deallocate ' || n; end loop; end $$"); /* behind our back */
    expect_ok(f, run_cached(f, "select 1", NULL));
    fixture_free(f);
}

static void an_aborted_transaction_prepares_nothing(void **state)
{
    fixture *f = fixture_new(extended);

    (void)state;
    expect_ok(f, orm_connection_begin(f->c, NULL, &f->error));
    run_for_error(f, "select 1/0");
    assert_int_equal(run_cached(f, "select 5", NULL), ORM_ERR_TRANSACTION_ABORTED);
    expect_ok(f, orm_connection_rollback(f->c, &f->error));
    expect_ok(f, run_cached(f, "select 5", NULL));
    fixture_free(f);
}

/* ---- The pool, and lost connections ---- */

static void a_lost_connection_is_replaced(void **state)
{
    fixture *f = fixture_new(extended);

    (void)state;
    kill_backend(f, f->c);
    assert_int_equal(run_for_error(f, "select 1"), ORM_ERR_CONNECTION);
    assert_string_equal(f->error.sqlstate, "57P01");
    assert_string_equal(f->error.sql, "select 1");
    assert_false(f->error.retryable); /* outside a transaction nobody knows what was done */
    assert_false(orm_connection_is_usable(f->c));
    assert_int_equal(run_for_error(f, "select 1"), ORM_ERR_CONNECTION);
    orm_pool_release(f->pool, f->c);
    expect_ok(f, orm_pool_acquire(f->pool, &f->c, &f->error));
    expect_answer(f, "select 1", "1");

    expect_ok(f, orm_connection_begin(f->c, NULL, &f->error));
    kill_backend(f, f->c);
    assert_int_equal(run_for_error(f, "insert into nowhere values (1)"), ORM_ERR_CONNECTION);
    assert_true(f->error.retryable);
    assert_int_equal(orm_connection_depth(f->c), 0);
    expect_ok(f, orm_connection_rollback(f->c, &f->error));
    assert_int_equal(orm_connection_commit(f->c, &f->error), ORM_ERR_CONNECTION);
    fixture_free(f);
}

static void an_idle_connection_that_died_is_not_given(void **state)
{
    fixture        *f = fixture_new(extended);
    orm_connection *first = f->c;
    orm_connection *second;

    (void)state;
    expect_ok(f, orm_pool_acquire(f->pool, &second, &f->error));
    kill_backend(f, first);
    kill_backend(f, second);
    orm_pool_release(f->pool, first);
    orm_pool_release(f->pool, second);
    for (int i = 0; i < 2; i++) {
        expect_ok(f, orm_pool_acquire(f->pool, &f->c, &f->error));
        expect_answer(f, "select 1", "1");
        orm_pool_release(f->pool, f->c);
    }
    f->c = NULL;
    fixture_free(f);
}

static void a_connection_lost_in_commit_is_ambiguous(void **state)
{
    fixture *f = fixture_new(simple);

    (void)state;
    expect_ok(f, orm_connection_begin(f->c, NULL, &f->error));
    kill_backend(f, f->c);
    assert_int_equal(orm_connection_commit(f->c, &f->error), ORM_ERR_AMBIGUOUS_COMMIT);
    assert_false(f->error.retryable);
    assert_int_equal(orm_connection_depth(f->c), 0);
    orm_pool_release(f->pool, f->c);
    expect_ok(f, orm_pool_acquire(f->pool, &f->c, &f->error));
    run_sql(f, "begin");
    kill_backend(f, f->c);
    assert_int_equal(run_for_error(f, " Commit ;"), ORM_ERR_AMBIGUOUS_COMMIT);
    fixture_free(f);
}

static void release_rolls_back(void **state)
{
    fixture        *f = fixture_new(simple);
    orm_connection *before = f->c;

    (void)state;
    run_sql(f, "create temp table t (a int)");
    expect_ok(f, orm_connection_begin(f->c, NULL, &f->error));
    expect_ok(f, orm_connection_begin(f->c, NULL, &f->error));
    run_sql(f, "insert into t values (1)");
    orm_pool_release(f->pool, f->c);
    expect_last(f, "rollback");
    expect_ok(f, orm_pool_acquire(f->pool, &f->c, &f->error));
    assert_ptr_equal(f->c, before);
    assert_int_equal(orm_connection_depth(f->c), 0);
    expect_answer(f, "select count(*) from t", "0");
    orm_pool_release(f->pool, NULL);
    fixture_free(f);
}

static void *use_pool(void *argument)
{
    orm_pool *pool = argument;
    size_t    good = 0;

    for (int i = 0; i < 50; i++) {
        orm_connection *c;
        orm_result     *result = NULL;

        if (orm_pool_acquire(pool, &c, NULL) != ORM_OK)
            break;
        if (orm_connection_run_text(c, "begin; select 42", &result, NULL) == ORM_OK)
            good += strcmp(orm_result_data(result, 0, 0, NULL), "42") == 0;
        orm_result_free(result);
        orm_pool_release(pool, c);
    }
    return good == 50 ? pool : NULL;
}

static void threads_share_a_pool(void **state)
{
    orm_config   config = { .url = getenv("ORM_TEST_URL") };
    orm_settings settings;
    orm_error    error;
    orm_pool    *pool;
    pthread_t    threads[4];

    (void)state;
    assert_int_equal(orm_settings_resolve(&config, &settings, &error), ORM_OK);
    assert_int_equal(orm_pool_new(&config, &settings, &pool, &error), ORM_OK);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use_pool, pool), 0);
    for (size_t i = 0; i < 4; i++) {
        void *good;

        assert_int_equal(pthread_join(threads[i], &good), 0);
        assert_ptr_equal(good, pool);
    }
    orm_pool_free(pool);
    orm_pool_free(NULL);
}

/* ---- Memory ---- */

/* Fails from the n-th allocation on; `live` is what was not given back. */
typedef struct failing {
    size_t left;
    size_t live;
} failing;

static void *failing_alloc(void *context, size_t size)
{
    failing *f = context;
    void    *block = f->left > 0 ? malloc(size) : NULL;

    f->left -= f->left > 0;
    f->live += block != NULL;
    return block;
}

static void *failing_resize(void *context, void *block, size_t size)
{
    failing *f = context;

    if (block == NULL)
        return failing_alloc(context, size);
    if (f->left == 0)
        return NULL;
    f->left--;
    return realloc(block, size);
}

static void failing_release(void *context, void *block)
{
    failing *f = context;

    f->live -= block != NULL;
    free(block);
}

static orm_status use_everything(orm_pool *pool, const orm_allocator *allocator)
{
    orm_arena      *arena = orm_arena_new(NULL, allocator, "test");
    orm_connection *c = NULL;
    orm_result     *result = NULL;
    orm_error       error = { 0 };
    orm_statement   statement;
    orm_value       value = orm_text("two");
    const char     *text = "one";
    orm_status      status = arena != NULL ? orm_pool_acquire(pool, &c, &error) : ORM_ERR_MEMORY;

    if (status == ORM_OK) {
        orm_statement_init(&statement, c, arena);
        orm_statement_text(&statement, "select ");
        orm_statement_param(&statement, ORM_TYPE_TEXT, &text);
        orm_statement_text(&statement, "::text || ");
        orm_statement_value(&statement, &value);
        statement.cacheable = true;
        status = orm_connection_run(c, &statement, &result, &error);
        orm_statement_free(&statement);
        assert_true(status == ORM_ERR_MEMORY || strcmp(orm_result_data(result, 0, 0, NULL), "onetwo") == 0);
        orm_result_free(result);
        orm_pool_release(pool, c);
    }
    assert_true(status == ORM_OK || arena == NULL || error.status == ORM_ERR_MEMORY);
    orm_arena_free(arena);
    return status;
}

static void memory_may_run_out_anywhere(const orm_config *preset)
{
    orm_status status = ORM_ERR_MEMORY;
    size_t     steps = 0;

    for (; status == ORM_ERR_MEMORY && steps < 500; steps++) {
        failing       memory = { .left = steps };
        orm_allocator allocator = { failing_alloc, failing_resize, failing_release, &memory };
        orm_config    config = *preset;
        orm_settings  settings;
        orm_pool     *pool;
        orm_error     error;

        config.url = getenv("ORM_TEST_URL");
        config.allocator = &allocator;
        assert_int_equal(orm_settings_resolve(&config, &settings, &error), ORM_OK);
        status = orm_pool_new(&config, &settings, &pool, &error);
        if (status == ORM_OK) {
            status = use_everything(pool, &allocator);
            orm_pool_free(pool);
        }
        assert_int_equal(memory.live, 0);
    }
    assert_int_equal(status, ORM_OK);
    assert_true(steps > 5);
}

static void no_memory_is_an_ordinary_failure(void **state)
{
    (void)state;
    memory_may_run_out_anywhere(&simple);
    memory_may_run_out_anywhere(&extended);
}

static void the_server_is_recognised(void **state)
{
    fixture            *f = fixture_new(extended);
    const orm_platform *platform = orm_connection_platform(f->c);

    (void)state;
    assert_int_equal(platform->info.platform, ORM_PLATFORM_POSTGRES);
    assert_true(platform->info.major >= 13);
    assert_null(platform->info.simulated);
    assert_non_null(orm_connection_parameter(f->c, "server_version"));
    assert_null(orm_connection_parameter(f->c, "crdbcheck_simulated"));
    assert_int_equal(orm_connection_settings(f->c)->protocol, ORM_PROTOCOL_EXTENDED);
    expect_answer(f, "select application_name from pg_stat_activity where pid = pg_backend_pid()", "liborm");
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_comes_back),
        cmocka_unit_test(free_values_work),
        cmocka_unit_test(names_are_quoted),
        cmocka_unit_test(broken_text_is_refused_before_it_is_sent),
        cmocka_unit_test(too_many_parameters_are_refused_before_they_are_sent),
        cmocka_unit_test(an_error_has_every_field),
        cmocka_unit_test(errors_are_the_same_in_both_protocols),
        cmocka_unit_test(notices_are_logged),
        cmocka_unit_test(statements_are_logged),
        cmocka_unit_test(several_statements_give_the_last_result),
        cmocka_unit_test(copy_is_refused_and_leaves_the_connection_usable),
        cmocka_unit_test(transactions_nest),
        cmocka_unit_test(transactions_take_options),
        cmocka_unit_test(a_commit_that_rolls_back_is_a_failure),
        cmocka_unit_test(the_depth_follows_raw_sql),
        cmocka_unit_test(statements_are_prepared_once),
        cmocka_unit_test(the_type_of_parameters_is_part_of_the_key),
        cmocka_unit_test(a_statement_out_of_date_is_prepared_again),
        cmocka_unit_test(an_aborted_transaction_prepares_nothing),
        cmocka_unit_test(a_lost_connection_is_replaced),
        cmocka_unit_test(an_idle_connection_that_died_is_not_given),
        cmocka_unit_test(a_connection_lost_in_commit_is_ambiguous),
        cmocka_unit_test(release_rolls_back),
        cmocka_unit_test(threads_share_a_pool),
        cmocka_unit_test(no_memory_is_an_ordinary_failure),
        cmocka_unit_test(the_server_is_recognised),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
