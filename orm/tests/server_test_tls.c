#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>
#include <unistd.h>

#include <orm/orm.h>

#include "base/text.h"
#include "ca_files.h"
#include <libpq-fe.h>

#include "driver_fixture.h"

#define TIMEOUT_S 30
#define PEM_SIZE 4096

/* The server of `ci/with-postgres --tls`, and its authorities. */
typedef struct site {
    char        url[256];        /* the certificate is for this host */
    char        other_host[256]; /* the same server by a name that its certificate does not have */
    const char *password;
    char        ca_file[256];
    char        ca_text[PEM_SIZE];
    char        other_ca_file[256];
    char        other_ca_text[PEM_SIZE];
    char        key_text[PEM_SIZE]; /* no certificate at all */
} site;

static const char *need_variable(const char *name)
{
    const char *value = getenv(name);

    if (value == NULL)
        fail_msg("%s is not set: run this as ci/with-postgres --tls PROGRAM", name);
    return value;
}

static void locate(const char *name, char *path, size_t size)
{
    assert_in_range(snprintf(path, size, "%s/%s", need_variable("ORM_TEST_TLS_DIR"), name), 1, size - 1);
}

static void read_pem(const char *path, char text[PEM_SIZE])
{
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    text[fread(text, 1, PEM_SIZE - 1, file)] = '\0';
    fclose(file);
    assert_non_null(strstr(text, "-----BEGIN "));
}

static int open_site(void **state)
{
    static const char name[] = "localhost";
    site             *s = calloc(1, sizeof *s);
    char              key_file[256];
    const char       *at;

    assert_non_null(s);
    snprintf(s->url, sizeof s->url, "%s", need_variable("ORM_TEST_TLS_URL"));
    s->password = need_variable("ORM_TEST_TLS_PASSWORD");
    at = strstr(s->url, name);
    assert_non_null(at);
    snprintf(s->other_host, sizeof s->other_host, "%.*sdb.example.org%s", (int)(at - s->url), s->url,
             at + strlen(name));
    locate("ca.crt", s->ca_file, sizeof s->ca_file);
    locate("other-ca.crt", s->other_ca_file, sizeof s->other_ca_file);
    locate("server.key", key_file, sizeof key_file);
    read_pem(s->ca_file, s->ca_text);
    read_pem(s->other_ca_file, s->other_ca_text);
    read_pem(key_file, s->key_text);
    *state = s;
    return 0;
}

static int close_site(void **state)
{
    free(*state);
    return 0;
}

/* ---- What connects ---- */

static orm_config with_password(const site *s, orm_config config)
{
    if (config.url == NULL)
        config.url = s->url;
    config.password = s->password;
    config.connect_timeout_s = TIMEOUT_S;
    return config;
}

static void expect_encrypted(fixture *f)
{
    expect_answer(f, "select ssl from pg_stat_ssl where pid = pg_backend_pid()", "t");
}

static void expect_connects(const site *s, orm_config config)
{
    fixture *f = fixture_new(with_password(s, config));

    expect_encrypted(f);
    fixture_free(f);
}

/* The authority is still there when later connections need it. */
static void expect_connects_again_and_again(const site *s, orm_ssl ssl)
{
    fixture *f = fixture_new(with_password(s, (orm_config){ .ssl = ssl }));

    expect_encrypted(f);
    kill_backend(f, f->c); /* by a second connection of the pool */
    assert_int_equal(run_for_error(f, "select 1"), ORM_ERR_CONNECTION);
    orm_pool_release(f->pool, f->c);
    expect_ok(f, orm_pool_acquire(f->pool, &f->c, &f->error));
    kill_backend(f, f->c);
    orm_pool_release(f->pool, f->c);
    expect_ok(f, orm_pool_acquire(f->pool, &f->c, &f->error));
    expect_encrypted(f);
    fixture_free(f);
}

static void an_authority_in_a_file_is_believed(void **state)
{
    const site *s = *state;
    char        url[600];

    expect_connects_again_and_again(s, (orm_ssl){ .ca_file = s->ca_file });
    expect_connects_again_and_again(s, (orm_ssl){ .ca_file = s->ca_file, .mode = ORM_SSL_VERIFY_FULL });
    snprintf(url, sizeof url, "%s&sslmode=verify-full&sslrootcert=%s", s->url, s->ca_file);
    expect_connects(s, (orm_config){ .url = url });
}

