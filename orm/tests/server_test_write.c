/*
 * Writing without the unit of work: INSERT with all keys, UPDATE and DELETE by condition.
 */
#include "em_fixture.h"

static bool is_native(const world *w)
{
    return orm_settings_of(w->db).preset == ORM_PRESET_NATIVE;
}

/* Statements that begin so, among those that were sent. */
static size_t count_sent(const world *w, const char *beginning)
{
    size_t count = 0;

    for (size_t i = 0; i < w->log.count; i++)
        count += strncmp(w->log.lines[i], beginning, strlen(beginning)) == 0;
    return count;
}

static void test_insert_tells_the_key(void **state)
{
    world    *w = *state;
    orm_value key;

    check(w->em, orm_insert(w->em, tag, &ORM_ROW({ "name", orm_text("n1") }), &key));
    assert_int_equal(key.kind, ORM_VALUE_TEXT);
    assert_string_equal(key.as.text, "1");
    assert_int_equal(w->log.count, 1);
    assert_sent(w, 0,
                is_native(w) ? "insert into \"tag\" (\"name\") values ($1) returning \"id\""
                             : "insert into \"tag\" (\"name\") values ('n1') returning \"id\"");
    assert_sql(w, "select name from tag where id = 1", "n1");

    check(w->em, orm_insert(w->em, counter, &ORM_ROW({ "name", orm_text("c") }), &key));
    assert_int_equal(key.kind, ORM_VALUE_INT);
    assert_int_equal(key.as.integer, 1);
    check(w->em, orm_insert(w->em, counter, &ORM_ROW({ "id", orm_int(0) }, { "name", orm_text("zero") }), &key));
    assert_int_equal(key.as.integer, 2);
    check(w->em, orm_insert(w->em, counter, &ORM_ROW({ "id", orm_int(70) }, { "name", orm_text("given") }), &key));
    assert_int_equal(key.as.integer, 70);
    check(w->em, orm_insert(w->em, counter, &ORM_ROW({ "name", orm_text("nobody asks") }), NULL));
    assert_sql(w, "select string_agg(id || name, ',' order by id) from counter", "1c,2zero,3nobody asks,70given");
}

