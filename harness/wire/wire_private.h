/*
 * wire_private.h - what a session (session.h) is made of.
 */
#ifndef CRDBCHECK_WIRE_PRIVATE_H
#define CRDBCHECK_WIRE_PRIVATE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/map.h"
#include "harness/wire/filter.h"
#include "harness/wire/message.h"
#include "harness/wire/session.h"

/*
 * What is sent in place of refused SQL. It is good grammar, so that a server in an aborted transaction answers 25P02 as
 * it would have; in any other state it fails in analysis, before anything is executed. What an aborted transaction does
 * not keep from being refused is bad grammar, which a server finds out in any state.
 */
#define CC_REFUSED_NAME "crdbcheck_refused_statement"
#define CC_REFUSED_SQL "select " CC_REFUSED_NAME
#define CC_REFUSED_SQLSTATE "42703"
#define CC_REFUSED_ABORTED_SQL CC_REFUSED_NAME
#define CC_REFUSED_ABORTED_SQLSTATE "42601"

/* Bytes from one side on their way to the other. */
typedef struct cc_stream {
    char       header[CC_HEADER_SIZE];
    size_t     header_size; /* bytes of it that are there */
    size_t     left;        /* bytes of the body still to come */
    size_t     want;        /* bytes of the body that are gathered before the message is judged */
    bool       open;        /* the header is complete, the body is not */
    bool       judged;
    bool       dropped; /* the message was answered or replaced; its bytes go nowhere */
    bool       ended;   /* the side sends no more */
    orm_buffer gathered;
    orm_buffer out;  /* for the other side */
    size_t     sent; /* bytes of `out` that are gone */
} cc_stream;

/* A message of the client that the server has yet to answer. */
typedef enum cc_expected_kind {
    CC_EXPECT_QUERY,
    CC_EXPECT_FUNCTION,
    CC_EXPECT_SYNC,
    CC_EXPECT_PARSE,
    CC_EXPECT_BIND,
    CC_EXPECT_DESCRIBE,
    CC_EXPECT_EXECUTE,
    CC_EXPECT_CLOSE,
    CC_EXPECT_COPY_END /* the client's CopyDone or CopyFail: has no answer, says where COPY data ends */
} cc_expected_kind;

typedef struct cc_expected {
    cc_expected_kind kind;
    bool             shuffle;
    char            *error; /* the ErrorResponse of a refused statement; owned, as are the notices */
    size_t           error_size;
    char            *notices; /* messages to be sent before the answer */
    size_t           notices_size;
} cc_expected;

typedef struct cc_expected_queue {
    cc_expected *items; /* a ring */
    size_t       capacity;
    size_t       first;
    size_t       count;
    size_t       bytes; /* of errors and notices */
} cc_expected_queue;

typedef struct cc_shuffle {
    orm_buffer rows; /* DataRow messages, one after the other */
    size_t    *starts;
    size_t     count;
    size_t     capacity;
    uint64_t   state; /* of the random numbers */
} cc_shuffle;

typedef enum cc_session_phase { CC_PHASE_STARTUP, CC_PHASE_CANCEL, CC_PHASE_RUNNING } cc_session_phase;

struct cc_session {
    const cc_wire_filter *filter; /* NULL: nothing is changed */
    size_t                buffer_size;
    size_t                message_limit;
    orm_arena            *arena;   /* lives as long as the session */
    orm_arena            *scratch; /* for one call of the filter */
    void                 *filter_session;
    cc_session_phase      phase;
    bool                  encryption_asked[2];
    bool                  ready;       /* the first ReadyForQuery is through */
    char                  transaction; /* as ReadyForQuery last said: I, T or E */
    bool                  skipping;    /* an error came: the server ignores the client's messages up to its next Sync */
    bool                  copy_in;     /* the server takes COPY data and ignores Sync */
    bool                  closing;     /* no more is taken; what the client is to be told goes out, then the end */
    bool                  broken;      /* memory is out: nothing that goes out can be trusted */
    cc_stream             streams[2];  /* by the side that the bytes come from */
    cc_expected_queue     expected;
    orm_map               shuffled; /* statements ("s...") and portals ("p...") to be shuffled, by owned names */
    cc_shuffle            shuffle;
};

/* ---- Inside ---- */

/* What one side's messages need: bytes to be seen before judging (at most `size`), and the judgement. */
size_t cc_client_want(cc_session *session, char type, size_t size);
size_t cc_server_want(cc_session *session, char type, size_t size);

/* True: the message passes. False: it was answered, replaced or dropped; only for messages that were wanted whole. */
bool cc_client_judge(cc_session *session, char type, const char *body, size_t size);
bool cc_server_judge(cc_session *session, char type, const char *body, size_t size);

bool cc_client_type_known(char type);
bool cc_server_type_known(char type);
bool cc_client_type_small(char type);

/* Takes bytes of start-up packets; returns how many. */
size_t cc_startup_feed(cc_session *session, const char *data, size_t size);

/* Bytes for a side. */
orm_buffer *cc_session_out(cc_session *session, cc_wire_side to);

/* Takes the whole message of `size` into account: false, and the session fails, when it is over the limit. */
bool cc_session_within_limit(cc_session *session, size_t size, const char *what);

/* The queue (expected.c). Push takes errors and notices over; false when memory is out. */
bool         cc_expected_push(cc_expected_queue *queue, const cc_expected *item) ORM_MUST_CHECK;
cc_expected *cc_expected_head(cc_expected_queue *queue); /* NULL when empty; ends of COPY data are passed over */
void         cc_expected_pop(cc_expected_queue *queue);
bool         cc_expected_skip_to_sync(cc_expected_queue *queue); /* false: no Sync was there */
bool         cc_expected_swallow_copy(cc_expected_queue *queue); /* false: COPY data does not end yet */
void         cc_expected_ready(cc_expected_queue *queue);        /* ReadyForQuery came */
void         cc_expected_free(cc_expected_queue *queue);

/* Rows (shuffle.c). */
void cc_shuffle_init(cc_shuffle *shuffle, uint64_t seed);
bool cc_shuffle_add(cc_shuffle *shuffle, const char *header, const char *body, size_t size) ORM_MUST_CHECK;
void cc_shuffle_flush(cc_shuffle *shuffle, orm_buffer *out,
                      bool keep_order); /* all rows; the order is never the old one */
void cc_shuffle_free(cc_shuffle *shuffle);

#endif
