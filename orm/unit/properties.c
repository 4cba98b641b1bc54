#include <string.h>

#include "unit/cascade.h"
#include "unit/collection_private.h"
#include "unit/embedded.h"

/* ---- Values and properties ---- */

/* The key of an entity that stands for it in a condition. */
static orm_status key_of(void *context, const orm_meta_entity *target, const void *entity, const void **slots,
                         orm_error *error)
{
    const orm_em       *em = context;
    const orm_instance *instance = em_instance(em, entity);

    if (instance == NULL)
        return orm_fail(error, ORM_ERR_VALIDATION, 530, "the pointer is not an entity of this entity manager");
    if (!orm_meta_is_a(instance->shape->meta, target))
        return orm_fail(error, ORM_ERR_VALIDATION, 531, "the entity is %s, and %s is needed",
                        instance->shape->meta->name, target->name);
    if (!orm_key_is_set(target, instance->self))
        return orm_fail(error, ORM_ERR_VALIDATION, 532, "the %s has no key yet: flush first", target->name);
    orm_key_slots(target, instance->self, slots);
    return ORM_OK;
}

orm_query_scope em_scope(orm_em *em)
{
    return (orm_query_scope){ .arena = em->work, .key_of = key_of, .context = em };
}

orm_status em_check_reference(orm_em *em, const orm_meta_property *property, const void *self)
{
    void               *target = orm_reference_read(property, self);
    const orm_instance *instance = em_instance(em, target);

    if (target == NULL)
        return ORM_OK;
    if (instance == NULL)
        return em_fail_property(
            em, property, 533,
            "it points to something that is not an entity of this entity manager: use orm_create(), "
            "orm_reference() or what a find returned");
    if (!orm_meta_is_a(instance->shape->meta, property->target))
        return em_fail_property(em, property, 534, "it points to a %s, and %s is needed", instance->shape->meta->name,
                                property->target->name);
    return ORM_OK;
}

static orm_status write_reference(orm_em *em, const orm_meta_property *property, void *self, const orm_value *value)
{
    orm_query_scope scope = em_scope(em);
    const void     *slots[ORM_KEY_COLUMNS_MAX];
    orm_instance   *target;

    if (value->kind == ORM_VALUE_ENTITY) {
        orm_reference_write(property, self, value->as.entity);
        return em_check_reference(em, property, self);
    }
    if ((property->owner ? orm_query_value(property, value, &scope, slots, &em->error)
                         : orm_query_key(property->target, value, &scope, slots, &em->error)) != ORM_OK)
        return property->owner ? em->error.status : orm_query_fail_property(property, &em->error);
    target = em_reference(em, property->target, slots);
    if (target == NULL)
        return em->error.status;
    orm_reference_write(property, self, target->self);
    return ORM_OK;
}

static orm_status write_null(orm_em *em, const orm_meta_property *property, void *self)
{
    bool can_be_absent = property->type == ORM_TYPE_REFERENCE || orm_type_info_of(property->type)->by_pointer ||
                         property->presence.offset_plus_one != 0;

    if (!can_be_absent)
        return em_fail_property(em, property, 535, "it cannot be NULL");
    if (property->type == ORM_TYPE_REFERENCE)
        orm_reference_write(property, self, NULL);
    else
        orm_meta_set_present(property, self, false);
    return property->hidden_slot ? em_spread_embedded(em, property, self) : ORM_OK;
}

orm_status em_check_discriminator(orm_em *em, const orm_meta_property *property, const char *value)
{
    const orm_meta_entity *meta = property->entity;

    if (value != NULL && meta->discriminator_value != NULL && strcmp(value, meta->discriminator_value) == 0)
        return ORM_OK;
    return em_fail_property(em, property, 746, "it says that the row is of a %s, and cannot be anything but \"%.80s\"",
                            meta->name, meta->discriminator_value == NULL ? "" : meta->discriminator_value);
}

