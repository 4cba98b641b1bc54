/*
 * Unique values that one row gives up and another one takes. A server checks each row as it is written, so who gives up
 * comes first: deletes and updates before INSERTs, updates among themselves in order. Here it is found out who waits for
 * whom; flush_move.c finds the order.
 */
#include <string.h>

#include "unit/flush_private.h"

/* One constraint of one entity type. */
typedef struct values {
    const orm_unique *unique;
    orm_map           holders; /* value -> move that gives it up */
    orm_map           removed; /* value -> instance whose row is deleted */
} values;

/* One entity type, or all that share a table; constraints are those of the table. */
typedef struct type {
    orm_flush_plan *plan;
    orm_bucket     *bucket;
    values         *uniques; /* the key's, those of several properties, those of single ones */
    size_t          count;
    orm_move      **moves; /* by place in the bucket's updates; NULL: none of its unique values changes */
    bool            any_move;
} type;

/* Of a row that was not read, or not all of it, only what was set since is known; of its key all. */
static bool is_known(const orm_instance *instance, const orm_change_set *changes, const orm_unique *unique)
{
    for (size_t i = 0; i < unique->property_count && instance->state != ORM_INSTANCE_NEW; i++) {
        const orm_meta_property *own = orm_instance_property(instance, unique->properties[i]);

        if (own != NULL &&
            (!instance->initialized || (instance->missing != NULL && instance->missing[own->index])) &&
            !(changes != NULL && changes->changed[own->index]))
            return false;
    }
    return true;
}

/* The values of columns of an instance's struct as one; false where one is NULL, so that nothing is equal to it. */
static bool pack(const type *t, const orm_unique *unique, const orm_instance *instance, const void *self,
                 orm_packed_key *out, bool *ok)
{
    const void *slots[ORM_KEY_COLUMNS_MAX];

    for (size_t i = 0; i < unique->column_count; i++) {
        const orm_meta_column *own = orm_instance_column(instance, unique->columns[i]);

        slots[i] = own == NULL ? NULL : orm_column_slot(own, self);
        if (slots[i] == NULL)
            return false;
    }
    *ok = orm_key_pack_all(unique->columns, unique->column_count, slots, t->plan->em->work, out);
    return *ok;
}

/* ---- Constraints ---- */

/* No server has wider ones, and what the server computes is not known before. */
static bool is_followed(const orm_unique *unique)
{
    for (size_t i = 0; i < unique->property_count; i++)
        if (unique->properties[i]->read_only)
            return false;
    return unique->column_count <= ORM_KEY_COLUMNS_MAX;
}

static void add_unique(type *t, orm_unique *unique)
{
    if (!is_followed(unique))
        return;
    t->uniques[t->count].unique = unique;
    orm_map_init(&t->uniques[t->count].holders, &t->plan->em->o->allocator);
    orm_map_init(&t->uniques[t->count].removed, &t->plan->em->o->allocator);
    t->count++;
}

static orm_status list_uniques(type *t)
{
    const orm_meta_entity    *meta = t->bucket->shape->table;
    orm_arena                *work = t->plan->em->work;
    size_t                    most = 1 + meta->unique_count + meta->property_count;
    orm_unique               *list = orm_arena_calloc(work, most, sizeof *list);
    const orm_meta_property **single = orm_arena_calloc(work, meta->property_count, sizeof *single);

    t->uniques = orm_arena_calloc(work, most, sizeof *t->uniques);
    if (list == NULL || single == NULL || t->uniques == NULL)
        return em_fail_memory(t->plan->em);
    *list = (orm_unique){ .columns = meta->columns, .column_count = meta->key_column_count };
    add_unique(t, list++);
    for (size_t i = 0; i < meta->unique_count; i++) {
        const orm_meta_index *index = &meta->uniques[i];

        *list = (orm_unique){ .properties = index->properties,
                              .property_count = index->property_count,
                              .columns = index->columns,
                              .column_count = index->column_count };
        add_unique(t, list++);
    }
    for (size_t i = 0; i < meta->property_count; i++) {
        const orm_meta_property *p = &meta->properties[i];

        if (!p->unique || p->column_count == 0)
            continue;
        single[i] = p;
        *list = (orm_unique){ .properties = &single[i],
                              .property_count = 1,
                              .columns = meta->columns + p->columns[0].index,
                              .column_count = p->column_count,
                              .single = true };
        add_unique(t, list++);
    }
    return ORM_OK;
}

