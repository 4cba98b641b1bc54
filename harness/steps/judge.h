/*
 * judge.h - from what was seen to a status: was it as expected? Knows nothing of steps, servers or texts, so that every
 * combination can be tested.
 */
#ifndef CRDBCHECK_STEPS_JUDGE_H
#define CRDBCHECK_STEPS_JUDGE_H

#include "harness/spec/model.h"
#include "reports/record/record.h"

/* What became of the case's steps. */
typedef struct cc_seen {
    bool broke;      /* the harness, the case or the connection failed: it says nothing about the server */
    bool own_held;   /* every step ran to its end and the case's own expectations hold */
    bool other_held; /* the same with the expectations of an outcome `differs` */
    bool at_refused; /* the step that an outcome `fails` names, or a step inside it, was refused */
    bool error_fits; /* and its SQLSTATE and message are those of the outcome */
} cc_seen;

typedef struct cc_judgement {
    cc_status   status;
    cc_happened happened;
    const char *failure_type; /* why it is no pass, where the kind of outcome tells; else NULL */
} cc_judgement;

cc_judgement cc_judge(cc_outcome_kind expected, const cc_seen *seen);

#endif
