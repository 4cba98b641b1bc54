/*
 * connection.h - the door of driver/: one libpq connection with its transaction state, statement cache and log, and the
 * set of connections that an orm shares among its entity managers.
 */
#ifndef ORM_DRIVER_CONNECTION_H
#define ORM_DRIVER_CONNECTION_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <orm/config.h>
#include <orm/em.h>
#include <orm/session.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "platform/platform.h"
#include "types/codec.h"

typedef struct orm_connection orm_connection;
typedef struct orm_pool       orm_pool;

/* ---- Configuration ---- */

/* Presets resolved into settings; refuses what contradicts itself (simple with fast). */
orm_status orm_settings_resolve(const orm_config *config, orm_settings *out, orm_error *error);

/*
 * ---- What can end a statement before it is done ----
 *
 * It belongs to whom connections are lent, and is used by one thread, but for the request. It must not move.
 */

typedef void (*orm_wake_fn)(void *sleeper);

typedef struct orm_interrupt {
    pthread_mutex_t lock;     /* guards `wake` and `sleeper`, and holds the sleeper in place while it is woken */
    atomic_bool     requested;
    orm_wake_fn     wake;     /* NULL: nobody waits */
    void           *sleeper;
    uint64_t        deadline; /* 0: none */
    unsigned        deadline_ms;
} orm_interrupt;

orm_status orm_interrupt_init(orm_interrupt *interrupt, orm_error *error);
void       orm_interrupt_destroy(orm_interrupt *interrupt);
/*
 * From any thread: ends what is under way with ORM_ERR_CANCELLED, be it a statement, connecting, or waiting for the pool.
 * Where nothing is, the next statement is refused unless orm_interrupt_clear() comes first. Ends of transactions by
 * rollback are not touched.
 */
void orm_interrupt_request(orm_interrupt *interrupt);
void orm_interrupt_clear(orm_interrupt *interrupt);
/* From now on; 0: none. */
void orm_interrupt_set_deadline(orm_interrupt *interrupt, unsigned milliseconds);

/* ---- The pool: safe from any thread ---- */

/*
 * Checks the connection part of the configuration and copies it; nothing is connected yet. A CA given as text is
 * written to a private temporary file, since libpq 15 takes only files; it is removed with the pool.
 *
 * Without config->use_environment every option of libpq is given a value, so that neither variables nor files of the
 * home directory can. Two things libpq does all the same: it sends PGTZ, PGDATESTYLE and PGGEQO, which each new
 * connection then sets back to UTC, "ISO, MDY" and on; and it refuses to connect when PGSERVICE names a service that
 * does not exist, which the error's hint says.
 *
 * ORM_ERR_CONFIG says what is wrong, and never shows a password; values that only libpq can judge (sslmode, a port in
 * the URL) are found wrong by the first orm_pool_acquire(). The configuration's log function is called from every
 * thread that uses a connection.
 */
orm_status orm_pool_new(const orm_config *config, const orm_settings *settings, orm_pool **out, orm_error *error);
/* Every connection must have been given back. NULL is ignored. */
void       orm_pool_free(orm_pool *pool);

/*
 * An idle connection that still works, or a new one; where there are as many as may be, the caller waits in line, first
 * come first served. Give it back with orm_pool_release(), transaction ended or not: an open transaction is rolled back, a
 * broken connection is closed. ORM_ERR_CONNECTION when none became free in time, or none can be made.
 *
 * `interrupt`, or NULL, can end the waiting, and then whatever is done on the connection until it is given back.
 */
orm_status orm_pool_acquire_for(orm_pool *pool, orm_interrupt *interrupt, orm_connection **out, orm_error *error);
orm_status orm_pool_acquire(orm_pool *pool, orm_connection **out, orm_error *error);
void       orm_pool_release(orm_pool *pool, orm_connection *connection);

/* What the log calls who has it, until it is given back; borrowed, may be NULL. */
void orm_connection_set_label(orm_connection *connection, const char *label);

/* Closes those that were idle for too long; lending and giving back does so, too. */
void           orm_pool_close_expired(orm_pool *pool);
orm_pool_stats orm_pool_statistics(orm_pool *pool);

/* ---- Statements ---- */

/* One value of a statement. `slot` NULL is SQL NULL. It is rendered as a literal (simple) or sent as $n (extended). */
typedef struct orm_param {
    orm_type    type;
    const void *slot; /* borrowed until the statement was executed */
} orm_param;

/*
 * SQL under construction. Text and parameters are appended in order; the connection's protocol decides whether a
 * parameter becomes a literal in the text or `$n` beside it, so callers are written once for both.
 */
