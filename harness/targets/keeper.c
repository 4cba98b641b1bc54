#include "harness/targets/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/text.h"

struct cc_keeper {
    pid_t       pid;
    int         control; /* closing it is the order to stop */
    int         report;  /* the keeper writes one line here when something went wrong */
    const char *log;     /* path of the server's log, read for the error before the folder goes */
    char        failure[512];
    bool        failed;
};

enum { REPORT_SIZE = 512, LOG_TAIL = 600 };

static volatile sig_atomic_t told_to_stop;

static void on_stop_signal(int signal_number)
{
    (void)signal_number;
    told_to_stop = 1;
}

/*
 * The path goes into a connection URL, into lists with commas and into a server's settings, each with its own way of
 * quoting: other characters than these are not worth it.
 */
static bool is_plain_path(const char *path)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-";

    return path[0] == '/' && path[strspn(path, plain)] == '\0';
}

/* A unix socket's path has a small fixed room; this is the longest that is made below the folder for temporary files. */
static bool has_room(const char *root)
{
    return strlen(root) + sizeof "/crdbcheck-0123456789ab/crdb/.s.PGSQL.65535" <=
           sizeof((struct sockaddr_un *)NULL)->sun_path;
}

/* Servers do not run as root: when we do, every folder on the way must let others pass. */
static bool lets_servers_in(const char *root)
{
    char        path[sizeof((struct sockaddr_un *)NULL)->sun_path];
    struct stat status;

    if (geteuid() != 0)
        return access(root, W_OK | X_OK) == 0;
    orm_copy_text(path, sizeof path, root);
    for (char *end = path + strlen(path); end != path; end = strrchr(path, '/')) {
        *end = '\0';
        if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode) || (status.st_mode & S_IXOTH) == 0)
            return false;
    }
    return true;
}

char *cc_keeper_folder(orm_arena *arena, orm_error *error)
{
    const char *root = getenv("TMPDIR");
    uint8_t     bytes[6];
    char       *path;

    if (!orm_random_bytes(bytes, sizeof bytes)) {
        orm_fail(error, ORM_ERR_CONFIG, 0, "the system gives no random bytes");
        return NULL;
    }
    if (root == NULL || !is_plain_path(root) || !has_room(root) || !lets_servers_in(root))
        root = "/tmp";
    path = orm_arena_printf(arena, "%s/crdbcheck-%02x%02x%02x%02x%02x%02x", root, bytes[0], bytes[1], bytes[2],
                            bytes[3], bytes[4], bytes[5]);
    if (path == NULL)
        orm_fail_memory(error);
    return path;
}

/* ---- In the keeper's process ---- */

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    remove(path);
    return 0;
}

static void say(int report, const char *text)
{
    ssize_t written = write(report, text, strlen(text));

    (void)written; /* nobody may be there to read it any more */
}

/* Debian's `postgres` user where there is one: it can read what the packages installed. */
static const struct passwd *unprivileged_user(void)
{
    const struct passwd *user = getpwnam("postgres");

    return user != NULL ? user : getpwnam("nobody");
}

static bool become(const struct passwd *user)
{
    return setgroups(0, NULL) == 0 && setgid(user->pw_gid) == 0 && setuid(user->pw_uid) == 0;
}

