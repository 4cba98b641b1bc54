#include <string.h>

#include "harness/wire/wire_private.h"

enum {
    REQUEST_CANCEL = 80877102,
    REQUEST_SSL = 80877103,
    REQUEST_GSS = 80877104,
    CANCEL_SIZE_MIN = 16,
    CANCEL_SIZE_MAX = 268, /* keys have up to 256 bytes in protocol 3.2 */
    CODE_SIZE = 8          /* length and code */
};

static void refuse_encryption(cc_session *session, bool gss)
{
    if (session->encryption_asked[gss] || session->streams[CC_WIRE_CLIENT].gathered.length != CODE_SIZE) {
        cc_session_fail(session, "08P01", "invalid request for an encrypted connection");
        return;
    }
    session->encryption_asked[gss] = true;
    orm_buffer_append_char(cc_session_out(session, CC_WIRE_CLIENT), 'N');
}

/* False when the packet is no list of names and values. */
static bool read_parameters(const char *body, size_t size, const char **user, const char **database,
                            const char **application)
{
    cc_wire_reader reader = { body, size };

    *user = "";
    *database = NULL;
    *application = "";
    while (reader.size > 1) {
        const char *name = cc_wire_text(&reader);
        const char *value = name != NULL && *name != '\0' ? cc_wire_text(&reader) : NULL;

        if (value == NULL)
            return false;
        if (strcmp(name, "user") == 0)
            *user = value;
        else if (strcmp(name, "database") == 0)
            *database = value;
        else if (strcmp(name, "application_name") == 0)
            *application = value;
    }
    if (*database == NULL || **database == '\0')
        *database = *user;
    return reader.size == 1 && *reader.data == '\0';
}

static void begin(cc_session *session, const orm_buffer *packet)
{
    const cc_wire_filter *filter = session->filter;
    const char           *user;
    const char           *database;
    const char           *application;

    if (!read_parameters(packet->data + CODE_SIZE, packet->length - CODE_SIZE, &user, &database, &application)) {
        cc_session_fail(session, "08P01", "invalid startup packet layout: expected terminator as last byte");
        return;
    }
    session->phase = CC_PHASE_RUNNING;
    orm_buffer_append_bytes(cc_session_out(session, CC_WIRE_SERVER), packet->data, packet->length);
    if (filter != NULL && filter->session_new != NULL)
        session->filter_session = filter->session_new(
            filter->context, session->arena, orm_arena_strdup(session->arena, user),
            orm_arena_strdup(session->arena, database), orm_arena_strdup(session->arena, application));
}

static void cancel(cc_session *session, const orm_buffer *packet)
{
    if (packet->length < CANCEL_SIZE_MIN || packet->length > CANCEL_SIZE_MAX) {
        session->closing = true;
        return;
    }
    session->phase = CC_PHASE_CANCEL;
    orm_buffer_append_bytes(cc_session_out(session, CC_WIRE_SERVER), packet->data, packet->length);
}

static void judge_packet(cc_session *session)
{
    orm_buffer *packet = &session->streams[CC_WIRE_CLIENT].gathered;
    uint32_t    code = cc_wire_number(packet->data + CC_LENGTH_SIZE);

    if (code == REQUEST_SSL || code == REQUEST_GSS)
        refuse_encryption(session, code == REQUEST_GSS);
    else if (code == REQUEST_CANCEL)
        cancel(session, packet);
    else if (code >> 16 == 3)
        begin(session, packet);
    else
        cc_session_fail(session, "0A000", "unsupported frontend protocol %u.%u: the proxy speaks 3.0",
                        (unsigned)(code >> 16), (unsigned)(code & 0xffff));
    orm_buffer_reset(packet);
}

size_t cc_startup_feed(cc_session *session, const char *data, size_t size)
{
    orm_buffer *packet = &session->streams[CC_WIRE_CLIENT].gathered;
    size_t      wanted = CC_LENGTH_SIZE;
    size_t      n;

    if (packet->length >= CC_LENGTH_SIZE)
        wanted = cc_wire_number(packet->data);
    n = wanted - packet->length < size ? wanted - packet->length : size;
    orm_buffer_append_bytes(packet, data, n);
    if (packet->broken) {
        session->broken = true;
        session->closing = true;
        return n;
    }
    if (packet->length < wanted)
        return n;
    if (wanted == CC_LENGTH_SIZE) {
        wanted = cc_wire_number(packet->data);
        if (wanted < CODE_SIZE || wanted > CC_STARTUP_LIMIT)
            cc_session_fail(session, "08P01", "invalid length of startup packet");
        return n;
    }
    judge_packet(session);
    return n;
}
