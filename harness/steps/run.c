/*
 * Running one case: its steps one after the other, then the judgement and the record.
 */
#include <string.h>

#include "base/fail.h"
#include "base/text.h"
#include "harness/steps/judge.h"
#include "harness/steps/steps_private.h"

cc_step_status cc_run_step(cc_context *context, const cc_step *step)
{
    size_t         first = cc_trace_count(context->trace);
    cc_step_status status = step->def->run(context, step);

    if (status == CC_STEP_OK || status == CC_STEP_REFUSED)
        status = cc_check_error(context, step, status);
    if (status == CC_STEP_REFUSED && context->refused_step == NULL)
        context->refused_step = step;
    if (status == CC_STEP_OK)
        status = cc_check_traffic(context, step, first);
    if (context->outcome != NULL && context->outcome->at == step)
        context->at_refused = status == CC_STEP_REFUSED || (status == CC_STEP_MISMATCH && context->tracks[0].refused);
    return status;
}

/* A refusal that nothing expected ends the case. What the server said beside its message is in the record's error. */
static void end_refused(cc_context *context, const cc_step *step)
{
    const cc_step *refused = context->refused_step == NULL ? step : context->refused_step;

    cc_lose_all(context, refused, "unexpected-error", true, cc_error_line(context, &context->error), NULL);
}

static void run_steps(cc_context *context)
{
    cc_step_status status = CC_STEP_OK;

    for (size_t i = 0; i < context->item->step_count && status == CC_STEP_OK; i++) {
        const cc_step *step = context->item->steps[i];

        status = cc_run_step(context, step);
        if (status == CC_STEP_REFUSED)
            end_refused(context, step);
        else if (status == CC_STEP_THROWN)
            status = cc_broken(context, step, "`throw` only means something inside `transactional`");
        if (status == CC_STEP_REFUSED && cc_is_our_fault(context->error.status))
            cc_broken(context, context->refused_step, "%s", cc_error_line(context, &context->error));
    }
}

static void close_managers(cc_context *context)
{
    for (cc_manager *manager = context->managers; manager != NULL; manager = manager->next)
        orm_em_close(manager->em);
    context->managers = NULL;
}

/* ---- The judgement ---- */

static bool error_fits(cc_context *context)
{
    const cc_outcome *outcome = context->outcome;
    cc_matching       matching = cc_matching_of(context);
    orm_buffer        why;
    cc_match          match = CC_MATCH;

    if (!context->has_error || outcome == NULL || outcome->kind != CC_OUTCOME_FAILS)
        return false;
    if (outcome->sqlstate != NULL && strcmp(outcome->sqlstate, context->error.sqlstate) != 0)
        return false;
    orm_buffer_init(&why, NULL, 0);
    if (outcome->message != NULL)
        match = cc_match_text(&matching, outcome->message, context->error.message, &why);
    if (match == CC_MATCH_BROKEN)
        cc_broken(context, outcome->at, "%s", why.data);
    orm_buffer_free(&why);
    return match == CC_MATCH;
}

/* A server that was never reached has not said what it is; then it is taken for what was asked for. */
static const char *platform_of(const cc_case_env *env)
{
    return env->target->platform[0] != '\0' ? env->target->platform : env->target->kind;
}

static cc_expected expected_of(const cc_context *context)
{
    static const cc_expected by_kind[] = { CC_EXPECT_WORKS, CC_EXPECT_FAILS, CC_EXPECT_DIFFERS, CC_EXPECT_UNKNOWN };

    if (context->outcome != NULL)
        return by_kind[context->outcome->kind];
    /* PostgreSQL is the yardstick; elsewhere nothing is taken for granted. */
    return strcmp(platform_of(context->env), "postgres") == 0 ? CC_EXPECT_WORKS : CC_EXPECT_UNKNOWN;
}

