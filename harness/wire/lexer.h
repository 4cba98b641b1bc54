/*
 * lexer.h - SQL as tokens, as PostgreSQL reads it: nothing inside a string, a comment or a quoted name is ever taken for a
 * keyword. The text is not copied: tokens point into it.
 */
#ifndef CRDBCHECK_WIRE_LEXER_H
#define CRDBCHECK_WIRE_LEXER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

typedef enum cc_token_kind {
    CC_TOKEN_WORD,      /* keyword or unquoted name */
    CC_TOKEN_NAME,      /* "quoted name", also U&"..." */
    CC_TOKEN_STRING,    /* '...', E'...', B'...', X'...', N'...', U&'...', $tag$...$tag$ */
    CC_TOKEN_NUMBER,
    CC_TOKEN_PARAMETER, /* $1 */
    CC_TOKEN_OPERATOR,  /* + <= ->> := ... */
    CC_TOKEN_PUNCTUATION, /* one of ( ) [ ] , ; . or :: or : or a byte that no SQL has a use for */
    CC_TOKEN_BROKEN     /* an unterminated string, name or comment: the rest of the text */
} cc_token_kind;

typedef struct cc_token {
    cc_token_kind kind;
    size_t        start; /* offset and length in the text, quotes included */
    size_t        length;
    const char   *text;  /* WORD: lower case; NAME: without quotes; else as it stands. NUL-terminated, in the arena */
    size_t        depth; /* of parentheses and brackets around it; they themselves have the depth outside of them */
} cc_token;

typedef struct cc_tokens {
    const char *sql;
    size_t      size;
    cc_token   *items; /* comments and blanks are left out */
    size_t      count;
} cc_tokens;

/*
 * False when memory is out. Any bytes are taken; a NUL ends the text. standard_conforming_strings is taken to be on.
 * A string that goes on after a line break ('a' NEWLINE 'b') is one token. The escapes of U&"..." are left as they are.
 * Letters right behind a number (1x, 0x1F), which PostgreSQL 15 refuses, are a word of their own.
 */
bool cc_lex(orm_arena *arena, const char *sql, cc_tokens *out) ORM_MUST_CHECK;

/* Tokens of one statement, without the semicolon at its end. */
typedef struct cc_statement {
    size_t first;
    size_t end;
} cc_statement;

/*
 * The statement that begins at token `*next`, which moves behind it; empty ones are passed over. False at the end. A
 * semicolon in parentheses or in the BEGIN ATOMIC body of a function ends nothing.
 */
bool cc_next_statement(const cc_tokens *tokens, size_t *next, cc_statement *out);

/* The token is the unquoted word (in lower case), or this operator or punctuation. */
bool cc_token_is(const cc_token *token, const char *text);

#endif
