#include <string.h>

#include "base/text.h"
#include "harness/spec/spec_private.h"

#define LONGEST_VARCHAR 10485760U
#define LARGEST_PRECISION 1000U
#define LARGEST_FRACTION 6U

typedef enum scope {
    FOR_ALL,
    FOR_COLUMNS,
    FOR_VALUES,
    FOR_OWNERS,
    FOR_MAPPED,
    FOR_RELATIONS,
    FOR_ORPHANS,
    FOR_PIVOTS,
    FOR_LENGTH,
    FOR_DECIMAL,
    FOR_ENUM,
    FOR_GENERATED,
    FOR_CUSTOM,
    FOR_EMBEDDED,
    FOR_INLINE,
    FOR_INTEGERS,
    FOR_VERSIONS
} scope;

/* Which types a key makes sense for, in words for the message. */
static const struct {
    const char *key;
    scope       only;
    const char *types;
} limits[] = {
    { "primary", FOR_COLUMNS, "properties that have a column" },
    { "nullable", FOR_COLUMNS, "properties that have a column" },
    { "unique", FOR_COLUMNS, "properties that have a column" },
    { "default", FOR_COLUMNS, "properties that have a column" },
    { "version", FOR_VERSIONS, "the types smallint, integer, bigint and timestamptz" },
    { "on_create", FOR_GENERATED, "the types uuid, string, text, date and timestamptz" },
    { "on_update", FOR_GENERATED, "the types uuid, string, text, date and timestamptz" },
    { "embeddable", FOR_EMBEDDED, "the types embedded and embedded[]" },
    { "prefix", FOR_INLINE, "the type embedded" },
    { "object", FOR_INLINE, "the type embedded" },
    { "custom", FOR_CUSTOM, "the types decimal and text[]" },
    { "concurrency_check", FOR_COLUMNS, "properties that have a column" },
    { "generated", FOR_VALUES, "values" },
    { "formula", FOR_VALUES, "values" },
    { "persist", FOR_VALUES, "values" },
    { "to_sql", FOR_VALUES, "values" },
    { "from_sql", FOR_VALUES, "values" },
    { "strategy", FOR_RELATIONS, "relations" },
    { "lazy", FOR_VALUES, "values" },
    { "column", FOR_COLUMNS, "properties that have a column" },
    { "autoincrement", FOR_INTEGERS, "the types smallint, integer, bigint and bigint-text" },
    { "length", FOR_LENGTH, "the types string and timestamptz" },
    { "precision", FOR_DECIMAL, "the type decimal" },
    { "scale", FOR_DECIMAL, "the type decimal" },
    { "items", FOR_ENUM, "the type enum" },
    { "target", FOR_RELATIONS, "relations" },
    { "mapped_by", FOR_MAPPED, "one-to-many, one-to-one and many-to-many" },
    { "inversed_by", FOR_OWNERS, "many-to-one, one-to-one and many-to-many" },
    { "delete_rule", FOR_OWNERS, "many-to-one, one-to-one and many-to-many" },
    { "update_rule", FOR_OWNERS, "many-to-one, one-to-one and many-to-many" },
    { "cascade", FOR_RELATIONS, "relations" },
    { "orphan_removal", FOR_ORPHANS, "one-to-many and one-to-one" },
    { "join_columns", FOR_OWNERS, "many-to-one, one-to-one and many-to-many" },
    { "inverse_join_columns", FOR_PIVOTS, "many-to-many" },
    { "pivot_table", FOR_PIVOTS, "many-to-many" },
    { "pivot_entity", FOR_PIVOTS, "many-to-many" },
    { "fixed_order", FOR_PIVOTS, "many-to-many" },
    { "fixed_order_column", FOR_PIVOTS, "many-to-many" },
};

static bool is_time(orm_type type)
{
    return type == ORM_TYPE_DATE || type == ORM_TYPE_TIMESTAMPTZ;
}

static bool is_text(orm_type type)
{
    return type == ORM_TYPE_STRING || type == ORM_TYPE_TEXT;
}

