/* Filters of entities made at run time: with all that their conditions say. */
#include "meta/meta_private.h"
#include "types/value_copy.h"

/* As deep as a condition may be: what is deeper is refused when it is used. */
#define DEPTH_MAX 100

/* Replaces what a copied condition points to. */
static bool own_condition(orm_arena *arena, orm_condition *condition, unsigned depth)
{
    orm_condition *children;

    if (!orm_meta_own_text(arena, &condition->property) || !orm_value_own(arena, &condition->value))
        return false;
    if (condition->children == NULL || condition->child_count == 0 || depth == DEPTH_MAX)
        return true;
    children = orm_arena_memdup(arena, condition->children, condition->child_count * sizeof *children);
    condition->children = children;
    for (size_t i = 0; children != NULL && i < condition->child_count; i++)
        if (!own_condition(arena, &children[i], depth + 1))
            return false;
    return children != NULL;
}

static bool own_filter(orm_arena *arena, orm_filter *filter)
{
    orm_condition *where;

    if (!orm_meta_own_text(arena, &filter->name) || !orm_meta_own_text(arena, &filter->property) ||
        !orm_meta_own_names(arena, &filter->entities))
        return false;
    if (filter->where == NULL)
        return true;
    where = orm_arena_memdup(arena, filter->where, sizeof *where);
    filter->where = where;
    return where != NULL && own_condition(arena, where, 0);
}

bool orm_meta_own_filters(orm_arena *arena, const orm_filter **filters, size_t count)
{
    orm_filter *copy;

    if (*filters == NULL || count == 0)
        return true;
    copy = orm_arena_memdup(arena, *filters, count * sizeof *copy);
    *filters = copy;
    for (size_t i = 0; copy != NULL && i < count; i++)
        if (!own_filter(arena, &copy[i]))
            return false;
    return copy != NULL;
}
