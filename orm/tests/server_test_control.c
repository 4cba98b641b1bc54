/*
 * What an entity manager is told besides its work: to stop, to be done by some time, how to be called in the log; and the
 * pool of its orm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <orm/orm.h>

typedef struct thing {
    int32_t     id;
    const char *name;
} thing;

static const orm_property thing_properties[] = {
    ORM_INTEGER(thing, id, .primary = true),
    ORM_STRING(thing, name),
};
ORM_ENTITY(thing, "Thing", thing_properties);

typedef struct heard {
    size_t count;
    bool   slow;
    char   label[32];
    char   sql[128];
} heard;

static void listen_to(void *context, const orm_log_event *event)
{
    heard *h = context;

    if (event->kind != ORM_LOG_QUERY)
        return;
    h->count++;
    h->slow = event->slow;
    snprintf(h->label, sizeof h->label, "%s", event->label != NULL ? event->label : "");
    snprintf(h->sql, sizeof h->sql, "%s", event->message);
}

static orm *open_orm(orm_config config)
{
    orm      *o;
    orm_error error;

    config.url = getenv("ORM_TEST_URL");
    if (config.url == NULL)
        fail_msg("ORM_TEST_URL is not set: run this as ci/with-postgres %s", "PROGRAM");
    config.entities = ORM_ENTITIES(thing);
    if (orm_open(&config, &o, &error) != ORM_OK)
        fail_msg("%s", error.message);
    return o;
}

static void check(orm_em *em, orm_status status)
{
    if (status != ORM_OK)
        fail_msg("%s", orm_em_error(em)->message);
}

static void make_table(orm_em *em)
{
    check(em,
          orm_execute(
              em, "drop table if exists thing; create table thing (id serial primary key, name varchar(255) not null)",
              NULL, 0, NULL));
}

/* ---- Stopping ---- */

/* Cancels as soon as another entity manager sees the sleep. */
static void *cancel_sleep(void *argument)
{
    orm_em   *em = argument;
    orm_em   *other = orm_fork(orm_em_orm(em), NULL);
    orm_rows *rows = NULL;

    do {
        orm_rows_free(other, rows);
        usleep(2000);
    } while (orm_execute(other, "select from pg_stat_activity where wait_event = 'PgSleep'", NULL, 0, &rows) ==
                 ORM_OK &&
             orm_rows_count(rows) == 0);
    assert_int_equal(orm_cancel(em), ORM_OK);
    orm_em_close(other);
    return NULL;
}

/* A trigger that sleeps stands for any long statement of a flush. */
static void a_flush_is_cancelled_and_can_be_repeated(void **state)
{
    for (int preset = 0; preset < 2; preset++) {
        orm      *o = open_orm((orm_config){ .preset = (orm_preset)preset });
        orm_em   *em = orm_fork(o, NULL);
        thing    *t;
        orm_rows *rows;
        pthread_t thread;

        (void)state;
        make_table(em);
        check(em, orm_execute(em,
                              "create or replace function nap() returns trigger language plpgsql as"
                              " 'begin perform pg_sleep(60); return new; end';"
                              "create trigger nap before insert on thing for each row execute function nap()",
                              NULL, 0, NULL));
        t = orm_create(em, thing, .name = "slow");
        assert_int_equal(pthread_create(&thread, NULL, cancel_sleep, em), 0);
        assert_int_equal(orm_flush(em), ORM_ERR_CANCELLED);
        pthread_join(thread, NULL);
        assert_int_equal(orm_em_error(em)->number, 357);
        assert_int_equal(t->id, 0);
        assert_false(orm_in_transaction(em));
        check(em, orm_execute(em, "drop trigger nap on thing", NULL, 0, NULL));
        check(em, orm_flush(em));
        check(em, orm_execute(em, "select name from thing", NULL, 0, &rows));
        assert_int_equal(orm_rows_count(rows), 1);
        orm_em_close(em);
        orm_close(o);
    }
}

