/* How filters are switched and given parameters, strict ones, those of native statements, and what is refused. */
#include "filters_fixture.h"

static void test_parameters(void **state)
{
    world   *w = *state;
    orm_list list;

    must(w, orm_set_filter_params(w->em, "tenant", ORM_PARAMS({ "id", orm_int(2) })));
    must(w, orm_find(w->em, team, NULL, NULL, &list));
    assert_int_equal(list.count, 2); /* parameters switch nothing on */
    must(w, orm_set_filter(w->em, "tenant", ORM_ON));
    must(w, orm_find(w->em, team, NULL, NULL, &list));
    assert_int_equal(list.count, 1);
    assert_string_equal(ORM_AT(list, team, 0)->name, "Other");
    was_sent(w, 1,
             "select \"t0\".* from \"team\" as \"t0\" where \"t0\".\"deleted_at\" is null and \"t0\".\"tenant\" = 2");
    must(w, orm_find(w->em, team, NULL,
                     WITH(.filters = ORM_USE_FILTERS({ .name = "tenant", ORM_USE_PARAMS({ "id", orm_int(1) }) })), &list));
    assert_int_equal(list.count, 1);
    assert_string_equal(ORM_AT(list, team, 0)->name, "Good");
    /* It outlives clear, and other finds keep the entity manager's parameters. */
    must(w, orm_clear(w->em));
    must(w, orm_find(w->em, team, NULL, NULL, &list));
    assert_string_equal(ORM_AT(list, team, 0)->name, "Other");
    must(w, orm_set_filter_params(w->em, "tenant", ORM_PARAMS({ "id", orm_text("1") })));
    must(w, orm_find(w->em, team, NULL, NULL, &list));
    assert_string_equal(ORM_AT(list, team, 0)->name, "Good");
    must(w, orm_set_filter(w->em, "tenant", ORM_DEFAULT));
    must(w, orm_set_filter(w->em, "softDelete", ORM_OFF));
    must(w, orm_find(w->em, team, NULL, NULL, &list));
    assert_int_equal(list.count, 3);
    /* no_filters, but for those that are named. */
    must(w, orm_set_filter(w->em, "softDelete", ORM_ON));
    must(w, orm_find(w->em, team, NULL, WITH(.no_filters = true, .filters = ORM_USE_FILTERS({ .name = "tenant" })), &list));
    assert_int_equal(list.count, 2);
}

static void test_function(void **state)
{
    world   *w = *state;
    orm_list list;

    must(w, orm_find(w->em, player, NULL,
                     WITH(.no_filters = true,
                          .filters = ORM_USE_FILTERS({ .name = "named", ORM_USE_PARAMS({ "name", orm_text("Bob") }) })),
                     &list));
    found(&list, "Bob");
    was_sent(w, 0,
             "select \"p0\".*, \"m1\".\"id\" as \"m1__id\" from \"player\" as \"p0\" left join \"player\" as \"m1\" on "
             "\"p0\".\"mentor_id\" = \"m1\".\"id\" and (\"m1\".\"name\" = 'Bob' or \"m1\".\"name\" = 'Zoe') where "
             "(\"p0\".\"name\" = 'Bob' or \"p0\".\"name\" = 'Zoe') order by "
             "\"p0\".\"id\" asc");
    must(w, orm_find(w->em, player, NULL, WITH(.no_filters = true, .filters = ORM_USE_FILTERS({ .name = "named" })), &list));
    found(&list, "Ann Bob Cy Dan");
    forget_lines(w);
    was_refused(w, ORM_ERR_VALIDATION,
                orm_find(w->em, player, NULL,
                         WITH(.filters = ORM_USE_FILTERS({ .name = "named", ORM_USE_PARAMS({ "name", orm_int(1) }) })), &list),
                785, "the filter \"named\" of Player failed");
}

/* Two to-many conditions, the filter's and the user's, speak of rows of their own. */
static orm_status make_has_gold(void *context, const orm_filter_call *call, orm_condition *out)
{
    (void)context;
    (void)call;
    *out = orm_eq("badges.label", "gold");
    return ORM_OK;
}

