#include "unit/write_rows.h"

#include "unit/generate.h"

/* ---- Names ---- */

static orm_status find_property(em_rows *r, const orm_assignment *value, size_t row, size_t *row_of,
                                em_rows_for purpose, const orm_meta_property **out)
{
    orm_em *em = r->em;

    if (value->property == NULL)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 690, "the name of a property of %s is NULL", r->meta->name);
    *out = orm_meta_property_named(r->meta, value->property);
    if (*out == NULL)
        return em_unknown_property(em, r->meta, value->property);
    if ((*out)->column_count == 0)
        return em_fail_property(em, *out, 691, "it has no column, so there is nothing to write");
    if ((*out)->read_only && purpose != EM_ROWS_KNOWN)
        return em_fail_computed(em, *out);
    if (row_of[(*out)->index] == row + 1)
        return em_fail_property(em, *out, 692, "the row has it twice");
    row_of[(*out)->index] = row + 1;
    return ORM_OK;
}

static void add_property(em_rows *r, const orm_meta_property *property)
{
    if (r->place[property->index] != 0)
        return;
    r->column_at[r->property_count] = r->column_count;
    r->properties[r->property_count++] = property;
    r->place[property->index] = r->property_count;
    for (size_t i = 0; i < property->column_count; i++)
        r->columns[r->column_count++] = &property->columns[i];
}

/* What is made for rows that do not have it. */
static bool is_made(const em_rows *r, const orm_meta_property *property)
{
    return property->column_count > 0 &&
           (property->descriptor->on_create != NULL || (property == r->meta->key && property->client_uuid));
}

static orm_status list_properties(em_rows *r, const orm_row *rows, em_rows_for purpose)
{
    const orm_meta_property *property = NULL;
    orm_em                  *em = r->em;
    size_t                  *row_of = orm_arena_calloc(em->work, r->meta->property_count, sizeof *row_of);

    r->properties = orm_arena_calloc(em->work, r->meta->property_count, sizeof *r->properties);
    r->place = orm_arena_calloc(em->work, r->meta->property_count, sizeof *r->place);
    r->columns = orm_arena_calloc(em->work, r->meta->column_count, sizeof *r->columns);
    r->column_at = orm_arena_calloc(em->work, r->meta->property_count, sizeof *r->column_at);
    if (row_of == NULL || r->properties == NULL || r->place == NULL || r->columns == NULL || r->column_at == NULL)
        return em_fail_memory(em);
    for (size_t row = 0; rows != NULL && row < r->count; row++) {
        if (rows[row].values == NULL && rows[row].count > 0)
            return orm_fail(&em->error, ORM_ERR_ARGUMENT, 690, "a row of %s has %zu values, and no list of them",
                            r->meta->name, rows[row].count);
        for (size_t i = 0; i < rows[row].count; i++) {
            if (find_property(r, &rows[row].values[i], row, row_of, purpose, &property) != ORM_OK)
                return em->error.status;
            add_property(r, property);
        }
    }
    if (r->meta->discriminator != NULL && purpose == EM_ROWS_TO_INSERT)
        add_property(r, r->meta->discriminator);
    for (size_t i = 0; i < r->meta->property_count && purpose == EM_ROWS_TO_INSERT; i++)
        if (is_made(r, &r->meta->properties[i]))
            add_property(r, &r->meta->properties[i]);
    return ORM_OK;
}

/* ---- Values ---- */

static orm_cell *cells_of(const em_rows *r, size_t row, const orm_meta_property *property)
{
    return r->cells + row * r->column_count + r->column_at[r->place[property->index] - 1];
}

/* Rows of what is read as several types may be of any of them. */
static orm_status check_type(em_rows *r, const orm_value *value)
{
    const char *text = value->kind == ORM_VALUE_TEXT ? value->as.text : NULL;

    if (r->meta->view != r->meta || r->meta->type_count == 1)
        return em_check_discriminator(r->em, r->meta->discriminator, text);
    return text != NULL && orm_meta_typed(r->meta, text) != NULL
               ? ORM_OK
               : em_fail_property(r->em, r->meta->discriminator, 746, "no type at or below %s has the value \"%.80s\"",
                                  r->meta->name, text == NULL ? "" : text);
}

/* A row that does not say of which type it is is of the entity. */
static orm_status set_type(em_rows *r, size_t row)
{
    const orm_meta_property *discriminator = r->meta->discriminator;

    if (discriminator == NULL || em_row_cells(r, row, discriminator) != NULL)
        return ORM_OK;
    if (em_refuse_abstract(r->em, r->meta) != ORM_OK)
        return r->em->error.status;
    *cells_of(r, row, discriminator) = (orm_cell){ .slot = &r->meta->discriminator_value };
    return ORM_OK;
}

