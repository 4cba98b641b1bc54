/*
 * The order of tables. MikroORM sorts its metadata by descending name and hands it to its commit order calculator from
 * the last to the first; the calculator does the rest.
 */
#include <stdlib.h>
#include <string.h>

#include "base/commit_order.h"
#include "schema/schema_private.h"

/* Where a character stands in ICU's root collation, letter case aside; what is not ASCII comes last, by its bytes. */
static int weight(char c)
{
    static const char order[] = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz";
    const char       *at = NULL;

    if (c >= 'A' && c <= 'Z')
        c = (char)(c - 'A' + 'a');
    if (c != '\0')
        at = strchr(order, c);
    return at == NULL ? 1000 + (unsigned char)c : (int)(at - order) + 1;
}

/* As JavaScript's localeCompare() for names of classes: case decides only between names that are the same otherwise. */
static int compare_names(const char *a, const char *b)
{
    const char *x = a;
    const char *y = b;

    for (; *x != '\0' && *y != '\0'; x++, y++) {
        if (weight(*x) != weight(*y))
            return weight(*x) - weight(*y);
    }
    if (*x != *y)
        return *x == '\0' ? -1 : 1;
    for (; *a != '\0'; a++, b++) {
        if (*a != *b)
            return *a > *b ? -1 : 1; /* small letters first */
    }
    return 0;
}

/* MikroORM names an entity that it makes of a pivot table after the table. */
static const char *sort_name(const orm_meta_entity *entity)
{
    return entity->is_pivot ? entity->table : entity->name;
}

static int by_descending_name(const void *a, const void *b)
{
    const orm_meta_entity *x = *(const orm_meta_entity *const *)a;
    const orm_meta_entity *y = *(const orm_meta_entity *const *)b;

    return compare_names(sort_name(y), sort_name(x));
}

static bool add_references(orm_commit_order *order, const orm_meta_entity *entity, const size_t *number)
{
    for (size_t i = 0; i < entity->property_count; i++) {
        const orm_meta_property *p = &entity->properties[i];

        if (p->to_one && p->owner &&
            orm_commit_order_add(order, number[entity->index], number[p->target->index], p->nullable) != ORM_OK)
            return false;
    }
    return true;
}

const orm_meta_entity **orm_schema_table_order(const orm_meta *meta, orm_arena *arena)
{
    size_t                  count = meta->entity_count;
    const orm_meta_entity **sorted = orm_arena_calloc(arena, count, sizeof *sorted);
    const orm_meta_entity **out = orm_arena_calloc(arena, count, sizeof *out);
    size_t                 *number = orm_arena_calloc(arena, count, sizeof *number);
    size_t                 *numbers = orm_arena_calloc(arena, count, sizeof *numbers);
    orm_commit_order       *order = orm_commit_order_new(arena, count);

    if (sorted == NULL || out == NULL || number == NULL || numbers == NULL || order == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++)
        sorted[i] = meta->entities[i];
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
    return out;
}
