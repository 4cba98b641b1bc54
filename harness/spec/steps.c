#include <string.h>

#include "harness/spec/spec_private.h"

static const cc_key_def common_keys[] = {
    { .name = "id", .type = CC_ARG_TEXT, .help = "A name for the step; an outcome refers to it." },
    { .name = "error",
      .type = CC_ARG_ERROR,
      .help = "The step must fail with this error, on every platform.",
      .expects = true },
    { .name = "queries",
      .type = CC_ARG_INT,
      .help = "How many statements the step must send; begin, commit and rollback count.",
      .expects = true },
    { .name = "sql_sent",
      .type = CC_ARG_TEXTS,
      .help = "The statements that the step must send, in order: texts or \"/regex/\".",
      .expects = true },
    { .name = NULL },
};

const cc_key_def *cc_common_keys(void)
{
    return common_keys;
}

size_t cc_key_count(const cc_key_def *keys)
{
    size_t count = 0;

    while (keys != NULL && keys[count].name != NULL)
        count++;
    return count;
}

/* Index of a key, or the table's length when there is none. */
static size_t key_index(const cc_key_def *keys, const char *name)
{
    size_t count = cc_key_count(keys);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(keys[i].name, name) == 0)
            return i;
    }
    return count;
}

const cc_yaml *cc_step_arg(const cc_step *step, const char *key)
{
    size_t own = key_index(step->def->keys, key);
    size_t shared = key_index(common_keys, key);

    if (own < cc_key_count(step->def->keys))
        return step->args[own];
    return shared < cc_key_count(common_keys) ? step->common[shared] : NULL;
}

bool cc_is_open_map(cc_arg_type type)
{
    return type == CC_ARG_EXPECT || type == CC_ARG_DATA || type == CC_ARG_WHERE || type == CC_ARG_ORDER;
}

/* ---- The three forms of a step ---- */

/*
 * `expect: {ann.name: Ann, queries: 0}`: where the short key is itself a map, keys that the step knows are its keys,
 * and all others are entries of that map.
 */
static bool gather_short_map(cc_case_loader *c, const cc_step_def *def, const cc_yaml *value, const cc_yaml **args)
{
    size_t   at = key_index(def->keys, def->short_key);
    cc_yaml *map = cc_spec_alloc(c->spec, 1, sizeof *map);

    if (map == NULL)
        return false;
    *map = (cc_yaml){ .kind = CC_YAML_MAP, .place = value->place, .text = "" };
    map->entries = cc_spec_alloc(c->spec, value->count, sizeof *map->entries);
    if (map->entries == NULL)
        return false;
    for (size_t i = 0; i < value->count; i++) {
        const char *key = value->entries[i].key;

        if (key_index(def->keys, key) == cc_key_count(def->keys) &&
            key_index(common_keys, key) == cc_key_count(common_keys))
            map->entries[map->count++] = value->entries[i];
    }
    if (map->count > 0 && args[at] == NULL)
        args[at] = map;
    else if (map->count > 0)
        cc_problem_add(c->spec->problems, map->entries[0].place, "'%s' is given below, so '%s' must stand there, too",
                       def->short_key, map->entries[0].key);
    return true;
}

static void unknown_key(cc_case_loader *c, const cc_step_def *def, const cc_yaml_entry *entry)
{
    size_t       own = cc_key_count(def->keys);
    size_t       shared = cc_key_count(common_keys);
    const char **words = cc_spec_alloc(c->spec, own + shared + 1, sizeof *words);
    const char  *owner = cc_spec_printf(c->spec, "the step '%s'", def->name);

    if (words == NULL || owner == NULL)
        return;
    for (size_t i = 0; i < own; i++)
        words[i] = def->keys[i].name;
    for (size_t i = 0; i < shared; i++)
        words[own + i] = common_keys[i].name;
    cc_yaml_unknown_word_of(entry->place, "key", entry->key, owner, words, c->spec->problems);
}

static bool spread_map(cc_case_loader *c, const cc_step_def *def, const cc_yaml *value, const cc_yaml **args,
                       const cc_yaml **common)
{
    size_t own_count = cc_key_count(def->keys);
    bool   open = def->short_key != NULL && cc_is_open_map(def->keys[key_index(def->keys, def->short_key)].type);

    for (size_t i = 0; i < value->count; i++) {
        const cc_yaml_entry *entry = &value->entries[i];
        size_t               own = key_index(def->keys, entry->key);
        size_t               shared = key_index(common_keys, entry->key);

        if (own < own_count)
            args[own] = entry->value;
        else if (shared < cc_key_count(common_keys))
            common[shared] = entry->value;
        else if (!open)
            unknown_key(c, def, entry);
    }
    return !open || gather_short_map(c, def, value, args);
}

