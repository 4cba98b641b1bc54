/*
 * matrix_markdown_private.h - the two halves of the Markdown matrix: claims, and the cases that need a look.
 */
#ifndef CRDBCHECK_WRITERS_MATRIX_MARKDOWN_PRIVATE_H
#define CRDBCHECK_WRITERS_MATRIX_MARKDOWN_PRIVATE_H

#include "matrix/matrix.h"

/* Lists of the cases that are not a pass, are to be settled, were skipped or not run. False when memory is out. */
bool cc_markdown_case_lists(orm_buffer *out, const cc_matrix *matrix);

#endif
