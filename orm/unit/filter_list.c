/* The filters of an orm: checked and sorted by entities when it is opened. */
#include <string.h>

#include "base/text.h"
#include "unit/filter.h"

typedef struct lister {
    orm           *o;
    em_filter_set *set;
    size_t        *counts; /* by the entities' indexes */
    size_t         room;   /* for each entity, and for names */
    orm_error     *error;
} lister;

static orm_status complain(const lister *l, const orm_meta_entity *owner, int number, const orm_filter *filter,
                           const char *what, const char *name)
{
    const char *own = filter->name == NULL ? "" : filter->name;

    if (owner == NULL)
        return orm_fail(l->error, ORM_ERR_CONFIG, number, "the filter \"%.80s\" %s%s%.80s%s", own, what,
                        name == NULL ? "" : " \"", name == NULL ? "" : name, name == NULL ? "" : "\"");
    orm_fail(l->error, ORM_ERR_METADATA, number, "%.160s: the filter \"%.80s\" %s", owner->name, own, what);
    orm_fail_where(l->error, owner->name, NULL);
    return ORM_ERR_METADATA;
}

/* `owner` NULL: one of the configuration. */
static orm_status check(const lister *l, const orm_meta_entity *owner, const orm_filter *filter)
{
    if (filter->name == NULL || filter->name[0] == '\0')
        return complain(l, owner, 770, filter, "has no name", NULL);
    if ((filter->where == NULL) == (filter->make == NULL))
        return complain(l, owner, 771, filter, "needs a condition or a function that makes one, and not both", NULL);
    if (owner != NULL && (filter->entities != NULL || filter->property != NULL))
        return complain(l, owner, 772, filter, "is the entity's own: entities and property are for those of orm_config",
                        NULL);
    if (filter->entities != NULL && filter->property != NULL)
        return complain(l, owner, 773, filter, "has both entities and property: leave one out", NULL);
    return ORM_OK;
}

static bool has(const orm_filter *const *list, const char *name)
{
    for (; *list != NULL; list++)
        if (strcmp((*list)->name, name) == 0)
            return true;
    return false;
}

/* The first of a name counts: the configuration's come before the entity's. */
static void add(lister *l, const orm_meta_entity *meta, const orm_filter *filter)
{
    const orm_filter **list = l->set->of[meta->index];

    if (!has(list, filter->name))
        list[l->counts[meta->index]++] = filter;
}

static void add_name(lister *l, const char *name)
{
    for (size_t i = 0; i < l->set->name_count; i++)
        if (strcmp(l->set->names[i], name) == 0)
            return;
    l->set->names[l->set->name_count++] = name;
}

static orm_status add_named(lister *l, const orm_filter *filter)
{
    for (const char *const *name = filter->entities; *name != NULL; name++) {
        const orm_meta_entity *meta = orm_meta_named(l->o->meta, *name);
        const char            *nearest;

        if (meta != NULL) {
            add(l, meta, filter);
            continue;
        }
        complain(l, NULL, 774, filter, "is for an entity that there is not:", *name);
        nearest = orm_nearest_word(*name, l->o->meta->entity_names, l->o->meta->named_count);
        if (nearest != NULL)
            orm_fail_hint(l->error, "did you mean \"%s\"?", nearest);
        return ORM_ERR_CONFIG;
    }
    return ORM_OK;
}

static orm_status add_of_config(lister *l, const orm_filter *filter)
{
    bool any = false;

    if (filter->entities != NULL)
        return add_named(l, filter);
    for (size_t i = 0; i < l->o->meta->entity_count; i++) {
        const orm_meta_entity *meta = l->o->meta->entities[i];

        if (meta->is_pivot ||
            (filter->property != NULL && orm_meta_property_named(meta, filter->property) == NULL))
            continue;
        add(l, meta, filter);
        any = true;
    }
    return any || filter->property == NULL
               ? ORM_OK
               : complain(l, NULL, 775, filter, "is for entities with a property that none has:", filter->property);
}

