/* Transactions around callbacks: every propagation with and without a transaction, options, flush modes. */
#include "em_fixture.h"

/* What a callback is to do, and what it met. */
typedef struct inner {
    const char *name;   /* of the tag that it creates */
    bool        flush;  /* before it returns */
    orm_status  result; /* what it returns */
    orm_em     *em;     /* the entity manager that it got */
    bool        in_transaction;
    size_t      seen; /* tags that it saw before */
    unsigned    calls;
} inner;

static orm_status make_tag(orm_em *em, void *context)
{
    inner   *in = context;
    orm_list list;

    in->calls++;
    in->em = em;
    in->in_transaction = orm_in_transaction(em);
    if (orm_find(em, tag, NULL, &(orm_find_options){ .flush_mode = ORM_FLUSH_COMMIT }, &list) != ORM_OK)
        return orm_em_error(em)->status;
    in->seen = list.count;
    if (orm_create(em, tag, .name = in->name) == NULL || (in->flush && orm_flush(em) != ORM_OK))
        return orm_em_error(em)->status;
    return in->result;
}

typedef struct outer {
    inner                   in;
    orm_transaction_options options; /* of the inner one */
    orm_status              status;  /* what it gave */
    orm_status              result;
    bool                    flush_first;
} outer;

static orm_status nest(orm_em *em, void *context)
{
    outer *out = context;

    if (orm_create(em, tag, .name = "outer") == NULL || (out->flush_first && orm_flush(em) != ORM_OK))
        return orm_em_error(em)->status;
    out->status = orm_transactional(em, make_tag, &out->in, &out->options);
    return out->result;
}

static const char all_tags[] = "select string_agg(name, ',' order by name) from tag";

static void start(world *w)
{
    sql(w, "truncate tag restart identity");
    check(w->em, orm_clear(w->em));
    sql_log_clear(&w->log);
}

/* The statements' first words; an INSERT that draws the keys first is one, too. MikroORM's texts: server_test_sql.c. */
static void assert_kinds(const world *w, const char *expected)
{
    char kinds[256] = "";

    for (size_t i = 0; i < w->log.count; i++) {
        const char *line = strncmp(w->log.lines[i], "with ", 5) == 0 ? "insert" : w->log.lines[i];
        size_t      used = strlen(kinds);

        snprintf(kinds + used, sizeof kinds - used, "%s%.*s", used > 0 ? " " : "", (int)strcspn(line, " "), line);
    }
    assert_string_equal(kinds, expected);
}

static void test_part(void **state)
{
    static const orm_propagation parts[] = { ORM_PROPAGATION_REQUIRED, ORM_PROPAGATION_SUPPORTS,
                                             ORM_PROPAGATION_MANDATORY };
    world                       *w = *state;

    for (size_t i = 0; i < 3; i++) {
        outer out = { .in.name = "inner", .options.propagation = parts[i] };

        start(w);
        check(w->em, orm_transactional(w->em, nest, &out, NULL));
        assert_kinds(w, "begin select insert commit");
        assert_ptr_equal(out.in.em, w->em);
        assert_true(out.in.in_transaction);
        assert_sql(w, all_tags, "inner,outer");

        /* The failure of a part is the caller's to judge. */
        start(w);
        out.in.result = ORM_ERR_NOT_FOUND;
        check(w->em, orm_transactional(w->em, nest, &out, NULL));
        assert_int_equal(out.status, ORM_ERR_NOT_FOUND);
        assert_sql(w, all_tags, "inner,outer");
        start(w);
        out.result = ORM_ERR_NOT_FOUND;
        assert_int_equal(orm_transactional(w->em, nest, &out, NULL), ORM_ERR_NOT_FOUND);
        assert_sql(w, all_tags, NULL);
    }
}

