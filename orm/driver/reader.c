#include "driver/driver_private.h"

struct orm_reader {
    orm_exchange x;
    orm_result   row;    /* lent to the caller: the answer's latest */
    uint64_t     rows;   /* that the caller was given */
    bool         ended;  /* what came of it is known: the exchange has ended */
    orm_status   status; /* of the exchange, once it has ended */
};

/* All was read: what came of it. */
static orm_status end_exchange(orm_reader *reader, orm_error *error)
{
    orm_exchange *x = &reader->x;
    bool          several = x->answer.several;

    reader->ended = true;
    reader->status = orm_exchange_end(x, (int64_t)reader->rows, error);
    orm_answer_clear(&x->answer);
    if (reader->status != ORM_OK || !several)
        return reader->status;
    orm_fail(error, ORM_ERR_UNSUPPORTED, 355, "only one statement's rows can be read one by one, and here are several");
    orm_fail_sql(error, x->sql);
    return reader->status = ORM_ERR_UNSUPPORTED;
}

static void release(orm_reader *reader)
{
    const orm_allocator *a = &reader->x.connection->target->allocator;

    reader->x.connection->occupant = NULL;
    orm_answer_clear(&reader->x.answer);
    a->release(a->context, reader);
}

/* Reads it up to its first row, or its failure. */
static orm_status open_reader(orm_reader *reader, orm_error *error)
{
    orm_status status = orm_exchange_prepare(&reader->x, error);

    if (status == ORM_OK)
        status = orm_exchange_begin(&reader->x, error);
    if (status != ORM_OK || !reader->x.done)
        return status;
    return end_exchange(reader, error);
}

orm_status orm_connection_read(orm_connection *connection, orm_statement *statement, orm_reader **out, orm_error *error)
{
    const orm_allocator *a = &connection->target->allocator;
    orm_reader          *reader = a->alloc(a->context, sizeof *reader);
    const char          *other = connection->occupant;
    orm_status           status;

    *out = NULL;
    if (reader == NULL)
        return orm_fail_memory(error);
    *reader = (orm_reader){
        .x = { .connection = connection, .sql = statement->sql.data, .statement = statement, .by_rows = true },
    };
    status = open_reader(reader, error);
    if (status != ORM_OK) {
        release(reader);
        connection->occupant = other;
        return status;
    }
    connection->occupant = "the rows of an earlier statement are still being read";
    *out = reader;
    return ORM_OK;
}

/* Whoever has to be stopped is not given what has come all the same. */
static orm_status drop_rest(orm_reader *reader, orm_error *error)
{
    orm_status status;

    orm_answer_read(reader->x.connection, &reader->x.answer);
    status = end_exchange(reader, error);
    if (status != ORM_OK)
        return status;
    orm_watch_fail(reader->x.connection, "rows that were still to come are lost", error);
    orm_fail_sql(error, reader->x.sql);
    return reader->status = ORM_ERR_CANCELLED;
}

orm_status orm_reader_next(orm_reader *reader, const orm_result **row, orm_error *error)
{
    orm_exchange   *x = &reader->x;
    orm_connection *c = x->connection;
    bool            found = true;

    *row = NULL;
    if (reader->ended && reader->status != ORM_OK)
        return orm_fail(error, reader->status, 356, "there are no more rows to read: an earlier call failed");
    if (reader->ended)
        return ORM_OK;
    if (!orm_watch_resume(c))
        return drop_rest(reader, error);
    /* The first row was read when the statement was sent. */
    if (reader->rows > 0)
        found = orm_answer_next_row(c, &x->answer);
    if (!found)
        return end_exchange(reader, error);
    orm_watch_pause(c);
    reader->rows++;
    reader->row.pg = x->answer.row;
    *row = &reader->row;
    return ORM_OK;
}

/* Nobody wants the rest. In a transaction it has to be read all the same: a cancelled statement would end that. */
static orm_status stop(orm_reader *reader, orm_error *error)
{
    orm_exchange   *x = &reader->x;
    orm_connection *c = x->connection;

    if (orm_watch_resume(c) && !x->at.in_transaction)
        orm_watch_stop(c, ORM_STOP_UNWANTED);
    orm_answer_read(c, &x->answer);
    x->unwanted = true;
    return end_exchange(reader, error);
}

orm_status orm_reader_close(orm_reader *reader, orm_error *error)
{
    orm_status status = ORM_OK;

    if (reader == NULL)
        return ORM_OK;
    if (!reader->ended)
        status = stop(reader, error);
    release(reader);
    return status;
}
