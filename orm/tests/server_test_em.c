/*
 * The entity manager: what it writes, when it writes nothing, and that memory and database agree after every failure.
 */
#include "em_fixture.h"

/* ---- Identity and dirty check ---- */

static void test_identity(void **state)
{
    world  *w = *state;
    author *a = orm_create(w->em, author, .name = "A", .email = "a@x");
    author *again;

    check(w->em, orm_flush(w->em));
    sql_log_clear(&w->log);
    again = orm_find_one(w->em, author, &orm_key(a->id), NULL);
    assert_ptr_equal(a, again);
    assert_int_equal(w->log.count, 0);
    assert_ptr_equal(orm_reference(w->em, author, a->id), a);
    assert_ptr_equal(orm_find_one(w->em, author, &orm_eq("email", "a@x"), NULL), a);
    assert_int_equal(w->log.count, 1);

    check(w->em, orm_clear(w->em));
    again = orm_find_one(w->em, author, &orm_eq("email", "a@x"), NULL);
    assert_non_null(again);
    assert_string_equal(again->name, "A");
    assert_true(orm_is_initialized(w->em, again));
    assert_ptr_equal(orm_entity_of(w->em, again), &orm_entity_author);
}

static everything *create_everything(orm_em *em)
{
    static const char *texts[] = { "a", NULL, "" };
    static int64_t     numbers[] = { 1, -2 };
    orm_timestamp      at;

    assert_true(orm_timestamp_parse("2026-11-23 10:00:00.25+00", &at));
    return orm_create(em, everything, .flag = true, .small = -5, .number = INT32_MIN, .big = INT64_MAX,
                      .big_text = "9007199254740993", .real = 0.1, .exact = "1.50", .string = "s'\\", .text = "",
                      .other = { true, { { 1, 2, 3 } } }, .day = { true, { 20000 } }, .at = at,
                      .json = "{\"a\": [1, 2]}", .bytes = { "\0\1", 2 }, .texts = { texts, 3 },
                      .numbers = { numbers, NULL, 2 }, .kind = "a");
}

static void assert_round_trip(const everything *e)
{
    assert_true(e->flag);
    assert_int_equal(e->small, -5);
    assert_int_equal(e->number, INT32_MIN);
    assert_true(e->big == INT64_MAX);
    assert_string_equal(e->big_text, "9007199254740993");
    assert_true(e->real == 0.1);
    assert_string_equal(e->exact, "1.50");
    assert_string_equal(e->string, "s'\\");
    assert_string_equal(e->text, "");
    assert_true(e->other.has && e->other.value.bytes[2] == 3);
    assert_true(e->day.has && e->day.value.days == 20000);
    assert_string_equal(e->json, "{\"a\": [1, 2]}");
    assert_int_equal(e->bytes.size, 2);
    assert_memory_equal(e->bytes.data, "\0\1", 2);
    assert_int_equal(e->texts.count, 3);
    assert_null(e->texts.items[1]);
    assert_string_equal(e->texts.items[2], "");
    assert_true(e->numbers.items[1] == -2);
    assert_string_equal(e->kind, "a");
}

static void test_every_type(void **state)
{
    world      *w = *state;
    everything *e = create_everything(w->em);
    orm_uuid    id;

    assert_non_null(e);
    id = e->id;
    assert_false(orm_uuid_is_zero(id));
    check(w->em, orm_flush(w->em));
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);

    check(w->em, orm_clear(w->em));
    e = orm_find_one(w->em, everything, &orm_key(id), NULL);
    assert_non_null(e);
    assert_round_trip(e);
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);
}

/* Each change alone is one UPDATE of one column, and then nothing more. */
static void expect_update(world *w, const char *column)
{
    char expected[64];

    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 3);
    snprintf(expected, sizeof expected, "update \"everything\" set \"%s\" = ", column);
    assert_int_equal(strncmp(w->log.lines[1], expected, strlen(expected)), 0);
    assert_null(strstr(w->log.lines[1], ", \""));
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);
}