static orm_status cancel_itself(orm_em *em, void *context)
{
    orm_create(em, thing, .name = "never");
    assert_int_equal(orm_cancel(em), ORM_OK); /* as another thread would between two calls */
    return orm_flush(em) == ORM_ERR_CANCELLED ? ORM_ERR_CANCELLED : (*(int *)context = 1, ORM_OK);
}

static orm_status cancel_the_commit(orm_em *em, void *context)
{
    (void)context;
    orm_create(em, thing, .name = "never");
    check(em, orm_flush(em));
    return orm_cancel(em);
}

static void a_transaction_is_cancelled_between_its_calls(void **state)
{
    for (int preset = 0; preset < 2; preset++) {
        orm      *o = open_orm((orm_config){ .preset = (orm_preset)preset });
        orm_em   *em = orm_fork(o, NULL);
        int       failures = 0;
        orm_rows *rows;

        (void)state;
        make_table(em);
        assert_int_equal(orm_transactional(em, cancel_itself, &failures, NULL), ORM_ERR_CANCELLED);
        assert_int_equal(orm_transactional(em, cancel_the_commit, &failures, NULL), ORM_ERR_CANCELLED);
        assert_int_equal(failures, 0);
        assert_false(orm_in_transaction(em));
        assert_int_equal(orm_cancel(em), ORM_OK); /* nothing runs: nothing happens */
        check(em, orm_execute(em, "select from thing", NULL, 0, &rows));
        assert_int_equal(orm_rows_count(rows), 0);
        orm_em_close(em);
        orm_close(o);
    }
    assert_int_equal(orm_cancel(NULL), ORM_ERR_ARGUMENT);
}

static void a_deadline_is_for_all_calls(void **state)
{
    orm      *o = open_orm((orm_config){ 0 });
    orm_em   *em = orm_fork(o, NULL);
    orm_list  list;
    orm_rows *rows;

    (void)state;
    make_table(em);
    check(em, orm_begin(em, NULL));
    check(em, orm_set_deadline(em, 300));
    check(em, orm_execute(em, "select pg_sleep(0.01)", NULL, 0, NULL));
    assert_int_equal(orm_execute(em, "select pg_sleep(60)", NULL, 0, NULL), ORM_ERR_CANCELLED);
    assert_non_null(strstr(orm_em_error(em)->message, "the deadline of 300 ms has passed"));
    check(em, orm_rollback(em));
    assert_int_equal(orm_find(em, thing, NULL, NULL, &list), ORM_ERR_CANCELLED);
    check(em, orm_set_deadline(em, 0));
    check(em, orm_execute(em, "select 1", NULL, 0, &rows));
    assert_int_equal(orm_set_deadline(NULL, 1), ORM_ERR_ARGUMENT);
    orm_em_close(em);
    orm_close(o);
}

/* ---- The log ---- */

static void slow_statements_are_marked(void **state)
{
    heard   h = { .count = 0 };
    orm    *o = open_orm((orm_config){ .log = listen_to, .log_context = &h, .slow_query_ms = 50 });
    orm_em *em = orm_fork(o, NULL);

    (void)state;
    check(em, orm_execute(em, "select 1", NULL, 0, NULL));
    assert_int_equal(h.count, 1);
    assert_false(h.slow);
    assert_string_equal(h.label, "");
    check(em, orm_set_label(em, "report"));
    check(em, orm_execute(em, "select pg_sleep(0.06)", NULL, 0, NULL));
    assert_true(h.slow);
    assert_string_equal(h.label, "report");
    check(em, orm_begin(em, NULL));
    check(em, orm_set_label(em, "other")); /* the connection is held: from now on */
    check(em, orm_execute(em, "select 1", NULL, 0, NULL));
    assert_string_equal(h.label, "other");
    check(em, orm_rollback(em));
    check(em, orm_set_label(em, NULL));
    check(em, orm_execute(em, "select 1", NULL, 0, NULL));
    assert_string_equal(h.label, "");
    assert_int_equal(orm_set_label(NULL, "x"), ORM_ERR_ARGUMENT);
    orm_em_close(em);
    orm_close(o);

    h = (heard){ .count = 0 };
    o = open_orm((orm_config){ .log = listen_to, .log_context = &h, .slow_query_ms = 50, .log_slow_only = true });
    em = orm_fork(o, NULL);
    check(em, orm_execute(em, "select 1", NULL, 0, NULL));
    assert_int_equal(orm_execute(em, "select nothing", NULL, 0, NULL), ORM_ERR_INVALID_FIELD);
    assert_int_equal(h.count, 0);
    check(em, orm_execute(em, "select pg_sleep(0.06)", NULL, 0, NULL));
    assert_int_equal(h.count, 1);
    assert_true(h.slow);
    assert_string_equal(h.sql, "select pg_sleep(0.06)");
    orm_em_close(em);
    orm_close(o);
}

