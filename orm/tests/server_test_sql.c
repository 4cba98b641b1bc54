/*
 * The statements of preset mikroorm, against those that MikroORM 7.2.1 sent for the same steps.
 */
#include "em_fixture.h"

static void test_insert_one(void **state)
{
    world  *w = *state;
    author *a = orm_create(w->em, author, .name = "A", .email = "a@x", .active = { true, false });

    assert_non_null(a);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 3);
    assert_sent(w, 0, "begin");
    assert_sent(w, 1,
                "insert into \"author\" (\"name\", \"email\", \"active\") values ('A', 'a@x', false) "
                "returning \"id\", \"created_at\"");
    assert_sent(w, 2, "commit");
    assert_false(orm_uuid_is_zero(a->id));
    assert_true(a->createdAt.has);
}

static void test_find_by_unique(void **state)
{
    world *w = *state;

    assert_null(orm_find_one(w->em, author, &orm_eq("email", "a@x"), NULL));
    assert_int_equal(orm_em_error(w->em)->status, ORM_OK);
    assert_int_equal(w->log.count, 1);
    assert_sent(w, 0, "select \"a0\".* from \"author\" as \"a0\" where \"a0\".\"email\" = 'a@x' limit 1");
}

static void test_find_one_by_key(void **state)
{
    world *w = *state;

    sql(w, "insert into tag (name) values ('t')");
    sql_log_clear(&w->log);
    assert_non_null(orm_find_one(w->em, tag, &orm_key(1), NULL));
    assert_non_null(orm_find_one(w->em, tag, &orm_eq("id", "1"), NULL));
    assert_int_equal(w->log.count, 1);
    assert_sent(w, 0, "select \"t0\".* from \"tag\" as \"t0\" where \"t0\".\"id\" = '1'");
}

static void test_update_one(void **state)
{
    world  *w = *state;
    author *a = orm_create(w->em, author, .name = "A", .email = "a@x");
    char    text[ORM_UUID_TEXT_SIZE];
    char    expected[200];

    check(w->em, orm_flush(w->em));
    sql_log_clear(&w->log);
    a->name = "A2";
    a->age = (orm_opt_int32){ true, 5 };
    check(w->em, orm_flush(w->em));
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 3);
    snprintf(expected, sizeof expected, "update \"author\" set \"name\" = 'A2', \"age\" = 5 where \"id\" = '%s'",
             orm_uuid_format(a->id, text));
    assert_sent(w, 1, expected);

    sql_log_clear(&w->log);
    a->age.has = false;
    check(w->em, orm_flush(w->em));
    snprintf(expected, sizeof expected, "update \"author\" set \"age\" = null where \"id\" = '%s'", text);
    assert_sent(w, 1, expected);
}

static void test_remove(void **state)
{
    world *w = *state;
    tag   *t = orm_create(w->em, tag, .name = "t");

    check(w->em, orm_flush(w->em));
    sql_log_clear(&w->log);
    check(w->em, orm_remove(w->em, t));
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 3);
    assert_sent(w, 1, "delete from \"tag\" where \"id\" in ('1')");
}

static void test_update_by_reference(void **state)
{
    world     *w = *state;
    publisher *p;

    sql(w, "insert into publisher (name) values ('P')");
    sql_log_clear(&w->log);
    p = orm_reference(w->em, publisher, 1);
    p->name = "P!";
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 3);
    assert_sent(w, 1, "update \"publisher\" set \"name\" = 'P!' where \"id\" = '1'");
}

static void test_unique_violation(void **state)
{
    world *w = *state;

    sql(w, "insert into author (name, email) values ('A', 'dup')");
    sql_log_clear(&w->log);
    orm_create(w->em, author, .name = "B", .email = "dup", .active = { true, false });
    assert_int_equal(orm_flush(w->em), ORM_ERR_UNIQUE_CONSTRAINT);
    assert_int_equal(w->log.count, 3);
    assert_sent(w, 1,
                "insert into \"author\" (\"name\", \"email\", \"active\") values ('B', 'dup', false) "
                "returning \"id\", \"created_at\"");
    assert_sent(w, 2, "rollback");
    assert_string_equal(orm_em_error(w->em)->detail, "Key (email)=(dup) already exists.");
}

