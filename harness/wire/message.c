#include "harness/wire/message.h"

#include <string.h>

static const struct {
    char   code;
    size_t offset;
} fields[] = {
    { 'S', offsetof(cc_wire_error, severity) },   { 'C', offsetof(cc_wire_error, sqlstate) },
    { 'M', offsetof(cc_wire_error, message) },    { 'D', offsetof(cc_wire_error, detail) },
    { 'H', offsetof(cc_wire_error, hint) },       { 'P', offsetof(cc_wire_error, position) },
    { 's', offsetof(cc_wire_error, schema) },     { 't', offsetof(cc_wire_error, table) },
    { 'c', offsetof(cc_wire_error, column) },     { 'd', offsetof(cc_wire_error, data_type) },
    { 'n', offsetof(cc_wire_error, constraint) }, { 'F', offsetof(cc_wire_error, file) },
    { 'L', offsetof(cc_wire_error, line) },       { 'R', offsetof(cc_wire_error, routine) },
};
enum { FIELD_COUNT = sizeof fields / sizeof fields[0] };

static const char *get_field(const cc_wire_error *error, size_t field)
{
    const char *value;

    memcpy(&value, (const char *)error + fields[field].offset, sizeof value);
    return value;
}

static void set_field(cc_wire_error *error, size_t field, const char *value)
{
    memcpy((char *)error + fields[field].offset, &value, sizeof value);
}

static size_t find_field(char code)
{
    size_t field = 0;

    while (field < FIELD_COUNT && fields[field].code != code)
        field++;
    return field;
}

uint32_t cc_wire_number(const char *data)
{
    const unsigned char *bytes = (const unsigned char *)data;

    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

const char *cc_wire_text(cc_wire_reader *reader)
{
    const char *text = reader->data;
    const char *end = reader->size > 0 ? memchr(text, '\0', reader->size) : NULL;

    if (end == NULL) {
        reader->size = 0;
        return NULL;
    }
    reader->size -= (size_t)(end - text) + 1;
    reader->data = end + 1;
    return text;
}

size_t cc_message_begin(orm_buffer *out, char type)
{
    size_t begin = out->length;

    orm_buffer_append_char(out, type);
    orm_buffer_append_bytes(out, "\0\0\0\0", CC_LENGTH_SIZE);
    return begin;
}

void cc_message_text(orm_buffer *out, const char *text)
{
    orm_buffer_append_bytes(out, text != NULL ? text : "", text != NULL ? strlen(text) + 1 : 1);
}

void cc_message_end(orm_buffer *out, size_t begin)
{
    size_t length;

    if (out->broken || out->length < begin + CC_HEADER_SIZE)
        return;
    length = out->length - begin - 1;
    for (size_t i = 0; i < CC_LENGTH_SIZE; i++)
        out->data[begin + 1 + i] = (char)(length >> (24 - 8 * i) & 0xff);
}

void cc_message_parameter(orm_buffer *out, const char *name, const char *value)
{
    size_t begin = cc_message_begin(out, 'S');

    cc_message_text(out, name);
    cc_message_text(out, value);
    cc_message_end(out, begin);
}

static void append_field(orm_buffer *out, char code, const char *value)
{
    if (value == NULL)
        return;
    orm_buffer_append_char(out, code);
    cc_message_text(out, value);
}

static void append_fields(orm_buffer *out, const cc_wire_error *error)
{
    for (size_t field = 0; field < FIELD_COUNT; field++)
        append_field(out, fields[field].code, get_field(error, field));
}

void cc_message_error(orm_buffer *out, char type, const cc_wire_error *error)
{
    cc_wire_error full = *error;
    size_t        begin = cc_message_begin(out, type);

    if (full.severity == NULL)
        full.severity = type == 'E' ? "ERROR" : "NOTICE";
    if (full.sqlstate == NULL)
        full.sqlstate = type == 'E' ? "XX000" : "00000";
    if (full.message == NULL)
        full.message = "";
    append_fields(out, &full);
    append_field(out, 'V', full.severity);
    orm_buffer_append_char(out, '\0');
    cc_message_end(out, begin);
}

bool cc_error_read(const char *body, size_t size, cc_wire_error *out)
{
    cc_wire_reader reader = { body, size };

    *out = (cc_wire_error){ 0 };
    while (reader.size > 0 && *reader.data != '\0') {
        size_t      field = find_field(*reader.data);
        const char *text;

        reader.data++;
        reader.size--;
        text = cc_wire_text(&reader);
        if (text == NULL)
            return false;
        if (field < FIELD_COUNT)
            set_field(out, field, text);
    }
    return reader.size == 1;
}

void cc_error_rebuild(orm_buffer *out, char type, const char *body, size_t size, const cc_wire_error *before,
                      const cc_wire_error *now)
{
    cc_wire_reader reader = { body, size };
    bool           other_severity = now->severity != before->severity;
    size_t         begin = cc_message_begin(out, type);

    append_fields(out, now);
    if (other_severity)
        append_field(out, 'V', now->severity);
    while (reader.size > 0 && *reader.data != '\0') {
        char        code = *reader.data++;
        const char *text;

        reader.size--;
        text = cc_wire_text(&reader);
        if (find_field(code) == FIELD_COUNT && !(code == 'V' && other_severity))
            append_field(out, code, text);
    }
    orm_buffer_append_char(out, '\0');
    cc_message_end(out, begin);
}
