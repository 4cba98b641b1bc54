/* From a condition to a bound one: names become columns of joined tables, values become slots. */
#include <string.h>

#include "base/fail.h"
#include "query/plan.h"

/* What one walk down a condition carries along. */
typedef struct binder {
    orm_plan   *plan;
    orm_join   *from; /* the table that names belong to; NULL: the root */
    orm_sharing sharing;
    unsigned    depth;
} binder;

static const orm_meta_entity *entity_of(const orm_plan *plan, const orm_join *join)
{
    return join == NULL ? plan->root : join->target;
}

/* ---- Paths ---- */

static void place_property(orm_place *place, const orm_meta_property *property, orm_join *join)
{
    *place = (orm_place){ .property = property,
                          .join = join,
                          .columns = property->entity->columns + property->columns[0].index,
                          .column_count = property->column_count,
                          .is_key = property->to_one };
}

/* A relation without columns of its own stands for the keys of what it leads to. */
static orm_status place_relation(orm_plan *plan, orm_join *from, const orm_meta_property *relation, orm_sharing sharing,
                                 orm_place *out)
{
    *out = (orm_place){ .property = relation, .is_key = true };
    if (relation->pivot != NULL) {
        const orm_meta_property *side = relation->pivot_target;

        out->join = orm_plan_join_pivot(plan, from, relation, sharing);
        out->columns = side->entity->columns + side->columns[0].index;
        out->column_count = side->column_count;
    } else {
        out->join = orm_plan_join(plan, from, relation, sharing);
        out->columns = relation->target->columns;
        out->column_count = relation->target->key_column_count;
    }
    return out->join == NULL ? plan->error->status : ORM_OK;
}

/* The columns of the foreign key that hold a part of the target's key, which spares the join. */
static bool place_foreign_key(orm_join *from, const orm_meta_property *reference, const orm_meta_property *key,
                              orm_place *out)
{
    for (size_t i = 0; i < reference->column_count; i++) {
        if (reference->columns[i].refers_to->property->index != key->index) /* both of the root's key */
            continue;
        place_property(out, key, from);
        out->columns = reference->entity->columns + reference->columns[i].index;
        return true;
    }
    return false;
}

/*
 * Goes on to the table of a relation. A branch has a join of its own for the first to-many relation on its way; what lies
 * behind that is its own anyhow. NULL with the plan's error.
 */
static orm_join *follow(orm_plan *plan, orm_join *from, const orm_meta_property *relation, orm_sharing *sharing)
{
    orm_join *join = orm_plan_join(plan, from, relation, *sharing);

    if (relation->to_many)
        sharing->branch = NULL;
    return join;
}

static orm_status place_end(orm_plan *plan, orm_join *from, const orm_meta_property *via,
                            const orm_meta_property *property, orm_sharing sharing, orm_place *out)
{
    bool spares = via != NULL && via->to_one && via->owner && property->primary;

    if (spares && orm_plan_find_join(plan, from, via, sharing) == NULL && place_foreign_key(from, via, property, out))
        return ORM_OK;
    if (via != NULL) {
        from = follow(plan, from, via, &sharing);
        if (from == NULL)
            return plan->error->status;
    }
    if (property->descriptor->persist == ORM_OFF)
        return orm_plan_fail(plan, property, 755, "it is not persistent and has no column");
    if (property->column_count == 0 && property->relation == ORM_RELATION_NONE)
        return orm_plan_fail(plan, property, 421, "it is kept in JSON and has no column of its own");
    if (property->column_count == 0)
        return place_relation(plan, from, property, sharing, out);
    place_property(out, property, from);
    return ORM_OK;
}

static orm_status no_path(orm_plan *plan, const orm_meta_property *property, const char *path)
{
    orm_plan_fail(plan, property, 410, "it is not a relation, so no path leads through it");
    orm_fail_detail(plan->error, "in the path \"%.200s\"", path);
    return plan->error->status;
}

