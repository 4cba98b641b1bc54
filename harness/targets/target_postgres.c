/*
 * A private PostgreSQL cluster: made with initdb in a temporary folder, on a unix socket, gone with the run.
 */
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "base/fail.h"
#include "base/text.h"
#include "harness/targets/target_private.h"

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

static orm_status start(cc_target *target, orm_error *error)
{
    orm_arena *arena = target->arena;
    char      *bin = find_bin(arena);
    char      *folder;

    if (bin == NULL) {
        orm_fail(error, ORM_ERR_CONNECTION, 0, "no PostgreSQL server is installed here");
        orm_fail_hint(error, "%s", how_to_get);
        return ORM_ERR_CONNECTION;
    }
    folder = cc_keeper_folder(arena, error);
    if (folder == NULL)
        return ORM_ERR_CONNECTION;

    const char       *data = orm_arena_printf(arena, "%s/data", folder);
    const char       *socket_option = orm_arena_printf(arena, "unix_socket_directories=%s", folder);
    const char *const initdb[] = { orm_arena_printf(arena, "%s/initdb", bin),
                                   "-D",
                                   data,
                                   "-U",
                                   "postgres",
                                   "-A",
                                   "trust",
                                   "-E",
                                   "UTF8",
                                   "--locale=C",
                                   "--no-sync",
                                   "--no-instructions",
                                   NULL };
    /* Nothing here has to survive a power cut. mmap keeps dynamic shared memory inside the folder. */
    const char *const server[] = { orm_arena_printf(arena, "%s/postgres", bin),
                                   "-D",
                                   data,
                                   "-c",
                                   "listen_addresses=",
                                   "-c",
                                   socket_option,
                                   "-c",
                                   "port=5432",
                                   "-c",
                                   "fsync=off",
                                   "-c",
                                   "synchronous_commit=off",
                                   "-c",
                                   "full_page_writes=off",
                                   "-c",
                                   "max_connections=100",
                                   "-c",
                                   "shared_buffers=64MB",
                                   "-c",
                                   "jit=off",
                                   "-c",
                                   "autovacuum=off",
                                   "-c",
                                   "timezone=UTC",
                                   "-c",
                                   "log_timezone=UTC",
                                   "-c",
                                   "dynamic_shared_memory_type=mmap",
                                   "-c",
                                   "logging_collector=off",
                                   NULL };

    target->admin_url = orm_arena_printf(arena, "postgresql://postgres@/postgres?host=%s&port=5432", folder);
    if (data == NULL || socket_option == NULL || initdb[0] == NULL || server[0] == NULL || target->admin_url == NULL)
        return orm_fail_memory(error);
    target->keeper = cc_keeper_start(arena,
                                     &(cc_keeper_plan){ .folder = folder,
                                                        .prepare = initdb,
                                                        .server = server,
                                                        .drop_root = true,
                                                        .stop_signal = SIGQUIT,
                                                        .stop_wait_s = 10 },
                                     error);
    if (target->keeper == NULL)
        return ORM_ERR_CONNECTION;
    return cc_target_wait(target, answers, error);
}

const cc_target_class cc_target_postgres = {
    .name = "postgres",
    .platform = ORM_PLATFORM_POSTGRES,
    .platform_name = "postgres",
    /* Text sorts by code point in every database of the run, whatever the server's locale. */
    .database_options = " template template0 encoding 'UTF8' locale 'C'",
    .drop_options = " with (force)",
    .how = "embedded",
    .start = start,
};
