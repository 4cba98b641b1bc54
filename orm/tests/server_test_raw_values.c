/* SQL in the place of values: assigned to entities, and in rows that are written without them. */
#include "em_fixture.h"

static author *new_author(world *w, const char *name, int age)
{
    return orm_create(w->em, author, .name = name, .email = name, .age = { .has = age > 0, .value = age });
}

static orm_status set_raw(world *w, void *entity, const char *property, orm_value value)
{
    return orm_assign(w->em, entity, (orm_assignment[]){ { property, value } }, 1);
}

static bool is_mikroorm(const world *w)
{
    return orm_settings_of(w->db).preset == ORM_PRESET_MIKROORM;
}

static void test_update(void **state)
{
    world  *w = *state;
    author *a = new_author(w, "a", 30);
    char   *expected;
    char    id[ORM_UUID_TEXT_SIZE];

    check(w->em, orm_flush(w->em));
    sql_log_clear(&w->log);
    check(w->em, set_raw(w, a, "age", orm_raw_with("age + ?", orm_int(2))));
    assert_int_equal(a->age.value, 30); /* until the server has said */
    check(w->em, orm_flush(w->em));
    assert_int_equal(a->age.value, 32);
    if (is_mikroorm(w)) {
        expected = calloc(1, 200);
        snprintf(expected, 200, "update \"author\" set \"age\" = age + 2 where \"id\" = '%s' returning \"age\"",
                 orm_uuid_format(a->id, id));
        assert_sent(w, 1, expected);
        free(expected);
    }
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);

    /* Question marks in quotes and escaped ones are none. */
    check(w->em, set_raw(w, a, "name",
                         orm_raw_with("name || '?' || ? || \"name\" || ('{\"x\": 1}'::jsonb \\? 'x')::text",
                                      orm_text("it's"))));
    check(w->em, orm_flush(w->em));
    assert_string_equal(a->name, "a?it'satrue");
    check(w->em, set_raw(w, a, "age", orm_raw("null")));
    check(w->em, orm_flush(w->em));
    assert_false(a->age.has);

    /* What is assigned afterwards counts; so does a refresh. */
    check(w->em, set_raw(w, a, "age", orm_raw("1")));
    check(w->em, set_raw(w, a, "age", orm_int(7)));
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select age from author", "7");
    check(w->em, set_raw(w, a, "age", orm_raw("1")));
    assert_non_null(
        orm_find_one(w->em, author, NULL, (&(orm_find_options){ .refresh = true, .flush_mode = ORM_FLUSH_COMMIT })));
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);
}

static void test_batch(void **state)
{
    world  *w = *state;
    author *a = new_author(w, "a", 10);
    author *b = new_author(w, "b", 20);
    author *c = new_author(w, "c", 30);

    check(w->em, orm_flush(w->em));
    sql_log_clear(&w->log);
    check(w->em, set_raw(w, a, "age", orm_raw("age * 2")));
    check(w->em, set_raw(w, b, "age", orm_raw_with("age + ? + ?", orm_int(1), orm_int(2))));
    c->name = "C";
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 3);
    assert_int_equal(a->age.value, 20);
    assert_int_equal(b->age.value, 23);
    assert_int_equal(c->age.value, 30);
    assert_non_null(strstr(w->log.lines[1], ") then age * 2 when ("));
    assert_non_null(strstr(w->log.lines[1], " returning \"age\", \"id\""));
    assert_sql(w, "select string_agg(age::text, ' ' order by age) from author", "20 23 30");
}

static void test_insert(void **state)
{
    world  *w = *state;
    author *a;
    author *b = new_author(w, "b", 4);

    a = orm_create_with(w->em, &orm_entity_author,
                        (orm_assignment[]){ { "name", orm_raw_with("upper(?)", orm_text("ann")) },
                                            { "email", orm_text("a") },
                                            { "age", orm_raw("1 + 2") } },
                        3);
    assert_non_null(a);
    check(w->em, orm_flush(w->em));
    assert_string_equal(a->name, "ANN");
    assert_int_equal(a->age.value, 3);
    assert_string_equal(b->name, "b");
    assert_int_equal(b->age.value, 4);
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);
}