static void test_nested(void **state)
{
    world *w = *state;

    for (orm_propagation p = ORM_PROPAGATION_DEFAULT; p <= ORM_PROPAGATION_NESTED; p += ORM_PROPAGATION_NESTED) {
        outer out = { .in.name = "inner", .options.propagation = p };

        start(w);
        check(w->em, orm_transactional(w->em, nest, &out, NULL));
        assert_kinds(w, "begin savepoint select insert release commit");
        assert_ptr_equal(out.in.em, w->em);
        assert_sql(w, all_tags, "inner,outer");

        start(w);
        out.in.result = ORM_ERR_NOT_FOUND;
        out.in.flush = out.flush_first = true;
        check(w->em, orm_transactional(w->em, nest, &out, NULL));
        assert_int_equal(out.status, ORM_ERR_NOT_FOUND);
        /* What the savepoint took back is pending again, as everywhere. */
        assert_kinds(w, "begin insert savepoint select insert rollback insert commit");
        assert_sql(w, all_tags, "inner,outer");
    }
}

static void test_requires_new(void **state)
{
    world *w = *state;
    outer out = { .in = { .name = "inner" }, .options.propagation = ORM_PROPAGATION_REQUIRES_NEW, .flush_first = true };

    start(w);
    check(w->em, orm_transactional(w->em, nest, &out, NULL));
    assert_kinds(w, "begin insert begin select insert commit commit");
    assert_ptr_not_equal(out.in.em, w->em);
    assert_true(out.in.in_transaction);
    assert_int_equal(out.in.seen, 0); /* not committed yet */
    assert_sql(w, all_tags, "inner,outer");

    /* What is pending outside is not written inside: MikroORM would write it with the inner transaction. */
    start(w);
    out.flush_first = false;
    out.result = ORM_ERR_NOT_FOUND;
    assert_int_equal(orm_transactional(w->em, nest, &out, NULL), ORM_ERR_NOT_FOUND);
    assert_kinds(w, "begin begin select insert commit rollback");
    assert_sql(w, all_tags, "inner");
    check(w->em, orm_flush(w->em));
    assert_sql(w, all_tags, "inner,outer");

    start(w);
    out.result = ORM_OK;
    out.in.result = ORM_ERR_NOT_FOUND;
    check(w->em, orm_transactional(w->em, nest, &out, NULL));
    assert_int_equal(out.status, ORM_ERR_NOT_FOUND);
    assert_kinds(w, "begin begin select rollback insert commit");
    assert_sql(w, all_tags, "outer");

    /* Also without a transaction it is an entity manager of its own. */
    start(w);
    out.in.result = ORM_OK;
    assert_non_null(orm_create(w->em, tag, .name = "pending"));
    check(w->em, orm_transactional(w->em, make_tag, &out.in, &out.options));
    assert_ptr_not_equal(out.in.em, w->em);
    assert_kinds(w, "begin select insert commit");
    check(w->em, orm_flush(w->em));
    assert_sql(w, all_tags, "inner,pending");
}

static void test_not_supported(void **state)
{
    world *w = *state;
    outer  out = { .in = { .name = "inner" },
                   .options.propagation = ORM_PROPAGATION_NOT_SUPPORTED,
                   .flush_first = true };

    start(w);
    out.result = ORM_ERR_NOT_FOUND;
    assert_int_equal(orm_transactional(w->em, nest, &out, NULL), ORM_ERR_NOT_FOUND);
    assert_int_equal(out.status, ORM_OK);
    assert_ptr_not_equal(out.in.em, w->em);
    assert_false(out.in.in_transaction);
    assert_int_equal(out.in.seen, 0);
    assert_kinds(w, "begin insert select begin insert commit rollback");
    assert_sql(w, all_tags, "inner");

    /* Nothing was flushed when it failed. */
    start(w);
    out.result = ORM_OK;
    out.in.result = ORM_ERR_NOT_FOUND;
    check(w->em, orm_transactional(w->em, nest, &out, NULL));
    assert_int_equal(out.status, ORM_ERR_NOT_FOUND);
    assert_sql(w, all_tags, "outer");
}

