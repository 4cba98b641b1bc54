/*
 * condition.h - which rows: a small tree, written as C literals.
 *
 *     orm_find_one(em, author, &orm_eq("email", "a@x.org"), NULL);
 *     orm_find(em, book, &orm_and(orm_eq("author", john), orm_is_null("subtitle")), NULL, &books);
 *
 * The macros make compound literals: they live until the end of the enclosing block. Functions that take a condition read
 * it during the call and keep nothing of it.
 */
#ifndef ORM_CONDITION_H
#define ORM_CONDITION_H

#include <stddef.h>

#include <orm/value.h>

ORM_BEGIN_DECLS

typedef enum orm_operator {
    ORM_OP_AND = 0, /* of `children`; none: always true. So an all-zero condition matches every row. */
    ORM_OP_EQ,      /* property = value; with a NULL value: property is null */
    ORM_OP_KEY      /* the primary key = value */
} orm_operator;

typedef struct orm_condition {
    orm_operator                op;
    const char                 *property; /* name of the entity's property; a to-one reference means its foreign key */
    orm_value                   value;
    const struct orm_condition *children;
    size_t                      child_count;
} orm_condition;

#ifndef __cplusplus
/* value: anything that orm_value_of() takes; an entity pointer stands for its key. */
#define orm_eq(property_, value_)                                                                                      \
    ((orm_condition){ .op = ORM_OP_EQ, .property = (property_), .value = orm_value_of(value_) })
#define orm_is_null(property_) ((orm_condition){ .op = ORM_OP_EQ, .property = (property_) })
#define orm_key(value_) ((orm_condition){ .op = ORM_OP_KEY, .value = orm_value_of(value_) })
#define orm_and(...)                                                                                                   \
    ((orm_condition){ .op = ORM_OP_AND,                                                                                \
                      .children = (const orm_condition[]){ __VA_ARGS__ },                                              \
                      .child_count = sizeof((const orm_condition[]){ __VA_ARGS__ }) / sizeof(orm_condition) })
#endif

ORM_END_DECLS

#endif
