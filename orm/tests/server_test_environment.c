#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "driver_fixture.h"

static const orm_config plain = { .preset = ORM_PRESET_NATIVE };

/* ---- Children with an environment of their own: nothing here may change that of the tests ---- */

/* Prints what went wrong and ends the child; cmocka's own assertions know only the parent. */
#define CHILD_CHECK(condition, ...)                                                                                    \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "line %d: %s: ", __LINE__, #condition);                                                    \
            fprintf(stderr, __VA_ARGS__);                                                                              \
            fputc('\n', stderr);                                                                                       \
            _exit(1);                                                                                                  \
        }                                                                                                              \
    } while (0)

/* stdout and stderr of the child go to `out`, which is empty where libpq had nothing to grumble about. */
static int in_child(void (*body)(void *), void *argument, char *out, size_t size)
{
    int     ends[2];
    int     status = -1;
    size_t  used = 0;
    ssize_t got;
    pid_t   child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        body(argument);
        _exit(0);
    }
    close(ends[1]);
    while (used + 1 < size && (got = read(ends[0], out + used, size - 1 - used)) > 0)
        used += (size_t)got;
    out[used] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void expect_silent_success(void (*body)(void *), void *argument)
{
    char out[4096];
    int  code = in_child(body, argument, out, sizeof out);

    if (code != 0 || out[0] != '\0')
        fail_msg("the child ended with %d and said: %s", code, out);
}

/* ---- Files ---- */

typedef struct folder {
    char path[64];
    char service[96];
    char passfile[96];
    char home[96];
    char home_pgpass[128];
    char home_service[128];
} folder;

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static folder folder_new(void)
{
    folder f = { .path = "/tmp/orm-environment.XXXXXX" };

    assert_non_null(mkdtemp(f.path));
    snprintf(f.service, sizeof f.service, "%s/service", f.path);
    snprintf(f.passfile, sizeof f.passfile, "%s/passfile", f.path);
    snprintf(f.home, sizeof f.home, "%s/home", f.path);
    snprintf(f.home_pgpass, sizeof f.home_pgpass, "%s/.pgpass", f.home);
    snprintf(f.home_service, sizeof f.home_service, "%s/.pg_service.conf", f.home);
    assert_int_equal(mkdir(f.home, 0700), 0);
    return f;
}

static void folder_free(const folder *f)
{
    unlink(f->service);
    unlink(f->passfile);
    unlink(f->home_pgpass);
    unlink(f->home_service);
    rmdir(f->home);
    rmdir(f->path);
}

/* ---- Hostile variables ---- */

/* Every variable that libpq 15 reads. Each would keep the connection from being made, or change what it is. */
static const struct {
    const char *name;
    const char *value;
} hostile[] = {
    { "PGHOST", "/nowhere" },
    { "PGHOSTADDR", "192.0.2.1" },
    { "PGPORT", "1" },
    { "PGDATABASE", "template1" },
    { "PGUSER", "nobody_at_all" },
    { "PGPASSWORD", "wrong" },
    { "PGPASSFILE", "/dev/null" },
    { "PGCHANNELBINDING", "require" },
    { "PGCONNECT_TIMEOUT", "rubbish" },
    { "PGCLIENTENCODING", "LATIN1" },
    { "PGOPTIONS", "-c search_path=evil" },
    { "PGAPPNAME", "evil" },
    { "PGSSLMODE", "verify-full" },
    { "PGREQUIRESSL", "1" },
    { "PGSSLCOMPRESSION", "1" },
    { "PGSSLCERT", "/nowhere/cert" },
    { "PGSSLKEY", "/nowhere/key" },
    { "PGSSLROOTCERT", "/nowhere/root" },
    { "PGSSLCRL", "/nowhere/crl" },
    { "PGSSLCRLDIR", "/nowhere/crldir" },
    { "PGSSLSNI", "0" },
    { "PGREQUIREPEER", "nobody_at_all" },
    { "PGSSLMINPROTOCOLVERSION", "rubbish" },
    { "PGSSLMAXPROTOCOLVERSION", "rubbish" },
    { "PGGSSENCMODE", "require" },
    { "PGKRBSRVNAME", "evil" },
    { "PGGSSLIB", "evil" },
    { "PGTARGETSESSIONATTRS", "standby" },
    { "PGDATESTYLE", "SQL, DMY" },
    { "PGTZ", "America/New_York" },
    { "PGGEQO", "off" },
};

static void set_hostile(void)
{
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
        setenv(hostile[i].name, hostile[i].value, 1);
}

