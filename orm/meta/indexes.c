/* Indexes and unique constraints that an entity declares over several properties. */
#include <string.h>

#include "meta/meta_private.h"

typedef struct declared {
    const char      *what; /* for messages */
    const orm_index *list;
    size_t           count;
    orm_naming_kind  naming;
} declared;

static orm_status add_property(orm_meta *meta, const orm_meta_entity *entity, const declared *from, const char *name,
                               orm_meta_index *index, orm_error *error)
{
    const orm_meta_property *property = orm_meta_property_named(entity, name);

    if (property == NULL)
        return orm_meta_bad(error, entity->name, name, 294, "%s names it, and the entity has no such property%s",
                            from->what,
                            orm_meta_hint(meta->arena, name, entity->property_names, entity->property_count));
    if (property->column_count == 0 || property->descriptor->formula != NULL)
        return orm_meta_bad(error, entity->name, name, 295, "%s names it, and it has no column", from->what);
    for (size_t i = 0; i < index->property_count; i++)
        if (index->properties[i] == property)
            return orm_meta_bad(error, entity->name, name, 296, "%s names it twice", from->what);
    index->properties[index->property_count++] = property;
    for (size_t i = 0; i < property->column_count; i++)
        index->columns[index->column_count++] = &property->columns[i];
    return ORM_OK;
}

static const char *name_of(orm_meta *meta, const orm_meta_entity *entity, const orm_meta_column *const *columns,
                           size_t count, orm_naming_kind kind)
{
    const char **names = orm_arena_calloc(meta->arena, count, sizeof *names);

    for (size_t i = 0; names != NULL && i < count; i++)
        names[i] = columns[i]->name;
    return names == NULL ? NULL : orm_naming_constraint(meta->arena, entity->table, names, count, kind);
}

/* Two of one name would only be found by the server. */
static orm_status claim_name(const orm_meta_entity *entity, const char *name, orm_map *names, orm_error *error)
{
    orm_status status = orm_meta_check_identifier(error, entity->name, NULL, "index", name);

    if (status != ORM_OK)
        return status;
    if (orm_map_get_text(names, name) != NULL)
        return orm_meta_bad(error, entity->name, NULL, 297,
                            "two indexes or unique constraints have the name \"%s\": leave one out, or give it a name",
                            name);
    return orm_map_put_text(names, name, names) ? ORM_OK : orm_fail_memory(error);
}

static orm_status add_one(orm_meta *meta, const orm_meta_entity *entity, const declared *from, size_t at,
                          orm_meta_index *index, orm_map *names, orm_error *error)
{
    const char *const *properties = from->list[at].properties;
    orm_status         status = ORM_OK;

    if (properties == NULL || properties[0] == NULL)
        return orm_meta_bad(error, entity->name, NULL, 294, "%s (number %zu) names no property: add .properties",
                            from->what, at + 1);
    index->properties = orm_arena_calloc(meta->arena, entity->property_count, sizeof(*index->properties));
    index->columns = orm_arena_calloc(meta->arena, entity->column_count, sizeof(*index->columns));
    if (index->properties == NULL || index->columns == NULL)
        return orm_fail_memory(error);
    for (size_t i = 0; properties[i] != NULL && status == ORM_OK; i++)
        status = add_property(meta, entity, from, properties[i], index, error);
    if (status != ORM_OK)
        return status;
    index->name = from->list[at].name != NULL
                      ? from->list[at].name
                      : name_of(meta, entity, index->columns, index->column_count, from->naming);
    return index->name == NULL ? orm_fail_memory(error) : claim_name(entity, index->name, names, error);
}

static orm_status add_all(orm_meta *meta, const orm_meta_entity *entity, const declared *from, orm_meta_index **out,
                          size_t *count, orm_map *names, orm_error *error)
{
    orm_status status = ORM_OK;

    *count = 0;
    if (from->count == 0)
        return ORM_OK;
    if (from->list == NULL)
        return orm_meta_bad(error, entity->name, NULL, 294, "there is no list of %s, and a count of %zu",
                            from->what, from->count);
    *out = orm_arena_calloc(meta->arena, from->count, sizeof **out);
    if (*out == NULL)
        return orm_fail_memory(error);
    for (; *count < from->count && status == ORM_OK; (*count)++)
        status = add_one(meta, entity, from, *count, &(*out)[*count], names, error);
    return status;
}