static void an_authority_as_text_is_believed(void **state)
{
    const site *s = *state;
    char        both[2 * PEM_SIZE];

    expect_connects_again_and_again(s, (orm_ssl){ .ca_text = s->ca_text });
    expect_connects_again_and_again(s, (orm_ssl){ .ca_text = s->ca_text, .mode = ORM_SSL_VERIFY_FULL });
    snprintf(both, sizeof both, "%s%s", s->other_ca_text, s->ca_text);
    expect_connects_again_and_again(s, (orm_ssl){ .ca_text = both });
    assert_int_equal(count_ca_files(both), 0);
}

static void the_text_is_a_file_only_while_it_is_needed(void **state)
{
    const site *s = *state;
    orm_config  config = with_password(s, (orm_config){ .ssl.ca_text = s->ca_text });
    fixture    *f = fixture_new(config);
    orm        *o;
    orm_error   error = { 0 };

    assert_int_equal(count_ca_files(s->ca_text), 1);
    fixture_free(f);
    assert_int_equal(count_ca_files(s->ca_text), 0);
    assert_int_equal(orm_open(&config, &o, &error), ORM_OK);
    assert_int_equal(count_ca_files(s->ca_text), 1);
    orm_close(o);
    assert_int_equal(count_ca_files(s->ca_text), 0);
}

/* So that the refusals below are those of the checks and of nothing else. */
static void less_checking_lets_more_through(void **state)
{
    const site *s = *state;

    expect_connects(s, (orm_config){ 0 });
    expect_connects(s, (orm_config){ .ssl.mode = ORM_SSL_REQUIRE });
    expect_connects(s, (orm_config){ .url = s->other_host, .ssl.mode = ORM_SSL_REQUIRE });
    expect_connects(s, (orm_config){ .url = s->other_host, .ssl = { ORM_SSL_VERIFY_CA, .ca_text = s->ca_text } });
}

/* ---- What is refused ---- */

/* `says` and `hints` are parts of the message and the hint; "": no hint. Whatever was written to files is gone. */
static void expect_refused(const site *s, orm_config config, orm_status kind, const char *says, const char *hints)
{
    orm       *o = NULL;
    orm_error  error = { 0 };
    uint64_t   start = orm_clock_ns();
    orm_status status;

    config = with_password(s, config);
    status = orm_open(&config, &o, &error);
    assert_null(o);
    assert_in_range((orm_clock_ns() - start) / 1000000, 0, TIMEOUT_S * 1000);
    if (status != kind || error.status != kind || strstr(error.message, says) == NULL ||
        (*hints != '\0' ? strstr(error.hint, hints) == NULL : error.hint[0] != '\0'))
        fail_msg("%s instead of %s with \"%s\" and the hint \"%s\": %s (hint: %s)", orm_status_name(status),
                 orm_status_name(kind), says, hints, error.message, error.hint);
    assert_null(strchr(error.message, '\n'));
    assert_null(strstr(error.message, s->password));
    assert_null(strstr(error.detail, s->password));
    assert_null(strstr(error.hint, s->password));
    assert_null(strstr(error.message, "liborm-ca.")); /* no file that the user knows */
    if (config.ssl.ca_text != NULL)
        assert_int_equal(count_ca_files(config.ssl.ca_text), 0);
}

static void another_authority_is_refused(void **state)
{
    const site *s = *state;
    const char *says = "certificate verify failed";

    expect_refused(s, (orm_config){ .ssl.ca_file = s->other_ca_file }, ORM_ERR_CONNECTION, says, "ssl.ca_");
    expect_refused(s, (orm_config){ .ssl.ca_text = s->other_ca_text }, ORM_ERR_CONNECTION, says, "ssl.ca_");
    expect_refused(s, (orm_config){ .ssl = { ORM_SSL_VERIFY_CA, .ca_text = s->other_ca_text } }, ORM_ERR_CONNECTION,
                   says, "ssl.ca_");
}

static void another_host_name_is_refused(void **state)
{
    const site *s = *state;

    expect_refused(s, (orm_config){ .url = s->other_host, .ssl.ca_text = s->ca_text }, ORM_ERR_CONNECTION,
                   "\"localhost\" does not match host name \"db.example.org\"", "host");
    expect_refused(s, (orm_config){ .url = s->other_host, .ssl.ca_file = s->ca_file }, ORM_ERR_CONNECTION,
                   "\"localhost\" does not match host name \"db.example.org\"", "host");
}

