/* Descriptors made at run time. Everything is copied into one arena; what makes no sense is found at discovery. */
#include "meta/meta_private.h"

/* `entity` is what the user sees; his pointer to it is a pointer to this. */
typedef struct built {
    orm_entity    entity;
    orm_property *properties;
    size_t        capacity;
} built;

struct orm_builder {
    orm_arena         *arena;
    built            **built;
    size_t             capacity;
    size_t             count;
    const orm_entity **list; /* of count entities and a NULL */
    size_t             list_capacity;
};

orm_builder *orm_builder_new(const orm_allocator *allocator)
{
    orm_arena   *arena = orm_arena_new(NULL, allocator, "entities made at run time");
    orm_builder *builder;

    if (arena == NULL)
        return NULL;
    builder = orm_arena_zalloc(arena, sizeof *builder);
    if (builder == NULL || !orm_arena_grow(arena, &builder->list, 0, &builder->list_capacity, sizeof *builder->list)) {
        orm_arena_free(arena);
        return NULL;
    }
    builder->arena = arena;
    builder->list[0] = NULL;
    return builder;
}

void orm_builder_free(orm_builder *builder)
{
    if (builder != NULL)
        orm_arena_free(builder->arena);
}

/* Replaces `*text` by a copy. */
static bool own_text(orm_arena *arena, const char **text)
{
    if (*text == NULL)
        return true;
    *text = orm_arena_strdup(arena, *text);
    return *text != NULL;
}

static bool own_items(orm_arena *arena, orm_property *property)
{
    const char **items;

    if (property->enum_items == NULL || property->enum_count == 0)
        return true;
    items = orm_arena_calloc(arena, property->enum_count, sizeof *items);
    if (items == NULL)
        return false;
    for (size_t i = 0; i < property->enum_count; i++) {
        items[i] = property->enum_items[i];
        if (!own_text(arena, &items[i]))
            return false;
    }
    property->enum_items = items;
    return true;
}

orm_entity *orm_builder_entity(orm_builder *builder, const orm_entity *options, orm_error *error)
{
    orm_arena *arena;
    built     *b;

    if (builder == NULL || options == NULL) {
        orm_fail(error, ORM_ERR_ARGUMENT, 201, "orm_builder_entity() needs a builder and options");
        return NULL;
    }
    arena = builder->arena;
    b = orm_arena_zalloc(arena, sizeof *b);
    if (b == NULL) {
        orm_fail_memory(error);
        return NULL;
    }
    b->entity = (orm_entity){
        .name = options->name, .table = options->table, .schema = options->schema, .comment = options->comment
    };
    if (!own_text(arena, &b->entity.name) || !own_text(arena, &b->entity.table) ||
        !own_text(arena, &b->entity.schema) || !own_text(arena, &b->entity.comment) ||
        !orm_arena_grow(arena, &builder->built, builder->count, &builder->capacity, sizeof *builder->built) ||
        !orm_arena_grow(arena, &builder->list, builder->count + 1, &builder->list_capacity, sizeof *builder->list)) {
        orm_fail_memory(error);
        return NULL;
    }
    builder->built[builder->count] = b;
    builder->list[builder->count++] = &b->entity;
    builder->list[builder->count] = NULL;
    return &b->entity;
}

static built *find(const orm_builder *builder, const orm_entity *entity)
{
    /* Backwards: properties are added to the entity that was begun last. */
    for (size_t i = builder->count; i > 0; i--) {
        if (&builder->built[i - 1]->entity == entity)
            return builder->built[i - 1];
    }
    return NULL;
}

orm_status orm_builder_property(orm_builder *builder, orm_entity *entity, const orm_property *property,
                                orm_error *error)
{
    orm_property copy;
    orm_arena   *arena;
    built       *b;

    if (builder == NULL || entity == NULL || property == NULL)
        return orm_fail(error, ORM_ERR_ARGUMENT, 202,
                        "orm_builder_property() needs a builder, an entity and a property");
    b = find(builder, entity);
    if (b == NULL)
        return orm_fail(error, ORM_ERR_ARGUMENT, 203, "the entity was not made by this builder");
    arena = builder->arena;
    copy = *property;
    copy.offset = 0;
    copy.presence = copy.flag = (orm_presence){ 0 };
    if (!own_text(arena, &copy.name) || !own_text(arena, &copy.column) || !own_text(arena, &copy.default_raw) ||
        !own_text(arena, &copy.comment) || !own_text(arena, &copy.target) || !own_text(arena, &copy.mapped_by) ||
        !own_text(arena, &copy.inversed_by) || !own_items(arena, &copy) ||
        !orm_arena_grow(arena, &b->properties, b->entity.property_count, &b->capacity, sizeof *b->properties))
        return orm_fail_memory(error);
    b->properties[b->entity.property_count++] = copy;
    b->entity.properties = b->properties;
    return ORM_OK;
}

const orm_entity *const *orm_builder_entities(orm_builder *builder)
{
    return builder == NULL ? NULL : builder->list;
}
