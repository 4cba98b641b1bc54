/*
 * filter.h - conditions with a name that finds add by themselves: soft delete, tenancy.
 *
 *     static const orm_condition not_deleted = { .op = ORM_OP_EQ, .property = "deletedAt" };           is null
 *     static const orm_condition of_tenant = ORM_COMPARE_PARAM(ORM_OP_EQ, "tenant", "id");
 *
 *     ORM_ENTITY(project, "Project", project_properties,
 *                ORM_FILTERS({ .name = "softDelete", .where = &not_deleted, .default_on = true },
 *                            { .name = "tenant", .where = &of_tenant, .default_on = true, .strict = true }));
 *
 *     orm_set_filter_params(em, "tenant", ORM_PARAMS({ "id", orm_int(7) }));
 *     orm_find(em, project, NULL, NULL, &mine);
 *     orm_find(em, project, NULL, &(orm_find_options){ .no_filters = true }, &all);
 *
 * A filter of orm_config is for several entities: those that `entities` names, those that have `property`, or all. Where an
 * entity has one of the same name, the configuration's counts.
 *
 * Which are on. What the find says (orm_find_options.filters and no_filters) comes before what the entity manager says
 * (orm_set_filter), and that before default_on. Parameters are the find's, if it gives some, else the entity manager's.
 *
 * What they do. The condition stands before the user's in the query for the entity itself: finds, counts, pages, streams,
 * native updates and deletes. A relation to a filtered entity is filtered where it is loaded: in the ON of its join, or in the
 * WHERE of its own query, so collections lose what is filtered out. A to-one reference to a filtered entity is joined even if
 * it is not populated: a required one drops the rows whose target is filtered out; a nullable one is NULL in memory then, which
 * is no change that would be written, unless a filter of the target is strict: then it drops them, too. An entity whose filters
 * are on is always looked for on the server, never found by its key in memory alone.
 *
 * Not filtered are relations that only a condition goes through, to-one references that partial loading leaves out, entities
 * that are in memory already, SQL of the user's own, and what a flush writes.
 *
 * Errors are ORM_ERR_VALIDATION before anything is sent: a filter that does not exist (with the nearest name), a
 * parameter that is missing or does not convert. orm_open() checks what can be known without parameters.
 */
#ifndef ORM_FILTER_H
#define ORM_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include <orm/condition.h>

ORM_BEGIN_DECLS

typedef struct orm_em orm_em;
struct orm_entity;

/* A value by name. */
typedef struct orm_filter_param {
    const char *name;
    orm_value   value; /* anything but another parameter */
} orm_filter_param;

/* What a function that makes a condition gets to know. */
typedef struct orm_filter_call {
    orm_em                  *em; /* not to be used for queries of its own */
    const struct orm_entity *entity;
    const orm_filter_param  *params;
    size_t                   param_count;
} orm_filter_call;

/* The value of a parameter; NULL when it is not given. */
ORM_API const orm_value *orm_filter_value(const orm_filter_call *call, const char *name);
/* Zeroed memory for parts of the condition, until the find's end. NULL when memory is out. */
ORM_API void *orm_filter_alloc(const orm_filter_call *call, size_t size);

typedef struct orm_filter {
    const char          *name;
    const orm_condition *where; /* its values may be parameters: orm_param_value("id") */
    /*
     * Instead of `where`: fills `out`, whose parts must live until the find's end. Left all zero nothing is filtered.
     * Another status than ORM_OK fails the find.
     */
    orm_status (*make)(void *context, const orm_filter_call *call, orm_condition *out);
    void *context;
    bool  default_on;
    bool  strict; /* also a nullable reference to what is filtered out drops the row that refers to it */

    /* In orm_config only, one of the two; neither: all entities. */
    const char *const *entities; /* names, NULL-terminated: ORM_FILTER_ENTITIES("Project", "Task") */
    const char        *property; /* all entities that have it */
} orm_filter;

/* A filter in one find. */
typedef struct orm_filter_use {
    const char             *name; /* NULL ends the list */
    bool                    off;
    const orm_filter_param *params; /* NULL: the entity manager's */
    size_t                  param_count;
} orm_filter_use;

#ifndef __cplusplus
/*
 * A comparison with a parameter, as an initialiser for conditions outside of functions; inside of them it is
 * orm_eq("tenant", orm_param_value("id")), orm_in("tenant", orm_param_value("ids")).
 */
#define ORM_COMPARE_PARAM(op_, property_, param_)                                                                      \
    { .op = (op_), .property = (property_), .value = { .kind = ORM_VALUE_PARAM, .as.text = (param_) } }

/* Option of ORM_ENTITY. */
#define ORM_FILTERS(...)                                                                                               \
    .filters = (const orm_filter[]){ __VA_ARGS__ },                                                                    \
    .filter_count = sizeof((const orm_filter[]){ __VA_ARGS__ }) / sizeof(orm_filter)

#define ORM_FILTER_ENTITIES(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define ORM_USE_FILTERS(...) ((const orm_filter_use[]){ __VA_ARGS__, { .name = NULL } })

/* Two arguments, or two members' values: a list and how many they are. ORM_PARAMS({ "id", orm_int(7) }) */
#define ORM_PARAMS(...)                                                                                                \
    (const orm_filter_param[]){ __VA_ARGS__ }, sizeof((const orm_filter_param[]){ __VA_ARGS__ }) / sizeof(orm_filter_param)
/* In ORM_USE_FILTERS: { .name = "tenant", ORM_USE_PARAMS({ "id", orm_int(7) }) } */
#define ORM_USE_PARAMS(...)                                                                                            \
    .params = (const orm_filter_param[]){ __VA_ARGS__ },                                                               \
    .param_count = sizeof((const orm_filter_param[]){ __VA_ARGS__ }) / sizeof(orm_filter_param)
#endif

ORM_END_DECLS

#endif
