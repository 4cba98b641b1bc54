/* Structs in structs that are kept as JSON: one object, and lists of them. */
#include "em_fixture.h"

typedef struct geo {
    double        latitude;
    orm_opt_int32 floor;
} geo;
static const orm_property geo_properties[] = {
    ORM_DOUBLE(geo, latitude),
    ORM_INTEGER(geo, floor, .nullable = true),
};
ORM_EMBEDDABLE(geo, "Geo", geo_properties);

typedef struct address {
    const char    *street;
    geo            geo;
    int64_t        number;
    orm_text_array labels;
    bool           main;
} address;
static const orm_property address_properties[] = {
    ORM_STRING(address, street), ORM_EMBEDDED(address, geo, geo),
    ORM_BIGINT(address, number), ORM_TEXT_ARRAY(address, labels, .nullable = true),
    ORM_BOOLEAN(address, main),
};
ORM_EMBEDDABLE(address, "Address", address_properties);

typedef struct user {
    orm_uuid          id;
    const char       *name;
    address           home;
    address           work;
    orm_embedded_list others;
    orm_embedded_list places;
} user;
static const orm_property user_properties[] = {
    ORM_UUID(user, id, .primary = true),
    ORM_STRING(user, name),
    ORM_EMBEDDED(user, home, address, .object = true),
    ORM_EMBEDDED(user, work, address, .object = true, .nullable = true, .column = "office"),
    ORM_EMBEDDED_LIST(user, others, address),
    ORM_EMBEDDED_LIST(user, places, geo, .nullable = true),
};
ORM_ENTITY(user, "User", user_properties);

static int in_native(void **state)
{
    return open_entities(state, ORM_PRESET_NATIVE, ORM_ENTITIES(user));
}

static int in_mikroorm(void **state)
{
    return open_entities(state, ORM_PRESET_MIKROORM, ORM_ENTITIES(user));
}

static int empty(void **state)
{
    world *w = *state;

    check(w->em, orm_clear(w->em));
    sql(w, "delete from \"user\"");
    sql_log_clear(&w->log);
    return 0;
}

#define HOME                                                                                                           \
    {                                                                                                                  \
        .street = "High \"St\"", .geo = { .latitude = 1.5 }, .number = INT64_MAX, .main = true                         \
    }

static user *make(world *w, orm_embedded_list others)
{
    return orm_create(w->em, user, .name = "Ann", .home = HOME, .others = others);
}

static user *reload(world *w)
{
    check(w->em, orm_clear(w->em));
    sql_log_clear(&w->log);
    return orm_find_one(w->em, user, &orm_eq("name", "Ann"), NULL);
}

static void test_columns(void **state)
{
    world *w = *state;

    assert_sql(w,
               "select string_agg(column_name || ' ' || data_type || case is_nullable when 'YES' then '?' else '' end, "
               "', ' order by ordinal_position) from information_schema.columns where table_name = 'user'",
               "id uuid, name character varying, home jsonb, office jsonb?, others jsonb, places jsonb?");
}

static void test_object(void **state)
{
    world      *w = *state;
    const char *labels[] = { "a", NULL, "q\"\\" };
    user       *ann = make(w, ORM_EMPTY_EMBEDDED_LIST);

    ann->home.labels = (orm_text_array){ labels, 3 };
    check(w->em, orm_flush(w->em));
    assert_sql(
        w, "select home::text from \"user\"",
        "{\"geo\": {\"floor\": null, \"latitude\": 1.5}, \"main\": true, \"labels\": [\"a\", null, \"q\\\"\\\\\"], "
        "\"number\": \"9223372036854775807\", \"street\": \"High \\\"St\\\"\"}");
    assert_sql(w, "select coalesce(office::text, 'nothing') || others::text from \"user\"", "nothing[]");
    ann = reload(w);
    assert_non_null(ann);
    assert_string_equal(ann->home.street, "High \"St\"");
    assert_true(ann->home.number == INT64_MAX && ann->home.main && ann->home.geo.latitude == 1.5);
    assert_false(ann->home.geo.floor.has);
    assert_int_equal(ann->home.labels.count, 3);
    assert_null(ann->home.labels.items[1]);
    assert_null(ann->work.street);
    assert_int_equal(ann->others.count, 0);
    assert_non_null(ann->others.items);
    assert_null(ann->places.items);
}

