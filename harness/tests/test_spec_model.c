/*
 * What the loader makes of a case file: entities, steps, outcomes, modes; with a table of steps of its own that has a
 * key of every type.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/tests/spec_fixture.h"

static const char *const colours[] = { "red", "green", NULL };

static const cc_key_def every_key[] = {
    { .name = "text", .type = CC_ARG_TEXT, .required = true, .help = "a text" },
    { .name = "int", .type = CC_ARG_INT, .expects = true },
    { .name = "bool", .type = CC_ARG_BOOL },
    { .name = "word", .type = CC_ARG_WORD, .words = colours },
    { .name = "bind", .type = CC_ARG_BIND },
    { .name = "em", .type = CC_ARG_EM },
    { .name = "new_em", .type = CC_ARG_NEW_EM },
    { .name = "entity", .type = CC_ARG_ENTITY },
    { .name = "data", .type = CC_ARG_DATA },
    { .name = "where", .type = CC_ARG_WHERE },
    { .name = "paths", .type = CC_ARG_PATHS },
    { .name = "order", .type = CC_ARG_ORDER },
    { .name = "values", .type = CC_ARG_VALUES },
    { .name = "rows", .type = CC_ARG_ROWS, .expects = true },
    { .name = "steps", .type = CC_ARG_STEPS },
    { .name = "matcher", .type = CC_ARG_MATCHER, .expects = true },
    { .name = "texts", .type = CC_ARG_TEXTS, .expects = true },
    { .name = "refused", .type = CC_ARG_ERROR, .expects = true },
    { .name = NULL },
};
static const cc_key_def ref_key[] = { { .name = "ref", .type = CC_ARG_REF, .required = true },
                                      { .name = "data", .type = CC_ARG_DATA },
                                      { .name = NULL } };
static const cc_key_def look_key[] = { { .name = "at", .type = CC_ARG_EXPECT, .required = true, .expects = true },
                                       { .name = NULL } };

static const cc_step_def table[] = {
    { .name = "every", .keys = every_key, .short_key = "text", .yields = CC_YIELDS_ENTITY },
    { .name = "use", .keys = ref_key, .short_key = "ref" },
    { .name = "look", .keys = look_key, .short_key = "at", .checks = true },
    { .name = "alter", .bare = true, .changes_schema = true },
    { .name = "many", .keys = every_key, .yields = CC_YIELDS_LIST },
    { .name = NULL },
};

#define HEAD                                                                                                           \
    "feature: things\n"                                                                                                \
    "entities:\n"                                                                                                      \
    "  Author:\n"                                                                                                      \
    "    properties:\n"                                                                                                \
    "      id: {type: uuid, primary: true}\n"                                                                          \
    "      name: {type: string}\n"                                                                                     \
    "      books: {type: one-to-many, target: Book, mapped_by: author}\n"                                              \
    "  Book:\n"                                                                                                        \
    "    properties:\n"                                                                                                \
    "      id: {type: uuid, primary: true}\n"                                                                          \
    "      author: {type: many-to-one, target: Author, delete_rule: cascade}\n"                                        \
    "cases:\n"                                                                                                         \
    "  - id: one\n"                                                                                                    \
    "    name: a case\n"                                                                                               \
    "    proves: [things-work]\n"
#define UNSETTLED "    outcome: {cockroach: {unknown: not tried}}\n"

static const cc_case *load_case(fixture *f, const char *text)
{
    cc_suite *suite = load_text(f, text, table);

    print_problems(f);
    assert_non_null(suite);
    assert_int_equal(suite->case_count, 1);
    return &suite->files[0]->cases[0];
}

/* Line 18 is the first step. */
static void assert_step_problem(fixture *f, const char *step, unsigned column, const char *part)
{
    char text[2048];

    snprintf(text, sizeof text, "%s%s    steps:\n      - %s\n", HEAD, UNSETTLED, step);
    assert_null(load_text(f, text, table));
    if (!has_problem(f, 18, column, part)) {
        print_problems(f);
        fail_msg("no problem at column %u with '%s'", column, part);
    }
}

