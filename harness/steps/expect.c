#include "harness/steps/steps_private.h"

/* Each path is looked up and compared; all that differ are listed, the first is the message. */
static cc_match check_paths(cc_context *context, const cc_yaml *expected, const void *seen, cc_finding *finding)
{
    cc_matching matching = cc_matching_of(context);
    size_t      different = 0;

    (void)seen;
    for (size_t i = 0; i < expected->count; i++) {
        const cc_yaml_entry *entry = &expected->entries[i];
        cc_actual            actual = { .shape = CC_SHAPE_VALUE };
        orm_buffer           why;
        cc_match             match = CC_NO_MATCH;

        orm_buffer_init(&why, NULL, 0);
        if (cc_lookup(context, entry->key, &actual, &why))
            match = cc_match_value(&matching, entry->value, &actual, &why);
        if (match != CC_MATCH) {
            if (different++ == 0)
                finding->place = entry->place;
            if (different == 1 || match == CC_MATCH_BROKEN) {
                orm_buffer_reset(&finding->message);
                orm_buffer_printf(&finding->message, "%s: %s", entry->key, why.data);
            }
            orm_buffer_printf(&finding->detail, "- %s: ", entry->key);
            cc_print_expected(&finding->detail, entry->value);
            orm_buffer_printf(&finding->detail, "\n+ %s: ", entry->key);
            cc_print_actual(&finding->detail, &actual);
            orm_buffer_append_char(&finding->detail, '\n');
        }
        orm_buffer_free(&why);
        if (match == CC_MATCH_BROKEN)
            return match;
    }
    if (different > 1)
        orm_buffer_printf(&finding->message, " (and %zu more)", different - 1);
    return different == 0 ? CC_MATCH : CC_NO_MATCH;
}

cc_step_status cc_step_expect(cc_context *context, const cc_step *step)
{
    return cc_check(context, step, "that", check_paths, NULL);
}
