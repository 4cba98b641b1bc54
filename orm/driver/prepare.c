#include <string.h>

#include "driver/driver_private.h"

/* For the driver's own needs: nobody asked for it, so nobody is told. */
static void run_quietly(orm_connection *connection, const char *sql)
{
    orm_answer answer = { 0 };

    if (PQsendQuery(connection->pg, sql) == 1)
        orm_answer_read(connection, &answer);
    orm_answer_clear(&answer);
}

void orm_prepared_drop(orm_connection *connection, orm_prepared *prepared)
{
    orm_buffer *sql = &connection->scratch;

    orm_buffer_reset(sql);
    orm_buffer_printf(sql, "deallocate %s", prepared->name);
    orm_cache_remove(&connection->cache, prepared);
    if (!sql->broken)
        run_quietly(connection, sql->data);
}

static bool make_key(orm_buffer *key, const char *sql, const orm_encoded *encoded)
{
    orm_buffer_reset(key);
    orm_buffer_append_bytes(key, sql, strlen(sql) + 1);
    if (encoded->count > 0)
        orm_buffer_append_bytes(key, encoded->types, encoded->count * sizeof *encoded->types);
    return !key->broken;
}

bool orm_prepared_find(orm_exchange *x, bool *made)
{
    orm_connection *c = x->connection;

    *made = false;
    x->prepared = NULL;
    if (!x->statement->cacheable || c->target->cache_limit == 0 || !make_key(&c->scratch, x->sql, &c->encoded))
        return false;
    x->prepared = orm_cache_find(&c->cache, c->scratch.data, c->scratch.length);
    if (x->prepared != NULL)
        return true;
    x->prepared = orm_cache_add(&c->cache, c->scratch.data, c->scratch.length);
    *made = x->prepared != NULL;
    return *made; /* no memory for the cache is no reason to fail */
}

void orm_prepared_trim(orm_connection *c)
{
    /* In an aborted transaction DEALLOCATE fails as everything does. */
    while (c->cache.map.count > c->target->cache_limit && PQtransactionStatus(c->pg) != PQTRANS_INERROR &&
           PQstatus(c->pg) == CONNECTION_OK)
        orm_prepared_drop(c, c->cache.oldest);
}

bool orm_prepared_is_stale(const orm_exchange *x)
{
    const PGresult *failure = x->answer.failure;
    const char     *sqlstate = failure != NULL ? PQresultErrorField(failure, PG_DIAG_SQLSTATE) : NULL;
    const char     *message;
    const char     *function;

    if (x->prepared == NULL || sqlstate == NULL)
        return false;
    if (strcmp(sqlstate, "26000") == 0)
        return true;
    message = PQresultErrorField(failure, PG_DIAG_MESSAGE_PRIMARY);
    function = PQresultErrorField(failure, PG_DIAG_SOURCE_FUNCTION);
    return strcmp(sqlstate, "0A000") == 0 &&
           ((message != NULL && strstr(message, "cached plan must not change result type") != NULL) ||
            (function != NULL && strcmp(function, "RevalidateCachedQuery") == 0));
}
