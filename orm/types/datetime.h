/*
 * datetime.h - the limits of PostgreSQL's calendar (proleptic Gregorian, from 4714-11-24 BC, Julian day 0, on). Reading and writing
 * are public: orm/value.h.
 */
#ifndef ORM_TYPES_DATETIME_H
#define ORM_TYPES_DATETIME_H

#include <orm/value.h>

/* Days since 1970-01-01 of Julian day 0 and of 5874897-12-31. */
#define ORM_DATE_FIRST_DAY INT64_C(-2440588)
#define ORM_DATE_LAST_DAY INT64_C(2145042905)

/* PostgreSQL counts from 2000-01-01. */
#define ORM_EPOCH_2000_DAYS 10957
#define ORM_EPOCH_2000_US (INT64_C(946684800) * 1000000)

/*
 * Whether PostgreSQL can hold it. Of its timestamps, those of the last decades before the year 294277 do not fit into
 * an orm_timestamp; every later orm_timestamp than Julian day 0 fits there.
 */
bool orm_date_in_range(orm_date date);
bool orm_timestamp_in_range(orm_timestamp timestamp);

#endif