/* In the server's process: never returns. */
static void execute(const cc_keeper_plan *plan, const char *const *argv, const struct passwd *user, int log)
{
    char *const *arguments;

    setpgid(0, 0);
    if (user != NULL && !become(user))
        _exit(126);
    /* Should the keeper itself be killed, the server at least does not stay. Set after setuid(), which clears it. */
    prctl(PR_SET_PDEATHSIG, plan->stop_signal);
    if (chdir(plan->folder) != 0 || dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0)
        _exit(126);
    signal(SIGINT, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    memcpy(&arguments, &argv, sizeof arguments); /* execv() wants no const, and changes nothing */
    execv(argv[0], arguments);
    _exit(127);
}

static pid_t start(const cc_keeper_plan *plan, const char *const *argv, const struct passwd *user, int log)
{
    pid_t pid = fork();

    if (pid == 0)
        execute(plan, argv, user, log);
    return pid;
}

/* True when the child has ended; its status is then in *status. Waits for at most `milliseconds`. */
static bool wait_for(pid_t pid, int *status, unsigned milliseconds)
{
    for (unsigned waited = 0;; waited += 10) {
        pid_t got = waitpid(pid, status, WNOHANG);

        if (got == pid || (got < 0 && errno == ECHILD))
            return true;
        if (waited >= milliseconds)
            return false;
        nanosleep(&(struct timespec){ .tv_nsec = 10L * 1000 * 1000 }, NULL);
    }
}

static void stop_server(const cc_keeper_plan *plan, pid_t pid)
{
    int status;

    kill(pid, plan->stop_signal);
    if (!wait_for(pid, &status, plan->stop_wait_s * 1000)) {
        kill(-pid, SIGKILL);
        wait_for(pid, &status, 5000);
    }
    kill(-pid, SIGKILL); /* what it may have left of its own process group */
}

/* True when the program wants the end: it closed the pipe, by will or by dying, or the keeper got SIGTERM. */
static bool wants_end(int control, int milliseconds)
{
    struct pollfd poll_fd = { .fd = control, .events = POLLIN };
    int           ready = poll(&poll_fd, 1, milliseconds);

    return told_to_stop || (ready > 0 && (poll_fd.revents & (POLLHUP | POLLIN | POLLERR)) != 0);
}

static void describe_end(char *out, size_t size, const char *what, int status)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        snprintf(out, size, "%s could not be executed\n", what);
    else if (WIFEXITED(status))
        snprintf(out, size, "%s ended with exit code %d\n", what, WEXITSTATUS(status));
    else
        snprintf(out, size, "%s was ended by signal %d\n", what, WTERMSIG(status));
}

/* Runs the server until the end is wanted, or until it ends by itself, which is told. */
static void keep(const cc_keeper_plan *plan, const struct passwd *user, int log, int control, int report)
{
    char  text[REPORT_SIZE];
    int   status = 0;
    pid_t pid;

    if (plan->prepare != NULL) {
        pid = start(plan, plan->prepare, user, log);
        while (pid > 0 && !wait_for(pid, &status, 0)) {
            if (wants_end(control, 10)) {
                kill(-pid, SIGKILL);
                wait_for(pid, &status, 5000);
                return;
            }
        }
        if (pid < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            if (pid > 0)
                describe_end(text, sizeof text, plan->prepare[0], status);
            say(report, pid > 0 ? text : "no process can be started\n");
            wants_end(control, -1); /* the log must stay until it was read */
            return;
        }
    }
    pid = start(plan, plan->server, user, log);
    if (pid < 0) {
        say(report, "no process can be started\n");
        wants_end(control, -1);
        return;
    }
    while (!wants_end(control, 100)) {
        if (wait_for(pid, &status, 0)) {
            describe_end(text, sizeof text, plan->server[0], status);
            say(report, text);
            while (!wants_end(control, -1))
                continue;
            return;
        }
    }
    stop_server(plan, pid);
}

void cc_close_all_but(int a, int b)
{
    int low = a < b ? a : b;
    int high = a < b ? b : a;

    if (low > 3)
        syscall(SYS_close_range, 3U, (unsigned)low - 1, 0U);
    if (high > low + 1)
        syscall(SYS_close_range, (unsigned)low + 1, (unsigned)high - 1, 0U);
    syscall(SYS_close_range, (unsigned)high + 1, ~0U, 0U);
}

