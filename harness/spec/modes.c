#include "harness/spec/spec_private.h"

#define LARGEST_BATCH 100000U

static int setting(cc_spec *spec, const cc_yaml *node, const char *key, const cc_word *words)
{
    const cc_yaml *value = cc_yaml_get(node, key);
    int            found = 0;

    if (value != NULL)
        (void)cc_spec_word(spec, value, key, words, &found);
    return found;
}

static void load_mode(cc_spec *spec, const cc_yaml_entry *entry, cc_mode *out)
{
    out->name = entry->key;
    if (!cc_is_id(entry->key))
        cc_problem_add(spec->problems, entry->place, "'%s' is no name for a mode; use a-z, 0-9 and -", entry->key);
    if (!cc_yaml_want_map(entry->value, "a mode", spec->problems))
        return;
    (void)cc_yaml_check_keys(entry->value, "a mode", cc_mode_keys, spec->problems);
    out->protocol = (orm_protocol)setting(spec, entry->value, "protocol", cc_protocols);
    out->batch = (orm_batch)setting(spec, entry->value, "batch", cc_batches);
    out->strategy = (orm_strategy)setting(spec, entry->value, "strategy", cc_strategies);
    out->batch_size = cc_spec_number(spec, entry->value, "batch_size", 1, LARGEST_BATCH);
    if (out->protocol == ORM_PROTOCOL_SIMPLE && out->batch == ORM_BATCH_FAST)
        cc_problem_add(spec->problems, entry->value->place, "batch 'fast' needs protocol 'extended'");
}

void cc_spec_modes(cc_spec *spec, const cc_yaml *node)
{
    if (node == NULL || !cc_yaml_want_map(node, "modes", spec->problems))
        return;
    spec->file->modes = cc_spec_alloc(spec, node->count, sizeof *spec->file->modes);
    if (spec->file->modes == NULL)
        return;
    for (size_t i = 0; i < node->count; i++)
        load_mode(spec, &node->entries[i], &spec->file->modes[i]);
    spec->file->mode_count = node->count;
}
