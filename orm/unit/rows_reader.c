/* Rows that hold several entities, and what they say of each other. */
#include "unit/hydrate.h"

/* Places of a reference's columns among those that the root part lists. */
static size_t *places_of(orm_em *em, const orm_layout_part *root, const orm_meta_property *reference)
{
    size_t *at = orm_arena_calloc(em->work, reference->column_count, sizeof *at);

    if (at == NULL) {
        em_fail_memory(em);
        return NULL;
    }
    for (size_t i = 0; i < reference->column_count; i++)
        for (size_t j = 0; j < root->column_count; j++)
            if (root->columns[j] == &reference->columns[i])
                at[i] = j;
    return at;
}

orm_status em_rows_reader_init(em_rows_reader *r, orm_em *em, const orm_layout *layout, const orm_result *result,
                               const orm_meta_property *fills, const em_pass *pass)
{
    size_t     columns = orm_result_columns(result);
    size_t     joined = columns - layout->trailing - layout->joined_columns; /* where they begin */
    orm_status status = ORM_OK;

    *r = (em_rows_reader){ .em = em, .layout = layout, .fills = fills, .pass = *pass };
    r->is_pivot = fills != NULL && fills->pivot != NULL;
    if (columns < layout->trailing + layout->joined_columns)
        return orm_fail(&em->error, ORM_ERR_PROTOCOL, 870, "the server sent %zu columns, which are fewer than were asked for",
                        columns);
    r->readers = orm_arena_calloc(em->work, layout->count, sizeof *r->readers);
    r->current = orm_arena_calloc(em->work, layout->count, sizeof *r->current);
    if (r->readers == NULL || r->current == NULL)
        return em_fail_memory(em);
    for (size_t i = r->is_pivot ? 1 : 0; i < layout->count && status == ORM_OK; i++)
        status = em_reader_init(&r->readers[i], em, &layout->parts[i], result,
                                i == 0 ? 0 : joined + layout->parts[i].first, joined);
    if (status != ORM_OK || fills == NULL)
        return status;
    if (!r->is_pivot) {
        r->owner_at = r->readers[0].at + fills->inverse->columns[0].index;
        return ORM_OK;
    }
    r->owner_at = places_of(em, &layout->parts[0], fills->pivot_self);
    r->target_at = places_of(em, &layout->parts[0], fills->pivot_target);
    return em->error.status;
}

/* ---- Rows that fill a collection ---- */

/* The instance that a reference of the row names: one that is there already, or (`make`) a stub. */
static orm_status side(em_rows_reader *r, const orm_meta_property *reference, const size_t *at, const orm_result *result,
                       size_t row, bool make, orm_instance **out)
{
    const orm_meta_column *const *columns = reference->entity->columns + reference->columns[0].index;
    em_any_slot                   values[ORM_KEY_COLUMNS_MAX];
    const void                   *slots[ORM_KEY_COLUMNS_MAX];
    orm_status                    status =
        em_decode_slots(r->em, columns, reference->column_count, result, row, at, values, slots);

    *out = NULL;
    if (status != ORM_OK)
        return status;
    for (size_t i = 0; i < reference->column_count; i++)
        if (slots[i] == NULL)
            return ORM_OK;
    *out = make ? em_reference(r->em, reference->target, slots) : em_lookup(r->em, reference->target, slots);
    return *out == NULL && make ? r->em->error.status : ORM_OK;
}

static orm_status fill(em_rows_reader *r, const orm_result *result, size_t row, orm_instance **item)
{
    const orm_meta_property *relation = r->fills;
    const orm_meta_property *reference = r->is_pivot ? relation->pivot_self : relation->inverse;
    orm_instance            *owner;
    orm_status               status = side(r, reference, r->owner_at, result, row, false, &owner);

    if (status == ORM_OK && r->is_pivot && r->layout->count > 1)
        *item = r->current[1];
    else if (status == ORM_OK && r->is_pivot)
        status = side(r, relation->pivot_target, r->target_at, result, row, true, item);
    if (status != ORM_OK || owner == NULL || *item == NULL || r->pass.detached)
        return status;
    return em_link_loaded(r->em, owner, relation, *item, &r->pass);
}

/* ---- Rows ---- */

static orm_status read_joined(em_rows_reader *r, size_t i, const orm_result *result, size_t row)
{
    const orm_layout_part *part = &r->layout->parts[i];
    bool                   of_pivot = r->is_pivot && part->owner == 0;
    orm_instance          *owner = r->current[part->owner];
    orm_status             status;

    r->current[i] = NULL;
    if (owner == NULL && !of_pivot)
        return ORM_OK;
    status = em_read_part(&r->readers[i], result, row, r->pass.refresh, &r->current[i]);
    if (status != ORM_OK || of_pivot)
        return status;
    if (r->current[i] == NULL && part->load != NULL && part->load->filter != NULL && part->relation->to_one &&
        part->relation->owner)
        return em_hide_reference(r->em, owner, part->relation);
    return em_link_loaded(r->em, owner, part->relation, r->current[i], &r->pass);
}

orm_status em_read_row(em_rows_reader *r, const orm_result *result, size_t row, orm_instance **root)
{
    orm_status status = ORM_OK;

    *root = NULL;
    if (!r->is_pivot) {
        status = em_read_part(&r->readers[0], result, row, r->pass.refresh, &r->current[0]);
        *root = r->current[0];
    }
    for (size_t i = 1; i < r->layout->count && status == ORM_OK; i++)
        status = read_joined(r, i, result, row);
    return status == ORM_OK && r->fills != NULL ? fill(r, result, row, root) : status;
}
