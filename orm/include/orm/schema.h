/*
 * schema.h - tables from entities: MikroORM's DDL, names and order.
 */
#ifndef ORM_SCHEMA_H
#define ORM_SCHEMA_H

#include <orm/session.h>

ORM_BEGIN_DECLS

typedef struct orm_schema_options {
    bool drop_migrations_table; /* drop: the table mikro_orm_migrations too */
} orm_schema_options;

/* Creates all tables, then their foreign keys. Statements run one by one, outside a transaction, as MikroORM's do. */
ORM_API orm_status orm_schema_create(orm *o, const orm_schema_options *options, orm_error *error);

/* Drops all tables of the entities, with what depends on them. Tables that are not there are passed over. */
ORM_API orm_status orm_schema_drop(orm *o, const orm_schema_options *options, orm_error *error);

/*
 * Brings the database to the entities' schema. For now the database must hold no table: it is then the same as create;
 * any other database is refused with ORM_ERR_UNSUPPORTED, and nothing is changed.
 */
ORM_API orm_status orm_schema_update(orm *o, const orm_schema_options *options, orm_error *error);

/* The SQL that create and drop would send, statements parted by blank lines. It lives as long as the orm. NULL on failure. */
ORM_API const char *orm_schema_create_sql(orm *o, orm_error *error);
ORM_API const char *orm_schema_drop_sql(orm *o, const orm_schema_options *options, orm_error *error);

ORM_END_DECLS

#endif
