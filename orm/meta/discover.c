#include <string.h>

#include "meta/meta_private.h"

static void free_map(void *map)
{
    orm_map_free(map);
}

bool orm_meta_begin_map(orm_arena *arena, orm_map *map)
{
    orm_map_init(map, orm_arena_allocator(arena));
    return orm_arena_on_free(arena, free_map, map);
}

/* A macro fills the mask of a type that is no orm_opt_ type, too: without a place it means nothing. */
static orm_presence presence(const orm_entity *entity, const orm_property *d)
{
    orm_presence given = d->flag.offset_plus_one != 0 ? d->flag : d->presence;

    return entity->size != 0 && given.offset_plus_one != 0 ? given : (orm_presence){ 0 };
}

/* Everything that follows from the property's own descriptor. */
static orm_meta_property resolve(const orm_meta_entity *entity, const orm_expanded *x, size_t index)
{
    const orm_property  *d = &x->property;
    const orm_type_info *info = orm_type_info_of(d->type);
    orm_meta_property    p = { .descriptor = d,
                               .entity = entity,
                               .index = index,
                               .name = d->name,
                               .type = d->type,
                               .primary = d->primary,
                               .nullable = d->nullable,
                               .strategy = d->strategy,
                               .lazy = d->lazy,
                               .relation = d->relation,
                               .presence = presence(entity->descriptor, d),
                               .delete_rule = d->delete_rule,
                               .update_rule = d->update_rule,
                               .hidden_slot = x->member_count > 0 || x->items != NULL,
                               .behind = x->behind && entity->descriptor->size != 0,
                               .member_count = x->member_count,
                               .json_name_at = x->json_name_at == SIZE_MAX ? 0 : x->json_name_at,
                               .items = x->items,
                               .list_offset = x->list_offset,
                               .cascade_persist = d->cascade == ORM_CASCADE_DEFAULT ||
                                                  (d->cascade & ORM_CASCADE_PERSIST) != 0,
                               .cascade_remove = (d->cascade & ORM_CASCADE_REMOVE) != 0 || d->orphan_removal,
                               .orphan_removal = d->orphan_removal };

    p.to_one = d->relation == ORM_RELATION_MANY_TO_ONE || d->relation == ORM_RELATION_ONE_TO_ONE;
    p.to_many = d->relation == ORM_RELATION_ONE_TO_MANY || d->relation == ORM_RELATION_MANY_TO_MANY;
    p.owner = d->relation != ORM_RELATION_NONE && d->relation != ORM_RELATION_ONE_TO_MANY && d->mapped_by == NULL;
    /* Nothing makes the other table have a row; MikroORM takes it so, too. */
    p.nullable = d->nullable || (p.to_one && !p.owner);
    p.stored = d->relation == ORM_RELATION_NONE || (p.to_one && p.owner);
    p.discriminates = entity->base == NULL && entity->descriptor->discriminator_column != NULL &&
                      strcmp(entity->descriptor->discriminator_column, d->name) == 0;
    p.unique = (d->unique || (d->relation == ORM_RELATION_ONE_TO_ONE && p.owner)) && !d->primary;
    p.autoincrement = d->primary && info->is_integer && d->autoincrement != ORM_OFF && d->default_raw == NULL;
    p.client_uuid = d->primary && d->type == ORM_TYPE_UUID && d->default_raw == NULL;
    p.read_only = d->generated != NULL || d->formula != NULL;
    p.has_default = d->default_raw != NULL || p.autoincrement || d->generated != NULL;
    p.zero_is_unset = ((d->primary && (info->is_integer || d->type == ORM_TYPE_UUID) && !info->by_pointer &&
                        (p.has_default || p.client_uuid)) ||
                       d->version) &&
                      p.presence.offset_plus_one == 0;
    return p;
}

/* Nobody makes parts of a composite key: the caller sets them all. */
static orm_status refuse_serial_part(const orm_meta_entity *entity, const orm_meta_property *p, orm_error *error)
{
    if (p->descriptor->autoincrement != ORM_ON)
        return ORM_OK;
    return orm_meta_bad(error, entity->name, p->name, 283,
                        "the option autoincrement is for a single primary key, and this one is composite");
}

static orm_status list_keys(orm_meta *meta, orm_meta_entity *entity, orm_error *error)
{
    entity->keys = orm_arena_calloc(meta->arena, entity->property_count, sizeof *entity->keys);
    if (entity->keys == NULL)
        return orm_fail_memory(error);
    for (size_t i = 0; i < entity->property_count; i++)
        if (entity->properties[i].primary)
            entity->keys[entity->key_count++] = &entity->properties[i];
    if (entity->key_count == 1) {
        if (entity->keys[0]->relation == ORM_RELATION_NONE)
            entity->key = entity->keys[0];
        return ORM_OK;
    }
    for (size_t i = 0; i < entity->key_count; i++) {
        orm_meta_property *p = &entity->properties[entity->keys[i]->index];
        orm_status         status = refuse_serial_part(entity, p, error);

        if (status != ORM_OK)
            return status;
        p->autoincrement = p->client_uuid = p->zero_is_unset = false;
        p->has_default = p->descriptor->default_raw != NULL;
    }
    return ORM_OK;
}

