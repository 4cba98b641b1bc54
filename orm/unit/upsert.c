/* What makes rows conflict, what is then merged, and which rows go together. */
#include <string.h>

#include "unit/event.h"
#include "unit/row_match.h"
#include "unit/upsert.h"

/* ---- Names in the options ---- */

static orm_status named_property(const em_upsert *u, const char *name, const orm_meta_property **out)
{
    *out = orm_meta_property_named(u->shape->meta, name);
    if (*out == NULL)
        return em_unknown_property(u->em, u->shape->meta, name);
    if ((*out)->column_count == 0)
        return em_fail_property(u->em, *out, 697, "it has no column, so it plays no part in a conflict");
    if ((*out)->read_only)
        return em_fail_computed(u->em, *out);
    return ORM_OK;
}

/* Marks the named properties. */
static orm_status mark(const em_upsert *u, const char *const *names, bool value, bool *marks)
{
    const orm_meta_property *property;
    orm_status               status = ORM_OK;

    for (size_t i = 0; names[i] != NULL && status == ORM_OK; i++) {
        status = named_property(u, names[i], &property);
        if (status == ORM_OK)
            marks[property->index] = value;
    }
    return status;
}

static orm_status check_options(const em_upsert *u)
{
    const orm_upsert_options *o = u->options;

    if (o->action != ORM_CONFLICT_MERGE && o->action != ORM_CONFLICT_IGNORE)
        return orm_fail(&u->em->error, ORM_ERR_ARGUMENT, 698, "unknown conflict action %d for upserting %s",
                        (int)o->action, u->shape->meta->name);
    if (o->merge_fields != NULL && o->exclude_fields != NULL)
        return orm_fail(&u->em->error, ORM_ERR_VALIDATION, 699,
                        "upserting %s: merge_fields and exclude_fields contradict each other; leave one out",
                        u->shape->meta->name);
    if (o->action == ORM_CONFLICT_IGNORE &&
        (o->merge_fields != NULL || o->exclude_fields != NULL || o->where != NULL))
        return orm_fail(&u->em->error, ORM_ERR_VALIDATION, 700,
                        "upserting %s: a conflict that is ignored merges nothing; leave merge_fields, exclude_fields "
                        "and where out",
                        u->shape->meta->name);
    return ORM_OK;
}

/* ---- What must be unique ---- */

static orm_status add_to_target(em_upsert *u, const orm_meta_property *property)
{
    if (u->in_target[property->index])
        return em_fail_property(u->em, property, 701, "conflict_fields names it twice");
    if (u->target_column_count + property->column_count > ORM_KEY_COLUMNS_MAX)
        return em_fail_property(u->em, property, 702, "the conflict fields have more than %d columns",
                                ORM_KEY_COLUMNS_MAX);
    u->in_target[property->index] = true;
    u->target[u->target_count++] = property;
    for (size_t i = 0; i < property->column_count; i++)
        u->target_columns[u->target_column_count++] = &property->columns[i];
    return ORM_OK;
}

/* The user gave it; NULL counts only if it may. */
static bool all_rows_give(const em_upsert *u, const orm_meta_property *property, bool null_too)
{
    for (size_t row = 0; row < u->rows.count; row++) {
        if (em_row_is_made(&u->rows, row, property))
            return false;
        if (null_too ? em_row_cells(&u->rows, row, property) == NULL : !em_row_has_value(&u->rows, row, property))
            return false;
    }
    return true;
}

static orm_status take_named_target(em_upsert *u)
{
    const char *const       *names = u->options->conflict_fields;
    const orm_meta_property *property;

    if (names[0] == NULL)
        return orm_fail(&u->em->error, ORM_ERR_VALIDATION, 703,
                        "upserting %s: conflict_fields is empty; leave it NULL for the default", u->shape->meta->name);
    for (size_t i = 0; names[i] != NULL; i++) {
        if (named_property(u, names[i], &property) != ORM_OK)
            return u->em->error.status;
        for (size_t row = 0; row < u->rows.count; row++)
            if (em_row_is_raw(&u->rows, row, property))
                return em_fail_property(u->em, property, 757, "it is a conflict field, and no raw SQL");
        if (!all_rows_give(u, property, true))
            return em_fail_property(u->em, property, 704, "it is a conflict field, and a row does not have it");
        if (add_to_target(u, property) != ORM_OK)
            return u->em->error.status;
    }
    return ORM_OK;
}

