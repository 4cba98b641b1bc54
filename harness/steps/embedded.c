/* Members of embedded values: named "home.city" where liborm is asked for them, and maps in case files. */
#include <string.h>

#include "harness/steps/steps_private.h"

const orm_property *cc_member_of(cc_context *context, const char *prefix, const orm_property *property)
{
    orm_property *copy;

    if (prefix[0] == '\0')
        return property;
    copy = orm_arena_memdup(context->arena, property, sizeof *property);
    if (copy != NULL)
        copy->name = orm_arena_printf(context->arena, "%s%s", prefix, property->name);
    return copy == NULL || copy->name == NULL ? NULL : copy;
}

const char *cc_members_prefix(cc_context *context, const char *prefix, const orm_property *embedded)
{
    return orm_arena_printf(context->arena, "%s%s.", prefix, embedded->name);
}

static bool one_value(cc_context *context, const cc_object *object, const char *prefix, const orm_property *property,
                      cc_actual *out)
{
    const char *name = orm_arena_printf(context->arena, "%s%s", prefix, property->name);
    cc_actual   value = { .is_json = property->type == ORM_TYPE_JSON || property->type == ORM_TYPE_EMBEDDED_LIST };

    return name != NULL && orm_get(object->manager->em, object->entity, name, &value.value) == ORM_OK &&
           cc_copy_actual(context->arena, &value, out);
}

static bool is_absent(const cc_actual *value)
{
    return value->shape == CC_SHAPE_VALUE && value->value.kind == ORM_VALUE_NULL;
}

/* Recursive; embeddables contain none but those before them. */
bool cc_embedded_value(cc_context *context, const cc_object *object, const char *prefix, const orm_property *embedded,
                       cc_actual *out)
{
    const orm_entity *type = embedded->embeddable;
    const char       *inner = cc_members_prefix(context, prefix, embedded);
    cc_actual        *values = orm_arena_calloc(context->arena, type->property_count, sizeof *values);
    const char      **names = orm_arena_calloc(context->arena, type->property_count, sizeof *names);
    bool              absent = true;

    if (inner == NULL || values == NULL || names == NULL)
        return false;
    for (size_t i = 0; i < type->property_count; i++) {
        const orm_property *member = &type->properties[i];
        bool known = member->type == ORM_TYPE_EMBEDDED ? cc_embedded_value(context, object, inner, member, &values[i])
                                                       : one_value(context, object, inner, member, &values[i]);

        if (!known)
            return false;
        names[i] = member->name;
        absent = absent && is_absent(&values[i]);
    }
    *out = (cc_actual){ .shape = CC_SHAPE_VALUE };
    if (!absent)
        *out = (cc_actual){ .shape = CC_SHAPE_MAP, .items = values, .keys = names, .count = type->property_count };
    return true;
}
