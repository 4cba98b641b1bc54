#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "query/plan.h"

bool orm_next_step(const orm_meta_entity *entity, const char **path, char step[ORM_STEP_SIZE])
{
    size_t length = orm_meta_property_named(entity, *path) != NULL ? strlen(*path) : strcspn(*path, ".");
    size_t kept = length < ORM_STEP_SIZE ? length : ORM_STEP_SIZE - 1;

    if (**path == '\0')
        return false;
    memcpy(step, *path, kept);
    step[kept] = '\0';
    *path += length;
    if (**path == '.')
        (*path)++;
    return true;
}

orm_status orm_plan_unknown(orm_plan *plan, const orm_meta_entity *entity, const char *name, const char *path)
{
    orm_meta_unknown_property(entity, name, plan->error);
    if (strcmp(name, path) != 0)
        orm_fail_detail(plan->error, "in the path \"%.200s\"", path);
    return plan->error->status;
}

orm_status orm_plan_fail(orm_plan *plan, const orm_meta_property *property, int number, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    orm_vfail(plan->error, ORM_ERR_VALIDATION, number, format, args);
    va_end(args);
    return orm_query_fail_property(property, plan->error);
}
