/*
 * spec_fixture.h - what the tests of the loader share: the small page of spec/features.yaml, files written for one test,
 * and a look at the problems.
 */
#ifndef CRDBCHECK_TESTS_SPEC_FIXTURE_H
#define CRDBCHECK_TESTS_SPEC_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/spec/model.h"
#include "harness/steps/steps.h"

#define SPEC_FOLDER CC_SOURCE_DIR "/harness/tests/spec"

typedef struct fixture {
    orm_arena   *arena;
    cc_problems  problems;
    cc_features *features;
    char         path[32]; /* of the file of this test */
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    int      file;

    assert_non_null(f);
    f->arena = orm_arena_new(NULL, NULL, "test");
    assert_non_null(f->arena);
    cc_problems_init(&f->problems, f->arena);
    f->features = cc_features_load(f->arena, SPEC_FOLDER "/features.yaml", &f->problems);
    assert_non_null(f->features);
    snprintf(f->path, sizeof f->path, "/tmp/test_spec.XXXXXX");
    file = mkstemp(f->path);
    assert_true(file >= 0);
    close(file);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;

    unlink(f->path);
    orm_arena_free(f->arena);
    free(f);
    return 0;
}

static inline cc_suite *load_path(fixture *f, const char *path, const cc_step_def *steps)
{
    f->problems.count = 0;
    return cc_suite_load(f->arena, &path, 1, f->features, steps, &f->problems);
}

static inline cc_suite *load_text(fixture *f, const char *text, const cc_step_def *steps)
{
    FILE *file = fopen(f->path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return load_path(f, f->path, steps);
}

/* True when a problem at line:column (line 0: anywhere) has this text in it. */
static inline bool has_problem(const fixture *f, unsigned line, unsigned column, const char *part)
{
    for (size_t i = 0; i < f->problems.count; i++) {
        const cc_problem *problem = &f->problems.items[i];

        if ((line == 0 || (problem->place.line == line && problem->place.column == column)) &&
            strstr(problem->message, part) != NULL)
            return true;
    }
    return false;
}

static inline void print_problems(const fixture *f)
{
    for (size_t i = 0; i < f->problems.count; i++)
        print_error("%s:%u:%u: %s\n", f->problems.items[i].place.file, f->problems.items[i].place.line,
                    f->problems.items[i].place.column, f->problems.items[i].message);
}

#endif