static void test_without_transaction(void **state)
{
    static const orm_propagation plain[] = { ORM_PROPAGATION_SUPPORTS, ORM_PROPAGATION_NEVER,
                                             ORM_PROPAGATION_NOT_SUPPORTED };
    world                       *w = *state;

    for (size_t i = 0; i < 3; i++) {
        orm_transaction_options options = { .propagation = plain[i] };
        inner                   in = { .name = "inner" };

        start(w);
        check(w->em, orm_transactional(w->em, make_tag, &in, &options));
        assert_ptr_equal(in.em, w->em);
        assert_false(in.in_transaction);
        assert_kinds(w, "select begin insert commit");
        start(w);
        in.result = ORM_ERR_NOT_FOUND;
        assert_int_equal(orm_transactional(w->em, make_tag, &in, &options), ORM_ERR_NOT_FOUND);
        assert_kinds(w, "select");
    }
    for (orm_propagation p = ORM_PROPAGATION_DEFAULT; p <= ORM_PROPAGATION_NESTED; p++) {
        inner in = { .name = "inner" };

        start(w);
        check(w->em, orm_transactional(w->em, make_tag, &in, &(orm_transaction_options){ .propagation = p }));
        assert_ptr_equal(in.em, w->em);
        assert_kinds(w, "begin select insert commit");
    }
}

static void assert_refused(const world *w, orm_status status, int number, const char *text)
{
    assert_int_equal(status, ORM_ERR_ARGUMENT);
    assert_int_equal(orm_em_error(w->em)->status, ORM_ERR_ARGUMENT);
    assert_int_equal(orm_em_error(w->em)->number, number);
    if (strstr(orm_em_error(w->em)->message, text) == NULL)
        fail_msg("no '%s' in: %s", text, orm_em_error(w->em)->message);
    assert_int_equal(w->log.count, 0);
}

static orm_status try(world *w, inner *in, orm_transaction_options options)
{
    return orm_transactional(w->em, make_tag, in, &options);
}

static void test_refused(void **state)
{
    world  *w = *state;
    inner   in = { .name = "never" };
    orm_em *none = NULL;

    start(w);
    assert_refused(w, try(w, &in, (orm_transaction_options){ .propagation = ORM_PROPAGATION_MANDATORY }), 616,
                   "mandatory");
    assert_refused(w, try(w, &in, (orm_transaction_options){ .propagation = 8 }), 613, "8");
    assert_refused(w, try(w, &in, (orm_transaction_options){ .propagation = (orm_propagation)-1 }), 613, "-1");
    assert_refused(w, try(w, &in, (orm_transaction_options){ .isolation = 5 }), 614, "5");
    assert_refused(w, try(w, &in, (orm_transaction_options){ .flush_mode = 4 }), 610, "4");
    for (orm_propagation p = ORM_PROPAGATION_SUPPORTS; p <= ORM_PROPAGATION_NOT_SUPPORTED; p++) {
        assert_refused(w, try(w, &in, (orm_transaction_options){ .propagation = p, .read_only = true }), 615,
                       "read only");
        assert_refused(w, try(w, &in, (orm_transaction_options){ .propagation = p, .retry.attempts = 2 }), 615,
                       "retries");
        assert_refused(
            w, try(w, &in, (orm_transaction_options){ .propagation = p, .isolation = ORM_ISOLATION_SERIALIZABLE }), 615,
            "isolation level");
    }
    assert_refused(w, orm_transactional(w->em, NULL, NULL, NULL), 512, "callback");
    assert_refused(w, orm_begin(w->em, &(orm_transaction_options){ .propagation = ORM_PROPAGATION_REQUIRED }), 611,
                   "propagation");
    assert_refused(w, orm_begin(w->em, &(orm_transaction_options){ .retry.attempts = 2 }), 612, "retries");
    assert_refused(w, orm_begin(w->em, &(orm_transaction_options){ .flush_mode = 9 }), 610, "9");
    assert_refused(w, orm_set_flush_mode(w->em, 7), 610, "7");
    assert_int_equal(in.calls, 0);
    assert_false(orm_in_transaction(w->em));

    assert_int_equal(orm_transactional(none, make_tag, &in, NULL), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_set_flush_mode(none, ORM_FLUSH_AUTO), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_flush_mode_of(none), ORM_FLUSH_AUTO);
    assert_int_equal(orm_attempt(none), 0);
    assert_int_equal(orm_attempt(w->em), 1);
}

