#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/seeded.h"
#include "types/datetime.h"

static int64_t day(const char *text)
{
    orm_date date;

    if (!orm_date_parse(text, &date))
        fail_msg("'%s' is not read as a date", text);
    return date.days;
}

static int64_t us(const char *text)
{
    orm_timestamp timestamp;

    if (!orm_timestamp_parse(text, &timestamp))
        fail_msg("'%s' is not read as a timestamp", text);
    return timestamp.microseconds;
}

static void known_days(void **state)
{
    (void)state;
    assert_int_equal(day("1970-01-01"), 0);
    assert_int_equal(day("1969-12-31"), -1);
    assert_int_equal(day("2000-01-01"), ORM_EPOCH_2000_DAYS);
    assert_int_equal(day("2000-02-29"), 11016);
    assert_int_equal(day("2000-03-01"), 11017);
    assert_int_equal(day("0001-01-01"), -719162);
    assert_int_equal(day("0001-12-31 BC"), -719163);
    assert_int_equal(day("0001-01-01 AD"), -719162);
    assert_int_equal(day("4714-11-24 BC"), ORM_DATE_FIRST_DAY);
    assert_int_equal(day("5874897-12-31"), ORM_DATE_LAST_DAY);
    assert_int_equal(day("infinity"), INT32_MAX);
    assert_int_equal(day("-infinity"), INT32_MIN);
    assert_int_equal(day("0005-02-29 BC") + 1, day("0005-03-01 BC"));
}

static void other_dates_are_refused(void **state)
{
    static const char *const bad[] = { "",
                                       "2026",
                                       "2026-1-1",
                                       "2026-13-01",
                                       "2026-00-01",
                                       "2026-01-00",
                                       "2026-01-32",
                                       "2026-02-29",
                                       "1900-02-29",
                                       "0000-01-01",
                                       "2026-01-01 ",
                                       " 2026-01-01",
                                       "2026-01-01BC",
                                       "5874898-01-01",
                                       "4714-11-23 BC",
                                       "-0001-01-01",
                                       "20260101",
                                       "12345678-01-01",
                                       "Infinity",
                                       "2026-01-01 10:00:00" };
    orm_date                 date = { 42 };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (orm_date_parse(bad[i], &date))
            fail_msg("'%s' was taken for a date", bad[i]);
    }
    assert_false(orm_date_parse(NULL, &date));
    assert_int_equal(date.days, 42);
}

/* Every day of 1,200 years around the turns of era, and samples of the whole range: text and back. */
static void days_survive_the_way_there_and_back(void **state)
{
    uint64_t seed = 3;

    (void)state;
    for (int i = 0; i < 640000; i++) {
        orm_date date = { i < 440000 ? -900000 + i
                                     : (int32_t)(ORM_DATE_FIRST_DAY +
                                                 (int64_t)seeded_below(
                                                     &seed, (uint64_t)(ORM_DATE_LAST_DAY - ORM_DATE_FIRST_DAY + 1))) };
        orm_date back;
        char     text[40];

        orm_date_format(date, text, sizeof text);
        if (!orm_date_parse(text, &back) || back.days != date.days)
            fail_msg("day %d became '%s'", date.days, text);
    }
}

static void known_times(void **state)
{
    (void)state;
    assert_int_equal(us("1970-01-01 00:00:00+00"), 0);
    assert_int_equal(us("1970-01-01T00:00:00.000001Z"), 1);
    assert_int_equal(us("1969-12-31T23:59:59.999999Z"), -1);
    assert_int_equal(us("2026-11-23 10:00:00.25+00"), us("2026-11-23T10:00:00.250Z"));
    assert_int_equal(us("2026-11-23 10:00:00+02"), us("2026-11-23 08:00:00+00"));
    assert_int_equal(us("2026-11-23 10:00:00-03:30"), us("2026-11-23 13:30:00+00"));
    assert_int_equal(us("2026-11-23 10:00:00-0330"), us("2026-11-23 13:30:00Z"));
    assert_int_equal(us("1900-01-01 00:19:32+00:19:32"), us("1900-01-01 00:00:00Z"));
    assert_int_equal(us("2026-11-23 10:00"), us("2026-11-23 10:00:00Z"));
    assert_int_equal(us("2026-11-23"), us("2026-11-23 00:00:00Z"));
    assert_int_equal(us("0044-03-15 12:00:00+00 BC"), day("0044-03-15 BC") * 86400000000 + 43200000000);
    assert_int_equal(us("infinity"), INT64_MAX);
    assert_int_equal(us("-infinity"), INT64_MIN);
    assert_int_equal(us("294247-01-10 04:00:54.775806+00"), INT64_MAX - 1);
    assert_int_equal(us("2000-01-01 00:00:00+00"), ORM_EPOCH_2000_US);
    assert_int_equal(us("2026-01-01 00:00:00.1234560000Z"), us("2026-01-01 00:00:00.123456Z"));
}

