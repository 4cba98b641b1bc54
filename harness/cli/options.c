#include <ctype.h>
#include <getopt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "harness/cli/cli.h"
#include "reports/writers/writers.h"

typedef struct reader reader;

/* One option. `take` gets the argument, or NULL where there is none; it complains itself and returns false. */
typedef struct option_def {
    const char *name;
    char        letter;   /* 0: none */
    const char *argument; /* NULL: none */
    const char *help;     /* NULL: not shown: another spelling, or for tests of the project */
    unsigned    commands;
    bool (*take)(reader *r, const char *argument);
} option_def;

struct reader {
    cc_cli           *cli;
    const option_def *option; /* the one that is being taken */
    const char       *colour; /* auto, always, never */
    size_t            target_room;
    size_t            case_room;
    size_t            rule_room;
};

static bool complain(const reader *r, const char *argument, const char *what)
{
    const char *shown = cc_mask_argument(r->cli->arena, argument);

    fprintf(stderr, "crdbcheck: --%s %s: %s\n", r->option->name, shown != NULL ? shown : "", what);
    return false;
}

static bool no_memory(void)
{
    fprintf(stderr, "crdbcheck: memory is out\n");
    return false;
}

static bool take_number(const reader *r, const char *argument, int64_t most, unsigned *out)
{
    int64_t value;
    char    what[64];

    if (orm_parse_int64(argument, &value) && value >= 1 && value <= most) {
        *out = (unsigned)value;
        return true;
    }
    snprintf(what, sizeof what, "a whole number from 1 to %lld is wanted", (long long)most);
    return complain(r, argument, what);
}

/* ---- What each option does ---- */

static bool take_target(reader *r, const char *argument)
{
    cc_cli     *cli = r->cli;
    const char *warning = NULL;
    orm_error   error;

    if (!orm_arena_grow(cli->arena, &cli->targets, cli->target_count, &r->target_room, sizeof *cli->targets))
        return no_memory();
    if (cc_target_parse(cli->arena, argument, &cli->targets[cli->target_count], &warning, &error) != ORM_OK) {
        fprintf(stderr, "crdbcheck: --target: %s%s%s\n", error.message, error.hint[0] != '\0' ? "; " : "", error.hint);
        return false;
    }
    for (size_t i = 0; i < cli->target_count; i++) {
        if (strcmp(cli->targets[i].name, cli->targets[cli->target_count].name) == 0)
            return complain(r, cli->targets[i].name, "a target can be given only once in a run");
    }
    if (warning != NULL)
        fprintf(stderr, "crdbcheck: warning: %s\n", warning);
    cli->target_count++;
    return true;
}

static bool take_preset(reader *r, const char *argument)
{
    if (strcmp(argument, "mikroorm") == 0)
        r->cli->preset = ORM_PRESET_MIKROORM;
    else if (strcmp(argument, "native") == 0)
        r->cli->preset = ORM_PRESET_NATIVE;
    else
        return complain(r, argument, "presets are: mikroorm, native");
    return true;
}

static bool take_cases(reader *r, const char *argument)
{
    cc_cli *cli = r->cli;

    if (!orm_arena_grow(cli->arena, &cli->case_paths, cli->case_path_count, &r->case_room, sizeof *cli->case_paths))
        return no_memory();
    cli->case_paths[cli->case_path_count++] = argument;
    return true;
}

static bool take_features(reader *r, const char *argument)
{
    r->cli->features_path = argument;
    return true;
}

static bool take_out(reader *r, const char *argument)
{
    r->cli->out_dir = argument;
    return true;
}

static bool take_jobs(reader *r, const char *argument)
{
    return take_number(r, argument, CC_MOST_JOBS, &r->cli->jobs);
}

static bool take_timeout(reader *r, const char *argument)
{
    return take_number(r, argument, 86400, &r->cli->timeout_s);
}

static bool take_connect_timeout(reader *r, const char *argument)
{
    return take_number(r, argument, 3600, &r->cli->connect_timeout_s);
}

static bool take_profile(reader *r, const char *argument)
{
    if (argument[0] == '\0' || strspn(argument, "0123456789.") != strlen(argument))
        return complain(r, argument, "a version such as 24.3 is wanted");
    r->cli->profile = argument;
    return true;
}

