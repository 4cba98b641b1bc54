/*
 * session.h - one connection through the proxy, without its sockets: bytes of both sides go in, bytes for both sides come
 * out. It waits for nothing, so that tests and fuzzers can drive it.
 *
 * Messages that nobody needs to see whole stream through in pieces. Those with SQL, errors, notices, parameters and rows
 * to be shuffled are gathered first, up to the message limit.
 */
#ifndef CRDBCHECK_WIRE_SESSION_H
#define CRDBCHECK_WIRE_SESSION_H

#include "harness/wire/filter.h"

typedef enum cc_wire_side { CC_WIRE_CLIENT, CC_WIRE_SERVER } cc_wire_side;

typedef struct cc_session cc_session;

/* `filter` may be NULL and lives longer. NULL when memory is out. */
cc_session *cc_session_new(const cc_wire_filter *filter, size_t buffer_size, size_t message_limit);
void        cc_session_free(cc_session *session); /* NULL is ignored */

/* Takes all bytes, in pieces of any size; once it is closing they are thrown away. */
void cc_session_feed(cc_session *session, cc_wire_side from, const char *data, size_t size);

/* The side sends no more. The server's end is the session's end. */
void cc_session_end(cc_session *session, cc_wire_side from);

/* False while bytes of this side are not to be read: its other side, or the server's answers, must catch up first. */
bool cc_session_reads(const cc_session *session, cc_wire_side from);

/* A start-up packet wants to be sent on: time to connect to the server. */
bool cc_session_wants_server(const cc_session *session);

/* What is to be written to a side, and how much of it was. */
size_t cc_session_output(const cc_session *session, cc_wire_side to, const char **data);
void   cc_session_sent(cc_session *session, cc_wire_side to, size_t size);

/* Tells the client a fatal error where it stands between two messages, and closes. */
void cc_session_fail(cc_session *session, const char *sqlstate, const char *format, ...) ORM_PRINTF(3, 4);

#endif
