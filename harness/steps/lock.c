/* Locks: the step, and the keys of the steps that look for entities. */
#include "harness/steps/steps_private.h"

/* In the order of orm_lock_mode, without NONE. */
const char *const cc_lock_words[] = { "optimistic",
                                      "pessimistic read",
                                      "pessimistic write",
                                      "pessimistic partial write",
                                      "pessimistic write or fail",
                                      "pessimistic partial read",
                                      "pessimistic read or fail",
                                      NULL };

static const orm_property *version_of(const orm_entity *entity)
{
    for (size_t i = 0; i < cc_entity_of(entity)->property_count; i++)
        if (cc_entity_of(entity)->properties[i]->version)
            return cc_entity_of(entity)->properties[i];
    return NULL;
}

static cc_step_status read_version(cc_context *context, const cc_step *step, cc_manager *manager,
                                   const orm_entity *entity, const char *key, orm_value *out)
{
    const cc_yaml *node = cc_step_arg(step, key);

    *out = orm_null();
    return node == NULL ? CC_STEP_OK : cc_value_of(context, step, manager, version_of(entity), node, out);
}

cc_step_status cc_read_lock(cc_context *context, const cc_step *step, cc_manager *manager, orm_find_options *out)
{
    if (!cc_arg_texts(context, step, "lock_aliases", &out->lock_aliases))
        return cc_broken_memory(context, step);
    out->lock = (orm_lock_mode)cc_arg_word(step, "lock", cc_lock_words);
    return read_version(context, step, manager, step->entity, "lock_version", &out->lock_version);
}

cc_step_status cc_step_lock(cc_context *context, const cc_step *step)
{
    cc_object     *object = cc_arg_object(context, step, "ref");
    orm_lock_mode  mode = (orm_lock_mode)cc_arg_word(step, "mode", cc_lock_words);
    orm_value      version;
    cc_step_status status = CC_STEP_OK;

    if (object == NULL)
        return CC_STEP_BROKEN;
    status = read_version(context, step, object->manager, object->meta, "version", &version);
    if (status != CC_STEP_OK)
        return status;
    return orm_lock(object->manager->em, object->entity, mode, version.kind == ORM_VALUE_NULL ? NULL : &version) ==
                   ORM_OK
               ? CC_STEP_OK
               : cc_refused_by(context, object->manager);
}
