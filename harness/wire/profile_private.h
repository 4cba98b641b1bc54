/* Shared by the files of the profile engine. */
#ifndef CRDBCHECK_WIRE_PROFILE_PRIVATE_H
#define CRDBCHECK_WIRE_PROFILE_PRIVATE_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/buffer.h"
#include "harness/wire/pattern.h"
#include "harness/wire/profile.h"

/* ---- keywords.c ---- */

bool cc_is_reserved_word(const char *word); /* can't name a column */
bool cc_is_keyword(const char *word);

/* ---- statement_kind.c ---- */

/* Names of kinds ("create-table"), NULL-terminated; a kind is its number in this list. */
extern const char *const cc_statement_kinds[];

size_t cc_statement_kind(const cc_tokens *tokens, cc_statement statement);
/* cc_statement_kind() of what makes or ends a transaction; SIZE_MAX for all other names. */
size_t cc_statement_kind_named(const char *name);

/* ---- Rules ---- */

typedef struct cc_patterns {
    cc_pattern **items;
    size_t       count;
} cc_patterns;

typedef enum cc_three { CC_EITHER, CC_YES, CC_NO } cc_three;

typedef struct cc_statement_match {
    bool       *kinds; /* by kind; NULL: every kind */
    cc_pattern *is;    /* from the first token on */
    cc_patterns has;   /* anywhere; the place of the first one that matches */
    cc_patterns skip;  /* jumped over while `has` is looked for */
    cc_patterns lacks; /* nowhere */
    cc_three    in_transaction;
    cc_three    alone;           /* the only statement of its message */
    size_t      after;           /* this rule was used in this transaction; SIZE_MAX: no matter */
    bool        since_savepoint; /* and since the savepoint that the statement names */
} cc_statement_match;

typedef struct cc_error_match {
    const char *sqlstate; /* may be NULL */
    pcre2_code *message;
    pcre2_code *detail; /* may be NULL; so that a detail is wanted */
} cc_error_match;

typedef enum cc_token_choice { CC_TOKEN_NEXT, CC_TOKEN_LAST, CC_TOKEN_FIRST } cc_token_choice;

/* Texts are templates (profile_text.c); NULL: the error has no such field. */
typedef struct cc_answer {
    const char     *severity; /* of notices */
    const char     *sqlstate;
    const char     *message;
    const char     *detail;
    const char     *hint;
    const char     *issue;
    cc_token_choice token;
    bool            even_aborted; /* of refusals */
} cc_answer;

enum { CC_QUESTION_ARGUMENTS = 8 };

/* What is asked of the server's catalogs about an error; function == NULL: nothing. */
typedef struct cc_question {
    const char  *function;
    const char **with;      /* names of values, at most CC_QUESTION_ARGUMENTS, NULL-terminated */
    const char  *otherwise; /* a template, where nothing is answered */
} cc_question;

typedef struct cc_rewrite {
    const char *replace;   /* a capture; NULL: the whole match */
    const char *with;      /* a template */
    const char *ascending; /* instead: what is put behind items of ORDER BY */
    const char *descending;
} cc_rewrite;

typedef enum cc_rule_action {
    CC_RULE_REFUSE = 1,
    CC_RULE_REWRITE = 2,
    CC_RULE_ERROR = 4,
    CC_RULE_NOTICE = 8,
    CC_RULE_SHUFFLE = 16,
    CC_RULE_MARK = 32
} cc_rule_action;

typedef struct cc_rule {
    const char        *name;
    const char        *source;
    const cc_yaml     *node;
    unsigned           actions;
    bool               disabled;
    cc_statement_match match;
    cc_error_match     error;
    cc_answer          answer;   /* REFUSE, ERROR */
    cc_question        question; /* ERROR */
    cc_answer          notice;
    cc_rewrite         rewrite;
    const char       **groups; /* NULL-terminated; may be NULL */
    size_t            *before; /* rules by number */
    size_t             before_count;
    size_t             used;
} cc_rule;

struct cc_profile {
    orm_arena         *arena;
    const char        *path;
    const char        *name;
    const char        *version;
    const char        *setup_sql;
    cc_wire_parameter *parameters;
    const char       **error_fields;
    const cc_yaml     *shapes;
    cc_rule           *rules;
    size_t             rule_count;
    size_t            *order; /* rules by number, in the order in which they are tried */
    cc_wire_filter     filter;
    void (*on_use)(void *context, const char *application, const char *rule); /* may be NULL */
    void          *on_use_context;
    cc_profile_ask ask; /* may be NULL */
    void          *ask_context;
};

/* ---- profile_load.c, profile_rule.c, profile_order.c ---- */

bool cc_profile_load_rules(cc_profile *profile, const cc_yaml *list, cc_problems *problems);
bool cc_profile_load_rule(cc_profile *profile, cc_rule *rule, cc_problems *problems);
bool cc_rule_load_match(cc_profile *profile, cc_rule *rule, const cc_yaml *map, cc_problems *problems);
bool cc_rule_load_error(cc_profile *profile, cc_rule *rule, const cc_yaml *map, cc_problems *problems);
/* SQL of the files beside the profile that `node` names. */
bool cc_profile_load_setup(cc_profile *profile, const cc_yaml *node, cc_problems *problems);
/* A key that is true or left out. */
bool cc_rule_load_flag(const cc_yaml *node, const char *key, bool *out, cc_problems *problems);
/* A string or a list of strings, as a NULL-terminated list in `*out`; NULL where `node` is. */
bool cc_profile_words(cc_profile *profile, const cc_yaml *node, const char *what, const char ***out,
                      cc_problems *problems);
