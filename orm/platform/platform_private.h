/*
 * platform_private.h - what the servers' own files offer to platform.c.
 */
#ifndef ORM_PLATFORM_PLATFORM_PRIVATE_H
#define ORM_PLATFORM_PLATFORM_PRIVATE_H

#include "platform/platform.h"

/* One kind of server. */
typedef struct orm_server_kind {
    orm_platform_kind platform;
    /* The text behind which the version number stands, or NULL: version() is not that of this server. */
    const char *(*version_number)(const char *version_text);
    /* What this version can do. Static, never NULL. */
    const orm_capabilities *(*capabilities)(const orm_server_info *info);
} orm_server_kind;

extern const orm_server_kind orm_server_postgres;
extern const orm_server_kind orm_server_cockroach;

#endif
