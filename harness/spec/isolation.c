#include "harness/spec/spec_private.h"

/* The first step that changes the schema. */
static const cc_step *schema_step(const cc_case_loader *c)
{
    for (size_t i = 0; i < c->step_count; i++) {
        if (c->steps[i]->def->changes_schema)
            return c->steps[i];
    }
    return NULL;
}

void cc_spec_isolation(cc_case_loader *c, const cc_yaml *node)
{
    const cc_yaml *own = cc_yaml_get(node, "isolation");
    const cc_yaml *given = own != NULL ? own : cc_yaml_get(c->spec->root, "isolation");
    const cc_step *changer = schema_step(c);
    int            found = CC_ISOLATION_FILE;

    c->item->isolation = changer != NULL ? CC_ISOLATION_CASE : CC_ISOLATION_FILE;
    if (given == NULL || !cc_spec_word(c->spec, given, "isolation", cc_isolations, &found))
        return;
    if (changer != NULL && found == CC_ISOLATION_FILE)
        cc_problem_add(
            c->spec->problems, given->place,
            "isolation 'file' cannot hold: step '%s' (line %u) changes the schema; leave it out or write case",
            changer->def->name, changer->place.line);
    else
        c->item->isolation = (cc_isolation)found;
}
