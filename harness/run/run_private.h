/*
 * run_private.h - what the files of run/ share.
 *
 *   run.c        opens targets, makes the plan, has it carried out, writes the reports
 *   plan.c       which cases, in which jobs
 *   scheduler.c  the parent's side: starts workers, reads their lines, keeps the deadlines
 *   worker.c     the child's side: a database, and the cases of one job
 *   isolation.c  what keeps cases in one database apart
 *   results.c    results into the record, counts and console
 *   reports.c    from records to files
 */
#ifndef CRDBCHECK_RUN_RUN_PRIVATE_H
#define CRDBCHECK_RUN_RUN_PRIVATE_H

#include <stdio.h>

#include "harness/run/run.h"
#include "harness/steps/steps.h"
#include "reports/writers/writers.h"

/* ---- The plan ---- */

/* One target of the run. */
typedef struct cc_run_target {
    const cc_target_spec   *spec;
    cc_target              *target; /* NULL: it could not be opened; the plan leaves it out */
    const cc_record_target *record;
    const char             *options; /* that repeat a run on it: --target NAME[=URL], ..., without a password */
    const char             *gone;   /* why nothing more can be run here, or NULL */
} cc_run_target;

/* One file on one target in one mode: what is counted and shown together. */
typedef struct cc_group {
    cc_run_target *target;
    const cc_file *file;
    const cc_mode *mode; /* NULL: as the run's settings are */
    size_t         left; /* cases without a result */
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

/* Everything that has to be done on the targets that were opened; lives in the arena. ORM_ERR_MEMORY. */
orm_status cc_plan_make(orm_arena *arena, const cc_suite *suite, const char *const *filters, size_t filter_count,
                        cc_run_target *targets, size_t target_count, cc_plan *plan);

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
                            const char *reason, const cc_record_failure *failure);

/* Takes the progress line away, before anything else is printed. */
void cc_results_clear_line(const cc_results *results);

/* What the record says around a case of this group. */
cc_case_env cc_group_env(const cc_run_options *options, const cc_group *group);

/* ---- Carrying out ---- */

typedef struct cc_session {
    const cc_run_options *options;
    cc_plan              *plan;
    cc_results           *results;
    const char           *stop; /* why no further case is begun, or NULL */
    bool                  server_went;
    bool                  kept_db; /* on a server that ends with the run */
    unsigned              serial;  /* of the databases' names */
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

/* ---- Isolation ---- */

/* What is known of a shared database between cases. */
typedef struct cc_isolation_guard cc_isolation_guard;

/* Notes the catalog as it is, and how the tables are emptied. `em` must outlive the guard. NULL on failure. */
cc_isolation_guard *cc_guard_new(orm_arena *arena, orm_em *em, orm_error *error);

/*
 * Compares the catalog with what it was. *change is NULL when it is the same, else one line on the first difference,
 * in the arena.
 */
orm_status cc_guard_check(cc_isolation_guard *guard, orm_arena *arena, const char **change, orm_error *error);

/* Empties all tables. */
orm_status cc_guard_empty(cc_isolation_guard *guard, orm_error *error);

/* One foreign key, by index of the tables; for cc_delete_order(). */
typedef struct cc_foreign_key {
    size_t from;
    size_t to;
    bool   nullable; /* all its columns can be NULL */
    bool   cleared;  /* out: it lies on a cycle and is to be set to NULL first */
} cc_foreign_key;

/*
 * An order of tables in which rows can be deleted: those that point before those that are pointed to. Where keys form a
 * cycle, its nullable ones are marked `cleared`. `order` has room for `table_count`. False when memory is out.
 */
bool cc_delete_order(size_t table_count, cc_foreign_key *keys, size_t key_count, size_t *order);

#endif
