#include <string.h>

#include "base/text.h"
#include "matrix/matrix.h"

typedef struct loader {
    orm_arena   *arena;
    cc_features *features;
    cc_problems *problems;
    const char **section_ids; /* NULL-terminated, for hints */
    bool         out_of_memory;
} loader;

/* A required text of a map; an empty one is as good as none. NULL after a problem. */
static const char *required_text(loader *l, const cc_yaml *map, const char *what, const char *key)
{
    const cc_yaml *node = cc_yaml_get(map, key);
    const char    *text = NULL;

    if (node == NULL) {
        cc_problem_add(l->problems, map->place, "%s lacks the key '%s'", what, key);
        return NULL;
    }
    if (!cc_yaml_want_string(node, key, &text, l->problems))
        return NULL;
    if (text[0] == '\0') {
        cc_problem_add(l->problems, node->place, "key '%s' of %s is empty", key, what);
        return NULL;
    }
    return text;
}

/* Ids go into case files, classnames and anchors: lower case, digits, single hyphens. */
static bool is_id(const char *text)
{
    bool may_be_hyphen = false;

    for (const char *c = text; *c != '\0'; c++) {
        bool word = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9');

        if (!word && !(*c == '-' && may_be_hyphen))
            return false;
        may_be_hyphen = word;
    }
    return may_be_hyphen;
}

static const char *required_id(loader *l, const cc_yaml *map, const char *what)
{
    const char *id = required_text(l, map, what, "id");

    if (id == NULL || is_id(id))
        return id;
    cc_problem_add(l->problems, cc_yaml_get(map, "id")->place,
                   "id '%s' of %s must be lower-case words joined by hyphens, such as 'crud-create'", id, what);
    return NULL;
}

/* A list of maps under a key that must not be empty. NULL after a problem. */
static const cc_yaml *required_list(loader *l, const cc_yaml *map, const char *what, const char *key)
{
    const cc_yaml *list = cc_yaml_get(map, key);

    if (list == NULL) {
        cc_problem_add(l->problems, map->place, "%s lacks the key '%s'", what, key);
        return NULL;
    }
    if (!cc_yaml_want_list(list, key, l->problems))
        return NULL;
    if (list->count == 0) {
        cc_problem_add(l->problems, list->place, "list '%s' of %s is empty", key, what);
        return NULL;
    }
    return list;
}

static void *new_array(loader *l, size_t count, size_t size)
{
    void *array = orm_arena_calloc(l->arena, count, size);

    l->out_of_memory = l->out_of_memory || array == NULL;
    return array;
}

static void load_sections(loader *l, const cc_yaml *root)
{
    static const char *const keys[] = { "id", "title", NULL };
    const cc_yaml           *list = required_list(l, root, "the file", "sections");
    cc_features             *features = l->features;
    size_t                   count = list != NULL ? list->count : 0;

    features->sections = new_array(l, count, sizeof *features->sections);
    l->section_ids = new_array(l, count + 1, sizeof *l->section_ids);
    if (l->out_of_memory)
        return;
    for (size_t i = 0; i < count; i++) {
        const cc_yaml *node = list->items[i];
        cc_section     section = { 0 };

        if (!cc_yaml_want_map(node, "a section", l->problems))
            continue;
        cc_yaml_check_keys(node, "a section", keys, l->problems);
        section.id = required_id(l, node, "a section");
        section.title = required_text(l, node, "a section", "title");
        if (section.id == NULL)
            continue;
        for (size_t j = 0; j < features->section_count; j++) {
            if (orm_text_equal(features->sections[j].id, section.id))
                cc_problem_add(l->problems, node->place, "section '%s' is there twice", section.id);
        }
        l->section_ids[features->section_count] = section.id;
        features->sections[features->section_count++] = section;
    }
}

static bool says_named(const char *word, cc_says *out)
{
    for (int i = CC_SAYS_WORKS; i <= CC_SAYS_CLIENT; i++) {
        if (orm_text_equal(cc_says_name((cc_says)i), word)) {
            *out = (cc_says)i;
            return true;
        }
    }
    return false;
}

static void load_claim_words(loader *l, const cc_yaml *node, cc_claim *claim)
{
    static const char *const words[] = { "works", "fails", "limited", "client", NULL };
    const char              *says = required_text(l, node, "a claim", "says");
    bool                     known = false;

    if (says != NULL && !says_named(says, &claim->says))
        cc_yaml_unknown_word(cc_yaml_get(node, "says")->place, "answer to 'says'", says, words, l->problems);
    claim->section = required_text(l, node, "a claim", "section");
    for (size_t i = 0; l->section_ids[i] != NULL; i++)
        known = known || orm_text_equal(l->section_ids[i], claim->section);
    if (claim->section != NULL && !known)
        cc_yaml_unknown_word(cc_yaml_get(node, "section")->place, "section", claim->section, l->section_ids,
                             l->problems);
}