/* What a connection is like, as one line. */
static const char *describe_session(const orm_config *config, orm_error *error)
{
    static char     line[512];
    orm_settings    settings;
    orm_pool       *pool;
    orm_connection *c;
    orm_result     *result;

    if (orm_settings_resolve(config, &settings, error) != ORM_OK ||
        orm_pool_new(config, &settings, &pool, error) != ORM_OK)
        return NULL;
    if (orm_pool_acquire(pool, &c, error) != ORM_OK) {
        orm_pool_free(pool);
        return NULL;
    }
    line[0] = '\0';
    if (orm_connection_run_text(c,
                                "select concat_ws(' ', current_user, current_database(), current_setting('TimeZone'),"
                                " current_setting('DateStyle'), current_setting('geqo'),"
                                " current_setting('client_encoding'), current_setting('application_name'),"
                                " current_setting('search_path'))",
                                &result, error) == ORM_OK) {
        snprintf(line, sizeof line, "%s", orm_result_data(result, 0, 0, NULL));
        orm_result_free(result);
    }
    orm_pool_release(pool, c);
    orm_pool_free(pool);
    return line;
}

static const char untouched[] = "postgres postgres UTC ISO, MDY on UTF8 liborm \"$user\", public";

static void connect_in_spite_of_variables(void *argument)
{
    orm_config  config = { .url = getenv("ORM_TEST_URL") };
    orm_error   error = { 0 };
    const char *session;

    (void)argument;
    set_hostile();
    session = describe_session(&config, &error);
    CHILD_CHECK(session != NULL, "%s", error.message);
    CHILD_CHECK(strcmp(session, untouched) == 0, "%s", session);
}

static void variables_play_no_part(void **state)
{
    (void)state;
    expect_silent_success(connect_in_spite_of_variables, NULL);
}

/* One at a time, so that none is hidden behind another. */
static void connect_in_spite_of_one(void *argument)
{
    orm_config  config = { .url = getenv("ORM_TEST_URL") };
    orm_error   error = { 0 };
    const char *before = describe_session(&config, &error);
    char        expected[512];
    size_t      i = *(const size_t *)argument;
    bool        settable = strcmp(hostile[i].name, "PGTZ") == 0;
    const char *session;

    CHILD_CHECK(before != NULL, "%s", error.message);
    snprintf(expected, sizeof expected, "%s", settable ? untouched : before);
    setenv(hostile[i].name, hostile[i].value, 1);
    session = describe_session(&config, &error);
    CHILD_CHECK(session != NULL, "%s: %s", hostile[i].name, error.message);
    CHILD_CHECK(strcmp(session, expected) == 0, "%s: %s instead of %s", hostile[i].name, session, expected);
}

static void no_single_variable_plays_a_part(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
        expect_silent_success(connect_in_spite_of_one, &i);
}

static void connect_with_environment(void *argument)
{
    orm_config  config = { .url = getenv("ORM_TEST_URL"), .use_environment = true };
    orm_error   error = { 0 };
    const char *session;

    (void)argument;
    setenv("PGAPPNAME", "mine", 1);
    setenv("PGTZ", "America/New_York", 1);
    setenv("PGGEQO", "off", 1);
    setenv("PGDATESTYLE", "SQL, DMY", 1);
    setenv("PGOPTIONS", "-c search_path=pg_catalog", 1);
    setenv("PGDATABASE", "template1", 1); /* the URL wins */
    session = describe_session(&config, &error);
    CHILD_CHECK(session != NULL, "%s", error.message);
    /* Dates are read in ISO whatever is asked for. */
    CHILD_CHECK(strcmp(session, "postgres postgres America/New_York ISO, DMY off UTF8 mine pg_catalog") == 0, "%s",
                session);
}

static void variables_play_a_part_when_asked(void **state)
{
    (void)state;
    expect_silent_success(connect_with_environment, NULL);
}

/* ---- Service files ---- */

static void connect_in_spite_of_service(void *argument)
{
    const folder *f = argument;
    orm_config    config = { .url = getenv("ORM_TEST_URL") };
    orm_error     error = { 0 };
    const char   *session;

    setenv("PGSERVICE", "evil", 1);
    setenv("PGSERVICEFILE", f->service, 1);
    session = describe_session(&config, &error);
    CHILD_CHECK(session != NULL, "%s", error.message);
    CHILD_CHECK(strstr(session, "evil") == NULL, "%s", session);

    unsetenv("PGSERVICEFILE");
    setenv("HOME", f->home, 1);
    session = describe_session(&config, &error);
    CHILD_CHECK(session != NULL, "%s", error.message);
    CHILD_CHECK(strstr(session, "evil") == NULL, "%s", session);

    /* libpq insists on finding it; there is no way around that, so the error says what to do. */
    setenv("PGSERVICE", "not_there", 1);
    session = describe_session(&config, &error);
    CHILD_CHECK(session == NULL, "%s", session);
    CHILD_CHECK(strstr(error.hint, "unset PGSERVICE") != NULL, "%s", error.hint);
}

