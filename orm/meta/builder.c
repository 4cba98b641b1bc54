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

bool orm_meta_own_text(orm_arena *arena, const char **text)
{
    if (*text == NULL)
        return true;
    *text = orm_arena_strdup(arena, *text);
    return *text != NULL;
}

/* Replaces a list of texts by a copy that ends with NULL. */
static bool own_texts(orm_arena *arena, const char *const **texts, size_t count)
{
    const char **copy;

    if (*texts == NULL)
        return true;
    copy = orm_arena_calloc(arena, count + 1, sizeof *copy);
    if (copy == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        copy[i] = (*texts)[i];
        if (!orm_meta_own_text(arena, &copy[i]))
            return false;
    }
    *texts = copy;
    return true;
}

bool orm_meta_own_names(orm_arena *arena, const char *const **names)
{
    size_t count = 0;

    while (*names != NULL && (*names)[count] != NULL)
        count++;
    return own_texts(arena, names, count);
}

/* Everything that the property points to. */
static bool own_property(orm_arena *arena, orm_property *p)
{
    const char **texts[] = { &p->name,      &p->column,      &p->default_raw, &p->comment,      &p->target,
                             &p->mapped_by, &p->inversed_by, &p->pivot_table, &p->pivot_entity, &p->fixed_order_column,
                             &p->prefix,    &p->generated,   &p->formula };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (!orm_meta_own_text(arena, texts[i]))
            return false;
    return own_texts(arena, &p->enum_items, p->enum_count) && orm_meta_own_names(arena, &p->join_columns) &&
           orm_meta_own_names(arena, &p->inverse_join_columns);
}

static bool own_indexes(orm_arena *arena, const orm_index **indexes, size_t count)
{
    orm_index *copy;

    if (*indexes == NULL || count == 0)
        return true;
    copy = orm_arena_memdup(arena, *indexes, count * sizeof *copy);
    if (copy == NULL)
        return false;
    *indexes = copy;
    for (size_t i = 0; i < count; i++)
        if (!orm_meta_own_names(arena, &copy[i].properties) || !orm_meta_own_text(arena, &copy[i].name))
            return false;
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
    b->entity = *options;
    b->entity.size = 0;
    b->entity.properties = NULL;
    b->entity.property_count = 0;
    if (!own_indexes(arena, &b->entity.uniques, b->entity.unique_count) ||
        !own_indexes(arena, &b->entity.indexes, b->entity.index_count) ||
        !orm_meta_own_filters(arena, &b->entity.filters, b->entity.filter_count) ||
        !orm_meta_own_text(arena, &b->entity.name) || !orm_meta_own_text(arena, &b->entity.table) ||
        !orm_meta_own_text(arena, &b->entity.schema) || !orm_meta_own_text(arena, &b->entity.comment) ||
        !orm_meta_own_text(arena, &b->entity.discriminator_column) || !orm_meta_own_text(arena, &b->entity.discriminator_value) ||
        !orm_meta_own_text(arena, &b->entity.extends) ||
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
    if (!own_property(arena, &copy) ||
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
