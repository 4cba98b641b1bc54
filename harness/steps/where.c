/* Conditions of steps: what the values in them are (spec/condition.h makes the tree). */
#include "harness/spec/condition.h"
#include "harness/steps/steps_private.h"

typedef struct reading {
    cc_context    *context;
    const cc_step *step;
    cc_manager    *manager;
} reading;

static const orm_entity *target_of(void *opaque, const orm_property *relation)
{
    const reading *r = opaque;

    return orm_entity_named(r->context->env->db, relation->target);
}

static cc_step_status value_of(void *opaque, const orm_property *property, const cc_yaml *node, orm_value *out)
{
    const reading *r = opaque;

    return cc_value_of(r->context, r->step, r->manager, property, node, out);
}

static cc_step_status fail(void *opaque, const cc_yaml *node, const char *why)
{
    const reading *r = opaque;

    return cc_broken(r->context, r->step, "%s:%u:%u: %s", node->place.file, node->place.line, node->place.column, why);
}

/* The primary key, where it is one property. */
static const orm_property *key_of(const orm_entity *entity)
{
    const orm_property *key = NULL;

    for (size_t i = 0; i < cc_entity_of(entity)->property_count; i++) {
        if (cc_entity_of(entity)->properties[i]->primary && key != NULL)
            return NULL;
        if (cc_entity_of(entity)->properties[i]->primary)
            key = cc_entity_of(entity)->properties[i];
    }
    return key;
}

cc_step_status cc_condition_at(cc_context *context, const cc_step *step, const char *key, cc_manager *manager,
                               const orm_entity *entity, orm_condition *out)
{
    reading             r = { .context = context, .step = step, .manager = manager };
    cc_condition_reader reader = { .arena = context->arena, .context = &r, .target = target_of, .value = value_of,
                                   .fail = fail };
    const cc_yaml      *node = cc_step_arg(step, key);

    *out = (orm_condition){ .op = ORM_OP_AND };
    if (node == NULL)
        return CC_STEP_OK;
    if (node->kind == CC_YAML_MAP)
        return cc_read_condition(&reader, entity, node, out);
    out->op = ORM_OP_KEY;
    return cc_read_condition_value(&reader, key_of(entity), node, &out->value);
}
