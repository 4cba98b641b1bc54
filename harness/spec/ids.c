#include <string.h>

#include "harness/spec/spec_private.h"

void cc_spec_case_id(cc_spec *spec, const cc_yaml *node, cc_case *out)
{
    const char    *feature = spec->file->feature != NULL ? spec->file->feature->id : "?";
    const cc_yaml *id = cc_spec_required(spec, node, "id", "the case");
    const cc_case *other;
    const char    *text = NULL;

    out->id = cc_spec_printf(spec, "%s/?", feature);
    if (id == NULL || !cc_yaml_want_string(id, "id", &text, spec->problems))
        return;
    if (!cc_is_id(text)) {
        cc_problem_add(spec->problems, id->place, "'%s' is no id for a case; use a-z, 0-9 and -", text);
        return;
    }
    out->id = cc_spec_printf(spec, "%s/%s", feature, text);
    if (out->id == NULL || spec->file->feature == NULL)
        return;
    other = orm_map_get_text(&spec->case_ids, out->id);
    if (other != NULL)
        cc_problem_add(spec->problems, id->place,
                       "the case %s is there already, at %s:%u; ids are unique over all files", out->id,
                       other->place.file, other->place.line);
    else if (!orm_map_put_text(&spec->case_ids, out->id, out))
        spec->problems->out_of_memory = true;
}

static void unknown_claim(cc_spec *spec, const cc_yaml *node)
{
    const char **ids = cc_spec_alloc(spec, spec->features->claim_count + 1, sizeof *ids);

    if (ids == NULL)
        return;
    for (size_t i = 0; i < spec->features->claim_count; i++)
        ids[i] = spec->features->claims[i]->id;
    cc_yaml_unknown_word(node->place, "claim", node->text, ids, spec->problems);
}

static bool is_among(const char *text, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (strcmp(text, *list) == 0)
            return true;
    }
    return false;
}

const char *const *cc_spec_claims(cc_spec *spec, const cc_yaml *node, const char *key)
{
    static const char *const none[] = { NULL };
    const cc_yaml           *list = cc_yaml_get(node, key);
    const char             **ids;
    size_t                   count = 0;

    if (list == NULL || !cc_yaml_want_list(list, key, spec->problems))
        return none;
    if (list->count == 0)
        cc_problem_add(spec->problems, list->place, "%s is empty; name a claim or leave it out", key);
    ids = cc_spec_alloc(spec, list->count + 1, sizeof *ids);
    for (size_t i = 0; ids != NULL && i < list->count; i++) {
        const char *id = NULL;

        if (!cc_yaml_want_string(list->items[i], "a claim", &id, spec->problems))
            continue;
        if (cc_claim_named(spec->features, id) == NULL)
            unknown_claim(spec, list->items[i]);
        else if (is_among(id, ids))
            cc_problem_add(spec->problems, list->items[i]->place, "the claim '%s' is named twice", id);
        else
            ids[count++] = id;
    }
    return ids != NULL ? ids : none;
}
