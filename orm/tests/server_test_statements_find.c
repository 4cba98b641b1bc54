/* Rows 11 to 27 and 55: what finding and loading send. */
#include "statements_fixture.h"

static void test_to_one_select_in(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_book, NULL, (&(orm_find_options){ .populate = ORM_PATHS("author", "publisher"), .strategy = ORM_STRATEGY_SELECT_IN, .order_by = ORM_ORDER({ "id", ORM_ASC }) }), &list));
    assert_int_equal(w->count, 3);
    was_sent(w, 0,
    "select \"b0\".* from \"book\" as \"b0\" order by \"b0\".\"id\" asc");
    was_sent(w, 1,
    "select \"a0\".*, \"p1\".\"id\" as \"p1__id\" from \"author\" as \"a0\" left join \"profile\" as "
    "\"p1\" on \"a0\".\"id\" = \"p1\".\"author_id\" where \"a0\".\"id\" in "
    "('00000000-0000-0000-0000-00000000000b', '00000000-0000-0000-0000-00000000000c')");
    was_sent(w, 2,
    "select \"p0\".* from \"publisher\" as \"p0\" where \"p0\".\"id\" in ('2')");
}

static void test_to_one_joined(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_book, NULL, (&(orm_find_options){ .populate = ORM_PATHS("author", "publisher"), .strategy = ORM_STRATEGY_JOINED, .order_by = ORM_ORDER({ "id", ORM_ASC }) }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"b0\".*, \"a1\".\"id\" as \"a1__id\", \"a1\".\"name\" as \"a1__name\", \"a1\".\"email\" as "
    "\"a1__email\", \"a1\".\"age\" as \"a1__age\", \"a1\".\"active\" as \"a1__active\", \"a1\".\"tags\" "
    "as \"a1__tags\", \"a1\".\"meta\" as \"a1__meta\", \"a1\".\"created_at\" as \"a1__created_at\", "
    "\"a1\".\"fav_id\" as \"a1__fav_id\", \"p2\".\"id\" as \"p2__id\", \"p2\".\"name\" as \"p2__name\", "
    "\"p2\".\"kind\" as \"p2__kind\" from \"book\" as \"b0\" inner join \"author\" as \"a1\" on "
    "\"b0\".\"author_id\" = \"a1\".\"id\" left join \"publisher\" as \"p2\" on \"b0\".\"publisher_id\" = "
    "\"p2\".\"id\" order by \"b0\".\"id\" asc");
}

static void test_to_many_select_in(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, NULL, (&(orm_find_options){ .populate = ORM_PATHS("books"), .strategy = ORM_STRATEGY_SELECT_IN, .order_by = ORM_ORDER({ "name", ORM_ASC }) }), &list));
    assert_int_equal(w->count, 2);
    was_sent(w, 0,
    "select \"a0\".*, \"p1\".\"id\" as \"p1__id\" from \"author\" as \"a0\" left join \"profile\" as "
    "\"p1\" on \"a0\".\"id\" = \"p1\".\"author_id\" order by \"a0\".\"name\" asc");
    was_sent(w, 1,
    "select \"b0\".* from \"book\" as \"b0\" where \"b0\".\"author_id\" in "
    "('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000c', "
    "'00000000-0000-0000-0000-00000000000b')");
}

static void test_to_many_joined(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, NULL, (&(orm_find_options){ .populate = ORM_PATHS("books"), .strategy = ORM_STRATEGY_JOINED, .order_by = ORM_ORDER({ "name", ORM_ASC }) }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"a0\".*, \"b1\".\"id\" as \"b1__id\", \"b1\".\"title\" as \"b1__title\", \"b1\".\"price\" "
    "as \"b1__price\", \"b1\".\"author_id\" as \"b1__author_id\", \"b1\".\"publisher_id\" as "
    "\"b1__publisher_id\", \"p2\".\"id\" as \"p2__id\" from \"author\" as \"a0\" left join \"book\" as "
    "\"b1\" on \"a0\".\"id\" = \"b1\".\"author_id\" left join \"profile\" as \"p2\" on \"a0\".\"id\" = "
    "\"p2\".\"author_id\" order by \"a0\".\"name\" asc");
}

