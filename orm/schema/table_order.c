/*
 * The order of tables. MikroORM sorts its metadata by descending name and hands it to its commit order calculator from
 * the last to the first; the calculator does the rest.
 */
#include <stdlib.h>

#include "base/commit_order.h"
#include "schema/schema_private.h"

/* MikroORM names an entity that it makes of a pivot table after the table. */
static const char *sort_name(const orm_meta_entity *entity)
{
    return entity->is_pivot ? entity->table : entity->name;
}

static int by_descending_name(const void *a, const void *b)
{
    const orm_meta_entity *x = *(const orm_meta_entity *const *)a;
    const orm_meta_entity *y = *(const orm_meta_entity *const *)b;

    return orm_naming_compare(sort_name(y), sort_name(x));
}

static bool add_references(orm_commit_order *order, const orm_meta_entity *entity, const size_t *number)
{
    for (size_t i = 0; i < entity->property_count; i++) {
        const orm_meta_property *p = &entity->properties[i];

        if (p->to_one && p->owner &&
            orm_commit_order_add(order, number[entity->index], number[p->target->root->index], p->nullable) != ORM_OK)
            return false;
    }
    return true;
}

const orm_meta_entity **orm_schema_table_order(const orm_meta *meta, orm_arena *arena, size_t *table_count)
{
    size_t                  total = meta->entity_count;
    size_t                  count = 0;
    const orm_meta_entity **sorted = orm_arena_calloc(arena, total, sizeof *sorted);
    const orm_meta_entity **out = orm_arena_calloc(arena, total, sizeof *out);
    size_t                 *number = orm_arena_calloc(arena, total, sizeof *number);
    size_t                 *numbers = orm_arena_calloc(arena, total, sizeof *numbers);
    orm_commit_order       *order = NULL;

    if (sorted == NULL || out == NULL || number == NULL || numbers == NULL)
        return NULL;
    for (size_t i = 0; i < total; i++)
        if (meta->entities[i]->base == NULL)
            sorted[count++] = meta->entities[i]->view;
    order = orm_commit_order_new(arena, count);
    if (order == NULL)
        return NULL;
    qsort(sorted, count, sizeof *sorted, by_descending_name);
    for (size_t i = 0; i < count; i++)
        number[sorted[i]->index] = i;
    for (size_t i = count; i > 0; i--) {
        if (!add_references(order, sorted[i - 1], number))
            return NULL;
    }
    if (orm_commit_order_sort(order, numbers, NULL) == ORM_ERR_MEMORY)
        return NULL;
    for (size_t i = 0; i < count; i++)
        out[i] = sorted[numbers[i]];
    *table_count = count;
    return out;
}
