#include <string.h>

#include "harness/wire/wire_private.h"

bool cc_server_type_known(char type)
{
    return type != '\0' && strchr("123ACDEGHIKNRSTVWZcdnstv", type) != NULL;
}

/* Passes on at any time; belongs to no message of the client. */
static bool is_asynchronous(char type)
{
    return type == 'A' || type == 'N' || type == 'S';
}

static void flush_rows(cc_session *session, bool keep_order)
{
    if (session->shuffle.count > 0)
        cc_shuffle_flush(&session->shuffle, cc_session_out(session, CC_WIRE_CLIENT), keep_order);
}

/* Rows over the limit are not worth an error: they go on as the server ordered them. */
static size_t want_row(cc_session *session, size_t size)
{
    cc_expected *head = cc_expected_head(&session->expected);
    size_t       held = session->shuffle.rows.length;

    if (head == NULL || !head->shuffle)
        return 0;
    if (held + CC_HEADER_SIZE + size <= session->message_limit)
        return size;
    head->shuffle = false;
    flush_rows(session, true);
    return 0;
}

size_t cc_server_want(cc_session *session, char type, size_t size)
{
    switch (type) {
    case 'E':
    case 'N':
    case 'S':
        if (session->filter == NULL)
            return 0;
        return cc_session_within_limit(session, size, "a message of the server") ? size : 0;
    case 'Z':
        if (size != 1)
            cc_session_fail(session, "08P01", "ReadyForQuery from the server has the invalid length %zu", size);
        return size;
    case 'D':
        return want_row(session, size);
    default:
        return 0;
    }
}

/* ---- Errors and notices ---- */

static bool is_our_own(const cc_wire_error *error)
{
    return error->sqlstate != NULL && error->message != NULL &&
           (strcmp(error->sqlstate, CC_REFUSED_SQLSTATE) == 0 ||
            strcmp(error->sqlstate, CC_REFUSED_ABORTED_SQLSTATE) == 0) &&
           strstr(error->message, CC_REFUSED_NAME) != NULL;
}

/* True: the message passes as it is. */
static bool filter_error(cc_session *session, char type, const char *body, size_t size, const cc_wire_error *error)
{
    const cc_wire_filter *filter = session->filter;
    cc_wire_error         now = *error;
    bool                  passes;

    if (filter == NULL || filter->error == NULL)
        return true;
    passes = filter->error(filter->context, session->filter_session, session->scratch, &now) || type == 'E';
    if (passes && memcmp(&now, error, sizeof now) != 0) {
        cc_error_rebuild(cc_session_out(session, CC_WIRE_CLIENT), type, body, size, error, &now);
        passes = false;
    }
    orm_arena_reset(session->scratch);
    return passes;
}

/* The server now ignores the client up to its next Sync, unless the error answers a message that ends by itself. */
static void skip_after_error(cc_session *session)
{
    cc_expected *head = cc_expected_head(&session->expected);

    session->copy_in = false;
    if (head == NULL || head->kind <= CC_EXPECT_SYNC)
        return;
    session->skipping = !cc_expected_skip_to_sync(&session->expected);
}

static bool judge_error(cc_session *session, const char *body, size_t size)
{
    cc_expected  *head = cc_expected_head(&session->expected);
    cc_wire_error error;
    bool          passes = true;

    if (cc_error_read(body, size, &error)) {
        if (head != NULL && head->error != NULL && is_our_own(&error)) {
            orm_buffer_append_bytes(cc_session_out(session, CC_WIRE_CLIENT), head->error, head->error_size);
            passes = false;
        } else {
            passes = filter_error(session, 'E', body, size, &error);
        }
    }
    skip_after_error(session);
    return passes;
}

static bool judge_notice(cc_session *session, const char *body, size_t size)
{
    cc_wire_error notice;

    return !cc_error_read(body, size, &notice) || filter_error(session, 'N', body, size, &notice);
}

/* ---- Parameters ---- */

static bool is_replaced(const cc_wire_filter *filter, const char *name)
{
    for (const cc_wire_parameter *own = filter->parameters; own != NULL && own->name != NULL; own++) {
        if (strcmp(own->name, name) == 0)
            return true;
    }
    return false;
}

