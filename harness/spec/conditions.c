#include "harness/spec/spec_private.h"

/* The case's own map, or the file's. */
static const cc_yaml *own_or_file(cc_spec *spec, const cc_yaml *node, const char *key)
{
    const cc_yaml *own = cc_yaml_get(node, key);
    const cc_yaml *given = own != NULL ? own : cc_yaml_get(spec->root, key);

    return given != NULL && cc_yaml_want_map(given, key, spec->problems) ? given : NULL;
}

void cc_spec_requires(cc_spec *spec, const cc_yaml *node, cc_case *out)
{
    const cc_yaml *map = own_or_file(spec, node, "requires");
    const cc_yaml *platform;
    int            found;

    (void)cc_spec_versions(spec, NULL, &out->requires_versions);
    if (map == NULL)
        return;
    (void)cc_yaml_check_keys(map, "'requires'", cc_requires_keys, spec->problems);
    platform = cc_spec_required(spec, map, "platform", "'requires'");
    if (platform != NULL && cc_spec_word(spec, platform, "platform", cc_platforms, &found))
        out->requires_platform = platform->text;
    (void)cc_spec_versions(spec, cc_yaml_get(map, "versions"), &out->requires_versions);
    (void)cc_spec_required(spec, map, "reason", "'requires'");
    out->requires_reason = cc_spec_text(spec, map, "reason");
}

void cc_spec_simulation(cc_spec *spec, const cc_yaml *node, cc_case *out)
{
    const cc_yaml *map = own_or_file(spec, node, "sim");

    if (map == NULL)
        return;
    (void)cc_yaml_check_keys(map, "'sim'", cc_sim_keys, spec->problems);
    (void)cc_spec_required(spec, map, "no", "'sim'");
    out->no_simulation_reason = cc_spec_text(spec, map, "no");
    out->no_simulation = out->no_simulation_reason != NULL;
}
