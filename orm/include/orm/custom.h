/*
 * custom.h - column types of your own: a member of one of liborm's types, and another way to keep it in the database.
 *
 *     static orm_status to_cents(const orm_custom_type *type, orm_memory *memory, const orm_value *in, orm_value *out,
 *                                orm_error *error);
 *     static const orm_custom_type cents = { .name = "cents", .column_type = ORM_TYPE_BIGINT, .to_database = to_cents,
 *                                            .to_entity = from_cents };
 *     ... ORM_DECIMAL(item, price, .custom = &cents), ...
 *
 * The member has the type of its macro (here a decimal as text), the column has column_type (here bigint). Conditions and
 * orm_set() take the member's values and convert them as well.
 *
 * The server can convert, too. With .to_sql = "lower({value})" each value that is written stands in the place of {value},
 * as a parameter or an escaped literal; with .from_sql = "upper({value})" each place where the column is read, compared or
 * ordered by has the column's name there. NULL is written as it is. What an UPDATE has made of a value with .to_sql comes
 * back into the member. Both are SQL of the program's, which goes to the server as it is written: put it into parentheses
 * where it ends with an operator.
 */
#ifndef ORM_CUSTOM_H
#define ORM_CUSTOM_H

#include <orm/entity.h>

ORM_BEGIN_DECLS

/* Memory that lives long enough for the value that a conversion makes. NULL when memory is out. */
typedef struct orm_memory orm_memory;
ORM_API void             *orm_memory_alloc(orm_memory *memory, size_t size);
ORM_API char             *orm_memory_strdup(orm_memory *memory, const char *text); /* NULL for NULL */

/*
 * Converts *in, which is never NULL, to *out. What *out points to is a constant, part of *in, or from `memory`. *out may
 * be made NULL where the column, or the member, is nullable. On failure: fills error->message (orm_custom_fail() does it)
 * and returns ORM_ERR_VALIDATION for a value that cannot be kept, ORM_ERR_CONVERSION for one that cannot be read.
 */
typedef orm_status (*orm_convert_fn)(const orm_custom_type *type, orm_memory *memory, const orm_value *in,
                                     orm_value *out, orm_error *error);

struct orm_custom_type {
    const char    *name;        /* for messages */
    orm_type       column_type; /* what travels: a type with a column of its own; 0: that of the member */
    const char    *ddl;         /* type of the column in CREATE TABLE; default: that of column_type */
    orm_convert_fn to_database; /* member to column; NULL: as it is. It must not depend on anything but *in. */
    orm_convert_fn to_entity;   /* column to member; NULL: as it is */
    const char    *to_sql;      /* SQL around a value on its way to the column; NULL: none */
    const char    *from_sql;    /* SQL around the column on its way out, of type column_type; NULL: none */
    void          *context;     /* for the functions: they find it in `type` */
};

/* Writes a message for a conversion that fails; returns `status`. */
ORM_API orm_status orm_custom_fail(orm_error *error, orm_status status, const char *format, ...) ORM_PRINTF(3, 4);

ORM_END_DECLS

#endif
