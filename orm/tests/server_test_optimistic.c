/* Optimistic locking: versions and concurrency checks, one row and many, UPDATE and DELETE. */
#include "em_fixture.h"

typedef struct versioned {
    const char *id;
    const char *name;
    int32_t     n;
    int32_t     version;
} versioned;

typedef struct stamped {
    orm_uuid      id;
    const char   *name;
    orm_timestamp at;
} stamped;

typedef struct checked {
    int64_t       id;
    const char   *name;
    orm_opt_int32 n;
    author       *who;
    const char   *note;
} checked;

/* A unique column, and a reference that completes a cycle: UPDATEs of their own. */
typedef struct node {
    orm_uuid     id;
    const char  *name;
    struct node *next;
    int16_t      version;
} node;

static const orm_property versioned_properties[] = {
    ORM_BIGINT_TEXT(versioned, id, .primary = true),
    ORM_STRING(versioned, name),
    ORM_INTEGER(versioned, n),
    ORM_INTEGER(versioned, version, .version = true),
};
static const orm_property stamped_properties[] = {
    ORM_UUID(stamped, id, .primary = true),
    ORM_STRING(stamped, name),
    ORM_TIMESTAMPTZ(stamped, at, .version = true, .length = 6),
};
static const orm_property checked_properties[] = {
    ORM_BIGINT(checked, id, .primary = true),
    ORM_STRING(checked, name),
    ORM_INTEGER(checked, n, .nullable = true, .concurrency_check = true),
    ORM_MANY_TO_ONE(checked, who, .target = "Author", .nullable = true, .concurrency_check = true),
    ORM_STRING(checked, note, .nullable = true),
};
static const orm_property node_properties[] = {
    ORM_UUID(node, id, .primary = true),
    ORM_STRING(node, name, .unique = true),
    ORM_MANY_TO_ONE(node, next, .target = "Node", .nullable = true),
    ORM_SMALLINT(node, version, .version = true),
};
ORM_ENTITY(versioned, "Versioned", versioned_properties);
ORM_ENTITY(stamped, "Stamped", stamped_properties);
ORM_ENTITY(checked, "Checked", checked_properties);
ORM_ENTITY(node, "Node", node_properties);

static int open_own(void **state, orm_preset preset)
{
    world     *w = calloc(1, sizeof *w);
    orm_config config = fixture_config(w, preset);
    orm_error  error;

    config.entities = ORM_ENTITIES(versioned, stamped, checked, node, author, book, publisher);
    if (orm_open(&config, &w->db, &error) != ORM_OK) {
        print_error("%s\n", error.message);
        return -1;
    }
    w->em = orm_fork(w->db, NULL);
    check(w->em,
          orm_execute(w->em, "set client_min_messages = warning; drop schema public cascade; create schema public",
                      NULL, 0, NULL));
    if (orm_schema_create(w->db, NULL, &error) != ORM_OK)
        print_error("%s\n", error.message);
    *state = w;
    return 0;
}

static int open_own_native(void **state)
{
    return open_own(state, ORM_PRESET_NATIVE);
}

static int open_own_mikroorm(void **state)
{
    return open_own(state, ORM_PRESET_MIKROORM);
}

static int start(void **state)
{
    world *w = *state;

    orm_em_close(w->em);
    w->em = orm_fork(w->db, NULL);
    check(w->em, orm_execute(w->em,
                             "truncate versioned, stamped, checked, node, author cascade;"
                             "alter sequence versioned_id_seq restart; alter sequence checked_id_seq restart",
                             NULL, 0, NULL));
    sql_log_clear(&w->log);
    return 0;
}

static bool is_mikroorm(const world *w)
{
    return orm_settings_of(w->db).preset == ORM_PRESET_MIKROORM;
}

static void assert_lost(const world *w, orm_status status, const char *entity)
{
    assert_int_equal(status, ORM_ERR_OPTIMISTIC_LOCK);
    assert_error(w, ORM_ERR_OPTIMISTIC_LOCK, entity, "");
    assert_non_null(strstr(orm_em_error(w->em)->message, entity));
    assert_int_equal(orm_em_error(w->em)->number, 628);
    assert_false(orm_em_error(w->em)->retryable);
}

/* ---- Versions ---- */

static void test_counts(void **state)
{
    world     *w = *state;
    versioned *v = orm_create(w->em, versioned, .name = "v");

    check(w->em, orm_flush(w->em));
    assert_int_equal(v->version, 1);
    sql_log_clear(&w->log);
    for (int i = 1; i <= 3; i++) {
        v->n = i * 10;
        check(w->em, orm_flush(w->em));
        assert_int_equal(v->version, 1 + i);
    }
    if (is_mikroorm(w))
        assert_sent(w, 4,
                    "update \"versioned\" set \"n\" = 20, \"version\" = \"version\" + 1"
                    " where \"id\" = '1' and \"version\" = 2 returning \"version\"");
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);
    assert_sql(w, "select version from versioned", "4");
}

