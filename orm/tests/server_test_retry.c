/* Retries: real conflicts between entity managers, errors that the server raises, what is never repeated. */
#include "em_fixture.h"

static const orm_retry_policy quickly = { .attempts = 4, .max_delay_ms = 1 };

typedef struct job {
    world      *w;
    orm_em     *rival;
    const char *rival_sql; /* what the rival does after this one has read */
    unsigned    rivals;    /* in how many attempts */
    const char *sql;       /* what this one does then, raw; NULL: it updates the tag */
    bool        swallow;   /* pass over the conflict */
    bool        go_on;     /* and send another statement */
    unsigned    calls;
    orm_em     *last_em;
    orm_status  seen; /* what its statement gave */
} job;

static orm_status work(orm_em *em, void *context)
{
    job *j = context;
    tag *t;

    j->calls++;
    assert_int_equal(orm_attempt(em), j->calls);
    j->last_em = em;
    t = orm_find_one(em, tag, &orm_eq("id", "1"), NULL);
    if (t == NULL)
        return orm_em_error(em)->status;
    if (j->rival != NULL && j->calls <= j->rivals)
        check(j->rival, orm_execute(j->rival, j->rival_sql, NULL, 0, NULL));
    if (j->sql != NULL && j->calls <= j->rivals) {
        j->seen = orm_execute(em, j->sql, NULL, 0, NULL);
    } else {
        char name[64];

        snprintf(name, sizeof name, "%s mine", t->name);
        t->name = orm_strdup(em, name);
        j->seen = orm_flush(em);
    }
    if (j->seen == ORM_OK || !j->swallow)
        return j->seen;
    return j->go_on ? orm_execute(em, "select 1", NULL, 0, NULL) : ORM_OK;
}

static const char all_tags[] = "select string_agg(name, ',' order by id) from tag";

static void start(world *w)
{
    sql(w, "truncate tag restart identity");
    sql(w, "insert into tag (name) values ('a')");
    sql_log_clear(&w->log);
}

/* The rival changes the row between this one's reading and writing: two times, then it lets it. */
static void test_conflict(void **state)
{
    static const orm_isolation   levels[] = { ORM_ISOLATION_REPEATABLE_READ, ORM_ISOLATION_SERIALIZABLE };
    static const orm_propagation ways[] = { ORM_PROPAGATION_NESTED, ORM_PROPAGATION_REQUIRED,
                                            ORM_PROPAGATION_REQUIRES_NEW };
    world                       *w = *state;
    orm_em                      *rival = orm_fork(w->db, NULL);

    for (size_t i = 0; i < 6; i++) {
        job j = { .w = w, .rival = rival, .rivals = 2, .rival_sql = "update tag set name = name || ' theirs'" };

        start(w);
        check(w->em, orm_transactional(w->em, work, &j,
                                       &(orm_transaction_options){
                                           .isolation = levels[i % 2], .propagation = ways[i / 2], .retry = quickly }));
        assert_int_equal(j.calls, 3);
        assert_int_equal(orm_em_error(w->em)->status, ORM_OK);
        /* Each attempt has read the row anew: nothing that was written got lost. */
        assert_sql(w, all_tags, "a theirs theirs mine");
    }
    orm_em_close(rival);
}

static void test_off_by_default(void **state)
{
    world  *w = *state;
    orm_em *rival = orm_fork(w->db, NULL);

    for (unsigned attempts = 0; attempts < 2; attempts++) {
        job j = { .w = w, .rival = rival, .rivals = 1, .rival_sql = "update tag set name = 'theirs'" };

        start(w);
        assert_int_equal(orm_transactional(w->em, work, &j,
                                           &(orm_transaction_options){ .isolation = ORM_ISOLATION_SERIALIZABLE,
                                                                       .retry.attempts = attempts }),
                         ORM_ERR_SERIALIZATION);
        assert_ptr_equal(j.last_em, w->em);
        assert_int_equal(j.calls, 1);
        assert_sql(w, all_tags, "theirs");
        check(w->em, orm_clear(w->em));
    }
    orm_em_close(rival);
}

