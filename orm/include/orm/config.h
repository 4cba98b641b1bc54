/*
 * config.h - how to open an orm.
 */
#ifndef ORM_CONFIG_H
#define ORM_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include <orm/entity.h>
#include <orm/event.h>
#include <orm/log.h>
#include <orm/memory.h>

ORM_BEGIN_DECLS

/*
 * NATIVE: extended protocol, typed parameters, binary results, fast batches, adaptations to the platform on.
 * MIKROORM: what MikroORM 7 sends: simple protocol with literals, multi-row VALUES, no adaptations.
 */
typedef enum orm_preset { ORM_PRESET_NATIVE = 0, ORM_PRESET_MIKROORM } orm_preset;

typedef enum orm_protocol { ORM_PROTOCOL_DEFAULT = 0, ORM_PROTOCOL_SIMPLE, ORM_PROTOCOL_EXTENDED } orm_protocol;

/* FAST needs the extended protocol; simple with fast is refused. */
typedef enum orm_batch { ORM_BATCH_DEFAULT = 0, ORM_BATCH_MULTI_ROW, ORM_BATCH_FAST } orm_batch;

typedef enum orm_ssl_mode {
    ORM_SSL_DEFAULT = 0, /* VERIFY_FULL when a CA is given, else PREFER */
    ORM_SSL_DISABLE,
    ORM_SSL_PREFER,
    ORM_SSL_REQUIRE,
    ORM_SSL_VERIFY_CA,
    ORM_SSL_VERIFY_FULL
} orm_ssl_mode;

typedef struct orm_ssl {
    orm_ssl_mode mode;
    const char  *ca_file;   /* PEM file with the certificate authority */
    const char  *ca_text;   /* the same as text; give one of the two */
    const char  *cert_file; /* client certificate and its key */
    const char  *key_file;
} orm_ssl;

/* For limits: none. */
#define ORM_NO_LIMIT (~0u)

/*
 * How many connections there are, and for how long. An entity manager holds one while its transaction is open, and else
 * only for the time of a call. Whoever finds none free waits in line, first come first served. Nothing happens by itself:
 * what is idle for too long is closed when another connection is taken or given back, or by orm_trim_connections().
 */
typedef struct orm_pool_options {
    unsigned min;             /* connections that stay open however long they are idle; opened when needed; default 0 */
    unsigned max;             /* default 10 */
    unsigned idle_timeout_ms; /* default 10,000 */
    unsigned wait_timeout_ms; /* for a connection to become free; then ORM_ERR_CONNECTION; default 30,000 */
    unsigned check_after_ms;  /* idle for so long, it has to answer the server's empty query before it is used; default 5,000 */
} orm_pool_options;

/* All-zero means the default. Everything pointed to is copied, except entities and filters, which must outlive the orm. */
typedef struct orm_config {
    /* NULL-terminated: ORM_ENTITIES(...) or orm_builder_entities(). NULL: none, for work with raw SQL alone. */
    const orm_entity *const *entities;

    /* Where: a URI or key=value string as libpq takes it, and members that win over what it says. */
    const char *url;
    const char *db_name;
    const char *host;     /* name, address or directory of a unix socket; default localhost */
    int         port;     /* default 5432 */
    const char *user;
    const char *password;
    orm_ssl     ssl;
    const char *application_name;      /* default "liborm" */
    unsigned    connect_timeout_s;     /* for all of connecting; default: the URL's connect_timeout, else 10 */
    unsigned    statement_timeout_ms;  /* for each statement, from sending to the last row; 0: none. See orm_set_deadline */
    bool        use_environment;       /* let PGHOST and its like, the service file and .pgpass play a part */
    bool        lazy;                  /* do not connect before the first statement */

    orm_pool_options pool;
    /* Prepared statements that a connection keeps, the least recently used gives way; default 256. -1: none, for poolers
     * that share sessions among clients. Only the extended protocol prepares. */
    int statement_cache;

    orm_preset   preset;
    orm_protocol protocol;
    orm_batch    batch;
    unsigned     batch_size;  /* rows in one statement; default 300 */
    orm_strategy strategy;    /* how relations are loaded; default: BALANCED */
    orm_switch   pipeline;    /* a flush sends what it can without waiting; default: ON in NATIVE, OFF in MIKROORM */
    orm_switch   adaptations; /* to the platform; default: ON in NATIVE, OFF in MIKROORM */

    const orm_subscriber *subscribers; /* told of what all entity managers do, on their threads; copied: event.h */
    size_t                subscriber_count;

    const orm_filter *filters; /* for several entities: filter.h; they must outlive the orm */
    size_t            filter_count;

    orm_log_fn           log;
    void                *log_context;
    unsigned             slow_query_ms; /* statements that take at least so long are marked in the log; 0: none is */
    bool                 log_slow_only; /* other statements are not logged; notices and warnings are */
    const orm_allocator *allocator; /* NULL: malloc */
} orm_config;

ORM_END_DECLS

#endif
