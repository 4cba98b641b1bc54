/*
 * spec_private.h - what the files of spec/ share: the loader's state, and one function or two of each file.
 *
 * Nothing here stops at the first problem: a function that finds one adds it and goes on as well as it can.
 */
#ifndef CRDBCHECK_SPEC_PRIVATE_H
#define CRDBCHECK_SPEC_PRIVATE_H

#include <orm/orm.h>

#include "base/map.h"
#include "harness/spec/model.h"

/* A word of a closed vocabulary and what it stands for; a NULL text ends a table. */
typedef struct cc_word {
    const char *text;
    int         value;
} cc_word;

/*
 * orm_type; a many-to-one as ORM_TYPE_REFERENCE, a one-to-many as ORM_TYPE_COLLECTION, and these for the other relations:
 * cc_spec_type_of() tells them apart.
 */
enum { CC_TYPE_ONE_TO_ONE = ORM_TYPE_COUNT_, CC_TYPE_MANY_TO_MANY, CC_TYPE_COUNT_ };
extern const cc_word cc_property_types[];
extern const cc_word cc_cascades[];
extern const cc_word cc_reference_rules[]; /* orm_reference_rule */
extern const cc_word cc_isolations[];
extern const cc_word cc_strategies[];   /* orm_strategy */
extern const cc_word cc_directions[];   /* orm_direction */
extern const cc_word cc_protocols[];
typedef enum cc_generator { CC_GENERATE_NOTHING, CC_GENERATE_NOW, CC_GENERATE_UUID } cc_generator;
extern const cc_word cc_generators[];

typedef enum cc_custom { CC_CUSTOM_CENTS = 1, CC_CUSTOM_CSV } cc_custom;
extern const cc_word cc_custom_types[];
/* The type of a word of cc_custom_types (custom_types.c). */
const orm_custom_type *cc_custom_type_of(int word);
extern const cc_word cc_batches[];
extern const cc_word cc_platforms[]; /* value: what that platform asks of an outcome, CC_PLATFORM_... */

/* PostgreSQL is the yardstick: there a case works unless it says otherwise. CockroachDB is what is being found out. */
enum { CC_PLATFORM_WORKS_BY_DEFAULT, CC_PLATFORM_NEEDS_OUTCOME };

/* Keys of the maps of a case file, NULL-terminated; the loader and the JSON Schema read the same lists. */
extern const char *const cc_file_keys[];
extern const char *const cc_case_keys[];
extern const char *const cc_entity_keys[];
extern const char *const cc_embeddable_keys[];
extern const char *const cc_embeddable_required[];
extern const char *const cc_filter_keys[];
extern const char *const cc_index_keys[];
extern const char *const cc_index_required[];
extern const char *const cc_filter_required[];
extern const char *const cc_property_keys[];
extern const char *const cc_raw_keys[];
extern const char *const cc_outcome_keys[];
extern const char *const cc_fails_keys[];
extern const char *const cc_mode_keys[];
extern const char *const cc_hint_keys[]; /* of a populated relation */
extern const char *const cc_requires_keys[];
extern const char *const cc_sim_keys[];
extern const char *const cc_error_keys[];
/* Those of them that must be there. */
extern const char *const cc_file_required[];
extern const char *const cc_case_required[];
extern const char *const cc_property_required[];
extern const char *const cc_fails_required[];
extern const char *const cc_requires_required[];
extern const char *const cc_sim_required[];

/* Words in angle brackets that a matcher may be; the first two stand as they are. */
extern const char *const cc_matcher_marks[];

/* State of loading a suite; file-level members belong to the file under way. */
typedef struct cc_spec {
    orm_arena         *arena;
    cc_problems       *problems;
    const cc_features *features;
    const cc_step_def *steps;
    orm_map            case_ids; /* full id -> const cc_case */
    cc_file           *file;
    const cc_yaml     *root;
} cc_spec;

/* What a name of a case stands for. ANY: something went wrong before, or only the run knows. */
typedef enum cc_bound_kind {
    CC_BOUND_ANY,
    CC_BOUND_ENTITY,
    CC_BOUND_LIST,
    CC_BOUND_COLLECTION,
    CC_BOUND_ROWS,
    CC_BOUND_ROW,
    CC_BOUND_EMBEDDED, /* a value with members: `entity` is the embeddable */
    CC_BOUND_VALUE
} cc_bound_kind;

typedef struct cc_bound {
    const char       *name;
    cc_bound_kind     kind;
    const orm_entity *entity; /* of ENTITY and LIST; NULL where it is not known */
    size_t            since;  /* number of the step that binds it, see cc_case_loader.now: later steps see it */
    cc_place          place;
} cc_bound;

typedef struct cc_names {
    cc_bound *items;
    size_t    count;
    size_t    capacity;
} cc_names;

/* State of loading one case. */
typedef struct cc_case_loader {
    cc_spec  *spec;
    cc_case  *item;
    cc_names  names; /* of what was bound */
    cc_names  ems;   /* of entity managers */
    cc_step **steps; /* all steps in the order in which they stand, nested ones behind their parent */
    size_t    step_count;
    size_t    step_capacity;
    size_t    now;      /* number of the step under way in `steps`, counted from 1 */
    bool      of_filter; /* checking the condition of a filter: a reference is a parameter, a list too */
    bool      override; /* checking an outcome's other expectations: no new names */
} cc_case_loader;

