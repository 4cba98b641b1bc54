#include <string.h>

#include "base/text.h"
#include "driver/driver_private.h"

/* What libpq holds back in memory before the network has to have taken it. */
#define UNSENT_LIMIT 262144

typedef struct item {
    orm_exchange x;
    bool         makes; /* the PREPARE of its statement goes before it */
} item;

struct orm_pipeline {
    orm_connection *c;
    item           *items;
    size_t          count;
    size_t          capacity;
    size_t          taken;          /* results that were read */
    size_t          unsent;         /* bytes that may still be with libpq */
    orm_answer      all;            /* what the statements did to the session, taken together */
    bool            in_transaction; /* what is added now will run in one */
    bool            in_error;       /* in one that is aborted already */
    bool            has_commit;
    bool            broken; /* sending has failed: the connection is lost */
    bool            synced;
    bool            watched;
    bool            failed; /* a statement has, so those behind it were not run */
};

static const char occupied[] = "several statements are under way";

/* ---- Opening ---- */

orm_status orm_pipeline_open(orm_connection *connection, orm_pipeline **out, orm_error *error)
{
    const orm_allocator    *a = &connection->target->allocator;
    PGTransactionStatusType transaction = PQtransactionStatus(connection->pg);
    orm_pipeline           *p;
    orm_status              status = orm_connection_check_free(connection, error);

    *out = NULL;
    if (status != ORM_OK)
        return status;
    if (connection->target->settings.protocol != ORM_PROTOCOL_EXTENDED)
        return orm_fail(error, ORM_ERR_UNSUPPORTED, 374, "only the extended protocol can send statements ahead");
    p = a->alloc(a->context, sizeof *p);
    if (p == NULL)
        return orm_fail_memory(error);
    *p = (orm_pipeline){
        .c = connection,
        .in_transaction = transaction == PQTRANS_INTRANS || transaction == PQTRANS_INERROR,
        .in_error = transaction == PQTRANS_INERROR,
        .watched = true,
    };
    orm_watch_begin(connection, true);
    status = orm_watch_check(connection, error);
    if (status == ORM_OK && PQenterPipelineMode(connection->pg) != 1) {
        orm_watch_end(connection, NULL);
        status = orm_fail_server(error, NULL, connection, &(orm_circumstance){ .in_transaction = p->in_transaction });
    }
    if (status != ORM_OK) {
        a->release(a->context, p);
        return status;
    }
    orm_watch_pause(connection);
    connection->occupant = occupied;
    *out = p;
    return ORM_OK;
}

/* ---- Sending ---- */

static item *new_item(orm_pipeline *p, orm_error *error)
{
    const orm_allocator *a = &p->c->target->allocator;

    if (p->count == p->capacity) {
        size_t capacity = p->capacity == 0 ? 16 : p->capacity * 2;
        item  *items = a->resize(a->context, p->items, capacity * sizeof *items);

        if (items == NULL) {
            orm_fail_memory(error);
            return NULL;
        }
        p->items = items;
        p->capacity = capacity;
    }
    return &p->items[p->count];
}

static bool send_item(orm_pipeline *p, item *i)
{
    orm_connection    *c = p->c;
    const orm_encoded *e = &c->encoded;

    if (i->x.statement != NULL && !p->in_error && orm_prepared_find(&i->x, &i->makes) && i->makes &&
        PQsendPrepare(c->pg, i->x.prepared->name, i->x.sql, (int)e->count, e->types) != 1)
        return false;
    return orm_exchange_send(&i->x);
}

/* Keeps what is on its way within bounds. Answers that come meanwhile are taken in, else both sides would wait. */
static void push(orm_pipeline *p, size_t bytes)
{
    p->unsent += bytes;
    if (p->unsent < UNSENT_LIMIT)
        return;
    orm_watch_resume(p->c);
    orm_wait_sent(p->c);
    orm_watch_pause(p->c);
    p->unsent = 0;
}

