/*
 * commit_order.h - the order in which entity types are written.
 *
 * A row can only be inserted after the rows that it points to. This module turns "book points to author" facts into one
 * order of entity types: inserts and CREATE TABLE follow it, deletes and DROP TABLE follow it backwards. It knows
 * nothing of rows, SQL or metadata, so that it can be tested with bare numbers.
 */
#ifndef ORM_BASE_COMMIT_ORDER_H
#define ORM_BASE_COMMIT_ORDER_H

#include <stdbool.h>
#include <stddef.h>

#include <orm/error.h>

#include "base/arena.h"

typedef struct orm_commit_order orm_commit_order;

/*
 * A new, empty order for nodes 0 .. node_count-1. It lives in `arena` and is never freed on its own.
 * NULL when memory is out.
 */
orm_commit_order *orm_commit_order_new(orm_arena *arena, size_t node_count);

/*
 * Says that rows of `from` point to rows of `to`; both must be below node_count. A `nullable` reference can be written
 * later by an UPDATE, so it is the one to give way where references form a cycle. Of several references between the
 * same two types a required one decides. References of a type to itself are ignored: rows order themselves.
 *
 * ORM_ERR_MEMORY is the only failure.
 */
orm_status orm_commit_order_add(orm_commit_order *order, size_t from, size_t to, bool nullable);

/*
 * Writes all nodes to `out` (room for node_count), pointed-to types first.
 *
 * Ties are broken as MikroORM's CommitOrderCalculator breaks them, so that the same entities give the same SQL: the
 * result is the reversed post-order of a depth-first walk that starts at the nodes by their numbers and goes from each
 * node to those that point to it, in the order in which they were added. Nodes that have nothing to do with each other
 * therefore come out with the HIGHEST number first. To get MikroORM's order, number nodes and add references as it
 * does: a flush numbers types by the first appearance of their change sets and adds in that order; the schema generator
 * numbers them by descending name and adds from the last to the first.
 *
 * Where references form a cycle, MikroORM's order stands as long as no required reference suffers. Otherwise required
 * references hold, and of the nullable ones as many as fit, the first added first.
 *
 * ORM_ERR_CYCLE: a cycle has only required references; `*stuck` (may be NULL) is one of its nodes. `out` then still
 * holds every node once, in MikroORM's order: enough for tables, whose foreign keys come after all of them.
 */
orm_status orm_commit_order_sort(const orm_commit_order *order, size_t *out, size_t *stuck);

#endif
