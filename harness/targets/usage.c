#include "harness/targets/usage.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/targets/target.h"

enum { LINE_LIMIT = 1024 };

static int open_file(const cc_usage *usage)
{
    return open(usage->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void close_file(void *usage)
{
    if (((cc_usage *)usage)->file >= 0)
        close(((cc_usage *)usage)->file);
}

cc_usage *cc_usage_new(orm_arena *arena, const char *path)
{
    cc_usage *usage = orm_arena_zalloc(arena, sizeof *usage);

    if (usage == NULL)
        return NULL;
    usage->path = orm_arena_strdup(arena, path);
    if (usage->path == NULL)
        return NULL;
    /* Made now, so that a failure is told; the process that writes to it opens it for itself. */
    usage->file = open_file(usage);
    if (usage->file < 0)
        return NULL;
    close(usage->file);
    usage->file = -1;
    if (!orm_arena_on_free(arena, close_file, usage))
        return NULL;
    return usage;
}

void cc_usage_add(void *context, const char *application, const char *rule)
{
    cc_usage *usage = context;
    char      line[LINE_LIMIT];
    int       length;
    ssize_t   written;

    if (strncmp(application, CC_TARGET_TAG, strlen(CC_TARGET_TAG)) != 0 || strpbrk(application, "\t\n") != NULL)
        return;
    length = snprintf(line, sizeof line, "%s\t%s\n", application, rule);
    if (length <= 0 || length >= LINE_LIMIT)
        return;
    if (usage->file < 0)
        usage->file = open_file(usage);
    /* One write, so that a reader never sees half a line. A full disk loses what only reports tell. */
    written = write(usage->file, line, (size_t)length);
    (void)written;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t sort_distinct(const char **texts, size_t count)
{
    size_t kept = 0;

    if (count > 0)
        qsort(texts, count, sizeof *texts, compare_texts);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || strcmp(texts[kept - 1], texts[i]) != 0)
            texts[kept++] = texts[i];
    }
    return kept;
}

static bool has_tag(const char *const *tags, const char *line, size_t length)
{
    for (; *tags != NULL; tags++) {
        if (strlen(*tags) == length && memcmp(*tags, line, length) == 0)
            return true;
    }
    return false;
}

const char *const *cc_usage_read(const cc_usage *usage, const char *const *tags, orm_arena *arena)
{
    FILE        *file = fopen(usage->path, "re");
    char         line[LINE_LIMIT];
    const char **rules = NULL;
    size_t       count = 0;
    size_t       room = 0;
    bool         sound = orm_arena_grow(arena, &rules, 0, &room, sizeof *rules);

    while (sound && file != NULL && fgets(line, sizeof line, file) != NULL) {
        char *tab = strchr(line, '\t');

        if (tab == NULL || !has_tag(tags, line, (size_t)(tab - line)))
            continue;
        tab[1 + strcspn(tab + 1, "\n")] = '\0';
        sound = orm_arena_grow(arena, &rules, count + 1, &room, sizeof *rules) &&
                (rules[count++] = orm_arena_strdup(arena, tab + 1)) != NULL;
    }
    if (file != NULL)
        fclose(file);
    if (!sound)
        return NULL;
    rules[sort_distinct(rules, count)] = NULL;
    return rules;
}