orm_status orm_plan_resolve(orm_plan *plan, orm_join *from, const char *path, orm_sharing sharing, orm_place *out)
{
    const orm_meta_entity   *entity = entity_of(plan, from);
    const orm_meta_property *via = NULL; /* the relation to follow next, unless its keys are enough */
    const char              *rest = path;
    char                     step[ORM_STEP_SIZE];

    while (orm_next_step(entity, &rest, step)) {
        const orm_meta_property *property = orm_meta_property_named(entity, step);

        if (property == NULL)
            return orm_plan_unknown(plan, entity, step, path);
        if (*rest == '\0' && rest[-1] != '.')
            return place_end(plan, from, via, property, sharing, out);
        if (property->relation == ORM_RELATION_NONE)
            return no_path(plan, property, path);
        if (via != NULL) {
            from = follow(plan, from, via, &sharing);
            if (from == NULL)
                return plan->error->status;
        }
        via = property;
        entity = property->target->view;
    }
    return orm_plan_unknown(plan, entity, "", path);
}

/* ---- Values ---- */

static bool is_text(orm_type type)
{
    return type == ORM_TYPE_STRING || type == ORM_TYPE_TEXT || type == ORM_TYPE_ENUM;
}

static orm_status convert(orm_plan *plan, const orm_place *place, const orm_value *value, const void **slots)
{
    const orm_meta_property *property = place->property;

    if (value->kind == ORM_VALUE_NULL)
        return ORM_OK;
    if (!place->is_key || property->column_count > 0)
        return orm_query_value(property, value, plan->scope, slots, plan->error);
    /* An inverse side: the key of its target. */
    return orm_query_key(property->target, value, plan->scope, slots, plan->error);
}

/* Whether an entity stands for a part of the key, and not for a row that has it. */
static bool is_part(const orm_plan *plan, const orm_meta_entity *entity, const orm_value *item)
{
    orm_error              scratch = { .status = ORM_OK };
    const orm_query_scope *scope = plan->scope;
    const void            *slots[ORM_KEY_COLUMNS_MAX];

    return scope->key_of(scope->context, entity, item->as.entity, slots, &scratch) != ORM_OK;
}

/*
 * A list is one value where columns are several and one of its items is single: the parts of a composite key. Entities are
 * parts where they are of other types than that whose key it is.
 */
static bool is_tuple(const orm_plan *plan, const orm_place *place, const orm_value *value)
{
    const orm_meta_entity *entity = place->key_of != NULL ? place->key_of : place->property->target;
    size_t                 entities = 0;

    if (value->kind != ORM_VALUE_LIST || place->column_count < 2 || value->as.list.items == NULL)
        return false;
    for (size_t i = 0; i < value->as.list.count; i++) {
        const orm_value *item = &value->as.list.items[i];

        if (item->kind != ORM_VALUE_LIST && item->kind != ORM_VALUE_ENTITY)
            return true;
        entities += item->kind == ORM_VALUE_ENTITY;
    }
    return entity != NULL && entities > 0 && value->as.list.count == entity->key_count && entities == entity->key_count &&
           is_part(plan, entity, &value->as.list.items[0]);
}

static orm_status bind_values(orm_plan *plan, const orm_place *place, const orm_value *values, size_t count,
                              orm_bound *out)
{
    const void **slots = orm_arena_calloc(plan->arena, count, place->column_count * sizeof *slots);

    if (slots == NULL)
        return orm_fail_memory(plan->error);
    for (size_t i = 0; i < count; i++) {
        orm_status status = convert(plan, place, &values[i], slots + i * place->column_count);

        if (status != ORM_OK)
            return status;
    }
    out->slots = slots;
    out->value_count = count;
    return ORM_OK;
}

static orm_status bind_list(orm_plan *plan, const orm_condition *condition, const orm_place *place, orm_bound *out)
{
    const orm_value *value = &condition->value;

    if (value->kind != ORM_VALUE_LIST)
        return orm_plan_fail(plan, place->property, 411, "%s needs a list of values: orm_list_value()",
                             orm_operator_word(condition->op));
    if (value->as.list.items == NULL && value->as.list.count > 0)
        return orm_plan_fail(plan, place->property, 412, "its list of %zu values is NULL", value->as.list.count);
    if (is_tuple(plan, place, value))
        return bind_values(plan, place, value, 1, out);
    return bind_values(plan, place, value->as.list.items, value->as.list.count, out);
}

