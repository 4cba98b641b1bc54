/*
 * What a careless or hostile program does to an entity manager: wrong order, wrong moment, values at the edges.
 */
#include "em_fixture.h"

#include <math.h>

/* ---- Removing, persisting, rolling back ---- */

/* Persisted again after its row was deleted, and all of it rolled back: it is the one instance of its key. */
static void test_persisted_after_delete(void **state)
{
    world *w = *state;
    tag   *t = orm_create(w->em, tag, .name = "t");
    char   id[24];

    check(w->em, orm_flush(w->em));
    snprintf(id, sizeof id, "%s", t->id);
    check(w->em, orm_begin(w->em, NULL));
    check(w->em, orm_remove(w->em, t));
    check(w->em, orm_flush(w->em));
    check(w->em, orm_persist(w->em, t));
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select name from tag", "t");
    check(w->em, orm_rollback(w->em));
    assert_string_equal(t->id, id);
    assert_ptr_equal(orm_find_one(w->em, tag, &orm_key(id), NULL), t);
    t->name = "still ours";
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select string_agg(name, ',') from tag", "still ours");
}

/* The same with a commit: deleted and inserted again, then deleted for good. */
static void test_deleted_twice(void **state)
{
    world *w = *state;
    tag   *t = orm_create(w->em, tag, .name = "t");

    check(w->em, orm_flush(w->em));
    for (int i = 0; i < 3; i++) {
        check(w->em, orm_remove(w->em, t));
        check(w->em, orm_flush(w->em));
        assert_sql(w, "select count(*) from tag", "0");
        assert_null(orm_find_one(w->em, tag, &orm_key(t->id), NULL));
        check(w->em, orm_persist(w->em, t));
        check(w->em, orm_flush(w->em));
        assert_sql(w, "select count(*) from tag", "1");
        assert_ptr_equal(orm_find_one(w->em, tag, &orm_key(t->id), NULL), t);
    }
}

/* Deleted in an open transaction, given another key and persisted: a rollback could not bring the old row's entity back. */
static void test_key_of_deleted(void **state)
{
    world *w = *state;
    tag   *t = orm_create(w->em, tag, .name = "t");
    tag   *found;

    check(w->em, orm_flush(w->em));
    check(w->em, orm_begin(w->em, NULL));
    check(w->em, orm_remove(w->em, t));
    check(w->em, orm_flush(w->em));
    t->id = "77";
    check(w->em, orm_persist(w->em, t));
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Tag", "id");
    check(w->em, orm_rollback(w->em));

    check(w->em, orm_clear(w->em));
    found = orm_find_one(w->em, tag, NULL, NULL);
    check(w->em, orm_remove(w->em, found));
    check(w->em, orm_flush(w->em));
    found->id = "77";
    check(w->em, orm_persist(w->em, found));
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select id from tag", "77");
    assert_ptr_equal(orm_find_one(w->em, tag, &orm_key(77), NULL), found);
}

static void test_parent_and_child_removed(void **state)
{
    world  *w = *state;
    author *a = orm_create(w->em, author, .name = "A", .email = "a@x");
    book   *b = orm_create(w->em, book, .title = "b", .author = a);

    check(w->em, orm_flush(w->em));
    check(w->em, orm_remove(w->em, a));
    check(w->em, orm_remove(w->em, b));
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select (select count(*) from author) + (select count(*) from book)", "0");
}

/* Rows that require others of their kind, more of them than one DELETE takes, the required ones first. */
static void test_required_chain(void **state)
{
    enum { COUNT = 700 };
    world   *w = *state;
    link_   *links[COUNT];
    orm_uuid id;
    orm_list list;

    assert_true(orm_uuid_random(&id));
    for (size_t i = 0; i < COUNT; i++) {
        links[i] = orm_create(w->em, link_, .name = "l", .next = i == 0 ? NULL : links[i - 1]);
        assert_non_null(links[i]);
    }
    links[0]->next = links[0];
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from link", "700");
    for (size_t i = 0; i < COUNT; i++)
        check(w->em, orm_remove(w->em, links[i]));
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from link", "0");
    check(w->em, orm_find(w->em, link_, NULL, NULL, &list));
    assert_int_equal(list.count, 0);
}

