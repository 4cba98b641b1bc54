#include <string.h>

#include "base/fail.h"
#include "unit/em_private.h"
#include "unit/filter.h"
#include "unit/instance.h"
#include "unit/orm_private.h"

static orm_status make_shapes(orm *o, orm_error *error)
{
    o->shapes = orm_arena_calloc(o->arena, o->meta->entity_count + 1, sizeof *o->shapes);
    if (o->shapes == NULL)
        return orm_fail_memory(error);
    for (size_t i = 0; i < o->meta->entity_count; i++) {
        o->shapes[i] = orm_shape_new(o->arena, o->meta->entities[i]);
        if (o->shapes[i] == NULL)
            return orm_fail_memory(error);
    }
    return ORM_OK;
}

static orm_status keep_subscribers(orm *o, const orm_config *config, orm_error *error)
{
    const orm_subscriber *given = config->subscribers;

    if (given == NULL && config->subscriber_count > 0)
        return orm_fail(error, ORM_ERR_CONFIG, 723, "subscriber_count is %zu, and there is no list",
                        config->subscriber_count);
    o->subscribers = orm_arena_calloc(o->arena, config->subscriber_count + 1, sizeof *o->subscribers);
    if (o->subscribers == NULL)
        return orm_fail_memory(error);
    for (size_t i = 0; i < config->subscriber_count; i++) {
        if (given[i].handle == NULL)
            return orm_fail(error, ORM_ERR_CONFIG, 724, "subscriber %zu has no handler", i + 1);
        o->subscribers[o->subscriber_count++] = given[i];
        o->listens |= em_wanted_events(&given[i]);
    }
    for (size_t i = 0; i < o->meta->entity_count; i++)
        if (o->meta->entities[i]->descriptor->on_event != NULL)
            o->listens = ~0u;
    return ORM_OK;
}

static orm_status set_up(orm *o, const orm_config *config, orm_error *error)
{
    orm_server_info server;
    orm_status      status = orm_settings_resolve(config, &o->settings, error);

    o->log = config->log;
    o->log_context = config->log_context;
    if (status == ORM_OK)
        status = orm_meta_discover(o->arena, config->entities, &o->meta, error);
    if (status == ORM_OK)
        status = make_shapes(o, error);
    if (status == ORM_OK)
        status = keep_subscribers(o, config, error);
    if (status == ORM_OK)
        status = em_list_filters(o, config, error);
    if (status == ORM_OK)
        status = orm_pool_new(config, &o->settings, &o->pool, error);
    if (status == ORM_OK && !config->lazy)
        status = orm_server(o, &server, error);
    return status;
}

orm_status orm_open(const orm_config *config, orm **out, orm_error *error)
{
    orm_arena *arena;
    orm       *o;
    orm_status status;

    if (out != NULL)
        *out = NULL;
    if (config == NULL || out == NULL)
        return orm_fail(error, ORM_ERR_ARGUMENT, 501, "orm_open() needs a configuration and a place for the orm");
    arena = orm_arena_new(NULL, config->allocator, "orm");
    o = arena == NULL ? NULL : orm_arena_zalloc(arena, sizeof *o);
    if (o == NULL) {
        orm_arena_free(arena);
        return orm_fail_memory(error);
    }
    o->arena = arena;
    o->allocator = *orm_arena_allocator(arena);
    if (pthread_mutex_init(&o->lock, NULL) != 0) {
        orm_arena_free(arena);
        return orm_fail_memory(error);
    }
    status = set_up(o, config, error);
    if (status == ORM_OK)
        *out = o;
    else
        orm_close(o);
    return status;
}

void orm_close(orm *o)
{
    orm_arena *arena;

    if (o == NULL)
        return;
    while (o->managers != NULL)
        orm_em_close(o->managers);
    if (o->pool != NULL)
        orm_pool_free(o->pool);
    pthread_mutex_destroy(&o->lock);
    arena = o->arena;
    orm_arena_free(arena);
}

const orm_entity *orm_entity_named(const orm *o, const char *name)
{
    const orm_meta_entity *meta = o == NULL || name == NULL ? NULL : orm_meta_named(o->meta, name);

    return meta == NULL ? NULL : meta->descriptor;
}

/* With the lock held: copies what the connection's platform says. */
static orm_status keep_server(orm *o, const orm_platform *platform, orm_error *error)
{
    orm_server_info info = platform->info;

    if (o->server_known)
        return ORM_OK;
    info.version = orm_arena_strdup(o->arena, platform->info.version);
    info.simulated = orm_arena_strdup(o->arena, platform->info.simulated);
    if ((platform->info.version != NULL && info.version == NULL) ||
        (platform->info.simulated != NULL && info.simulated == NULL))
        return orm_fail_memory(error);
    o->server = info;
    o->server_known = true;
    return ORM_OK;
}

orm_status orm_server(orm *o, orm_server_info *out, orm_error *error)
{
    orm_connection *connection;
    orm_status      status = ORM_OK;
    bool            known;

    if (o == NULL || out == NULL)
        return orm_fail(error, ORM_ERR_ARGUMENT, 502, "orm_server() needs an orm and a place for the answer");
    pthread_mutex_lock(&o->lock);
    known = o->server_known;
    pthread_mutex_unlock(&o->lock);
    if (!known) {
        status = orm_pool_acquire(o->pool, &connection, error);
        if (status != ORM_OK)
            return status;
        pthread_mutex_lock(&o->lock);
        status = keep_server(o, orm_connection_platform(connection), error);
        pthread_mutex_unlock(&o->lock);
        orm_pool_release(o->pool, connection);
    }
    if (status == ORM_OK) {
        pthread_mutex_lock(&o->lock);
        *out = o->server;
        pthread_mutex_unlock(&o->lock);
    }
    return status;
}

orm_pool_stats orm_pool_stats_of(orm *o)
{
    static const orm_pool_stats none = { .max = 0 };

    return o == NULL ? none : orm_pool_statistics(o->pool);
}

void orm_trim_connections(orm *o)
{
    if (o != NULL)
        orm_pool_close_expired(o->pool);
}

orm_settings orm_settings_of(const orm *o)
{
    static const orm_settings none = { .preset = ORM_PRESET_NATIVE };

    return o == NULL ? none : o->settings;
}
