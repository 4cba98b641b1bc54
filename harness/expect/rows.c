#include <string.h>

#include "harness/expect/expect_private.h"

/* Comparing every row with every row stops being quick here. */
#define PAIR_LIMIT 4000000U
#define PRINT_LIMIT 100 /* rows of a difference that are printed */
#define NONE SIZE_MAX

typedef struct comparison {
    cc_matching             matching; /* without bind: trying a row must leave no trace */
    const cc_yaml          *expected;
    const cc_actual *const *rows;
    size_t                  row_count;
    size_t                  column_count;
    cc_match                broken; /* CC_MATCH_BROKEN once a matcher could not be tried */
    orm_buffer             *why;
} comparison;

static cc_match match_row(const cc_matching *matching, const cc_yaml *expected, const cc_actual *row,
                          size_t column_count, orm_buffer *why)
{
    if (expected->kind != CC_YAML_LIST) {
        cc_why(why, "a row is written as a list");
        return CC_MATCH_BROKEN;
    }
    if (expected->count != column_count) {
        cc_why(why, "expected %zu values, got %zu", expected->count, column_count);
        return CC_NO_MATCH;
    }
    for (size_t i = 0; i < column_count; i++) {
        orm_buffer text;
        cc_match   match = CC_MATCH;

        orm_buffer_init(&text, NULL, 0);
        match = cc_match_value(matching, expected->items[i], &row[i], &text);
        if (match != CC_MATCH)
            cc_why(why, "value %zu: %s", i + 1, text.data);
        orm_buffer_free(&text);
        if (match != CC_MATCH)
            return match;
    }
    return CC_MATCH;
}

static bool rows_equal(void *context, size_t a, size_t b)
{
    comparison *c = context;
    cc_match    match = CC_MATCH;

    if (c->broken == CC_MATCH_BROKEN)
        return false;
    match = match_row(&c->matching, c->expected->items[a], c->rows[b], c->column_count, NULL);
    if (match == CC_MATCH_BROKEN) {
        c->broken = match;
        match_row(&c->matching, c->expected->items[a], c->rows[b], c->column_count, c->why);
    }
    return match == CC_MATCH;
}

/* ---- Any order: which expected row takes which actual one ---- */

typedef struct pairing {
    comparison *comparison;
    bool       *fits;   /* fits[expected * row_count + actual] */
    size_t     *taker;  /* of each actual row: the expected row that has it */
    size_t     *taken;  /* of each expected row: its actual row */
    size_t     *parent; /* of each actual row in this search: the expected row that asks for it */
    size_t     *queue;
} pairing;

/*
 * Finds a row for `root`, moving other expected rows to others that fit them too: with patterns the first fit need not be
 * the right one. A breadth-first search for an augmenting path.
 */
static bool find_row_for(pairing *p, size_t root)
{
    size_t row_count = p->comparison->row_count;
    size_t head = 0, tail = 0;

    for (size_t i = 0; i < row_count; i++)
        p->parent[i] = NONE;
    p->queue[tail++] = root;
    while (head < tail) {
        size_t asker = p->queue[head++];

        for (size_t row = 0; row < row_count; row++) {
            if (!p->fits[asker * row_count + row] || p->parent[row] != NONE)
                continue;
            p->parent[row] = asker;
            if (p->taker[row] != NONE) {
                p->queue[tail++] = p->taker[row];
                continue;
            }
            for (size_t next = row; next != NONE;) {
                size_t owner = p->parent[next];
                size_t old = p->taken[owner];

                p->taker[next] = owner;
                p->taken[owner] = next;
                next = old;
            }
            return true;
        }
    }
    return false;
}

/* False when memory is out or a matcher cannot be tried. */
static bool pair_rows(comparison *c, orm_arena *arena, pairing *p)
{
    size_t expected_count = c->expected->count;

    *p = (pairing){ .comparison = c,
                    .fits = orm_arena_calloc(arena, expected_count * c->row_count, sizeof *p->fits),
                    .taker = orm_arena_calloc(arena, c->row_count, sizeof *p->taker),
                    .taken = orm_arena_calloc(arena, expected_count, sizeof *p->taken),
                    .parent = orm_arena_calloc(arena, c->row_count, sizeof *p->parent),
                    .queue = orm_arena_calloc(arena, expected_count + 1, sizeof *p->queue) };
    if (p->fits == NULL || p->taker == NULL || p->taken == NULL || p->parent == NULL || p->queue == NULL) {
        cc_why(c->why, "out of memory");
        return false;
    }
    for (size_t i = 0; i < c->row_count; i++)
        p->taker[i] = NONE;
    for (size_t i = 0; i < expected_count; i++) {
        p->taken[i] = NONE;
        for (size_t k = 0; k < c->row_count && c->broken != CC_MATCH_BROKEN; k++)
            p->fits[i * c->row_count + k] = rows_equal(c, i, k);
    }
    for (size_t i = 0; i < expected_count && c->broken != CC_MATCH_BROKEN; i++)
        find_row_for(p, i);
    return c->broken != CC_MATCH_BROKEN;
}

