/* What can be said about one descriptor without knowing the others. */
#include <string.h>

#include "base/text.h"
#include "meta/meta_private.h"

static bool is_utf8(const char *text)
{
    return orm_utf8_valid_prefix(text, strlen(text)) == strlen(text);
}

orm_status orm_meta_check_entity(const orm_entity *descriptor, orm_error *error)
{
    const char *name = descriptor->name;
    size_t      keys = 0;
    orm_status  status = ORM_OK;

    if (name == NULL || name[0] == '\0')
        return orm_fail(error, ORM_ERR_METADATA, 240, "an entity has no name: set orm_entity.name");
    if (!is_utf8(name))
        return orm_meta_bad(error, name, NULL, 241, "the entity's name is not valid UTF-8");
    if (descriptor->table != NULL)
        status = orm_meta_check_identifier(error, name, NULL, "table", descriptor->table);
    if (status == ORM_OK && descriptor->schema != NULL)
        status = orm_meta_check_identifier(error, name, NULL, "schema", descriptor->schema);
    if (status != ORM_OK)
        return status;
    if (descriptor->comment != NULL && !is_utf8(descriptor->comment))
        return orm_meta_bad(error, name, NULL, 242, "the comment is not valid UTF-8");
    status = orm_meta_check_inheritance(descriptor, error);
    if (status != ORM_OK)
        return status;
    if ((descriptor->properties == NULL || descriptor->property_count == 0) && descriptor->extends == NULL)
        return orm_meta_bad(error, name, NULL, 243, "the entity has no properties");

    for (size_t i = 0; descriptor->properties != NULL && i < descriptor->property_count; i++) {
        const orm_property *property = &descriptor->properties[i];

        if (property->name == NULL || property->name[0] == '\0')
            return orm_meta_bad(error, name, NULL, 244, "property %zu has no name", i + 1);
        status = orm_meta_check_property(descriptor, property, error);
        if (status != ORM_OK)
            return status;
        keys += property->primary;
    }
    if (keys == 0 && descriptor->extends == NULL)
        return orm_meta_bad(error, name, NULL, 245,
                            "the entity has no primary key: mark a property with .primary = true");
    return ORM_OK;
}

static orm_status check_texts(const orm_entity *descriptor, const orm_property *p, orm_error *error)
{
    if (!is_utf8(p->name))
        return orm_meta_bad(error, descriptor->name, p->name, 247, "the property's name is not valid UTF-8");
    if (strchr(p->name, '.') != NULL)
        return orm_meta_bad(error, descriptor->name, p->name, 248,
                            "a property's name has no dot: dots part the steps of populate paths");
    if ((p->default_raw != NULL && !is_utf8(p->default_raw)) || (p->comment != NULL && !is_utf8(p->comment)))
        return orm_meta_bad(error, descriptor->name, p->name, 249, "default_raw or comment is not valid UTF-8");
    if ((p->generated != NULL && !is_utf8(p->generated)) || (p->formula != NULL && !is_utf8(p->formula)))
        return orm_meta_bad(error, descriptor->name, p->name, 751, "generated or formula is not valid UTF-8");
    return p->column == NULL ? ORM_OK
                             : orm_meta_check_identifier(error, descriptor->name, p->name, "column", p->column);
}

orm_status orm_meta_check_property(const orm_entity *descriptor, const orm_property *property, orm_error *error)
{
    orm_status status = check_texts(descriptor, property, error);

    if (status != ORM_OK)
        return status;
    if (property->type <= ORM_TYPE_NONE || property->type >= ORM_TYPE_COUNT_)
        return orm_meta_bad(error, descriptor->name, property->name, 250, "%d is not a type of orm_type",
                            (int)property->type);
    return orm_meta_check_options(descriptor, property, error);
}
