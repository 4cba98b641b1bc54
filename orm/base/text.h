/*
 * text.h - UTF-8 and small questions about strings.
 */
#ifndef ORM_BASE_TEXT_H
#define ORM_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"

/* Length of the valid UTF-8 prefix of the data; equal to `size` when all of it is valid. NUL bytes count as valid. */
size_t orm_utf8_valid_prefix(const char *data, size_t size);

/* Appends the data with each broken byte replaced by U+FFFD. */
void orm_utf8_repair(orm_buffer *out, const char *data, size_t size);

/* Appends one character, given as its code point (a surrogate or a number past U+10FFFF becomes U+FFFD). */
void orm_utf8_append(orm_buffer *out, uint32_t code_point);

/*
 * Bytes of the terminal sequence (colours, cursor, title: ESC [ ..., ESC ] ... and the like) at the start of the text; 0
 * when there is none, or one whose end is missing where it would swallow the rest of the text.
 */
size_t orm_terminal_sequence(const char *text);

/* In place: terminal sequences are taken out, and what is left of control characters becomes spaces. */
void orm_make_single_line(char *text);

bool orm_text_equal(const char *a, const char *b); /* NULL equals only NULL */
bool orm_text_starts(const char *text, const char *prefix);

/*
 * The word nearest to `word` (optimal string alignment distance, case ignored), or NULL when none is near enough to be a
 * slip of the finger: at most one edit in three characters, and at most three. Ties go to the first.
 */
const char *orm_nearest_word(const char *word, const char *const *words, size_t count);

/* Whole text as a decimal integer, with optional sign; false on anything else or when it does not fit. */
bool orm_parse_int64(const char *text, int64_t *out);

/* FNV-1a with a final mix, for the hash tables of this library; `seed` chains calls. */
uint64_t orm_hash_bytes(const void *data, size_t size, uint64_t seed);

/* Monotonic clock in nanoseconds; only differences mean anything. */
uint64_t orm_clock_ns(void);

/* Fills `out` with random bytes of the system, in blocks; right after fork() parent and child differ. */
bool orm_random_bytes(void *out, size_t size) ORM_MUST_CHECK;

#endif
