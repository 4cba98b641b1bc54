/*
 * Finding: conditions, order, pages, what is loaded already, refresh, populate.
 */
#include "em_fixture.h"

/* Three authors (Ann is John's and Bob's favourite, John is Ann's), four books, two publishers. */
static int fill(void **state)
{
    world *w;

    if (fresh(state) != 0)
        return -1;
    w = *state;
    sql(w, "insert into author (name, email, age) values ('John', 'john@x', 30), ('Ann', 'ann@x', null),"
           " ('Bob', 'bob@x', 20)");
    sql(w, "update author set fav_id = (select id from author where name = 'Ann') where name <> 'Ann'");
    sql(w, "update author set fav_id = (select id from author where name = 'John') where name = 'Ann'");
    sql(w, "insert into publisher (name) values ('P1'), ('P2')");
    sql(w, "insert into book (title, author_id, publisher_id)"
           " select 'b' || g, (select id from author where name = case when g = 3 then 'Ann' else 'John' end),"
           " case when g < 3 then g end from generate_series(1, 4) g");
    sql_log_clear(&w->log);
    return 0;
}

static size_t count_found(world *w, const orm_condition *where)
{
    orm_list list;

    check(w->em, orm_find(w->em, author, where, NULL, &list));
    return list.count;
}

static void test_conditions(void **state)
{
    world  *w = *state;
    author *ann = orm_find_one(w->em, author, &orm_eq("name", "Ann"), NULL);
    char    id[ORM_UUID_TEXT_SIZE];

    assert_int_equal(count_found(w, NULL), 3);
    assert_int_equal(count_found(w, &(orm_condition){ .op = ORM_OP_AND }), 3);
    assert_int_equal(count_found(w, &orm_eq("age", 30)), 1);
    assert_int_equal(count_found(w, &orm_eq("age", "20")), 1);
    assert_int_equal(count_found(w, &orm_is_null("age")), 1);
    assert_int_equal(count_found(w, &orm_and(orm_eq("name", "John"), orm_eq("age", 20))), 0);
    assert_int_equal(count_found(w, &orm_and(orm_eq("name", "John"), orm_and(orm_eq("age", 30)))), 1);
    assert_int_equal(count_found(w, &orm_eq("fav", ann)), 2);
    assert_int_equal(count_found(w, &orm_eq("fav", ann->id)), 2);
    assert_int_equal(count_found(w, &orm_eq("fav", orm_uuid_format(ann->id, id))), 2);
    assert_int_equal(count_found(w, &orm_key(ann)), 1);
    assert_int_equal(count_found(w, &orm_eq("name", "' or true --")), 0);
    assert_int_equal(count_found(w, &orm_eq("name", "\\' or true --")), 0);
    assert_int_equal(count_found(w, &orm_eq("active", false)), 3);
}

