/*
 * What finding sends in preset mikroorm, against what MikroORM 7.2.1 sent for the same finds (keys are those of the rows here):
 * operators, orders and counts; server_test_statements_find.c has strategies and pages.
 */
#include "mikro_fixture.h"

static void test_populate_where(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, NULL, (&(orm_find_options){ .populate = ORM_PATHS("books"), .strategy = ORM_STRATEGY_SELECT_IN, .populate_where = &orm_like("books.title", "b%") }), &list));
    assert_int_equal(w->count, 2);
    was_sent(w, 0,
    "select \"a0\".*, \"p1\".\"id\" as \"p1__id\" from \"author\" as \"a0\" left join \"profile\" as "
    "\"p1\" on \"a0\".\"id\" = \"p1\".\"author_id\" left join \"book\" as \"b2\" on \"a0\".\"id\" = "
    "\"b2\".\"author_id\" and \"b2\".\"title\" like 'b%'");
}

static void test_populate_where_joined(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, NULL, (&(orm_find_options){ .populate = ORM_PATHS("books"), .strategy = ORM_STRATEGY_JOINED, .populate_where = &orm_like("books.title", "b%") }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"a0\".*, \"b1\".\"id\" as \"b1__id\", \"b1\".\"title\" as \"b1__title\", \"b1\".\"price\" "
    "as \"b1__price\", \"b1\".\"author_id\" as \"b1__author_id\", \"b1\".\"publisher_id\" as "
    "\"b1__publisher_id\", \"p2\".\"id\" as \"p2__id\" from \"author\" as \"a0\" left join \"book\" as "
    "\"b1\" on \"a0\".\"id\" = \"b1\".\"author_id\" and \"b1\".\"title\" like 'b%' left join \"profile\" "
    "as \"p2\" on \"a0\".\"id\" = \"p2\".\"author_id\"");
}

static void test_order_select_in(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, NULL, (&(orm_find_options){ .populate = ORM_PATHS("books"), .strategy = ORM_STRATEGY_SELECT_IN, .order_by = ORM_ORDER({ "name", ORM_ASC }, { "books.title", ORM_DESC }) }), &list));
    assert_int_equal(w->count, 2);
    was_sent(w, 0,
    "select \"a0\".*, \"p2\".\"id\" as \"p2__id\" from \"author\" as \"a0\" left join \"book\" as \"b1\" "
    "on \"a0\".\"id\" = \"b1\".\"author_id\" left join \"profile\" as \"p2\" on \"a0\".\"id\" = "
    "\"p2\".\"author_id\" order by \"a0\".\"name\" asc, \"b1\".\"title\" desc");
    was_sent(w, 1,
    "select \"b0\".* from \"book\" as \"b0\" where \"b0\".\"author_id\" in "
    "('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000c', "
    "'00000000-0000-0000-0000-00000000000b') order by \"b0\".\"title\" desc");
}

static void test_order_joined(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, NULL, (&(orm_find_options){ .populate = ORM_PATHS("books"), .strategy = ORM_STRATEGY_JOINED, .order_by = ORM_ORDER({ "name", ORM_ASC }, { "books.title", ORM_DESC }) }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"a0\".*, \"b1\".\"id\" as \"b1__id\", \"b1\".\"title\" as \"b1__title\", \"b1\".\"price\" "
    "as \"b1__price\", \"b1\".\"author_id\" as \"b1__author_id\", \"b1\".\"publisher_id\" as "
    "\"b1__publisher_id\", \"p2\".\"id\" as \"p2__id\" from \"author\" as \"a0\" left join \"book\" as "
    "\"b1\" on \"a0\".\"id\" = \"b1\".\"author_id\" left join \"profile\" as \"p2\" on \"a0\".\"id\" = "
    "\"p2\".\"author_id\" order by \"a0\".\"name\" asc, \"b1\".\"title\" desc");
}

static void test_fields_select_in(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, NULL, (&(orm_find_options){ .fields = ORM_PATHS("name", "books.title"), .populate = ORM_PATHS("books"), .strategy = ORM_STRATEGY_SELECT_IN }), &list));
    assert_int_equal(w->count, 2);
    was_sent(w, 0,
    "select \"a0\".\"id\", \"a0\".\"name\" from \"author\" as \"a0\"");
}

