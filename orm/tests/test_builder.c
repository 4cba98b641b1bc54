/* Descriptors made at run time: copies all the way down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "meta/meta.h"

static void everything_is_copied(void **state)
{
    orm_builder *builder = orm_builder_new(NULL);
    char         text[][20] = { "Thing", "things", "sch", "note", "mood", "col", "'good'", "why", "good", "bad" };
    const char  *items[] = { text[8], text[9] };
    orm_entity   options = { .name = text[0], .table = text[1], .schema = text[2], .comment = text[3], .size = 99 };
    orm_property mood = { .name = text[4],
                          .type = ORM_TYPE_ENUM,
                          .column = text[5],
                          .default_raw = text[6],
                          .comment = text[7],
                          .enum_items = items,
                          .enum_count = 2,
                          .nullable = true,
                          .offset = 77,
                          .presence = { 5, 1 },
                          .flag = { 6, 1 } };
    orm_error    error;
    orm_entity  *thing;
    const orm_entity *built;

    (void)state;
    thing = orm_builder_entity(builder, &options, &error);
    assert_non_null(thing);
    assert_int_equal(orm_builder_property(builder, thing, &mood, &error), ORM_OK);
    memset(text, 'x', sizeof text);
    memset(items, 0, sizeof items);
    memset(&mood, 0, sizeof mood);

    built = orm_builder_entities(builder)[0];
    assert_ptr_equal(built, thing);
    assert_null(orm_builder_entities(builder)[1]);
    assert_string_equal(built->name, "Thing");
    assert_string_equal(built->table, "things");
    assert_string_equal(built->schema, "sch");
    assert_string_equal(built->comment, "note");
    assert_int_equal(built->size, 0);
    assert_int_equal(built->property_count, 1);
    assert_string_equal(built->properties[0].name, "mood");
    assert_string_equal(built->properties[0].column, "col");
    assert_string_equal(built->properties[0].default_raw, "'good'");
    assert_string_equal(built->properties[0].comment, "why");
    assert_int_equal(built->properties[0].enum_count, 2);
    assert_string_equal(built->properties[0].enum_items[0], "good");
    assert_string_equal(built->properties[0].enum_items[1], "bad");
    assert_true(built->properties[0].nullable);
    assert_int_equal(built->properties[0].offset, 0);
    assert_int_equal(built->properties[0].presence.offset_plus_one, 0);
    assert_int_equal(built->properties[0].flag.offset_plus_one, 0);
    orm_builder_free(builder);
}

static void relations_are_copied_and_can_be_discovered(void **state)
{
    orm_builder *builder = orm_builder_new(NULL);
    orm_arena   *arena = orm_arena_new(NULL, NULL, "test");
    orm_error    error;
    orm_meta    *meta;
    char         target[] = "B", mapped_by[] = "a", inversed_by[] = "bs";
    orm_entity  *a = orm_builder_entity(builder, &(orm_entity){ .name = "A" }, &error);
    orm_entity  *b = orm_builder_entity(builder, &(orm_entity){ .name = "B" }, &error);
    orm_property id = { .name = "id", .type = ORM_TYPE_UUID, .primary = true };
    orm_property bs = { .name = "bs",
                        .type = ORM_TYPE_COLLECTION,
                        .relation = ORM_RELATION_ONE_TO_MANY,
                        .target = target,
                        .mapped_by = mapped_by };
    orm_property to_a = { .name = "a",
                          .type = ORM_TYPE_REFERENCE,
                          .relation = ORM_RELATION_MANY_TO_ONE,
                          .target = "A",
                          .inversed_by = inversed_by };

    (void)state;
    assert_int_equal(orm_builder_property(builder, a, &id, &error), ORM_OK);
    assert_int_equal(orm_builder_property(builder, b, &id, &error), ORM_OK);
    assert_int_equal(orm_builder_property(builder, a, &bs, &error), ORM_OK);
    assert_int_equal(orm_builder_property(builder, b, &to_a, &error), ORM_OK);
    target[0] = mapped_by[0] = inversed_by[0] = '?';

    assert_int_equal(orm_meta_discover(arena, orm_builder_entities(builder), &meta, &error), ORM_OK);
    assert_int_equal(meta->entity_count, 2);
    assert_ptr_equal(orm_meta_find(meta, a)->properties[1].target, orm_meta_find(meta, b));
    orm_arena_free(arena);
    orm_builder_free(builder);
}

static void filters_are_copied(void **state)
{
    orm_builder  *builder = orm_builder_new(NULL);
    char          text[][20] = { "tenant", "tenant", "id", "Thing", "name", "Ann", "raw" };
    const char   *entities[] = { text[3], NULL };
    const char   *texts[] = { text[5], NULL };
    orm_value     list[] = { orm_text(text[5]), orm_int(7),
                             orm_bytes_value((orm_bytes){ .data = text[6], .size = 3 }),
                             orm_text_array_value((orm_text_array){ .items = texts, .count = 2 }) };
    orm_condition children[] = { ORM_COMPARE_PARAM(ORM_OP_EQ, text[1], text[2]),
                                 { .op = ORM_OP_IN, .property = text[4], .value = orm_list_value(list, 4) } };
    orm_condition where = { .op = ORM_OP_ALL, .children = children, .child_count = 2 };
    orm_filter    filters[] = {
        { .name = text[0], .where = &where, .default_on = true, .strict = true, .entities = entities, .property = text[4] },
        { .name = text[3] },
    };
    orm_error         error;
    const orm_filter *got;
    const orm_value  *items;

    (void)state;
    got = orm_builder_entity(builder, &(orm_entity){ .name = "Thing", .filters = filters, .filter_count = 2 }, &error)->filters;
    memset(text, 'x', sizeof text);
    memset(texts, 0, sizeof texts);
    memset(list, 0, sizeof list);
    memset(children, 0, sizeof children);
    memset(&where, 0, sizeof where);
    memset(filters, 0, sizeof filters);
    entities[0] = NULL;

    assert_string_equal(got[0].name, "tenant");
    assert_true(got[0].default_on && got[0].strict);
    assert_string_equal(got[0].entities[0], "Thing");
    assert_null(got[0].entities[1]);
    assert_string_equal(got[0].property, "name");
    assert_int_equal(got[0].where->op, ORM_OP_ALL);
    assert_int_equal(got[0].where->child_count, 2);
    assert_string_equal(got[0].where->children[0].property, "tenant");
    assert_int_equal(got[0].where->children[0].value.kind, ORM_VALUE_PARAM);
    assert_string_equal(got[0].where->children[0].value.as.text, "id");
    assert_string_equal(got[0].where->children[1].property, "name");
    items = got[0].where->children[1].value.as.list.items;
    assert_string_equal(items[0].as.text, "Ann");
    assert_int_equal(items[1].as.integer, 7);
    assert_memory_equal(items[2].as.bytes.data, "raw", 3);
    assert_string_equal(items[3].as.text_array.items[0], "Ann");
    assert_null(items[3].as.text_array.items[1]);
    assert_string_equal(got[1].name, "Thing");
    assert_null(got[1].where);
    orm_builder_free(builder);
}

static void the_list_grows(void **state)
{
    orm_builder *builder = orm_builder_new(NULL);
    orm_entity  *made[100];
    orm_error    error;

    (void)state;
    assert_null(orm_builder_entities(builder)[0]);
    for (int i = 0; i < 100; i++) {
        char name[20];

        snprintf(name, sizeof name, "Entity%d", i);
        made[i] = orm_builder_entity(builder, &(orm_entity){ .name = name }, &error);
        assert_non_null(made[i]);
        for (int k = 0; k <= i; k++) {
            snprintf(name, sizeof name, "p%d", k);
            assert_int_equal(orm_builder_property(builder, made[i / 2],
                                                  &(orm_property){ .name = name, .type = ORM_TYPE_TEXT }, &error),
                             ORM_OK);
        }
    }
    for (int i = 0; i < 100; i++) {
        char name[20];

        snprintf(name, sizeof name, "Entity%d", i);
        assert_ptr_equal(orm_builder_entities(builder)[i], made[i]);
        assert_string_equal(made[i]->name, name);
    }
    assert_null(orm_builder_entities(builder)[100]);
    assert_int_equal(made[3]->property_count, 7 + 8);
    assert_string_equal(made[3]->properties[6].name, "p6");
    assert_string_equal(made[3]->properties[7].name, "p0");
    orm_builder_free(builder);
}

static void nonsense_is_refused(void **state)
{
    orm_builder *builder = orm_builder_new(NULL);
    orm_builder *other = orm_builder_new(NULL);
    orm_error    error;
    orm_entity  *entity = orm_builder_entity(builder, &(orm_entity){ .name = "A" }, &error);
    orm_property property = { .name = "a", .type = ORM_TYPE_TEXT };

    (void)state;
    assert_null(orm_builder_entity(NULL, &(orm_entity){ .name = "A" }, &error));
    assert_int_equal(error.status, ORM_ERR_ARGUMENT);
    assert_null(orm_builder_entity(builder, NULL, NULL));
    assert_int_equal(orm_builder_property(NULL, entity, &property, &error), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_builder_property(builder, NULL, &property, &error), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_builder_property(builder, entity, NULL, NULL), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_builder_property(other, entity, &property, &error), ORM_ERR_ARGUMENT);
    assert_string_equal(error.message, "the entity was not made by this builder");
    assert_null(orm_builder_entities(NULL));
    orm_builder_free(NULL);
    orm_builder_free(other);
    orm_builder_free(builder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_copied),
        cmocka_unit_test(relations_are_copied_and_can_be_discovered),
        cmocka_unit_test(filters_are_copied),
        cmocka_unit_test(the_list_grows),
        cmocka_unit_test(nonsense_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
