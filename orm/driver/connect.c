#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "driver/driver_private.h"

#define SQLSTATE_LENGTH 5

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

/* ---- Hosts that do not answer ---- */

/*
 * One try to connect, and what is left to try. libpq goes through several hosts by itself when they refuse, but would
 * wait for one that says nothing until all the time is used up; so each gets its share, and then libpq begins anew
 * without it.
 */
typedef struct search {
    orm_connection   *c;
    PQconninfoOption *options; /* where there are several hosts; else NULL */
    size_t            hosts;
    uint64_t          limit;  /* for all of it; 0: none */
    uint64_t          share;  /* until the host that is being tried has to answer */
    const char       *host;   /* which it is; libpq's own text, only to be compared */
    orm_buffer        silent; /* the names of those that did not */
} search;

static orm_status fail_timeout(const search *s, orm_error *error)
{
    const PGconn *pg = s->c->pg;
    const char   *host = PQhost(pg);
    const char   *port = PQport(pg);

    orm_fail(error, ORM_ERR_CONNECTION, 343, "no connection to %s%s, port %s within %lld seconds",
             s->silent.length > 0 ? s->silent.data : "", host != NULL && *host != '\0' ? host : "the server",
             port != NULL ? port : "?", (long long)s->c->target->timeout_s);
    orm_fail_hint(error, "See whether a server listens there, and whether a firewall swallows the packets.");
    return ORM_ERR_CONNECTION;
}

static uint64_t after_s(int64_t seconds)
{
    return seconds == 0 ? 0 : orm_clock_ns() + (uint64_t)seconds * 1000 * ORM_NS_PER_MS;
}

/* The next host has what is left, shared among those that are left. */
static void share_time(search *s)
{
    uint64_t now = orm_clock_ns();

    s->host = PQhost(s->c->pg);
    s->share = s->limit;
    if (s->limit > now && s->hosts > 1)
        s->share = now + (s->limit - now) / s->hosts;
}

static PostgresPollingStatusType start(search *s, const char *conninfo, PQnoticeReceiver notices)
{
    orm_connection *c = s->c;

    c->pg = PQconnectStart(conninfo);
    if (c->pg == NULL)
        return PGRES_POLLING_FAILED;
    /* libpq hands the context back as it came; the receiver only reads it. */
    PQsetNoticeReceiver(c->pg, notices, (void *)(uintptr_t)c->target);
    PQsetErrorVerbosity(c->pg, PQERRORS_VERBOSE);
    share_time(s);
    return PQstatus(c->pg) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
}

/* Without the host that keeps silent. ORM_ERR_CONNECTION when it was the last one. */
static orm_status go_on_without(search *s, PQnoticeReceiver notices, PostgresPollingStatusType *wanted,
                                orm_error *error)
{
    PGconn    *pg = s->c->pg;
    char      *conninfo;
    orm_status status = ORM_OK;

    if (s->hosts < 2 || (s->limit != 0 && orm_clock_ns() >= s->limit))
        return fail_timeout(s, error);
    orm_buffer_printf(&s->silent, "%s, port %s, or ", PQhost(pg), PQport(pg));
    if (s->silent.broken || !orm_hosts_remove(s->options, PQhost(pg), PQport(pg)))
        return orm_fail_memory(error);
    s->hosts--;
    status = orm_conninfo_write(&s->c->target->allocator, s->options, &conninfo, error);
    if (status != ORM_OK)
        return status;
    PQfinish(pg);
    *wanted = start(s, conninfo, notices);
    orm_conninfo_free(&s->c->target->allocator, conninfo);
    return s->c->pg != NULL ? ORM_OK : orm_fail_memory(error);
}

static orm_status drive(search *s, PQnoticeReceiver notices, orm_error *error)
{
    PostgresPollingStatusType wanted = start(s, s->c->target->conninfo, notices);
    orm_status                status = s->c->pg != NULL ? ORM_OK : orm_fail_memory(error);

    while (status == ORM_OK && (wanted == PGRES_POLLING_READING || wanted == PGRES_POLLING_WRITING)) {
        status = orm_watch_connecting(s->c, wanted == PGRES_POLLING_WRITING, s->share, error);
        if (status == ORM_ERR_CONNECTION) {
            status = go_on_without(s, notices, &wanted, error);
        } else if (status == ORM_OK) {
            wanted = PQconnectPoll(s->c->pg);
            if (PQhost(s->c->pg) != s->host)
                share_time(s);
        }
    }
    if (status == ORM_OK && wanted != PGRES_POLLING_OK)
        status = fail_to_connect(s->c->target, s->c->pg, error);
    return status;
}

orm_status orm_connect(orm_connection *c, PQnoticeReceiver notices, orm_error *error)
{
    search     s = { .c = c, .limit = after_s(c->target->timeout_s), .hosts = 1 };
    orm_status status;

    s.options = PQconninfoParse(c->target->conninfo, NULL);
    if (s.options == NULL)
        return orm_fail_memory(error);
    s.hosts = orm_hosts_count(s.options);
    orm_buffer_init(&s.silent, &c->target->allocator, 0);
    orm_watch_begin(c, true);
    c->watch.timeout = 0; /* that is for statements */
    status = drive(&s, notices, error);
    orm_watch_end(c, NULL);
    orm_buffer_free(&s.silent);
    PQconninfoFree(s.options);
    if (status == ORM_OK)
        PQsetErrorVerbosity(c->pg, PQERRORS_DEFAULT);
    return status;
}
