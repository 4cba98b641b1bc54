/* The first profile, loaded, and a session of it; to be included behind cmocka. */
#ifndef CRDBCHECK_TESTS_PROFILE_FIXTURE_H
#define CRDBCHECK_TESTS_PROFILE_FIXTURE_H

#include <string.h>

#include "harness/wire/profile.h"

#define PROFILE CC_SOURCE_DIR "/harness/wire/profiles/24.3.yaml"
#define UNIMPLEMENTED                                                                                                  \
    "You have attempted to use a feature that is not yet implemented.\nSee: https://go.crdb.dev/issue-v/"

typedef struct fixture {
    orm_arena            *arena;
    cc_profile           *profile;
    const cc_wire_filter *filter;
    void                 *session;
} fixture;

static inline void print_problems(const cc_problems *problems)
{
    for (size_t i = 0; i < problems->count; i++)
        print_message("%s:%u:%u: %s\n", problems->items[i].place.file, problems->items[i].place.line,
                      problems->items[i].place.column, problems->items[i].message);
}

static inline int set_up(void **state)
{
    static fixture f;
    cc_problems    problems;

    f = (fixture){ .arena = orm_arena_new(NULL, NULL, "test") };
    cc_problems_init(&problems, f.arena);
    f.profile = cc_profile_load(f.arena, PROFILE, &problems);
    print_problems(&problems);
    assert_non_null(f.profile);
    f.filter = cc_profile_filter(f.profile);
    f.session = f.filter->session_new(f.filter->context, f.arena, "user", "database", "application");
    assert_non_null(f.session);
    *state = &f;
    return 0;
}

static inline int tear_down(void **state)
{
    fixture *f = *state;

    orm_arena_free(f->arena);
    return 0;
}

static inline size_t rule_number(const cc_profile *profile, const char *name)
{
    for (size_t i = 0; i < cc_profile_rule_count(profile); i++) {
        if (strcmp(cc_profile_rule_name(profile, i), name) == 0)
            return i;
    }
    fail_msg("there is no rule '%s'", name);
    return 0;
}

static inline size_t used(const fixture *f, const char *rule)
{
    return cc_profile_used(f->profile, rule_number(f->profile, rule));
}

static inline cc_wire_decision decide_in(fixture *f, const char *sql, bool in_transaction)
{
    cc_wire_decision decision;

    f->filter->statement(f->filter->context, f->session, f->arena, sql, in_transaction, &decision);
    return decision;
}

static inline cc_wire_decision decide(fixture *f, const char *sql)
{
    f->session = f->filter->session_new(f->filter->context, f->arena, "user", "database", "application");
    return decide_in(f, sql, false);
}

/* An error of the server on its way to the client, whose optional fields all have a value. */
static inline cc_wire_error translate(fixture *f, const char *sqlstate, const char *message, const char *detail,
                                      const char *position)
{
    cc_wire_error error = { .severity = "ERROR",
                            .sqlstate = sqlstate,
                            .message = message,
                            .detail = detail,
                            .position = position,
                            .schema = "s",
                            .table = "t",
                            .constraint = "c",
                            .routine = "r" };

    assert_true(f->filter->error(f->filter->context, f->session, f->arena, &error));
    return error;
}

#endif
