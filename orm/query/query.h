/*
 * query.h - the door of query/: the statements that a mapper needs, as text with parameters. It knows descriptors and
 * statements; it knows no entity manager and sends nothing.
 *
 * The text is MikroORM's. Where the connection's preset is NATIVE, a SELECT lists its columns in declared order instead
 * of `*`, so that rows can be read by position.
 *
 * Functions append to an initialised statement. What goes wrong while text is appended is kept in the statement, as
 * driver/connection.h says.
 */
#ifndef ORM_QUERY_QUERY_H
#define ORM_QUERY_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include <orm/condition.h>
#include <orm/custom.h>
#include <orm/find.h>

#include "base/arena.h"
#include "driver/connection.h"
#include "meta/meta.h"

/* The protocol counts the parameters of a statement in 16 bits. */
#define ORM_PARAMS_MAX ((size_t)65535)

/* Deeper conditions are refused: no program writes them, and each level takes stack. */
#define ORM_CONDITION_DEPTH_MAX 100

/* ---- Writing ---- */

/* One column of one row. `slot` is of the column's type and borrowed until the statement was run. */
typedef struct orm_cell {
    const void      *slot;   /* NULL: SQL NULL */
    const orm_value *raw;    /* SQL instead of it; NULL: none */
    bool             absent; /* INSERT: the database fills it; UPDATE: it stays as it is */
} orm_cell;

/*
 * What a row must still have besides its key to be written. It is borrowed until the statement was run.
 */
typedef struct orm_guard {
    const orm_meta_column *const *columns;
    size_t                        column_count;
    const void *const            *slots; /* row by row, a slot for each column; NULL is SQL NULL */
    const bool                   *open;  /* by row: nothing is known of it, its key alone counts */
} orm_guard;

typedef struct orm_row_set {
    const orm_meta_entity        *entity;
    const orm_meta_column *const *columns;
    size_t                        column_count;
    const orm_cell               *cells; /* row by row, column_count each */
    size_t                        row_count;
    const void *const            *keys; /* UPDATE: row by row, a slot for each column of the key */
    const orm_meta_column *const *reread; /* UPDATE: what comes back besides, before all else */
    size_t                        reread_count;
    const orm_guard              *guard; /* UPDATE; may be NULL */
    bool                          same_version; /* UPDATE of one row: more is to come of it */
} orm_row_set;

/*
 * insert into "t" ("a", "b") values (..), (..) returning ..
 * `default` stands for what is absent. Rows come back in whatever order the server likes.
 */
void orm_query_insert(orm_statement *statement, const orm_row_set *rows, const orm_meta_column *const *returning,
                      size_t returning_count);

/*
 * The same, with keys that the statement itself draws from the key's default before it inserts, so that each returned
 * row can say which row of VALUES it is: the first result column is that number, counted from 1, then come `returning`.
 * The key must be among the columns, first; its cells are ignored.
 */
void orm_query_insert_numbered(orm_statement *statement, const orm_row_set *rows,
                               const orm_meta_column *const *returning, size_t returning_count);

/* False when the database's way to make this key cannot be said in SQL: then rows must be inserted one by one. */
bool orm_query_can_draw_keys(const orm_meta_entity *entity);

/*
 * One row: update "t" set .. where key; several: a CASE for each column, returning the keys. The entity's version goes one
 * up and comes back with its generated columns, in declared order, behind the keys if there are several rows. With a guard
 * the rows are (key and guard) or ... What is to be reread comes first of all.
 */
void orm_query_update(orm_statement *statement, const orm_row_set *rows);

/* delete from "t" where key in (..); `keys` and `guard` as in orm_row_set */
void orm_query_delete(orm_statement *statement, const orm_meta_entity *entity, const void *const *keys, size_t count,
                      const orm_guard *guard);

/* ---- Pivot tables and collections ---- */

/* "a" = .. and "b" = .. */
typedef struct orm_pivot_match {
    const orm_meta_column *const *columns;
    const void *const            *slots;
    size_t                        count;
} orm_pivot_match;

/* delete from "t" where (("a" = .. and "b" = ..) or (..)) */
void orm_query_delete_matching(orm_statement *statement, const orm_meta_entity *entity, const orm_pivot_match *matches,
                               size_t count);

/* insert .. on conflict (unique) do nothing */
void orm_query_insert_missing(orm_statement *statement, const orm_row_set *rows, const orm_meta_column *const *unique,
                              size_t unique_count);

/* insert .. select .. where not exists (..): one row, where no unique constraint could conflict. */
void orm_query_insert_unless_there(orm_statement *statement, const orm_row_set *row);

/*
 * Children of `parent` (a slot for each column of the reference) but those whose keys are `kept`: sets their reference to
 * NULL, or deletes them.
 */
