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

#define ORM_NS_PER_MS ((uint64_t)1000000)
#define ORM_NS_PER_S ((uint64_t)1000000000)

/* ---- config.c: where and how to connect ---- */

typedef struct orm_target {
    orm_allocator allocator;
    orm_settings  settings;
    orm_log_fn    log;
    void         *log_context;
    uint64_t      slow_ns; /* UINT64_MAX: nothing is slow */
    bool          log_slow_only;
    char         *conninfo;    /* holds the password: it is never shown, and wiped before it is freed */
    size_t        cache_limit; /* prepared statements for each connection; 0: none */
    unsigned      statement_timeout_ms; /* 0: none */
    int64_t       timeout_s; /* for the whole of connecting; 0: none */
    bool          isolated;    /* the environment plays no part */
    char          ca_path[64]; /* temporary file with the CA; empty: none */
    pid_t         process;     /* which made that file, and removes it */
} orm_target;

orm_status orm_target_init(orm_target *target, const orm_config *config, const orm_settings *settings,
                           orm_error *error);
void       orm_target_free(orm_target *target);

/* ---- limits.c: of the pool, with defaults filled in ---- */

typedef struct orm_pool_limits {
    size_t   min;
    size_t   max;
    unsigned wait_ms; /* ORM_NO_LIMIT: as long as it takes */
    uint64_t idle_ns;
    uint64_t check_ns;
} orm_pool_limits;

orm_status orm_pool_limits_resolve(const orm_pool_options *options, orm_pool_limits *out, orm_error *error);

/* ---- options.c: libpq's connection options by name ---- */

/* NULL when it has none, or an empty one. */
const char *orm_option_value(PQconninfoOption *options, const char *keyword);
/* A NULL value leaves it as it is; an option that this libpq does not have is left out. False when memory is out. */
bool orm_option_set(PQconninfoOption *options, const char *keyword, const char *value);

/* Options as one text with everything in it, the password too: to be freed by its own function, which wipes it. */
orm_status orm_conninfo_write(const orm_allocator *allocator, const PQconninfoOption *options, char **out,
                              orm_error *error);
void       orm_conninfo_free(const orm_allocator *allocator, char *conninfo);

/* ---- hosts.c: several hosts in the options ---- */

size_t orm_hosts_count(PQconninfoOption *options);
/* The one that libpq names so: no longer among them, unless it is the only one. False when memory is out. */
bool orm_hosts_remove(PQconninfoOption *options, const char *host, const char *port);

/* ---- tls.c ---- */

/* Puts what the configuration says of TLS into the options, and refuses what would not be checked. */
orm_status orm_tls_apply(orm_target *target, PQconninfoOption *options, const orm_ssl *ssl, orm_error *error);
/* ORM_ERR_CONFIG when `line`, which libpq said, is that it cannot read the certificate authority; else ORM_OK. */
orm_status orm_tls_check_authority(const orm_target *target, const char *line, orm_error *error);
/* What to do about what libpq or the server said of TLS; NULL: they said nothing of it. */
const char *orm_tls_hint(const orm_target *target, const char *line);

/* ---- cache.c: prepared statements of one connection, the least recently used one gives way ---- */

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

/* ---- interrupt.c ---- */

bool orm_interrupt_requested(const orm_interrupt *interrupt);
/* Says how the sleeper is woken, from another thread; NULL: nobody sleeps any more. A NULL interrupt is ignored. */
void orm_interrupt_sleep(orm_interrupt *interrupt, orm_wake_fn wake, void *sleeper);

/* ---- cancel.c ---- */

typedef struct orm_cancel_job orm_cancel_job;

/*
 * Asks the server to end the statement that runs, from a thread of its own. NULL when it cannot be asked, as where the
 * connection is encrypted and this libpq (before 17) would send the request in the clear.
 */
orm_cancel_job *orm_cancel_start(PGconn *pg);
/* For waiting with a moment as limit. False when there is no memory for it. */
bool orm_condition_init(pthread_cond_t *condition);
/* Waits a moment for the server to have taken the request in, so that it hits nothing that comes later. */
void orm_cancel_finish(orm_cancel_job *job);

