#include <string.h>

#include "base/text.h"
#include "yaml/yaml.h"

const char *cc_yaml_kind_name(cc_yaml_kind kind)
{
    switch (kind) {
    case CC_YAML_NULL:
        return "null";
    case CC_YAML_BOOL:
        return "a boolean";
    case CC_YAML_INT:
        return "a whole number";
    case CC_YAML_FLOAT:
        return "a number with a fraction";
    case CC_YAML_STRING:
        return "a string";
    case CC_YAML_LIST:
        return "a list";
    case CC_YAML_MAP:
        return "a map";
    }
    return "nothing known";
}

const cc_yaml *cc_yaml_get(const cc_yaml *map, const char *key)
{
    if (map == NULL || map->kind != CC_YAML_MAP)
        return NULL;
    for (size_t i = 0; i < map->count; i++) {
        if (strcmp(map->entries[i].key, key) == 0)
            return map->entries[i].value;
    }
    return NULL;
}

static bool want(const cc_yaml *node, const char *what, cc_yaml_kind kind, cc_problems *problems)
{
    if (node->kind == kind)
        return true;
    cc_problem_add(problems, node->place, "%s must be %s, not %s", what, cc_yaml_kind_name(kind),
                   cc_yaml_kind_name(node->kind));
    return false;
}

bool cc_yaml_want_string(const cc_yaml *node, const char *what, const char **out, cc_problems *problems)
{
    bool could_be_quoted = node->kind == CC_YAML_BOOL || node->kind == CC_YAML_INT || node->kind == CC_YAML_FLOAT ||
                           (node->kind == CC_YAML_NULL && node->text[0] != '\0');

    if (could_be_quoted) {
        cc_problem_add(problems, node->place, "%s must be a string, not %s; quote it: \"%s\"", what,
                       cc_yaml_kind_name(node->kind), node->text);
        return false;
    }
    if (!want(node, what, CC_YAML_STRING, problems))
        return false;
    *out = node->text;
    return true;
}

bool cc_yaml_want_int(const cc_yaml *node, const char *what, int64_t *out, cc_problems *problems)
{
    if (!want(node, what, CC_YAML_INT, problems))
        return false;
    *out = node->as.integer;
    return true;
}

bool cc_yaml_want_bool(const cc_yaml *node, const char *what, bool *out, cc_problems *problems)
{
    if (node->kind != CC_YAML_BOOL) {
        cc_problem_add(problems, node->place, "%s must be true or false, not %s", what, cc_yaml_kind_name(node->kind));
        return false;
    }
    *out = node->as.boolean;
    return true;
}

bool cc_yaml_want_list(const cc_yaml *node, const char *what, cc_problems *problems)
{
    return want(node, what, CC_YAML_LIST, problems);
}

bool cc_yaml_want_map(const cc_yaml *node, const char *what, cc_problems *problems)
{
    return want(node, what, CC_YAML_MAP, problems);
}

static size_t count_words(const char *const *words)
{
    size_t count = 0;

    while (words[count] != NULL)
        count++;
    return count;
}

/* A vocabulary fits on a line; of more words, such as the ids of all claims, only the nearest one helps. */
static void add_word_list(const char *const *words, size_t count, orm_buffer *out)
{
    if (count == 0 || count > 40)
        return;
    orm_buffer_append(out, "; known: ");
    for (size_t i = 0; i < count; i++)
        orm_buffer_printf(out, "%s%s", i > 0 ? ", " : "", words[i]);
}

void cc_yaml_unknown_word_of(cc_place place, const char *what, const char *word, const char *owner,
                             const char *const *words, cc_problems *problems)
{
    size_t      count = count_words(words);
    const char *nearest = orm_nearest_word(word, words, count);
    orm_buffer  hint;

    orm_buffer_init(&hint, NULL, 0);
    if (nearest != NULL)
        orm_buffer_printf(&hint, "; did you mean '%s'?", nearest);
    else
        add_word_list(words, count, &hint);
    problems->out_of_memory = problems->out_of_memory || hint.broken;
    cc_problem_add(problems, place, "unknown %s '%s'%s%s%s", what, word, owner != NULL ? " of " : "",
                   owner != NULL ? owner : "", hint.data);
    orm_buffer_free(&hint);
}

void cc_yaml_unknown_word(cc_place place, const char *what, const char *word, const char *const *words,
                          cc_problems *problems)
{
    cc_yaml_unknown_word_of(place, what, word, NULL, words, problems);
}

static bool is_among(const char *word, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (strcmp(word, *words) == 0)
            return true;
    }
    return false;
}

bool cc_yaml_check_keys(const cc_yaml *map, const char *what, const char *const *keys, cc_problems *problems)
{
    bool right = true;

    for (size_t i = 0; i < map->count; i++) {
        if (is_among(map->entries[i].key, keys))
            continue;
        cc_yaml_unknown_word_of(map->entries[i].place, "key", map->entries[i].key, what, keys, problems);
        right = false;
    }
    return right;
}
