/*
 * matrix_markdown_private.h - the parts of the Markdown matrix beside its claims.
 */
#ifndef CRDBCHECK_WRITERS_MATRIX_MARKDOWN_PRIVATE_H
#define CRDBCHECK_WRITERS_MATRIX_MARKDOWN_PRIVATE_H

#include "matrix/matrix.h"

/* Lists of the cases that are not a pass, are to be settled, were skipped or not run. False when memory is out. */
bool cc_markdown_case_lists(orm_buffer *out, const cc_matrix *matrix);

/* Of each simulation that a run started: how many rules of its profile the cases used, and which none did. */
void cc_markdown_rules(orm_buffer *out, const cc_matrix *matrix);

#endif
