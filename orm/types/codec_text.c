#include <string.h>

#include "types/codec_private.h"

/* ---- string, text, enum ---- */

static void text_append_text(const void *slot, orm_buffer *out)
{
    orm_buffer_append(out, *(const char *const *)slot);
}

/* The binary format of text is the text. */
static bool text_append_binary(const void *slot, orm_buffer *out)
{
    text_append_text(slot, out);
    return true;
}

static orm_status text_parse(const orm_reading *r, const char *data, size_t size, void *slot)
{
    orm_status status = orm_reading_check_text(r, data, size);
    char      *copy;

    if (status != ORM_OK)
        return status;
    copy = orm_arena_strndup(r->arena, size > 0 ? data : "", size);
    if (copy == NULL)
        return orm_fail_memory(r->error);
    *(const char **)slot = copy;
    return ORM_OK;
}

/* Columns of text types never come here. JSON is text too. */
static orm_status text_read_binary(const orm_reading *r, const char *data, size_t size, uint32_t oid, void *slot)
{
    if (oid != ORM_OID_JSON)
        return orm_reading_wrong_oid(r, oid);
    return text_parse(r, data, size, slot);
}

static orm_status text_check(const orm_reading *r, const void *slot)
{
    const char *text = *(const char *const *)slot;

    return orm_reading_check_text(r, text, strlen(text));
}

const orm_codec orm_codec_text = {
    .literal = ORM_LITERAL_ESCAPED,
    .append_text = text_append_text,
    .append_binary = text_append_binary,
    .parse = text_parse,
    .read_binary = text_read_binary,
    .check = text_check,
};

/* ---- JSON ---- */

#define JSONB_VERSION 1

static bool json_append_binary(const void *slot, orm_buffer *out)
{
    orm_buffer_append_char(out, JSONB_VERSION);
    return text_append_binary(slot, out);
}

static orm_status json_check_text(const orm_reading *r, const char *data, size_t size)
{
    char        shown[ORM_DESCRIPTION_SIZE];
    size_t      where;
    const char *problem = orm_json_problem(data, size, &where);

    if (problem == NULL)
        return ORM_OK;
    orm_describe_text(shown, data, size);
    return orm_fail(r->error, r->failure, 108, "%s is not valid JSON: %s at byte %zu", shown, problem, where);
}

/* Also what the server sends is looked at: a text column read as JSON can hold anything. */
static orm_status json_parse(const orm_reading *r, const char *data, size_t size, void *slot)
{
    orm_status status = json_check_text(r, data, size);

    return status != ORM_OK ? status : text_parse(r, data, size, slot);
}

static orm_status json_read_binary(const orm_reading *r, const char *data, size_t size, uint32_t oid, void *slot)
{
    if (oid == ORM_OID_JSON)
        return json_parse(r, data, size, slot);
    if (oid != ORM_OID_JSONB)
        return orm_reading_wrong_oid(r, oid);
    if (size < 1 || data[0] != JSONB_VERSION)
        return orm_reading_bad_binary(r, size);
    return json_parse(r, data + 1, size - 1, slot);
}

static orm_status json_check(const orm_reading *r, const void *slot)
{
    const char *text = *(const char *const *)slot;

    return json_check_text(r, text, strlen(text));
}

const orm_codec orm_codec_json = {
    .literal = ORM_LITERAL_ESCAPED,
    .append_text = text_append_text,
    .append_binary = json_append_binary,
    .parse = json_parse,
    .read_binary = json_read_binary,
    .check = json_check,
};

/* ---- bytea ---- */