static void test_dirty_check(void **state)
{
    world      *w = *state;
    everything *e = create_everything(w->em);
    char        buffer[] = "from a buffer";
    const char *fresh_texts[] = { "x" };

    check(w->em, orm_flush(w->em));
    e->flag = false;
    expect_update(w, "flag");
    e->small = 0;
    expect_update(w, "small");
    e->number++;
    expect_update(w, "number");
    e->big--;
    expect_update(w, "big");
    e->big_text = NULL;
    expect_update(w, "big_text");
    e->real = -0.0;
    expect_update(w, "real");
    e->exact = "1.51";
    expect_update(w, "exact");
    e->other.has = false;
    expect_update(w, "other");
    e->day.value.days++;
    expect_update(w, "day");
    e->at.microseconds++;
    expect_update(w, "at");
    e->json = "{\"a\": [1, 3]}";
    expect_update(w, "json");
    e->bytes = (orm_bytes){ "", 0 };
    expect_update(w, "bytes");
    e->texts.items[0] = buffer;
    expect_update(w, "texts");
    buffer[0] = 'F';
    assert_string_equal(e->texts.items[0], "from a buffer");
    e->texts = (orm_text_array){ fresh_texts, 1 };
    expect_update(w, "texts");
    fresh_texts[0] = "y";
    assert_string_equal(e->texts.items[0], "x");
    e->numbers.items[0] = 7;
    expect_update(w, "numbers");
    e->kind = "b";
    expect_update(w, "kind");

    /* Equal values behind other pointers are no change, and are not kept. */
    buffer[0] = '\0';
    e->text = buffer;
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);
    assert_ptr_not_equal(e->text, buffer);
    assert_sql(w, "select texts[1] || numbers[1] || kind from everything", "x7b");
}

/* ---- Batches ---- */

#define MANY 701

static void test_batches(void **state)
{
    world   *w = *state;
    tag     *tags[MANY];
    orm_list list;

    for (int i = 0; i < MANY; i++) {
        char name[16];

        snprintf(name, sizeof name, "n%d", i);
        tags[i] = orm_create(w->em, tag, .name = name);
    }
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 5);
    for (int i = 0; i < MANY; i++) {
        char  question[80];
        char *name;

        if (i % 50 != 0)
            continue;
        snprintf(question, sizeof question, "select name from tag where id = %s", tags[i]->id);
        name = sql_value(w, question);
        assert_string_equal(name, tags[i]->name);
        free(name);
    }
    sql_log_clear(&w->log);
    for (int i = 0; i < MANY; i++)
        tags[i]->name = i % 2 == 0 ? "even" : "odd";
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 5);
    assert_sql(w, "select count(*) from tag where name = 'odd'", "350");

    check(w->em, orm_find(w->em, tag, NULL, NULL, &list));
    assert_int_equal(list.count, MANY);
    for (int i = 0; i < MANY; i++)
        check(w->em, orm_remove(w->em, tags[i]));
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 5);
    assert_sql(w, "select count(*) from tag", "0");
}

/* Rows that come back in another order find their entities: by a unique column, by the key, by number. */
static void test_rows_are_matched(void **state)
{
    world   *w = *state;
    author  *authors[20];
    counter *counters[20];

    /* A trigger that makes each default depend on the row shows a wrong match. */
    sql(w, "create or replace function mark() returns trigger language plpgsql as "
           "$$ begin new.created_at = timestamptz '2020-01-01 00:00:00+00' + (substr(new.email, 2) || ' s')::interval;"
           " return new; end $$");
    sql(w, "create trigger mark before insert on author for each row execute function mark()");
    for (int i = 0; i < 20; i++) {
        char     email[8];
        orm_uuid id = { { 0 } };

        snprintf(email, sizeof email, "e%d", i * 7 % 20);
        if (i >= 10)
            assert_true(orm_uuid_random(&id));
        authors[i] = orm_create(w->em, author, .id = id, .name = "n", .email = email);
        counters[i] = orm_create(w->em, counter, .name = email);
    }
    check(w->em, orm_flush(w->em));
    for (int i = 0; i < 20; i++) {
        char question[120];
        char id[ORM_UUID_TEXT_SIZE];
        char number[16];

        assert_true((authors[i]->createdAt.value.microseconds / 1000000 - 1577836800) == i * 7 % 20);
        snprintf(question, sizeof question, "select email from author where id = '%s'",
                 orm_uuid_format(authors[i]->id, id));
        assert_sql(w, question, authors[i]->email);
        snprintf(question, sizeof question, "select id from counter where name = '%s'", counters[i]->name);
        snprintf(number, sizeof number, "%d", counters[i]->id);
        assert_sql(w, question, number);
    }
    sql(w, "drop trigger mark on author");
}

