#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>

#include "base/text.h"

/* One call of the system serves this many UUIDs; up to 256 bytes getrandom() neither blocks nor returns less. */
#define BLOCK_SIZE ((size_t)256)

/*
 * The one mutable state of this library that is not the caller's. It belongs to a thread, so it needs no lock, and it
 * cannot be told from fresh random bytes: a caller sees no difference but speed.
 */
typedef struct block {
    unsigned char bytes[BLOCK_SIZE];
    size_t        left; /* unused bytes, at the end */
} block;

static _Thread_local block pool;

static pthread_once_t fork_guard = PTHREAD_ONCE_INIT;
static bool           fork_is_guarded;

/* The thread that called fork() is the child's only one, and this runs in it: no other block survives into the child. */
static void forget_in_child(void)
{
    explicit_bzero(&pool, sizeof pool);
}

static void guard_fork(void)
{
    fork_is_guarded = pthread_atfork(NULL, NULL, forget_in_child) == 0;
}

static bool from_system(unsigned char *out, size_t size)
{
    while (size > 0) {
        ssize_t got = getrandom(out, size, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        out += got;
        size -= (size_t)got;
    }
    return true;
}

bool orm_random_bytes(void *out, size_t size)
{
    unsigned char *next;

    if (size > BLOCK_SIZE || pthread_once(&fork_guard, guard_fork) != 0 || !fork_is_guarded)
        return from_system(out, size);
    if (pool.left < size) {
        pool.left = 0;
        if (!from_system(pool.bytes, BLOCK_SIZE))
            return false;
        pool.left = BLOCK_SIZE;
    }
    if (size == 0)
        return true;
    /* Bytes handed out are wiped: a later look into this memory does not give away keys. */
    next = pool.bytes + (BLOCK_SIZE - pool.left);
    memcpy(out, next, size);
    explicit_bzero(next, size);
    pool.left -= size;
    return true;
}
