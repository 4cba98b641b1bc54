#include <string.h>

#include <orm/value.h>

#include "base/text.h"

bool orm_uuid_random(orm_uuid *out)
{
    if (!orm_random_bytes(out->bytes, sizeof out->bytes))
        return false;
    /* RFC 9562: version 4, variant 10. */
    out->bytes[6] = (uint8_t)((out->bytes[6] & 0x0F) | 0x40);
    out->bytes[8] = (uint8_t)((out->bytes[8] & 0x3F) | 0x80);
    return true;
}

bool orm_uuid_is_zero(orm_uuid uuid)
{
    return orm_uuid_equal(uuid, (orm_uuid){ { 0 } });
}

bool orm_uuid_equal(orm_uuid a, orm_uuid b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

/* The groups of a UUID's text have 4, 2, 2, 2 and 6 bytes. */
static bool hyphen_before(size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

char *orm_uuid_format(orm_uuid uuid, char out[ORM_UUID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    char             *to = out;

    for (size_t i = 0; i < sizeof uuid.bytes; i++) {
        if (hyphen_before(i))
            *to++ = '-';
        *to++ = digits[uuid.bytes[i] >> 4];
        *to++ = digits[uuid.bytes[i] & 0x0F];
    }
    *to = '\0';
    return out;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool orm_uuid_parse(const char *text, orm_uuid *out)
{
    orm_uuid uuid;
    bool     hyphens;

    if (text == NULL)
        return false;
    hyphens = strlen(text) == ORM_UUID_TEXT_SIZE - 1;
    for (size_t i = 0; i < sizeof uuid.bytes; i++) {
        int high;
        int low;

        if (hyphens && hyphen_before(i) && *text++ != '-')
            return false;
        high = hex_digit(text[0]);
        low = high < 0 ? -1 : hex_digit(text[1]);
        if (low < 0)
            return false;
        uuid.bytes[i] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    if (*text != '\0')
        return false;
    *out = uuid;
    return true;
}
