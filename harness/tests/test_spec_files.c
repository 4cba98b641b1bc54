/*
 * The files of spec/good load; each of spec/bad has, among its problems, the one that its first line announces:
 *     # expect: LINE:COLUMN part of the message
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <sys/stat.h>

#include "harness/tests/spec_fixture.h"

static void check_bad_file(fixture *f, const char *path)
{
    char     first[512];
    char     part[400];
    unsigned line = 0;
    unsigned column = 0;
    FILE    *file = fopen(path, "r");

    assert_non_null(file);
    assert_non_null(fgets(first, sizeof first, file));
    fclose(file);
    if (sscanf(first, "# expect: %u:%u %399[^\n]", &line, &column, part) != 3)
        fail_msg("%s: the first line must be `# expect: LINE:COLUMN text`", path);
    assert_null(load_path(f, path, cc_steps()));
    if (!has_problem(f, line, column, part)) {
        print_problems(f);
        fail_msg("%s: no problem at %u:%u with '%s'", path, line, column, part);
    }
}

static void test_bad_files(void **state)
{
    DIR           *folder = opendir(SPEC_FOLDER "/bad");
    struct dirent *entry;
    size_t         count = 0;

    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        char path[1024];

        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/bad/%s", SPEC_FOLDER, entry->d_name);
        check_bad_file(*state, path);
        count++;
    }
    closedir(folder);
    assert_true(count >= 100);
}

static void test_good_files(void **state)
{
    fixture  *f = *state;
    cc_suite *suite = load_path(f, SPEC_FOLDER "/good", cc_steps());

    print_problems(f);
    assert_non_null(suite);
    assert_int_equal(suite->file_count, 6);
    assert_int_equal(suite->case_count, 7);
    assert_string_equal(suite->files[0]->path, SPEC_FOLDER "/good/embeddables.yaml");
    assert_string_equal(suite->files[4]->path, SPEC_FOLDER "/good/schema.yaml");
}

static void test_the_project_s_own_cases(void **state)
{
    fixture  *f = *state;
    cc_suite *suite;

    f->features = cc_features_load(f->arena, CC_SOURCE_DIR "/matrix/features.yaml", &f->problems);
    assert_non_null(f->features);
    suite = load_path(f, CC_SOURCE_DIR "/cases", cc_steps());
    print_problems(f);
    assert_non_null(suite);
    assert_true(suite->case_count >= 60);
}

static void test_all_problems_of_all_files_in_order(void **state)
{
    static const char *const paths[] = { SPEC_FOLDER "/bad/syntax.yaml", SPEC_FOLDER "/bad/list-file.yaml",
                                         SPEC_FOLDER "/bad/no-such-file.yaml", SPEC_FOLDER "/bad/claim-unknown.yaml" };
    fixture                 *f = *state;

    f->problems.count = 0;
    assert_null(cc_suite_load(f->arena, paths, 4, f->features, cc_steps(), &f->problems));
    assert_int_equal(f->problems.count, 4);
    assert_string_equal(f->problems.items[0].place.file, paths[3]);
    assert_string_equal(f->problems.items[1].place.file, paths[1]);
    assert_string_equal(f->problems.items[2].place.file, paths[2]);
    assert_string_equal(f->problems.items[2].message, "cannot read it: No such file or directory");
    assert_string_equal(f->problems.items[3].place.file, paths[0]);
}

static void touch(const char *folder, const char *name, const char *text)
{
    char  path[128];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void test_folders(void **state)
{
    static const char text[] = "feature: things\ncases:\n  - {id: %s, name: n, proves: [things-work], steps: [flush],\n"
                               "     outcome: {cockroach: {unknown: w}}}\n";
    fixture          *f = *state;
    char              folder[] = "/tmp/test_spec_dir.XXXXXX";
    char              below[64];
    char              command[64];
    char              file[160];
    const char       *twice[2] = { folder, file };
    cc_suite         *suite;

    assert_non_null(mkdtemp(folder));
    assert_null(load_path(f, folder, cc_steps()));
    assert_true(has_problem(f, 0, 0, "there is no case file (*.yaml) in this folder"));

    snprintf(below, sizeof below, "%s/below", folder);
    assert_int_equal(mkdir(below, 0700), 0);
    snprintf(file, sizeof file, text, "b");
    touch(folder, "b.yaml", file);
    snprintf(file, sizeof file, text, "a");
    touch(below, "a.yaml", file);
    touch(folder, "notes.txt", "not: [a case");
    touch(folder, ".hidden.yaml", "not: [a case");
    /* A link to the folder itself must not lead in circles. */
    snprintf(file, sizeof file, "%s/circle", folder);
    assert_int_equal(symlink(folder, file), 0);
    snprintf(file, sizeof file, "%s/b.yaml", folder);
    f->problems.count = 0;
    suite = cc_suite_load(f->arena, twice, 2, f->features, cc_steps(), &f->problems);
    print_problems(f);
    assert_non_null(suite);
    assert_int_equal(suite->file_count, 2);
    assert_string_equal(suite->files[0]->path, file);
    assert_string_equal(suite->files[1]->cases[0].id, "things/a");

    touch(below, "c.yml", "");
    assert_null(load_path(f, folder, cc_steps()));
    assert_true(has_problem(f, 0, 0, "it would be left out: name it .yaml"));
    /* The same case id in another file. */
    snprintf(file, sizeof file, text, "b");
    touch(below, "c.yml", file);
    snprintf(file, sizeof file, "%s/c.yml", below);
    f->problems.count = 0;
    snprintf(command, sizeof command, "%s/b.yaml", folder);
    twice[0] = command;
    assert_null(cc_suite_load(f->arena, twice, 2, f->features, cc_steps(), &f->problems));
    assert_true(has_problem(f, 3, 10, "the case things/b is there already, at "));
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    assert_int_equal(system(command), 0);
}

static void test_claims_without_cases(void **state)
{
    fixture    *f = *state;
    const char *path = SPEC_FOLDER "/good/least.yaml";
    cc_suite   *suite = load_path(f, path, cc_steps());

    assert_non_null(suite);
    cc_suite_lint(suite, f->features, &f->problems);
    /* things-elsewhere is true only of JavaScript; touching a claim does not prove it */
    assert_int_equal(f->problems.count, 3);
    assert_true(has_problem(f, 12, 9, "no case proves the claim 'things-work'"));
    assert_true(has_problem(f, 0, 0, "no case proves the claim 'others-work'"));
    suite = load_path(f, SPEC_FOLDER "/good", cc_steps());
    cc_suite_lint(suite, f->features, &f->problems);
    assert_int_equal(f->problems.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_bad_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_good_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_project_s_own_cases, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_all_problems_of_all_files_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_folders, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_claims_without_cases, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
