/*
 * steps_private.h - what the files of steps/ share: the context of the case under way, and how steps speak to it.
 */
#ifndef CRDBCHECK_STEPS_STEPS_PRIVATE_H
#define CRDBCHECK_STEPS_STEPS_PRIVATE_H

#include "harness/expect/expect.h"
#include "harness/steps/steps.h"
#include "harness/steps/trace.h"

/* ---- Entity managers and bound names (context.c) ---- */

typedef struct cc_event_log cc_event_log;

/* An entity manager by its name in the case. */
typedef struct cc_manager {
    struct cc_manager *next;
    const char        *name;
    orm_em            *em;
    cc_event_log      *events; /* NULL: they are not recorded */
} cc_manager;

/*
 * An entity that a name stands for. When its entity manager is cleared its values are copied first, so that "${ann.id}"
 * still means something; the entity itself is then gone.
 */
typedef struct cc_object {
    cc_manager              *manager;
    void                    *entity; /* NULL: no entity was found */
    const orm_entity        *meta;
    bool                     cleared;
    const cc_actual         *values; /* cleared: by index of the property */
    const struct cc_object **others; /* cleared: what references point to, one level deep; by index of the property */
} cc_object;

typedef enum cc_binding_kind { CC_BOUND_ENTITY, CC_BOUND_LIST, CC_BOUND_ROWS, CC_BOUND_VALUE } cc_binding_kind;

typedef struct cc_binding {
    struct cc_binding      *next;
    const char             *name;
    cc_binding_kind         kind;
    cc_object              *objects; /* ENTITY: one; LIST: all */
    size_t                  count;   /* of objects or rows */
    const cc_actual *const *rows;
    size_t                  columns;
    cc_actual               value;
} cc_binding;

/* ---- Expectations ---- */

/*
 * One set of expectations on its way through the case: the case's own, and in an outcome `differs` also the other one.
 * Both are followed in one run, for as long as one of them holds.
 */
typedef struct cc_track {
    const cc_outcome *overrides; /* NULL: the case's own */
    bool              lost;      /* an expectation did not hold, or a step was refused: `failure` says */
    bool              refused;   /* and it was a refusal */
    cc_record_failure failure;
} cc_track;

typedef struct cc_context {
    orm_arena         *arena;
    const cc_case_env *env;
    const cc_case     *item;
    const cc_outcome  *outcome; /* may be NULL */
    cc_sql_trace      *trace;
    cc_manager        *managers;
    cc_binding        *bindings;
    cc_track           tracks[2];
    size_t             track_count;
    unsigned           transactional_depth;
    orm_error          error; /* the last one that a step met */
    bool               has_error;
    const cc_step     *refused_step; /* the innermost one that nothing expected to be refused */
    bool               at_refused;   /* see cc_seen */
    const cc_step     *broken_step;
    const char        *broken; /* why the case cannot go on, one line */
} cc_context;

/* ---- What a step's function returns ---- */

/* CC_STEP_BROKEN with its reason, one line. */
cc_step_status cc_broken(cc_context *context, const cc_step *step, const char *format, ...) ORM_PRINTF(3, 4);
cc_step_status cc_broken_memory(cc_context *context, const cc_step *step);

/* CC_STEP_REFUSED with a copy of the error. */
cc_step_status cc_refused(cc_context *context, const orm_error *error);
cc_step_status cc_refused_by(cc_context *context, const cc_manager *manager);

/* Runs a step and its common keys; the way for steps inside steps, too. */
cc_step_status cc_run_step(cc_context *context, const cc_step *step);
/* Runs the steps inside a step, up to the first that does not end well. */
cc_step_status cc_run_inner_steps(cc_context *context, const cc_step *step);

/* ---- Arguments (context.c) ---- */

/* The entity manager of the key `em`; `main` when it was not given. Never NULL after loading; NULL makes the step broken. */
cc_manager *cc_manager_of(cc_context *context, const cc_step *step);
cc_manager *cc_manager_named(cc_context *context, const char *name);
/* Forks a new one. NULL on failure, with *error filled. */
cc_manager *cc_manager_new(cc_context *context, const char *name, orm_error *error);

