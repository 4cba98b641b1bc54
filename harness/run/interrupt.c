#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "harness/run/run.h"

/* A handler can only reach globals; there is one set of signals in a process. */
static volatile sig_atomic_t came;
static int                   wake[2] = { -1, -1 };
static struct sigaction      before_int, before_term, before_hup;

static void on_signal(int number)
{
    int saved = errno;

    /* The watchdog of a server that we started sees us go and cleans up. */
    if (came != 0)
        _exit(128 + number);
    came = number;
    if (write(wake[1], "", 1) < 0) {
        /* The flag is set; whoever polls looks at it when the poll is interrupted. */
    }
    errno = saved;
}

void cc_interrupt_install(void)
{
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

    came = 0;
    if (wake[0] < 0 && pipe2(wake, O_CLOEXEC | O_NONBLOCK) != 0)
        wake[0] = wake[1] = -1;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &before_int);
    sigaction(SIGTERM, &action, &before_term);
    /* A terminal that closes ends the run, unless `nohup` said that it shall go on. */
    if (sigaction(SIGHUP, NULL, &before_hup) == 0 && before_hup.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &action, NULL);
}

void cc_interrupt_restore(void)
{
    sigaction(SIGINT, &before_int, NULL);
    sigaction(SIGTERM, &before_term, NULL);
    sigaction(SIGHUP, &before_hup, NULL);
}

int cc_interrupt_signal(void)
{
    return came;
}

int cc_interrupt_fd(void)
{
    return wake[0];
}
