/*
 * run.h - the door of run/: a plan of cases on targets, carried out by worker processes, into a run record.
 */
#ifndef CRDBCHECK_RUN_RUN_H
#define CRDBCHECK_RUN_RUN_H

#include <stdio.h>

#include "harness/spec/model.h"
#include "harness/targets/target.h"
#include "reports/record/record.h"

/* Exit codes of the program; of several, the first of 129/130/143, 70, 6, 5, 1. */
enum {
    CC_EXIT_OK = 0,
    CC_EXIT_UNEXPECTED = 1,
    CC_EXIT_USAGE = 2,
    CC_EXIT_CASES = 3,
    CC_EXIT_NOTHING = 4,
    CC_EXIT_TARGET = 5,
    CC_EXIT_INCOMPLETE = 6,
    CC_EXIT_INTERNAL = 70,
    CC_EXIT_HUNG_UP = 129,
    CC_EXIT_INTERRUPTED = 130,
    CC_EXIT_TERMINATED = 143
};

typedef struct cc_run_options {
    const cc_target_spec *targets;
    size_t                target_count;
    const char *const    *filters; /* id prefixes or globs; none: all */
    size_t                filter_count;
    orm_preset            preset;
    const char           *out_dir; /* reports go here; made if it is not there */
    unsigned              jobs;    /* worker processes at once; 0: one for each processor */
    unsigned              timeout_s; /* for a case that names none itself; 0: CC_DEFAULT_TIMEOUT_S */
    unsigned              connect_timeout_s; /* 0: what the URL says, else liborm's own */
    bool                  strict;   /* unknown outcomes fail the run */
    bool                  fail_fast;
    bool                  keep_db;
    bool                  verbose;
    bool                  colour;
    const char           *command; /* the arguments with passwords masked, for the record */
    const char           *program; /* how the program was called, and */
    const char           *repeat;  /* options that a result rests on, targets apart: for the record's `repeat` */
    const char           *tool;    /* "crdbcheck 0.1.0" */
} cc_run_options;

enum { CC_DEFAULT_TIMEOUT_S = 30, CC_MOST_JOBS = 64 };

/* True when the case is wanted by the filters: an id prefix at a '/' or the whole id, or a glob with * and ?. */
bool cc_filter_matches(const char *const *filters, size_t count, const char *id);

/*
 * Carries out the run and writes the reports. Returns the exit code. Progress and failures go to `console`, complaints
 * to stderr. SIGINT, SIGTERM and SIGHUP are handled while it runs: what is left is NOT_RUN, reports are written; a second
 * one ends the program at once.
 *
 * A case has a database of its own or shares one:
 *   isolation file   the cases of a file share a database, whose tables are made once and emptied between cases. After
 *                    each case the catalog is compared with what it was; a case that changed it is an ERROR.
 *   isolation case   the case has a fresh database, dropped after it. The tables of the file's entities are there,
 *                    unless the case has a step that changes the schema: then it begins with an empty database.
 */
int cc_run(const cc_run_options *options, const cc_suite *suite, const cc_features *features, FILE *console);

/* ---- Reports of finished runs ---- */

/*
 * Makes the folder, with those above it, checks that files can be written there, and takes it for this process: another
 * run that is at work there, or anything that makes it unusable, is ORM_ERR_CONFIG with the path.
 * *lock (a file descriptor) is to be closed at the end; -1 on failure.
 */
orm_status cc_out_dir_prepare(const char *path, int *lock, orm_error *error);

/* Removes record and reports of an earlier run, so that none is taken for the new run's. */
orm_status cc_out_dir_clear(const char *path, orm_error *error);

/*
 * Writes junit.xml (for several records junit-1.xml, ...) and matrix.md into the folder and the summary to `console`.
 * False when one could not be written; stderr says which.
 */
bool cc_write_reports(const char *out_dir, const cc_record *const *records, size_t record_count,
                      const cc_features *features, bool colour, bool verbose, FILE *console);

/* ---- Signals that end the program in good order ---- */

void cc_interrupt_install(void);
void cc_interrupt_restore(void);
/* The signal that came (SIGINT, SIGTERM or SIGHUP), or 0. */
int cc_interrupt_signal(void);
/* Becomes readable when a signal comes: for poll(). */
int cc_interrupt_fd(void);

/* ---- Commands to be shown ---- */

/* `text` as a shell takes it for one word; in the arena, NULL when memory is out. */
const char *cc_shell_word(orm_arena *arena, const char *text);

#endif