/* ---- Keys ---- */

static void test_integer_key_overflow(void **state)
{
    world      *w = *state;
    orm_list    list;
    const char *message;

    sql(w, "alter table counter alter id type bigint; alter sequence counter_id_seq as bigint");
    sql(w, "insert into counter (id, name) values (5000000000, 'big')");
    assert_int_equal(orm_find(w->em, counter, NULL, NULL, &list), ORM_ERR_CONVERSION);
    assert_error(w, ORM_ERR_CONVERSION, "Counter", "id");
    message = orm_em_error(w->em)->message;
    assert_non_null(strstr(message, "Counter.id"));
    assert_non_null(strstr(message, "5000000000"));
    assert_true(strstr(message, "use bigint or uuid") != NULL ||
                strstr(orm_em_error(w->em)->hint, "use bigint or uuid") != NULL);
    assert_int_equal(list.count, 0);

    sql(w, "select setval('counter_id_seq', 6000000000)");
    orm_create(w->em, counter, .name = "one");
    assert_int_equal(orm_flush(w->em), ORM_ERR_CONVERSION);
    assert_sql(w, "select count(*) from counter", "1");
    sql(w, "delete from counter; select setval('counter_id_seq', 1)");
    sql(w, "alter table counter alter id type int; alter sequence counter_id_seq as int");
}

static void test_key_is_fixed(void **state)
{
    world *w = *state;
    tag   *t = orm_create(w->em, tag, .name = "t");

    check(w->em, orm_flush(w->em));
    t->id = "77";
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Tag", "id");
}

static void test_duplicate_identity(void **state)
{
    world *w = *state;
    tag   *stub = orm_reference(w->em, tag, 5);

    assert_non_null(stub);
    assert_false(orm_is_initialized(w->em, stub));
    assert_string_equal(stub->id, "5");
    orm_create(w->em, tag, .id = "5", .name = "t");
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Tag", "id");
}

/* ---- Validation: nothing is sent ---- */

static void test_required(void **state)
{
    world *w = *state;

    orm_create(w->em, author, .name = "A");
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Author", "email");
    assert_string_equal(orm_em_error(w->em)->message, "Value for Author.email is required");
    assert_int_equal(w->log.count, 0);
}

static void test_required_in_update(void **state)
{
    world *w = *state;
    tag   *t = orm_create(w->em, tag, .name = "t");

    check(w->em, orm_flush(w->em));
    sql_log_clear(&w->log);
    t->name = NULL;
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Tag", "name");
    assert_int_equal(w->log.count, 0);
}

static void test_foreign_pointers(void **state)
{
    world  *w = *state;
    author  stranger = { .name = "S" };
    author *a = orm_create(w->em, author, .name = "A", .email = "a@x");
    book   *b = orm_create(w->em, book, .title = "b", .author = a);
    orm_em *other = orm_fork(w->db, NULL);

    assert_null(orm_create(w->em, book, .title = "c", .author = &stranger));
    assert_error(w, ORM_ERR_VALIDATION, "Book", "author");
    b->author = &stranger;
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Book", "author");
    b->author = (author *)(uintptr_t)64; /* never followed */
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    b->author = (author *)(void *)b; /* known, of another type */
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Book", "author");
    assert_int_equal(w->log.count, 0);

    assert_int_equal(orm_persist(other, a), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_remove(other, a), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_remove(w->em, NULL), ORM_ERR_ARGUMENT);
    assert_null(orm_entity_of(other, a));
    orm_em_close(other);
    b->author = a;
    check(w->em, orm_flush(w->em));
}

static void test_removed_reference(void **state)
{
    world  *w = *state;
    author *a = orm_create(w->em, author, .name = "A", .email = "a@x");

    check(w->em, orm_flush(w->em));
    check(w->em, orm_remove(w->em, a));
    orm_create(w->em, book, .title = "b", .author = a);
    sql_log_clear(&w->log);
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Book", "author");
    assert_int_equal(w->log.count, 0);
}

