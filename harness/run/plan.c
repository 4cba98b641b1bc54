#include "harness/run/plan.h"

#include "harness/run/run.h"
#include "harness/steps/steps.h"

size_t cc_plan_selected(const cc_suite *suite, const char *const *filters, size_t filter_count)
{
    size_t selected = 0;

    for (size_t f = 0; f < suite->file_count; f++) {
        for (size_t c = 0; c < suite->files[f]->case_count; c++)
            selected += cc_filter_matches(filters, filter_count, suite->files[f]->cases[c].id);
    }
    return selected;
}

static bool changes_schema(cc_step *const *steps, size_t count)
{
    /* The loader bounds how deep steps nest. */
    for (size_t i = 0; i < count; i++) {
        if (steps[i]->def->changes_schema || changes_schema(steps[i]->steps, steps[i]->step_count))
            return true;
    }
    return false;
}

typedef struct builder {
    orm_arena         *arena;
    const char *const *filters;
    size_t             filter_count;
    cc_plan           *plan;
    size_t             job_room;
    size_t             skip_room;
} builder;

static cc_job *add_job(builder *b, cc_group *group, size_t room)
{
    cc_job *job;

    if (!orm_arena_grow(b->arena, &b->plan->jobs, b->plan->job_count, &b->job_room, sizeof *b->plan->jobs))
        return NULL;
    job = &b->plan->jobs[b->plan->job_count];
    *job =
        (cc_job){ .group = group, .make_tables = true, .cases = orm_arena_calloc(b->arena, room, sizeof *job->cases) };
    if (job->cases == NULL)
        return NULL;
    b->plan->job_count++;
    return job;
}

static bool add_skip(builder *b, cc_group *group, const cc_case *item, const char *reason)
{
    if (!orm_arena_grow(b->arena, &b->plan->skips, b->plan->skip_count, &b->skip_room, sizeof *b->plan->skips))
        return false;
    b->plan->skips[b->plan->skip_count++] = (cc_skip){ group, item, reason };
    return true;
}

/*
 * Puts a case into the group's shared job, or into one of its own. `shared` is an index, not a pointer: the array of
 * jobs moves when it grows. SIZE_MAX: there is none yet.
 */
static bool add_case(builder *b, cc_group *group, const cc_case *item, size_t *shared)
{
    cc_job *job;

    if (item->isolation == CC_ISOLATION_CASE) {
        job = add_job(b, group, 1);
        if (job == NULL)
            return false;
        job->make_tables = !changes_schema(item->steps, item->step_count);
    } else if (*shared == SIZE_MAX) {
        job = add_job(b, group, group->file->case_count);
        if (job == NULL)
            return false;
        *shared = b->plan->job_count - 1;
    } else {
        job = &b->plan->jobs[*shared];
    }
    job->cases[job->count++] = item;
    return true;
}

static bool fill_group(builder *b, cc_group *group)
{
    size_t shared = SIZE_MAX;

    for (size_t c = 0; c < group->file->case_count; c++) {
        const cc_case *item = &group->file->cases[c];
        const char    *reason;

        if (!cc_filter_matches(b->filters, b->filter_count, item->id))
            continue;
        group->left++;
        b->plan->planned++;
        /* What a server that was not reached would have had to skip, nobody knows. */
        if (group->target->target != NULL && cc_case_is_skipped(item, group->target->record, &reason)) {
            if (!add_skip(b, group, item, reason))
                return false;
        } else if (!add_case(b, group, item, &shared)) {
            return false;
        }
    }
    return true;
}

static size_t mode_count(const cc_file *file)
{
    return file->mode_count > 0 ? file->mode_count : 1;
}

/* Groups without a file's own name would look alike. */
static void mark_shared_features(cc_plan *plan)
{
    for (size_t i = 0; i < plan->group_count; i++) {
        cc_group *group = &plan->groups[i];

        for (size_t k = 0; k < plan->group_count && !group->shares_feature; k++)
            group->shares_feature = plan->groups[k].file != group->file && group->file->feature != NULL &&
                                    plan->groups[k].file->feature == group->file->feature;
    }
}

orm_status cc_plan_make(orm_arena *arena, const cc_suite *suite, const char *const *filters, size_t filter_count,
                        cc_run_target *targets, size_t target_count, cc_plan *plan)
{
    builder b = { .arena = arena, .filters = filters, .filter_count = filter_count, .plan = plan };
    size_t  groups = 0;

    *plan = (cc_plan){ 0 };
    for (size_t f = 0; f < suite->file_count; f++)
        groups += mode_count(suite->files[f]) * target_count;
    plan->groups = orm_arena_calloc(arena, groups, sizeof *plan->groups);
    if (plan->groups == NULL)
        return ORM_ERR_MEMORY;

    for (size_t t = 0; t < target_count; t++) {
        for (size_t f = 0; f < suite->file_count; f++) {
            const cc_file *file = suite->files[f];

            for (size_t m = 0; m < mode_count(file); m++) {
                cc_group *group = &plan->groups[plan->group_count];

                *group = (cc_group){ .target = &targets[t],
                                     .file = file,
                                     .mode = file->mode_count > 0 ? &file->modes[m] : NULL };
                if (!fill_group(&b, group))
                    return ORM_ERR_MEMORY;
                /* A file with nothing selected leaves no group behind. */
                plan->group_count += group->left > 0;
            }
        }
    }
    mark_shared_features(plan);
    return ORM_OK;
}
