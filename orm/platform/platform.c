#include "platform/platform.h"

#include <ctype.h>
#include <limits.h>

#include "base/fail.h"
#include "platform/platform_private.h"

static const orm_server_kind *const kinds[] = { &orm_server_postgres, &orm_server_cockroach };

/*
 * One number of a version; moves behind it and the dot that follows. What is no number, as the end of "16beta1", is 0.
 */
static int take_number(const char **text)
{
    int number = 0;

    if (!isdigit((unsigned char)**text))
        return 0;
    for (; isdigit((unsigned char)**text); (*text)++) {
        if (number <= (INT_MAX - 9) / 10)
            number = number * 10 + (**text - '0');
    }
    if (**text == '.')
        (*text)++;
    else
        *text = ""; /* "16beta1", "24.3.0-rc.1": what follows is no part of the number */
    return number;
}

static orm_status copy_text(orm_arena *arena, const char *text, const char **out, orm_error *error)
{
    *out = orm_arena_strdup(arena, text);
    return *out == NULL && text != NULL ? orm_fail_memory(error) : ORM_OK;
}

orm_status orm_platform_recognise(orm_arena *arena, const char *version_text, const char *simulated, orm_platform *out,
                                  orm_error *error)
{
    orm_platform platform = { .info.platform = ORM_PLATFORM_UNKNOWN };

    for (size_t i = 0; version_text != NULL && i < sizeof kinds / sizeof kinds[0]; i++) {
        const char *number = kinds[i]->version_number(version_text);

        if (number == NULL)
            continue;
        platform.info.platform = kinds[i]->platform;
        platform.info.major = take_number(&number);
        platform.info.minor = take_number(&number);
        platform.info.patch = take_number(&number);
        platform.capabilities = kinds[i]->capabilities(&platform.info);
        break;
    }
    if (platform.capabilities == NULL)
        return orm_fail(error, ORM_ERR_UNSUPPORTED, 301,
                        "the server is neither PostgreSQL nor CockroachDB; its version() says: %.200s",
                        version_text != NULL ? version_text : "nothing");
    if (copy_text(arena, version_text, &platform.info.version, error) != ORM_OK ||
        copy_text(arena, simulated, &platform.info.simulated, error) != ORM_OK)
        return ORM_ERR_MEMORY;
    *out = platform;
    return ORM_OK;
}