static orm_status add(orm_pipeline *p, item *i, orm_error *error)
{
    orm_connection *c = p->c;

    i->x.start = orm_clock_ns();
    i->x.at = (orm_circumstance){ .sql = i->x.sql,
                                  .in_transaction = p->in_transaction,
                                  .during_commit = orm_is_commit(i->x.sql) };
    if (!send_item(p, i)) {
        p->broken = true;
        if (i->makes)
            orm_cache_remove(&c->cache, i->x.prepared);
        return orm_fail_server(error, NULL, c, &i->x.at);
    }
    p->count++;
    p->has_commit = p->has_commit || i->x.at.during_commit;
    push(p, strlen(i->x.sql) + c->encoded.bytes.length);
    return ORM_OK;
}

static orm_status check_open(const orm_pipeline *p, const char *sql, orm_error *error)
{
    if (!p->synced && !p->broken)
        return ORM_OK;
    orm_fail(error, p->broken ? ORM_ERR_CONNECTION : ORM_ERR_ARGUMENT, 376, "the pipeline takes no more statements: %s",
             p->broken ? "the connection was lost" : "its results are being read");
    orm_fail_sql(error, sql);
    return p->broken ? ORM_ERR_CONNECTION : ORM_ERR_ARGUMENT;
}

orm_status orm_pipeline_add(orm_pipeline *pipeline, orm_statement *statement, orm_error *error)
{
    orm_status status = check_open(pipeline, statement->sql.data, error);
    item      *i = status == ORM_OK ? new_item(pipeline, error) : NULL;

    if (i == NULL)
        return status == ORM_OK ? ORM_ERR_MEMORY : status;
    *i = (item){ .x = { .connection = pipeline->c, .sql = statement->sql.data, .statement = statement } };
    status = orm_exchange_prepare(&i->x, error);
    return status == ORM_OK ? add(pipeline, i, error) : status;
}

static orm_status add_text(orm_pipeline *p, const char *sql, bool must_commit, orm_error *error)
{
    orm_status status = check_open(p, sql, error);
    item      *i = status == ORM_OK ? new_item(p, error) : NULL;

    if (i == NULL)
        return status == ORM_OK ? ORM_ERR_MEMORY : status;
    *i = (item){ .x = { .connection = p->c, .sql = sql, .must_commit = must_commit } };
    p->c->encoded.count = 0;
    orm_buffer_reset(&p->c->encoded.bytes);
    return add(p, i, error);
}

orm_status orm_pipeline_begin(orm_pipeline *pipeline, orm_error *error)
{
    orm_status status;

    if (pipeline->in_transaction)
        return orm_fail(error, ORM_ERR_ARGUMENT, 377, "a pipeline in a transaction cannot begin another one");
    /* From here on: what is lost together with its BEGIN has not happened. */
    pipeline->in_transaction = true;
    status = add_text(pipeline, "begin", false, error);
    if (status == ORM_OK)
        pipeline->c->depth = 1;
    else
        pipeline->in_transaction = false;
    return status;
}

orm_status orm_pipeline_commit(orm_pipeline *pipeline, orm_error *error)
{
    if (pipeline->c->depth != 1)
        return orm_fail(error, ORM_ERR_ARGUMENT, 378, "a pipeline can commit a transaction, but not %s",
                        pipeline->c->depth == 0 ? "where there is none" : "release a savepoint");
    return add_text(pipeline, "commit", true, error);
}

/* ---- Reading ---- */

/* Lets the server go to work on what it has not begun yet, and answer. */
static void sync(orm_pipeline *p)
{
    if (!p->synced && !p->broken && PQpipelineSync(p->c->pg) != 1)
        p->broken = true;
    p->synced = true;
}

/* What comes after the first failure goes as fast as the network: nothing is run any more. */
static void end_watch(orm_pipeline *p, const PGresult *failure)
{
    if (p->watched)
        orm_watch_end(p->c, failure);
    p->watched = false;
}

static bool was_skipped(const orm_answer *answer)
{
    return answer->failure != NULL && PQresultStatus(answer->failure) == PGRES_PIPELINE_ABORTED;
}

static orm_status fail_skipped(const item *i, orm_error *error)
{
    orm_fail(error, ORM_ERR_TRANSACTION_ABORTED, 379,
             "the statement was not run, because one before it in the same pipeline had failed");
    orm_fail_sql(error, i->x.sql);
    return ORM_ERR_TRANSACTION_ABORTED;
}

