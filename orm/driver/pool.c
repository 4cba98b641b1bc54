#include <poll.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "driver/driver_private.h"

typedef enum { NOTHING_YET, A_CONNECTION, A_PLACE } gift;

/* Who waits for a connection. In the order of their coming they are given one, or the right to open one. */
typedef struct waiter {
    struct waiter  *next;
    struct waiter  *previous;
    orm_pool       *pool;
    pthread_cond_t  changed;
    gift            given;
    orm_connection *connection;
} waiter;

struct orm_pool {
    orm_target      target; /* not changed after orm_pool_new(), like the limits */
    orm_pool_limits limits;
    pthread_mutex_t lock;    /* guards everything below */
    pid_t           process; /* whose connections are counted */
    orm_connection *newest;  /* idle ones: the one used last is lent first, since its caches are warm */
    orm_connection *oldest;
    waiter         *first;
    waiter         *last;
    orm_pool_stats  stats; /* `open` counts the places taken: idle, lent, and being opened */
};

/* ---- Life ---- */

orm_status orm_pool_new(const orm_config *config, const orm_settings *settings, orm_pool **out, orm_error *error)
{
    const orm_allocator *a;
    orm_pool            *pool;
    orm_status           status;

    if (config == NULL || settings == NULL || out == NULL)
        return orm_fail(error, ORM_ERR_ARGUMENT, 330, "a pool needs a configuration and settings");
    *out = NULL;
    a = config->allocator != NULL ? config->allocator : orm_default_allocator();
    pool = a->alloc(a->context, sizeof *pool);
    if (pool == NULL)
        return orm_fail_memory(error);
    *pool = (orm_pool){ .process = getpid() };
    status = orm_pool_limits_resolve(&config->pool, &pool->limits, error);
    if (status == ORM_OK)
        status = orm_target_init(&pool->target, config, settings, error);
    if (status == ORM_OK && pthread_mutex_init(&pool->lock, NULL) != 0) {
        orm_target_free(&pool->target);
        status = orm_fail_memory(error);
    }
    if (status != ORM_OK) {
        a->release(a->context, pool);
        return status;
    }
    pool->stats.max = pool->limits.max;
    *out = pool;
    return ORM_OK;
}

static void close_all(orm_connection *list)
{
    while (list != NULL) {
        orm_connection *next = list->next;

        orm_connection_close(list);
        list = next;
    }
}

void orm_pool_free(orm_pool *pool)
{
    orm_allocator a;

    if (pool == NULL)
        return;
    close_all(pool->newest);
    pthread_mutex_destroy(&pool->lock);
    a = pool->target.allocator;
    orm_target_free(&pool->target);
    a.release(a.context, pool);
}

/* ---- Idle connections, all with the lock held ---- */

static void push_idle(orm_pool *pool, orm_connection *c)
{
    c->idle_since = orm_clock_ns();
    c->previous = NULL;
    c->next = pool->newest;
    if (c->next != NULL)
        c->next->previous = c;
    else
        pool->oldest = c;
    pool->newest = c;
    pool->stats.idle++;
}

static void unlink_idle(orm_pool *pool, orm_connection *c)
{
    if (c->previous != NULL)
        c->previous->next = c->next;
    else
        pool->newest = c->next;
    if (c->next != NULL)
        c->next->previous = c->previous;
    else
        pool->oldest = c->previous;
    c->next = c->previous = NULL;
    pool->stats.idle--;
}

/* Takes out those that nobody has used for too long, oldest first; to be closed when the lock is given back. */
static orm_connection *take_expired(orm_pool *pool)
{
    orm_connection *expired = NULL;
    uint64_t        now = orm_clock_ns();

    while (pool->oldest != NULL && pool->stats.open > pool->limits.min &&
           now - pool->oldest->idle_since >= pool->limits.idle_ns) {
        orm_connection *c = pool->oldest;

        unlink_idle(pool, c);
        pool->stats.open--;
        pool->stats.closed++;
        c->next = expired;
        expired = c;
    }
    return expired;
}

/* In a forked child nothing of what was counted is there, and nobody who waited. */
static void notice_fork(orm_pool *pool)
{
    orm_connection *foreign;

    if (pool->process == getpid())
        return;
    foreign = pool->newest;
    pool->process = getpid();
    pool->newest = pool->oldest = NULL;
    pool->first = pool->last = NULL;
    pool->stats = (orm_pool_stats){ .max = pool->limits.max };
    close_all(foreign);
}

static void enter(orm_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    notice_fork(pool);
}