typedef struct orm_statement {
    orm_buffer            sql;
    orm_param            *params; /* extended only */
    size_t                param_count;
    size_t                param_capacity;
    const orm_connection *connection;
    orm_arena            *arena;
    orm_status            status; /* of the first failure while building; orm_connection_run() returns it */
    orm_error             error;
    bool                  cacheable; /* worth preparing: the text will come again. Set by the caller */
    bool                  text_results; /* no binary, for rows that are only shown; orm_statement_value() sets it */
} orm_statement;

void orm_statement_init(orm_statement *statement, const orm_connection *connection, orm_arena *arena);
void orm_statement_free(orm_statement *statement);
void orm_statement_text(orm_statement *statement, const char *sql);
void orm_statement_identifier(orm_statement *statement, const char *name);
/* "alias"."column" */
void orm_statement_column(orm_statement *statement, const char *alias, const char *column);
void orm_statement_param(orm_statement *statement, orm_type type, const void *slot);
/* A free value of raw SQL. */
void orm_statement_value(orm_statement *statement, const orm_value *value);

/* ---- Results: rows stay in libpq's memory until freed ---- */

typedef struct orm_result orm_result;

/*
 * Sends the statement and reads the whole answer. `out` may be NULL. On failure `error` has every diagnostic field of
 * the server, the SQL and the kind; a failed statement in a transaction leaves it aborted. Logs the statement.
 */
orm_status orm_connection_run(orm_connection *connection, orm_statement *statement, orm_result **out, orm_error *error);

/* SQL as it stands, by the simple protocol; several statements are allowed, the last result is returned. */
orm_status orm_connection_run_text(orm_connection *connection, const char *sql, orm_result **out, orm_error *error);

void        orm_result_free(orm_result *result);
size_t      orm_result_rows(const orm_result *result);
size_t      orm_result_columns(const orm_result *result);
const char *orm_result_column_name(const orm_result *result, size_t column);
uint32_t    orm_result_column_oid(const orm_result *result, size_t column);
bool        orm_result_is_null(const orm_result *result, size_t row, size_t column);
/* Raw bytes as the server sent them: text (NUL-terminated) or binary, see orm_result_is_binary(). */
const char *orm_result_data(const orm_result *result, size_t row, size_t column, size_t *size);
bool        orm_result_is_binary(const orm_result *result, size_t column);
int64_t     orm_result_affected(const orm_result *result); /* -1: the command has no count */
const char *orm_result_command(const orm_result *result);

/* Decodes one non-NULL value into a slot of the type, whatever format it came in. */
orm_status orm_result_decode(const orm_result *result, size_t row, size_t column, orm_type type, orm_arena *arena,
                             void *slot, orm_error *error);

/*
 * ---- Rows one by one: a result of any size in the memory of one row ----
 *
 *     status = orm_connection_read(c, &statement, &reader, &error);
 *     while (status == ORM_OK && (status = orm_reader_next(reader, &row, &error)) == ORM_OK && row != NULL)
 *         ... orm_result_decode(row, 0, column, ...) ...
 *     closed = orm_reader_close(reader, &error);
 *
 * While a reader is open its connection does nothing else: every other statement on it, the ends of transactions
 * included, is ORM_ERR_ARGUMENT, and it must not be given back to the pool. The statement, and what its parameters
 * borrow, must live until the reader is closed. The log tells it then as one statement, with the rows that were read
 * and the time since it was sent, the caller's own included.
 *
 * An error of the server can come behind any number of rows; the reader is then at its end, the connection is free again
 * once it is closed, and a transaction is aborted as after any failed statement.
 */
typedef struct orm_reader orm_reader;

/*
 * Sends one statement; several in one text are ORM_ERR_UNSUPPORTED at the end of the first one's rows, when all of them
 * have been run. A statement without rows is at its end at once. On failure *out is NULL and nothing is open.
 */
orm_status orm_connection_read(orm_connection *connection, orm_statement *statement, orm_reader **out, orm_error *error);

/*
 * The next row, as a result of one row that is valid until the next call on the reader; *row is NULL behind the last one,
 * and on failure. Asked again then, it says the same again.
 */
orm_status orm_reader_next(orm_reader *reader, const orm_result **row, orm_error *error);

/*
 * Ends it, wherever it is, and frees it, whatever it returns. NULL is ignored. Rows that are still to come:
 * - outside of a transaction the server is asked to stop; a statement that writes is undone by that. Where it cannot be
 *   asked (the connection is encrypted, and libpq before 17 would send the request in the clear) the connection is cut,
 *   and the pool will make another one.
 * - in a transaction that would end the transaction, so the rest is read and dropped: it takes time, but no memory.
 * An error is what the server said of the rest, or that the connection was lost over it; what orm_reader_next() has
 * returned is not said again.
 */
