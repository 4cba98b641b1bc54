/* Rows 1 to 10 and 28 to 36: what flushes and statements without the unit of work send. */
#include "statements_fixture.h"

#define INSERT_AUTHOR "insert into \"author\" (\"name\", \"email\", \"active\") values "

static void flush(mikro_world *w)
{
    must(w, orm_flush(w->em));
}

/* ---- One entity ---- */

static void create_one(void **state)
{
    mikro_world *w = *state;

    assert_non_null(orm_create(w->em, m_author, .name = "N", .email = "n@x", .active = ORM_SOME(false)));
    flush(w);
    SENT(w, "begin", INSERT_AUTHOR "('N', 'n@x', false) returning \"id\", \"created_at\"", "commit");
}

static void find_by_unique(void **state)
{
    mikro_world *w = *state;

    assert_non_null(orm_find_one(w->em, m_author, &orm_eq("email", "a@x"), NULL));
    SENT(w, AUTHORS " where \"a0\".\"email\" = 'a@x' limit 1");
}

static void find_managed(void **state)
{
    mikro_world *w = *state;
    m_author    *a = author_named(w, "John", NULL);

    assert_ptr_equal(orm_find_one(w->em, m_author, &orm_key(JOHN), NULL), a);
    assert_ptr_equal(orm_find_one(w->em, m_author, &orm_eq("id", JOHN), NULL), a);
    SENT_NOTHING(w);
}

static void update_twice(void **state)
{
    mikro_world *w = *state;
    m_author    *a = author_named(w, "John", NULL);

    a->name = "J2";
    a->age = (orm_opt_int32)ORM_SOME(5);
    flush(w);
    SENT(w, "begin", "update \"author\" set \"name\" = 'J2', \"age\" = 5 where \"id\" = '" JOHN "'", "commit");
    flush(w);
    SENT_NOTHING(w);
    a->name = "J2";
    flush(w);
    SENT_NOTHING(w);
}

static void remove_one(void **state)
{
    mikro_world *w = *state;

    must(w, orm_remove(w->em, author_named(w, "A", NULL)));
    flush(w);
    SENT(w, "begin", "delete from \"author\" where \"id\" in ('" NOBODY "')", "commit");
}

static void update_by_reference(void **state)
{
    mikro_world *w = *state;
    m_publisher *p = orm_reference(w->em, m_publisher, "1");

    p->name = "P!";
    flush(w);
    SENT(w, "begin", "update \"publisher\" set \"name\" = 'P!' where \"id\" = '1'", "commit");
}

/* Rows of insertMany are matched with their keys: one statement as MikroORM's, with numbers. */
static void write_directly(void **state)
{
    mikro_world *w = *state;
    orm_value    keys[2];
    int64_t      count;

    must(w, orm_insert(w->em, m_tag, &ORM_ROW({ "name", orm_text("n1") }), &keys[0]));
    SENT(w, "insert into \"tag\" (\"name\") values ('n1') returning \"id\"");
    must(w, orm_insert_many(w->em, m_tag,
                            ((orm_row[]){ ORM_ROW({ "name", orm_text("n2") }), ORM_ROW({ "name", orm_text("n3") }) }),
                            2, keys));
    SENT(w, NUMBERED("tag"));
    must(w, orm_native_update(w->em, m_tag, &orm_eq("name", "n1"), &ORM_ROW({ "name", orm_text("n1x") }), &count));
    SENT(w, "update \"tag\" set \"name\" = 'n1x' where \"name\" = 'n1'");
    must(w, orm_native_delete(w->em, m_tag, &orm_like("name", "n%"), &count));
    assert_int_equal(count, 3);
    SENT(w, "delete from \"tag\" where \"name\" like 'n%'");
}