/* ---- wait.c: waiting for the server, with a limit, and with an ear for who wants it stopped ---- */

typedef enum orm_stop {
    ORM_STOP_NONE = 0,
    ORM_STOP_REQUEST,  /* of another thread */
    ORM_STOP_DEADLINE, /* of whom the connection is lent to */
    ORM_STOP_TIMEOUT,  /* of each statement */
    ORM_STOP_UNWANTED  /* nobody wants the answer */
} orm_stop;

typedef struct orm_watch {
    orm_interrupt  *interrupt; /* of whom the connection is lent to; NULL: none */
    int             pipe[2];   /* wakes who waits */
    uint64_t        deadline;  /* of the running statement, as orm_clock_ns() counts; 0: none */
    uint64_t        timeout;
    unsigned        timeout_ms;
    uint64_t        grace;     /* until then the server has to answer to being asked to stop */
    bool            stoppable; /* else, at its limit, the connection is cut */
    orm_stop        stop;      /* why it was told to stop */
    bool            cut;       /* the connection was, because nothing else helped */
    bool            unasked;   /* the server could not be asked */
    bool            worked;    /* after the end: it was stopped */
    orm_cancel_job *job;
} orm_watch;

/* Moments as orm_clock_ns() counts; 0 never comes. */
uint64_t orm_sooner(uint64_t a, uint64_t b);
bool     orm_has_passed(uint64_t moment);

orm_status orm_watch_init(orm_watch *watch, orm_error *error);
void       orm_watch_free(orm_watch *watch);
/* Around each statement. */
void orm_watch_begin(orm_connection *c, bool stoppable);
void orm_watch_end(orm_connection *c, const PGresult *failure);
/* ORM_ERR_CANCELLED for the reason that the watch has. */
orm_status orm_watch_fail(const orm_connection *c, const char *outcome, orm_error *error);
/* ORM_ERR_CANCELLED when it need not be sent any more. */
orm_status orm_watch_check(orm_connection *c, orm_error *error);
/* Between them, while the caller has the word; false when it has to be stopped now, which the server was told. */
void orm_watch_pause(orm_connection *c);
bool orm_watch_resume(orm_connection *c);
/* Has the server stop the statement that runs. Its answer is still to be read. */
void orm_watch_stop(orm_connection *c, orm_stop why);

/* Until the socket is ready for the next step of connecting; ORM_ERR_CONNECTION, with no error told, at the limit. */
orm_status orm_watch_connecting(orm_connection *c, bool writing, uint64_t limit, orm_error *error);

/* Until the network has taken all that libpq has to send. */
void orm_wait_sent(orm_connection *c);
/* As PQgetResult(), and PQgetCopyData() without an end of its own. */
PGresult *orm_wait_result(orm_connection *c);
int       orm_wait_copy_data(orm_connection *c, char **data);

/* ---- connection.c ---- */

struct orm_connection {
    orm_connection   *next; /* in the pool's idle list */
    orm_connection   *previous;
    uint64_t          idle_since;
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
    const char       *label; /* for the log: of whom it is lent to; NULL: none */
    const char       *occupant; /* why no other statement can be run; NULL: one can */
    bool              stray_cancel; /* a request to cancel was too late, and may hit what comes next */
    orm_watch         watch;
    pid_t             process; /* whose session it is: a forked child shares the socket, and must not use it */
};

/* `interrupt` can end it while it connects, too; NULL: none. */
orm_status orm_connection_open(const orm_target *target, orm_interrupt *interrupt, orm_connection **out,
                               orm_error *error);
void       orm_connection_close(orm_connection *connection);
/* Whether the server still does; for a connection on which nothing is open. */
bool orm_connection_answers(orm_connection *connection);
/* False in a forked child for what its parent opened. */
bool orm_connection_is_own(const orm_connection *connection);

/* ---- connect.c: from a target to a PGconn that can be used ---- */

/* Sets c->pg, also on failure. `notices` receives, with the target, what the server says while it connects, and later. */
orm_status orm_connect(orm_connection *c, PQnoticeReceiver notices, orm_error *error);

