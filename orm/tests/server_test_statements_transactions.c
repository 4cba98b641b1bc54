/* Rows 37 to 46 and 54: transactions, batches, upserts, composite keys and optimistic locks. */
#include "statements_fixture.h"

static void flush(mikro_world *w)
{
    must(w, orm_flush(w->em));
}

static m_tag *make_tag(orm_em *em, const char *name)
{
    m_tag *t = orm_create(em, m_tag, .name = name);

    assert_non_null(t);
    return t;
}

#define INSERT_TAG(name) "insert into \"tag\" (\"name\") values ('" name "') returning \"id\""

/* ---- Transactions ---- */

static orm_status fail_inside(orm_em *em, void *context)
{
    *(m_tag **)context = make_tag(em, "inner");
    assert_int_equal(orm_flush(em), ORM_OK);
    return ORM_ERR_CANCELLED;
}

static orm_status go_on_after_failure(orm_em *em, void *context)
{
    m_tag *inner = NULL;

    (void)context;
    make_tag(em, "outer");
    assert_int_equal(orm_flush(em), ORM_OK);
    assert_int_equal(orm_transactional(em, fail_inside, &inner, NULL), ORM_ERR_CANCELLED);
    assert_int_equal(orm_remove(em, inner), ORM_OK);
    make_tag(em, "after");
    return ORM_OK;
}

/* What was new in the inner transaction is pending again after its rollback; MikroORM has forgotten it. */
static void nested_failure(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_transactional(w->em, go_on_after_failure, NULL, NULL));
    SENT(w, "begin", INSERT_TAG("outer"), "savepoint \"trx1\"", INSERT_TAG("inner"), "rollback to savepoint \"trx1\"",
         INSERT_TAG("after"), "commit");
    must(w, orm_clear(w->em));
    must(w,
         orm_find(w->em, m_tag, &orm_in("name", orm_list_of(orm_text("outer"), orm_text("inner"), orm_text("after"))),
                  (&(orm_find_options){ .order_by = ORM_ORDER({ "id", ORM_ASC }) }), &list));
    assert_int_equal(list.count, 2);
    SENT(w, "select \"t0\".* from \"tag\" as \"t0\" where \"t0\".\"name\" in ('outer', 'inner', 'after') order by "
            "\"t0\".\"id\" asc");
}

/* What is pending goes out at the innermost level. */
static orm_status descend(orm_em *em, void *context)
{
    int *level = context;

    if (++*level > 1)
        make_tag(em, *level == 2 ? "n2" : "n3");
    return *level < 3 ? orm_transactional(em, descend, context, NULL) : ORM_OK;
}

static void nested_levels(void **state)
{
    mikro_world *w = *state;
    int          level = 0;

    must(w, orm_transactional(w->em, descend, &level, NULL));
    SENT(w, "begin", "savepoint \"trx1\"", "savepoint \"trx2\"", NUMBERED("tag"), "release savepoint \"trx2\"",
         "release savepoint \"trx1\"", "commit");
}

static orm_status count_tags(orm_em *em, void *context)
{
    return orm_count(em, m_tag, NULL, context);
}

static void isolation_and_read_only(void **state)
{
    mikro_world *w = *state;
    uint64_t     count;

    must(w, orm_transactional(w->em, count_tags, &count,
                              &(orm_transaction_options){ .isolation = ORM_ISOLATION_SERIALIZABLE }));
    SENT(w, "start transaction isolation level serializable", "select count(*) as \"count\" from \"tag\" as \"t0\"",
         "commit");
    must(w, orm_transactional(w->em, count_tags, &count, &(orm_transaction_options){ .read_only = true }));
    SENT(w, "start transaction read only", "select count(*) as \"count\" from \"tag\" as \"t0\"", "commit");
}

