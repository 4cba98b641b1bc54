#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "harness/run/process_private.h"

enum { SECOND_MS = 1000 };

#define SECOND_NS ((uint64_t)1000000000)

typedef struct scheduler {
    cc_session *session;
    cc_process *slots;
    size_t      slot_count;
} scheduler;

/* ---- Starting ---- */

static void set_deadline(const cc_session *session, cc_process *w, const cc_case *item)
{
    unsigned limit = item != NULL && item->timeout_s > 0 ? item->timeout_s : session->options->timeout_s;

    w->limit_s = limit;
    w->began = orm_clock_ns();
    w->deadline = w->began + limit * SECOND_NS;
}

/* The case under way or, between two, the next one; NULL when all have their result. */
static const cc_case *current_case(const cc_process *w)
{
    return w->job->next < w->job->count ? w->job->cases[w->job->next] : NULL;
}

/* False when the system gives no process. */
static bool start_worker(scheduler *s, cc_process *w, cc_job *job)
{
    cc_session *session = s->session;

    w->job = job;
    w->first = job->next;
    snprintf(w->db_name, sizeof w->db_name, "crdbcheck_%ld_%08x_%u", (long)getpid(), session->run_id,
             ++session->serial);
    fflush(session->results->console);
    if (!cc_process_start(w, session->options))
        return false;
    set_deadline(session, w, current_case(w));
    job->state = CC_JOB_RUNNING;
    return true;
}

/* ---- Results that a worker did not send ---- */

static void end_rest(cc_session *session, cc_job *job, const char *reason)
{
    for (; job->next < job->count; job->next++)
        cc_results_add_not_run(session->results, job->group, job->cases[job->next], CC_NOT_RUN, reason, NULL, 0);
    job->state = CC_JOB_DONE;
}

/* Charges the case under way with how its worker ended. */
static void charge(cc_session *session, cc_process *w, int wait_status)
{
    const cc_case *item = current_case(w);
    char           place[512];
    char           message[128];
    cc_status      status = CC_ERROR;
    const char    *type = "worker";

    if (w->timed_out) {
        status = CC_TIMEOUT;
        type = "timeout";
        snprintf(message, sizeof message, "no end within %u s; its worker was ended", w->limit_s);
    } else if (w->nonsense) {
        snprintf(message, sizeof message, "the worker sent a result that cannot be read");
    } else if (WIFSIGNALED(wait_status)) {
        const char *name = sigabbrev_np(WTERMSIG(wait_status));

        status = CC_CRASH;
        type = "signal";
        snprintf(message, sizeof message, "the worker was ended by signal SIG%s (%d)", name != NULL ? name : "?",
                 WTERMSIG(wait_status));
    } else {
        int code = WEXITSTATUS(wait_status);

        /* Not one of ours: a library or a sanitizer called exit(). */
        if (code != CC_WORKER_DONE && code != CC_WORKER_RENEW && code != CC_WORKER_NO_MEMORY) {
            status = CC_CRASH;
            type = "exit";
        }
        snprintf(message, sizeof message, "the worker ended with exit code %d and no result", code);
    }
    snprintf(place, sizeof place, "%s:%u:%u", item->place.file, item->place.line, item->place.column);
    cc_results_add_not_run(
        session->results, w->job->group, item, status, message,
        &(cc_record_failure){ .type = type, .message = message, .detail = w->noise.data, .place = place, .step = "" },
        (int64_t)(orm_clock_ns() - w->began));
    w->job->next++;
}

/* ---- The end of workers ---- */

static void drop_database(cc_session *session, const cc_process *w)
{
    cc_run_target *target = w->job->group->target;
    orm_error      error;

    if (w->dropped || session->options->keep_db || target->gone != NULL)
        return;
    if (cc_target_drop_database(target->target, w->db_name, &error) == ORM_OK)
        return;
    cc_results_clear_line(session->results);
    fprintf(stderr, "crdbcheck: the database %s is left behind: %s\n", w->db_name, error.message);
}

/* Ends a worker whose cases are not wanted any more. */
static void stop_worker(cc_session *session, cc_process *w, const char *reason)
{
    kill(w->pid, SIGKILL);
    cc_process_reap(w);
    drop_database(session, w);
    end_rest(session, w->job, reason);
    cc_process_free(w);
}

/* ---- A server that goes away ---- */

/*
 * A server that restarts after a crash of one of its processes answers again within a moment: then it is not gone. One that
 * refuses may be shutting down, so it is watched for a while, once.
 */
static bool server_is_gone(cc_run_target *target)
{
    enum { LOOKS = 40, LOOKS_IN_VAIN = 5 };
    int in_vain = 0;

    for (int looks = 0; looks < LOOKS && in_vain < LOOKS_IN_VAIN; looks++) {
        cc_target_state state = cc_target_look(target->target);

        if (state == CC_TARGET_ANSWERS || (state == CC_TARGET_REFUSES && target->refuses))
            return false;
        in_vain = state == CC_TARGET_GONE ? in_vain + 1 : 0;
        poll(NULL, 0, SECOND_MS / 4);
    }
    target->refuses = in_vain < LOOKS_IN_VAIN;
    return !target->refuses;
}

