#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/spec/spec_private.h"

#define FOLDER_DEPTH 16

static void cannot_read(cc_spec *spec, const char *path, const char *why)
{
    cc_problem_add(spec->problems, (cc_place){ .file = path }, "cannot read it: %s", why);
}

static void add_path(cc_spec *spec, cc_path_list *list, const char *path)
{
    if (!orm_arena_grow(spec->arena, &list->items, list->count, &list->capacity, sizeof *list->items)) {
        spec->problems->out_of_memory = true;
        return;
    }
    list->items[list->count++] = path;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);
    size_t tail = strlen(end);

    return length >= tail && strcmp(text + length - tail, end) == 0;
}

static void walk_folder(cc_spec *spec, const char *folder, unsigned depth, cc_path_list *out);

static void walk_entry(cc_spec *spec, const char *path, unsigned depth, cc_path_list *out)
{
    struct stat status;

    /* Folders that are links are not followed: they may lead in circles. */
    if (lstat(path, &status) != 0)
        cannot_read(spec, path, strerror(errno));
    else if (S_ISDIR(status.st_mode))
        walk_folder(spec, path, depth + 1, out);
    else if (ends_with(path, ".yaml"))
        add_path(spec, out, path);
    else if (ends_with(path, ".yml"))
        cc_problem_add(spec->problems, (cc_place){ .file = path }, "it would be left out: name it .yaml");
}

static void walk_folder(cc_spec *spec, const char *folder, unsigned depth, cc_path_list *out)
{
    size_t         length = strlen(folder);
    struct dirent *entry;
    DIR           *stream;

    if (depth > FOLDER_DEPTH) {
        cc_problem_add(spec->problems, (cc_place){ .file = folder }, "folders are nested deeper than %d", FOLDER_DEPTH);
        return;
    }
    stream = opendir(folder);
    if (stream == NULL) {
        cannot_read(spec, folder, strerror(errno));
        return;
    }
    while (length > 1 && folder[length - 1] == '/')
        length--;
    while ((entry = readdir(stream)) != NULL) {
        const char *path;

        if (entry->d_name[0] == '.')
            continue;
        path = cc_spec_printf(spec, "%.*s/%s", (int)length, folder, entry->d_name);
        if (path != NULL)
            walk_entry(spec, path, depth, out);
    }
    closedir(stream);
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_argument(cc_spec *spec, const char *argument, cc_path_list *out)
{
    const char *path = cc_spec_printf(spec, "%s", argument);
    struct stat status;
    size_t      before = out->count;
    size_t      problems_before = spec->problems->count;

    if (path == NULL)
        return;
    if (stat(path, &status) != 0)
        cannot_read(spec, path, strerror(errno));
    else if (!S_ISDIR(status.st_mode))
        add_path(spec, out, path);
    else
        walk_folder(spec, path, 1, out);
    if (out->count == before && spec->problems->count == problems_before)
        cc_problem_add(spec->problems, (cc_place){ .file = path }, "there is no case file (*.yaml) in this folder");
}

void cc_spec_find_files(cc_spec *spec, const char *const *paths, size_t path_count, cc_path_list *out)
{
    size_t kept = 0;

    for (size_t i = 0; i < path_count; i++)
        add_argument(spec, paths[i], out);
    if (out->count == 0)
        return;
    qsort(out->items, out->count, sizeof *out->items, compare_paths);
    for (size_t i = 1; i < out->count; i++) {
        if (strcmp(out->items[kept], out->items[i]) != 0)
            out->items[++kept] = out->items[i];
    }
    out->count = kept + 1;
}
