/*
 * Embedded structs are taken apart before anything else looks at an entity: what is left are ordinary properties, named
 * "home.city", at the members' places.
 */
#include <string.h>

#include "meta/meta_private.h"

/* Deeper ones are refused: no program writes them, and one that contains itself would never end. */
#define DEPTH_MAX 20

typedef struct expansion {
    orm_meta         *meta;
    const orm_entity *entity;
    orm_property     *out;
    size_t            count;
    size_t            capacity;
    orm_error        *error;
} expansion;

/* Where the members of one embedded value go. */
typedef struct place {
    const char *path; /* "home" */
    const char *prefix;
    size_t      offset;
    bool        nullable;
} place;

static orm_status append(expansion *x, const orm_property *property)
{
    if (!orm_arena_grow(x->meta->arena, &x->out, x->count, &x->capacity, sizeof *x->out))
        return orm_fail_memory(x->error);
    x->out[x->count++] = *property;
    return ORM_OK;
}

static orm_presence shift(orm_presence presence, size_t offset)
{
    if (presence.offset_plus_one != 0)
        presence.offset_plus_one += offset;
    return presence;
}

static orm_status check_embeddable(expansion *x, const orm_property *p)
{
    const char *entity = x->entity->name;

    if (p->embeddable == NULL || !p->embeddable->embeddable)
        return orm_meta_bad(x->error, entity, p->name, 285,
                            "it names no embeddable: describe its struct with ORM_EMBEDDABLE()");
    if (p->embeddable->properties == NULL || p->embeddable->property_count == 0)
        return orm_meta_bad(x->error, entity, p->name, 286, "the embeddable %s has no properties",
                            p->embeddable->name == NULL ? "without a name" : p->embeddable->name);
    if (x->entity->size != 0 && p->embeddable->size == 0)
        return orm_meta_bad(x->error, entity, p->name, 287,
                            "the embeddable %s was made at run time and has no place in a struct", p->embeddable->name);
    return ORM_OK;
}

static orm_status check_member(expansion *x, const orm_entity *embeddable, const orm_property *p)
{
    orm_status status;

    if (p->name == NULL || p->name[0] == '\0')
        return orm_meta_bad(x->error, embeddable->name, NULL, 244, "a property of the embeddable has no name");
    status = orm_meta_check_property(embeddable, p, x->error);
    if (status != ORM_OK)
        return status;
    if (p->primary || p->relation != ORM_RELATION_NONE)
        return orm_meta_bad(x->error, embeddable->name, p->name, 288, "an embeddable has neither keys nor relations");
    return ORM_OK;
}

static orm_status expand(expansion *x, const orm_property *embedded, const place *outer, unsigned depth);

static orm_status add_member(expansion *x, const orm_property *member, const place *at, unsigned depth)
{
    orm_arena   *arena = x->meta->arena;
    orm_property copy = *member;

    copy.name = orm_arena_printf(arena, "%s.%s", at->path, member->name);
    copy.offset = at->offset + member->offset;
    copy.presence = shift(member->presence, at->offset);
    copy.flag = shift(member->flag, at->offset);
    copy.nullable = member->nullable || at->nullable;
    if (copy.name == NULL)
        return orm_fail_memory(x->error);
    if (member->type == ORM_TYPE_EMBEDDED)
        return expand(x, &copy, at, depth + 1);
    copy.column = member->column != NULL ? member->column : orm_naming_underscore(arena, member->name);
    if (copy.column != NULL)
        copy.column = orm_arena_printf(arena, "%s%s", at->prefix, copy.column);
    return copy.column == NULL ? orm_fail_memory(x->error) : append(x, &copy);
}

/* `embedded` has its full name and its offset in the entity already. Recursive, but never deeper than DEPTH_MAX. */
static orm_status expand(expansion *x, const orm_property *embedded, const place *outer, unsigned depth)
{
    const orm_entity *embeddable = embedded->embeddable;
    const char       *dot = strrchr(embedded->name, '.');
    const char       *name = orm_naming_underscore(x->meta->arena, dot == NULL ? embedded->name : dot + 1);
    place             at = { .path = embedded->name, .offset = embedded->offset, .nullable = embedded->nullable };
    orm_status        status = check_embeddable(x, embedded);

    if (status != ORM_OK)
        return status;
    if (depth > DEPTH_MAX)
        return orm_meta_bad(x->error, x->entity->name, NULL, 289,
                            "embeddables are nested deeper than %d: does %s contain itself?", DEPTH_MAX,
                            embeddable->name);
    if (name != NULL)
        at.prefix = embedded->prefix != NULL ? orm_arena_printf(x->meta->arena, "%s%s", outer->prefix, embedded->prefix)
                                             : orm_arena_printf(x->meta->arena, "%s%s_", outer->prefix, name);
    if (at.prefix == NULL)
        return orm_fail_memory(x->error);
    for (size_t i = 0; i < embeddable->property_count && status == ORM_OK; i++) {
        status = check_member(x, embeddable, &embeddable->properties[i]);
        if (status == ORM_OK)
            status = add_member(x, &embeddable->properties[i], &at, depth);
    }
    return status;
}

orm_status orm_meta_expand(orm_meta *meta, const orm_entity *descriptor, const orm_property **properties, size_t *count,
                           orm_error *error)
{
    expansion  x = { .meta = meta, .entity = descriptor, .error = error };
    place      root = { .prefix = "" };
    orm_status status = ORM_OK;

    for (size_t i = 0; i < descriptor->property_count && status == ORM_OK; i++) {
        const orm_property *p = &descriptor->properties[i];

        status = p->type == ORM_TYPE_EMBEDDED ? expand(&x, p, &root, 1) : append(&x, p);
    }
    *properties = x.out;
    *count = x.count;
    return status;
}
