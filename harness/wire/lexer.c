#include "harness/wire/lexer.h"

#include <ctype.h>
#include <string.h>

#define OPERATOR_CHARACTERS "~!@#^&|`?+-*/%<>="
/* An operator with one of these may end in + or -; another one leaves its + or - to what follows, as in a<-1. */
#define KEEPS_TRAILING_SIGN "~!@#^&|`?%"

typedef struct lexer {
    orm_arena  *arena;
    const char *sql;
    size_t      size;
    size_t      at;
    size_t      depth;
    size_t      capacity;
    bool        out_of_memory;
    cc_tokens  *out;
} lexer;

static bool is_space(char c)
{
    return c != '\0' && strchr(" \t\n\r\f\v", c) != NULL;
}

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_part(char c)
{
    return is_name_start(c) || is_digit(c) || c == '$';
}

static bool is_operator(char c)
{
    return c != '\0' && strchr(OPERATOR_CHARACTERS, c) != NULL;
}

/* The text ends in a NUL, so that looking one byte ahead of any other byte is always allowed. */
static char peek(const lexer *l, size_t ahead)
{
    return l->at + ahead < l->size ? l->sql[l->at + ahead] : '\0';
}

/* ---- Texts of tokens ---- */

static void lower(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text - 'A' + 'a');
    }
}

/* Between the quotes, with doubled quotes as one. */
static void unquote(char *text)
{
    char *from = strchr(text, '"');
    char *to = text;

    for (from++; *from != '\0'; from++) {
        if (*from == '"' && from[1] != '"')
            break;
        if (*from == '"')
            from++;
        *to++ = *from;
    }
    *to = '\0';
}

static void add(lexer *l, cc_token_kind kind, size_t start)
{
    size_t length = l->at - start;
    char  *text = orm_arena_strndup(l->arena, l->sql + start, length);

    if (text == NULL || !orm_arena_grow(l->arena, &l->out->items, l->out->count, &l->capacity, sizeof(cc_token))) {
        l->out_of_memory = true;
        return;
    }
    if (kind == CC_TOKEN_WORD)
        lower(text);
    else if (kind == CC_TOKEN_NAME)
        unquote(text);
    if (kind == CC_TOKEN_PUNCTUATION && l->depth > 0 && (*text == ')' || *text == ']'))
        l->depth--;
    l->out->items[l->out->count++] =
        (cc_token){ .kind = kind, .start = start, .length = length, .text = text, .depth = l->depth };
    if (kind == CC_TOKEN_PUNCTUATION && (*text == '(' || *text == '['))
        l->depth++;
}

static void add_broken(lexer *l, size_t start)
{
    l->at = l->size;
    add(l, CC_TOKEN_BROKEN, start);
}

/* ---- Blanks and comments ---- */

static void skip_line(lexer *l)
{
    while (l->at < l->size && l->sql[l->at] != '\n' && l->sql[l->at] != '\r')
        l->at++;
}

/* False when the comment does not end. */
static bool skip_comment(lexer *l)
{
    size_t nesting = 0;

    while (l->at < l->size) {
        if (peek(l, 0) == '/' && peek(l, 1) == '*') {
            nesting++;
            l->at += 2;
        } else if (peek(l, 0) == '*' && peek(l, 1) == '/') {
            l->at += 2;
            if (--nesting == 0)
                return true;
        } else {
            l->at++;
        }
    }
    return false;
}

/* ---- Strings and quoted names ---- */

/* Behind the closing quote; false when there is none. */
static bool skip_quoted(lexer *l, char quote, bool escapes)
{
    for (l->at++; l->at < l->size; l->at++) {
        if (escapes && peek(l, 0) == '\\' && l->at + 1 < l->size) {
            l->at++;
        } else if (peek(l, 0) == quote) {
            l->at++;
            if (peek(l, 0) != quote)
                return true;
        }
    }
    return false;
}

