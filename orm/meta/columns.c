/* Columns of properties. A reference takes them from its target's key, which may itself be made of references. */
#include <orm/custom.h>

#include "meta/meta_private.h"

/* So many foreign keys may be keys of each other's targets. A circle of them has no columns at all. */
#define CHAIN_MAX 100

static size_t count_names(const char *const *names)
{
    size_t count = 0;

    while (names != NULL && names[count] != NULL)
        count++;
    return count;
}

/* Gives the column its name and its place in the entity. */
static orm_status claim(orm_meta *meta, orm_meta_column *column, orm_error *error)
{
    const orm_meta_property *p = column->property;
    orm_meta_entity         *entity = meta->entities[p->entity->index];
    const orm_meta_column   *twin;
    orm_status               status;

    if (column->name == NULL)
        return orm_fail_memory(error);
    status = orm_meta_check_identifier(error, entity->name, p->name, "column", column->name);
    if (status != ORM_OK)
        return status;
    twin = orm_map_get_text(&entity->by_column, column->name);
    if (twin != NULL)
        return orm_meta_bad(error, entity->name, p->name, 270, "the column \"%s\" belongs to the property %s already",
                            column->name, twin->property->name);
    return orm_map_put_text(&entity->by_column, column->name, column) ? ORM_OK : orm_fail_memory(error);
}

static orm_status make_columns(orm_meta *meta, orm_meta_property *p, size_t count, orm_error *error)
{
    p->columns = orm_arena_calloc(meta->arena, count, sizeof *p->columns);
    if (p->columns == NULL)
        return orm_fail_memory(error);
    p->column_count = count;
    for (size_t i = 0; i < count; i++)
        p->columns[i] =
            (orm_meta_column){ .property = p, .primary = p->primary, .source = p->descriptor,
                                            .type = p->type, .slot_type = p->type };
    return ORM_OK;
}

orm_status orm_meta_add_scalar_column(orm_meta *meta, orm_meta_property *p, orm_error *error)
{
    orm_status status = make_columns(meta, p, 1, error);

    if (status != ORM_OK)
        return status;
    if (p->descriptor->custom != NULL && p->descriptor->custom->column_type != ORM_TYPE_NONE)
        p->columns[0].type = p->descriptor->custom->column_type;
    p->columns[0].name =
        p->descriptor->column != NULL ? p->descriptor->column : orm_naming_underscore(meta->arena, p->name);
    return claim(meta, &p->columns[0], error);
}

static orm_status check_names(const orm_meta_property *p, size_t needed, orm_error *error)
{
    size_t named = count_names(p->descriptor->join_columns);

    if (p->descriptor->column != NULL && named > 0)
        return orm_meta_bad(error, p->entity->name, p->name, 276,
                            "column and join_columns say the same: leave one out");
    if (p->descriptor->column != NULL)
        named = 1;
    if (named > 0 && named != needed)
        return orm_meta_bad(error, p->entity->name, p->name, 277,
                            "%zu column%s named, and the key of %s has %zu: name them with .join_columns", named,
                            named == 1 ? " is" : "s are", p->target->name, needed);
    return ORM_OK;
}

static const char *reference_name(orm_meta *meta, const orm_meta_property *p, size_t i, const char *referenced)
{
    if (p->descriptor->column != NULL)
        return p->descriptor->column;
    if (p->descriptor->join_columns != NULL && p->descriptor->join_columns[0] != NULL)
        return p->descriptor->join_columns[i];
    return orm_naming_join_column(meta->arena, p->name, referenced);
}

/* MikroORM's rules where the descriptor has none: what is part of a key goes with the row that it points to. */
static void set_rules(orm_meta_property *p, size_t target_columns)
{
    if (p->delete_rule == ORM_RULE_AUTO)
        p->delete_rule = p->primary ? ORM_RULE_CASCADE : p->nullable ? ORM_RULE_SET_NULL : ORM_RULE_NO_ACTION;
    if (p->update_rule == ORM_RULE_AUTO)
        p->update_rule = p->primary || target_columns > 1 ? ORM_RULE_CASCADE : ORM_RULE_NO_ACTION;
}

static orm_status resolve(orm_meta *meta, orm_meta_property *p, unsigned depth, orm_error *error)
{
    const orm_meta_entity *target = p->target->root; /* the key is the root's */
    size_t                 count = 0;
    size_t                 at = 0;
    orm_status             status = ORM_OK;

    if (p->columns != NULL)
        return ORM_OK;
    if (depth > CHAIN_MAX)
        return orm_meta_bad(error, p->entity->name, p->name, 278,
                            "it is part of a key that is made of references in a circle: one of them must be a value");
    for (size_t i = 0; i < target->key_count; i++) {
        orm_meta_property *key = &meta->entities[target->index]->properties[target->keys[i]->index];

        if (key->to_one)
            status = resolve(meta, key, depth + 1, error);
        if (status != ORM_OK)
            return status;
        count += key->column_count;
    }
    status = check_names(p, count, error);
    if (status == ORM_OK)
        status = make_columns(meta, p, count, error);
    for (size_t i = 0; i < target->key_count && status == ORM_OK; i++) {
        for (size_t j = 0; j < target->keys[i]->column_count && status == ORM_OK; j++, at++) {
            const orm_meta_column *to = &target->keys[i]->columns[j];

            p->columns[at].refers_to = to;
            p->columns[at].type = to->type;
            p->columns[at].slot_type = to->slot_type;
            p->columns[at].source = to->source;
            p->columns[at].name = reference_name(meta, p, at, to->name);
            status = claim(meta, &p->columns[at], error);
        }
    }
    set_rules(p, count);
    return status;
}

orm_status orm_meta_add_reference_columns(orm_meta *meta, orm_meta_property *p, orm_error *error)
{
    return p->to_one && p->owner ? resolve(meta, p, 0, error) : ORM_OK;
}

orm_status orm_meta_list_columns(orm_meta *meta, orm_meta_entity *entity, orm_error *error)
{
    entity->columns = orm_arena_calloc(meta->arena, entity->by_column.count, sizeof *entity->columns);
    if (entity->columns == NULL)
        return orm_fail_memory(error);
    for (int pass = 0; pass < 3; pass++) {
        for (size_t i = 0; i < entity->property_count; i++) {
            orm_meta_property *p = &entity->properties[i];
            int                own = p->primary ? 0 : p->descriptor->formula == NULL ? 1 : 2;

            for (size_t j = 0; j < p->column_count && own == pass; j++) {
                p->columns[j].index = entity->column_count;
                entity->columns[entity->column_count++] = &p->columns[j];
                entity->formula_count += pass == 2;
            }
        }
        if (pass == 0)
            entity->key_column_count = entity->column_count;
    }
    if (entity->key_column_count > ORM_KEY_COLUMNS_MAX)
        return orm_meta_bad(error, entity->name, NULL, 284, "the primary key has %zu columns, and %d are the most",
                            entity->key_column_count, ORM_KEY_COLUMNS_MAX);
    return ORM_OK;
}
