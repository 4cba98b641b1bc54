#include "reports/writers/markdown.h"

#include <stdint.h>
#include <string.h>

#include "reports/writers/plain_text.h"

void cc_markdown_text(orm_buffer *out, const char *text)
{
    orm_buffer line;

    orm_buffer_init(&line, NULL, 0);
    cc_plain_line(&line, text, SIZE_MAX);
    for (const char *c = line.data; *c != '\0'; c++) {
        if (*c == '&')
            orm_buffer_append(out, "&amp;");
        else if (*c == '<')
            orm_buffer_append(out, "&lt;");
        else if (*c == '>')
            orm_buffer_append(out, "&gt;");
        else if (*c == '@') /* a mention would call somebody */
            orm_buffer_append(out, "&#64;");
        else if (strchr("\\`*_{}[]#|~$!", *c) != NULL)
            orm_buffer_printf(out, "\\%c", *c);
        else
            orm_buffer_append_char(out, *c);
    }
    out->broken = out->broken || line.broken;
    orm_buffer_free(&line);
}

static size_t longest_backtick_run(const char *text)
{
    size_t longest = 0;

    while (*text != '\0') {
        size_t run = strspn(text, "`");

        longest = run > longest ? run : longest;
        text += run > 0 ? run : strcspn(text, "`");
    }
    return longest;
}

static void append_fence(orm_buffer *out, size_t length)
{
    for (size_t i = 0; i < length; i++)
        orm_buffer_append_char(out, '`');
}

void cc_markdown_code(orm_buffer *out, const char *text, size_t limit, bool in_table)
{
    orm_buffer line;
    size_t     fence = 0;
    bool       pad = false;

    orm_buffer_init(&line, NULL, 0);
    cc_plain_line(&line, text, limit);
    if (line.length > 0) {
        fence = longest_backtick_run(line.data) + 1;
        pad = fence > 1;
        append_fence(out, fence);
        orm_buffer_append(out, pad ? " " : "");
        for (const char *c = line.data; *c != '\0'; c++) {
            if (*c == '|' && in_table)
                orm_buffer_append_char(out, '\\');
            orm_buffer_append_char(out, *c);
        }
        orm_buffer_append(out, pad ? " " : "");
        append_fence(out, fence);
    }
    out->broken = out->broken || line.broken;
    orm_buffer_free(&line);
}
