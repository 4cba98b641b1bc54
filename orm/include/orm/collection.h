/*
 * collection.h - to-many members of entities. The entity manager makes them, one for each entity and relation.
 *
 * The other side of the relation decides what is written: adding a book to author->books sets book->author.
 */
#ifndef ORM_COLLECTION_H
#define ORM_COLLECTION_H

#include <orm/find.h>

ORM_BEGIN_DECLS

/* False when the rows were not loaded: then it holds only what was added since. Collections of new entities are. */
ORM_API bool   orm_collection_is_initialized(const orm_collection *collection);
ORM_API size_t orm_collection_count(const orm_collection *collection); /* 0 for NULL */
ORM_API void  *orm_collection_at(const orm_collection *collection, size_t index); /* NULL out of range */
ORM_API bool   orm_collection_contains(const orm_collection *collection, const void *entity);
#define ORM_ITEM(collection, struct_type, index) ((struct_type *)orm_collection_at((collection), (index)))

/* The collection of a to-many property, by name: the way for entities made at run time. NULL on failure. */
ORM_API orm_collection *orm_collection_of(orm_em *em, const void *entity, const char *property);

/*
 * Adds an entity of the target type; twice is once. The other side follows at once: its reference is set to the
 * collection's owner, or its collection gets the owner. A new one is persisted with the owner. ORM_ERR_VALIDATION for an
 * entity that is removed. Every function here that fails on bad input has changed nothing.
 */
ORM_API orm_status orm_collection_add(orm_em *em, orm_collection *collection, void *entity);

/*
 * Takes an entity out; one that is not in it is no error. Of a one-to-many its reference becomes NULL, and where the
 * relation removes orphans it is removed, unless it is put into another collection before the flush. ORM_ERR_VALIDATION
 * where the reference is required and orphans are not removed. A many-to-many that is not loaded deletes the row, if there
 * is one.
 */
ORM_API orm_status orm_collection_remove(orm_em *em, orm_collection *collection, void *entity);

/*
 * Makes it hold these entities and no others, in their order. What is not among them is taken out as by
 * orm_collection_remove(). The collection needs not be loaded: then the next flush takes out, by one statement, all that
 * are not among them. `entities` may be NULL when `count` is 0.
 */
ORM_API orm_status orm_collection_set(orm_em *em, orm_collection *collection, void *const *entities, size_t count);

/* The same with none. */
ORM_API orm_status orm_collection_remove_all(orm_em *em, orm_collection *collection);

/*
 * Loads its items; what is loaded already is not fetched again, unless options->refresh. Of `options` (may be NULL) count
 * populate and order_by, whose paths begin at the items, limit and offset, strategy, refresh and filters. What was added and taken
 * out since the last flush stays so.
 */
ORM_API orm_status orm_collection_load(orm_em *em, orm_collection *collection, const orm_find_options *options);

/* How many items the database has that the condition (about the items; may be NULL) fits. Nothing is loaded. */
ORM_API orm_status orm_collection_load_count(orm_em *em, const orm_collection *collection, const orm_condition *where,
                                             uint64_t *out);

/*
 * Finds among its items, in the database: condition and options are as in orm_find() of the items. The collection stays as
 * it is, loaded or not. A new owner has none.
 */
ORM_API orm_status orm_collection_matching(orm_em *em, const orm_collection *collection, const orm_condition *where,
                                           const orm_find_options *options, orm_list *out);

/* Walks the items: ORM_EACH(author->books, book, b) { puts(b->title); }. Do not change the collection meanwhile. */
#define ORM_EACH(collection, struct_type, item)                                                                        \
    for (size_t orm_at_##item = 0, orm_go_##item = 1; orm_go_##item; orm_go_##item = 0)                                \
        for (struct_type *item; (item = ORM_ITEM((collection), struct_type, orm_at_##item)) != NULL; orm_at_##item++)

ORM_END_DECLS

#endif