void orm_query_release_others(orm_statement *statement, const orm_meta_property *reference, const void *const *parent,
                              const void *const *kept, size_t kept_count, bool delete_them);

/* ---- Reading ---- */

/* What a condition's values need from those who know entities. */
typedef struct orm_query_scope {
    orm_arena *arena; /* converted values live here; until the statement was run */
    /*
     * The slots of the key of an entity given as a value, target->key_column_count of them; fails for a foreign one, one
     * of another type, one without key.
     */
    orm_status (*key_of)(void *context, const orm_meta_entity *target, const void *entity, const void **slots,
                         orm_error *error);
    void *context;
} orm_query_scope;

/*
 * Cuts the next name off a path: the name of a property of `entity`, which may have points in it ("address.city"), or what
 * stands before the next point. False at the end. A name too long for `step` is cut: no property has it.
 */
#define ORM_STEP_SIZE 256
bool orm_next_step(const orm_meta_entity *entity, const char **path, char step[ORM_STEP_SIZE]);

/* What is loaded: a tree along relations, made from the user's paths. */
typedef struct orm_load {
    struct orm_load         *next;     /* the next one of the same owner */
    struct orm_load         *children; /* in the order of the paths */
    struct orm_load         *owner;
    const orm_meta_property *relation; /* from its owner; NULL: the root */
    const orm_meta_entity   *entity;
    bool                     joined;   /* by its owner's SELECT; else by one of its own, of which this knows nothing */
    bool                     ref;      /* only its key */
    /* What is read of it, keys first; NULL: all but lazy properties. */
    const orm_meta_column *const *columns;
    size_t                        column_count;
    bool                          all; /* nobody has named or excluded any: `columns` has all but lazy ones that nobody asks for */

    /* What is loaded by a SELECT of its own, for whoever sends that. */
    const orm_condition *where;
    const orm_order     *order_by;
    size_t               limit; /* for each owner */
    size_t               offset;

    const orm_condition *filter; /* of the entity, always in force; NULL: none */
    bool                 strict; /* it drops also the rows of nullable references to what it leaves out */

    /* Asked for this relation alone: the SELECT that joins it orders by that, too. */
    const orm_order *hint_order_by;

    /* Notes of whoever makes the tree. */
    orm_strategy              strategy; /* asked for this relation alone */
    bool                      apart;    /* one of "*" */
    bool                      inferred; /* one of "$infer" */
    const orm_meta_property **lazy;     /* lazy properties that were asked for */
    size_t                    lazy_count;
} orm_load;
/* ---- Writing rows that a condition tells, and rows that may be there already ---- */

/* update "t" set .. where ..: what the set's one row has. ORM_ERR_VALIDATION for a condition that makes no sense. */
orm_status orm_query_update_where(orm_statement *statement, const orm_row_set *row, const orm_condition *where,
                                  const orm_query_scope *scope, orm_error *error);
/* delete from "t" where .. */
orm_status orm_query_delete_where(orm_statement *statement, const orm_meta_entity *entity, const orm_condition *where,
                                  const orm_query_scope *scope, orm_error *error);

/* What is done where a row has the values of `target` already. */
typedef struct orm_conflict {
    const orm_meta_column *const *target;
    size_t                        target_count;
    const orm_meta_column *const *merge; /* take the new row's values; none: it stays as it is */
    size_t                        merge_count;
    const orm_condition          *where; /* on the row that is there; else it stays as it is. NULL: always */
} orm_conflict;

/* insert .. on conflict (..) do update set "a" = excluded."a" where .. returning ..; or .. do nothing returning .. */
orm_status orm_query_upsert(orm_statement *statement, const orm_row_set *rows, const orm_conflict *conflict,
                            const orm_meta_column *const *returning, size_t returning_count,
                            const orm_query_scope *scope, orm_error *error);

typedef struct orm_select {
    const orm_meta_entity *entity;
    const orm_load        *load;  /* the root's; NULL: its columns alone */
    const orm_condition   *filter; /* NULL: none; stands before all else */
    const orm_condition   *where; /* NULL: all */
    const orm_condition   *and_where; /* the same; a condition of ours beside the user's */
    const orm_order       *order_by;
    const orm_order       *then_by;
    size_t                 limit; /* 0: all */
    size_t                 offset;
    bool                   root_by_root;  /* collections' own orders must not mix the rows of roots */
    bool                   plain_limit;   /* of rows, whatever is joined: the first row is enough */
    bool                   find_inverses; /* looks whether inverse one-to-ones have a row */
    bool                   infer;         /* conditions and populated relations share joins, and both limit what is loaded */
    bool                   infer_where;   /* share joins alone: $infer */
    const orm_condition   *populate_where; /* limits what is joined to be loaded */

    /* Also: (columns) in (keys). */
    const orm_meta_column *const *in_columns;
    size_t                        in_column_count;
    const void *const            *in_keys; /* row by row, a slot for each column */
    size_t                        in_count;

    /* `limit` and `offset` are for each value of these columns. */
    bool per_in_columns;

    orm_lock_mode      lock;
    const char *const *lock_aliases; /* NULL: all tables */
} orm_select;

