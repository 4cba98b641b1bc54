/*
 * find.h - looking for entities. As in em.h, functions keep their error in the entity manager.
 */
#ifndef ORM_FIND_H
#define ORM_FIND_H

#include <stdbool.h>
#include <stddef.h>

#include <orm/condition.h>
#include <orm/em.h>

ORM_BEGIN_DECLS

/* Entities that a find returned; the array belongs to the entity manager. */
typedef struct orm_list {
    void **items;
    size_t count;
} orm_list;

/* The i-th entity, or NULL when there is none. */
ORM_API void *orm_list_at(const orm_list *list, size_t index);
#define ORM_AT(list, struct_type, index) ((struct_type *)orm_list_at(&(list), (index)))

typedef enum orm_strategy { ORM_STRATEGY_DEFAULT = 0, ORM_STRATEGY_SELECT_IN } orm_strategy;

typedef enum orm_direction { ORM_ASC = 0, ORM_DESC } orm_direction;

typedef struct orm_order {
    const char   *property; /* NULL ends the list */
    orm_direction direction;
} orm_order;

typedef struct orm_find_options {
    const char *const *populate; /* NULL-terminated paths of to-one relations: ORM_PATHS("author", "author.boss") */
    orm_strategy       strategy; /* SELECT_IN for now: one more query a level */
    const orm_order   *order_by; /* ORM_ORDER({ "name", ORM_ASC }, { "id", ORM_DESC }) */
    size_t             limit;    /* 0: all */
    size_t             offset;
    bool               refresh;    /* overwrite what is loaded, changed or not, with the row */
    orm_flush_mode     flush_mode; /* of this query; default: the one in force */
} orm_find_options;

#define ORM_PATHS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define ORM_ORDER(...) ((const orm_order[]){ __VA_ARGS__, { NULL, ORM_ASC } })

/*
 * orm_find(em, book, where, options, &list): always asks the server. An entity that is loaded already is returned as the
 * same pointer, with its unsaved changes kept (unless options->refresh). `where` and `options` may be NULL. What is
 * pending may be flushed before, see orm_flush_mode.
 */
#define orm_find(em, struct_type, where, options, out)                                                                 \
    orm_find_entities((em), &orm_entity_##struct_type, (where), (options), (out))
ORM_API orm_status orm_find_entities(orm_em *em, const orm_entity *entity, const orm_condition *where,
                                     const orm_find_options *options, orm_list *out);

/*
 * orm_find_one(em, author, &orm_key(id), NULL): the first row's entity, or NULL: nothing found when orm_em_error()'s
 * status is ORM_OK, else failure. By the key alone, an entity that is loaded already is returned without a query of its
 * own.
 */
#define orm_find_one(em, struct_type, where, options)                                                                  \
    ((struct_type *)orm_find_one_entity((em), &orm_entity_##struct_type, (where), (options)))
ORM_API void *orm_find_one_entity(orm_em *em, const orm_entity *entity, const orm_condition *where,
                                  const orm_find_options *options);

ORM_END_DECLS

#endif