/* ---- words.c ---- */
/* Zeroed memory of the suite; NULL (and noted among the problems) when memory is out. */
void *cc_spec_alloc(cc_spec *spec, size_t count, size_t size);
char *cc_spec_printf(cc_spec *spec, const char *format, ...) ORM_PRINTF(2, 3);
/* The texts of a vocabulary, NULL-terminated. */
const char *const *cc_spec_texts(cc_spec *spec, const cc_word *words);
/* A node that must be one of the words. */
bool cc_spec_word(cc_spec *spec, const cc_yaml *node, const char *what, const cc_word *words, int *out);
/* Looks a text up; false when it is none of the words. */
bool cc_word_named(const cc_word *words, const char *text, int *out);
/* Text of an optional key of a map; NULL when it is not there or wrong. An empty one is a problem. */
const char *cc_spec_text(cc_spec *spec, const cc_yaml *map, const char *key);
/* Adds the problem that a required key is missing; returns its node. */
const cc_yaml *cc_spec_required(cc_spec *spec, const cc_yaml *map, const char *key, const char *where);
/* Optional whole number of a map between two bounds; 0 when it is not there or wrong. */
unsigned cc_spec_number(cc_spec *spec, const cc_yaml *map, const char *key, unsigned from, unsigned to);
/* True for [A-Za-z_][A-Za-z0-9_]*. */
bool cc_is_name(const char *text);
/* True for [a-z0-9-]+. */
bool cc_is_id(const char *text);
/* Names of the kinds of error, as orm_status_name() gives them, NULL-terminated. */
const char *const *cc_spec_error_kinds(cc_spec *spec);
/* Five characters [0-9A-Z], quoted. */
bool cc_spec_sqlstate(cc_spec *spec, const cc_yaml *node, const char **out);

/* ---- key_help.c: what the schema and the reference page say about the keys above ---- */
typedef struct cc_key_help {
    const char *key;
    const char *help;
    const char *type; /* a type of JSON, or "#name" for a definition of the schema */
} cc_key_help;
/* NULL for a key that has none. */
const cc_key_help *cc_key_help_of(const char *key);

/* ---- files.c: the case files that the paths name, sorted, each once ---- */
typedef struct cc_path_list {
    const char **items;
    size_t       count;
    size_t       capacity;
} cc_path_list;
void cc_spec_find_files(cc_spec *spec, const char *const *paths, size_t path_count, cc_path_list *out);

/* ---- entities.c ---- */
void                cc_spec_entities(cc_spec *spec, const cc_yaml *node);
const orm_entity   *cc_spec_entity_named(const cc_file *file, const char *name);
const orm_property *cc_spec_property_named(const orm_entity *entity, const char *name);
void                cc_spec_unknown_property(cc_spec *spec, cc_place place, const orm_entity *entity, const char *name);
void                cc_spec_unknown_entity(cc_spec *spec, cc_place place, const char *name);

/* ---- embeddables.c ---- */
void              cc_spec_embeddables(cc_spec *spec, const cc_yaml *node);
const orm_entity *cc_spec_embeddable_named(const cc_file *file, const char *name);
void              cc_spec_unknown_embeddable(cc_spec *spec, cc_place place, const char *name);
const char       *cc_spec_prefix(cc_spec *spec, const cc_yaml *node); /* the key `prefix`, which may be "" */
/* ---- hierarchy.c: bases and known names of all entities, once all are there ---- */
void cc_spec_hierarchies(cc_spec *spec, cc_entity *const *all, const cc_yaml *entities);

/* ---- indexes.c: the key `uniques` or `indexes` of an entity that has its properties ---- */
const orm_index *cc_spec_indexes(cc_spec *spec, const orm_entity *entity, const cc_yaml *node, const char *key,
                                 size_t *count);

/* ---- filters.c: the key `filters` of an entity and of the file, and what steps say of filters ---- */
void cc_spec_filters(cc_spec *spec, orm_entity *entity, const cc_yaml *node);
void cc_spec_shared_filters(cc_spec *spec, const cc_yaml *map);
void cc_spec_known_filter(cc_case_loader *c, cc_place place, const char *name);
void cc_spec_filter_uses(cc_case_loader *c, const cc_yaml *map);
void cc_spec_params(cc_case_loader *c, const cc_yaml *map);

/* ---- property.c: one property, and the relations once all entities are there ---- */
void cc_spec_property(cc_spec *spec, const char *entity, const cc_yaml_entry *entry, orm_property *out);
/* The types that a key of a property is for, in words; NULL: all. */
const char *cc_spec_key_is_for(const char *key);
/* The type that liborm has for such a word, and the relation that it is. */
orm_type cc_spec_type_of(int word, orm_relation *relation);
/* The keys of a relation; type and relation are set. */
void cc_spec_relation(cc_spec *spec, const cc_yaml *node, orm_property *out);
void cc_spec_check_relation(cc_spec *spec, const orm_entity *entity, const orm_property *property, const cc_yaml *node);