static orm_status take_all(em_upsert *u, const orm_meta_property *const *properties, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (add_to_target(u, properties[i]) != ORM_OK)
            return u->em->error.status;
    return ORM_OK;
}

static bool all_given(const em_upsert *u, const orm_meta_property *const *properties, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!all_rows_give(u, properties[i], false))
            return false;
    return true;
}

static void append_names(orm_buffer *out, const orm_meta_property *const *properties, size_t count)
{
    orm_buffer_append(out, out->length > 0 ? ", " : "");
    orm_buffer_append(out, count > 1 ? "(" : "");
    for (size_t i = 0; i < count; i++)
        orm_buffer_printf(out, "%s%s", i > 0 ? ", " : "", properties[i]->name);
    orm_buffer_append(out, count > 1 ? ")" : "");
}

static orm_status fail_target(const em_upsert *u)
{
    const orm_meta_entity *meta = u->shape->meta;
    orm_buffer             names;

    orm_buffer_init(&names, orm_arena_allocator(u->em->work), 0);
    append_names(&names, meta->keys, meta->key_count);
    for (size_t i = 0; i < meta->property_count; i++) {
        const orm_meta_property *property = &meta->properties[i];

        if (property->unique && property->column_count > 0)
            append_names(&names, &property, 1);
    }
    for (size_t i = 0; i < meta->unique_count; i++)
        append_names(&names, meta->uniques[i].properties, meta->uniques[i].property_count);
    orm_fail(&u->em->error, ORM_ERR_VALIDATION, 705,
             "upserting %s: nothing tells which row is meant; every row needs a value for one of: %s", meta->name,
             names.broken ? "its unique properties" : names.data);
    orm_fail_where(&u->em->error, meta->name, "");
    orm_buffer_free(&names);
    return u->em->error.status;
}

static orm_status choose_target(em_upsert *u)
{
    const orm_meta_entity *meta = u->shape->meta;

    if (u->options->conflict_fields != NULL)
        return take_named_target(u);
    if (all_given(u, meta->keys, meta->key_count))
        return take_all(u, meta->keys, meta->key_count);
    for (size_t i = 0; i < meta->property_count; i++) {
        const orm_meta_property *property = &meta->properties[i];

        if (property->unique && property->column_count > 0 && all_rows_give(u, property, false))
            return take_all(u, &property, 1);
    }
    for (size_t i = 0; i < meta->unique_count; i++) {
        const orm_meta_index *unique = &meta->uniques[i];

        if (all_given(u, unique->properties, unique->property_count))
            return take_all(u, unique->properties, unique->property_count);
    }
    return fail_target(u);
}

/* ---- What is merged ---- */

static orm_status check_merged(const em_upsert *u)
{
    const orm_meta_entity *meta = u->shape->meta;

    for (size_t i = 0; i < meta->property_count; i++) {
        const orm_meta_property *property = &meta->properties[i];

        if (!u->merges[i])
            continue;
        if (property->primary)
            return em_fail_property(u->em, property, 706, "the key of a row that is there never changes: do not merge it");
        if (u->rows.place[i] == 0)
            return em_fail_property(u->em, property, 707, "merge_fields names it, and no row has it");
    }
    return ORM_OK;
}

