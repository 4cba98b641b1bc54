/* Columns of another type than their members: conversions both ways, in every place where a value travels. */
#include "em_fixture.h"

/* "12.34" <-> 1234 */
static orm_status to_cents(const orm_custom_type *type, orm_memory *memory, const orm_value *in, orm_value *out,
                           orm_error *error)
{
    double euros = strtod(in->as.text, NULL);

    (void)memory;
    if (euros < 0)
        return orm_custom_fail(error, ORM_ERR_VALIDATION, "%s: %s is less than nothing", type->name, in->as.text);
    *out = orm_int((int64_t)(euros * 100 + 0.5));
    return ORM_OK;
}

static orm_status from_cents(const orm_custom_type *type, orm_memory *memory, const orm_value *in, orm_value *out,
                             orm_error *error)
{
    char *text = orm_memory_alloc(memory, 32);

    if (text == NULL)
        return orm_custom_fail(error, ORM_ERR_MEMORY, "no memory");
    if (in->as.integer < 0)
        return orm_custom_fail(error, ORM_ERR_CONVERSION, "%s: %d is less than nothing", type->name,
                               (int)in->as.integer);
    snprintf(text, 32, "%d.%02d", (int)(in->as.integer / 100), (int)(in->as.integer % 100));
    *out = orm_text(text);
    return ORM_OK;
}

/* true <-> 'yes'; an empty text is nothing at all */
static orm_status to_yes(const orm_custom_type *type, orm_memory *memory, const orm_value *in, orm_value *out,
                         orm_error *error)
{
    (void)type;
    (void)memory;
    (void)error;
    *out = orm_text(in->as.boolean ? "yes" : "no");
    return ORM_OK;
}

static orm_status from_yes(const orm_custom_type *type, orm_memory *memory, const orm_value *in, orm_value *out,
                           orm_error *error)
{
    (void)type;
    (void)memory;
    (void)error;
    *out = in->as.text[0] == '\0' ? orm_null() : orm_bool(strcmp(in->as.text, "yes") == 0);
    return ORM_OK;
}

/* Fails without a word. */
static orm_status silent(const orm_custom_type *type, orm_memory *memory, const orm_value *in, orm_value *out,
                         orm_error *error)
{
    (void)type;
    (void)memory;
    (void)error;
    *out = *in;
    return strcmp(in->as.text, "bad") == 0 ? ORM_ERR_VALIDATION : ORM_OK;
}

static const orm_custom_type cents = {
    .name = "cents", .column_type = ORM_TYPE_BIGINT, .ddl = "int8", .to_database = to_cents, .to_entity = from_cents
};
static const orm_custom_type yes_no = {
    .name = "yes or no", .column_type = ORM_TYPE_TEXT, .to_database = to_yes, .to_entity = from_yes
};
static const orm_custom_type mute = { .name = "mute", .to_database = silent };

typedef struct item {
    int64_t      id;
    const char  *price;
    orm_opt_bool sold;
    const char  *note;
} item;
static const orm_property item_properties[] = {
    ORM_BIGINT(item, id, .primary = true),
    ORM_DECIMAL(item, price, .custom = &cents, .unique = true),
    ORM_BOOLEAN(item, sold, .custom = &yes_no, .nullable = true),
    ORM_TEXT(item, note, .custom = &mute, .nullable = true),
};
ORM_ENTITY(item, "Item", item_properties);

static int in_native(void **state)
{
    return open_entities(state, ORM_PRESET_NATIVE, ORM_ENTITIES(item));
}

static int in_mikroorm(void **state)
{
    return open_entities(state, ORM_PRESET_MIKROORM, ORM_ENTITIES(item));
}

static int empty(void **state)
{
    world *w = *state;

    check(w->em, orm_clear(w->em));
    sql(w, "delete from item");
    sql_log_clear(&w->log);
    return 0;
}

