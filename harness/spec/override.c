#include <string.h>

#include "base/text.h"
#include "harness/spec/spec_private.h"

static bool same_entries(const cc_yaml *a, const cc_yaml *b);

/* The same value for a matcher: quoting only matters where it changes the kind. Depth is bounded by the YAML loader. */
static bool same_node(const cc_yaml *a, const cc_yaml *b)
{
    if (a->kind != b->kind || a->count != b->count)
        return false;
    if (a->kind == CC_YAML_MAP)
        return same_entries(a, b);
    if (a->kind != CC_YAML_LIST)
        return a->kind == CC_YAML_NULL || strcmp(a->text, b->text) == 0;
    for (size_t i = 0; i < a->count; i++) {
        if (!same_node(a->items[i], b->items[i]))
            return false;
    }
    return true;
}

static bool same_entries(const cc_yaml *a, const cc_yaml *b)
{
    for (size_t i = 0; i < a->count; i++) {
        const cc_yaml *other = cc_yaml_get(b, a->entries[i].key);

        if (other == NULL || !same_node(a->entries[i].value, other))
            return false;
    }
    return true;
}

static const cc_step *by_number(cc_case_loader *c, const char *digits)
{
    int64_t number = 0;

    if (digits[strspn(digits, "0123456789")] != '\0' || !orm_parse_int64(digits, &number))
        return NULL;
    for (size_t i = 0; i < c->item->step_count; i++) {
        if ((int64_t)c->item->steps[i]->number == number)
            return c->item->steps[i];
    }
    return NULL;
}

const cc_step *cc_spec_step_named(cc_case_loader *c, cc_place place, const char *name)
{
    const cc_step *step = by_number(c, name);
    const char   **ids;
    size_t         count = 0;

    for (size_t i = 0; step == NULL && i < c->step_count; i++) {
        if (c->steps[i]->id != NULL && strcmp(c->steps[i]->id, name) == 0)
            step = c->steps[i];
    }
    if (step != NULL)
        return step;
    ids = cc_spec_alloc(c->spec, c->step_count + 1, sizeof *ids);
    for (size_t i = 0; ids != NULL && i < c->step_count; i++) {
        if (c->steps[i]->id != NULL)
            ids[count++] = c->steps[i]->id;
    }
    if (ids != NULL && count > 0)
        cc_yaml_unknown_word(place, "step id", name, ids, c->spec->problems);
    else
        cc_problem_add(c->spec->problems, place,
                       "there is no step '%s'; give a step that `id`, or its number from 1 to %zu", name,
                       c->item->step_count);
    return NULL;
}

static void add_same_problem(cc_case_loader *c, cc_place place, const char *name)
{
    cc_problem_add(c->spec->problems, place, "'%s' is the same as in the step itself; leave it out", name);
}

/*
 * `differs: {check: {ann.name: Eve}}` changes one path and leaves the step's others as they are: entries of an EXPECT
 * map replace entries, not the whole.
 */
static const cc_yaml *merged(cc_case_loader *c, const cc_yaml *own, const cc_yaml *other)
{
    cc_yaml *map = cc_spec_alloc(c->spec, 1, sizeof *map);

    if (map == NULL || own->kind != CC_YAML_MAP || other->kind != CC_YAML_MAP)
        return other;
    *map = (cc_yaml){ .kind = CC_YAML_MAP, .place = other->place, .text = "" };
    map->entries = cc_spec_alloc(c->spec, own->count + other->count, sizeof *map->entries);
    if (map->entries == NULL)
        return other;
    for (size_t i = 0; i < own->count; i++) {
        if (cc_yaml_get(other, own->entries[i].key) == NULL)
            map->entries[map->count++] = own->entries[i];
    }
    for (size_t i = 0; i < other->count; i++) {
        const cc_yaml *before = cc_yaml_get(own, other->entries[i].key);

        if (before != NULL && same_node(before, other->entries[i].value))
            add_same_problem(c, other->entries[i].place, other->entries[i].key);
        map->entries[map->count++] = other->entries[i];
    }
    return map;
}

static void check_keys(cc_case_loader *c, const cc_step *step, const cc_key_def *keys, const cc_yaml **own,
                       const cc_yaml **other)
{
    for (size_t i = 0; i < cc_key_count(keys); i++) {
        if (other[i] == NULL)
            continue;
        /* Elsewhere a step may expect something else; it must not do something else. */
        if (!keys[i].expects) {
            cc_problem_add(c->spec->problems, other[i]->place,
                           "an outcome can replace what '%s' expects, not '%s', which says what it does",
                           step->def->name, keys[i].name);
            continue;
        }
        cc_spec_arg(c, step, &keys[i], other[i]);
        if (own[i] == NULL)
            continue;
        if (keys[i].type == CC_ARG_EXPECT)
            other[i] = merged(c, own[i], other[i]);
        else if (same_node(own[i], other[i]))
            add_same_problem(c, other[i]->place, keys[i].name);
    }
}

static size_t number_of(const cc_case_loader *c, const cc_step *step)
{
    size_t i = 0;

    while (i < c->step_count && c->steps[i] != step)
        i++;
    return i + 1;
}

static void load_override(cc_case_loader *c, const cc_yaml_entry *entry, cc_override *out)
{
    const cc_step     *step = cc_spec_step_named(c, entry->place, entry->key);
    const cc_step_def *def = step == NULL ? NULL : step->def;

    if (step == NULL || !cc_yaml_want_map(entry->value, "other expectations of a step", c->spec->problems))
        return;
    if (entry->value->count == 0)
        cc_problem_add(c->spec->problems, entry->value->place, "no other expectation is given");
    out->step = step;
    out->args = cc_spec_alloc(c->spec, cc_key_count(def->keys), sizeof *out->args);
    out->common = cc_spec_alloc(c->spec, cc_key_count(cc_common_keys()), sizeof *out->common);
    if (out->args == NULL || out->common == NULL ||
        !cc_spec_spread(c, def, entry->place, entry->value, out->args, out->common))
        return;
    c->override = true;
    c->now = number_of(c, step);
    check_keys(c, step, def->keys, step->args, out->args);
    check_keys(c, step, cc_common_keys(), step->common, out->common);
    c->override = false;
}

void cc_spec_overrides(cc_case_loader *c, const cc_yaml *node, cc_outcome *out)
{
    if (!cc_yaml_want_map(node, "differs", c->spec->problems))
        return;
    if (node->count == 0)
        cc_problem_add(c->spec->problems, node->place, "name the steps that differ and what they expect instead");
    out->overrides = cc_spec_alloc(c->spec, node->count, sizeof *out->overrides);
    for (size_t i = 0; out->overrides != NULL && i < node->count; i++) {
        load_override(c, &node->entries[i], &out->overrides[out->override_count]);
        if (out->overrides[out->override_count].step != NULL)
            out->override_count++;
    }
}
