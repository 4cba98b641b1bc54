/* Steps that bound what an entity manager may do. */
#include "harness/steps/steps_private.h"

cc_step_status cc_step_deadline(cc_context *context, const cc_step *step)
{
    cc_manager *manager = cc_manager_of(context, step);

    if (manager == NULL)
        return CC_STEP_BROKEN;
    return orm_set_deadline(manager->em, (unsigned)cc_arg_int(step, "ms", 0)) == ORM_OK
               ? CC_STEP_OK
               : cc_refused_by(context, manager);
}

cc_step_status cc_step_cancel(cc_context *context, const cc_step *step)
{
    return cc_with_manager(context, step, orm_cancel);
}

/* Rows of raw SQL as entities. */
cc_step_status cc_step_map(cc_context *context, const cc_step *step)
{
    cc_manager *manager = cc_manager_of(context, step);
    orm_rows   *rows = NULL;
    orm_list    list = { .count = 0 };

    if (manager == NULL)
        return CC_STEP_BROKEN;
    if (orm_execute(manager->em, cc_arg_text(step, "query"), NULL, 0, &rows) != ORM_OK)
        return cc_refused_by(context, manager);
    list.items = orm_arena_calloc(context->arena, orm_rows_count(rows), sizeof *list.items);
    if (list.items == NULL)
        return cc_broken_memory(context, step);
    while (list.count < orm_rows_count(rows)) {
        void *entity = orm_map_row_to(manager->em, step->entity, rows, list.count);

        if (entity == NULL)
            return cc_refused_by(context, manager);
        list.items[list.count++] = entity;
    }
    orm_rows_free(manager->em, rows);
    return cc_bind_list(context, step, manager, &list);
}
