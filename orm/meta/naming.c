/* MikroORM 7's UnderscoreNamingStrategy, and the way its PostgreSQL platform shortens names. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "meta/meta_private.h"

static bool is_small(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

char *orm_naming_underscore(orm_arena *arena, const char *name)
{
    size_t length = strlen(name);
    char  *out = orm_arena_calloc(arena, length + 1, 2);
    char  *to = out;

    if (out == NULL)
        return NULL;
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && is_small(name[i - 1]) && is_capital(name[i]))
            *to++ = '_';
        *to++ = (char)(is_capital(name[i]) ? name[i] - 'A' + 'a' : name[i]);
    }
    return out;
}

char *orm_naming_join_column(orm_arena *arena, const char *property, const char *referenced_column)
{
    char *name = orm_naming_underscore(arena, property);

    return name == NULL ? NULL : orm_arena_printf(arena, "%s_%s", name, referenced_column);
}

/* The code point at `*at` of valid UTF-8; broken bytes stand for themselves. Moves `*at` behind it. */
static uint32_t next_code_point(const char **at, const char *end)
{
    unsigned char first = (unsigned char)**at;
    size_t        more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
    uint32_t      code = more == 0 ? first : first & (0x3Fu >> more);

    (*at)++;
    for (; more > 0 && *at < end; more--)
        code = (code << 6) | ((unsigned char)*(*at)++ & 0x3Fu);
    return code;
}

/* FNV-1a, 64 bit, over UTF-16 units: what MikroORM's Utils.hash() computes. */
static uint64_t hash(const char *text, size_t length)
{
    const uint64_t prime = UINT64_C(0x100000001b3);
    const char    *end = text + length;
    uint64_t       h = UINT64_C(0xcbf29ce484222325);

    while (text < end) {
        uint32_t code = next_code_point(&text, end);

        if (code >= 0x10000) {
            h = (h ^ (0xD800u + ((code - 0x10000) >> 10))) * prime;
            code = 0xDC00u + ((code - 0x10000) & 0x3FFu);
        }
        h = (h ^ code) * prime;
    }
    return h;
}

/* `kept` bytes of the name, five digits of its hash, the suffix: at most 63 bytes. */
static char *shorten(orm_arena *arena, const char *name, size_t length, const char *suffix)
{
    size_t kept = orm_utf8_valid_prefix(name, 55 - strlen(suffix));

    return orm_arena_printf(arena, "%.*s_%05" PRIx64 "_%s", (int)kept, name, hash(name, length) >> 44, suffix);
}

char *orm_naming_constraint(orm_arena *arena, const char *table, const char *const *columns, size_t column_count,
                            orm_naming_kind kind)
{
    static const char *const suffixes[] = { [ORM_NAMING_PRIMARY] = "pkey",
                                            [ORM_NAMING_UNIQUE] = "unique",
                                            [ORM_NAMING_INDEX] = "index",
                                            [ORM_NAMING_FOREIGN] = "foreign",
                                            [ORM_NAMING_CHECK] = "check" };
    const char              *dot = strchr(table, '.');
    orm_buffer               name;
    char                    *out = NULL;

    orm_buffer_init(&name, orm_arena_allocator(arena), 0);
    orm_buffer_append(&name, dot == NULL || kind == ORM_NAMING_PRIMARY ? table : dot + 1);
    for (size_t i = 0; i < column_count && kind != ORM_NAMING_PRIMARY; i++) {
        orm_buffer_append_char(&name, '_');
        for (const char *c = columns[i]; *c != '\0'; c++)
            orm_buffer_append_char(&name, (char)(*c == '.' ? '_' : *c));
    }
    orm_buffer_append_char(&name, '_');
    orm_buffer_append(&name, suffixes[kind]);

    if (!name.broken) {
        out = name.length > ORM_META_IDENTIFIER_SIZE ? shorten(arena, name.data, name.length, suffixes[kind])
                                                     : orm_arena_strdup(arena, name.data);
    }
    orm_buffer_free(&name);
    return out;
}

/* Where a character stands in ICU's root collation, letter case aside; what is not ASCII comes last, by its bytes. */
static int weight(char c)
{
    static const char order[] = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz";
    const char       *at = NULL;

    if (c >= 'A' && c <= 'Z')
        c = (char)(c - 'A' + 'a');
    if (c != '\0')
        at = strchr(order, c);
    return at == NULL ? 1000 + (unsigned char)c : (int)(at - order) + 1;
}

int orm_naming_compare(const char *a, const char *b)
{
    const char *x = a;
    const char *y = b;

    for (; *x != '\0' && *y != '\0'; x++, y++) {
        if (weight(*x) != weight(*y))
            return weight(*x) - weight(*y);
    }
    if (*x != *y)
        return *x == '\0' ? -1 : 1;
    for (; *a != '\0'; a++, b++) {
        if (*a != *b)
            return *a > *b ? -1 : 1; /* small letters first */
    }
    return 0;
}
