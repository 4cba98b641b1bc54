/* Transactions around a callback: propagation and retries. */
#include <stdio.h>

#include "base/text.h"
#include "unit/em_private.h"
#include "unit/retry.h"

/* One call of orm_transactional(). */
typedef struct call {
    orm_transaction_fn      callback;
    void                   *context;
    orm_transaction_options options;
} call;

/* The ways to run a callback. */
typedef enum way {
    WAY_PART,        /* as part of the open transaction */
    WAY_LEVEL,       /* in a transaction or savepoint of this entity manager */
    WAY_PLAIN,       /* without a transaction */
    WAY_APART,       /* in a transaction of another entity manager */
    WAY_APART_PLAIN, /* without a transaction, on another entity manager */
    WAY_NEEDS_ONE,   /* refused: none is open */
    WAY_NEEDS_NONE   /* refused: one is open */
} way;

typedef struct propagation {
    const char *name;
    way         inside; /* a transaction */
    way         outside;
} propagation;

static const propagation propagations[] = {
    [ORM_PROPAGATION_DEFAULT] = { "nested", WAY_LEVEL, WAY_LEVEL },
    [ORM_PROPAGATION_REQUIRED] = { "required", WAY_PART, WAY_LEVEL },
    [ORM_PROPAGATION_NESTED] = { "nested", WAY_LEVEL, WAY_LEVEL },
    [ORM_PROPAGATION_REQUIRES_NEW] = { "requires new", WAY_APART, WAY_APART },
    [ORM_PROPAGATION_SUPPORTS] = { "supports", WAY_PART, WAY_PLAIN },
    [ORM_PROPAGATION_MANDATORY] = { "mandatory", WAY_PART, WAY_NEEDS_ONE },
    [ORM_PROPAGATION_NEVER] = { "never", WAY_NEEDS_NONE, WAY_PLAIN },
    [ORM_PROPAGATION_NOT_SUPPORTED] = { "not supported", WAY_APART_PLAIN, WAY_PLAIN },
};

/* ---- Running the callback ---- */

/* The error is in `em`, also where the callback failed without one. */
static orm_status call_back(orm_em *em, const call *c)
{
    orm_status status;

    em_enter(em);
    status = c->callback(em, c->context);
    if (status != ORM_OK && em->error.status == ORM_OK)
        orm_fail(&em->error, status, 513, "the callback of orm_transactional() failed: %s", orm_status_name(status));
    return status;
}

/* Rolls back to `depth` levels; the error of what went wrong before is the one that is kept. */
static orm_status give_up(orm_em *em, size_t depth, orm_status status)
{
    orm_error why = em->error;
    size_t    before = 0;

    while (em->level_count > depth && em->level_count != before) {
        before = em->level_count;
        em_rollback(em);
    }
    em->error = why;
    return status;
}

/* What the callback began it must end, and nothing else. */
static orm_status check_depth(orm_em *em, size_t depth)
{
    if (em->level_count == depth)
        return ORM_OK;
    return orm_fail(&em->error, ORM_ERR_ARGUMENT, 514, "the callback of orm_transactional() %s",
                    em->level_count > depth ? "left a transaction of its own open: it was rolled back"
                                            : "ended the transaction that it was called in");
}

static orm_status run_level(orm_em *em, const call *c)
{
    size_t     depth = em->level_count;
    orm_status status = em_begin(em, &c->options);

    if (status != ORM_OK)
        return status;
    status = call_back(em, c);
    if (status == ORM_OK) {
        em_enter(em);
        status = check_depth(em, depth + 1);
    }
    if (status == ORM_OK)
        status = em_commit(em);
    return status == ORM_OK ? ORM_OK : give_up(em, depth, status);
}

/* As part of a transaction, or without one: the flush mode asked for holds for as long as the callback runs. */
static orm_status run_without_level(orm_em *em, const call *c, bool flush)
{
    orm_flush_mode outer = em->flush_mode;
    size_t         depth = em->level_count;
    orm_status     status;

    if (c->options.flush_mode != ORM_FLUSH_DEFAULT)
        em->flush_mode = c->options.flush_mode;
    status = call_back(em, c);
    if (status == ORM_OK) {
        em_enter(em);
        status = check_depth(em, depth);
    }
    if (status == ORM_OK && flush)
        status = em_flush(em);
    if (em->level_count > depth)
        give_up(em, depth, status);
    em->flush_mode = outer;
    return status;
}

/* ---- On an entity manager of its own ---- */

static void tell_retry(const orm_em *em, const orm_retry_policy *policy, unsigned attempt, uint64_t delay)
{
    char line[256];

    if (em->o->log == NULL)
        return;
    snprintf(line, sizeof line, "attempt %u of %u of a transaction failed (%s): the next one follows in %llu ms",
             attempt, policy->attempts, orm_status_name(em->error.status), (unsigned long long)delay);
    em->o->log(em->o->log_context, &(orm_log_event){ .kind = ORM_LOG_INFO, .message = line, .rows = -1 });
}

