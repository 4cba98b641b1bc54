/* Levels of an entity manager's transaction: begin, commit, rollback. */
#include "unit/em_private.h"

/* Room for one more level; its mark is the undo log's present length. */
static orm_status push_level(orm_em *em, const orm_transaction_options *options)
{
    const orm_allocator *allocator = &em->o->allocator;
    orm_level           *level;

    if (em->level_count == em->level_capacity) {
        size_t     capacity = em->level_capacity == 0 ? 8 : em->level_capacity * 2;
        orm_level *levels = allocator->resize(allocator->context, em->levels, capacity * sizeof *levels);

        if (levels == NULL)
            return em_fail_memory(em);
        em->levels = levels;
        em->level_capacity = capacity;
    }
    if (em->level_count == 0)
        em->conflict = ORM_OK;
    level = &em->levels[em->level_count++];
    *level = (orm_level){ .mark = em->undo.count, .outer_flush_mode = em->flush_mode };
    if (options != NULL) {
        level->isolation = options->isolation;
        level->read_only = options->read_only;
        if (options->flush_mode != ORM_FLUSH_DEFAULT)
            em->flush_mode = options->flush_mode;
    }
    return ORM_OK;
}

/* A level below the one in which a flush stopped is whole. */
static void pop_level(orm_em *em)
{
    em->level_count--;
    em->flush_mode = em->levels[em->level_count].outer_flush_mode;
    if (em->level_count < em->half_done)
        em->half_done = 0;
}

void em_drop_level(orm_em *em)
{
    orm_undo_to(em, em->levels[em->level_count - 1].mark);
    pop_level(em);
}

void em_keep_levels(orm_em *em)
{
    while (em->level_count > 0)
        pop_level(em);
    orm_undo_forget(em);
}

orm_status em_check_inner(orm_em *em, const orm_transaction_options *options)
{
    const orm_level *outer = &em->levels[0];
    const char      *what = NULL;

    if (options == NULL)
        return ORM_OK;
    if (options->isolation != ORM_ISOLATION_DEFAULT && options->isolation != outer->isolation)
        what = "isolation level";
    else if (options->read_only && !outer->read_only)
        what = "read only";
    if (what == NULL)
        return ORM_OK;
    orm_fail(&em->error, ORM_ERR_ARGUMENT, 511,
             "a transaction is open, and what runs inside it takes no %s of its own: it was not begun so", what);
    orm_fail_hint(&em->error,
                  "Ask for it where the transaction begins, or begin another one: ORM_PROPAGATION_REQUIRES_NEW.");
    return ORM_ERR_ARGUMENT;
}

/* The innermost level is given up for a reason whose error is the one to keep. */
static orm_status roll_back_for(orm_em *em, orm_status status)
{
    orm_error why = em->error;

    em_rollback(em);
    em->error = why;
    return status;
}

orm_status em_begin(orm_em *em, const orm_transaction_options *options)
{
    size_t     before = em->level_count;
    orm_status status = em_tell_transaction(em, ORM_EVENT_BEFORE_TRANSACTION_START, before + 1);

    if (status == ORM_OK)
        status = em_connect(em);
    if (status == ORM_OK)
        status = push_level(em, options);
    if (status != ORM_OK)
        return status;
    status = orm_connection_begin(em->connection, before > 0 ? NULL : options, &em->error);
    if (status != ORM_OK) {
        em_sync(em);
        /* SQL of the user may have opened a transaction that is not one of our levels. */
        if (em->level_count > before)
            pop_level(em);
        return status;
    }
    status = em_tell_transaction(em, ORM_EVENT_AFTER_TRANSACTION_START, before + 1);
    return status == ORM_OK ? ORM_OK : roll_back_for(em, status);
}

orm_status em_begin_ahead(orm_em *em)
{
    orm_status status = em_connect(em);

    if (status != ORM_OK || !em_may_begin_ahead(em))
        return status != ORM_OK ? status : em_begin(em, NULL);
    status = push_level(em, NULL);
    if (status != ORM_OK)
        return status;
    status = em_send_begin(em);
    if (status != ORM_OK && em->level_count > 0)
        pop_level(em);
    return status;
}

