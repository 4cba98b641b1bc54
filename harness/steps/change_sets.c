/* The step that asks what a flush would write. */
#include "harness/steps/steps_private.h"

static const char *const kinds[] = { "create", "update", "delete" };

static bool actual_of(cc_context *context, const cc_manager *manager, const orm_entity *type, const char *property,
                      const orm_value *value, cc_actual *out)
{
    const orm_property *described = cc_entity_property(type, property);
    const orm_entity   *target = value->kind == ORM_VALUE_ENTITY ? orm_entity_of(manager->em, value->as.entity) : NULL;
    cc_actual           seen = { .value = *value, .is_json = described != NULL && described->type == ORM_TYPE_JSON };

    if (value->kind != ORM_VALUE_ENTITY)
        return cc_copy_actual(context->arena, &seen, out);
    seen.label = orm_arena_printf(context->arena, "<%s>", target == NULL ? "entity" : target->name);
    *out = seen;
    return seen.label != NULL;
}

/* {name: Ann} of an entity that is created, {name: [Ann, Eve]} of one that is updated. */
static bool properties_of(cc_context *context, const cc_manager *manager, const orm_entity_change *change,
                          cc_actual *out)
{
    cc_actual   *values = orm_arena_calloc(context->arena, change->property_count, sizeof *values);
    const char **names = orm_arena_calloc(context->arena, change->property_count, sizeof *names);

    if (values == NULL || names == NULL)
        return false;
    for (size_t i = 0; i < change->property_count; i++) {
        const orm_property_change *p = &change->properties[i];
        cc_actual                 *pair = orm_arena_calloc(context->arena, 2, sizeof *pair);

        names[i] = p->property;
        if (pair == NULL || !actual_of(context, manager, change->type, p->property, &p->old_value, &pair[0]) ||
            !actual_of(context, manager, change->type, p->property, &p->new_value, &pair[1]))
            return false;
        values[i] = change->kind == ORM_CHANGE_CREATE
                        ? pair[1]
                        : (cc_actual){ .shape = CC_SHAPE_LIST, .items = pair, .count = 2 };
    }
    *out = (cc_actual){ .shape = CC_SHAPE_MAP, .items = values, .keys = names, .count = change->property_count };
    return true;
}

/* A row for each entity: what is done, its type, its properties. False when memory is out. */
static bool entity_rows(cc_context *context, const cc_manager *manager, const orm_changes *changes, cc_rows *out)
{
    const cc_actual **rows = orm_arena_calloc(context->arena, changes->entity_count, sizeof *rows);

    if (rows == NULL)
        return false;
    for (size_t i = 0; i < changes->entity_count; i++) {
        const orm_entity_change *change = &changes->entities[i];
        cc_actual               *cells = orm_arena_calloc(context->arena, 3, sizeof *cells);

        if (cells == NULL || !properties_of(context, manager, change, &cells[2]))
            return false;
        cells[0].value = orm_text(kinds[change->kind]);
        cells[1].value = orm_text(change->type->name);
        rows[i] = cells;
    }
    *out = (cc_rows){ .rows = rows, .row_count = changes->entity_count, .columns = 3 };
    return true;
}

/* A row for each pair: add or remove, the property, owner and target. False when memory is out. */
static bool pair_rows(cc_context *context, const cc_manager *manager, const orm_changes *changes, cc_rows *out)
{
    const cc_actual **rows = orm_arena_calloc(context->arena, changes->pair_count, sizeof *rows);

    if (rows == NULL)
        return false;
    for (size_t i = 0; i < changes->pair_count; i++) {
        const orm_pair_change *pair = &changes->pairs[i];
        const orm_entity      *type = orm_entity_of(manager->em, pair->owner);
        const orm_value        owner = orm_entity_value(pair->owner);
        const orm_value        target = orm_entity_value(pair->target);
        cc_actual             *cells = orm_arena_calloc(context->arena, 4, sizeof *cells);

        if (cells == NULL || !actual_of(context, manager, NULL, "", &owner, &cells[2]) ||
            !actual_of(context, manager, NULL, "", &target, &cells[3]))
            return false;
        cells[0].value = orm_text(pair->added ? "add" : "remove");
        cells[1].value =
            orm_text(orm_arena_printf(context->arena, "%s.%s", type == NULL ? "" : type->name, pair->property));
        rows[i] = cells;
    }
    *out = (cc_rows){ .rows = rows, .row_count = changes->pair_count, .columns = 4 };
    return true;
}

cc_step_status cc_step_change_sets(cc_context *context, const cc_step *step)
{
    cc_manager    *manager = cc_manager_of(context, step);
    orm_changes    changes = { .entity_count = 0 };
    cc_rows        entities = { .rows = NULL };
    cc_rows        pairs = { .rows = NULL };
    cc_step_status status = CC_STEP_OK;

    if (manager == NULL)
        return CC_STEP_BROKEN;
    if (orm_uow_change_sets(manager->em, &changes) != ORM_OK)
        return cc_refused_by(context, manager);
    if (!entity_rows(context, manager, &changes, &entities) || !pair_rows(context, manager, &changes, &pairs))
        return cc_broken_memory(context, step);
    entities.ordered = pairs.ordered = !cc_arg_bool(step, "unordered");
    status = cc_check(context, step, "rows", cc_check_rows, &entities);
    return status == CC_STEP_OK ? cc_check(context, step, "pairs", cc_check_rows, &pairs) : status;
}