static orm_status list_config(lister *l, const orm_config *config)
{
    for (size_t i = 0; i < config->filter_count; i++) {
        orm_status status = check(l, NULL, &config->filters[i]);

        for (size_t j = 0; j < i && status == ORM_OK; j++)
            if (strcmp(config->filters[j].name, config->filters[i].name) == 0)
                status = complain(l, NULL, 776, &config->filters[i], "is there twice", NULL);
        if (status == ORM_OK)
            status = add_of_config(l, &config->filters[i]);
        if (status != ORM_OK)
            return status;
        add_name(l, config->filters[i].name);
    }
    return ORM_OK;
}

/* What `meta` has under the name of a base's filter stands for that. */
static const orm_filter *latest(const orm_meta_entity *meta, const char *name)
{
    for (; meta != NULL; meta = meta->base)
        for (size_t i = 0; i < meta->descriptor->filter_count; i++)
            if (meta->descriptor->filters[i].name != NULL && strcmp(meta->descriptor->filters[i].name, name) == 0)
                return &meta->descriptor->filters[i];
    return NULL;
}

/* Those of bases come first. Recursive along the bases, of which there are few. */
static void inherit(lister *l, const orm_meta_entity *meta, const orm_meta_entity *from)
{
    if (from->base != NULL)
        inherit(l, meta, from->base);
    for (size_t i = 0; i < from->descriptor->filter_count; i++)
        if (from->descriptor->filters[i].name != NULL)
            add(l, meta, latest(meta, from->descriptor->filters[i].name));
}

static orm_status list_own(lister *l, const orm_meta_entity *meta)
{
    const orm_entity *d = meta->descriptor;

    for (size_t i = 0; i < d->filter_count; i++) {
        orm_status status = check(l, meta, &d->filters[i]);

        for (size_t j = 0; j < i && status == ORM_OK; j++)
            if (strcmp(d->filters[j].name, d->filters[i].name) == 0)
                status = complain(l, meta, 786, &d->filters[i], "is there twice", NULL);
        if (status != ORM_OK)
            return status;
        add_name(l, d->filters[i].name);
    }
    inherit(l, meta, meta);
    return ORM_OK;
}

/* As many as there are of all: enough for each list. */
static orm_status make_room(lister *l, const orm_config *config)
{
    const orm_meta *meta = l->o->meta;

    if (config->filters == NULL && config->filter_count > 0)
        return orm_fail(l->error, ORM_ERR_CONFIG, 777, "filter_count is %zu, and there is no list", config->filter_count);
    l->room = config->filter_count;
    for (size_t i = 0; i < meta->entity_count; i++) {
        const orm_entity *d = meta->entities[i]->descriptor;

        if (d->filters == NULL && d->filter_count > 0) {
            orm_fail(l->error, ORM_ERR_METADATA, 778, "%.160s: filter_count is %zu, and there is no list", d->name,
                     d->filter_count);
            orm_fail_where(l->error, d->name, NULL);
            return ORM_ERR_METADATA;
        }
        l->room += d->filter_count;
    }
    l->set = orm_arena_zalloc(l->o->arena, sizeof *l->set);
    l->counts = orm_arena_calloc(l->o->arena, meta->entity_count + 1, sizeof *l->counts);
    if (l->set == NULL || l->counts == NULL)
        return orm_fail_memory(l->error);
    l->set->of = orm_arena_calloc(l->o->arena, meta->entity_count + 1, sizeof *l->set->of);
    l->set->names = orm_arena_calloc(l->o->arena, l->room + 1, sizeof *l->set->names);
    return l->set->of == NULL || l->set->names == NULL ? orm_fail_memory(l->error) : ORM_OK;
}

orm_status em_list_filters(orm *o, const orm_config *config, orm_error *error)
{
    lister     l = { .o = o, .error = error };
    orm_status status = make_room(&l, config);

    for (size_t i = 0; i < o->meta->entity_count && status == ORM_OK; i++) {
        size_t own = config->filter_count;

        for (const orm_meta_entity *meta = o->meta->entities[i]; meta != NULL; meta = meta->base)
            own += meta->descriptor->filter_count;
        l.set->of[i] = orm_arena_calloc(o->arena, own + 1, sizeof *l.set->of[i]);
        if (l.set->of[i] == NULL)
            status = orm_fail_memory(error);
    }
    if (status == ORM_OK)
        status = list_config(&l, config);
    for (size_t i = 0; i < o->meta->entity_count && status == ORM_OK; i++)
        status = list_own(&l, o->meta->entities[i]);
    o->filters = l.set;
    return status;
}
