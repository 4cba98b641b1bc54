#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "harness/run/run_private.h"

/* ---- The folder ---- */

static orm_status refuse(orm_error *error, const char *path, const char *what)
{
    return orm_fail(error, ORM_ERR_CONFIG, 0, "reports cannot be written to %s: %s", path, what);
}

/* As mkdir -p. */
static orm_status make_folders(orm_arena *arena, const char *path, orm_error *error)
{
    char *partial = orm_arena_strdup(arena, path);

    if (partial == NULL)
        return orm_fail_memory(error);
    for (char *at = partial + (partial[0] == '/');; at++) {
        char kept = *at;

        if (kept != '/' && kept != '\0')
            continue;
        *at = '\0';
        if (partial[0] != '\0' && mkdir(partial, 0777) != 0 && errno != EEXIST)
            return refuse(error, partial, strerror(errno));
        *at = kept;
        if (kept == '\0')
            return ORM_OK;
    }
}

static orm_status try_to_write(orm_arena *arena, const char *path, orm_error *error)
{
    char *name = orm_arena_printf(arena, "%s/.crdbcheck-XXXXXX", path);
    int   file;

    if (name == NULL)
        return orm_fail_memory(error);
    file = mkstemp(name);
    if (file < 0)
        return refuse(error, path, strerror(errno));
    close(file);
    unlink(name);
    return ORM_OK;
}

static orm_status lock_folder(const char *path, int *lock, orm_error *error)
{
    *lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*lock < 0)
        return refuse(error, path, strerror(errno));
    if (flock(*lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return ORM_OK; /* a file system without locks is no reason not to run */
    close(*lock);
    *lock = -1;
    refuse(error, path, "another run is writing there");
    orm_fail_hint(error, "give each run a folder of its own with --out DIR");
    return ORM_ERR_CONFIG;
}

orm_status cc_out_dir_prepare(const char *path, int *lock, orm_error *error)
{
    orm_arena *arena = orm_arena_new(NULL, NULL, "out dir");
    orm_status status;

    *lock = -1;
    if (arena == NULL)
        return orm_fail_memory(error);
    status =
        path[0] == '\0' ? refuse(error, "''", "the name of the folder is empty") : make_folders(arena, path, error);
    if (status == ORM_OK)
        status = lock_folder(path, lock, error);
    if (status == ORM_OK)
        status = try_to_write(arena, path, error);
    if (status != ORM_OK && *lock >= 0) {
        close(*lock);
        *lock = -1;
    }
    orm_arena_free(arena);
    return status;
}

orm_status cc_out_dir_clear(const char *path, orm_error *error)
{
    static const char *const names[] = { "run.jsonl", "junit.xml", "matrix.md" };
    orm_status               status = ORM_OK;
    int                      folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (folder < 0)
        return refuse(error, path, strerror(errno));
    for (size_t i = 0; status == ORM_OK && i < sizeof names / sizeof names[0]; i++) {
        if (unlinkat(folder, names[i], 0) != 0 && errno != ENOENT)
            status = orm_fail(error, ORM_ERR_CONFIG, 0, "the old report %s/%s cannot be removed: %s", path, names[i],
                              strerror(errno));
    }
    close(folder);
    return status;
}

/* ---- Reports ---- */

static bool report_failure(const char *path, const orm_error *error)
{
    fprintf(stderr, "crdbcheck: %s was not written: %s\n", path != NULL ? path : "a report", error->message);
    return false;
}

static bool write_files(orm_arena *arena, const char *out_dir, const cc_record *const *records, size_t record_count,
                        const cc_matrix *matrix, FILE *console)
{
    const char *path = orm_arena_printf(arena, "%s/matrix.md", out_dir);
    orm_error   error = { .message = "memory is out" };

    if (path == NULL || cc_write_matrix_markdown(matrix, path, &error) != ORM_OK)
        return report_failure(path, &error);
    fprintf(console, "  %s\n", path);
    for (size_t i = 0; i < record_count; i++) {
        path = record_count == 1 ? orm_arena_printf(arena, "%s/junit.xml", out_dir)
                                 : orm_arena_printf(arena, "%s/junit-%zu.xml", out_dir, i + 1);
        if (path == NULL || cc_write_junit(records[i], path, &error) != ORM_OK)
            return report_failure(path, &error);
        fprintf(console, "  %s\n", path);
    }
    return true;
}

bool cc_write_reports(const char *out_dir, const cc_record *const *records, size_t record_count,
                      const cc_features *features, bool colour, bool verbose, FILE *console)
{
    cc_console_style style = { .colour = colour, .verbose = verbose };
    orm_arena       *arena = orm_arena_new(NULL, NULL, "reports");
    cc_matrix       *matrix = NULL;
    bool             written;

    if (arena != NULL)
        matrix = cc_matrix_make(arena, features, records, record_count);
    if (matrix == NULL) {
        orm_arena_free(arena);
        return report_failure(NULL, &(orm_error){ .message = "memory is out" });
    }
    for (size_t i = 0; i < record_count; i++)
        cc_console_summary(console, records[i], matrix, &style);
    fprintf(console, "\nReports:\n");
    written = write_files(arena, out_dir, records, record_count, matrix, console);
    fflush(console);
    orm_arena_free(arena);
    return written;
}
