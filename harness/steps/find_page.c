/* Pages by cursor. */
#include "harness/steps/steps_private.h"

cc_match cc_check_value(cc_context *context, const cc_yaml *expected, const void *seen, cc_finding *finding)
{
    cc_matching matching = cc_matching_of(context);

    return cc_match_value(&matching, expected, seen, &finding->message);
}

static cc_step_status check_flag(cc_context *context, const cc_step *step, const char *key, bool flag)
{
    cc_actual seen = { .shape = CC_SHAPE_VALUE, .value = orm_bool(flag) };

    return cc_check(context, step, key, cc_check_value, &seen);
}

static cc_step_status check_cursor(cc_context *context, const cc_step *step, const char *key, const char *cursor)
{
    cc_actual seen = { .shape = CC_SHAPE_VALUE, .value = orm_text(cursor) };

    return cc_check(context, step, key, cc_check_value, &seen);
}

/* The text of a key that may be a reference to a cursor; NULL for none. */
static cc_step_status cursor_of(cc_context *context, const cc_step *step, cc_manager *manager, const char *key,
                                const char **out)
{
    const cc_yaml *node = cc_step_arg(step, key);
    orm_value      value = orm_null();
    cc_step_status status;

    *out = NULL;
    if (node == NULL)
        return CC_STEP_OK;
    status = cc_value_of(context, step, manager, NULL, node, &value);
    if (status != CC_STEP_OK)
        return status;
    if (value.kind != ORM_VALUE_TEXT)
        return cc_broken(context, step, "%s is no cursor: it must be a text", key);
    *out = value.as.text;
    return CC_STEP_OK;
}

static cc_step_status check_page(cc_context *context, const cc_step *step, const orm_page *page)
{
    int64_t        total = (int64_t)page->total;
    cc_step_status status = CC_STEP_OK;

    if (cc_step_arg(step, "total") != NULL)
        status = cc_check(context, step, "total", cc_check_int, &total);
    if (status == CC_STEP_OK)
        status = check_flag(context, step, "has_next", page->has_next);
    if (status == CC_STEP_OK)
        status = check_flag(context, step, "has_previous", page->has_previous);
    if (status == CC_STEP_OK)
        status = check_cursor(context, step, "start_cursor", page->start_cursor);
    return status == CC_STEP_OK ? check_cursor(context, step, "end_cursor", page->end_cursor) : status;
}

cc_step_status cc_step_find_page(cc_context *context, const cc_step *step)
{
    cc_manager        *manager = cc_manager_of(context, step);
    orm_condition      where;
    orm_find_options   options;
    orm_cursor_options cursor = { .find = &options,
                                  .first = (size_t)cc_arg_int(step, "first", 0),
                                  .last = (size_t)cc_arg_int(step, "last", 0),
                                  .without_total = cc_step_arg(step, "total") == NULL };
    orm_page           page;
    cc_step_status     status;

    if (manager == NULL)
        return CC_STEP_BROKEN;
    status = cc_find_options_of(context, step, manager, step->entity, &options);
    if (status == CC_STEP_OK)
        status = cc_condition_at(context, step, "where", manager, step->entity, &where);
    if (status == CC_STEP_OK)
        status = cursor_of(context, step, manager, "after", &cursor.after);
    if (status == CC_STEP_OK)
        status = cursor_of(context, step, manager, "before", &cursor.before);
    if (status != CC_STEP_OK)
        return status;
    if (orm_find_page(manager->em, step->entity, &where, &cursor, &page) != ORM_OK)
        return cc_refused_by(context, manager);
    status = cc_bind_list(context, step, manager, &page.items);
    return status == CC_STEP_OK ? check_page(context, step, &page) : status;
}
