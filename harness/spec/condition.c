#include "harness/spec/condition.h"

#include <string.h>

#include "harness/spec/model.h"

typedef cc_condition_reader reading;

static const struct {
    const char  *word;
    orm_operator op;
} comparing[] = {
    { "$eq", ORM_OP_EQ },     { "$ne", ORM_OP_NE },       { "$gt", ORM_OP_GT },
    { "$gte", ORM_OP_GTE },   { "$lt", ORM_OP_LT },       { "$lte", ORM_OP_LTE },
    { "$in", ORM_OP_IN },     { "$nin", ORM_OP_NOT_IN },  { "$like", ORM_OP_LIKE },
    { "$ilike", ORM_OP_ILIKE }, { "$exists", ORM_OP_EXISTS },
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

/* What the names of a map are about: an entity, or the members of an embedded value behind `prefix`. */
typedef struct scope {
    const orm_entity *entity;
    const char       *prefix; /* "" or "home." */
} scope;

static cc_step_status object(const reading *r, const scope *in, const cc_yaml *node, orm_condition *out);

static cc_step_status no_memory(const reading *r, const cc_yaml *node)
{
    return r->fail(r->context, node, "out of memory");
}

static orm_condition *children_of(const reading *r, const cc_yaml *node, orm_condition *out, size_t count)
{
    orm_condition *children = orm_arena_calloc(r->arena, count, sizeof *children);

    out->children = children;
    out->child_count = children == NULL ? 0 : count;
    if (children == NULL)
        (void)no_memory(r, node);
    return children;
}

/* ---- Values ---- */

static bool takes_lists(const orm_property *property)
{
    return property != NULL && (property->type == ORM_TYPE_TEXT_ARRAY || property->type == ORM_TYPE_INTEGER_ARRAY ||
                                property->type == ORM_TYPE_JSON);
}

/* A list that is no value of an array column: several values, or the parts of a key. */
static cc_step_status list(const reading *r, const orm_property *property, const cc_yaml *node, orm_value *out)
{
    orm_value *items = orm_arena_calloc(r->arena, node->count, sizeof *items);

    if (items == NULL)
        return no_memory(r, node);
    for (size_t i = 0; i < node->count; i++) {
        cc_step_status status = cc_read_condition_value(r, property, node->items[i], &items[i]);

        if (status != CC_STEP_OK)
            return status;
    }
    *out = orm_list_value(items, node->count);
    return CC_STEP_OK;
}

cc_step_status cc_read_condition_value(const reading *r, const orm_property *property, const cc_yaml *node,
                                       orm_value *out)
{
    if (node->kind == CC_YAML_LIST && !takes_lists(property))
        return list(r, property, node, out);
    return r->value(r->context, property, node, out);
}

/* The values of $in: each of them is one of the property's. */
static cc_step_status values(const reading *r, const orm_property *property, const cc_yaml *node, orm_value *out)
{
    return node->kind == CC_YAML_LIST ? list(r, property, node, out) : cc_read_condition_value(r, property, node, out);
}

/* ---- One property ---- */

static cc_step_status operators(const reading *r, const orm_property *property, const char *path, const cc_yaml *node,
                                orm_condition *out);

static cc_step_status one_operator(const reading *r, const orm_property *property, const char *path,
                                   const cc_yaml_entry *entry, orm_condition *out)
{
    static const orm_property text = { .type = ORM_TYPE_TEXT };

    *out = (orm_condition){ .op = ORM_OP_NOT };
    if (strcmp(entry->key, "$not") == 0) {
        orm_condition *child = children_of(r, entry->value, out, 1);

        return child == NULL ? CC_STEP_BROKEN : operators(r, property, path, entry->value, child);
    }
    if (!operator_of(entry->key, &out->op))
        return r->fail(r->context, entry->value, "this is no operator");
    out->property = path;
    if (out->op == ORM_OP_IN || out->op == ORM_OP_NOT_IN)
        return values(r, property, entry->value, &out->value);
    if (out->op == ORM_OP_LIKE || out->op == ORM_OP_ILIKE)
        property = &text;
    else if (out->op == ORM_OP_EXISTS)
        property = NULL;
    return cc_read_condition_value(r, property, entry->value, &out->value);
}

static cc_step_status operators(const reading *r, const orm_property *property, const char *path, const cc_yaml *node,
                                orm_condition *out)
{
    orm_condition *children;

    if (node->count == 1)
        return one_operator(r, property, path, &node->entries[0], out);
    *out = (orm_condition){ .op = ORM_OP_ALL };
    children = children_of(r, node, out, node->count);
    if (children == NULL)
        return CC_STEP_BROKEN;
    for (size_t i = 0; i < node->count; i++) {
        cc_step_status status = one_operator(r, property, path, &node->entries[i], &children[i]);

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

/* {home: {city: Bonn}} is about "home.city". */
static cc_step_status members(const reading *r, const orm_property *property, const char *path, const cc_yaml *node,
                              orm_condition *out)
{
    scope in = { .entity = property->embeddable, .prefix = orm_arena_printf(r->arena, "%s.", path) };

    return in.prefix == NULL ? no_memory(r, node) : object(r, &in, node, out);
}

static cc_step_status one_property(const reading *r, const scope *in, const cc_yaml_entry *entry, orm_condition *out)
{
    const orm_property *property = cc_entity_property(in->entity, entry->key);
    const char         *path = orm_arena_printf(r->arena, "%s%s", in->prefix, entry->key);

    if (path == NULL)
        return no_memory(r, entry->value);
    if (property == NULL)
        return r->fail(r->context, entry->value, "there is no such property");
    if (property->type == ORM_TYPE_EMBEDDED && entry->value->kind == CC_YAML_MAP)
        return members(r, property, path, entry->value, out);
    if (is_operators(property, entry->value))
        return operators(r, property, path, entry->value, out);
    if (property->relation != ORM_RELATION_NONE && entry->value->kind == CC_YAML_MAP) {
        scope          target = { .entity = r->target(r->context, property), .prefix = "" };
        cc_step_status status = object(r, &target, entry->value, out);

        out->op = ORM_OP_RELATED;
        out->property = path;
        return status;
    }
    *out = (orm_condition){ .op = ORM_OP_EQ, .property = path };
    return cc_read_condition_value(r, property, entry->value, &out->value);
}

/* ---- The tree ---- */

static cc_step_status branches(const reading *r, const scope *in, const cc_yaml *node, orm_operator op,
                               orm_condition *out)
{
    orm_condition *children;

    *out = (orm_condition){ .op = op };
    children = children_of(r, node, out, node->count);
    if (children == NULL)
        return CC_STEP_BROKEN;
    for (size_t i = 0; i < node->count; i++) {
        cc_step_status status = object(r, in, node->items[i], &children[i]);

        if (status != CC_STEP_OK)
            return status;
    }
    return CC_STEP_OK;
}

/* Depth is bounded by the YAML loader. */
static cc_step_status object(const reading *r, const scope *in, const cc_yaml *node, orm_condition *out)
{
    orm_condition *children;

    *out = (orm_condition){ .op = ORM_OP_ALL };
    children = children_of(r, node, out, node->count);
    if (children == NULL)
        return CC_STEP_BROKEN;
    for (size_t i = 0; i < node->count; i++) {
        const cc_yaml_entry *entry = &node->entries[i];
        cc_step_status       status;

        if (strcmp(entry->key, "$and") == 0) {
            status = branches(r, in, entry->value, ORM_OP_AND, &children[i]);
        } else if (strcmp(entry->key, "$or") == 0) {
            status = branches(r, in, entry->value, ORM_OP_OR, &children[i]);
        } else if (strcmp(entry->key, "$not") == 0) {
            status = object(r, in, entry->value, &children[i]);
            children[i].op = ORM_OP_NOT;
        } else {
            status = one_property(r, in, entry, &children[i]);
        }
        if (status != CC_STEP_OK)
            return status;
    }
    return CC_STEP_OK;
}

cc_step_status cc_read_condition(const reading *r, const orm_entity *entity, const cc_yaml *node, orm_condition *out)
{
    scope in = { .entity = entity, .prefix = "" };

    return object(r, &in, node, out);
}
