#include <orm/custom.h>

#include "schema/schema_private.h"

/*
 * MikroORM prints `smallint` for a generated smallint key, and nothing generates it then. The name of the type that
 * generates one differs from its own only in the default that it brings, so the schemas compare as equal.
 */
static const char *serial(orm_type type)
{
    switch (type) {
    case ORM_TYPE_SMALLINT:
        return "smallserial";
    case ORM_TYPE_INTEGER:
        return "serial";
    default:
        return "bigserial";
    }
}

static const char *fixed_name(orm_type type)
{
    switch (type) {
    case ORM_TYPE_BOOLEAN:
        return "boolean";
    case ORM_TYPE_SMALLINT:
        return "smallint";
    case ORM_TYPE_INTEGER:
        return "int";
    case ORM_TYPE_BIGINT:
    case ORM_TYPE_BIGINT_TEXT:
        return "bigint";
    case ORM_TYPE_DOUBLE:
        return "double precision";
    case ORM_TYPE_UUID:
        return "uuid";
    case ORM_TYPE_DATE:
        return "date";
    case ORM_TYPE_JSON:
        return "jsonb";
    case ORM_TYPE_BYTES:
        return "bytea";
    case ORM_TYPE_TEXT_ARRAY:
        return "text[]";
    case ORM_TYPE_INTEGER_ARRAY:
        return "int[]";
    default:
        return "text"; /* text, and enums, which have a check */
    }
}

void orm_schema_column_type(orm_buffer *out, const orm_meta_column *column)
{
    /* A reference has the type of the key that it points to; the key's own default is not the reference's. */
    const orm_property *d = column->source;
    orm_type            type = column->type == column->slot_type ? d->type : column->type;

    if (column->property->autoincrement) {
        orm_buffer_append(out, serial(d->type));
        return;
    }
    if (d->custom != NULL && d->custom->ddl != NULL) {
        orm_buffer_append(out, d->custom->ddl);
        return;
    }
    switch (type) {
    case ORM_TYPE_STRING:
        orm_buffer_printf(out, "varchar(%u)", d->length == 0 ? 255 : d->length);
        break;
    case ORM_TYPE_DECIMAL:
        orm_buffer_append(out, "numeric");
        if (d->precision > 0)
            orm_buffer_printf(out, "(%u,%u)", d->precision, d->scale);
        break;
    case ORM_TYPE_TIMESTAMPTZ:
        orm_buffer_append(out, "timestamptz");
        if (d->has_length || d->length > 0)
            orm_buffer_printf(out, "(%u)", d->length);
        break;
    default:
        orm_buffer_append(out, fixed_name(type));
    }
}
