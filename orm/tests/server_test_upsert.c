/*
 * Upserts: what conflicts, what is merged, and that what comes back is true and managed.
 */
#include "em_fixture.h"

static bool is_native(const world *w)
{
    return orm_settings_of(w->db).preset == ORM_PRESET_NATIVE;
}

static size_t count_sent(const world *w, const char *beginning)
{
    size_t count = 0;

    for (size_t i = 0; i < w->log.count; i++)
        count += strncmp(w->log.lines[i], beginning, strlen(beginning)) == 0;
    return count;
}

#define PERSON(email_, name_, age_)                                                                                    \
    ORM_ROW({ "email", orm_text(email_) }, { "name", orm_text(name_) }, { "age", orm_int(age_) })

static void test_by_unique_property(void **state)
{
    world  *w = *state;
    author *a = orm_upsert(w->em, author, &PERSON("u@x", "U", 1), NULL);
    author *b;

    assert_non_null(a);
    assert_int_equal(w->log.count, 1);
    if (!is_native(w))
        assert_sent(w, 0,
                    "insert into \"author\" (\"email\", \"name\", \"age\") values ('u@x', 'U', 1)"
                    " on conflict (\"email\") do update set \"name\" = excluded.\"name\", \"age\" = excluded.\"age\""
                    " returning \"id\", \"active\", \"tags\", \"meta\", \"created_at\", \"fav_id\"");
    assert_false(orm_uuid_is_zero(a->id));
    assert_string_equal(a->name, "U");
    assert_true(a->active.has && !a->active.value);
    assert_true(a->createdAt.has);
    assert_true(orm_is_initialized(w->em, a));
    assert_ptr_equal(orm_find_one(w->em, author, &orm_key(a->id), NULL), a);

    b = orm_upsert(w->em, author, &PERSON("u@x", "U2", 2), NULL);
    assert_ptr_equal(a, b);
    assert_string_equal(a->name, "U2");
    assert_int_equal(a->age.value, 2);
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);

    /* It is managed: a change is an UPDATE. */
    a->name = "U3";
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select name || age from author", "U32");
}

static void test_by_key(void **state)
{
    world  *w = *state;
    tag    *t = orm_upsert(w->em, tag, &ORM_ROW({ "id", orm_text("900001") }, { "name", orm_text("pk") }), NULL);
    author *a;

    assert_sent(w, 0,
                is_native(w) ? "insert into \"tag\" (\"id\", \"name\") values ($1, $2) on conflict (\"id\") do update"
                               " set \"name\" = excluded.\"name\""
                             : "insert into \"tag\" (\"id\", \"name\") values ('900001', 'pk') on conflict (\"id\") do"
                               " update set \"name\" = excluded.\"name\"");
    assert_ptr_equal(
        orm_upsert(w->em, tag, &ORM_ROW({ "id", orm_int(900001) }, { "name", orm_text("pk2") }), NULL), t);
    assert_string_equal(t->name, "pk2");
    assert_sql(w, "select id || name from tag", "900001pk2");

    /* With the key alone there is nothing to merge. */
    t = orm_upsert(w->em, tag, &ORM_ROW({ "id", orm_text("900001") }, { "name", orm_text("x") }),
                   &(orm_upsert_options){ .exclude_fields = ORM_NAMES("name") });
    assert_string_equal(t->name, "pk2");

    /* A key beside the conflict fields is for a new row; the row that is there keeps its own. */
    a = orm_upsert(w->em, author, &PERSON("k@x", "K", 1), NULL);
    assert_non_null(a);
    {
        orm_uuid  other;
        orm_uuid  own = a->id;
        orm_value id;

        assert_true(orm_uuid_random(&other));
        id = orm_uuid_value(other);
        assert_ptr_equal(orm_upsert(w->em, author,
                                    &ORM_ROW({ "id", id }, { "email", orm_text("k@x") }, { "name", orm_text("K2") }),
                                    &(orm_upsert_options){ .conflict_fields = ORM_NAMES("email") }),
                         a);
        assert_true(orm_uuid_equal(a->id, own));
        assert_string_equal(a->name, "K2");
    }
}

