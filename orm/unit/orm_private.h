/*
 * orm_private.h - what an `orm` is made of; for unit/, schema/ and migrations/.
 */
#ifndef ORM_UNIT_ORM_PRIVATE_H
#define ORM_UNIT_ORM_PRIVATE_H

#include <pthread.h>

#include <orm/session.h>

#include "base/arena.h"
#include "driver/connection.h"
#include "meta/meta.h"

struct orm_em;
struct orm_shape;

struct orm {
    orm_arena         *arena; /* lives as long as the orm; guarded by `lock` after orm_open() */
    orm_allocator      allocator;
    orm_meta          *meta;
    struct orm_shape **shapes; /* by the entities' indexes */
    orm_pool          *pool;
    orm_settings       settings;
    orm_subscriber    *subscribers; /* those of the configuration */
    size_t             subscriber_count;
    unsigned           listens;     /* bits of the events that somebody wants to know of */
    struct em_filter_set *filters; /* of all entities */
    orm_log_fn         log; /* may be NULL */
    void              *log_context;
    pthread_mutex_t    lock;     /* guards everything below */
    struct orm_em     *managers; /* open entity managers, linked */
    bool               server_known;
    orm_server_info    server;
    const char        *create_sql; /* made once; NULL: not yet */
    const char        *drop_sql[2];
};

#endif
