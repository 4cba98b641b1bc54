#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "harness/run/isolation.h"

/* A database for one test; `em` is the one that the guard works with. */
typedef struct fixture {
    orm_arena *arena;
    orm       *db;
    orm_em    *em;
} fixture;

static fixture test;

static void run_sql(const char *sql)
{
    if (orm_execute(test.em, sql, NULL, 0, NULL) != ORM_OK)
        fail_msg("%s: %s", sql, orm_em_error(test.em)->message);
}

static const char *one_value(const char *sql)
{
    orm_rows *rows;

    assert_int_equal(orm_execute(test.em, sql, NULL, 0, &rows), ORM_OK);
    return orm_rows_text(rows, 0, 0);
}

static int set_up(void **state)
{
    orm_error error;

    (void)state;
    test.arena = orm_arena_new(NULL, NULL, "test");
    if (orm_open(&(orm_config){ .url = getenv("ORM_TEST_URL"), .preset = ORM_PRESET_MIKROORM }, &test.db, &error) !=
        ORM_OK) {
        print_error("%s\n", error.message);
        return -1;
    }
    test.em = orm_fork(test.db, &error);
    if (test.em == NULL)
        return -1;
    run_sql("drop schema if exists public cascade; create schema public");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    orm_em_close(test.em);
    orm_close(test.db);
    orm_arena_free(test.arena);
    return 0;
}

static cc_isolation_guard *new_guard(void)
{
    orm_error           error = { 0 };
    cc_isolation_guard *guard = cc_guard_new(test.arena, test.em, &error);

    if (guard == NULL)
        fail_msg("%s", error.message);
    return guard;
}

/* What the guard sees after a statement. */
static const char *change_after(const char *sql)
{
    cc_isolation_guard *guard = new_guard();
    const char         *change;
    orm_error           error;

    run_sql(sql);
    assert_int_equal(cc_guard_check(guard, test.arena, &change, &error), ORM_OK);
    return change;
}

static void rows_are_no_change(void **state)
{
    (void)state;
    run_sql("create table t (id serial primary key, name text)");
    assert_null(change_after("insert into t (name) values ('a'); update t set name = 'b'; delete from t"));
}

static void every_kind_of_object_is_seen(void **state)
{
    static const char *const statements[] = {
        "create table u (id int)",
        "alter table t add column more int",
        "alter table t alter column name set not null",
        "alter table t alter column name set default 'x'",
        "alter table t alter column name type varchar(10)",
        "alter table t add constraint c check (name <> 'x')",
        "create index i on t (name)",
        "create view v as select 1 as one",
        "create or replace view v as select 2 as one",
        "create materialized view m as select 1 as one",
        "create type colour as enum ('red')",
        "alter type colour add value 'green'",
        "create function f() returns int language sql as 'select 1'",
        "create or replace function f() returns int language sql as 'select 2'",
        "create sequence s",
        "create schema other",
        "create table other.t (id int)",
        "drop index i",
        "drop table t cascade",
    };

    (void)state;
    run_sql("drop schema if exists other cascade; create table t (id int primary key, name text)");
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
        if (change_after(statements[i]) == NULL)
            fail_msg("not seen: %s", statements[i]);
    }
    run_sql("drop schema other cascade");
}

static void the_change_is_named(void **state)
{
    (void)state;
    run_sql("create table t (id int)");
    assert_non_null(strstr(change_after("alter table t add column more int"), "t.more"));
    assert_non_null(strstr(change_after("alter table t drop column more"), "is gone"));
}

static void tables_are_emptied_whatever_points_where(void **state)
{
    cc_isolation_guard *guard;
    orm_error           error = { 0 };

    (void)state;
    run_sql("create table parent (id int primary key, child int);"
            "create table child (id int primary key, parent int not null references parent on delete restrict);"
            "alter table parent add foreign key (child) references child on delete restrict;"
            "create table \"A \"\"tree\" (id int primary key, up int references \"A \"\"tree\" on delete restrict)");
    guard = new_guard();
    run_sql("insert into parent values (1, null); insert into child values (2, 1); update parent set child = 2;"
            "insert into \"A \"\"tree\" values (1, null), (2, 1), (3, 2)");
    if (cc_guard_empty(guard, &error) != ORM_OK)
        fail_msg("%s", error.message);
    assert_string_equal(one_value("select (select count(*) from parent) + (select count(*) from child) + (select "
                                  "count(*) from \"A \"\"tree\")"),
                        "0");
}

static void no_tables_are_emptied_too(void **state)
{
    orm_error error;

    (void)state;
    assert_int_equal(cc_guard_empty(new_guard(), &error), ORM_OK);
}

static void a_table_that_is_gone_is_an_error(void **state)
{
    cc_isolation_guard *guard;
    orm_error           error;

    (void)state;
    run_sql("create table t (id int)");
    guard = new_guard();
    run_sql("drop table t");
    assert_int_equal(cc_guard_empty(guard, &error), ORM_ERR_TABLE_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_are_no_change, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_kind_of_object_is_seen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_change_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tables_are_emptied_whatever_points_where, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_tables_are_emptied_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_table_that_is_gone_is_an_error, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
