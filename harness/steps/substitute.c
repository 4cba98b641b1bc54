/*
 * What "${name}" in a case's data stands for: alone, and inside of lists and JSON.
 */
#include <string.h>

#include "base/text.h"
#include "harness/expect/expect.h"
#include "harness/steps/steps_private.h"

const char *cc_reference_in(orm_arena *arena, const cc_yaml *node)
{
    size_t length = node->kind == CC_YAML_STRING ? strlen(node->text) : 0;

    if (length <= 3 || strncmp(node->text, "${", 2) != 0 || node->text[length - 1] != '}')
        return NULL;
    return orm_arena_strndup(arena, node->text + 2, length - 3);
}

cc_step_status cc_take_reference(cc_context *context, const cc_step *step, const char *path, orm_value *out)
{
    cc_actual  value = { .shape = CC_SHAPE_VALUE };
    orm_buffer why;
    bool       found = false;

    orm_buffer_init(&why, NULL, 0);
    found = cc_lookup(context, path, &value, &why);
    if (!found)
        cc_broken(context, step, "%s", why.data);
    orm_buffer_free(&why);
    if (!found)
        return CC_STEP_BROKEN;
    if (value.shape != CC_SHAPE_VALUE)
        return cc_broken(context, step, "${%s} is a list or JSON, which cannot be used as a value here", path);
    *out = value.value;
    return CC_STEP_OK;
}

/* Depth is bounded by the YAML loader, here and below. */
static bool has_dollar(const cc_yaml *node)
{
    bool found = node->kind == CC_YAML_STRING &&
                 (orm_text_starts(node->text, "${") || cc_plain_string(node->text) != node->text);

    for (size_t i = 0; node->kind == CC_YAML_LIST && i < node->count && !found; i++)
        found = has_dollar(node->items[i]);
    for (size_t i = 0; node->kind == CC_YAML_MAP && i < node->count && !found; i++)
        found = has_dollar(node->entries[i].value);
    return found;
}

/* Makes `node` what could stand in the file in place of the reference. */
static cc_step_status take_value(cc_context *context, const cc_step *step, const char *path, cc_yaml *node)
{
    orm_value      value = orm_null();
    cc_step_status status = cc_take_reference(context, step, path, &value);

    if (status != CC_STEP_OK)
        return status;
    switch (value.kind) {
    case ORM_VALUE_NULL:
        node->kind = CC_YAML_NULL;
        return CC_STEP_OK;
    case ORM_VALUE_BOOL:
        node->kind = CC_YAML_BOOL;
        node->as.boolean = value.as.boolean;
        return CC_STEP_OK;
    case ORM_VALUE_INT:
        node->kind = CC_YAML_INT;
        node->as.integer = value.as.integer;
        return CC_STEP_OK;
    case ORM_VALUE_TEXT:
    case ORM_VALUE_UUID:
    case ORM_VALUE_DATE:
    case ORM_VALUE_TIMESTAMP:
    case ORM_VALUE_BYTES:
        node->text = cc_text_of(context->arena, &value);
        return node->text != NULL ? CC_STEP_OK : cc_broken_memory(context, step);
    default:
        return cc_broken(context, step, "${%s} is none of what lists and JSON take: texts, whole numbers, booleans",
                         path);
    }
}

static cc_step_status copy(cc_context *context, const cc_step *step, const cc_yaml *node, cc_yaml **out)
{
    orm_arena     *arena = context->arena;
    const char    *path = cc_reference_in(arena, node);
    cc_step_status status = CC_STEP_OK;
    cc_yaml       *made = orm_arena_memdup(arena, node, sizeof *node);

    *out = made;
    if (made == NULL)
        return cc_broken_memory(context, step);
    if (path != NULL)
        return take_value(context, step, path, made);
    if (node->kind == CC_YAML_STRING)
        made->text = cc_plain_string(node->text);
    if (node->kind == CC_YAML_LIST)
        made->items = orm_arena_calloc(arena, node->count, sizeof *made->items);
    if (node->kind == CC_YAML_MAP)
        made->entries = orm_arena_memdup(arena, node->entries, node->count * sizeof *made->entries);
    if ((node->kind == CC_YAML_LIST && made->items == NULL) || (node->kind == CC_YAML_MAP && made->entries == NULL))
        return cc_broken_memory(context, step);
    for (size_t i = 0; node->kind == CC_YAML_LIST && i < node->count && status == CC_STEP_OK; i++)
        status = copy(context, step, node->items[i], &made->items[i]);
    for (size_t i = 0; node->kind == CC_YAML_MAP && i < node->count && status == CC_STEP_OK; i++)
        status = copy(context, step, node->entries[i].value, &made->entries[i].value);
    return status;
}

cc_step_status cc_substitute(cc_context *context, const cc_step *step, const cc_yaml *node, const cc_yaml **out)
{
    cc_yaml       *made = NULL;
    cc_step_status status = CC_STEP_OK;

    *out = node;
    if (!has_dollar(node))
        return CC_STEP_OK;
    status = copy(context, step, node, &made);
    *out = made;
    return status;
}
