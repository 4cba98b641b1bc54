/*
 * A small filter for the proxy's tests: words in a statement's text say what happens to it.
 *   refuse_me  refuse_even_aborted  rewrite_me  shuffle_me  notice_me
 */
#ifndef CRDBCHECK_TESTS_PROXY_FILTER_H
#define CRDBCHECK_TESTS_PROXY_FILTER_H

#include <string.h>

#include "harness/wire/filter.h"

static const cc_wire_error proxy_filter_notices[] = {
    { .severity = "NOTICE", .sqlstate = "00000", .message = "the first notice", .hint = "a hint" },
    { .message = "the second notice" },
};

static inline void proxy_filter_statement(void *context, void *session, orm_arena *arena, const char *sql,
                                          bool in_transaction, cc_wire_decision *out)
{
    (void)context;
    (void)session;
    if (strstr(sql, "refuse_me") != NULL || strstr(sql, "refuse_even_aborted") != NULL) {
        out->action = CC_WIRE_REFUSE;
        out->even_aborted = strstr(sql, "refuse_even_aborted") != NULL;
        out->error = (cc_wire_error){ .sqlstate = "0A000",
                                      .message = in_transaction ? "refused inside" : "refused outside",
                                      .hint = "ask for something else" };
    } else if (strstr(sql, "rewrite_me") != NULL) {
        out->action = CC_WIRE_REWRITE;
        out->sql = orm_arena_strdup(arena, strstr(sql, "$1") != NULL ? "select 'rewritten' || $1::text"
                                                                     : "select 'rewritten'");
    }
    out->shuffle_rows = strstr(sql, "shuffle_me") != NULL;
    if (strstr(sql, "notice_me") != NULL) {
        out->notices = proxy_filter_notices;
        out->notice_count = 2;
    }
}

static inline bool proxy_filter_error(void *context, void *session, orm_arena *arena, cc_wire_error *error)
{
    (void)context;
    (void)session;
    if (error->message != NULL && strstr(error->message, "hidden") != NULL)
        return false;
    if (error->sqlstate != NULL && strcmp(error->sqlstate, "22012") == 0) {
        error->message = orm_arena_printf(arena, "changed: %s", error->message);
        error->detail = "a detail";
        error->routine = NULL;
    }
    return true;
}

static inline const char *proxy_filter_parameter(void *context, void *session, orm_arena *arena, const char *name,
                                                 const char *value)
{
    (void)context;
    (void)session;
    if (strcmp(name, "IntervalStyle") == 0)
        return NULL;
    return strcmp(name, "application_name") == 0 ? orm_arena_printf(arena, "%s!", value) : value;
}

static const cc_wire_parameter proxy_filter_parameters[] = {
    { "crdbcheck_simulated", "test" },
    { "integer_datetimes", "maybe" },
    { NULL, NULL },
};

static const cc_wire_filter proxy_filter = {
    .parameters = proxy_filter_parameters,
    .statement = proxy_filter_statement,
    .error = proxy_filter_error,
    .parameter = proxy_filter_parameter,
    .seed = 7,
};

#endif
