/*
 * Conditions of case files, in MikroORM's words, as liborm's tree: a map is orm_all(), $and is orm_and(), a map behind a
 * relation is orm_related().
 */
#include <string.h>

#include "harness/steps/steps_private.h"

typedef struct reading {
    cc_context    *context;
    const cc_step *step;
    cc_manager    *manager;
} reading;

static const struct {
    const char  *word;
    orm_operator op;
} comparing[] = {
    { "$eq", ORM_OP_EQ },     { "$ne", ORM_OP_NE },       { "$gt", ORM_OP_GT },         { "$gte", ORM_OP_GTE },
    { "$lt", ORM_OP_LT },     { "$lte", ORM_OP_LTE },     { "$in", ORM_OP_IN },         { "$nin", ORM_OP_NOT_IN },
    { "$like", ORM_OP_LIKE }, { "$ilike", ORM_OP_ILIKE }, { "$exists", ORM_OP_EXISTS },
};

static bool operator_of(const char *word, orm_operator *out)
{
    for (size_t i = 0; i < sizeof comparing / sizeof comparing[0]; i++) {
        if (strcmp(comparing[i].word, word) != 0)
            continue;
        *out = comparing[i].op;
        return true;
    }
    return false;
}

static cc_step_status object(const reading *r, const orm_entity *entity, const char *prefix, const cc_yaml *node,
                             orm_condition *out);

static orm_condition *children_of(const reading *r, orm_condition *out, size_t count)
{
    orm_condition *children = orm_arena_calloc(r->context->arena, count, sizeof *children);

    out->children = children;
    out->child_count = children == NULL ? 0 : count;
    if (children == NULL)
        (void)cc_broken_memory(r->context, r->step);
    return children;
}

/* ---- Values ---- */

static bool takes_lists(const orm_property *property)
{
    return property != NULL && (property->type == ORM_TYPE_TEXT_ARRAY || property->type == ORM_TYPE_INTEGER_ARRAY ||
                                property->type == ORM_TYPE_JSON);
}

static cc_step_status value(const reading *r, const orm_property *property, const cc_yaml *node, orm_value *out);

/* A list that is no value of an array column: several values, or the parts of a key. */
static cc_step_status list(const reading *r, const orm_property *property, const cc_yaml *node, orm_value *out)
{
    orm_value *items = orm_arena_calloc(r->context->arena, node->count, sizeof *items);

    if (items == NULL)
        return cc_broken_memory(r->context, r->step);
    for (size_t i = 0; i < node->count; i++) {
        cc_step_status status = value(r, property, node->items[i], &items[i]);

        if (status != CC_STEP_OK)
            return status;
    }
    *out = orm_list_value(items, node->count);
    return CC_STEP_OK;
}

static cc_step_status value(const reading *r, const orm_property *property, const cc_yaml *node, orm_value *out)
{
    if (node->kind == CC_YAML_LIST && !takes_lists(property))
        return list(r, property, node, out);
    return cc_value_of(r->context, r->step, r->manager, property, node, out);
}

/* The values of $in: each of them is one of the property's. */
static cc_step_status values(const reading *r, const orm_property *property, const cc_yaml *node, orm_value *out)
{
    return node->kind == CC_YAML_LIST ? list(r, property, node, out) : value(r, property, node, out);
}

/* ---- One property ---- */

static cc_step_status operators(const reading *r, const orm_property *property, const cc_yaml *node,
                                orm_condition *out);

static cc_step_status one_operator(const reading *r, const orm_property *property, const cc_yaml_entry *entry,
                                   orm_condition *out)
{
    static const orm_property text = { .type = ORM_TYPE_TEXT };

    *out = (orm_condition){ .op = ORM_OP_NOT };
    if (strcmp(entry->key, "$not") == 0) {
        orm_condition *child = children_of(r, out, 1);

        return child == NULL ? CC_STEP_BROKEN : operators(r, property, entry->value, child);
    }
    if (!operator_of(entry->key, &out->op))
        return cc_broken(r->context, r->step, "'%s' is no operator", entry->key);
    out->property = property->name;
    if (out->op == ORM_OP_IN || out->op == ORM_OP_NOT_IN)
        return values(r, property, entry->value, &out->value);
    if (out->op == ORM_OP_LIKE || out->op == ORM_OP_ILIKE)
        property = &text;
    else if (out->op == ORM_OP_EXISTS)
        property = NULL;
    return value(r, property, entry->value, &out->value);
}

static cc_step_status operators(const reading *r, const orm_property *property, const cc_yaml *node, orm_condition *out)
{
    orm_condition *children;

    if (node->count == 1)
        return one_operator(r, property, &node->entries[0], out);
    *out = (orm_condition){ .op = ORM_OP_ALL };
    children = children_of(r, out, node->count);
    if (children == NULL)
        return CC_STEP_BROKEN;
    for (size_t i = 0; i < node->count; i++) {
        cc_step_status status = one_operator(r, property, &node->entries[i], &children[i]);

        if (status != CC_STEP_OK)
            return status;
    }
    return CC_STEP_OK;
}

