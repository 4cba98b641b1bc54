/*
 * cli.h - the command line: one table of commands and one of options, from which arguments are read and help is
 * printed.
 */
#ifndef CRDBCHECK_CLI_CLI_H
#define CRDBCHECK_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"
#include "harness/run/run.h"
#include "harness/spec/model.h"
#include "matrix/matrix.h"

#define CC_TOOL "crdbcheck " CRDBCHECK_VERSION

/* Commands that take an option, as bits. */
enum {
    CC_FOR_RUN = 1 << 0,
    CC_FOR_LIST = 1 << 1,
    CC_FOR_VALIDATE = 1 << 2,
    CC_FOR_EXPLAIN = 1 << 3,
    CC_FOR_SCHEMA = 1 << 4,
    CC_FOR_STEPS = 1 << 5,
    CC_FOR_REPORT = 1 << 6,
    CC_FOR_SERVE = 1 << 7,
    CC_FOR_VERSION = 1 << 8,
    CC_FOR_HELP = 1 << 9,
    CC_FOR_CASES = CC_FOR_RUN | CC_FOR_LIST | CC_FOR_VALIDATE | CC_FOR_EXPLAIN,
    CC_FOR_ALL = (1 << 10) - 1
};

typedef struct cc_command cc_command;

/* What the user asked for. */
typedef struct cc_cli {
    orm_arena        *arena;
    const char       *program; /* argv[0] */
    const cc_command *command;
    bool              implicit; /* no command was named: it is `run` */
    const char       *shown;    /* the arguments, with passwords masked */

    const char **words; /* arguments that are no options: filters, records, a case */
    size_t       word_count;

    cc_target_spec *targets;
    size_t          target_count;
    const char    **case_paths; /* none given: the default place */
    size_t          case_path_count;
    const char     *features_path; /* NULL: the default place */
    const char     *out_dir;
    orm_preset      preset;
    unsigned        jobs;
    unsigned        timeout_s;
    unsigned        connect_timeout_s;
    const char     *profile;   /* of the simulation; NULL: the default one */
    const char    **rules_off; /* of the profile, NULL-terminated; NULL: none */
    size_t          rule_off_count;
    unsigned        port; /* of the simulation that `serve` starts; 0: a free one */
    bool            strict;
    bool            fail_fast;
    bool            keep_db;
    bool            verbose;
    bool            colour;
    bool            help;
    bool            version;
} cc_cli;

struct cc_command {
    const char *name; /* NULL ends the table */
    const char *arguments;
    const char *help; /* one line */
    unsigned    bit;
    size_t      least_words;
    size_t      most_words;
    int (*run)(cc_cli *cli);
};

/* All commands; the first one is what is meant when none is named. */
const cc_command *cc_commands(void);
const cc_command *cc_command_named(const char *name);
/* The name that `word` may be a slip of, or NULL. */
const char *cc_command_nearest(const char *word);

/*
 * Reads the arguments. Passwords in them are overwritten in argv's own memory, where other users of the machine see
 * them.
 * CC_EXIT_OK, or the exit code after a complaint on stderr.
 */
int cc_cli_read(cc_cli *cli, int argc, char **argv);

/*
 * A copy of the arguments, so that passwords can be taken out of the memory that `ps` shows; what may be shown of them
 * is written down in `shown`. NULL when memory is out.
 */
char **cc_take_arguments(cc_cli *cli, int argc, char **argv);

/* The program's help, or that of one command (NULL: the program's). */
void cc_cli_help(FILE *out, const cc_command *command);

/* The text with passwords in connection strings masked, wherever in an argument they stand. NULL when memory is out. */
const char *cc_mask_argument(orm_arena *arena, const char *argument);

/* Where the cases and features.yaml are; in the arena, NULL when memory is out. */
const char *cc_default_cases(orm_arena *arena);
const char *cc_default_features(orm_arena *arena);

/* Features alone, and features with cases. NULL after all problems were printed to stderr. */
cc_features *cc_cli_load_features(cc_cli *cli);
cc_suite    *cc_cli_load(cc_cli *cli, cc_features **features);

/* Gives the targets the profile of a simulation and its port. False when memory is out. */
bool cc_cli_find_profiles(cc_cli *cli);

/* Prints problems as file:line:column: message. */
void cc_print_problems(const cc_problems *problems);

/* The commands. Each returns the program's exit code. */
int cc_cmd_run(cc_cli *cli);
int cc_cmd_list(cc_cli *cli);
int cc_cmd_validate(cc_cli *cli);
int cc_cmd_explain(cc_cli *cli);
int cc_cmd_schema(cc_cli *cli);
int cc_cmd_steps(cc_cli *cli);
int cc_cmd_report(cc_cli *cli);
int cc_cmd_serve(cc_cli *cli);
int cc_cmd_version(cc_cli *cli);
int cc_cmd_help(cc_cli *cli);

#endif