/* ---- Flushes that fail half way ---- */

/* The next key of a counter is one that its property cannot hold: found out when the row is there already. */
static void outgrow_counter(world *w)
{
    sql(w, "alter table counter alter id type bigint; alter sequence counter_id_seq as bigint restart 3000000000");
}

static void shrink_counter(world *w)
{
    sql(w, "alter sequence counter_id_seq restart 1; alter table counter alter id type int");
}

/* What the server has done already cannot be taken back by us: such a transaction must not be committed. */
static void test_half_a_flush(void **state)
{
    world   *w = *state;
    counter *c;

    outgrow_counter(w);
    check(w->em, orm_begin(w->em, NULL));
    orm_create(w->em, tag, .name = "t");
    c = orm_create(w->em, counter, .name = "c");
    assert_int_equal(orm_flush(w->em), ORM_ERR_CONVERSION);
    assert_error(w, ORM_ERR_CONVERSION, "Counter", "id");
    assert_int_equal(c->id, 0);
    assert_int_equal(orm_flush(w->em), ORM_ERR_TRANSACTION_ABORTED);
    assert_int_equal(orm_commit(w->em), ORM_ERR_TRANSACTION_ABORTED);
    assert_true(orm_in_transaction(w->em));
    check(w->em, orm_rollback(w->em));
    assert_sql(w, "select count(*) from tag", "0");
    check(w->em, orm_remove(w->em, c));
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from tag", "1");
    shrink_counter(w);
}

/* In a savepoint, rolling back to it is enough. */
static void test_half_a_flush_nested(void **state)
{
    world   *w = *state;
    counter *c;

    outgrow_counter(w);
    check(w->em, orm_begin(w->em, NULL));
    orm_create(w->em, tag, .name = "outer");
    check(w->em, orm_flush(w->em));
    check(w->em, orm_begin(w->em, NULL));
    orm_create(w->em, tag, .name = "inner");
    c = orm_create(w->em, counter, .name = "c");
    assert_int_equal(orm_flush(w->em), ORM_ERR_CONVERSION);
    assert_int_equal(orm_commit(w->em), ORM_ERR_TRANSACTION_ABORTED);
    check(w->em, orm_rollback(w->em));
    check(w->em, orm_remove(w->em, c));
    check(w->em, orm_commit(w->em));
    assert_sql(w, "select string_agg(name, ',' order by name) from tag", "inner,outer");
    shrink_counter(w);
}

/* The user's own COMMIT ends our transaction, and what was flushed in it stays. */
static void test_raw_commit(void **state)
{
    world *w = *state;
    tag   *t = orm_create(w->em, tag, .name = "t");

    check(w->em, orm_begin(w->em, NULL));
    check(w->em, orm_flush(w->em));
    sql(w, "commit");
    assert_false(orm_in_transaction(w->em));
    assert_non_null(t->id);
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from tag", "1");

    check(w->em, orm_begin(w->em, NULL));
    check(w->em, orm_begin(w->em, NULL));
    t->name = "changed";
    check(w->em, orm_flush(w->em));
    sql(w, "rollback");
    assert_false(orm_in_transaction(w->em));
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select name from tag", "changed");
}

static void test_error_in_nested(void **state)
{
    world  *w = *state;
    author *a;

    sql(w, "insert into author (name, email) values ('A', 'dup')");
    check(w->em, orm_begin(w->em, NULL));
    orm_create(w->em, tag, .name = "outer");
    check(w->em, orm_begin(w->em, NULL));
    a = orm_create(w->em, author, .name = "B", .email = "dup");
    assert_int_equal(orm_commit(w->em), ORM_ERR_UNIQUE_CONSTRAINT);
    check(w->em, orm_rollback(w->em));
    a->email = "free";
    check(w->em, orm_commit(w->em));
    assert_sql(w, "select (select count(*) from author) || ',' || (select count(*) from tag)", "2,1");
}