static void violate_unique(void **state)
{
    mikro_world *w = *state;

    orm_create(w->em, m_author, .name = "B", .email = "a@x", .active = ORM_SOME(false));
    assert_int_equal(orm_flush(w->em), ORM_ERR_UNIQUE_CONSTRAINT);
    assert_string_equal(orm_em_error(w->em)->detail, "Key (email)=(a@x) already exists.");
    SENT(w, "begin", INSERT_AUTHOR "('B', 'a@x', false) returning \"id\", \"created_at\"", "rollback");
}

/* ---- A graph ---- */

static void add(mikro_world *w, orm_collection *to, void *item)
{
    must(w, orm_collection_add(w->em, to, item));
}

static void take(mikro_world *w, orm_collection *from, void *item)
{
    must(w, orm_collection_remove(w->em, from, item));
}

/*
 * Seven statements, as MikroORM's. Rows are matched with what comes back; types that do not refer to each other come in
 * another order.
 */
static void insert_graph(void **state)
{
    mikro_world *w = *state;
    m_tag       *t[3];
    m_book      *b[4];
    m_publisher *pub;
    m_author    *john;
    m_author    *ann;

    for (size_t i = 0; i < 3; i++) {
        const char name[] = { 't', (char)('1' + i), '\0' };

        t[i] = orm_create(w->em, m_tag, .name = name);
    }
    pub = orm_create(w->em, m_publisher, .name = "Pub", .kind = "global");
    john = orm_create(w->em, m_author, .name = "Jo", .email = "jo@x", .age = ORM_SOME(30), .active = ORM_SOME(false));
    orm_create(w->em, m_profile, .bio = "bio", .author = john);
    b[0] = orm_create(w->em, m_book, .title = "b1", .price = "10.50", .author = john, .publisher = pub);
    b[1] = orm_create(w->em, m_book, .title = "b2", .price = "10.50", .author = john, .publisher = pub);
    b[2] = orm_create(w->em, m_book, .title = "b3", .price = "10.50", .author = john, .publisher = pub);
    ann = orm_create(w->em, m_author, .name = "An", .email = "an@x", .age = ORM_SOME(20), .active = ORM_SOME(false),
                     .fav = john);
    b[3] = orm_create(w->em, m_book, .title = "c1", .author = ann);
    add(w, b[0]->tags, t[0]);
    add(w, b[0]->tags, t[1]);
    add(w, b[1]->tags, t[1]);
    add(w, b[3]->tags, t[2]);
    flush(w);
    SENT(w, "begin",
         "insert into \"author\" (\"name\", \"email\", \"age\", \"active\") values ('Jo', 'jo@x', 30, false), "
         "('An', 'an@x', 20, false) returning \"id\", \"created_at\", \"email\"",
         "insert into \"profile\" (\"bio\", \"author_id\") values ('bio', '~') returning \"id\"",
         "insert into \"publisher\" (\"name\", \"kind\") values ('Pub', 'global') returning \"id\"", NUMBERED("book"),
         NUMBERED("tag"), "update \"author\" set \"fav_id\" = '~' where \"id\" = '~'",
         "insert into \"book_tags\" (\"tag_id\", \"book_id\") values ('4', '5'), ('5', '5'), ('5', '6'), ('6', '~')",
         "commit");
}

static void add_and_orphan(void **state)
{
    mikro_world *w = *state;
    m_author    *john = author_named(w, "John", ORM_PATHS("books"));
    m_book      *b = orm_create(w->em, m_book, .title = "b4", .author = john);

    assert_true(orm_collection_contains(john->books, b));
    flush(w);
    SENT(w, "begin", "insert into \"book\" (\"title\", \"author_id\") values ('b4', '" JOHN "') returning \"id\"",
         "commit");
    take(w, john->books, b);
    flush(w);
    SENT(w, "begin", "delete from \"book\" where \"id\" in ('5')", "commit");
}

/* ---- Many-to-many ---- */