static void test_there_and_back(void **state)
{
    world *w = *state;
    item  *a = orm_create(w->em, item, .price = "12.34", .sold = ORM_SOME(true));
    item  *b = orm_create(w->em, item, .price = "0.05");

    check(w->em, orm_flush(w->em));
    assert_sql(w, "select string_agg(price::text || coalesce(sold, '-'), ' ' order by price) from item", "5- 1234yes");
    assert_sql(w, "select data_type from information_schema.columns where column_name = 'price'", "bigint");
    assert_sql(w, "select data_type from information_schema.columns where column_name = 'sold'", "text");
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);
    a->price = "13.00";
    b->sold = (orm_opt_bool)ORM_SOME(false);
    check(w->em, orm_flush(w->em));
    check(w->em, orm_clear(w->em));
    a = orm_find_one(w->em, item, &orm_eq("price", "13.00"), NULL);
    assert_non_null(a);
    assert_string_equal(a->price, "13.00");
    assert_true(a->sold.has && a->sold.value);
    b = orm_find_one(w->em, item, &orm_eq("sold", false), NULL);
    assert_non_null(b);
    assert_string_equal(b->price, "0.05");
    assert_ptr_equal(orm_find_one(w->em, item, &orm_is_null("note"),
                                  (&(orm_find_options){ .order_by = ORM_ORDER({ "price", ORM_DESC }) })),
                     a);
}

/* A removed row's unique value can be taken by a new one in the same flush: they are compared as members. */
static void test_unique(void **state)
{
    world *w = *state;
    item  *a = orm_create(w->em, item, .price = "1.00");

    check(w->em, orm_flush(w->em));
    check(w->em, orm_remove(w->em, a));
    orm_create(w->em, item, .price = "1.00", .note = "new");
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select note from item", "new");
}

static void test_null_from_a_conversion(void **state)
{
    world *w = *state;
    item  *a;

    sql(w, "insert into item (price, sold) values (100, '')");
    a = orm_find_one(w->em, item, NULL, NULL);
    assert_non_null(a);
    assert_false(a->sold.has);
}

static void test_failures(void **state)
{
    world *w = *state;
    item  *a = orm_create(w->em, item, .price = "-1");

    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Item", "price");
    assert_string_equal(orm_em_error(w->em)->message, "Item.price: cents: -1 is less than nothing");
    assert_int_equal(w->log.count, 0);
    a->price = "1";
    a->note = "bad";
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_string_equal(orm_em_error(w->em)->message, "Item.note: the conversion of the type mute failed (validation)");
    assert_null(orm_find_one(w->em, item, &orm_eq("price", "-2"), NULL));
    assert_error(w, ORM_ERR_VALIDATION, "Item", "price");
    check(w->em, orm_clear(w->em));
    assert_sql(w, "select count(*) from item", "0");
    sql(w, "insert into item (price) values (-1)");
    assert_null(orm_find_one(w->em, item, NULL, NULL));
    assert_error(w, ORM_ERR_CONVERSION, "Item", "price");
}

static void test_nonsense(void **state)
{
    static const orm_custom_type nameless = { .column_type = ORM_TYPE_TEXT };
    static const orm_custom_type relation = { .name = "r", .column_type = ORM_TYPE_REFERENCE };
    static const struct {
        const char  *message;
        orm_property property;
    } refused[] = {
        { "Thing.a: its custom type has no name", { .name = "a", .type = ORM_TYPE_TEXT, .custom = &nameless } },
        { "Thing.a: column_type of the custom type r is not a type with a column",
          { .name = "a", .type = ORM_TYPE_TEXT, .custom = &relation } },
        { "Thing.a: a primary key has no custom type (cents)",
          { .name = "a", .type = ORM_TYPE_DECIMAL, .custom = &cents, .primary = true } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        orm_property properties[] = { { .name = "id", .type = ORM_TYPE_UUID, .primary = true }, refused[i].property };
        orm_entity   thing = { .name = "Thing", .properties = properties, .property_count = 2 };
        const orm_entity *list[] = { &thing, NULL };
        orm_error         error;
        orm              *db = NULL;

        assert_int_equal(orm_open(&(orm_config){ .entities = list, .lazy = true }, &db, &error), ORM_ERR_METADATA);
        assert_string_equal(error.message, refused[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_there_and_back, empty),
        cmocka_unit_test_setup(test_unique, empty),
        cmocka_unit_test_setup(test_null_from_a_conversion, empty),
        cmocka_unit_test_setup(test_failures, empty),
        cmocka_unit_test_setup(test_nonsense, empty),
    };

    return cmocka_run_group_tests_name("native", tests, in_native, close_emptied) +
           cmocka_run_group_tests_name("mikroorm", tests, in_mikroorm, close_emptied);
}
