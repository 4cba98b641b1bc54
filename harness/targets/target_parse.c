#include <string.h>

#include "base/fail.h"
#include "base/text.h"
#include "harness/targets/target_private.h"

/* By cc_target_kind. */
static const char *const            kinds[] = { "postgres", "cockroach", "cockroach-sim", NULL };
static const cc_target_class *const classes[] = { &cc_target_postgres, &cc_target_cockroach, &cc_target_cockroach_sim };

enum { KIND_COUNT = sizeof classes / sizeof classes[0] };

const char *const *cc_target_kinds(void)
{
    return kinds;
}

const cc_target_class *cc_target_class_of(cc_target_kind kind)
{
    return classes[kind];
}

static orm_status unknown_kind(const char *name, orm_error *error)
{
    const char *nearest = orm_nearest_word(name, kinds, KIND_COUNT);

    orm_fail(error, ORM_ERR_ARGUMENT, 0, "unknown target '%s'", name);
    if (nearest != NULL)
        orm_fail_hint(error, "did you mean '%s'?", nearest);
    else
        orm_fail_hint(error, "targets are: postgres, cockroach, cockroach-sim; each may be followed by =URL");
    return ORM_ERR_ARGUMENT;
}

static bool find_kind(const char *name, cc_target_kind *out)
{
    for (int i = 0; i < KIND_COUNT; i++) {
        if (strcmp(name, kinds[i]) == 0) {
            *out = (cc_target_kind)i;
            return true;
        }
    }
    return false;
}

orm_status cc_target_parse(orm_arena *arena, const char *text, cc_target_spec *out, const char **warning,
                           orm_error *error)
{
    const char *equals = strchr(text, '=');
    char       *name = orm_arena_strndup(arena, text, equals != NULL ? (size_t)(equals - text) : strlen(text));

    *warning = NULL;
    *out = (cc_target_spec){ .name = name };
    if (name == NULL)
        return orm_fail_memory(error);
    if (!find_kind(name, &out->kind))
        return unknown_kind(name, error);
    if (equals == NULL)
        return ORM_OK;
    if (equals[1] == '\0')
        return orm_fail(error, ORM_ERR_ARGUMENT, 0, "target '%s=' has no URL behind the equals sign", name);
    out->url = orm_arena_strdup(arena, equals + 1);
    if (out->url == NULL)
        return orm_fail_memory(error);
    if (cc_conninfo_has_password(out->url))
        *warning = "a password on the command line is seen by other users of this machine; "
                   "passfile=FILE in the URL keeps it in a file that only you can read";
    return ORM_OK;
}
