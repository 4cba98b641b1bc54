/* The setup SQL of the first profile on a server, in transactions that are rolled back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/wire/profile.h"

#define PROFILE CC_SOURCE_DIR "/harness/wire/profiles/24.3.yaml"

static PGconn *connect_to(const char *database)
{
    const char *const names[] = { "dbname", "dbname", NULL };
    const char *const values[] = { getenv("ORM_TEST_URL"), database, NULL };
    PGconn           *conn = PQconnectdbParams(names, values, 1);

    if (PQstatus(conn) != CONNECTION_OK)
        fail_msg("%s", PQerrorMessage(conn));
    return conn;
}

static void run(PGconn *conn, const char *sql)
{
    PGresult *result = PQexec(conn, sql);

    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(conn));
    PQclear(result);
}

static void check_value(PGconn *conn, const char *sql, const char *expected)
{
    PGresult *result = PQexec(conn, sql);

    if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) != 1)
        fail_msg("%s: %s", sql, PQerrorMessage(conn));
    assert_string_equal(PQgetvalue(result, 0, 0), expected);
    PQclear(result);
}

static void check_error(PGconn *conn, const char *sql, const char *sqlstate)
{
    PGresult   *result = PQexec(conn, sql);
    const char *found = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    if (found == NULL || strcmp(found, sqlstate) != 0)
        fail_msg("%s: %s", sql, PQerrorMessage(conn));
    PQclear(result);
}

/* In a transaction that is rolled back, because settings of all roles belong to the cluster. */
static int set_up(void **state)
{
    orm_arena  *arena = orm_arena_new(NULL, NULL, "test");
    PGconn     *conn = connect_to("postgres");
    cc_problems problems;
    cc_profile *profile;

    cc_problems_init(&problems, arena);
    profile = cc_profile_load(arena, PROFILE, &problems);
    assert_non_null(profile);
    run(conn, "begin");
    run(conn, cc_profile_setup_sql(profile));
    run(conn, "set local search_path = public, crdb_internal, pg_catalog");
    check_value(conn, "select version()", cc_profile_version(profile));
    orm_arena_free(arena);
    *state = conn;
    return 0;
}

static int tear_down(void **state)
{
    run(*state, "rollback");
    PQfinish(*state);
    return 0;
}

static void test_unique_rowid(void **state)
{
    run(*state, "create temp table t (id bigint not null default unique_rowid(), n serial) on commit drop");
    run(*state, "insert into t (n) select generate_series(1, 5000)");
    check_value(*state, "select count(distinct id) from t", "5000");
    check_value(*state, "select min(id) > 1::bigint << 53 from t", "t");
    check_value(*state,
                "select count(*) from (select id > lag(id) over (order by n) as grows from t) x where not grows", "0");
}

static void test_division(void **state)
{
    check_value(*state, "select trim_scale(7 / 2)", "3.5");
    check_value(*state, "select trim_scale(7::int2 / 2::int8)", "3.5");
    check_value(*state, "select pg_typeof(1::int4 / 1::int2)", "numeric");
    check_value(*state, "select 7.0::float8 / 2", "3.5");
    check_error(*state, "select 1 / 0", "22012");
}

static void test_enum_values_are_dropped(void **state)
{
    run(*state, "create type mood as enum ('a', 'b', 'c')");
    check_value(*state, "select min(enumsortorder) from pg_enum where enumtypid = 'mood'::regtype", "0");
    run(*state, "create table m (x mood, y mood[])");
    run(*state, "insert into m values ('a', '{b}')");
    run(*state, "select crdb_internal.drop_enum_value('mood'::regtype, 'c')");
    check_value(*state, "select enum_range(null::mood)", "{a,b}");
    run(*state, "savepoint s");
    check_error(*state, "select crdb_internal.drop_enum_value('mood'::regtype, 'a')", "2BP01");
    run(*state, "rollback to s");
    check_error(*state, "select crdb_internal.drop_enum_value('mood'::regtype, 'b')", "2BP01");
    run(*state, "rollback to s");
    check_error(*state, "select crdb_internal.drop_enum_value('mood'::regtype, 'c')", "42704");
    run(*state, "rollback to s");
    check_error(*state, "select crdb_internal.drop_enum_value('int'::regtype, 'c')", "42809");
    run(*state, "rollback to s");
    /* Who asks is who logged in, not the function's owner. */
    run(*state, "create role somebody_else");
    run(*state, "set session authorization somebody_else");
    check_error(*state, "select crdb_internal.drop_enum_value('public.mood'::regtype, 'a')", "42501");
}

static void test_catalogs(void **state)
{
    check_value(*state, "select count(*) from pg_am where amname in ('prefix', 'inverted')", "2");
    check_value(*state, "select count(*) from pg_catalog.pg_am where amname in ('btree', 'gin')", "2");
}

