/*
 * yaml.h - YAML files as a tree of typed nodes, each with its file, line and column, and a list of problems that collects
 * everything that is wrong instead of stopping at the first.
 *
 * Scalars follow YAML 1.2's core schema: `no`, `on` and `yes` are strings, 0o17 and 0x1F are numbers, everything in quotes
 * is a string. Data only: files over a sane size, unknown tags, duplicate keys, aliases that multiply, invalid UTF-8, NULs
 * and nesting deeper than CC_YAML_DEPTH are problems. Several documents in one file are a problem.
 */
#ifndef CRDBCHECK_YAML_YAML_H
#define CRDBCHECK_YAML_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#define CC_YAML_FILE_LIMIT ((size_t)4 << 20)
#define CC_YAML_DEPTH 64
#define CC_YAML_NODES 200000 /* after aliases are followed */

/* Where something stands; line and column count from 1. line 0: the file as a whole. */
typedef struct cc_place {
    const char *file;
    unsigned    line;
    unsigned    column;
} cc_place;

typedef struct cc_problem {
    cc_place    place;
    const char *message;
} cc_problem;

/* Problems in the order in which they were found. Lives in its arena. */
typedef struct cc_problems {
    orm_arena  *arena;
    cc_problem *items;
    size_t      count;
    size_t      capacity;
    bool        out_of_memory;
} cc_problems;

void cc_problems_init(cc_problems *problems, orm_arena *arena);
/* The message is kept as one line without control characters; a very long one is cut. */
void cc_problem_add(cc_problems *problems, cc_place place, const char *format, ...) ORM_PRINTF(3, 4);
/* By file, line and column; what was found twice at the same place stays once. */
void cc_problems_sort(cc_problems *problems);

typedef enum cc_yaml_kind {
    CC_YAML_NULL,
    CC_YAML_BOOL,
    CC_YAML_INT,
    CC_YAML_FLOAT,
    CC_YAML_STRING,
    CC_YAML_LIST,
    CC_YAML_MAP
} cc_yaml_kind;

typedef struct cc_yaml cc_yaml;

typedef struct cc_yaml_entry {
    const char *key; /* keys are strings */
    cc_place    place;
    cc_yaml    *value;
} cc_yaml_entry;

/* One node; all of it lives in the arena that it was loaded into and is not changed afterwards. */
struct cc_yaml {
    cc_yaml_kind kind;
    cc_place     place;
    const char  *text;   /* scalars: the text as it stands in the file (unquoted), NUL-terminated */
    bool         quoted; /* scalars: quoted or a block, so surely meant as a string */
    union {
        bool    boolean;
        int64_t integer; /* a number that does not fit 64 bits is a problem that says to quote it */
        double  real;
    } as;
    cc_yaml      **items; /* LIST */
    cc_yaml_entry *entries; /* MAP, in the order of the file */
    size_t         count;   /* of items or entries */
};

/* NULL when there was a problem; what could be found out is in `problems`. An empty file is a NULL-kind node. */
cc_yaml *cc_yaml_load_file(orm_arena *arena, const char *path, cc_problems *problems);
/* `name` stands for the file in places. */
cc_yaml *cc_yaml_load_text(orm_arena *arena, const char *name, const char *text, size_t size, cc_problems *problems);

/* Value of a key; NULL when the node is no map or has no such key. */
const cc_yaml *cc_yaml_get(const cc_yaml *map, const char *key);

/* "a string", "a list", ... for messages. */
const char *cc_yaml_kind_name(cc_yaml_kind kind);

/*
 * Readers with a check: they add a problem and return false when the node is of another kind. `what` names the thing in
 * the message ("key 'name'"). A number, boolean or null where a string is wanted gets the hint to quote it.
 */
bool cc_yaml_want_string(const cc_yaml *node, const char *what, const char **out, cc_problems *problems);
bool cc_yaml_want_int(const cc_yaml *node, const char *what, int64_t *out, cc_problems *problems);
bool cc_yaml_want_bool(const cc_yaml *node, const char *what, bool *out, cc_problems *problems);
bool cc_yaml_want_list(const cc_yaml *node, const char *what, cc_problems *problems);
bool cc_yaml_want_map(const cc_yaml *node, const char *what, cc_problems *problems);

/*
 * Adds a problem "unknown key 'word' of WHAT" for every key of the map that is not among `keys` (NULL-terminated), with
 * the nearest right one: `what` is "a case", "the file", ... True when there is none.
 */
bool cc_yaml_check_keys(const cc_yaml *map, const char *what, const char *const *keys, cc_problems *problems);
/* Adds the problem "unknown WHAT 'word'", with the nearest of `words` (NULL-terminated), or all where they are few. */
void cc_yaml_unknown_word(cc_place place, const char *what, const char *word, const char *const *words,
                          cc_problems *problems);
/* The same with "of OWNER" behind the word; `owner` may be NULL. */
void cc_yaml_unknown_word_of(cc_place place, const char *what, const char *word, const char *owner,
                             const char *const *words, cc_problems *problems);

#endif
