#include <string.h>

#include "base/text.h"
#include "types/codec_private.h"

#define DEEPEST 1000

/* A parser without recursion: `open` remembers for each level whether it is an object. */
typedef struct json {
    const char *at;
    const char *end;
    size_t      depth;
    bool        open[DEEPEST];
    const char *problem;
} json;

static bool fail(json *j, const char *problem)
{
    j->problem = problem;
    return false;
}

static bool peek(const json *j, char c)
{
    return j->at < j->end && *j->at == c;
}

static bool take(json *j, char c)
{
    if (!peek(j, c))
        return false;
    j->at++;
    return true;
}

static void skip_space(json *j)
{
    while (j->at < j->end && (*j->at == ' ' || *j->at == '\t' || *j->at == '\n' || *j->at == '\r'))
        j->at++;
}

static bool digits(json *j)
{
    const char *start = j->at;

    while (j->at < j->end && *j->at >= '0' && *j->at <= '9')
        j->at++;
    return j->at > start;
}

static bool number(json *j)
{
    take(j, '-');
    if (!take(j, '0') && !digits(j))
        return fail(j, "a value is expected");
    if (take(j, '.') && !digits(j))
        return fail(j, "a digit is expected");
    if (take(j, 'e') || take(j, 'E')) {
        if (!take(j, '+'))
            take(j, '-');
        if (!digits(j))
            return fail(j, "a digit is expected");
    }
    return true;
}

static bool unicode_escape(json *j)
{
    for (int i = 0; i < 4; i++, j->at++) {
        if (j->at == j->end || *j->at == '\0' || strchr("0123456789abcdefABCDEF", *j->at) == NULL)
            return fail(j, "\\u needs four hexadecimal digits");
    }
    return true;
}

static bool escape(json *j)
{
    if (j->at == j->end)
        return fail(j, "the string does not end");
    if (take(j, 'u'))
        return unicode_escape(j);
    if (*j->at == '\0' || strchr("\"\\/bfnrt", *j->at) == NULL)
        return fail(j, "there is no such escape");
    j->at++;
    return true;
}

static bool string(json *j)
{
    if (!take(j, '"'))
        return fail(j, "a string is expected");
    while (j->at < j->end) {
        if (take(j, '"'))
            return true;
        if ((unsigned char)*j->at < 0x20)
            return fail(j, "a control character must be escaped");
        if (take(j, '\\')) {
            if (!escape(j))
                return false;
        } else {
            j->at++;
        }
    }
    return fail(j, "the string does not end");
}

static bool word(json *j, const char *text)
{
    size_t length = strlen(text);

    if ((size_t)(j->end - j->at) < length || memcmp(j->at, text, length) != 0)
        return fail(j, "a value is expected");
    j->at += length;
    return true;
}

static bool scalar(json *j)
{
    switch (j->at < j->end ? *j->at : '\0') {
    case '"':
        return string(j);
    case 't':
        return word(j, "true");
    case 'f':
        return word(j, "false");
    case 'n':
        return word(j, "null");
    default:
        return number(j);
    }
}

static bool member_name(json *j)
{
    skip_space(j);
    if (!string(j))
        return false;
    skip_space(j);
    return take(j, ':') || fail(j, "':' is expected");
}

/* Goes in as long as values open; ends behind a scalar or an empty container. */
static bool go_in(json *j)
{
    for (;;) {
        bool object;

        skip_space(j);
        object = peek(j, '{');
        if (!object && !peek(j, '['))
            return scalar(j);
        if (j->depth == DEEPEST)
            return fail(j, "it is nested more than 1000 deep");
        j->at++;
        j->open[j->depth++] = object;
        skip_space(j);
        if (take(j, object ? '}' : ']')) {
            j->depth--;
            return true;
        }
        if (object && !member_name(j))
            return false;
    }
}

/* Behind a value: closes what ends here. `*more` says that a comma came and the next value follows. */
static bool go_out(json *j, bool *more)
{
    *more = false;
    while (j->depth > 0) {
        bool object = j->open[j->depth - 1];

        skip_space(j);
        if (take(j, ',')) {
            *more = true;
            return !object || member_name(j);
        }
        if (!take(j, object ? '}' : ']'))
            return fail(j, object ? "',' or '}' is expected" : "',' or ']' is expected");
        j->depth--;
    }
    return true;
}

const char *orm_json_problem(const char *text, size_t size, size_t *where)
{
    json   j = { .at = text, .end = text + size };
    size_t valid = orm_utf8_valid_prefix(text, size);
    bool   more = true;

    *where = valid;
    if (valid < size)
        return "it is not valid UTF-8";
    while (more && go_in(&j) && go_out(&j, &more))
        ;
    if (j.problem == NULL) {
        skip_space(&j);
        if (j.at < j.end)
            fail(&j, "something stands behind the value");
    }
    *where = (size_t)(j.at - text);
    return j.problem;
}
