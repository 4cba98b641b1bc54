/*
 * find.h - looking for entities. As in em.h, functions keep their error in the entity manager.
 *
 * The macros put the entity's descriptor in place of the struct's type and hand on what follows as it is, so an option that is
 * a literal with commas needs no parentheses:
 *
 *     orm_find(em, book, NULL, &(orm_find_options){ .populate = ORM_PATHS("author"), .limit = 10 }, &books);
 */
#ifndef ORM_FIND_H
#define ORM_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <orm/condition.h>
#include <orm/em.h>
#include <orm/filter.h>
#include <orm/lock.h>

ORM_BEGIN_DECLS

/* Entities that a find returned; the array belongs to the entity manager. */
typedef struct orm_list {
    void **items;
    size_t count;
} orm_list;

/* The i-th entity, or NULL when there is none. */
ORM_API void *orm_list_at(const orm_list *list, size_t index);
#define ORM_AT(list, struct_type, index) ((struct_type *)orm_list_at(&(list), (index)))

/* PostgreSQL puts NULLs last where the order is ascending, CockroachDB puts them first: say which where it matters. */
typedef enum orm_direction {
    ORM_ASC = 0,
    ORM_DESC,
    ORM_ASC_NULLS_FIRST,
    ORM_ASC_NULLS_LAST,
    ORM_DESC_NULLS_FIRST,
    ORM_DESC_NULLS_LAST
} orm_direction;

typedef struct orm_order {
    const char   *property; /* a path as in conditions; NULL ends the list */
    orm_direction direction;
} orm_order;

/* More about one populated relation. */
typedef struct orm_populate_hint {
    const char      *path;     /* one that is populated, too; NULL ends the list */
    orm_strategy     strategy; /* DEFAULT: as the rest */
    const orm_order *order_by; /* of the collection's items; paths begin at them. Comes behind the find's own orders */
    size_t           limit;    /* items for each owner; such a relation is loaded by a query of its own */
    size_t           offset;
} orm_populate_hint;

typedef struct orm_find_options {
    /*
     * Paths of what is loaded with it: ORM_PATHS("author", "author.boss"). "*" is every relation of the entity, "author.*"
     * every one of the author; "tags:ref" loads only which tags there are, not their rows; "$infer" everything that `where`
     * speaks of, limited to what matches; a lazy property is named like a relation.
     */
    const char *const *populate;
    orm_strategy       strategy;
    const orm_order   *order_by; /* ORM_ORDER({ "name", ORM_ASC }, { "books.title", ORM_DESC }) */
    size_t             limit;    /* of entities, whatever is joined; 0: all */
    size_t             offset;
    bool               refresh;    /* overwrite what is loaded, changed or not, with the row */
    orm_flush_mode     flush_mode; /* of this query; default: the one in force */

    const orm_populate_hint *hints;          /* ORM_HINTS({ .path = "books", .limit = 3 }) */
    const orm_condition     *populate_where; /* limits what is populated, not what is found: orm_related("books", ..) */
    bool                     populate_infer; /* what `where` says of populated relations limits them, too */
    const orm_order         *populate_order_by; /* order of collections alone; default: what order_by says of them */

    /*
     * Partial loading: only these properties ("name", "books.title"), or all but these. Keys and versions come always, and the
     * foreign keys that are needed to put things together. What is not loaded is left zero and counts as unchanged; setting it
     * to another value updates it, and a later find that reads it fills it in.
     */
    const char *const *fields;
    const char *const *exclude;

    const orm_filter_use *filters;    /* ORM_USE_FILTERS({ .name = "tenant" }): switches them for this find: filter.h */
    bool                  no_filters; /* all but those that `filters` names are off */

    orm_lock_mode      lock;         /* what is found is locked until the transaction's end; OPTIMISTIC: find_one only */
    orm_value          lock_version; /* OPTIMISTIC: the version that the entity must have */
    const char *const *lock_aliases; /* pessimistic: only rows of these tables: ORM_PATHS("b0"), aliases of the query */
} orm_find_options;

#define ORM_PATHS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define ORM_ORDER(...) ((const orm_order[]){ __VA_ARGS__, { NULL, ORM_ASC } })
#define ORM_HINTS(...) ((const orm_populate_hint[]){ __VA_ARGS__, { .path = NULL } })

/*
 * orm_find(em, book, where, options, &list): always asks the server. An entity that is loaded already is returned as the
 * same pointer, with its unsaved changes kept (unless options->refresh). `where` and `options` may be NULL. What is
 * pending may be flushed before, see orm_flush_mode.
 */
#define orm_find(em, struct_type, ...) orm_find_entities((em), &orm_entity_##struct_type, __VA_ARGS__)
ORM_API orm_status orm_find_entities(orm_em *em, const orm_entity *entity, const orm_condition *where,
                                     const orm_find_options *options, orm_list *out);

/* The same without a condition. */
#define orm_find_all(em, struct_type, ...) orm_find_entities((em), &orm_entity_##struct_type, NULL, __VA_ARGS__)

