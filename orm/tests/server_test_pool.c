/*
 * The pool: limits, waiting in line, connections that die, a server that restarts, threads, children. These tests are
 * also run under ThreadSanitizer, so none of them has a log.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "driver_fixture.h"

static orm_pool *new_pool(orm_pool_options options)
{
    orm_config   config = { .url = getenv("ORM_TEST_URL"), .pool = options };
    orm_settings settings;
    orm_pool    *pool;
    orm_error    error;

    if (config.url == NULL)
        fail_msg("ORM_TEST_URL is not set: run this as ci/with-postgres %s", "PROGRAM");
    assert_int_equal(orm_settings_resolve(&config, &settings, &error), ORM_OK);
    assert_int_equal(orm_pool_new(&config, &settings, &pool, &error), ORM_OK);
    return pool;
}

static orm_connection *acquire(orm_pool *pool)
{
    orm_connection *c;
    orm_error       error;

    if (orm_pool_acquire(pool, &c, &error) != ORM_OK)
        fail_msg("no connection: %s", error.message);
    return c;
}

static long number(orm_connection *c, const char *sql)
{
    orm_result *result;
    orm_error   error;
    long        n;

    if (orm_connection_run_text(c, sql, &result, &error) != ORM_OK)
        fail_msg("%s: %s", sql, error.message);
    n = strtol(orm_result_data(result, 0, 0, NULL), NULL, 10);
    orm_result_free(result);
    return n;
}

static pid_t backend(orm_connection *c)
{
    return (pid_t)number(c, "select pg_backend_pid()");
}

static void wait_until_waiting(orm_pool *pool, size_t count)
{
    while (orm_pool_statistics(pool).waiting != count)
        usleep(1000);
}

/* ---- Limits ---- */

static void limits_must_make_sense(void **state)
{
    orm_config   config = { .pool = { .min = 11 } };
    orm_settings settings;
    orm_pool    *pool = (orm_pool *)&config;
    orm_error    error;

    (void)state;
    assert_int_equal(orm_settings_resolve(&config, &settings, &error), ORM_OK);
    assert_int_equal(orm_pool_new(&config, &settings, &pool, &error), ORM_ERR_CONFIG);
    assert_null(pool);
    assert_string_equal(error.message, "pool.min is 11, more than pool.max, which is 10 by default");
    config.pool = (orm_pool_options){ .min = 3, .max = 2 };
    assert_int_equal(orm_pool_new(&config, &settings, &pool, &error), ORM_ERR_CONFIG);
    config.pool = (orm_pool_options){ 0 };
    config.statement_cache = -2;
    assert_int_equal(orm_pool_new(&config, &settings, &pool, &error), ORM_ERR_CONFIG);
    assert_non_null(strstr(error.message, "statement_cache is -2"));
}

static void an_exhausted_pool_says_so(void **state)
{
    orm_pool       *pool = new_pool((orm_pool_options){ .max = 2, .wait_timeout_ms = 150 });
    orm_connection *a = acquire(pool);
    orm_connection *b = acquire(pool);
    orm_connection *c = a;
    orm_error       error;
    uint64_t        start = orm_clock_ns();

    (void)state;
    assert_int_equal(orm_pool_acquire(pool, &c, &error), ORM_ERR_CONNECTION);
    assert_null(c);
    assert_true(orm_clock_ns() - start >= 150000000);
    assert_string_equal(error.message, "no connection became free within 150 ms: all 2 of the pool are in use");
    assert_non_null(strstr(error.hint, "pool.max"));
    assert_true(error.retryable);
    assert_int_equal(orm_pool_statistics(pool).timed_out, 1);
    assert_int_equal(orm_pool_statistics(pool).waiting, 0);
    assert_int_equal(orm_pool_statistics(pool).in_use, 2);
    orm_pool_release(pool, b);
    assert_ptr_equal(acquire(pool), b);
    orm_pool_release(pool, b);
    orm_pool_release(pool, a);
    assert_int_equal(orm_pool_statistics(pool).idle, 2);
    assert_int_equal(orm_pool_statistics(pool).opened, 2);
    orm_pool_free(pool);
}

