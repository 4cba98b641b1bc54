/*
 * PostgreSQL: "PostgreSQL 15.18 (Debian 15.18-0+deb12u1) on x86_64-pc-linux-gnu, compiled by ...", "PostgreSQL 16beta1
 * ...".
 */
#include <ctype.h>
#include <string.h>

#include "platform/platform_private.h"

#define NAME "PostgreSQL "

static const char *version_number(const char *version_text)
{
    const char *number = version_text + strlen(NAME);

    if (strncmp(version_text, NAME, strlen(NAME)) != 0 || !isdigit((unsigned char)*number))
        return NULL;
    return number;
}

static const orm_capabilities *capabilities(const orm_server_info *info)
{
    static const orm_capabilities every_version = {
        .ordered_returning = true,
        .truncate_restart_identity = true,
        .deferrable_constraints = true,
        .drop_unique_constraint = true,
        .transactional_ddl = true,
        .geometric_types = true,
        .advisory_locks = true,
    };

    (void)info;
    return &every_version;
}

const orm_server_kind orm_server_postgres = {
    .platform = ORM_PLATFORM_POSTGRES,
    .version_number = version_number,
    .capabilities = capabilities,
};
