/*
 * filter.h - what may be done with what passes between a client and a server.
 *
 * The proxy (proxy.h) speaks the protocol and knows no SQL; a filter knows statements and errors and no protocol. A proxy
 * without a filter changes nothing. Profiles (profile.h) are filters made from YAML; fault injection will be another one.
 */
#ifndef CRDBCHECK_WIRE_FILTER_H
#define CRDBCHECK_WIRE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* The fields of an ErrorResponse or NoticeResponse that a filter can see and set; NULL: the field is not there. */
typedef struct cc_wire_error {
    const char *severity; /* "ERROR", "NOTICE", ... */
    const char *sqlstate;
    const char *message;
    const char *detail;
    const char *hint;
    const char *position;
    const char *schema;
    const char *table;
    const char *column;
    const char *data_type;
    const char *constraint;
    const char *file;
    const char *line;
    const char *routine;
} cc_wire_error;

typedef enum cc_wire_action {
    CC_WIRE_PASS,    /* as it is */
    CC_WIRE_REWRITE, /* `sql` is sent instead */
    CC_WIRE_REFUSE   /* the client gets `error`, and the server's transaction is what it would be after an error */
} cc_wire_action;

/* What is to become of one message with SQL in it (a Query, which may hold several statements, or a Parse). */
typedef struct cc_wire_decision {
    cc_wire_action action;
    const char    *sql;          /* REWRITE; in the arena given to the call, NUL-terminated */
    cc_wire_error  error;        /* REFUSE */
    bool           even_aborted; /* REFUSE: also in an aborted transaction, where the server's 25P02 comes first else */
    bool           shuffle_rows; /* rows of its results reach the client in another order, drawn from the seed */
    const cc_wire_error *notices; /* sent to the client before the answer, in both other actions */
    size_t               notice_count;
} cc_wire_decision;

/* A parameter that the client is told of at start-up, in addition to the server's or in place of one of that name. */
typedef struct cc_wire_parameter {
    const char *name;
    const char *value;
} cc_wire_parameter;

/* A table of functions; `context` is the first argument of each. Members that are NULL change nothing. */
typedef struct cc_wire_filter {
    void *context;

    /* NULL-terminated by a NULL name; valid as long as the filter. */
    const cc_wire_parameter *parameters;

    /*
     * A connection begins; what session_new returns is passed to the calls below as `session`. `user`, `database` and
     * `application` (application_name, "" where there is none) are those of the start-up packet; they stay valid as long
     * as the session.
     */
    void *(*session_new)(void *context, orm_arena *arena, const char *user, const char *database,
                         const char *application);

    /* `in_transaction`: the server last said that a transaction block is open ('T' or 'E' of ReadyForQuery). */
    void (*statement)(void *context, void *session, orm_arena *arena, const char *sql, bool in_transaction,
                      cc_wire_decision *out);

    /* An error or notice of the server on its way to the client; false: it is not passed on (notices only). */
    bool (*error)(void *context, void *session, orm_arena *arena, cc_wire_error *error);

    /* The value of a ParameterStatus on its way to the client; NULL: it is not passed on. In the arena. */
    const char *(*parameter)(void *context, void *session, orm_arena *arena, const char *name, const char *value);

    uint64_t seed; /* of shuffled rows */
} cc_wire_filter;

#endif
