/*
 * plain_text.h - texts of servers and case files made harmless, before a report escapes them in its own way.
 */
#ifndef CRDBCHECK_WRITERS_PLAIN_TEXT_H
#define CRDBCHECK_WRITERS_PLAIN_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/*
 * Appends the text without terminal sequences (ESC [ ..., ESC ] ...), with broken UTF-8 as U+FFFD, line ends as \n, and
 * all other control characters, noncharacters and overrides of the direction made visible: \x1B, \uFFFE, \u202E. The result is legal in XML 1.0. NULL:
 * nothing.
 */
void cc_plain_text(orm_buffer *out, const char *text);

/* As above, on one line: white space becomes single spaces, and after `limit` characters there is an ellipsis. */
void cc_plain_line(orm_buffer *out, const char *text, size_t limit);

/* Appends plain text (already harmless) with `prefix` in front of each line, and a final newline. */
void cc_append_indented(orm_buffer *out, const char *text, const char *prefix);

/* Appends at most about `limit` bytes: head and tail, with a line between that says how much is left out. */
void cc_append_head_and_tail(orm_buffer *out, const char *text, size_t limit);

/* "s" for every count but 1, to go behind a noun: 1 case, 2 cases. */
const char *cc_plural(size_t count);

/* Seconds with three decimals and a point, whatever the locale; negative times are 0. */
void cc_append_seconds(orm_buffer *out, int64_t nanoseconds);

#endif
