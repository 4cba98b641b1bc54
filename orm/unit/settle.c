#include "unit/settle.h"

#include <string.h>

#include "unit/event.h"

orm_status em_settling_init(em_settling *s, orm_em *em, const orm_shape *shape)
{
    const orm_meta_entity *meta = shape->meta;

    *s = (em_settling){ .em = em, .shape = shape };
    s->row = orm_arena_zalloc(em->work, meta->size);
    s->known = orm_arena_calloc(em->work, meta->property_count, sizeof *s->known);
    s->overwrites = orm_arena_calloc(em->work, meta->property_count, sizeof *s->overwrites);
    return s->row == NULL || s->known == NULL || s->overwrites == NULL ? em_fail_memory(em) : ORM_OK;
}

void em_settling_clear(em_settling *s)
{
    memset(s->row, 0, s->shape->meta->size);
    memset(s->known, 0, s->shape->meta->property_count * sizeof *s->known);
    memset(s->overwrites, 0, s->shape->meta->property_count * sizeof *s->overwrites);
}

void em_find_columns(const orm_meta_entity *meta, const orm_result *result, bool last, size_t *at)
{
    for (size_t i = 0; i < meta->column_count; i++)
        at[i] = SIZE_MAX;
    for (size_t i = 0; i < orm_result_columns(result); i++) {
        const orm_meta_column *column = orm_map_get_text(&meta->by_column, orm_result_column_name(result, i));

        if (column != NULL && (last || at[column->index] == SIZE_MAX))
            at[column->index] = i;
    }
}

orm_status em_check_key_columns(orm_em *em, const orm_meta_entity *meta, const size_t *at)
{
    for (size_t i = 0; i < meta->key_column_count; i++)
        if (at[i] == SIZE_MAX)
            return em_fail_property(em, meta->columns[i]->property, 708, "the rows have no column \"%s\"",
                                    meta->columns[i]->name);
    return ORM_OK;
}

/* A reference to a composite key is read where all of its columns are there. */
static bool is_there(const orm_meta_property *property, const size_t *at)
{
    for (size_t i = 0; i < property->column_count; i++)
        if (at[property->columns[i].index] == SIZE_MAX)
            return false;
    return property->column_count > 0;
}

orm_status em_settling_read(em_settling *s, const orm_result *result, size_t row, const size_t *at)
{
    const orm_meta_entity *meta = s->shape->meta;
    size_t                 places[ORM_KEY_COLUMNS_MAX];

    for (size_t i = 0; i < meta->property_count; i++) {
        const orm_meta_property *property = &meta->properties[i];

        if (!is_there(property, at))
            continue;
        for (size_t k = 0; k < property->column_count; k++)
            places[k] = at[property->columns[k].index];
        if (em_decode(s->em, property, result, row, places, s->row) != ORM_OK)
            return s->em->error.status;
        s->known[i] = true;
    }
    return ORM_OK;
}

/* What is still not known of the row. */
static orm_status note_missing(const em_settling *s, orm_instance *instance)
{
    const orm_meta_entity *meta = s->shape->meta;
    size_t                 left = 0;
    bool                  *missing;

    if (instance->initialized && instance->missing == NULL)
        return ORM_OK;
    missing = orm_arena_calloc(s->em->arena, meta->property_count, sizeof *missing);
    if (missing == NULL)
        return em_fail_memory(s->em);
    for (size_t i = 0; i < meta->property_count; i++) {
        missing[i] = meta->properties[i].column_count > 0 && !s->known[i] &&
                     (!instance->initialized || instance->missing[i]);
        left += missing[i];
    }
    instance->missing = left > 0 ? missing : NULL;
    return ORM_OK;
}

static bool knows_more_than_key(const em_settling *s)
{
    for (size_t i = 0; i < s->shape->meta->property_count; i++)
        if (s->known[i] && !s->shape->meta->properties[i].primary)
            return true;
    return s->shape->meta->column_count == s->shape->meta->key_column_count;
}