static bool is_connection_error(const cc_record_case *item)
{
    return item->status != CC_PASS && item->error != NULL && item->error->kind != NULL &&
           (strcmp(item->error->kind, orm_status_name(ORM_ERR_CONNECTION)) == 0 ||
            strcmp(item->error->kind, orm_status_name(ORM_ERR_AMBIGUOUS_COMMIT)) == 0 ||
            (item->error->sqlstate != NULL && strncmp(item->error->sqlstate, "57P0", 4) == 0));
}

/* What a case met while its server went away says nothing about the case. */
static void blame_server(scheduler *s, cc_run_target *target, cc_record_case *item, cc_record_failure *failure)
{
    if (target->gone == NULL) {
        if (!server_is_gone(target))
            return;
        target->gone = "the server went away";
        s->session->incomplete = true;
        cc_results_clear_line(s->session->results);
        fflush(s->session->results->console);
        fprintf(stderr, "crdbcheck: target %s: the server went away; its other cases are not run\n",
                target->spec->name);
    }
    if (item->failure != NULL && strcmp(item->failure->type, CC_FAILURE_SETUP) == 0) {
        item->failure = NULL;
        item->status = CC_NOT_RUN;
        item->happened = CC_HAPPENED_NOTHING;
        item->reason = target->gone;
        return;
    }
    *failure = (cc_record_failure){ .type = "connection",
                                    .message = "the server went away while the case was run",
                                    .detail = item->failure != NULL ? item->failure->message : "",
                                    .place = item->failure != NULL ? item->failure->place : "",
                                    .step = item->failure != NULL ? item->failure->step : "" };
    item->failure = failure;
    item->status = CC_ERROR;
    item->happened = CC_HAPPENED_BROKE;
    item->reason = failure->message;
}

/* ---- Lines ---- */

static bool take_result(scheduler *s, cc_process *w, const char *json, size_t size)
{
    orm_arena        *arena = orm_arena_new(NULL, NULL, "result");
    cc_record_case    item;
    cc_record_failure failure;
    orm_error         error;
    bool              good = arena != NULL && current_case(w) != NULL &&
                cc_record_case_from_json(arena, json, size, &item, &error) == ORM_OK;

    if (good) {
        if (is_connection_error(&item))
            blame_server(s, w->job->group->target, &item, &failure);
        w->job->next++;
        cc_results_add(s->session->results, w->job->group, &item);
        if (s->session->options->fail_fast && cc_is_unexpected(s->session->options, item.status))
            s->session->stop = "the run stopped at the first unexpected result (--fail-fast)";
        set_deadline(s->session, w, NULL);
    }
    orm_arena_free(arena);
    return good;
}

static void show_kept(scheduler *s, const cc_process *w, const char *url)
{
    FILE *console = s->session->results->console;

    cc_results_clear_line(s->session->results);
    fprintf(console, "kept database %s: %s\n", w->db_name, url);
    fprintf(console, "    the target's own user reaches it with: psql '%s' and then: \\connect %s\n",
            cc_target_shown_url(w->job->group->target->target), w->db_name);
    if (strcmp(w->job->group->target->record->how, "url") != 0)
        s->session->kept_db = true;
}

static bool take_line(scheduler *s, cc_process *w, char *line, size_t size)
{
    if (size == 0)
        return false;
    switch (line[0]) {
    case CC_LINE_START:
        set_deadline(s->session, w, current_case(w));
        return true;
    case CC_LINE_RESULT:
        return take_result(s, w, line + 1, size - 1);
    case CC_LINE_KEPT:
        line[size] = '\0';
        show_kept(s, w, line + 1);
        return true;
    case CC_LINE_DROPPED:
        w->dropped = true;
        return true;
    default:
        return false;
    }
}

/* Takes all whole lines; what is left is the beginning of the next one. */
static void take_lines(scheduler *s, cc_process *w)
{
    size_t begin = 0;
    char  *end;

    while (!w->nonsense && (end = memchr(w->lines.data + begin, '\n', w->lines.length - begin)) != NULL) {
        size_t size = (size_t)(end - (w->lines.data + begin));

        if (!take_line(s, w, w->lines.data + begin, size))
            w->nonsense = true;
        begin += size + 1;
    }
    memmove(w->lines.data, w->lines.data + begin, w->lines.length - begin);
    orm_buffer_truncate(&w->lines, w->lines.length - begin);
    if (w->lines.broken)
        w->nonsense = true;
    if (w->nonsense)
        kill(w->pid, SIGKILL);
}

/* ---- The loop ---- */

