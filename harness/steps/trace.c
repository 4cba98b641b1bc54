#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/text.h"
#include "harness/steps/trace.h"

#define RECORD_TEXT ((size_t)8192)
#define PARAMS_TEXT ((size_t)1024)

typedef struct entry {
    char   *sql; /* NULL: not kept */
    bool    cut;
    char   *params; /* " -- $1 = ..." or NULL */
    char   *error;
    int64_t nanoseconds;
    int64_t rows;
} entry;

struct cc_sql_trace {
    size_t count;
    entry  head[CC_TRACE_HEAD];
    entry  tail[CC_TRACE_TAIL]; /* a ring: statement n is at n modulo its size */
};

cc_sql_trace *cc_sql_trace_new(void)
{
    return calloc(1, sizeof(cc_sql_trace));
}

static void forget(entry *e)
{
    free(e->sql);
    free(e->params);
    free(e->error);
    *e = (entry){ .rows = -1 };
}

void cc_trace_reset(cc_sql_trace *trace)
{
    for (size_t i = 0; i < CC_TRACE_HEAD && i < trace->count; i++)
        forget(&trace->head[i]);
    for (size_t i = 0; i < CC_TRACE_TAIL; i++)
        forget(&trace->tail[i]);
    trace->count = 0;
}

void cc_sql_trace_free(cc_sql_trace *trace)
{
    if (trace == NULL)
        return;
    cc_trace_reset(trace);
    free(trace);
}

/* A copy of at most `limit` bytes, whole characters. */
static char *copy_text(const char *text, size_t limit)
{
    size_t length = strlen(text);

    if (length > limit)
        length = orm_utf8_valid_prefix(text, limit);
    return strndup(text, length);
}

static char *params_text(const orm_log_event *event)
{
    orm_buffer text;
    char      *copy = NULL;

    if (event->param_count == 0)
        return NULL;
    orm_buffer_init(&text, NULL, 0);
    for (size_t i = 0; i < event->param_count && text.length < PARAMS_TEXT; i++) {
        const char *value = event->params == NULL ? NULL : event->params[i];

        orm_buffer_printf(&text, "%s$%zu = ", i == 0 ? "" : ", ", i + 1);
        orm_buffer_printf(&text, value == NULL ? "null" : "'%.200s'", value);
    }
    copy = text.broken ? NULL : copy_text(text.data, PARAMS_TEXT);
    orm_buffer_free(&text);
    return copy;
}

static char *error_text(const orm_error *error)
{
    char text[512] = "";

    if (error == NULL)
        return NULL;
    snprintf(text, sizeof text, "%s%s%.400s", error->sqlstate, error->sqlstate[0] == '\0' ? "" : " ", error->message);
    return strdup(text);
}

void cc_sql_trace_log(void *context, const orm_log_event *event)
{
    cc_sql_trace *trace = context;
    entry        *e = NULL;

    if (trace == NULL || event->kind != ORM_LOG_QUERY)
        return;
    e = trace->count < CC_TRACE_HEAD ? &trace->head[trace->count] : &trace->tail[trace->count % CC_TRACE_TAIL];
    forget(e);
    e->cut = strlen(event->message) > CC_TRACE_TEXT;
    e->sql = copy_text(event->message, CC_TRACE_TEXT);
    e->params = params_text(event);
    e->error = error_text(event->error);
    e->nanoseconds = (int64_t)event->nanoseconds;
    e->rows = event->rows;
    trace->count++;
}

size_t cc_trace_count(const cc_sql_trace *trace)
{
    return trace->count;
}

static const entry *entry_at(const cc_sql_trace *trace, size_t index)
{
    if (index >= trace->count)
        return NULL;
    if (index < CC_TRACE_HEAD)
        return &trace->head[index];
    return trace->count - index <= CC_TRACE_TAIL ? &trace->tail[index % CC_TRACE_TAIL] : NULL;
}

const char *cc_trace_text(const cc_sql_trace *trace, size_t index)
{
    const entry *e = entry_at(trace, index);

    return e == NULL || e->cut ? NULL : e->sql;
}

static bool record_entry(orm_arena *arena, const entry *e, cc_record_sql *out)
{
    size_t      length = e->sql == NULL ? 0 : strlen(e->sql);
    bool        cut = e->cut || length > RECORD_TEXT;
    const char *text = e->sql == NULL ? "(the text could not be kept: out of memory)" : e->sql;

    if (length > RECORD_TEXT)
        length = orm_utf8_valid_prefix(text, RECORD_TEXT);
    else
        length = strlen(text);
    out->sql = orm_arena_printf(arena, "%.*s%s%s%s", (int)length, text, cut ? "..." : "",
                                e->params == NULL ? "" : " -- ", e->params == NULL ? "" : e->params);
    out->nanoseconds = e->nanoseconds;
    out->rows = e->rows;
    out->error = e->error == NULL ? NULL : orm_arena_strdup(arena, e->error);
    return out->sql != NULL;
}

const cc_record_sql *cc_trace_record(const cc_sql_trace *trace, orm_arena *arena, size_t *count)
{
    cc_record_sql *out = orm_arena_calloc(arena, (size_t)2 * CC_TRACE_TAIL + 1, sizeof *out);
    size_t         n = 0;

    *count = 0;
    if (out == NULL)
        return NULL;
    for (size_t i = 0; i < trace->count; i++) {
        const entry *e = entry_at(trace, i);

        if (i == CC_TRACE_TAIL && trace->count > (size_t)2 * CC_TRACE_TAIL) {
            size_t left_out = trace->count - (size_t)2 * CC_TRACE_TAIL;

            out[n].rows = -1;
            out[n].sql = orm_arena_printf(arena, "-- %zu statements are left out here", left_out);
            if (out[n++].sql == NULL)
                return NULL;
            i += left_out - 1;
            continue;
        }
        if (e == NULL || !record_entry(arena, e, &out[n++]))
            return NULL;
    }
    *count = n;
    return out;
}
