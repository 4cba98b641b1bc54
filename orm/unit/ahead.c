/* Statements of a flush that are sent without waiting for the answers to those before. */
#include "unit/em_private.h"

/* One that was sent; it moves to where it lives until its answer was read. */
struct em_sent {
    struct em_sent *next;
    orm_statement   statement;
};

/* ---- What is under way ---- */

static orm_status open_pipeline(orm_em *em)
{
    orm_status status = ORM_OK;

    if (em->pipeline == NULL)
        status = orm_pipeline_open(em->connection, &em->pipeline, &em->error);
    if (status != ORM_OK)
        em_sync(em);
    return status;
}

/* It was the last of the pipeline, or something has failed: nothing is under way any more. */
static orm_status close_pipeline(orm_em *em, orm_status status)
{
    orm_status closed = orm_pipeline_close(em->pipeline, status == ORM_OK ? &em->error : NULL);

    em->pipeline = NULL;
    em->pending = 0;
    for (; em->sent != NULL; em->sent = em->sent->next)
        orm_statement_free(&em->sent->statement);
    if (status == ORM_OK)
        status = closed;
    if (status != ORM_OK)
        em_sync(em);
    return status;
}

static orm_status add(orm_em *em, orm_statement *statement)
{
    struct em_sent *sent = orm_arena_alloc(em->work, sizeof *sent);
    orm_status      status;

    if (sent == NULL) {
        orm_statement_free(statement);
        return em_fail_memory(em);
    }
    *sent = (struct em_sent){ .next = em->sent, .statement = *statement };
    em->sent = sent;
    status = orm_pipeline_add(em->pipeline, &sent->statement, &em->error);
    em->pending += status == ORM_OK;
    return status;
}

orm_status em_settle(orm_em *em)
{
    return em->pipeline == NULL ? ORM_OK : close_pipeline(em, ORM_OK);
}

/* ---- Statements ---- */

/* Who listens is told what has been done, not what may still fail: then each answer is waited for. */
static bool may_send_ahead(const orm_em *em)
{
    const unsigned harmless = ORM_EVENT_BIT(ORM_EVENT_INIT) | ORM_EVENT_BIT(ORM_EVENT_LOAD);

    return em->o->settings.pipeline && ((em->listens | em->o->listens) & ~harmless) == 0;
}

orm_status em_run_later(orm_em *em, orm_statement *statement)
{
    orm_status status;

    if (!may_send_ahead(em))
        return em_run(em, statement, NULL);
    status = open_pipeline(em);
    if (status != ORM_OK) {
        orm_statement_free(statement);
        return status;
    }
    status = add(em, statement);
    return status == ORM_OK ? ORM_OK : close_pipeline(em, status);
}

orm_status em_run_behind(orm_em *em, orm_statement *statement, orm_result **out)
{
    orm_status status = add(em, statement);

    for (size_t before = em->pending - 1; status == ORM_OK && before > 0; before--)
        status = orm_pipeline_next(em->pipeline, NULL, &em->error);
    if (status == ORM_OK)
        status = orm_pipeline_next(em->pipeline, out, &em->error);
    return close_pipeline(em, status);
}

/* ---- The transaction of a flush ---- */

/* Where raw SQL has begun a transaction, what a flush begins is a savepoint, and not worth it. */
bool em_may_begin_ahead(const orm_em *em)
{
    return may_send_ahead(em) && em->level_count == 0 && em_depth(em) == 0;
}

orm_status em_send_begin(orm_em *em)
{
    orm_status status = open_pipeline(em);

    if (status != ORM_OK)
        return status;
    status = orm_pipeline_begin(em->pipeline, &em->error);
    em->pending += status == ORM_OK;
    return status == ORM_OK ? ORM_OK : close_pipeline(em, status);
}

orm_status em_send_commit(orm_em *em)
{
    orm_status status = orm_pipeline_commit(em->pipeline, &em->error);

    return close_pipeline(em, status);
}