static void test_text_search(void **state)
{
    check_value(*state, "select to_tsvector('english', 'red cats') @@ to_tsquery('english', 'cat')", "t");
    check_value(*state, "select 'a'::tsvector = 'a'::tsvector", "t");
    run(*state, "savepoint s");
    check_error(*state, "select to_tsquery('english', 'the')", "42601");
    run(*state, "rollback to s");
    check_error(*state, "select websearch_to_tsquery('simple', 'a')", "42883");
    run(*state, "rollback to s");
    check_error(*state, "select 'a'::tsvector || 'b'::tsvector", "42883");
    run(*state, "rollback to s");
    check_error(*state, "select v from (values ('a'::tsvector)) t (v) order by v", "42883");
}

static void test_materialized_views(void **state)
{
    run(*state, "create materialized view public.filled as select 1 as a");
    check_value(*state,
                "select table_type || is_insertable_into from information_schema.tables where table_name = 'filled'",
                "VIEWNO");
    check_value(*state, "select count(*) from information_schema.views where table_name = 'filled'", "1");
    run(*state, "refresh materialized view public.filled with no data");
    check_value(*state, "select count(*) from public.filled", "0");
    run(*state, "refresh materialized view public.filled");
    check_value(*state, "select count(*) from public.filled", "1");
    run(*state, "create materialized view public.never as select 1 as a with no data");
    check_error(*state, "select count(*) from public.never", "55000");
}

static void test_unique_keys(void **state)
{
    run(*state, "create table public.u (a int unique, b int primary key, c int unique, d int unique check (d > 0))");
    run(*state, "savepoint s");
    check_error(*state, "alter table public.u drop constraint u_a_key", "0A000");
    run(*state, "rollback to s");
    check_error(*state, "drop index public.u_a_key", "2BP01");
    run(*state, "rollback to s");
    run(*state, "select crdb_internal.drop_index('public.u_a_key', true)");
    check_value(*state, "select to_regclass('public.u_a_key') is null", "t");
    run(*state, "savepoint s");
    check_error(*state, "alter table public.u drop constraint u_c_key", "0A000");
    run(*state, "rollback to s");
    check_error(*state, "select crdb_internal.drop_index('public.u_a_key', true)", "42704");
    run(*state, "rollback to s");
    run(*state, "select crdb_internal.drop_index('public.u_a_key', false)");
    run(*state, "alter table public.u drop constraint u_d_check");
    run(*state, "alter table public.u drop constraint u_pkey");
    run(*state, "alter table public.u drop column c");
    run(*state, "drop table public.u");
}

/* What `failed to satisfy CHECK constraint (...)` says of a table's only constraint. */
static void check_expression(PGconn *conn, const char *written, const char *shown)
{
    char sql[512];

    snprintf(sql, sizeof sql,
             "create table public.checked (a int8, b int2, s varchar(9), t text, f float8, n numeric(9,2), d date, "
             "ok bool, m public.mood, \"Q\" text, constraint c check (%s))",
             written);
    run(conn, sql);
    check_value(conn, "select crdb_internal.check_text('public', 'checked', 'c')", shown);
    run(conn, "drop table public.checked");
}

static void test_check_expressions(void **state)
{
    static const struct {
        const char *written;
        const char *shown;
    } checks[] = {
        /* cockroach pkg/sql/logictest/testdata/logic_test/check_constraints */
        { "a > 0", "a > 0:::INT8" },
        { "b > -100", "b > (-100):::INT8" },
        { "b < a", "b < a" },
        { "a + b > 0", "(a + b) > 0:::INT8" },
        { "(a, b) is not null", "(a, b) IS NOT NULL" },
        { "false", "false" },
        { "true and 0 > 1", "true AND (0:::INT8 > 1:::INT8)" },
        /* measured on v26.2.5, in a public repository's notes */
        { "s <> 'closed' or a = 0", "(s != 'closed':::STRING) OR (a = 0:::INT8)" },
        { "t <> 'promoted' or (coalesce(length(s), 0) = 0 and not ok)",
          "(t != 'promoted':::STRING) OR ((COALESCE(length(s), 0:::INT8) = 0:::INT8) AND (NOT ok))" },
        /* by the same rules */
        { "a > 1 and b > 2 and ok", "((a > 1:::INT8) AND (b > 2:::INT8)) AND ok" },
        { "n >= 0.5 and f > 0", "(n >= 0.5:::DECIMAL) AND (f > 0.0:::FLOAT8)" },
        { "n > -1.5", "n > (-1.5):::DECIMAL" },
        { "s in ('a', 'it''s')", "s IN ('a':::STRING, e'it\\'s':::STRING)" },
        { "a not in (1, 2)", "a NOT IN (1:::INT8, 2:::INT8)" },
        { "t like 'a%'", "t LIKE 'a%':::STRING" },
        { "d > '2020-01-02'", "d > '2020-01-02':::DATE" },
        { "m <> 'a'", "m != 'a':::public.mood" },
        { "\"Q\" = '\"(1)'", "\"Q\" = '\"(1)':::STRING" },
        { "a::text = '1'", "a::STRING = '1':::STRING" },
        { "case when a > 1 then ok else b = 2 end", "CASE WHEN a > 1:::INT8 THEN ok ELSE b = 2:::INT8 END" },
        { "coalesce(a > 1, ok)", "COALESCE(a > 1:::INT8, ok)" },
    };

    run(*state, "create type public.mood as enum ('a')");
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        check_expression(*state, checks[i].written, checks[i].shown);
    check_value(*state, "select crdb_internal.check_text('public', 'nothing', 'c') is null", "t");
}