/* ---- answer.c ---- */

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
void orm_answer_read(orm_connection *c, orm_answer *answer);
/* The same up to the next row: false when there is none, and then all has been read. */
bool orm_answer_next_row(orm_connection *c, orm_answer *answer);
void orm_answer_clear(orm_answer *answer);

/* ---- execute.c ---- */

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
    bool                 unstoppable; /* a rollback, and what the driver does for itself */
    bool                 unwanted;    /* the caller has closed it: that it was stopped is no failure */
    bool                 worth_a_retry;
    uint64_t             start;
    orm_prepared        *prepared;
    orm_answer           answer;
} orm_exchange;

/* Whether it is COMMIT, or the like, in SQL that a user wrote. */
bool orm_is_commit(const char *sql);
/* ORM_ERR_ARGUMENT, or ORM_ERR_CONNECTION in a forked child, when no statement can be run. */
orm_status orm_connection_check_free(orm_connection *c, orm_error *error);
/* What the answer, and what libpq has seen, mean for the transaction and the prepared statements. */
void orm_connection_follow(orm_connection *connection, const orm_answer *answer);
/* Sends a statement whose parameters are encoded. False: libpq says why. */
bool orm_exchange_send(orm_exchange *x);
/* Whether the statement can be sent, and by which protocol; its parameters are then encoded. */
orm_status orm_exchange_prepare(orm_exchange *x, orm_error *error);
/* Sends it, and reads the answer as far as it is to be read at once. On failure nothing was sent. */
orm_status orm_exchange_begin(orm_exchange *x, orm_error *error);
/* When all has been read: what it did to the session, whether it worked, the log. The answer is still to be cleared. */
orm_status orm_exchange_end(orm_exchange *x, int64_t rows, orm_error *error);
/* The last two of these alone. */
orm_status orm_exchange_judge(orm_exchange *x, int64_t rows, orm_error *error);

/* ---- prepare.c: prepared statements of a connection ---- */

/* In the cache, or new there: then it has to be sent. False: the statement goes without. x->prepared says which it is. */
bool orm_prepared_find(orm_exchange *x, bool *made);
/* Also at the server. */
void orm_prepared_drop(orm_connection *connection, orm_prepared *prepared);
/* Down to the limit. */
void orm_prepared_trim(orm_connection *c);
/*
 * The failure is the prepared statement's, which is out of date: a table has changed since (the text may be translated,
 * then the name of the server's function tells), or the server has forgotten it.
 */
bool orm_prepared_is_stale(const orm_exchange *x);

/* The SQL is COMMIT itself: an answer that says ROLLBACK is a failure, and a lost connection is ambiguous. */
orm_status orm_execute_text(orm_connection *connection, const char *sql, bool is_commit, orm_result **out,
                            orm_error *error);

/* A rollback, of whatever kind: it has to be done, so neither a request nor a deadline stops it. */
orm_status orm_execute_rollback(orm_connection *connection, const char *sql, orm_error *error);

/* ---- result.c ---- */

struct orm_result {
    PGresult            *pg;
    const orm_allocator *allocator;
};

/* Takes the PGresult, also when it fails. */
orm_status orm_result_new(const orm_allocator *allocator, PGresult *pg, orm_result **out, orm_error *error);
int64_t    orm_pg_affected(const PGresult *pg);
/* Returned or affected; -1 for a command without a count. */
int64_t    orm_pg_rows(const PGresult *result);

/* ---- error.c ---- */

/* ORM_ERR_CANCELLED: why, the limit that there was, and what became of the statement. */
orm_status orm_fail_stopped(orm_error *error, orm_stop why, unsigned limit_ms, const char *outcome);

/* From a result that failed; for what libpq itself has to say, where there is no result, `failure` is NULL. */
orm_status orm_fail_server(orm_error *error, const PGresult *failure, const orm_connection *c,
                           const orm_circumstance *at);

/*
 * libpq's message as one line: "\n\t" continuations go to `hint`. Texts for people that libpq wrote on several lines
 * would break logs.
 */
void orm_fold_message(const char *message, char *line, size_t line_size, char *hint, size_t hint_size);

/* ---- log.c ---- */

void orm_log_text(const orm_target *target, orm_log_kind kind, const char *message);
void orm_log_notice(const orm_target *target, const PGresult *notice);

#endif
