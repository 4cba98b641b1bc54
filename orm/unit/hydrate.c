#include <string.h>

#include "unit/em_private.h"

/* One result on its way into instances. */
typedef struct hydrator {
    orm_em                   *em;
    const orm_shape          *shape;
    const orm_result         *result;
    const orm_meta_property **properties; /* by result column; NULL: not one of ours */
    size_t                    column_count;
    size_t                    key_column;
    bool                      refresh;
    void                     *scratch; /* a struct for rows of instances that exist already */
} hydrator;

static orm_status fail_null(orm_em *em, const orm_meta_property *property)
{
    orm_fail(&em->error, ORM_ERR_CONVERSION, 550, "the database holds NULL, and the property is not nullable");
    return orm_query_fail_property(property, &em->error);
}

orm_status em_decode(orm_em *em, const orm_meta_property *property, const orm_result *result, size_t row, size_t column,
                     void *self)
{
    void *slot = orm_meta_slot(property, self);
    union {
        max_align_t align;
        char        bytes[64];
    } key;

    if (orm_result_is_null(result, row, column)) {
        if (property->type == ORM_TYPE_REFERENCE)
            orm_reference_write(property, self, NULL);
        else if (orm_type_info_of(property->type)->by_pointer || property->presence.offset_plus_one != 0)
            orm_meta_set_present(property, self, false);
        else
            return fail_null(em, property);
        return ORM_OK;
    }
    if (property->type == ORM_TYPE_REFERENCE)
        slot = &key;
    if (orm_result_decode(result, row, column, property->column_type, em->arena, slot, &em->error) != ORM_OK)
        return orm_query_fail_property(property, &em->error);
    if (property->type == ORM_TYPE_REFERENCE) {
        orm_instance *target = em_reference(em, property->target, slot);

        if (target == NULL)
            return em->error.status;
        orm_reference_write(property, self, target->self);
    } else {
        orm_meta_set_present(property, self, true);
    }
    return ORM_OK;
}

/* Which column holds which property: once for a result, so that rows are read by position. */
static orm_status map_columns(hydrator *h)
{
    const orm_meta_entity *meta = h->shape->meta;
    bool                  *seen = orm_arena_calloc(h->em->work, meta->column_count, sizeof *seen);

    h->column_count = orm_result_columns(h->result);
    h->properties = orm_arena_calloc(h->em->work, h->column_count, sizeof *h->properties);
    if (seen == NULL || h->properties == NULL)
        return em_fail_memory(h->em);
    for (size_t i = 0; i < h->column_count; i++) {
        const orm_meta_property *p = orm_map_get_text(&meta->by_column, orm_result_column_name(h->result, i));

        if (p == NULL || seen[p->column_index])
            continue;
        seen[p->column_index] = true;
        h->properties[i] = p;
        if (p == meta->key)
            h->key_column = i;
    }
    for (size_t i = 0; i < meta->column_count; i++) {
        if (!seen[i]) {
            orm_fail(&h->em->error, ORM_ERR_INVALID_FIELD, 551, "table %s has no column %s: update its schema",
                     meta->table, meta->columns[i]->column);
            return orm_query_fail_property(meta->columns[i], &h->em->error);
        }
    }
    return ORM_OK;
}

static orm_status decode_row(hydrator *h, size_t row, void *self)
{
    for (size_t i = 0; i < h->column_count; i++) {
        orm_status status =
            h->properties[i] == NULL ? ORM_OK : em_decode(h->em, h->properties[i], h->result, row, i, self);

        if (status != ORM_OK)
            return status;
    }
    return ORM_OK;
}

static orm_status load_new(hydrator *h, size_t row, orm_instance **out)
{
    orm_em       *em = h->em;
    orm_instance *instance = orm_instance_new(em->arena, em, h->shape);
    orm_instance *displaced;
    orm_status    status = instance != NULL ? decode_row(h, row, instance->self) : em_fail_memory(em);

    if (status != ORM_OK)
        return status;
    /* A row that refers to itself has made a stub of its own key by now. */
    *out = em_lookup(em, h->shape->meta, orm_meta_slot_const(h->shape->meta->key, instance->self));
    if (*out != NULL)
        return ORM_OK;
    if (!orm_instance_take_snapshot(instance, em->arena))
        return em_fail_memory(em);
    status = em_register(em, instance);
    if (status != ORM_OK)
        return status;
    if (!orm_identity_map_put(&em->identity, em->arena, instance, &displaced))
        return em_fail_memory(em);
    instance->state = ORM_INSTANCE_MANAGED;
    instance->initialized = true;
    *out = instance;
    return ORM_OK;
}

/* The row becomes the snapshot; members that the user has changed stay as they are, unless he wants them refreshed. */
static orm_status merge_row(hydrator *h, orm_instance *instance, const void *row)
{
    const orm_meta_entity *meta = h->shape->meta;
    void                  *mine = orm_arena_memdup(h->em->work, instance->self, meta->size);

    if (mine == NULL)
        return em_fail_memory(h->em);
    for (size_t i = 0; i < meta->column_count; i++)
        if (h->refresh || !orm_instance_is_dirty(instance, meta->columns[i]))
            orm_property_copy(meta->columns[i], mine, row);
    for (size_t i = 0; i < meta->column_count; i++)
        orm_property_copy(meta->columns[i], instance->self, row);
    if (!orm_instance_take_snapshot(instance, h->em->arena))
        return em_fail_memory(h->em);
    memcpy(instance->self, mine, meta->size);
    instance->initialized = true;
    for (size_t i = 0; i < h->shape->reference_count; i++) {
        size_t link = h->shape->link_of[h->shape->references[i]->index];

        if (link != SIZE_MAX && instance->links[link].in != NULL &&
            !orm_instance_relink(instance, h->shape->references[i], h->em->arena))
            return em_fail_memory(h->em);
    }
    return ORM_OK;
}

static orm_status load_row(hydrator *h, size_t row, orm_instance **out)
{
    const orm_meta_property *key = h->shape->meta->key;
    orm_status               status;

    memset(h->scratch, 0, h->shape->meta->size);
    status = em_decode(h->em, key, h->result, row, h->key_column, h->scratch);
    if (status != ORM_OK)
        return status;
    *out = em_lookup(h->em, h->shape->meta, orm_meta_slot_const(key, h->scratch));
    if (*out == NULL) {
        status = load_new(h, row, out);
        if (status != ORM_OK)
            return status;
    }
    if ((*out)->initialized && !h->refresh)
        return ORM_OK;
    status = decode_row(h, row, h->scratch);
    return status == ORM_OK ? merge_row(h, *out, h->scratch) : status;
}

orm_status em_hydrate(orm_em *em, const orm_shape *shape, const orm_result *result, bool refresh, orm_arena *arena,
                      orm_instance ***items)
{
    size_t     rows = orm_result_rows(result);
    hydrator   h = { .em = em, .shape = shape, .result = result, .refresh = refresh };
    orm_status status = map_columns(&h);

    if (status != ORM_OK)
        return status;
    *items = orm_arena_calloc(arena, rows, sizeof **items);
    h.scratch = orm_arena_zalloc(em->work, shape->meta->size);
    if (*items == NULL || h.scratch == NULL)
        return em_fail_memory(em);
    for (size_t row = 0; row < rows; row++) {
        status = load_row(&h, row, &(*items)[row]);
        if (status != ORM_OK)
            return status;
    }
    return ORM_OK;
}