static void test_only_what_changed_is_written(void **state)
{
    world *w = *state;
    char   street[] = "Low";
    user  *ann = make(w, ORM_EMPTY_EMBEDDED_LIST);

    check(w->em, orm_flush(w->em));
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    ann = reload(w);
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);
    ann->home.street = street;
    check(w->em, orm_flush(w->em));
    memset(street, 'x', sizeof street - 1);
    assert_string_equal(ann->home.street, "Low");
    assert_int_equal(w->log.count, 3);
    assert_non_null(strstr(w->log.lines[1], "set \"home\" = "));
    assert_null(strstr(w->log.lines[1], "others"));
    assert_sql(w, "select home->>'street' from \"user\"", "Low");
    /* A value that is the same behind another pointer is copied and not written. */
    sql_log_clear(&w->log);
    memcpy(street, "Low", sizeof street);
    ann->home.street = street;
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);
    assert_true(ann->home.street != street);
}

static void test_list(void **state)
{
    world  *w = *state;
    address two[] = { HOME, { .street = "Second", .number = 2 } };
    geo     places[] = { { .latitude = 1, .floor = ORM_SOME(3) } };
    user   *ann = make(w, (orm_embedded_list){ two, 2 });

    assert_true(ann->others.items != two);
    ann->places = (orm_embedded_list){ places, 1 };
    check(w->em, orm_flush(w->em));
    assert_true(ann->places.items != places);
    assert_sql(w, "select places::text || jsonb_array_length(others) from \"user\"",
               "[{\"floor\": 3, \"latitude\": 1}]2");
    ann = reload(w);
    assert_int_equal(ann->others.count, 2);
    assert_string_equal(ORM_EMBEDDED_AT(ann->others, address, 1)->street, "Second");
    assert_int_equal(ORM_EMBEDDED_AT(ann->places, geo, 0)->floor.value, 3);
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);
    ORM_EMBEDDED_AT(ann->others, address, 1)->number = 22;
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 3);
    assert_sql(w, "select others->1->>'number' from \"user\"", "22");
    ann->others.count = 1;
    ann->places.items = NULL;
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select others->1->>'number' from \"user\" where places is null", NULL);
}

static void test_null_object(void **state)
{
    world *w = *state;
    user  *ann = make(w, ORM_EMPTY_EMBEDDED_LIST);

    ann->work = (address)HOME;
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select office->>'street' from \"user\"", "High \"St\"");
    ann = reload(w);
    assert_string_equal(ann->work.street, "High \"St\"");
    check(w->em, orm_set(w->em, ann, "work", &(orm_value){ .kind = ORM_VALUE_NULL }));
    assert_null(ann->work.street);
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from \"user\" where office is null", "1");
}

static void test_by_name(void **state)
{
    world    *w = *state;
    user     *ann = make(w, ORM_EMPTY_EMBEDDED_LIST);
    orm_value value =
        orm_text("[{\"number\": \"5\", \"street\": \"x\\u00e9\", \"geo\": {\"latitude\": 7}, \"main\": false, "
                 "\"unknown\": [1, {}]}]");

    check(w->em, orm_set(w->em, ann, "others", &value));
    assert_int_equal(ann->others.count, 1);
    assert_string_equal(ORM_EMBEDDED_AT(ann->others, address, 0)->street, "x\u00e9");
    assert_true(ORM_EMBEDDED_AT(ann->others, address, 0)->geo.latitude == 7);
    check(w->em, orm_get(w->em, ann, "others", &value));
    assert_string_equal(value.as.text,
                        "[{\"street\":\"x\u00e9\",\"geo\":{\"latitude\":7,\"floor\":null},\"number\":\"5\","
                        "\"labels\":null,\"main\":false}]");
    value = orm_double(2.5);
    check(w->em, orm_set(w->em, ann, "home.geo.latitude", &value));
    assert_true(ann->home.geo.latitude == 2.5);
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select home->'geo'->>'latitude' from \"user\"", "2.5");
    value = orm_text("{}");
    assert_int_equal(orm_set(w->em, ann, "others", &value), ORM_ERR_CONVERSION);
    assert_error(w, ORM_ERR_CONVERSION, "User", "others");
    assert_int_equal(ann->others.count, 1);
    value = orm_text("[{\"main\": 1}]");
    assert_int_equal(orm_set(w->em, ann, "others", &value), ORM_ERR_CONVERSION);
    value = orm_text("[");
    assert_int_equal(orm_set(w->em, ann, "others", &value), ORM_ERR_VALIDATION);
}

