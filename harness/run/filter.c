#include <string.h>

#include "harness/run/run.h"

/* Glob with * and ? over the whole text. Only the last star has to be tried again, so it is never slow. */
static bool glob_matches(const char *pattern, const char *text)
{
    const char *star = NULL;
    const char *resume = NULL;

    while (*text != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            resume = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star + 1;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

static bool is_prefix_at_slash(const char *prefix, const char *id)
{
    size_t length = strlen(prefix);

    while (length > 0 && prefix[length - 1] == '/')
        length--;
    return length > 0 && strncmp(id, prefix, length) == 0 && (id[length] == '\0' || id[length] == '/');
}

bool cc_filter_matches(const char *const *filters, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++) {
        bool is_glob = strpbrk(filters[i], "*?") != NULL;

        if (is_glob ? glob_matches(filters[i], id) : is_prefix_at_slash(filters[i], id))
            return true;
    }
    return count == 0;
}
