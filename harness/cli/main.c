#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "harness/cli/cli.h"

static const cc_command commands[] = {
    { "run", "[FILTER]...", "run cases and write reports (the default)", CC_FOR_RUN, 0, SIZE_MAX, cc_cmd_run },
    { "list", "[FILTER]...", "print the ids of cases", CC_FOR_LIST, 0, SIZE_MAX, cc_cmd_list },
    { "validate", "", "check all case files and the list of features", CC_FOR_VALIDATE, 0, 0, cc_cmd_validate },
    { "explain", "CASE", "tell what a case does and what it proves", CC_FOR_EXPLAIN, 1, 1, cc_cmd_explain },
    { "report", "RECORD...", "write reports from run records", CC_FOR_REPORT, 1, SIZE_MAX, cc_cmd_report },
    { "serve", "", "keep a target's server running and print its URL", CC_FOR_SERVE, 0, 0, cc_cmd_serve },
    { "schema", "", "print the JSON Schema of case files, for editors", CC_FOR_SCHEMA, 0, 0, cc_cmd_schema },
    { "steps", "", "print the reference page of case files and their steps", CC_FOR_STEPS, 0, 0, cc_cmd_steps },
    { "version", "", "print the version", CC_FOR_VERSION, 0, 0, cc_cmd_version },
    { "help", "[COMMAND]", "print help", CC_FOR_HELP, 0, 1, cc_cmd_help },
    { 0 },
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] - 1 };

const cc_command *cc_commands(void)
{
    return commands;
}

const cc_command *cc_command_named(const char *name)
{
    for (const cc_command *command = commands; command->name != NULL; command++) {
        if (strcmp(command->name, name) == 0)
            return command;
    }
    return NULL;
}

const char *cc_command_nearest(const char *word)
{
    const char *names[COMMAND_COUNT];

    for (size_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = commands[i].name;
    return orm_nearest_word(word, names, COMMAND_COUNT);
}

int cc_cmd_version(cc_cli *cli)
{
    (void)cli;
    puts(CC_TOOL);
    return CC_EXIT_OK;
}

int cc_cmd_help(cc_cli *cli)
{
    const cc_command *command = cli->word_count > 0 ? cc_command_named(cli->words[0]) : NULL;

    if (cli->word_count > 0 && command == NULL) {
        const char *nearest = cc_command_nearest(cli->words[0]);

        fprintf(stderr, "crdbcheck: unknown command '%s'%s%s%s\n", cli->words[0],
                nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "",
                nearest != NULL ? "'?" : "; `crdbcheck help` lists them");
        return CC_EXIT_USAGE;
    }
    cc_cli_help(stdout, command);
    return CC_EXIT_OK;
}

/* Output that did not reach its file is a failure; a reader that has seen enough (`| head`) is none. */
static int close_output(int code)
{
    bool failed = fflush(stdout) != 0 || ferror(stdout) != 0;

    if (!failed || errno == EPIPE)
        return code;
    fprintf(stderr, "crdbcheck: the output cannot be written: %s\n", strerror(errno));
    return code == CC_EXIT_OK ? CC_EXIT_INTERNAL : code;
}

static int dispatch(cc_cli *cli)
{
    if (cli->version)
        return cc_cmd_version(cli);
    if (cli->help) {
        cc_cli_help(stdout, cli->implicit ? NULL : cli->command);
        return CC_EXIT_OK;
    }
    return cli->command->run(cli);
}

/*
 * A program may be started with its standard streams closed. The next file that is opened would get their numbers, and a
 * message for the terminal would land in it.
 */
static bool open_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR) != fd)
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    cc_cli cli = { 0 };
    int    code;

    if (!open_standard_streams())
        return CC_EXIT_INTERNAL;
    /* A reader of our output that goes away must not keep us from cleaning up. */
    signal(SIGPIPE, SIG_IGN);
    /* libpq refuses every connection while this names a service that is not there, whatever it is told otherwise. */
    unsetenv("PGSERVICE");
    cli.arena = orm_arena_new(NULL, NULL, "command line");
    if (cli.arena == NULL) {
        fprintf(stderr, "crdbcheck: memory is out\n");
        return CC_EXIT_INTERNAL;
    }
    code = cc_cli_read(&cli, argc, argv);
    if (code == CC_EXIT_OK)
        code = dispatch(&cli);
    orm_arena_free(cli.arena);
    return close_output(code);
}
