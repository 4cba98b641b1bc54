#include <string.h>

#include "base/text.h"
#include "harness/steps/steps_private.h"

cc_step_status cc_broken(cc_context *context, const cc_step *step, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (context->broken == NULL) {
        context->broken = orm_arena_vprintf(context->arena, format, args);
        context->broken = context->broken == NULL ? "out of memory" : context->broken;
        context->broken_step = step;
    }
    va_end(args);
    return CC_STEP_BROKEN;
}

cc_step_status cc_broken_memory(cc_context *context, const cc_step *step)
{
    return cc_broken(context, step, "out of memory");
}

cc_step_status cc_refused(cc_context *context, const orm_error *error)
{
    context->error = *error;
    context->has_error = true;
    return CC_STEP_REFUSED;
}

cc_step_status cc_refused_by(cc_context *context, const cc_manager *manager)
{
    return cc_refused(context, orm_em_error(manager->em));
}

/* ---- Entity managers ---- */

cc_manager *cc_manager_named(cc_context *context, const char *name)
{
    for (cc_manager *manager = context->managers; manager != NULL; manager = manager->next)
        if (strcmp(manager->name, name) == 0)
            return manager;
    return NULL;
}

cc_manager *cc_manager_of(cc_context *context, const cc_step *step)
{
    const char *name = cc_arg_text(step, "em");
    cc_manager *manager = cc_manager_named(context, name == NULL ? "main" : name);

    if (manager == NULL)
        cc_broken(context, step, "there is no entity manager '%s' here: the step `fork` makes one", name);
    return manager;
}

cc_manager *cc_manager_new(cc_context *context, const char *name, orm_error *error)
{
    cc_manager *manager = orm_arena_zalloc(context->arena, sizeof *manager);

    if (manager == NULL) {
        *error = (orm_error){ .status = ORM_ERR_MEMORY, .message = "out of memory" };
        return NULL;
    }
    manager->name = name;
    manager->em = orm_fork(context->env->db, error);
    if (manager->em == NULL)
        return NULL;
    manager->next = context->managers;
    context->managers = manager;
    return manager;
}

/* ---- Arguments ---- */

const char *cc_arg_text(const cc_step *step, const char *key)
{
    const cc_yaml *node = cc_step_arg(step, key);

    return node == NULL ? NULL : node->text;
}

int64_t cc_arg_int(const cc_step *step, const char *key, int64_t otherwise)
{
    const cc_yaml *node = cc_step_arg(step, key);

    return node == NULL || node->kind != CC_YAML_INT ? otherwise : node->as.integer;
}

bool cc_arg_bool(const cc_step *step, const char *key)
{
    const cc_yaml *node = cc_step_arg(step, key);

    return node != NULL && node->kind == CC_YAML_BOOL && node->as.boolean;
}

/* "${name}" or "name". */
static cc_binding *binding_of_ref(cc_context *context, const char *text)
{
    size_t length = strlen(text);

    if (length > 3 && strncmp(text, "${", 2) == 0 && text[length - 1] == '}')
        return cc_binding_named(context, text + 2, length - 3);
    return cc_binding_named(context, text, length);
}

cc_object *cc_arg_object(cc_context *context, const cc_step *step, const char *key)
{
    const char *text = cc_arg_text(step, key);
    cc_binding *binding = text == NULL ? NULL : binding_of_ref(context, text);

    if (binding == NULL || binding->kind != CC_BOUND_ENTITY)
        cc_broken(context, step, "%s is not the name of an entity", text == NULL ? key : text);
    else if (binding->objects[0].entity == NULL)
        cc_broken(context, step, "%s is null: nothing was found", text);
    else if (binding->objects[0].cleared)
        cc_broken(context, step, "%s went when its entity manager was cleared; find it again", text);
    else
        return &binding->objects[0];
    return NULL;
}

/* ---- Bound names ---- */

cc_binding *cc_binding_named(cc_context *context, const char *name, size_t length)
{
    for (cc_binding *binding = context->bindings; binding != NULL; binding = binding->next)
        if (strlen(binding->name) == length && strncmp(binding->name, name, length) == 0)
            return binding;
    return NULL;
}

