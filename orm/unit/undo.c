#include "unit/undo.h"

#include <string.h>

#include "unit/em_private.h"

orm_undo_entry *orm_undo_record(orm_em *em, orm_instance *instance, orm_undo_kind kind)
{
    size_t         size = instance->shape->meta->size;
    orm_undo_entry entry = { .kind = kind, .instance = instance, .initialized = instance->initialized };

    if (!orm_arena_grow(em->undo_arena, &em->undo.entries, em->undo.count, &em->undo.capacity,
                        sizeof *em->undo.entries))
        return NULL;
    if (kind != ORM_UNDO_DELETE) {
        entry.snapshot = orm_arena_memdup(em->undo_arena, instance->snapshot, size);
        if (entry.snapshot == NULL)
            return NULL;
    }
    if (kind == ORM_UNDO_INSERT || (kind == ORM_UNDO_UPDATE && (instance->shape->wrapped_count > 0 || instance->raw_count > 0))) {
        entry.values = orm_arena_memdup(em->undo_arena, instance->self, size);
        if (entry.values == NULL)
            return NULL;
    }
    if (kind != ORM_UNDO_DELETE && instance->raw_count > 0) {
        entry.raws = orm_arena_memdup(em->undo_arena, instance->raws,
                                      instance->shape->table->property_count * sizeof *entry.raws);
        if (entry.raws == NULL)
            return NULL;
    }
    em->undo.entries[em->undo.count] = entry;
    return &em->undo.entries[em->undo.count++];
}

static bool add(orm_em *em, orm_undo_entry entry)
{
    if (!orm_arena_grow(em->undo_arena, &em->undo.entries, em->undo.count, &em->undo.capacity,
                        sizeof *em->undo.entries))
        return false;
    em->undo.entries[em->undo.count++] = entry;
    return true;
}

bool orm_undo_record_state(orm_em *em, orm_instance *instance, const orm_meta_property *property)
{
    return add(em, (orm_undo_entry){ .kind = ORM_UNDO_STATE,
                                     .instance = instance,
                                     .state = instance->state,
                                     .orphan = instance->orphan,
                                     .transient = instance->transient,
                                     .property = property,
                                     .target = property == NULL ? NULL : orm_reference_read(property, instance->self) });
}

bool orm_undo_record_pair(orm_em *em, orm_pair *pair)
{
    return add(em, (orm_undo_entry){ .kind = ORM_UNDO_PAIR, .pair = pair, .row = pair->row });
}

bool orm_undo_record_collection(orm_em *em, orm_collection *collection, orm_undo_kind kind)
{
    return add(em, (orm_undo_entry){ .kind = kind,
                                     .collection = collection,
                                     .order = collection->order,
                                     .order_count = collection->order_count });
}

/* What the database or the flush made is taken back, unless the user has set another value since. */
static void reset_made(const orm_undo_entry *entry)
{
    const orm_instance *instance = entry->instance;
    const orm_shape    *shape = instance->shape;

    const orm_meta_property *key = shape->meta->key;

    if (key != NULL && !orm_instance_is_dirty(instance, key))
        orm_property_copy(key, instance->self, entry->values);
    for (size_t i = 0; i < shape->made_count; i++)
        if (!orm_instance_is_dirty(instance, shape->made[i]))
            orm_property_copy(shape->made[i], instance->self, entry->values);
}

static void undo_insert(orm_em *em, const orm_undo_entry *entry)
{
    orm_instance *instance = entry->instance;

    if (entry->mapped) {
        reset_made(entry);
        orm_identity_map_unput(&em->identity, instance, entry->displaced);
        if (entry->displaced != instance)
            instance->key = (orm_packed_key){ .size = 0 };
    } else {
        /* It failed before the snapshot was taken: the values are the only ones of this flush. */
        if (instance->shape->meta->key != NULL)
            orm_property_copy(instance->shape->meta->key, instance->self, entry->values);
        for (size_t i = 0; i < instance->shape->made_count; i++)
            orm_property_copy(instance->shape->made[i], instance->self, entry->values);
    }
    /* Removed since: then there is neither a row nor the wish for one. */
    instance->state = instance->state == ORM_INSTANCE_REMOVED ? ORM_INSTANCE_FORGOTTEN : ORM_INSTANCE_NEW;
    em_note_change(instance);
}

