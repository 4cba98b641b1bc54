#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdalign.h>
#include <string.h>

#include "base/arena.h"
#include "base/fail.h"
#include "tests/failing_allocator.h"

static void objects_are_aligned_and_apart(void **state)
{
    orm_arena *arena = orm_arena_new(NULL, NULL, "test");
    char      *objects[300];

    (void)state;
    for (size_t i = 0; i < 300; i++) {
        size_t size = i * 7 % 900;

        objects[i] = orm_arena_alloc(arena, size);
        assert_non_null(objects[i]);
        assert_int_equal((uintptr_t)objects[i] % alignof(max_align_t), 0);
        memset(objects[i], (int)i, size);
    }
    for (size_t i = 0; i < 300; i++) {
        for (size_t j = 0; j < i * 7 % 900; j++)
            assert_int_equal((unsigned char)objects[i][j], i & 0xFF);
    }
    orm_arena_free(arena);
}

static void sizes_that_overflow_fail(void **state)
{
    orm_arena *arena = orm_arena_new(NULL, NULL, "test");
    int       *array = NULL;
    size_t     capacity = SIZE_MAX / 2 + 1;

    (void)state;
    assert_null(orm_arena_alloc(arena, SIZE_MAX));
    assert_null(orm_arena_alloc(arena, SIZE_MAX - 15));
    assert_null(orm_arena_calloc(arena, SIZE_MAX / 2, 3));
    assert_null(orm_arena_strndup(arena, "x", SIZE_MAX));
    assert_false(orm_arena_grow(arena, &array, capacity, &capacity, sizeof *array));
    assert_non_null(orm_arena_alloc(arena, 0));
    assert_ptr_not_equal(orm_arena_alloc(arena, 0), orm_arena_alloc(arena, 0));
    orm_arena_free(arena);
}

static void copies_are_equal(void **state)
{
    orm_arena *arena = orm_arena_new(NULL, NULL, "test");
    char       long_text[5000];

    (void)state;
    memset(long_text, 'x', sizeof long_text);
    long_text[sizeof long_text - 1] = '\0';
    assert_string_equal(orm_arena_strdup(arena, "abc"), "abc");
    assert_null(orm_arena_strdup(arena, NULL));
    assert_string_equal(orm_arena_strndup(arena, "abcdef", 3), "abc");
    assert_string_equal(orm_arena_printf(arena, "%s=%d", "n", 42), "n=42");
    assert_string_equal(orm_arena_printf(arena, "%s", long_text), long_text);
    assert_memory_equal(orm_arena_memdup(arena, "a\0b", 3), "a\0b", 3);
    orm_arena_free(arena);
}

static char   order[16];
static size_t order_length;

static void note(void *arg)
{
    order[order_length++] = *(const char *)arg;
    order[order_length] = '\0';
}

static void callbacks_run_newest_first_and_children_before(void **state)
{
    orm_arena *root = orm_arena_new(NULL, NULL, "root");
    orm_arena *child = orm_arena_new(root, NULL, "child");
    orm_arena *grandchild = orm_arena_new(child, NULL, "grandchild");
    orm_arena *second = orm_arena_new(root, NULL, "second");

    (void)state;
    order_length = 0;
    assert_true(orm_arena_on_free(root, note, orm_arena_strdup(root, "a")));
    assert_true(orm_arena_on_free(root, note, orm_arena_strdup(root, "b")));
    assert_true(orm_arena_on_free(child, note, orm_arena_strdup(child, "c")));
    assert_true(orm_arena_on_free(grandchild, note, orm_arena_strdup(grandchild, "g")));
    assert_true(orm_arena_on_free(second, note, orm_arena_strdup(second, "s")));
    orm_arena_reset(root);
    assert_string_equal(order, "sgcba");
    orm_arena_reset(root);
    assert_string_equal(order, "sgcba");
    orm_arena_free(root);
    assert_string_equal(order, "sgcba");
}

static void a_child_freed_alone_leaves_its_siblings(void **state)
{
    failing_allocator    memory;
    const orm_allocator *allocator = failing_allocator_init(&memory, 0);
    orm_arena           *root = orm_arena_new(NULL, allocator, "root");
    orm_arena           *children[3];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        children[i] = orm_arena_new(root, NULL, "child");
        assert_non_null(orm_arena_alloc(children[i], 10));
    }
    orm_arena_free(children[1]);
    memset(orm_arena_alloc(children[0], 100), 1, 100);
    orm_arena_free(children[2]);
    orm_arena_free(children[0]);
    assert_int_equal(memory.held, 1);
    orm_arena_free(root);
    assert_int_equal(memory.held, 0);
    orm_arena_free(NULL);
    orm_arena_reset(NULL);
}

static void bytes_count_children(void **state)
{
    orm_arena *root = orm_arena_new(NULL, NULL, "root");
    size_t     empty = orm_arena_bytes(root);
    orm_arena *child = orm_arena_new(root, NULL, "child");

    (void)state;
    assert_non_null(orm_arena_alloc(child, 100000));
    assert_true(orm_arena_bytes(root) >= empty + 100000);
    assert_true(orm_arena_bytes(child) < orm_arena_bytes(root));
    orm_arena_free(child);
    assert_int_equal(orm_arena_bytes(root), empty);
    orm_arena_free(root);
}