static void test_required_cycles(void **state)
{
    world *w = *state;
    left  *l = orm_create(w->em, left, .right = NULL);
    right *r = orm_create(w->em, right, .left = l);
    link_ *first;
    link_ *second;

    l->right = r;
    assert_int_equal(orm_flush(w->em), ORM_ERR_CYCLE);
    assert_int_equal(w->log.count, 0);
    check(w->em, orm_remove(w->em, l));
    check(w->em, orm_remove(w->em, r));

    /* A row that requires itself, and one that requires it, in the wrong order. */
    second = orm_create(w->em, link_, .name = "second");
    first = orm_create(w->em, link_, .name = "first");
    second->next = first;
    first->next = first;
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from link a join link b on a.next_id = b.id where b.name = 'first'", "2");
}

static void test_bad_values(void **state)
{
    world                      *w = *state;
    author                     *a = orm_create(w->em, author, .name = "A", .email = "a@x");
    orm_value                   value;
    static const orm_assignment two[] = {
        { "name", { .kind = ORM_VALUE_TEXT, .as.text = "changed" } },
        { "age", { .kind = ORM_VALUE_TEXT, .as.text = "many" } },
    };

    a->meta = "{not json";
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Author", "meta");
    a->meta = NULL;
    a->name = "\xff";
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Author", "name");
    assert_int_equal(w->log.count, 0);
    a->name = "A";

    assert_int_equal(orm_assign(w->em, a, two, 2), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Author", "age");
    assert_string_equal(a->name, "A");
    assert_int_equal(orm_get(w->em, a, "nmae", &value), ORM_ERR_VALIDATION);
    assert_non_null(strstr(orm_em_error(w->em)->message, "name"));
    assert_int_equal(orm_get(w->em, a, "books", &value), ORM_ERR_VALIDATION);
}

static void test_nulls(void **state)
{
    world   *w = *state;
    orm_list list;
    tag     *t = orm_create(w->em, tag, .name = "t");

    assert_int_equal(orm_flush(NULL), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_em_error(NULL)->status, ORM_ERR_ARGUMENT);
    assert_int_equal(orm_find_entities(w->em, NULL, NULL, NULL, &list), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_find_entities(w->em, &orm_entity_tag, NULL, NULL, NULL), ORM_ERR_ARGUMENT);
    assert_null(orm_create_copy(NULL, &orm_entity_tag, NULL));
    assert_int_equal(orm_set(w->em, t, NULL, &(orm_value){ .kind = ORM_VALUE_NULL }), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_set(w->em, t, "name", NULL), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_get(w->em, t, "name", NULL), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_execute(w->em, NULL, NULL, 0, NULL), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_commit(w->em), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_rollback(w->em), ORM_ERR_ARGUMENT);
    assert_null(orm_reference_by_key(w->em, &orm_entity_tag, orm_null()));
    assert_null(orm_strdup(w->em, NULL));
    assert_null(orm_fork(NULL, NULL));
    orm_close(NULL);
    orm_em_close(NULL);
}

/* ---- Members by name ---- */

static void test_by_name(void **state)
{
    world               *w = *state;
    author              *a = orm_create(w->em, author, .name = "A", .email = "a@x");
    const orm_assignment values[] = { { "title", orm_text("b") },
                                      { "price", orm_text("9.99") },
                                      { "author", orm_entity_value(a) },
                                      { "publisher", orm_int(3) } };
    book                *b = orm_create_with(w->em, &orm_entity_book, values, 4);
    orm_value            value;

    assert_non_null(b);
    assert_string_equal(b->title, "b");
    assert_ptr_equal(b->author, a);
    assert_string_equal(b->publisher->id, "3");
    assert_true(orm_collection_contains(a->books, b));
    check(w->em, orm_get(w->em, b, "author", &value));
    assert_int_equal(value.kind, ORM_VALUE_ENTITY);
    assert_ptr_equal(value.as.entity, a);
    check(w->em, orm_set(w->em, b, "publisher", &(orm_value){ .kind = ORM_VALUE_NULL }));
    assert_null(b->publisher);
    check(w->em, orm_set(w->em, a, "age", &(orm_value){ .kind = ORM_VALUE_INT, .as.integer = 5 }));
    assert_true(a->age.has && a->age.value == 5);
    check(w->em, orm_get(w->em, a, "meta", &value));
    assert_int_equal(value.kind, ORM_VALUE_NULL);
    assert_ptr_equal(orm_collection_of(w->em, a, "books"), a->books);
    assert_null(orm_collection_of(w->em, a, "name"));
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select price from book", "9.99");
}

/* ---- Collections ---- */

static void test_collections(void **state)
{
    world  *w = *state;
    author *john = orm_create(w->em, author, .name = "John", .email = "john@x");
    author *jane = orm_create(w->em, author, .name = "Jane", .email = "jane@x");
    book   *b1 = orm_create(w->em, book, .title = "b1", .author = john);
    book   *b2 = orm_create(w->em, book, .title = "b2");
    book   *b3 = orm_create(w->em, book, .title = "b3", .author = john);

    assert_int_equal(orm_collection_count(john->books), 2);
    check(w->em, orm_collection_add(w->em, john->books, b2));
    check(w->em, orm_collection_add(w->em, john->books, b2));
    assert_int_equal(orm_collection_count(john->books), 3);
    assert_ptr_equal(b2->author, john);
    check(w->em, orm_set(w->em, b1, "author", &(orm_value){ .kind = ORM_VALUE_ENTITY, .as.entity = jane }));
    assert_int_equal(orm_collection_count(john->books), 2);
    assert_ptr_equal(ORM_ITEM(john->books, book, 0), b3);
    assert_ptr_equal(ORM_ITEM(john->books, book, 1), b2);
    assert_null(orm_collection_at(john->books, 2));
    assert_true(orm_collection_contains(jane->books, b1));
    assert_int_equal(orm_collection_add(w->em, john->books, jane), ORM_ERR_VALIDATION);

    b3->author = jane; /* a plain assignment is seen by the flush */
    check(w->em, orm_flush(w->em));
    assert_int_equal(orm_collection_count(john->books), 1);
    assert_int_equal(orm_collection_count(jane->books), 2);
    check(w->em, orm_remove(w->em, b3));
    assert_int_equal(orm_collection_count(jane->books), 1);
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select string_agg(title, ',' order by title) from book", "b1,b2");
    assert_true(orm_collection_is_initialized(john->books));
    assert_int_equal(orm_collection_count(NULL), 0);
}

/* ---- Stubs ---- */

static void test_stub(void **state)
{
    world *w = *state;
    tag   *stub;

    sql(w, "insert into tag (name) values ('a'), ('b')");
    stub = orm_reference(w->em, tag, "1");
    assert_ptr_equal(orm_reference(w->em, tag, 1), stub);
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);
    stub->name = "changed";
    assert_ptr_equal(orm_find_one(w->em, tag, &orm_eq("name", "a"), NULL), stub);
    assert_string_equal(stub->name, "changed");
    assert_true(orm_is_initialized(w->em, stub));
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select name from tag where id = 1", "changed");
    check(w->em, orm_remove(w->em, orm_reference(w->em, tag, 2)));
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from tag", "1");
}