static orm_status look_around(orm_em *em, void *context)
{
    orm_list list;

    (void)context;
    make_tag(em, "x1");
    assert_int_equal(orm_find(em, m_tag, &orm_eq("name", "x1"), NULL, &list), ORM_OK);
    assert_int_equal(list.count, 1);
    assert_int_equal(orm_find(em, m_publisher, &orm_eq("name", "zz"), NULL, &list), ORM_OK);
    make_tag(em, "x2");
    return orm_find(em, m_publisher, &orm_eq("name", "zz"), NULL, &list);
}

static void flush_before_query(void **state)
{
    mikro_world *w = *state;

    must(w, orm_transactional(w->em, look_around, NULL, NULL));
    SENT(w, "begin", INSERT_TAG("x1"), "select \"t0\".* from \"tag\" as \"t0\" where \"t0\".\"name\" = 'x1'",
         "select \"p0\".* from \"publisher\" as \"p0\" where \"p0\".\"name\" = 'zz'",
         "select \"p0\".* from \"publisher\" as \"p0\" where \"p0\".\"name\" = 'zz'", INSERT_TAG("x2"), "commit");
}

/* ---- Batches ---- */

static size_t occurrences(const char *text, const char *of)
{
    size_t count = 0;

    for (; (text = strstr(text, of)) != NULL; text += strlen(of))
        count++;
    return count;
}

/* How many rows each statement between BEGIN and COMMIT has, each row being told by a piece of text. */
static void batches_have(mikro_world *w, const char *piece, const size_t *rows, size_t count)
{
    assert_int_equal(w->count, count + 2);
    was_sent(w, 0, "begin");
    for (size_t i = 0; i < count; i++)
        assert_int_equal(occurrences(w->lines[i + 1], piece), rows[i]);
    was_sent(w, count + 1, "commit");
    mikro_log_clear(w);
}

static void insert_many(void **state)
{
    mikro_world *w = *state;
    char         name[32];

    for (int i = 0; i < 1000; i++) {
        (void)snprintf(name, sizeof name, "bulk%d", i);
        make_tag(w->em, name);
    }
    flush(w);
    batches_have(w, "'bulk", (const size_t[]){ 300, 300, 300, 100 }, 4);
}

static void change_many(void **state)
{
    mikro_world *w = *state;
    orm_list     list;
    char         name[32];

    must(w,
         orm_execute(w->em, "insert into tag (name) select 'bulk' || n from generate_series(0, 399) n", NULL, 0, NULL));
    must(w, orm_find(w->em, m_tag, &orm_like("name", "bulk%"),
                     (&(orm_find_options){ .order_by = ORM_ORDER({ "id", ORM_ASC }), .limit = 400 }), &list));
    mikro_log_clear(w);
    for (size_t i = 0; i < list.count; i++) {
        (void)snprintf(name, sizeof name, "upd%zu", i);
        ORM_AT(list, m_tag, i)->name = orm_strdup(w->em, name);
    }
    flush(w);
    assert_true(is_like(
        w->lines[1],
        "update \"tag\" set \"name\" = case when (\"id\" = '4') then 'upd0' when (\"id\" = '5') then 'upd1'~~"));
    assert_non_null(strstr(w->lines[1], " else \"name\" end where \"id\" in ('4', '5', "));
    assert_non_null(strstr(w->lines[2], "'403') returning \"id\""));
    batches_have(w, "when (", (const size_t[]){ 300, 100 }, 2);
    for (size_t i = 0; i < list.count; i++)
        must(w, orm_remove(w->em, ORM_AT(list, m_tag, i)));
    flush(w);
    assert_true(is_like(w->lines[1], "delete from \"tag\" where \"id\" in ('4', '5', ~~"));
    batches_have(w, "', '", (const size_t[]){ 299, 99 }, 2);
}

/* ---- Upserts ---- */

#define PERSON(email_, name_, age_)                                                                                    \
    ORM_ROW({ "email", orm_text(email_) }, { "name", orm_text(name_) }, { "age", orm_int(age_) })