static void finish_worker(scheduler *s, cc_process *w)
{
    cc_session *session = s->session;
    cc_job     *job = w->job;
    int         status;

    if (w->err >= 0)
        cc_process_read(w->err, &w->noise, CC_NOISE_LIMIT);
    status = cc_process_reap(w);
    drop_database(session, w);
    if (job->next < job->count && job->group->target->gone == NULL) {
        /* One that asks for a new database without having done anything would ask for ever. */
        bool renew =
            WIFEXITED(status) && WEXITSTATUS(status) == CC_WORKER_RENEW && job->next > w->first && !w->nonsense;

        if (!renew)
            charge(session, w, status);
        if (session->options->fail_fast && !renew)
            session->stop = "the run stopped at the first unexpected result (--fail-fast)";
    }
    job->state = job->next < job->count ? CC_JOB_WAITING : CC_JOB_DONE;
    cc_process_free(w);
}

static const char *reason_to_stop(const scheduler *s)
{
    return cc_interrupt_signal() != 0 ? "the run was interrupted" : s->session->stop;
}

/* Stops what runs on a server that is gone, or everything when the run is to end. */
static void stop_unwanted(scheduler *s)
{
    const char *reason = reason_to_stop(s);

    for (size_t i = 0; i < s->slot_count; i++) {
        cc_process *w = &s->slots[i];
        const char *why = w->pid == 0 ? NULL : reason != NULL ? reason : w->job->group->target->gone;

        if (why != NULL)
            stop_worker(s->session, w, why);
    }
}

static void start_waiting(scheduler *s)
{
    size_t next = 0;

    for (size_t i = 0; i < s->slot_count; i++) {
        if (s->slots[i].pid != 0)
            continue;
        while (next < s->session->plan->job_count && s->session->plan->jobs[next].state != CC_JOB_WAITING)
            next++;
        if (next == s->session->plan->job_count)
            return;
        if (!start_worker(s, &s->slots[i], &s->session->plan->jobs[next])) {
            s->session->incomplete = true;
            end_rest(s->session, &s->session->plan->jobs[next], "the system gives no process for it");
        }
    }
}

/* Jobs that will not be run any more get their results. */
static void settle_waiting(scheduler *s)
{
    const char *reason = reason_to_stop(s);

    for (size_t i = 0; i < s->session->plan->job_count; i++) {
        cc_job     *job = &s->session->plan->jobs[i];
        const char *why = reason != NULL ? reason : job->group->target->gone;

        if (job->state == CC_JOB_WAITING && why != NULL)
            end_rest(s->session, job, why);
    }
}

static bool any_left(const scheduler *s)
{
    for (size_t i = 0; i < s->session->plan->job_count; i++) {
        if (s->session->plan->jobs[i].state != CC_JOB_DONE)
            return true;
    }
    return false;
}

static int milliseconds_to_wait(const scheduler *s)
{
    uint64_t now = orm_clock_ns();
    uint64_t nearest = now + SECOND_NS;

    for (size_t i = 0; i < s->slot_count; i++) {
        if (s->slots[i].pid != 0 && s->slots[i].deadline < nearest)
            nearest = s->slots[i].deadline;
    }
    /* Rounded up: woken a moment too early it would only wait again. */
    return nearest <= now ? 0 : (int)((nearest - now) / (SECOND_NS / SECOND_MS)) + 1;
}

static void wait_for_news(const scheduler *s)
{
    struct pollfd fds[2 * CC_MOST_JOBS + 1];
    nfds_t        count = 0;

    fds[count++] = (struct pollfd){ .fd = cc_interrupt_fd(), .events = POLLIN };
    for (size_t i = 0; i < s->slot_count; i++) {
        if (s->slots[i].pid == 0)
            continue;
        fds[count++] = (struct pollfd){ .fd = s->slots[i].out, .events = POLLIN };
        fds[count++] = (struct pollfd){ .fd = s->slots[i].err, .events = POLLIN };
    }
    poll(fds, count, milliseconds_to_wait(s));
}

/* What a worker did in time counts, also when we were late to read: its lines come before its deadline. */
static void attend(scheduler *s, cc_process *w)
{
    bool open = cc_process_read(w->out, &w->lines, CC_LINE_LIMIT);

    take_lines(s, w);
    if (w->err >= 0 && !cc_process_read(w->err, &w->noise, CC_NOISE_LIMIT)) {
        close(w->err);
        w->err = -1;
    }
    if (!open) {
        finish_worker(s, w);
    } else if (!w->timed_out && orm_clock_ns() >= w->deadline) {
        w->timed_out = true;
        w->deadline = UINT64_MAX;
        kill(w->pid, SIGKILL);
    }
}

void cc_schedule(cc_session *session)
{
    cc_process slots[CC_MOST_JOBS];
    scheduler  s = { .session = session, .slots = slots };

    s.slot_count = session->options->jobs < CC_MOST_JOBS ? session->options->jobs : CC_MOST_JOBS;
    for (size_t i = 0; i < s.slot_count; i++)
        slots[i] = (cc_process){ .out = -1, .err = -1 };

    for (;;) {
        stop_unwanted(&s);
        settle_waiting(&s);
        start_waiting(&s);
        if (!any_left(&s))
            break;
        wait_for_news(&s);
        for (size_t i = 0; i < s.slot_count; i++) {
            if (slots[i].pid != 0)
                attend(&s, &slots[i]);
        }
    }
}
