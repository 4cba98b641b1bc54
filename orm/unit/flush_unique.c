/*
 * Unique values that one row gives up and another one takes. A server checks each row as it is written, so who gives up
 * comes first: deletes and updates before INSERTs, updates among themselves in order; a circle is opened by writing NULL, or
 * a value that nobody has, for the time being.
 */
#include <string.h>

#include "unit/flush_private.h"

/* An update of one unique property. */
typedef struct move {
    orm_change_set *changes;
    orm_packed_key  old;
    bool            has_old;
    struct move    *waits_for; /* who has the value that this one takes */
    bool            taken;     /* somebody takes the value that this one gives up */
    bool            early;     /* an INSERT does, or somebody who is early */
    enum { TO_DO, ON_THE_WAY, DONE } state;
} move;

/* One unique property, or the key, of one entity type. */
typedef struct moves {
    orm_flush_plan               *plan;
    const orm_bucket             *bucket;
    const orm_meta_property      *property; /* NULL: the key or a constraint over several, of which only deletes go early */
    const orm_meta_column *const *columns;
    size_t                        column_count;
    move                         *list;
    size_t                        count;
    orm_map                       holders; /* value -> move that gives it up */
    orm_map                       removed; /* value -> instance whose row is deleted */
} moves;

/* The values of columns of a struct as one; false where one is NULL, so that nothing is equal to it. */
static bool pack(const moves *m, const void *self, orm_packed_key *out, bool *ok)
{
    const void *slots[ORM_KEY_COLUMNS_MAX];

    for (size_t i = 0; i < m->column_count; i++) {
        slots[i] = orm_column_slot(m->columns[i], self);
        if (slots[i] == NULL)
            return false;
    }
    *ok = orm_key_pack_all(m->columns, m->column_count, slots, m->plan->em->work, out);
    return *ok;
}

/* What is given up. */
static orm_status collect(moves *m)
{
    orm_em         *em = m->plan->em;
    orm_packed_key *keys = orm_arena_calloc(em->work, m->bucket->delete_count, sizeof *keys);
    bool            ok = keys != NULL;

    m->list = orm_arena_calloc(em->work, m->bucket->update_count, sizeof *m->list);
    ok = ok && m->list != NULL;
    for (size_t i = 0; ok && m->property != NULL && i < m->bucket->update_count; i++) {
        move *next = &m->list[m->count];

        if (!m->bucket->updates[i]->changed[m->property->index])
            continue;
        next->changes = m->bucket->updates[i];
        m->count++;
        next->has_old = pack(m, next->changes->instance->snapshot, &next->old, &ok);
        if (ok && next->has_old)
            ok = orm_map_put(&m->holders, orm_key_data(&next->old), next->old.size, next);
    }
    for (size_t i = 0; ok && i < m->bucket->delete_count; i++)
        if (pack(m, m->bucket->deletes[i]->snapshot, &keys[i], &ok))
            ok = orm_map_put(&m->removed, orm_key_data(&keys[i]), keys[i].size, m->bucket->deletes[i]);
    return ok ? ORM_OK : em_fail_memory(em);
}

/* Who has to be written before `self` is; NULL: nobody, or a row that is deleted, which goes early then. */
static move *holder_of(moves *m, const void *self, bool *ok)
{
    orm_packed_key key;
    orm_instance  *removed;

    if (!pack(m, self, &key, ok))
        return NULL;
    removed = orm_map_get(&m->removed, orm_key_data(&key), key.size);
    if (removed != NULL)
        removed->early_delete = true;
    return orm_map_get(&m->holders, orm_key_data(&key), key.size);
}

static orm_status find_takers(moves *m)
{
    bool ok = true;

    for (size_t i = 0; i < m->count && ok; i++) {
        move *holder = holder_of(m, m->list[i].changes->instance->self, &ok);

        if (holder == NULL || holder == &m->list[i])
            continue;
        m->list[i].waits_for = holder;
        holder->taken = true;
    }
    for (size_t i = 0; i < m->bucket->update_count && ok && m->property == NULL; i++)
        (void)holder_of(m, m->bucket->updates[i]->instance->self, &ok);
    for (size_t i = 0; i < m->bucket->insert_count && ok; i++) {
        move *holder = holder_of(m, m->bucket->inserts[i]->self, &ok);

        for (; holder != NULL && !holder->early; holder = holder->waits_for)
            holder->early = holder->taken = true;
    }
    return ok ? ORM_OK : em_fail_memory(m->plan->em);
}

/* ---- Order ---- */

static bool can_vacate(const orm_meta_property *property)
{
    return property->nullable || em_has_placeholder(property);
}

static orm_status vacate(moves *m, const move *of)
{
    const orm_meta_property *p = m->property;

    if (!can_vacate(p))
        return em_fail_property(m->plan->em, p, 662,
                                "rows exchange their unique values, and there is none that one could have meanwhile: "
                                "make it nullable, or flush in between");
    return em_plan_extra(
        m->plan->em, of->early ? &m->plan->early : &m->plan->moves,
        (orm_extra_update){ .instance = of->changes->instance, .property = p, .alone = true, .vacates = true });
}

/* The new value is the key of a row that is not there yet. */
static bool points_to_new(const moves *m, const move *of)
{
    void *target = m->property->to_one ? orm_reference_read(m->property, of->changes->instance->self) : NULL;

    return target != NULL && orm_instance_of(target)->state == ORM_INSTANCE_NEW;
}

