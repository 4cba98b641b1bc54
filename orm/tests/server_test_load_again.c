/*
 * Entities that are loaded already, and finds that want more of them than was read the first time: what lies behind them is
 * loaded whatever the strategy, and nothing twice.
 */
#include "library_fixture.h"

static const orm_strategy strategies[] = { ORM_STRATEGY_SELECT_IN, ORM_STRATEGY_JOINED, ORM_STRATEGY_BALANCED };

/* Writer 1 is the boss of writer 2, who wrote novel 1, which stands on a shelf of writer 1 and has two topics. */
static int make_one(void **state)
{
    world *w = *state;

    check(w->em, orm_clear(w->em));
    sql(w,
        "truncate writer, vita, shelf, topic, novel, novel_topic restart identity cascade;"
        "insert into writer (name, boss_id) values ('boss', null), ('ann', 1);"
        "insert into vita values (1, 'long'); insert into shelf values (1, 1, 'left', 1);"
        "insert into topic (name, parent_id) values ('sea', null), ('ship', 1);"
        "insert into novel (name, pages, writer_id, editor_id, shelf_hall, shelf_number) values ('n', 3, 2, 1, 1, 1);"
        "insert into novel_topic (novel_id, topic_id) values (1, 1), (1, 2)");
    sql_log_clear(&w->log);
    return 0;
}

static writer *find_ann(world *w, orm_strategy strategy, const char *const *paths)
{
    orm_list list;

    check(w->em, orm_find(w->em, writer, &orm_eq("name", "ann"),
                          &(orm_find_options){ .populate = paths, .strategy = strategy }, &list));
    assert_int_equal(list.count, 1);
    return ORM_AT(list, writer, 0);
}

static void load_again(world *w, orm_strategy strategy, writer *ann, const char *path)
{
    sql_log_clear(&w->log);
    check(w->em,
          orm_populate(w->em, (void *const[]){ ann }, 1, ORM_PATHS(path), &(orm_find_options){ .strategy = strategy }));
    assert_int_equal(w->log.count, 0);
}

/* What is joined to rows that need not be read again is read by itself. */
static void test_behind_what_is_loaded(void **state)
{
    world *w = *state;

    for (size_t i = 0; i < 3; i++) {
        writer *ann;
        novel  *n;

        check(w->em, orm_clear(w->em));
        find_ann(w, ORM_STRATEGY_SELECT_IN, ORM_PATHS("novels", "boss"));
        ann = find_ann(w, strategies[i], ORM_PATHS("novels.shelf.keeper.vita", "novels.topics", "boss.shelves"));
        n = ORM_ITEM(ann->novels, novel, 0);
        assert_string_equal(n->shelf->name, "left");
        assert_ptr_equal(n->shelf->keeper, ann->boss);
        assert_string_equal(ann->boss->vita->text, "long");
        assert_int_equal(orm_collection_count(n->topics), 2);
        assert_true(orm_collection_is_initialized(ann->boss->shelves));
        assert_ptr_equal(ORM_ITEM(ann->boss->shelves, shelf, 0), n->shelf);
        load_again(w, strategies[i], ann, "novels.shelf.keeper.vita");
        load_again(w, strategies[i], ann, "boss.shelves");
    }
}

/* By its key alone an entity that is loaded has no row read, so nothing is joined to it. */
static void test_by_key(void **state)
{
    world *w = *state;

    for (size_t i = 0; i < 3; i++) {
        writer *ann;

        check(w->em, orm_clear(w->em));
        find_ann(w, ORM_STRATEGY_SELECT_IN, ORM_PATHS("novels"));
        ann = orm_find_one(
            w->em, writer, &orm_key(2),
            &(orm_find_options){ .populate = ORM_PATHS("novels.shelf", "boss.vita"), .strategy = strategies[i] });
        assert_string_equal(ORM_ITEM(ann->novels, novel, 0)->shelf->name, "left");
        assert_string_equal(ann->boss->vita->text, "long");
    }
}