static bool fits(scope only, orm_type type, orm_relation relation)
{
    switch (only) {
    case FOR_ALL:
        return true;
    case FOR_COLUMNS:
        return type != ORM_TYPE_COLLECTION;
    case FOR_VALUES:
        return relation == ORM_RELATION_NONE;
    case FOR_RELATIONS:
        return relation != ORM_RELATION_NONE;
    case FOR_OWNERS:
        return relation != ORM_RELATION_NONE && relation != ORM_RELATION_ONE_TO_MANY;
    case FOR_MAPPED:
        return relation != ORM_RELATION_NONE && relation != ORM_RELATION_MANY_TO_ONE;
    case FOR_ORPHANS:
        return relation == ORM_RELATION_ONE_TO_MANY || relation == ORM_RELATION_ONE_TO_ONE;
    case FOR_PIVOTS:
        return relation == ORM_RELATION_MANY_TO_MANY;
    case FOR_LENGTH:
        return type == ORM_TYPE_STRING || type == ORM_TYPE_TIMESTAMPTZ;
    case FOR_DECIMAL:
        return type == ORM_TYPE_DECIMAL;
    case FOR_ENUM:
        return type == ORM_TYPE_ENUM;
    case FOR_GENERATED:
        return is_time(type) || is_text(type) || type == ORM_TYPE_UUID;
    case FOR_EMBEDDED:
        return type == ORM_TYPE_EMBEDDED || type == ORM_TYPE_EMBEDDED_LIST;
    case FOR_INLINE:
        return type == ORM_TYPE_EMBEDDED;
    case FOR_CUSTOM:
        return type == ORM_TYPE_DECIMAL || type == ORM_TYPE_TEXT_ARRAY;
    case FOR_INTEGERS:
        return type == ORM_TYPE_SMALLINT || type == ORM_TYPE_INTEGER || type == ORM_TYPE_BIGINT ||
               type == ORM_TYPE_BIGINT_TEXT;
    case FOR_VERSIONS:
        return type == ORM_TYPE_SMALLINT || type == ORM_TYPE_INTEGER || type == ORM_TYPE_BIGINT ||
               type == ORM_TYPE_TIMESTAMPTZ;
    }
    return false;
}

const char *cc_spec_key_is_for(const char *key)
{
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        if (strcmp(limits[i].key, key) == 0)
            return limits[i].types;
    }
    return NULL;
}

static void check_keys_fit(cc_spec *spec, const cc_yaml *node, const orm_property *out, const char *type_name)
{
    for (size_t i = 0; i < node->count; i++) {
        for (size_t k = 0; k < sizeof limits / sizeof limits[0]; k++) {
            if (strcmp(limits[k].key, node->entries[i].key) == 0 && !fits(limits[k].only, out->type, out->relation))
                cc_problem_add(spec->problems, node->entries[i].place, "'%s' is for %s, not for %s", limits[k].key,
                               limits[k].types, type_name);
        }
    }
}

static bool flag(cc_spec *spec, const cc_yaml *node, const char *key)
{
    const cc_yaml *value = cc_yaml_get(node, key);
    bool           on = false;

    return value != NULL && cc_yaml_want_bool(value, key, &on, spec->problems) && on;
}

static void enum_items(cc_spec *spec, const cc_yaml *node, orm_property *out)
{
    const cc_yaml *list = cc_spec_required(spec, node, "items", "an enum");
    const char   **items;

    if (list == NULL || !cc_yaml_want_list(list, "items", spec->problems))
        return;
    if (list->count == 0)
        cc_problem_add(spec->problems, list->place, "items is empty; an enum needs at least one");
    items = cc_spec_alloc(spec, list->count + 1, sizeof *items);
    for (size_t i = 0; items != NULL && i < list->count; i++) {
        if (cc_yaml_want_string(list->items[i], "an item of an enum", &items[out->enum_count], spec->problems))
            out->enum_count++;
    }
    out->enum_items = items;
}

