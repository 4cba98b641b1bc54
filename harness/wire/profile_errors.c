/* Errors of the server, put into the other server's words. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "harness/wire/profile_private.h"

#define MATCH_LIMIT 200000U

/* An error on its way, and what the rule's expressions found in it. */
typedef struct found_error {
    cc_profile_session  *session;
    const cc_rule       *rule;
    const cc_wire_error *error;
    pcre2_match_data    *message;
    pcre2_match_data    *detail;
    cc_tokens            tokens; /* of the statement as it came */
    size_t               token;  /* where the server's position points; tokens.count: at the end or nowhere */
    cc_statement         statement;
    bool                 has_position;
} found_error;

/* ---- Position ---- */

/* The byte of the `position`th character, counted from 1. */
static size_t byte_of(const char *sql, int64_t position)
{
    size_t at = 0;

    for (position--; position > 0 && sql[at] != '\0'; position--) {
        do
            at++;
        while (((unsigned char)sql[at] & 0xC0U) == 0x80U);
    }
    return at;
}

/* From a byte of the text that was sent to the same place in the text that came. */
static size_t map_back(const cc_edits *edits, size_t byte)
{
    size_t moved = 0;    /* a byte of what was sent, */
    size_t original = 0; /* and the one of what came that it stands for */

    for (size_t i = 0; i < edits->count; i++) {
        const cc_edit *e = &edits->items[i];
        size_t         start = moved + (e->start - original);

        if (byte < start)
            break;
        moved = start + strlen(e->text);
        original = e->end;
        if (byte < moved)
            return e->start;
    }
    return original + (byte - moved);
}

static bool find_position(found_error *f, orm_arena *arena)
{
    int64_t position;
    size_t  byte;
    size_t  at = 0;

    if (f->error->position == NULL || !orm_parse_int64(f->error->position, &position) || position < 1 ||
        f->session->sql.broken || f->session->sent.broken || !cc_lex(arena, f->session->sql.data, &f->tokens))
        return false;
    byte = map_back(&f->session->edits, byte_of(f->session->sent.data, position));
    while (cc_next_statement(&f->tokens, &at, &f->statement) && at < f->tokens.count &&
           f->tokens.items[at].start < byte)
        ;
    if (f->statement.end == f->statement.first)
        return false;
    f->token = f->statement.first;
    while (f->token < f->statement.end && f->tokens.items[f->token].start < byte)
        f->token++;
    return true;
}

/* The server may speak of an earlier statement of a pipeline: then the token is not the one that it names. */
static bool position_is_right(const found_error *f)
{
    const char     *named = strrchr(f->error->message, '"');
    const char     *start = strstr(f->error->message, "near \"");
    const cc_token *token = &f->tokens.items[f->token];

    if (start == NULL || named == NULL || named <= start + 5)
        return f->token == f->statement.end;
    if (f->token >= f->tokens.count)
        return false;
    start += 6;
    return token->length >= (size_t)(named - start) &&
           memcmp(f->tokens.sql + token->start, start, (size_t)(named - start)) == 0;
}

static const char *source_of(const found_error *f, orm_arena *arena)
{
    const cc_token *items = f->tokens.items;
    size_t          end = f->has_position ? items[f->statement.end - 1].start + items[f->statement.end - 1].length : 0;

    if (!f->has_position)
        return NULL;
    return cc_source_shown(arena, f->tokens.sql, items[f->statement.first].start, end,
                           f->token < f->statement.end ? items[f->token].start : end);
}

/* ---- Placeholders ---- */

static bool group_of(pcre2_match_data *data, const pcre2_code *code, const char *subject, orm_arena *arena,
                     const char *name, const char **out)
{
    int         number = code == NULL ? -1 : pcre2_substring_number_from_name(code, (PCRE2_SPTR)name);
    PCRE2_SIZE *spans;

    if (number <= 0 || data == NULL || (uint32_t)number >= pcre2_get_ovector_count(data))
        return false;
    spans = pcre2_get_ovector_pointer(data) + 2 * (size_t)number;
    *out = spans[0] == PCRE2_UNSET ? "" : orm_arena_strndup(arena, subject + spans[0], spans[1] - spans[0]);
    return true;
}

/* What an error message calls the statement; an upsert is what CockroachDB alone has. */
static const char *verb_of(const cc_profile_session *session)
{
    const char *kind = cc_statement_kinds[session->kind];

    return strcmp(kind, "update") == 0 || strcmp(kind, "delete") == 0 ? kind : "insert";
}

static bool is_field(const cc_wire_error *error, const char *name, const char **out)
{
    const struct {
        const char *name;
        const char *value;
    } fields[] = { { "schema", error->schema },
                   { "table", error->table },
                   { "column", error->column },
                   { "constraint", error->constraint } };

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (strcmp(fields[i].name, name) == 0) {
            *out = fields[i].value;
            return true;
        }
    }
    return false;
}

static const char *answer_of(const found_error *f, orm_arena *arena);

