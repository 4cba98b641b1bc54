/*
 * log.h - what liborm tells while it works: the statements it sends, notices of the server, warnings.
 */
#ifndef ORM_LOG_H
#define ORM_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <orm/error.h>

ORM_BEGIN_DECLS

typedef enum orm_log_kind {
    ORM_LOG_QUERY,  /* a statement was sent and answered; `error` is set if it failed */
    ORM_LOG_NOTICE, /* the server sent a notice or warning */
    ORM_LOG_INFO,
    ORM_LOG_WARNING
} orm_log_kind;

/* One event. Everything in it is lent for the time of the call. */
typedef struct orm_log_event {
    orm_log_kind kind;
    const char  *message; /* QUERY: the SQL as sent; else one line of text */

    /* QUERY only */
    size_t             param_count;
    const char *const *params;      /* text form of $1, $2, ...; NULL for SQL NULL */
    uint64_t           nanoseconds; /* from sending to the last byte of the answer */
    int64_t            rows;        /* returned or affected; -1 when the statement has no count */
    const orm_error   *error;       /* NULL on success */
    bool               slow;        /* it took at least orm_config.slow_query_ms */
    const char        *label;       /* of the entity manager that sent it: orm_set_label(); NULL: none */

    /* NOTICE only */
    const char *severity;
    const char *sqlstate;
    const char *detail;
    const char *hint;
} orm_log_event;

/* Called on the thread that does the work. It must not call back into liborm. */
typedef void (*orm_log_fn)(void *context, const orm_log_event *event);

ORM_END_DECLS

#endif
