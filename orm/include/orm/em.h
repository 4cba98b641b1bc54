/*
 * em.h - the entity manager: a unit of work and an identity map.
 *
 * An entity manager belongs to one thread at a time. What it loads or creates lives until orm_clear() or orm_em_close().
 * Every function here that can fail keeps its error in the entity manager (orm_em_error) and clears the one before.
 * A NULL entity manager gives ORM_ERR_ARGUMENT or NULL. Its transactions are in transaction.h.
 */
#ifndef ORM_EM_H
#define ORM_EM_H

#include <stdbool.h>
#include <stddef.h>

#include <orm/entity.h>
#include <orm/session.h>
#include <orm/transaction.h>

ORM_BEGIN_DECLS

typedef struct orm_em orm_em;

/* A new entity manager with an empty identity map. NULL on failure. Close it with orm_em_close(). */
ORM_API orm_em *orm_fork(orm *o, orm_error *error);

/* Rolls an open transaction back, frees everything it loaded or created. NULL is ignored. */
ORM_API void orm_em_close(orm_em *em);

/* The error of the last call on it; status ORM_OK when that succeeded. Never NULL; valid until the next call. */
ORM_API const orm_error *orm_em_error(const orm_em *em);

/* The orm it was forked from. */
ORM_API orm *orm_em_orm(const orm_em *em);

/* ---- Making entities ---- */

/*
 * orm_create(em, author, .name = "John", ...): a new managed entity with these members, INSERTed by the next flush.
 * Strings, bytes and arrays are copied. NULL on failure.
 */