static void test_last_attempt(void **state)
{
    world  *w = *state;
    orm_em *rival = orm_fork(w->db, NULL);
    job     j = { .w = w, .rival = rival, .rivals = 99, .rival_sql = "update tag set name = name || '.'" };

    start(w);
    assert_int_equal(
        orm_transactional(w->em, work, &j,
                          &(orm_transaction_options){ .isolation = ORM_ISOLATION_SERIALIZABLE, .retry = quickly }),
        ORM_ERR_SERIALIZATION);
    assert_int_equal(j.calls, 4);
    assert_string_equal(orm_em_error(w->em)->sqlstate, "40001");
    assert_true(orm_em_error(w->em)->retryable);
    assert_sql(w, all_tags, "a....");

    /* A bound on the whole: the first wait would be longer. */
    j.calls = 0;
    assert_int_equal(
        orm_transactional(
            w->em, work, &j,
            &(orm_transaction_options){
                .isolation = ORM_ISOLATION_SERIALIZABLE,
                .retry = { .attempts = 4, .first_delay_ms = 600000, .max_delay_ms = 600000, .max_total_ms = 200 } }),
        ORM_ERR_SERIALIZATION);
    assert_int_equal(j.calls, 1);
    orm_em_close(rival);
}

static const char raise_40001[] = "do $$ begin raise exception 'again' using errcode = '40001'; end $$";

/* Passing over a conflict helps nobody: it is still the reason. */
static void test_swallowed(void **state)
{
    world *w = *state;

    for (int go_on = 0; go_on < 2; go_on++) {
        job j = { .w = w, .rivals = 1, .sql = raise_40001, .swallow = true, .go_on = go_on == 1 };

        start(w);
        check(w->em, orm_transactional(w->em, work, &j, &(orm_transaction_options){ .retry = quickly }));
        assert_int_equal(j.calls, 2);
        assert_int_equal(j.seen, ORM_OK);
        assert_sql(w, all_tags, "a mine");

        /* Another failure that was passed over is none. */
        j = (job){ .w = w, .rivals = 1, .sql = "select * from nowhere", .swallow = true, .go_on = go_on == 1 };
        assert_int_equal(orm_transactional(w->em, work, &j, &(orm_transaction_options){ .retry = quickly }),
                         ORM_ERR_TRANSACTION_ABORTED);
        assert_int_equal(j.calls, 1);
    }
}

/* Does something when a transaction that wrote to `bell` commits, the first two times. */
static void arm_commit(world *w, const char *action)
{
    char text[1024];

    snprintf(text, sizeof text,
             "set client_min_messages = warning;"
             "drop table if exists bell; drop sequence if exists rung; create sequence rung; create table bell (a int);"
             "create or replace function ring() returns trigger language plpgsql as $$ begin"
             " if nextval('rung') <= 2 then %s end if; return null; end $$;"
             "create constraint trigger bell_rings after insert on bell deferrable initially deferred"
             " for each row execute function ring();",
             action);
    sql(w, text);
    sql_log_clear(&w->log);
}

static orm_status ring(orm_em *em, void *context)
{
    job *j = context;

    j->calls++;
    return orm_execute(em, j->sql, NULL, 0, NULL);
}

static void test_at_commit(void **state)
{
    world *w = *state;
    job    j = { .sql = "insert into bell values (1)" };

    arm_commit(w, "raise exception 'at commit' using errcode = '40001';");
    check(w->em, orm_transactional(w->em, ring, &j, &(orm_transaction_options){ .retry = quickly }));
    assert_int_equal(j.calls, 3);
    assert_sql(w, "select count(*) from bell", "1");

    /* Deadlocks only where they are asked for. */
    j.calls = 0;
    arm_commit(w, "raise exception 'at commit' using errcode = '40P01';");
    assert_int_equal(orm_transactional(w->em, ring, &j, &(orm_transaction_options){ .retry = quickly }),
                     ORM_ERR_DEADLOCK);
    assert_int_equal(j.calls, 1);
    check(w->em, orm_transactional(
                     w->em, ring, &j,
                     &(orm_transaction_options){ .retry = { .attempts = 4, .max_delay_ms = 1, .deadlocks = true } }));
    assert_int_equal(j.calls, 3);
    sql(w, "drop table bell");
}

