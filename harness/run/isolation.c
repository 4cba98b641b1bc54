#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/text.h"
#include "harness/run/isolation.h"

/* Not the schemas that belong to the server; the last two exist only on some. */
#define USER_SCHEMA                                                                                                    \
    "n.nspname not in ('pg_catalog', 'information_schema', 'crdb_internal', 'pg_extension')"                           \
    " and n.nspname not like 'pg\\_temp%' and n.nspname not like 'pg\\_toast%'"

/*
 * The catalog in words, one object a row, with only what every server has. Sorting is done here, since the servers'
 * collations differ.
 */
static const char catalog_sql[] =
    "select 'schema ' || n.nspname from pg_catalog.pg_namespace n where " USER_SCHEMA " union all "
    "select case c.relkind when 'r' then 'table ' when 'p' then 'table ' when 'v' then 'view ' when 'm' then"
    " 'materialized view ' when 'S' then 'sequence ' else 'relation ' end || n.nspname || '.' || c.relname"
    " || case when c.relkind in ('v', 'm') then ' as ' || coalesce(pg_catalog.pg_get_viewdef(c.oid), '') else '' end"
    " from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
    " where c.relkind not in ('i', 'I', 't') and " USER_SCHEMA " union all "
    "select 'column ' || n.nspname || '.' || c.relname || '.' || a.attname || ' '"
    " || pg_catalog.format_type(a.atttypid, a.atttypmod)"
    " || case when a.attnotnull then ' not null' else '' end"
    " || coalesce(' default ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid), '')"
    " from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid"
    " join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
    " left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum"
    " where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'm') and " USER_SCHEMA " union all "
    "select 'constraint ' || o.conname || ' on ' || n.nspname || '.' || c.relname || ': '"
    " || coalesce(pg_catalog.pg_get_constraintdef(o.oid), '')"
    " from pg_catalog.pg_constraint o join pg_catalog.pg_class c on c.oid = o.conrelid"
    " join pg_catalog.pg_namespace n on n.oid = c.relnamespace where " USER_SCHEMA " union all "
    "select 'index ' || i.relname || ': ' || coalesce(pg_catalog.pg_get_indexdef(x.indexrelid), '')"
    " from pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid = x.indexrelid"
    " join pg_catalog.pg_namespace n on n.oid = i.relnamespace where " USER_SCHEMA " union all "
    "select 'enum ' || n.nspname || '.' || t.typname || ' ' || e.enumlabel || ' at ' || e.enumsortorder::text"
    " from pg_catalog.pg_enum e join pg_catalog.pg_type t on t.oid = e.enumtypid"
    " join pg_catalog.pg_namespace n on n.oid = t.typnamespace where " USER_SCHEMA " union all "
    "select 'function ' || n.nspname || '.' || p.proname || '('"
    " || coalesce(pg_catalog.pg_get_function_identity_arguments(p.oid), '') || ') as ' || coalesce(p.prosrc, '')"
    " from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace where " USER_SCHEMA
    " union all "
    "select 'trigger ' || g.tgname || ' on ' || n.nspname || '.' || c.relname"
    " from pg_catalog.pg_trigger g join pg_catalog.pg_class c on c.oid = g.tgrelid"
    " join pg_catalog.pg_namespace n on n.oid = c.relnamespace where not g.tgisinternal and " USER_SCHEMA;

static const char tables_sql[] = "select c.oid::text, n.nspname, c.relname from pg_catalog.pg_class c"
                                 " join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
                                 " where c.relkind in ('r', 'p') and " USER_SCHEMA " order by 2, 3";

/* One column that can be NULL is enough to take a row's key away, also where the key has several. */
static const char keys_sql[] =
    "select o.conrelid::text, o.confrelid::text, min(case when a.attnotnull then null else a.attname::text end)"
    " from pg_catalog.pg_constraint o"
    " join pg_catalog.pg_attribute a on a.attrelid = o.conrelid and a.attnum = any (o.conkey)"
    " where o.contype = 'f' group by o.oid, o.conrelid, o.confrelid order by o.oid";

struct cc_isolation_guard {
    orm_arena   *arena;
    orm_em      *em;
    const char **catalog; /* sorted */
    size_t       catalog_count;
    const char  *empty_sql; /* NULL: there are no tables */
};

/* ---- The catalog ---- */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static orm_status query(orm_em *em, const char *sql, orm_rows **rows, orm_error *error)
{
    orm_status status = orm_execute(em, sql, NULL, 0, rows);

    if (status != ORM_OK && error != NULL)
        *error = *orm_em_error(em);
    return status;
}

static orm_status read_catalog(orm_em *em, orm_arena *arena, const char ***out, size_t *count, orm_error *error)
{
    orm_rows  *rows;
    orm_status status = query(em, catalog_sql, &rows, error);

    if (status != ORM_OK)
        return status;
    *count = orm_rows_count(rows);
    *out = orm_arena_calloc(arena, *count + 1, sizeof **out);
    for (size_t i = 0; *out != NULL && i < *count; i++) {
        const char *text = orm_rows_text(rows, i, 0);

        (*out)[i] = orm_arena_strdup(arena, text != NULL ? text : "");
        if ((*out)[i] == NULL)
            *out = NULL;
    }
    orm_rows_free(em, rows);
    if (*out == NULL)
        return orm_fail_memory(error);
    qsort(*out, *count, sizeof **out, compare_texts);
    return ORM_OK;
}

