/*
 * trace.h - the statements that a case sent, as liborm's log tells of them.
 *
 * All are counted. The first CC_TRACE_HEAD and the last CC_TRACE_TAIL are kept, so that a runaway case cannot eat the
 * memory of the run. A trace belongs to one thread.
 */
#ifndef CRDBCHECK_STEPS_TRACE_H
#define CRDBCHECK_STEPS_TRACE_H

#include "harness/steps/steps.h"

#define CC_TRACE_HEAD 1024
#define CC_TRACE_TAIL 50
#define CC_TRACE_TEXT 65536 /* bytes kept of one statement */

/* Forgets everything: a new case begins. */
void cc_trace_reset(cc_sql_trace *trace);

/* Statements since the case began. */
size_t cc_trace_count(const cc_sql_trace *trace);

/* Text of a statement by number from 0; NULL: it was not kept (too many, too long, or memory was out). */
const char *cc_trace_text(const cc_sql_trace *trace, size_t index);

/*
 * The statements for the record: head and tail of CC_TRACE_TAIL each, with a line on how many are left out between them;
 * texts are cut to 8 KiB. They are copied into the arena. Nothing at all when memory is out.
 */
const cc_record_sql *cc_trace_record(const cc_sql_trace *trace, orm_arena *arena, size_t *count);

#endif
