/*
 * Where values are in an entity. A struct brings its offsets, which are checked. An entity made at run time gets them
 * here: values by falling alignment, so that there are no gaps, then one presence bit for each number, boolean, UUID,
 * date and time. A generated key has no bit: all zero says that it is not set, as in a struct.
 */
#include <stdalign.h>

#include "meta/meta_private.h"

/* Alignments are powers of two. */
static size_t round_up(size_t size, size_t alignment)
{
    return (size + alignment - 1) & ~(alignment - 1);
}

static bool needs_flag(const orm_meta_property *p)
{
    return p->relation == ORM_RELATION_NONE && !orm_type_info_of(p->type)->by_pointer && !p->zero_is_unset;
}

/* Lists of embeddables, and the copies that tell whether they were edited. Returns the size behind them. */
static size_t place_lists(orm_meta_entity *entity, size_t size)
{
    for (size_t i = entity->inherited_count; i < entity->property_count; i++) {
        orm_meta_property *p = &entity->properties[i];

        if (p->items == NULL)
            continue;
        p->list_offset = round_up(size, alignof(orm_embedded_list));
        p->shadow_offset = p->list_offset + sizeof(orm_embedded_list);
        size = p->shadow_offset + sizeof(void *);
    }
    return size;
}

/* The largest struct of a hierarchy: what is hidden stands behind it, so that it has one place in all of them. */
static size_t largest(const orm_meta *meta, const orm_meta_entity *entity)
{
    size_t size = entity->descriptor->size;

    for (size_t i = 0; i < meta->entity_count; i++)
        if (entity->root != NULL && meta->entities[i]->root == entity->root && meta->entities[i]->descriptor->size > size)
            size = meta->entities[i]->descriptor->size;
    return size;
}

/* What stands behind the user's struct: the text of embedded JSON, and copies of lists. */
static void place_hidden(const orm_meta *meta, orm_meta_entity *entity)
{
    entity->size = entity->base != NULL ? entity->base->size : largest(meta, entity);
    for (size_t i = entity->inherited_count; i < entity->property_count; i++) {
        orm_meta_property *p = &entity->properties[i];

        if (!p->hidden_slot && !p->behind)
            continue;
        entity->size = round_up(entity->size, alignof(void *));
        p->offset = entity->size;
        entity->size += sizeof(void *);
        if (p->items != NULL) {
            p->shadow_offset = entity->size;
            entity->size += sizeof(void *);
        }
    }
}

static orm_status check_list_place(const orm_meta_entity *entity, const orm_meta_property *p, orm_error *error)
{
    size_t size = sizeof(orm_embedded_list);

    if (size > entity->size || p->list_offset > entity->size - size || p->list_offset % alignof(orm_embedded_list) != 0)
        return orm_meta_bad(error, entity->name, p->name, 268, "the list has no place in the struct of %zu bytes",
                            entity->size);
    return ORM_OK;
}

/* Bases are laid out before what extends them. */
static void inherit_places(orm_meta_entity *entity)
{
    for (size_t i = 0; i < entity->inherited_count; i++) {
        const orm_meta_property *from = &entity->base->properties[i];
        orm_meta_property       *p = &entity->properties[i];

        p->offset = from->offset;
        p->presence = from->presence;
        p->list_offset = from->list_offset;
        p->shadow_offset = from->shadow_offset;
    }
}

static void lay_out(orm_meta_entity *entity)
{
    size_t first = entity->inherited_count;
    size_t size = entity->base != NULL ? entity->base->size : 0;
    size_t bits = 0;

    entity->alignment = entity->base != NULL ? entity->base->alignment : 1;
    for (size_t i = first; i < entity->property_count; i++) {
        size_t alignment = orm_type_info_of(entity->properties[i].type)->alignment;

        entity->alignment = alignment > entity->alignment ? alignment : entity->alignment;
    }
    for (size_t alignment = entity->alignment; alignment > 0; alignment--) {
        for (size_t i = first; i < entity->property_count; i++) {
            orm_meta_property   *p = &entity->properties[i];
            const orm_type_info *info = orm_type_info_of(p->type);

            if (info->alignment != alignment)
                continue;
            p->offset = round_up(size, alignment);
            size = p->offset + info->size;
        }
    }
    size = place_lists(entity, size);
    for (size_t i = first; i < entity->property_count; i++) {
        orm_meta_property *p = &entity->properties[i];

        if (needs_flag(p)) {
            p->presence = (orm_presence){ .offset_plus_one = size + bits / 8 + 1, .mask = (uint8_t)(1u << (bits % 8)) };
            bits++;
        }
    }
    entity->size = round_up(size + (bits + 7) / 8, entity->alignment);
}