static bool take_without_rule(reader *r, const char *argument)
{
    cc_cli *cli = r->cli;

    if (!orm_arena_grow(cli->arena, &cli->rules_off, cli->rule_off_count, &r->rule_room, sizeof *cli->rules_off))
        return no_memory();
    cli->rules_off[cli->rule_off_count++] = argument;
    /* The NULL behind them. */
    if (!orm_arena_grow(cli->arena, &cli->rules_off, cli->rule_off_count, &r->rule_room, sizeof *cli->rules_off))
        return no_memory();
    cli->rules_off[cli->rule_off_count] = NULL;
    return true;
}

static bool take_port(reader *r, const char *argument)
{
    return take_number(r, argument, 65535, &r->cli->port);
}

static bool take_strict(reader *r, const char *argument)
{
    (void)argument;
    return r->cli->strict = true;
}

static bool take_fail_fast(reader *r, const char *argument)
{
    (void)argument;
    return r->cli->fail_fast = true;
}

static bool take_keep_db(reader *r, const char *argument)
{
    (void)argument;
    return r->cli->keep_db = true;
}

static bool take_verbose(reader *r, const char *argument)
{
    (void)argument;
    return r->cli->verbose = true;
}

static bool take_colour(reader *r, const char *argument)
{
    if (strcmp(argument, "auto") != 0 && strcmp(argument, "always") != 0 && strcmp(argument, "never") != 0)
        return complain(r, argument, "it is one of: auto, always, never");
    r->colour = argument;
    return true;
}

static bool take_help(reader *r, const char *argument)
{
    (void)argument;
    return r->cli->help = true;
}

static bool take_version(reader *r, const char *argument)
{
    (void)argument;
    return r->cli->version = true;
}

/* clang-format off */
static const option_def options[] = {
    { "target", 't', "NAME[=URL]", "run on this server; may be repeated (default: postgres)",
      CC_FOR_RUN | CC_FOR_SERVE, take_target },
    { "preset", 'p', "NAME", "mikroorm (default): what MikroORM sends; native: liborm's own way",
      CC_FOR_RUN, take_preset },
    { "cases", 0, "PATH", "case file or folder; may be repeated (default: the project's cases/)",
      CC_FOR_CASES, take_cases },
    { "features", 0, "FILE", "list of features and claims (default: the project's matrix/features.yaml)",
      CC_FOR_CASES | CC_FOR_SCHEMA | CC_FOR_REPORT, take_features },
    { "out", 'o', "DIR", "folder for reports (default: crdbcheck-out)", CC_FOR_RUN | CC_FOR_REPORT, take_out },
    { "jobs", 'j', "N", "cases at the same time (default: one for each processor)", CC_FOR_RUN, take_jobs },
    { "timeout", 0, "SECONDS", "for a case that names none itself (default: 30)", CC_FOR_RUN, take_timeout },
    { "connect-timeout", 0, "SECONDS", "for one connection (default: the URL's connect_timeout, else 10)",
      CC_FOR_RUN | CC_FOR_SERVE, take_connect_timeout },
    { "profile", 0, "VERSION", "of CockroachDB, for the target cockroach-sim (default: 24.3)",
      CC_FOR_RUN | CC_FOR_SERVE, take_profile },
    { "without-rule", 0, "NAME", NULL, CC_FOR_RUN, take_without_rule },
    { "port", 0, "N", "where a simulation listens on 127.0.0.1 (default: a free port)", CC_FOR_SERVE, take_port },
    { "strict", 0, NULL, "outcomes that are still unknown fail the run; claims without a case fail validate",
      CC_FOR_RUN | CC_FOR_VALIDATE, take_strict },
    { "fail-fast", 0, NULL, "stop at the first unexpected result", CC_FOR_RUN, take_fail_fast },
    { "keep-db", 0, NULL, "keep the cases' databases and print how to reach them", CC_FOR_RUN, take_keep_db },
    { "verbose", 'v', NULL, "more detail: every statement of a case that does not pass",
      CC_FOR_RUN | CC_FOR_REPORT, take_verbose },
    { "colour", 0, "WHEN", "auto (default), always or never; NO_COLOR and CLICOLOR_FORCE count, too",
      CC_FOR_RUN | CC_FOR_REPORT, take_colour },
    { "color", 0, "WHEN", NULL, CC_FOR_RUN | CC_FOR_REPORT, take_colour },
    { "help", 'h', NULL, "print help", CC_FOR_ALL, take_help },
    { "version", 'V', NULL, "print the version", CC_FOR_ALL, take_version },
};
/* clang-format on */