/* ---- Strict filters, and what orm_open() refuses ---- */

static orm *open_with(const world *w, const orm_filter *filters, size_t count, orm_error *error)
{
    orm       *db = NULL;
    orm_config config = { .entities = ORM_ENTITIES(team, player, badge),
                          .url = getenv("ORM_TEST_URL"),
                          .preset = orm_settings_of(w->db).preset,
                          .lazy = true,
                          .filters = filters,
                          .filter_count = count,
                          .log = take_line,
                          .log_context = (void *)w };

    return orm_open(&config, &db, error) == ORM_OK ? db : NULL;
}

static void test_strict(void **state)
{
    world           *w = *state;
    const orm_filter strict = { .name = "tenant",
                                .where = &of_tenant,
                                .default_on = true,
                                .strict = true,
                                .entities = ORM_FILTER_ENTITIES("Team") };
    orm_error        error;
    orm             *db = open_with(w, &strict, 1, &error);
    world            mine = { .db = db, .em = orm_fork(db, &error) };
    orm_list         list;

    must(&mine, orm_set_filter_params(mine.em, "tenant", ORM_PARAMS({ "id", orm_int(2) })));
    must(&mine, orm_find(mine.em, player, NULL, WITH(.limit = 0), &list));
    found(&list, ""); /* Cy was in a team of tenant 1 before */
    was_sent(w, 0,
             "select \"p0\".*, \"t1\".\"id\" as \"t1__id\", \"o2\".\"id\" as \"o2__id\" from \"player\" as \"p0\" inner join "
             "\"team\" as \"t1\" on \"p0\".\"team_id\" = \"t1\".\"id\" and \"t1\".\"tenant\" = 2 left join \"team\" as \"o2\" on "
             "\"p0\".\"old_team_id\" = \"o2\".\"id\" and \"o2\".\"tenant\" = 2 where (\"p0\".\"old_team_id\" is null or "
             "\"o2\".\"id\" is not null) order by \"p0\".\"id\" asc");
    must(&mine, orm_set_filter_params(mine.em, "tenant", ORM_PARAMS({ "id", orm_int(1) })));
    must(&mine, orm_find(mine.em, player, NULL, WITH(.limit = 0), &list));
    found(&list, "Ann Bob Dan");
    /* Below a collection only its items are dropped. */
    must(&mine, orm_clear(mine.em));
    must(&mine, orm_find(mine.em, badge, NULL, WITH(JOINED, .populate = ORM_PATHS("players")), &list));
    assert_int_equal(list.count, 1);
    assert_int_equal(orm_collection_count(ORM_AT(list, badge, 0)->players), 1);
    orm_close(db);
}

static void test_own_rows(void **state)
{
    world           *w = *state;
    const orm_filter gold = { .name = "hasGold",
                              .make = make_has_gold,
                              .default_on = true,
                              .entities = ORM_FILTER_ENTITIES("Player") };
    orm_error        error;
    orm             *db = open_with(w, &gold, 1, &error);
    world            mine = { .db = db, .em = orm_fork(db, &error) };
    orm_list         list;

    must(&mine, orm_find(mine.em, player, &orm_eq("badges.label", "secret"), WITH(.limit = 0), &list));
    found(&list, "Ann");
    orm_close(db);
}

static void refused_open(const world *w, const orm_filter *filters, size_t count, int number, const char *part)
{
    orm_error error;

    assert_null(open_with(w, filters, count, &error));
    if (error.number != number || strstr(error.message, part) == NULL)
        fail_msg("expected %d with \"%s\", got %d: %s", number, part, error.number, error.message);
}