/* It is borrowed, as all that the user gives. A key that only the server knows cannot be told from others. */
static orm_status read_raw(em_rows *r, size_t row, const orm_meta_property *property, const orm_value *value,
                           em_rows_for purpose)
{
    if (purpose == EM_ROWS_KNOWN || (property->primary && purpose == EM_ROWS_TO_INSERT))
        return em_fail_property(r->em, property, 757, "it is %s raw SQL",
                                purpose == EM_ROWS_KNOWN ? "known already, and not to be computed by"
                                                         : "a key: leave it to its default, not to");
    if (orm_query_check_raw(property, value, &r->em->error) != ORM_OK)
        return r->em->error.status;
    cells_of(r, row, property)[0] = (orm_cell){ .raw = value };
    return ORM_OK;
}

static orm_status read_value(em_rows *r, size_t row, const orm_meta_property *property, const orm_value *value)
{
    orm_cell       *cells = cells_of(r, row, property);
    orm_query_scope scope = em_scope(r->em);
    const void     *slots[ORM_KEY_COLUMNS_MAX];

    if (property->discriminates && check_type(r, value) != ORM_OK)
        return r->em->error.status;

    if (orm_query_value(property, value, &scope, slots, &r->em->error) != ORM_OK)
        return r->em->error.status;
    if (property == r->meta->key && slots[0] != NULL && orm_key_value_is_unset(property, slots[0]))
        return ORM_OK; /* zero: somebody makes it, as with entities */
    for (size_t i = 0; i < property->column_count; i++) {
        if (slots[i] == NULL && !property->nullable)
            return em_fail_property(r->em, property, 693, "it cannot be NULL");
        cells[i] = (orm_cell){ .slot = slots[i] };
    }
    return ORM_OK;
}

static orm_status make_value(em_rows *r, size_t row, const orm_meta_property *property)
{
    orm_generate_fn make = property->descriptor->on_create != NULL ? property->descriptor->on_create : orm_generate_uuid;
    orm_value       value;
    orm_status      status = em_generate(r->em, property, make, NULL, &value);

    if (status != ORM_OK || value.kind == ORM_VALUE_NULL)
        return status;
    r->made[row * r->property_count + r->place[property->index] - 1] = true;
    return read_value(r, row, property, &value);
}

static orm_status make_values(em_rows *r, size_t row)
{
    orm_status status = ORM_OK;

    for (size_t i = 0; i < r->property_count && status == ORM_OK; i++)
        if (is_made(r, r->properties[i]) && em_row_cells(r, row, r->properties[i]) == NULL)
            status = make_value(r, row, r->properties[i]);
    return status;
}

static orm_status check_required(em_rows *r, size_t row)
{
    for (size_t i = 0; i < r->meta->property_count; i++) {
        const orm_meta_property *p = &r->meta->properties[i];

        if (p->column_count == 0 || p->nullable || p->has_default || p->read_only || em_row_cells(r, row, p) != NULL)
            continue;
        orm_fail(&r->em->error, ORM_ERR_VALIDATION, 695, "Value for %s.%s is required", r->meta->name, p->name);
        orm_fail_where(&r->em->error, r->meta->name, p->name);
        return r->em->error.status;
    }
    return ORM_OK;
}

static orm_status read_row(em_rows *r, const orm_row *rows, size_t row, em_rows_for purpose)
{
    size_t     raw_params = 0;
    orm_status status = ORM_OK;

    for (size_t i = 0; i < r->column_count; i++)
        r->cells[row * r->column_count + i].absent = true;
    for (size_t i = 0; i < rows[row].count && status == ORM_OK; i++) {
        const orm_meta_property *property = orm_meta_property_named(r->meta, rows[row].values[i].property);
        const orm_value         *value = &rows[row].values[i].value;

        if (value->kind != ORM_VALUE_RAW) {
            status = read_value(r, row, property, value);
            continue;
        }
        status = read_raw(r, row, property, value, purpose);
        raw_params += value->as.raw.param_count;
    }
    r->raw_params = raw_params > r->raw_params ? raw_params : r->raw_params;
    if (status != ORM_OK || purpose != EM_ROWS_TO_INSERT)
        return status;
    status = set_type(r, row);
    if (status == ORM_OK)
        status = make_values(r, row);
    return status == ORM_OK ? check_required(r, row) : status;
}

orm_status em_rows_read(em_rows *out, orm_em *em, const orm_meta_entity *meta, const orm_row *rows, size_t count,
                        em_rows_for purpose)
{
    orm_status status;

    *out = (em_rows){ .em = em, .meta = meta, .count = count };
    if (rows == NULL && count > 0)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 690, "%s: there are no rows", meta->name);
    status = list_properties(out, rows, purpose);
    if (status != ORM_OK)
        return status;
    /* A row without any column still has a place. */
    if (count > SIZE_MAX / (out->column_count + 1))
        return em_fail_memory(em);
    out->cells = orm_arena_calloc(em->work, count * (out->column_count + 1), sizeof *out->cells);
    out->made = orm_arena_calloc(em->work, count * (out->property_count + 1), sizeof *out->made);
    if (out->cells == NULL || out->made == NULL)
        return em_fail_memory(em);
    for (size_t row = 0; row < count && status == ORM_OK; row++)
        status = read_row(out, rows, row, purpose);
    return status;
}

const orm_cell *em_row_cells(const em_rows *rows, size_t row, const orm_meta_property *property)
{
    const orm_cell *cells = rows->place[property->index] == 0 ? NULL : cells_of(rows, row, property);

    return cells == NULL || cells->absent ? NULL : cells;
}

