/* Pages by cursor. */
#include "unit/cursor.h"

/* One page on its way. */
typedef struct paging {
    orm_em                   *em;
    const orm_cursor_options *options;
    const orm_order          *order; /* the user's */
    size_t                    count;
    size_t                    size;
    bool                      backward;
} paging;

static bool descends(orm_direction direction)
{
    return direction == ORM_DESC || direction == ORM_DESC_NULLS_FIRST || direction == ORM_DESC_NULLS_LAST;
}

static orm_direction reversed(orm_direction direction)
{
    static const orm_direction other[] = { [ORM_ASC] = ORM_DESC,
                                           [ORM_DESC] = ORM_ASC,
                                           [ORM_ASC_NULLS_FIRST] = ORM_DESC_NULLS_LAST,
                                           [ORM_ASC_NULLS_LAST] = ORM_DESC_NULLS_FIRST,
                                           [ORM_DESC_NULLS_FIRST] = ORM_ASC_NULLS_LAST,
                                           [ORM_DESC_NULLS_LAST] = ORM_ASC_NULLS_FIRST };

    return (size_t)direction < sizeof other / sizeof other[0] ? other[direction] : direction;
}

static orm_status check(paging *p, const orm_meta_entity *meta)
{
    const orm_cursor_options *o = p->options;
    const char               *wrong = NULL;

    if (o->find == NULL || o->find->order_by == NULL || o->find->order_by[0].property == NULL)
        wrong = "needs an order";
    else if ((o->first == 0) == (o->last == 0))
        wrong = "takes either first or last, and one of them";
    else if ((o->first > 0 && o->before != NULL) || (o->last > 0 && o->after != NULL))
        wrong = "goes forward with first and after, backward with last and before";
    else if (o->find->limit > 0 || o->find->offset > 0)
        wrong = "has no limit and offset: first or last says how many";
    if (wrong != NULL)
        return orm_fail(&p->em->error, ORM_ERR_ARGUMENT, 880, "a page of %s by cursor %s", meta->name, wrong);
    p->order = o->find->order_by;
    while (p->order[p->count].property != NULL)
        p->count++;
    p->backward = o->last > 0;
    p->size = p->backward ? o->last : o->first;
    return ORM_OK;
}

/*
 * What lies behind the cursor: of a desc, b asc it is a <= v and (a < v or b > w). `conditions` has room for 4 of each
 * property.
 */
static orm_condition *make_condition(const paging *p, size_t at, const orm_value *values, orm_condition *conditions)
{
    orm_condition *own = conditions + 4 * at;
    bool           down = descends(p->order[at].direction) != p->backward;
    orm_condition  strict = { .op = down ? ORM_OP_LT : ORM_OP_GT,
                              .property = p->order[at].property,
                              .value = values[at] };

    own[0] = strict;
    if (at + 1 == p->count)
        return own;
    own[0].op = down ? ORM_OP_LTE : ORM_OP_GTE;
    own[1] = (orm_condition){ .op = ORM_OP_OR, .children = own + 2, .child_count = 2 };
    own[2] = strict;
    own[3] = *make_condition(p, at + 1, values, conditions);
    if (at + 2 < p->count)
        own[3] = (orm_condition){ .op = ORM_OP_ALL, .children = conditions + 4 * (at + 1), .child_count = 2 };
    return own;
}

static orm_status continue_from(paging *p, const char *cursor, em_find *f)
{
    orm_value     *values = orm_arena_calloc(p->em->work, p->count, sizeof *values);
    orm_condition *conditions = orm_arena_calloc(p->em->work, p->count, 4 * sizeof *conditions);
    orm_condition *all = orm_arena_zalloc(p->em->work, sizeof *all);
    orm_status     status;

    if (values == NULL || conditions == NULL || all == NULL)
        return em_fail_memory(p->em);
    if (p->count > ORM_CONDITION_DEPTH_MAX / 2)
        return orm_fail(&p->em->error, ORM_ERR_VALIDATION, 881, "an order of %zu properties is too long for a cursor",
                        p->count);
    status = em_cursor_values(p->em, cursor, p->count, values);
    if (status != ORM_OK)
        return status;
    *all = (orm_condition){ .op = ORM_OP_ALL,
                            .children = make_condition(p, 0, values, conditions),
                            .child_count = p->count > 1 ? 2 : 1 };
    f->select.and_where = all;
    return ORM_OK;
}

/* Backward the order is turned round for the server, and the rows are afterwards. */
static orm_status turn_round(const paging *p, em_find *f)
{
    orm_order *order = orm_arena_calloc(p->em->work, p->count + 1, sizeof *order);

    if (order == NULL)
        return em_fail_memory(p->em);
    for (size_t i = 0; i < p->count; i++)
        order[i] = (orm_order){ .property = p->order[i].property, .direction = reversed(p->order[i].direction) };
    f->select.order_by = order;
    return ORM_OK;
}

static void reverse(orm_instance **items, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        orm_instance *item = items[i];

        items[i] = items[count - 1 - i];
        items[count - 1 - i] = item;
    }
}

static orm_status fill(const paging *p, orm_instance **items, size_t count, orm_page *out)
{
    bool       more = count > p->size;
    orm_status status;

    count -= more ? 1 : 0;
    if (p->backward)
        reverse(items, count);
    out->has_next = p->backward ? p->options->before != NULL : more;
    out->has_previous = p->backward ? more : p->options->after != NULL;
    status = em_to_list(p->em, items, count, &out->items);
    if (status == ORM_OK && count > 0)
        status = em_cursor_of(p->em, items[0], p->order, &out->start_cursor);
    if (status == ORM_OK && count > 0)
        status = em_cursor_of(p->em, items[count - 1], p->order, &out->end_cursor);
    return status;
}

static orm_status find_page(paging *p, const orm_meta_entity *meta, const orm_condition *where, orm_page *out)
{
    const char    *cursor;
    orm_instance **items = NULL;
    size_t         count = 0;
    em_find        f;
    orm_status     status = check(p, meta);

    if (status != ORM_OK)
        return status;
    cursor = p->backward ? p->options->before : p->options->after;
    status = em_find_init(&f, p->em, meta, where, p->options->find);
    if (status == ORM_OK && cursor != NULL)
        status = continue_from(p, cursor, &f);
    if (status == ORM_OK && p->backward)
        status = turn_round(p, &f);
    f.select.limit = p->size + 1; /* one more tells whether there is a next page */
    if (status == ORM_OK)
        status = em_find_prepare(&f);
    if (status == ORM_OK)
        status = em_find_run(&f, &items, &count);
    if (status == ORM_OK)
        status = fill(p, items, count, out);
    f.select.and_where = NULL;
    return status == ORM_OK && !p->options->without_total ? em_count(&f, &out->total) : status;
}

orm_status orm_find_page(orm_em *em, const orm_entity *entity, const orm_condition *where,
                         const orm_cursor_options *options, orm_page *out)
{
    const orm_meta_entity *meta;
    paging                 p = { .em = em, .options = options };
    orm_status             status;

    if (out != NULL)
        *out = (orm_page){ .total = 0 };
    meta = em_find_enter(em, entity, out != NULL && options != NULL);
    if (meta == NULL || out == NULL || options == NULL)
        return em == NULL ? ORM_ERR_ARGUMENT : em->error.status;
    status = find_page(&p, meta, where, out);
    if (status != ORM_OK)
        *out = (orm_page){ .total = 0 };
    return em_leave(em, status);
}
