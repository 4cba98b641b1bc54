/*
 * expect.h - the door of expect/: matchers, and differences that people can read.
 *
 * A matcher is a YAML node:
 *   a value        must be equal, with its type: 1 is not "1". A double equals a whole number of the same value; UUIDs,
 *                  dates and times compare with their text, bytes with their text or with "\\x..." in hexadecimal.
 *                  What liborm keeps as text (decimals, bigint as text) wants a quoted string.
 *   null           SQL NULL. (A JSON null that stands alone is not SQL NULL: match it with "/^null$/".)
 *   "<any>"        anything but null
 *   "<uuid>"       a UUID, or the text of one
 *   "/regex/ismx"  PCRE2, anywhere in the text; flags i, s, m, x. JSON that is no string is matched as it stands.
 *   "<bind:name>"  takes the value, which is later used as "${name}"
 *   "${path}"      the value that is bound there; of an entity: the very same one
 *   a list         arrays, JSON lists and lists of entities, item by item
 *   a map          JSON objects: the same keys, in any order
 * JSON is compared as a tree and its numbers as exact decimals (1.0 is 1). A whole number that does not fit 64 bits is
 * written as a quoted string.
 */
#ifndef CRDBCHECK_EXPECT_EXPECT_H
#define CRDBCHECK_EXPECT_EXPECT_H

#include <stdbool.h>

#include <orm/value.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "yaml/yaml.h"

/* What a value that was got is made of. */
typedef enum cc_shape {
    CC_SHAPE_VALUE = 0, /* `value` says all */
    CC_SHAPE_NUMBER,    /* a number of JSON: its text as it stands in value.as.text */
    CC_SHAPE_LIST,      /* `items` */
    CC_SHAPE_MAP        /* `items` under `keys` */
} cc_shape;

/* A value that was got, as far as comparing needs to know it. */
typedef struct cc_actual {
    orm_value               value;
    bool                    is_json; /* the value is JSON text, which compares as a tree */
    cc_shape                shape;
    const struct cc_actual *items;
    const char *const      *keys;
    size_t                  count; /* of items */
    const char             *label; /* how to print an entity, for example "<Author>"; may be NULL */
} cc_actual;

/* Looks up what stands in "${...}": "name" or "name.path"; false when there is no such value. */
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
 * not compile, hit its limits, a reference leads nowhere, or memory is out, and `why` says so.
 */
cc_match cc_match_value(const cc_matching *matching, const cc_yaml *expected, const cc_actual *actual, orm_buffer *why);

/* A text against a string or "/regex/" node: messages, SQL. */
cc_match cc_match_text(const cc_matching *matching, const cc_yaml *expected, const char *actual, orm_buffer *why);

/*
 * Rows against rows. `ordered` false: as multisets (each expected row takes one actual row). `why` gets one line, then the
 * difference: missing rows marked -, surplus rows marked +, what they have in common left plain.
 */
cc_match cc_match_rows(const cc_matching *matching, const cc_yaml *expected, const cc_actual *const *rows,
                       size_t row_count, size_t column_count, bool ordered, orm_buffer *why);

/* True for "/regex/" with its flags; texts such as "/tmp" and "//" are plain texts. */
bool cc_is_pattern(const char *text);

/* Checks "/regex/flags" at load time; NULL when it is right or no pattern at all, else the reason (in the arena). */
const char *cc_pattern_problem(orm_arena *arena, const char *pattern);

/*
 * What a string of a case file stands for. A text that begins with "${" would be a reference; with one more dollar in front
 * it is that text: "$${x}" stands for ${x}.
 */
const char *cc_plain_string(const char *text);

/* The text of a value that has one: text, UUID, date, timestamp, bytes as \x...; else, or when memory is out, NULL. */
const char *cc_text_of(orm_arena *arena, const orm_value *value);

/* Prints values as a case file would write them. */
void cc_print_expected(orm_buffer *out, const cc_yaml *node);
void cc_print_actual(orm_buffer *out, const cc_actual *actual);

/* Difference of two texts by lines with three lines around each change, for SQL and other long texts. */
void cc_print_text_diff(orm_buffer *out, const char *expected, const char *actual);

#endif
