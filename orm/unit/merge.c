/* Entities of rows that are known without a SELECT of ours. */
#include "unit/event.h"
#include "unit/settle.h"
#include "unit/write_rows.h"

static void *finish(orm_em *em, em_settling *s, orm_status status)
{
    orm_instance *instance = NULL;

    if (status == ORM_OK)
        status = em_settle_row(s, &instance);
    if (status == ORM_OK)
        status = em_tell_loaded(em);
    em_leave(em, status);
    return status == ORM_OK ? instance->self : NULL;
}

/* ---- orm_merge() ---- */

static orm_status check_key(orm_em *em, const em_rows *rows)
{
    for (size_t i = 0; i < rows->meta->key_count; i++)
        if (!em_row_has_value(rows, 0, rows->meta->keys[i]))
            return em_fail_property(em, rows->meta->keys[i], 713, "a row that is merged needs its whole key");
    return ORM_OK;
}

/* Of an entity that is loaded, only what it lacks is taken, unless it is refreshed. */
static bool takes(const orm_instance *instance, const orm_meta_property *property, bool refresh)
{
    return refresh || instance == NULL || !instance->initialized ||
           (instance->missing != NULL && instance->missing[property->index]);
}

static orm_status take_values(em_settling *s, const orm_row *row, const orm_instance *instance, bool refresh)
{
    for (size_t i = 0; i < row->count; i++) {
        const orm_meta_property *property = orm_meta_property_named(s->shape->meta, row->values[i].property);

        if (em_write_value(s->em, property, s->row, &row->values[i].value) != ORM_OK)
            return s->em->error.status;
        s->known[property->index] = property->primary || takes(instance, property, refresh);
        s->overwrites[property->index] = refresh;
    }
    return ORM_OK;
}

static orm_status merge(em_settling *s, orm_em *em, const orm_shape *shape, const orm_row *row, bool refresh)
{
    em_rows     rows;
    const void *slots[ORM_KEY_COLUMNS_MAX];
    size_t      at = 0;
    orm_status  status = em_rows_read(&rows, em, shape->meta, row, 1, EM_ROWS_KNOWN);

    if (status == ORM_OK)
        status = check_key(em, &rows);
    if (status == ORM_OK)
        status = em_settling_init(s, em, shape);
    if (status != ORM_OK)
        return status;
    s->lasts = true;
    for (size_t i = 0; i < shape->meta->key_count; i++)
        for (size_t k = 0; k < shape->meta->keys[i]->column_count; k++)
            slots[at++] = em_row_cells(&rows, 0, shape->meta->keys[i])[k].slot;
    return take_values(s, row, em_lookup(em, shape->meta, slots), refresh);
}

void *orm_merge_row(orm_em *em, const orm_entity *entity, const orm_row *row, bool refresh)
{
    const orm_shape *shape;
    em_settling      s = { .em = em };

    if (!em_enter(em))
        return NULL;
    shape = em_shape(em, entity);
    return finish(em, &s, shape == NULL ? em->error.status : merge(&s, em, shape, row, refresh));
}

/* ---- orm_map_row() ---- */

static orm_status map(em_settling *s, orm_em *em, const orm_shape *shape, const orm_rows *rows, size_t index)
{
    const orm_result *result = em_rows_result(em, rows);
    size_t           *at = orm_arena_calloc(em->work, shape->meta->column_count, sizeof *at);
    orm_status        status;

    if (result == NULL)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 714, "the rows are not of this entity manager, or were freed");
    if (index >= orm_result_rows(result))
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 715, "there is no row %zu: there are %zu", index,
                        orm_result_rows(result));
    status = em_settling_init(s, em, shape);
    if (status != ORM_OK || at == NULL)
        return at == NULL ? em_fail_memory(em) : status;
    s->lasts = true;
    em_find_columns(shape->meta, result, false, at);
    status = em_check_key_columns(em, shape->meta, at);
    for (size_t i = 0; i < shape->meta->key_column_count && status == ORM_OK; i++)
        if (orm_result_is_null(result, index, at[i]))
            status = em_fail_property(em, shape->meta->columns[i]->property, 716, "it is NULL, so the row has no key");
    return status == ORM_OK ? em_settling_read(s, result, index, at) : status;
}

void *orm_map_row_to(orm_em *em, const orm_entity *entity, const orm_rows *rows, size_t index)
{
    const orm_shape *shape;
    em_settling      s = { .em = em };

    if (!em_enter(em))
        return NULL;
    shape = em_shape(em, entity);
    return finish(em, &s, shape == NULL ? em->error.status : map(&s, em, shape, rows, index));
}