/* A place that nothing came of is free for the next one. */
static void what_cannot_connect_takes_no_place(void **state)
{
    orm_config      config = { .host = "/nowhere", .user = "nobody", .pool = { .max = 1, .wait_timeout_ms = 1 } };
    orm_settings    settings;
    orm_pool       *pool;
    orm_connection *c;
    orm_error       error;

    (void)state;
    assert_int_equal(orm_settings_resolve(&config, &settings, &error), ORM_OK);
    assert_int_equal(orm_pool_new(&config, &settings, &pool, &error), ORM_OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(orm_pool_acquire(pool, &c, &error), ORM_ERR_CONNECTION);
        assert_non_null(strstr(error.message, "/nowhere"));
    }
    assert_int_equal(orm_pool_statistics(pool).open, 0);
    orm_pool_free(pool);
}

static void idle_connections_go_down_to_the_least(void **state)
{
    orm_pool       *pool = new_pool((orm_pool_options){ .min = 1, .max = 4, .idle_timeout_ms = 50 });
    orm_connection *held[4];

    (void)state;
    for (int i = 0; i < 4; i++)
        held[i] = acquire(pool);
    for (int i = 0; i < 4; i++)
        orm_pool_release(pool, held[i]);
    assert_int_equal(orm_pool_statistics(pool).open, 4);
    usleep(60000);
    /* The one that is taken is used, however old it is; the others have to go. */
    held[0] = acquire(pool);
    assert_ptr_equal(held[0], held[3]);
    assert_int_equal(orm_pool_statistics(pool).open, 1);
    assert_int_equal(orm_pool_statistics(pool).closed, 3);
    orm_pool_release(pool, held[0]);
    usleep(60000);
    orm_pool_close_expired(pool);
    assert_int_equal(orm_pool_statistics(pool).idle, 1);
    orm_pool_free(pool);

    pool = new_pool((orm_pool_options){ .idle_timeout_ms = ORM_NO_LIMIT });
    orm_pool_release(pool, acquire(pool));
    usleep(60000);
    orm_pool_close_expired(pool);
    assert_int_equal(orm_pool_statistics(pool).idle, 1);
    orm_pool_free(pool);
}

/* ---- In line ---- */

typedef struct line {
    orm_pool *pool;
    int       order[16]; /* in which they were served; only the holder of the one connection writes */
    int       served;
} line;

typedef struct person {
    line *in;
    int   number;
    int   rounds;
} person;

static void *be_served(void *argument)
{
    person *p = argument;

    for (int i = 0; i < p->rounds; i++) {
        orm_connection *c;

        if (orm_pool_acquire(p->in->pool, &c, NULL) != ORM_OK)
            return p;
        p->in->order[p->in->served++] = p->number;
        /* Who comes back at once has to go behind those who wait. */
        orm_pool_release(p->in->pool, c);
    }
    return NULL;
}

static void who_comes_first_is_served_first(void **state)
{
    line            l = { .pool = new_pool((orm_pool_options){ .max = 1 }) };
    orm_connection *c = acquire(l.pool);
    person          people[5];
    pthread_t       threads[5];
    void           *failed;

    (void)state;
    for (int i = 0; i < 5; i++) {
        people[i] = (person){ .in = &l, .number = i, .rounds = i == 0 ? 2 : 1 };
        assert_int_equal(pthread_create(&threads[i], NULL, be_served, &people[i]), 0);
        wait_until_waiting(l.pool, (size_t)i + 1);
    }
    orm_pool_release(l.pool, c);
    for (int i = 0; i < 5; i++) {
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(l.served, 6);
    for (int i = 0; i < 5; i++)
        assert_int_equal(l.order[i], i);
    assert_int_equal(l.order[5], 0);
    orm_pool_free(l.pool);
}

/* The one that is given back is broken: who waits gets its place. */
static void a_broken_connection_leaves_its_place_to_who_waits(void **state)
{
    line            l = { .pool = new_pool((orm_pool_options){ .max = 2 }) };
    orm_connection *c = acquire(l.pool);
    orm_connection *other = acquire(l.pool);
    person          p = { .in = &l, .rounds = 1 };
    pthread_t       thread;
    char            sql[64];
    void           *failed;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, be_served, &p), 0);
    wait_until_waiting(l.pool, 1);
    snprintf(sql, sizeof sql, "select pg_terminate_backend(%d, 5000)::int", (int)backend(c));
    assert_int_equal(number(other, sql), 1);
    assert_int_equal(orm_connection_run_text(c, "select 1", NULL, NULL), ORM_ERR_CONNECTION);
    orm_pool_release(l.pool, c);
    pthread_join(thread, &failed);
    assert_null(failed);
    assert_int_equal(orm_pool_statistics(l.pool).open, 2);
    orm_pool_release(l.pool, other);
    orm_pool_free(l.pool);
}

