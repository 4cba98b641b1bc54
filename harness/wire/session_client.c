#include <stdlib.h>
#include <string.h>

#include "harness/wire/wire_private.h"

enum {
    PEEK_SIZE = 2048,      /* of a message whose names are looked at; longer names are not those of marked statements */
    SHUFFLED_LIMIT = 10000 /* statements and portals of a connection whose rows are shuffled; more are not */
};

bool cc_client_type_known(char type)
{
    return type != '\0' && strchr("BCDEFHPQSXcdfp", type) != NULL;
}

bool cc_client_type_small(char type)
{
    return strchr("CDEHSXc", type) != NULL;
}

static bool judges_statements(const cc_session *session)
{
    return session->filter != NULL && session->filter->statement != NULL && !session->skipping && !session->copy_in;
}

size_t cc_client_want(cc_session *session, char type, size_t size)
{
    switch (type) {
    case 'Q':
    case 'P':
        if (!judges_statements(session))
            return 0;
        return cc_session_within_limit(session, size, "a statement") ? size : 0;
    case 'B':
    case 'C':
    case 'E':
        return session->shuffled.count == 0 ? 0 : size < PEEK_SIZE ? size : PEEK_SIZE;
    default:
        return 0;
    }
}

/* ---- Marked statements and portals ---- */

static const char *mark_key(cc_session *session, char kind, const char *name)
{
    return orm_arena_printf(session->scratch, "%c%s", kind, name);
}

static bool is_marked(cc_session *session, char kind, const char *name)
{
    const char *key = session->shuffled.count > 0 ? mark_key(session, kind, name) : NULL;

    return key != NULL && orm_map_get_text(&session->shuffled, key) != NULL;
}

static void unmark(cc_session *session, const char *key)
{
    char *kept = orm_map_get_text(&session->shuffled, key);

    if (kept == NULL)
        return;
    orm_map_remove(&session->shuffled, kept, strlen(kept));
    free(kept);
}

/* A mark is its own key. One that finds no memory is left out: the rows come in the server's order. */
static void mark(cc_session *session, char kind, const char *name, bool marked)
{
    const char *key = mark_key(session, kind, name);
    char       *kept;

    if (key == NULL)
        return;
    if (!marked) {
        unmark(session, key);
        return;
    }
    if (session->shuffled.count >= SHUFFLED_LIMIT || orm_map_get_text(&session->shuffled, key) != NULL)
        return;
    kept = strdup(key);
    if (kept != NULL && !orm_map_put_text(&session->shuffled, kept, kept))
        free(kept);
}

/* A Bind names the portal, then the statement; an Execute names the portal; a Close says S or P and a name. */
static bool judge_names(cc_session *session, char type, const char *body, size_t size)
{
    cc_wire_reader reader = { body, size };
    const char    *first;
    const char    *second;
    bool           shuffle = false;

    if (session->shuffled.count == 0)
        return false;
    if (type == 'C' && size > 0) {
        reader.data++;
        reader.size--;
    }
    first = cc_wire_text(&reader);
    if (first == NULL)
        return false;
    if (type == 'E') {
        shuffle = is_marked(session, 'p', first);
    } else if (type == 'C') {
        mark(session, *body == 'S' ? 's' : 'p', first, false);
    } else {
        second = cc_wire_text(&reader);
        mark(session, 'p', first, second != NULL && is_marked(session, 's', second));
    }
    orm_arena_reset(session->scratch);
    return shuffle;
}

/* ---- Statements ---- */

/* Keeps the built messages in the item; false when memory is out. */
static bool keep(orm_buffer *built, char **out, size_t *size)
{
    if (!built->broken && built->length > 0) {
        *out = malloc(built->length);
        if (*out != NULL) {
            memcpy(*out, built->data, built->length);
            *size = built->length;
        }
    }
    return !built->broken && (built->length == 0 || *out != NULL);
}

static bool keep_messages(const cc_wire_decision *decision, cc_expected *item)
{
    orm_buffer built;
    bool       kept;

    orm_buffer_init(&built, NULL, 0);
    for (size_t i = 0; i < decision->notice_count; i++)
        cc_message_error(&built, 'N', &decision->notices[i]);
    kept = keep(&built, &item->notices, &item->notices_size);
    orm_buffer_reset(&built);
    if (kept && decision->action == CC_WIRE_REFUSE) {
        cc_message_error(&built, 'E', &decision->error);
        kept = keep(&built, &item->error, &item->error_size);
    }
    orm_buffer_free(&built);
    return kept;
}

