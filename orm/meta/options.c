/* Which options of a property go with which type, and with each other. */
#include <string.h>

#include <orm/custom.h>

#include "base/map.h"
#include "base/text.h"
#include "meta/meta_private.h"

#define BIT(type) (1u << (type))
#define INTEGERS (BIT(ORM_TYPE_SMALLINT) | BIT(ORM_TYPE_INTEGER) | BIT(ORM_TYPE_BIGINT) | BIT(ORM_TYPE_BIGINT_TEXT))
#define RELATIONS (BIT(ORM_TYPE_REFERENCE) | BIT(ORM_TYPE_COLLECTION))
#define EMBEDDED (BIT(ORM_TYPE_EMBEDDED) | BIT(ORM_TYPE_EMBEDDED_LIST))
#define COLUMNS ((BIT(ORM_TYPE_COLLECTION) - 1u) & ~BIT(ORM_TYPE_NONE))
/* What two rows can be told apart by, exactly, in every format. */
#define KEYS                                                                                                           \
    (COLUMNS & ~(BIT(ORM_TYPE_BOOLEAN) | BIT(ORM_TYPE_DOUBLE) | BIT(ORM_TYPE_JSON) | BIT(ORM_TYPE_TEXT_ARRAY) |        \
                 BIT(ORM_TYPE_INTEGER_ARRAY)))

#define IS_SET(option, test)                                                                                           \
    static bool has_##option(const orm_property *p)                                                                    \
    {                                                                                                                  \
        return (test);                                                                                                 \
    }
IS_SET(column, p->column != NULL)
IS_SET(primary, p->primary)
IS_SET(nullable, p->nullable)
IS_SET(unique, p->unique)
IS_SET(autoincrement, p->autoincrement != ORM_DEFAULT)
IS_SET(length, p->length != 0 || p->has_length)
IS_SET(precision, p->precision != 0 || p->scale != 0)
IS_SET(version, p->version)
IS_SET(concurrency_check, p->concurrency_check)
IS_SET(default_raw, p->default_raw != NULL)
IS_SET(generated, p->generated != NULL)
IS_SET(formula, p->formula != NULL)
IS_SET(persist, p->persist == ORM_OFF)
IS_SET(generator, p->on_create != NULL || p->on_update != NULL)
IS_SET(comment, p->comment != NULL)
IS_SET(enum_items, p->enum_items != NULL || p->enum_count != 0)
IS_SET(target, p->target != NULL)
IS_SET(mapped_by, p->mapped_by != NULL)
IS_SET(inversed_by, p->inversed_by != NULL)
IS_SET(join_columns, p->join_columns != NULL)
IS_SET(pivot, p->pivot_table != NULL || p->pivot_entity != NULL || p->inverse_join_columns != NULL || p->fixed_order ||
                  p->fixed_order_column != NULL)
IS_SET(lazy, p->lazy)
IS_SET(custom, p->custom != NULL)
IS_SET(embeddable, p->embeddable != NULL)
IS_SET(object, p->object)
IS_SET(prefix, p->prefix != NULL)
IS_SET(strategy, p->strategy != ORM_STRATEGY_DEFAULT)
IS_SET(rules, p->delete_rule != ORM_RULE_AUTO || p->update_rule != ORM_RULE_AUTO)
IS_SET(cascade, p->cascade != ORM_CASCADE_DEFAULT)
IS_SET(orphan_removal, p->orphan_removal)

typedef struct option {
    const char *name;
    bool (*is_set)(const orm_property *);
    unsigned    types;
    const char *for_what;
} option;

