/*
 * Filters: which rows they leave out, whatever way those are reached, and what is sent for it. The statements follow
 * mikro-orm tests/features/filters/filters.postgres.test.ts and GH6784.test.ts, and the notes on 6.5 and 6.6.
 */
#include "filters_fixture.h"

/* ---- The entity itself ---- */

static void test_root(void **state)
{
    world   *w = *state;
    orm_list list;

    must(w, orm_find(w->em, team, NULL, WITH(.limit = 0), &list));
    assert_int_equal(list.count, 2);
    assert_string_equal(ORM_AT(list, team, 0)->name, "Good");
    assert_string_equal(ORM_AT(list, team, 1)->name, "Other");
    was_sent(w, 0, "select \"t0\".* from \"team\" as \"t0\" where \"t0\".\"deleted_at\" is null order by \"t0\".\"id\" asc");
    must(w, orm_find(w->em, team, &orm_or(orm_eq("name", "Gone"), orm_eq("name", "Good")), NULL, &list));
    assert_int_equal(list.count, 1);
    was_sent(w, 1,
             "select \"t0\".* from \"team\" as \"t0\" where \"t0\".\"deleted_at\" is null and (\"t0\".\"name\" = 'Gone' or "
             "\"t0\".\"name\" = 'Good')");
    must(w, orm_find(w->em, team, NULL, WITH(.filters = OFF("softDelete")), &list));
    assert_int_equal(list.count, 3);
    must(w, orm_find(w->em, team, NULL, WITH(.no_filters = true), &list));
    assert_int_equal(list.count, 3);
    was_sent(w, 3, "select \"t0\".* from \"team\" as \"t0\" order by \"t0\".\"id\" asc");
}

static void test_find_one(void **state)
{
    world *w = *state;
    team  *gone = orm_find_one(w->em, team, &orm_key(2), WITH(.no_filters = true));

    assert_non_null(gone);
    /* Not even from memory. */
    assert_null(orm_find_one(w->em, team, &orm_key(2), NULL));
    assert_int_equal(orm_em_error(w->em)->status, ORM_OK);
    was_sent(w, 1, "select \"t0\".* from \"team\" as \"t0\" where \"t0\".\"deleted_at\" is null and \"t0\".\"id\" = 2 limit 1");
    assert_ptr_equal(orm_find_one(w->em, team, &orm_key(2), WITH(.no_filters = true)), gone);
    assert_int_equal(w->count, 2);
}

static void test_through_relation(void **state)
{
    world   *w = *state;
    orm_list list;

    must(w, orm_find(w->em, player, &orm_ne("name", "Zoe"),
                     WITH(.no_filters = true, .filters = ORM_USE_FILTERS({ .name = "goodTeam" })), &list));
    found(&list, "Ann Bob Dan");
    was_sent(w, 0,
             "select \"p0\".*, \"m1\".\"id\" as \"m1__id\" from \"player\" as \"p0\" left join (\"player\" as \"m1\" inner join "
             "\"team\" as \"t3\" on \"m1\".\"team_id\" = \"t3\".\"id\") on \"p0\".\"mentor_id\" = \"m1\".\"id\" and "
             "\"t3\".\"name\" like 'G%' inner join \"team\" as \"t2\" on \"p0\".\"team_id\" = \"t2\".\"id\" where "
             "\"t2\".\"name\" like 'G%' and \"p0\".\"name\" != 'Zoe' order by \"p0\".\"id\" asc");
    /* Below a join: what it needs is inside of the join's parentheses. */
    must(w, orm_find(w->em, team, NULL,
                     WITH(.no_filters = true, .filters = ORM_USE_FILTERS({ .name = "goodTeam" }), JOINED,
                          .populate = ORM_PATHS("players")),
                     &list));
    assert_int_equal(list.count, 3);
    assert_int_equal(orm_collection_count(ORM_AT(list, team, 0)->players), 2);
    assert_int_equal(orm_collection_count(ORM_AT(list, team, 2)->players), 0);
}

/* ---- References ---- */