/* The answers to an item: one to its PREPARE, one to itself. */
static void read_item(orm_pipeline *p, item *i)
{
    orm_answer *answer = &i->x.answer;
    bool        made;

    if (i->makes) {
        orm_answer_read(p->c, answer);
        made = answer->failure == NULL && answer->result != NULL;
        PQclear(answer->result);
        answer->result = NULL;
        if (!made) {
            /* The server does not have it. Its own answer is that it was skipped. */
            orm_answer skipped = { 0 };

            orm_cache_remove(&p->c->cache, i->x.prepared);
            i->x.prepared = NULL;
            orm_answer_read(p->c, &skipped);
            orm_answer_clear(&skipped);
            return;
        }
    }
    orm_answer_read(p->c, answer);
}

static void add_up(orm_answer *all, const orm_answer *one)
{
    all->committed = all->committed || one->committed;
    all->restarted = all->restarted || one->restarted;
    all->rolled_back = all->rolled_back || one->rolled_back;
    all->prepared_lost = all->prepared_lost || one->prepared_lost;
}

static orm_status judge_item(orm_pipeline *p, item *i, orm_error *error)
{
    const orm_answer *answer = &i->x.answer;
    orm_status        status;

    if (answer->failure == NULL && answer->result != NULL)
        return orm_exchange_judge(&i->x, orm_pg_rows(answer->result), error);
    p->failed = true;
    end_watch(p, answer->failure);
    /* A connection that is lost is lost for the COMMIT that was sent after this statement, too. */
    if (answer->failure == NULL || PQresultErrorField(answer->failure, PG_DIAG_SQLSTATE) == NULL)
        i->x.at.during_commit = p->has_commit;
    i->x.worth_a_retry = orm_prepared_is_stale(&i->x);
    if (i->x.worth_a_retry)
        orm_cache_remove(&p->c->cache, i->x.prepared); /* the name is never used again */
    status = orm_exchange_judge(&i->x, -1, error);
    return status;
}

orm_status orm_pipeline_next(orm_pipeline *pipeline, orm_result **out, orm_error *error)
{
    orm_status status;
    item      *i;

    if (out != NULL)
        *out = NULL;
    if (pipeline->taken == pipeline->count)
        return orm_fail(error, ORM_ERR_ARGUMENT, 380, "the results of all statements of the pipeline were read");
    if (pipeline->watched)
        orm_watch_resume(pipeline->c);
    sync(pipeline);
    i = &pipeline->items[pipeline->taken++];
    read_item(pipeline, i);
    if (pipeline->failed || was_skipped(&i->x.answer)) {
        status = fail_skipped(i, error);
    } else {
        add_up(&pipeline->all, &i->x.answer);
        status = judge_item(pipeline, i, error);
    }
    if (status == ORM_OK && out != NULL) {
        status = orm_result_new(&pipeline->c->target->allocator, i->x.answer.result, out, error);
        i->x.answer.result = NULL;
    }
    orm_answer_clear(&i->x.answer);
    if (pipeline->watched)
        orm_watch_pause(pipeline->c);
    return status;
}

/* ---- Closing ---- */

/* The answer to the synchronisation is the last: then the connection knows again whether a transaction is open. */
static void leave_mode(orm_pipeline *p)
{
    if (p->watched)
        orm_watch_resume(p->c);
    if (p->synced)
        PQclear(orm_wait_result(p->c));
    end_watch(p, NULL);
    PQexitPipelineMode(p->c->pg);
}

orm_status orm_pipeline_close(orm_pipeline *pipeline, orm_error *error)
{
    orm_connection      *c;
    const orm_allocator *a;
    orm_status           status = ORM_OK;
    bool                 told;

    if (pipeline == NULL)
        return ORM_OK;
    c = pipeline->c;
    a = &c->target->allocator;
    told = pipeline->failed;
    while (pipeline->taken < pipeline->count) {
        orm_status one = orm_pipeline_next(pipeline, NULL, status == ORM_OK && !told ? error : NULL);

        if (status == ORM_OK && !told)
            status = one;
    }
    leave_mode(pipeline);
    c->occupant = NULL;
    orm_connection_follow(c, &pipeline->all);
    orm_prepared_trim(c);
    if (pipeline->items != NULL)
        a->release(a->context, pipeline->items);
    a->release(a->context, pipeline);
    return status;
}
