#include "unit/row_match.h"

/* Types whose values come back as they were sent. */
static bool is_exact(orm_type type)
{
    return type == ORM_TYPE_STRING || type == ORM_TYPE_TEXT || type == ORM_TYPE_ENUM || type == ORM_TYPE_UUID ||
           type == ORM_TYPE_DATE || type == ORM_TYPE_BOOLEAN || type == ORM_TYPE_BYTES ||
           orm_type_info_of(type)->is_integer;
}

bool em_comes_back_exactly(const orm_meta_column *const *columns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!is_exact(columns[i]->type) || columns[i]->source->custom != NULL)
            return false;
    return true;
}

em_match_by em_choose_match(const orm_meta_entity *meta, em_lacks_fn lacks, const void *rows,
                            const orm_meta_column *const **columns, size_t *count)
{
    if (meta->key == NULL || !lacks(rows, meta->key)) {
        *columns = meta->columns;
        *count = meta->key_column_count;
        return EM_MATCH_COLUMNS;
    }
    for (size_t i = 0; i < meta->property_count; i++) {
        const orm_meta_property *p = &meta->properties[i];

        if (!p->unique || p->column_count == 0 || lacks(rows, p))
            continue;
        *columns = meta->columns + p->columns[0].index;
        *count = p->column_count;
        if (em_comes_back_exactly(*columns, *count))
            return EM_MATCH_COLUMNS;
    }
    *columns = NULL;
    *count = 0;
    return orm_query_can_draw_keys(meta) ? EM_MATCH_NUMBER : EM_MATCH_ALONE;
}

orm_status em_row_match_fail(const em_row_match *match)
{
    return orm_fail(&match->em->error, ORM_ERR_PROTOCOL, 585,
                    "the rows that the server returned for %zu inserted %s cannot be told apart or are not all there",
                    match->count, match->meta->name);
}

/* From the sent values of the matching columns to the row. */
static bool index_rows(em_row_match *match)
{
    orm_packed_key *keys = orm_arena_calloc(match->em->work, match->count, sizeof *keys);

    if (keys == NULL)
        return false;
    for (size_t i = 0; i < match->count; i++) {
        if (!orm_key_pack_all(match->columns, match->column_count, match->slots + i * match->column_count,
                              match->em->work, &keys[i]))
            return false;
        /* Of equal rows, which a conflict lets be sent, the first one stands for all. */
        if (orm_map_get(&match->index, orm_key_data(&keys[i]), keys[i].size) == NULL &&
            !orm_map_put(&match->index, orm_key_data(&keys[i]), keys[i].size, &match->seen[i]))
            return false;
    }
    return true;
}

orm_status em_row_match_init(em_row_match *match)
{
    orm_map_init(&match->index, &match->em->o->allocator);
    match->seen = orm_arena_calloc(match->em->work, match->count, sizeof *match->seen);
    if (match->seen == NULL || (match->by == EM_MATCH_COLUMNS && !index_rows(match)))
        return em_fail_memory(match->em);
    return ORM_OK;
}

void em_row_match_free(em_row_match *match)
{
    orm_map_free(&match->index);
}

/* The row that has these values. */
static orm_status find_slots(em_row_match *match, const void *const *slots, size_t *out)
{
    const bool    *found;
    orm_packed_key key;

    if (!orm_key_pack_all(match->columns, match->column_count, slots, match->em->work, &key))
        return em_fail_memory(match->em);
    found = orm_map_get(&match->index, orm_key_data(&key), key.size);
    if (found == NULL)
        return em_row_match_fail(match);
    *out = (size_t)(found - match->seen);
    return ORM_OK;
}

orm_status em_row_match_first(em_row_match *match, size_t row, size_t *out)
{
    return find_slots(match, match->slots + row * match->column_count, out);
}

static orm_status find_by_columns(em_row_match *match, const orm_result *result, size_t row, size_t *out)
{
    union {
        max_align_t align;
        char        bytes[64];
    } values[ORM_KEY_COLUMNS_MAX];
    orm_em     *em = match->em;
    const void *slots[ORM_KEY_COLUMNS_MAX];

    for (size_t i = 0; i < match->column_count; i++) {
        const orm_meta_column *column = match->columns[i];
        size_t                 at = match->at[column->index];

        if (orm_result_is_null(result, row, at))
            return em_row_match_fail(match);
        if (orm_result_decode(result, row, at, column->type, em->work, &values[i], &em->error) != ORM_OK)
            return orm_query_fail_property(column->property, &em->error);
        slots[i] = &values[i];
    }
    return find_slots(match, slots, out);
}

static orm_status find_by_number(em_row_match *match, const orm_result *result, size_t row, size_t *out)
{
    int64_t number = 0;

    if (orm_result_is_null(result, row, 0))
        return em_row_match_fail(match);
    if (orm_result_decode(result, row, 0, ORM_TYPE_BIGINT, match->em->work, &number, &match->em->error) != ORM_OK)
        return match->em->error.status;
    if (number < 1 || (uint64_t)number > match->count)
        return em_row_match_fail(match);
    *out = (size_t)number - 1;
    return ORM_OK;
}

orm_status em_row_match_find(em_row_match *match, const orm_result *result, size_t row, size_t *out)
{
    orm_status status = ORM_OK;

    *out = 0;
    if (match->by == EM_MATCH_COLUMNS)
        status = find_by_columns(match, result, row, out);
    else if (match->by == EM_MATCH_NUMBER)
        status = find_by_number(match, result, row, out);
    if (status != ORM_OK)
        return status;
    if (match->seen[*out])
        return em_row_match_fail(match);
    match->seen[*out] = true;
    return ORM_OK;
}