static void refused_entity(const world *w, const orm_filter *filters, size_t count, int number, const char *part)
{
    orm_entity bad = orm_entity_badge;
    orm       *db;
    orm_error  error;
    orm_config config = { .entities = (const orm_entity *const[]){ &orm_entity_team, &orm_entity_player, &bad, NULL },
                          .url = getenv("ORM_TEST_URL"),
                          .preset = orm_settings_of(w->db).preset,
                          .lazy = true };

    bad.filters = filters;
    bad.filter_count = count;
    assert_int_equal(orm_open(&config, &db, &error), ORM_ERR_METADATA);
    assert_string_equal(error.entity, "Badge");
    if (error.number != number || strstr(error.message, part) == NULL)
        fail_msg("expected %d with \"%s\", got %d: %s", number, part, error.number, error.message);
}

static void test_refused_at_open(void **state)
{
    const world     *w = *state;
    const orm_filter twice[] = { { .name = "a", .where = &shown, .property = "hidden" }, { .name = "a", .where = &shown } };

    refused_open(w, (const orm_filter[]){ { .where = &shown } }, 1, 770, "has no name");
    refused_open(w, (const orm_filter[]){ { .name = "a" } }, 1, 771, "needs a condition");
    refused_open(w, (const orm_filter[]){ { .name = "a", .where = &shown, .make = make_named } }, 1, 771, "not both");
    refused_open(w, (const orm_filter[]){ { .name = "a", .where = &shown, .property = "x", .entities = ORM_FILTER_ENTITIES("Team") } },
                 1, 773, "leave one out");
    refused_open(w, (const orm_filter[]){ { .name = "a", .where = &shown, .entities = ORM_FILTER_ENTITIES("Taem") } }, 1, 774,
                 "\"Taem\"");
    refused_open(w, (const orm_filter[]){ { .name = "a", .where = &shown, .property = "hiden" } }, 1, 775, "\"hiden\"");
    refused_open(w, twice, 2, 776, "there twice");
    refused_open(w, NULL, 2, 777, "there is no list");
    refused_entity(w, (const orm_filter[]){ { .name = "", .where = &shown } }, 1, 770, "has no name");
    refused_entity(w, (const orm_filter[]){ { .name = "a", .where = &shown, .property = "hidden" } }, 1, 772, "orm_config");
    refused_entity(w, (const orm_filter[]){ { .name = "a", .where = &shown }, { .name = "a", .where = &shown } }, 2, 786,
                   "there twice");
    refused_entity(w, NULL, 1, 778, "there is no list");
}

/* ---- What a find refuses, before anything is sent ---- */

static void test_refused(void **state)
{
    world   *w = *state;
    orm_list list;
    uint64_t count;

    was_refused(w, ORM_ERR_VALIDATION, orm_find(w->em, team, NULL, WITH(.filters = ORM_USE_FILTERS({ .name = "tennant" })), &list),
                780, "did you mean \"tenant\"?");
    was_refused(w, ORM_ERR_VALIDATION, orm_set_filter(w->em, "softdelete", ORM_ON), 780, "did you mean \"softDelete\"?");
    was_refused(w, ORM_ERR_VALIDATION, orm_set_filter_params(w->em, "x", NULL, 0), 780, "there is no filter \"x\"");
    was_refused(w, ORM_ERR_ARGUMENT, orm_set_filter(w->em, NULL, ORM_ON), 779, "no name");
    was_refused(w, ORM_ERR_ARGUMENT, orm_set_filter(w->em, "tenant", (orm_switch)7), 783, "7");
    was_refused(w, ORM_ERR_ARGUMENT, orm_set_filter_params(w->em, "tenant", NULL, 1), 781, "no list");
    was_refused(w, ORM_ERR_VALIDATION, orm_set_filter_params(w->em, "tenant", ORM_PARAMS({ NULL, orm_int(1) })), 782, "no name");
    was_refused(w, ORM_ERR_VALIDATION, orm_set_filter_params(w->em, "tenant", ORM_PARAMS({ "id", orm_param_value("id") })), 782,
                "another parameter");
    must(w, orm_set_filter(w->em, "tenant", ORM_ON));
    was_refused(w, ORM_ERR_VALIDATION, orm_find(w->em, team, NULL, NULL, &list), 784,
                "the filter \"tenant\" of Team has no value for its parameter \"id\"");
    /* Also where only a relation needs it, in a query that would come later. */
    was_refused(w, ORM_ERR_VALIDATION, orm_find(w->em, player, NULL, WITH(SELECT_IN, .populate = ORM_PATHS("team")), &list), 784,
                "Team");
    was_refused(w, ORM_ERR_VALIDATION, orm_count(w->em, player, NULL, &count), 784, "Team");
    assert_null(orm_find_one(w->em, team, &orm_key(1), NULL));
    assert_int_equal(orm_em_error(w->em)->number, 784);
    must(w, orm_set_filter_params(w->em, "tenant", ORM_PARAMS({ "id", orm_text("many") })));
    assert_int_equal(orm_find(w->em, player, NULL, NULL, &list), ORM_ERR_VALIDATION);
    assert_string_equal(orm_em_error(w->em)->entity, "Team");
    assert_string_equal(orm_em_error(w->em)->property, "tenant");
    assert_int_equal(w->count, 0);
    /* A parameter outside of a filter. */
    assert_int_equal(orm_find(w->em, badge, &orm_eq("label", orm_param_value("x")), NULL, &list), ORM_ERR_VALIDATION);
    assert_int_equal(w->count, 0);
}

