#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/wire/wire_private.h"

enum {
    /*
     * Messages without an answer, past which the client is not read. Far above what a server holds back while it waits
     * for a Sync, else both would wait for ever.
     */
    EXPECTED_LIMIT = 16384,
    KEPT_CAPACITY = 64 * 1024 /* a larger buffer is given back once it is empty */
};

orm_buffer *cc_session_out(cc_session *session, cc_wire_side to)
{
    return &session->streams[to == CC_WIRE_CLIENT ? CC_WIRE_SERVER : CC_WIRE_CLIENT].out;
}

cc_session *cc_session_new(const cc_wire_filter *filter, size_t buffer_size, size_t message_limit)
{
    cc_session *session = calloc(1, sizeof *session);

    if (session == NULL)
        return NULL;
    session->filter = filter;
    session->buffer_size = buffer_size;
    session->message_limit = message_limit < CC_LARGE_LIMIT ? message_limit : CC_LARGE_LIMIT;
    session->transaction = 'I';
    for (size_t side = 0; side < 2; side++) {
        orm_buffer_init(&session->streams[side].gathered, NULL, 0);
        orm_buffer_init(&session->streams[side].out, NULL, 0);
    }
    orm_map_init(&session->shuffled, NULL);
    cc_shuffle_init(&session->shuffle, filter != NULL ? filter->seed : 0);
    session->arena = orm_arena_new(NULL, NULL, "wire session");
    session->scratch = orm_arena_new(session->arena, NULL, "wire call");
    if (session->arena == NULL || session->scratch == NULL) {
        cc_session_free(session);
        return NULL;
    }
    return session;
}

static void free_marks(cc_session *session)
{
    const orm_map_slot *slot;
    size_t              cursor = 0;

    while ((slot = orm_map_next(&session->shuffled, &cursor)) != NULL)
        free(slot->value);
    orm_map_free(&session->shuffled);
}

void cc_session_free(cc_session *session)
{
    if (session == NULL)
        return;
    for (size_t side = 0; side < 2; side++) {
        orm_buffer_free(&session->streams[side].gathered);
        orm_buffer_free(&session->streams[side].out);
    }
    cc_expected_free(&session->expected);
    cc_shuffle_free(&session->shuffle);
    free_marks(session);
    orm_arena_free(session->arena);
    free(session);
}

void cc_session_fail(cc_session *session, const char *sqlstate, const char *format, ...)
{
    const cc_stream *stream = &session->streams[CC_WIRE_SERVER];
    /* In the middle of a passing message nothing can be put in: the client only sees the end. */
    bool    between = !stream->open || !stream->judged || stream->dropped;
    char    text[512];
    va_list args;

    if (session->closing)
        return;
    session->closing = true;
    if (!between || session->phase == CC_PHASE_CANCEL)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    cc_message_error(cc_session_out(session, CC_WIRE_CLIENT), 'E',
                     &(cc_wire_error){ .severity = "FATAL", .sqlstate = sqlstate, .message = text });
}

bool cc_session_within_limit(cc_session *session, size_t size, const char *what)
{
    if (size <= session->message_limit)
        return true;
    cc_session_fail(session, "54000", "%s of %zu bytes is longer than the proxy's limit of %zu bytes", what, size,
                    session->message_limit);
    return false;
}

static bool check_header(cc_session *session, cc_wire_side from, char type, uint32_t length)
{
    bool     client = from == CC_WIRE_CLIENT;
    uint32_t limit = client && cc_client_type_small(type) ? CC_SMALL_LIMIT : CC_LARGE_LIMIT;

    if (!(client ? cc_client_type_known(type) : cc_server_type_known(type)))
        cc_session_fail(session, "08P01", "message of unknown type %u from the %s", (unsigned)(unsigned char)type,
                        client ? "client" : "server");
    else if (length < CC_LENGTH_SIZE || length > limit)
        cc_session_fail(session, "08P01", "message of type %c from the %s has the invalid length %u", type,
                        client ? "client" : "server", (unsigned)length);
    return !session->closing;
}

static void open_message(cc_session *session, cc_wire_side from)
{
    cc_stream *stream = &session->streams[from];
    char       type = stream->header[0];
    uint32_t   length = cc_wire_number(stream->header + 1);

    if (!check_header(session, from, type, length))
        return;
    stream->left = length - CC_LENGTH_SIZE;
    stream->want = from == CC_WIRE_CLIENT ? cc_client_want(session, type, stream->left)
                                          : cc_server_want(session, type, stream->left);
    stream->open = true;
    stream->judged = false;
    stream->dropped = false;
    orm_buffer_reset(&stream->gathered);
}