static void test_many_to_many_select_in(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_book, NULL, (&(orm_find_options){ .populate = ORM_PATHS("tags"), .strategy = ORM_STRATEGY_SELECT_IN, .order_by = ORM_ORDER({ "id", ORM_ASC }) }), &list));
    assert_int_equal(w->count, 2);
    was_sent(w, 0,
    "select \"b0\".* from \"book\" as \"b0\" order by \"b0\".\"id\" asc");
    was_sent(w, 1,
    "select \"b0\".\"tag_id\", \"b0\".\"book_id\", \"t1\".\"id\" as \"t1__id\", \"t1\".\"name\" as "
    "\"t1__name\" from \"book_tags\" as \"b0\" inner join \"tag\" as \"t1\" on \"b0\".\"tag_id\" = "
    "\"t1\".\"id\" where \"b0\".\"book_id\" in ('1', '2', '3', '4')");
}

static void test_many_to_many_inverse_select_in(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_tag, NULL, (&(orm_find_options){ .populate = ORM_PATHS("books"), .strategy = ORM_STRATEGY_SELECT_IN, .order_by = ORM_ORDER({ "id", ORM_ASC }) }), &list));
    assert_int_equal(w->count, 2);
    was_sent(w, 0,
    "select \"t0\".* from \"tag\" as \"t0\" order by \"t0\".\"id\" asc");
    was_sent(w, 1,
    "select \"b0\".\"book_id\", \"b0\".\"tag_id\", \"b1\".\"id\" as \"b1__id\", \"b1\".\"title\" as "
    "\"b1__title\", \"b1\".\"price\" as \"b1__price\", \"b1\".\"author_id\" as \"b1__author_id\", "
    "\"b1\".\"publisher_id\" as \"b1__publisher_id\" from \"book_tags\" as \"b0\" inner join \"book\" as "
    "\"b1\" on \"b0\".\"book_id\" = \"b1\".\"id\" where \"b0\".\"tag_id\" in ('1', '2', '3')");
}

static void test_many_to_many_joined(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_book, NULL, (&(orm_find_options){ .populate = ORM_PATHS("tags"), .strategy = ORM_STRATEGY_JOINED, .order_by = ORM_ORDER({ "id", ORM_ASC }) }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"b0\".*, \"t1\".\"id\" as \"t1__id\", \"t1\".\"name\" as \"t1__name\" from \"book\" as "
    "\"b0\" left join \"book_tags\" as \"b2\" on \"b0\".\"id\" = \"b2\".\"book_id\" left join \"tag\" as "
    "\"t1\" on \"b2\".\"tag_id\" = \"t1\".\"id\" order by \"b0\".\"id\" asc");
}

static void test_balanced(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_book, NULL, (&(orm_find_options){ .populate = ORM_PATHS("author.profile", "tags", "publisher"), .order_by = ORM_ORDER({ "id", ORM_ASC }) }), &list));
    assert_int_equal(w->count, 2);
    was_sent(w, 0,
    "select \"b0\".*, \"a1\".\"id\" as \"a1__id\", \"a1\".\"name\" as \"a1__name\", \"a1\".\"email\" as "
    "\"a1__email\", \"a1\".\"age\" as \"a1__age\", \"a1\".\"active\" as \"a1__active\", \"a1\".\"tags\" "
    "as \"a1__tags\", \"a1\".\"meta\" as \"a1__meta\", \"a1\".\"created_at\" as \"a1__created_at\", "
    "\"a1\".\"fav_id\" as \"a1__fav_id\", \"p2\".\"id\" as \"p2__id\", \"p2\".\"bio\" as \"p2__bio\", "
    "\"p2\".\"author_id\" as \"p2__author_id\", \"p3\".\"id\" as \"p3__id\", \"p3\".\"name\" as "
    "\"p3__name\", \"p3\".\"kind\" as \"p3__kind\" from \"book\" as \"b0\" inner join \"author\" as "
    "\"a1\" on \"b0\".\"author_id\" = \"a1\".\"id\" left join \"profile\" as \"p2\" on \"a1\".\"id\" = "
    "\"p2\".\"author_id\" left join \"publisher\" as \"p3\" on \"b0\".\"publisher_id\" = \"p3\".\"id\" "
    "order by \"b0\".\"id\" asc");
    was_sent(w, 1,
    "select \"b0\".\"tag_id\", \"b0\".\"book_id\", \"t1\".\"id\" as \"t1__id\", \"t1\".\"name\" as "
    "\"t1__name\" from \"book_tags\" as \"b0\" inner join \"tag\" as \"t1\" on \"b0\".\"tag_id\" = "
    "\"t1\".\"id\" where \"b0\".\"book_id\" in ('1', '2', '3', '4')");
}

