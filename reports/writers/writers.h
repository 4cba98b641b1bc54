/*
 * writers.h - reports made from run records. Files are written to a temporary name and renamed, so that a report is
 * whole or absent. Text that comes from servers and case files is made harmless for each format.
 */
#ifndef CRDBCHECK_WRITERS_WRITERS_H
#define CRDBCHECK_WRITERS_WRITERS_H

#include <stdio.h>

#include "matrix/matrix.h"
#include "reports/record/record.h"

/* JUnit XML: one suite for each target, mode and feature. */
orm_status cc_write_junit(const cc_record *record, const char *path, orm_error *error);

/* The Markdown matrix: summary, claims by section with a column for each target, lists of what is not a pass. */
orm_status cc_write_matrix_markdown(const cc_matrix *matrix, const char *path, orm_error *error);

/* How the console shows things. */
typedef struct cc_console_style {
    bool colour;
    bool verbose; /* every statement of cases that are not a pass */
} cc_console_style;

/* True for a terminal that obeys colours and rewritten lines: not one with TERM=dumb, as in editors. */
bool cc_console_obeys(FILE *out);

/* One case that is not a pass: what was expected and got, SQL, error, place, the command to repeat it. */
void cc_console_case(FILE *out, const cc_record_case *item, const cc_console_style *style);

/*
 * The last lines: cases that are not a pass by name, counts by status and target, how much of the page is covered (left
 * out when `matrix` is NULL).
 */
void cc_console_summary(FILE *out, const cc_record *record, const cc_matrix *matrix, const cc_console_style *style);

#endif