static void test_client_uuids_do_not_overwrite(void **state)
{
    world         *w = *state;
    orm_assignment values[] = { { "flag", orm_bool(true) },  { "small", orm_int(1) },
                                { "number", orm_int(2) },    { "big", orm_int(3) },
                                { "real", orm_double(0.5) }, { "at", orm_text("2024-01-01T00:00:00Z") },
                                { "string", orm_text("s") } };
    orm_row            row = { .values = values, .count = 7 };
    orm_upsert_options by_string = { .conflict_fields = ORM_NAMES("string") };
    everything        *a;
    everything        *b;

    sql(w, "create unique index everything_string on everything (string)");
    assert_null(orm_upsert(w->em, everything, &row, NULL));
    assert_error(w, ORM_ERR_VALIDATION, "Everything", "");
    a = orm_upsert(w->em, everything, &row, &by_string);
    values[1].value = orm_int(9);
    b = orm_upsert(w->em, everything, &row, &by_string);
    assert_non_null(a);
    assert_ptr_equal(a, b);
    assert_int_equal(a->small, 9);
    assert_sql(w, "select count(*) from everything", "1");
    sql(w, "drop index everything_string");
}

static void test_ignore_and_where_come_back_true(void **state)
{
    world             *w = *state;
    orm_upsert_options ignore = { .conflict_fields = ORM_NAMES("email"), .action = ORM_CONFLICT_IGNORE };
    orm_upsert_options where = { .where = &orm_eq("age", 10) };
    author            *a;

    sql(w, "insert into author (email, name, age) values ('u@x', 'U3', 3)");
    sql_log_clear(&w->log);
    a = orm_upsert(w->em, author, &PERSON("u@x", "IGN", 9), &ignore);
    assert_non_null(a);
    assert_int_equal(w->log.count, 2);
    assert_string_equal(a->name, "U3");
    assert_int_equal(a->age.value, 3);
    if (!is_native(w)) {
        assert_sent(w, 0,
                    "insert into \"author\" (\"email\", \"name\", \"age\") values ('u@x', 'IGN', 9) on conflict"
                    " (\"email\") do nothing returning \"id\", \"name\", \"age\", \"active\", \"tags\", \"meta\","
                    " \"created_at\", \"fav_id\"");
        assert_non_null(strstr(w->log.lines[1], "where \"a0\".\"email\" = 'u@x' limit 1"));
    }
    /* A new row is inserted all the same, in one statement. */
    sql_log_clear(&w->log);
    assert_string_equal(((author *)orm_upsert(w->em, author, &PERSON("new@x", "N", 1), &ignore))->name, "N");
    assert_int_equal(w->log.count, 1);

    /* MikroORM shows what was sent here. */
    sql_log_clear(&w->log);
    orm_clear(w->em);
    a = orm_upsert(w->em, author, &PERSON("u@x", "W", 79), &where);
    assert_non_null(a);
    assert_int_equal(w->log.count, 2);
    if (!is_native(w))
        assert_non_null(strstr(w->log.lines[0],
                               "do update set \"name\" = excluded.\"name\", \"age\" = excluded.\"age\" where"
                               " \"author\".\"age\" = 10 returning"));
    assert_string_equal(a->name, "U3");
    assert_int_equal(a->age.value, 3);
    where.where = &orm_eq("age", 3);
    a = orm_upsert(w->em, author, &PERSON("u@x", "W", 79), &where);
    assert_string_equal(a->name, "W");
    /* Any condition, also through relations. */
    where.where = &orm_or(orm_lt("age", 10), orm_eq("fav.name", "nobody"), orm_is_null("name"));
    a = orm_upsert(w->em, author, &PERSON("u@x", "no", 1), &where);
    assert_string_equal(a->name, "W");
    where.where = &orm_and(orm_gt("age", 10), orm_is_null("fav.name"));
    a = orm_upsert(w->em, author, &PERSON("u@x", "W1", 79), &where);
    assert_string_equal(a->name, "W1");
    where.where = &(orm_condition){ .op = ORM_OP_AND };
    a = orm_upsert(w->em, author, &PERSON("u@x", "W2", 80), &where);
    assert_string_equal(a->name, "W2");
}

