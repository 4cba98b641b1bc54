/*
 * Texts of patterns to small programs, which pattern_run.c runs.
 */
#include "harness/wire/pattern_private.h"

#include <ctype.h>
#include <string.h>

#define NESTING_LIMIT 16U
#define STEP_LIMIT 1000U

/* ---- Compiling ---- */

typedef struct compiler {
    orm_arena   *arena;
    const char  *text;
    const char  *at;
    cc_pattern  *pattern;
    size_t       depth;
    unsigned     nesting;
    const char **why;
} compiler;

static bool fail(compiler *c, const char *what)
{
    if (*c->why == NULL)
        *c->why = orm_arena_printf(c->arena, "%s at character %zu", what, (size_t)(c->at - c->text) + 1);
    if (*c->why == NULL)
        *c->why = "memory is out";
    return false;
}

static bool emit(compiler *c, step_kind kind, const char *text, size_t x, size_t y)
{
    cc_pattern *p = c->pattern;

    if (p->count == STEP_LIMIT)
        return fail(c, "the pattern is too long");
    if (!orm_arena_grow(c->arena, &p->steps, p->count, &p->capacity, sizeof(step)))
        return fail(c, "memory is out");
    p->steps[p->count++] = (step){ kind, text, x, y };
    return true;
}

static bool emit_split(compiler *c)
{
    return emit(c, STEP_SPLIT, NULL, c->pattern->count + 1, NOWHERE);
}

static bool emit_jump(compiler *c, size_t to)
{
    return emit(c, STEP_SPLIT, NULL, to, NOWHERE);
}

/* As few tokens as possible: what follows is tried first. */
static bool emit_gap(compiler *c, bool same_depth)
{
    size_t start = c->pattern->count;

    return emit(c, STEP_SPLIT, NULL, start + 3, start + 1) && emit(c, STEP_DEEPER, NULL, c->depth, 0) &&
           emit_jump(c, start) && (!same_depth || emit(c, STEP_AT_DEPTH, NULL, c->depth, 0));
}

static bool is_word_character(char ch)
{
    return isalnum((unsigned char)ch) || ch == '_' || ch == '|';
}

static const char *take(compiler *c, size_t length)
{
    char *text = orm_arena_strndup(c->arena, c->at, length);

    if (text == NULL)
        (void)fail(c, "memory is out");
    c->at += length;
    return text;
}

static bool words_are_sound(const char *words)
{
    size_t length = strlen(words);

    for (size_t i = 0; i < length; i++) {
        if (isupper((unsigned char)words[i]))
            return false;
        if (words[i] == '|' && (i == 0 || i + 1 == length || words[i + 1] == '|'))
            return false;
    }
    return length > 0;
}

static bool compile_words(compiler *c)
{
    size_t      length = 0;
    bool        optional;
    size_t      split = c->pattern->count;
    const char *words;

    while (is_word_character(c->at[length]))
        length++;
    optional = c->at[length] == '?';
    words = take(c, length);
    if (words == NULL || !words_are_sound(words))
        return fail(c, "a word, in lower case, or words with | between them are wanted before this");
    if (!optional)
        return emit(c, STEP_WORDS, words, 0, 0);
    c->at++;
    if (!emit_split(c) || !emit(c, STEP_WORDS, words, 0, 0))
        return false;
    c->pattern->steps[split].y = c->pattern->count;
    return true;
}

/* a, a.b, a.b.c */
static bool emit_qualified(compiler *c)
{
    size_t start = c->pattern->count;

    return emit(c, STEP_NAME, NULL, 0, 0) && emit(c, STEP_SPLIT, NULL, start + 2, start + 4) &&
           emit(c, STEP_TEXT, ".", 0, 0) && emit_jump(c, start);
}

/* "a|b": `text` begins behind the first quote and ends with the second. */
static bool emit_named(compiler *c, const char *text)
{
    size_t length = strcspn(text, "\"");
    char  *names = orm_arena_strndup(c->arena, text, length);

    if (names == NULL)
        return fail(c, "memory is out");
    if (strcmp(text + length, "\"") != 0 || !words_are_sound(names))
        return fail(c, "a name in lower case, or names with | between them, and a closing \" are wanted before this");
    return emit(c, STEP_NAMED, names, 0, 0);
}