/* ---- Failures and rollbacks ---- */

static void test_failed_flush(void **state)
{
    world  *w = *state;
    tag    *kept = orm_create(w->em, tag, .name = "kept");
    tag    *gone = orm_create(w->em, tag, .name = "gone");
    tag    *t;
    author *a;
    book   *b;

    check(w->em, orm_flush(w->em));
    sql(w, "insert into author (name, email) values ('A', 'dup')");
    kept->name = "changed";
    check(w->em, orm_remove(w->em, gone));
    t = orm_create(w->em, tag, .name = "new");
    a = orm_create(w->em, author, .name = "B", .email = "dup");
    b = orm_create(w->em, book, .title = "b", .author = a);
    assert_int_equal(orm_flush(w->em), ORM_ERR_UNIQUE_CONSTRAINT);
    assert_false(orm_in_transaction(w->em));
    assert_null(t->id);
    assert_int_equal(b->id, 0);
    assert_true(orm_uuid_is_zero(a->id));
    assert_false(a->createdAt.has);
    assert_sql(w, "select string_agg(name, ',' order by id) from tag", "kept,gone");

    a->email = "other";
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select string_agg(name, ',' order by id) from tag", "changed,new");
    assert_sql(w, "select title from book join author on author_id = author.id where email = 'other'", "b");
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);
}

