/*
 * Filters on what a find loads. As in MikroORM, a to-one reference to a filtered entity is joined also where it is not
 * populated, or is by a query of its own: the filter may drop the row, or hide the reference.
 */
#include "unit/filter.h"
#include "unit/load.h"

typedef struct filtering {
    orm_em                 *em;
    const orm_find_options *options;
} filtering;

/* The way back: what is loaded through the other side was found by it. */
static bool is_way_back(const orm_load *load, const orm_meta_property *relation)
{
    return load->joined && load->owner != NULL && load->relation->inverse == relation &&
           relation->target->view == load->owner->entity;
}

static bool is_read(const orm_load *load, const orm_meta_property *relation)
{
    if (load->columns == NULL)
        return !relation->lazy;
    for (size_t i = 0; i < load->column_count; i++)
        if (load->columns[i]->property == relation)
            return true;
    return false;
}

static bool is_joined(const orm_load *load, const orm_meta_property *relation)
{
    for (const orm_load *child = load->children; child != NULL; child = child->next)
        if (child->relation == relation && child->joined)
            return true;
    return false;
}

static orm_status add_reference(const filtering *f, orm_load *load, const orm_meta_property *relation)
{
    orm_load   **last = &load->children;
    orm_load     made = { .relation = relation, .entity = relation->target->view, .owner = load, .joined = true, .ref = true };
    orm_status   status = em_filter_of(f->em, made.entity, f->options, &made.filter, &made.strict);

    if (status != ORM_OK || made.filter == NULL)
        return status;
    while (*last != NULL)
        last = &(*last)->next;
    *last = orm_arena_memdup(f->em->work, &made, sizeof made);
    return *last == NULL ? em_fail_memory(f->em) : ORM_OK;
}

static orm_status add_references(const filtering *f, orm_load *load)
{
    orm_status status = ORM_OK;

    for (size_t i = 0; i < load->entity->property_count && status == ORM_OK; i++) {
        const orm_meta_property *p = &load->entity->properties[i];

        if (p->to_one && !is_way_back(load, p) && is_read(load, p) && !is_joined(load, p))
            status = add_reference(f, load, p);
    }
    return status;
}

/* Recursive along the user's paths, whose length is bounded. */
static orm_status filter_children(const filtering *f, orm_load *load)
{
    orm_status status = ORM_OK;

    for (orm_load *child = load->children; child != NULL && status == ORM_OK; child = child->next) {
        status = em_filter_of(f->em, child->entity, f->options, &child->filter, &child->strict);
        if (status == ORM_OK)
            status = filter_children(f, child);
        if (status == ORM_OK && !child->ref)
            status = add_references(f, child);
    }
    return status;
}

orm_status em_load_filters(orm_em *em, orm_load *root, const orm_find_options *options, bool loaded)
{
    filtering  f = { .em = em, .options = options };
    orm_status status = em_check_filters(em, options);

    if (status != ORM_OK || em->o->filters->name_count == 0)
        return status;
    status = filter_children(&f, root);
    /* Entities that are there already have no SELECT that could join more. */
    return status == ORM_OK && !loaded ? add_references(&f, root) : status;
}