static bool find_value(const void *context, orm_arena *arena, const char *name, const char **out)
{
    const found_error *f = context;

    if (group_of(f->message, f->rule->error.message, f->error->message, arena, name, out) ||
        group_of(f->detail, f->rule->error.detail, f->error->detail, arena, name, out))
        return true;
    if (strcmp(name, "verb") == 0)
        *out = verb_of(f->session);
    else if (strcmp(name, "answer") == 0)
        *out = answer_of(f, arena);
    else if (is_field(f->error, name, out))
        return true;
    else if (strcmp(name, "source") == 0)
        *out = source_of(f, arena);
    else if (strcmp(name, "token") == 0)
        *out = f->has_position ? cc_token_shown(arena, &f->tokens, f->token, f->statement.end) : NULL;
    else
        return false;
    return true;
}

/* ---- Questions to the server's catalogs ---- */

static const char *ask(const found_error *f, orm_arena *arena)
{
    const cc_profile  *profile = f->session->profile;
    const cc_question *question = &f->rule->question;
    const char        *arguments[CC_QUESTION_ARGUMENTS] = { NULL };
    size_t             count = 0;

    if (profile->ask == NULL)
        return NULL;
    for (; question->with[count] != NULL; count++)
        find_value(f, arena, question->with[count], &arguments[count]);
    return profile->ask(profile->ask_context, arena, f->session->database, question->function, arguments, count);
}

static const char *answer_of(const found_error *f, orm_arena *arena)
{
    const char *answer = ask(f, arena);
    cc_values   values = { .profile = f->session->profile, .find = find_value, .context = f };

    return answer != NULL ? answer : cc_template_fill(arena, f->rule->question.otherwise, &values);
}

/* ---- Matching ---- */

static bool runs(const pcre2_code *code, const char *subject, pcre2_match_data **out)
{
    pcre2_match_context *limits;
    int                  found = PCRE2_ERROR_NOMATCH;

    *out = NULL;
    if (code == NULL)
        return true;
    if (subject == NULL)
        return false;
    limits = pcre2_match_context_create(NULL);
    *out = pcre2_match_data_create_from_pattern(code, NULL);
    if (limits != NULL && *out != NULL) {
        pcre2_set_match_limit(limits, MATCH_LIMIT);
        found = pcre2_match(code, (PCRE2_SPTR)subject, PCRE2_ZERO_TERMINATED, 0, 0, *out, limits);
    }
    pcre2_match_context_free(limits);
    return found > 0;
}

static bool matches(found_error *f)
{
    const cc_error_match *wanted = &f->rule->error;

    if ((f->rule->actions & CC_RULE_ERROR) == 0 || f->rule->disabled ||
        !orm_text_equal(wanted->sqlstate, f->error->sqlstate))
        return false;
    if (f->rule->match.kinds != NULL && !f->rule->match.kinds[f->session->kind])
        return false;
    return runs(wanted->message, f->error->message, &f->message) && runs(wanted->detail, f->error->detail, &f->detail);
}

static const char *fill(const found_error *f, orm_arena *arena, const char *text)
{
    cc_values values = {
        .profile = f->session->profile, .issue = f->rule->answer.issue, .find = find_value, .context = f
    };

    /* Without the place in the text there is nothing true to say about it. */
    if (text == NULL || (strstr(text, "{source}") != NULL && !f->has_position))
        return NULL;
    return cc_template_fill(arena, text, &values);
}

static void answer(const found_error *f, orm_arena *arena, cc_wire_error *out)
{
    const cc_answer *a = &f->rule->answer;
    const char      *message = fill(f, arena, a->message);

    if (message == NULL || (strstr(a->message, "{token}") != NULL && !f->has_position))
        return;
    out->sqlstate = a->sqlstate;
    out->detail = fill(f, arena, a->detail);
    out->hint = fill(f, arena, a->hint);
    out->message = message;
}

static bool try_rule(cc_profile_session *session, orm_arena *arena, size_t number, cc_wire_error *error)
{
    cc_wire_error original = *error;
    found_error   f = { .session = session, .rule = &session->profile->rules[number], .error = &original };
    bool          found = matches(&f);

    if (found) {
        f.has_position = find_position(&f, arena) && position_is_right(&f);
        answer(&f, arena, error);
        cc_rule_use(session, number);
    }
    pcre2_match_data_free(f.message);
    pcre2_match_data_free(f.detail);
    return found;
}

/* Fields that the other server does not send. */
static void drop_fields(const cc_profile *profile, cc_wire_error *error)
{
    const struct {
        const char  *name;
        const char **field;
    } fields[] = { { "position", &error->position },   { "schema", &error->schema },
                   { "table", &error->table },         { "column", &error->column },
                   { "data_type", &error->data_type }, { "constraint", &error->constraint },
                   { "file", &error->file },           { "line", &error->line },
                   { "routine", &error->routine } };

    for (size_t i = 0; profile->error_fields != NULL && i < sizeof fields / sizeof *fields; i++) {
        const char *const *kept = profile->error_fields;

        while (*kept != NULL && strcmp(*kept, fields[i].name) != 0)
            kept++;
        if (*kept == NULL)
            *fields[i].field = NULL;
    }
}

bool cc_profile_error(void *context, void *session_ptr, orm_arena *arena, cc_wire_error *error)
{
    const cc_profile   *profile = context;
    cc_profile_session *session = session_ptr;

    if (session == NULL || error->message == NULL || error->sqlstate == NULL)
        return true;
    for (size_t i = 0; i < profile->rule_count; i++) {
        if (try_rule(session, arena, profile->order[i], error))
            break;
    }
    drop_fields(profile, error);
    return true;
}
