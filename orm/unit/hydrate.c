#include <string.h>

#include "unit/embedded.h"
#include "unit/hydrate.h"

orm_status em_fail_null(orm_em *em, const orm_meta_property *property)
{
    orm_fail(&em->error, ORM_ERR_CONVERSION, 550, "the database holds NULL, and the property is not nullable");
    return orm_query_fail_property(property, &em->error);
}

orm_status em_decode_slots(orm_em *em, const orm_meta_column *const *columns, size_t count, const orm_result *result,
                           size_t row, const size_t *at, em_any_slot *values, const void **slots)
{
    for (size_t i = 0; i < count; i++) {
        slots[i] = NULL;
        if (orm_result_is_null(result, row, at[i]))
            continue;
        if (orm_result_decode(result, row, at[i], columns[i]->type, em->work, &values[i], &em->error) != ORM_OK)
            return orm_query_fail_property(columns[i]->property, &em->error);
        slots[i] = &values[i];
    }
    return ORM_OK;
}

/* A foreign key of which a part is NULL refers to nothing, as the server has it (MATCH SIMPLE). */
static orm_status decode_reference(orm_em *em, const orm_meta_property *property, const orm_result *result, size_t row,
                                   const size_t *at, void *self)
{
    const orm_meta_column *const *columns = property->entity->columns + property->columns[0].index;
    em_any_slot                   values[ORM_KEY_COLUMNS_MAX];
    const void                   *slots[ORM_KEY_COLUMNS_MAX];
    orm_instance                 *target;
    orm_status status = em_decode_slots(em, columns, property->column_count, result, row, at, values, slots);

    if (status != ORM_OK)
        return status;
    for (size_t i = 0; i < property->column_count; i++) {
        if (slots[i] == NULL) {
            orm_reference_write(property, self, NULL);
            return ORM_OK;
        }
    }
    target = em_reference(em, property->target, slots);
    if (target == NULL)
        return em->error.status;
    orm_reference_write(property, self, target->self);
    return ORM_OK;
}

static orm_status decode_custom(orm_em *em, const orm_meta_property *property, const orm_result *result, size_t row,
                                size_t at, void *self)
{
    em_any_slot read;
    bool       is_null = false;
    orm_status status =
        orm_result_decode(result, row, at, property->columns[0].type, em->work, &read, &em->error);

    if (status == ORM_OK)
        status = orm_query_to_member(property, &read, em->arena, orm_meta_slot(property, self), &is_null, &em->error);
    if (status != ORM_OK)
        return orm_query_fail_property(property, &em->error);
    if (is_null && !orm_type_info_of(property->type)->by_pointer && property->presence.offset_plus_one == 0)
        return em_fail_null(em, property);
    orm_meta_set_present(property, self, !is_null);
    return ORM_OK;
}

static orm_status decode_scalar(orm_em *em, const orm_meta_property *property, const orm_result *result, size_t row,
                                size_t at, void *self)
{
    if (orm_result_is_null(result, row, at)) {
        if (!orm_type_info_of(property->type)->by_pointer && property->presence.offset_plus_one == 0)
            return em_fail_null(em, property);
        orm_meta_set_present(property, self, false);
        return ORM_OK;
    }
    if (property->descriptor->custom != NULL)
        return decode_custom(em, property, result, row, at, self);
    if (orm_result_decode(result, row, at, property->type, em->arena, orm_meta_slot(property, self), &em->error) !=
        ORM_OK)
        return orm_query_fail_property(property, &em->error);
    orm_meta_set_present(property, self, true);
    return ORM_OK;
}

orm_status em_decode(orm_em *em, const orm_meta_property *property, const orm_result *result, size_t row,
                     const size_t *at, void *self)
{
    orm_status status;

    if (property->type == ORM_TYPE_REFERENCE)
        return decode_reference(em, property, result, row, at, self);
    status = decode_scalar(em, property, result, row, at[0], self);
    return status == ORM_OK && property->hidden_slot ? em_spread_embedded(em, property, self) : status;
}

/* ---- One part of a row ---- */

/* Which place holds which column of the root: by name, once for a result. What is behind `last` is not its. */
static orm_status find_by_name(em_reader *r, const orm_result *result, size_t last)
{
    const orm_meta_entity *meta = r->part->entity;

    for (size_t i = 0; i < last; i++) {
        const orm_meta_column *column = orm_map_get_text(&meta->by_column, orm_result_column_name(result, i));

        /* Of two, the later one is what SQL has made of the column. */
        if (column != NULL)
            r->at[column->index] = i;
    }
    for (size_t i = 0; i < meta->column_count; i++) {
        if (r->at[i] == SIZE_MAX && orm_meta_formula(meta->columns[i]) == NULL) {
            orm_fail(&r->em->error, ORM_ERR_INVALID_FIELD, 551, "table %s has no column %s: update its schema",
                     meta->table, meta->columns[i]->name);
            return orm_query_fail_property(meta->columns[i]->property, &r->em->error);
        }
    }
    return ORM_OK;
}

