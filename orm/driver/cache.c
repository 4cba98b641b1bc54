#include <stdio.h>
#include <string.h>

#include "driver/driver_private.h"

void orm_cache_init(orm_cache *cache, const orm_allocator *allocator)
{
    *cache = (orm_cache){ .allocator = allocator };
    orm_map_init(&cache->map, allocator);
}

static void unlink_prepared(orm_cache *cache, orm_prepared *prepared)
{
    if (prepared->newer != NULL)
        prepared->newer->older = prepared->older;
    else
        cache->newest = prepared->older;
    if (prepared->older != NULL)
        prepared->older->newer = prepared->newer;
    else
        cache->oldest = prepared->newer;
}

static void link_newest(orm_cache *cache, orm_prepared *prepared)
{
    prepared->newer = NULL;
    prepared->older = cache->newest;
    if (cache->newest != NULL)
        cache->newest->newer = prepared;
    else
        cache->oldest = prepared;
    cache->newest = prepared;
}

void orm_cache_remove(orm_cache *cache, orm_prepared *prepared)
{
    unlink_prepared(cache, prepared);
    orm_map_remove(&cache->map, prepared->key, prepared->key_size);
    cache->allocator->release(cache->allocator->context, prepared);
}

void orm_cache_clear(orm_cache *cache)
{
    while (cache->oldest != NULL)
        orm_cache_remove(cache, cache->oldest);
}

void orm_cache_free(orm_cache *cache)
{
    orm_cache_clear(cache);
    orm_map_free(&cache->map);
}

orm_prepared *orm_cache_find(orm_cache *cache, const void *key, size_t key_size)
{
    orm_prepared *prepared = orm_map_get(&cache->map, key, key_size);

    if (prepared != NULL && prepared != cache->newest) {
        unlink_prepared(cache, prepared);
        link_newest(cache, prepared);
    }
    return prepared;
}

orm_prepared *orm_cache_add(orm_cache *cache, const void *key, size_t key_size)
{
    orm_prepared *prepared = cache->allocator->alloc(cache->allocator->context, sizeof *prepared + key_size);

    if (prepared == NULL)
        return NULL;
    *prepared = (orm_prepared){ .key_size = key_size };
    memcpy(prepared->key, key, key_size);
    snprintf(prepared->name, sizeof prepared->name, "orm_%llu", (unsigned long long)++cache->last_number);
    if (!orm_map_put(&cache->map, prepared->key, key_size, prepared)) {
        cache->allocator->release(cache->allocator->context, prepared);
        return NULL;
    }
    link_newest(cache, prepared);
    return prepared;
}
