/*
 * case_order.h - cases in an order that does not depend on which worker was faster, so that reports can be compared.
 */
#ifndef CRDBCHECK_WRITERS_CASE_ORDER_H
#define CRDBCHECK_WRITERS_CASE_ORDER_H

#include "base/arena.h"
#include "reports/record/record.h"

/*
 * The record's cases by target (as in the header), preset, mode, feature and id; equal ones as they stand in the
 * record. The array lives in the arena. NULL when memory is out.
 */
const cc_record_case **cc_order_cases(orm_arena *arena, const cc_record *record);

/* The preset of the case: its own, else the record's. */
const char *cc_case_preset(const cc_record *record, const cc_record_case *item);

const cc_record_target *cc_case_target(const cc_record *record, const cc_record_case *item);

#endif
