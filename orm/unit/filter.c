/* From the filters that are on to one condition without parameters. */
#include <string.h>

#include "unit/filter.h"

/* One filter on its way to a condition. */
typedef struct filling {
    orm_em                 *em;
    const orm_meta_entity  *meta;
    const orm_filter       *filter;
    const orm_filter_param *params;
    size_t                  param_count;
} filling;

static const orm_filter_use *use_of(const orm_find_options *options, const char *name)
{
    for (const orm_filter_use *use = options->filters; use != NULL && use->name != NULL; use++)
        if (strcmp(use->name, name) == 0)
            return use;
    return NULL;
}

orm_status em_check_filters(orm_em *em, const orm_find_options *options)
{
    for (const orm_filter_use *use = options->filters; use != NULL && use->name != NULL; use++)
        if (em_check_filter_name(em, use->name) != ORM_OK ||
            em_check_filter_params(em, use->name, use->params, use->param_count) != ORM_OK)
            return em->error.status;
    return ORM_OK;
}

static bool is_on(const orm_em *em, const orm_find_options *options, const orm_filter *filter)
{
    const orm_filter_use    *use = use_of(options, filter->name);
    const em_filter_setting *setting = em_filter_setting_of(em, filter->name);

    if (use != NULL)
        return !use->off;
    if (options->no_filters)
        return false;
    if (setting != NULL && setting->state != ORM_DEFAULT)
        return setting->state == ORM_ON;
    return filter->default_on;
}

/* ---- Parameters ---- */

static const orm_value *param(const orm_filter_param *params, size_t count, const char *name)
{
    for (size_t i = 0; i < count && name != NULL; i++)
        if (strcmp(params[i].name, name) == 0)
            return &params[i].value;
    return NULL;
}

const orm_value *orm_filter_value(const orm_filter_call *call, const char *name)
{
    return call == NULL ? NULL : param(call->params, call->param_count, name);
}

void *orm_filter_alloc(const orm_filter_call *call, size_t size)
{
    return call == NULL || call->em == NULL ? NULL : orm_arena_zalloc(call->em->work, size);
}

static orm_status fill_value(const filling *f, const orm_value *from, unsigned depth, orm_value *out)
{
    const orm_value *given;
    orm_value       *items;
    orm_status       status = ORM_OK;

    *out = *from;
    if (from->kind == ORM_VALUE_PARAM) {
        given = param(f->params, f->param_count, from->as.text);
        if (given != NULL) {
            *out = *given;
            return ORM_OK;
        }
        orm_fail(&f->em->error, ORM_ERR_VALIDATION, 784, "the filter \"%.80s\" of %s has no value for its parameter \"%.80s\"",
                 f->filter->name, f->meta->name, from->as.text == NULL ? "" : from->as.text);
        orm_fail_where(&f->em->error, f->meta->name, NULL);
        orm_fail_hint(&f->em->error, "orm_set_filter_params(), or the find's option filters");
        return ORM_ERR_VALIDATION;
    }
    if (from->kind != ORM_VALUE_LIST || from->as.list.items == NULL || depth > ORM_CONDITION_DEPTH_MAX)
        return ORM_OK;
    items = orm_arena_calloc(f->em->work, from->as.list.count + 1, sizeof *items);
    if (items == NULL)
        return em_fail_memory(f->em);
    for (size_t i = 0; i < from->as.list.count && status == ORM_OK; i++)
        status = fill_value(f, &from->as.list.items[i], depth + 1, &items[i]);
    out->as.list.items = items;
    return status;
}

/* Recursive, but never deeper than ORM_CONDITION_DEPTH_MAX: deeper ones are refused by who binds them. */
static orm_status fill(const filling *f, const orm_condition *from, unsigned depth, orm_condition *out)
{
    orm_condition *children;
    orm_status     status;

    *out = *from;
    status = fill_value(f, &from->value, 0, &out->value);
    if (status != ORM_OK || from->children == NULL || depth > ORM_CONDITION_DEPTH_MAX)
        return status;
    children = orm_arena_calloc(f->em->work, from->child_count + 1, sizeof *children);
    if (children == NULL)
        return em_fail_memory(f->em);
    for (size_t i = 0; i < from->child_count && status == ORM_OK; i++)
        status = fill(f, &from->children[i], depth + 1, &children[i]);
    out->children = children;
    return status;
}