static void test_refused_inside(void **state)
{
    world *w = *state;
    inner  in = { .name = "never" };

    check(w->em, orm_begin(w->em, &(orm_transaction_options){ .isolation = ORM_ISOLATION_REPEATABLE_READ }));
    sql_log_clear(&w->log);
    assert_refused(w, try(w, &in, (orm_transaction_options){ .propagation = ORM_PROPAGATION_NEVER }), 617, "never");
    assert_refused(w, try(w, &in, (orm_transaction_options){ .isolation = ORM_ISOLATION_SERIALIZABLE }), 511,
                   "isolation");
    assert_refused(w, try(w, &in, (orm_transaction_options){ .read_only = true }), 511, "read only");
    assert_refused(w,
                   try(w, &in, (orm_transaction_options){ .propagation = ORM_PROPAGATION_REQUIRED, .read_only = true }),
                   511, "read only");
    assert_refused(w, orm_begin(w->em, &(orm_transaction_options){ .read_only = true }), 511, "read only");
    assert_int_equal(in.calls, 0);

    /* The level that the transaction has may be asked for; so may retries, which the outer one decides about. */
    in.name = "inner";
    check(w->em,
          try(w, &in, (orm_transaction_options){ .isolation = ORM_ISOLATION_REPEATABLE_READ, .retry.attempts = 3 }));
    check(w->em, orm_begin(w->em, &(orm_transaction_options){ .isolation = ORM_ISOLATION_REPEATABLE_READ }));
    check(w->em, orm_commit(w->em));
    assert_ptr_equal(in.em, w->em);
    check(w->em, orm_commit(w->em));
    assert_sql(w, all_tags, "inner");
}

static orm_status begin_more(orm_em *em, void *context)
{
    (void)context;
    assert_non_null(orm_create(em, tag, .name = "lost"));
    return orm_begin(em, NULL) == ORM_OK ? orm_flush(em) : ORM_ERR_DRIVER;
}

static orm_status end_outer(orm_em *em, void *context)
{
    (void)context;
    return orm_rollback(em);
}

static void test_depth(void **state)
{
    static const orm_propagation all[] = { ORM_PROPAGATION_REQUIRED,     ORM_PROPAGATION_NESTED,
                                           ORM_PROPAGATION_REQUIRES_NEW, ORM_PROPAGATION_SUPPORTS,
                                           ORM_PROPAGATION_NEVER,        ORM_PROPAGATION_NOT_SUPPORTED };
    world                       *w = *state;

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        orm_transaction_options options = { .propagation = all[i] };

        start(w);
        assert_int_equal(orm_transactional(w->em, begin_more, NULL, &options), ORM_ERR_ARGUMENT);
        assert_int_equal(orm_em_error(w->em)->number, 514);
        assert_false(orm_in_transaction(w->em));
        assert_sql(w, all_tags, NULL);
        if (all[i] == ORM_PROPAGATION_NEVER)
            continue;
        check(w->em, orm_begin(w->em, NULL));
        assert_int_equal(orm_transactional(w->em, begin_more, NULL, &options), ORM_ERR_ARGUMENT);
        assert_int_equal(orm_em_error(w->em)->number, 514);
        check(w->em, orm_rollback(w->em));
        assert_false(orm_in_transaction(w->em));
    }
    start(w);
    assert_int_equal(orm_transactional(w->em, end_outer, NULL, NULL), ORM_ERR_ARGUMENT);
    check(w->em, orm_begin(w->em, NULL));
    assert_int_equal(orm_transactional(w->em, end_outer, NULL,
                                       &(orm_transaction_options){ .propagation = ORM_PROPAGATION_REQUIRED }),
                     ORM_ERR_ARGUMENT);
    assert_int_equal(orm_em_error(w->em)->number, 514);
    assert_false(orm_in_transaction(w->em));
}

/* ---- Flush modes ---- */

static size_t count_tags(orm_em *em, orm_flush_mode mode)
{
    orm_list list;

    check(em, orm_find(em, tag, NULL, &(orm_find_options){ .flush_mode = mode }, &list));
    return list.count;
}

static void find_publishers(world *w)
{
    orm_list list;

    check(w->em, orm_find(w->em, publisher, NULL, NULL, &list));
}

