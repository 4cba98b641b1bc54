/*
 * control.h - what an entity manager is told besides its work: to stop, to be done by some time, how the log calls it.
 *
 * What is stopped ends with ORM_ERR_CANCELLED, like any failed statement: a transaction is then aborted, a flush in a
 * transaction of its own rolled back. The client sees to it, by the protocol's request to cancel, so that it works the
 * same on every server and needs no statement more. It also ends waiting for a connection, connecting, and a server that
 * is gone: one that does not answer within five seconds more has its connection cut. Rollbacks are never stopped, except
 * that with a deadline or a timeout set they too are given five seconds.
 *
 * Over TLS, libpq before 17 could send the request only in the clear, so there the connection is cut at once. The server
 * then rolls a transaction back; whether it did a statement outside of one nobody knows, and the error says so. A COMMIT
 * whose connection was cut is ORM_ERR_AMBIGUOUS_COMMIT.
 */
#ifndef ORM_CONTROL_H
#define ORM_CONTROL_H

#include <orm/error.h>

ORM_BEGIN_DECLS

typedef struct orm_em orm_em;

/*
 * From any thread, as long as the entity manager is not closed: stops the call that runs on it; in a transaction, where
 * none runs, the next one. Else it does nothing. A statement that the server has done by then stays done.
 */
ORM_API orm_status orm_cancel(orm_em *em);

/*
 * All calls from now on, taken together, have to be done in so many milliseconds; once that is over each fails. 0: no
 * deadline. orm_config.statement_timeout_ms is a limit for every statement by itself; what comes first counts.
 */
ORM_API orm_status orm_set_deadline(orm_em *em, unsigned milliseconds);

/* What the log calls the statements of this entity manager (orm_log_event.label). Copied; NULL: nothing any more. */
ORM_API orm_status orm_set_label(orm_em *em, const char *label);

ORM_END_DECLS

#endif