/* Columns that some rows lack are `default`; those that all lack are left out. */
static void test_insert_books(void **state)
{
    world     *w = *state;
    publisher *p = orm_create(w->em, publisher, .name = "Pub", .kind = "global");
    author    *a = orm_create(w->em, author, .name = "John", .email = "john@x", .active = { true, false });
    char       id[ORM_UUID_TEXT_SIZE];
    char       expected[700];

    orm_create(w->em, book, .title = "b1", .price = "10.50", .author = a, .publisher = p);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 5);
    assert_sent(w, 1,
                "insert into \"author\" (\"name\", \"email\", \"active\") values ('John', 'john@x', false) "
                "returning \"id\", \"created_at\"");
    assert_sent(w, 2, "insert into \"publisher\" (\"name\", \"kind\") values ('Pub', 'global') returning \"id\"");
    snprintf(expected, sizeof expected,
             "insert into \"book\" (\"title\", \"price\", \"author_id\", \"publisher_id\") "
             "values ('b1', '10.50', '%s', '1') returning \"id\"",
             orm_uuid_format(a->id, id));
    assert_sent(w, 3, expected);
}

/* Several rows with keys of the server: a deviation, see DEVIATIONS.md. */
static void test_insert_numbered(void **state)
{
    world *w = *state;
    tag   *t1 = orm_create(w->em, tag, .name = "t1");
    tag   *t2 = orm_create(w->em, tag, .name = "t2");

    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 3);
    assert_sent(w, 1,
                "with \"keys\" as materialized (select array(select nextval(pg_get_serial_sequence('\"tag\"', 'id')) "
                "from generate_series(1, 2)) as \"ids\"), \"rows\" as (insert into \"tag\" (\"id\", \"name\") values "
                "((select \"ids\"[1] from \"keys\"), 't1'), ((select \"ids\"[2] from \"keys\"), 't2') "
                "returning \"id\") select array_position(\"keys\".\"ids\", cast(\"rows\".\"id\" as bigint)), "
                "\"rows\".* from \"rows\", \"keys\"");
    assert_string_equal(t1->id, "1");
    assert_string_equal(t2->id, "2");
}

static void test_insert_matched_by_unique(void **state)
{
    world *w = *state;

    orm_create(w->em, author, .name = "X1", .email = "x1", .active = { true, false });
    orm_create(w->em, author, .name = "X2", .email = "x2", .age = { true, 3 });
    check(w->em, orm_flush(w->em));
    assert_sent(
        w, 1,
        "insert into \"author\" (\"name\", \"email\", \"age\", \"active\") values ('X1', 'x1', default, false), "
        "('X2', 'x2', 3, default) returning \"id\", \"active\", \"created_at\", \"email\"");
}

static void test_update_many(void **state)
{
    world *w = *state;
    tag   *a = orm_create(w->em, tag, .name = "a");
    tag   *b = orm_create(w->em, tag, .name = "b");

    check(w->em, orm_flush(w->em));
    sql_log_clear(&w->log);
    a->name = "upd0";
    b->name = "upd1";
    check(w->em, orm_flush(w->em));
    assert_sent(w, 1,
                "update \"tag\" set \"name\" = case when (\"id\" = '1') then 'upd0' when (\"id\" = '2') then 'upd1' "
                "else \"name\" end where \"id\" in ('1', '2') returning \"id\"");
}

static void test_update_mixed(void **state)
{
    world  *w = *state;
    author *a[3];
    char    id[3][ORM_UUID_TEXT_SIZE];
    char    expected[900];

    for (int i = 0; i < 3; i++) {
        char email[8];

        snprintf(email, sizeof email, "m%d", i);
        a[i] = orm_create(w->em, author, .name = "m", .email = email);
    }
    check(w->em, orm_flush(w->em));
    sql_log_clear(&w->log);
    a[0]->name = "Q0";
    a[1]->age = (orm_opt_int32){ true, 99 };
    a[2]->name = "Q2";
    a[2]->age = (orm_opt_int32){ true, 1 };
    check(w->em, orm_flush(w->em));
    for (int i = 0; i < 3; i++)
        orm_uuid_format(a[i]->id, id[i]);
    snprintf(expected, sizeof expected,
             "update \"author\" set \"name\" = case when (\"id\" = '%s') then 'Q0' when (\"id\" = '%s') then 'Q2' else "
             "\"name\" end, \"age\" = case when (\"id\" = '%s') then 99 when (\"id\" = '%s') then 1 else \"age\" end "
             "where \"id\" in ('%s', '%s', '%s') returning \"id\"",
             id[0], id[2], id[1], id[2], id[0], id[1], id[2]);
    assert_sent(w, 1, expected);
}

