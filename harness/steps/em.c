/* Steps that make and change entities. */
#include "harness/steps/steps_private.h"

cc_step_status cc_step_create(cc_context *context, const cc_step *step)
{
    cc_manager     *manager = cc_manager_of(context, step);
    orm_assignment *values = NULL;
    size_t          count = 0;
    cc_step_status  status = CC_STEP_OK;
    void           *entity = NULL;

    if (manager == NULL)
        return CC_STEP_BROKEN;
    status = cc_assignments(context, step, manager, step->entity, &values, &count);
    if (status != CC_STEP_OK)
        return status;
    entity = orm_create_with(manager->em, step->entity, values, count);
    if (entity == NULL)
        return cc_refused_by(context, manager);
    status = cc_add_to_collections(context, step, manager, step->entity, entity);
    return status == CC_STEP_OK ? cc_bind_entity(context, step, manager, entity) : status;
}

cc_step_status cc_step_assign(cc_context *context, const cc_step *step)
{
    cc_object      *object = cc_arg_object(context, step, "ref");
    orm_assignment *values = NULL;
    size_t          count = 0;
    cc_step_status  status = CC_STEP_OK;

    if (object == NULL)
        return CC_STEP_BROKEN;
    status = cc_assignments(context, step, object->manager, object->meta, &values, &count);
    if (status != CC_STEP_OK)
        return status;
    if (count > 0 && orm_assign(object->manager->em, object->entity, values, count) != ORM_OK)
        return cc_refused_by(context, object->manager);
    return cc_add_to_collections(context, step, object->manager, object->meta, object->entity);
}

/* One entity, handed to the entity manager of the key `em`, else to its own. */
static cc_step_status with_entity(cc_context *context, const cc_step *step, orm_status (*act)(orm_em *, void *))
{
    cc_object  *object = cc_arg_object(context, step, "ref");
    cc_manager *manager = NULL;

    if (object == NULL)
        return CC_STEP_BROKEN;
    manager = cc_step_arg(step, "em") == NULL ? object->manager : cc_manager_of(context, step);
    if (manager == NULL)
        return CC_STEP_BROKEN;
    return act(manager->em, object->entity) == ORM_OK ? CC_STEP_OK : cc_refused_by(context, manager);
}

cc_step_status cc_step_persist(cc_context *context, const cc_step *step)
{
    return with_entity(context, step, orm_persist);
}

cc_step_status cc_step_remove(cc_context *context, const cc_step *step)
{
    return with_entity(context, step, orm_remove);
}

cc_step_status cc_with_manager(cc_context *context, const cc_step *step, orm_status (*act)(orm_em *))
{
    cc_manager *manager = cc_manager_of(context, step);

    if (manager == NULL)
        return CC_STEP_BROKEN;
    return act(manager->em) == ORM_OK ? CC_STEP_OK : cc_refused_by(context, manager);
}

cc_step_status cc_step_flush(cc_context *context, const cc_step *step)
{
    return cc_with_manager(context, step, orm_flush);
}

cc_step_status cc_step_clear(cc_context *context, const cc_step *step)
{
    cc_manager *manager = cc_manager_of(context, step);

    if (manager == NULL)
        return CC_STEP_BROKEN;
    if (!cc_freeze(context, manager))
        return cc_broken_memory(context, step);
    return orm_clear(manager->em) == ORM_OK ? CC_STEP_OK : cc_refused_by(context, manager);
}

cc_step_status cc_step_fork(cc_context *context, const cc_step *step)
{
    const char *name = cc_arg_text(step, "as");
    orm_error   error = { .status = ORM_OK };

    if (name == NULL || cc_manager_named(context, name) != NULL)
        return cc_broken(context, step, "there is an entity manager '%s' already", name == NULL ? "main" : name);
    return cc_manager_new(context, name, &error) != NULL ? CC_STEP_OK : cc_refused(context, &error);
}