orm_status em_write_value(orm_em *em, const orm_meta_property *property, void *self, const orm_value *value)
{
    if (property->discriminates)
        return em_check_discriminator(em, property, value->kind == ORM_VALUE_TEXT ? value->as.text : NULL);
    if (value->kind == ORM_VALUE_NULL)
        return write_null(em, property, self);
    if (property->type == ORM_TYPE_REFERENCE)
        return write_reference(em, property, self, value);
    if (orm_type_from_value(property->type, em->arena, value, orm_meta_slot(property, self), &em->error) != ORM_OK)
        return orm_query_fail_property(property, &em->error);
    orm_meta_set_present(property, self, true);
    return property->hidden_slot ? em_spread_embedded(em, property, self) : ORM_OK;
}

static const orm_meta_property *find_property(orm_em *em, const orm_instance *instance, const char *name)
{
    const orm_meta_property *property = name == NULL ? NULL : orm_meta_property_named(instance->shape->meta, name);

    if (property == NULL && name == NULL)
        orm_fail(&em->error, ORM_ERR_ARGUMENT, 537, "the name of a property of %s is NULL",
                 instance->shape->meta->name);
    else if (property == NULL)
        em_unknown_property(em, instance->shape->meta, name);
    return property;
}

orm_status em_fail_computed(orm_em *em, const orm_meta_property *property)
{
    return em_fail_property(em, property, 754, "%s: it cannot be assigned",
                            property->descriptor->formula != NULL ? "it is a formula that SELECT computes"
                                                                  : "the database generates it");
}

/* ---- Public ---- */

orm_status orm_get(orm_em *em, const void *entity, const char *property, orm_value *out)
{
    const orm_instance      *instance;
    const orm_meta_property *p;

    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    if (out == NULL)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 538, "orm_get() needs a place for the value");
    *out = orm_null();
    instance = em_require(em, entity);
    p = instance == NULL ? NULL : find_property(em, instance, property);
    if (p == NULL)
        return em->error.status;
    if (p->to_many)
        return em_fail_property(em, p, 539, "it is a collection: use orm_collection_of()");
    if (p->hidden_slot) {
        const char *text;

        if (em_embedded_text(em, p, instance->self, &text) != ORM_OK)
            return em->error.status;
        *out = orm_text(text);
        return ORM_OK;
    }
    if (p->type == ORM_TYPE_REFERENCE)
        *out = orm_entity_value(orm_reference_read(p, instance->self));
    else if (orm_meta_is_present(p, instance->self))
        *out = orm_type_to_value(p->type, orm_meta_slot_const(p, instance->self));
    return ORM_OK;
}

orm_status em_assign(orm_em *em, const orm_meta_property *property, orm_instance *instance, const orm_value *value)
{
    if (property->read_only)
        return em_fail_computed(em, property);
    if (value->kind == ORM_VALUE_RAW)
        return em_raw_set(em, instance, property, value);
    em_raw_forget(instance, property);
    return em_write_value(em, property, instance->self, value);
}

orm_status em_write_values(orm_em *em, orm_instance *instance, const orm_assignment *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const orm_meta_property *property = find_property(em, instance, values[i].property);

        if (property == NULL || (!property->to_many && em_assign(em, property, instance, &values[i].value) != ORM_OK))
            return em->error.status;
    }
    return ORM_OK;
}

/* All lists are read before the first collection changes. */
orm_status em_write_collections_of(orm_em *em, orm_instance *instance, const orm_assignment *values, size_t count)
{
    orm_instance ***items = orm_arena_calloc(em->work, count, sizeof *items);
    size_t         *counts = orm_arena_calloc(em->work, count, sizeof *counts);

    if (items == NULL || counts == NULL)
        return em_fail_memory(em);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < count; i++) {
            const orm_meta_property *property = find_property(em, instance, values[i].property);
            orm_status               status = ORM_OK;

            if (property == NULL)
                return em->error.status;
            if (property->to_many && pass == 0)
                status = em_collection_items(em, property, &values[i].value, &items[i], &counts[i]);
            else if (property->to_many)
                status = em_collection_set(em, orm_instance_collection(instance, property), items[i], counts[i]);
            if (status != ORM_OK)
                return status;
        }
    }
    return ORM_OK;
}
