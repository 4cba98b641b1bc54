#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "driver/driver_private.h"

/* A server that takes longer for an empty query is as good as lost. */
#define PING_LIMIT_MS 5000

/* orm_escape_fn. */
static bool escape_literal(void *context, orm_buffer *out, const char *text, size_t length, orm_error *error)
{
    orm_connection *connection = context;
    const char     *literal;
    char           *escaped;
    char            before = out->length > 0 ? out->data[out->length - 1] : ' ';

    if (orm_utf8_valid_prefix(text, length) != length) {
        orm_fail(error, ORM_ERR_VALIDATION, 351, "the text is not valid UTF-8: it cannot be sent");
        return false;
    }
    if (memchr(text, '\0', length) != NULL) {
        orm_fail(error, ORM_ERR_VALIDATION, 352, "the text has a NUL byte: no server stores that in a text");
        return false;
    }
    escaped = PQescapeLiteral(connection->pg, text, length);
    if (escaped == NULL) {
        char line[ORM_ERROR_TEXT_SIZE];
        char hint[ORM_ERROR_TEXT_SIZE];

        orm_fold_message(PQerrorMessage(connection->pg), line, sizeof line, hint, sizeof hint);
        orm_fail(error, strstr(line, "out of memory") != NULL ? ORM_ERR_MEMORY : ORM_ERR_VALIDATION, 353,
                 "the text cannot be made a literal: %s", line);
        return false;
    }
    /* libpq puts a space before E'...', which is needed only behind a word; MikroORM's SQL has none. */
    literal = escaped;
    if (*literal == ' ' && !isalnum((unsigned char)before) && before != '_')
        literal++;
    orm_buffer_append(out, literal);
    PQfreemem(escaped);
    return true;
}

static void receive_notice(void *context, const PGresult *notice)
{
    orm_log_notice(context, notice);
}

/* One statement of the driver's own while it connects; *out is NULL on failure. */
static orm_status ask(orm_connection *c, const char *sql, PGresult **out, orm_error *error)
{
    orm_answer       answer = { 0 };
    orm_circumstance at = { .sql = sql };
    orm_status       status = ORM_OK;

    orm_watch_begin(c, true);
    if (PQsendQuery(c->pg, sql) == 1)
        orm_answer_read(c, &answer);
    orm_watch_end(c, answer.failure);
    if (answer.failure != NULL || answer.result == NULL)
        status = orm_fail_server(error, answer.failure, c, &at);
    *out = status == ORM_OK ? answer.result : NULL;
    if (status == ORM_OK)
        answer.result = NULL;
    orm_answer_clear(&answer);
    return status;
}

static orm_status recognise(orm_connection *connection, orm_error *error)
{
    PGresult   *result;
    orm_status  status = ask(connection, "select version()", &result, error);
    const char *version;

    if (status != ORM_OK)
        return status;
    version = PQntuples(result) == 1 && PQnfields(result) == 1 ? PQgetvalue(result, 0, 0) : NULL;
    status =
        orm_platform_recognise(connection->arena, version, PQparameterStatus(connection->pg, "crdbcheck_simulated"),
                               &connection->platform, error);
    PQclear(result);
    return status;
}

static orm_status set(orm_connection *c, const char *sql, orm_error *error)
{
    PGresult  *result;
    orm_status status = ask(c, sql, &result, error);

    PQclear(result);
    return status;
}

/*
 * libpq sends these variables as settings of the session, and there is no way to keep it from that, so they are set
 * back. What the server would have used cannot be found out any more (RESET goes back to what libpq sent): it is a
 * fixed value.
 */
static const struct {
    const char *variable;
    const char *sql;
} sent_by_libpq[] = {
    { "PGTZ", "set timezone to 'UTC'" },
    { "PGDATESTYLE", "set datestyle to 'ISO, MDY'" },
    { "PGGEQO", "set geqo to on" },
};

static void undo_environment(orm_connection *c)
{
    for (size_t i = 0; i < sizeof sent_by_libpq / sizeof sent_by_libpq[0]; i++) {
        /* A server that does not know the setting has not taken it either. */
        if (getenv(sent_by_libpq[i].variable) != NULL)
            set(c, sent_by_libpq[i].sql, NULL);
    }
}

static orm_status prepare_session(orm_connection *connection, orm_error *error)
{
    const char *date_style;

    if (connection->target->isolated)
        undo_environment(connection);
    /* Dates and times as text are read in one form. */
    date_style = PQparameterStatus(connection->pg, "DateStyle");
    if (date_style != NULL && !orm_text_starts(date_style, "ISO"))
        return set(connection, "set datestyle to 'ISO'", error);
    return ORM_OK;
}