static void test_clear_in_transaction(void **state)
{
    world *w = *state;

    check(w->em, orm_begin(w->em, NULL));
    orm_create(w->em, tag, .name = "t");
    check(w->em, orm_flush(w->em));
    check(w->em, orm_begin(w->em, NULL));
    orm_create(w->em, tag, .name = "u");
    check(w->em, orm_flush(w->em));
    check(w->em, orm_clear(w->em));
    assert_true(orm_in_transaction(w->em));
    orm_create(w->em, tag, .name = "v");
    check(w->em, orm_rollback(w->em));
    check(w->em, orm_commit(w->em));
    assert_sql(w, "select string_agg(name, ',' order by name) from tag", "t,v");
}

/* The client's UUID is kept over failures: whoever has noted it down is right after all. */
static void test_client_uuid_is_kept(void **state)
{
    world   *w = *state;
    link_   *l = orm_create(w->em, link_, .name = "l");
    author  *a;
    orm_uuid id = l->id;

    l->next = l;
    sql(w, "insert into author (name, email) values ('A', 'dup')");
    a = orm_create(w->em, author, .name = "B", .email = "dup");
    assert_false(orm_uuid_is_zero(id));
    assert_int_equal(orm_flush(w->em), ORM_ERR_UNIQUE_CONSTRAINT);
    assert_true(orm_uuid_equal(l->id, id));
    a->email = "free";
    check(w->em, orm_begin(w->em, NULL));
    check(w->em, orm_flush(w->em));
    check(w->em, orm_rollback(w->em));
    assert_true(orm_uuid_equal(l->id, id));
    check(w->em, orm_flush(w->em));
    assert_true(orm_uuid_equal(l->id, id));
    assert_ptr_equal(orm_find_one(w->em, link_, &orm_key(id), NULL), l);
    assert_sql(w, "select count(*) from link", "1");
}

/* ---- Pointers ---- */

/* What the user puts into a struct must live until the next flush, and not longer. */
static void test_flush_copies(void **state)
{
    world      *w = *state;
    char        name[16] = "first";
    char        email[16] = "a@x";
    char        item[8] = "one";
    const char *items[] = { item };
    char        json[16] = "{\"a\": 1}";
    author     *a = orm_create(w->em, author, .name = "x", .email = email, .tags = { items, 1 });

    memset(email, '!', sizeof email - 1);
    memset(item, '!', sizeof item - 1);
    a->name = name;
    a->meta = json;
    check(w->em, orm_flush(w->em));
    memset(name, '?', sizeof name - 1);
    memset(json, '?', sizeof json - 1);
    assert_string_equal(a->name, "first");
    assert_string_equal(a->meta, "{\"a\": 1}");
    assert_string_equal(a->email, "a@x");
    assert_string_equal(a->tags.items[0], "one");

    /* The same buffer again, with another text. */
    snprintf(name, sizeof name, "second");
    a->name = name;
    check(w->em, orm_flush(w->em));
    snprintf(name, sizeof name, "third");
    a->name = name;
    snprintf(item, sizeof item, "two");
    a->tags.items[0] = item;
    check(w->em, orm_begin(w->em, NULL));
    check(w->em, orm_flush(w->em));
    memset(name, '?', sizeof name - 1);
    memset(item, '?', sizeof item - 1);
    check(w->em, orm_rollback(w->em));
    assert_string_equal(a->name, "third");
    assert_string_equal(a->tags.items[0], "two");
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select name || tags[1] from author", "thirdtwo");
}

