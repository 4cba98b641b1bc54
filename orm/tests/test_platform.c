#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "platform/platform.h"

static orm_platform recognise(orm_arena *arena, const char *version, const char *simulated)
{
    orm_platform platform;
    orm_error    error;

    memset(&platform, 0x5a, sizeof platform);
    assert_int_equal(orm_platform_recognise(arena, version, simulated, &platform, &error), ORM_OK);
    return platform;
}

static void versions_are_read_from_the_text(void **state)
{
    static const struct {
        const char       *text;
        orm_platform_kind kind;
        int               major, minor, patch;
    } texts[] = {
        { "PostgreSQL 15.18 (Debian 15.18-0+deb12u1) on x86_64-pc-linux-gnu", ORM_PLATFORM_POSTGRES, 15, 18, 0 },
        { "PostgreSQL 16beta1 on x86_64-pc-linux-gnu", ORM_PLATFORM_POSTGRES, 16, 0, 0 },
        { "PostgreSQL 19devel on aarch64", ORM_PLATFORM_POSTGRES, 19, 0, 0 },
        { "PostgreSQL 9.6.24", ORM_PLATFORM_POSTGRES, 9, 6, 24 },
        { "PostgreSQL 99999999999999999999.1", ORM_PLATFORM_POSTGRES, 999999999, 1, 0 },
        { "CockroachDB CCL v24.3.0 (aarch64-unknown-linux-gnu, built 2024/11/21 17:04:09, go1.22.8 "
          "X:nocoverageredesign)",
          ORM_PLATFORM_COCKROACH, 24, 3, 0 },
        { "CockroachDB CCL v25.4.0-alpha.2-dev-5f5c6a65f739d6b247afec3411ed1284266bd1f7 (x86_64-pc-linux-gnu, built)",
          ORM_PLATFORM_COCKROACH, 25, 4, 0 },
        { "CockroachDB OSS v21.2.10 (x86_64-unknown-linux-gnu)", ORM_PLATFORM_COCKROACH, 21, 2, 10 },
        { "CockroachDB v26.3", ORM_PLATFORM_COCKROACH, 26, 3, 0 },
    };
    orm_arena *arena = orm_arena_new(NULL, NULL, "test");

    (void)state;
    assert_non_null(arena);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        orm_platform platform = recognise(arena, texts[i].text, NULL);

        assert_int_equal(platform.info.platform, texts[i].kind);
        assert_int_equal(platform.info.major, texts[i].major);
        assert_int_equal(platform.info.minor, texts[i].minor);
        assert_int_equal(platform.info.patch, texts[i].patch);
        assert_string_equal(platform.info.version, texts[i].text);
        assert_ptr_not_equal(platform.info.version, texts[i].text);
        assert_null(platform.info.simulated);
    }
    orm_arena_free(arena);
}

static void another_server_is_refused_with_its_words(void **state)
{
    static const char *const texts[] = { "8.0.36 MySQL",    "",
                                         "PostgreSQL",      "PostgreSQL compatible 3",
                                         "CockroachDB CCL", "CockroachDB CCL vNext",
                                         "postgresql 15.1", "My PostgreSQL 15.1" };
    orm_arena               *arena = orm_arena_new(NULL, NULL, "test");
    orm_platform             platform;
    orm_error                error;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(orm_platform_recognise(arena, texts[i], NULL, &platform, &error), ORM_ERR_UNSUPPORTED);
        assert_int_equal(error.number, 301);
        assert_non_null(strstr(error.message, texts[i]));
    }
    assert_int_equal(orm_platform_recognise(arena, NULL, NULL, &platform, &error), ORM_ERR_UNSUPPORTED);
    assert_int_equal(orm_platform_recognise(arena, NULL, NULL, &platform, NULL), ORM_ERR_UNSUPPORTED);
    orm_arena_free(arena);
}

static void simulated_servers_say_so(void **state)
{
    orm_arena   *arena = orm_arena_new(NULL, NULL, "test");
    orm_platform platform = recognise(arena, "CockroachDB CCL v24.3.0 (simulated)", "cockroach-24.3");

    (void)state;
    assert_string_equal(platform.info.simulated, "cockroach-24.3");
    orm_arena_free(arena);
}

static void capabilities_follow_the_version(void **state)
{
    orm_arena              *arena = orm_arena_new(NULL, NULL, "test");
    const orm_capabilities *postgres = recognise(arena, "PostgreSQL 15.18", NULL).capabilities;
    const orm_capabilities *v24 = recognise(arena, "CockroachDB CCL v24.3.25", NULL).capabilities;
    const orm_capabilities *v26_1 = recognise(arena, "CockroachDB CCL v26.1.9", NULL).capabilities;
    const orm_capabilities *v26_2 = recognise(arena, "CockroachDB CCL v26.2.0", NULL).capabilities;
    const orm_capabilities *v26_3 = recognise(arena, "CockroachDB CCL v26.3.0-alpha.1", NULL).capabilities;
    const orm_capabilities *v27 = recognise(arena, "CockroachDB CCL v27.1.0", NULL).capabilities;

    (void)state;
    assert_true(postgres->transactional_ddl && postgres->deferrable_constraints && postgres->geometric_types);
    assert_true(postgres->drop_unique_constraint && postgres->truncate_restart_identity && postgres->advisory_locks);
    assert_false(postgres->integer_is_int8 || postgres->serial_is_rowid || postgres->nulls_first);
    assert_true(v24->integer_is_int8 && v24->serial_is_rowid && v24->nulls_first);
    assert_false(v24->transactional_ddl || v24->deferrable_constraints || v24->geometric_types);
    assert_false(v24->ordered_returning || v24->truncate_restart_identity);
    assert_false(v24->drop_unique_constraint || v26_1->drop_unique_constraint);
    assert_true(v26_2->drop_unique_constraint && v26_3->drop_unique_constraint && v27->drop_unique_constraint);
    assert_false(v26_2->advisory_locks);
    assert_true(v26_3->advisory_locks && v27->advisory_locks && v27->integer_is_int8);
    orm_arena_free(arena);
}

