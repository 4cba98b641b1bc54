#include "unit/em_private.h"
#include "unit/embedded.h"

/* Copies one property of the caller's struct into the new instance. */
static orm_status copy_member(orm_em *em, const orm_meta_property *property, void *self, const void *values)
{
    const void *from = orm_meta_slot_const(property, values);

    if (!property->stored)
        return ORM_OK;
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

/* Gives the new instance what it starts with: a key, its places in collections, a snapshot to compare pointers with. */
static orm_status complete(orm_em *em, orm_instance *instance)
{
    const orm_shape         *shape = instance->shape;
    const orm_meta_property *key = shape->meta->key;

    instance->state = ORM_INSTANCE_NEW;
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
    for (size_t i = 0; i < shape->reference_count; i++)
        if (!orm_instance_relink(instance, shape->references[i], em->arena))
            return em_fail_memory(em);
    em_queue(em, shape->meta);
    return em_register(em, instance);
}

/* Nobody but collections can know an instance that was not completed. */
static void *finish(orm_em *em, orm_instance *instance, orm_status status)
{
    if (status == ORM_OK)
        status = complete(em, instance);
    if (status == ORM_OK)
        status = em_tell(em, ORM_EVENT_INIT, instance);
    if (status != ORM_OK && instance != NULL) {
        instance->state = ORM_INSTANCE_FORGOTTEN;
        orm_instance_unlink_all(instance);
    }
    em_leave(em, status);
    return status == ORM_OK ? instance->self : NULL;
}

static orm_instance *start(orm_em *em, const orm_entity *entity)
{
    const orm_shape *shape = em_shape(em, entity);
    orm_instance    *instance = shape == NULL ? NULL : orm_instance_new(em->arena, em, shape);

    if (shape != NULL && instance == NULL)
        em_fail_memory(em);
    return instance;
}

void *orm_create_copy(orm_em *em, const orm_entity *entity, const void *values)
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
    return finish(em, instance, status);
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
    for (size_t i = 0; status == ORM_OK && i < count; i++) {
        const orm_meta_property *property =
            values[i].property == NULL ? NULL : orm_meta_property_named(instance->shape->meta, values[i].property);

        if (property == NULL)
            status = em_unknown_property(em, instance->shape->meta, values[i].property);
        else
            status = em_write_value(em, property, instance->self, &values[i].value);
    }
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
    if (instance->state == ORM_INSTANCE_FORGOTTEN || instance->state == ORM_INSTANCE_DELETED)
        instance->state = ORM_INSTANCE_NEW;
    else if (instance->state == ORM_INSTANCE_REMOVED)
        instance->state = ORM_INSTANCE_MANAGED;
    for (size_t i = 0; i < instance->shape->reference_count; i++) {
        const orm_meta_property *reference = instance->shape->references[i];

        if (em_check_reference(em, reference, instance->self) != ORM_OK)
            return em->error.status;
        if (!orm_instance_relink(instance, reference, em->arena))
            return em_fail_memory(em);
    }
    em_queue(em, instance->shape->meta);
    return em_leave(em, ORM_OK);
}

orm_status orm_remove(orm_em *em, void *entity)
{
    orm_instance *instance;

    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    instance = em_require(em, entity);
    if (instance == NULL)
        return em->error.status;
    if (instance->state == ORM_INSTANCE_NEW) {
        instance->state = ORM_INSTANCE_FORGOTTEN;
    } else if (instance->state == ORM_INSTANCE_MANAGED) {
        instance->state = ORM_INSTANCE_REMOVED;
        em_queue(em, instance->shape->meta);
    }
    orm_instance_unlink_all(instance);
    return em_leave(em, ORM_OK);
}