static void test_flush_auto(void **state)
{
    world *w = *state;
    tag   *t;

    start(w);
    assert_int_equal(orm_flush_mode_of(w->em), ORM_FLUSH_AUTO);
    t = orm_create(w->em, tag, .name = "a");
    find_publishers(w);
    assert_kinds(w, "select");
    assert_int_equal(count_tags(w->em, ORM_FLUSH_DEFAULT), 1);
    assert_kinds(w, "select begin insert commit select");

    /* A changed member does not count; persisting does. */
    sql_log_clear(&w->log);
    t->name = "b";
    assert_int_equal(count_tags(w->em, ORM_FLUSH_DEFAULT), 1);
    assert_kinds(w, "select");
    check(w->em, orm_persist(w->em, t));
    assert_non_null(orm_find_one(w->em, tag, &orm_eq("name", "b"), NULL));
    assert_kinds(w, "select begin update commit select");

    sql_log_clear(&w->log);
    check(w->em, orm_remove(w->em, t));
    assert_int_equal(count_tags(w->em, ORM_FLUSH_DEFAULT), 0);
    assert_kinds(w, "begin delete commit select");

    /* A flush writes everything, and then nothing is pending. */
    sql_log_clear(&w->log);
    assert_non_null(orm_create(w->em, tag, .name = "c"));
    assert_non_null(orm_create(w->em, publisher, .name = "p"));
    find_publishers(w);
    assert_int_equal(count_tags(w->em, ORM_FLUSH_DEFAULT), 1);
    assert_kinds(w, "begin insert insert commit select select");

    /* By its key alone a new entity is found once it is written. */
    sql_log_clear(&w->log);
    t = orm_create(w->em, tag, .name = "d", .id = "77");
    assert_ptr_equal(orm_find_one(w->em, tag, &orm_key("77"), NULL), t);
    assert_kinds(w, "begin insert commit");
}

static void test_flush_auto_inside(void **state)
{
    world *w = *state;

    start(w);
    check(w->em, orm_begin(w->em, NULL));
    assert_non_null(orm_create(w->em, tag, .name = "a"));
    assert_int_equal(count_tags(w->em, ORM_FLUSH_DEFAULT), 1);
    check(w->em, orm_rollback(w->em));
    assert_kinds(w, "begin insert select rollback");
    /* What was taken back is pending again. */
    assert_int_equal(count_tags(w->em, ORM_FLUSH_DEFAULT), 1);
    assert_kinds(w, "begin insert select rollback begin insert commit select");
}

static void test_flush_auto_fails(void **state)
{
    world   *w = *state;
    orm_list list;

    sql(w, "insert into author (name, email) values ('A', 'dup')");
    sql_log_clear(&w->log);
    assert_non_null(orm_create(w->em, author, .name = "B", .email = "dup"));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(orm_find(w->em, author, NULL, NULL, &list), ORM_ERR_UNIQUE_CONSTRAINT);
        assert_int_equal(list.count, 0);
        assert_kinds(w, "begin insert rollback");
        sql_log_clear(&w->log);
    }
    /* Wrong options are found before anything is written. */
    assert_int_equal(orm_find(w->em, author, NULL, &(orm_find_options){ .populate = ORM_PATHS("nobody") }, &list),
                     ORM_ERR_VALIDATION);
    assert_int_equal(orm_find(w->em, author, &orm_eq("nmae", "A"), NULL, &list), ORM_ERR_VALIDATION);
    assert_null(orm_find_one(w->em, author, NULL, &(orm_find_options){ .flush_mode = 12 }));
    assert_int_equal(orm_em_error(w->em)->number, 610);
    assert_int_equal(w->log.count, 0);
}

static void test_flush_commit(void **state)
{
    world *w = *state;

    start(w);
    check(w->em, orm_set_flush_mode(w->em, ORM_FLUSH_COMMIT));
    assert_non_null(orm_create(w->em, tag, .name = "a"));
    assert_int_equal(count_tags(w->em, ORM_FLUSH_DEFAULT), 0);
    assert_int_equal(count_tags(w->em, ORM_FLUSH_AUTO), 1);
    check(w->em, orm_begin(w->em, NULL));
    assert_non_null(orm_create(w->em, tag, .name = "b"));
    assert_int_equal(count_tags(w->em, ORM_FLUSH_DEFAULT), 1);
    check(w->em, orm_commit(w->em));
    assert_int_equal(count_tags(w->em, ORM_FLUSH_DEFAULT), 2);
    check(w->em, orm_set_flush_mode(w->em, ORM_FLUSH_DEFAULT));
    assert_int_equal(orm_flush_mode_of(w->em), ORM_FLUSH_AUTO);
}

