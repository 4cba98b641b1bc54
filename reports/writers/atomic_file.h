/*
 * atomic_file.h - a file that is there as a whole or not at all.
 */
#ifndef CRDBCHECK_WRITERS_ATOMIC_FILE_H
#define CRDBCHECK_WRITERS_ATOMIC_FILE_H

#include <orm/error.h>

#include "base/buffer.h"

/*
 * Writes the buffer to a new file next to `path` and renames it. What is at `path` and is no regular file (a pipe, a
 * device) is written directly. A broken buffer, or any failure, leaves what was there before and no temporary file.
 */
orm_status cc_write_file(const char *path, const orm_buffer *content, orm_error *error);

#endif
