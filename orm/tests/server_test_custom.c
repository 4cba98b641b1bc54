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

/* Conversions by the server. The first one is not its own inverse, so that each place shows whether it was used. */
static const orm_custom_type tagged = {
    .name = "tagged", .to_sql = "'<' || {value} || '>'", .from_sql = "trim(both '<>' from {value})"
};
static const orm_custom_type tens = { .name = "tens", .to_sql = "({value} * 10)", .from_sql = "({value} / 10)" };
static const orm_custom_type small = { .name = "small", .to_sql = "lower({value} || left({value}, 0))" };

typedef struct thing {
    int64_t       id;
    const char   *code;
    orm_opt_int32 amount;
    const char   *word;
    struct thing *next;
} thing;
static const orm_property thing_properties[] = {
    ORM_BIGINT(thing, id, .primary = true),
    ORM_TEXT(thing, code, .custom = &tagged, .nullable = true),
    ORM_INTEGER(thing, amount, .custom = &tens, .nullable = true, .default_raw = "70"),
    ORM_TEXT(thing, word, .custom = &small, .nullable = true, .unique = true),
    ORM_MANY_TO_ONE(thing, next, .target = "Thing", .nullable = true),
};
ORM_ENTITY(thing, "Thing", thing_properties);

typedef struct checked {
    int64_t     id;
    const char *code;
    const char *word;
} checked;
static const orm_property checked_properties[] = {
    ORM_BIGINT(checked, id, .primary = true),
    ORM_TEXT(checked, code, .custom = &tagged, .concurrency_check = true),
    ORM_TEXT(checked, word, .custom = &small, .concurrency_check = true),
};
ORM_ENTITY(checked, "Checked", checked_properties);

static int in_native(void **state)
{
    return open_entities(state, ORM_PRESET_NATIVE, ORM_ENTITIES(item, thing, checked));
}

static int in_mikroorm(void **state)
{
    return open_entities(state, ORM_PRESET_MIKROORM, ORM_ENTITIES(item, thing, checked));
}

static int empty(void **state)
{
    world *w = *state;

    check(w->em, orm_clear(w->em));
    sql(w, "truncate item, thing, checked restart identity");
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
    static const orm_custom_type nowhere = { .name = "n", .to_sql = "upper()" };
    static const orm_custom_type relation = { .name = "r", .column_type = ORM_TYPE_REFERENCE };
    static const struct {
        const char  *message;
        orm_property property;
    } refused[] = {
        { "Thing.a: its custom type has no name", { .name = "a", .type = ORM_TYPE_TEXT, .custom = &nameless } },
        { "Thing.a: to_sql and from_sql of the custom type n say with {value} where the value stands",
          { .name = "a", .type = ORM_TYPE_TEXT, .custom = &nowhere } },
        { "Thing.a: column_type of the custom type r is not a type with a column",
          { .name = "a", .type = ORM_TYPE_TEXT, .custom = &relation } },
        { "Thing.a: a primary key has no custom type (cents)",
          { .name = "a", .type = ORM_TYPE_DECIMAL, .custom = &cents, .primary = true } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        orm_property properties[] = { { .name = "id", .type = ORM_TYPE_UUID, .primary = true }, refused[i].property };
        orm_entity   described = { .name = "Thing", .properties = properties, .property_count = 2 };
        const orm_entity *list[] = { &described, NULL };
        orm_error         error;
        orm              *db = NULL;

        assert_int_equal(orm_open(&(orm_config){ .entities = list, .lazy = true }, &db, &error), ORM_ERR_METADATA);
        assert_string_equal(error.message, refused[i].message);
    }
}

static bool is_mikroorm(const world *w)
{
    return orm_settings_of(w->db).preset == ORM_PRESET_MIKROORM;
}

static void test_sql_writes(void **state)
{
    world *w = *state;
    thing *a = orm_create(w->em, thing, .code = "it's", .amount = ORM_SOME(3), .word = "ABC");
    thing *b;

    check(w->em, orm_flush(w->em));
    assert_sql(w, "select code || amount || word from thing", "<it's>30abc");
    if (is_mikroorm(w))
        assert_sent(w, 1,
                    "insert into \"thing\" (\"code\", \"amount\", \"word\") values ('<' || 'it''s' || '>', (3 * 10), "
                    "lower('ABC' || left('ABC', 0))) returning \"id\"");
    b = orm_create(w->em, thing, .code = "b");
    orm_create(w->em, thing, .amount = ORM_SOME(5));
    check(w->em, orm_flush(w->em));
    assert_int_equal(b->amount.value, 7); /* the default, as the column is read */
    assert_sql(w, "select string_agg(coalesce(code, '-') || amount, ' ' order by amount) from thing", "<it's>30 -50 <b>70");

    /* What an UPDATE makes of it comes back. */
    sql_log_clear(&w->log);
    a->word = "XYZ";
    a->amount = (orm_opt_int32)ORM_SOME(4);
    check(w->em, orm_flush(w->em));
    assert_string_equal(a->word, "xyz");
    assert_int_equal(a->amount.value, 4);
    check(w->em, orm_flush(w->em));
    sql_log_clear(&w->log);
    a->code = "new";
    check(w->em, orm_flush(w->em));
    if (is_mikroorm(w))
        assert_sent(w, 1, "update \"thing\" set \"code\" = '<' || 'new' || '>' where \"id\" = '1' returning "
                          "trim(both '<>' from \"code\") as \"code\"");
    a->code = NULL;
    a->amount = (orm_opt_int32){ .has = false };
    b->code = "c";
    check(w->em, orm_flush(w->em));
    assert_null(a->code);
    assert_string_equal(b->code, "c");
    assert_sql(w, "select coalesce(code, '-') || coalesce(amount::text, '-') from thing where id = 1", "--");
    assert_sql(w, "select code || amount from thing where id = 2", "<c>70");
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);
}

