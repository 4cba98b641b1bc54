#include <string.h>

#include "unit/cascade.h"
#include "unit/collection_private.h"
#include "unit/embedded.h"

/* A number without a flag is there always: of it only zero counts as not set. */
static bool is_set(const orm_meta_property *property, const void *values)
{
    static const char zeros[64] = { 0 };

    return property->presence.offset_plus_one != 0 || orm_type_info_of(property->type)->by_pointer
               ? orm_meta_is_present(property, values)
               : memcmp(orm_meta_slot_const(property, values), zeros, orm_type_info_of(property->type)->size) != 0;
}

/* The instance has its type already. */
static orm_status check_type(orm_em *em, const orm_meta_property *property, const void *values)
{
    const char *given = NULL;

    memcpy(&given, orm_meta_slot_const(property, values), sizeof given);
    return given == NULL ? ORM_OK : em_check_discriminator(em, property, given);
}

/* Copies one property of the caller's struct into the new instance. */
static orm_status copy_member(orm_em *em, const orm_meta_property *property, void *self, const void *values)
{
    const void *from = orm_meta_slot_const(property, values);

    if (property->behind)
        return ORM_OK;
    if (property->discriminates)
        return check_type(em, property, values);
    if (!property->stored && !property->to_one)
        return ORM_OK;
    if (property->read_only)
        return is_set(property, values) ? em_fail_computed(em, property) : ORM_OK;
    if (property->hidden_slot)
        return em_embedded_adopt(em, property, self, values);
    if (property->type == ORM_TYPE_REFERENCE) {
        orm_reference_write(property, self, orm_reference_read(property, values));
        return em_check_reference(em, property, self);
    }
    if (!orm_type_info_of(property->type)->by_pointer) {
        orm_property_copy(property, self, values);
        return ORM_OK;
    }
    if (orm_type_slot_is_null(property->type, from))
        return ORM_OK;
    return orm_type_copy_deep(property->type, em->arena, orm_meta_slot(property, self), from) ? ORM_OK
                                                                                              : em_fail_memory(em);
}

/* Everything that takes memory comes before ties of one-to-ones, which take others' members away. */
static orm_status link_up(orm_em *em, orm_instance *instance)
{
    const orm_shape *shape = instance->shape;
    orm_status       status;

    for (size_t i = 0; i < shape->reference_count; i++)
        if (shape->references[i]->inverse != NULL && shape->references[i]->inverse->to_many &&
            !orm_instance_relink(instance, shape->references[i], em->arena))
            return em_fail_memory(em);
    status = em_register(em, instance);
    if (status == ORM_OK && !orm_instance_relink_all(instance, em->arena))
        status = em_fail_memory(em);
    return status;
}

/* Gives the new instance what it starts with: a key, a snapshot to compare pointers with, its places with others. */
static orm_status complete(orm_em *em, orm_instance *instance, bool transient)
{
    const orm_shape         *shape = instance->shape;
    const orm_meta_property *key = shape->meta->key;

    instance->state = transient ? ORM_INSTANCE_FORGOTTEN : ORM_INSTANCE_NEW;
    instance->transient = transient;
    instance->initialized = true;
    for (size_t i = 0; i < shape->collection_count; i++)
        orm_instance_collection(instance, shape->collections[i])->initialized = true;
    if (key != NULL && key->client_uuid && !orm_key_is_set(shape->meta, instance->self)) {
        if (!orm_uuid_random(orm_meta_slot(key, instance->self)))
            return em_fail_property(em, key, 520, "the system gives no random bytes to make a UUID of");
        orm_meta_set_present(key, instance->self, true);
    }
    if (!orm_instance_take_snapshot(instance, em->arena))
        return em_fail_memory(em);
    if (!transient)
        em_queue(em, shape->meta);
    return link_up(em, instance);
}

/* Nobody but collections can know an instance that was not completed. */
static void *finish(orm_em *em, orm_instance *instance, orm_status status)
{
    if (status == ORM_OK)
        status = em_tell(em, ORM_EVENT_INIT, instance);
    if (status != ORM_OK && instance != NULL) {
        orm_instance_unlink_all(instance);
        instance->state = ORM_INSTANCE_FORGOTTEN;
        instance->transient = false;
    }
    em_leave(em, status);
    return status == ORM_OK ? instance->self : NULL;
}