/* Items that came as references only, or in part, are read when they are wanted whole. */
static void test_more_of_items(void **state)
{
    world *w = *state;

    for (size_t i = 0; i < 3; i++) {
        writer *ann;
        novel  *n;

        check(w->em, orm_clear(w->em));
        ann = find_ann(w, strategies[i], ORM_PATHS("novels.topics:ref"));
        n = ORM_ITEM(ann->novels, novel, 0);
        assert_false(orm_is_initialized(w->em, ORM_ITEM(n->topics, topic, 0)));
        find_ann(w, strategies[i], ORM_PATHS("novels.topics.parent"));
        assert_int_equal(orm_collection_count(n->topics), 2);
        for (size_t k = 0; k < 2; k++)
            assert_non_null(ORM_ITEM(n->topics, topic, k)->name);
        load_again(w, strategies[i], ann, "novels.topics.parent");

        check(w->em, orm_clear(w->em));
        ann =
            orm_find_one(w->em, writer, &orm_eq("name", "ann"),
                         &(orm_find_options){ .fields = ORM_PATHS("name", "novels.name"), .strategy = strategies[i] });
        n = ORM_ITEM(ann->novels, novel, 0);
        assert_false(n->pages.has);
        n->name = "mine";
        find_ann(w, strategies[i], ORM_PATHS("novels"));
        assert_int_equal(n->pages.value, 3);
        assert_string_equal(n->name, "mine");
        n->name = "n";
        sql_log_clear(&w->log);
        check(w->em, orm_flush(w->em));
        assert_int_equal(w->log.count, 0);
    }
}

/* Whichever path comes first, a relation that is wanted whole is. */
static void test_ref_and_all(void **state)
{
    const char *const *paths[] = { ORM_PATHS("boss:ref", "*"), ORM_PATHS("*", "boss:ref"),
                                   ORM_PATHS("boss:ref", "boss") };
    world             *w = *state;

    for (size_t i = 0; i < 3; i++) {
        check(w->em, orm_clear(w->em));
        assert_string_equal(find_ann(w, ORM_STRATEGY_DEFAULT, paths[i])->boss->name, "boss");
    }
}

/* Nobody has to be on the other side of a one-to-one; what limits a reference does not limit who has it. */
static void test_nobody_is_lost(void **state)
{
    world *w = *state;

    for (size_t i = 0; i < 3; i++) {
        orm_list list;

        check(w->em, orm_clear(w->em));
        check(w->em, orm_find_all(w->em, writer,
                                  &(orm_find_options){ .populate = ORM_PATHS("vita"),
                                                       .strategy = strategies[i],
                                                       .order_by = ORM_ORDER({ "id", ORM_ASC }) },
                                  &list));
        assert_int_equal(list.count, 2);
        assert_string_equal(ORM_AT(list, writer, 0)->vita->text, "long");
        assert_null(ORM_AT(list, writer, 1)->vita);

        check(w->em, orm_clear(w->em));
        check(w->em, orm_find_all(w->em, novel,
                                  &(orm_find_options){ .populate = ORM_PATHS("writer"),
                                                       .strategy = strategies[i],
                                                       .populate_where = &orm_eq("writer.name", "eve") },
                                  &list));
        assert_int_equal(list.count, 1);
        assert_false(orm_is_initialized(w->em, ORM_AT(list, novel, 0)->writer));
        assert_int_equal(ORM_AT(list, novel, 0)->writer->id, 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_behind_what_is_loaded, make_one),
        cmocka_unit_test_setup(test_by_key, make_one),
        cmocka_unit_test_setup(test_more_of_items, make_one),
        cmocka_unit_test_setup(test_ref_and_all, make_one),
        cmocka_unit_test_setup(test_nobody_is_lost, make_one),
    };

    return RUN_LIBRARY(tests);
}
