#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"
#include "harness/wire/link_private.h"

#define MILLISECOND UINT64_C(1000000)
#define CONNECT_WAIT (10000 * MILLISECOND)
#define RETRY_WAIT (10 * MILLISECOND)
/* How long a client may take to read its last message once it is to be closed; any progress starts it anew. */
#define CLOSE_WAIT (30000 * MILLISECOND)
/* libpq forgets an error that it has read when it meets the end while it still sends: the end waits for a silence. */
#define QUIET_WAIT (100 * MILLISECOND)

cc_link *cc_link_new(const cc_proxy_options *options, int client)
{
    cc_link *link = calloc(1, sizeof *link);

    if (link != NULL)
        link->session = cc_session_new(options->filter, options->buffer_size, options->message_limit);
    if (link == NULL || link->session == NULL) {
        close(client);
        free(link);
        return NULL;
    }
    link->fds[CC_WIRE_CLIENT] = client;
    link->fds[CC_WIRE_SERVER] = -1;
    return link;
}

static void close_side(cc_link *link, cc_wire_side side)
{
    if (link->fds[side] >= 0)
        close(link->fds[side]);
    link->fds[side] = -1;
}

void cc_link_free(cc_link *link)
{
    close_side(link, CC_WIRE_CLIENT);
    close_side(link, CC_WIRE_SERVER);
    cc_session_free(link->session);
    free(link);
}

/* ---- Connecting ---- */