static void free_uniques(type *t)
{
    for (size_t i = 0; i < t->count; i++) {
        orm_map_free(&t->uniques[i].holders);
        orm_map_free(&t->uniques[i].removed);
    }
}

/* ---- What is given up ---- */

static bool changes_unique(const orm_change_set *changes, const orm_unique *unique)
{
    for (size_t i = 0; i < unique->property_count; i++) {
        const orm_meta_property *own = orm_instance_property(changes->instance, unique->properties[i]);

        if (own != NULL && changes->changed[own->index])
            return true;
    }
    return false;
}

static orm_move *new_move(orm_flush_plan *plan, orm_change_set *changes)
{
    orm_move *move = orm_arena_zalloc(plan->em->work, sizeof *move);

    if (move == NULL)
        return NULL;
    move->changes = changes;
    if (plan->last_move == NULL)
        plan->last_move = &plan->moves;
    *plan->last_move = move;
    plan->last_move = &move->next;
    plan->move_count++;
    return move;
}

/* The map keeps a pointer to the key. */
static bool put(const type *t, orm_map *map, const orm_packed_key *key, void *value)
{
    orm_packed_key *kept = orm_arena_alloc(t->plan->em->work, sizeof *kept);

    if (kept == NULL)
        return false;
    *kept = *key;
    return orm_map_put(map, orm_key_data(kept), kept->size, value);
}

static bool collect_update(type *t, size_t place)
{
    orm_change_set *changes = t->bucket->updates[place];
    bool            ok = true;

    for (size_t i = 0; i < t->count && ok; i++) {
        values        *v = &t->uniques[i];
        orm_packed_key key;

        if (!changes_unique(changes, v->unique))
            continue;
        if (t->moves[place] == NULL)
            t->moves[place] = new_move(t->plan, changes);
        if (t->moves[place] == NULL)
            return false;
        t->any_move = true;
        if (is_known(changes->instance, NULL, v->unique) && 
            pack(t, v->unique, changes->instance, changes->instance->snapshot, &key, &ok))
            ok = put(t, &v->holders, &key, t->moves[place]);
    }
    return ok;
}

static bool collect_delete(type *t, orm_instance *instance)
{
    bool ok = true;

    for (size_t i = 0; i < t->count && ok; i++) {
        values        *v = &t->uniques[i];
        orm_packed_key key;

        if (is_known(instance, NULL, v->unique) && pack(t, v->unique, instance, instance->snapshot, &key, &ok))
            ok = put(t, &v->removed, &key, instance);
    }
    return ok;
}

static orm_status collect(type *t)
{
    bool ok = true;

    t->moves = orm_arena_calloc(t->plan->em->work, t->bucket->update_count, sizeof(orm_move *));
    ok = t->moves != NULL;
    for (size_t i = 0; ok && i < t->bucket->update_count; i++)
        ok = collect_update(t, i);
    for (size_t i = 0; ok && i < t->bucket->delete_count; i++)
        ok = collect_delete(t, t->bucket->deletes[i]);
    return ok ? ORM_OK : em_fail_memory(t->plan->em);
}

/* ---- Who takes it ---- */

static bool wait_for(type *t, orm_wait **waits, orm_move *holder, const orm_unique *unique)
{
    orm_wait  *wait = orm_arena_zalloc(t->plan->em->work, sizeof *wait);
    orm_given *given = orm_arena_zalloc(t->plan->em->work, sizeof *given);

    if (wait == NULL || given == NULL)
        return false;
    *given = (orm_given){ .next = holder->given, .by = holder, .unique = unique };
    holder->given = given;
    *wait = (orm_wait){ .next = *waits, .given = given };
    *waits = wait;
    return true;
}

/*
 * Who has what an instance takes: moves, to be waited for, and rows that are deleted, which go early then. `own` is its
 * own move, which it does not wait for; NULL: it is new.
 */