static void test_sql_reads(void **state)
{
    world   *w = *state;
    thing   *a = orm_create(w->em, thing, .code = "a", .amount = ORM_SOME(1), .word = "One");
    thing   *b = orm_create(w->em, thing, .code = "b", .amount = ORM_SOME(2), .word = "Two", .next = a);
    orm_list list;

    check(w->em, orm_flush(w->em));
    check(w->em, orm_clear(w->em));
    sql_log_clear(&w->log);
    check(w->em, orm_find(w->em, thing, &orm_and(orm_gt("amount", 1), orm_in("code", orm_list_of(orm_text("b"), orm_text("x")))),
                          (&(orm_find_options){ .order_by = ORM_ORDER({ "amount", ORM_DESC }), .populate = ORM_PATHS("next") }),
                          &list));
    assert_int_equal(list.count, 1);
    b = ORM_AT(list, thing, 0);
    assert_string_equal(b->code, "b");
    assert_int_equal(b->amount.value, 2);
    assert_string_equal(b->next->code, "a");
    assert_int_equal(b->next->amount.value, 1);
    if (is_mikroorm(w))
        assert_sent(w, 0,
                    "select \"t0\".*, trim(both '<>' from \"t0\".\"code\") as \"code\", (\"t0\".\"amount\" / 10) as "
                    "\"amount\", \"n1\".\"id\" as \"n1__id\", trim(both '<>' from \"n1\".\"code\") as \"n1__code\", "
                    "(\"n1\".\"amount\" / 10) as \"n1__amount\", \"n1\".\"word\" as \"n1__word\", \"n1\".\"next_id\" "
                    "as \"n1__next_id\" from \"thing\" as \"t0\" left join \"thing\" as \"n1\" on \"t0\".\"next_id\" = "
                    "\"n1\".\"id\" where (\"t0\".\"amount\" / 10) > 1 and trim(both '<>' from \"t0\".\"code\") in ('b', "
                    "'x') order by (\"t0\".\"amount\" / 10) desc");
    check(w->em, orm_clear(w->em));
    /* Without from_sql the value is made what the column holds. */
    b = orm_find_one(w->em, thing, &orm_eq("word", "TWO"), (&(orm_find_options){ .fields = ORM_NAMES("code") }));
    assert_non_null(b);
    assert_string_equal(b->code, "b");
    assert_non_null(orm_find_one(w->em, thing, &orm_eq("code", "'; drop table thing; --"), NULL) == NULL ? b : NULL);
    assert_sql(w, "select count(*) from thing", "2");
}

