/*
 * ca_files.h - the temporary files that CA texts are written to. Included after cmocka.h.
 */
#ifndef ORM_TESTS_CA_FILES_H
#define ORM_TESTS_CA_FILES_H

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Whether the temporary file of this name holds `text`. */
static inline bool holds(const char *name, const char *text)
{
    char   path[300];
    char   content[4096];
    FILE  *file;
    size_t length;

    snprintf(path, sizeof path, "/tmp/%s", name);
    file = fopen(path, "r");
    if (file == NULL)
        return false;
    length = fread(content, 1, sizeof content - 1, file);
    fclose(file);
    content[length] = '\0';
    return strcmp(content, text) == 0;
}

/* Only those with our text: other programs may run beside us. */
static inline size_t count_ca_files(const char *text)
{
    DIR           *dir = opendir("/tmp");
    struct dirent *entry;
    size_t         count = 0;

    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL)
        count += strncmp(entry->d_name, "liborm-ca.", 10) == 0 && holds(entry->d_name, text);
    closedir(dir);
    return count;
}

#endif
