/*
 * json.h - JSON written into a buffer. Commas are set by themselves; a text may hold anything: broken UTF-8 becomes
 * U+FFFD, and control characters are escaped, so that a line stays a line and a terminal that shows it stays sane.
 *
 * Nothing fails here: the buffer's `broken` tells at the end whether memory was enough.
 */
#ifndef CRDBCHECK_RECORD_JSON_H
#define CRDBCHECK_RECORD_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

/* `bracket` is '{' or '['; closing takes '}' or ']'. */
void cc_json_open(orm_buffer *out, char bracket);
void cc_json_close(orm_buffer *out, char bracket);

/* The key of the value that is written next. */
void cc_json_key(orm_buffer *out, const char *key);

void cc_json_text(orm_buffer *out, const char *text); /* NULL is written as null */
void cc_json_int(orm_buffer *out, int64_t value);
void cc_json_bool(orm_buffer *out, bool value);

#endif