static void other_times_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "10:00:00",
        "2026-11-23 24:00:00Z",
        "2026-11-23 10:60:00Z",
        "2026-11-23 10:00:60Z",
        "2026-11-23 10:00:00.Z",
        "2026-11-23 10:00:00.1234567Z",
        "2026-11-23 10:00:00+16",
        "2026-11-23 10:00:00+2",
        "2026-11-23 10:00:00+02:60",
        "2026-11-23 10:00:00+02:",
        "2026-11-23 10:00:00Zulu",
        "2026-11-23 10:00:00 +00",
        "2026-11-23  10:00:00",
        "2026-11-23T",
        "2026-11-23 10",
        "294247-01-10 04:00:54.775807+00",
        "294276-12-31 00:00:00+00",
        "4714-11-23 23:59:59+00 BC",
    };
    orm_timestamp timestamp = { 42 };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (orm_timestamp_parse(bad[i], &timestamp))
            fail_msg("'%s' was taken for a timestamp", bad[i]);
    }
    assert_false(orm_timestamp_parse(NULL, &timestamp));
    assert_int_equal(timestamp.microseconds, 42);
}

static void times_are_written_as_javascript_does(void **state)
{
    char text[40];

    (void)state;
    orm_timestamp_format((orm_timestamp){ us("2026-11-23 05:34:46.627+00") }, text, sizeof text);
    assert_string_equal(text, "2026-11-23T05:34:46.627Z");
    orm_timestamp_format((orm_timestamp){ 0 }, text, sizeof text);
    assert_string_equal(text, "1970-01-01T00:00:00.000Z");
    orm_timestamp_format((orm_timestamp){ -1 }, text, sizeof text);
    assert_string_equal(text, "1969-12-31T23:59:59.999999Z");
    orm_timestamp_format((orm_timestamp){ us("0044-03-15 12:00:00+00 BC") }, text, sizeof text);
    assert_string_equal(text, "0044-03-15T12:00:00.000Z BC");
    orm_timestamp_format((orm_timestamp){ INT64_MIN }, text, sizeof text);
    assert_string_equal(text, "-infinity");
    /* Beyond what a server holds, but no reason to fail. */
    orm_timestamp_format((orm_timestamp){ INT64_MIN + 1 }, text, sizeof text);
    assert_string_equal(text, "290309-12-21T19:59:05.224193Z BC");
    orm_date_format((orm_date){ INT32_MAX }, text, sizeof text);
    assert_string_equal(text, "infinity");
    orm_date_format((orm_date){ INT32_MAX - 1 }, text, 5);
    assert_string_equal(text, "5881");
}

static void times_survive_the_way_there_and_back(void **state)
{
    uint64_t seed = 4;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        orm_timestamp timestamp = { (int64_t)seeded_next(&seed) >> (i % 40) };
        orm_timestamp back;
        char          text[40];

        if (!orm_timestamp_in_range(timestamp))
            continue;
        orm_timestamp_format(timestamp, text, sizeof text);
        if (!orm_timestamp_parse(text, &back) || back.microseconds != timestamp.microseconds)
            fail_msg("%lld became '%s'", (long long)timestamp.microseconds, text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_days),
        cmocka_unit_test(other_dates_are_refused),
        cmocka_unit_test(days_survive_the_way_there_and_back),
        cmocka_unit_test(known_times),
        cmocka_unit_test(other_times_are_refused),
        cmocka_unit_test(times_are_written_as_javascript_does),
        cmocka_unit_test(times_survive_the_way_there_and_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
