#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/text.h"
#include "harness/run/run_private.h"

/* The child's whole state. */
typedef struct worker {
    const cc_run_options *options;
    const cc_job         *job;
    const char           *db_name;
    const char           *url; /* of the database, as the cases' role */
    int                   out;
    orm_arena            *arena;
    cc_sql_trace         *trace;
    cc_case_env           env;
    orm                  *keeper; /* a connection of its own for what is done between cases */
    orm_em               *keeper_em;
    cc_isolation_guard   *guard; /* NULL: the database is not shared */
} worker;

/* ---- Telling the parent ---- */

/* False when the parent does not listen any more: there is nobody left to work for. */
static bool write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, data, size);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        data += written;
        size -= (size_t)written;
    }
    return true;
}

static bool tell(const worker *w, char kind, const char *text)
{
    orm_buffer line;
    bool       sent;

    orm_buffer_init(&line, NULL, 0);
    orm_buffer_append_char(&line, kind);
    orm_buffer_append(&line, text);
    orm_buffer_append_char(&line, '\n');
    sent = !line.broken && write_all(w->out, line.data, line.length);
    orm_buffer_free(&line);
    return sent;
}

static bool tell_result(const worker *w, const cc_record_case *item)
{
    orm_buffer json;
    orm_error  error;
    bool       sent;

    orm_buffer_init(&json, NULL, 0);
    sent = cc_record_case_to_json(item, &json, &error) == ORM_OK && tell(w, CC_LINE_RESULT, json.data);
    orm_buffer_free(&json);
    return sent;
}

/* What a case rests on are also the rules that had a say when its tables were made. */
static void set_rules(const worker *w, orm_arena *arena, const cc_case *item, cc_record_case *record)
{
    const char *tags[] = { cc_tables_tag(arena, w->db_name), cc_case_tag(arena, w->job->group, item), NULL };

    record->rules = cc_target_rules_used(w->job->group->target->target, tags, arena);
}

/* ---- Results that are an error of ours, or of a server that does not take the case's tables ---- */

static void set_error(orm_arena *arena, cc_record_case *record, const char *what, const orm_error *error)
{
    cc_record_error   *kept = orm_arena_zalloc(arena, sizeof *kept);
    cc_record_failure *failure = orm_arena_zalloc(arena, sizeof *failure);
    const char        *message = orm_arena_printf(arena, "%s: %s", what, error->message);
    const char        *detail = orm_arena_printf(arena, "%s%s%s", error->detail, error->detail[0] != '\0' ? "\n" : "",
                                          error->sql[0] != '\0' ? error->sql : "");

    if (kept == NULL || failure == NULL || message == NULL || detail == NULL)
        return;
    *kept = (cc_record_error){ .kind = orm_status_name(error->status),
                               .sqlstate = error->sqlstate,
                               .message = error->message,
                               .detail = error->detail,
                               .hint = error->hint,
                               .constraint = error->constraint,
                               .table = error->table,
                               .column = error->column };
    *failure =
        (cc_record_failure){ .type = CC_FAILURE_SETUP, .message = message, .detail = detail, .place = "", .step = "" };
    record->error = kept;
    record->failure = failure;
    record->reason = message;
}

/* What keeps one case of the job from being run keeps all: each gets its result, the server is asked only once. */
static int fail_all(worker *w, const char *what, const orm_error *error)
{
    for (size_t i = w->job->next; i < w->job->count; i++) {
        cc_record_case record;

        cc_case_not_run(&w->env, w->job->cases[i], CC_ERROR, what, &record);
        record.repeat = cc_repeat_command(w->arena, w->options, w->job->group, w->job->cases[i]);
        set_error(w->arena, &record, what, error);
        set_rules(w, w->arena, w->job->cases[i], &record);
        if (!tell_result(w, &record))
            break;
    }
    return CC_WORKER_DONE;
}

/* ---- The database ---- */

static orm_config make_config(const worker *w, const char *application_name)
{
    const cc_group *group = w->job->group;
    orm_config      config = { .entities = (const orm_entity *const *)group->file->entities,
                               .filters = group->file->filters,
                               .filter_count = group->file->filter_count,
                               .url = w->url,
                               .application_name = application_name,
                               .connect_timeout_s = w->options->connect_timeout_s,
                               .preset = w->options->preset };

    if (group->mode != NULL) {
        config.protocol = group->mode->protocol;
        config.batch = group->mode->batch;
        config.batch_size = group->mode->batch_size;
        config.strategy = group->mode->strategy;
    }
    return config;
}

static orm_status make_tables(const worker *w, orm_error *error)
{
    orm_config config = make_config(w, cc_tables_tag(w->arena, w->db_name));
    orm       *db;
    orm_status status = orm_open(&config, &db, error);

    if (status == ORM_OK && w->job->group->file->entity_count > 0)
        status = orm_schema_create(db, NULL, error);
    orm_close(db);
    return status;
}

static orm_status begin_guard(worker *w, orm_error *error)
{
    orm_config config = make_config(w, "crdbcheck");
    orm_status status = orm_open(&config, &w->keeper, error);

    if (status != ORM_OK)
        return status;
    w->keeper_em = orm_fork(w->keeper, error);
    if (w->keeper_em != NULL)
        w->guard = cc_guard_new(w->arena, w->keeper_em, error);
    return w->guard != NULL ? ORM_OK : error->status;
}

