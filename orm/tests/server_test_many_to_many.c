/*
 * Many-to-many relations: both collections in memory, and the rows of pivot tables.
 */
#include "relations_fixture.h"

static article *make_article(world *w, const char *title)
{
    return orm_create(w->em, article, .title = title);
}

static label *make_label(world *w, const char *name)
{
    return orm_create(w->em, label, .name = name);
}

static void add(world *w, orm_collection *to, void *item)
{
    check(w->em, orm_collection_add(w->em, to, item));
}

static void take(world *w, orm_collection *from, void *item)
{
    check(w->em, orm_collection_remove(w->em, from, item));
}

static void sends(const world *w, size_t index, const char *mikroorm, const char *native)
{
    assert_sent(w, index, is_mikroorm(w) ? mikroorm : native);
}

/* Rows as "article:label". */
static void assert_rows(world *w, const char *expected)
{
    assert_sql(w, "select coalesce(string_agg(article_id || ':' || label_id, ' ' order by article_id, label_id), '')"
                  " from article_label", expected);
}

static void test_both_sides(void **state)
{
    world   *w = *state;
    article *a = make_article(w, "a");
    article *b = make_article(w, "b");
    label   *x = make_label(w, "x");
    label   *y = make_label(w, "y");

    add(w, a->labels, x);
    add(w, a->labels, y);
    add(w, a->labels, x);
    add(w, y->articles, b);
    assert_int_equal(orm_collection_count(a->labels), 2);
    assert_int_equal(orm_collection_count(y->articles), 2);
    assert_true(orm_collection_contains(x->articles, a));
    assert_true(orm_collection_contains(b->labels, y));
    assert_ptr_equal(orm_collection_at(a->labels, 1), y);
    flush_sends(w, 5);
    sends(w, 3,
          "insert into \"article_label\" (\"label_id\", \"article_id\") values ('1', '1'), ('2', '1'), ('2', '2')",
          "insert into \"article_label\" (\"label_id\", \"article_id\") values ($1, $2), ($3, $4), ($5, $6)");
    assert_rows(w, "1:1 1:2 2:2");
    flush_sends(w, 0);

    /* One delete and one insert, and the other side has nothing to add. */
    take(w, a->labels, y);
    assert_false(orm_collection_contains(y->articles, a));
    add(w, x->articles, b);
    flush_sends(w, 4);
    sends(w, 1, "delete from \"article_label\" where \"label_id\" = '2' and \"article_id\" = '1'",
          "delete from \"article_label\" where \"label_id\" = $1 and \"article_id\" = $2");
    sends(w, 2, "insert into \"article_label\" (\"label_id\", \"article_id\") values ('1', '2')",
          "insert into \"article_label\" (\"label_id\", \"article_id\") values ($1, $2)");
    assert_rows(w, "1:1 2:1 2:2");

    /* What is added and taken out again is nothing. */
    add(w, a->labels, y);
    take(w, y->articles, a);
    take(w, b->labels, y);
    add(w, b->labels, y);
    flush_sends(w, 0);

    check(w->em, orm_collection_remove_all(w->em, b->labels));
    assert_int_equal(orm_collection_count(y->articles), 0);
    flush_sends(w, 3);
    sends(w, 1,
          "delete from \"article_label\" where ((\"label_id\" = '1' and \"article_id\" = '2') or"
          " (\"label_id\" = '2' and \"article_id\" = '2'))",
          "delete from \"article_label\" where ((\"label_id\" = $1 and \"article_id\" = $2) or"
          " (\"label_id\" = $3 and \"article_id\" = $4))");
    assert_rows(w, "1:1");
}

static void test_set(void **state)
{
    world   *w = *state;
    article *a = make_article(w, "a");
    label   *l[4];
    void    *some[3];

    for (size_t i = 0; i < 4; i++) {
        l[i] = make_label(w, "l");
        if (i < 2)
            add(w, a->labels, l[i]);
    }
    check(w->em, orm_flush(w->em));
    some[0] = l[3];
    some[1] = l[1];
    some[2] = l[3];
    check(w->em, orm_collection_set(w->em, a->labels, some, 3));
    assert_int_equal(orm_collection_count(a->labels), 2);
    assert_int_equal(orm_collection_count(l[0]->articles), 0);
    flush_sends(w, 4);
    assert_rows(w, "1:2 1:4");
    check(w->em, orm_collection_set(w->em, a->labels, NULL, 0));
    assert_int_equal(orm_collection_count(a->labels), 0);
    flush_sends(w, 3);
    assert_rows(w, "");
}