static orm_status check_presence(const orm_meta_entity *entity, const orm_meta_property *p, orm_error *error)
{
    const orm_type_info *info = orm_type_info_of(p->type);
    size_t               flag = p->presence.offset_plus_one;

    if (flag == 0) {
        if (needs_flag(p) && (p->nullable || (p->has_default && !p->read_only) || p->descriptor->on_create != NULL))
            return orm_meta_bad(error, entity->name, p->name, 260,
                                "%s must say whether it is set: make the member an orm_opt_ type or add "
                                "ORM_PRESENCE(struct, has_member)",
                                p->nullable ? "a nullable value" : p->has_default ? "a value with a default" : "a value that is generated");
        return ORM_OK;
    }
    if (p->descriptor->flag.offset_plus_one != 0 && p->descriptor->presence.offset_plus_one != 0)
        return orm_meta_bad(error, entity->name, p->name, 267,
                            "the member's orm_opt_ type says whether it is set; leave ORM_PRESENCE() out");
    if (p->relation != ORM_RELATION_NONE || info->by_pointer)
        return orm_meta_bad(error, entity->name, p->name, 261,
                            "%s needs no presence member: NULL says that it is not set", orm_meta_type_name(p->type));
    if (flag > entity->size || p->presence.mask == 0)
        return orm_meta_bad(error, entity->name, p->name, 262,
                            "the presence flag is outside the struct of %zu bytes, or has no bit", entity->size);
    if (flag - 1 >= p->offset && flag - 1 < p->offset + info->size)
        return orm_meta_bad(error, entity->name, p->name, 263, "the presence flag lies in the value itself");
    return ORM_OK;
}

static orm_status check_place(const orm_meta_entity *entity, const orm_meta_property *p, orm_error *error)
{
    const orm_type_info *info = orm_type_info_of(p->type);

    if (info->size > entity->size || p->offset > entity->size - info->size)
        return orm_meta_bad(error, entity->name, p->name, 264,
                            "the value (%s, %zu bytes at offset %zu) is outside the struct of %zu bytes",
                            orm_meta_type_name(p->type), info->size, p->offset, entity->size);
    if (p->offset < entity->descriptor->extends_size)
        return orm_meta_bad(error, entity->name, p->name, 749, "the value (at offset %zu) lies in its base, of %zu bytes",
                            p->offset, entity->descriptor->extends_size);
    if (p->offset % info->alignment != 0)
        return orm_meta_bad(error, entity->name, p->name, 265, "offset %zu is not aligned for %s", p->offset,
                            orm_meta_type_name(p->type));
    for (size_t i = 0; i < p->index; i++) {
        const orm_meta_property *other = &entity->properties[i];

        if (!other->hidden_slot && !other->behind && p->offset < other->offset + orm_type_info_of(other->type)->size &&
            other->offset < p->offset + info->size)
            return orm_meta_bad(error, entity->name, p->name, 266, "the value lies in the same place as that of %s",
                                other->name);
    }
    return check_presence(entity, p, error);
}

static orm_status check_places(const orm_meta *meta, orm_meta_entity *entity, orm_error *error)
{
    orm_status status = ORM_OK;

    entity->size = entity->descriptor->size;
    entity->alignment = entity->base != NULL ? entity->base->alignment : 1;
    for (size_t i = entity->inherited_count; i < entity->property_count && status == ORM_OK; i++) {
        orm_meta_property *p = &entity->properties[i];
        size_t             alignment = orm_type_info_of(p->type)->alignment;

        if (p->items != NULL)
            status = check_list_place(entity, p, error);
        if (p->hidden_slot || p->behind)
            continue;
        p->offset = p->descriptor->offset;
        entity->alignment = alignment > entity->alignment ? alignment : entity->alignment;
        status = check_place(entity, p, error);
    }
    place_hidden(meta, entity);
    return status;
}

/* The root learns how much room an instance of any type needs. */
static void note_room(orm_meta *meta, const orm_meta_entity *entity)
{
    orm_meta_entity *root = meta->entities[entity->root->index];

    root->room = entity->size > root->room ? entity->size : root->room;
}

orm_status orm_meta_place(orm_meta *meta, orm_meta_entity *entity, orm_error *error)
{
    orm_status status = ORM_OK;

    inherit_places(entity);
    if (entity->descriptor->size != 0)
        status = check_places(meta, entity, error);
    else
        lay_out(entity);
    if (entity->root != NULL) /* items of a list have none */
        note_room(meta, entity);
    return status;
}