static const option options[] = {
    { "column", has_column, COLUMNS | EMBEDDED, "properties with a column" },
    { "primary", has_primary, KEYS, "integers, texts, decimals, uuids, dates, times, bytes, enums and "
                                      "to-one relations" },
    { "nullable", has_nullable, COLUMNS | EMBEDDED, "properties with a column" },
    { "unique", has_unique, COLUMNS, "properties with a column" },
    { "autoincrement", has_autoincrement, INTEGERS, "integer primary keys" },
    { "length", has_length, BIT(ORM_TYPE_STRING) | BIT(ORM_TYPE_TIMESTAMPTZ), "string and timestamptz" },
    { "precision and scale", has_precision, BIT(ORM_TYPE_DECIMAL), "decimal" },
    { "version", has_version,
      BIT(ORM_TYPE_SMALLINT) | BIT(ORM_TYPE_INTEGER) | BIT(ORM_TYPE_BIGINT) | BIT(ORM_TYPE_TIMESTAMPTZ),
      "smallint, integer, bigint and timestamptz" },
    { "concurrency_check", has_concurrency_check, COLUMNS, "properties with a column" },
    { "default_raw", has_default_raw, COLUMNS | EMBEDDED, "properties with a column" },
    { "generated", has_generated, COLUMNS & ~BIT(ORM_TYPE_REFERENCE), "values with a column" },
    { "formula", has_formula, COLUMNS & ~BIT(ORM_TYPE_REFERENCE), "values" },
    { "persist = ORM_OFF", has_persist, COLUMNS & ~BIT(ORM_TYPE_REFERENCE), "values" },
    { "on_create and on_update", has_generator, COLUMNS & ~BIT(ORM_TYPE_REFERENCE), "values with a column" },
    { "comment", has_comment, COLUMNS | EMBEDDED, "properties with a column" },
    { "enum_items", has_enum_items, BIT(ORM_TYPE_ENUM), "enum" },
    { "target", has_target, RELATIONS, "relations" },
    { "mapped_by", has_mapped_by, RELATIONS, "relations" },
    { "inversed_by", has_inversed_by, RELATIONS, "relations" },
    { "join_columns", has_join_columns, RELATIONS, "relations" },
    { "pivot_table, pivot_entity, inverse_join_columns and fixed_order", has_pivot, BIT(ORM_TYPE_COLLECTION),
      "many-to-many relations" },
    { "delete_rule and update_rule", has_rules, RELATIONS, "relations" },
    { "custom", has_custom, COLUMNS & ~BIT(ORM_TYPE_REFERENCE), "values with a column" },
    { "embeddable", has_embeddable, EMBEDDED, "embedded" },
    { "prefix", has_prefix, BIT(ORM_TYPE_EMBEDDED), "embedded" },
    { "object", has_object, BIT(ORM_TYPE_EMBEDDED), "embedded" },
    { "strategy", has_strategy, RELATIONS, "relations" },
    { "cascade", has_cascade, RELATIONS, "relations" },
    { "orphan_removal", has_orphan_removal, RELATIONS, "one-to-many and one-to-one relations" },
};

static orm_status check_types(const char *entity, const orm_property *p, orm_error *error)
{
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        const option *o = &options[i];

        if (o->is_set(p) && (o->types & BIT(p->type)) == 0)
            return orm_meta_bad(error, entity, p->name, 220, "the option %s is for %s, not for %s", o->name,
                                o->for_what, orm_meta_type_name(p->type));
    }
    return ORM_OK;
}

static orm_status check_key(const char *entity, const orm_property *p, orm_error *error)
{
    if (p->primary && p->nullable)
        return orm_meta_bad(error, entity, p->name, 221, "a primary key cannot be nullable");
    if (p->autoincrement != ORM_DEFAULT && !p->primary)
        return orm_meta_bad(
            error, entity, p->name, 222,
            "the option autoincrement is for integer primary keys; add .primary = true or leave it out");
    if (p->autoincrement == ORM_ON && p->default_raw != NULL)
        return orm_meta_bad(error, entity, p->name, 223,
                            "autoincrement and default_raw contradict each other; leave one out");
    return ORM_OK;
}

