#include <string.h>

#include "harness/steps/steps_private.h"

/* In the order of orm_isolation, without its default. */
const char *const cc_isolation_words[] = { "read uncommitted", "read committed", "repeatable read", "serializable",
                                           NULL };

/* What a callback returns to have its transaction rolled back, where there is no error to pass on. */
#define STOP ORM_ERR_CANCELLED

static orm_transaction_options read_options(const cc_step *step)
{
    orm_transaction_options options = { .read_only = cc_arg_bool(step, "read_only") };
    const char             *isolation = cc_arg_text(step, "isolation");

    for (size_t i = 0; isolation != NULL && cc_isolation_words[i] != NULL; i++)
        if (strcmp(cc_isolation_words[i], isolation) == 0)
            options.isolation = (orm_isolation)(i + 1);
    return options;
}

/* Nested transactions take no options: none are passed where none are given. */
static const orm_transaction_options *options_of(const cc_step *step, orm_transaction_options *room)
{
    *room = read_options(step);
    return cc_step_arg(step, "isolation") == NULL && cc_step_arg(step, "read_only") == NULL ? NULL : room;
}

cc_step_status cc_step_begin(cc_context *context, const cc_step *step)
{
    cc_manager             *manager = cc_manager_of(context, step);
    orm_transaction_options room;

    if (manager == NULL)
        return CC_STEP_BROKEN;
    return orm_begin(manager->em, options_of(step, &room)) == ORM_OK ? CC_STEP_OK : cc_refused_by(context, manager);
}

cc_step_status cc_step_commit(cc_context *context, const cc_step *step)
{
    return cc_with_manager(context, step, orm_commit);
}

cc_step_status cc_step_rollback(cc_context *context, const cc_step *step)
{
    return cc_with_manager(context, step, orm_rollback);
}

typedef struct body {
    cc_context    *context;
    const cc_step *step;
    cc_manager    *manager;
    cc_step_status status;
} body;

static orm_status run_body(orm_em *em, void *opaque)
{
    body   *b = opaque;
    orm_em *outer = b->manager->em;

    /* The callback's entity manager is the one to use inside; it may be another than that outside. */
    b->manager->em = em;
    b->context->transactional_depth++;
    b->status = CC_STEP_OK;
    for (size_t i = 0; i < b->step->step_count && b->status == CC_STEP_OK; i++)
        b->status = cc_run_step(b->context, b->step->steps[i]);
    b->context->transactional_depth--;
    b->manager->em = outer;
    if (b->status == CC_STEP_REFUSED && b->context->error.status != ORM_OK)
        return b->context->error.status;
    return b->status == CC_STEP_OK ? ORM_OK : STOP;
}

cc_step_status cc_step_transactional(cc_context *context, const cc_step *step)
{
    body                    b = { .context = context, .step = step, .manager = cc_manager_of(context, step) };
    orm_transaction_options room;
    orm_status              status = ORM_OK;

    if (b.manager == NULL)
        return CC_STEP_BROKEN;
    status = orm_transactional(b.manager->em, run_body, &b, options_of(step, &room));
    if (b.status == CC_STEP_THROWN && status == ORM_OK) {
        cc_lose_all(context, step, "mismatch", false, "the callback failed, and the transaction did not fail with it",
                    NULL);
        return CC_STEP_MISMATCH;
    }
    /* A deliberate throw ends here, unless the rollback failed on its own. */
    if (b.status == CC_STEP_THROWN)
        return status == STOP ? CC_STEP_OK : cc_refused_by(context, b.manager);
    if (b.status != CC_STEP_OK)
        return b.status;
    return status == ORM_OK ? CC_STEP_OK : cc_refused_by(context, b.manager);
}

cc_step_status cc_step_throw(cc_context *context, const cc_step *step)
{
    if (context->transactional_depth == 0)
        return cc_broken(context, step, "`throw` only means something inside `transactional`");
    return CC_STEP_THROWN;
}
