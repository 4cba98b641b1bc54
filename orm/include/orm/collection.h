/*
 * collection.h - to-many members of entities. The entity manager makes them, one for each entity and relation.
 *
 * The other side of the relation decides what is written: adding a book to author->books sets book->author.
 */
#ifndef ORM_COLLECTION_H
#define ORM_COLLECTION_H

#include <orm/em.h>

ORM_BEGIN_DECLS

/* False when the rows were not loaded: then it holds only what was added since. Collections of new entities are. */
ORM_API bool   orm_collection_is_initialized(const orm_collection *collection);
ORM_API size_t orm_collection_count(const orm_collection *collection); /* 0 for NULL */
ORM_API void  *orm_collection_at(const orm_collection *collection, size_t index); /* NULL out of range */
ORM_API bool   orm_collection_contains(const orm_collection *collection, const void *entity);
#define ORM_ITEM(collection, struct_type, index) ((struct_type *)orm_collection_at((collection), (index)))

/* The collection of a to-many property, by name: the way for entities made at run time. NULL on failure. */
ORM_API orm_collection *orm_collection_of(orm_em *em, const void *entity, const char *property);

/* Adds an entity of the target type (twice is once) and sets its reference to the collection's owner. */
ORM_API orm_status orm_collection_add(orm_em *em, orm_collection *collection, void *entity);

ORM_END_DECLS

#endif
