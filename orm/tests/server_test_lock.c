/* Locks that are asked for. What each mode sends is in cases/transactions/pessimistic-locking.yaml. */
#include "em_fixture.h"

static const orm_lock_mode pessimistic[] = { ORM_LOCK_PESSIMISTIC_READ,          ORM_LOCK_PESSIMISTIC_WRITE,
                                             ORM_LOCK_PESSIMISTIC_PARTIAL_WRITE, ORM_LOCK_PESSIMISTIC_WRITE_OR_FAIL,
                                             ORM_LOCK_PESSIMISTIC_PARTIAL_READ,  ORM_LOCK_PESSIMISTIC_READ_OR_FAIL };

static void assert_refused(const world *w, orm_status status, orm_status expected, int number)
{
    assert_int_equal(status, expected);
    assert_int_equal(orm_em_error(w->em)->status, expected);
    assert_int_equal(orm_em_error(w->em)->number, number);
    assert_int_equal(w->log.count, 0);
}

/* A wrong option sends nothing, not even the flush that the query would begin with. */
static void test_refused(void **state)
{
    world    *w = *state;
    tag      *t = orm_create(w->em, tag, .name = "t");
    tag      *pending;
    orm_em   *none = NULL;
    orm_value one = orm_int(1);
    orm_list  list;

    check(w->em, orm_flush(w->em));
    pending = orm_create(w->em, tag, .name = "pending");
    sql_log_clear(&w->log);
    for (size_t i = 0; i < 6; i++) {
        const orm_find_options options = { .lock = pessimistic[i] };

        assert_refused(w, orm_lock(w->em, t, pessimistic[i], NULL), ORM_ERR_VALIDATION, 630);
        assert_refused(w, orm_find(w->em, tag, NULL, &options, &list), ORM_ERR_VALIDATION, 630);
        assert_null(orm_find_one(w->em, tag, &orm_key(t->id), &options));
        assert_refused(w, orm_em_error(w->em)->status, ORM_ERR_VALIDATION, 630);
    }
    assert_refused(w, orm_lock(w->em, t, 8, NULL), ORM_ERR_ARGUMENT, 631);
    assert_refused(w, orm_lock(w->em, t, (orm_lock_mode)-1, NULL), ORM_ERR_ARGUMENT, 631);
    assert_refused(w, orm_lock(w->em, t, ORM_LOCK_OPTIMISTIC, &one), ORM_ERR_OPTIMISTIC_LOCK, 632);
    assert_refused(w, orm_lock(w->em, NULL, ORM_LOCK_OPTIMISTIC, &one), ORM_ERR_ARGUMENT, 507);
    assert_refused(w, orm_lock(w->em, &one, ORM_LOCK_OPTIMISTIC, &one), ORM_ERR_ARGUMENT, 508);
    assert_int_equal(orm_lock(none, t, ORM_LOCK_NONE, NULL), ORM_ERR_ARGUMENT);
    assert_refused(w, orm_find(w->em, tag, NULL, &(orm_find_options){ .lock_version = one }, &list), ORM_ERR_ARGUMENT,
                   634);
    assert_refused(w, orm_find(w->em, tag, NULL, &(orm_find_options){ .lock = ORM_LOCK_OPTIMISTIC }, &list),
                   ORM_ERR_OPTIMISTIC_LOCK, 632);
    assert_refused(w, orm_find(w->em, tag, NULL, &(orm_find_options){ .lock_aliases = ORM_PATHS("t0") }, &list),
                   ORM_ERR_ARGUMENT, 636);
    check(w->em, orm_lock(w->em, t, ORM_LOCK_NONE, NULL));

    check(w->em, orm_begin(w->em, NULL));
    sql_log_clear(&w->log);
    assert_refused(w, orm_lock(w->em, t, ORM_LOCK_PESSIMISTIC_WRITE, &one), ORM_ERR_ARGUMENT, 629);
    assert_refused(w, orm_lock(w->em, pending, ORM_LOCK_PESSIMISTIC_WRITE, NULL), ORM_ERR_VALIDATION, 637);
    check(w->em, orm_remove(w->em, t));
    assert_refused(w, orm_lock(w->em, t, ORM_LOCK_PESSIMISTIC_WRITE, NULL), ORM_ERR_VALIDATION, 637);
    check(w->em, orm_rollback(w->em));
}

