/*
 * retry.h - when a transaction that failed runs again, and how long it waits before.
 */
#ifndef ORM_UNIT_RETRY_H
#define ORM_UNIT_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include <orm/transaction.h>

/*
 * Whether running it again can help. `status` is what the callback or the commit gave; `conflict` the last conflict that
 * the server reported in it, or ORM_OK: whoever passes over a conflict meets an aborted transaction later.
 */
bool orm_retry_helps(const orm_retry_policy *policy, orm_status status, orm_status conflict);

/*
 * Milliseconds to wait after attempt number `attempt` (from 1): doubled for each, bounded, then between half and all of
 * that as `random` says.
 */
uint64_t orm_retry_delay_ms(const orm_retry_policy *policy, unsigned attempt, uint64_t random);

/* Sleeps that long, whatever signals come. */
void orm_retry_sleep(uint64_t milliseconds);

/* Milliseconds of a clock that only goes forward. */
uint64_t orm_retry_clock_ms(void);

#endif
