/* A message with SQL against the rules. */
#include <string.h>

#include "base/text.h"
#include "harness/wire/profile_private.h"

/* One statement of the message that is being looked at. */
typedef struct subject {
    cc_profile_session *session;
    orm_arena          *arena;
    const cc_tokens    *tokens;
    cc_statement        statement;
    size_t              kind;
    bool                in_transaction;
    bool                alone;
    cc_edits           *edits;
    bool                out_of_memory;
} subject;

/* What a rule found; has == NULL: only the whole statement. */
typedef struct match {
    const subject    *subject;
    const cc_rule    *rule;
    cc_found          is_found;
    const cc_pattern *has;
    cc_found          found;
} match;

/* ---- Matching ---- */

static bool try_pattern(subject *s, const cc_pattern *pattern, size_t start, cc_found *out)
{
    cc_pattern_result result = cc_pattern_at(pattern, s->arena, s->tokens, s->statement, start, out);

    s->out_of_memory = s->out_of_memory || result == CC_PATTERN_MEMORY;
    return result == CC_PATTERN_YES;
}

static const cc_pattern *try_any(subject *s, const cc_patterns *patterns, size_t start, cc_found *out)
{
    for (size_t i = 0; i < patterns->count; i++) {
        if (try_pattern(s, patterns->items[i], start, out))
            return patterns->items[i];
    }
    return NULL;
}

/* The next place of one of the rule's `has`, from token `*start` on, which moves behind it. */
static bool find_next(subject *s, const cc_rule *rule, size_t *start, match *m)
{
    cc_found skipped;

    while (*start < s->statement.end && !s->out_of_memory) {
        if (try_any(s, &rule->match.skip, *start, &skipped) != NULL && skipped.all.end > *start) {
            *start = skipped.all.end;
            continue;
        }
        m->has = try_any(s, &rule->match.has, *start, &m->found);
        if (m->has != NULL) {
            *start = m->found.all.end > *start ? m->found.all.end : *start + 1;
            return true;
        }
        (*start)++;
    }
    return false;
}

static bool fits(cc_three wanted, bool is)
{
    return wanted == CC_EITHER || (wanted == CC_YES) == is;
}

static bool lacks_all(subject *s, const cc_patterns *lacks)
{
    cc_found found;

    for (size_t i = s->statement.first; lacks->count > 0 && i < s->statement.end; i++) {
        if (try_any(s, lacks, i, &found) != NULL)
            return false;
    }
    return true;
}

/* The conditions that need no search for a place. */
static bool matches(subject *s, const cc_rule *rule, match *m)
{
    const cc_statement_match *wanted = &rule->match;

    *m = (match){ .subject = s, .rule = rule };
    if (rule->disabled || (rule->actions & CC_RULE_ERROR) || (wanted->kinds != NULL && !wanted->kinds[s->kind]))
        return false;
    if (!fits(wanted->in_transaction, s->in_transaction) || !fits(wanted->alone, s->alone))
        return false;
    if (wanted->after != SIZE_MAX && s->session->transaction.marked[wanted->after] == 0)
        return false;
    if (wanted->since_savepoint &&
        !cc_transaction_since_savepoint(&s->session->transaction, s->tokens, s->statement, wanted->after))
        return false;
    if (wanted->is != NULL && !try_pattern(s, wanted->is, s->statement.first, &m->is_found))
        return false;
    return lacks_all(s, &wanted->lacks);
}

/* ---- Placeholders ---- */

static size_t chosen_token(const match *m, cc_token_choice choice)
{
    const cc_statement *statement = &m->subject->statement;
    cc_span             all = m->has != NULL              ? m->found.all
                              : m->rule->match.is != NULL ? m->is_found.all
                                                          : (cc_span){ statement->first, statement->first + 1 };

    if (choice == CC_TOKEN_FIRST || all.end == all.first)
        return all.first;
    return choice == CC_TOKEN_LAST ? all.end - 1 : all.end;
}

static const char *source_at(const match *m, size_t token)
{
    const subject  *s = m->subject;
    const cc_token *items = s->tokens->items;
    const cc_token *last = &items[s->statement.end - 1];
    size_t          end = last->start + last->length;

    return cc_source_shown(s->arena, s->tokens->sql, items[s->statement.first].start, end,
                           token < s->statement.end ? items[token].start : end);
}

static const char *span_text(const match *m, cc_span span)
{
    const cc_token *items = m->subject->tokens->items;

    if (span.first >= span.end)
        return "";
    return orm_arena_strndup(m->subject->arena, m->subject->tokens->sql + items[span.first].start,
                             items[span.end - 1].start + items[span.end - 1].length - items[span.first].start);
}

static bool find_span(const match *m, const char *name, cc_span *out)
{
    int number = m->has == NULL ? -1 : cc_pattern_capture(m->has, name);

    if (number >= 0) {
        *out = m->found.captures[number];
        return true;
    }
    number = m->rule->match.is == NULL ? -1 : cc_pattern_capture(m->rule->match.is, name);
    if (number >= 0)
        *out = m->is_found.captures[number];
    return number >= 0;
}

