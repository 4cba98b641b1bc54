#include <string.h>

#include "base/fail.h"
#include "query/query_private.h"

/* What one walk through a condition carries along. */
typedef struct walk {
    orm_statement         *statement;
    const orm_meta_entity *entity;
    const char            *alias;
    const orm_query_scope *scope;
    size_t                 written; /* comparisons so far */
    orm_error             *error;
} walk;

static orm_status convert(const orm_meta_property *property, const orm_value *value, const orm_query_scope *scope,
                          const void **slot, orm_error *error)
{
    void *made = orm_arena_zalloc(scope->arena, orm_type_info_of(property->column_type)->size);

    if (made == NULL)
        return orm_fail_memory(error);
    *slot = made;
    return orm_type_from_value(property->column_type, scope->arena, value, made, error);
}

orm_status orm_query_value(const orm_meta_property *property, const orm_value *value, const orm_query_scope *scope,
                           const void **slot, orm_error *error)
{
    orm_error  scratch = { .status = ORM_OK };
    orm_error *e = error != NULL ? error : &scratch;
    orm_status status;

    *slot = NULL;
    if (value->kind == ORM_VALUE_NULL)
        return ORM_OK;
    if (value->kind != ORM_VALUE_ENTITY)
        status = convert(property, value, scope, slot, e);
    else if (property->relation == ORM_RELATION_MANY_TO_ONE || property->primary)
        status = scope->key_of(scope->context, property->primary ? property->entity : property->target,
                               value->as.entity, slot, e);
    else
        status = orm_fail(e, ORM_ERR_VALIDATION, 402, "an entity was given, and the property is not a reference");
    return status == ORM_OK ? ORM_OK : orm_query_fail_property(property, e);
}

static orm_status compare(walk *w, const orm_meta_property *property, const orm_value *value)
{
    const void *slot;
    orm_status  status = orm_query_value(property, value, w->scope, &slot, w->error);

    if (status != ORM_OK)
        return status;
    if (w->written++ > 0)
        orm_statement_text(w->statement, " and ");
    orm_statement_column(w->statement, w->alias, property->column);
    if (slot == NULL) {
        orm_statement_text(w->statement, " is null");
        return ORM_OK;
    }
    orm_statement_text(w->statement, " = ");
    orm_query_param(w->statement, property->column_type, slot);
    return ORM_OK;
}

static orm_status compare_named(walk *w, const orm_condition *condition)
{
    const orm_meta_property *property;
    orm_status               status;

    if (condition->property == NULL)
        return orm_fail(w->error, ORM_ERR_VALIDATION, 403, "a condition on %s names no property", w->entity->name);
    property = orm_meta_property_named(w->entity, condition->property);
    if (property == NULL) {
        status = orm_meta_unknown_property(w->entity, condition->property, w->error);
        if (status != ORM_ERR_MEMORY)
            status = w->error->status = ORM_ERR_VALIDATION;
        return status;
    }
    if (property->column == NULL) {
        status = orm_fail(w->error, ORM_ERR_VALIDATION, 404, "%s.%s is a collection and cannot be compared",
                          w->entity->name, property->name);
        orm_fail_where(w->error, w->entity->name, property->name);
        return status;
    }
    return compare(w, property, &condition->value);
}

/* Recursive, but never deeper than ORM_CONDITION_DEPTH_MAX. */
static orm_status append(walk *w, const orm_condition *condition, unsigned depth)
{
    if (depth > ORM_CONDITION_DEPTH_MAX)
        return orm_fail(w->error, ORM_ERR_VALIDATION, 405, "the condition on %s is nested deeper than %d levels",
                        w->entity->name, ORM_CONDITION_DEPTH_MAX);
    switch (condition->op) {
    case ORM_OP_EQ:
        return compare_named(w, condition);
    case ORM_OP_KEY:
        return compare(w, w->entity->key, &condition->value);
    case ORM_OP_AND:
        if (condition->children == NULL && condition->child_count > 0)
            return orm_fail(w->error, ORM_ERR_VALIDATION, 407,
                            "a condition on %s has %zu children, and no list of them", w->entity->name,
                            condition->child_count);
        for (size_t i = 0; i < condition->child_count; i++) {
            orm_status status = append(w, &condition->children[i], depth + 1);

            if (status != ORM_OK)
                return status;
        }
        return ORM_OK;
    }
    return orm_fail(w->error, ORM_ERR_VALIDATION, 406, "the condition on %s has an unknown operator (%d)",
                    w->entity->name, (int)condition->op);
}

orm_status orm_query_condition(orm_statement *statement, const orm_meta_entity *entity, const char *alias,
                               const orm_condition *condition, const orm_query_scope *scope, bool *empty,
                               orm_error *error)
{
    orm_error  scratch = { .status = ORM_OK };
    walk       w = { .statement = statement,
                     .entity = entity,
                     .alias = alias,
                     .scope = scope,
                     .error = error != NULL ? error : &scratch };
    orm_status status = condition == NULL ? ORM_OK : append(&w, condition, 0);

    *empty = w.written == 0;
    return status;
}