static void leave(orm_pool *pool, orm_connection *to_close)
{
    pthread_mutex_unlock(&pool->lock);
    close_all(to_close);
}

/* ---- Waiting ---- */

static void unlink_waiter(orm_pool *pool, waiter *w)
{
    if (w->previous != NULL)
        w->previous->next = w->next;
    else
        pool->first = w->next;
    if (w->next != NULL)
        w->next->previous = w->previous;
    else
        pool->last = w->previous;
    pool->stats.waiting--;
}

static void append_waiter(orm_pool *pool, waiter *w)
{
    w->previous = pool->last;
    if (w->previous != NULL)
        w->previous->next = w;
    else
        pool->first = w;
    pool->last = w;
    pool->stats.waiting++;
}

/* To who has waited longest; false when nobody waits. */
static bool give(orm_pool *pool, gift given, orm_connection *connection)
{
    waiter *w = pool->first;

    if (w == NULL)
        return false;
    unlink_waiter(pool, w);
    w->given = given;
    w->connection = connection;
    pthread_cond_signal(&w->changed);
    return true;
}

/* The place of a connection that is no more. */
static void give_place_back(orm_pool *pool)
{
    if (!give(pool, A_PLACE, NULL))
        pool->stats.open--;
}

/* orm_wake_fn. */
static void wake_waiter(void *sleeper)
{
    waiter *w = sleeper;

    pthread_mutex_lock(&w->pool->lock);
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->pool->lock);
}

static void wait_until(pthread_cond_t *changed, pthread_mutex_t *lock, uint64_t moment)
{
    struct timespec limit = { .tv_sec = (time_t)(moment / ORM_NS_PER_S), .tv_nsec = (long)(moment % ORM_NS_PER_S) };

    if (moment == 0)
        pthread_cond_wait(changed, lock);
    else
        pthread_cond_timedwait(changed, lock, &limit);
}

static orm_status fail_exhausted(const orm_pool *pool, orm_error *error)
{
    orm_fail(error, ORM_ERR_CONNECTION, 368, "no connection became free within %u ms: all %zu of the pool are in use",
             pool->limits.wait_ms, pool->stats.max);
    orm_fail_hint(error,
                  "An entity manager holds its connection as long as its transaction is open: end transactions, or "
                  "allow more with orm_config.pool.max.");
    if (error != NULL)
        error->retryable = true;
    return ORM_ERR_CONNECTION;
}

/* With the lock held, which is given back meanwhile: until `w` is given something, time is up, or it is interrupted. */
static orm_status wait_in_line(orm_pool *pool, waiter *w, const orm_interrupt *interrupt, orm_error *error)
{
    uint64_t limit = pool->limits.wait_ms == ORM_NO_LIMIT ? 0 : orm_clock_ns() + pool->limits.wait_ms * ORM_NS_PER_MS;
    uint64_t deadline = interrupt != NULL ? interrupt->deadline : 0;
    uint64_t moment = orm_sooner(limit, deadline);

    append_waiter(pool, w);
    while (w->given == NOTHING_YET) {
        if (!orm_interrupt_requested(interrupt) && !orm_has_passed(moment)) {
            wait_until(&w->changed, &pool->lock, moment);
            continue;
        }
        unlink_waiter(pool, w);
        if (orm_interrupt_requested(interrupt))
            return orm_fail_stopped(error, ORM_STOP_REQUEST, 0, "it waited for a connection");
        if (interrupt != NULL && orm_has_passed(deadline))
            return orm_fail_stopped(error, ORM_STOP_DEADLINE, interrupt->deadline_ms, "it waited for a connection");
        pool->stats.timed_out++;
        return fail_exhausted(pool, error);
    }
    return ORM_OK;
}

/* With the lock held: what can be had without waiting. Whoever came before goes first. */
static gift take(orm_pool *pool, orm_connection **out)
{
    if (pool->first != NULL)
        return NOTHING_YET;
    if (pool->newest != NULL) {
        *out = pool->newest;
        unlink_idle(pool, *out);
        return A_CONNECTION;
    }
    if (pool->stats.open >= pool->limits.max)
        return NOTHING_YET;
    pool->stats.open++;
    return A_PLACE;
}

/* The interrupt keeps the condition from being destroyed while a request is about to signal it. */
static orm_status line_up(orm_pool *pool, waiter *w, orm_interrupt *interrupt, orm_error *error)
{
    orm_status status = ORM_OK;

    if (!orm_condition_init(&w->changed))
        return orm_fail_memory(error);
    orm_interrupt_sleep(interrupt, wake_waiter, w);
    pthread_mutex_lock(&pool->lock);
    w->given = take(pool, &w->connection); /* somebody may have given one back meanwhile */
    if (w->given == NOTHING_YET)
        status = wait_in_line(pool, w, interrupt, error);
    pthread_mutex_unlock(&pool->lock);
    orm_interrupt_sleep(interrupt, NULL, NULL);
    pthread_cond_destroy(&w->changed);
    return status;
}

