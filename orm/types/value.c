#include <orm/value.h>

orm_value orm_raw_value(const char *sql, const orm_value *params, size_t param_count)
{
    return (orm_value){ .kind = ORM_VALUE_RAW, .as.raw = { .sql = sql, .params = params, .param_count = param_count } };
}

orm_value orm_null(void)
{
    return (orm_value){ .kind = ORM_VALUE_NULL };
}

orm_value orm_bool(bool value)
{
    return (orm_value){ .kind = ORM_VALUE_BOOL, .as.boolean = value };
}

orm_value orm_int(int64_t value)
{
    return (orm_value){ .kind = ORM_VALUE_INT, .as.integer = value };
}

orm_value orm_double(double value)
{
    return (orm_value){ .kind = ORM_VALUE_DOUBLE, .as.real = value };
}

orm_value orm_text(const char *value)
{
    return value == NULL ? orm_null() : (orm_value){ .kind = ORM_VALUE_TEXT, .as.text = value };
}

orm_value orm_uuid_value(orm_uuid value)
{
    return (orm_value){ .kind = ORM_VALUE_UUID, .as.uuid = value };
}

orm_value orm_date_value(orm_date value)
{
    return (orm_value){ .kind = ORM_VALUE_DATE, .as.date = value };
}

orm_value orm_timestamp_value(orm_timestamp value)
{
    return (orm_value){ .kind = ORM_VALUE_TIMESTAMP, .as.timestamp = value };
}

/* A NULL inside means SQL NULL, as in a slot. */
orm_value orm_bytes_value(orm_bytes value)
{
    return value.data == NULL ? orm_null() : (orm_value){ .kind = ORM_VALUE_BYTES, .as.bytes = value };
}

orm_value orm_text_array_value(orm_text_array value)
{
    return value.items == NULL ? orm_null() : (orm_value){ .kind = ORM_VALUE_TEXT_ARRAY, .as.text_array = value };
}

orm_value orm_int_array_value(orm_int_array value)
{
    return value.items == NULL ? orm_null() : (orm_value){ .kind = ORM_VALUE_INT_ARRAY, .as.int_array = value };
}

orm_value orm_entity_value(const void *entity)
{
    return entity == NULL ? orm_null() : (orm_value){ .kind = ORM_VALUE_ENTITY, .as.entity = (void *)entity };
}

orm_value orm_list_value(const orm_value *items, size_t count)
{
    return (orm_value){ .kind = ORM_VALUE_LIST, .as.list = { .items = items, .count = items == NULL ? 0 : count } };
}

orm_value orm_param_value(const char *name)
{
    return (orm_value){ .kind = ORM_VALUE_PARAM, .as.text = name };
}

orm_value orm_value_same(orm_value value)
{
    return value;
}