static void connect_with_service(void *argument)
{
    const folder *f = argument;
    char          url[256];
    orm_config    config = { .url = url, .use_environment = true };
    orm_error     error = { 0 };
    const char   *session;

    snprintf(url, sizeof url, "%s&service=evil", getenv("ORM_TEST_URL"));
    setenv("PGSERVICEFILE", f->service, 1);
    session = describe_session(&config, &error);
    CHILD_CHECK(session != NULL, "%s", error.message);
    CHILD_CHECK(strstr(session, "evil_service") != NULL, "%s", session);
}

static void a_service_plays_a_part_only_when_asked(void **state)
{
    static const char text[] = "[evil]\napplication_name=evil_service\nuser=nobody_at_all\nsslmode=verify-full\n"
                               "options=-c search_path=evil\nreplication=database\nkeepalives_idle=1\n";
    folder            f = folder_new();

    (void)state;
    write_file(f.service, text);
    write_file(f.home_service, text);
    expect_silent_success(connect_in_spite_of_service, &f);
    write_file(f.service, "[evil]\napplication_name=evil_service\n");
    expect_silent_success(connect_with_service, &f);
    folder_free(&f);
}

/* ---- Passwords ---- */

#define PASSWORD "hunter2 'secret'"

/* Has the server read its rules anew, and waits until the sessions that begin have been let in by them. */
static void reload(fixture *f)
{
    const char *before = ask(f, "select pg_conf_load_time()");
    bool        changed = false;

    run_sql(f, "select pg_reload_conf()");
    for (int i = 0; i < 1000 && !changed; i++) {
        fixture *other = fixture_new(plain);

        changed = strcmp(ask(other, "select pg_conf_load_time()"), before) != 0;
        fixture_free(other);
        usleep(changed ? 0 : 20000);
    }
    assert_true(changed);
}

/* Has the server ask the role "secretive" for a password, which it does not do by default. Gives the old rules. */
static const char *demand_password(fixture *f)
{
    const char *rules = ask(f, "select pg_read_file(current_setting('hba_file'))");

    run_sql(f, "create role secretive login password 'hunter2 ''secret'''");
    run_sql(f, "do $$ begin execute format('copy (select l from (values (1, ''local all secretive scram-sha-256''), "
               "(2, ''local all all trust'')) v (n, l) order by n) to %L', current_setting('hba_file')); end $$");
    reload(f);
    return rules;
}

static void forget_password(fixture *f, const char *rules)
{
    orm_statement statement;

    orm_statement_init(&statement, f->c, f->arena);
    orm_statement_text(&statement, "select set_config('orm.rules', ");
    orm_statement_param(&statement, ORM_TYPE_TEXT, &rules);
    orm_statement_text(&statement, ", false)");
    expect_ok(f, orm_connection_run(f->c, &statement, NULL, &f->error));
    orm_statement_free(&statement);
    run_sql(f, "do $$ begin execute format('copy (select regexp_split_to_table(current_setting(''orm.rules''), "
               "chr(10))) to %L', current_setting('hba_file')); end $$");
    reload(f);
    run_sql(f, "drop role secretive");
}

static bool mentions(const orm_error *error, const char *word)
{
    const char *const texts[] = {
        error->message, error->detail, error->hint, error->context, error->source, error->sql
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strstr(texts[i], word) != NULL)
            return true;
    }
    return false;
}