static void test_fields_joined(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, NULL, (&(orm_find_options){ .fields = ORM_PATHS("name", "books.title"), .populate = ORM_PATHS("books"), .strategy = ORM_STRATEGY_JOINED }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"a0\".\"id\", \"a0\".\"name\", \"b1\".\"id\" as \"b1__id\", \"b1\".\"title\" as "
    "\"b1__title\" from \"author\" as \"a0\" left join \"book\" as \"b1\" on \"a0\".\"id\" = "
    "\"b1\".\"author_id\"");
}

static void test_page_where_to_many(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, &orm_like("books.title", "b%"), (&(orm_find_options){ .limit = 1, .order_by = ORM_ORDER({ "name", ORM_ASC }) }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"a0\".*, \"p2\".\"id\" as \"p2__id\" from \"author\" as \"a0\" left join \"profile\" as "
    "\"p2\" on \"a0\".\"id\" = \"p2\".\"author_id\" where \"a0\".\"id\" in (select \"a0\".\"id\" from "
    "(select \"a0\".\"id\" from \"author\" as \"a0\" left join \"book\" as \"b1\" on \"a0\".\"id\" = "
    "\"b1\".\"author_id\" left join \"profile\" as \"p2\" on \"a0\".\"id\" = \"p2\".\"author_id\" where "
    "\"b1\".\"title\" like 'b%' group by \"a0\".\"id\" order by min(\"a0\".\"name\") asc limit 1) as "
    "\"a0\") order by \"a0\".\"name\" asc");
}

static void test_page_order_to_many(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, NULL, (&(orm_find_options){ .populate = ORM_PATHS("books"), .strategy = ORM_STRATEGY_JOINED, .limit = 2, .order_by = ORM_ORDER({ "books.title", ORM_DESC }) }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"a0\".*, \"b1\".\"id\" as \"b1__id\", \"b1\".\"title\" as \"b1__title\", \"b1\".\"price\" "
    "as \"b1__price\", \"b1\".\"author_id\" as \"b1__author_id\", \"b1\".\"publisher_id\" as "
    "\"b1__publisher_id\", \"p2\".\"id\" as \"p2__id\" from \"author\" as \"a0\" left join \"book\" as "
    "\"b1\" on \"a0\".\"id\" = \"b1\".\"author_id\" left join \"profile\" as \"p2\" on \"a0\".\"id\" = "
    "\"p2\".\"author_id\" where \"a0\".\"id\" in (select \"a0\".\"id\" from (select \"a0\".\"id\" from "
    "\"author\" as \"a0\" left join \"book\" as \"b1\" on \"a0\".\"id\" = \"b1\".\"author_id\" left join "
    "\"profile\" as \"p2\" on \"a0\".\"id\" = \"p2\".\"author_id\" group by \"a0\".\"id\" order by "
    "min(\"b1\".\"title\") desc limit 2) as \"a0\") order by \"b1\".\"title\" desc");
}

static void test_self_joined(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_category, &orm_eq("name", "root"), (&(orm_find_options){ .populate = ORM_PATHS("children.children", "parent"), .strategy = ORM_STRATEGY_JOINED }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"c0\".*, \"c1\".\"id\" as \"c1__id\", \"c1\".\"name\" as \"c1__name\", \"c1\".\"parent_id\" "
    "as \"c1__parent_id\", \"c2\".\"id\" as \"c2__id\", \"c2\".\"name\" as \"c2__name\", "
    "\"c2\".\"parent_id\" as \"c2__parent_id\", \"p3\".\"id\" as \"p3__id\", \"p3\".\"name\" as "
    "\"p3__name\", \"p3\".\"parent_id\" as \"p3__parent_id\" from \"category\" as \"c0\" left join "
    "\"category\" as \"c1\" on \"c0\".\"id\" = \"c1\".\"parent_id\" left join \"category\" as \"c2\" on "
    "\"c1\".\"id\" = \"c2\".\"parent_id\" left join \"category\" as \"p3\" on \"c0\".\"parent_id\" = "
    "\"p3\".\"id\" where \"c0\".\"name\" = 'root'");
}

static void test_self_select_in(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_category, &orm_eq("name", "root"), (&(orm_find_options){ .populate = ORM_PATHS("children.children", "parent"), .strategy = ORM_STRATEGY_SELECT_IN }), &list));
    assert_int_equal(w->count, 3);
    was_sent(w, 0,
    "select \"c0\".* from \"category\" as \"c0\" where \"c0\".\"name\" = 'root'");
    was_sent(w, 1,
    "select \"c0\".* from \"category\" as \"c0\" where \"c0\".\"parent_id\" in ('1')");
    was_sent(w, 2,
    "select \"c0\".* from \"category\" as \"c0\" where \"c0\".\"parent_id\" in ('2', '3')");
}

