/*
 * Several entity managers at once: conflicts, threads, processes, sessions that die.
 */
#include "em_fixture.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- Conflicts ---- */

static void test_serialization(void **state)
{
    static const orm_isolation levels[] = { ORM_ISOLATION_REPEATABLE_READ, ORM_ISOLATION_SERIALIZABLE };
    world                     *w = *state;
    orm_em                    *other = orm_fork(w->db, NULL);
    tag                       *mine = orm_create(w->em, tag, .name = "t");
    tag                       *theirs;

    check(w->em, orm_flush(w->em));
    theirs = orm_find_one(other, tag, &orm_key(mine->id), NULL);
    for (size_t i = 0; i < 2; i++) {
        check(w->em, orm_begin(w->em, &(orm_transaction_options){ .isolation = levels[i] }));
        assert_sql(w, "select count(*) from tag", "1");
        theirs->name = i == 0 ? "theirs" : "theirs again";
        check(other, orm_flush(other));
        mine->name = i == 0 ? "mine" : "mine again";
        assert_int_equal(orm_flush(w->em), ORM_ERR_SERIALIZATION);
        assert_true(orm_em_error(w->em)->retryable);
        assert_string_equal(orm_em_error(w->em)->sqlstate, "40001");
        check(w->em, orm_rollback(w->em));
        check(w->em, orm_flush(w->em));
    }
    assert_sql(w, "select name from tag", "mine again");
    orm_em_close(other);
}

typedef struct locker {
    orm_em            *em;
    pthread_barrier_t *both_hold; /* passed when each has locked its first row */
    tag               *first;
    tag               *second;
    orm_status         status;
    bool               retryable;
} locker;

static void *lock_both(void *context)
{
    locker *l = context;

    l->first->name = "first";
    l->status = orm_begin(l->em, NULL);
    if (l->status == ORM_OK)
        l->status = orm_flush(l->em);
    (void)pthread_barrier_wait(l->both_hold);
    l->second->name = "second";
    if (l->status == ORM_OK)
        l->status = orm_commit(l->em);
    l->retryable = orm_em_error(l->em)->retryable;
    if (l->status != ORM_OK)
        (void)orm_rollback(l->em);
    return NULL;
}

static void test_deadlock(void **state)
{
    world            *w = *state;
    orm_em           *other = orm_fork(w->db, NULL);
    tag              *a = orm_create(w->em, tag, .name = "a");
    tag              *b = orm_create(w->em, tag, .name = "b");
    locker            l[2];
    locker           *loser;
    pthread_t         threads[2];
    pthread_barrier_t both_hold;

    check(w->em, orm_flush(w->em));
    assert_int_equal(pthread_barrier_init(&both_hold, NULL, 2), 0);
    l[0] = (locker){ .em = w->em, .both_hold = &both_hold, .first = a, .second = b };
    l[1] = (locker){ .em = other,
                     .both_hold = &both_hold,
                     .first = orm_find_one(other, tag, &orm_key(b->id), NULL),
                     .second = orm_find_one(other, tag, &orm_key(a->id), NULL) };
    w->log.quiet = true;
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, lock_both, &l[i]), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&both_hold);
    w->log.quiet = false;
    assert_int_equal((l[0].status == ORM_OK) + (l[1].status == ORM_OK), 1);
    loser = l[0].status == ORM_OK ? &l[1] : &l[0];
    assert_int_equal(loser->status, ORM_ERR_DEADLOCK);
    assert_true(loser->retryable);
    check(loser->em, orm_flush(loser->em));
    assert_sql(w, "select string_agg(name, ',' order by id) from tag",
               loser->em == w->em ? "first,second" : "second,first");
    orm_em_close(other);
}

/* ---- Threads ---- */