static void test_nested_select_in(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, &orm_eq("name", "John"), (&(orm_find_options){ .populate = ORM_PATHS("books.tags", "books.publisher"), .strategy = ORM_STRATEGY_SELECT_IN }), &list));
    assert_int_equal(w->count, 4);
    was_sent(w, 0,
    "select \"a0\".*, \"p1\".\"id\" as \"p1__id\" from \"author\" as \"a0\" left join \"profile\" as "
    "\"p1\" on \"a0\".\"id\" = \"p1\".\"author_id\" where \"a0\".\"name\" = 'John'");
    was_sent(w, 1,
    "select \"b0\".* from \"book\" as \"b0\" where \"b0\".\"author_id\" in "
    "('00000000-0000-0000-0000-00000000000b')");
    was_sent(w, 2,
    "select \"b0\".\"tag_id\", \"b0\".\"book_id\", \"t1\".\"id\" as \"t1__id\", \"t1\".\"name\" as "
    "\"t1__name\" from \"book_tags\" as \"b0\" inner join \"tag\" as \"t1\" on \"b0\".\"tag_id\" = "
    "\"t1\".\"id\" where \"b0\".\"book_id\" in ('1', '2', '4')");
    was_sent(w, 3,
    "select \"p0\".* from \"publisher\" as \"p0\" where \"p0\".\"id\" in ('2')");
}

static void test_nested_joined(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, &orm_eq("name", "John"), (&(orm_find_options){ .populate = ORM_PATHS("books.tags", "books.publisher"), .strategy = ORM_STRATEGY_JOINED }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"a0\".*, \"b1\".\"id\" as \"b1__id\", \"b1\".\"title\" as \"b1__title\", \"b1\".\"price\" "
    "as \"b1__price\", \"b1\".\"author_id\" as \"b1__author_id\", \"b1\".\"publisher_id\" as "
    "\"b1__publisher_id\", \"t2\".\"id\" as \"t2__id\", \"t2\".\"name\" as \"t2__name\", \"p4\".\"id\" "
    "as \"p4__id\", \"p4\".\"name\" as \"p4__name\", \"p4\".\"kind\" as \"p4__kind\", \"p5\".\"id\" as "
    "\"p5__id\" from \"author\" as \"a0\" left join \"book\" as \"b1\" on \"a0\".\"id\" = "
    "\"b1\".\"author_id\" left join \"book_tags\" as \"b3\" on \"b1\".\"id\" = \"b3\".\"book_id\" left "
    "join \"tag\" as \"t2\" on \"b3\".\"tag_id\" = \"t2\".\"id\" left join \"publisher\" as \"p4\" on "
    "\"b1\".\"publisher_id\" = \"p4\".\"id\" left join \"profile\" as \"p5\" on \"a0\".\"id\" = "
    "\"p5\".\"author_id\" where \"a0\".\"name\" = 'John'");
}

/* Either side is one statement; from the inverse side the key of the other is looked for. */
static void test_one_to_one(void **state)
{
    mikro_world *w = *state;
    m_author    *a = orm_find_one(w->em, m_author, &orm_eq("email", "john@x"), NULL);
    m_profile   *p;

    SENT(w, AUTHORS " where \"a0\".\"email\" = 'john@x' limit 1");
    assert_non_null(a->profile);
    must(w, orm_clear(w->em));
    p = orm_find_one(w->em, m_profile, &orm_eq("bio", "bio"), NULL);
    SENT(w, "select \"p0\".* from \"profile\" as \"p0\" where \"p0\".\"bio\" = 'bio' limit 1");
    assert_non_null(p->author);
}

static void test_inverse_populated(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, NULL, (&(orm_find_options){ .populate = ORM_PATHS("profile"), .strategy = ORM_STRATEGY_SELECT_IN }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"a0\".*, \"p1\".\"id\" as \"p1__id\", \"p1\".\"bio\" as \"p1__bio\", \"p1\".\"author_id\" "
    "as \"p1__author_id\" from \"author\" as \"a0\" left join \"profile\" as \"p1\" on \"a0\".\"id\" = "
    "\"p1\".\"author_id\"");
}