static bool emit_class(compiler *c, const char *class_name)
{
    static const struct {
        const char *name;
        step_kind   kind;
    } classes[] = {
        { "name", STEP_COLUMN },   { "any", STEP_ANY },       { "word", STEP_WORD },
        { "string", STEP_STRING }, { "number", STEP_NUMBER },
    };

    if (strcmp(class_name, "...") == 0)
        return emit_gap(c, false);
    if (strcmp(class_name, "qualified") == 0)
        return emit_qualified(c);
    if (*class_name == '"')
        return emit_named(c, class_name + 1);
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (strcmp(class_name, classes[i].name) == 0)
            return emit(c, classes[i].kind, NULL, 0, 0);
    }
    return words_are_sound(class_name) ? emit(c, STEP_WORDS, class_name, 0, 0)
                                       : fail(c, "what may stand here is not known before this");
}

static bool compile_capture(compiler *c)
{
    size_t      name_length = strspn(c->at + 1, "abcdefghijklmnopqrstuvwxyz_0123456789");
    const char *name;
    const char *class_name = "name";
    size_t      slot = c->pattern->name_count;

    c->at++;
    if (name_length == 0)
        return fail(c, "a name in lower case is wanted");
    name = take(c, name_length);
    if (*c->at == ':') {
        c->at++;
        class_name = take(c, strcspn(c->at, ">"));
    }
    if (*c->at != '>')
        return fail(c, "'>' is missing");
    c->at++;
    if (name == NULL || class_name == NULL)
        return false;
    if (slot == CC_PATTERN_CAPTURES)
        return fail(c, "too many captures before this");
    for (size_t i = 0; i < slot; i++) {
        if (strcmp(c->pattern->names[i], name) == 0)
            return fail(c, "a capture of this name is already there before this");
    }
    c->pattern->names[c->pattern->name_count++] = name;
    return emit(c, STEP_SAVE, NULL, 2 * slot, 0) && emit_class(c, class_name) &&
           emit(c, STEP_SAVE, NULL, 2 * slot + 1, 0);
}

static bool compile_quoted(compiler *c)
{
    size_t      length = strcspn(c->at + 1, "'");
    const char *text;

    if (c->at[1 + length] != '\'' || length == 0)
        return fail(c, "a token and a closing ' are wanted");
    c->at++;
    text = take(c, length);
    c->at++;
    return text != NULL && emit(c, STEP_TEXT, text, 0, 0);
}

/* A name that may stand in quotes. */
static bool compile_named(compiler *c)
{
    size_t      length = strcspn(c->at + 1, "\"");
    const char *text;

    c->at++;
    text = take(c, c->at[length] == '"' ? length + 1 : length);
    return text != NULL && emit_named(c, text);
}

static bool compile_sequence(compiler *c);

/* No deeper than NESTING_LIMIT. Each alternative begins with a split whose other way is its neighbour. */
static bool compile_group(compiler *c)
{
    size_t start = c->pattern->count;
    size_t ends[NESTING_LIMIT * 2];
    size_t end_count = 0;
    size_t depth = c->depth;
    char   repeat;

    if (c->nesting == NESTING_LIMIT)
        return fail(c, "groups are nested too deep");
    c->nesting++;
    if (!emit_split(c))
        return false;
    do {
        size_t split = c->pattern->count;

        c->at++;
        c->depth = depth;
        if (end_count == sizeof ends / sizeof *ends)
            return fail(c, "too many alternatives");
        if (!emit_split(c) || !compile_sequence(c))
            return false;
        ends[end_count++] = c->pattern->count;
        if (!emit_jump(c, NOWHERE))
            return false;
        if (*c->at == '|')
            c->pattern->steps[split].y = c->pattern->count;
    } while (*c->at == '|');
    if (*c->at != '}')
        return fail(c, "'}' is missing");
    if (c->depth != depth)
        return fail(c, "parentheses are not balanced in the group before this");
    repeat = *++c->at;
    for (size_t i = 0; i < end_count; i++)
        c->pattern->steps[ends[i]].x = c->pattern->count;
    if (repeat == '*' && !emit_jump(c, start))
        return false;
    if (repeat == '+' && !emit(c, STEP_SPLIT, NULL, start, c->pattern->count + 1))
        return false;
    if (repeat == '*' || repeat == '?')
        c->pattern->steps[start].y = c->pattern->count;
    if (repeat == '*' || repeat == '?' || repeat == '+')
        c->at++;
    c->nesting--;
    return true;
}