/* Texts, numbers and flags of a key of this step; defaults when it was not given. */
const char *cc_arg_text(const cc_step *step, const char *key);
int64_t     cc_arg_int(const cc_step *step, const char *key, int64_t otherwise);
bool        cc_arg_bool(const cc_step *step, const char *key);
/* The number of its word among `words`, from 1; 0 when it was not given. */
unsigned    cc_arg_word(const cc_step *step, const char *key, const char *const *words);

/* One text or a list of texts, ended by NULL; NULL when it was not given. False when memory is out. */
bool cc_arg_texts(cc_context *context, const cc_step *step, const char *key, const char *const **out);

/* The entity behind a key of type REF, alive; NULL: the context knows why it is broken. */
cc_object *cc_arg_object(cc_context *context, const cc_step *step, const char *key);

/* What the key `ref` of type REFS is bound to, as entities: one, or those of a list. CC_STEP_OK or broken. */
cc_step_status cc_bound_entities(cc_context *context, const cc_step *step, void ***out, const cc_binding **bound);

/* Binds the name of the key `as`, when it was given. CC_STEP_OK or broken. */
cc_step_status cc_bind_entity(cc_context *context, const cc_step *step, cc_manager *manager, void *entity);
cc_step_status cc_bind_list(cc_context *context, const cc_step *step, cc_manager *manager, const orm_list *list);
cc_step_status cc_bind_rows(cc_context *context, const cc_step *step, const cc_actual *const *rows, size_t row_count,
                            size_t columns);

/* Copies what is known of the manager's entities, before its memory goes. False when memory is out. */
bool cc_freeze(cc_context *context, const cc_manager *manager);

/* ---- Values (lookup.c, substitute.c, data.c, json_print.c) ---- */

/* The value that "ann.books[0].title" stands for. False: `why` says in one line. */
bool        cc_lookup(cc_context *context, const char *path, cc_actual *out, orm_buffer *why);
/* The collection that the path leads to, and its entity manager. */
bool cc_lookup_collection(cc_context *context, const char *path, orm_collection **out, cc_manager **manager,
                          orm_buffer *why);
cc_binding *cc_binding_named(cc_context *context, const char *name, size_t length);
/* Appends a binding that hides older ones of its name. NULL when memory is out. */
cc_binding *cc_binding_new(cc_context *context, const char *name, cc_binding_kind kind);
/* A copy that lives as long as the case. False when memory is out. */
bool        cc_copy_actual(orm_arena *arena, const cc_actual *in, cc_actual *out);
cc_matching cc_matching_of(cc_context *context);

/*
 * A node of a case file as a value for `property` (NULL: whatever fits the node, as for parameters of SQL).
 * CC_STEP_OK, refused (an unknown key of a reference) or broken.
 */
cc_step_status cc_value_of(cc_context *context, const cc_step *step, cc_manager *manager, const orm_property *property,
                           const cc_yaml *node, orm_value *out);

/* The key `data`: columns and references as assignments, without collections. */
cc_step_status cc_assignments(cc_context *context, const cc_step *step, cc_manager *manager, const orm_entity *entity,
                              orm_assignment **out, size_t *count);
/* One map of `data` as a row for liborm's functions that write without entities; collections are refused by those. */
cc_step_status cc_row_of(cc_context *context, const cc_step *step, cc_manager *manager, const orm_entity *entity,
                         const cc_yaml *data, orm_row *out);
/* The key `data`: entities of its collections are added. */
cc_step_status cc_add_to_collections(cc_context *context, const cc_step *step, cc_manager *manager,
                                     const orm_entity *entity, void *owner);

/* A property of an embeddable as the entity has it: with the prefix "home." before its name. NULL when memory is out. */
const orm_property *cc_member_of(cc_context *context, const char *prefix, const orm_property *property);
/* What stands before its members' names. NULL when memory is out. */
const char *cc_members_prefix(cc_context *context, const char *prefix, const orm_property *embedded);
/* An embedded value as a map, null when all members are. False when memory is out or a member is not known. */
bool cc_embedded_value(cc_context *context, const cc_object *object, const char *prefix, const orm_property *embedded,
                       cc_actual *out);

/* The path in "${path}", in the arena; NULL when the node is no reference. */
const char *cc_reference_in(orm_arena *arena, const cc_yaml *node);

/* The value that the path stands for; a list or JSON tree is none. */
cc_step_status cc_take_reference(cc_context *context, const cc_step *step, const char *path, orm_value *out);

/*
 * A copy of the node in which references are what they stand for, and "$${" begins a plain text; the node itself where it has
 * neither.
 */
