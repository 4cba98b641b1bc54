#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <orm/value.h>

#include "base/text.h"

static void bytes_differ_and_fill_all(void **state)
{
    unsigned char a[1000];
    unsigned char b[1000];
    bool          changed[16] = { false };

    (void)state;
    assert_true(orm_random_bytes(a, sizeof a) && orm_random_bytes(b, sizeof b));
    assert_memory_not_equal(a, b, sizeof a);
    assert_true(orm_random_bytes(a, 0));
    for (int round = 0; round < 200; round++) {
        unsigned char small[16] = { 0 };

        assert_true(orm_random_bytes(small, sizeof small));
        for (size_t i = 0; i < sizeof small; i++)
            changed[i] = changed[i] || small[i] != 0;
    }
    for (size_t i = 0; i < sizeof changed; i++)
        assert_true(changed[i]);
}

static void parent_and_child_differ_after_fork(void **state)
{
    orm_uuid mine;
    orm_uuid theirs;
    int      ends[2];
    pid_t    child;
    int      status;

    (void)state;
    /* So that the block is filled, and would be handed out twice. */
    assert_true(orm_uuid_random(&mine));
    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bool sent = orm_uuid_random(&theirs) && write(ends[1], &theirs, sizeof theirs) == (ssize_t)sizeof theirs;

        _exit(sent ? 0 : 1);
    }
    assert_true(orm_uuid_random(&mine));
    assert_int_equal(read(ends[0], &theirs, sizeof theirs), sizeof theirs);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(ends[0]);
    close(ends[1]);
    assert_false(orm_uuid_equal(mine, theirs));
}

static void *make_uuids(void *arg)
{
    orm_uuid *out = arg;

    for (size_t i = 0; i < 100; i++) {
        if (!orm_uuid_random(&out[i]))
            memset(out, 0, sizeof *out);
    }
    return NULL;
}

static void threads_differ(void **state)
{
    static orm_uuid uuids[4][100];
    const orm_uuid *all = &uuids[0][0];
    pthread_t       threads[4];

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, make_uuids, uuids[i]), 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (size_t i = 0; i < 400; i++) {
        assert_false(orm_uuid_is_zero(all[i]));
        for (size_t j = i + 1; j < 400; j++)
            assert_false(orm_uuid_equal(all[i], all[j]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_differ_and_fill_all),
        cmocka_unit_test(parent_and_child_differ_after_fork),
        cmocka_unit_test(threads_differ),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