/* Names that unique properties take by themselves. */
static orm_status claim_property_names(orm_meta *meta, const orm_meta_entity *entity, orm_map *names, orm_error *error)
{
    orm_status status = ORM_OK;

    for (size_t i = 0; i < entity->property_count && status == ORM_OK; i++) {
        const orm_meta_property *p = &entity->properties[i];
        const char              *name;

        if ((!p->unique && !p->discriminates) || p->column_count == 0)
            continue;
        name = name_of(meta, entity, entity->columns + p->columns[0].index, p->column_count,
                       p->discriminates ? ORM_NAMING_INDEX : ORM_NAMING_UNIQUE);
        if (name == NULL || !orm_map_put_text(names, name, names))
            status = orm_fail_memory(error);
    }
    return status;
}

orm_status orm_meta_copy_indexes(orm_meta *meta, const orm_meta_entity *to, const orm_meta_index *from, size_t count,
                                 orm_meta_index **list, size_t *at, orm_error *error)
{
    orm_meta_index *all = orm_arena_calloc(meta->arena, *at + count, sizeof *all);

    if (all == NULL)
        return orm_fail_memory(error);
    if (*at > 0)
        memcpy(all, *list, *at * sizeof *all);
    for (size_t i = 0; i < count; i++) {
        orm_meta_index *index = &all[*at + i];

        *index = from[i];
        index->properties = orm_arena_calloc(meta->arena, index->property_count, sizeof(*index->properties));
        index->columns = orm_arena_calloc(meta->arena, index->column_count, sizeof(*index->columns));
        if (index->properties == NULL || index->columns == NULL)
            return orm_fail_memory(error);
        for (size_t k = 0; k < index->property_count; k++)
            index->properties[k] = orm_meta_property_named(to, from[i].properties[k]->name);
        for (size_t k = 0; k < index->column_count; k++)
            index->columns[k] = orm_map_get_text(&to->by_column, from[i].columns[k]->name);
    }
    *list = all;
    *at += count;
    return ORM_OK;
}

/* The base's come first. */
static orm_status inherit(orm_meta *meta, orm_meta_entity *entity, orm_error *error)
{
    const orm_meta_index *uniques = entity->uniques;
    const orm_meta_index *indexes = entity->indexes;
    size_t                unique_count = entity->unique_count;
    size_t                index_count = entity->index_count;
    orm_status            status;

    if (entity->base == NULL)
        return ORM_OK;
    entity->unique_count = entity->index_count = 0;
    status = orm_meta_copy_indexes(meta, entity, entity->base->uniques, entity->base->unique_count, &entity->uniques,
                                   &entity->unique_count, error);
    if (status == ORM_OK)
        status = orm_meta_copy_indexes(meta, entity, entity->base->indexes, entity->base->index_count, &entity->indexes,
                                       &entity->index_count, error);
    if (status == ORM_OK)
        status = orm_meta_copy_indexes(meta, entity, uniques, unique_count, &entity->uniques, &entity->unique_count, error);
    return status == ORM_OK ? orm_meta_copy_indexes(meta, entity, indexes, index_count, &entity->indexes,
                                                    &entity->index_count, error)
                            : status;
}

orm_status orm_meta_add_indexes(orm_meta *meta, orm_meta_entity *entity, orm_error *error)
{
    const orm_entity *d = entity->descriptor;
    const declared    uniques = { "a unique constraint", d->uniques, d->unique_count, ORM_NAMING_UNIQUE };
    const declared    indexes = { "an index", d->indexes, d->index_count, ORM_NAMING_INDEX };
    orm_status        status;
    orm_map           names;

    if (d->unique_count == 0 && d->index_count == 0)
        return inherit(meta, entity, error);
    orm_map_init(&names, orm_arena_allocator(meta->arena));
    status = claim_property_names(meta, entity, &names, error);
    if (status == ORM_OK)
        status = add_all(meta, entity, &indexes, &entity->indexes, &entity->index_count, &names, error);
    if (status == ORM_OK)
        status = add_all(meta, entity, &uniques, &entity->uniques, &entity->unique_count, &names, error);
    orm_map_free(&names);
    return status == ORM_OK ? inherit(meta, entity, error) : status;
}
