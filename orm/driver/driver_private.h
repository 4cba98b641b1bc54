/*
 * driver_private.h - what the files of driver/ share.
 */
#ifndef ORM_DRIVER_DRIVER_PRIVATE_H
#define ORM_DRIVER_DRIVER_PRIVATE_H

#include <sys/types.h>

#include <libpq-fe.h>

#include "base/fail.h"
#include "base/map.h"
#include "driver/connection.h"

/* ---- config.c: where and how to connect ---- */

typedef struct orm_target {
    orm_allocator allocator;
    orm_settings  settings;
    orm_log_fn    log;
    void         *log_context;
    char         *conninfo;    /* holds the password: it is never shown, and wiped before it is freed */
    int64_t       timeout_s;   /* for the whole of connecting; 0: none */
    bool          isolated;    /* the environment plays no part */
    char          ca_path[64]; /* temporary file with the CA; empty: none */
    pid_t         process;     /* which made that file, and removes it */
} orm_target;

orm_status orm_target_init(orm_target *target, const orm_config *config, const orm_settings *settings,
                           orm_error *error);
void       orm_target_free(orm_target *target);

/* ---- options.c: libpq's connection options by name ---- */

/* NULL when it has none, or an empty one. */
const char *orm_option_value(PQconninfoOption *options, const char *keyword);
/* A NULL value leaves it as it is; an option that this libpq does not have is left out. False when memory is out. */
bool orm_option_set(PQconninfoOption *options, const char *keyword, const char *value);

/* ---- tls.c ---- */

/* Puts what the configuration says of TLS into the options, and refuses what would not be checked. */
orm_status orm_tls_apply(orm_target *target, PQconninfoOption *options, const orm_ssl *ssl, orm_error *error);
/* ORM_ERR_CONFIG when `line`, which libpq said, is that it cannot read the certificate authority; else ORM_OK. */
orm_status orm_tls_check_authority(const orm_target *target, const char *line, orm_error *error);
/* What to do about what libpq or the server said of TLS; NULL: they said nothing of it. */
const char *orm_tls_hint(const orm_target *target, const char *line);

/* ---- cache.c: prepared statements of one connection, the least recently used one gives way ---- */

#define ORM_CACHE_LIMIT 256

typedef struct orm_prepared {
    struct orm_prepared *newer;
    struct orm_prepared *older;
    char                 name[24];
    size_t               key_size;
    char                 key[]; /* SQL, a NUL, the parameters' OIDs */
} orm_prepared;

typedef struct orm_cache {
    const orm_allocator *allocator;
    orm_map              map;
    orm_prepared        *newest;
    orm_prepared        *oldest;
    uint64_t             last_number; /* names are never used twice on a connection */
} orm_cache;

void          orm_cache_init(orm_cache *cache, const orm_allocator *allocator);
void          orm_cache_free(orm_cache *cache);
orm_prepared *orm_cache_find(orm_cache *cache, const void *key,
                             size_t key_size);                                   /* it is then the newest; NULL: none */
orm_prepared *orm_cache_add(orm_cache *cache, const void *key, size_t key_size); /* NULL: memory is out */
void          orm_cache_remove(orm_cache *cache, orm_prepared *prepared);
void          orm_cache_clear(orm_cache *cache);

/* ---- params.c: parameters as libpq wants them ---- */

typedef struct orm_encoded {
    const orm_allocator *allocator;
    orm_buffer           bytes;
    const char         **values;
    int                 *lengths;
    int                 *formats;
    Oid                 *types;
    size_t              *offsets;
    size_t               count;
    size_t               capacity;
} orm_encoded;

void orm_encoded_init(orm_encoded *encoded, const orm_allocator *allocator);
void orm_encoded_free(orm_encoded *encoded);
/* As they are sent. The arrays are valid until the next call. */
orm_status orm_encode_params(orm_encoded *encoded, const orm_statement *statement, orm_error *error);
/* All as text: what the log shows. */
orm_status orm_encode_params_as_text(orm_encoded *encoded, const orm_statement *statement, orm_error *error);

/* ---- connection.c ---- */

struct orm_connection {
    orm_connection   *next; /* in the pool's idle list */
    const orm_target *target;
    PGconn           *pg;
    orm_arena        *arena;
    orm_platform      platform;
    orm_escaper       escaper;
    orm_cache         cache;
    orm_encoded       encoded;
    orm_buffer        scratch;
    size_t            depth;
    uint64_t          commits;
    orm_reader       *reader; /* whose rows are being read; NULL: none */
    bool              stray_cancel; /* a request to cancel was too late, and may hit what comes next */
    pid_t             process; /* whose session it is: a forked child shares the socket, and must not use it */
};