static bool find_value(const void *context, orm_arena *arena, const char *name, const char **out)
{
    const match *m = context;
    size_t       token = chosen_token(m, m->rule->answer.token);
    cc_span      span;

    if (find_span(m, name, &span))
        *out = span_text(m, span);
    else if (strcmp(name, "token") == 0)
        *out = cc_token_shown(arena, m->subject->tokens, token, m->subject->statement.end);
    else if (strcmp(name, "source") == 0)
        *out = source_at(m, token);
    else
        return false;
    return true;
}

static const char *fill(const match *m, const cc_answer *answer, const char *text)
{
    cc_values values = { .profile = m->subject->session->profile,
                         .issue = answer == NULL ? NULL : answer->issue,
                         .find = find_value,
                         .context = m };

    return text == NULL ? NULL : cc_template_fill(m->subject->arena, text, &values);
}

static cc_wire_error fill_error(const match *m, const cc_answer *answer, const char *severity)
{
    return (cc_wire_error){ .severity = answer->severity != NULL ? answer->severity : severity,
                            .sqlstate = answer->sqlstate,
                            .message = fill(m, answer, answer->message),
                            .detail = fill(m, answer, answer->detail),
                            .hint = fill(m, answer, answer->hint) };
}

/* ---- Actions ---- */

void cc_rule_use(cc_profile_session *session, size_t rule)
{
    cc_profile *profile = session->profile;

    if (session->used[rule] == 0 && profile->on_use != NULL)
        profile->on_use(profile->on_use_context, session->application, profile->rules[rule].name);
    profile->rules[rule].used++;
    session->used[rule]++;
    session->transaction.marked[rule] = session->transaction.step;
}

static bool add_notice(const match *m, cc_wire_decision *out)
{
    cc_wire_error *notices = orm_arena_calloc(m->subject->arena, out->notice_count + 1, sizeof *notices);

    if (notices == NULL)
        return false;
    if (out->notice_count > 0)
        memcpy(notices, out->notices, out->notice_count * sizeof *notices);
    notices[out->notice_count++] = fill_error(m, &m->rule->notice, "NOTICE");
    out->notices = notices;
    return true;
}

static bool rewrite_one(const match *m)
{
    const subject  *s = m->subject;
    const cc_token *items = s->tokens->items;
    cc_span         span = m->has != NULL ? m->found.all : (cc_span){ s->statement.first, s->statement.end };
    const char     *text = fill(m, NULL, m->rule->rewrite.with);

    if (m->rule->rewrite.replace != NULL && !find_span(m, m->rule->rewrite.replace, &span))
        return false;
    if (text == NULL || span.first >= span.end)
        return false;
    return cc_edits_add(s->edits, items[span.first].start, items[span.end - 1].start + items[span.end - 1].length,
                        text);
}

/* Every place where the rule matches; true when there was one. */
static bool rewrite(subject *s, match *m)
{
    size_t at = s->statement.first;
    bool   changed = false;

    if (m->rule->rewrite.ascending != NULL)
        return cc_edits_order_by(s->edits, &m->rule->rewrite, s->tokens, s->statement);
    if (m->rule->match.has.count == 0)
        return rewrite_one(m);
    while (find_next(s, m->rule, &at, m))
        changed = rewrite_one(m) || changed;
    return changed;
}

/* True when the rule refuses the statement. */
static bool apply(subject *s, size_t number, cc_wire_decision *out)
{
    const cc_rule *rule = &s->session->profile->rules[number];
    size_t         at = s->statement.first;
    match          m;

    if (!matches(s, rule, &m))
        return false;
    if (rule->actions & CC_RULE_REWRITE) {
        if (!rewrite(s, &m))
            return false;
    } else if (rule->match.has.count > 0 && !find_next(s, rule, &at, &m)) {
        return false;
    }
    cc_rule_use(s->session, number);
    if ((rule->actions & CC_RULE_NOTICE) && !add_notice(&m, out))
        s->out_of_memory = true;
    out->shuffle_rows = out->shuffle_rows || (rule->actions & CC_RULE_SHUFFLE) != 0;
    if ((rule->actions & CC_RULE_REFUSE) == 0)
        return false;
    out->action = CC_WIRE_REFUSE;
    out->error = fill_error(&m, &rule->answer, "ERROR");
    out->even_aborted = rule->answer.even_aborted;
    s->out_of_memory = s->out_of_memory || out->error.message == NULL;
    return true;
}

/* Refusals first: what is refused is not rewritten, whatever the order. */
static bool apply_all(subject *s, cc_wire_decision *out)
{
    const cc_profile *profile = s->session->profile;

    for (unsigned pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < profile->rule_count; i++) {
            size_t number = profile->order[i];
            bool   refuses = (profile->rules[number].actions & CC_RULE_REFUSE) != 0;

            if (refuses == (pass == 0) && apply(s, number, out))
                return true;
        }
    }
    return false;
}

/* ---- The message ---- */

