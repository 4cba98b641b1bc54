/*
 * From nodes of a case file to values for liborm.
 */
#include <string.h>

#include "base/text.h"
#include "harness/steps/steps_private.h"

/* Where a value is made, for its messages. */
typedef struct making {
    cc_context         *context;
    const cc_step      *step;
    cc_manager         *manager;
    const orm_property *property; /* may be NULL */
} making;

static cc_step_status wrong(const making *m, const cc_yaml *node, const char *wanted)
{
    return cc_broken(m->context, m->step, "%s:%u:%u: %s%s%s, not %s", node->place.file, node->place.line,
                     node->place.column, m->property == NULL ? "a value" : m->property->name, " wants ", wanted,
                     cc_yaml_kind_name(node->kind));
}

static bool is_type(const making *m, orm_type type)
{
    return m->property != NULL && m->property->type == type;
}

/* ---- Values of one kind ---- */

static cc_step_status take_json(const making *m, const cc_yaml *node, orm_value *out)
{
    orm_buffer  text;
    const char *copy = NULL;
    bool        ok = false;

    orm_buffer_init(&text, NULL, 0);
    ok = cc_json_print(&text, node);
    if (ok && !text.broken)
        copy = orm_arena_strndup(m->context->arena, text.data, text.length);
    orm_buffer_free(&text);
    if (!ok)
        return wrong(m, node, "what JSON can say (no .inf and .nan)");
    *out = orm_text(copy);
    return copy == NULL ? cc_broken_memory(m->context, m->step) : CC_STEP_OK;
}

static cc_step_status take_int_array(const making *m, const cc_yaml *node, orm_value *out)
{
    int64_t *items = orm_arena_calloc(m->context->arena, node->count, sizeof *items);
    bool    *nulls = orm_arena_calloc(m->context->arena, node->count, sizeof *nulls);

    if (items == NULL || nulls == NULL)
        return cc_broken_memory(m->context, m->step);
    for (size_t i = 0; i < node->count; i++) {
        nulls[i] = node->items[i]->kind == CC_YAML_NULL;
        if (nulls[i])
            continue;
        if (node->items[i]->kind != CC_YAML_INT)
            return wrong(m, node->items[i], "whole numbers or null in its list");
        items[i] = node->items[i]->as.integer;
    }
    *out = orm_int_array_value((orm_int_array){ .items = items, .nulls = nulls, .count = node->count });
    return CC_STEP_OK;
}

static cc_step_status take_text_array(const making *m, const cc_yaml *node, orm_value *out)
{
    const char **items = orm_arena_calloc(m->context->arena, node->count, sizeof *items);

    if (items == NULL)
        return cc_broken_memory(m->context, m->step);
    for (size_t i = 0; i < node->count; i++) {
        if (node->items[i]->kind == CC_YAML_STRING)
            items[i] = node->items[i]->text;
        else if (node->items[i]->kind != CC_YAML_NULL)
            return wrong(m, node->items[i], "strings or null in its list (quote it)");
    }
    *out = orm_text_array_value((orm_text_array){ .items = items, .count = node->count });
    return CC_STEP_OK;
}

static cc_step_status take_list(const making *m, const cc_yaml *node, orm_value *out)
{
    bool is_int = is_type(m, ORM_TYPE_INTEGER_ARRAY);

    if (m->property == NULL) {
        is_int = true;
        for (size_t i = 0; i < node->count; i++)
            is_int = is_int && (node->items[i]->kind == CC_YAML_INT || node->items[i]->kind == CC_YAML_NULL);
        is_int = is_int && node->count > 0;
    } else if (!is_int && !is_type(m, ORM_TYPE_TEXT_ARRAY)) {
        return wrong(m, node, "a single value");
    }
    return is_int ? take_int_array(m, node, out) : take_text_array(m, node, out);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
        return (c | 0x20) - 'a' + 10;
    return -1;
}

