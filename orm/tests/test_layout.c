/* Where values are: what is said of structs that do not fit, and entities that are laid out at run time. */
#include "meta_fixture.h"

#include <stdlib.h>

static const char *const moods[] = { "good", "bad" };

/* One entity with every type, as a struct and as a list of properties without places. */
typedef struct everything {
    int64_t            id;
    bool               flag;
    orm_opt_int16      small;
    int32_t            whole;
    orm_opt_int64      big;
    const char        *bigText;
    orm_opt_double     real;
    const char        *price;
    const char        *name;
    const char        *story;
    orm_opt_uuid       token;
    orm_date           born;
    orm_opt_timestamp  seenAt;
    const char        *extra;
    orm_bytes          raw;
    orm_text_array     words;
    orm_int_array      numbers;
    const char        *mood;
    struct everything *parent;
    orm_collection    *children;
} everything;

static const orm_property struct_properties[] = {
    ORM_BIGINT(everything, id, .primary = true),
    ORM_BOOLEAN(everything, flag),
    ORM_SMALLINT(everything, small, .nullable = true),
    ORM_INTEGER(everything, whole, .unique = true),
    ORM_BIGINT(everything, big, .default_raw = "7"),
    ORM_BIGINT_TEXT(everything, bigText, .nullable = true),
    ORM_DOUBLE(everything, real, .nullable = true),
    ORM_DECIMAL(everything, price, .precision = 10, .scale = 2),
    ORM_STRING(everything, name, .length = 50, .column = "Name"),
    ORM_TEXT(everything, story),
    ORM_UUID(everything, token, .nullable = true),
    ORM_DATE(everything, born),
    ORM_TIMESTAMPTZ(everything, seenAt, .nullable = true),
    ORM_JSON(everything, extra),
    ORM_BYTES(everything, raw),
    ORM_TEXT_ARRAY(everything, words),
    ORM_INTEGER_ARRAY(everything, numbers),
    ORM_ENUM(everything, mood, ORM_ITEMS("good", "bad")),
    ORM_MANY_TO_ONE(everything, parent, .target = "Everything", .nullable = true),
    ORM_ONE_TO_MANY(everything, children, .target = "Everything", .mapped_by = "parent"),
};
ORM_ENTITY(everything, "Everything", struct_properties);

static const orm_property bare_properties[] = {
    { .name = "id", .type = ORM_TYPE_BIGINT, .primary = true },
    { .name = "flag", .type = ORM_TYPE_BOOLEAN },
    { .name = "small", .type = ORM_TYPE_SMALLINT, .nullable = true },
    { .name = "whole", .type = ORM_TYPE_INTEGER, .unique = true },
    { .name = "big", .type = ORM_TYPE_BIGINT, .default_raw = "7" },
    { .name = "bigText", .type = ORM_TYPE_BIGINT_TEXT, .nullable = true },
    { .name = "real", .type = ORM_TYPE_DOUBLE, .nullable = true },
    { .name = "price", .type = ORM_TYPE_DECIMAL, .precision = 10, .scale = 2 },
    { .name = "name", .type = ORM_TYPE_STRING, .length = 50, .column = "Name" },
    { .name = "story", .type = ORM_TYPE_TEXT },
    { .name = "token", .type = ORM_TYPE_UUID, .nullable = true },
    { .name = "born", .type = ORM_TYPE_DATE },
    { .name = "seenAt", .type = ORM_TYPE_TIMESTAMPTZ, .nullable = true },
    { .name = "extra", .type = ORM_TYPE_JSON },
    { .name = "raw", .type = ORM_TYPE_BYTES },
    { .name = "words", .type = ORM_TYPE_TEXT_ARRAY },
    { .name = "numbers", .type = ORM_TYPE_INTEGER_ARRAY },
    { .name = "mood", .type = ORM_TYPE_ENUM, .enum_items = moods, .enum_count = 2 },
    { .name = "parent",
      .type = ORM_TYPE_REFERENCE,
      .relation = ORM_RELATION_MANY_TO_ONE,
      .target = "Everything",
      .nullable = true },
    { .name = "children",
      .type = ORM_TYPE_COLLECTION,
      .relation = ORM_RELATION_ONE_TO_MANY,
      .target = "Everything",
      .mapped_by = "parent" },
};
enum { ALL = sizeof bare_properties / sizeof bare_properties[0] };

static const orm_entity bare = { .name = "Everything", .properties = bare_properties, .property_count = ALL };