static void an_unencrypted_connection_is_refused_by_the_server(void **state)
{
    expect_refused(*state, (orm_config){ .ssl.mode = ORM_SSL_DISABLE }, ORM_ERR_CONNECTION, "no encryption",
                   "ssl.ca_file");
}

static void a_wrong_password_is_refused_without_showing_it(void **state)
{
    site wrong = *(const site *)*state;

    wrong.password = "hunter2-and-more";
    expect_refused(&wrong, (orm_config){ .ssl.ca_text = wrong.ca_text }, ORM_ERR_CONNECTION,
                   "password authentication failed", "");
    /* The second try, without TLS, is none that a hint should be about. */
    expect_refused(&wrong, (orm_config){ 0 }, ORM_ERR_CONNECTION, "password authentication failed", "");
}

static void a_text_that_is_no_certificate_is_refused(void **state)
{
    const site *s = *state;
    char        cut[PEM_SIZE];
    char        damaged[PEM_SIZE];

    snprintf(cut, sizeof cut, "%.*s", (int)(strlen(s->ca_text) / 2), s->ca_text);
    snprintf(damaged, sizeof damaged, "%s", s->ca_text);
    memset(strchr(damaged, '\n') + 20, '!', 4);
    expect_refused(s, (orm_config){ .ssl.ca_text = cut }, ORM_ERR_CONFIG, "ssl.ca_text", "PEM");
    expect_refused(s, (orm_config){ .ssl.ca_text = damaged }, ORM_ERR_CONFIG, "ssl.ca_text", "PEM");
    expect_refused(s, (orm_config){ .ssl.ca_text = s->key_text }, ORM_ERR_CONFIG, "ssl.ca_text", "PEM");
    expect_refused(s, (orm_config){ .ssl.ca_text = "" }, ORM_ERR_CONFIG, "ssl.ca_text", "");
}

static void a_file_that_is_no_certificate_is_refused(void **state)
{
    const site *s = *state;

    expect_refused(s, (orm_config){ .ssl.ca_file = "/nowhere/ca.crt" }, ORM_ERR_CONFIG, "\"/nowhere/ca.crt\"", "");
    expect_refused(s, (orm_config){ .ssl.ca_file = "/dev/null" }, ORM_ERR_CONFIG, "\"/dev/null\"", "PEM");
    expect_refused(s, (orm_config){ .ssl.ca_file = "/" }, ORM_ERR_CONFIG, "\"/\"", "PEM");
}

static void file_and_text_together_are_refused(void **state)
{
    const site *s = *state;

    expect_refused(s, (orm_config){ .ssl = { .ca_file = s->ca_file, .ca_text = s->ca_text } }, ORM_ERR_CONFIG,
                   "one of the two", "");
}

/* ---- Other servers ---- */

/*
 * Changes a setting of the server. The postmaster loads the certificate together with its settings before it starts the
 * next backend: one that knows the value presents the certificate.
 */
static void change_setting(const char *name, const char *value)
{
    const struct timespec pause = { .tv_nsec = 20000000 };
    fixture              *f = fixture_new((orm_config){ 0 });
    char                  show[64];
    bool                  changed = false;

    run_sql(f, orm_arena_printf(f->arena, "alter system set %s = '%s'", name, value));
    run_sql(f, "select pg_reload_conf()");
    fixture_free(f);
    snprintf(show, sizeof show, "show %s", name);
    for (int i = 0; i < 500 && !changed; i++) {
        nanosleep(&pause, NULL);
        f = fixture_new((orm_config){ 0 });
        changed = strcmp(ask(f, show), value) == 0;
        fixture_free(f);
    }
    assert_true(changed);
}

static void present(const char *certificate)
{
    char path[256];

    locate(certificate, path, sizeof path);
    change_setting("ssl_cert_file", path);
}

static int expire(void **state)
{
    (void)state;
    present("expired.crt");
    return 0;
}

static int renew(void **state)
{
    (void)state;
    present("server.crt");
    return 0;
}

