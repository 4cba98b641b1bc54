/*
 * expect_private.h - what the files of expect/ share.
 */
#ifndef CRDBCHECK_EXPECT_EXPECT_PRIVATE_H
#define CRDBCHECK_EXPECT_EXPECT_PRIVATE_H

#include "harness/expect/expect.h"

/* Deeper JSON is refused, so that walking it needs no bound of its own. */
#define CC_JSON_DEPTH 100

/* Why `node` is not simply a value. */
typedef enum cc_form {
    CC_FORM_LITERAL,
    CC_FORM_ANY,
    CC_FORM_UUID,
    CC_FORM_PATTERN,
    CC_FORM_BIND,
    CC_FORM_REFERENCE
} cc_form;

/* The form of a matcher; *inner (of bind and reference) is the text between the marks, in the arena. NULL: memory is out. */
cc_form cc_form_of(orm_arena *arena, const cc_yaml *node, const char **inner);

/* Reads JSON text as a tree of actuals in the arena. False when it is no JSON, too deep, or memory is out: `why` says. */
bool cc_json_read(orm_arena *arena, const char *text, cc_actual *out, orm_buffer *why);

/* Arrays become lists and JSON text a tree; everything else is copied as it is. False as cc_json_read(). */
bool cc_expand(orm_arena *arena, const cc_actual *actual, cc_actual *out, orm_buffer *why);

/* The text of a value that has one (text, UUID, dates, times, bytes as \x...), in the arena; NULL for other kinds. */

/* What stands under a key of a map; NULL when there is no such key. */
const cc_actual *cc_item_named(const cc_actual *map, const char *key);

/* True when two texts of decimal numbers ("1", "1.0", "10e-1") name the same number, whatever its size. */
bool cc_same_number(const char *a, const char *b);

/* The whole text is a decimal number as JSON writes them. */
bool cc_is_json_number(const char *text);

/* Two values that were got, as "${name}" compares them. */
cc_match cc_match_actual(orm_arena *arena, const cc_actual *expected, const cc_actual *actual, orm_buffer *why);

/* `text` against "/regex/flags". */
cc_match cc_match_pattern(const char *pattern, const char *text, orm_buffer *why);

/* Appends "expected X, got Y", each cut to a readable length. `expected` as a node or as a value. */
void cc_why_node(orm_buffer *why, const cc_yaml *expected, const cc_actual *actual);
void cc_why_actual(orm_buffer *why, const cc_actual *expected, const cc_actual *actual);
/* Adds text to `why`, which may be NULL. */
void cc_why(orm_buffer *why, const char *format, ...) ORM_PRINTF(2, 3);

/* One step of turning list a into list b: keep (' '), drop from a ('-'), take from b ('+'). */
typedef struct cc_edit {
    char   mark;
    size_t a;
    size_t b;
} cc_edit;

typedef bool (*cc_equal_fn)(void *context, size_t a, size_t b);

/*
 * The shortest way from a to b, after Myers. Where they differ too much for that to be quick or readable, all of the
 * differing middle is dropped and taken. False when memory is out.
 */
bool cc_diff(orm_arena *arena, size_t a_count, size_t b_count, cc_equal_fn equal, void *context, cc_edit **out,
             size_t *count);

#endif
