/*
 * pattern.h - patterns over the tokens of a statement. They never see text: a word in a string, a comment or a quoted
 * name is no word.
 *
 *   create            this word; create|alter: one of these words
 *   ( ) [ ] , ; . = * :: '+'   this token; anything can be written in single quotes
 *   <name>            any name (an unreserved word, or a quoted one), kept under this name
 *   <name:words>      one of these words (a|b|c), kept
 *   "a|b" <name:"a|b"> one of these names (lower case), bare or in quotes; the second is kept
 *   <name:any> <name:string> <name:number> <name:word>   one token of this kind, kept
 *   <name:qualified>  a name with its schema, if any: a, a.b, a.b.c
 *   <name:...>        any tokens, as few as possible, kept
 *   ...               any tokens, as few as possible, in these parentheses or deeper ones
 *   ..                the same, but what follows it must stand in these very parentheses
 *   {a b | c d}       one of these; with ? behind it optional, with * or + repeated
 *   word?             optional word
 *   $                 the end of the statement
 */
#ifndef CRDBCHECK_WIRE_PATTERN_H
#define CRDBCHECK_WIRE_PATTERN_H

#include <stdint.h>

#include "harness/wire/lexer.h"

#define CC_PATTERN_CAPTURES 8

typedef struct cc_pattern cc_pattern;

/* Token numbers; first == end: nothing. */
typedef struct cc_span {
    size_t first;
    size_t end;
} cc_span;

typedef struct cc_found {
    cc_span all;
    cc_span captures[CC_PATTERN_CAPTURES];
} cc_found;

typedef enum cc_pattern_result { CC_PATTERN_NO, CC_PATTERN_YES, CC_PATTERN_MEMORY } cc_pattern_result;

/* NULL when the text is no pattern; `why` then says what is wrong, and at which character counted from 1. */
cc_pattern *cc_pattern_new(orm_arena *arena, const char *text, const char **why);

/* A match that begins at token `start`. The time is bounded by (length of the pattern) x (tokens). */
cc_pattern_result cc_pattern_at(const cc_pattern *pattern, orm_arena *scratch, const cc_tokens *tokens,
                                cc_statement statement, size_t start, cc_found *out);

/* The number of a capture; -1 when there is none of that name. */
int cc_pattern_capture(const cc_pattern *pattern, const char *name);
/* Name of a capture; NULL past the last. */
const char *cc_pattern_capture_name(const cc_pattern *pattern, size_t number);

/* The words that every match begins with; false when there is no `index`th. */
bool cc_pattern_leading_word(const cc_pattern *pattern, size_t index, const char **out);

#endif