static void test_flush_always(void **state)
{
    world *w = *state;
    tag   *t;

    start(w);
    t = orm_create(w->em, tag, .name = "a");
    check(w->em, orm_flush(w->em));
    t->name = "b";
    sql_log_clear(&w->log);
    check(w->em, orm_set_flush_mode(w->em, ORM_FLUSH_ALWAYS));
    find_publishers(w);
    assert_kinds(w, "begin update commit select");
    find_publishers(w);
    assert_kinds(w, "begin update commit select select");
}

static orm_status look_at_mode(orm_em *em, void *context)
{
    *(orm_flush_mode *)context = orm_flush_mode_of(em);
    return orm_set_flush_mode(em, ORM_FLUSH_ALWAYS);
}

static void test_mode_of_transaction(void **state)
{
    world *w = *state;

    for (int inside = 0; inside < 2; inside++)
        for (orm_propagation p = ORM_PROPAGATION_DEFAULT; p <= ORM_PROPAGATION_NOT_SUPPORTED; p++) {
            orm_flush_mode seen = ORM_FLUSH_DEFAULT;

            if (p == (inside ? ORM_PROPAGATION_NEVER : ORM_PROPAGATION_MANDATORY))
                continue;
            if (inside)
                check(w->em, orm_begin(w->em, NULL));
            check(w->em,
                  orm_transactional(w->em, look_at_mode, &seen,
                                    &(orm_transaction_options){ .propagation = p, .flush_mode = ORM_FLUSH_COMMIT }));
            assert_int_equal(seen, ORM_FLUSH_COMMIT);
            assert_int_equal(orm_flush_mode_of(w->em), ORM_FLUSH_AUTO);
            check(w->em, orm_set_flush_mode(w->em, ORM_FLUSH_COMMIT));
            check(w->em, orm_transactional(w->em, look_at_mode, &seen, &(orm_transaction_options){ .propagation = p }));
            assert_int_equal(seen, ORM_FLUSH_COMMIT);
            assert_int_equal(orm_flush_mode_of(w->em), ORM_FLUSH_COMMIT);
            if (inside)
                check(w->em, orm_rollback(w->em));
            else
                check(w->em, orm_set_flush_mode(w->em, ORM_FLUSH_AUTO));
            assert_int_equal(orm_flush_mode_of(w->em), ORM_FLUSH_AUTO);
        }

    /* Levels give back what was in force before them, however they end. */
    check(w->em, orm_begin(w->em, &(orm_transaction_options){ .flush_mode = ORM_FLUSH_COMMIT }));
    check(w->em, orm_begin(w->em, &(orm_transaction_options){ .flush_mode = ORM_FLUSH_ALWAYS }));
    assert_int_equal(orm_flush_mode_of(w->em), ORM_FLUSH_ALWAYS);
    check(w->em, orm_rollback(w->em));
    assert_int_equal(orm_flush_mode_of(w->em), ORM_FLUSH_COMMIT);
    check(w->em, orm_begin(w->em, &(orm_transaction_options){ .flush_mode = ORM_FLUSH_ALWAYS }));
    sql(w, "commit");
    assert_false(orm_in_transaction(w->em));
    assert_int_equal(orm_flush_mode_of(w->em), ORM_FLUSH_AUTO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_part, fresh),
        cmocka_unit_test_setup(test_nested, fresh),
        cmocka_unit_test_setup(test_requires_new, fresh),
        cmocka_unit_test_setup(test_not_supported, fresh),
        cmocka_unit_test_setup(test_without_transaction, fresh),
        cmocka_unit_test_setup(test_refused, fresh),
        cmocka_unit_test_setup(test_refused_inside, fresh),
        cmocka_unit_test_setup(test_depth, fresh),
        cmocka_unit_test_setup(test_flush_auto, fresh),
        cmocka_unit_test_setup(test_flush_auto_inside, fresh),
        cmocka_unit_test_setup(test_flush_auto_fails, fresh),
        cmocka_unit_test_setup(test_flush_commit, fresh),
        cmocka_unit_test_setup(test_flush_always, fresh),
        cmocka_unit_test_setup(test_mode_of_transaction, fresh),
    };

    return RUN_IN_BOTH_PRESETS(tests);
}
