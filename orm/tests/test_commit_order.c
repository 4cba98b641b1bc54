#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/commit_order.h"

enum { MOST_NODES = 7, MOST_EDGES = 16 };

typedef struct reference {
    size_t from, to;
    bool   nullable;
} reference;

typedef struct graph {
    size_t    nodes;
    size_t    edges;
    reference edge[MOST_EDGES];
} graph;

static orm_status sort(const graph *g, size_t *out, size_t *stuck)
{
    orm_arena        *arena = orm_arena_new(NULL, NULL, "test");
    orm_commit_order *order = orm_commit_order_new(arena, g->nodes);
    orm_status        status;

    assert_non_null(order);
    for (size_t i = 0; i < g->edges; i++)
        assert_int_equal(orm_commit_order_add(order, g->edge[i].from, g->edge[i].to, g->edge[i].nullable), ORM_OK);
    status = orm_commit_order_sort(order, out, stuck);
    orm_arena_free(arena);
    return status;
}

static void expect_order(const graph *g, const char *expected)
{
    size_t out[MOST_NODES];
    char   text[MOST_NODES + 1] = "";

    assert_int_equal(sort(g, out, NULL), ORM_OK);
    for (size_t i = 0; i < g->nodes; i++)
        text[i] = (char)('a' + out[i]);
    assert_string_equal(text, expected);
}

static void pointed_to_types_come_first(void **state)
{
    (void)state;
    expect_order(&(graph){ 3, 2, { { 0, 1, false }, { 1, 2, false } } }, "cba");
    expect_order(&(graph){ 3, 2, { { 2, 1, false }, { 1, 0, true } } }, "abc");
    expect_order(&(graph){ .nodes = 1 }, "a");
    expect_order(&(graph){ .nodes = 0 }, "");
}

static void free_choices_come_out_highest_number_first(void **state)
{
    (void)state;
    expect_order(&(graph){ .nodes = 4 }, "dcba");
    /* b and c both point to a: the one that was added first comes last. */
    expect_order(&(graph){ 3, 2, { { 1, 0, false }, { 2, 0, false } } }, "acb");
    expect_order(&(graph){ 3, 2, { { 2, 0, false }, { 1, 0, false } } }, "abc");
}

static void self_references_and_repeats_change_nothing(void **state)
{
    (void)state;
    expect_order(&(graph){ 2, 4, { { 0, 0, false }, { 0, 1, true }, { 0, 1, true }, { 1, 1, true } } }, "ba");
}

static void a_nullable_reference_gives_way_in_a_cycle(void **state)
{
    (void)state;
    expect_order(&(graph){ 2, 2, { { 0, 1, false }, { 1, 0, true } } }, "ba");
    expect_order(&(graph){ 2, 2, { { 0, 1, true }, { 1, 0, false } } }, "ab");
    /* Of two references between the same types a required one decides, in whichever order they come. */
    expect_order(&(graph){ 2, 3, { { 0, 1, false }, { 0, 1, true }, { 1, 0, true } } }, "ba");
    expect_order(&(graph){ 2, 3, { { 0, 1, true }, { 0, 1, false }, { 1, 0, true } } }, "ba");
}

/* The calculator finishes an open node before its time; another valid order would be b, c, a. */
static void mikroorms_order_stands_where_a_cycle_can_be_broken(void **state)
{
    (void)state;
    expect_order(&(graph){ 3, 3, { { 1, 0, true }, { 2, 1, false }, { 0, 1, false } } }, "bac");
}

static void only_the_nullable_references_of_the_cycle_give_way(void **state)
{
    /* a to b to c and back, the last one nullable; and e to d, which has nothing to do with it. */
    (void)state;
    expect_order(&(graph){ 5, 4, { { 0, 1, false }, { 1, 2, false }, { 2, 0, true }, { 4, 3, true } } }, "decba");
}

static void required_cycles_are_told_with_one_of_their_nodes(void **state)
{
    graph  g = { 4, 4, { { 3, 0, false }, { 0, 1, false }, { 1, 2, false }, { 2, 0, false } } };
    size_t out[MOST_NODES];
    bool   seen[MOST_NODES] = { false };
    size_t stuck = 99;

    (void)state;
    assert_int_equal(sort(&g, out, &stuck), ORM_ERR_CYCLE);
    assert_true(stuck <= 2); /* 3 only points into the cycle */
    for (size_t i = 0; i < g.nodes; i++)
        seen[out[i]] = true;
    for (size_t i = 0; i < g.nodes; i++)
        assert_true(seen[i]);
}

/* MikroORM 7.2.1 created these tables in this order; numbers by descending name, references added from the last. */
static void the_order_is_mikroorms(void **state)
{
    enum { versioned, tag, publisher, profile, node_b, node_a, category, book, author, count };
    static const reference references[] = { { author, author, true },  { book, author, false },
                                            { book, publisher, true }, { category, category, true },
                                            { node_a, node_b, false }, { node_b, node_a, true },
                                            { profile, author, false } };
    static const size_t    expected[] = { author, category, node_b, node_a, profile, publisher, book, tag, versioned };
    orm_arena             *arena = orm_arena_new(NULL, NULL, "test");
    orm_commit_order      *order = orm_commit_order_new(arena, count);
    size_t                 out[count];

    (void)state;
    for (size_t i = 0; i < sizeof references / sizeof references[0]; i++)
        assert_int_equal(orm_commit_order_add(order, references[i].from, references[i].to, references[i].nullable),
                         ORM_OK);
    assert_int_equal(orm_commit_order_sort(order, out, NULL), ORM_OK);
    assert_memory_equal(out, expected, sizeof expected);
    orm_arena_free(arena);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 16;
}

