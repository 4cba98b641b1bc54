/*
 * Where cases and features are found, and what is wrong with them.
 */
#include <stdlib.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/steps/steps.h"

/*
 * The folder that CRDBCHECK_HOME names, else the working directory where it has such a file, else the folder that the
 * program was built from.
 */
static const char *find(orm_arena *arena, const char *name)
{
    const char *home = getenv("CRDBCHECK_HOME");

    if (home != NULL && home[0] != '\0')
        return orm_arena_printf(arena, "%s/%s", home, name);
    if (access(name, F_OK) == 0)
        return name;
    return orm_arena_printf(arena, "%s/%s", CRDBCHECK_SOURCE_DIR, name);
}

const char *cc_default_cases(orm_arena *arena)
{
    return find(arena, "cases");
}

const char *cc_default_features(orm_arena *arena)
{
    return find(arena, "matrix/features.yaml");
}

bool cc_cli_find_profiles(cc_cli *cli)
{
    const char *name =
        orm_arena_printf(cli->arena, "harness/wire/profiles/%s.yaml", cli->profile != NULL ? cli->profile : "24.3");
    const char *path = name != NULL ? find(cli->arena, name) : NULL;

    for (size_t i = 0; i < cli->target_count; i++) {
        cli->targets[i].profile_path = path;
        cli->targets[i].rules_off = cli->rules_off;
        cli->targets[i].port = (int)cli->port;
    }
    return path != NULL;
}

void cc_print_problems(const cc_problems *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        const cc_problem *problem = &problems->items[i];

        if (problem->place.line > 0)
            fprintf(stderr, "%s:%u:%u: %s\n", problem->place.file, problem->place.line, problem->place.column,
                    problem->message);
        else
            fprintf(stderr, "%s: %s\n", problem->place.file != NULL ? problem->place.file : "crdbcheck",
                    problem->message);
    }
    if (problems->out_of_memory)
        fprintf(stderr, "crdbcheck: memory is out: there may be more problems\n");
    else if (problems->count > 0)
        fprintf(stderr, "crdbcheck: %zu problem%s\n", problems->count, problems->count == 1 ? "" : "s");
}

static cc_features *load_features(cc_cli *cli, cc_problems *problems)
{
    const char *path = cli->features_path != NULL ? cli->features_path : cc_default_features(cli->arena);

    return path != NULL ? cc_features_load(cli->arena, path, problems) : NULL;
}

static cc_suite *load_suite(cc_cli *cli, const cc_features *features, cc_problems *problems)
{
    const char        *standard[1];
    const char *const *paths = cli->case_paths;
    size_t             count = cli->case_path_count;

    if (count == 0) {
        standard[0] = cc_default_cases(cli->arena);
        if (standard[0] == NULL)
            return NULL;
        paths = standard;
        count = 1;
    }
    return cc_suite_load(cli->arena, paths, count, features, cc_steps(), problems);
}

cc_features *cc_cli_load_features(cc_cli *cli)
{
    cc_problems  problems;
    cc_features *features;

    cc_problems_init(&problems, cli->arena);
    features = load_features(cli, &problems);
    if (features == NULL)
        cc_print_problems(&problems);
    return features;
}

cc_suite *cc_cli_load(cc_cli *cli, cc_features **features)
{
    cc_problems problems;
    cc_suite   *suite = NULL;

    cc_problems_init(&problems, cli->arena);
    *features = load_features(cli, &problems);
    if (*features != NULL)
        suite = load_suite(cli, *features, &problems);
    if (suite == NULL)
        cc_print_problems(&problems);
    return suite;
}
