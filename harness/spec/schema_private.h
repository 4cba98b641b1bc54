/*
 * schema_private.h - what the two halves of the JSON Schema's printer share.
 *
 * Building with jansson fails only when memory is out. A call that gets NULL passes it on, so the end result is NULL
 * whatever failed, and one check there is enough.
 */
#ifndef CRDBCHECK_SPEC_SCHEMA_PRIVATE_H
#define CRDBCHECK_SPEC_SCHEMA_PRIVATE_H

#include <jansson.h>

#include "harness/spec/spec_private.h"

/* Sets a key, takes the value; NULL object or value gives NULL, and what was left is freed. Returns the object. */
json_t *cc_json_with(json_t *object, const char *key, json_t *value);
/* {"enum": [...]} of a NULL-terminated list. */
json_t *cc_json_words(const char *const *words);
/* {"$ref": "#/$defs/NAME"} */
json_t *cc_json_ref(const char *name);
/* {"type": NAME, "description": help}; help may be NULL. */
json_t *cc_json_type(const char *type, const char *help);
/* {"type": "array", "items": items} */
json_t *cc_json_list(json_t *items);
/* {"type": "object", "properties": properties, "additionalProperties": others (NULL: false)} */
json_t *cc_json_object(json_t *properties, json_t *others);
/* {"type": "object", "propertyNames": {"pattern": ...}, "additionalProperties": values} */
json_t *cc_json_named(const char *pattern, json_t *values);
/* {"anyOf": [first, second]} */
json_t *cc_json_either(json_t *first, json_t *second);

/* The schema of one step in a list, of the whole table. */
json_t *cc_json_steps(const cc_step_def *steps);
/* Adds definitions that steps refer to: matcher, sqlstate, error, ... */
json_t *cc_json_step_defs(json_t *defs, const char *const *error_kinds);

#endif