typedef struct patient {
    orm_pool     *pool;
    orm_interrupt interrupt;
    orm_error     error;
    orm_status    status;
} patient;

static void *wait_in_vain(void *argument)
{
    patient        *p = argument;
    orm_connection *c;

    p->status = orm_pool_acquire_for(p->pool, &p->interrupt, &c, &p->error);
    return NULL;
}

static void who_waits_can_be_called_off(void **state)
{
    patient         p = { .pool = new_pool((orm_pool_options){ .max = 1, .wait_timeout_ms = ORM_NO_LIMIT }) };
    orm_connection *c = acquire(p.pool);
    pthread_t       thread;

    (void)state;
    assert_int_equal(orm_interrupt_init(&p.interrupt, NULL), ORM_OK);
    assert_int_equal(pthread_create(&thread, NULL, wait_in_vain, &p), 0);
    wait_until_waiting(p.pool, 1);
    orm_interrupt_request(&p.interrupt);
    pthread_join(thread, NULL);
    assert_int_equal(p.status, ORM_ERR_CANCELLED);
    assert_string_equal(p.error.message, "the statement was cancelled: it waited for a connection");

    orm_interrupt_clear(&p.interrupt);
    orm_interrupt_set_deadline(&p.interrupt, 50);
    wait_in_vain(&p);
    assert_int_equal(p.status, ORM_ERR_CANCELLED);
    assert_non_null(strstr(p.error.message, "the deadline of 50 ms has passed"));
    assert_int_equal(orm_pool_statistics(p.pool).waiting, 0);
    assert_int_equal(orm_pool_statistics(p.pool).timed_out, 0);
    orm_interrupt_destroy(&p.interrupt);
    orm_pool_release(p.pool, c);
    orm_pool_free(p.pool);
}

/* ---- Connections that die ---- */

static void a_dead_connection_is_replaced(void **state)
{
    orm_pool       *pool = new_pool((orm_pool_options){ 0 });
    orm_connection *c = acquire(pool);
    orm_connection *other = acquire(pool);
    pid_t           pid = backend(c);
    char            sql[64];

    (void)state;
    orm_pool_release(pool, c);
    snprintf(sql, sizeof sql, "select pg_terminate_backend(%d, 5000)::int", (int)pid);
    assert_int_equal(number(other, sql), 1);
    c = acquire(pool);
    assert_int_not_equal(backend(c), pid);
    assert_int_equal(orm_pool_statistics(pool).found_dead, 1);
    assert_int_equal(orm_pool_statistics(pool).opened, 3);
    assert_int_equal(orm_pool_statistics(pool).open, 2);
    orm_pool_release(pool, c);
    orm_pool_release(pool, other);
    orm_pool_free(pool);
}

/* Nothing on the socket tells: only asking does. */
static void a_connection_that_does_not_answer_is_replaced(void **state)
{
    orm_pool       *pool = new_pool((orm_pool_options){ .check_after_ms = 1 });
    orm_connection *c = acquire(pool);
    pid_t           pid = backend(c);

    (void)state;
    orm_pool_release(pool, c);
    usleep(2000);
    c = acquire(pool);
    assert_int_equal(backend(c), pid); /* it answers */
    orm_pool_release(pool, c);
    usleep(2000);
    if (kill(pid, SIGSTOP) != 0)
        skip();
    c = acquire(pool);
    assert_int_not_equal(backend(c), pid);
    assert_int_equal(orm_pool_statistics(pool).found_dead, 1);
    kill(pid, SIGCONT);
    orm_pool_release(pool, c);
    orm_pool_free(pool);
}

static void a_restart_of_the_server_is_survived(void **state)
{
    orm_pool       *pool = new_pool((orm_pool_options){ 0 });
    orm_connection *idle = acquire(pool);
    orm_connection *lent = acquire(pool);
    const char     *restart = getenv("ORM_TEST_RESTART");
    orm_error       error;

    (void)state;
    assert_non_null(restart);
    orm_pool_release(pool, idle);
    assert_int_equal(orm_connection_begin(lent, NULL, &error), ORM_OK);
    assert_int_equal(system(restart), 0);
    assert_int_equal(orm_connection_run_text(lent, "select 1", NULL, &error), ORM_ERR_CONNECTION);
    assert_true(error.retryable);
    orm_pool_release(pool, lent);
    idle = acquire(pool);
    assert_int_equal(number(idle, "select 1"), 1);
    lent = acquire(pool);
    assert_int_equal(number(lent, "select 2"), 2);
    orm_pool_release(pool, idle);
    orm_pool_release(pool, lent);
    assert_int_equal(orm_pool_statistics(pool).open, 2);
    orm_pool_free(pool);
}