bool cc_spec_spread(cc_case_loader *c, const cc_step_def *def, cc_place place, const cc_yaml *value,
                    const cc_yaml **args, const cc_yaml **common)
{
    if (value != NULL && value->kind == CC_YAML_MAP)
        return spread_map(c, def, value, args, common);
    if (value == NULL || (value->kind == CC_YAML_NULL && value->text[0] == '\0')) {
        if (!def->bare)
            cc_problem_add(c->spec->problems, place, "the step '%s' needs its keys", def->name);
        return def->bare;
    }
    if (def->short_key != NULL) {
        args[key_index(def->keys, def->short_key)] = value;
        return true;
    }
    cc_problem_add(c->spec->problems, value->place, "the step '%s' wants a map of keys, not %s", def->name,
                   cc_yaml_kind_name(value->kind));
    return false;
}

/* ---- Checking ---- */

static void check_required(cc_case_loader *c, const cc_step *step)
{
    for (size_t i = 0; i < cc_key_count(step->def->keys); i++) {
        if (step->def->keys[i].required && step->args[i] == NULL)
            cc_problem_add(c->spec->problems, step->place, "the step '%s' lacks the key '%s'", step->def->name,
                           step->def->keys[i].name);
    }
}

/* The entity that the step is about; a wrong name is reported later, with the other keys. */
static const orm_entity *entity_of(cc_case_loader *c, const cc_step *step)
{
    cc_problems *problems = c->spec->problems;
    size_t       before = problems->count;

    for (size_t i = 0; i < cc_key_count(step->def->keys); i++) {
        const cc_yaml    *node = step->args[i];
        const orm_entity *entity = NULL;

        if (node == NULL || node->kind != CC_YAML_STRING)
            continue;
        if (step->def->keys[i].type == CC_ARG_ENTITY)
            entity = cc_spec_entity_named(c->spec->file, node->text);
        else if (step->def->keys[i].type == CC_ARG_REF || step->def->keys[i].type == CC_ARG_REFS)
            (void)cc_spec_entity_reference(c, node, step->def->keys[i].type == CC_ARG_REFS, &entity);
        else if (step->def->keys[i].type == CC_ARG_COLLECTION)
            (void)cc_spec_collection_reference(c, node, &entity);
        problems->count = before;
        if (entity != NULL)
            return entity;
    }
    return NULL;
}