static void test_where_all_select_in(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, &orm_eq("books.title", "b1"), (&(orm_find_options){ .populate = ORM_PATHS("books"), .strategy = ORM_STRATEGY_SELECT_IN }), &list));
    assert_int_equal(w->count, 2);
    was_sent(w, 0,
    "select \"a0\".*, \"p2\".\"id\" as \"p2__id\" from \"author\" as \"a0\" left join \"book\" as \"b1\" "
    "on \"a0\".\"id\" = \"b1\".\"author_id\" left join \"profile\" as \"p2\" on \"a0\".\"id\" = "
    "\"p2\".\"author_id\" where \"b1\".\"title\" = 'b1'");
    was_sent(w, 1,
    "select \"b0\".* from \"book\" as \"b0\" where \"b0\".\"author_id\" in "
    "('00000000-0000-0000-0000-00000000000b')");
}

static void test_where_all_joined(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, &orm_eq("books.title", "b1"), (&(orm_find_options){ .populate = ORM_PATHS("books"), .strategy = ORM_STRATEGY_JOINED }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"a0\".*, \"b1\".\"id\" as \"b1__id\", \"b1\".\"title\" as \"b1__title\", \"b1\".\"price\" "
    "as \"b1__price\", \"b1\".\"author_id\" as \"b1__author_id\", \"b1\".\"publisher_id\" as "
    "\"b1__publisher_id\", \"p3\".\"id\" as \"p3__id\" from \"author\" as \"a0\" left join \"book\" as "
    "\"b1\" on \"a0\".\"id\" = \"b1\".\"author_id\" left join \"book\" as \"b2\" on \"a0\".\"id\" = "
    "\"b2\".\"author_id\" left join \"profile\" as \"p3\" on \"a0\".\"id\" = \"p3\".\"author_id\" where "
    "\"b2\".\"title\" = 'b1'");
}

static void test_where_infer_select_in(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, &orm_eq("books.title", "b1"), (&(orm_find_options){ .populate = ORM_PATHS("books"), .strategy = ORM_STRATEGY_SELECT_IN, .populate_infer = true }), &list));
    assert_int_equal(w->count, 2);
    was_sent(w, 0,
    "select \"a0\".*, \"p2\".\"id\" as \"p2__id\" from \"author\" as \"a0\" left join \"book\" as \"b1\" "
    "on \"a0\".\"id\" = \"b1\".\"author_id\" and \"b1\".\"title\" = 'b1' left join \"profile\" as \"p2\" "
    "on \"a0\".\"id\" = \"p2\".\"author_id\" where \"b1\".\"title\" = 'b1'");
    was_sent(w, 1,
    "select \"b0\".* from \"book\" as \"b0\" where \"b0\".\"author_id\" in "
    "('00000000-0000-0000-0000-00000000000b') and \"b0\".\"title\" = 'b1'");
}

static void test_where_infer_joined(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, &orm_eq("books.title", "b1"), (&(orm_find_options){ .populate = ORM_PATHS("books"), .strategy = ORM_STRATEGY_JOINED, .populate_infer = true }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"a0\".*, \"b1\".\"id\" as \"b1__id\", \"b1\".\"title\" as \"b1__title\", \"b1\".\"price\" "
    "as \"b1__price\", \"b1\".\"author_id\" as \"b1__author_id\", \"b1\".\"publisher_id\" as "
    "\"b1__publisher_id\", \"p2\".\"id\" as \"p2__id\" from \"author\" as \"a0\" left join \"book\" as "
    "\"b1\" on \"a0\".\"id\" = \"b1\".\"author_id\" and \"b1\".\"title\" = 'b1' left join \"profile\" as "
    "\"p2\" on \"a0\".\"id\" = \"p2\".\"author_id\" where \"b1\".\"title\" = 'b1'");
}

