#include <orm/lock.h>

#include <string.h>

#include "unit/em_private.h"
#include "unit/lock_private.h"

static bool is_pessimistic(orm_lock_mode mode)
{
    return mode >= ORM_LOCK_PESSIMISTIC_READ;
}

/* A lock without a transaction would end with the statement. */
static orm_status check_mode(orm_em *em, const orm_meta_entity *meta, orm_lock_mode mode)
{
    if ((unsigned)mode > ORM_LOCK_PESSIMISTIC_READ_OR_FAIL)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 631, "the lock mode %d is none of orm_lock_mode", (int)mode);
    if (is_pessimistic(mode) && em_depth(em) == 0) {
        orm_fail(&em->error, ORM_ERR_VALIDATION, 630, "An open transaction is required for this operation");
        orm_fail_hint(&em->error, "A lock ends with its transaction: orm_begin() or orm_transactional() before it.");
        orm_fail_where(&em->error, meta->name, NULL);
        return em->error.status;
    }
    if (mode == ORM_LOCK_OPTIMISTIC && meta->version == NULL) {
        orm_fail(&em->error, ORM_ERR_OPTIMISTIC_LOCK, 632, "Cannot obtain optimistic lock on unversioned entity %s",
                 meta->name);
        orm_fail_where(&em->error, meta->name, NULL);
        return em->error.status;
    }
    return ORM_OK;
}

orm_status em_check_lock(orm_em *em, const orm_meta_entity *meta, const orm_find_options *options, bool one)
{
    if (check_mode(em, meta, options->lock) != ORM_OK)
        return em->error.status;
    if (options->lock_version.kind != ORM_VALUE_NULL && options->lock != ORM_LOCK_OPTIMISTIC)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 634, "lock_version goes with the lock ORM_LOCK_OPTIMISTIC only");
    if (options->lock == ORM_LOCK_OPTIMISTIC && !one)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 635, "ORM_LOCK_OPTIMISTIC is for one entity: orm_find_one()");
    if (options->lock_aliases != NULL && !is_pessimistic(options->lock))
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 636, "lock_aliases goes with a pessimistic lock only");
    return ORM_OK;
}

static orm_status fail_version(orm_em *em, const orm_meta_property *version, const void *expected, const void *actual)
{
    int64_t numbers[2] = { 0 };

    if (version->type == ORM_TYPE_TIMESTAMPTZ) {
        orm_fail(&em->error, ORM_ERR_OPTIMISTIC_LOCK, 633, "The optimistic lock failed, another version was expected");
    } else {
        const void *slots[2] = { expected, actual };

        for (size_t i = 0; i < 2; i++)
            numbers[i] = version->type == ORM_TYPE_SMALLINT  ? *(const int16_t *)slots[i]
                         : version->type == ORM_TYPE_INTEGER ? *(const int32_t *)slots[i]
                                                             : *(const int64_t *)slots[i];
        orm_fail(&em->error, ORM_ERR_OPTIMISTIC_LOCK, 633,
                 "The optimistic lock failed, version %lld was expected, but is actually %lld", (long long)numbers[0],
                 (long long)numbers[1]);
    }
    orm_fail_where(&em->error, version->entity->name, version->name);
    return em->error.status;
}

orm_status em_check_version(orm_em *em, const orm_instance *instance, const orm_value *expected)
{
    const orm_meta_property *version = instance->shape->meta->version;
    orm_query_scope          scope = em_scope(em);
    const void              *slot = NULL;
    const void              *actual;

    if (expected == NULL || expected->kind == ORM_VALUE_NULL)
        return ORM_OK;
    if (orm_query_value(version, expected, &scope, &slot, &em->error) != ORM_OK)
        return em->error.status;
    actual = orm_meta_slot_const(version, instance->self);
    return memcmp(slot, actual, orm_type_info_of(version->type)->size) == 0 ? ORM_OK
                                                                            : fail_version(em, version, slot, actual);
}

static orm_status lock_row(orm_em *em, const orm_instance *instance, orm_lock_mode mode)
{
    const orm_meta_entity *meta = instance->shape->meta;
    const void            *key[ORM_KEY_COLUMNS_MAX];
    orm_statement          statement;
    orm_result            *result = NULL;
    orm_status             status;
    size_t                 rows;
    bool skips = mode == ORM_LOCK_PESSIMISTIC_PARTIAL_READ || mode == ORM_LOCK_PESSIMISTIC_PARTIAL_WRITE;

    orm_key_slots(meta, instance->snapshot, key);
    orm_statement_init(&statement, em->connection, em->work);
    statement.cacheable = true;
    orm_query_lock_row(&statement, meta, key, mode);
    status = em_run(em, &statement, &result);
    if (status != ORM_OK)
        return status;
    rows = orm_result_rows(result);
    orm_result_free(result);
    if (rows > 0)
        return ORM_OK;
    if (skips)
        status = orm_fail(&em->error, ORM_ERR_LOCK_WAIT_TIMEOUT, 639,
                          "the row of this %s is locked by somebody else, or gone", meta->name);
    else
        status = orm_fail(&em->error, ORM_ERR_NOT_FOUND, 638, "the row of this %s is gone", meta->name);
    orm_fail_where(&em->error, meta->name, NULL);
    return status;
}

orm_status orm_lock(orm_em *em, void *entity, orm_lock_mode mode, const orm_value *version)
{
    orm_instance *instance = em_enter(em) ? em_require(em, entity) : NULL;
    orm_status    status;

    if (em == NULL)
        return ORM_ERR_ARGUMENT;
    if (instance == NULL)
        return em_leave(em, em->error.status);
    status = check_mode(em, instance->shape->meta, mode);
    if (status == ORM_OK && version != NULL && mode != ORM_LOCK_OPTIMISTIC)
        status = orm_fail(&em->error, ORM_ERR_ARGUMENT, 629, "only ORM_LOCK_OPTIMISTIC takes a version");
    if (status == ORM_OK && instance->state != ORM_INSTANCE_MANAGED) {
        status = orm_fail(&em->error, ORM_ERR_VALIDATION, 637, "this %s has no row to lock: it is %s",
                          instance->shape->meta->name, instance->state == ORM_INSTANCE_NEW ? "new" : "removed");
        orm_fail_where(&em->error, instance->shape->meta->name, NULL);
    }
    if (status == ORM_OK && mode == ORM_LOCK_OPTIMISTIC)
        status = em_check_version(em, instance, version);
    else if (status == ORM_OK && is_pessimistic(mode))
        status = lock_row(em, instance, mode);
    return em_leave(em, status);
}