static void log_in(void *argument)
{
    const folder *f = argument;
    orm_config    config = { .url = getenv("ORM_TEST_URL"), .user = "secretive" };
    orm_error     error = { 0 };
    const char   *session;

    setenv("PGPASSWORD", PASSWORD, 1);
    setenv("PGPASSFILE", f->passfile, 1);
    setenv("HOME", f->home, 1);
    session = describe_session(&config, &error);
    CHILD_CHECK(session == NULL, "logged in with a password that nobody gave");
    CHILD_CHECK(error.status == ORM_ERR_CONNECTION, "%s", error.message);
    CHILD_CHECK(!mentions(&error, "hunter2"), "%s", error.message);

    config.password = "hunter2 wrong";
    session = describe_session(&config, &error);
    CHILD_CHECK(session == NULL && error.status == ORM_ERR_CONNECTION, "%s", error.message);
    CHILD_CHECK(strcmp(error.sqlstate, "28P01") == 0, "%s: %s", error.sqlstate, error.message);
    CHILD_CHECK(strstr(error.message, "28P01") == NULL && strstr(error.message, "LOCATION") == NULL, "%s",
                error.message);
    CHILD_CHECK(error.source[0] != '\0' && strchr(error.message, '\n') == NULL, "%s", error.message);
    CHILD_CHECK(!mentions(&error, "hunter2"), "%s", error.message);

    config.password = PASSWORD;
    session = describe_session(&config, &error);
    CHILD_CHECK(session != NULL, "%s", error.message);

    config.password = NULL;
    config.use_environment = true;
    session = describe_session(&config, &error);
    CHILD_CHECK(session != NULL, "%s", error.message);
    unsetenv("PGPASSWORD");
    session = describe_session(&config, &error);
    CHILD_CHECK(session != NULL, "%s", error.message);
    unsetenv("PGPASSFILE");
    session = describe_session(&config, &error);
    CHILD_CHECK(session != NULL, "%s", error.message);
}

static void passwords_come_only_from_where_they_may(void **state)
{
    folder      files = folder_new();
    fixture    *f = fixture_new(plain);
    const char *rules = demand_password(f);

    (void)state;
    write_file(files.passfile, "*:*:*:secretive:" PASSWORD "\n");
    write_file(files.home_pgpass, "*:*:*:secretive:" PASSWORD "\n");
    expect_silent_success(log_in, &files);
    forget_password(f, rules);
    fixture_free(f);
    folder_free(&files);
}

/* ---- What cannot be reached ---- */

static void a_missing_database_has_its_sqlstate(void **state)
{
    orm_config config = { .url = getenv("ORM_TEST_URL"), .db_name = "not 'there\\" };
    orm_error  error = { 0 };

    (void)state;
    assert_null(describe_session(&config, &error));
    assert_int_equal(error.status, ORM_ERR_CONNECTION);
    assert_string_equal(error.sqlstate, "3D000");
    assert_non_null(strstr(error.message, "FATAL:  database \"not 'there\\\" does not exist"));
    assert_false(error.retryable);
}

static void nobody_listens(void **state)
{
    orm_error error = { 0 };

    (void)state;
    assert_null(describe_session(&(orm_config){ .host = "127.0.0.1", .port = 1, .user = "x" }, &error));
    assert_int_equal(error.status, ORM_ERR_CONNECTION);
    assert_non_null(strstr(error.message, "127.0.0.1"));
    assert_non_null(strstr(error.hint, "running on that host"));
    assert_null(strchr(error.message, '\n'));
    assert_null(describe_session(&(orm_config){ .host = "/nowhere", .user = "x" }, &error));
    assert_int_equal(error.status, ORM_ERR_CONNECTION);
    assert_non_null(strstr(error.message, "/nowhere"));
    assert_null(describe_session(&(orm_config){ .url = "postgresql://h:99999/d", .user = "x" }, &error));
    assert_int_equal(error.status, ORM_ERR_CONFIG);
    assert_null(describe_session(&(orm_config){ .url = "postgresql://h/d?sslmode=maybe", .user = "x" }, &error));
    assert_int_equal(error.status, ORM_ERR_CONFIG);
}

static void a_silent_server_is_given_up(void **state)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t          size = sizeof address;
    int                listener = socket(AF_INET, SOCK_STREAM, 0);
    orm_error          error = { 0 };
    uint64_t           start = orm_clock_ns();
    orm_config         config = { .host = "127.0.0.1", .user = "x", .password = PASSWORD, .connect_timeout_s = 1 };

    (void)state;
    assert_true(listener >= 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    config.port = ntohs(address.sin_port);
    assert_null(describe_session(&config, &error));
    assert_int_equal(error.status, ORM_ERR_CONNECTION);
    assert_int_equal(error.number, 343);
    assert_false(mentions(&error, "hunter2"));
    assert_in_range((orm_clock_ns() - start) / 1000000, 900, 20000);
    close(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variables_play_no_part),
        cmocka_unit_test(no_single_variable_plays_a_part),
        cmocka_unit_test(variables_play_a_part_when_asked),
        cmocka_unit_test(a_service_plays_a_part_only_when_asked),
        cmocka_unit_test(passwords_come_only_from_where_they_may),
        cmocka_unit_test(a_missing_database_has_its_sqlstate),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(a_silent_server_is_given_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