static void test_to_one(void **state)
{
    world   *w = *state;
    orm_list list;

    must(w, orm_find(w->em, player, NULL, WITH(.limit = 0), &list));
    /* Bob's team is gone, and so is he; Ann's former team is NULL, Cy's mentor, too. */
    found(&list, "Ann Cy");
    assert_null(ORM_AT(list, player, 0)->old_team);
    assert_non_null(ORM_AT(list, player, 1)->old_team);
    assert_null(ORM_AT(list, player, 1)->mentor);
    assert_false(orm_is_initialized(w->em, ORM_AT(list, player, 0)->team));
    was_sent(w, 0,
             "select \"p0\".*, \"t1\".\"id\" as \"t1__id\", \"o2\".\"id\" as \"o2__id\", \"m3\".\"id\" as \"m3__id\" from "
             "\"player\" as \"p0\" inner join \"team\" as \"t1\" on \"p0\".\"team_id\" = \"t1\".\"id\" and \"t1\".\"deleted_at\" "
             "is null left join \"team\" as \"o2\" on \"p0\".\"old_team_id\" = \"o2\".\"id\" and \"o2\".\"deleted_at\" is null "
             "left join \"player\" as \"m3\" on \"p0\".\"mentor_id\" = \"m3\".\"id\" and \"m3\".\"deleted_at\" is null where "
             "\"p0\".\"deleted_at\" is null order by \"p0\".\"id\" asc");
    /* What is hidden is no change. */
    forget_lines(w);
    must(w, orm_flush(w->em));
    assert_int_equal(w->count, 0);
    must(w, orm_find(w->em, player, NULL, WITH(.no_filters = true, .refresh = true), &list));
    found(&list, "Ann Bob Cy Dan");
    assert_non_null(ORM_AT(list, player, 0)->old_team);
    was_sent(w, 0, "select \"p0\".* from \"player\" as \"p0\" order by \"p0\".\"id\" asc");
}

static void test_to_one_populated(void **state)
{
    world   *w = *state;
    orm_list list;

    must(w, orm_find(w->em, player, NULL, WITH(JOINED, .populate = ORM_PATHS("team", "old_team")), &list));
    found(&list, "Ann Cy");
    assert_string_equal(ORM_AT(list, player, 0)->team->name, "Good");
    assert_null(ORM_AT(list, player, 0)->old_team);
    assert_string_equal(ORM_AT(list, player, 1)->old_team->name, "Good");
    assert_int_equal(w->count, 1);
    must(w, orm_clear(w->em));
    forget_lines(w);
    must(w, orm_find(w->em, player, NULL, WITH(SELECT_IN, .populate = ORM_PATHS("team", "old_team")), &list));
    found(&list, "Ann Cy");
    assert_string_equal(ORM_AT(list, player, 1)->team->name, "Other");
    assert_null(ORM_AT(list, player, 0)->old_team);
    assert_string_equal(ORM_AT(list, player, 1)->old_team->name, "Good");
    was_sent(w, 1, "select \"t0\".* from \"team\" as \"t0\" where \"t0\".\"deleted_at\" is null and \"t0\".\"id\" in (1, 3)");
    assert_int_equal(w->count, 2);
}

/* Populated later, of entities that were found without filters: what is left out is hidden then. */
static void test_populate_later(void **state)
{
    world   *w = *state;
    orm_list list;

    must(w, orm_find(w->em, player, NULL, WITH(.no_filters = true), &list));
    must(w, orm_populate(w->em, list.items, list.count, ORM_PATHS("old_team", "mentor"), NULL));
    assert_null(ORM_AT(list, player, 0)->old_team);
    assert_non_null(ORM_AT(list, player, 1)->team);
    assert_string_equal(ORM_AT(list, player, 2)->old_team->name, "Good");
    forget_lines(w);
    must(w, orm_flush(w->em));
    assert_int_equal(w->count, 0);
    must(w, orm_clear(w->em));
    must(w, orm_find(w->em, player, NULL, WITH(.no_filters = true), &list));
    must(w, orm_populate(w->em, list.items, list.count, ORM_PATHS("old_team"), WITH(.no_filters = true)));
    assert_string_equal(ORM_AT(list, player, 0)->old_team->name, "Gone");
}