/* Somebody else is faster; then again after a fresh look. */
static void test_lost_update(void **state)
{
    world     *w = *state;
    orm_em    *other = orm_fork(w->db, NULL);
    versioned *mine = orm_create(w->em, versioned, .name = "v");
    versioned *theirs;

    check(w->em, orm_flush(w->em));
    theirs = orm_find_one(other, versioned, &orm_key("1"), NULL);
    theirs->n = 10;
    check(other, orm_flush(other));
    mine->n = 20;
    sql_log_clear(&w->log);
    for (int i = 0; i < 2; i++) {
        assert_lost(w, orm_flush(w->em), "Versioned");
        assert_string_equal(w->log.lines[w->log.count - 1], "rollback");
        assert_int_equal(mine->version, 1);
        assert_int_equal(mine->n, 20);
    }
    assert_sql(w, "select n from versioned", "10");

    /* A look without `refresh` must not put the new version under the old change. */
    assert_ptr_equal(orm_find_one(w->em, versioned, &orm_eq("name", "v"), NULL), mine);
    assert_int_equal(mine->version, 1);
    assert_lost(w, orm_flush(w->em), "Versioned");
    assert_ptr_equal(orm_find_one(w->em, versioned, &orm_key("1"), &(orm_find_options){ .refresh = true }), mine);
    assert_int_equal(mine->version, 2);
    mine->n += 20;
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select n || '/' || version from versioned", "30/3");
    orm_em_close(other);
}

static void test_batch(void **state)
{
    world     *w = *state;
    orm_list   list;
    versioned *v[3];

    for (int i = 0; i < 3; i++)
        v[i] = orm_create(w->em, versioned, .name = "v", .n = i);
    check(w->em, orm_flush(w->em));
    for (int i = 0; i < 3; i++)
        v[i]->n += 10;
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    if (is_mikroorm(w))
        assert_sent(w, 1,
                    "update \"versioned\" set \"n\" = case when (\"id\" = '1') then 10 when (\"id\" = '2') then 11"
                    " when (\"id\" = '3') then 12 else \"n\" end, \"version\" = \"version\" + 1"
                    " where (\"id\" = '1' and \"version\" = 1) or (\"id\" = '2' and \"version\" = 1)"
                    " or (\"id\" = '3' and \"version\" = 1) returning \"id\", \"version\"");
    for (int i = 0; i < 3; i++)
        assert_int_equal(v[i]->version, 2);

    /* One of three is lost: none is written. */
    sql(w, "update versioned set version = 7 where id = 2");
    for (int i = 0; i < 3; i++)
        v[i]->n += 10;
    assert_lost(w, orm_flush(w->em), "Versioned");
    assert_non_null(strstr(orm_em_error(w->em)->detail, "1 of 3"));
    for (int i = 0; i < 3; i++)
        assert_int_equal(v[i]->version, 2);
    assert_sql(w, "select string_agg(n || '/' || version, ',' order by id) from versioned", "10/2,11/7,12/2");
    check(w->em, orm_find(w->em, versioned, NULL, &(orm_find_options){ .refresh = true }, &list));
    for (int i = 0; i < 3; i++)
        v[i]->n += 100;
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select string_agg(n || '/' || version, ',' order by id) from versioned", "110/3,111/8,112/3");
}

static void test_delete(void **state)
{
    world     *w = *state;
    versioned *v[3];

    for (int i = 0; i < 3; i++)
        v[i] = orm_create(w->em, versioned, .name = "v");
    check(w->em, orm_flush(w->em));
    sql(w, "update versioned set version = 2 where id = 1");
    check(w->em, orm_remove(w->em, v[0]));
    sql_log_clear(&w->log);
    assert_lost(w, orm_flush(w->em), "Versioned");
    if (is_mikroorm(w))
        assert_sent(w, 1, "delete from \"versioned\" where \"id\" = '1' and \"version\" = 1");
    check(w->em, orm_remove(w->em, v[1]));
    check(w->em, orm_remove(w->em, v[2]));
    assert_lost(w, orm_flush(w->em), "Versioned");
    assert_non_null(strstr(orm_em_error(w->em)->detail, "1 of 3"));
    assert_sql(w, "select count(*) from versioned", "3");
    /* The others go once the lost one is out of the way. */
    check(w->em, orm_persist(w->em, v[0]));
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select id from versioned", "1");

    /* A row that is gone is a lost one, too. */
    sql(w, "delete from versioned");
    v[0]->n = 1;
    assert_lost(w, orm_flush(w->em), "Versioned");
}

