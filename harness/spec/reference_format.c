/*
 * The reference page's first half: the format of case files. Keys, types and words come from the loader's tables; only
 * what no table says stands here as text.
 */
#include <string.h>

#include "base/text.h"
#include "harness/spec/spec_private.h"

/* What stands behind a key, by the schema's name for it; either words or a text. */
static const struct {
    const char    *type;
    const char    *text;
    const cc_word *words;
} shapes[] = {
    { "#feature", "id of a feature", NULL },
    { "#entities", "map: name to entity", NULL },
    { "#embeddables", "map: name to embeddable", NULL },
    { "#modes", "map: name to mode", NULL },
    { "#cases", "list of cases", NULL },
    { "#steps", "list of steps", NULL },
    { "#requires", "map, see Requires", NULL },
    { "#sim", "map, see Simulation", NULL },

    { "#outcomes", "map, see Outcomes", NULL },
    { "#claims", "list of claim ids", NULL },
    { "#properties", "map: name to property", NULL },
    { "#filters", "map: name to filter", NULL },
    { "#where", "a condition, see Finding", NULL },
    { "#indexes", "list: `[a, b]`, or `{of: [a, b], name: x}`", NULL },
    { "#fails", "map, see Outcomes", NULL },
    { "#differs", "map: step to its other expectations", NULL },
    { "#true", "true", NULL },
    { "#versions", "range of versions", NULL },
    { "#step_id", "id or number of a step", NULL },
    { "#sqlstate", "SQLSTATE in quotes", NULL },
    { "#id", "a-z, 0-9 and -", NULL },
    { "#text", "text", NULL },
    { "#items", "list of texts", NULL },
    { "#count", "whole number", NULL },
    { "#positive", "whole number from 1", NULL },
    { "#timeout", "whole number from 1", NULL },
    { "#type", "a type, see below", NULL },
    { "#error_kind", "a kind, see below", NULL },
    { "#rule", NULL, cc_reference_rules },
    { "#cascade", NULL, cc_cascades },
    { "#isolation", NULL, cc_isolations },
    { "#protocol", NULL, cc_protocols },
    { "#generator", NULL, cc_generators },
    { "#custom", NULL, cc_custom_types },
    { "#batch", NULL, cc_batches },
    { "#strategy", NULL, cc_strategies },
    { "#order", "map: property to a direction", NULL },
    { "#platform", NULL, cc_platforms },
    { "boolean", "true or false", NULL },
    { "string", "text or \"/regex/\"", NULL },
};

/* What column a type makes and how its values are written. */
static const struct {
    const char *column;
    const char *values;
} types[] = {
    [ORM_TYPE_BOOLEAN] = { "boolean", "true, false" },
    [ORM_TYPE_SMALLINT] = { "smallint", "whole numbers" },
    [ORM_TYPE_INTEGER] = { "int", "whole numbers" },
    [ORM_TYPE_BIGINT] = { "bigint", "whole numbers" },
    [ORM_TYPE_BIGINT_TEXT] = { "bigint", "quoted texts: \"42\"" },
    [ORM_TYPE_DOUBLE] = { "double precision", "numbers, .inf, .nan" },
    [ORM_TYPE_DECIMAL] = { "numeric(precision, scale)", "quoted texts: \"1.50\"" },
    [ORM_TYPE_STRING] = { "varchar(length)", "texts" },
    [ORM_TYPE_TEXT] = { "text", "texts" },
    [ORM_TYPE_UUID] = { "uuid", "texts; a key that is not given is made by the client" },
    [ORM_TYPE_DATE] = { "date", "texts: \"2024-02-29\"" },
    [ORM_TYPE_TIMESTAMPTZ] = { "timestamptz(length)", "texts: \"2024-02-29T12:00:00Z\"" },
    [ORM_TYPE_JSON] = { "jsonb", "any YAML" },
    [ORM_TYPE_BYTES] = { "bytea", "texts; \"\\x00ff\" in hexadecimal" },
    [ORM_TYPE_TEXT_ARRAY] = { "text[]", "lists of texts and null" },
    [ORM_TYPE_INTEGER_ARRAY] = { "int[]", "lists of whole numbers and null" },
    [ORM_TYPE_ENUM] = { "text with a check", "one of `items`" },
    [ORM_TYPE_REFERENCE] = { "the target's key", "\"${name}\" of an entity, or a primary key" },
    [ORM_TYPE_COLLECTION] = { "none", "lists of \"${name}\"" },
    [ORM_TYPE_EMBEDDED] = { "those of its members; jsonb with `object`", "maps: member to value, or null" },
    [ORM_TYPE_EMBEDDED_LIST] = { "jsonb", "lists of such maps, or null" },
    [CC_TYPE_ONE_TO_ONE] = { "the target's key, unique; none with `mapped_by`", "\"${name}\" of an entity, or a primary key" },
    [CC_TYPE_MANY_TO_MANY] = { "two references in a pivot table", "lists of \"${name}\"" },
};