static orm_status choose_merged(em_upsert *u)
{
    const orm_meta_entity *meta = u->shape->meta;
    orm_status             status = ORM_OK;

    if (u->options->action == ORM_CONFLICT_IGNORE)
        return ORM_OK;
    if (u->options->merge_fields != NULL) {
        status = mark(u, u->options->merge_fields, true, u->merges);
        return status == ORM_OK ? check_merged(u) : status;
    }
    for (size_t i = 0; i < meta->property_count; i++)
        u->merges[i] = !meta->properties[i].primary && !u->in_target[i];
    return u->options->exclude_fields == NULL ? ORM_OK : mark(u, u->options->exclude_fields, false, u->merges);
}

/* ---- Which rows go together ---- */

typedef struct group {
    struct group *next;
    size_t       *numbers;
    size_t        count;
    size_t        capacity;
} group;

/*
 * Two rows have the same pattern if they have the same properties, made or given, and neither has NULL where it must be
 * unique.
 */
static char *pattern_of(const em_upsert *u, size_t row)
{
    size_t count = u->rows.property_count;
    char  *pattern = orm_arena_alloc(u->em->work, count + sizeof row);

    if (pattern == NULL)
        return NULL;
    memset(pattern + count, 0, sizeof row);
    for (size_t i = 0; i < count; i++) {
        const orm_meta_property *property = u->rows.properties[i];

        pattern[i] = (char)('0' + (em_row_cells(&u->rows, row, property) != NULL) +
                            em_row_is_made(&u->rows, row, property) + 3 * em_row_is_raw(&u->rows, row, property));
        /* Such a row cannot be told from others by what comes back: its number makes it the only one. */
        if (u->in_target[property->index] && !em_row_has_value(&u->rows, row, property)) {
            size_t number = row + 1;

            memcpy(pattern + count, &number, sizeof number);
        }
    }
    return pattern;
}

static orm_status add_to_group(const em_upsert *u, orm_map *groups, group ***last, size_t row)
{
    char  *pattern = pattern_of(u, row);
    size_t size = u->rows.property_count + sizeof row;
    group *g = pattern == NULL ? NULL : orm_map_get(groups, pattern, size);

    if (pattern != NULL && g == NULL) {
        g = orm_arena_zalloc(u->em->work, sizeof *g);
        if (g == NULL || !orm_map_put(groups, pattern, size, g))
            return em_fail_memory(u->em);
        **last = g;
        *last = &g->next;
    }
    if (g == NULL || !orm_arena_grow(u->em->work, &g->numbers, g->count, &g->capacity, sizeof *g->numbers))
        return em_fail_memory(u->em);
    g->numbers[g->count++] = row;
    return ORM_OK;
}

static orm_status send_groups(em_upsert *u, const group *groups)
{
    for (const group *g = groups; g != NULL; g = g->next) {
        for (size_t at = 0; at < g->count; at += u->limit) {
            size_t     count = g->count - at < u->limit ? g->count - at : u->limit;
            orm_status status = em_upsert_send(u, g->numbers + at, count);

            if (status != ORM_OK)
                return status;
        }
    }
    return ORM_OK;
}

/* ---- The whole of it ---- */

/* The condition stands in each statement; it is written once on trial. */
static orm_status count_where(const em_upsert *u, size_t *params)
{
    orm_em         *em = u->em;
    orm_query_scope scope = em_scope(em);
    orm_statement   statement;
    bool            empty;
    orm_status      status;

    *params = 0;
    if (u->options->where == NULL)
        return ORM_OK;
    orm_statement_init(&statement, em->connection, em->work);
    status = orm_query_condition(&statement, u->shape->meta, u->shape->meta->table, u->options->where, &scope, &empty,
                                 &em->error);
    *params = statement.param_count;
    orm_statement_free(&statement);
    return status;
}

static orm_status tell_rows(const em_upsert *u, orm_event_kind kind)
{
    orm_status status = ORM_OK;

    for (size_t i = 0; i < u->rows.count && status == ORM_OK && em_listens(u->em, kind); i++)
        status = em_tell_upsert(u->em, kind, u->shape->meta, &u->given[i], u->items[i]);
    return status;
}

