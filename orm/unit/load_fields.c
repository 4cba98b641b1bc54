/* Partial loading: which columns of each part of the tree are read. */
#include <string.h>

#include "unit/load.h"

/* Columns of one entity, in the order of their coming, each once. */
typedef struct columns {
    orm_em                 *em;
    const orm_meta_column **items;
    size_t                  count;
    bool                   *has; /* by index of the column */
} columns;

static orm_status begin(orm_em *em, const orm_meta_entity *meta, columns *c)
{
    *c = (columns){ .em = em };
    c->items = orm_arena_calloc(em->work, meta->column_count, sizeof *c->items);
    c->has = orm_arena_calloc(em->work, meta->column_count, sizeof *c->has);
    return c->items == NULL || c->has == NULL ? em_fail_memory(em) : ORM_OK;
}

static void add(columns *c, const orm_meta_property *property)
{
    for (size_t i = 0; i < property->column_count; i++) {
        const orm_meta_column *column = &property->columns[i];

        if (c->has[column->index])
            continue;
        c->has[column->index] = true;
        c->items[c->count++] = column;
    }
}

static void finish(columns *c, orm_load *load)
{
    load->columns = c->items;
    load->column_count = c->count;
}

/* ---- The user's names, as those of one entity ---- */

static bool begins_with(const char *path, const char *name, const char **rest)
{
    size_t length = strlen(name);

    if (strncmp(path, name, length) != 0 || path[length] != '.')
        return false;
    *rest = path + length + 1;
    return true;
}

/* What stands behind "relation." in each of them; NULL with count 0 when none does. */
static orm_status below(orm_em *em, const char *const *paths, const orm_meta_property *relation, const char ***out)
{
    size_t count = 0;

    *out = NULL;
    for (size_t i = 0; paths != NULL && paths[i] != NULL; i++) {
        const char *rest;

        if (!begins_with(paths[i], relation->name, &rest))
            continue;
        if (*out == NULL) {
            size_t all = i;

            while (paths[all] != NULL)
                all++;
            *out = orm_arena_calloc(em->work, all - i + 1, sizeof **out);
        }
        if (*out == NULL)
            return em_fail_memory(em);
        (*out)[count++] = rest;
    }
    return ORM_OK;
}

static orm_status check_name(orm_em *em, const orm_meta_entity *meta, const char *path,
                             const orm_meta_property **property)
{
    const char *rest = path;
    char        step[ORM_STEP_SIZE] = "";

    (void)orm_next_step(meta, &rest, step);
    *property = orm_meta_property_named(meta, step);
    if (*property == NULL) {
        em_unknown_property(em, meta, step);
        orm_fail_detail(&em->error, "among the fields to load");
        return em->error.status;
    }
    if (*rest != '\0' && (*property)->relation == ORM_RELATION_NONE)
        return em_fail_property(em, *property, 867, "it is not a relation, so \"%.200s\" has no fields", path);
    return ORM_OK;
}

static bool has_star(const char *const *paths)
{
    for (size_t i = 0; paths != NULL && paths[i] != NULL; i++)
        if (strcmp(paths[i], "*") == 0)
            return true;
    return false;
}

/* Fields of relations are loaded with them, when nothing else says what is. */
static orm_status populate_fields(orm_em *em, orm_load *load, const char *path)
{
    const char *rest = path;
    char        step[ORM_STEP_SIZE];
    unsigned    steps = 0;

    while (orm_next_step(load->entity, &rest, step)) {
        const orm_meta_property *property = orm_meta_property_named(load->entity, step);

        if (property == NULL || property->relation == ORM_RELATION_NONE || *rest == '\0')
            return ORM_OK;
        if (++steps > EM_PATH_MAX)
            return orm_fail(&em->error, ORM_ERR_VALIDATION, 868, "the path \"%.100s...\" has more than %d steps", path,
                            EM_PATH_MAX);
        load = em_load_add(em, load, property);
        if (load == NULL)
            return em->error.status;
    }
    return ORM_OK;
}

/* ---- One entity's columns ---- */

static void add_keys(columns *c, const orm_meta_entity *meta)
{
    for (size_t i = 0; i < meta->key_count; i++)
        add(c, meta->keys[i]);
}

/* What tells of which type the row is, and later whether it is still as it was loaded. */
static void add_guards(columns *c, const orm_meta_entity *meta)
{
    if (meta->discriminator != NULL)
        add(c, meta->discriminator);
    for (size_t i = 0; i < meta->guard_count; i++)
        add(c, meta->guards[i]->property);
}