static const orm_meta_entity *discover_one(orm_arena *arena, const orm_entity *entity)
{
    const orm_entity *list[] = { entity, NULL };

    return discover(arena, list)->entities[0];
}

static void both_ways_give_the_same_columns(void **state)
{
    const orm_meta_entity *a = discover_one(*state, &orm_entity_everything);
    const orm_meta_entity *b = discover_one(*state, &bare);

    assert_int_equal(a->column_count, ALL - 1);
    assert_int_equal(b->column_count, a->column_count);
    assert_string_equal(b->table, a->table);
    for (size_t i = 0; i < a->column_count; i++) {
        const orm_meta_property *x = a->columns[i]->property;
        const orm_meta_property *y = b->columns[i]->property;

        assert_string_equal(b->columns[i]->name, a->columns[i]->name);
        assert_int_equal(b->columns[i]->type, a->columns[i]->type);
        assert_int_equal(y->type, x->type);
        assert_int_equal(y->primary, x->primary);
        assert_int_equal(y->nullable, x->nullable);
        assert_int_equal(y->unique, x->unique);
        assert_int_equal(y->autoincrement, x->autoincrement);
        assert_int_equal(y->has_default, x->has_default);
        assert_int_equal(y->zero_is_unset, x->zero_is_unset);
        assert_int_equal(y->delete_rule, x->delete_rule);
    }
}

static void values_are_aligned_and_apart(void **state)
{
    const orm_meta_entity *e = discover_one(*state, &bare);
    unsigned char         *used = calloc(1, e->size);

    assert_non_null(used);
    assert_int_equal(e->size % e->alignment, 0);
    for (size_t i = 0; i < e->property_count; i++) {
        const orm_meta_property *p = &e->properties[i];
        const orm_type_info     *info = orm_type_info_of(p->type);

        assert_int_equal(p->offset % info->alignment, 0);
        assert_int_equal(e->alignment % info->alignment, 0);
        assert_true(p->offset + info->size <= e->size);
        for (size_t k = 0; k < info->size; k++)
            assert_int_equal(used[p->offset + k]++, 0);
    }
    for (size_t i = 0; i < e->property_count; i++) {
        const orm_presence *flag = &e->properties[i].presence;

        if (flag->offset_plus_one == 0)
            continue;
        assert_true(flag->offset_plus_one <= e->size);
        assert_int_equal(used[flag->offset_plus_one - 1] & flag->mask, 0);
        assert_int_equal(flag->mask & (flag->mask - 1), 0); /* one bit */
        used[flag->offset_plus_one - 1] |= flag->mask;
    }
    free(used);
}

static void there_are_no_gaps(void **state)
{
    const orm_meta_entity *e = discover_one(*state, &bare);
    size_t                 values = 0;

    for (size_t i = 0; i < e->property_count; i++)
        values += orm_type_info_of(e->properties[i].type)->size;
    assert_true(e->size <= values + 2 + e->alignment); /* 8 bits of presence and more, and the end's rounding */
}

static void every_value_can_be_absent_at_run_time(void **state)
{
    const orm_meta_entity *e = discover_one(*state, &bare);
    void                  *instance = calloc(1, e->size);

    assert_non_null(instance);
    for (size_t i = 0; i < e->property_count; i++)
        assert_false(orm_meta_is_present(&e->properties[i], instance));
    for (size_t i = 0; i < e->property_count; i++) {
        const orm_meta_property *p = &e->properties[i];

        /* By-value types are told by their flag alone, so that 0 and false are values; others by their slot. */
        if (p->presence.offset_plus_one == 0)
            memset(orm_meta_slot(p, instance), 1, orm_type_info_of(p->type)->size);
        orm_meta_set_present(p, instance, true);
        for (size_t k = 0; k < e->property_count; k++)
            assert_int_equal(orm_meta_is_present(&e->properties[k], instance), k <= i);
    }
    for (size_t i = 0; i < e->property_count; i++) {
        orm_meta_set_present(&e->properties[i], instance, false);
        for (size_t k = 0; k < e->property_count; k++)
            assert_int_equal(orm_meta_is_present(&e->properties[k], instance), k > i);
    }
    free(instance);
}

