/* What a pattern is made of; for pattern.c, which makes it, and pattern_run.c, which runs it. */
#ifndef CRDBCHECK_WIRE_PATTERN_PRIVATE_H
#define CRDBCHECK_WIRE_PATTERN_PRIVATE_H

#include "harness/wire/pattern.h"

#define NOWHERE SIZE_MAX

typedef enum step_kind {
    STEP_WORDS, /* text: "a|b" */
    STEP_NAMED, /* the same, also in quotes */
    STEP_TEXT,
    STEP_NAME,
    STEP_COLUMN,
    STEP_WORD,
    STEP_STRING,
    STEP_NUMBER,
    STEP_ANY,
    STEP_DEEPER, /* any token at this depth or deeper */
    STEP_AT_DEPTH,
    STEP_SPLIT, /* x first, then y */
    STEP_SAVE,  /* x: slot */
    STEP_END,
    STEP_DONE
} step_kind;

typedef struct step {
    step_kind   kind;
    const char *text;
    size_t      x;
    size_t      y;
} step;

struct cc_pattern {
    step       *steps;
    size_t      count;
    size_t      capacity;
    const char *names[CC_PATTERN_CAPTURES];
    size_t      name_count;
    bool        bounded; /* no match is longer than there are steps */
};

#endif