static void test_rollback(void **state)
{
    world *w = *state;
    tag   *old = orm_create(w->em, tag, .name = "old");
    tag   *gone = orm_create(w->em, tag, .name = "gone");
    tag   *fresh_tag;

    check(w->em, orm_flush(w->em));
    check(w->em, orm_begin(w->em, NULL));
    old->name = "changed";
    check(w->em, orm_remove(w->em, gone));
    fresh_tag = orm_create(w->em, tag, .name = "fresh");
    check(w->em, orm_flush(w->em));
    assert_non_null(fresh_tag->id);
    assert_null(orm_find_one(w->em, tag, &orm_key(gone->id), NULL));
    check(w->em, orm_rollback(w->em));
    assert_null(fresh_tag->id);
    assert_string_equal(old->name, "changed");
    assert_ptr_equal(orm_find_one(w->em, tag, &orm_key(gone->id), &(orm_find_options){ .flush_mode = ORM_FLUSH_COMMIT }),
                     gone);
    assert_sql(w, "select string_agg(name, ',' order by id) from tag", "old,gone");

    check(w->em, orm_flush(w->em));
    assert_sql(w, "select string_agg(name, ',' order by id) from tag", "changed,fresh");
}

/* The server refuses the DELETE: the wish for it stays. */
static void test_failed_delete(void **state)
{
    world     *w = *state;
    publisher *p = orm_create(w->em, publisher, .name = "p");

    check(w->em, orm_flush(w->em));
    sql(w, "create table holder (publisher_id bigint references publisher (id)); insert into holder values (1)");
    check(w->em, orm_remove(w->em, p));
    for (int i = 0; i < 2; i++)
        assert_int_equal(orm_flush(w->em), ORM_ERR_FOREIGN_KEY_CONSTRAINT);
    sql(w, "drop table holder");
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from publisher", "0");
}

static void test_savepoints(void **state)
{
    world *w = *state;
    tag   *t1 = orm_create(w->em, tag, .name = "t1");
    tag   *t2;

    check(w->em, orm_begin(w->em, NULL));
    check(w->em, orm_flush(w->em));
    check(w->em, orm_begin(w->em, NULL));
    t1->name = "inner";
    t2 = orm_create(w->em, tag, .name = "t2");
    check(w->em, orm_flush(w->em));
    check(w->em, orm_rollback(w->em));
    assert_non_null(t1->id);
    assert_null(t2->id);
    check(w->em, orm_remove(w->em, t2));
    t1->name = "t1";
    sql_log_clear(&w->log);
    check(w->em, orm_commit(w->em));
    assert_int_equal(w->log.count, 1); /* nothing to write: the snapshot is the outer level's again */
    assert_false(orm_in_transaction(w->em));
    assert_sql(w, "select string_agg(name, ',') from tag", "t1");

    /* An inner commit is undone by an outer rollback. */
    check(w->em, orm_begin(w->em, NULL));
    check(w->em, orm_begin(w->em, NULL));
    t1->name = "deep";
    check(w->em, orm_commit(w->em));
    check(w->em, orm_rollback(w->em));
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select name from tag", "deep");
}

static orm_status break_unique(orm_em *em, void *context)
{
    world *w = context;

    orm_create(em, tag, .name = "lost");
    orm_create(em, author, .name = "B", .email = "dup");
    assert_true(orm_in_transaction(w->em));
    return orm_flush(em);
}

static orm_status refuse(orm_em *em, void *context)
{
    (void)context;
    orm_create(em, tag, .name = "refused");
    return orm_flush(em) == ORM_OK ? ORM_ERR_NOT_FOUND : ORM_OK;
}

static orm_status leave_open(orm_em *em, void *context)
{
    (void)context;
    return orm_begin(em, NULL);
}

static orm_status create_only(orm_em *em, void *context)
{
    (void)context;
    return orm_create(em, tag, .name = "flushed by commit") == NULL ? ORM_ERR_MEMORY : ORM_OK;
}

static void test_transactional(void **state)
{
    world *w = *state;

    check(w->em, orm_transactional(w->em, create_only, NULL, NULL));
    assert_sql(w, "select name from tag", "flushed by commit");
    sql(w, "insert into author (name, email) values ('A', 'dup')");
    assert_int_equal(orm_transactional(w->em, break_unique, w, NULL), ORM_ERR_UNIQUE_CONSTRAINT);
    assert_int_equal(orm_em_error(w->em)->status, ORM_ERR_UNIQUE_CONSTRAINT);
    assert_string_equal(orm_em_error(w->em)->sqlstate, "23505");
    assert_false(orm_in_transaction(w->em));
    check(w->em, orm_clear(w->em));
    assert_int_equal(orm_transactional(w->em, refuse, NULL, NULL), ORM_ERR_NOT_FOUND);
    assert_int_equal(orm_em_error(w->em)->status, ORM_ERR_NOT_FOUND);
    check(w->em, orm_clear(w->em));
    assert_int_equal(orm_transactional(w->em, leave_open, NULL, NULL), ORM_ERR_ARGUMENT);
    assert_false(orm_in_transaction(w->em));
    assert_int_equal(orm_transactional(w->em, NULL, NULL, NULL), ORM_ERR_ARGUMENT);
    assert_sql(w, "select count(*) from tag", "1");
}

