/* Changes to a statement's text, each of them between two tokens or in place of some. */
#include <string.h>

#include "harness/wire/profile_private.h"

bool cc_edits_add(cc_edits *edits, size_t start, size_t end, const char *text)
{
    size_t at = edits->count;

    while (at > 0 && edits->items[at - 1].start >= end && edits->items[at - 1].end > start)
        at--;
    if (at > 0 &&
        (edits->items[at - 1].end > start || (edits->items[at - 1].start == start && edits->items[at - 1].end == end)))
        return false;
    if (!orm_arena_grow(edits->arena, &edits->items, edits->count, &edits->capacity, sizeof(cc_edit))) {
        edits->out_of_memory = true;
        return false;
    }
    memmove(&edits->items[at + 1], &edits->items[at], (edits->count - at) * sizeof(cc_edit));
    edits->items[at] = (cc_edit){ start, end, text };
    edits->count++;
    return true;
}

const char *cc_edits_apply(const cc_edits *edits, orm_arena *arena, const char *sql)
{
    orm_buffer  out;
    size_t      at = 0;
    const char *text;

    orm_buffer_init(&out, NULL, 0);
    for (size_t i = 0; i < edits->count; i++) {
        orm_buffer_append_bytes(&out, sql + at, edits->items[i].start - at);
        orm_buffer_append(&out, edits->items[i].text);
        at = edits->items[i].end;
    }
    orm_buffer_append(&out, sql + at);
    text = out.broken ? NULL : orm_arena_strdup(arena, out.data);
    orm_buffer_free(&out);
    return text;
}

/* ---- ORDER BY ---- */

static bool ends_order_by(const cc_token *token)
{
    static const char *const words[] = { "limit", "offset", "fetch",  "for", "union",  "intersect", "except",
                                         "rows",  "range",  "groups", ";",   "window", "on",        "returning" };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (cc_token_is(token, words[i]))
            return true;
    }
    return false;
}

/* The item that begins at `at`; its end is returned. */
static size_t order_item(cc_edits *edits, const cc_rewrite *rewrite, const cc_tokens *tokens, cc_statement statement,
                         size_t at, size_t depth, bool *changed)
{
    size_t first = at;
    bool   descending = false;
    bool   settled = false;

    for (; at < statement.end && tokens->items[at].depth >= depth; at++) {
        const cc_token *token = &tokens->items[at];

        if (token->depth > depth)
            continue;
        /* The parenthesis around the whole ORDER BY closes at the depth outside of it, so this one is in the item. */
        if (cc_token_is(token, ",") || ends_order_by(token))
            break;
        settled = settled || cc_token_is(token, "nulls") || cc_token_is(token, "using");
        descending = cc_token_is(token, "desc");
    }
    if (at > first && !settled) {
        const cc_token *last = &tokens->items[at - 1];
        size_t          end = last->start + last->length;

        *changed = cc_edits_add(edits, end, end, descending ? rewrite->descending : rewrite->ascending) || *changed;
    }
    return at;
}

bool cc_edits_order_by(cc_edits *edits, const cc_rewrite *rewrite, const cc_tokens *tokens, cc_statement statement)
{
    bool changed = false;

    for (size_t i = statement.first; i + 1 < statement.end; i++) {
        size_t depth = tokens->items[i].depth;
        size_t at = i + 2;

        if (!cc_token_is(&tokens->items[i], "order") || !cc_token_is(&tokens->items[i + 1], "by"))
            continue;
        for (;;) {
            at = order_item(edits, rewrite, tokens, statement, at, depth, &changed);
            if (at >= statement.end || tokens->items[at].depth != depth || !cc_token_is(&tokens->items[at], ","))
                break;
            at++;
        }
    }
    return changed;
}