/* "\x0aff" as PostgreSQL writes bytes, or the bytes of the text itself. */
static cc_step_status take_bytes(const making *m, const cc_yaml *node, orm_value *out)
{
    size_t         length = strlen(node->text);
    unsigned char *data = orm_arena_alloc(m->context->arena, length);

    if (data == NULL)
        return cc_broken_memory(m->context, m->step);
    if (strncmp(node->text, "\\x", 2) != 0) {
        memcpy(data, node->text, length);
        *out = orm_bytes_value((orm_bytes){ .data = data, .size = length });
        return CC_STEP_OK;
    }
    for (size_t i = 2; i < length; i += 2) {
        int high = hex_digit(node->text[i]);
        int low = high < 0 ? -1 : hex_digit(node->text[i + 1]);

        if (low < 0)
            return wrong(m, node, "pairs of hexadecimal digits behind \\x");
        data[i / 2 - 1] = (unsigned char)(high * 16 + low);
    }
    *out = orm_bytes_value((orm_bytes){ .data = data, .size = length / 2 - 1 });
    return CC_STEP_OK;
}

/* A reference given as the key of its row. */
static cc_step_status take_key(const making *m, const orm_value *key, orm_value *out)
{
    const orm_entity *target = orm_entity_named(m->context->env->db, m->property->target);
    void             *entity = target == NULL ? NULL : orm_reference_by_key(m->manager->em, target, *key);

    if (target == NULL)
        return cc_broken(m->context, m->step, "there is no entity '%s'", m->property->target);
    if (entity == NULL)
        return cc_refused_by(m->context, m->manager);
    *out = orm_entity_value(entity);
    return CC_STEP_OK;
}

static bool holds_text_of_numbers(const making *m)
{
    return is_type(m, ORM_TYPE_DECIMAL) || is_type(m, ORM_TYPE_BIGINT_TEXT);
}

static cc_step_status take_scalar(const making *m, const cc_yaml *node, orm_value *out)
{
    switch (node->kind) {
    case CC_YAML_BOOL:
        *out = orm_bool(node->as.boolean);
        return CC_STEP_OK;
    case CC_YAML_INT:
        if (holds_text_of_numbers(m)) {
            const char *text = orm_arena_printf(m->context->arena, "%lld", (long long)node->as.integer);

            *out = orm_text(text);
            return text == NULL ? cc_broken_memory(m->context, m->step) : CC_STEP_OK;
        }
        *out = orm_int(node->as.integer);
        return CC_STEP_OK;
    case CC_YAML_FLOAT:
        /* A decimal keeps the digits that stand in the file. */
        *out = is_type(m, ORM_TYPE_DECIMAL) ? orm_text(node->text) : orm_double(node->as.real);
        return CC_STEP_OK;
    default:
        if (is_type(m, ORM_TYPE_BYTES))
            return take_bytes(m, node, out);
        *out = orm_text(node->text);
        return CC_STEP_OK;
    }
}

static cc_step_status take_raw(const making *m, const cc_yaml *node, orm_value *out);

/* Everything but the turning of keys into references. */
static cc_step_status take_value(const making *m, const cc_yaml *node, orm_value *out)
{
    const char    *path = cc_reference_in(m->context->arena, node);
    cc_step_status status = CC_STEP_OK;

    if (path != NULL)
        return cc_take_reference(m->context, m->step, path, out);
    status = cc_substitute(m->context, m->step, node, &node);
    if (status != CC_STEP_OK)
        return status;
    if (node->kind == CC_YAML_NULL) {
        *out = orm_null();
        return CC_STEP_OK;
    }
    if (is_type(m, ORM_TYPE_JSON) || is_type(m, ORM_TYPE_EMBEDDED_LIST) ||
        (m->property == NULL && node->kind == CC_YAML_MAP))
        return take_json(m, node, out);
    if (node->kind == CC_YAML_LIST)
        return take_list(m, node, out);
    if (node->kind == CC_YAML_MAP && cc_yaml_get(node, "$raw") != NULL)
        return take_raw(m, node, out);
    if (node->kind == CC_YAML_MAP)
        return wrong(m, node, "a single value");
    return take_scalar(m, node, out);
}