static void test_partial(void **state)
{
    world   *w = *state;
    orm_list list;

    must(w, orm_find(w->em, player, NULL, WITH(.fields = ORM_PATHS("name")), &list));
    found(&list, "Ann Bob Cy");
    was_sent(w, 0,
             "select \"p0\".\"id\", \"p0\".\"name\" from \"player\" as \"p0\" where \"p0\".\"deleted_at\" is null order by "
             "\"p0\".\"id\" asc");
}

/* ---- Collections ---- */

static void test_one_to_many(void **state)
{
    static const orm_strategy strategies[] = { ORM_STRATEGY_SELECT_IN, ORM_STRATEGY_JOINED, ORM_STRATEGY_BALANCED };
    world                    *w = *state;

    for (size_t i = 0; i < 3; i++) {
        orm_list list;

        must(w, orm_clear(w->em));
        forget_lines(w);
        must(w, orm_find(w->em, team, NULL, WITH(.strategy = strategies[i], .populate = ORM_PATHS("players")), &list));
        assert_int_equal(list.count, 2);
        assert_int_equal(orm_collection_count(ORM_AT(list, team, 0)->players), 1); /* without Dan */
        assert_int_equal(orm_collection_count(ORM_AT(list, team, 1)->players), 1);
        assert_null(ORM_ITEM(ORM_AT(list, team, 0)->players, player, 0)->old_team);
    }
    was_sent(w, 1,
             "select \"p0\".*, \"t1\".\"id\" as \"t1__id\", \"o2\".\"id\" as \"o2__id\", \"m3\".\"id\" as \"m3__id\" from "
             "\"player\" as \"p0\" inner join \"team\" as \"t1\" on \"p0\".\"team_id\" = \"t1\".\"id\" and \"t1\".\"deleted_at\" "
             "is null left join \"team\" as \"o2\" on \"p0\".\"old_team_id\" = \"o2\".\"id\" and \"o2\".\"deleted_at\" is null "
             "left join \"player\" as \"m3\" on \"p0\".\"mentor_id\" = \"m3\".\"id\" and \"m3\".\"deleted_at\" is null where "
             "\"p0\".\"deleted_at\" is null and \"p0\".\"team_id\" in (1, 3)");
}

static void test_many_to_many(void **state)
{
    static const orm_strategy strategies[] = { ORM_STRATEGY_JOINED, ORM_STRATEGY_SELECT_IN };
    world                    *w = *state;
    orm_list                  list;

    for (size_t i = 0; i < 2; i++) {
        must(w, orm_clear(w->em));
        forget_lines(w);
        must(w, orm_find(w->em, player, NULL, WITH(.strategy = strategies[i], .populate = ORM_PATHS("badges")), &list));
        found(&list, "Ann Cy");
        assert_int_equal(orm_collection_count(ORM_AT(list, player, 0)->badges), 1);
        assert_string_equal(ORM_ITEM(ORM_AT(list, player, 0)->badges, badge, 0)->label, "gold");
        assert_int_equal(orm_collection_count(ORM_AT(list, player, 1)->badges), 1);
    }
    was_sent(w, 1,
             "select \"p0\".\"badge_id\", \"p0\".\"player_id\", \"b1\".\"id\" as \"b1__id\", \"b1\".\"label\" as \"b1__label\", "
             "\"b1\".\"hidden\" as \"b1__hidden\" from \"player_badges\" as \"p0\" inner join \"badge\" as \"b1\" on "
             "\"p0\".\"badge_id\" = \"b1\".\"id\" where \"p0\".\"player_id\" in (1, 3) and \"b1\".\"hidden\" = false");
    /* References alone, and from the other side. */
    for (size_t i = 0; i < 2; i++) {
        must(w, orm_clear(w->em));
        must(w, orm_find(w->em, player, NULL, WITH(.strategy = strategies[i], .populate = ORM_PATHS("badges:ref")), &list));
        assert_int_equal(orm_collection_count(ORM_AT(list, player, 0)->badges), 1);
        assert_int_equal(ORM_ITEM(ORM_AT(list, player, 0)->badges, badge, 0)->id, 1);
        assert_int_equal(ORM_ITEM(ORM_AT(list, player, 1)->badges, badge, 0)->id, 1);
        must(w, orm_clear(w->em));
        must(w, orm_find(w->em, badge, NULL, WITH(.strategy = strategies[i], .populate = ORM_PATHS("players.team")), &list));
        assert_int_equal(list.count, 1);
        assert_int_equal(orm_collection_count(ORM_AT(list, badge, 0)->players), 2);
        must(w, orm_find(w->em, badge, NULL,
                         WITH(.strategy = strategies[i], .populate = ORM_PATHS("players.team"), .no_filters = true), &list));
        assert_int_equal(list.count, 2);
    }
}