static bool judge_parameter(cc_session *session, const char *body, size_t size)
{
    const cc_wire_filter *filter = session->filter;
    cc_wire_reader        reader = { body, size };
    const char           *name = cc_wire_text(&reader);
    const char           *value = cc_wire_text(&reader);
    const char           *now;

    if (filter == NULL || value == NULL)
        return true;
    if (is_replaced(filter, name))
        return false;
    if (filter->parameter == NULL)
        return true;
    now = filter->parameter(filter->context, session->filter_session, session->scratch, name, value);
    if (now != NULL)
        cc_message_parameter(cc_session_out(session, CC_WIRE_CLIENT), name, now);
    orm_arena_reset(session->scratch);
    return false;
}

static void send_own_parameters(cc_session *session)
{
    const cc_wire_parameter *own = session->filter != NULL ? session->filter->parameters : NULL;

    for (; own != NULL && own->name != NULL; own++)
        cc_message_parameter(cc_session_out(session, CC_WIRE_CLIENT), own->name, own->value);
}

/* ---- All messages ---- */

static void ready_for_query(cc_session *session, char status)
{
    if (!session->ready)
        send_own_parameters(session);
    session->ready = true;
    session->transaction = status;
    session->copy_in = false;
    cc_expected_ready(&session->expected);
}

/* What a message completes. Answers that nobody waits for change nothing. */
static void complete(cc_session *session, char type)
{
    static const struct {
        const char      *types;
        cc_expected_kind kind;
    } answers[] = {
        { "1", CC_EXPECT_PARSE },     { "2", CC_EXPECT_BIND },      { "3", CC_EXPECT_CLOSE },
        { "Tn", CC_EXPECT_DESCRIBE }, { "CIs", CC_EXPECT_EXECUTE },
    };
    cc_expected *head = cc_expected_head(&session->expected);

    for (size_t i = 0; head != NULL && i < sizeof answers / sizeof answers[0]; i++) {
        if (head->kind == answers[i].kind && strchr(answers[i].types, type) != NULL) {
            cc_expected_pop(&session->expected);
            return;
        }
    }
}

static void send_notices(cc_session *session, cc_expected *head)
{
    if (head == NULL || head->notices_size == 0)
        return;
    orm_buffer_append_bytes(cc_session_out(session, CC_WIRE_CLIENT), head->notices, head->notices_size);
    /* The bytes stay with the item and are freed with it. */
    session->expected.bytes -= head->notices_size;
    head->notices_size = 0;
}

/* The message in front that this one can be an answer to. */
static cc_expected *answered(cc_session *session, char type)
{
    cc_expected *head = cc_expected_head(&session->expected);

    /* A Sync that the server took for a part of COPY data gets no answer; what comes next shows it. */
    while (head != NULL && head->kind == CC_EXPECT_SYNC && type != 'Z' && type != 'E' && !is_asynchronous(type)) {
        cc_expected_pop(&session->expected);
        head = cc_expected_head(&session->expected);
    }
    return head;
}

bool cc_server_judge(cc_session *session, char type, const char *body, size_t size)
{
    cc_expected *head = answered(session, type);

    if (head != NULL && session->ready)
        send_notices(session, head);
    if (type == 'D' && head != NULL && head->shuffle) {
        const char *header = session->streams[CC_WIRE_SERVER].header;

        if (!cc_shuffle_add(&session->shuffle, header, body, size))
            cc_session_fail(session, "53200", "the proxy is out of memory");
        return false;
    }
    if (!is_asynchronous(type))
        flush_rows(session, false);
    switch (type) {
    case 'E':
        return judge_error(session, body, size);
    case 'N':
        return judge_notice(session, body, size);
    case 'S':
        return judge_parameter(session, body, size);
    case 'Z':
        ready_for_query(session, *body);
        return true;
    case 'G':
    case 'W':
        session->copy_in = head != NULL && !cc_expected_swallow_copy(&session->expected);
        return true;
    default:
        complete(session, type);
        return true;
    }
}
