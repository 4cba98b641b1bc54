#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "types/codec_private.h"

#define SHOWN_BYTES ((size_t)60)

void orm_describe_text(char out[ORM_DESCRIPTION_SIZE], const char *data, size_t size)
{
    char   part[SHOWN_BYTES + 1];
    char   shown[SHOWN_BYTES + 1];
    size_t length = size < SHOWN_BYTES ? size : SHOWN_BYTES;

    for (size_t i = 0; i < length; i++)
        part[i] = data[i] == '\0' ? ' ' : data[i];
    /* A character cut in half at the end is left out; one that is broken by itself is shown as such. */
    if (length < size) {
        size_t whole = length;

        while (whole > 0 && length - whole < 3 && ((unsigned char)data[whole] & 0xC0) == 0x80)
            whole--;
        length = whole;
    }
    part[length] = '\0';
    orm_make_single_line(part);
    orm_copy_text(shown, sizeof shown, part);
    snprintf(out, ORM_DESCRIPTION_SIZE, "'%s%s'", shown, length < size ? "..." : "");
}

static const char *type_name(const orm_reading *r)
{
    return orm_type_info_of(r->type)->name;
}

orm_status orm_reading_bad_text(const orm_reading *r, const char *data, size_t size)
{
    char shown[ORM_DESCRIPTION_SIZE];

    orm_describe_text(shown, data, size);
    return orm_fail(r->error, r->failure, 101, "%s is not a valid %s", shown, type_name(r));
}

orm_status orm_reading_out_of_range(const orm_reading *r, const char *value)
{
    orm_fail(r->error, r->failure, 102, "%s does not fit into %s", value, type_name(r));
    if (r->type == ORM_TYPE_INTEGER || r->type == ORM_TYPE_SMALLINT)
        orm_fail_hint(r->error, "use bigint or uuid");
    return r->failure;
}

orm_status orm_reading_bad_binary(const orm_reading *r, size_t size)
{
    return orm_fail(r->error, r->failure, 103, "%zu bytes from the server are not the binary format of %s", size,
                    type_name(r));
}

orm_status orm_reading_wrong_oid(const orm_reading *r, uint32_t oid)
{
    orm_fail(r->error, r->failure, 104, "a column of the server's type %lu cannot be read as %s", (unsigned long)oid,
             type_name(r));
    orm_fail_hint(r->error, "let the property's type follow the column's; \"select %lu::regtype\" names it",
                  (unsigned long)oid);
    return r->failure;
}

orm_status orm_reading_wrong_kind(const orm_reading *r, const orm_value *value)
{
    char shown[ORM_DESCRIPTION_SIZE];

    orm_value_describe(value, shown, sizeof shown);
    return orm_fail(r->error, r->failure, 105, "%s cannot be taken as %s", shown, type_name(r));
}

orm_status orm_reading_check_text(const orm_reading *r, const char *data, size_t size)
{
    char   shown[ORM_DESCRIPTION_SIZE];
    size_t valid = orm_utf8_valid_prefix(data, size);

    if (valid < size) {
        orm_describe_text(shown, data, size);
        return orm_fail(r->error, r->failure, 106, "%s is not valid UTF-8: byte %zu is 0x%02X", shown, valid,
                        (unsigned)(unsigned char)data[valid]);
    }
    if (size > 0 && memchr(data, '\0', size) != NULL)
        return orm_fail(r->error, r->failure, 107, "text with a NUL byte cannot be taken as %s; bytea can hold it",
                        type_name(r));
    return ORM_OK;
}

bool orm_copy_short(char *out, size_t out_size, const char *data, size_t size)
{
    if (size >= out_size || (size > 0 && memchr(data, '\0', size) != NULL))
        return false;
    if (size > 0)
        memcpy(out, data, size);
    out[size] = '\0';
    return true;
}
