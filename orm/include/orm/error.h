/*
 * error.h - what went wrong, as a kind to branch on and as text to show.
 *
 * Functions on an entity manager keep their last error in it (orm_em_error) and return an orm_status, or NULL.
 * Functions that have no entity manager take an `orm_error *` last. It belongs to the caller, may be NULL, needs no
 * initialisation and no release, and is written only on failure.
 */
#ifndef ORM_ERROR_H
#define ORM_ERROR_H

#include <stdbool.h>

#include <orm/common.h>

ORM_BEGIN_DECLS

/*
 * The kinds of error: MikroORM's exception classes, plus those that a C library and a distributed server need.
 * The numbers are stable; orm_status_name() gives the names.
 */
typedef enum orm_status {
    ORM_OK = 0,

    /* The caller or the machine. Nothing was sent to the server. */
    ORM_ERR_MEMORY = 1,     /* an allocation failed */
    ORM_ERR_ARGUMENT = 2,   /* NULL or nonsense where a value is needed; an entity manager that is closed or foreign */
    ORM_ERR_CONFIG = 3,     /* orm_config cannot work: contradicting settings, unreadable certificate */
    ORM_ERR_METADATA = 4,   /* entity descriptors are wrong: found at orm_open(), names entity and property */
    ORM_ERR_VALIDATION = 5, /* an entity cannot be written as it is: names entity, property and value */
    ORM_ERR_UNSUPPORTED = 6, /* the request is understood and this library or platform does not do it */

    /* What was read is not what was asked for. */
    ORM_ERR_NOT_FOUND = 20,       /* no row, where one was required */
    ORM_ERR_CONVERSION = 21,      /* a value from the server does not fit the property: names entity, property, value */
    ORM_ERR_OPTIMISTIC_LOCK = 22, /* a versioned row was changed or removed by somebody else */
    ORM_ERR_CYCLE = 23,           /* required references form a cycle: no order of INSERTs exists */

    /* The server or the way to it. `sqlstate` says more. */
    ORM_ERR_DRIVER = 40,     /* any other error of the server */
    ORM_ERR_CONNECTION = 41, /* no connection, or it was lost while no COMMIT was under way */
    ORM_ERR_SYNTAX = 42,
    ORM_ERR_TABLE_NOT_FOUND = 43,
    ORM_ERR_TABLE_EXISTS = 44,
    ORM_ERR_OBJECT_EXISTS = 45,       /* database, schema, type, column or index of that name */
    ORM_ERR_INVALID_FIELD = 46,       /* no such column */
    ORM_ERR_AMBIGUOUS_FIELD = 47,     /* MikroORM: NonUniqueFieldNameException */
    ORM_ERR_CONSTRAINT = 48,          /* a constraint of another kind than the next four */
    ORM_ERR_UNIQUE_CONSTRAINT = 49,
    ORM_ERR_FOREIGN_KEY_CONSTRAINT = 50,
    ORM_ERR_NOT_NULL_CONSTRAINT = 51,
    ORM_ERR_CHECK_CONSTRAINT = 52,
    ORM_ERR_DEADLOCK = 53,            /* 40P01 */
    ORM_ERR_SERIALIZATION = 54,       /* 40001: the whole transaction may be run again */
    ORM_ERR_AMBIGUOUS_COMMIT = 55,    /* 40003, or the connection was lost during COMMIT: it may have happened */
    ORM_ERR_LOCK_WAIT_TIMEOUT = 56,   /* 55P03 */
    ORM_ERR_READ_ONLY = 57,           /* 25006 */
    ORM_ERR_CANCELLED = 58,           /* 57014 */
    ORM_ERR_NOT_IMPLEMENTED = 59,     /* 0A000: the server says that it does not do this */
    ORM_ERR_TRANSACTION_ABORTED = 60, /* 25P02: an earlier statement failed, only a rollback helps */
    ORM_ERR_INVALID_VALUE = 61,       /* class 22: out of range, not the type's text, division by zero */
    ORM_ERR_PERMISSION = 62,          /* 42501 */
    ORM_ERR_PROTOCOL = 63             /* the server's answer makes no sense */
} orm_status;

/* Room for the texts; longer ones are cut at a character boundary. Identifiers of CockroachDB have up to 128 bytes. */
#define ORM_ERROR_MESSAGE_SIZE 2048
#define ORM_ERROR_TEXT_SIZE 1024
#define ORM_ERROR_NAME_SIZE 160

/* Every text is NUL-terminated valid UTF-8, empty where there is nothing to say. */
typedef struct orm_error {
    orm_status status;
    int        number; /* stable number of the message, printed as ORM-0123; 0 for the server's own errors */
    bool       retryable; /* running the whole transaction again can help */

    char message[ORM_ERROR_MESSAGE_SIZE]; /* one line: what is wrong; the server's words where the server spoke */
    char detail[ORM_ERROR_TEXT_SIZE];
    char hint[ORM_ERROR_TEXT_SIZE];
    char context[ORM_ERROR_TEXT_SIZE];

    char sqlstate[6]; /* five characters, or empty when the server was not asked */
    char severity[16];
    char schema_name[ORM_ERROR_NAME_SIZE];
    char table[ORM_ERROR_NAME_SIZE];
    char column[ORM_ERROR_NAME_SIZE];
    char data_type[ORM_ERROR_NAME_SIZE];
    char constraint[ORM_ERROR_NAME_SIZE];
    char position[16]; /* character of `sql`, counted from 1, as the server sent it */
    char source[ORM_ERROR_NAME_SIZE]; /* file, line and routine of the server, for bug reports */
    char sql[ORM_ERROR_MESSAGE_SIZE];

    char entity[ORM_ERROR_NAME_SIZE]; /* entity and property, where the library knows them */
    char property[ORM_ERROR_NAME_SIZE];
} orm_error;

/* "unique constraint", "serialization failure", ...: for logs and reports. Never NULL. */
ORM_API const char *orm_status_name(orm_status status);

/* The name of MikroORM's exception class for it, e.g. "UniqueConstraintViolationException"; NULL where it has none. */
ORM_API const char *orm_status_mikroorm_name(orm_status status);

ORM_END_DECLS

#endif