/* Foreign keys that put things together: of what is populated, and of what this was reached by. */
static void add_needed(columns *c, const orm_load *load)
{
    for (const orm_load *child = load->children; child != NULL; child = child->next)
        if (child->relation->to_one && child->relation->owner)
            add(c, child->relation);
    if (load->relation != NULL && load->relation->relation == ORM_RELATION_ONE_TO_MANY && !load->joined)
        add(c, load->relation->inverse);
}

static bool is_named(const char *const *paths, const char *name)
{
    for (size_t i = 0; paths != NULL && paths[i] != NULL; i++)
        if (strcmp(paths[i], name) == 0)
            return true;
    return false;
}

static bool is_lazy_here(const orm_load *load, const orm_meta_property *property)
{
    if (!property->lazy)
        return false;
    for (size_t i = 0; i < load->lazy_count; i++)
        if (load->lazy[i] == property)
            return false;
    return true;
}

static orm_status only_these(orm_em *em, orm_load *load, const char *const *fields)
{
    columns    c;
    orm_status status = begin(em, load->entity, &c);
    bool       keys_named = true;

    for (size_t i = 0; i < load->entity->key_count; i++)
        keys_named = keys_named && is_named(fields, load->entity->keys[i]->name);
    if (status == ORM_OK && !keys_named)
        add_keys(&c, load->entity);
    for (size_t i = 0; fields[i] != NULL && status == ORM_OK; i++) {
        const orm_meta_property *property;

        status = check_name(em, load->entity, fields[i], &property);
        if (status == ORM_OK && strcmp(property->name, fields[i]) == 0)
            add(&c, property);
    }
    for (size_t i = 0; i < load->lazy_count && status == ORM_OK; i++)
        add(&c, load->lazy[i]);
    if (status == ORM_OK) {
        add_guards(&c, load->entity);
        add_needed(&c, load);
        finish(&c, load);
    }
    return status;
}

static orm_status all_but(orm_em *em, orm_load *load, const char *const *exclude)
{
    columns    c;
    orm_status status = begin(em, load->entity, &c);

    for (size_t i = 0; exclude != NULL && exclude[i] != NULL && status == ORM_OK; i++) {
        const orm_meta_property *property;

        status = check_name(em, load->entity, exclude[i], &property);
    }
    if (status != ORM_OK)
        return status;
    for (size_t i = 0; i < load->entity->column_count; i++) {
        const orm_meta_property *property = load->entity->columns[i]->property;

        if (property->primary || (!is_named(exclude, property->name) && !is_lazy_here(load, property)))
            add(&c, property);
    }
    add_guards(&c, load->entity);
    add_needed(&c, load);
    finish(&c, load);
    load->all = exclude == NULL;
    return ORM_OK;
}

/* What a reference is made of: the key, and the foreign key where its own SELECT has to say whose it is. */
static orm_status only_keys(orm_em *em, orm_load *load)
{
    columns    c;
    orm_status status = begin(em, load->entity, &c);

    if (status != ORM_OK)
        return status;
    add_keys(&c, load->entity);
    add_needed(&c, load);
    finish(&c, load);
    return ORM_OK;
}

static orm_status choose(orm_em *em, orm_load *load, const char *const *fields, const char *const *exclude)
{
    orm_status status = ORM_OK;

    if (load->ref)
        return only_keys(em, load);
    if (fields != NULL && !has_star(fields))
        status = only_these(em, load, fields);
    else if (exclude != NULL || load->lazy_count > 0)
        status = all_but(em, load, exclude);
    for (orm_load *child = load->children; child != NULL && status == ORM_OK; child = child->next) {
        const char **child_fields;
        const char **child_exclude;

        status = below(em, fields, child->relation, &child_fields);
        if (status == ORM_OK)
            status = below(em, exclude, child->relation, &child_exclude);
        if (status == ORM_OK)
            status = choose(em, child, child_fields, child_exclude);
    }
    return status;
}

orm_status em_load_field_relations(orm_em *em, orm_load *root, const orm_find_options *options)
{
    orm_status status = ORM_OK;

    if (options->fields != NULL && options->exclude != NULL)
        return orm_fail(&em->error, ORM_ERR_ARGUMENT, 869, "fields and exclude both say what of %s is loaded: give one",
                        root->entity->name);
    if (options->populate != NULL || options->fields == NULL)
        return ORM_OK;
    for (size_t i = 0; options->fields[i] != NULL && status == ORM_OK; i++)
        status = populate_fields(em, root, options->fields[i]);
    return status;
}

orm_status em_load_fields(orm_em *em, orm_load *root, const orm_find_options *options)
{
    return choose(em, root, options->fields, options->exclude);
}
