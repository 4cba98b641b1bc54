/*
 * expect.h - the door of expect/: matchers, and differences that people can read.
 *
 * A matcher is a YAML node: a value that must be equal (with its type: 1 is not "1"), "<any>" (anything but null),
 * "<uuid>", "/regex/flags" (PCRE2; flags i, s, m, x), "<bind:name>" (takes the value, later used as "${name}"), null, a
 * list (arrays, or rows), a map (JSON objects: same keys, any order).
 */
#ifndef CRDBCHECK_EXPECT_EXPECT_H
#define CRDBCHECK_EXPECT_EXPECT_H

#include <stdbool.h>

#include <orm/value.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "yaml/yaml.h"

/* A value that was got, as far as comparing needs to know it: an orm_value, or JSON text that compares as a tree. */
typedef struct cc_actual {
    orm_value value;
    bool      is_json;
} cc_actual;

/* Looks up "${name}" and "${name.path}"; false when there is no such name (the loader has checked that there is). */
typedef bool (*cc_resolve_fn)(void *context, const char *reference, cc_actual *out);
/* Keeps the value of "<bind:name>"; false when memory is out. */
typedef bool (*cc_bind_fn)(void *context, const char *name, const cc_actual *value);

typedef struct cc_matching {
    orm_arena    *arena; /* for what is bound and for texts */
    cc_resolve_fn resolve;
    cc_bind_fn    bind;
    void         *context;
} cc_matching;

typedef enum cc_match { CC_MATCH, CC_NO_MATCH, CC_MATCH_BROKEN } cc_match;

/*
 * Compares. On CC_NO_MATCH, `why` (may be NULL) gets one line that says what differs; CC_MATCH_BROKEN: the pattern does
 * not compile, hit its limits, or memory is out, and `why` says so.
 */
cc_match cc_match_value(const cc_matching *matching, const cc_yaml *expected, const cc_actual *actual, orm_buffer *why);

/* A text against a string or "/regex/" node: messages, SQL. */
cc_match cc_match_text(const cc_matching *matching, const cc_yaml *expected, const char *actual, orm_buffer *why);

/*
 * Rows against rows. `ordered` false: as multisets (each expected row takes one actual row). The difference lists missing
 * and surplus rows, marked - and +, with what they have in common left plain.
 */
cc_match cc_match_rows(const cc_matching *matching, const cc_yaml *expected, const cc_actual *const *rows,
                       size_t row_count, size_t column_count, bool ordered, orm_buffer *why);

/* Checks a pattern at load time; NULL when it is right, else the reason (in the arena). */
const char *cc_pattern_problem(orm_arena *arena, const char *pattern);

/* Prints values as a case file would write them. */
void cc_print_expected(orm_buffer *out, const cc_yaml *node);
void cc_print_actual(orm_buffer *out, const cc_actual *actual);

/* Unified difference of two texts by lines, for SQL and other long texts. */
void cc_print_text_diff(orm_buffer *out, const char *expected, const char *actual);

#endif
