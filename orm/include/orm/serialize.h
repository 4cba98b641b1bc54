/*
 * serialize.h - entities as JSON text.
 */
#ifndef ORM_SERIALIZE_H
#define ORM_SERIALIZE_H

#include <orm/em.h>
#include <orm/find.h>

ORM_BEGIN_DECLS

typedef struct orm_json_options {
    /*
     * Relations to write as objects instead of keys: ORM_PATHS("author", "books.tags"), or ORM_PATHS("*") for all that
     * are loaded. Nothing is asked of the server: what is not loaded is written as its key, and a collection that was
     * not loaded is left out. An entity that is being written already is written as its key.
     */
    const char *const *populate;
    const char *const *exclude; /* properties to leave out: ORM_PATHS("password", "author.email") */
    bool               skip_null;
} orm_json_options;

/*
 * The entity as a JSON object with its properties' names: numbers and booleans bare, a bigint and a decimal as strings (a
 * reader that knows only doubles gets them right), dates and times in ISO 8601, UUIDs, bytes (in hexadecimal digits) and
 * enums as strings, JSON as it is, arrays as arrays, inline embeddables as objects. References are written as keys (those
 * of several parts as arrays), collections as arrays of keys. Properties that are .hidden, and those that a partial load left
 * out, are not written. Of a stub only the key is known.
 *
 * *out lives until orm_clear(). `options` may be NULL. A path that leads nowhere is a validation error.
 */
ORM_API orm_status orm_to_json(orm_em *em, const void *entity, const orm_json_options *options, const char **out);

/* The same for a list, as a JSON array. */
ORM_API orm_status orm_list_to_json(orm_em *em, const orm_list *list, const orm_json_options *options, const char **out);

ORM_END_DECLS

#endif
