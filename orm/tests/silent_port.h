/*
 * silent_port.h - for tests: a port where nobody ever says anything. Included after cmocka.h.
 */
#ifndef ORM_TESTS_SILENT_PORT_H
#define ORM_TESTS_SILENT_PORT_H

#include <netinet/in.h>
#include <sys/socket.h>

/* The kernel takes connections until somebody accepts them, which nobody does. Close it. */
static inline int silent_port(int *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t          size = sizeof address;
    int                fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

#endif