cc_step_status cc_substitute(cc_context *context, const cc_step *step, const cc_yaml *node, const cc_yaml **out);

/* A condition in MikroORM's words about the entity, in the arena; always true where the key was not given (where.c). */
cc_step_status cc_condition_at(cc_context *context, const cc_step *step, const char *key, cc_manager *manager,
                               const orm_entity *entity, orm_condition *out);

/* The keys of a step that finds: populate, strategy, order, limit, ... in the arena (find_options.c). */
cc_step_status cc_find_options_of(cc_context *context, const cc_step *step, cc_manager *manager,
                                  const orm_entity *entity, orm_find_options *out);

/* The keys filters and no_filters of steps that find (filter.c). */
cc_step_status cc_read_filters(cc_context *context, const cc_step *step, cc_manager *manager, orm_find_options *out);

/* Compact JSON; whole numbers exactly, others with the digits of the file. False for what JSON cannot say (.inf, .nan). */
bool cc_json_print(orm_buffer *out, const cc_yaml *node);

/* One cell of a raw result by its column's type. False when memory is out. */
bool cc_cell_of(orm_arena *arena, uint32_t type, const char *text, cc_actual *out);

/* ---- Checks (check.c) ---- */

/* What a check found; the buffers are freed by whoever called it. */
typedef struct cc_finding {
    const char *type; /* default "mismatch" */
    cc_place    place;
    orm_buffer  message; /* one line */
    orm_buffer  detail;  /* more lines; may be empty */
} cc_finding;

typedef cc_match (*cc_check_fn)(cc_context *context, const cc_yaml *expected, const void *seen, cc_finding *finding);

/*
 * Compares what was seen with a key of the step, for each set of expectations that still holds; a set that does not give
 * the key is not asked. CC_STEP_OK while one set holds, CC_STEP_MISMATCH, or broken.
 */
cc_step_status cc_check(cc_context *context, const cc_step *step, const char *key, cc_check_fn check, const void *seen);

/* Ready checks: `seen` is a const int64_t *; a const cc_actual *. */
cc_match cc_check_int(cc_context *context, const cc_yaml *expected, const void *seen, cc_finding *finding);

cc_match cc_check_value(cc_context *context, const cc_yaml *expected, const void *seen, cc_finding *finding);

/* Rows against rows (sql.c). */
typedef struct cc_rows {
    const cc_actual *const *rows;
    size_t                  row_count;
    size_t                  columns;
    bool                    ordered; /* else they may come in any order */
} cc_rows;
cc_match cc_check_rows(cc_context *context, const cc_yaml *expected, const void *seen, cc_finding *finding);

/* A text or list of texts against a list of texts. */
typedef struct cc_texts {
    const char *const *items;
    size_t             count;
    const char        *what; /* "column", "statement" */
} cc_texts;
cc_match cc_check_texts(cc_context *context, const cc_yaml *expected, const void *seen, cc_finding *finding);

/* The step was refused (or not): by the key `error`. REFUSED stays REFUSED when no set expects an error. */
cc_step_status cc_check_error(cc_context *context, const cc_step *step, cc_step_status status);
/* queries, sql_sent: over the statements from number `first`. */
cc_step_status cc_check_traffic(cc_context *context, const cc_step *step, size_t first);

/* Marks all sets that still hold as lost, with the same failure. */
void cc_lose_all(cc_context *context, const cc_step *step, const char *type, bool refused, const char *message,
                 const char *detail);

/* "error" as one line: "23505 duplicate key ... (unique constraint)". */
const char *cc_error_line(cc_context *context, const orm_error *error);
/* "3 (flush)" or "write (flush)". */
const char *cc_step_label(orm_arena *arena, const cc_step *step);

/* True for errors that say nothing about the server: ours, or a lost connection. */
bool cc_is_our_fault(orm_status status);

/* An outcome may only replace expectations. NULL when it does, else why not. */
const char *cc_override_problem(orm_arena *arena, const cc_outcome *outcome);

/* The keys lock, lock_version and lock_aliases (lock.c). */
cc_step_status cc_read_lock(cc_context *context, const cc_step *step, cc_manager *manager, orm_find_options *out);

/* ---- The families: functions for the table ---- */

