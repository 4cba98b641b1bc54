/* Custom types that a case file can name: small ones, for the sake of showing how custom types work. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/spec/spec_private.h"

/* ---- cents: a decimal with two digits behind the point, kept as a whole number of hundredths ---- */

#define CENTS_DIGITS 16 /* before the point: what a bigint holds for certain */

static orm_status to_cents(const orm_custom_type *type, orm_memory *memory, const orm_value *in, orm_value *out,
                           orm_error *error)
{
    const char *text = in->as.text;
    size_t      sign = text[0] == '-' ? 1 : 0;
    size_t      whole = strspn(text + sign, "0123456789");
    const char *point = text + sign + whole;
    size_t      part = point[0] == '.' ? strspn(point + 1, "0123456789") : 0;
    int64_t     cents = 0;

    (void)memory;
    if (whole == 0 || whole > CENTS_DIGITS || part > 2 || point[part + (point[0] == '.')] != '\0')
        return orm_custom_fail(error, ORM_ERR_VALIDATION,
                               "%s keeps up to %d digits and two behind the point, not '%.60s'", type->name,
                               CENTS_DIGITS, text);
    for (size_t i = 0; i < whole; i++)
        cents = cents * 10 + (text[sign + i] - '0');
    for (size_t i = 0; i < 2; i++)
        cents = cents * 10 + (i < part ? point[1 + i] - '0' : 0);
    *out = orm_int(sign == 1 ? -cents : cents);
    return ORM_OK;
}

static orm_status from_cents(const orm_custom_type *type, orm_memory *memory, const orm_value *in, orm_value *out,
                             orm_error *error)
{
    char     text[32];
    uint64_t cents = in->as.integer < 0 ? 0 - (uint64_t)in->as.integer : (uint64_t)in->as.integer;
    char    *copy;

    snprintf(text, sizeof text, "%s%llu.%02llu", in->as.integer < 0 ? "-" : "", (unsigned long long)(cents / 100),
             (unsigned long long)(cents % 100));
    copy = orm_memory_strdup(memory, text);
    if (copy == NULL)
        return orm_custom_fail(error, ORM_ERR_MEMORY, "%s: out of memory", type->name);
    *out = orm_text(copy);
    return ORM_OK;
}

/* ---- csv: texts in one text, with commas between them ---- */

static orm_status to_csv(const orm_custom_type *type, orm_memory *memory, const orm_value *in, orm_value *out,
                         orm_error *error)
{
    const orm_text_array *array = &in->as.text_array;
    size_t                size = 1;
    char                 *text;
    char                 *end;

    for (size_t i = 0; i < array->count; i++) {
        if (array->items[i] == NULL || array->items[i][0] == '\0' || strchr(array->items[i], ',') != NULL)
            return orm_custom_fail(error, ORM_ERR_VALIDATION, "%s keeps no NULL, no empty text and no comma",
                                   type->name);
        size += strlen(array->items[i]) + 1;
    }
    text = end = orm_memory_alloc(memory, size);
    if (text == NULL)
        return orm_custom_fail(error, ORM_ERR_MEMORY, "%s: out of memory", type->name);
    for (size_t i = 0; i < array->count; i++) {
        size_t length = strlen(array->items[i]);

        if (i > 0)
            *end++ = ',';
        memcpy(end, array->items[i], length);
        end += length;
    }
    *end = '\0';
    *out = orm_text(text);
    return ORM_OK;
}

static orm_status from_csv(const orm_custom_type *type, orm_memory *memory, const orm_value *in, orm_value *out,
                           orm_error *error)
{
    char          *text = orm_memory_strdup(memory, in->as.text);
    size_t         count = in->as.text[0] == '\0' ? 0 : 1;
    orm_text_array array = { .count = 0 };

    for (const char *at = in->as.text; *at != '\0'; at++)
        count += *at == ',' ? 1 : 0;
    array.items = orm_memory_alloc(memory, (count + 1) * sizeof *array.items);
    if (text == NULL || array.items == NULL)
        return orm_custom_fail(error, ORM_ERR_MEMORY, "%s: out of memory", type->name);
    while (array.count < count) {
        size_t length = strcspn(text, ",");

        array.items[array.count++] = text;
        text[length] = '\0';
        text += length + 1;
    }
    *out = orm_text_array_value(array);
    return ORM_OK;
}

const orm_custom_type *cc_custom_type_of(int word)
{
    static const orm_custom_type cents = {
        .name = "cents", .column_type = ORM_TYPE_BIGINT, .to_database = to_cents, .to_entity = from_cents
    };
    static const orm_custom_type csv = {
        .name = "csv", .column_type = ORM_TYPE_TEXT, .to_database = to_csv, .to_entity = from_csv
    };

    return word == CC_CUSTOM_CENTS ? &cents : &csv;
}
