#include "base/text.h"
#include "meta/meta_private.h"

const orm_meta_entity *orm_meta_named(const orm_meta *meta, const char *name)
{
    return name == NULL ? NULL : orm_map_get_text(&meta->by_name, name);
}

const orm_meta_entity *orm_meta_find(const orm_meta *meta, const orm_entity *descriptor)
{
    const orm_meta_entity *entity;

    if (descriptor == NULL)
        return NULL;
    entity = orm_map_get(&meta->by_descriptor, &descriptor, sizeof descriptor);
    if (entity != NULL)
        return entity;
    entity = orm_meta_named(meta, descriptor->name);
    return entity != NULL && entity->descriptor->size == descriptor->size ? entity : NULL;
}

const orm_meta_property *orm_meta_property_named(const orm_meta_entity *entity, const char *name)
{
    return name == NULL ? NULL : orm_map_get_text(&entity->by_name, name);
}

orm_status orm_meta_unknown_property(const orm_meta_entity *entity, const char *name, orm_error *error)
{
    const char *nearest = name == NULL ? NULL : orm_nearest_word(name, entity->property_names, entity->property_count);

    orm_fail(error, ORM_ERR_VALIDATION, 204, "%s has no property \"%.80s\"%s%s%s", entity->name,
             name == NULL ? "" : name, nearest == NULL ? "" : "; did you mean \"", nearest == NULL ? "" : nearest,
             nearest == NULL ? "" : "\"?");
    orm_fail_where(error, entity->name, name);
    return ORM_ERR_VALIDATION;
}
