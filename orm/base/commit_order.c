#include "base/commit_order.h"

#include <string.h>

/* `from` points to the node whose list this is in: what must come after it. */
typedef struct edge {
    struct edge *next;       /* of the same pointed-to node */
    struct edge *next_added; /* of all */
    size_t       from;
    size_t       to;
    bool         nullable;
    bool         dropped; /* gave way in a cycle; only used while sorting */
} edge;

typedef struct edge_list {
    edge  *first;
    edge **end;
} edge_list;

struct orm_commit_order {
    orm_arena *arena;
    size_t     node_count;
    edge_list *after; /* after[n]: what points to n, in the order of its coming */
    edge      *added; /* all edges in the order of their coming */
    edge     **added_end;
};

typedef enum { UNSEEN, OPEN, DONE } visit;

/* One place of the walk's own stack, because a schema may be deeper than the thread's. */
typedef struct frame {
    size_t      node;
    const edge *next;
    bool        reopened; /* an open node that is finished before its time, to break a cycle at a nullable edge */
} frame;

typedef struct walk {
    const orm_commit_order *order;
    visit                  *state;
    frame                  *stack; /* at most two frames for each node: see reopen() */
    size_t                  depth;
    size_t                 *out;
    size_t                  left; /* out[left..] is filled: post-order, written from the end */
} walk;

orm_commit_order *orm_commit_order_new(orm_arena *arena, size_t node_count)
{
    orm_commit_order *order = orm_arena_zalloc(arena, sizeof *order);
    edge_list        *after = orm_arena_calloc(arena, node_count, sizeof *after);

    if (order == NULL || after == NULL)
        return NULL;
    for (size_t i = 0; i < node_count; i++)
        after[i].end = &after[i].first;
    *order = (orm_commit_order){ .arena = arena, .node_count = node_count, .after = after };
    order->added_end = &order->added;
    return order;
}

static edge *find(const orm_commit_order *order, size_t from, size_t to)
{
    for (edge *e = order->after[to].first; e != NULL; e = e->next) {
        if (e->from == from)
            return e;
    }
    return NULL;
}

orm_status orm_commit_order_add(orm_commit_order *order, size_t from, size_t to, bool nullable)
{
    edge *e;

    if (from == to)
        return ORM_OK;
    e = find(order, from, to);
    if (e != NULL) {
        e->nullable = e->nullable && nullable;
        return ORM_OK;
    }
    e = orm_arena_zalloc(order->arena, sizeof *e);
    if (e == NULL)
        return ORM_ERR_MEMORY;
    *e = (edge){ .from = from, .to = to, .nullable = nullable };
    *order->after[to].end = e;
    order->after[to].end = &e->next;
    *order->added_end = e;
    order->added_end = &e->next_added;
    return ORM_OK;
}

static void enter(walk *w, size_t node, bool reopened)
{
    w->state[node] = OPEN;
    w->stack[w->depth++] = (frame){ .node = node, .next = w->order->after[node].first, .reopened = reopened };
}

static void leave(walk *w)
{
    size_t node = w->stack[--w->depth].node;

    if (w->state[node] == DONE)
        return; /* it was reopened further up, and that finished it */
    w->state[node] = DONE;
    w->out[--w->left] = node;
}

/*
 * `e` leads from the node on top back to an open one. When it is required and the edge the other way round is nullable,
 * the open node has to come after the one on top: it is finished now, with all that must follow it. Each ordinary frame
 * carries at most one reopened one, hence the size of the stack.
 */
static void reopen(walk *w, const edge *e)
{
    const edge *back = find(w->order, e->to, e->from);

    if (!e->nullable && back != NULL && !back->dropped && back->nullable)
        enter(w, e->from, true);
}

/* MikroORM's walk over the edges that were not dropped. */
static void walk_all(walk *w)
{
    size_t n = w->order->node_count;

    memset(w->state, 0, n * sizeof *w->state);
    w->left = n;
    for (size_t root = 0; root < n; root++) {
        if (w->state[root] == UNSEEN)
            enter(w, root, false);
        while (w->depth > 0) {
            frame      *top = &w->stack[w->depth - 1];
            const edge *e = top->next;

            if (e == NULL) {
                leave(w);
                continue;
            }
            top->next = e->next;
            if (e->dropped)
                continue;
            if (w->state[e->from] == UNSEEN)
                enter(w, e->from, false);
            else if (w->state[e->from] == OPEN && !top->reopened)
                reopen(w, e);
        }
    }
}

/* Whether every required reference points to an earlier node of `out`. */
static bool required_hold(const walk *w, size_t *place)
{
    for (size_t i = 0; i < w->order->node_count; i++)
        place[w->out[i]] = i;
    for (const edge *e = w->order->added; e != NULL; e = e->next_added) {
        if (!e->nullable && place[e->from] < place[e->to])
            return false;
    }
    return true;
}

/* Whether the kept edges lead from `start` (as pointed-to) to `goal`. */
static bool leads_to(walk *w, size_t start, size_t goal)
{
    memset(w->state, 0, w->order->node_count * sizeof *w->state);
    w->depth = 0;
    enter(w, start, false);
    while (w->depth > 0) {
        size_t node = w->stack[--w->depth].node;

        if (node == goal)
            return true;
        for (const edge *e = w->order->after[node].first; e != NULL; e = e->next) {
            if (!e->dropped && w->state[e->from] == UNSEEN)
                enter(w, e->from, false);
        }
    }
    return false;
}

/*
 * Keeps the required edges and, one after the other, each nullable edge that closes no cycle with what is kept.
 * False when the required ones alone have a cycle; `*stuck` is then on it.
 */
static bool drop_for_cycles(walk *w, size_t *stuck)
{
    const orm_commit_order *order = w->order;

    for (edge *e = order->added; e != NULL; e = e->next_added)
        e->dropped = e->nullable;
    for (edge *e = order->added; e != NULL; e = e->next_added) {
        if (!e->nullable && leads_to(w, e->from, e->to)) {
            *stuck = e->from;
            return false;
        }
    }
    for (edge *e = order->added; e != NULL; e = e->next_added)
        e->dropped = e->nullable && leads_to(w, e->from, e->to);
    return true;
}

orm_status orm_commit_order_sort(const orm_commit_order *order, size_t *out, size_t *stuck)
{
    size_t  n = order->node_count;
    size_t  where = 0;
    size_t *place = orm_arena_calloc(order->arena, n, sizeof *place);
    walk    w = { .order = order, .out = out };

    w.state = orm_arena_calloc(order->arena, n, sizeof *w.state);
    w.stack = orm_arena_calloc(order->arena, n, 2 * sizeof *w.stack);
    if (place == NULL || w.state == NULL || w.stack == NULL)
        return ORM_ERR_MEMORY;

    for (edge *e = order->added; e != NULL; e = e->next_added)
        e->dropped = false;
    walk_all(&w);
    if (required_hold(&w, place))
        return ORM_OK;

    if (drop_for_cycles(&w, &where)) {
        w.depth = 0;
        walk_all(&w);
        return ORM_OK;
    }
    if (stuck != NULL)
        *stuck = where;
    return ORM_ERR_CYCLE;
}