static void test_populate_inferred(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, &orm_eq("books.title", "b1"), (&(orm_find_options){ .populate = ORM_PATHS("$infer") }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"a0\".*, \"b1\".\"id\" as \"b1__id\", \"b1\".\"title\" as \"b1__title\", \"b1\".\"price\" "
    "as \"b1__price\", \"b1\".\"author_id\" as \"b1__author_id\", \"b1\".\"publisher_id\" as "
    "\"b1__publisher_id\", \"p2\".\"id\" as \"p2__id\" from \"author\" as \"a0\" left join \"book\" as "
    "\"b1\" on \"a0\".\"id\" = \"b1\".\"author_id\" left join \"profile\" as \"p2\" on \"a0\".\"id\" = "
    "\"p2\".\"author_id\" where \"b1\".\"title\" = 'b1'");
}

static void test_page_select_in(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, NULL,
                     (&(orm_find_options){ .populate = ORM_PATHS("books"),
                                           .strategy = ORM_STRATEGY_SELECT_IN,
                                           .order_by = ORM_ORDER({ "name", ORM_ASC }),
                                           .limit = 1,
                                           .offset = 1 }),
                     &list));
    assert_string_equal(ORM_AT(list, m_author, 0)->name, "Ann");
    SENT(w, AUTHORS " order by \"a0\".\"name\" asc limit 1 offset 1",
         "select \"b0\".* from \"book\" as \"b0\" where \"b0\".\"author_id\" in ('" ANN "')");
}

static void test_page_joined(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, NULL, (&(orm_find_options){ .populate = ORM_PATHS("books"), .strategy = ORM_STRATEGY_JOINED, .limit = 1, .offset = 1, .order_by = ORM_ORDER({ "name", ORM_ASC }) }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"a0\".*, \"b1\".\"id\" as \"b1__id\", \"b1\".\"title\" as \"b1__title\", \"b1\".\"price\" "
    "as \"b1__price\", \"b1\".\"author_id\" as \"b1__author_id\", \"b1\".\"publisher_id\" as "
    "\"b1__publisher_id\", \"p2\".\"id\" as \"p2__id\" from \"author\" as \"a0\" left join \"book\" as "
    "\"b1\" on \"a0\".\"id\" = \"b1\".\"author_id\" left join \"profile\" as \"p2\" on \"a0\".\"id\" = "
    "\"p2\".\"author_id\" where \"a0\".\"id\" in (select \"a0\".\"id\" from (select \"a0\".\"id\" from "
    "\"author\" as \"a0\" left join \"book\" as \"b1\" on \"a0\".\"id\" = \"b1\".\"author_id\" left join "
    "\"profile\" as \"p2\" on \"a0\".\"id\" = \"p2\".\"author_id\" group by \"a0\".\"id\" order by "
    "min(\"a0\".\"name\") asc limit 1 offset 1) as \"a0\") order by \"a0\".\"name\" asc");
}

/* MikroORM sends the two at once, so that their order is not defined. */
static void test_find_and_count(void **state)
{
    mikro_world *w = *state;
    orm_list     list;
    uint64_t     total;

    must(w, orm_find_and_count(w->em, m_book, &orm_like("title", "b%"),
                               (&(orm_find_options){ .order_by = ORM_ORDER({ "title", ORM_ASC }), .limit = 2, .offset = 1 }),
                               &list, &total));
    assert_int_equal(list.count, 2);
    assert_int_equal(total, 3);
    SENT(w, "select \"b0\".* from \"book\" as \"b0\" where \"b0\".\"title\" like 'b%' order by \"b0\".\"title\" asc limit 2 offset 1",
         "select count(*) as \"count\" from \"book\" as \"b0\" where \"b0\".\"title\" like 'b%'");
}

