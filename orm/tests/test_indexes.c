/* Indexes and unique constraints of entities: what is wrong with them is said at discovery; a builder copies them. */
#include "meta_fixture.h"

static const orm_property things[] = {
    SERIAL(ORM_TYPE_BIGINT),
    { .name = "owner", .type = ORM_TYPE_TEXT },
    { .name = "email", .type = ORM_TYPE_STRING, .unique = true },
    TO("parent", "Thing", .nullable = true),
    MANY("children", "Thing", "parent"),
};

#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static orm_entity thing_with(const orm_index *uniques, size_t unique_count, const orm_index *indexes, size_t index_count)
{
    return (orm_entity){ .name = "Thing",
                         .properties = things,
                         .property_count = sizeof things / sizeof things[0],
                         .uniques = uniques,
                         .unique_count = unique_count,
                         .indexes = indexes,
                         .index_count = index_count };
}

static void refuses(orm_arena *arena, const orm_entity *entity, int number, const char *message)
{
    const orm_entity *list[] = { entity, NULL };
    orm_meta         *meta;
    orm_error         error = { .status = ORM_OK };

    assert_int_equal(orm_meta_discover(arena, list, &meta, &error), ORM_ERR_METADATA);
    assert_string_equal(error.message, message);
    assert_int_equal(error.number, number);
}

static void what_is_wrong_is_said(void **state)
{
    const struct {
        orm_index   index;
        int         number;
        const char *message;
    } bad[] = {
        { { NAMES("id", "onwer"), NULL },
          294,
          "Thing.onwer: a unique constraint names it, and the entity has no such property; did you mean \"owner\"?" },
        { { NULL, "x" }, 294, "Thing: a unique constraint (number 1) names no property: add .properties" },
        { { NAMES(NULL), NULL }, 294, "Thing: a unique constraint (number 1) names no property: add .properties" },
        { { NAMES("children"), NULL }, 295, "Thing.children: a unique constraint names it, and it has no column" },
        { { NAMES("owner", "owner"), NULL }, 296, "Thing.owner: a unique constraint names it twice" },
        { { NAMES("email"), NULL },
          297,
          "Thing: two indexes or unique constraints have the name \"thing_email_unique\": leave one out, or give it a "
          "name" },
        { { NAMES("owner"), "" }, 210, "Thing: the index has an empty name; leave it NULL for the default" },
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        orm_entity entity = thing_with(&bad[i].index, 1, NULL, 0);

        refuses(*state, &entity, bad[i].number, bad[i].message);
    }
    refuses(*state, &(orm_entity){ .name = "Thing",
                                   .properties = things,
                                   .property_count = sizeof things / sizeof things[0],
                                   .index_count = 2 },
            294, "Thing: there is no list of an index, and a count of 2");
}

static void references_stand_for_their_columns(void **state)
{
    const orm_index uniques[] = { { NAMES("parent", "owner"), NULL } };
    const orm_index indexes[] = { { NAMES("owner"), NULL }, { NAMES("owner"), "twice" } };
    orm_entity             entity = thing_with(uniques, 1, indexes, 2);
    const orm_entity      *list[] = { &entity, NULL };
    const orm_meta_entity *meta = discover(*state, list)->entities[0];

    assert_int_equal(meta->unique_count, 1);
    assert_string_equal(meta->uniques[0].name, "thing_parent_id_owner_unique");
    assert_int_equal(meta->uniques[0].property_count, 2);
    assert_int_equal(meta->uniques[0].column_count, 2);
    assert_string_equal(meta->uniques[0].columns[0]->name, "parent_id");
    assert_int_equal(meta->index_count, 2);
    assert_string_equal(meta->indexes[0].name, "thing_owner_index");
    assert_string_equal(meta->indexes[1].name, "twice");
}

static void a_builder_copies_them(void **state)
{
    char             name[] = "by_owner";
    char             property[] = "owner";
    const char      *names[] = { property, NULL };
    orm_index        index = { names, name };
    orm_builder     *builder = orm_builder_new(NULL);
    orm_entity      *entity = orm_builder_entity(
        builder, &(orm_entity){ .name = "Thing", .indexes = &index, .index_count = 1, .size = 99, .property_count = 3 },
        NULL);
    const orm_meta_entity *meta;

    assert_non_null(entity);
    assert_int_equal(entity->size, 0);
    assert_int_equal(entity->property_count, 0);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(orm_builder_property(builder, entity, &things[i], NULL), ORM_OK);
    memset(name, 'x', sizeof name - 1);
    memset(property, 'x', sizeof property - 1);
    names[0] = NULL;
    index = (orm_index){ NULL, NULL };
    meta = discover(*state, orm_builder_entities(builder))->entities[0];
    assert_string_equal(meta->indexes[0].name, "by_owner");
    assert_string_equal(meta->indexes[0].columns[0]->name, "owner");
    orm_builder_free(builder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_wrong_is_said, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(references_stand_for_their_columns, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(a_builder_copies_them, open_arena, close_arena),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