cc_binding *cc_binding_new(cc_context *context, const char *name, cc_binding_kind kind)
{
    cc_binding *binding = orm_arena_zalloc(context->arena, sizeof *binding);

    if (binding == NULL)
        return NULL;
    binding->name = name;
    binding->kind = kind;
    binding->next = context->bindings;
    context->bindings = binding;
    return binding;
}

static cc_step_status bind_entities(cc_context *context, const cc_step *step, cc_manager *manager, void *const *items,
                                    size_t count, cc_binding_kind kind)
{
    const char *name = cc_arg_text(step, "as");
    cc_binding *binding = name == NULL ? NULL : cc_binding_new(context, name, kind);
    cc_object  *objects = orm_arena_calloc(context->arena, count, sizeof *objects);

    if (name == NULL)
        return CC_STEP_OK;
    if (binding == NULL || objects == NULL)
        return cc_broken_memory(context, step);
    for (size_t i = 0; i < count; i++)
        objects[i] = (cc_object){ .manager = manager, .entity = items[i], .meta = orm_entity_of(manager->em, items[i]) };
    binding->objects = objects;
    binding->count = count;
    return CC_STEP_OK;
}

cc_step_status cc_bind_entity(cc_context *context, const cc_step *step, cc_manager *manager, void *entity)
{
    return bind_entities(context, step, manager, &entity, 1, CC_BOUND_ENTITY);
}

cc_step_status cc_bind_list(cc_context *context, const cc_step *step, cc_manager *manager, const orm_list *list)
{
    return bind_entities(context, step, manager, list->items, list->count, CC_BOUND_LIST);
}

cc_step_status cc_bind_rows(cc_context *context, const cc_step *step, const cc_actual *const *rows, size_t row_count,
                            size_t columns)
{
    const char *name = cc_arg_text(step, "as");
    cc_binding *binding = name == NULL ? NULL : cc_binding_new(context, name, CC_BOUND_ROWS);

    if (name == NULL)
        return CC_STEP_OK;
    if (binding == NULL)
        return cc_broken_memory(context, step);
    binding->rows = rows;
    binding->count = row_count;
    binding->columns = columns;
    return CC_STEP_OK;
}

/* ---- What remains of entities when their memory goes ---- */

/* References are followed once: "${book.author.id}" survives, "${book.author.boss.id}" does not. */
static bool freeze_object(cc_context *context, cc_object *object, bool follow)
{
    size_t            count = object->meta == NULL ? 0 : cc_entity_of(object->meta)->property_count;
    cc_actual        *values = orm_arena_calloc(context->arena, count, sizeof *values);
    const cc_object **others = orm_arena_calloc(context->arena, count, sizeof *others);

    if (values == NULL || others == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        const orm_property *property = cc_entity_of(object->meta)->properties[i];
        cc_actual           value = { .is_json = property->type == ORM_TYPE_JSON || property->type == ORM_TYPE_EMBEDDED_LIST };

        if (property->type == ORM_TYPE_EMBEDDED) {
            if (!cc_embedded_value(context, object, "", property, &values[i]))
                return false;
            continue;
        }
        if (property->type == ORM_TYPE_COLLECTION ||
            orm_get(object->manager->em, object->entity, property->name, &value.value) != ORM_OK)
            continue;
        if (value.value.kind != ORM_VALUE_ENTITY) {
            if (!cc_copy_actual(context->arena, &value, &values[i]))
                return false;
        } else if (follow) {
            cc_object *other = orm_arena_zalloc(context->arena, sizeof *other);

            if (other == NULL)
                return false;
            *other = (cc_object){ .manager = object->manager,
                                  .entity = value.value.as.entity,
                                  .meta = orm_entity_of(object->manager->em, value.value.as.entity) };
            if (!freeze_object(context, other, false))
                return false;
            others[i] = other;
        }
    }
    object->values = values;
    object->others = others;
    object->cleared = true;
    return true;
}

bool cc_freeze(cc_context *context, const cc_manager *manager)
{
    for (cc_binding *binding = context->bindings; binding != NULL; binding = binding->next) {
        bool is_entities = binding->kind == CC_BOUND_ENTITY || binding->kind == CC_BOUND_LIST;

        for (size_t i = 0; is_entities && i < binding->count; i++) {
            cc_object *object = &binding->objects[i];

            if (object->manager == manager && object->entity != NULL && !object->cleared &&
                !freeze_object(context, object, true))
                return false;
        }
    }
    return true;
}
