/*
 * steps.h - the door of steps/: the table of all steps, and the running of one case through them.
 */
#ifndef CRDBCHECK_STEPS_STEPS_H
#define CRDBCHECK_STEPS_STEPS_H

#include <orm/orm.h>

#include "harness/spec/model.h"
#include "reports/record/record.h"

/* All steps, ended by a NULL name. */
const cc_step_def *cc_steps(void);

/* Where and how a case is run. The database is there, and (isolation: file) so is its schema. */
typedef struct cc_case_env {
    orm                    *db;     /* opened on the case's database as the case's role, with the file's entities */
    const cc_record_target *target; /* what the server said of itself */
    const char             *preset;
    const char             *mode;    /* or NULL */
    const char             *program; /* for the command that repeats the case: argv[0] and the options that matter */
    const char             *target_option; /* --target and all else that it needs, without a password */
} cc_case_env;

/*
 * The log callback that `db` must be opened with: it counts statements and keeps their text for the case under way.
 * Its context is a cc_sql_trace, which belongs to whoever opened the orm.
 */
typedef struct cc_sql_trace cc_sql_trace;
cc_sql_trace               *cc_sql_trace_new(void); /* NULL when memory is out */
void                        cc_sql_trace_free(cc_sql_trace *trace);
void                        cc_sql_trace_log(void *trace, const orm_log_event *event);

/*
 * Runs the case and judges it against the outcome for the target. Fills everything of the record but `nanoseconds`;
 * texts live in the arena. It always fills it: what goes wrong is a status, too.
 */
void cc_case_run(orm_arena *arena, const cc_case_env *env, const cc_case *item, cc_sql_trace *trace,
                 cc_record_case *out);

/*
 * A record of a case that was not run to its end: skipped, not run, timeout, crash, error. `reason` is one line.
 */
void cc_case_not_run(const cc_case_env *env, const cc_case *item, cc_status status, const char *reason,
                     cc_record_case *out);

/* True when the case must be skipped on this target; *reason says why (it lives as long as the suite). */
bool cc_case_is_skipped(const cc_case *item, const cc_record_target *target, const char **reason);

#endif
