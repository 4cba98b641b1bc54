/* What discovery says of hierarchies: how entities are put together, and what is refused. */
#include "meta_fixture.h"

#define TEXT(name_, ...)                                                                                               \
    {                                                                                                                  \
        .name = (name_), .type = ORM_TYPE_STRING, __VA_ARGS__                                                          \
    }

static const orm_property root_properties[] = { SERIAL(ORM_TYPE_INTEGER), TEXT("name", .nullable = false) };
static const orm_property one_text[] = { TEXT("color", .nullable = true) };
static const orm_property one_number[] = { { .name = "color", .type = ORM_TYPE_INTEGER } };
static const orm_property other_column[] = { TEXT("color", .column = "colour") };

#define ROOT(...)                                                                                                      \
    {                                                                                                                  \
        .name = "Root", .properties = root_properties, .property_count = 2, __VA_ARGS__                                \
    }
#define CHILD(name_, base_, properties_, ...)                                                                          \
    {                                                                                                                  \
        .name = (name_), .extends = (base_), .properties = (properties_), .property_count = 1, __VA_ARGS__             \
    }

static void refused(orm_arena *arena, const orm_entity *const *list, int number, const char *entity,
                    const char *property, const char *words)
{
    orm_meta *meta = NULL;
    orm_error error = { .status = ORM_OK };

    assert_int_equal(orm_meta_discover(arena, list, &meta, &error), ORM_ERR_METADATA);
    assert_null(meta);
    if (error.number != number)
        fail_msg("error %d instead of %d: %s", error.number, number, error.message);
    assert_string_equal(error.entity, entity);
    assert_string_equal(error.property, property);
    if (strstr(error.message, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error.message, words);
}

static void refused_pair(orm_arena *arena, orm_entity root, orm_entity child, int number, const char *entity,
                         const char *property, const char *words)
{
    refused(arena, (const orm_entity *const[]){ &child, &root, NULL }, number, entity, property, words);
}

static void test_bases(void **state)
{
    const orm_entity root = ROOT(.discriminator_column = "type");
    const orm_entity plain = ROOT(.table = "plain");
    const orm_entity a = CHILD("A", "B", one_text, .size = 0);
    const orm_entity b = { .name = "B", .extends = "A" };

    refused_pair(*state, root, (orm_entity)CHILD("Dog", "Rott", one_text, .size = 0), 730, "Dog", "",
                 "did you mean \"Root\"?");
    refused(*state, (const orm_entity *const[]){ &root, &a, &b, NULL }, 731, "A", "", "itself");
    refused_pair(*state, plain, (orm_entity)CHILD("Dog", "Root", one_text, .size = 0), 733, "Dog", "",
                 "discriminator_column");
    refused_pair(*state, (orm_entity)ROOT(.abstract = true), (orm_entity)CHILD("Dog", "Root", one_text, .size = 0), 733,
                 "Root", "", "abstract");
    refused_pair(*state, root, (orm_entity)CHILD("Dog", "Root", one_text, .table = "dogs"), 734, "Dog", "", "table");
    refused_pair(*state, root, (orm_entity)CHILD("Dog", "Root", root_properties, .size = 0), 735, "Dog", "id",
                 "primary");
    refused_pair(*state, root, (orm_entity)CHILD("Dog", "Root", &root_properties[1], .size = 0), 736, "Dog", "name",
                 "Root");
}

static void test_values(void **state)
{
    const orm_entity   root = ROOT(.discriminator_column = "type");
    const orm_entity   one = CHILD("One", "Root", one_text, .discriminator_value = "x");
    const orm_entity   two = { .name = "Two", .extends = "Root", .discriminator_value = "x" };
    const orm_property number[] = { SERIAL(ORM_TYPE_INTEGER), { .name = "type", .type = ORM_TYPE_INTEGER } };
    const orm_property lacks[] = {
        SERIAL(ORM_TYPE_INTEGER),
        { .name = "type", .type = ORM_TYPE_ENUM, .enum_items = (const char *const[]){ "root" }, .enum_count = 1 }
    };

    refused(*state, (const orm_entity *const[]){ &root, &one, &two, NULL }, 738, "Two", "", "\"x\" is that of One");
    refused_pair(*state, root, (orm_entity)CHILD("Dog", "Root", one_text, .discriminator_value = ""), 738, "Dog", "",
                 "empty");
    refused_pair(*state, root, (orm_entity)CHILD("Dog", "Root", one_text, .discriminator_value = "d", .abstract = true),
                 744, "Dog", "", "abstract");
    refused_pair(*state, root, (orm_entity)CHILD("Dog", "Root", one_text, .abstract = true), 744, "Dog", "",
                 "nothing extends");
    refused_pair(
        *state,
        (orm_entity){ .name = "Root", .properties = number, .property_count = 2, .discriminator_column = "type" },
        (orm_entity)CHILD("Dog", "Root", one_text, .size = 0), 740, "Root", "type", "a string");
    refused_pair(
        *state,
        (orm_entity){ .name = "Root", .properties = lacks, .property_count = 2, .discriminator_column = "type" },
        (orm_entity)CHILD("Dog", "Root", one_text, .size = 0), 741, "Root", "type", "\"dog\"");
}

static void test_clashes(void **state)
{
    const orm_entity   root = ROOT(.discriminator_column = "type");
    const orm_entity   text = CHILD("Text", "Root", one_text, .size = 0);
    const orm_entity   same = CHILD("Same", "Root", one_text, .size = 0);
    const orm_entity   number = CHILD("Number", "Root", one_number, .size = 0);
    const orm_entity   column = CHILD("Column", "Root", other_column, .size = 0);
    const orm_property name[] = { TEXT("title", .column = "name") };
    orm_meta          *meta;

    refused(*state, (const orm_entity *const[]){ &root, &text, &number, NULL }, 737, "Number", "color", "Text");
    refused(*state, (const orm_entity *const[]){ &root, &text, &column, NULL }, 737, "Column", "color", "Text");
    refused_pair(*state, root, (orm_entity)CHILD("Dog", "Root", name, .size = 0), 737, "Dog", "title", "\"name\"");
    /* What is told in the same way is one column. */
    meta = discover(*state, (const orm_entity *const[]){ &root, &text, &same, NULL });
    assert_int_equal(orm_meta_table(orm_meta_named(meta, "Same"))->column_count, 4);
}

typedef struct base {
    int32_t     id;
    const char *name;
} base;
typedef struct child {
    base        base;
    const char *color;
} child;

static void test_structs(void **state)
{
    const orm_property properties[] = { ORM_INTEGER(base, id, .primary = true), ORM_STRING(base, name) };
    const orm_property own[] = { ORM_STRING(child, color) };
    const orm_property inside[] = {
        { .name = "color", .type = ORM_TYPE_STRING, .offset = offsetof(child, base.name) }
    };
    const orm_entity root = ORM_ENTITY_INIT(base, "Root", properties, .discriminator_column = "type");
    orm_entity       dog = ORM_ENTITY_INIT(child, "Dog", own, ORM_EXTENDS(child, base, "Root"));
    orm_meta        *meta = discover(*state, (const orm_entity *const[]){ &dog, &root, NULL });

    assert_int_equal(orm_meta_property_named(orm_meta_named(meta, "Dog"), "name")->offset, offsetof(base, name));
    assert_true(orm_meta_named(meta, "Root")->room >= sizeof(child) + sizeof(char *));
    dog.extends_size = sizeof(int);
    refused_pair(*state, root, dog, 739, "Dog", "", "ORM_EXTENDS");
    dog.extends_size = 0;
    refused_pair(*state, root, dog, 739, "Dog", "", "ORM_EXTENDS");
    dog.extends_size = sizeof(base);
    dog.size = sizeof(int);
    refused_pair(*state, root, dog, 739, "Dog", "", "larger");
    dog.size = sizeof(child);
    dog.properties = inside;
    refused_pair(*state, root, dog, 749, "Dog", "color", "in its base");
    refused_pair(*state, root, (orm_entity)CHILD("Dog", "Root", one_text, .size = 0), 742, "Dog", "", "run time");
}

static void test_relations(void **state)
{
    const orm_property root_own[] = { SERIAL(ORM_TYPE_INTEGER), TO("owner", "Person", .nullable = true) };
    const orm_property person[] = { SERIAL(ORM_TYPE_INTEGER), MANY("dogs", "Dog", "owner") };
    const orm_entity   root = {
          .name = "Root", .properties = root_own, .property_count = 2, .discriminator_column = "type"
    };
    const orm_entity dog = { .name = "Dog", .extends = "Root" };
    const orm_entity owner = { .name = "Person", .properties = person, .property_count = 2 };

    refused(*state, (const orm_entity *const[]){ &root, &dog, &owner, NULL }, 743, "Person", "dogs",
            "inherited from Root");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_bases, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_values, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_clashes, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_structs, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_relations, open_arena, close_arena),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
