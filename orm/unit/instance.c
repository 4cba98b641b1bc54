#include "unit/instance.h"

#include <string.h>

#include "base/text.h"
#include "types/codec.h"
#include "unit/embedded.h"

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

/* Whatever the type of a row turns out to be, its instance has the room. */
static void lay_out(orm_shape *shape)
{
    const orm_meta_entity *table = shape->table;
    size_t                 record = round_up(shape->meta->root->room);
    size_t                 at = header_size() + record;
    size_t                 links = 0;
    size_t                 collections = 0;
    bool                   has_arrays = false;

    for (size_t i = 0; i < table->property_count; i++) {
        has_arrays = has_arrays || is_array(table->properties[i].type);
        links += table->properties[i].to_one && table->properties[i].inverse != NULL;
        collections += table->properties[i].to_many;
    }
    shape->snapshot_at = at;
    at += record;
    if (has_arrays) {
        shape->owned_at = at;
        at += record;
    }
    shape->links_at = at;
    at += round_up(links * sizeof(orm_link));
    shape->collections_at = at;
    shape->total = at + collections * sizeof(orm_collection);
}

orm_shape *orm_shape_new(orm_arena *arena, const orm_meta_entity *meta)
{
    size_t     count = meta->property_count;
    orm_shape *shape = orm_arena_zalloc(arena, sizeof *shape);

    if (shape == NULL)
        return NULL;
    shape->meta = meta;
    shape->table = orm_meta_table(meta);
    shape->references = orm_arena_calloc(arena, count, sizeof *shape->references);
    shape->inverses = orm_arena_calloc(arena, count, sizeof *shape->inverses);
    shape->collections = orm_arena_calloc(arena, count, sizeof *shape->collections);
    shape->made = orm_arena_calloc(arena, count, sizeof *shape->made);
    shape->remade = orm_arena_calloc(arena, count, sizeof *shape->remade);
    shape->wrapped = orm_arena_calloc(arena, count, sizeof *shape->wrapped);
    shape->link_of = orm_arena_calloc(arena, count, sizeof *shape->link_of);
    shape->embedded = orm_arena_calloc(arena, count, sizeof *shape->embedded);
    shape->generated = orm_arena_calloc(arena, count, sizeof *shape->generated);
    if (shape->references == NULL || shape->inverses == NULL || shape->collections == NULL || shape->made == NULL ||
        shape->remade == NULL || shape->wrapped == NULL || shape->link_of == NULL || shape->embedded == NULL || shape->generated == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const orm_meta_property *property = &meta->properties[i];

        shape->link_of[i] = SIZE_MAX;
        if (property->to_many) {
            shape->collections[shape->collection_count++] = property;
        } else if (property->to_one && property->owner) {
            shape->references[shape->reference_count++] = property;
        } else if (property->to_one) {
            shape->inverses[shape->inverse_count++] = property;
        }
        if (property->hidden_slot)
            shape->embedded[shape->embedded_count++] = property;
        if (property->to_one && property->inverse != NULL)
            shape->link_of[i] = shape->link_count++;
        if (property->column_count > 0 &&
            (property->descriptor->on_create != NULL || property->descriptor->on_update != NULL))
            shape->generated[shape->generated_count++] = property;
        if (property->column_count > 0 && property->has_default)
            shape->made[shape->made_count++] = property;
        if (property->column_count == 1 && orm_meta_to_sql(&property->columns[0]) != NULL)
            shape->wrapped[shape->wrapped_count++] = property;
        if (property == meta->version || property->descriptor->generated != NULL)
            shape->remade[shape->remade_count++] = property;
    }
    for (size_t i = 0; i < shape->table->property_count; i++)
        shape->remakes = shape->remakes || &shape->table->properties[i] == shape->table->version ||
                         shape->table->properties[i].descriptor->generated != NULL;
    lay_out(shape);
    return shape;
}

/* What an instance of its type has from the start, besides the first so many collections: they are those of its base. */
static void begin(orm_instance *instance, size_t had)
{
    const orm_shape         *shape = instance->shape;
    const orm_meta_property *discriminator = shape->meta->discriminator;

    for (size_t i = had; i < shape->collection_count; i++) {
        orm_collection *collection = orm_instance_collection(instance, shape->collections[i]);

        *collection = (orm_collection){ .owner = instance, .property = shape->collections[i] };
        memcpy(orm_meta_slot(shape->collections[i], instance->self), &collection, sizeof collection);
        memcpy(orm_meta_slot(shape->collections[i], instance->snapshot), &collection, sizeof collection);
    }
    if (discriminator == NULL)
        return;
    memcpy(orm_meta_slot(discriminator, instance->self), &shape->meta->discriminator_value, sizeof(const char *));
    memcpy(orm_meta_slot(discriminator, instance->snapshot), &shape->meta->discriminator_value, sizeof(const char *));
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
    begin(instance, 0);
    return instance;
}

