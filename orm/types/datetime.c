#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <orm/value.h>

#include "types/datetime.h"

#define DAY_US (INT64_C(86400) * 1000000)

typedef struct civil {
    int64_t year; /* astronomical: 0 is 1 BC */
    int     month;
    int     day;
} civil;

/* Howard Hinnant's algorithms (chrono-Compatible Low-Level Date Algorithms): years begin in March, eras have 400. */
static int64_t days_of(civil c)
{
    int64_t year = c.year - (c.month <= 2);
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (c.month + (c.month > 2 ? -3 : 9)) + 2) / 5 + c.day - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static civil civil_of(int64_t days)
{
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    civil   c;

    c.day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    c.month = (int)(month < 10 ? month + 3 : month - 9);
    c.year = year_of_era + era * 400 + (c.month <= 2);
    return c;
}

static int days_in_month(int64_t year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool             leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (leap && month == 2);
}

bool orm_date_in_range(orm_date date)
{
    return date.days == INT32_MAX || date.days == INT32_MIN ||
           (date.days >= ORM_DATE_FIRST_DAY && date.days <= ORM_DATE_LAST_DAY);
}

bool orm_timestamp_in_range(orm_timestamp timestamp)
{
    return timestamp.microseconds == INT64_MIN || timestamp.microseconds >= ORM_DATE_FIRST_DAY * DAY_US;
}

/* ---- Writing ---- */

static void format_civil(civil c, const char *rest, char *out, size_t size)
{
    bool before_christ = c.year <= 0;

    snprintf(out, size, "%04" PRId64 "-%02d-%02d%s%s", before_christ ? 1 - c.year : c.year, c.month, c.day, rest,
             before_christ ? " BC" : "");
}

void orm_date_format(orm_date date, char *out, size_t size)
{
    if (date.days == INT32_MAX || date.days == INT32_MIN)
        snprintf(out, size, "%s", date.days > 0 ? "infinity" : "-infinity");
    else
        format_civil(civil_of(date.days), "", out, size);
}

/* ISO 8601 in UTC, as JavaScript's toISOString() writes it, with microseconds only where there are any. */
void orm_timestamp_format(orm_timestamp timestamp, char *out, size_t size)
{
    int64_t us = timestamp.microseconds;
    int64_t days = us / DAY_US - (us % DAY_US < 0);
    int64_t in_day = us % DAY_US + (us % DAY_US < 0 ? DAY_US : 0);
    int     seconds = (int)(in_day / 1000000);
    int     fraction = (int)(in_day % 1000000);
    char    rest[32];

    if (us == INT64_MAX || us == INT64_MIN) {
        snprintf(out, size, "%s", us > 0 ? "infinity" : "-infinity");
        return;
    }
    if (fraction % 1000 == 0)
        snprintf(rest, sizeof rest, "T%02d:%02d:%02d.%03dZ", seconds / 3600, seconds / 60 % 60, seconds % 60,
                 fraction / 1000);
    else
        snprintf(rest, sizeof rest, "T%02d:%02d:%02d.%06dZ", seconds / 3600, seconds / 60 % 60, seconds % 60, fraction);
    format_civil(civil_of(days), rest, out, size);
}

/* ---- Reading ---- */

/* Between `least` and `most` digits, as a number. */
static bool read_number(const char **text, size_t least, size_t most, int *out)
{
    const char *at = *text;
    int         value = 0;

    while ((size_t)(at - *text) < most && *at >= '0' && *at <= '9')
        value = value * 10 + (*at++ - '0');
    if ((size_t)(at - *text) < least)
        return false;
    *text = at;
    *out = value;
    return true;
}

static bool skip(const char **text, char c)
{
    if (**text != c)
        return false;
    (*text)++;
    return true;
}

static bool read_two(const char **text, int limit, int *out)
{
    return read_number(text, 2, 2, out) && *out <= limit;
}