static bool is_operators(const orm_property *property, const cc_yaml *node)
{
    orm_operator op;

    if (node->kind != CC_YAML_MAP || node->count == 0)
        return false;
    return operator_of(node->entries[0].key, &op) ||
           (property->relation == ORM_RELATION_NONE && strcmp(node->entries[0].key, "$not") == 0);
}

static cc_step_status one_property(const reading *r, const orm_entity *entity, const char *prefix,
                                   const cc_yaml_entry *entry, orm_condition *out)
{
    const orm_property *property = cc_property_named(entity, entry->key);

    if (property == NULL)
        return cc_broken(r->context, r->step, "%s has no property '%s'", entity->name, entry->key);
    if (property->type == ORM_TYPE_EMBEDDED && entry->value->kind == CC_YAML_MAP) {
        const char *inner = cc_members_prefix(r->context, prefix, property);

        return inner == NULL ? cc_broken_memory(r->context, r->step)
                             : object(r, property->embeddable, inner, entry->value, out);
    }
    property = cc_member_of(r->context, prefix, property);
    if (property == NULL)
        return cc_broken_memory(r->context, r->step);
    if (is_operators(property, entry->value))
        return operators(r, property, entry->value, out);
    if (property->relation != ORM_RELATION_NONE && entry->value->kind == CC_YAML_MAP) {
        const orm_entity *target = orm_entity_named(r->context->env->db, property->target);
        cc_step_status    status = object(r, target, "", entry->value, out);

        out->op = ORM_OP_RELATED;
        out->property = property->name;
        return status;
    }
    *out = (orm_condition){ .op = ORM_OP_EQ, .property = property->name };
    return value(r, property, entry->value, &out->value);
}

/* ---- The tree ---- */

static cc_step_status branches(const reading *r, const orm_entity *entity, const char *prefix, const cc_yaml *node,
                               orm_operator op, orm_condition *out)
{
    orm_condition *children;

    *out = (orm_condition){ .op = op };
    children = children_of(r, out, node->count);
    if (children == NULL)
        return CC_STEP_BROKEN;
    for (size_t i = 0; i < node->count; i++) {
        cc_step_status status = object(r, entity, prefix, node->items[i], &children[i]);

        if (status != CC_STEP_OK)
            return status;
    }
    return CC_STEP_OK;
}

/* Depth is bounded by the YAML loader. */
static cc_step_status object(const reading *r, const orm_entity *entity, const char *prefix, const cc_yaml *node,
                             orm_condition *out)
{
    orm_condition *children;

    *out = (orm_condition){ .op = ORM_OP_ALL };
    children = children_of(r, out, node->count);
    if (children == NULL)
        return CC_STEP_BROKEN;
    for (size_t i = 0; i < node->count; i++) {
        const cc_yaml_entry *entry = &node->entries[i];
        cc_step_status       status;

        if (strcmp(entry->key, "$and") == 0) {
            status = branches(r, entity, prefix, entry->value, ORM_OP_AND, &children[i]);
        } else if (strcmp(entry->key, "$or") == 0) {
            status = branches(r, entity, prefix, entry->value, ORM_OP_OR, &children[i]);
        } else if (strcmp(entry->key, "$not") == 0) {
            status = object(r, entity, prefix, entry->value, &children[i]);
            children[i].op = ORM_OP_NOT;
        } else {
            status = one_property(r, entity, prefix, entry, &children[i]);
        }
        if (status != CC_STEP_OK)
            return status;
    }
    return CC_STEP_OK;
}

/* The primary key, where it is one property. */
static const orm_property *key_of(const orm_entity *entity)
{
    const orm_property *key = NULL;

    for (size_t i = 0; i < entity->property_count; i++) {
        if (entity->properties[i].primary && key != NULL)
            return NULL;
        if (entity->properties[i].primary)
            key = &entity->properties[i];
    }
    return key;
}

cc_step_status cc_condition_at(cc_context *context, const cc_step *step, const char *key, cc_manager *manager,
                               const orm_entity *entity, orm_condition *out)
{
    reading        r = { .context = context, .step = step, .manager = manager };
    const cc_yaml *node = cc_step_arg(step, key);

    *out = (orm_condition){ .op = ORM_OP_AND };
    if (node == NULL)
        return CC_STEP_OK;
    if (node->kind == CC_YAML_MAP)
        return object(&r, entity, "", node, out);
    out->op = ORM_OP_KEY;
    return value(&r, key_of(entity), node, &out->value);
}
