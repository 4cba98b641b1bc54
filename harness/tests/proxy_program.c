/*
 * The proxy as a program, for test_proxy.py: listens in a folder and on a free port, which it prints, until its standard
 * input ends.
 *
 *   proxy_program LISTEN_FOLDER SERVER_FOLDER SERVER_PORT plain|filter BUFFER_SIZE MESSAGE_LIMIT
 *
 * SERVER_FOLDER may be -, then the server is on 127.0.0.1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/tests/proxy_filter.h"
#include "harness/wire/proxy.h"

int main(int argc, char **argv)
{
    cc_proxy_options options = { 0 };
    orm_error        error;
    cc_proxy        *proxy;
    orm_status       status;

    if (argc != 7)
        return 2;
    options.listen_folder = argv[1];
    options.server_folder = strcmp(argv[2], "-") == 0 ? NULL : argv[2];
    options.server_port = (int)strtol(argv[3], NULL, 10);
    options.filter = strcmp(argv[4], "filter") == 0 ? &proxy_filter : NULL;
    options.buffer_size = strtoul(argv[5], NULL, 10);
    options.message_limit = strtoul(argv[6], NULL, 10);
    status = cc_proxy_new(&options, &proxy, &error);
    if (status == ORM_OK) {
        printf("%d\n", cc_proxy_port(proxy));
        fflush(stdout);
        status = cc_proxy_run(proxy, STDIN_FILENO, &error);
        cc_proxy_free(proxy);
    }
    if (status != ORM_OK)
        fprintf(stderr, "%s\n", error.message);
    return status == ORM_OK ? 0 : 1;
}