static void insert_rows(world *w)
{
    sql(w, "insert into article (title) values ('a'), ('b'); insert into label (name) values ('x'), ('y'), ('z');"
           "insert into article_label (article_id, label_id) values (1, 1), (1, 2), (2, 2)");
}

/* Nothing is read for it: what may be there already does not conflict. */
static void test_not_loaded(void **state)
{
    world   *w = *state;
    article *a;
    label   *x;
    label   *z;
    void    *items[1];

    insert_rows(w);
    a = orm_reference(w->em, article, 1);
    x = orm_reference(w->em, label, 1);
    z = orm_reference(w->em, label, 3);
    assert_false(orm_collection_is_initialized(a->labels));
    add(w, a->labels, x);
    add(w, z->articles, a);
    assert_int_equal(orm_collection_count(a->labels), 2);
    flush_sends(w, 3);
    sends(w, 1,
          "insert into \"article_label\" (\"label_id\", \"article_id\") values ('1', '1'), ('3', '1') on conflict"
          " (\"article_id\", \"label_id\") do nothing",
          "insert into \"article_label\" (\"label_id\", \"article_id\") values ($1, $2), ($3, $4) on conflict"
          " (\"article_id\", \"label_id\") do nothing");
    assert_rows(w, "1:1 1:2 1:3 2:2");

    take(w, a->labels, orm_reference(w->em, label, 2));
    flush_sends(w, 3);
    assert_rows(w, "1:1 1:3 2:2");

    /* Emptied, and filled anew. */
    items[0] = orm_reference(w->em, label, 2);
    check(w->em, orm_collection_set(w->em, a->labels, items, 1));
    assert_true(orm_collection_is_initialized(a->labels));
    assert_int_equal(orm_collection_count(a->labels), 1);
    assert_int_equal(orm_collection_count(z->articles), 0);
    flush_sends(w, 4);
    sends(w, 1, "delete from \"article_label\" where \"article_id\" = '1'",
          "delete from \"article_label\" where \"article_id\" = $1");
    sends(w, 2, "insert into \"article_label\" (\"label_id\", \"article_id\") values ('2', '1')",
          "insert into \"article_label\" (\"label_id\", \"article_id\") values ($1, $2)");
    assert_rows(w, "1:2 2:2");

    /* The same from the other side. */
    check(w->em, orm_collection_remove_all(w->em, ((label *)items[0])->articles));
    assert_int_equal(orm_collection_count(a->labels), 0);
    flush_sends(w, 3);
    sends(w, 1, "delete from \"article_label\" where \"label_id\" = '2'",
          "delete from \"article_label\" where \"label_id\" = $1");
    assert_rows(w, "");
}

static void test_self(void **state)
{
    world   *w = *state;
    article *a = make_article(w, "a");
    article *b = make_article(w, "b");

    add(w, a->related, b);
    add(w, a->related, a);
    flush_sends(w, 4);
    sends(w, 2, "insert into \"article_related\" (\"article_2_id\", \"article_1_id\") values ('2', '1'), ('1', '1')",
          "insert into \"article_related\" (\"article_2_id\", \"article_1_id\") values ($1, $2), ($3, $4)");
    assert_int_equal(orm_collection_count(b->related), 0);
    take(w, a->related, a);
    flush_sends(w, 3);
    assert_sql(w, "select article_1_id || ':' || article_2_id from article_related", "1:2");
}

static void assert_steps(world *w, const char *expected)
{
    assert_sql(w, "select coalesce(string_agg(name, '' order by p.id), '') from article_steps p join step s on s.id = step_id",
               expected);
}

