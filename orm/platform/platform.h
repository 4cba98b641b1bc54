/*
 * platform.h - the door of platform/: which server this is, what it can do, and what its errors mean. The only storey of
 * liborm that knows servers by name; others ask for a capability.
 */
#ifndef ORM_PLATFORM_PLATFORM_H
#define ORM_PLATFORM_PLATFORM_H

#include <stdbool.h>

#include <orm/error.h>
#include <orm/session.h>

#include "base/arena.h"

/* What differs between servers and versions, as data. Each flag is stated for the server as it is, not as it should be. */
typedef struct orm_capabilities {
    bool ordered_returning;        /* RETURNING gives rows in the order of VALUES (never relied on; told in reports) */
    bool integer_is_int8;          /* INT and INTEGER make 64-bit columns */
    bool serial_is_rowid;          /* serial keys are 64-bit numbers of the server, not 1, 2, 3 */
    bool nulls_first;              /* ascending order puts NULLs first */
    bool truncate_restart_identity;
    bool deferrable_constraints;
    bool drop_unique_constraint;   /* ALTER TABLE ... DROP CONSTRAINT works for UNIQUE */
    bool transactional_ddl;        /* DDL can be rolled back with the transaction around it */
    bool geometric_types;
    bool advisory_locks;
} orm_capabilities;

typedef struct orm_platform {
    orm_server_info         info;
    const orm_capabilities *capabilities;
} orm_platform;

/*
 * Recognises the server by the text of version() ("PostgreSQL 15.4 ...", "CockroachDB CCL v24.3.1 ..."). Texts are copied
 * into the arena. ORM_ERR_UNSUPPORTED for a server that is neither, naming what it said.
 */
orm_status orm_platform_recognise(orm_arena *arena, const char *version_text, const char *simulated, orm_platform *out,
                                  orm_error *error);

/*
 * The kind of an error by SQLSTATE, which both servers share where their texts differ; `message` only decides where one
 * SQLSTATE means two things (0A000 of a truncate). `during_commit` makes a lost connection an ambiguous commit.
 * An empty or NULL sqlstate is a lost connection. *retryable: the whole transaction may be run again.
 */
orm_status orm_platform_error_kind(const char *sqlstate, const char *message, bool during_commit, bool *retryable);

#endif