static void out_of_memory(cc_session *session)
{
    cc_session_fail(session, "53200", "the proxy is out of memory");
}

static void expect(cc_session *session, const cc_expected *item)
{
    if (cc_expected_push(&session->expected, item))
        return;
    free(item->error);
    free(item->notices);
    out_of_memory(session);
}

/* What is sent instead of the SQL: NULL when it stays. */
static const char *replacement(const cc_wire_decision *decision)
{
    if (decision->action == CC_WIRE_REFUSE)
        return decision->even_aborted ? CC_REFUSED_ABORTED_SQL : CC_REFUSED_SQL;
    return decision->action == CC_WIRE_REWRITE ? decision->sql : NULL;
}

static void send_instead(cc_session *session, char type, const char *name, const char *sql, const cc_wire_reader *rest)
{
    orm_buffer *out = cc_session_out(session, CC_WIRE_SERVER);
    size_t      begin = cc_message_begin(out, type);

    if (name != NULL)
        cc_message_text(out, name);
    cc_message_text(out, sql);
    orm_buffer_append_bytes(out, rest->data, rest->size);
    cc_message_end(out, begin);
}

/* A body that is not as it should be passes: the server refuses it before it executes anything. */
static bool judge_statement(cc_session *session, char type, const char *body, size_t size)
{
    const cc_wire_filter *filter = session->filter;
    cc_wire_reader        reader = { body, size };
    const char           *name = type == 'P' ? cc_wire_text(&reader) : NULL;
    const char           *sql = cc_wire_text(&reader);
    cc_wire_decision      decision = { 0 };
    cc_expected           item = { .kind = type == 'P' ? CC_EXPECT_PARSE : CC_EXPECT_QUERY };
    const char           *instead = NULL;

    if (sql != NULL && (type == 'P' || reader.size == 0)) {
        filter->statement(filter->context, session->filter_session, session->scratch, sql, session->transaction != 'I',
                          &decision);
        instead = replacement(&decision);
        item.shuffle = type == 'Q' && decision.shuffle_rows;
        if (!keep_messages(&decision, &item)) {
            free(item.notices);
            out_of_memory(session);
            return false;
        }
        if (type == 'P' && (decision.shuffle_rows || session->shuffled.count > 0))
            mark(session, 's', name, decision.shuffle_rows);
    }
    expect(session, &item);
    if (instead != NULL && !session->closing) {
        if (decision.action == CC_WIRE_REFUSE && type == 'P')
            reader = (cc_wire_reader){ "\0\0", 2 }; /* no parameters */
        send_instead(session, type, name, instead, &reader);
    }
    orm_arena_reset(session->scratch);
    return instead == NULL;
}

/* ---- All messages ---- */

static bool expected_kind(char type, cc_expected_kind *out)
{
    static const struct {
        char             type;
        cc_expected_kind kind;
    } kinds[] = {
        { 'Q', CC_EXPECT_QUERY },    { 'F', CC_EXPECT_FUNCTION }, { 'S', CC_EXPECT_SYNC },    { 'P', CC_EXPECT_PARSE },
        { 'B', CC_EXPECT_BIND },     { 'D', CC_EXPECT_DESCRIBE }, { 'E', CC_EXPECT_EXECUTE }, { 'C', CC_EXPECT_CLOSE },
        { 'c', CC_EXPECT_COPY_END }, { 'f', CC_EXPECT_COPY_END },
    };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].type == type) {
            *out = kinds[i].kind;
            return true;
        }
    }
    return false;
}

bool cc_client_judge(cc_session *session, char type, const char *body, size_t size)
{
    cc_expected item = { 0 };

    if (!expected_kind(type, &item.kind))
        return true;
    if (session->copy_in) {
        /* A Sync is ignored there; anything else ends the COPY and is not answered itself. */
        session->copy_in = type == 'S';
        return true;
    }
    if (session->skipping) {
        session->skipping = type != 'S';
        if (session->skipping)
            return true;
    }
    if (type == 'Q' || type == 'P') {
        if (judges_statements(session) && session->streams[CC_WIRE_CLIENT].want == size && size > 0)
            return judge_statement(session, type, body, size);
    } else if (type == 'B' || type == 'E' || type == 'C') {
        item.shuffle = judge_names(session, type, body, size);
    }
    expect(session, &item);
    return true;
}
