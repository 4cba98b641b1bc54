/*
 * record.h - the run record: what a run writes while it runs (JSON lines), and what every report is made of.
 *
 * The file format is described in reports/README.md. A record is: one header, one line for each case and target, one
 * footer. A record without footer is incomplete, and every reader says so. Nothing here knows how cases are run.
 *
 * Structs point to texts that belong to whoever filled them: the reader's are in its arena.
 */
#ifndef CRDBCHECK_RECORD_RECORD_H
#define CRDBCHECK_RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <orm/error.h>

#include "base/arena.h"
#include "base/buffer.h"

#define CC_RECORD_FORMAT 1

/* What became of a case: was it as expected? These never blur. */
typedef enum cc_status {
    CC_PASS,
    CC_FAIL,    /* another result than the case expects */
    CC_DRIFT,   /* an expected failure or difference does not happen any more: the page, or the case, is out of date */
    CC_UNKNOWN, /* ran; nobody has settled yet what to expect here */
    CC_ERROR,   /* ours: the harness or the case is broken */
    CC_TIMEOUT,
    CC_CRASH,
    CC_SKIPPED, /* `requires` or `sim: no`, with the reason */
    CC_NOT_RUN, /* the run ended before its turn */
    CC_STATUS_COUNT
} cc_status;

/* What happened, whatever was expected. Verdicts rest on this alone. */
typedef enum cc_happened {
    CC_HAPPENED_NOTHING, /* skipped, not run */
    CC_HAPPENED_WORKED,  /* all steps succeeded with the case's main expectations */
    CC_HAPPENED_FAILED,  /* the server refused a step, or an expectation of the case did not hold */
    CC_HAPPENED_BROKE    /* error, timeout, crash: says nothing about the server */
} cc_happened;

typedef enum cc_expected { CC_EXPECT_WORKS, CC_EXPECT_FAILS, CC_EXPECT_DIFFERS, CC_EXPECT_UNKNOWN } cc_expected;

typedef enum cc_evidence { CC_EVIDENCE_LIVE, CC_EVIDENCE_SIMULATED } cc_evidence;

const char *cc_status_name(cc_status status); /* "pass", "not-run", ... as in the file */
const char *cc_happened_name(cc_happened happened);
const char *cc_expected_name(cc_expected expected);
const char *cc_evidence_name(cc_evidence evidence);

/* One target of the run. */
typedef struct cc_record_target {
    const char        *name;     /* as asked for: "postgres", or a name of the user's */
    const char        *kind;     /* "postgres", "cockroach", "cockroach-sim" */
    const char        *platform; /* what the server is: "postgres", "cockroach"; empty if it was not reached */
    const char        *version;  /* text of version() */
    int                major;
    int                minor;
    int                patch;
    cc_evidence        evidence;
    const char        *simulated; /* what the server says of its simulation; NULL for a real one */
    const char        *profile;   /* of a simulation that the run started; NULL: none */
    const char *const *rules;     /* all rules of that profile; NULL-terminated, may be NULL */
    const char        *how; /* "embedded", "url", "started": where the server came from; never a URL with a password */
    const char *const *notes; /* for example settings that the server refused; NULL-terminated, may be NULL */
} cc_record_target;

typedef struct cc_record_header {
    int                     format;
    const char             *tool;    /* "crdbcheck 0.1.0" */
    const char             *started; /* UTC, ISO 8601 with milliseconds and Z */
    const char             *preset;  /* "mikroorm" or "native" */
    const char             *protocol;
    const char             *batch;
    int64_t                 batch_size;
    bool                    adaptations;
    const char             *command; /* the arguments, passwords masked */
    const char             *hostname;
    const cc_record_target *targets;
    size_t                  target_count;
    size_t                  planned; /* cases times targets and modes */
} cc_record_header;

/* A statement that the case sent. */
typedef struct cc_record_sql {
    const char *sql;
    int64_t     nanoseconds;
    int64_t     rows;  /* -1: no count */
    const char *error; /* "SQLSTATE message", NULL when it succeeded */
} cc_record_sql;