/* Only blanks and -- comments with a line break among them stand between here and a quote: the string goes on there. */
static bool goes_on(lexer *l)
{
    size_t start = l->at;
    bool   broken_line = false;

    for (;;) {
        if (peek(l, 0) == '-' && peek(l, 1) == '-') {
            skip_line(l);
        } else if (l->at < l->size && is_space(peek(l, 0))) {
            broken_line = broken_line || peek(l, 0) == '\n' || peek(l, 0) == '\r';
            l->at++;
        } else {
            break;
        }
    }
    if (broken_line && peek(l, 0) == '\'')
        return true;
    l->at = start;
    return false;
}

static void lex_string(lexer *l, size_t start, bool escapes)
{
    do {
        if (!skip_quoted(l, '\'', escapes)) {
            add_broken(l, start);
            return;
        }
    } while (goes_on(l));
    add(l, CC_TOKEN_STRING, start);
}

static void lex_quoted_name(lexer *l, size_t start)
{
    if (skip_quoted(l, '"', false))
        add(l, CC_TOKEN_NAME, start);
    else
        add_broken(l, start);
}

/* $1, $$...$$, $tag$...$tag$, or a $ that means nothing. */
static void lex_dollar(lexer *l)
{
    size_t start = l->at;
    size_t tag = 1;

    if (is_digit(peek(l, 1))) {
        for (l->at++; is_digit(peek(l, 0)); l->at++)
            ;
        add(l, CC_TOKEN_PARAMETER, start);
        return;
    }
    if (is_name_start(peek(l, 1))) {
        while (is_name_part(peek(l, tag)) && peek(l, tag) != '$')
            tag++;
    }
    if (peek(l, tag) != '$') {
        l->at++;
        add(l, CC_TOKEN_PUNCTUATION, start);
        return;
    }
    tag++;
    for (l->at += tag; l->at + tag <= l->size; l->at++) {
        if (memcmp(l->sql + l->at, l->sql + start, tag) == 0) {
            l->at += tag;
            add(l, CC_TOKEN_STRING, start);
            return;
        }
    }
    add_broken(l, start);
}

/* ---- Words, numbers, operators ---- */

static void lex_word(lexer *l)
{
    size_t start = l->at;
    char   first = (char)tolower((unsigned char)peek(l, 0));

    if (first == 'u' && peek(l, 1) == '&' && (peek(l, 2) == '\'' || peek(l, 2) == '"')) {
        l->at += 2;
        if (peek(l, 0) == '\'')
            lex_string(l, start, false);
        else
            lex_quoted_name(l, start);
        return;
    }
    if (peek(l, 1) == '\'' && strchr("ebxn", first) != NULL) {
        l->at++;
        lex_string(l, start, first == 'e');
        return;
    }
    while (is_name_part(peek(l, 0)))
        l->at++;
    add(l, CC_TOKEN_WORD, start);
}

static void skip_digits(lexer *l)
{
    while (is_digit(peek(l, 0)))
        l->at++;
}

static void lex_number(lexer *l)
{
    size_t start = l->at;
    size_t sign;

    skip_digits(l);
    /* 1..10 is a range of integers, as in PL/pgSQL. */
    if (peek(l, 0) == '.' && peek(l, 1) != '.') {
        l->at++;
        skip_digits(l);
    }
    sign = peek(l, 1) == '+' || peek(l, 1) == '-' ? 1 : 0;
    if ((peek(l, 0) == 'e' || peek(l, 0) == 'E') && is_digit(peek(l, 1 + sign))) {
        l->at += 1 + sign;
        skip_digits(l);
    }
    add(l, CC_TOKEN_NUMBER, start);
}