static void test_merge_and_exclude_fields(void **state)
{
    world  *w = *state;
    author *a;

    sql(w, "insert into author (email, name, age, active) values ('u@x', 'U3', 3, true)");
    sql_log_clear(&w->log);
    a = orm_upsert(w->em, author, &PERSON("u@x", "MF", 77),
                   &(orm_upsert_options){ .merge_fields = ORM_NAMES("age") });
    assert_string_equal(a->name, "U3");
    assert_int_equal(a->age.value, 77);
    assert_true(a->active.value);
    if (!is_native(w))
        assert_sent(w, 0,
                    "insert into \"author\" (\"email\", \"name\", \"age\") values ('u@x', 'MF', 77) on conflict"
                    " (\"email\") do update set \"age\" = excluded.\"age\" returning \"id\", \"name\", \"active\","
                    " \"tags\", \"meta\", \"created_at\", \"fav_id\"");
    a = orm_upsert(w->em, author, &PERSON("u@x", "EF", 78),
                   &(orm_upsert_options){ .exclude_fields = ORM_NAMES("name") });
    assert_string_equal(a->name, "U3");
    assert_int_equal(a->age.value, 78);
    if (!is_native(w))
        assert_sent(w, 1,
                    "insert into \"author\" (\"email\", \"name\", \"age\") values ('u@x', 'EF', 78) on conflict"
                    " (\"email\") do update set \"age\" = excluded.\"age\" returning \"id\", \"name\", \"age\","
                    " \"active\", \"tags\", \"meta\", \"created_at\", \"fav_id\"");
    /* Into a new row goes what is not merged, too. */
    a = orm_upsert(w->em, author, &PERSON("new@x", "EF", 78),
                   &(orm_upsert_options){ .exclude_fields = ORM_NAMES("name") });
    assert_string_equal(a->name, "EF");
    assert_sql(w, "select string_agg(name || age, ',' order by email) from author", "EF78,U378");
}

static void test_loaded_entities(void **state)
{
    world   *w = *state;
    author  *a = orm_create(w->em, author, .name = "A", .email = "a@x", .age = ORM_SOME(1));
    author  *b = orm_create(w->em, author, .name = "B", .email = "b@x");
    book    *one;
    orm_list list;

    check(w->em, orm_flush(w->em));
    sql(w, "update author set active = true, meta = '{}' where email = 'a@x'");
    a->name = "mine";
    a->age = (orm_opt_int32)ORM_SOME(50);
    assert_ptr_equal(orm_upsert(w->em, author,
                                &ORM_ROW({ "email", orm_text("a@x") }, { "name", orm_text("theirs") }), NULL),
                     a);
    assert_string_equal(a->name, "theirs");
    assert_int_equal(a->age.value, 50);
    assert_true(a->active.value);
    assert_string_equal(a->meta, "{}");
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(count_sent(w, "update"), 1);
    assert_sql(w, "select name || age from author where email = 'a@x'", "theirs50");

    /* What was to be removed no longer is. */
    check(w->em, orm_remove(w->em, a));
    assert_ptr_equal(orm_upsert(w->em, author, &PERSON("a@x", "again", 1), NULL), a);
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from author", "2");

    /* References are entities, and the other side follows. */
    one = orm_upsert(w->em, book,
                     &ORM_ROW({ "id", orm_int(1) }, { "title", orm_text("t") }, { "author", orm_entity_value(b) }), NULL);
    assert_non_null(one);
    assert_ptr_equal(one->author, b);
    assert_true(orm_collection_contains(b->books, one));
    one = orm_upsert(w->em, book,
                     &ORM_ROW({ "id", orm_int(1) }, { "title", orm_text("t") }, { "author", orm_uuid_value(a->id) }),
                     NULL);
    assert_ptr_equal(one->author, a);
    assert_false(orm_collection_contains(b->books, one));
    assert_null(one->publisher);

    /* A stub becomes whole. */
    orm_clear(w->em);
    one = orm_reference(w->em, book, 1);
    assert_false(orm_is_initialized(w->em, one));
    check(w->em, orm_upsert_many(w->em, book,
                                 &ORM_ROW({ "id", orm_int(1) }, { "title", orm_text("t2") },
                                          { "author", orm_value_of(orm_upsert(w->em, author, &PERSON("c@x", "C", 1), NULL)) }),
                                 1, NULL, &list));
    assert_ptr_equal(orm_list_at(&list, 0), one);
    assert_true(orm_is_initialized(w->em, one));
    assert_string_equal(one->title, "t2");
}

static void test_many(void **state)
{
    world   *w = *state;
    orm_list list;
    author  *first;
    orm_row  rows[] = { PERSON("u@x", "UM", 1), PERSON("u2@x", "UM2", 2), PERSON("u3@x", "UM3", 3) };

    first = orm_upsert(w->em, author, &PERSON("u2@x", "before", 0), NULL);
    sql_log_clear(&w->log);
    check(w->em, orm_upsert_many(w->em, author, rows, 3, NULL, &list));
    assert_int_equal(w->log.count, 1);
    assert_int_equal(list.count, 3);
    assert_ptr_equal(orm_list_at(&list, 1), first);
    for (size_t i = 0; i < 3; i++) {
        author *a = ORM_AT(list, author, i);

        assert_int_equal(a->age.value, i + 1);
        assert_string_equal(a->email, rows[i].values[0].value.as.text);
        assert_ptr_equal(orm_find_one(w->em, author, &orm_key(a->id), NULL), a);
    }
    sql_log_clear(&w->log);
    check(w->em, orm_upsert_many(w->em, author, rows, 3, &(orm_upsert_options){ .batch_size = 2 }, &list));
    assert_int_equal(w->log.count, 2);
    assert_int_equal(list.count, 3);
    check(w->em, orm_upsert_many(w->em, author, NULL, 0, NULL, &list));
    assert_int_equal(list.count, 0);
    assert_int_equal(orm_upsert_many(w->em, author, NULL, 1, NULL, &list), ORM_ERR_ARGUMENT);
}

