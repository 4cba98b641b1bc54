/*
 * usage.h - which rules of a simulation were used by whom: lines "TAG TAB RULE" in a file, written by the process of the
 * proxy before a statement goes on, so that they are there when its answer is.
 */
#ifndef CRDBCHECK_TARGETS_USAGE_H
#define CRDBCHECK_TARGETS_USAGE_H

#include "base/arena.h"

typedef struct cc_usage {
    const char *path;
    int         file; /* opened for appending */
} cc_usage;

/* Makes the file. NULL when that fails or memory is out. The process that writes opens it for itself. */
cc_usage *cc_usage_new(orm_arena *arena, const char *path);

/* Writes a line when the application is tagged (CC_TARGET_TAG); `usage` is a cc_usage: for cc_profile_on_use(). */
void cc_usage_add(void *context, const char *application, const char *rule);

/* The rules with one of the tags (NULL-terminated), sorted, each once, NULL-terminated. NULL when memory is out. */
const char *const *cc_usage_read(const cc_usage *usage, const char *const *tags, orm_arena *arena);

#endif