static bool find_holders(type *t, const orm_instance *instance, const orm_move *own, orm_wait **waits)
{
    bool ok = true;

    for (size_t i = 0; i < t->count && ok; i++) {
        values        *v = &t->uniques[i];
        orm_packed_key key;
        orm_instance  *removed;
        orm_move      *holder;

        if (!is_known(instance, own == NULL ? NULL : own->changes, v->unique) ||
            !pack(t, v->unique, instance, instance->self, &key, &ok))
            continue;
        removed = orm_map_get(&v->removed, orm_key_data(&key), key.size);
        if (removed != NULL)
            removed->early_delete = true;
        holder = orm_map_get(&v->holders, orm_key_data(&key), key.size);
        if (holder != NULL && holder != own)
            ok = wait_for(t, waits, holder, v->unique);
    }
    return ok;
}

static orm_status find_takers(type *t)
{
    orm_bucket *bucket = t->bucket;
    bool        ok = true;

    if (!t->any_move && bucket->delete_count == 0)
        return ORM_OK;
    if (bucket->insert_count > 0) {
        bucket->insert_waits = orm_arena_calloc(t->plan->em->work, bucket->insert_count, sizeof(orm_wait *));
        ok = bucket->insert_waits != NULL;
    }
    for (size_t i = 0; i < bucket->update_count && ok; i++)
        if (t->moves[i] != NULL)
            ok = find_holders(t, bucket->updates[i]->instance, t->moves[i], &t->moves[i]->waits);
    for (size_t i = 0; i < bucket->insert_count && ok; i++)
        ok = find_holders(t, bucket->inserts[i], NULL, &bucket->insert_waits[i]);
    return ok ? ORM_OK : em_fail_memory(t->plan->em);
}

/* ---- What is written apart ---- */

/* A row that gives something to another, or takes it, writes all its unique values at once: none may be seen half done. */
static bool is_apart(const type *t, const orm_move *move, const orm_unique *unique)
{
    return move->waits != NULL || move->given != NULL ||
           (unique->single && t->plan->em->o->settings.preset == ORM_PRESET_MIKROORM);
}

static orm_status set_apart(type *t, orm_move *move)
{
    orm_change_set *changes = move->changes;
    bool *apart = orm_arena_calloc(t->plan->em->work, changes->instance->shape->meta->property_count, sizeof *apart);

    if (apart == NULL)
        return em_fail_memory(t->plan->em);
    move->written = true;
    for (size_t i = 0; i < t->count; i++) {
        const orm_unique *unique = t->uniques[i].unique;

        for (size_t j = 0; j < unique->property_count && is_apart(t, move, unique); j++) {
            const orm_meta_property *own = orm_instance_property(changes->instance, unique->properties[j]);

            if (own == NULL || !changes->changed[own->index])
                continue;
            apart[own->index] = true;
            changes->changed[own->index] = false;
            changes->apart = apart;
            move->written = false;
        }
    }
    return ORM_OK;
}

/* ---- Early deletes ---- */

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

/* ---- All of it ---- */

static orm_status plan_type(type *t)
{
    orm_status status = list_uniques(t);

    if (status == ORM_OK)
        status = collect(t);
    if (status == ORM_OK)
        status = find_takers(t);
    for (size_t i = 0; i < t->bucket->update_count && status == ORM_OK; i++)
        if (t->moves[i] != NULL)
            status = set_apart(t, t->moves[i]);
    return status;
}

static orm_status plan_bucket(orm_flush_plan *plan, orm_bucket *bucket)
{
    type       t = { .plan = plan, .bucket = bucket };
    orm_status status;

    if (bucket->update_count == 0 && (bucket->delete_count == 0 || bucket->insert_count == 0))
        return ORM_OK;
    status = plan_type(&t);
    free_uniques(&t);
    return status;
}

orm_status em_plan_unique(orm_flush_plan *plan)
{
    bool any_early = false;

    for (size_t i = 0; i < plan->order_count; i++) {
        const orm_bucket *bucket = plan->order[i];

        if (plan_bucket(plan, plan->order[i]) != ORM_OK)
            return plan->em->error.status;
        for (size_t j = 0; j < bucket->delete_count; j++)
            any_early = any_early || bucket->deletes[j]->early_delete;
    }
    if (any_early)
        spread_early(plan);
    return em_mark_early(plan);
}
