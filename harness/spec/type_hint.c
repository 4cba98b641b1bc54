#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "harness/spec/spec_private.h"

/* How servers, other mappers and languages call the types, and what stands here for it. */
static const struct {
    const char *name;
    const char *hint;
} aliases[] = {
    { "bool", "'boolean'" },
    { "int2", "'smallint'" },
    { "tinyint", "'smallint'" },
    { "int", "'integer'" },
    { "int4", "'integer'" },
    { "int32", "'integer'" },
    { "serial", "'integer' with `primary: true`" },
    { "serial4", "'integer' with `primary: true`" },
    { "int8", "'bigint'" },
    { "int64", "'bigint'" },
    { "long", "'bigint'" },
    { "bigInteger", "'bigint'" },
    { "bigserial", "'bigint' with `primary: true`" },
    { "serial8", "'bigint' with `primary: true`" },
    { "float", "'double'" },
    { "float8", "'double'" },
    { "real", "'double'" },
    { "double precision", "'double'" },
    { "number", "'integer' or 'double'" },
    { "numeric", "'decimal'" },
    { "money", "'decimal'" },
    { "varchar", "'string'" },
    { "char", "'string'" },
    { "character varying", "'string'" },
    { "str", "'string'" },
    { "clob", "'text'" },
    { "guid", "'uuid'" },
    { "timestamp", "'timestamptz'" },
    { "datetime", "'timestamptz'" },
    { "timestamp with time zone", "'timestamptz'" },
    { "jsonb", "'json'" },
    { "object", "'json'" },
    { "bytea", "'bytes'" },
    { "blob", "'bytes'" },
    { "binary", "'bytes'" },
    { "buffer", "'bytes'" },
    { "array", "'text[]' or 'int[]'" },
    { "string[]", "'text[]'" },
    { "varchar[]", "'text[]'" },
    { "integer[]", "'int[]'" },
    { "int4[]", "'int[]'" },
    { "number[]", "'int[]'" },
    { "m:1", "'many-to-one'" },
    { "manyToOne", "'many-to-one'" },
    { "1:m", "'one-to-many'" },
    { "oneToMany", "'one-to-many'" },
    { "1:1", "'one-to-one'" },
    { "oneToOne", "'one-to-one'" },
    { "m:n", "'many-to-many'" },
    { "manyToMany", "'many-to-many'" },
};

#define ALIAS_COUNT (sizeof aliases / sizeof aliases[0])

static const char *hint_of_alias(const char *name)
{
    for (size_t i = 0; i < ALIAS_COUNT; i++) {
        if (strcasecmp(aliases[i].name, name) == 0)
            return aliases[i].hint;
    }
    return NULL;
}

/* The types themselves first: of two that are equally near, they win. */
static const char *nearest_spelling(cc_spec *spec, const char *name)
{
    size_t       count = 0;
    const char **names;

    while (cc_property_types[count].text != NULL)
        count++;
    names = cc_spec_alloc(spec, count + ALIAS_COUNT, sizeof *names);
    if (names == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++)
        names[i] = cc_property_types[i].text;
    for (size_t i = 0; i < ALIAS_COUNT; i++)
        names[count + i] = aliases[i].name;
    return orm_nearest_word(name, names, count + ALIAS_COUNT);
}

const char *cc_spec_type_hint(cc_spec *spec, const char *name)
{
    /* "varchar(255)", "decimal(10, 2)": what stands in parentheses are keys of their own here. */
    const char *bare = cc_spec_printf(spec, "%.*s", (int)strcspn(name, "("), name);
    const char *hint = bare != NULL ? hint_of_alias(bare) : NULL;
    const char *nearest = NULL;

    if (bare == NULL || hint != NULL)
        return hint;
    nearest = nearest_spelling(spec, bare);
    if (nearest == NULL)
        return NULL;
    hint = hint_of_alias(nearest);
    return hint != NULL ? hint : cc_spec_printf(spec, "'%s'", nearest);
}
