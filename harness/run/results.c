#include <string.h>

#include "harness/run/run_private.h"

bool cc_is_unexpected(const cc_run_options *options, cc_status status)
{
    switch (status) {
    case CC_FAIL:
    case CC_DRIFT:
    case CC_ERROR:
    case CC_TIMEOUT:
    case CC_CRASH:
        return true;
    case CC_UNKNOWN:
        return options->strict;
    default:
        return false;
    }
}

/*
 * A mode that sends other SQL than the preset is no evidence about the preset: its results get a name, and so a column, of
 * their own. The size of batches changes nothing in what a statement looks like.
 */
static const char *preset_name(const cc_run_options *options, const cc_mode *mode)
{
    bool changed = mode != NULL && (mode->protocol != ORM_PROTOCOL_DEFAULT || mode->batch != ORM_BATCH_DEFAULT);

    if (options->preset == ORM_PRESET_MIKROORM)
        return changed ? "mikroorm (changed by modes)" : "mikroorm";
    return changed ? "native (changed by modes)" : "native";
}

cc_case_env cc_group_env(const cc_run_options *options, const cc_group *group)
{
    return (cc_case_env){ .target = group->target->record,
                          .preset = preset_name(options, group->mode),
                          .mode = group->mode != NULL ? group->mode->name : NULL,
                          .program = options->program,
                          .target_option = group->target->options };
}

const char *cc_repeat_command(orm_arena *arena, const cc_run_options *options, const cc_group *group,
                              const cc_case *item)
{
    return orm_arena_printf(arena, "%s run %s %s", options->program, group->target->options, item->id);
}

const char *cc_case_tag(orm_arena *arena, const cc_group *group, const cc_case *item)
{
    const char *mode = group->mode != NULL ? group->mode->name : NULL;

    return orm_arena_printf(arena, CC_TARGET_TAG "case %s%s%s", item->id, mode != NULL ? " " : "",
                            mode != NULL ? mode : "");
}

const char *cc_tables_tag(orm_arena *arena, const char *db_name)
{
    return orm_arena_printf(arena, CC_TARGET_TAG "tables of %s", db_name);
}

/* ---- Console ---- */

void cc_results_clear_line(const cc_results *results)
{
    if (results->rewrites)
        fputs("\r\033[K", results->console);
}

/* "12 pass, 1 fail": the statuses that occur. */
static void print_counts(FILE *out, const size_t counts[CC_STATUS_COUNT])
{
    const char *separator = "";

    for (int status = 0; status < CC_STATUS_COUNT; status++) {
        if (counts[status] == 0)
            continue;
        fprintf(out, "%s%zu %s", separator, counts[status], cc_status_name((cc_status)status));
        separator = ", ";
    }
}

static void print_progress(const cc_results *results, const cc_record_case *item)
{
    enum { SHOWN = 40 }; /* one line, also on a narrow terminal */

    cc_results_clear_line(results);
    fprintf(results->console, "[%zu/%zu] ", results->done, results->planned);
    print_counts(results->console, results->counts);
    fprintf(results->console, "  %.*s", (int)SHOWN, item->id);
    fflush(results->console);
}

static void print_group(const cc_results *results, const cc_group *group)
{
    const char *feature = group->file->feature != NULL ? group->file->feature->id : group->file->path;
    const char *slash;

    /* A target that was not reached is one line of complaint, which stands there already. */
    if (results->rewrites || group->target->target == NULL)
        return;
    slash = strrchr(group->file->path, '/');
    fprintf(results->console, "%s %s", group->target->spec->name, feature);
    if (group->shares_feature)
        fprintf(results->console, " (%s)", slash != NULL ? slash + 1 : group->file->path);
    fprintf(results->console, "%s%s%s: ", group->mode != NULL ? " [" : "", group->mode != NULL ? group->mode->name : "",
            group->mode != NULL ? "]" : "");
    print_counts(results->console, group->counts);
    fputc('\n', results->console);
    fflush(results->console);
}

/* ---- Results ---- */

void cc_results_add(cc_results *results, cc_group *group, const cc_record_case *item)
{
    cc_console_style style = { .colour = results->options->colour, .verbose = results->options->verbose };
    orm_error        error;

    if (!results->lost && cc_record_write_case(results->writer, item, &error) != ORM_OK) {
        results->lost = true;
        cc_results_clear_line(results);
        fflush(results->console);
        fprintf(stderr, "crdbcheck: the run record is incomplete: %s\n", error.message);
    }
    results->counts[item->status]++;
    results->done++;
    group->counts[item->status]++;
    group->left--;

    if (cc_is_unexpected(results->options, item->status)) {
        cc_results_clear_line(results);
        cc_console_case(results->console, item, &style);
        fflush(results->console);
    }
    if (results->rewrites)
        print_progress(results, item);
    if (group->left == 0)
        print_group(results, group);
}

void cc_results_add_not_run(cc_results *results, cc_group *group, const cc_case *item, cc_status status,
                            const char *reason, const cc_record_failure *failure, int64_t nanoseconds)
{
    cc_case_env    env = cc_group_env(results->options, group);
    orm_arena     *arena = orm_arena_new(NULL, NULL, "result");
    cc_record_case record;

    cc_case_not_run(&env, item, status, reason, &record);
    if (arena != NULL && cc_is_unexpected(results->options, status))
        record.repeat = cc_repeat_command(arena, results->options, group, item);
    if (arena != NULL && status != CC_SKIPPED && status != CC_NOT_RUN) {
        const char *tags[] = { cc_case_tag(arena, group, item), NULL };

        record.rules = cc_target_rules_used(group->target->target, tags, arena);
    }
    record.nanoseconds = nanoseconds;
    if (failure != NULL)
        record.failure = failure;
    cc_results_add(results, group, &record);
    orm_arena_free(arena);
}
