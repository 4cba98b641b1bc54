/*
 * CockroachDB: "CockroachDB CCL v24.3.0 (aarch64-unknown-linux-gnu, built 2024/11/21 17:04:09, go1.22.8 ...)".
 * Only version() tells: server_version says 9.5.0, 13.0.0 or 18.0.0 and means compatibility.
 */
#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "platform/platform_private.h"

#define NAME "CockroachDB "

static const char *version_number(const char *version_text)
{
    const char *number;

    if (strncmp(version_text, NAME, strlen(NAME)) != 0)
        return NULL;
    /* The edition (CCL, OSS) stands between name and number. */
    number = strstr(version_text, " v");
    return number != NULL && isdigit((unsigned char)number[2]) ? number + 2 : NULL;
}

#define EVERY_VERSION .integer_is_int8 = true, .serial_is_rowid = true, .nulls_first = true

/*
 * Oldest first; the last one that is not newer than the server counts. DDL in a transaction is never wholly
 * transactional: before 25.1 most of it runs as a job after COMMIT, since then it commits what is open first.
 */
static const struct {
    int              major;
    int              minor;
    orm_capabilities capabilities;
} versions[] = {
    { 0, 0, { EVERY_VERSION } },
    /* Release notes of v26.2: ALTER TABLE ... DROP CONSTRAINT for UNIQUE; before: unimplemented, cockroach#42840. */
    { 26, 2, { EVERY_VERSION, .drop_unique_constraint = true } },
    /* Release notes of v26.3: advisory locks of transactions are real; before, the functions do nothing. */
    { 26, 3, { EVERY_VERSION, .drop_unique_constraint = true, .advisory_locks = true } },
};

static const orm_capabilities *capabilities(const orm_server_info *info)
{
    size_t i = sizeof versions / sizeof versions[0] - 1;

    while (i > 0 &&
           (info->major < versions[i].major || (info->major == versions[i].major && info->minor < versions[i].minor)))
        i--;
    return &versions[i].capabilities;
}

const orm_server_kind orm_server_cockroach = {
    .platform = ORM_PLATFORM_COCKROACH,
    .version_number = version_number,
    .capabilities = capabilities,
};