/* A flush that failed has copied as well: nobody keeps a buffer for a second try. */
static void test_failed_flush_copies(void **state)
{
    world  *w = *state;
    char    name[16] = "mine";
    char    email[16] = "dup";
    author *a;

    sql(w, "insert into author (name, email) values ('A', 'dup')");
    a = orm_create(w->em, author, .name = "x", .email = "x");
    a->name = name;
    a->email = email;
    assert_int_equal(orm_flush(w->em), ORM_ERR_UNIQUE_CONSTRAINT);
    memset(name, '?', sizeof name - 1);
    memset(email, '?', sizeof email - 1);
    a->email = "free";
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select name from author where email = 'free'", "mine");
}

static void test_arrays_in_place(void **state)
{
    world      *w = *state;
    int64_t     numbers[] = { 1, 2, 3 };
    everything *e = orm_create(w->em, everything, .numbers = { numbers, NULL, 3 });

    check(w->em, orm_flush(w->em));
    e->numbers.items[1] = 20;
    e->numbers.count = 2;
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select numbers::text from everything", "{1,20}");
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);
    e->numbers.items[0] = INT64_C(3000000000);
    assert_int_not_equal(orm_flush(w->em), ORM_OK);
    e->numbers.items[0] = 5;
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select numbers::text from everything", "{5,20}");
}

static void test_wrong_arguments(void **state)
{
    world           *w = *state;
    orm_condition    nothing = { .op = ORM_OP_AND, .child_count = 1 };
    orm_list         list;
    orm_value        value = orm_text("x");
    orm_value        broken = { .kind = ORM_VALUE_TEXT };
    orm_value        no_kind = { .kind = (orm_value_kind)99 };
    tag             *t = orm_create(w->em, tag, .name = "t");
    int              stranger = 0;
    orm_find_options sideways = { .order_by = ORM_ORDER({ "name", (orm_direction)7 }) };

    assert_int_equal(orm_find(w->em, tag, &nothing, NULL, &list), ORM_ERR_VALIDATION);
    assert_int_equal(orm_find(w->em, tag, NULL, &sideways, &list), ORM_ERR_VALIDATION);
    assert_int_equal(orm_find(w->em, tag, &orm_eq("name", &stranger), NULL, &list), ORM_ERR_VALIDATION);
    assert_int_equal(orm_set(w->em, t, "name", &broken), ORM_ERR_VALIDATION);
    assert_int_equal(orm_set(w->em, t, "name", &no_kind), ORM_ERR_VALIDATION);
    assert_int_equal(orm_set(w->em, &stranger, "name", &value), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_set(w->em, t, NULL, &value), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_persist(w->em, &stranger), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_remove(w->em, NULL), ORM_ERR_ARGUMENT);
    assert_null(orm_collection_of(w->em, t, "name"));
    assert_null(orm_collection_of(w->em, &stranger, "name"));
    assert_int_equal(orm_execute(w->em, NULL, NULL, 0, NULL), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_execute(w->em, "select $1::text", &broken, 1, NULL), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_execute(w->em, "select $1::text", &no_kind, 1, NULL), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_commit(w->em), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_rollback(w->em), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_flush(NULL), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_clear(NULL), ORM_ERR_ARGUMENT);
    assert_null(orm_fork(NULL, NULL));
    assert_int_equal(orm_begin(w->em, &(orm_transaction_options){ .isolation = (orm_isolation)9 }), ORM_ERR_ARGUMENT);
    assert_false(orm_in_transaction(w->em));
    check(w->em, orm_flush(w->em));
}