orm_status orm_connection_open(const orm_target *target, orm_interrupt *interrupt, orm_connection **out,
                               orm_error *error)
{
    const orm_allocator *a = &target->allocator;
    orm_connection      *c = a->alloc(a->context, sizeof *c);
    orm_status           status;

    *out = NULL;
    if (c == NULL)
        return orm_fail_memory(error);
    *c = (orm_connection){ .target = target, .process = getpid(), .escaper.literal = escape_literal };
    c->escaper.context = c;
    orm_cache_init(&c->cache, a);
    orm_encoded_init(&c->encoded, a);
    orm_buffer_init(&c->scratch, a, 0);
    c->arena = orm_arena_new(NULL, a, "connection");

    c->watch.interrupt = interrupt;
    status = orm_watch_init(&c->watch, error);
    if (status == ORM_OK && c->arena == NULL)
        status = orm_fail_memory(error);
    if (status == ORM_OK)
        status = orm_connect(c, receive_notice, error);
    if (status == ORM_OK && PQsetnonblocking(c->pg, 1) != 0)
        status = orm_fail_memory(error);
    if (status == ORM_OK)
        status = recognise(c, error);
    if (status == ORM_OK)
        status = prepare_session(c, error);
    if (status != ORM_OK) {
        orm_connection_close(c);
        return status;
    }
    *out = c;
    return ORM_OK;
}

bool orm_connection_answers(orm_connection *connection)
{
    orm_answer answer = { 0 };
    bool       answered;

    orm_watch_begin(connection, false);
    connection->watch.timeout = orm_clock_ns() + PING_LIMIT_MS * ORM_NS_PER_MS;
    if (connection->watch.interrupt != NULL)
        connection->watch.timeout = orm_sooner(connection->watch.timeout, connection->watch.interrupt->deadline);
    if (PQsendQuery(connection->pg, "") == 1)
        orm_answer_read(connection, &answer);
    orm_watch_end(connection, answer.failure);
    answered = answer.failure == NULL && answer.result != NULL;
    orm_answer_clear(&answer);
    return answered;
}

bool orm_connection_is_own(const orm_connection *connection)
{
    return connection->process == getpid();
}

/*
 * Libpq says good-bye to the server when it frees its memory, and in a forked child that would end the parent's session:
 * the words go nowhere instead. Where that cannot be had, the memory is left alone.
 */
static bool take_off_socket(const PGconn *pg)
{
    int  nowhere = PQsocket(pg) < 0 ? -1 : open("/dev/null", O_RDWR | O_CLOEXEC);
    bool done = nowhere >= 0 && dup2(nowhere, PQsocket(pg)) >= 0;

    if (nowhere >= 0)
        close(nowhere);
    return done || PQsocket(pg) < 0;
}

void orm_connection_close(orm_connection *connection)
{
    const orm_allocator *a = &connection->target->allocator;

    if (orm_connection_is_own(connection) || take_off_socket(connection->pg))
        PQfinish(connection->pg);
    orm_cache_free(&connection->cache);
    orm_encoded_free(&connection->encoded);
    orm_buffer_free(&connection->scratch);
    orm_arena_free(connection->arena);
    orm_watch_free(&connection->watch);
    a->release(a->context, connection);
}

void orm_connection_set_label(orm_connection *connection, const char *label)
{
    connection->label = label;
}

const orm_platform *orm_connection_platform(const orm_connection *connection)
{
    return &connection->platform;
}

const orm_settings *orm_connection_settings(const orm_connection *connection)
{
    return &connection->target->settings;
}

const char *orm_connection_parameter(const orm_connection *connection, const char *name)
{
    return PQparameterStatus(connection->pg, name);
}

bool orm_connection_is_usable(const orm_connection *connection)
{
    PGTransactionStatusType status = PQtransactionStatus(connection->pg);

    if (status == PQTRANS_ACTIVE && connection->occupant == NULL)
        return false;
    return status != PQTRANS_UNKNOWN && orm_connection_is_own(connection);
}

bool orm_connection_is_aborted(const orm_connection *connection)
{
    return PQtransactionStatus(connection->pg) == PQTRANS_INERROR;
}

uint64_t orm_connection_commits(const orm_connection *connection)
{
    return connection->commits;
}

const orm_escaper *orm_connection_escaper(const orm_connection *connection)
{
    return &connection->escaper;
}