static void keys_have_a_flag_only_where_nobody_generates_them(void **state)
{
    static const orm_property plain[] = {
        { .name = "id", .type = ORM_TYPE_INTEGER, .primary = true, .autoincrement = ORM_OFF }
    };
    orm_entity entity = { .name = "Plain", .properties = plain, .property_count = 1 };

    assert_int_not_equal(discover_one(*state, &entity)->key->presence.offset_plus_one, 0);
    assert_int_equal(discover_one(*state, &bare)->key->presence.offset_plus_one, 0);
}

/* Places that the builder's user left in the descriptor are not looked at. */
static void places_of_a_run_time_entity_are_ignored(void **state)
{
    orm_property           properties[ALL];
    orm_entity             entity = { .name = "Everything", .properties = properties, .property_count = ALL };
    const orm_meta_entity *left, *right;

    memcpy(properties, bare_properties, sizeof properties);
    for (size_t i = 0; i < ALL; i++) {
        properties[i].offset = 1000000;
        properties[i].presence = (orm_presence){ .offset_plus_one = 5, .mask = 3 };
    }
    left = discover_one(*state, &entity);
    right = discover_one(*state, &bare);
    assert_int_equal(left->size, right->size);
    for (size_t i = 0; i < ALL; i++) {
        assert_int_equal(left->properties[i].offset, right->properties[i].offset);
        assert_int_equal(left->properties[i].presence.offset_plus_one, right->properties[i].presence.offset_plus_one);
    }
}

/* ---- Structs that do not fit ---- */

typedef struct small {
    int64_t     id;
    int32_t     n;
    const char *text;
    bool        has;
} small;

static void expect_refusal(orm_arena *arena, orm_property second, const char *message)
{
    const orm_property properties[] = { ORM_BIGINT(small, id, .primary = true), second };
    const orm_entity   entity = ORM_ENTITY_INIT(small, "Small", properties);
    const orm_entity  *list[] = { &entity, NULL };
    orm_meta          *meta;
    orm_error          error = { .status = ORM_OK };

    assert_int_equal(orm_meta_discover(arena, list, &meta, &error), ORM_ERR_METADATA);
    if (strstr(error.message, message) == NULL)
        assert_string_equal(error.message, message);
    assert_string_equal(error.entity, "Small");
    assert_string_equal(error.property, "n");
}

static void structs_that_do_not_fit_are_refused(void **state)
{
    orm_property n = ORM_INTEGER(small, n);

    n.nullable = true;
    expect_refusal(*state, n, "Small.n: a nullable value must say whether it is set");
    n.nullable = false;
    n.default_raw = "5";
    expect_refusal(*state, n, "Small.n: a value with a default must say whether it is set");
    n.default_raw = NULL;

    n.offset = sizeof(small);
    expect_refusal(*state, n, "outside the struct");
    n.offset = sizeof(small) - 3;
    expect_refusal(*state, n, "outside the struct");
    n.offset = SIZE_MAX - 1;
    expect_refusal(*state, n, "outside the struct");
    n.offset = offsetof(small, n) + 1;
    expect_refusal(*state, n, "is not aligned");
    n.offset = 4;
    expect_refusal(*state, n, "Small.n: the value lies in the same place as that of id");

    n.offset = offsetof(small, n);
    n.presence = (orm_presence){ .offset_plus_one = sizeof(small) + 1, .mask = 1 };
    expect_refusal(*state, n, "the presence flag is outside the struct");
    n.presence = (orm_presence){ .offset_plus_one = offsetof(small, has) + 1, .mask = 0 };
    expect_refusal(*state, n, "or has no bit");
    n.presence = (orm_presence){ .offset_plus_one = offsetof(small, n) + 2, .mask = 1 };
    expect_refusal(*state, n, "the presence flag lies in the value itself");
    n.presence = n.flag = (orm_presence){ .offset_plus_one = offsetof(small, has) + 1, .mask = 1 };
    expect_refusal(*state, n, "leave ORM_PRESENCE() out");
}

static void pointers_need_no_presence_flag(void **state)
{
    orm_property text = ORM_TEXT(small, text, ORM_PRESENCE(small, has));

    text.name = "n";
    expect_refusal(*state, text, "text needs no presence member");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(both_ways_give_the_same_columns, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(values_are_aligned_and_apart, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(there_are_no_gaps, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(every_value_can_be_absent_at_run_time, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(keys_have_a_flag_only_where_nobody_generates_them, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(places_of_a_run_time_entity_are_ignored, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(structs_that_do_not_fit_are_refused, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(pointers_need_no_presence_flag, open_arena, close_arena),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
