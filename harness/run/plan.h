/*
 * plan.h - what a run has to do: which cases on which targets, in which jobs.
 */
#ifndef CRDBCHECK_RUN_PLAN_H
#define CRDBCHECK_RUN_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/spec/model.h"
#include "harness/targets/target.h"
#include "reports/record/record.h"

/* One target of the run. */
typedef struct cc_run_target {
    const cc_target_spec   *spec;
    cc_target              *target; /* NULL: it could not be opened, and `gone` says so */
    const cc_record_target *record;
    const char             *options; /* that repeat a run on it: --target NAME[=URL], ..., without a password */
    const char             *gone;    /* why nothing more can be run here, or NULL */
    bool                    refuses; /* it lets nobody in, and goes on like that */
} cc_run_target;

/* One file on one target in one mode: what is counted and shown together. */
typedef struct cc_group {
    cc_run_target *target;
    const cc_file *file;
    const cc_mode *mode;           /* NULL: as the run's settings are */
    bool           shares_feature; /* another file of the run is about the same one */
    size_t         left;           /* cases without a result */
    size_t         counts[CC_STATUS_COUNT];
} cc_group;

typedef enum cc_job_state { CC_JOB_WAITING, CC_JOB_RUNNING, CC_JOB_DONE } cc_job_state;

/* Cases that share a database, one after the other: those of a group with isolation `file`, or one with `case`. */
typedef struct cc_job {
    cc_group       *group;
    const cc_case **cases;
    size_t          count;
    size_t          next; /* the first one without a result */
    bool            make_tables;
    cc_job_state    state;
} cc_job;

/* A case that is known not to be run on its target. */
typedef struct cc_skip {
    cc_group      *group;
    const cc_case *item;
    const char    *reason;
} cc_skip;

typedef struct cc_plan {
    cc_group *groups;
    size_t    group_count;
    cc_job   *jobs; /* in the order of targets, files, modes, cases */
    size_t    job_count;
    cc_skip  *skips;
    size_t    skip_count;
    size_t    planned; /* results that the run will have */
} cc_plan;

/* Number of cases that the filters select. */
size_t cc_plan_selected(const cc_suite *suite, const char *const *filters, size_t filter_count);

/*
 * Everything that has to be done; lives in the arena. ORM_ERR_MEMORY. Cases on a target that could not be opened are
 * planned, too, so that each has its line in the record: not run.
 */
orm_status cc_plan_make(orm_arena *arena, const cc_suite *suite, const char *const *filters, size_t filter_count,
                        cc_run_target *targets, size_t target_count, cc_plan *plan);

#endif