static void test_many_ignored(void **state)
{
    world             *w = *state;
    orm_upsert_options ignore = { .conflict_fields = ORM_NAMES("email"), .action = ORM_CONFLICT_IGNORE };
    orm_list           list;
    orm_row            rows[] = { PERSON("u@x", "I", 1), PERSON("u9@x", "I9", 2), PERSON("u8@x", "I8", 3),
                                  PERSON("u9@x", "twice", 4), PERSON("u@x", "I", 5) };

    sql(w, "insert into author (email, name, age) values ('u@x', 'UM', 10)");
    sql_log_clear(&w->log);
    check(w->em, orm_upsert_many(w->em, author, rows, 5, &ignore, &list));
    assert_int_equal(w->log.count, 2);
    assert_string_equal(ORM_AT(list, author, 0)->name, "UM");
    assert_string_equal(ORM_AT(list, author, 1)->name, "I9");
    assert_string_equal(ORM_AT(list, author, 2)->name, "I8");
    assert_ptr_equal(orm_list_at(&list, 3), orm_list_at(&list, 1));
    assert_ptr_equal(orm_list_at(&list, 4), orm_list_at(&list, 0));
    assert_int_equal(ORM_AT(list, author, 4)->age.value, 10);
    assert_sql(w, "select count(*) from author", "3");
}

static void test_many_where(void **state)
{
    world             *w = *state;
    orm_upsert_options where = { .where = &orm_eq("age", 1) };
    orm_list           list;
    orm_row rows[] = { PERSON("a@x", "A2", 5), PERSON("b@x", "B2", 5), PERSON("c@x", "C2", 5), PERSON("d@x", "D2", 5) };

    sql(w, "insert into author (email, name, age) values ('a@x', 'A', 1), ('b@x', 'B', 2), ('c@x', 'C', 3)");
    check(w->em, orm_upsert_many(w->em, author, rows, 4, &where, &list));
    assert_string_equal(ORM_AT(list, author, 0)->name, "A2");
    assert_string_equal(ORM_AT(list, author, 1)->name, "B");
    assert_int_equal(ORM_AT(list, author, 1)->age.value, 2);
    assert_string_equal(ORM_AT(list, author, 2)->name, "C");
    assert_string_equal(ORM_AT(list, author, 3)->name, "D2");
}

/* Rows with other properties go by themselves: a property that a row does not have is not overwritten. */
static void test_partial_rows(void **state)
{
    world   *w = *state;
    orm_list list;
    orm_row  rows[] = { PERSON("a@x", "A2", 5), ORM_ROW({ "name", orm_text("B2") }, { "email", orm_text("b@x") }),
                        PERSON("c@x", "C2", 7), ORM_ROW({ "email", orm_text("d@x") }, { "name", orm_text("D2") }) };

    sql(w, "insert into author (email, name, age) values ('a@x', 'A', 1), ('b@x', 'B', 2), ('c@x', 'C', 3)");
    sql_log_clear(&w->log);
    check(w->em, orm_upsert_many(w->em, author, rows, 4, NULL, &list));
    assert_int_equal(w->log.count, 2);
    assert_sql(w, "select string_agg(concat(name, age), ',' order by email) from author", "A25,B22,C27,D2");
    assert_string_equal(ORM_AT(list, author, 1)->name, "B2");
    assert_int_equal(ORM_AT(list, author, 1)->age.value, 2);
    assert_string_equal(ORM_AT(list, author, 3)->name, "D2");
    assert_false(ORM_AT(list, author, 3)->age.has);
}

static void test_twice_in_one_statement(void **state)
{
    world   *w = *state;
    orm_list list;
    orm_row  rows[] = { PERSON("a@x", "A", 1), PERSON("b@x", "B", 2), PERSON("a@x", "A2", 3) };

    assert_int_equal(orm_upsert_many(w->em, author, rows, 3, NULL, &list), ORM_ERR_DRIVER);
    assert_string_equal(orm_em_error(w->em)->sqlstate, "21000");
    assert_int_equal(list.count, 0);
    assert_sql(w, "select count(*) from author", "0");
    /* In two statements the later one wins. */
    check(w->em, orm_upsert_many(w->em, author, rows, 3, &(orm_upsert_options){ .batch_size = 2 }, &list));
    assert_ptr_equal(orm_list_at(&list, 0), orm_list_at(&list, 2));
    assert_string_equal(ORM_AT(list, author, 0)->name, "A2");
}

