#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <poll.h>

#include "base/fail.h"
#include "base/text.h"
#include "harness/run/run_private.h"

/* The run as a whole. */
typedef struct run {
    cc_run_options     options;
    const cc_suite    *suite;
    const cc_features *features;
    FILE              *console;
    orm_arena         *arena;
    cc_run_target     *targets;
    cc_plan            plan;
    cc_results         results;
    cc_session         session;
    const char        *record_path;
    uint64_t           began;
    bool               target_failed; /* one could not be opened */
} run;

/* ---- Options ---- */

static cc_run_options with_defaults(const cc_run_options *given)
{
    cc_run_options options = *given;
    long           processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (options.jobs == 0)
        options.jobs = processors > 1 ? (unsigned)processors : 1;
    if (options.jobs > CC_MOST_JOBS)
        options.jobs = CC_MOST_JOBS;
    if (options.timeout_s == 0)
        options.timeout_s = CC_DEFAULT_TIMEOUT_S;
    return options;
}

/* ---- Nothing selected ---- */

static const char *nearest_id(run *r, const char *filter)
{
    const char **ids = orm_arena_calloc(r->arena, r->suite->case_count + r->suite->file_count, sizeof *ids);
    size_t       count = 0;

    if (ids == NULL)
        return NULL;
    for (size_t f = 0; f < r->suite->file_count; f++) {
        const cc_file *file = r->suite->files[f];

        if (file->feature != NULL)
            ids[count++] = file->feature->id;
        for (size_t c = 0; c < file->case_count; c++)
            ids[count++] = file->cases[c].id;
    }
    return orm_nearest_word(filter, ids, count);
}

/* A filter that selects nothing is most likely a slip, also when another one selects something. */
static bool check_selection(run *r)
{
    const cc_run_options *o = &r->options;

    for (size_t i = 0; i < o->filter_count; i++) {
        const char *nearest;

        if (cc_plan_selected(r->suite, &o->filters[i], 1) > 0)
            continue;
        nearest = nearest_id(r, o->filters[i]);
        fprintf(stderr, "crdbcheck: no case is selected by '%s'%s%s%s\n", o->filters[i],
                nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "; `crdbcheck list` shows them",
                nearest != NULL ? "'?" : "");
    }
    if (cc_plan_selected(r->suite, o->filters, o->filter_count) > 0)
        return true;
    if (o->filter_count == 0)
        fprintf(stderr, "crdbcheck: there are no cases to run; --cases PATH says where they are\n");
    return false;
}

/* ---- Targets ---- */

static void tell_target_error(const cc_target_spec *spec, const orm_error *error)
{
    fprintf(stderr, "crdbcheck: target %s: %s\n", spec->name, error->message);
    if (error->detail[0] != '\0')
        fprintf(stderr, "    %s\n", error->detail);
    if (error->hint[0] != '\0')
        fprintf(stderr, "    %s\n", error->hint);
}

static void tell_target(const run *r, const cc_run_target *t)
{
    const cc_record_target *record = t->record;

    fprintf(r->console, "%s: %s (%s, %s)\n", record->name, record->version, record->how,
            cc_evidence_name(record->evidence));
    if (record->simulated != NULL)
        fprintf(r->console, "    simulated: %s\n", record->simulated);
    for (size_t i = 0; r->options.verbose && record->notes != NULL && record->notes[i] != NULL; i++)
        fprintf(r->console, "    %s\n", record->notes[i]);
}

static const char *target_kind_name(cc_target_kind kind)
{
    return cc_target_kinds()[kind];
}

static orm_status open_target(run *r, cc_run_target *t)
{
    orm_error         error;
    cc_record_target *record;
    orm_status        status = cc_target_open(t->spec, r->options.connect_timeout_s, &t->target, &error);

    if (status == ORM_OK) {
        t->record = cc_target_record(t->target);
        tell_target(r, t);
        return ORM_OK;
    }
    tell_target_error(t->spec, &error);
    record = orm_arena_zalloc(r->arena, sizeof *record);
    if (record == NULL)
        return ORM_ERR_MEMORY;
    *record = (cc_record_target){
        .name = t->spec->name, .kind = target_kind_name(t->spec->kind), .platform = "", .version = "", .how = ""
    };
    t->record = record;
    t->gone = "the target could not be reached";
    return status;
}

/* The options that repeat a run on this target, fit to be shown. */
static const char *shown_options(run *r, const cc_target_spec *spec)
{
    const char *url = spec->url != NULL ? cc_url_mask(r->arena, spec->url) : NULL;
    const char *target = url != NULL ? orm_arena_printf(r->arena, "%s=%s", spec->name, url) : NULL;
    const char *word = cc_shell_word(r->arena, target != NULL ? target : spec->name);

    if (word == NULL || (spec->url != NULL && target == NULL))
        return NULL;
    return orm_arena_printf(r->arena, "--target %s%s", word, r->options.repeat);
}