#define UPSERT_AUTHOR "insert into \"author\" (\"email\", \"name\", \"age\") values "
#define MERGE_BY_EMAIL " on conflict (\"email\") do update set \"name\" = excluded.\"name\", \"age\" = excluded.\"age\""
#define THE_REST "\"active\", \"tags\", \"meta\", \"created_at\", \"fav_id\""
/* Not read with the row: whether there is a profile. */
#define WHOLE_ROW "select \"a0\".*~~"

static void upsert_by_unique(void **state)
{
    mikro_world *w = *state;

    assert_non_null(orm_upsert(w->em, m_author, &PERSON("u@x", "U", 1), NULL));
    SENT(w, UPSERT_AUTHOR "('u@x', 'U', 1)" MERGE_BY_EMAIL " returning \"id\", " THE_REST);
    assert_non_null(orm_upsert(w->em, m_author, &PERSON("u@x", "U2", 2), NULL));
    SENT(w, UPSERT_AUTHOR "('u@x', 'U2', 2)" MERGE_BY_EMAIL " returning \"id\", " THE_REST);
}

/* MikroORM's second statement selects what RETURNING named; ours the whole row, so that what is there is shown. */
static void upsert_ignored(void **state)
{
    mikro_world *w = *state;
    m_author    *a;

    a = orm_upsert(w->em, m_author, &PERSON("a@x", "IGN", 9),
                   &(orm_upsert_options){ .conflict_fields = ORM_NAMES("email"), .action = ORM_CONFLICT_IGNORE });
    assert_string_equal(a->name, "A");
    SENT(w,
         UPSERT_AUTHOR
         "('a@x', 'IGN', 9) on conflict (\"email\") do nothing returning \"id\", \"name\", \"age\", " THE_REST,
         WHOLE_ROW);
    a = orm_upsert(w->em, m_author, &PERSON("john@x", "W", 79),
                   &(orm_upsert_options){ .conflict_fields = ORM_NAMES("email"), .where = &orm_lt("age", 10) });
    assert_string_equal(a->name, "John");
    SENT(w,
         UPSERT_AUTHOR "('john@x', 'W', 79)" MERGE_BY_EMAIL
                       " where \"author\".\"age\" < 10 returning \"id\", " THE_REST,
         WHOLE_ROW);
}

/* Where a statement has several rows the conflict field comes back, too: it tells them apart. */
static void upsert_many(void **state)
{
    mikro_world *w = *state;
    orm_row      rows[3] = { PERSON("john@x", "UM", 1), PERSON("u2@x", "UM2", 2), PERSON("u3@x", "UM3", 3) };
    orm_row      two[2] = { PERSON("john@x", "I", 1), PERSON("u9@x", "I9", 2) };

    must(w, orm_upsert_many(w->em, m_author, rows, 3, NULL, NULL));
    SENT(w, UPSERT_AUTHOR "('john@x', 'UM', 1), ('u2@x', 'UM2', 2), ('u3@x', 'UM3', 3)" MERGE_BY_EMAIL
                          " returning \"id\", \"email\", " THE_REST);
    must(w, orm_upsert_many(w->em, m_author, rows, 3, &(orm_upsert_options){ .batch_size = 2 }, NULL));
    SENT(w,
         UPSERT_AUTHOR "('john@x', 'UM', 1), ('u2@x', 'UM2', 2)" MERGE_BY_EMAIL
                       " returning \"id\", \"email\", " THE_REST,
         UPSERT_AUTHOR "('u3@x', 'UM3', 3)" MERGE_BY_EMAIL " returning \"id\", " THE_REST);
    must(w, orm_upsert_many(
                w->em, m_author, two, 2,
                &(orm_upsert_options){ .conflict_fields = ORM_NAMES("email"), .action = ORM_CONFLICT_IGNORE }, NULL));
    SENT(w,
         UPSERT_AUTHOR
         "('john@x', 'I', 1), ('u9@x', 'I9', 2) on conflict (\"email\") do nothing returning \"id\", \"name\","
         " \"email\", \"age\", " THE_REST,
         WHOLE_ROW);
}

