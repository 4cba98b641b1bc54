#include "unit/generate.h"

#include <time.h>

/* ---- Ready to be used ---- */

static int64_t cut(int64_t microseconds, unsigned digits)
{
    int64_t unit = 1;

    for (unsigned i = digits; i < 6; i++)
        unit *= 10;
    return microseconds - microseconds % unit;
}

orm_status orm_generate_now(orm_em *em, const orm_property *property, const void *entity, orm_value *out)
{
    struct timespec now;

    (void)em;
    (void)entity;
    if (property == NULL || out == NULL)
        return ORM_ERR_ARGUMENT;
    if (timespec_get(&now, TIME_UTC) != TIME_UTC)
        return ORM_ERR_VALIDATION;
    if (property->type == ORM_TYPE_DATE)
        *out = orm_date_value((orm_date){ .days = (int32_t)(now.tv_sec / 86400) });
    else
        *out = orm_timestamp_value((orm_timestamp){
            .microseconds = cut((int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000,
                                property->has_length || property->length > 0 ? property->length : 6) });
    return ORM_OK;
}

orm_status orm_generate_uuid(orm_em *em, const orm_property *property, const void *entity, orm_value *out)
{
    char     text[ORM_UUID_TEXT_SIZE];
    orm_uuid uuid;

    (void)entity;
    if (property == NULL || out == NULL)
        return ORM_ERR_ARGUMENT;
    if (!orm_uuid_random(&uuid))
        return ORM_ERR_VALIDATION;
    *out = orm_uuid_value(uuid);
    if (property->type == ORM_TYPE_UUID)
        return ORM_OK;
    *out = orm_text(orm_strdup(em, orm_uuid_format(uuid, text)));
    return out->kind == ORM_VALUE_NULL ? ORM_ERR_MEMORY : ORM_OK;
}

/* ---- Asking ---- */

orm_status em_generate(orm_em *em, const orm_meta_property *property, orm_generate_fn make, const void *entity,
                       orm_value *out)
{
    orm_status status;

    *out = orm_null();
    status = make(em, property->descriptor, entity, out);
    if (status == ORM_OK)
        return ORM_OK;
    if (em->error.status == ORM_OK)
        orm_fail(&em->error, status, 717, "its generator failed (%s)", orm_status_name(status));
    return orm_query_fail_property(property, &em->error);
}

orm_status em_generate_for_insert(orm_em *em, orm_instance *instance)
{
    const orm_shape *shape = instance->shape;

    for (size_t i = 0; i < shape->generated_count; i++) {
        const orm_meta_property *p = shape->generated[i];
        orm_value                value;
        bool set = p == shape->meta->key ? orm_key_is_set(shape->meta, instance->self)
                                         : orm_meta_is_present(p, instance->self);

        if (set || p->descriptor->on_create == NULL || em_raw_of(instance, p) != NULL)
            continue;
        if (em_generate(em, p, p->descriptor->on_create, instance->self, &value) != ORM_OK ||
            (value.kind != ORM_VALUE_NULL && em_write_value(em, p, instance->self, &value) != ORM_OK))
            return em->error.status;
    }
    return ORM_OK;
}
