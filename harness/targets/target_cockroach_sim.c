/*
 * The simulation of CockroachDB: a private PostgreSQL behind the wire proxy with a profile. It announces itself, in a
 * parameter of the start-up and in version(), so nothing that runs on it can be taken for evidence.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/text.h"
#include "harness/targets/embedded.h"
#include "harness/targets/question.h"
#include "harness/wire/profile.h"
#include "harness/wire/proxy.h"

/* The process that runs the proxy. */
struct cc_simulator {
    pid_t pid;
    int   control; /* a byte, or the program's end, is the order to stop */
};

/* What the proxy's process tells, once, when it is ready or has failed. */
typedef struct report {
    int  port; /* on TCP; -1: a unix socket alone */
    char failure[256];
} report;

static _Noreturn void proxy_main(const cc_proxy_options *options, int stop, int tell)
{
    cc_proxy  *proxy;
    orm_error  error;
    report     r = { .port = -1 };
    orm_status status;
    ssize_t    written;

    /* Above all the pipes of keepers, which would not see the program's end as long as this process has them, too. */
    cc_close_all_but(stop, tell);
    setsid(); /* a Ctrl-C at the terminal is for the program, which then gives the order to stop */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    status = cc_proxy_new(options, &proxy, &error);
    if (status == ORM_OK)
        r.port = cc_proxy_port(proxy);
    else
        orm_copy_text(r.failure, sizeof r.failure, error.message);
    written = write(tell, &r, sizeof r);
    close(tell);
    if (status == ORM_OK && written == (ssize_t)sizeof r)
        status = cc_proxy_run(proxy, stop, NULL);
    _exit(status == ORM_OK ? 0 : 1);
}

static orm_status read_report(int from, report *r, orm_error *error)
{
    ssize_t got;

    do
        got = read(from, r, sizeof *r);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof *r)
        return orm_fail(error, ORM_ERR_CONNECTION, 0, "the process of the simulation ended");
    if (r->failure[0] != '\0')
        return orm_fail(error, ORM_ERR_CONNECTION, 0, "the simulation cannot be started: %s", r->failure);
    return ORM_OK;
}

/* The sockets are made by the process that serves them, so that they are gone when it is. */
static orm_status start_proxy(cc_target *target, const cc_proxy_options *options, int *port, orm_error *error)
{
    cc_simulator *simulator = orm_arena_zalloc(target->arena, sizeof *simulator);
    int           control[2];
    int           tell[2];
    report        r = { .port = -1 };
    orm_status    status;

    if (simulator == NULL)
        return orm_fail_memory(error);
    if (pipe2(control, O_CLOEXEC) != 0)
        return orm_fail(error, ORM_ERR_CONNECTION, 0, "no pipe can be made: %s", strerror(errno));
    if (pipe2(tell, O_CLOEXEC) != 0) {
        close(control[0]);
        close(control[1]);
        return orm_fail(error, ORM_ERR_CONNECTION, 0, "no pipe can be made: %s", strerror(errno));
    }
    simulator->pid = fork();
    if (simulator->pid == 0) {
        close(control[1]);
        close(tell[0]);
        proxy_main(options, control[0], tell[1]);
    }
    close(control[0]);
    close(tell[1]);
    simulator->control = control[1];
    if (simulator->pid < 0) {
        close(control[1]);
        status = orm_fail(error, ORM_ERR_CONNECTION, 0, "no process can be started: %s", strerror(errno));
    } else {
        target->simulator = simulator;
        status = read_report(tell[0], &r, error);
    }
    close(tell[0]);
    *port = r.port;
    return status;
}

void cc_simulator_stop(cc_simulator *simulator)
{
    int status;

    if (simulator == NULL)
        return;
    cc_order_stop(simulator->control);
    while (waitpid(simulator->pid, &status, 0) < 0 && errno == EINTR)
        continue;
}

/* ---- The server behind it ---- */

static orm_status run_sql(const cc_target *target, const char *folder, const char *db_name, const char *sql,
                          orm_error *error)
{
    orm_config config = { .host = folder,
                          .port = CC_EMBEDDED_PORT,
                          .user = "root",
                          .db_name = db_name,
                          .application_name = "crdbcheck",
                          .connect_timeout_s = target->connect_timeout_s };
    orm       *db;
    orm_em    *em = NULL;
    orm_status status = orm_open(&config, &db, error);

    if (status == ORM_OK && (em = orm_fork(db, error)) == NULL)
        status = ORM_ERR_MEMORY;
    if (em != NULL && (status = orm_execute(em, sql, NULL, 0, NULL)) != ORM_OK && error != NULL)
        *error = *orm_em_error(em);
    orm_em_close(em);
    orm_close(db);
    return status;
}

/* Databases that a node has from the start; new ones are copies of template1, with what the profile put there. */
static orm_status prepare_server(const cc_target *target, const char *folder, const cc_profile *profile,
                                 orm_error *error)
{
    static const char *const databases[] = { "create database defaultdb", "create database system" };
    const char              *setup = cc_profile_setup_sql(profile);
    orm_status               status = setup != NULL ? run_sql(target, folder, "template1", setup, error) : ORM_OK;

    for (size_t i = 0; i < sizeof databases / sizeof databases[0] && status == ORM_OK; i++)
        status = run_sql(target, folder, "template1", databases[i], error);
    return status;
}

