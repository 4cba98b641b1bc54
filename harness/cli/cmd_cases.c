/*
 * Commands about case files that need no server.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "harness/cli/cli.h"
#include "harness/steps/steps.h"
#include "reports/writers/plain_text.h"

int cc_cmd_list(cc_cli *cli)
{
    cc_features *features;
    cc_suite    *suite = cc_cli_load(cli, &features);
    size_t       listed = 0;

    if (suite == NULL)
        return CC_EXIT_CASES;
    for (size_t f = 0; f < suite->file_count; f++) {
        for (size_t c = 0; c < suite->files[f]->case_count; c++) {
            const char *id = suite->files[f]->cases[c].id;

            if (!cc_filter_matches(cli->words, cli->word_count, id))
                continue;
            puts(id);
            listed++;
        }
    }
    if (listed > 0)
        return CC_EXIT_OK;
    fprintf(stderr, "crdbcheck: no case is selected; `crdbcheck list` without a filter shows all\n");
    return CC_EXIT_NOTHING;
}

int cc_cmd_validate(cc_cli *cli)
{
    cc_problems  problems;
    cc_features *features;
    cc_suite    *suite = cc_cli_load(cli, &features);

    if (suite == NULL)
        return CC_EXIT_CASES;
    cc_problems_init(&problems, cli->arena);
    cc_suite_lint(suite, features, &problems);
    if (problems.out_of_memory || (cli->strict && problems.count > 0)) {
        cc_print_problems(&problems);
        return CC_EXIT_CASES;
    }
    printf("%zu case%s in %zu file%s, %zu feature%s with %zu claim%s: no problem\n", suite->case_count,
           cc_plural(suite->case_count), suite->file_count, cc_plural(suite->file_count), features->feature_count,
           cc_plural(features->feature_count), features->claim_count, cc_plural(features->claim_count));
    /* As long as the page is not covered whole, that must not hide what a new case does wrong. */
    if (problems.count > 0)
        printf("claims without a proving case: %zu (named by `crdbcheck validate --strict`)\n", problems.count);
    return CC_EXIT_OK;
}

/* ---- schema, steps ---- */

static int print_buffer(orm_buffer *text, orm_status status)
{
    int code = CC_EXIT_OK;

    if (status == ORM_OK && !text->broken) {
        fputs(text->data, stdout);
    } else {
        fprintf(stderr, "crdbcheck: memory is out\n");
        code = CC_EXIT_INTERNAL;
    }
    orm_buffer_free(text);
    return code;
}

int cc_cmd_schema(cc_cli *cli)
{
    cc_features *features = cc_cli_load_features(cli);
    orm_buffer   text;

    if (features == NULL)
        return CC_EXIT_CASES;
    orm_buffer_init(&text, NULL, 0);
    return print_buffer(&text, cc_print_json_schema(features, cc_steps(), &text));
}

int cc_cmd_steps(cc_cli *cli)
{
    orm_buffer text;

    (void)cli;
    orm_buffer_init(&text, NULL, 0);
    return print_buffer(&text, cc_print_step_reference(cc_steps(), &text));
}

/* ---- explain ---- */

static const cc_case *find_case(const cc_suite *suite, const char *id, unsigned *end_line)
{
    for (size_t f = 0; f < suite->file_count; f++) {
        const cc_file *file = suite->files[f];

        for (size_t c = 0; c < file->case_count; c++) {
            if (strcmp(file->cases[c].id, id) != 0)
                continue;
            *end_line = c + 1 < file->case_count ? file->cases[c + 1].place.line : 0;
            return &file->cases[c];
        }
    }
    return NULL;
}

static int unknown_case(const cc_cli *cli, const cc_suite *suite)
{
    const char **ids = orm_arena_calloc(cli->arena, suite->case_count, sizeof *ids);
    size_t       count = 0;
    const char  *nearest;

    for (size_t f = 0; ids != NULL && f < suite->file_count; f++) {
        for (size_t c = 0; c < suite->files[f]->case_count; c++)
            ids[count++] = suite->files[f]->cases[c].id;
    }
    nearest = ids != NULL ? orm_nearest_word(cli->words[0], ids, count) : NULL;
    fprintf(stderr, "crdbcheck: there is no case '%s'%s%s%s\n", cli->words[0],
            nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "",
            nearest != NULL ? "'?" : "; `crdbcheck list` shows all");
    return CC_EXIT_NOTHING;
}