static orm_status bind_like(orm_plan *plan, const orm_condition *condition, const orm_place *place, orm_bound *out)
{
    if (place->column_count != 1 || !is_text(place->columns[0]->type))
        return orm_plan_fail(plan, place->property, 413, "%s compares texts, and it is none",
                             orm_operator_word(condition->op));
    if (condition->value.kind != ORM_VALUE_TEXT)
        return orm_plan_fail(plan, place->property, 414, "%s needs a text to compare with",
                             orm_operator_word(condition->op));
    return bind_values(plan, place, &condition->value, 1, out);
}

static orm_status bind_exists(orm_plan *plan, const orm_condition *condition, const orm_place *place, orm_bound *out)
{
    static const orm_value null = { .kind = ORM_VALUE_NULL };
    bool                   exists = true;

    if (condition->value.kind == ORM_VALUE_BOOL)
        exists = condition->value.as.boolean;
    else if (condition->value.kind != ORM_VALUE_NULL)
        return orm_plan_fail(plan, place->property, 415, "$exists needs true or false");
    out->op = exists ? ORM_OP_NE : ORM_OP_EQ;
    return bind_values(plan, place, &null, 1, out);
}

static orm_status bind_ordered(orm_plan *plan, const orm_condition *condition, const orm_place *place, orm_bound *out)
{
    if (condition->value.kind == ORM_VALUE_NULL)
        return orm_plan_fail(plan, place->property, 416, "%s cannot compare with NULL",
                             orm_operator_word(condition->op));
    if (place->column_count != 1)
        return orm_plan_fail(plan, place->property, 417, "%s cannot compare composite keys",
                             orm_operator_word(condition->op));
    return bind_values(plan, place, &condition->value, 1, out);
}

static orm_status bind_equal(orm_plan *plan, const orm_condition *condition, const orm_place *place, orm_bound *out)
{
    /* An array column takes arrays, and lists only for keys and in place of $in. */
    if (condition->value.kind == ORM_VALUE_LIST) {
        if (!is_tuple(plan, place, &condition->value))
            out->op = condition->op == ORM_OP_NE ? ORM_OP_NOT_IN : ORM_OP_IN;
        return bind_list(plan, condition, place, out);
    }
    return bind_values(plan, place, &condition->value, 1, out);
}

static orm_status bind_value(orm_plan *plan, const orm_condition *condition, const orm_place *place, orm_bound *out)
{
    switch (condition->op) {
    case ORM_OP_IN:
    case ORM_OP_NOT_IN:
        return bind_list(plan, condition, place, out);
    case ORM_OP_LIKE:
    case ORM_OP_ILIKE:
        return bind_like(plan, condition, place, out);
    case ORM_OP_EXISTS:
        return bind_exists(plan, condition, place, out);
    case ORM_OP_GT:
    case ORM_OP_GTE:
    case ORM_OP_LT:
    case ORM_OP_LTE:
        return bind_ordered(plan, condition, place, out);
    default:
        return bind_equal(plan, condition, place, out);
    }
}

/* ---- The tree ---- */

static orm_status bind(const binder *b, const orm_condition *condition, orm_bound **out);

static orm_bound *new_bound(const binder *b, orm_bound_kind kind, size_t child_count)
{
    orm_bound *bound = orm_arena_zalloc(b->plan->arena, sizeof *bound);

    if (bound != NULL)
        bound->children = orm_arena_calloc(b->plan->arena, child_count, sizeof(orm_bound *));
    if (bound == NULL || bound->children == NULL) {
        orm_fail_memory(b->plan->error);
        return NULL;
    }
    bound->kind = kind;
    return bound;
}

