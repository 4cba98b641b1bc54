/* What happened in a transaction before a statement: which rules were used, and where its savepoints are. */
#include <string.h>

#include "harness/wire/profile_private.h"

enum { SAVEPOINT_LIMIT = 4096 }; /* of one transaction; more are as if they were not there */

bool cc_transaction_init(cc_transaction *transaction, orm_arena *arena, size_t rule_count)
{
    *transaction = (cc_transaction){ .arena = orm_arena_new(arena, NULL, "transaction"),
                                     .marked = orm_arena_calloc(arena, rule_count + 1, sizeof *transaction->marked) };
    return transaction->arena != NULL && transaction->marked != NULL;
}

void cc_transaction_reset(cc_transaction *transaction, size_t rule_count)
{
    orm_arena *arena = transaction->arena;
    size_t    *marked = transaction->marked;

    orm_arena_reset(arena);
    memset(marked, 0, rule_count * sizeof *marked);
    *transaction = (cc_transaction){ .arena = arena, .marked = marked };
}

/* The name behind SAVEPOINT, RELEASE [SAVEPOINT] or ROLLBACK ... TO [SAVEPOINT] is the statement's last token. */
static const char *savepoint_name(const cc_tokens *tokens, cc_statement statement)
{
    const cc_token *last = &tokens->items[statement.end - 1];

    return last->kind == CC_TOKEN_WORD || last->kind == CC_TOKEN_NAME ? last->text : NULL;
}

/* The youngest of that name, or SIZE_MAX. */
static size_t find_savepoint(const cc_transaction *transaction, const char *name)
{
    for (size_t i = transaction->savepoint_count; name != NULL && i > 0; i--) {
        if (strcmp(transaction->savepoints[i - 1].name, name) == 0)
            return i - 1;
    }
    return SIZE_MAX;
}

static bool make_room(cc_transaction *transaction)
{
    size_t        capacity = transaction->savepoint_capacity == 0 ? 8 : transaction->savepoint_capacity * 2;
    cc_savepoint *items;

    if (transaction->savepoint_count < transaction->savepoint_capacity)
        return true;
    items = capacity > SAVEPOINT_LIMIT ? NULL : orm_arena_calloc(transaction->arena, capacity, sizeof *items);
    if (items == NULL)
        return false;
    if (transaction->savepoint_count > 0)
        memcpy(items, transaction->savepoints, transaction->savepoint_count * sizeof *items);
    transaction->savepoints = items;
    transaction->savepoint_capacity = capacity;
    return true;
}

static void add_savepoint(cc_transaction *transaction, const char *name)
{
    const char *kept = name == NULL ? NULL : orm_arena_strdup(transaction->arena, name);

    if (kept != NULL && make_room(transaction))
        transaction->savepoints[transaction->savepoint_count++] =
            (cc_savepoint){ .name = kept, .step = transaction->step, .initial = !transaction->worked };
}

static bool is_work(size_t kind)
{
    static const char *const idle[] = { "begin", "savepoint", "release", "rollback-to", "set", "show", "reset" };

    for (size_t i = 0; i < sizeof idle / sizeof *idle; i++) {
        if (kind == cc_statement_kind_named(idle[i]))
            return false;
    }
    return true;
}

void cc_transaction_follow(cc_transaction *transaction, const cc_tokens *tokens, cc_statement statement, size_t kind)
{
    const char *name = savepoint_name(tokens, statement);
    size_t      found;

    if (kind == cc_statement_kind_named("savepoint")) {
        add_savepoint(transaction, name);
        return;
    }
    transaction->worked = transaction->worked || is_work(kind);
    if (kind != cc_statement_kind_named("release") && kind != cc_statement_kind_named("rollback-to"))
        return;
    found = find_savepoint(transaction, name);
    if (found != SIZE_MAX)
        transaction->savepoint_count = kind == cc_statement_kind_named("release") ? found : found + 1;
}

bool cc_transaction_since_savepoint(const cc_transaction *transaction, const cc_tokens *tokens, cc_statement statement,
                                    size_t rule)
{
    size_t found = find_savepoint(transaction, savepoint_name(tokens, statement));

    return found != SIZE_MAX && !transaction->savepoints[found].initial &&
           transaction->marked[rule] > transaction->savepoints[found].step;
}
