/* Targets, columns and the other sides of relations. */
#include "base/text.h"
#include "meta/meta_private.h"

static orm_status find_target(orm_meta *meta, orm_meta_property *p, orm_error *error)
{
    p->target = orm_map_get_text(&meta->by_name, p->descriptor->target);
    if (p->target != NULL)
        return ORM_OK;
    return orm_meta_bad(error, p->entity->name, p->name, 271,
                        "the target \"%.80s\" is not an entity that was given to orm_open()%s", p->descriptor->target,
                        orm_meta_hint(meta->arena, p->descriptor->target, meta->entity_names, meta->named_count));
}

static const char *relation_name(orm_relation relation)
{
    static const char *const names[] = { [ORM_RELATION_NONE] = "no relation",
                                         [ORM_RELATION_MANY_TO_ONE] = "many-to-one",
                                         [ORM_RELATION_ONE_TO_MANY] = "one-to-many",
                                         [ORM_RELATION_ONE_TO_ONE] = "one-to-one",
                                         [ORM_RELATION_MANY_TO_MANY] = "many-to-many" };

    return names[relation];
}

/* What stands on the other side of such a relation. */
static orm_relation opposite(orm_relation relation)
{
    switch (relation) {
    case ORM_RELATION_MANY_TO_ONE:
        return ORM_RELATION_ONE_TO_MANY;
    case ORM_RELATION_ONE_TO_MANY:
        return ORM_RELATION_MANY_TO_ONE;
    default:
        return relation;
    }
}

/* The target's property `name`; it must be the other side of this relation. */
static orm_status find_other_side(orm_meta *meta, const orm_meta_property *p, const char *option, const char *name,
                                  orm_meta_property **out, orm_error *error)
{
    const orm_meta_entity *target = p->target;
    orm_meta_property     *other = orm_map_get_text(&target->by_name, name);
    orm_relation           relation = opposite(p->relation);

    if (other == NULL)
        return orm_meta_bad(error, p->entity->name, p->name, 272, "%s names \"%.80s\", and %s has no such property%s",
                            option, name, target->name,
                            orm_meta_hint(meta->arena, name, target->property_names, target->property_count));
    if (other->index < target->inherited_count)
        return orm_meta_bad(error, p->entity->name, p->name, 743,
                            "%s names %s.%s, which is inherited from %s: only a relation to that has it as its other side",
                            option, target->name, name, target->base->name);
    if (other->relation != relation || other->target != p->entity)
        return orm_meta_bad(error, p->entity->name, p->name, 273, "%s names %s.%s, which is not a %s relation to %s",
                            option, target->name, name, relation_name(relation), p->entity->name);
    *out = other;
    return ORM_OK;
}

static orm_status link_inverse(orm_meta *meta, orm_meta_property *p, orm_error *error)
{
    orm_meta_property *owner = NULL;
    orm_status         status;

    if (p->owner)
        return ORM_OK;
    status = find_other_side(meta, p, "mapped_by", p->descriptor->mapped_by, &owner, error);
    if (status != ORM_OK)
        return status;
    if (!owner->owner)
        return orm_meta_bad(
            error, p->entity->name, p->name, 279,
            "both sides say mapped_by: the one that has the foreign key or the pivot table leaves it out");
    if (owner->inverse != NULL)
        return orm_meta_bad(error, p->entity->name, p->name, 274, "%s.%s is mapped by %s already", p->target->name,
                            owner->name, owner->inverse->name);
    p->inverse = owner;
    owner->inverse = p;
    p->pivot = owner->pivot;
    p->pivot_self = owner->pivot_target;
    p->pivot_target = owner->pivot_self;
    p->pivot_order = owner->pivot_order;
    return ORM_OK;
}

/* What an inversed_by says must be what the other side's mapped_by said. */
static orm_status check_inversed_by(orm_meta *meta, orm_meta_property *p, orm_error *error)
{
    orm_meta_property *other = NULL;
    orm_status         status;

    if (!p->owner || p->descriptor->inversed_by == NULL)
        return ORM_OK;
    status = find_other_side(meta, p, "inversed_by", p->descriptor->inversed_by, &other, error);
    if (status != ORM_OK || p->inverse == other)
        return status;
    if (other->descriptor->mapped_by == NULL)
        return orm_meta_bad(error, p->entity->name, p->name, 275, "inversed_by names %s.%s, which has no mapped_by",
                            p->target->name, other->name);
    return orm_meta_bad(error, p->entity->name, p->name, 275, "inversed_by names %s.%s, which is mapped by %s",
                        p->target->name, other->name, other->descriptor->mapped_by);
}

typedef orm_status (*step)(orm_meta *meta, orm_meta_property *p, orm_error *error);

/* Of the entities that the user gave: what comes behind them is linked when it is made. */
static orm_status for_relations(orm_meta *meta, step take, orm_error *error)
{
    orm_status status = ORM_OK;

    for (size_t i = 0; i < meta->named_count; i++) {
        orm_meta_entity *entity = meta->entities[i];

        for (size_t k = entity->inherited_count; k < entity->property_count && status == ORM_OK; k++) {
            if (entity->properties[k].relation != ORM_RELATION_NONE)
                status = take(meta, &entity->properties[k], error);
        }
    }
    return status;
}

static orm_status inherit_links(orm_meta *meta, orm_meta_entity *entity, orm_error *error)
{
    (void)meta;
    (void)error;
    orm_meta_inherit_links(entity);
    return ORM_OK;
}

orm_status orm_meta_link(orm_meta *meta, orm_map *tables, orm_error *error)
{
    orm_status status = for_relations(meta, find_target, error);

    if (status == ORM_OK)
        status = for_relations(meta, orm_meta_add_reference_columns, error);
    if (status == ORM_OK)
        status = orm_meta_each_down(meta, orm_meta_inherit, error);
    for (size_t i = 0; i < meta->named_count && status == ORM_OK; i++)
        status = orm_meta_list_columns(meta, meta->entities[i], error);
    for (size_t i = 0; i < meta->named_count && status == ORM_OK; i++)
        status = orm_meta_list_guards(meta, meta->entities[i], error);
    for (size_t i = 0; i < meta->named_count && status == ORM_OK; i++)
        for (size_t k = meta->entities[i]->inherited_count; k < meta->entities[i]->property_count && status == ORM_OK; k++)
            status = orm_meta_link_pivot(meta, tables, &meta->entities[i]->properties[k], error);
    if (status == ORM_OK)
        status = for_relations(meta, link_inverse, error);
    if (status == ORM_OK)
        status = for_relations(meta, check_inversed_by, error);
    return status == ORM_OK ? orm_meta_each_down(meta, inherit_links, error) : status;
}