static void judge(cc_session *session, cc_wire_side from)
{
    cc_stream  *stream = &session->streams[from];
    orm_buffer *gathered = &stream->gathered;
    char        type = stream->header[0];
    bool        passes = from == CC_WIRE_CLIENT ? cc_client_judge(session, type, gathered->data, gathered->length)
                                                : cc_server_judge(session, type, gathered->data, gathered->length);

    stream->judged = true;
    stream->dropped = !passes;
    if (passes && !session->closing) {
        orm_buffer_append_bytes(&stream->out, stream->header, CC_HEADER_SIZE);
        orm_buffer_append_bytes(&stream->out, gathered->data, gathered->length);
    }
    if (gathered->capacity > KEPT_CAPACITY)
        orm_buffer_free(gathered);
}

/* Takes some bytes of a header, of what is gathered or of what streams through; returns how many. */
static size_t take(cc_session *session, cc_wire_side from, const char *data, size_t size)
{
    cc_stream *stream = &session->streams[from];
    size_t     n;

    if (!stream->open) {
        n = CC_HEADER_SIZE - stream->header_size;
        n = n < size ? n : size;
        memcpy(stream->header + stream->header_size, data, n);
        stream->header_size += n;
        if (stream->header_size == CC_HEADER_SIZE)
            open_message(session, from);
        return n;
    }
    n = stream->judged ? stream->left : stream->want - stream->gathered.length;
    n = n < size ? n : size;
    if (!stream->judged)
        orm_buffer_append_bytes(&stream->gathered, data, n);
    else if (!stream->dropped)
        orm_buffer_append_bytes(&stream->out, data, n);
    stream->left -= n;
    return n;
}

static void advance(cc_session *session, cc_wire_side from)
{
    cc_stream *stream = &session->streams[from];

    if (stream->gathered.broken || stream->out.broken || cc_session_out(session, from)->broken) {
        session->broken = true;
        session->closing = true;
    }
    if (session->closing || !stream->open)
        return;
    if (!stream->judged && stream->gathered.length == stream->want)
        judge(session, from);
    if (stream->judged && stream->left == 0) {
        stream->open = false;
        stream->header_size = 0;
    }
}

void cc_session_feed(cc_session *session, cc_wire_side from, const char *data, size_t size)
{
    while (size > 0 && !session->closing && !session->streams[from].ended) {
        size_t taken = size;

        if (from == CC_WIRE_CLIENT && session->phase == CC_PHASE_STARTUP)
            taken = cc_startup_feed(session, data, size);
        else if (session->phase == CC_PHASE_RUNNING)
            taken = take(session, from, data, size);
        if (session->phase == CC_PHASE_RUNNING)
            advance(session, from);
        data += taken;
        size -= taken;
    }
}

void cc_session_end(cc_session *session, cc_wire_side from)
{
    session->streams[from].ended = true;
    if (from == CC_WIRE_SERVER || session->phase == CC_PHASE_STARTUP)
        session->closing = true;
}

bool cc_session_reads(const cc_session *session, cc_wire_side from)
{
    const cc_stream *stream = &session->streams[from];

    if (session->closing || stream->ended || stream->out.length - stream->sent >= session->buffer_size)
        return false;
    return from == CC_WIRE_SERVER ||
           (session->expected.count < EXPECTED_LIMIT && session->expected.bytes < session->message_limit);
}

bool cc_session_wants_server(const cc_session *session)
{
    return session->phase != CC_PHASE_STARTUP && !session->closing;
}

size_t cc_session_output(const cc_session *session, cc_wire_side to, const char **data)
{
    const cc_stream *stream = &session->streams[to == CC_WIRE_CLIENT ? CC_WIRE_SERVER : CC_WIRE_CLIENT];

    if (session->broken)
        return 0;
    *data = stream->out.data + stream->sent;
    return stream->out.length - stream->sent;
}

void cc_session_sent(cc_session *session, cc_wire_side to, size_t size)
{
    cc_stream  *stream = &session->streams[to == CC_WIRE_CLIENT ? CC_WIRE_SERVER : CC_WIRE_CLIENT];
    orm_buffer *out = &stream->out;

    stream->sent += size;
    if (stream->sent == out->length) {
        stream->sent = 0;
        if (out->capacity > KEPT_CAPACITY && out->capacity / 2 > session->buffer_size)
            orm_buffer_free(out);
        else
            orm_buffer_reset(out);
    } else if (stream->sent > out->length / 2) {
        size_t left = out->length - stream->sent;

        memmove(out->data, out->data + stream->sent, left);
        orm_buffer_truncate(out, left);
        stream->sent = 0;
    }
}
