/* Steps that write without the unit of work. */
#include <string.h>

#include "harness/steps/steps_private.h"

const char *const cc_conflict_actions[] = { "merge", "ignore", NULL };

/* ---- Rows ---- */

/* The key `data`: a row, or a list of them. */
static cc_step_status take_rows(cc_context *context, const cc_step *step, cc_manager *manager, orm_row **out,
                                size_t *count)
{
    const cc_yaml *data = cc_step_arg(step, "data");
    bool           many = data != NULL && data->kind == CC_YAML_LIST;
    cc_step_status status = CC_STEP_OK;

    *count = many ? data->count : 1;
    *out = orm_arena_calloc(context->arena, *count, sizeof **out);
    if (*out == NULL)
        return cc_broken_memory(context, step);
    for (size_t i = 0; i < *count && status == CC_STEP_OK; i++)
        status = cc_row_of(context, step, manager, step->entity, many ? data->items[i] : data, &(*out)[i]);
    return status;
}

/* ---- Keys, as rows that later steps can look into ---- */

static size_t count_parts(const orm_value *key)
{
    return key->kind == ORM_VALUE_LIST ? key->as.list.count : 1;
}

static const cc_actual *parts_of(cc_context *context, const orm_value *key)
{
    size_t     count = count_parts(key);
    cc_actual *parts = orm_arena_calloc(context->arena, count, sizeof *parts);

    for (size_t i = 0; parts != NULL && i < count; i++) {
        cc_actual part = { .value = key->kind == ORM_VALUE_LIST ? key->as.list.items[i] : *key };

        if (part.value.kind == ORM_VALUE_LIST)
            part = (cc_actual){ .value = orm_null(), .label = "a key of several parts" };
        if (!cc_copy_actual(context->arena, &part, &parts[i]))
            return NULL;
    }
    return parts;
}

static cc_step_status bind_keys(cc_context *context, const cc_step *step, const orm_value *keys, size_t count)
{
    const cc_actual **rows = orm_arena_calloc(context->arena, count, sizeof *rows);

    if (rows == NULL)
        return cc_broken_memory(context, step);
    for (size_t i = 0; i < count; i++) {
        rows[i] = parts_of(context, &keys[i]);
        if (rows[i] == NULL)
            return cc_broken_memory(context, step);
    }
    return cc_bind_rows(context, step, rows, count, count == 0 ? 0 : count_parts(&keys[0]));
}

cc_step_status cc_step_insert_many(cc_context *context, const cc_step *step)
{
    cc_manager    *manager = cc_manager_of(context, step);
    orm_row       *rows = NULL;
    orm_value     *keys = NULL;
    size_t         count = 0;
    cc_step_status status = CC_STEP_OK;

    if (manager == NULL)
        return CC_STEP_BROKEN;
    status = take_rows(context, step, manager, &rows, &count);
    if (status != CC_STEP_OK)
        return status;
    keys = orm_arena_calloc(context->arena, count, sizeof *keys);
    if (keys == NULL)
        return cc_broken_memory(context, step);
    if (orm_insert_rows(manager->em, step->entity, rows, count, keys) != ORM_OK)
        return cc_refused_by(context, manager);
    return bind_keys(context, step, keys, count);
}

cc_step_status cc_step_insert(cc_context *context, const cc_step *step)
{
    return cc_step_insert_many(context, step);
}

/* ---- UPDATE and DELETE ---- */

static cc_step_status check_affected(cc_context *context, const cc_step *step, cc_manager *manager, orm_status status,
                                     int64_t affected)
{
    if (status != ORM_OK)
        return cc_refused_by(context, manager);
    return cc_check(context, step, "affected", cc_check_int, &affected);
}

cc_step_status cc_step_native_update(cc_context *context, const cc_step *step)
{
    cc_manager    *manager = cc_manager_of(context, step);
    orm_condition  where;
    orm_row       *row = NULL;
    size_t         count = 0;
    int64_t        affected = 0;
    orm_status     done;
    cc_step_status status = CC_STEP_OK;

    if (manager == NULL)
        return CC_STEP_BROKEN;
    status = take_rows(context, step, manager, &row, &count);
    if (status == CC_STEP_OK)
        status = cc_condition_at(context, step, "where", manager, step->entity, &where);
    if (status != CC_STEP_OK)
        return status;
    done = orm_native_update_rows(manager->em, step->entity, &where, row, &affected);
    return check_affected(context, step, manager, done, affected);
}