static orm_status check_sizes(const char *entity, const orm_property *p, orm_error *error)
{
    if (p->type == ORM_TYPE_STRING && (p->length > 10485760 || (p->has_length && p->length == 0)))
        return orm_meta_bad(error, entity, p->name, 224, "a string's length is 1 to 10485760, not %u; or use text",
                            p->length);
    if (p->type == ORM_TYPE_TIMESTAMPTZ && p->length > 6)
        return orm_meta_bad(error, entity, p->name, 225, "a timestamptz has at most 6 fractional digits, not %u",
                            p->length);
    if (p->precision > 1000 || p->scale > p->precision)
        return orm_meta_bad(error, entity, p->name, 226,
                            "numeric(%u,%u) does not exist: precision is 1 to 1000, scale at most the precision",
                            p->precision, p->scale);
    if (p->default_raw != NULL && p->default_raw[0] == '\0')
        return orm_meta_bad(error, entity, p->name, 227, "default_raw is empty; write '' in SQL for an empty text");
    return ORM_OK;
}

typedef struct exclusion {
    const char *name;
    bool (*is_set)(const orm_property *);
} exclusion;

static orm_status refuse_options(const char *entity, const orm_property *p, const char *with, const exclusion *refused,
                                 size_t count, orm_error *error)
{
    for (size_t i = 0; i < count; i++)
        if (refused[i].is_set(p))
            return orm_meta_bad(error, entity, p->name, 752, "the options %s and %s contradict each other: leave one out",
                                with, refused[i].name);
    return ORM_OK;
}

/* The database computes it, or knows nothing of it: nobody else makes its value, and it is not what tells rows apart. */
static orm_status check_computed(const char *entity, const orm_property *p, orm_error *error)
{
    static const exclusion never[] = { { "primary", has_primary },
                                       { "version", has_version },
                                       { "concurrency_check", has_concurrency_check },
                                       { "autoincrement", has_autoincrement },
                                       { "default_raw", has_default_raw },
                                       { "on_create or on_update", has_generator } };
    static const exclusion no_column[] = { { "generated", has_generated },
                                           { "unique", has_unique },
                                           { "comment", has_comment } };
    static const exclusion no_value[] = { { "formula", has_formula },
                                          { "column", has_column },
                                          { "custom", has_custom },
                                          { "lazy", has_lazy } };
    const char *what = p->persist == ORM_OFF ? "persist = ORM_OFF" : p->formula != NULL ? "formula" : "generated";
    orm_status  status = ORM_OK;

    if (p->generated == NULL && p->formula == NULL && p->persist != ORM_OFF)
        return ORM_OK;
    if ((p->generated != NULL && p->generated[0] == '\0') || (p->formula != NULL && p->formula[0] == '\0'))
        return orm_meta_bad(error, entity, p->name, 753, "its %s is empty: write an expression in SQL", what);
    if (p->persist == ORM_OFF)
        status = refuse_options(entity, p, what, no_value, sizeof no_value / sizeof no_value[0], error);
    if (status == ORM_OK && (p->persist == ORM_OFF || p->formula != NULL))
        status = refuse_options(entity, p, what, no_column, sizeof no_column / sizeof no_column[0], error);
    return status == ORM_OK ? refuse_options(entity, p, what, never, sizeof never / sizeof never[0], error) : status;
}

/* An inline embedded value has no column of its own that these could be about. */
static orm_status check_embedded(const char *entity, const orm_property *p, orm_error *error)
{
    if (p->type == ORM_TYPE_EMBEDDED && !p->object && (has_column(p) || has_default_raw(p) || has_comment(p)))
        return orm_meta_bad(error, entity, p->name, 302,
                            "the options column, default_raw and comment are for properties with a column: say .object = "
                            "true, or give them to the members");
    if (p->object && p->prefix != NULL)
        return orm_meta_bad(error, entity, p->name, 303, "a JSON object has one column: leave prefix out");
    return ORM_OK;
}