/* An entity manager that is made for a transaction has the same settings. */
static orm_status count_teams(orm_em *em, void *context)
{
    return orm_count(em, team, NULL, context);
}

static void test_transaction(void **state)
{
    world   *w = *state;
    uint64_t count = 0;

    must(w, orm_set_filter(w->em, "tenant", ORM_ON));
    must(w, orm_set_filter_params(w->em, "tenant", ORM_PARAMS({ "id", orm_list_of(orm_int(2), orm_int(3)) })));
    must(w, orm_transactional(w->em, count_teams, &count, NULL));
    assert_int_equal(count, 1);
}

static void test_native(void **state)
{
    world   *w = *state;
    int64_t  affected;
    uint64_t count;

    must(w, orm_begin(w->em, NULL));
    forget_lines(w);
    must(w, orm_native_update(w->em, team, &orm_gt("id", 1), &ORM_ROW({ "name", orm_text("New") }), &affected));
    assert_int_equal(affected, 1);
    was_sent(w, 0, "update \"team\" set \"name\" = 'New' where \"deleted_at\" is null and \"id\" > 1");
    must(w, orm_execute(w->em, "delete from player_badges", NULL, 0, NULL));
    must(w, orm_native_delete(w->em, player, NULL, &affected));
    assert_int_equal(affected, 3);
    must(w, orm_set_filter(w->em, "softDelete", ORM_OFF));
    must(w, orm_count(w->em, player, NULL, &count));
    assert_int_equal(count, 1);
    must(w, orm_native_delete(w->em, player, &orm_eq("name", "Dan"), &affected));
    assert_int_equal(affected, 1);
    must(w, orm_set_filter(w->em, "tenant", ORM_ON));
    assert_int_equal(orm_native_delete(w->em, team, NULL, &affected), ORM_ERR_VALIDATION);
    assert_int_equal(orm_em_error(w->em)->number, 784);
    must(w, orm_rollback(w->em));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_parameters, fresh),
        cmocka_unit_test_setup(test_function, fresh),
        cmocka_unit_test_setup(test_strict, fresh),
        cmocka_unit_test_setup(test_own_rows, fresh),
        cmocka_unit_test_setup(test_refused_at_open, fresh),
        cmocka_unit_test_setup(test_refused, fresh),
        cmocka_unit_test_setup(test_transaction, fresh),
        cmocka_unit_test_setup(test_native, fresh),
    };
    int                     failed = cmocka_run_group_tests_name("mikroorm", tests, open_mikroorm, close_world);

    return failed + cmocka_run_group_tests_name("native", tests, open_native, close_world);
}
