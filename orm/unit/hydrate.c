#include <string.h>

#include "unit/em_private.h"
#include "unit/embedded.h"

/* Room for a value of any column type. */
typedef union any_slot {
    max_align_t align;
    char        bytes[64];
} any_slot;

/* One result on its way into instances. */
typedef struct hydrator {
    orm_em           *em;
    const orm_shape  *shape;
    const orm_result *result;
    size_t           *at; /* by index of a column: its place in the result */
    bool              refresh;
    void             *scratch; /* a struct for rows of instances that exist already */
} hydrator;

static orm_status fail_null(orm_em *em, const orm_meta_property *property)
{
    orm_fail(&em->error, ORM_ERR_CONVERSION, 550, "the database holds NULL, and the property is not nullable");
    return orm_query_fail_property(property, &em->error);
}

static orm_status decode_slots(orm_em *em, const orm_meta_column *const *columns, size_t count, const orm_result *result,
                               size_t row, const size_t *at, any_slot *values, const void **slots)
{
    for (size_t i = 0; i < count; i++) {
        slots[i] = NULL;
        if (orm_result_is_null(result, row, at[i]))
            continue;
        if (orm_result_decode(result, row, at[i], columns[i]->type, em->work, &values[i], &em->error) != ORM_OK)
            return orm_query_fail_property(columns[i]->property, &em->error);
        slots[i] = &values[i];
    }
    return ORM_OK;
}

/* A foreign key of which a part is NULL refers to nothing, as the server has it (MATCH SIMPLE). */
static orm_status decode_reference(orm_em *em, const orm_meta_property *property, const orm_result *result, size_t row,
                                   const size_t *at, void *self)
{
    const orm_meta_column *const *columns = property->entity->columns + property->columns[0].index;
    any_slot                      values[ORM_KEY_COLUMNS_MAX];
    const void                   *slots[ORM_KEY_COLUMNS_MAX];
    orm_instance                 *target;
    orm_status status = decode_slots(em, columns, property->column_count, result, row, at, values, slots);

    if (status != ORM_OK)
        return status;
    for (size_t i = 0; i < property->column_count; i++) {
        if (slots[i] == NULL) {
            orm_reference_write(property, self, NULL);
            return ORM_OK;
        }
    }
    target = em_reference(em, property->target, slots);
    if (target == NULL)
        return em->error.status;
    orm_reference_write(property, self, target->self);
    return ORM_OK;
}

static orm_status decode_custom(orm_em *em, const orm_meta_property *property, const orm_result *result, size_t row,
                                size_t at, void *self)
{
    any_slot   read;
    bool       is_null = false;
    orm_status status =
        orm_result_decode(result, row, at, property->columns[0].type, em->work, &read, &em->error);

    if (status == ORM_OK)
        status = orm_query_to_member(property, &read, em->arena, orm_meta_slot(property, self), &is_null, &em->error);
    if (status != ORM_OK)
        return orm_query_fail_property(property, &em->error);
    if (is_null && !orm_type_info_of(property->type)->by_pointer && property->presence.offset_plus_one == 0)
        return fail_null(em, property);
    orm_meta_set_present(property, self, !is_null);
    return ORM_OK;
}

static orm_status decode_scalar(orm_em *em, const orm_meta_property *property, const orm_result *result, size_t row,
                                size_t at, void *self)
{
    if (orm_result_is_null(result, row, at)) {
        if (!orm_type_info_of(property->type)->by_pointer && property->presence.offset_plus_one == 0)
            return fail_null(em, property);
        orm_meta_set_present(property, self, false);
        return ORM_OK;
    }
    if (property->descriptor->custom != NULL)
        return decode_custom(em, property, result, row, at, self);
    if (orm_result_decode(result, row, at, property->type, em->arena, orm_meta_slot(property, self), &em->error) !=
        ORM_OK)
        return orm_query_fail_property(property, &em->error);
    orm_meta_set_present(property, self, true);
    return ORM_OK;
}

