#include <stdlib.h>

#include "harness/run/isolation.h"

/* True when a table that still has its rows points to this one. */
static bool is_pointed_to(size_t table, const cc_foreign_key *keys, size_t key_count, const bool *done)
{
    for (size_t k = 0; k < key_count; k++) {
        if (keys[k].to == table && keys[k].from != table && !keys[k].cleared && !done[keys[k].from])
            return true;
    }
    return false;
}

/* Everything that is left is on a cycle, or is pointed to from one: its nullable keys give way. */
static bool clear_nullable(cc_foreign_key *keys, size_t key_count, const bool *done)
{
    bool any = false;

    for (size_t k = 0; k < key_count; k++) {
        if (keys[k].nullable && !keys[k].cleared && !done[keys[k].from] && !done[keys[k].to])
            any = keys[k].cleared = true;
    }
    return any;
}

/* The first table, by number, that nothing points to any more; table_count when there is none. */
static size_t next_free(size_t table_count, const cc_foreign_key *keys, size_t key_count, const bool *done)
{
    for (size_t t = 0; t < table_count; t++) {
        if (!done[t] && !is_pointed_to(t, keys, key_count, done))
            return t;
    }
    return table_count;
}

bool cc_delete_order(size_t table_count, cc_foreign_key *keys, size_t key_count, size_t *order)
{
    bool  *done = calloc(table_count + 1, sizeof *done);
    size_t count = 0;

    if (done == NULL)
        return false;
    /* A row that points into its own table: with RESTRICT a DELETE of all rows is refused. */
    for (size_t k = 0; k < key_count; k++)
        keys[k].cleared = keys[k].from == keys[k].to && keys[k].nullable;

    while (count < table_count) {
        size_t t = next_free(table_count, keys, key_count, done);

        if (t == table_count) {
            if (clear_nullable(keys, key_count, done))
                continue;
            /* A cycle of required keys: no order is right, so any will do, and the server has the last word. */
            for (t = 0; done[t];)
                t++;
        }
        done[t] = true;
        order[count++] = t;
    }
    free(done);
    return true;
}
