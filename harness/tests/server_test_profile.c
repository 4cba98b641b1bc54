/* The setup SQL of the first profile on a server, in transactions that are rolled back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <libpq-fe.h>
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