/* Whether the required references alone have a cycle: no node is left that points to nothing. */
static bool has_required_cycle(const graph *g)
{
    bool   gone[MOST_NODES] = { false };
    size_t left = g->nodes;

    for (bool moved = true; moved;) {
        moved = false;
        for (size_t n = 0; n < g->nodes; n++) {
            bool is_free = !gone[n];

            for (size_t i = 0; i < g->edges; i++) {
                const reference *e = &g->edge[i];

                if (e->from == n && e->to != n && !e->nullable && !gone[e->to])
                    is_free = false;
            }
            if (is_free) {
                gone[n] = moved = true;
                left--;
            }
        }
    }
    return left > 0;
}

static size_t broken(const graph *g, const size_t *out, bool nullable)
{
    size_t place[MOST_NODES] = { 0 };
    size_t count = 0;

    for (size_t i = 0; i < g->nodes && i < MOST_NODES; i++)
        place[out[i]] = i;
    for (size_t i = 0; i < g->edges; i++)
        count += g->edge[i].nullable == nullable && place[g->edge[i].from] < place[g->edge[i].to];
    return count;
}

/* The least number of nullable references that any permutation breaks while it holds the required ones. */
static size_t least_broken(const graph *g, size_t *order, size_t used)
{
    size_t least = (size_t)-1;

    if (used >= g->nodes || used >= MOST_NODES)
        return broken(g, order, false) > 0 ? least : broken(g, order, true);
    for (size_t n = 0; n < g->nodes && least > 0; n++) {
        bool   taken = false;
        size_t here;

        for (size_t i = 0; i < used; i++)
            taken = taken || order[i] == n;
        if (taken)
            continue;
        order[used] = n;
        here = least_broken(g, order, used + 1);
        least = here < least ? here : least;
    }
    return least;
}

static void random_graphs_agree_with_trying_all_orders(void **state)
{
    uint32_t seed = 20261123;

    (void)state;
    for (int round = 0; round < 3000; round++) {
        graph  g = { .nodes = 1 + next_random(&seed) % 6 };
        size_t out[MOST_NODES];
        size_t scratch[MOST_NODES];
        size_t stuck = 99;
        size_t times[MOST_NODES] = { 0 };

        g.edges = next_random(&seed) % 10;
        for (size_t i = 0; i < g.edges; i++) {
            g.edge[i] =
                (reference){ next_random(&seed) % g.nodes, next_random(&seed) % g.nodes, next_random(&seed) % 2 == 0 };
        }
        if (has_required_cycle(&g)) {
            assert_int_equal(sort(&g, out, &stuck), ORM_ERR_CYCLE);
            assert_true(stuck < g.nodes);
        } else {
            assert_int_equal(sort(&g, out, NULL), ORM_OK);
            assert_int_equal(broken(&g, out, false), 0);
            /* Where nothing has to give way, nothing does. */
            if (least_broken(&g, scratch, 0) == 0)
                assert_int_equal(broken(&g, out, true), 0);
        }
        for (size_t i = 0; i < g.nodes; i++)
            times[out[i]]++;
        for (size_t i = 0; i < g.nodes; i++)
            assert_int_equal(times[i], 1);
    }
}

static void a_chain_deeper_than_any_stack_is_sorted(void **state)
{
    enum { LONG = 200000 };
    orm_arena        *arena = orm_arena_new(NULL, NULL, "test");
    orm_commit_order *order = orm_commit_order_new(arena, LONG);
    size_t           *out = malloc(LONG * sizeof *out);

    (void)state;
    assert_non_null(out);
    for (size_t i = 0; i + 1 < LONG; i++)
        assert_int_equal(orm_commit_order_add(order, i + 1, i, false), ORM_OK);
    assert_int_equal(orm_commit_order_sort(order, out, NULL), ORM_OK);
    for (size_t i = 0; i < LONG; i++)
        assert_int_equal(out[i], i);
    free(out);
    orm_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pointed_to_types_come_first),
        cmocka_unit_test(free_choices_come_out_highest_number_first),
        cmocka_unit_test(self_references_and_repeats_change_nothing),
        cmocka_unit_test(a_nullable_reference_gives_way_in_a_cycle),
        cmocka_unit_test(mikroorms_order_stands_where_a_cycle_can_be_broken),
        cmocka_unit_test(only_the_nullable_references_of_the_cycle_give_way),
        cmocka_unit_test(required_cycles_are_told_with_one_of_their_nodes),
        cmocka_unit_test(the_order_is_mikroorms),
        cmocka_unit_test(random_graphs_agree_with_trying_all_orders),
        cmocka_unit_test(a_chain_deeper_than_any_stack_is_sorted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