static void lex_operator(lexer *l)
{
    size_t start = l->at;
    size_t length = 0;
    bool   keeps_sign = false;

    while (is_operator(peek(l, length))) {
        if ((peek(l, length) == '-' && peek(l, length + 1) == '-') ||
            (peek(l, length) == '/' && peek(l, length + 1) == '*'))
            break;
        keeps_sign = keeps_sign || strchr(KEEPS_TRAILING_SIGN, peek(l, length)) != NULL;
        length++;
    }
    while (!keeps_sign && length > 1 && (peek(l, length - 1) == '+' || peek(l, length - 1) == '-'))
        length--;
    l->at += length;
    add(l, CC_TOKEN_OPERATOR, start);
}

static void lex_other(lexer *l)
{
    size_t start = l->at;

    if (peek(l, 0) == ':' && peek(l, 1) == '=') {
        l->at += 2;
        add(l, CC_TOKEN_OPERATOR, start);
        return;
    }
    l->at += peek(l, 0) == ':' && peek(l, 1) == ':' ? 2 : 1;
    add(l, CC_TOKEN_PUNCTUATION, start);
}

static void lex_one(lexer *l)
{
    size_t start = l->at;
    char   c = peek(l, 0);

    if (is_space(c)) {
        l->at++;
    } else if (c == '-' && peek(l, 1) == '-') {
        skip_line(l);
    } else if (c == '/' && peek(l, 1) == '*') {
        if (!skip_comment(l))
            add_broken(l, start);
    } else if (c == '\'') {
        lex_string(l, start, false);
    } else if (c == '"') {
        lex_quoted_name(l, start);
    } else if (c == '$') {
        lex_dollar(l);
    } else if (is_name_start(c)) {
        lex_word(l);
    } else if (is_digit(c) || (c == '.' && is_digit(peek(l, 1)))) {
        lex_number(l);
    } else if (is_operator(c)) {
        lex_operator(l);
    } else {
        lex_other(l);
    }
}

bool cc_lex(orm_arena *arena, const char *sql, cc_tokens *out)
{
    lexer l = { .arena = arena, .sql = sql, .size = strlen(sql), .out = out };

    *out = (cc_tokens){ .sql = sql, .size = l.size };
    while (l.at < l.size && !l.out_of_memory)
        lex_one(&l);
    return !l.out_of_memory;
}

bool cc_token_is(const cc_token *token, const char *text)
{
    return (token->kind == CC_TOKEN_WORD || token->kind == CC_TOKEN_OPERATOR || token->kind == CC_TOKEN_PUNCTUATION) &&
           strcmp(token->text, text) == 0;
}

/* ---- Statements ---- */

static bool makes_routine(const cc_tokens *tokens, size_t first)
{
    for (size_t i = first; i < tokens->count && i < first + 4; i++) {
        if (cc_token_is(&tokens->items[i], "function") || cc_token_is(&tokens->items[i], "procedure"))
            return cc_token_is(&tokens->items[first], "create");
    }
    return false;
}

/* The body of a routine in SQL has semicolons of its own, up to the END that belongs to its BEGIN ATOMIC. */
static size_t body_change(const cc_tokens *tokens, size_t at, size_t open)
{
    const cc_token *token = &tokens->items[at];

    if (cc_token_is(token, "begin") && at + 1 < tokens->count && cc_token_is(token + 1, "atomic"))
        return open + 1;
    if (open > 0 && cc_token_is(token, "case"))
        return open + 1;
    return open > 0 && cc_token_is(token, "end") ? open - 1 : open;
}

bool cc_next_statement(const cc_tokens *tokens, size_t *next, cc_statement *out)
{
    size_t open = 0;
    size_t at = *next;
    bool   routine;

    while (at < tokens->count && cc_token_is(&tokens->items[at], ";"))
        at++;
    routine = makes_routine(tokens, at);
    out->first = at;
    for (; at < tokens->count; at++) {
        if (routine)
            open = body_change(tokens, at, open);
        if (open == 0 && tokens->items[at].depth == 0 && cc_token_is(&tokens->items[at], ";"))
            break;
    }
    out->end = at;
    *next = at;
    return out->end > out->first;
}