/* A custom type stands between a value and a column of an ordinary type. A key must be the same on both sides. */
static orm_status check_custom(const char *entity, const orm_property *p, orm_error *error)
{
    const orm_custom_type *custom = p->custom;
    orm_type               type = custom == NULL ? ORM_TYPE_NONE : custom->column_type;

    if (custom == NULL)
        return ORM_OK;
    if (custom->name == NULL || custom->name[0] == '\0')
        return orm_meta_bad(error, entity, p->name, 298, "its custom type has no name");
    if (p->primary)
        return orm_meta_bad(error, entity, p->name, 299, "a primary key has no custom type (%.80s)", custom->name);
    if (type < ORM_TYPE_NONE || type >= ORM_TYPE_COUNT_ || type == ORM_TYPE_ENUM ||
        (type != ORM_TYPE_NONE && (BIT(type) & COLUMNS & ~BIT(ORM_TYPE_REFERENCE)) == 0))
        return orm_meta_bad(error, entity, p->name, 300,
                            "column_type of the custom type %.80s is not a type with a column", custom->name);
    if ((custom->to_sql != NULL && strstr(custom->to_sql, ORM_META_VALUE) == NULL) ||
        (custom->from_sql != NULL && strstr(custom->from_sql, ORM_META_VALUE) == NULL))
        return orm_meta_bad(error, entity, p->name, 756,
                            "to_sql and from_sql of the custom type %.80s say with " ORM_META_VALUE
                            " where the value stands",
                            custom->name);
    return ORM_OK;
}

/* Those of a discriminator are found out when they are not told. */
static orm_status check_items(const char *entity, const orm_property *p, bool is_discriminator, orm_error *error)
{
    orm_status status = ORM_OK;
    orm_map    seen;

    if (p->type != ORM_TYPE_ENUM)
        return ORM_OK;
    if (p->enum_count == 0 && p->enum_items == NULL && is_discriminator)
        return ORM_OK;
    if (p->enum_items == NULL || p->enum_count == 0)
        return orm_meta_bad(error, entity, p->name, 228, "an enum needs items: ORM_ITEMS(\"a\", \"b\")");
    orm_map_init(&seen, NULL);
    for (size_t i = 0; i < p->enum_count && status == ORM_OK; i++) {
        const char *item = p->enum_items[i];

        if (item == NULL || orm_utf8_valid_prefix(item, strlen(item)) != strlen(item))
            status = orm_meta_bad(error, entity, p->name, 229, "item %zu of the enum is %s", i + 1,
                                  item == NULL ? "NULL" : "not valid UTF-8");
        else if (orm_map_get_text(&seen, item) != NULL)
            status = orm_meta_bad(error, entity, p->name, 230, "the enum has the item \"%.80s\" twice", item);
        else if (!orm_map_put_text(&seen, item, &seen))
            status = orm_fail_memory(error);
    }
    orm_map_free(&seen);
    return status;
}

/* Options of the side that has the foreign key or the pivot table, on one that has neither. */
static orm_status check_owner(const char *entity, const orm_property *p, orm_error *error)
{
    static const struct {
        const char *name;
        bool (*is_set)(const orm_property *);
    } owners[] = { { "column", has_column },
                   { "join_columns", has_join_columns },
                   { "primary", has_primary },
                   { "unique", has_unique },
                   { "concurrency_check", has_concurrency_check },
                   { "inversed_by", has_inversed_by },
                   { "pivot_table, pivot_entity, inverse_join_columns and fixed_order", has_pivot },
                   { "delete_rule and update_rule", has_rules } };

    if (p->relation == ORM_RELATION_MANY_TO_ONE && p->mapped_by != NULL)
        return orm_meta_bad(error, entity, p->name, 236,
                            "a many-to-one always owns its relation: leave mapped_by out, or say inversed_by");
    if (p->relation != ORM_RELATION_MANY_TO_MANY && has_pivot(p))
        return orm_meta_bad(error, entity, p->name, 237, "only a many-to-many has a pivot table");
    if (p->mapped_by == NULL && p->relation != ORM_RELATION_ONE_TO_MANY)
        return ORM_OK;
    for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++) {
        if (owners[i].is_set(p))
            return orm_meta_bad(error, entity, p->name, 238,
                                "the option %s is for the side that owns the relation, and this one is mapped by the "
                                "other",
                                owners[i].name);
    }
    return ORM_OK;
}