/* Entities of another entity manager, in every place that takes one. */
static void test_other_manager(void **state)
{
    world    *w = *state;
    orm_em   *other = orm_fork(w->db, NULL);
    author   *foreign = orm_create(other, author, .name = "F", .email = "f@x");
    author   *own = orm_create(w->em, author, .name = "O", .email = "o@x");
    book     *b;
    orm_value value = orm_entity_value(foreign);
    orm_list  list;

    check(other, orm_flush(other));
    assert_null(orm_create(w->em, book, .title = "b", .author = foreign));
    assert_error(w, ORM_ERR_VALIDATION, "Book", "author");
    b = orm_create(w->em, book, .title = "b", .author = own);
    assert_int_equal(orm_set(w->em, b, "author", &value), ORM_ERR_VALIDATION);
    assert_ptr_equal(b->author, own);
    assert_int_equal(orm_find(w->em, book, &orm_eq("author", foreign), NULL, &list), ORM_ERR_VALIDATION);
    assert_int_equal(orm_collection_add(w->em, foreign->books, b), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_collection_add(w->em, own->books, foreign), ORM_ERR_ARGUMENT);
    b->author = foreign;
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    b->author = own;
    check(w->em, orm_flush(w->em));
    orm_em_close(other);
    b->author = foreign;
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_int_equal(orm_persist(w->em, foreign), ORM_ERR_ARGUMENT);
    assert_null(orm_entity_of(w->em, foreign));
    b->author = own;
    check(w->em, orm_flush(w->em));
}

/* ---- Values ---- */

static void expect_refused(world *w, const char *property)
{
    orm_status status = orm_flush(w->em);

    if (status != ORM_ERR_VALIDATION && status != ORM_ERR_INVALID_VALUE)
        fail_msg("%s: %s, %s", property, orm_status_name(status), orm_em_error(w->em)->message);
    if (status == ORM_ERR_VALIDATION)
        assert_string_equal(orm_em_error(w->em)->property, property);
}

static void test_refused_values(void **state)
{
    world      *w = *state;
    everything *e = orm_create(w->em, everything, .flag = true);
    char        long_string[300];

    check(w->em, orm_flush(w->em));
    e->at.microseconds = INT64_MIN + 1;
    expect_refused(w, "at");
    e->at.microseconds = 0;
    e->day = (orm_opt_date){ true, { INT32_MAX - 1 } };
    expect_refused(w, "day");
    e->day = (orm_opt_date){ true, { INT32_MIN + 1 } };
    expect_refused(w, "day");
    e->day.has = false;
    e->exact = "1e";
    expect_refused(w, "exact");
    e->exact = "";
    expect_refused(w, "exact");
    e->exact = NULL;
    e->text = "\xC3(";
    expect_refused(w, "text");
    e->text = "\xED\xA0\x80"; /* a surrogate */
    expect_refused(w, "text");
    e->text = NULL;
    e->json = "{";
    expect_refused(w, "json");
    e->json = "";
    expect_refused(w, "json");
    e->json = NULL;
    e->big_text = "9223372036854775808";
    expect_refused(w, "big_text");
    e->big_text = " ";
    expect_refused(w, "big_text");
    e->big_text = NULL;
    memset(long_string, 'x', sizeof long_string - 1);
    long_string[sizeof long_string - 1] = '\0';
    e->string = long_string;
    expect_refused(w, "string");
    e->string = NULL;
    check(w->em, orm_flush(w->em));
}

