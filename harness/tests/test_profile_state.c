/*
 * What the first profile knows besides the statement or the error: what happened in the transaction before, and what it
 * asks of the server's catalogs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "harness/tests/profile_fixture.h"

#define ROLLBACK_RULE "rollback to a savepoint after a schema change"

static void check_passes(fixture *f, const char *sql)
{
    if (decide_in(f, sql, strncmp(sql, "begin", 5) != 0).action == CC_WIRE_REFUSE)
        fail_msg("refused: %s", sql);
}

static void check_rollback_refused(fixture *f, const char *sql)
{
    cc_wire_decision decision = decide_in(f, sql, true);

    if (decision.action != CC_WIRE_REFUSE)
        fail_msg("not refused: %s", sql);
    assert_true(decision.even_aborted);
    assert_string_equal(decision.error.sqlstate, "0A000");
    assert_string_equal(decision.error.message,
                        "unimplemented: ROLLBACK TO SAVEPOINT not yet supported after DDL statements");
    assert_string_equal(decision.error.hint, UNIMPLEMENTED "10735/v24.3");
}

/* ---- Savepoints and schema changes ---- */

static void test_rollback_after_a_schema_change(void **state)
{
    fixture *f = *state;

    check_passes(f, "begin; select 1; savepoint a; create table t (a int4)");
    check_rollback_refused(f, "rollback to savepoint a");
    check_rollback_refused(f, "rollback transaction to A"); /* names are folded */
    check_passes(f, "savepoint b; insert into t values (1)");
    check_passes(f, "rollback work to savepoint b"); /* no change since */
    check_passes(f, "rollback to \"A\"");            /* not there: the server says so */
    check_rollback_refused(f, "rollback to a");
    check_passes(f, "rollback; begin; insert into t values (1); savepoint a");
    check_passes(f, "rollback to a"); /* another transaction */
    assert_int_equal(used(f, ROLLBACK_RULE), 3);
}

static void test_initial_savepoint(void **state)
{
    fixture *f = *state;

    check_passes(f, "begin; set local a.b = 'c'; savepoint first; savepoint second; drop table t");
    check_passes(f, "rollback to second");
    check_passes(f, "rollback to first");
    check_passes(f, "select 1; savepoint third; truncate t");
    check_rollback_refused(f, "rollback to third");
    check_passes(f, "rollback to first");
}

static void test_savepoints_of_one_name(void **state)
{
    fixture *f = *state;

    check_passes(f, "begin; select 1; savepoint s; create table t (a int4); savepoint s");
    check_passes(f, "rollback to s"); /* the younger one */
    check_passes(f, "release s");
    check_rollback_refused(f, "rollback to s");
    check_passes(f, "release savepoint s");
    check_passes(f, "rollback to s"); /* there is none any more */
}

static void test_many_savepoints(void **state)
{
    fixture *f = *state;

    check_passes(f, "begin; select 1");
    for (size_t i = 0; i < 5000; i++)
        check_passes(f, "savepoint s");
    check_passes(f, "create table t (a int4)");
    check_rollback_refused(f, "rollback to s");
    check_passes(f, "rollback");
    check_passes(f, "savepoint");
    check_passes(f, "rollback to");
    check_passes(f, "release");
}

/* ---- What is refused in an aborted transaction, too ---- */

static void test_parser_refuses_in_an_aborted_transaction(void **state)
{
    fixture *f = *state;

    assert_true(decide(f, "truncate t restart identity").even_aborted);
    assert_true(decide(f, "create table t (a point)").even_aborted);
    assert_true(decide(f, "set constraints all deferred").even_aborted);
    assert_true(decide(f, "reindex table t").even_aborted);
    assert_true(decide(f, "create domain d as text").even_aborted);
    /* Not the parser's. */
    assert_int_equal(decide(f, "drop type t cascade").action, CC_WIRE_REFUSE);
    assert_false(decide(f, "drop type t cascade").even_aborted);
    assert_int_equal(decide_in(f, "refresh materialized view v", true).action, CC_WIRE_REFUSE);
    assert_false(decide_in(f, "refresh materialized view v", true).even_aborted);
}

