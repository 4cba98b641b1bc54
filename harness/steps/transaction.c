#include <string.h>

#include "harness/steps/steps_private.h"

/* In the order of orm_isolation, orm_flush_mode and orm_propagation, without their defaults. */
const char *const cc_isolation_words[] = { "read uncommitted", "read committed", "repeatable read", "serializable",
                                           NULL };
const char *const cc_flush_mode_words[] = { "auto", "commit", "always", NULL };
const char *const cc_propagation_words[] = { "required",  "nested", "requires new",  "supports",
                                             "mandatory", "never",  "not supported", NULL };

/* What a callback returns to have its transaction rolled back, where there is no error to pass on. */
#define STOP ORM_ERR_CANCELLED

unsigned cc_arg_word(const cc_step *step, const char *key, const char *const *words)
{
    const char *word = cc_arg_text(step, key);

    for (unsigned i = 0; word != NULL && words[i] != NULL; i++)
        if (strcmp(words[i], word) == 0)
            return i + 1;
    return 0;
}

static orm_transaction_options read_options(const cc_step *step)
{
    return (orm_transaction_options){
        .isolation = (orm_isolation)cc_arg_word(step, "isolation", cc_isolation_words),
        .read_only = cc_arg_bool(step, "read_only"),
        .flush_mode = (orm_flush_mode)cc_arg_word(step, "flush_mode", cc_flush_mode_words),
        .propagation = (orm_propagation)cc_arg_word(step, "propagation", cc_propagation_words),
        /* Cases meet their conflicts by design: waiting would bring nothing. */
        .retry = { .attempts = (unsigned)cc_arg_int(step, "retry", 0), .max_delay_ms = 1 },
    };
}

cc_step_status cc_step_begin(cc_context *context, const cc_step *step)
{
    cc_manager             *manager = cc_manager_of(context, step);
    orm_transaction_options options = read_options(step);

    if (manager == NULL)
        return CC_STEP_BROKEN;
    return orm_begin(manager->em, &options) == ORM_OK ? CC_STEP_OK : cc_refused_by(context, manager);
}

cc_step_status cc_step_commit(cc_context *context, const cc_step *step)
{
    return cc_with_manager(context, step, orm_commit);
}

cc_step_status cc_step_rollback(cc_context *context, const cc_step *step)
{
    return cc_with_manager(context, step, orm_rollback);
}

cc_step_status cc_step_flush_mode(cc_context *context, const cc_step *step)
{
    cc_manager    *manager = cc_manager_of(context, step);
    orm_flush_mode mode = (orm_flush_mode)cc_arg_word(step, "mode", cc_flush_mode_words);

    if (manager == NULL)
        return CC_STEP_BROKEN;
    return orm_set_flush_mode(manager->em, mode) == ORM_OK ? CC_STEP_OK : cc_refused_by(context, manager);
}

/* ---- Steps inside a transaction ---- */

typedef struct body {
    cc_context    *context;
    const cc_step *step;
    cc_manager    *manager;
    cc_step_status status;
    int64_t        attempts;
} body;

cc_step_status cc_run_inner_steps(cc_context *context, const cc_step *step)
{
    cc_step_status status = CC_STEP_OK;

    for (size_t i = 0; i < step->step_count && status == CC_STEP_OK; i++)
        status = cc_run_step(context, step->steps[i]);
    return status;
}

/* An entity manager of the transaction's own takes the name of the one outside, for as long as it is there. */
static cc_manager *take_name(body *b, orm_em *em)
{
    cc_manager *inner = orm_arena_zalloc(b->context->arena, sizeof *inner);

    if (inner == NULL)
        return NULL;
    *inner = (cc_manager){ .name = b->manager->name, .em = em, .next = b->context->managers };
    b->context->managers = inner;
    return inner;
}

/* What its entities are is copied before they go. */
static cc_step_status give_name_back(body *b, cc_manager *inner)
{
    cc_manager **place = &b->context->managers;

    while (*place != inner)
        place = &(*place)->next;
    *place = inner->next;
    return cc_freeze(b->context, inner) ? b->status : cc_broken_memory(b->context, b->step);
}

static orm_status run_body(orm_em *em, void *opaque)
{
    body       *b = opaque;
    cc_context *context = b->context;
    cc_manager *inner = NULL;

    /* What an earlier attempt met is no refusal of the case. */
    if (b->attempts++ > 0) {
        context->refused_step = NULL;
        context->has_error = false;
        context->error = (orm_error){ .status = ORM_OK };
    }
    if (em != b->manager->em && (inner = take_name(b, em)) == NULL) {
        b->status = cc_broken_memory(context, b->step);
        return STOP;
    }
    context->transactional_depth++;
    b->status = cc_run_inner_steps(context, b->step);
    context->transactional_depth--;
    if (inner != NULL)
        b->status = give_name_back(b, inner);
    if (b->status == CC_STEP_REFUSED && context->error.status != ORM_OK)
        return context->error.status;
    return b->status == CC_STEP_OK ? ORM_OK : STOP;
}

static cc_step_status judge(body *b, orm_status status)
{
    if (b->status == CC_STEP_THROWN && status == ORM_OK) {
        cc_lose_all(b->context, b->step, "mismatch", false,
                    "the callback failed, and the transaction did not fail with it", NULL);
        return CC_STEP_MISMATCH;
    }
    /* A deliberate throw ends here, unless the rollback failed on its own. */
    if (b->status == CC_STEP_THROWN)
        return status == STOP ? CC_STEP_OK : cc_refused_by(b->context, b->manager);
    if (b->status != CC_STEP_OK)
        return b->status;
    return status == ORM_OK ? CC_STEP_OK : cc_refused_by(b->context, b->manager);
}

cc_step_status cc_step_transactional(cc_context *context, const cc_step *step)
{
    body                    b = { .context = context, .step = step, .manager = cc_manager_of(context, step) };
    orm_transaction_options options = read_options(step);
    cc_step_status          status = CC_STEP_OK;
    cc_step_status          counted = CC_STEP_OK;

    if (b.manager == NULL)
        return CC_STEP_BROKEN;
    status = judge(&b, orm_transactional(b.manager->em, run_body, &b, &options));
    if (status == CC_STEP_OK || status == CC_STEP_REFUSED)
        counted = cc_check(context, step, "attempts", cc_check_int, &b.attempts);
    return counted == CC_STEP_OK ? status : counted;
}

cc_step_status cc_step_on_attempt(cc_context *context, const cc_step *step)
{
    cc_manager *manager = cc_manager_of(context, step);

    if (manager == NULL)
        return CC_STEP_BROKEN;
    if (context->transactional_depth == 0)
        return cc_broken(context, step, "`on_attempt` only means something inside `transactional`");
    return orm_attempt(manager->em) == cc_arg_int(step, "number", 0) ? cc_run_inner_steps(context, step) : CC_STEP_OK;
}

cc_step_status cc_step_throw(cc_context *context, const cc_step *step)
{
    if (context->transactional_depth == 0)
        return cc_broken(context, step, "`throw` only means something inside `transactional`");
    return CC_STEP_THROWN;
}
