#include <string.h>

#include "harness/expect/expect_private.h"

#define EDIT_LIMIT 400   /* insertions and deletions that the search follows; its memory grows with the square */
#define LINE_LIMIT 20000 /* lines of a text that are looked at */
#define CONTEXT 3
#define PRINT_LIMIT 200 /* lines of a difference that are printed */

/* The differing middle of two lists, after what they share at both ends was set aside. */
typedef struct middle {
    cc_equal_fn equal;
    void       *context;
    size_t      from; /* where the middle begins, in both */
    ptrdiff_t   a_count;
    ptrdiff_t   b_count;
} middle;

static bool equal_at(const middle *m, ptrdiff_t a, ptrdiff_t b)
{
    return m->equal(m->context, m->from + (size_t)a, m->from + (size_t)b);
}

/*
 * Furthest points: trace[d][k + d] is how far into a one comes on diagonal k with d edits. Returns the number of edits,
 * or -1 when it passes the limit; *failed when memory is out.
 */
static ptrdiff_t search(const middle *m, orm_arena *arena, ptrdiff_t **trace, bool *failed)
{
    for (ptrdiff_t d = 0; d <= EDIT_LIMIT; d++) {
        const ptrdiff_t *before = d == 0 ? NULL : trace[d - 1] + d - 1; /* before[k] */
        ptrdiff_t       *row = orm_arena_calloc(arena, (size_t)(2 * d + 1), sizeof *row);

        if (row == NULL) {
            *failed = true;
            return -1;
        }
        trace[d] = row;
        for (ptrdiff_t k = -d; k <= d; k += 2) {
            ptrdiff_t x = 0;

            if (d > 0)
                x = k == -d || (k != d && before[k - 1] < before[k + 1]) ? before[k + 1] : before[k - 1] + 1;
            while (x < m->a_count && x - k < m->b_count && x - k >= 0 && equal_at(m, x, x - k))
                x++;
            row[k + d] = x;
            if (x >= m->a_count && x - k >= m->b_count)
                return d;
        }
    }
    return -1;
}

typedef struct edits {
    cc_edit *items;
    size_t   count;
} edits;

static void put(edits *e, char mark, size_t a, size_t b)
{
    e->items[e->count++] = (cc_edit){ .mark = mark, .a = a, .b = b };
}

/* Walks the trace from the end; the edits come out backwards and are turned round. */
static void walk_back(const middle *m, ptrdiff_t *const *trace, ptrdiff_t edit_count, edits *e)
{
    size_t    first = e->count;
    ptrdiff_t x = m->a_count, y = m->b_count;

    for (ptrdiff_t d = edit_count; d >= 0; d--) {
        ptrdiff_t k = x - y, last_k = 0, last_x = 0;

        if (d > 0) {
            const ptrdiff_t *before = trace[d - 1] + d - 1;

            last_k = k == -d || (k != d && before[k - 1] < before[k + 1]) ? k + 1 : k - 1;
            last_x = before[last_k];
        }
        for (; x > last_x && y > last_x - last_k; x--, y--)
            put(e, ' ', m->from + (size_t)x - 1, m->from + (size_t)y - 1);
        if (d == 0)
            break;
        if (last_k > k)
            put(e, '+', m->from + (size_t)x, m->from + (size_t)--y);
        else
            put(e, '-', m->from + (size_t)--x, m->from + (size_t)y);
    }
    for (size_t i = first, j = e->count; i + 1 < j; i++) {
        cc_edit swap = e->items[i];

        e->items[i] = e->items[--j];
        e->items[j] = swap;
    }
}

static void replace_all(const middle *m, edits *e)
{
    for (ptrdiff_t i = 0; i < m->a_count; i++)
        put(e, '-', m->from + (size_t)i, m->from);
    for (ptrdiff_t i = 0; i < m->b_count; i++)
        put(e, '+', m->from + (size_t)m->a_count, m->from + (size_t)i);
}

