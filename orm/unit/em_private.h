/*
 * em_private.h - what an entity manager is made of, and the functions that unit/'s files lend each other.
 *
 * Functions named em_... keep their error in em->error and return its status. Public functions are thin: em_enter(),
 * the work, em_leave().
 */
#ifndef ORM_UNIT_EM_PRIVATE_H
#define ORM_UNIT_EM_PRIVATE_H

#include <orm/find.h>

#include "base/fail.h"
#include "query/query.h"
#include "unit/event.h"
#include "unit/identity_map.h"
#include "unit/instance.h"
#include "unit/orm_private.h"
#include "unit/pairs.h"
#include "unit/undo.h"

/* An open transaction, or a savepoint in it. */
typedef struct orm_level {
    size_t         mark;             /* length of the undo log when it began */
    orm_flush_mode outer_flush_mode; /* in force again when it ends */
    orm_isolation  isolation;        /* as asked for, as is read_only; of a savepoint: nothing */
    bool           read_only;
} orm_level;

/* An instance that was filled from a row. */
typedef struct orm_loaded {
    orm_instance *instance;
    bool          made;
} orm_loaded;

struct orm_em {
    orm    *o;
    orm_em *next; /* among the orm's open entity managers; guarded by its lock */
    orm_em *previous;

    orm_arena *arena;      /* entities and lists: until orm_clear() */
    orm_arena *work;       /* one call of a public function */
    orm_arena *undo_arena; /* until the transaction's end */
    orm_error  error;

    char            *label;      /* for the log; NULL: none */
    orm_interrupt   *interrupt;  /* what ends a call before it is done: its own, or that of who it works for */
    orm_interrupt    own_interrupt;
    orm_pipeline    *pipeline;   /* statements that were sent without waiting; NULL: none */
    size_t           pending;    /* how many of them */
    struct em_sent  *sent;       /* their texts and parameters */
    orm_connection  *connection; /* held while a transaction is open, else only within a call */
    orm_map          known;      /* address of a struct -> orm_instance */
    orm_identity_map identity;
    orm_instance    *first; /* all instances, oldest first */
    orm_instance    *last;
    uint64_t         visits; /* number of the last walk */
    uint64_t         departures; /* grows when an entity is removed or comes back */
    orm_pair_log     pairs;
    bool             is_writing; /* a flush has begun to send */

    orm_undo_log undo;
    orm_level   *levels;
    size_t       level_count;
    size_t       level_capacity;
    size_t       half_done; /* the level in which a flush stopped half way, so that it can only be rolled back; 0: none */
    orm_status   conflict;  /* the last ..._SERIALIZATION or ..._DEADLOCK that the server gave in this transaction */
    unsigned     attempt;   /* of the transaction that it was made for; 1 */

    orm_flush_mode flush_mode; /* in force; never DEFAULT */
    bool          *queued;     /* by entity index: one of the type was created, persisted, removed since the last flush */

    orm_subscriber *subscribers;
    size_t          subscriber_count;
    unsigned        listens;  /* bits of the events that they want to know of */
    unsigned        in_event; /* so many handlers are running */
    orm_loaded     *loaded;   /* what LOAD has not told yet; in `work` */
    size_t          loaded_count;
    size_t          loaded_capacity;

    struct em_filter_setting *filter_settings; /* what orm_set_filter() and orm_set_filter_params() said */

    orm_rows *rows; /* results that were not freed yet */
};

/* ---- Entry and exit of public functions ---- */

/* False for NULL. Clears the error. */
bool em_enter(orm_em *em);
/* Gives back what the call used; returns `status`. */
orm_status em_leave(orm_em *em, orm_status status);

/* All entities of it are gone, with what was noted of them. An open transaction stays open. */
void em_forget_all(orm_em *em);

static inline orm_status em_fail_memory(orm_em *em)
{
    return orm_fail_memory(&em->error);
}

/* ---- Entities ---- */

/* ORM_ERR_ARGUMENT and NULL for a descriptor that this orm was not opened with. */
const orm_shape *em_shape(orm_em *em, const orm_entity *entity);
const orm_shape *em_shape_of(const orm_em *em, const orm_meta_entity *meta);

/* The instance behind a user's pointer, or NULL. Safe for any pointer: it is not followed. */
orm_instance *em_instance(const orm_em *em, const void *entity);
/* The same; NULL with ORM_ERR_ARGUMENT. */
orm_instance *em_require(orm_em *em, const void *entity);