static void check_step_id(cc_case_loader *c, cc_step *step)
{
    const cc_yaml *node = cc_step_arg(step, "id");
    const char    *id = NULL;

    if (node == NULL || !cc_yaml_want_string(node, "id", &id, c->spec->problems))
        return;
    if (id[0] < 'a' || id[0] > 'z' || id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_-")] != '\0')
        cc_problem_add(c->spec->problems, node->place,
                       "'%s' is no id for a step; begin with a-z, go on with a-z, 0-9, - and _", id);
    for (size_t i = 0; i < c->step_count; i++) {
        if (c->steps[i]->id != NULL && strcmp(c->steps[i]->id, id) == 0)
            cc_problem_add(c->spec->problems, node->place, "the step id '%s' was given already, at line %u", id,
                           c->steps[i]->place.line);
    }
    step->id = id;
}

static void bind_result(cc_case_loader *c, const cc_step *step, const cc_yaml *node)
{
    static const cc_bound_kind kinds[] = { [CC_YIELDS_NOTHING] = CC_BOUND_ANY,
                                           [CC_YIELDS_ENTITY] = CC_BOUND_ENTITY,
                                           [CC_YIELDS_LIST] = CC_BOUND_LIST,
                                           [CC_YIELDS_ROWS] = CC_BOUND_ROWS };
    const char                *name = NULL;

    if (cc_step_arg(step, "error") != NULL)
        cc_problem_add(c->spec->problems, node->place,
                       "a step that is expected to fail has no result that could be bound; leave the name out");
    if (cc_yaml_want_string(node, "a bound name", &name, c->spec->problems))
        cc_spec_bind(c, node->place, name, kinds[step->def->yields], step->entity);
}

static void check_args(cc_case_loader *c, cc_step *step)
{
    const cc_key_def *keys = step->def->keys;
    size_t            count = cc_key_count(keys);
    size_t            number = c->now;

    for (size_t i = 0; i < count; i++) {
        if (step->args[i] != NULL)
            cc_spec_arg(c, step, &keys[i], step->args[i]);
    }
    for (size_t i = 0; i < cc_key_count(common_keys); i++) {
        if (step->common[i] != NULL)
            cc_spec_arg(c, step, &common_keys[i], step->common[i]);
    }
    /* Not before its own keys were read, but the steps inside of it may speak of it. */
    for (size_t i = 0; i < count; i++) {
        if (step->args[i] != NULL && keys[i].type == CC_ARG_BIND)
            bind_result(c, step, step->args[i]);
    }
    for (size_t i = 0; i < count; i++) {
        if (step->args[i] == NULL || keys[i].type != CC_ARG_STEPS)
            continue;
        cc_spec_step_list(c, step->args[i], &step->steps, &step->step_count);
        c->now = number;
    }
}

static cc_step *new_step(cc_case_loader *c, const cc_step_def *def, cc_place place, size_t number)
{
    cc_step *step = cc_spec_alloc(c->spec, 1, sizeof *step);

    if (step == NULL)
        return NULL;
    *step = (cc_step){ .def = def, .place = place, .number = number };
    step->args = cc_spec_alloc(c->spec, cc_key_count(def->keys), sizeof *step->args);
    step->common = cc_spec_alloc(c->spec, cc_key_count(common_keys), sizeof *step->common);
    return step->args != NULL && step->common != NULL ? step : NULL;
}

/* So that one unknown step does not make every later use of its name a problem as well. */
static void bind_anything(cc_case_loader *c, const cc_yaml *value)
{
    const cc_yaml *name = cc_yaml_get(value, "as");

    if (name == NULL || name->kind != CC_YAML_STRING)
        return;
    c->now = 0;
    cc_spec_bind(c, name->place, name->text, CC_BOUND_ANY, NULL);
}

static const cc_step_def *find_def(cc_case_loader *c, cc_place place, const char *name)
{
    const cc_step_def *defs = c->spec->steps;
    size_t             count = 0;
    const char       **words;

    for (; defs[count].name != NULL; count++) {
        if (strcmp(defs[count].name, name) == 0)
            return &defs[count];
    }
    words = cc_spec_alloc(c->spec, count + 1, sizeof *words);
    if (words == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++)
        words[i] = defs[i].name;
    cc_yaml_unknown_word(place, "step", name, words, c->spec->problems);
    return NULL;
}

/* NULL after a problem that leaves nothing to go on with. */
static cc_step *load_step(cc_case_loader *c, const cc_yaml *node, size_t number)
{
    bool               bare = node->kind == CC_YAML_STRING;
    const cc_yaml     *value = NULL;
    const cc_step_def *def;
    cc_step           *step;

    if (!bare && (node->kind != CC_YAML_MAP || node->count != 1)) {
        cc_problem_add(c->spec->problems, node->place,
                       "a step is one name with its keys behind it, `- name: {...}`; further steps are further items");
        return NULL;
    }
    value = bare ? NULL : node->entries[0].value;
    def = find_def(c, node->place, bare ? node->text : node->entries[0].key);
    if (def == NULL) {
        bind_anything(c, value);
        return NULL;
    }
    step = new_step(c, def, node->place, number);
    if (step == NULL || !cc_spec_spread(c, def, node->place, value, step->args, step->common))
        return NULL;
    if (!orm_arena_grow(c->spec->arena, &c->steps, c->step_count, &c->step_capacity, sizeof *c->steps)) {
        c->spec->problems->out_of_memory = true;
        return NULL;
    }
    check_step_id(c, step);
    c->steps[c->step_count++] = step;
    c->now = c->step_count;
    check_required(c, step);
    step->entity = entity_of(c, step);
    check_args(c, step);
    return step;
}

void cc_spec_step_list(cc_case_loader *c, const cc_yaml *list, cc_step ***out, size_t *count)
{
    if (!cc_yaml_want_list(list, "steps", c->spec->problems))
        return;
    if (list->count == 0)
        cc_problem_add(c->spec->problems, list->place, "there are no steps");
    *out = cc_spec_alloc(c->spec, list->count, sizeof **out);
    for (size_t i = 0; *out != NULL && i < list->count; i++) {
        cc_step *step = load_step(c, list->items[i], i + 1);

        if (step != NULL)
            (*out)[(*count)++] = step;
    }
}