static bool load_claim(loader *l, const cc_yaml *node, const cc_feature *feature, cc_claim *claim)
{
    static const char *const keys[] = { "id", "section", "row", "says", "text", NULL };

    if (!cc_yaml_want_map(node, "a claim", l->problems))
        return false;
    cc_yaml_check_keys(node, "a claim", keys, l->problems);
    *claim = (cc_claim){ .feature = feature, .place = node->place };
    claim->id = required_id(l, node, "a claim");
    claim->text = required_text(l, node, "a claim", "text");
    if (cc_yaml_get(node, "row") != NULL)
        claim->row = required_text(l, node, "a claim", "row");
    load_claim_words(l, node, claim);
    return claim->id != NULL;
}

static bool load_feature(loader *l, const cc_yaml *node, cc_feature *feature)
{
    static const char *const keys[] = { "id", "title", "claims", NULL };
    const cc_yaml           *claims = NULL;

    if (!cc_yaml_want_map(node, "a feature", l->problems))
        return false;
    cc_yaml_check_keys(node, "a feature", keys, l->problems);
    *feature = (cc_feature){ .place = node->place };
    feature->id = required_id(l, node, "a feature");
    feature->title = required_text(l, node, "a feature", "title");
    claims = required_list(l, node, "a feature", "claims");
    feature->claims = new_array(l, claims != NULL ? claims->count : 0, sizeof *feature->claims);
    if (feature->claims == NULL)
        return false;
    for (size_t i = 0; claims != NULL && i < claims->count; i++) {
        cc_claim *claim = &feature->claims[feature->claim_count];

        if (load_claim(l, claims->items[i], feature, claim))
            feature->claim_count++;
    }
    return feature->id != NULL;
}

static void load_features(loader *l, const cc_yaml *root)
{
    const cc_yaml *list = required_list(l, root, "the file", "features");
    cc_features   *features = l->features;
    size_t         count = list != NULL ? list->count : 0;

    features->features = new_array(l, count, sizeof *features->features);
    for (size_t i = 0; i < count && !l->out_of_memory; i++) {
        cc_feature *feature = &features->features[features->feature_count];

        if (!load_feature(l, list->items[i], feature))
            continue;
        if (cc_feature_named(features, feature->id) != NULL)
            cc_problem_add(l->problems, feature->place, "feature '%s' is there twice", feature->id);
        features->feature_count++;
        features->claim_count += feature->claim_count;
    }
}

/* Gathers the claims section by section, as a reader of the page meets them. */
static void order_claims(loader *l)
{
    cc_features     *features = l->features;
    const cc_claim **claims = new_array(l, features->claim_count, sizeof *claims);
    size_t           count = 0;

    if (claims == NULL)
        return;
    for (size_t s = 0; s < features->section_count; s++) {
        for (size_t f = 0; f < features->feature_count; f++) {
            for (size_t c = 0; c < features->features[f].claim_count; c++) {
                const cc_claim *claim = &features->features[f].claims[c];

                if (orm_text_equal(claim->section, features->sections[s].id))
                    claims[count++] = claim;
            }
        }
    }
    features->claims = claims;
    features->claim_count = count;
}

static void check_claim_ids(loader *l)
{
    const cc_features *features = l->features;

    for (size_t i = 0; i < features->claim_count; i++) {
        const cc_claim *claim = features->claims[i];

        if (cc_claim_named(features, claim->id) != claim)
            cc_problem_add(l->problems, claim->place, "claim '%s' is there twice", claim->id);
    }
}

cc_features *cc_features_load(orm_arena *arena, const char *path, cc_problems *problems)
{
    static const char *const keys[] = { "page", "platform", "sections", "features", NULL };
    size_t                   before = problems->count;
    loader                   l = { .arena = arena, .problems = problems };
    cc_yaml                 *root = cc_yaml_load_file(arena, path, problems);

    if (root == NULL || !cc_yaml_want_map(root, "the file", problems))
        return NULL;
    l.features = new_array(&l, 1, sizeof *l.features);
    if (l.features != NULL) {
        cc_yaml_check_keys(root, "the file", keys, problems);
        l.features->page = required_text(&l, root, "the file", "page");
        l.features->platform = required_text(&l, root, "the file", "platform");
        load_sections(&l, root);
    }
    if (!l.out_of_memory)
        load_features(&l, root);
    if (!l.out_of_memory)
        order_claims(&l);
    if (!l.out_of_memory)
        check_claim_ids(&l);
    problems->out_of_memory = problems->out_of_memory || l.out_of_memory;
    return problems->count > before || problems->out_of_memory ? NULL : l.features;
}

const cc_feature *cc_feature_named(const cc_features *features, const char *id)
{
    for (size_t i = 0; i < features->feature_count; i++) {
        if (orm_text_equal(features->features[i].id, id))
            return &features->features[i];
    }
    return NULL;
}

const cc_claim *cc_claim_named(const cc_features *features, const char *id)
{
    for (size_t i = 0; i < features->claim_count; i++) {
        if (orm_text_equal(features->claims[i]->id, id))
            return features->claims[i];
    }
    return NULL;
}