void orm_instance_become(orm_instance *instance, const orm_shape *shape)
{
    size_t had = instance->shape->collection_count;

    instance->shape = shape;
    begin(instance, had);
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

const void *orm_column_slot(const orm_meta_column *column, const void *self)
{
    while (column->property->to_one) {
        void               *target = orm_reference_read(column->property, self);
        const orm_instance *instance = target == NULL ? NULL : orm_instance_of(target);

        if (instance == NULL)
            return NULL;
        self = instance->key.size != 0 ? instance->snapshot : target;
        column = column->refers_to;
    }
    /* A row's key may be the zero that means "not made yet" before there is a row. */
    return column->property->zero_is_unset || orm_meta_is_present(column->property, self)
               ? orm_meta_slot_const(column->property, self)
               : NULL;
}

void orm_property_copy(const orm_meta_property *property, void *to, const void *from)
{
    bool present = orm_meta_is_present(property, from);

    memcpy(orm_meta_slot(property, to), orm_meta_slot_const(property, from), orm_type_info_of(property->type)->size);
    orm_meta_set_present(property, to, present);
    if (property->hidden_slot)
        orm_embedded_copy(property, to, from);
}

bool orm_instance_take_snapshot(orm_instance *instance, orm_arena *arena)
{
    const orm_meta_entity *meta = instance->shape->meta;

    if (instance->owned != NULL) {
        /* The copies first: when memory is out, the old snapshot must still be whole. */
        for (int pass = 0; pass < 2; pass++) {
            for (size_t i = 0; i < meta->property_count; i++) {
                const orm_meta_property *p = &meta->properties[i];
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

bool orm_instance_snap_property(orm_instance *instance, const orm_meta_property *property, orm_arena *arena)
{
    const void *now = orm_meta_slot_const(property, instance->self);

    if (is_array(property->type) && !orm_type_slot_is_null(property->type, now))
        return orm_type_copy_shallow(property->type, arena, orm_meta_slot(property, instance->snapshot), now);
    orm_property_copy(property, instance->snapshot, instance->self);
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

/* Of values of such a type the packed form has one size, so it needs not be told in a key of several parts. */
static bool has_fixed_size(orm_type type)
{
    return !orm_type_info_of(type)->by_pointer;
}

/* The parts of a key one by one, with the size before each that could have another. */
typedef struct part {
    orm_packed_key value;
    uint32_t       prefix;
    size_t         prefix_size;
} part;

static part part_of(const orm_meta_column *column, const void *slot)
{
    part p = { .prefix = 0 };

    orm_key_pack(column->slot_type, slot, &p.value);
    if (!has_fixed_size(column->slot_type)) {
        p.prefix = (uint32_t)p.value.size;
        p.prefix_size = sizeof p.prefix;
    }
    return p;
}

bool orm_key_pack_all(const orm_meta_column *const *columns, size_t count, const void *const *slots, orm_arena *arena,
                      orm_packed_key *out)
{
    size_t size = 0;
    char  *to;

    if (count == 1) {
        orm_key_pack(columns[0]->slot_type, slots[0], out);
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        part p = part_of(columns[i], slots[i]);

        size += p.prefix_size + p.value.size;
    }
    to = orm_arena_alloc(arena, size + 1);
    if (to == NULL)
        return false;
    *out = (orm_packed_key){ .data = to, .size = size };
    for (size_t i = 0; i < count; i++) {
        part p = part_of(columns[i], slots[i]);

        memcpy(to, &p.prefix, p.prefix_size);
        memcpy(to + p.prefix_size, orm_key_data(&p.value), p.value.size);
        to += p.prefix_size + p.value.size;
    }
    return true;
}

bool orm_key_matches(const orm_meta_entity *meta, const orm_packed_key *key, const void *const *slots)
{
    const char *at = orm_key_data(key);
    size_t      left = key->size;

    if (meta->key_column_count == 1) {
        orm_packed_key other;

        orm_key_pack(meta->columns[0]->type, slots[0], &other);
        return left == other.size && memcmp(at, orm_key_data(&other), left) == 0;
    }
    for (size_t i = 0; i < meta->key_column_count; i++) {
        part   p = part_of(meta->columns[i], slots[i]);
        size_t size = p.prefix_size + p.value.size;

        if (left < size || memcmp(at, &p.prefix, p.prefix_size) != 0 ||
            memcmp(at + p.prefix_size, orm_key_data(&p.value), p.value.size) != 0)
            return false;
        at += size;
        left -= size;
    }
    return left == 0;
}

uint64_t orm_key_hash(const orm_meta_entity *meta, const void *const *slots)
{
    uint64_t hash = (uint64_t)meta->root->index;

    for (size_t i = 0; i < meta->key_column_count; i++) {
        orm_packed_key packed;

        orm_key_pack(meta->columns[i]->type, slots[i], &packed);
        hash = orm_hash_bytes(orm_key_data(&packed), packed.size, hash);
    }
    return hash;
}

bool orm_key_value_is_unset(const orm_meta_property *key, const void *slot)
{
    static const unsigned char zero[sizeof(orm_uuid)] = { 0 };
    orm_packed_key             packed;

    if (orm_type_info_of(key->type)->by_pointer || (!key->autoincrement && !key->client_uuid && !key->has_default))
        return false;
    orm_key_pack(key->type, slot, &packed);
    return packed.size <= sizeof zero && memcmp(orm_key_data(&packed), zero, packed.size) == 0;
}

static bool value_is_set(const orm_meta_property *key, const void *self)
{
    const void *slot = orm_meta_slot_const(key, self);

    if (!orm_meta_is_present(key, self))
        return false;
    if (orm_type_info_of(key->type)->by_pointer)
        return !orm_type_slot_is_null(key->type, slot);
    return !orm_key_value_is_unset(key, slot);
}

/* Recursive: discovery has seen to it that keys are not made of references in a circle. */
bool orm_key_is_set(const orm_meta_entity *meta, const void *self)
{
    for (size_t i = 0; i < meta->key_count; i++) {
        const orm_meta_property *key = meta->keys[i];
        const void              *target = key->to_one ? orm_reference_read(key, self) : NULL;

        if (key->to_one ? target == NULL || !orm_key_is_set(key->target, target) : !value_is_set(key, self))
            return false;
    }
    return true;
}

void orm_key_slots(const orm_meta_entity *meta, const void *self, const void *slots[ORM_KEY_COLUMNS_MAX])
{
    for (size_t i = 0; i < meta->key_column_count; i++)
        slots[i] = orm_column_slot(meta->columns[i], self);
}