/* ---- type_hint.c ---- */
/* What was probably meant by a name that is no type, ready for "did you mean ...?"; NULL: no idea. */
const char *cc_spec_type_hint(cc_spec *spec, const char *name);

/* ---- cases.c ---- */
void cc_spec_case(cc_spec *spec, const cc_yaml *node, cc_case *out);

/* ---- ids.c ---- */
void               cc_spec_case_id(cc_spec *spec, const cc_yaml *node, cc_case *out);
const char *const *cc_spec_claims(cc_spec *spec, const cc_yaml *node, const char *key);

/* ---- steps.c ---- */
/* All steps of a list. */
void cc_spec_step_list(cc_case_loader *c, const cc_yaml *list, cc_step ***out, size_t *count);
/*
 * Sorts what stands behind a step's name into the step's own keys and those of every step, both arrays of the tables'
 * lengths. False when the form is wrong. Unknown keys are reported, missing ones are not.
 */
bool   cc_spec_spread(cc_case_loader *c, const cc_step_def *def, cc_place place, const cc_yaml *value,
                      const cc_yaml **args, const cc_yaml **common);
size_t cc_key_count(const cc_key_def *keys);
/* True for the types of keys whose value is a map of names that the case file's author chose. */
bool cc_is_open_map(cc_arg_type type);

/* ---- args.c ---- */
/* Checks one value; `step` gives the entity. */
void cc_spec_arg(cc_case_loader *c, const cc_step *step, const cc_key_def *key, const cc_yaml *node);

/* A reference to an entity of another type than the relation's target would only be refused in the run. */
void cc_spec_fits_relation(cc_case_loader *c, const orm_property *property, const cc_yaml *node);

/* ---- find_args.c: what goes with a find ---- */
void cc_spec_paths(cc_case_loader *c, const orm_entity *entity, const cc_yaml *node);
void cc_spec_fields(cc_case_loader *c, const orm_entity *entity, const cc_yaml *node);
void cc_spec_order(cc_case_loader *c, const orm_entity *entity, const cc_yaml *node);
void cc_spec_hints(cc_case_loader *c, const orm_entity *entity, const cc_yaml *node);

/* ---- where.c ---- */
extern const char *const cc_where_words[]; /* all operators, NULL-terminated */
/* A condition in MikroORM's words about an entity (NULL: not known). `key` is its name in messages. */
void cc_spec_where(cc_case_loader *c, const orm_entity *entity, const char *key, const cc_yaml *node);

/* ---- names.c ---- */
void cc_spec_bind(cc_case_loader *c, cc_place place, const char *name, cc_bound_kind kind, const orm_entity *entity);
void cc_spec_new_em(cc_case_loader *c, const cc_yaml *node);
void cc_spec_known_em(cc_case_loader *c, const cc_yaml *node);
/* Follows "name", "name.property", "name[0].title", "name.length" to what it stands for. False after a problem. */
bool cc_spec_follow(cc_case_loader *c, cc_place place, const char *path, cc_bound *out);

/* ---- references.c ---- */
bool cc_is_reference(const char *text);
/* A text "${path}". */
bool cc_spec_reference(cc_case_loader *c, const cc_yaml *node, cc_bound *out);
/* "${path}" or "path", which must be an entity, or (`or_list`) a list of them. */
bool cc_spec_entity_reference(cc_case_loader *c, const cc_yaml *node, bool or_list, const orm_entity **out);
/* The same of a collection; *out is the entity of its items. */
bool cc_spec_collection_reference(cc_case_loader *c, const cc_yaml *node, const orm_entity **out);
/* Any value with references in it; and any matcher. */
void cc_spec_value(cc_case_loader *c, const cc_yaml *node);
void cc_spec_matcher(cc_case_loader *c, const cc_yaml *node);
/* A text or "/regex/". */
void cc_spec_text_matcher(cc_case_loader *c, const cc_yaml *node, const char *what);

/* ---- reference_format.c: the reference page up to the steps, ---- */
void cc_print_format_reference(cc_spec *spec, orm_buffer *out);

/* ---- outcome.c, override.c ---- */
void cc_spec_outcomes(cc_case_loader *c, const cc_yaml *node);
void cc_spec_overrides(cc_case_loader *c, const cc_yaml *node, cc_outcome *out);
/* The step of an id or, at the top level, of a number; NULL after a problem. */
const cc_step *cc_spec_step_named(cc_case_loader *c, cc_place place, const char *name);

/* ---- versions.c ---- */
bool cc_spec_versions(cc_spec *spec, const cc_yaml *node, cc_versions *out);
bool cc_versions_overlap(const cc_versions *a, const cc_versions *b);

/* ---- modes.c, isolation.c, conditions.c ---- */
void cc_spec_modes(cc_spec *spec, const cc_yaml *node);
void cc_spec_isolation(cc_case_loader *c, const cc_yaml *node);
void cc_spec_requires(cc_spec *spec, const cc_yaml *node, cc_case *out);
void cc_spec_simulation(cc_spec *spec, const cc_yaml *node, cc_case *out);

#endif
