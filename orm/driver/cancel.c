#include <sys/socket.h>

#include "driver/driver_private.h"

bool orm_cancel_send(const orm_connection *connection)
{
    char      message[256];
    PGcancel *cancel;
    bool      sent;

    if (PQsslInUse(connection->pg) || PQgssEncInUse(connection->pg))
        return false;
    cancel = PQgetCancel(connection->pg);
    sent = cancel != NULL && PQcancel(cancel, message, sizeof message) == 1;
    PQfreeCancel(cancel);
    return sent;
}

void orm_connection_cut(const orm_connection *connection)
{
    if (PQsocket(connection->pg) >= 0)
        shutdown(PQsocket(connection->pg), SHUT_RDWR);
}