/* The properties whose columns are all there. */
static orm_status list_properties(em_reader *r)
{
    const orm_meta_entity *meta = r->meta;

    r->properties = orm_arena_calloc(r->memory, meta->column_count, sizeof *r->properties);
    if (r->properties == NULL)
        return em_fail_memory(r->em);
    for (size_t i = 0; i < meta->column_count; i += meta->columns[i]->property->column_count) {
        if (r->at[i] != SIZE_MAX)
            r->properties[r->property_count++] = meta->columns[i]->property;
        else
            r->partial = true;
    }
    return ORM_OK;
}

orm_status em_reader_init(em_reader *r, orm_em *em, const orm_layout_part *part, const orm_result *result, size_t first,
                          size_t last)
{
    const orm_meta_entity *meta = part->entity;
    orm_status             status = ORM_OK;

    *r = (em_reader){ .em = em, .memory = em->work, .part = part, .meta = meta, .shape = em_shape_of(em, meta) };
    r->key_only = part->load == NULL ? part->relation != NULL : part->load->ref;
    r->at = orm_arena_calloc(r->memory, meta->column_count, sizeof *r->at);
    r->scratch = orm_arena_zalloc(r->memory, meta->size);
    if (r->at == NULL || r->scratch == NULL)
        return em_fail_memory(em);
    for (size_t i = 0; i < meta->column_count; i++)
        r->at[i] = SIZE_MAX;
    if (part->of_pivot && part->relation != NULL) {
        /* The pivot table's references: first the owner's, then that which is the key here. */
        first += part->relation->pivot_self->column_count;
        for (size_t i = 0; i < meta->key_column_count; i++)
            r->at[i] = first + i;
    } else {
        for (size_t i = 0; part->columns != NULL && i < part->column_count; i++)
            r->at[part->columns[i]->index] = first + i;
    }
    if (part->columns == NULL)
        status = find_by_name(r, result, last);
    return status == ORM_OK ? list_properties(r) : status;
}

/* ---- Types of a hierarchy ---- */

/* The row's discriminator, where it is read. */
static orm_status type_of_row(em_reader *r, const orm_result *result, size_t row, const orm_meta_entity **out)
{
    const orm_meta_property *discriminator = r->meta->discriminator;
    const char              *value = NULL;
    em_any_slot              slot;
    size_t                   at = r->at[discriminator->columns[0].index];

    *out = r->meta->types[0];
    if (at == SIZE_MAX)
        return ORM_OK;
    if (orm_result_is_null(result, row, at))
        return em_fail_null(r->em, discriminator);
    if (orm_result_decode(result, row, at, discriminator->columns[0].type, r->em->work, &slot, &r->em->error) != ORM_OK)
        return orm_query_fail_property(discriminator, &r->em->error);
    memcpy(&value, &slot, sizeof value);
    *out = orm_meta_typed(r->meta, value);
    return *out != NULL ? ORM_OK
                        : em_fail_property(r->em, discriminator, 745,
                                           "a row has the value \"%.80s\", which is that of no %s", value, r->meta->name);
}

/* A reader for rows of one type: its columns have other numbers, and the same places. */
static orm_status make_typed(em_reader *r, const orm_meta_entity *meta, em_reader **out)
{
    orm_em    *em = r->em;
    em_reader *typed = orm_arena_zalloc(r->memory, sizeof *typed);

    if (typed == NULL)
        return em_fail_memory(em);
    *typed = (em_reader){ .em = em, .memory = r->memory, .part = r->part, .meta = meta, .shape = em_shape_of(em, meta) };
    typed->at = orm_arena_calloc(r->memory, meta->column_count, sizeof *typed->at);
    typed->scratch = orm_arena_zalloc(r->memory, meta->size);
    if (typed->at == NULL || typed->scratch == NULL)
        return em_fail_memory(em);
    for (size_t i = 0; i < meta->column_count; i++) {
        const orm_meta_column *column = orm_map_get_text(&r->meta->by_column, meta->columns[i]->name);

        typed->at[i] = column == NULL ? SIZE_MAX : r->at[column->index];
    }
    *out = typed;
    return list_properties(typed);
}