static void test_edge_values(void **state)
{
    world      *w = *state;
    char        digits[202];
    const char *quotes[] = { "", "NULL", "null", "a\"b", "a\\b", "{}", ",", " ", NULL, "\xF0\x9F\x92\xA9", "'" };
    everything *e;
    everything *f;
    orm_uuid    id;

    memset(digits, '9', sizeof digits - 1);
    digits[0] = '-';
    digits[100] = '.';
    digits[201] = '\0';
    e = orm_create(w->em, everything, .flag = true, .small = INT16_MIN, .number = INT32_MIN, .big = INT64_MIN,
                   .big_text = "-9223372036854775808", .real = -0.0, .exact = digits, .string = "", .text = "E'\\''\\",
                   .at = { INT64_MAX }, .day = { true, { INT32_MIN } }, .json = "[1e400, \"\\u20ac\", 1.10]",
                   .bytes = { "\0\0\\x", 4 }, .texts = { quotes, sizeof quotes / sizeof *quotes },
                   .numbers = ORM_EMPTY_INT_ARRAY);
    assert_non_null(e);
    check(w->em, orm_flush(w->em));
    id = e->id;
    check(w->em, orm_clear(w->em));
    f = orm_find_one(w->em, everything, &orm_key(id), NULL);
    assert_non_null(f);
    assert_int_equal(f->small, INT16_MIN);
    assert_int_equal(f->number, INT32_MIN);
    assert_true(f->big == INT64_MIN);
    assert_string_equal(f->big_text, "-9223372036854775808");
    assert_true(signbit(f->real) != 0 && f->real == 0.0);
    assert_string_equal(f->exact, digits);
    assert_string_equal(f->string, "");
    assert_string_equal(f->text, "E'\\''\\");
    assert_true(f->at.microseconds == INT64_MAX);
    assert_true(f->day.has && f->day.value.days == INT32_MIN);
    assert_int_equal(f->bytes.size, 4);
    assert_memory_equal(f->bytes.data, "\0\0\\x", 4);
    assert_int_equal(f->texts.count, sizeof quotes / sizeof *quotes);
    for (size_t i = 0; i < f->texts.count; i++) {
        if (quotes[i] == NULL)
            assert_null(f->texts.items[i]);
        else
            assert_string_equal(f->texts.items[i], quotes[i]);
    }
    assert_non_null(f->numbers.items);
    assert_int_equal(f->numbers.count, 0);
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);

    f->texts = ORM_EMPTY_TEXT_ARRAY;
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select texts || numbers::text[] = '{}' from everything", "t");
    f->exact = "1e5";
    f->real = NAN;
    f->at.microseconds = INT64_C(-210866803200000000) + 1; /* 4713 BC */
    f->day = (orm_opt_date){ true, { -2440000 } };
    f->bytes = (orm_bytes){ "", 0 };
    check(w->em, orm_flush(w->em));
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);
    assert_sql(w, "select exact || ' ' || \"real\" || ' ' || length(bytes) from everything", "100000 NaN 0");
    f->exact = "NaN";
    f->real = INFINITY;
    check(w->em, orm_flush(w->em));
    check(w->em, orm_clear(w->em));
    f = orm_find_one(w->em, everything, &orm_eq("exact", "NaN"), NULL);
    assert_non_null(f);
    assert_string_equal(f->exact, "NaN");
    assert_true(isinf(f->real) && f->real > 0);
    assert_true(f->at.microseconds == INT64_C(-210866803200000000) + 1);
    assert_int_equal(f->day.value.days, -2440000);
    assert_int_equal(f->bytes.size, 0);
    assert_non_null(f->bytes.data);
}

/* ---- Many ---- */

/* A tree in one flush, children first: whose parent has no key yet gets it by an UPDATE. */
static void test_tree(void **state)
{
    enum { COUNT = 1000 };
    world    *w = *state;
    category *nodes[COUNT];

    for (int i = 0; i < COUNT; i++)
        nodes[i] = orm_create(w->em, category, .name = "c");
    for (int i = 0; i < COUNT - 1; i++)
        nodes[i]->parent = nodes[i + 1 + (COUNT - 2 - i) / 2];
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    if (orm_settings_of(w->db).preset == ORM_PRESET_NATIVE)
        assert_int_equal(w->log.count, 10); /* begin, 4 INSERTs, 4 UPDATEs, commit */
    assert_sql(w, "select count(*) from category where parent_id is null", "1");
    check(w->em, orm_flush(w->em));
    for (int i = 0; i < COUNT - 1; i++) {
        char text[64];

        if (i % 100 != 0)
            continue;
        snprintf(text, sizeof text, "select parent_id from category where id = %s", nodes[i]->id);
        assert_sql(w, text, nodes[i]->parent->id);
    }
    for (int i = 0; i < COUNT; i++)
        check(w->em, orm_remove(w->em, nodes[i]));
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from category", "0");
}