/* It may have happened: never again. */
static void test_ambiguous(void **state)
{
    static const char *const actions[] = { "raise exception 'result is ambiguous' using errcode = '40003';",
                                           "perform pg_terminate_backend(pg_backend_pid());" };
    world                   *w = *state;

    for (size_t i = 0; i < 2; i++) {
        job j = { .sql = "insert into bell values (1)" };

        arm_commit(w, actions[i]);
        assert_int_equal(orm_transactional(w->em, ring, &j,
                                           &(orm_transaction_options){
                                               .retry = { .attempts = 4, .max_delay_ms = 1, .deadlocks = true } }),
                         ORM_ERR_AMBIGUOUS_COMMIT);
        assert_int_equal(j.calls, 1);
        assert_false(orm_em_error(w->em)->retryable);
        assert_sql(w, "select count(*) from bell", "0");
    }
    sql(w, "drop table bell");
}

/* ---- A fresh unit of work ---- */

typedef struct fresh_job {
    tag       *outside;
    unsigned   calls;
    orm_status refused;
    int        number;
} fresh_job;

static orm_status create_and_fail(orm_em *em, void *context)
{
    fresh_job *j = context;
    orm_list   list;

    j->calls++;
    j->refused = orm_persist(em, j->outside);
    j->number = orm_em_error(em)->number;
    check(em, orm_find(em, tag, NULL, NULL, &list));
    /* Neither what an earlier attempt has written, nor what is pending outside. */
    assert_int_equal(list.count, 0);
    assert_non_null(orm_create(em, tag, .name = "created"));
    check(em, orm_flush(em));
    assert_non_null(orm_create(em, tag, .name = "pending"));
    return j->calls < 3 ? ORM_ERR_SERIALIZATION : ORM_OK;
}

static void test_fresh_unit(void **state)
{
    world    *w = *state;
    fresh_job j = { .outside = orm_create(w->em, tag, .name = "outside") };

    check(w->em, orm_transactional(w->em, create_and_fail, &j, &(orm_transaction_options){ .retry = quickly }));
    assert_int_equal(j.calls, 3);
    assert_int_equal(j.refused, ORM_ERR_ARGUMENT);
    assert_int_equal(j.number, 508);
    assert_sql(w, all_tags, "created,pending");
    /* What was pending outside still is, and is the caller's. */
    assert_string_equal(j.outside->name, "outside");
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select string_agg(name, ',' order by name) from tag", "created,outside,pending");
}

static void test_stale_outside(void **state)
{
    world *w = *state;
    tag   *t;
    job    j = { .w = w };

    start(w);
    t = orm_find_one(w->em, tag, &orm_key("1"), NULL);
    check(w->em, orm_transactional(w->em, work, &j, &(orm_transaction_options){ .retry = quickly }));
    assert_string_equal(t->name, "a");
    assert_ptr_equal(orm_find_one(w->em, tag, &orm_key("1"), &(orm_find_options){ .refresh = true }), t);
    assert_string_equal(t->name, "a mine");
}

/* ---- Inner transactions ---- */

typedef struct nesting {
    job                     inner;
    orm_transaction_options options;
    unsigned                calls;
} nesting;

static orm_status nest(orm_em *em, void *context)
{
    nesting *n = context;

    n->calls++;
    assert_int_equal(orm_attempt(em), n->options.propagation == ORM_PROPAGATION_REQUIRES_NEW ? 1 : n->calls);
    if (orm_execute(em, "insert into tag (name) values ('outer')", NULL, 0, NULL) != ORM_OK)
        return orm_em_error(em)->status;
    return orm_transactional(em, ring, &n->inner, &n->options);
}

/* Two conflicts in the inner one: the outer one runs three times, the inner one never by itself. */
static void test_inner(void **state)
{
    static const orm_propagation ways[] = { ORM_PROPAGATION_REQUIRED, ORM_PROPAGATION_NESTED,
                                            ORM_PROPAGATION_MANDATORY };
    world                       *w = *state;

    for (size_t i = 0; i < 3; i++) {
        nesting n = { .inner.sql = "do $$ begin if nextval('rung') <= 2 then raise exception 'again' using errcode ="
                                   " '40001'; end if; end $$",
                      .options.propagation = ways[i] };

        start(w);
        if (ways[i] != ORM_PROPAGATION_MANDATORY)
            n.options.retry = quickly;
        sql(w, "drop sequence if exists rung cascade; create sequence rung");
        check(w->em, orm_transactional(w->em, nest, &n, &(orm_transaction_options){ .retry = quickly }));
        assert_int_equal(n.calls, 3);
        assert_int_equal(n.inner.calls, 3);
        assert_sql(w, all_tags, "a,outer");

        /* And without retries outside there are none. */
        sql(w, "select setval('rung', 1, false)");
        n.calls = n.inner.calls = 0;
        assert_int_equal(orm_transactional(w->em, nest, &n, NULL), ORM_ERR_SERIALIZATION);
        assert_int_equal(n.inner.calls, 1);
    }
}

