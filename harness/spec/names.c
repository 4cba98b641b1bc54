#include <string.h>

#include "harness/spec/spec_private.h"

static const char *const main_em = "main";

static const cc_bound *find(const cc_names *names, const char *name, size_t length)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strlen(names->items[i].name) == length && strncmp(names->items[i].name, name, length) == 0)
            return &names->items[i];
    }
    return NULL;
}

static void add(cc_case_loader *c, cc_names *names, const cc_bound *bound)
{
    if (!orm_arena_grow(c->spec->arena, &names->items, names->count, &names->capacity, sizeof *names->items))
        c->spec->problems->out_of_memory = true;
    else
        names->items[names->count++] = *bound;
}

static bool is_seen(const cc_case_loader *c, const cc_bound *bound)
{
    return bound->since < c->now;
}

/* Names that earlier steps gave, NULL-terminated. */
static const char *const *seen_names(cc_case_loader *c, const cc_names *names, const char *first)
{
    static const char *const none[] = { NULL };
    const char             **list = cc_spec_alloc(c->spec, names->count + 2, sizeof *list);
    size_t                   count = 0;

    if (list == NULL)
        return none;
    if (first != NULL)
        list[count++] = first;
    for (size_t i = 0; i < names->count; i++) {
        if (is_seen(c, &names->items[i]))
            list[count++] = names->items[i].name;
    }
    return list;
}

/* A new name is well formed and there is none like it. */
static bool check_new(cc_case_loader *c, const cc_names *names, cc_place place, const char *what, const char *name)
{
    const cc_bound *earlier = find(names, name, strlen(name));

    if (!cc_is_name(name)) {
        cc_problem_add(c->spec->problems, place, "'%s' is no name for %s; use letters, digits and _", name, what);
        return false;
    }
    if (earlier == NULL)
        return true;
    cc_problem_add(c->spec->problems, place, "the name '%s' was given already, at line %u; choose another one", name,
                   earlier->place.line);
    return false;
}

/* In an outcome's other expectations a step may bind again what it binds itself, so that later steps find it. */
static void check_bound_again(cc_case_loader *c, cc_place place, const char *name)
{
    const cc_bound *bound = find(&c->names, name, strlen(name));

    if (bound == NULL || bound->since != c->now)
        cc_problem_add(c->spec->problems, place,
                       "an outcome binds no new names, and the step itself does not bind '%s'", name);
}

void cc_spec_bind(cc_case_loader *c, cc_place place, const char *name, cc_bound_kind kind, const orm_entity *entity)
{
    cc_bound bound = { .name = name, .kind = kind, .entity = entity, .since = c->now, .place = place };

    if (c->override)
        check_bound_again(c, place, name);
    else if (check_new(c, &c->names, place, "a bound value", name))
        add(c, &c->names, &bound);
}

void cc_spec_new_em(cc_case_loader *c, const cc_yaml *node)
{
    const char *name = NULL;
    cc_bound    bound = { .since = c->now, .place = node->place };

    if (!cc_yaml_want_string(node, "the name of an entity manager", &name, c->spec->problems))
        return;
    bound.name = name;
    if (strcmp(name, main_em) == 0)
        cc_problem_add(c->spec->problems, node->place, "the entity manager 'main' is there from the start");
    else if (check_new(c, &c->ems, node->place, "an entity manager", name))
        add(c, &c->ems, &bound);
}

void cc_spec_known_em(cc_case_loader *c, const cc_yaml *node)
{
    const char     *name = NULL;
    const cc_bound *bound;

    if (!cc_yaml_want_string(node, "em", &name, c->spec->problems) || strcmp(name, main_em) == 0)
        return;
    bound = find(&c->ems, name, strlen(name));
    if (bound == NULL || !is_seen(c, bound))
        cc_yaml_unknown_word(node->place, "entity manager", name, seen_names(c, &c->ems, main_em), c->spec->problems);
}

/* ---- Paths ---- */

typedef struct walk {
    cc_case_loader *c;
    cc_place        place;
    const char     *path; /* all of it, for messages */
    const char     *at;
    cc_bound        here;
} walk;

static bool leads_nowhere(walk *w, const char *why)
{
    cc_problem_add(w->c->spec->problems, w->place, "'%s' leads nowhere: %s", w->path, why);
    return false;
}

static void arrive(walk *w, cc_bound_kind kind, const orm_entity *entity)
{
    w->here.kind = kind;
    w->here.entity = entity;
}