/* {$raw: SQL, $params: [..]}; the parameters are of no property. */
static cc_step_status take_raw(const making *m, const cc_yaml *node, orm_value *out)
{
    const cc_yaml *params = cc_yaml_get(node, "$params");
    size_t         count = params == NULL ? 0 : params->count;
    orm_value     *values = orm_arena_calloc(m->context->arena, count + 1, sizeof *values);
    making         free_value = *m;
    cc_step_status status = CC_STEP_OK;

    if (values == NULL)
        return cc_broken_memory(m->context, m->step);
    free_value.property = NULL;
    for (size_t i = 0; i < count && status == CC_STEP_OK; i++)
        status = take_value(&free_value, params->items[i], &values[i]);
    *out = orm_raw_value(cc_yaml_get(node, "$raw")->text, values, count);
    return status;
}

cc_step_status cc_value_of(cc_context *context, const cc_step *step, cc_manager *manager, const orm_property *property,
                           const cc_yaml *node, orm_value *out)
{
    making m = { .context = context, .step = step, .manager = manager, .property = property };

    return take_value(&m, node, out);
}

/* ---- Whole entities ---- */

static cc_step_status unknown_property(cc_context *context, const cc_step *step, const orm_entity *entity,
                                       const char *name)
{
    return cc_broken(context, step, "%s has no property '%s'", entity->name, name);
}

static cc_step_status assign_one(const making *m, const cc_yaml *node, orm_value *out)
{
    cc_step_status status = take_value(m, node, out);

    if (status == CC_STEP_OK && is_type(m, ORM_TYPE_REFERENCE) && out->kind != ORM_VALUE_NULL &&
        out->kind != ORM_VALUE_ENTITY && out->kind != ORM_VALUE_RAW) {
        orm_value key = *out;

        return take_key(m, &key, out);
    }
    return status;
}

typedef struct assigning {
    cc_context     *context;
    const cc_step  *step;
    cc_manager     *manager;
    bool            with_collections;
    orm_assignment *items;
    size_t          count;
} assigning;

static bool has_members(const orm_property *property, const cc_yaml *node)
{
    return property->type == ORM_TYPE_EMBEDDED && (node->kind == CC_YAML_MAP || node->kind == CC_YAML_NULL);
}

/* How many values there are in it, members of embedded ones counted. */
static size_t count_values(const orm_entity *entity, const cc_yaml *data)
{
    size_t count = 0;

    for (size_t i = 0; data != NULL && data->kind == CC_YAML_MAP && i < data->count; i++) {
        const orm_property *property = cc_entity_property(entity, data->entries[i].key);
        const cc_yaml      *node = data->entries[i].value;

        if (property == NULL || !has_members(property, node))
            count++;
        else
            count += node->kind == CC_YAML_MAP ? count_values(property->embeddable, node)
                                               : property->embeddable->property_count;
    }
    return count;
}

static cc_step_status add_values(assigning *a, const orm_entity *entity, const char *prefix, const cc_yaml *data);

/* A null one has no members: an object as a whole, else each of them. */
static cc_step_status add_null(assigning *a, const char *prefix, const orm_property *embedded)
{
    const char *inner = cc_members_prefix(a->context, prefix, embedded);

    if (inner == NULL)
        return cc_broken_memory(a->context, a->step);
    if (embedded->object) {
        const orm_property *whole = cc_member_of(a->context, prefix, embedded);

        if (whole == NULL)
            return cc_broken_memory(a->context, a->step);
        a->items[a->count++] = (orm_assignment){ .property = whole->name };
        return CC_STEP_OK;
    }
    for (size_t i = 0; i < embedded->embeddable->property_count; i++) {
        const orm_property *member = &embedded->embeddable->properties[i];

        if (member->type == ORM_TYPE_EMBEDDED)
            return cc_broken(a->context, a->step, "%s: write null behind the members of nested embeddables", inner);
        member = cc_member_of(a->context, inner, member);
        if (member == NULL)
            return cc_broken_memory(a->context, a->step);
        a->items[a->count++] = (orm_assignment){ .property = member->name };
    }
    return CC_STEP_OK;
}

static cc_step_status add_members(assigning *a, const char *prefix, const orm_property *embedded, const cc_yaml *node)
{
    const char *inner = cc_members_prefix(a->context, prefix, embedded);

    if (node->kind == CC_YAML_NULL)
        return add_null(a, prefix, embedded);
    return inner == NULL ? cc_broken_memory(a->context, a->step) : add_values(a, embedded->embeddable, inner, node);
}