static void test_bad_options(void **state)
{
    world  *w = *state;
    orm_row row = PERSON("a@x", "A", 1);
    const struct {
        orm_upsert_options options;
        orm_status         status;
        const char        *property;
        const char        *message;
    } bad[] = {
        { { .conflict_fields = ORM_NAMES("emial") }, ORM_ERR_VALIDATION, "emial", "did you mean \"email\"?" },
        { { .merge_fields = ORM_NAMES("nmae") }, ORM_ERR_VALIDATION, "nmae", "did you mean \"name\"?" },
        { { .exclude_fields = ORM_NAMES("nmae") }, ORM_ERR_VALIDATION, "nmae", "did you mean \"name\"?" },
        { { .conflict_fields = ORM_NAMES("books") }, ORM_ERR_VALIDATION, "books", "no column" },
        { { .conflict_fields = ORM_NAMES("email", "email") }, ORM_ERR_VALIDATION, "email", "twice" },
        { { .conflict_fields = ORM_NAMES(NULL) }, ORM_ERR_VALIDATION, "", "conflict_fields is empty" },
        { { .conflict_fields = ORM_NAMES("active") }, ORM_ERR_VALIDATION, "active", "a row does not have it" },
        { { .conflict_fields = ORM_NAMES("id") }, ORM_ERR_VALIDATION, "id", "a row does not have it" },
        { { .merge_fields = ORM_NAMES("id") }, ORM_ERR_VALIDATION, "id", "never changes" },
        { { .merge_fields = ORM_NAMES("active") }, ORM_ERR_VALIDATION, "active", "no row has it" },
        { { .merge_fields = ORM_NAMES("age"), .exclude_fields = ORM_NAMES("age") }, ORM_ERR_VALIDATION, "", "contradict" },
        { { .action = ORM_CONFLICT_IGNORE, .where = &orm_eq("age", 1) }, ORM_ERR_VALIDATION, "", "merges nothing" },
        { { .action = (orm_conflict_action)7 }, ORM_ERR_ARGUMENT, "", "unknown conflict action 7" },
        { { .where = &orm_eq("aeg", 1) }, ORM_ERR_VALIDATION, "aeg", "did you mean" },
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_null(orm_upsert(w->em, author, &row, &bad[i].options));
        assert_int_equal(orm_em_error(w->em)->status, bad[i].status);
        assert_string_equal(orm_em_error(w->em)->property, bad[i].property);
        if (strstr(orm_em_error(w->em)->message, bad[i].message) == NULL)
            fail_msg("%zu: \"%s\" does not say \"%s\"", i, orm_em_error(w->em)->message, bad[i].message);
    }
    assert_null(orm_upsert(w->em, tag, &ORM_ROW({ "name", orm_text("x") }), NULL));
    assert_string_equal(
        orm_em_error(w->em)->message,
        "upserting Tag: nothing tells which row is meant; every row needs a value for one of: id");
    assert_null(orm_upsert_row(NULL, &orm_entity_tag, &row, NULL));
    assert_int_equal(w->log.count, 0);
    assert_sql(w, "select count(*) from author", "0");
}

static void test_rollback_forgets(void **state)
{
    world  *w = *state;
    author *old = orm_upsert(w->em, author, &PERSON("old@x", "O", 1), NULL);
    author *fresh_one;
    author *found;

    check(w->em, orm_begin(w->em, NULL));
    fresh_one = orm_upsert(w->em, author, &PERSON("new@x", "N", 1), NULL);
    assert_non_null(fresh_one);
    assert_ptr_equal(orm_upsert(w->em, author, &PERSON("old@x", "O2", 2), NULL), old);
    check(w->em, orm_rollback(w->em));

    assert_null(orm_find_one(w->em, author, &orm_key(fresh_one->id), NULL));
    assert_int_equal(orm_em_error(w->em)->status, ORM_OK);
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(count_sent(w, "insert"), 0);
    /* What was upserted into the one that was there counts as unsaved again, as after a flush. */
    assert_sql(w, "select string_agg(name, ',') from author", "O2");

    /* After a savepoint, too; and a commit keeps. */
    check(w->em, orm_begin(w->em, NULL));
    check(w->em, orm_begin(w->em, NULL));
    assert_non_null(orm_upsert(w->em, author, &PERSON("s@x", "S", 1), NULL));
    check(w->em, orm_rollback(w->em));
    found = orm_upsert(w->em, author, &PERSON("s@x", "S2", 1), NULL);
    check(w->em, orm_commit(w->em));
    assert_ptr_equal(orm_find_one(w->em, author, &orm_key(found->id), NULL), found);
    assert_sql(w, "select name from author where email = 's@x'", "S2");
}

