/* Structs in structs: their columns, presence, changes, conditions; a prefix, nesting, nullable ones. */
#include "em_fixture.h"

typedef struct geo {
    double        latitude;
    orm_opt_int32 floorNumber;
} geo;
static const orm_property geo_properties[] = {
    ORM_DOUBLE(geo, latitude),
    ORM_INTEGER(geo, floorNumber, .nullable = true),
};
ORM_EMBEDDABLE(geo, "Geo", geo_properties);

typedef struct address {
    const char *street;
    const char *zipCode;
    geo         geo;
} address;
static const orm_property address_properties[] = {
    ORM_STRING(address, street),
    ORM_STRING(address, zipCode, .nullable = true),
    ORM_EMBEDDED(address, geo, geo),
};
ORM_EMBEDDABLE(address, "Address", address_properties);

typedef struct phone {
    const char    *number;
    orm_text_array labels;
} phone;
static const orm_property phone_properties[] = {
    ORM_STRING(phone, number, .unique = true, .column = "no"),
    ORM_TEXT_ARRAY(phone, labels),
};
ORM_EMBEDDABLE(phone, "Phone", phone_properties);

typedef struct user {
    orm_uuid    id;
    const char *name;
    address     homeAddress;
    phone       work;
    phone       bare;
} user;
static const orm_property user_properties[] = {
    ORM_UUID(user, id, .primary = true),
    ORM_STRING(user, name),
    ORM_EMBEDDED(user, homeAddress, address),
    ORM_EMBEDDED(user, work, phone, .nullable = true),
    ORM_EMBEDDED(user, bare, phone, .nullable = true, .prefix = ""),
};
ORM_ENTITY(user, "User", user_properties);

static int in_native(void **state)
{
    return open_entities(state, ORM_PRESET_NATIVE, ORM_ENTITIES(user, address));
}

static int in_mikroorm(void **state)
{
    return open_entities(state, ORM_PRESET_MIKROORM, ORM_ENTITIES(user, address));
}

static int empty(void **state)
{
    world *w = *state;

    check(w->em, orm_clear(w->em));
    sql(w, "delete from \"user\"");
    sql_log_clear(&w->log);
    return 0;
}

static user *make(world *w, const char *name, const char *street, double latitude)
{
    return orm_create(w->em, user, .name = name,
                      .homeAddress = { .street = street, .geo = { .latitude = latitude, .floorNumber = ORM_SOME(3) } });
}

static void test_columns(void **state)
{
    world *w = *state;

    assert_sql(w,
               "select string_agg(column_name || case is_nullable when 'YES' then '?' else '' end, ' ' order by "
               "ordinal_position) from information_schema.columns where table_name = 'user'",
               "id name home_address_street home_address_zip_code? home_address_geo_latitude "
               "home_address_geo_floor_number? work_no? work_labels? no? labels?");
    assert_sql(w, "select count(*) from pg_constraint where conname in ('user_work_no_unique', 'user_no_unique')", "2");
}

static void test_round_trip(void **state)
{
    world      *w = *state;
    const char *labels[] = { "a", NULL };
    user       *ann = make(w, "Ann", "High Street", 1.5);
    orm_uuid    id = ann->id;

    ann->work = (phone){ .number = "123", .labels = { labels, 2 } };
    check(w->em, orm_flush(w->em));
    check(w->em, orm_clear(w->em));

    ann = orm_find_one(w->em, user, &orm_eq("homeAddress.street", "High Street"), NULL);
    assert_non_null(ann);
    assert_true(orm_uuid_equal(ann->id, id));
    assert_null(ann->homeAddress.zipCode);
    assert_true(ann->homeAddress.geo.latitude == 1.5);
    assert_true(ann->homeAddress.geo.floorNumber.has && ann->homeAddress.geo.floorNumber.value == 3);
    assert_string_equal(ann->work.number, "123");
    assert_int_equal(ann->work.labels.count, 2);
    assert_null(ann->bare.number);
    assert_null(ann->bare.labels.items);
    assert_sql(w, "select home_address_street || work_no || work_labels[1] || coalesce(no, '-') from \"user\"",
               "High Street123a-");
}

static void test_only_what_changed_is_sent(void **state)
{
    world *w = *state;
    user  *ann = make(w, "Ann", "High Street", 1.5);

    check(w->em, orm_flush(w->em));
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);
    ann->homeAddress.geo.latitude = 2.5;
    ann->homeAddress.zipCode = "1010";
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 3);
    assert_non_null(strstr(w->log.lines[1], "set \"home_address_zip_code\" = "));
    assert_non_null(strstr(w->log.lines[1], ", \"home_address_geo_latitude\" = "));
    assert_null(strstr(w->log.lines[1], "street"));
    assert_sql(w, "select home_address_zip_code || home_address_geo_latitude from \"user\"", "10102.5");
    ann->homeAddress.geo.floorNumber.has = false;
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from \"user\" where home_address_geo_floor_number is null", "1");
}

static void test_by_name(void **state)
{
    world         *w = *state;
    user          *ann = make(w, "Ann", "High Street", 1.5);
    user          *eve = make(w, "Eve", "Low Street", 0.5);
    orm_value      value = orm_text("New Street");
    orm_assignment both[] = { { "homeAddress.geo.latitude", orm_double(9) }, { "homeAddress.stret", orm_text("x") } };
    orm_list       list;

    check(w->em, orm_set(w->em, ann, "homeAddress.street", &value));
    assert_string_equal(ann->homeAddress.street, "New Street");
    check(w->em, orm_get(w->em, ann, "homeAddress.geo.floorNumber", &value));
    assert_int_equal(value.as.integer, 3);
    assert_int_equal(orm_assign(w->em, ann, both, 2), ORM_ERR_VALIDATION);
    assert_non_null(strstr(orm_em_error(w->em)->message, "did you mean \"homeAddress.street\"?"));
    assert_true(ann->homeAddress.geo.latitude == 1.5);
    check(w->em, orm_flush(w->em));
    check(w->em,
          orm_find(w->em, user, NULL,
                   (&(orm_find_options){ .order_by = ORM_ORDER({ "homeAddress.geo.latitude", ORM_ASC }) }), &list));
    assert_int_equal(list.count, 2);
    assert_ptr_equal(list.items[0], eve);
}

static void test_required_members(void **state)
{
    world *w = *state;

    orm_create(w->em, user, .name = "Ann");
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "User", "homeAddress.street");
    assert_int_equal(w->log.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_columns, empty),
        cmocka_unit_test_setup(test_round_trip, empty),
        cmocka_unit_test_setup(test_only_what_changed_is_sent, empty),
        cmocka_unit_test_setup(test_by_name, empty),
        cmocka_unit_test_setup(test_required_members, empty),
    };

    return cmocka_run_group_tests_name("native", tests, in_native, close_emptied) +
           cmocka_run_group_tests_name("mikroorm", tests, in_mikroorm, close_emptied);
}