static int open_socket(const cc_proxy_options *options, struct sockaddr_storage *address, socklen_t *size)
{
    int one = 1;
    int fd;

    memset(address, 0, sizeof *address);
    if (options->server_folder != NULL) {
        struct sockaddr_un path = { .sun_family = AF_UNIX };

        snprintf(path.sun_path, sizeof path.sun_path, "%s/.s.PGSQL.%d", options->server_folder, options->server_port);
        memcpy(address, &path, sizeof path);
        *size = sizeof path;
        return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    }
    struct sockaddr_in local = { .sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)options->server_port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    memcpy(address, &local, sizeof local);
    *size = sizeof local;
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static void connect_failed(cc_link *link, int reason)
{
    char text[128];

    close_side(link, CC_WIRE_SERVER);
    link->connecting = false;
    /* PQping() takes any other SQLSTATE for a server that answers, and who looks whether ours is gone asks it. */
    cc_session_fail(link->session, "57P03", "the proxy cannot connect to its server: %s",
                    strerror_r(reason, text, sizeof text));
}

static void connect_server(cc_link *link, const cc_proxy_options *options, uint64_t now)
{
    struct sockaddr_storage address;
    socklen_t               size;
    int                     fd = open_socket(options, &address, &size);

    link->retry_at = 0;
    if (link->deadline == 0)
        link->deadline = now + CONNECT_WAIT;
    if (fd < 0) {
        connect_failed(link, errno);
        return;
    }
    link->fds[CC_WIRE_SERVER] = fd;
    if (connect(fd, (struct sockaddr *)&address, size) == 0) {
        link->deadline = 0;
        return;
    }
    link->connecting = errno == EINPROGRESS;
    if (link->connecting)
        return;
    /* A unix socket whose backlog is full says EAGAIN and cannot be waited for. */
    if (errno == EAGAIN && now < link->deadline) {
        close_side(link, CC_WIRE_SERVER);
        link->retry_at = now + RETRY_WAIT;
        return;
    }
    connect_failed(link, errno);
}

static void finish_connecting(cc_link *link, short revents, uint64_t now)
{
    int       reason = 0;
    socklen_t size = sizeof reason;

    if (revents == 0) {
        if (now >= link->deadline)
            connect_failed(link, ETIMEDOUT);
        return;
    }
    if (getsockopt(link->fds[CC_WIRE_SERVER], SOL_SOCKET, SO_ERROR, &reason, &size) != 0)
        reason = errno;
    if (reason != 0) {
        connect_failed(link, reason);
        return;
    }
    link->connecting = false;
    link->deadline = 0;
}

/* ---- Moving bytes ---- */

static bool is_passing(int reason)
{
    return reason == EAGAIN || reason == EWOULDBLOCK || reason == EINTR;
}

static void read_side(cc_link *link, cc_wire_side side, char *room, size_t size)
{
    ssize_t got;

    if (link->fds[side] < 0 || !cc_session_reads(link->session, side))
        return;
    got = recv(link->fds[side], room, size, 0);
    if (got > 0)
        cc_session_feed(link->session, side, room, (size_t)got);
    else if (got == 0 || !is_passing(errno))
        cc_session_end(link->session, side);
}

static bool write_side(cc_link *link, cc_wire_side side, uint64_t now)
{
    const char *data;
    size_t      size = cc_session_output(link->session, side, &data);
    ssize_t     sent;

    if (size == 0 || link->fds[side] < 0 || link->half_closed[side])
        return true;
    sent = send(link->fds[side], data, size, MSG_NOSIGNAL);
    if (sent < 0)
        return is_passing(errno);
    cc_session_sent(link->session, side, (size_t)sent);
    if (link->session->closing)
        link->deadline = now + CLOSE_WAIT;
    return true;
}

static void half_close(cc_link *link, cc_wire_side side)
{
    if (link->half_closed[side] || link->fds[side] < 0)
        return;
    shutdown(link->fds[side], SHUT_WR);
    link->half_closed[side] = true;
}

/*
 * The client gets what is left for it, then the end. What it still sends is read and thrown away: a socket that is closed
 * with bytes unread would take the last message with it.
 */
static bool close_slowly(cc_link *link, uint64_t now, char *room, size_t size)
{
    cc_stream  *client = &link->session->streams[CC_WIRE_CLIENT];
    const char *data;

    close_side(link, CC_WIRE_SERVER);
    if (link->deadline == 0)
        link->deadline = now + CLOSE_WAIT;
    if (!write_side(link, CC_WIRE_CLIENT, now) || now >= link->deadline)
        return false;
    if (!client->ended) {
        ssize_t got = recv(link->fds[CC_WIRE_CLIENT], room, size, 0);

        if (got > 0)
            link->retry_at = now + QUIET_WAIT;
        client->ended = got == 0 || (got < 0 && !is_passing(errno));
    }
    if (cc_session_output(link->session, CC_WIRE_CLIENT, &data) > 0)
        return true;
    if (now >= link->retry_at) {
        link->retry_at = 0;
        half_close(link, CC_WIRE_CLIENT);
    }
    return !client->ended;
}

/* A client that sends no more may still read: the server is told, and its answers go on. */
static void pass_client_end(cc_link *link)
{
    const cc_stream *client = &link->session->streams[CC_WIRE_CLIENT];
    const char      *data;

    if (client->ended && !link->connecting && cc_session_output(link->session, CC_WIRE_SERVER, &data) == 0)
        half_close(link, CC_WIRE_SERVER);
}

static bool move_bytes(cc_link *link, const cc_proxy_options *options, const struct pollfd fds[2], uint64_t now,
                       char *room, size_t size)
{
    cc_session *session = link->session;

    if (fds[CC_WIRE_SERVER].revents != 0 && !link->connecting)
        read_side(link, CC_WIRE_SERVER, room, size);
    if (fds[CC_WIRE_CLIENT].revents != 0)
        read_side(link, CC_WIRE_CLIENT, room, size);
    if (cc_session_wants_server(session) && link->fds[CC_WIRE_SERVER] < 0 && now >= link->retry_at)
        connect_server(link, options, now);
    if (!write_side(link, CC_WIRE_CLIENT, now))
        return false;
    /* A server that takes no more may still have said why; reading finds its end. */
    if (!link->connecting && !write_side(link, CC_WIRE_SERVER, now))
        link->half_closed[CC_WIRE_SERVER] = true;
    pass_client_end(link);
    return true;
}

bool cc_link_step(cc_link *link, const cc_proxy_options *options, const struct pollfd fds[2], uint64_t now, char *room,
                  size_t room_size)
{
    if (!link->session->closing) {
        if (link->connecting)
            finish_connecting(link, fds[CC_WIRE_SERVER].revents, now);
        if (!move_bytes(link, options, fds, now, room, room_size))
            return false;
        if (!link->session->closing)
            return true;
        link->deadline = 0;
        link->retry_at = link->session->streams[CC_WIRE_CLIENT].header_size > 0 ? now + QUIET_WAIT : 0;
    }
    return close_slowly(link, now, room, room_size);
}

static short events(const cc_link *link, cc_wire_side side)
{
    const cc_session *session = link->session;
    const char       *data;
    short             wanted = 0;

    if (side == CC_WIRE_SERVER && link->connecting)
        return POLLOUT;
    if (cc_session_reads(session, side) ||
        (session->closing && side == CC_WIRE_CLIENT && !session->streams[side].ended))
        wanted |= POLLIN;
    if (cc_session_output(session, side, &data) > 0 && !link->half_closed[side])
        wanted |= POLLOUT;
    return wanted;
}

void cc_link_poll(const cc_link *link, struct pollfd fds[2])
{
    for (int side = CC_WIRE_CLIENT; side <= CC_WIRE_SERVER; side++) {
        short wanted = events(link, (cc_wire_side)side);

        /* A socket without wishes would still report its other end's closing, again and again. */
        fds[side] = (struct pollfd){ .fd = wanted != 0 ? link->fds[side] : -1, .events = wanted };
    }
}

int cc_link_timeout(const cc_link *link, uint64_t now)
{
    uint64_t due = link->retry_at != 0 ? link->retry_at : link->deadline;

    if (due == 0)
        return -1;
    return due <= now ? 0 : (int)((due - now) / MILLISECOND) + 1;
}
