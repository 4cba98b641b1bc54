/*
 * matrix.h - the claims of the page (features.yaml), and what run records say about them.
 *
 * A verdict rests on what happened in the cases that prove a claim, never on what they expected. Simulated evidence,
 * presets other than `mikroorm` and servers of another platform than the page's get columns, but decide nothing.
 */
#ifndef CRDBCHECK_MATRIX_MATRIX_H
#define CRDBCHECK_MATRIX_MATRIX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "reports/record/record.h"
#include "yaml/yaml.h"

typedef enum cc_says { CC_SAYS_WORKS, CC_SAYS_FAILS, CC_SAYS_LIMITED, CC_SAYS_CLIENT } cc_says;

typedef struct cc_feature cc_feature;

typedef struct cc_claim {
    const char       *id;
    const char       *text; /* the claim in our own words */
    cc_says           says;
    const char       *section; /* id of a section */
    const char       *row;     /* name of the row in the page's table; NULL for other claims */
    const cc_feature *feature;
    cc_place          place;
} cc_claim;

struct cc_feature {
    const char *id;
    const char *title;
    cc_claim   *claims;
    size_t      claim_count;
    cc_place    place;
};

typedef struct cc_section {
    const char *id;
    const char *title; /* as a heading of the page */
} cc_section;

typedef struct cc_features {
    const char      *page;     /* title of the page */
    const char      *platform; /* the platform that it is about, as in cc_record_target.platform */
    cc_section      *sections; /* in the page's order */
    size_t           section_count;
    cc_feature      *features;
    size_t           feature_count;
    const cc_claim **claims; /* all of them, in the page's order */
    size_t           claim_count;
} cc_features;

/* Loads features.yaml; NULL when it has problems. Closed vocabularies, unique ids, no claim without a text. */
cc_features      *cc_features_load(orm_arena *arena, const char *path, cc_problems *problems);
const cc_feature *cc_feature_named(const cc_features *features, const char *id);
const cc_claim   *cc_claim_named(const cc_features *features, const char *id);

typedef enum cc_verdict {
    CC_VERDICT_NOT_CHECKED,
    CC_VERDICT_CONFIRMED,
    CC_VERDICT_CONTRADICTED,
    CC_VERDICT_PARTLY,
    CC_VERDICT_NOT_APPLICABLE
} cc_verdict;

const char *cc_verdict_name(cc_verdict verdict); /* "not checked", ... */
const char *cc_says_name(cc_says says);

/* One column: one target (with its version) and preset of one record. A case in several modes counts for each. */
typedef struct cc_column {
    const char             *title; /* "PostgreSQL 15.18", "CockroachDB 24.3.1 (simulated)", ", native" appended */
    const cc_record        *record;
    const cc_record_target *target;
    const char             *preset;
    bool                    simulated; /* the target, or one of its cases */
    bool                    reference; /* another platform than the page's: shows what the page compares with */
    bool                    decides;   /* neither of these, and preset mikroorm: its verdicts are about the page */
} cc_column;

typedef struct cc_cell {
    cc_verdict             verdict;
    size_t                 worked;
    size_t                 failed;
    size_t                 broke;   /* error, timeout, crash: while there is one, the claim is not checked */
    size_t                 not_run; /* skipped or not run: as if they were not there */
    size_t                 unknown; /* of all these, those whose outcome is still to be settled */
    const cc_record_case **cases;   /* the proving ones, in the record's order */
    size_t                 case_count;
} cc_cell;

typedef struct cc_matrix {
    const cc_features *features;
    cc_column         *columns;
    size_t             column_count;
    cc_cell          **cells;      /* cells[claim][column], claims as in features->claims */
    bool               incomplete; /* a record has no footer */
} cc_matrix;

/* Lives in the arena and points into the records. NULL when memory is out. */
cc_matrix *cc_matrix_make(orm_arena *arena, const cc_features *features, const cc_record *const *records,
                          size_t record_count);

/*
 * True where a cell's verdict is one about the page. On a server of another platform, and on a simulation, what happened
 * neither confirms nor contradicts it: there only "works" and "fails" are said. What is true of JavaScript alone is not
 * applicable anywhere.
 */
bool cc_verdict_applies(const cc_claim *claim, const cc_column *column);

/* The number of claims of a column with the verdict, as far as verdicts apply there. */
size_t cc_matrix_count(const cc_matrix *matrix, size_t column, cc_verdict verdict);

/*
 * The verdict alone, from how many proving cases worked, failed, and broke:
 *   none worked or failed, or one broke   not checked
 *   says works    all worked: confirmed; none: contradicted; else partly
 *   says fails    all failed: confirmed; none: contradicted; else partly
 *   says limited  some worked and some failed: confirmed; else contradicted
 *   says client   not applicable
 */
cc_verdict cc_verdict_of(cc_says says, size_t worked, size_t failed, size_t broke);

#endif
