/* The profile's file as a whole. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "harness/wire/profile_private.h"

bool cc_profile_words(cc_profile *profile, const cc_yaml *node, const char *what, const char ***out,
                      cc_problems *problems)
{
    size_t count = node == NULL ? 0 : node->kind == CC_YAML_LIST ? node->count : 1;

    *out = NULL;
    if (node == NULL)
        return true;
    *out = orm_arena_calloc(profile->arena, count + 1, sizeof **out);
    if (*out == NULL) {
        problems->out_of_memory = true;
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const cc_yaml *item = node->kind == CC_YAML_LIST ? node->items[i] : node;

        if (!cc_yaml_want_string(item, what, &(*out)[i], problems))
            return false;
    }
    return true;
}

/* ---- Versions ---- */

/* -1, 0, 1; numbers with dots, compared one by one. */
static int compare_versions(const char *a, const char *b)
{
    while (*a != '\0' || *b != '\0') {
        unsigned long x = 0;
        unsigned long y = 0;

        for (; *a >= '0' && *a <= '9'; a++)
            x = x * 10 + (unsigned long)(*a - '0');
        for (; *b >= '0' && *b <= '9'; b++)
            y = y * 10 + (unsigned long)(*b - '0');
        if (x != y)
            return x < y ? -1 : 1;
        a += *a != '\0';
        b += *b != '\0';
    }
    return 0;
}

static bool is_version(const char *text)
{
    size_t length = strspn(text, "0123456789.");

    return length > 0 && length < 16 && text[length] == '\0' && text[0] != '.' && text[length - 1] != '.' &&
           strstr(text, "..") == NULL;
}

/* One of "<25.1", "<=25.1", ">24.3", ">=24.3", "=24.3". */
static bool holds_one(const char *version, const char *text, bool *holds)
{
    size_t sign = strspn(text, "<>=");
    int    order;

    if (sign < 1 || sign > 2 || !is_version(text + sign))
        return false;
    if (strncmp(text, "==", 2) == 0 || strncmp(text, "<>", 2) == 0 || (sign == 2 && text[1] != '='))
        return false;
    order = compare_versions(version, text + sign);
    *holds =
        (order < 0 && text[0] == '<') || (order > 0 && text[0] == '>') || (order == 0 && (text[0] == '=' || sign == 2));
    return true;
}

bool cc_profile_versions(const cc_profile *profile, const cc_yaml *node, bool *holds, cc_problems *problems)
{
    const char *text;
    char       *copy;
    char       *rest = NULL;

    *holds = true;
    if (node == NULL)
        return true;
    if (!cc_yaml_want_string(node, "key 'versions'", &text, problems))
        return false;
    copy = orm_arena_strdup(profile->arena, text);
    if (copy == NULL) {
        problems->out_of_memory = true;
        return false;
    }
    for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        bool one = false;

        if (!holds_one(profile->name, word, &one)) {
            cc_problem_add(problems, node->place, "'%s' is no range of versions; write for example \">=24.3 <25.1\"",
                           text);
            return false;
        }
        *holds = *holds && one;
    }
    return true;
}

/* ---- The file ---- */

static bool want(const cc_yaml *map, const char *key, const char **out, cc_problems *problems)
{
    const cc_yaml *node = cc_yaml_get(map, key);
    const char    *what = strcmp(key, "name") == 0 ? "key 'name'" : "key 'version'";

    if (node != NULL)
        return cc_yaml_want_string(node, what, out, problems);
    cc_problem_add(problems, map->place, "key '%s' is missing", key);
    return false;
}

static bool load_parameters(cc_profile *profile, const cc_yaml *map, cc_problems *problems)
{
    size_t count = map == NULL ? 0 : map->count;

    if (map != NULL && !cc_yaml_want_map(map, "key 'parameters'", problems))
        return false;
    profile->parameters = orm_arena_calloc(profile->arena, count + 1, sizeof *profile->parameters);
    if (profile->parameters == NULL) {
        problems->out_of_memory = true;
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        profile->parameters[i].name = map->entries[i].key;
        if (!cc_yaml_want_string(map->entries[i].value, "a parameter", &profile->parameters[i].value, problems))
            return false;
        if (strcmp(profile->parameters[i].value, "{version}") == 0)
            profile->parameters[i].value = profile->version;
    }
    return true;
}

static bool load_error_fields(cc_profile *profile, const cc_yaml *node, cc_problems *problems)
{
    static const char *const fields[] = { "position",   "schema", "table", "column",  "data_type",
                                          "constraint", "file",   "line",  "routine", NULL };

    if (!cc_profile_words(profile, node, "key 'error_fields'", &profile->error_fields, problems))
        return false;
    for (size_t i = 0; profile->error_fields != NULL && profile->error_fields[i] != NULL; i++) {
        size_t f = 0;

        while (fields[f] != NULL && strcmp(fields[f], profile->error_fields[i]) != 0)
            f++;
        if (fields[f] == NULL) {
            cc_yaml_unknown_word(node->place, "error field", profile->error_fields[i], fields, problems);
            return false;
        }
    }
    return true;
}

