/* SQL that prepares the server: files beside the profile. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "harness/wire/profile_private.h"

#define SETUP_LIMIT ((size_t)1 << 20)

static const char *path_beside(const cc_profile *profile, const char *name)
{
    const char *slash = strrchr(profile->path, '/');

    return slash == NULL
               ? name
               : orm_arena_printf(profile->arena, "%.*s/%s", (int)(slash - profile->path), profile->path, name);
}

/* Puts the file's text at `*size`, which moves behind it. */
static bool read_file(const cc_profile *profile, const char *name, char *text, size_t *size, cc_place place,
                      cc_problems *problems)
{
    const char *path = path_beside(profile, name);
    FILE       *file;
    size_t      before = *size;

    if (path == NULL) {
        problems->out_of_memory = true;
        return false;
    }
    file = strchr(name, '/') != NULL ? NULL : fopen(path, "rb");
    if (file == NULL) {
        cc_problem_add(problems, place, "%s can't be read; name a file beside the profile", name);
        return false;
    }
    *size += fread(text + before, 1, SETUP_LIMIT + 1 - before, file);
    fclose(file);
    if (*size > SETUP_LIMIT || memchr(text + before, '\0', *size - before) != NULL) {
        cc_problem_add(problems, place, "%s is no text, or 'setup' is more than 1 MiB", name);
        return false;
    }
    return true;
}

bool cc_profile_load_setup(cc_profile *profile, const cc_yaml *node, cc_problems *problems)
{
    const char **names;
    char        *text = orm_arena_alloc(profile->arena, SETUP_LIMIT + 1);
    size_t       size = 0;

    if (!cc_profile_words(profile, node, "key 'setup'", &names, problems))
        return false;
    if (text == NULL) {
        problems->out_of_memory = true;
        return false;
    }
    for (; *names != NULL; names++) {
        if (!read_file(profile, *names, text, &size, node->place, problems))
            return false;
    }
    text[size] = '\0';
    profile->setup_sql = text;
    return true;
}