static orm_status set_apart(const moves *m, orm_change_set *changes)
{
    orm_em *em = m->plan->em;
    size_t  count = changes->instance->shape->meta->property_count;
    bool   *apart = orm_arena_calloc(em->work, count, sizeof *apart);

    if (apart == NULL)
        return em_fail_memory(em);
    if (changes->apart != NULL)
        memcpy(apart, changes->apart, count * sizeof *apart);
    apart[m->property->index] = true;
    changes->apart = apart;
    changes->changed[m->property->index] = false;
    return ORM_OK;
}

/* Its own statement; what nobody waits for can stay in the row's UPDATE, which MikroORM does not do. */
static orm_status write(moves *m, move *of)
{
    orm_em    *em = m->plan->em;
    bool       early = of->early;
    orm_status status = ORM_OK;

    of->state = DONE;
    if (of->waits_for == NULL && !of->taken && em->o->settings.preset != ORM_PRESET_MIKROORM)
        return ORM_OK;
    if (set_apart(m, of->changes) != ORM_OK)
        return em->error.status;
    if (early && points_to_new(m, of)) {
        status = vacate(m, of);
        early = false;
    }
    return status != ORM_OK ? status
                            : em_plan_extra(em, early ? &m->plan->early : &m->plan->moves,
                                            (orm_extra_update){ .instance = of->changes->instance,
                                                                .property = m->property,
                                                                .alone = of->taken || of->waits_for != NULL });
}

/* Along the chain to the one who waits for nobody, and back. */
static orm_status write_chain(moves *m, move *first, move **path)
{
    size_t     length = 0;
    move      *at = first;
    orm_status status = ORM_OK;

    for (; at != NULL && at->state == TO_DO; at = at->waits_for) {
        at->state = ON_THE_WAY;
        path[length++] = at;
    }
    if (at != NULL && at->state == ON_THE_WAY)
        status = vacate(m, at);
    while (length > 0 && status == ORM_OK)
        status = write(m, path[--length]);
    return status;
}

static orm_status plan_moves(moves *m)
{
    move     **path;
    orm_status status = collect(m);

    if (status == ORM_OK)
        status = find_takers(m);
    if (status != ORM_OK)
        return status;
    path = orm_arena_calloc(m->plan->em->work, m->count, sizeof *path);
    if (path == NULL)
        return em_fail_memory(m->plan->em);
    for (size_t i = 0; i < m->count && status == ORM_OK; i++)
        if (m->list[i].state == TO_DO)
            status = write_chain(m, &m->list[i], path);
    return status;
}

static orm_status plan_columns(orm_flush_plan *plan, const orm_bucket *bucket, const orm_meta_property *property,
                               const orm_meta_column *const *columns, size_t column_count)
{
    moves m = { .plan = plan, .bucket = bucket, .property = property, .columns = columns, .column_count = column_count };
    orm_status status;

    /* No server has wider ones. */
    if (column_count > ORM_KEY_COLUMNS_MAX)
        return ORM_OK;
    orm_map_init(&m.holders, &plan->em->o->allocator);
    orm_map_init(&m.removed, &plan->em->o->allocator);
    status = plan_moves(&m);
    orm_map_free(&m.holders);
    orm_map_free(&m.removed);
    return status;
}

/* ---- Deletes ---- */

static bool refers_to_early(const orm_instance *instance)
{
    for (size_t i = 0; i < instance->shape->reference_count; i++) {
        void *target = orm_reference_read(instance->shape->references[i], instance->snapshot);

        if (target != NULL && orm_instance_of(target)->state == ORM_INSTANCE_REMOVED &&
            orm_instance_of(target)->early_delete)
            return true;
    }
    return false;
}

/* Who refers to a row that goes early goes early, too. */
static void spread_early(orm_flush_plan *plan)
{
    bool spreads = true;

    while (spreads) {
        spreads = false;
        for (size_t i = 0; i < plan->order_count; i++) {
            const orm_bucket *bucket = plan->order[i];

            for (size_t j = 0; j < bucket->delete_count; j++) {
                if (bucket->deletes[j]->early_delete || !refers_to_early(bucket->deletes[j]))
                    continue;
                bucket->deletes[j]->early_delete = spreads = true;
            }
        }
    }
}

static orm_status plan_bucket(orm_flush_plan *plan, const orm_bucket *bucket)
{
    const orm_meta_entity *meta = bucket->shape->meta;
    bool                   gives_up = bucket->delete_count > 0 && (bucket->insert_count > 0 || bucket->update_count > 0);
    orm_status             status = ORM_OK;

    if (gives_up)
        status = plan_columns(plan, bucket, NULL, meta->columns, meta->key_column_count);
    for (size_t i = 0; i < meta->unique_count && gives_up && status == ORM_OK; i++)
        status = plan_columns(plan, bucket, NULL, meta->uniques[i].columns, meta->uniques[i].column_count);
    for (size_t i = 0; i < meta->property_count && status == ORM_OK; i++) {
        const orm_meta_property *p = &meta->properties[i];

        /* What the server computes is not known before. */
        if (p->unique && p->column_count > 0 && !p->read_only && (gives_up || bucket->update_count > 0))
            status = plan_columns(plan, bucket, p, meta->columns + p->columns[0].index, p->column_count);
    }
    return status;
}

orm_status em_plan_unique(orm_flush_plan *plan)
{
    bool any_early = false;

    for (size_t i = 0; i < plan->order_count; i++) {
        const orm_bucket *bucket = plan->order[i];

        if (plan_bucket(plan, bucket) != ORM_OK)
            return plan->em->error.status;
        for (size_t j = 0; j < bucket->delete_count; j++)
            any_early = any_early || bucket->deletes[j]->early_delete;
    }
    if (any_early)
        spread_early(plan);
    return ORM_OK;
}