static bool load(cc_profile *profile, const cc_yaml *root, cc_problems *problems)
{
    static const char *const keys[] = { "name",         "version", "parameters", "setup",
                                        "error_fields", "shapes",  "rules",      NULL };
    const cc_yaml           *rules = cc_yaml_get(root, "rules");
    bool                     sound;

    if (!cc_yaml_want_map(root, "the profile", problems))
        return false;
    sound = cc_yaml_check_keys(root, "a profile", keys, problems);
    profile->shapes = cc_yaml_get(root, "shapes");
    if (!want(root, "name", &profile->name, problems) || !want(root, "version", &profile->version, problems))
        return false;
    if (!is_version(profile->name))
        cc_problem_add(problems, root->place, "a profile's name is a version, such as \"24.3\"");
    sound = load_parameters(profile, cc_yaml_get(root, "parameters"), problems) && sound;
    sound = load_error_fields(profile, cc_yaml_get(root, "error_fields"), problems) && sound;
    if (cc_yaml_get(root, "setup") != NULL)
        sound = cc_profile_load_setup(profile, cc_yaml_get(root, "setup"), problems) && sound;
    if (rules == NULL) {
        cc_problem_add(problems, root->place, "key 'rules' is missing");
        return false;
    }
    if (!cc_yaml_want_list(rules, "key 'rules'", problems) || !cc_profile_load_rules(profile, rules, problems))
        return false;
    return sound && cc_profile_sort(profile, problems);
}

/* ---- The filter ---- */

static void free_session(void *arg)
{
    cc_profile_session *session = arg;

    orm_buffer_free(&session->sql);
    orm_buffer_free(&session->sent);
}

static void *new_session(void *context, orm_arena *arena, const char *user, const char *database,
                         const char *application)
{
    cc_profile         *profile = context;
    cc_profile_session *session = orm_arena_zalloc(arena, sizeof *session);

    (void)user;
    if (session == NULL)
        return NULL;
    session->profile = profile;
    session->application = application != NULL ? application : "";
    session->database = database != NULL ? database : "";
    session->used = orm_arena_calloc(arena, profile->rule_count + 1, sizeof *session->used);
    session->edit_arena = orm_arena_new(arena, NULL, "edits of the last message");
    orm_buffer_init(&session->sql, NULL, 0);
    orm_buffer_init(&session->sent, NULL, 0);
    if (session->used == NULL || session->edit_arena == NULL ||
        !cc_transaction_init(&session->transaction, arena, profile->rule_count) ||
        !orm_arena_on_free(arena, free_session, session))
        return NULL;
    return session;
}

/* Parameters that the profile sets stay as it says, whatever the server reports later. */
static const char *parameter(void *context, void *session, orm_arena *arena, const char *name, const char *value)
{
    const cc_profile *profile = context;

    (void)session;
    (void)arena;
    for (const cc_wire_parameter *p = profile->parameters; p->name != NULL; p++) {
        if (strcmp(p->name, name) == 0)
            return p->value;
    }
    return value;
}

cc_profile *cc_profile_load(orm_arena *arena, const char *path, cc_problems *problems)
{
    cc_profile *profile = orm_arena_zalloc(arena, sizeof *profile);
    size_t      before = problems->count;
    cc_yaml    *root = cc_yaml_load_file(arena, path, problems);

    if (profile == NULL || root == NULL)
        return NULL;
    profile->arena = arena;
    profile->path = orm_arena_strdup(arena, path);
    if (profile->path == NULL || !load(profile, root, problems) || problems->count > before || problems->out_of_memory)
        return NULL;
    profile->filter = (cc_wire_filter){ .context = profile,
                                        .parameters = profile->parameters,
                                        .session_new = new_session,
                                        .statement = cc_profile_statement,
                                        .error = cc_profile_error,
                                        .parameter = parameter };
    return profile;
}

const cc_wire_filter *cc_profile_filter(cc_profile *profile)
{
    return &profile->filter;
}

void cc_profile_set_seed(cc_profile *profile, uint64_t seed)
{
    profile->filter.seed = seed;
}

const char *cc_profile_name(const cc_profile *profile)
{
    return profile->name;
}

const char *cc_profile_version(const cc_profile *profile)
{
    return profile->version;
}

const char *cc_profile_setup_sql(const cc_profile *profile)
{
    return profile->setup_sql;
}

size_t cc_profile_rule_count(const cc_profile *profile)
{
    return profile->rule_count;
}

const char *cc_profile_rule_name(const cc_profile *profile, size_t rule)
{
    return profile->rules[rule].name;
}

size_t cc_profile_used(const cc_profile *profile, size_t rule)
{
    return profile->rules[rule].used;
}

size_t cc_profile_find(const cc_profile *profile, const char *name)
{
    for (size_t i = 0; i < profile->rule_count; i++) {
        if (profile->rules[i].name != NULL && strcmp(profile->rules[i].name, name) == 0)
            return i;
    }
    return SIZE_MAX;
}

void cc_profile_on_use(cc_profile *profile, void (*used)(void *context, const char *application, const char *rule),
                       void       *context)
{
    profile->on_use = used;
    profile->on_use_context = context;
}

void cc_profile_on_ask(cc_profile *profile, cc_profile_ask ask, void *context)
{
    profile->ask = ask;
    profile->ask_context = context;
}

bool cc_profile_disable(cc_profile *profile, const char *rule)
{
    size_t found = cc_profile_find(profile, rule);

    if (found != SIZE_MAX)
        profile->rules[found].disabled = true;
    return found != SIZE_MAX;
}