orm_status cc_guard_check(cc_isolation_guard *guard, orm_arena *arena, const char **change, orm_error *error)
{
    const char **now;
    size_t       count;
    orm_status   status = read_catalog(guard->em, arena, &now, &count, error);

    *change = NULL;
    if (status != ORM_OK)
        return status;
    for (size_t i = 0; i < count || i < guard->catalog_count; i++) {
        int order = i == count ? 1 : i == guard->catalog_count ? -1 : strcmp(now[i], guard->catalog[i]);

        if (order == 0)
            continue;
        *change = order < 0 ? orm_arena_printf(arena, "%s is new or changed", now[i])
                            : orm_arena_printf(arena, "%s is gone or changed", guard->catalog[i]);
        return *change != NULL ? ORM_OK : orm_fail_memory(error);
    }
    return ORM_OK;
}

/* ---- Emptying tables ---- */

typedef struct tables {
    orm_rows       *rows;     /* of tables_sql */
    orm_rows       *key_rows; /* of keys_sql */
    cc_foreign_key *keys;     /* by row of key_rows */
    size_t         *order;
} tables;

static size_t table_of(const orm_rows *rows, const char *oid)
{
    size_t i = 0;

    while (i < orm_rows_count(rows) && !orm_text_equal(orm_rows_text(rows, i, 0), oid))
        i++;
    return i;
}

static void append_identifier(orm_buffer *out, const char *name)
{
    orm_buffer_append_char(out, '"');
    for (; *name != '\0'; name++) {
        if (*name == '"')
            orm_buffer_append_char(out, '"');
        orm_buffer_append_char(out, *name);
    }
    orm_buffer_append_char(out, '"');
}

static void append_table(orm_buffer *out, const orm_rows *rows, size_t table)
{
    append_identifier(out, orm_rows_text(rows, table, 1));
    orm_buffer_append_char(out, '.');
    append_identifier(out, orm_rows_text(rows, table, 2));
}

static char *write_empty_sql(orm_arena *arena, const tables *t)
{
    size_t     key_count = orm_rows_count(t->key_rows);
    orm_buffer sql;
    char      *text = NULL;

    orm_buffer_init(&sql, NULL, 0);
    for (size_t k = 0; k < key_count; k++) {
        if (!t->keys[k].cleared)
            continue;
        orm_buffer_append(&sql, "update ");
        append_table(&sql, t->rows, t->keys[k].from);
        orm_buffer_append(&sql, " set ");
        append_identifier(&sql, orm_rows_text(t->key_rows, k, 2));
        orm_buffer_append(&sql, " = null; ");
    }
    for (size_t i = 0; i < orm_rows_count(t->rows); i++) {
        orm_buffer_append(&sql, "delete from ");
        append_table(&sql, t->rows, t->order[i]);
        orm_buffer_append(&sql, "; ");
    }
    if (!sql.broken)
        text = orm_arena_strdup(arena, sql.data);
    orm_buffer_free(&sql);
    return text;
}

static orm_status order_tables(cc_isolation_guard *guard, tables *t, orm_error *error)
{
    size_t table_count = orm_rows_count(t->rows);
    size_t key_count = orm_rows_count(t->key_rows);

    t->keys = orm_arena_calloc(guard->arena, key_count, sizeof *t->keys);
    t->order = orm_arena_calloc(guard->arena, table_count, sizeof *t->order);
    if (t->keys == NULL || t->order == NULL)
        return orm_fail_memory(error);
    for (size_t k = 0; k < key_count; k++) {
        t->keys[k] = (cc_foreign_key){ .from = table_of(t->rows, orm_rows_text(t->key_rows, k, 0)),
                                       .to = table_of(t->rows, orm_rows_text(t->key_rows, k, 1)),
                                       .nullable = orm_rows_text(t->key_rows, k, 2) != NULL };
        if (t->keys[k].from == table_count || t->keys[k].to == table_count)
            return orm_fail(error, ORM_ERR_PROTOCOL, 0, "the server's catalog names a foreign key of an unknown table");
    }
    if (!cc_delete_order(table_count, t->keys, key_count, t->order))
        return orm_fail_memory(error);
    if (table_count > 0 && (guard->empty_sql = write_empty_sql(guard->arena, t)) == NULL)
        return orm_fail_memory(error);
    return ORM_OK;
}

static orm_status plan_emptying(cc_isolation_guard *guard, orm_error *error)
{
    tables     t = { 0 };
    orm_status status = query(guard->em, tables_sql, &t.rows, error);

    if (status == ORM_OK)
        status = query(guard->em, keys_sql, &t.key_rows, error);
    if (status == ORM_OK)
        status = order_tables(guard, &t, error);
    orm_rows_free(guard->em, t.key_rows);
    orm_rows_free(guard->em, t.rows);
    return status;
}

orm_status cc_guard_empty(cc_isolation_guard *guard, orm_error *error)
{
    return guard->empty_sql == NULL ? ORM_OK : query(guard->em, guard->empty_sql, NULL, error);
}

cc_isolation_guard *cc_guard_new(orm_arena *arena, orm_em *em, orm_error *error)
{
    cc_isolation_guard *guard = orm_arena_zalloc(arena, sizeof *guard);

    if (guard == NULL) {
        orm_fail_memory(error);
        return NULL;
    }
    *guard = (cc_isolation_guard){ .arena = arena, .em = em };
    if (plan_emptying(guard, error) != ORM_OK)
        return NULL;
    if (read_catalog(em, arena, &guard->catalog, &guard->catalog_count, error) != ORM_OK)
        return NULL;
    return guard;
}