/* A filtered collection is one of which not all is known: what is hidden stays, and may be added although it is there. */
static void test_many_to_many_written(void **state)
{
    static const orm_strategy strategies[] = { ORM_STRATEGY_SELECT_IN, ORM_STRATEGY_JOINED };
    world                    *w = *state;

    for (size_t i = 0; i < 2; i++) {
        player   *ann = orm_find_one(w->em, player, &orm_key(1),
                                     WITH(.populate = ORM_PATHS("badges"), .strategy = strategies[i]));
        badge    *secret = orm_reference(w->em, badge, 2);
        orm_rows *left;

        must(w, orm_begin(w->em, NULL));
        must(w, orm_collection_add(w->em, ann->badges, secret));
        must(w, orm_collection_remove(w->em, ann->badges, ORM_ITEM(ann->badges, badge, 0)));
        must(w, orm_flush(w->em));
        must(w, orm_execute(w->em, "select badge_id from player_badges where player_id = 1", NULL, 0, &left));
        assert_int_equal(orm_rows_count(left), 1);
        assert_string_equal(orm_rows_text(left, 0, 0), "2");
        must(w, orm_rollback(w->em));
        must(w, orm_clear(w->em));
    }
}

/* Of a collection that is asked by itself: loaded, counted, searched. */
static void test_collection(void **state)
{
    world   *w = *state;
    player  *ann = orm_find_one(w->em, player, &orm_key(1), NULL);
    team    *good = orm_find_one(w->em, team, &orm_key(1), NULL);
    badge   *gold = orm_find_one(w->em, badge, &orm_key(1), NULL);
    orm_list list;
    uint64_t count;

    must(w, orm_collection_load_count(w->em, ann->badges, NULL, &count));
    assert_int_equal(count, 1);
    must(w, orm_collection_load_count(w->em, good->players, &orm_ne("name", "x"), &count));
    assert_int_equal(count, 1);
    must(w, orm_collection_load_count(w->em, gold->players, NULL, &count));
    assert_int_equal(count, 2);
    must(w, orm_collection_matching(w->em, good->players, NULL, NULL, &list));
    found(&list, "Ann");
    must(w, orm_collection_matching(w->em, ann->badges, NULL, NULL, &list));
    assert_int_equal(list.count, 1);
    must(w, orm_collection_matching(w->em, ann->badges, NULL, WITH(.no_filters = true), &list));
    assert_int_equal(list.count, 2);
    must(w, orm_collection_load(w->em, ann->badges, NULL));
    assert_int_equal(orm_collection_count(ann->badges), 1);
    must(w, orm_collection_load(w->em, ann->badges, (&(orm_find_options){ .no_filters = true, .refresh = true })));
    assert_int_equal(orm_collection_count(ann->badges), 2);
    must(w, orm_collection_load(w->em, good->players, (&(orm_find_options){ .filters = OFF("softDelete") })));
    assert_int_equal(orm_collection_count(good->players), 2);
}

/* ---- Counts and pages ---- */