/* ---- Threads and children ---- */

typedef struct crowd {
    orm_pool   *pool;
    atomic_int  failures;
    atomic_int  at_once;
    atomic_int  most;
    atomic_bool over;
} crowd;

static void *work(void *argument)
{
    crowd *all = argument;

    for (int i = 0; i < 50; i++) {
        orm_connection *c;
        int             now;

        if (orm_pool_acquire(all->pool, &c, NULL) != ORM_OK) {
            atomic_fetch_add(&all->failures, 1);
            continue;
        }
        now = atomic_fetch_add(&all->at_once, 1) + 1;
        for (int most = atomic_load(&all->most); now > most;) {
            if (atomic_compare_exchange_weak(&all->most, &most, now))
                break;
        }
        if (orm_connection_run_text(c, i % 7 == 0 ? "begin; select 1" : "select 1", NULL, NULL) != ORM_OK)
            atomic_fetch_add(&all->failures, 1);
        atomic_fetch_sub(&all->at_once, 1);
        orm_pool_release(all->pool, c);
    }
    return NULL;
}

static void *look_on(void *argument)
{
    crowd *all = argument;

    while (!atomic_load(&all->over)) {
        orm_pool_stats stats = orm_pool_statistics(all->pool);

        if (stats.open > 3 || stats.idle + stats.in_use != stats.open)
            atomic_fetch_add(&all->failures, 1);
        orm_pool_close_expired(all->pool);
        usleep(500);
    }
    return NULL;
}

static void many_threads_share_few_connections(void **state)
{
    crowd     all = { .pool = new_pool((orm_pool_options){ .max = 3, .idle_timeout_ms = 1 }) };
    pthread_t threads[12];
    pthread_t onlooker;

    (void)state;
    assert_int_equal(pthread_create(&onlooker, NULL, look_on, &all), 0);
    for (int i = 0; i < 12; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &all), 0);
    for (int i = 0; i < 12; i++)
        pthread_join(threads[i], NULL);
    atomic_store(&all.over, true);
    pthread_join(onlooker, NULL);
    assert_int_equal(atomic_load(&all.failures), 0);
    assert_in_range(atomic_load(&all.most), 1, 3);
    assert_int_equal(orm_pool_statistics(all.pool).in_use, 0);
    orm_pool_free(all.pool);
}

/* A pool that is full of the parent's connections is empty for a child. */
static void a_child_has_a_pool_of_its_own(void **state)
{
    orm_pool       *pool = new_pool((orm_pool_options){ .max = 2, .wait_timeout_ms = 100 });
    orm_connection *idle = acquire(pool);
    orm_connection *lent = acquire(pool);
    pid_t           pid = backend(lent);
    pid_t           child;
    int             status;

    (void)state;
    orm_pool_release(pool, idle);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        orm_connection *own[2];
        bool            fine = orm_pool_acquire(pool, &own[0], NULL) == ORM_OK &&
                    orm_pool_acquire(pool, &own[1], NULL) == ORM_OK && orm_pool_statistics(pool).opened == 2;

        orm_pool_release(pool, lent);
        fine = fine && orm_pool_statistics(pool).open == 2;
        orm_pool_release(pool, own[0]);
        orm_pool_release(pool, own[1]);
        orm_pool_free(pool);
        _exit(fine ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(backend(lent), pid);
    orm_pool_release(pool, lent);
    assert_int_equal(orm_pool_statistics(pool).open, 2);
    orm_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_must_make_sense),
        cmocka_unit_test(an_exhausted_pool_says_so),
        cmocka_unit_test(what_cannot_connect_takes_no_place),
        cmocka_unit_test(idle_connections_go_down_to_the_least),
        cmocka_unit_test(who_comes_first_is_served_first),
        cmocka_unit_test(a_broken_connection_leaves_its_place_to_who_waits),
        cmocka_unit_test(who_waits_can_be_called_off),
        cmocka_unit_test(a_dead_connection_is_replaced),
        cmocka_unit_test(a_connection_that_does_not_answer_is_replaced),
        cmocka_unit_test(a_restart_of_the_server_is_survived),
        cmocka_unit_test(many_threads_share_few_connections),
        cmocka_unit_test(a_child_has_a_pool_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
