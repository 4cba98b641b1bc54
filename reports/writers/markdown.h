/*
 * markdown.h - texts put into Markdown so that they show as they are: no markup, no HTML, no broken table.
 */
#ifndef CRDBCHECK_WRITERS_MARKDOWN_H
#define CRDBCHECK_WRITERS_MARKDOWN_H

#include "base/buffer.h"

/* Appends the text on one line with everything escaped that Markdown or HTML would take for its own. */
void cc_markdown_text(orm_buffer *out, const char *text);

/*
 * Appends the text on one line as code, cut after `limit` characters. An empty text gives nothing. Within tables a pipe
 * ends the cell even in code, so it is escaped there.
 */
void cc_markdown_code(orm_buffer *out, const char *text, size_t limit, bool in_table);

#endif