static void test_rollback(void **state)
{
    world     *w = *state;
    versioned *v = orm_create(w->em, versioned, .name = "v");

    check(w->em, orm_flush(w->em));
    check(w->em, orm_begin(w->em, NULL));
    v->n = 1;
    check(w->em, orm_flush(w->em));
    v->n = 2;
    check(w->em, orm_flush(w->em));
    assert_int_equal(v->version, 3);
    check(w->em, orm_rollback(w->em));
    assert_int_equal(v->version, 1);
    check(w->em, orm_flush(w->em));
    assert_int_equal(v->version, 2);
    assert_sql(w, "select n || '/' || version from versioned", "2/2");

    /* Inside a transaction a lost update leaves only the rollback. */
    check(w->em, orm_begin(w->em, NULL));
    sql(w, "update versioned set version = 5");
    v->n = 3;
    assert_lost(w, orm_flush(w->em), "Versioned");
    assert_int_equal(orm_commit(w->em), ORM_ERR_TRANSACTION_ABORTED);
    check(w->em, orm_rollback(w->em));
    check(w->em, orm_flush(w->em));
    assert_int_equal(v->version, 3);
}

/* Nothing was loaded of a stub: its key alone counts, and it gets the new version. */
static void test_stub(void **state)
{
    world     *w = *state;
    versioned *v;

    sql(w, "insert into versioned (name, n, version) values ('a', 0, 41), ('b', 0, 7)");
    v = orm_reference(w->em, versioned, "1");
    v->n = 3;
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(v->version, 42);
    if (is_mikroorm(w))
        assert_sent(w, 1,
                    "update \"versioned\" set \"n\" = 3, \"version\" = \"version\" + 1 where \"id\" = '1'"
                    " returning \"version\"");
    v->n = 4;
    check(w->em, orm_flush(w->em));
    assert_int_equal(v->version, 43);
    v = orm_reference(w->em, versioned, "2");
    check(w->em, orm_remove(w->em, v));
    check(w->em, orm_flush(w->em));
    /* None of a row that is not there. */
    v = orm_reference(w->em, versioned, "99");
    v->n = 1;
    assert_lost(w, orm_flush(w->em), "Versioned");
}

/* The version is loaded with whatever part of an entity. */
static void test_partial(void **state)
{
    world     *w = *state;
    versioned *v;

    for (int exclude = 0; exclude < 2; exclude++) {
        const orm_find_options options = { .fields = exclude == 0 ? ORM_PATHS("name") : NULL,
                                           .exclude = exclude == 1 ? ORM_PATHS("n", "version") : NULL };

        sql(w, "truncate versioned restart identity; insert into versioned (name, n, version) values ('a', 5, 41)");
        check(w->em, orm_clear(w->em));
        v = orm_find_one(w->em, versioned, &orm_eq("name", "a"), &options);
        assert_int_equal(v->n, 0);
        assert_int_equal(v->version, 41);
        v->name = "b";
        check(w->em, orm_flush(w->em));
        assert_int_equal(v->version, 42);
        sql(w, "update versioned set version = 50");
        v->name = "c";
        assert_lost(w, orm_flush(w->em), "Versioned");
    }
}

static void test_version_is_not_yours(void **state)
{
    world     *w = *state;
    versioned *v = orm_create(w->em, versioned, .name = "v", .version = 5);

    check(w->em, orm_flush(w->em));
    assert_sql(w, "select version from versioned", "5");
    v->version = 6;
    sql_log_clear(&w->log);
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Versioned", "version");
    assert_int_equal(w->log.count, 0);
    v->version = 5;
    v->n = 1;
    check(w->em, orm_flush(w->em));
    assert_int_equal(v->version, 6);
}

static void test_timestamp(void **state)
{
    world        *w = *state;
    stamped      *s = orm_create(w->em, stamped, .name = "s");
    orm_timestamp first;

    check(w->em, orm_flush(w->em));
    first = s->at;
    assert_true(first.microseconds != 0);
    s->name = "t";
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_true(s->at.microseconds > first.microseconds);
    if (is_mikroorm(w))
        assert_non_null(strstr(w->log.lines[1], "\"at\" = current_timestamp(6) where \"id\" = "));
    sql(w, "update stamped set at = at + interval '1 microsecond'");
    s->name = "u";
    assert_lost(w, orm_flush(w->em), "Stamped");
    check(w->em, orm_remove(w->em, s));
    assert_lost(w, orm_flush(w->em), "Stamped");
    assert_sql(w, "select name from stamped", "t");
}