orm_status orm_connection_open(const orm_target *target, orm_connection **out, orm_error *error);
void       orm_connection_close(orm_connection *connection);
/* False in a forked child for what its parent opened. */
bool orm_connection_is_own(const orm_connection *connection);

/* ---- connect.c: from a target to a PGconn that can be used ---- */

/* *out is NULL on failure. `notices` receives what the server says while it connects, and later. */
orm_status orm_connect(const orm_target *target, PQnoticeReceiver notices, void *context, PGconn **out,
                       orm_error *error);

/* ---- execute.c ---- */

typedef struct orm_answer {
    PGresult *result;        /* of the last statement that worked */
    PGresult *failure;       /* the first that did not */
    PGresult *row;           /* the latest, where rows come one by one */
    bool      several;       /* more than one statement worked */
    bool      refused;       /* COPY was asked for */
    bool      rolled_back;   /* a ROLLBACK, perhaps only to a savepoint */
    bool      committed;     /* a COMMIT */
    bool      restarted;     /* a transaction ended, so one that is open now is a new one */
    bool      prepared_lost; /* the session's prepared statements are gone */
} orm_answer;

/* Reads all that is still to come, so that the connection is ready for the next statement or found broken. */
void orm_answer_read(PGconn *pg, orm_answer *answer);
/* The same up to the next row: false when there is none, and then all has been read. */
bool orm_answer_next_row(PGconn *pg, orm_answer *answer);
void orm_answer_clear(orm_answer *answer);

/* What the failure was sent for. */
typedef struct orm_circumstance {
    const char *sql;
    bool        in_transaction;
    bool        during_commit;
} orm_circumstance;

/* One statement on its way to the server and back. */
typedef struct orm_exchange {
    orm_connection      *connection;
    const char          *sql;
    const orm_statement *statement; /* NULL: text by the simple protocol */
    orm_circumstance     at;
    bool                 must_commit; /* COMMIT of our own: an answer that says ROLLBACK is a failure */
    bool                 by_rows;     /* rows are read one by one */
    bool                 done;        /* all of the answer has been read */
    bool                 given_up;    /* nobody wants it any more: whatever came of it is no failure */
    bool                 worth_a_retry;
    uint64_t             start;
    orm_prepared        *prepared;
    orm_answer           answer;
} orm_exchange;

/* Whether the statement can be sent, and by which protocol; its parameters are then encoded. */
orm_status orm_exchange_prepare(orm_exchange *x, orm_error *error);
/* Sends it, and reads the answer as far as it is to be read at once. On failure nothing was sent. */
orm_status orm_exchange_begin(orm_exchange *x, orm_error *error);
/* When all has been read: what it did to the session, whether it worked, the log. The answer is still to be cleared. */
orm_status orm_exchange_end(orm_exchange *x, int64_t rows, orm_error *error);

/* The SQL is COMMIT itself: an answer that says ROLLBACK is a failure, and a lost connection is ambiguous. */
orm_status orm_execute_text(orm_connection *connection, const char *sql, bool is_commit, orm_result **out,
                            orm_error *error);

/* ---- result.c ---- */

struct orm_result {
    PGresult            *pg;
    const orm_allocator *allocator;
};

/* Takes the PGresult, also when it fails. */
orm_status orm_result_new(const orm_allocator *allocator, PGresult *pg, orm_result **out, orm_error *error);
int64_t    orm_pg_affected(const PGresult *pg);

/* ---- error.c ---- */

/* From a result that failed; `pg` for what libpq itself has to say, where there is no result (`failure` NULL). */
orm_status orm_fail_server(orm_error *error, const PGresult *failure, const PGconn *pg, const orm_circumstance *at);

/*
 * libpq's message as one line: "\n\t" continuations go to `hint`. Texts for people that libpq wrote on several lines
 * would break logs.
 */
void orm_fold_message(const char *message, char *line, size_t line_size, char *hint, size_t hint_size);

/* ---- cancel.c ---- */

/*
 * Asks the server to end the statement that runs. False when it could not be asked: it did not listen, or the connection
 * is encrypted, and this libpq can send the request only in the clear.
 */
bool orm_cancel_send(const orm_connection *connection);
/* Cuts the connection, so that whoever reads from it finds it lost, and the server its client gone. */
void orm_connection_cut(const orm_connection *connection);

/* ---- log.c ---- */

void orm_log_text(const orm_target *target, orm_log_kind kind, const char *message);
void orm_log_notice(const orm_target *target, const PGresult *notice);

#endif
