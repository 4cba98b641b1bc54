/*
 * link_private.h - a session with its two sockets, for the proxy's loop.
 */
#ifndef CRDBCHECK_WIRE_LINK_PRIVATE_H
#define CRDBCHECK_WIRE_LINK_PRIVATE_H

#include <poll.h>

#include "harness/wire/proxy.h"
#include "harness/wire/wire_private.h"

typedef struct cc_link {
    cc_session     *session;
    int             fds[2];         /* by side; -1: not there */
    bool            connecting;     /* the server's socket is not through yet */
    bool            half_closed[2]; /* we said that no more comes for this side */
    uint64_t        retry_at;       /* 0, or when to try the server again; later: when to end the client's side */
    uint64_t        deadline;       /* 0, or when a try to connect or the client's last reading must be over */
    struct cc_link *next;
} cc_link;

/* Takes the client's socket over, also on failure. NULL when memory is out. */
cc_link *cc_link_new(const cc_proxy_options *options, int client);
void     cc_link_free(cc_link *link);

/* What the two sockets wait for; a socket that waits for nothing has fd -1. */
void cc_link_poll(const cc_link *link, struct pollfd fds[2]);

/* Milliseconds until cc_link_step() is due without news; -1: never. */
int cc_link_timeout(const cc_link *link, uint64_t now);

/* Moves what can be moved. False when it is over. `room` is lent for reading. */
bool cc_link_step(cc_link *link, const cc_proxy_options *options, const struct pollfd fds[2], uint64_t now, char *room,
                  size_t room_size);

#endif
