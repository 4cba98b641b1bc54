/*
 * expect_fixture.h - what the tests of expect/ share: YAML text as a matcher, values that were got, a name to refer to.
 */
#ifndef CRDBCHECK_EXPECT_FIXTURE_H
#define CRDBCHECK_EXPECT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "harness/expect/expect.h"

typedef struct fixture {
    orm_arena  *arena;
    cc_matching matching;
    orm_buffer  why;
    cc_actual   named; /* what "${named}" stands for */
    char        bound_name[40];
    cc_actual   bound; /* by the last "<bind:name>" */
} fixture;

static inline bool fixture_resolve(void *context, const char *reference, cc_actual *out)
{
    fixture *f = context;

    *out = f->named;
    return strcmp(reference, "named") == 0;
}

static inline bool fixture_bind(void *context, const char *name, const cc_actual *value)
{
    fixture *f = context;

    snprintf(f->bound_name, sizeof f->bound_name, "%s", name);
    f->bound = *value;
    return true;
}

static inline int fixture_up(void **state)
{
    static fixture f;

    f = (fixture){ .arena = orm_arena_new(NULL, NULL, "test") };
    assert_non_null(f.arena);
    orm_buffer_init(&f.why, NULL, 0);
    f.matching = (cc_matching){ .arena = f.arena, .resolve = fixture_resolve, .bind = fixture_bind, .context = &f };
    *state = &f;
    return 0;
}

static inline int fixture_down(void **state)
{
    fixture *f = *state;

    orm_buffer_free(&f->why);
    orm_arena_free(f->arena);
    return 0;
}

static inline const cc_yaml *node(fixture *f, const char *yaml)
{
    cc_problems problems;
    cc_yaml    *out = NULL;

    cc_problems_init(&problems, f->arena);
    out = cc_yaml_load_text(f->arena, "test", yaml, strlen(yaml), &problems);
    assert_non_null(out);
    return out;
}

static inline cc_actual is(orm_value value)
{
    return (cc_actual){ .value = value };
}

static inline cc_actual json(const char *text)
{
    return (cc_actual){ .value = orm_text(text), .is_json = true };
}

static inline cc_match try(fixture *f, const char *yaml, cc_actual actual)
{
    orm_buffer_reset(&f->why);
    return cc_match_value(&f->matching, node(f, yaml), &actual, &f->why);
}

static inline void assert_matches(fixture *f, const char *yaml, cc_actual actual)
{
    if (try(f, yaml, actual) != CC_MATCH)
        fail_msg("%s should match: %s", yaml, f->why.data);
    assert_int_equal(f->why.length, 0);
}

/* It must differ, and the explanation must hold `part`. */
static inline void assert_differs(fixture *f, const char *yaml, cc_actual actual, const char *part)
{
    if (try(f, yaml, actual) != CC_NO_MATCH)
        fail_msg("%s should not match", yaml);
    if (strstr(f->why.data, part) == NULL)
        fail_msg("'%s' should hold '%s'", f->why.data, part);
}

#endif