/*
 * orm_find_one(em, author, &orm_key(id), NULL): the first row's entity, or NULL: nothing found when orm_em_error()'s
 * status is ORM_OK, else failure. By the key alone, an entity that is loaded already is returned without a query of its
 * own.
 */
#define orm_find_one(em, struct_type, ...)                                                                             \
    ((struct_type *)orm_find_one_entity((em), &orm_entity_##struct_type, __VA_ARGS__))
ORM_API void *orm_find_one_entity(orm_em *em, const orm_entity *entity, const orm_condition *where,
                                  const orm_find_options *options);

/* The same; nothing found is ORM_ERR_NOT_FOUND. */
#define orm_find_one_or_fail(em, struct_type, ...)                                                                     \
    ((struct_type *)orm_find_one_or_fail_entity((em), &orm_entity_##struct_type, __VA_ARGS__))
ORM_API void *orm_find_one_or_fail_entity(orm_em *em, const orm_entity *entity, const orm_condition *where,
                                          const orm_find_options *options);

/* How many entities there are that the condition (may be NULL) fits, however many rows are joined for it. */
#define orm_count(em, struct_type, ...) orm_count_entities((em), &orm_entity_##struct_type, __VA_ARGS__)
ORM_API orm_status orm_count_entities(orm_em *em, const orm_entity *entity, const orm_condition *where, uint64_t *out);

/* The same with options, of which those count that say which entities are found: filters, no_filters, flush_mode. */
#define orm_count_with(em, struct_type, ...) orm_count_entities_with((em), &orm_entity_##struct_type, __VA_ARGS__)
ORM_API orm_status orm_count_entities_with(orm_em *em, const orm_entity *entity, const orm_condition *where,
                                           const orm_find_options *options, uint64_t *out);

/* A page by options->limit and offset, and in *total how many there are without these. */
#define orm_find_and_count(em, struct_type, ...)                                                                       \
    orm_find_and_count_entities((em), &orm_entity_##struct_type, __VA_ARGS__)
ORM_API orm_status orm_find_and_count_entities(orm_em *em, const orm_entity *entity, const orm_condition *where,
                                               const orm_find_options *options, orm_list *out, uint64_t *total);

/*
 * orm_stream(em, author, where, options, visit, context): calls visit(rows, entity, context) for each entity that is found, in
 * the memory of one. The entity belongs to `rows`, an entity manager that has nothing else and forgets it when the function
 * returns: what is kept must be copied. A status other than ORM_OK ends the stream and is returned.
 *
 * Relations are loaded by joins alone (strategy JOINED). An entity is complete when the next one begins, so order by something
 * that keeps the rows of an entity together where a collection is populated. While it runs, `em` can send nothing else, and
 * nothing must be flushed through `rows`.
 */
typedef orm_status (*orm_stream_fn)(orm_em *rows, void *entity, void *context);
#define orm_stream(em, struct_type, ...) orm_stream_entities((em), &orm_entity_##struct_type, __VA_ARGS__)
ORM_API orm_status orm_stream_entities(orm_em *em, const orm_entity *entity, const orm_condition *where,
                                       const orm_find_options *options, orm_stream_fn visit, void *context);

/*
 * Pages by cursor: a cursor is a place in the order, so that a page begins behind what was seen, whatever was inserted
 * before it. `first` and `after` go forward, `last` and `before` backward.
 */
typedef struct orm_cursor_options {
    const orm_find_options *find; /* order_by is needed: best ending with the key; limit and offset must be 0 */
    size_t                  first;
    const char             *after; /* a cursor of a page; NULL: from the beginning */
    size_t                  last;
    const char             *before;
    bool                    without_total; /* spares the count */
} orm_cursor_options;

typedef struct orm_page {
    orm_list    items;
    uint64_t    total; /* entities in all pages */
    bool        has_next;
    bool        has_previous;
    const char *start_cursor; /* of the first item and of the last; NULL without items. They live as long as the entities */
    const char *end_cursor;
} orm_page;

/*
 * A cursor is MikroORM's: JSON of the values that the page is ordered by, in base64url. Relations that the order goes through
 * must be populated, and no value that it is made of may be NULL: ORM_ERR_VALIDATION.
 */
#define orm_find_by_cursor(em, struct_type, ...) orm_find_page((em), &orm_entity_##struct_type, __VA_ARGS__)
ORM_API orm_status orm_find_page(orm_em *em, const orm_entity *entity, const orm_condition *where,
                                 const orm_cursor_options *options, orm_page *out);

/*
 * Loads more of entities (of one type) that are there already: orm_populate(em, books.items, books.count,
 * ORM_PATHS("author", "tags"), NULL). What is loaded is not fetched again, unless options->refresh. Of the options only those
 * that are about populating count; `options` may be NULL.
 */
ORM_API orm_status orm_populate(orm_em *em, void *const *entities, size_t count, const char *const *paths,
                                const orm_find_options *options);

ORM_END_DECLS

#endif