/* ---- The difference ---- */

static void print_row(orm_buffer *why, const comparison *c, const cc_edit *edit)
{
    orm_buffer_printf(why, "\n%c ", edit->mark);
    if (edit->mark == '-') {
        cc_print_expected(why, c->expected->items[edit->a]);
        return;
    }
    orm_buffer_append_char(why, '[');
    for (size_t i = 0; i < c->column_count; i++) {
        orm_buffer_append(why, i == 0 ? "" : ", ");
        cc_print_actual(why, &c->rows[edit->b][i]);
    }
    orm_buffer_append_char(why, ']');
}

static void print_rows(const comparison *c, const cc_edit *edits, size_t count)
{
    size_t missing = 0, surplus = 0;

    if (c->why == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        missing += edits[i].mark == '-';
        surplus += edits[i].mark == '+';
    }
    orm_buffer_printf(c->why, "expected %zu row%s, got %zu: %zu missing, %zu unexpected", c->expected->count,
                      c->expected->count == 1 ? "" : "s", c->row_count, missing, surplus);
    for (size_t i = 0; i < count; i++) {
        if (i == PRINT_LIMIT) {
            orm_buffer_printf(c->why, "\n(%zu more rows are left out)", count - i);
            break;
        }
        print_row(c->why, c, &edits[i]);
    }
}

/* Runs the comparisons that hold once more, now binding "<bind:name>". */
static cc_match bind_rows(const cc_matching *matching, comparison *c, const cc_edit *edits, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cc_match match =
            match_row(matching, c->expected->items[edits[i].a], c->rows[edits[i].b], c->column_count, c->why);

        if (match != CC_MATCH)
            return match;
    }
    return CC_MATCH;
}

static bool compare_unordered(comparison *c, orm_arena *arena, cc_edit **out, size_t *count)
{
    cc_edit *edits = orm_arena_calloc(arena, c->expected->count + c->row_count, sizeof *edits);
    pairing  p;

    *count = 0;
    if (c->expected->count > 0 && c->row_count > PAIR_LIMIT / c->expected->count) {
        cc_why(c->why, "%zu rows are too many to be compared in any order; sort them in the query", c->row_count);
        return false;
    }
    if (edits == NULL || !pair_rows(c, arena, &p))
        return false;
    for (size_t i = 0; i < c->expected->count; i++)
        edits[(*count)++] = (cc_edit){ .mark = p.taken[i] == NONE ? '-' : ' ', .a = i, .b = p.taken[i] };
    for (size_t i = 0; i < c->row_count; i++)
        if (p.taker[i] == NONE)
            edits[(*count)++] = (cc_edit){ .mark = '+', .b = i };
    *out = edits;
    return true;
}

static cc_match compare(const cc_matching *matching, comparison *c, orm_arena *arena, bool ordered)
{
    cc_edit *edits = NULL;
    size_t   count = 0;
    bool     done = ordered ? cc_diff(arena, c->expected->count, c->row_count, rows_equal, c, &edits, &count)
                            : compare_unordered(c, arena, &edits, &count);

    if (!done || c->broken == CC_MATCH_BROKEN)
        return CC_MATCH_BROKEN;
    for (size_t i = 0; i < count; i++) {
        if (edits[i].mark != ' ') {
            print_rows(c, edits, count);
            return CC_NO_MATCH;
        }
    }
    return bind_rows(matching, c, edits, count);
}

cc_match cc_match_rows(const cc_matching *matching, const cc_yaml *expected, const cc_actual *const *rows,
                       size_t row_count, size_t column_count, bool ordered, orm_buffer *why)
{
    orm_arena *arena = orm_arena_new(NULL, NULL, "comparing rows");
    comparison c = { .matching = *matching,
                     .expected = expected,
                     .rows = rows,
                     .row_count = row_count,
                     .column_count = column_count,
                     .why = why };
    cc_match   match = CC_MATCH_BROKEN;

    c.matching.bind = NULL;
    if (arena == NULL)
        cc_why(why, "out of memory");
    else if (expected->kind != CC_YAML_LIST)
        cc_why(why, "rows are written as a list of lists");
    else {
        /* What trying rows allocates goes with this arena; only binding writes into the caller's. */
        c.matching.arena = arena;
        match = compare(matching, &c, arena, ordered);
    }
    orm_arena_free(arena);
    return match;
}