/* CC_EXIT_OK when there is a target to run on. */
static int open_targets(run *r)
{
    size_t opened = 0;

    r->targets = orm_arena_calloc(r->arena, r->options.target_count, sizeof *r->targets);
    if (r->targets == NULL)
        return CC_EXIT_INTERNAL;
    for (size_t i = 0; i < r->options.target_count && cc_interrupt_signal() == 0; i++) {
        cc_run_target *t = &r->targets[i];
        orm_status     status;

        t->spec = &r->options.targets[i];
        t->options = shown_options(r, t->spec);
        if (t->options == NULL)
            return CC_EXIT_INTERNAL;
        status = open_target(r, t);
        if (status == ORM_ERR_CONFIG)
            return CC_EXIT_USAGE;
        if (status == ORM_ERR_MEMORY)
            return CC_EXIT_INTERNAL;
        opened += status == ORM_OK;
        r->target_failed = r->target_failed || status != ORM_OK;
    }
    if (cc_interrupt_signal() != 0) {
        fprintf(stderr, "crdbcheck: interrupted before a case was run; there are no reports\n");
        return 128 + cc_interrupt_signal();
    }
    return opened > 0 ? CC_EXIT_OK : CC_EXIT_TARGET;
}

static void close_targets(run *r)
{
    for (size_t i = 0; r->targets != NULL && i < r->options.target_count; i++)
        cc_target_close(r->targets[i].target);
}

/* ---- The record ---- */

static const char *now_text(orm_arena *arena)
{
    struct timespec now;
    struct tm       utc;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    return orm_arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ", utc.tm_year + 1900, utc.tm_mon + 1,
                            utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, now.tv_nsec / 1000000);
}

/* What the preset means is asked from liborm, which is not made to connect for it. */
static orm_status read_settings(const run *r, orm_settings *out, orm_error *error)
{
    orm       *db;
    orm_status status = orm_open(&(orm_config){ .entities = (const orm_entity *const *)r->suite->files[0]->entities,
                                                .preset = r->options.preset,
                                                .lazy = true },
                                 &db, error);

    if (status != ORM_OK)
        return status;
    *out = orm_settings_of(db);
    orm_close(db);
    return ORM_OK;
}

static orm_status write_header(run *r, orm_error *error)
{
    char              hostname[256] = "";
    orm_settings      settings;
    cc_record_target *targets = orm_arena_calloc(r->arena, r->options.target_count, sizeof *targets);
    orm_status        status = read_settings(r, &settings, error);

    if (status != ORM_OK)
        return status;
    if (targets == NULL)
        return orm_fail_memory(error);
    for (size_t i = 0; i < r->options.target_count; i++)
        targets[i] = *r->targets[i].record;
    gethostname(hostname, sizeof hostname - 1);
    return cc_record_write_header(
        r->results.writer,
        &(cc_record_header){ .format = CC_RECORD_FORMAT,
                             .tool = r->options.tool,
                             .started = now_text(r->arena),
                             .preset = settings.preset == ORM_PRESET_MIKROORM ? "mikroorm" : "native",
                             .protocol = settings.protocol == ORM_PROTOCOL_SIMPLE ? "simple" : "extended",
                             .batch = settings.batch == ORM_BATCH_FAST ? "fast" : "multi-row",
                             .batch_size = settings.batch_size,
                             .adaptations = settings.adaptations,
                             .command = r->options.command,
                             .hostname = hostname,
                             .targets = targets,
                             .target_count = r->options.target_count,
                             .planned = r->plan.planned },
        error);
}

/* Of several reasons the one that says most about how far the results can be trusted. */
static int exit_code(const run *r)
{
    if (cc_interrupt_signal() != 0)
        return 128 + cc_interrupt_signal();
    if (r->session.incomplete || r->results.lost)
        return CC_EXIT_INCOMPLETE;
    if (r->target_failed)
        return CC_EXIT_TARGET;
    for (int status = 0; status < CC_STATUS_COUNT; status++) {
        if (r->results.counts[status] > 0 && cc_is_unexpected(&r->options, (cc_status)status))
            return CC_EXIT_UNEXPECTED;
    }
    return CC_EXIT_OK;
}

static void finish_record(run *r, int code)
{
    cc_record_footer footer = { .finished = now_text(r->arena),
                                .nanoseconds = (int64_t)(orm_clock_ns() - r->began),
                                .exit_code = code };
    orm_error        error;
    orm_status       status = ORM_OK;

    memcpy(footer.counts, r->results.counts, sizeof footer.counts);
    /* A record that lost a case must not look whole. */
    if (!r->results.lost)
        status = cc_record_write_footer(r->results.writer, &footer, &error);
    if (cc_record_close(r->results.writer, status == ORM_OK ? &error : NULL) != ORM_OK || status != ORM_OK) {
        if (!r->results.lost)
            fprintf(stderr, "crdbcheck: the run record is incomplete: %s\n", error.message);
        r->results.lost = true;
    }
    r->results.writer = NULL;
}

/* ---- Carrying out ---- */