static void test_rollback(void **state)
{
    world  *w = *state;
    author *a = new_author(w, "a", 10);
    author *b;

    check(w->em, orm_flush(w->em));
    check(w->em, orm_begin(w->em, NULL));
    check(w->em, set_raw(w, a, "age", orm_raw("age + 1")));
    b = orm_create_with(w->em, &orm_entity_author,
                        (orm_assignment[]){ { "name", orm_raw("'B'") }, { "email", orm_text("b") } }, 2);
    check(w->em, orm_flush(w->em));
    assert_int_equal(a->age.value, 11);
    check(w->em, orm_rollback(w->em));
    assert_int_equal(a->age.value, 10);
    assert_null(b->name);
    check(w->em, orm_flush(w->em));
    assert_int_equal(a->age.value, 11);
    assert_string_equal(b->name, "B");
    assert_sql(w, "select string_agg(name || coalesce(age, 0), ' ' order by name collate \"C\") from author", "B0 a11");

    /* What the user has set since is what he wants. */
    check(w->em, orm_begin(w->em, NULL));
    check(w->em, set_raw(w, a, "age", orm_raw("age + 1")));
    check(w->em, orm_flush(w->em));
    a->age.value = 50;
    check(w->em, orm_rollback(w->em));
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select age from author where name = 'a'", "50");

    /* A statement that fails leaves it for the next try. */
    check(w->em, set_raw(w, a, "age", orm_raw("1 / 0")));
    assert_int_not_equal(orm_flush(w->em), ORM_OK);
    assert_int_not_equal(orm_flush(w->em), ORM_OK);
    check(w->em, set_raw(w, a, "age", orm_raw("1 / 1")));
    check(w->em, orm_flush(w->em));
    assert_int_equal(a->age.value, 1);
}

static void test_rows(void **state)
{
    world    *w = *state;
    orm_value keys[2];
    int64_t   affected;
    author   *a;
    orm_row   rows[] = { ORM_ROW({ "email", orm_text("a") }, { "name", orm_raw("'x' || 'y'") }),
                         ORM_ROW({ "email", orm_text("b") }, { "name", orm_text("plain") }) };
    orm_list  list;

    check(w->em, orm_insert_many(w->em, author, rows, 2, keys));
    assert_sql(w, "select string_agg(name, ' ' order by email) from author", "xy plain");
    check(w->em, orm_native_update(w->em, author, &orm_eq("email", "a"),
                                   &ORM_ROW({ "age", orm_raw_with("coalesce(age, ?) + 1", orm_int(4)) }), &affected));
    assert_int_equal(affected, 1);
    assert_sql(w, "select age from author where email = 'a'", "5");

    rows[0] =
        ORM_ROW({ "email", orm_text("a") }, { "name", orm_raw_with("?::text || ?", orm_text("1"), orm_text("2")) });
    check(w->em, orm_upsert_many(w->em, author, rows, 2, NULL, &list));
    a = ORM_AT(list, author, 0);
    assert_string_equal(a->name, "12");
    assert_int_equal(a->age.value, 5);
    assert_string_equal(ORM_AT(list, author, 1)->name, "plain");
    a = orm_upsert(w->em, author, &ORM_ROW({ "email", orm_text("a") }, { "name", orm_raw("lower('NEW')") }), NULL);
    assert_string_equal(a->name, "new");
}

static void refused(world *w, orm_status status, const char *message)
{
    assert_int_equal(status, ORM_ERR_VALIDATION);
    assert_string_equal(orm_em_error(w->em)->message, message);
    assert_int_equal(w->log.count, 0);
}