static bool enter_property(walk *w, const char *name)
{
    const orm_property *property;

    if (w->here.entity == NULL) {
        arrive(w, CC_BOUND_ANY, NULL);
        return true;
    }
    property = cc_spec_property_named(w->here.entity, name);
    if (property == NULL && strcmp(name, cc_entity_name) == 0) {
        arrive(w, CC_BOUND_VALUE, NULL);
        return true;
    }
    if (property == NULL) {
        cc_spec_unknown_property(w->c->spec, w->place, w->here.entity, name);
        return false;
    }
    if (property->type == ORM_TYPE_EMBEDDED) {
        arrive(w, CC_BOUND_EMBEDDED, property->embeddable);
        return true;
    }
    if (property->relation == ORM_RELATION_NONE)
        arrive(w, CC_BOUND_VALUE, NULL);
    else if (property->target == NULL)
        arrive(w, CC_BOUND_ANY, NULL);
    else
        arrive(w, property->type == ORM_TYPE_REFERENCE ? CC_BOUND_ENTITY : CC_BOUND_COLLECTION,
               cc_spec_entity_named(w->c->spec->file, property->target));
    return true;
}

static bool enter_name(walk *w, const char *name)
{
    switch (w->here.kind) {
    case CC_BOUND_ANY:
        return true;
    case CC_BOUND_ENTITY:
    case CC_BOUND_EMBEDDED:
        return enter_property(w, name);
    case CC_BOUND_VALUE:
        return leads_nowhere(w, "a value has no parts");
    case CC_BOUND_COLLECTION:
        if (strcmp(name, "initialized") == 0) {
            arrive(w, CC_BOUND_VALUE, NULL);
            return true;
        }
        break;
    case CC_BOUND_LIST:
    case CC_BOUND_ROWS:
    case CC_BOUND_ROW:
        break;
    }
    if (strcmp(name, "length") != 0)
        return leads_nowhere(w, "a list has a length and items, such as [0]");
    arrive(w, CC_BOUND_VALUE, NULL);
    return true;
}

static bool enter_index(walk *w)
{
    switch (w->here.kind) {
    case CC_BOUND_ANY:
        return true;
    case CC_BOUND_LIST:
    case CC_BOUND_COLLECTION:
        arrive(w, CC_BOUND_ENTITY, w->here.entity);
        return true;
    case CC_BOUND_ROWS:
        arrive(w, CC_BOUND_ROW, NULL);
        return true;
    case CC_BOUND_ROW:
        arrive(w, CC_BOUND_VALUE, NULL);
        return true;
    case CC_BOUND_ENTITY:
    case CC_BOUND_EMBEDDED:
    case CC_BOUND_VALUE:
        break;
    }
    return leads_nowhere(w, "an index stands behind something that is no list");
}

/* One ".name" or "[0]". */
static bool walk_part(walk *w)
{
    if (*w->at == '.') {
        size_t length = strcspn(w->at + 1, ".[");
        char  *name = cc_spec_printf(w->c->spec, "%.*s", (int)length, w->at + 1);

        w->at += length + 1;
        return name != NULL && (cc_is_name(name) ? enter_name(w, name) : leads_nowhere(w, "a name is missing in it"));
    }
    if (*w->at == '[') {
        size_t digits = strspn(w->at + 1, "0123456789");

        if (digits > 0 && digits < 10 && w->at[digits + 1] == ']') {
            w->at += digits + 2;
            return enter_index(w);
        }
    }
    return leads_nowhere(w, "write it like name.property, name[0].property or name.length");
}

static void unknown_name(cc_case_loader *c, cc_place place, const char *name)
{
    const char *const *seen = seen_names(c, &c->names, NULL);

    if (seen[0] == NULL)
        cc_problem_add(c->spec->problems, place, "unknown name '%s'; no earlier step binds a name", name);
    else
        cc_yaml_unknown_word(place, "name", name, seen, c->spec->problems);
}

bool cc_spec_follow(cc_case_loader *c, cc_place place, const char *path, cc_bound *out)
{
    walk            w = { .c = c, .place = place, .path = path, .at = path + strcspn(path, ".[") };
    const cc_bound *bound = find(&c->names, path, (size_t)(w.at - path));
    const char     *name;

    if (bound == NULL || !is_seen(c, bound)) {
        name = cc_spec_printf(c->spec, "%.*s", (int)(w.at - path), path);
        if (name != NULL && bound != NULL)
            cc_problem_add(c->spec->problems, place, "the name '%s' is only bound at line %u; use it in later steps",
                           name, bound->place.line);
        else if (name != NULL)
            unknown_name(c, place, name);
        return false;
    }
    w.here = *bound;
    while (*w.at != '\0') {
        if (!walk_part(&w))
            return false;
    }
    *out = w.here;
    return true;
}
