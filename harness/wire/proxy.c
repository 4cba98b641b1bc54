#include "harness/wire/proxy.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/text.h"
#include "harness/wire/link_private.h"

enum {
    BUFFER_SIZE = 256 * 1024,
    MESSAGE_LIMIT = 64 * 1024 * 1024,
    READ_SIZE = 64 * 1024,
    BACKLOG = 256,
    DEFAULT_PORT = 5432,
    ACCEPT_PAUSE = 100, /* milliseconds, when no more files can be opened */
    FIXED = 3           /* entries in front of the links' in the poll list: stop, TCP, unix */
};

struct cc_proxy {
    cc_proxy_options   options;
    int                tcp;
    int                unix_socket;
    int                port;
    struct sockaddr_un path; /* empty: nothing to remove */
    cc_link           *links;
    size_t             link_count;
    struct pollfd     *polled;
    size_t             polled_capacity;
    bool               accept_paused;
    char               room[READ_SIZE];
};

/* ---- Listening ---- */

static orm_status listen_tcp(cc_proxy *proxy, orm_error *error)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)proxy->options.listen_port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t          size = sizeof address;
    int                one = 1;

    proxy->tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (proxy->tcp < 0 || setsockopt(proxy->tcp, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        bind(proxy->tcp, (struct sockaddr *)&address, size) != 0 || listen(proxy->tcp, BACKLOG) != 0 ||
        getsockname(proxy->tcp, (struct sockaddr *)&address, &size) != 0)
        return orm_fail(error, ORM_ERR_CONNECTION, 0, "the proxy cannot listen on 127.0.0.1 port %d: %s",
                        proxy->options.listen_port, strerror(errno));
    proxy->port = ntohs(address.sin_port);
    return ORM_OK;
}

/* A socket file that nobody listens on was left by a proxy that was killed. */
static void remove_stale(const struct sockaddr_un *path)
{
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (probe < 0)
        return;
    if (connect(probe, (const struct sockaddr *)path, sizeof *path) != 0 && errno == ECONNREFUSED)
        unlink(path->sun_path);
    close(probe);
}

static orm_status listen_unix(cc_proxy *proxy, orm_error *error)
{
    struct sockaddr_un path = { .sun_family = AF_UNIX };
    int                port = proxy->port > 0 ? proxy->port : DEFAULT_PORT;
    int length = snprintf(path.sun_path, sizeof path.sun_path, "%s/.s.PGSQL.%d", proxy->options.listen_folder, port);

    if (length < 0 || (size_t)length >= sizeof path.sun_path)
        return orm_fail(error, ORM_ERR_CONNECTION, 0,
                        "the path of the proxy's unix socket is longer than %zu bytes: use a folder nearer to the root",
                        sizeof path.sun_path - 1);
    remove_stale(&path);
    proxy->unix_socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (proxy->unix_socket < 0 || bind(proxy->unix_socket, (struct sockaddr *)&path, sizeof path) != 0)
        return orm_fail(error, ORM_ERR_CONNECTION, 0, "the proxy cannot make the unix socket %s: %s", path.sun_path,
                        strerror(errno));
    proxy->path = path;
    if (listen(proxy->unix_socket, BACKLOG) != 0)
        return orm_fail(error, ORM_ERR_CONNECTION, 0, "the proxy cannot listen on %s: %s", path.sun_path,
                        strerror(errno));
    return ORM_OK;
}

static orm_status check_options(const cc_proxy_options *options, orm_error *error)
{
    if (options->listen_port < -1 || options->listen_port > 65535 || options->server_port < 1 ||
        options->server_port > 65535)
        return orm_fail(error, ORM_ERR_CONNECTION, 0, "the proxy's ports are %d and %d: they must be 1 to 65535",
                        options->listen_port, options->server_port);
    if (options->listen_port < 0 && options->listen_folder == NULL)
        return orm_fail(error, ORM_ERR_CONNECTION, 0, "the proxy has neither a port nor a folder to listen on");
    return ORM_OK;
}

orm_status cc_proxy_new(const cc_proxy_options *options, cc_proxy **out, orm_error *error)
{
    orm_status status = check_options(options, error);
    cc_proxy  *proxy;

    *out = NULL;
    if (status != ORM_OK)
        return status;
    proxy = calloc(1, sizeof *proxy);
    if (proxy == NULL)
        return orm_fail_memory(error);
    proxy->options = *options;
    if (proxy->options.buffer_size == 0)
        proxy->options.buffer_size = BUFFER_SIZE;
    if (proxy->options.message_limit == 0)
        proxy->options.message_limit = MESSAGE_LIMIT;
    proxy->tcp = proxy->unix_socket = proxy->port = -1;
    if (options->listen_port >= 0)
        status = listen_tcp(proxy, error);
    if (status == ORM_OK && options->listen_folder != NULL)
        status = listen_unix(proxy, error);
    if (status != ORM_OK) {
        cc_proxy_free(proxy);
        return status;
    }
    *out = proxy;
    return ORM_OK;
}