/* ---- Questions ---- */

typedef struct asked {
    char        what[512];
    const char *answer;
    size_t      count;
} asked;

static const char *answer(void *context, orm_arena *arena, const char *database, const char *function,
                          const char *const *arguments, size_t count)
{
    asked *a = context;
    int    length = snprintf(a->what, sizeof a->what, "%s: %s", database, function);

    (void)arena;
    for (size_t i = 0; i < count; i++)
        length += snprintf(a->what + length, sizeof a->what - (size_t)length, ", %s",
                           arguments[i] != NULL ? arguments[i] : "(null)");
    a->count++;
    return a->answer;
}

#define CHECK_VIOLATION "new row for relation \"t\" violates check constraint \"check_b\""

static void test_check_violation(void **state)
{
    fixture      *f = *state;
    asked         a = { .answer = "b < 1:::INT8" };
    cc_wire_error error;

    cc_profile_on_ask(f->profile, answer, &a);
    decide(f, "insert into t values (1)");
    error = translate(f, "23514", CHECK_VIOLATION, "Failing row contains (1).", NULL);
    assert_string_equal(error.message, "failed to satisfy CHECK constraint (b < 1:::INT8)");
    assert_null(error.detail);
    assert_string_equal(a.what, "database: crdb_internal.check_text, s, t, check_b");
    /* Nothing is answered. */
    a.answer = NULL;
    error = translate(f, "23514", CHECK_VIOLATION, NULL, NULL);
    assert_string_equal(error.message, "failed to satisfy CHECK constraint (check_b)");
    assert_int_equal(a.count, 2);
    /* An answer is no template. */
    a.answer = "a = '{name}'";
    error = translate(f, "23514", CHECK_VIOLATION, NULL, NULL);
    assert_string_equal(error.message, "failed to satisfy CHECK constraint (a = '{name}')");
}

static void test_keys(void **state)
{
    fixture      *f = *state;
    asked         a = { .answer = "'1', 2" };
    cc_wire_error error;

    cc_profile_on_ask(f->profile, answer, &a);
    decide(f, "delete from parent");
    error = translate(f, "23505", "duplicate key value violates unique constraint \"c\"",
                      "Key (x, y)=(1, 2) already exists.", NULL);
    assert_string_equal(error.detail, "Key (x, y)=('1', 2) already exists.");
    assert_string_equal(a.what, "database: crdb_internal.key_text, s, t, c, 1, 2");
    error = translate(f, "23503", "insert or update on table \"t\" violates foreign key constraint \"c\"",
                      "Key (x, y)=(1, 2) is not present in table \"parent\".", NULL);
    assert_string_equal(error.detail, "Key (x, y)=('1', 2) is not present in table \"parent\".");
    error = translate(f, "23503",
                      "update or delete on table \"parent\" violates foreign key constraint \"c\" on table \"child\"",
                      "Key (x, y)=(1, 2) is still referenced from table \"child\".", NULL);
    assert_string_equal(error.detail, "Key (x, y)=('1', 2) is still referenced from table \"child\".");
    /* The key is the child's. */
    assert_string_equal(a.what, "database: crdb_internal.key_text, s, child, c, 1, 2");
    a.answer = NULL;
    error = translate(f, "23505", "duplicate key value violates unique constraint \"c\"",
                      "Key (x, y)=(a, 2) already exists.", NULL);
    assert_string_equal(error.detail, "Key (x, y)=('a', 2) already exists.");
}

static void test_nothing_is_asked_in_vain(void **state)
{
    fixture *f = *state;
    asked    a = { .answer = "x" };

    cc_profile_on_ask(f->profile, answer, &a);
    decide(f, "select 1");
    (void)translate(f, "23502", "null value in column \"x\" of relation \"t\" violates not-null constraint", NULL,
                    NULL);
    (void)translate(f, "23505", "duplicate key value violates unique constraint \"c\"", NULL, NULL); /* no detail */
    assert_int_equal(a.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rollback_after_a_schema_change, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_initial_savepoint, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_savepoints_of_one_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_savepoints, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parser_refuses_in_an_aborted_transaction, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_check_violation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_is_asked_in_vain, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
