/* What a condition and an order about an entity say of the rows that one of its relations leads to. */
#include <string.h>

#include "unit/load.h"

/* Behind "name." of the path, or "" where it ends with the name; NULL when it begins otherwise. */
static const char *behind(const char *path, const char *name)
{
    size_t length = strlen(name);

    if (path == NULL || strncmp(path, name, length) != 0)
        return NULL;
    if (path[length] == '\0')
        return path + length;
    return path[length] == '.' ? path + length + 1 : NULL;
}

/* Whether all of it is about that relation, so that it can be said of its rows. */
static bool is_about(const orm_condition *condition, const orm_meta_property *relation, unsigned depth)
{
    if (depth > ORM_CONDITION_DEPTH_MAX)
        return false;
    switch (condition->op) {
    case ORM_OP_AND:
    case ORM_OP_ALL:
    case ORM_OP_OR:
    case ORM_OP_NOT:
        if (condition->children == NULL)
            return false;
        for (size_t i = 0; i < condition->child_count; i++)
            if (!is_about(&condition->children[i], relation, depth + 1))
                return false;
        return condition->child_count > 0;
    default:
        return behind(condition->property, relation->name) != NULL;
    }
}

static orm_status rewrite(orm_em *em, const orm_condition *condition, const orm_meta_property *relation, unsigned depth,
                          orm_condition *out, bool *any);

/* The children that have something to say. */
static orm_status rewrite_children(orm_em *em, const orm_condition *condition, const orm_meta_property *relation,
                                   unsigned depth, orm_condition *out, bool *any)
{
    orm_condition *children = orm_arena_calloc(em->work, condition->child_count, sizeof *children);
    size_t         count = 0;

    if (children == NULL)
        return em_fail_memory(em);
    for (size_t i = 0; condition->children != NULL && i < condition->child_count; i++) {
        bool       some = false;
        orm_status status =
            rewrite(em, &condition->children[i], relation, depth + 1, &children[count], &some);

        if (status != ORM_OK)
            return status;
        count += some ? 1 : 0;
    }
    *any = count > 0;
    *out = (orm_condition){ .op = condition->op, .children = children, .child_count = count };
    return ORM_OK;
}

/* A comparison with the relation itself is one with the key of its rows. */
static orm_condition of_key(const orm_condition *condition, const orm_meta_property *relation)
{
    orm_condition key = *condition;

    if (relation->target->key_count == 1) {
        key.property = relation->target->keys[0]->name;
        return key;
    }
    key.op = ORM_OP_KEY;
    key.property = NULL;
    return key;
}

static bool can_be_of_key(const orm_condition *condition, const orm_meta_property *relation)
{
    return relation->target->key_count == 1 ||
           (condition->value.kind != ORM_VALUE_NULL && (condition->op == ORM_OP_EQ || condition->op == ORM_OP_IN));
}

static void rewrite_path(const orm_condition *condition, const orm_meta_property *relation, orm_condition *out, bool *any)
{
    const char *rest = behind(condition->property, relation->name);

    *any = rest != NULL && (*rest != '\0' || condition->op == ORM_OP_RELATED || can_be_of_key(condition, relation));
    if (!*any)
        return;
    *out = *condition;
    if (*rest != '\0')
        out->property = rest;
    else if (condition->op == ORM_OP_RELATED)
        *out = (orm_condition){ .op = ORM_OP_ALL,
                                .children = condition->children,
                                .child_count = condition->child_count };
    else
        *out = of_key(condition, relation);
}

/* Recursive, but never deeper than ORM_CONDITION_DEPTH_MAX: deeper ones are refused by who binds them. */
static orm_status rewrite(orm_em *em, const orm_condition *condition, const orm_meta_property *relation, unsigned depth,
                          orm_condition *out, bool *any)
{
    *any = false;
    if (depth > ORM_CONDITION_DEPTH_MAX)
        return ORM_OK;
    switch (condition->op) {
    case ORM_OP_AND:
    case ORM_OP_ALL:
        return rewrite_children(em, condition, relation, depth, out, any);
    case ORM_OP_OR:
    case ORM_OP_NOT:
        /* A part of it would say something else than the whole. */
        return is_about(condition, relation, depth) ? rewrite_children(em, condition, relation, depth, out, any) : ORM_OK;
    default:
        rewrite_path(condition, relation, out, any);
        return ORM_OK;
    }
}

orm_status em_condition_of(orm_em *em, const orm_condition *condition, const orm_meta_property *relation,
                           const orm_condition **out)
{
    orm_condition *rewritten = orm_arena_zalloc(em->work, sizeof *rewritten);
    bool           any = false;
    orm_status     status;

    *out = NULL;
    if (rewritten == NULL)
        return em_fail_memory(em);
    status = rewrite(em, condition, relation, 0, rewritten, &any);
    if (status == ORM_OK && any)
        *out = rewritten;
    return status;
}

/* ---- $infer ---- */

static orm_status add_relations(orm_em *em, const orm_condition *condition, orm_load *load, unsigned depth)
{
    const char *rest = condition->property;
    orm_status  status = ORM_OK;
    char        step[ORM_STEP_SIZE];

    if (depth > ORM_CONDITION_DEPTH_MAX)
        return ORM_OK;
    while (rest != NULL && orm_next_step(load->entity, &rest, step)) {
        const orm_meta_property *property = orm_meta_property_named(load->entity, step);

        if (property == NULL || property->relation == ORM_RELATION_NONE)
            break;
        load = em_load_add(em, load, property);
        if (load == NULL)
            return em->error.status;
        load->inferred = true;
    }
    for (size_t i = 0; condition->children != NULL && i < condition->child_count && status == ORM_OK; i++)
        status = add_relations(em, &condition->children[i], load, depth + 1);
    return status;
}

orm_status em_condition_relations(orm_em *em, const orm_condition *condition, orm_load *load)
{
    return condition == NULL ? ORM_OK : add_relations(em, condition, load, 0);
}

/* ---- Order ---- */

const orm_order *em_order_of(orm_em *em, const orm_order *order, const orm_meta_property *relation)
{
    size_t     count = 0;
    orm_order *out;

    for (const orm_order *o = order; o != NULL && o->property != NULL; o++)
        count++;
    if (count == 0)
        return NULL;
    out = orm_arena_calloc(em->work, count + 1, sizeof *out);
    if (out == NULL) {
        em_fail_memory(em);
        return NULL;
    }
    count = 0;
    for (const orm_order *o = order; o->property != NULL; o++) {
        const char *rest = behind(o->property, relation->name);

        if (rest != NULL && *rest != '\0')
            out[count++] = (orm_order){ .property = rest, .direction = o->direction };
    }
    return count == 0 ? NULL : out;
}