/* The time goes into dates and times, a UUID into the rest. */
static orm_generate_fn generator(cc_spec *spec, const cc_yaml *node, const char *key, orm_type type)
{
    const cc_yaml *value = cc_yaml_get(node, key);
    int            found = CC_GENERATE_NOTHING;

    if (value == NULL || !cc_spec_word(spec, value, key, cc_generators, &found))
        return NULL;
    if (fits(FOR_GENERATED, type, ORM_RELATION_NONE) && (found == CC_GENERATE_NOW) != is_time(type))
        cc_problem_add(spec->problems, value->place, "%s is not for this type; write %s", value->text,
                       is_time(type) ? "now" : "uuid");
    return found == CC_GENERATE_NOW ? orm_generate_now : orm_generate_uuid;
}

static const orm_custom_type *named_type(cc_spec *spec, const cc_yaml *node, orm_type type)
{
    const cc_yaml         *value = cc_yaml_get(node, "custom");
    const orm_custom_type *custom;
    int                    found = 0;

    if (value == NULL || !cc_spec_word(spec, value, "custom", cc_custom_types, &found))
        return NULL;
    custom = cc_custom_type_of(found);
    if (fits(FOR_CUSTOM, type, ORM_RELATION_NONE) && (found == CC_CUSTOM_CENTS) != (type == ORM_TYPE_DECIMAL))
        cc_problem_add(spec->problems, value->place, "%s is not for this type; write %s", value->text,
                       type == ORM_TYPE_DECIMAL ? "cents" : "csv");
    return custom;
}

/* A named type, SQL that wraps its values, or both. */
static const orm_custom_type *custom_type(cc_spec *spec, const cc_yaml *node, const orm_property *property)
{
    static const char *const keys[] = { "to_sql", "from_sql" };
    const char              *texts[] = { NULL, NULL };
    const orm_custom_type   *named = named_type(spec, node, property->type);
    orm_custom_type         *type;

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        texts[i] = cc_spec_text(spec, node, keys[i]);
        if (texts[i] != NULL && strstr(texts[i], "{value}") == NULL)
            cc_problem_add(spec->problems, cc_yaml_get(node, keys[i])->place, "%s says with {value} where the value stands",
                           keys[i]);
    }
    if (texts[0] == NULL && texts[1] == NULL)
        return named;
    if (property->primary)
        cc_problem_add(spec->problems, node->place, "a primary key has neither to_sql nor from_sql");
    type = cc_spec_alloc(spec, 1, sizeof *type);
    if (type == NULL)
        return NULL;
    *type = (orm_custom_type){ .name = "SQL" };
    if (named != NULL)
        *type = *named;
    type->to_sql = texts[0];
    type->from_sql = texts[1];
    return type;
}

/* NULL after a problem. */
static const orm_entity *embeddable_of(cc_spec *spec, const cc_yaml *node)
{
    const cc_yaml    *value = cc_spec_required(spec, node, "embeddable", "what is embedded");
    const char       *name = NULL;
    const orm_entity *found = NULL;

    if (value == NULL || !cc_yaml_want_string(value, "embeddable", &name, spec->problems))
        return NULL;
    found = cc_spec_embeddable_named(spec->file, name);
    if (found == NULL)
        cc_spec_unknown_embeddable(spec, value->place, name);
    return found;
}