static void *insert_many(void *context)
{
    orm_em  *em = orm_fork(context, NULL);
    tag     *tags[50];
    intptr_t failed = em == NULL;

    for (int round = 0; round < 20 && failed == 0; round++) {
        char name[24];

        for (int i = 0; i < 50; i++) {
            snprintf(name, sizeof name, "%d", i);
            tags[i] = orm_create(em, tag, .name = name);
        }
        if (orm_flush(em) != ORM_OK)
            failed++;
        /* Rows find their entities also while others draw from the same sequence. */
        for (int i = 0; i < 50 && failed == 0; i++) {
            orm_em *fresh_em = i % 25 == 0 ? orm_fork(context, NULL) : NULL;
            tag    *loaded;

            if (fresh_em == NULL)
                continue;
            loaded = orm_find_one(fresh_em, tag, &orm_key(tags[i]->id), NULL);
            failed += loaded == NULL || strcmp(loaded->name, tags[i]->name) != 0;
            orm_em_close(fresh_em);
        }
        if (orm_clear(em) != ORM_OK)
            failed++;
    }
    orm_em_close(em);
    return (void *)failed;
}

static void test_threads(void **state)
{
    world     *w = *state;
    orm       *db;
    orm_config config = { .entities = fixture_entities, .url = getenv("ORM_TEST_URL"), .lazy = true };
    pthread_t  threads[4];

    config.preset = orm_settings_of(w->db).preset; /* without a log, which is this test's and no thread's */
    assert_int_equal(orm_open(&config, &db, NULL), ORM_OK);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, insert_many, db), 0);
    for (int i = 0; i < 4; i++) {
        void *failed;

        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    orm_close(db);
    assert_sql(w, "select count(*) || ',' || count(distinct id) from tag", "4000,4000");
}

/* ---- Processes ---- */

/* What a child does with an orm that its parent opened. Exit code 0: all well. */
static int child(world *w, tag *parents)
{
    orm_em *em = orm_fork(w->db, NULL);
    tag    *t;

    if (em == NULL)
        return 1;
    t = orm_create(em, tag, .name = "child");
    if (t == NULL || orm_flush(em) != ORM_OK)
        return 2;
    /* The parent's transaction is the parent's. */
    parents->name = "meddled with";
    if (orm_flush(w->em) != ORM_ERR_CONNECTION)
        return 3;
    orm_close(w->db);
    return 0;
}

static void test_fork(void **state)
{
    world *w = *state;
    tag   *t = orm_create(w->em, tag, .name = "parent");
    char  *before;
    char  *after;
    int    status;
    pid_t  pid;

    check(w->em, orm_begin(w->em, NULL));
    check(w->em, orm_flush(w->em));
    before = sql_value(w, "select pg_backend_pid()");
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(child(w, t));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    after = sql_value(w, "select pg_backend_pid()");
    assert_string_equal(before, after);
    free(before);
    free(after);
    check(w->em, orm_commit(w->em));
    assert_sql(w, "select string_agg(name, ',' order by name) from tag", "child,parent");
}

/* ---- Sessions that die ---- */

static void end_session(world *w, const char *pid)
{
    orm_em *other = orm_fork(w->db, NULL);
    char    text[128];

    snprintf(text, sizeof text, "select pg_terminate_backend(%s, 10000)", pid);
    check(other, orm_execute(other, text, NULL, 0, NULL));
    orm_em_close(other);
}

typedef struct assassin {
    world *w;
    char  *pid;
} assassin;

static void *end_session_soon(void *context)
{
    assassin *a = context;

    usleep(200000);
    end_session(a->w, a->pid);
    return NULL;
}

