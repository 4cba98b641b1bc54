#include <stddef.h>
#include <string.h>

#include "platform/platform.h"

typedef struct meaning {
    const char *sqlstate; /* five characters, or two: the whole class */
    orm_status  kind;
    bool        retryable;
} meaning;

/* The first that fits counts, so single codes stand before their class. */
static const meaning meanings[] = {
    { "40001", ORM_ERR_SERIALIZATION, true },
    { "40P01", ORM_ERR_DEADLOCK, true },
    { "40003", ORM_ERR_AMBIGUOUS_COMMIT, false },
    { "40002", ORM_ERR_CONSTRAINT, false },
    { "23502", ORM_ERR_NOT_NULL_CONSTRAINT, false },
    { "23503", ORM_ERR_FOREIGN_KEY_CONSTRAINT, false },
    { "23001", ORM_ERR_FOREIGN_KEY_CONSTRAINT, false }, /* ON DELETE RESTRICT, since PostgreSQL 18 */
    { "23505", ORM_ERR_UNIQUE_CONSTRAINT, false },
    { "23514", ORM_ERR_CHECK_CONSTRAINT, false },
    { "23", ORM_ERR_CONSTRAINT, false },
    { "42601", ORM_ERR_SYNTAX, false },
    { "42501", ORM_ERR_PERMISSION, false },
    { "42P01", ORM_ERR_TABLE_NOT_FOUND, false },
    { "42P07", ORM_ERR_TABLE_EXISTS, false },
    { "42P04", ORM_ERR_OBJECT_EXISTS, false },
    { "42P06", ORM_ERR_OBJECT_EXISTS, false },
    { "42710", ORM_ERR_OBJECT_EXISTS, false },
    { "42701", ORM_ERR_OBJECT_EXISTS, false },
    { "42723", ORM_ERR_OBJECT_EXISTS, false },
    { "42703", ORM_ERR_INVALID_FIELD, false },
    { "42702", ORM_ERR_AMBIGUOUS_FIELD, false },
    { "22", ORM_ERR_INVALID_VALUE, false },
    { "25P02", ORM_ERR_TRANSACTION_ABORTED, false },
    { "25P03", ORM_ERR_CONNECTION, true }, /* idle too long in a transaction: the server hung up */
    { "25006", ORM_ERR_READ_ONLY, false },
    { "55P03", ORM_ERR_LOCK_WAIT_TIMEOUT, false },
    { "57014", ORM_ERR_CANCELLED, false },
    { "57P01", ORM_ERR_CONNECTION, true },
    { "57P02", ORM_ERR_CONNECTION, true },
    { "57P03", ORM_ERR_CONNECTION, true },
    { "57P04", ORM_ERR_CONNECTION, false }, /* the database was dropped */
    { "57P05", ORM_ERR_CONNECTION, true },  /* idle too long */
    { "53300", ORM_ERR_CONNECTION, true },  /* too many connections */
    { "28", ORM_ERR_CONNECTION, false },    /* authentication */
    { "08", ORM_ERR_CONNECTION, true },
    { "0A000", ORM_ERR_NOT_IMPLEMENTED, false },
};

static meaning look_up(const char *sqlstate)
{
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if (strncmp(sqlstate, meanings[i].sqlstate, strlen(meanings[i].sqlstate)) == 0)
            return meanings[i];
    }
    return (meaning){ sqlstate, ORM_ERR_DRIVER, false };
}

orm_status orm_platform_error_kind(const char *sqlstate, const char *message, bool during_commit, bool *retryable)
{
    meaning found = { "", ORM_ERR_CONNECTION, true };

    if (sqlstate != NULL && *sqlstate != '\0')
        found = look_up(sqlstate);

    /* PostgreSQL answers so to TRUNCATE of a table that a foreign key points to; MikroORM counts it as a violation. */
    if (found.kind == ORM_ERR_NOT_IMPLEMENTED && message != NULL && strcasestr(message, "truncate") != NULL)
        found.kind = ORM_ERR_FOREIGN_KEY_CONSTRAINT;

    /* Nobody knows whether the COMMIT arrived, so running the transaction again could do its work twice. */
    if (found.kind == ORM_ERR_CONNECTION && during_commit)
        found = (meaning){ sqlstate, ORM_ERR_AMBIGUOUS_COMMIT, false };

    if (retryable != NULL)
        *retryable = found.retryable;
    return found.kind;
}
