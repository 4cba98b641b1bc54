#include "unit/change_set.h"

#include <string.h>

#include "unit/em_private.h"
#include "unit/embedded.h"
#include "unit/generate.h"
#include "unit/optimistic.h"

static orm_status check_required(orm_em *em, const orm_instance *instance, const orm_meta_property *p, bool inserts)
{
    bool present = orm_meta_is_present(p, instance->self);

    if (p == instance->shape->meta->key && inserts)
        present = orm_key_is_set(instance->shape->meta, instance->self);
    if (present || p->nullable || (inserts && p->has_default))
        return ORM_OK;
    orm_fail(&em->error, ORM_ERR_VALIDATION, 570, "Value for %s.%s is required", p->entity->name, p->name);
    orm_fail_where(&em->error, p->entity->name, p->name);
    return em->error.status;
}

/* Whether a text array holds a string that the user has put there since the snapshot. */
static bool has_foreign_items(const orm_text_array *now, const orm_text_array *then)
{
    if (now->count != then->count)
        return true;
    return now->count > 0 && memcmp(now->items, then->items, now->count * sizeof *now->items) != 0;
}

/*
 * Takes over a value behind a pointer. A pointer that is still ours needs nothing; a foreign one to an equal value
 * gives way to ours; any other value is copied.
 */
static orm_status take_over(orm_em *em, orm_instance *instance, const orm_meta_property *p, bool dirty)
{
    size_t size = orm_type_info_of(p->type)->size;
    void  *slot = orm_meta_slot(p, instance->self);
    void  *then = orm_meta_slot(p, instance->snapshot);
    void  *owned = instance->owned == NULL ? NULL : orm_meta_slot(p, instance->owned);
    bool   ours = memcmp(slot, owned != NULL ? owned : then, size) == 0;
    union {
        max_align_t align;
        char        bytes[64];
    } copy;

    if (p->type == ORM_TYPE_TEXT_ARRAY)
        ours = ours && !dirty && !has_foreign_items(slot, then);
    if (ours)
        return ORM_OK;
    if (!(dirty ? orm_type_copy_deep(p->type, em->arena, &copy, slot)
                : orm_type_copy_shallow(p->type, em->arena, &copy, then)))
        return em_fail_memory(em);
    memcpy(slot, &copy, size);
    if (owned != NULL)
        memcpy(owned, &copy, size);
    return ORM_OK;
}

static orm_status check_value(orm_em *em, const orm_instance *instance, const orm_meta_property *p)
{
    const void *slot = orm_meta_slot_const(p, instance->self);
    orm_cell    unused;

    if (p->type == ORM_TYPE_REFERENCE || !orm_meta_is_present(p, instance->self))
        return ORM_OK;
    if (orm_type_check(p->type, slot, &em->error) != ORM_OK)
        return orm_query_fail_property(p, &em->error);
    /* A conversion that fails does so before anything is sent. */
    return p->descriptor->custom == NULL ? ORM_OK : em_fill_cell(em, instance, &p->columns[0], &unused);
}

static orm_status prepare_column(orm_em *em, orm_instance *instance, const orm_meta_property *p, bool dirty)
{
    bool pointer = p->type != ORM_TYPE_REFERENCE && orm_type_info_of(p->type)->by_pointer;

    if (dirty) {
        orm_status status = check_value(em, instance, p);

        if (status != ORM_OK)
            return status;
    }
    return pointer && orm_meta_is_present(p, instance->self) ? take_over(em, instance, p, dirty) : ORM_OK;
}

/* The user has written to what only the database writes. */
static orm_status refuse_computed(orm_em *em, const orm_instance *instance, const orm_meta_property *p)
{
    return p->read_only && orm_instance_is_dirty(instance, p) ? em_fail_computed(em, p) : ORM_OK;
}

orm_status em_prepare_insert(orm_em *em, orm_instance *instance)
{
    const orm_meta_entity *meta = instance->shape->meta;

    /* A rollback brings its old row back, and with it the old key. */
    for (size_t i = 0; i < meta->key_count && instance->key.size != 0; i++)
        if (orm_instance_is_dirty(instance, meta->keys[i]))
            return em_fail_property(em, meta->keys[i], 573,
                                    "the row was deleted in this transaction: its key cannot change "
                                    "before that is over");
    if (meta->key != NULL && meta->key->client_uuid && !orm_key_is_set(meta, instance->self)) {
        if (!orm_uuid_random(orm_meta_slot(meta->key, instance->self)))
            return em_fail_property(em, meta->key, 571, "the system gives no random bytes to make a UUID of");
        orm_meta_set_present(meta->key, instance->self, true);
    }
    if (em_generate_for_insert(em, instance) != ORM_OK || em_compose_embedded(em, instance) != ORM_OK)
        return em->error.status;
    for (size_t i = 0; i < meta->property_count; i++) {
        const orm_meta_property *p = &meta->properties[i];
        orm_status               status = ORM_OK;

        if (p->column_count == 0)
            continue;
        if (p->read_only && refuse_computed(em, instance, p) != ORM_OK)
            return em->error.status;
        if (p->read_only || em_raw_of(instance, p) != NULL)
            continue;
        if (p->discriminates)
            status = em_check_discriminator(em, p, *(const char *const *)orm_meta_slot_const(p, instance->self));
        if (status == ORM_OK)
            status = check_required(em, instance, p, true);
        if (status == ORM_OK)
            status = check_value(em, instance, p);
        if (status == ORM_OK)
            status = prepare_column(em, instance, p, orm_instance_is_dirty(instance, p));
        if (status != ORM_OK)
            return status;
    }
    return ORM_OK;
}