orm_status em_decode(orm_em *em, const orm_meta_property *property, const orm_result *result, size_t row,
                     const size_t *at, void *self)
{
    orm_status status;

    if (property->type == ORM_TYPE_REFERENCE)
        return decode_reference(em, property, result, row, at, self);
    status = decode_scalar(em, property, result, row, at[0], self);
    return status == ORM_OK && property->hidden_slot ? em_spread_embedded(em, property, self) : status;
}

/* Which place holds which column: once for a result, so that rows are read by position. */
static orm_status map_columns(hydrator *h)
{
    const orm_meta_entity *meta = h->shape->meta;

    h->at = orm_arena_calloc(h->em->work, meta->column_count, sizeof *h->at);
    if (h->at == NULL)
        return em_fail_memory(h->em);
    for (size_t i = 0; i < meta->column_count; i++)
        h->at[i] = SIZE_MAX;
    for (size_t i = 0; i < orm_result_columns(h->result); i++) {
        const orm_meta_column *column = orm_map_get_text(&meta->by_column, orm_result_column_name(h->result, i));

        if (column != NULL && h->at[column->index] == SIZE_MAX)
            h->at[column->index] = i;
    }
    for (size_t i = 0; i < meta->column_count; i++) {
        if (h->at[i] == SIZE_MAX) {
            orm_fail(&h->em->error, ORM_ERR_INVALID_FIELD, 551, "table %s has no column %s: update its schema",
                     meta->table, meta->columns[i]->name);
            return orm_query_fail_property(meta->columns[i]->property, &h->em->error);
        }
    }
    return ORM_OK;
}

static orm_status decode_row(hydrator *h, size_t row, void *self)
{
    const orm_meta_entity *meta = h->shape->meta;

    for (size_t i = 0; i < meta->column_count; i += meta->columns[i]->property->column_count) {
        orm_status status = em_decode(h->em, meta->columns[i]->property, h->result, row, h->at + i, self);

        if (status != ORM_OK)
            return status;
    }
    return ORM_OK;
}

static orm_status load_new(hydrator *h, size_t row, const void *const *key, orm_instance **out)
{
    orm_em       *em = h->em;
    orm_instance *instance = orm_instance_new(em->arena, em, h->shape);
    orm_instance *displaced;
    orm_status    status = instance != NULL ? decode_row(h, row, instance->self) : em_fail_memory(em);

    if (status != ORM_OK)
        return status;
    /* A row that refers to itself has made a stub of its own key by now. */
    *out = em_lookup(em, h->shape->meta, key);
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

static bool is_changed(const orm_instance *instance, const orm_meta_property *property)
{
    return property->hidden_slot ? orm_embedded_is_touched(property, instance)
                                 : orm_instance_is_dirty(instance, property);
}

/* The row becomes the snapshot; members that the user has changed stay as they are, unless he wants them refreshed. */
static orm_status merge_row(hydrator *h, orm_instance *instance, const void *row)
{
    const orm_meta_entity *meta = h->shape->meta;
    void                  *mine = orm_arena_memdup(h->em->work, instance->self, meta->size);

    if (mine == NULL)
        return em_fail_memory(h->em);
    for (size_t i = 0; i < meta->column_count; i += meta->columns[i]->property->column_count)
        if (h->refresh || !is_changed(instance, meta->columns[i]->property))
            orm_property_copy(meta->columns[i]->property, mine, row);
    for (size_t i = 0; i < meta->column_count; i += meta->columns[i]->property->column_count)
        orm_property_copy(meta->columns[i]->property, instance->self, row);
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
    const orm_meta_entity *meta = h->shape->meta;
    any_slot               values[ORM_KEY_COLUMNS_MAX];
    const void            *key[ORM_KEY_COLUMNS_MAX];
    orm_status             status =
        decode_slots(h->em, meta->columns, meta->key_column_count, h->result, row, h->at, values, key);

    if (status != ORM_OK)
        return status;
    for (size_t i = 0; i < meta->key_column_count; i++)
        if (key[i] == NULL)
            return fail_null(h->em, meta->columns[i]->property);
    *out = em_lookup(h->em, meta, key);
    if (*out == NULL) {
        status = load_new(h, row, key, out);
        if (status != ORM_OK)
            return status;
    }
    if ((*out)->initialized && !h->refresh)
        return ORM_OK;
    memset(h->scratch, 0, meta->size);
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