static void test_self_reference(void **state)
{
    world    *w = *state;
    category *child = orm_create(w->em, category, .name = "child-first");

    child->parent = orm_create(w->em, category, .name = "parent-second");
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 4);
    assert_non_null(strstr(w->log.lines[1], "'parent-second'), ((select \"ids\"[2] from \"keys\"), 'child-first')"));
    assert_sent(w, 2, "update \"category\" set \"parent_id\" = '1' where \"id\" = '2'");
}

static void test_cycle(void **state)
{
    world  *w = *state;
    node_b *b = orm_create(w->em, node_b, .name = "b");
    node_a *a = orm_create(w->em, node_a, .name = "a", .b = b);

    b->a = a;
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 5);
    assert_sent(w, 1, "insert into \"node_b\" (\"name\") values ('b') returning \"id\"");
    assert_sent(w, 2, "insert into \"node_a\" (\"name\", \"b_id\") values ('a', '1') returning \"id\"");
    assert_sent(w, 3, "update \"node_b\" set \"a_id\" = '1' where \"id\" = '1'");

    sql_log_clear(&w->log);
    check(w->em, orm_remove(w->em, a));
    check(w->em, orm_remove(w->em, b));
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 4);
    assert_sent(w, 1, "delete from \"node_a\" where \"id\" in ('1')");
    assert_sent(w, 2, "delete from \"node_b\" where \"id\" in ('1')");
}

static void test_populate_select_in(void **state)
{
    world   *w = *state;
    orm_list books;
    char    *a;
    char     expected[300];

    sql(w, "insert into author (name, email) values ('John', 'john@x')");
    sql(w, "insert into publisher (name) values ('other'), ('Pub')");
    sql(w, "insert into book (title, author_id, publisher_id) select 'b' || g, id, case when g = 1 then 2 end "
           "from author, generate_series(1, 2) g");
    a = sql_value(w, "select id from author");
    sql_log_clear(&w->log);
    check(w->em, orm_find(w->em, book, NULL,
                          (&(orm_find_options){ .populate = ORM_PATHS("author", "publisher"),
                                                .strategy = ORM_STRATEGY_SELECT_IN,
                                                .order_by = ORM_ORDER({ "id", ORM_ASC }) }),
                          &books));
    assert_int_equal(w->log.count, 3);
    assert_sent(w, 0, "select \"b0\".* from \"book\" as \"b0\" order by \"b0\".\"id\" asc");
    snprintf(expected, sizeof expected, "select \"a0\".* from \"author\" as \"a0\" where \"a0\".\"id\" in ('%s')", a);
    assert_sent(w, 1, expected);
    assert_sent(w, 2, "select \"p0\".* from \"publisher\" as \"p0\" where \"p0\".\"id\" in ('2')");

    sql_log_clear(&w->log);
    orm_clear(w->em);
    check(w->em, orm_find(w->em, author, NULL, (&(orm_find_options){ .populate = ORM_PATHS("books") }), &books));
    snprintf(expected, sizeof expected, "select \"b0\".* from \"book\" as \"b0\" where \"b0\".\"author_id\" in ('%s')",
             a);
    assert_sent(w, 1, expected);
    free(a);
}

static void test_select_options(void **state)
{
    world   *w = *state;
    orm_list list;

    check(w->em,
          orm_find(w->em, author, &orm_and(orm_eq("name", "O'Hara"), orm_is_null("fav")),
                   (&(orm_find_options){
                       .order_by = ORM_ORDER({ "name", ORM_DESC }, { "id", ORM_ASC }), .limit = 5, .offset = 10 }),
                   &list));
    assert_sent(w, 0,
                "select \"a0\".* from \"author\" as \"a0\" where \"a0\".\"name\" = 'O''Hara' and \"a0\".\"fav_id\" is "
                "null order by \"a0\".\"name\" desc, \"a0\".\"id\" asc limit 5 offset 10");
}

