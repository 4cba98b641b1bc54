#include <string.h>

#include "harness/spec/spec_private.h"

static void load_feature(cc_spec *spec)
{
    const cc_yaml *node = cc_spec_required(spec, spec->root, "feature", "the file");
    const char    *id = NULL;
    const char   **ids;

    if (node == NULL || !cc_yaml_want_string(node, "feature", &id, spec->problems))
        return;
    spec->file->feature = cc_feature_named(spec->features, id);
    if (spec->file->feature != NULL)
        return;
    ids = cc_spec_alloc(spec, spec->features->feature_count + 1, sizeof *ids);
    if (ids == NULL)
        return;
    for (size_t i = 0; i < spec->features->feature_count; i++)
        ids[i] = spec->features->features[i].id;
    cc_yaml_unknown_word(node->place, "feature", id, ids, spec->problems);
}

static void load_cases(cc_spec *spec)
{
    const cc_yaml *list = cc_spec_required(spec, spec->root, "cases", "the file");

    if (list == NULL || !cc_yaml_want_list(list, "cases", spec->problems))
        return;
    if (list->count == 0)
        cc_problem_add(spec->problems, list->place, "the file has no cases");
    spec->file->cases = cc_spec_alloc(spec, list->count, sizeof *spec->file->cases);
    for (size_t i = 0; spec->file->cases != NULL && i < list->count; i++) {
        cc_spec_case(spec, list->items[i], &spec->file->cases[i]);
        spec->file->case_count++;
    }
}

/* Where no case has a word of its own to say about them, the file's are still checked. */
static void check_shared_keys(cc_spec *spec)
{
    cc_case nobody = { 0 };
    int     isolation;

    if (spec->file->case_count > 0)
        return;
    cc_spec_requires(spec, spec->root, &nobody);
    cc_spec_simulation(spec, spec->root, &nobody);
    if (cc_yaml_get(spec->root, "isolation") != NULL)
        (void)cc_spec_word(spec, cc_yaml_get(spec->root, "isolation"), "isolation", cc_isolations, &isolation);
}

static cc_file *load_file(cc_spec *spec, const char *path)
{
    cc_file *file = cc_spec_alloc(spec, 1, sizeof *file);

    spec->root = file == NULL ? NULL : cc_yaml_load_file(spec->arena, path, spec->problems);
    if (spec->root == NULL)
        return NULL;
    file->path = path;
    spec->file = file;
    if (spec->root->kind == CC_YAML_NULL) {
        cc_problem_add(
            spec->problems, spec->root->place,
            "the file is empty; it wants at least `feature` and `cases` (`crdbcheck steps` prints all keys)");
        return NULL;
    }
    if (!cc_yaml_want_map(spec->root, "a case file", spec->problems))
        return NULL;
    (void)cc_yaml_check_keys(spec->root, "a case file", cc_file_keys, spec->problems);
    load_feature(spec);
    cc_spec_embeddables(spec, cc_yaml_get(spec->root, "embeddables"));
    cc_spec_entities(spec, cc_yaml_get(spec->root, "entities"));
    cc_spec_shared_filters(spec, cc_yaml_get(spec->root, "filters"));
    cc_spec_modes(spec, cc_yaml_get(spec->root, "modes"));
    load_cases(spec);
    check_shared_keys(spec);
    return file;
}

cc_suite *cc_suite_load(orm_arena *arena, const char *const *paths, size_t path_count, const cc_features *features,
                        const cc_step_def *steps, cc_problems *problems)
{
    size_t       before = problems->count;
    cc_spec      spec = { .arena = arena, .problems = problems, .features = features, .steps = steps };
    cc_suite    *suite = cc_spec_alloc(&spec, 1, sizeof *suite);
    cc_path_list found = { 0 };

    orm_map_init(&spec.case_ids, orm_arena_allocator(arena));
    cc_spec_find_files(&spec, paths, path_count, &found);
    if (suite != NULL)
        suite->files = cc_spec_alloc(&spec, found.count, sizeof *suite->files);
    for (size_t i = 0; suite != NULL && suite->files != NULL && i < found.count; i++) {
        cc_file *file = load_file(&spec, found.items[i]);

        if (file == NULL)
            continue;
        suite->files[suite->file_count++] = file;
        suite->case_count += file->case_count;
    }
    orm_map_free(&spec.case_ids);
    cc_problems_sort(problems);
    return problems->count > before || problems->out_of_memory ? NULL : suite;
}
