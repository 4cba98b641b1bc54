#include <orm/error.h>

#include <stddef.h>

typedef struct status_names {
    const char *name;
    const char *mikroorm;
} status_names;

static const status_names names[] = {
    [ORM_OK] = { "ok", NULL },
    [ORM_ERR_MEMORY] = { "out of memory", NULL },
    [ORM_ERR_ARGUMENT] = { "wrong argument", NULL },
    [ORM_ERR_CONFIG] = { "configuration", NULL },
    [ORM_ERR_METADATA] = { "metadata", "MetadataError" },
    [ORM_ERR_VALIDATION] = { "validation", "ValidationError" },
    [ORM_ERR_UNSUPPORTED] = { "unsupported", NULL },
    [ORM_ERR_NOT_FOUND] = { "not found", "NotFoundError" },
    [ORM_ERR_CONVERSION] = { "conversion", NULL },
    [ORM_ERR_OPTIMISTIC_LOCK] = { "optimistic lock", "OptimisticLockError" },
    [ORM_ERR_CYCLE] = { "reference cycle", "ValidationError" },
    [ORM_ERR_DRIVER] = { "driver", "DriverException" },
    [ORM_ERR_CONNECTION] = { "connection", "ConnectionException" },
    [ORM_ERR_SYNTAX] = { "syntax", "SyntaxErrorException" },
    [ORM_ERR_TABLE_NOT_FOUND] = { "table not found", "TableNotFoundException" },
    [ORM_ERR_TABLE_EXISTS] = { "table exists", "TableExistsException" },
    [ORM_ERR_OBJECT_EXISTS] = { "object exists", "DatabaseObjectExistsException" },
    [ORM_ERR_INVALID_FIELD] = { "invalid field", "InvalidFieldNameException" },
    [ORM_ERR_AMBIGUOUS_FIELD] = { "ambiguous field", "NonUniqueFieldNameException" },
    [ORM_ERR_CONSTRAINT] = { "constraint", "ConstraintViolationException" },
    [ORM_ERR_UNIQUE_CONSTRAINT] = { "unique constraint", "UniqueConstraintViolationException" },
    [ORM_ERR_FOREIGN_KEY_CONSTRAINT] = { "foreign key constraint", "ForeignKeyConstraintViolationException" },
    [ORM_ERR_NOT_NULL_CONSTRAINT] = { "not null constraint", "NotNullConstraintViolationException" },
    [ORM_ERR_CHECK_CONSTRAINT] = { "check constraint", "CheckConstraintViolationException" },
    [ORM_ERR_DEADLOCK] = { "deadlock", "DeadlockException" },
    [ORM_ERR_SERIALIZATION] = { "serialization failure", "DeadlockException" },
    [ORM_ERR_AMBIGUOUS_COMMIT] = { "ambiguous commit", "DriverException" },
    [ORM_ERR_LOCK_WAIT_TIMEOUT] = { "lock wait timeout", "LockWaitTimeoutException" },
    [ORM_ERR_READ_ONLY] = { "read only", "ReadOnlyException" },
    [ORM_ERR_CANCELLED] = { "cancelled", "DriverException" },
    [ORM_ERR_NOT_IMPLEMENTED] = { "refused by the server as not implemented", "DriverException" },
    [ORM_ERR_TRANSACTION_ABORTED] = { "transaction aborted", "DriverException" },
    [ORM_ERR_INVALID_VALUE] = { "invalid value", "DriverException" },
    [ORM_ERR_PERMISSION] = { "permission denied", "DriverException" },
    [ORM_ERR_PROTOCOL] = { "protocol", "DriverException" },
};

/* A number that is no status (a caller's cast, a newer library's record) has no names. */
static status_names names_of(orm_status status)
{
    size_t at = (size_t)status;

    return at < sizeof names / sizeof names[0] ? names[at] : (status_names){ NULL, NULL };
}

const char *orm_status_name(orm_status status)
{
    const char *name = names_of(status).name;

    return name != NULL ? name : "unknown status";
}

const char *orm_status_mikroorm_name(orm_status status)
{
    return names_of(status).mikroorm;
}
