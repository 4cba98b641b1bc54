/*
 * optimistic.h - writes that only touch rows which are as they were loaded: by version, and by concurrency checks.
 *
 * The condition is part of the statement that writes, so nobody can come in between; how many rows it touched tells.
 */
#ifndef ORM_UNIT_OPTIMISTIC_H
#define ORM_UNIT_OPTIMISTIC_H

#include "query/query.h"
#include "unit/instance.h"

struct orm_em;

/*
 * What the rows of these instances must still have, in the call's memory; *out is NULL when there is nothing to ask: the
 * entity has neither version nor checks, or all are stubs, of which nothing was loaded.
 */
orm_status em_guard_rows(struct orm_em *em, const orm_shape *shape, orm_instance *const *instances, size_t count,
                         const orm_guard **out);

/* One UPDATE that was sent: see orm_row_set. */
typedef struct em_updated {
    const orm_shape              *shape;
    orm_instance *const          *instances;
    size_t                        count;
    const orm_guard              *guard; /* may be NULL */
    const orm_meta_column *const *reread;
    size_t                        reread_count;
    const bool *const            *changed; /* by row and index of a property: whether it was written */
} em_updated;

/*
 * Takes over from its answer what the server has made: versions, generated columns, what was to be reread of what a row has
 * written. ORM_ERR_OPTIMISTIC_LOCK when a guarded row was not touched.
 */
orm_status em_check_updated(struct orm_em *em, const em_updated *update, const orm_result *result);

/* The same for a DELETE, which brings nothing back. */
orm_status em_check_deleted(struct orm_em *em, const orm_shape *shape, size_t count, const orm_guard *guard,
                            const orm_result *result);

/* A change of the version itself, and one that leaves all concurrency checks as they are, are refused. By property index. */
orm_status em_check_guarded_change(struct orm_em *em, const orm_instance *instance, const bool *changed);

#endif