static void undo_state(const orm_undo_entry *entry)
{
    orm_instance *instance = entry->instance;

    if (entry->property != NULL && orm_reference_read(entry->property, instance->self) == NULL)
        orm_reference_write(entry->property, instance->self, entry->target);
    instance->state = entry->state;
    instance->orphan = entry->orphan;
    instance->transient = entry->transient;
    em_note_change(instance);
}

/* SQL that was written is to be written again, unless the user has set something else since. */
static void undo_raws(const orm_undo_entry *entry)
{
    orm_instance *instance = entry->instance;

    for (size_t i = 0; entry->raws != NULL && i < instance->shape->meta->property_count; i++) {
        const orm_meta_property *p = &instance->shape->meta->properties[i];

        if (entry->raws[i] == NULL || instance->raws[i] != NULL || orm_instance_is_dirty(instance, p))
            continue;
        instance->raws[i] = entry->raws[i];
        instance->raw_count++;
        orm_property_copy(p, instance->self, entry->values);
    }
}

/* What the UPDATE made of its version, of what is generated and of what it was told to write is none. */
static void undo_remade(const orm_undo_entry *entry)
{
    const orm_shape *shape = entry->instance->shape;

    for (size_t i = 0; i < shape->remade_count; i++)
        orm_property_copy(shape->remade[i], entry->instance->self, entry->snapshot);
    for (size_t i = 0; i < shape->wrapped_count; i++)
        if (!orm_instance_is_dirty(entry->instance, shape->wrapped[i]))
            orm_property_copy(shape->wrapped[i], entry->instance->self, entry->values);
}

/* Nobody knows whether its row is there: whoever needs to know asks the server. */
static void undo_upsert(orm_em *em, const orm_undo_entry *entry)
{
    if (entry->mapped)
        orm_identity_map_unput(&em->identity, entry->instance, entry->displaced);
    orm_instance_unlink_all(entry->instance);
    entry->instance->key = (orm_packed_key){ .size = 0 };
    entry->instance->state = ORM_INSTANCE_FORGOTTEN;
    em_note_change(entry->instance);
}

static void undo_one(orm_em *em, const orm_undo_entry *entry)
{
    orm_instance *instance = entry->instance;

    switch (entry->kind) {
    case ORM_UNDO_INSERT:
        undo_raws(entry);
        undo_insert(em, entry);
        break;
    case ORM_UNDO_UPDATE:
        undo_raws(entry);
        undo_remade(entry);
        break;
    case ORM_UNDO_UPSERT:
        undo_upsert(em, entry);
        return;
    case ORM_UNDO_DELETE:
        /* Its row is back, or was never gone. Persisted again since: so is it; else it is still to go. */
        instance->state = instance->state == ORM_INSTANCE_NEW || instance->state == ORM_INSTANCE_MANAGED
                              ? ORM_INSTANCE_MANAGED
                              : ORM_INSTANCE_REMOVED;
        em_note_change(instance);
        return;
    case ORM_UNDO_STATE:
        undo_state(entry);
        return;
    case ORM_UNDO_PAIR:
        entry->pair->row = entry->row;
        return;
    case ORM_UNDO_REPLACED:
        entry->collection->replaced = true;
        return;
    case ORM_UNDO_ORDER:
        entry->collection->order = entry->order;
        entry->collection->order_count = entry->order_count;
        return;
    }
    memcpy(instance->snapshot, entry->snapshot, instance->shape->meta->size);
    instance->initialized = entry->initialized;
}

void orm_undo_to(orm_em *em, size_t mark)
{
    while (em->undo.count > mark)
        undo_one(em, &em->undo.entries[--em->undo.count]);
}

void orm_undo_forget(orm_em *em)
{
    for (size_t i = 0; i < em->undo.count; i++) {
        orm_instance *instance = em->undo.entries[i].instance;

        /* Persisted and flushed again since, it has a row. */
        if (em->undo.entries[i].kind != ORM_UNDO_DELETE || instance->state == ORM_INSTANCE_MANAGED ||
            instance->state == ORM_INSTANCE_REMOVED)
            continue;
        orm_identity_map_remove(&em->identity, instance);
        instance->key = (orm_packed_key){ .size = 0 };
    }
    em->undo = (orm_undo_log){ .count = 0 };
    orm_arena_reset(em->undo_arena);
    em_pairs_forget(em);
}