static orm_status add_expanded(orm_meta *meta, orm_meta_entity *entity, orm_expanded *expanded, orm_error *error);

static orm_status add_properties(orm_meta *meta, orm_meta_entity *entity, orm_error *error)
{
    orm_expanded *expanded = NULL;
    orm_status    status = orm_meta_expand(meta, entity->descriptor, &expanded, &entity->property_count, error);

    if (status == ORM_OK)
        status = orm_meta_add_discriminator(meta, entity, &expanded, &entity->property_count, error);
    if (status != ORM_OK)
        return status;
    if (entity->base != NULL)
        entity->inherited_count = entity->base->property_count;
    entity->property_count += entity->inherited_count;
    status = add_expanded(meta, entity, expanded, error);
    return status == ORM_OK ? list_keys(meta, entity, error) : status;
}

/* An item has places for its members like an entity, and nothing else of one. */
orm_status orm_meta_add_items(orm_meta *meta, const orm_property *list, const orm_meta_entity **out, orm_error *error)
{
    orm_meta_entity *items = orm_arena_zalloc(meta->arena, sizeof *items);
    orm_expanded    *expanded = NULL;
    orm_status       status;

    if (items == NULL)
        return orm_fail_memory(error);
    items->descriptor = list->embeddable;
    items->name = list->embeddable->name;
    status = orm_meta_expand_items(meta, list->embeddable, &expanded, &items->property_count, error);
    if (status == ORM_OK)
        status = add_expanded(meta, items, expanded, error);
    *out = items;
    return status == ORM_OK ? orm_meta_place(meta, items, error) : status;
}

/* What an entity inherits has its name from the start; the rest of it comes when its base is complete. */
static orm_status announce(orm_meta_entity *entity, size_t i, orm_error *error)
{
    orm_meta_property *p = &entity->properties[i];

    *p = entity->base->properties[i];
    p->entity = entity;
    p->columns = NULL;
    p->column_count = 0;
    entity->property_names[i] = p->name;
    return orm_map_put_text(&entity->by_name, p->name, p) ? ORM_OK : orm_fail_memory(error);
}

static orm_status add_expanded(orm_meta *meta, orm_meta_entity *entity, orm_expanded *expanded, orm_error *error)
{
    orm_status status = ORM_OK;

    entity->properties = orm_arena_calloc(meta->arena, entity->property_count, sizeof *entity->properties);
    entity->property_names = orm_arena_calloc(meta->arena, entity->property_count, sizeof *entity->property_names);
    if (entity->properties == NULL || entity->property_names == NULL || !orm_meta_begin_map(meta->arena, &entity->by_name) ||
        !orm_meta_begin_map(meta->arena, &entity->by_column))
        return orm_fail_memory(error);

    for (size_t i = 0; i < entity->inherited_count && status == ORM_OK; i++)
        status = announce(entity, i, error);
    for (size_t i = entity->inherited_count; i < entity->property_count && status == ORM_OK; i++) {
        orm_meta_property *p = &entity->properties[i];
        orm_expanded      *x = &expanded[i - entity->inherited_count];
        orm_meta_property *twin = orm_map_get_text(&entity->by_name, x->property.name);

        if (orm_meta_fill_version(meta->arena, &x->property, error) != ORM_OK)
            return ORM_ERR_MEMORY;
        *p = resolve(entity, x, i);
        p->declared = p;
        entity->property_names[i] = p->name;
        if (twin != NULL && twin->index < entity->inherited_count)
            return orm_meta_bad(error, entity->name, p->name, 736, "its base %s has a property of this name already",
                                entity->base->name);
        if (twin != NULL)
            return orm_meta_bad(error, entity->name, p->name, 280, "the entity has two properties of this name");
        if (!orm_map_put_text(&entity->by_name, p->name, p))
            return orm_fail_memory(error);
        if (p->relation == ORM_RELATION_NONE && x->json_name_at == 0 && p->descriptor->persist != ORM_OFF)
            status = orm_meta_add_scalar_column(meta, p, error);
    }
    return status;
}

/* `tables` keeps the names of schema and table, quoted, so that no two pairs give the same text. */
static orm_status claim_table(orm_meta *meta, orm_map *tables, orm_meta_entity *entity, orm_error *error)
{
    orm_meta_entity *twin;
    orm_buffer       quoted;
    char            *key;

    orm_buffer_init(&quoted, orm_arena_allocator(meta->arena), 0);
    orm_quote_table(&quoted, entity);
    key = quoted.broken ? NULL : orm_arena_strdup(meta->arena, quoted.data);
    orm_buffer_free(&quoted);
    if (key == NULL)
        return orm_fail_memory(error);
    twin = orm_map_get_text(tables, key);
    if (twin != NULL)
        return orm_meta_bad(error, entity->name, NULL, 281, "the table %s belongs to the entity %s already", key,
                            twin->name);
    return orm_map_put_text(tables, key, entity) ? ORM_OK : orm_fail_memory(error);
}

