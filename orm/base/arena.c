#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first chunk holds a small entity manager; later ones double, so that a large result takes few allocations. */
#define FIRST_CHUNK ((size_t)1024)
#define LARGEST_CHUNK ((size_t)64 * 1024)

typedef struct chunk {
    struct chunk *next;
    size_t        capacity;
    size_t        used;
    alignas(max_align_t) unsigned char data[];
} chunk;

typedef struct cleanup {
    struct cleanup *next;
    void (*fn)(void *arg);
    void *arg;
} cleanup;

struct orm_arena {
    orm_arena    *parent;
    orm_arena    *child; /* the newest */
    orm_arena    *older; /* siblings */
    orm_arena    *newer;
    const char   *name;
    orm_allocator allocator;
    chunk        *chunks; /* the first is the one to allocate from */
    cleanup      *cleanups;
    size_t        next_chunk;
    size_t        bytes;
};

static void *system_alloc(void *context, size_t size)
{
    (void)context;
    return malloc(size);
}

static void *system_resize(void *context, void *block, size_t size)
{
    (void)context;
    return realloc(block, size);
}

static void system_release(void *context, void *block)
{
    (void)context;
    free(block);
}

const orm_allocator *orm_default_allocator(void)
{
    static const orm_allocator system = { .alloc = system_alloc, .resize = system_resize, .release = system_release };

    return &system;
}

orm_arena *orm_arena_new(orm_arena *parent, const orm_allocator *allocator, const char *name)
{
    orm_arena *arena;

    if (parent != NULL)
        allocator = &parent->allocator;
    else if (allocator == NULL)
        allocator = orm_default_allocator();
    arena = allocator->alloc(allocator->context, sizeof *arena);
    if (arena == NULL)
        return NULL;
    *arena = (orm_arena){
        .parent = parent, .name = name, .allocator = *allocator, .next_chunk = FIRST_CHUNK, .bytes = sizeof *arena
    };
    if (parent != NULL) {
        arena->older = parent->child;
        if (parent->child != NULL)
            parent->child->newer = arena;
        parent->child = arena;
    }
    return arena;
}

static void release_chunks(orm_arena *arena)
{
    while (arena->chunks != NULL) {
        chunk *gone = arena->chunks;

        arena->chunks = gone->next;
        arena->bytes -= sizeof *gone + gone->capacity;
        arena->allocator.release(arena->allocator.context, gone);
    }
    arena->next_chunk = FIRST_CHUNK;
}

/* Callbacks see all objects of the arena still alive; one may even add another. */
static void empty(orm_arena *arena)
{
    while (arena->cleanups != NULL) {
        cleanup *newest = arena->cleanups;

        arena->cleanups = newest->next;
        newest->fn(newest->arg);
    }
    release_chunks(arena);
}

static void unlink_from_parent(orm_arena *arena)
{
    if (arena->newer != NULL)
        arena->newer->older = arena->older;
    else if (arena->parent != NULL)
        arena->parent->child = arena->older;
    if (arena->older != NULL)
        arena->older->newer = arena->newer;
}

static void free_one(orm_arena *arena)
{
    orm_allocator allocator = arena->allocator;

    empty(arena);
    unlink_from_parent(arena);
    allocator.release(allocator.context, arena);
}

/* Without recursion: a caller may nest scopes as deep as he likes. */
static void free_children(orm_arena *top)
{
    orm_arena *at = top;

    while (top->child != NULL) {
        while (at->child != NULL)
            at = at->child;
        orm_arena *parent = at->parent;

        free_one(at);
        at = parent;
    }
}

void orm_arena_reset(orm_arena *arena)
{
    if (arena == NULL)
        return;
    free_children(arena);
    empty(arena);
}

void orm_arena_free(orm_arena *arena)
{
    if (arena == NULL)
        return;
    free_children(arena);
    free_one(arena);
}

static chunk *add_chunk(orm_arena *arena, size_t capacity)
{
    chunk *added;

    if (capacity > SIZE_MAX / 2)
        return NULL;
    added = arena->allocator.alloc(arena->allocator.context, sizeof *added + capacity);
    if (added == NULL)
        return NULL;
    *added = (chunk){ .capacity = capacity };
    arena->bytes += sizeof *added + capacity;
    return added;
}

#ifdef ORM_ARENA_DEBUG

void *orm_arena_alloc(orm_arena *arena, size_t size)
{
    chunk *own = add_chunk(arena, size);

    if (own == NULL)
        return NULL;
    own->next = arena->chunks;
    arena->chunks = own;
    return own->data;
}

#else

