/* Entities of pivot tables: made here, or named by the user. Nothing behind discovery tells the two apart. */
#include <string.h>

#include "base/text.h"
#include "meta/meta_private.h"

/* `{class}_{column}` for each column of the key: MikroORM's joinKeyColumnName(). */
static const char *const *key_names(orm_meta *meta, const orm_meta_entity *entity, const char *mark)
{
    const char **names = orm_arena_calloc(meta->arena, entity->key_column_count + 1, sizeof *names);
    const char  *prefix = orm_naming_underscore(meta->arena, entity->name);

    if (names == NULL || prefix == NULL)
        return NULL;
    for (size_t i = 0; i < entity->key_column_count; i++) {
        names[i] = orm_arena_printf(meta->arena, "%s%s_%s", prefix, mark, entity->columns[i]->name);
        if (names[i] == NULL)
            return NULL;
    }
    return names;
}

static orm_property reference(const orm_meta_property *p, const char *name, const orm_meta_entity *target,
                              const char *const *given, const char *const *names)
{
    const orm_property *d = p->descriptor;

    return (orm_property){ .name = name,
                           .type = ORM_TYPE_REFERENCE,
                           .relation = ORM_RELATION_MANY_TO_ONE,
                           .target = target->name,
                           .primary = !d->fixed_order,
                           .join_columns = given != NULL ? given : names,
                           .delete_rule = d->delete_rule == ORM_RULE_AUTO ? ORM_RULE_CASCADE : d->delete_rule,
                           .update_rule = d->update_rule == ORM_RULE_AUTO ? ORM_RULE_CASCADE : d->update_rule };
}

/* What a user would have written for this pivot table. */
static orm_entity *describe(orm_meta *meta, const orm_meta_property *p)
{
    const orm_property *d = p->descriptor;
    bool                self = p->target == p->entity;
    const char         *suffix = orm_naming_underscore(meta->arena, p->name);
    const char *const  *left = key_names(meta, p->entity, self ? "_1" : "");
    const char *const  *right = key_names(meta, p->target, self ? "_2" : "");
    const char         *left_name = orm_arena_printf(meta->arena, "%s_owner", p->entity->name);
    const char         *right_name = orm_arena_printf(meta->arena, "%s_inverse", p->target->name);
    orm_property       *properties = orm_arena_calloc(meta->arena, 3, sizeof *properties);
    orm_entity         *entity = orm_arena_zalloc(meta->arena, sizeof *entity);
    size_t              count = 0;

    if (suffix == NULL || left == NULL || right == NULL || left_name == NULL || right_name == NULL ||
        properties == NULL || entity == NULL)
        return NULL;
    if (d->fixed_order)
        properties[count++] = (orm_property){ .name = d->fixed_order_column != NULL ? d->fixed_order_column : "id",
                                              .type = ORM_TYPE_INTEGER,
                                              .column = d->fixed_order_column != NULL ? d->fixed_order_column : "id",
                                              .primary = true };
    properties[count++] = reference(p, left_name, p->entity, d->join_columns, left);
    properties[count++] = reference(p, right_name, p->target, d->inverse_join_columns, right);
    *entity = (orm_entity){ .name = orm_arena_printf(meta->arena, "%s.%s", p->entity->name, p->name),
                            .table = d->pivot_table != NULL
                                         ? d->pivot_table
                                         : orm_arena_printf(meta->arena, "%s_%s", p->entity->table, suffix),
                            .schema = p->entity->schema,
                            .properties = properties,
                            .property_count = count };
    return entity->name == NULL || entity->table == NULL ? NULL : entity;
}

static orm_status make_pivot(orm_meta *meta, orm_map *tables, orm_meta_property *p, orm_error *error)
{
    const orm_property *d = p->descriptor;
    orm_entity         *descriptor = describe(meta, p);
    orm_meta_entity    *pivot;
    orm_status          status;

    if (descriptor == NULL)
        return orm_fail_memory(error);
    if (d->fixed_order_column != NULL && !d->fixed_order)
        return orm_meta_bad(error, p->entity->name, p->name, 290, "fixed_order_column needs .fixed_order = true");
    status = orm_meta_add_pivot(meta, tables, descriptor, &pivot, error);
    for (size_t i = 0; i < descriptor->property_count && status == ORM_OK; i++) {
        orm_meta_property *side = &pivot->properties[i];

        if (side->relation == ORM_RELATION_NONE)
            continue;
        side->target = i + 1 == descriptor->property_count ? p->target : p->entity;
        status = orm_meta_add_reference_columns(meta, side, error);
    }
    if (status != ORM_OK)
        return status;
    p->pivot = pivot;
    p->pivot_self = &pivot->properties[descriptor->property_count - 2];
    p->pivot_target = &pivot->properties[descriptor->property_count - 1];
    p->pivot_order = d->fixed_order ? &pivot->properties[0] : NULL;
    return orm_meta_list_columns(meta, pivot, error);
}

/* The reference to `target` that is not `other`; of several the first. */
static const orm_meta_property *side_of(const orm_meta_entity *pivot, const orm_meta_entity *target,
                                        const orm_meta_property *other)
{
    for (size_t i = 0; i < pivot->property_count; i++) {
        const orm_meta_property *p = &pivot->properties[i];

        if (p != other && p->to_one && p->owner && orm_meta_is_a(target, p->target))
            return p;
    }
    return NULL;
}

static orm_status use_entity(orm_meta *meta, orm_meta_property *p, orm_error *error)
{
    const orm_property    *d = p->descriptor;
    const orm_meta_entity *pivot = orm_meta_named(meta, d->pivot_entity);

    if (pivot == NULL)
        return orm_meta_bad(error, p->entity->name, p->name, 291,
                            "pivot_entity \"%.80s\" is not an entity that was given to orm_open()%s", d->pivot_entity,
                            orm_meta_hint(meta->arena, d->pivot_entity, meta->entity_names, meta->named_count));
    if (d->pivot_table != NULL || d->join_columns != NULL || d->inverse_join_columns != NULL || d->fixed_order ||
        d->fixed_order_column != NULL)
        return orm_meta_bad(error, p->entity->name, p->name, 292,
                            "the entity %s says what its table and columns are: leave pivot_table, join_columns, "
                            "inverse_join_columns and fixed_order out",
                            pivot->name);
    p->pivot = pivot;
    p->pivot_self = side_of(pivot, p->entity, NULL);
    p->pivot_target = p->pivot_self == NULL ? NULL : side_of(pivot, p->target, p->pivot_self);
    if (p->pivot_target == NULL)
        return orm_meta_bad(error, p->entity->name, p->name, 293,
                            "the pivot entity %s needs a to-one reference to %s%s", pivot->name,
                            p->pivot_self == NULL ? p->entity->name : p->target->name,
                            p->pivot_self != NULL && p->target == p->entity ? " for each of the two sides" : "");
    p->pivot_order = pivot->key != NULL && pivot->key->autoincrement ? pivot->key : NULL;
    return ORM_OK;
}

orm_status orm_meta_link_pivot(orm_meta *meta, orm_map *tables, orm_meta_property *p, orm_error *error)
{
    if (p->relation != ORM_RELATION_MANY_TO_MANY || !p->owner)
        return ORM_OK;
    return p->descriptor->pivot_entity != NULL ? use_entity(meta, p, error) : make_pivot(meta, tables, p, error);
}