static orm_status claim_name(orm_meta *meta, orm_meta_entity *entity, orm_error *error)
{
    const orm_meta_entity *twin = orm_map_get_text(&meta->by_name, entity->name);

    if (twin != NULL)
        return orm_meta_bad(error, entity->name, NULL, 282, "two entities have this name%s",
                            twin->descriptor->size != entity->descriptor->size ? ", and their structs differ" : "");
    if (!orm_map_put_text(&meta->by_name, entity->name, entity) ||
        !orm_map_put(&meta->by_descriptor, &entity->descriptor, sizeof entity->descriptor, entity))
        return orm_fail_memory(error);
    return ORM_OK;
}

/* A pivot entity has no name that a user could say. */
static orm_status add_entity(orm_meta *meta, const orm_entity *descriptor, bool is_pivot, orm_meta_entity **out,
                             orm_error *error)
{
    orm_meta_entity *entity;
    orm_status       status = orm_meta_check_entity(descriptor, error);

    if (status != ORM_OK)
        return status;
    entity = orm_arena_zalloc(meta->arena, sizeof *entity);
    if (entity == NULL)
        return orm_fail_memory(error);
    entity->descriptor = descriptor;
    entity->index = meta->entity_count;
    entity->root = entity->view = entity;
    entity->name = descriptor->name;
    entity->schema = descriptor->schema;
    entity->is_pivot = is_pivot;
    entity->table =
        descriptor->table != NULL ? descriptor->table : orm_naming_underscore(meta->arena, descriptor->name);
    if (entity->table == NULL)
        return orm_fail_memory(error);
    if (descriptor->extends == NULL)
        status = orm_meta_check_identifier(error, entity->name, NULL, "table", entity->table);
    if (status == ORM_OK && !is_pivot)
        status = claim_name(meta, entity, error);
    if (!is_pivot)
        meta->entity_names[meta->named_count++] = entity->name;
    meta->entities[meta->entity_count++] = entity;
    *out = entity;
    return status;
}

orm_status orm_meta_add_pivot(orm_meta *meta, orm_map *tables, const orm_entity *descriptor, orm_meta_entity **out,
                              orm_error *error)
{
    orm_status status = add_entity(meta, descriptor, true, out, error);

    if (status == ORM_OK)
        status = claim_table(meta, tables, *out, error);
    return status == ORM_OK ? add_properties(meta, *out, error) : status;
}

static size_t count_pivots(const orm_entity *const *entities, size_t count)
{
    size_t pivots = 0;

    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; !entities[i]->embeddable && entities[i]->properties != NULL && k < entities[i]->property_count; k++)
            pivots += entities[i]->properties[k].relation == ORM_RELATION_MANY_TO_MANY;
    return pivots;
}

static orm_status begin(orm_arena *arena, const orm_entity *const *entities, size_t count, orm_meta **out,
                        orm_error *error)
{
    orm_meta *meta = orm_arena_zalloc(arena, sizeof *meta);

    if (meta == NULL)
        return orm_fail_memory(error);
    meta->arena = arena;
    meta->entities = orm_arena_calloc(arena, count + count_pivots(entities, count), sizeof *meta->entities);
    meta->entity_names = orm_arena_calloc(arena, count, sizeof *meta->entity_names);
    if (meta->entities == NULL || meta->entity_names == NULL || !orm_meta_begin_map(arena, &meta->by_name) ||
        !orm_meta_begin_map(arena, &meta->by_descriptor))
        return orm_fail_memory(error);
    *out = meta;
    return ORM_OK;
}

orm_status orm_meta_discover(orm_arena *arena, const orm_entity *const *entities, orm_meta **out, orm_error *error)
{
    orm_meta  *meta = NULL;
    size_t     count = 0;
    orm_status status;
    orm_map    tables;

    *out = NULL;
    while (entities != NULL && entities[count] != NULL)
        count++;

    status = begin(arena, entities, count, &meta, error);
    orm_map_init(&tables, orm_arena_allocator(arena));
    for (size_t i = 0; i < count && status == ORM_OK; i++) {
        orm_meta_entity *entity = NULL;

        if (!entities[i]->embeddable)
            status = add_entity(meta, entities[i], false, &entity, error);
    }
    if (status == ORM_OK)
        status = orm_meta_find_bases(meta, error);
    for (size_t i = 0; status == ORM_OK && i < meta->named_count; i++)
        if (meta->entities[i]->base == NULL)
            status = claim_table(meta, &tables, meta->entities[i], error);
    if (status == ORM_OK)
        status = orm_meta_each_down(meta, add_properties, error);
    if (status == ORM_OK)
        status = orm_meta_link(meta, &tables, error);
    orm_map_free(&tables);
    if (status == ORM_OK)
        status = orm_meta_each_down(meta, orm_meta_add_indexes, error);
    if (status == ORM_OK)
        status = orm_meta_each_down(meta, orm_meta_place, error);
    for (size_t i = meta == NULL ? 0 : meta->named_count; status == ORM_OK && i < meta->entity_count; i++)
        status = orm_meta_place(meta, meta->entities[i], error);
    if (status == ORM_OK)
        status = orm_meta_add_views(meta, error);
    if (status == ORM_OK)
        *out = meta;
    return status;
}
