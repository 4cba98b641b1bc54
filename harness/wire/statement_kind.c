/* What a statement is, from its leading words; a WITH is looked through. */
#include <stdio.h>
#include <string.h>

#include "harness/wire/profile_private.h"

/* clang-format off */
const char *const cc_statement_kinds[] = {
    "other", "select", "insert", "update", "delete", "upsert", "merge", "truncate", "copy", "begin", "commit",
    "rollback", "rollback-to", "savepoint", "release", "set", "set-constraints", "set-cluster-setting", "reset",
    "show", "explain", "prepare", "execute", "deallocate", "declare", "fetch", "refresh", "reindex", "do", "call",
    "listen", "notify", "unlisten", "comment", "grant", "revoke", "vacuum", "analyze", "lock", "discard",
    "create-table", "create-index", "create-view", "create-materialized-view", "create-type", "create-domain",
    "create-function", "create-procedure", "create-trigger", "create-extension", "create-schema", "create-sequence",
    "create-database", "create-role", "create-user", "create-rule", "create-operator", "create-aggregate",
    "create-cast", "create-language", "create-policy", "create-collation", "create-tablespace", "create-publication",
    "create-subscription", "create-server", "alter-table", "alter-index", "alter-view", "alter-materialized-view",
    "alter-type", "alter-domain", "alter-function", "alter-sequence", "alter-database", "alter-role", "alter-schema",
    "alter-user", "drop-table", "drop-index", "drop-view", "drop-materialized-view", "drop-type", "drop-domain",
    "drop-function", "drop-procedure", "drop-trigger", "drop-extension", "drop-schema", "drop-sequence",
    "drop-database", "drop-role", "drop-user", NULL
};
/* clang-format on */

static const struct {
    const char *word;
    const char *kind;
} by_first_word[] = {
    { "values", "select" }, { "table", "select" },   { "(", "select" },     { "start", "begin" },
    { "end", "commit" },    { "abort", "rollback" }, { "import", "other" }, { "move", "fetch" },
};

size_t cc_statement_kind_named(const char *name)
{
    for (size_t i = 0; cc_statement_kinds[i] != NULL; i++) {
        if (strcmp(cc_statement_kinds[i], name) == 0)
            return i;
    }
    return SIZE_MAX;
}

static bool word_at(const cc_tokens *tokens, cc_statement statement, size_t at, const char *word)
{
    return at < statement.end && cc_token_is(&tokens->items[at], word);
}

static bool is_any(const cc_token *token, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (cc_token_is(token, words[i]))
            return true;
    }
    return false;
}

/* CREATE OR REPLACE TEMP TABLE and the like: the kind is made of the first word and the object behind its adjectives. */
static size_t kind_of_object(const cc_tokens *tokens, cc_statement s)
{
    static const char *const adjectives[] = { "or",      "replace",    "temp",   "temporary", "unlogged",
                                              "global",  "local",      "unique", "recursive", "constraint",
                                              "trusted", "procedural", "foreign" };
    const char              *verb = tokens->items[s.first].text;
    size_t                   at = s.first + 1;
    const char              *materialized = "";
    char                     name[64];
    size_t                   kind;
    int                      length;

    while (at < s.end && is_any(&tokens->items[at], adjectives, sizeof adjectives / sizeof *adjectives))
        at++;
    if (word_at(tokens, s, at, "materialized")) {
        materialized = "materialized-";
        at++;
    }
    if (at >= s.end || tokens->items[at].kind != CC_TOKEN_WORD || tokens->items[at].length > 24)
        return 0;
    length = snprintf(name, sizeof name, "%s-%s%s", verb, materialized, tokens->items[at].text);
    if (length < 0 || (size_t)length >= sizeof name)
        return 0;
    kind = cc_statement_kind_named(name);
    return kind == SIZE_MAX ? 0 : kind;
}

/* The first word of these that stands outside of the parentheses of the common table expressions. */
static size_t behind_with(const cc_tokens *tokens, cc_statement s)
{
    static const char *const verbs[] = { "select", "insert", "update", "delete", "values", "merge", "upsert", "table" };

    for (size_t i = s.first + 1; i < s.end; i++) {
        if (tokens->items[i].depth == tokens->items[s.first].depth &&
            is_any(&tokens->items[i], verbs, sizeof verbs / sizeof *verbs))
            return i;
    }
    return s.first;
}

size_t cc_statement_kind(const cc_tokens *tokens, cc_statement s)
{
    size_t      first = word_at(tokens, s, s.first, "with") ? behind_with(tokens, s) : s.first;
    const char *word = tokens->items[first].text;
    size_t      kind;

    if (tokens->items[first].kind != CC_TOKEN_WORD && strcmp(word, "(") != 0)
        return 0;
    if (strcmp(word, "create") == 0 || strcmp(word, "alter") == 0 || strcmp(word, "drop") == 0)
        return kind_of_object(tokens, s);
    if (strcmp(word, "set") == 0 && word_at(tokens, s, first + 1, "constraints"))
        return cc_statement_kind_named("set-constraints");
    if (strcmp(word, "set") == 0 && word_at(tokens, s, first + 1, "cluster"))
        return cc_statement_kind_named("set-cluster-setting");
    if (strcmp(word, "rollback") == 0 && (word_at(tokens, s, first + 1, "to") || word_at(tokens, s, first + 2, "to")))
        return cc_statement_kind_named("rollback-to");
    for (size_t i = 0; i < sizeof by_first_word / sizeof *by_first_word; i++) {
        if (strcmp(word, by_first_word[i].word) == 0)
            word = by_first_word[i].kind;
    }
    kind = cc_statement_kind_named(word);
    return kind == SIZE_MAX ? 0 : kind;
}