static orm_status create_tag(orm_em *em, void *context)
{
    orm_create(em, tag, .name = context);
    return orm_flush(em);
}

static orm_status fail_after_tag(orm_em *em, void *context)
{
    orm_status status = create_tag(em, context);

    return status == ORM_OK ? ORM_ERR_CANCELLED : status;
}

static orm_status nest(orm_em *em, void *context)
{
    char outer[] = "outer";
    char inner[] = "inner";

    (void)context;
    if (create_tag(em, outer) != ORM_OK || orm_transactional(em, fail_after_tag, inner, NULL) != ORM_ERR_CANCELLED)
        return ORM_ERR_ARGUMENT;
    return ORM_OK;
}

static void test_nested_transactions(void **state)
{
    world *w = *state;

    check(w->em, orm_transactional(w->em, nest, NULL, NULL));
    assert_sent(w, 0, "begin");
    assert_sent(w, 1, "insert into \"tag\" (\"name\") values ('outer') returning \"id\"");
    assert_sent(w, 2, "savepoint \"trx1\"");
    assert_sent(w, 3, "insert into \"tag\" (\"name\") values ('inner') returning \"id\"");
    assert_sent(w, 4, "rollback to savepoint \"trx1\"");
    assert_sent(w, w->log.count - 1, "commit");

    sql_log_clear(&w->log);
    check(w->em, orm_begin(w->em, &(orm_transaction_options){ .isolation = ORM_ISOLATION_SERIALIZABLE }));
    check(w->em, orm_commit(w->em));
    check(w->em, orm_begin(w->em, &(orm_transaction_options){ .read_only = true }));
    check(w->em, orm_rollback(w->em));
    assert_sent(w, 0, "start transaction isolation level serializable");
    assert_sent(w, 1, "commit");
    assert_sent(w, 2, "start transaction read only");
    assert_sent(w, 3, "rollback");
}

/* An entity removed whose unique value a new one takes goes first; a changed unique column goes on its own. */
static void test_unique_values(void **state)
{
    world  *w = *state;
    author *a = orm_create(w->em, author, .name = "A", .email = "same");
    author *b;
    char    id[ORM_UUID_TEXT_SIZE];
    char    expected[200];

    check(w->em, orm_flush(w->em));
    check(w->em, orm_remove(w->em, a));
    b = orm_create(w->em, author, .name = "B", .email = "same");
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 4);
    assert_int_equal(strncmp(w->log.lines[1], "delete", 6), 0);
    assert_int_equal(strncmp(w->log.lines[2], "insert", 6), 0);

    sql_log_clear(&w->log);
    b->name = "B2";
    b->email = "other";
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 4);
    snprintf(expected, sizeof expected, "update \"author\" set \"email\" = 'other' where \"id\" = '%s'",
             orm_uuid_format(b->id, id));
    assert_sent(w, 2, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_insert_one, fresh),
        cmocka_unit_test_setup(test_find_by_unique, fresh),
        cmocka_unit_test_setup(test_find_one_by_key, fresh),
        cmocka_unit_test_setup(test_update_one, fresh),
        cmocka_unit_test_setup(test_remove, fresh),
        cmocka_unit_test_setup(test_update_by_reference, fresh),
        cmocka_unit_test_setup(test_unique_violation, fresh),
        cmocka_unit_test_setup(test_insert_books, fresh),
        cmocka_unit_test_setup(test_insert_numbered, fresh),
        cmocka_unit_test_setup(test_insert_matched_by_unique, fresh),
        cmocka_unit_test_setup(test_update_many, fresh),
        cmocka_unit_test_setup(test_update_mixed, fresh),
        cmocka_unit_test_setup(test_self_reference, fresh),
        cmocka_unit_test_setup(test_cycle, fresh),
        cmocka_unit_test_setup(test_populate_select_in, fresh),
        cmocka_unit_test_setup(test_select_options, fresh),
        cmocka_unit_test_setup(test_nested_transactions, fresh),
        cmocka_unit_test_setup(test_unique_values, fresh),
    };

    return cmocka_run_group_tests(tests, open_mikroorm, close_world);
}