/* ---- Composite unique constraints and keys, NULL in them, values that come back otherwise ---- */

typedef struct member {
    int64_t       id;
    int32_t       tenant;
    const char   *email;
    const char   *nick;
    const char   *level;
    orm_opt_int32 score;
} member;
typedef struct pair {
    int32_t     a;
    const char *b;
    const char *value;
} pair;

static const orm_property member_properties[] = {
    ORM_BIGINT(member, id, .primary = true),
    ORM_INTEGER(member, tenant),
    ORM_STRING(member, email),
    ORM_STRING(member, nick, .nullable = true),
    ORM_DECIMAL(member, level, .precision = 10, .scale = 2, .nullable = true, .unique = true),
    ORM_INTEGER(member, score, .nullable = true),
};
static const orm_property pair_properties[] = {
    ORM_INTEGER(pair, a, .primary = true),
    ORM_STRING(pair, b, .primary = true),
    ORM_STRING(pair, value, .nullable = true),
};
typedef struct doc {
    int64_t     id;
    const char *code;
    const char *title;
    const char *body;
    int32_t     version;
} doc;
static const orm_property doc_properties[] = {
    ORM_BIGINT(doc, id, .primary = true),
    ORM_STRING(doc, code, .unique = true),
    ORM_STRING(doc, title),
    ORM_TEXT(doc, body, .nullable = true, .lazy = true),
    ORM_INTEGER(doc, version, .version = true),
};
ORM_ENTITY(doc, "Doc", doc_properties);
ORM_ENTITY(member, "Member", member_properties,
           ORM_UNIQUES(ORM_INDEX("tenant", "nick"), ORM_INDEX("tenant", "email")),
           ORM_INDEXES(ORM_NAMED_INDEX("member_by_score", "score", "tenant")));
ORM_ENTITY(pair, "Pair", pair_properties);

typedef struct own_world {
    orm    *db;
    orm_em *em;
} own_world;

static own_world open_own(world *w)
{
    own_world  own;
    orm_error  error = { .status = ORM_OK };
    orm_config config = fixture_config(w, orm_settings_of(w->db).preset);

    sql(w, "drop table if exists member, pair, doc");
    config.entities = ORM_ENTITIES(member, pair, doc);
    if (orm_open(&config, &own.db, &error) != ORM_OK || orm_schema_create(own.db, NULL, &error) != ORM_OK)
        fail_msg("%s", error.message);
    own.em = orm_fork(own.db, &error);
    sql_log_clear(&w->log);
    return own;
}

static void close_own(world *w, own_world *own)
{
    orm_close(own->db);
    sql(w, "drop table member, pair, doc");
}

#define MEMBER(tenant_, email_, nick_, score_)                                                                         \
    ORM_ROW({ "tenant", orm_int(tenant_) }, { "email", orm_text(email_) }, { "nick", orm_text(nick_) },                \
            { "score", orm_int(score_) })

static void test_composite_unique(void **state)
{
    world    *w = *state;
    own_world own = open_own(w);
    orm_list  list;
    orm_row   rows[] = { MEMBER(1, "a", NULL, 1), MEMBER(2, "a", "x", 2), MEMBER(1, "b", NULL, 3), MEMBER(1, "c", "n", 4) };

    /* The first of the uniques that every row has: (tenant, nick) is NULL in some, so it is (tenant, email). */
    check(own.em, orm_upsert_many(own.em, member, rows, 4, NULL, &list));
    assert_int_equal(count_sent(w, "insert"), 1);
    assert_non_null(strstr(w->log.lines[0], "on conflict (\"tenant\", \"email\") do update set \"nick\" ="));
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(ORM_AT(list, member, i)->score.value, i + 1);
    rows[0] = MEMBER(1, "a", "changed", 10);
    rows[3] = MEMBER(1, "d", "n2", 40);
    check(own.em, orm_upsert_many(own.em, member, rows, 4, NULL, &list));
    assert_string_equal(ORM_AT(list, member, 0)->nick, "changed");
    assert_sql(w, "select string_agg(concat(tenant, email, score), ',' order by tenant, email) from member",
               "1a10,1b3,1c4,1d40,2a2");

    /* With one row alone (tenant, nick) comes first. */
    assert_non_null(orm_upsert(own.em, member, &MEMBER(2, "a2", "x", 5), NULL));
    assert_sql(w, "select email || score from member where tenant = 2", "a25");
    close_own(w, &own);
}