/* A stub stays one until more than its key is known. */
static orm_status mark_known(const em_settling *s, orm_instance *instance)
{
    orm_status status = ORM_OK;

    if (!instance->initialized && !knows_more_than_key(s))
        return ORM_OK;
    status = note_missing(s, instance);
    if (status == ORM_OK)
        instance->initialized = true;
    return status;
}

static orm_status link_references(const em_settling *s, orm_instance *instance)
{
    for (size_t i = 0; i < s->shape->reference_count; i++)
        if (s->overwrites[s->shape->references[i]->index] &&
            !orm_instance_relink(instance, s->shape->references[i], s->em->arena))
            return em_fail_memory(s->em);
    return ORM_OK;
}

static orm_status settle_new(const em_settling *s, orm_instance **out)
{
    const orm_meta_entity *meta = s->shape->meta;
    orm_em                *em = s->em;
    orm_instance          *instance = orm_instance_new(em->arena, em, s->shape);
    orm_undo_entry         unheard;
    orm_undo_entry        *undo = &unheard;
    orm_status             status;

    if (instance == NULL)
        return em_fail_memory(em);
    for (size_t i = 0; i < meta->property_count; i++)
        if (s->known[i])
            orm_property_copy(&meta->properties[i], instance->self, s->row);
    if (!orm_instance_take_snapshot(instance, em->arena))
        return em_fail_memory(em);
    status = em_register(em, instance);
    if (status == ORM_OK && em->level_count > 0 && !s->lasts)
        undo = orm_undo_record(em, instance, ORM_UNDO_UPSERT);
    if (status == ORM_OK &&
        (undo == NULL || !orm_identity_map_put(&em->identity, em->arena, instance, &undo->displaced)))
        status = em_fail_memory(em);
    if (status != ORM_OK)
        return status;
    undo->mapped = true;
    instance->state = ORM_INSTANCE_MANAGED;
    *out = instance;
    status = mark_known(s, instance);
    return status == ORM_OK ? link_references(s, instance) : status;
}

/* The row becomes the snapshot as far as it is known, and the struct where the user has not changed it. */
static orm_status settle_old(const em_settling *s, orm_instance *instance)
{
    const orm_meta_entity *meta = s->shape->meta;
    orm_em                *em = s->em;
    void                  *mine = orm_arena_memdup(em->work, instance->self, meta->size);

    if (mine == NULL || (em->level_count > 0 && !s->lasts && orm_undo_record(em, instance, ORM_UNDO_UPDATE) == NULL))
        return em_fail_memory(em);
    for (size_t i = 0; i < meta->property_count; i++)
        if (s->known[i] && (s->overwrites[i] || !em_is_changed(instance, &meta->properties[i])))
            orm_property_copy(&meta->properties[i], mine, s->row);
    for (size_t i = 0; i < meta->property_count; i++)
        if (meta->properties[i].column_count > 0)
            orm_property_copy(&meta->properties[i], instance->self, s->known[i] ? s->row : instance->snapshot);
    if (!orm_instance_take_snapshot(instance, em->arena)) {
        memcpy(instance->self, mine, meta->size);
        return em_fail_memory(em);
    }
    memcpy(instance->self, mine, meta->size);
    for (size_t i = 0; i < meta->property_count; i++)
        if (s->known[i] && s->overwrites[i])
            em_raw_forget(instance, &meta->properties[i]);
    if (mark_known(s, instance) != ORM_OK)
        return em->error.status;
    if (instance->state == ORM_INSTANCE_REMOVED) {
        instance->state = ORM_INSTANCE_MANAGED;
        em_note_change(instance);
    }
    return link_references(s, instance);
}

orm_status em_settle_row(em_settling *s, orm_instance **out)
{
    const void *slots[ORM_KEY_COLUMNS_MAX];

    orm_status  status;
    bool        made;

    orm_key_slots(s->shape->meta, s->row, slots);
    *out = em_lookup(s->em, s->shape->meta, slots);
    made = *out == NULL;
    status = made ? settle_new(s, out) : settle_old(s, *out);
    return status == ORM_OK ? em_note_loaded(s->em, *out, made) : status;
}
