/*
 * write.h - writing rows without the unit of work: each function sends its statements at once.
 *
 *     orm_insert(em, tag, &ORM_ROW({ "name", orm_text("new") }), &key);
 *     orm_native_update(em, tag, &orm_eq("name", "old"), &ORM_ROW({ "name", orm_text("new") }), &affected);
 *     orm_native_delete(em, tag, &orm_eq("name", "old"), &affected);
 *     ann = orm_upsert(em, author, &ORM_ROW({ "email", orm_text("a@x.org") }, { "name", orm_text("Ann") }), NULL);
 *
 * They run in the open transaction, or each statement by itself. As in em.h they keep their error in the entity manager.
 * What is wrong with names and values (an unknown property, one that is named twice, a value that does not convert, NULL
 * or nothing where a value is required) is ORM_ERR_VALIDATION with entity and property named, before anything is sent.
 * Nothing pending is flushed.
 *
 * What loaded entities learn of it: of orm_insert(), orm_native_update() and orm_native_delete() nothing. An entity whose
 * row was changed keeps its old values until it is found with .refresh, and one whose row was deleted stays managed: its
 * next UPDATE changes no row. orm_upsert() and orm_merge() are the ones that bring entities up to date.
 */
#ifndef ORM_WRITE_H
#define ORM_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <orm/condition.h>
#include <orm/em.h>
#include <orm/find.h>

ORM_BEGIN_DECLS

/* The properties of one row and their values, as orm_create_with() takes them. Read during the call, nothing is kept. */
typedef struct orm_row {
    const orm_assignment *values;
    size_t                count;
} orm_row;

#ifndef __cplusplus
/* ORM_ROW({ "name", orm_text("x") }, { "age", orm_int(3) }): lives until the end of the enclosing block. */
#define ORM_ROW(...)                                                                                                   \
    ((orm_row){ .values = (const orm_assignment[]){ __VA_ARGS__ },                                                     \
                .count = sizeof((const orm_assignment[]){ __VA_ARGS__ }) / sizeof(orm_assignment) })
#endif

/*
 * Values of rows can be SQL: { "hits", orm_raw("hits + 1") }, see orm_raw() in value.h. Of an upsert what the server has
 * computed comes back. A key, a conflict field and a reference are plain values.
 */

/* ---- INSERT ---- */

/*
 * Inserts a row. What is not given is made by its on_create, or left to the column's default; a UUID key that the client
 * makes is made. `key` (may
 * be NULL) becomes the row's key, as orm_key() takes it: a value, or for a composite key a list with a value for each of
 * its properties, in declared order. Its texts and lists live until orm_clear().
 */
#define orm_insert(em, struct_type, ...) orm_insert_row((em), &orm_entity_##struct_type, __VA_ARGS__)
ORM_API orm_status orm_insert_row(orm_em *em, const orm_entity *entity, const orm_row *row, orm_value *key);

/*
 * Inserts many rows, batch_size to a statement; they need not have the same properties. `keys` (may be NULL, else with room
 * for `count`) becomes all keys, in the order of `rows`. All or none: several statements go in a transaction.
 */
#define orm_insert_many(em, struct_type, ...) orm_insert_rows((em), &orm_entity_##struct_type, __VA_ARGS__)
ORM_API orm_status orm_insert_rows(orm_em *em, const orm_entity *entity, const orm_row *rows, size_t count,
                                   orm_value *keys);

/* ---- UPDATE and DELETE ---- */

/*
 * Sets what `row` has, and the next version, in all rows that match and that the entity's filters let through (filter.h,
 * orm_set_filter()); `where` NULL or always true: in all rows of the table. on_update makes nothing here. `affected` (may be
 * NULL) becomes their number.
 */
#define orm_native_update(em, struct_type, ...) orm_native_update_rows((em), &orm_entity_##struct_type, __VA_ARGS__)
ORM_API orm_status orm_native_update_rows(orm_em *em, const orm_entity *entity, const orm_condition *where,
                                          const orm_row *row, int64_t *affected);

/* Deletes all rows that match, filters included, as above. The database's rules for foreign keys apply, cascades of entities do not. */
#define orm_native_delete(em, struct_type, ...) orm_native_delete_rows((em), &orm_entity_##struct_type, __VA_ARGS__)
ORM_API orm_status orm_native_delete_rows(orm_em *em, const orm_entity *entity, const orm_condition *where,
                                          int64_t *affected);

