/*
 * condition.h - which rows: a small tree, written as C literals.
 *
 *     orm_find_one(em, author, &orm_eq("email", "a@x.org"), NULL);
 *     orm_find(em, book, &orm_and(orm_eq("author", john), orm_is_null("subtitle")), NULL, &books);
 *     orm_find(em, book, &orm_or(orm_gt("price", 10), orm_like("author.name", "J%")), NULL, &books);
 *     orm_find(em, author, &orm_related("books", orm_gte("price", 10), orm_lt("price", 20)), NULL, &authors);
 *
 * A property is named by its path: "name", or "author.name" through relations. The tables on the way are joined: inner
 * where a required to-one reference leads there, else left. The foreign key itself ("author", "author.id") needs no join.
 * A to-many relation matches when one of its rows does; the entity is found once, however many of its rows match.
 *
 * Which row is meant. Conditions of orm_all() and orm_related() speak of the same row of a to-many relation: they share one
 * join. Each branch of orm_and() speaks of rows of its own: orm_and(orm_eq("tags.name", "a"), orm_eq("tags.name", "b"))
 * finds what has both tags. (MikroORM: the keys of one object, and $and.) To-one references are shared everywhere.
 *
 * The macros make compound literals: they live until the end of the enclosing block. Functions that take a condition read
 * it during the call and keep nothing of it. What makes no sense (an unknown property, a value that does not convert, a list
 * for which there is no room in a statement) is ORM_ERR_VALIDATION with entity and property named, before anything is sent.
 */
#ifndef ORM_CONDITION_H
#define ORM_CONDITION_H

#include <stddef.h>

#include <orm/value.h>

ORM_BEGIN_DECLS

typedef enum orm_operator {
    ORM_OP_AND = 0, /* of `children`; none: always true. So an all-zero condition matches every row */
    ORM_OP_EQ,      /* property = value; with a NULL value: is null; with a list: as ORM_OP_IN */
    ORM_OP_KEY,     /* the primary key = value; with a list: one of them, or the parts of a composite key */
    ORM_OP_ALL,     /* of `children`, which share the joins to to-many relations */
    ORM_OP_OR,      /* of `children`; none: always false */
    ORM_OP_NOT,     /* none of it: not (all of `children`) */
    ORM_OP_RELATED, /* property is a relation: all of `children`, which are about its target */
    ORM_OP_NE,      /* property <> value; with a NULL value: is not null; with a list: as ORM_OP_NOT_IN */
    ORM_OP_GT,
    ORM_OP_GTE,
    ORM_OP_LT,
    ORM_OP_LTE,
    ORM_OP_IN,     /* property is one of the value's list; an empty list: always false */
    ORM_OP_NOT_IN, /* the same, negated; an empty list: always true */
    ORM_OP_LIKE,   /* text with % and _ */
    ORM_OP_ILIKE,  /* the same, whatever the case of letters */
    ORM_OP_EXISTS  /* property is not null; with the value false: is null */
} orm_operator;

typedef struct orm_condition {
    orm_operator                op;
    const char                 *property; /* path of a property; a to-one reference means its foreign key */
    orm_value                   value;
    const struct orm_condition *children;
    size_t                      child_count;
} orm_condition;

/* The word that MikroORM has for it ("$gte"); NULL for none. */
ORM_API const char *orm_operator_word(orm_operator op);

#ifndef __cplusplus
/* value: anything that orm_value_of() takes; an entity pointer stands for its key. */
#define ORM_COMPARE_(op_, property_, value_)                                                                           \
    ((orm_condition){ .op = (op_), .property = (property_), .value = orm_value_of(value_) })
#define ORM_GROUP_(op_, property_, ...)                                                                                \
    ((orm_condition){ .op = (op_),                                                                                     \
                      .property = (property_),                                                                         \
                      .children = (const orm_condition[]){ __VA_ARGS__ },                                              \
                      .child_count = sizeof((const orm_condition[]){ __VA_ARGS__ }) / sizeof(orm_condition) })

#define orm_eq(property_, value_) ORM_COMPARE_(ORM_OP_EQ, property_, value_)
#define orm_ne(property_, value_) ORM_COMPARE_(ORM_OP_NE, property_, value_)
#define orm_gt(property_, value_) ORM_COMPARE_(ORM_OP_GT, property_, value_)
#define orm_gte(property_, value_) ORM_COMPARE_(ORM_OP_GTE, property_, value_)
#define orm_lt(property_, value_) ORM_COMPARE_(ORM_OP_LT, property_, value_)
#define orm_lte(property_, value_) ORM_COMPARE_(ORM_OP_LTE, property_, value_)
#define orm_like(property_, value_) ORM_COMPARE_(ORM_OP_LIKE, property_, value_)
#define orm_ilike(property_, value_) ORM_COMPARE_(ORM_OP_ILIKE, property_, value_)
#define orm_is_null(property_) ((orm_condition){ .op = ORM_OP_EQ, .property = (property_) })
#define orm_is_not_null(property_) ((orm_condition){ .op = ORM_OP_NE, .property = (property_) })
#define orm_key(value_) ((orm_condition){ .op = ORM_OP_KEY, .value = orm_value_of(value_) })

/* orm_in("age", orm_list_of(orm_int(20), orm_int(30))), or orm_list_value(items, count) */
#define orm_in(property_, list_) ((orm_condition){ .op = ORM_OP_IN, .property = (property_), .value = (list_) })
#define orm_not_in(property_, list_) ((orm_condition){ .op = ORM_OP_NOT_IN, .property = (property_), .value = (list_) })

#define orm_and(...) ORM_GROUP_(ORM_OP_AND, NULL, __VA_ARGS__)
#define orm_all(...) ORM_GROUP_(ORM_OP_ALL, NULL, __VA_ARGS__)
#define orm_or(...) ORM_GROUP_(ORM_OP_OR, NULL, __VA_ARGS__)
#define orm_not(...) ORM_GROUP_(ORM_OP_NOT, NULL, __VA_ARGS__)
/* orm_related("books", orm_eq("title", "x"), ...): all of it about one and the same book */
#define orm_related(property_, ...) ORM_GROUP_(ORM_OP_RELATED, property_, __VA_ARGS__)
#endif

ORM_END_DECLS

#endif