static bool is_among(const char *word, const char *const *words)
{
    while (words != NULL && *words != NULL) {
        if (strcmp(word, *words++) == 0)
            return true;
    }
    return false;
}

static void print_texts(const char *const *texts, orm_buffer *out)
{
    for (size_t i = 0; texts[i] != NULL; i++)
        orm_buffer_printf(out, "%s`%s`", i > 0 ? ", " : "", texts[i]);
}

static void print_shape(cc_spec *spec, const char *type, orm_buffer *out)
{
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        if (strcmp(shapes[i].type, type) != 0)
            continue;
        if (shapes[i].words == NULL)
            orm_buffer_append(out, shapes[i].text);
        else
            print_texts(cc_spec_texts(spec, shapes[i].words), out);
        return;
    }
}

static void print_table(cc_spec *spec, const char *const *keys, const char *const *required, orm_buffer *out)
{
    orm_buffer_append(out, "\n| key | value | meaning |\n|---|---|---|\n");
    for (; *keys != NULL; keys++) {
        const cc_key_help *help = cc_key_help_of(*keys);
        const char        *only = required == cc_property_required ? cc_spec_key_is_for(*keys) : NULL;

        orm_buffer_printf(out, "| `%s`%s | ", *keys, is_among(*keys, required) ? " (required)" : "");
        if (help != NULL) {
            print_shape(spec, help->type, out);
            orm_buffer_printf(out, " | %s", help->help);
        }
        if (only != NULL)
            orm_buffer_printf(out, " For %s.", only);
        orm_buffer_append(out, " |\n");
    }
}

static void print_entities(cc_spec *spec, orm_buffer *out)
{
    orm_buffer_append(out,
                      "\n## Entities\n\nUnder `entities`, by name: `Author: {properties: {id: {type: uuid, primary: "
                      "true}}}`. Each needs a primary key, but for those that extend another entity: "
                      "`Dog: {extends: Animal}` shares the table and the key of `Animal`, whose `discriminator_column` says "
                      "of which entity a row is. What only `Dog` has can be asked of `Animal`, too, and `${x.entity_name}` "
                      "tells of which entity an entity is.\n");
    print_table(spec, cc_entity_keys, NULL, out);
    orm_buffer_append(out, "\n## Embeddables\n\nUnder `embeddables`, by name; each may be in those behind it.\n");
    print_table(spec, cc_embeddable_keys, cc_embeddable_required, out);
    orm_buffer_append(out, "\n## Indexes\n\nUnder `uniques` and `indexes`: a list of properties, or a map.\n");
    print_table(spec, cc_index_keys, cc_index_required, out);
    orm_buffer_append(out, "\n## Filters\n\nUnder `filters` of an entity, or of the file, by name: `softDelete: {where: {deletedAt: null}, default_on: true}`.\n");
    print_table(spec, cc_filter_keys, cc_filter_required, out);
    orm_buffer_append(out, "\n## Properties\n");
    print_table(spec, cc_property_keys, cc_property_required, out);
    orm_buffer_append(out, "\n## Types\n\n| type | column | values |\n|---|---|---|\n");
    for (const cc_word *type = cc_property_types; type->text != NULL; type++)
        orm_buffer_printf(out, "| `%s` | %s | %s |\n", type->text, types[type->value].column,
                          types[type->value].values);
}

static void print_outcomes(cc_spec *spec, orm_buffer *out)
{
    orm_buffer_append(out,
                      "\n## Outcomes\n\n"
                      "`outcome` has a key for each platform, with one outcome or, for ranges of versions that do not "
                      "overlap, a list of them:\n\n");
    for (const cc_word *platform = cc_platforms; platform->text != NULL; platform++)
        orm_buffer_printf(out, "- `%s`: %s\n", platform->text,
                          platform->value == CC_PLATFORM_NEEDS_OUTCOME
                              ? "must be given; all but `unknown` need a `source`"
                              : "without an outcome the case must work there");
    orm_buffer_append(out, "\nAn outcome has exactly one of `works`, `fails`, `differs` and `unknown`; `fails` and "
                           "`differs` need a `reason`.\n");
    print_table(spec, cc_outcome_keys, NULL, out);
    orm_buffer_append(out, "\n`fails` is a map with a sqlstate or a message:\n");
    print_table(spec, cc_fails_keys, cc_fails_required, out);
    orm_buffer_append(out, "\n```yaml\noutcome:\n"
                           "  postgres: {works: true}\n"
                           "  cockroach:\n"
                           "    - versions: \"<25.1\"\n"
                           "      fails: {at: 2, sqlstate: \"0A000\", message: /unimplemented/}\n"
                           "      source: issue 123\n"
                           "      reason: it is not implemented there\n"
                           "    - versions: \">=25.1\"\n"
                           "      differs: {look: {rows: [[2]]}}\n"
                           "      source: release notes of 25.1\n"
                           "      reason: numbers begin at 2\n"
                           "```\n\nWhat is not settled is written `cockroach: {unknown: why}`.\n");
}