static orm_status typed_reader(em_reader *r, const orm_result *result, size_t row, em_reader **out)
{
    const orm_meta_entity *type;
    size_t                 k = 0;
    orm_status             status;

    *out = r;
    if (r->meta->discriminator == NULL)
        return ORM_OK;
    status = type_of_row(r, result, row, &type);
    if (status != ORM_OK)
        return status;
    while (r->meta->types[k] != type)
        k++;
    if (r->types == NULL)
        r->types = orm_arena_calloc(r->memory, r->meta->type_count, sizeof(em_reader *));
    if (r->types == NULL)
        return em_fail_memory(r->em);
    status = r->types[k] == NULL ? make_typed(r, type, &r->types[k]) : ORM_OK;
    *out = r->types[k];
    return status;
}

static orm_status decode_row(em_reader *r, const orm_result *result, size_t row, void *self)
{
    for (size_t i = 0; i < r->property_count; i++) {
        const orm_meta_property *property = r->properties[i];
        orm_status status = em_decode(r->em, property, result, row, r->at + property->columns[0].index, self);

        if (status != ORM_OK)
            return status;
    }
    return ORM_OK;
}

/* The other halves of one-to-ones know at once, whether they are loaded or not. */
static void tie_all(orm_instance *instance)
{
    for (size_t i = 0; i < instance->shape->reference_count; i++) {
        const orm_meta_property *reference = instance->shape->references[i];
        void                    *target = orm_reference_read(reference, instance->self);

        if (reference->inverse != NULL && reference->inverse->to_one && target != NULL)
            orm_instance_tie_loaded(instance, reference, orm_instance_of(target));
    }
}

/* What a partial row does not hold; NULL with an error when memory is out. */
static bool *missing_of(em_reader *r)
{
    const orm_meta_entity *meta = r->meta;
    bool                  *missing = orm_arena_calloc(r->em->arena, meta->property_count, sizeof *missing);

    if (missing == NULL) {
        em_fail_memory(r->em);
        return NULL;
    }
    for (size_t i = 0; i < meta->property_count; i++)
        missing[i] = meta->properties[i].column_count > 0;
    for (size_t i = 0; i < r->property_count; i++)
        missing[r->properties[i]->index] = false;
    return missing;
}

orm_status em_miss_formulas(orm_em *em, orm_instance *instance)
{
    const orm_meta_entity *meta = instance->shape->meta;

    instance->missing = orm_arena_calloc(em->arena, meta->property_count, sizeof *instance->missing);
    if (instance->missing == NULL)
        return em_fail_memory(em);
    for (size_t i = 0; i < meta->property_count; i++)
        instance->missing[i] = meta->properties[i].descriptor->formula != NULL;
    return ORM_OK;
}

static orm_status load_new(em_reader *r, const orm_result *result, size_t row, const void *const *key,
                           orm_instance **out)
{
    orm_em       *em = r->em;
    orm_instance *instance = orm_instance_new(em->arena, em, r->shape);
    orm_instance *displaced;
    orm_status    status = instance != NULL ? decode_row(r, result, row, instance->self) : em_fail_memory(em);

    if (status != ORM_OK)
        return status;
    /* A row that refers to itself has made a stub of its own key by now. */
    *out = em_lookup_any(em, r->shape->meta, key);
    if (*out != NULL)
        return em_take_as(em, *out, r->shape->meta);
    if (r->partial) {
        instance->missing = missing_of(r);
        if (instance->missing == NULL)
            return em->error.status;
    }
    if (!orm_instance_take_snapshot(instance, em->arena))
        return em_fail_memory(em);
    status = em_register(em, instance);
    if (status != ORM_OK)
        return status;
    if (!orm_identity_map_put(&em->identity, em->arena, instance, &displaced))
        return em_fail_memory(em);
    instance->state = ORM_INSTANCE_MANAGED;
    instance->initialized = true;
    tie_all(instance);
    *out = instance;
    return ORM_OK;
}

static orm_status relink(orm_em *em, orm_instance *instance)
{
    for (size_t i = 0; i < instance->shape->reference_count; i++) {
        const orm_link *link = orm_instance_link(instance, instance->shape->references[i]);

        if (link != NULL && link->to != NULL && instance->shape->references[i]->inverse->to_many &&
            !orm_instance_relink(instance, instance->shape->references[i], em->arena))
            return em_fail_memory(em);
    }
    tie_all(instance);
    return ORM_OK;
}

bool em_is_changed(const orm_instance *instance, const orm_meta_property *property)
{
    return property->hidden_slot ? orm_embedded_is_touched(property, instance)
                                 : orm_instance_is_dirty(instance, property);
}

/* Of an instance that is loaded, only what was missing so far is taken; of a stub, and to refresh, all that was read. */
static bool takes(const orm_instance *instance, const orm_meta_property *property, bool refresh)
{
    if (refresh || !instance->initialized)
        return true;
    return instance->missing != NULL && instance->missing[property->index];
}