static orm_status compare(const binder *b, const orm_condition *condition, orm_bound **out)
{
    orm_plan  *plan = b->plan;
    orm_place  place = { .property = NULL };
    orm_status status;

    if (condition->property == NULL)
        return orm_fail(plan->error, ORM_ERR_VALIDATION, 403, "a condition on %s names no property",
                        entity_of(plan, b->from)->name);
    status = orm_plan_resolve(plan, b->from, condition->property, b->sharing, &place);
    if (status != ORM_OK)
        return status;
    *out = new_bound(b, ORM_BOUND_COMPARE, 0);
    if (*out == NULL)
        return plan->error->status;
    (*out)->op = condition->op;
    (*out)->property = place.property;
    (*out)->join = place.join;
    (*out)->columns = place.columns;
    (*out)->column_count = place.column_count;
    return bind_value(plan, condition, &place, *out);
}

/* The key as a whole: a single property's, or all parts of it. */
static orm_status compare_key(const binder *b, const orm_condition *condition, orm_bound **out)
{
    const orm_meta_entity *entity = entity_of(b->plan, b->from);
    orm_place              place = { .property = entity->keys[0],
                                     .join = b->from,
                                     .columns = entity->columns,
                                     .column_count = entity->key_column_count,
                                     .key_of = entity,
                                     .is_key = true };
    orm_condition          equal = { .op = ORM_OP_EQ, .value = condition->value };
    bool                   list = condition->value.kind == ORM_VALUE_LIST && !is_tuple(b->plan, &place, &condition->value);
    const void           **slots;
    size_t                 count = list ? condition->value.as.list.count : 1;

    if (entity->key_count == 1) {
        equal.property = entity->keys[0]->name;
        return compare(b, &equal, out);
    }
    *out = new_bound(b, ORM_BOUND_COMPARE, 0);
    slots = orm_arena_calloc(b->plan->arena, count, place.column_count * sizeof *slots);
    if (*out == NULL || slots == NULL)
        return orm_fail_memory(b->plan->error);
    for (size_t i = 0; i < count; i++) {
        const orm_value *value = list ? &condition->value.as.list.items[i] : &condition->value;
        orm_status status =
            orm_query_key(entity, value, b->plan->scope, slots + i * place.column_count, b->plan->error);

        if (status != ORM_OK)
            return status;
    }
    **out = (orm_bound){ .kind = ORM_BOUND_COMPARE,
                         .op = list ? ORM_OP_IN : ORM_OP_EQ,
                         .property = place.property,
                         .join = place.join,
                         .columns = place.columns,
                         .column_count = place.column_count,
                         .slots = slots,
                         .value_count = count };
    return ORM_OK;
}

static orm_status bind_children(const binder *b, const orm_condition *condition, orm_bound *out)
{
    /* Branches of one alone need no join of their own. */
    bool branches = condition->op == ORM_OP_AND && condition->child_count > 1;

    for (size_t i = 0; i < condition->child_count; i++) {
        const orm_condition *child = &condition->children[i];
        binder               below = *b;
        orm_status           status;

        below.depth++;
        if (branches)
            below.sharing.branch = child;
        status = bind(&below, child, &out->children[out->child_count]);
        if (status != ORM_OK)
            return status;
        out->child_count++;
    }
    return ORM_OK;
}

static orm_status group(const binder *b, const orm_condition *condition, orm_bound_kind kind, orm_bound **out)
{
    *out = new_bound(b, kind, condition->child_count);
    return *out == NULL ? b->plan->error->status : bind_children(b, condition, *out);
}

/* Only the key of what a reference points to is asked for: then the foreign key answers. */
static bool asks_for_keys(const orm_meta_property *relation, const orm_condition *condition)
{
    if (!relation->to_one || !relation->owner || condition->child_count == 0)
        return false;
    for (size_t i = 0; i < condition->child_count; i++) {
        const orm_condition     *child = &condition->children[i];
        const orm_meta_property *property = child->property == NULL
                                                ? NULL
                                                : orm_meta_property_named(relation->target, child->property);

        if (property == NULL || !property->primary || child->op == ORM_OP_RELATED)
            return false;
    }
    return true;
}

