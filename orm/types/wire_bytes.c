#include "types/codec_private.h"

static void append_big_endian(orm_buffer *out, uint64_t value, size_t size)
{
    char bytes[8];

    for (size_t i = size; i-- > 0; value >>= 8)
        bytes[i] = (char)(value & 0xFF);
    orm_buffer_append_bytes(out, bytes, size);
}

static uint64_t read_big_endian(const char *data, size_t size)
{
    uint64_t value = 0;

    for (size_t i = 0; i < size; i++)
        value = value << 8 | (unsigned char)data[i];
    return value;
}

void orm_append_u16(orm_buffer *out, uint16_t value)
{
    append_big_endian(out, value, sizeof value);
}

void orm_append_u32(orm_buffer *out, uint32_t value)
{
    append_big_endian(out, value, sizeof value);
}

void orm_append_u64(orm_buffer *out, uint64_t value)
{
    append_big_endian(out, value, sizeof value);
}

uint16_t orm_read_u16(const char *data)
{
    return (uint16_t)read_big_endian(data, sizeof(uint16_t));
}

uint32_t orm_read_u32(const char *data)
{
    return (uint32_t)read_big_endian(data, sizeof(uint32_t));
}

uint64_t orm_read_u64(const char *data)
{
    return read_big_endian(data, sizeof(uint64_t));
}