static bool compile_punctuation(compiler *c)
{
    bool        cast = c->at[0] == ':' && c->at[1] == ':';
    const char *text;

    if (!cast && strchr("()[],;.=*", *c->at) == NULL)
        return fail(c, "this character means nothing here; put a token in single quotes");
    if ((*c->at == ')' || *c->at == ']') && c->depth == 0)
        return fail(c, "a parenthesis is closed that was not opened");
    text = take(c, cast ? 2 : 1);
    if (text == NULL)
        return false;
    if (*text == ')' || *text == ']')
        c->depth--;
    if (*text == '(' || *text == '[')
        c->depth++;
    return emit(c, STEP_TEXT, text, 0, 0);
}

static bool compile_item(compiler *c)
{
    if (strncmp(c->at, "...", 3) == 0) {
        c->at += 3;
        return emit_gap(c, false);
    }
    if (strncmp(c->at, "..", 2) == 0) {
        c->at += 2;
        return emit_gap(c, true);
    }
    if (*c->at == '{')
        return compile_group(c);
    if (*c->at == '<')
        return compile_capture(c);
    if (*c->at == '\'')
        return compile_quoted(c);
    if (*c->at == '"')
        return compile_named(c);
    if (*c->at == '$') {
        c->at++;
        return emit(c, STEP_END, NULL, 0, 0);
    }
    if (is_word_character(*c->at))
        return compile_words(c);
    return compile_punctuation(c);
}

/* Up to the end of the text, '}' or '|'. */
static bool compile_sequence(compiler *c)
{
    size_t start = c->pattern->count;

    for (;;) {
        while (isspace((unsigned char)*c->at))
            c->at++;
        if (*c->at == '\0' || *c->at == '}' || *c->at == '|')
            break;
        if (!compile_item(c))
            return false;
    }
    return c->pattern->count > start || fail(c, "something to match is wanted");
}

static bool is_bounded(const cc_pattern *pattern)
{
    for (size_t i = 0; i < pattern->count; i++) {
        const step *s = &pattern->steps[i];

        if (s->kind == STEP_SPLIT && (s->x <= i || s->y <= i))
            return false;
    }
    return true;
}

cc_pattern *cc_pattern_new(orm_arena *arena, const char *text, const char **why)
{
    cc_pattern *pattern = orm_arena_zalloc(arena, sizeof *pattern);
    compiler    c = { .arena = arena, .text = text, .at = text, .pattern = pattern, .why = why };

    *why = NULL;
    if (pattern == NULL) {
        *why = "memory is out";
        return NULL;
    }
    if (!compile_sequence(&c))
        return NULL;
    if (*c.at != '\0') {
        (void)fail(&c, "'{' is missing before this");
        return NULL;
    }
    if (!emit(&c, STEP_DONE, NULL, 0, 0))
        return NULL;
    pattern->bounded = is_bounded(pattern);
    return pattern;
}

int cc_pattern_capture(const cc_pattern *pattern, const char *name)
{
    for (size_t i = 0; i < pattern->name_count; i++) {
        if (strcmp(pattern->names[i], name) == 0)
            return (int)i;
    }
    return -1;
}

const char *cc_pattern_capture_name(const cc_pattern *pattern, size_t number)
{
    return number < pattern->name_count ? pattern->names[number] : NULL;
}

bool cc_pattern_leading_word(const cc_pattern *pattern, size_t index, const char **out)
{
    for (size_t i = 0; i <= index; i++) {
        if (pattern->steps[i].kind != STEP_WORDS || strchr(pattern->steps[i].text, '|') != NULL)
            return false;
    }
    *out = pattern->steps[index].text;
    return true;
}
