/* Embeddables that make no sense are refused at discovery; those of entities made at run time get their places. */
#include "meta_fixture.h"

#include "base/fail.h"

static const orm_property street_properties[] = { { .name = "street", .type = ORM_TYPE_STRING } };
static const orm_entity   street = {
      .name = "Street", .embeddable = true, .properties = street_properties, .property_count = 1
};
static const orm_entity table = { .name = "Table", .properties = street_properties, .property_count = 1 };
static const orm_entity nothing = { .name = "Nothing", .embeddable = true };

static orm_property     loop_properties[] = { { .name = "again", .type = ORM_TYPE_EMBEDDED } };
static const orm_entity loop = {
    .name = "Loop", .embeddable = true, .properties = loop_properties, .property_count = 1
};
static const orm_property key_properties[] = { { .name = "id", .type = ORM_TYPE_UUID, .primary = true } };
static const orm_entity   with_key = {
      .name = "WithKey", .embeddable = true, .properties = key_properties, .property_count = 1
};
static const orm_property relation_properties[] = { TO("to", "Thing", .reserved_ = 0) };
static const orm_entity   with_relation = {
      .name = "WithRelation", .embeddable = true, .properties = relation_properties, .property_count = 1
};
static const orm_property dotted_properties[] = { { .name = "a.b", .type = ORM_TYPE_TEXT } };
static const orm_entity   dotted = {
      .name = "Dotted", .embeddable = true, .properties = dotted_properties, .property_count = 1
};

static const orm_property clash_properties[] = { { .name = "id", .type = ORM_TYPE_TEXT } };
static const orm_entity   clash = {
      .name = "Clash", .embeddable = true, .properties = clash_properties, .property_count = 1
};

static const orm_property with_list_properties[] = {
    { .name = "list", .type = ORM_TYPE_EMBEDDED_LIST, .embeddable = &street }
};
static const orm_entity with_list = {
    .name = "WithList", .embeddable = true, .properties = with_list_properties, .property_count = 1
};
static const orm_property with_unique_properties[] = { { .name = "no", .type = ORM_TYPE_TEXT, .unique = true } };
static const orm_entity   with_unique = {
      .name = "WithUnique", .embeddable = true, .properties = with_unique_properties, .property_count = 1
};

#define EMBED(...)                                                                                                     \
    {                                                                                                                  \
        .name = "e", .type = ORM_TYPE_EMBEDDED, __VA_ARGS__                                                            \
    }

static void nonsense_is_refused(void **state)
{
    static const struct {
        const char  *message;
        orm_property property;
    } refused[] = {
        { "Thing.e: it names no embeddable: describe its struct with ORM_EMBEDDABLE()", EMBED(.embeddable = NULL) },
        { "Thing.e: it names no embeddable: describe its struct with ORM_EMBEDDABLE()", EMBED(.embeddable = &table) },
        { "Thing.e: the embeddable Nothing has no properties", EMBED(.embeddable = &nothing) },
        { "Thing: embeddables are nested deeper than 20: does Loop contain itself?", EMBED(.embeddable = &loop) },
        { "WithKey.id: an embeddable has neither keys nor relations", EMBED(.embeddable = &with_key) },
        { "WithRelation.to: an embeddable has neither keys nor relations", EMBED(.embeddable = &with_relation) },
        { "Dotted.a.b: a property's name has no dot", EMBED(.embeddable = &dotted) },
        { "Thing.e: the options column, default_raw and comment are for properties with a column",
          EMBED(.embeddable = &street, .column = "c") },
        { "Thing.e: the option unique is for properties with a column, not for embedded",
          EMBED(.embeddable = &street, .unique = true) },
        { "Thing.e: the option prefix is for embedded, not for text",
          { .name = "e", .type = ORM_TYPE_TEXT, .prefix = "p" } },
        { "Thing.e: the option embeddable is for embedded, not for text",
          { .name = "e", .type = ORM_TYPE_TEXT, .embeddable = &street } },
        { "Thing.e: a JSON object has one column: leave prefix out",
          EMBED(.embeddable = &street, .object = true, .prefix = "p") },
        { "Thing.e.list: a list of embeddables stands in an entity or an inline embeddable, not in JSON",
          EMBED(.embeddable = &with_list, .object = true) },
        { "Thing.e.no: a member in JSON is not unique, has no default, no generator and no custom type",
          EMBED(.embeddable = &with_unique, .object = true) },
        { "WithUnique.no: a member in JSON is not unique, has no default, no generator and no custom type",
          { .name = "e", .type = ORM_TYPE_EMBEDDED_LIST, .embeddable = &with_unique } },
        { "Thing.e: the option prefix is for embedded, not for embedded list",
          { .name = "e", .type = ORM_TYPE_EMBEDDED_LIST, .embeddable = &street, .prefix = "p" } },
        { "Thing.e.id: the column \"id\" belongs to the property id already",
          EMBED(.embeddable = &clash, .prefix = "") },
    };

    loop_properties[0].embeddable = &loop;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        orm_property      properties[] = { SERIAL(ORM_TYPE_BIGINT), refused[i].property };
        orm_entity        thing = { .name = "Thing", .properties = properties, .property_count = 2 };
        const orm_entity *list[] = { &thing, NULL };
        orm_meta         *meta = NULL;
        orm_error         error = { .status = ORM_OK };

        assert_int_equal(orm_meta_discover(*state, list, &meta, &error), ORM_ERR_METADATA);
        if (strstr(error.message, refused[i].message) == NULL)
            assert_string_equal(error.message, refused[i].message);
    }
}