static void test_per_parent(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, NULL, (&(orm_find_options){ .populate = ORM_PATHS("books"), .order_by = ORM_ORDER({ "name", ORM_ASC }), .hints = ORM_HINTS({ "books", .limit = 2, .order_by = ORM_ORDER({ "title", ORM_DESC }) }) }), &list));
    assert_int_equal(w->count, 2);
    was_sent(w, 1,
    "select * from (select \"b0\".*, row_number() over (partition by \"b0\".\"author_id\" order by "
    "\"b0\".\"title\" desc) as \"__rn\" from \"book\" as \"b0\" where \"b0\".\"author_id\" in "
    "('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000c', "
    "'00000000-0000-0000-0000-00000000000b')) as \"b0\" where \"__rn\" > 0 and \"__rn\" <= 2 order by "
    "\"__rn\"");
}

static void test_op_eq(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, &orm_eq("age", 30), (&(orm_find_options){ .fields = ORM_PATHS("id") }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"a0\".\"id\" from \"author\" as \"a0\" where \"a0\".\"age\" = 30");
}

static void test_op_ne(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, &orm_ne("age", 30), (&(orm_find_options){ .fields = ORM_PATHS("id") }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"a0\".\"id\" from \"author\" as \"a0\" where \"a0\".\"age\" != 30");
}

static void test_op_ne_null(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, &orm_is_not_null("age"), (&(orm_find_options){ .fields = ORM_PATHS("id") }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"a0\".\"id\" from \"author\" as \"a0\" where \"a0\".\"age\" is not null");
}

static void test_op_null(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, &orm_is_null("age"), (&(orm_find_options){ .fields = ORM_PATHS("id") }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"a0\".\"id\" from \"author\" as \"a0\" where \"a0\".\"age\" is null");
}

static void test_op_in(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, &orm_all(orm_in("age", orm_list_of(orm_int(20), orm_int(30))), orm_not_in("name", orm_list_of(orm_text("q")))), (&(orm_find_options){ .fields = ORM_PATHS("id") }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"a0\".\"id\" from \"author\" as \"a0\" where \"a0\".\"age\" in (20, 30) and \"a0\".\"name\" "
    "not in ('q')");
}

static void test_op_range(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, &orm_all(orm_gt("age", 10), orm_gte("age", 11), orm_lt("age", 40), orm_lte("age", 39)), (&(orm_find_options){ .fields = ORM_PATHS("id") }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"a0\".\"id\" from \"author\" as \"a0\" where \"a0\".\"age\" > 10 and \"a0\".\"age\" >= 11 "
    "and \"a0\".\"age\" < 40 and \"a0\".\"age\" <= 39");
}

static void test_op_like(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, &orm_all(orm_like("name", "J%"), orm_ilike("email", "J%")), (&(orm_find_options){ .fields = ORM_PATHS("id") }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"a0\".\"id\" from \"author\" as \"a0\" where \"a0\".\"name\" like 'J%' and \"a0\".\"email\" "
    "ilike 'J%'");
}

static void test_op_groups(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, &orm_all(orm_or(orm_eq("name", "a"), orm_and(orm_eq("age", 30), orm_eq("name", "John"))), orm_not(orm_eq("email", "zz"))), (&(orm_find_options){ .fields = ORM_PATHS("id") }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"a0\".\"id\" from \"author\" as \"a0\" where (\"a0\".\"name\" = 'a' or (\"a0\".\"age\" = 30 "
    "and \"a0\".\"name\" = 'John')) and not (\"a0\".\"email\" = 'zz')");
}

static void test_op_in_nothing(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, &orm_in("id", orm_list_value(NULL, 0)), (&(orm_find_options){ .fields = ORM_PATHS("id") }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"a0\".\"id\" from \"author\" as \"a0\" where 1 = 0");
}

static void test_op_not_in_nothing(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, &orm_not_in("id", orm_list_value(NULL, 0)), (&(orm_find_options){ .fields = ORM_PATHS("id") }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"a0\".\"id\" from \"author\" as \"a0\" where 1 = 1");
}

static void test_op_relation(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_book, &orm_eq("author.name", "John"), (&(orm_find_options){ .fields = ORM_PATHS("id") }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"b0\".\"id\" from \"book\" as \"b0\" inner join \"author\" as \"a1\" on "
    "\"b0\".\"author_id\" = \"a1\".\"id\" where \"a1\".\"name\" = 'John'");
}