static void test_bad_input(void **state)
{
    world  *w = *state;
    author *a = new_author(w, "a", 1);

    check(w->em, orm_flush(w->em));
    sql_log_clear(&w->log);
    refused(w, set_raw(w, a, "age", orm_raw("")), "Author.age: its raw SQL is empty");
    refused(w, set_raw(w, a, "age", orm_raw_value(NULL, NULL, 0)), "Author.age: its raw SQL is empty");
    refused(w, set_raw(w, a, "age", orm_raw("\xff")), "Author.age: its raw SQL is not valid UTF-8");
    refused(w, set_raw(w, a, "age", orm_raw("age + ?")),
            "Author.age: its SQL has 1 question marks for 0 parameters (write \\? for a bare one)");
    refused(w, set_raw(w, a, "age", orm_raw_with("age", orm_int(1))),
            "Author.age: its SQL has 0 question marks for 1 parameters (write \\? for a bare one)");
    refused(w, set_raw(w, a, "age", orm_raw_with("?", orm_raw("1"))),
            "Author.age: parameter 1 of its SQL is no plain value");
    refused(w, set_raw(w, a, "id", orm_raw("gen_random_uuid()")),
            "Author.id: the key of an entity is no raw SQL: use default_raw");
    refused(w, set_raw(w, a, "fav", orm_raw("null")), "Author.fav: raw SQL is for values with a column of their own");
    refused(w, orm_insert(w->em, author, &ORM_ROW({ "id", orm_raw("gen_random_uuid()") }), NULL),
            "Author.id: it is a key: leave it to its default, not to raw SQL");
    assert_null(orm_upsert(w->em, author, &ORM_ROW({ "email", orm_raw("'a'") }, { "name", orm_text("n") }),
                           &(orm_upsert_options){ .conflict_fields = ORM_NAMES("email") }));
    refused(w, orm_em_error(w->em)->status, "Author.email: it is a conflict field, and no raw SQL");
    assert_null(orm_find_one(w->em, author, &orm_eq("age", orm_raw("1")), NULL));
    refused(w, orm_em_error(w->em)->status, "Author.age: raw SQL is for values that are written");
    assert_null(orm_merge(w->em, author, &ORM_ROW({ "id", orm_uuid_value(a->id) }, { "age", orm_raw("1") }), false));
    refused(w, orm_em_error(w->em)->status, "Author.age: it is known already, and not to be computed by raw SQL");
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);
}

/* The values of an upsert's condition count for what fits into a statement. */
static void test_room_for_conditions(void **state)
{
    enum { ROWS = 13200, NAMES = 2000 };

    world   *w = *state;
    orm_row *rows = calloc(ROWS, sizeof *rows);
    orm_assignment(*values)[5] = calloc(ROWS, sizeof *values);
    char(*texts)[16] = calloc(ROWS, sizeof *texts);
    orm_value    *names = calloc(NAMES, sizeof *names);
    orm_condition where;
    orm_list      list;

    for (size_t i = 0; i < NAMES; i++)
        names[i] = orm_int((int64_t)i + 100);
    where = orm_not_in("age", orm_list_value(names, NAMES));
    for (size_t i = 0; i < ROWS; i++) {
        snprintf(texts[i], sizeof texts[i], "m%zu", i);
        values[i][0] = (orm_assignment){ "email", orm_text(texts[i]) };
        values[i][1] = (orm_assignment){ "name", orm_text(texts[i]) };
        values[i][2] = (orm_assignment){ "age", orm_int(3) };
        values[i][3] = (orm_assignment){ "active", orm_bool(true) };
        values[i][4] = (orm_assignment){ "meta", orm_text("{}") };
        rows[i] = (orm_row){ .values = values[i], .count = 5 };
    }
    check(w->em, orm_upsert_many(w->em, author, rows, ROWS,
                                 (&(orm_upsert_options){ .batch_size = ROWS, .where = &where }), &list));
    assert_int_equal(list.count, ROWS);
    assert_sql(w, "select count(*) from author", "13200");
    free(names);
    free(texts);
    free(values);
    free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_update, fresh),
        cmocka_unit_test_setup(test_batch, fresh),
        cmocka_unit_test_setup(test_insert, fresh),
        cmocka_unit_test_setup(test_rollback, fresh),
        cmocka_unit_test_setup(test_rows, fresh),
        cmocka_unit_test_setup(test_bad_input, fresh),
        cmocka_unit_test_setup(test_room_for_conditions, fresh),
    };

    return RUN_IN_BOTH_PRESETS(tests);
}
