/*
 * Unique values on their way from row to row: an order in which each is given up before it is taken. Where a new row takes
 * one, the UPDATE comes before that INSERT, but after those of rows that it refers to itself. A circle is opened by writing
 * NULL, or a value that nobody has, for the time being.
 */
#include "unit/flush_private.h"

static bool is_over(const orm_given *given)
{
    return given->vacated || given->by->written;
}

bool em_waits_are_over(const orm_wait *waits)
{
    for (; waits != NULL; waits = waits->next)
        if (!is_over(waits->given))
            return false;
    return true;
}

static bool is_waited_for(const orm_move *move)
{
    for (const orm_given *given = move->given; given != NULL; given = given->next)
        if (!is_over(given))
            return true;
    return false;
}

/* ---- A walk to those who wait for nobody, and back ---- */

static void enter(orm_flush_plan *plan, orm_move *move, size_t *depth)
{
    move->round = plan->rounds;
    move->at = move->waits;
    plan->path[(*depth)++] = move;
}

/* The next one that the last of the path waits for and nobody has looked at; NULL: there is none. */
static orm_move *next_of(const orm_flush_plan *plan, size_t depth)
{
    orm_move *top = plan->path[depth - 1];

    while (top->at != NULL) {
        const orm_given *given = top->at->given;

        top->at = top->at->next;
        if (!is_over(given) && given->by->round != plan->rounds)
            return given->by;
    }
    return NULL;
}

orm_status em_mark_early(orm_flush_plan *plan)
{
    plan->path = orm_arena_calloc(plan->em->work, plan->move_count, sizeof(orm_move *));
    if (plan->path == NULL)
        return em_fail_memory(plan->em);
    plan->rounds++;
    for (size_t i = 0; i < plan->order_count; i++) {
        const orm_bucket *bucket = plan->order[i];

        for (size_t j = 0; bucket->insert_waits != NULL && j < bucket->insert_count; j++)
            for (const orm_wait *wait = bucket->insert_waits[j]; wait != NULL; wait = wait->next) {
                size_t depth = 0;

                if (!wait->given->by->early)
                    enter(plan, wait->given->by, &depth);
                while (depth > 0) {
                    orm_move *next = next_of(plan, depth);

                    plan->path[depth - 1]->early = true;
                    if (next == NULL)
                        depth--;
                    else
                        enter(plan, next, &depth);
                }
            }
    }
    return ORM_OK;
}

/* ---- Writing ---- */

static bool is_part(const orm_move *move, size_t property)
{
    return (move->changes->apart != NULL && move->changes->apart[property]) ||
           (move->also != NULL && move->also[property]);
}

/* One of the new values is the key of a row that no group has yet. */
static bool points_to_new(const orm_move *move)
{
    const orm_shape *shape = move->changes->instance->shape;

    for (size_t i = 0; i < shape->reference_count; i++) {
        const orm_meta_property *reference = shape->references[i];
        void                    *target =
            is_part(move, reference->index) ? orm_reference_read(reference, move->changes->instance->self) : NULL;

        if (target != NULL && orm_instance_of(target)->state == ORM_INSTANCE_NEW && orm_instance_of(target)->group == 0)
            return true;
    }
    return false;
}

static orm_status write(orm_flush_plan *plan, orm_extra_list *list, orm_move *move)
{
    const orm_meta_entity *meta = move->changes->instance->shape->meta;
    orm_extra_update       extra = { .instance = move->changes->instance,
                                     .alone = move->waits != NULL || move->given != NULL };

    move->written = true;
    for (size_t i = 0; i < meta->property_count; i++) {
        if (!is_part(move, i))
            continue;
        extra.property = &meta->properties[i];
        if (em_plan_extra(plan->em, list, extra) != ORM_OK)
            return plan->em->error.status;
        extra.with_last = true;
    }
    return ORM_OK;
}

/* Writes what it can of `first` and all that comes before. */
static orm_status place(orm_flush_plan *plan, orm_extra_list *list, orm_move *first)
{
    size_t depth = 0;

    plan->rounds++;
    enter(plan, first, &depth);
    while (depth > 0) {
        orm_move *next = next_of(plan, depth);

        if (next != NULL) {
            enter(plan, next, &depth);
            continue;
        }
        next = plan->path[--depth];
        if (em_waits_are_over(next->waits) && !points_to_new(next) && write(plan, list, next) != ORM_OK)
            return plan->em->error.status;
    }
    return ORM_OK;
}

/* ---- Opening a circle ---- */

/* A concurrency check is still asked for its old value when the new one is written. */
static bool is_checked(const orm_meta_property *property)
{
    const orm_meta_entity *meta = property->entity;

    for (size_t i = 0; i < meta->guard_count; i++)
        if (meta->guards[i]->property == property)
            return true;
    return false;
}

