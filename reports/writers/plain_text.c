#include "reports/writers/plain_text.h"

#include <string.h>

#include "base/text.h"

/* U+202A to U+202E and U+2066 to U+2069: they make the text that follows look like another one. */
static bool is_bidi_control(const unsigned char *u)
{
    return u[0] == 0xE2 &&
           ((u[1] == 0x80 && u[2] >= 0xAA && u[2] <= 0xAE) || (u[1] == 0x81 && u[2] >= 0xA6 && u[2] <= 0xA9));
}

/* Bytes of a valid character that may not stand as it is, with its number; 0 when it may. */
static size_t unwanted(const char *text, size_t size, unsigned *number)
{
    const unsigned char *u = (const unsigned char *)text;

    *number = u[0];
    if ((u[0] < 0x20 && u[0] != '\n' && u[0] != '\t') || u[0] == 0x7F)
        return 1;
    if (size >= 2 && u[0] == 0xC2 && u[1] < 0xA0) {
        *number = u[1];
        return 2;
    }
    if (size >= 3 && u[0] == 0xEF && u[1] == 0xBF && u[2] >= 0xBE) {
        *number = 0xFF00u | (u[2] + 0x40u);
        return 3;
    }
    if (size >= 3 && is_bidi_control(u)) {
        *number = 0x2000u | (unsigned)(u[1] & 0x3Fu) << 6 | (u[2] & 0x3Fu);
        return 3;
    }
    return 0;
}

static void append_valid(orm_buffer *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        unsigned number = 0;
        size_t   length = 0;

        if (text[i] == '\033' && (length = orm_terminal_sequence(text + i)) > 0) {
            i += length;
        } else if (text[i] == '\r' && i + 1 < size && text[i + 1] == '\n') {
            i++;
        } else if ((length = unwanted(text + i, size - i, &number)) > 0) {
            orm_buffer_printf(out, number > 0xFF ? "\\u%04X" : "\\x%02X", number);
            i += length;
        } else {
            orm_buffer_append_char(out, text[i++]);
        }
    }
}

void cc_plain_text(orm_buffer *out, const char *text)
{
    orm_buffer repaired;

    if (text == NULL)
        return;
    orm_buffer_init(&repaired, NULL, 0);
    orm_utf8_repair(&repaired, text, strlen(text));
    append_valid(out, repaired.data, repaired.length);
    out->broken = out->broken || repaired.broken;
    orm_buffer_free(&repaired);
}

static bool continues_character(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

void cc_plain_line(orm_buffer *out, const char *text, size_t limit)
{
    orm_buffer plain;
    size_t     characters = 0;
    size_t     start = 0;

    orm_buffer_init(&plain, NULL, 0);
    cc_plain_text(&plain, text);
    start = strspn(plain.data, " \t\n");
    for (const char *c = plain.data + start; *c != '\0'; c++) {
        size_t white = strspn(c, " \t\n");

        if (c[white] == '\0')
            break;
        if (!continues_character(*c) && ++characters > limit) {
            orm_utf8_append(out, 0x2026);
            break;
        }
        orm_buffer_append_char(out, white > 0 ? ' ' : *c);
        c += white > 0 ? white - 1 : 0;
    }
    out->broken = out->broken || plain.broken;
    orm_buffer_free(&plain);
}

void cc_append_indented(orm_buffer *out, const char *text, const char *prefix)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        if (length > 0)
            orm_buffer_append(out, prefix);
        orm_buffer_append_bytes(out, text, length);
        orm_buffer_append_char(out, '\n');
        text += length + (text[length] == '\n');
    }
}

void cc_append_head_and_tail(orm_buffer *out, const char *text, size_t limit)
{
    size_t size = strlen(text);
    size_t head = limit / 2;
    size_t tail = size - head;

    if (size <= limit) {
        orm_buffer_append_bytes(out, text, size);
        return;
    }
    while (head > 0 && continues_character(text[head]))
        head--;
    while (tail < size && continues_character(text[tail]))
        tail++;
    orm_buffer_append_bytes(out, text, head);
    orm_buffer_printf(out, "\n... %zu bytes left out ...\n", tail - head);
    orm_buffer_append_bytes(out, text + tail, size - tail);
}

const char *cc_plural(size_t count)
{
    return count == 1 ? "" : "s";
}

void cc_append_seconds(orm_buffer *out, int64_t nanoseconds)
{
    int64_t milliseconds = nanoseconds > 0 ? nanoseconds / 1000000 : 0;

    orm_buffer_append_int(out, milliseconds / 1000);
    orm_buffer_append_char(out, '.');
    for (int64_t digit = 100; digit > 0; digit /= 10)
        orm_buffer_append_char(out, (char)('0' + milliseconds / digit % 10));
}
