/*
 * json.h - values of column types as JSON, and JSON text read piece by piece.
 *
 * Numbers and booleans are bare; arrays are arrays; JSON stays as it is; everything else is a string in the type's text
 * format. A bigint and a decimal are strings, so that a reader that knows only doubles gets them right.
 */
#ifndef ORM_TYPES_JSON_H
#define ORM_TYPES_JSON_H

#include "types/codec.h"

/* Appends text as a JSON string with its quotes. */
void orm_json_append_string(orm_buffer *out, const char *text, size_t size);

/* Appends a slot's value; it must not be absent. `scratch` is for the types that are written in two steps. */
orm_status orm_json_append_value(orm_type type, const void *slot, orm_buffer *out, orm_buffer *scratch,
                                 orm_error *error);

/*
 * An object that is written member by member. A name with dots is a path: "geo.lat" opens an object `geo`, which stays
 * open as long as the names that follow begin with it.
 */
typedef struct orm_json_object {
    orm_buffer *out;
    const char *before; /* the name written last; borrowed */
    size_t      count;
} orm_json_object;
orm_json_object orm_json_object_begin(orm_buffer *out);
void            orm_json_object_name(orm_json_object *object, const char *path);
void            orm_json_object_end(orm_json_object *object);

/* A piece of valid JSON text. */
typedef struct orm_json {
    const char *at;
    const char *end;
} orm_json;

/* A whole text. ORM_ERR_CONVERSION when it is not valid JSON, with the place. */
orm_status orm_json_open(const char *text, size_t size, orm_json *out, orm_error *error);

/* '{', '[', '"', 't', 'f', 'n', or '0' for a number: what the value begins with. */
char orm_json_kind(const orm_json *value);

/*
 * Walks the members of an object, or the elements of an array: `walk` is the value itself at first. False at the end.
 * `key` is a string with its quotes and escapes; NULL for an array.
 */
typedef struct orm_json_walk {
    orm_json rest;
    bool     begun;
} orm_json_walk;
orm_json_walk orm_json_begin(const orm_json *container);
bool          orm_json_next(orm_json_walk *walk, orm_json *key, orm_json *value);

/* A string without quotes and escapes, in the arena. NULL when memory is out, or when it holds what no text can (\u0000). */
char *orm_json_text(const orm_json *string, orm_arena *arena, size_t *size);

/* Reads a value into a slot. ORM_ERR_CONVERSION when it is not one of the type; null is the caller's business. */
orm_status orm_json_read_value(const orm_json *value, orm_type type, orm_arena *arena, void *slot, orm_error *error);

#endif