/* A struct cannot hold what has no struct. */
static void a_struct_needs_a_struct(void **state)
{
    typedef struct thing {
        int64_t id;
        char    rest[64];
    } thing;
    const orm_property properties[] = { ORM_BIGINT(thing, id, .primary = true),
                                        EMBED(.embeddable = &street, .offset = offsetof(thing, rest)) };
    orm_entity entity = { .name = "Thing", .size = sizeof(thing), .properties = properties, .property_count = 2 };
    const orm_entity *list[] = { &entity, NULL };
    orm_meta         *meta = NULL;
    orm_error         error = { .status = ORM_OK };

    assert_int_equal(orm_meta_discover(*state, list, &meta, &error), ORM_ERR_METADATA);
    assert_string_equal(error.message,
                        "Thing.e: the embeddable Street was made at run time and has no place in a struct");
}

/* Somebody has to say that a nullable object is not there; a plain number cannot. */
static void a_nullable_object_needs_a_member_that_can_be_absent(void **state)
{
    typedef struct point {
        double x;
    } point;
    typedef struct thing {
        int64_t id;
        point   at;
    } thing;
    static const orm_property point_properties[] = { ORM_DOUBLE(point, x) };
    static const orm_entity   orm_entity_point = ORM_ENTITY_INIT(point, "Point", point_properties, .embeddable = true);
    static const orm_property thing_properties[] = { ORM_BIGINT(thing, id, .primary = true),
                                                     ORM_EMBEDDED(thing, at, point, .object = true, .nullable = true) };
    static const orm_entity   entity = ORM_ENTITY_INIT(thing, "Thing", thing_properties);
    const orm_entity         *list[] = { &entity, NULL };
    orm_meta                 *meta = NULL;
    orm_error                 error = { .status = ORM_OK };

    assert_int_equal(orm_meta_discover(*state, list, &meta, &error), ORM_ERR_METADATA);
    assert_string_equal(error.message,
                        "Thing.at: none of its members can be absent, so that nothing could say that it is NULL");
}

static void members_are_properties_of_the_entity(void **state)
{
    orm_property             properties[] = { SERIAL(ORM_TYPE_BIGINT), EMBED(.embeddable = &street, .nullable = true) };
    orm_entity               thing = { .name = "Thing", .properties = properties, .property_count = 2 };
    const orm_entity        *list[] = { &street, &thing, NULL };
    const orm_meta          *meta = discover(*state, list);
    const orm_meta_entity   *entity = orm_meta_named(meta, "Thing");
    const orm_meta_property *member = orm_meta_property_named(entity, "e.street");

    assert_int_equal(meta->entity_count, 1);
    assert_null(orm_meta_named(meta, "Street"));
    assert_int_equal(entity->property_count, 2);
    assert_null(orm_meta_property_named(entity, "e"));
    assert_non_null(member);
    assert_true(member->nullable);
    assert_string_equal(member->columns[0].name, "e_street");
    assert_int_equal(member->type, ORM_TYPE_STRING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nonsense_is_refused, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(a_struct_needs_a_struct, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(a_nullable_object_needs_a_member_that_can_be_absent, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(members_are_properties_of_the_entity, open_arena, close_arena),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
