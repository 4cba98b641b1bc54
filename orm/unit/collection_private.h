/*
 * collection_private.h - what can be done to a collection, for whoever has checked the collection already.
 */
#ifndef ORM_UNIT_COLLECTION_PRIVATE_H
#define ORM_UNIT_COLLECTION_PRIVATE_H

#include "unit/em_private.h"

/* An instance that may be put into the collection of this property. NULL with an error. */
orm_instance *em_collection_item(orm_em *em, const orm_meta_property *property, const void *entity);

/* The instances that a list of entities or keys names, in the call's memory; NULL is no items. */
orm_status em_collection_items(orm_em *em, const orm_meta_property *property, const orm_value *value,
                               orm_instance ***items, size_t *count);

/* Makes the collection hold these and no others, in their order. */
orm_status em_collection_set(orm_em *em, orm_collection *collection, orm_instance **items, size_t count);

/* What orm_create_with() and orm_assign() say of members without collections, and then of collections. */
orm_status em_write_values(orm_em *em, orm_instance *instance, const orm_assignment *values, size_t count);
orm_status em_write_collections_of(orm_em *em, orm_instance *instance, const orm_assignment *values, size_t count);

#endif
