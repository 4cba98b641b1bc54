#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdio.h>
#include <string.h>

#include "harness/expect/expect_private.h"

/* A case file is data of strangers: a pattern that would run for minutes is an error after some milliseconds. */
#define MATCH_LIMIT 200000U
#define DEPTH_LIMIT 2000U
#define HEAP_LIMIT_KIB 16384U
#define PATTERN_LIMIT 8192U

/* The last slash, when the text is a pattern. */
static const char *closing_slash(const char *text)
{
    const char *end = text == NULL || text[0] != '/' ? NULL : strrchr(text, '/');

    if (end == NULL || end < text + 2)
        return NULL;
    return strspn(end + 1, "ismx") == strlen(end + 1) ? end : NULL;
}

bool cc_is_pattern(const char *text)
{
    return closing_slash(text) != NULL;
}

static uint32_t options_of(const char *flags)
{
    uint32_t options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C;

    for (; *flags != '\0'; flags++) {
        switch (*flags) {
        case 'i':
            options |= PCRE2_CASELESS;
            break;
        case 's':
            options |= PCRE2_DOTALL;
            break;
        case 'm':
            options |= PCRE2_MULTILINE;
            break;
        default:
            options |= PCRE2_EXTENDED;
            break;
        }
    }
    return options;
}

static void say(orm_buffer *why, const char *what, const char *pattern, int code)
{
    PCRE2_UCHAR message[160] = "";

    pcre2_get_error_message(code, message, sizeof message);
    cc_why(why, "pattern %.200s %s: %s", pattern, what, (const char *)message);
}

/* NULL when it does not compile; `why` says. */
static pcre2_code *compile(const char *pattern, orm_buffer *why)
{
    const char *end = closing_slash(pattern);
    pcre2_code *code = NULL;
    int         error = 0;
    PCRE2_SIZE  at = 0;

    if (end == NULL || (size_t)(end - pattern) > PATTERN_LIMIT) {
        cc_why(why, "pattern %.40s... is too long: the limit is %u bytes", pattern, PATTERN_LIMIT);
        return NULL;
    }
    code = pcre2_compile((PCRE2_SPTR)(pattern + 1), (PCRE2_SIZE)(end - pattern - 1), options_of(end + 1), &error, &at,
                         NULL);
    if (code == NULL) {
        char what[64] = "";

        snprintf(what, sizeof what, "is wrong at character %zu", (size_t)at + 1);
        say(why, what, pattern, error);
    }
    return code;
}

cc_match cc_match_pattern(const char *pattern, const char *text, orm_buffer *why)
{
    pcre2_code          *code = compile(pattern, why);
    pcre2_match_data    *data = code == NULL ? NULL : pcre2_match_data_create(1, NULL);
    pcre2_match_context *limits = code == NULL ? NULL : pcre2_match_context_create(NULL);
    cc_match             result = CC_MATCH_BROKEN;

    if (data != NULL && limits != NULL) {
        int found = 0;

        pcre2_set_match_limit(limits, MATCH_LIMIT);
        pcre2_set_depth_limit(limits, DEPTH_LIMIT);
        pcre2_set_heap_limit(limits, HEAP_LIMIT_KIB);
        found = pcre2_match(code, (PCRE2_SPTR)text, strlen(text), 0, 0, data, limits);
        if (found >= 0)
            result = CC_MATCH;
        else if (found == PCRE2_ERROR_NOMATCH)
            result = CC_NO_MATCH;
        else
            say(why, "cannot be tried; make it simpler", pattern, found);
    } else if (code != NULL) {
        cc_why(why, "out of memory");
    }
    pcre2_match_context_free(limits);
    pcre2_match_data_free(data);
    pcre2_code_free(code);
    return result;
}

const char *cc_pattern_problem(orm_arena *arena, const char *pattern)
{
    orm_buffer  why;
    pcre2_code *code = NULL;
    const char *reason = NULL;

    if (!cc_is_pattern(pattern))
        return NULL;
    orm_buffer_init(&why, NULL, 0);
    code = compile(pattern, &why);
    if (code == NULL) {
        reason = orm_arena_strdup(arena, why.data);
        reason = reason == NULL ? "out of memory" : reason;
    }
    pcre2_code_free(code);
    orm_buffer_free(&why);
    return reason;
}