/* The same conditions, each with the relation's name in front of its own. */
static orm_status bind_keys(const binder *b, const orm_condition *condition, const char *name, orm_bound **out)
{
    orm_condition *children = orm_arena_calloc(b->plan->arena, condition->child_count, sizeof *children);
    orm_condition  all = { .op = ORM_OP_ALL, .children = children, .child_count = condition->child_count };

    if (children == NULL)
        return orm_fail_memory(b->plan->error);
    for (size_t i = 0; i < condition->child_count; i++) {
        children[i] = condition->children[i];
        children[i].property = orm_arena_printf(b->plan->arena, "%s.%s", name, condition->children[i].property);
        if (children[i].property == NULL)
            return orm_fail_memory(b->plan->error);
    }
    return group(b, &all, ORM_BOUND_ALL, out);
}

static orm_status related(const binder *b, const orm_condition *condition, orm_bound **out)
{
    orm_plan   *plan = b->plan;
    binder      below = *b;
    const char *rest = condition->property;
    char        step[ORM_STEP_SIZE];

    if (rest == NULL || *rest == '\0')
        return orm_fail(plan->error, ORM_ERR_VALIDATION, 418, "a condition on what %s is related to names no relation",
                        entity_of(plan, b->from)->name);
    while (orm_next_step(entity_of(plan, below.from), &rest, step)) {
        const orm_meta_entity   *entity = entity_of(plan, below.from);
        const orm_meta_property *relation = orm_meta_property_named(entity, step);

        if (relation == NULL)
            return orm_plan_unknown(plan, entity, step, condition->property);
        if (relation->relation == ORM_RELATION_NONE)
            return no_path(plan, relation, condition->property);
        if (*rest == '\0' && asks_for_keys(relation, condition))
            return bind_keys(&below, condition, step, out);
        below.from = follow(plan, below.from, relation, &below.sharing);
        if (below.from == NULL)
            return plan->error->status;
    }
    return group(&below, condition, ORM_BOUND_ALL, out);
}

static orm_status too_deep(const binder *b)
{
    return orm_fail(b->plan->error, ORM_ERR_VALIDATION, 405, "the condition on %s is nested deeper than %d levels",
                    b->plan->root->name, ORM_CONDITION_DEPTH_MAX);
}

/* Recursive, but never deeper than ORM_CONDITION_DEPTH_MAX. */
static orm_status bind(const binder *b, const orm_condition *condition, orm_bound **out)
{
    const char *entity = entity_of(b->plan, b->from)->name;

    if (b->depth > ORM_CONDITION_DEPTH_MAX)
        return too_deep(b);
    if (condition->children == NULL && condition->child_count > 0)
        return orm_fail(b->plan->error, ORM_ERR_VALIDATION, 407,
                        "a condition on %s has %zu children, and no list of them", entity, condition->child_count);
    switch (condition->op) {
    case ORM_OP_AND:
        return group(b, condition, ORM_BOUND_AND, out);
    case ORM_OP_ALL:
        return group(b, condition, ORM_BOUND_ALL, out);
    case ORM_OP_OR:
        return group(b, condition, ORM_BOUND_OR, out);
    case ORM_OP_NOT:
        return group(b, condition, ORM_BOUND_NOT, out);
    case ORM_OP_RELATED:
        return related(b, condition, out);
    case ORM_OP_KEY:
        return compare_key(b, condition, out);
    default:
        break;
    }
    if (orm_operator_word(condition->op) == NULL)
        return orm_fail(b->plan->error, ORM_ERR_VALIDATION, 406, "the condition on %s has an unknown operator (%d)",
                        entity, (int)condition->op);
    return compare(b, condition, out);
}

orm_status orm_plan_bind(orm_plan *plan, orm_join *from, const orm_condition *condition, orm_bound **out)
{
    binder     b = { .plan = plan, .from = from, .sharing = { .with_populated = plan->infers } };
    orm_status status;

    *out = NULL;
    if (condition == NULL)
        return ORM_OK;
    status = bind(&b, condition, out);
    if (status == ORM_OK && orm_bound_is_true(*out))
        *out = NULL;
    return status;
}