/* Locked by one, the row is out of the other's reach until the end. */
static void test_rows(void **state)
{
    world  *w = *state;
    orm_em *other = orm_fork(w->db, NULL);
    tag    *mine = orm_create(w->em, tag, .name = "t");
    tag    *theirs;

    check(w->em, orm_flush(w->em));
    check(other, orm_begin(other, NULL));
    theirs = orm_find_one(other, tag, &orm_key(mine->id), NULL);
    check(w->em, orm_begin(w->em, NULL));
    check(w->em, orm_lock(w->em, mine, ORM_LOCK_PESSIMISTIC_WRITE, NULL));
    assert_int_equal(orm_lock(other, theirs, ORM_LOCK_PESSIMISTIC_PARTIAL_WRITE, NULL), ORM_ERR_LOCK_WAIT_TIMEOUT);
    assert_int_equal(orm_em_error(other)->number, 639);
    assert_int_equal(orm_lock(other, theirs, ORM_LOCK_PESSIMISTIC_PARTIAL_READ, NULL), ORM_ERR_LOCK_WAIT_TIMEOUT);
    check(other, orm_begin(other, NULL));
    assert_int_equal(orm_lock(other, theirs, ORM_LOCK_PESSIMISTIC_READ_OR_FAIL, NULL), ORM_ERR_LOCK_WAIT_TIMEOUT);
    assert_string_equal(orm_em_error(other)->sqlstate, "55P03");
    check(other, orm_rollback(other));
    check(w->em, orm_commit(w->em));
    for (size_t i = 0; i < 6; i++)
        check(other, orm_lock(other, theirs, pessimistic[i], NULL));
    check(other, orm_execute(other, "delete from tag", NULL, 0, NULL));
    assert_int_equal(orm_lock(other, theirs, ORM_LOCK_PESSIMISTIC_WRITE, NULL), ORM_ERR_NOT_FOUND);
    check(other, orm_rollback(other));
    /* A transaction that raw SQL began is one. */
    sql(w, "begin");
    check(w->em, orm_lock(w->em, mine, ORM_LOCK_PESSIMISTIC_WRITE, NULL));
    sql(w, "rollback");
    orm_em_close(other);
}

/* A find locks what it returns; entities that are loaded stay as they are unless they are refreshed. */
static void test_find(void **state)
{
    world   *w = *state;
    orm_em  *other = orm_fork(w->db, NULL);
    tag     *t = orm_create(w->em, tag, .name = "t");
    orm_list list;

    orm_create(w->em, tag, .name = "u");
    check(w->em, orm_flush(w->em));
    sql(w, "update tag set name = 'changed' where name = 't'");
    check(w->em, orm_begin(w->em, NULL));
    assert_ptr_equal(
        orm_find_one(w->em, tag, &orm_key(t->id), &(orm_find_options){ .lock = ORM_LOCK_PESSIMISTIC_WRITE }), t);
    assert_string_equal(t->name, "t");
    assert_ptr_equal(orm_find_one(w->em, tag, &orm_key(t->id),
                                  (&(orm_find_options){ .lock = ORM_LOCK_PESSIMISTIC_WRITE, .refresh = true })),
                     t);
    assert_string_equal(t->name, "changed");
    check(other, orm_begin(other, NULL));
    check(other, orm_find(other, tag, NULL, &(orm_find_options){ .lock = ORM_LOCK_PESSIMISTIC_PARTIAL_READ }, &list));
    assert_int_equal(list.count, 1);
    assert_string_equal(ORM_AT(list, tag, 0)->name, "u");
    check(other, orm_rollback(other));
    check(w->em, orm_rollback(w->em));
    orm_em_close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_refused, fresh),
        cmocka_unit_test_setup(test_rows, fresh),
        cmocka_unit_test_setup(test_find, fresh),
    };

    return RUN_IN_BOTH_PRESETS(tests);
}