static void test_sql_of_other_writes(void **state)
{
    world    *w = *state;
    orm_row   rows[] = { ORM_ROW({ "id", orm_int(1) }, { "code", orm_text("a") }, { "amount", orm_int(1) }),
                         ORM_ROW({ "id", orm_int(2) }, { "code", orm_text("b") }, { "amount", orm_int(2) }) };
    orm_list  list;
    thing    *a;
    int64_t   affected = 0;

    check(w->em, orm_insert(w->em, thing, &rows[0], NULL));
    assert_sql(w, "select code || amount from thing", "<a>10");
    check(w->em, orm_native_update(w->em, thing, &orm_eq("code", "a"), &ORM_ROW({ "code", orm_text("z") }), &affected));
    assert_int_equal(affected, 1);
    assert_sql(w, "select code || amount from thing", "<z>10");
    check(w->em, orm_upsert_many(w->em, thing, rows, 2, NULL, &list));
    a = ORM_AT(list, thing, 0);
    assert_string_equal(a->code, "a");
    assert_sql(w, "select string_agg(code || amount, ' ' order by id) from thing", "<a>10 <b>20");
    a = orm_upsert(w->em, thing, &ORM_ROW({ "id", orm_int(1) }, { "code", orm_text("q") }),
                   &(orm_upsert_options){ .where = &orm_eq("amount", 1) });
    assert_string_equal(a->code, "q");
    assert_int_equal(a->amount.value, 1);
    a = orm_upsert(w->em, thing, &ORM_ROW({ "id", orm_int(1) }, { "code", orm_text("r") }),
                   &(orm_upsert_options){ .action = ORM_CONFLICT_IGNORE });
    assert_string_equal(a->code, "q");
    check(w->em, orm_native_delete(w->em, thing, &orm_gte("amount", 2), &affected));
    assert_int_equal(affected, 1);
}

static void test_sql_rollback_and_checks(void **state)
{
    world   *w = *state;
    thing   *a = orm_create(w->em, thing, .word = "Ab");
    checked *c = orm_create(w->em, checked, .code = "x", .word = "Y");
    checked *d = orm_create(w->em, checked, .code = "y", .word = "Z");

    check(w->em, orm_flush(w->em));
    check(w->em, orm_begin(w->em, NULL));
    a->word = "CD";
    check(w->em, orm_flush(w->em));
    assert_string_equal(a->word, "cd");
    check(w->em, orm_rollback(w->em));
    assert_string_equal(a->word, "CD");
    check(w->em, orm_flush(w->em));
    assert_string_equal(a->word, "cd");

    c->code = "xx";
    check(w->em, orm_flush(w->em));
    c->code = "xy";
    d->code = "yy";
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select string_agg(code || word, ' ' order by id) from checked", "<xy>y <yy>z");
    sql(w, "update checked set code = '<other>' where id = 1");
    c->code = "mine";
    assert_int_equal(orm_flush(w->em), ORM_ERR_OPTIMISTIC_LOCK);
    assert_sql(w, "select code from checked where id = 1", "<other>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_sql_writes, empty),
        cmocka_unit_test_setup(test_sql_reads, empty),
        cmocka_unit_test_setup(test_sql_of_other_writes, empty),
        cmocka_unit_test_setup(test_sql_rollback_and_checks, empty),
        cmocka_unit_test_setup(test_there_and_back, empty),
        cmocka_unit_test_setup(test_unique, empty),
        cmocka_unit_test_setup(test_null_from_a_conversion, empty),
        cmocka_unit_test_setup(test_failures, empty),
        cmocka_unit_test_setup(test_nonsense, empty),
    };

    return cmocka_run_group_tests_name("native", tests, in_native, close_emptied) +
           cmocka_run_group_tests_name("mikroorm", tests, in_mikroorm, close_emptied);
}
