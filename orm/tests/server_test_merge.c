/*
 * Entities of rows that are known already: merge, rows of raw SQL; and assigning through references.
 */
#include "em_fixture.h"

static void test_merge(void **state)
{
    world   *w = *state;
    orm_uuid id;
    author  *a;
    author  *found;

    sql(w, "insert into author (name, email, age, active) values ('Ann', 'ann@x', 5, true)");
    a = orm_find_one(w->em, author, &orm_eq("name", "Ann"), NULL);
    id = a->id;
    orm_clear(w->em);
    sql_log_clear(&w->log);

    a = orm_merge(w->em, author, &ORM_ROW({ "id", orm_uuid_value(id) }, { "name", orm_text("Ann") }), false);
    assert_non_null(a);
    assert_true(orm_is_initialized(w->em, a));
    assert_string_equal(a->name, "Ann");
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);
    a->name = "Eve";
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select name || age || email from author", "Eve5ann@x");

    /* What it lacks comes with the next find. */
    found = orm_find_one(w->em, author, &orm_eq("email", "ann@x"), NULL);
    assert_ptr_equal(found, a);
    assert_int_equal(a->age.value, 5);
    assert_true(a->active.value);

    /* Loaded, it only changes when it is refreshed; unsaved changes are then lost. */
    a->age = (orm_opt_int32)ORM_SOME(50);
    assert_ptr_equal(orm_merge(w->em, author, &ORM_ROW({ "id", orm_uuid_value(id) }, { "age", orm_int(9) }), false), a);
    assert_int_equal(a->age.value, 50);
    assert_ptr_equal(orm_merge(w->em, author, &ORM_ROW({ "id", orm_uuid_value(id) }, { "age", orm_int(9) }), true), a);
    assert_int_equal(a->age.value, 9);
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);

    /* A key alone is a stub, and a rollback does not take it back. */
    orm_clear(w->em);
    check(w->em, orm_begin(w->em, NULL));
    a = orm_merge(w->em, author, &ORM_ROW({ "id", orm_uuid_value(id) }), false);
    assert_false(orm_is_initialized(w->em, a));
    check(w->em, orm_rollback(w->em));
    assert_ptr_equal(orm_reference(w->em, author, id), a);

    assert_null(orm_merge(w->em, author, &ORM_ROW({ "name", orm_text("x") }), false));
    assert_error(w, ORM_ERR_VALIDATION, "Author", "id");
    assert_null(orm_merge(w->em, author, &ORM_ROW({ "id", orm_uuid_value(id) }, { "nmae", orm_text("x") }), false));
    assert_error(w, ORM_ERR_VALIDATION, "Author", "nmae");
    assert_null(orm_merge(w->em, author, &ORM_ROW({ "id", orm_uuid_value(id) }, { "name", orm_null() }), false));
    assert_error(w, ORM_ERR_VALIDATION, "Author", "name");
    assert_null(orm_merge(w->em, author, NULL, false));
    assert_null(orm_merge_row(NULL, &orm_entity_author, NULL, false));
}

static void test_rows_of_raw_sql(void **state)
{
    world    *w = *state;
    orm_rows *rows;
    author   *ann;
    book     *b;

    sql(w, "insert into author (name, email) values ('Ann', 'ann@x')");
    sql(w, "insert into book (title, price, author_id) select 't', 2.5, id from author");
    check(w->em, orm_execute(w->em, "select price * 2 as double, b.* from book b", NULL, 0, &rows));
    b = orm_map_row(w->em, book, rows, 0);
    assert_non_null(b);
    assert_string_equal(b->title, "t");
    assert_string_equal(b->price, "2.50");
    assert_false(orm_is_initialized(w->em, b->author));
    assert_ptr_equal(orm_find_one(w->em, book, &orm_key(b->id), NULL), b);

    /* Unsaved changes stay, the rest is brought up to date. */
    b->title = "mine";
    sql(w, "update book set title = 'theirs', price = 3");
    check(w->em, orm_execute(w->em, "update book set price = 4 returning title, id, price", NULL, 0, &rows));
    assert_ptr_equal(orm_map_row(w->em, book, rows, 0), b);
    assert_string_equal(b->title, "mine");
    assert_string_equal(b->price, "4.00");
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select title || price from book", "mine4.00");

    check(w->em, orm_execute(w->em, "select id, name from author", NULL, 0, &rows));
    ann = orm_map_row(w->em, author, rows, 0);
    assert_ptr_equal(ann, b->author);
    assert_string_equal(ann->name, "Ann");
    assert_null(ann->email);

    assert_null(orm_map_row(w->em, author, rows, 1));
    assert_int_equal(orm_em_error(w->em)->status, ORM_ERR_ARGUMENT);
    assert_null(orm_map_row(w->em, tag, rows, 0)); /* a uuid is no number */
    orm_rows_free(w->em, rows);
    assert_null(orm_map_row(w->em, author, rows, 0));
    assert_null(orm_map_row(w->em, author, NULL, 0));
    check(w->em, orm_execute(w->em, "select name from author", NULL, 0, &rows));
    assert_null(orm_map_row(w->em, author, rows, 0));
    assert_error(w, ORM_ERR_VALIDATION, "Author", "id");
    check(w->em, orm_execute(w->em, "select null as id", NULL, 0, &rows));
    assert_null(orm_map_row(w->em, author, rows, 0));
    assert_error(w, ORM_ERR_VALIDATION, "Author", "id");
}

