/*
 * proxy.h - a proxy for PostgreSQL's protocol, version 3. One process, one loop over non-blocking sockets, bounded buffers:
 * a side that does not read holds up its other side, and nobody else.
 *
 * It listens on a unix socket or on 127.0.0.1 only, and never encrypts: SSLRequest and GSSENCRequest are answered with N.
 */
#ifndef CRDBCHECK_WIRE_PROXY_H
#define CRDBCHECK_WIRE_PROXY_H

#include <orm/error.h>

#include "harness/wire/filter.h"

typedef struct cc_proxy_options {
    const char *listen_folder; /* folder of the unix socket .s.PGSQL.PORT; NULL: no unix socket */
    int         listen_port;   /* on 127.0.0.1; 0: a free one; -1: no TCP. Also names the unix socket (5432 without TCP) */
    const char *server_folder; /* the server's unix socket; NULL: 127.0.0.1 */
    int         server_port;
    size_t      buffer_size;   /* bytes in flight for each direction of a connection; 0: 256 KiB */
    /*
     * With a filter, a longer message with SQL in it, or error, notice or parameter of the server, ends the connection
     * with 54000. A result to be shuffled that is longer comes in the server's order. 0: 64 MiB
     */
    size_t      message_limit;
    const cc_wire_filter *filter; /* NULL: everything passes unchanged */
} cc_proxy_options; /* what it points to must live as long as the proxy */

typedef struct cc_proxy cc_proxy;

/* Binds its sockets. ORM_ERR_CONNECTION when that fails. */
orm_status cc_proxy_new(const cc_proxy_options *options, cc_proxy **out, orm_error *error);

/* The TCP port that it listens on; -1 without TCP. */
int cc_proxy_port(const cc_proxy *proxy);

/* Serves until `stop_fd` becomes readable or is closed at its other end, then closes all connections. */
orm_status cc_proxy_run(cc_proxy *proxy, int stop_fd, orm_error *error);

void cc_proxy_free(cc_proxy *proxy); /* NULL is ignored */

#endif