static void test_op_relation_key(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_book, &orm_related("author", orm_eq("id", JOHN)), (&(orm_find_options){ .fields = ORM_PATHS("id") }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"b0\".\"id\" from \"book\" as \"b0\" where \"b0\".\"author_id\" = "
    "'00000000-0000-0000-0000-00000000000b'");
}

static void test_op_relation_key_path(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_book, &orm_eq("author.id", JOHN), (&(orm_find_options){ .fields = ORM_PATHS("id") }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"b0\".\"id\" from \"book\" as \"b0\" where \"b0\".\"author_id\" = "
    "'00000000-0000-0000-0000-00000000000b'");
}

static void test_op_many_to_many(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_book, &orm_eq("tags.name", "t2"), (&(orm_find_options){ .fields = ORM_PATHS("id") }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"b0\".\"id\" from \"book\" as \"b0\" left join \"book_tags\" as \"b2\" on \"b0\".\"id\" = "
    "\"b2\".\"book_id\" left join \"tag\" as \"b1\" on \"b2\".\"tag_id\" = \"b1\".\"id\" where "
    "\"b1\".\"name\" = 't2'");
}

static void test_op_many_to_many_key(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_book, &orm_in("tags", orm_list_of(orm_text("1"), orm_text("2"))), (&(orm_find_options){ .fields = ORM_PATHS("id") }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"b0\".\"id\" from \"book\" as \"b0\" left join \"book_tags\" as \"b1\" on \"b0\".\"id\" = "
    "\"b1\".\"book_id\" where \"b1\".\"tag_id\" in ('1', '2')");
}

static void test_op_two_branches(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_book, &orm_and(orm_eq("tags.name", "t1"), orm_eq("tags.name", "t2")), (&(orm_find_options){ .fields = ORM_PATHS("id") }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"b0\".\"id\" from \"book\" as \"b0\" left join \"book_tags\" as \"b2\" on \"b0\".\"id\" = "
    "\"b2\".\"book_id\" left join \"tag\" as \"b1\" on \"b2\".\"tag_id\" = \"b1\".\"id\" left join "
    "\"book_tags\" as \"b4\" on \"b0\".\"id\" = \"b4\".\"book_id\" left join \"tag\" as \"b3\" on "
    "\"b4\".\"tag_id\" = \"b3\".\"id\" where \"b1\".\"name\" = 't1' and \"b3\".\"name\" = 't2'");
}

static void test_op_same_row(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, &orm_all(orm_eq("books.title", "b1"), orm_gt("books.price", "10")), (&(orm_find_options){ .fields = ORM_PATHS("id") }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"a0\".\"id\" from \"author\" as \"a0\" left join \"book\" as \"b1\" on \"a0\".\"id\" = "
    "\"b1\".\"author_id\" where \"b1\".\"title\" = 'b1' and \"b1\".\"price\" > '10'");
}

static void test_op_nested_inner(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, &orm_eq("books.author.name", "John"), (&(orm_find_options){ .fields = ORM_PATHS("id") }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"a0\".\"id\" from \"author\" as \"a0\" left join (\"book\" as \"b1\" inner join \"author\" "
    "as \"a2\" on \"b1\".\"author_id\" = \"a2\".\"id\") on \"a0\".\"id\" = \"b1\".\"author_id\" where "
    "\"a2\".\"name\" = 'John'");
}

static void test_op_composite(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_pair, &orm_or(orm_all(orm_eq("left", "1"), orm_eq("right", "2")), orm_all(orm_eq("left", "1"), orm_eq("right", "3"))), (&(orm_find_options){ .fields = ORM_PATHS("value") }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"p0\".\"left_id\", \"p0\".\"right_id\", \"p0\".\"value\" from \"pair\" as \"p0\" where "
    "((\"p0\".\"left_id\" = '1' and \"p0\".\"right_id\" = '2') or (\"p0\".\"left_id\" = '1' and "
    "\"p0\".\"right_id\" = '3'))");
}

static void test_op_composite_in(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_pair, &orm_key(orm_list_of(orm_list_of(orm_text("1"), orm_text("1")), orm_list_of(orm_text("1"), orm_text("2")))), (&(orm_find_options){ .fields = ORM_PATHS("value") }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"p0\".\"left_id\", \"p0\".\"right_id\", \"p0\".\"value\" from \"pair\" as \"p0\" where "
    "(\"p0\".\"left_id\", \"p0\".\"right_id\") in (('1', '1'), ('1', '2'))");
}

