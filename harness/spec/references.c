#include <string.h>

#include "base/text.h"
#include "harness/expect/expect.h"
#include "harness/spec/spec_private.h"

bool cc_is_reference(const char *text)
{
    return orm_text_starts(text, "${");
}

/* What stands between "${" and "}", or NULL after a problem. */
static const char *path_of(cc_case_loader *c, const cc_yaml *node)
{
    size_t length = strlen(node->text);

    if (length > 3 && node->text[length - 1] == '}')
        return cc_spec_printf(c->spec, "%.*s", (int)(length - 3), node->text + 2);
    cc_problem_add(c->spec->problems, node->place, "'%s' is no reference; write \"${name}\" or \"${name.property}\"",
                   node->text);
    return NULL;
}

bool cc_spec_reference(cc_case_loader *c, const cc_yaml *node, cc_bound *out)
{
    const char *path = path_of(c, node);

    return path != NULL && cc_spec_follow(c, node->place, path, out);
}

/* What the node leads to, written with or without ${}. */
static bool follow_node(cc_case_loader *c, const cc_yaml *node, const char *what, cc_bound *bound)
{
    const char *text = NULL;

    if (!cc_yaml_want_string(node, what, &text, c->spec->problems))
        return false;
    return cc_is_reference(text) ? cc_spec_reference(c, node, bound) : cc_spec_follow(c, node->place, text, bound);
}

bool cc_spec_entity_reference(cc_case_loader *c, const cc_yaml *node, bool or_list, const orm_entity **out)
{
    cc_bound bound;

    if (!follow_node(c, node, "a reference to an entity", &bound))
        return false;
    if (bound.kind != CC_BOUND_ENTITY && bound.kind != CC_BOUND_ANY && !(or_list && bound.kind == CC_BOUND_LIST)) {
        cc_problem_add(c->spec->problems, node->place, "'%s' is no entity%s", node->text,
                       or_list ? " and no list of entities" : "");
        return false;
    }
    *out = bound.entity;
    return true;
}

bool cc_spec_collection_reference(cc_case_loader *c, const cc_yaml *node, const orm_entity **out)
{
    cc_bound bound;

    if (!follow_node(c, node, "a reference to a collection", &bound))
        return false;
    if (bound.kind != CC_BOUND_COLLECTION && bound.kind != CC_BOUND_ANY) {
        cc_problem_add(c->spec->problems, node->place, "'%s' is no collection; write it like \"${name.property}\"",
                       node->text);
        return false;
    }
    *out = bound.entity;
    return true;
}

void cc_spec_value(cc_case_loader *c, const cc_yaml *node)
{
    cc_bound bound;

    /* Depth is bounded by the YAML loader. */
    for (size_t i = 0; node->kind == CC_YAML_LIST && i < node->count; i++)
        cc_spec_value(c, node->items[i]);
    for (size_t i = 0; node->kind == CC_YAML_MAP && i < node->count; i++)
        cc_spec_value(c, node->entries[i].value);
    if (node->kind == CC_YAML_STRING && cc_is_reference(node->text))
        (void)cc_spec_reference(c, node, &bound);
}

static void check_pattern(cc_case_loader *c, const cc_yaml *node)
{
    const char *why = cc_pattern_problem(c->spec->arena, node->text);

    if (why != NULL)
        cc_problem_add(c->spec->problems, node->place, "%s", why);
}

/* "<word>" or "<word:...>": texts such as "<p>x</p>" are plain texts. */
static bool looks_like_mark(const char *text)
{
    size_t letters;
    size_t length = strlen(text);

    if (text[0] != '<' || length < 3 || text[length - 1] != '>')
        return false;
    letters = strspn(text + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-");
    return letters > 0 && (letters == length - 2 || text[1 + letters] == ':');
}

static void check_mark(cc_case_loader *c, const cc_yaml *node)
{
    static const char bind[] = "<bind:";
    size_t            length = strlen(node->text);

    if (strcmp(node->text, cc_matcher_marks[0]) == 0 || strcmp(node->text, cc_matcher_marks[1]) == 0)
        return;
    if (orm_text_starts(node->text, bind)) {
        const char *name = cc_spec_printf(c->spec, "%.*s", (int)(length - sizeof bind), node->text + sizeof bind - 1);

        if (name != NULL)
            cc_spec_bind(c, node->place, name, CC_BOUND_VALUE, NULL);
        return;
    }
    cc_yaml_unknown_word(node->place, "matcher", node->text, cc_matcher_marks, c->spec->problems);
}

void cc_spec_matcher(cc_case_loader *c, const cc_yaml *node)
{
    cc_bound bound;

    for (size_t i = 0; node->kind == CC_YAML_LIST && i < node->count; i++)
        cc_spec_matcher(c, node->items[i]);
    for (size_t i = 0; node->kind == CC_YAML_MAP && i < node->count; i++)
        cc_spec_matcher(c, node->entries[i].value);
    if (node->kind != CC_YAML_STRING)
        return;
    if (cc_is_reference(node->text))
        (void)cc_spec_reference(c, node, &bound);
    else if (looks_like_mark(node->text))
        check_mark(c, node);
    else
        check_pattern(c, node);
}

void cc_spec_text_matcher(cc_case_loader *c, const cc_yaml *node, const char *what)
{
    const char *text = NULL;

    if (cc_yaml_want_string(node, what, &text, c->spec->problems))
        check_pattern(c, node);
}