/* Waits for the next attempt; false when it would begin too late. */
static bool wait_for_turn(const orm_em *em, const orm_retry_policy *policy, unsigned attempt, uint64_t started)
{
    uint64_t random = 0;
    uint64_t delay;

    /* Without random bytes all clients wait the same time, which is worse than random and better than to give up. */
    if (!orm_random_bytes(&random, sizeof random))
        random = 0;
    delay = orm_retry_delay_ms(policy, attempt, random);
    if (policy->max_total_ms != 0 && orm_retry_clock_ms() - started + delay > policy->max_total_ms)
        return false;
    tell_retry(em, policy, attempt, delay);
    orm_retry_sleep(delay);
    return true;
}

/* One attempt; its error ends up in `em`. */
static orm_status attempt_apart(orm_em *em, const call *c, bool in_transaction, unsigned attempt, bool *again)
{
    orm_em    *own = em_fork_like(em);
    orm_status status;

    *again = false;
    if (own == NULL)
        return em->error.status;
    own->attempt = attempt;
    status = in_transaction ? run_level(own, c) : run_without_level(own, c, true);
    *again = status != ORM_OK && in_transaction && orm_retry_helps(&c->options.retry, status, own->conflict);
    em->error = own->error;
    orm_em_close(own);
    return status;
}

static orm_status run_apart(orm_em *em, const call *c, bool in_transaction)
{
    uint64_t started = orm_retry_clock_ms();

    for (unsigned attempt = 1;; attempt++) {
        bool       again;
        orm_status status = attempt_apart(em, c, in_transaction, attempt, &again);

        if (!again || attempt >= c->options.retry.attempts || !wait_for_turn(em, &c->options.retry, attempt, started))
            return status;
    }
}

/* ---- Which way ---- */

static bool begins_transaction(const propagation *p)
{
    return p->inside == WAY_LEVEL || p->inside == WAY_APART || p->outside == WAY_LEVEL;
}

static orm_status check_options(orm_em *em, const orm_transaction_options *options)
{
    const propagation *p;
    const char        *vain = NULL;

    if ((unsigned)options->propagation > ORM_PROPAGATION_NOT_SUPPORTED)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 613, "the propagation %d is none of orm_propagation",
                        (int)options->propagation);
    if ((unsigned)options->isolation > ORM_ISOLATION_SERIALIZABLE)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 614, "the isolation level %d is none of orm_isolation",
                        (int)options->isolation);
    if (em_check_flush_mode(em, options->flush_mode) != ORM_OK)
        return em->error.status;
    p = &propagations[options->propagation];
    if (options->isolation != ORM_ISOLATION_DEFAULT)
        vain = "an isolation level";
    else if (options->read_only)
        vain = "read only";
    else if (options->retry.attempts > 1)
        vain = "retries";
    if (vain != NULL && !begins_transaction(p))
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 615,
                        "propagation \"%s\" never begins a transaction, so %s cannot be had with it", p->name, vain);
    return ORM_OK;
}

static orm_status refuse(orm_em *em, const propagation *p, way w)
{
    if (w == WAY_NEEDS_ONE)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 616,
                        "propagation \"%s\" needs an open transaction, and there is none", p->name);
    return orm_fail(&em->error, ORM_ERR_ARGUMENT, 617,
                    "propagation \"%s\" allows no open transaction, and there is one", p->name);
}

static orm_status run(orm_em *em, const call *c)
{
    const propagation *p = &propagations[c->options.propagation];
    bool               inside = em->level_count > 0;
    way                w = inside ? p->inside : p->outside;

    if (inside && (w == WAY_PART || w == WAY_LEVEL) && em_check_inner(em, &c->options) != ORM_OK)
        return em->error.status;
    /* Only what nothing is around of can be run again as a whole. */
    if (!inside && w == WAY_LEVEL && c->options.retry.attempts > 1)
        w = WAY_APART;
    switch (w) {
    case WAY_PART:
        return run_without_level(em, c, false);
    case WAY_LEVEL:
        return run_level(em, c);
    case WAY_PLAIN:
        return run_without_level(em, c, true);
    case WAY_APART:
        return run_apart(em, c, true);
    case WAY_APART_PLAIN:
        return run_apart(em, c, false);
    case WAY_NEEDS_ONE:
    case WAY_NEEDS_NONE:
        break;
    }
    return refuse(em, p, w);
}

orm_status orm_transactional(orm_em *em, orm_transaction_fn callback, void *context,
                             const orm_transaction_options *options)
{
    call c = { .callback = callback, .context = context };

    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    if (callback == NULL)
        return em_leave(em, orm_fail(&em->error, ORM_ERR_ARGUMENT, 512, "orm_transactional() needs a callback"));
    if (em_refuse_in_event(em, "run a transaction") != ORM_OK)
        return em->error.status;
    if (options != NULL)
        c.options = *options;
    return em_leave(em, check_options(em, &c.options) == ORM_OK ? run(em, &c) : em->error.status);
}

unsigned orm_attempt(const orm_em *em)
{
    return em == NULL ? 0 : em->attempt;
}