/* Year, month and day. The era stands at the very end of the text, behind time and zone. */
static bool read_civil(const char **text, civil *out)
{
    size_t length = strlen(*text);
    bool   before_christ = length > 3 && strcmp(*text + length - 3, " BC") == 0;
    int    year;

    if (!read_number(text, 4, 7, &year) || year == 0 || !skip(text, '-') || !read_two(text, 12, &out->month) ||
        out->month == 0 || !skip(text, '-') || !read_two(text, 31, &out->day) || out->day == 0)
        return false;
    out->year = before_christ ? 1 - year : year;
    return out->day <= days_in_month(out->year, out->month);
}

static bool at_end(const char *text)
{
    return *text == '\0' || strcmp(text, " BC") == 0 || strcmp(text, " AD") == 0;
}

static bool read_fraction(const char **text, int64_t *out)
{
    int64_t value = 0;
    int     digits = 0;

    for (; **text >= '0' && **text <= '9'; (*text)++, digits++) {
        if (digits < 6)
            value = value * 10 + (**text - '0');
        else if (**text != '0')
            return false; /* finer than a microsecond: it would be lost */
    }
    if (digits == 0)
        return false;
    for (; digits < 6; digits++)
        value *= 10;
    *out = value;
    return true;
}

static bool read_time(const char **text, int64_t *out)
{
    int     hour;
    int     minute;
    int     second = 0;
    int64_t fraction = 0;

    if (!read_two(text, 23, &hour) || !skip(text, ':') || !read_two(text, 59, &minute))
        return false;
    if (skip(text, ':') && (!read_two(text, 59, &second) || (skip(text, '.') && !read_fraction(text, &fraction))))
        return false;
    *out = ((int64_t)hour * 3600 + (int64_t)minute * 60 + second) * 1000000 + fraction;
    return true;
}

/* Z, +02, +02:30, +0230, +00:19:32 (local mean time, as before zones); nothing means UTC. */
static bool read_zone(const char **text, int64_t *out)
{
    int  hour;
    int  minute = 0;
    int  second = 0;
    bool west = **text == '-';

    *out = 0;
    if (skip(text, 'Z') || (!west && **text != '+'))
        return true;
    (*text)++;
    if (!read_two(text, 15, &hour))
        return false;
    if (skip(text, ':')) {
        if (!read_two(text, 59, &minute) || (skip(text, ':') && !read_two(text, 59, &second)))
            return false;
    } else if (**text >= '0' && **text <= '9' && !read_two(text, 59, &minute)) {
        return false;
    }
    *out = ((int64_t)hour * 3600 + (int64_t)minute * 60 + second) * (west ? -1000000 : 1000000);
    return true;
}

bool orm_date_parse(const char *text, orm_date *out)
{
    civil   c;
    int64_t days;

    if (text == NULL)
        return false;
    if (strcmp(text, "infinity") == 0 || strcmp(text, "-infinity") == 0) {
        out->days = *text == '-' ? INT32_MIN : INT32_MAX;
        return true;
    }
    if (!read_civil(&text, &c) || !at_end(text))
        return false;
    days = days_of(c);
    if (days < ORM_DATE_FIRST_DAY || days > ORM_DATE_LAST_DAY)
        return false;
    out->days = (int32_t)days;
    return true;
}

bool orm_timestamp_parse(const char *text, orm_timestamp *out)
{
    civil   c;
    int64_t days;
    int64_t time = 0;
    int64_t zone = 0;
    int64_t total;

    if (text == NULL)
        return false;
    if (strcmp(text, "infinity") == 0 || strcmp(text, "-infinity") == 0) {
        out->microseconds = *text == '-' ? INT64_MIN : INT64_MAX;
        return true;
    }
    if (!read_civil(&text, &c))
        return false;
    if (skip(&text, 'T') || (*text == ' ' && text[1] >= '0' && text[1] <= '9' && skip(&text, ' '))) {
        if (!read_time(&text, &time) || !read_zone(&text, &zone))
            return false;
    }
    days = days_of(c);
    if (!at_end(text) || __builtin_mul_overflow(days, DAY_US, &total) ||
        __builtin_add_overflow(total, time - zone, &total) || total == INT64_MAX || total == INT64_MIN ||
        !orm_timestamp_in_range((orm_timestamp){ total }))
        return false;
    out->microseconds = total;
    return true;
}