static void test_find_and_count_joined(void **state)
{
    mikro_world *w = *state;
    orm_list     list;
    uint64_t     total;

    must(w, orm_find_and_count(w->em, m_author, &orm_like("books.title", "%"),
                               (&(orm_find_options){ .populate = ORM_PATHS("books"),
                                                     .strategy = ORM_STRATEGY_JOINED,
                                                     .limit = 1,
                                                     .order_by = ORM_ORDER({ "name", ORM_ASC }) }),
                               &list, &total));
    assert_int_equal(list.count, 1);
    assert_string_equal(ORM_AT(list, m_author, 0)->name, "Ann");
    assert_int_equal(orm_collection_count(ORM_AT(list, m_author, 0)->books), 1);
    assert_int_equal(total, 2);
    assert_int_equal(w->count, 2);
    was_sent(w, 0,
    "select \"a0\".*, \"b1\".\"id\" as \"b1__id\", \"b1\".\"title\" as \"b1__title\", \"b1\".\"price\" "
    "as \"b1__price\", \"b1\".\"author_id\" as \"b1__author_id\", \"b1\".\"publisher_id\" as "
    "\"b1__publisher_id\", \"p3\".\"id\" as \"p3__id\" from \"author\" as \"a0\" left join \"book\" as "
    "\"b1\" on \"a0\".\"id\" = \"b1\".\"author_id\" left join \"profile\" as \"p3\" on \"a0\".\"id\" = "
    "\"p3\".\"author_id\" where \"a0\".\"id\" in (select \"a0\".\"id\" from (select \"a0\".\"id\" from "
    "\"author\" as \"a0\" left join \"book\" as \"b1\" on \"a0\".\"id\" = \"b1\".\"author_id\" left join "
    "\"book\" as \"b2\" on \"a0\".\"id\" = \"b2\".\"author_id\" left join \"profile\" as \"p3\" on "
    "\"a0\".\"id\" = \"p3\".\"author_id\" where \"b2\".\"title\" like '%' group by \"a0\".\"id\" order "
    "by min(\"a0\".\"name\") asc limit 1) as \"a0\") order by \"a0\".\"name\" asc");
    was_sent(w, 1,
    "select count(distinct \"a0\".\"id\") as \"count\" from \"author\" as \"a0\" left join \"book\" as "
    "\"b1\" on \"a0\".\"id\" = \"b1\".\"author_id\" left join \"book\" as \"b2\" on \"a0\".\"id\" = "
    "\"b2\".\"author_id\" where \"b2\".\"title\" like '%'");
}

static void test_find_and_count_select_in(void **state)
{
    mikro_world *w = *state;
    orm_list     list;
    uint64_t     total;

    must(w, orm_find_and_count(
                w->em, m_author, &orm_eq("books.tags.name", "t2"),
                (&(orm_find_options){ .populate = ORM_PATHS("books"), .strategy = ORM_STRATEGY_SELECT_IN, .limit = 10 }), &list,
                &total));
    assert_int_equal(total, 1);
    SENT(w,
         "select \"a0\".*, \"p4\".\"id\" as \"p4__id\" from \"author\" as \"a0\" left join \"profile\" as \"p4\" on \"a0\".\"id\" = "
         "\"p4\".\"author_id\" where \"a0\".\"id\" in (select \"a0\".\"id\" from (select \"a0\".\"id\" from \"author\" as \"a0\" left "
         "join \"book\" as \"b1\" on \"a0\".\"id\" = \"b1\".\"author_id\" left join \"book_tags\" as \"b3\" on \"b1\".\"id\" = "
         "\"b3\".\"book_id\" left join \"tag\" as \"b2\" on \"b3\".\"tag_id\" = \"b2\".\"id\" left join \"profile\" as \"p4\" on "
         "\"a0\".\"id\" = \"p4\".\"author_id\" where \"b2\".\"name\" = 't2' group by \"a0\".\"id\" limit 10) as \"a0\")",
         "select \"b0\".* from \"book\" as \"b0\" where \"b0\".\"author_id\" in ('" JOHN "')",
         "select count(distinct \"a0\".\"id\") as \"count\" from \"author\" as \"a0\" left join \"book\" as \"b1\" on \"a0\".\"id\" = "
         "\"b1\".\"author_id\" left join \"book_tags\" as \"b3\" on \"b1\".\"id\" = \"b3\".\"book_id\" left join \"tag\" as \"b2\" on "
         "\"b3\".\"tag_id\" = \"b2\".\"id\" where \"b2\".\"name\" = 't2'");
}

static void test_page_by_cursor(void **state)
{
    mikro_world     *w = *state;
    orm_find_options find = { .order_by = ORM_ORDER({ "title", ORM_ASC }) };
    orm_page         page;

    must(w, orm_find_by_cursor(w->em, m_book, NULL, (&(orm_cursor_options){ .find = &find, .first = 2 }), &page));
    assert_int_equal(page.items.count, 2);
    SENT(w, "select \"b0\".* from \"book\" as \"b0\" order by \"b0\".\"title\" asc limit 3",
         "select count(*) as \"count\" from \"book\" as \"b0\"");
    must(w, orm_find_by_cursor(w->em, m_book, NULL,
                               (&(orm_cursor_options){ .find = &find, .first = 2, .after = page.end_cursor }), &page));
    assert_string_equal(ORM_AT(page.items, m_book, 0)->title, "b3");
    SENT(w, "select \"b0\".* from \"book\" as \"b0\" where \"b0\".\"title\" > 'b2' order by \"b0\".\"title\" asc limit 3",
         "select count(*) as \"count\" from \"book\" as \"b0\"");
}

