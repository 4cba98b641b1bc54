/* Filters: the step that switches them, and what steps that find say of them. */
#include "harness/steps/steps_private.h"

const char *const cc_filter_states[] = { "on", "off", "default", NULL };

/* A parameter that is a list is several values, whatever they are. */
static cc_step_status param_value(cc_context *context, const cc_step *step, cc_manager *manager, const cc_yaml *node,
                                  orm_value *out)
{
    orm_value     *items;
    cc_step_status status = CC_STEP_OK;

    if (node->kind != CC_YAML_LIST)
        return cc_value_of(context, step, manager, NULL, node, out);
    items = orm_arena_calloc(context->arena, node->count, sizeof *items);
    if (items == NULL)
        return cc_broken_memory(context, step);
    for (size_t i = 0; i < node->count && status == CC_STEP_OK; i++)
        status = cc_value_of(context, step, manager, NULL, node->items[i], &items[i]);
    *out = orm_list_value(items, node->count);
    return status;
}

static cc_step_status params(cc_context *context, const cc_step *step, cc_manager *manager, const cc_yaml *map,
                             const orm_filter_param **out)
{
    orm_filter_param *list = orm_arena_calloc(context->arena, map->count + 1, sizeof *list);
    cc_step_status    status = CC_STEP_OK;

    *out = list;
    if (list == NULL)
        return cc_broken_memory(context, step);
    for (size_t i = 0; i < map->count && status == CC_STEP_OK; i++) {
        list[i].name = map->entries[i].key;
        status = param_value(context, step, manager, map->entries[i].value, &list[i].value);
    }
    return status;
}

cc_step_status cc_read_filters(cc_context *context, const cc_step *step, cc_manager *manager, orm_find_options *out)
{
    const cc_yaml  *map = cc_step_arg(step, "filters");
    orm_filter_use *uses;
    cc_step_status  status = CC_STEP_OK;

    out->no_filters = cc_arg_bool(step, "no_filters");
    if (map == NULL)
        return CC_STEP_OK;
    uses = orm_arena_calloc(context->arena, map->count + 1, sizeof *uses);
    if (uses == NULL)
        return cc_broken_memory(context, step);
    for (size_t i = 0; i < map->count && status == CC_STEP_OK; i++) {
        const cc_yaml *use = map->entries[i].value;

        uses[i].name = map->entries[i].key;
        uses[i].off = use->kind == CC_YAML_BOOL && !use->as.boolean;
        if (use->kind != CC_YAML_MAP)
            continue;
        uses[i].param_count = use->count;
        status = params(context, step, manager, use, &uses[i].params);
    }
    out->filters = uses;
    return status;
}

cc_step_status cc_step_filter(cc_context *context, const cc_step *step)
{
    static const orm_switch states[] = { ORM_DEFAULT, ORM_ON, ORM_OFF, ORM_DEFAULT };
    cc_manager             *manager = cc_manager_of(context, step);
    const char             *name = cc_arg_text(step, "name");
    const cc_yaml          *map = cc_step_arg(step, "params");
    const orm_filter_param *list = NULL;
    unsigned                state = cc_arg_word(step, "state", cc_filter_states);
    cc_step_status          status = CC_STEP_OK;

    if (manager == NULL)
        return CC_STEP_BROKEN;
    if (state != 0 && orm_set_filter(manager->em, name, states[state]) != ORM_OK)
        return cc_refused_by(context, manager);
    if (map == NULL)
        return CC_STEP_OK;
    status = params(context, step, manager, map, &list);
    if (status == CC_STEP_OK && orm_set_filter_params(manager->em, name, list, map->count) != ORM_OK)
        return cc_refused_by(context, manager);
    return status;
}