/* ---- INSERT .. ON CONFLICT ---- */

typedef enum orm_conflict_action {
    ORM_CONFLICT_MERGE = 0, /* the row that is there takes the new values */
    ORM_CONFLICT_IGNORE     /* it stays as it is */
} orm_conflict_action;

/* All-zero means the default. Lists of names end with NULL: ORM_NAMES("tenant", "email"). */
typedef struct orm_upsert_options {
    /*
     * What must be unique, each given in every row. Default: the key, if it is given; else the first unique property that
     * has a value in every row; else the first of the entity's .uniques of which that is true for all properties.
     */
    const char *const  *conflict_fields;
    orm_conflict_action action;
    const char *const  *merge_fields;   /* only these are merged. Default: all that the row has, but the conflict fields */
    const char *const  *exclude_fields; /* merge all but these */
    const orm_condition *where;         /* on the row that is there: where it does not match, nothing is merged */
    size_t               batch_size;    /* of orm_upsert_many(): rows in one statement; 0: the orm's */
} orm_upsert_options;

/*
 * Inserts the row, or updates the one that is there. Returns its entity, managed and as the row now is: also where
 * nothing was merged, which takes a second query. NULL on failure. The key of a row that is there never changes. What
 * on_create makes is for a new row; a row that is there gets it where the property has an on_update as well.
 *
 * Subscribers are told of the row before anything is sent (ORM_EVENT_BEFORE_UPSERT) and with its entity afterwards
 * (ORM_EVENT_AFTER_UPSERT); of the entity besides, as of one that was loaded.
 *
 * An entity that is loaded already is the one that is returned. Properties of `row` overwrite what it held, changed or
 * not, unless the conflict left them out; other unsaved changes are kept, and still are changes. One that was to be removed
 * no longer is. In a transaction that is rolled back, an entity that came from here is forgotten: it is not managed any
 * more.
 */
#define orm_upsert(em, struct_type, ...) ((struct_type *)orm_upsert_row((em), &orm_entity_##struct_type, __VA_ARGS__))
ORM_API void *orm_upsert_row(orm_em *em, const orm_entity *entity, const orm_row *row,
                             const orm_upsert_options *options);

/*
 * The same for many rows; `out` (may be NULL) becomes their entities, in the order of `rows`. A statement has up to
 * batch_size rows that have the same properties. Outside of a transaction, statements before one that fails stay done.
 * Two rows with the same conflict fields in one statement are refused by the server, unless conflicts are ignored.
 */
#define orm_upsert_many(em, struct_type, ...) orm_upsert_rows((em), &orm_entity_##struct_type, __VA_ARGS__)
ORM_API orm_status orm_upsert_rows(orm_em *em, const orm_entity *entity, const orm_row *rows, size_t count,
                                   const orm_upsert_options *options, orm_list *out);

/* ---- Rows that are known already: nothing is sent ---- */

/*
 * Makes an entity managed as if a row with these values had been loaded. The row must have its whole key; what else it does
 * not have counts as not loaded, as after partial loading. An entity that is loaded already is returned as it is, and only
 * gets what it lacked; with `refresh` it gets all values of `row`. NULL on failure.
 */
#define orm_merge(em, struct_type, ...) ((struct_type *)orm_merge_row((em), &orm_entity_##struct_type, __VA_ARGS__))
ORM_API void *orm_merge_row(orm_em *em, const orm_entity *entity, const orm_row *row, bool refresh);

/*
 * The entity of a row that raw SQL has returned (orm_execute): columns are found by their names, others are ignored. Those
 * of the key must be there. An entity that is loaded already takes the row's values, but keeps unsaved changes. NULL on
 * failure. orm_map_row(em, author, rows, 0)
 */
#define orm_map_row(em, struct_type, ...) ((struct_type *)orm_map_row_to((em), &orm_entity_##struct_type, __VA_ARGS__))
ORM_API void *orm_map_row_to(orm_em *em, const orm_entity *entity, const orm_rows *rows, size_t index);

ORM_END_DECLS

#endif
