/* Optimistic locking: the property that counts an entity's versions, and the columns that guard its rows. */
#include <string.h>

#include "meta/meta_private.h"

/* MikroORM's getDefaultVersionLength(). */
#define TIMESTAMP_DIGITS 3

orm_status orm_meta_fill_version(orm_arena *arena, orm_property *property, orm_error *error)
{
    if (!property->version)
        return ORM_OK;
    if (property->type == ORM_TYPE_TIMESTAMPTZ && !property->has_length && property->length == 0)
        property->length = TIMESTAMP_DIGITS;
    if (property->default_raw != NULL)
        return ORM_OK;
    property->default_raw = property->type == ORM_TYPE_TIMESTAMPTZ
                                ? orm_arena_printf(arena, "current_timestamp(%u)", property->length)
                                : "1";
    return property->default_raw != NULL ? ORM_OK : orm_fail_memory(error);
}

static orm_status note_version(orm_meta_entity *entity, const orm_meta_property *p, orm_error *error)
{
    if (strchr(p->name, '.') != NULL)
        return orm_meta_bad(error, entity->name, p->name, 213, "an embeddable has no version: it is the entity's");
    if (entity->version != NULL)
        return orm_meta_bad(error, entity->name, p->name, 214, "an entity has one version, and %.80s is it already",
                            entity->version->name);
    entity->version = p;
    return ORM_OK;
}

orm_status orm_meta_list_guards(orm_meta *meta, orm_meta_entity *entity, orm_error *error)
{
    entity->guards = orm_arena_calloc(meta->arena, entity->column_count, sizeof *entity->guards);
    if (entity->guards == NULL)
        return orm_fail_memory(error);
    for (size_t i = 0; i < entity->column_count; i++) {
        const orm_meta_property *p = entity->columns[i]->property;

        if (p->descriptor->version && note_version(entity, p, error) != ORM_OK)
            return ORM_ERR_METADATA;
        if (p->descriptor->version || p->descriptor->concurrency_check)
            entity->guards[entity->guard_count++] = entity->columns[i];
        entity->has_checks = entity->has_checks || p->descriptor->concurrency_check;
    }
    return ORM_OK;
}

orm_status orm_meta_check_version(const char *entity, const orm_property *p, orm_error *error)
{
    if (!p->version && !p->concurrency_check)
        return ORM_OK;
    if (p->primary)
        return orm_meta_bad(error, entity, p->name, 215, "a primary key never changes: it is no version and no check");
    if (p->version && p->nullable)
        return orm_meta_bad(error, entity, p->name, 216, "a version cannot be nullable: every row has one");
    if (p->version && p->custom != NULL)
        return orm_meta_bad(error, entity, p->name, 217,
                            "the server counts versions: a custom type cannot stand in between");
    if (p->version && p->concurrency_check)
        return orm_meta_bad(error, entity, p->name, 218,
                            "a version is always checked: leave concurrency_check out, or version");
    return ORM_OK;
}