static void sqlstates_have_kinds(void **state)
{
    static const struct {
        const char *sqlstate;
        orm_status  kind;
        bool        retryable;
    } codes[] = {
        { "40001", ORM_ERR_SERIALIZATION, true },
        { "40P01", ORM_ERR_DEADLOCK, true },
        { "40003", ORM_ERR_AMBIGUOUS_COMMIT, false },
        { "23502", ORM_ERR_NOT_NULL_CONSTRAINT, false },
        { "23503", ORM_ERR_FOREIGN_KEY_CONSTRAINT, false },
        { "23505", ORM_ERR_UNIQUE_CONSTRAINT, false },
        { "23514", ORM_ERR_CHECK_CONSTRAINT, false },
        { "23P01", ORM_ERR_CONSTRAINT, false },
        { "42601", ORM_ERR_SYNTAX, false },
        { "42501", ORM_ERR_PERMISSION, false },
        { "42P01", ORM_ERR_TABLE_NOT_FOUND, false },
        { "42P07", ORM_ERR_TABLE_EXISTS, false },
        { "42P04", ORM_ERR_OBJECT_EXISTS, false },
        { "42710", ORM_ERR_OBJECT_EXISTS, false },
        { "42703", ORM_ERR_INVALID_FIELD, false },
        { "42702", ORM_ERR_AMBIGUOUS_FIELD, false },
        { "22003", ORM_ERR_INVALID_VALUE, false },
        { "22P02", ORM_ERR_INVALID_VALUE, false },
        { "25P02", ORM_ERR_TRANSACTION_ABORTED, false },
        { "25006", ORM_ERR_READ_ONLY, false },
        { "55P03", ORM_ERR_LOCK_WAIT_TIMEOUT, false },
        { "57014", ORM_ERR_CANCELLED, false },
        { "57P01", ORM_ERR_CONNECTION, true },
        { "08006", ORM_ERR_CONNECTION, true },
        { "0A000", ORM_ERR_NOT_IMPLEMENTED, false },
        { "42883", ORM_ERR_DRIVER, false },
        { "25P01", ORM_ERR_DRIVER, false },
        { "XXUUU", ORM_ERR_DRIVER, false },
        { "XXA00", ORM_ERR_DRIVER, false },
        { "2", ORM_ERR_DRIVER, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        bool retryable = !codes[i].retryable;

        assert_int_equal(orm_platform_error_kind(codes[i].sqlstate, "message", false, &retryable), codes[i].kind);
        assert_int_equal(retryable, codes[i].retryable);
    }
    assert_int_equal(orm_platform_error_kind("40001", NULL, false, NULL), ORM_ERR_SERIALIZATION);
}

static void a_refused_truncate_is_a_foreign_key(void **state)
{
    bool retryable;

    (void)state;
    assert_int_equal(orm_platform_error_kind("0A000", "cannot truncate a table referenced in a foreign key constraint",
                                             false, &retryable),
                     ORM_ERR_FOREIGN_KEY_CONSTRAINT);
    assert_int_equal(orm_platform_error_kind("0A000", NULL, false, &retryable), ORM_ERR_NOT_IMPLEMENTED);
    assert_int_equal(orm_platform_error_kind("42601", "syntax error at or near \"truncate\"", false, &retryable),
                     ORM_ERR_SYNTAX);
}

static void a_connection_lost_in_commit_is_ambiguous(void **state)
{
    static const char *const codes[] = { NULL, "", "08006", "57P01" };
    bool                     retryable = true;

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        assert_int_equal(orm_platform_error_kind(codes[i], "gone", false, &retryable), ORM_ERR_CONNECTION);
        assert_true(retryable);
        assert_int_equal(orm_platform_error_kind(codes[i], "gone", true, &retryable), ORM_ERR_AMBIGUOUS_COMMIT);
        assert_false(retryable);
    }
    /* An answer that says no is not ambiguous. */
    assert_int_equal(orm_platform_error_kind("40001", "restart transaction", true, &retryable), ORM_ERR_SERIALIZATION);
    assert_true(retryable);
    assert_int_equal(orm_platform_error_kind("23503", "deferred", true, &retryable), ORM_ERR_FOREIGN_KEY_CONSTRAINT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_are_read_from_the_text),
        cmocka_unit_test(another_server_is_refused_with_its_words),
        cmocka_unit_test(simulated_servers_say_so),
        cmocka_unit_test(capabilities_follow_the_version),
        cmocka_unit_test(sqlstates_have_kinds),
        cmocka_unit_test(a_refused_truncate_is_a_foreign_key),
        cmocka_unit_test(a_connection_lost_in_commit_is_ambiguous),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
