#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "driver/driver_private.h"

#define FINISH_LIMIT_S 1

/*
 * libpq's call to cancel connects, and can take as long as the network likes. So a thread of its own makes it, which
 * nobody has to wait for: the job is freed by whoever has done with it last.
 */
struct orm_cancel_job {
    pthread_mutex_t lock;
    pthread_cond_t  changed;
    bool            finished;
    int             holders;
#ifdef LIBPQ_HAS_ASYNC_CANCEL
    PGcancelConn *cancel; /* as encrypted as the connection is */
#else
    PGcancel *cancel;
#endif
};

static bool make_request(orm_cancel_job *job, PGconn *pg)
{
#ifdef LIBPQ_HAS_ASYNC_CANCEL
    job->cancel = PQcancelCreate(pg);
#else
    if (PQsslInUse(pg) || PQgssEncInUse(pg))
        return false; /* it would go in the clear */
    job->cancel = PQgetCancel(pg);
#endif
    return job->cancel != NULL;
}

static void send_request(orm_cancel_job *job)
{
    /* Whether it came to anything shows in the statement. */
#ifdef LIBPQ_HAS_ASYNC_CANCEL
    PQcancelBlocking(job->cancel);
#else
    char message[256];

    PQcancel(job->cancel, message, sizeof message);
#endif
}

static void free_request(orm_cancel_job *job)
{
#ifdef LIBPQ_HAS_ASYNC_CANCEL
    PQcancelFinish(job->cancel);
#else
    PQfreeCancel(job->cancel);
#endif
}

static void let_go(orm_cancel_job *job)
{
    bool last;

    pthread_mutex_lock(&job->lock);
    last = --job->holders == 0;
    pthread_mutex_unlock(&job->lock);
    if (!last)
        return;
    free_request(job);
    pthread_cond_destroy(&job->changed);
    pthread_mutex_destroy(&job->lock);
    free(job);
}

static void *work(void *argument)
{
    orm_cancel_job *job = argument;

    send_request(job);
    pthread_mutex_lock(&job->lock);
    job->finished = true;
    pthread_cond_signal(&job->changed);
    pthread_mutex_unlock(&job->lock);
    let_go(job);
    return NULL;
}

bool orm_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    bool               made;

    if (pthread_condattr_init(&attributes) != 0)
        return false;
    made =
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 && pthread_cond_init(condition, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    return made;
}

/* The application's signals are for the application's threads. */
static bool start_thread(orm_cancel_job *job)
{
    pthread_t thread;
    sigset_t  all;
    sigset_t  before;
    bool      started;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    started = pthread_create(&thread, NULL, work, job) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (started)
        pthread_detach(thread);
    return started;
}

orm_cancel_job *orm_cancel_start(PGconn *pg)
{
    /* Not of the pool's allocator, because it may outlive the pool. */
    orm_cancel_job *job = calloc(1, sizeof *job);

    if (job == NULL)
        return NULL;
    if (pthread_mutex_init(&job->lock, NULL) != 0) {
        free(job);
        return NULL;
    }
    if (!orm_condition_init(&job->changed)) {
        pthread_mutex_destroy(&job->lock);
        free(job);
        return NULL;
    }
    job->holders = 1;
    if (!make_request(job, pg)) {
        let_go(job);
        return NULL;
    }
    job->holders = 2;
    if (!start_thread(job)) {
        job->holders = 1;
        let_go(job);
        return NULL;
    }
    return job;
}

void orm_cancel_finish(orm_cancel_job *job)
{
    struct timespec limit;

    clock_gettime(CLOCK_MONOTONIC, &limit);
    limit.tv_sec += FINISH_LIMIT_S;
    pthread_mutex_lock(&job->lock);
    while (!job->finished && pthread_cond_timedwait(&job->changed, &job->lock, &limit) == 0)
        continue;
    pthread_mutex_unlock(&job->lock);
    let_go(job);
}
