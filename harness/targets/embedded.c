#include "harness/targets/embedded.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "base/fail.h"
#include "base/text.h"

#define DEBIAN_ROOT "/usr/lib/postgresql"

static const char how_to_get[] = "install the server (Debian: apt-get install postgresql), or name one that runs: "
                                 "--target postgres=postgresql://USER@HOST:PORT/DATABASE";

/* Debian keeps each version's programs apart; the newest is taken. */
static char *newest_debian_bin(orm_arena *arena)
{
    DIR           *root = opendir(DEBIAN_ROOT);
    int64_t        newest = 0;
    struct dirent *entry;

    if (root == NULL)
        return NULL;
    while ((entry = readdir(root)) != NULL) {
        int64_t version;
        char   *initdb;

        if (!orm_parse_int64(entry->d_name, &version) || version <= newest)
            continue;
        initdb = orm_arena_printf(arena, DEBIAN_ROOT "/%s/bin/initdb", entry->d_name);
        if (initdb != NULL && access(initdb, X_OK) == 0)
            newest = version;
    }
    closedir(root);
    return newest > 0 ? orm_arena_printf(arena, DEBIAN_ROOT "/%d/bin", (int)newest) : NULL;
}

static char *find_bin(orm_arena *arena)
{
    char *bin = newest_debian_bin(arena);
    char *slash;

    if (bin != NULL)
        return bin;
    bin = cc_find_executable(arena, "initdb");
    if (bin != NULL && (slash = strrchr(bin, '/')) != NULL)
        *slash = '\0';
    return bin;
}

static bool answers(cc_target *target)
{
    return PQping(target->admin_url) == PQPING_OK;
}

/* Nothing here has to survive a power cut. mmap keeps dynamic shared memory inside the folder. */
static const char *const settings[] = {
    "listen_addresses=",     "port=5432",           "fsync=off",           "synchronous_commit=off",
    "full_page_writes=off",  "max_connections=100", "shared_buffers=64MB", "jit=off",
    "autovacuum=off",        "timezone=UTC",        "log_timezone=UTC",    "dynamic_shared_memory_type=mmap",
    "logging_collector=off",
};

enum { SETTINGS = sizeof settings / sizeof settings[0], SERVER_ARGUMENTS = 3 + 2 * (SETTINGS + 1) + 1 };

static bool write_server_arguments(orm_arena *arena, const char *bin, const char *data, const char *folder,
                                   const char *out[SERVER_ARGUMENTS])
{
    size_t n = 0;

    out[n++] = orm_arena_printf(arena, "%s/postgres", bin);
    out[n++] = "-D";
    out[n++] = data;
    for (size_t i = 0; i < SETTINGS; i++) {
        out[n++] = "-c";
        out[n++] = settings[i];
    }
    out[n++] = "-c";
    out[n++] = orm_arena_printf(arena, "unix_socket_directories=%s", folder);
    out[n] = NULL;
    return out[0] != NULL && out[n - 1] != NULL;
}

static orm_status start_in(cc_target *target, const char *bin, const char *superuser, const char *folder,
                           orm_error *error)
{
    orm_arena  *arena = target->arena;
    const char *initdb = orm_arena_printf(arena, "%s/initdb", bin);
    const char *data = orm_arena_printf(arena, "%s/data", folder);
    const char *server[SERVER_ARGUMENTS];
    /* clang-format off */
    const char *const prepare[] = { initdb, "-D", data, "-U", superuser, "-A", "trust", "-E", "UTF8", "--locale=C",
                                    "--no-sync", "--no-instructions", NULL };
    /* clang-format on */

    target->admin_url =
        orm_arena_printf(arena, "postgresql://%s@/postgres?host=%s&port=%d", superuser, folder, CC_EMBEDDED_PORT);
    if (initdb == NULL || data == NULL || target->admin_url == NULL ||
        !write_server_arguments(arena, bin, data, folder, server))
        return orm_fail_memory(error);
    return cc_target_keep(target,
                          &(cc_keeper_plan){ .folder = folder,
                                             .prepare = prepare,
                                             .server = server,
                                             .drop_root = true,
                                             .stop_signal = SIGQUIT,
                                             .stop_wait_s = 10 },
                          answers, error);
}

orm_status cc_embedded_start(cc_target *target, const char *superuser, const char **folder, orm_error *error)
{
    const char *bin = find_bin(target->arena);

    if (bin == NULL) {
        orm_fail(error, ORM_ERR_CONNECTION, 0, "no PostgreSQL server is installed here");
        orm_fail_hint(error, "%s", how_to_get);
        return ORM_ERR_CONNECTION;
    }
    *folder = cc_keeper_folder(target->arena, error);
    return *folder != NULL ? start_in(target, bin, superuser, *folder, error) : ORM_ERR_CONNECTION;
}