static void test_bad_conditions(void **state)
{
    world        *w = *state;
    orm_list      list;
    orm_condition deep[200];
    author        stranger = { .name = "S" };
    author       *unsaved = orm_create(w->em, author, .name = "U", .email = "u@x");
    tag          *t = orm_create(w->em, tag, .name = "t");

    assert_int_equal(orm_find(w->em, author, &orm_eq("nmae", "x"), NULL, &list), ORM_ERR_VALIDATION);
    assert_non_null(strstr(orm_em_error(w->em)->message, "name"));
    assert_int_equal(orm_find(w->em, author, &orm_eq("age", "old"), NULL, &list), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Author", "age");
    assert_non_null(strstr(orm_em_error(w->em)->message, "Author.age"));
    assert_int_equal(orm_find(w->em, author, &orm_eq("name.first", 1), NULL, &list), ORM_ERR_VALIDATION);
    assert_int_equal(orm_find(w->em, author, &orm_eq("fav", &stranger), NULL, &list), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Author", "fav");
    assert_int_equal(orm_find(w->em, author, &orm_eq("fav", unsaved), NULL, &list), ORM_ERR_VALIDATION);
    assert_int_equal(orm_find(w->em, author, &orm_eq("fav", t), NULL, &list), ORM_ERR_VALIDATION);
    assert_int_equal(orm_find(w->em, author, &orm_eq("name", t), NULL, &list), ORM_ERR_VALIDATION);
    assert_int_equal(orm_find(w->em, author, &orm_key("not a uuid"), NULL, &list), ORM_ERR_VALIDATION);
    assert_null(orm_find_one(w->em, author, &orm_key("not a uuid"), NULL));
    assert_error(w, ORM_ERR_VALIDATION, "Author", "id");
    assert_int_equal(orm_find(w->em, author, &(orm_condition){ .op = ORM_OP_EQ }, NULL, &list), ORM_ERR_VALIDATION);
    assert_int_equal(orm_find(w->em, author, &(orm_condition){ .op = (orm_operator)99 }, NULL, &list),
                     ORM_ERR_VALIDATION);
    for (size_t i = 0; i < 200; i++)
        deep[i] = (orm_condition){ .children = i < 199 ? &deep[i + 1] : NULL, .child_count = i < 199 };
    assert_int_equal(orm_find(w->em, author, deep, NULL, &list), ORM_ERR_VALIDATION);
    assert_int_equal(
        orm_find(w->em, author, NULL, (&(orm_find_options){ .order_by = ORM_ORDER({ "agee", ORM_ASC }) }), &list),
        ORM_ERR_VALIDATION);
    assert_int_equal(
        orm_find(w->em, author, NULL, (&(orm_find_options){ .order_by = ORM_ORDER({ "books", ORM_ASC }) }), &list),
        ORM_ERR_VALIDATION);
    assert_int_equal(w->log.count, 0);
}

static void test_order_and_pages(void **state)
{
    world   *w = *state;
    orm_list list;

    check(w->em, orm_find(w->em, author, NULL,
                          (&(orm_find_options){ .order_by = ORM_ORDER({ "name", ORM_DESC }), .limit = 2, .offset = 1 }),
                          &list));
    assert_int_equal(list.count, 2);
    assert_string_equal(ORM_AT(list, author, 0)->name, "Bob");
    assert_string_equal(ORM_AT(list, author, 1)->name, "Ann");
    assert_null(ORM_AT(list, author, 2));
    check(w->em, orm_find(w->em, author, &orm_eq("name", "nobody"), NULL, &list));
    assert_int_equal(list.count, 0);
    assert_null(ORM_AT(list, author, 0));
}

static void test_loaded_and_refresh(void **state)
{
    world  *w = *state;
    author *john = orm_find_one(w->em, author, &orm_eq("name", "John"), NULL);

    john->name = "Johnny";
    sql(w, "update author set age = 31, email = 'new@x' where name = 'John'");
    assert_ptr_equal(orm_find_one(w->em, author, &orm_eq("age", 31), NULL), john);
    assert_string_equal(john->name, "Johnny");
    assert_int_equal(john->age.value, 30);

    assert_ptr_equal(orm_find_one(w->em, author, &orm_key(john->id), (&(orm_find_options){ .refresh = true })), john);
    assert_string_equal(john->name, "John");
    assert_int_equal(john->age.value, 31);
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);
}

static void test_populate_to_one(void **state)
{
    world   *w = *state;
    orm_list books;
    book    *b;

    check(w->em,
          orm_find(w->em, book, NULL, (&(orm_find_options){ .order_by = ORM_ORDER({ "id", ORM_ASC }) }), &books));
    assert_int_equal(books.count, 4);
    b = ORM_AT(books, book, 0);
    assert_false(orm_is_initialized(w->em, b->author));
    assert_ptr_equal(b->author, ORM_AT(books, book, 1)->author);
    assert_null(ORM_AT(books, book, 2)->publisher);

    sql_log_clear(&w->log);
    check(w->em, orm_find(w->em, book, NULL,
                          (&(orm_find_options){ .populate = ORM_PATHS("author.fav", "publisher", "author"),
                                                .strategy = ORM_STRATEGY_SELECT_IN }),
                          &books));
    assert_int_equal(w->log.count, 3); /* the favourites are authors of books, loaded with them */
    assert_string_equal(b->author->name, "John");
    assert_string_equal(b->author->fav->name, "Ann");
    assert_string_equal(b->publisher->name, "P1");
    assert_true(orm_is_initialized(w->em, b->publisher));

    sql_log_clear(&w->log);
    check(w->em, orm_find(w->em, book, NULL, (&(orm_find_options){ .populate = ORM_PATHS("author.fav", "publisher"),
                                                                   .strategy = ORM_STRATEGY_SELECT_IN }),
                          &books));
    assert_int_equal(w->log.count, 1);
    b->author->name = "changed";
    check(w->em,
          orm_find(w->em, book, NULL,
                   (&(orm_find_options){ .populate = ORM_PATHS("author", "author.fav"),
                                         .strategy = ORM_STRATEGY_SELECT_IN,
                                         .refresh = true }),
                   &books));
    assert_string_equal(b->author->name, "John");
    assert_int_equal(w->log.count, 4);
}

static void test_populate_to_many(void **state)
{
    world  *w = *state;
    author *john;
    author *ann;

    john = orm_find_one(w->em, author, &orm_eq("name", "John"), NULL);
    assert_false(orm_collection_is_initialized(john->books));
    assert_int_equal(orm_collection_count(john->books), 0);
    check(w->em, orm_collection_add(w->em, john->books, orm_create(w->em, book, .title = "new")));

    sql_log_clear(&w->log);
    ann = orm_find_one(w->em, author, &orm_eq("name", "Ann"),
                       (&(orm_find_options){ .populate = ORM_PATHS("fav.books.publisher", "books"),
                                             .strategy = ORM_STRATEGY_SELECT_IN }));
    assert_non_null(ann);
    assert_ptr_equal(ann->fav, john);
    assert_true(orm_collection_is_initialized(john->books));
    assert_int_equal(orm_collection_count(john->books), 4);
    assert_string_equal(ORM_ITEM(john->books, book, 0)->title, "new");
    assert_int_equal(orm_collection_count(ann->books), 1);
    assert_string_equal(ORM_ITEM(ann->books, book, 0)->title, "b3");
    assert_string_equal(ORM_ITEM(john->books, book, 1)->publisher->name, "P1");
    assert_int_equal(w->log.count, 4);
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from book", "5");
}

static void test_bad_paths(void **state)
{
    world   *w = *state;
    orm_list list;

    assert_int_equal(
        orm_find(w->em, book, NULL, (&(orm_find_options){ .populate = ORM_PATHS("author", "auhtor") }), &list),
        ORM_ERR_VALIDATION);
    assert_non_null(strstr(orm_em_error(w->em)->message, "author"));
    assert_int_equal(orm_find(w->em, book, NULL, (&(orm_find_options){ .populate = ORM_PATHS("author.name") }), &list),
                     ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Author", "name");
    assert_int_equal(orm_find(w->em, book, NULL, (&(orm_find_options){ .populate = ORM_PATHS("") }), &list),
                     ORM_ERR_VALIDATION);
    assert_int_equal(orm_find(w->em, book, NULL, (&(orm_find_options){ .populate = ORM_PATHS(".author") }), &list),
                     ORM_ERR_VALIDATION);
    assert_int_equal(w->log.count, 0);
}

/* More keys than a statement may have parameters. */
static void test_many_keys(void **state)
{
    world   *w = *state;
    orm_list list;

    sql(w, "insert into category (name) select 'p' || g from generate_series(1, 66000) g");
    sql(w, "insert into category (name, parent_id) select 'c', id from category");
    check(w->em, orm_find(w->em, category, &orm_eq("name", "c"),
                          (&(orm_find_options){ .populate = ORM_PATHS("parent"), .strategy = ORM_STRATEGY_SELECT_IN }),
                          &list));
    assert_int_equal(list.count, 66000);
    for (size_t i = 0; i < list.count; i += 1000)
        assert_int_equal(ORM_AT(list, category, i)->parent->name[0], 'p');
}

static void test_schema_is_behind(void **state)
{
    world   *w = *state;
    orm_list list;

    sql(w, "alter table tag rename name to old_name");
    assert_int_not_equal(orm_find(w->em, tag, NULL, NULL, &list), ORM_OK);
    assert_int_equal(orm_em_error(w->em)->status, ORM_ERR_INVALID_FIELD);
    sql(w, "alter table tag rename old_name to name; alter table tag add extra int");
    sql(w, "insert into tag (name) values ('t')");
    check(w->em, orm_find(w->em, tag, NULL, NULL, &list));
    assert_string_equal(ORM_AT(list, tag, 0)->name, "t");
    sql(w, "alter table tag drop extra");
}

static void test_unexpected_null(void **state)
{
    world   *w = *state;
    orm_list list;

    sql(w, "alter table everything alter number drop not null");
    sql(w, "insert into everything (id, flag, small, big, real, at) values (gen_random_uuid(), true, 1, 1, 1, now())");
    assert_int_equal(orm_find(w->em, everything, NULL, NULL, &list), ORM_ERR_CONVERSION);
    assert_error(w, ORM_ERR_CONVERSION, "Everything", "number");
    sql(w, "delete from everything; alter table everything alter number set not null");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_conditions, fill),        cmocka_unit_test_setup(test_bad_conditions, fill),
        cmocka_unit_test_setup(test_order_and_pages, fill),   cmocka_unit_test_setup(test_loaded_and_refresh, fill),
        cmocka_unit_test_setup(test_populate_to_one, fill),   cmocka_unit_test_setup(test_populate_to_many, fill),
        cmocka_unit_test_setup(test_bad_paths, fill),         cmocka_unit_test_setup(test_many_keys, fresh),
        cmocka_unit_test_setup(test_schema_is_behind, fresh), cmocka_unit_test_setup(test_unexpected_null, fresh),
    };

    return RUN_IN_BOTH_PRESETS(tests);
}