/* MikroORM inserts the pair once more, `on conflict .. do nothing`, for the side that is not loaded. */
static void add_and_remove(void **state)
{
    mikro_world *w = *state;
    m_book      *b = book_titled(w, "b1", ORM_PATHS("tags"));
    m_tag       *t = tag_named(w, "t3");

    take(w, b->tags, orm_collection_at(b->tags, 0));
    add(w, b->tags, t);
    flush(w);
    SENT(w, "begin", "delete from \"book_tags\" where \"tag_id\" = '1' and \"book_id\" = '1'",
         "insert into \"book_tags\" (\"tag_id\", \"book_id\") values ('3', '1')", "commit");
}

static void add_not_loaded(void **state)
{
    mikro_world *w = *state;
    m_book      *b = book_titled(w, "b1", NULL);
    m_book      *c = book_titled(w, "c1", NULL);
    m_tag       *t = tag_named(w, "t3");

    add(w, b->tags, t);
    flush(w);
    SENT(w, "begin",
         "insert into \"book_tags\" (\"tag_id\", \"book_id\") values ('3', '1') on conflict (\"book_id\", \"tag_id\") "
         "do nothing",
         "commit");
    add(w, tag_named(w, "t2")->books, c);
    flush(w);
    SENT(w, "begin",
         "insert into \"book_tags\" (\"tag_id\", \"book_id\") values ('2', '3') on conflict (\"book_id\", \"tag_id\") "
         "do nothing",
         "commit");
}

static void remove_all(void **state)
{
    mikro_world *w = *state;
    m_book      *b = book_titled(w, "c1", NULL);

    must(w, orm_collection_remove_all(w->em, b->tags));
    flush(w);
    SENT(w, "begin", "delete from \"book_tags\" where \"book_id\" = '3'", "commit");
    b = book_titled(w, "b1", ORM_PATHS("tags"));
    must(w, orm_collection_remove_all(w->em, b->tags));
    flush(w);
    SENT(w, "begin",
         "delete from \"book_tags\" where ((\"tag_id\" = '1' and \"book_id\" = '1') or (\"tag_id\" = '2' and "
         "\"book_id\" = '1'))",
         "commit");
}

/* ---- Orphans and cascades ---- */

static void set_orphans(void **state)
{
    mikro_world *w = *state;
    m_author    *ann = author_named(w, "Ann", ORM_PATHS("books"));
    void        *items[] = { orm_create(w->em, m_book, .title = "new", .author = ann) };

    must(w, orm_collection_set(w->em, ann->books, items, 1));
    flush(w);
    SENT(w, "begin", "insert into \"book\" (\"title\", \"author_id\") values ('new', '" ANN "') returning \"id\"",
         "delete from \"book\" where \"id\" in ('3')", "commit");
}

static void give_to_another(void **state)
{
    mikro_world *w = *state;
    m_author    *john = author_named(w, "John", ORM_PATHS("books"));
    m_author    *ann = author_named(w, "Ann", ORM_PATHS("books"));

    add(w, ann->books, orm_collection_at(john->books, 0));
    flush(w);
    SENT(w, "begin", "update \"book\" set \"author_id\" = '" ANN "' where \"id\" = '1'", "commit");
    assert_int_equal(orm_collection_count(john->books), 2);
}

static void remove_with_orphans(void **state)
{
    mikro_world *w = *state;

    must(w, orm_execute(w->em, "update author set fav_id = null", NULL, 0, NULL));
    must(w, orm_remove(w->em, author_named(w, "Ann", ORM_PATHS("books"))));
    flush(w);
    SENT(w, "begin", "delete from \"book\" where \"id\" in ('3')", "delete from \"author\" where \"id\" in ('" ANN "')",
         "commit");
}

