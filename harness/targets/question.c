#include "harness/targets/question.h"

#include <stdbool.h>
#include <string.h>

#include <libpq-fe.h>

#include "base/buffer.h"

static PGconn *connect_to(const cc_asked_server *server, orm_arena *arena, const char *database)
{
    const char *const names[] = { "host", "port", "user", "dbname", "connect_timeout", "options", NULL };
    const char       *values[] = { server->folder,
                                   orm_arena_printf(arena, "%d", server->port),
                                   server->user,
                                   database,
                                   "2",
                                   "-c statement_timeout=2000 -c lock_timeout=1",
                                   NULL };

    return values[1] == NULL ? NULL : PQconnectdbParams(names, values, 0);
}

/* select schema.name($1, ...); the name is one of the profile's. */
static const char *call_of(orm_arena *arena, const char *function, size_t count)
{
    orm_buffer  sql;
    const char *text;

    orm_buffer_init(&sql, NULL, 0);
    orm_buffer_printf(&sql, "select %s(", function);
    for (size_t i = 0; i < count; i++)
        orm_buffer_printf(&sql, "%s$%zu", i > 0 ? ", " : "", i + 1);
    orm_buffer_append_char(&sql, ')');
    text = sql.broken ? NULL : orm_arena_strdup(arena, sql.data);
    orm_buffer_free(&sql);
    return text;
}

const char *cc_ask_server(void *server, orm_arena *arena, const char *database, const char *function,
                          const char *const *arguments, size_t count)
{
    const char *sql = call_of(arena, function, count);
    const char *answer = NULL;
    PGconn     *conn = sql == NULL ? NULL : connect_to(server, arena, database);
    PGresult   *result = NULL;

    if (conn != NULL && PQstatus(conn) == CONNECTION_OK)
        result = PQexecParams(conn, sql, (int)count, NULL, arguments, NULL, NULL, 0);
    if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1 && !PQgetisnull(result, 0, 0))
        answer = orm_arena_strdup(arena, PQgetvalue(result, 0, 0));
    PQclear(result);
    PQfinish(conn);
    return answer;
}
