#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "driver/driver_private.h"

/* How long a server may take to answer a request to cancel; then it counts as lost. */
#define GRACE_MS 5000

/* ---- Being woken ---- */

orm_status orm_watch_init(orm_watch *watch, orm_error *error)
{
    if (pipe2(watch->pipe, O_CLOEXEC | O_NONBLOCK) == 0)
        return ORM_OK;
    watch->pipe[0] = watch->pipe[1] = -1;
    return orm_fail(error, ORM_ERR_CONNECTION, 366, "no pipe can be made for a connection: %s", strerror(errno));
}

void orm_watch_free(orm_watch *watch)
{
    for (int i = 0; i < 2; i++) {
        if (watch->pipe[i] >= 0)
            close(watch->pipe[i]);
    }
}

/* orm_wake_fn, on another thread. A full pipe wakes as well. */
static void wake(void *sleeper)
{
    const orm_watch *watch = sleeper;
    ssize_t          written;

    do {
        written = write(watch->pipe[1], "", 1);
    } while (written < 0 && errno == EINTR);
}

static void empty_pipe(const orm_watch *watch)
{
    char bytes[64];

    while (read(watch->pipe[0], bytes, sizeof bytes) > 0)
        continue;
}

/* ---- Before a statement, and after it ---- */

uint64_t orm_sooner(uint64_t a, uint64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

static uint64_t after_ms(uint64_t milliseconds)
{
    return orm_clock_ns() + milliseconds * ORM_NS_PER_MS;
}

void orm_watch_begin(orm_connection *c, bool stoppable)
{
    orm_watch *w = &c->watch;
    uint64_t   deadline = w->interrupt != NULL ? w->interrupt->deadline : 0;
    unsigned   timeout = c->target->statement_timeout_ms;

    w->stop = ORM_STOP_NONE;
    w->cut = false;
    w->stoppable = stoppable;
    w->deadline = w->timeout = 0;
    if (stoppable) {
        w->deadline = deadline;
        w->timeout_ms = timeout;
        orm_interrupt_sleep(w->interrupt, wake, w);
    } else {
        /* What has to be done all the same, like a rollback, must not hang for ever where nothing else may. */
        w->timeout_ms = deadline != 0 || timeout != 0 ? GRACE_MS : 0;
    }
    w->timeout = w->timeout_ms != 0 ? after_ms(w->timeout_ms) : 0;
}

static bool was_cancelled(const PGresult *failure)
{
    const char *sqlstate = failure != NULL ? PQresultErrorField(failure, PG_DIAG_SQLSTATE) : NULL;

    return sqlstate != NULL && strcmp(sqlstate, "57014") == 0;
}

void orm_watch_end(orm_connection *c, const PGresult *failure)
{
    orm_watch *w = &c->watch;

    if (w->stoppable)
        orm_interrupt_sleep(w->interrupt, NULL, NULL);
    empty_pipe(w);
    if (w->stop == ORM_STOP_NONE)
        return;
    if (w->job != NULL)
        orm_cancel_finish(w->job);
    w->job = NULL;
    w->worked = w->cut || was_cancelled(failure);
    if (w->stop == ORM_STOP_REQUEST && w->worked)
        orm_interrupt_clear(w->interrupt);
    /* It was done before the server heard of it: who knows which statement would be hit when it does. */
    if (!w->worked)
        c->stray_cancel = true;
}

/* ---- Stopping ---- */

static void cut(orm_watch *watch, const PGconn *pg)
{
    watch->cut = true;
    if (PQsocket(pg) >= 0)
        shutdown(PQsocket(pg), SHUT_RDWR);
}

void orm_watch_stop(orm_connection *c, orm_stop why)
{
    orm_watch *w = &c->watch;

    w->stop = why;
    w->grace = after_ms(GRACE_MS);
    w->job = w->stoppable ? orm_cancel_start(c->pg) : NULL;
    w->unasked = w->job == NULL;
    if (w->unasked)
        cut(w, c->pg);
}

bool orm_has_passed(uint64_t moment)
{
    return moment != 0 && orm_clock_ns() >= moment;
}

static orm_stop reason_to_stop(const orm_watch *w)
{
    if (w->stoppable && orm_interrupt_requested(w->interrupt))
        return ORM_STOP_REQUEST;
    if (orm_has_passed(w->deadline))
        return ORM_STOP_DEADLINE;
    return orm_has_passed(w->timeout) ? ORM_STOP_TIMEOUT : ORM_STOP_NONE;
}

static void look_around(orm_connection *c)
{
    orm_watch *w = &c->watch;

    if (w->stop == ORM_STOP_NONE) {
        orm_stop why = reason_to_stop(w);

        if (why != ORM_STOP_NONE)
            orm_watch_stop(c, why);
    } else if (!w->cut && orm_has_passed(w->grace)) {
        cut(w, c->pg);
    }
}

orm_status orm_watch_fail(const orm_connection *c, const char *outcome, orm_error *error)
{
    const orm_watch *w = &c->watch;

    return orm_fail_stopped(error, w->stop, w->stop == ORM_STOP_DEADLINE ? w->interrupt->deadline_ms : w->timeout_ms,
                            outcome);
}

orm_status orm_watch_check(orm_connection *c, orm_error *error)
{
    orm_watch *w = &c->watch;

    w->stop = reason_to_stop(w);
    if (w->stop == ORM_STOP_NONE)
        return ORM_OK;
    orm_watch_fail(c, "it was not sent", error);
    if (w->stop == ORM_STOP_REQUEST)
        orm_interrupt_clear(w->interrupt);
    w->stop = ORM_STOP_NONE; /* there is nothing to be ended */
    orm_watch_end(c, NULL);
    return ORM_ERR_CANCELLED;
}

void orm_watch_pause(orm_connection *c)
{
    if (c->watch.stoppable)
        orm_interrupt_sleep(c->watch.interrupt, NULL, NULL);
}

bool orm_watch_resume(orm_connection *c)
{
    orm_watch *w = &c->watch;

    if (w->stoppable) {
        w->deadline = w->interrupt != NULL ? w->interrupt->deadline : 0; /* it may have been set meanwhile */
        orm_interrupt_sleep(w->interrupt, wake, w);
    }
    if (w->timeout_ms != 0)
        w->timeout = after_ms(w->timeout_ms);
    look_around(c);
    return w->stop == ORM_STOP_NONE;
}

/* ---- Waiting ---- */

/* For poll(): -1, as long as it takes, for a moment that never comes. */
static int milliseconds_to(uint64_t moment)
{
    uint64_t now = orm_clock_ns();
    uint64_t left;

    if (moment == 0)
        return -1;
    if (moment <= now)
        return 0;
    left = (moment - now) / ORM_NS_PER_MS + 1;
    return left > INT16_MAX ? INT16_MAX : (int)left;
}

/* When the watch has something to do again. */
static uint64_t next_moment(const orm_watch *w)
{
    if (w->cut)
        return 0;
    return w->stop == ORM_STOP_NONE ? orm_sooner(w->deadline, w->timeout) : w->grace;
}

/* Until bytes can be read, or written where `writing`; meanwhile the statement may be stopped. False: it is no use. */
static bool wait_for_socket(orm_connection *c, bool writing)
{
    struct pollfd fds[] = {
        { .fd = PQsocket(c->pg), .events = (short)(writing ? POLLIN | POLLOUT : POLLIN) },
        { .fd = c->watch.pipe[0], .events = POLLIN },
    };

    look_around(c);
    if (fds[0].fd < 0 || (poll(fds, 2, milliseconds_to(next_moment(&c->watch))) < 0 && errno != EINTR))
        return false;
    if (fds[1].revents != 0)
        empty_pipe(&c->watch);
    return fds[0].revents == 0 || PQconsumeInput(c->pg) == 1;
}

/* While it connects there is no statement to be stopped: the caller gives the connection up. */
orm_status orm_watch_connecting(orm_connection *c, bool writing, uint64_t limit, orm_error *error)
{
    orm_watch    *w = &c->watch;
    struct pollfd fds[] = {
        { .fd = PQsocket(c->pg), .events = writing ? POLLOUT : POLLIN },
        { .fd = w->pipe[0], .events = POLLIN },
    };

    for (;;) {
        orm_status status = orm_watch_check(c, error);

        if (status != ORM_OK)
            return status;
        if (orm_has_passed(limit))
            return ORM_ERR_CONNECTION;
        if (poll(fds, 2, milliseconds_to(orm_sooner(limit, orm_sooner(w->deadline, w->timeout)))) > 0 &&
            fds[0].revents != 0)
            return ORM_OK;
        empty_pipe(w);
    }
}

PGresult *orm_wait_result(orm_connection *c)
{
    while (PQisBusy(c->pg)) {
        int unsent = PQflush(c->pg);

        /* Where that failed, libpq knows what there is to say. */
        if (unsent < 0 || !wait_for_socket(c, unsent > 0))
            break;
    }
    return PQgetResult(c->pg);
}

void orm_wait_sent(orm_connection *c)
{
    while (PQflush(c->pg) > 0 && wait_for_socket(c, true))
        continue;
}

int orm_wait_copy_data(orm_connection *c, char **data)
{
    int size;

    while ((size = PQgetCopyData(c->pg, data, 1)) == 0) {
        if (!wait_for_socket(c, false))
            return -1;
    }
    return size;
}