/* Makes it known: from then on its pointer is accepted. */
orm_status em_register(orm_em *em, orm_instance *instance);

/*
 * The live instance of this key that is of this entity or extends it, or NULL; `slots` has one for each column of the key.
 * em_lookup_any(): of whatever entity of the hierarchy.
 */
orm_instance *em_lookup_any(const orm_em *em, const orm_meta_entity *meta, const void *const *slots);
orm_instance *em_lookup(const orm_em *em, const orm_meta_entity *meta, const void *const *slots);
/* The same, or a new stub, made with those that its key refers to. NULL with an error. */
orm_instance *em_reference(orm_em *em, const orm_meta_entity *meta, const void *const *slots);

/* Whether the instance is of this entity; a stub becomes it. ORM_ERR_VALIDATION: it is of another one. */
orm_status em_take_as(orm_em *em, orm_instance *instance, const orm_meta_entity *meta);

/* Its state has changed, so that it comes into the next flush, or is no longer to be seen. */
void em_note_change(orm_instance *instance);

/* The scope in which conditions and values of this entity manager are read. */
orm_query_scope em_scope(orm_em *em);

/* Checks that a to-one reference of `self` points to nothing or to an instance of the right type. */
orm_status em_check_reference(orm_em *em, const orm_meta_property *property, const void *self);

/* Writes a value to a property of any struct of the entity. References are not linked. */
orm_status em_write_value(orm_em *em, const orm_meta_property *property, void *self, const orm_value *value);

/* The same for what a user assigns to an instance: raw SQL is kept for the flush, and computed properties are refused. */
orm_status em_assign(orm_em *em, const orm_meta_property *property, orm_instance *instance, const orm_value *value);

/* ORM_ERR_VALIDATION: only the database writes it. */
orm_status em_fail_computed(orm_em *em, const orm_meta_property *property);
/* Notes that the formulas of an instance were not read yet. */
orm_status em_miss_formulas(orm_em *em, orm_instance *instance);
/* ORM_ERR_VALIDATION: no row can be of it. */
orm_status em_refuse_abstract(orm_em *em, const orm_meta_entity *meta);
/* ORM_ERR_VALIDATION for a value of the discriminator that is not that of the property's entity. */
orm_status em_check_discriminator(orm_em *em, const orm_meta_property *property, const char *value);

/* ---- SQL in the place of values (raw.c) ---- */

/* Copies it. The member keeps its value until the flush has read what has become of it. */
orm_status em_raw_set(orm_em *em, orm_instance *instance, const orm_meta_property *property, const orm_value *value);
/* What the next flush writes, or NULL. */
const orm_value *em_raw_of(const orm_instance *instance, const orm_meta_property *property);
void             em_raw_forget(orm_instance *instance, const orm_meta_property *property);
void             em_raw_forget_all(orm_instance *instance);
/* How many parameters they all have. */
size_t em_raw_params(const orm_instance *instance);
/* How many those of one of these have at most. */
size_t em_most_raw_params(orm_instance *const *instances, size_t count);

/* ORM_ERR_VALIDATION: no such property, with the nearest word. */
orm_status em_unknown_property(orm_em *em, const orm_meta_entity *meta, const char *name);

/* An error about one property, with entity and property in front of the message. */
orm_status em_fail_property(orm_em *em, const orm_meta_property *property, int number, const char *format, ...)
    ORM_PRINTF(4, 5);

#ifdef __clang_analyzer__
/* As with orm_fail(): the analyzer cannot see that these never give ORM_OK. */
#define em_unknown_property(em, meta, name)                                                                            \
    __extension__({                                                                                                    \
        (void)(em_unknown_property)((em), (meta), (name));                                                             \
        ORM_ERR_VALIDATION;                                                                                            \
    })
#define em_fail_property(...)                                                                                          \
    __extension__({                                                                                                    \
        (void)(em_fail_property)(__VA_ARGS__);                                                                         \
        ORM_ERR_VALIDATION;                                                                                            \
    })
#endif

/* ---- The connection ---- */