static void print_claims(const char *heading, const char *const *ids, const cc_features *features)
{
    if (ids == NULL || ids[0] == NULL)
        return;
    printf("\n%s\n", heading);
    for (; *ids != NULL; ids++) {
        const cc_claim *claim = cc_claim_named(features, *ids);

        if (claim != NULL)
            printf("  %s: %s (the page says: %s)\n", claim->id, claim->text, cc_says_name(claim->says));
    }
}

static const char *expected_name(cc_outcome_kind kind)
{
    switch (kind) {
    case CC_OUTCOME_WORKS:
        return "works";
    case CC_OUTCOME_FAILS:
        return "fails";
    case CC_OUTCOME_DIFFERS:
        return "differs";
    default:
        return "unknown";
    }
}

static void print_outcome(const cc_outcome *outcome)
{
    printf("  %s%s%s: %s", outcome->platform, outcome->versions.text != NULL ? " " : "",
           outcome->versions.text != NULL ? outcome->versions.text : "", expected_name(outcome->kind));
    if (outcome->at != NULL && outcome->at->id != NULL)
        printf(" at step %s (%s)", outcome->at->id, outcome->at->def->name);
    else if (outcome->at != NULL)
        printf(" at step %zu (%s)", outcome->at->number, outcome->at->def->name);
    if (outcome->sqlstate != NULL)
        printf(" with SQLSTATE %s", outcome->sqlstate);
    if (outcome->reason != NULL)
        printf("; %s", outcome->reason);
    putchar('\n');
    if (outcome->source != NULL)
        printf("    source: %s\n", outcome->source);
}

static void print_outcomes(const cc_case *item)
{
    printf("\nExpected (of a simulation the same as of its platform):\n");
    for (size_t p = 0; cc_outcome_platform(p) != NULL; p++) {
        const char *platform = cc_outcome_platform(p);
        bool        any = false;

        if (item->requires_platform != NULL && strcmp(item->requires_platform, platform) != 0)
            continue;
        for (size_t i = 0; i < item->outcome_count; i++) {
            if (strcmp(item->outcomes[i].platform, platform) != 0)
                continue;
            any = true;
            print_outcome(&item->outcomes[i]);
        }
        if (!any)
            printf("  %s: works\n", platform);
    }
    if (item->requires_platform != NULL)
        printf("  only on %s %s: %s\n", item->requires_platform,
               item->requires_versions.text != NULL ? item->requires_versions.text : "",
               item->requires_reason != NULL ? item->requires_reason : "");
    if (item->no_simulation)
        printf("  not in the simulation: %s\n", item->no_simulation_reason);
}

/* The case as it stands in its file, up to the line before `end_line` (0: to the end). */
static void print_lines(const cc_case *item, unsigned end_line)
{
    FILE    *file = fopen(item->place.file, "r");
    char    *line = NULL;
    size_t   room = 0;
    unsigned number = 0;

    if (file == NULL)
        return;
    printf("\n");
    while (getline(&line, &room, file) >= 0 && (end_line == 0 || number + 1 < end_line)) {
        if (++number >= item->place.line)
            fputs(line, stdout);
    }
    free(line);
    fclose(file);
}

int cc_cmd_explain(cc_cli *cli)
{
    cc_features   *features;
    cc_suite      *suite = cc_cli_load(cli, &features);
    const cc_case *item;
    unsigned       end_line;

    if (suite == NULL)
        return CC_EXIT_CASES;
    item = find_case(suite, cli->words[0], &end_line);
    if (item == NULL)
        return unknown_case(cli, suite);
    printf("%s: %s\n%s:%u\n", item->id, item->name, item->place.file, item->place.line);
    print_claims("Proves:", item->proves, features);
    print_claims("Touches:", item->touches, features);
    print_outcomes(item);
    print_lines(item, end_line);
    return CC_EXIT_OK;
}
