#include <string.h>

#include "harness/steps/steps_private.h"

/* `update` has no SQL to show beforehand in this version of liborm. */
const char *const cc_schema_actions[] = { "create", "drop", "update", "create-sql", "drop-sql", NULL };

static cc_match check_sql(cc_context *context, const cc_yaml *expected, const void *seen, cc_finding *finding)
{
    cc_matching matching = cc_matching_of(context);
    const char *sql = seen;
    size_t      count = expected->kind == CC_YAML_LIST ? expected->count : 1;

    for (size_t i = 0; i < count; i++) {
        const cc_yaml *part = expected->kind == CC_YAML_LIST ? expected->items[i] : expected;
        cc_match       match = strstr(sql, part->text) != NULL ? CC_MATCH : CC_NO_MATCH;

        if (cc_is_pattern(part->text))
            match = cc_match_text(&matching, part, sql, &finding->message);
        if (match == CC_MATCH)
            continue;
        if (match == CC_NO_MATCH) {
            orm_buffer_reset(&finding->message);
            orm_buffer_append(&finding->message, "the SQL does not contain ");
            cc_print_expected(&finding->message, part);
            orm_buffer_append(&finding->detail, sql);
        }
        return match;
    }
    return CC_MATCH;
}

static orm_status run_action(orm *db, const char *action, const orm_schema_options *options, orm_error *error)
{
    if (strcmp(action, "create") == 0)
        return orm_schema_create(db, options, error);
    if (strcmp(action, "drop") == 0)
        return orm_schema_drop(db, options, error);
    return strcmp(action, "update") == 0 ? orm_schema_update(db, options, error) : ORM_OK;
}

cc_step_status cc_step_schema(cc_context *context, const cc_step *step)
{
    orm               *db = context->env->db;
    const char        *action = cc_arg_text(step, "action");
    orm_schema_options options = { .drop_migrations_table = cc_arg_bool(step, "drop_migrations_table") };
    orm_error          error = { .status = ORM_OK };
    bool               is_only_sql = strcmp(action, "create-sql") == 0 || strcmp(action, "drop-sql") == 0;
    const char        *sql = NULL;

    if (is_only_sql || cc_step_arg(step, "sql_contains") != NULL) {
        if (strcmp(action, "update") == 0)
            return cc_broken(context, step, "sql_contains goes with create and drop");
        sql = strncmp(action, "create", 6) == 0 ? orm_schema_create_sql(db, &error)
                                                : orm_schema_drop_sql(db, &options, &error);
        if (sql == NULL)
            return cc_refused(context, &error);
    }
    if (run_action(db, action, &options, &error) != ORM_OK)
        return cc_refused(context, &error);
    return sql == NULL ? CC_STEP_OK : cc_check(context, step, "sql_contains", check_sql, sql);
}