static void test_every_type_of_key(void **state)
{
    const cc_case *item =
        load_case(*state, HEAD UNSETTLED
                  "    steps:\n"
                  "      - every: {text: t, bind: ann, entity: Author, new_em: two, bool: true, word: red, id: first}\n"
                  "      - every:\n"
                  "          text: t\n"
                  "          int: 0\n"
                  "          em: two\n"
                  "          entity: Book\n"
                  "          data: {author: \"${ann}\", id: [1, {k: \"${ann.id}\"}]}\n"
                  "          where: 5\n"
                  "          paths: [author.books, author]\n"
                  "          order: {author: desc}\n"
                  "          values: [1, \"${ann.name}\", null]\n"
                  "          rows: [[<any>, \"<bind:x>\"], [/a/, 1]]\n"
                  "          steps: [{every: {text: inner, id: inner, bind: eve}}]\n"
                  "          matcher: {a: [<uuid>]}\n"
                  "          texts: /b/i\n"
                  "          refused: {kind: unique constraint, sqlstate: \"23505\", message: /x/}\n"
                  "          queries: 5\n"
                  "      - use: ann\n"
                  "      - use: {ref: eve}\n"
                  "      - look: {ann.name: \"${x}\", ann.books.length: 2, queries: 0}\n"
                  "      - every: short\n");
    const cc_step *second = item->steps[1];

    assert_int_equal(item->step_count, 6);
    assert_string_equal(item->steps[0]->id, "first");
    assert_string_equal(item->steps[0]->entity->name, "Author");
    assert_string_equal(cc_step_arg(item->steps[0], "word")->text, "red");
    assert_null(cc_step_arg(item->steps[0], "int"));
    assert_null(cc_step_arg(item->steps[0], "no such key"));
    assert_int_equal(second->number, 2);
    assert_int_equal(second->place.line, 19);
    assert_string_equal(second->entity->name, "Book");
    assert_int_equal(cc_step_arg(second, "queries")->as.integer, 5);
    assert_int_equal(second->step_count, 1);
    assert_string_equal(second->steps[0]->id, "inner");
    assert_string_equal(item->steps[2]->entity->name, "Author");
    assert_string_equal(cc_step_arg(item->steps[2], "ref")->text, "ann");
    /* the entries of an open map stand among the step's keys */
    assert_int_equal(cc_step_arg(item->steps[4], "at")->count, 2);
    assert_int_equal(cc_step_arg(item->steps[4], "queries")->as.integer, 0);
    assert_string_equal(cc_step_arg(item->steps[5], "text")->text, "short");
}

