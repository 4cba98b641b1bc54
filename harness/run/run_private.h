/*
 * run_private.h - what the files of run/ share.
 *
 *   run.c        opens targets, makes the plan, has it carried out, writes the reports
 *   plan.c       which cases, in which jobs
 *   scheduler.c  the parent's side: which job is next, what workers say, when it is too late
 *   process.c    worker processes as such: started, read from, ended
 *   worker.c     the child's side: a database, and the cases of one job
 *   isolation.c  what keeps cases in one database apart
 *   results.c    results into the record, counts and console
 *   reports.c    from records to files
 */
#ifndef CRDBCHECK_RUN_RUN_PRIVATE_H
#define CRDBCHECK_RUN_RUN_PRIVATE_H

#include <stdio.h>

#include "harness/run/isolation.h"
#include "harness/run/plan.h"
#include "harness/run/run.h"
#include "harness/steps/steps.h"
#include "reports/writers/writers.h"

/* ---- Results ---- */

typedef struct cc_results {
    const cc_run_options *options;
    cc_record_writer     *writer;
    FILE                 *console;
    bool                  rewrites; /* the console is a terminal: progress is one line that is written again */
    size_t                planned;
    size_t                done;
    size_t                counts[CC_STATUS_COUNT];
    bool                  lost; /* the record could not be written */
} cc_results;

/* True for a status that makes the run fail. */
bool cc_is_unexpected(const cc_run_options *options, cc_status status);

void cc_results_add(cc_results *results, cc_group *group, const cc_record_case *item);

/* A result that is not the case's own doing. `failure` may be NULL. */
void cc_results_add_not_run(cc_results *results, cc_group *group, const cc_case *item, cc_status status,
                            const char *reason, const cc_record_failure *failure, int64_t nanoseconds);

/* The command that runs a case again of which no step was run to its end; in the arena, NULL when memory is out. */
const char *cc_repeat_command(orm_arena *arena, const cc_run_options *options, const cc_group *group,
                              const cc_case *item);

/*
 * application_name of the sessions in which a case runs, and of those that make a database's tables: a simulation tells
 * by it who used its rules. In the arena, NULL when memory is out.
 */
const char *cc_case_tag(orm_arena *arena, const cc_group *group, const cc_case *item);
const char *cc_tables_tag(orm_arena *arena, const char *db_name);

/* Takes the progress line away, before anything else is printed. */
void cc_results_clear_line(const cc_results *results);

/* What the record says around a case of this group. */
cc_case_env cc_group_env(const cc_run_options *options, const cc_group *group);

/* ---- Carrying out ---- */

typedef struct cc_session {
    const cc_run_options *options;
    cc_plan              *plan;
    cc_results           *results;
    const char           *stop;       /* why no further case is begun, or NULL */
    bool                  incomplete; /* a server went away, or the system gave no process: cases were not run */
    bool                  kept_db;    /* on a server that ends with the run */
    unsigned              run_id;     /* random; with the process id and `serial` it names a database */
    unsigned              serial;
} cc_session;

/* Runs all jobs. In the end every planned case has its result. */
void cc_schedule(cc_session *session);

/* ---- Worker ---- */

/*
 * What a worker tells its parent, one line each, by the first character:
 *   S         the next case of the job begins
 *   R JSON    it has ended: its line of the record
 *   K URL     the database was made, is kept, and is reached by this URL (with its password masked)
 *   D         the database was dropped
 */
enum { CC_LINE_START = 'S', CC_LINE_RESULT = 'R', CC_LINE_KEPT = 'K', CC_LINE_DROPPED = 'D' };

/* How a worker ends. Anything else is a crash. */
enum {
    CC_WORKER_DONE = 0,
    CC_WORKER_RENEW = 64, /* the rest of the job needs a new database */
    CC_WORKER_NO_MEMORY = 65
};

/* Type of the failure of a case whose database or tables could not be made: none of its steps was run. */
#define CC_FAILURE_SETUP "setup"

/* The life of a worker process, which was just forked; lines go to `out`. Returns its exit code. */
int cc_worker_main(const cc_run_options *options, const cc_job *job, const char *db_name, int out);

#endif
