#include <orm/schema.h>

#include <string.h>

#include "base/fail.h"
#include "base/text.h"
#include "schema/schema_private.h"
#include "schema/sql/user_tables.h"
#include "unit/orm_private.h"

/* Only enums and comments need a connection, for its way of escaping; most schemas are written without one. */
typedef struct lazy_escaper {
    orm            *o;
    orm_connection *connection;
} lazy_escaper;

static bool escape(void *context, orm_buffer *out, const char *text, size_t length, orm_error *error)
{
    lazy_escaper      *lazy = context;
    const orm_escaper *escaper;

    if (lazy->connection == NULL && orm_pool_acquire(lazy->o->pool, &lazy->connection, error) != ORM_OK)
        return false;
    escaper = orm_connection_escaper(lazy->connection);
    return escaper->literal(escaper->context, out, text, length, error);
}

static orm_status write_create(orm *o, orm_script *script, orm_error *error)
{
    lazy_escaper lazy = { .o = o };
    orm_escaper  escaper = { .literal = escape, .context = &lazy };
    orm_status   status = orm_schema_write_create(script, o->meta, &escaper, error);

    if (lazy.connection != NULL)
        orm_pool_release(o->pool, lazy.connection);
    return status;
}

typedef enum script_kind { DROP, DROP_WITH_MIGRATIONS, CREATE } script_kind;

static script_kind drop_kind(const orm_schema_options *options)
{
    return options != NULL && options->drop_migrations_table ? DROP_WITH_MIGRATIONS : DROP;
}

static orm_status write_script(orm *o, script_kind kind, orm_script *script, orm_error *error)
{
    if (kind == CREATE)
        return write_create(o, script, error);
    return orm_schema_write_drop(script, o->meta, kind == DROP_WITH_MIGRATIONS, error);
}

static orm_arena *scratch(orm *o, orm_error *error)
{
    orm_arena *arena = orm_arena_new(NULL, &o->allocator, "schema");

    if (arena == NULL)
        orm_fail_memory(error);
    return arena;
}

static orm_status refuse_null(orm_error *error)
{
    return orm_fail(error, ORM_ERR_ARGUMENT, 601, "the orm is NULL: open it with orm_open()");
}

static orm_status run_groups(orm_connection *connection, const orm_script *script, orm_error *error)
{
    orm_status status = ORM_OK;

    for (size_t i = 0; i < script->count && status == ORM_OK; i++)
        status = orm_connection_run_text(connection, script->groups[i], NULL, error);
    return status;
}

static orm_status run_script(orm *o, script_kind kind, orm_connection *connection, orm_error *error)
{
    orm_arena *arena = scratch(o, error);
    orm_status status;
    orm_script script;

    if (arena == NULL)
        return ORM_ERR_MEMORY;
    orm_script_init(&script, arena);
    status = write_script(o, kind, &script, error);
    if (status == ORM_OK)
        status = run_groups(connection, &script, error);
    orm_script_free(&script);
    orm_arena_free(arena);
    return status;
}

/* Runs `work` with a connection of the pool. */
static orm_status with_connection(orm *o, script_kind kind,
                                  orm_status (*work)(orm *, script_kind, orm_connection *, orm_error *),
                                  orm_error *error)
{
    orm_connection *connection = NULL;
    orm_status      status;

    if (o == NULL)
        return refuse_null(error);
    status = orm_pool_acquire(o->pool, &connection, error);
    if (status != ORM_OK)
        return status;
    status = work(o, kind, connection, error);
    orm_pool_release(o->pool, connection);
    return status;
}

orm_status orm_schema_create(orm *o, const orm_schema_options *options, orm_error *error)
{
    (void)options; /* none of them is about creating */
    return with_connection(o, CREATE, run_script, error);
}

orm_status orm_schema_drop(orm *o, const orm_schema_options *options, orm_error *error)
{
    return with_connection(o, drop_kind(options), run_script, error);
}

static orm_status refuse_used_database(const orm_result *result, orm_error *error)
{
    int64_t     objects = 0;
    size_t      size = 0;
    const char *count = NULL;

    if (orm_result_rows(result) == 1 && orm_result_columns(result) == 2 && !orm_result_is_null(result, 0, 0))
        count = orm_result_data(result, 0, 0, &size);
    if (count == NULL || !orm_parse_int64(count, &objects))
        return orm_fail(error, ORM_ERR_PROTOCOL, 602, "the server's answer to a count of its tables is not a number");
    if (objects == 0)
        return ORM_OK;
    orm_fail(error, ORM_ERR_UNSUPPORTED, 603,
             "the database is not empty (%s%s), and updating an existing schema is not available yet",
             orm_result_is_null(result, 0, 1) ? "" : orm_result_data(result, 0, 1, &size), objects > 1 ? ", ..." : "");
    orm_fail_hint(error, "use orm_schema_drop() and then orm_schema_create(); dropping loses the tables' rows");
    return ORM_ERR_UNSUPPORTED;
}

static orm_status update(orm *o, script_kind kind, orm_connection *connection, orm_error *error)
{
    orm_result *result = NULL;
    orm_status  status = orm_connection_run_text(connection, orm_sql_user_tables, &result, error);

    if (status != ORM_OK)
        return status;
    status = refuse_used_database(result, error);
    orm_result_free(result);
    return status == ORM_OK ? run_script(o, kind, connection, error) : status;
}

orm_status orm_schema_update(orm *o, const orm_schema_options *options, orm_error *error)
{
    (void)options;
    return with_connection(o, CREATE, update, error);
}

/* Keeps the text in the orm. Another thread may have been faster: then its copy is the one that stays. */
static const char *keep(orm *o, const char **place, const char *text)
{
    const char *kept;

    pthread_mutex_lock(&o->lock);
    if (*place == NULL)
        *place = orm_arena_strdup(o->arena, text);
    kept = *place;
    pthread_mutex_unlock(&o->lock);
    return kept;
}

static const char *script_text(orm *o, script_kind kind, const char **place, orm_error *error)
{
    const char *text;
    orm_arena  *arena;
    orm_script  script;

    pthread_mutex_lock(&o->lock);
    text = *place;
    pthread_mutex_unlock(&o->lock);
    if (text != NULL)
        return text;

    arena = scratch(o, error);
    if (arena == NULL)
        return NULL;
    orm_script_init(&script, arena);
    if (write_script(o, kind, &script, error) == ORM_OK) {
        const char *draft = orm_script_text(&script);

        text = draft == NULL ? NULL : keep(o, place, draft);
        if (text == NULL)
            orm_fail_memory(error);
    }
    orm_script_free(&script);
    orm_arena_free(arena);
    return text;
}

const char *orm_schema_create_sql(orm *o, orm_error *error)
{
    if (o == NULL) {
        refuse_null(error);
        return NULL;
    }
    return script_text(o, CREATE, &o->create_sql, error);
}

const char *orm_schema_drop_sql(orm *o, const orm_schema_options *options, orm_error *error)
{
    script_kind kind = drop_kind(options);

    if (o == NULL) {
        refuse_null(error);
        return NULL;
    }
    return script_text(o, kind, &o->drop_sql[kind == DROP ? 0 : 1], error);
}
