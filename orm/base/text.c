#include "base/text.h"

#include <string.h>
#include <time.h>

/* Length of the valid character that starts at `s`, or 0. The bounds are those of Unicode's table 3-7. */
static size_t valid_character(const unsigned char *s, size_t available)
{
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    size_t        length;

    if (s[0] < 0x80)
        return 1;
    if (s[0] < 0xC2 || s[0] > 0xF4)
        return 0;
    length = s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    if (length > available)
        return 0;
    if (s[0] == 0xE0)
        low = 0xA0; /* overlong */
    else if (s[0] == 0xED)
        high = 0x9F; /* surrogates */
    else if (s[0] == 0xF0)
        low = 0x90; /* overlong */
    else if (s[0] == 0xF4)
        high = 0x8F; /* past U+10FFFF */
    if (s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    }
    return length;
}

size_t orm_utf8_valid_prefix(const char *data, size_t size)
{
    size_t at = 0;

    while (at < size) {
        uint64_t eight;

        /* Most text is ASCII: eight bytes at a time. */
        if (size - at >= sizeof eight) {
            memcpy(&eight, data + at, sizeof eight);
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof eight;
                continue;
            }
        }
        size_t length = valid_character((const unsigned char *)data + at, size - at);

        if (length == 0)
            break;
        at += length;
    }
    return at;
}

void orm_utf8_repair(orm_buffer *out, const char *data, size_t size)
{
    while (size > 0) {
        size_t good = orm_utf8_valid_prefix(data, size);

        orm_buffer_append_bytes(out, data, good);
        if (good == size)
            return;
        orm_utf8_append(out, 0xFFFD);
        data += good + 1;
        size -= good + 1;
    }
}

void orm_utf8_append(orm_buffer *out, uint32_t code_point)
{
    char bytes[4];

    if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF))
        code_point = 0xFFFD;
    if (code_point < 0x80) {
        orm_buffer_append_char(out, (char)code_point);
    } else if (code_point < 0x800) {
        bytes[0] = (char)(0xC0 | code_point >> 6);
        bytes[1] = (char)(0x80 | (code_point & 0x3F));
        orm_buffer_append_bytes(out, bytes, 2);
    } else if (code_point < 0x10000) {
        bytes[0] = (char)(0xE0 | code_point >> 12);
        bytes[1] = (char)(0x80 | (code_point >> 6 & 0x3F));
        bytes[2] = (char)(0x80 | (code_point & 0x3F));
        orm_buffer_append_bytes(out, bytes, 3);
    } else {
        bytes[0] = (char)(0xF0 | code_point >> 18);
        bytes[1] = (char)(0x80 | (code_point >> 12 & 0x3F));
        bytes[2] = (char)(0x80 | (code_point >> 6 & 0x3F));
        bytes[3] = (char)(0x80 | (code_point & 0x3F));
        orm_buffer_append_bytes(out, bytes, 4);
    }
}

/* Bytes of one control sequence: ESC [, parameters, intermediates, one final byte, which may be missing at the end. */
static size_t csi_length(const char *text)
{
    size_t length = 2;

    while (text[length] >= 0x20 && text[length] <= 0x3F)
        length++;
    return text[length] >= 0x40 && text[length] <= 0x7E ? length + 1 : length;
}

/* Bytes of an operating system command up to BEL or ESC \; 0 when it has no end: it would swallow the text's rest. */
static size_t osc_length(const char *text)
{
    for (size_t i = 2; text[i] != '\0'; i++) {
        if (text[i] == '\a')
            return i + 1;
        if (text[i] == '\033')
            return text[i + 1] == '\\' ? i + 2 : 0;
    }
    return 0;
}

size_t orm_terminal_sequence(const char *text)
{
    if (text[0] != '\033')
        return 0;
    switch (text[1]) {
    case '[':
        return csi_length(text);
    case ']':
    case 'P':
    case '_':
    case '^':
        return osc_length(text);
    default: /* two-byte functions such as ESC 7 and ESC c; the charset ones have one byte more */
        if (strchr("()*+", text[1]) != NULL && text[1] != '\0' && text[2] >= 0x20 && text[2] < 0x7F)
            return 3;
        return text[1] >= 0x30 && text[1] <= 0x7E ? 2 : 0;
    }
}

void orm_make_single_line(char *text)
{
    char *to = text;

    while (*text != '\0') {
        size_t sequence = orm_terminal_sequence(text);

        text += sequence;
        if (sequence > 0)
            continue;
        *to++ = (unsigned char)*text < 0x20 || *text == 0x7F ? ' ' : *text;
        text++;
    }
    *to = '\0';
}

bool orm_text_equal(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool orm_text_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool orm_parse_int64(const char *text, int64_t *out)
{
    bool     negative = *text == '-';
    uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
    uint64_t value = 0;

    if (*text == '-' || *text == '+')
        text++;
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        uint64_t digit;

        if (*text < '0' || *text > '9')
            return false;
        digit = (uint64_t)(*text - '0');
        if (value > (limit - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (!negative)
        *out = (int64_t)value;
    else
        *out = value > (uint64_t)INT64_MAX ? INT64_MIN : -(int64_t)value;
    return true;
}

uint64_t orm_hash_bytes(const void *data, size_t size, uint64_t seed)
{
    const unsigned char *byte = data;
    uint64_t             hash = UINT64_C(0xCBF29CE484222325) ^ seed;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001B3);
    /* FNV leaves the low bits weak, and those choose the slot: MurmurHash3's finish spreads them. */
    hash = (hash ^ hash >> 33) * UINT64_C(0xFF51AFD7ED558CCD);
    hash = (hash ^ hash >> 33) * UINT64_C(0xC4CEB9FE1A85EC53);
    return hash ^ hash >> 33;
}

uint64_t orm_clock_ns(void)
{
    struct timespec now = { 0 };

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