#define ASSIGN(entity, ...)                                                                                            \
    orm_assign(w->em, (entity), (const orm_assignment[]){ __VA_ARGS__ },                                               \
               sizeof((const orm_assignment[]){ __VA_ARGS__ }) / sizeof(orm_assignment))

static void test_assign_through_references(void **state)
{
    world  *w = *state;
    author *ann = orm_create(w->em, author, .name = "Ann", .email = "ann@x");
    author *bob = orm_create(w->em, author, .name = "Bob", .email = "bob@x", .fav = ann);
    book   *b = orm_create(w->em, book, .title = "t", .author = bob);

    check(w->em, orm_flush(w->em));
    check(w->em, ASSIGN(b, { "title", orm_text("u") }, { "author.name", orm_text("B") }, { "author.fav.age", orm_int(3) }));
    assert_string_equal(bob->name, "B");
    assert_int_equal(ann->age.value, 3);
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select string_agg(concat(name, age), ',' order by email) from author", "Ann3,B");

    /* A reference of the same call comes first. */
    check(w->em, ASSIGN(b, { "author.name", orm_text("A") }, { "author", orm_entity_value(ann) }));
    assert_string_equal(ann->name, "A");
    assert_string_equal(bob->name, "B");
    assert_true(orm_collection_contains(ann->books, b));
    check(w->em, ASSIGN(b, { "author.fav", orm_entity_value(bob) }));
    assert_ptr_equal(ann->fav, bob);

    /* All or none, of every entity. */
    assert_int_equal(ASSIGN(b, { "title", orm_text("x") }, { "author.name", orm_text("x") }, { "author.age", orm_text("old") }),
                     ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Author", "age");
    assert_string_equal(b->title, "u");
    assert_string_equal(ann->name, "A");
    assert_int_equal(ASSIGN(b, { "author.name", orm_text("x") }, { "author.id", orm_text("6d1f1d2a-7a4c-4f5e-9d55-0c1b2a3d4e5f") }),
                     ORM_ERR_VALIDATION);
    assert_string_equal(ann->name, "A");
    assert_int_equal(ASSIGN(b, { "publisher.name", orm_text("x") }), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Book", "publisher");
    assert_int_equal(ASSIGN(b, { "title.name", orm_text("x") }), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Book", "title");
    assert_int_equal(ASSIGN(b, { "author.nmae", orm_text("x") }), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Author", "nmae");
    assert_int_equal(ASSIGN(b, { "author.", orm_text("x") }), ORM_ERR_VALIDATION);
    assert_int_equal(ASSIGN(b, { ".name", orm_text("x") }), ORM_ERR_VALIDATION);
    assert_int_equal(ASSIGN(b, { "author.books", orm_list_value(NULL, 0) }), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Author", "books");

    /* A stub is set and written by its key. */
    check(w->em, orm_flush(w->em));
    orm_clear(w->em);
    b = orm_find_one(w->em, book, NULL, &(orm_find_options){ .order_by = ORM_ORDER({ "id", ORM_ASC }) });
    assert_false(orm_is_initialized(w->em, b->author));
    check(w->em, ASSIGN(b, { "author.name", orm_text("stub") }));
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select name from author where email = 'ann@x'", "stub");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_merge, fresh),
        cmocka_unit_test_setup(test_rows_of_raw_sql, fresh),
        cmocka_unit_test_setup(test_assign_through_references, fresh),
    };

    return RUN_IN_BOTH_PRESETS(tests);
}