/* Another transaction has retries of its own. */
static void test_inner_requires_new(void **state)
{
    world  *w = *state;
    nesting n = { .inner.sql =
                      "do $$ begin if nextval('rung') <= 2 then raise exception 'again' using errcode = '40001';"
                      " end if; insert into tag (name) values ('inner'); end $$",
                  .options = { .propagation = ORM_PROPAGATION_REQUIRES_NEW, .retry = quickly } };

    start(w);
    sql(w, "drop sequence if exists rung cascade; create sequence rung");
    check(w->em, orm_transactional(w->em, nest, &n, NULL));
    assert_int_equal(n.calls, 1);
    assert_int_equal(n.inner.calls, 3);
    assert_sql(w, "select string_agg(name, ',' order by name) from tag", "a,inner,outer");
}

/* ---- The log ---- */

static char told[256];

static void remember(void *context, const orm_log_event *event)
{
    (void)context;
    if (event->kind == ORM_LOG_INFO)
        snprintf(told, sizeof told, "%s", event->message);
}

static void test_log(void **state)
{
    world     *w = *state;
    orm_config config = fixture_config(w, ORM_PRESET_NATIVE);
    job        j = { .sql = raise_40001 };
    orm       *db;
    orm_em    *em;

    config.log = remember;
    assert_int_equal(orm_open(&config, &db, NULL), ORM_OK);
    em = orm_fork(db, NULL);
    told[0] = '\0';
    assert_int_equal(orm_transactional(em, ring, &j, &(orm_transaction_options){ .retry = { 2, 1, 1, 0, false } }),
                     ORM_ERR_SERIALIZATION);
    assert_string_equal(told, "attempt 1 of 2 of a transaction failed (serialization failure): the next one follows in 1 ms");
    orm_close(db);
}

/*
 * A table that was altered under a prepared statement: outside of a transaction the statement is prepared anew and nobody
 * notices. In one, a flush's own as well, the server has aborted it: nothing was written, and the next attempt does it.
 */
static void test_altered_table(void **state)
{
    world *w = *state;
    bool   prepares = orm_settings_of(w->db).protocol == ORM_PROTOCOL_EXTENDED;
    tag   *t;

    orm_create(w->em, tag, .name = "a");
    check(w->em, orm_flush(w->em));
    check(w->em, orm_clear(w->em));
    assert_non_null(orm_find_one(w->em, tag, &orm_eq("name", "a"), NULL));
    sql(w, "alter table tag alter column id type int");
    check(w->em, orm_clear(w->em));
    assert_non_null(orm_find_one(w->em, tag, &orm_eq("name", "a"), NULL));

    t = orm_create(w->em, tag, .name = "b");
    if (prepares) {
        assert_int_not_equal(orm_flush(w->em), ORM_OK);
        assert_true(orm_em_error(w->em)->retryable);
        assert_false(orm_in_transaction(w->em));
    }
    check(w->em, orm_flush(w->em));
    assert_string_equal(t->name, "b");
    assert_sql(w, "select count(*) from tag", "2");
    sql(w, "alter table tag alter column id type bigint");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_conflict, fresh),     cmocka_unit_test_setup(test_off_by_default, fresh),
        cmocka_unit_test_setup(test_last_attempt, fresh), cmocka_unit_test_setup(test_swallowed, fresh),
        cmocka_unit_test_setup(test_at_commit, fresh),    cmocka_unit_test_setup(test_ambiguous, fresh),
        cmocka_unit_test_setup(test_fresh_unit, fresh),   cmocka_unit_test_setup(test_stale_outside, fresh),
        cmocka_unit_test_setup(test_inner, fresh),        cmocka_unit_test_setup(test_inner_requires_new, fresh),
        cmocka_unit_test_setup(test_log, fresh),          cmocka_unit_test_setup(test_altered_table, fresh),
    };

    return RUN_IN_BOTH_PRESETS(tests);
}
