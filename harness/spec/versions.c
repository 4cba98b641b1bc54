#include <limits.h>
#include <string.h>

#include "harness/spec/spec_private.h"

#define LARGEST_PART 9999

/* "24" or "24.3"; moves *text behind it. */
static bool read_version(const char **text, int *major, int *minor)
{
    int parts[2] = { 0, 0 };

    for (int i = 0; i < 2; i++) {
        if (**text < '0' || **text > '9')
            return false;
        for (; **text >= '0' && **text <= '9'; (*text)++) {
            parts[i] = parts[i] * 10 + (**text - '0');
            if (parts[i] > LARGEST_PART)
                return false;
        }
        if (i == 0 && **text != '.')
            break;
        *text += i == 0;
    }
    *major = parts[0];
    *minor = parts[1];
    return **text == '\0' || **text == ' ';
}

static bool is_before(int major, int minor, int other_major, int other_minor)
{
    return major != other_major ? major < other_major : minor < other_minor;
}

/* ">=24.3", "<25.1", ">=24.3 <25.1" */
static bool parse(const char *text, cc_versions *out)
{
    bool has_from = false;
    bool has_below = false;

    while (*text != '\0') {
        bool is_from = strncmp(text, ">=", 2) == 0;

        if (is_from ? has_from : (*text != '<' || has_below))
            return false;
        text += is_from ? 2 : 1;
        text += strspn(text, " ");
        if (!read_version(&text, is_from ? &out->from_major : &out->below_major,
                          is_from ? &out->from_minor : &out->below_minor))
            return false;
        *(is_from ? &has_from : &has_below) = true;
        text += strspn(text, " ");
    }
    return has_from || has_below;
}

bool cc_spec_versions(cc_spec *spec, const cc_yaml *node, cc_versions *out)
{
    const char *text = NULL;

    *out =
        (cc_versions){ .from_major = INT_MIN, .from_minor = INT_MIN, .below_major = INT_MAX, .below_minor = INT_MAX };
    if (node == NULL)
        return true;
    if (!cc_yaml_want_string(node, "versions", &text, spec->problems))
        return false;
    if (!parse(text, out)) {
        cc_problem_add(spec->problems, node->place,
                       "'%s' is no range of versions; write \">=24.3\", \"<25.1\" or \">=24.3 <25.1\"", text);
        return false;
    }
    if (!is_before(out->from_major, out->from_minor, out->below_major, out->below_minor)) {
        cc_problem_add(spec->problems, node->place, "the range of versions '%s' is empty", text);
        return false;
    }
    out->text = text;
    return true;
}

bool cc_versions_contain(const cc_versions *versions, int major, int minor)
{
    return !is_before(major, minor, versions->from_major, versions->from_minor) &&
           is_before(major, minor, versions->below_major, versions->below_minor);
}

bool cc_versions_overlap(const cc_versions *a, const cc_versions *b)
{
    return is_before(a->from_major, a->from_minor, b->below_major, b->below_minor) &&
           is_before(b->from_major, b->from_minor, a->below_major, a->below_minor);
}
