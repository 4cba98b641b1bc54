/*
 * schema_private.h - the parts of schema/. They work on metadata alone, without a server.
 */
#ifndef ORM_SCHEMA_SCHEMA_PRIVATE_H
#define ORM_SCHEMA_SCHEMA_PRIVATE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "meta/meta.h"

/* Statements in groups. A group is sent as one string; in a script's text, groups are parted by blank lines. */
typedef struct orm_script {
    orm_arena   *arena;
    orm_buffer   group; /* the one that is being written */
    const char **groups;
    size_t       count;
    size_t       capacity;
    bool         broken; /* memory is out */
} orm_script;

void orm_script_init(orm_script *script, orm_arena *arena);
/* Ends the group that is being written, if anything is in it. */
void orm_script_end_group(orm_script *script);
/* Begins a statement of the current group and returns where to write it, its semicolon included. */
orm_buffer *orm_script_statement(orm_script *script);
/* The whole script as text in the arena; NULL when memory is out. */
char *orm_script_text(orm_script *script);
/* Gives back what is not in the arena. */
void orm_script_free(orm_script *script);

/*
 * What describes each table, in MikroORM's order (see base/commit_order.h), into an array of the arena; NULL when memory is
 * out. Entities that share a table are described together. Required references that form a cycle are no error here, because foreign keys come after all tables.
 */
const orm_meta_entity **orm_schema_table_order(const orm_meta *meta, orm_arena *arena, size_t *table_count);

/* Appends the column's type: varchar(255), numeric(10,2), bigserial, ... */
void orm_schema_column_type(orm_buffer *out, const orm_meta_column *column);

/* MikroORM's DDL. `escaper` writes comments and the items of enums. */
orm_status orm_schema_write_create(orm_script *script, const orm_meta *meta, const orm_escaper *escaper,
                                   orm_error *error);
orm_status orm_schema_write_drop(orm_script *script, const orm_meta *meta, bool drop_migrations_table,
                                 orm_error *error);

#endif
