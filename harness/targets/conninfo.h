/*
 * conninfo.h - connection strings taken apart, changed and put together again; and shown without their password.
 */
#ifndef CRDBCHECK_TARGETS_CONNINFO_H
#define CRDBCHECK_TARGETS_CONNINFO_H

#include <stdbool.h>

#include <orm/error.h>

#include "base/arena.h"

/* Members replace what the string says; NULL keeps it. */
typedef struct cc_conninfo_changes {
    const char *user;
    const char *password; /* "" removes it */
    const char *db_name;
    const char *default_user; /* only where the string names none */
    const char *default_port;
    const char *default_db_name;
} cc_conninfo_changes;

/*
 * The string (URI or key=value) as a URI with the changes made, in the arena. ORM_ERR_CONFIG when libpq cannot read it;
 * the message never quotes the string, which may hold a password. NULL on failure.
 */
char *cc_conninfo_change(orm_arena *arena, const char *conninfo, const cc_conninfo_changes *changes, orm_error *error);

/* True when it holds a password. */
bool cc_conninfo_has_password(const char *conninfo);

#endif
