/* Steps that look for entities. */
#include <string.h>

#include "harness/steps/steps_private.h"

/* The keys populate, order, limit, offset and refresh, in the arena. False when memory is out. */
static bool read_options(cc_context *context, const cc_step *step, orm_find_options *out)
{
    const cc_yaml *populate = cc_step_arg(step, "populate");
    const cc_yaml *order = cc_step_arg(step, "order");
    size_t         path_count = populate == NULL ? 0 : populate->kind == CC_YAML_LIST ? populate->count : 1;
    size_t         order_count = order == NULL ? 0 : order->count;
    const char   **paths = orm_arena_calloc(context->arena, path_count + 1, sizeof *paths);
    orm_order     *orders = orm_arena_calloc(context->arena, order_count + 1, sizeof *orders);

    if (paths == NULL || orders == NULL)
        return false;
    for (size_t i = 0; i < path_count; i++)
        paths[i] = populate->kind == CC_YAML_LIST ? populate->items[i]->text : populate->text;
    for (size_t i = 0; i < order_count; i++)
        orders[i] = (orm_order){ .property = order->entries[i].key,
                                 .direction = strcmp(order->entries[i].value->text, "desc") == 0 ? ORM_DESC : ORM_ASC };
    *out = (orm_find_options){ .populate = path_count == 0 ? NULL : paths,
                               .order_by = order_count == 0 ? NULL : orders,
                               .limit = (size_t)cc_arg_int(step, "limit", 0),
                               .offset = (size_t)cc_arg_int(step, "offset", 0),
                               .refresh = cc_arg_bool(step, "refresh"),
                               .flush_mode =
                                   (orm_flush_mode)cc_arg_word(step, "flush_mode", cc_flush_mode_words) };
    return true;
}

/* Condition and options, as find and find_one want them. */
static cc_step_status prepare(cc_context *context, const cc_step *step, cc_manager *manager, orm_condition *where,
                              orm_find_options *options)
{
    if (manager == NULL)
        return CC_STEP_BROKEN;
    if (!read_options(context, step, options))
        return cc_broken_memory(context, step);
    return cc_condition_of(context, step, manager, step->entity, where);
}

cc_step_status cc_step_find(cc_context *context, const cc_step *step)
{
    cc_manager      *manager = cc_manager_of(context, step);
    orm_condition    where;
    orm_find_options options;
    orm_list         list = { .items = NULL };
    int64_t          count = 0;
    cc_step_status   status = prepare(context, step, manager, &where, &options);

    if (status != CC_STEP_OK)
        return status;
    if (orm_find_entities(manager->em, step->entity, &where, &options, &list) != ORM_OK)
        return cc_refused_by(context, manager);
    status = cc_bind_list(context, step, manager, &list);
    count = (int64_t)list.count;
    return status == CC_STEP_OK ? cc_check(context, step, "count", cc_check_int, &count) : status;
}

cc_step_status cc_step_find_one(cc_context *context, const cc_step *step)
{
    cc_manager      *manager = cc_manager_of(context, step);
    orm_condition    where;
    orm_find_options options;
    void            *entity = NULL;
    cc_step_status   status = prepare(context, step, manager, &where, &options);

    if (status != CC_STEP_OK)
        return status;
    entity = orm_find_one_entity(manager->em, step->entity, &where, &options);
    if (entity == NULL && orm_em_error(manager->em)->status != ORM_OK)
        return cc_refused_by(context, manager);
    return cc_bind_entity(context, step, manager, entity);
}

cc_step_status cc_step_reference(cc_context *context, const cc_step *step)
{
    cc_manager         *manager = cc_manager_of(context, step);
    const orm_property *key = NULL;
    orm_value           value = orm_null();
    void               *entity = NULL;
    cc_step_status      status = CC_STEP_OK;

    if (manager == NULL)
        return CC_STEP_BROKEN;
    for (size_t i = 0; i < step->entity->property_count && key == NULL; i++)
        key = step->entity->properties[i].primary ? &step->entity->properties[i] : NULL;
    status = cc_value_of(context, step, manager, key, cc_step_arg(step, "key"), &value);
    if (status != CC_STEP_OK)
        return status;
    entity = orm_reference_by_key(manager->em, step->entity, value);
    return entity == NULL ? cc_refused_by(context, manager) : cc_bind_entity(context, step, manager, entity);
}