static void remove_and_release(void **state)
{
    mikro_world *w = *state;
    m_par       *par;

    must(w, orm_execute(w->em,
                        "insert into par (name) values ('p'); insert into kid (name, par_id) values ('a', 1), ('b', 1);"
                        "insert into kid2 (name, par_id) values ('c', 1)",
                        NULL, 0, NULL));
    par = orm_find_one(w->em, m_par, &orm_key("1"), (&(orm_find_options){ .populate = ORM_PATHS("kids", "kids2") }));
    must(w, orm_remove(w->em, par));
    mikro_log_clear(w);
    flush(w);
    SENT(w, "begin", "update \"kid2\" set \"par_id\" = null where \"id\" = '1'",
         "delete from \"kid\" where \"id\" in ('1', '2')", "delete from \"par\" where \"id\" in ('1')", "commit");
}

/* ---- References within a type, and cycles ---- */

static void insert_tree(void **state)
{
    mikro_world *w = *state;
    m_category  *root = orm_create(w->em, m_category, .name = "root");
    m_category  *c1 = orm_create(w->em, m_category, .name = "c1", .parent = root);
    m_category  *c2 = orm_create(w->em, m_category, .name = "c2", .parent = root);
    m_category  *g = orm_create(w->em, m_category, .name = "g", .parent = c1);

    add(w, g->related, c2);
    add(w, g->related, root);
    flush(w);
    SENT(w, "begin", NUMBERED("category"), "update \"category\" set \"parent_id\" = '5' where \"id\" = '6'",
         "update \"category\" set \"parent_id\" = '5' where \"id\" = '7'",
         "update \"category\" set \"parent_id\" = '6' where \"id\" = '8'",
         "insert into \"category_related\" (\"category_2_id\", \"category_1_id\") values ('7', '8'), ('5', '8')",
         "commit");
}

static void insert_and_delete_cycle(void **state)
{
    mikro_world *w = *state;
    m_node_b    *b = orm_create(w->em, m_node_b, .name = "b");
    m_node_a    *a = orm_create(w->em, m_node_a, .name = "a", .b = b);

    b->a = a;
    flush(w);
    SENT(w, "begin", "insert into \"node_b\" (\"name\") values ('b') returning \"id\"",
         "insert into \"node_a\" (\"name\", \"b_id\") values ('a', '1') returning \"id\"",
         "update \"node_b\" set \"a_id\" = '1' where \"id\" = '1'", "commit");
    must(w, orm_clear(w->em));
    a = orm_find_one(w->em, m_node_a, &orm_eq("name", "a"), (&(orm_find_options){ .populate = ORM_PATHS("b") }));
    SENT(w, "select \"n0\".*, \"b1\".\"id\" as \"b1__id\", \"b1\".\"name\" as \"b1__name\", \"b1\".\"a_id\" as "
            "\"b1__a_id\" from "
            "\"node_a\" as \"n0\" inner join \"node_b\" as \"b1\" on \"n0\".\"b_id\" = \"b1\".\"id\" where "
            "\"n0\".\"name\" = 'a' limit 1");
    must(w, orm_remove(w->em, a));
    must(w, orm_remove(w->em, a->b));
    flush(w);
    SENT(w, "begin", "delete from \"node_a\" where \"id\" in ('1')", "delete from \"node_b\" where \"id\" in ('1')",
         "commit");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW("1", create_one),
        ROW("2", find_by_unique),
        ROW("3", find_managed),
        ROW("4", update_twice),
        ROW("5", remove_one),
        ROW("6", update_by_reference),
        ROW("7", write_directly),
        ROW("8", violate_unique),
        ROW("9", insert_graph),
        ROW("10", add_and_orphan),
        ROW("28", add_and_remove),
        ROW("29", add_not_loaded),
        ROW("30", remove_all),
        ROW("31", set_orphans),
        ROW("32", give_to_another),
        ROW("33", remove_with_orphans),
        ROW("34", remove_and_release),
        ROW("35", insert_tree),
        ROW("36", insert_and_delete_cycle),
    };

    return cmocka_run_group_tests_name("statements", tests, statements_open, mikro_close);
}