/* The keeper's whole life. */
static void keeper_main(const cc_keeper_plan *plan, const char *log_path, int control, int report)
{
    const struct passwd *user = plan->drop_root && geteuid() == 0 ? unprivileged_user() : NULL;
    int                  null_fd = open("/dev/null", O_RDWR);
    int                  log;

    setsid(); /* a Ctrl-C at the terminal is for the program, which then closes the pipe */
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, on_stop_signal);
    dup2(null_fd, STDIN_FILENO);
    dup2(null_fd, STDOUT_FILENO);
    dup2(null_fd, STDERR_FILENO);
    cc_close_all_but(control, report);

    if (mkdir(plan->folder, 0700) != 0) {
        say(report, "the temporary folder cannot be made\n");
        return;
    }
    log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0 || (user != NULL && (chown(plan->folder, user->pw_uid, user->pw_gid) != 0 ||
                                     fchown(log, user->pw_uid, user->pw_gid) != 0)))
        say(report, "the temporary folder cannot be used\n");
    else if (plan->drop_root && geteuid() == 0 && user == NULL)
        say(report, "the server refuses to run as root, and there is no user postgres or nobody\n");
    else
        keep(plan, user, log, control, report);
    nftw(plan->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- In the program ---- */

cc_keeper *cc_keeper_start(orm_arena *arena, const cc_keeper_plan *plan, orm_error *error)
{
    cc_keeper *keeper = orm_arena_zalloc(arena, sizeof *keeper);
    int        control[2];
    int        report[2];

    if (keeper == NULL || (keeper->log = orm_arena_printf(arena, "%s/server.log", plan->folder)) == NULL) {
        orm_fail_memory(error);
        return NULL;
    }
    if (pipe2(control, O_CLOEXEC) != 0) {
        orm_fail(error, ORM_ERR_CONNECTION, 0, "no pipe can be made: %s", strerror(errno));
        return NULL;
    }
    if (pipe2(report, O_CLOEXEC) != 0) {
        orm_fail(error, ORM_ERR_CONNECTION, 0, "no pipe can be made: %s", strerror(errno));
        close(control[0]);
        close(control[1]);
        return NULL;
    }
    keeper->pid = fork();
    if (keeper->pid == 0) {
        keeper_main(plan, keeper->log, control[0], report[1]);
        _exit(0);
    }
    close(control[0]);
    close(report[1]);
    keeper->control = control[1];
    keeper->report = report[0];
    if (keeper->pid < 0) {
        orm_fail(error, ORM_ERR_CONNECTION, 0, "no process can be started: %s", strerror(errno));
        close(keeper->control);
        close(keeper->report);
        return NULL;
    }
    fcntl(keeper->report, F_SETFL, O_NONBLOCK);
    return keeper;
}

/* The end of the log, as one line. */
static void read_log_tail(const char *path, char *out, size_t size)
{
    FILE  *file = fopen(path, "re");
    long   length;
    size_t got;

    out[0] = '\0';
    if (file == NULL)
        return;
    if (fseek(file, 0, SEEK_END) == 0 && (length = ftell(file)) >= 0) {
        fseek(file, length > (long)size - 1 ? length - (long)size + 1 : 0, SEEK_SET);
        got = fread(out, 1, size - 1, file);
        while (got > 0 && out[got - 1] == '\n')
            got--;
        out[got] = '\0';
    }
    fclose(file);
}

bool cc_keeper_has_failed(cc_keeper *keeper, orm_error *error)
{
    char tail[LOG_TAIL];

    if (!keeper->failed) {
        ssize_t got = read(keeper->report, keeper->failure, sizeof keeper->failure - 1);

        if (got < 0)
            return false;
        while (got > 0 && keeper->failure[got - 1] == '\n')
            got--;
        keeper->failure[got] = '\0';
        keeper->failed = true;
    }
    read_log_tail(keeper->log, tail, sizeof tail);
    orm_fail(error, ORM_ERR_CONNECTION, 0, "the server could not be kept running: %s",
             keeper->failure[0] != '\0' ? keeper->failure : "the process that keeps it ended");
    if (tail[0] != '\0')
        orm_fail_detail(error, "its log ends with: %s", tail);
    return true;
}

void cc_order_stop(int control)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    struct sigaction before;
    ssize_t          written;

    /* The process may have ended already. */
    sigaction(SIGPIPE, &ignore, &before);
    written = write(control, "", 1);
    (void)written;
    sigaction(SIGPIPE, &before, NULL);
    close(control);
}

void cc_keeper_stop(cc_keeper *keeper)
{
    int status;

    if (keeper == NULL || keeper->pid <= 0)
        return;
    cc_order_stop(keeper->control);
    while (waitpid(keeper->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    close(keeper->report);
    keeper->pid = 0;
}