/* NULL never conflicts: such rows are inserted, each, and each has its own entity. */
static void test_null_in_a_conflict_field(void **state)
{
    world             *w = *state;
    own_world          own = open_own(w);
    orm_upsert_options by_nick = { .conflict_fields = ORM_NAMES("tenant", "nick") };
    orm_list           list;
    orm_row rows[] = { MEMBER(1, "a", NULL, 1), MEMBER(1, "b", "n", 2), MEMBER(1, "c", NULL, 3), MEMBER(1, "d", "m", 4) };

    check(own.em, orm_upsert_many(own.em, member, rows, 4, &by_nick, &list));
    assert_int_equal(count_sent(w, "insert"), 3);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(ORM_AT(list, member, i)->score.value, i + 1);
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(ORM_AT(list, member, i)->id, ORM_AT(list, member, j)->id);
    }
    by_nick.action = ORM_CONFLICT_IGNORE;
    rows[0] = MEMBER(1, "e", NULL, 5);
    check(own.em, orm_upsert_many(own.em, member, rows, 2, &by_nick, &list));
    assert_string_equal(ORM_AT(list, member, 0)->email, "e");
    assert_string_equal(ORM_AT(list, member, 1)->email, "b");
    assert_sql(w, "select count(*) from member", "5");
    close_own(w, &own);
}

/* A numeric comes back with its scale: such rows are not told apart by it, so they go one by one. */
static void test_conflict_field_that_comes_back_otherwise(void **state)
{
    world    *w = *state;
    own_world own = open_own(w);
    orm_list  list;
    orm_row   rows[2];

    rows[0] = ORM_ROW({ "level", orm_text("1.5") }, { "tenant", orm_int(1) }, { "email", orm_text("a") });
    rows[1] = ORM_ROW({ "level", orm_text("2") }, { "tenant", orm_int(2) }, { "email", orm_text("b") });
    check(own.em, orm_upsert_many(own.em, member, rows, 2, NULL, &list));
    assert_int_equal(count_sent(w, "insert"), 2);
    assert_string_equal(ORM_AT(list, member, 0)->email, "a");
    check(own.em, orm_upsert_many(own.em, member, rows, 2, &(orm_upsert_options){ .action = ORM_CONFLICT_IGNORE }, &list));
    assert_string_equal(ORM_AT(list, member, 1)->email, "b");
    assert_sql(w, "select count(*) from member", "2");
    close_own(w, &own);
}

static void test_composite_key(void **state)
{
    world    *w = *state;
    own_world own = open_own(w);
    orm_list  list;
    pair     *one;
    orm_row   rows[] = { ORM_ROW({ "b", orm_text("y") }, { "value", orm_text("v1") }, { "a", orm_int(1) }),
                         ORM_ROW({ "a", orm_int(1) }, { "b", orm_text("x") }, { "value", orm_text("v2") }),
                         ORM_ROW({ "a", orm_int(2) }, { "b", orm_text("x") }, { "value", orm_text("v3") }) };
    orm_row   keys[] = { ORM_ROW({ "a", orm_int(2) }, { "b", orm_text("x") }),
                         ORM_ROW({ "a", orm_int(3) }, { "b", orm_text("z") }) };

    one = orm_upsert(own.em, pair, &ORM_ROW({ "a", orm_int(1) }, { "b", orm_text("x") }, { "value", orm_text("v0") }), NULL);
    assert_non_null(one);
    if (!is_native(w))
        assert_sent(w, 0,
                    "insert into \"pair\" (\"a\", \"b\", \"value\") values (1, 'x', 'v0') on conflict (\"a\", \"b\") do"
                    " update set \"value\" = excluded.\"value\"");
    check(own.em, orm_upsert_many(own.em, pair, rows, 3, NULL, &list));
    assert_ptr_equal(orm_list_at(&list, 1), one);
    assert_string_equal(one->value, "v2");
    assert_string_equal(ORM_AT(list, pair, 0)->value, "v1");
    assert_string_equal(ORM_AT(list, pair, 2)->value, "v3");
    /* Nothing to merge: what is there is read. */
    check(own.em, orm_upsert_many(own.em, pair, keys, 2, NULL, &list));
    assert_string_equal(ORM_AT(list, pair, 0)->value, "v3");
    assert_null(ORM_AT(list, pair, 1)->value);
    assert_null(orm_upsert(own.em, pair, &ORM_ROW({ "a", orm_int(1) }, { "value", orm_text("x") }), NULL));
    assert_string_equal(orm_em_error(own.em)->property, "b");
    close_own(w, &own);
}