static void test_fixed_order(void **state)
{
    world   *w = *state;
    article *a = make_article(w, "a");
    step_   *s[4];
    void    *items[4];

    for (size_t i = 0; i < 4; i++) {
        const char name[2] = { (char)('p' + i), '\0' };

        s[i] = orm_create(w->em, step_, .name = name);
    }
    add(w, a->steps, s[2]);
    add(w, a->steps, s[0]);
    check(w->em, orm_flush(w->em));
    assert_steps(w, "rp");

    /* At the end: one row more. Out of the middle: one less. */
    add(w, a->steps, s[1]);
    flush_sends(w, 3);
    assert_steps(w, "rpq");
    take(w, a->steps, s[0]);
    flush_sends(w, 3);
    assert_steps(w, "rq");

    /* Another order: all rows anew. */
    items[0] = s[3];
    items[1] = s[1];
    items[2] = s[2];
    check(w->em, orm_collection_set(w->em, a->steps, items, 3));
    flush_sends(w, 4);
    assert_steps(w, "sqr");
    check(w->em, orm_collection_set(w->em, a->steps, items, 3));
    flush_sends(w, 0);
    take(w, a->steps, s[3]);
    add(w, a->steps, s[3]);
    assert_ptr_equal(orm_collection_at(a->steps, 2), s[3]);
    flush_sends(w, 4);
    assert_steps(w, "qrs");

    /* Not loaded: a row more, once. */
    check(w->em, orm_clear(w->em));
    a = orm_reference(w->em, article, 1);
    add(w, a->steps, orm_reference(w->em, step_, 1));
    add(w, a->steps, orm_reference(w->em, step_, 2));
    check(w->em, orm_flush(w->em));
    assert_steps(w, "qrsp");
}

/* a: r, p, q; b: q, r. The rows of the pivot table go to and fro between the two. */
static void insert_steps(world *w)
{
    sql(w, "insert into article (title) values ('a'), ('b'); insert into step (name) values ('p'), ('q'), ('r');"
           "insert into article_steps (article_id, step_id) values (1, 3), (2, 2), (1, 1), (2, 3), (1, 2)");
}

static void assert_order(const orm_collection *steps, const char *expected)
{
    char   names[8] = "";
    size_t count = orm_collection_count(steps);

    assert_true(count < sizeof names);
    for (size_t i = 0; i < count; i++)
        names[i] = ORM_ITEM(steps, step_, i)->name[0];
    assert_string_equal(names, expected);
}

/* What find loads of the steps of a and b. */
static void loads_in_order(world *w, const orm_find_options *options, const char *of_a, const char *of_b)
{
    orm_find_options o = *options;
    orm_list         articles;

    o.populate = ORM_PATHS("steps");
    check(w->em, orm_clear(w->em));
    check(w->em, orm_find(w->em, article, NULL, &o, &articles));
    assert_int_equal(articles.count, 2);
    for (size_t i = 0; i < 2; i++)
        assert_order(ORM_AT(articles, article, i)->steps, ORM_AT(articles, article, i)->id == 1 ? of_a : of_b);
}

static void test_fixed_order_is_loaded(void **state)
{
    static const orm_strategy strategies[] = { ORM_STRATEGY_SELECT_IN, ORM_STRATEGY_JOINED, ORM_STRATEGY_BALANCED };
    world                    *w = *state;

    insert_steps(w);
    for (size_t i = 0; i < 3; i++) {
        loads_in_order(w, &(orm_find_options){ .strategy = strategies[i] }, "rpq", "qr");
        loads_in_order(w,
                       &(orm_find_options){ .strategy = strategies[i],
                                            .order_by = ORM_ORDER({ "title", ORM_DESC }),
                                            .limit = 2 },
                       "rpq", "qr");
        loads_in_order(w,
                       &(orm_find_options){ .strategy = strategies[i],
                                            .populate_order_by = ORM_ORDER({ "steps.name", ORM_DESC }) },
                       "rqp", "rq");
        loads_in_order(w,
                       &(orm_find_options){ .strategy = strategies[i],
                                            .hints = ORM_HINTS({ .path = "steps",
                                                                 .order_by = ORM_ORDER({ "name", ORM_ASC }) }) },
                       "pqr", "qr");
    }
    loads_in_order(w, &(orm_find_options){ .strategy = ORM_STRATEGY_JOINED, .order_by = ORM_ORDER({ "id", ORM_ASC }) },
                   "rpq", "qr");
    sql_log_clear(&w->log);
    loads_in_order(w, &(orm_find_options){ .strategy = ORM_STRATEGY_JOINED, .order_by = ORM_ORDER({ "id", ORM_ASC }) },
                   "rpq", "qr");
    assert_int_equal(w->log.count, 1);
    assert_non_null(strstr(w->log.lines[0], " order by \"a0\".\"id\" asc, \"a2\".\"id\" asc"));
}

