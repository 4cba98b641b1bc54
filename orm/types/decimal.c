#include <string.h>

#include "types/codec_private.h"

/* Sign word and limits of the wire format: PostgreSQL, src/backend/utils/adt/numeric.c. */
#define SIGN_NEGATIVE 0x4000
#define SIGN_NAN 0xC000
#define SIGN_INFINITY 0xD000
#define SIGN_MINUS_INFINITY 0xF000
#define SCALE_MASK 0x3FFF
#define GROUP_DIGITS 4

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The text taken apart; nothing is copied. */
typedef struct parts {
    bool        negative;
    const char *digits; /* with a point in between, perhaps */
    size_t      size;
    int64_t     point; /* the first significant digit stands at 10^(point - 1) */
} parts;

static bool is_special(const char *text, size_t size)
{
    static const char *const words[] = { "NaN", "Infinity", "-Infinity" };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strlen(words[i]) == size && memcmp(words[i], text, size) == 0)
            return true;
    }
    return false;
}

static bool read_exponent(const char *text, size_t size, int64_t *out)
{
    bool    negative = size > 0 && *text == '-';
    size_t  i = size > 0 && (*text == '-' || *text == '+');
    int64_t value = 0;

    if (i == size)
        return false;
    for (; i < size; i++) {
        /* numeric ends long before. */
        if (!is_digit(text[i]) || value > 200000)
            return false;
        value = value * 10 + (text[i] - '0');
    }
    *out = negative ? -value : value;
    return true;
}

static bool take_apart(const char *text, size_t size, parts *out)
{
    size_t  i = size > 0 && (*text == '-' || *text == '+');
    size_t  start = i;
    size_t  before_point = 0;
    bool    point_seen = false;
    bool    digit_seen = false;
    int64_t exponent = 0;

    for (; i < size && (is_digit(text[i]) || (text[i] == '.' && !point_seen)); i++) {
        if (text[i] == '.') {
            point_seen = true;
        } else {
            digit_seen = true;
            before_point += !point_seen;
        }
    }
    *out = (parts){ .negative = size > 0 && *text == '-', .digits = text + start, .size = i - start };
    if (!digit_seen)
        return false;
    if (i < size) {
        if ((text[i] != 'e' && text[i] != 'E') || !read_exponent(text + i + 1, size - i - 1, &exponent))
            return false;
    }
    out->point = (int64_t)before_point + exponent;
    while (out->size > 0 && (*out->digits == '0' || *out->digits == '.')) {
        out->point -= 1 - (*out->digits == '.');
        out->digits++;
        out->size--;
    }
    return true;
}

bool orm_decimal_valid(const char *text, size_t size)
{
    parts ignored;

    return is_special(text, size) || take_apart(text, size, &ignored);
}

/* The next digit, with zeros behind the last one. */
static char next_digit(parts *p)
{
    if (p->size > 0 && *p->digits == '.') {
        p->digits++;
        p->size--;
    }
    if (p->size == 0)
        return '0';
    p->size--;
    return *p->digits++;
}

/* Equal as numbers: 10.5 is 10.50. */
bool orm_decimal_equal(const char *a, const char *b)
{
    parts x;
    parts y;

    if (strcmp(a, b) == 0)
        return true;
    if (!take_apart(a, strlen(a), &x) || !take_apart(b, strlen(b), &y))
        return false;
    /* Zeros in front are gone: nothing is left of zero, whatever its sign and exponent. */
    if (x.size == 0 || y.size == 0)
        return x.size == y.size;
    if (x.negative != y.negative || x.point != y.point)
        return false;
    while (x.size > 0 || y.size > 0) {
        if (next_digit(&x) != next_digit(&y))
            return false;
    }
    return true;
}

/* ---- Binary ---- */

typedef struct numeric {
    int         groups; /* of four digits */
    int         weight; /* of the first group, as a power of 10000 */
    uint16_t    sign;
    int         scale; /* digits behind the point */
    const char *data;
} numeric;

static int digit_at(const numeric *n, int group, int place)
{
    static const int power[GROUP_DIGITS] = { 1000, 100, 10, 1 };

    if (group < 0 || group >= n->groups)
        return 0;
    return orm_read_u16(n->data + (ptrdiff_t)2 * group) / power[place] % 10;
}

/* All digits of the groups before the point, without zeros in front, but at least one. */
static char *write_integer(const numeric *n, char *to)
{
    char *start = to;

    for (int group = 0; group <= n->weight; group++) {
        for (int place = 0; place < GROUP_DIGITS; place++) {
            int digit = digit_at(n, group, place);

            if (digit != 0 || to > start)
                *to++ = (char)('0' + digit);
        }
    }
    if (to == start)
        *to++ = '0';
    return to;
}

static char *write_fraction(const numeric *n, char *to)
{
    if (n->scale > 0)
        *to++ = '.';
    for (int i = 0; i < n->scale; i++)
        *to++ = (char)('0' + digit_at(n, n->weight + 1 + i / GROUP_DIGITS, i % GROUP_DIGITS));
    return to;
}

static bool groups_are_valid(const numeric *n)
{
    for (int i = 0; i < n->groups; i++) {
        if (orm_read_u16(n->data + (ptrdiff_t)2 * i) > 9999)
            return false;
    }
    return true;
}

static const char *special_text(uint16_t sign)
{
    switch (sign) {
    case SIGN_NAN:
        return "NaN";
    case SIGN_INFINITY:
        return "Infinity";
    case SIGN_MINUS_INFINITY:
        return "-Infinity";
    default:
        return NULL;
    }
}

orm_status orm_decimal_read_binary(const orm_reading *r, const char *data, size_t size, const char **out)
{
    const size_t header = 8;
    numeric      n;
    const char  *special;
    char        *text;
    char        *to;

    if (size < header)
        return orm_reading_bad_binary(r, size);
    n = (numeric){ .groups = orm_read_u16(data),
                   .weight = (int16_t)orm_read_u16(data + 2),
                   .sign = orm_read_u16(data + 4),
                   .scale = orm_read_u16(data + 6),
                   .data = data + header };
    special = special_text(n.sign);
    if (special != NULL) {
        *out = orm_arena_strdup(r->arena, special);
        return *out == NULL ? orm_fail_memory(r->error) : ORM_OK;
    }
    if (size - header != 2 * (size_t)n.groups || (n.sign != 0 && n.sign != SIGN_NEGATIVE) || n.scale > SCALE_MASK ||
        !groups_are_valid(&n))
        return orm_reading_bad_binary(r, size);
    /* Sign, integer digits (one at least), point, fraction, NUL. */
    text = orm_arena_alloc(r->arena, (size_t)((n.weight < 0 ? 0 : n.weight + 1) * GROUP_DIGITS + n.scale) + 4);
    if (text == NULL)
        return orm_fail_memory(r->error);
    to = text;
    if (n.sign == SIGN_NEGATIVE)
        *to++ = '-';
    to = write_fraction(&n, write_integer(&n, to));
    *to = '\0';
    *out = text;
    return ORM_OK;
}