/* Whoever changes a row makes its next version, so that others notice. */
static void test_versions(void **state)
{
    world    *w = *state;
    own_world own = open_own(w);
    orm_row   row = ORM_ROW({ "code", orm_text("a") }, { "title", orm_text("t") });
    doc      *loaded;

    loaded = orm_upsert(own.em, doc, &row, NULL);
    assert_non_null(loaded);
    assert_int_equal(loaded->version, 1);
    assert_ptr_equal(orm_upsert(own.em, doc, &row, NULL), loaded);
    assert_int_equal(loaded->version, 2);
    assert_ptr_equal(orm_upsert(own.em, doc, &row, &(orm_upsert_options){ .action = ORM_CONFLICT_IGNORE }), loaded);
    assert_int_equal(loaded->version, 2);
    loaded->title = "mine";
    check(own.em, orm_flush(own.em));
    assert_int_equal(loaded->version, 3);

    check(own.em, orm_native_update(own.em, doc, NULL, &ORM_ROW({ "title", orm_text("theirs") }), NULL));
    assert_sql(w, "select title || version from doc", "theirs4");
    loaded->title = "lost";
    assert_int_equal(orm_flush(own.em), ORM_ERR_OPTIMISTIC_LOCK);
    check(own.em, orm_native_update(own.em, doc, NULL, &ORM_ROW({ "version", orm_int(3) }), NULL));
    check(own.em, orm_flush(own.em));
    assert_sql(w, "select title || version from doc", "lost4");

    check(own.em, orm_begin(own.em, NULL));
    assert_ptr_equal(orm_upsert(own.em, doc, &row, NULL), loaded);
    assert_int_equal(loaded->version, 5);
    check(own.em, orm_rollback(own.em));
    check(own.em, orm_flush(own.em));
    assert_sql(w, "select title || version from doc", "t5");
    close_own(w, &own);
}

/* A lazy property does not come back unless it was sent; it is missing, as after a find. */
static void test_lazy_properties(void **state)
{
    world    *w = *state;
    own_world own = open_own(w);
    orm_row   row = ORM_ROW({ "code", orm_text("a") }, { "title", orm_text("t") });
    doc      *one;

    sql(w, "insert into doc (code, title, body) values ('a', 't', 'long')");
    sql_log_clear(&w->log);
    one = orm_upsert(own.em, doc, &row, NULL);
    assert_null(strstr(w->log.lines[0], "body"));
    assert_null(one->body);
    assert_true(orm_is_initialized(own.em, one));
    check(own.em, orm_flush(own.em));
    assert_sql(w, "select body from doc", "long");
    assert_ptr_equal(
        orm_find_one(own.em, doc, &orm_eq("code", "a"), &(orm_find_options){ .fields = ORM_PATHS("body") }), one);
    assert_string_equal(one->body, "long");

    orm_clear(own.em);
    one = orm_upsert(own.em, doc, &ORM_ROW({ "code", orm_text("a") }, { "title", orm_text("t") }, { "body", orm_text("B") }),
                     NULL);
    assert_string_equal(one->body, "B");
    assert_sql(w, "select body from doc", "B");
    close_own(w, &own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_by_unique_property, fresh),
        cmocka_unit_test_setup(test_by_key, fresh),
        cmocka_unit_test_setup(test_client_uuids_do_not_overwrite, fresh),
        cmocka_unit_test_setup(test_ignore_and_where_come_back_true, fresh),
        cmocka_unit_test_setup(test_merge_and_exclude_fields, fresh),
        cmocka_unit_test_setup(test_loaded_entities, fresh),
        cmocka_unit_test_setup(test_many, fresh),
        cmocka_unit_test_setup(test_many_ignored, fresh),
        cmocka_unit_test_setup(test_many_where, fresh),
        cmocka_unit_test_setup(test_partial_rows, fresh),
        cmocka_unit_test_setup(test_twice_in_one_statement, fresh),
        cmocka_unit_test_setup(test_bad_options, fresh),
        cmocka_unit_test_setup(test_rollback_forgets, fresh),
        cmocka_unit_test_setup(test_composite_unique, fresh),
        cmocka_unit_test_setup(test_null_in_a_conflict_field, fresh),
        cmocka_unit_test_setup(test_conflict_field_that_comes_back_otherwise, fresh),
        cmocka_unit_test_setup(test_composite_key, fresh),
        cmocka_unit_test_setup(test_versions, fresh),
        cmocka_unit_test_setup(test_lazy_properties, fresh),
    };

    return RUN_IN_BOTH_PRESETS(tests);
}
