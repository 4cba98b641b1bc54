/*
 * step_def.h - what a step is, as data. One table (harness/steps) describes every step: the loader checks case files by
 * it, and the JSON Schema, the reference page and the completions are printed from it.
 */
#ifndef CRDBCHECK_SPEC_STEP_DEF_H
#define CRDBCHECK_SPEC_STEP_DEF_H

#include <stdbool.h>
#include <stddef.h>

#include "yaml/yaml.h"

/* What may stand behind a key of a step. The loader checks all of it before anything runs. */
typedef enum cc_arg_type {
    CC_ARG_TEXT,    /* a string */
    CC_ARG_INT,     /* a whole number, not negative */
    CC_ARG_BOOL,
    CC_ARG_WORD,    /* one of `words` */
    CC_ARG_BIND,    /* a new name that later steps refer to; see `yields` */
    CC_ARG_EM,      /* name of an entity manager: one that a `fork` step made, or "main" */
    CC_ARG_NEW_EM,  /* a new name of an entity manager */
    CC_ARG_ENTITY,  /* name of an entity of the file */
    CC_ARG_REF,     /* "${name}" or "name" of an entity that was bound */
    CC_ARG_REFS,    /* the same, or of a list of entities */
    CC_ARG_COLLECTION, /* "${ann.books}": a to-many property of an entity that was bound; the step is about its items */
    CC_ARG_ITEMS,   /* list of "${name}" of entities of the step's type */
    CC_ARG_DATA,    /* map: property of the step's entity -> value; "${a}" and "${a.id}" are references */
    CC_ARG_DATA_LIST, /* list of such maps */
    CC_ARG_WHERE,   /* map as DATA with conditions, or a scalar: the primary key */
    CC_ARG_PATHS,   /* list of populate paths of the step's entity; one string is a list of one */
    CC_ARG_FIELDS,  /* list of paths of properties of the step's entity; one string is a list of one */
    CC_ARG_ORDER,   /* map: property -> asc | desc, relation -> such a map */
    CC_ARG_HINTS,   /* map: populate path -> map of strategy, order, limit, offset */
    CC_ARG_FILTER,  /* name of a filter of the file */
    CC_ARG_FILTERS, /* map: filter -> true, false or a map of parameters */
    CC_ARG_PARAMS,  /* map: parameter of a filter -> value */
    CC_ARG_EXPECT,  /* map: path that begins with a bound name -> matcher */
    CC_ARG_VALUES,  /* list of scalars: parameters of raw SQL */
    CC_ARG_ROWS,    /* list of rows, each a list of matchers */
    CC_ARG_STEPS,   /* list of steps, run inside this one */
    CC_ARG_MATCHER, /* any value, "<any>", "<uuid>", "/regex/", "<bind:name>" */
    CC_ARG_TEXTS,   /* list of strings or "/regex/"; one string is a list of one */
    CC_ARG_ERROR    /* map: kind, sqlstate, message, constraint, entity, property: matchers of an expected error */
} cc_arg_type;

typedef enum cc_yields { CC_YIELDS_NOTHING, CC_YIELDS_ENTITY, CC_YIELDS_LIST, CC_YIELDS_ROWS } cc_yields;

typedef struct cc_key_def {
    const char        *name; /* NULL ends a table */
    cc_arg_type        type;
    bool               required;
    const char *const *words; /* WORD: NULL-terminated */
    const char        *help;  /* one line */
    bool               expects; /* an expectation: an outcome `differs` may give another */
} cc_key_def;

struct cc_step;
struct cc_context;

/* What became of a step. */
typedef enum cc_step_status {
    CC_STEP_OK,
    CC_STEP_REFUSED,  /* liborm or the server gave an error: it is in the context */
    CC_STEP_MISMATCH, /* it ran, and an expectation of the step does not hold */
    CC_STEP_THROWN,   /* a deliberate `throw` on its way to the enclosing `transactional` */
    CC_STEP_BROKEN    /* the harness or the case is at fault */
} cc_step_status;

typedef struct cc_step_def {
    const char       *name; /* NULL ends the table */
    const char       *help; /* one line */
    const cc_key_def *keys; /* the step's own; those of every step are in cc_common_keys() */
    /*
     * `flush: main` means `flush: {em: main}`; NULL: the step wants a map. Where the short key is itself a map (EXPECT,
     * DATA, WHERE, ORDER), its entries may stand among the step's keys: `expect: {ann.name: Ann, queries: 0}`.
     */
    const char       *short_key;
    bool              bare;      /* may stand alone as a word: `- flush` */
    cc_yields         yields;    /* what its BIND key names */
    bool              changes_schema; /* then the case needs isolation: case */
    bool              checks;    /* it only compares: it is where an outcome `differs` gives other expectations */
    cc_step_status (*run)(struct cc_context *context, const struct cc_step *step);
} cc_step_def;

/* id, error, queries, sql_sent: keys that every step may have. */
const cc_key_def *cc_common_keys(void);

#endif
