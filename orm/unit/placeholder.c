/* Values for a unique column while its row waits for the one that another row still has. */
#include <string.h>

#include "unit/flush_private.h"

#define TEXT_SIZE 33

bool em_has_placeholder(const orm_meta_property *property)
{
    switch (property->type) {
    case ORM_TYPE_SMALLINT:
    case ORM_TYPE_INTEGER:
    case ORM_TYPE_BIGINT:
    case ORM_TYPE_STRING:
    case ORM_TYPE_TEXT:
    case ORM_TYPE_UUID:
        return true;
    default:
        return false;
    }
}

typedef union placeholder {
    int16_t     small;
    int32_t     number;
    int64_t     big;
    const char *text;
    orm_uuid    uuid;
} placeholder;

/* As long as the column takes, in digits that every collation tells apart. */
static const char *random_text(orm_em *em, const orm_meta_property *property, const orm_uuid *random)
{
    static const char digits[] = "0123456789abcdef";
    char             *text = orm_arena_zalloc(em->work, TEXT_SIZE);
    size_t            length = property->type == ORM_TYPE_STRING && property->descriptor->length > 0
                                   ? property->descriptor->length
                                   : TEXT_SIZE - 1;

    for (size_t i = 0; text != NULL && i < TEXT_SIZE - 1 && i < length; i++)
        text[i] = digits[random->bytes[i / 2] >> (i % 2 * 4) & 15];
    return text;
}

const void *em_placeholder(orm_em *em, const orm_meta_property *property)
{
    placeholder *value = orm_arena_zalloc(em->work, sizeof *value);
    orm_uuid     random;
    uint64_t     bits;

    if (value == NULL) {
        em_fail_memory(em);
        return NULL;
    }
    if (!orm_uuid_random(&random)) {
        em_fail_property(em, property, 663, "the system gives no random bytes to make a value of");
        return NULL;
    }
    memcpy(&bits, random.bytes, sizeof bits);
    switch (property->type) {
    case ORM_TYPE_SMALLINT:
        value->small = (int16_t)(-1 - (int16_t)(bits & INT16_MAX));
        break;
    case ORM_TYPE_INTEGER:
        value->number = -1 - (int32_t)(bits & INT32_MAX);
        break;
    case ORM_TYPE_BIGINT:
        value->big = -1 - (int64_t)(bits & INT64_MAX);
        break;
    case ORM_TYPE_UUID:
        value->uuid = random;
        break;
    default:
        value->text = random_text(em, property, &random);
        if (value->text == NULL) {
            em_fail_memory(em);
            return NULL;
        }
    }
    return value;
}