static void test_insert_makes_uuids_and_takes_entities(void **state)
{
    world    *w = *state;
    orm_value key;
    author   *john = orm_create(w->em, author, .name = "John", .email = "j@x");

    check(w->em, orm_insert(w->em, author, &ORM_ROW({ "email", orm_text("a@x") }, { "name", orm_text("A") }), &key));
    assert_int_equal(key.kind, ORM_VALUE_UUID);
    assert_sql(w, "select email || active from author", "a@xfalse");

    /* Nothing pending was written, so John cannot be referred to yet. */
    assert_int_equal(orm_insert(w->em, book, &ORM_ROW({ "title", orm_text("t") }, { "author", orm_entity_value(john) }),
                                NULL),
                     ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Book", "author");
    check(w->em, orm_flush(w->em));
    check(w->em, orm_insert(w->em, book,
                            &ORM_ROW({ "title", orm_text("t") }, { "author", orm_entity_value(john) },
                                     { "publisher", orm_null() }, { "price", orm_text("1.5") }),
                            &key));
    check(w->em, orm_insert(w->em, book, &ORM_ROW({ "title", orm_text("u") }, { "author", orm_uuid_value(john->id) }),
                            &key));
    assert_int_equal(key.as.integer, 2);
    assert_sql(w, "select count(*) from book b join author a on a.id = b.author_id where a.name = 'John'", "2");

    check(w->em, orm_insert(w->em, everything,
                            &ORM_ROW({ "flag", orm_bool(true) }, { "small", orm_int(1) }, { "number", orm_int(2) },
                                     { "big", orm_int(3) }, { "real", orm_double(0.5) },
                                     { "at", orm_text("2024-01-01T00:00:00Z") },
                                     { "texts", orm_text_array_value(ORM_EMPTY_TEXT_ARRAY) }),
                            &key));
    assert_int_equal(key.kind, ORM_VALUE_UUID);
    assert_false(orm_uuid_is_zero(key.as.uuid));
    assert_sql(w, "select texts::text from everything", "{}");
}

/* What comes back is not in the order of what was sent. */
static void test_insert_many_tells_all_keys(void **state)
{
    world    *w = *state;
    orm_value keys[5];
    orm_row   same = ORM_ROW({ "name", orm_text("im") });
    orm_row   rows[] = { same, same, same, same, same };

    check(w->em, orm_insert_many(w->em, tag, rows, 5, keys));
    assert_int_equal(w->log.count, 1);
    assert_non_null(strstr(w->log.lines[0], "with \"keys\" as materialized"));
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(keys[i].as.text, keys[j].as.text);

    /* Unlike rows: some with a key, some without, some with other properties. */
    sql_log_clear(&w->log);
    rows[0] = ORM_ROW({ "name", orm_text("a") }, { "id", orm_text("900") });
    rows[1] = ORM_ROW({ "name", orm_text("b") });
    rows[2] = ORM_ROW({ "id", orm_text("901") }, { "name", orm_text("c") });
    check(w->em, orm_insert_many(w->em, tag, rows, 3, keys));
    assert_int_equal(count_sent(w, "begin"), 1);
    assert_int_equal(count_sent(w, "commit"), 1);
    assert_string_equal(keys[0].as.text, "900");
    assert_string_equal(keys[1].as.text, "6");
    assert_string_equal(keys[2].as.text, "901");
    assert_sql(w, "select string_agg(id || name, ',' order by id) from tag where id > 5", "6b,900a,901c");

    check(w->em, orm_insert_many(w->em, tag, NULL, 0, NULL));
}

static void test_unlike_rows_use_defaults(void **state)
{
    world    *w = *state;
    orm_value keys[3];
    orm_row   rows[] = {
        ORM_ROW({ "email", orm_text("a@x") }, { "name", orm_text("A") }, { "active", orm_bool(true) }),
        ORM_ROW({ "name", orm_text("B") }, { "email", orm_text("b@x") }, { "age", orm_int(5) }),
        ORM_ROW({ "name", orm_text("C") }, { "email", orm_text("c@x") }, { "meta", orm_text("{}") }),
    };

    check(w->em, orm_insert_many(w->em, author, rows, 3, keys));
    assert_int_equal(w->log.count, 1);
    assert_non_null(strstr(w->log.lines[0], "default"));
    assert_non_null(strstr(w->log.lines[0], "returning \"id\", \"email\""));
    assert_sql(w, "select string_agg(concat(name, active, age, meta), ',' order by name) from author",
               "At,Bf5,Cf{}");
    for (size_t i = 0; i < 3; i++) {
        author *found = orm_find_one(w->em, author, &orm_key(keys[i]), NULL);

        assert_non_null(found);
        assert_string_equal(found->email, i == 0 ? "a@x" : i == 1 ? "b@x" : "c@x");
    }
}

static void test_chunks_are_all_or_none(void **state)
{
    world     *w = *state;
    orm_row   *rows = calloc(700, sizeof *rows);
    orm_value *keys = calloc(700, sizeof *keys);
    char       names[700][16];

    orm_assignment *values = calloc(700 * 2, sizeof *values);

    for (size_t i = 0; i < 700; i++) {
        snprintf(names[i], sizeof names[i], "%zu@x", i);
        values[2 * i] = (orm_assignment){ "name", orm_text("many") };
        values[2 * i + 1] = (orm_assignment){ "email", orm_text(names[i]) };
        rows[i] = (orm_row){ .values = &values[2 * i], .count = 2 };
    }
    check(w->em, orm_insert_many(w->em, author, rows, 700, keys));
    assert_int_equal(count_sent(w, "insert"), 3);
    assert_int_equal(count_sent(w, "begin"), 1);
    for (size_t i = 0; i < 700; i += 99) {
        author *found = orm_find_one(w->em, author, &orm_key(keys[i]), NULL);

        assert_string_equal(found->email, names[i]);
    }

    /* The last chunk has a row that is there already: nothing of the others stays. */
    sql(w, "delete from author where email <> '699@x'");
    assert_int_equal(orm_insert_many(w->em, author, rows, 700, keys), ORM_ERR_UNIQUE_CONSTRAINT);
    assert_sql(w, "select count(*) from author", "1");
    assert_false(orm_in_transaction(w->em));
    assert_int_equal(keys[699].kind, ORM_VALUE_NULL);

    /* In a transaction it is that one that has to be rolled back. */
    check(w->em, orm_begin(w->em, NULL));
    assert_int_equal(orm_insert_many(w->em, author, rows, 700, NULL), ORM_ERR_UNIQUE_CONSTRAINT);
    assert_true(orm_in_transaction(w->em));
    check(w->em, orm_rollback(w->em));
    assert_sql(w, "select count(*) from author", "1");
    free(values);
    free(rows);
    free(keys);
}

static void test_bad_rows_send_nothing(void **state)
{
    world *w = *state;
    const struct {
        orm_row     row;
        orm_status  status;
        const char *property;
        const char *message;
    } bad[] = {
        { ORM_ROW({ "nmae", orm_text("x") }), ORM_ERR_VALIDATION, "nmae", "did you mean \"name\"?" },
        { ORM_ROW({ "books", orm_null() }), ORM_ERR_VALIDATION, "books", "no column" },
        { ORM_ROW({ "name", orm_text("x") }, { "name", orm_text("x") }), ORM_ERR_VALIDATION, "name", "twice" },
        { ORM_ROW({ "name", orm_null() }), ORM_ERR_VALIDATION, "name", "cannot be NULL" },
        { ORM_ROW({ "age", orm_text("old") }), ORM_ERR_VALIDATION, "age", "old" },
        { ORM_ROW({ "name", orm_text("x") }), ORM_ERR_VALIDATION, "email", "Value for Author.email is required" },
        { ORM_ROW({ NULL, orm_text("x") }), ORM_ERR_ARGUMENT, "", "name of a property of Author is NULL" },
        { { .count = 3 }, ORM_ERR_ARGUMENT, "", "no list" },
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        orm_row rows[] = { ORM_ROW({ "name", orm_text("ok") }, { "email", orm_text("ok@x") }), bad[i].row };

        assert_int_equal(orm_insert(w->em, author, &bad[i].row, NULL), bad[i].status);
        assert_string_equal(orm_em_error(w->em)->property, bad[i].property);
        if (strstr(orm_em_error(w->em)->message, bad[i].message) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", orm_em_error(w->em)->message, bad[i].message);
        assert_int_equal(orm_insert_many(w->em, author, rows, 2, NULL), bad[i].status);
        assert_null(orm_upsert(w->em, author, &bad[i].row, NULL));
        assert_int_equal(orm_em_error(w->em)->status, bad[i].status);
    }
    assert_int_equal(orm_insert(w->em, author, NULL, NULL), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_insert_row(w->em, NULL, NULL, NULL), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_insert_row(NULL, &orm_entity_author, NULL, NULL), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_native_update_rows(NULL, &orm_entity_author, NULL, NULL, NULL), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_native_delete_rows(NULL, &orm_entity_author, NULL, NULL), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_native_update(w->em, author, NULL, &(orm_row){ .count = 0 }, NULL), ORM_ERR_VALIDATION);
    assert_int_equal(orm_native_update(w->em, author, &orm_eq("nmae", "x"), &ORM_ROW({ "name", orm_text("x") }), NULL),
                     ORM_ERR_VALIDATION);
    assert_int_equal(orm_native_delete(w->em, author, &orm_eq("nmae", "x"), NULL), ORM_ERR_VALIDATION);
    assert_int_equal(w->log.count, 0);
}

static void test_update_and_delete(void **state)
{
    world   *w = *state;
    int64_t  affected = -1;
    tag     *loaded;
    author  *ann;
    orm_list books;

    sql(w, "insert into tag (name) values ('n1'), ('n2'), ('n2')");
    loaded = orm_find_one(w->em, tag, &orm_eq("name", "n1"), NULL);
    sql_log_clear(&w->log);
    check(w->em,
          orm_native_update(w->em, tag, &orm_eq("name", "n1"), &ORM_ROW({ "name", orm_text("n1x") }), &affected));
    assert_int_equal(affected, 1);
    assert_sent(w, 0,
                is_native(w) ? "update \"tag\" set \"name\" = $1 where \"name\" = $2"
                             : "update \"tag\" set \"name\" = 'n1x' where \"name\" = 'n1'");
    assert_string_equal(loaded->name, "n1");
    check(w->em, orm_native_delete(w->em, tag, &orm_eq("name", "n2"), &affected));
    assert_int_equal(affected, 2);
    assert_sent(w, 1,
                is_native(w) ? "delete from \"tag\" where \"name\" = $1" : "delete from \"tag\" where \"name\" = 'n2'");
    check(w->em, orm_native_update(w->em, tag, NULL, &ORM_ROW({ "name", orm_text("all") }), &affected));
    assert_int_equal(affected, 1);
    check(w->em, orm_native_delete(w->em, tag, &orm_eq("name", "none"), &affected));
    assert_int_equal(affected, 0);
    check(w->em, orm_native_delete(w->em, tag, NULL, NULL));
    assert_sql(w, "select count(*) from tag", "0");
    assert_int_equal(count_sent(w, "begin"), 0);

    ann = orm_create(w->em, author, .name = "Ann", .email = "ann@x");
    orm_create(w->em, book, .title = "b", .author = ann);
    check(w->em, orm_flush(w->em));
    check(w->em, orm_native_update(w->em, book, &orm_eq("author", ann),
                                   &ORM_ROW({ "title", orm_text("c") }, { "price", orm_null() }), &affected));
    assert_int_equal(affected, 1);
    check(w->em, orm_find(w->em, book, NULL, &(orm_find_options){ .refresh = true }, &books));
    assert_string_equal(ORM_AT(books, book, 0)->title, "c");

    /* They are part of the open transaction. */
    check(w->em, orm_begin(w->em, NULL));
    check(w->em, orm_native_delete(w->em, book, NULL, &affected));
    check(w->em, orm_insert(w->em, tag, &ORM_ROW({ "name", orm_text("gone") }), NULL));
    check(w->em, orm_rollback(w->em));
    assert_sql(w, "select (select count(*) from book) || ' ' || (select count(*) from tag)", "1 0");
}

/* A condition through a relation finds the keys first. */
static void test_conditions_through_relations(void **state)
{
    world   *w = *state;
    int64_t  affected;
    author  *ann = orm_create(w->em, author, .name = "Ann", .email = "ann@x");
    author  *bob = orm_create(w->em, author, .name = "Bob", .email = "bob@x");

    orm_create(w->em, book, .title = "a1", .author = ann);
    orm_create(w->em, book, .title = "a2", .author = ann);
    orm_create(w->em, book, .title = "b1", .author = bob);
    check(w->em, orm_flush(w->em));
    sql_log_clear(&w->log);
    check(w->em, orm_native_update(w->em, book, &orm_eq("author.name", "Ann"), &ORM_ROW({ "price", orm_int(1) }),
                                   &affected));
    assert_int_equal(affected, 2);
    assert_int_equal(w->log.count, 1);
    if (!is_native(w))
        assert_sent(w, 0,
                    "update \"book\" set \"price\" = '1' where \"id\" in (select \"b0\".\"id\" from (select distinct"
                    " \"b0\".\"id\" from \"book\" as \"b0\" inner join \"author\" as \"a1\" on \"b0\".\"author_id\" ="
                    " \"a1\".\"id\" where \"a1\".\"name\" = 'Ann') as \"b0\")");
    check(w->em, orm_native_update(w->em, author, &orm_related("books", orm_like("title", "b%")),
                                   &ORM_ROW({ "age", orm_int(7) }), &affected));
    assert_int_equal(affected, 1);
    check(w->em, orm_native_delete(w->em, book, &orm_or(orm_eq("author.name", "Bob"), orm_eq("title", "a1")), &affected));
    assert_int_equal(affected, 2);
    check(w->em, orm_native_delete(w->em, author, &orm_in("age", orm_list_of(orm_int(7), orm_int(8))), &affected));
    assert_int_equal(affected, 1);
    assert_sql(w, "select string_agg(title || price, ',') from book", "a21.00");
}

/* ---- Keys of several parts ---- */

typedef struct part {
    int32_t     shelf;
    const char *code;
    const char *name;
} part;
typedef struct detail {
    part       *part;
    const char *text;
} detail;
typedef struct note {
    part       *part;
    int32_t     number;
    const char *text;
} note;

static const orm_property part_properties[] = {
    ORM_INTEGER(part, shelf, .primary = true),
    ORM_STRING(part, code, .primary = true),
    ORM_STRING(part, name, .nullable = true),
};
static const orm_property detail_properties[] = {
    ORM_MANY_TO_ONE(detail, part, .target = "Part", .primary = true),
    ORM_STRING(detail, text, .nullable = true),
};
static const orm_property note_properties[] = {
    ORM_MANY_TO_ONE(note, part, .target = "Part", .primary = true),
    ORM_INTEGER(note, number, .primary = true),
    ORM_STRING(note, text, .nullable = true),
};
ORM_ENTITY(part, "Part", part_properties);
ORM_ENTITY(detail, "Detail", detail_properties);
ORM_ENTITY(note, "Note", note_properties);

static const char part_tables[] =
    "drop table if exists note, detail, part;"
    "create table part (shelf int not null, code varchar(255) not null, name varchar(255), primary key (shelf, code));"
    "create table detail (part_shelf int not null, part_code varchar(255) not null, text varchar(255),"
    " primary key (part_shelf, part_code), foreign key (part_shelf, part_code) references part (shelf, code));"
    "create table note (part_shelf int not null, part_code varchar(255) not null, number int not null,"
    " text varchar(255), primary key (part_shelf, part_code, number))";

static void test_composite_keys(void **state)
{
    world     *w = *state;
    orm       *db;
    orm_em    *em;
    orm_error  error;
    orm_config config = fixture_config(w, orm_settings_of(w->db).preset);
    orm_value  keys[2];
    int64_t    affected;
    part      *found;
    orm_row    parts[] = {
        ORM_ROW({ "code", orm_text("b") }, { "shelf", orm_int(2) }),
        ORM_ROW({ "shelf", orm_int(1) }, { "code", orm_text("a") }, { "name", orm_text("one") }),
    };

    sql(w, part_tables);
    config.entities = ORM_ENTITIES(part, detail, note);
    assert_int_equal(orm_open(&config, &db, &error), ORM_OK);
    em = orm_fork(db, &error);
    check(em, orm_insert_many(em, part, parts, 2, keys));
    assert_int_equal(keys[0].kind, ORM_VALUE_LIST);
    assert_int_equal(keys[0].as.list.items[0].as.integer, 2);
    assert_string_equal(keys[0].as.list.items[1].as.text, "b");
    assert_int_equal(keys[1].as.list.items[0].as.integer, 1);

    found = orm_find_one(em, part, &orm_key(keys[1]), NULL);
    assert_string_equal(found->name, "one");
    check(em, orm_insert(em, detail, &ORM_ROW({ "part", orm_entity_value(found) }), &keys[0]));
    assert_int_equal(keys[0].kind, ORM_VALUE_LIST);
    assert_string_equal(keys[0].as.list.items[1].as.text, "a");
    check(em, orm_insert(em, note, &ORM_ROW({ "number", orm_int(7) }, { "part", keys[1] }), &keys[0]));
    assert_int_equal(keys[0].as.list.count, 2);
    assert_int_equal(keys[0].as.list.items[0].kind, ORM_VALUE_LIST);
    assert_int_equal(keys[0].as.list.items[1].as.integer, 7);
    check(em, orm_native_update(em, note, &orm_key(keys[0]), &ORM_ROW({ "text", orm_text("t") }), &affected));
    assert_int_equal(affected, 1);
    check(em, orm_native_update(em, note, &orm_eq("part", found), &ORM_ROW({ "text", orm_text("u") }), &affected));
    assert_int_equal(affected, 1);
    assert_int_equal(orm_insert(em, part, &ORM_ROW({ "shelf", orm_int(1) }), NULL), ORM_ERR_VALIDATION);
    assert_string_equal(orm_em_error(em)->property, "code");
    check(em, orm_native_delete(em, detail, &orm_eq("part", found), &affected));
    assert_int_equal(affected, 1);
    orm_close(db);
    sql(w, "drop table note, detail, part");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_insert_tells_the_key, fresh),
        cmocka_unit_test_setup(test_insert_makes_uuids_and_takes_entities, fresh),
        cmocka_unit_test_setup(test_insert_many_tells_all_keys, fresh),
        cmocka_unit_test_setup(test_unlike_rows_use_defaults, fresh),
        cmocka_unit_test_setup(test_chunks_are_all_or_none, fresh),
        cmocka_unit_test_setup(test_bad_rows_send_nothing, fresh),
        cmocka_unit_test_setup(test_update_and_delete, fresh),
        cmocka_unit_test_setup(test_conditions_through_relations, fresh),
        cmocka_unit_test_setup(test_composite_keys, fresh),
    };

    return RUN_IN_BOTH_PRESETS(tests);
}