static void test_keys_by_type(void **state)
{
    run(*state, "create table public.p (a text, b int8, c bool, d float8, e uuid, f numeric, unique (a, b, c), "
                "unique (b, a), unique (d), unique (e), unique (f, a))");
    run(*state, "create table public.k (x text, y int8, constraint kf foreign key (y, x) references public.p (b, a))");
    run(*state, "create unique index px on public.p (lower(a))");
    check_value(*state, "select crdb_internal.key_text('public', 'p', 'p_a_b_c_key', '12, 3, t')", "'12', 3, true");
    check_value(*state, "select crdb_internal.key_text('public', 'p', 'p_b_a_key', '5, 7, 8')", "5, '7, 8'");
    check_value(*state, "select crdb_internal.key_text('public', 'p', 'p_b_a_key', '5, ')", "5, ''");
    check_value(*state, "select crdb_internal.key_text('public', 'p', 'p_d_key', '5')", "5.0");
    check_value(*state, "select crdb_internal.key_text('public', 'p', 'p_f_a_key', '1.50, t')", "1.50, 't'");
    check_value(*state, "select crdb_internal.key_text('public', 'k', 'kf', '-5, fake')", "-5, 'fake'");
    check_value(*state, "select crdb_internal.key_text('public', 'p', 'px', 'it''s')", "e'it\\'s'");
    check_value(*state, "select crdb_internal.key_text('public', 'p', 'px', E'caf\u00e9\n')", "e'caf\\u00E9\\n'");
    /* Neither a key that is not there nor values that can't be this one's. */
    check_value(*state, "select crdb_internal.key_text('public', 'p', 'none', '1') is null", "t");
    check_value(*state, "select crdb_internal.key_text('public', 'p', 'p_e_key', '1') is null", "t");
}

/* In a transaction that goes on behind an error. */
static void check_error_and_go_on(PGconn *conn, const char *sql, const char *sqlstate, const char *part)
{
    run(conn, "savepoint s");
    check_error(conn, sql, sqlstate);
    if (strstr(PQerrorMessage(conn), part) == NULL)
        fail_msg("%s: %s", sql, PQerrorMessage(conn));
    run(conn, "rollback to s");
}

static void test_column_types(void **state)
{
    run(*state, "create type public.mood as enum ('a')");
    run(*state, "create table public.a (id int8 primary key, n int8 check (n is not null), t text, v varchar(20), "
                "s timestamptz(6), r float4, i int4, y bytea, m public.mood, l text[], d int8)");
    run(*state, "create table public.b (a int8 references public.a (id))");
    /* What keeps its bytes is changed in place. */
    run(*state, "alter table public.a alter i type int8, alter v type varchar(30), alter r type float8");
    run(*state, "alter table public.a alter v type text, alter s type timestamp");
    run(*state, "alter table public.a add e int8 default 4, drop column d, alter n set default 5");
    run(*state, "alter table public.a rename t to x");
    run(*state, "alter table public.a rename x to t");
    check_error_and_go_on(*state, "alter table public.a alter t type int8 using t::int8", "XCEXF",
                          "from string to int\n");
    check_error_and_go_on(*state, "alter table public.a alter n type text", "XCEXF", "from int to string\n");
    check_error_and_go_on(*state, "alter table public.a alter s type timestamp(3)", "XCEXF",
                          "from timestamp to timestamp\n");
    check_error_and_go_on(*state, "alter table public.a alter m type text", "XCEXF", "from mood to string\n");
    check_error_and_go_on(*state, "alter table public.a alter l type int8[] using l::int8[]", "XCEXF",
                          "from string[] to int[]\n");
    /* A USING is a rewrite. */
    check_error_and_go_on(*state, "alter table public.a alter v type varchar(9) using /*crdbcheck:using*/ v", "XCEXF",
                          "from string to varchar\n");
    run(*state, "set local crdbcheck.alter_column_type_general = true");
    run(*state, "alter table public.a alter t type int8 using t::int8");
    check_error_and_go_on(*state, "alter table public.a alter n type text", "0A000", "with a constraint");
    check_error_and_go_on(*state, "alter table public.b alter a type int4 using /*crdbcheck:using*/ a::int4", "0A000",
                          "with a constraint");
    run(*state, "create index on public.a (i)");
    check_error_and_go_on(*state, "alter table public.a alter i type text", "0A000", "of an index");
    check_error_and_go_on(*state, "alter table public.a alter r type /*crdbcheck:transaction*/ text", "0A000",
                          "in a transaction");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_unique_rowid, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_division, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_enum_values_are_dropped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_catalogs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_text_search, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_materialized_views, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unique_keys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_check_expressions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keys_by_type, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_column_types, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