orm_status orm_reader_close(orm_reader *reader, orm_error *error);

/*
 * ---- Statements one behind the other, without waiting for answers: only in the extended protocol ----
 *
 *     orm_pipeline_open(c, &pipeline, &error);
 *     orm_pipeline_add(pipeline, &first, &error); orm_pipeline_add(pipeline, &second, &error);
 *     orm_pipeline_next(pipeline, &result, &error);    the first one's
 *     orm_pipeline_next(pipeline, NULL, &error);       the second one's
 *     orm_pipeline_close(pipeline, &error);
 *
 * The server runs them in order, and none behind one that failed: those are ORM_ERR_TRANSACTION_ABORTED, and not logged,
 * because they were never run. In a transaction that is aborted then, as ever; without one they are one transaction
 * together. Each that was run is one statement in the log, with the time from its sending to the reading of its answer.
 *
 * While a pipeline is open its connection does nothing else (ORM_ERR_ARGUMENT), and must not be given back. COPY is not
 * possible, and costs the connection. Answers that nobody takes yet are kept in memory, so it is for statements with few
 * rows. A prepared statement that is out of date cannot be mended on the way: its failure says that a retry helps.
 */
typedef struct orm_pipeline orm_pipeline;

/* On failure *out is NULL and nothing is open. */
orm_status orm_pipeline_open(orm_connection *connection, orm_pipeline **out, orm_error *error);

/*
 * Sends it. The statement, and what its parameters borrow, must live until its result was read. On failure it was not
 * sent, and when that is because the connection is lost, nothing can be added any more. Behind the first
 * orm_pipeline_next() nothing can be added either.
 */
orm_status orm_pipeline_add(orm_pipeline *pipeline, orm_statement *statement, orm_error *error);
/* BEGIN where no transaction is open, and COMMIT of one that has no savepoint: the depth is that of orm_connection_begin(). */
orm_status orm_pipeline_begin(orm_pipeline *pipeline, orm_error *error);
orm_status orm_pipeline_commit(orm_pipeline *pipeline, orm_error *error);

/*
 * The result of the next statement in the order of their adding; `out` may be NULL. A connection that is lost while a
 * COMMIT is under way is ORM_ERR_AMBIGUOUS_COMMIT, whichever statement's answer was waited for.
 */
orm_status orm_pipeline_next(orm_pipeline *pipeline, orm_result **out, orm_error *error);

/* Reads what was not read, and frees it. The first failure, unless orm_pipeline_next() has told it. NULL is ignored. */
orm_status orm_pipeline_close(orm_pipeline *pipeline, orm_error *error);

/*
 * ---- Transactions: begin, savepoint "trxN" and their ends, as MikroORM sends them ----
 *
 * The depth follows the server, also where raw SQL begins or ends a transaction, and when the connection is lost. A
 * COMMIT that the server answers with ROLLBACK is ORM_ERR_TRANSACTION_ABORTED, a connection lost in it
 * ORM_ERR_AMBIGUOUS_COMMIT. A savepoint that cannot be released stays; one that cannot be rolled back to is left all
 * the same, so that the next rollback ends the transaction around it. Rolling back on a lost connection succeeds: the
 * server has done it. With no transaction, commit and rollback are ORM_ERR_ARGUMENT.
 */

orm_status orm_connection_begin(orm_connection *connection, const orm_transaction_options *options, orm_error *error);
orm_status orm_connection_commit(orm_connection *connection, orm_error *error);
orm_status orm_connection_rollback(orm_connection *connection, orm_error *error);
/* 0: no transaction; 1: a transaction; 2: a savepoint in it */
size_t     orm_connection_depth(const orm_connection *connection);

/* ---- What it is connected to ---- */

const orm_platform *orm_connection_platform(const orm_connection *connection);
const orm_settings *orm_connection_settings(const orm_connection *connection);
/* Value of a parameter that the server reported (ParameterStatus); NULL when it reported none of that name. */
const char        *orm_connection_parameter(const orm_connection *connection, const char *name);
bool               orm_connection_is_usable(const orm_connection *connection);
/* In a transaction that the server will not let go on, because a statement failed. */
bool               orm_connection_is_aborted(const orm_connection *connection);
/* How many transactions were committed on it, by whatever SQL. */
uint64_t           orm_connection_commits(const orm_connection *connection);
const orm_escaper *orm_connection_escaper(const orm_connection *connection);

#endif
