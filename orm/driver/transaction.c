#include <stdio.h>

#include "driver/driver_private.h"

#define SAVEPOINT_SIZE 64

static const char *const isolation_names[] = {
    [ORM_ISOLATION_READ_UNCOMMITTED] = "read uncommitted",
    [ORM_ISOLATION_READ_COMMITTED] = "read committed",
    [ORM_ISOLATION_REPEATABLE_READ] = "repeatable read",
    [ORM_ISOLATION_SERIALIZABLE] = "serializable",
};

/* `verb "trxN"`: the savepoint that was set at depth N. */
static void savepoint_sql(char sql[SAVEPOINT_SIZE], const char *verb, size_t n)
{
    snprintf(sql, SAVEPOINT_SIZE, "%s \"trx%zu\"", verb, n);
}

static orm_status run_savepoint(orm_connection *connection, const char *verb, size_t n, orm_error *error)
{
    char sql[SAVEPOINT_SIZE];

    savepoint_sql(sql, verb, n);
    return orm_execute_text(connection, sql, false, NULL, error);
}

static bool is_default(const orm_transaction_options *options)
{
    return options == NULL || (options->isolation == ORM_ISOLATION_DEFAULT && !options->read_only);
}

static orm_status begin_transaction(orm_connection *connection, const orm_transaction_options *options,
                                    orm_error *error)
{
    char        sql[128];
    const char *isolation = "";

    if (is_default(options))
        return orm_execute_text(connection, "begin", false, NULL, error);
    if ((size_t)options->isolation >= sizeof isolation_names / sizeof isolation_names[0])
        return orm_fail(error, ORM_ERR_ARGUMENT, 370, "the isolation level %d is none of orm_isolation",
                        (int)options->isolation);
    if (options->isolation != ORM_ISOLATION_DEFAULT)
        isolation = isolation_names[options->isolation];
    snprintf(sql, sizeof sql, "start transaction%s%s%s", *isolation != '\0' ? " isolation level " : "", isolation,
             options->read_only ? " read only" : "");
    return orm_execute_text(connection, sql, false, NULL, error);
}

orm_status orm_connection_begin(orm_connection *connection, const orm_transaction_options *options, orm_error *error)
{
    orm_status status;

    if (connection->depth == 0)
        return begin_transaction(connection, options, error);
    if (!is_default(options))
        return orm_fail(error, ORM_ERR_ARGUMENT, 371,
                        "a nested transaction is a savepoint: it takes no isolation level and no read only");
    status = run_savepoint(connection, "savepoint", connection->depth, error);
    if (status == ORM_OK)
        connection->depth++;
    return status;
}

static orm_status need_transaction(const orm_connection *connection, const char *what, orm_error *error)
{
    if (connection->depth > 0)
        return ORM_OK;
    if (!orm_connection_is_usable(connection))
        return orm_fail(error, ORM_ERR_CONNECTION, 373, "the connection was lost, and with it the transaction to %s",
                        what);
    return orm_fail(error, ORM_ERR_ARGUMENT, 372, "there is no transaction to %s", what);
}

orm_status orm_connection_commit(orm_connection *connection, orm_error *error)
{
    orm_status status = need_transaction(connection, "commit", error);

    if (status != ORM_OK)
        return status;
    if (connection->depth == 1)
        return orm_execute_text(connection, "commit", true, NULL, error);
    status = run_savepoint(connection, "release savepoint", connection->depth - 1, error);
    if (status == ORM_OK)
        connection->depth--;
    return status;
}

orm_status orm_connection_rollback(orm_connection *connection, orm_error *error)
{
    char       sql[SAVEPOINT_SIZE];
    orm_status status;

    /* A server that has lost its client has rolled back already. */
    if (connection->depth == 0 && !orm_connection_is_usable(connection))
        return ORM_OK;
    status = need_transaction(connection, "roll back", error);
    if (status != ORM_OK)
        return status;
    if (connection->depth == 1)
        return orm_execute_rollback(connection, "rollback", error);
    savepoint_sql(sql, "rollback to savepoint", connection->depth - 1);
    status = orm_execute_rollback(connection, sql, error);
    /* Also when the server refuses it: the caller is through with this level, and the next one out still has to end. */
    if (connection->depth > 1)
        connection->depth--;
    return status;
}

size_t orm_connection_depth(const orm_connection *connection)
{
    return connection->depth;
}