/* ---- The pool ---- */

static void the_pool_can_be_watched(void **state)
{
    orm           *o = open_orm((orm_config){ .pool = { .max = 1, .wait_timeout_ms = 50, .idle_timeout_ms = 20 } });
    orm_em        *em = orm_fork(o, NULL);
    orm_em        *other = orm_fork(o, NULL);
    orm_pool_stats stats;

    (void)state;
    check(em, orm_begin(em, NULL));
    stats = orm_pool_stats_of(o);
    assert_int_equal(stats.max, 1);
    assert_int_equal(stats.in_use, 1);
    assert_int_equal(stats.idle, 0);
    assert_int_equal(orm_execute(other, "select 1", NULL, 0, NULL), ORM_ERR_CONNECTION);
    assert_non_null(strstr(orm_em_error(other)->message, "no connection became free within 50 ms"));
    assert_int_equal(orm_pool_stats_of(o).timed_out, 1);
    check(em, orm_rollback(em));
    check(other, orm_execute(other, "select 1", NULL, 0, NULL));
    usleep(30000);
    assert_int_equal(orm_pool_stats_of(o).open, 1);
    orm_trim_connections(o);
    assert_int_equal(orm_pool_stats_of(o).open, 0);
    assert_int_equal(orm_pool_stats_of(NULL).max, 0);
    orm_trim_connections(NULL);
    orm_em_close(other);
    orm_em_close(em);
    orm_close(o);
}

static long prepared_count(orm_em *em)
{
    orm_rows *rows;
    long      count;

    check(em, orm_execute(em, "select count(*) from pg_prepared_statements", NULL, 0, &rows));
    count = strtol(orm_rows_text(rows, 0, 0), NULL, 10);
    orm_rows_free(em, rows);
    return count;
}

static void prepared_statements_have_a_bound(void **state)
{
    static const struct {
        int  setting;
        long expected;
    } limits[] = { { 0, 3 }, { 2, 2 }, { -1, 0 } };

    (void)state;
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        orm     *o = open_orm((orm_config){ .statement_cache = limits[i].setting });
        orm_em  *em = orm_fork(o, NULL);
        orm_list list;

        make_table(em);
        for (int round = 0; round < 2; round++) {
            check(em, orm_find(em, thing, NULL, NULL, &list));
            check(em, orm_find(em, thing, &orm_eq("name", "a"), NULL, &list));
            check(em, orm_find(em, thing, &orm_eq("name", "a"), &(orm_find_options){ .limit = 1 }, &list));
        }
        assert_int_equal(prepared_count(em), limits[i].expected);
        orm_em_close(em);
        orm_close(o);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flush_is_cancelled_and_can_be_repeated),
        cmocka_unit_test(a_transaction_is_cancelled_between_its_calls),
        cmocka_unit_test(a_deadline_is_for_all_calls),
        cmocka_unit_test(slow_statements_are_marked),
        cmocka_unit_test(the_pool_can_be_watched),
        cmocka_unit_test(prepared_statements_have_a_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
