/* Targets, columns and the other sides of relations. */
#include "base/text.h"
#include "meta/meta_private.h"

orm_status orm_meta_add_column(orm_meta *meta, orm_meta_property *p, orm_error *error)
{
    orm_meta_entity         *entity = meta->entities[p->entity->index];
    const orm_meta_property *twin;
    orm_status               status;

    if (p->descriptor->column != NULL)
        p->column = p->descriptor->column;
    else if (p->relation == ORM_RELATION_MANY_TO_ONE)
        p->column = orm_naming_join_column(meta->arena, p->name, p->target->key->column);
    else
        p->column = orm_naming_underscore(meta->arena, p->name);
    if (p->column == NULL)
        return orm_fail_memory(error);
    status = orm_meta_check_identifier(error, entity->name, p->name, "column", p->column);
    if (status != ORM_OK)
        return status;
    twin = orm_map_get_text(&entity->by_column, p->column);
    if (twin != NULL)
        return orm_meta_bad(error, entity->name, p->name, 270, "the column \"%s\" belongs to the property %s already",
                            p->column, twin->name);
    if (!orm_map_put_text(&entity->by_column, p->column, p))
        return orm_fail_memory(error);
    p->column_type = p->relation == ORM_RELATION_NONE ? p->type : p->target->key->column_type;
    return ORM_OK;
}

static orm_status find_target(orm_meta *meta, orm_meta_property *p, orm_error *error)
{
    p->target = orm_map_get_text(&meta->by_name, p->descriptor->target);
    if (p->target != NULL)
        return ORM_OK;
    return orm_meta_bad(error, p->entity->name, p->name, 271,
                        "the target \"%.80s\" is not an entity that was given to orm_open()%s", p->descriptor->target,
                        orm_meta_hint(meta->arena, p->descriptor->target, meta->entity_names, meta->entity_count));
}

/* The target's property `name`; it must be of `relation` and point back to this entity. */
static orm_status find_other_side(orm_meta *meta, const orm_meta_property *p, const char *option, const char *name,
                                  orm_relation relation, orm_meta_property **out, orm_error *error)
{
    const orm_meta_entity *target = p->target;
    orm_meta_property     *other = orm_map_get_text(&target->by_name, name);

    if (other == NULL)
        return orm_meta_bad(error, p->entity->name, p->name, 272, "%s names \"%.80s\", and %s has no such property%s",
                            option, name, target->name,
                            orm_meta_hint(meta->arena, name, target->property_names, target->property_count));
    if (other->relation != relation || other->target != p->entity)
        return orm_meta_bad(error, p->entity->name, p->name, 273, "%s names %s.%s, which is not a %s relation to %s",
                            option, target->name, name, relation == ORM_RELATION_MANY_TO_ONE ? "to-one" : "to-many",
                            p->entity->name);
    *out = other;
    return ORM_OK;
}

static orm_status link_collection(orm_meta *meta, orm_meta_property *p, orm_error *error)
{
    orm_meta_property *owner = NULL;
    orm_status         status =
        find_other_side(meta, p, "mapped_by", p->descriptor->mapped_by, ORM_RELATION_MANY_TO_ONE, &owner, error);

    if (status != ORM_OK)
        return status;
    if (owner->inverse != NULL)
        return orm_meta_bad(error, p->entity->name, p->name, 274, "%s.%s is mapped by the collection %s already",
                            p->target->name, owner->name, owner->inverse->name);
    p->inverse = owner;
    owner->inverse = p;
    return ORM_OK;
}

/* What an inversed_by says must be what the collections' mapped_by said. */
static orm_status check_inversed_by(orm_meta *meta, orm_meta_property *p, orm_error *error)
{
    orm_meta_property *collection = NULL;
    orm_status         status;

    if (p->descriptor->inversed_by == NULL)
        return ORM_OK;
    status = find_other_side(meta, p, "inversed_by", p->descriptor->inversed_by, ORM_RELATION_ONE_TO_MANY, &collection,
                             error);
    if (status != ORM_OK || p->inverse == collection)
        return status;
    return orm_meta_bad(error, p->entity->name, p->name, 275, "inversed_by names %s.%s, which is mapped by %s",
                        p->target->name, collection->name, collection->descriptor->mapped_by);
}

typedef orm_status (*step)(orm_meta *meta, orm_meta_property *p, orm_error *error);

static orm_status for_relations(orm_meta *meta, orm_relation relation, step take, orm_error *error)
{
    orm_status status = ORM_OK;

    for (size_t i = 0; i < meta->entity_count; i++) {
        orm_meta_entity *entity = meta->entities[i];

        for (size_t k = 0; k < entity->property_count && status == ORM_OK; k++) {
            if (entity->properties[k].relation == relation)
                status = take(meta, &entity->properties[k], error);
        }
    }
    return status;
}

orm_status orm_meta_link(orm_meta *meta, orm_error *error)
{
    static const struct {
        orm_relation relation;
        step         take;
    } steps[] = { { ORM_RELATION_MANY_TO_ONE, find_target },
                  { ORM_RELATION_ONE_TO_MANY, find_target },
                  { ORM_RELATION_MANY_TO_ONE, orm_meta_add_column },
                  { ORM_RELATION_ONE_TO_MANY, link_collection },
                  { ORM_RELATION_MANY_TO_ONE, check_inversed_by } };
    orm_status status = ORM_OK;

    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && status == ORM_OK; i++)
        status = for_relations(meta, steps[i].relation, steps[i].take, error);
    return status;
}
