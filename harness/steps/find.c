/* Steps that look for entities. */
#include <string.h>

#include "harness/steps/steps_private.h"

/* Condition and options of a step that finds. */
typedef struct query {
    cc_manager      *manager;
    orm_condition    where;
    orm_find_options options;
} query;

static cc_step_status prepare(cc_context *context, const cc_step *step, query *q)
{
    cc_step_status status;

    *q = (query){ .manager = cc_manager_of(context, step) };
    if (q->manager == NULL)
        return CC_STEP_BROKEN;
    status = cc_find_options_of(context, step, q->manager, step->entity, &q->options);
    if (status == CC_STEP_OK)
        status = cc_read_lock(context, step, q->manager, &q->options);
    return status == CC_STEP_OK ? cc_condition_at(context, step, "where", q->manager, step->entity, &q->where) : status;
}

cc_step_status cc_step_find(cc_context *context, const cc_step *step)
{
    query          q;
    orm_list       list = { .items = NULL };
    uint64_t       total = 0;
    int64_t        seen;
    bool           counts = cc_step_arg(step, "total") != NULL;
    cc_step_status status = prepare(context, step, &q);

    if (status != CC_STEP_OK)
        return status;
    if ((counts ? orm_find_and_count_entities(q.manager->em, step->entity, &q.where, &q.options, &list, &total)
                : orm_find_entities(q.manager->em, step->entity, &q.where, &q.options, &list)) != ORM_OK)
        return cc_refused_by(context, q.manager);
    status = cc_bind_list(context, step, q.manager, &list);
    seen = (int64_t)list.count;
    if (status == CC_STEP_OK)
        status = cc_check(context, step, "count", cc_check_int, &seen);
    seen = (int64_t)total;
    return status == CC_STEP_OK && counts ? cc_check(context, step, "total", cc_check_int, &seen) : status;
}

cc_step_status cc_step_find_one(cc_context *context, const cc_step *step)
{
    query          q;
    void          *entity;
    cc_step_status status = prepare(context, step, &q);

    if (status != CC_STEP_OK)
        return status;
    entity = cc_arg_bool(step, "or_fail")
                 ? orm_find_one_or_fail_entity(q.manager->em, step->entity, &q.where, &q.options)
                 : orm_find_one_entity(q.manager->em, step->entity, &q.where, &q.options);
    if (entity == NULL && orm_em_error(q.manager->em)->status != ORM_OK)
        return cc_refused_by(context, q.manager);
    return cc_bind_entity(context, step, q.manager, entity);
}

cc_step_status cc_step_count(cc_context *context, const cc_step *step)
{
    query          q;
    uint64_t       count = 0;
    int64_t        seen;
    cc_step_status status = prepare(context, step, &q);

    if (status != CC_STEP_OK)
        return status;
    if (orm_count_entities_with(q.manager->em, step->entity, &q.where, &q.options, &count) != ORM_OK)
        return cc_refused_by(context, q.manager);
    seen = (int64_t)count;
    return cc_check(context, step, "is", cc_check_int, &seen);
}

cc_step_status cc_bound_entities(cc_context *context, const cc_step *step, void ***out, const cc_binding **bound)
{
    const char    *path = cc_arg_text(step, "ref");
    size_t         length = path == NULL ? 0 : strlen(path);
    const bool     braces = length > 3 && strncmp(path, "${", 2) == 0;
    cc_binding    *binding = path == NULL ? NULL
                             : braces     ? cc_binding_named(context, path + 2, length - 3)
                                          : cc_binding_named(context, path, length);
    void         **entities;

    if (binding == NULL || (binding->kind != CC_BOUND_ENTITY && binding->kind != CC_BOUND_LIST))
        return cc_broken(context, step, "'%s' is no entity and no list of entities", path == NULL ? "" : path);
    entities = orm_arena_calloc(context->arena, binding->count, sizeof *entities);
    if (entities == NULL)
        return cc_broken_memory(context, step);
    for (size_t i = 0; i < binding->count; i++) {
        if (binding->objects[i].entity == NULL || binding->objects[i].cleared)
            return cc_broken(context, step, "an entity of '%s' is not there any more; find it again", path);
        entities[i] = binding->objects[i].entity;
    }
    *out = entities;
    *bound = binding;
    return CC_STEP_OK;
}

cc_step_status cc_step_populate(cc_context *context, const cc_step *step)
{
    void            **entities = NULL;
    const cc_binding *bound = NULL;
    orm_find_options  options;
    cc_manager       *manager;
    cc_step_status    status = cc_bound_entities(context, step, &entities, &bound);

    if (status != CC_STEP_OK || bound == NULL || bound->count == 0)
        return status;
    manager = bound->objects[0].manager;
    status = cc_find_options_of(context, step, manager, bound->objects[0].meta, &options);
    if (status != CC_STEP_OK)
        return status;
    return orm_populate(manager->em, entities, bound->count, options.populate, &options) == ORM_OK
               ? CC_STEP_OK
               : cc_refused_by(context, manager);
}

/* The parts of a composite key, each for one primary property. */
static cc_step_status composite_key(cc_context *context, const cc_step *step, cc_manager *manager, orm_value *out)
{
    const cc_yaml *list = cc_step_arg(step, "key");
    orm_value     *parts = orm_arena_calloc(context->arena, list->count, sizeof *parts);
    size_t         count = 0;
    cc_step_status status = CC_STEP_OK;

    if (parts == NULL)
        return cc_broken_memory(context, step);
    for (size_t i = 0; i < cc_entity_of(step->entity)->property_count && count < list->count && status == CC_STEP_OK; i++) {
        const orm_property *property = cc_entity_of(step->entity)->properties[i];

        if (!property->primary)
            continue;
        status = cc_value_of(context, step, manager, property->type == ORM_TYPE_REFERENCE ? NULL : property,
                             list->items[count], &parts[count]);
        count++;
    }
    *out = orm_list_value(parts, count);
    return status;
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
    for (size_t i = 0; i < cc_entity_of(step->entity)->property_count && key == NULL; i++)
        key = cc_entity_of(step->entity)->properties[i]->primary ? cc_entity_of(step->entity)->properties[i] : NULL;
    status = cc_step_arg(step, "key")->kind == CC_YAML_LIST
                 ? composite_key(context, step, manager, &value)
                 : cc_value_of(context, step, manager, key, cc_step_arg(step, "key"), &value);
    if (status != CC_STEP_OK)
        return status;
    entity = orm_reference_by_key(manager->em, step->entity, value);
    return entity == NULL ? cc_refused_by(context, manager) : cc_bind_entity(context, step, manager, entity);
}
