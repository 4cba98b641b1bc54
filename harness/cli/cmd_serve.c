#include <poll.h>

#include "harness/cli/cli.h"

/* Until a signal comes, or the server is gone by itself. */
static int keep_serving(cc_target *target)
{
    enum { LOOK_EVERY_MS = 1000 };
    struct pollfd wait = { .fd = cc_interrupt_fd(), .events = POLLIN };

    while (cc_interrupt_signal() == 0) {
        if (poll(&wait, 1, LOOK_EVERY_MS) == 0 && cc_target_look(target) == CC_TARGET_GONE) {
            fprintf(stderr, "crdbcheck: the server went away\n");
            return CC_EXIT_INCOMPLETE;
        }
    }
    return CC_EXIT_OK;
}

int cc_cmd_serve(cc_cli *cli)
{
    cc_target *target = NULL;
    orm_error  error;
    int        code;

    if (cli->target_count != 1) {
        fprintf(stderr, "crdbcheck: serve keeps one target running: give --target once\n");
        return CC_EXIT_USAGE;
    }
    if (!cc_cli_find_profiles(cli))
        return CC_EXIT_INTERNAL;
    cli->targets->on_tcp = true;
    cc_interrupt_install();
    if (cc_target_open(cli->targets, cli->connect_timeout_s, &target, &error) != ORM_OK) {
        fprintf(stderr, "crdbcheck: target %s: %s\n", cli->targets->name, error.message);
        if (error.hint[0] != '\0')
            fprintf(stderr, "    %s\n", error.hint);
        return error.status == ORM_ERR_CONFIG ? CC_EXIT_USAGE : CC_EXIT_TARGET;
    }
    printf("%s\n", cc_target_shown_url(target));
    fflush(stdout);
    fprintf(stderr, "%s\nIt runs until you press Ctrl-C.\n", cc_target_record(target)->version);
    code = keep_serving(target);
    cc_target_close(target);
    cc_interrupt_restore();
    return code;
}