/* ---- Composite keys ---- */

static void composite_key(void **state)
{
    mikro_world *w = *state;
    m_pair      *p = orm_find_one(w->em, m_pair, &orm_key(orm_list_of(orm_text("1"), orm_text("2"))), NULL);

    assert_non_null(p);
    SENT(w, "select \"p0\".* from \"pair\" as \"p0\" where (\"p0\".\"left_id\", \"p0\".\"right_id\") in (('1', '2')) "
            "limit 1");
    p->value = "vv";
    flush(w);
    SENT(w, "begin", "update \"pair\" set \"value\" = 'vv' where \"left_id\" = '1' and \"right_id\" = '2'", "commit");
    must(w, orm_remove(w->em, p));
    flush(w);
    SENT(w, "begin", "delete from \"pair\" where (\"left_id\", \"right_id\") in (('1', '2'))", "commit");
}

/* ---- Optimistic locks ---- */

static void lock_one(void **state)
{
    mikro_world *w = *state;
    m_versioned *v;

    must(w, orm_execute(w->em, "insert into versioned (name, version) values ('v', 3)", NULL, 0, NULL));
    mikro_log_clear(w);
    v = orm_find_one(w->em, m_versioned, &orm_eq("name", "v"), NULL);
    SENT(w, "select \"v0\".* from \"versioned\" as \"v0\" where \"v0\".\"name\" = 'v' limit 1");
    v->n = (orm_opt_int32)ORM_SOME(1);
    flush(w);
    SENT(w, "begin",
         "update \"versioned\" set \"n\" = 1, \"version\" = \"version\" + 1 where \"id\" = '1' and \"version\" = 3 "
         "returning \"version\"",
         "commit");
    must(w, orm_execute(w->em, "update versioned set version = 9", NULL, 0, NULL));
    mikro_log_clear(w);
    v->n = (orm_opt_int32)ORM_SOME(2);
    assert_int_equal(orm_flush(w->em), ORM_ERR_OPTIMISTIC_LOCK);
    SENT(w, "begin",
         "update \"versioned\" set \"n\" = 2, \"version\" = \"version\" + 1 where \"id\" = '1' and \"version\" = 4 "
         "returning \"version\"",
         "rollback");
}

/* One statement where MikroORM sends two: between its SELECT and its UPDATE somebody else can write. */
static void lock_many(void **state)
{
    mikro_world *w = *state;
    orm_list     list;

    must(w, orm_execute(w->em, "insert into versioned (name, version) values ('v', 4), ('v2', 1)", NULL, 0, NULL));
    must(w,
         orm_find(w->em, m_versioned, NULL, (&(orm_find_options){ .order_by = ORM_ORDER({ "id", ORM_ASC }) }), &list));
    mikro_log_clear(w);
    for (size_t i = 0; i < list.count; i++)
        ORM_AT(list, m_versioned, i)->n = (orm_opt_int32)ORM_SOME(1);
    flush(w);
    SENT(w, "begin",
         "update \"versioned\" set \"n\" = case when (\"id\" = '1') then 1 when (\"id\" = '2') then 1 else \"n\" end, "
         "\"version\" = "
         "\"version\" + 1 where (\"id\" = '1' and \"version\" = 4) or (\"id\" = '2' and \"version\" = 1) returning "
         "\"id\", \"version\"",
         "commit");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW("37", nested_failure),     ROW("38", nested_levels),  ROW("39", isolation_and_read_only),
        ROW("40", flush_before_query), ROW("41", insert_many),    ROW("42", change_many),
        ROW("43", upsert_by_unique),   ROW("44", upsert_ignored), ROW("45", upsert_many),
        ROW("46", composite_key),      ROW("54", lock_one),       ROW("54, batch", lock_many),
    };

    return cmocka_run_group_tests_name("statements", tests, statements_open, mikro_close);
}
