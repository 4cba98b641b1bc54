/*
 * Retries of transactions where a server says "restart transaction" as CockroachDB does: at RELEASE SAVEPOINT, at COMMIT, and
 * with savepoints that cannot be rolled back to. A proxy says it in front of PostgreSQL, which never would.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include <orm/orm.h>

#include "harness/tests/server_folder.h"
#include "harness/wire/proxy.h"

typedef struct fixture {
    cc_wire_filter   filter;
    cc_proxy        *proxy;
    cc_proxy_options options;
    char             server_folder[256];
    pthread_t        thread;
    int              stop[2];
    const char      *refuse[2]; /* beginnings of statements; set while nothing is sent */
    const char      *sqlstate;
    atomic_int       times; /* how often they are still refused */
    orm             *db;
    orm_em          *em;
} fixture;

static void refuse_statement(void *context, void *session, orm_arena *arena, const char *sql, bool in_transaction,
                             cc_wire_decision *out)
{
    fixture *f = context;

    (void)session;
    (void)arena;
    (void)in_transaction;
    for (size_t i = 0; i < 2; i++) {
        if (f->refuse[i] == NULL || strncmp(sql, f->refuse[i], strlen(f->refuse[i])) != 0 ||
            atomic_load(&f->times) == 0)
            continue;
        atomic_fetch_sub(&f->times, 1);
        out->action = CC_WIRE_REFUSE;
        out->error = (cc_wire_error){ .sqlstate = f->sqlstate, .message = "restart transaction: RETRY_SERIALIZABLE" };
    }
}

static void *serve(void *arg)
{
    fixture  *f = arg;
    orm_error error;

    return cc_proxy_run(f->proxy, f->stop[0], &error) == ORM_OK ? NULL : f;
}

static int set_up(void **state)
{
    fixture  *f = calloc(1, sizeof *f);
    orm_error error;
    char      url[128];

    assert_non_null(f);
    f->filter = (cc_wire_filter){ .context = f, .statement = refuse_statement };
    f->sqlstate = "40001";
    find_server(f->server_folder, sizeof f->server_folder);
    f->options = (cc_proxy_options){
        .server_folder = f->server_folder, .server_port = 5432, .message_limit = 100000, .filter = &f->filter
    };
    if (cc_proxy_new(&f->options, &f->proxy, &error) != ORM_OK)
        fail_msg("%s", error.message);
    assert_int_equal(0, pipe(f->stop));
    assert_int_equal(0, pthread_create(&f->thread, NULL, serve, f));
    snprintf(url, sizeof url, "host=127.0.0.1 port=%d user=postgres dbname=postgres", cc_proxy_port(f->proxy));
    if (orm_open(&(orm_config){ .url = url }, &f->db, &error) != ORM_OK)
        fail_msg("%s", error.message);
    f->em = orm_fork(f->db, &error);
    assert_int_equal(ORM_OK, orm_execute(f->em, "create table if not exists t (a int); truncate t", NULL, 0, NULL));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    void    *failed;

    orm_close(f->db);
    close(f->stop[1]);
    pthread_join(f->thread, &failed);
    close(f->stop[0]);
    cc_proxy_free(f->proxy);
    free(f);
    return failed != NULL;
}

typedef struct calls {
    unsigned outer;
    unsigned inner;
    bool     swallow;
} calls;

static orm_status insert(orm_em *em, void *context)
{
    ((calls *)context)->inner++;
    return orm_execute(em, "insert into t values (1)", NULL, 0, NULL);
}

static orm_status nest(orm_em *em, void *context)
{
    calls     *c = context;
    orm_status status = ORM_OK;

    c->outer++;
    status = orm_transactional(em, insert, context, NULL);
    return c->swallow ? ORM_OK : status;
}

static const orm_transaction_options with_retries = { .retry = { .attempts = 4, .max_delay_ms = 1 } };

static void assert_rows(fixture *f, const char *count)
{
    orm_rows *rows = NULL;

    assert_int_equal(ORM_OK, orm_execute(f->em, "select count(*) from t", NULL, 0, &rows));
    assert_string_equal(orm_rows_text(rows, 0, 0), count);
    orm_rows_free(f->em, rows);
}

static void test_release(void **state)
{
    fixture *f = *state;

    for (int swallow = 0; swallow < 2; swallow++) {
        calls c = { .swallow = swallow == 1 };

        assert_int_equal(ORM_OK, orm_execute(f->em, "truncate t", NULL, 0, NULL));
        f->refuse[0] = "release savepoint";
        /* After a restart error a savepoint cannot be rolled back to, either. */
        f->refuse[1] = "rollback to savepoint";
        atomic_store(&f->times, 4);
        assert_int_equal(ORM_OK, orm_transactional(f->em, nest, &c, &with_retries));
        assert_int_equal(c.outer, 3);
        assert_int_equal(c.inner, 3);
        assert_rows(f, "1");
    }
}

static void test_release_without_retries(void **state)
{
    fixture *f = *state;
    calls    c = { 0 };

    f->refuse[0] = "release savepoint";
    atomic_store(&f->times, 1);
    assert_int_equal(ORM_ERR_SERIALIZATION, orm_transactional(f->em, nest, &c, NULL));
    assert_int_equal(c.outer, 1);
    assert_string_equal(orm_em_error(f->em)->sqlstate, "40001");
    assert_false(orm_in_transaction(f->em));
    assert_rows(f, "0");
}

static void test_commit(void **state)
{
    fixture *f = *state;
    calls    c = { 0 };

    f->refuse[0] = "commit";
    atomic_store(&f->times, 2);
    assert_int_equal(ORM_OK, orm_transactional(f->em, nest, &c, &with_retries));
    assert_int_equal(c.outer, 3);
    assert_rows(f, "1");

    /* Whether an ambiguous one has happened nobody knows: it is not for us to do it again. */
    f->sqlstate = "40003";
    atomic_store(&f->times, 1);
    c = (calls){ 0 };
    assert_int_equal(ORM_ERR_AMBIGUOUS_COMMIT, orm_transactional(f->em, nest, &c, &with_retries));
    assert_int_equal(c.outer, 1);
    assert_false(orm_em_error(f->em)->retryable);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_release, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_release_without_retries, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_commit, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