static void test_order_nulls(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_find(w->em, m_author, NULL, (&(orm_find_options){ .fields = ORM_PATHS("id"), .order_by = ORM_ORDER({ "age", ORM_DESC_NULLS_LAST }) }), &list));
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select \"a0\".\"id\" from \"author\" as \"a0\" order by \"a0\".\"age\" desc nulls last");
}

static void test_count_plain(void **state)
{
    mikro_world *w = *state;
    uint64_t     count;

    must(w, orm_count(w->em, m_book, &orm_like("title", "b%"), &count));
    assert_int_equal(count, 3);
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select count(*) as \"count\" from \"book\" as \"b0\" where \"b0\".\"title\" like 'b%'");
}

static void test_count_to_many(void **state)
{
    mikro_world *w = *state;
    uint64_t     count;

    must(w, orm_count(w->em, m_author, &orm_like("books.title", "b%"), &count));
    assert_int_equal(count, 1);
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select count(distinct \"a0\".\"id\") as \"count\" from \"author\" as \"a0\" left join \"book\" as "
    "\"b1\" on \"a0\".\"id\" = \"b1\".\"author_id\" where \"b1\".\"title\" like 'b%'");
}

static void test_count_all(void **state)
{
    mikro_world *w = *state;
    uint64_t     count;

    must(w, orm_count(w->em, m_pair, NULL, &count));
    assert_int_equal(count, 2);
    assert_int_equal(w->count, 1);
    was_sent(w, 0,
    "select count(*) as \"count\" from \"pair\" as \"p0\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_populate_where, mikro_fresh),
        cmocka_unit_test_setup(test_populate_where_joined, mikro_fresh),
        cmocka_unit_test_setup(test_order_select_in, mikro_fresh),
        cmocka_unit_test_setup(test_order_joined, mikro_fresh),
        cmocka_unit_test_setup(test_fields_select_in, mikro_fresh),
        cmocka_unit_test_setup(test_fields_joined, mikro_fresh),
        cmocka_unit_test_setup(test_page_where_to_many, mikro_fresh),
        cmocka_unit_test_setup(test_page_order_to_many, mikro_fresh),
        cmocka_unit_test_setup(test_self_joined, mikro_fresh),
        cmocka_unit_test_setup(test_self_select_in, mikro_fresh),
        cmocka_unit_test_setup(test_per_parent, mikro_fresh),
        cmocka_unit_test_setup(test_op_eq, mikro_fresh),
        cmocka_unit_test_setup(test_op_ne, mikro_fresh),
        cmocka_unit_test_setup(test_op_ne_null, mikro_fresh),
        cmocka_unit_test_setup(test_op_null, mikro_fresh),
        cmocka_unit_test_setup(test_op_in, mikro_fresh),
        cmocka_unit_test_setup(test_op_range, mikro_fresh),
        cmocka_unit_test_setup(test_op_like, mikro_fresh),
        cmocka_unit_test_setup(test_op_groups, mikro_fresh),
        cmocka_unit_test_setup(test_op_in_nothing, mikro_fresh),
        cmocka_unit_test_setup(test_op_not_in_nothing, mikro_fresh),
        cmocka_unit_test_setup(test_op_relation, mikro_fresh),
        cmocka_unit_test_setup(test_op_relation_key, mikro_fresh),
        cmocka_unit_test_setup(test_op_relation_key_path, mikro_fresh),
        cmocka_unit_test_setup(test_op_many_to_many, mikro_fresh),
        cmocka_unit_test_setup(test_op_many_to_many_key, mikro_fresh),
        cmocka_unit_test_setup(test_op_two_branches, mikro_fresh),
        cmocka_unit_test_setup(test_op_same_row, mikro_fresh),
        cmocka_unit_test_setup(test_op_nested_inner, mikro_fresh),
        cmocka_unit_test_setup(test_op_composite, mikro_fresh),
        cmocka_unit_test_setup(test_op_composite_in, mikro_fresh),
        cmocka_unit_test_setup(test_order_nulls, mikro_fresh),
        cmocka_unit_test_setup(test_count_plain, mikro_fresh),
        cmocka_unit_test_setup(test_count_to_many, mikro_fresh),
        cmocka_unit_test_setup(test_count_all, mikro_fresh),
    };

    return cmocka_run_group_tests(tests, mikro_open_mikroorm, mikro_close);
}
