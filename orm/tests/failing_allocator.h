/*
 * failing_allocator.h - for tests: an allocator whose n-th allocation fails, and that counts what is still held.
 */
#ifndef ORM_TESTS_FAILING_ALLOCATOR_H
#define ORM_TESTS_FAILING_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include <orm/memory.h>

typedef struct failing_allocator {
    orm_allocator functions;
    size_t        fail_at; /* the number, from 1, of the allocation that fails; 0: none */
    size_t        calls;
    size_t        held; /* blocks not given back */
} failing_allocator;

static inline void *failing_alloc(void *context, size_t size)
{
    failing_allocator *a = context;
    void              *block = ++a->calls == a->fail_at ? NULL : malloc(size);

    a->held += block != NULL;
    return block;
}

static inline void *failing_resize(void *context, void *block, size_t size)
{
    failing_allocator *a = context;
    bool               is_new = block == NULL;
    void              *resized = ++a->calls == a->fail_at ? NULL : realloc(block, size);

    a->held += is_new && resized != NULL;
    return resized;
}

static inline void failing_release(void *context, void *block)
{
    failing_allocator *a = context;

    a->held -= block != NULL;
    free(block);
}

/* `a` must stay where it is as long as it is used. */
static inline const orm_allocator *failing_allocator_init(failing_allocator *a, size_t fail_at)
{
    *a = (failing_allocator){ .fail_at = fail_at };
    a->functions =
        (orm_allocator){ .alloc = failing_alloc, .resize = failing_resize, .release = failing_release, .context = a };
    return &a->functions;
}

#endif
