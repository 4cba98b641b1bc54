/* What an entity manager says of filters: switches and parameters. */
#include <string.h>

#include "base/text.h"
#include "types/value_copy.h"
#include "unit/filter.h"

orm_status em_check_filter_name(orm_em *em, const char *name)
{
    const em_filter_set *set = em->o->filters;
    const char          *nearest;

    if (name == NULL)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 779, "the filter has no name");
    for (size_t i = 0; i < set->name_count; i++)
        if (strcmp(set->names[i], name) == 0)
            return ORM_OK;
    nearest = orm_nearest_word(name, set->names, set->name_count);
    return orm_fail(&em->error, ORM_ERR_VALIDATION, 780, "there is no filter \"%.80s\"%s%.80s%s", name,
                    nearest == NULL ? "" : "; did you mean \"", nearest == NULL ? "" : nearest,
                    nearest == NULL ? "" : "\"?");
}

orm_status em_check_filter_params(orm_em *em, const char *filter, const orm_filter_param *params, size_t count)
{
    if (params == NULL && count > 0)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 781, "the filter \"%.80s\" was given %zu parameters, and no list of them",
                        filter, count);
    for (size_t i = 0; i < count; i++)
        if (params[i].name == NULL || params[i].value.kind == ORM_VALUE_PARAM)
            return orm_fail(&em->error, ORM_ERR_VALIDATION, 782, "parameter %zu of the filter \"%.80s\" has %s", i + 1, filter,
                            params[i].name == NULL ? "no name" : "another parameter as value");
    return ORM_OK;
}

/* ---- Copies ---- */

static const orm_filter_param *copy_params(orm_arena *arena, const orm_filter_param *params, size_t count)
{
    orm_filter_param *copy = orm_arena_calloc(arena, count + 1, sizeof *copy);

    for (size_t i = 0; copy != NULL && i < count; i++) {
        copy[i] = params[i];
        copy[i].name = orm_arena_strdup(arena, params[i].name);
        if (copy[i].name == NULL || !orm_value_own(arena, &copy[i].value))
            return NULL;
    }
    return copy;
}

/* ---- Settings ---- */

static em_filter_setting **place_of(orm_em *em, const char *name)
{
    em_filter_setting **at = &em->filter_settings;

    while (*at != NULL && strcmp((*at)->name, name) != 0)
        at = &(*at)->next;
    return at;
}

const em_filter_setting *em_filter_setting_of(const orm_em *em, const char *name)
{
    const em_filter_setting *setting = em->filter_settings;

    while (setting != NULL && strcmp(setting->name, name) != 0)
        setting = setting->next;
    return setting;
}

/* In place of the one before. Each has an arena of its own, so that setting one again and again takes no more memory. */
static orm_status put(orm_em *em, const em_filter_setting *wanted)
{
    orm_arena          *arena = orm_arena_new(NULL, &em->o->allocator, "filter");
    em_filter_setting  *made = arena == NULL ? NULL : orm_arena_zalloc(arena, sizeof *made);
    em_filter_setting **at = place_of(em, wanted->name);
    em_filter_setting  *old = *at;

    if (made != NULL) {
        *made = (em_filter_setting){ .arena = arena, .state = wanted->state, .param_count = wanted->param_count };
        made->name = orm_arena_strdup(arena, wanted->name);
        made->params = copy_params(arena, wanted->params, wanted->param_count);
    }
    if (made == NULL || made->name == NULL || made->params == NULL) {
        orm_arena_free(arena);
        return em_fail_memory(em);
    }
    made->next = old == NULL ? NULL : old->next;
    *at = made;
    if (old != NULL)
        orm_arena_free(old->arena);
    return ORM_OK;
}

static em_filter_setting begin(const orm_em *em, const char *name)
{
    const em_filter_setting *known = em_filter_setting_of(em, name);

    return known != NULL ? *known : (em_filter_setting){ .name = name };
}

orm_status orm_set_filter(orm_em *em, const char *name, orm_switch state)
{
    em_filter_setting setting;

    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    if (em_check_filter_name(em, name) != ORM_OK)
        return em->error.status;
    if (state != ORM_DEFAULT && state != ORM_ON && state != ORM_OFF)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 783, "a filter is switched by ORM_ON, ORM_OFF or ORM_DEFAULT, not by %d",
                        (int)state);
    setting = begin(em, name);
    setting.state = state;
    return put(em, &setting);
}

orm_status orm_set_filter_params(orm_em *em, const char *name, const orm_filter_param *params, size_t count)
{
    em_filter_setting setting;

    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    if (em_check_filter_name(em, name) != ORM_OK || em_check_filter_params(em, name, params, count) != ORM_OK)
        return em->error.status;
    setting = begin(em, name);
    setting.params = params;
    setting.param_count = count;
    return put(em, &setting);
}

orm_status em_share_filter_settings(orm_em *to, const orm_em *from)
{
    for (const em_filter_setting *s = from->filter_settings; s != NULL; s = s->next)
        if (put(to, s) != ORM_OK)
            return to->error.status;
    return ORM_OK;
}

void em_free_filter_settings(orm_em *em)
{
    while (em->filter_settings != NULL) {
        em_filter_setting *setting = em->filter_settings;

        em->filter_settings = setting->next;
        orm_arena_free(setting->arena);
    }
}
