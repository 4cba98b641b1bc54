/* How discovery says what is wrong. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "meta/meta_private.h"

#undef orm_meta_bad /* the analyzer's view of it */

orm_status orm_meta_bad(orm_error *error, const char *entity, const char *property, int number, const char *format, ...)
{
    char    text[ORM_ERROR_MESSAGE_SIZE / 2];
    va_list args;

    va_start(args, format);
    if (vsnprintf(text, sizeof text, format, args) < 0)
        text[0] = '\0';
    va_end(args);
    orm_fail(error, ORM_ERR_METADATA, number, "%.160s%s%.160s: %s", entity, property == NULL ? "" : ".",
             property == NULL ? "" : property, text);
    orm_fail_where(error, entity, property);
    return ORM_ERR_METADATA;
}

const char *orm_meta_hint(orm_arena *arena, const char *word, const char *const *words, size_t count)
{
    const char *nearest = orm_nearest_word(word, words, count);
    const char *hint = nearest == NULL ? NULL : orm_arena_printf(arena, "; did you mean \"%s\"?", nearest);

    return hint == NULL ? "" : hint;
}

orm_status orm_meta_check_identifier(orm_error *error, const char *entity, const char *property, const char *what,
                                     const char *name)
{
    size_t length = strlen(name);

    if (length == 0)
        return orm_meta_bad(error, entity, property, 210, "the %s has an empty name; leave it NULL for the default",
                            what);
    if (orm_utf8_valid_prefix(name, length) != length)
        return orm_meta_bad(error, entity, property, 211, "the name of the %s is not valid UTF-8", what);
    if (length > ORM_META_IDENTIFIER_SIZE)
        return orm_meta_bad(error, entity, property, 212,
                            "the name of the %s, \"%.80s\", has %zu bytes; identifiers have at most %d", what, name,
                            length, ORM_META_IDENTIFIER_SIZE);
    return ORM_OK;
}

const char *orm_meta_type_name(orm_type type)
{
    switch (type) {
    case ORM_TYPE_REFERENCE:
        return "a to-one relation";
    case ORM_TYPE_COLLECTION:
        return "a to-many relation";
    default:
        return orm_type_info_of(type)->name;
    }
}
