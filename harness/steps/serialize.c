/* Steps that look at entities as JSON: of what is in memory, and of what a stream lends. */
#include "harness/steps/steps_private.h"

cc_step_status cc_step_to_json(cc_context *context, const cc_step *step)
{
    void            **entities = NULL;
    const cc_binding *bound = NULL;
    orm_json_options  options = { .skip_null = cc_arg_bool(step, "skip_null") };
    cc_actual         seen = { .is_json = true };
    const char       *text = NULL;
    cc_manager       *manager;
    orm_status        done;
    cc_step_status    status = cc_bound_entities(context, step, &entities, &bound);

    if (status != CC_STEP_OK)
        return status;
    manager = bound->count > 0 ? bound->objects[0].manager : cc_manager_named(context, "main");
    if (!cc_arg_texts(context, step, "populate", &options.populate) ||
        !cc_arg_texts(context, step, "exclude", &options.exclude))
        return cc_broken_memory(context, step);
    done =
        bound->kind == CC_BOUND_ENTITY
            ? orm_to_json(manager->em, entities[0], &options, &text)
            : orm_list_to_json(manager->em, &(orm_list){ .items = entities, .count = bound->count }, &options, &text);
    if (done != ORM_OK)
        return cc_refused_by(context, manager);
    seen.value = orm_text(text);
    return cc_check(context, step, "is", cc_check_value, &seen);
}

/* ---- Streams ---- */

typedef struct stream {
    cc_context             *context;
    const orm_find_options *options;
    cc_actual              *items; /* of JSON */
    size_t                  count;
    size_t                  capacity;
    int64_t                 stop_after; /* 0: never */
    bool                    out_of_memory;
} stream;

#define STOPPED ORM_ERR_CANCELLED

/* What is lent is gone when the function returns, so what it was is kept as JSON. */
static orm_status take(orm_em *rows, void *entity, void *opaque)
{
    stream          *s = opaque;
    orm_json_options options = { .populate = s->options->populate };
    const char      *text = NULL;
    orm_status       status = orm_to_json(rows, entity, &options, &text);

    if (status != ORM_OK)
        return status;
    text = orm_arena_strdup(s->context->arena, text);
    if (text == NULL || !orm_arena_grow(s->context->arena, &s->items, s->count, &s->capacity, sizeof *s->items)) {
        s->out_of_memory = true;
        return STOPPED;
    }
    s->items[s->count++] = (cc_actual){ .value = orm_text(text), .is_json = true };
    return (int64_t)s->count == s->stop_after ? STOPPED : ORM_OK;
}

cc_step_status cc_step_stream(cc_context *context, const cc_step *step)
{
    cc_manager      *manager = cc_manager_of(context, step);
    orm_find_options options;
    orm_condition    where;
    stream           s = { .context = context, .options = &options, .stop_after = cc_arg_int(step, "stop_after", 0) };
    cc_actual        seen = { .shape = CC_SHAPE_LIST };
    int64_t          count;
    orm_status       done;
    cc_step_status   status;

    if (manager == NULL)
        return CC_STEP_BROKEN;
    status = cc_find_options_of(context, step, manager, step->entity, &options);
    if (status == CC_STEP_OK)
        status = cc_condition_at(context, step, "where", manager, step->entity, &where);
    if (status != CC_STEP_OK)
        return status;
    done = orm_stream_entities(manager->em, step->entity, &where, &options, take, &s);
    if (s.out_of_memory)
        return cc_broken_memory(context, step);
    if (done != ORM_OK && !(done == STOPPED && s.stop_after > 0 && (int64_t)s.count == s.stop_after))
        return cc_refused_by(context, manager);
    seen.items = s.items;
    seen.count = s.count;
    count = (int64_t)s.count;
    status = cc_check(context, step, "count", cc_check_int, &count);
    return status == CC_STEP_OK ? cc_check(context, step, "items", cc_check_value, &seen) : status;
}