/* For steps that are one call on the entity manager of the key `em` (em.c). */
cc_step_status cc_with_manager(cc_context *context, const cc_step *step, orm_status (*act)(orm_em *));

cc_step_status cc_step_create(cc_context *context, const cc_step *step);
cc_step_status cc_step_assign(cc_context *context, const cc_step *step);
cc_step_status cc_step_persist(cc_context *context, const cc_step *step);
cc_step_status cc_step_remove(cc_context *context, const cc_step *step);
cc_step_status cc_step_collection_add(cc_context *context, const cc_step *step);
cc_step_status cc_step_collection_remove(cc_context *context, const cc_step *step);
cc_step_status cc_step_collection_set(cc_context *context, const cc_step *step);
cc_step_status cc_step_collection_load(cc_context *context, const cc_step *step);
cc_step_status cc_step_collection_count(cc_context *context, const cc_step *step);
cc_step_status cc_step_collection_matching(cc_context *context, const cc_step *step);
cc_step_status cc_step_flush(cc_context *context, const cc_step *step);
cc_step_status cc_step_clear(cc_context *context, const cc_step *step);
cc_step_status cc_step_fork(cc_context *context, const cc_step *step);
cc_step_status cc_step_insert(cc_context *context, const cc_step *step);
cc_step_status cc_step_insert_many(cc_context *context, const cc_step *step);
cc_step_status cc_step_native_update(cc_context *context, const cc_step *step);
cc_step_status cc_step_native_delete(cc_context *context, const cc_step *step);
cc_step_status cc_step_merge(cc_context *context, const cc_step *step);
cc_step_status cc_step_upsert(cc_context *context, const cc_step *step);
cc_step_status cc_step_upsert_many(cc_context *context, const cc_step *step);
cc_step_status cc_step_find(cc_context *context, const cc_step *step);
cc_step_status cc_step_find_one(cc_context *context, const cc_step *step);
cc_step_status cc_step_find_page(cc_context *context, const cc_step *step);
cc_step_status cc_step_count(cc_context *context, const cc_step *step);
cc_step_status cc_step_populate(cc_context *context, const cc_step *step);
cc_step_status cc_step_reference(cc_context *context, const cc_step *step);
cc_step_status cc_step_begin(cc_context *context, const cc_step *step);
cc_step_status cc_step_commit(cc_context *context, const cc_step *step);
cc_step_status cc_step_rollback(cc_context *context, const cc_step *step);
cc_step_status cc_step_transactional(cc_context *context, const cc_step *step);
cc_step_status cc_step_flush_mode(cc_context *context, const cc_step *step);
cc_step_status cc_step_on_attempt(cc_context *context, const cc_step *step);
cc_step_status cc_step_lock(cc_context *context, const cc_step *step);
cc_step_status cc_step_change_sets(cc_context *context, const cc_step *step);
cc_step_status cc_step_to_json(cc_context *context, const cc_step *step);
cc_step_status cc_step_stream(cc_context *context, const cc_step *step);
cc_step_status cc_step_record_events(cc_context *context, const cc_step *step);
cc_step_status cc_step_events(cc_context *context, const cc_step *step);
cc_step_status cc_step_on_event(cc_context *context, const cc_step *step);
cc_step_status cc_step_deadline(cc_context *context, const cc_step *step);
cc_step_status cc_step_cancel(cc_context *context, const cc_step *step);
cc_step_status cc_step_map(cc_context *context, const cc_step *step);
cc_step_status cc_step_throw(cc_context *context, const cc_step *step);
cc_step_status cc_step_filter(cc_context *context, const cc_step *step);
cc_step_status cc_step_schema(cc_context *context, const cc_step *step);
cc_step_status cc_step_sql(cc_context *context, const cc_step *step);
cc_step_status cc_step_expect(cc_context *context, const cc_step *step);

/* In the order of orm_isolation, orm_flush_mode, orm_propagation, without their defaults. */
extern const char *const cc_isolation_words[];
extern const char *const cc_flush_mode_words[];
extern const char *const cc_propagation_words[];
extern const char *const cc_lock_words[]; /* as orm_lock_mode, without NONE */
extern const char *const cc_event_words[]; /* as orm_event_kind */
extern const char *const cc_filter_states[];
extern const char *const cc_schema_actions[];
extern const char *const cc_strategy_words[];
extern const char *const cc_conflict_actions[]; /* in the order of orm_conflict_action */

#endif
