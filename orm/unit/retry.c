#include "unit/retry.h"

#include <errno.h>
#include <time.h>

#define FIRST_DELAY_MS 10u
#define MAX_DELAY_MS 1000u

bool orm_retry_helps(const orm_retry_policy *policy, orm_status status, orm_status conflict)
{
    if (status == ORM_ERR_TRANSACTION_ABORTED)
        status = conflict;
    return status == ORM_ERR_SERIALIZATION || (status == ORM_ERR_DEADLOCK && policy->deadlocks);
}

uint64_t orm_retry_delay_ms(const orm_retry_policy *policy, unsigned attempt, uint64_t random)
{
    uint64_t delay = policy->first_delay_ms != 0 ? policy->first_delay_ms : FIRST_DELAY_MS;
    uint64_t most = policy->max_delay_ms != 0 ? policy->max_delay_ms : MAX_DELAY_MS;

    for (unsigned i = 1; i < attempt && delay < most; i++)
        delay *= 2;
    if (delay > most)
        delay = most;
    return delay - random % (delay / 2 + 1);
}

void orm_retry_sleep(uint64_t milliseconds)
{
    struct timespec left = { .tv_sec = (time_t)(milliseconds / 1000),
                             .tv_nsec = (long)(milliseconds % 1000) * 1000000L };

    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

uint64_t orm_retry_clock_ms(void)
{
    struct timespec now = { .tv_sec = 0 };

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}