/* Appends the lock of a SELECT, behind everything else; nothing for NONE and OPTIMISTIC. `aliases` may be NULL. */
void orm_query_lock(orm_statement *statement, orm_lock_mode mode, const char *const *aliases);

/* select 1 from "t" as "t0" where key for update: a slot for each column of the key */
void orm_query_lock_row(orm_statement *statement, const orm_meta_entity *entity, const void *const *key,
                        orm_lock_mode mode);

/* Where one entity's columns stand in a row. */
typedef struct orm_layout_part {
    const orm_load               *load;     /* NULL: an inverse one-to-one that was only looked for */
    const orm_meta_property      *relation; /* NULL: the root */
    const orm_meta_entity        *entity;
    size_t                        owner; /* the part whose relation it is; before this one */
    const orm_meta_column *const *columns; /* by position from `first`; the root's are found by name where NULL */
    size_t                        column_count;
    size_t                        first;
    bool                          of_pivot; /* columns are the pivot table's references: the owner's key, then this one's */
} orm_layout_part;

typedef struct orm_layout {
    orm_layout_part *parts; /* the root comes first */
    size_t           count;
    size_t           capacity;
    size_t           joined_columns; /* of all parts but the root, at the end of the row */
    size_t           trailing;       /* columns behind them that are nobody's */
    bool             may_repeat;     /* a root may come in several rows */
} orm_layout;

/*
 * Appends the SELECT. `layout` (in the scope's arena) says what the rows hold. ORM_ERR_VALIDATION for names, values and
 * directions that make no sense, with entity and property named.
 */
orm_status orm_query_select(orm_statement *statement, const orm_select *select, const orm_query_scope *scope,
                            orm_layout *layout, orm_error *error);

/* select count(*) as "count": of entities, whatever is joined. Limit, offset and order are not looked at. */
orm_status orm_query_count(orm_statement *statement, const orm_select *select, const orm_query_scope *scope,
                           orm_error *error);

/* Whether it can be bound: ORM_ERR_VALIDATION for names and values that make no sense. */
orm_status orm_query_check_condition(const orm_meta_entity *entity, const orm_condition *condition,
                                     const orm_query_scope *scope, orm_error *error);

/*
 * Appends the condition alone, for an UPDATE or DELETE of one table, without aliases; with `name`, unless it is NULL,
 * before the table's columns. With paths through relations it is
 * key in (select ..). `*empty` tells that it is always true and nothing was appended.
 */
orm_status orm_query_condition(orm_statement *statement, const orm_meta_entity *entity, const char *name,
                               const orm_condition *condition, const orm_query_scope *scope, bool *empty,
                               orm_error *error);

/*
 * Converts a value to slots of the property's columns, property->column_count of them; all are NULL for NULL. An entity
 * stands for its key; a list gives the parts of a reference to a composite key. Errors name entity, property and value.
 */
orm_status orm_query_value(const orm_meta_property *property, const orm_value *value, const orm_query_scope *scope,
                           const void **slots, orm_error *error);

/*
 * The same for an entity's whole key, entity->key_column_count slots: a single key's value, an entity, or a list with a
 * value for each property of a composite key, in declared order. NULL, also as a part, is an error.
 */
orm_status orm_query_key(const orm_meta_entity *entity, const orm_value *value, const orm_query_scope *scope,
                         const void **slots, orm_error *error);

/*
 * A member's slot as a slot of the column's type: itself, or what its custom type makes of it, in the arena; *out is NULL
 * for NULL. And a column's value as the member's, into `slot`; only for properties with a custom type.
 */
orm_status orm_query_to_column(const orm_meta_column *column, const void *slot, orm_arena *arena, const void **out,
                               orm_error *error);
orm_status orm_query_to_member(const orm_meta_property *property, const void *column_slot, orm_arena *arena, void *slot,
                               bool *is_null, orm_error *error);

/*
 * Whether raw SQL can be written to the property, and has a plain value for each of its question marks. ORM_ERR_VALIDATION.
 */
orm_status orm_query_check_raw(const orm_meta_property *property, const orm_value *raw, orm_error *error);

/* Completes an error about a value: entity and property, in their fields and in front of the message. */
orm_status orm_query_fail_property(const orm_meta_property *property, orm_error *error);

#endif
