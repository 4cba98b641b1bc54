#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "driver/driver_private.h"

#define NS_PER_MS 1000000
#define MS_PER_S 1000
#define SQLSTATE_LENGTH 5

/* Milliseconds that are left of the time for connecting, for poll(): -1 is no limit. */
static int remaining_ms(uint64_t start, int64_t timeout_s)
{
    int64_t left;

    if (timeout_s == 0)
        return -1;
    left = timeout_s * MS_PER_S - (int64_t)((orm_clock_ns() - start) / NS_PER_MS);
    return left > 0 ? (int)left : 0;
}

/* False when time is up. */
static bool wait_for(PGconn *pg, PostgresPollingStatusType wanted, uint64_t start, int64_t timeout_s)
{
    struct pollfd fd = { .fd = PQsocket(pg), .events = wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT };

    for (;;) {
        int left = remaining_ms(start, timeout_s);
        int ready = poll(&fd, 1, left);

        if (ready > 0)
            return true;
        if (ready == 0 || errno != EINTR)
            return false;
    }
}

/* ---- What libpq says when it could not connect ---- */

/*
 * Before a connection stands, libpq gives the server's answer only as text. Asked to be verbose it puts the SQLSTATE
 * there: "... failed: FATAL:  3D000: database "x" does not exist". Takes it out of the line.
 */
static void take_sqlstate(char *line, char sqlstate[SQLSTATE_LENGTH + 1])
{
    for (char *at = strstr(line, ":  "); at != NULL; at = strstr(at + 1, ":  ")) {
        char *code = at + 3;
        int   length = 0;

        while (length < SQLSTATE_LENGTH &&
               (isdigit((unsigned char)code[length]) || isupper((unsigned char)code[length])))
            length++;
        if (length < SQLSTATE_LENGTH || strncmp(code + length, ": ", 2) != 0)
            continue;
        memcpy(sqlstate, code, SQLSTATE_LENGTH);
        sqlstate[SQLSTATE_LENGTH] = '\0';
        memmove(code, code + length + 2, strlen(code + length + 2) + 1);
        return;
    }
}

/* Cuts "; NAME:  rest" off the line and gives the rest; the server's further fields stand behind its message. */
static void take_field(char *line, const char *name, char *out, size_t size)
{
    char *at = strstr(line, name);
    char *end;

    if (at == NULL)
        return;
    end = strstr(at + 1, "; ");
    if (end != NULL)
        *end = '\0';
    orm_copy_text(out, size, at + strlen(name));
    if (end != NULL) {
        *end = ';';
        memmove(at, end, strlen(end) + 1);
    } else {
        *at = '\0';
    }
}

static void add_hint(const orm_target *target, orm_error *error, const char *hint)
{
    const char *of_tls = orm_tls_hint(target, error->message);

    if (error->sqlstate[0] == '\0' && strstr(error->message, "service") != NULL && getenv("PGSERVICE") != NULL)
        orm_fail_hint(error,
                      "libpq looks up the service that PGSERVICE names even where the environment plays no part: "
                      "unset PGSERVICE.");
    else if (strcmp(error->sqlstate, "22023") == 0)
        orm_fail_hint(error, "libpq sends PGTZ, PGDATESTYLE and PGGEQO even where the environment plays no part: see "
                             "whether one of them holds this value.");
    else if (error->hint[0] == '\0')
        orm_fail_hint(error, "%s", of_tls != NULL ? of_tls : hint);
}

static orm_status fail_to_connect(const orm_target *target, const PGconn *pg, orm_error *error)
{
    char      line[ORM_ERROR_MESSAGE_SIZE];
    char      hint[ORM_ERROR_TEXT_SIZE];
    orm_error own;

    if (error == NULL)
        error = &own;
    orm_fold_message(PQerrorMessage(pg), line, sizeof line, hint, sizeof hint);
    /* libpq checks the values of its options, and reads its files, only now. */
    if (strncmp(line, "invalid ", strlen("invalid ")) == 0)
        return orm_fail(error, ORM_ERR_CONFIG, 341, "the connection cannot be made as configured: %s", line);
    if (orm_tls_check_authority(target, line, error) != ORM_OK)
        return ORM_ERR_CONFIG;
    orm_fail(error, ORM_ERR_CONNECTION, 342, "%s", "");
    take_sqlstate(line, error->sqlstate);
    take_field(line, "; LOCATION:  ", error->source, sizeof error->source);
    take_field(line, "; DETAIL:  ", error->detail, sizeof error->detail);
    take_field(line, "; HINT:  ", error->hint, sizeof error->hint);
    orm_copy_text(error->message, sizeof error->message, line[0] != '\0' ? line : "the server cannot be reached");
    if (error->sqlstate[0] != '\0')
        error->number = 0; /* the server's own words */
    add_hint(target, error, hint);
    return ORM_ERR_CONNECTION;
}

static orm_status fail_timeout(const PGconn *pg, int64_t timeout_s, orm_error *error)
{
    const char *host = PQhost(pg);
    const char *port = PQport(pg);

    orm_fail(error, ORM_ERR_CONNECTION, 343, "no connection to %s, port %s within %lld seconds",
             host != NULL && *host != '\0' ? host : "the server", port != NULL ? port : "?", (long long)timeout_s);
    orm_fail_hint(error, "See whether a server listens there, and whether a firewall swallows the packets.");
    return ORM_ERR_CONNECTION;
}

orm_status orm_connect(const orm_target *target, PQnoticeReceiver notices, void *context, PGconn **out,
                       orm_error *error)
{
    PostgresPollingStatusType wanted = PGRES_POLLING_WRITING;
    uint64_t                  start = orm_clock_ns();
    PGconn                   *pg = PQconnectStart(target->conninfo);
    orm_status                status = ORM_OK;

    *out = NULL;
    if (pg == NULL)
        return orm_fail_memory(error);
    PQsetNoticeReceiver(pg, notices, context);
    PQsetErrorVerbosity(pg, PQERRORS_VERBOSE);

    if (PQstatus(pg) == CONNECTION_BAD)
        wanted = PGRES_POLLING_FAILED;
    while (status == ORM_OK && (wanted == PGRES_POLLING_READING || wanted == PGRES_POLLING_WRITING)) {
        if (wait_for(pg, wanted, start, target->timeout_s))
            wanted = PQconnectPoll(pg);
        else
            status = fail_timeout(pg, target->timeout_s, error);
    }
    if (status == ORM_OK && wanted != PGRES_POLLING_OK)
        status = fail_to_connect(target, pg, error);
    if (status != ORM_OK) {
        PQfinish(pg);
        return status;
    }
    PQsetErrorVerbosity(pg, PQERRORS_DEFAULT);
    *out = pg;
    return ORM_OK;
}