/* ---- Cases ---- */

/* A case that left other tables behind than it found: nobody can say what the next one would see. */
static void mark_changed(orm_arena *arena, cc_record_case *record, const cc_case *item, const char *change)
{
    cc_record_failure *failure = orm_arena_zalloc(arena, sizeof *failure);
    const char *place = orm_arena_printf(arena, "%s:%u:%u", item->place.file, item->place.line, item->place.column);

    record->status = CC_ERROR;
    record->happened = CC_HAPPENED_BROKE;
    record->reason = "the case changed the schema: set `isolation: case`";
    if (failure == NULL || place == NULL)
        return;
    *failure = (cc_record_failure){
        .type = "isolation", .message = record->reason, .detail = change, .place = place, .step = ""
    };
    record->failure = failure;
}

/*
 * Runs one case on connections of its own, so that nothing of a session lives on into the next one. *clean is false
 * when the database cannot be used for another case.
 */
static void run_case(worker *w, orm_arena *arena, const cc_case *item, cc_record_case *record, bool *clean)
{
    orm_config  config = make_config(w, cc_case_tag(arena, w->job->group, item));
    orm_error  *error = orm_arena_zalloc(arena, sizeof *error);
    cc_case_env env = w->env;
    const char *change = NULL;
    uint64_t    begin = orm_clock_ns();

    *clean = false;
    config.log = cc_sql_trace_log;
    config.log_context = w->trace;
    if (error == NULL) {
        cc_case_not_run(&env, item, CC_ERROR, "memory is out", record);
        return;
    }
    if (orm_open(&config, &env.db, error) != ORM_OK) {
        cc_case_not_run(&env, item, CC_ERROR, "the case's database cannot be opened", record);
        record->repeat = cc_repeat_command(arena, w->options, w->job->group, item);
        set_error(arena, record, "the case's database cannot be opened", error);
        return;
    }
    cc_case_run(arena, &env, item, w->trace, record);
    orm_close(env.db);
    record->nanoseconds = (int64_t)(orm_clock_ns() - begin);

    if (w->guard == NULL)
        return;
    if (cc_guard_check(w->guard, arena, &change, error) != ORM_OK)
        return; /* the next case gets a new database; this one has its result */
    *clean = change == NULL;
    if (change != NULL)
        mark_changed(arena, record, item, change);
}

static int run_cases(worker *w)
{
    orm_error error;

    for (size_t i = w->job->next; i < w->job->count; i++) {
        orm_arena     *arena = orm_arena_new(w->arena, NULL, "case");
        cc_record_case record;
        bool           clean;
        bool           told;

        if (arena == NULL || !tell(w, CC_LINE_START, ""))
            return CC_WORKER_RENEW;
        run_case(w, arena, w->job->cases[i], &record, &clean);
        set_rules(w, arena, w->job->cases[i], &record);
        told = tell_result(w, &record);
        orm_arena_free(arena);
        if (i + 1 == w->job->count)
            break;
        if (!told || !clean || cc_guard_empty(w->guard, &error) != ORM_OK)
            return CC_WORKER_RENEW;
    }
    return CC_WORKER_DONE;
}

static int run_job(worker *w)
{
    orm_error error;

    if (w->options->keep_db) {
        const char *shown = cc_url_mask(w->arena, w->url);

        if (shown == NULL || !tell(w, CC_LINE_KEPT, shown))
            return CC_WORKER_NO_MEMORY;
    }
    if (w->job->make_tables && make_tables(w, &error) != ORM_OK)
        return fail_all(w, "the tables of the file's entities cannot be made", &error);
    if (w->job->cases[0]->isolation == CC_ISOLATION_FILE && begin_guard(w, &error) != ORM_OK)
        return fail_all(w, "the catalog cannot be read", &error);
    return run_cases(w);
}

/* Makes the database and runs the job in it. */
static int work(worker *w)
{
    orm_error error;

    if (cc_target_create_database(w->job->group->target->target, w->db_name, w->arena, &w->url, &error) != ORM_OK)
        return fail_all(w, "no database can be made for the case", &error);
    return run_job(w);
}

int cc_worker_main(const cc_run_options *options, const cc_job *job, const char *db_name, int out)
{
    worker    w = { .options = options, .job = job, .db_name = db_name, .out = out };
    orm_error error;
    int       code = CC_WORKER_NO_MEMORY;

    w.arena = orm_arena_new(NULL, NULL, "worker");
    w.trace = cc_sql_trace_new();
    w.env = cc_group_env(options, job->group);
    if (w.arena != NULL && w.trace != NULL)
        code = work(&w);
    orm_em_close(w.keeper_em);
    orm_close(w.keeper);
    /* Here, and not in the parent, so that workers do not wait for each other. What fails, the parent tries again. */
    if (!options->keep_db && cc_target_drop_database(job->group->target->target, db_name, &error) == ORM_OK)
        tell(&w, CC_LINE_DROPPED, "");
    cc_sql_trace_free(w.trace);
    orm_arena_free(w.arena);
    return code;
}
