/*
 * describe.h - a case in plain words, as JUnit's bodies and the console show it. All of it is harmless plain text.
 */
#ifndef CRDBCHECK_WRITERS_DESCRIBE_H
#define CRDBCHECK_WRITERS_DESCRIBE_H

#include "base/buffer.h"
#include "reports/record/record.h"

/* One line: why the case is not a pass, at most `limit` characters. */
void cc_describe_reason(orm_buffer *out, const cc_record_case *item, size_t limit);

/* Several lines: what was expected and got, the server's error, the place, the command that repeats the case. */
void cc_describe_case(orm_buffer *out, const cc_record_case *item);

/* The statements from number `first` on, each with its time and rows or error. */
void cc_describe_sql(orm_buffer *out, const cc_record_case *item, size_t first);

#endif
