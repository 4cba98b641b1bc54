#include <string.h>
#include <sys/socket.h>

#include "driver/driver_private.h"

/* Neither rows nor a count: the server waits for data, or sends some. */
static void refuse_copy(orm_connection *c, ExecStatusType status, orm_answer *answer)
{
    char *data = NULL;

    answer->refused = true;
    if (status != PGRES_COPY_OUT)
        PQputCopyEnd(c->pg, "liborm takes no COPY here");
    else
        while (orm_wait_copy_data(c, &data) > 0)
            PQfreemem(data);
}

/* What the command did to the session beyond the transaction's status, which libpq follows by itself. */
static void note_command(const char *command, orm_answer *answer)
{
    if (strcmp(command, "COMMIT") == 0) {
        answer->committed = answer->restarted = true;
    } else if (strcmp(command, "ROLLBACK") == 0) {
        answer->rolled_back = true; /* also the tag of ROLLBACK TO: only a BEGIN behind it tells */
    } else if (strcmp(command, "BEGIN") == 0 || strcmp(command, "START TRANSACTION") == 0) {
        answer->restarted = answer->restarted || answer->rolled_back;
    } else if (strcmp(command, "DISCARD ALL") == 0 || strcmp(command, "DEALLOCATE ALL") == 0) {
        answer->prepared_lost = true;
    }
}

/* COPY was asked for. False when nothing more can be read. */
static bool leave_copy(orm_connection *c, PGresult *result, orm_answer *answer)
{
    ExecStatusType status = PQresultStatus(result);

    PQclear(result);
    if (PQpipelineStatus(c->pg) != PQ_PIPELINE_OFF) {
        /* The server would take what comes behind it for data, and libpq has no way out. */
        answer->refused = true;
        shutdown(PQsocket(c->pg), SHUT_RDWR);
        return false;
    }
    refuse_copy(c, status, answer);
    return PQstatus(c->pg) != CONNECTION_BAD && status != PGRES_COPY_BOTH;
}

/* Takes one result into the answer. False when nothing more can be read. */
static bool take_result(orm_connection *c, PGresult *result, orm_answer *answer)
{
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
        note_command(PQcmdStatus(result), answer);
        answer->several = answer->several || answer->result != NULL;
        PQclear(answer->result);
        answer->result = result;
        return true;
    case PGRES_SINGLE_TUPLE:
        PQclear(answer->row);
        answer->row = result;
        return true;
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH:
        return leave_copy(c, result, answer);
    default:
        if (answer->failure == NULL)
            answer->failure = result;
        else
            PQclear(result);
        return true;
    }
}

/* Nobody here listens, and libpq would keep them for ever. */
static void forget_notifications(PGconn *pg)
{
    PGnotify *notify;

    while ((notify = PQnotifies(pg)) != NULL)
        PQfreemem(notify);
}

bool orm_answer_next_row(orm_connection *c, orm_answer *answer)
{
    PGresult *result;

    PQclear(answer->row);
    answer->row = NULL;
    while ((result = orm_wait_result(c)) != NULL) {
        if (!take_result(c, result, answer))
            break;
        if (answer->row != NULL)
            return true;
    }
    forget_notifications(c->pg);
    return false;
}

void orm_answer_read(orm_connection *c, orm_answer *answer)
{
    while (orm_answer_next_row(c, answer))
        continue;
}

void orm_answer_clear(orm_answer *answer)
{
    PQclear(answer->row);
    PQclear(answer->result);
    PQclear(answer->failure);
    *answer = (orm_answer){ 0 };
}
