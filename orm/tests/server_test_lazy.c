/* Lazy properties, and what the property and the orm say of the loading strategy. */
#include "mikro_fixture.h"

/* Other descriptors of the same tables. */
typedef struct l_author {
    orm_uuid        id;
    const char     *name;
    const char     *email;
    const char     *meta; /* lazy */
    orm_collection *books; /* joined, whatever the find says */
} l_author;
typedef struct l_book {
    const char *id;
    const char *title;
    l_author   *author; /* by select-in */
} l_book;

static const orm_property l_author_properties[] = {
    ORM_UUID(l_author, id, .primary = true),
    ORM_STRING(l_author, name),
    ORM_STRING(l_author, email),
    ORM_JSON(l_author, meta, .nullable = true, .lazy = true),
    ORM_ONE_TO_MANY(l_author, books, .target = "Book", .mapped_by = "author", .strategy = ORM_STRATEGY_JOINED),
};
static const orm_property l_book_properties[] = {
    ORM_BIGINT_TEXT(l_book, id, .primary = true),
    ORM_STRING(l_book, title),
    ORM_MANY_TO_ONE(l_book, author, .target = "Author", .strategy = ORM_STRATEGY_SELECT_IN),
};
ORM_ENTITY(l_author, "Author", l_author_properties);
ORM_ENTITY(l_book, "Book", l_book_properties);

/* A second orm on the rows of the fixture, logging into the same world. */
static orm *open_lazy(mikro_world *w, orm_strategy strategy)
{
    static const orm_entity *const entities[] = { &orm_entity_l_author, &orm_entity_l_book, NULL };
    orm_config config = { .entities = entities,
                          .url = getenv("ORM_TEST_URL"),
                          .preset = orm_settings_of(w->db).preset,
                          .strategy = strategy,
                          .log = mikro_log,
                          .log_context = w };
    orm_error  error;
    orm       *db;

    if (orm_open(&config, &db, &error) != ORM_OK)
        fail_msg("%s", error.message);
    return db;
}

static void succeed(const orm_em *em, orm_status status)
{
    if (status != ORM_OK)
        fail_msg("%s", orm_em_error(em)->message);
}

static void test_lazy(void **state)
{
    mikro_world *w = *state;
    orm         *db = open_lazy(w, ORM_STRATEGY_DEFAULT);
    orm_em      *em = orm_fork(db, NULL);
    l_author    *john = orm_find_one(em, l_author, &orm_eq("name", "John"), NULL);

    was_sent(w, 0, orm_settings_of(db).protocol == ORM_PROTOCOL_SIMPLE
                       ? "select \"a0\".\"id\", \"a0\".\"name\", \"a0\".\"email\" from \"author\" as \"a0\" where "
                         "\"a0\".\"name\" = 'John' limit 1"
                       : "select \"a0\".\"id\", \"a0\".\"name\", \"a0\".\"email\" from \"author\" as \"a0\" where "
                         "\"a0\".\"name\" = $1 limit 1");
    assert_null(john->meta);
    /* Without it an entity is loaded all the same: its key alone asks nothing again. */
    mikro_log_clear(w);
    assert_ptr_equal(orm_find_one(em, l_author, &orm_key(JOHN), NULL), john);
    assert_int_equal(w->count, 0);
    succeed(em, orm_flush(em));
    assert_int_equal(w->count, 0);

    succeed(em, orm_populate(em, (void *[]){ john }, 1, ORM_PATHS("meta"), NULL));
    assert_int_equal(w->count, 1);
    assert_string_equal(john->meta, "{\"n\": 5}");
    succeed(em, orm_populate(em, (void *[]){ john }, 1, ORM_PATHS("meta"), NULL));
    assert_int_equal(w->count, 1);

    succeed(em, orm_clear(em));
    john = orm_find_one(em, l_author, &orm_key(JOHN), (&(orm_find_options){ .populate = ORM_PATHS("meta") }));
    assert_string_equal(john->meta, "{\"n\": 5}");
    assert_string_equal(john->email, "john@x");
    orm_close(db);
}

static void test_strategy_of_property_and_orm(void **state)
{
    mikro_world *w = *state;
    orm         *db = open_lazy(w, ORM_STRATEGY_JOINED);
    orm_em      *em = orm_fork(db, NULL);
    orm_list     list;

    /* The property wins over find and orm, a hint over the property. */
    succeed(em, orm_find(em, l_author, NULL,
                         (&(orm_find_options){ .populate = ORM_PATHS("books"), .strategy = ORM_STRATEGY_SELECT_IN }), &list));
    assert_int_equal(w->count, 1);
    succeed(em, orm_clear(em));
    succeed(em, orm_find(em, l_book, NULL, (&(orm_find_options){ .populate = ORM_PATHS("author") }), &list));
    assert_int_equal(w->count, 3);
    succeed(em, orm_clear(em));
    succeed(em, orm_find(em, l_book, NULL,
                         (&(orm_find_options){
                             .populate = ORM_PATHS("author"),
                             .hints = ORM_HINTS({ .path = "author", .strategy = ORM_STRATEGY_JOINED }) }),
                         &list));
    assert_int_equal(w->count, 4);
    orm_close(db);
}

static void test_bad_descriptors(void **state)
{
    static const orm_property lazy_key[] = { ORM_UUID(l_author, id, .primary = true, .lazy = true) };
    static const orm_property strategic[] = { ORM_UUID(l_author, id, .primary = true),
                                              ORM_STRING(l_author, name, .strategy = ORM_STRATEGY_JOINED) };
    static const orm_entity   bad[] = { { .name = "A", .size = sizeof(l_author), .properties = lazy_key, .property_count = 1 },
                                        { .name = "A", .size = sizeof(l_author), .properties = strategic, .property_count = 2 } };
    static const char *const  parts[] = { "the option lazy is for", "the option strategy is for relations" };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const orm_entity *const entities[] = { &bad[i], NULL };
        orm_config              config = { .entities = entities, .url = getenv("ORM_TEST_URL"), .lazy = true };
        orm_error               error;
        orm                    *db = NULL;

        assert_int_equal(orm_open(&config, &db, &error), ORM_ERR_METADATA);
        assert_non_null(strstr(error.message, parts[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_lazy, mikro_fresh),
        cmocka_unit_test_setup(test_strategy_of_property_and_orm, mikro_fresh),
        cmocka_unit_test_setup(test_bad_descriptors, mikro_fresh),
    };

    return cmocka_run_group_tests_name("native", tests, mikro_open_native, mikro_close) +
           cmocka_run_group_tests_name("mikroorm", tests, mikro_open_mikroorm, mikro_close);
}