static orm_status allocate(em_upsert *u)
{
    const orm_meta_entity *meta = u->shape->meta;
    orm_arena             *work = u->em->work;

    u->target = orm_arena_calloc(work, meta->property_count, sizeof *u->target);
    u->target_columns = orm_arena_calloc(work, meta->column_count, sizeof *u->target_columns);
    u->in_target = orm_arena_calloc(work, meta->property_count, sizeof *u->in_target);
    u->merges = orm_arena_calloc(work, meta->property_count, sizeof *u->merges);
    u->items = orm_arena_calloc(work, u->rows.count, sizeof(*u->items));
    if (u->target == NULL || u->target_columns == NULL || u->in_target == NULL || u->merges == NULL || u->items == NULL)
        return em_fail_memory(u->em);
    return em_settling_init(&u->settling, u->em, u->shape);
}

static orm_status upsert(em_upsert *u, size_t count)
{
    orm_em    *em = u->em;
    size_t     wanted = u->options->batch_size > 0 ? u->options->batch_size : em->o->settings.batch_size;
    group     *groups = NULL;
    group    **last = &groups;
    size_t     where_params = 0;
    orm_map    by_pattern;
    orm_status status = check_options(u);

    if (status == ORM_OK)
        status = em_rows_read(&u->rows, em, u->shape->meta, u->given, count, EM_ROWS_TO_INSERT);
    if (status == ORM_OK)
        status = allocate(u);
    if (status != ORM_OK || count == 0)
        return status;
    status = choose_target(u);
    if (status == ORM_OK)
        status = choose_merged(u);
    orm_map_init(&by_pattern, &em->o->allocator);
    for (size_t row = 0; row < count && status == ORM_OK; row++)
        status = add_to_group(u, &by_pattern, &last, row);
    orm_map_free(&by_pattern);
    if (status == ORM_OK)
        status = tell_rows(u, ORM_EVENT_BEFORE_UPSERT);
    if (status == ORM_OK)
        status = em_connect(em);
    if (status == ORM_OK)
        status = count_where(u, &where_params);
    if (status != ORM_OK)
        return status;
    u->limit = em_comes_back_exactly(u->target_columns, u->target_column_count)
                   ? em_limit_rows(em, wanted, orm_meta_params(u->rows.columns, u->rows.column_count) + u->rows.raw_params, where_params)
                   : 1;
    status = send_groups(u, groups);
    if (status == ORM_OK)
        status = em_tell_loaded(em);
    return status == ORM_OK ? tell_rows(u, ORM_EVENT_AFTER_UPSERT) : status;
}

static orm_status to_list(const em_upsert *u, orm_list *out)
{
    void **list = u->rows.count == 0 ? NULL : orm_arena_calloc(u->em->arena, u->rows.count, sizeof *list);

    if (u->rows.count > 0 && list == NULL)
        return em_fail_memory(u->em);
    for (size_t i = 0; i < u->rows.count; i++)
        list[i] = u->items[i]->self;
    *out = (orm_list){ .items = list, .count = u->rows.count };
    return ORM_OK;
}

orm_status orm_upsert_rows(orm_em *em, const orm_entity *entity, const orm_row *rows, size_t count,
                           const orm_upsert_options *options, orm_list *out)
{
    static const orm_upsert_options defaults = { .batch_size = 0 };
    em_upsert                       u = { .em = em, .given = rows, .options = options != NULL ? options : &defaults };
    orm_status                      status;

    if (out != NULL)
        *out = (orm_list){ .count = 0 };
    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    u.shape = em_shape(em, entity);
    status = u.shape == NULL ? em->error.status : upsert(&u, count);
    if (status == ORM_OK && out != NULL)
        status = to_list(&u, out);
    return em_leave(em, status);
}

void *orm_upsert_row(orm_em *em, const orm_entity *entity, const orm_row *row, const orm_upsert_options *options)
{
    orm_list list;

    return orm_upsert_rows(em, entity, row, 1, options, &list) == ORM_OK ? orm_list_at(&list, 0) : NULL;
}