static cc_judgement judge(cc_context *context)
{
    static const cc_outcome_kind kinds[] = { CC_OUTCOME_WORKS, CC_OUTCOME_FAILS, CC_OUTCOME_DIFFERS,
                                             CC_OUTCOME_UNKNOWN };
    cc_seen                      seen = { .at_refused = context->at_refused, .error_fits = error_fits(context) };

    seen.broke = context->broken != NULL;
    seen.own_held = !context->tracks[0].lost;
    seen.other_held = context->track_count > 1 && !context->tracks[1].lost;
    return cc_judge(kinds[expected_of(context)], &seen);
}

/* ---- The record ---- */

static void fill_identity(const cc_case_env *env, const cc_case *item, cc_record_case *out)
{
    *out = (cc_record_case){ .id = item->id,
                             .name = item->name,
                             .feature = item->file->feature == NULL ? "" : item->file->feature->id,
                             .target = env->target->name,
                             .mode = env->mode == NULL ? "" : env->mode,
                             .preset = env->preset,
                             .file = item->file->path,
                             .line = (int64_t)item->place.line,
                             .happened = CC_HAPPENED_NOTHING,
                             .evidence = env->target->evidence,
                             .proves = item->proves,
                             .touches = item->touches };
}

static const cc_record_error *record_error(const cc_context *context)
{
    const orm_error *error = &context->error;
    cc_record_error *out = orm_arena_zalloc(context->arena, sizeof *out);

    if (out == NULL)
        return NULL;
    *out = (cc_record_error){ .kind = orm_status_name(error->status),
                              .sqlstate = orm_arena_strdup(context->arena, error->sqlstate),
                              .message = orm_arena_strdup(context->arena, error->message),
                              .detail = orm_arena_strdup(context->arena, error->detail),
                              .hint = orm_arena_strdup(context->arena, error->hint),
                              .constraint = orm_arena_strdup(context->arena, error->constraint),
                              .table = orm_arena_strdup(context->arena, error->table),
                              .column = orm_arena_strdup(context->arena, error->column) };
    return out;
}

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

static cc_record_failure drift(const cc_context *context)
{
    const cc_outcome *outcome = context->outcome;
    const char       *message = NULL;

    if (outcome->kind == CC_OUTCOME_FAILS)
        message = orm_arena_printf(context->arena, "expected to fail%s%s, and everything works now",
                                   outcome->sqlstate == NULL ? "" : " with ", or_empty(outcome->sqlstate));
    else
        message = "expected to differ, and the case's own expectations hold now";
    return (cc_record_failure){
        .type = "drift",
        .message = message == NULL ? "out of memory" : message,
        .detail = or_empty(outcome->reason),
        .place = orm_arena_printf(context->arena, "%s:%u:%u", outcome->place.file, outcome->place.line,
                                  outcome->place.column),
        .step = outcome->at == NULL ? "" : cc_step_label(context->arena, outcome->at),
    };
}

static cc_record_failure broken(const cc_context *context)
{
    const cc_step *step = context->broken_step;
    cc_place       place = step == NULL ? context->item->place : step->place;

    return (cc_record_failure){
        .type = "error",
        .message = context->broken,
        .detail = "",
        .place = orm_arena_printf(context->arena, "%s:%u:%u", place.file, place.line, place.column),
        .step = step == NULL ? "" : cc_step_label(context->arena, step),
    };
}

/* The failure of an outcome `fails` that failed otherwise says what was expected. */
static cc_record_failure failure_of_fails(const cc_context *context)
{
    const cc_outcome *outcome = context->outcome;
    cc_record_failure failure = context->tracks[0].failure;
    const char       *wanted =
        orm_arena_printf(context->arena, "expected step %s to fail%s%s%s%s\n%s",
                         cc_step_label(context->arena, outcome->at), outcome->sqlstate == NULL ? "" : " with ",
                         or_empty(outcome->sqlstate), outcome->message == NULL ? "" : " and the message ",
                         outcome->message == NULL ? "" : or_empty(outcome->message->text), or_empty(failure.detail));

    if (wanted != NULL)
        failure.detail = wanted;
    return failure;
}

