#include "base/text.h"
#include "driver/driver_private.h"

orm_status orm_interrupt_init(orm_interrupt *interrupt, orm_error *error)
{
    *interrupt = (orm_interrupt){ .wake = NULL };
    atomic_init(&interrupt->requested, false);
    return pthread_mutex_init(&interrupt->lock, NULL) == 0 ? ORM_OK : orm_fail_memory(error);
}

void orm_interrupt_destroy(orm_interrupt *interrupt)
{
    pthread_mutex_destroy(&interrupt->lock);
}

void orm_interrupt_request(orm_interrupt *interrupt)
{
    /* The flag first: who is about to sleep looks at it after having said how to wake it. */
    pthread_mutex_lock(&interrupt->lock);
    atomic_store(&interrupt->requested, true);
    if (interrupt->wake != NULL)
        interrupt->wake(interrupt->sleeper);
    pthread_mutex_unlock(&interrupt->lock);
}

void orm_interrupt_clear(orm_interrupt *interrupt)
{
    atomic_store(&interrupt->requested, false);
}

bool orm_interrupt_requested(const orm_interrupt *interrupt)
{
    return interrupt != NULL && atomic_load(&interrupt->requested);
}

void orm_interrupt_sleep(orm_interrupt *interrupt, orm_wake_fn wake, void *sleeper)
{
    if (interrupt == NULL)
        return;
    pthread_mutex_lock(&interrupt->lock);
    interrupt->wake = wake;
    interrupt->sleeper = sleeper;
    pthread_mutex_unlock(&interrupt->lock);
}

void orm_interrupt_set_deadline(orm_interrupt *interrupt, unsigned milliseconds)
{
    interrupt->deadline_ms = milliseconds;
    interrupt->deadline = milliseconds == 0 ? 0 : orm_clock_ns() + milliseconds * ORM_NS_PER_MS;
}