/*
 * The row becomes the snapshot, as far as it was read; members that the user has changed stay as they are, unless he wants
 * them refreshed.
 */
static orm_status merge_row(em_reader *r, orm_instance *instance, const void *row, bool refresh)
{
    const orm_meta_entity *meta = r->shape->meta;
    void                  *mine = orm_arena_memdup(r->em->work, instance->self, meta->size);

    if (mine == NULL)
        return em_fail_memory(r->em);
    for (size_t i = 0; i < r->property_count; i++)
        if (takes(instance, r->properties[i], refresh) &&
            (refresh || !em_is_changed(instance, r->properties[i])))
            orm_property_copy(r->properties[i], mine, row);
    for (size_t i = 0; i < meta->column_count; i += meta->columns[i]->property->column_count)
        orm_property_copy(meta->columns[i]->property, instance->self, instance->snapshot);
    for (size_t i = 0; i < r->property_count; i++)
        if (takes(instance, r->properties[i], refresh))
            orm_property_copy(r->properties[i], instance->self, row);
    if (!orm_instance_take_snapshot(instance, r->em->arena))
        return em_fail_memory(r->em);
    if (refresh)
        em_raw_forget_all(instance);
    memcpy(instance->self, mine, meta->size);
    return relink(r->em, instance);
}

/* Notes what is there now. */
static orm_status mark_loaded(em_reader *r, orm_instance *instance)
{
    if (!instance->initialized && r->partial) {
        instance->missing = missing_of(r);
        if (instance->missing == NULL)
            return r->em->error.status;
    } else if (instance->missing != NULL) {
        for (size_t i = 0; i < r->property_count; i++)
            instance->missing[r->properties[i]->index] = false;
        if (!r->partial)
            instance->missing = NULL;
    }
    instance->initialized = true;
    return ORM_OK;
}

static bool has_news(const em_reader *r, const orm_instance *instance)
{
    for (size_t i = 0; instance->missing != NULL && i < r->property_count; i++)
        if (instance->missing[r->properties[i]->index])
            return true;
    return false;
}

/* A stub becomes what its row says; what is loaded is just that. */
static orm_status take_as_read(const em_reader *r, orm_instance *instance)
{
    const orm_meta_entity *own = instance->shape->meta;

    if (own == r->meta)
        return ORM_OK;
    if (!orm_meta_is_a(own, r->meta))
        return em_take_as(r->em, instance, r->meta);
    orm_fail(&r->em->error, ORM_ERR_VALIDATION, 748, "the row is of a %s, and what is in memory a %s", r->meta->name,
             own->name);
    orm_fail_where(&r->em->error, own->name, NULL);
    return r->em->error.status;
}

static orm_status load(em_reader *r, const orm_result *result, size_t row, const void *const *key, bool refresh,
                       orm_instance **out)
{
    orm_status status = ORM_OK;
    bool       is_new;

    *out = em_lookup_any(r->em, r->shape->meta, key);
    is_new = *out == NULL;
    if (is_new)
        status = load_new(r, result, row, key, out);
    else
        status = take_as_read(r, *out);
    if (status != ORM_OK || *out == NULL)
        return status;
    if (is_new && (*out)->initialized)
        return em_note_loaded(r->em, *out, true);
    if ((*out)->initialized && !refresh && !has_news(r, *out))
        return ORM_OK;
    memset(r->scratch, 0, r->shape->meta->size);
    status = decode_row(r, result, row, r->scratch);
    if (status == ORM_OK)
        status = merge_row(r, *out, r->scratch, refresh);
    if (status == ORM_OK)
        status = mark_loaded(r, *out);
    return status == ORM_OK ? em_note_loaded(r->em, *out, false) : status;
}

orm_status em_read_part(em_reader *r, const orm_result *result, size_t row, bool refresh, orm_instance **out)
{
    const orm_meta_entity *meta = r->part->entity;
    em_any_slot            values[ORM_KEY_COLUMNS_MAX];
    const void            *key[ORM_KEY_COLUMNS_MAX];
    orm_status             status =
        em_decode_slots(r->em, meta->columns, meta->key_column_count, result, row, r->at, values, key);

    *out = NULL;
    if (status != ORM_OK)
        return status;
    for (size_t i = 0; i < meta->key_column_count; i++) {
        if (key[i] != NULL)
            continue;
        /* A left join that found nothing. */
        return r->part->relation != NULL ? ORM_OK : em_fail_null(r->em, meta->columns[i]->property);
    }
    if (!r->key_only) {
        status = typed_reader(r, result, row, &r);
        return status == ORM_OK ? load(r, result, row, key, refresh, out) : status;
    }
    *out = em_reference(r->em, meta, key);
    return *out == NULL ? r->em->error.status : ORM_OK;
}