int cc_proxy_port(const cc_proxy *proxy)
{
    return proxy->port;
}

static void close_links(cc_proxy *proxy)
{
    while (proxy->links != NULL) {
        cc_link *link = proxy->links;

        proxy->links = link->next;
        cc_link_free(link);
    }
    proxy->link_count = 0;
}

void cc_proxy_free(cc_proxy *proxy)
{
    if (proxy == NULL)
        return;
    close_links(proxy);
    if (proxy->tcp >= 0)
        close(proxy->tcp);
    if (proxy->unix_socket >= 0)
        close(proxy->unix_socket);
    if (proxy->path.sun_path[0] != '\0')
        unlink(proxy->path.sun_path);
    free(proxy->polled);
    free(proxy);
}

/* ---- The loop ---- */

static void accept_clients(cc_proxy *proxy, int listener)
{
    for (;;) {
        int      one = 1;
        int      client = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        cc_link *link;

        if (client < 0) {
            proxy->accept_paused = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
            return;
        }
        if (listener == proxy->tcp)
            setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        link = cc_link_new(&proxy->options, client);
        if (link == NULL)
            return;
        link->next = proxy->links;
        proxy->links = link;
        proxy->link_count++;
    }
}

static bool make_room(cc_proxy *proxy)
{
    size_t         needed = FIXED + 2 * proxy->link_count;
    size_t         capacity = proxy->polled_capacity == 0 ? 64 : proxy->polled_capacity;
    struct pollfd *polled;

    if (needed <= proxy->polled_capacity)
        return true;
    while (capacity < needed)
        capacity *= 2;
    polled = realloc(proxy->polled, capacity * sizeof *polled);
    if (polled == NULL)
        return false;
    proxy->polled = polled;
    proxy->polled_capacity = capacity;
    return true;
}

/* Waits for news; false when poll() itself fails. */
static bool wait_for_news(cc_proxy *proxy, int stop_fd)
{
    uint64_t       now = orm_clock_ns();
    struct pollfd *at = proxy->polled + FIXED;
    int            timeout = proxy->accept_paused ? ACCEPT_PAUSE : -1;

    proxy->polled[0] = (struct pollfd){ .fd = stop_fd, .events = POLLIN };
    proxy->polled[1] = (struct pollfd){ .fd = proxy->accept_paused ? -1 : proxy->tcp, .events = POLLIN };
    proxy->polled[2] = (struct pollfd){ .fd = proxy->accept_paused ? -1 : proxy->unix_socket, .events = POLLIN };
    proxy->accept_paused = false;
    for (cc_link *link = proxy->links; link != NULL; link = link->next, at += 2) {
        int due = cc_link_timeout(link, now);

        cc_link_poll(link, at);
        if (due >= 0 && (timeout < 0 || due < timeout))
            timeout = due;
    }
    if (poll(proxy->polled, (nfds_t)(at - proxy->polled), timeout) >= 0)
        return true;
    for (struct pollfd *entry = proxy->polled; entry < at; entry++)
        entry->revents = 0;
    return errno == EINTR;
}

static void step_links(cc_proxy *proxy)
{
    uint64_t             now = orm_clock_ns();
    const struct pollfd *at = proxy->polled + FIXED;

    for (cc_link **place = &proxy->links; *place != NULL; at += 2) {
        cc_link *link = *place;
        bool     news = at[0].revents != 0 || at[1].revents != 0 || cc_link_timeout(link, now) == 0;

        if (!news || cc_link_step(link, &proxy->options, at, now, proxy->room, sizeof proxy->room)) {
            place = &link->next;
            continue;
        }
        *place = link->next;
        proxy->link_count--;
        cc_link_free(link);
    }
}

orm_status cc_proxy_run(cc_proxy *proxy, int stop_fd, orm_error *error)
{
    orm_status status = ORM_OK;

    while (status == ORM_OK) {
        if (!make_room(proxy))
            status = orm_fail_memory(error);
        else if (!wait_for_news(proxy, stop_fd))
            status =
                orm_fail(error, ORM_ERR_CONNECTION, 0, "the proxy cannot wait for its sockets: %s", strerror(errno));
        if (status != ORM_OK || proxy->polled[0].revents != 0)
            break;
        step_links(proxy);
        if (proxy->polled[1].revents != 0)
            accept_clients(proxy, proxy->tcp);
        if (proxy->polled[2].revents != 0)
            accept_clients(proxy, proxy->unix_socket);
    }
    close_links(proxy);
    return status;
}
