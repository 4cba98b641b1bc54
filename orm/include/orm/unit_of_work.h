/*
 * unit_of_work.h - what the next flush would write, for event handlers, tests and whoever wants to know.
 */
#ifndef ORM_UNIT_OF_WORK_H
#define ORM_UNIT_OF_WORK_H

#include <orm/collection.h>
#include <orm/em.h>

ORM_BEGIN_DECLS

typedef enum orm_change_kind { ORM_CHANGE_CREATE, ORM_CHANGE_UPDATE, ORM_CHANGE_DELETE } orm_change_kind;

/* A property that is written. Values point into the entity and what it holds: they are those of the moment. */
typedef struct orm_property_change {
    const char *property;
    orm_value   old_value; /* what the database has; of an entity that is created: NULL */
    orm_value   new_value;
} orm_property_change;

typedef struct orm_entity_change {
    void                      *entity;
    const orm_entity          *type;
    orm_change_kind            kind;
    const orm_property_change *properties; /* CREATE: those that have a value; DELETE: none */
    size_t                     property_count;
} orm_entity_change;

/* A pair of a many-to-many relation: a row of its pivot table that is inserted or deleted. */
typedef struct orm_pair_change {
    void       *owner;    /* of the side that owns the relation */
    const char *property; /* of the owner */
    void       *target;
    bool        added; /* false: taken out */
} orm_pair_change;

typedef struct orm_changes {
    const orm_entity_change *entities; /* created, then updated, then deleted ones */
    size_t                   entity_count;
    const orm_pair_change   *pairs; /* not those that a collection forgets that is emptied without being loaded */
    size_t                   pair_count;
} orm_changes;

/*
 * What a flush would write now, with what it would persist and remove by cascading. Nothing is sent and nothing changes. Fails
 * as the flush would, when something is wrong that can be known without the server. The lists belong to the entity manager and
 * live until orm_clear(). In an event it can be asked before anything is written (BEFORE_FLUSH, ON_FLUSH); later, in the same
 * flush, it is ORM_ERR_ARGUMENT.
 */
ORM_API orm_status orm_uow_change_sets(orm_em *em, orm_changes *out);

ORM_END_DECLS

#endif