enum { OPTION_COUNT = sizeof options / sizeof options[0], FIRST_LONG = 256 };

/* ---- Help ---- */

static void print_options(FILE *out, unsigned commands)
{
    fprintf(out, "\nOptions:\n");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const option_def *o = &options[i];
        char              name[64];

        if (o->help == NULL || (o->commands & commands) == 0)
            continue;
        snprintf(name, sizeof name, "--%s%s%s", o->name, o->argument != NULL ? " " : "",
                 o->argument != NULL ? o->argument : "");
        if (o->letter != 0)
            fprintf(out, "  -%c, %-26s %s\n", o->letter, name, o->help);
        else
            fprintf(out, "      %-26s %s\n", name, o->help);
    }
}

static void print_exit_codes(FILE *out)
{
    fprintf(out,
            "\nA FILTER is a case's id, its beginning up to a slash, or a pattern with * and ?.\n"
            "\nExit codes: 0 all as expected; 1 unexpected results; 2 usage or configuration; 3 invalid case file;\n"
            "4 nothing selected; 5 target unavailable; 6 incomplete; 70 internal; 129, 130, 143 interrupted.\n");
}

void cc_cli_help(FILE *out, const cc_command *command)
{
    if (command != NULL) {
        fprintf(out, "usage: crdbcheck %s [OPTION]...%s%s\n\n%c%s.\n", command->name,
                command->arguments[0] != '\0' ? " " : "", command->arguments, toupper((unsigned char)command->help[0]),
                command->help + 1);
        print_options(out, command->bit);
        if (command->bit == CC_FOR_RUN)
            print_exit_codes(out);
        return;
    }
    fprintf(out, "usage: crdbcheck [COMMAND] [OPTION]... [ARGUMENT]...\n\n"
                 "Checks what MikroORM's documentation says about CockroachDB, case by case, on live servers.\n\n"
                 "Commands:\n");
    for (command = cc_commands(); command->name != NULL; command++) {
        char name[64];

        snprintf(name, sizeof name, "%s %s", command->name, command->arguments);
        fprintf(out, "  %-30s %s\n", name, command->help);
    }
    print_options(out, CC_FOR_RUN);
    print_exit_codes(out);
    fprintf(out, "`crdbcheck help COMMAND` tells the options of one command.\n");
}

/* ---- Complaints about words that are no options ---- */

static const char *nearest_option(const char *word, unsigned command)
{
    const char *names[OPTION_COUNT];
    size_t      count = 0;

    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if ((options[i].commands & command) != 0)
            names[count++] = options[i].name;
    }
    return orm_nearest_word(word, names, count);
}

static void unknown_option(const cc_cli *cli, const char *argument)
{
    const char *word = argument + strspn(argument, "-");
    const char *equals = strchr(word, '=');
    char        name[64];
    const char *nearest;

    snprintf(name, sizeof name, "%.*s", (int)(equals != NULL ? equals - word : (ptrdiff_t)strlen(word)), word);
    nearest = nearest_option(name, cli->command->bit);
    fprintf(stderr, "crdbcheck: unknown option '%s%s'%s%s%s\n", argument[1] == '-' ? "--" : "-", name,
            nearest != NULL ? "; did you mean '--" : "", nearest != NULL ? nearest : "",
            nearest != NULL ? "'?" : "; `crdbcheck --help` lists them");
}

/* ---- Reading ---- */

static bool wants_colour(const char *when)
{
    const char *force = getenv("CLICOLOR_FORCE");
    const char *none = getenv("NO_COLOR");

    if (when != NULL && strcmp(when, "auto") != 0)
        return strcmp(when, "always") == 0;
    if (none != NULL && none[0] != '\0')
        return false;
    if (force != NULL && force[0] != '\0' && strcmp(force, "0") != 0)
        return true;
    return cc_console_obeys(stdout);
}