static void print_conditions(cc_spec *spec, orm_buffer *out)
{
    orm_buffer_append(out,
                      "\n## Modes\n\nUnder `modes`, by name: all cases run once in each; `fast` needs `extended`.\n");
    print_table(spec, cc_mode_keys, NULL, out);
    orm_buffer_append(out, "\n## Requires\n\nA case's own counts, or else the file's.\n");
    print_table(spec, cc_requires_keys, cc_requires_required, out);
    orm_buffer_append(out, "\n## Simulation\n\n`sim` of a case, or else of the file: there is only `{no: reason}`.\n");
    print_table(spec, cc_sim_keys, cc_sim_required, out);
    orm_buffer_append(out,
                      "\n## Isolation\n\nOf a case, or else of the file. Steps that change the schema need `case`; for "
                      "their cases it is the default, for others `file` is.\n");
}

static void print_matchers(orm_buffer *out)
{
    orm_buffer_append(
        out,
        "\n## Matchers\n\n| matcher | what it matches |\n|---|---|\n"
        "| a value | the same value of the same kind: `1` is not `\"1\"`. A double equals a whole number of the same "
        "value; UUIDs, dates and times compare with their text, bytes with theirs or with `\"\\x...\"`. Decimals and "
        "bigint-text want a quoted text |\n"
        "| `null` | SQL NULL; a JSON null that stands alone is matched by `\"/^null$/\"` |\n"
        "| `<any>` | anything but null |\n"
        "| `<uuid>` | a UUID, or the text of one |\n"
        "| `<bind:name>` | anything; the value is `\"${name}\"` from then on |\n"
        "| `\"/regex/flags\"` | a text in which the PCRE2 pattern is found; flags `i` (case), `s` (dot and newlines), "
        "`m` (lines), `x` (white space) |\n"
        "| `\"${path}\"` | the value that is bound there; of an entity, the very same one |\n"
        "| `\"$${text\"` | the text `${text`: with one more dollar it is no reference |\n"
        "| a list | arrays, JSON lists, lists of entities: item by item, all of them |\n"
        "| a map | JSON objects: the same keys, in any order |\n\n"
        "JSON is compared as a tree, its numbers as exact decimals; a whole number that does not fit 64 bits is a "
        "quoted text.\n");
}

static void print_references(orm_buffer *out)
{
    orm_buffer_append(
        out,
        "\n## References\n\n"
        "A name is bound by a step's `as` or by `<bind:name>`, and later steps use it: as `\"${path}\"` where a value "
        "stands, as `path` on the left in `expect`. It must be the whole text, also inside of lists and JSON.\n\n"
        "| path | what it is |\n|---|---|\n"
        "| `ann` | an entity, a list, rows, a value: what was bound |\n"
        "| `ann.name`, `book.author.name` | a property, also of a relation's target |\n"
        "| `books[0].title` | a property of an item of a list or collection, counted from 0 |\n"
        "| `books.length`, `ann.books.length` | the number of items |\n"
        "| `ann.books.initialized` | whether the collection was loaded |\n"
        "| `rows[0][1]` | a value of a row, both counted from 0 |\n\n"
        "`main` is the entity manager that is always there; `fork` makes others.\n");
}

/* What steps that find share. */
static void print_finding(cc_spec *spec, orm_buffer *out)
{
    orm_buffer_append(out,
                      "\n## Finding\n\n"
                      "A condition says what MikroORM's `where` says: `{name: Ann, age: {$gte: 18, $lt: 65}, books: "
                      "{title: {$like: \"A%\"}}, $or: [{...}, {...}]}`. A list means one of its values, `null` that there is "
                      "none; a map behind a relation speaks of its rows; each branch of `$and` speaks of rows of its own. "
                      "Operators: ");
    print_texts(cc_where_words, out);
    orm_buffer_append(out, ".\n\nDirections of an order: ");
    print_texts(cc_spec_texts(spec, cc_directions), out);
    orm_buffer_append(out, ".\n\n`populate` takes paths of relations; `*` is all of an entity, `tags:ref` only which tags there "
                           "are, `$infer` what the condition speaks of. A hint for one of them has these keys.\n");
    print_table(spec, cc_hint_keys, NULL, out);
}

void cc_print_format_reference(cc_spec *spec, orm_buffer *out)
{
    orm_buffer_append(out, "# Case files\n\nMade by `crdbcheck` from the tables that it checks case files by.\n"
                           "\n## Keys of a file\n");
    print_table(spec, cc_file_keys, cc_file_required, out);
    print_entities(spec, out);
    orm_buffer_append(out, "\n## Cases\n\nEach has `proves` or `touches`, or both.\n");
    print_table(spec, cc_case_keys, cc_case_required, out);
    print_outcomes(spec, out);
    print_conditions(spec, out);
    print_matchers(out);
    print_references(out);
    print_finding(spec, out);
    orm_buffer_append(out, "\n## Errors\n\nThe map behind a step's `error`: each key that is given must match.\n");
    print_table(spec, cc_error_keys, NULL, out);
    orm_buffer_append(out, "\nKinds: ");
    print_texts(cc_spec_error_kinds(spec), out);
    orm_buffer_append(out, ".\n");
}