static void follow_transaction(cc_profile_session *session, const subject *s)
{
    bool begins = s->kind == cc_statement_kind_named("begin");

    if (begins || s->kind == cc_statement_kind_named("commit") || s->kind == cc_statement_kind_named("rollback")) {
        session->in_transaction = begins;
        cc_transaction_reset(&session->transaction, session->profile->rule_count);
    } else {
        cc_transaction_follow(&session->transaction, s->tokens, s->statement, s->kind);
    }
}

static size_t count_statements(const cc_tokens *tokens)
{
    size_t       at = 0;
    size_t       count = 0;
    cc_statement statement;

    while (cc_next_statement(tokens, &at, &statement))
        count++;
    return count;
}

static bool is_show_rules(const cc_tokens *tokens)
{
    return tokens->count >= 2 && cc_token_is(&tokens->items[0], "show") &&
           cc_token_is(&tokens->items[1], "crdbcheck_rules") &&
           (tokens->count == 2 || cc_token_is(&tokens->items[2], ";"));
}

static void append_literal(orm_buffer *out, const char *text)
{
    orm_buffer_append_char(out, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            orm_buffer_append_char(out, '\'');
        orm_buffer_append_char(out, *text);
    }
    orm_buffer_append_char(out, '\'');
}

/* So that a run in other processes can tell which rules it used. */
static const char *show_rules(const cc_profile_session *session, orm_arena *arena)
{
    const cc_profile *profile = session->profile;
    orm_buffer        sql;
    const char       *text;

    orm_buffer_init(&sql, NULL, 0);
    orm_buffer_append(&sql, "select rule::text, used::bigint, used_here::bigint from (values (null, 0, 0)");
    for (size_t i = 0; i < profile->rule_count; i++) {
        orm_buffer_append(&sql, ", (");
        append_literal(&sql, profile->rules[i].name);
        orm_buffer_printf(&sql, ", %zu, %zu)", profile->rules[i].used, session->used[i]);
    }
    orm_buffer_append(&sql, ") rules (rule, used, used_here) where rule is not null");
    text = sql.broken ? NULL : orm_arena_strdup(arena, sql.data);
    orm_buffer_free(&sql);
    return text;
}

static void remember(cc_profile_session *session, const char *sql, const cc_edits *edits, const char *sent)
{
    orm_buffer_reset(&session->sql);
    orm_buffer_reset(&session->sent);
    orm_buffer_append(&session->sql, sql);
    orm_buffer_append(&session->sent, sent);
    orm_arena_reset(session->edit_arena);
    session->edits = (cc_edits){ .arena = session->edit_arena };
    for (size_t i = 0; i < edits->count; i++) {
        char *text = orm_arena_strdup(session->edit_arena, edits->items[i].text);

        if (text == NULL || !cc_edits_add(&session->edits, edits->items[i].start, edits->items[i].end, text))
            break;
    }
}

static bool match_message(cc_profile_session *session, orm_arena *arena, const cc_tokens *tokens, cc_edits *edits,
                          bool in_transaction, cc_wire_decision *out)
{
    subject s = {
        .session = session, .arena = arena, .tokens = tokens, .alone = count_statements(tokens) == 1, .edits = edits
    };
    size_t at = 0;

    session->in_transaction = session->in_transaction || in_transaction;
    while (out->action != CC_WIRE_REFUSE && cc_next_statement(tokens, &at, &s.statement)) {
        s.kind = cc_statement_kind(tokens, s.statement);
        s.in_transaction = session->in_transaction;
        session->kind = s.kind;
        session->transaction.step++;
        if (!apply_all(&s, out))
            follow_transaction(session, &s);
        if (s.out_of_memory)
            return false;
    }
    return !edits->out_of_memory;
}

void cc_profile_statement(void *context, void *session_ptr, orm_arena *arena, const char *sql, bool in_transaction,
                          cc_wire_decision *out)
{
    cc_profile_session *session = session_ptr;
    cc_edits            edits = { .arena = arena };
    cc_tokens           tokens;
    bool                sound;

    (void)context;
    *out = (cc_wire_decision){ .action = CC_WIRE_PASS };
    if (session == NULL)
        return;
    sound = cc_lex(arena, sql, &tokens);
    if (sound && is_show_rules(&tokens)) {
        out->action = CC_WIRE_REWRITE;
        out->sql = show_rules(session, arena);
        sound = out->sql != NULL;
    } else if (sound) {
        sound = match_message(session, arena, &tokens, &edits, in_transaction, out);
        if (sound && out->action == CC_WIRE_PASS && edits.count > 0) {
            out->action = CC_WIRE_REWRITE;
            out->sql = cc_edits_apply(&edits, arena, sql);
            sound = out->sql != NULL;
        }
    }
    if (sound) {
        remember(session, sql, &edits, out->action == CC_WIRE_REWRITE ? out->sql : sql);
        return;
    }
    *out = (cc_wire_decision){
        .action = CC_WIRE_REFUSE,
        .error = { .severity = "ERROR", .sqlstate = "53200", .message = "crdbcheck's simulation is out of memory" }
    };
}
