/*
 * arena.h - memory with a named lifetime.
 *
 * An arena hands out memory that is given back all at once, when the arena is reset or freed. Arenas form a tree:
 * freeing one frees its children first. Foreign resources (a PGresult, a file) hang on an arena by a callback, so that
 * every way out releases them. With ORM_ARENA_DEBUG every object is a malloc of its own, so that AddressSanitizer and
 * valgrind see each overrun and each use after reset.
 *
 * An arena belongs to one thread at a time.
 */
#ifndef ORM_BASE_ARENA_H
#define ORM_BASE_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <orm/memory.h>

typedef struct orm_arena orm_arena;

/* malloc, realloc and free: what is used where the caller names no allocator. */
const orm_allocator *orm_default_allocator(void);

/*
 * A new arena. `parent` (may be NULL) frees it with itself and lends its allocator; a root takes `allocator`, or the
 * default one when that is NULL. `name` is for diagnostics and must be a literal. NULL when memory is out.
 */
orm_arena *orm_arena_new(orm_arena *parent, const orm_allocator *allocator, const char *name);

/* Frees all objects and children and runs the callbacks, newest first. The arena stays usable. NULL is ignored. */
void orm_arena_reset(orm_arena *arena);

/* As reset, and the arena itself is gone. NULL is ignored. */
void orm_arena_free(orm_arena *arena);

/* Uninitialised memory, aligned for any type. A size of 0 gives a valid pointer. NULL when memory is out. */
void *orm_arena_alloc(orm_arena *arena, size_t size);
void *orm_arena_zalloc(orm_arena *arena, size_t size);

/* Zeroed memory for `count` objects; NULL also when the product overflows. */
void *orm_arena_calloc(orm_arena *arena, size_t count, size_t size);

/* A copy that lives in the arena; a NULL `text` gives NULL, as does failure. */
char *orm_arena_strdup(orm_arena *arena, const char *text);
char *orm_arena_strndup(orm_arena *arena, const char *text, size_t length);
void *orm_arena_memdup(orm_arena *arena, const void *data, size_t size);
char *orm_arena_printf(orm_arena *arena, const char *format, ...) ORM_PRINTF(2, 3);
char *orm_arena_vprintf(orm_arena *arena, const char *format, va_list args) ORM_PRINTF(2, 0);

/* Calls fn(arg) when the arena is reset or freed. False when memory is out; then fn was not kept and not called. */
bool orm_arena_on_free(orm_arena *arena, void (*fn)(void *arg), void *arg) ORM_MUST_CHECK;

/* Bytes taken from the allocator by this arena and its children. */
size_t orm_arena_bytes(const orm_arena *arena);

const orm_allocator *orm_arena_allocator(const orm_arena *arena);

/*
 * Makes room for one more object in a growing array of the arena: `*array` has `count` objects of `size` bytes and room
 * for `*capacity`. The old array is left to the arena (growth doubles, so at most as much is left behind as is used).
 * False when memory is out; nothing is changed then.
 */
bool orm_arena_grow(orm_arena *arena, void *array_ptr, size_t count, size_t *capacity, size_t size) ORM_MUST_CHECK;

#endif
