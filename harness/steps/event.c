/* Steps about events: what is told in which order, and steps that run when something is told. */
#include <string.h>

#include "harness/steps/steps_private.h"

/* In the order of orm_event_kind. */
const char *const cc_event_words[] = { "init",
                                       "load",
                                       "before create",
                                       "after create",
                                       "before update",
                                       "after update",
                                       "before delete",
                                       "after delete",
                                       "before upsert",
                                       "after upsert",
                                       "before flush",
                                       "on flush",
                                       "after flush",
                                       "before transaction start",
                                       "after transaction start",
                                       "before transaction commit",
                                       "after transaction commit",
                                       "before transaction rollback",
                                       "after transaction rollback",
                                       NULL };

/* ---- What is told ---- */

/* What an entity manager has told since it was last asked; the newest first. */
struct cc_event_log {
    cc_context       *context;
    const cc_actual **rows; /* each the event and the entity's type, or NULL */
    size_t            count;
    size_t            capacity;
};

static orm_status write_down(void *opaque, const orm_event *event)
{
    cc_event_log *log = opaque;
    cc_actual    *cells = orm_arena_calloc(log->context->arena, 2, sizeof *cells);

    if (cells == NULL ||
        !orm_arena_grow(log->context->arena, &log->rows, log->count, &log->capacity, sizeof *log->rows))
        return ORM_ERR_MEMORY;
    cells[0].value = orm_text(cc_event_words[event->kind]);
    cells[1].value = event->descriptor == NULL ? orm_null() : orm_text(event->descriptor->name);
    log->rows[log->count++] = cells;
    return ORM_OK;
}

cc_step_status cc_step_record_events(cc_context *context, const cc_step *step)
{
    cc_manager    *manager = cc_manager_of(context, step);
    orm_subscriber everything = { .handle = write_down };

    if (manager == NULL)
        return CC_STEP_BROKEN;
    if (manager->events != NULL)
        return cc_broken(context, step, "the events of '%s' are recorded already", manager->name);
    manager->events = orm_arena_zalloc(context->arena, sizeof *manager->events);
    if (manager->events == NULL)
        return cc_broken_memory(context, step);
    manager->events->context = context;
    everything.context = manager->events;
    return orm_subscribe(manager->em, &everything) == ORM_OK ? CC_STEP_OK : cc_refused_by(context, manager);
}

cc_step_status cc_step_events(cc_context *context, const cc_step *step)
{
    cc_manager *manager = cc_manager_of(context, step);
    cc_rows     seen = { .columns = 2, .ordered = true };

    if (manager == NULL)
        return CC_STEP_BROKEN;
    if (manager->events == NULL)
        return cc_broken(context, step, "nothing was recorded: the step `record_events` begins it");
    seen.rows = manager->events->rows;
    seen.row_count = manager->events->count;
    /* Those that come later are told in a list of their own. */
    manager->events->rows = NULL;
    manager->events->count = manager->events->capacity = 0;
    return cc_check(context, step, "rows", cc_check_rows, &seen);
}

/* ---- Steps in a handler ---- */

typedef struct handler {
    cc_context    *context;
    const cc_step *step;
    cc_manager    *manager;
    bool           once; /* it has run, and shall not run again */
} handler;

/* The status of a handler whose steps failed for a reason of the case: what is under way must not go on. */
static orm_status pass_on(const cc_context *context, cc_step_status status)
{
    if (status == CC_STEP_REFUSED && context->error.status != ORM_OK)
        return context->error.status;
    return status == CC_STEP_OK ? ORM_OK : ORM_ERR_CANCELLED;
}

static orm_status run_handler(void *opaque, const orm_event *event)
{
    handler    *h = opaque;
    const char *name = cc_arg_text(h->step, "as");

    if (h->once)
        return ORM_OK;
    h->once = cc_arg_bool(h->step, "once");
    if (name != NULL && event->entity != NULL) {
        cc_binding *binding = cc_binding_new(h->context, name, CC_BOUND_ENTITY);
        cc_object  *object = orm_arena_zalloc(h->context->arena, sizeof *object);

        if (binding == NULL || object == NULL)
            return ORM_ERR_MEMORY;
        *object = (cc_object){ .manager = h->manager, .entity = event->entity, .meta = event->descriptor };
        binding->objects = object;
        binding->count = 1;
    }
    return pass_on(h->context, cc_run_inner_steps(h->context, h->step));
}

cc_step_status cc_step_on_event(cc_context *context, const cc_step *step)
{
    handler           *h = orm_arena_zalloc(context->arena, sizeof *h);
    const orm_entity **only = orm_arena_calloc(context->arena, 2, sizeof *only);
    orm_subscriber     subscriber = { .handle = run_handler };

    if (h == NULL || only == NULL)
        return cc_broken_memory(context, step);
    *h = (handler){ .context = context, .step = step, .manager = cc_manager_of(context, step) };
    if (h->manager == NULL)
        return CC_STEP_BROKEN;
    only[0] = step->entity;
    subscriber.events = ORM_EVENT_BIT(cc_arg_word(step, "event", cc_event_words) - 1);
    subscriber.entities = step->entity == NULL ? NULL : only;
    subscriber.context = h;
    return orm_subscribe(h->manager->em, &subscriber) == ORM_OK ? CC_STEP_OK : cc_refused_by(context, h->manager);
}
