/*
 * Several hosts in the URL, of which some are not what is looked for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "driver_fixture.h"
#include "silent_port.h"

/* ORM_TEST_URL's folder of the socket, which is the one host that lives. */
static const char *living_host(void)
{
    static char host[256];
    const char *url = getenv("ORM_TEST_URL");
    const char *at = url != NULL ? strstr(url, "host=") : NULL;

    if (at == NULL)
        fail_msg("ORM_TEST_URL is not set: run this as ci/with-postgres %s", "PROGRAM");
    at += strlen("host=");
    snprintf(host, sizeof host, "%.*s", (int)strcspn(at, "&"), at);
    return host;
}

static orm_status try_hosts(const char *hosts, const char *ports, const char *more, unsigned timeout_s,
                            orm_error *error)
{
    char            url[1024];
    orm_config      config = { .url = url, .connect_timeout_s = timeout_s };
    orm_settings    settings;
    orm_pool       *pool;
    orm_connection *c = NULL;
    orm_status      status;

    snprintf(url, sizeof url, "host=%s port=%s user=postgres password='s3cret word' dbname=postgres %s", hosts, ports,
             more);
    assert_int_equal(orm_settings_resolve(&config, &settings, error), ORM_OK);
    assert_int_equal(orm_pool_new(&config, &settings, &pool, error), ORM_OK);
    status = orm_pool_acquire(pool, &c, error);
    if (status == ORM_OK)
        assert_int_equal(orm_connection_run_text(c, "select 1", NULL, error), ORM_OK);
    orm_pool_release(pool, c);
    orm_pool_free(pool);
    return status;
}

static void expect_connected(const char *hosts, const char *ports, const char *more)
{
    orm_error error;

    if (try_hosts(hosts, ports, more, 6, &error) != ORM_OK)
        fail_msg("%s", error.message);
}

static void the_next_host_is_tried(void **state)
{
    char hosts[512];

    (void)state;
    snprintf(hosts, sizeof hosts, "127.0.0.1,%s", living_host());
    expect_connected(hosts, "1,5432", ""); /* nobody listens on port 1 */
    snprintf(hosts, sizeof hosts, "/nowhere,127.0.0.1,%s", living_host());
    expect_connected(hosts, "5432,1,5432", "target_session_attrs=read-write");
    snprintf(hosts, sizeof hosts, "%s,127.0.0.1", living_host());
    expect_connected(hosts, "5432,1", "target_session_attrs=prefer-standby");
    snprintf(hosts, sizeof hosts, "/nowhere,%s", living_host());
    expect_connected(hosts, "5432", "");
}

/* A host that keeps silent has its share of the time, and no more. */
static void a_silent_host_is_passed_by(void **state)
{
    char      hosts[512];
    char      ports[64];
    int       port;
    int       fd = silent_port(&port);
    uint64_t  start = orm_clock_ns();
    orm_error error;

    (void)state;
    snprintf(hosts, sizeof hosts, "127.0.0.1,%s", living_host());
    snprintf(ports, sizeof ports, "%d,5432", port);
    expect_connected(hosts, ports, "");
    assert_in_range((orm_clock_ns() - start) / 1000000, 2900, 5500); /* of six seconds */

    snprintf(hosts, sizeof hosts, "127.0.0.1,%s,127.0.0.1", living_host());
    snprintf(ports, sizeof ports, "%d,5432,1", port);
    expect_connected(hosts, ports, "target_session_attrs=primary");

    /* Only silent ones: all are named. */
    snprintf(ports, sizeof ports, "%d,%d", port, port);
    assert_int_equal(try_hosts("127.0.0.1,localhost", ports, "hostaddr=127.0.0.1,127.0.0.1", 1, &error),
                     ORM_ERR_CONNECTION);
    assert_int_equal(error.number, 343);
    snprintf(hosts, sizeof hosts, "no connection to 127.0.0.1, port %d, or localhost, port %d within 1 seconds", port,
             port);
    assert_string_equal(error.message, hosts);
    close(fd);
}

static void no_host_will_do(void **state)
{
    char      hosts[512];
    orm_error error;

    (void)state;
    assert_int_equal(try_hosts("127.0.0.1,/nowhere", "1,5433", "", 6, &error), ORM_ERR_CONNECTION);
    assert_non_null(strstr(error.message, "127.0.0.1"));
    assert_non_null(strstr(error.message, "/nowhere"));
    assert_null(strstr(error.message, "s3cret"));
    assert_null(strstr(error.hint, "s3cret"));

    snprintf(hosts, sizeof hosts, "127.0.0.1,%s", living_host());
    assert_int_equal(try_hosts(hosts, "1,5432", "target_session_attrs=standby", 6, &error), ORM_ERR_CONNECTION);
    assert_non_null(strstr(error.message, "127.0.0.1"));
    assert_non_null(strstr(error.message, "server is not in hot standby mode"));
    assert_null(strstr(error.message, "s3cret"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_host_is_tried),
        cmocka_unit_test(a_silent_host_is_passed_by),
        cmocka_unit_test(no_host_will_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