/* getopt's two tables, out of ours. */
static void fill_getopt(struct option *longs, char *shorts)
{
    *shorts++ = ':'; /* a missing argument is told apart from an unknown option */
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        longs[i] = (struct option){ .name = options[i].name,
                                    .has_arg = options[i].argument != NULL ? required_argument : no_argument,
                                    .val = FIRST_LONG + (int)i };
        if (options[i].letter == 0)
            continue;
        *shorts++ = options[i].letter;
        if (options[i].argument != NULL)
            *shorts++ = ':';
    }
    longs[OPTION_COUNT] = (struct option){ 0 };
    *shorts = '\0';
}

static const option_def *option_of(int value)
{
    if (value >= FIRST_LONG)
        return &options[value - FIRST_LONG];
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (options[i].letter != 0 && options[i].letter == value)
            return &options[i];
    }
    return NULL;
}

static bool take_option(reader *r, const option_def *option, const char *argument)
{
    r->option = option;
    if ((option->commands & r->cli->command->bit) == 0) {
        fprintf(stderr, "crdbcheck: the command '%s' has no option '--%s'\n", r->cli->command->name, option->name);
        return false;
    }
    return option->take(r, argument);
}

static bool read_options(reader *r, int argc, char **argv)
{
    struct option longs[OPTION_COUNT + 1];
    char          shorts[2 * OPTION_COUNT + 2];
    int           value;

    fill_getopt(longs, shorts);
    opterr = 0;
    optind = 1;
    for (;;) {
        int               at = optind;
        const option_def *option;

        value = getopt_long(argc, argv, shorts, longs, NULL);
        if (value == -1)
            return true;
        if (value == ':') {
            option = option_of(optopt);
            fprintf(stderr, "crdbcheck: --%s wants %s behind it\n", option != NULL ? option->name : "?",
                    option != NULL ? option->argument : "something");
            return false;
        }
        option = value == '?' ? NULL : option_of(value);
        if (option == NULL) {
            if (optopt != 0 && optopt < FIRST_LONG)
                unknown_option(r->cli, (char[]){ '-', (char)optopt, '\0' });
            else
                unknown_option(r->cli, argv[optind > at ? optind - 1 : at]);
            return false;
        }
        if (!take_option(r, option, optarg))
            return false;
    }
}

/* ---- Words ---- */

static bool check_words(const cc_cli *cli)
{
    const cc_command *command = cli->command;

    if (cli->help || cli->version)
        return true;
    if (cli->word_count < command->least_words)
        fprintf(stderr, "crdbcheck: the command '%s' wants %s\n", command->name, command->arguments);
    else if (cli->word_count > command->most_words)
        fprintf(stderr, "crdbcheck: the command '%s' does not know what to do with '%s'\n", command->name,
                cli->words[command->most_words]);
    else
        return true;
    return false;
}

int cc_cli_read(cc_cli *cli, int argc, char **argv)
{
    reader r = { .cli = cli };
    char **copies = cc_take_arguments(cli, argc, argv);

    if (copies == NULL || argc < 1)
        return CC_EXIT_INTERNAL;
    cli->program = copies[0];
    cli->preset = ORM_PRESET_MIKROORM;
    cli->out_dir = "crdbcheck-out";
    cli->command = argc > 1 ? cc_command_named(copies[1]) : NULL;
    cli->implicit = cli->command == NULL;
    if (cli->implicit) {
        cli->command = cc_commands();
    } else {
        /* getopt begins behind the command's name. */
        copies++;
        argc--;
    }
    if (!read_options(&r, argc, copies))
        return CC_EXIT_USAGE;
    cli->words = (const char **)copies + optind;
    cli->word_count = (size_t)(argc - optind);
    /* A URL is no filter and no file; one that is taken for a word by mistake will be shown. */
    for (size_t i = 0; i < cli->word_count; i++) {
        cli->words[i] = cc_mask_argument(cli->arena, cli->words[i]);
        if (cli->words[i] == NULL)
            return CC_EXIT_INTERNAL;
    }
    cli->colour = wants_colour(r.colour);
    if (!check_words(cli))
        return CC_EXIT_USAGE;
    if (cli->target_count == 0) {
        r.option = &options[0];
        return take_target(&r, cc_target_kinds()[0]) ? CC_EXIT_OK : CC_EXIT_INTERNAL;
    }
    return CC_EXIT_OK;
}