static void test_wrong_types_of_keys(void **state)
{
    static const struct {
        const char *step;
        unsigned    column;
        const char *part;
    } cases[] = {
        { "every: {text: 5}", 23, "text must be a string, not a whole number; quote it: \"5\"" },
        { "every: {text: t, int: x}", 31, "int must be a whole number, not a string" },
        { "every: {text: t, bool: no}", 32, "bool must be true or false, not a string" },
        { "every: {text: t, word: rde}", 32, "unknown word 'rde'; did you mean 'red'?" },
        { "every: {text: t, bind: 1x}", 32, "'1x' is no name for a bound value" },
        { "every: {text: t, bind: [x]}", 32, "a bound name must be a string, not a list" },
        { "every: {text: t, em: two}", 30, "unknown entity manager 'two'; known: main" },
        { "every: {text: t, new_em: 2-3}", 34, "'2-3' is no name for an entity manager" },
        { "every: {text: t, entity: [Author]}", 34, "the name of an entity must be a string" },
        { "every: {text: t, data: x}", 32, "data must be a map, not a string" },
        { "every: {text: t, entity: Book, data: {autor: 1}}", 47, "unknown property 'autor' of Book" },
        { "every: {text: t, where: null}", 33, "where must be a map of properties" },
        { "every: {text: t, entity: Book, where: {autor: 1}}", 48, "unknown property 'autor' of Book" },
        { "every: {text: t, entity: Book, paths: author.nobody}", 47, "unknown property 'nobody' of Author" },
        { "every: {text: t, paths: [{}]}", 34, "a path must be a string, not a map" },
        { "every: {text: t, order: {a: down}}", 37, "unknown direction 'down'" },
        { "every: {text: t, values: {}}", 34, "values must be a list, not a map" },
        { "every: {text: t, rows: [1]}", 33, "a row must be a list" },
        { "every: {text: t, steps: []}", 33, "there are no steps" },
        { "every: {text: t, steps: [{evrey: x}]}", 34, "unknown step 'evrey'; did you mean 'every'?" },
        { "every: {text: t, matcher: <nay>}", 35, "unknown matcher '<nay>'; did you mean '<any>'?" },
        { "every: {text: t, matcher: [{a: /(/}]}", 40, "pattern /(/ is wrong" },
        { "every: {text: t, texts: [1]}", 34, "a text must be a string" },
        { "every: {text: t, refused: {}}", 35, "say which error is expected" },
        { "every: {text: t, refused: {kind: uniqe constraint}}", 42, "did you mean 'unique constraint'?" },
        { "every: {text: t, queries: -1}", 35, "queries must not be negative" },
        { "every: {}", 9, "the step 'every' lacks the key 'text'" },
        { "use: nobody", 14, "unknown name 'nobody'; no earlier step binds a name" },
        { "use: [nobody]", 14, "a reference to an entity must be a string" },
        { "look: {nobody.name: x}", 16, "unknown name 'nobody'" },
        { "look: {at: {x: 1}, y: 1}", 28, "'at' is given below, so 'y' must stand there, too" },
        { "look: 5", 15, "at must be a map, not a whole number" },
        { "alter: 5", 16, "the step 'alter' wants a map of keys, not a whole number" },
        { "5", 9, "a step is one name with its keys behind it" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_step_problem(*state, cases[i].step, cases[i].column, cases[i].part);
}

static void test_names_of_an_unknown_step_cause_no_further_problems(void **state)
{
    fixture *f = *state;

    assert_null(load_text(f, HEAD UNSETTLED "    steps:\n      - evry: {text: t, as: ann}\n      - use: ann\n", table));
    assert_int_equal(f->problems.count, 1);
}

static void test_entities(void **state)
{
    const cc_case    *item = load_case(*state, HEAD UNSETTLED "    steps: [every: t]\n");
    const orm_entity *author = item->file->entities[0];
    const orm_entity *book = item->file->entities[1];

    assert_int_equal(item->file->entity_count, 2);
    assert_null(item->file->entities[2]);
    assert_string_equal(author->name, "Author");
    assert_int_equal(author->size, 0);
    assert_int_equal(author->property_count, 3);
    assert_true(author->properties[0].primary && author->properties[0].type == ORM_TYPE_UUID);
    assert_int_equal(author->properties[2].relation, ORM_RELATION_ONE_TO_MANY);
    assert_int_equal(author->properties[2].type, ORM_TYPE_COLLECTION);
    assert_string_equal(author->properties[2].mapped_by, "author");
    assert_int_equal(book->properties[1].type, ORM_TYPE_REFERENCE);
    assert_string_equal(book->properties[1].target, "Author");
    assert_int_equal(book->properties[1].delete_rule, ORM_RULE_CASCADE);
}

static void test_outcomes(void **state)
{
    const cc_case *item = load_case(
        *state, HEAD
        "    outcome:\n"
        "      postgres: {fails: {at: 2, message: x}, reason: r}\n"
        "      cockroach:\n"
        "        - {versions: \"<24.3\", fails: {at: inner, sqlstate: \"42P01\", message: /x/}, source: s, reason: r}\n"
        "        - {versions: \">=24.3 <25\", differs: {\"3\": {ann.name: Eve}, \"2\": {int: 4}}, source: s, reason: "
        "r}\n"
        "        - {versions: \">=25\", unknown: why}\n"
        "    steps:\n"
        "      - every: {text: t, bind: ann, entity: Author, steps: [{every: {text: u, id: inner}}]}\n"
        "      - every: {text: t, int: 3}\n"
        "      - look: {ann.name: Ann, ann.id: <any>}\n");
    const cc_outcome *old = cc_outcome_for(item, "cockroach", 23, 9);
    const cc_outcome *middle = cc_outcome_for(item, "cockroach", 24, 3);
    const cc_yaml    *replaced;

    assert_int_equal(old->kind, CC_OUTCOME_FAILS);
    assert_ptr_equal(old->at, item->steps[0]->steps[0]);
    assert_string_equal(old->sqlstate, "42P01");
    assert_string_equal(old->message->text, "/x/");
    assert_ptr_equal(cc_outcome_for(item, "postgres", 15, 18)->at, item->steps[1]);
    assert_int_equal(cc_outcome_for(item, "cockroach", 25, 0)->kind, CC_OUTCOME_UNKNOWN);
    assert_string_equal(cc_outcome_for(item, "cockroach", 26, 2)->reason, "why");

    assert_ptr_equal(cc_outcome_for(item, "cockroach", 24, 4), middle);
    assert_int_equal(middle->override_count, 2);
    assert_ptr_equal(middle->overrides[0].step, item->steps[2]);
    /* one path is replaced, the others are still expected */
    replaced = middle->overrides[0].args[0];
    assert_int_equal(replaced->count, 2);
    assert_string_equal(cc_yaml_get(replaced, "ann.name")->text, "Eve");
    assert_string_equal(cc_yaml_get(replaced, "ann.id")->text, "<any>");
    assert_int_equal(middle->overrides[1].args[1]->as.integer, 4);
    assert_null(middle->overrides[1].args[0]);
}

static void test_platforms_without_an_outcome(void **state)
{
    const cc_case *item = load_case(*state, HEAD "    requires: {platform: postgres, versions: \">=15\", reason: r}\n"
                                                 "    steps: [every: t]\n");

    assert_null(cc_outcome_for(item, "postgres", 15, 0));
    assert_null(cc_outcome_for(item, "cockroach", 25, 0));
    assert_string_equal(item->requires_platform, "postgres");
    assert_string_equal(item->requires_reason, "r");
    assert_true(cc_versions_contain(&item->requires_versions, 15, 0));
    assert_false(cc_versions_contain(&item->requires_versions, 14, 9));
}

static void test_isolation(void **state)
{
    assert_int_equal(load_case(*state, HEAD UNSETTLED "    steps: [every: t]\n")->isolation, CC_ISOLATION_FILE);
    assert_int_equal(load_case(*state, HEAD UNSETTLED "    isolation: case\n    steps: [every: t]\n")->isolation,
                     CC_ISOLATION_CASE);
    assert_int_equal(load_case(*state, HEAD UNSETTLED "    steps: [every: t, alter]\n")->isolation, CC_ISOLATION_CASE);
    /* also where the schema is changed inside another step */
    assert_int_equal(load_case(*state, HEAD UNSETTLED "    steps: [every: {text: t, steps: [alter]}]\n")->isolation,
                     CC_ISOLATION_CASE);
}

static void test_file_settings_hold_for_cases(void **state)
{
    const cc_case *item =
        load_case(*state, "isolation: case\nsim: {no: not there}\n"
                          "modes: {a: {protocol: extended, batch: fast, batch_size: 7}, b: {}}\n" HEAD UNSETTLED
                          "    timeout: 90\n    steps: [every: t]\n");

    assert_int_equal(item->isolation, CC_ISOLATION_CASE);
    assert_true(item->no_simulation);
    assert_string_equal(item->no_simulation_reason, "not there");
    assert_int_equal(item->timeout_s, 90);
    assert_int_equal(item->file->mode_count, 2);
    assert_int_equal(item->file->modes[0].protocol, ORM_PROTOCOL_EXTENDED);
    assert_int_equal(item->file->modes[0].batch, ORM_BATCH_FAST);
    assert_int_equal(item->file->modes[0].batch_size, 7);
    assert_int_equal(item->file->modes[1].protocol, ORM_PROTOCOL_DEFAULT);
    assert_string_equal(item->id, "things/one");
    assert_string_equal(item->proves[0], "things-work");
    assert_null(item->proves[1]);
    assert_null(item->touches[0]);
}

/* ---- Memory may run out anywhere ---- */

static void *limited_alloc(void *context, size_t size)
{
    size_t *left = context;

    if (*left == 0)
        return NULL;
    (*left)--;
    return malloc(size);
}

static void *limited_resize(void *context, void *block, size_t size)
{
    size_t *left = context;

    if (*left == 0)
        return NULL;
    (*left)--;
    return realloc(block, size);
}

static void limited_release(void *context, void *block)
{
    (void)context;
    free(block);
}

static void test_memory_runs_out(void **state)
{
    fixture          *f = *state;
    size_t            left = 0;
    orm_allocator     allocator = { limited_alloc, limited_resize, limited_release, &left };
    const char *const path = f->path;
    bool              loaded = false;
    static const char text[] = HEAD
        "    outcome: {cockroach: [{versions: \"<24\", fails: {at: \"1\", message: /x/}, source: s, reason: r},\n"
        "                          {versions: \">=24\", differs: {\"2\": {ann.name: Eve}}, source: s, reason: r}]}\n"
        "    steps: [{every: {text: t, bind: ann, entity: Author, data: {name: Eve}}}, {look: {ann.name: Ann}}]\n";

    assert_non_null(load_text(f, text, table));
    for (size_t allowed = 1; !loaded; allowed++) {
        orm_arena  *arena;
        cc_problems problems;

        assert_true(allowed < 100000);
        left = allowed;
        arena = orm_arena_new(NULL, &allocator, "limited");
        assert_non_null(arena);
        cc_problems_init(&problems, arena);
        loaded = cc_suite_load(arena, &path, 1, f->features, table, &problems) != NULL;
        assert_true(loaded || problems.out_of_memory);
        orm_arena_free(arena);
    }
}

static void test_schema_and_reference_of_any_table(void **state)
{
    fixture   *f = *state;
    orm_buffer text;

    orm_buffer_init(&text, NULL, 0);
    assert_int_equal(cc_print_json_schema(f->features, table, &text), ORM_OK);
    assert_non_null(strstr(text.data, "\"https://json-schema.org/draft/2020-12/schema\""));
    assert_non_null(strstr(text.data, "\"alter\""));
    assert_non_null(strstr(text.data, "\"things-work\""));
    orm_buffer_reset(&text);
    assert_int_equal(cc_print_step_reference(table, &text), ORM_OK);
    assert_non_null(strstr(text.data, "## every\n"));
    assert_non_null(strstr(text.data, "| `text` (required) | text | a text |"));
    assert_non_null(strstr(text.data, "one of `red`, `green`"));
    assert_non_null(strstr(text.data, "May stand alone: `- alter`."));
    orm_buffer_free(&text);
}

static void assert_type_hint(fixture *f, const char *type, const char *part)
{
    char text[512];

    snprintf(text, sizeof text,
             "feature: things\nentities:\n  A:\n    properties:\n      id: {primary: true, type: \"%s\"}\ncases: []\n",
             type);
    assert_null(load_text(f, text, table));
    if (!has_problem(f, 5, 33, part)) {
        print_problems(f);
        fail_msg("no problem with '%s' for '%s'", part, type);
    }
}

static void test_hints_for_types(void **state)
{
    static const char *const hints[][2] = {
        { "string[]", "'text[]'" },
        { "bigInteger", "'bigint'" },
        { "int8", "'bigint'" },
        { "int", "'integer'" },
        { "int4", "'integer'" },
        { "INT", "'integer'" },
        { "jsonb", "'json'" },
        { "varchar", "'string'" },
        { "varchar(255)", "'string'" },
        { "bool", "'boolean'" },
        { "timestamp", "'timestamptz'" },
        { "bytea", "'bytes'" },
        { "decimal(10,2)", "'decimal'" },
        { "strng", "'string'" },
        { "varchr", "'string'" },
        { "serial", "'integer' with `primary: true`" },
        { "number", "'integer' or 'double'" },
    };

    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        char part[160];

        snprintf(part, sizeof part, "unknown type '%s'; did you mean %s?", hints[i][0], hints[i][1]);
        assert_type_hint(*state, hints[i][0], part);
    }
    assert_type_hint(*state, "geography", "unknown type 'geography'; known: boolean, smallint");
}

static void test_empty_file(void **state)
{
    fixture *f = *state;

    assert_null(load_text(f, "", table));
    assert_int_equal(f->problems.count, 1);
    assert_true(has_problem(f, 1, 1, "the file is empty"));
    assert_null(load_text(f, "# later\n", table));
    assert_int_equal(f->problems.count, 1);
    assert_true(has_problem(f, 0, 0, "the file is empty"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_type_of_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_types_of_keys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names_of_an_unknown_step_cause_no_further_problems, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_entities, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_outcomes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_platforms_without_an_outcome, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_isolation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_file_settings_hold_for_cases, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_memory_runs_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_schema_and_reference_of_any_table, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hints_for_types, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_empty_file, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
