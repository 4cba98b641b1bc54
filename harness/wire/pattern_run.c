/*
 * A pattern is run with backtracking; a (step, token) pair that failed once is not tried again, so hostile statements cost
 * no more than long ones.
 */
#include <string.h>

#include "harness/wire/pattern_private.h"
#include "harness/wire/profile_private.h"

/* A place to come back to; slot != NOWHERE: a capture to be put back first. */
typedef struct job {
    size_t step;
    size_t token;
    size_t slot;
    size_t old;
} job;

typedef struct machine {
    const cc_pattern *pattern;
    orm_arena        *arena;
    const cc_tokens  *tokens;
    cc_statement      statement;
    size_t            start;
    size_t            depth;
    size_t            width; /* tokens that a match can be long, and one */
    unsigned char    *seen;  /* one bit for each (step, token) */
    job              *jobs;
    size_t            count;
    size_t            capacity;
    size_t            slots[2 * CC_PATTERN_CAPTURES];
    bool              out_of_memory;
} machine;

static bool is_one_of(const char *word, const char *words)
{
    size_t length = strlen(word);

    while (words != NULL) {
        const char *end = strchr(words, '|');

        if ((end == NULL ? strlen(words) : (size_t)(end - words)) == length && memcmp(words, word, length) == 0)
            return true;
        words = end == NULL ? NULL : end + 1;
    }
    return false;
}

static bool takes(const machine *m, const step *s, const cc_token *token)
{
    switch (s->kind) {
    case STEP_WORDS:
        return token->kind == CC_TOKEN_WORD && is_one_of(token->text, s->text);
    case STEP_NAMED:
        return (token->kind == CC_TOKEN_WORD || token->kind == CC_TOKEN_NAME) && is_one_of(token->text, s->text);
    case STEP_TEXT:
        return cc_token_is(token, s->text);
    case STEP_NAME:
        return token->kind == CC_TOKEN_NAME || token->kind == CC_TOKEN_WORD;
    case STEP_COLUMN:
        return token->kind == CC_TOKEN_NAME || (token->kind == CC_TOKEN_WORD && !cc_is_reserved_word(token->text));
    case STEP_WORD:
        return token->kind == CC_TOKEN_WORD;
    case STEP_STRING:
        return token->kind == CC_TOKEN_STRING;
    case STEP_NUMBER:
        return token->kind == CC_TOKEN_NUMBER;
    case STEP_DEEPER:
        return token->depth >= m->depth + s->x;
    default:
        return s->kind == STEP_ANY;
    }
}

/* What closes the parentheses that we are in has the depth outside of them. */
static bool is_at_depth(const machine *m, const cc_token *token, size_t depth)
{
    return token->depth == m->depth + depth || (depth > 0 && token->depth == m->depth + depth - 1);
}

static void push(machine *m, job j)
{
    if (j.step == NOWHERE)
        return;
    if (!orm_arena_grow(m->arena, &m->jobs, m->count, &m->capacity, sizeof(job))) {
        m->out_of_memory = true;
        return;
    }
    m->jobs[m->count++] = j;
}

static bool first_visit(machine *m, size_t step_number, size_t token)
{
    size_t bit = step_number * m->width + (token - m->start);
    bool   first = (m->seen[bit / 8] & (1U << bit % 8)) == 0;

    m->seen[bit / 8] |= (unsigned char)(1U << bit % 8);
    return first;
}

/* True when the pattern's end is reached; `token` is then the end of the match. */
static bool run_job(machine *m, job j, size_t *end)
{
    const step *s = &m->pattern->steps[j.step];
    bool        at_end = j.token == m->statement.end;

    if (!first_visit(m, j.step, j.token))
        return false;
    switch (s->kind) {
    case STEP_DONE:
        *end = j.token;
        return true;
    case STEP_SPLIT:
        push(m, (job){ s->y, j.token, NOWHERE, 0 });
        push(m, (job){ s->x, j.token, NOWHERE, 0 });
        return false;
    case STEP_SAVE:
        push(m, (job){ j.step, j.token, s->x, m->slots[s->x] });
        m->slots[s->x] = j.token;
        push(m, (job){ j.step + 1, j.token, NOWHERE, 0 });
        return false;
    case STEP_END:
        if (at_end)
            push(m, (job){ j.step + 1, j.token, NOWHERE, 0 });
        return false;
    case STEP_AT_DEPTH:
        if (at_end || is_at_depth(m, &m->tokens->items[j.token], s->x))
            push(m, (job){ j.step + 1, j.token, NOWHERE, 0 });
        return false;
    default:
        if (!at_end && takes(m, s, &m->tokens->items[j.token]))
            push(m, (job){ j.step + 1, j.token + 1, NOWHERE, 0 });
        return false;
    }
}

/* Most tokens begin no match: that is seen without any memory. */
static bool may_begin(const machine *m)
{
    const step *s = m->pattern->steps;

    while (s->kind == STEP_SAVE)
        s++;
    if (s->kind == STEP_SPLIT || s->kind == STEP_AT_DEPTH || s->kind == STEP_END || s->kind == STEP_DONE)
        return true;
    return m->start < m->statement.end && takes(m, s, &m->tokens->items[m->start]);
}

cc_pattern_result cc_pattern_at(const cc_pattern *pattern, orm_arena *scratch, const cc_tokens *tokens,
                                cc_statement statement, size_t start, cc_found *out)
{
    machine m = { .pattern = pattern, .arena = scratch, .tokens = tokens, .statement = statement, .start = start };
    bool    found = false;

    m.width = statement.end - start + 1;
    if (pattern->bounded && m.width > pattern->count)
        m.width = pattern->count;
    m.depth = start < statement.end ? tokens->items[start].depth : 0;
    if (!may_begin(&m))
        return CC_PATTERN_NO;
    m.seen = orm_arena_zalloc(scratch, pattern->count * m.width / 8 + 1);
    if (m.seen == NULL)
        return CC_PATTERN_MEMORY;
    push(&m, (job){ 0, start, NOWHERE, 0 });
    *out = (cc_found){ .all = { start, start } };
    while (m.count > 0 && !found && !m.out_of_memory) {
        job j = m.jobs[--m.count];

        if (j.slot != NOWHERE)
            m.slots[j.slot] = j.old;
        else
            found = run_job(&m, j, &out->all.end);
    }
    if (m.out_of_memory)
        return CC_PATTERN_MEMORY;
    for (size_t i = 0; i < CC_PATTERN_CAPTURES; i++)
        out->captures[i] = (cc_span){ m.slots[2 * i], m.slots[2 * i + 1] };
    return found ? CC_PATTERN_YES : CC_PATTERN_NO;
}
