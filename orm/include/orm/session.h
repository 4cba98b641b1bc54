/*
 * session.h - the orm: metadata and connections, shared by all entity managers and safe to use from any thread.
 */
#ifndef ORM_SESSION_H
#define ORM_SESSION_H

#include <orm/config.h>

ORM_BEGIN_DECLS

typedef struct orm orm;

/*
 * Checks configuration and metadata, connects (unless config->lazy) and recognises the server. On failure *out is NULL.
 * Close it with orm_close().
 *
 * A child process may go on with it after fork(), if no other thread was using it then: the child connects anew, and an
 * entity manager that had a transaction open has lost it there (ORM_ERR_CONNECTION). Nothing that the child does, closing
 * included, disturbs its parent.
 */
ORM_API orm_status orm_open(const orm_config *config, orm **out, orm_error *error);

/* Closes its entity managers and connections and frees it. NULL is ignored. */
ORM_API void orm_close(orm *o);

/* The descriptor of this name, as it was given; NULL when there is none. */
ORM_API const orm_entity *orm_entity_named(const orm *o, const char *name);

typedef enum orm_platform_kind { ORM_PLATFORM_UNKNOWN = 0, ORM_PLATFORM_POSTGRES, ORM_PLATFORM_COCKROACH } orm_platform_kind;

/* What the server says of itself. Texts live as long as the orm. */
typedef struct orm_server_info {
    orm_platform_kind platform;
    int               major; /* of version(): PostgreSQL 15.4 -> 15, 4; CockroachDB v24.3.1 -> 24, 3, 1 */
    int               minor;
    int               patch;
    const char       *version;   /* text of version() */
    const char       *simulated; /* what the server says in the parameter crdbcheck_simulated; NULL for a real server */
} orm_server_info;

/* Connects if need be. */
ORM_API orm_status orm_server(orm *o, orm_server_info *out, orm_error *error);

/* The pool of connections at this moment; the counters are since orm_open(), or since the fork of this process. */
typedef struct orm_pool_stats {
    size_t   max;
    size_t   open;       /* in use, or idle */
    size_t   idle;
    size_t   in_use;     /* lent, or being opened */
    size_t   waiting;    /* callers in line */
    uint64_t opened;     /* connections made in all */
    uint64_t closed;     /* idle for too long, broken, or found dead */
    uint64_t found_dead; /* idle ones that the server, or the way to it, had ended: they were replaced */
    uint64_t timed_out;  /* callers that waited in vain */
} orm_pool_stats;
ORM_API orm_pool_stats orm_pool_stats_of(orm *o);

/* Closes connections that have been idle for too long now, as every use of the pool does: for programs that pause. */
ORM_API void orm_trim_connections(orm *o);

/* The settings in force after presets and overrides; enums are never ..._DEFAULT. */
typedef struct orm_settings {
    orm_preset   preset;
    orm_protocol protocol;
    orm_batch    batch;
    unsigned     batch_size;
    bool         adaptations;
    orm_strategy strategy;
    bool         pipeline;
} orm_settings;
ORM_API orm_settings orm_settings_of(const orm *o);

ORM_END_DECLS

#endif
