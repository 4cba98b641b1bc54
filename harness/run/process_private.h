/*
 * process_private.h - worker processes as such: started, read from, ended. What they say is the scheduler's business.
 */
#ifndef CRDBCHECK_RUN_PROCESS_PRIVATE_H
#define CRDBCHECK_RUN_PROCESS_PRIVATE_H

#include <sys/types.h>

#include "base/buffer.h"
#include "harness/run/run_private.h"

enum {
    CC_DB_NAME_SIZE = 64,
    CC_NOISE_LIMIT = 16 * 1024,      /* kept of what a worker writes to stderr */
    CC_LINE_LIMIT = 64 * 1024 * 1024 /* a result that is longer is a defect */
};

/* One worker, and what the parent knows of it. */
typedef struct cc_process {
    pid_t      pid; /* 0: the slot is free */
    int        out; /* its lines */
    int        err; /* its stderr; -1 once it is closed */
    cc_job    *job;
    size_t     first; /* job->next when it began */
    char       db_name[CC_DB_NAME_SIZE];
    orm_buffer lines;
    orm_buffer noise;
    uint64_t   began;    /* the case, or what is done between cases */
    uint64_t   deadline; /* by orm_clock_ns() */
    unsigned   limit_s;
    bool       timed_out;
    bool       nonsense; /* it sent something that is no line of ours */
    bool       dropped;  /* its database is gone */
} cc_process;

/* Starts a worker on the job and the database name that are set in the slot. False when the system gives no process. */
bool cc_process_start(cc_process *process, const cc_run_options *options);

/* Reads of what is there at most a megabyte, keeping no more than about `limit` bytes; false at the end of the stream. */
bool cc_process_read(int fd, orm_buffer *into, size_t limit);

/* Waits for its end and gives the wait status. */
int cc_process_reap(cc_process *process);

/* Closes what was open for it; the slot is free. */
void cc_process_free(cc_process *process);

#endif