static void an_expired_certificate_is_refused(void **state)
{
    const site *s = *state;

    expect_refused(s, (orm_config){ .ssl.ca_file = s->ca_file }, ORM_ERR_CONNECTION, "certificate verify failed",
                   "expired");
    expect_refused(s, (orm_config){ .ssl.ca_text = s->ca_text }, ORM_ERR_CONNECTION, "certificate verify failed",
                   "expired");
    expect_connects(s, (orm_config){ .ssl.mode = ORM_SSL_REQUIRE });
}

static int turn_off(void **state)
{
    (void)state;
    change_setting("ssl", "off");
    return 0;
}

static int turn_on(void **state)
{
    (void)state;
    change_setting("ssl", "on");
    return 0;
}

static void a_server_without_tls_is_refused(void **state)
{
    const site *s = *state;
    const char *says = "does not support SSL";

    expect_refused(s, (orm_config){ .ssl.ca_text = s->ca_text }, ORM_ERR_CONNECTION, says, "TLS");
    expect_refused(s, (orm_config){ .ssl.mode = ORM_SSL_REQUIRE }, ORM_ERR_CONNECTION, says, "TLS");
}

/* ---- Stopping what runs ---- */

#ifdef LIBPQ_HAS_ASYNC_CANCEL
static const bool cancels_encrypted = true;
#else
static const bool cancels_encrypted = false;
#endif

/* Before libpq 17 the key to cancel with would go in the clear: the connection is cut instead, and the error says so. */
static void nothing_is_cancelled_in_the_clear(void **state)
{
    const site *s = *state;
    fixture *f = fixture_new(with_password(s, (orm_config){ .ssl.ca_text = s->ca_text, .statement_timeout_ms = 100 }));

    expect_ok(f, orm_connection_begin(f->c, NULL, &f->error));
    assert_int_equal(run_for_error(f, "select pg_sleep(60)"), ORM_ERR_CANCELLED);
    assert_int_equal(strstr(f->error.hint, "in the clear") == NULL, cancels_encrypted);
    assert_int_equal(orm_connection_is_usable(f->c), cancels_encrypted);
    expect_ok(f, orm_connection_rollback(f->c, &f->error));
    orm_pool_release(f->pool, f->c);
    expect_ok(f, orm_pool_acquire(f->pool, &f->c, &f->error));
    expect_encrypted(f);
    fixture_free(f);
}

static void a_reader_that_is_closed_early_is_stopped(void **state)
{
    const site       *s = *state;
    fixture          *f = fixture_new(with_password(s, (orm_config){ .ssl.ca_text = s->ca_text }));
    orm_statement     statement;
    orm_reader       *reader;
    const orm_result *row;

    orm_statement_init(&statement, f->c, f->arena);
    orm_statement_text(&statement, "select generate_series(1, 1000000000)");
    expect_ok(f, orm_connection_read(f->c, &statement, &reader, &f->error));
    expect_ok(f, orm_reader_next(reader, &row, &f->error));
    expect_ok(f, orm_reader_close(reader, &f->error));
    orm_statement_free(&statement);
    orm_pool_release(f->pool, f->c);
    expect_ok(f, orm_pool_acquire(f->pool, &f->c, &f->error));
    expect_encrypted(f);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_authority_in_a_file_is_believed),
        cmocka_unit_test(an_authority_as_text_is_believed),
        cmocka_unit_test(the_text_is_a_file_only_while_it_is_needed),
        cmocka_unit_test(less_checking_lets_more_through),
        cmocka_unit_test(another_authority_is_refused),
        cmocka_unit_test(another_host_name_is_refused),
        cmocka_unit_test(an_unencrypted_connection_is_refused_by_the_server),
        cmocka_unit_test(a_wrong_password_is_refused_without_showing_it),
        cmocka_unit_test(a_text_that_is_no_certificate_is_refused),
        cmocka_unit_test(a_file_that_is_no_certificate_is_refused),
        cmocka_unit_test(file_and_text_together_are_refused),
        cmocka_unit_test(nothing_is_cancelled_in_the_clear),
        cmocka_unit_test(a_reader_that_is_closed_early_is_stopped),
        cmocka_unit_test_setup_teardown(an_expired_certificate_is_refused, expire, renew),
        cmocka_unit_test_setup_teardown(a_server_without_tls_is_refused, turn_off, turn_on),
    };

    return cmocka_run_group_tests(tests, open_site, close_site);
}
