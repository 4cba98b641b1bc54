#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/run/run.h"

static char folder[64];
static char path[256];

static const char *below(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void touch(const char *name)
{
    FILE *file = fopen(below(name), "w");

    assert_non_null(file);
    fclose(file);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/crdbcheck-test.XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static void folders_above_are_made(void **state)
{
    orm_error error;
    int       lock;

    (void)state;
    assert_int_equal(cc_out_dir_prepare(below("a/b//c/"), &lock, &error), ORM_OK);
    assert_int_equal(access(below("a/b/c"), W_OK), 0);
    close(lock);
}

static void a_file_in_the_way_is_named(void **state)
{
    orm_error error;
    int       lock;

    (void)state;
    touch("file");
    assert_int_equal(cc_out_dir_prepare(below("file/x"), &lock, &error), ORM_ERR_CONFIG);
    assert_int_equal(lock, -1);
    assert_non_null(strstr(error.message, folder));
    assert_int_equal(cc_out_dir_prepare(below("file"), &lock, &error), ORM_ERR_CONFIG);
    assert_int_equal(cc_out_dir_prepare("", &lock, &error), ORM_ERR_CONFIG);
    assert_int_equal(cc_out_dir_prepare("/proc/crdbcheck", &lock, &error), ORM_ERR_CONFIG);
}

static void two_runs_cannot_share_a_folder(void **state)
{
    orm_error error;
    int       first;
    int       second;

    (void)state;
    assert_int_equal(cc_out_dir_prepare(folder, &first, &error), ORM_OK);
    assert_int_equal(cc_out_dir_prepare(folder, &second, &error), ORM_ERR_CONFIG);
    assert_non_null(strstr(error.message, "another run"));
    close(first);
    assert_int_equal(cc_out_dir_prepare(folder, &second, &error), ORM_OK);
    close(second);
}

static void old_reports_go_and_other_files_stay(void **state)
{
    orm_error error;

    (void)state;
    touch("run.jsonl");
    touch("junit.xml");
    touch("notes.txt");
    assert_int_equal(cc_out_dir_clear(folder, &error), ORM_OK);
    assert_int_not_equal(access(below("run.jsonl"), F_OK), 0);
    assert_int_not_equal(access(below("junit.xml"), F_OK), 0);
    assert_int_equal(access(below("notes.txt"), F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(folders_above_are_made, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_in_the_way_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_runs_cannot_share_a_folder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(old_reports_go_and_other_files_stay, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
