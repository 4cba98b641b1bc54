/*
 * model.h - case files after loading: typed, checked, ready to run. Read-only; lives in the loader's arena.
 */
#ifndef CRDBCHECK_SPEC_MODEL_H
#define CRDBCHECK_SPEC_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include <orm/config.h>
#include <orm/entity.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "harness/spec/step_def.h"
#include "matrix/matrix.h"
#include "yaml/yaml.h"

/* An entity of a case file. Its descriptor comes first, so that each descriptor of such a file is one of these. */
typedef struct cc_entity {
    orm_entity           entity;
    const orm_entity    *base; /* NULL: it extends none */
    const orm_property **properties; /* what it inherits, then its own ... */
    size_t               property_count;
    size_t               all_count; /* ... and behind these, what only entities that extend it have */
} cc_entity;

const cc_entity *cc_entity_of(const orm_entity *entity);
/* Also one that only entities have that extend it: a find may give those. NULL: there is none. */
const orm_property *cc_entity_property(const orm_entity *entity, const char *name);
/* What every entity has in references, "${dog.entity_name}", unless a property of its own has the name. */
extern const char *const cc_entity_name;
/* Whether it is the named entity, or extends it. */
bool cc_entity_is_a(const orm_entity *entity, const char *name);

typedef struct cc_step {
    const cc_step_def *def;
    cc_place           place;
    const char        *id;     /* of the `id` key, or NULL */
    size_t             number; /* counted from 1 in the list it stands in */
    const cc_yaml    **args;   /* by index in def->keys: the node, or NULL when it was not given */
    const cc_yaml    **common; /* by index in cc_common_keys() */
    struct cc_step   **steps;  /* of the STEPS key */
    size_t             step_count;
    const orm_entity  *entity; /* of the ENTITY key, or of the reference's entity where that is known; or NULL */
} cc_step;

/* The node of a key of this step by name, own or common; NULL when it was not given. */
const cc_yaml *cc_step_arg(const cc_step *step, const char *key);

/* A half-open range of server versions: from <= v < below. Missing bounds are INT_MAX-wide. */
typedef struct cc_versions {
    const char *text; /* as written, or NULL for all */
    int         from_major, from_minor;
    int         below_major, below_minor;
} cc_versions;

bool cc_versions_contain(const cc_versions *versions, int major, int minor);

typedef enum cc_outcome_kind {
    CC_OUTCOME_WORKS,
    CC_OUTCOME_FAILS,
    CC_OUTCOME_DIFFERS,
    CC_OUTCOME_UNKNOWN
} cc_outcome_kind;

/*
 * Other expectations for one step, in an outcome `differs`: its keys replace those of the step. Entries of an EXPECT
 * map replace entries: the map here is the step's with the others laid over it.
 */
typedef struct cc_override {
    const cc_step  *step;
    const cc_yaml **args; /* as cc_step.args; NULL entries keep the step's own */
    const cc_yaml **common;
} cc_override;

typedef struct cc_outcome {
    const char     *platform; /* "postgres" or "cockroach" */
    cc_versions     versions;
    cc_outcome_kind kind;
    const char     *source; /* NULL only where none is needed */
    const char     *reason; /* of fails and differs; of unknown: why */
    const cc_step  *at;     /* fails: the step that must fail */
    const char     *sqlstate; /* fails: NULL when not given */
    const cc_yaml  *message;  /* fails: matcher, or NULL */
    cc_override    *overrides; /* differs */
    size_t          override_count;
    cc_place        place;
} cc_outcome;

typedef enum cc_isolation { CC_ISOLATION_FILE, CC_ISOLATION_CASE } cc_isolation;

typedef struct cc_file cc_file;

typedef struct cc_case {
    const cc_file *file;
    cc_place       place;
    const char    *id;   /* "upsert/updates-by-unique" */
    const char    *name;
    const char *const *proves; /* claim ids, NULL-terminated */
    const char *const *touches;
    cc_outcome    *outcomes;
    size_t         outcome_count;
    cc_step      **steps;
    size_t         step_count;
    cc_isolation   isolation; /* `case` as soon as a step changes the schema */
    const char    *requires_platform; /* NULL: any */
    cc_versions    requires_versions;
    const char    *requires_reason;
    bool           no_simulation;
    const char    *no_simulation_reason;
    unsigned       timeout_s; /* 0: the run's default */
} cc_case;

/* Settings of liborm under which a file is run again. Members are ..._DEFAULT or 0 where the mode does not say. */
typedef struct cc_mode {
    const char  *name;
    orm_protocol protocol;
    orm_batch    batch;
    unsigned     batch_size;
    orm_strategy strategy;
} cc_mode;

struct cc_file {
    const char        *path;
    const cc_feature  *feature;
    const orm_entity **entities; /* NULL-terminated; size 0: laid out by orm_open() */
    size_t             entity_count;
    const orm_entity **embeddables; /* NULL-terminated */
    size_t             embeddable_count;
    const orm_filter  *filters; /* for several entities */
    size_t             filter_count;
    cc_mode           *modes; /* none: run once, as the run's settings are */
    size_t             mode_count;
    cc_case           *cases;
    size_t             case_count;
};

typedef struct cc_suite {
    cc_file **files; /* sorted by path */
    size_t    file_count;
    size_t    case_count;
} cc_suite;

/* The platforms that a case can name outcomes for, by position from 0; NULL behind the last. */
const char *cc_outcome_platform(size_t position);

/* The outcome that holds for a platform and version; NULL: none given (PostgreSQL: works; CockroachDB: unknown). */
const cc_outcome *cc_outcome_for(const cc_case *item, const char *platform, int major, int minor);

/*
 * Loads files and folders (every *.yaml below them). All problems of all files are collected; NULL when there is any.
 * `steps` is the table of steps, ended by a NULL name.
 */
cc_suite *cc_suite_load(orm_arena *arena, const char *const *paths, size_t path_count, const cc_features *features,
                        const cc_step_def *steps, cc_problems *problems);

/* JSON Schema (draft 2020-12) of case files for editors, made from the same tables; the reference page of case files. */
orm_status cc_print_json_schema(const cc_features *features, const cc_step_def *steps, orm_buffer *out);
orm_status cc_print_step_reference(const cc_step_def *steps, orm_buffer *out);

/*
 * Claims without a proving case and the like: what is not wrong with one file but with the whole. For `validate`.
 */
void cc_suite_lint(const cc_suite *suite, const cc_features *features, cc_problems *problems);

#endif