static void test_populate_twice(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_book, NULL, NULL, &list));
    mikro_log_clear(w);
    must(w, orm_populate(w->em, list.items, list.count, ORM_PATHS("author", "tags"), NULL));
    SENT(w, AUTHORS " where \"a0\".\"id\" in ('" JOHN "', '" ANN "')",
         "select \"b0\".\"tag_id\", \"b0\".\"book_id\", \"t1\".\"id\" as \"t1__id\", \"t1\".\"name\" as \"t1__name\" from "
         "\"book_tags\" as \"b0\" inner join \"tag\" as \"t1\" on \"b0\".\"tag_id\" = \"t1\".\"id\" where \"b0\".\"book_id\" in ('1', "
         "'2', '3', '4')");
    must(w, orm_populate(w->em, list.items, list.count, ORM_PATHS("author", "tags"), NULL));
    SENT_NOTHING(w);
}

static orm_status count_one(orm_em *rows, void *entity, void *context)
{
    (void)rows;
    assert_non_null(entity);
    ++*(size_t *)context;
    return ORM_OK;
}

static void test_stream(void **state)
{
    mikro_world *w = *state;
    size_t       count = 0;

    must(w, orm_stream(w->em, m_tag, NULL, (&(orm_find_options){ .order_by = ORM_ORDER({ "id", ORM_ASC }) }), count_one, &count));
    assert_int_equal(count, 3);
    SENT(w, "select \"t0\".* from \"tag\" as \"t0\" order by \"t0\".\"id\" asc");
}

static void test_stream_populated(void **state)
{
    mikro_world *w = *state;
    size_t       count = 0;

    must(w, orm_stream(w->em, m_author, NULL,
                       (&(orm_find_options){ .populate = ORM_PATHS("books"), .order_by = ORM_ORDER({ "name", ORM_ASC }) }),
                       count_one, &count));
    assert_int_equal(count, 3);
    SENT(w, "select \"a0\".*, \"b1\".\"id\" as \"b1__id\", \"b1\".\"title\" as \"b1__title\", \"b1\".\"price\" as \"b1__price\", "
            "\"b1\".\"author_id\" as \"b1__author_id\", \"b1\".\"publisher_id\" as \"b1__publisher_id\", \"p2\".\"id\" as \"p2__id\" "
            "from \"author\" as \"a0\" left join \"book\" as \"b1\" on \"a0\".\"id\" = \"b1\".\"author_id\" left join \"profile\" as "
            "\"p2\" on \"a0\".\"id\" = \"p2\".\"author_id\" order by \"a0\".\"name\" asc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW("11", test_to_one_select_in),
        ROW("12", test_to_one_joined),
        ROW("13, select-in", test_to_many_select_in),
        ROW("13, joined", test_to_many_joined),
        ROW("14, select-in", test_many_to_many_select_in),
        ROW("14, select-in, inverse", test_many_to_many_inverse_select_in),
        ROW("14, joined", test_many_to_many_joined),
        ROW("15", test_balanced),
        ROW("16, select-in", test_nested_select_in),
        ROW("16, joined", test_nested_joined),
        ROW("17", test_one_to_one),
        ROW("17, populated", test_inverse_populated),
        ROW("18, select-in", test_where_all_select_in),
        ROW("18, joined", test_where_all_joined),
        ROW("19, select-in", test_where_infer_select_in),
        ROW("19, joined", test_where_infer_joined),
        ROW("20", test_populate_inferred),
        ROW("21", test_page_select_in),
        ROW("22", test_page_joined),
        ROW("23", test_find_and_count),
        ROW("24", test_find_and_count_joined),
        ROW("25", test_find_and_count_select_in),
        ROW("26", test_page_by_cursor),
        ROW("27", test_populate_twice),
        ROW("55", test_stream),
        ROW("55, populated", test_stream_populated),
    };

    return cmocka_run_group_tests_name("statements", tests, statements_open, mikro_close);
}