bool em_row_is_made(const em_rows *rows, size_t row, const orm_meta_property *property)
{
    size_t place = rows->place[property->index];

    return place > 0 && rows->made[row * rows->property_count + place - 1];
}

bool em_row_is_raw(const em_rows *rows, size_t row, const orm_meta_property *property)
{
    const orm_cell *cells = em_row_cells(rows, row, property);

    return cells != NULL && cells[0].raw != NULL;
}

bool em_row_has_value(const em_rows *rows, size_t row, const orm_meta_property *property)
{
    const orm_cell *cells = em_row_cells(rows, row, property);

    for (size_t i = 0; cells != NULL && i < property->column_count; i++)
        if (cells[i].slot == NULL)
            return false;
    return cells != NULL;
}

bool em_row_has_key(const em_rows *rows, size_t row)
{
    for (size_t i = 0; i < rows->meta->key_count; i++)
        if (!em_row_has_value(rows, row, rows->meta->keys[i]))
            return false;
    return true;
}

/* ---- Rows of one statement ---- */

static bool any_has(const em_chunk *chunk, const orm_meta_property *property)
{
    for (size_t i = 0; i < chunk->count; i++)
        if (em_row_cells(chunk->rows, chunk->numbers[i], property) != NULL)
            return true;
    return false;
}

bool em_chunk_lacks(const void *chunk, const orm_meta_property *property)
{
    const em_chunk *c = chunk;

    for (size_t i = 0; i < c->count; i++)
        if (!em_row_has_value(c->rows, c->numbers[i], property))
            return true;
    return false;
}

static orm_cell cell_at(const em_rows *rows, size_t row, const orm_meta_column *column)
{
    const orm_cell *cells = em_row_cells(rows, row, column->property);

    if (cells == NULL)
        return (orm_cell){ .absent = true };
    return cells[column - column->property->columns];
}

orm_status em_chunk_fill(em_chunk *chunk, bool draws_key)
{
    const em_rows *rows = chunk->rows;
    orm_em        *em = rows->em;

    chunk->columns = orm_arena_calloc(em->work, rows->column_count + 1, sizeof(*chunk->columns));
    if (chunk->columns == NULL)
        return em_fail_memory(em);
    chunk->column_count = 0;
    if (draws_key)
        chunk->columns[chunk->column_count++] = rows->meta->columns[0];
    for (size_t i = 0; i < rows->column_count; i++)
        if (any_has(chunk, rows->columns[i]->property))
            chunk->columns[chunk->column_count++] = rows->columns[i];
    /* Rows without any column still need one to hang `default` on. */
    if (chunk->column_count == 0 && chunk->count > 1)
        chunk->columns[chunk->column_count++] = rows->meta->columns[0];
    chunk->cells = orm_arena_calloc(em->work, chunk->count * (chunk->column_count + 1), sizeof *chunk->cells);
    if (chunk->cells == NULL)
        return em_fail_memory(em);
    for (size_t row = 0; row < chunk->count; row++)
        for (size_t i = 0; i < chunk->column_count; i++)
            chunk->cells[row * chunk->column_count + i] = cell_at(rows, chunk->numbers[row], chunk->columns[i]);
    return ORM_OK;
}

const void **em_chunk_slots(const em_chunk *chunk, const orm_meta_column *const *columns, size_t count)
{
    const void **slots = orm_arena_calloc(chunk->rows->em->work, chunk->count * count + 1, sizeof *slots);

    if (slots == NULL) {
        em_fail_memory(chunk->rows->em);
        return NULL;
    }
    for (size_t row = 0; row < chunk->count; row++)
        for (size_t i = 0; i < count; i++)
            slots[row * count + i] = cell_at(chunk->rows, chunk->numbers[row], columns[i]).slot;
    return slots;
}

/* ---- Keys ---- */

static bool column_value(orm_em *em, const orm_meta_column *column, const void *slot, orm_value *out)
{
    void *copy = orm_arena_zalloc(em->arena, orm_type_info_of(column->type)->size);

    if (copy == NULL || !orm_type_copy_deep(column->type, em->arena, copy, slot))
        return false;
    *out = orm_type_to_value(column->type, copy);
    return true;
}

/* Recursive where keys are made of references, which discovery has bounded. */
bool em_key_value(orm_em *em, const orm_meta_entity *meta, const void *const *slots, orm_value *out)
{
    orm_value *parts = meta->key_count == 1 ? out : orm_arena_calloc(em->arena, meta->key_count, sizeof *parts);
    size_t     at = 0;

    if (parts == NULL)
        return false;
    for (size_t i = 0; i < meta->key_count; i++) {
        const orm_meta_property *key = meta->keys[i];

        if (!(key->to_one ? em_key_value(em, key->target, slots + at, &parts[i])
                          : column_value(em, &key->columns[0], slots[at], &parts[i])))
            return false;
        at += key->column_count;
    }
    if (meta->key_count > 1)
        *out = orm_list_value(parts, meta->key_count);
    return true;
}
