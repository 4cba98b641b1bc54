#include <stdio.h>
#include <string.h>

#include "driver/driver_private.h"

/* Adds `line` to the text in `out`, which it then is cut to fit. */
static void add_line(char *out, size_t size, const char *separator, const char *line, size_t length)
{
    size_t used = strlen(out);

    if (length > 0 && used + 1 < size)
        snprintf(out + used, size - used, "%s%.*s", used > 0 ? separator : "", (int)length, line);
}

void orm_fold_message(const char *message, char *line, size_t line_size, char *hint, size_t hint_size)
{
    line[0] = hint[0] = '\0';
    while (*message != '\0') {
        size_t length = strcspn(message, "\n");

        if (*message == '\t')
            add_line(hint, hint_size, " ", message + 1, length - 1);
        else
            add_line(line, line_size, "; ", message, length);
        message += length;
        message += *message == '\n';
    }
}

/* libpq has something to say itself: mostly that the connection is lost. */
static orm_status fail_client(orm_error *error, const PGresult *failure, const PGconn *pg, const orm_circumstance *at)
{
    const char *message = failure != NULL ? PQresultErrorMessage(failure) : PQerrorMessage(pg);
    char        line[ORM_ERROR_MESSAGE_SIZE];
    char        hint[ORM_ERROR_TEXT_SIZE];
    bool        retryable = false;
    orm_status  status;

    orm_fold_message(message, line, sizeof line, hint, sizeof hint);
    if (PQstatus(pg) == CONNECTION_BAD)
        status = orm_platform_error_kind(NULL, line, at->during_commit, &retryable);
    else
        status = strstr(line, "out of memory") != NULL ? ORM_ERR_MEMORY : ORM_ERR_PROTOCOL;
    orm_fail(error, status, 360, "%s", line[0] != '\0' ? line : "the connection to the server was lost");
    orm_fail_hint(error, "%s", hint);
    error->retryable = retryable && at->in_transaction;
    return status;
}

static const char *field(const PGresult *failure, int code)
{
    const char *text = PQresultErrorField(failure, code);

    return text != NULL ? text : "";
}

static void fill_fields(orm_error *error, const PGresult *failure)
{
    const char *internal = field(failure, PG_DIAG_INTERNAL_QUERY);
    const char *file = field(failure, PG_DIAG_SOURCE_FILE);

    orm_copy_text(error->detail, sizeof error->detail, field(failure, PG_DIAG_MESSAGE_DETAIL));
    orm_copy_text(error->hint, sizeof error->hint, field(failure, PG_DIAG_MESSAGE_HINT));
    orm_copy_text(error->context, sizeof error->context, field(failure, PG_DIAG_CONTEXT));
    if (*internal != '\0' && error->context[0] == '\0')
        orm_copy_text(error->context, sizeof error->context, internal);
    orm_copy_text(error->sqlstate, sizeof error->sqlstate, field(failure, PG_DIAG_SQLSTATE));
    orm_copy_text(error->severity, sizeof error->severity, field(failure, PG_DIAG_SEVERITY_NONLOCALIZED));
    if (error->severity[0] == '\0')
        orm_copy_text(error->severity, sizeof error->severity, field(failure, PG_DIAG_SEVERITY));
    orm_copy_text(error->schema_name, sizeof error->schema_name, field(failure, PG_DIAG_SCHEMA_NAME));
    orm_copy_text(error->table, sizeof error->table, field(failure, PG_DIAG_TABLE_NAME));
    orm_copy_text(error->column, sizeof error->column, field(failure, PG_DIAG_COLUMN_NAME));
    orm_copy_text(error->data_type, sizeof error->data_type, field(failure, PG_DIAG_DATATYPE_NAME));
    orm_copy_text(error->constraint, sizeof error->constraint, field(failure, PG_DIAG_CONSTRAINT_NAME));
    orm_copy_text(error->position, sizeof error->position, field(failure, PG_DIAG_STATEMENT_POSITION));
    if (*file != '\0') {
        char source[ORM_ERROR_NAME_SIZE];

        snprintf(source, sizeof source, "%s:%s %s", file, field(failure, PG_DIAG_SOURCE_LINE),
                 field(failure, PG_DIAG_SOURCE_FUNCTION));
        orm_copy_text(error->source, sizeof error->source, source);
    }
}

orm_status orm_fail_stopped(orm_error *error, orm_stop why, unsigned limit_ms, const char *outcome)
{
    if (why == ORM_STOP_REQUEST)
        return orm_fail(error, ORM_ERR_CANCELLED, 357, "the statement was cancelled: %s", outcome);
    if (why == ORM_STOP_DEADLINE)
        return orm_fail(error, ORM_ERR_CANCELLED, 358,
                        "the deadline of %u ms has passed before the statement was done: %s", limit_ms, outcome);
    return orm_fail(error, ORM_ERR_CANCELLED, 359, "the statement was not done within %u ms: %s", limit_ms, outcome);
}

/* The server did not answer, or could not be asked: what became of the statement is known only in a transaction. */
static orm_status fail_cut(orm_error *error, const orm_connection *c, const orm_circumstance *at)
{
    bool unknown = at->during_commit || !at->in_transaction;

    orm_watch_fail(c,
                   !unknown ? "the connection was cut, and the transaction is rolled back"
                            : "the connection was cut, and nobody knows whether the server has done it",
                   error);
    if (c->watch.stoppable && c->watch.unasked)
        orm_fail_hint(error,
                      "Over an encrypted connection libpq before 17 can only cancel in the clear: liborm cuts the "
                      "connection instead.");
    else
        orm_fail_hint(error, "The server did not answer in time.");
    if (error != NULL && at->during_commit)
        error->status = ORM_ERR_AMBIGUOUS_COMMIT;
    return at->during_commit ? ORM_ERR_AMBIGUOUS_COMMIT : ORM_ERR_CANCELLED;
}

static orm_status fail_by_server(orm_error *error, const PGresult *failure, const orm_connection *c,
                                 const orm_circumstance *at)
{
    const char *message = field(failure, PG_DIAG_MESSAGE_PRIMARY);
    bool        retryable = false;
    orm_status  status =
        orm_platform_error_kind(field(failure, PG_DIAG_SQLSTATE), message, at->during_commit, &retryable);

    if (status == ORM_ERR_CANCELLED && c->watch.worked)
        orm_watch_fail(c, message, error);
    else
        orm_fail(error, status, 0, "%s", message);
    if (error != NULL) {
        fill_fields(error, failure);
        /* What was lost outside a transaction may have been done: it is not for us to say that it can be repeated. */
        error->retryable = retryable && (status != ORM_ERR_CONNECTION || at->in_transaction);
    }
    return status;
}

orm_status orm_fail_server(orm_error *error, const PGresult *failure, const orm_connection *c,
                           const orm_circumstance *at)
{
    orm_status status;

    if (c->watch.cut)
        status = fail_cut(error, c, at);
    else if (failure != NULL && PQresultErrorField(failure, PG_DIAG_SQLSTATE) != NULL)
        status = fail_by_server(error, failure, c, at);
    else
        status = fail_client(error, failure, c->pg, at);
    orm_fail_sql(error, at->sql);
    return status;
}