static bool can_be_vacated(const orm_meta_property *property)
{
    return property->column_count > 0 && !property->primary && !is_checked(property) &&
           (property->nullable || em_has_placeholder(property));
}

/* Which property of a constraint makes room: one that can be NULL, then one that changes anyway. NULL: none. */
static const orm_meta_property *choose(const orm_move *move, const orm_unique *unique)
{
    const orm_meta_property *best = NULL;
    int                      best_worth = -1;

    for (size_t i = 0; i < unique->property_count; i++) {
        const orm_meta_property *p = orm_instance_property(move->changes->instance, unique->properties[i]);
        int worth = p == NULL ? -1 : (p->nullable ? 2 : 0) + (is_part(move, p->index) ? 1 : 0);

        if (p == NULL || !can_be_vacated(p) || worth <= best_worth)
            continue;
        best = p;
        best_worth = worth;
    }
    return best;
}

static orm_status vacate(orm_flush_plan *plan, orm_extra_list *list, orm_move *move, const orm_meta_property *property)
{
    const orm_meta_entity *meta = move->changes->instance->shape->meta;

    if (move->also == NULL)
        move->also = orm_arena_calloc(plan->em->work, meta->property_count, sizeof *move->also);
    if (move->also == NULL)
        return em_fail_memory(plan->em);
    move->also[property->index] = true;
    for (orm_given *given = move->given; given != NULL; given = given->next)
        for (size_t i = 0; i < given->unique->property_count; i++)
            given->vacated = given->vacated || orm_instance_property(move->changes->instance,
                                                                     given->unique->properties[i]) == property;
    return em_plan_extra(
        plan->em, list,
        (orm_extra_update){
            .instance = move->changes->instance, .property = property, .alone = true, .vacates = true });
}

static orm_status fail_circle(orm_flush_plan *plan, const orm_given *given)
{
    return em_fail_property(plan->em, given->unique->properties[0], 662,
                            "rows exchange their unique values, and there is none that one could have meanwhile: "
                            "make it nullable, or flush in between");
}

/* The one that keeps a move waiting. */
static orm_given *waited_for(const orm_move *move)
{
    for (const orm_wait *wait = move->waits; wait != NULL; wait = wait->next)
        if (!is_over(wait->given))
            return wait->given;
    return NULL;
}

/* Somewhere along the circle that a move waits for somebody can make room. */
static orm_status open_circle(orm_flush_plan *plan, orm_move *first)
{
    orm_move  *at = first;
    orm_given *given;
    orm_given *last;

    plan->rounds++;
    for (; at->round != plan->rounds; at = waited_for(at)->by)
        at->round = plan->rounds;
    /* From here on `given` is what a member of the circle gives to the one before; the first to be asked is `at`. */
    for (last = waited_for(at); last->by != at;)
        last = waited_for(last->by);
    given = last;
    do {
        const orm_meta_property *property = choose(given->by, given->unique);

        if (property != NULL)
            return vacate(plan, &plan->late, given->by, property);
        given = waited_for(given->by);
    } while (given != last);
    return fail_circle(plan, last);
}

orm_status em_vacate_early(orm_flush_plan *plan, bool *progress)
{
    const orm_given *stuck = NULL;

    for (orm_move *move = plan->moves; move != NULL; move = move->next) {
        for (const orm_given *given = move->given; given != NULL && move->early; given = given->next) {
            const orm_meta_property *property = is_over(given) ? NULL : choose(move, given->unique);

            if (property != NULL) {
                *progress = true;
                return vacate(plan, &plan->before, move, property);
            }
            if (!is_over(given))
                stuck = given;
        }
    }
    return stuck == NULL ? ORM_OK : fail_circle(plan, stuck);
}

/* ---- In turn ---- */

orm_status em_place_early(orm_flush_plan *plan, bool *progress)
{
    size_t count = plan->before.count;

    for (orm_move *move = plan->moves; move != NULL; move = move->next) {
        if (!move->early || move->written || !is_waited_for(move))
            continue;
        if (place(plan, &plan->before, move) != ORM_OK)
            return plan->em->error.status;
    }
    *progress = *progress || plan->before.count != count;
    return ORM_OK;
}

orm_status em_place_late(orm_flush_plan *plan)
{
    orm_status status = ORM_OK;

    for (orm_move *move = plan->moves; move != NULL && status == ORM_OK; move = move->next)
        while (!move->written && status == ORM_OK) {
            status = place(plan, &plan->late, move);
            if (status == ORM_OK && !move->written)
                status = open_circle(plan, move);
        }
    return status;
}