bool cc_diff(orm_arena *arena, size_t a_count, size_t b_count, cc_equal_fn equal, void *context, cc_edit **out,
             size_t *count)
{
    edits       e = { .items = orm_arena_calloc(arena, a_count + b_count, sizeof *e.items) };
    ptrdiff_t **trace = orm_arena_calloc(arena, EDIT_LIMIT + 1, sizeof *trace);
    middle      m = { .equal = equal, .context = context };
    size_t      tail = 0;
    ptrdiff_t   edit_count = 0;
    bool        failed = false;

    if (e.items == NULL || trace == NULL)
        return false;
    while (m.from < a_count && m.from < b_count && equal(context, m.from, m.from)) {
        put(&e, ' ', m.from, m.from);
        m.from++;
    }
    while (tail < a_count - m.from && tail < b_count - m.from && equal(context, a_count - tail - 1, b_count - tail - 1))
        tail++;
    m.a_count = (ptrdiff_t)(a_count - m.from - tail);
    m.b_count = (ptrdiff_t)(b_count - m.from - tail);
    edit_count = search(&m, arena, trace, &failed);
    if (failed)
        return false;
    if (edit_count < 0)
        replace_all(&m, &e);
    else
        walk_back(&m, trace, edit_count, &e);
    for (; tail > 0; tail--)
        put(&e, ' ', a_count - tail, b_count - tail);
    *out = e.items;
    *count = e.count;
    return true;
}

/* ---- Texts ---- */

typedef struct line {
    const char *text;
    size_t      length;
} line;

typedef struct texts {
    line  *a;
    line  *b;
    size_t a_count;
    size_t b_count;
} texts;

static bool lines_equal(void *context, size_t a, size_t b)
{
    const texts *t = context;

    return t->a[a].length == t->b[b].length && memcmp(t->a[a].text, t->b[b].text, t->a[a].length) == 0;
}

static line *split(orm_arena *arena, const char *text, size_t *count)
{
    line  *lines = NULL;
    size_t capacity = 0;

    *count = 0;
    while (*count < LINE_LIMIT) {
        size_t length = strcspn(text, "\n");

        if (!orm_arena_grow(arena, &lines, *count, &capacity, sizeof *lines))
            return NULL;
        lines[(*count)++] = (line){ .text = text, .length = length };
        if (text[length] == '\0')
            break;
        text += length + 1;
    }
    return lines;
}

static bool is_near_change(const cc_edit *items, size_t count, size_t i)
{
    size_t from = i < CONTEXT ? 0 : i - CONTEXT;

    for (size_t k = from; k < count && k <= i + CONTEXT; k++)
        if (items[k].mark != ' ')
            return true;
    return false;
}

static void print_edits(orm_buffer *out, const texts *t, const cc_edit *items, size_t count)
{
    size_t printed = 0;
    bool   gap = false;

    for (size_t i = 0; i < count; i++) {
        const line *l = items[i].mark == '+' ? &t->b[items[i].b] : &t->a[items[i].a];

        if (!is_near_change(items, count, i)) {
            gap = true;
            continue;
        }
        if (printed++ == PRINT_LIMIT) {
            orm_buffer_append(out, "(the rest of the difference is left out)\n");
            return;
        }
        orm_buffer_append(out, gap ? "...\n" : "");
        gap = false;
        orm_buffer_printf(out, "%c ", items[i].mark);
        orm_buffer_append_bytes(out, l->text, l->length);
        orm_buffer_append_char(out, '\n');
    }
}

void cc_print_text_diff(orm_buffer *out, const char *expected, const char *actual)
{
    orm_arena *arena = orm_arena_new(NULL, NULL, "difference");
    texts      t = { .a = NULL };
    cc_edit   *items = NULL;
    size_t     count = 0;

    if (arena == NULL)
        return;
    t.a = split(arena, expected, &t.a_count);
    t.b = split(arena, actual, &t.b_count);
    if (t.a != NULL && t.b != NULL && cc_diff(arena, t.a_count, t.b_count, lines_equal, &t, &items, &count))
        print_edits(out, &t, items, count);
    orm_arena_free(arena);
}