static void nesting_may_be_deep(void **state)
{
    orm_arena *root = orm_arena_new(NULL, NULL, "root");
    orm_arena *at = root;

    (void)state;
    for (size_t i = 0; i < 200000; i++) {
        at = orm_arena_new(at, NULL, "deep");
        assert_non_null(at);
    }
    assert_true(orm_arena_bytes(root) > 200000);
    orm_arena_free(root);
}

static void arrays_grow_and_keep_their_content(void **state)
{
    orm_arena *arena = orm_arena_new(NULL, NULL, "test");
    int       *array = NULL;
    size_t     capacity = 0;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        assert_true(orm_arena_grow(arena, &array, (size_t)i, &capacity, sizeof *array));
        array[i] = i;
    }
    for (int i = 0; i < 1000; i++)
        assert_int_equal(array[i], i);
    orm_arena_free(arena);
}

static bool use_everything(orm_arena *root)
{
    static char letter[] = "x";
    orm_arena  *child = orm_arena_new(root, NULL, "child");
    int        *array = NULL;
    size_t      capacity = 0;

    return child != NULL && orm_arena_alloc(child, 10) != NULL && orm_arena_alloc(child, 100000) != NULL &&
           orm_arena_printf(root, "%d", 1) != NULL && orm_arena_strdup(root, "x") != NULL &&
           orm_arena_on_free(root, note, letter) && orm_arena_grow(root, &array, 0, &capacity, 1000);
}

static void every_failed_allocation_is_survived(void **state)
{
    bool done = false;

    (void)state;
    for (size_t n = 1; !done; n++) {
        failing_allocator memory;
        orm_arena        *root = orm_arena_new(NULL, failing_allocator_init(&memory, n), "root");

        order_length = 0;
        assert_true(root != NULL || n == 1);
        if (root != NULL)
            done = use_everything(root);
        assert_true(done || memory.calls == n);
        orm_arena_free(root);
        assert_int_equal(memory.held, 0);
        assert_true(n < 100);
    }
}

static void errors_are_one_line_of_valid_text(void **state)
{
    static orm_error error;
    char             cut[4];
    char             text[3000];

    (void)state;
    assert_int_equal(orm_fail(&error, ORM_ERR_CONFIG, 199, "a\nb\xFF%s", "\tc"), ORM_ERR_CONFIG);
    assert_string_equal(error.message, "a b\xEF\xBF\xBD c");
    assert_int_equal(error.status, ORM_ERR_CONFIG);
    assert_int_equal(error.number, 199);
    orm_fail_hint(&error, "try %d", 2);
    orm_fail_where(&error, "Author", "name");
    assert_string_equal(error.hint, "try 2");
    assert_string_equal(error.property, "name");
    orm_fail_where(&error, "Book", "author");
    assert_string_equal(error.entity, "Author");
    assert_string_equal(error.property, "name");
    /* The arguments may be the error's own texts. */
    orm_fail(&error, ORM_ERR_DRIVER, 198, "again: %s", error.message);
    assert_string_equal(error.message, "again: a b\xEF\xBF\xBD c");
    assert_string_equal(error.hint, "");
    assert_int_equal(orm_fail(NULL, ORM_ERR_DRIVER, 198, "x"), ORM_ERR_DRIVER);
    /* Cut at a character boundary. */
    orm_copy_text(cut, sizeof cut, "ab\u00E9");
    assert_string_equal(cut, "ab");
    memset(text, 'x', sizeof text);
    memcpy(text + ORM_ERROR_MESSAGE_SIZE - 2, "\u00E9", 2);
    text[sizeof text - 1] = '\0';
    orm_fail(&error, ORM_ERR_DRIVER, 198, "%s", text);
    assert_int_equal(strlen(error.message), ORM_ERROR_MESSAGE_SIZE - 2);
    assert_int_equal(orm_fail_memory(&error), ORM_ERR_MEMORY);
    orm_error_clear(&error);
    assert_int_equal(error.status, ORM_OK);
}

static void statuses_have_names(void **state)
{
    (void)state;
    assert_string_equal(orm_status_name(ORM_ERR_UNIQUE_CONSTRAINT), "unique constraint");
    assert_string_equal(orm_status_mikroorm_name(ORM_ERR_UNIQUE_CONSTRAINT), "UniqueConstraintViolationException");
    assert_string_equal(orm_status_mikroorm_name(ORM_ERR_SERIALIZATION), "DeadlockException");
    assert_null(orm_status_mikroorm_name(ORM_ERR_MEMORY));
    assert_string_equal(orm_status_name((orm_status)9999), "unknown status");
    assert_string_equal(orm_status_name((orm_status)-1), "unknown status");
    assert_null(orm_status_mikroorm_name((orm_status)10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_aligned_and_apart),
        cmocka_unit_test(sizes_that_overflow_fail),
        cmocka_unit_test(copies_are_equal),
        cmocka_unit_test(callbacks_run_newest_first_and_children_before),
        cmocka_unit_test(a_child_freed_alone_leaves_its_siblings),
        cmocka_unit_test(bytes_count_children),
        cmocka_unit_test(nesting_may_be_deep),
        cmocka_unit_test(arrays_grow_and_keep_their_content),
        cmocka_unit_test(every_failed_allocation_is_survived),
        cmocka_unit_test(errors_are_one_line_of_valid_text),
        cmocka_unit_test(statuses_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
