/*
 * meta_fixture.h - an arena for each test, and discovery that must succeed; short ways to write properties.
 */
#ifndef ORM_TESTS_META_FIXTURE_H
#define ORM_TESTS_META_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "meta/meta.h"

#define SERIAL(type_)                                                                                                  \
    {                                                                                                                  \
        .name = "id", .type = (type_), .primary = true                                                                 \
    }
#define TO(name_, target_, ...)                                                                                        \
    {                                                                                                                  \
        .name = (name_), .type = ORM_TYPE_REFERENCE, .relation = ORM_RELATION_MANY_TO_ONE, .target = (target_),        \
        __VA_ARGS__                                                                                                    \
    }
#define MANY(name_, target_, by_)                                                                                      \
    {                                                                                                                  \
        .name = (name_), .type = ORM_TYPE_COLLECTION, .relation = ORM_RELATION_ONE_TO_MANY, .target = (target_),       \
        .mapped_by = (by_)                                                                                             \
    }

#define ONE(name_, target_, ...)                                                                                       \
    {                                                                                                                  \
        .name = (name_), .type = ORM_TYPE_REFERENCE, .relation = ORM_RELATION_ONE_TO_ONE, .target = (target_),         \
        __VA_ARGS__                                                                                                    \
    }
#define MANY_TO_MANY(name_, target_, ...)                                                                              \
    {                                                                                                                  \
        .name = (name_), .type = ORM_TYPE_COLLECTION, .relation = ORM_RELATION_MANY_TO_MANY, .target = (target_),      \
        __VA_ARGS__                                                                                                    \
    }

static inline int open_arena(void **state)
{
    *state = orm_arena_new(NULL, NULL, "test");
    return *state == NULL;
}

static inline int close_arena(void **state)
{
    orm_arena_free(*state);
    return 0;
}

static inline orm_meta *discover(orm_arena *arena, const orm_entity *const *entities)
{
    orm_meta  *meta = NULL;
    orm_error  error = { .status = ORM_OK };
    orm_status status = orm_meta_discover(arena, entities, &meta, &error);

    assert_string_equal(error.message, "");
    assert_int_equal(status, ORM_OK);
    return meta;
}

#endif