static void bytes_append_text(const void *slot, orm_buffer *out)
{
    static const char    digits[] = "0123456789abcdef";
    const orm_bytes     *bytes = slot;
    const unsigned char *byte = bytes->data;
    char                *to;

    orm_buffer_append(out, "\\x");
    if (bytes->size > out->limit / 2) {
        /* Asking for more than the limit is what breaks the buffer. */
        orm_buffer_reserve(out, SIZE_MAX / 2);
        return;
    }
    to = orm_buffer_reserve(out, 2 * bytes->size);
    if (to == NULL)
        return;
    for (size_t i = 0; i < bytes->size; i++) {
        *to++ = digits[byte[i] >> 4];
        *to++ = digits[byte[i] & 0x0F];
    }
    *to = '\0';
    out->length += 2 * bytes->size;
}

static bool bytes_append_binary(const void *slot, orm_buffer *out)
{
    const orm_bytes *bytes = slot;

    orm_buffer_append_bytes(out, bytes->data, bytes->size);
    return true;
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef0123456789ABCDEF";
    const char *found = c == '\0' ? NULL : strchr(digits, c);

    return found == NULL ? -1 : (int)((found - digits) % 16);
}

/* Pairs of hexadecimal digits, with white space allowed between them as in byteain(). False when it is not that. */
static bool read_hex(const char *data, size_t size, unsigned char *out, size_t *length)
{
    size_t done = 0;

    for (size_t i = 0; i < size; i++) {
        int high;
        int low;

        if (data[i] == ' ' || (data[i] >= '\t' && data[i] <= '\r'))
            continue;
        high = hex_digit(data[i]);
        low = ++i < size ? hex_digit(data[i]) : -1;
        if (high < 0 || low < 0)
            return false;
        out[done++] = (unsigned char)(high << 4 | low);
    }
    *length = done;
    return true;
}

static bool is_octal(char c, char highest)
{
    return c >= '0' && c <= highest;
}

/* The old output format: \\ for a backslash, \ooo for bytes, the rest as it is. */
static bool read_escaped(const char *data, size_t size, unsigned char *out, size_t *length)
{
    size_t done = 0;

    for (size_t i = 0; i < size; i++) {
        if (data[i] != '\\') {
            out[done++] = (unsigned char)data[i];
        } else if (size - i >= 2 && data[i + 1] == '\\') {
            out[done++] = '\\';
            i += 1;
        } else if (size - i >= 4 && is_octal(data[i + 1], '3') && is_octal(data[i + 2], '7') &&
                   is_octal(data[i + 3], '7')) {
            out[done++] = (unsigned char)((data[i + 1] - '0') << 6 | (data[i + 2] - '0') << 3 | (data[i + 3] - '0'));
            i += 3;
        } else {
            return false;
        }
    }
    *length = done;
    return true;
}

static orm_status bytes_parse(const orm_reading *r, const char *data, size_t size, void *slot)
{
    bool           hex = size >= 2 && data[0] == '\\' && data[1] == 'x';
    unsigned char *bytes = orm_arena_alloc(r->arena, hex ? size / 2 : size);
    size_t         length = 0;

    if (bytes == NULL)
        return orm_fail_memory(r->error);
    if (hex ? !read_hex(data + 2, size - 2, bytes, &length) : !read_escaped(data, size, bytes, &length))
        return orm_reading_bad_text(r, data, size);
    *(orm_bytes *)slot = (orm_bytes){ .data = bytes, .size = length };
    return ORM_OK;
}

static orm_status bytes_read_binary(const orm_reading *r, const char *data, size_t size, uint32_t oid, void *slot)
{
    void *bytes;

    if (oid != ORM_OID_BYTEA)
        return orm_reading_wrong_oid(r, oid);
    bytes = orm_arena_memdup(r->arena, data, size);
    if (bytes == NULL)
        return orm_fail_memory(r->error);
    *(orm_bytes *)slot = (orm_bytes){ .data = bytes, .size = size };
    return ORM_OK;
}

const orm_codec orm_codec_bytes = {
    .literal = ORM_LITERAL_ESCAPED,
    .append_text = bytes_append_text,
    .append_binary = bytes_append_binary,
    .parse = bytes_parse,
    .read_binary = bytes_read_binary,
};
