#include <string.h>

#include "harness/cli/cli.h"

static void append_option(orm_arena *arena, orm_buffer *out, const char *option, const char *argument)
{
    const char *word = argument != NULL ? cc_shell_word(arena, argument) : NULL;

    if (word != NULL)
        orm_buffer_printf(out, " %s %s", option, word);
}

/* The options that decide what a case is and does: what the command that repeats one has to give again. */
static const char *options_to_repeat(const cc_cli *cli)
{
    orm_buffer  text;
    const char *copy = NULL;

    orm_buffer_init(&text, NULL, 0);
    for (size_t i = 0; i < cli->case_path_count; i++)
        append_option(cli->arena, &text, "--cases", cli->case_paths[i]);
    append_option(cli->arena, &text, "--features", cli->features_path);
    if (cli->preset == ORM_PRESET_NATIVE)
        append_option(cli->arena, &text, "--preset", "native");
    append_option(cli->arena, &text, "--profile", cli->profile);
    for (size_t i = 0; i < cli->rule_off_count; i++)
        append_option(cli->arena, &text, "--without-rule", cli->rules_off[i]);
    if (!text.broken)
        copy = orm_arena_strdup(cli->arena, text.data);
    orm_buffer_free(&text);
    return copy;
}

static bool selects_something(const cc_suite *suite, const char *filter)
{
    for (size_t f = 0; f < suite->file_count; f++) {
        for (size_t c = 0; c < suite->files[f]->case_count; c++) {
            if (cc_filter_matches(&filter, 1, suite->files[f]->cases[c].id))
                return true;
        }
    }
    return false;
}

/* `crdbcheck lsit` reads like a filter; it is more likely a command. */
static bool is_misspelt_command(const cc_cli *cli, const cc_suite *suite)
{
    const char *nearest;

    if (!cli->implicit || cli->word_count == 0 || selects_something(suite, cli->words[0]))
        return false;
    nearest = cc_command_nearest(cli->words[0]);
    if (nearest == NULL)
        return false;
    if (strcmp(nearest, cli->words[0]) == 0)
        fprintf(stderr, "crdbcheck: the command comes first: crdbcheck %s ...\n", nearest);
    else
        fprintf(stderr, "crdbcheck: unknown command '%s'; did you mean '%s'?\n", cli->words[0], nearest);
    return true;
}

/* Rules belong to a simulation that the run starts. */
static bool has_rules_to_take_out(const cc_cli *cli)
{
    for (size_t i = 0; i < cli->target_count; i++) {
        if (cli->targets[i].kind == CC_TARGET_COCKROACH_SIM && cli->targets[i].url == NULL)
            return true;
    }
    if (cli->rule_off_count > 0)
        fprintf(stderr, "crdbcheck: --without-rule %s: it needs --target cockroach-sim\n", cli->rules_off[0]);
    return cli->rule_off_count == 0;
}

int cc_cmd_run(cc_cli *cli)
{
    cc_features   *features;
    cc_suite      *suite = cc_cli_load(cli, &features);
    cc_run_options options;

    if (suite == NULL)
        return CC_EXIT_CASES;
    if (!has_rules_to_take_out(cli))
        return CC_EXIT_USAGE;
    if (is_misspelt_command(cli, suite))
        return CC_EXIT_USAGE;
    options = (cc_run_options){ .targets = cli->targets,
                                .target_count = cli->target_count,
                                .filters = cli->words,
                                .filter_count = cli->word_count,
                                .preset = cli->preset,
                                .out_dir = cli->out_dir,
                                .jobs = cli->jobs,
                                .timeout_s = cli->timeout_s,
                                .connect_timeout_s = cli->connect_timeout_s,
                                .strict = cli->strict,
                                .fail_fast = cli->fail_fast,
                                .keep_db = cli->keep_db,
                                .verbose = cli->verbose,
                                .colour = cli->colour,
                                .command = cli->shown,
                                .program = cc_shell_word(cli->arena, cli->program),
                                .repeat = options_to_repeat(cli),
                                .tool = CC_TOOL };
    if (options.program == NULL || options.repeat == NULL || !cc_cli_find_profiles(cli)) {
        fprintf(stderr, "crdbcheck: memory is out\n");
        return CC_EXIT_INTERNAL;
    }
    return cc_run(&options, suite, features, stdout);
}