/* ---- One filter ---- */

static orm_status make(const filling *f, orm_condition *out)
{
    const orm_filter_call call = { .em = f->em,
                                   .entity = f->meta->descriptor,
                                   .params = f->params,
                                   .param_count = f->param_count };
    orm_status            status = f->filter->make(f->filter->context, &call, out);

    if (status == ORM_OK)
        return ORM_OK;
    orm_fail(&f->em->error, status, 785, "the filter \"%.80s\" of %s failed", f->filter->name, f->meta->name);
    orm_fail_where(&f->em->error, f->meta->name, NULL);
    return status;
}

static bool is_empty(const orm_condition *condition)
{
    return condition->op == ORM_OP_AND && condition->child_count == 0;
}

static orm_status condition_of(orm_em *em, const orm_meta_entity *meta, const orm_find_options *options,
                               const orm_filter *filter, orm_condition *out)
{
    const orm_filter_use    *use = use_of(options, filter->name);
    const em_filter_setting *setting = em_filter_setting_of(em, filter->name);
    filling                  f = { .em = em, .meta = meta, .filter = filter };
    orm_condition            made = { .op = ORM_OP_AND };
    orm_status               status = ORM_OK;

    if (use != NULL && use->params != NULL) {
        f.params = use->params;
        f.param_count = use->param_count;
    } else if (setting != NULL) {
        f.params = setting->params;
        f.param_count = setting->param_count;
    }
    if (filter->make != NULL)
        status = make(&f, &made);
    return status == ORM_OK ? fill(&f, filter->make != NULL ? &made : filter->where, 0, out) : status;
}

/* ---- All of an entity ---- */

/* Names and values are looked at here, since a query for a relation comes only after others were sent. */
static orm_status check(orm_em *em, const orm_meta_entity *meta, const orm_filter *filter, const orm_condition *condition)
{
    orm_query_scope scope = em_scope(em);
    orm_status      status = orm_query_check_condition(meta, condition, &scope, &em->error);

    if (status == ORM_ERR_VALIDATION)
        orm_fail_detail(&em->error, "in the filter \"%.80s\" of %s", filter->name, meta->name);
    return status;
}

orm_status em_filter_of(orm_em *em, const orm_meta_entity *meta, const orm_find_options *options,
                        const orm_condition **out, bool *strict)
{
    const orm_filter *const *list = em->o->filters->of[meta->index];
    orm_condition           *conditions;
    orm_condition           *all;
    size_t                   count = 0;

    *out = NULL;
    if (strict != NULL)
        *strict = false;
    if (list == NULL || list[0] == NULL)
        return ORM_OK;
    while (list[count] != NULL)
        count++;
    conditions = orm_arena_calloc(em->work, count, sizeof *conditions);
    all = orm_arena_zalloc(em->work, sizeof *all);
    if (conditions == NULL || all == NULL)
        return em_fail_memory(em);
    count = 0;
    for (; *list != NULL; list++) {
        orm_status status;

        if (!is_on(em, options, *list))
            continue;
        status = condition_of(em, meta, options, *list, &conditions[count]);
        if (status == ORM_OK)
            status = check(em, meta, *list, &conditions[count]);
        if (status != ORM_OK)
            return status;
        if (is_empty(&conditions[count]))
            continue;
        if (strict != NULL)
            *strict = *strict || (*list)->strict;
        count++;
    }
    *all = (orm_condition){ .op = ORM_OP_AND, .children = conditions, .child_count = count };
    *out = count == 0 ? NULL : count == 1 ? conditions : all;
    return ORM_OK;
}
