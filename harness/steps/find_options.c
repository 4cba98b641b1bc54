/* The keys of steps that find, as liborm's options. */
#include <string.h>

#include "harness/steps/steps_private.h"

static const struct {
    const char   *word;
    orm_direction direction;
} directions[] = {
    { "asc", ORM_ASC },
    { "desc", ORM_DESC },
    { "asc nulls first", ORM_ASC_NULLS_FIRST },
    { "asc nulls last", ORM_ASC_NULLS_LAST },
    { "desc nulls first", ORM_DESC_NULLS_FIRST },
    { "desc nulls last", ORM_DESC_NULLS_LAST },
};

/* In the order of orm_strategy, without its default. */
const char *const cc_strategy_words[] = { "select-in", "joined", "balanced", NULL };

static orm_strategy strategy_of(const cc_yaml *node)
{
    for (int i = 0; node != NULL && cc_strategy_words[i] != NULL; i++)
        if (strcmp(cc_strategy_words[i], node->text) == 0)
            return (orm_strategy)(ORM_STRATEGY_SELECT_IN + i);
    return ORM_STRATEGY_DEFAULT;
}

static size_t count_orders(const cc_yaml *node)
{
    size_t count = 0;

    for (size_t i = 0; i < node->count; i++)
        count += node->entries[i].value->kind == CC_YAML_MAP ? count_orders(node->entries[i].value) : 1;
    return count;
}

/* Flattens {author: {name: asc}} to paths. Depth is bounded by the YAML loader. */
static bool add_orders(orm_arena *arena, const cc_yaml *node, const char *prefix, orm_order **next)
{
    for (size_t i = 0; i < node->count; i++) {
        const cc_yaml *value = node->entries[i].value;
        const char    *path = orm_arena_printf(arena, "%s%s", prefix, node->entries[i].key);

        if (path != NULL && value->kind == CC_YAML_MAP) {
            const char *longer = orm_arena_printf(arena, "%s.", path);

            if (longer == NULL || !add_orders(arena, value, longer, next))
                return false;
            continue;
        }
        if (path == NULL)
            return false;
        (*next)->property = path;
        for (size_t d = 0; d < sizeof directions / sizeof directions[0]; d++)
            if (strcmp(directions[d].word, value->text) == 0)
                (*next)->direction = directions[d].direction;
        (*next)++;
    }
    return true;
}

/* NULL for no order. False when memory is out. */
static bool orders(cc_context *context, const cc_yaml *node, const orm_order **out)
{
    orm_order *list;
    orm_order *next;

    *out = NULL;
    if (node == NULL)
        return true;
    list = next = orm_arena_calloc(context->arena, count_orders(node) + 1, sizeof *list);
    if (list == NULL || !add_orders(context->arena, node, "", &next))
        return false;
    *out = list;
    return true;
}

/* One text or a list of texts, ended by NULL; NULL for none. False when memory is out. */
bool cc_arg_texts(cc_context *context, const cc_step *step, const char *key, const char *const **out)
{
    const cc_yaml *node = cc_step_arg(step, key);
    size_t         count = node == NULL ? 0 : node->kind == CC_YAML_LIST ? node->count : 1;
    const char   **list;

    *out = NULL;
    if (node == NULL)
        return true;
    list = orm_arena_calloc(context->arena, count + 1, sizeof *list);
    if (list == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        list[i] = node->kind == CC_YAML_LIST ? node->items[i]->text : node->text;
    *out = list;
    return true;
}

static size_t number_of(const cc_yaml *map, const char *key)
{
    const cc_yaml *node = cc_yaml_get(map, key);

    return node == NULL || node->kind != CC_YAML_INT ? 0 : (size_t)node->as.integer;
}

static bool hints(cc_context *context, const cc_yaml *node, const orm_populate_hint **out)
{
    orm_populate_hint *list;

    *out = NULL;
    if (node == NULL)
        return true;
    list = orm_arena_calloc(context->arena, node->count + 1, sizeof *list);
    if (list == NULL)
        return false;
    for (size_t i = 0; i < node->count; i++) {
        const cc_yaml *map = node->entries[i].value;

        list[i] = (orm_populate_hint){ .path = node->entries[i].key,
                                       .strategy = strategy_of(cc_yaml_get(map, "strategy")),
                                       .limit = number_of(map, "limit"),
                                       .offset = number_of(map, "offset") };
        if (!orders(context, cc_yaml_get(map, "order"), &list[i].order_by))
            return false;
    }
    *out = list;
    return true;
}

cc_step_status cc_find_options_of(cc_context *context, const cc_step *step, cc_manager *manager,
                                  const orm_entity *entity, orm_find_options *out)
{
    *out = (orm_find_options){ .strategy = strategy_of(cc_step_arg(step, "strategy")),
                               .limit = (size_t)cc_arg_int(step, "limit", 0),
                               .offset = (size_t)cc_arg_int(step, "offset", 0),
                               .refresh = cc_arg_bool(step, "refresh"),
                               .flush_mode = (orm_flush_mode)cc_arg_word(step, "flush_mode", cc_flush_mode_words),
                               .populate_infer = cc_arg_bool(step, "populate_infer") };
    if (!cc_arg_texts(context, step, "populate", &out->populate) ||
        !cc_arg_texts(context, step, "fields", &out->fields) ||
        !cc_arg_texts(context, step, "exclude", &out->exclude) ||
        !orders(context, cc_step_arg(step, "order"), &out->order_by) ||
        !orders(context, cc_step_arg(step, "populate_order"), &out->populate_order_by) ||
        !hints(context, cc_step_arg(step, "hints"), &out->hints))
        return cc_broken_memory(context, step);
    if (cc_step_arg(step, "populate_where") != NULL) {
        orm_condition *where = orm_arena_zalloc(context->arena, sizeof *where);
        cc_step_status status;

        if (where == NULL)
            return cc_broken_memory(context, step);
        status = cc_condition_at(context, step, "populate_where", manager, entity, where);
        if (status != CC_STEP_OK)
            return status;
        out->populate_where = where;
    }
    return cc_read_filters(context, step, manager, out);
}
