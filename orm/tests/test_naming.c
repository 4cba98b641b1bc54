#include "meta_fixture.h"

#include "base/text.h"

#define TEN_X "xxxxxxxxxx"
#define FIFTY_X TEN_X TEN_X TEN_X TEN_X TEN_X

static void words_are_parted_as_mikroorm_does(void **state)
{
    static const struct {
        const char *name, *underscored;
    } names[] = { { "Author", "author" },
                  { "BookTag", "book_tag" },
                  { "createdAt", "created_at" },
                  { "URLValue", "urlvalue" },
                  { "someURLValue", "some_urlvalue" },
                  { "aBcD", "a_bc_d" },
                  { "a1B", "a1b" },
                  { "already_done", "already_done" },
                  { "x_Y", "x_y" },
                  { "", "" },
                  { "A", "a" },
                  { "gr\xC3\xB6\xC3\x9F"
                    "e",
                    "gr\xC3\xB6\xC3\x9F"
                    "e" } };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_string_equal(orm_naming_underscore(*state, names[i].name), names[i].underscored);
}

static void join_columns_end_with_the_referenced_column(void **state)
{
    assert_string_equal(orm_naming_join_column(*state, "author", "id"), "author_id");
    assert_string_equal(orm_naming_join_column(*state, "firstAuthor", "isbn_13"), "first_author_isbn_13");
}

static char *constraint(orm_arena *arena, const char *table, const char *column, orm_naming_kind kind)
{
    return orm_naming_constraint(arena, table, &column, column == NULL ? 0 : 1, kind);
}

static void constraints_are_named_after_table_and_columns(void **state)
{
    const char *both[] = { "a", "b" };

    assert_string_equal(constraint(*state, "book", "author_id", ORM_NAMING_FOREIGN), "book_author_id_foreign");
    assert_string_equal(constraint(*state, "author", "email", ORM_NAMING_UNIQUE), "author_email_unique");
    assert_string_equal(constraint(*state, "publisher", "kind", ORM_NAMING_CHECK), "publisher_kind_check");
    assert_string_equal(constraint(*state, "t", NULL, ORM_NAMING_INDEX), "t_index");
    assert_string_equal(constraint(*state, "t", "c", ORM_NAMING_PRIMARY), "t_pkey");
    assert_string_equal(orm_naming_constraint(*state, "t", both, 2, ORM_NAMING_INDEX), "t_a_b_index");
    assert_string_equal(constraint(*state, "s.t", "a.b", ORM_NAMING_UNIQUE), "t_a_b_unique");
}

/* The digits were computed by MikroORM's algorithm (FNV-1a over UTF-16 units), written down in another language. */
static void long_names_are_cut_and_hashed_as_mikroorm_does(void **state)
{
    static const char table[] = "a_table_with_quite_a_long_name_for_an_entity";
    static const char column[] = "and_a_long_column_name";

    assert_string_equal(constraint(*state, table, column, ORM_NAMING_UNIQUE),
                        "a_table_with_quite_a_long_name_for_an_entity_and__a5593_unique");
    assert_string_equal(constraint(*state, table, column, ORM_NAMING_FOREIGN),
                        "a_table_with_quite_a_long_name_for_an_entity_and_99025_foreign");
    assert_string_equal(
        constraint(*state, "a_table_with_quite_a_long_name_for_an_entity_that_goes_to_sixty_", "c", ORM_NAMING_PRIMARY),
        "a_table_with_quite_a_long_name_for_an_entity_that_g_5fac6_pkey");
    /* 63 bytes stay, 64 do not. */
    assert_string_equal(constraint(*state, "t", FIFTY_X "xxxxx", ORM_NAMING_INDEX), "t_" FIFTY_X "xxxxx_index");
    assert_string_equal(constraint(*state, "t", FIFTY_X "xxxxxx", ORM_NAMING_INDEX),
                        "t_" TEN_X TEN_X TEN_X TEN_X "xxxxxxxx_c7499_index");
}

static void names_are_cut_between_characters(void **state)
{
    static const char euro[] = "\xE2\x82\xAC";
    char              table[100] = "ab";
    char             *name;

    for (int i = 0; i < 30; i++)
        memcpy(table + 2 + 3 * i, euro, sizeof euro);
    for (int i = 0; i < 3; i++) {
        name = constraint(*state, table + (2 - i), "c", ORM_NAMING_CHECK);
        assert_true(strlen(name) <= 63);
        assert_int_equal(orm_utf8_valid_prefix(name, strlen(name)), strlen(name));
        assert_non_null(strstr(name, "_check"));
    }
}

static void shortened_names_stay_different(void **state)
{
    const char *one = constraint(*state, FIFTY_X, TEN_X "one", ORM_NAMING_UNIQUE);

    assert_string_not_equal(one, constraint(*state, FIFTY_X, TEN_X "two", ORM_NAMING_UNIQUE));
}

static void expect_quoted(const char *name, const char *expected)
{
    orm_buffer out;

    orm_buffer_init(&out, NULL, 0);
    orm_quote_identifier(&out, name);
    assert_string_equal(out.data, expected);
    orm_buffer_free(&out);
}

static void identifiers_are_quoted(void **state)
{
    (void)state;
    expect_quoted("author", "\"author\"");
    expect_quoted("a\"b", "\"a\"\"b\"");
    expect_quoted("\"\"", "\"\"\"\"\"\"");
    expect_quoted("a.b; drop table x --", "\"a.b; drop table x --\"");
    expect_quoted("back\\slash'", "\"back\\slash'\"");
    expect_quoted("", "\"\"");
}

static void tables_carry_their_schema(void **state)
{
    orm_meta_entity entity = { .table = "t\"1" };
    orm_buffer      out;

    (void)state;
    orm_buffer_init(&out, NULL, 0);
    orm_quote_table(&out, &entity);
    entity.schema = "s";
    orm_quote_table(&out, &entity);
    assert_string_equal(out.data, "\"t\"\"1\"\"s\".\"t\"\"1\"");
    orm_buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_parted_as_mikroorm_does),
        cmocka_unit_test(join_columns_end_with_the_referenced_column),
        cmocka_unit_test(constraints_are_named_after_table_and_columns),
        cmocka_unit_test(long_names_are_cut_and_hashed_as_mikroorm_does),
        cmocka_unit_test(names_are_cut_between_characters),
        cmocka_unit_test(shortened_names_stay_different),
        cmocka_unit_test(identifiers_are_quoted),
        cmocka_unit_test(tables_carry_their_schema),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