static orm_status prepare_changed(orm_em *em, orm_instance *instance, const orm_meta_property *p, bool **changed)
{
    const orm_meta_entity *meta = instance->shape->meta;
    orm_status             status;

    if (p->read_only)
        return em_fail_computed(em, p);
    if (p->discriminates)
        return em_check_discriminator(em, p, *(const char *const *)orm_meta_slot_const(p, instance->self));
    if (p->primary)
        return em_fail_property(em, p, 572, "the key of a saved entity cannot be changed");
    status = em_raw_of(instance, p) != NULL ? ORM_OK : check_required(em, instance, p, false);
    if (status != ORM_OK)
        return status;
    if (*changed == NULL)
        *changed = orm_arena_calloc(em->work, meta->property_count, sizeof **changed);
    if (*changed == NULL)
        return em_fail_memory(em);
    (*changed)[p->index] = true;
    return ORM_OK;
}

/* What is to be made anew because something else has changed. */
static orm_status generate_for_update(orm_em *em, orm_instance *instance, bool **changed)
{
    const orm_shape *shape = instance->shape;

    for (size_t i = 0; i < shape->generated_count; i++) {
        const orm_meta_property *p = shape->generated[i];
        orm_value                value;
        orm_status               status;

        if (p->descriptor->on_update == NULL || (*changed)[p->index])
            continue;
        status = em_generate(em, p, p->descriptor->on_update, instance->self, &value);
        if (status != ORM_OK || value.kind == ORM_VALUE_NULL)
            return status;
        status = em_write_value(em, p, instance->self, &value);
        if (status == ORM_OK && orm_instance_is_dirty(instance, p))
            status = prepare_changed(em, instance, p, changed);
        if (status != ORM_OK)
            return status;
    }
    return ORM_OK;
}

orm_status em_prepare_update(orm_em *em, orm_instance *instance, orm_change_set **out)
{
    const orm_meta_entity *meta = instance->shape->meta;
    bool                  *changed = NULL;

    *out = NULL;
    if (em_compose_embedded(em, instance) != ORM_OK)
        return em->error.status;
    /* Most entities are as they were loaded: one look tells. Arrays have their own copy in the snapshot. */
    if (instance->owned == NULL && instance->raw_count == 0 && memcmp(instance->self, instance->snapshot, meta->size) == 0)
        return ORM_OK;
    for (size_t i = 0; i < meta->property_count; i++) {
        const orm_meta_property *p = &meta->properties[i];
        bool                     raw = em_raw_of(instance, p) != NULL;
        bool                     dirty = p->column_count > 0 && (raw || orm_instance_is_dirty(instance, p));
        orm_status               status = dirty ? prepare_changed(em, instance, p, &changed) : ORM_OK;

        if (p->column_count == 0)
            continue;
        if (status == ORM_OK && !raw)
            status = prepare_column(em, instance, p, dirty);
        if (status != ORM_OK)
            return status;
    }
    if (changed == NULL)
        return ORM_OK;
    if (generate_for_update(em, instance, &changed) != ORM_OK)
        return em->error.status;
    if (em_check_guarded_change(em, instance, changed) != ORM_OK)
        return em->error.status;
    *out = orm_arena_alloc(em->work, sizeof **out);
    if (*out == NULL)
        return em_fail_memory(em);
    **out = (orm_change_set){ .instance = instance, .changed = changed };
    return ORM_OK;
}

orm_status em_fill_cell(orm_em *em, const orm_instance *instance, const orm_meta_column *column, orm_cell *cell)
{
    const void *slot = orm_column_slot(column, instance->self);

    cell->raw = em_raw_of(instance, column->property);
    if (cell->raw != NULL)
        return ORM_OK;
    if (orm_query_to_column(column, slot, em->work, &cell->slot, &em->error) != ORM_OK)
        return orm_query_fail_property(column->property, &em->error);
    return ORM_OK;
}
