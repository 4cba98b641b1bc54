#include "unit/em_private.h"

/* Room for one more level; its mark is the undo log's present length. */
static orm_status push_level(orm_em *em)
{
    const orm_allocator *allocator = &em->o->allocator;

    if (em->level_count == em->level_capacity) {
        size_t  capacity = em->level_capacity == 0 ? 8 : em->level_capacity * 2;
        size_t *marks = allocator->resize(allocator->context, em->marks, capacity * sizeof *marks);

        if (marks == NULL)
            return em_fail_memory(em);
        em->marks = marks;
        em->level_capacity = capacity;
    }
    em->marks[em->level_count++] = em->undo.count;
    return ORM_OK;
}

/* A level below the one in which a flush stopped is whole. */
static void pop_level(orm_em *em)
{
    em->level_count--;
    if (em->level_count < em->half_done)
        em->half_done = 0;
}

void em_drop_level(orm_em *em)
{
    orm_undo_to(em, em->marks[em->level_count - 1]);
    pop_level(em);
}

void em_keep_levels(orm_em *em)
{
    em->level_count = em->half_done = 0;
    orm_undo_forget(em);
}

orm_status em_begin(orm_em *em, const orm_transaction_options *options)
{
    size_t     before = em->level_count;
    orm_status status = em_connect(em);

    if (status == ORM_OK)
        status = push_level(em);
    if (status != ORM_OK)
        return status;
    status = orm_connection_begin(em->connection, options, &em->error);
    if (status != ORM_OK) {
        em_sync(em);
        /* SQL of the user may have opened a transaction that is not one of our levels. */
        if (em->level_count > before)
            em->level_count = before;
    }
    return status;
}

orm_status em_end_level(orm_em *em)
{
    orm_status status = orm_connection_commit(em->connection, &em->error);

    if (status != ORM_OK) {
        em_sync(em);
        return status;
    }
    pop_level(em);
    if (em->level_count == 0)
        em_keep_levels(em);
    return ORM_OK;
}

static orm_status no_transaction(orm_em *em, const char *function)
{
    return orm_fail(&em->error, ORM_ERR_ARGUMENT, 510, "%s(): no transaction is open", function);
}

orm_status em_commit(orm_em *em)
{
    orm_status status;

    if (em->level_count == 0)
        return no_transaction(em, "orm_commit");
    status = em_flush(em);
    return status == ORM_OK ? em_end_level(em) : status;
}

orm_status em_rollback(orm_em *em)
{
    orm_status status;

    if (em->level_count == 0)
        return no_transaction(em, "orm_rollback");
    status = orm_connection_rollback(em->connection, &em->error);
    /* Whatever the server said: this level is not going to be committed. */
    if (status == ORM_OK)
        em_drop_level(em);
    else
        em_sync(em);
    return status;
}

orm_status orm_begin(orm_em *em, const orm_transaction_options *options)
{
    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    if (options != NULL && em->level_count > 0)
        return em_leave(em, orm_fail(&em->error, ORM_ERR_ARGUMENT, 511,
                                     "a nested transaction is a savepoint and takes no options"));
    return em_leave(em, em_begin(em, options));
}

orm_status orm_commit(orm_em *em)
{
    return em_enter(em) ? em_leave(em, em_commit(em)) : ORM_ERR_ARGUMENT;
}

orm_status orm_rollback(orm_em *em)
{
    return em_enter(em) ? em_leave(em, em_rollback(em)) : ORM_ERR_ARGUMENT;
}

bool orm_in_transaction(const orm_em *em)
{
    return em != NULL && em->level_count > 0;
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

orm_status orm_transactional(orm_em *em, orm_transaction_fn callback, void *context,
                             const orm_transaction_options *options)
{
    size_t     depth;
    orm_status status;

    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    if (callback == NULL)
        return em_leave(em, orm_fail(&em->error, ORM_ERR_ARGUMENT, 512, "orm_transactional() needs a callback"));
    depth = em->level_count;
    status = orm_begin(em, options);
    if (status != ORM_OK)
        return status;

    status = callback(em, context);
    if (status != ORM_OK) {
        if (em->error.status == ORM_OK)
            orm_fail(&em->error, status, 513, "the callback of a transaction failed (%s): it was rolled back",
                     orm_status_name(status));
        return em_leave(em, give_up(em, depth, status));
    }
    em_enter(em);
    if (em->level_count != depth + 1)
        status = orm_fail(&em->error, ORM_ERR_ARGUMENT, 514, "the callback of a transaction %s",
                          em->level_count > depth + 1 ? "left a transaction of its own open: it was rolled back"
                                                      : "ended the transaction that it was called in");
    else
        status = em_commit(em);
    return em_leave(em, status == ORM_OK ? ORM_OK : give_up(em, depth, status));
}
