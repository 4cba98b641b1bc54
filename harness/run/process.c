#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/run/process_private.h"

/*
 * The child's first steps. A group of its own keeps a terminal's Ctrl-C away from it: the parent decides what becomes
 * of it. It must not outlive the parent, whatever that one dies of.
 */
static void become_worker(const cc_process *process, const cc_run_options *options, pid_t parent, int out, int err)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(CC_WORKER_DONE);
    dup2(err, STDERR_FILENO);
    /* stdout is the console's: what a library prints there must not get between its lines. */
    dup2(err, STDOUT_FILENO);
    _exit(cc_worker_main(options, process->job, process->db_name, out));
}

static bool make_pipe(int ends[2])
{
    return pipe2(ends, O_CLOEXEC) == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
}

static void close_pipe(const int ends[2])
{
    for (int i = 0; i < 2; i++) {
        if (ends[i] >= 0)
            close(ends[i]);
    }
}

bool cc_process_start(cc_process *process, const cc_run_options *options)
{
    int   out[2] = { -1, -1 };
    int   err[2] = { -1, -1 };
    pid_t parent = getpid();
    pid_t pid = make_pipe(out) && make_pipe(err) ? fork() : -1;

    if (pid == 0)
        become_worker(process, options, parent, out[1], err[1]);
    if (pid < 0) {
        close_pipe(out);
        close_pipe(err);
        return false;
    }
    close(out[1]);
    close(err[1]);
    process->pid = pid;
    process->out = out[0];
    process->err = err[0];
    orm_buffer_init(&process->lines, NULL, CC_LINE_LIMIT);
    orm_buffer_init(&process->noise, NULL, 0);
    return true;
}

bool cc_process_read(int fd, orm_buffer *into, size_t limit)
{
    enum { CHUNKS = 64 }; /* one worker that writes without end must not keep the parent from the others */
    char    chunk[16 * 1024];
    ssize_t got = 1;

    for (int i = 0; got > 0 && i < CHUNKS; i++) {
        got = read(fd, chunk, sizeof chunk);
        if (got > 0 && into->length < limit)
            orm_buffer_append_bytes(into, chunk, (size_t)got);
    }
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

int cc_process_reap(cc_process *process)
{
    int status = 0;

    while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

void cc_process_free(cc_process *process)
{
    if (process->out >= 0)
        close(process->out);
    if (process->err >= 0)
        close(process->err);
    orm_buffer_free(&process->lines);
    orm_buffer_free(&process->noise);
    *process = (cc_process){ .out = -1, .err = -1 };
}
