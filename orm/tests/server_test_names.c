/*
 * Names that ask for trouble: keywords, upper case, quotes, spaces, a schema; values of enums and defaults with quotes.
 */
#include "em_fixture.h"

typedef struct order_row {
    int64_t           id;
    const char       *select;
    const char       *from;
    const char       *where;
    const char       *kind;
    orm_opt_int32     group;
    struct order_row *user;
    orm_collection   *orders;
} order_row;

typedef struct spaced {
    const char *key;
    const char *value;
} spaced;

static const orm_property order_row_properties[] = {
    ORM_BIGINT(order_row, id, .primary = true, .column = "ID"),
    ORM_STRING(order_row, select),
    ORM_STRING(order_row, from, .column = "a \"quoted\" column"),
    ORM_STRING(order_row, where, .nullable = true, .column = "it's"),
    ORM_ENUM(order_row, kind, ORM_ITEMS("it's", "\"x\"", "back\\slash", ""), .default_raw = "'it''s'"),
    ORM_INTEGER(order_row, group, .nullable = true),
    ORM_MANY_TO_ONE(order_row, user, .target = "Order", .nullable = true),
    ORM_ONE_TO_MANY(order_row, orders, .target = "Order", .mapped_by = "user"),
};
static const orm_property spaced_properties[] = {
    ORM_STRING(spaced, key, .primary = true, .column = "the key"),
    ORM_TEXT(spaced, value, .column = "SELECT"),
};
ORM_ENTITY(order_row, "Order", order_row_properties, .table = "order");
ORM_ENTITY(spaced, "Spaced", spaced_properties, .table = "A \"Table\"; --");

static int named_native(void **state)
{
    return open_entities(state, ORM_PRESET_NATIVE, ORM_ENTITIES(order_row, spaced));
}

static int named_mikroorm(void **state)
{
    return open_entities(state, ORM_PRESET_MIKROORM, ORM_ENTITIES(order_row, spaced));
}

static void test_keywords(void **state)
{
    world     *w = *state;
    order_row *rows[3];
    orm_list   list;

    rows[0] = orm_create(w->em, order_row, .select = "0", .from = "f", .kind = "back\\slash");
    rows[1] = orm_create(w->em, order_row, .select = "1", .from = "\"'\\$1", .user = rows[0], .where = "x'; --");
    rows[2] = orm_create(w->em, order_row, .select = "2", .from = "", .kind = "", .user = rows[0]);
    check(w->em, orm_flush(w->em));
    assert_string_equal(rows[1]->kind, "it's");
    for (int i = 0; i < 3; i++)
        rows[i]->group = (orm_opt_int32){ true, i };
    rows[1]->kind = "\"x\"";
    rows[2]->from = "it's";
    check(w->em, orm_flush(w->em));
    check(w->em, orm_clear(w->em));
    check(w->em, orm_find(w->em, order_row, &orm_and(orm_eq("kind", "\"x\""), orm_eq("where", "x'; --")),
                          (&(orm_find_options){ .populate = ORM_PATHS("user.orders"),
                                                .order_by = ORM_ORDER({ "group", ORM_ASC }) }),
                          &list));
    assert_int_equal(list.count, 1);
    assert_string_equal(ORM_AT(list, order_row, 0)->from, "\"'\\$1");
    assert_int_equal(orm_collection_count(ORM_AT(list, order_row, 0)->user->orders), 2);
    assert_sql(w, "select string_agg(\"it's\" || \"a \"\"quoted\"\" column\", ',') from \"order\"", "x'; --\"'\\$1");
    check(w->em, orm_remove(w->em, list.items[0]));
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from \"order\"", "2");
    orm_create(w->em, order_row, .select = "3", .from = "f", .kind = "none of them");
    assert_int_not_equal(orm_flush(w->em), ORM_OK);
    check(w->em, orm_clear(w->em));
}

static void test_quoted_table(void **state)
{
    world  *w = *state;
    spaced *a = orm_create(w->em, spaced, .key = "a'\"", .value = "1");
    spaced *b = orm_create(w->em, spaced, .key = "", .value = "2");

    check(w->em, orm_flush(w->em));
    a->value = "3";
    b->value = "4";
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select string_agg(\"SELECT\", ',' order by \"the key\") from \"A \"\"Table\"\"; --\"", "4,3");
    check(w->em, orm_clear(w->em));
    b = orm_find_one(w->em, spaced, &orm_key(""), NULL);
    assert_non_null(b);
    assert_string_equal(b->value, "4");
    assert_ptr_equal(orm_reference(w->em, spaced, ""), b);
    check(w->em, orm_remove(w->em, b));
    check(w->em, orm_remove(w->em, orm_reference(w->em, spaced, "a'\"")));
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from \"A \"\"Table\"\"; --\"", "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keywords),
        cmocka_unit_test(test_quoted_table),
    };

    return cmocka_run_group_tests_name("native", tests, named_native, close_emptied) +
           cmocka_run_group_tests_name("mikroorm", tests, named_mikroorm, close_emptied);
}
