#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "driver/driver_private.h"

/* ---- Sending ---- */

/* All of it, or up to the first row where rows are read one by one. */
static void read_answer(orm_exchange *x)
{
    orm_connection *c = x->connection;

    if (!x->by_rows)
        orm_answer_read(c, &x->answer);
    else if (PQsetSingleRowMode(c->pg) == 1)
        x->done = !orm_answer_next_row(c, &x->answer);
}

/*
 * Finds or makes the prepared statement. False when the server refused it (the answer says why) or when the exchange
 * cannot go on; true with x->prepared NULL when it goes on without one.
 */
static bool prepare(orm_exchange *x)
{
    orm_connection *c = x->connection;
    orm_encoded    *e = &c->encoded;
    bool            made;

    if (!orm_prepared_find(x, &made) || !made)
        return true;
    /* The oldest ones give way; the new one is none of them. */
    orm_prepared_trim(c);
    if (PQsendPrepare(c->pg, x->prepared->name, x->sql, (int)e->count, e->types) == 1) {
        orm_answer_read(c, &x->answer);
        if (x->answer.failure == NULL && x->answer.result != NULL) {
            PQclear(x->answer.result);
            x->answer.result = NULL;
            return true;
        }
    }
    orm_cache_remove(&c->cache, x->prepared);
    x->prepared = NULL;
    return false;
}

bool orm_exchange_send(orm_exchange *x)
{
    orm_connection *c = x->connection;
    orm_encoded    *e = &c->encoded;
    int             format = x->statement == NULL || x->statement->text_results ? 0 : 1;

    if (x->prepared != NULL)
        return PQsendQueryPrepared(c->pg, x->prepared->name, (int)e->count, e->values, e->lengths, e->formats,
                                   format) == 1;
    return PQsendQueryParams(c->pg, x->sql, (int)e->count, e->types, e->values, e->lengths, e->formats, format) == 1;
}

static void send_statement(orm_exchange *x)
{
    x->prepared = NULL;
    /* In an aborted transaction PREPARE fails as everything does, and so would the DEALLOCATE of an old one. */
    if (PQtransactionStatus(x->connection->pg) != PQTRANS_INERROR && !prepare(x))
        return;
    if (orm_exchange_send(x))
        read_answer(x);
}

/* True when running the transaction again would help: the statement is then prepared anew. */
static bool exchange_statement(orm_exchange *x)
{
    send_statement(x);
    if (!orm_prepared_is_stale(x))
        return false;
    if (x->at.in_transaction) {
        /* The transaction is aborted; a DEALLOCATE would fail. The name is never used again. */
        orm_cache_remove(&x->connection->cache, x->prepared);
        return true;
    }
    orm_prepared_drop(x->connection, x->prepared);
    orm_answer_clear(&x->answer);
    send_statement(x);
    return false;
}

/* ---- After it ---- */

void orm_connection_follow(orm_connection *connection, const orm_answer *answer)
{
    PGTransactionStatusType status = PQtransactionStatus(connection->pg);

    if (status == PQTRANS_IDLE || status == PQTRANS_UNKNOWN)
        connection->depth = 0;
    else if (connection->depth == 0 || answer->restarted)
        connection->depth = 1;
    connection->commits += answer->committed;
    if (answer->prepared_lost)
        orm_cache_clear(&connection->cache);
}

static orm_status judge(orm_exchange *x, orm_error *error)
{
    const orm_answer *answer = &x->answer;

    /* It was stopped because nobody wanted it any more: that is no failure. */
    if (x->unwanted && !x->at.in_transaction && x->connection->watch.worked)
        return ORM_OK;
    if (answer->refused &&
        (PQstatus(x->connection->pg) != CONNECTION_BAD || PQpipelineStatus(x->connection->pg) != PQ_PIPELINE_OFF)) {
        orm_fail(error, ORM_ERR_UNSUPPORTED, 362, "COPY from or to the client is not possible through this call");
        orm_fail_hint(error, "Use INSERT and SELECT, or COPY with a file of the server.");
        orm_fail_sql(error, x->sql);
        return ORM_ERR_UNSUPPORTED;
    }
    if (answer->failure != NULL || answer->result == NULL)
        return orm_fail_server(error, answer->failure, x->connection, &x->at);
    if (x->must_commit && strcmp(PQcmdStatus(answer->result), "COMMIT") != 0) {
        orm_fail(error, ORM_ERR_TRANSACTION_ABORTED, 363,
                 "the transaction was rolled back instead of committed, because an earlier statement in it had failed");
        orm_fail_sql(error, x->sql);
        return ORM_ERR_TRANSACTION_ABORTED;
    }
    return ORM_OK;
}

int64_t orm_pg_rows(const PGresult *result)
{
    if (result == NULL)
        return -1;
    return PQresultStatus(result) == PGRES_TUPLES_OK ? PQntuples(result) : orm_pg_affected(result);
}

static void log_exchange(const orm_exchange *x, int64_t rows, const orm_error *error)
{
    const orm_target *target = x->connection->target;
    orm_encoded      *encoded = &x->connection->encoded;
    orm_log_event     event = {
            .kind = ORM_LOG_QUERY,
            .message = x->sql,
            .nanoseconds = orm_clock_ns() - x->start,
            .rows = rows,
            .error = error,
            .label = x->connection->label,
    };

    event.slow = event.nanoseconds >= target->slow_ns;
    if (target->log == NULL || (target->log_slow_only && !event.slow))
        return;
    /* They were sent, so they can be written; if memory is out now, the statement is told without them. */
    if (x->statement != NULL && x->statement->param_count > 0 &&
        orm_encode_params_as_text(encoded, x->statement, NULL) == ORM_OK) {
        event.param_count = encoded->count;
        event.params = encoded->values;
    }
    target->log(target->log_context, &event);
}