static orm_status check_loading(const char *entity, const orm_property *p, orm_error *error)
{
    bool inverse = p->relation == ORM_RELATION_ONE_TO_ONE && p->mapped_by != NULL;

    if (p->strategy > ORM_STRATEGY_BALANCED)
        return orm_meta_bad(error, entity, p->name, 239, "strategy is not one of orm_strategy");
    if (p->lazy && (p->primary || (p->relation != ORM_RELATION_NONE && !inverse)))
        return orm_meta_bad(error, entity, p->name, 299,
                            "the option lazy is for scalars that are no key, and for the inverse side of a one-to-one");
    return ORM_OK;
}

static orm_status check_relation(const char *entity, const orm_property *p, orm_error *error)
{
    static const orm_type needed[] = { [ORM_RELATION_MANY_TO_ONE] = ORM_TYPE_REFERENCE,
                                       [ORM_RELATION_ONE_TO_ONE] = ORM_TYPE_REFERENCE,
                                       [ORM_RELATION_ONE_TO_MANY] = ORM_TYPE_COLLECTION,
                                       [ORM_RELATION_MANY_TO_MANY] = ORM_TYPE_COLLECTION };
    bool                  is_relation = p->type == ORM_TYPE_REFERENCE || p->type == ORM_TYPE_COLLECTION;

    if ((size_t)p->relation >= sizeof needed / sizeof needed[0] ||
        (p->relation != ORM_RELATION_NONE) != is_relation || (is_relation && needed[p->relation] != p->type))
        return orm_meta_bad(error, entity, p->name, 231,
                            "type and relation do not fit: to-one relations have the type reference, to-many "
                            "collection, and nothing else has a relation");
    if (p->relation == ORM_RELATION_NONE)
        return ORM_OK;
    if (p->target == NULL || p->target[0] == '\0')
        return orm_meta_bad(error, entity, p->name, 232, "the relation names no target: add .target = \"Entity\"");
    if (p->relation == ORM_RELATION_ONE_TO_MANY && (p->mapped_by == NULL || p->mapped_by[0] == '\0'))
        return orm_meta_bad(error, entity, p->name, 233,
                            "the relation says not which property of %.80s points back: add .mapped_by = \"property\"",
                            p->target);
    if (p->delete_rule > ORM_RULE_SET_DEFAULT || p->update_rule > ORM_RULE_SET_DEFAULT)
        return orm_meta_bad(error, entity, p->name, 234, "delete_rule or update_rule is not one of orm_reference_rule");
    if (p->cascade != ORM_CASCADE_DEFAULT && p->cascade != ORM_CASCADE_NONE && p->cascade != ORM_CASCADE_PERSIST &&
        p->cascade != ORM_CASCADE_REMOVE && p->cascade != ORM_CASCADE_ALL)
        return orm_meta_bad(error, entity, p->name, 688, "cascade is PERSIST, REMOVE, both (ALL) or NONE, not %d",
                            (int)p->cascade);
    if (p->orphan_removal && p->relation != ORM_RELATION_ONE_TO_MANY && p->relation != ORM_RELATION_ONE_TO_ONE)
        return orm_meta_bad(error, entity, p->name, 689,
                            "orphan_removal is for one-to-many and one-to-one relations: others share what they point to");
    if (!p->nullable && (p->delete_rule == ORM_RULE_SET_NULL || p->update_rule == ORM_RULE_SET_NULL))
        return orm_meta_bad(error, entity, p->name, 235,
                            "the rule \"set null\" needs a nullable reference: add .nullable = true");
    return check_owner(entity, p, error);
}

orm_status orm_meta_check_options(const orm_entity *descriptor, const orm_property *property, orm_error *error)
{
    static orm_status (*const checks[])(const char *, const orm_property *, orm_error *) = { check_types, check_key,
                                                                                             check_sizes, check_computed, check_embedded, check_custom,
                                                                                             orm_meta_check_version,
                                                                                             check_relation, check_loading };
    orm_status status = ORM_OK;

    for (size_t i = 0; i < sizeof checks / sizeof checks[0] && status == ORM_OK; i++)
        status = checks[i](descriptor->name, property, error);
    return status == ORM_OK
               ? check_items(descriptor->name, property, orm_text_equal(descriptor->discriminator_column, property->name),
                             error)
               : status;
}
