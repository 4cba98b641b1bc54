/*
 * transaction.h - transactions of an entity manager: begin and end, propagation, isolation, flush modes, retries.
 *
 * A transaction belongs to an entity manager and has one connection for as long as it is open. Inside one there can be
 * others, each a savepoint. What a rollback takes back in the database counts as unsaved again in memory: new entities
 * are pending, changes are changes, so the work can be flushed once more.
 */
#ifndef ORM_TRANSACTION_H
#define ORM_TRANSACTION_H

#include <stdbool.h>

#include <orm/error.h>

ORM_BEGIN_DECLS

typedef struct orm_em orm_em;

/* ---- Flush modes: what a query does about entities that are pending ---- */

typedef enum orm_flush_mode {
    ORM_FLUSH_DEFAULT = 0, /* as outside: of the transaction, else of the entity manager, else AUTO */
    ORM_FLUSH_AUTO,        /* flush before a query for an entity type of which something is pending, see below */
    ORM_FLUSH_COMMIT,      /* flush when a transaction commits, and when orm_flush() is called */
    ORM_FLUSH_ALWAYS       /* flush before each query */
} orm_flush_mode;

/*
 * AUTO goes by calls, as MikroORM does: something of a type is pending when an entity of it was created, persisted or
 * removed since the last flush. A changed member of a saved entity alone does not count; orm_persist() makes it count.
 * A flush writes all that is pending, of whatever type; outside a transaction it is one of its own. When it fails, the
 * query is not sent, and the error is the flush's. A query that is wrong flushes nothing, nor does raw SQL.
 */

/* For queries from now on; inside a transaction: until its end. DEFAULT means AUTO. */
ORM_API orm_status orm_set_flush_mode(orm_em *em, orm_flush_mode mode);
/* The one in force; never DEFAULT. AUTO for NULL. */
ORM_API orm_flush_mode orm_flush_mode_of(const orm_em *em);

/* ---- Options of a transaction: all-zero is the default ---- */

typedef enum orm_isolation {
    ORM_ISOLATION_DEFAULT = 0, /* the server's */
    ORM_ISOLATION_READ_UNCOMMITTED,
    ORM_ISOLATION_READ_COMMITTED,
    ORM_ISOLATION_REPEATABLE_READ,
    ORM_ISOLATION_SERIALIZABLE
} orm_isolation;

/* What orm_transactional() does about a transaction that is open, and without one. */
typedef enum orm_propagation {
    ORM_PROPAGATION_DEFAULT = 0,  /* NESTED */
    ORM_PROPAGATION_REQUIRED,     /* be part of it: no savepoint; without one begin one */
    ORM_PROPAGATION_NESTED,       /* set a savepoint in it; without one begin one */
    ORM_PROPAGATION_REQUIRES_NEW, /* begin another on a connection of its own, independent of it */
    ORM_PROPAGATION_SUPPORTS,     /* be part of it; without one run without */
    ORM_PROPAGATION_MANDATORY,    /* be part of it; without one fail before the callback runs */
    ORM_PROPAGATION_NEVER,        /* fail before the callback runs; without one run without */
    ORM_PROPAGATION_NOT_SUPPORTED /* run outside of it, on a connection of its own; without one run without */
} orm_propagation;

/*
 * Retries of orm_transactional(): `.retry = { .attempts = 5 }` switches them on, everything else has a default. Before
 * attempt n + 1 it waits between half and all of first_delay_ms * 2^(n - 1), but never longer than max_delay_ms; how
 * long in between is random, so that clients that met once do not meet again.
 */
typedef struct orm_retry_policy {
    unsigned attempts;       /* how often the callback runs at most; 0 and 1: once */
    unsigned first_delay_ms; /* default 10 */
    unsigned max_delay_ms;   /* default 1000 */
    unsigned max_total_ms;   /* no attempt begins later than that after the first one; default: no such bound */
    bool     deadlocks;      /* also when the server broke a deadlock (40P01), which undoes the transaction as well */
} orm_retry_policy;

