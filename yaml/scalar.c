#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "yaml/yaml_private.h"

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (strcmp(text, *words) == 0)
            return true;
    }
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *skip_digits(const char *text)
{
    while (is_digit(*text))
        text++;
    return text;
}

static const char *skip_sign(const char *text)
{
    return *text == '+' || *text == '-' ? text + 1 : text;
}

/* The base of a text that is a whole number, and where its digits begin; 0 for other texts. */
static int integer_base(const char *text, const char **digits)
{
    const char *unsigned_part = skip_sign(text);

    *digits = text;
    if (is_digit(*unsigned_part) && *skip_digits(unsigned_part) == '\0')
        return 10;
    if (text[0] != '0' || (text[1] != 'o' && text[1] != 'x') || text[2] == '\0')
        return 0;
    *digits = text + 2;
    return text[2 + strspn(text + 2, text[1] == 'o' ? "01234567" : "0123456789abcdefABCDEF")] != '\0' ? 0
           : text[1] == 'o'                                                                           ? 8
                                                                                                      : 16;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool looks_like_float(const char *text)
{
    const char *at = skip_sign(text);
    const char *after = skip_digits(at);
    bool        has_digits = after > at;

    at = after;
    if (*at == '.') {
        after = skip_digits(at + 1);
        has_digits = has_digits || after > at + 1;
        at = after;
    }
    if (!has_digits)
        return false;
    if (*at == 'e' || *at == 'E') {
        at = skip_sign(at + 1);
        after = skip_digits(at);
        if (after == at)
            return false;
        at = after;
    }
    return *at == '\0';
}

static bool resolve_special_float(cc_yaml *scalar)
{
    static const char *const infinities[] = { ".inf", ".Inf", ".INF", NULL };
    static const char *const not_a_number[] = { ".nan", ".NaN", ".NAN", NULL };

    if (is_one_of(skip_sign(scalar->text), infinities))
        scalar->as.real = scalar->text[0] == '-' ? -INFINITY : INFINITY;
    else if (is_one_of(scalar->text, not_a_number))
        scalar->as.real = NAN;
    else
        return false;
    scalar->kind = CC_YAML_FLOAT;
    return true;
}

static void resolve_integer(cc_yaml *scalar, const char *digits, int base, cc_problems *problems)
{
    scalar->kind = CC_YAML_INT;
    errno = 0;
    scalar->as.integer = strtoll(digits, NULL, base);
    if (errno == ERANGE)
        cc_problem_add(problems, scalar->place,
                       "the number %s does not fit 64 bits; quote it if it is meant as text: \"%s\"", scalar->text,
                       scalar->text);
}

static void resolve_float(cc_yaml *scalar, cc_problems *problems)
{
    scalar->kind = CC_YAML_FLOAT;
    scalar->as.real = strtod(scalar->text, NULL);
    if (isinf(scalar->as.real))
        cc_problem_add(problems, scalar->place,
                       "the number %s is too large for a double; quote it if it is meant as text: \"%s\"", scalar->text,
                       scalar->text);
}

void cc_yaml_resolve(cc_yaml *scalar, cc_problems *problems)
{
    static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
    static const char *const trues[] = { "true", "True", "TRUE", NULL };
    static const char *const falses[] = { "false", "False", "FALSE", NULL };
    const char              *digits;
    int                      base;

    if (is_one_of(scalar->text, nulls)) {
        scalar->kind = CC_YAML_NULL;
    } else if (is_one_of(scalar->text, trues) || is_one_of(scalar->text, falses)) {
        scalar->kind = CC_YAML_BOOL;
        scalar->as.boolean = is_one_of(scalar->text, trues);
    } else if ((base = integer_base(scalar->text, &digits)) != 0) {
        resolve_integer(scalar, digits, base, problems);
    } else if (looks_like_float(scalar->text)) {
        resolve_float(scalar, problems);
    } else if (!resolve_special_float(scalar)) {
        scalar->kind = CC_YAML_STRING;
    }
}
