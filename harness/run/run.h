/*
 * run.h - the door of run/: a plan of cases on targets, carried out by worker processes, into a run record.
 */
#ifndef CRDBCHECK_RUN_RUN_H
#define CRDBCHECK_RUN_RUN_H

#include <stdio.h>

#include "harness/spec/model.h"
#include "harness/targets/target.h"
#include "reports/record/record.h"

/* Exit codes of the program; of several, the first of 130/143, 70, 6, 5, 1. */
enum {
    CC_EXIT_OK = 0,
    CC_EXIT_UNEXPECTED = 1,
    CC_EXIT_USAGE = 2,
    CC_EXIT_CASES = 3,
    CC_EXIT_NOTHING = 4,
    CC_EXIT_TARGET = 5,
    CC_EXIT_INCOMPLETE = 6,
    CC_EXIT_INTERNAL = 70,
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
    unsigned              jobs;    /* worker processes at once */
    unsigned              timeout_s; /* for a case; default 30 */
    unsigned              connect_timeout_s;
    bool                  strict;   /* unknown outcomes fail the run */
    bool                  fail_fast;
    bool                  keep_db;
    bool                  verbose;
    bool                  colour;
    const char           *command; /* the arguments with passwords masked, for the record */
    const char           *program;
} cc_run_options;

/* True when the case is wanted by the filters: an id prefix at a '/' or the whole id, or a glob with * and ?. */
bool cc_filter_matches(const char *const *filters, size_t count, const char *id);

/*
 * Carries out the run and writes the reports. Returns the exit code. Progress and failures go to `console`.
 */
int cc_run(const cc_run_options *options, const cc_suite *suite, const cc_features *features, FILE *console);

#endif