static const cc_record_failure *record_failure(const cc_context *context, cc_judgement judgement)
{
    cc_record_failure *out = NULL;
    const cc_track    *track = &context->tracks[context->track_count - 1];

    if (judgement.status == CC_PASS || (judgement.status == CC_UNKNOWN && judgement.happened == CC_HAPPENED_WORKED))
        return NULL;
    out = orm_arena_zalloc(context->arena, sizeof *out);
    if (out == NULL)
        return NULL;
    if (judgement.status == CC_ERROR)
        *out = broken(context);
    else if (judgement.status == CC_DRIFT)
        *out = drift(context);
    else if (context->outcome != NULL && context->outcome->kind == CC_OUTCOME_FAILS)
        *out = failure_of_fails(context);
    else
        *out = track->failure;
    if (judgement.failure_type != NULL)
        out->type = judgement.failure_type;
    return out;
}

/* The command that runs just this case again. */
static const char *repeat_command(const cc_context *context)
{
    const cc_case_env *env = context->env;
    const char        *options = or_empty(env->target_option);

    return or_empty(orm_arena_printf(context->arena, "%s run %s%s%s", or_empty(env->program), options,
                                     options[0] == '\0' ? "" : " ", context->item->id));
}

static void fill_record(cc_context *context, cc_record_case *out)
{
    cc_judgement judgement = judge(context);

    fill_identity(context->env, context->item, out);
    out->status = judgement.status;
    out->happened = judgement.happened;
    out->expected = expected_of(context);
    out->queries = (int64_t)cc_trace_count(context->trace);
    if (context->outcome != NULL) {
        out->reason = context->outcome->reason;
        out->source = context->outcome->source;
    } else if (out->expected == CC_EXPECT_UNKNOWN) {
        out->reason = "the case names no outcome for this server";
    }
    out->failure = record_failure(context, judgement);
    out->error = context->has_error ? record_error(context) : NULL;
    out->sql = cc_trace_record(context->trace, context->arena, &out->sql_count);
    out->repeat = repeat_command(context);
}

/* ---- The door ---- */

static void prepare_tracks(cc_context *context)
{
    const cc_outcome *outcome = context->outcome;
    const char       *problem = NULL;

    context->track_count = 1;
    if (outcome == NULL || outcome->kind != CC_OUTCOME_DIFFERS)
        return;
    context->tracks[1].overrides = outcome;
    context->track_count = 2;
    problem = cc_override_problem(context->arena, outcome);
    if (problem != NULL)
        cc_broken(context, NULL, "%s", problem);
}

void cc_case_run(orm_arena *arena, const cc_case_env *env, const cc_case *item, cc_sql_trace *trace,
                 cc_record_case *out)
{
    cc_context *context = orm_arena_zalloc(arena, sizeof *context);
    orm_error   error = { .status = ORM_OK };

    if (context == NULL) {
        cc_case_not_run(env, item, CC_ERROR, "out of memory", out);
        return;
    }
    context->arena = arena;
    context->env = env;
    context->item = item;
    context->trace = trace;
    context->outcome = cc_outcome_for(item, env->target->platform, env->target->major, env->target->minor);
    cc_trace_reset(trace);
    prepare_tracks(context);
    if (context->broken == NULL && cc_manager_new(context, "main", &error) == NULL) {
        cc_refused(context, &error);
        cc_broken(context, NULL, "no entity manager: %s", error.message);
    }
    if (context->broken == NULL)
        run_steps(context);
    /* Before the entity managers go: what their closing sends is not the case's. */
    fill_record(context, out);
    close_managers(context);
}

void cc_case_not_run(const cc_case_env *env, const cc_case *item, cc_status status, const char *reason,
                     cc_record_case *out)
{
    const cc_outcome *outcome = cc_outcome_for(item, platform_of(env), env->target->major, env->target->minor);
    bool              ended_badly = status == CC_ERROR || status == CC_TIMEOUT || status == CC_CRASH;

    fill_identity(env, item, out);
    out->status = status;
    out->happened = ended_badly ? CC_HAPPENED_BROKE : CC_HAPPENED_NOTHING;
    out->expected = expected_of(&(cc_context){ .env = env, .outcome = outcome });
    out->reason = reason;
    out->source = outcome == NULL ? NULL : outcome->source;
}