static void end_level(orm_em *em)
{
    pop_level(em);
    if (em->level_count == 0)
        em_keep_levels(em);
}

orm_status em_end_ahead(orm_em *em)
{
    orm_status status;

    if (em->pipeline == NULL || em_depth(em) != 1) {
        status = em_settle(em);
        return status == ORM_OK ? em_end_level(em) : status;
    }
    status = em_send_commit(em);
    if (status == ORM_OK)
        end_level(em);
    return status;
}

orm_status em_end_level(orm_em *em)
{
    size_t     level = em->level_count;
    orm_status status = em_tell_transaction(em, ORM_EVENT_BEFORE_TRANSACTION_COMMIT, level);

    if (status != ORM_OK)
        return status;
    status = orm_connection_commit(em->connection, &em->error);
    if (status != ORM_OK) {
        em_sync(em);
        return status;
    }
    end_level(em);
    return em_tell_transaction(em, ORM_EVENT_AFTER_TRANSACTION_COMMIT, level);
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

/* Tells of a rollback, which nobody can stop: an error is kept for the end. */
static void tell_rollback(orm_em *em, orm_event_kind kind, size_t level, orm_error *first)
{
    orm_error before = em->error;

    if (!em_listens(em, kind))
        return;
    if (em_tell_transaction(em, kind, level) != ORM_OK && first->status == ORM_OK)
        *first = em->error;
    em->error = before;
}

orm_status em_rollback(orm_em *em)
{
    size_t     level = em->level_count;
    orm_error  told = { .status = ORM_OK };
    orm_status status;

    if (em->level_count == 0)
        return no_transaction(em, "orm_rollback");
    tell_rollback(em, ORM_EVENT_BEFORE_TRANSACTION_ROLLBACK, level, &told);
    status = orm_connection_rollback(em->connection, &em->error);
    /* Whatever the server said: this level is not going to be committed. */
    if (status == ORM_OK)
        em_drop_level(em);
    else
        em_sync(em);
    tell_rollback(em, ORM_EVENT_AFTER_TRANSACTION_ROLLBACK, level, &told);
    if (status != ORM_OK || told.status == ORM_OK)
        return status;
    em->error = told;
    return told.status;
}

/* ---- The door ---- */

static orm_status check_begin(orm_em *em, const orm_transaction_options *options)
{
    if (options == NULL)
        return ORM_OK;
    if (em_check_flush_mode(em, options->flush_mode) != ORM_OK)
        return em->error.status;
    if (options->propagation != ORM_PROPAGATION_DEFAULT && options->propagation != ORM_PROPAGATION_NESTED)
        return orm_fail(
            &em->error, ORM_ERR_ARGUMENT, 611,
            "orm_begin() begins a transaction or sets a savepoint: another propagation needs the callback of "
            "orm_transactional()");
    if (options->retry.attempts > 1)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 612,
                        "orm_begin() cannot run anything again: retries need the callback of orm_transactional()");
    return em->level_count > 0 ? em_check_inner(em, options) : ORM_OK;
}

orm_status orm_begin(orm_em *em, const orm_transaction_options *options)
{
    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    if (em_refuse_in_event(em, "begin a transaction") != ORM_OK)
        return em->error.status;
    return em_leave(em, check_begin(em, options) == ORM_OK ? em_begin(em, options) : em->error.status);
}

orm_status orm_commit(orm_em *em)
{
    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    if (em_refuse_in_event(em, "commit") != ORM_OK)
        return em->error.status;
    return em_leave(em, em_commit(em));
}

orm_status orm_rollback(orm_em *em)
{
    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    if (em_refuse_in_event(em, "roll back") != ORM_OK)
        return em->error.status;
    return em_leave(em, em_rollback(em));
}

bool orm_in_transaction(const orm_em *em)
{
    return em != NULL && em->level_count > 0;
}