/* References alone come in that order, too, and by a hint in another. */
static void test_fixed_order_of_references(void **state)
{
    world   *w = *state;
    article *a;

    insert_steps(w);
    a = orm_find_one(w->em, article, &orm_key("1"),
                     (&(orm_find_options){ .populate = ORM_PATHS("steps:ref"), .strategy = ORM_STRATEGY_JOINED }));
    assert_non_null(a);
    assert_int_equal(ORM_ITEM(a->steps, step_, 0)->id, 3);
    assert_int_equal(ORM_ITEM(a->steps, step_, 1)->id, 1);
    check(w->em, orm_clear(w->em));
    a = orm_find_one(w->em, article, &orm_key("1"),
                     (&(orm_find_options){ .populate = ORM_PATHS("steps:ref"),
                                           .strategy = ORM_STRATEGY_JOINED,
                                           .hints = ORM_HINTS({ .path = "steps",
                                                                .order_by = ORM_ORDER({ "name", ORM_DESC }) }) }));
    check(w->em, orm_em_error(w->em)->status);
    assert_non_null(a);
    assert_int_equal(ORM_ITEM(a->steps, step_, 1)->id, 2);
    assert_false(orm_is_initialized(w->em, ORM_ITEM(a->steps, step_, 1)));
}

static orm_status see_steps(orm_em *rows, void *entity, void *context)
{
    const article *a = entity;

    (void)rows;
    assert_order(a->steps, a->id == 1 ? "rpq" : "qr");
    ++*(size_t *)context;
    return ORM_OK;
}

/* The rows of one article stay together in a stream. */
static void test_fixed_order_in_streams(void **state)
{
    world *w = *state;
    size_t seen = 0;

    insert_steps(w);
    check(w->em, orm_stream(w->em, article, NULL, (&(orm_find_options){ .populate = ORM_PATHS("steps") }), see_steps, &seen));
    assert_int_equal(seen, 2);
}

static void test_pivot_entity(void **state)
{
    world    *w = *state;
    article  *a = make_article(w, "a");
    reviewer *r = orm_create(w->em, reviewer, .name = "r");
    review   *row;
    orm_list  list;

    add(w, r->articles, a);
    flush_sends(w, 5);
    row = orm_find_one(w->em, review, &orm_key(orm_list_of(orm_int(a->id), orm_int(r->id))), NULL);
    check(w->em, orm_em_error(w->em)->status);
    assert_non_null(row);
    assert_int_equal(row->stars.value, 3);

    /* Entities in a list are parts of a key, unless they are rows that have it. */
    check(w->em, orm_find(w->em, review, &orm_key(orm_list_of(orm_entity_value(a), orm_entity_value(r))), NULL, &list));
    assert_int_equal(list.count, 1);
    assert_ptr_equal(ORM_AT(list, review, 0), row);
    check(w->em, orm_find(w->em, review, &orm_key(orm_list_of(orm_entity_value(row), orm_entity_value(row))), NULL, &list));
    assert_int_equal(list.count, 1);
    row->stars = (orm_opt_int32)ORM_SOME(5);
    check(w->em, orm_flush(w->em));
    take(w, a->reviewers, r);
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from review", "0");
}