static size_t rounded(size_t size)
{
    const size_t step = alignof(max_align_t);

    return (size + step - 1) / step * step;
}

/* A large object gets a chunk of its own, behind the current one, whose free end is not wasted that way. */
static void *alloc_large(orm_arena *arena, size_t size)
{
    chunk *own = add_chunk(arena, size);

    if (own == NULL)
        return NULL;
    own->used = size;
    if (arena->chunks == NULL) {
        arena->chunks = own;
    } else {
        own->next = arena->chunks->next;
        arena->chunks->next = own;
    }
    return own->data;
}

void *orm_arena_alloc(orm_arena *arena, size_t size)
{
    chunk *current = arena->chunks;
    void  *object;

    if (size > SIZE_MAX / 2)
        return NULL;
    /* Also objects without a size get an address of their own. */
    size = rounded(size == 0 ? 1 : size);
    if (current == NULL || current->capacity - current->used < size) {
        if (size > arena->next_chunk / 4)
            return alloc_large(arena, size);
        current = add_chunk(arena, arena->next_chunk);
        if (current == NULL)
            return NULL;
        current->next = arena->chunks;
        arena->chunks = current;
        if (arena->next_chunk < LARGEST_CHUNK)
            arena->next_chunk *= 2;
    }
    object = current->data + current->used;
    current->used += size;
    return object;
}

#endif

void *orm_arena_zalloc(orm_arena *arena, size_t size)
{
    void *object = orm_arena_alloc(arena, size);

    if (object != NULL)
        memset(object, 0, size);
    return object;
}

void *orm_arena_calloc(orm_arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return orm_arena_zalloc(arena, count * size);
}

char *orm_arena_strdup(orm_arena *arena, const char *text)
{
    return text == NULL ? NULL : orm_arena_memdup(arena, text, strlen(text) + 1);
}

char *orm_arena_strndup(orm_arena *arena, const char *text, size_t length)
{
    char *copy;

    if (text == NULL || length == SIZE_MAX)
        return NULL;
    copy = orm_arena_alloc(arena, length + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

void *orm_arena_memdup(orm_arena *arena, const void *data, size_t size)
{
    void *copy = orm_arena_alloc(arena, size);

    if (copy != NULL && size > 0)
        memcpy(copy, data, size);
    return copy;
}

char *orm_arena_vprintf(orm_arena *arena, const char *format, va_list args)
{
    va_list again;
    char   *text = NULL;
    int     length;

    va_copy(again, args);
    length = vsnprintf(NULL, 0, format, args);
    if (length >= 0)
        text = orm_arena_alloc(arena, (size_t)length + 1);
    if (text != NULL && vsnprintf(text, (size_t)length + 1, format, again) != length)
        text = NULL;
    va_end(again);
    return text;
}

char *orm_arena_printf(orm_arena *arena, const char *format, ...)
{
    va_list args;
    char   *text;

    va_start(args, format);
    text = orm_arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

bool orm_arena_on_free(orm_arena *arena, void (*fn)(void *arg), void *arg)
{
    cleanup *added = orm_arena_alloc(arena, sizeof *added);

    if (added == NULL)
        return false;
    *added = (cleanup){ .next = arena->cleanups, .fn = fn, .arg = arg };
    arena->cleanups = added;
    return true;
}

size_t orm_arena_bytes(const orm_arena *arena)
{
    const orm_arena *at = arena;
    size_t           bytes = 0;

    for (;;) {
        bytes += at->bytes;
        if (at->child != NULL) {
            at = at->child;
            continue;
        }
        while (at != arena && at->older == NULL)
            at = at->parent;
        if (at == arena)
            return bytes;
        at = at->older;
    }
}

const orm_allocator *orm_arena_allocator(const orm_arena *arena)
{
    return &arena->allocator;
}

bool orm_arena_grow(orm_arena *arena, void *array_ptr, size_t count, size_t *capacity, size_t size)
{
    size_t wanted;
    void  *old;
    void  *array;

    if (count < *capacity)
        return true;
    if (*capacity > SIZE_MAX / 2)
        return false;
    wanted = *capacity == 0 ? 8 : *capacity * 2;
    if (size != 0 && wanted > SIZE_MAX / size)
        return false;
    array = orm_arena_alloc(arena, wanted * size);
    if (array == NULL)
        return false;
    /* The caller's pointer has some object type of its own; its bytes are copied, not read as a void pointer. */
    memcpy(&old, array_ptr, sizeof old);
    if (count > 0)
        memcpy(array, old, count * size);
    memcpy(array_ptr, &array, sizeof array);
    *capacity = wanted;
    return true;
}