/* UPDATEs of their own: each makes a version, and each is checked. */
static void test_extra_updates(void **state)
{
    world *w = *state;
    node  *a = orm_create(w->em, node, .name = "a");
    node  *b = orm_create(w->em, node, .name = "b", .next = a);

    a->next = b;
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select string_agg(name || version, ',' order by name) from node", "a2,b2");
    a->name = "c";
    a->next = NULL;
    check(w->em, orm_flush(w->em));
    /* MikroORM's unit of work leaves the unique name to an UPDATE of its own, which makes one more version. */
    assert_int_equal(a->version, is_mikroorm(w) ? 4 : 3);
    a->name = "d";
    check(w->em, orm_flush(w->em));
    assert_int_equal(a->version, is_mikroorm(w) ? 5 : 4);
    assert_sql(w, "select name from node where next_id is null", "d");
    sql(w, "update node set version = 99");
    a->name = "e";
    assert_lost(w, orm_flush(w->em), "Node");
}

/* ---- Concurrency checks ---- */

static void test_checks(void **state)
{
    const orm_find_options refresh = { .refresh = true, .flush_mode = ORM_FLUSH_COMMIT };

    world   *w = *state;
    author  *ann = orm_create(w->em, author, .name = "Ann", .email = "a");
    checked *c = orm_create(w->em, checked, .name = "c");

    check(w->em, orm_flush(w->em));
    c->note = "without";
    sql_log_clear(&w->log);
    assert_int_equal(orm_flush(w->em), ORM_ERR_OPTIMISTIC_LOCK);
    assert_int_equal(orm_em_error(w->em)->number, 627);
    assert_int_equal(w->log.count, 0);

    c->n = (orm_opt_int32)ORM_SOME(1);
    check(w->em, orm_flush(w->em));
    if (is_mikroorm(w))
        assert_sent(w, 1,
                    "update \"checked\" set \"n\" = 1, \"note\" = 'without' where \"id\" = '1' and \"n\" is null"
                    " and \"who_id\" is null");
    c->who = ann;
    check(w->em, orm_flush(w->em));
    /* Zero is a value as any other. */
    c->n.value = 0;
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select n || author.name from checked join author on who_id = author.id", "0Ann");

    /* The reference is checked by the key that was loaded. */
    sql(w, "update checked set who_id = null");
    c->n.value = 2;
    assert_lost(w, orm_flush(w->em), "Checked");
    check(w->em, orm_remove(w->em, c));
    assert_lost(w, orm_flush(w->em), "Checked");
    check(w->em, orm_persist(w->em, c));
    assert_ptr_equal(orm_find_one(w->em, checked, &orm_key(c->id), &refresh), c);
    assert_null(c->who);
    check(w->em, orm_remove(w->em, c));
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from checked", "0");
}

static void test_checks_batch(void **state)
{
    world   *w = *state;
    checked *c[2] = { orm_create(w->em, checked, .name = "a"),
                      orm_create(w->em, checked, .name = "b", .n = ORM_SOME(1)) };

    check(w->em, orm_flush(w->em));
    for (int i = 0; i < 2; i++)
        c[i]->n = (orm_opt_int32)ORM_SOME(5 + i);
    check(w->em, orm_flush(w->em));
    sql(w, "update checked set n = 0 where name = 'b'");
    for (int i = 0; i < 2; i++)
        c[i]->n.value++;
    assert_lost(w, orm_flush(w->em), "Checked");
    assert_sql(w, "select string_agg(n::text, ',' order by name) from checked", "5,0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_counts, start),
        cmocka_unit_test_setup(test_lost_update, start),
        cmocka_unit_test_setup(test_batch, start),
        cmocka_unit_test_setup(test_delete, start),
        cmocka_unit_test_setup(test_rollback, start),
        cmocka_unit_test_setup(test_stub, start),
        cmocka_unit_test_setup(test_partial, start),
        cmocka_unit_test_setup(test_version_is_not_yours, start),
        cmocka_unit_test_setup(test_timestamp, start),
        cmocka_unit_test_setup(test_extra_updates, start),
        cmocka_unit_test_setup(test_checks, start),
        cmocka_unit_test_setup(test_checks_batch, start),
    };

    return cmocka_run_group_tests_name("native", tests, open_own_native, close_world) +
           cmocka_run_group_tests_name("mikroorm", tests, open_own_mikroorm, close_world);
}