static cc_step_status add_value(assigning *a, const orm_entity *entity, const char *prefix, const cc_yaml_entry *entry)
{
    making         m = { .context = a->context, .step = a->step, .manager = a->manager };
    cc_step_status status = CC_STEP_OK;
    bool           collection;

    m.property = cc_entity_property(entity, entry->key);
    if (m.property == NULL)
        return unknown_property(a->context, a->step, entity, entry->key);
    if (has_members(m.property, entry->value))
        return add_members(a, prefix, m.property, entry->value);
    collection = m.property->type == ORM_TYPE_COLLECTION;
    if (collection && !a->with_collections)
        return CC_STEP_OK;
    m.property = cc_member_of(a->context, prefix, m.property);
    if (m.property == NULL)
        return cc_broken_memory(a->context, a->step);
    a->items[a->count].property = m.property->name;
    if (!collection)
        status = assign_one(&m, entry->value, &a->items[a->count].value);
    a->count++;
    return status;
}

static cc_step_status add_values(assigning *a, const orm_entity *entity, const char *prefix, const cc_yaml *data)
{
    cc_step_status status = CC_STEP_OK;

    for (size_t i = 0; data != NULL && i < data->count && status == CC_STEP_OK; i++)
        status = add_value(a, entity, prefix, &data->entries[i]);
    return status;
}

static cc_step_status assignments(cc_context *context, const cc_step *step, cc_manager *manager,
                                  const orm_entity *entity, const cc_yaml *data, bool with_collections,
                                  orm_assignment **out, size_t *count)
{
    assigning      a = { .context = context, .step = step, .manager = manager, .with_collections = with_collections };
    cc_step_status status;

    a.items = orm_arena_calloc(context->arena, count_values(entity, data), sizeof *a.items);
    if (a.items == NULL)
        return cc_broken_memory(context, step);
    status = add_values(&a, entity, "", data);
    *out = a.items;
    *count = a.count;
    return status;
}

cc_step_status cc_assignments(cc_context *context, const cc_step *step, cc_manager *manager, const orm_entity *entity,
                              orm_assignment **out, size_t *count)
{
    return assignments(context, step, manager, entity, cc_step_arg(step, "data"), false, out, count);
}

cc_step_status cc_row_of(cc_context *context, const cc_step *step, cc_manager *manager, const orm_entity *entity,
                         const cc_yaml *data, orm_row *out)
{
    orm_assignment *values = NULL;
    cc_step_status  status = assignments(context, step, manager, entity, data, true, &values, &out->count);

    out->values = values;
    return status;
}

static cc_step_status fill_collection(const making *m, const cc_yaml *node, void *owner)
{
    orm_em         *em = m->manager->em;
    orm_collection *collection = orm_collection_of(em, owner, m->property->name);

    if (collection == NULL)
        return cc_refused_by(m->context, m->manager);
    if (node->kind != CC_YAML_LIST)
        return wrong(m, node, "a list of entities");
    for (size_t i = 0; i < node->count; i++) {
        orm_value      value = orm_null();
        cc_step_status status = take_value(m, node->items[i], &value);

        if (status != CC_STEP_OK)
            return status;
        if (value.kind != ORM_VALUE_ENTITY)
            return wrong(m, node->items[i], "entities: \"${name}\"");
        if (orm_collection_add(em, collection, value.as.entity) != ORM_OK)
            return cc_refused_by(m->context, m->manager);
    }
    return CC_STEP_OK;
}

cc_step_status cc_add_to_collections(cc_context *context, const cc_step *step, cc_manager *manager,
                                     const orm_entity *entity, void *owner)
{
    const cc_yaml *data = cc_step_arg(step, "data");

    for (size_t i = 0; data != NULL && i < data->count; i++) {
        making         m = { .context = context, .step = step, .manager = manager };
        cc_step_status status = CC_STEP_OK;

        m.property = cc_entity_property(entity, data->entries[i].key);
        if (m.property == NULL || m.property->type != ORM_TYPE_COLLECTION)
            continue;
        status = fill_collection(&m, data->entries[i].value, owner);
        if (status != CC_STEP_OK)
            return status;
    }
    return CC_STEP_OK;
}