orm_status em_refuse_abstract(orm_em *em, const orm_meta_entity *meta)
{
    if (!meta->is_abstract)
        return ORM_OK;
    orm_fail(&em->error, ORM_ERR_VALIDATION, 747, "%s is abstract: create an entity that extends it", meta->name);
    orm_fail_where(&em->error, meta->name, NULL);
    return em->error.status;
}

static orm_instance *start(orm_em *em, const orm_entity *entity)
{
    const orm_shape *shape = em_shape(em, entity);
    orm_instance    *instance = shape == NULL ? NULL : orm_instance_new(em->arena, em, shape);

    if (shape != NULL && instance == NULL)
        em_fail_memory(em);
    return instance != NULL && em_refuse_abstract(em, shape->meta) == ORM_OK ? instance : NULL;
}

static void *create_copy(orm_em *em, const orm_entity *entity, const void *values, bool transient)
{
    orm_instance *instance;
    orm_status    status = ORM_OK;

    if (!em_enter(em))
        return NULL;
    instance = start(em, entity);
    if (instance == NULL)
        return NULL;
    for (size_t i = 0; values != NULL && status == ORM_OK && i < instance->shape->meta->property_count; i++)
        status = copy_member(em, &instance->shape->meta->properties[i], instance->self, values);
    if (status == ORM_OK)
        status = complete(em, instance, transient);
    return finish(em, instance, status);
}

void *orm_create_copy(orm_em *em, const orm_entity *entity, const void *values)
{
    return create_copy(em, entity, values, false);
}

void *orm_create_transient_copy(orm_em *em, const orm_entity *entity, const void *values)
{
    return create_copy(em, entity, values, true);
}

void *orm_create_with(orm_em *em, const orm_entity *entity, const orm_assignment *values, size_t count)
{
    orm_instance *instance;
    orm_status    status = ORM_OK;

    if (!em_enter(em))
        return NULL;
    instance = start(em, entity);
    if (instance == NULL)
        return NULL;
    if (values == NULL && count > 0)
        status = orm_fail(&em->error, ORM_ERR_ARGUMENT, 521, "orm_create_with() got %zu values, and no list", count);
    if (status == ORM_OK)
        status = em_write_values(em, instance, values, count);
    if (status == ORM_OK)
        status = complete(em, instance, false);
    if (status == ORM_OK)
        status = em_write_collections_of(em, instance, values, count);
    return finish(em, instance, status);
}

void *orm_reference_by_key(orm_em *em, const orm_entity *entity, orm_value key)
{
    const orm_shape *shape;
    orm_instance    *instance = NULL;
    const void      *slots[ORM_KEY_COLUMNS_MAX];
    orm_query_scope  scope;

    if (!em_enter(em))
        return NULL;
    shape = em_shape(em, entity);
    if (shape == NULL)
        return NULL;
    scope = em_scope(em);
    if (key.kind == ORM_VALUE_NULL)
        em_fail_property(em, shape->meta->keys[0], 522, "a reference needs a key, and it is NULL");
    else if (orm_query_key(shape->meta, &key, &scope, slots, &em->error) == ORM_OK)
        instance = em_reference(em, shape->meta, slots);
    em_leave(em, em->error.status);
    return instance == NULL ? NULL : instance->self;
}

orm_status orm_persist(orm_em *em, void *entity)
{
    orm_instance *instance;

    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    instance = em_require(em, entity);
    if (instance == NULL)
        return em->error.status;
    for (size_t i = 0; i < instance->shape->reference_count; i++)
        if (em_check_reference(em, instance->shape->references[i], instance->self) != ORM_OK)
            return em->error.status;
    for (size_t i = 0; i < instance->shape->inverse_count; i++)
        if (em_check_reference(em, instance->shape->inverses[i], instance->self) != ORM_OK)
            return em->error.status;
    if (!(instance->state == ORM_INSTANCE_NEW || instance->state == ORM_INSTANCE_MANAGED
              ? orm_instance_relink_changed(instance, em->arena)
              : orm_instance_relink_all(instance, em->arena)))
        return em_fail_memory(em);
    em_revive(instance);
    return em_leave(em, ORM_OK);
}

orm_status orm_remove(orm_em *em, void *entity)
{
    orm_instance *instance;

    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    instance = em_require(em, entity);
    return em_leave(em, instance == NULL ? em->error.status : em_remove(em, instance));
}
