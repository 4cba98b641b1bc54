#include <stdlib.h>
#include <string.h>

#include "driver/driver_private.h"

/* Options that hold one entry for each host, with commas between them; a port alone is that of all hosts. */
static const char *const lists[] = { "host", "hostaddr", "port" };

static size_t entry_count(const char *list)
{
    size_t count = 1;

    if (list == NULL)
        return 0;
    for (; *list != '\0'; list++)
        count += *list == ',';
    return count;
}

static const char *entry_at(const char *list, size_t index)
{
    while (index > 0 && list != NULL) {
        list = strchr(list, ',');
        list = list != NULL ? list + 1 : NULL;
        index--;
    }
    return list;
}

size_t orm_hosts_count(PQconninfoOption *options)
{
    const char *hosts = orm_option_value(options, "hostaddr");

    return entry_count(hosts != NULL ? hosts : orm_option_value(options, "host"));
}

/* Whether the entry of the list is this text; an empty entry, or none, is whatever `or_empty` says. */
static bool entry_is(const char *list, size_t index, const char *text, bool or_empty)
{
    const char *entry = entry_at(list, entry_count(list) == 1 ? 0 : index);
    size_t      length = entry != NULL ? strcspn(entry, ",") : 0;

    return length == 0 ? or_empty : strlen(text) == length && strncmp(entry, text, length) == 0;
}

/* PQhost() gives the name of a host, or its address where it has no name; PQport() fills in the default. */
static bool is_host(PQconninfoOption *options, size_t index, const char *host, const char *port)
{
    const char *names = orm_option_value(options, "host");
    const char *addresses = orm_option_value(options, "hostaddr");
    bool same_host = names != NULL ? entry_is(names, index, host, false) : entry_is(addresses, index, host, false);

    return same_host && entry_is(orm_option_value(options, "port"), index, port, true);
}

/* False when memory is out. */
static bool remove_entry(PQconninfoOption *options, const char *keyword, size_t index)
{
    const char *list = orm_option_value(options, keyword);
    const char *entry = entry_at(list, index);
    char       *rest;
    char       *at;
    bool        set;

    if (entry_count(list) < 2 || entry == NULL)
        return true;
    rest = strdup(list);
    if (rest == NULL)
        return false;
    at = rest + (entry - list);
    entry = strchr(entry, ',');
    if (entry != NULL)
        memmove(at, entry + 1, strlen(entry + 1) + 1);
    else
        at[-1] = '\0'; /* the last one: it goes with the comma before it */
    set = orm_option_set(options, keyword, rest);
    free(rest);
    return set;
}

bool orm_hosts_remove(PQconninfoOption *options, const char *host, const char *port)
{
    size_t count = orm_hosts_count(options);

    for (size_t i = 0; i < count; i++) {
        if (!is_host(options, i, host, port))
            continue;
        for (size_t l = 0; l < sizeof lists / sizeof lists[0]; l++) {
            if (!remove_entry(options, lists[l], i))
                return false;
        }
        return true;
    }
    return true;
}