static void options(cc_spec *spec, const cc_yaml *node, orm_property *out)
{
    const cc_yaml *autoincrement = cc_yaml_get(node, "autoincrement");

    out->primary = flag(spec, node, "primary");
    out->nullable = flag(spec, node, "nullable");
    out->unique = flag(spec, node, "unique");
    out->version = flag(spec, node, "version");
    out->on_create = generator(spec, node, "on_create", out->type);
    out->on_update = generator(spec, node, "on_update", out->type);
    out->concurrency_check = flag(spec, node, "concurrency_check");
    if (autoincrement != NULL)
        out->autoincrement = flag(spec, node, "autoincrement") ? ORM_ON : ORM_OFF;
    out->column = cc_spec_text(spec, node, "column");
    out->default_raw = cc_spec_text(spec, node, "default");
    out->custom = custom_type(spec, node, out);
    out->lazy = flag(spec, node, "lazy");
    out->hidden = flag(spec, node, "hidden");
    out->generated = cc_spec_text(spec, node, "generated");
    out->formula = cc_spec_text(spec, node, "formula");
    if (cc_yaml_get(node, "persist") != NULL)
        out->persist = flag(spec, node, "persist") ? ORM_ON : ORM_OFF;
    out->comment = cc_spec_text(spec, node, "comment");
    out->has_length = cc_yaml_get(node, "length") != NULL;
    if (out->type == ORM_TYPE_TIMESTAMPTZ)
        out->length = cc_spec_number(spec, node, "length", 0, LARGEST_FRACTION);
    else
        out->length = cc_spec_number(spec, node, "length", 1, LONGEST_VARCHAR);
    out->precision = cc_spec_number(spec, node, "precision", 1, LARGEST_PRECISION);
    out->scale = cc_spec_number(spec, node, "scale", 0, LARGEST_PRECISION);
    if (out->scale > out->precision)
        cc_problem_add(spec->problems, cc_yaml_get(node, "scale")->place, "scale is larger than precision");
    if (out->primary && out->nullable)
        cc_problem_add(spec->problems, cc_yaml_get(node, "nullable")->place, "a primary key cannot be nullable");
}

/* Who makes the value: of these there is one at most. */
static void check_makers(cc_spec *spec, const cc_yaml *node)
{
    static const char *const makers[] = { "generated", "formula", "persist", "default", "primary", "version", "on_create",
                                          "on_update" };
    const char              *first = NULL;

    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
        const cc_yaml *value = cc_yaml_get(node, makers[i]);

        if (value == NULL || (i < 3 && first == NULL)) {
            first = value != NULL ? makers[i] : first;
        } else if (first != NULL) {
            cc_problem_add(spec->problems, value->place, "%s and %s contradict each other; leave one out", first, makers[i]);
            return;
        }
    }
}

static bool property_type(cc_spec *spec, const cc_yaml *node, int *out)
{
    const char *text = NULL;
    const char *hint;

    if (!cc_yaml_want_string(node, "type", &text, spec->problems))
        return false;
    if (cc_word_named(cc_property_types, text, out))
        return true;
    hint = cc_spec_type_hint(spec, text);
    if (hint != NULL)
        cc_problem_add(spec->problems, node->place, "unknown type '%s'; did you mean %s?", text, hint);
    else
        cc_yaml_unknown_word(node->place, "type", text, cc_spec_texts(spec, cc_property_types), spec->problems);
    return false;
}

void cc_spec_property(cc_spec *spec, const char *entity, const cc_yaml_entry *entry, orm_property *out)
{
    const cc_yaml *node = entry->value;
    const cc_yaml *type;
    int            found = ORM_TYPE_NONE;

    out->name = entry->key;
    if (!cc_is_name(entry->key))
        cc_problem_add(spec->problems, entry->place, "'%s' is no name for a property of %s; use letters, digits and _",
                       entry->key, entity);
    if (!cc_yaml_want_map(node, "a property", spec->problems))
        return;
    (void)cc_yaml_check_keys(node, "a property", cc_property_keys, spec->problems);
    type = cc_spec_required(spec, node, "type", "the property");
    if (type == NULL || !property_type(spec, type, &found))
        return;
    out->type = cc_spec_type_of(found, &out->relation);
    check_keys_fit(spec, node, out, type->text);
    options(spec, node, out);
    check_makers(spec, node);
    if (out->relation != ORM_RELATION_NONE)
        cc_spec_relation(spec, node, out);
    if (out->type == ORM_TYPE_ENUM)
        enum_items(spec, node, out);
    if (fits(FOR_EMBEDDED, out->type, out->relation))
        out->embeddable = embeddable_of(spec, node);
    out->prefix = cc_yaml_get(node, "prefix") == NULL ? NULL : cc_spec_prefix(spec, node);
    out->object = flag(spec, node, "object");
}
