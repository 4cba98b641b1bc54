#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "harness/expect/expect_private.h"

/* A decimal number taken apart: digits without leading and trailing zeros, times ten to the exponent. */
typedef struct decimal {
    bool        negative;
    const char *first; /* first digit that counts; a dot may come between the digits */
    size_t      digits;
    int64_t     exponent;
} decimal;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool read_decimal(const char *text, decimal *out)
{
    const char *at = text;
    const char *last = NULL; /* of the digits that count */
    bool        seen_dot = false;
    bool        any = false;
    int64_t     scale = 0; /* digits behind the dot, up to `last` */
    int64_t     behind_dot = 0, zeros = 0, exponent = 0;

    *out = (decimal){ .negative = *at == '-' };
    for (at += *at == '-' || *at == '+'; is_digit(*at) || (*at == '.' && !seen_dot); at++) {
        if (*at == '.') {
            seen_dot = true;
            continue;
        }
        any = true;
        behind_dot += seen_dot;
        zeros += !seen_dot;
        if (*at != '0') {
            out->first = out->first == NULL ? at : out->first;
            last = at;
            scale = behind_dot;
            zeros = 0;
        }
    }
    if (any && (*at == 'e' || *at == 'E')) {
        any = orm_parse_int64(at + 1, &exponent) && exponent <= INT32_MAX && exponent >= INT32_MIN;
        at += strlen(at);
    }
    if (!any || *at != '\0')
        return false;
    if (last == NULL) {
        *out = (decimal){ .negative = false }; /* zero has neither sign nor exponent here */
        return true;
    }
    for (const char *c = out->first; c <= last; c++)
        out->digits += is_digit(*c);
    out->exponent = exponent + zeros - scale;
    return true;
}

static bool same_digits(const decimal *a, const decimal *b)
{
    const char *x = a->first;
    const char *y = b->first;

    for (size_t i = 0; i < a->digits; i++, x++, y++) {
        x += *x == '.';
        y += *y == '.';
        if (*x != *y)
            return false;
    }
    return true;
}

bool cc_same_number(const char *a, const char *b)
{
    decimal x, y;

    return read_decimal(a, &x) && read_decimal(b, &y) && x.negative == y.negative && x.digits == y.digits &&
           x.exponent == y.exponent && same_digits(&x, &y);
}