/* While the server is busy with our flush. */
static void test_killed_in_flush(void **state)
{
    world    *w = *state;
    assassin  a = { .w = w };
    tag      *t;
    pthread_t thread;

    sql(w, "create or replace function nap() returns trigger language plpgsql as"
           " 'begin perform pg_sleep(20); return new; end';"
           "create trigger nap before insert on tag for each row when (new.name = 'nap') execute function nap()");
    check(w->em, orm_begin(w->em, NULL));
    a.pid = sql_value(w, "select pg_backend_pid()");
    orm_create(w->em, tag, .name = "first");
    check(w->em, orm_flush(w->em));
    t = orm_create(w->em, tag, .name = "nap");
    w->log.quiet = true;
    assert_int_equal(pthread_create(&thread, NULL, end_session_soon, &a), 0);
    assert_int_equal(orm_flush(w->em), ORM_ERR_CONNECTION);
    assert_true(orm_em_error(w->em)->retryable);
    pthread_join(thread, NULL);
    w->log.quiet = false;
    free(a.pid);
    assert_false(orm_in_transaction(w->em));
    assert_null(t->id);
    t->name = "awake";
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select string_agg(name, ',' order by name) from tag", "awake,first");
    sql(w, "drop trigger nap on tag");
}

/* Nobody can know whether such a COMMIT has happened. */
static void test_killed_in_commit(void **state)
{
    world *w = *state;
    tag   *t = orm_create(w->em, tag, .name = "t");

    sql(w, "create or replace function die() returns trigger language plpgsql as"
           " 'begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(5); return new; end';"
           "create constraint trigger die after insert on tag deferrable initially deferred"
           " for each row execute function die()");
    assert_error(w, (orm_flush(w->em), ORM_ERR_AMBIGUOUS_COMMIT), "", "");
    assert_false(orm_in_transaction(w->em));
    assert_null(t->id);
    sql(w, "drop trigger die on tag");
    assert_sql(w, "select count(*) from tag", "0");
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from tag", "1");
}

/* Pooled sessions that died meanwhile are not noticed by anybody. */
static void test_killed_while_idle(void **state)
{
    world  *w = *state;
    char   *pid = sql_value(w, "select pg_backend_pid()");
    orm_em *holder = orm_fork(w->db, NULL);

    check(holder, orm_begin(holder, NULL)); /* takes the session */
    check(w->em, orm_begin(w->em, NULL));
    check(holder, orm_rollback(holder));
    check(w->em, orm_rollback(w->em));
    /* The second argument has it wait until they are gone: else the sessions may die a moment after they were looked at. */
    sql(w, "do $$ begin perform pg_terminate_backend(pid, 10000) from pg_stat_activity"
           " where pid <> pg_backend_pid() and backend_type = 'client backend'; end $$");
    orm_create(holder, tag, .name = "t");
    check(holder, orm_begin(holder, NULL));
    check(w->em, orm_begin(w->em, NULL));
    check(holder, orm_commit(holder));
    check(w->em, orm_commit(w->em));
    assert_sql(w, "select count(*) from tag", "1");
    orm_em_close(holder);
    free(pid);
}

/* A prepared statement outlives the table that it was made for. */
static void test_schema_changes(void **state)
{
    world   *w = *state;
    orm_list list;

    orm_create(w->em, tag, .name = "t");
    check(w->em, orm_flush(w->em));
    for (int i = 0; i < 3; i++) {
        check(w->em, orm_find(w->em, tag, &orm_eq("name", "t"), NULL, &list));
        assert_int_equal(list.count, 1);
        sql(w, i == 0   ? "alter table tag add column more int"
               : i == 1 ? "alter table tag alter name type text"
                        : "alter table tag drop column more");
    }
    check(w->em, orm_find(w->em, tag, &orm_eq("name", "t"), NULL, &list));
    assert_int_equal(list.count, 1);
    sql(w, "alter table tag alter name type varchar(255)");
    orm_create(w->em, tag, .name = "u");
    check(w->em, orm_flush(w->em));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_serialization, fresh),     cmocka_unit_test_setup(test_deadlock, fresh),
        cmocka_unit_test_setup(test_threads, fresh),           cmocka_unit_test_setup(test_fork, fresh),
        cmocka_unit_test_setup(test_killed_in_flush, fresh),   cmocka_unit_test_setup(test_killed_in_commit, fresh),
        cmocka_unit_test_setup(test_killed_while_idle, fresh), cmocka_unit_test_setup(test_schema_changes, fresh),
    };

    return RUN_IN_BOTH_PRESETS(tests);
}