typedef struct orm_transaction_options {
    orm_isolation    isolation;
    bool             read_only;
    orm_flush_mode   flush_mode;  /* until its end */
    orm_propagation  propagation; /* orm_transactional() only */
    orm_retry_policy retry;       /* orm_transactional() only */
} orm_transaction_options;

/* ---- Begin and end ---- */

/*
 * Begins a transaction; inside one it sets a savepoint, which has no isolation level and access of its own: asking there
 * for others than those of the transaction is ORM_ERR_ARGUMENT. `options` may be NULL.
 */
ORM_API orm_status orm_begin(orm_em *em, const orm_transaction_options *options);

/* Flushes, then commits the innermost transaction or releases its savepoint. When the flush fails it stays open. */
ORM_API orm_status orm_commit(orm_em *em);

/* Rolls the innermost one back. What was flushed in it counts as unsaved again. */
ORM_API orm_status orm_rollback(orm_em *em);

ORM_API bool orm_in_transaction(const orm_em *em);

/* ---- With a callback ---- */

/*
 * A callback that fails for its own reasons returns any status but ORM_OK. `em` is the entity manager to work with; it
 * may be another one than orm_transactional() was called with, see below.
 */
typedef orm_status (*orm_transaction_fn)(orm_em *em, void *context);

/*
 * Runs callback(em, context) in a transaction (in a savepoint when one is open): flush and commit when it returns ORM_OK,
 * else rollback and its status. `options` may be NULL.
 *
 * Propagation. As part of an open transaction (REQUIRED, SUPPORTS, MANDATORY) the callback is merely called; its failure
 * is passed on and the one who began decides. Without a transaction (SUPPORTS, NEVER, NOT_SUPPORTED) a flush follows the
 * callback. ORM_ERR_ARGUMENT before anything is sent: no transaction for MANDATORY, one for NEVER; an isolation level or
 * read only that the open transaction does not have; isolation, read only or retries where none can begin.
 *
 * The callback gets an entity manager of its own, empty, with a connection of its own, and with the flush mode of `em`
 * - for REQUIRES_NEW, and for NOT_SUPPORTED inside a transaction. What is pending in `em` is not in it, is not written
 *   by it and stays pending (MikroORM lets the inner transaction write it); nor does it see what the open transaction
 *   wrote and has not committed. A row that the open transaction has locked cannot be written by the inner one - nor
 *   read, where the server lets readers wait for writers: the two would wait for each other, and the server cannot
 *   know. Each takes one more connection at a time.
 * - for a transaction with retries.
 * It ends with the transaction: entities of it are gone when orm_transactional() returns. The callback copies what is
 * to stay into `context`, after an orm_flush() where it is made by the server. Entities of `em` may not be given to it:
 * it does not know them (ORM_ERR_ARGUMENT); find them there by key. Those that `em` has loaded are as they were, so they
 * may be older now than their rows: find them with `refresh`.
 *
 * Retries, where options->retry asks for them and no transaction is open (or REQUIRES_NEW begins another one): if it
 * fails because it could not be serialized (40001: from a statement that the callback ran and whose status it returned,
 * from a savepoint's RELEASE, from COMMIT), it is rolled back and the callback runs again, with a fresh unit of work:
 * with another empty entity manager, so that nothing that an earlier attempt has read, changed or created is there.
 * What the callback did elsewhere is not undone: other entity managers, `context`, files; let it begin by resetting
 * what it counts there. An inner transaction never runs again by itself, also if it asks for retries: the whole one
 * does. A callback that returns ORM_ERR_SERIALIZATION by itself asks for another attempt. Not repeated is an ambiguous
 * commit (40003, a connection lost in COMMIT: ORM_ERR_AMBIGUOUS_COMMIT), since it may have happened. After the last
 * attempt the error is the last one's.
 */
ORM_API orm_status orm_transactional(orm_em *em, orm_transaction_fn callback, void *context,
                                     const orm_transaction_options *options);

/* Which attempt of its transaction an entity manager is in, from 1. 1 without retries, also outside, 0 for NULL. */
ORM_API unsigned orm_attempt(const orm_em *em);

ORM_END_DECLS

#endif