#define orm_create(em, struct_type, ...)                                                                               \
    ((struct_type *)orm_create_copy((em), &orm_entity_##struct_type, &(const struct_type){ __VA_ARGS__ }))

/* As orm_create: `values` is a whole struct of the entity's type, or NULL for all zero. */
ORM_API void *orm_create_copy(orm_em *em, const orm_entity *entity, const void *values);

/*
 * As orm_create, but not to be INSERTed: not before orm_persist(), or before a persisted entity refers to it by a relation
 * that cascades, as relations do by default.
 */
#define orm_create_transient(em, struct_type, ...)                                                                     \
    ((struct_type *)orm_create_transient_copy((em), &orm_entity_##struct_type, &(const struct_type){ __VA_ARGS__ }))
ORM_API void *orm_create_transient_copy(orm_em *em, const orm_entity *entity, const void *values);

/* A property by name and what it is to become. A collection becomes what a list of entities or keys says. */
typedef struct orm_assignment {
    const char *property;
    orm_value   value;
} orm_assignment;

/* As orm_create, by name: the way for entities made at run time. */
ORM_API void *orm_create_with(orm_em *em, const orm_entity *entity, const orm_assignment *values, size_t count);

/*
 * orm_reference(em, author, id): the entity with this key, without asking the server. One that is not loaded yet is a
 * stub: only its key is set; members that are then set are UPDATEd by key. NULL on failure.
 */
#define orm_reference(em, struct_type, key)                                                                            \
    ((struct_type *)orm_reference_by_key((em), &orm_entity_##struct_type, orm_value_of(key)))
ORM_API void *orm_reference_by_key(orm_em *em, const orm_entity *entity, orm_value key);

/* A copy of `text` that lives as long as what the entity manager loads. NULL when memory is out, or for NULL. */
ORM_API const char *orm_strdup(orm_em *em, const char *text);

/* ---- Members by name (any entity) ---- */

/* Reads a property; the value points into the entity. A relation gives ORM_VALUE_ENTITY, or ORM_VALUE_NULL. */
ORM_API orm_status orm_get(orm_em *em, const void *entity, const char *property, orm_value *out);

/*
 * Sets a property, converting where nothing is lost (text to uuid, date, number; int to double). Copies. SQL (orm_raw() in
 * value.h) is kept beside the member until the next flush writes it and reads back what it has become: until then the
 * member has its old value, and what is set by name meanwhile takes its place. After a rollback it is to be written again.
 */
ORM_API orm_status orm_set(orm_em *em, void *entity, const char *property, const orm_value *value);

/*
 * Several of them: all or none. A path through to-one references that are there sets a property of the entity behind them:
 * { "author.name", orm_text("Ann") }. References of the entity itself are set before paths are followed.
 */
ORM_API orm_status orm_assign(orm_em *em, void *entity, const orm_assignment *values, size_t count);

/* The descriptor of a managed or removed entity of this entity manager; NULL for anything else. */
ORM_API const orm_entity *orm_entity_of(orm_em *em, const void *entity);

/* False for a stub whose row was not loaded. */
ORM_API bool orm_is_initialized(const orm_em *em, const void *entity);

/* ---- The unit of work ---- */

/* Has a new entity INSERTed by the next flush, with the new entities that it refers to. orm_create does it already. */
ORM_API orm_status orm_persist(orm_em *em, void *entity);

/* Has it DELETEd by the next flush; a new one is forgotten. */
ORM_API orm_status orm_remove(orm_em *em, void *entity);

/*
 * Writes all that is new, changed and removed: in the open transaction, or in one of its own. Nothing to write sends
 * nothing. After a failure a transaction of its own was rolled back and the entities are as before: new ones are still
 * pending, changes are still changes, so the call can be repeated once the cause is mended.
 *
 * A table that was altered makes a prepared statement useless that has run before. Outside of a transaction it is prepared
 * anew and nobody notices. Within one, the flush's own too, the server has aborted the transaction by then: the error is
 * retryable and says "cached plan must not change result type". It is not repeated here, since subscribers were told of
 * what was written and functions of properties have made values; call it again, the statement is prepared anew then.
 */
ORM_API orm_status orm_flush(orm_em *em);

/* Forgets everything: all entities and lists of this entity manager are freed, unsaved changes are lost. */
ORM_API orm_status orm_clear(orm_em *em);

/* ---- Filters (filter.h) ---- */

/*
 * Switches a filter on or off for all finds of this entity manager, and of those that are made for its transactions; DEFAULT:
 * as it was described. It outlives orm_clear().
 */
ORM_API orm_status orm_set_filter(orm_em *em, const char *name, orm_switch state);

/*
 * The parameters of a filter for all finds of this entity manager, in place of those that were set before; the values are
 * copied (an entity is kept as pointer, and counts as long as it is loaded). They do not switch it on.
 */
ORM_API orm_status orm_set_filter_params(orm_em *em, const char *name, const orm_filter_param *params, size_t count);

/* ---- SQL as it is ---- */

/* Rows of a raw statement, as text. They belong to the entity manager, until orm_rows_free() or orm_clear(). */
typedef struct orm_rows orm_rows;

/*
 * Sends `sql` as it stands on this entity manager's connection, in its transaction. Without parameters (count 0) it may
 * hold several statements; the last one's rows are returned. With parameters it uses $1, $2, ... and goes by the extended
 * protocol, whatever the settings say; the rows are text all the same.
 * `out` may be NULL.
 */
ORM_API orm_status orm_execute(orm_em *em, const char *sql, const orm_value *params, size_t param_count,
                               orm_rows **out);
ORM_API void        orm_rows_free(orm_em *em, orm_rows *rows);
ORM_API size_t      orm_rows_count(const orm_rows *rows);
ORM_API size_t      orm_rows_columns(const orm_rows *rows);
ORM_API const char *orm_rows_name(const orm_rows *rows, size_t column); /* NULL out of range */
ORM_API uint32_t    orm_rows_type(const orm_rows *rows, size_t column); /* OID of the column's type; 0 out of range */
ORM_API const char *orm_rows_text(const orm_rows *rows, size_t row, size_t column); /* NULL for SQL NULL, out of range */
ORM_API int64_t     orm_rows_affected(const orm_rows *rows); /* of the command tag; -1 where it has none */
ORM_API const char *orm_rows_command(const orm_rows *rows);  /* the command tag, for example "INSERT 0 1" */

ORM_END_DECLS

#endif