static orm_status list_rules(cc_target *target, const cc_profile *profile, orm_error *error)
{
    size_t count = cc_profile_rule_count(profile);

    target->profile_name = cc_profile_name(profile);
    target->profile_rules = orm_arena_calloc(target->arena, count + 1, sizeof *target->profile_rules);
    if (target->profile_rules == NULL)
        return orm_fail_memory(error);
    for (size_t i = 0; i < count; i++)
        target->profile_rules[i] = cc_profile_rule_name(profile, i);
    return ORM_OK;
}

static orm_status take_rules_out(cc_target *target, cc_profile *profile, orm_error *error)
{
    const char *const *off = target->spec.rules_off;
    const char        *nearest;

    for (; off != NULL && *off != NULL; off++) {
        if (cc_profile_disable(profile, *off)) {
            cc_target_note(target, "the rule '%s' was taken out of the profile", *off);
            continue;
        }
        nearest = orm_nearest_word(*off, target->profile_rules, cc_profile_rule_count(profile));
        return orm_fail(error, ORM_ERR_CONFIG, 0, "the profile %s has no rule '%s'%s%s%s", target->profile_name, *off,
                        nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "",
                        nearest != NULL ? "'?" : "");
    }
    return ORM_OK;
}

static cc_profile *load_profile(cc_target *target, orm_error *error)
{
    cc_problems problems;
    cc_profile *profile;

    if (target->spec.profile_path == NULL) {
        orm_fail(error, ORM_ERR_CONFIG, 0, "the simulation has no profile");
        return NULL;
    }
    if (access(target->spec.profile_path, R_OK) != 0) {
        orm_fail(error, ORM_ERR_CONFIG, 0, "the simulation's profile cannot be read: %s: %s", target->spec.profile_path,
                 strerror(errno));
        return NULL;
    }
    cc_problems_init(&problems, target->arena);
    profile = cc_profile_load(target->arena, target->spec.profile_path, &problems);
    if (profile == NULL && problems.count > 0)
        orm_fail(error, ORM_ERR_CONFIG, 0, "%s:%u:%u: %s", target->spec.profile_path, problems.items[0].place.line,
                 problems.items[0].place.column, problems.items[0].message);
    else if (profile == NULL)
        orm_fail_memory(error);
    if (profile == NULL || list_rules(target, profile, error) != ORM_OK ||
        take_rules_out(target, profile, error) != ORM_OK)
        return NULL;
    return profile;
}

/* A run wants to know which rules its cases used; who serves does not, and a file would only grow. */
static orm_status note_usage(cc_target *target, const char *folder, cc_profile *profile, orm_error *error)
{
    const char *path;

    if (target->spec.on_tcp)
        return ORM_OK;
    path = orm_arena_printf(target->arena, "%s/rules-used", folder);
    target->usage = path != NULL ? cc_usage_new(target->arena, path) : NULL;
    if (target->usage == NULL)
        return orm_fail(error, ORM_ERR_CONNECTION, 0, "no file can be made for the simulation: %s", strerror(errno));
    cc_profile_on_use(profile, cc_usage_add, target->usage);
    return ORM_OK;
}

static orm_status start_simulation(cc_target *target, const char *folder, cc_profile *profile, orm_error *error)
{
    orm_arena       *arena = target->arena;
    char            *own_folder = orm_arena_printf(arena, "%s/crdb", folder);
    cc_asked_server *asked = orm_arena_alloc(arena, sizeof *asked);
    int              port = -1;
    orm_status       status;

    if (own_folder == NULL || asked == NULL)
        return orm_fail_memory(error);
    *asked = (cc_asked_server){ .folder = folder, .port = CC_EMBEDDED_PORT, .user = "root" };
    cc_profile_on_ask(profile, cc_ask_server, asked);
    if (mkdir(own_folder, 0700) != 0)
        return orm_fail(error, ORM_ERR_CONNECTION, 0, "no folder can be made for the simulation's socket: %s",
                        strerror(errno));
    status = note_usage(target, own_folder, profile, error);
    if (status != ORM_OK)
        return status;
    status = start_proxy(target,
                         &(cc_proxy_options){ .listen_folder = own_folder,
                                              .listen_port = target->spec.on_tcp ? target->spec.port : -1,
                                              .server_folder = folder,
                                              .server_port = CC_EMBEDDED_PORT,
                                              .filter = cc_profile_filter(profile) },
                         &port, error);
    if (status != ORM_OK)
        return status;
    target->admin_url = target->spec.on_tcp
                            ? orm_arena_printf(arena, "postgresql://root@127.0.0.1:%d/defaultdb?sslmode=disable", port)
                            : orm_arena_printf(arena, "postgresql://root@/defaultdb?host=%s", own_folder);
    return target->admin_url != NULL ? ORM_OK : orm_fail_memory(error);
}

static orm_status start(cc_target *target, orm_error *error)
{
    const char *folder;
    cc_profile *profile = load_profile(target, error);
    orm_status  status;

    if (profile == NULL)
        return ORM_ERR_CONFIG;
    status = cc_embedded_start(target, "root", &folder, error);
    if (status == ORM_OK)
        status = prepare_server(target, folder, profile, error);
    return status == ORM_OK ? start_simulation(target, folder, profile, error) : status;
}

const cc_target_class cc_target_cockroach_sim = {
    .name = "cockroach-sim",
    .platform = ORM_PLATFORM_COCKROACH,
    .platform_name = "cockroach",
    .must_be_simulated = true,
    .password_optional = true,
    .database_options = "",
    .drop_options = " cascade",
    .how = "simulation",
    .start = start,
};
