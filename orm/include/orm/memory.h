/*
 * memory.h - where liborm takes its memory from.
 */
#ifndef ORM_MEMORY_H
#define ORM_MEMORY_H

#include <stddef.h>

#include <orm/common.h>

ORM_BEGIN_DECLS

/*
 * The functions that liborm allocates with. They have the meaning of malloc, realloc and free, get `context` as they
 * stand here, and are called from every thread that uses the library. NULL from `alloc` or `resize` is an ordinary
 * failure: the call that needed the memory ends with ORM_ERR_MEMORY and nothing is leaked.
 *
 * libpq allocates its own memory and does not use these.
 */
typedef struct orm_allocator {
    void *(*alloc)(void *context, size_t size);
    void *(*resize)(void *context, void *block, size_t size);
    void (*release)(void *context, void *block);
    void *context;
} orm_allocator;

ORM_END_DECLS

#endif
