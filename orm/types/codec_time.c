#include <string.h>

#include "types/codec_private.h"
#include "types/datetime.h"

/* The longest text of a UUID, date or time that anything sends. */
#define SHORT_TEXT_SIZE 64

/* ---- uuid ---- */

static void uuid_append_text(const void *slot, orm_buffer *out)
{
    char text[ORM_UUID_TEXT_SIZE];

    orm_buffer_append(out, orm_uuid_format(*(const orm_uuid *)slot, text));
}

static bool uuid_append_binary(const void *slot, orm_buffer *out)
{
    orm_buffer_append_bytes(out, ((const orm_uuid *)slot)->bytes, sizeof(orm_uuid));
    return true;
}

static orm_status uuid_parse(const orm_reading *r, const char *data, size_t size, void *slot)
{
    char text[SHORT_TEXT_SIZE];

    if (!orm_copy_short(text, sizeof text, data, size) || !orm_uuid_parse(text, slot))
        return orm_reading_bad_text(r, data, size);
    return ORM_OK;
}

static orm_status uuid_read_binary(const orm_reading *r, const char *data, size_t size, uint32_t oid, void *slot)
{
    if (oid != ORM_OID_UUID)
        return orm_reading_wrong_oid(r, oid);
    if (size != sizeof(orm_uuid))
        return orm_reading_bad_binary(r, size);
    memcpy(slot, data, size);
    return ORM_OK;
}

const orm_codec orm_codec_uuid = {
    .literal = ORM_LITERAL_QUOTED,
    .append_text = uuid_append_text,
    .append_binary = uuid_append_binary,
    .parse = uuid_parse,
    .read_binary = uuid_read_binary,
};

/* ---- date ---- */

static void date_append_text(const void *slot, orm_buffer *out)
{
    char text[SHORT_TEXT_SIZE];

    orm_date_format(*(const orm_date *)slot, text, sizeof text);
    orm_buffer_append(out, text);
}

static bool date_append_binary(const void *slot, orm_buffer *out)
{
    int32_t days = ((const orm_date *)slot)->days;

    if (!orm_date_in_range((orm_date){ days }))
        return false;
    if (days != INT32_MAX && days != INT32_MIN)
        days -= ORM_EPOCH_2000_DAYS;
    orm_append_u32(out, (uint32_t)days);
    return true;
}

static orm_status date_parse(const orm_reading *r, const char *data, size_t size, void *slot)
{
    char text[SHORT_TEXT_SIZE];

    if (!orm_copy_short(text, sizeof text, data, size) || !orm_date_parse(text, slot))
        return orm_reading_bad_text(r, data, size);
    return ORM_OK;
}

static orm_status date_read_binary(const orm_reading *r, const char *data, size_t size, uint32_t oid, void *slot)
{
    int32_t days;

    if (oid != ORM_OID_DATE)
        return orm_reading_wrong_oid(r, oid);
    if (size != sizeof days)
        return orm_reading_bad_binary(r, size);
    days = (int32_t)orm_read_u32(data);
    if (days != INT32_MAX && days != INT32_MIN && __builtin_add_overflow(days, ORM_EPOCH_2000_DAYS, &days))
        return orm_reading_out_of_range(r, "a date after the year 5874897");
    *(orm_date *)slot = (orm_date){ days };
    return ORM_OK;
}

static orm_status date_check(const orm_reading *r, const void *slot)
{
    char text[SHORT_TEXT_SIZE];

    if (orm_date_in_range(*(const orm_date *)slot))
        return ORM_OK;
    orm_date_format(*(const orm_date *)slot, text, sizeof text);
    return orm_reading_out_of_range(r, text);
}

const orm_codec orm_codec_date = {
    .literal = ORM_LITERAL_QUOTED,
    .append_text = date_append_text,
    .append_binary = date_append_binary,
    .parse = date_parse,
    .read_binary = date_read_binary,
    .check = date_check,
};

/* ---- timestamptz ---- */

static void timestamp_append_text(const void *slot, orm_buffer *out)
{
    char text[SHORT_TEXT_SIZE];

    orm_timestamp_format(*(const orm_timestamp *)slot, text, sizeof text);
    orm_buffer_append(out, text);
}

static bool timestamp_append_binary(const void *slot, orm_buffer *out)
{
    int64_t us = ((const orm_timestamp *)slot)->microseconds;

    if (!orm_timestamp_in_range((orm_timestamp){ us }))
        return false;
    if (us != INT64_MAX && us != INT64_MIN)
        us -= ORM_EPOCH_2000_US;
    orm_append_u64(out, (uint64_t)us);
    return true;
}

static orm_status timestamp_parse(const orm_reading *r, const char *data, size_t size, void *slot)
{
    char text[SHORT_TEXT_SIZE];

    if (!orm_copy_short(text, sizeof text, data, size) || !orm_timestamp_parse(text, slot))
        return orm_reading_bad_text(r, data, size);
    return ORM_OK;
}

/* A timestamp without a zone is taken as UTC. */
static orm_status timestamp_read_binary(const orm_reading *r, const char *data, size_t size, uint32_t oid, void *slot)
{
    int64_t us;

    if (oid != ORM_OID_TIMESTAMPTZ && oid != ORM_OID_TIMESTAMP)
        return orm_reading_wrong_oid(r, oid);
    if (size != sizeof us)
        return orm_reading_bad_binary(r, size);
    us = (int64_t)orm_read_u64(data);
    if (us != INT64_MAX && us != INT64_MIN && (__builtin_add_overflow(us, ORM_EPOCH_2000_US, &us) || us == INT64_MAX))
        return orm_reading_out_of_range(r, "a time after the year 294246");
    *(orm_timestamp *)slot = (orm_timestamp){ us };
    return ORM_OK;
}

static orm_status timestamp_check(const orm_reading *r, const void *slot)
{
    char text[SHORT_TEXT_SIZE];

    if (orm_timestamp_in_range(*(const orm_timestamp *)slot))
        return ORM_OK;
    orm_timestamp_format(*(const orm_timestamp *)slot, text, sizeof text);
    return orm_reading_out_of_range(r, text);
}

const orm_codec orm_codec_timestamptz = {
    .literal = ORM_LITERAL_QUOTED,
    .append_text = timestamp_append_text,
    .append_binary = timestamp_append_binary,
    .parse = timestamp_parse,
    .read_binary = timestamp_read_binary,
    .check = timestamp_check,
};