cc_step_status cc_step_native_delete(cc_context *context, const cc_step *step)
{
    cc_manager    *manager = cc_manager_of(context, step);
    orm_condition  where;
    int64_t        affected = 0;
    orm_status     done;
    cc_step_status status = CC_STEP_OK;

    if (manager == NULL)
        return CC_STEP_BROKEN;
    status = cc_condition_at(context, step, "where", manager, step->entity, &where);
    if (status != CC_STEP_OK)
        return status;
    done = orm_native_delete_rows(manager->em, step->entity, &where, &affected);
    return check_affected(context, step, manager, done, affected);
}

/* ---- Entities of rows ---- */

cc_step_status cc_step_merge(cc_context *context, const cc_step *step)
{
    cc_manager    *manager = cc_manager_of(context, step);
    orm_row       *row = NULL;
    size_t         count = 0;
    void          *entity = NULL;
    cc_step_status status = CC_STEP_OK;

    if (manager == NULL)
        return CC_STEP_BROKEN;
    status = take_rows(context, step, manager, &row, &count);
    if (status != CC_STEP_OK)
        return status;
    entity = orm_merge_row(manager->em, step->entity, row, cc_arg_bool(step, "refresh"));
    return entity == NULL ? cc_refused_by(context, manager) : cc_bind_entity(context, step, manager, entity);
}

/* NULL where the key was not given; false when memory is out. */
static bool take_fields(cc_context *context, const cc_step *step, const char *key, const char *const **out)
{
    const cc_yaml *node = cc_step_arg(step, key);
    size_t         count = node == NULL ? 0 : node->kind == CC_YAML_LIST ? node->count : 1;
    const char   **names = orm_arena_calloc(context->arena, count + 1, sizeof *names);

    *out = NULL;
    if (node == NULL || names == NULL)
        return node == NULL;
    for (size_t i = 0; i < count; i++)
        names[i] = node->kind == CC_YAML_LIST ? node->items[i]->text : node->text;
    *out = names;
    return true;
}

static cc_step_status take_options(cc_context *context, const cc_step *step, cc_manager *manager, orm_condition *where,
                                   orm_upsert_options *out)
{
    const char *action = cc_arg_text(step, "action");

    *out = (orm_upsert_options){ .batch_size = (size_t)cc_arg_int(step, "batch_size", 0) };
    if (action != NULL && strcmp(action, "ignore") == 0)
        out->action = ORM_CONFLICT_IGNORE;
    if (!take_fields(context, step, "conflict_fields", &out->conflict_fields) ||
        !take_fields(context, step, "merge_fields", &out->merge_fields) ||
        !take_fields(context, step, "exclude_fields", &out->exclude_fields))
        return cc_broken_memory(context, step);
    if (cc_step_arg(step, "where") == NULL)
        return CC_STEP_OK;
    out->where = where;
    return cc_condition_at(context, step, "where", manager, step->entity, where);
}

/* The entities of the key `data`'s rows. */
static cc_step_status upsert(cc_context *context, const cc_step *step, cc_manager *manager, orm_list *out)
{
    orm_row           *rows = NULL;
    size_t             count = 0;
    orm_condition      where;
    orm_upsert_options options;
    cc_step_status     status = CC_STEP_OK;

    if (manager == NULL)
        return CC_STEP_BROKEN;
    status = take_rows(context, step, manager, &rows, &count);
    if (status == CC_STEP_OK)
        status = take_options(context, step, manager, &where, &options);
    if (status != CC_STEP_OK)
        return status;
    return orm_upsert_rows(manager->em, step->entity, rows, count, &options, out) == ORM_OK
               ? CC_STEP_OK
               : cc_refused_by(context, manager);
}

cc_step_status cc_step_upsert(cc_context *context, const cc_step *step)
{
    cc_manager    *manager = cc_manager_of(context, step);
    orm_list       list = { .items = NULL };
    cc_step_status status = upsert(context, step, manager, &list);

    return status == CC_STEP_OK ? cc_bind_entity(context, step, manager, orm_list_at(&list, 0)) : status;
}

cc_step_status cc_step_upsert_many(cc_context *context, const cc_step *step)
{
    cc_manager    *manager = cc_manager_of(context, step);
    orm_list       list = { .items = NULL };
    cc_step_status status = upsert(context, step, manager, &list);

    return status == CC_STEP_OK ? cc_bind_list(context, step, manager, &list) : status;
}
