#include <string.h>

#include "meta/meta.h"

void orm_quote_identifier(orm_buffer *out, const char *name)
{
    orm_buffer_append_char(out, '"');
    while (*name != '\0') {
        size_t plain = strcspn(name, "\"");

        orm_buffer_append_bytes(out, name, plain);
        name += plain;
        if (*name == '"') {
            orm_buffer_append_bytes(out, "\"\"", 2);
            name++;
        }
    }
    orm_buffer_append_char(out, '"');
}

void orm_quote_table(orm_buffer *out, const orm_meta_entity *entity)
{
    if (entity->schema != NULL) {
        orm_quote_identifier(out, entity->schema);
        orm_buffer_append_char(out, '.');
    }
    orm_quote_identifier(out, entity->table);
}
