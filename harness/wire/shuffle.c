#include <stdlib.h>
#include <string.h>

#include "harness/wire/wire_private.h"

void cc_shuffle_init(cc_shuffle *shuffle, uint64_t seed)
{
    *shuffle = (cc_shuffle){ .state = seed };
    orm_buffer_init(&shuffle->rows, NULL, 0);
}

/* splitmix64 */
static uint64_t next_random(cc_shuffle *shuffle)
{
    uint64_t z = shuffle->state += 0x9e3779b97f4a7c15U;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

bool cc_shuffle_add(cc_shuffle *shuffle, const char *header, const char *body, size_t size)
{
    if (shuffle->count == shuffle->capacity) {
        size_t  capacity = shuffle->capacity == 0 ? 64 : shuffle->capacity * 2;
        size_t *starts = realloc(shuffle->starts, capacity * sizeof *starts);

        if (starts == NULL)
            return false;
        shuffle->starts = starts;
        shuffle->capacity = capacity;
    }
    shuffle->starts[shuffle->count++] = shuffle->rows.length;
    orm_buffer_append_bytes(&shuffle->rows, header, CC_HEADER_SIZE);
    orm_buffer_append_bytes(&shuffle->rows, body, size);
    return !shuffle->rows.broken;
}

static void mix(cc_shuffle *shuffle)
{
    size_t *starts = shuffle->starts;
    bool    moved = false;

    for (size_t i = shuffle->count - 1; i > 0; i--) {
        size_t other = (size_t)(next_random(shuffle) % (i + 1));
        size_t start = starts[i];

        starts[i] = starts[other];
        starts[other] = start;
    }
    for (size_t i = 1; i < shuffle->count && !moved; i++)
        moved = starts[i] < starts[i - 1];
    if (!moved) {
        size_t first = starts[0];

        memmove(starts, starts + 1, (shuffle->count - 1) * sizeof *starts);
        starts[shuffle->count - 1] = first;
    }
}

void cc_shuffle_flush(cc_shuffle *shuffle, orm_buffer *out, bool keep_order)
{
    if (shuffle->count > 1 && !keep_order)
        mix(shuffle);
    for (size_t i = 0; i < shuffle->count; i++) {
        const char *row = shuffle->rows.data + shuffle->starts[i];

        orm_buffer_append_bytes(out, row, 1 + cc_wire_number(row + 1));
    }
    shuffle->count = 0;
    orm_buffer_free(&shuffle->rows);
}

void cc_shuffle_free(cc_shuffle *shuffle)
{
    orm_buffer_free(&shuffle->rows);
    free(shuffle->starts);
    *shuffle = (cc_shuffle){ 0 };
}
