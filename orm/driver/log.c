#include "driver/driver_private.h"

void orm_log_text(const orm_target *target, orm_log_kind kind, const char *message)
{
    if (target->log != NULL)
        target->log(target->log_context, &(orm_log_event){ .kind = kind, .message = message, .rows = -1 });
}

void orm_log_notice(const orm_target *target, const PGresult *notice)
{
    orm_log_event event = {
        .kind = ORM_LOG_NOTICE,
        .rows = -1,
        .message = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY),
        .severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED),
        .sqlstate = PQresultErrorField(notice, PG_DIAG_SQLSTATE),
        .detail = PQresultErrorField(notice, PG_DIAG_MESSAGE_DETAIL),
        .hint = PQresultErrorField(notice, PG_DIAG_MESSAGE_HINT),
    };

    if (event.message == NULL)
        event.message = PQresultErrorMessage(notice); /* libpq's own notices have no fields */
    if (target->log != NULL)
        target->log(target->log_context, &event);
}
