#include <stdlib.h>
#include <string.h>

#include "driver/driver_private.h"

static PQconninfoOption *find_option(PQconninfoOption *options, const char *keyword)
{
    for (; options->keyword != NULL; options++) {
        if (strcmp(options->keyword, keyword) == 0)
            return options;
    }
    return NULL;
}

const char *orm_option_value(PQconninfoOption *options, const char *keyword)
{
    const PQconninfoOption *o = find_option(options, keyword);

    return o != NULL && o->val != NULL && *o->val != '\0' ? o->val : NULL;
}

bool orm_option_set(PQconninfoOption *options, const char *keyword, const char *value)
{
    PQconninfoOption *o = find_option(options, keyword);
    char             *copy;

    if (o == NULL || value == NULL)
        return true;
    copy = strdup(value); /* PQconninfoFree() takes it back with free() */
    if (copy == NULL)
        return false;
    free(o->val);
    o->val = copy;
    return true;
}
