#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "types/codec_private.h"

/* A number as digits and a power of ten: 0.d1d2d3... * 10^point. */
typedef struct digits {
    char text[18];
    int  count;
    int  point;
    bool negative;
} digits;

/*
 * snprintf and strtod follow the locale, but only in the decimal point: taking the digits out of "%e", and reading an
 * integer with an exponent, keeps clear of it.
 */
static void take_digits(double value, int precision, digits *out)
{
    char        text[64];
    const char *at = text;

    snprintf(text, sizeof text, "%.*e", precision - 1, value);
    out->negative = *at == '-';
    out->count = 0;
    for (; *at != 'e' && *at != '\0'; at++) {
        if (*at >= '0' && *at <= '9' && out->count < precision)
            out->text[out->count++] = *at;
    }
    out->point = 1 + (*at == 'e' ? (int)strtol(at + 1, NULL, 10) : 0);
    while (out->count > 1 && out->text[out->count - 1] == '0')
        out->count--;
    out->text[out->count] = '\0';
}

static bool reads_back(const digits *d, double value)
{
    char text[48];

    snprintf(text, sizeof text, "%s%se%d", d->negative ? "-" : "", d->text, d->point - d->count);
    return strtod(text, NULL) == value;
}

/* Any 15 digits survive in a normal double, so 15 are the shortest or too few; a subnormal may need far fewer. */
static void shortest_digits(double value, digits *out)
{
    int precision = isnormal(value) ? 15 : 1;

    do
        take_digits(value, precision, out);
    while (!reads_back(out, value) && ++precision <= 17);
}

/* ECMAScript, Number::toString: what MikroORM puts into its statements. */
static void write_number(const digits *d, char *out)
{
    char       *to = out;
    const char *sign = d->negative ? "-" : "";
    int         n = d->point;

    if (d->count <= n && n <= 21)
        snprintf(to, ORM_DOUBLE_TEXT_SIZE, "%s%s%.*s", sign, d->text, n - d->count, "000000000000000000000");
    else if (n > 0 && n < d->count)
        snprintf(to, ORM_DOUBLE_TEXT_SIZE, "%s%.*s.%s", sign, n, d->text, d->text + n);
    else if (n > -6 && n <= 0)
        snprintf(to, ORM_DOUBLE_TEXT_SIZE, "%s0.%.*s%s", sign, -n, "000000", d->text);
    else
        snprintf(to, ORM_DOUBLE_TEXT_SIZE, "%s%c%s%se%+d", sign, d->text[0], d->count > 1 ? "." : "", d->text + 1,
                 n - 1);
}

void orm_double_format(double value, char out[ORM_DOUBLE_TEXT_SIZE])
{
    digits d;

    if (isnan(value)) {
        memcpy(out, "NaN", sizeof "NaN");
    } else if (isinf(value)) {
        snprintf(out, ORM_DOUBLE_TEXT_SIZE, "%s", value > 0 ? "Infinity" : "-Infinity");
    } else if (value == 0) {
        snprintf(out, ORM_DOUBLE_TEXT_SIZE, "%s", signbit(value) ? "-0" : "0");
    } else {
        shortest_digits(value, &d);
        write_number(&d, out);
    }
}

/* The integer with an exponent that means the same: no decimal point, so no locale. */
static bool without_point(const char *text, char *out, size_t size)
{
    const char *at = text;
    size_t      used = 0;
    long        exponent = 0;
    bool        after_point = false;
    bool        any = false;

    if (strlen(text) + 16 > size)
        return false;
    if (*at == '-' || *at == '+')
        out[used++] = *at++;
    for (;; at++) {
        if (*at == '.' && !after_point) {
            after_point = true;
        } else if (*at >= '0' && *at <= '9') {
            out[used++] = *at;
            exponent -= after_point;
            any = true;
        } else {
            break;
        }
    }
    if (!any)
        return false;
    if (*at == 'e' || *at == 'E') {
        char *end;
        long  given;

        if (at[1 + (at[1] == '-' || at[1] == '+')] < '0' || at[1 + (at[1] == '-' || at[1] == '+')] > '9')
            return false;
        given = strtol(at + 1, &end, 10);
        /* Beyond this everything is zero or infinity; the bound keeps the sum from overflowing. */
        exponent += given > 100000 ? 100000 : given < -100000 ? -100000 : given;
        at = end;
    }
    snprintf(out + used, size - used, "e%ld", exponent);
    return *at == '\0';
}

bool orm_double_parse(const char *text, double *out)
{
    char   plain[512];
    double value;

    if (strcmp(text, "NaN") == 0) {
        *out = (double)NAN;
        return true;
    }
    if (strcmp(text, "Infinity") == 0 || strcmp(text, "-Infinity") == 0) {
        *out = *text == '-' ? -(double)INFINITY : (double)INFINITY;
        return true;
    }
    if (!without_point(text, plain, sizeof plain))
        return false;
    value = strtod(plain, NULL);
    /* As PostgreSQL: a number past the largest double is an error, not infinity. */
    if (isinf(value))
        return false;
    *out = value;
    return true;
}