/* What is removed is no longer seen, and comes back with its rows. */
static void test_removed(void **state)
{
    world   *w = *state;
    article *a = make_article(w, "a");
    label   *x = make_label(w, "x");
    label   *y = make_label(w, "y");

    add(w, a->labels, x);
    add(w, a->labels, y);
    check(w->em, orm_flush(w->em));
    check(w->em, orm_remove(w->em, x));
    assert_int_equal(orm_collection_count(a->labels), 1);
    assert_ptr_equal(orm_collection_at(a->labels, 0), y);
    assert_false(orm_collection_contains(a->labels, x));
    assert_int_equal(orm_collection_add(w->em, a->labels, x), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Article", "labels");
    check(w->em, orm_persist(w->em, x));
    assert_int_equal(orm_collection_count(a->labels), 2);
    flush_sends(w, 0);

    check(w->em, orm_remove(w->em, x));
    flush_sends(w, 3);
    assert_rows(w, "1:2");
    assert_int_equal(orm_collection_count(a->labels), 1);
    x = make_label(w, "new");
    add(w, a->labels, x);
    check(w->em, orm_remove(w->em, x));
    assert_int_equal(orm_collection_count(a->labels), 1);
    flush_sends(w, 0);
}

static void test_rollback(void **state)
{
    world   *w = *state;
    article *a = make_article(w, "a");
    label   *x = make_label(w, "x");
    label   *y = make_label(w, "y");
    article *far;

    add(w, a->labels, x);
    check(w->em, orm_begin(w->em, NULL));
    check(w->em, orm_flush(w->em));
    take(w, a->labels, x);
    add(w, a->labels, y);
    check(w->em, orm_flush(w->em));
    assert_rows(w, "1:2");
    check(w->em, orm_rollback(w->em));
    assert_rows(w, "");
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select string_agg(name, ' ') from article_label join label on id = label_id", "y");

    assert_int_equal(a->id, 2);
    sql(w, "truncate article_label; insert into article (id, title) values (9, 'far');"
           "insert into label (id, name) values (9, 'z'); insert into article_label values (9, 9)");
    far = orm_reference(w->em, article, 9);
    check(w->em, orm_begin(w->em, NULL));
    check(w->em, orm_collection_remove_all(w->em, far->labels));
    check(w->em, orm_flush(w->em));
    assert_rows(w, "");
    check(w->em, orm_rollback(w->em));
    assert_rows(w, "9:9");
    check(w->em, orm_flush(w->em));
    assert_rows(w, "");
    flush_sends(w, 0);
}

static void test_many(void **state)
{
    world   *w = *state;
    article *a = make_article(w, "a");
    label   *l[1000];

    for (size_t i = 0; i < 1000; i++) {
        l[i] = make_label(w, "l");
        add(w, a->labels, l[i]);
    }
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from article_label", "1000");
    for (size_t i = 0; i < 1000; i += 2)
        take(w, a->labels, l[i]);
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(orm_collection_contains(a->labels, l[i]), i % 2);
        if (i % 2 == 1)
            assert_ptr_equal(orm_collection_at(a->labels, i / 2), l[i]);
    }
    for (size_t i = 1; i < 1000; i += 4)
        check(w->em, orm_remove(w->em, l[i]));
    assert_int_equal(orm_collection_count(a->labels), 250);
    assert_ptr_equal(orm_collection_at(a->labels, 249), l[999]);
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from article_label", "250");
}

/* Keys made of new rows of the server, and a reference to such a key. */
static void test_composite_key(void **state)
{
    world  *w = *state;
    ticket *t = orm_create(w->em, ticket, .id = 0);
    seat   *s = orm_create(w->em, seat, .row = "r");

    t->seat = s;
    s->article = make_article(w, "a");
    s->label = make_label(w, "l");
    flush_sends(w, 6);
    assert_sql(w, "select row || seat_article_id || seat_label_id from ticket, seat", "r11");
    s->row = "q";
    flush_sends(w, 3);
    check(w->em, orm_clear(w->em));
    t = orm_find_one(w->em, ticket, &orm_key(1), NULL);
    assert_false(orm_is_initialized(w->em, t->seat));
    assert_int_equal(t->seat->article->id, 1);
    check(w->em, orm_remove(w->em, t->seat));
    check(w->em, orm_remove(w->em, t));
    flush_sends(w, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_both_sides, reset_relations),
        cmocka_unit_test_setup(test_set, reset_relations),
        cmocka_unit_test_setup(test_not_loaded, reset_relations),
        cmocka_unit_test_setup(test_self, reset_relations),
        cmocka_unit_test_setup(test_fixed_order, reset_relations),
        cmocka_unit_test_setup(test_fixed_order_is_loaded, reset_relations),
        cmocka_unit_test_setup(test_fixed_order_of_references, reset_relations),
        cmocka_unit_test_setup(test_fixed_order_in_streams, reset_relations),
        cmocka_unit_test_setup(test_pivot_entity, reset_relations),
        cmocka_unit_test_setup(test_removed, reset_relations),
        cmocka_unit_test_setup(test_rollback, reset_relations),
        cmocka_unit_test_setup(test_many, reset_relations),
        cmocka_unit_test_setup(test_composite_key, reset_relations),
    };

    return RUN_RELATIONS(tests);
}
