#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "driver/driver_private.h"

struct orm_pool {
    orm_target      target; /* not changed after orm_pool_new() */
    pthread_mutex_t lock;   /* guards everything below */
    orm_connection *idle;   /* the one used last first: its caches are warm */
};

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
    *pool = (orm_pool){ .idle = NULL };
    status = orm_target_init(&pool->target, config, settings, error);
    if (status == ORM_OK && pthread_mutex_init(&pool->lock, NULL) != 0) {
        orm_target_free(&pool->target);
        status = orm_fail_memory(error);
    }
    if (status != ORM_OK) {
        a->release(a->context, pool);
        return status;
    }
    *out = pool;
    return ORM_OK;
}

void orm_pool_free(orm_pool *pool)
{
    orm_allocator a;

    if (pool == NULL)
        return;
    while (pool->idle != NULL) {
        orm_connection *next = pool->idle->next;

        orm_connection_close(pool->idle);
        pool->idle = next;
    }
    pthread_mutex_destroy(&pool->lock);
    a = pool->target.allocator;
    orm_target_free(&pool->target);
    a.release(a.context, pool);
}

static orm_connection *take_idle(orm_pool *pool)
{
    orm_connection *connection;

    pthread_mutex_lock(&pool->lock);
    connection = pool->idle;
    if (connection != NULL)
        pool->idle = connection->next;
    pthread_mutex_unlock(&pool->lock);
    return connection;
}

/* A server says nothing to an idle client except good-bye; whatever else it may be, a new connection is safe. */
static bool still_works(const orm_connection *connection)
{
    struct pollfd fd = { .fd = PQsocket(connection->pg), .events = POLLIN };

    return orm_connection_is_own(connection) && PQstatus(connection->pg) == CONNECTION_OK && fd.fd >= 0 &&
           poll(&fd, 1, 0) == 0;
}

orm_status orm_pool_acquire(orm_pool *pool, orm_connection **out, orm_error *error)
{
    orm_connection *connection;

    *out = NULL;
    while ((connection = take_idle(pool)) != NULL) {
        if (still_works(connection)) {
            connection->next = NULL;
            *out = connection;
            return ORM_OK;
        }
        orm_connection_close(connection);
    }
    return orm_connection_open(&pool->target, out, error);
}

void orm_pool_release(orm_pool *pool, orm_connection *connection)
{
    PGTransactionStatusType status;

    if (connection == NULL)
        return;
    if (!orm_connection_is_own(connection)) {
        orm_connection_close(connection);
        return;
    }
    status = PQtransactionStatus(connection->pg);
    if (status == PQTRANS_INTRANS || status == PQTRANS_INERROR)
        orm_execute_text(connection, "rollback", false, NULL, NULL);
    if (PQtransactionStatus(connection->pg) != PQTRANS_IDLE || connection->stray_cancel) {
        orm_connection_close(connection);
        return;
    }
    pthread_mutex_lock(&pool->lock);
    connection->next = pool->idle;
    pool->idle = connection;
    pthread_mutex_unlock(&pool->lock);
}