/* Number of a rule, or SIZE_MAX. */
size_t cc_profile_find(const cc_profile *profile, const char *name);
/* True when ">=24.3 <25.1" holds for the version; false with a problem when it is no such text. */
bool cc_profile_versions(const cc_profile *profile, const cc_yaml *node, bool *holds, cc_problems *problems);
/* Fills profile->order; a problem for each two rules that need an order and have none. */
bool cc_profile_sort(cc_profile *profile, cc_problems *problems);

/* ---- profile_text.c ---- */

/* What the placeholders of a template stand for; `find` returns false for a name that it does not know. */
typedef struct cc_values {
    const cc_profile *profile;
    const char       *issue;
    bool (*find)(const void *context, orm_arena *arena, const char *name, const char **out);
    const void *context;
} cc_values;

/* NULL when memory is out. */
const char *cc_template_fill(orm_arena *arena, const char *text, const cc_values *values);
/* Adds a problem for each placeholder that is unknown. */
void cc_template_check(orm_arena *arena, const char *text, const cc_values *values, cc_place place,
                       cc_problems *problems);

/* A token as CockroachDB writes it behind "at or near"; `at` may be the end of the statement. */
const char *cc_token_shown(orm_arena *arena, const cc_tokens *tokens, size_t at, size_t end);
/* The statement up to the end of the line with the byte `offset`, and below it a caret. */
const char *cc_source_shown(orm_arena *arena, const char *sql, size_t start, size_t end, size_t offset);

/* ---- profile_rewrite.c ---- */

typedef struct cc_edit {
    size_t      start; /* bytes of the text */
    size_t      end;
    const char *text;
} cc_edit;

typedef struct cc_edits {
    orm_arena *arena;
    cc_edit   *items; /* by start; none overlap */
    size_t     count;
    size_t     capacity;
    bool       out_of_memory;
} cc_edits;

/* An edit that overlaps one that is there is left out: the rule that came first has its way. False then. */
bool        cc_edits_add(cc_edits *edits, size_t start, size_t end, const char *text);
const char *cc_edits_apply(const cc_edits *edits, orm_arena *arena, const char *sql);
/* Edits of a rule with `ascending`; false when there was nothing to do. */
bool cc_edits_order_by(cc_edits *edits, const cc_rewrite *rewrite, const cc_tokens *tokens, cc_statement statement);

/* ---- profile_savepoint.c ---- */

typedef struct cc_savepoint {
    const char *name;
    size_t      step;    /* of its statement */
    bool        initial; /* nothing was done before it */
} cc_savepoint;

/* The transaction of a session, as far as rules ask for what happened before. */
typedef struct cc_transaction {
    orm_arena    *arena;  /* emptied with the transaction */
    size_t       *marked; /* by rule: the step at which it was last used in this transaction; 0: not yet */
    size_t        step;   /* statements so far, counted from 1 */
    bool          worked; /* one of them was more than a setting or a savepoint */
    cc_savepoint *savepoints;
    size_t        savepoint_count;
    size_t        savepoint_capacity;
} cc_transaction;

/* An empty transaction with room for the marks of `rule_count` rules; false when memory is out. */
bool cc_transaction_init(cc_transaction *transaction, orm_arena *arena, size_t rule_count) ORM_MUST_CHECK;
/* It ended, or another one begins. */
void cc_transaction_reset(cc_transaction *transaction, size_t rule_count);
/* A statement of the kind goes on to the server. A savepoint that finds no memory is as one that is not there. */
void cc_transaction_follow(cc_transaction *transaction, const cc_tokens *tokens, cc_statement statement, size_t kind);
/*
 * The rule was used since the savepoint that the statement goes back to. False for a savepoint that nothing was done
 * before, and for one that is not there.
 */
bool cc_transaction_since_savepoint(const cc_transaction *transaction, const cc_tokens *tokens, cc_statement statement,
                                    size_t rule);

/* ---- profile_match.c, profile_errors.c ---- */

typedef struct cc_profile_session {
    cc_profile    *profile;
    const char    *application;
    const char    *database;
    size_t        *used; /* by rule */
    cc_transaction transaction;
    bool           in_transaction; /* by the statements that were seen */
    size_t         kind;           /* of the last statement */
    orm_buffer     sql;            /* the last message: as it came */
    orm_buffer     sent;           /* and as it was sent */
    cc_edits       edits;
    orm_arena     *edit_arena;
} cc_profile_session;

void cc_rule_use(cc_profile_session *session, size_t rule);
void cc_profile_statement(void *context, void *session, orm_arena *arena, const char *sql, bool in_transaction,
                          cc_wire_decision *out);
bool cc_profile_error(void *context, void *session, orm_arena *arena, cc_wire_error *error);

#endif
