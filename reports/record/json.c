#include "reports/record/json.h"

#include <string.h>

#include "base/text.h"

/* The last byte tells whether a comma is due: every value ends in something else than these. */
static void separate(orm_buffer *out)
{
    if (out->length > 0 && strchr("{[:,", out->data[out->length - 1]) == NULL)
        orm_buffer_append_char(out, ',');
}

void cc_json_open(orm_buffer *out, char bracket)
{
    separate(out);
    orm_buffer_append_char(out, bracket);
}

void cc_json_close(orm_buffer *out, char bracket)
{
    orm_buffer_append_char(out, bracket);
}

static void append_escape(orm_buffer *out, unsigned character)
{
    switch (character) {
    case '"':
        orm_buffer_append(out, "\\\"");
        break;
    case '\\':
        orm_buffer_append(out, "\\\\");
        break;
    case '\n':
        orm_buffer_append(out, "\\n");
        break;
    case '\r':
        orm_buffer_append(out, "\\r");
        break;
    case '\t':
        orm_buffer_append(out, "\\t");
        break;
    default:
        orm_buffer_printf(out, "\\u%04x", character);
    }
}

/* C1 controls (U+0080 to U+009F) are two bytes; some terminals obey them as they do ESC. */
static bool is_c1(const char *text, size_t size)
{
    return size >= 2 && (unsigned char)text[0] == 0xC2 && (unsigned char)text[1] < 0xA0;
}

static void append_valid(orm_buffer *out, const char *text, size_t size)
{
    size_t start = 0;

    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        bool          c1 = is_c1(text + i, size - i);

        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F && !c1)
            continue;
        orm_buffer_append_bytes(out, text + start, i - start);
        if (c1)
            i++;
        append_escape(out, c1 ? (unsigned char)text[i] : c);
        start = i + 1;
    }
    orm_buffer_append_bytes(out, text + start, size - start);
}

static void append_quoted(orm_buffer *out, const char *text)
{
    orm_buffer repaired;

    orm_buffer_init(&repaired, NULL, 0);
    orm_utf8_repair(&repaired, text, strlen(text));
    orm_buffer_append_char(out, '"');
    append_valid(out, repaired.data, repaired.length);
    orm_buffer_append_char(out, '"');
    out->broken = out->broken || repaired.broken;
    orm_buffer_free(&repaired);
}

void cc_json_key(orm_buffer *out, const char *key)
{
    separate(out);
    append_quoted(out, key);
    orm_buffer_append_char(out, ':');
}

void cc_json_text(orm_buffer *out, const char *text)
{
    separate(out);
    if (text == NULL)
        orm_buffer_append(out, "null");
    else
        append_quoted(out, text);
}

void cc_json_int(orm_buffer *out, int64_t value)
{
    separate(out);
    orm_buffer_append_int(out, value);
}

void cc_json_bool(orm_buffer *out, bool value)
{
    separate(out);
    orm_buffer_append(out, value ? "true" : "false");
}