/* Emptied from the front, as loops do it; with 200,000 of them, anything but linear would not end. */
static void test_emptied_from_the_front(void **state)
{
    enum { COUNT = 200000 };
    world  *w = *state;
    author *a = orm_create(w->em, author, .name = "A", .email = "a@x");
    book   *last = NULL;

    for (int i = 0; i < COUNT; i++)
        last = orm_create(w->em, book, .title = "b", .author = a);
    check(w->em, orm_remove(w->em, orm_collection_at(a->books, 3)));
    assert_int_equal(orm_collection_count(a->books), COUNT - 1);
    for (int i = 0; i < COUNT - 2; i++)
        check(w->em, orm_remove(w->em, orm_collection_at(a->books, 0)));
    assert_int_equal(orm_collection_count(a->books), 1);
    assert_ptr_equal(orm_collection_at(a->books, 0), last);
    assert_null(orm_collection_at(a->books, 1));
    orm_create(w->em, book, .title = "new", .author = a);
    check(w->em, orm_remove(w->em, last));
    assert_string_equal(ORM_ITEM(a->books, book, 0)->title, "new");
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select string_agg(title, ',') from book", "new");
}

/* 400 rows, each with its own mix of members left to the database. */
static void test_mixed_defaults(void **state)
{
    enum { COUNT = 400 };
    world  *w = *state;
    author *authors[COUNT];
    char    text[48];

    for (int i = 0; i < COUNT; i++) {
        author a = { .name = "n", .email = text };

        snprintf(text, sizeof text, "%d@x", i);
        if (i % 2 == 0)
            a.active = (orm_opt_bool){ true, i % 4 == 0 };
        if (i % 3 == 0)
            a.createdAt = (orm_opt_timestamp){ true, { i } };
        if (i % 5 == 0)
            a.age = (orm_opt_int32){ true, i };
        authors[i] = orm_create_copy(w->em, &orm_entity_author, &a);
        assert_non_null(authors[i]);
    }
    check(w->em, orm_flush(w->em));
    for (int i = 0; i < COUNT; i++) {
        assert_false(orm_uuid_is_zero(authors[i]->id));
        assert_true(authors[i]->active.has && authors[i]->createdAt.has);
        assert_int_equal(authors[i]->active.value, i % 4 == 0);
        if (i % 3 == 0)
            assert_int_equal(authors[i]->createdAt.value.microseconds, i);
        authors[i]->age = (orm_opt_int32){ i % 7 != 0, i };
    }
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from author where age = split_part(email, '@', 1)::int", "342");
    assert_sql(w, "select count(*) from author where age is null", "58");
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_persisted_after_delete, fresh),
        cmocka_unit_test_setup(test_deleted_twice, fresh),
        cmocka_unit_test_setup(test_key_of_deleted, fresh),
        cmocka_unit_test_setup(test_parent_and_child_removed, fresh),
        cmocka_unit_test_setup(test_required_chain, fresh),
        cmocka_unit_test_setup(test_half_a_flush, fresh),
        cmocka_unit_test_setup(test_half_a_flush_nested, fresh),
        cmocka_unit_test_setup(test_raw_commit, fresh),
        cmocka_unit_test_setup(test_error_in_nested, fresh),
        cmocka_unit_test_setup(test_clear_in_transaction, fresh),
        cmocka_unit_test_setup(test_client_uuid_is_kept, fresh),
        cmocka_unit_test_setup(test_flush_copies, fresh),
        cmocka_unit_test_setup(test_failed_flush_copies, fresh),
        cmocka_unit_test_setup(test_arrays_in_place, fresh),
        cmocka_unit_test_setup(test_wrong_arguments, fresh),
        cmocka_unit_test_setup(test_other_manager, fresh),
        cmocka_unit_test_setup(test_refused_values, fresh),
        cmocka_unit_test_setup(test_edge_values, fresh),
        cmocka_unit_test_setup(test_tree, fresh),
        cmocka_unit_test_setup(test_emptied_from_the_front, fresh),
        cmocka_unit_test_setup(test_mixed_defaults, fresh),
    };

    return RUN_IN_BOTH_PRESETS(tests);
}