/* ---- Lending ---- */

/*
 * A server says nothing to an idle client except good-bye; whatever else it may be, a new connection is safe. One that
 * was idle for longer may have been forgotten by what lies between: only an answer of the server tells.
 */
static bool still_works(const orm_pool *pool, orm_connection *c)
{
    struct pollfd fd = { .fd = PQsocket(c->pg), .events = POLLIN };

    if (PQstatus(c->pg) != CONNECTION_OK || fd.fd < 0 || poll(&fd, 1, 0) != 0)
        return false;
    return orm_clock_ns() - c->idle_since < pool->limits.check_ns || orm_connection_answers(c);
}

/* Opens a connection in the place that the caller holds. */
static orm_status open_in_place(orm_pool *pool, orm_interrupt *interrupt, orm_connection **out, orm_error *error)
{
    orm_status status = orm_connection_open(&pool->target, interrupt, out, error);

    enter(pool);
    if (status == ORM_OK)
        pool->stats.opened++;
    else
        give_place_back(pool);
    leave(pool, NULL);
    return status;
}

static void count_dead(orm_pool *pool)
{
    enter(pool);
    pool->stats.found_dead++;
    pool->stats.closed++;
    leave(pool, NULL);
}

static gift take_at_once(orm_pool *pool, orm_connection **out)
{
    orm_connection *expired;
    gift            given;

    enter(pool);
    given = take(pool, out);
    expired = take_expired(pool);
    leave(pool, expired);
    return given;
}

/* The connection that was given, if it is still good for something, or a new one in its place. */
static orm_status make_usable(orm_pool *pool, orm_interrupt *interrupt, orm_connection **c, orm_error *error)
{
    if (*c != NULL) {
        (*c)->watch.interrupt = interrupt;
        if (still_works(pool, *c))
            return ORM_OK;
        count_dead(pool);
        orm_connection_close(*c);
    }
    return open_in_place(pool, interrupt, c, error);
}

orm_status orm_pool_acquire_for(orm_pool *pool, orm_interrupt *interrupt, orm_connection **out, orm_error *error)
{
    waiter     w = { .pool = pool };
    orm_status status = ORM_OK;

    *out = NULL;
    w.given = take_at_once(pool, &w.connection);
    if (w.given == NOTHING_YET)
        status = line_up(pool, &w, interrupt, error);
    if (status == ORM_OK)
        status = make_usable(pool, interrupt, &w.connection, error);
    if (status == ORM_OK)
        *out = w.connection;
    return status;
}

orm_status orm_pool_acquire(orm_pool *pool, orm_connection **out, orm_error *error)
{
    return orm_pool_acquire_for(pool, NULL, out, error);
}

/* Ends what is open on it. False when it is no use to anybody any more. */
static bool tidy_up(orm_connection *c)
{
    PGTransactionStatusType status = PQtransactionStatus(c->pg);

    if (status == PQTRANS_INTRANS || status == PQTRANS_INERROR)
        orm_execute_rollback(c, "rollback", NULL);
    c->watch.interrupt = NULL;
    c->label = NULL;
    return PQtransactionStatus(c->pg) == PQTRANS_IDLE && !c->stray_cancel;
}

void orm_pool_release(orm_pool *pool, orm_connection *connection)
{
    orm_connection *expired;
    bool            own;
    bool            usable;

    if (connection == NULL)
        return;
    own = orm_connection_is_own(connection);
    usable = own && tidy_up(connection);
    if (!usable)
        orm_connection_close(connection);
    enter(pool);
    if (usable && !give(pool, A_CONNECTION, connection))
        push_idle(pool, connection);
    if (own && !usable) {
        pool->stats.closed++;
        give_place_back(pool);
    }
    expired = take_expired(pool);
    leave(pool, expired);
}

void orm_pool_close_expired(orm_pool *pool)
{
    orm_connection *expired;

    enter(pool);
    expired = take_expired(pool);
    leave(pool, expired);
}

orm_pool_stats orm_pool_statistics(orm_pool *pool)
{
    orm_pool_stats stats;

    enter(pool);
    stats = pool->stats;
    leave(pool, NULL);
    stats.in_use = stats.open - stats.idle;
    return stats;
}