static void run_plan(run *r)
{
    for (size_t i = 0; i < r->plan.skip_count; i++) {
        const cc_skip *skip = &r->plan.skips[i];

        cc_results_add_not_run(&r->results, skip->group, skip->item, CC_SKIPPED, skip->reason, NULL, 0);
    }
    r->session = (cc_session){ .options = &r->options, .plan = &r->plan, .results = &r->results };
    /* Process ids are not unique where several containers use one server. Without randomness they have to do. */
    if (!orm_random_bytes(&r->session.run_id, sizeof r->session.run_id))
        r->session.run_id = 0;
    cc_schedule(&r->session);
    cc_results_clear_line(&r->results);
}

/* The databases that were kept go with the server that we started: somebody at a terminal is given time to look. */
static void hold_kept(const run *r)
{
    struct pollfd wait = { .fd = cc_interrupt_fd(), .events = POLLIN };

    if (!r->session.kept_db || cc_interrupt_signal() != 0)
        return;
    if (!isatty(STDIN_FILENO) || !isatty(fileno(r->console))) {
        fprintf(r->console,
                "The server ends with this run, and the kept databases with it. To look into them, run\n"
                "`crdbcheck serve --target NAME` and give the URL that it prints with --target NAME=URL.\n");
        return;
    }
    fprintf(r->console, "The server of the kept databases runs until you press Ctrl-C.\n");
    fflush(r->console);
    poll(&wait, 1, -1);
}

/* Without reports a run is incomplete, which says more than 5 and 1 do. */
static int without_reports(int code)
{
    return code == CC_EXIT_OK || code == CC_EXIT_UNEXPECTED || code == CC_EXIT_TARGET ? CC_EXIT_INCOMPLETE : code;
}

static int write_reports(run *r, int code)
{
    cc_record *record;
    orm_error  error;

    if (cc_record_read(r->arena, r->record_path, &record, &error) != ORM_OK) {
        fprintf(stderr, "crdbcheck: no reports: %s\n", error.message);
        return without_reports(code);
    }
    if (!cc_write_reports(r->options.out_dir, (const cc_record *const[]){ record }, 1, r->features, r->options.colour,
                          r->options.verbose, r->console))
        return without_reports(code);
    fprintf(r->console, "  %s\n", r->record_path);
    return code;
}

static int carry_out(run *r)
{
    orm_error error;
    int       code;

    if (cc_plan_make(r->arena, r->suite, r->options.filters, r->options.filter_count, r->targets,
                     r->options.target_count, &r->plan) != ORM_OK)
        return CC_EXIT_INTERNAL;
    r->results = (cc_results){ .options = &r->options,
                               .console = r->console,
                               .rewrites = cc_console_obeys(r->console),
                               .planned = r->plan.planned,
                               .writer = cc_record_create(r->record_path, &error) };
    if (r->results.writer == NULL || write_header(r, &error) != ORM_OK) {
        fprintf(stderr, "crdbcheck: %s\n", error.message);
        cc_record_close(r->results.writer, NULL);
        return error.status == ORM_ERR_METADATA ? CC_EXIT_CASES : CC_EXIT_INTERNAL;
    }
    run_plan(r);
    code = exit_code(r);
    finish_record(r, code);
    code = write_reports(r, exit_code(r));
    hold_kept(r);
    return code;
}

static int run_with_targets(run *r)
{
    orm_error  error = { 0 };
    int        lock;
    int        code;
    orm_status status = cc_out_dir_prepare(r->options.out_dir, &lock, &error);

    if (status == ORM_OK)
        status = cc_out_dir_clear(r->options.out_dir, &error);
    if (status != ORM_OK) {
        fprintf(stderr, "crdbcheck: %s%s%s\n", error.message, error.hint[0] != '\0' ? "; " : "", error.hint);
        if (lock >= 0)
            close(lock);
        return CC_EXIT_USAGE;
    }
    r->record_path = orm_arena_printf(r->arena, "%s/run.jsonl", r->options.out_dir);
    code = r->record_path != NULL ? open_targets(r) : CC_EXIT_INTERNAL;
    if (code == CC_EXIT_OK)
        code = carry_out(r);
    close_targets(r);
    close(lock);
    return code;
}

int cc_run(const cc_run_options *options, const cc_suite *suite, const cc_features *features, FILE *console)
{
    run r = { .options = with_defaults(options), .suite = suite, .features = features, .console = console };
    int code;

    r.began = orm_clock_ns();
    r.arena = orm_arena_new(NULL, NULL, "run");
    if (r.arena == NULL)
        return CC_EXIT_INTERNAL;
    if (!check_selection(&r)) {
        orm_arena_free(r.arena);
        return CC_EXIT_NOTHING;
    }
    cc_interrupt_install();
    code = run_with_targets(&r);
    if (code == CC_EXIT_INTERNAL)
        fprintf(stderr, "crdbcheck: internal error: memory is out\n");
    cc_interrupt_restore();
    orm_arena_free(r.arena);
    return code;
}
