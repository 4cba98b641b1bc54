/*
 * A CockroachDB single node: `cockroach` on PATH with an in-memory store on free ports, as CockroachDB's documentation
 * describes for testing applications locally (page "Test Your Application Locally").
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "base/text.h"
#include "harness/targets/target_private.h"

static const char how_to_get[] =
    "download `cockroach` from https://www.cockroachlabs.com/docs/releases and put it on PATH; "
    "or run the container: docker run -p 26257:26257 cockroachdb/cockroach:latest-v24.3 start-single-node --insecure, "
    "then --target cockroach=postgresql://root@localhost:26257/defaultdb?sslmode=disable; "
    "or give the URL of a cluster: --target cockroach='postgresql://USER@HOST:26257/defaultdb?sslmode=verify-full"
    "&sslrootcert=CA.crt'";

/* The documented settings for fast tests. Some vanish in later releases, so each runs alone and may be refused. */
static const char *const fast_settings[] = {
    "set cluster setting kv.range_merge.queue_interval = '50ms'",
    "set cluster setting jobs.registry.interval.gc = '30s'",
    "set cluster setting jobs.registry.interval.cancel = '180s'",
    "set cluster setting jobs.retention_time = '15s'",
    "set cluster setting sql.stats.automatic_collection.enabled = false",
    "set cluster setting kv.range_split.by_load_merge_delay = '5s'",
    "alter range default configure zone using \"gc.ttlseconds\" = 600",
    "alter database system configure zone using \"gc.ttlseconds\" = 600",
};

/* The node writes its URL when it accepts requests. */
static bool has_written_url(cc_target *target)
{
    char  line[1024];
    FILE *file = fopen(target->url_file, "re");
    bool  whole = false;

    if (file == NULL)
        return false;
    if (fgets(line, sizeof line, file) != NULL) {
        size_t length = strcspn(line, "\r\n");

        whole = line[length] != '\0'; /* the newline comes last */
        line[length] = '\0';
        if (whole)
            target->admin_url = orm_arena_strdup(target->arena, line);
    }
    fclose(file);
    return whole && target->admin_url != NULL;
}

static orm_status start(cc_target *target, orm_error *error)
{
    orm_arena *arena = target->arena;
    char      *program = cc_find_executable(arena, "cockroach");
    char      *folder;

    if (program == NULL) {
        orm_fail(error, ORM_ERR_CONNECTION, 0, "there is no `cockroach` on PATH, and no URL was given");
        orm_fail_hint(error, "%s", how_to_get);
        return ORM_ERR_CONNECTION;
    }
    folder = cc_keeper_folder(arena, error);
    if (folder == NULL)
        return ORM_ERR_CONNECTION;

    target->url_file = orm_arena_printf(arena, "%s/url", folder);
    const char *const server[] = {
        program,
        "start-single-node",
        "--insecure",
        "--store=type=mem,size=1GiB",
        "--listen-addr=127.0.0.1:0",
        "--http-addr=127.0.0.1:0",
        orm_arena_printf(arena, "--listening-url-file=%s", target->url_file),
        orm_arena_printf(arena, "--pid-file=%s/pid", folder),
        "--max-sql-memory=256MiB",
        "--cache=128MiB",
        orm_arena_printf(arena, "--log={file-defaults: {dir: %s/logs}, sinks: {stderr: {filter: NONE}}}", folder),
        NULL,
    };

    if (target->url_file == NULL || server[6] == NULL || server[7] == NULL || server[10] == NULL)
        return orm_fail_memory(error);
    return cc_target_keep(
        target, &(cc_keeper_plan){ .folder = folder, .server = server, .stop_signal = SIGTERM, .stop_wait_s = 10 },
        has_written_url, error);
}

static orm_status prepare(cc_target *target, orm_em *em, orm_error *error)
{
    (void)error;
    for (size_t i = 0; i < sizeof fast_settings / sizeof fast_settings[0]; i++) {
        if (orm_execute(em, fast_settings[i], NULL, 0, NULL) != ORM_OK)
            cc_target_note(target, "refused: %s: %s", fast_settings[i], orm_em_error(em)->message);
    }
    return ORM_OK;
}

const cc_target_class cc_target_cockroach = {
    .name = "cockroach",
    .platform = ORM_PLATFORM_COCKROACH,
    .platform_name = "cockroach",
    .default_user = "root",
    .default_port = "26257",
    .default_db_name = "defaultdb",
    .password_optional = true,
    .database_options = "",
    .drop_options = " cascade",
    .how = "started",
    .start = start,
    .prepare = prepare,
};