static void test_flush_fails_in_transaction(void **state)
{
    world  *w = *state;
    tag    *t;
    author *a;

    sql(w, "insert into author (name, email) values ('A', 'dup')");
    check(w->em, orm_begin(w->em, NULL));
    t = orm_create(w->em, tag, .name = "t");
    a = orm_create(w->em, author, .name = "B", .email = "dup");
    assert_int_equal(orm_commit(w->em), ORM_ERR_UNIQUE_CONSTRAINT);
    assert_true(orm_in_transaction(w->em));
    assert_null(t->id);
    assert_int_equal(orm_flush(w->em), ORM_ERR_TRANSACTION_ABORTED);
    check(w->em, orm_rollback(w->em));
    a->email = "free";
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from author", "2");
}

static void test_lost_connection(void **state)
{
    world *w = *state;
    tag   *t = orm_create(w->em, tag, .name = "t");
    char  *pid;
    char   kill_it[64];

    check(w->em, orm_begin(w->em, NULL));
    check(w->em, orm_flush(w->em));
    pid = sql_value(w, "select pg_backend_pid()");
    snprintf(kill_it, sizeof kill_it, "select pg_terminate_backend(%s, 10000)", pid);
    free(pid);
    {
        orm_em *other = orm_fork(w->db, NULL);

        check(other, orm_execute(other, kill_it, NULL, 0, NULL));
        orm_em_close(other);
    }
    for (int i = 0; i < 50 && orm_in_transaction(w->em); i++)
        orm_execute(w->em, "select pg_sleep(0.02)", NULL, 0, NULL);
    assert_int_equal(orm_em_error(w->em)->status, ORM_ERR_CONNECTION);
    assert_false(orm_in_transaction(w->em));
    assert_null(t->id);
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select name from tag", "t");
}

static void test_forgotten(void **state)
{
    world  *w = *state;
    author *a = orm_create(w->em, author, .name = "A", .email = "a@x");
    tag    *t = orm_create(w->em, tag, .name = "t");

    check(w->em, orm_remove(w->em, t));
    check(w->em, orm_remove(w->em, a));
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);
    /* Referred to again, it is wanted again. */
    orm_create(w->em, book, .title = "b", .author = a);
    check(w->em, orm_persist(w->em, t));
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select (select count(*) from author) || ',' || (select count(*) from tag)", "1,1");
    /* Removed and wanted again before the flush. */
    check(w->em, orm_remove(w->em, t));
    check(w->em, orm_persist(w->em, t));
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);
}

/* ---- Memory ---- */

typedef struct failing {
    size_t left; /* allocations that still work */
    long   open;
} failing;

static void *failing_alloc(void *context, size_t size)
{
    failing *f = context;

    if (f->left == 0)
        return NULL;
    f->left--;
    f->open++;
    return malloc(size);
}

static void *failing_resize(void *context, void *block, size_t size)
{
    failing *f = context;

    if (f->left == 0)
        return NULL;
    f->left--;
    if (block == NULL)
        f->open++;
    return realloc(block, size);
}

static void failing_release(void *context, void *block)
{
    failing *f = context;

    if (block != NULL)
        f->open--;
    free(block);
}

/* Creates, flushes, finds and populates; ORM_OK or the status of what failed. */
static orm_status run_scenario(orm *db)
{
    orm_error  error;
    orm_em    *em = orm_fork(db, &error);
    orm_list   list;
    author    *a;
    orm_status status;

    if (em == NULL)
        return error.status;
    a = orm_create(em, author, .name = "A", .email = "a@x");
    if (a != NULL && orm_create(em, book, .title = "b1", .author = a, .price = "1.00") != NULL &&
        orm_create(em, book, .title = "b2", .author = a) != NULL && orm_flush(em) == ORM_OK) {
        a->name = "A2";
        if (orm_flush(em) == ORM_OK && orm_clear(em) == ORM_OK)
            orm_find(em, book, &orm_eq("title", "b1"), (&(orm_find_options){ .populate = ORM_PATHS("author.books") }),
                     &list);
    }
    status = orm_em_error(em)->status;
    orm_em_close(em);
    return status;
}

