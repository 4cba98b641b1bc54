#include "unit/instance.h"

#include <string.h>

#include "base/text.h"
#include "types/codec.h"

#define ALIGNMENT ((size_t)16)

static size_t round_up(size_t size)
{
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static size_t header_size(void)
{
    return round_up(sizeof(orm_instance));
}

static bool is_array(orm_type type)
{
    return type == ORM_TYPE_TEXT_ARRAY || type == ORM_TYPE_INTEGER_ARRAY;
}

/* ---- Layout ---- */

static void lay_out(orm_shape *shape, bool has_arrays)
{
    size_t record = round_up(shape->meta->size);
    size_t at = header_size() + record;

    shape->snapshot_at = at;
    at += record;
    if (has_arrays) {
        shape->owned_at = at;
        at += record;
    }
    shape->links_at = at;
    at += round_up(shape->link_count * sizeof(orm_link));
    shape->collections_at = at;
    shape->total = at + shape->collection_count * sizeof(orm_collection);
}

orm_shape *orm_shape_new(orm_arena *arena, const orm_meta_entity *meta)
{
    size_t     count = meta->property_count;
    orm_shape *shape = orm_arena_zalloc(arena, sizeof *shape);
    bool       has_arrays = false;

    if (shape == NULL)
        return NULL;
    shape->meta = meta;
    shape->references = orm_arena_calloc(arena, count, sizeof *shape->references);
    shape->collections = orm_arena_calloc(arena, count, sizeof *shape->collections);
    shape->made = orm_arena_calloc(arena, count, sizeof *shape->made);
    shape->link_of = orm_arena_calloc(arena, count, sizeof *shape->link_of);
    if (shape->references == NULL || shape->collections == NULL || shape->made == NULL || shape->link_of == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const orm_meta_property *property = &meta->properties[i];

        shape->link_of[i] = SIZE_MAX;
        has_arrays = has_arrays || is_array(property->type);
        if (property->relation == ORM_RELATION_ONE_TO_MANY) {
            shape->collections[shape->collection_count++] = property;
        } else if (property->relation == ORM_RELATION_MANY_TO_ONE) {
            shape->references[shape->reference_count++] = property;
            if (property->inverse != NULL)
                shape->link_of[i] = shape->link_count++;
        }
        if (property->column != NULL && property->has_default)
            shape->made[shape->made_count++] = property;
    }
    lay_out(shape, has_arrays);
    return shape;
}

orm_instance *orm_instance_new(orm_arena *arena, struct orm_em *em, const orm_shape *shape)
{
    char         *block = orm_arena_zalloc(arena, shape->total);
    orm_instance *instance = (void *)block;

    if (block == NULL)
        return NULL;
    instance->self = block + header_size();
    instance->shape = shape;
    instance->em = em;
    instance->snapshot = block + shape->snapshot_at;
    instance->owned = shape->owned_at == 0 ? NULL : block + shape->owned_at;
    instance->links = (void *)(block + shape->links_at);
    for (size_t i = 0; i < shape->collection_count; i++) {
        orm_collection *collection = orm_instance_collection(instance, shape->collections[i]);

        *collection = (orm_collection){ .owner = instance, .property = shape->collections[i] };
        memcpy(orm_meta_slot(shape->collections[i], instance->self), &collection, sizeof collection);
        memcpy(orm_meta_slot(shape->collections[i], instance->snapshot), &collection, sizeof collection);
    }
    return instance;
}

orm_instance *orm_instance_of(void *self)
{
    return (void *)((char *)self - header_size());
}

/* ---- Values ---- */

void *orm_reference_read(const orm_meta_property *property, const void *self)
{
    void *target;

    memcpy(&target, orm_meta_slot_const(property, self), sizeof target);
    return target;
}

void orm_reference_write(const orm_meta_property *property, void *self, void *target)
{
    memcpy(orm_meta_slot(property, self), &target, sizeof target);
}

void orm_property_copy(const orm_meta_property *property, void *to, const void *from)
{
    bool present = orm_meta_is_present(property, from);

    memcpy(orm_meta_slot(property, to), orm_meta_slot_const(property, from), orm_type_info_of(property->type)->size);
    orm_meta_set_present(property, to, present);
}

bool orm_instance_take_snapshot(orm_instance *instance, orm_arena *arena)
{
    const orm_meta_entity *meta = instance->shape->meta;

    if (instance->owned != NULL) {
        /* The copies first: when memory is out, the old snapshot must still be whole. */
        for (int pass = 0; pass < 2; pass++) {
            for (size_t i = 0; i < meta->column_count; i++) {
                const orm_meta_property *p = meta->columns[i];
                void                    *to = orm_meta_slot(p, pass == 0 ? instance->owned : instance->snapshot);

                if (!is_array(p->type) || orm_type_slot_is_null(p->type, orm_meta_slot_const(p, instance->self)))
                    continue;
                if (pass == 1)
                    memcpy(to, orm_meta_slot_const(p, instance->owned), orm_type_info_of(p->type)->size);
                else if (!orm_type_copy_shallow(p->type, arena, to, orm_meta_slot_const(p, instance->self)))
                    return false;
            }
            if (pass == 0)
                memcpy(instance->snapshot, instance->self, meta->size);
        }
        memcpy(instance->owned, instance->self, meta->size);
        return true;
    }
    memcpy(instance->snapshot, instance->self, meta->size);
    return true;
}

bool orm_instance_is_dirty(const orm_instance *instance, const orm_meta_property *property)
{
    bool        present = orm_meta_is_present(property, instance->self);
    const void *now = orm_meta_slot_const(property, instance->self);
    const void *then = orm_meta_slot_const(property, instance->snapshot);

    if (present != orm_meta_is_present(property, instance->snapshot))
        return true;
    if (!present)
        return false;
    if (property->type == ORM_TYPE_REFERENCE)
        return memcmp(now, then, sizeof(void *)) != 0;
    /* The same pointer to const data is the same value; only arrays may be edited in place. */
    if (orm_type_info_of(property->type)->by_pointer && !is_array(property->type) &&
        memcmp(now, then, orm_type_info_of(property->type)->size) == 0)
        return false;
    return !orm_type_equal(property->type, now, then);
}

/* ---- Keys ---- */

static void pack_number(int64_t number, orm_packed_key *out)
{
    out->number = (uint64_t)number;
    out->size = sizeof out->number;
    out->data = NULL;
}

static void pack_text(orm_type type, const char *text, orm_packed_key *out)
{
    int64_t number;

    if (type == ORM_TYPE_BIGINT_TEXT && text != NULL && orm_parse_int64(text, &number)) {
        pack_number(number, out);
        return;
    }
    out->data = text != NULL ? text : "";
    out->size = text != NULL ? strlen(text) : 0;
}

void orm_key_pack(orm_type type, const void *slot, orm_packed_key *out)
{
    out->number = 0;
    switch (type) {
    case ORM_TYPE_SMALLINT:
        pack_number(*(const int16_t *)slot, out);
        return;
    case ORM_TYPE_INTEGER:
        pack_number(*(const int32_t *)slot, out);
        return;
    case ORM_TYPE_BIGINT:
        pack_number(*(const int64_t *)slot, out);
        return;
    case ORM_TYPE_BIGINT_TEXT:
    case ORM_TYPE_DECIMAL:
    case ORM_TYPE_STRING:
    case ORM_TYPE_TEXT:
    case ORM_TYPE_ENUM:
    case ORM_TYPE_JSON:
        pack_text(type, *(const char *const *)slot, out);
        return;
    case ORM_TYPE_BYTES:
        out->data = ((const orm_bytes *)slot)->data;
        out->size = ((const orm_bytes *)slot)->size;
        return;
    default:
        out->data = slot;
        out->size = orm_type_info_of(type)->size;
        return;
    }
}

/* Numbers are packed in place, so that a packed key can be copied as a struct. */
const void *orm_key_data(const orm_packed_key *key)
{
    return key->data != NULL ? key->data : &key->number;
}

bool orm_key_equal(const orm_packed_key *a, const orm_packed_key *b)
{
    return a->size == b->size && memcmp(orm_key_data(a), orm_key_data(b), a->size) == 0;
}

uint64_t orm_key_hash(const orm_meta_entity *meta, const orm_packed_key *key)
{
    return orm_hash_bytes(orm_key_data(key), key->size, (uint64_t)meta->index);
}

bool orm_key_is_set(const orm_meta_entity *meta, const void *self)
{
    static const unsigned char zero[sizeof(orm_uuid)] = { 0 };
    const orm_meta_property   *key = meta->key;
    const void                *slot = orm_meta_slot_const(key, self);
    orm_packed_key             packed;

    if (!orm_meta_is_present(key, self))
        return false;
    if (orm_type_info_of(key->column_type)->by_pointer)
        return !orm_type_slot_is_null(key->column_type, slot);
    if (!key->autoincrement && !key->client_uuid && !key->has_default)
        return true;
    orm_key_pack(key->column_type, slot, &packed);
    return packed.size > sizeof zero || memcmp(orm_key_data(&packed), zero, packed.size) != 0;
}