/* The server's (or liborm's) error that a case met; texts are empty where there is nothing to say. */
typedef struct cc_record_error {
    const char *kind; /* orm_status_name() */
    const char *sqlstate;
    const char *message;
    const char *detail;
    const char *hint;
    const char *constraint;
    const char *table;
    const char *column;
} cc_record_error;

/* Why the status is not a pass. */
typedef struct cc_record_failure {
    const char *type;    /* "mismatch", "sqlstate", "unexpected-error", "drift", "timeout", "signal", ... */
    const char *message; /* one line, at most 200 characters or so */
    const char *detail;  /* several lines: the readable difference; may be empty */
    const char *place;   /* "cases/crud/crud.yaml:12:9" of the step or expectation */
    const char *step;    /* id or number of the step, with its name: "3 (flush)" */
} cc_record_failure;

typedef struct cc_record_case {
    const char              *id; /* "upsert/updates-by-unique" */
    const char              *name;
    const char              *feature;
    const char              *target; /* name of a target in the header */
    const char              *mode;   /* empty: none */
    const char              *preset;
    const char              *file; /* as given to the loader, with the line of the case */
    int64_t                  line;
    cc_status                status;
    cc_happened              happened;
    cc_expected              expected;
    const char              *reason; /* of skipped, not run, unknown; or of the outcome (fails, differs) */
    const char              *source; /* of the outcome */
    cc_evidence              evidence;
    int64_t                  nanoseconds;
    int64_t                  queries; /* statements sent by the case's steps */
    const char *const       *proves;  /* claim ids, NULL-terminated, may be NULL */
    const char *const       *touches;
    const char *const       *rules;   /* of the simulation's profile that the case used; NULL-terminated, may be NULL */
    const cc_record_failure *failure; /* NULL for a pass */
    const cc_record_error   *error;   /* the last error that a step met, expected or not; NULL when there was none */
    const cc_record_sql     *sql; /* what was sent; always for cases that are not a pass, head and tail if very many */
    size_t                   sql_count;
    const char              *repeat; /* the command that runs just this case again */
} cc_record_case;

typedef struct cc_record_footer {
    const char *finished;
    int64_t     nanoseconds;
    size_t      counts[CC_STATUS_COUNT];
    int         exit_code;
} cc_record_footer;

/* ---- Writing: lines are flushed one by one, so that a killed run leaves a readable, incomplete record ---- */

typedef struct cc_record_writer cc_record_writer;

/* Creates the file (replacing one that is there). NULL on failure: error says why (ORM_ERR_CONFIG and errno's text). */
cc_record_writer *cc_record_create(const char *path, orm_error *error);
orm_status        cc_record_write_header(cc_record_writer *writer, const cc_record_header *header, orm_error *error);
orm_status        cc_record_write_case(cc_record_writer *writer, const cc_record_case *item, orm_error *error);
orm_status        cc_record_write_footer(cc_record_writer *writer, const cc_record_footer *footer, orm_error *error);
/* Closes and frees it; the first write error that was met is returned here too. NULL is ignored. */
orm_status cc_record_close(cc_record_writer *writer, orm_error *error);

/* One case as the JSON line that a record holds (without the newline), and back: how a worker tells its parent. */
orm_status cc_record_case_to_json(const cc_record_case *item, orm_buffer *out, orm_error *error);
orm_status cc_record_case_from_json(orm_arena *arena, const char *json, size_t size, cc_record_case *out,
                                    orm_error *error);

/* ---- Reading ---- */

typedef struct cc_record {
    const char      *path;
    cc_record_header header;
    cc_record_case  *cases; /* in the order of the file */
    size_t           case_count;
    bool             complete; /* it has its footer */
    cc_record_footer footer;
} cc_record;

/*
 * Reads a record into the arena. A last line that was cut off is passed over (the record is then incomplete); any other
 * line that makes no sense, a format newer than ours, or a file that is no record, is an error that names the line.
 */
orm_status cc_record_read(orm_arena *arena, const char *path, cc_record **out, orm_error *error);

/* Counts of the cases by status. */
void cc_record_count(const cc_record *record, size_t counts[CC_STATUS_COUNT]);

#endif