static void test_count(void **state)
{
    world   *w = *state;
    uint64_t count;
    orm_list list;

    must(w, orm_count(w->em, player, NULL, &count));
    assert_int_equal(count, 2);
    must(w, orm_count_with(w->em, player, NULL, WITH(.no_filters = true), &count));
    assert_int_equal(count, 4);
    must(w, orm_count_with(w->em, player, NULL, WITH(.filters = OFF("softDelete"), .limit = 1), &count));
    assert_int_equal(count, 4);
    must(w, orm_count_with(w->em, player, NULL, NULL, &count));
    assert_int_equal(count, 2);
    must(w, orm_find_and_count(w->em, player, NULL, WITH(.limit = 1, .offset = 1), &list, &count));
    found(&list, "Cy");
    assert_int_equal(count, 2);
}

static void test_pages(void **state)
{
    world   *w = *state;
    orm_list list;
    uint64_t count;
    orm_page page;

    /* Bob, whose team is gone, takes no place of the page, also where the page is an inner SELECT. */
    must(w, orm_find_and_count(w->em, player, NULL, WITH(JOINED, .populate = ORM_PATHS("badges"), .limit = 1, .offset = 1), &list,
                               &count));
    found(&list, "Cy");
    assert_int_equal(count, 2);
    must(w, orm_find_by_cursor(w->em, player, NULL,
                               (&(orm_cursor_options){ .find = WITH(.limit = 0), .first = 1 }), &page));
    found(&page.items, "Ann");
    assert_int_equal(page.total, 2);
    assert_true(page.has_next);
    must(w, orm_find_by_cursor(w->em, player, NULL,
                               (&(orm_cursor_options){ .find = WITH(.limit = 0), .first = 1, .after = page.end_cursor }), &page));
    found(&page.items, "Cy");
    assert_false(page.has_next);
}

static orm_status note_name(orm_em *em, void *entity, void *context)
{
    char *names = context;

    (void)em;
    strncat(names, ((const player *)entity)->name, 64 - strlen(names) - 1);
    return ORM_OK;
}

static void test_stream(void **state)
{
    world *w = *state;
    char   names[64] = "";

    must(w, orm_stream(w->em, player, NULL, WITH(.populate = ORM_PATHS("badges")), note_name, names));
    assert_string_equal(names, "AnnCy");
}

/* Rows of a nullable, filtered reference come by a left join, which a lock cannot include. */
static void test_lock(void **state)
{
    world   *w = *state;
    orm_list list;

    must(w, orm_begin(w->em, NULL));
    must(w, orm_find(w->em, player, NULL, WITH(.lock = ORM_LOCK_PESSIMISTIC_WRITE), &list));
    found(&list, "Ann Cy");
    assert_non_null(strstr(w->lines[w->count - 1], " for update of \"p0\", \"t1\""));
    must(w, orm_find(w->em, player, NULL, WITH(.lock = ORM_LOCK_PESSIMISTIC_WRITE, .lock_aliases = ORM_PATHS("p0")), &list));
    found(&list, "Ann Cy");
    must(w, orm_rollback(w->em));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_root, fresh),
        cmocka_unit_test_setup(test_find_one, fresh),
        cmocka_unit_test_setup(test_through_relation, fresh),
        cmocka_unit_test_setup(test_to_one, fresh),
        cmocka_unit_test_setup(test_to_one_populated, fresh),
        cmocka_unit_test_setup(test_populate_later, fresh),
        cmocka_unit_test_setup(test_partial, fresh),
        cmocka_unit_test_setup(test_one_to_many, fresh),
        cmocka_unit_test_setup(test_many_to_many, fresh),
        cmocka_unit_test_setup(test_many_to_many_written, fresh),
        cmocka_unit_test_setup(test_collection, fresh),
        cmocka_unit_test_setup(test_count, fresh),
        cmocka_unit_test_setup(test_pages, fresh),
        cmocka_unit_test_setup(test_stream, fresh),
        cmocka_unit_test_setup(test_lock, fresh),
    };
    int                     failed = cmocka_run_group_tests_name("mikroorm", tests, open_mikroorm, close_world);

    return failed + cmocka_run_group_tests_name("native", tests, open_native, close_world);
}
