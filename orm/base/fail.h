/*
 * fail.h - the one way to make an error. Messages are single lines, name the thing that is wrong, and do not repeat what
 * the other fields say. A lower error is never overwritten by a vaguer one: a function that fails because of a call that
 * filled the error just returns.
 */
#ifndef ORM_BASE_FAIL_H
#define ORM_BASE_FAIL_H

#include <stdarg.h>
#include <stddef.h>

#include <orm/error.h>

/*
 * Fills `error` (may be NULL): all other fields are cleared. `number` is the message's stable number, each used in one
 * place only: 1xx base and types, 2xx meta, 3xx platform and driver, 4xx query, 5xx unit, 6xx schema.
 * Returns `status`, so that `return orm_fail(...)` reads well.
 */
orm_status orm_fail(orm_error *error, orm_status status, int number, const char *format, ...) ORM_PRINTF(4, 5);
orm_status orm_vfail(orm_error *error, orm_status status, int number, const char *format, va_list args)
    ORM_PRINTF(4, 0);

/* ORM_ERR_MEMORY with the standard text; works when nothing can be allocated. */
orm_status orm_fail_memory(orm_error *error);

#ifdef __clang_analyzer__
/* It looks at one source file at a time, and would take a failure for a possible ORM_OK. */
#define orm_fail(error, status, ...)                                                                                   \
    __extension__({                                                                                                    \
        (void)(orm_fail)((error), (status), __VA_ARGS__);                                                              \
        (orm_status)(status);                                                                                          \
    })
#define orm_fail_memory(error)                                                                                         \
    __extension__({                                                                                                    \
        (void)(orm_fail_memory)(error);                                                                                \
        ORM_ERR_MEMORY;                                                                                                \
    })
#endif

/* Adds to an error that was just made. NULL error or text: nothing. */
void orm_fail_hint(orm_error *error, const char *format, ...) ORM_PRINTF(2, 3);
void orm_fail_detail(orm_error *error, const char *format, ...) ORM_PRINTF(2, 3);
/* What a lower function has named already stays: it knows better. */
void orm_fail_where(orm_error *error, const char *entity, const char *property);
void orm_fail_sql(orm_error *error, const char *sql);

/* Empties `error` to ORM_OK. NULL is ignored. */
void orm_error_clear(orm_error *error);

/*
 * Copies `text` into `out` of `size` bytes, cut at a character boundary, with broken UTF-8 repaired to U+FFFD, always
 * terminated. NULL text gives an empty string.
 */
void orm_copy_text(char *out, size_t size, const char *text);

#endif