/* ---- One exchange ---- */

orm_status orm_connection_check_free(orm_connection *c, orm_error *error)
{
    if (!orm_connection_is_own(c)) {
        c->depth = 0;
        return orm_fail(error, ORM_ERR_CONNECTION, 365,
                        "the connection, and what is open on it, is the process's that forked this one");
    }
    if (c->occupant != NULL)
        return orm_fail(error, ORM_ERR_ARGUMENT, 354, "%s: end that before the next statement", c->occupant);
    return ORM_OK;
}

orm_status orm_exchange_begin(orm_exchange *x, orm_error *error)
{
    orm_connection *c = x->connection;
    orm_status      status = orm_connection_check_free(c, error);

    if (status != ORM_OK)
        return status;
    x->start = orm_clock_ns();
    x->at.sql = x->sql;
    x->at.in_transaction = PQtransactionStatus(c->pg) != PQTRANS_IDLE;
    x->done = true;
    orm_watch_begin(c, !x->unstoppable);
    status = orm_watch_check(c, error);
    if (status != ORM_OK) {
        orm_fail_sql(error, x->sql);
        return status;
    }
    if (x->statement != NULL)
        x->worth_a_retry = exchange_statement(x);
    else if (PQsendQuery(c->pg, x->sql) == 1)
        read_answer(x);
    if (!x->done)
        orm_watch_pause(c);
    return ORM_OK;
}

orm_status orm_exchange_end(orm_exchange *x, int64_t rows, orm_error *error)
{
    orm_watch_end(x->connection, x->answer.failure);
    orm_connection_follow(x->connection, &x->answer);
    return orm_exchange_judge(x, rows, error);
}

orm_status orm_exchange_judge(orm_exchange *x, int64_t rows, orm_error *error)
{
    orm_error  own;
    orm_status status;

    if (error == NULL)
        error = &own;
    status = judge(x, error);
    if (status != ORM_OK)
        error->retryable = error->retryable || x->worth_a_retry;
    log_exchange(x, status != ORM_OK ? -1 : rows, status != ORM_OK ? error : NULL);
    return status;
}

static orm_status run(orm_exchange *x, orm_result **out, orm_error *error)
{
    orm_status status = orm_exchange_begin(x, error);

    if (status != ORM_OK)
        return status;
    status = orm_exchange_end(x, orm_pg_rows(x->answer.result), error);
    if (status == ORM_OK && out != NULL) {
        status = orm_result_new(&x->connection->target->allocator, x->answer.result, out, error);
        x->answer.result = NULL;
    }
    orm_answer_clear(&x->answer);
    return status;
}

/* ---- The door ---- */

/* SQL that a user wrote: does it end a transaction? Then a lost connection leaves open whether it did. */
bool orm_is_commit(const char *sql)
{
    static const char *const words[] = { "commit", "end" };

    while (isspace((unsigned char)*sql))
        sql++;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t length = strlen(words[i]);

        if (strncasecmp(sql, words[i], length) == 0 && !isalnum((unsigned char)sql[length]) && sql[length] != '_')
            return true;
    }
    return false;
}

orm_status orm_execute_rollback(orm_connection *connection, const char *sql, orm_error *error)
{
    orm_exchange x = { .connection = connection, .sql = sql, .unstoppable = true };

    return run(&x, NULL, error);
}

orm_status orm_execute_text(orm_connection *connection, const char *sql, bool must_commit, orm_result **out,
                            orm_error *error)
{
    orm_exchange x = { .connection = connection, .sql = sql, .must_commit = must_commit };

    x.at.during_commit = must_commit || orm_is_commit(sql);
    if (out != NULL)
        *out = NULL;
    return run(&x, out, error);
}

orm_status orm_connection_run_text(orm_connection *connection, const char *sql, orm_result **out, orm_error *error)
{
    if (connection == NULL || sql == NULL)
        return orm_fail(error, ORM_ERR_ARGUMENT, 364, "running SQL needs a connection and a text");
    return orm_execute_text(connection, sql, false, out, error);
}

orm_status orm_exchange_prepare(orm_exchange *x, orm_error *error)
{
    const orm_statement *statement = x->statement;

    if (statement->status != ORM_OK) {
        if (error != NULL)
            *error = statement->error;
        return statement->status;
    }
    if (statement->sql.broken)
        return orm_fail_memory(error);
    /* Building for the simple protocol makes no parameters: those of raw SQL, with its own $1, need the extended one. */
    if (x->connection->target->settings.protocol == ORM_PROTOCOL_SIMPLE && statement->param_count == 0) {
        x->statement = NULL;
        x->at.during_commit = orm_is_commit(x->sql);
        return ORM_OK;
    }
    return orm_encode_params(&x->connection->encoded, statement, error);
}

orm_status orm_connection_run(orm_connection *connection, orm_statement *statement, orm_result **out, orm_error *error)
{
    orm_exchange x = { .connection = connection, .sql = statement->sql.data, .statement = statement };
    orm_status   status;

    if (out != NULL)
        *out = NULL;
    status = orm_exchange_prepare(&x, error);
    return status == ORM_OK ? run(&x, out, error) : status;
}