/* Each allocation of opening fails once. */
static void test_memory_of_open(void **state)
{
    world        *w = *state;
    failing       f = { .left = 0 };
    orm_allocator allocator = { failing_alloc, failing_resize, failing_release, &f };
    orm_config    config = fixture_config(w, orm_settings_of(w->db).preset);
    orm_status    status = ORM_ERR_MEMORY;
    size_t        n = 0;

    config.allocator = &allocator;
    config.log = NULL;
    while (status != ORM_OK) {
        orm      *db = (orm *)w;
        orm_error error;

        f.left = n++;
        status = orm_open(&config, &db, &error);
        if (status != ORM_OK && (status != ORM_ERR_MEMORY || error.status != status || db != NULL))
            fail_msg("allocation %zu: %s, %s", n, orm_status_name(status), error.message);
        orm_close(db);
        assert_int_equal(f.open, 0);
        assert_true(n < 20000);
    }
    assert_true(n > 20);
}

static void test_memory(void **state)
{
    world        *w = *state;
    failing       f = { .left = SIZE_MAX };
    orm_allocator allocator = { failing_alloc, failing_resize, failing_release, &f };
    orm_config    config = fixture_config(w, orm_settings_of(w->db).preset);
    orm_status    status = ORM_ERR_MEMORY;
    size_t        n = 0;

    config.allocator = &allocator;
    config.log = NULL;
    while (status != ORM_OK) {
        orm      *db;
        orm_error error;

        f.left = SIZE_MAX;
        sql(w, "delete from book; delete from author");
        assert_int_equal(orm_open(&config, &db, &error), ORM_OK);
        f.left = n++;
        status = run_scenario(db);
        if (status != ORM_OK && status != ORM_ERR_MEMORY)
            fail_msg("allocation %zu: %s", n, orm_status_name(status));
        orm_close(db);
        assert_int_equal(f.open, 0);
        assert_true(n < 5000);
    }
    assert_true(n > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_identity, fresh),
        cmocka_unit_test_setup(test_every_type, fresh),
        cmocka_unit_test_setup(test_dirty_check, fresh),
        cmocka_unit_test_setup(test_batches, fresh),
        cmocka_unit_test_setup(test_rows_are_matched, fresh),
        cmocka_unit_test_setup(test_integer_key_overflow, fresh),
        cmocka_unit_test_setup(test_key_is_fixed, fresh),
        cmocka_unit_test_setup(test_duplicate_identity, fresh),
        cmocka_unit_test_setup(test_required, fresh),
        cmocka_unit_test_setup(test_required_in_update, fresh),
        cmocka_unit_test_setup(test_foreign_pointers, fresh),
        cmocka_unit_test_setup(test_removed_reference, fresh),
        cmocka_unit_test_setup(test_required_cycles, fresh),
        cmocka_unit_test_setup(test_bad_values, fresh),
        cmocka_unit_test_setup(test_nulls, fresh),
        cmocka_unit_test_setup(test_by_name, fresh),
        cmocka_unit_test_setup(test_collections, fresh),
        cmocka_unit_test_setup(test_stub, fresh),
        cmocka_unit_test_setup(test_failed_flush, fresh),
        cmocka_unit_test_setup(test_rollback, fresh),
        cmocka_unit_test_setup(test_failed_delete, fresh),
        cmocka_unit_test_setup(test_savepoints, fresh),
        cmocka_unit_test_setup(test_transactional, fresh),
        cmocka_unit_test_setup(test_flush_fails_in_transaction, fresh),
        cmocka_unit_test_setup(test_lost_connection, fresh),
        cmocka_unit_test_setup(test_forgotten, fresh),
        cmocka_unit_test_setup(test_memory, fresh),
        cmocka_unit_test_setup(test_memory_of_open, fresh),
    };

    return RUN_IN_BOTH_PRESETS(tests);
}
