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
    orm_expanded     *out;
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
    size_t      json_name_at; /* in JSON: where the path in it begins in a member's name */
} place;

static orm_status append(expansion *x, const orm_property *property, const place *at)
{
    if (!orm_arena_grow(x->meta->arena, &x->out, x->count, &x->capacity, sizeof *x->out))
        return orm_fail_memory(x->error);
    x->out[x->count++] = (orm_expanded){ .property = *property, .json_name_at = at->json_name_at };
    return ORM_OK;
}

static orm_presence shift(orm_presence presence, size_t offset)
{
    if (presence.offset_plus_one != 0)
        presence.offset_plus_one += offset;
    return presence;
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

static orm_status append_json_member(expansion *x, const orm_property *member, const place *at)
{
    if (member->unique || member->default_raw != NULL || member->custom != NULL || member->on_create != NULL ||
        member->on_update != NULL)
        return orm_meta_bad(x->error, x->entity->name, member->name, 304,
                            "a member in JSON is not unique, has no default, no generator and no custom type");
    if (member->generated != NULL || member->formula != NULL || member->persist == ORM_OFF)
        return orm_meta_bad(x->error, x->entity->name, member->name, 750,
                            "a member in JSON is neither generated nor a formula, and it is always kept");
    return append(x, member, at);
}

/* The JSON column of an object or a list, with what the user said of it. */
static orm_status append_column(expansion *x, const orm_property *embedded, const place *outer, orm_expanded **out)
{
    orm_property column = { .name = embedded->name,
                            .type = ORM_TYPE_JSON,
                            .nullable = embedded->nullable,
                            .column = embedded->column,
                            .default_raw = embedded->default_raw,
                            .comment = embedded->comment };
    const char  *dot = strrchr(embedded->name, '.');
    orm_status   status;

    if (column.column == NULL)
        column.column = orm_naming_underscore(x->meta->arena, dot == NULL ? embedded->name : dot + 1);
    if (column.column != NULL)
        column.column = orm_arena_printf(x->meta->arena, "%s%s", outer->prefix, column.column);
    if (column.column == NULL)
        return orm_fail_memory(x->error);
    status = append(x, &column, outer);
    *out = &x->out[x->count - 1];
    return status;
}

static orm_status expand(expansion *x, const orm_property *embedded, const place *outer, unsigned depth);

static orm_status expand_list(expansion *x, const orm_property *list, const place *outer)
{
    orm_expanded *column = NULL;
    orm_status    status = check_embeddable(x, list);

    if (status == ORM_OK && outer->json_name_at != 0)
        return orm_meta_bad(x->error, x->entity->name, list->name, 301,
                            "a list of embeddables stands in an entity or an inline embeddable, not in JSON");
    if (status == ORM_OK)
        status = append_column(x, list, outer, &column);
    if (status != ORM_OK)
        return status;
    column->list_offset = list->offset;
    return orm_meta_add_items(x->meta, list, &column->items, x->error);
}

static orm_status add_member(expansion *x, const orm_property *member, const place *at, unsigned depth)
{
    orm_arena   *arena = x->meta->arena;
    orm_property copy = *member;

    copy.name = orm_arena_printf(arena, "%s.%s", at->path, member->name);
    copy.offset = at->offset + member->offset;
    copy.presence = shift(member->presence, at->offset);
    copy.flag = shift(member->flag, at->offset);
    /* JSON is there or not as a whole, so that its members are as nullable as the embeddable says. */
    copy.nullable = member->nullable || (at->nullable && at->json_name_at == 0);
    if (copy.name == NULL)
        return orm_fail_memory(x->error);
    if (member->type == ORM_TYPE_EMBEDDED)
        return expand(x, &copy, at, depth + 1);
    if (member->type == ORM_TYPE_EMBEDDED_LIST)
        return expand_list(x, &copy, at);
    if (at->json_name_at != 0)
        return append_json_member(x, &copy, at);
    copy.column = member->column != NULL ? member->column : orm_naming_underscore(arena, member->name);
    if (copy.column != NULL)
        copy.column = orm_arena_printf(arena, "%s%s", at->prefix, copy.column);
    return copy.column == NULL ? orm_fail_memory(x->error) : append(x, &copy, at);
}

/* NULL is told by the members that can be absent: in a struct, pointers and those with a flag. */
static orm_status end_object(expansion *x, const orm_property *object, size_t first)
{
    bool tells = !object->nullable || x->entity->size == 0;

    x->out[first - 1].member_count = x->count - first;
    for (size_t i = first; i < x->count && !tells; i++) {
        const orm_property *m = &x->out[i].property;

        tells = orm_type_info_of(m->type)->by_pointer || m->presence.offset_plus_one != 0 || m->flag.offset_plus_one != 0;
    }
    if (tells)
        return ORM_OK;
    return orm_meta_bad(x->error, x->entity->name, object->name, 305,
                        "none of its members can be absent, so that nothing could say that it is NULL");
}

/* `embedded` has its full name and its offset in the entity already. Recursive, but never deeper than DEPTH_MAX. */
static orm_status expand(expansion *x, const orm_property *embedded, const place *outer, unsigned depth)
{
    const orm_entity *embeddable = embedded->embeddable;
    const char       *dot = strrchr(embedded->name, '.');
    const char       *name = orm_naming_underscore(x->meta->arena, dot == NULL ? embedded->name : dot + 1);
    place             at = { .path = embedded->name,
                             .offset = embedded->offset,
                             .nullable = embedded->nullable,
                             .json_name_at = outer->json_name_at };
    orm_expanded     *column = NULL;
    size_t            first = 0;
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
    if (embedded->object && outer->json_name_at == 0) {
        status = append_column(x, embedded, outer, &column);
        first = x->count;
        at.json_name_at = strlen(embedded->name) + 1;
    }
    for (size_t i = 0; i < embeddable->property_count && status == ORM_OK; i++) {
        status = check_member(x, embeddable, &embeddable->properties[i]);
        if (status == ORM_OK)
            status = add_member(x, &embeddable->properties[i], &at, depth);
    }
    if (first > 0 && status == ORM_OK)
        status = end_object(x, embedded, first);
    return status;
}

static orm_status expand_all(expansion *x, const orm_property *properties, size_t count, const place *root)
{
    orm_status status = ORM_OK;

    for (size_t i = 0; i < count && status == ORM_OK; i++) {
        const orm_property *p = &properties[i];

        if (p->type == ORM_TYPE_EMBEDDED)
            status = expand(x, p, root, 1);
        else if (p->type == ORM_TYPE_EMBEDDED_LIST)
            status = expand_list(x, p, root);
        else
            status = root->json_name_at != 0 ? append_json_member(x, p, root) : append(x, p, root);
    }
    return status;
}

orm_status orm_meta_expand(orm_meta *meta, const orm_entity *descriptor, orm_expanded **out, size_t *count,
                           orm_error *error)
{
    expansion  x = { .meta = meta, .entity = descriptor, .error = error };
    place      root = { .prefix = "" };
    orm_status status = expand_all(&x, descriptor->properties, descriptor->property_count, &root);

    *out = x.out;
    *count = x.count;
    return status;
}

orm_status orm_meta_expand_items(orm_meta *meta, const orm_entity *embeddable, orm_expanded **out, size_t *count,
                                 orm_error *error)
{
    expansion  x = { .meta = meta, .entity = embeddable, .error = error };
    place      root = { .prefix = "", .json_name_at = SIZE_MAX };
    orm_status status = ORM_OK;

    for (size_t i = 0; i < embeddable->property_count && status == ORM_OK; i++)
        status = check_member(&x, embeddable, &embeddable->properties[i]);
    if (status == ORM_OK)
        status = expand_all(&x, embeddable->properties, embeddable->property_count, &root);
    *out = x.out;
    *count = x.count;
    return status;
}
