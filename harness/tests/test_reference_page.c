/*
 * The reference page says something about every key, type, word and step that the loader knows; the JSON Schema, which is
 * made of the same tables, tells which those are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>

#include "harness/tests/spec_fixture.h"

typedef struct pages {
    fixture   *fixture;
    orm_buffer page;
    json_t    *schema;
} pages;

static int print_pages(void **state)
{
    static pages p;
    orm_buffer   text;
    int          failed = set_up((void **)&p.fixture);

    orm_buffer_init(&p.page, NULL, 0);
    orm_buffer_init(&text, NULL, 0);
    failed = failed || cc_print_json_schema(p.fixture->features, cc_steps(), &text) != ORM_OK ||
             cc_print_step_reference(cc_steps(), &p.page) != ORM_OK;
    p.schema = failed ? NULL : json_loads(text.data, 0, NULL);
    orm_buffer_free(&text);
    *state = &p;
    return p.schema == NULL;
}

static int free_pages(void **state)
{
    pages *p = *state;

    json_decref(p->schema);
    orm_buffer_free(&p->page);
    return tear_down((void **)&p->fixture);
}

static void assert_in_page(void **state, const char *format, ...) ORM_PRINTF(2, 3);
static void assert_in_page(void **state, const char *format, ...)
{
    const pages *p = *state;
    char         wanted[200];
    va_list      args;

    va_start(args, format);
    vsnprintf(wanted, sizeof wanted, format, args);
    va_end(args);
    if (strstr(p->page.data, wanted) == NULL)
        fail_msg("the page lacks: %s", wanted);
}

/* A row of a table that has a value and a meaning. */
static void assert_row(void **state, const char *key)
{
    const pages *p = *state;
    char         start[80];
    const char  *row;

    snprintf(start, sizeof start, "\n| `%s`", key);
    row = strstr(p->page.data, start);
    if (row == NULL)
        fail_msg("the page has no row for %s", key);
    if (strcspn(row + 1, "\n") < strlen(start) + 10)
        fail_msg("the row of %s is empty", key);
}

/* Keys and words are marked as code; a step has a heading. */
static void assert_named(void **state, const char *name)
{
    const pages *p = *state;
    char         heading[80];

    snprintf(heading, sizeof heading, "\n## %s\n", name);
    if (strstr(p->page.data, heading) == NULL)
        assert_in_page(state, "`%s`", name);
}

/* All that the schema names, at any depth; how deep it is, is ours to say. */
static void assert_all_in_page(void **state, const json_t *schema, size_t *count)
{
    const char *type = json_string_value(json_object_get(schema, "type"));
    json_t     *list = json_object_get(schema, "enum");
    json_t     *value;
    const char *key;
    size_t      i;

    json_array_foreach(list, i, value)
    {
        assert_named(state, json_string_value(value));
        ++*count;
    }
    if (type != NULL && strcmp(type, "object") == 0) {
        json_object_foreach(json_object_get(schema, "properties"), key, value)
        {
            assert_named(state, key);
            ++*count;
        }
    }
    json_object_foreach((json_t *)schema, key, value) assert_all_in_page(state, value, count);
    json_array_foreach(schema, i, value) assert_all_in_page(state, value, count);
}

static void test_all_names_of_the_schema(void **state)
{
    const pages *p = *state;
    json_t      *defs = json_object_get(p->schema, "$defs");
    size_t       count = 0;

    /* Those are of the page that is checked, not of the format. */
    json_object_del(defs, "feature");
    json_object_del(defs, "claims");
    assert_all_in_page(state, p->schema, &count);
    assert_true(count > 200);
}

static void assert_rows(void **state, const char *definition)
{
    const pages *p = *state;
    json_t      *defs = json_object_get(p->schema, "$defs");
    json_t      *schema = definition == NULL ? p->schema : json_object_get(defs, definition);
    json_t      *named = json_object_get(schema, "additionalProperties");
    json_t      *keys = json_object_get(json_is_object(named) ? named : schema, "properties");
    json_t      *value;
    const char  *key;

    assert_true(json_object_size(keys) > 0);
    json_object_foreach(keys, key, value) assert_row(state, key);
}

static void test_keys(void **state)
{
    const char *const maps[] = { "case",  "entities", "properties", "outcome", "fails",
                                 "modes", "requires", "sim",        "error" };

    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++)
        assert_rows(state, maps[i]);
    assert_in_page(state, "| `feature` (required) |");
    assert_in_page(state, "| `type` (required) |");
    assert_in_page(state, "| `nullable` |");
}

static void test_types(void **state)
{
    const pages *p = *state;
    json_t      *words = json_object_get(json_object_get(json_object_get(p->schema, "$defs"), "type"), "enum");
    json_t      *word;
    size_t       i;

    assert_true(json_array_size(words) > 0);
    json_array_foreach(words, i, word) assert_row(state, json_string_value(word));
    assert_null(strstr(p->page.data, "(null)"));
    assert_null(strstr(p->page.data, "|  |"));
}

static void test_matchers(void **state)
{
    static const char *const matchers[] = {
        "null", "<any>", "<uuid>", "<bind:name>", "\"/regex/flags\"", "\"${path}\""
    };

    for (size_t i = 0; i < sizeof matchers / sizeof matchers[0]; i++)
        assert_row(state, matchers[i]);
}

static void test_steps(void **state)
{
    for (const cc_step_def *step = cc_steps(); step->name != NULL; step++) {
        assert_in_page(state, "\n## %s\n", step->name);
        for (const cc_key_def *key = step->keys; key != NULL && key->name != NULL; key++)
            assert_row(state, key->name);
    }
    for (const cc_key_def *key = cc_common_keys(); key->name != NULL; key++)
        assert_row(state, key->name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_names_of_the_schema),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_matchers),
        cmocka_unit_test(test_steps),
    };

    return cmocka_run_group_tests(tests, print_pages, free_pages);
}