orm_status em_connect(orm_em *em);
/* Runs a statement and frees it. After a lost connection the transaction is over and memory as before it. */
orm_status em_run(orm_em *em, orm_statement *statement, orm_result **out);
/*
 * The same for a statement whose result nobody looks at: where that is allowed, it is sent without waiting, and what
 * becomes of it is told by the next em_run() or em_settle(). What its parameters borrow must live until then.
 */
orm_status em_run_later(orm_em *em, orm_statement *statement);
/* Reads the answers to all that was sent so. Nothing but em_run_later() and em_run() may come between. */
orm_status em_settle(orm_em *em);
/* What the two above and the transaction's functions are made of; a pipeline must be open for `behind` and `commit`. */
orm_status em_run_behind(orm_em *em, orm_statement *statement, orm_result **out);
bool       em_may_begin_ahead(const orm_em *em);
orm_status em_send_begin(orm_em *em);
orm_status em_send_commit(orm_em *em);
size_t     em_depth(const orm_em *em);
/* Brings the levels of the undo log down to the depth that the connection really has. */
void em_sync(orm_em *em);
/* Leaves the innermost level, and takes back what was flushed in it. */
void em_drop_level(orm_em *em);
/* The transaction was committed: what was flushed in it stays. */
void em_keep_levels(orm_em *em);

/* ---- Reading ---- */

/*
 * Runs a select and turns its rows into instances, each root once; items in `arena`. Only what the select loads itself is
 * loaded: see em_populate().
 */
orm_status em_select(orm_em *em, const orm_select *select, bool refresh, orm_arena *arena, orm_instance ***items,
                     size_t *count);

/* Whether the user has changed the property since it was loaded or written. */
bool em_is_changed(const orm_instance *instance, const orm_meta_property *property);

/* A property of a struct from a result; at[i] is the place there of its i-th column. References become instances. */
orm_status em_decode(orm_em *em, const orm_meta_property *property, const orm_result *result, size_t row,
                     const size_t *at, void *self);

/* Whether the paths can be populated: relations, all of them known. */
orm_status em_check_paths(orm_em *em, const orm_meta_entity *meta, const char *const *paths);
/* Loads what `load` says that SELECTs of their own load, for entities of its root. */
orm_status em_populate(orm_em *em, const orm_load *load, orm_instance **items, size_t count, bool refresh);

/* ---- Flush modes ---- */

/* Something of this type is pending. */
void em_queue(orm_em *em, const orm_meta_entity *meta);
/* Nothing is pending. */
void em_unqueue_all(orm_em *em);
/* Whether a query for the type is to be preceded by a flush. `mode` DEFAULT: the one in force. */
bool em_is_to_flush(const orm_em *em, const orm_meta_entity *meta, orm_flush_mode mode);
/* ORM_ERR_ARGUMENT for a number that is none of orm_flush_mode. */
orm_status em_check_flush_mode(orm_em *em, orm_flush_mode mode);

/* ---- Writing ---- */

orm_status em_flush(orm_em *em);
/* Another empty entity manager with the settings of this one. NULL with an error. */
orm_em    *em_fork_like(orm_em *em);
orm_status em_begin(orm_em *em, const orm_transaction_options *options);
/* Options that the open transaction (a level there must be) cannot give to a part of it. */
orm_status em_check_inner(orm_em *em, const orm_transaction_options *options);
orm_status em_commit(orm_em *em);
/* As em_begin() and em_end_level() for a flush's own transaction: sent without waiting where that is allowed. */
orm_status em_begin_ahead(orm_em *em);
orm_status em_end_ahead(orm_em *em);
orm_status em_rollback(orm_em *em);
/* Commits the innermost level, without a flush. */
orm_status em_end_level(orm_em *em);
/*
 * Does the work in a transaction of its own, where none is open: between statements that are sent ahead. The error that is
 * kept is the one that made it fail.
 */
orm_status em_alone(orm_em *em, orm_status (*work)(void *context), void *context);

/* How many rows fit into one statement, with so many parameters a row. */
size_t em_batch_rows(const orm_em *em, size_t params_per_row);
/* The same where somebody wants `rows` of them, and the statement has other parameters besides. */
size_t em_limit_rows(const orm_em *em, size_t rows, size_t params_per_row, size_t other_params);

void em_free_rows(orm_em *em);
/* Of rows that this entity manager has; NULL for all others. */
const orm_result *em_rows_result(const orm_em *em, const orm_rows *rows);

#endif