static void test_what_is_not_whole(void **state)
{
    world  *w = *state;
    address bad[] = { HOME, { .number = 2 } };
    user   *ann = make(w, (orm_embedded_list){ bad, 2 });

    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_string_equal(orm_em_error(w->em)->message, "Value for User.others[1].street is required");
    ORM_EMBEDDED_AT(ann->others, address, 1)->street = "\xFF";
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "User", "others");
    ORM_EMBEDDED_AT(ann->others, address, 1)->street = "s";
    ann->home.street = NULL;
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "User", "home.street");
    ann->home.street = "s";
    ann->others.items = NULL;
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "User", "others");
    assert_int_equal(w->log.count, 0);
    check(w->em, orm_clear(w->em));
}

/* JSON that somebody else wrote. */
static void test_foreign_json(void **state)
{
    static const char *const wrong[] = { "[]",
                                         "\"x\"",
                                         "{\"number\": \"many\"}",
                                         "{\"main\": \"x\"}",
                                         "{\"number\": null}",
                                         "{\"street\": {}}",
                                         "{\"labels\": [1]}" };
    world                   *w = *state;
    user                    *ann;

    make(w, ORM_EMPTY_EMBEDDED_LIST);
    check(w->em, orm_flush(w->em));
    sql(w, "update \"user\" set home = '{\"number\": 4, \"geo\": 7, \"more\": {\"a\": [\"}\"]}, \"main\": false}'");
    ann = reload(w);
    assert_non_null(ann);
    assert_null(ann->home.street);
    assert_int_equal(ann->home.number, 4);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[200];

        snprintf(text, sizeof text, "update \"user\" set home = '%s'", wrong[i]);
        sql(w, text);
        if (reload(w) != NULL)
            fail_msg("%s was read", wrong[i]);
        assert_error(w, ORM_ERR_CONVERSION, "User", "home");
    }
}

static void test_rollback(void **state)
{
    world  *w = *state;
    address one[] = { HOME };
    user   *ann = make(w, ORM_EMPTY_EMBEDDED_LIST);

    check(w->em, orm_flush(w->em));
    check(w->em, orm_begin(w->em, NULL));
    ann->home.number = 7;
    ann->others = (orm_embedded_list){ one, 1 };
    check(w->em, orm_flush(w->em));
    check(w->em, orm_rollback(w->em));
    assert_int_equal(ann->home.number, 7);
    assert_sql(w, "select (home->>'number') || jsonb_array_length(others) from \"user\"", "92233720368547758070");
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select (home->>'number') || jsonb_array_length(others) from \"user\"", "71");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_columns, empty),
        cmocka_unit_test_setup(test_object, empty),
        cmocka_unit_test_setup(test_only_what_changed_is_written, empty),
        cmocka_unit_test_setup(test_list, empty),
        cmocka_unit_test_setup(test_null_object, empty),
        cmocka_unit_test_setup(test_by_name, empty),
        cmocka_unit_test_setup(test_what_is_not_whole, empty),
        cmocka_unit_test_setup(test_foreign_json, empty),
        cmocka_unit_test_setup(test_rollback, empty),
    };

    return cmocka_run_group_tests_name("native", tests, in_native, close_emptied) +
           cmocka_run_group_tests_name("mikroorm", tests, in_mikroorm, close_emptied);
}
