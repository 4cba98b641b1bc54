/*
 * coverage.h - how much of the page the cases speak of.
 */
#ifndef CRDBCHECK_WRITERS_COVERAGE_H
#define CRDBCHECK_WRITERS_COVERAGE_H

#include "matrix/matrix.h"

typedef struct cc_coverage {
    size_t claims;    /* of the page */
    size_t client;    /* of these, true only of the client: no server can decide them */
    size_t decidable; /* the others */
    size_t run;       /* decidable ones with a proving case that ran to its end in some column */
    size_t decided;   /* decidable ones with a verdict in a column that decides */
    size_t deciding_columns;
} cc_coverage;

cc_coverage cc_coverage_of(const cc_matrix *matrix);

#endif
