/* SQL that was assigned to members: the next flush writes it, and reads back what the server has made of it. */
#include "types/value_copy.h"
#include "unit/em_private.h"

static bool copy_params(orm_arena *arena, orm_value *raw)
{
    orm_value *params = orm_arena_calloc(arena, raw->as.raw.param_count + 1, sizeof *params);

    for (size_t i = 0; params != NULL && i < raw->as.raw.param_count; i++) {
        params[i] = raw->as.raw.params[i];
        if (!orm_value_own(arena, &params[i]))
            return false;
    }
    raw->as.raw.params = params;
    raw->as.raw.sql = orm_arena_strdup(arena, raw->as.raw.sql);
    return params != NULL && raw->as.raw.sql != NULL;
}

orm_status em_raw_set(orm_em *em, orm_instance *instance, const orm_meta_property *property, const orm_value *value)
{
    orm_value *copy;

    if (property->primary)
        return em_fail_property(em, property, 757, "the key of an entity is no raw SQL: use default_raw");
    if (orm_query_check_raw(property, value, &em->error) != ORM_OK)
        return em->error.status;
    if (instance->raws == NULL)
        instance->raws = orm_arena_calloc(em->arena, instance->shape->table->property_count, sizeof(const orm_value *));
    copy = orm_arena_memdup(em->arena, value, sizeof *value);
    if (instance->raws == NULL || copy == NULL || !copy_params(em->arena, copy))
        return em_fail_memory(em);
    em_raw_forget(instance, property);
    instance->raws[property->index] = copy;
    instance->raw_count++;
    return ORM_OK;
}

const orm_value *em_raw_of(const orm_instance *instance, const orm_meta_property *property)
{
    return instance->raw_count == 0 ? NULL : instance->raws[property->index];
}

void em_raw_forget(orm_instance *instance, const orm_meta_property *property)
{
    if (em_raw_of(instance, property) == NULL)
        return;
    instance->raws[property->index] = NULL;
    instance->raw_count--;
}

void em_raw_forget_all(orm_instance *instance)
{
    for (size_t i = 0; instance->raw_count > 0 && i < instance->shape->meta->property_count; i++)
        em_raw_forget(instance, &instance->shape->meta->properties[i]);
}

size_t em_raw_params(const orm_instance *instance)
{
    size_t count = 0;

    for (size_t i = 0; instance->raw_count > 0 && i < instance->shape->meta->property_count; i++)
        if (instance->raws[i] != NULL)
            count += instance->raws[i]->as.raw.param_count;
    return count;
}

size_t em_most_raw_params(orm_instance *const *instances, size_t count)
{
    size_t most = 0;

    for (size_t i = 0; i < count; i++) {
        size_t params = em_raw_params(instances[i]);

        most = params > most ? params : most;
    }
    return most;
}
